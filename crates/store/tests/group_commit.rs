//! SQLite's grouped writer: many writers share one commit, and none of them can harm another.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use regulation::general::{Actor, Mandate, Scope, Subject, Verb};
use store::audit::AuditFilter;
use store::duties::{NewStation, StationFilter};
use store::{Error, Result, Store, Tx};

use crate::common::{Db, allowed, on_sqlite};

fn mandate() -> Mandate {
    allowed(&Actor::operator(), Verb::MaintainRegistry, &Subject::whole("station", 0))
}

fn at() -> Timestamp {
    Timestamp::from_second(1_788_220_800).expect("instant")
}

fn numbered(number: &str) -> NewStation {
    NewStation { number: number.to_owned(), ..NewStation::default() }
}

async fn write(store: &Store, number: String) -> Result<i64> {
    let mandate = mandate();
    let mut tx = store.begin(&mandate, at()).await?;
    let id = tx.add_station(&numbered(&number)).await?;
    tx.commit().await?;
    Ok(id)
}

async fn numbers(store: &Store) -> Vec<String> {
    let stations = store.stations(&Scope::All, &StationFilter::default(), "", 10_000).await.expect("stations");
    stations.into_iter().map(|station| station.number).collect()
}

async fn audited(store: &Store) -> usize {
    store.audit_page(&AuditFilter::default(), None, 10_000).await.expect("audit").len()
}

/// Sixty-four writers at once: each one told of success is there after reopening, with its audit row.
#[test]
fn all_acknowledged_writes_are_there_after_reopening() {
    on_sqlite(async |db: &Db| {
        let writers = (0..64).map(|n| {
            let store = db.store.clone();
            tokio::spawn(async move { write(&store, format!("S{n:02}")).await })
        });
        for written in join_all(writers).await {
            written.expect("no panic").expect("acknowledged");
        }
        let reopened = db.reopened().await;
        assert_eq!(numbers(&reopened).await, (0..64).map(|n| format!("S{n:02}")).collect::<Vec<_>>());
        assert_eq!(audited(&reopened).await, 64);
    });
}

/// Writers refused by a unique index in the middle of a group lose their own write only.
#[test]
fn a_failing_writer_does_not_harm_the_others() {
    on_sqlite(async |db: &Db| {
        write(&db.store, "taken".to_owned()).await.expect("first");
        let writers = (0..30).map(|n| {
            let number = if n % 3 == 1 { "taken".to_owned() } else { format!("S{n:02}") };
            write(&db.store, number)
        });
        let outcomes = join_all(writers).await;
        for (n, outcome) in outcomes.iter().enumerate() {
            match outcome {
                Ok(_) => assert_ne!(n % 3, 1),
                Err(error) => assert!(n % 3 == 1 && error.is_duplicate(), "{n}: {error}"),
            }
        }
        assert_eq!(numbers(&db.reopened().await).await.len(), 21);
        assert_eq!(audited(&db.store).await, 21);
    });
}

/// Polls a future `polls` times, letting others run in between, then drops it: a client that hangs up.
async fn hang_up_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = Box::pin(future);
    for _ in 0..polls {
        if let std::task::Poll::Ready(value) = futures_util::poll!(&mut future) {
            return Some(value);
        }
        tokio::task::yield_now().await;
    }
    None
}

/// A write dropped at any of its steps neither blocks the lane nor takes others' writes with it, alone in its
/// group or among others. What it did itself is whole or absent.
#[test]
fn a_writer_that_hangs_up_blocks_nobody() {
    on_sqlite(async |db: &Db| {
        let mut acknowledged = Vec::new();
        for polls in 0..60 {
            let dropped = hang_up_after(polls, write(&db.store, format!("D{polls:02}")));
            let others = join_all((0..3).map(|n| write(&db.store, format!("O{polls:02}{n}"))));
            let others = if polls % 2 == 0 {
                dropped.await;
                others.await
            } else {
                tokio::join!(dropped, others).1
            };
            assert!(others.iter().all(Result::is_ok), "after {polls} polls: {others:?}");
            acknowledged.extend((0..3).map(|n| format!("O{polls:02}{n}")));
        }
        let there = numbers(&db.reopened().await).await;
        assert!(acknowledged.iter().all(|number| there.contains(number)));
        assert_eq!(audited(&db.store).await, there.len());
    });
}

/// A reader waits for the time limit of a request: the write it gave up on goes nowhere, the next one passes.
#[test]
fn a_writer_that_times_out_in_the_queue_leaves_nothing() {
    on_sqlite(async |db: &Db| {
        let mandate = mandate();
        let mut tx = db.store.begin(&mandate, at()).await.expect("begin");
        tx.add_station(&numbered("first")).await.expect("station");
        let waiting = tokio::time::timeout(Duration::from_millis(5), write(&db.store, "gave up".to_owned()));
        assert!(waiting.await.is_err());
        tx.commit().await.expect("commit");
        write(&db.store, "last".to_owned()).await.expect("the lane is free");
        assert_eq!(numbers(&db.store).await, ["first", "last"]);
    });
}

/// Readers see a write only once its group is on disk; a writer that finished first is told no sooner.
#[test]
fn readers_do_not_see_uncommitted_rows() {
    on_sqlite(async |db: &Db| {
        let mandate = mandate();
        let mut first = db.store.begin(&mandate, at()).await.expect("begin");
        first.add_station(&numbered("first")).await.expect("station");
        assert!(numbers(&db.store).await.is_empty());

        let mut second = Box::pin(db.store.begin(&mandate, at()));
        assert!(futures_util::poll!(&mut second).is_pending());
        let mut finishing = Box::pin(first.commit());
        // The first has finished its part once the second holds the lane behind it.
        let second: Tx<'_> = tokio::select! {
            biased;
            done = &mut finishing => panic!("told before the group was committed: {done:?}"),
            second = &mut second => second.expect("begin"),
        };
        assert!(futures_util::poll!(&mut finishing).is_pending());
        assert!(numbers(&db.store).await.is_empty());

        drop(second);
        finishing.await.expect("committed with the group");
        assert_eq!(numbers(&db.store).await, ["first"]);
    });
}

/// A page built before a commit is known to be old as soon as the write is visible, also when whoever wrote
/// it hung up.
#[test]
fn the_version_moves_even_when_the_writer_is_gone() {
    on_sqlite(async |db: &Db| {
        for polls in 0..60 {
            let (before, there) = (db.store.version(), numbers(&db.store).await.len());
            hang_up_after(polls, write(&db.store, format!("D{polls:02}"))).await;
            // The next transaction queues behind whatever the dropped one left to do.
            drop(db.store.begin(&mandate(), at()).await.expect("begin"));
            if numbers(&db.store).await.len() > there {
                assert!(db.store.version() > before, "written after {polls} polls, version unmoved");
            }
        }
    });
}

const CHILD: &str = "FENGSUI_TEST_CHILD";

/// Runs only as the child of the next test: writes without end, naming each write on standard output once it
/// was acknowledged.
#[test]
fn child_writes_until_killed() {
    let Some(address) = std::env::var_os(CHILD) else { return };
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    runtime.block_on(async {
        let store = Store::open(&address.to_string_lossy()).await.expect("open");
        let writers = (0..8).map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0.. {
                    let number = format!("K{writer}-{n}");
                    write(&store, number.clone()).await.expect("acknowledged");
                    println!("\nacknowledged {number}");
                }
            })
        });
        join_all(writers).await;
    });
}

/// A process killed in the middle of its work has lost nothing it was told is written, and its chain is whole.
#[test]
fn a_killed_process_loses_nothing_acknowledged() {
    on_sqlite(async |db: &Db| {
        let mut child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["group_commit::child_writes_until_killed", "--exact", "--nocapture"])
            .env(CHILD, db.address())
            .stdout(Stdio::piped())
            .spawn()
            .expect("child");
        let mut lines = BufReader::new(child.stdout.take().expect("output")).lines();
        let told = |line: &str| line.strip_prefix("acknowledged ").map(str::to_owned);
        let mut acknowledged: Vec<String> = Vec::new();
        while acknowledged.len() < 100 {
            acknowledged.extend(told(&lines.next().expect("still writing").expect("text")));
        }
        child.kill().expect("kill");
        child.wait().expect("gone");
        acknowledged.extend(lines.map_while(std::result::Result::ok).filter_map(|line| told(&line)));

        let reopened = db.reopened().await;
        let there = numbers(&reopened).await;
        let lost: Vec<_> = acknowledged.iter().filter(|number| !there.contains(number)).collect();
        assert!(lost.is_empty(), "{lost:?}");
        assert_eq!(audited(&reopened).await, there.len());
        while reopened.seal().await.expect("sealed") > 0 {}
        assert_eq!(reopened.verify_audit(None).await.expect("readable").expect("intact").unsealed, 0);
    });
}

/// An error of one statement leaves the transaction usable only by being dropped; nothing of it remains.
#[test]
fn a_refused_statement_takes_its_whole_transaction() {
    on_sqlite(async |db: &Db| {
        write(&db.store, "taken".to_owned()).await.expect("first");
        let mandate = mandate();
        let mut tx = db.store.begin(&mandate, at()).await.expect("begin");
        tx.add_station(&numbered("before")).await.expect("station");
        let refused = tx.add_station(&numbered("taken")).await;
        assert!(matches!(&refused, Err(Error::Database(_))), "{refused:?}");
        drop(tx);
        write(&db.store, "after".to_owned()).await.expect("free");
        assert_eq!(numbers(&db.store).await, ["after", "taken"]);
    });
}
