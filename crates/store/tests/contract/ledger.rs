use regulation::general::{Placed, Role, Scope, Subject, Verb};
use store::Error;
use store::appraisal::{EntryCursor, EntryFilter, EntryRow, Supersede};

use crate::common::{CITY, Db, OTHER_CITY, YEAR, act, allowed, day, entry_of, of_station};

const PUBLISHED: &str = "warning.published";
const TOPICAL: &str = "report.topical";

async fn listed(db: &Db, filter: &EntryFilter) -> Vec<EntryRow> {
    db.store.entries(&Scope::All, filter, None, 500).await.expect("list")
}

async fn listed_ids(db: &Db, filter: &EntryFilter) -> Vec<i64> {
    listed(db, filter).await.into_iter().map(|entry| entry.id).collect()
}

/// Month, kind, entries and count of every tally that is not zero.
async fn tallies(db: &Db, station: &Placed) -> Vec<(i64, String, i64, i64)> {
    let rows = db.store.tallies(station.id, YEAR).await.expect("tallies").into_iter();
    rows.filter(|t| (t.entries, t.count) != (0, 0)).map(|t| (t.month, t.kind, t.entries, t.count)).collect()
}

/// What was filed is what is read, with the station's name and place.
async fn an_entry_reads_back(db: &Db) {
    let station = db.station().await;
    let id = db.entry(&station, PUBLISHED, day(3, 9), 4).await;
    let entry = db.store.entry(&Scope::All, id).await.expect("read").expect("entry");
    assert_eq!((entry.kind.as_str(), entry.on_day, entry.count, entry.files), (PUBLISHED, day(3, 9), 4, 0));
    assert_eq!((entry.placed(), entry.station.as_str()), (station.clone(), "370500001工作站"));
    assert_eq!((entry.recorded_by.as_str(), entry.source.as_str(), entry.live()), ("站员", "form", true));
    assert_eq!(db.store.last_entry(&Scope::All, station.id, PUBLISHED).await.expect("last").map(|e| e.id), Some(id));
    let keys = db.store.entry_keys(station.id, PUBLISHED, YEAR).await.expect("keys");
    assert_eq!(keys, [(day(3, 9), entry.title, String::new(), String::new())]);
}

/// A correction leaves the original in place, names it, and moves the tallies to its own month and kind.
async fn a_correction_supersedes_and_moves_the_tallies(db: &Db) {
    let station = db.station().await;
    let old = db.entry(&station, PUBLISHED, day(3, 9), 4).await;
    db.entry(&station, PUBLISHED, day(3, 10), 1).await;
    assert_eq!(tallies(db, &station).await, [(3, PUBLISHED.into(), 2, 5)]);

    let new = db.correct(&station, old, &entry_of(TOPICAL, day(5, 2), 2)).await.expect("corrected");
    assert_eq!(tallies(db, &station).await, [(3, PUBLISHED.into(), 1, 1), (5, TOPICAL.into(), 1, 2)]);
    let original = db.store.entry(&Scope::All, old).await.expect("read").expect("stays");
    assert_eq!((original.count, original.superseded_by, original.live()), (4, Some(new), false));
    let correction = db.store.entry(&Scope::All, new).await.expect("read").expect("new");
    assert_eq!((correction.supersedes, correction.live()), (Some(old), true));

    let again = db.correct(&station, new, &entry_of(TOPICAL, day(5, 2), 7)).await.expect("corrected again");
    assert_eq!(tallies(db, &station).await, [(3, PUBLISHED.into(), 1, 1), (5, TOPICAL.into(), 1, 7)]);
    let all = EntryFilter { all_versions: true, kind: Some(TOPICAL.into()), ..EntryFilter::default() };
    assert_eq!(listed_ids(db, &all).await, [again, new]);
    assert_eq!(listed_ids(db, &EntryFilter { all_versions: false, ..all }).await, [again]);
}

/// A withdrawal takes the entry off lists and tallies; both rows stay and show with all versions.
async fn a_withdrawal_takes_the_entry_away_and_keeps_it(db: &Db) {
    let station = db.station().await;
    let kept = db.entry(&station, PUBLISHED, day(3, 1), 1).await;
    let gone = db.entry(&station, PUBLISHED, day(3, 2), 6).await;
    let void = db.withdraw(&station, gone).await.expect("withdrawn");
    assert_eq!(tallies(db, &station).await, [(3, PUBLISHED.into(), 1, 1)]);
    assert_eq!(listed_ids(db, &EntryFilter::default()).await, [kept]);
    let versions = listed_ids(db, &EntryFilter { all_versions: true, ..EntryFilter::default() }).await;
    assert_eq!(versions, [gone, kept, void]);
    assert_eq!(db.store.entry_keys(station.id, PUBLISHED, YEAR).await.expect("keys").len(), 1);
}

/// The second correction of one entry is a conflict and leaves entries and tallies as they were.
async fn a_double_correction_is_a_conflict(db: &Db) {
    let station = db.station().await;
    let old = db.entry(&station, PUBLISHED, day(3, 9), 4).await;
    let new = db.correct(&station, old, &entry_of(PUBLISHED, day(3, 9), 5)).await.expect("first");
    for attempt in
        [db.correct(&station, old, &entry_of(PUBLISHED, day(3, 9), 6)).await, db.withdraw(&station, old).await]
    {
        assert!(matches!(attempt, Err(Error::Conflict(_))), "{attempt:?}");
    }
    assert_eq!(tallies(db, &station).await, [(3, PUBLISHED.into(), 1, 5)]);
    assert_eq!(listed_ids(db, &EntryFilter { all_versions: true, ..EntryFilter::default() }).await, [new, old]);
}

/// Two corrections of one entry at the same moment: one is kept, the other told of a conflict.
async fn of_two_corrections_at_once_one_wins(db: &Db) {
    let station = db.station().await;
    let old = db.entry(&station, PUBLISHED, day(3, 9), 4).await;
    let (mine, yours) = (entry_of(PUBLISHED, day(3, 9), 5), entry_of(PUBLISHED, day(3, 9), 5));
    let (a, b) = tokio::join!(db.correct(&station, old, &mine), db.correct(&station, old, &yours));
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1, "{a:?} {b:?}");
    assert!(matches!(a.and(b), Err(Error::Conflict(_))));
    assert_eq!(tallies(db, &station).await, [(3, PUBLISHED.into(), 1, 5)]);
}

/// A correction cannot reach into another station's ledger, nor for an entry that is not there.
async fn a_correction_stays_within_its_station(db: &Db) {
    let ours = db.station().await;
    let theirs = db.station_in("370600001", OTHER_CITY, None).await;
    let entry = db.entry(&theirs, PUBLISHED, day(3, 9), 4).await;
    for target in [entry, entry + 1] {
        let refused = db.correct(&ours, target, &entry_of(PUBLISHED, day(3, 9), 1)).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }
    assert!(tallies(db, &ours).await.is_empty());
    assert_eq!(tallies(db, &theirs).await, [(3, PUBLISHED.into(), 1, 4)]);
}

/// Files `days × each` entries, several on the same day, by two stations and of two kinds.
async fn many(db: &Db) -> (Placed, Placed) {
    let ours = db.station().await;
    let theirs = db.station_in("370600001", OTHER_CITY, None).await;
    let subject = Subject::of_station("ledger_entry", 0, &ours);
    let mandate = allowed(&of_station(Role::StationClerk, &ours), Verb::FileEntry, &subject);
    let fill = act(db, &mandate, async |tx| {
        for n in 0..120 {
            let station = if n % 3 == 0 { &theirs } else { &ours };
            let kind = if n % 4 == 0 { TOPICAL } else { PUBLISHED };
            let (month, day_of_month) = (1 + (n % 5) as i8, 1 + (n % 7) as i8);
            tx.add_entry(station, &entry_of(kind, day(month, day_of_month), 1 + n % 2), None).await?;
        }
        let withdrawn = Supersede { entry: 50, void: true };
        tx.add_entry(&ours, &entry_of(PUBLISHED, day(1, 1), 0), Some(withdrawn)).await
    });
    fill.await.expect("filled");
    (ours, theirs)
}

/// Newest day first, then newest entry; pages join without a gap or a repetition, whatever their size.
async fn pages_join_over_ties(db: &Db) {
    many(db).await;
    let whole = listed(db, &EntryFilter::default()).await;
    assert_eq!(whole.len(), 119);
    assert!(whole.is_sorted_by(|a, b| (a.on_day, a.id) > (b.on_day, b.id)));
    let ids: Vec<i64> = whole.iter().map(|entry| entry.id).collect();
    for size in [1, 7, 50, 119, 200] {
        assert_eq!(paged(db, size).await, ids, "pages of {size}");
    }
}

async fn paged(db: &Db, size: i64) -> Vec<i64> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = db.store.entries(&Scope::All, &EntryFilter::default(), after, size).await.expect("page");
        let Some(last) = page.last() else { return ids };
        after = Some(EntryCursor { on_day: last.on_day, id: last.id });
        ids.extend(page.iter().map(|entry| entry.id));
    }
}

/// A scope of several stations, one of them named twice as over two years' assignments, pages like the whole list.
async fn several_stations_page_like_the_whole(db: &Db) {
    let (ours, theirs) = many(db).await;
    let scope = Scope::Stations(vec![theirs.id, ours.id, theirs.id]);
    let kind = EntryFilter { kind: Some(PUBLISHED.into()), ..EntryFilter::default() };
    for filter in [EntryFilter::default(), kind, EntryFilter { station: Some(ours.id), ..EntryFilter::default() }] {
        let whole = listed_ids(db, &filter).await;
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = db.store.entries(&scope, &filter, after, 9).await.expect("page");
            let Some(last) = page.last() else { break };
            after = Some(EntryCursor { on_day: last.on_day, id: last.id });
            seen.extend(page.iter().map(|entry| entry.id));
        }
        assert_eq!(seen, whole, "{filter:?}");
    }
}

/// Every filter keeps exactly what a plain filter over the whole list keeps, and the count from the tallies
/// agrees whenever the days are whole months.
async fn filters_and_counts_agree_with_the_list(db: &Db) {
    let (ours, _) = many(db).await;
    let whole = listed(db, &EntryFilter::default()).await;
    let next_year = day(1, 31) + 10_000;
    let days = [
        (None, None),
        (Some(day(2, 1)), Some(day(2, 28))),
        (Some(day(2, 1)), None),
        (None, Some(day(3, 31))),
        (Some(day(2, 1)), Some(next_year)),
    ];
    for kind in [None, Some(PUBLISHED.to_owned())] {
        for station in [None, Some(ours.id)] {
            for (from_day, to_day) in days {
                let filter = EntryFilter { kind: kind.clone(), from_day, to_day, station, all_versions: false };
                let kept = |e: &&EntryRow| {
                    kind.as_ref().is_none_or(|kind| *kind == e.kind)
                        && station.is_none_or(|station| station == e.station_id)
                        && from_day.is_none_or(|from| e.on_day >= from)
                        && to_day.is_none_or(|to| e.on_day <= to)
                };
                let expected: Vec<i64> = whole.iter().filter(kept).map(|e| e.id).collect();
                assert_eq!(listed_ids(db, &filter).await, expected, "{filter:?}");
                let count = db.store.count_entries(&Scope::All, &filter).await.expect("count");
                assert_eq!(count, i64::try_from(expected.len()).expect("count"), "{filter:?}");
            }
        }
    }
}

/// A page goes on within the filter's days wherever the cursor stands, before, among or after them.
async fn a_page_goes_on_within_the_days_of_its_filter(db: &Db) {
    many(db).await;
    let filter = EntryFilter { from_day: Some(day(2, 1)), to_day: Some(day(3, 31)), ..EntryFilter::default() };
    let whole = listed_ids_and_days(db, &filter).await;
    for on_day in [day(1, 5), day(2, 5), day(3, 7), day(3, 31), day(5, 2)] {
        let after = EntryCursor { on_day, id: 60 };
        let expected: Vec<_> = whole.iter().copied().filter(|at| *at < (on_day, 60)).collect();
        let lines = db.store.entry_lines(&Scope::All, &filter, Some(after), 500).await.expect("lines");
        assert_eq!(lines.iter().map(|line| (line.on_day, line.id)).collect::<Vec<_>>(), expected, "{after:?}");
    }
}

async fn listed_ids_and_days(db: &Db, filter: &EntryFilter) -> Vec<(i64, i64)> {
    listed(db, filter).await.into_iter().map(|entry| (entry.on_day, entry.id)).collect()
}

/// A line says of an entry what the entry says of itself.
async fn lines_tell_what_entries_do(db: &Db) {
    let station = db.station().await;
    let old = db.entry(&station, PUBLISHED, day(3, 9), 4).await;
    db.correct(&station, old, &entry_of(TOPICAL, day(5, 2), 2)).await.expect("corrected");
    let all = EntryFilter { all_versions: true, ..EntryFilter::default() };
    let entries = listed(db, &all).await;
    let lines = db.store.entry_lines(&Scope::All, &all, None, 500).await.expect("lines");
    assert_eq!((entries.len(), lines.len()), (2, 2));
    for (e, l) in entries.iter().zip(&lines) {
        assert_eq!((e.id, e.station_id, &e.station, &e.kind), (l.id, l.station_id, &l.station, &l.kind));
        assert_eq!((e.on_day, e.count, &e.title, e.files), (l.on_day, l.count, &l.title, l.files));
        assert_eq!((e.late, e.backdated, e.void, e.superseded_by), (l.late, l.backdated, l.void, l.superseded_by));
    }
}

/// Tallies over a scope are the sum of its stations', and a month lists each station's own count.
async fn tallies_sum_over_a_scope(db: &Db) {
    let (ours, theirs) = many(db).await;
    let sum = async |scope: &Scope| {
        let rows = db.store.tallies_within(scope, YEAR).await.expect("tallies");
        rows.iter().map(|tally| (tally.entries, tally.count)).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    };
    let (city, other) = (sum(&Scope::City(CITY.into())).await, sum(&Scope::City(OTHER_CITY.into())).await);
    assert_eq!(sum(&Scope::All).await, (city.0 + other.0, city.1 + other.1));
    assert_eq!(city.0 + other.0, 119);
    let mut months = db.store.month_by_station(&Scope::All, YEAR, 2, PUBLISHED).await.expect("month");
    months.sort_unstable();
    assert_eq!(months.iter().map(|(station, _)| *station).collect::<Vec<_>>(), [ours.id, theirs.id]);
}

/// Evidence is read by its keys, oldest first, superseded rows included.
async fn evidence_is_read_by_key(db: &Db) {
    let station = db.station().await;
    let late = db.entry(&station, PUBLISHED, day(9, 1), 1).await;
    let early = db.entry(&station, PUBLISHED, day(2, 1), 1).await;
    let corrected = db.correct(&station, early, &entry_of(PUBLISHED, day(2, 2), 1)).await.expect("corrected");
    let rows = db.store.entries_by_id(&Scope::All, &[late, corrected, early, 999]).await.expect("read");
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [early, corrected, late]);
    assert!(db.store.entries_by_id(&Scope::All, &[]).await.expect("read").is_empty());
}

on_both!(
    an_entry_reads_back,
    a_correction_supersedes_and_moves_the_tallies,
    a_withdrawal_takes_the_entry_away_and_keeps_it,
    a_double_correction_is_a_conflict,
    of_two_corrections_at_once_one_wins,
    a_correction_stays_within_its_station,
    pages_join_over_ties,
    several_stations_page_like_the_whole,
    filters_and_counts_agree_with_the_list,
    a_page_goes_on_within_the_days_of_its_filter,
    lines_tell_what_entries_do,
    tallies_sum_over_a_scope,
    evidence_is_read_by_key,
);
