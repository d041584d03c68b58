//! 复核 (Article 14, readings K51 and K88): what was registered while a review was open, and the decision that follows.

use crate::general::{Basis, Refusal};

/// What a review comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 维持原结果.
    Keep,
    /// 更正结果.
    Change,
}

impl Outcome {
    pub fn key(self) -> &'static str {
        match self {
            Outcome::Keep => "keep",
            Outcome::Change => "change",
        }
    }

    pub fn from_key(key: &str) -> Option<Outcome> {
        [Outcome::Keep, Outcome::Change].into_iter().find(|outcome| outcome.key() == key)
    }
}

/// What may change while a review is open, in the order it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// The province's opinion on one piece of evidence.
    Opinion,
    /// An expert's mark of one report.
    Mark,
    /// An entry of the ledger the province made, corrected or withdrew.
    Entry,
    /// How the station took part.
    Participation,
}

impl Matter {
    pub const ALL: [Matter; 4] = [Matter::Opinion, Matter::Mark, Matter::Entry, Matter::Participation];

    pub fn key(self) -> &'static str {
        match self {
            Matter::Opinion => "opinion",
            Matter::Mark => "mark",
            Matter::Entry => "entry",
            Matter::Participation => "participation",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Matter::Opinion => "省级证据意见",
            Matter::Mark => "专家评分",
            Matter::Entry => "台账认定",
            Matter::Participation => "参评情形认定",
        }
    }

    pub fn from_key(key: &str) -> Option<Matter> {
        Matter::ALL.into_iter().find(|matter| matter.key() == key)
    }
}

/// Whether what is registered now is another thing than what stood when the review was asked for. Saying the same again
/// changes nothing (reading K88).
pub fn changed(before: Option<&str>, now: &str) -> bool {
    before != Some(now)
}

/// Whether a review with so many changes may come to this: the decision itself moves no points, and says no less than
/// what was changed.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn decision(outcome: Outcome, changes: usize) -> Result<(), Refusal> {
    let reason = match (outcome, changes) {
        (Outcome::Change, 0) => {
            "更正结果须先登记证据意见、评分、台账认定或者参评情形认定，复核决定本身不改分数。".to_owned()
        }
        (Outcome::Keep, 1..) => format!("申请复核后意见、评分或者认定有变动 {changes} 项，决定应为更正结果。"),
        _ => return Ok(()),
    };
    Err(Refusal::new(Basis::Item("14"), reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_comes_to_what_was_changed_in_it() {
        assert_eq!(decision(Outcome::Keep, 0), Ok(()));
        assert_eq!(decision(Outcome::Change, 2), Ok(()));
        let unfounded = decision(Outcome::Change, 0).expect_err("nothing changed").to_string();
        assert!(unfounded.ends_with("复核决定本身不改分数。（依据：办法第十四条）"), "{unfounded}");
        let hidden = decision(Outcome::Keep, 1).expect_err("something changed").to_string();
        assert!(hidden.contains("1 项，决定应为更正结果。（依据：办法第十四条）"), "{hidden}");
    }

    #[test]
    fn the_same_said_again_is_no_change() {
        assert!(!changed(Some("accepted"), "accepted"));
        assert!(changed(Some("accepted"), "refused"));
        assert!(changed(None, "accepted"));
    }

    #[test]
    fn keys_are_read_back() {
        assert!(Matter::ALL.into_iter().all(|matter| Matter::from_key(matter.key()) == Some(matter)));
        assert_eq!(Outcome::from_key(Outcome::Change.key()), Some(Outcome::Change));
        assert_eq!(Outcome::from_key("settle"), None);
    }
}
