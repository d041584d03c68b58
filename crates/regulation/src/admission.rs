//! Chapter three (Articles 6-8): an application from its draft to a confirmed station, as one match.
//!
//! A stage carries the facts it rests on; a step consumes it. Dates are compared by whoever calls: a step states what
//! it claims, `take` judges it.

pub mod county;
pub mod form;
pub mod industry;
pub mod notice;
pub mod panel;
pub mod registration;
pub mod site;

use jiff::civil::{Date, DateTime};

use crate::general::{Basis, Due, Refusal};

/// 递交途径 (Article 8 (1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// To the city's department, which reviews first and forwards.
    City,
    /// Straight to the province: provincial bodies and province-wide associations.
    Direct,
}

impl Route {
    pub const ALL: [(Route, &'static str, &'static str); 2] =
        [(Route::City, "city", "经市商务主管部门"), (Route::Direct, "direct", "直接递交省商务厅")];

    pub fn key(self) -> &'static str {
        Route::ALL.iter().find(|(route, ..)| *route == self).map_or("", |(_, key, _)| key)
    }

    pub fn name(self) -> &'static str {
        Route::ALL.iter().find(|(route, ..)| *route == self).map_or("", |(.., name)| name)
    }

    pub fn from_key(key: &str) -> Option<Route> {
        Route::ALL.iter().find(|(_, known, _)| *known == key).map(|(route, ..)| *route)
    }

    /// The deadline of the calendar that holds for this way.
    pub fn deadline(self) -> &'static str {
        match self {
            Route::City => "application.city",
            Route::Direct => "application.direct",
        }
    }
}

/// Who had the material when it was sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Desk {
    City,
    Province,
}

/// Where an application stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// 填报中: never handed in.
    Draft,
    /// 市初审中.
    CityReview { first: DateTime },
    /// 省受理中: handed in directly, or forwarded by its city.
    ProvinceReview { first: DateTime },
    /// 退回补正: one round (reading K30). The first receipt keeps its time.
    Returned { first: DateTime, by: Desk, due: Date },
    /// 初审合格，待上报.
    CityPassed { first: DateTime },
    /// 评审中: a panel is drawn or being drawn.
    PanelReview { first: DateTime },
    /// 拟入选.
    Shortlisted { first: DateTime },
    /// 公示中, to the end of a day.
    Noticed { first: DateTime, until: Date },
    /// 已确认: the station exists.
    Confirmed { first: DateTime },
    /// 未通过: at the city, at the panel or after objections.
    Declined { first: DateTime },
    /// 已撤回 by the applicant.
    Withdrawn,
}

/// What somebody wants done. Each step says the facts it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// 递交, at a moment, within the window that is open and its deadline.
    Submit { at: DateTime, route: Route, due: Due, gaps: usize },
    /// 补正后再交.
    Resubmit { at: DateTime, gaps: usize },
    /// 撤回.
    Withdraw,
    /// 补正期满未再交，按原材料继续审核: the first receipt still counts (readings K30, K47).
    Resume { at: DateTime },
    /// 退回补正, by when; how often it was sent back before, and how often it may be.
    Return { by: Desk, due: Date, before: i64, most: i64 },
    /// 初审合格: conditions not met are named by number.
    Pass { unmet: usize },
    /// 初审不合格 or 不予受理, with reasons.
    Decline { by: Desk },
    /// 上报.
    Forward,
    /// 受理并进入评审.
    Accept,
    /// 提出入选: the panel's result (reading K31).
    Shortlist { locked: usize, needed: usize, passed: bool },
    /// 公示, to the end of a day.
    Notice { until: Date },
    /// 异议成立，取消入选.
    Strike,
    /// 确认, at a moment, with so many objections not decided.
    Confirm { at: DateTime, open: usize },
}

impl Stage {
    /// Whether it still contends for its industry (Article 7): handed in, and neither decided nor withdrawn. A
    /// confirmed one has become a station and counts as that.
    pub fn contends(&self) -> bool {
        !matches!(self, Stage::Draft | Stage::Confirmed { .. } | Stage::Declined { .. } | Stage::Withdrawn)
    }

    /// Key of the stage in the database.
    pub fn key(&self) -> &'static str {
        match self {
            Stage::Draft => "draft",
            Stage::CityReview { .. } => "city_review",
            Stage::ProvinceReview { .. } => "province_review",
            Stage::Returned { by: Desk::City, .. } => "returned_city",
            Stage::Returned { by: Desk::Province, .. } => "returned_province",
            Stage::CityPassed { .. } => "city_passed",
            Stage::PanelReview { .. } => "panel_review",
            Stage::Shortlisted { .. } => "shortlisted",
            Stage::Noticed { .. } => "noticed",
            Stage::Confirmed { .. } => "confirmed",
            Stage::Declined { .. } => "declined",
            Stage::Withdrawn => "withdrawn",
        }
    }

    /// What people call it.
    pub fn name(&self) -> &'static str {
        name_of(self.key())
    }

    /// The stage behind a key and the facts kept beside it; `None` for a combination no code writes.
    pub fn from_parts(key: &str, first: Option<DateTime>, due: Option<Date>) -> Option<Stage> {
        Some(match (key, first, due) {
            ("draft", None, None) => Stage::Draft,
            ("withdrawn", _, None) => Stage::Withdrawn,
            ("city_review", Some(first), None) => Stage::CityReview { first },
            ("province_review", Some(first), None) => Stage::ProvinceReview { first },
            ("returned_city", Some(first), Some(due)) => Stage::Returned { first, by: Desk::City, due },
            ("returned_province", Some(first), Some(due)) => Stage::Returned { first, by: Desk::Province, due },
            ("city_passed", Some(first), None) => Stage::CityPassed { first },
            ("panel_review", Some(first), None) => Stage::PanelReview { first },
            ("shortlisted", Some(first), None) => Stage::Shortlisted { first },
            ("noticed", Some(first), Some(until)) => Stage::Noticed { first, until },
            ("confirmed", Some(first), None) => Stage::Confirmed { first },
            ("declined", Some(first), None) => Stage::Declined { first },
            _ => return None,
        })
    }

    /// When it was first handed in.
    pub fn first(&self) -> Option<DateTime> {
        match self {
            Stage::Draft | Stage::Withdrawn => None,
            Stage::CityReview { first }
            | Stage::ProvinceReview { first }
            | Stage::Returned { first, .. }
            | Stage::CityPassed { first }
            | Stage::PanelReview { first }
            | Stage::Shortlisted { first }
            | Stage::Noticed { first, .. }
            | Stage::Confirmed { first }
            | Stage::Declined { first } => Some(*first),
        }
    }

    /// The day kept beside the stage: last day of a correction, or of a public notice.
    pub fn due(&self) -> Option<Date> {
        match self {
            Stage::Returned { due, .. } => Some(*due),
            Stage::Noticed { until, .. } => Some(*until),
            _ => None,
        }
    }
}

/// Names of the stages by key, in the order an application passes them.
pub const STAGES: [(&str, &str); 12] = [
    ("draft", "填报中"),
    ("city_review", "市初审中"),
    ("returned_city", "市级退回补正"),
    ("city_passed", "初审合格，待上报"),
    ("province_review", "省受理中"),
    ("returned_province", "省级退回补正"),
    ("panel_review", "评审中"),
    ("shortlisted", "拟入选"),
    ("noticed", "公示中"),
    ("confirmed", "已确认"),
    ("declined", "未通过"),
    ("withdrawn", "已撤回"),
];

/// What people call a stage.
pub fn name_of(key: &str) -> &'static str {
    STAGES.iter().find(|(known, _)| *known == key).map_or("", |(_, name)| name)
}

fn no<T>(item: &'static str, reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(Basis::Item(item), reason))
}

/// A unit runs one station at a time (reading K56): whether it may have another, told the number of the one at work.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn alone(unit: &str, at_work: Option<&str>) -> Result<(), Refusal> {
    match at_work {
        None => Ok(()),
        Some(number) => no(
            "8",
            format!("{unit}已有有效的工作站（{number}），一个单位同时只设一个，该站终止后方可再设（读法 K56）。"),
        ),
    }
}

/// Article 8 as one match: what a step makes of a stage, or why the law says no.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn take(stage: Stage, step: Step) -> Result<Stage, Refusal> {
    match (stage, step) {
        // Withdrawn, it may be handed in anew while the window is open, with a new first receipt.
        (Stage::Draft | Stage::Withdrawn, Step::Submit { at, route, due, gaps }) => {
            if due.passed(at) {
                return no("8-1", format!("{}的截止时间是 {} {}，已逾期。", route.name(), due.text(), due.time));
            }
            if gaps > 0 {
                return no("6", format!("申请材料还有 {gaps} 处未填写或没有佐证，补齐后再递交。"));
            }
            Ok(match route {
                Route::City => Stage::CityReview { first: at },
                Route::Direct => Stage::ProvinceReview { first: at },
            })
        }
        (Stage::Returned { first, by, due }, Step::Resubmit { at, gaps }) => {
            if Due::day(due).passed(at) {
                return no("8-2", format!("补正期限至 {due} 24时，已届满。"));
            }
            if gaps > 0 {
                return no("6", format!("申请材料还有 {gaps} 处未填写或没有佐证，补齐后再递交。"));
            }
            Ok(match by {
                Desk::City => Stage::CityReview { first },
                Desk::Province => Stage::ProvinceReview { first },
            })
        }
        (Stage::Returned { first, by, due }, Step::Resume { at }) => {
            if !Due::day(due).passed(at) {
                return no("8-2", format!("补正期限至 {due} 24时，未届满，不能按原材料继续审核。"));
            }
            Ok(match by {
                Desk::City => Stage::CityReview { first },
                Desk::Province => Stage::ProvinceReview { first },
            })
        }
        (Stage::CityReview { first }, Step::Return { by: Desk::City, due, before, most }) => {
            again(before, most).map(|()| Stage::Returned { first, by: Desk::City, due })
        }
        (Stage::ProvinceReview { first }, Step::Return { by: Desk::Province, due, before, most }) => {
            again(before, most).map(|()| Stage::Returned { first, by: Desk::Province, due })
        }
        (Stage::CityReview { .. }, Step::Pass { unmet }) if unmet > 0 => {
            no("8-2", format!("有 {unmet} 项条件未核实为符合，不能作出初审合格。"))
        }
        (Stage::CityReview { first }, Step::Pass { .. }) => Ok(Stage::CityPassed { first }),
        (Stage::CityReview { first }, Step::Decline { by: Desk::City }) => Ok(Stage::Declined { first }),
        (Stage::ProvinceReview { first } | Stage::PanelReview { first }, Step::Decline { by: Desk::Province }) => {
            Ok(Stage::Declined { first })
        }
        (Stage::CityPassed { first }, Step::Forward) => Ok(Stage::ProvinceReview { first }),
        (Stage::ProvinceReview { first }, Step::Accept) => Ok(Stage::PanelReview { first }),
        (Stage::PanelReview { first }, Step::Shortlist { locked, needed, passed }) => {
            if locked < needed {
                return no("8-3", format!("须有 {needed} 名专家完成评审，现有 {locked} 名，不能提出入选名单。"));
            }
            if !passed {
                return no("8-3", "专家评审未达到通过标准，不能列入入选名单。");
            }
            Ok(Stage::Shortlisted { first })
        }
        (Stage::Shortlisted { first }, Step::Notice { until }) => Ok(Stage::Noticed { first, until }),
        (Stage::Noticed { first, .. }, Step::Strike) => Ok(Stage::Declined { first }),
        (Stage::Noticed { first, until }, Step::Confirm { at, open }) => {
            if !Due::day(until).passed(at) {
                return no("8-4", format!("公示期至 {until} 24时，公示期未满，不能确认。"));
            }
            if open > 0 {
                return no("8-4", format!("尚有 {open} 件异议没有处理完毕，不能确认。"));
            }
            Ok(Stage::Confirmed { first })
        }
        (
            Stage::Draft
            | Stage::CityReview { .. }
            | Stage::ProvinceReview { .. }
            | Stage::Returned { .. }
            | Stage::CityPassed { .. },
            Step::Withdraw,
        ) => Ok(Stage::Withdrawn),
        (stage, step) => no(item_of(&step), format!("申请处于“{}”，不能{}。", stage.name(), name_of_step(&step))),
    }
}

fn again(before: i64, most: i64) -> Result<(), Refusal> {
    if before >= most {
        return no("8-2", format!("退回补正以 {most} 次为限，已退回 {before} 次，请作出合格或不合格的结论。"));
    }
    Ok(())
}

/// What people call a step.
pub fn name_of_step(step: &Step) -> &'static str {
    match step {
        Step::Submit { .. } => "递交",
        Step::Resubmit { .. } => "补正后再次递交",
        Step::Withdraw => "撤回",
        Step::Resume { .. } => "按原材料继续审核",
        Step::Return { .. } => "退回补正",
        Step::Pass { .. } => "作出初审合格",
        Step::Decline { .. } => "作出不通过",
        Step::Forward => "上报",
        Step::Accept => "受理",
        Step::Shortlist { .. } => "列入入选名单",
        Step::Notice { .. } => "公示",
        Step::Strike => "因异议取消",
        Step::Confirm { .. } => "确认",
    }
}

fn item_of(step: &Step) -> &'static str {
    match step {
        Step::Submit { .. } | Step::Withdraw => "8-1",
        Step::Resubmit { .. } | Step::Resume { .. } | Step::Return { .. } | Step::Pass { .. } | Step::Forward => "8-2",
        Step::Decline { by: Desk::City } => "8-2",
        Step::Decline { by: Desk::Province } | Step::Accept | Step::Shortlist { .. } => "8-3",
        Step::Notice { .. } | Step::Strike | Step::Confirm { .. } => "8-4",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn submit(at: DateTime, route: Route) -> Step {
        Step::Submit { at, route, due: Due::day(date(2026, 4, 30)), gaps: 0 }
    }

    #[test]
    fn the_last_second_of_april_is_in_time() {
        let last = date(2026, 4, 30).at(23, 59, 59, 0);
        assert_eq!(take(Stage::Draft, submit(last, Route::City)), Ok(Stage::CityReview { first: last }));
        let late = take(Stage::Draft, submit(date(2026, 5, 1).at(0, 0, 0, 0), Route::City)).expect_err("late");
        assert_eq!(
            late.to_string(),
            "经市商务主管部门的截止时间是 2026-04-30 23:59:59，已逾期。（依据：办法第八条（一））"
        );
    }

    #[test]
    fn a_returned_application_keeps_its_first_receipt() {
        let first = date(2026, 4, 30).at(23, 0, 0, 0);
        let back = Step::Return { by: Desk::City, due: date(2026, 5, 11), before: 0, most: 1 };
        let returned = take(Stage::CityReview { first }, back.clone()).expect("returned");
        let again = Step::Resubmit { at: date(2026, 5, 11).at(23, 59, 59, 0), gaps: 0 };
        assert_eq!(take(returned, again), Ok(Stage::CityReview { first }));
        let twice = Step::Return { by: Desk::City, due: date(2026, 5, 20), before: 1, most: 1 };
        assert!(take(Stage::CityReview { first }, twice).expect_err("once").reason.contains("以 1 次为限"));
    }

    #[test]
    fn a_correction_that_never_came_goes_on_with_the_first_material() {
        let first = date(2026, 4, 30).at(23, 0, 0, 0);
        let returned = Stage::Returned { first, by: Desk::City, due: date(2026, 5, 11) };
        let early = Step::Resume { at: date(2026, 5, 11).at(23, 59, 59, 0) };
        assert_eq!(take(returned.clone(), early).expect_err("early").basis, "办法第八条（二）");
        let ripe = Step::Resume { at: date(2026, 5, 12).at(0, 0, 0, 0) };
        assert_eq!(take(returned, ripe), Ok(Stage::CityReview { first }));
    }

    #[test]
    fn what_was_withdrawn_is_handed_in_anew_only_in_time() {
        let at = date(2026, 4, 30).at(23, 59, 59, 0);
        assert_eq!(take(Stage::Withdrawn, submit(at, Route::City)), Ok(Stage::CityReview { first: at }));
        assert!(take(Stage::Withdrawn, submit(date(2026, 5, 1).at(0, 0, 0, 0), Route::City)).is_err());
    }

    #[test]
    fn nothing_is_confirmed_before_its_notice_has_run_out() {
        let first = date(2026, 4, 1).at(9, 0, 0, 0);
        let noticed = Stage::Noticed { first, until: date(2026, 9, 18) };
        let early = Step::Confirm { at: date(2026, 9, 18).at(23, 59, 59, 0), open: 0 };
        let refusal = take(noticed.clone(), early).expect_err("early");
        assert_eq!(refusal.to_string(), "公示期至 2026-09-18 24时，公示期未满，不能确认。（依据：办法第八条（四））");
        let open = Step::Confirm { at: date(2026, 9, 19).at(0, 0, 0, 0), open: 1 };
        assert!(take(noticed.clone(), open).is_err());
        let ripe = Step::Confirm { at: date(2026, 9, 19).at(0, 0, 0, 0), open: 0 };
        assert_eq!(take(noticed, ripe), Ok(Stage::Confirmed { first }));
    }

    #[test]
    fn a_stage_is_kept_and_read_back_and_nothing_else_is() {
        let first = date(2026, 4, 1).at(9, 0, 0, 0);
        let stages = [
            Stage::Draft,
            Stage::CityReview { first },
            Stage::ProvinceReview { first },
            Stage::Returned { first, by: Desk::City, due: date(2026, 5, 8) },
            Stage::Returned { first, by: Desk::Province, due: date(2026, 5, 8) },
            Stage::CityPassed { first },
            Stage::PanelReview { first },
            Stage::Shortlisted { first },
            Stage::Noticed { first, until: date(2026, 9, 18) },
            Stage::Confirmed { first },
            Stage::Declined { first },
            Stage::Withdrawn,
        ];
        assert_eq!(stages.len(), STAGES.len());
        for stage in stages {
            assert!(!stage.name().is_empty());
            assert_eq!(Stage::from_parts(stage.key(), stage.first(), stage.due()), Some(stage));
        }
        assert_eq!(Stage::from_parts("noticed", Some(first), None), None);
        assert_eq!(Stage::from_parts("lost", None, None), None);
    }
}
