use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ledger::{Entry, Facts, KindIx};
use super::sheet::{Group, Item, PartId, Rule, Several, Sheet, TieBreak, Tier};
use crate::Points;
use crate::law::Edition;

/// Experts' marks for one piece of work in one graded row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grading {
    /// Row id, e.g. `warn.report`.
    pub item: String,
    /// The piece of work, e.g. a report's key.
    pub work: String,
    pub marks: Vec<Decimal>,
}

/// A station's annual score. The explanation is the return type: each row says what it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    pub rows: Vec<RowScore>,
    pub groups: Vec<GroupScore>,
    pub base: Points,
    pub bonus: Points,
    pub total: Points,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowScore {
    pub item: String,
    /// Before any cap.
    pub raw: Points,
    /// After the row's own cap.
    pub points: Points,
    pub cap: Option<Points>,
    /// Anchor of the article item, e.g. `11-5-1`.
    pub article: String,
    /// Keys of the ledger entries of the row's kinds in the year.
    pub entries: Vec<i64>,
    /// Keys of the standing records behind a presence row.
    pub records: Vec<i64>,
    pub detail: Detail,
}

/// How the raw points came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Detail {
    Presence {
        holds: bool,
    },
    /// Count and points of the twelve months.
    Monthly {
        months: [(u64, Points); 12],
    },
    /// Kind, count and points of each award.
    PerEvent {
        awards: Vec<(String, u64, Points)>,
    },
    /// Each piece of work with its rounded mark.
    Graded {
        works: Vec<(String, Points)>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupScore {
    pub id: String,
    pub name: String,
    /// Sum of the rows' points before the group's cap.
    pub raw: Points,
    pub points: Points,
    pub cap: Points,
    pub tie_break: Option<TieBreak>,
}

impl Score {
    /// Points of the groups that decide ties in this way.
    pub fn tie(&self, by: TieBreak) -> Points {
        self.groups.iter().filter(|g| g.tie_break == Some(by)).map(|g| g.points).sum()
    }

    pub fn row(&self, item: &str) -> Option<&RowScore> {
        self.rows.iter().find(|row| row.item == item)
    }
}

/// Computes the annex for one station and one calendar year (Article 14, readings K1 to K8).
///
/// Entries outside `year` and kinds no row asks for count nothing. Order of the input does not matter.
pub fn score(edition: &Edition, facts: &Facts, ledger: &[Entry], gradings: &[Grading], year: i16) -> Score {
    let by_kind = sort_by_kind(edition, ledger, year);
    let sheet: &Sheet = &edition.sheet;
    let mut score =
        Score { rows: Vec::new(), groups: Vec::new(), base: Points::ZERO, bonus: Points::ZERO, total: Points::ZERO };
    for part in &sheet.parts {
        let mut part_points = Points::ZERO;
        for group in &part.groups {
            let rows: Vec<RowScore> =
                group.items.iter().map(|item| row(edition, item, facts, &by_kind, gradings)).collect();
            let scored = cap_group(group, &rows);
            part_points = part_points + scored.points;
            score.rows.extend(rows);
            score.groups.push(scored);
        }
        let part_points = part_points.min(part.cap);
        match part.id {
            PartId::Base => score.base = score.base + part_points,
            PartId::Bonus => score.bonus = score.bonus + part_points,
        }
    }
    score.total = score.base + score.bonus;
    score
}

/// Year's entries by kind, each list in the ledger's order.
type ByKind<'a> = Vec<Vec<&'a Entry>>;

fn sort_by_kind<'a>(edition: &Edition, ledger: &'a [Entry], year: i16) -> ByKind<'a> {
    let mut by_kind: ByKind<'a> = vec![Vec::new(); edition.kinds.len()];
    for entry in ledger.iter().filter(|entry| entry.on.year() == year && entry.count > 0) {
        if let Some(list) = by_kind.get_mut(usize::from(entry.kind.0)) {
            list.push(entry);
        }
    }
    by_kind
}

fn of_kind<'a, 'b>(edition: &Edition, by_kind: &'b ByKind<'a>, kind: &str) -> &'b [&'a Entry] {
    match edition.kind_ix(kind) {
        Some(KindIx(ix)) => &by_kind[usize::from(ix)],
        None => &[],
    }
}

fn row(edition: &Edition, item: &Item, facts: &Facts, by_kind: &ByKind<'_>, gradings: &[Grading]) -> RowScore {
    let entries = |kind: &str| of_kind(edition, by_kind, kind);
    let mut records = Vec::new();
    let (raw, detail) = match &item.rule {
        Rule::Presence { points, fact, unless } => {
            let shown = fact.as_deref().map(|fact| facts.evidence(fact));
            records.extend(shown.flatten().unwrap_or_default());
            let holds = shown.is_none_or(|shown| shown.is_some())
                && unless.as_deref().is_none_or(|kind| entries(kind).is_empty());
            (if holds { *points } else { Points::ZERO }, Detail::Presence { holds })
        }
        Rule::Monthly { kind, tiers } => monthly(entries(kind), tiers),
        Rule::PerEvent { each } => {
            let awards: Vec<_> = each
                .iter()
                .map(|award| {
                    let count = total(entries(&award.kind));
                    (award.kind.clone(), count, award.points.times(count))
                })
                .collect();
            (awards.iter().map(|(_, _, points)| *points).sum(), Detail::PerEvent { awards })
        }
        Rule::Graded { drop_extremes_from, several, .. } => graded(item, gradings, *drop_extremes_from, *several),
    };
    let kinds = item.rule.kinds();
    let mut evidence: Vec<i64> = kinds.iter().flat_map(|kind| entries(kind)).map(|entry| entry.id).collect();
    evidence.sort_unstable();
    RowScore {
        item: item.id.clone(),
        raw,
        points: raw.capped(item.cap),
        cap: item.cap,
        article: item.article.clone(),
        entries: evidence,
        records,
        detail,
    }
}

fn cap_group(group: &Group, rows: &[RowScore]) -> GroupScore {
    let raw: Points = rows.iter().map(|row| row.points).sum();
    GroupScore {
        id: group.id.clone(),
        name: group.name.clone(),
        raw,
        points: raw.min(group.cap),
        cap: group.cap,
        tie_break: group.tie_break,
    }
}

fn total(entries: &[&Entry]) -> u64 {
    entries.iter().fold(0, |sum: u64, entry| sum.saturating_add(entry.count))
}

fn monthly(entries: &[&Entry], tiers: &[Tier]) -> (Points, Detail) {
    let mut months = [(0u64, Points::ZERO); 12];
    for entry in entries {
        let month = &mut months[month_ix(entry.on)];
        month.0 = month.0.saturating_add(entry.count);
    }
    for (count, points) in &mut months {
        *points = tier_points(*count, tiers);
    }
    (months.iter().map(|(_, points)| *points).sum(), Detail::Monthly { months })
}

fn month_ix(on: Date) -> usize {
    usize::from(on.month().unsigned_abs()) - 1
}

/// The points a month with `count` entries gets: the best tier it reaches.
pub fn tier_points(count: u64, tiers: &[Tier]) -> Points {
    tiers.iter().filter(|tier| count >= tier.from).map(|tier| tier.points).max().unwrap_or_default()
}

/// The next tier above `count`, if any: how many more entries it takes and what the month then gets.
pub fn next_tier(count: u64, tiers: &[Tier]) -> Option<(u64, Points)> {
    let now = tier_points(count, tiers);
    tiers
        .iter()
        .filter(|tier| tier.from > count && tier.points > now)
        .min_by_key(|tier| tier.from)
        .map(|tier| (tier.from - count, tier.points))
}

fn graded(item: &Item, gradings: &[Grading], drop_from: usize, several: Several) -> (Points, Detail) {
    let mut works: Vec<(String, Points)> = gradings
        .iter()
        .filter(|grading| grading.item == item.id)
        .map(|grading| (grading.work.clone(), mark_of_work(&grading.marks, drop_from)))
        .collect();
    works.sort();
    let marks: Vec<Decimal> = works.iter().map(|(_, mark)| Decimal::new(mark.tenths(), 1)).collect();
    let raw = match several {
        Several::Best => works.iter().map(|(_, mark)| *mark).max().unwrap_or_default(),
        Several::Mean => mean(&marks),
    };
    (raw, Detail::Graded { works })
}

/// Mean of the experts' marks, rounded half up to a tenth; the extremes dropped when there are enough (K3).
pub fn mark_of_work(marks: &[Decimal], drop_from: usize) -> Points {
    let mut marks = marks.to_vec();
    marks.sort();
    let kept = if marks.len() >= drop_from.max(3) { &marks[1..marks.len() - 1] } else { &marks[..] };
    mean(kept)
}

fn mean(marks: &[Decimal]) -> Points {
    let count = i64::try_from(marks.len()).unwrap_or(i64::MAX);
    if count == 0 {
        return Points::ZERO;
    }
    // Summed and compared in integers: neither the sum of many 28-digit marks nor a quotient such as
    // 24.25/3 is ever cut off before it is rounded.
    let scale = marks.iter().map(Decimal::scale).max().unwrap_or_default();
    let unit = 10i128.pow(scale);
    let sum = marks.iter().fold(0i128, |sum, mark| {
        let units = mark.mantissa().saturating_mul(10i128.pow(scale - mark.scale()));
        sum.saturating_add(units)
    });
    let whole = unit * 2 * i128::from(count);
    let tenths = (sum.saturating_mul(20) + whole / 2).div_euclid(whole);
    Points::from_tenths(i64::try_from(tenths).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(texts: &[&str]) -> Vec<Decimal> {
        texts.iter().map(|text| Decimal::from_str_exact(text).expect("decimal")).collect()
    }

    #[test]
    fn a_mark_is_the_mean_rounded_half_up() {
        assert_eq!(mark_of_work(&marks(&["8.5", "7.0", "9.0"]), 5).to_string(), "8.2");
        assert_eq!(mark_of_work(&marks(&["6.05"]), 5).to_string(), "6.1");
        assert_eq!(mark_of_work(&marks(&["6.04999999999999999999"]), 5).to_string(), "6.0");
        assert_eq!(mark_of_work(&[], 5), Points::ZERO);
        let nearly = marks(&["9.949999999999999999999999999"; 8]);
        assert_eq!(mark_of_work(&nearly, 99).to_string(), "9.9");
    }

    #[test]
    fn from_five_experts_the_extremes_are_dropped() {
        assert_eq!(mark_of_work(&marks(&["0", "6", "6", "6", "10"]), 5).to_string(), "6.0");
        assert_eq!(mark_of_work(&marks(&["0", "6", "6", "10"]), 5).to_string(), "5.5");
    }

    #[test]
    fn the_next_tier_is_the_nearest_that_gives_more() {
        let tiers =
            [Tier { from: 20, points: Points::from_tenths(10) }, Tier { from: 10, points: Points::from_tenths(5) }];
        assert_eq!(next_tier(9, &tiers), Some((1, Points::from_tenths(5))));
        assert_eq!(next_tier(17, &tiers), Some((3, Points::from_tenths(10))));
        assert_eq!(next_tier(20, &tiers), None);
    }
}
