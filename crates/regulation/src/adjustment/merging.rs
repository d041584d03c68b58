//! Article 16 and readings K49, K54: one industry no longer needs several stations. A plan says which survives and
//! what moves; the absorbed one keeps its number and points to the survivor.

use jiff::civil::Date;

use super::{Kind, in_force, no};
use crate::general::Refusal;

/// Where a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// 拟定中.
    Drafted,
    /// 已研究决定，待实施.
    Decided,
    /// 已整合, from that day.
    Done { on: Date },
    /// 已终止.
    Dropped,
}

/// What somebody wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// 集体研究决定.
    Decide,
    /// 实施, in effect that day, with so many matters still open that do not move.
    Carry {
        on: Date,
        open: usize,
    },
    Drop,
}

/// Keys and names, in order.
pub const STAGES: &[(&str, &str)] =
    &[("drafted", "方案拟定"), ("decided", "已决定，待实施"), ("done", "已整合"), ("dropped", "已终止")];

impl Stage {
    pub fn key(self) -> &'static str {
        match self {
            Stage::Drafted => "drafted",
            Stage::Decided => "decided",
            Stage::Done { .. } => "done",
            Stage::Dropped => "dropped",
        }
    }

    pub fn name(self) -> &'static str {
        STAGES.iter().find(|(key, _)| *key == self.key()).map_or("", |(_, name)| name)
    }

    pub fn day(self) -> Option<Date> {
        match self {
            Stage::Done { on } => Some(on),
            _ => None,
        }
    }

    pub fn from_parts(key: &str, day: Option<Date>) -> Option<Stage> {
        Some(match (key, day) {
            ("drafted", None) => Stage::Drafted,
            ("decided", None) => Stage::Decided,
            ("done", Some(on)) => Stage::Done { on },
            ("dropped", None) => Stage::Dropped,
            _ => return None,
        })
    }

    pub fn closed(self) -> bool {
        matches!(self, Stage::Done { .. } | Stage::Dropped)
    }
}

/// A plan for two stations: both in force, and not one and the same.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn plan(absorbed: (i64, &str), survivor: (i64, &str)) -> Result<Stage, Refusal> {
    if absorbed.0 == survivor.0 {
        return no("16", "存续方和被整合方不能是同一个工作站。");
    }
    in_force(absorbed.1, Kind::Merging)?;
    if absorbed.1 == "拟撤销" {
        return no("17", "被整合方的撤销程序正在办理，不能整合。");
    }
    in_force(survivor.1, Kind::Merging)?;
    if survivor.1 == "拟撤销" || survivor.1 == "拟退出" {
        return no("16", format!("存续方处于“{}”，不能作为存续方。", survivor.1));
    }
    Ok(Stage::Drafted)
}

/// What tells one matter of the ledger from another: kind, day, title, address.
pub type Matter<'a> = (&'a str, i64, &'a str, &'a str);

/// Whether two stations entered one and the same matter: it is counted on one side only (reading K54).
pub fn same(a: Matter<'_>, b: Matter<'_>) -> bool {
    let ((kind_a, day_a, title_a, url_a), (kind_b, day_b, title_b, url_b)) = (a, b);
    kind_a == kind_b && ((day_a == day_b && title_a == title_b) || (!url_a.is_empty() && url_a == url_b))
}

/// Full months a station worked in the year it was merged, ended on that day: at least so many, and the year is
/// graded (reading K49).
pub fn graded(ended: Date, months: i64) -> bool {
    i64::from(ended.month()) > months
}

/// What people call a step.
pub fn name_of(step: &Step) -> &'static str {
    match step {
        Step::Decide => "决定整合",
        Step::Carry { .. } => "实施",
        Step::Drop => "终止",
    }
}

/// Article 16 as one match: what a step makes of a stage, or why the law says no.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn take(stage: Stage, step: Step) -> Result<Stage, Refusal> {
    match (stage, step) {
        (Stage::Drafted, Step::Decide) => Ok(Stage::Decided),
        (Stage::Decided, Step::Carry { open, .. }) if open > 0 => {
            no("16", format!("尚有 {open} 件未结案件没有登记移交，不能实施整合。"))
        }
        (Stage::Decided, Step::Carry { on, .. }) => Ok(Stage::Done { on }),
        (Stage::Drafted | Stage::Decided, Step::Drop) => Ok(Stage::Dropped),
        (stage, step) => no("16", format!("整合方案处于“{}”，不能{}。", stage.name(), name_of(&step))),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn two_stations_in_force_and_no_fewer() {
        assert_eq!(plan((1, "有效"), (2, "有效")), Ok(Stage::Drafted));
        assert_eq!(plan((1, "有效"), (1, "有效")).expect_err("one").reason, "存续方和被整合方不能是同一个工作站。");
        assert!(plan((1, "已撤销"), (2, "有效")).is_err() && plan((1, "有效"), (2, "拟撤销")).is_err());
    }

    #[test]
    fn one_matter_is_one_on_either_side() {
        let own = ("case.responded", 20260801, "轮胎案", "");
        assert!(same(own, ("case.responded", 20260801, "轮胎案", "https://a.cn/1")));
        assert!(same(("warning.published", 1, "甲", "u"), ("warning.published", 2, "乙", "u")));
        assert!(!same(own, ("case.evidence", 20260801, "轮胎案", "")));
        assert!(!same(own, ("case.responded", 20260802, "轮胎案", "")));
    }

    #[test]
    fn six_full_months_are_graded_and_fewer_are_not() {
        assert!(!graded(date(2026, 6, 30), 6));
        assert!(graded(date(2026, 7, 1), 6));
    }

    #[test]
    fn a_plan_is_carried_out_only_when_decided_and_without_open_matters() {
        let on = date(2026, 10, 12);
        assert!(take(Stage::Drafted, Step::Carry { on, open: 0 }).is_err());
        assert!(take(Stage::Decided, Step::Carry { on, open: 1 }).is_err());
        assert_eq!(take(Stage::Decided, Step::Carry { on, open: 0 }), Ok(Stage::Done { on }));
        assert!(take(Stage::Done { on }, Step::Drop).is_err());
    }
}
