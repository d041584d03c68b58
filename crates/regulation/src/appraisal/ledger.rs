use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use crate::general::Role;

/// A kind of ledger entry (Article 13), as an edition lists it in `ledger.toml`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Stable key, e.g. `warning.published`.
    pub id: String,
    /// 名称, as shown on forms and lists.
    pub name: String,
    /// The work line it is filed under, e.g. 监测预警.
    pub line: String,
    /// Measure word: 条, 份, 次, 件.
    pub unit: String,
    /// The article item this work carries out.
    pub basis: String,
    /// Who may make such an entry.
    #[serde(default)]
    pub entered_by: EnteredBy,
    /// Years the entry and its attachments are kept.
    pub retention_years: u16,
    /// What evidence is expected, in one sentence.
    pub evidence: String,
    /// Kinds of the station's own entries that a finding of this kind may speak of, e.g. the report adopted.
    #[serde(default)]
    pub about: Vec<String>,
    /// The kind of entry a finding of this kind takes the place of (reading K5: a case won is no longer one responded).
    pub replaces: Option<String>,
}

/// Who makes an entry: what an authority grants is never claimed by the station itself (reading on row E).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum EnteredBy {
    #[default]
    Station,
    /// The city bureau or the province's department.
    City,
    /// The province's department alone.
    Province,
}

impl EnteredBy {
    /// Whether an authority's account of this role may enter it.
    pub fn authority(self, role: Role) -> bool {
        match self {
            EnteredBy::Station => false,
            EnteredBy::City => role == Role::CityClerk || role == Role::ProvinceClerk,
            EnteredBy::Province => role == Role::ProvinceClerk,
        }
    }
}

/// A work with marks but no points: Article 11 matters without a score row, shown as 定性，不计分.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Qualitative {
    pub article: String,
    pub name: String,
    /// Ledger kinds that are its evidence.
    pub kinds: Vec<String>,
}

/// A standing fact an edition's `presence` rows ask for, e.g. `has_unit`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    pub id: String,
    pub name: String,
    pub basis: String,
    /// What the station must have on record for it.
    pub evidence: String,
    /// Where the record is kept.
    #[serde(default)]
    pub kept_in: KeptIn,
    /// Shown by a website: how often it opened stands beside the row (reading K60).
    #[serde(default)]
    pub probed: bool,
}

/// Which record shows a fact.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum KeptIn {
    /// A standing record of the station: a document, a person, a website.
    #[default]
    Record,
    /// The roster of key enterprises, with at least `roster.min` firms.
    Roster,
}

/// One live ledger entry as the score sees it. `count` stands for that many separate entries (reading K1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The caller's own key; returned as evidence.
    pub id: i64,
    /// Index into [`crate::law::Edition::kinds`].
    pub kind: KindIx,
    /// The day in China Standard Time.
    pub on: Date,
    pub count: u64,
}

/// Position of a kind in its edition. Cheap to copy and compare: a year holds a million entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindIx(pub u16);

/// Standing facts that hold, each with the caller's keys of the records that show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<String, Vec<i64>>);

impl Facts {
    pub fn establish(&mut self, fact: &str, evidence: impl IntoIterator<Item = i64>) {
        self.0.entry(fact.to_owned()).or_default().extend(evidence);
    }

    /// The records behind a fact; `None` when it does not hold.
    pub fn evidence(&self, fact: &str) -> Option<&[i64]> {
        self.0.get(fact).map(Vec::as_slice)
    }
}
