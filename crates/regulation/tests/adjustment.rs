//! Diagrams of chapter five printed from its matches, and what no sequence of steps can do.

mod common;

use std::path::Path;

use jiff::civil::{Date, date};
use jiff::{Span, civil::DateTime};
use proptest::collection::vec;
use proptest::prelude::*;
use regulation::adjustment::{Kind, leaving, merging, misuse, renaming, revocation, statement_due};
use regulation::general::{Due, HolidayYear, Refusal, Workdays};

const DAY: Date = date(2027, 4, 9);

/// Draws what `take` lets happen, from the first stages on.
fn drawn<S: Copy, T: Copy>(
    kind: Kind,
    first: &[S],
    steps: &[T],
    key: impl Fn(S) -> &'static str,
    name: impl Fn(&T) -> &'static str,
    closed: impl Fn(S) -> bool,
    take: impl Fn(S, T) -> Result<S, Refusal>,
) -> String {
    let mut seen: Vec<S> = first.to_vec();
    let mut lines: Vec<String> = first.iter().map(|stage| format!("    [*] --> {}\n", key(*stage))).collect();
    lines.extend(kind.stages().iter().map(|(key, name)| format!("    {key}: {name}\n")));
    let mut next = 0;
    while let Some(stage) = seen.get(next).copied() {
        next += 1;
        for step in steps {
            let Ok(after) = take(stage, *step) else { continue };
            let edge = format!("    {} --> {}: {}\n", key(stage), key(after), name(step));
            if !lines.contains(&edge) {
                lines.push(edge);
            }
            if !seen.iter().any(|known| key(*known) == key(after)) {
                seen.push(after);
            }
        }
    }
    assert_eq!(seen.len(), kind.stages().len(), "{}: every stage can be reached", kind.name());
    for stage in &seen {
        let still = steps.iter().any(|step| take(*stage, *step).is_ok());
        assert_eq!(closed(*stage), !still, "{}: {} is closed exactly when nothing follows", kind.name(), key(*stage));
        if closed(*stage) {
            lines.push(format!("    {} --> [*]\n", key(*stage)));
        }
    }
    let (name, item) = (kind.name(), regulation::law::cite(kind.item()));
    format!("\n## {name} ({item})\n\n```mermaid\nstateDiagram-v2\n{}```\n", lines.concat())
}

fn diagrams() -> String {
    let late = DAY.at(0, 0, 0, 0) + Span::new().days(30);
    let head = "# States of chapter five\n\nArticles 4 and 15 to 17. Printed from the `take` of each module of \
                `regulation::adjustment` by a test\n(`UPDATE_GOLDEN=1 cargo test -p regulation --test adjustment`).\n";
    let revocation = {
        use revocation::{Stage, Step, name_of, take};
        let steps = [
            Step::Verify,
            Step::Notify { due: DAY },
            Step::Decide { at: late, stated: false },
            Step::Serve { on: DAY },
            Step::Announce,
            Step::HandOver { open: 0 },
            Step::Drop,
        ];
        drawn(Kind::Revocation, &[Stage::Proposed], &steps, Stage::key, name_of, Stage::closed, take)
    };
    let leaving = {
        use leaving::{Stage, Step, name_of, take};
        let steps = [Step::Forward, Step::Approve { on: DAY, open: 0 }, Step::Decline, Step::Withdraw, Step::Lapse];
        let first = [Stage::CityReview, Stage::ProvinceReview];
        drawn(Kind::Leaving, &first, &steps, Stage::key, name_of, Stage::closed, take)
    };
    let renaming = {
        use renaming::{Stage, Step, name_of, take};
        let steps = [Step::Forward, Step::Acknowledge { on: DAY }, Step::Decline, Step::Withdraw, Step::Lapse];
        let first = [Stage::CityReview, Stage::ProvinceReview];
        drawn(Kind::Renaming, &first, &steps, Stage::key, name_of, Stage::closed, take)
    };
    let merging = {
        use merging::{Stage, Step, name_of, take};
        let steps = [Step::Decide, Step::Carry { on: DAY, open: 0 }, Step::Drop];
        drawn(Kind::Merging, &[Stage::Drafted], &steps, Stage::key, name_of, Stage::closed, take)
    };
    let misuse = {
        use misuse::{Stage, Step, name_of, take};
        let steps = [Step::Verify, Step::Notify { due: DAY }, Step::Handle { at: late, stated: false }, Step::Drop];
        drawn(Kind::Misuse, &[Stage::Reported], &steps, Stage::key, name_of, Stage::closed, take)
    };
    [head.to_owned(), revocation, leaving, renaming, merging, misuse].concat()
}

#[test]
fn the_diagrams_are_as_drawn() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/states/adjustment.md");
    let now = diagrams();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &now).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, now, "docs/states/adjustment.md no longer tells the truth; if it is meant: UPDATE_GOLDEN=1");
}

fn step() -> impl Strategy<Value = revocation::Step> {
    use revocation::Step;
    let moment = (0i32..14, 0i8..24).prop_map(|(days, hour)| moment(days, hour));
    prop_oneof![
        4 => Just(Step::Verify),
        4 => (0i32..8).prop_map(|days| Step::Notify { due: DAY + Span::new().days(days) }),
        8 => (moment, any::<bool>()).prop_map(|(at, stated)| Step::Decide { at, stated }),
        4 => (0i32..14).prop_map(|days| Step::Serve { on: DAY + Span::new().days(days) }),
        2 => Just(Step::Announce),
        2 => (0usize..2).prop_map(|open| Step::HandOver { open }),
        // Seldom: it ends the walk.
        1 => Just(Step::Drop),
    ]
}

fn moment(days: i32, hour: i8) -> DateTime {
    (DAY + Span::new().days(days)).at(hour, 0, 0, 0)
}

proptest! {
    // Many: only a walk that comes to a decision on the very last day tells one that is a day early.
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Article 17, AT-7: whatever is tried in whatever order, a station is only revoked after a notice, the time to
    /// speak (or a statement), and a decision, in that order.
    #[test]
    fn no_revocation_without_notice_time_and_decision(steps in vec(step(), 0..24)) {
        use revocation::{Stage, Step, take};
        let (mut stage, mut taken) = (Stage::Proposed, Vec::new());
        for step in steps {
            if let Ok(after) = take(stage, step) {
                stage = after;
                taken.push(step);
            }
        }
        if matches!(stage, Stage::Served { .. } | Stage::Announced { .. } | Stage::Done { .. }) {
            let at = |wanted: fn(&Step) -> bool| taken.iter().position(wanted);
            let notice = at(|step| matches!(step, Step::Notify { .. })).expect("a notice");
            let decision = at(|step| matches!(step, Step::Decide { .. })).expect("a decision");
            let served = at(|step| matches!(step, Step::Serve { .. })).expect("served");
            prop_assert!(at(|step| matches!(step, Step::Verify)).expect("verified") < notice);
            prop_assert!(notice < decision && decision < served);
            let (Step::Notify { due }, Step::Decide { at, stated }) = (taken[notice], taken[decision]) else {
                unreachable!("found above");
            };
            prop_assert!(stated || Due::day(due).passed(at));
            prop_assert!(!taken.iter().any(|step| matches!(step, Step::Drop)));
        }
    }
}

/// Five working days from the day after service, over a holiday and a worked Saturday (readings K46, K55).
#[test]
fn the_time_to_speak_is_five_working_days() {
    let edition = common::edition("../../law/draft");
    let may = HolidayYear {
        year: 2027,
        source: "示例".to_owned(),
        off: (1..=5).map(|day| date(2027, 5, day)).collect(),
        work: vec![date(2027, 5, 8)],
    };
    let days = Workdays::new([may]);
    assert_eq!(statement_due(&edition, &days, date(2027, 4, 9)).on, date(2027, 4, 16));
    // Thursday: one day before the holiday, then 6, 7, the worked Saturday 8, and Monday 10.
    assert_eq!(statement_due(&edition, &days, date(2027, 4, 29)).on, date(2027, 5, 10));
    assert!(!statement_due(&edition, &days, date(2027, 4, 29)).tentative);
    assert!(statement_due(&edition, &Workdays::new([]), date(2027, 4, 9)).tentative);
}
