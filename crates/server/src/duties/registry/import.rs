//! Stations from before this system, brought in by a list: checked row by row, shown, and taken in only when the
//! person confirms what was shown, all in one transaction (reading K79).

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use papers::{read_xlsx, template_xlsx};
use regulation::general::{Mandate, Refusal, Subject, Verb};

use super::rows::{self, Counts, Held, Judged, MOST, Outcome, Row, judge_rows, seen, take_in};
use crate::app::{App, Routes, XLSX, download, render};
use crate::appraisal::ledger::writing::{Begun, answer, begin};
use crate::auth::Person;
use crate::clock::random_token;
use crate::duties::STATIONS;
use crate::error::{Fault, Page};
use crate::posted::{MAX_FILE, Posted};
use crate::shell::Shell;

pub fn routes() -> Routes {
    Routes::default()
        .get("/duties/stations/template.xlsx", Verb::MaintainRegistry, template)
        .get("/duties/stations/import", Verb::MaintainRegistry, page)
        .post("/duties/stations/import", Verb::MaintainRegistry, preview)
        .post("/duties/stations/import/confirmation", Verb::MaintainRegistry, confirm)
        .post("/duties/stations/import/refused-rows", Verb::MaintainRegistry, refused_rows)
}

/// Good rows the preview lists; all bad ones are listed.
const LISTED: usize = 100;

fn importing(app: &App, person: &Person) -> Result<Mandate, Refusal> {
    person.may(app, Verb::MaintainRegistry, &Subject::whole("station_import", 0))
}

#[derive(Template)]
#[template(path = "duties/registry_import.html")]
struct ImportPage {
    shell: Shell,
    max_bytes: usize,
    most: usize,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "duties/registry_preview.html")]
struct PreviewPage {
    shell: Shell,
    once: String,
    /// The rows as read, carried to the confirmation.
    rows: String,
    /// What the person confirms: changes when any row's outcome does.
    seen: String,
    note: Option<&'static str>,
    counts: Counts,
    sentence: String,
    refused: Vec<Line>,
    taken: Vec<Line>,
    /// Good rows not listed.
    more: usize,
}

struct Line {
    row: u32,
    number: String,
    name: String,
    host: String,
    said: String,
}

impl Line {
    fn new(judged: &Judged) -> Line {
        let grades = |grades: &[(i64, &str)]| {
            grades.iter().map(|(year, grade)| format!("{year}{grade}")).collect::<Vec<_>>().join("、")
        };
        Line {
            row: judged.row.0,
            number: judged.cell("编号").to_owned(),
            name: judged.cell("工作站名称").to_owned(),
            host: judged.cell("承办单位").to_owned(),
            said: match &judged.outcome {
                Outcome::New(_, past) if past.is_empty() => "登记".to_owned(),
                Outcome::New(_, past) => format!("登记，历史数据：{}", grades(past)),
                Outcome::Grades(_, past) => format!("已在名册，补历史数据：{}", grades(past)),
                Outcome::Known => "已在名册，不重复登记".to_owned(),
                Outcome::Bad(reason) => reason.clone(),
            },
        }
    }
}

async fn template(State(app): State<App>, person: Person) -> Page {
    importing(&app, &person)?;
    Ok(download("原有工作站导入模板.xlsx", XLSX, template_xlsx(&rows::template())?))
}

async fn page(State(app): State<App>, person: Person) -> Page {
    importing(&app, &person)?;
    render(&import_page(&app, &person, None))
}

fn import_page(app: &App, person: &Person, error: Option<String>) -> ImportPage {
    ImportPage { shell: Shell::new(app, person, STATIONS), max_bytes: MAX_FILE, most: MOST, error }
}

fn refuse(app: &App, person: &Person, sentence: String) -> Page {
    let page = import_page(app, person, Some(sentence));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// The rows of the upload; the inner error is for the person.
async fn uploaded(posted: &Posted) -> Result<Result<Vec<Row>, String>, Fault> {
    let Some(file) = posted.files.first() else { return Ok(Err("请选择按模板填写的表格。".to_owned())) };
    let bytes = file.bytes.clone();
    let read = tokio::task::spawn_blocking(move || read_xlsx(&bytes)).await.map_err(anyhow::Error::from)?;
    Ok(read.map_err(|error| error.to_string()).and_then(|sheet| rows::rows(&sheet)))
}

/// The rows a preview carried along.
fn carried(posted: &Posted) -> Result<Vec<Row>, Fault> {
    let rows: Option<Vec<Row>> = serde_json::from_str(posted.raw("rows")).ok();
    let rows = rows.filter(|rows| !rows.is_empty() && rows.len() <= MOST);
    rows.ok_or_else(|| Fault::Invalid("核对的内容不完整，请重新上传表格。".to_owned()))
}

async fn preview(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    importing(&app, &person)?;
    match uploaded(&posted).await? {
        Err(sentence) => refuse(&app, &person, sentence),
        Ok(rows) => {
            let held = Held::new(app.store.stations_on_record().await?);
            let judged = judge_rows(&app.present().edition, app.clock.today(), rows, &held);
            show(&app, &person, &judged, StatusCode::OK, None)
        }
    }
}

fn show(app: &App, person: &Person, judged: &[Judged], status: StatusCode, note: Option<&'static str>) -> Page {
    let counts = Counts::of(judged);
    let rows: Vec<&Row> = judged.iter().map(|row| &row.row).collect();
    let bad = judged.iter().filter(|row| matches!(row.outcome, Outcome::Bad(_)));
    let good = judged.iter().filter(|row| !matches!(row.outcome, Outcome::Bad(_)));
    let page = PreviewPage {
        shell: Shell::new(app, person, STATIONS),
        once: random_token()?,
        rows: serde_json::to_string(&rows).map_err(anyhow::Error::from)?,
        seen: seen(judged),
        note,
        sentence: counts.sentence(),
        refused: bad.map(Line::new).collect(),
        taken: good.take(LISTED).map(Line::new).collect(),
        more: (counts.read - counts.bad).saturating_sub(LISTED),
        counts,
    };
    Ok((status, Html(page.render()?)).into_response())
}

async fn confirm(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let mandate = importing(&app, &person)?;
    let rows = carried(&posted)?;
    let once = posted.once();
    let mut tx = match begin(&app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    let held = Held::new(tx.stations_on_record().await?);
    let judged = judge_rows(&app.present().edition, app.clock.today(), rows, &held);
    if seen(&judged) == posted.text("seen") && Counts::of(&judged).taken() > 0 {
        match take_in(&mut tx, &judged).await {
            Ok(()) => return answer(tx, once.as_deref(), &format!("{STATIONS}?done=registered")).await,
            Err(error) if error.is_duplicate() => {}
            Err(error) => return Err(error.into()),
        }
    }
    tx.abandon().await?;
    let rows = judged.into_iter().map(|judged| judged.row).collect();
    let held = Held::new(app.store.stations_on_record().await?);
    let judged = judge_rows(&app.present().edition, app.clock.today(), rows, &held);
    let note = Some("核对之后名册有了变化，没有导入。下面是按现在的名册重新核对的结果，请再次确认。");
    show(&app, &person, &judged, StatusCode::CONFLICT, note)
}

async fn refused_rows(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    importing(&app, &person)?;
    let held = Held::new(app.store.stations_on_record().await?);
    let judged = judge_rows(&app.present().edition, app.clock.today(), carried(&posted)?, &held);
    Ok(download("原有工作站导入有误行.xlsx", XLSX, template_xlsx(&rows::refused(&judged))?))
}
