use std::collections::BTreeMap;

use regulation::Points;
use regulation::appraisal::score::{Score, score};
use regulation::general::{Actor, Manager, Placed, Role, Scope, Subject, Verb};
use store::appraisal::{Dossier, Layer, Supersede};
use store::duties::{NewRosterMember, NewStandingRecord, NewStation};

use crate::common::{
    Db, OTHER_CITY, YEAR, act, allowed, day, draft, entry_of, expert, of_city, of_province, of_station,
};

async fn dossier(db: &Db, station: &Placed) -> Dossier {
    let scope = Scope::Stations(vec![station.id]);
    let mut dossiers = db.store.dossiers(&draft(), &scope, YEAR).await.expect("dossiers");
    dossiers.remove(&station.id).expect("dossier")
}

fn scored(dossier: &Dossier, layer: Layer) -> Score {
    let (facts, entries, gradings) = (dossier.facts(layer), dossier.entries(layer), dossier.gradings(layer));
    score(&draft(), &facts, &entries, &gradings, 2026)
}

async fn total(db: &Db, station: &Placed, layer: Layer) -> String {
    scored(&dossier(db, station).await, layer).total.to_string()
}

/// Rows with points, by item.
fn points(score: &Score) -> BTreeMap<&str, String> {
    let rows = score.rows.iter().filter(|row| row.points > Points::ZERO);
    rows.map(|row| (row.item.as_str(), row.points.to_string())).collect()
}

async fn record(db: &Db, station: &Placed, fact: &str, until_on: Option<i64>) -> i64 {
    let new = NewStandingRecord { fact: fact.into(), from_on: day(1, 1), until_on, ..Default::default() };
    let subject = Subject::of_station("standing_record", 0, station);
    let mandate = allowed(&of_station(Role::StationManager, station), Verb::MaintainRecord, &subject);
    act(db, &mandate, async |tx| tx.add_standing_record(station.id, &new).await).await.expect("record")
}

async fn firm(db: &Db, station: &Placed) {
    let subject = Subject::of_station("roster_member", 0, station);
    let mandate = allowed(&of_station(Role::StationClerk, station), Verb::MaintainRoster, &subject);
    let new = NewRosterMember { uscc: "91110000101623741K".into(), ..Default::default() };
    let put = act(db, &mandate, async |tx| {
        tx.put_roster_member(station.id, &new).await?;
        tx.recount_roster(station.id).await
    });
    put.await.expect("firm");
}

async fn mark(db: &Db, account: i64, station: &Placed, entry: i64, mark: &'static str) {
    let mandate = allowed(&expert(account, station), Verb::GradeWork, &Subject::of_station("mark", 0, station));
    let given = act(db, &mandate, async |tx| tx.add_mark(station.id, YEAR, "warn.report", entry, mark, "").await);
    given.await.expect("mark");
}

async fn opine(db: &Db, station: &Placed, noun: &'static str, id: i64, layer: &'static str, accepted: bool) {
    let actor = match layer {
        "city" => of_city(Role::CityClerk, &station.city),
        _ => of_province(Role::ProvinceReviewer),
    };
    let mandate = allowed(&actor, Verb::AssessEvidence, &Subject::of_station("opinion", 0, station));
    let given = act(db, &mandate, async |tx| tx.add_opinion(station.id, YEAR, noun, id, layer, accepted, "理由").await);
    given.await.expect("opinion");
}

/// Ledger, records, roster and marks of a station give the points the annex promises, each row with its evidence.
async fn a_dossier_scores_as_the_annex_says(db: &Db) {
    let station = db.station().await;
    let unit = record(db, &station, "has_unit", None).await;
    record(db, &station, "has_work_rules", Some(day(6, 30))).await;
    firm(db, &station).await;
    let january = db.entry(&station, "warning.published", day(1, 31), 19).await;
    let also_january = db.entry(&station, "warning.published", day(1, 1), 1).await;
    db.entry(&station, "warning.published", day(2, 1), 10).await;
    db.entry(&station, "outreach.organised", day(5, 1), 1).await;
    let report = db.entry(&station, "report.topical", day(5, 1), 1).await;
    db.entry(&station, "warning.published", 20_251_231, 20).await;
    db.entry(&station, "site.maintained", day(5, 1), 1).await;
    for (name, given) in [("a", "8.5"), ("b", "7.0"), ("c", "9.0")] {
        let account = db.account(name, Role::Expert).await.expect("account");
        mark(db, account, &station, report, "1").await;
        mark(db, account, &station, report, given).await;
    }
    let score = scored(&dossier(db, &station).await, Layer::Own);
    let expected = [("conduct", "10.0"), ("org.unit", "6.0"), ("outreach", "5.0"), ("warn.published", "1.5")];
    let expected = expected.into_iter().chain([("warn.report", "8.2"), ("warn.roster", "10.0")]);
    assert_eq!(points(&score), expected.map(|(item, points)| (item, points.to_owned())).collect());
    assert_eq!((score.base.to_string(), score.bonus.to_string()), ("40.7".to_owned(), "0.0".to_owned()));
    assert_eq!(score.row("org.unit").expect("row").records, [unit]);
    assert_eq!(score.row("warn.published").expect("row").entries[..2], [january, also_january]);
}

/// Correcting an entry moves its points, and withdrawing one takes them away.
async fn points_follow_corrections(db: &Db) {
    let station = db.station().await;
    let entry = db.entry(&station, "warning.published", day(1, 5), 20).await;
    assert_eq!(total(db, &station, Layer::Own).await, "11.0");
    let corrected =
        db.correct(&station, entry, &entry_of("warning.published", day(1, 5), 10)).await.expect("corrected");
    assert_eq!(total(db, &station, Layer::Own).await, "10.5");
    let organised =
        db.correct(&station, corrected, &entry_of("outreach.organised", day(1, 5), 2)).await.expect("moved");
    assert_eq!(total(db, &station, Layer::Own).await, "20.0");
    db.withdraw(&station, organised).await.expect("withdrawn");
    assert_eq!(total(db, &station, Layer::Own).await, "10.0");
}

/// Own view: everything. The city's: less what it refused. The province's: its own word, or failing that the
/// city's. The newest opinion of a layer holds.
async fn layers_leave_out_what_was_refused(db: &Db) {
    let station = db.station().await;
    let unit = record(db, &station, "has_unit", None).await;
    let first = db.entry(&station, "outreach.organised", day(5, 1), 1).await;
    let second = db.entry(&station, "outreach.organised", day(5, 2), 1).await;
    let totals = async || {
        let dossier = dossier(db, &station).await;
        [Layer::Own, Layer::City, Layer::Province].map(|layer| scored(&dossier, layer).total.to_string())
    };
    assert_eq!(totals().await, ["26.0", "26.0", "26.0"]);
    opine(db, &station, "ledger_entry", first, "city", false).await;
    opine(db, &station, "standing_record", unit, "city", false).await;
    assert_eq!(totals().await, ["26.0", "15.0", "15.0"]);
    opine(db, &station, "ledger_entry", first, "province", true).await;
    opine(db, &station, "ledger_entry", second, "province", false).await;
    assert_eq!(totals().await, ["26.0", "15.0", "15.0"]);
    opine(db, &station, "ledger_entry", second, "province", true).await;
    assert_eq!(totals().await, ["26.0", "15.0", "20.0"]);
    opine(db, &station, "standing_record", unit, "city", true).await;
    assert_eq!(totals().await, ["26.0", "21.0", "26.0"]);
}

/// A report that was withdrawn or corrected takes its marks with it.
async fn a_withdrawn_reports_marks_do_not_count(db: &Db) {
    let station = db.station().await;
    let account = db.account("a", Role::Expert).await.expect("account");
    let (one, two) = (
        db.entry(&station, "report.topical", day(5, 1), 1).await,
        db.entry(&station, "report.topical", day(5, 2), 1).await,
    );
    mark(db, account, &station, one, "9").await;
    mark(db, account, &station, two, "6").await;
    assert_eq!(total(db, &station, Layer::Own).await, "19.0");
    db.withdraw(&station, one).await.expect("withdrawn");
    assert_eq!(total(db, &station, Layer::Own).await, "16.0");
    db.correct(&station, two, &entry_of("report.topical", day(5, 3), 1)).await.expect("corrected");
    assert_eq!(total(db, &station, Layer::Own).await, "10.0");
}

/// A report a layer refused earns no marks in that layer.
async fn a_refused_reports_marks_do_not_count_in_that_layer(db: &Db) {
    let station = db.station().await;
    let account = db.account("a", Role::Expert).await.expect("account");
    let report = db.entry(&station, "report.topical", day(5, 1), 1).await;
    mark(db, account, &station, report, "9").await;
    opine(db, &station, "ledger_entry", report, "province", false).await;
    assert_eq!(total(db, &station, Layer::Own).await, "19.0");
    assert_eq!(total(db, &station, Layer::City).await, "19.0");
    assert_eq!(total(db, &station, Layer::Province).await, "10.0");
}

/// All stations at once give what each gives alone, those without any entry included, and the number of
/// statements does not grow with the stations.
async fn all_at_once_is_each_alone(db: &Db) {
    let mut stations = Vec::new();
    for n in 0..6 {
        let city = if n % 2 == 0 { crate::common::CITY } else { OTHER_CITY };
        let station = db.station_in(&format!("37000000{n}"), city, None).await;
        for entry in 0..n {
            db.entry(&station, "warning.published", day(1, 1 + entry), 7).await;
        }
        stations.push(station);
    }
    let before = db.store.statements();
    let all = db.store.dossiers(&draft(), &Scope::All, YEAR).await.expect("dossiers");
    let statements = db.store.statements() - before;
    assert!(statements <= 8, "{statements} statements");
    assert_eq!(all.len(), stations.len());
    for station in &stations {
        let alone = scored(&dossier(db, station).await, Layer::Own);
        assert_eq!(scored(&all[&station.id], Layer::Own), alone);
    }
    let city = db.store.dossiers(&draft(), &Scope::City(OTHER_CITY.into()), YEAR).await.expect("dossiers");
    assert_eq!(city.len(), 3);
}

/// A hundred stations and more are read in two halves: none is lost or doubled at the seam, corrections included.
async fn two_halves_make_the_whole(db: &Db) {
    let first = db.station().await;
    let mandate = allowed(&Actor::operator(), Verb::MaintainRegistry, &Subject::whole("station", 0));
    let stations = act(db, &mandate, async |tx| {
        let mut stations = vec![first.clone()];
        for n in 1..120 {
            let new = NewStation { number: format!("N{n}"), city: OTHER_CITY.into(), ..NewStation::default() };
            let id = tx.add_station(&new).await?;
            stations.push(Placed { id, city: OTHER_CITY.into(), county: None, manager: Manager::City });
        }
        for station in &stations {
            let count = 1 + station.id % 3;
            let entry = tx.add_entry(station, &entry_of("warning.published", day(1, 9), count), None).await?;
            let correction = Supersede { entry, void: station.id % 5 == 0 };
            tx.add_entry(station, &entry_of("warning.published", day(2, 9), 10 + count), Some(correction)).await?;
        }
        Ok(stations)
    });
    let stations = stations.await.expect("loaded");
    let cities = [Scope::All, Scope::City(OTHER_CITY.into()), Scope::Stations(stations.iter().map(|s| s.id).collect())];
    for (scope, expected) in cities.into_iter().zip([120, 119, 120]) {
        let dossiers = db.store.dossiers(&draft(), &scope, YEAR).await.expect("dossiers");
        assert_eq!(dossiers.len(), expected, "{scope:?}");
        for (station, dossier) in dossiers {
            let counts: Vec<u64> = dossier.ledger.iter().map(|entry| entry.count).collect();
            let live = if station % 5 == 0 { vec![] } else { vec![11 + u64::try_from(station % 3).expect("count")] };
            assert_eq!(counts, live, "station {station}");
        }
    }
}

on_both!(
    a_dossier_scores_as_the_annex_says,
    points_follow_corrections,
    layers_leave_out_what_was_refused,
    a_withdrawn_reports_marks_do_not_count,
    a_refused_reports_marks_do_not_count_in_that_layer,
    all_at_once_is_each_alone,
    two_halves_make_the_whole,
);
