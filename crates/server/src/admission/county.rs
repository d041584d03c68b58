//! A county's opinion on an application of its area, where the edition has that step (Article 3, reading K13).

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::admission::county::opinion;
use regulation::general::{Mandate, Refusal, Role, Scope, Verb};

use super::{Case, PATH};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::moment_of;

pub fn routes() -> Routes {
    Routes::default().post("/admission/applications/{id}/county-opinions", Verb::GiveCountyOpinion, give)
}

/// The county's part of an application's page.
pub struct CountyView {
    pub opinions: Vec<OpinionView>,
    /// The county's own act; `None` for everyone else.
    pub give: Option<Result<(), Refusal>>,
}

pub struct OpinionView {
    pub at: String,
    pub by: String,
    pub text: String,
}

/// What officials read of the county's opinions, and whether this person may give one.
///
/// # Errors
/// Fails when the database does.
pub async fn view(app: &App, person: &Person, case: &Case) -> Result<Option<CountyView>, Fault> {
    if person.actor.role == Role::Applicant {
        return Ok(None);
    }
    let opinions = app.store.county_opinions(case.application.id).await?;
    let own = person.scope(app, Verb::GiveCountyOpinion) != Scope::Nothing;
    if opinions.is_empty() && !own {
        return Ok(None);
    }
    let opinions = opinions.into_iter().map(|opinion| OpinionView {
        at: moment_of(opinion.given_at),
        by: opinion.given_by,
        text: opinion.text,
    });
    Ok(Some(CountyView { opinions: opinions.collect(), give: own.then(|| giving(app, person, case).map(drop)) }))
}

/// Whether this person may give an opinion. Button and submit both ask here.
fn giving(app: &App, person: &Person, case: &Case) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::GiveCountyOpinion, &case.subject())?;
    opinion(case.edition.asks_county(), &case.stage)?;
    Ok(mandate)
}

async fn give(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let case = Case::find(&app, &person, id).await?;
    let mandate = giving(&app, &person, &case)?;
    let text = posted.text("text");
    if text.is_empty() || text.chars().count() > 2000 {
        return Err(Fault::Invalid("请填写意见，不超过 2000 字。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.add_county_opinion(&case.application, text).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=county_opinion")).into_response())
}
