//! 抽查 (Article 12; the city's by Article 3): at any time, with findings and evidence, each problem led to its closure.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use jiff::civil::Date;
use regulation::appraisal::rectification::{Level, Stage};
use regulation::general::{Mandate, Refusal, Scope, Subject, Verb, holds};
use serde::Deserialize;
use store::appraisal::{NewSpotCheck, SpotCheck};
use store::duties::{Station, StationFilter};

use super::ledger::parse_day;
use super::ledger::reading::File;
use super::ledger::writing::{Begun, answer, answered, begin, put_files};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::{ACCEPT, MAX_FILE, Posted};
use crate::shell::{Shell, day, moment_of};

pub const PATH: &str = "/appraisal/spot-checks";

/// What attachments of a spot check hang on.
pub const NOUN: &str = "spot_check";

/// Problems the form has room for.
const PROBLEMS: usize = 6;

pub fn routes() -> Routes {
    Routes::default()
        .get(PATH, Verb::ViewSpotChecks, list)
        .post(PATH, Verb::RecordSpotCheck, record)
        .get("/appraisal/spot-checks/new", Verb::RecordSpotCheck, blank)
        .get("/appraisal/spot-checks/{id}", Verb::ViewSpotChecks, show)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    before: Option<i64>,
    station: Option<i64>,
}

#[derive(Template)]
#[template(path = "appraisal/spot_checks.html")]
struct SpotChecksPage {
    shell: Shell,
    lines: Vec<Line>,
    next: Option<i64>,
    bulletins: Vec<(i64, String, String, &'static str)>,
    may_record: bool,
    may_tell: bool,
    officials: bool,
}

pub struct Line {
    pub id: i64,
    pub on: String,
    pub station: String,
    pub city: String,
    pub level: &'static str,
    pub problems: i64,
}

impl Line {
    pub fn new(check: &SpotCheck, edition: &regulation::law::Edition) -> Line {
        Line {
            id: check.id,
            on: day(check.on_day),
            station: check.station.clone(),
            city: edition.area_name(&check.city).to_owned(),
            level: level_name(&check.level),
            problems: check.problems,
        }
    }
}

/// 省级 or 市级.
pub fn level_name(level: &str) -> &'static str {
    if level == Level::Province.key() { "省级抽查" } else { "市级抽查" }
}

const PAGE: usize = 50;

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewSpotChecks)?;
    let present = app.present();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = app.store.spot_checks(&scope, asked.before.unwrap_or(i64::MAX), limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let may_tell = person.scope(&app, Verb::IssueBulletin) != Scope::Nothing;
    let bulletins = match scope {
        Scope::All => app.store.bulletins(20).await?,
        _ => Vec::new(),
    };
    render(&SpotChecksPage {
        shell: Shell::new(&app, &person, PATH),
        next: rows.last().filter(|_| more).map(|row| row.id),
        lines: rows.iter().map(|row| Line::new(row, &present.edition)).collect(),
        bulletins: bulletins
            .into_iter()
            .map(|b| (b.id, b.title, moment_of(b.issued_at), if b.public == 1 { "已公开" } else { "系统内" }))
            .collect(),
        may_record: person.scope(&app, Verb::RecordSpotCheck) != Scope::Nothing,
        may_tell,
        officials: !person.actor.role.of_station(),
    })
}

#[derive(Template)]
#[template(path = "appraisal/spot_check_form.html")]
struct SpotCheckForm {
    shell: Shell,
    once: String,
    draft_key: String,
    today: String,
    stations: Vec<(i64, String, bool)>,
    typed: Typed,
    problems: Vec<(&'static str, String)>,
    accept: &'static str,
    max_bytes: usize,
}

#[derive(Default)]
struct Typed {
    station: Option<i64>,
    on: String,
    place: String,
    inspectors: String,
    result: String,
    found: Vec<String>,
}

impl SpotCheckForm {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(known, _)| *known == field).map(|(_, sentence)| sentence.as_str())
    }
}

async fn form(
    app: &App,
    person: &Person,
    mut typed: Typed,
    problems: Vec<(&'static str, String)>,
) -> Result<SpotCheckForm, Fault> {
    let scope = person.scope_or_refuse(app, Verb::RecordSpotCheck)?;
    let mut stations = app.store.stations(&scope, &StationFilter::default(), "", i64::MAX).await?;
    if let Some(chosen) = stations.iter().find(|station| Some(station.id) == typed.station) {
        recording(app, person, chosen)?;
    }
    stations.retain(|station| recording(app, person, station).is_ok());
    typed.found.resize(PROBLEMS.max(typed.found.len()), String::new());
    let choice = |s: Station| {
        let chosen = typed.station == Some(s.id);
        (s.id, format!("{}　{}", s.number, s.name), chosen)
    };
    Ok(SpotCheckForm {
        shell: Shell::new(app, person, PATH),
        once: random_token()?,
        draft_key: format!("{}:spot_check:new", person.actor.account),
        today: app.clock.today().to_string(),
        stations: stations.into_iter().map(choice).collect(),
        typed,
        problems,
        accept: ACCEPT,
        max_bytes: MAX_FILE,
    })
}

async fn blank(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let typed = Typed {
        station: asked.station,
        on: app.clock.today().to_string(),
        inspectors: person.session.display_name.clone(),
        ..Typed::default()
    };
    render(&form(&app, &person, typed, Vec::new()).await?)
}

/// What was typed, or every problem with it.
fn judge(typed: &Typed, level: Level, today: Date) -> Result<NewSpotCheck, Vec<(&'static str, String)>> {
    let mut problems = Vec::new();
    let mut needed = |field: &'static str, text: &str, most: usize, what: &str| {
        if text.is_empty() || text.chars().count() > most {
            problems.push((field, format!("请填写{what}，不超过 {most} 字。")));
        }
    };
    needed("place", &typed.place, 200, "抽查地点");
    needed("inspectors", &typed.inspectors, 200, "抽查人员");
    needed("result", &typed.result, 2000, "抽查情况");
    let on = parse_day(&typed.on).filter(|on| *on <= today);
    if on.is_none() {
        problems.push(("on", "请填写抽查日期，不晚于今天。".to_owned()));
    }
    let found: Vec<String> = typed.found.iter().filter(|text| !text.is_empty()).cloned().collect();
    if found.iter().any(|text| text.chars().count() > 500) {
        problems.push(("found", "每个问题不超过 500 字。".to_owned()));
    }
    match on.filter(|_| problems.is_empty()) {
        Some(on) => Ok(NewSpotCheck {
            level: level.key(),
            on_day: store::day_number(on),
            place: typed.place.clone(),
            inspectors: typed.inspectors.clone(),
            result: typed.result.clone(),
            problems: found,
        }),
        None => Err(problems),
    }
}

/// Whether this person may record a spot check of that station. Button and submit both ask here.
pub fn recording(app: &App, person: &Person, station: &Station) -> Result<Mandate, Refusal> {
    person.may(app, Verb::RecordSpotCheck, &Subject::of_station(NOUN, 0, &station.placed()))
}

async fn record(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let scope = person.scope_or_refuse(&app, Verb::RecordSpotCheck)?;
    let once = posted.once();
    if let Some(before) = answered(&app, once.as_deref()).await? {
        return Ok(before);
    }
    let text = |name: &str| posted.text(name).to_owned();
    let typed = Typed {
        station: posted.number("station"),
        on: text("on"),
        place: text("place"),
        inspectors: text("inspectors"),
        result: text("result"),
        found: posted.all("problem").into_iter().map(str::to_owned).collect(),
    };
    let Some(asked) = typed.station else {
        let problems = vec![("station", "请选择工作站。".to_owned())];
        let form = form(&app, &person, typed, problems).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(form.render()?)).into_response());
    };
    let station = app.store.station(&scope, asked).await?.ok_or(Fault::NotFound)?;
    let mandate = recording(&app, &person, &station)?;
    let level = Level::of(person.actor.role).ok_or(Fault::NotFound)?;
    let new = match judge(&typed, level, app.clock.today()) {
        Ok(new) => new,
        Err(problems) => {
            let form = form(&app, &person, typed, problems).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(form.render()?)).into_response());
        }
    };
    let files = put_files(&app, posted).await?;
    let mut tx = match begin(&app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    let id = tx.add_spot_check(&station.placed(), &new).await?;
    tx.attach(NOUN, id, station.id, &files).await?;
    answer(tx, once.as_deref(), &format!("{PATH}/{id}?done=spot_checked")).await
}

#[derive(Template)]
#[template(path = "appraisal/spot_check.html")]
struct SpotCheckPage {
    shell: Shell,
    line: Line,
    check: SpotCheck,
    recorded: String,
    files: Vec<File>,
    problems: Vec<ProblemView>,
    /// Bulletins it was told in: key, title, and the paper this station got.
    bulletins: Vec<(String, String)>,
    days: i64,
    /// Ordering a rectification: `None` for those who never do.
    order: Option<Result<(), Refusal>>,
}

struct ProblemView {
    id: i64,
    number: i64,
    text: String,
    task: Option<TaskView>,
}

struct TaskView {
    id: i64,
    stage: &'static str,
    class: &'static str,
    due: String,
}

/// A spot check this person may see.
pub async fn visible(app: &App, person: &Person, id: i64) -> Result<SpotCheck, Fault> {
    let scope = person.scope_or_refuse(app, Verb::ViewSpotChecks)?;
    app.store.spot_check(&scope, id).await?.ok_or(Fault::NotFound)
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let check = visible(&app, &person, id).await?;
    let present = app.present();
    let tasks = app.store.rectifications_of(id).await?;
    let now = app.clock.civil();
    let task = |problem: i64| -> Option<TaskView> {
        let task = tasks.iter().find(|task| task.problem_id == problem)?;
        let stage = Stage::from_parts(&task.stage, store::date_from(task.due_on).ok()?)?;
        Some(TaskView {
            id: task.id,
            stage: stage.name(),
            class: super::rectifications::class(stage, now),
            due: day(task.due_on),
        })
    };
    let problems = app.store.spot_problems(&[id]).await?.into_iter().map(|problem| ProblemView {
        task: task(problem.id),
        id: problem.id,
        number: problem.number,
        text: problem.text,
    });
    let mut bulletins = Vec::new();
    for bulletin in app.store.bulletins_on(id).await? {
        let papers = app.store.papers_about("bulletin", bulletin.id).await?;
        let own = papers.iter().find(|paper| paper.station_id == Some(check.station_id));
        bulletins.extend(own.map(|paper| (format!("/general/papers/{}", paper.id), bulletin.title)));
    }
    let ordering = super::rectifications::ordering(&app, &person, &check).map(drop);
    render(&SpotCheckPage {
        shell: Shell::new(&app, &person, PATH),
        line: Line::new(&check, &present.edition),
        recorded: format!("{}　{}", moment_of(check.recorded_at), check.recorded_by),
        files: app.store.attachments(NOUN, id).await?.into_iter().map(File::new).collect(),
        problems: problems.collect(),
        bulletins,
        days: present.edition.whole("rectification.working_days"),
        order: holds(&person.actor, Verb::OrderRectification, app.clock.today()).then_some(ordering),
        check,
    })
}
