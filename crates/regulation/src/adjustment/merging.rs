//! Article 16 and readings K49, K54: one industry no longer needs several stations. A plan says which survives and
//! what moves; the absorbed one keeps its number and points to the survivor.

use jiff::civil::Date;

use super::{Kind, in_force, no};
use crate::general::{Refusal, StationId};

stages! {
    /// Where a plan stands.
    pub enum Stage {
        Drafted = "drafted" "方案拟定",
        Decided = "decided" "已决定，待实施",
        /// In effect from that day.
        Done { on } = "done" "已整合" closed,
        Dropped = "dropped" "已终止" closed,
    }
}

/// The two stations of a plan, each with its key and its state in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    pub absorbed: (StationId, &'a str),
    pub survivor: (StationId, &'a str),
}

/// 移交范围: what a plan gives to the survivor. The rest stays with the absorbed station, on record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    pub roster: bool,
    pub cases: bool,
    pub ledger: bool,
}

impl Moves {
    /// As a form and the register have it: `roster`, `cases`, `ledger`, separated by commas.
    pub fn from_keys(keys: &str) -> Moves {
        let has = |wanted| keys.split(',').any(|key| key == wanted);
        Moves { roster: has("roster"), cases: has("cases"), ledger: has("ledger") }
    }

    /// Which of the absorbed station's entries of the year go to the survivor, which holds these itself: what the plan
    /// names, and of one matter no more than one (reading K54). What does not go stays where it is.
    pub fn moving<'a>(self, own: &[Entry<'a>], held: &[Matter<'a>]) -> Vec<bool> {
        let mut held = held.to_vec();
        let goes = |entry: &Entry<'a>| {
            let wanted = if entry.case { self.cases } else { self.ledger };
            let goes = wanted && !held.iter().any(|held| same(*held, entry.matter));
            held.extend(goes.then_some(entry.matter));
            goes
        };
        own.iter().map(goes).collect()
    }
}

/// What somebody wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// 集体研究决定.
    Decide {
        pair: Pair<'a>,
    },
    /// 实施, in effect that day, with so many cases nobody said anything of.
    Carry {
        pair: Pair<'a>,
        moves: Moves,
        on: Date,
        open: usize,
    },
    Drop,
}

/// A plan for two stations: both in force, and not one and the same.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn plan(Pair { absorbed, survivor }: Pair<'_>) -> Result<Stage, Refusal> {
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

/// An entry of the absorbed station's ledger; whether it is a case it works on.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub matter: Matter<'a>,
    pub case: bool,
}

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
pub fn name_of(step: &Step<'_>) -> &'static str {
    match step {
        Step::Decide { .. } => "决定整合",
        Step::Carry { .. } => "实施",
        Step::Drop => "终止",
    }
}

/// Article 16 as one match: what a step makes of a stage, or why the law says no.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn take(stage: Stage, step: Step<'_>) -> Result<Stage, Refusal> {
    match (stage, step) {
        (Stage::Drafted, Step::Decide { pair }) => plan(pair).map(|_| Stage::Decided),
        (Stage::Decided, Step::Carry { moves, open, .. }) if open > 0 && !moves.cases => {
            no("16", format!("尚有 {open} 件未结案件没有登记移交，不能实施整合。"))
        }
        (Stage::Decided, Step::Carry { pair, on, .. }) => plan(pair).map(|_| Stage::Done { on }),
        (Stage::Drafted | Stage::Decided, Step::Drop) => Ok(Stage::Dropped),
        (stage, step) => no("16", format!("整合方案处于“{}”，不能{}。", stage.name(), name_of(&step))),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn pair(absorbed: &'static str, survivor: &'static str) -> Pair<'static> {
        Pair { absorbed: (1, absorbed), survivor: (2, survivor) }
    }

    #[test]
    fn two_stations_in_force_and_no_fewer() {
        assert_eq!(plan(pair("有效", "有效")), Ok(Stage::Drafted));
        let one = plan(Pair { survivor: (1, "有效"), ..pair("有效", "有效") }).expect_err("one");
        assert_eq!(one.reason, "存续方和被整合方不能是同一个工作站。");
        assert!(plan(pair("已撤销", "有效")).is_err() && plan(pair("有效", "拟撤销")).is_err());
    }

    #[test]
    fn a_plan_moves_what_it_names() {
        assert_eq!(Moves::from_keys("roster,ledger"), Moves { roster: true, cases: false, ledger: true });
        assert_eq!(Moves::from_keys(""), Moves::default());
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
        let (on, cases) = (date(2026, 10, 12), Moves { cases: true, ..Moves::default() });
        let carry = |moves, open| Step::Carry { pair: pair("拟整合", "有效"), moves, on, open };
        assert!(take(Stage::Drafted, carry(Moves::default(), 0)).is_err());
        assert!(take(Stage::Decided, carry(Moves::default(), 1)).is_err());
        assert_eq!(take(Stage::Decided, carry(Moves::default(), 0)), Ok(Stage::Done { on }));
        assert_eq!(take(Stage::Decided, carry(cases, 1)), Ok(Stage::Done { on }), "it goes on with the survivor");
        assert!(take(Stage::Done { on }, Step::Drop).is_err());
    }
}
