//! 县级意见 on an application (Article 3, reading K13): before the city concludes its first review, where the edition has
//! that step.

use super::{Desk, Stage};
use crate::general::Refusal;
use crate::general::county::{self, Hearing};

/// Whether a county may give its opinion at this stage; `asked` says whether the edition has that step.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn opinion(asked: bool, stage: &Stage) -> Result<(), Refusal> {
    let open = matches!(stage, Stage::CityReview { .. } | Stage::Returned { by: Desk::City, .. });
    county::opinion(Hearing::Application, asked, open, stage.name())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn only_before_the_city_concludes() {
        let first = date(2027, 4, 30).at(23, 59, 59, 0);
        let due = date(2027, 5, 7);
        assert_eq!(opinion(true, &Stage::CityReview { first }), Ok(()));
        assert_eq!(opinion(true, &Stage::Returned { first, by: Desk::City, due }), Ok(()));
        let closed = [
            Stage::Draft,
            Stage::CityPassed { first },
            // The direct way knows no first review.
            Stage::ProvinceReview { first },
            Stage::Returned { first, by: Desk::Province, due },
            Stage::PanelReview { first },
            Stage::Declined { first },
            Stage::Withdrawn,
        ];
        for stage in closed {
            let refusal = opinion(true, &stage).expect_err(stage.key());
            assert_eq!(refusal.basis, "办法第三条");
            assert!(refusal.reason.contains(stage.name()), "{refusal}");
        }
    }

    #[test]
    fn an_edition_without_the_step_names_the_reading() {
        let stage = Stage::CityReview { first: date(2027, 4, 30).at(0, 0, 0, 0) };
        assert_eq!(
            opinion(false, &stage).expect_err("no step").to_string(),
            "所用规则版本不设县级意见环节（读法 K13）。（依据：办法第三条）"
        );
    }
}
