//! Who hears of warnings besides the firms, and what is to reach each: queued once per warning, subscription and address,
//! taken up by one worker, settled by the one that took it up.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use regulation::general::{Actor, Mandate, Placed, Role, Scope, Subject, Verb};
use store::duties::{ClaimedPosting, NewPosting, NewSubscription, Outcome, Subscription, WarningText};
use store::{Error, instant_number};

use crate::common::{Db, act, allowed, of_province, of_station};

const MAIL: &[&str] = &["mail"];

fn subscribing() -> Mandate {
    allowed(&Actor::public(), Verb::Subscribe, &Subject::whole("subscription", 0))
}

fn maintaining() -> Mandate {
    allowed(&of_province(Role::ProvinceClerk), Verb::MaintainSubscriptions, &Subject::whole("subscription", 0))
}

fn new(channel: &'static str, address: &str) -> NewSubscription {
    NewSubscription {
        channel,
        address: address.to_owned(),
        mark: format!("mark of {channel} {address}"),
        least: "blue".to_owned(),
        confirmed: true,
        ..NewSubscription::default()
    }
}

/// Adds a subscription; its key. Tokens count up.
async fn add(db: &Db, new: &NewSubscription) -> store::Result<i64> {
    let (held,) = db.store.one::<(i64,)>(store::query::Query::new("SELECT count(*) FROM subscription")).await?;
    let new = NewSubscription { token: format!("{held:064}"), ..new.clone() };
    act(db, &maintaining(), async |tx| tx.add_subscription(&new).await).await
}

/// A warning of a station.
async fn warning(db: &Db, station: &Placed) -> i64 {
    let subject = Subject::of_station("warning", 0, station);
    let mandate = allowed(&of_station(Role::StationManager, station), Verb::DraftWarning, &subject);
    let text = WarningText { title: "关于轮胎的预警".to_owned(), ..WarningText::default() };
    act(db, &mandate, async |tx| tx.add_warning(station, (None, None), &text).await).await.expect("warning")
}

async fn queue(db: &Db, station: &Placed, warning: i64, new: &[NewPosting]) -> u64 {
    let subject = Subject::of_station("warning", warning, station);
    let mandate = allowed(&of_station(Role::StationManager, station), Verb::PublishWarning, &subject);
    act(db, &mandate, async |tx| tx.queue_postings(warning, new).await).await.expect("queued")
}

async fn subscribers(db: &Db) -> Vec<Subscription> {
    db.store.subscribers(&["轮胎"]).await.expect("read")
}

async fn postings(db: &Db) -> Vec<NewPosting> {
    let to = |one: Subscription| NewPosting { subscription: one.id, channel: one.channel, mark: one.mark };
    subscribers(db).await.into_iter().map(to).collect()
}

/// A warning for some e-mail addresses.
async fn addressed(db: &Db, addresses: usize) -> (Placed, i64) {
    let (station, warning) = {
        let station = db.station().await;
        let id = warning(db, &station).await;
        (station, id)
    };
    for n in 0..addresses {
        add(db, &new("mail", &format!("a{n}@example.cn"))).await.expect("added");
    }
    let queued = queue(db, &station, warning, &postings(db).await).await;
    assert_eq!(queued, addresses as u64);
    (station, warning)
}

fn sent() -> Outcome {
    Outcome::Sent { receipt: "250 ok".to_owned() }
}

async fn claim(db: &Db, limit: i64) -> Vec<ClaimedPosting> {
    db.store.claim_postings(db.now(), MAIL, limit).await.expect("claimed")
}

/// Postings by state.
async fn states(db: &Db) -> Vec<(String, i64)> {
    let query = store::query::Query::new("SELECT state, count(*) FROM posting GROUP BY state ORDER BY state");
    db.store.all(query).await.expect("counted")
}

fn counted(states: &[(&str, i64)]) -> Vec<(String, i64)> {
    states.iter().map(|(state, count)| ((*state).to_owned(), *count)).collect()
}

async fn a_subscriber_is_told_once(db: &Db) {
    let (station, first) = addressed(db, 1200).await;
    assert_eq!(queue(db, &station, first, &postings(db).await).await, 0);
    // The same address under another subscription is the same recipient.
    add(db, &NewSubscription { industry: "轮胎".to_owned(), ..new("mail", "a7@example.cn") }).await.expect("added");
    assert_eq!(postings(db).await.len(), 1201);
    assert_eq!(queue(db, &station, first, &postings(db).await).await, 0);
    let second = warning(db, &station).await;
    assert_eq!(queue(db, &station, second, &postings(db).await).await, 1200);
    let (both, one) = tokio::join!(claim(db, 5000), claim(db, 5000));
    let all: BTreeSet<i64> = both.iter().chain(&one).map(|claimed| claimed.id).collect();
    assert_eq!((both.len() + one.len(), all.len()), (2400, 2400));
}

/// A correction and the retraction go to whoever was told, once each.
async fn who_was_told_is_told_again_once(db: &Db) {
    let (station, id) = addressed(db, 3).await;
    let told = claim(db, 2).await;
    db.store.settle_posting((told[0].id, 1), &sent(), db.now()).await.expect("settled");
    let again = async |occasion: &str| {
        let subject = Subject::of_station("warning", id, &station);
        let mandate = allowed(&of_station(Role::StationManager, &station), Verb::PublishWarning, &subject);
        act(db, &mandate, async |tx| tx.queue_postings_again(id, occasion).await).await.expect("queued")
    };
    // One went out, one is on its way; the third goes out as things stand then.
    assert_eq!((again("corrected-2").await, again("corrected-2").await, again("retracted").await), (2, 0, 2));
    let occasions: Vec<String> = claim(db, 10).await.into_iter().map(|one| one.occasion).collect();
    assert_eq!(occasions, ["", "corrected-2", "corrected-2", "retracted", "retracted"]);
}

async fn only_those_who_asked_hear(db: &Db) {
    let tyres = NewSubscription { industry: "轮胎".to_owned(), ..new("mail", "tyre@example.cn") };
    add(db, &tyres).await.expect("added");
    add(db, &NewSubscription { industry: "化工".to_owned(), ..new("mail", "chem@example.cn") }).await.expect("added");
    add(db, &NewSubscription { confirmed: false, ..new("mail", "unasked@example.cn") }).await.expect("added");
    let group = add(db, &new("wecom", "https://robot/1")).await.expect("added");
    let heard = async || subscribers(db).await.into_iter().map(|one| one.address).collect::<Vec<_>>();
    assert_eq!(heard().await, ["tyre@example.cn", "https://robot/1"]);
    act(db, &maintaining(), async |tx| tx.pause_subscription(group).await).await.expect("paused");
    assert_eq!(heard().await, ["tyre@example.cn"]);
    act(db, &maintaining(), async |tx| tx.resume_subscription(group).await).await.expect("resumed");
    assert_eq!(heard().await.len(), 2);
    // One address of a group is entered once; taken off, its address is forgotten and can be entered again.
    assert!(matches!(add(db, &new("wecom", "https://robot/1")).await, Err(Error::Conflict(_))));
    act(db, &maintaining(), async |tx| tx.remove_subscription(group).await).await.expect("removed");
    assert_eq!(heard().await.len(), 1);
    assert!(db.store.subscription(&Scope::All, group).await.expect("read").is_none());
    let kept = db.store.subscriptions_by_id(&[group]).await.expect("read");
    assert_eq!((kept[0].address.as_str(), kept[0].secret.as_str()), ("", ""));
    assert!(!format!("{:?}", subscribers(db).await).contains("tyre@"), "no address in what is printed");
    add(db, &new("wecom", "https://robot/1")).await.expect("added again");
    let own = db.station().await;
    let of_own = NewSubscription { station: Some(own.id), ..new("wecom", "https://robot/2") };
    add(db, &of_own).await.expect("added");
    let list = async |scope: Scope| db.store.subscriptions(&scope, i64::MAX, 10).await.expect("read").len();
    assert_eq!((list(Scope::All).await, list(Scope::Stations(vec![own.id])).await), (2, 1));
    assert_eq!((list(Scope::City(own.city.clone())).await, list(Scope::Nothing).await), (1, 0));
}

async fn only_what_was_taken_up_is_settled(db: &Db) {
    addressed(db, 6).await;
    for id in 1..=6 {
        db.store.settle_posting((id, 1), &sent(), db.now()).await.expect("no error");
    }
    assert_eq!(states(db).await, counted(&[("queued", 6)]));
    let claimed = claim(db, 5).await;
    assert!(claimed.iter().all(|one| one.attempts == 1 && one.warning_id.is_some()));
    let later = db.now() + SignedDuration::from_hours(1);
    let at = instant_number(later);
    let problem = || "无此信箱".to_owned();
    let outcomes = [
        sent(),
        Outcome::Dead { problem: problem() },
        Outcome::Again { at, problem: problem() },
        Outcome::Later { at },
        Outcome::Cancelled { problem: problem() },
    ];
    for (one, outcome) in claimed.iter().zip(&outcomes) {
        db.store.settle_posting((one.id, one.attempts), outcome, db.now()).await.expect("settled");
    }
    let as_settled = counted(&[("cancelled", 1), ("dead", 1), ("queued", 3), ("sent", 1)]);
    assert_eq!(states(db).await, as_settled);
    for one in &claimed {
        db.store
            .settle_posting((one.id, one.attempts), &Outcome::Dead { problem: "迟到".to_owned() }, db.now())
            .await
            .expect("no error");
    }
    assert_eq!(states(db).await, as_settled, "none of it is undone or done again");
    assert_eq!(claim(db, 10).await.len(), 1, "what is to go later is not due");
    let again = db.store.claim_postings(later, MAIL, 10).await.expect("claimed");
    let attempts: BTreeSet<(i64, i64)> = again.iter().map(|one| (one.id, one.attempts)).collect();
    // What was put back untried did not count.
    assert_eq!(attempts, BTreeSet::from([(claimed[2].id, 2), (claimed[3].id, 1)]));
    let dead = db.store.dead_postings(&Scope::All, i64::MAX, 10).await.expect("read");
    assert_eq!(
        dead.iter().map(|one| (one.id, one.problem.as_str())).collect::<Vec<_>>(),
        [(claimed[1].id, "无此信箱")]
    );
    assert!(db.store.dead_postings(&Scope::Stations(vec![1]), i64::MAX, 10).await.expect("read").is_empty());
    let requeue = async |tx: &mut store::Tx<'_>| tx.requeue_postings(dead[0].subscription_id).await;
    assert_eq!(act(db, &maintaining(), requeue).await.expect("queued"), 1);
    assert_eq!(claim(db, 10).await.iter().map(|one| (one.id, one.attempts)).collect::<Vec<_>>(), [(claimed[1].id, 1)]);
}

async fn what_a_lost_worker_had_is_put_back(db: &Db) {
    addressed(db, 5).await;
    let lost = claim(db, 3).await;
    let between = db.now();
    let young = claim(db, 1).await;
    db.store.settle_posting((lost[0].id, 1), &sent(), db.now()).await.expect("settled");
    assert_eq!(db.store.release_postings(between).await.expect("released"), 2);
    assert_eq!(db.store.release_postings(between).await.expect("released"), 0);
    let again = claim(db, 10).await;
    let (seconds, firsts): (Vec<_>, Vec<_>) = again.iter().partition(|one| one.attempts == 2);
    let ids: BTreeSet<i64> = seconds.iter().map(|one| one.id).collect();
    assert_eq!(ids, lost[1..].iter().map(|one| one.id).collect());
    assert!(firsts.len() == 1 && firsts[0].id != young[0].id);
}

/// While a channel is closed, what waits for it waits, and nobody tries.
async fn only_open_channels_are_taken_up(db: &Db) {
    let (station, warning) = addressed(db, 2).await;
    add(db, &new("dingtalk", "https://robot/1")).await.expect("added");
    assert_eq!(queue(db, &station, warning, &postings(db).await).await, 1);
    let robots = ["wecom", "dingtalk", "webhook"];
    assert!(db.store.postings_waiting(db.now(), &robots).await.expect("read"));
    assert_eq!(db.store.claim_postings(db.now(), &robots, 10).await.expect("claimed").len(), 1);
    assert!(!db.store.postings_waiting(db.now(), &robots).await.expect("read"));
    assert!(db.store.postings_waiting(db.now(), MAIL).await.expect("read"));
    assert_eq!(claim(db, 10).await.len(), 2);
}

/// Asked by mail, confirmed by its own hand, ended whole: no subscription of the address is left and nothing goes out.
async fn an_address_comes_and_goes_by_its_own_hand(db: &Db) {
    let station = db.station().await;
    let warned = warning(db, &station).await;
    let mut ids = Vec::new();
    for industry in ["轮胎", ""] {
        let new = NewSubscription { industry: industry.to_owned(), confirmed: false, ..new("mail", "li@example.cn") };
        ids.push(add(db, &new).await.expect("added"));
    }
    let mark = "mark of mail li@example.cn";
    let request = |subscription| NewPosting { subscription, channel: "mail".to_owned(), mark: mark.to_owned() };
    for id in &ids {
        act(db, &subscribing(), async |tx| tx.queue_request(request(*id)).await).await.expect("asked");
    }
    let since = instant_number(db.now() - SignedDuration::from_hours(1));
    let asked = act(db, &subscribing(), async |tx| tx.recent_requests(mark, since).await).await.expect("counted");
    let other = act(db, &subscribing(), async |tx| tx.recent_requests("other", since).await).await.expect("counted");
    assert_eq!((asked, other), ((2, 2), (2, 0)));
    assert!(subscribers(db).await.is_empty());
    for id in &ids {
        act(db, &subscribing(), async |tx| tx.confirm_subscription(*id).await).await.expect("confirmed");
    }
    let held = act(db, &subscribing(), async |tx| tx.count_of_address(mark).await).await.expect("counted");
    assert_eq!((held, subscribers(db).await.len()), (2, 2));
    assert_eq!(queue(db, &station, warned, &postings(db).await).await, 1, "two subscriptions, one address");
    let by_industry = db.store.count_subscribers().await.expect("counted");
    assert_eq!(by_industry.iter().map(|one| one.addresses).collect::<Vec<_>>(), [1, 1]);
    // A link of either ends both.
    act(db, &subscribing(), async |tx| tx.leave(mark).await).await.expect("left");
    assert!(subscribers(db).await.is_empty());
    assert_eq!(states(db).await, counted(&[("cancelled", 3)]));
    let row = db.store.subscription_by_token(&format!("{:064}", 0)).await.expect("read").expect("known");
    assert_eq!((row.address.as_str(), row.ended_at.is_some()), ("", true));
}

async fn what_nobody_confirms_is_forgotten(db: &Db) {
    let unconfirmed = NewSubscription { confirmed: false, ..new("mail", "li@example.cn") };
    let id = add(db, &unconfirmed).await.expect("added");
    let request = NewPosting { subscription: id, channel: "mail".to_owned(), mark: unconfirmed.mark.clone() };
    act(db, &subscribing(), async |tx| tx.queue_request(request.clone()).await).await.expect("asked");
    add(db, &new("mail", "wang@example.cn")).await.expect("added");
    let week = SignedDuration::from_hours(7 * 24);
    assert_eq!(db.store.forget_unconfirmed(db.now() - week).await.expect("kept"), 0);
    let later = db.now() + SignedDuration::from_hours(1);
    assert_eq!(db.store.forget_unconfirmed(later).await.expect("forgotten"), 2);
    assert!(db.store.subscription(&Scope::All, id).await.expect("read").is_none());
    assert_eq!(subscribers(db).await.len(), 1);
}

/// Two workers that read the same bucket do not both go.
async fn a_turn_is_taken_once(db: &Db) {
    assert_eq!(db.store.pace_of("m").await.expect("read"), None);
    let other = db.reopened().await;
    let (one, two) = tokio::join!(db.store.take_turn("m", None, 3000), other.take_turn("m", None, 3000));
    assert_eq!(usize::from(one.expect("taken")) + usize::from(two.expect("taken")), 1);
    assert_eq!(db.store.pace_of("m").await.expect("read"), Some(3000));
    let (one, two) = tokio::join!(db.store.take_turn("m", Some(3000), 6000), other.take_turn("m", Some(3000), 6001));
    assert_eq!(usize::from(one.expect("taken")) + usize::from(two.expect("taken")), 1);
    assert!(!db.store.take_turn("m", Some(3000), 9000).await.expect("too late"));
    other.close().await;
}

on_both!(
    a_subscriber_is_told_once,
    who_was_told_is_told_again_once,
    only_those_who_asked_hear,
    only_what_was_taken_up_is_settled,
    what_a_lost_worker_had_is_put_back,
    only_open_channels_are_taken_up,
    an_address_comes_and_goes_by_its_own_hand,
    what_nobody_confirms_is_forgotten,
    a_turn_is_taken_once,
);
