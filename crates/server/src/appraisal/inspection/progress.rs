//! 办理进度: a year's stations by stage, its dates, and the acts over many at once.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::appraisal::inspection::Stage;
use regulation::general::{Basis, Due, Manager, Mandate, Refusal, Scope, Subject, Verb};
use store::appraisal::{Closing, Confirmation, Cycle, CycleDate};
use store::duties::{Station, StationFilter};
use store::general::Paper;

use super::{Standing, city, cycle_of, feedback, hands, href, open, province, standings, station_href, unrecorded};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::parse_day;
use crate::appraisal::reckon;
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, day, moment_of};

pub fn routes() -> Routes {
    Routes::default().get("/appraisal/cycles/{year}/inspection", Verb::ViewSheet, show).post(
        "/appraisal/cycles/{year}/dates",
        Verb::OpenCycle,
        move_date,
    )
}

#[derive(Template)]
#[template(path = "appraisal/inspection.html")]
struct ProgressPage {
    shell: Shell,
    year: i64,
    lines: Vec<Line>,
    stages: Vec<(&'static str, usize)>,
    city_late: usize,
    dates: Vec<DateLine>,
    moving: Option<Result<(), Refusal>>,
    forward: Option<Result<usize, Refusal>>,
    accept: Option<Result<usize, Refusal>>,
    settle: Option<Result<usize, Refusal>>,
    feed_back: Option<Result<usize, Refusal>>,
    close: Option<Result<(), Refusal>>,
    confirmation: Option<Confirmation>,
    /// Why stations were not checked on site, by name, as the confirmation says.
    unchecked: Vec<(String, String)>,
    closing: Option<Closing>,
    /// Those to the province or a city, for who may open them.
    papers: Option<Vec<(i64, String, String)>>,
}

struct Line {
    number: String,
    name: String,
    city: String,
    managed: &'static str,
    href: String,
    stage: &'static str,
    class: &'static str,
    first: String,
    late: bool,
    city_late: bool,
    due: String,
}

struct DateLine {
    deadline: String,
    name: String,
    text: String,
    on: String,
    tentative: bool,
    reason: String,
}

/// Stations of a scope that belong to a year, with where they stand.
///
/// # Errors
/// Fails when the database does.
pub async fn stations(app: &App, scope: &Scope, year: i64) -> anyhow::Result<Vec<(Station, Standing)>> {
    let all = app.store.stations(scope, &StationFilter::default(), "", i64::MAX).await?;
    let mut known = standings(app, scope, year).await?;
    let none = || Standing { stage: unrecorded(app, year), before: 0, returns: 0, log: Vec::new() };
    let edition = app.edition_of(year).await?;
    // Whoever ended within the year and is not graded for it has nothing to be inspected (readings K43 and K49).
    let belongs = |station: &Station| reckon::active(station, year) && reckon::graded(&edition, station, year);
    let placed = all.into_iter().filter(belongs);
    Ok(placed
        .map(|station| {
            let standing = known.remove(&station.id).unwrap_or_else(none);
            (station, standing)
        })
        .collect())
}

async fn show(State(app): State<App>, person: Person, Path(year): Path<i64>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewSheet)?;
    let cycle = cycle_of(&app, year)?;
    if let Some(station) = person.actor.station {
        return Ok(Redirect::to(&station_href(year, station)).into_response());
    }
    let all = stations(&app, &scope, year).await?;
    let closing = app.store.closing(year).await?;
    let due = app.present().inspection_due("appraisal.submission", year);
    let city_due = app.present().inspection_due("appraisal.city_check", year);
    let lines: Vec<Line> =
        all.iter().map(|(station, standing)| line(&app, year, station, standing, due, city_due)).collect();
    let mut stages: Vec<(&'static str, usize)> = Vec::new();
    for (_, name) in regulation::appraisal::inspection::STAGES {
        let count = lines.iter().filter(|line| line.stage == name).count();
        if count > 0 {
            stages.push((name, count));
        }
    }
    let has = |verb| person.scope(&app, verb) != Scope::Nothing;
    let papers = app.store.papers_about("cycle", year).await?.into_iter();
    let papers = papers.filter(|paper| paper.station_id.is_none());
    let line = |paper: Paper| (paper.id, paper.title, moment_of(paper.made_at));
    let papers: Option<Vec<_>> = match person.scope(&app, Verb::ViewPapers) {
        Scope::All => Some(papers.map(line).collect()),
        Scope::City(city) => Some(papers.filter(|paper| paper.city.as_ref() == Some(&city)).map(line).collect()),
        Scope::Nothing | Scope::County(_) | Scope::Stations(_) => None,
    };
    let checked = city::checked(&app, &person, year, &all).await?;
    let decided = hands(&app, &person, Verb::ConfirmGrades, year, &[]).await?;
    render(&ProgressPage {
        shell: Shell::new(&app, &person, "/appraisal/cycles"),
        year,
        city_late: lines.iter().filter(|line| line.city_late).count(),
        moving: has(Verb::OpenCycle).then(|| moving(&app, &person, &cycle).map(drop)),
        forward: has(Verb::ForwardMaterial)
            .then(|| city::forwarding(&app, &person, &cycle, &all, checked).map(|(_, s)| s.len())),
        accept: has(Verb::AcceptMaterial)
            .then(|| province::accepting(&app, &person, &cycle, &all).map(|(_, s)| s.len())),
        settle: has(Verb::AcceptMaterial)
            .then(|| province::settling(&app, &person, &cycle, &all).map(|(_, s)| s.len())),
        feed_back: has(Verb::ProposeGrades)
            .then(|| feedback::feeding_back(&app, &person, &cycle, &all).map(|(_, s)| s.len())),
        close: has(Verb::ConfirmGrades)
            .then(|| province::closing(&app, &person, &cycle, closing.as_ref(), decided).map(drop)),
        dates: app.present().dates.iter().filter(|date| date.year == year).map(date_line).collect(),
        unchecked: match cycle.state.as_str() {
            "open" => Vec::new(),
            _ => unchecked(&app, &scope, year).await?,
        },
        confirmation: app.store.confirmation(year).await?,
        papers,
        closing,
        lines,
        stages,
    })
}

async fn unchecked(app: &App, scope: &Scope, year: i64) -> anyhow::Result<Vec<(String, String)>> {
    let results = app.store.results(scope, year).await?;
    Ok(results.into_iter().filter_map(|result| Some((result.station_name, result.unchecked?))).collect())
}

fn date_line(date: &CycleDate) -> DateLine {
    let tentative = date.tentative != 0;
    DateLine {
        deadline: date.deadline.clone(),
        name: date.name.clone(),
        text: format!("{} {}", day(date.on_day), date.at_time),
        on: day(date.on_day),
        tentative,
        reason: format!("{}　{} {}", date.reason, date.set_by, moment_of(date.set_at)),
    }
}

fn line(app: &App, year: i64, station: &Station, standing: &Standing, due: Option<Due>, city_due: Option<Due>) -> Line {
    let stage = &standing.stage;
    let first = stage.first();
    let of_city = station.manager() == Manager::City;
    Line {
        number: station.number.clone(),
        name: station.name.clone(),
        city: app.present().edition.area_name(&station.city).to_owned(),
        managed: if of_city { "市管" } else { "省管" },
        href: station_href(year, station.id),
        stage: stage.name(),
        class: match stage {
            Stage::Absent { .. } => "bad",
            Stage::Returned { .. } | Stage::Review { .. } => "warn",
            Stage::Graded { .. } | Stage::Archived { .. } => "ok",
            _ => "",
        },
        late: match first {
            Some(first) => due.is_some_and(|due| due.passed(first)),
            None => *stage == Stage::Filling && due.is_some_and(|due| due.passed(app.clock.civil())),
        },
        first: first.map_or_else(String::new, |first| first.strftime("%Y-%m-%d %H:%M:%S").to_string()),
        city_late: city_due.is_some_and(|due| stage.city_late(of_city, &due, app.clock.civil())),
        due: stage.due().map_or_else(String::new, |due| due.to_string()),
    }
}

/// Whether this person may set a date of the year now.
fn moving(app: &App, person: &Person, cycle: &Cycle) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::OpenCycle, &Subject::whole("cycle", cycle.year))?;
    open(cycle)?;
    Ok(mandate)
}

/// A date moves, or one that was 暂计 is confirmed (reading K28). Reminders follow it.
async fn move_date(State(app): State<App>, person: Person, Path(year): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.may(&app, Verb::OpenCycle, &Subject::whole("cycle", year))?;
    let cycle = cycle_of(&app, year)?;
    let mandate = moving(&app, &person, &cycle)?;
    let present = app.present();
    let deadline = posted.text("deadline");
    let before = present.inspection_due(deadline, year).filter(|_| deadline.starts_with("appraisal."));
    let before = before.ok_or_else(|| Fault::Invalid("请选择要调整的时限。".to_owned()))?;
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Fault::Invalid("请写明调整或者确认的理由，不超过 500 字。".to_owned()));
    }
    let on = parse_day(posted.text("on")).filter(|on| i64::from(on.year()) > year);
    let on = on.ok_or_else(|| Fault::Invalid("日期应写作 2027-02-01，在评估年度之后。".to_owned()))?;
    if before.passed(app.clock.civil()) && on < before.on {
        let reason = format!("{}已过，不能再提前。", before.text());
        return Err(Refusal::new(Basis::Item("9"), reason).into());
    }
    let name = present.edition.deadline(deadline).map_or("", |known| known.name.as_str());
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.set_cycle_date(year, deadline, name, &Due { on, tentative: false, ..before }, reason).await?;
    tx.note(format!("{year} 年度 {name}：{} 改为 {on}，{reason}", before.text()));
    tx.commit().await?;
    app.refresh().await?;
    Ok(Redirect::to(&format!("{}?done=date_set#dates", href(year))).into_response())
}
