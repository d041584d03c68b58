//! No path through Article 8 ends at a confirmed station without a shortlist, a notice that has run out, and every
//! objection decided, whatever is tried and in whatever order.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};
use proptest::collection::vec;
use proptest::prelude::*;
use regulation::admission::{Desk, Route, Stage, Step, take};
use regulation::general::Due;

/// Something somebody tries, so many minutes after what was tried before.
#[derive(Clone, Debug)]
struct Attempt {
    after: i64,
    what: u8,
    days: i8,
    number: usize,
    yes: bool,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    // What leads on is tried more often than its rank among the steps would have it.
    let what = prop_oneof![0u8..13, Just(0u8), Just(5), Just(7), Just(8), Just(9), Just(12)];
    let attempt = (0i64..5000, what, 0i8..8, 0usize..4, any::<bool>());
    vec(attempt.prop_map(|(after, what, days, number, yes)| Attempt { after, what, days, number, yes }), 1..60)
}

fn day(at: DateTime, days: i8) -> Date {
    at.date().saturating_add(i64::from(days).days())
}

fn step(attempt: &Attempt, at: DateTime) -> Step {
    let by = if attempt.yes { Desk::City } else { Desk::Province };
    let route = if attempt.yes { Route::City } else { Route::Direct };
    match attempt.what {
        0 => Step::Submit { at, route, due: Due::day(day(at, attempt.days)), gaps: attempt.number / 3 },
        1 => Step::Resubmit { at, gaps: attempt.number / 3 },
        2 => Step::Withdraw,
        3 => Step::Return { by, due: day(at, attempt.days), before: 0, most: 1 },
        4 => Step::Resume { at },
        5 => Step::Pass { unmet: attempt.number / 3 },
        6 => Step::Decline { by },
        7 => Step::Forward,
        8 => Step::Accept,
        9 => Step::Shortlist { locked: attempt.number, needed: 3, passed: attempt.yes },
        10 => Step::Strike,
        11 => Step::Notice { until: day(at, attempt.days) },
        _ => Step::Confirm { at, open: attempt.number / 3 },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_confirmed_without_a_notice_that_has_passed(attempts in vec(attempts(), 1..3).prop_map(|a| a.concat())) {
        let (mut stage, mut at) = (Stage::Draft, date(2026, 4, 1).at(9, 0, 0, 0));
        let (mut listed, mut noticed) = (false, None);
        for attempt in attempts {
            at = at.saturating_add(attempt.after.minutes());
            let step = step(&attempt, at);
            let Ok(next) = take(stage.clone(), step.clone()) else { continue };
            match step {
                Step::Shortlist { locked, needed, passed } => {
                    prop_assert!(passed && locked >= needed);
                    listed = true;
                }
                Step::Notice { until } => {
                    prop_assert!(listed);
                    noticed = Some(until);
                }
                Step::Confirm { open, .. } => {
                    let until = noticed.expect("a notice before the confirmation");
                    prop_assert!(listed && open == 0 && at.date() > until, "{at} {until}");
                }
                _ => prop_assert!(next.key() != "confirmed"),
            }
            stage = next;
        }
    }
}

/// The steps that lead on do lead there: the property above is not empty.
#[test]
fn the_straight_path_leads_to_confirmation() {
    let at = date(2026, 4, 1).at(9, 0, 0, 0);
    let until = date(2026, 9, 18);
    let steps = [
        Step::Submit { at, route: Route::City, due: Due::day(date(2026, 4, 30)), gaps: 0 },
        Step::Pass { unmet: 0 },
        Step::Forward,
        Step::Accept,
        Step::Shortlist { locked: 3, needed: 3, passed: true },
        Step::Notice { until },
        Step::Confirm { at: date(2026, 9, 19).at(0, 0, 0, 0), open: 0 },
    ];
    let end = steps.into_iter().try_fold(Stage::Draft, take).expect("each step is allowed");
    assert!(matches!(end, Stage::Confirmed { .. }));
}
