//! 材料报送 (Articles 10 and 14): a station hands in its year and gets a receipt.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use papers::official::plain;
use regulation::appraisal::inspection::Step;
use regulation::general::{Basis, Due, Mandate, Refusal, Scope, Subject, Verb};
use store::appraisal::{Cycle, NewStep, Submission};
use store::duties::Station;

use super::inspection::{Standing, about, issuer};
use super::sheet::{Loaded, href};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
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
    standing: &Standing,
) -> Result<(Mandate, NewStep), Refusal> {
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
    let step = standing.step(year, station.id, Step::Submit { at: app.clock.civil() }, "")?;
    Ok((mandate, step))
}

/// The same for the page: `None` for roles that never submit.
pub fn offer(
    app: &App,
    person: &Person,
    station: &Station,
    year: i64,
    cycle: Option<&Cycle>,
    standing: &Standing,
) -> Option<Result<(), Refusal>> {
    if person.scope(app, Verb::SubmitMaterial) == Scope::Nothing {
        return None;
    }
    Some(submission(app, person, station, year, cycle, standing).map(drop))
}

/// Until when a year's material is taken as in time: the frozen date of its cycle.
pub fn deadline(app: &App, year: i64) -> Option<Due> {
    app.present().inspection_due("appraisal.submission", year)
}

/// Whether the time to hand in a year's material has run out.
pub fn over(app: &App, year: i64) -> bool {
    deadline(app, year).is_some_and(|due| due.passed(app.clock.civil()))
}

/// Whether a receipt is after the deadline. Being late has no effect of itself: a person decides (reading K46).
pub fn is_late(due: Option<Due>, submission: &Submission) -> bool {
    let at = store::china().to_datetime(store::instant_from(submission.submitted_at));
    due.is_some_and(|due| due.passed(at))
}

/// A station's receipts, first to last.
pub fn shown(app: &App, loaded: &Loaded, submissions: &[Submission]) -> Vec<Submitted> {
    let due = deadline(app, loaded.year);
    let shown = submissions.iter().enumerate().map(|(ix, submission)| Submitted {
        receipt: submission.receipt.clone(),
        at: moment_of(submission.submitted_at),
        by: submission.submitted_by.clone(),
        first: ix == 0,
        late: ix == 0 && is_late(due, submission),
    });
    shown.collect()
}

async fn submit(State(app): State<App>, person: Person, Path(year): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let scope = person.scope_or_refuse(&app, Verb::SubmitMaterial)?;
    let id = person.actor.station.ok_or(Fault::NotFound)?;
    let station = app.store.station(&scope, id).await?.ok_or(Fault::NotFound)?;
    let cycle = app.store.cycle(year).await?;
    let standing = Standing::read(&app, year, id).await?;
    let (mandate, step) = submission(&app, &person, &station, year, cycle.as_ref(), &standing)?;
    if !posted.checked("attested") {
        return Err(Fault::Invalid("请勾选对材料真实、完整负责的承诺后再报送。".to_owned()));
    }
    let number = app.store.submissions(year, id).await?.len() + 1;
    let receipt = format!("{year}-{}-{number:02}", station.number);
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let added = tx.add_submission(year, id, &receipt).await.map_err(|error| match error.is_duplicate() {
        true => store::Error::Conflict("材料刚刚已由本站另一账户报送".to_owned()),
        false => error,
    })?;
    tx.concerns(added);
    tx.take_step(&step).await?;
    let text = ReceiptText {
        issuer: issuer(&app, &station),
        station: plain(&station.name),
        host: plain(&station.host_name),
        year,
        receipt,
        at: app.clock.civil().strftime("%Y年%-m月%-d日 %H:%M:%S").to_string(),
        by: plain(&person.actor.name),
        first: number == 1,
        late: number == 1 && over(&app, year),
        due: deadline(&app, year).map_or_else(String::new, |due| due.text()),
        dated: app.clock.today().strftime("%Y年%-m月%-d日").to_string(),
    };
    tx.add_paper(&paper(about(year, &station, "material.receipt", false), &text)?).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=submitted#receipts", href(year, id))).into_response())
}

/// 材料报送回执.
#[derive(Template)]
#[template(path = "papers/material_receipt.txt")]
struct ReceiptText {
    issuer: String,
    station: String,
    host: String,
    year: i64,
    receipt: String,
    at: String,
    by: String,
    first: bool,
    late: bool,
    due: String,
    dated: String,
}
