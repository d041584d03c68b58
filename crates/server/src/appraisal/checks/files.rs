//! Photos and evidence of checks, spot checks and rectification: seen by whoever may see what they belong to.

use axum::extract::{Path, State};
use regulation::general::Verb;

use super::super::ledger::reading::file_response;
use super::super::{rectifications, spot_checks};
use super::{NOUN, record};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};

pub fn routes() -> Routes {
    Routes::default().get("/appraisal/checks/files/{id}", Verb::ViewChecks, open)
}

async fn open(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    person.scope_or_refuse(&app, Verb::ViewChecks)?;
    let file = app.store.attachment(id).await?.ok_or(Fault::NotFound)?;
    match file.noun.as_str() {
        NOUN => drop(record::visible(&app, &person, file.noun_id).await?),
        spot_checks::NOUN => drop(spot_checks::visible(&app, &person, file.noun_id).await?),
        rectifications::NOUN => {
            let scope = person.scope_or_refuse(&app, Verb::ViewSpotChecks)?;
            let task = app.store.rectification_of_step(&scope, file.noun_id).await?;
            drop(task.ok_or(Fault::NotFound)?);
        }
        _ => return Err(Fault::NotFound),
    }
    let bytes = app.objects.get(&file.sha256).await?;
    Ok(file_response(&file.file_name, &file.media_type, bytes))
}
