//! One foreign notice, whatever its source.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Source;

/// A notice as read. Codes and targets are proposals: a person confirms them before they are acted on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeNotice {
    pub source: Source,
    /// The publisher's own number: Federal Register document number, CELEX, WTO symbol, case number.
    pub source_id: String,
    /// The same for the same document in whatever format it came: numbering and id.
    pub identity: String,
    /// The day of publication as the publisher states it; `None` where the format carries none.
    pub published_on: Option<Date>,
    pub authority: String,
    /// ISO 3166 alpha-2 of the authority's country; `EU` for the European Union.
    pub country: Option<String>,
    pub kind: Kind,
    /// Every kind it is about, `kind` first: a joint notice is both anti-dumping and countervailing.
    pub kinds: Vec<Kind>,
    pub stage: Stage,
    pub title: String,
    pub product: Option<String>,
    /// ISO 3166 alpha-2 of the countries it is directed at.
    pub targets: Vec<String>,
    /// Normalised, each number on its own: ranges and lists are expanded.
    pub case_numbers: Vec<String>,
    pub hs_codes: Vec<HsCode>,
    /// Last day for comments or responses, where the document states a date.
    pub deadline_on: Option<Date>,
    pub url: Option<String>,
    /// SHA-256 of the record's bytes as they stood in the file.
    pub raw_sha256: String,
    pub relates_to: Option<Relation>,
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    #[serde(rename = "反倾销")]
    AntiDumping,
    #[serde(rename = "反补贴")]
    Countervailing,
    #[serde(rename = "保障措施")]
    Safeguard,
    /// Section 337 of the United States' Tariff Act.
    #[serde(rename = "337")]
    Section337,
    #[serde(rename = "反规避")]
    AntiCircumvention,
    #[serde(rename = "TBT")]
    Tbt,
    #[serde(rename = "SPS")]
    Sps,
    #[serde(rename = "其他")]
    Other,
}

impl Kind {
    /// The closed list.
    pub const ALL: [Kind; 8] = [
        Kind::AntiDumping,
        Kind::Countervailing,
        Kind::Safeguard,
        Kind::Section337,
        Kind::AntiCircumvention,
        Kind::Tbt,
        Kind::Sps,
        Kind::Other,
    ];
}

/// Where in its proceeding a notice stands; docs/feeds.md says what each covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stage {
    /// A petition or complaint is in, nothing is initiated yet.
    #[serde(rename = "申请")]
    Petition,
    #[serde(rename = "立案")]
    Initiation,
    #[serde(rename = "初裁")]
    Preliminary,
    #[serde(rename = "终裁")]
    Final,
    /// A duty or exclusion order, a definitive measure.
    #[serde(rename = "令")]
    Order,
    /// Undertakings and suspension agreements.
    #[serde(rename = "承诺")]
    Undertaking,
    #[serde(rename = "行政复审")]
    AdministrativeReview,
    #[serde(rename = "新出口商复审")]
    NewShipperReview,
    /// Changed circumstances and interim reviews.
    #[serde(rename = "情势变更复审")]
    ChangedCircumstancesReview,
    /// Five-year and expiry reviews.
    #[serde(rename = "日落复审")]
    SunsetReview,
    /// A measure goes on after its sunset review.
    #[serde(rename = "延续")]
    Continuation,
    #[serde(rename = "范围裁定")]
    Scope,
    #[serde(rename = "司法")]
    Court,
    #[serde(rename = "终止")]
    Termination,
    /// A date is put off.
    #[serde(rename = "延期")]
    Postponement,
    /// Dates are set or changed: schedules and hearings.
    #[serde(rename = "日程")]
    Schedule,
    #[serde(rename = "征求意见")]
    Comments,
    #[serde(rename = "更正")]
    Correction,
    /// A TBT or SPS notification.
    #[serde(rename = "通报")]
    Notification,
    #[serde(rename = "其他")]
    Other,
}

impl Stage {
    /// The closed list.
    pub const ALL: [Stage; 20] = [
        Stage::Petition,
        Stage::Initiation,
        Stage::Preliminary,
        Stage::Final,
        Stage::Order,
        Stage::Undertaking,
        Stage::AdministrativeReview,
        Stage::NewShipperReview,
        Stage::ChangedCircumstancesReview,
        Stage::SunsetReview,
        Stage::Continuation,
        Stage::Scope,
        Stage::Court,
        Stage::Termination,
        Stage::Postponement,
        Stage::Schedule,
        Stage::Comments,
        Stage::Correction,
        Stage::Notification,
        Stage::Other,
    ];
}

/// A customs code, digits only, 2 to 10 of them, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HsCode {
    pub code: String,
    pub via: Via,
}

/// How a code was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// Proposed from running text.
    Text,
    /// Stated in a field of the source.
    Field,
    /// Stated in a column that a saved mapping names.
    Mapping,
}

/// What another document this one corrects, revises, adds to or announces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    pub how: How,
    /// The other one's identity, where the document names it.
    pub to: Option<String>,
    /// How the document names the other one otherwise: a title, a citation.
    pub named: Option<String>,
}

/// How two documents relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Corr., corrigendum, “; Correction”.
    Corrects,
    /// Rev., amended.
    Revises,
    /// Add., supplement.
    AddsTo,
    /// A Public Inspection row: the same document before its publication.
    Announces,
}
