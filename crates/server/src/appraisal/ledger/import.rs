//! Importing a month's publications or a past ledger: first what would be read, then all good rows in one transaction.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use feeds::{csv_rows, published_items};
use papers::{ColumnPaper, TablePaper, read_xlsx, template_xlsx};
use regulation::appraisal::ledger::Kind;
use regulation::duties::published::compared;
use regulation::general::{Placed, Role, Subject, Verb};
use regulation::law::Edition;
use sha2::{Digest, Sha256};
use store::Tx;

use super::findable;
use super::forecast::{Forecast, forecast};
use super::rows::{
    COLUMNS, Judged, Keys, MAX_ROWS, Outcome, Row, from_items, from_sheet, from_table, from_text, judge_rows,
    kinds_and_years, mark_repeats, refuse_year, to_text, years,
};
use super::writing::{Begun, answer, begin};
use super::{LEDGER, own_kinds, own_station};
use crate::app::{App, Routes, download, render};
use crate::appraisal::inspection::settled;
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, thousands};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub fn routes() -> Routes {
    Routes::default()
        .get("/appraisal/ledger/import", Verb::FileEntry, page)
        .post("/appraisal/ledger/import", Verb::FileEntry, preview)
        .post("/appraisal/ledger/import/confirmation", Verb::FileEntry, confirm)
        .post("/appraisal/ledger/import/refused-rows", Verb::FileEntry, refused_rows)
        .get("/appraisal/ledger/template.xlsx", Verb::FileEntry, template)
}

#[derive(Template)]
#[template(path = "appraisal/import.html")]
struct ImportPage {
    shell: Shell,
    kinds: Vec<(String, String, bool)>,
    text: String,
    error: Option<String>,
    most: String,
}

/// The kind chosen beforehand: what is published month by month.
fn usual_kind(edition: &Edition) -> String {
    let monthly = edition.sheet.monthly().and_then(|(item, _)| item.rule.kinds().first().copied());
    monthly.unwrap_or_default().to_owned()
}

async fn page(State(app): State<App>, person: Person) -> Page {
    own_station(&app, &person, Verb::FileEntry).await?;
    let kind = usual_kind(&app.present().edition);
    render(&import_page(&app, &person, &kind, String::new(), None))
}

fn import_page(app: &App, person: &Person, chosen: &str, text: String, error: Option<String>) -> ImportPage {
    let present = app.present();
    let kinds = own_kinds(&present.edition, person.actor.role);
    ImportPage {
        shell: Shell::new(app, person, LEDGER),
        kinds: kinds.iter().map(|kind| (kind.id.clone(), kind.name.clone(), kind.id == chosen)).collect(),
        text,
        error,
        most: thousands(i64::try_from(MAX_ROWS).unwrap_or_default()),
    }
}

/// An import as it was posted: rows judged, not yet held against the ledger.
struct Import {
    kind: String,
    source: &'static str,
    judged: Vec<Judged>,
}

async fn import(app: &App, person: &Person, station: i64, posted: &Posted) -> Result<Result<Import, String>, Fault> {
    let mut import = match read(app, person, posted) {
        Ok(import) => import,
        Err(sentence) => return Ok(Err(sentence)),
    };
    for year in years(&import.judged) {
        let stage = settled::stage_of(app, year, station).await?;
        if let Err(refusal) = settled::changeable(person.actor.role, &stage, year) {
            refuse_year(&mut import.judged, year, &refusal.to_string());
        }
    }
    Ok(Ok(import))
}

fn read(app: &App, person: &Person, posted: &Posted) -> Result<Import, String> {
    let (source, rows) = match (posted.files.first(), posted.raw("rows").trim()) {
        (Some(_), pasted) if !pasted.is_empty() => return Err("粘贴和上传请选一种。".to_owned()),
        (Some(file), _) => uploaded(&file.file_name, &file.bytes)?,
        // Between the two steps a file's rows travel as text as well.
        (None, pasted) => (carried(posted.text("source")), from_text(pasted)?),
    };
    let present = app.present();
    let kinds: Vec<&Kind> = own_kinds(&present.edition, person.actor.role);
    let kind = posted.text("kind").to_owned();
    let judged = judge_rows(&present.edition, &kinds, &kind, source, app.clock.today(), rows);
    Ok(Import { kind, source, judged })
}

/// Where rows of a file come from: a workbook, or what a website gives out.
const SOURCES: [&str; 2] = ["xlsx", "import"];

fn carried(source: &str) -> &'static str {
    SOURCES.into_iter().find(|known| *known == source).unwrap_or("paste")
}

/// Reads a file by its name's ending.
fn uploaded(name: &str, bytes: &[u8]) -> Result<(&'static str, Vec<Row>), String> {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    Ok(match ending.as_str() {
        "csv" => ("import", from_table(csv_rows(bytes)?)?),
        "xml" | "rss" | "atom" | "json" => ("import", from_items(published_items(bytes)?)?),
        _ => ("xlsx", from_sheet(&read_xlsx(bytes).map_err(|error| error.to_string())?)?),
    })
}

async fn preview(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let (_, placed) = own_station(&app, &person, Verb::FileEntry).await?;
    match import(&app, &person, placed.id, &posted).await? {
        Ok(import) => show_preview(&app, &person, &placed, import, StatusCode::OK, None).await,
        Err(sentence) => refuse(&app, &person, &posted, sentence),
    }
}

fn refuse(app: &App, person: &Person, posted: &Posted, sentence: String) -> Page {
    let text = posted.raw("rows").to_owned();
    let page = import_page(app, person, posted.text("kind"), text, Some(sentence));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

#[derive(Template)]
#[template(path = "appraisal/import_preview.html")]
struct PreviewPage {
    shell: Shell,
    once: String,
    kind: String,
    source: &'static str,
    rows: String,
    /// What the person confirms: changes when any row's outcome does.
    seen: String,
    note: Option<&'static str>,
    read: usize,
    good: usize,
    repeated: usize,
    bad: usize,
    refused: Vec<Line>,
    taken: Vec<Line>,
    /// Good rows not listed.
    more: usize,
    late: usize,
    forecast: Option<Forecast>,
}

/// A row as the preview lists it.
struct Line {
    number: usize,
    on: String,
    title: String,
    kind: String,
    reason: String,
    repeat: bool,
    late: bool,
    backdated: bool,
}

/// How many good rows the preview lists.
const LISTED: usize = 100;

async fn show_preview(
    app: &App,
    person: &Person,
    placed: &Placed,
    mut import: Import,
    status: StatusCode,
    note: Option<&'static str>,
) -> Page {
    let mut known = HashMap::new();
    for (kind, year) in kinds_and_years(&import.judged) {
        let keys = app.store.entry_keys(placed.id, &kind, year).await?;
        let keys = Keys::of(&keys, compared(&app.present().edition, &kind));
        known.insert((kind, year), keys);
    }
    mark_repeats(&mut import.judged, &mut known);
    let edition = &app.present().edition;
    let good: Vec<&Judged> = import.judged.iter().filter(|row| row.good().is_some()).collect();
    let repeated = import.judged.iter().filter(|row| matches!(row.outcome, Outcome::Repeat(_))).count();
    let page = PreviewPage {
        shell: Shell::new(app, person, LEDGER),
        once: random_token()?,
        seen: seen(&import.judged),
        note,
        read: import.judged.len(),
        good: good.len(),
        repeated,
        bad: import.judged.len() - good.len() - repeated,
        refused: import.judged.iter().filter(|row| row.good().is_none()).map(|row| line(edition, row)).collect(),
        taken: good.iter().take(LISTED).map(|row| line(edition, row)).collect(),
        more: good.len().saturating_sub(LISTED),
        late: good.iter().filter_map(|row| row.good()).filter(|entry| entry.late).count(),
        forecast: forecast(app, placed.id, &good).await?,
        rows: to_text(&import.judged.iter().map(|row| row.row.clone()).collect::<Vec<_>>()),
        kind: import.kind,
        source: import.source,
    };
    Ok((status, Html(page.render()?)).into_response())
}

fn line(edition: &Edition, row: &Judged) -> Line {
    let [on, title, _, kind, ..] = row.row.cells.clone();
    let entry = row.good();
    let name = |id: &str| edition.kind(id).map(|kind| kind.name.clone()).unwrap_or_default();
    Line {
        number: row.row.number,
        on: entry.map_or(on, |entry| match entry.minute {
            0 => crate::shell::day(entry.on_day),
            minute => format!("{} {:02}:{:02}", crate::shell::day(entry.on_day), minute / 60, minute % 60),
        }),
        title,
        kind: entry.map_or(kind, |entry| name(&entry.kind)),
        reason: row.reason().unwrap_or_default().to_owned(),
        repeat: matches!(row.outcome, Outcome::Repeat(_)),
        late: entry.is_some_and(|entry| entry.late),
        backdated: entry.is_some_and(|entry| entry.backdated),
    }
}

/// A digest of which rows are taken and how they are flagged.
fn seen(judged: &[Judged]) -> String {
    let mut digest = Sha256::new();
    for row in judged.iter().filter_map(Judged::good) {
        digest.update(format!("{row:?}"));
    }
    hex::encode(digest.finalize())
}

async fn confirm(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let (_, placed) = own_station(&app, &person, Verb::FileEntry).await?;
    let mandate = person.may(&app, Verb::FileEntry, &Subject::of_station("ledger_import", 0, &placed))?;
    let mut import = match import(&app, &person, placed.id, &posted).await? {
        Ok(import) => import,
        Err(sentence) => return refuse(&app, &person, &posted, sentence),
    };
    let once = posted.once();
    let mut tx = match begin(&app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    mark_repeats_held(&app, &mut tx, &placed, &mut import.judged).await?;
    if seen(&import.judged) != posted.text("seen") || import.judged.iter().all(|row| row.good().is_none()) {
        tx.abandon().await?;
        let note = Some("核对之后台账有了变化，没有导入。下面是按现在的台账重新核对的结果，请再次确认。");
        return show_preview(&app, &person, &placed, import, StatusCode::CONFLICT, note).await;
    }
    let month = write_all(&mut tx, &app, &placed, &import).await?;
    answer(tx, once.as_deref(), &format!("{LEDGER}?year={}&month={}&done=imported", month / 100, month % 100)).await
}

/// Holds the rows against the ledger while nobody else can write under this station.
async fn mark_repeats_held(app: &App, tx: &mut Tx<'_>, placed: &Placed, judged: &mut [Judged]) -> Result<(), Fault> {
    tx.hold_station(placed.id).await?;
    let mut known = HashMap::new();
    for (kind, year) in kinds_and_years(judged) {
        let keys = tx.entry_keys(placed.id, &kind, year).await?;
        let keys = Keys::of(&keys, compared(&app.present().edition, &kind));
        known.insert((kind, year), keys);
    }
    mark_repeats(judged, &mut known);
    Ok(())
}

/// Writes every good row; the audit row stands with the first and tells how many. Returns the newest month.
async fn write_all(tx: &mut Tx<'_>, app: &App, placed: &Placed, import: &Import) -> Result<i64, Fault> {
    let present = app.present();
    let (mut first, mut count, mut newest) = (0, 0, 0);
    for entry in import.judged.iter().filter_map(Judged::good) {
        let id = findable::add(tx, &present, placed, entry, None).await?;
        first = if count == 0 { id } else { first };
        count += 1;
        newest = newest.max(entry.on_day / 100);
    }
    let how = match import.source {
        "xlsx" => "工作簿",
        "import" => "网站文件",
        _ => "粘贴",
    };
    tx.concerns(first);
    tx.note(format!("{how}导入 {count} 笔，第 {first} 号起"));
    Ok(newest)
}

/// The rows not taken, with the reason beside each, in the template's own form: mended, it can be uploaded again.
async fn refused_rows(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let (_, placed) = own_station(&app, &person, Verb::FileEntry).await?;
    let mut import = match import(&app, &person, placed.id, &posted).await? {
        Ok(import) => import,
        Err(sentence) => return refuse(&app, &person, &posted, sentence),
    };
    let mut known = HashMap::new();
    for (kind, year) in kinds_and_years(&import.judged) {
        let keys = app.store.entry_keys(placed.id, &kind, year).await?;
        let keys = Keys::of(&keys, compared(&app.present().edition, &kind));
        known.insert((kind, year), keys);
    }
    mark_repeats(&mut import.judged, &mut known);
    let mut paper = paper(&app.present().edition, person.actor.role);
    paper.columns.push(ColumnPaper { name: "未导入原因".to_owned(), width: 48.0, ..ColumnPaper::default() });
    let refused = import.judged.iter().filter_map(|row| Some((row, row.reason()?)));
    paper.rows = refused
        .map(|(row, reason)| {
            let mut cells = row.row.cells.to_vec();
            cells.push(format!("第 {} 行：{reason}", row.row.number));
            cells
        })
        .collect();
    Ok(download("台账未导入的行.xlsx", XLSX, template_xlsx(&paper)?))
}

async fn template(State(app): State<App>, person: Person) -> Page {
    own_station(&app, &person, Verb::FileEntry).await?;
    let paper = paper(&app.present().edition, person.actor.role);
    Ok(download("台账导入模板.xlsx", XLSX, template_xlsx(&paper)?))
}

fn paper(edition: &Edition, role: Role) -> TablePaper {
    let usual = edition.kind(&usual_kind(edition)).map(|kind| kind.name.clone()).unwrap_or_default();
    let kinds: Vec<String> = own_kinds(edition, role).iter().map(|kind| kind.name.clone()).collect();
    let column = |name: &str, width: f64, hint: &str| ColumnPaper {
        name: name.to_owned(),
        width,
        hint: Some(hint.to_owned()),
        required: matches!(name, "日期" | "标题"),
        numeric: name == "数量",
        drop_down: if name == "类别" { kinds.clone() } else { Vec::new() },
    };
    let kind_hint = format!("从下拉列表选择；不填的按导入页所选类别（默认{usual}）");
    let hints: [(f64, &str); 6] = [
        (14.0, "发生或发布的日期，如 2026-09-18"),
        (48.0, "标题或事项，不超过 200 字"),
        (40.0, "以 http:// 或 https:// 开头；没有的不填"),
        (28.0, &kind_hint),
        (10.0, "不填为 1"),
        (48.0, "选填，不超过 5000 字"),
    ];
    TablePaper {
        title: "台账导入".to_owned(),
        note: Some(format!(
            "网址相同，日期和标题都相同，或者预警信息同月内容相同的，按重复处理，不导入。一次最多 {MAX_ROWS} 行。"
        )),
        columns: COLUMNS.iter().zip(hints).map(|(name, (width, hint))| column(name, width, hint)).collect(),
        rows: Vec::new(),
    }
}
