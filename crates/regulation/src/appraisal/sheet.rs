use serde::{Deserialize, Serialize};

use crate::Points;

/// The annex (附 评分表) of an edition: official names and criteria as data, rules as four shapes.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// 附件标题, printed verbatim.
    pub title: String,
    /// The item of the measures that brings the annex in, e.g. `annex`.
    pub article: String,
    /// Highest total, a closing check on the parts.
    pub total: Points,
    #[serde(rename = "part")]
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// `base` or `bonus`: what the totals are called in results and in grading.
    pub id: PartId,
    pub name: String,
    pub cap_text: String,
    pub cap: Points,
    #[serde(rename = "group")]
    pub groups: Vec<Group>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum PartId {
    Base,
    Bonus,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub id: String,
    pub name: String,
    pub cap_text: String,
    pub cap: Points,
    /// What this group decides when totals are equal, if anything (reading K10).
    pub tie_break: Option<TieBreak>,
    #[serde(rename = "item")]
    pub items: Vec<Item>,
}

/// After total and base, equal stations are ranked by these groups in this order (reading K10).
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum TieBreak {
    Warning,
    Case,
    Adopted,
}

/// One row of the annex (具体工作).
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub id: String,
    /// 具体工作, verbatim.
    pub work: String,
    /// 分值 as the annex prints it: `6`, `10分`, or empty.
    pub value_text: String,
    /// 评分标准, verbatim.
    pub criteria: String,
    /// The row's own cap; `None` where only the group's holds.
    pub cap: Option<Points>,
    /// The article item this row inspects.
    pub article: String,
    /// Readings that decide its corners, e.g. `K2`.
    #[serde(default)]
    pub readings: Vec<String>,
    pub rule: Rule,
}

/// The fifteen rows need exactly four kinds of rule.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// Points while a fact holds, or while no entry of a kind lies in the year.
    Presence { points: Points, fact: Option<String>, unless: Option<String> },
    /// Points per calendar month by how many entries it holds (reading K2).
    Monthly { kind: String, tiers: Vec<Tier> },
    /// Points per entry.
    PerEvent { each: Vec<Award> },
    /// The mean of the experts' marks for a piece of work (reading K3).
    Graded {
        kind: String,
        /// Highest mark an expert may give.
        max: Points,
        /// From this many experts on, the one highest and the one lowest are dropped.
        drop_extremes_from: usize,
        several: Several,
    },
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// At least this many in the month.
    pub from: u64,
    pub points: Points,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Award {
    pub kind: String,
    pub points: Points,
}

/// What counts when several pieces of work were graded.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Several {
    Best,
    Mean,
}

impl Rule {
    /// The ledger kinds that are evidence for a row with this rule.
    pub fn kinds(&self) -> Vec<&str> {
        match self {
            Rule::Presence { unless, .. } => unless.as_deref().into_iter().collect(),
            Rule::Monthly { kind, .. } | Rule::Graded { kind, .. } => vec![kind],
            Rule::PerEvent { each } => each.iter().map(|award| award.kind.as_str()).collect(),
        }
    }
}

impl Sheet {
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.parts.iter().flat_map(|part| &part.groups)
    }

    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.groups().flat_map(|group| &group.items)
    }

    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items().find(|item| item.id == id)
    }

    /// The monthly row and its tiers, if the sheet has one: it drives the month-by-month counter.
    pub fn monthly(&self) -> Option<(&Item, &[Tier])> {
        self.items().find_map(|item| match &item.rule {
            Rule::Monthly { tiers, .. } => Some((item, tiers.as_slice())),
            _ => None,
        })
    }
}
