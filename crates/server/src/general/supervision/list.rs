//! The list of records with its filters, and as a workbook.

use askama::Template;
use axum::extract::{Query, State};
use papers::{ColumnPaper, TablePaper, table_xlsx};
use regulation::general::supervision::{Kind, Level};
use regulation::general::{Scope, Verb};
use regulation::law::Edition;
use serde::Deserialize;
use store::general::{Supervision, SupervisionFilter};

use super::PATH;
use crate::address::{address, cut};
use crate::app::{App, Routes, XLSX, download, render};
use crate::appraisal::ledger::parse_day;
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::shell::{Shell, day, moment, moment_of, thousands};

const SIZE: i64 = 50;
/// Most rows of one workbook.
const MOST: i64 = 20_000;

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::ViewSupervision, list).get(
        "/general/supervision.xlsx",
        Verb::ViewSupervision,
        export,
    )
}

/// The address of the list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    station: String,
    city: String,
    kind: String,
    level: String,
    from: String,
    to: String,
    all: String,
    before: Option<i64>,
}

impl Asked {
    fn filter(&self, person: &Person) -> SupervisionFilter {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let day = |text: &str| parse_day(text).map(store::day_number);
        SupervisionFilter {
            station: self.station.parse().ok(),
            city: some(&self.city),
            kind: Kind::from_key(&self.kind).map(|kind| kind.key().to_owned()),
            level: Level::from_key(&self.level).map(|level| level.key().to_owned()),
            from_day: day(&self.from),
            to_day: day(&self.to),
            told: person.actor.role.of_station(),
            all_versions: self.all == "1",
        }
    }

    /// The same filter under a path, from a row on.
    fn under(&self, path: &str, before: Option<i64>) -> String {
        let before = before.map(|id| id.to_string()).unwrap_or_default();
        let pairs = [
            ("station", self.station.as_str()),
            ("city", &self.city),
            ("kind", &self.kind),
            ("level", &self.level),
            ("from", &self.from),
            ("to", &self.to),
            ("all", &self.all),
            ("before", &before),
        ];
        address(path, &pairs)
    }
}

#[derive(Template)]
#[template(path = "general/supervision.html")]
struct ListPage {
    shell: Shell,
    asked: Asked,
    /// Key, name and whether chosen.
    kinds: Vec<Choice>,
    levels: Vec<Choice>,
    cities: Vec<(String, String, bool)>,
    lines: Vec<Line>,
    next: Option<String>,
    export: String,
    may_record: bool,
    officials: bool,
}

type Choice = (&'static str, &'static str, bool);

struct Line {
    id: i64,
    on: String,
    station: String,
    city: String,
    kind: &'static str,
    level: &'static str,
    content: String,
    corrected: bool,
    /// Class and words of where it stands with the station.
    state: (&'static str, &'static str),
}

/// Where a record stands with the station.
fn state(row: &Supervision) -> (&'static str, &'static str) {
    match (row.told, row.rectification, row.replies) {
        (_, Some(_), _) => ("warn", "已下达整改"),
        (0, ..) => ("", "未告知"),
        (_, _, 0) => ("warn", "待签阅"),
        _ => ("ok", "已签阅"),
    }
}

fn line(edition: &Edition, row: &Supervision) -> Line {
    Line {
        id: row.id,
        on: day(row.on_day),
        station: row.station.clone(),
        city: edition.area_name(&row.city).to_owned(),
        kind: Kind::from_key(&row.kind).map_or("", Kind::name),
        level: Level::from_key(&row.level).map_or("", Level::name),
        content: row.content.chars().take(60).collect(),
        corrected: row.corrected_by.is_some(),
        state: state(row),
    }
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewSupervision)?;
    let filter = asked.filter(&person);
    let before = asked.before.unwrap_or(i64::MAX);
    let mut rows = app.store.supervisions(&scope, &filter, before, SIZE + 1).await?;
    let more = cut(&mut rows, SIZE);
    let edition = app.present().edition.clone();
    let cities = edition.head.areas.iter().filter(|_| scope == Scope::All);
    render(&ListPage {
        shell: Shell::new(&app, &person, PATH),
        kinds: Kind::ALL.map(|kind| (kind.key(), kind.name(), kind.key() == asked.kind)).to_vec(),
        levels: Level::ALL.map(|level| (level.key(), level.name(), level.key() == asked.level)).to_vec(),
        cities: cities.map(|area| (area.code.clone(), area.name.clone(), area.code == asked.city)).collect(),
        lines: rows.iter().map(|row| line(&edition, row)).collect(),
        next: rows.last().filter(|_| more).map(|row| asked.under(PATH, Some(row.id))),
        export: asked.under("/general/supervision.xlsx", None),
        may_record: person.scope(&app, Verb::RecordSupervision) != Scope::Nothing,
        officials: !person.actor.role.of_station(),
        asked,
    })
}

const COLUMNS: [(&str, f64); 11] = [
    ("编号", 8.0),
    ("日期", 12.0),
    ("工作站", 32.0),
    ("设区市", 10.0),
    ("类别", 10.0),
    ("登记单位", 18.0),
    ("地点", 24.0),
    ("人员", 20.0),
    ("内容", 60.0),
    ("办理", 12.0),
    ("登记", 30.0),
];

async fn export(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewSupervision)?;
    let mut rows = app.store.supervisions(&scope, &asked.filter(&person), i64::MAX, MOST + 1).await?;
    let more = cut(&mut rows, MOST);
    let edition = app.present().edition.clone();
    let mut note = format!(
        "{}导出，{}，共 {} 行",
        moment(app.clock.now()),
        person.actor.name,
        thousands(i64::try_from(rows.len()).unwrap_or(i64::MAX))
    );
    if more {
        note.push_str(&format!("。符合条件的超过 {} 行，只列最近的，请按日期分次导出", thousands(MOST)));
    }
    // Laying out twenty thousand rows takes a second: not on the threads that answer others.
    let made = tokio::task::spawn_blocking(move || table_xlsx(&workbook(&edition, note, rows))).await;
    let bytes = made.map_err(|error| Fault::Broken(error.into()))??;
    Ok(download("监督指导记录.xlsx", XLSX, bytes))
}

fn workbook(edition: &Edition, note: String, rows: Vec<Supervision>) -> TablePaper {
    let column =
        |(name, width): &(&str, f64)| ColumnPaper { name: (*name).to_owned(), width: *width, ..ColumnPaper::default() };
    TablePaper {
        title: "监督指导记录".to_owned(),
        note: Some(note),
        columns: COLUMNS.iter().map(column).collect(),
        rows: rows.into_iter().map(|row| cells(edition, row)).collect(),
    }
}

fn cells(edition: &Edition, row: Supervision) -> Vec<String> {
    let line = line(edition, &row);
    let state = if line.corrected { "已更正" } else { line.state.1 };
    vec![
        row.id.to_string(),
        line.on,
        line.station,
        line.city,
        line.kind.to_owned(),
        line.level.to_owned(),
        row.place,
        row.people,
        row.content,
        state.to_owned(),
        format!("{}　{}", moment_of(row.recorded_at), row.recorded_by),
    ]
}
