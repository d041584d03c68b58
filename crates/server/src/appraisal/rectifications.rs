//! 整改 (Article 12, reading K39): ordered with a notice, answered with evidence, inspected, closed or returned.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use jiff::civil::DateTime;
use papers::official::plain;
use regulation::appraisal::rectification::{Level, Stage, Step, inspects, take};
use regulation::general::{Due, Mandate, Refusal, Scope, Subject, Verb, holds};
use serde::Deserialize;
use store::Tx;
use store::appraisal::{NewRectification, NewRectificationStep, Rectification, SpotCheck, SpotProblem};
use store::general::NewPaper;

use super::ledger::reading::File;
use super::ledger::writing::put_files;
use super::spot_checks;
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
use crate::posted::{ACCEPT, MAX_FILE, Posted};
use crate::shell::{Shell, day, moment_of};

pub const PATH: &str = "/appraisal/rectifications";

/// What attachments of an answer hang on.
pub const NOUN: &str = "rectification_step";

pub fn routes() -> Routes {
    Routes::default()
        .post("/appraisal/spot-checks/{id}/rectifications", Verb::OrderRectification, order)
        .get(PATH, Verb::ViewSpotChecks, list)
        .get("/appraisal/rectifications/{id}", Verb::ViewSpotChecks, show)
        .post("/appraisal/rectifications/{id}/answers", Verb::AnswerRectification, give_answer)
        .post("/appraisal/rectifications/{id}/inspections", Verb::InspectRectification, inspect)
}

/// Class of a stage's mark.
pub fn class(stage: Stage, now: DateTime) -> &'static str {
    match stage {
        Stage::Closed => "ok",
        Stage::Withdrawn => "",
        stage if stage.overdue(now) => "bad",
        _ => "warn",
    }
}

/// Where a task stands, as its row says.
fn stage_of(task: &Rectification) -> Result<Stage, Fault> {
    let due = store::date_from(task.due_on)?;
    let impossible = store::Error::Impossible { table: "rectification", column: "stage", row: task.id };
    Stage::from_parts(&task.stage, due).ok_or_else(|| impossible.into())
}

/// The last day of so many working days from today, as typed.
pub fn due_in(app: &App, posted: &Posted) -> Result<Due, Fault> {
    let days = posted.number("days").filter(|days| (1..=250).contains(days));
    let days = days.ok_or_else(|| Fault::Invalid("整改期限应为 1 至 250 个工作日。".to_owned()))?;
    Ok(app.present().workdays.after(app.clock.today(), days))
}

/// Whether this person may order a rectification of what that check found. Button and submit both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn ordering(app: &App, person: &Person, check: &SpotCheck) -> Result<Mandate, Refusal> {
    let subject = Subject::of_station("rectification", 0, &check.placed());
    let mandate = person.may(app, Verb::OrderRectification, &subject)?;
    match Level::from_key(&check.level).map(|level| level.in_charge(check.placed().manager)) {
        Some(level) if Level::of(person.actor.role) != Some(level) => {
            Err(Refusal::new(mandate.basis(), format!("抽查由{}进行，由其下达整改。", level.name())))
        }
        _ => Ok(mandate),
    }
}

#[derive(Template)]
#[template(path = "papers/rectification_notice.txt")]
struct Notice {
    issuer: String,
    station: String,
    checked: String,
    /// 进行抽查, or 进行日常监督指导.
    occasion: &'static str,
    problem: String,
    demand: String,
    due: String,
    working_days: i64,
    dated: String,
}

async fn order(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.scope_or_refuse(&app, Verb::OrderRectification)?;
    let check = spot_checks::visible(&app, &person, id).await?;
    let mandate = ordering(&app, &person, &check)?;
    let problems = app.store.spot_problems(&[id]).await?;
    let asked = posted.number("problem");
    let problem = problems.iter().find(|problem| Some(problem.id) == asked).ok_or(Fault::NotFound)?;
    let demand = posted.text("demand");
    if demand.is_empty() || demand.chars().count() > 1000 {
        return Err(Fault::Invalid("请填写整改要求，不超过 1000 字。".to_owned()));
    }
    let due = due_in(&app, &posted)?;
    let days = posted.number("days").unwrap_or_default();
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let task = order_in(&app, &mut tx, (&check, problem), "进行抽查", demand, (due, days)).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{task}?done=ordered")).into_response())
}

/// Orders a rectification and serves its notice, in the act's transaction.
///
/// # Errors
/// Fails when the database does, or somebody ordered it meanwhile.
pub async fn order_in(
    app: &App,
    tx: &mut Tx<'_>,
    (check, problem): (&SpotCheck, &SpotProblem),
    occasion: &'static str,
    demand: &str,
    (due, working_days): (Due, i64),
) -> Result<i64, Fault> {
    let station = check.placed();
    let edition = app.present().edition.clone();
    let level = Level::from_key(&check.level).unwrap_or(Level::City).in_charge(station.manager);
    let new = NewRectification {
        problem: problem.id,
        check: check.id,
        level: level.key(),
        demand: demand.to_owned(),
        stage: Stage::Ordered { due: due.on }.key(),
        due_on: store::day_number(due.on),
    };
    let task = tx.add_rectification(&station, &new).await?;
    let issuer = match level {
        Level::Province => edition.head.department.clone(),
        Level::City => format!("{}商务局", edition.area_name(&check.city)),
    };
    let notice = Notice {
        issuer,
        station: plain(&check.station),
        checked: in_text(store::date_from(check.on_day)?),
        occasion,
        problem: plain(&problem.text),
        demand: plain(demand),
        due: in_text(due.on),
        working_days,
        dated: in_text(store::day_of(tx.instant())),
    };
    let new = NewPaper {
        kind: "rectification.notice",
        noun: "rectification",
        noun_id: task,
        station: Some(station.id),
        city: Some(station.city.clone()),
        served: true,
        ..NewPaper::default()
    };
    tx.add_paper(&paper(new, &notice)?).await?;
    tx.note(format!("{}，限 {} 前整改", problem.text.chars().take(60).collect::<String>(), due.text()));
    Ok(task)
}

/// `2026年9月18日`.
pub fn in_text(date: jiff::civil::Date) -> String {
    date.strftime("%Y年%-m月%-d日").to_string()
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "appraisal/rectifications.html")]
struct RectificationsPage {
    shell: Shell,
    waiting: i64,
    late: i64,
    answered: i64,
    closed: i64,
    lines: Vec<Line>,
    next: Option<i64>,
}

struct Line {
    id: i64,
    station: String,
    city: String,
    problem: String,
    level: &'static str,
    due: String,
    stage: &'static str,
    class: &'static str,
    late: bool,
}

const PAGE: usize = 50;

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewSpotChecks)?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = app.store.rectifications(&scope, asked.before.unwrap_or(i64::MAX), limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let counts = app.store.rectification_counts(&scope, store::day_number(app.clock.today())).await?;
    let count = |keys: &[&str]| counts.iter().filter(|(key, ..)| keys.contains(&key.as_str())).map(|row| row.1).sum();
    let open = ["ordered", "returned"];
    let edition = app.present().edition.clone();
    let now = app.clock.civil();
    let mut lines = Vec::new();
    for row in &rows {
        let stage = stage_of(row)?;
        lines.push(Line {
            id: row.id,
            station: row.station.clone(),
            city: edition.area_name(&row.city).to_owned(),
            problem: row.problem.clone(),
            level: Level::from_key(&row.level).map_or("", Level::name),
            due: day(row.due_on),
            stage: stage.name(),
            class: class(stage, now),
            late: stage.overdue(now),
        });
    }
    render(&RectificationsPage {
        shell: Shell::new(&app, &person, PATH),
        waiting: count(&open),
        late: counts.iter().filter(|(key, ..)| open.contains(&key.as_str())).map(|row| row.2).sum(),
        answered: count(&["answered"]),
        closed: count(&["closed"]),
        next: rows.last().filter(|_| more).map(|row| row.id),
        lines,
    })
}

#[derive(Template)]
#[template(path = "appraisal/rectification.html")]
struct RectificationPage {
    shell: Shell,
    task: Rectification,
    city: String,
    level: &'static str,
    stage: &'static str,
    class: &'static str,
    due: String,
    late: bool,
    steps: Vec<StepView>,
    /// The supervision record that led here.
    behind: Option<i64>,
    /// The notice served.
    notice: Option<i64>,
    answer: Option<Result<(), Refusal>>,
    inspect: Option<Result<(), Refusal>>,
    withdraw: Option<Result<(), Refusal>>,
    days: i64,
    accept: &'static str,
    max_bytes: usize,
}

struct StepView {
    what: &'static str,
    text: String,
    due: Option<String>,
    at: String,
    by: String,
    files: Vec<File>,
}

async fn visible(app: &App, person: &Person, id: i64) -> Result<Rectification, Fault> {
    let scope = person.scope_or_refuse(app, Verb::ViewSpotChecks)?;
    app.store.rectification(&scope, id).await?.ok_or(Fault::NotFound)
}

/// Whether this person may answer that task, with so many files. Button and submit both ask here.
fn answering(
    app: &App,
    person: &Person,
    task: &Rectification,
    stage: Stage,
    evidence: usize,
) -> Result<(Mandate, Stage), Refusal> {
    let subject = Subject::of_station("rectification", task.id, &task.placed());
    let mandate = person.may(app, Verb::AnswerRectification, &subject)?;
    Ok((mandate, take(stage, Step::Answer { evidence })?))
}

/// Who inspects it now: who ordered it, or the province once it manages the station.
fn in_charge(task: &Rectification) -> Option<Level> {
    Level::from_key(&task.level).map(|level| level.in_charge(task.placed().manager))
}

/// Whether this person may take a step of the inspecting side. Button and submit both ask here.
fn inspecting(
    app: &App,
    person: &Person,
    task: &Rectification,
    stage: Stage,
    step: Step,
) -> Result<(Mandate, Stage), Refusal> {
    let subject = Subject::of_station("rectification", task.id, &task.placed());
    let mandate = person.may(app, Verb::InspectRectification, &subject)?;
    if let Some(level) = in_charge(task) {
        inspects(person.actor.role, level)?;
    }
    Ok((mandate, take(stage, step)?))
}

fn name_of(what: &str) -> &'static str {
    match what {
        "ordered" => "下达整改通知",
        "answered" => "报送整改情况",
        "returned" => "查验退回",
        "closed" => "查验通过，销号",
        "withdrawn" => "撤回整改通知",
        _ => "",
    }
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let task = visible(&app, &person, id).await?;
    let stage = stage_of(&task)?;
    let rows = app.store.rectification_steps(id).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut files = app.store.attachments_of(NOUN, &ids).await?;
    let steps = rows.into_iter().map(|row| StepView {
        what: name_of(&row.what),
        due: row.due_on.filter(|_| matches!(row.what.as_str(), "ordered" | "returned")).map(day),
        at: moment_of(row.taken_at),
        by: row.taken_by,
        files: files.extract_if(.., |file| file.noun_id == row.id).map(File::new).collect(),
        text: row.text,
    });
    let steps = steps.collect();
    let today = app.clock.today();
    let papers = app.store.papers_about("rectification", id).await?;
    let holds = |verb| holds(&person.actor, verb, today);
    let inspecting = |step| inspecting(&app, &person, &task, stage, step).map(drop);
    render(&RectificationPage {
        shell: Shell::new(&app, &person, PATH),
        city: app.present().edition.area_name(&task.city).to_owned(),
        level: in_charge(&task).map_or("", Level::name),
        stage: stage.name(),
        class: class(stage, app.clock.civil()),
        due: day(task.due_on),
        late: stage.overdue(app.clock.civil()),
        steps,
        behind: app.store.supervision_behind(id).await?,
        notice: papers.first().map(|paper| paper.id),
        answer: holds(Verb::AnswerRectification).then(|| answering(&app, &person, &task, stage, 1).map(drop)),
        inspect: holds(Verb::InspectRectification).then(|| inspecting(Step::Close)),
        withdraw: holds(Verb::InspectRectification).then(|| inspecting(Step::Withdraw)),
        days: app.present().edition.whole("rectification.working_days"),
        accept: ACCEPT,
        max_bytes: MAX_FILE,
        task,
    })
}

/// What was written about a step: never empty.
fn words(posted: &Posted) -> Result<&str, Fault> {
    let text = posted.text("text");
    match text.is_empty() || text.chars().count() > 2000 {
        true => Err(Fault::Invalid("请填写情况说明，不超过 2000 字。".to_owned())),
        false => Ok(text),
    }
}

async fn give_answer(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let task = visible(&app, &person, id).await?;
    let (mandate, stage) = answering(&app, &person, &task, stage_of(&task)?, posted.files.len())?;
    let text = words(&posted)?.to_owned();
    let files = put_files(&app, posted).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let step = NewRectificationStep { task: &task, stage: stage.key(), due_on: task.due_on, text: &text };
    let step = tx.move_rectification(&step).await?;
    tx.attach(NOUN, step, task.station_id, &files).await?;
    tx.note(format!("报送整改情况，佐证 {} 份", files.len()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=rectified")).into_response())
}

async fn inspect(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let task = visible(&app, &person, id).await?;
    let (step, due_on) = match posted.text("outcome") {
        "close" => (Step::Close, task.due_on),
        "withdraw" => (Step::Withdraw, task.due_on),
        "return" => {
            let due = due_in(&app, &posted)?.on;
            (Step::Return { due, today: app.clock.today() }, store::day_number(due))
        }
        _ => {
            // Who may not at all is told so before the form is.
            inspecting(&app, &person, &task, stage_of(&task)?, Step::Close)?;
            return Err(Fault::Invalid("请选择查验结果。".to_owned()));
        }
    };
    let (mandate, stage) = inspecting(&app, &person, &task, stage_of(&task)?, step)?;
    let text = words(&posted)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.move_rectification(&NewRectificationStep { task: &task, stage: stage.key(), due_on, text }).await?;
    tx.note(format!("整改 {id}：{}", stage.name()));
    tx.commit().await?;
    let done = match stage {
        Stage::Closed => "rectification_closed",
        Stage::Withdrawn => "rectification_withdrawn",
        _ => "rectification_returned",
    };
    Ok(Redirect::to(&format!("{PATH}/{id}?done={done}")).into_response())
}

/// Tasks of this person's that wait: the station's answer, or the inspection of one; overdue ones for who ordered them.
///
/// # Errors
/// Fails when the database does.
pub async fn waiting(app: &App, person: &Person) -> anyhow::Result<Vec<(Rectification, bool)>> {
    let scope = person.scope(app, Verb::ViewSpotChecks);
    if scope == Scope::Nothing {
        return Ok(Vec::new());
    }
    let station = person.scope(app, Verb::AnswerRectification) != Scope::Nothing;
    let own = Level::of(person.actor.role).filter(|_| person.scope(app, Verb::InspectRectification) != Scope::Nothing);
    let stages: &[&str] = match (station, own) {
        (true, _) => &["ordered", "returned"],
        (_, Some(_)) => &["ordered", "returned", "answered"],
        _ => return Ok(Vec::new()),
    };
    let rows = app.store.open_rectifications(&scope, stages, 50).await?;
    let now = app.clock.civil();
    let mut waiting = Vec::new();
    for row in rows {
        let due = store::date_from(row.due_on)?;
        let Some(stage) = Stage::from_parts(&row.stage, due) else { continue };
        let answered = matches!(stage, Stage::Answered { .. });
        let theirs = own.is_some() && own == in_charge(&row);
        if station || (theirs && (answered || stage.overdue(now))) {
            waiting.push((row, answered));
        }
    }
    Ok(waiting)
}
