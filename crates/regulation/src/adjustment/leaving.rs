//! Article 15, first half, and reading K52: a station asks to leave; open cases are handed over first.

use jiff::civil::Date;

use super::{Kind, in_force, no};
use crate::general::Refusal;

/// Where a request to leave stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// 市级转报中.
    CityReview,
    /// 省厅研究中.
    ProvinceReview,
    /// 已退出, from that day.
    Left { on: Date },
    /// 不予同意.
    Declined,
    /// 已撤回.
    Withdrawn,
    /// 已终止: the station ended otherwise.
    Lapsed,
}

/// What somebody wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// 转报 by the city.
    Forward,
    /// 批复同意, in effect that day, with so many matters still open.
    Approve { on: Date, open: usize },
    /// 不予同意.
    Decline,
    /// 撤回 by the station.
    Withdraw,
    /// 终止, because the station ended.
    Lapse,
}

/// Keys and names, in order.
pub const STAGES: &[(&str, &str)] = &[
    ("city_review", "待市级转报"),
    ("province_review", "省厅研究中"),
    ("left", "已批复退出"),
    ("declined", "不予同意"),
    ("withdrawn", "已撤回"),
    ("lapsed", "已终止"),
];

impl Stage {
    pub fn key(self) -> &'static str {
        match self {
            Stage::CityReview => "city_review",
            Stage::ProvinceReview => "province_review",
            Stage::Left { .. } => "left",
            Stage::Declined => "declined",
            Stage::Withdrawn => "withdrawn",
            Stage::Lapsed => "lapsed",
        }
    }

    pub fn name(self) -> &'static str {
        STAGES.iter().find(|(key, _)| *key == self.key()).map_or("", |(_, name)| name)
    }

    pub fn day(self) -> Option<Date> {
        match self {
            Stage::Left { on } => Some(on),
            _ => None,
        }
    }

    pub fn from_parts(key: &str, day: Option<Date>) -> Option<Stage> {
        Some(match (key, day) {
            ("city_review", None) => Stage::CityReview,
            ("province_review", None) => Stage::ProvinceReview,
            ("left", Some(on)) => Stage::Left { on },
            ("declined", None) => Stage::Declined,
            ("withdrawn", None) => Stage::Withdrawn,
            ("lapsed", None) => Stage::Lapsed,
            _ => return None,
        })
    }

    pub fn closed(self) -> bool {
        !matches!(self, Stage::CityReview | Stage::ProvinceReview)
    }
}

/// Where a request begins: with the city, or with the province for those it manages itself. A station about to be
/// revoked does not leave instead.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn request(state: &str, province_managed: bool) -> Result<Stage, Refusal> {
    in_force(state, Kind::Leaving)?;
    if state == "拟撤销" {
        return no("17", "撤销程序正在办理，不受理退出申请。");
    }
    Ok(if province_managed { Stage::ProvinceReview } else { Stage::CityReview })
}

/// What people call a step.
pub fn name_of(step: &Step) -> &'static str {
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
pub fn take(stage: Stage, step: Step) -> Result<Stage, Refusal> {
    match (stage, step) {
        (Stage::CityReview, Step::Forward) => Ok(Stage::ProvinceReview),
        (Stage::ProvinceReview, Step::Approve { open, .. }) if open > 0 => {
            no("15", format!("尚有 {open} 件未结案件没有登记移交，不能批复退出。"))
        }
        (Stage::ProvinceReview, Step::Approve { on, .. }) => Ok(Stage::Left { on }),
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
        let refusal = take(Stage::ProvinceReview, Step::Approve { on, open: 2 }).expect_err("open");
        assert_eq!(refusal.to_string(), "尚有 2 件未结案件没有登记移交，不能批复退出。（依据：办法第十五条）");
        assert_eq!(take(Stage::ProvinceReview, Step::Approve { on, open: 0 }), Ok(Stage::Left { on }));
        assert!(take(Stage::CityReview, Step::Approve { on, open: 0 }).is_err());
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
