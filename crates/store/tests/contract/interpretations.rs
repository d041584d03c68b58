//! Answers of the department: each replaced once, read as they stood at any instant, never changed (Article 18).

use jiff::ToSpan as _;
use regulation::general::{Role, Subject, Verb};
use store::Error;
use store::general::{Interpretation, NewInterpretation};

use crate::common::{Db, Raw, act, allowed, day, of_province};

fn answer(from_day: i64, supersedes: Option<i64>) -> NewInterpretation {
    NewInterpretation {
        edition: "draft".to_owned(),
        noun: "row",
        place: "warn.report".to_owned(),
        question: "问题".to_owned(),
        answer: format!("{from_day} 起的口径"),
        from_day,
        supersedes,
        ..NewInterpretation::default()
    }
}

async fn issue(db: &Db, new: &NewInterpretation) -> store::Result<i64> {
    let subject = Subject::whole("interpretation", 0);
    let mandate = allowed(&of_province(Role::ProvinceApprover), Verb::Interpret, &subject);
    act(db, &mandate, async |tx| tx.add_interpretation(new).await).await
}

fn ids(answers: &[Interpretation]) -> Vec<i64> {
    answers.iter().map(|answer| answer.id).collect()
}

/// In force from its day until the day of the one that takes its place; as known at an instant, not as learnt later.
async fn an_answer_gives_way_on_the_day_of_the_next(db: &Db) {
    db.cycle().await;
    let before = db.now();
    let first = issue(db, &answer(day(9, 1), None)).await.expect("first");
    let between = db.now();
    let second = issue(db, &answer(day(10, 1), Some(first))).await.expect("second");
    assert!(matches!(issue(db, &answer(day(11, 1), Some(first))).await, Err(Error::Conflict(_))));
    let after = db.now();
    let in_force = async |edition: &str, on: i64, at: jiff::Timestamp| {
        ids(&db.store.interpretations_in_force(edition, on, store::instant_number(at)).await.expect("read"))
    };
    assert!(in_force("draft", day(8, 31), after).await.is_empty());
    assert_eq!(in_force("draft", day(9, 1), after).await, [first]);
    assert_eq!(in_force("draft", day(9, 30), after).await, [first]);
    assert_eq!(in_force("draft", day(10, 1), after).await, [second]);
    assert_eq!(in_force("draft", day(10, 1), between).await, [first], "the second was not issued yet");
    assert!(in_force("draft", day(10, 1), before).await.is_empty());
    assert!(in_force("other", day(10, 1), after).await.is_empty());
    let subject = Subject::whole("interpretation", 0);
    let mandate = allowed(&of_province(Role::ProvinceApprover), Verb::Interpret, &subject);
    for (later, expected) in [(1.hour(), first), (1000.hours(), second)] {
        let mut tx = db.store.begin(&mandate, after + later).await.expect("begin");
        assert_eq!(ids(&tx.interpretations_in_force("draft").await.expect("read")), [expected]);
        tx.abandon().await.expect("abandoned");
    }
    // What was replaced stays to be read, and says by what.
    let kept = db.store.interpretation(first).await.expect("read").expect("there");
    assert_eq!((kept.superseded_by, kept.superseded_from), (Some(second), Some(day(10, 1))));
    let newest = db.store.interpretation(second).await.expect("read").expect("there");
    assert_eq!((newest.supersedes, newest.superseded_by), (Some(first), None));
    assert!(db.store.interpretation(987_654).await.expect("read").is_none());
    assert_eq!(ids(&db.store.interpretations(None, i64::MAX, 10).await.expect("read")), [second, first]);
    assert_eq!(ids(&db.store.interpretations(Some("draft"), second, 10).await.expect("read")), [first]);
    assert!(db.store.interpretations(Some("other"), i64::MAX, 10).await.expect("read").is_empty());
}

async fn what_was_issued_never_changes(db: &Db) {
    db.cycle().await;
    issue(db, &answer(day(9, 1), None)).await.expect("issued");
    let mut raw = db.raw().await;
    let mut statements = vec!["UPDATE interpretation SET answer = 'x'", "DELETE FROM interpretation"];
    if matches!(raw, Raw::Postgres(_)) {
        statements.push("TRUNCATE interpretation CASCADE");
    }
    for sql in statements {
        let error = raw.run(sql).await.expect_err(sql).to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
}

on_both!(an_answer_gives_way_on_the_day_of_the_next, what_was_issued_never_changes);
