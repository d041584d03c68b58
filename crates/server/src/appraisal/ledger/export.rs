//! The ledger's list as a workbook: every row of the filter, within the person's scope.

use axum::extract::{Query, State};
use papers::{ColumnPaper, TablePaper, table_xlsx};
use regulation::general::Verb;
use regulation::law::Edition;
use store::appraisal::EntryRow;

use super::list::Asked;
use crate::app::{App, Routes, download};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::shell::{day, moment, moment_of, thousands};

/// Most rows of one workbook.
const MOST: i64 = 20_000;

/// What marks an entry that says the same as another of its month (reading K101).
const NOT_AGAIN: &str = "重复不计";

const COLUMNS: [(&str, f64); 11] = [
    ("编号", 10.0),
    ("日期", 12.0),
    ("工作站", 32.0),
    ("类别", 28.0),
    ("标题或事项", 48.0),
    ("数量", 8.0),
    ("单位", 6.0),
    ("网址", 36.0),
    ("情况说明", 48.0),
    ("标注", 14.0),
    ("登记", 30.0),
];

pub fn routes() -> Routes {
    Routes::default().get("/appraisal/ledger.xlsx", Verb::ViewLedger, export)
}

async fn export(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewLedger)?;
    let present = app.present();
    let filter = asked.filter(present.year);
    let year = filter.from_day.unwrap_or_default() / 10_000;
    let edition = app.edition_of(year).await?;
    let mut rows = app.store.entries(&scope, &filter, None, MOST + 1).await?;
    let cut = rows.len() > usize::try_from(MOST).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    let mut note =
        format!("{}导出，{}，共 {} 行", moment(app.clock.now()), person.actor.name, thousands(rows.len() as i64));
    if cut {
        note.push_str(&format!("。符合条件的超过 {} 行，只列最近的，请按月份或类别分次导出", thousands(MOST)));
    }
    let title = format!("{year}年度台账");
    let name = format!("{title}.xlsx");
    // Laying out twenty thousand rows takes a second: not on the threads that answer others.
    let made = tokio::task::spawn_blocking(move || table_xlsx(&paper(&edition, title, note, rows))).await;
    let bytes = made.map_err(|error| Fault::Broken(error.into()))??;
    Ok(download(&name, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", bytes))
}

fn paper(edition: &Edition, title: String, note: String, rows: Vec<EntryRow>) -> TablePaper {
    let column = |(name, width): &(&str, f64)| ColumnPaper {
        name: (*name).to_owned(),
        width: *width,
        numeric: *name == "数量",
        ..ColumnPaper::default()
    };
    TablePaper {
        title,
        note: Some(note),
        columns: COLUMNS.iter().map(column).collect(),
        rows: rows.into_iter().map(|row| cells(edition, row)).collect(),
    }
}

fn cells(edition: &Edition, row: EntryRow) -> Vec<String> {
    let kind = edition.kind(&row.kind);
    let mut marks = Vec::new();
    match (row.void != 0, row.superseded_by) {
        (true, _) => marks.push("撤回"),
        (false, Some(_)) => marks.push("已更正"),
        (false, None) => {}
    }
    marks.extend((row.late != 0).then_some("补录"));
    marks.extend((row.backdated != 0).then_some("倒填"));
    marks.extend(row.repeats.is_some().then_some(NOT_AGAIN));
    vec![
        row.id.to_string(),
        day(row.on_day),
        row.station,
        kind.map_or_else(|| row.kind.clone(), |kind| kind.name.clone()),
        row.title,
        row.count.to_string(),
        kind.map(|kind| kind.unit.clone()).unwrap_or_default(),
        row.url,
        row.detail,
        marks.join("、"),
        format!("{}　{}", moment_of(row.recorded_at), row.recorded_by),
    ]
}
