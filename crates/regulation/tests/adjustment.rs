//! Diagrams of chapter five printed from its matches, and its five working days.

mod common;

use std::path::Path;

use jiff::Span;
use jiff::civil::{Date, date};
use regulation::adjustment::{Kind, leaving, merging, misuse, renaming, revocation, statement_due};
use regulation::general::{HolidayYear, Refusal, Workdays};

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
        let approve = Step::Approve { state: "拟退出", on: DAY, open: 0 };
        let steps = [Step::Forward, approve, Step::Decline, Step::Withdraw, Step::Lapse];
        let first = [Stage::CityReview, Stage::ProvinceReview];
        drawn(Kind::Leaving, &first, &steps, Stage::key, name_of, Stage::closed, take)
    };
    let renaming = {
        use renaming::{Stage, Step, name_of, take};
        let acknowledge = Step::Acknowledge { on: DAY, evidence: 1 };
        let steps = [Step::Forward, acknowledge, Step::Decline, Step::Withdraw, Step::Lapse];
        let first = [Stage::CityReview, Stage::ProvinceReview];
        drawn(Kind::Renaming, &first, &steps, Stage::key, name_of, Stage::closed, take)
    };
    let merging = {
        use merging::{Moves, Pair, Stage, Step, name_of, take};
        let pair = Pair { absorbed: (1, "有效"), survivor: (2, "有效") };
        let carry = Step::Carry { pair, moves: Moves::default(), on: DAY, open: 0 };
        let steps = [Step::Decide { pair }, carry, Step::Drop];
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
