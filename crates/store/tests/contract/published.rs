//! What is the same counts once in a month, whatever came of its first; nothing settled moves.

use regulation::duties::published::Published;
use regulation::general::{Placed, Role, Scope, Subject, Verb};
use store::appraisal::{Dossier, Layer, NewEntry, Supersede};

use crate::common::{Db, OTHER_CITY, YEAR, act, allowed, day, draft, entry_of, of_city, of_station};

const PUBLISHED: &str = "warning.published";
const TITLE: &str = "欧盟对华乘用车轮胎作出反倾销终裁";
const BODY: &str = "欧盟委员会公布终裁，税率为 12.5%，自公布次日起执行，涉及税则号 401110，企业可在三十日内申请复审。";

/// That text, at a page of its own.
fn text(on_day: i64, page: i64, compared: bool) -> NewEntry {
    NewEntry {
        title: TITLE.to_owned(),
        detail: BODY.to_owned(),
        url: format!("https://a.example.cn/{page}"),
        compared,
        ..entry_of(PUBLISHED, on_day, 1)
    }
}

/// Another text.
fn other(on_day: i64) -> NewEntry {
    NewEntry {
        title: "印度终止对华大蒜进口配额".to_owned(), compared: true, ..entry_of(PUBLISHED, on_day, 1)
    }
}

async fn file(db: &Db, station: &Placed, new: &NewEntry) -> i64 {
    let subject = Subject::of_station("ledger_entry", 0, station);
    let mandate = allowed(&of_station(Role::StationClerk, station), Verb::FileEntry, &subject);
    act(db, &mandate, async |tx| tx.add_entry(station, new, None).await).await.expect("entry")
}

async fn replace(db: &Db, station: &Placed, entry: i64, void: bool, new: &NewEntry) -> i64 {
    let subject = Subject::of_station("ledger_entry", entry, station);
    let mandate = allowed(&of_station(Role::StationClerk, station), Verb::CorrectEntry, &subject);
    let supersede = Some(Supersede { entry, void });
    act(db, &mandate, async |tx| tx.add_entry(station, new, supersede).await).await.expect("replaced")
}

/// Entries and count of a month.
async fn tally(db: &Db, station: &Placed, month: i64) -> (i64, i64) {
    let tallies = db.store.tallies(station.id, YEAR).await.expect("tallies");
    tallies.iter().find(|tally| tally.month == month).map_or((0, 0), |tally| (tally.entries, tally.count))
}

async fn dossier(db: &Db, station: &Placed) -> Dossier {
    let all = db.store.dossiers(&draft(), &Scope::Stations(vec![station.id]), YEAR).await.expect("dossiers");
    all.into_values().next().expect("one")
}

fn counted(dossier: &Dossier, layer: Layer) -> Vec<i64> {
    let mut ids: Vec<i64> = dossier.entries(layer).iter().map(|entry| entry.id).collect();
    ids.sort_unstable();
    ids
}

async fn repeats(db: &Db, entry: i64) -> Option<i64> {
    db.store.entry(&Scope::All, entry).await.expect("read").expect("there").repeats
}

/// Only the first of a month counts, on the sheet and in the month's count; other months and stations are not concerned.
async fn a_copy_does_not_count(db: &Db) {
    let station = db.station().await;
    let neighbour = db.station_in("N", OTHER_CITY, None).await;
    let first = file(db, &station, &text(day(3, 9), 1, true)).await;
    assert_eq!(tally(db, &station, 3).await, (1, 1));
    let copy = file(db, &station, &text(day(3, 2), 2, true)).await;
    let different = file(db, &station, &other(day(3, 9))).await;
    let april = file(db, &station, &text(day(4, 1), 3, true)).await;
    let theirs = file(db, &neighbour, &text(day(3, 10), 4, true)).await;
    assert_eq!((tally(db, &station, 3).await, tally(db, &station, 4).await), ((3, 2), (1, 1)));
    assert_eq!(tally(db, &neighbour, 3).await, (1, 1));
    assert_eq!((repeats(db, copy).await, repeats(db, first).await), (Some(first), None));
    let dossier = dossier(db, &station).await;
    assert_eq!(counted(&dossier, Layer::Own), [first, different, april]);
    assert_eq!(dossier.repeats.into_iter().collect::<Vec<_>>(), [(copy, first)]);
    // One page is one item, whatever is said of it.
    let page = NewEntry { title: "同一网页".to_owned(), ..text(day(3, 20), 1, true) };
    let again = file(db, &station, &NewEntry { detail: String::new(), ..page }).await;
    assert_eq!(repeats(db, again).await, Some(first));
    // Those a reviewer is shown: what another published before.
    let of = [Published::of(TITLE, BODY, "")];
    let found = db.store.published_elsewhere(&of, day(3, 31), 50).await.expect("found");
    assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [copy, first, theirs]);
    let items = db.store.published_items(station.id, PUBLISHED, YEAR, 50).await.expect("items");
    assert_eq!(items.iter().map(|item| item.id).collect::<Vec<_>>(), [copy, first, different, again, april]);
}

/// When the first goes, by withdrawal or correction, the next counts in its place.
async fn the_next_takes_the_place_of_the_first(db: &Db) {
    let station = db.station().await;
    let first = file(db, &station, &text(day(3, 9), 1, true)).await;
    let second = file(db, &station, &text(day(3, 10), 2, true)).await;
    let third = file(db, &station, &text(day(3, 11), 3, true)).await;
    assert_eq!(tally(db, &station, 3).await, (3, 1));
    replace(db, &station, first, true, &text(day(3, 9), 1, false)).await;
    assert_eq!(tally(db, &station, 3).await, (2, 1));
    assert_eq!((repeats(db, second).await, repeats(db, third).await), (None, Some(second)));
    // Corrected to the same text it stays the first; to another, both count.
    let kept = replace(db, &station, second, false, &text(day(3, 10), 2, true)).await;
    assert_eq!(
        (repeats(db, kept).await, repeats(db, third).await, tally(db, &station, 3).await),
        (None, Some(kept), (2, 1))
    );
    let mended = replace(db, &station, kept, false, &other(day(3, 10))).await;
    assert_eq!((repeats(db, third).await, tally(db, &station, 3).await), (None, (2, 2)));
    // A copy corrected into another text, or withdrawn, moves nothing but itself.
    let copy = file(db, &station, &other(day(3, 12))).await;
    assert_eq!((repeats(db, copy).await, tally(db, &station, 3).await), (Some(mended), (3, 2)));
    replace(db, &station, copy, true, &other(day(3, 12))).await;
    assert_eq!(tally(db, &station, 3).await, (2, 2));
    assert_eq!(counted(&dossier(db, &station).await, Layer::Own), [third, mended]);
}

/// Who reviews has the last word: what they accept counts in their layer, what they refuse does not.
async fn an_accepted_copy_counts_all_the_same(db: &Db) {
    let station = db.station().await;
    let first = file(db, &station, &text(day(3, 9), 1, true)).await;
    let copy = file(db, &station, &text(day(3, 10), 2, true)).await;
    let mandate = allowed(
        &of_city(Role::CityClerk, &station.city),
        Verb::AssessEvidence,
        &Subject::of_station("opinion", 0, &station),
    );
    let say = async |entry: i64, accepted: bool| {
        let given = act(db, &mandate, async |tx| {
            tx.add_opinion(station.id, YEAR, "ledger_entry", entry, "city", accepted, "理由").await
        });
        given.await.expect("opinion");
    };
    say(copy, true).await;
    let seen = dossier(db, &station).await;
    assert_eq!(counted(&seen, Layer::Own), [first]);
    assert_eq!((counted(&seen, Layer::City), counted(&seen, Layer::Province)), (vec![first, copy], vec![first, copy]));
    say(copy, false).await;
    assert_eq!(counted(&dossier(db, &station).await, Layer::City), [first]);
}

/// What was entered before entries were compared: compared once where the year is open, left as it was where it is settled.
async fn what_was_entered_before_is_compared_once(db: &Db) {
    let station = db.station().await;
    let settled = db.station_in("N", OTHER_CITY, None).await;
    for station in [&station, &settled] {
        for n in 1..=3 {
            file(db, station, &text(day(3, n), i64::from(n), false)).await;
        }
        let gone = file(db, station, &text(day(3, 8), 8, false)).await;
        replace(db, station, gone, true, &text(day(3, 8), 8, false)).await;
    }
    assert_eq!(db.store.uncompared(PUBLISHED, YEAR).await.expect("read"), [station.id, settled.id]);
    for _ in 0..2 {
        db.store.compare_backlog(station.id, PUBLISHED, YEAR, false).await.expect("compared");
        db.store.compare_backlog(settled.id, PUBLISHED, YEAR, true).await.expect("made findable");
        assert_eq!((tally(db, &station, 3).await, tally(db, &settled, 3).await), ((3, 1), (3, 3)));
    }
    assert_eq!(db.store.uncompared(PUBLISHED, YEAR).await.expect("read"), Vec::<i64>::new());
    assert_eq!(counted(&dossier(db, &station).await, Layer::Own).len(), 1);
    assert_eq!(counted(&dossier(db, &settled).await, Layer::Own).len(), 3);
    let found = db.store.published_elsewhere(&[Published::of(TITLE, BODY, "")], day(12, 31), 50).await.expect("found");
    assert_eq!(found.len(), 6);
    // A copy entered from now on is held against those.
    let copy = file(db, &station, &text(day(3, 20), 20, true)).await;
    assert!(repeats(db, copy).await.is_some());
}

on_both!(
    a_copy_does_not_count,
    the_next_takes_the_place_of_the_first,
    an_accepted_copy_counts_all_the_same,
    what_was_entered_before_is_compared_once,
);
