use regulation::general::{Placed, Role, Scope, Subject, Verb};
use store::Error;
use store::adjustment::{AdjustmentFilter, NewAdjustment, NewHandover, NewStep};
use store::duties::{NewRosterMember, StationFilter};

use crate::common::{CITY, Db, OTHER_CITY, act, allowed, day, of_province, of_station};

fn proposal() -> NewAdjustment {
    NewAdjustment { kind: "revocation", stage: "proposed", detail: "情况".to_owned(), ..NewAdjustment::default() }
}

async fn open(db: &Db, station: &Placed, new: NewAdjustment) -> store::Result<i64> {
    let subject = Subject::of_station("adjustment", 0, station);
    let mandate = allowed(&of_province(Role::ProvinceClerk), Verb::ProposeRevocation, &subject);
    act(db, &mandate, async |tx| tx.open_adjustment(station, &new).await).await
}

fn to(from: &'static str, stage: &'static str) -> NewStep<'static> {
    NewStep { step: "step", from, stage, ..NewStep::default() }
}

async fn step(db: &Db, station: &Placed, id: i64, new: NewStep<'_>) -> store::Result<()> {
    let subject = Subject::of_station("adjustment", id, station);
    let mandate = allowed(&of_province(Role::ProvinceClerk), Verb::ProposeRevocation, &subject);
    act(db, &mandate, async |tx| tx.step_adjustment(id, &new).await).await
}

/// Seen by who its area or station is, once told; another city's looks like none.
async fn a_matter_is_seen_within_its_scope(db: &Db) {
    let station = db.station().await;
    let other = db.station_in("370600001", OTHER_CITY, None).await;
    let id = open(db, &station, proposal()).await.expect("opened");
    open(db, &other, proposal()).await.expect("another station's");
    let seen = async |scope: &Scope, told| {
        let filter = AdjustmentFilter { told, ..AdjustmentFilter::default() };
        let rows = db.store.adjustments(scope, &filter, i64::MAX, 10).await.expect("list");
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let city = Scope::City(CITY.to_owned());
    let own = Scope::Stations(vec![station.id]);
    assert_eq!(seen(&Scope::All, false).await.len(), 2);
    assert_eq!((seen(&city, false).await, seen(&own, false).await), (vec![id], vec![id]));
    assert!(seen(&own, true).await.is_empty(), "not told yet");
    step(db, &station, id, NewStep { told: true, ..to("proposed", "noticed") }).await.expect("told");
    assert_eq!(seen(&own, true).await, [id]);
    assert!(db.store.adjustment(&Scope::City(OTHER_CITY.to_owned()), id).await.expect("read").is_none());
    assert!(seen(&Scope::Nothing, false).await.is_empty());
}

/// One of a kind at a time, a failing year once, and a step only from the stage it was judged at.
async fn a_matter_runs_once_and_goes_on_from_where_it_is(db: &Db) {
    let station = db.station().await;
    let failed = || NewAdjustment { year: Some(2026), ..proposal() };
    let id = open(db, &station, failed()).await.expect("opened");
    assert!(matches!(open(db, &station, proposal()).await, Err(Error::Conflict(_))), "one is under way");
    step(db, &station, id, to("proposed", "verified")).await.expect("verified");
    assert!(matches!(step(db, &station, id, to("proposed", "verified")).await, Err(Error::Conflict(_))));
    step(db, &station, id, NewStep { closed: true, ..to("verified", "dropped") }).await.expect("dropped");
    assert!(matches!(open(db, &station, failed()).await, Err(Error::Conflict(_))), "the year was proposed already");
    open(db, &station, proposal()).await.expect("another ground may come");
    let steps = db.store.adjustment_steps(id).await.expect("steps");
    assert_eq!(steps.iter().map(|step| step.stage.as_str()).collect::<Vec<_>>(), ["verified", "dropped"]);
    let mut raw = db.raw().await;
    for sql in ["UPDATE adjustment_step SET text = 'x'", "DELETE FROM adjustment"] {
        assert!(raw.run(sql).await.expect_err(sql).to_string().contains("append-only"), "{sql}");
    }
}

/// A station ends once and is then found among the ended, by its new name and by the one it had.
async fn a_station_ends_once_and_keeps_its_names(db: &Db) {
    let station = db.station().await;
    let id = open(db, &station, proposal()).await.expect("opened");
    let subject = Subject::of_station("adjustment", id, &station);
    let mandate = allowed(&of_province(Role::ProvinceApprover), Verb::DecideRevocation, &subject.after(Vec::new()));
    let renamed = act(db, &mandate, async |tx| tx.rename_station(station.id, "新站", "新协会", day(9, 1), id).await);
    renamed.await.expect("renamed");
    let found = async |text: &str, ended| {
        let filter = StationFilter { text: Some(text.to_owned()), ended, ..StationFilter::default() };
        db.store.count_stations(&Scope::All, &filter).await.expect("count")
    };
    assert_eq!(
        (found("新协会", None).await, found("370500001工作站", None).await, found("没有", None).await),
        (1, 1, 0)
    );
    let former = db.store.former_names(station.id).await.expect("names");
    assert_eq!((former[0].name.as_str(), former[0].until_on), ("370500001工作站", day(9, 1)));
    assert_eq!((found("新站", Some(false)).await, found("新站", Some(true)).await), (1, 0));
    let end = async || act(db, &mandate, async |tx| tx.end_station(station.id, "已撤销", day(9, 1), None).await).await;
    end().await.expect("ended");
    assert!(matches!(end().await, Err(Error::Conflict(_))));
    assert_eq!((found("新站", Some(false)).await, found("新站", Some(true)).await), (0, 1));
    act(db, &mandate, async |tx| tx.set_station_state(station.id, "有效").await).await.expect("nothing");
    let row = db.store.station(&Scope::All, station.id).await.expect("read").expect("station");
    assert_eq!((row.state.as_str(), row.ended_on), ("已撤销", Some(day(9, 1))), "an ended station stays ended");
}

/// A roster moves once: firms both had stay one, one removed there before comes back.
async fn a_roster_moves_and_no_firm_is_twice(db: &Db) {
    let (from, to) = (db.station().await, db.station_in("370500002", CITY, None).await);
    let put = async |station: &Placed, codes: &[&str]| {
        let subject = Subject::of_station("roster_member", 0, station);
        let mandate = allowed(&of_station(Role::StationManager, station), Verb::MaintainRoster, &subject);
        for code in codes {
            let new = NewRosterMember { uscc: (*code).to_owned(), name: format!("企业{code}"), ..Default::default() };
            act(db, &mandate, async |tx| tx.put_roster_member(station.id, &new).await).await.expect("member");
        }
        act(db, &mandate, async |tx| tx.recount_roster(station.id).await).await.expect("counted");
    };
    put(&from, &["A", "B", "C"]).await;
    put(&to, &["B", "C", "D"]).await;
    let subject = Subject::of_station("roster_member", 0, &to);
    let keep = allowed(&of_station(Role::StationManager, &to), Verb::MaintainRoster, &subject);
    let gone = db.store.roster(&Scope::All, to.id, Some("C"), None, 1).await.expect("roster")[0].id;
    act(db, &keep, async |tx| tx.remove_roster_member(gone).await).await.expect("removed");
    let subject = Subject::of_station("adjustment", 0, &from);
    let mandate = allowed(&of_province(Role::ProvinceApprover), Verb::DecideMerging, &subject.after(Vec::new()));
    act(db, &mandate, async |tx| tx.move_roster(from.id, to.id).await).await.expect("moved");
    let codes = async |station: i64| {
        let mut codes: Vec<String> =
            db.store.roster_codes(station).await.expect("codes").into_iter().map(|(code,)| code).collect();
        codes.sort();
        codes
    };
    assert_eq!(codes(to.id).await, ["A", "B", "C", "D"]);
    assert!(codes(from.id).await.is_empty());
    let firms = async |id| db.store.station(&Scope::All, id).await.expect("read").expect("station").firms;
    assert_eq!((firms(from.id).await, firms(to.id).await), (0, 4));
}

/// Open cases are the live ones of the kinds asked for; each is dealt with once.
async fn a_case_is_handed_over_once(db: &Db) {
    let station = db.station().await;
    let case = db.entry(&station, "case.responded", day(8, 1), 1).await;
    db.entry(&station, "outreach.organised", day(8, 2), 1).await;
    let id = open(db, &station, proposal()).await.expect("opened");
    let cases = async || db.store.open_cases(id, station.id, day(1, 1), &["case.responded"]).await.expect("cases");
    let before = cases().await;
    assert_eq!((before.len(), before[0].entry_id, before[0].outcome.clone()), (1, case, None));
    let subject = Subject::of_station("adjustment", id, &station);
    let mandate = allowed(&of_station(Role::StationManager, &station), Verb::RecordHandover, &subject);
    let hand = async || {
        let new = NewHandover { entry: case, outcome: "moved", receiver: "某站", note: "" };
        act(db, &mandate, async |tx| tx.add_handover(id, &new).await).await
    };
    hand().await.expect("handed");
    assert!(matches!(hand().await, Err(Error::Conflict(_))));
    assert_eq!(cases().await[0].receiver.as_deref(), Some("某站"));
    assert!(db.store.open_cases(id, station.id, day(8, 2), &["case.responded"]).await.expect("later").is_empty());
}

on_both!(
    a_matter_is_seen_within_its_scope,
    a_matter_runs_once_and_goes_on_from_where_it_is,
    a_station_ends_once_and_keeps_its_names,
    a_roster_moves_and_no_firm_is_twice,
    a_case_is_handed_over_once,
);
