//! Rectification (Article 12, reading K39): from a problem found to its closure, as one match.
//!
//! Nothing changes state when a day passes: an overdue task is shown as overdue, and an answer is taken all the same.

use jiff::civil::{Date, DateTime};

use crate::general::{Basis, Due, Manager, Refusal, Role};

/// Where a rectification task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// 待整改, until the end of a day.
    Ordered { due: Date },
    /// 待查验: the station has answered.
    Answered { due: Date },
    /// 退回再改: the answer did not do; a new day.
    Returned { due: Date },
    /// 已销号.
    Closed,
    /// 已撤回: ordered by mistake.
    Withdrawn,
}

/// What somebody wants done, with the facts it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The station reports what it did, with so many files as evidence.
    Answer { evidence: usize },
    /// The answer does not do: again, by a day after today.
    Return { due: Date, today: Date },
    /// The answer does.
    Close,
    /// The order itself was a mistake.
    Withdraw,
}

/// Key and name of each stage, in the order a task passes them.
pub const STAGES: [(&str, &str); 5] = [
    ("ordered", "待整改"),
    ("answered", "待查验"),
    ("returned", "退回再改"),
    ("closed", "已销号"),
    ("withdrawn", "已撤回"),
];

/// What people call a stage.
pub fn name_of(key: &str) -> &'static str {
    STAGES.iter().find(|(known, _)| *known == key).map_or("", |(_, name)| name)
}

impl Stage {
    pub fn key(self) -> &'static str {
        match self {
            Stage::Ordered { .. } => "ordered",
            Stage::Answered { .. } => "answered",
            Stage::Returned { .. } => "returned",
            Stage::Closed => "closed",
            Stage::Withdrawn => "withdrawn",
        }
    }

    pub fn name(self) -> &'static str {
        name_of(self.key())
    }

    /// The stage behind a key and the day kept beside it.
    pub fn from_parts(key: &str, due: Date) -> Option<Stage> {
        Some(match key {
            "ordered" => Stage::Ordered { due },
            "answered" => Stage::Answered { due },
            "returned" => Stage::Returned { due },
            "closed" => Stage::Closed,
            "withdrawn" => Stage::Withdrawn,
            _ => return None,
        })
    }

    /// The day the station has to answer by, while it has to.
    pub fn waits_until(self) -> Option<Date> {
        match self {
            Stage::Ordered { due } | Stage::Returned { due } => Some(due),
            Stage::Answered { .. } | Stage::Closed | Stage::Withdrawn => None,
        }
    }

    /// Whether the station's answer is overdue at a moment in China.
    pub fn overdue(self, now: DateTime) -> bool {
        self.waits_until().is_some_and(|due| Due::day(due).passed(now))
    }

    /// Whether nothing more is to come.
    pub fn over(self) -> bool {
        matches!(self, Stage::Closed | Stage::Withdrawn)
    }
}

fn no<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(Basis::Item("12"), reason))
}

/// What a step makes of a stage, or why not.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn take(stage: Stage, step: Step) -> Result<Stage, Refusal> {
    match (stage, step) {
        (Stage::Ordered { .. } | Stage::Returned { .. }, Step::Answer { evidence: 0 }) => {
            no("请附整改后的照片或者文件，没有佐证的不能报送。")
        }
        (Stage::Ordered { due } | Stage::Returned { due }, Step::Answer { .. }) => Ok(Stage::Answered { due }),
        (Stage::Answered { .. }, Step::Answer { .. }) => no("整改情况已经报送，正在查验，不能重复报送。"),
        (Stage::Answered { .. }, Step::Return { due, today }) if due <= today => {
            no(format!("再次整改的期限应在今天（{today}）之后。"))
        }
        (Stage::Answered { .. }, Step::Return { due, .. }) => Ok(Stage::Returned { due }),
        (Stage::Answered { .. }, Step::Close) => Ok(Stage::Closed),
        (Stage::Ordered { .. } | Stage::Returned { .. }, Step::Return { .. } | Step::Close) => {
            no("工作站尚未报送整改情况，不能查验。")
        }
        (Stage::Ordered { .. } | Stage::Answered { .. } | Stage::Returned { .. }, Step::Withdraw) => {
            Ok(Stage::Withdrawn)
        }
        (Stage::Closed, _) => no("整改已经销号，不再办理。"),
        (Stage::Withdrawn, _) => no("整改通知已经撤回，不再办理。"),
    }
}

/// Who ordered it: the level that inspects the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Province,
    City,
}

impl Level {
    pub fn key(self) -> &'static str {
        match self {
            Level::Province => "province",
            Level::City => "city",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Level::Province => "省商务厅",
            Level::City => "市商务主管部门",
        }
    }

    pub fn from_key(key: &str) -> Option<Level> {
        [Level::Province, Level::City].into_iter().find(|level| level.key() == key)
    }

    /// Who follows up now what a level found: once the province manages the station, the province (reading K35).
    pub fn in_charge(self, manager: Manager) -> Level {
        if manager == Manager::Province { Level::Province } else { self }
    }

    /// The level an official acts for.
    pub fn of(role: Role) -> Option<Level> {
        if role.of_province() {
            Some(Level::Province)
        } else if role.of_city() {
            Some(Level::City)
        } else {
            None
        }
    }
}

/// Whether an official of a role may inspect what that level is in charge of: each closes its own.
///
/// # Errors
/// The refusal.
pub fn inspects(role: Role, in_charge: Level) -> Result<(), Refusal> {
    match Level::of(role) {
        Some(level) if level == in_charge => Ok(()),
        _ => no(format!("这项整改由{}下达，由其查验。", in_charge.name())),
    }
}

/// The diagram of the states, from the match itself: each step is tried on each stage.
pub fn diagram() -> String {
    let (today, due) = (Date::constant(2026, 9, 1), Date::constant(2026, 9, 15));
    let stages =
        [Stage::Ordered { due }, Stage::Answered { due }, Stage::Returned { due }, Stage::Closed, Stage::Withdrawn];
    let steps = [
        ("报送整改情况", Step::Answer { evidence: 1 }),
        ("查验退回", Step::Return { due, today }),
        ("查验通过", Step::Close),
        ("撤回", Step::Withdraw),
    ];
    let mut text = String::from("stateDiagram-v2\n");
    for (key, name) in STAGES {
        text.push_str(&format!("    {key}: {name}\n"));
    }
    text.push_str("    [*] --> ordered: 下达整改通知\n");
    for stage in stages {
        for (name, step) in steps {
            if let Ok(next) = take(stage, step) {
                text.push_str(&format!("    {} --> {}: {name}\n", stage.key(), next.key()));
            }
        }
        if stage.over() {
            text.push_str(&format!("    {} --> [*]\n", stage.key()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const DUE: Date = Date::constant(2026, 9, 15);

    fn ordered() -> Stage {
        Stage::Ordered { due: DUE }
    }

    #[test]
    fn a_problem_is_answered_returned_answered_again_and_closed() {
        let answered = take(ordered(), Step::Answer { evidence: 2 }).expect("answered");
        let again = Step::Return { due: date(2026, 10, 9), today: date(2026, 9, 16) };
        let returned = take(answered, again).expect("returned");
        assert_eq!(returned.waits_until(), Some(date(2026, 10, 9)));
        let answered = take(returned, Step::Answer { evidence: 1 }).expect("answered again");
        assert_eq!(take(answered, Step::Close), Ok(Stage::Closed));
    }

    #[test]
    fn each_refusal_names_article_and_reason() {
        let today = date(2026, 9, 16);
        let answered = Stage::Answered { due: DUE };
        for (stage, step, reason) in [
            (ordered(), Step::Answer { evidence: 0 }, "没有佐证"),
            (ordered(), Step::Close, "尚未报送"),
            (Stage::Returned { due: DUE }, Step::Return { due: DUE, today }, "尚未报送"),
            (answered, Step::Answer { evidence: 1 }, "正在查验"),
            (answered, Step::Return { due: today, today }, "之后"),
            (Stage::Closed, Step::Answer { evidence: 1 }, "已经销号"),
            (Stage::Closed, Step::Withdraw, "已经销号"),
            (Stage::Withdrawn, Step::Close, "已经撤回"),
        ] {
            let refusal = take(stage, step).expect_err("refused");
            assert!(refusal.reason.contains(reason), "{stage:?} {step:?}: {refusal}");
            assert_eq!(refusal.basis, "办法第十二条");
        }
    }

    #[test]
    fn a_task_is_overdue_from_midnight_and_only_while_the_station_owes_an_answer() {
        let last = DUE.at(23, 59, 59, 0);
        let after = date(2026, 9, 16).at(0, 0, 0, 0);
        assert!(!ordered().overdue(last));
        assert!(ordered().overdue(after));
        assert!(!Stage::Answered { due: DUE }.overdue(after));
        assert!(!Stage::Closed.overdue(after));
    }

    #[test]
    fn each_level_inspects_what_it_ordered() {
        assert!(inspects(Role::ProvinceClerk, Level::Province).is_ok());
        assert!(inspects(Role::CityClerk, Level::City).is_ok());
        let refusal = inspects(Role::CityClerk, Level::Province).expect_err("refused");
        assert_eq!(refusal.to_string(), "这项整改由省商务厅下达，由其查验。（依据：办法第十二条）");
    }

    #[test]
    fn every_stage_is_read_back_from_its_key() {
        for stage in
            [ordered(), Stage::Answered { due: DUE }, Stage::Returned { due: DUE }, Stage::Closed, Stage::Withdrawn]
        {
            assert_eq!(Stage::from_parts(stage.key(), DUE), Some(stage));
            assert!(!stage.name().is_empty());
        }
        assert_eq!(Stage::from_parts("lost", DUE), None);
    }
}
