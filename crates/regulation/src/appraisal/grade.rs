use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::Points;
use crate::general::{Basis, Refusal};

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
    pub const ALL: [Grade; 5] = [Grade::Excellent, Grade::Qualified, Grade::Unqualified, Grade::Pending, Grade::Exempt];

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
    /// One in this many of whom.
    pub counts: Counts,
}

/// 三分之一的基数, as the province confirms it for a year (reading K43).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counts {
    /// Those that took part and can be graded.
    #[default]
    Participating,
    /// All stations in force in the year.
    All,
}

impl Counts {
    pub const ALL: [Counts; 2] = [Counts::Participating, Counts::All];

    pub fn key(self) -> &'static str {
        match self {
            Counts::Participating => "participating",
            Counts::All => "all",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Counts::Participating => "按时参评且可以评定等次的工作站",
            Counts::All => "全部有效工作站（含未参加和首年免评的）",
        }
    }

    pub fn from_key(key: &str) -> Option<Counts> {
        Counts::ALL.into_iter().find(|counts| counts.key() == key)
    }
}

/// 首年工作站 in the year of their confirmation, as the province confirms it for a year (reading K48).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstYear {
    /// A reference score, no grade, outside the count.
    #[default]
    Exempt,
    /// Scored and graded like the others.
    Graded,
}

impl FirstYear {
    pub const ALL: [FirstYear; 2] = [FirstYear::Exempt, FirstYear::Graded];

    pub fn key(self) -> &'static str {
        match self {
            FirstYear::Exempt => "exempt",
            FirstYear::Graded => "graded",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            FirstYear::Exempt => "报送材料，得分供参考，不评等次",
            FirstYear::Graded => "照常评分，评定等次",
        }
    }

    pub fn from_key(key: &str) -> Option<FirstYear> {
        FirstYear::ALL.into_iter().find(|policy| policy.key() == key)
    }
}

/// The year's grades as the rule alone gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grades {
    /// How many took part and are ranked.
    pub considered: usize,
    /// N: what the cap is a third of.
    pub counted: usize,
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
    let counted = match rule.counts {
        Counts::Participating => considered.len(),
        Counts::All => candidates.len(),
    };
    let cap = counted / rule.excellent_one_in.max(1);

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
        counted,
        cap,
        grades,
        pending,
        open_seats: seats,
        ranking: considered.iter().map(|c| c.id.clone()).collect(),
    }
}

/// The year's grades with the collective decision on the tie taken in (Article 14, reading K45): those chosen are
/// 优秀, the rest of the tie 合格. Choosing fewer than there are seats, or none, leaves them empty.
///
/// # Errors
/// A refusal when someone outside the tie was chosen, or more than there are seats.
pub fn settle(grades: &Grades, chosen: &[String]) -> Result<BTreeMap<String, Grade>, Refusal> {
    let refuse = |reason: String| Err(Refusal::new(Basis::Item("14"), reason));
    let chosen: BTreeSet<&String> = chosen.iter().collect();
    let tied = || grades.pending.iter().flatten();
    if chosen.iter().any(|id| !tied().any(|known| known == *id)) {
        return refuse("集体研究选定的工作站不在待定之列，排名已有变化，须重新研究。".to_owned());
    }
    if chosen.len() > grades.open_seats {
        return refuse(format!("选定 {} 家，超过空缺名额 {} 个。", chosen.len(), grades.open_seats));
    }
    let mut settled = grades.grades.clone();
    for id in tied() {
        settled.insert(id.clone(), if chosen.contains(id) { Grade::Excellent } else { Grade::Qualified });
    }
    // The last word on Article 14, whatever came before.
    let excellent = settled.values().filter(|grade| **grade == Grade::Excellent).count();
    if excellent > grades.cap {
        return refuse(format!("优秀 {excellent} 家，超过上限 {} 家。", grades.cap));
    }
    Ok(settled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(id: &str, total: i64) -> Candidate {
        let standing = Standing { total: Points::from_tenths(total * 10), ..Standing::default() };
        Candidate { id: id.to_owned(), standing, participation: Participation::OnTime }
    }

    /// 103 stations in force, two absent, four in their first year (reading K43): 97 took part.
    #[test]
    fn the_cap_is_a_third_of_whom_the_province_confirmed() {
        let mut candidates: Vec<Candidate> = (0..103).map(|n| candidate(&format!("{n:03}"), 60 + n % 40)).collect();
        for (ix, candidate) in candidates.iter_mut().enumerate().take(6) {
            candidate.participation = if ix < 2 { Participation::Absent } else { Participation::FirstYear };
        }
        let of =
            |counts| grade(&candidates, GradeRule { pass_mark: Points::from_tenths(600), excellent_one_in: 3, counts });
        let (own, all) = (of(Counts::Participating), of(Counts::All));
        assert_eq!((own.considered, own.counted, own.cap), (97, 97, 32));
        assert_eq!((all.considered, all.counted, all.cap), (97, 103, 34));
        for key in ["participating", "all"] {
            assert_eq!(Counts::from_key(key).map(Counts::key), Some(key));
        }
        for key in ["exempt", "graded"] {
            assert_eq!(FirstYear::from_key(key).map(FirstYear::key), Some(key));
        }
        assert_eq!((Counts::from_key(""), FirstYear::from_key("")), (None, None));
    }

    /// Six stations, two seats: a is first, b and c tie for the second.
    fn tied() -> Grades {
        let totals = [("a", 120), ("b", 110), ("c", 110), ("d", 90), ("e", 80), ("f", 50)];
        let candidates: Vec<Candidate> = totals.iter().map(|(id, total)| candidate(id, *total)).collect();
        grade(
            &candidates,
            GradeRule { pass_mark: Points::from_tenths(600), excellent_one_in: 3, counts: Counts::default() },
        )
    }

    fn chosen(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn the_chosen_are_excellent_and_the_rest_of_the_tie_qualified() {
        let settled = settle(&tied(), &chosen(&["c"])).expect("settled");
        assert_eq!((settled["b"], settled["c"]), (Grade::Qualified, Grade::Excellent));
        assert_eq!(settled["f"], Grade::Unqualified);
        assert!(!settled.values().any(|grade| *grade == Grade::Pending));
    }

    #[test]
    fn a_seat_may_be_left_empty() {
        let settled = settle(&tied(), &[]).expect("settled");
        assert_eq!(settled.values().filter(|grade| **grade == Grade::Excellent).count(), 1);
    }

    #[test]
    fn nobody_outside_the_tie_and_no_more_than_the_seats() {
        let refused = settle(&tied(), &chosen(&["d"])).expect_err("not tied");
        assert_eq!(refused.basis, "办法第十四条");
        assert!(settle(&tied(), &chosen(&["b", "c"])).expect_err("one seat").reason.contains("空缺名额 1 个"));
    }

    #[test]
    fn the_cap_is_checked_whatever_the_grades_say() {
        let mut grades = tied();
        grades.grades.insert("d".to_owned(), Grade::Excellent);
        grades.open_seats = 9;
        assert!(settle(&grades, &chosen(&["b"])).expect_err("over the cap").reason.contains("超过上限 2 家"));
    }
}
