//! Article 17 and reading K55: trigger, verification, written notice, statement, collective decision, service,
//! announcement, handover.

use jiff::civil::{Date, DateTime};

use super::{heard, no};
use crate::general::Refusal;

/// 撤销情形, the five grounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ground {
    Failed,
    Uncooperative,
    Fraud,
    Crime,
    Unfit,
}

impl Ground {
    /// With the item each stands in.
    pub const ALL: [(Ground, &'static str, &'static str); 5] = [
        (Ground::Failed, "17-1", "年度检查评估结果为不合格"),
        (Ground::Uncooperative, "17-2", "拒不配合案件应对工作，造成恶劣影响"),
        (Ground::Fraud, "17-3", "申报材料或者年度评估材料弄虚作假，情节严重"),
        (Ground::Crime, "17-4", "承办单位有违法犯罪行为"),
        (Ground::Unfit, "17-5", "其他不适宜继续承担工作站工作的情形"),
    ];

    pub fn item(self) -> &'static str {
        Ground::ALL.iter().find(|(ground, ..)| *ground == self).map_or("", |(_, item, _)| item)
    }

    pub fn name(self) -> &'static str {
        Ground::ALL.iter().find(|(ground, ..)| *ground == self).map_or("", |(.., name)| name)
    }

    pub fn from_item(item: &str) -> Option<Ground> {
        Ground::ALL.iter().find(|(_, known, _)| *known == item).map(|(ground, ..)| *ground)
    }
}

stages! {
    /// Where a revocation stands.
    pub enum Stage {
        Proposed = "proposed" "待核实",
        Verified = "verified" "已核实，待告知",
        /// A statement is taken to the end of a day.
        Noticed { due } = "noticed" "已告知，待研究",
        Decided = "decided" "已决定，待送达",
        /// In effect from that day.
        Served { on } = "served" "已送达，待公告",
        Announced { on } = "announced" "已公告，待移交",
        Done { on } = "done" "已办结" closed,
        /// With a reason; the station stays what it was.
        Dropped = "dropped" "已终止" closed,
    }
}

/// What somebody wants done. Each step says the facts it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// 核实: the facts hold.
    Verify,
    /// 送达拟撤销告知书, statements to the end of a day.
    Notify { due: Date },
    /// 集体研究决定撤销, at a moment; whether the station has spoken.
    Decide { at: DateTime, stated: bool },
    /// 送达撤销决定, in effect that day.
    Serve { on: Date },
    /// 公告.
    Announce,
    /// 办结移交, with so many matters still open.
    HandOver { open: usize },
    /// 终止.
    Drop,
}

/// What people call a step.
pub fn name_of(step: &Step) -> &'static str {
    match step {
        Step::Verify => "核实",
        Step::Notify { .. } => "告知",
        Step::Decide { .. } => "决定撤销",
        Step::Serve { .. } => "送达决定",
        Step::Announce => "公告",
        Step::HandOver { .. } => "办结移交",
        Step::Drop => "终止",
    }
}

/// Article 17 as one match: what a step makes of a stage, or why the law says no.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn take(stage: Stage, step: Step) -> Result<Stage, Refusal> {
    match (stage, step) {
        (Stage::Proposed, Step::Verify) => Ok(Stage::Verified),
        (Stage::Verified, Step::Notify { due }) => Ok(Stage::Noticed { due }),
        (Stage::Noticed { due }, Step::Decide { at, stated }) => heard("17", due, at, stated).map(|()| Stage::Decided),
        (Stage::Decided, Step::Serve { on }) => Ok(Stage::Served { on }),
        (Stage::Served { on }, Step::Announce) => Ok(Stage::Announced { on }),
        (Stage::Announced { .. }, Step::HandOver { open }) if open > 0 => {
            no("17", format!("尚有 {open} 件未结案件没有登记移交，不能办结。"))
        }
        (Stage::Announced { on }, Step::HandOver { .. }) => Ok(Stage::Done { on }),
        (Stage::Proposed | Stage::Verified | Stage::Noticed { .. } | Stage::Decided, Step::Drop) => Ok(Stage::Dropped),
        (Stage::Served { .. } | Stage::Announced { .. }, Step::Drop) => {
            no("17", "撤销决定已经送达生效，不能终止程序。")
        }
        (stage, step) => no("17", format!("撤销程序处于“{}”，不能{}。", stage.name(), name_of(&step))),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const DUE: Date = date(2027, 4, 16);

    #[test]
    fn the_last_second_of_the_fifth_working_day_is_still_the_stations() {
        let noticed = Stage::Noticed { due: DUE };
        let early = Step::Decide { at: DUE.at(23, 59, 59, 0), stated: false };
        let refusal = take(noticed, early).expect_err("early");
        assert_eq!(
            refusal.to_string(),
            "陈述申辩期限至 2027-04-16 24时，期限未满且未收到陈述，不能作出决定。（依据：办法第十七条）"
        );
        let ripe = Step::Decide { at: date(2027, 4, 17).at(0, 0, 0, 0), stated: false };
        assert_eq!(take(noticed, ripe), Ok(Stage::Decided));
        let spoken = Step::Decide { at: date(2027, 4, 12).at(9, 0, 0, 0), stated: true };
        assert_eq!(take(noticed, spoken), Ok(Stage::Decided));
    }

    #[test]
    fn nothing_is_skipped() {
        let on = date(2027, 4, 20);
        let decide = Step::Decide { at: on.at(9, 0, 0, 0), stated: true };
        for stage in [Stage::Proposed, Stage::Verified] {
            assert!(take(stage, decide).is_err() && take(stage, Step::Serve { on }).is_err(), "{stage:?}");
        }
        assert!(take(Stage::Proposed, Step::Notify { due: DUE }).is_err());
        assert!(take(Stage::Decided, Step::Announce).is_err());
        let refusal = take(Stage::Proposed, Step::Announce).expect_err("no");
        assert_eq!(refusal.reason, "撤销程序处于“待核实”，不能公告。");
    }

    #[test]
    fn a_decision_in_effect_is_not_dropped_and_is_closed_only_without_open_matters() {
        let on = date(2027, 4, 20);
        for stage in [Stage::Proposed, Stage::Verified, Stage::Noticed { due: DUE }, Stage::Decided] {
            assert_eq!(take(stage, Step::Drop), Ok(Stage::Dropped));
        }
        assert!(take(Stage::Served { on }, Step::Drop).is_err());
        assert!(take(Stage::Announced { on }, Step::HandOver { open: 1 }).expect_err("open").reason.contains("1 件"));
        assert_eq!(take(Stage::Announced { on }, Step::HandOver { open: 0 }), Ok(Stage::Done { on }));
    }

    #[test]
    fn a_stage_is_kept_and_read_back_and_nothing_else_is() {
        let on = date(2027, 4, 20);
        for (key, _) in STAGES {
            let read: Vec<Stage> = [None, Some(on)].into_iter().filter_map(|day| Stage::from_parts(key, day)).collect();
            let [stage] = read.as_slice() else { panic!("{key}: {read:?}") };
            assert_eq!(Stage::from_parts(stage.key(), stage.day()), Some(*stage));
        }
        assert_eq!(Stage::from_parts("revoked", None), None);
    }
}
