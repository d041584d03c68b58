//! 材料报送 (Articles 10 and 14): a station hands in its year and gets a receipt.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::general::{Basis, Mandate, Refusal, Scope, Subject, Verb};
use store::appraisal::{Cycle, Submission};
use store::duties::Station;

use super::sheet::{Loaded, href};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::moment_of;

pub fn routes() -> Routes {
    Routes::default().post("/appraisal/cycles/{year}/submission", Verb::SubmitMaterial, submit)
}

/// A receipt as the sheet shows it.
pub struct Submitted {
    pub receipt: String,
    pub at: String,
    pub by: String,
    /// 首次, whose time counts; later ones are corrections.
    pub first: bool,
    pub late: bool,
}

/// Whether a station may hand in its year now. Button and submit both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn submission(
    app: &App,
    person: &Person,
    station: &Station,
    year: i64,
    cycle: Option<&Cycle>,
) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::SubmitMaterial, &Subject::of_station("submission", 0, &station.placed()))?;
    match cycle.map(|cycle| cycle.state.as_str()) {
        None => return Err(Refusal::new(Basis::Item("9"), format!("{year}年度评估尚未开启，不能报送。"))),
        Some("open") => {}
        Some(_) => return Err(Refusal::new(Basis::Item("14"), format!("{year}年度结果已经确认，不再接收材料。"))),
    }
    if i64::from(app.clock.today().year()) <= year {
        let reason = format!("{year}年度尚未结束，自 {}年1月1日起报送。", year + 1);
        return Err(Refusal::new(Basis::Item("9"), reason));
    }
    Ok(mandate)
}

/// The same for the page: `None` for roles that never submit.
pub fn offer(
    app: &App,
    person: &Person,
    station: &Station,
    year: i64,
    cycle: Option<&Cycle>,
) -> Option<Result<(), Refusal>> {
    if person.scope(app, Verb::SubmitMaterial) == Scope::Nothing {
        return None;
    }
    Some(submission(app, person, station, year, cycle).map(drop))
}

/// The last day of the year's submissions, before any holiday roll.
pub fn deadline(edition: &regulation::law::Edition, year: i64) -> Option<i64> {
    let year = i16::try_from(year).ok()?;
    edition.day_of("appraisal.submission", year).map(store::day_number)
}

/// Whether a receipt is after the deadline. Being late has no effect of itself: a person decides (reading K46).
pub fn is_late(edition: &regulation::law::Edition, year: i64, submission: &Submission) -> bool {
    let on = store::day_number(store::day_of(store::instant_from(submission.submitted_at)));
    deadline(edition, year).is_some_and(|deadline| on > deadline)
}

/// A station's receipts, first to last.
pub fn shown(loaded: &Loaded, submissions: &[Submission]) -> Vec<Submitted> {
    let shown = submissions.iter().enumerate().map(|(ix, submission)| Submitted {
        receipt: submission.receipt.clone(),
        at: moment_of(submission.submitted_at),
        by: submission.submitted_by.clone(),
        first: ix == 0,
        late: ix == 0 && is_late(&loaded.edition, loaded.year, submission),
    });
    shown.collect()
}

async fn submit(State(app): State<App>, person: Person, Path(year): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let scope = person.scope_or_refuse(&app, Verb::SubmitMaterial)?;
    let id = person.actor.station.ok_or(Fault::NotFound)?;
    let station = app.store.station(&scope, id).await?.ok_or(Fault::NotFound)?;
    let cycle = app.store.cycle(year).await?;
    let mandate = submission(&app, &person, &station, year, cycle.as_ref())?;
    let number = app.store.submissions(year, id).await?.len() + 1;
    let receipt = format!("{year}-{}-{number:02}", station.number);
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let added = tx.add_submission(year, id, &receipt).await.map_err(|error| match error.is_duplicate() {
        true => store::Error::Conflict("材料刚刚已由本站另一账户报送".to_owned()),
        false => error,
    })?;
    tx.concerns(added);
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=submitted#receipts", href(year, id))).into_response())
}
