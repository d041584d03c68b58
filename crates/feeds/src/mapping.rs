//! A saved column mapping: which column of any CSV file or workbook holds what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Kind, Stage};

/// A mapping as it is saved, in TOML for the command line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// Field (`title`, `source_id`, …) to the heading of its column.
    pub columns: BTreeMap<Field, String>,
    /// The authority, for files that have no column for it.
    pub authority: Option<String>,
    /// Its country, ISO 3166 alpha-2.
    pub country: Option<String>,
    /// What all rows are, where the file holds one kind only.
    pub kind: Option<Kind>,
    /// Where all rows stand.
    pub stage: Option<Stage>,
    /// How numeric dates are written; `2025-01-30` is understood always.
    pub dates: DateOrder,
    /// The worksheet, else the first.
    pub sheet: Option<String>,
}

/// A field of a notice that a column can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    SourceId,
    PublishedOn,
    Authority,
    Country,
    Kind,
    Stage,
    Title,
    Abstract,
    Product,
    Targets,
    CaseNumbers,
    HsCodes,
    DeadlineOn,
    Url,
}

impl Field {
    /// The fields, the one no notice is without first.
    pub const ALL: [Field; 14] = [
        Field::Title,
        Field::SourceId,
        Field::PublishedOn,
        Field::Authority,
        Field::Country,
        Field::Kind,
        Field::Stage,
        Field::Product,
        Field::Targets,
        Field::CaseNumbers,
        Field::HsCodes,
        Field::DeadlineOn,
        Field::Abstract,
        Field::Url,
    ];
}

/// Which number of `03/08/2026` is the month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    #[default]
    DayFirst,
    MonthFirst,
}

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct MappingError(String);

impl Mapping {
    /// Reads a saved mapping.
    ///
    /// # Errors
    /// Fails on anything that is no mapping, and on one without a column for the title.
    pub fn parse(text: &str) -> Result<Mapping, MappingError> {
        let mapping: Mapping = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            MappingError(format!("第 {line} 行：{}", error.message()))
        })?;
        if !mapping.columns.contains_key(&Field::Title) {
            return Err(MappingError("[columns] 中没有 title（标题列）".to_owned()));
        }
        if mapping.country.as_ref().is_some_and(|code| code.len() != 2) {
            return Err(MappingError("country 应为两位国别代码".to_owned()));
        }
        Ok(mapping)
    }
}
