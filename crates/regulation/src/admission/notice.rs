//! 公示和异议 (Article 8 (4), reading K32): how long a notice stands, who may object, and how an objection ends.

use jiff::civil::{Date, DateTime};

use crate::general::{Basis, Due, Refusal, Workdays};
use crate::law::Edition;

/// The last day of a notice put up on a day: counted from the day after.
pub fn last_day(published: Date, edition: &Edition, workdays: &Workdays) -> Due {
    workdays.after(published, edition.whole("notice.working_days"))
}

/// By when an objection raised on a day is to be decided.
pub fn decide_by(raised: Date, edition: &Edition, workdays: &Workdays) -> Due {
    workdays.after(raised, edition.whole("objection.working_days"))
}

/// Whether an objection to a notice is still taken.
///
/// # Errors
/// The refusal: the last day has passed.
pub fn objecting(until: Date, at: DateTime) -> Result<(), Refusal> {
    if Due::day(until).passed(at) {
        return Err(Refusal::new(Basis::Item("8-4"), format!("公示期至 {until} 24时，已届满，不再受理异议。")));
    }
    Ok(())
}

/// 处理结论 of an objection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ruling {
    /// 异议不成立.
    Dismissed,
    /// 异议成立，取消入选.
    Upheld,
}

impl Ruling {
    pub const ALL: [(Ruling, &'static str, &'static str); 2] = [
        (Ruling::Dismissed, "dismissed", "异议不成立，维持公示结果"),
        (Ruling::Upheld, "upheld", "异议成立，取消该单位的入选资格"),
    ];

    pub fn key(self) -> &'static str {
        Ruling::ALL.iter().find(|(ruling, ..)| *ruling == self).map_or("", |(_, key, _)| key)
    }

    pub fn name(self) -> &'static str {
        Ruling::ALL.iter().find(|(ruling, ..)| *ruling == self).map_or("", |(.., name)| name)
    }

    pub fn from_key(key: &str) -> Option<Ruling> {
        Ruling::ALL.iter().find(|(_, known, _)| *known == key).map(|(ruling, ..)| *ruling)
    }
}

/// Whether an objection can be decided that way.
///
/// # Errors
/// The refusal: it was decided before.
pub fn deciding(decided: bool) -> Result<(), Refusal> {
    if decided {
        return Err(Refusal::new(Basis::Item("8-4"), "该异议已经处理，处理意见不再改动。"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_objection_is_taken_to_the_last_second() {
        let until = date(2026, 9, 25);
        assert!(objecting(until, until.at(23, 59, 59, 999_000_000)).is_ok());
        let refusal = objecting(until, date(2026, 9, 26).at(0, 0, 0, 0)).expect_err("late");
        assert_eq!(refusal.to_string(), "公示期至 2026-09-25 24时，已届满，不再受理异议。（依据：办法第八条（四））");
    }

    #[test]
    fn a_ruling_is_read_back() {
        for (ruling, key, name) in Ruling::ALL {
            assert_eq!((Ruling::from_key(key), ruling.key(), ruling.name()), (Some(ruling), key, name));
        }
        assert!(deciding(true).expect_err("decided").basis.contains("第八条（四）"));
    }
}
