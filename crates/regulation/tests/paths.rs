//! What no sequence of steps reaches in a year's inspection, whatever is tried in whatever order on whatever day.
//! Confirmation has its own in `confirmation`, chapter five in `chapter_five`.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, date};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use regulation::appraisal::inspection::{Desk, STAGES, Stage, Step, take};
use regulation::general::Due;

const SUBMISSION: Due = whole(date(2027, 2, 1));
const CITY: Due = whole(date(2027, 2, 15));

const fn whole(on: Date) -> Due {
    Due { on, time: Time::constant(23, 59, 59, 0), tentative: false }
}

/// Something somebody tries, so many minutes after what was tried before.
#[derive(Clone, Debug)]
struct Attempt {
    after: i64,
    what: usize,
    days: i64,
    before: i64,
    yes: bool,
    /// Rather the step that leads on from where it stands.
    onward: bool,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let minutes = prop_oneof![4 => 0i64..3000, 1 => 0i64..30_000];
    let attempt = (minutes, 0usize..14, -3i64..9, 0i64..2, any::<bool>(), any::<bool>());
    let attempt =
        attempt.prop_map(|(after, what, days, before, yes, onward)| Attempt { after, what, days, before, yes, onward });
    vec(attempt, 1..50)
}

fn day(at: DateTime, days: i64) -> Date {
    at.date().saturating_add(days.days())
}

fn step(tried: &Attempt, at: DateTime, settled: bool) -> Step {
    let by = if tried.yes { Desk::City } else { Desk::Province };
    let due = day(at, tried.days);
    match tried.what {
        0 => Step::Submit { at },
        1 => Step::Return { by, due, before: tried.before, most: 1 },
        2 => Step::Check,
        3 => Step::Forward,
        4 => Step::Accept { own: tried.yes, at, city: CITY },
        5 => Step::Settle,
        6 => Step::Reopen { settled },
        7 => Step::FindAbsent { at, due: SUBMISSION, statement: tried.yes.then_some(due) },
        8 => Step::Restore,
        9 => Step::FeedBack { until: due },
        10 => Step::Request { at },
        11 => Step::Decide,
        12 => Step::Grade { at },
        _ => Step::Archive,
    }
}

/// What leads on from a stage, so that walks come as far as the archive.
fn onward(stage: &Stage, at: DateTime, yes: bool) -> Step {
    match stage {
        Stage::Waiting | Stage::Filling | Stage::Submitted { .. } if SUBMISSION.passed(at) && yes => {
            Step::FindAbsent { at, due: SUBMISSION, statement: Some(day(at, -1)) }
        }
        Stage::Waiting | Stage::Filling | Stage::Returned { .. } => Step::Submit { at },
        Stage::Submitted { .. } => Step::Check,
        Stage::CityChecked { .. } => Step::Forward,
        Stage::Scoring { .. } => Step::Settle,
        Stage::Settled { .. } | Stage::Absent { .. } => Step::FeedBack { until: day(at, 2) },
        Stage::FedBack { .. } if yes => Step::Request { at },
        Stage::FedBack { .. } | Stage::Reviewed { .. } => Step::Grade { at },
        Stage::Review { .. } => Step::Decide,
        Stage::Graded { .. } | Stage::Archived { .. } => Step::Archive,
    }
}

/// What has happened to a station's year, told by the steps alone.
#[derive(Default)]
struct Year {
    first: Option<DateTime>,
    /// Through its city, past a late one, or of the province's own.
    taken_up: bool,
    settled: bool,
    absent: bool,
    until: Option<Date>,
    asked: bool,
    decided: bool,
}

impl Year {
    fn follows(&mut self, before: &Stage, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Submit { at } => {
                if let Stage::Returned { due, .. } = before {
                    prop_assert!(at.date() <= *due, "corrected after the last day");
                }
                self.first.get_or_insert(*at);
            }
            Step::Return { before, most, .. } => prop_assert!(before < most, "sent back too often"),
            Step::Accept { own, at, city } => {
                prop_assert!(*own || city.passed(*at), "past a city that is not late");
                self.taken_up = true;
            }
            Step::Forward => self.taken_up = true,
            Step::Settle => {
                prop_assert!(self.first.is_some() && self.taken_up, "settled without material");
                self.settled = true;
            }
            Step::Reopen { .. } => {
                prop_assert!(self.settled && !self.absent, "nothing was settled");
                *self = Year { first: self.first, taken_up: true, ..Year::default() };
            }
            Step::FindAbsent { at, due, statement } => {
                prop_assert!(due.passed(*at) && self.first.is_none_or(|first| due.passed(first)), "not late");
                prop_assert!(statement.is_some_and(|until| at.date() > until), "not heard");
                self.absent = true;
            }
            Step::Restore => self.absent = false,
            Step::FeedBack { until } => {
                prop_assert!(self.settled || self.absent, "nothing to tell");
                (self.until, self.asked, self.decided) = (Some(*until), false, false);
            }
            Step::Request { at } => {
                prop_assert!(self.until.is_some_and(|until| at.date() <= until), "asked too late");
                self.asked = true;
            }
            Step::Decide => {
                prop_assert!(self.asked, "nobody asked");
                self.decided = true;
            }
            Step::Grade { at } => {
                let waited = self.until.is_some_and(|until| at.date() > until);
                prop_assert!(
                    if self.asked { self.decided } else { waited },
                    "graded before the time for review is over"
                );
            }
            Step::Check | Step::Archive => {}
        }
        Ok(())
    }
}

/// Walks through a year; the keys of the stages it passed.
fn walk(attempts: &[Attempt]) -> Result<BTreeSet<&'static str>, TestCaseError> {
    let (mut stage, mut at) = (Stage::Filling, date(2027, 1, 10).at(9, 0, 0, 0));
    let (mut year, mut passed) = (Year::default(), BTreeSet::from([stage.key()]));
    for tried in attempts {
        at = at.saturating_add(tried.after.minutes());
        let step = if tried.onward { onward(&stage, at, tried.yes) } else { step(tried, at, year.settled) };
        let Ok(next) = take(stage.clone(), step.clone()) else { continue };
        year.follows(&stage, &step)?;
        prop_assert_eq!(next.first(), year.first, "the first receipt moved by {:?}", step);
        prop_assert!(!matches!(stage, Stage::Archived { .. }), "{step:?} after the archive");
        prop_assert!(next.key() != "archived" || stage.key() == "graded", "archived without a grade");
        stage = next;
        passed.insert(stage.key());
    }
    Ok(passed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Articles 10 and 14, readings K46, K47, K51 and K81: no grade before a result was told and its time for review is
    /// over, no absence without a deadline, a notice and time to answer, and the first receipt stays.
    #[test]
    fn a_year_ends_only_after_what_has_to_come_before(attempts in attempts()) {
        walk(&attempts)?;
    }
}

/// The property above is not empty: such walks reach every stage there is.
#[test]
fn the_walks_reach_every_stage() {
    let (mut runner, strategy) = (TestRunner::deterministic(), attempts());
    let mut passed = BTreeSet::new();
    for _ in 0..1000 {
        let tried = strategy.new_tree(&mut runner).expect("a walk").current();
        passed.extend(walk(&tried).expect("holds"));
    }
    // A year that is not opened or not over is no stage a step leads to.
    let missed = STAGES.map(|(key, _)| key).into_iter().filter(|key| *key != "waiting" && !passed.contains(key));
    assert_eq!(missed.collect::<Vec<_>>(), [""; 0]);
}
