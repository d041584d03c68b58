//! No list reads a whole table: the databases' own plans say so, over ten thousand entries.

use regulation::duties::published::Published;
use regulation::general::Scope;
use store::Backend;
use store::appraisal::{EntryCursor, EntryFilter};

use crate::common::{CITY, COUNTY, Db, YEAR, day, draft};

/// Fifty stations in nine cities with two counties each, and 10,000 entries of five kinds over the year.
async fn load(db: &Db) {
    for n in 0..50 {
        let city = format!("370{}00", 1 + n % 9);
        let county = format!("370{}{}", 1 + n % 9, ["23", "02"][n % 2]);
        db.station_in(&format!("S{n:02}"), &city, Some(&county)).await;
    }
    let mut raw = db.raw().await;
    raw.must(&[ENTRIES, CORRECTIONS]).await;
    // PostgreSQL does this by itself sooner or later; SQLite plans without statistics.
    if db.store.backend() == Backend::Postgres {
        raw.must(&["ANALYZE"]).await;
    }
}

const ENTRIES: &str = "
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    INSERT INTO ledger_entry (station_id, city, county, kind, year, on_day, count, title, detail, url, recorded_at,
      recorded_by, late, backdated, keep_until, source, void)
    SELECT s.id, s.city, s.county,
      CASE WHEN i % 8 < 4 THEN 'warning.published' WHEN i % 8 = 4 THEN 'report.topical' WHEN i % 8 = 5 THEN 'case.responded'
        WHEN i % 8 = 6 THEN 'outreach.organised' ELSE 'outreach.attended' END,
      2026, 20260000 + (1 + i / 50 % 12) * 100 + 1 + i / 600 % 28, 1, 'title', '', '', 0, 'a', 0, 0, 20361231, 'form', 0
    FROM n JOIN station s ON s.id = 1 + i % 50";

const CORRECTIONS: &str = "
    INSERT INTO ledger_entry (station_id, city, county, kind, year, on_day, count, title, detail, url, recorded_at,
      recorded_by, late, backdated, keep_until, source, supersedes, void)
    SELECT station_id, city, county, kind, year, on_day, 2, title, detail, url, recorded_at, recorded_by, late, backdated,
      keep_until, source, id, 0 FROM ledger_entry WHERE id % 100 = 0";

fn scopes() -> Vec<Scope> {
    vec![
        Scope::All,
        Scope::City(CITY.to_owned()),
        Scope::County(COUNTY.to_owned()),
        Scope::Stations(vec![5]),
        Scope::Stations(vec![5, 8, 30]),
        Scope::Stations((1..=50).collect()),
    ]
}

fn filters() -> Vec<EntryFilter> {
    let kind = Some("report.topical".to_owned());
    let month = EntryFilter { from_day: Some(day(5, 1)), to_day: Some(day(5, 31)), ..EntryFilter::default() };
    vec![
        EntryFilter::default(),
        EntryFilter { kind: kind.clone(), ..EntryFilter::default() },
        month.clone(),
        EntryFilter { kind, ..month },
    ]
}

/// What a step must not be: reading the table from end to end, or sorting what an index has in order.
fn too_much(backend: Backend, step: &str) -> bool {
    match backend {
        Backend::Sqlite => {
            let scans = step.starts_with("SCAN") && !step.contains("USING");
            scans || step.contains("TEMP B-TREE FOR ORDER BY") || step.contains("AUTOMATIC")
        }
        Backend::Postgres => step.contains("Seq Scan on ledger_entry"),
    }
}

/// The ledger list, for every scope, filter and page, is answered from an index.
async fn the_ledger_list_is_answered_from_an_index(db: &Db) {
    load(db).await;
    let mut offending = Vec::new();
    let cursor = EntryCursor { on_day: day(5, 20), id: 5000 };
    for scope in scopes() {
        for filter in filters() {
            for after in [None, Some(cursor)] {
                let plan = db.store.entries_plan(&scope, &filter, after).await.expect("plan");
                if plan.iter().any(|step| too_much(db.store.backend(), step)) {
                    offending.push(format!("{scope:?}\n  {filter:?}\n  {after:?}\n    {}", plan.join("\n    ")));
                }
            }
        }
    }
    assert!(offending.is_empty(), "{} of 48 plans:\n{}", offending.len(), offending.join("\n"));
}

/// One station's entries are found by the station, however wide the scope around it.
async fn a_station_filter_reads_that_station_alone(db: &Db) {
    load(db).await;
    for scope in [Scope::All, Scope::City(CITY.to_owned()), Scope::County(COUNTY.to_owned())] {
        for filter in filters() {
            let filter = EntryFilter { station: Some(5), ..filter };
            let plan = db.store.entries_plan(&scope, &filter, None).await.expect("plan").join("\n  ");
            assert!(plan.contains("ledger_entry_station"), "{scope:?} {filter:?}\n  {plan}");
        }
    }
}

/// What is compared is found by keys, months and stations.
async fn entries_are_compared_by_their_keys(db: &Db) {
    load(db).await;
    let mut raw = db.raw().await;
    raw.must(&[COMPARED, BANDS]).await;
    if db.store.backend() == Backend::Postgres {
        raw.must(&["ANALYZE"]).await;
    }
    let plan =
        db.store.published_plan(&Published::of("欧盟对华轮胎作出终裁", "", "https://a.cn/1")).await.expect("plan");
    let tables = ["ledger_entry", "published_entry", "entry_band"];
    let whole = |step: &String| match db.store.backend() {
        Backend::Sqlite => step.starts_with("SCAN"),
        Backend::Postgres => tables.iter().any(|table| step.contains(&format!("Seq Scan on {table} "))),
    };
    assert!(!plan.iter().any(whole), "{}", plan.join("\n"));
}

const COMPARED: &str = "
    INSERT INTO published_entry (entry_id, station_id, year, month, minute, repeats)
    SELECT id, station_id, year, on_day / 100 % 100, 0, CASE WHEN id % 50 = 0 THEN id - 1 END FROM ledger_entry
    WHERE kind = 'warning.published'";

const BANDS: &str = "
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
    INSERT INTO entry_band (band, entry_id) SELECT p.entry_id * 100 + n.i, p.entry_id FROM published_entry p JOIN n ON 1 = 1";

/// Statements that an act took.
async fn statements<T>(db: &Db, act: impl Future<Output = store::Result<T>>) -> u64 {
    let before = db.store.statements();
    act.await.expect("read");
    db.store.statements() - before
}

/// A page takes one statement, whatever its length; scoring a year a fixed number, whatever the stations.
async fn reading_takes_a_fixed_number_of_statements(db: &Db) {
    load(db).await;
    let (store, filter, edition) = (&db.store, EntryFilter::default(), draft());
    assert_eq!(statements(db, store.entries(&Scope::All, &filter, None, 200)).await, 1);
    assert_eq!(statements(db, store.count_entries(&Scope::All, &filter)).await, 1);
    assert_eq!(statements(db, store.stations(&Scope::All, &Default::default(), "", 50)).await, 1);
    assert_eq!(statements(db, store.tallies_within(&Scope::All, YEAR)).await, 1);
    let one = statements(db, store.dossiers(&edition, &Scope::Stations(vec![5]), YEAR)).await;
    let all = statements(db, store.dossiers(&edition, &Scope::All, YEAR)).await;
    assert!(one <= 8 && all <= 8, "{one} for one station, {all} for all");
}

on_both!(
    the_ledger_list_is_answered_from_an_index,
    a_station_filter_reads_that_station_alone,
    reading_takes_a_fixed_number_of_statements,
    entries_are_compared_by_their_keys,
);
