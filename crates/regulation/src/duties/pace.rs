//! How fast early warnings may be handed over, and when they wait (Article 5 (1)): the pace a channel bears, hours in which
//! nobody is disturbed, and many that become one digest. Limits here are the channels' own, not the measures'.

use jiff::civil::{DateTime, Time};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

/// A token bucket: so many at once, and one more after each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Messages that may go at once when nothing went for long; at least one.
    pub capacity: i32,
    /// After how long one more may go.
    pub refill: SignedDuration,
}

/// What a group's robot bears: twenty messages a minute, beyond which DingTalk shuts it out for ten minutes. One each three
/// seconds and none saved up, so that no minute has more wherever it begins.
pub const ROBOT: Pace = Pace { capacity: 1, refill: SignedDuration::from_secs(3) };

/// Whether the next message may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It may, and this is the bucket after it.
    Go(Bucket),
    /// Not before this instant.
    Wait(Timestamp),
}

/// The state of a bucket, in one instant: when it will be full again. A bucket never used is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket(pub Option<Timestamp>);

impl Pace {
    /// Takes one message out of the bucket, if there is one in it.
    pub fn take(self, bucket: Bucket, now: Timestamp) -> Turn {
        let room = self.refill.saturating_mul(self.capacity.max(1));
        let latest = later(now, room);
        // An instant further off than an empty bucket needs comes from a clock that was set back.
        let full = bucket.0.map_or(now, |full| full.clamp(now, latest));
        let after = later(full, self.refill);
        if after <= latest { Turn::Go(Bucket(Some(after))) } else { Turn::Wait(later(after, -room)) }
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

/// Hours of the day in China in which a person is not disturbed; they may go over midnight. Equal ends mean none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    pub from: Time,
    pub to: Time,
}

impl Default for Quiet {
    /// 22:00 to 08:00.
    fn default() -> Quiet {
        Quiet { from: Time::constant(22, 0, 0, 0), to: Time::constant(8, 0, 0, 0) }
    }
}

impl Quiet {
    /// Until when a message waits, in China time; `None` when it goes now. The most urgent level (红) never waits.
    pub fn wait(self, most_urgent: bool, now: DateTime) -> Option<DateTime> {
        let time = now.time();
        let over_midnight = self.to < self.from;
        let quiet = match over_midnight {
            false => self.from <= time && time < self.to,
            true => self.from <= time || time < self.to,
        };
        if most_urgent || !quiet {
            return None;
        }
        let tomorrow = over_midnight && time >= self.from;
        let day = if tomorrow { now.date().checked_add(1.day()).ok()? } else { now.date() };
        Some(day.to_datetime(self.to))
    }
}

/// What goes to one address in one pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parcel<T> {
    One(T),
    /// Several told in one message, oldest first.
    Digest(Vec<T>),
}

/// All that waits for one address, as it goes: one by one, and as a single digest when there are more than `most`.
pub fn parcels<T>(waiting: Vec<T>, most: usize) -> Vec<Parcel<T>> {
    if waiting.len() > most.max(1) {
        vec![Parcel::Digest(waiting)]
    } else {
        waiting.into_iter().map(Parcel::One).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_790_000_000_000 + milliseconds).expect("an instant")
    }

    /// When messages go that are tried at these instants.
    fn gone(pace: Pace, tried: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let mut bucket = Bucket::default();
        let mut gone = Vec::new();
        for moment in tried {
            if let Turn::Go(after) = pace.take(bucket, at(moment)) {
                bucket = after;
                gone.push(moment);
            }
        }
        gone
    }

    #[test]
    fn a_robot_sends_one_each_three_seconds() {
        let Turn::Go(after) = ROBOT.take(Bucket::default(), at(0)) else { panic!("a full bucket") };
        assert_eq!(ROBOT.take(after, at(0)), Turn::Wait(at(3000)));
        assert_eq!(ROBOT.take(after, at(2999)), Turn::Wait(at(3000)));
        assert_eq!(ROBOT.take(after, at(3000)), Turn::Go(Bucket(Some(at(6000)))));
        assert_eq!(gone(ROBOT, (0..60_000).step_by(100)).len(), 20);
        // Nothing is saved up while nothing goes.
        assert_eq!(gone(ROBOT, (600_000..603_000).step_by(100)).len(), 1);
    }

    #[test]
    fn what_is_saved_up_goes_at_once_and_then_one_by_one() {
        let five = Pace { capacity: 5, refill: SignedDuration::from_secs(10) };
        assert_eq!(
            gone(five, [0, 0, 0, 0, 0, 0, 9_999, 10_000, 10_000, 30_000, 30_000, 30_000]),
            [0, 0, 0, 0, 0, 10_000, 30_000, 30_000]
        );
    }

    #[test]
    fn a_clock_set_back_does_not_stop_a_channel() {
        let Turn::Go(after) = ROBOT.take(Bucket::default(), at(86_400_000)) else { panic!("a full bucket") };
        assert_eq!(ROBOT.take(after, at(0)), Turn::Wait(at(3000)));
    }

    #[test]
    fn instants_at_the_ends_of_time_are_borne() {
        for edge in [Timestamp::MIN, Timestamp::MAX] {
            assert!(matches!(ROBOT.take(Bucket::default(), edge), Turn::Go(_) | Turn::Wait(_)));
        }
    }

    proptest! {
        #[test]
        fn no_minute_has_more_than_twenty(gaps in prop::collection::vec(0i64..4000, 1..300)) {
            let tried = gaps.iter().scan(0, |moment, gap| { *moment += gap; Some(*moment) });
            let gone = gone(ROBOT, tried);
            for (first, moment) in gone.iter().enumerate() {
                let within = gone[first..].iter().take_while(|other| **other < moment + 60_000).count();
                prop_assert!(within <= 20, "{within} from {moment}");
            }
        }

        /// In any span no more go than the bucket holds and what came in meanwhile.
        #[test]
        fn a_bucket_gives_what_it_holds_and_no_more(
            capacity in 1i32..8, refill in 1i64..5000, gaps in prop::collection::vec(0i64..3000, 1..200),
        ) {
            let pace = Pace { capacity, refill: SignedDuration::from_millis(refill) };
            let gone = gone(pace, gaps.iter().scan(0, |moment, gap| { *moment += gap; Some(*moment) }));
            for (first, moment) in gone.iter().enumerate() {
                for (further, other) in gone[first..].iter().enumerate() {
                    let most = i64::from(capacity) + (other - moment) / refill;
                    prop_assert!(i64::try_from(further + 1).expect("few") <= most, "{moment} to {other}");
                }
            }
        }

        /// Told to wait, one goes at that instant and not a millisecond before.
        #[test]
        fn the_instant_named_is_the_first(
            capacity in 1i32..8, refill in 1i64..5000, full in 0i64..100_000, now in 0i64..100_000,
        ) {
            let pace = Pace { capacity, refill: SignedDuration::from_millis(refill) };
            let bucket = Bucket(Some(at(full)));
            if let Turn::Wait(until) = pace.take(bucket, at(now)) {
                prop_assert!(until > at(now));
                // As after a clock that was not set back: the bucket is empty at most.
                let bucket = Bucket(Some(at(full.min(now + refill * i64::from(capacity)))));
                prop_assert!(matches!(pace.take(bucket, until), Turn::Go(_)));
                let before = until - SignedDuration::from_millis(1);
                prop_assert_eq!(pace.take(bucket, before), Turn::Wait(until));
            }
        }

        /// Held back, a message goes when the quiet hours end, within a day, and not before.
        #[test]
        fn quiet_hours_end(from in 0i8..24, to in 0i8..24, hour in 0i8..24, minute in 0i8..60) {
            let quiet = Quiet { from: time(from, 0, 0, 0), to: time(to, 0, 0, 0) };
            let now = date(2026, 12, 31).at(hour, minute, 0, 0);
            prop_assert_eq!(quiet.wait(true, now), None);
            if let Some(until) = quiet.wait(false, now) {
                prop_assert!(until > now && until <= now.checked_add(1.day()).expect("a day"));
                prop_assert_eq!(until.time(), quiet.to);
                prop_assert_eq!(quiet.wait(false, until), None);
            }
        }

        #[test]
        fn nothing_is_lost_in_parcels(count in 0usize..40, most in 0usize..40) {
            let waiting: Vec<usize> = (0..count).collect();
            let parcels = parcels(waiting.clone(), most);
            let back: Vec<usize> = parcels.iter().flat_map(|parcel| match parcel {
                Parcel::One(one) => vec![*one],
                Parcel::Digest(many) => many.clone(),
            }).collect();
            prop_assert_eq!(back, waiting);
            prop_assert!(parcels.len() <= most.max(1));
        }
    }

    #[test]
    fn the_night_is_quiet_and_the_most_urgent_goes_through_it() {
        let quiet = Quiet::default();
        let night = |day, hour, minute| quiet.wait(false, date(2026, 12, day).at(hour, minute, 0, 0));
        let morning = |day| Some(date(2026, 12, day).at(8, 0, 0, 0));
        assert_eq!(night(30, 21, 59), None);
        assert_eq!(night(30, 22, 0), morning(31));
        assert_eq!(night(31, 0, 0), morning(31));
        assert_eq!(night(31, 7, 59), morning(31));
        assert_eq!(night(31, 8, 0), None);
        assert_eq!(night(31, 23, 0), Some(date(2027, 1, 1).at(8, 0, 0, 0)));
        assert_eq!(quiet.wait(true, date(2026, 12, 31).at(23, 0, 0, 0)), None);
    }

    #[test]
    fn a_rest_at_noon_and_none_at_all() {
        let noon = Quiet { from: time(12, 0, 0, 0), to: time(14, 0, 0, 0) };
        let day = date(2026, 12, 1);
        assert_eq!(noon.wait(false, day.at(13, 0, 0, 0)), Some(day.at(14, 0, 0, 0)));
        assert_eq!(noon.wait(false, day.at(14, 0, 0, 0)), None);
        let none = Quiet { from: time(8, 0, 0, 0), to: time(8, 0, 0, 0) };
        assert_eq!(none.wait(false, day.at(8, 0, 0, 0)), None);
    }

    #[test]
    fn more_than_so_many_become_one() {
        assert_eq!(parcels(vec![1, 2, 3], 3), [Parcel::One(1), Parcel::One(2), Parcel::One(3)]);
        assert_eq!(parcels(vec![1, 2, 3, 4], 3), [Parcel::Digest(vec![1, 2, 3, 4])]);
        assert_eq!(parcels(vec![1], 0), [Parcel::One(1)], "one alone is no digest");
    }
}
