//! 专家评审 (Article 8 (3), readings K31 and K80): who may sit on a panel, how its marks become a result, and the
//! order the province chooses from.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::DateTime;

use crate::Points;
use crate::general::{Basis, Due, Refusal};
use crate::law::Edition;

const ITEM: Basis = Basis::Item("8-3");

fn no<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(ITEM, reason))
}

/// A unit by its name and, where known, its code: an expert's own, or an applicant's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    pub name: String,
    pub uscc: String,
}

impl Unit {
    /// The same body, by code, or by name however its brackets and spaces are written.
    pub fn same(&self, other: &Unit) -> bool {
        let code = !self.uscc.is_empty() && self.uscc == other.uscc;
        let (own, theirs) = (tidy(&self.name), tidy(&other.name));
        code || (!own.is_empty() && own == theirs)
    }
}

fn tidy(name: &str) -> String {
    let letters = name.chars().filter(|c| !c.is_whitespace());
    letters
        .map(|c| {
            if c == '(' {
                '（'
            } else if c == ')' {
                '）'
            } else {
                c
            }
        })
        .collect()
}

/// 利害关系: why an expert may not see an application (reading K31).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conflict {
    SameUnit,
    Roster,
    Declared,
}

impl Conflict {
    pub fn reason(self) -> &'static str {
        match self {
            Conflict::SameUnit => "与申请单位为同一单位",
            Conflict::Roster => "所在单位与申请单位有企业库关系",
            Conflict::Declared => "本人或省商务厅已申报利害关系",
        }
    }
}

/// What is known of an expert's ties.
#[derive(Clone, Debug, Default)]
pub struct Ties {
    pub unit: Unit,
    /// Units a conflict with was declared.
    pub declared: Vec<Unit>,
}

/// Codes of a host and of a firm in its roster.
pub type Roster = BTreeSet<(String, String)>;

/// Whether an expert may not see what this unit handed in. Asked before the invitation, and again at assignment.
pub fn conflict(expert: &Ties, applicant: &Unit, roster: &Roster) -> Option<Conflict> {
    if expert.unit.same(applicant) {
        return Some(Conflict::SameUnit);
    }
    if expert.declared.iter().any(|unit| unit.same(applicant)) {
        return Some(Conflict::Declared);
    }
    let pair = |host: &Unit, firm: &Unit| {
        let known = !host.uscc.is_empty() && !firm.uscc.is_empty();
        known && roster.contains(&(host.uscc.clone(), firm.uscc.clone()))
    };
    (pair(applicant, &expert.unit) || pair(&expert.unit, applicant)).then_some(Conflict::Roster)
}

/// Whether a panel of this size can be drawn from so many who have no conflict.
///
/// # Errors
/// The refusal: not an odd number within the limits, or too few to draw from.
pub fn drawable(size: i64, candidates: usize, edition: &Edition) -> Result<usize, Refusal> {
    let (min, max) = (edition.whole("panel.min"), edition.whole("panel.max"));
    let fits = (min..=max).contains(&size) && size % 2 == 1;
    let Some(wanted) = usize::try_from(size).ok().filter(|_| fits) else {
        return no(format!("专家组应为 {min} 至 {max} 人的单数，不能是 {size} 人。"));
    };
    if candidates < wanted {
        return no(format!("排除利害关系后可供抽取的专家有 {candidates} 名，不足 {wanted} 名，请先补充专家库。"));
    }
    Ok(wanted)
}

/// 席位: where an expert stands with a panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seat {
    /// 已抽取，待邀请.
    Drawn,
    /// 已邀请，待答复.
    Invited,
    /// 已应邀.
    Accepted,
    /// 不参加: declined, or a conflict came to light.
    Left,
}

/// What happens to a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeatStep {
    /// 邀请, also anew when a link was lost.
    Invite { closed: bool },
    /// 应邀, by the end of the invitation.
    Accept { at: DateTime, until: Due },
    /// 谢绝 or 回避, with so many reviews already locked.
    Leave { locked: usize },
}

impl Seat {
    pub const ALL: [(Seat, &'static str, &'static str); 4] = [
        (Seat::Drawn, "drawn", "待邀请"),
        (Seat::Invited, "invited", "已邀请，待答复"),
        (Seat::Accepted, "accepted", "已应邀"),
        (Seat::Left, "left", "不参加"),
    ];

    pub fn key(&self) -> &'static str {
        Seat::ALL.iter().find(|(seat, ..)| seat == self).map_or("", |(_, key, _)| key)
    }

    pub fn name(&self) -> &'static str {
        Seat::ALL.iter().find(|(seat, ..)| seat == self).map_or("", |(.., name)| name)
    }

    pub fn from_key(key: &str) -> Option<Seat> {
        Seat::ALL.iter().find(|(_, known, _)| *known == key).map(|(seat, ..)| seat.clone())
    }
}

/// What a step makes of a seat.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn seat(seat: &Seat, step: &SeatStep) -> Result<Seat, Refusal> {
    match (seat, step) {
        (Seat::Left, _) => no("该席位的专家不参加评审，请办理补抽。"),
        (_, SeatStep::Invite { closed: true }) => no("评审已经汇总，不再邀请。"),
        (Seat::Drawn | Seat::Invited, SeatStep::Invite { .. }) => Ok(Seat::Invited),
        (Seat::Accepted, SeatStep::Invite { .. }) => Ok(Seat::Accepted),
        (Seat::Invited, SeatStep::Accept { at, until }) if until.passed(*at) => {
            no(format!("邀请的有效期至 {} 24时，已过期，请联系省商务厅重新邀请。", until.on))
        }
        (Seat::Invited, SeatStep::Accept { .. }) => Ok(Seat::Accepted),
        (Seat::Drawn, SeatStep::Accept { .. }) => no("尚未邀请，不能应邀。"),
        (Seat::Accepted, SeatStep::Accept { .. }) => no("已经应邀。"),
        (_, SeatStep::Leave { locked }) if *locked > 0 => no("已提交的评分锁定，不能再退出专家组。"),
        (_, SeatStep::Leave { .. }) => Ok(Seat::Left),
    }
}

/// One expert's review of one application, locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Review {
    pub total: Points,
    pub agree: bool,
}

/// What the marks are judged by: numbers of the edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// From so many experts on, the highest and the lowest total are left out.
    pub drop_from: i64,
    /// 同意比例, as a fraction.
    pub agree: (i64, i64),
    pub pass: Points,
    /// A wider spread than this is flagged.
    pub spread: Points,
}

impl Terms {
    pub fn of(edition: &Edition) -> Terms {
        let points = |id| Points::from_tenths(edition.whole(id).saturating_mul(10));
        Terms {
            drop_from: edition.whole("marks.drop_from"),
            agree: (edition.whole("panel.agree_numerator"), edition.whole("panel.agree_denominator")),
            pass: points("panel.pass_average"),
            spread: points("panel.spread"),
        }
    }
}

/// An exact mean: a sum of tenths and how many it is of. Never rounded before it is compared.
#[derive(Clone, Copy, Debug)]
pub struct Mean {
    sum: Points,
    of: i64,
}

impl Mean {
    pub fn at_least(&self, mark: Points) -> bool {
        i128::from(self.sum.tenths()) >= i128::from(mark.tenths()) * i128::from(self.of)
    }
}

impl Ord for Mean {
    fn cmp(&self, other: &Mean) -> Ordering {
        let across = |a: &Mean, b: &Mean| i128::from(a.sum.tenths()) * i128::from(b.of);
        across(self, other).cmp(&across(other, self))
    }
}

impl PartialOrd for Mean {
    fn partial_cmp(&self, other: &Mean) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Mean {
    fn eq(&self, other: &Mean) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Mean {}

/// With two decimals, half rounded up: `82.33`. Only for reading; orders and marks are compared exactly.
impl fmt::Display for Mean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = i128::from(self.of.max(1));
        let hundredths = (i128::from(self.sum.tenths()) * 20 + of).div_euclid(of * 2);
        f.pad(&format!("{}.{:02}", hundredths / 100, hundredths % 100))
    }
}

/// What a panel's locked reviews of one application come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub mean: Mean,
    pub highest: Points,
    pub lowest: Points,
    /// Whether the highest and the lowest were left out of the mean.
    pub dropped: bool,
    pub agree: i64,
    pub of: i64,
    /// 分差较大: the province should hear the experts together.
    pub wide: bool,
    pub enough_agree: bool,
    pub enough_points: bool,
}

impl Outcome {
    /// 通过: enough experts agree and the mean reaches the mark.
    pub fn passed(&self) -> bool {
        self.enough_agree && self.enough_points
    }

    /// The order the province chooses from: by mean, then by how many agree.
    fn order(&self, other: &Outcome) -> Ordering {
        let agree = |a: &Outcome, b: &Outcome| i128::from(a.agree) * i128::from(b.of);
        other.mean.cmp(&self.mean).then_with(|| agree(other, self).cmp(&agree(self, other)))
    }
}

/// The result of the locked reviews; `None` while there is none.
pub fn outcome(reviews: &[Review], terms: &Terms) -> Option<Outcome> {
    let of = i64::try_from(reviews.len()).ok()?;
    let totals = || reviews.iter().map(|review| review.total);
    let (highest, lowest) = (totals().max()?, totals().min()?);
    let sum: Points = totals().sum();
    // Whoever reads the numbers may set the drop below three: nothing would be left of two.
    let dropped = of >= terms.drop_from.max(3);
    let mean = if dropped { Mean { sum: sum - highest - lowest, of: of - 2 } } else { Mean { sum, of } };
    let agree = i64::try_from(reviews.iter().filter(|review| review.agree).count()).unwrap_or(of);
    Some(Outcome {
        mean,
        highest,
        lowest,
        dropped,
        agree,
        of,
        wide: highest - lowest > terms.spread,
        enough_agree: agree * terms.agree.1 >= of * terms.agree.0,
        enough_points: mean.at_least(terms.pass),
    })
}

/// Applications in the order of their results, each with its place; equal results share one.
pub fn ranked(results: &[(i64, Outcome)]) -> Vec<(i64, usize)> {
    let mut sorted: Vec<&(i64, Outcome)> = results.iter().collect();
    sorted.sort_by(|a, b| a.1.order(&b.1).then(a.0.cmp(&b.0)));
    let mut ranked: Vec<(i64, usize)> = Vec::new();
    for (ix, (id, outcome)) in sorted.iter().enumerate() {
        let before = ix.checked_sub(1).and_then(|ix| Some((sorted.get(ix)?, ranked.get(ix)?)));
        let place = match before {
            Some((other, (_, place))) if other.1.order(outcome) == Ordering::Equal => *place,
            _ => ix + 1,
        };
        ranked.push((*id, place));
    }
    ranked
}

/// What a choice has to say for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Applications chosen that did not pass: never allowed.
    pub failing: Vec<i64>,
    /// Applications that passed and are left out: reasons are due.
    pub left_out: Vec<i64>,
    /// Whether one chosen stands behind, or beside, one left out.
    pub out_of_order: bool,
}

/// Judges a choice of applications against their results.
pub fn choice(results: &[(i64, Outcome)], chosen: &BTreeSet<i64>) -> Choice {
    let of = |taken: bool| results.iter().filter(move |(id, _)| chosen.contains(id) == taken);
    let picked: Vec<&(i64, Outcome)> = of(true).collect();
    let left: Vec<&(i64, Outcome)> = of(false).filter(|(_, outcome)| outcome.passed()).collect();
    let behind = |a: &Outcome, b: &Outcome| a.order(b) != Ordering::Less;
    Choice {
        failing: picked.iter().filter(|(_, outcome)| !outcome.passed()).map(|(id, _)| *id).collect(),
        out_of_order: picked.iter().any(|(_, a)| left.iter().any(|(_, b)| behind(a, b))),
        left_out: left.iter().map(|(id, _)| *id).collect(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TERMS: Terms =
        Terms { drop_from: 5, agree: (2, 3), pass: Points::from_tenths(700), spread: Points::from_tenths(200) };

    fn reviews(totals: &[i64], agree: usize) -> Vec<Review> {
        let reviews = totals.iter().enumerate();
        reviews.map(|(ix, total)| Review { total: Points::from_tenths(*total), agree: ix < agree }).collect()
    }

    fn result(totals: &[i64], agree: usize) -> Outcome {
        outcome(&reviews(totals, agree), &TERMS).expect("reviews")
    }

    fn unit(name: &str, uscc: &str) -> Unit {
        Unit { name: name.to_owned(), uscc: uscc.to_owned() }
    }

    #[test]
    fn three_experts_all_count_and_five_lose_the_ends() {
        let three = result(&[800, 700, 901], 2);
        assert_eq!((three.mean.to_string().as_str(), three.dropped), ("80.03", false));
        let five = result(&[100, 800, 810, 820, 1000], 5);
        assert_eq!((five.mean.to_string().as_str(), five.dropped, five.wide), ("81.00", true, true));
        assert_eq!(outcome(&[], &TERMS), None);
    }

    /// 70 exactly is enough; a thousandth less, shown as 70.00 too, is not.
    #[test]
    fn the_mean_is_never_rounded_before_it_is_judged() {
        assert!(result(&[700, 700, 700], 3).passed());
        let short = result(&[800, 700, 400, 700, 700, 700, 699], 7);
        assert_eq!(short.mean.to_string(), "69.98");
        let mean = Mean { sum: Points::from_tenths(699_999), of: 1000 };
        assert_eq!((mean.to_string().as_str(), mean.at_least(TERMS.pass)), ("70.00", false));
    }

    #[test]
    fn two_thirds_is_exact() {
        assert!(result(&[900, 900, 900], 2).passed());
        assert!(!result(&[900, 900, 900], 1).passed());
        assert!(!result(&[900; 5], 3).enough_agree);
        assert!(result(&[900; 5], 4).enough_agree);
        assert!(!result(&[900; 7], 4).enough_agree);
        assert!(result(&[900; 7], 5).enough_agree);
    }

    #[test]
    fn the_spread_is_flagged_when_it_is_wider_and_not_when_it_is_equal() {
        assert!(!result(&[700, 800, 900], 3).wide);
        assert!(result(&[699, 800, 900], 3).wide);
    }

    #[test]
    fn equal_results_share_a_place() {
        let results = [
            (4, result(&[800; 3], 3)),
            (2, result(&[900; 3], 3)),
            (3, result(&[800; 5], 5)),
            (1, result(&[800; 3], 2)),
        ];
        assert_eq!(ranked(&results), [(2, 1), (3, 2), (4, 2), (1, 4)]);
    }

    #[test]
    fn a_choice_out_of_order_is_told() {
        let results = [
            (1, result(&[900; 3], 3)),
            (2, result(&[800; 3], 3)),
            (3, result(&[800; 3], 3)),
            (4, result(&[500; 3], 0)),
        ];
        let chosen = |ids: &[i64]| choice(&results, &ids.iter().copied().collect());
        assert_eq!(chosen(&[1, 2, 3]), Choice { failing: vec![], left_out: vec![], out_of_order: false });
        assert_eq!(chosen(&[1]), Choice { failing: vec![], left_out: vec![2, 3], out_of_order: false });
        // One of two equal ones: the order does not say which.
        assert_eq!(chosen(&[1, 2]), Choice { failing: vec![], left_out: vec![3], out_of_order: true });
        assert!(chosen(&[2, 3]).out_of_order);
        assert_eq!(chosen(&[1, 2, 3, 4]).failing, [4]);
    }

    #[test]
    fn a_conflict_is_found_by_unit_roster_and_declaration() {
        let ties =
            Ties { unit: unit("示例大学（本部）", "A1"), declared: vec![unit("示例轮胎协会", "")] };
        let roster: Roster = [("H1".to_owned(), "A1".to_owned()), ("A1".to_owned(), "F1".to_owned())].into();
        let found = |name, uscc| conflict(&ties, &unit(name, uscc), &roster);
        assert_eq!(found("示例大学 (本部)", ""), Some(Conflict::SameUnit));
        assert_eq!(found("改名后的大学", "A1"), Some(Conflict::SameUnit));
        assert_eq!(found("示例轮胎协会", "B2"), Some(Conflict::Declared));
        assert_eq!(found("把大学列入企业库的协会", "H1"), Some(Conflict::Roster));
        assert_eq!(found("大学企业库里的企业", "F1"), Some(Conflict::Roster));
        assert_eq!(found("无关单位", "Z9"), None);
        // Unknown codes never match each other.
        assert_eq!(conflict(&Ties::default(), &unit("", ""), &[(String::new(), String::new())].into()), None);
    }

    #[test]
    fn an_invitation_is_answered_in_time_and_locked_marks_stay() {
        let until = Due::day(date(2026, 7, 10));
        let accept = |at| SeatStep::Accept { at, until };
        assert_eq!(seat(&Seat::Invited, &accept(date(2026, 7, 10).at(23, 59, 59, 0))), Ok(Seat::Accepted));
        let late = seat(&Seat::Invited, &accept(date(2026, 7, 11).at(0, 0, 0, 0))).expect_err("late");
        assert!(late.to_string().contains("已过期") && late.basis.contains("第八条（三）"), "{late}");
        assert_eq!(seat(&Seat::Accepted, &SeatStep::Leave { locked: 0 }), Ok(Seat::Left));
        assert!(seat(&Seat::Accepted, &SeatStep::Leave { locked: 1 }).is_err());
        for step in [SeatStep::Invite { closed: false }, SeatStep::Leave { locked: 0 }] {
            assert!(seat(&Seat::Left, &step).is_err());
        }
        for (known, key, name) in Seat::ALL {
            assert_eq!((Seat::from_key(key), known.name()), (Some(known.clone()), name));
        }
    }
}
