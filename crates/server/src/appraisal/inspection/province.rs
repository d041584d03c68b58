//! The province's part (Articles 10 (3) and 14): taking up, settling, and the archive.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::appraisal::inspection::{Desk, Stage, Step};
use regulation::general::{Basis, Due, Hand, Manager, Mandate, Refusal, Scope, Subject, Verb};
use store::appraisal::{Closing, Cycle, NewStep};
use store::duties::Station;

use super::progress::stations;
use super::{Standing, cycle_of, href, open, settled};
use crate::app::{App, Routes};
use crate::appraisal::reckon;
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;

pub fn routes() -> Routes {
    Routes::default()
        .post("/appraisal/cycles/{year}/acceptance", Verb::AcceptMaterial, accept)
        .post("/appraisal/cycles/{year}/settlement", Verb::AcceptMaterial, settle)
        .post("/appraisal/cycles/{year}/closing", Verb::ConfirmGrades, close)
}

fn mandate(app: &App, person: &Person, cycle: &Cycle) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::AcceptMaterial, &Subject::whole("inspection", cycle.year))?;
    open(cycle)?;
    Ok(mandate)
}

/// What the province would take up now: its own stations' material, and what a late city holds.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn accepting(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    all: &[(Station, Standing)],
) -> Result<(Mandate, Vec<NewStep>), Refusal> {
    let mandate = mandate(app, person, cycle)?;
    let at = app.clock.civil();
    let city = app.present().inspection_due("appraisal.city_check", cycle.year).unwrap_or(Due::day(at.date()));
    let held = |stage: &Stage| {
        matches!(stage, Stage::Submitted { .. } | Stage::CityChecked { .. } | Stage::Returned { by: Desk::City, .. })
    };
    let mut refused = None;
    let mut steps = Vec::new();
    for (station, standing) in all.iter().filter(|(_, standing)| held(&standing.stage)) {
        let step = Step::Accept { own: station.manager() == Manager::Province, at, city };
        match standing.step(cycle.year, station.id, step, "") {
            Ok(step) => steps.push(step),
            Err(refusal) => refused = Some(refusal),
        }
    }
    match (steps.is_empty(), refused) {
        (false, _) => Ok((mandate, steps)),
        (true, Some(refusal)) => Err(refusal),
        (true, None) => Err(Refusal::new(Basis::Item("10-3"), "没有等待省商务厅受理的材料。")),
    }
}

/// What the province would settle now: everything in scoring whose correction, if any, is over.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn settling(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    all: &[(Station, Standing)],
) -> Result<(Mandate, Vec<NewStep>), Refusal> {
    let mandate = mandate(app, person, cycle)?;
    let now = app.clock.civil();
    let ripe = |stage: &Stage| match stage {
        Stage::Scoring { .. } => true,
        Stage::Returned { by: Desk::Province, due, .. } => Due::day(*due).passed(now),
        _ => false,
    };
    let ready = all.iter().filter(|(_, standing)| ripe(&standing.stage));
    let steps = ready.map(|(station, standing)| standing.step(cycle.year, station.id, Step::Settle, ""));
    let steps: Vec<NewStep> = steps.collect::<Result<_, _>>()?;
    if steps.is_empty() {
        return Err(Refusal::new(Basis::Item("10-3"), "没有评分中、等待审定的工作站。"));
    }
    Ok((mandate, steps))
}

async fn accept(State(app): State<App>, person: Person, Path(year): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.may(&app, Verb::AcceptMaterial, &Subject::whole("inspection", year))?;
    let cycle = cycle_of(&app, year)?;
    let all = stations(&app, &Scope::All, year).await?;
    let (mandate, steps) = accepting(&app, &person, &cycle, &all)?;
    write(&app, &mandate, &steps, format!("{year} 年度省级受理 {} 家", steps.len())).await?;
    Ok(Redirect::to(&format!("{}?done=material_accepted", href(year))).into_response())
}

async fn settle(State(app): State<App>, person: Person, Path(year): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.may(&app, Verb::AcceptMaterial, &Subject::whole("inspection", year))?;
    let cycle = cycle_of(&app, year)?;
    let all = stations(&app, &Scope::All, year).await?;
    let (mandate, mut steps) = settling(&app, &person, &cycle, &all)?;
    settled::with_points(&mut steps, &reckon::standings(&app, year).await?);
    write(&app, &mandate, &steps, format!("{year} 年度省级审定 {} 家", steps.len())).await?;
    Ok(Redirect::to(&format!("{}?done=settled", href(year))).into_response())
}

async fn write(app: &App, mandate: &Mandate, steps: &[NewStep], note: String) -> Result<(), Fault> {
    let mut tx = app.store.begin(mandate, app.clock.now()).await?;
    for step in steps {
        tx.take_step(step).await?;
    }
    tx.note(note);
    tx.commit().await?;
    Ok(())
}

/// Whether this person may put the year into the archive now.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn closing(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    closed: Option<&Closing>,
    hands: Vec<Hand>,
) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::ConfirmGrades, &Subject::whole("cycle", cycle.year).after(hands))?;
    if closed.is_some() {
        return Err(Refusal::new(Basis::Item("14"), format!("{}年度已经归档。", cycle.year)));
    }
    if cycle.state != "confirmed" {
        return Err(Refusal::new(Basis::Item("14"), format!("{}年度等次尚未确认，不能归档。", cycle.year)));
    }
    Ok(mandate)
}

async fn close(State(app): State<App>, person: Person, Path(year): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.scope_or_refuse(&app, Verb::ConfirmGrades)?;
    let cycle = cycle_of(&app, year)?;
    let hands = super::hands(&app, &person, Verb::ConfirmGrades, year, &[]).await?;
    let mandate = closing(&app, &person, &cycle, app.store.closing(year).await?.as_ref(), hands)?;
    let mut steps = Vec::new();
    for (id, standing) in super::standings(&app, &Scope::All, year).await? {
        if matches!(standing.stage, Stage::Graded { .. }) {
            steps.push(standing.step(year, id, Step::Archive, "")?);
        }
    }
    steps.sort_by_key(|step| step.station);
    let sha256 = digest(&app, year).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.close_cycle(year, &sha256).await?;
    for step in &steps {
        tx.take_step(step).await?;
    }
    tx.note(format!("{year} 年度归档，结果校验 {sha256}"));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=closed", href(year))).into_response())
}

/// Hash over a year's results as they were confirmed.
///
/// # Errors
/// Fails when the database does.
pub async fn digest(app: &App, year: i64) -> anyhow::Result<String> {
    let mut results = app.store.results(&Scope::All, year).await?;
    results.sort_by_key(|result| result.station_id);
    let lines = results.iter().map(|result| {
        let unchecked = result.unchecked.as_ref().map_or_else(String::new, |why| format!("\t{why}"));
        format!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}{unchecked}\n",
            result.station_id,
            result.station_name,
            result.edition_id,
            result.rank,
            result.base,
            result.bonus,
            result.total,
            result.grade,
            result.explanation
        )
    });
    Ok(store::general::text_hash(&lines.collect::<String>()))
}
