//! A county's opinion on the yearly material of a station of its area, where the edition has that step (Article 3,
//! reading K89). The city reads it beside its check and waits for nothing.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::appraisal::county::opinion;
use regulation::general::county::Hearing;
use regulation::general::{Mandate, Refusal, Role, Scope, Subject, Verb};
use store::appraisal::Cycle;
use store::duties::Station;

use super::{Standing, acted_on, open, station_href};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::county::{CountyView, typed};
use crate::posted::Posted;

pub fn routes() -> Routes {
    Routes::default().post("/appraisal/cycles/{year}/stations/{id}/county-opinions", Verb::GiveCountyOpinion, give)
}

/// What officials read of the county's opinions, and whether this person may give one. The station and its assessors do
/// not.
///
/// # Errors
/// Fails when the database does.
pub async fn view(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    station: &Station,
    standing: &Standing,
) -> Result<Option<CountyView>, Fault> {
    let role = person.actor.role;
    if !(role.of_province() || role.of_city() || role == Role::County) {
        return Ok(None);
    }
    let (year, id) = (cycle.year, station.id);
    let own = person.scope(app, Verb::GiveCountyOpinion) != Scope::Nothing;
    let give = own.then(|| giving(app, person, cycle, station, standing).map(drop));
    let opinions = app.store.county_opinions_on_material(year, id).await?;
    let action = format!("/appraisal/cycles/{year}/stations/{id}/county-opinions");
    Ok(CountyView::new(Hearing::Material, opinions, give, action))
}

/// Whether this person may give an opinion now. Button and submit both ask here.
fn giving(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    station: &Station,
    standing: &Standing,
) -> Result<Mandate, Refusal> {
    let subject = Subject::of_station("county_opinion", 0, &station.placed());
    let mandate = person.may(app, Verb::GiveCountyOpinion, &subject)?;
    open(cycle)?;
    opinion(app.present().edition_of(cycle.year).asks_county(Hearing::Material), &standing.stage)?;
    Ok(mandate)
}

async fn give(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, cycle, standing) = acted_on(&app, &person, Verb::GiveCountyOpinion, year, id).await?;
    let mandate = giving(&app, &person, &cycle, &station, &standing)?;
    let new = typed(&posted)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.add_county_opinion_on_material((year, id), standing.before, new).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=county_opinion#county", station_href(year, id))).into_response())
}
