use jiff::civil::date;
use regulation::appraisal::inspection::Stage;
use regulation::general::{Due, Role, Scope, Subject, Verb};
use store::Error;
use store::appraisal::{NewReminder, NewStep};

use crate::common::{Db, OTHER_CITY, YEAR, act, allowed, of_province, of_station};

fn step(station: i64, before: i64, stage: Stage) -> NewStep {
    NewStep { year: YEAR, station, before, stage, step: "submit", reason: String::new(), points: None }
}

/// The newest step says where a station stands; of two written on the same stage one loses.
async fn of_two_steps_at_once_one_is_told(db: &Db) {
    let station = db.station().await;
    db.cycle().await;
    let subject = Subject::of_station("submission", 0, &station);
    let mandate = allowed(&of_station(Role::StationManager, &station), Verb::SubmitMaterial, &subject);
    let first = date(2027, 1, 20).at(9, 0, 0, 0);
    let submitted = Stage::Submitted { first };
    act(db, &mandate, async |tx| tx.take_step(&step(station.id, 0, submitted.clone())).await).await.expect("first");
    let lost = act(db, &mandate, async |tx| tx.take_step(&step(station.id, 0, submitted.clone())).await).await;
    assert!(matches!(lost, Err(Error::Conflict(_))), "{lost:?}");
    let scoring = Stage::Scoring { first };
    act(db, &mandate, async |tx| tx.take_step(&step(station.id, 1, scoring.clone())).await).await.expect("second");
    let rows = db.store.inspections(&Scope::All, YEAR, None).await.expect("rows");
    assert_eq!(rows.iter().map(|row| row.parsed().expect("a stage")).collect::<Vec<_>>(), [scoring]);
    let elsewhere = Scope::City(OTHER_CITY.into());
    assert!(db.store.inspections(&elsewhere, YEAR, None).await.expect("rows").is_empty());
}

/// A date that moves is a new row; reminders are made once for each due day, to those who owe.
async fn a_moved_date_holds_and_reminders_go_out_once(db: &Db) {
    let station = db.station().await;
    db.cycle().await;
    let mandate = allowed(&of_province(Role::ProvinceApprover), Verb::OpenCycle, &Subject::whole("cycle", YEAR));
    for on in [date(2027, 1, 31), date(2027, 2, 10)] {
        let due = Due::day(on);
        let set = act(db, &mandate, async |tx| {
            tx.set_cycle_date(YEAR, "appraisal.submission", "提交材料", &due, "示例").await
        });
        set.await.expect("set");
    }
    let dates = db.store.cycle_dates().await.expect("dates");
    assert_eq!(dates.iter().map(|date| date.due().expect("due")).collect::<Vec<_>>(), [Due::day(date(2027, 2, 10))]);
    let owed = |due_day| NewReminder { year: YEAR, deadline: "appraisal.submission".into(), offset_days: -1, due_day };
    let at = jiff::Timestamp::UNIX_EPOCH;
    assert_eq!(db.store.remind(&[owed(20_270_131)], at).await.expect("made"), 1);
    assert_eq!(db.store.remind(&[owed(20_270_131)], at).await.expect("again"), 0);
    assert_eq!(db.store.remind(&[owed(20_270_210)], at).await.expect("moved"), 1);
    let got = db.store.reminders_to(&format!("s{}", station.id), YEAR).await.expect("read");
    assert_eq!(got.iter().map(|one| one.due_day).collect::<Vec<_>>(), [20_270_210, 20_270_131]);
}

/// A deadline that each station has for itself reaches that station, once, and stands apart from the year's others.
async fn a_station_is_reminded_of_a_day_of_its_own(db: &Db) {
    let station = db.station().await;
    db.cycle().await;
    let at = jiff::Timestamp::UNIX_EPOCH;
    let owed = |offset_days| {
        let deadline = "appraisal.review_request".to_owned();
        [(station.id, NewReminder { year: YEAR, deadline, offset_days, due_day: 20_270_412 })]
    };
    assert_eq!(db.store.remind_each(&owed(-3), at).await.expect("made"), 1);
    assert_eq!(db.store.remind_each(&owed(-3), at).await.expect("again"), 0);
    assert_eq!(db.store.remind_each(&owed(-1), at).await.expect("next"), 1);
    let nobody = [(station.id + 1, owed(-1)[0].1.clone())];
    assert_eq!(db.store.remind_each(&nobody, at).await.expect("nobody"), 0);
    let got = db.store.reminders_to(&format!("s{}", station.id), YEAR).await.expect("read");
    assert_eq!(got.iter().map(|one| one.offset_days).collect::<Vec<_>>(), [-1, -3]);
}

on_both!(
    of_two_steps_at_once_one_is_told,
    a_moved_date_holds_and_reminders_go_out_once,
    a_station_is_reminded_of_a_day_of_its_own
);
