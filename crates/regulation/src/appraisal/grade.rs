use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::Points;

/// 等次 (Article 14), with the two states that are not yet or not at all a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// 优秀
    Excellent,
    /// 合格
    Qualified,
    /// 不合格
    Unqualified,
    /// 待定: one of a tie that would cross the cap; the department decides.
    Pending,
    /// 不评: first year, outside the count.
    Exempt,
}

impl Grade {
    pub const ALL: [Grade; 5] =
        [Grade::Excellent, Grade::Qualified, Grade::Unqualified, Grade::Pending, Grade::Exempt];

    pub fn name(self) -> &'static str {
        match self {
            Grade::Excellent => "优秀",
            Grade::Qualified => "合格",
            Grade::Unqualified => "不合格",
            Grade::Pending => "待定",
            Grade::Exempt => "不评",
        }
    }

    pub fn from_name(name: &str) -> Option<Grade> {
        Grade::ALL.into_iter().find(|grade| grade.name() == name)
    }
}

/// Whether and how a station took part in the year's inspection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Participation {
    #[default]
    OnTime,
    /// No first submission by the deadline, as confirmed by a person.
    Absent,
    /// Confirmed during the year: a reference score, no grade.
    FirstYear,
}

impl Participation {
    pub const ALL: [Participation; 3] = [Participation::OnTime, Participation::Absent, Participation::FirstYear];

    pub fn key(self) -> &'static str {
        match self {
            Participation::OnTime => "on_time",
            Participation::Absent => "absent",
            Participation::FirstYear => "first_year",
        }
    }

    pub fn from_key(key: &str) -> Option<Participation> {
        Participation::ALL.into_iter().find(|p| p.key() == key)
    }

    /// As shown in lists.
    pub fn name(self) -> &'static str {
        match self {
            Participation::OnTime => "按时参评",
            Participation::Absent => "未参加",
            Participation::FirstYear => "首年免评",
        }
    }
}

/// What grading needs to know of a station, in ranking order of its fields (reading K10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub id: String,
    pub standing: Standing,
    pub participation: Participation,
}

/// The five figures that rank a station, first to last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    pub total: Points,
    pub base: Points,
    pub warning: Points,
    pub case: Points,
    pub adopted: Points,
}

/// The year's confirmed numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GradeRule {
    /// Totals below it are 不合格.
    pub pass_mark: Points,
    /// 优秀 is at most one in this many (Article 14: 3).
    pub excellent_one_in: usize,
}

/// The year's grades as the rule alone gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grades {
    /// N: how many took part.
    pub considered: usize,
    /// floor(N / 3).
    pub cap: usize,
    pub grades: BTreeMap<String, Grade>,
    /// Ties that would cross the cap, each sorted by id.
    pub pending: Vec<Vec<String>>,
    /// Seats of the cap not given to anyone.
    pub open_seats: usize,
    /// Ids of those who took part, best first; equal standing in id order.
    pub ranking: Vec<String>,
}

/// Grades a year (Article 14, readings K9 and K10). The cap is never crossed and a tie is never split.
pub fn grade(candidates: &[Candidate], rule: GradeRule) -> Grades {
    let mut considered: Vec<&Candidate> =
        candidates.iter().filter(|c| c.participation == Participation::OnTime).collect();
    considered.sort_by(|a, b| (Reverse(a.standing), &a.id).cmp(&(Reverse(b.standing), &b.id)));
    let cap = considered.len() / rule.excellent_one_in.max(1);

    let mut grades = BTreeMap::new();
    for candidate in candidates {
        match candidate.participation {
            Participation::Absent => grades.insert(candidate.id.clone(), Grade::Unqualified),
            Participation::FirstYear => grades.insert(candidate.id.clone(), Grade::Exempt),
            Participation::OnTime => None,
        };
    }
    let mut seats = cap;
    let mut pending = Vec::new();
    for tie in considered.chunk_by(|a, b| a.standing == b.standing) {
        let grade = if tie[0].standing.total < rule.pass_mark {
            Grade::Unqualified
        } else if seats == 0 || !pending.is_empty() {
            Grade::Qualified
        } else if tie.len() <= seats {
            seats -= tie.len();
            Grade::Excellent
        } else {
            pending.push(tie.iter().map(|c| c.id.clone()).collect());
            Grade::Pending
        };
        grades.extend(tie.iter().map(|c| (c.id.clone(), grade)));
    }
    Grades {
        considered: considered.len(),
        cap,
        grades,
        pending,
        open_seats: seats,
        ranking: considered.iter().map(|c| c.id.clone()).collect(),
    }
}
