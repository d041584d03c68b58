//! Article 4 and reading K14: a station's name is said to be used for something else. With the same care as a
//! revocation: verified, notified, heard, then handled by people; nothing follows of itself.

use jiff::civil::{Date, DateTime};

use super::{heard, no};
use crate::general::Refusal;

/// What a finding may lead to (reading K14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Talk,
    Rectify,
    Refer,
}

impl Outcome {
    pub const ALL: [(Outcome, &'static str, &'static str); 3] = [
        (Outcome::Talk, "talk", "约谈"),
        (Outcome::Rectify, "rectify", "限期整改"),
        (Outcome::Refer, "refer", "列入第十七条（五）研判"),
    ];

    pub fn key(self) -> &'static str {
        Outcome::ALL.iter().find(|(outcome, ..)| *outcome == self).map_or("", |(_, key, _)| key)
    }

    pub fn name(self) -> &'static str {
        Outcome::ALL.iter().find(|(outcome, ..)| *outcome == self).map_or("", |(.., name)| name)
    }

    pub fn from_key(key: &str) -> Option<Outcome> {
        Outcome::ALL.iter().find(|(_, known, _)| *known == key).map(|(outcome, ..)| *outcome)
    }
}

stages! {
    /// Where a report stands.
    pub enum Stage {
        Reported = "reported" "待核查",
        Verified = "verified" "查证属实，待告知",
        /// A statement is taken to the end of a day.
        Noticed { due } = "noticed" "已告知，待处理",
        Handled = "handled" "已处理" closed,
        /// Nothing was found, or it is none of this.
        Dropped = "dropped" "已终止" closed,
    }
}

/// What somebody wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Verify,
    Notify { due: Date },
    Handle { at: DateTime, stated: bool },
    Drop,
}

/// What people call a step.
pub fn name_of(step: &Step) -> &'static str {
    match step {
        Step::Verify => "核查属实",
        Step::Notify { .. } => "告知",
        Step::Handle { .. } => "作出处理",
        Step::Drop => "终止",
    }
}

/// Article 4 as one match: what a step makes of a stage, or why the law says no.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn take(stage: Stage, step: Step) -> Result<Stage, Refusal> {
    match (stage, step) {
        (Stage::Reported, Step::Verify) => Ok(Stage::Verified),
        (Stage::Verified, Step::Notify { due }) => Ok(Stage::Noticed { due }),
        (Stage::Noticed { due }, Step::Handle { at, stated }) => heard("4", due, at, stated).map(|()| Stage::Handled),
        (Stage::Reported | Stage::Verified | Stage::Noticed { .. }, Step::Drop) => Ok(Stage::Dropped),
        (stage, step) => no("4", format!("线索处于“{}”，不能{}。", stage.name(), name_of(&step))),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn nobody_is_dealt_with_unheard() {
        let due = date(2026, 10, 13);
        let early = Step::Handle { at: due.at(23, 59, 59, 0), stated: false };
        assert!(take(Stage::Noticed { due }, early).expect_err("early").to_string().ends_with("（依据：办法第四条）"));
        let ripe = Step::Handle { at: date(2026, 10, 14).at(0, 0, 0, 0), stated: false };
        assert_eq!(take(Stage::Noticed { due }, ripe), Ok(Stage::Handled));
        assert!(take(Stage::Reported, Step::Notify { due }).is_err());
        assert_eq!(take(Stage::Reported, Step::Drop), Ok(Stage::Dropped));
    }
}
