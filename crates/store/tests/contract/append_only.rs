use regulation::general::{Placed, Role, Subject, Verb};
use store::appraisal::NewResult;
use store::duties::NewStandingRecord;

use crate::common::{Db, Raw, YEAR, act, allowed, day, expert, of_city, of_province, of_station};

/// One row in each table that never changes, and a column of it.
const APPEND_ONLY: [(&str, &str); 6] = [
    ("ledger_entry", "title"),
    ("standing_record", "title"),
    ("opinion", "reason"),
    ("mark", "comment"),
    ("result", "grade"),
    ("finding", "outlet"),
];

async fn a_row_in_each(db: &Db) -> Placed {
    let station = db.station().await;
    let entry = db.entry(&station, "report.topical", day(3, 1), 1).await;
    let subject = |noun| Subject::of_station(noun, 0, &station);
    let record = NewStandingRecord { fact: "has_unit".into(), from_on: day(1, 1), ..NewStandingRecord::default() };
    let keep = allowed(&of_station(Role::StationManager, &station), Verb::MaintainRecord, &subject("standing_record"));
    act(db, &keep, async |tx| tx.add_standing_record(station.id, &record).await).await.expect("record");
    let assess = allowed(&of_city(Role::CityClerk, &station.city), Verb::AssessEvidence, &subject("opinion"));
    let opinion = async |tx: &mut store::Tx<'_>| {
        tx.add_opinion(station.id, YEAR, "ledger_entry", entry, "city", true, "属实").await
    };
    act(db, &assess, opinion).await.expect("opinion");
    let account = db.account("expert", Role::Expert).await.expect("account");
    let grade = allowed(&expert(account, &station), Verb::GradeWork, &subject("mark"));
    act(db, &grade, async |tx| tx.add_mark(station.id, YEAR, "warn.report", entry, "8.5", "").await)
        .await
        .expect("mark");
    let found = allowed(&of_province(Role::ProvinceClerk), Verb::RecordFinding, &subject("ledger_entry"));
    act(db, &found, async |tx| tx.add_finding(entry, None, "商务部").await).await.expect("finding");
    confirm(db, &station).await;
    station
}

async fn confirm(db: &Db, station: &Placed) {
    let cycle = db.cycle().await;
    let result = NewResult {
        station: station.id,
        station_name: String::new(),
        host_name: String::new(),
        rank: 1,
        base: 0,
        bonus: 0,
        total: 0,
        participation: "on_time",
        grade: "合格",
        explanation: "[]".to_owned(),
        unchecked: None,
    };
    let subject = Subject::whole("cycle", YEAR).after(Vec::new());
    let mandate = allowed(&of_province(Role::ProvinceApprover), Verb::ConfirmGrades, &subject);
    act(db, &mandate, async |tx| tx.confirm_results(&cycle, &[result]).await).await.expect("confirmed");
}

async fn refused(raw: &mut Raw, sql: &str) {
    let error = raw.run(sql).await.expect_err(sql).to_string();
    assert!(error.contains("append-only"), "{sql}: {error}");
}

/// Plain SQL cannot change or delete a row of a table that only grows: the database itself refuses.
async fn the_database_refuses_changes(db: &Db) {
    a_row_in_each(db).await;
    let mut raw = db.raw().await;
    for (table, column) in APPEND_ONLY {
        refused(&mut raw, &format!("UPDATE {table} SET {column} = 'x'")).await;
        refused(&mut raw, &format!("DELETE FROM {table}")).await;
    }
    refused(&mut raw, "DELETE FROM audit").await;
    refused(&mut raw, "DELETE FROM edition").await;
}

/// PostgreSQL empties a table without touching its rows one by one: that too is refused.
async fn truncation_is_refused(db: &Db) {
    a_row_in_each(db).await;
    let mut raw = db.raw().await;
    let Raw::Postgres(_) = raw else { return };
    for table in APPEND_ONLY.map(|(table, _)| table).into_iter().chain(["audit", "edition"]) {
        refused(&mut raw, &format!("TRUNCATE {table} CASCADE")).await;
    }
}

/// An audit row may be sealed once; no column of what happened changes before, and none at all after.
async fn an_audit_row_only_takes_its_seal(db: &Db) {
    db.station().await;
    let mut raw = db.raw().await;
    let happened =
        ["at", "account_id", "actor", "role", "verb", "noun", "noun_id", "station_id", "basis", "detail", "instead_of"];
    for sealed in [false, true] {
        for column in happened {
            refused(&mut raw, &format!("UPDATE audit SET {column} = '7'")).await;
        }
        refused(&mut raw, "UPDATE audit SET id = id + 100").await;
        if !sealed {
            db.store.seal().await.expect("sealed");
        }
    }
    for column in ["position", "prev_hash", "hash"] {
        refused(&mut raw, &format!("UPDATE audit SET {column} = NULL")).await;
    }
}

on_both!(the_database_refuses_changes, truncation_is_refused, an_audit_row_only_takes_its_seal);
