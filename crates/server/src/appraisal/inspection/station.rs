//! 一个站的办理情况: its stage, its log, its papers, and what may be done now; notice of absence and review.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use papers::official::plain;
use regulation::appraisal::inspection::{self, Step, name_of, name_of_step};
use regulation::general::{Basis, Hand, Manager, Mandate, Refusal, Scope, Subject, Verb};
use store::appraisal::{Cycle, InspectionRow, NewStep};
use store::duties::Station;
use store::general::{Paper, PaperReply};

use super::{Standing, about, acted_on, city, cycle_of, dated, feedback, number, open, settled, station_href};
use crate::app::{App, Routes, render};
use crate::appraisal::{reckon, submission};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
use crate::posted::Posted;
use crate::shell::{Shell, moment_of};

pub fn routes() -> Routes {
    Routes::default()
        .get("/appraisal/cycles/{year}/stations/{id}/inspection", Verb::ViewSheet, show)
        .post("/appraisal/cycles/{year}/stations/{id}/absence-notice", Verb::ProposeGrades, notify)
        .post("/appraisal/cycles/{year}/stations/{id}/review", Verb::RequestReview, request)
        .post("/appraisal/cycles/{year}/stations/{id}/review-decision", Verb::DecideReview, decide)
}

#[derive(Template)]
#[template(path = "appraisal/inspection_station.html")]
struct StationPage {
    shell: Shell,
    year: i64,
    station: Station,
    city: String,
    sheet: String,
    stage: &'static str,
    first: String,
    late: bool,
    city_late: bool,
    due: Option<String>,
    deadline: String,
    steps: Vec<StepLine>,
    papers: Vec<PaperLine>,
    /// Each is `None` for roles that never do it.
    send_back: Option<Result<(), Refusal>>,
    check: Option<Result<(), Refusal>>,
    notice: Option<Result<(), Refusal>>,
    absence: Option<Result<(), Refusal>>,
    request: Option<Result<(), Refusal>>,
    decide: Option<Result<Vec<Outcome>, Refusal>>,
    reopen: Option<Result<(), Refusal>>,
}

struct Outcome {
    key: &'static str,
    name: &'static str,
    refusal: Option<Refusal>,
}

struct StepLine {
    at: String,
    what: &'static str,
    stage: &'static str,
    by: String,
    reason: String,
}

struct PaperLine {
    id: i64,
    title: String,
    made: String,
    received: Option<String>,
    statements: usize,
}

/// Papers about a station's year, with what came back.
async fn papers(app: &App, year: i64, station: i64) -> anyhow::Result<(Vec<Paper>, Vec<PaperReply>)> {
    let papers = app.store.papers_about("cycle", year).await?.into_iter();
    let papers: Vec<Paper> = papers.filter(|paper| paper.station_id == Some(station)).collect();
    let ids: Vec<i64> = papers.iter().map(|paper| paper.id).collect();
    let replies = app.store.paper_replies(&ids).await?;
    Ok((papers, replies))
}

/// Last day on which a statement on the served notice of absence is taken; `None` before it is served.
///
/// # Errors
/// Fails when the database does.
pub async fn statement_until(app: &App, year: i64, station: i64) -> anyhow::Result<Option<jiff::civil::Date>> {
    let (papers, _) = papers(app, year, station).await?;
    let notice = papers.iter().rev().find(|paper| paper.kind == "absence.notice");
    Ok(notice.and_then(|notice| notice.reply_due).map(store::date_from).transpose()?)
}

/// Whether this person may serve the notice of absence now (reading K46).
fn notifying(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    station: &Station,
    standing: &Standing,
    served: bool,
) -> Result<Mandate, Refusal> {
    let subject = Subject::of_station("inspection", cycle.year, &station.placed());
    let mandate = person.may(app, Verb::ProposeGrades, &subject)?;
    open(cycle)?;
    if served {
        return Err(Refusal::new(Basis::Item("14"), "未参加年度检查告知书已经送达。"));
    }
    // Were the statement made already, the finding would have to stand: the same match says whether it could.
    let due = submission::deadline(app, cycle.year);
    let over = jiff::civil::Date::constant(1970, 1, 1);
    let due = due.ok_or_else(|| Refusal::new(Basis::Item("14"), "没有报送期限，不能认定为未参加。"))?;
    let step = Step::FindAbsent { at: app.clock.civil(), due, statement: Some(over) };
    standing.step(cycle.year, station.id, step, "")?;
    Ok(mandate)
}

/// Whether this person may ask for review now.
fn requesting(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    station: &Station,
    standing: &Standing,
    text: &str,
) -> Result<(Mandate, NewStep), Refusal> {
    let subject = Subject::of_station("inspection", cycle.year, &station.placed());
    let mandate = person.may(app, Verb::RequestReview, &subject)?;
    open(cycle)?;
    let step = Step::Request { at: app.clock.civil() };
    Ok((mandate, standing.step(cycle.year, station.id, step, text)?))
}

/// Whether this person may decide the review now: nobody who settled or sent out the result (readings K51 and K83).
fn deciding(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    station: &Station,
    standing: &Standing,
    hands: Vec<Hand>,
    reasons: &str,
) -> Result<(Mandate, NewStep), Refusal> {
    let subject = Subject::of_station("inspection", cycle.year, &station.placed()).after(hands);
    let mandate = person.may(app, Verb::DecideReview, &subject)?;
    open(cycle)?;
    Ok((mandate, standing.step(cycle.year, station.id, Step::Decide, reasons)?))
}

/// The request a review is about.
fn requested(standing: &Standing) -> Option<&InspectionRow> {
    standing.log.iter().rev().find(|row| row.step == "request")
}

/// Whether the province has changed what the year is scored from since review was asked for.
async fn acted_since(app: &App, year: i64, station: i64, standing: &Standing) -> Result<bool, Fault> {
    let asked_at = requested(standing).map(|row| row.taken_at).unwrap_or_default();
    let opinions = app.store.opinion_log(year, station).await?;
    let marks = app.store.marks(year, Some(station)).await?;
    let findings = app.store.participation_findings(year).await?;
    Ok(opinions.iter().any(|opinion| opinion.given_at >= asked_at && opinion.layer == "province")
        || marks.iter().any(|mark| mark.given_at >= asked_at)
        || findings.iter().any(|finding| finding.station_id == station && finding.found_at >= asked_at))
}

/// How a review may end, each with why not; asked only where there is one to decide.
async fn outcomes(app: &App, year: i64, station: i64, standing: &Standing) -> Result<Vec<Outcome>, Fault> {
    let acted = acted_since(app, year, station, standing).await?;
    let outcome = |key, name, changed| Outcome { key, name, refusal: inspection::outcome(changed, acted).err() };
    Ok(vec![outcome("keep", "维持原结果", false), outcome("change", "更正结果", true)])
}

async fn show(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewSheet)?;
    let station = app.store.station(&scope, id).await?.ok_or(Fault::NotFound)?;
    let cycle = cycle_of(&app, year)?;
    if !reckon::active(&station, year) {
        return Err(Fault::NotFound);
    }
    let standing = Standing::read(&app, year, id).await?;
    let (papers, replies) = papers(&app, year, id).await?;
    let has = |verb| person.scope(&app, verb) != Scope::Nothing;
    let served = papers.iter().any(|paper| paper.kind == "absence.notice");
    let hands = super::hands(&app, &person, Verb::DecideReview, year, &[id]).await?;
    let stage = &standing.stage;
    let present = app.present();
    let due = submission::deadline(&app, year);
    let first = stage.first();
    let city_due = present.inspection_due("appraisal.city_check", year);
    let of_city = station.manager() == Manager::City;
    let absence = || -> Result<(), Refusal> {
        let statement = papers.iter().rev().find(|paper| paper.kind == "absence.notice");
        let statement = statement.and_then(|notice| notice.reply_due).and_then(|due| store::date_from(due).ok());
        super::super::confirm::absence(&app, &person, &cycle, &station, &standing, statement, "").map(drop)
    };
    let decide = match has(Verb::DecideReview).then(|| deciding(&app, &person, &cycle, &station, &standing, hands, ""))
    {
        Some(Ok(_)) => Some(Ok(outcomes(&app, year, id, &standing).await?)),
        Some(Err(refusal)) => Some(Err(refusal)),
        None => None,
    };
    render(&StationPage {
        shell: Shell::new(&app, &person, "/appraisal/cycles"),
        year,
        city: present.edition.area_name(&station.city).to_owned(),
        sheet: crate::appraisal::sheet::href(year, id),
        stage: stage.name(),
        late: first.is_some_and(|first| due.is_some_and(|due| due.passed(first))),
        first: first.map_or_else(String::new, |first| first.strftime("%Y-%m-%d %H:%M:%S").to_string()),
        city_late: city_due.is_some_and(|due| stage.city_late(of_city, &due, app.clock.civil())),
        due: stage.due().map(|due| due.to_string()),
        deadline: due.map_or_else(String::new, |due| format!("{} {}", due.text(), due.time)),
        steps: standing.log.iter().map(step_line).collect(),
        papers: papers.iter().map(|paper| paper_line(paper, &replies)).collect(),
        send_back: has(Verb::ReturnMaterial)
            .then(|| city::returning(&app, &person, &cycle, &station, &standing, "").map(drop)),
        check: has(Verb::CheckMaterial)
            .then(|| city::checking(&app, &person, &cycle, &station, &standing, "").map(drop)),
        notice: has(Verb::ProposeGrades)
            .then(|| notifying(&app, &person, &cycle, &station, &standing, served).map(drop)),
        absence: has(Verb::ProposeGrades).then(absence),
        request: has(Verb::RequestReview).then(|| requesting(&app, &person, &cycle, &station, &standing, "").map(drop)),
        reopen: has(Verb::AcceptMaterial)
            .then(|| settled::reopening(&app, &person, &cycle, &station, &standing, "").map(drop)),
        decide,
        station,
    })
}

fn step_line(row: &InspectionRow) -> StepLine {
    StepLine {
        at: moment_of(row.taken_at),
        what: name_of_step(&row.step),
        stage: name_of(&row.stage),
        by: row.taken_by.clone(),
        reason: match row.points.filter(|_| matches!(row.step.as_str(), "settle" | "decide")) {
            Some(points) => format!("{}总分 {}", spaced(&row.reason), regulation::Points::from_tenths(points)),
            None => row.reason.clone(),
        },
    }
}

fn spaced(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!("{reason}　") }
}

fn paper_line(paper: &Paper, replies: &[PaperReply]) -> PaperLine {
    let own = |what: &'static str| replies.iter().filter(move |reply| reply.paper_id == paper.id && reply.what == what);
    PaperLine {
        id: paper.id,
        title: paper.title.clone(),
        made: moment_of(paper.made_at),
        received: match (paper.served_at, own("receipt").next()) {
            (None, _) => None,
            (Some(_), Some(receipt)) => Some(format!("{} 签收", moment_of(receipt.given_at))),
            (Some(_), None) => Some("未签收".to_owned()),
        },
        statements: own("statement").count(),
    }
}

/// 未参加年度检查告知书.
#[derive(Template)]
#[template(path = "papers/absence_notice.txt")]
pub struct NoticeText {
    pub issuer: String,
    pub station: String,
    pub host: String,
    pub year: i64,
    pub deadline: String,
    pub late: Option<String>,
    pub days: i64,
    pub until: String,
    pub dated: String,
}

async fn notify(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, cycle, standing) = acted_on(&app, &person, Verb::ProposeGrades, year, id).await?;
    let served = statement_until(&app, year, id).await?.is_some();
    let mandate = notifying(&app, &person, &cycle, &station, &standing, served)?;
    let days = number(&app, year, "statement.working_days");
    let until = app.present().workdays.after(app.clock.today(), days).on;
    let late = standing.stage.first().map(|first| first.strftime("%Y年%-m月%-d日 %H:%M:%S").to_string());
    let text = NoticeText {
        issuer: app.present().edition.head.department.clone(),
        station: plain(&station.name),
        host: plain(&station.host_name),
        year,
        deadline: submission::deadline(&app, year)
            .map_or_else(String::new, |due| format!("{} {}", super::in_text(due.on), due.time)),
        late,
        days,
        until: super::in_text(until),
        dated: dated(&app),
    };
    let mut new = paper(about(year, &station, "absence.notice", true), &text)?;
    new.reply_due = Some(store::day_number(until));
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.add_paper(&new).await?;
    tx.note(format!("{year} 年度 {}：送达未参加年度检查告知书，陈述至 {until}", station.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=notified", station_href(year, id))).into_response())
}

async fn request(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, cycle, standing) = acted_on(&app, &person, Verb::RequestReview, year, id).await?;
    let text = posted.text("text");
    let (mandate, step) = requesting(&app, &person, &cycle, &station, &standing, text)?;
    if text.is_empty() || text.chars().count() > 2000 {
        return Err(Fault::Invalid("请写明申请复核的事项和理由，不超过 2000 字。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.take_step(&step).await?;
    tx.note(format!("{year} 年度 {}：申请复核", station.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=review_asked", station_href(year, id))).into_response())
}

/// 复核决定书.
#[derive(Template)]
#[template(path = "papers/review_decision.txt")]
pub struct DecisionText {
    pub issuer: String,
    pub station: String,
    pub year: i64,
    pub asked: String,
    pub changed: bool,
    pub reasons: String,
    pub base: String,
    pub bonus: String,
    pub total: String,
    pub dated: String,
}

async fn decide(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, cycle, standing) = acted_on(&app, &person, Verb::DecideReview, year, id).await?;
    let reasons = posted.text("reasons");
    let hands = super::hands(&app, &person, Verb::DecideReview, year, &[id]).await?;
    let (mandate, mut step) = deciding(&app, &person, &cycle, &station, &standing, hands, reasons)?;
    if reasons.is_empty() || reasons.chars().count() > 2000 {
        return Err(Fault::Invalid("请写明复核决定的理由，不超过 2000 字。".to_owned()));
    }
    let changed = match posted.text("outcome") {
        "keep" => false,
        "change" => true,
        _ => return Err(Fault::Invalid("请选择维持原结果或者更正结果。".to_owned())),
    };
    inspection::outcome(changed, acted_since(&app, year, id, &standing).await?)?;
    let asked = requested(&standing).map_or_else(String::new, |row| row.reason.clone());
    let standings = reckon::standings(&app, year).await?;
    let scored = standings.scored.get(&id).ok_or(Fault::NotFound)?;
    settled::with_points(std::slice::from_mut(&mut step), &standings);
    let text = DecisionText {
        issuer: app.present().edition.head.department.clone(),
        station: plain(&station.name),
        year,
        asked: plain(&asked),
        changed,
        reasons: plain(reasons),
        base: scored.score.base.to_string(),
        bonus: scored.score.bonus.to_string(),
        total: scored.score.total.to_string(),
        dated: dated(&app),
    };
    let decision = paper(about(year, &station, "review.decision", true), &text)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.take_step(&step).await?;
    tx.add_paper(&decision).await?;
    if changed {
        tx.add_paper(&feedback::sheet_paper(&standings, &station, app.clock.today(), app.clock.today())?).await?;
    }
    tx.note(format!("{year} 年度 {}：复核{}，{reasons}", station.name, if changed { "更正" } else { "维持" }));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=review_decided", station_href(year, id))).into_response())
}
