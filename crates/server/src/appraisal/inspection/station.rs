//! 一个站的办理情况: its stage, its log, its papers, and what may be done now; notice of absence.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use papers::official::plain;
use regulation::appraisal::inspection::{Step, name_of, name_of_step};
use regulation::general::{Basis, Manager, Mandate, Refusal, Scope, Subject, Verb};
use store::appraisal::{Cycle, InspectionRow};
use store::duties::Station;
use store::general::{Paper, PaperReply};

use super::{Standing, about, acted_on, city, county, cycle_of, dated, number, open, review, settled, station_href};
use crate::app::{App, Routes, render};
use crate::appraisal::{reckon, submission};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::county::CountyView;
use crate::general::papers::{opens, paper};
use crate::posted::Posted;
use crate::shell::{Shell, moment_of};

pub fn routes() -> Routes {
    Routes::default().get("/appraisal/cycles/{year}/stations/{id}/inspection", Verb::ViewSheet, show).post(
        "/appraisal/cycles/{year}/stations/{id}/absence-notice",
        Verb::ProposeGrades,
        notify,
    )
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
    /// What officials read of the county's opinions.
    county_says: Option<CountyView>,
    /// What reviews changed, each beside its decision.
    reviews: Vec<review::Decided>,
    /// What an open review would be decided on, for those who decide.
    pending: Option<review::Deciding>,
    /// Each is `None` for roles that never do it.
    send_back: Option<Result<(), Refusal>>,
    check: Option<Result<(), Refusal>>,
    notice: Option<Result<(), Refusal>>,
    absence: Option<Result<(), Refusal>>,
    request: Option<Result<(), Refusal>>,
    decide: Option<Result<(), Refusal>>,
    reopen: Option<Result<(), Refusal>>,
}

struct StepLine {
    at: String,
    what: &'static str,
    stage: &'static str,
    by: String,
    reason: String,
}

struct PaperLine {
    /// For those who may open it.
    id: Option<i64>,
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
    let opens = opens(&app, &person, &station);
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
    let reviews = match standing.log.iter().any(|row| row.step == "decide") {
        true => review::decided(&app, &person, year, &station).await?,
        false => Vec::new(),
    };
    let pending = match has(Verb::DecideReview) {
        true => review::pending(&app, &cycle, &station, &standing).await?,
        false => None,
    };
    render(&StationPage {
        county_says: county::view(&app, &person, &cycle, &station, &standing).await?,
        reviews,
        pending,
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
        papers: papers.iter().map(|paper| paper_line(paper, &replies, opens)).collect(),
        send_back: has(Verb::ReturnMaterial)
            .then(|| city::returning(&app, &person, &cycle, &station, &standing, "").map(drop)),
        check: has(Verb::CheckMaterial)
            .then(|| city::checking(&app, &person, &cycle, &station, &standing, "").map(drop)),
        notice: has(Verb::ProposeGrades)
            .then(|| notifying(&app, &person, &cycle, &station, &standing, served).map(drop)),
        absence: has(Verb::ProposeGrades).then(absence),
        request: has(Verb::RequestReview)
            .then(|| review::requesting(&app, &person, &cycle, &station, &standing, "").map(drop)),
        reopen: has(Verb::AcceptMaterial)
            .then(|| settled::reopening(&app, &person, &cycle, &station, &standing, None).map(drop)),
        decide: has(Verb::DecideReview)
            .then(|| review::deciding(&app, &person, &cycle, &station, &standing, hands, (true, "")).map(drop)),
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

fn paper_line(paper: &Paper, replies: &[PaperReply], opens: bool) -> PaperLine {
    let own = |what: &'static str| replies.iter().filter(move |reply| reply.paper_id == paper.id && reply.what == what);
    PaperLine {
        id: opens.then_some(paper.id),
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
