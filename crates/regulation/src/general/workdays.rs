//! Working days: each year's official holiday arrangement as data, and what it does to a deadline (readings K27, K28).

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Time, Weekday};
use serde::{Deserialize, Serialize};

/// A year's published arrangement: what differs from plain weekends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidayYear {
    pub year: i16,
    /// The document it was published in.
    pub source: String,
    /// Days off, weekends among them or not.
    pub off: Vec<Date>,
    /// Weekend days that are worked.
    pub work: Vec<Date>,
}

impl HolidayYear {
    /// Whether the arrangement can be one.
    ///
    /// # Errors
    /// One Chinese sentence on the first thing wrong.
    pub fn check(&self) -> Result<(), String> {
        if !(2000..=2100).contains(&self.year) {
            return Err(format!("年份 {} 不在 2000 至 2100 之间", self.year));
        }
        if self.source.trim().is_empty() {
            return Err("没有写明公布文件".to_owned());
        }
        if self.off.is_empty() {
            return Err(format!("{}年没有一个放假日", self.year));
        }
        // An arrangement may begin or end a few days outside its year.
        let near = |day: &Date| (day.year() - self.year).abs() <= 1;
        if let Some(day) = self.off.iter().chain(&self.work).find(|day| !near(day)) {
            return Err(format!("{day} 不属于{}年", self.year));
        }
        if let Some(day) = self.off.iter().find(|day| self.work.contains(day)) {
            return Err(format!("{day} 既放假又上班"));
        }
        if let Some(day) = self.work.iter().find(|day| !weekend(**day)) {
            return Err(format!("{day} 不是周末，不须列为上班日"));
        }
        Ok(())
    }
}

/// Arrangements by year. A year that is not here is not published yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workdays {
    years: BTreeMap<i16, HolidayYear>,
}

/// The day something is due, and the last second of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub on: Date,
    /// Last second that is in time, China Standard Time.
    pub time: Time,
    /// 暂计: it runs into a year whose arrangement is not published, so a person has to confirm it (reading K28).
    pub tentative: bool,
}

impl Due {
    /// The whole day counts.
    pub fn day(on: Date) -> Due {
        Due { on, time: Time::constant(23, 59, 59, 0), tentative: false }
    }

    /// Whether that moment in China is too late. 23:59:59 is in time to its end, 00:00:00 is not.
    pub fn passed(&self, now: DateTime) -> bool {
        let second = Time::constant(now.hour(), now.minute(), now.second(), 0);
        (now.date(), second) > (self.on, self.time)
    }

    /// `2027-02-01`, with 暂计 where it is not settled.
    pub fn text(&self) -> String {
        if self.tentative { format!("{}（暂计）", self.on) } else { self.on.to_string() }
    }
}

fn weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

impl Workdays {
    pub fn new(years: impl IntoIterator<Item = HolidayYear>) -> Workdays {
        Workdays { years: years.into_iter().map(|year| (year.year, year)).collect() }
    }

    pub fn published(&self, year: i16) -> Option<&HolidayYear> {
        self.years.get(&year)
    }

    /// Years whose arrangement is here, oldest first.
    pub fn years(&self) -> impl DoubleEndedIterator<Item = &HolidayYear> {
        self.years.values()
    }

    /// Whether a day is worked, by plain weekends where its year is not published.
    pub fn works(&self, day: Date) -> bool {
        // A neighbouring year's arrangement may speak of this day: the new year's holiday may begin in December.
        let spoken = (day.year() - 1..=day.year() + 1).filter_map(|year| self.years.get(&year));
        for year in spoken {
            if year.off.contains(&day) {
                return false;
            }
            if year.work.contains(&day) {
                return true;
            }
        }
        !weekend(day)
    }

    /// The day itself, or the first working day after it (reading K28).
    pub fn roll(&self, day: Date) -> Due {
        let mut on = day;
        let mut tentative = self.unsettled(on);
        while !self.works(on) {
            on = next(on);
            tentative |= self.unsettled(on);
        }
        Due { tentative, ..Due::day(on) }
    }

    /// The last of so many working days, counted from the day after `from` (readings K30, K32, K46).
    pub fn after(&self, from: Date, count: i64) -> Due {
        let (mut on, mut left, mut tentative) = (from, count.max(0), false);
        while left > 0 {
            on = next(on);
            tentative |= self.unsettled(on);
            left -= i64::from(self.works(on));
        }
        Due { tentative, ..Due::day(on) }
    }

    fn unsettled(&self, day: Date) -> bool {
        !self.years.contains_key(&day.year())
    }
}

fn next(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn with_2026() -> Workdays {
        Workdays::new([HolidayYear {
            year: 2026,
            source: "示例".to_owned(),
            off: (1..=7).map(|day| date(2026, 10, day)).collect(),
            work: vec![date(2026, 9, 20), date(2026, 10, 10)],
        }])
    }

    #[test]
    fn a_deadline_on_a_day_off_moves_to_the_next_day_worked() {
        let days = with_2026();
        assert_eq!(days.roll(date(2026, 9, 30)), Due::day(date(2026, 9, 30)));
        assert_eq!(days.roll(date(2026, 10, 1)), Due::day(date(2026, 10, 8)));
        // A Sunday, and a Saturday that is worked.
        assert_eq!(days.roll(date(2026, 5, 31)), Due::day(date(2026, 6, 1)));
        assert_eq!(days.roll(date(2026, 10, 10)), Due::day(date(2026, 10, 10)));
    }

    #[test]
    fn an_unpublished_year_is_flagged_and_never_taken_for_settled() {
        let days = with_2026();
        let due = days.roll(date(2027, 1, 31));
        assert_eq!((due.on, due.tentative), (date(2027, 2, 1), true));
        assert_eq!(due.text(), "2027-02-01（暂计）");
        assert!(days.after(date(2026, 12, 29), 3).tentative);
        assert!(!days.after(date(2026, 12, 21), 3).tentative);
    }

    #[test]
    fn working_days_are_counted_from_the_day_after() {
        let days = with_2026();
        // Friday 18 September, then a Sunday that is worked.
        assert_eq!(days.after(date(2026, 9, 18), 1).on, date(2026, 9, 20));
        assert_eq!(days.after(date(2026, 9, 14), 5).on, date(2026, 9, 20));
        assert_eq!(days.after(date(2026, 9, 28), 5).on, date(2026, 10, 10));
        assert_eq!(days.after(date(2026, 9, 28), 0).on, date(2026, 9, 28));
    }

    #[test]
    fn the_last_second_is_in_time_and_midnight_is_not() {
        let due = Due::day(date(2026, 4, 30));
        assert!(!due.passed(date(2026, 4, 30).at(23, 59, 59, 999_000_000)));
        assert!(due.passed(date(2026, 5, 1).at(0, 0, 0, 0)));
    }

    #[test]
    fn an_arrangement_that_cannot_be_is_named() {
        let good = with_2026().published(2026).expect("2026").clone();
        assert_eq!(good.check(), Ok(()));
        let wrong = HolidayYear { work: vec![date(2026, 10, 9)], ..good.clone() };
        assert_eq!(wrong.check(), Err("2026-10-09 不是周末，不须列为上班日".to_owned()));
        let both = HolidayYear { work: vec![date(2026, 10, 3)], ..good };
        assert_eq!(both.check(), Err("2026-10-03 既放假又上班".to_owned()));
    }
}
