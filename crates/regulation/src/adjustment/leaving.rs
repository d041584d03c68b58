//! Article 15, first half, and reading K52: a station asks to leave; open cases are handed over first.

use jiff::civil::Date;

use super::{Kind, in_force, no};
use crate::general::Refusal;

stages! {
    /// Where a request to leave stands.
    pub enum Stage {
        /// By the city that manages it.
        CityReview = "city_review" "待市级转报",
        ProvinceReview = "province_review" "省厅研究中",
        /// In effect from that day.
        Left { on } = "left" "已批复退出" closed,
        Declined = "declined" "不予同意" closed,
        Withdrawn = "withdrawn" "已撤回" closed,
        /// The station ended otherwise.
        Lapsed = "lapsed" "已终止" closed,
    }
}

/// What somebody wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// 转报 by the city.
    Forward,
    /// 批复同意, in effect that day, of a station in that state, with so many matters still open.
    Approve { state: &'a str, on: Date, open: usize },
    /// 不予同意.
    Decline,
    /// 撤回 by the station.
    Withdraw,
    /// 终止, because the station ended.
    Lapse,
}

/// Where a request begins: with the city, or with the province for those it manages itself.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn request(state: &str, province_managed: bool) -> Result<Stage, Refusal> {
    free(state)?;
    Ok(if province_managed { Stage::ProvinceReview } else { Stage::CityReview })
}

/// A station about to be revoked does not leave instead.
fn free(state: &str) -> Result<(), Refusal> {
    in_force(state, Kind::Leaving)?;
    match state {
        "拟撤销" => no("17", "撤销程序正在办理，不受理退出申请。"),
        _ => Ok(()),
    }
}

/// What people call a step.
pub fn name_of(step: &Step<'_>) -> &'static str {
    match step {
        Step::Forward => "转报",
        Step::Approve { .. } => "批复同意退出",
        Step::Decline => "不予同意",
        Step::Withdraw => "撤回",
        Step::Lapse => "终止",
    }
}

/// Article 15 as one match: what a step makes of a stage, or why the law says no.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn take(stage: Stage, step: Step<'_>) -> Result<Stage, Refusal> {
    match (stage, step) {
        (Stage::CityReview, Step::Forward) => Ok(Stage::ProvinceReview),
        (Stage::ProvinceReview, Step::Approve { open, .. }) if open > 0 => {
            no("15", format!("尚有 {open} 件未结案件没有登记移交，不能批复退出。"))
        }
        (Stage::ProvinceReview, Step::Approve { state, on, .. }) => free(state).map(|()| Stage::Left { on }),
        (Stage::ProvinceReview, Step::Decline) => Ok(Stage::Declined),
        (Stage::CityReview | Stage::ProvinceReview, Step::Withdraw) => Ok(Stage::Withdrawn),
        (Stage::CityReview | Stage::ProvinceReview, Step::Lapse) => Ok(Stage::Lapsed),
        (stage, step) => no("15", format!("退出申请处于“{}”，不能{}。", stage.name(), name_of(&step))),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn open_cases_are_handed_over_first() {
        let on = date(2026, 10, 12);
        let approve = |state, open| Step::Approve { state, on, open };
        let refusal = take(Stage::ProvinceReview, approve("拟退出", 2)).expect_err("open");
        assert_eq!(refusal.to_string(), "尚有 2 件未结案件没有登记移交，不能批复退出。（依据：办法第十五条）");
        assert_eq!(take(Stage::ProvinceReview, approve("拟退出", 0)), Ok(Stage::Left { on }));
        assert!(take(Stage::CityReview, approve("拟退出", 0)).is_err());
        assert!(take(Stage::ProvinceReview, approve("拟撤销", 0)).is_err(), "a revocation has begun since");
        assert!(take(Stage::Left { on }, Step::Withdraw).is_err());
    }

    #[test]
    fn the_way_follows_who_manages_the_station() {
        assert_eq!(request("有效", false), Ok(Stage::CityReview));
        assert_eq!(request("有效", true), Ok(Stage::ProvinceReview));
        assert_eq!(request("拟撤销", true).expect_err("no").reason, "撤销程序正在办理，不受理退出申请。");
        assert_eq!(request("已退出", true).expect_err("no").reason, "工作站已退出，不能再办理退出。");
    }
}
