//! 重点联系企业库 (Article 5(1)): the list, one firm, import and export.

mod firm;
mod form;
mod import;
mod imported;
pub mod judge;
mod list;
mod requests;
mod untold;

use regulation::general::{Mandate, Placed, Subject, Verb};
use store::duties::{RosterMember, Station};

use super::{own, visible};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::Fault;

pub use requests::REQUESTS;
pub use untold::UNTOLD;

pub const ROSTER: &str = "/duties/roster";

pub fn routes() -> Routes {
    Routes::default()
        .with(list::routes())
        .with(import::routes())
        .with(imported::routes())
        .with(requests::routes())
        .with(untold::routes())
        .with(firm::routes())
}

/// The person's own station and the right to change its roster.
async fn maintained(app: &App, person: &Person, noun: &'static str) -> Result<(Station, Placed, Mandate), Fault> {
    let Some(id) = own(person) else {
        let refusal = person.may(app, Verb::MaintainRoster, &Subject::whole(noun, 0)).err();
        return Err(refusal.map_or(Fault::NotFound, Fault::from));
    };
    let station = visible(app, person, Verb::ViewRoster, id).await?;
    let placed = station.placed();
    let mandate = person.may(app, Verb::MaintainRoster, &Subject::of_station(noun, 0, &placed))?;
    Ok((station, placed, mandate))
}

/// A firm on a roster this person may see, with the station.
async fn listed(app: &App, person: &Person, id: i64) -> Result<(RosterMember, Station), Fault> {
    // Before looking: who never sees a roster learns nothing of which firms there are.
    person.scope_or_refuse(app, Verb::ViewRoster)?;
    let member = app.store.roster_member(id).await?.filter(|member| member.removed_at.is_none());
    let member = member.ok_or(Fault::NotFound)?;
    let station = visible(app, person, Verb::ViewRoster, member.station_id).await?;
    Ok((member, station))
}
