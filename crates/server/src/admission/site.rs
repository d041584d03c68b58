//! An applicant's website while its application is under review (Article 6 (4), reading K85).

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use regulation::admission::{Desk, site};
use regulation::duties::site::Origin;
use regulation::general::{Basis, Mandate, Refusal, Scope, Subject, Verb};
use store::duties::Looked;

use super::{Case, PATH};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::Problems;
use crate::appraisal::ledger::reading::file_response;
use crate::appraisal::ledger::writing::{Begun, answer, answered, begin, put_files};
use crate::auth::Person;
use crate::duties::site::form::{Typed, judge, noted};
use crate::duties::site::page::{Asked, Line, Owner, SitePage, lines};
use crate::duties::site::{NOUN, screenshot};
use crate::error::{Fault, Page};
use crate::posted::Posted;

pub fn routes() -> Routes {
    Routes::default()
        .get("/admission/applications/{id}/site", Verb::ViewApplication, show)
        .post("/admission/applications/{id}/probes", Verb::RecordProbe, record)
        .get("/admission/probes/files/{id}", Verb::ViewApplication, open_file)
}

/// The newest look at an applicant's website, for its application's page.
///
/// # Errors
/// Fails when the database does.
pub async fn newest(app: &App, case: &Case) -> Result<Option<Line>, Fault> {
    let rows = app.store.probes(Looked::Application(case.id()), (i64::MAX, i64::MAX), 1).await?;
    Ok(lines(app, rows).await?.pop())
}

/// Whether this person may record a look at the applicant's website now. Form and submit both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
fn recording(app: &App, person: &Person, case: &Case) -> Result<Mandate, Refusal> {
    let subject = Subject { noun: NOUN, id: 0, ..case.subject() };
    let mandate = person.may(app, Verb::RecordProbe, &subject)?;
    let desk = if person.actor.role.of_city() { Desk::City } else { Desk::Province };
    site::recording(&case.stage, desk)?;
    match case.application.website.is_empty() {
        true => Err(Refusal::new(Basis::Item("6-4"), "申请表没有填写网址。")),
        false => Ok(mandate),
    }
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>, Query(asked): Query<Asked>) -> Page {
    let case = Case::find(&app, &person, id).await?;
    render(&page(&app, &person, &case, asked, Typed::now(&app), Problems::new()).await?)
}

async fn page(
    app: &App,
    person: &Person,
    case: &Case,
    asked: Asked,
    typed: Typed,
    problems: Problems,
) -> Result<SitePage, Fault> {
    let held = person.scope(app, Verb::RecordProbe) != Scope::Nothing;
    let owner = Owner {
        list: (PATH, "工作站申请"),
        menu: PATH,
        name: case.application.name.clone(),
        href: format!("{PATH}/{}", case.id()),
        files: "/admission/probes/files",
        url: case.application.website.clone(),
        year: None,
        counts: true,
    };
    let record = held.then(|| recording(app, person, case).map(drop));
    SitePage::read(app, person, Looked::Application(case.id()), owner, asked, record, (typed, problems)).await
}

async fn record(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let once = posted.once();
    if let Some(answer) = answered(&app, once.as_deref()).await? {
        return Ok(answer);
    }
    let case = Case::find(&app, &person, id).await?;
    let mandate = recording(&app, &person, &case)?;
    let typed = Typed::from(&posted);
    let probe = match judge(&app, &typed, &case.application.website, Origin::Department) {
        Ok(probe) => probe,
        Err(problems) => {
            let page = page(&app, &person, &case, Asked::default(), typed, problems).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render_page()?)).into_response());
        }
    };
    let files = put_files(&app, posted).await?;
    let mut tx = match begin(&app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    let key = tx.add_probe(Looked::Application(id), &probe, None).await?;
    // An application has no station yet: its screenshots stand under none.
    tx.attach(NOUN, key, 0, &files).await?;
    tx.note(format!("{} {}", case.application.number, noted(&probe, files.len())));
    answer(tx, once.as_deref(), &format!("{PATH}/{id}/site?done=probed")).await
}

/// A screenshot of a look at an applicant's website.
async fn open_file(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    super::seen(&app, &person)?;
    let file = screenshot(&app, id).await?;
    let probe = app.store.probe(file.noun_id).await?;
    let application = probe.and_then(|probe| probe.application_id).ok_or(Fault::NotFound)?;
    Case::find(&app, &person, application).await?;
    let bytes = app.objects.get(&file.sha256).await?;
    Ok(file_response(&file.file_name, &file.media_type, bytes))
}
