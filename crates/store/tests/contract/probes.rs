//! Looks at websites: kept once a day from the worker, whenever from people, and never changed (readings K84, K85).

use regulation::general::{Role, Scope, Subject, Verb};
use store::duties::{Looked, NewProbe, NewStanding, StationFilter};
use store::instant_number;

use crate::common::{Db, Raw, act, allowed, day, of_city, of_province};

fn look(on: i64, origin: &'static str, opened: bool) -> NewProbe {
    let reason = if opened { String::new() } else { "没有响应。".to_owned() };
    // Ordered by the day: one instant stands for each.
    NewProbe {
        url: "https://example.org".to_owned(),
        origin,
        looked_at: on,
        on_day: on,
        opened,
        reason,
        ..NewProbe::default()
    }
}

const FIRST: (i64, i64) = (i64::MAX, i64::MAX);

/// Two servers look on the same day: the first look stands, and what follows from it.
async fn the_machine_looks_once_a_day(db: &Db) {
    let station = db.station().await;
    let of = Looked::Station(station.id);
    let stands = |failing, on| Some(NewStanding { failing, last_on: on });
    db.store.keep_probe(of, &look(day(9, 1), "machine", false), stands(1, day(9, 1)), db.now()).await.expect("kept");
    let other = NewProbe { looked_at: day(9, 1) + 7, ..look(day(9, 1), "machine", true) };
    db.store.keep_probe(of, &other, stands(0, day(9, 1)), db.now()).await.expect("no error");
    let kept = db.store.probes(of, FIRST, 10).await.expect("read");
    assert_eq!(kept.iter().map(|probe| (probe.on_day, probe.opened)).collect::<Vec<_>>(), [(day(9, 1), 0)]);
    assert_eq!(kept[0].recorded_by, "自动探测");
    assert_eq!(db.store.failing_sites(&[station.id], 1).await.expect("read"), [(station.id, 1)]);
    db.store.keep_probe(of, &look(day(9, 2), "machine", true), stands(0, day(9, 2)), db.now()).await.expect("kept");
    assert_eq!(db.store.probes(of, FIRST, 10).await.expect("read").len(), 2);
    assert!(db.store.failing_sites(&[station.id], 1).await.expect("read").is_empty());
}

async fn what_the_station_says_of_itself_is_kept_and_not_counted(db: &Db) {
    let station = db.station().await;
    let of = Looked::Station(station.id);
    let subject = Subject::of_station("site_probe", 0, &station);
    let city = allowed(&of_city(Role::CityClerk, &station.city), Verb::RecordProbe, &subject);
    let stands = Some(NewStanding { failing: 3, last_on: day(9, 3) });
    act(db, &city, async |tx| tx.add_probe(of, &look(day(9, 3), "department", false), stands).await)
        .await
        .expect("kept");
    act(db, &city, async |tx| tx.add_probe(of, &look(day(9, 4), "station", true), None).await).await.expect("kept");
    let counted = db.store.newest_looks(station.id, 10).await.expect("read");
    assert_eq!(counted.iter().map(|look| look.on_day).collect::<Vec<_>>(), [day(9, 3)]);
    let until = db.now();
    act(db, &city, async |tx| tx.add_probe(of, &look(day(9, 2), "department", true), None).await).await.expect("kept");
    let between = async |from, to, known| {
        let looks = db.store.looks_between(station.id, from, to, instant_number(known)).await.expect("read");
        looks.iter().map(|look| (look.on_day, look.opened)).collect::<Vec<_>>()
    };
    assert_eq!(between(day(1, 1), day(12, 31), db.now()).await, [(day(9, 2), 1), (day(9, 3), 0)]);
    assert_eq!(between(day(9, 3), day(12, 31), db.now()).await, [(day(9, 3), 0)]);
    // As it was known then, whatever was recorded since.
    assert_eq!(between(day(1, 1), day(12, 31), until).await, [(day(9, 3), 0)]);
    // The log is paged by instant and key.
    let page = db.store.probes(of, FIRST, 2).await.expect("read");
    let last = page.last().expect("two");
    let rest = db.store.probes(of, (last.looked_at, last.id), 2).await.expect("read");
    assert_eq!((page.len(), rest.iter().map(|probe| probe.on_day).collect::<Vec<_>>()), (2, vec![day(9, 2)]));
}

/// What waits for the worker: a website on record, at work, not looked at by it today.
async fn what_is_due_is_what_the_machine_has_not_seen_today(db: &Db) {
    let mut ids = Vec::new();
    for number in ["W1", "W2", "W3", "W4"] {
        ids.push(db.station_in(number, "370500", None).await.id);
    }
    db.raw()
        .await
        .must(&[
            "UPDATE station SET website = 'https://example.org' WHERE number <> 'W2'",
            "UPDATE station SET ended_on = 20260801 WHERE number = 'W3'",
        ])
        .await;
    let due = async |on| {
        let due = db.store.due_stations(on, 0, 10).await.expect("read");
        due.into_iter().map(|due| due.id).collect::<Vec<_>>()
    };
    assert_eq!(due(day(9, 1)).await, [ids[0], ids[3]]);
    db.store
        .keep_probe(Looked::Station(ids[0]), &look(day(9, 1), "machine", true), None, db.now())
        .await
        .expect("kept");
    let subject = Subject::whole("site_probe", 0);
    let province = allowed(&of_province(Role::ProvinceClerk), Verb::RecordProbe, &subject);
    let by_hand = look(day(9, 1), "department", true);
    act(db, &province, async |tx| tx.add_probe(Looked::Station(ids[3]), &by_hand, None).await).await.expect("kept");
    assert_eq!(due(day(9, 1)).await, [ids[3]], "a look by hand does not save the machine's");
    assert_eq!(due(day(9, 2)).await, [ids[0], ids[3]]);
    assert_eq!(db.store.due_stations(day(9, 2), ids[0], 10).await.expect("read").len(), 1);
    assert!(db.store.due_applications(&["city_review"], day(9, 1), 0, 10).await.expect("read").is_empty());
}

async fn stations_whose_website_fails_are_found_in_scope(db: &Db) {
    let (near, far) = (db.station_in("N1", "370500", None).await, db.station_in("F1", "370600", None).await);
    for (station, failing) in [(&near, 3), (&far, 2)] {
        let stands = Some(NewStanding { failing, last_on: day(9, 3) });
        let seen = look(day(9, 3), "machine", false);
        db.store.keep_probe(Looked::Station(station.id), &seen, stands, db.now()).await.expect("kept");
    }
    let count = async |scope: Scope, least| db.store.count_failing_sites(&scope, least).await.expect("read");
    assert_eq!(count(Scope::All, 2).await, 2);
    assert_eq!(count(Scope::All, 3).await, 1);
    assert_eq!(count(Scope::City("370600".to_owned()), 3).await, 0);
    assert_eq!(count(Scope::Nothing, 1).await, 0);
    let filter = StationFilter { failing_site: Some(3), ..StationFilter::default() };
    let found = db.store.stations(&Scope::All, &filter, "", 10).await.expect("read");
    assert_eq!(found.iter().map(|station| station.id).collect::<Vec<_>>(), [near.id]);
}

/// A look belongs to a station or to an application, and neither changes nor goes.
async fn a_look_never_changes(db: &Db) {
    let station = db.station().await;
    db.store
        .keep_probe(Looked::Station(station.id), &look(day(9, 1), "machine", false), None, db.now())
        .await
        .expect("kept");
    let mut raw = db.raw().await;
    for sql in ["UPDATE site_probe SET opened = 1", "DELETE FROM site_probe"] {
        let error = raw.run(sql).await.expect_err(sql).to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    if let Raw::Postgres(_) = raw {
        assert!(raw.run("TRUNCATE site_probe").await.expect_err("truncated").to_string().contains("append-only"));
    }
    let nobody = "INSERT INTO site_probe (url, origin, looked_at, on_day, opened, final_url, title, sha256, reason, \
                  recorded_at, recorded_by) VALUES ('', 'machine', 0, 0, 0, '', '', '', '', 0, '')";
    assert!(raw.run(nobody).await.is_err(), "of nobody");
}

on_both!(
    the_machine_looks_once_a_day,
    what_the_station_says_of_itself_is_kept_and_not_counted,
    what_is_due_is_what_the_machine_has_not_seen_today,
    stations_whose_website_fails_are_found_in_scope,
    a_look_never_changes,
);
