//! 预警 (Article 5(1), (3)): written by a station, published by a person, corrected and retracted in the open.

use crate::general::{AccountId, Basis, Refusal};

const ITEM: Basis = Basis::Item("5-1");

/// Where a warning stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    Draft,
    /// Handed to whoever publishes.
    Submitted,
    Published,
    /// Taken back; that it was published stays on record.
    Retracted,
}

impl Stage {
    pub const ALL: [(Stage, &'static str, &'static str); 4] = [
        (Stage::Draft, "draft", "草稿"),
        (Stage::Submitted, "submitted", "待发布"),
        (Stage::Published, "published", "已发布"),
        (Stage::Retracted, "retracted", "已撤回"),
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

/// Who wrote what is to be published, who publishes it, and whether that must be two people (reading K92).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hands {
    pub author: AccountId,
    pub publisher: AccountId,
    pub two_person: bool,
}

/// What somebody wants done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Save,
    Submit,
    Return,
    Publish(Hands),
    Correct(Hands),
    Retract,
}

/// What people call a step.
pub fn name_of(step: Step) -> &'static str {
    match step {
        Step::Save => "修改",
        Step::Submit => "提交发布",
        Step::Return => "退回修改",
        Step::Publish(_) => "发布",
        Step::Correct(_) => "更正",
        Step::Retract => "撤回",
    }
}

/// Article 5(1) as one match: what a step makes of a stage.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn take(stage: Stage, step: Step) -> Result<Stage, Refusal> {
    match (stage, step) {
        (Stage::Draft, Step::Save) => Ok(Stage::Draft),
        (Stage::Draft, Step::Submit) => Ok(Stage::Submitted),
        (Stage::Submitted, Step::Return) => Ok(Stage::Draft),
        (Stage::Draft, Step::Publish(hands)) if hands.two_person => {
            Err(Refusal::new(ITEM, "预警须先提交，由另一人核对后发布。"))
        }
        (Stage::Draft | Stage::Submitted, Step::Publish(hands)) => apart(hands).map(|()| Stage::Published),
        (Stage::Published, Step::Correct(hands)) => apart(hands).map(|()| Stage::Published),
        (Stage::Published, Step::Retract) => Ok(Stage::Retracted),
        (stage, step) => Err(Refusal::new(ITEM, format!("预警处于“{}”，不能{}。", stage.name(), name_of(step)))),
    }
}

fn apart(hands: Hands) -> Result<(), Refusal> {
    if hands.two_person && hands.author == hands.publisher {
        return Err(Refusal::new(ITEM, "编写和发布不能是同一人，请由另一人核对后发布。"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(author: AccountId, publisher: AccountId, two_person: bool) -> Hands {
        Hands { author, publisher, two_person }
    }

    #[test]
    fn one_person_publishes_unless_two_are_asked_for() {
        assert_eq!(take(Stage::Draft, Step::Publish(by(1, 1, false))), Ok(Stage::Published));
        assert!(take(Stage::Draft, Step::Publish(by(1, 2, true))).is_err());
        assert!(take(Stage::Submitted, Step::Publish(by(1, 1, true))).is_err());
        assert_eq!(take(Stage::Submitted, Step::Publish(by(1, 2, true))), Ok(Stage::Published));
        assert!(take(Stage::Published, Step::Correct(by(1, 1, true))).is_err());
    }

    #[test]
    fn what_was_retracted_stays_retracted() {
        for step in [Step::Save, Step::Submit, Step::Return, Step::Publish(by(1, 1, false)), Step::Retract] {
            assert!(take(Stage::Retracted, step).is_err(), "{step:?}");
        }
        let refused = take(Stage::Published, Step::Save).expect_err("refused").to_string();
        assert_eq!(refused, "预警处于“已发布”，不能修改。（依据：办法第五条（一））");
    }
}
