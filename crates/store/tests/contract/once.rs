use regulation::general::{Mandate, Placed, Role, Subject, Verb};
use store::appraisal::Supersede;

use crate::common::{Db, act, allowed, day, entry_of, of_province, of_station};

fn file(station: &Placed) -> Mandate {
    let subject = Subject::of_station("ledger_entry", 0, station);
    allowed(&of_station(Role::StationClerk, station), Verb::FileEntry, &subject)
}

/// The first transaction with a token writes; every later one is told what was answered, and writes nothing.
async fn a_token_is_claimed_once(db: &Db) {
    let station = db.station().await;
    let mandate = file(&station);
    let mut tx = db.store.begin(&mandate, db.now()).await.expect("begin");
    assert_eq!(tx.claim_once("t").await.expect("claim"), None);
    tx.answer_once("t", "/there").await.expect("answer");
    tx.commit().await.expect("commit");
    assert_eq!(db.store.answered("t").await.expect("read").as_deref(), Some("/there"));
    let mut tx = db.store.begin(&mandate, db.now()).await.expect("begin");
    assert_eq!(tx.claim_once("t").await.expect("claim").as_deref(), Some("/there"));
    tx.abandon().await.expect("abandoned");
    assert_eq!(db.store.answered("other").await.expect("read"), None);
    let audited = db.store.audit_of("ledger_entry", 0).await.expect("audit").len();
    assert_eq!(audited, 1, "what was abandoned left no act");
}

/// A claim that came to nothing leaves the token free.
async fn a_failed_transaction_gives_the_token_back(db: &Db) {
    let station = db.station().await;
    let mandate = file(&station);
    let mut tx = db.store.begin(&mandate, db.now()).await.expect("begin");
    tx.claim_once("t").await.expect("claim");
    drop(tx);
    let mut tx = db.store.begin(&mandate, db.now()).await.expect("begin");
    assert_eq!(tx.claim_once("t").await.expect("claim"), None);
    tx.commit().await.expect("commit");
    assert_eq!(db.store.forget_posts(db.now()).await.expect("forgotten"), 1);
    assert_eq!(db.store.answered("t").await.expect("read"), None);
}

/// A finding is found through the report it speaks of, in any version of that report, while it counts.
async fn a_finding_follows_its_report(db: &Db) {
    let station = db.station().await;
    let report = db.entry(&station, "report.topical", day(3, 1), 1).await;
    let subject = Subject::of_station("ledger_entry", 0, &station);
    let found = allowed(&of_province(Role::ProvinceClerk), Verb::RecordFinding, &subject);
    let new = entry_of("report.adopted.ministry", day(4, 1), 1);
    let finding = async |tx: &mut store::Tx<'_>| {
        let id = tx.add_entry(&station, &new, None).await?;
        tx.add_finding(id, Some(report), "商务部").await?;
        Ok(id)
    };
    let id = act(db, &found, finding).await.expect("found");
    let newer = db.correct(&station, report, &entry_of("report.topical", day(3, 1), 1)).await.expect("corrected");
    let about = async |tx: &mut store::Tx<'_>| tx.findings_about(newer).await;
    assert_eq!(act(db, &found, about).await.expect("read"), [(id, "商务部".to_owned())]);
    let void = Supersede { entry: id, void: true };
    act(db, &found, async |tx| tx.add_entry(&station, &new, Some(void)).await).await.expect("withdrawn");
    assert_eq!(act(db, &found, about).await.expect("read"), []);
}

on_both!(a_token_is_claimed_once, a_failed_transaction_gives_the_token_back, a_finding_follows_its_report);
