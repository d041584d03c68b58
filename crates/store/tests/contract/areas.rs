use regulation::general::{Placed, Role, Scope, Subject, Verb, scope};
use store::appraisal::{EntryFilter, NewResult};
use store::duties::{NewRosterMember, NewStation, StationFilter};
use store::files::{Objects, Upload};

use crate::common::{CITY, COUNTY, Db, OTHER_CITY, YEAR, act, allowed, day, of_city, of_province, of_station, today};

/// Two stations in two cities, each with an entry, a firm and a result.
struct Two {
    ours: Placed,
    theirs: Placed,
    our_entry: i64,
    their_entry: i64,
}

async fn two(db: &Db) -> Two {
    let ours = db.station().await;
    let theirs = db.station_in("370600001", OTHER_CITY, Some("370602")).await;
    let our_entry = db.entry(&ours, "warning.published", day(3, 1), 1).await;
    let their_entry = db.entry(&theirs, "warning.published", day(3, 1), 1).await;
    for station in [&ours, &theirs] {
        add_firm(db, station).await;
    }
    Two { ours, theirs, our_entry, their_entry }
}

async fn add_firm(db: &Db, station: &Placed) {
    let subject = Subject::of_station("roster_member", 0, station);
    let mandate = allowed(&of_station(Role::StationClerk, station), Verb::MaintainRoster, &subject);
    let firm =
        NewRosterMember { uscc: "91110000101623741K".into(), name: "企业".into(), ..NewRosterMember::default() };
    act(db, &mandate, async |tx| tx.put_roster_member(station.id, &firm).await).await.expect("firm");
}

/// The scope a city's clerk reads through: the same table as permissions.
fn our_city() -> Scope {
    scope(&of_city(Role::CityClerk, CITY), Verb::ViewLedger, today())
}

/// Every scope that does not cover the station.
fn foreign_scopes(two: &Two) -> [Scope; 5] {
    [
        our_city(),
        Scope::County(COUNTY.to_owned()),
        Scope::Stations(vec![two.ours.id]),
        Scope::Stations(vec![]),
        Scope::Nothing,
    ]
}

/// Another city's station, entry and roster look like none, by id and in lists, through every narrower scope.
async fn another_citys_ids_look_like_none(db: &Db) {
    let two = two(db).await;
    let (station, entry) = (two.theirs.id, two.their_entry);
    for scope in foreign_scopes(&two) {
        let only = EntryFilter { station: Some(station), ..EntryFilter::default() };
        let shown = format!("{scope:?}");
        assert!(db.store.station(&scope, station).await.expect("read").is_none(), "{shown}");
        assert!(db.store.entry(&scope, entry).await.expect("read").is_none(), "{shown}");
        assert!(db.store.entries_by_id(&scope, &[entry]).await.expect("read").is_empty(), "{shown}");
        assert!(db.store.entries(&scope, &only, None, 10).await.expect("read").is_empty(), "{shown}");
        assert_eq!(db.store.count_entries(&scope, &only).await.expect("read"), 0, "{shown}");
        assert!(db.store.last_entry(&scope, station, "warning.published").await.expect("read").is_none(), "{shown}");
        assert!(db.store.roster(&scope, station, None, None, 10).await.expect("read").is_empty(), "{shown}");
        assert!(db.store.station_results(&scope, station).await.expect("read").is_empty(), "{shown}");
    }
}

/// Lists, counts and tallies over a scope hold exactly its stations.
async fn lists_hold_exactly_their_scope(db: &Db) {
    let two = two(db).await;
    let both = Scope::Stations(vec![two.ours.id, two.theirs.id]);
    let cases = [
        (Scope::All, 2),
        (both, 2),
        (our_city(), 1),
        (Scope::County(COUNTY.to_owned()), 1),
        (Scope::Stations(vec![two.theirs.id]), 1),
        (Scope::Stations(vec![]), 0),
        (Scope::Nothing, 0),
    ];
    for (scope, expected) in cases {
        let counts = counts(db, &scope).await;
        assert_eq!(counts, [expected; 8], "{scope:?}");
    }
    let ours = db.store.entries(&our_city(), &EntryFilter::default(), None, 10).await.expect("list");
    assert_eq!(ours.iter().map(|entry| entry.id).collect::<Vec<_>>(), [two.our_entry]);
}

async fn counts(db: &Db, scope: &Scope) -> [usize; 8] {
    let store = &db.store;
    let stations = StationFilter::default();
    let entries = EntryFilter::default();
    let as_count = |n: i64| usize::try_from(n).expect("count");
    let tallied = store.tallies_within(scope, YEAR).await.expect("tallies");
    let dossiers = store.dossiers(&crate::common::draft(), scope, YEAR).await.expect("dossiers");
    [
        store.stations(scope, &stations, "", 10).await.expect("stations").len(),
        as_count(store.count_stations(scope, &stations).await.expect("count")),
        store.entries(scope, &entries, None, 10).await.expect("entries").len(),
        as_count(store.count_entries(scope, &entries).await.expect("count")),
        as_count(tallied.iter().map(|tally| tally.entries).sum()),
        store.month_by_station(scope, YEAR, 3, "warning.published").await.expect("months").len(),
        dossiers.len(),
        dossiers.values().map(|dossier| dossier.ledger.len()).sum(),
    ]
}

/// Confirmed results are read through the same scopes.
async fn results_stay_in_their_scope(db: &Db) {
    let two = two(db).await;
    let cycle = db.cycle().await;
    let results = [result(&two.ours, 1), result(&two.theirs, 2)];
    let subject = Subject::whole("cycle", YEAR);
    let mandate = allowed(&of_province(Role::ProvinceApprover), Verb::ConfirmGrades, &subject.after(Vec::new()));
    act(db, &mandate, async |tx| tx.confirm_results(&cycle, &results).await).await.expect("confirmed");

    let seen = async |scope: &Scope| {
        let rows = db.store.results(scope, YEAR).await.expect("results");
        rows.iter().map(|row| row.station_id).collect::<Vec<_>>()
    };
    assert_eq!(seen(&Scope::All).await, [two.ours.id, two.theirs.id]);
    for scope in &foreign_scopes(&two)[..3] {
        assert_eq!(seen(scope).await, [two.ours.id], "{scope:?}");
        assert!(db.store.station_results(scope, two.theirs.id).await.expect("results").is_empty(), "{scope:?}");
    }
    assert!(seen(&Scope::Nothing).await.is_empty());
    assert_eq!(db.store.station_results(&Scope::All, two.theirs.id).await.expect("results").len(), 1);
}

fn result(station: &Placed, rank: i64) -> NewResult {
    NewResult {
        station: station.id,
        station_name: "工作站".to_owned(),
        host_name: "承办单位".to_owned(),
        rank,
        base: 800,
        bonus: 100,
        total: 900,
        participation: "on_time",
        grade: "优秀",
        explanation: "[]".to_owned(),
        unchecked: None,
    }
}

/// An attachment is read by its link and names the station whose scope the caller checks.
async fn an_attachment_names_the_station_to_check(db: &Db) {
    let two = two(db).await;
    let objects = Objects::folder(db.folder()).expect("folder");
    let upload = Upload { file_name: "通知.txt".into(), media_type: "text/plain".into(), bytes: "内容".into() };
    let stored = [objects.put(upload).await.expect("put")];
    let subject = Subject::of_station("ledger_entry", two.their_entry, &two.theirs);
    let mandate = allowed(&of_station(Role::StationClerk, &two.theirs), Verb::FileEntry, &subject);
    let (noun, id, station) = ("ledger_entry", two.their_entry, two.theirs.id);
    act(db, &mandate, async |tx| tx.attach(noun, id, station, &stored).await).await.expect("attached");

    let link = db.store.attachments(noun, id).await.expect("list").remove(0);
    let found = db.store.attachment(link.id).await.expect("read").expect("attachment");
    assert!(db.store.station(&our_city(), found.station_id).await.expect("read").is_none());
    assert!(db.store.station(&Scope::All, found.station_id).await.expect("read").is_some());
    assert!(db.store.attachment(link.id + 1).await.expect("read").is_none());
}

/// A station reads back as written, its number is unique, and lists page by number and search its texts.
async fn stations_read_back_page_and_search(db: &Db) {
    let first = db.station_in("370500001", CITY, Some(COUNTY)).await;
    db.station_in("370500002", CITY, None).await;
    db.station_in("370600003", OTHER_CITY, None).await;
    let station = db.store.station(&Scope::All, first.id).await.expect("read").expect("station");
    assert_eq!(
        (station.placed(), station.number.as_str(), station.state.as_str()),
        (first.clone(), "370500001", "有效")
    );
    assert_eq!(db.store.station_events(first.id).await.expect("events").len(), 1);

    let numbers = async |filter: StationFilter, after: &str, limit| {
        let rows = db.store.stations(&Scope::All, &filter, after, limit).await.expect("list");
        rows.into_iter().map(|row| row.number).collect::<Vec<_>>()
    };
    let any = StationFilter::default;
    assert_eq!(numbers(any(), "", 2).await, ["370500001", "370500002"]);
    assert_eq!(numbers(any(), "370500002", 2).await, ["370600003"]);
    assert_eq!(numbers(StationFilter { city: Some(OTHER_CITY.into()), ..any() }, "", 9).await, ["370600003"]);
    assert_eq!(numbers(StationFilter { text: Some("002工作".into()), ..any() }, "", 9).await, ["370500002"]);
    assert!(numbers(StationFilter { text: Some("%".into()), ..any() }, "", 9).await.is_empty());
    assert!(numbers(StationFilter { state: Some("撤销".into()), ..any() }, "", 9).await.is_empty());
}

/// A number in use is a duplicate, told apart from other failures.
async fn a_station_number_is_unique(db: &Db) {
    db.station().await;
    let mandate =
        allowed(&regulation::general::Actor::operator(), Verb::MaintainRegistry, &Subject::whole("station", 0));
    let again = NewStation { number: "370500001".into(), ..Default::default() };
    let refused = act(db, &mandate, async |tx| tx.add_station(&again).await).await;
    assert!(refused.expect_err("in use").is_duplicate());
    assert_eq!(db.store.count_stations(&Scope::All, &StationFilter::default()).await.expect("count"), 1);
}

/// A station of the unit whose code that is, entered after looking that there is none, as an import does.
async fn import(db: &Db, number: &str, code: &str) -> store::Result<i64> {
    let mandate =
        allowed(&regulation::general::Actor::operator(), Verb::MaintainRegistry, &Subject::whole("station", 0));
    let new = NewStation { number: number.to_owned(), host_uscc: code.to_owned(), ..NewStation::default() };
    act(db, &mandate, async |tx| {
        let (held, _) = tx.stations_on_record().await?;
        match held.iter().any(|held| held.host_uscc == new.host_uscc && held.ended_on.is_none()) {
            true => Err(store::Error::Conflict("核对时已有".to_owned())),
            false => tx.add_station(&new).await,
        }
    })
    .await
}

/// Reading K56: however many bring the same unit in at once, one station comes of it; once that has ended, the code may
/// come again, and a code nobody gave is nobody's.
async fn a_unit_runs_one_station_at_a_time(db: &Db) {
    const CODE: &str = "91110000101623741K";
    let one = |number| import(db, number, CODE);
    let all = tokio::join!(one("1"), one("2"), one("3"), one("4"));
    let all = [all.0, all.1, all.2, all.3];
    let lost =
        |refused: &store::Error| matches!(refused, store::Error::Conflict(_)) || refused.is_duplicate_of("host_uscc");
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1, "{all:?}");
    assert!(all.iter().filter_map(|one| one.as_ref().err()).all(lost), "{all:?}");
    let id = all.into_iter().find_map(Result::ok).expect("one");

    // Without looking: the number is free, the unit is not.
    let mandate =
        allowed(&regulation::general::Actor::operator(), Verb::MaintainRegistry, &Subject::whole("station", 0));
    let again = NewStation { number: "9".to_owned(), host_uscc: CODE.to_owned(), ..NewStation::default() };
    let add = async |new: &NewStation| act(db, &mandate, async |tx| tx.add_station(new).await).await;
    let refused = add(&again).await.expect_err("the unit has one");
    assert!(refused.is_duplicate_of("host_uscc") && !refused.is_duplicate_of("number"), "{refused}");
    let numbered = NewStation { number: "8".to_owned(), ..NewStation::default() };
    add(&numbered).await.expect("no code");
    let refused = add(&numbered).await.expect_err("the number is taken");
    assert!(refused.is_duplicate_of("number") && !refused.is_duplicate_of("host_uscc"), "{refused}");
    let (codes, none) = ([CODE, "91350211M000100Y46"], Vec::<(String, String)>::new());
    let at_work = db.store.hosts_at_work(&codes).await.expect("read");
    assert_eq!(at_work.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(), [CODE]);

    act(db, &mandate, async |tx| tx.end_station(id, "已退出", day(9, 1), None).await).await.expect("ended");
    assert_eq!(db.store.hosts_at_work(&codes).await.expect("read"), none);
    import(db, "9", CODE).await.expect("the code comes again");
}

on_both!(
    another_citys_ids_look_like_none,
    lists_hold_exactly_their_scope,
    results_stay_in_their_scope,
    an_attachment_names_the_station_to_check,
    stations_read_back_page_and_search,
    a_station_number_is_unique,
    a_unit_runs_one_station_at_a_time,
);
