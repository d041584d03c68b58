//! Article 15, second half, and reading K53: the host changed its name and files it with evidence. Another host is no
//! change of name.

use jiff::civil::Date;

use super::{Kind, in_force, no};
use crate::general::Refusal;

stages! {
    /// Where a filing stands.
    pub enum Stage {
        /// By the city that manages it.
        CityReview = "city_review" "待市级转报",
        ProvinceReview = "province_review" "待省厅备案",
        /// The new name holds from that day.
        Acknowledged { on } = "acknowledged" "已备案" closed,
        Declined = "declined" "不予备案" closed,
        Withdrawn = "withdrawn" "已撤回" closed,
        /// The station ended otherwise.
        Lapsed = "lapsed" "已终止" closed,
    }
}

/// What somebody wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Forward,
    /// 备案, in effect that day, on so many pieces of evidence.
    Acknowledge {
        on: Date,
        evidence: usize,
    },
    Decline,
    Withdraw,
    /// 终止, because the station ended.
    Lapse,
}

/// Where a filing begins. A code that is another one's means another host (reading K53).
///
/// # Errors
/// The refusal, with article and sentence.
pub fn file(state: &str, province_managed: bool, old_code: &str, new_code: &str) -> Result<Stage, Refusal> {
    in_force(state, Kind::Renaming)?;
    if !old_code.is_empty() && old_code != new_code {
        return no("15", "统一社会信用代码与登记的不同。更换承办单位不属于名称变更，应由新的单位按第三章重新申请。");
    }
    Ok(if province_managed { Stage::ProvinceReview } else { Stage::CityReview })
}

/// A change of name comes with evidence of it.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn evidenced(evidence: usize) -> Result<(), Refusal> {
    match evidence {
        0 => no("15", "请上传至少一份证明材料。"),
        _ => Ok(()),
    }
}

/// Whether a filing comes later than the days given for it; a prompt, with no effect of itself.
pub fn late(changed: Date, filed: Date, days: i64) -> bool {
    changed.until(filed).is_ok_and(|span| i64::from(span.get_days()) > days)
}

/// What people call a step.
pub fn name_of(step: &Step) -> &'static str {
    match step {
        Step::Forward => "转报",
        Step::Acknowledge { .. } => "备案",
        Step::Decline => "不予备案",
        Step::Withdraw => "撤回",
        Step::Lapse => "终止",
    }
}

/// Article 15 as one match: what a step makes of a stage, or why the law says no.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn take(stage: Stage, step: Step) -> Result<Stage, Refusal> {
    match (stage, step) {
        (Stage::CityReview, Step::Forward) => Ok(Stage::ProvinceReview),
        (Stage::ProvinceReview, Step::Acknowledge { on, evidence }) => {
            evidenced(evidence).map(|()| Stage::Acknowledged { on })
        }
        (Stage::ProvinceReview, Step::Decline) => Ok(Stage::Declined),
        (Stage::CityReview | Stage::ProvinceReview, Step::Withdraw) => Ok(Stage::Withdrawn),
        (Stage::CityReview | Stage::ProvinceReview, Step::Lapse) => Ok(Stage::Lapsed),
        (stage, step) => no("15", format!("名称变更处于“{}”，不能{}。", stage.name(), name_of(&step))),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn another_host_is_no_change_of_name() {
        assert_eq!(file("有效", false, "A", "A"), Ok(Stage::CityReview));
        assert_eq!(file("有效", true, "", "B"), Ok(Stage::ProvinceReview));
        let refusal = file("有效", false, "A", "B").expect_err("another host");
        assert!(refusal.to_string().ends_with("重新申请。（依据：办法第十五条）"), "{refusal}");
        assert!(file("已撤销", false, "A", "A").is_err());
    }

    #[test]
    fn thirty_days_are_in_time_and_the_next_is_late() {
        assert!(!late(date(2026, 9, 1), date(2026, 10, 1), 30));
        assert!(late(date(2026, 9, 1), date(2026, 10, 2), 30));
    }

    #[test]
    fn only_the_province_acknowledges_what_it_has() {
        let on = date(2026, 10, 12);
        let acknowledge = |evidence| Step::Acknowledge { on, evidence };
        assert!(take(Stage::CityReview, acknowledge(1)).is_err());
        let forwarded = take(Stage::CityReview, Step::Forward).expect("forwarded");
        assert!(take(forwarded, acknowledge(0)).expect_err("no evidence").reason.contains("证明材料"));
        assert_eq!(take(forwarded, acknowledge(1)), Ok(Stage::Acknowledged { on }));
        assert!(take(Stage::Acknowledged { on }, Step::Decline).is_err());
    }
}
