//! Records of supervision are read in scope, corrected once, answered in order; so are decisions on a lapsed edition.

use regulation::general::{Placed, Role, Scope, Subject, Verb};
use store::general::{NewSupervision, SupervisionFilter};
use store::{Error, Tx};

use crate::common::{COUNTY, Db, OTHER_CITY, act, allowed, day, of_city, of_province, of_station};

async fn record(db: &Db, station: &Placed, told: bool, corrects: Option<i64>) -> store::Result<i64> {
    let subject = Subject::of_station("supervision", 0, station);
    let mandate = allowed(&of_city(Role::CityClerk, &station.city), Verb::RecordSupervision, &subject);
    let new = NewSupervision {
        level: "city",
        kind: "visit",
        on_day: day(3, 1),
        content: "走访".to_owned(),
        told,
        corrects,
        ..NewSupervision::default()
    };
    act(db, &mandate, async |tx: &mut Tx<'_>| tx.add_supervision(station, &new).await).await
}

async fn listed(db: &Db, scope: Scope, filter: SupervisionFilter) -> Vec<i64> {
    let rows = db.store.supervisions(&scope, &filter, i64::MAX, 10).await.expect("read");
    rows.iter().map(|row| row.id).collect()
}

async fn records_are_read_in_scope_and_corrected_once(db: &Db) {
    let station = db.station().await;
    let other = db.station_in("370600001", OTHER_CITY, None).await;
    let first = record(db, &station, true, None).await.expect("first");
    let inner = record(db, &station, false, None).await.expect("inner");
    let theirs = record(db, &other, true, None).await.expect("theirs");
    let all = SupervisionFilter::default;
    assert_eq!(listed(db, Scope::All, all()).await, [theirs, inner, first]);
    for (scope, seen) in [
        (Scope::City(station.city.clone()), vec![inner, first]),
        (Scope::County(COUNTY.to_owned()), vec![inner, first]),
        (Scope::City(OTHER_CITY.to_owned()), vec![theirs]),
        (Scope::Stations(vec![station.id]), vec![inner, first]),
        (Scope::Nothing, vec![]),
    ] {
        assert_eq!(listed(db, scope.clone(), all()).await, seen, "{scope:?}");
        assert_eq!(db.store.supervision(&scope, first).await.expect("read").is_some(), seen.contains(&first));
    }
    let told = SupervisionFilter { told: true, ..all() };
    assert_eq!(listed(db, Scope::Stations(vec![station.id]), told).await, [first]);
    let later = SupervisionFilter { from_day: Some(day(3, 2)), ..all() };
    assert!(listed(db, Scope::All, later).await.is_empty());

    let second = record(db, &station, true, Some(first)).await.expect("corrected");
    assert!(matches!(record(db, &station, true, Some(first)).await, Err(Error::Conflict(_))));
    assert_eq!(listed(db, Scope::City(station.city.clone()), all()).await, [second, inner]);
    let versions = SupervisionFilter { all_versions: true, ..all() };
    assert_eq!(listed(db, Scope::City(station.city.clone()), versions).await, [second, inner, first]);
    let old = db.store.supervision(&Scope::All, first).await.expect("read").expect("there");
    assert_eq!((old.corrected_by, old.rectification), (Some(second), None));

    let subject = Subject::of_station("supervision", second, &station);
    let mandate = allowed(&of_station(Role::StationManager, &station), Verb::AnswerSupervision, &subject);
    act(db, &mandate, async |tx: &mut Tx<'_>| tx.answer_supervision(second, "").await).await.expect("read");
    act(db, &mandate, async |tx: &mut Tx<'_>| tx.answer_supervision(second, "已改").await).await.expect("answered");
    let replies = db.store.supervision_replies(second).await.expect("read");
    assert_eq!(replies.iter().map(|reply| reply.text.as_str()).collect::<Vec<_>>(), ["", "已改"]);
    assert_eq!(db.store.supervision_behind(1).await.expect("read"), None);
}

async fn a_lapsed_edition_is_gone_on_with_once_a_year_and_thing(db: &Db) {
    let mandate =
        allowed(&of_province(Role::ProvinceApprover), Verb::OverrideLapse, &Subject::whole("lapse_override", 2027));
    let decide = async |purpose: &'static str, year: i64| {
        act(db, &mandate, async |tx: &mut Tx<'_>| tx.add_lapse_override("draft", purpose, year, "待修订").await).await
    };
    decide("cycle", 2027).await.expect("decided");
    assert!(matches!(decide("cycle", 2027).await, Err(Error::Conflict(_))));
    decide("round", 2027).await.expect("another thing");
    decide("cycle", 2028).await.expect("another year");
    assert_eq!(db.store.lapse_overrides(Some("draft")).await.expect("read").len(), 3);
    assert_eq!(db.store.lapse_overrides(None).await.expect("read").len(), 3);
    assert!(db.store.lapse_overrides(Some("other")).await.expect("read").is_empty());
}

async fn what_was_recorded_only_grows(db: &Db) {
    let station = db.station().await;
    let first = record(db, &station, true, None).await.expect("first");
    let subject = Subject::of_station("supervision", first, &station);
    let mandate = allowed(&of_station(Role::StationManager, &station), Verb::AnswerSupervision, &subject);
    act(db, &mandate, async |tx: &mut Tx<'_>| tx.answer_supervision(first, "").await).await.expect("read");
    let mandate =
        allowed(&of_province(Role::ProvinceApprover), Verb::OverrideLapse, &Subject::whole("lapse_override", 2027));
    act(db, &mandate, async |tx: &mut Tx<'_>| tx.add_lapse_override("draft", "cycle", 2027, "待修订").await)
        .await
        .expect("decided");
    let mut raw = db.raw().await;
    for (table, column) in [("supervision", "content"), ("supervision_reply", "text"), ("lapse_override", "reason")] {
        for sql in [format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")] {
            let error = raw.run(&sql).await.expect_err(&sql).to_string();
            assert!(error.contains("append-only"), "{sql}: {error}");
        }
    }
}

on_both!(
    records_are_read_in_scope_and_corrected_once,
    a_lapsed_edition_is_gone_on_with_once_a_year_and_thing,
    what_was_recorded_only_grows,
);
