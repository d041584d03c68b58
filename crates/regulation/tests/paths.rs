//! What no sequence of steps reaches, whatever is tried in whatever order on whatever day: the year's inspection, misuse
//! of a name, merging, leaving and renaming. Confirmation and revocation have theirs in `confirmation` and `adjustment`.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, date};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use regulation::adjustment::{leaving, merging, misuse, renaming};
use regulation::appraisal::inspection::{Desk, STAGES, Stage, Step, take};
use regulation::general::{Due, Refusal};

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

/// Takes what is allowed of these steps: where that leads, and what was taken.
fn taken<S: Copy, T: Copy>(first: S, steps: Vec<T>, take: impl Fn(S, T) -> Result<S, Refusal>) -> (S, Vec<T>) {
    let mut trail = Vec::new();
    let last = steps.into_iter().fold(first, |stage, step| match take(stage, step) {
        Ok(next) => {
            trail.push(step);
            next
        }
        Err(_) => stage,
    });
    (last, trail)
}

fn near() -> impl Strategy<Value = Date> {
    (0i64..10).prop_map(|days| date(2027, 4, 9).saturating_add(days.days()))
}

fn of_misuse() -> impl Strategy<Value = Vec<misuse::Step>> {
    use misuse::Step;
    let handle = (near(), 0i8..24, any::<bool>());
    let step = prop_oneof![
        2 => Just(Step::Verify),
        2 => near().prop_map(|due| Step::Notify { due }),
        3 => handle.prop_map(|(on, hour, stated)| Step::Handle { at: on.at(hour, 0, 0, 0), stated }),
        1 => Just(Step::Drop),
    ];
    vec(step, 0..20)
}

fn of_merging() -> impl Strategy<Value = Vec<merging::Step>> {
    use merging::Step;
    let carry = (near(), 0usize..2).prop_map(|(on, open)| Step::Carry { on, open });
    vec(prop_oneof![Just(Step::Decide), carry, Just(Step::Drop)], 0..12)
}

fn of_leaving() -> impl Strategy<Value = Vec<leaving::Step>> {
    use leaving::Step;
    let approve = (near(), 0usize..2).prop_map(|(on, open)| Step::Approve { on, open });
    let rest = select(vec![Step::Forward, Step::Decline, Step::Withdraw, Step::Lapse]);
    vec(prop_oneof![approve, rest], 0..8)
}

fn of_renaming() -> impl Strategy<Value = Vec<renaming::Step>> {
    use renaming::Step;
    let acknowledge = near().prop_map(|on| Step::Acknowledge { on });
    let rest = select(vec![Step::Forward, Step::Decline, Step::Withdraw, Step::Lapse]);
    vec(prop_oneof![acknowledge, rest], 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Article 4: nobody is dealt with before the facts were verified and they were told and could speak.
    #[test]
    fn no_misuse_is_handled_unheard(steps in of_misuse()) {
        use misuse::{Stage, Step};
        let (last, trail) = taken(Stage::Reported, steps, misuse::take);
        if last == Stage::Handled {
            let [Step::Verify, Step::Notify { due }, Step::Handle { at, stated }] = trail[..] else {
                return Err(TestCaseError::fail(format!("{trail:?}")));
            };
            prop_assert!(stated || at.date() > due, "{at} {due}");
        }
    }

    /// Article 16: nothing moves without a decision, nor while a case has no place to go.
    #[test]
    fn no_merger_without_a_decision_or_with_an_open_case(steps in of_merging()) {
        use merging::{Stage, Step};
        let (last, trail) = taken(Stage::Drafted, steps, merging::take);
        if let Stage::Done { on } = last {
            prop_assert_eq!(trail, [Step::Decide, Step::Carry { on, open: 0 }]);
        }
    }

    /// Article 15: nobody leaves with an open case, nor past the city that manages the station.
    #[test]
    fn nobody_leaves_past_the_city_or_with_an_open_case(of_city in any::<bool>(), steps in of_leaving()) {
        use leaving::{Stage, Step};
        let first = leaving::request("有效", !of_city).expect("in force");
        let (last, trail) = taken(first, steps, leaving::take);
        if let Stage::Left { on } = last {
            let way = [Step::Forward, Step::Approve { on, open: 0 }];
            prop_assert_eq!(trail, &way[usize::from(!of_city)..]);
        }
    }

    /// Article 15: a name changes on the province's word alone, after the city's where it manages the station.
    #[test]
    fn no_name_changes_past_the_city(of_city in any::<bool>(), steps in of_renaming()) {
        use renaming::{Stage, Step};
        let first = renaming::file("有效", !of_city, "A", "A").expect("in force");
        let (last, trail) = taken(first, steps, renaming::take);
        if let Stage::Acknowledged { on } = last {
            let way = [Step::Forward, Step::Acknowledge { on }];
            prop_assert_eq!(trail, &way[usize::from(!of_city)..]);
        }
    }
}
