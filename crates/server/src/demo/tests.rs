use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use regulation::Points;
use regulation::general::Scope;
use store::appraisal::EntryFilter;
use store::duties::{SignalFilter, Station, StationFilter};

use super::*;
use crate::appraisal::reckon;
use crate::worker;

const STATIONS: u32 = 12;

struct Sample {
    _dir: tempfile::TempDir,
    store: Store,
    objects: Objects,
    clock: Clock,
}

impl Sample {
    async fn new(seed: u64, now: &str) -> (Sample, Vec<AccountLine>) {
        let dir = tempfile::tempdir().expect("folder");
        let store = Store::open_in(dir.path()).await.expect("open");
        crate::cli::migrate(&store, &crate::clock::Clock::System).await.expect("migrate");
        let objects = Objects::folder(&dir.path().join("objects")).expect("objects");
        let clock = Clock::fixed(now.parse::<Timestamp>().expect("instant"));
        let sample = Sample { _dir: dir, store, objects, clock };
        let lines = sample.prepare(seed).await;
        (sample, lines)
    }

    async fn prepare(&self, seed: u64) -> Vec<AccountLine> {
        prepare(&self.store, &self.objects, &self.clock, STATIONS, seed).await.expect("prepare")
    }

    async fn stations(&self) -> Vec<Station> {
        let all = StationFilter::default();
        self.store.stations(&Scope::All, &all, "", i64::MAX).await.expect("stations")
    }

    async fn entries(&self) -> i64 {
        self.store.count_entries(&Scope::All, &EntryFilter::default()).await.expect("count")
    }

    async fn totals(&self, year: i64) -> Vec<(i64, i64, String)> {
        let results = self.store.results(&Scope::All, year).await.expect("results");
        results.into_iter().map(|row| (row.station_id, row.total, row.grade)).collect()
    }

    async fn app(&self) -> App {
        let (store, objects) = (self.store.clone(), self.objects.clone());
        App::new(store, objects, self.clock.clone(), Settings::default()).await.expect("app")
    }
}

const NOW: &str = "2026-11-20T02:00:00Z";

#[tokio::test]
async fn the_same_seed_makes_the_same_province_once() {
    let (one, lines) = Sample::new(7, NOW).await;
    let (two, _) = Sample::new(7, NOW).await;
    let names = |stations: Vec<Station>| stations.into_iter().map(|station| station.name).collect::<Vec<_>>();
    assert_eq!(names(one.stations().await), names(two.stations().await));
    assert_eq!(one.entries().await, two.entries().await);
    assert_eq!(one.totals(2025).await, two.totals(2025).await);

    let before = one.entries().await;
    assert_eq!(one.prepare(7).await, lines);
    assert_eq!(one.entries().await, before);
    let roles: BTreeSet<&str> = lines.iter().map(|line| line.role).collect();
    assert_eq!(roles.len(), 15, "every role that can sign in and has work: {roles:?}");

    worker::seal_all(&one.store).await.expect("seal");
    let chain = one.store.verify_audit(None).await.expect("database").expect("intact");
    assert!(chain.count > 500 && chain.unsealed == 0);
}

/// Early in the morning too: nothing came later than now, and not all of what waits is late.
#[tokio::test]
async fn signals_came_before_now_and_some_are_not_yet_due() {
    let (sample, _) = Sample::new(7, "2026-11-19T23:48:00Z").await;
    let open = SignalFilter { stage: Some("open"), ..SignalFilter::default() };
    let signals = sample.store.signals(&Scope::All, &open, i64::MAX, 100).await.expect("signals");
    let (now, today) = (store::instant_number(sample.clock.now()), store::day_number(sample.clock.today()));
    assert!(signals.iter().all(|signal| signal.arrived_at <= now));
    let timely = signals.iter().filter(|signal| signal.due_on >= today);
    assert!(timely.clone().count() < signals.len() && timely.into_iter().any(|signal| signal.station_id.is_some()));
}

#[tokio::test]
async fn every_row_has_somebody_with_points_and_somebody_without() {
    let (sample, _) = Sample::new(1, NOW).await;
    let app = sample.app().await;
    let standings = reckon::standings(&app, 2025).await.expect("standings");
    let mut seen: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    for row in standings.scored.values().flat_map(|scored| &scored.score.rows) {
        let (with, without) = seen.entry(&row.item).or_default();
        *with |= row.points > Points::ZERO;
        *without |= row.points == Points::ZERO;
    }
    for (item, both) in seen {
        assert_eq!(both, (true, true), "{item}: somebody with and somebody without points");
    }
    assert!(sample.store.decision(2025).await.expect("decision").is_some(), "a tie at the cap was decided");
    let grades: BTreeSet<String> = sample.totals(2025).await.into_iter().map(|(.., grade)| grade).collect();
    assert_eq!(grades, ["不合格", "不评", "优秀", "合格"].map(str::to_owned).into());
}

#[tokio::test]
async fn no_name_goes_without_its_mark() {
    let (sample, _) = Sample::new(3, NOW).await;
    let marked = |what: &str| assert!(what.contains("示例"), "{what}");
    for station in sample.stations().await {
        marked(&station.name);
        marked(&station.host_name);
        marked(&station.address);
        for firm in sample.store.roster(&Scope::All, station.id, None, None, 100).await.expect("roster") {
            marked(&firm.name);
            marked(&firm.contact);
        }
        for record in sample.store.standing_records(station.id).await.expect("records") {
            if !record.person.is_empty() {
                marked(&record.person);
            }
        }
    }
    for account in
        sample.store.accounts(&Scope::All, &store::general::AccountFilter::default(), "", 500).await.expect("accounts")
    {
        marked(&account.display_name);
    }
    for entry in sample.store.entries(&Scope::All, &EntryFilter::default(), None, 9000).await.expect("entries") {
        marked(&entry.title);
    }
}

#[tokio::test]
async fn the_sample_can_be_made_on_the_first_day_of_a_year() {
    let (sample, _) = Sample::new(1, "2027-01-01T02:00:00Z").await;
    assert_eq!(sample.store.cycles().await.expect("cycles").len(), 2);
}
