//! 省管 and 市管 (Article 10 (1), reading K35): the department moves a station from one to the other, with its reasons.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::general::{Mandate, Refusal, Subject, Verb, holds, reassign};
use store::duties::Station;

use super::{STATIONS, visible};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;

pub fn routes() -> Routes {
    Routes::default().post("/duties/stations/{id}/management", Verb::AssignManagement, assign)
}

/// The act as the station's page offers it.
pub struct Move {
    /// What it would become.
    pub to: &'static str,
    pub refusal: Option<Refusal>,
}

/// The act for those who hold it; `None` for everybody else.
///
/// # Errors
/// Fails when the database does.
pub async fn offer(app: &App, person: &Person, station: &Station) -> Result<Option<Move>, Fault> {
    if !holds(&person.actor, Verb::AssignManagement, app.clock.today()) {
        return Ok(None);
    }
    let refusal = assigning(app, person, station).await?.err();
    Ok(Some(Move { to: station.manager().other().name(), refusal }))
}

/// Whether this person may put that station under the other management now. Button and submit both ask here.
async fn assigning(app: &App, person: &Person, station: &Station) -> Result<Result<Mandate, Refusal>, Fault> {
    let awaiting = app.store.awaits_city(station.id).await?;
    let subject = Subject::of_station("station", station.id, &station.placed());
    let now = station.manager();
    let asked = person.may(app, Verb::AssignManagement, &subject);
    Ok(asked.and_then(|mandate| reassign(now, now.other(), &station.state, awaiting).map(|()| mandate)))
}

async fn assign(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let station = visible(&app, &person, Verb::ViewStation, id).await?;
    let mandate = assigning(&app, &person, &station).await??;
    let to = station.manager().other();
    if posted.text("to") != to.name() {
        return Err(Fault::Conflict("该工作站的管理关系刚刚已有调整，请刷新后再办。".to_owned()));
    }
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Fault::Invalid("请写明调整理由，不超过 500 字。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.move_station(&station, to, store::day_number(app.clock.today()), reason).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{STATIONS}/{id}?done=management")).into_response())
}
