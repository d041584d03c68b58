//! On-site checks keep every saving; a year is sampled once; rectification moves only from where it was judged.

use regulation::general::{Placed, Role, Scope, Subject, Verb};
use store::appraisal::{CheckOf, NewCheck, NewRectification, NewRectificationStep, NewSpotCheck, Rectification};
use store::{Error, Tx};

use crate::common::{COUNTY, Db, OTHER_CITY, Raw, YEAR, act, allowed, day, of_city, of_province, of_station};

fn of(station: &Placed) -> CheckOf<'_> {
    CheckOf { year: YEAR, station, layer: "city", assessor: 0 }
}

fn saving<'a>(station: &'a Placed, version: Option<i64>, base: i64, merges: Option<i64>) -> NewCheck<'a> {
    NewCheck { of: of(station), version, base, merges, state: "draft", content: "{}" }
}

async fn save(db: &Db, station: &Placed, new: NewCheck<'_>) -> store::Result<i64> {
    let subject = Subject::of_station("site_check", 0, station);
    let mandate = allowed(&of_city(Role::CityClerk, &station.city), Verb::CheckOnSite, &subject);
    act(db, &mandate, async |tx: &mut Tx<'_>| tx.add_check(&new).await).await
}

/// The newest version is the check; one that came too late waits until another takes it in; two cannot be one version.
async fn every_saving_stays_and_a_late_one_waits(db: &Db) {
    let station = db.station().await;
    let first = save(db, &station, saving(&station, Some(1), 0, None)).await.expect("first");
    let late = save(db, &station, saving(&station, None, 0, None)).await.expect("late");
    let newest = db.store.newest_check(of(&station)).await.expect("read").expect("there");
    assert_eq!((newest.id, newest.version), (first, Some(1)));
    let waiting = async || {
        let waiting = db.store.waiting_checks(of(&station)).await.expect("read");
        waiting.iter().map(|check| check.id).collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, [late]);
    assert!(save(db, &station, saving(&station, Some(1), 0, None)).await.expect_err("twice").is_duplicate());
    let merged = save(db, &station, saving(&station, Some(2), 1, Some(late))).await.expect("merged");
    assert!(waiting().await.is_empty());
    let heads = db.store.check_heads(&Scope::All, YEAR, &[station.id]).await.expect("read");
    assert_eq!(heads.iter().map(|head| (head.id, head.version)).collect::<Vec<_>>(), [(merged, 2)]);
    let check = db.store.check(&Scope::All, merged).await.expect("read").expect("there");
    assert_eq!(db.store.check_versions(&check).await.expect("read").len(), 2);
    // In scope, or not there.
    for (scope, seen) in [
        (Scope::City(station.city.clone()), true),
        (Scope::County(COUNTY.to_owned()), true),
        (Scope::Stations(vec![station.id]), true),
        (Scope::City(OTHER_CITY.to_owned()), false),
        (Scope::Stations(vec![]), false),
        (Scope::Nothing, false),
    ] {
        assert_eq!(db.store.check(&scope, merged).await.expect("read").is_some(), seen, "{scope:?}");
        assert_eq!(db.store.check_heads(&scope, YEAR, &[station.id]).await.expect("read").len(), usize::from(seen));
    }
}

/// A year has one sample, read in scope and in the order of the draw.
async fn a_year_is_sampled_once(db: &Db) {
    let one = db.station().await;
    let two = db.station_in("370600001", OTHER_CITY, None).await;
    let mandate = allowed(&of_province(Role::ProvinceClerk), Verb::DrawSample, &Subject::whole("sample_draw", YEAR));
    let drawn = [(two.id, "city"), (one.id, "ratio")];
    let draw = async || act(db, &mandate, async |tx| tx.add_sample(YEAR, "种子", (20, 1), "名单", &drawn).await).await;
    draw().await.expect("drawn");
    assert!(matches!(draw().await, Err(Error::Conflict(_))));
    let kept = db.store.sample_draw(YEAR).await.expect("read").expect("there");
    assert_eq!((kept.seed.as_str(), kept.percent, kept.min_per_city), ("种子", 20, 1));
    let stations = async |scope: Scope| {
        let sampled = db.store.sampled(&scope, YEAR).await.expect("read");
        sampled.iter().map(|drawn| drawn.station_id).collect::<Vec<_>>()
    };
    assert_eq!(stations(Scope::All).await, [two.id, one.id]);
    assert_eq!(stations(Scope::City(OTHER_CITY.to_owned())).await, [two.id]);
    assert!(stations(Scope::Nothing).await.is_empty());
}

/// A spot check of a station with one problem, and its task.
async fn ordered(db: &Db, station: &Placed) -> Rectification {
    let subject = |noun| Subject::of_station(noun, 0, station);
    let clerk = of_province(Role::ProvinceClerk);
    let new = NewSpotCheck {
        level: "province",
        on_day: day(8, 30),
        problems: vec!["问题".into()],
        ..NewSpotCheck::default()
    };
    let mandate = allowed(&clerk, Verb::RecordSpotCheck, &subject("spot_check"));
    let check = act(db, &mandate, async |tx| tx.add_spot_check(station, &new).await).await.expect("check");
    let problem = db.store.spot_problems(&[check]).await.expect("read")[0].id;
    let new = NewRectification {
        problem,
        check,
        level: "province",
        demand: "整改".to_owned(),
        stage: "ordered",
        due_on: day(9, 22),
    };
    let mandate = allowed(&clerk, Verb::OrderRectification, &subject("rectification"));
    let order = async || act(db, &mandate, async |tx| tx.add_rectification(station, &new).await).await;
    let task = order().await.expect("ordered");
    assert!(matches!(order().await, Err(Error::Conflict(_))), "a problem is ordered once");
    db.store.rectification(&Scope::All, task).await.expect("read").expect("there")
}

/// A task moves from where it was judged, and not from where somebody else moved it meanwhile.
async fn rectification_moves_from_where_it_was_judged(db: &Db) {
    let station = db.station().await;
    let task = ordered(db, &station).await;
    let subject = Subject::of_station("rectification", task.id, &station);
    let mandate = allowed(&of_station(Role::StationManager, &station), Verb::AnswerRectification, &subject);
    let step = NewRectificationStep { task: &task, stage: "answered", due_on: task.due_on, text: "已改" };
    let answer = async || act(db, &mandate, async |tx| tx.move_rectification(&step).await).await;
    let taken = answer().await.expect("answered");
    assert!(matches!(answer().await, Err(Error::Conflict(_))));
    let steps = db.store.rectification_steps(task.id).await.expect("read");
    assert_eq!(steps.iter().map(|step| step.what.as_str()).collect::<Vec<_>>(), ["ordered", "answered"]);
    let city = Scope::City(station.city.clone());
    assert!(db.store.rectification_of_step(&city, taken).await.expect("read").is_some());
    let counts = db.store.rectification_counts(&city, day(9, 23)).await.expect("read");
    assert_eq!(counts, [("answered".to_owned(), 1, 1)]);
    assert_eq!(db.store.open_rectifications(&city, &["answered"], 10).await.expect("read").len(), 1);
    let other = Scope::City(OTHER_CITY.to_owned());
    assert!(db.store.rectification(&other, task.id).await.expect("read").is_none());
    assert!(db.store.rectification_of_step(&other, taken).await.expect("read").is_none());
    assert!(db.store.spot_check(&other, task.check_id).await.expect("read").is_none());
    assert!(db.store.spot_checks(&other, i64::MAX, 10).await.expect("read").is_empty());
    assert!(db.store.rectifications(&other, i64::MAX, 10).await.expect("read").is_empty());
}

/// What was found, drawn, told and done never changes: the database itself refuses.
async fn the_records_of_checks_only_grow(db: &Db) {
    let station = db.station().await;
    save(db, &station, saving(&station, Some(1), 0, None)).await.expect("check");
    let task = ordered(db, &station).await;
    let clerk = of_province(Role::ProvinceClerk);
    let mandate = allowed(&clerk, Verb::DrawSample, &Subject::whole("sample_draw", YEAR));
    let drawn = [(station.id, "city")];
    act(db, &mandate, async |tx| tx.add_sample(YEAR, "种子", (20, 1), "名单", &drawn).await).await.expect("drawn");
    let mandate = allowed(&clerk, Verb::IssueBulletin, &Subject::whole("bulletin", 0));
    act(db, &mandate, async |tx| tx.add_bulletin("通报", "all", false, &[task.check_id]).await).await.expect("told");
    let mut raw = db.raw().await;
    let tables = [
        ("site_check", "content"),
        ("sample_draw", "seed"),
        ("sampled_station", "why"),
        ("spot_check", "result"),
        ("spot_problem", "text"),
        ("bulletin", "title"),
        ("bulletin_check", "check_id"),
        ("rectification_step", "text"),
    ];
    for (table, column) in tables {
        let mut statements = vec![format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")];
        if matches!(raw, Raw::Postgres(_)) {
            statements.push(format!("TRUNCATE {table} CASCADE"));
        }
        for sql in statements {
            let error = raw.run(&sql).await.expect_err(&sql).to_string();
            assert!(error.contains("append-only"), "{sql}: {error}");
        }
    }
}

on_both!(
    every_saving_stays_and_a_late_one_waits,
    a_year_is_sampled_once,
    rectification_moves_from_where_it_was_judged,
    the_records_of_checks_only_grow,
);
