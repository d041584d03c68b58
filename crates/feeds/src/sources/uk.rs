//! UK Trade Remedies Authority: the public register's page of cases and notices, and its vocabularies.
//!
//! Format: HTML of `https://www.trade-remedies.service.gov.uk/public/cases/`; its tables are those of
//! `uktrade/trade-remedies-public`, `templates/cases/public_cases.html` (Date, Notice, Case; Initiated, Commodity,
//! Country, Case type, Case, Updated). Vocabularies: fixtures of `uktrade/trade-remedies-api`.

use serde::Deserialize;

use crate::cases::System;
use crate::draft::Draft;
use crate::html::{self, Row, Table};
use crate::mapping::DateOrder;
use crate::outcome::{At, Out};
use crate::text::decode;

const HOST: &str = "https://www.trade-remedies.service.gov.uk";

pub(super) fn read(bytes: &[u8], out: &mut Out<'_>) {
    let text = decode(bytes, None);
    let page = html::page(&text);
    let mut known = false;
    for table in &page.tables {
        let (notices, cases) = (table.column(&["notice"]).is_some(), table.column(&["commodity"]).is_some());
        if table.column(&["case"]).is_none() || !(notices || cases) {
            continue;
        }
        known = true;
        for row in &table.rows {
            let made = if notices { notice(table, row, out) } else { case(table, row, out) };
            let raw = &text.as_bytes()[row.offset..row.end.max(row.offset)];
            out.record(At::In(text.as_bytes(), row.offset), raw, made);
        }
    }
    if !known {
        let json = text.trim_start().starts_with(['{', '[']);
        out.refuse(
            At::Whole,
            if json {
                "是 JSON 文件，不是英国贸易救济案件页面：请上传登记网站案件列表（public/cases）的网页"
            } else {
                "不是英国贸易救济案件页面：没有案件表"
            },
        );
    }
}

/// The case cell: `AD0012:Aluminium extrusions`.
fn reference(table: &Table, row: &Row) -> Result<(String, String, Option<String>), String> {
    let column = table.headings.iter().position(|heading| heading.trim().eq_ignore_ascii_case("case"));
    let cell = column.and_then(|column| row.cells.get(column)).ok_or("没有案件列")?;
    let (number, name) =
        cell.text.split_once(':').ok_or_else(|| format!("案件“{}”没有编号", crate::text::cut(&cell.text, 60)))?;
    Ok((number.trim().to_owned(), name.trim().to_owned(), cell.link.as_deref().map(absolute)))
}

fn absolute(link: &str) -> String {
    if link.starts_with('/') { format!("{HOST}{link}") } else { link.to_owned() }
}

fn notice(table: &Table, row: &Row, out: &Out<'_>) -> Result<Draft, String> {
    let (number, name, _) = reference(table, row)?;
    let kind = table.cell(row, &["notice"]).ok_or("没有公告列")?;
    let date = table.cell(row, &["date"]).map_or("", |cell| cell.text.as_str());
    let published_on = out.desk.dates.field(date, DateOrder::DayFirst)?;
    let day = published_on.map(|day| day.to_string()).unwrap_or_default();
    Ok(Draft {
        // A case has many notices: its number, the day and what was published tell one from another.
        id: format!("{number}/{day}/{}", kind.text),
        title: format!("{}: {name}", kind.text),
        published_on,
        url: kind.link.as_deref().map(absolute),
        ..common(number)
    })
}

fn case(table: &Table, row: &Row, out: &Out<'_>) -> Result<Draft, String> {
    let (number, name, url) = reference(table, row)?;
    let text = |words: &[&str]| table.cell(row, words).map(|cell| cell.text.clone()).unwrap_or_default();
    let country = text(&["country"]);
    let common = common(number.clone());
    Ok(Draft {
        id: number,
        title: name,
        published_on: out.desk.dates.field(&text(&["initiated"]), DateOrder::DayFirst)?,
        // The case type of a review says nothing of the law, the law nothing of the review.
        label: format!("{}; {}", text(&["case type"]), common.label).trim_matches([';', ' ']).to_owned(),
        target_field: (!country.is_empty()).then_some(country),
        product: Some(text(&["commodity"])),
        url,
        ..common
    })
}

fn common(number: String) -> Draft {
    // The first letters of a case number are its case type's acronym. What a transition case publishes belongs to a
    // review, though a notice is headed “Notice of Initiation” as any other.
    let law = match number.get(..2) {
        Some("AD") => "anti-dumping",
        Some("AS") => "anti-subsidy",
        Some("TD") => "transition anti-dumping review",
        Some("TS") => "transition anti-subsidy review",
        Some("TF") => "transition safeguarding review",
        Some("SF" | "SG" | "SM" | "SE" | "SS" | "SD" | "TQ") => "safeguard measure",
        _ => "",
    };
    Draft {
        authority: "Trade Remedies Authority".to_owned(),
        country: Some("GB".to_owned()),
        body: law.to_owned(),
        label: law.to_owned(),
        docket: number,
        system: System::UnitedKingdom,
        ..Draft::default()
    }
}

/// A term of one of the register's vocabularies: a case type with its acronym, or a sector with its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseType {
    pub name: String,
    /// `AD` for an anti-dumping investigation; a sector's code.
    pub code: String,
}

/// Reads a vocabulary: an array of `{model, pk, fields: {name, acronym | code}}`.
///
/// # Errors
/// Says what is not one, in one Chinese sentence.
pub fn vocabulary(bytes: &[u8]) -> Result<Vec<CaseType>, String> {
    #[derive(Deserialize)]
    struct Row {
        fields: Term,
    }
    #[derive(Deserialize)]
    struct Term {
        name: String,
        #[serde(alias = "acronym", default)]
        code: Option<String>,
    }
    let rows: Vec<Row> = serde_json::from_slice(bytes).map_err(|error| crate::json::unreadable(&error))?;
    Ok(rows
        .into_iter()
        .map(|row| CaseType { name: row.fields.name, code: row.fields.code.unwrap_or_default() })
        .collect())
}
