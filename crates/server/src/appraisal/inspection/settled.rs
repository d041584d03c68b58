//! What was settled stands (reading K81): the gate before every change of a year's evidence, and the check that nothing
//! else moved a settled total.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::Points;
use regulation::appraisal::grade::Participation;
use regulation::appraisal::inspection::{self, Desk, Stage, Step};
use regulation::general::{Basis, Mandate, Refusal, Role, Subject, Verb};
use store::appraisal::{Cycle, NewStep};
use store::duties::Station;

use super::{Standing, acted_on, open, station_href};
use crate::app::{App, Routes};
use crate::appraisal::reckon::Standings;
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;

pub fn routes() -> Routes {
    Routes::default().post("/appraisal/cycles/{year}/stations/{id}/reopening", Verb::AcceptMaterial, reopen)
}

/// Where a station's year stands for those who would change its evidence: 未开始 while the year has no cycle.
///
/// # Errors
/// Fails when the database does.
pub async fn stage_of(app: &App, year: i64, station: i64) -> anyhow::Result<Stage> {
    let Some(state) = state(app, year) else { return Ok(Stage::Waiting) };
    Ok(within(&state, Standing::read(app, year, station).await?.stage))
}

/// The same of every station of a year.
///
/// # Errors
/// Fails when the database does.
pub async fn stages_of(
    app: &App,
    scope: &regulation::general::Scope,
    year: i64,
) -> anyhow::Result<HashMap<i64, Stage>> {
    let Some(state) = state(app, year) else { return Ok(HashMap::new()) };
    let standings = super::standings(app, scope, year).await?;
    Ok(standings.into_iter().map(|(station, standing)| (station, within(&state, standing.stage))).collect())
}

fn state(app: &App, year: i64) -> Option<String> {
    app.present().cycles.iter().find(|cycle| cycle.year == year).map(|cycle| cycle.state.clone())
}

/// A closed year is closed for every station, also for one of which no step is kept.
fn within(state: &str, stage: Stage) -> Stage {
    match state {
        "open" => stage,
        _ => Stage::Graded { first: stage.first() },
    }
}

/// Whether this person may change what that year of a station is scored from. Buttons and submits both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn changeable(role: Role, stage: &Stage, year: i64) -> Result<(), Refusal> {
    let below = role.of_city() || role.of_station();
    inspection::changeable(stage, if below { Desk::City } else { Desk::Province }, year)
}

/// Writes the totals that are settled into the steps that settle them. Whoever is found absent has none.
pub fn with_points(steps: &mut [NewStep], standings: &Standings) {
    for step in steps {
        let scored = standings.scored.get(&step.station).filter(|_| step.stage.settled());
        step.points = scored.map(|scored| scored.score.total.tenths());
    }
}

/// Whether every total is still what was settled: the roster and standing evidence live on, and may move it.
///
/// # Errors
/// The refusal, naming the first that moved.
pub fn unmoved(standings: &Standings, stages: &HashMap<i64, Standing>) -> Result<(), Refusal> {
    for scored in standings.scored.values().filter(|scored| scored.participation == Participation::OnTime) {
        let settled = stages.get(&scored.station.id).and_then(|standing| standing.log.last()?.points);
        let (Some(settled), now) = (settled.map(Points::from_tenths), scored.score.total) else { continue };
        if settled != now {
            let name = &scored.station.name;
            let reason = format!(
                "{name}审定 {settled} 分，审定后企业库或者常态化资料有变动，现为 {now} 分；须撤回审定，重新审定并反馈。"
            );
            return Err(Refusal::new(Basis::Item("14"), reason));
        }
    }
    Ok(())
}

/// Whether this person may take the settlement back now, with the reason; without one asked for, were there a reason.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn reopening(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    station: &Station,
    standing: &Standing,
    reason: Option<&str>,
) -> Result<(Mandate, NewStep), Refusal> {
    let subject = Subject::of_station("inspection", cycle.year, &station.placed());
    let mandate = person.may(app, Verb::AcceptMaterial, &subject)?;
    open(cycle)?;
    let step = Step::Reopen { reasoned: reason.is_none_or(|reason| !reason.is_empty()) };
    Ok((mandate, standing.step(cycle.year, station.id, step, reason.unwrap_or_default())?))
}

async fn reopen(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, cycle, standing) = acted_on(&app, &person, Verb::AcceptMaterial, year, id).await?;
    reopening(&app, &person, &cycle, &station, &standing, None)?;
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 1000 {
        return Err(Fault::Invalid("请写明撤回审定的理由，不超过 1000 字。".to_owned()));
    }
    let (mandate, step) = reopening(&app, &person, &cycle, &station, &standing, Some(reason))?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.take_step(&step).await?;
    tx.note(format!("{year} 年度 {}：撤回审定，{reason}", station.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=reopened", station_href(year, id))).into_response())
}
