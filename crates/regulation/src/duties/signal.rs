//! 线索 (Article 5(1)): a foreign notice at a station's door. A machine brings it there; a person decides what becomes of
//! it: a warning, another station's, or nothing, with the reason.

use jiff::civil::{Date, DateTime};

use crate::general::{Basis, Due, Refusal, Workdays};

const ITEM: Basis = Basis::Item("5-1");

/// Where a signal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    Open,
    Accepted,
    HandedOver,
    Dismissed,
}

impl Stage {
    pub const ALL: [(Stage, &'static str, &'static str); 4] = [
        (Stage::Open, "open", "未处理"),
        (Stage::Accepted, "accepted", "已采用"),
        (Stage::HandedOver, "handed_over", "已移送"),
        (Stage::Dismissed, "dismissed", "不采用"),
    ];

    pub fn key(self) -> &'static str {
        Stage::ALL.iter().find(|(stage, ..)| *stage == self).map_or("", |(_, key, _)| key)
    }

    pub fn name(self) -> &'static str {
        Stage::ALL.iter().find(|(stage, ..)| *stage == self).map_or("", |(.., name)| name)
    }

    pub fn from_key(key: &str) -> Option<Stage> {
        Stage::ALL.iter().find(|(_, known, _)| *known == key).map(|(stage, ..)| *stage)
    }
}

/// What somebody wants done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A warning is written from it.
    Accept,
    HandOver,
    Dismiss,
}

/// What people call a step.
pub fn name_of(step: Step) -> &'static str {
    match step {
        Step::Accept => "采用",
        Step::HandOver => "移送",
        Step::Dismiss => "不采用",
    }
}

/// Article 5(1) as one match: what a step makes of a stage. A dismissed signal may still be taken up.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn take(stage: Stage, step: Step) -> Result<Stage, Refusal> {
    match (stage, step) {
        (Stage::Open | Stage::Dismissed, Step::Accept) => Ok(Stage::Accepted),
        (Stage::Open, Step::HandOver) => Ok(Stage::HandedOver),
        (Stage::Open, Step::Dismiss) => Ok(Stage::Dismissed),
        (stage, step) => Err(Refusal::new(ITEM, format!("线索{}，不能{}。", stage.name(), name_of(step)))),
    }
}

/// Until when a signal that arrived on a day is to be dealt with: so many working days after it (reading K90).
pub fn due(workdays: &Workdays, arrived: Date, days: i64) -> Due {
    workdays.after(arrived, days)
}

/// How the clock of an open signal stands: 红、黄、绿 of the requirements, in words on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    Far,
    Near,
    Late,
}

/// Late once the last second has passed; near on the last day.
pub fn clock(due: Due, now: DateTime) -> Clock {
    if due.passed(now) {
        Clock::Late
    } else if now.date() >= due.on {
        Clock::Near
    } else {
        Clock::Far
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn what_is_done_is_done_once() {
        assert_eq!(take(Stage::Open, Step::Accept), Ok(Stage::Accepted));
        assert_eq!(take(Stage::Dismissed, Step::Accept), Ok(Stage::Accepted));
        let again = take(Stage::Accepted, Step::Dismiss).expect_err("refused").to_string();
        assert_eq!(again, "线索已采用，不能不采用。（依据：办法第五条（一））");
        assert!(take(Stage::HandedOver, Step::Accept).is_err());
    }

    #[test]
    fn a_friday_evening_s_signal_is_due_on_monday() {
        let due = due(&Workdays::default(), date(2026, 11, 27), 1);
        assert_eq!(due.on, date(2026, 11, 30));
        assert_eq!(clock(due, date(2026, 11, 29).at(23, 59, 59, 0)), Clock::Far);
        assert_eq!(clock(due, date(2026, 11, 30).at(0, 0, 0, 0)), Clock::Near);
        assert_eq!(clock(due, date(2026, 11, 30).at(23, 59, 59, 0)), Clock::Near);
        assert_eq!(clock(due, date(2026, 12, 1).at(0, 0, 0, 0)), Clock::Late);
    }
}
