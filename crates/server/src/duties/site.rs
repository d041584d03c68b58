//! 网站探测 (Article 5 (3), the row on the website, readings K60 and K84): how a station's website stood, day by day, and
//! looks recorded by hand.

pub mod form;
pub mod page;
mod standing;
pub mod watch;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use regulation::duties::site::Origin;
use regulation::general::{Basis, Mandate, Refusal, Scope, Subject, Verb};
use store::duties::{Looked, Station};
use store::files::Attachment;

use self::form::{Typed, judge};
use self::page::{Asked, Owner, SitePage};
pub use self::standing::{SiteYear, tags, warning};
use super::{STATIONS, own, visible};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::Problems;
use crate::appraisal::ledger::reading::file_response;
use crate::appraisal::ledger::writing::{Begun, answer, answered, begin, put_files};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;

/// What screenshots hang on.
pub const NOUN: &str = "site_probe";

pub fn routes() -> Routes {
    Routes::default()
        .get("/duties/stations/{id}/site", Verb::ViewStation, show)
        .post("/duties/stations/{id}/probes", Verb::RecordProbe, record)
        .get("/duties/probes/files/{id}", Verb::ViewStation, open_file)
}

/// Whether this person may record a look at the station's website now. Form and submit both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
fn recording(app: &App, person: &Person, station: &Station) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::RecordProbe, &Subject::of_station(NOUN, 0, &station.placed()))?;
    let no = |reason: &str| Err(Refusal::new(Basis::Item("5-3"), reason));
    if station.ended_on.is_some() {
        return no("工作站已终止，不再登记网站探测。");
    }
    if station.website.is_empty() {
        return no("工作站没有登记网址，由工作站管理员在“修改基本情况”中登记后再探测。");
    }
    Ok(mandate)
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>, Query(asked): Query<Asked>) -> Page {
    let station = visible(&app, &person, Verb::ViewStation, id).await?;
    render(&station_page(&app, &person, &station, asked, Typed::now(&app), Problems::new()).await?)
}

async fn station_page(
    app: &App,
    person: &Person,
    station: &Station,
    asked: Asked,
    typed: Typed,
    problems: Problems,
) -> Result<SitePage, Fault> {
    let held = person.scope(app, Verb::RecordProbe) != Scope::Nothing;
    let list = (STATIONS, if own(person).is_some() { "" } else { "工作站名册" });
    let owner = Owner {
        list,
        menu: STATIONS,
        name: station.name.clone(),
        href: format!("{STATIONS}/{}", station.id),
        files: "/duties/probes/files",
        url: station.website.clone(),
        year: Some(SiteYear::of_present(app, station).await?),
        counts: own(person).is_none(),
    };
    let record = held.then(|| recording(app, person, station).map(drop));
    SitePage::read(app, person, Looked::Station(station.id), owner, asked, record, (typed, problems)).await
}

async fn record(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let once = posted.once();
    if let Some(answer) = answered(&app, once.as_deref()).await? {
        return Ok(answer);
    }
    let station = visible(&app, &person, Verb::ViewStation, id).await?;
    let mandate = recording(&app, &person, &station)?;
    let typed = Typed::from(&posted);
    let origin = if person.actor.role.of_station() { Origin::Station } else { Origin::Department };
    let probe = match judge(&app, &typed, &station.website, origin) {
        Ok(probe) => probe,
        Err(problems) => {
            let page = station_page(&app, &person, &station, Asked::default(), typed, problems).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render_page()?)).into_response());
        }
    };
    let files = put_files(&app, posted).await?;
    let stands = standing::after(&app, id, &probe).await?;
    let mut tx = match begin(&app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    let key = tx.add_probe(Looked::Station(id), &probe, stands.filter(|_| origin.counts())).await?;
    tx.attach(NOUN, key, id, &files).await?;
    tx.note(form::noted(&probe, files.len()));
    answer(tx, once.as_deref(), &format!("{STATIONS}/{id}/site?done=probed")).await
}

/// A screenshot of a look at a station's website.
async fn open_file(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    person.scope_or_refuse(&app, Verb::ViewStation)?;
    let file = screenshot(&app, id).await?;
    let probe = app.store.probe(file.noun_id).await?;
    let station = probe.and_then(|probe| probe.station_id).ok_or(Fault::NotFound)?;
    visible(&app, &person, Verb::ViewStation, station).await?;
    person.trail.reads(station);
    let bytes = app.objects.get(&file.sha256).await?;
    Ok(file_response(&file.file_name, &file.media_type, bytes))
}

/// The file of that key, when it hangs on a look. Whose website was looked at, the caller checks.
///
/// # Errors
/// [`Fault::NotFound`] when it is none.
pub async fn screenshot(app: &App, id: i64) -> Result<Attachment, Fault> {
    let file = app.store.attachment(id).await?;
    file.filter(|file| file.noun == NOUN).ok_or(Fault::NotFound)
}
