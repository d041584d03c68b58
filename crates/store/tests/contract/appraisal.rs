use regulation::general::{Actor, Mandate, Placed, Role, Scope, Subject, Verb};
use store::Error;
use store::appraisal::{NewCycle, NewResult};

use crate::common::{Db, OTHER_CITY, YEAR, act, allowed, day, entry_of, expert, of_city, of_province, of_station};

fn over_the_year(role: Role, verb: Verb) -> Mandate {
    allowed(&of_province(role), verb, &Subject::whole("cycle", YEAR).after(Vec::new()))
}

async fn opine(db: &Db, station: &Placed, entry: i64, layer: &'static str, accepted: bool) {
    let actor = match layer {
        "city" => of_city(Role::CityClerk, &station.city),
        _ => of_province(Role::ProvinceReviewer),
    };
    let mandate = allowed(&actor, Verb::AssessEvidence, &Subject::of_station("opinion", 0, station));
    let reason = if accepted { "属实" } else { "不符" };
    let given = act(db, &mandate, async |tx| {
        tx.add_opinion(station.id, YEAR, "ledger_entry", entry, layer, accepted, reason).await
    });
    given.await.expect("opinion");
}

/// Of each layer's opinions on one piece of evidence the newest holds; the layers do not replace each other.
async fn the_newest_opinion_of_a_layer_holds(db: &Db) {
    let station = db.station().await;
    let entries = [
        db.entry(&station, "report.topical", day(3, 1), 1).await,
        db.entry(&station, "report.topical", day(3, 2), 1).await,
    ];
    for (entry, layer, accepted) in
        [(0, "city", false), (1, "city", true), (0, "province", false), (0, "city", true), (0, "province", true)]
    {
        opine(db, &station, entries[entry], layer, accepted).await;
    }
    let opinions = db.store.opinions(&Scope::All, YEAR, Some(station.id)).await.expect("opinions");
    let seen: Vec<_> = opinions.iter().map(|o| (o.noun_id, o.layer.as_str(), o.accepted)).collect();
    assert_eq!(seen, [(entries[1], "city", 1), (entries[0], "city", 1), (entries[0], "province", 1)]);
    assert!(db.store.opinions(&Scope::City(OTHER_CITY.into()), YEAR, None).await.expect("opinions").is_empty());
    assert!(db.store.opinions(&Scope::All, YEAR - 1, None).await.expect("opinions").is_empty());
}

async fn mark(db: &Db, expert_account: i64, station: &Placed, entry: i64, mark: &'static str) {
    let subject = Subject::of_station("mark", 0, station);
    let mandate = allowed(&expert(expert_account, station), Verb::GradeWork, &subject);
    act(db, &mandate, async |tx| tx.add_mark(station.id, YEAR, "warn.report", entry, mark, "评语").await)
        .await
        .expect("mark");
}

/// An expert's newest mark for a piece of work counts; each expert and each work keeps its own.
async fn the_newest_mark_of_an_expert_counts(db: &Db) {
    let station = db.station().await;
    let (one, two) = (
        db.entry(&station, "report.topical", day(3, 1), 1).await,
        db.entry(&station, "report.topical", day(4, 1), 1).await,
    );
    let (a, b) = (db.account("a", Role::Expert).await.expect("a"), db.account("b", Role::Expert).await.expect("b"));
    for (account, entry, given) in [(a, one, "6"), (b, one, "7.5"), (a, two, "5"), (a, one, "8.25")] {
        mark(db, account, &station, entry, given).await;
    }
    let seen = async |station| {
        let marks = db.store.marks(YEAR, station).await.expect("marks");
        marks.into_iter().map(|m| (m.entry_id, m.account_id, m.mark)).collect::<Vec<_>>()
    };
    let expected = [(one, a, "8.25".to_owned()), (one, b, "7.5".to_owned()), (two, a, "5".to_owned())];
    assert_eq!(seen(None).await, expected);
    assert_eq!(seen(Some(station.id)).await, expected);
    assert!(seen(Some(station.id + 1)).await.is_empty());
}

/// The works an expert may mark: live reports of the kinds asked for, in scope, with the expert's own newest mark.
async fn works_show_live_reports_with_ones_own_mark(db: &Db) {
    let station = db.station().await;
    let (one, two) = (
        db.entry(&station, "report.topical", day(3, 1), 1).await,
        db.entry(&station, "report.case", day(4, 1), 1).await,
    );
    db.entry(&station, "warning.published", day(4, 1), 1).await;
    let (a, b) = (db.account("a", Role::Expert).await.expect("a"), db.account("b", Role::Expert).await.expect("b"));
    for (account, given) in [(a, "6"), (a, "9"), (b, "7")] {
        mark(db, account, &station, one, given).await;
    }
    let works = async |account, kinds: &[&str]| {
        let scope = Scope::Stations(vec![station.id]);
        let works = db.store.works(&scope, account, YEAR, kinds).await.expect("works");
        works.into_iter().map(|work| (work.entry_id, work.mark)).collect::<Vec<_>>()
    };
    let both = ["report.topical", "report.case"];
    assert_eq!(works(a, &both).await, [(two, None), (one, Some("9".into()))]);
    assert_eq!(works(b, &["report.topical"]).await, [(one, Some("7".into()))]);
    assert!(works(b, &[]).await.is_empty());
    assert!(db.store.works(&Scope::Stations(vec![]), a, YEAR, &both).await.expect("works").is_empty());

    db.withdraw(&station, two).await.expect("withdrawn");
    assert_eq!(works(a, &both).await, [(one, Some("9".into()))]);
}

/// A year opens once, under one edition and with its pass mark.
async fn a_year_opens_once(db: &Db) {
    let cycle = db.cycle().await;
    assert_eq!((cycle.edition_id.as_str(), cycle.pass_mark, cycle.state.as_str()), ("draft", 600, "open"));
    let open = over_the_year(Role::ProvinceApprover, Verb::OpenCycle);
    let again = act(db, &open, async |tx| tx.open_cycle(&NewCycle::usual(YEAR, "draft", 700)).await).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    let unknown = act(db, &open, async |tx| tx.open_cycle(&NewCycle::usual(YEAR + 1, "no edition", 600)).await).await;
    assert!(matches!(unknown, Err(Error::Database(_))), "{unknown:?}");
    let cycles = db.store.cycles().await.expect("cycles");
    assert_eq!(cycles.iter().map(|cycle| (cycle.year, cycle.pass_mark)).collect::<Vec<_>>(), [(YEAR, 600)]);
}

/// The first submission counts however often a station submits; receipts are unique.
async fn the_first_submission_counts(db: &Db) {
    let station = db.station().await;
    db.cycle().await;
    let subject = Subject::of_station("submission", 0, &station);
    let mandate = allowed(&of_station(Role::StationManager, &station), Verb::SubmitMaterial, &subject);
    let submit = async |receipt: &'static str| {
        act(db, &mandate, async |tx| tx.add_submission(YEAR, station.id, receipt).await).await
    };
    let first = submit("R1").await.expect("first");
    let second = submit("R2").await.expect("second");
    assert!(submit("R2").await.expect_err("receipt in use").is_duplicate());
    let ids = |rows: Vec<store::appraisal::Submission>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(db.store.first_submissions(YEAR).await.expect("first")), [first]);
    assert_eq!(ids(db.store.submissions(YEAR, station.id).await.expect("all")), [first, second]);
}

/// A later finding on participation holds and the earlier one stays; a decision on a tie is replaced by a later one.
async fn findings_and_decisions_are_replaced(db: &Db) {
    let station = db.station().await;
    db.cycle().await;
    let propose = over_the_year(Role::ProvinceClerk, Verb::ProposeGrades);
    let mut made = Vec::new();
    for value in ["absent", "on_time"] {
        let find = act(db, &propose, async |tx| tx.find_participation(YEAR, station.id, value, "核实").await);
        made.push(find.await.expect("found"));
    }
    let found = db.store.participation_findings(YEAR).await.expect("read");
    let holds: Vec<_> = found.iter().map(|finding| (finding.id, finding.station_id, finding.value.as_str())).collect();
    assert_eq!(holds, [(made[1], station.id, "on_time")]);
    let mut raw = db.raw().await;
    for sql in ["UPDATE participation_finding SET value = 'x'", "DELETE FROM participation_finding"] {
        let error = raw.run(sql).await.expect_err(sql).to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    assert!(db.store.decision(YEAR).await.expect("read").is_none());
    for chosen in ["1,2", ""] {
        let decided =
            act(db, &propose, async |tx| tx.set_decision(YEAR, chosen, "甲、乙", "集体研究", day(3, 1)).await);
        decided.await.expect("decided");
    }
    let decision = db.store.decision(YEAR).await.expect("read").expect("decision");
    assert_eq!((decision.chosen.as_str(), decision.attendees.as_str(), decision.decided_on), ("", "甲、乙", day(3, 1)));
}

fn result(station: &Placed, rank: i64, explanation: &str) -> NewResult {
    NewResult {
        station: station.id,
        station_name: "工作站".to_owned(),
        host_name: "承办单位".to_owned(),
        rank,
        base: 812,
        bonus: 95,
        total: 907,
        participation: "on_time",
        grade: "优秀",
        explanation: explanation.to_owned(),
        unchecked: None,
    }
}

/// Results are confirmed once, best first and the unranked last; a second confirmation changes nothing.
async fn results_are_confirmed_once(db: &Db) {
    let (a, b) = (db.station().await, db.station_in("370600001", OTHER_CITY, None).await);
    let cycle = db.cycle().await;
    let confirm = over_the_year(Role::ProvinceApprover, Verb::ConfirmGrades);
    let first = [result(&a, 0, "[]"), result(&b, 1, "[{\"entries\":[1]}]")];
    act(db, &confirm, async |tx| tx.confirm_results(&cycle, &first).await).await.expect("confirmed");
    let second = [result(&a, 1, "[]")];
    let again = act(db, &confirm, async |tx| tx.confirm_results(&cycle, &second).await).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");

    let results = db.store.results(&Scope::All, YEAR).await.expect("results");
    let seen: Vec<_> = results.iter().map(|row| (row.station_id, row.rank)).collect();
    assert_eq!(seen, [(b.id, 1), (a.id, 0)]);
    let best = &results[0];
    assert_eq!((best.base, best.bonus, best.total, best.grade.as_str()), (812, 95, 907, "优秀"));
    assert_eq!((best.edition_id.as_str(), best.explanation.as_str()), ("draft", "[{\"entries\":[1]}]"));
    let closed = db.store.cycle(YEAR).await.expect("read").expect("cycle");
    assert_eq!((closed.state.as_str(), closed.confirmed_by.as_deref()), ("confirmed", Some("省厅")));
}

/// A result that cannot be written leaves the year open and no other result behind.
async fn a_failed_confirmation_leaves_the_year_open(db: &Db) {
    let station = db.station().await;
    let cycle = db.cycle().await;
    let confirm = over_the_year(Role::ProvinceApprover, Verb::ConfirmGrades);
    let nowhere = Placed { id: 999, ..station.clone() };
    let results = [result(&station, 1, "[]"), result(&nowhere, 2, "[]")];
    act(db, &confirm, async |tx| tx.confirm_results(&cycle, &results).await).await.expect_err("no such station");
    assert_eq!(db.store.cycle(YEAR).await.expect("read").expect("cycle").state, "open");
    assert!(db.store.results(&Scope::All, YEAR).await.expect("results").is_empty());
}

/// A withdrawal or correction by a person who may not is refused before the store is ever asked.
async fn without_a_mandate_there_is_no_write(db: &Db) {
    let (ours, theirs) = (db.station().await, db.station_in("370600001", OTHER_CITY, None).await);
    let clerk: Actor = of_station(Role::StationClerk, &ours);
    let subject = Subject::of_station("ledger_entry", 0, &theirs);
    let refusal = regulation::general::may(&clerk, Verb::FileEntry, &subject, crate::common::today());
    assert!(refusal.is_err());
    let own = Subject::of_station("ledger_entry", 0, &ours);
    let mandate = allowed(&clerk, Verb::FileEntry, &own);
    let new = entry_of("warning.published", day(3, 1), 1);
    act(db, &mandate, async |tx| tx.add_entry(&ours, &new, None).await).await.expect("own station");
}

on_both!(
    the_newest_opinion_of_a_layer_holds,
    the_newest_mark_of_an_expert_counts,
    works_show_live_reports_with_ones_own_mark,
    a_year_opens_once,
    the_first_submission_counts,
    findings_and_decisions_are_replaced,
    results_are_confirmed_once,
    a_failed_confirmation_leaves_the_year_open,
    without_a_mandate_there_is_no_write,
);
