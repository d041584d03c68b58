use regulation::general::{Mandate, Placed, Role, Scope, Subject, Verb};
use store::Tx;
use store::appraisal::EntryFilter;
use store::audit::AuditFilter;

use crate::common::{Db, allowed, day, entry_of, of_province, of_station};

fn filing(station: &Placed) -> Mandate {
    let subject = Subject::of_station("ledger_entry", 0, station);
    allowed(&of_station(Role::StationClerk, station), Verb::FileEntry, &subject)
}

async fn file(tx: &mut Tx<'_>, station: &Placed) -> i64 {
    tx.add_entry(station, &entry_of("warning.published", day(3, 1), 1), None).await.expect("entry")
}

/// Posts a form: writes and answers when its token is new, or else gives up and answers what was answered before.
async fn post(db: &Db, station: &Placed, token: &str) -> String {
    let mandate = filing(station);
    let mut tx = db.store.begin(&mandate, db.now()).await.expect("begin");
    if let Some(answered) = tx.claim_once(token).await.expect("claim") {
        tx.abandon().await.expect("abandoned");
        return answered;
    }
    let answer = format!("/ledger/{}", file(&mut tx, station).await);
    tx.answer_once(token, &answer).await.expect("answer");
    tx.commit().await.expect("commit");
    answer
}

async fn entries(db: &Db) -> usize {
    db.store.entries(&Scope::All, &EntryFilter::default(), None, 100).await.expect("list").len()
}

/// A form posted again, later or at the same moment, is answered as the first time and writes nothing.
async fn a_form_posted_twice_writes_once(db: &Db) {
    let station = db.station().await;
    let first = post(db, &station, "t1").await;
    assert_eq!(post(db, &station, "t1").await, first);
    let (a, b, c) = tokio::join!(post(db, &station, "t2"), post(db, &station, "t2"), post(db, &station, "t2"));
    assert_eq!((&a, &b), (&b, &c));
    assert_ne!(a, first);
    assert_eq!(entries(db).await, 2);
    assert_eq!(db.store.audit_page(&AuditFilter::default(), None, 100).await.expect("audit").len(), 3);
    assert_eq!(db.store.answered("t1").await.expect("read"), Some(first));
    assert_eq!(db.store.answered("t3").await.expect("read"), None);
}

/// Acts that go together are kept together, each with its own row in the audit; or none is.
async fn acts_that_go_together_each_leave_a_row(db: &Db) {
    let station = db.station().await;
    let (clerk, subject) = (filing(&station), Subject::whole("cycle", 2026));
    let province = allowed(&of_province(Role::ProvinceClerk), Verb::ProposeGrades, &subject);
    for keep in [false, true] {
        let mut tx = db.store.begin(&clerk, db.now()).await.expect("begin");
        let entry = file(&mut tx, &station).await;
        tx.proceed(&province, db.now()).await.expect("proceed");
        tx.note("拟定");
        if !keep {
            drop(tx);
            continue;
        }
        tx.commit().await.expect("commit");
        let rows = db.store.audit_page(&AuditFilter::default(), None, 2).await.expect("audit");
        let seen: Vec<_> = rows.iter().map(|row| (row.verb.as_str(), row.noun_id)).collect();
        assert_eq!(seen, [("propose_grades", 2026), ("file_entry", entry)]);
        assert!(rows[0].at > rows[1].at && rows[0].detail == "拟定");
    }
    assert_eq!(
        (entries(db).await, db.store.audit_page(&AuditFilter::default(), None, 100).await.expect("audit").len()),
        (1, 3)
    );
}

on_both!(a_form_posted_twice_writes_once, acts_that_go_together_each_leave_a_row);
