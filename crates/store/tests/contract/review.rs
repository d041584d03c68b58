//! What is registered while a review is open, beside what stood before it, and what is kept of it with the decision.

use jiff::Timestamp;
use regulation::appraisal::inspection::Stage;
use regulation::general::{Placed, Role, Subject, Verb};
use store::appraisal::{Entered, NewReviewChange, NewStep, Registered};
use store::general::NewPaper;

use crate::common::{Db, YEAR, act, allowed, day, entry_of, expert, of_city, of_province};

async fn opine(db: &Db, station: &Placed, (noun, on): (&'static str, i64), layer: &'static str, accepted: bool) -> i64 {
    let actor = match layer {
        "city" => of_city(Role::CityClerk, &station.city),
        _ => of_province(Role::ProvinceReviewer),
    };
    let mandate = allowed(&actor, Verb::AssessEvidence, &Subject::of_station("opinion", 0, station));
    let given = act(db, &mandate, async |tx| tx.add_opinion(station.id, YEAR, noun, on, layer, accepted, "因由").await);
    given.await.expect("opinion")
}

async fn mark(db: &Db, account: i64, station: &Placed, entry: i64, mark: &'static str) -> i64 {
    let mandate = allowed(&expert(account, station), Verb::GradeWork, &Subject::of_station("mark", 0, station));
    let given = act(db, &mandate, async |tx| tx.add_mark(station.id, YEAR, "warn.report", entry, mark, "").await);
    given.await.expect("mark")
}

async fn find(db: &Db, station: &Placed, value: &'static str) -> i64 {
    let subject = Subject::whole("cycle", YEAR);
    let mandate = allowed(&of_province(Role::ProvinceClerk), Verb::ProposeGrades, &subject);
    let found = act(db, &mandate, async |tx| tx.find_participation(YEAR, station.id, value, "核实").await);
    found.await.expect("finding")
}

fn told(row: &Registered) -> (&str, i64, Option<i64>, Option<&str>, &str) {
    (&row.matter, row.id, row.before_id, row.before.as_deref(), &row.now)
}

/// Of each thing the newest, beside the newest before the instant; a city's opinions are no part of a review.
async fn each_thing_stands_beside_what_was_there(db: &Db) {
    let (station, other) = (db.station().await, db.station_in("370500002", "370500", None).await);
    db.cycle().await;
    let (one, two) = (
        db.entry(&station, "report.topical", day(3, 1), 1).await,
        db.entry(&station, "report.topical", day(4, 1), 1).await,
    );
    let account = db.account("a", Role::Expert).await.expect("account");
    let entry = |id| ("ledger_entry", id);
    opine(db, &station, entry(one), "province", true).await;
    let refused = opine(db, &station, entry(one), "province", false).await;
    let six = mark(db, account, &station, one, "6").await;
    let absent = find(db, &station, "absent").await;
    let since = db.now().as_millisecond();
    opine(db, &station, entry(one), "province", false).await;
    let accepted = opine(db, &station, entry(one), "province", true).await;
    let first = opine(db, &station, ("standing_record", 7), "province", true).await;
    opine(db, &station, entry(two), "city", false).await;
    opine(db, &other, entry(two), "province", false).await;
    let eight = mark(db, account, &station, one, "8").await;
    let on_time = find(db, &station, "on_time").await;
    let acts = db.store.review_acts(YEAR, station.id, since).await.expect("acts");
    let expected = [
        ("mark", eight, Some(six), Some("6"), "8"),
        ("opinion", accepted, Some(refused), Some("refused"), "accepted"),
        ("opinion", first, None, None, "accepted"),
        ("participation", on_time, Some(absent), Some("absent"), "on_time"),
    ];
    assert_eq!(acts.registered.iter().map(told).collect::<Vec<_>>(), expected);
    assert!(acts.entered.is_empty());
    assert_eq!(
        db.store.review_acts(YEAR - 1, station.id, 0).await.expect("acts"),
        store::appraisal::ReviewActs::default()
    );
}

/// Entries go back, over every correction within the review, to what stood before it.
async fn an_entry_goes_back_to_what_stood_before(db: &Db) {
    let station = db.station().await;
    let kind = "report.topical";
    let (old, gone, kept) = (
        db.entry(&station, kind, day(3, 1), 1).await,
        db.entry(&station, kind, day(4, 1), 1).await,
        db.entry(&station, kind, day(5, 1), 1).await,
    );
    let since = db.now().as_millisecond();
    let once = db.correct(&station, old, &entry_of(kind, day(3, 2), 2)).await.expect("corrected");
    let twice = db.correct(&station, once, &entry_of(kind, day(3, 3), 3)).await.expect("corrected again");
    let withdrawn = db.withdraw(&station, gone).await.expect("withdrawn");
    let new = db.entry(&station, kind, day(6, 1), 1).await;
    let mistaken = db.entry(&station, kind, day(7, 1), 1).await;
    let undone = db.withdraw(&station, mistaken).await.expect("withdrawn");
    // Moved into another year it is missed in this one; made in another, it is none of this one's.
    let moved = db.correct(&station, kept, &entry_of(kind, 20_250_501, 1)).await.expect("moved");
    db.entry(&station, kind, 20_250_601, 1).await;
    let entered = db.store.review_acts(YEAR, station.id, since).await.expect("acts").entered;
    let row = |id, before_id, void| Entered { id, before_id, void };
    let expected = [
        row(twice, Some(old), 0),
        row(withdrawn, Some(gone), 1),
        row(new, None, 0),
        row(undone, None, 1),
        row(moved, Some(kept), 0),
    ];
    assert_eq!(entered, expected);
}

/// A decision's step, paper and changes are kept together, as the transaction saw them, and never change.
async fn changes_are_kept_with_their_decision(db: &Db) {
    let station = db.station().await;
    db.cycle().await;
    let found = find(db, &station, "on_time").await;
    let subject = Subject::of_station("inspection", YEAR, &station).after(Vec::new());
    let decide = allowed(&of_province(Role::ProvinceReviewer), Verb::DecideReview, &subject);
    let change = NewReviewChange {
        matter: "participation",
        act: found,
        before: None,
        item: String::new(),
        about: "参评情形".to_owned(),
        before_text: "未参加".to_owned(),
        now_text: "按时参评".to_owned(),
    };
    let step = NewStep {
        year: YEAR,
        station: station.id,
        before: 0,
        stage: Stage::Reviewed { first: None, settled: true },
        step: "decide",
        reason: String::new(),
        points: Some(905),
    };
    let outside = db.store.review_acts(YEAR, station.id, 0).await.expect("acts");
    let paper = act(db, &decide, async |tx| {
        assert_eq!(tx.review_acts(YEAR, station.id, 0).await?, outside);
        let step = tx.take_step(&step).await?;
        let paper = tx.add_paper(&NewPaper { kind: "review.decision", noun: "cycle", ..NewPaper::default() }).await?;
        tx.add_review_change((YEAR, station.id), step, paper, &change).await?;
        Ok(paper)
    });
    let paper = paper.await.expect("decided");
    let kept = db.store.review_changes(YEAR, station.id).await.expect("changes");
    let [kept] = kept.as_slice() else { panic!("one change: {kept:?}") };
    assert_eq!((kept.paper_id, kept.act_id, kept.before_id), (paper, found, None));
    assert_eq!((kept.before_text.as_str(), kept.now_text.as_str()), ("未参加", "按时参评"));
    let stage = db.store.inspection_log(YEAR, station.id).await.expect("log")[0].parsed().expect("a stage");
    assert_eq!(stage, Stage::Reviewed { first: None, settled: true });
    let mut raw = db.raw().await;
    for sql in ["UPDATE review_change SET now_text = 'x'", "DELETE FROM review_change"] {
        let error = raw.run(sql).await.expect_err(sql).to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
}

/// A county's opinion stands on what was handed in last, and only while nobody went on meanwhile.
async fn a_county_is_heard_on_what_was_handed_in(db: &Db) {
    use regulation::general::Actor;
    use store::general::NewCountyOpinion;
    let station = db.station().await;
    db.cycle().await;
    let county =
        Actor { role: Role::County, county: station.county.clone(), ..of_city(Role::CityClerk, &station.city) };
    let give = allowed(&county, Verb::GiveCountyOpinion, &Subject::of_station("county_opinion", 0, &station));
    let of = (YEAR, station.id);
    let say = async |text: &'static str, seen: i64| {
        let new = NewCountyOpinion { text, findings: "人数不符" };
        act(db, &give, async |tx| tx.add_county_opinion_on_material(of, seen, new).await).await
    };
    assert!(matches!(say("早", 0).await, Err(store::Error::Conflict(_))), "nothing was handed in");
    let subject = Subject::of_station("submission", 0, &station);
    let manager = crate::common::of_station(Role::StationManager, &station);
    let submit = allowed(&manager, Verb::SubmitMaterial, &subject);
    for (seq, receipt) in [(0, "R1"), (1, "R2")] {
        let first = store::china().to_datetime(Timestamp::UNIX_EPOCH);
        let step = NewStep {
            year: YEAR,
            station: station.id,
            before: seq,
            stage: Stage::Submitted { first },
            step: "submit",
            reason: String::new(),
            points: None,
        };
        let handed_in = act(db, &submit, async |tx| {
            tx.add_submission(YEAR, station.id, receipt).await?;
            tx.take_step(&step).await
        });
        handed_in.await.expect("handed in");
        say("属实", seq + 1).await.expect("given");
        assert!(matches!(say("迟", seq).await, Err(store::Error::Conflict(_))), "somebody went on");
    }
    let heard = db.store.county_opinions_on_material(YEAR, station.id).await.expect("read");
    let heard: Vec<_> = heard.iter().map(|one| (one.version, one.text.as_str(), one.findings.as_str())).collect();
    assert_eq!(heard, [(1, "属实", "人数不符"), (2, "属实", "人数不符")]);
    assert!(db.store.county_opinions_on_material(YEAR - 1, station.id).await.expect("read").is_empty());
    assert!(db.store.county_opinions(1).await.expect("read").is_empty(), "an application is another matter");
}

on_both!(
    each_thing_stands_beside_what_was_there,
    an_entry_goes_back_to_what_stood_before,
    changes_are_kept_with_their_decision,
    a_county_is_heard_on_what_was_handed_in,
);
