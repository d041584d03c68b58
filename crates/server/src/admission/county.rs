//! A county's opinion on an application of its area, where the edition has that step (Article 3, reading K13).

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::admission::county::opinion;
use regulation::general::county::Hearing;
use regulation::general::{Mandate, Refusal, Role, Scope, Verb};

use super::{Case, PATH};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::county::{CountyView, typed};
use crate::posted::Posted;

pub fn routes() -> Routes {
    Routes::default().post("/admission/applications/{id}/county-opinions", Verb::GiveCountyOpinion, give)
}

/// What officials read of the county's opinions, and whether this person may give one.
///
/// # Errors
/// Fails when the database does.
pub async fn view(app: &App, person: &Person, case: &Case) -> Result<Option<CountyView>, Fault> {
    if person.actor.role == Role::Applicant {
        return Ok(None);
    }
    let id = case.application.id;
    let own = person.scope(app, Verb::GiveCountyOpinion) != Scope::Nothing;
    let give = own.then(|| giving(app, person, case).map(drop));
    let action = format!("{PATH}/{id}/county-opinions");
    Ok(CountyView::new(Hearing::Application, app.store.county_opinions(id).await?, give, action))
}

/// Whether this person may give an opinion. Button and submit both ask here.
fn giving(app: &App, person: &Person, case: &Case) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::GiveCountyOpinion, &case.subject())?;
    opinion(case.edition.asks_county(Hearing::Application), &case.stage)?;
    Ok(mandate)
}

async fn give(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let case = Case::find(&app, &person, id).await?;
    let mandate = giving(&app, &person, &case)?;
    let new = typed(&posted)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.add_county_opinion(&case.application, new).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=county_opinion")).into_response())
}
