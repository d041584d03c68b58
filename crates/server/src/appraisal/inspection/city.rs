//! The city's part (Article 10 (2)): sending back, checking, and forwarding all that is checked in one act.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use papers::official::plain;
use regulation::appraisal::inspection::{Desk, Stage, Step};
use regulation::general::{Basis, Hand, Manager, Mandate, Refusal, Subject, Verb};
use store::appraisal::{Cycle, NewStep};
use store::duties::Station;
use store::general::NewPaper;

use super::progress::stations;
use super::{Standing, about, acted_on, cycle_of, dated, href, issuer, number, open, station_href};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
use crate::posted::Posted;
use crate::shell::day;

pub fn routes() -> Routes {
    Routes::default()
        .post("/appraisal/cycles/{year}/stations/{id}/return", Verb::ReturnMaterial, send_back)
        .post("/appraisal/cycles/{year}/stations/{id}/check", Verb::CheckMaterial, check)
        .post("/appraisal/cycles/{year}/forwarding", Verb::ForwardMaterial, forward)
}

/// Whether this person may send a station's material back for correction now, and by when (reading K47).
///
/// # Errors
/// The refusal, with article and sentence.
pub fn returning(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    station: &Station,
    standing: &Standing,
    reason: &str,
) -> Result<(Mandate, NewStep), Refusal> {
    let subject = Subject::of_station("inspection", cycle.year, &station.placed());
    let mandate = person.may(app, Verb::ReturnMaterial, &subject)?;
    open(cycle)?;
    let by = if person.actor.role.of_province() { Desk::Province } else { Desk::City };
    let days = number(app, cycle.year, "material.correction_working_days");
    let due = app.present().workdays.after(app.clock.today(), days).on;
    let most = number(app, cycle.year, "material.correction_rounds");
    let step = Step::Return { by, due, before: standing.returns, most };
    Ok((mandate, standing.step(cycle.year, station.id, step, reason)?))
}

/// Whether this person may close the city's check of a station now.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn checking(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    station: &Station,
    standing: &Standing,
    opinion: &str,
) -> Result<(Mandate, NewStep), Refusal> {
    let subject = Subject::of_station("inspection", cycle.year, &station.placed());
    let mandate = person.may(app, Verb::CheckMaterial, &subject)?;
    open(cycle)?;
    Ok((mandate, standing.step(cycle.year, station.id, Step::Check, opinion)?))
}

/// Who checked what the city could forward now.
///
/// # Errors
/// Fails when the database does.
pub async fn checked(app: &App, person: &Person, year: i64, all: &[(Station, Standing)]) -> anyhow::Result<Vec<Hand>> {
    let ready: Vec<i64> = ready(all).map(|(station, _)| station.id).collect();
    match ready.is_empty() {
        true => Ok(Vec::new()),
        false => super::hands(app, person, Verb::ForwardMaterial, year, &ready).await,
    }
}

fn ready(all: &[(Station, Standing)]) -> impl Iterator<Item = &(Station, Standing)> {
    let checked = |standing: &Standing| matches!(standing.stage, Stage::CityChecked { .. });
    all.iter().filter(move |(station, standing)| checked(standing) && station.manager() == Manager::City)
}

/// Whether this person may forward now, and what would go along: all that is checked.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn forwarding(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    all: &[(Station, Standing)],
    hands: Vec<Hand>,
) -> Result<(Mandate, Vec<NewStep>), Refusal> {
    let subject = Subject { city: person.actor.city.clone(), ..Subject::whole("inspection", cycle.year) };
    let mandate = person.may(app, Verb::ForwardMaterial, &subject.after(hands))?;
    open(cycle)?;
    let ready = ready(all);
    let steps = ready.map(|(station, standing)| standing.step(cycle.year, station.id, Step::Forward, ""));
    let steps: Vec<NewStep> = steps.collect::<Result<_, _>>()?;
    if steps.is_empty() {
        return Err(Refusal::new(Basis::Item("10-2"), "没有已完成核查、等待上报的材料。"));
    }
    Ok((mandate, steps))
}

/// 退回补正通知书.
#[derive(Template)]
#[template(path = "papers/material_return.txt")]
struct ReturnText {
    issuer: String,
    station: String,
    year: i64,
    first: String,
    reason: String,
    due: String,
    days: i64,
    dated: String,
}

async fn send_back(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, cycle, standing) = acted_on(&app, &person, Verb::ReturnMaterial, year, id).await?;
    let reason = posted.text("reason");
    let (mandate, step) = returning(&app, &person, &cycle, &station, &standing, reason)?;
    if reason.is_empty() || reason.chars().count() > 1000 {
        return Err(Fault::Invalid("请写明须补正的内容，不超过 1000 字。".to_owned()));
    }
    let text = ReturnText {
        issuer: match person.actor.role.of_province() {
            true => app.present().edition.head.department.clone(),
            false => issuer(&app, &station),
        },
        station: plain(&station.name),
        year,
        first: step
            .stage
            .first()
            .map_or_else(String::new, |first| first.strftime("%Y年%-m月%-d日 %H:%M:%S").to_string()),
        reason: plain(reason),
        due: step.stage.due().map_or_else(String::new, super::in_text),
        days: number(&app, year, "material.correction_working_days"),
        dated: dated(&app),
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.take_step(&step).await?;
    tx.add_paper(&paper(about(year, &station, "material.return", true), &text)?).await?;
    tx.note(format!("{year} 年度 {}：退回补正，{reason}", station.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=material_returned", station_href(year, id))).into_response())
}

async fn check(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, cycle, standing) = acted_on(&app, &person, Verb::CheckMaterial, year, id).await?;
    let opinion = posted.text("opinion");
    let (mandate, step) = checking(&app, &person, &cycle, &station, &standing, opinion)?;
    if opinion.is_empty() || opinion.chars().count() > 1000 {
        return Err(Fault::Invalid("请填写核查意见，不超过 1000 字。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.take_step(&step).await?;
    tx.note(format!("{year} 年度 {}：市级核查完成，{opinion}", station.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=checked", station_href(year, id))).into_response())
}

/// 市级核查意见和上报函.
#[derive(Template)]
#[template(path = "papers/material_forwarding.txt")]
pub struct ForwardText {
    pub issuer: String,
    pub department: String,
    pub year: i64,
    pub letter: String,
    pub rows: Vec<[String; 4]>,
    pub gaps: Vec<[String; 3]>,
    pub dated: String,
}

async fn forward(State(app): State<App>, person: Person, Path(year): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let scope = person.scope_or_refuse(&app, Verb::ForwardMaterial)?;
    let cycle = cycle_of(&app, year)?;
    let all = stations(&app, &scope, year).await?;
    let hands = checked(&app, &person, year, &all).await?;
    let (mandate, steps) = forwarding(&app, &person, &cycle, &all, hands)?;
    let letter = posted.text("letter");
    if letter.chars().count() > 1000 {
        return Err(Fault::Invalid("说明不超过 1000 字。".to_owned()));
    }
    let goes = |station: &Station| steps.iter().any(|step| step.station == station.id);
    let head = app.present().edition.head.clone();
    let city = person.actor.city.clone().unwrap_or_default();
    let opinion = |standing: &Standing| standing.log.last().map_or_else(String::new, |row| plain(&row.reason));
    let of_city = |station: &Station| station.manager() == Manager::City;
    let text = ForwardText {
        issuer: format!("{}商务局", app.present().edition.area_name(&city)),
        department: head.department.clone(),
        year,
        letter: plain(letter),
        rows: all
            .iter()
            .filter(|(station, _)| goes(station))
            .map(|(station, standing)| {
                let first = standing
                    .stage
                    .first()
                    .map_or_else(String::new, |first| first.strftime("%Y-%m-%d %H:%M").to_string());
                [station.number.clone(), plain(&station.name), first, opinion(standing)]
            })
            .collect(),
        gaps: all
            .iter()
            .filter(|(station, standing)| of_city(station) && !goes(station) && waits(&standing.stage))
            .map(|(station, standing)| [station.number.clone(), plain(&station.name), standing.stage.name().to_owned()])
            .collect(),
        dated: dated(&app),
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    for step in &steps {
        tx.take_step(step).await?;
    }
    let new =
        NewPaper { kind: "material.forwarding", noun: "cycle", noun_id: year, city: Some(city), ..NewPaper::default() };
    let made = tx.add_paper(&paper(new, &text)?).await?;
    tx.note(format!("{year} 年度上报 {} 家，文书 {made}，{}", steps.len(), day(store::day_number(app.clock.today()))));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=material_forwarded", href(year))).into_response())
}

/// Not yet sent on to the province.
fn waits(stage: &Stage) -> bool {
    matches!(stage, Stage::Filling | Stage::Submitted { .. } | Stage::Returned { by: Desk::City, .. })
}
