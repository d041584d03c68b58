//! An applicant's website (Article 6 (4), reading K85): looked at while the application is under review, as evidence for
//! whoever reviews it. What was seen decides nothing by itself.

use super::{Desk, Stage};
use crate::general::{Basis, Refusal};

/// Keys of the stages at which a website is looked at.
pub const UNDER_REVIEW: [&str; 8] = [
    "city_review",
    "returned_city",
    "city_passed",
    "province_review",
    "returned_province",
    "panel_review",
    "shortlisted",
    "noticed",
];

/// The desk that deals with an application at a stage; `None` before it is handed in and after it is decided.
pub fn desk(stage: &Stage) -> Option<Desk> {
    match stage {
        Stage::CityReview { .. } | Stage::CityPassed { .. } | Stage::Returned { by: Desk::City, .. } => {
            Some(Desk::City)
        }
        Stage::ProvinceReview { .. }
        | Stage::PanelReview { .. }
        | Stage::Shortlisted { .. }
        | Stage::Noticed { .. }
        | Stage::Returned { by: Desk::Province, .. } => Some(Desk::Province),
        Stage::Draft | Stage::Confirmed { .. } | Stage::Declined { .. } | Stage::Withdrawn => None,
    }
}

/// Whether a look at the website may be recorded from a desk at this stage.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn recording(stage: &Stage, by: Desk) -> Result<(), Refusal> {
    let no = |reason: String| Err(Refusal::new(Basis::Item("6-4"), reason));
    match (desk(stage), by) {
        (None, _) => no(format!("申请处于“{}”，不登记网站探测。", stage.name())),
        (Some(at), by) if at == by => Ok(()),
        (Some(Desk::City), _) => no(format!("申请处于“{}”，由所在市商务主管部门登记。", stage.name())),
        (Some(Desk::Province), _) => no(format!("申请处于“{}”，由省商务厅登记。", stage.name())),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn it_is_looked_at_while_it_lies_on_a_desk() {
        let (first, day) = (date(2027, 4, 30).at(9, 0, 0, 0), date(2027, 5, 7));
        for (key, _) in crate::admission::STAGES {
            let stage = [(None, None), (Some(first), None), (Some(first), Some(day))];
            let stage = stage.into_iter().find_map(|(first, due)| Stage::from_parts(key, first, due)).expect(key);
            assert_eq!(desk(&stage).is_some(), UNDER_REVIEW.contains(&key), "{key}");
        }
    }

    #[test]
    fn a_look_is_recorded_where_the_application_lies() {
        let first = date(2027, 4, 30).at(9, 0, 0, 0);
        let due = date(2027, 5, 7);
        for (stage, at) in [
            (Stage::CityReview { first }, Desk::City),
            (Stage::Returned { first, by: Desk::City, due }, Desk::City),
            (Stage::CityPassed { first }, Desk::City),
            (Stage::ProvinceReview { first }, Desk::Province),
            (Stage::Noticed { first, until: due }, Desk::Province),
        ] {
            let other = if at == Desk::City { Desk::Province } else { Desk::City };
            assert_eq!(recording(&stage, at), Ok(()), "{}", stage.key());
            let refusal = recording(&stage, other).expect_err(stage.key());
            assert_eq!(refusal.basis, "办法第六条（四）");
        }
        for over in [Stage::Draft, Stage::Confirmed { first }, Stage::Declined { first }, Stage::Withdrawn] {
            assert!(recording(&over, Desk::Province).expect_err(over.key()).reason.contains(over.name()));
        }
    }
}
