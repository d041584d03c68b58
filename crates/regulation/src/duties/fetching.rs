//! 自动抓取 (Article 5 (1)): when a source of foreign notices is asked again, and for which days. The numbers are what the
//! sources bear, not the measures'. The caller draws the seed: the same one gives the same instant.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

/// The wait after the first failure; each further one doubles it.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(5);
/// No wait after a failure grows longer than this by itself.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(12);
/// A source that asks to be left alone longer is asked again after this all the same.
const LONGEST_HEEDED: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Between two parts of a time that is made up for.
const BETWEEN_PARTS: SignedDuration = SignedDuration::from_mins(1);

/// When a source that answered is asked again: after `every` and up to a tenth more, so that many installations do not come
/// at once.
pub fn after_success(now: Timestamp, every: SignedDuration, seed: u64) -> Timestamp {
    later(now, spread(every, seed))
}

/// When a source that answered for a part of the missing days is asked for the next.
pub fn after_part(now: Timestamp) -> Timestamp {
    later(now, BETWEEN_PARTS)
}

/// When a source that failed so many times on end, this time included, is asked again; not before the instant it asks for.
pub fn after_failure(now: Timestamp, failures: u32, asked: Option<SignedDuration>, seed: u64) -> Timestamp {
    let doubled = 1_i32.checked_shl(failures.saturating_sub(1)).filter(|times| *times > 0);
    let wait = doubled.map_or(LONGEST_WAIT, |times| FIRST_WAIT.saturating_mul(times).min(LONGEST_WAIT));
    let asked = asked.unwrap_or_default().min(LONGEST_HEEDED);
    later(now, spread(wait, seed).max(asked))
}

/// A wait and up to a tenth more, in whole seconds.
fn spread(wait: SignedDuration, seed: u64) -> SignedDuration {
    let seconds = u64::try_from(wait.as_secs()).unwrap_or_default();
    let more = seed % (seconds / 10 + 1);
    wait.saturating_add(SignedDuration::from_secs(i64::try_from(more).unwrap_or_default()))
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// How far one question to a source reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Days before the last one covered that are asked for again: for what is published late or on the other side of the
    /// date line.
    pub overlap: i32,
    /// Days asked for at once, at most; counted up to two more than the overlap, or nothing would be gained.
    pub most: i32,
}

impl Reach {
    /// Days a question must have to get beyond those known already.
    fn least(self) -> i32 {
        self.overlap.max(0).saturating_add(2)
    }
}

/// Days of publication asked for, both ends with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    pub from: Date,
    pub until: Date,
}

impl Days {
    /// The days asked for next: from some days before the last one `covered` until today, no more than `reach` allows at
    /// once. A source never asked is asked for as many as go into one question.
    pub fn next(covered: Option<Date>, today: Date, reach: Reach) -> Days {
        let most = reach.most.max(reach.least());
        let from = match covered {
            // A day still to come was noted by a clock that was ahead.
            Some(covered) => covered.min(today).saturating_sub(reach.overlap.max(0).days()),
            None => today.saturating_sub((most - 1).days()),
        };
        Days { from, until: from.saturating_add((most - 1).days()).min(today) }
    }

    /// The earlier half, when these are too many for the source; `None` when half would not get beyond what is known.
    pub fn halved(self, reach: Reach) -> Option<Days> {
        let half = (self.count() + 1) / 2;
        let fewer = half < self.count() && half >= reach.least();
        fewer.then(|| Days { until: self.from.saturating_add((half - 1).days()), ..self })
    }

    pub fn count(self) -> i32 {
        self.from.until(self.until).map_or(0, |span| span.get_days()) + 1
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const REACH: Reach = Reach { overlap: 3, most: 14 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + seconds).expect("an instant")
    }

    fn minutes(failures: u32) -> i64 {
        after_failure(at(0), failures, None, 0).duration_since(at(0)).as_mins()
    }

    #[test]
    fn waits_double_and_have_a_ceiling() {
        let waits: Vec<i64> = (1..=9).map(minutes).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 720]);
        assert_eq!((minutes(0), minutes(32), minutes(u32::MAX)), (5, 720, 720));
    }

    #[test]
    fn a_source_is_left_alone_as_long_as_it_asks() {
        let hours = |hours| after_failure(at(0), 1, Some(SignedDuration::from_hours(hours)), 0).duration_since(at(0));
        assert_eq!(hours(3), SignedDuration::from_hours(3));
        assert_eq!(hours(0), SignedDuration::from_mins(5), "its word makes no wait shorter");
        assert_eq!(hours(10_000), SignedDuration::from_hours(168), "nor endless");
    }

    #[test]
    fn a_week_of_failures_is_made_up_for() {
        let days = Days::next(Some(date(2026, 9, 11)), date(2026, 9, 18), REACH);
        assert_eq!(days, Days { from: date(2026, 9, 8), until: date(2026, 9, 18) });
        let first = Days::next(None, date(2026, 9, 18), REACH);
        assert_eq!((first.from, first.until, first.count()), (date(2026, 9, 5), date(2026, 9, 18), 14));
        let ahead = Days::next(Some(date(2027, 1, 1)), date(2026, 9, 18), REACH);
        assert_eq!(ahead, Days { from: date(2026, 9, 15), until: date(2026, 9, 18) });
    }

    #[test]
    fn too_many_days_are_halved_as_long_as_that_helps() {
        let days = Days { from: date(2026, 9, 1), until: date(2026, 9, 14) };
        let half = days.halved(REACH).expect("half");
        assert_eq!(half, Days { from: date(2026, 9, 1), until: date(2026, 9, 7) });
        assert_eq!(half.halved(REACH), None, "four days reach no day that is not known");
    }

    proptest! {
        #[test]
        fn instants_lie_where_they_should_and_are_the_same_for_a_seed(
            hours in 1i64..48, seed: u64, failures in 1u32..40, asked in 0i64..1_000_000,
        ) {
            let every = SignedDuration::from_hours(hours);
            let next = after_success(at(0), every, seed);
            prop_assert!(next >= at(0) + every && next <= at(0) + every + every / 10);
            prop_assert_eq!(next, after_success(at(0), every, seed));
            let asked = SignedDuration::from_secs(asked);
            let again = after_failure(at(0), failures, Some(asked), seed);
            let wait = again.duration_since(at(0));
            prop_assert!(wait >= FIRST_WAIT && wait >= asked.min(LONGEST_HEEDED));
            prop_assert!(wait <= (LONGEST_WAIT + LONGEST_WAIT / 10).max(asked));
            prop_assert!(again <= after_failure(at(0), failures + 1, Some(asked), seed) + LONGEST_WAIT / 10);
        }

        /// Question after question gets to today, with no day left out and none longer than allowed.
        #[test]
        fn no_day_is_left_out(overlap in 0i32..10, most in 1i32..40, missed in 0i32..400, halve: bool) {
            let reach = Reach { overlap, most };
            let today = date(2026, 9, 18);
            let mut covered = today - missed.days();
            for _ in 0..=missed {
                let mut days = Days::next(Some(covered), today, reach);
                if halve {
                    days = days.halved(reach).unwrap_or(days);
                }
                prop_assert!(days.from <= covered && days.until <= today, "{days:?} after {covered}");
                prop_assert!(days.count() <= most.max(overlap + 2));
                prop_assert!(days.until > covered || covered == today, "{days:?} gains nothing");
                covered = days.until;
                if covered == today {
                    break;
                }
            }
            prop_assert_eq!(covered, today);
        }
    }

    #[test]
    fn the_ends_of_time_are_borne() {
        assert_eq!(after_success(Timestamp::MAX, SignedDuration::from_hours(6), 7), Timestamp::MAX);
        assert_eq!(after_part(at(0)), at(60));
        let days = Days::next(Some(Date::MIN), Date::MIN, REACH);
        assert!(days.from <= days.until);
    }
}
