//! 县级意见 on a station's yearly material (Article 3, reading K89): once it is handed in and until the city's check is
//! complete, where the edition has that step.

use super::inspection::{Desk, Stage};
use crate::general::Refusal;
use crate::general::county::{self, Hearing};

/// Whether a county may give its opinion at this stage; `asked` says whether the edition has that step.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn opinion(asked: bool, stage: &Stage) -> Result<(), Refusal> {
    let open = matches!(stage, Stage::Submitted { .. } | Stage::Returned { by: Desk::City, .. });
    county::opinion(Hearing::Material, asked, open, stage.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appraisal::inspection::examples;

    #[test]
    fn only_what_is_handed_in_and_not_yet_checked() {
        let mut open = Vec::new();
        for stage in examples().0 {
            match opinion(true, &stage) {
                Ok(()) => open.push(stage.key()),
                Err(refusal) => {
                    assert_eq!(refusal.basis, "办法第三条");
                    assert!(refusal.reason.contains(stage.name()), "{refusal}");
                }
            }
        }
        open.dedup();
        assert_eq!(open, ["submitted", "returned_city"]);
    }

    #[test]
    fn an_edition_without_the_step_names_the_reading() {
        for stage in examples().0 {
            assert_eq!(
                opinion(false, &stage).expect_err("no step").to_string(),
                "所用规则版本对年度材料不设县级意见环节（读法 K89）。（依据：办法第三条）"
            );
        }
    }
}
