//! 网站探测 (Article 5 (3), the row on the website; readings K60, K84): whether a station's website opened, day by day.
//! The machine tells how often it did; a person decides what that means for the points.

use jiff::civil::Date;

/// Who opened the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The worker, once a day.
    Machine,
    /// An official, by hand.
    Department,
    /// The station itself, by hand.
    Station,
}

impl Origin {
    pub const ALL: [(Origin, &'static str, &'static str); 3] = [
        (Origin::Machine, "machine", "自动探测"),
        (Origin::Department, "department", "主管部门登记"),
        (Origin::Station, "station", "工作站登记"),
    ];

    pub fn key(self) -> &'static str {
        Origin::ALL.iter().find(|(origin, ..)| *origin == self).map_or("", |(_, key, _)| key)
    }

    pub fn name(self) -> &'static str {
        Origin::ALL.iter().find(|(origin, ..)| *origin == self).map_or("", |(.., name)| name)
    }

    pub fn from_key(key: &str) -> Option<Origin> {
        Origin::ALL.iter().find(|(_, known, _)| *known == key).map(|(origin, ..)| *origin)
    }

    /// Whether a look counts: what a station says of its own website is kept and shown, and counts for nothing.
    pub fn counts(self) -> bool {
        self != Origin::Station
    }
}

/// One look that counts: the day in China, and whether the page opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub on: Date,
    pub opened: bool,
}

/// How often a website opened over the days it was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    /// Days on which it was looked at.
    pub days: i64,
    /// Of these, days on which it opened.
    pub opened: i64,
    /// Days looked at since it last opened.
    pub failing: i64,
    /// The last day it was looked at.
    pub last: Option<Look>,
}

impl Availability {
    /// From the looks that count, in the order they were taken. On a day with several the last one tells.
    pub fn of(looks: impl IntoIterator<Item = Look>) -> Availability {
        let mut known = Availability::default();
        let mut days: Vec<Look> = Vec::new();
        for look in looks {
            match days.last_mut().filter(|last| last.on == look.on) {
                Some(last) => *last = look,
                None => days.push(look),
            }
        }
        for look in days {
            known.days += 1;
            known.opened += i64::from(look.opened);
            known.failing = if look.opened { 0 } else { known.failing + 1 };
            known.last = Some(look);
        }
        known
    }

    /// The share of days on which it opened, in tenths of a percent, rounded down; `None` when nobody looked.
    pub fn permille(&self) -> Option<i64> {
        (self.days > 0).then(|| self.opened * 1000 / self.days)
    }

    /// Whether it opened on less than so many percent of the days (reading K60).
    pub fn below(&self, percent: i64) -> bool {
        self.days > 0 && self.opened * 100 < percent * self.days
    }

    /// Whether it failed on so many days looked at in a row, or more; an edition that names no number warns of none.
    pub fn failing_for(&self, days: i64) -> bool {
        days > 0 && self.failing >= days
    }
}

/// `93.5%`.
pub fn percent(permille: i64) -> String {
    format!("{}.{}%", permille / 10, permille % 10)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn looks(of: &[(i8, bool)]) -> Availability {
        Availability::of(of.iter().map(|(day, opened)| Look { on: date(2026, 9, *day), opened: *opened }))
    }

    #[test]
    fn a_day_is_told_by_its_last_look() {
        let known = looks(&[(1, true), (2, true), (2, false), (3, false), (3, true), (4, false), (4, false)]);
        assert_eq!((known.days, known.opened, known.failing), (4, 2, 1));
        assert_eq!(known.last, Some(Look { on: date(2026, 9, 4), opened: false }));
    }

    #[test]
    fn three_days_in_a_row_warn_and_one_that_opens_ends_it() {
        assert!(!looks(&[(1, false), (2, false)]).failing_for(3));
        // Days nobody looked at neither end the row nor make it longer.
        assert!(looks(&[(1, false), (2, false), (9, false)]).failing_for(3));
        assert!(!looks(&[(1, false), (2, false), (3, false), (4, true)]).failing_for(3));
        assert!(!looks(&[(1, false), (2, false), (3, false)]).failing_for(0), "an edition without the number");
    }

    #[test]
    fn ninety_percent_is_not_below_ninety() {
        let days = |opened: i8, of: i8| looks(&(1..=of).map(|day| (day, day <= opened)).collect::<Vec<_>>());
        assert!(!days(9, 10).below(90));
        assert!(days(26, 29).below(90), "89.65 %");
        assert_eq!(days(26, 29).permille().map(percent), Some("89.6%".to_owned()));
        assert_eq!(looks(&[]).permille(), None);
        assert!(!looks(&[]).below(90), "nobody looked: nothing is said");
    }

    #[test]
    fn what_a_station_says_of_itself_does_not_count() {
        assert_eq!(Origin::ALL.map(|(origin, ..)| origin.counts()), [true, true, false]);
    }
}
