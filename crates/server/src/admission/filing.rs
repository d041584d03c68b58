//! Handing in, handing in again after correction, withdrawing: each keeps what it was (Article 8 (1), readings K29, K30).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use papers::official::plain;
use regulation::admission::{Stage, Step};
use regulation::general::{Mandate, Refusal, Verb};
use store::admission::ApplicationFile;
use store::general::NewPaper;

use super::{Case, PATH, bureau, timed};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
use crate::posted::Posted;

pub fn routes() -> Routes {
    Routes::default().post("/admission/applications/{id}/submission", Verb::FileApplication, hand_in).post(
        "/admission/applications/{id}/withdrawal",
        Verb::FileApplication,
        withdraw,
    )
}

/// Whether this person may hand the application in now. Button and submit ask here.
///
/// # Errors
/// Fails on a day no code writes; the refusal of the law inside.
pub fn handing_in(
    app: &App,
    person: &Person,
    case: &Case,
    files: &[ApplicationFile],
) -> Result<Result<(Mandate, Step), Refusal>, Fault> {
    let (at, gaps, due) = (app.clock.civil(), case.gaps(files).len(), case.due()?);
    let step = match case.stage {
        Stage::Returned { .. } => Step::Resubmit { at, gaps },
        _ => Step::Submit { at, route: case.route, due, gaps },
    };
    let mandate = person.may(app, Verb::FileApplication, &case.subject());
    Ok(mandate.and_then(|mandate| case.step(mandate, step)))
}

/// Whether this person may withdraw the application now.
///
/// # Errors
/// The refusal.
pub fn withdrawing(app: &App, person: &Person, case: &Case) -> Result<(Mandate, Step), Refusal> {
    let mandate = person.may(app, Verb::FileApplication, &case.subject())?;
    case.step(mandate, Step::Withdraw)
}

/// 收件回执.
#[derive(Template)]
#[template(path = "papers/application_receipt.txt")]
struct ReceiptPaper {
    receipt: String,
    name: String,
    uscc: String,
    station: String,
    round: String,
    receiver: String,
    at: String,
    first: String,
    version: i64,
    files: usize,
    sha256: String,
}

async fn hand_in(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let case = Case::find(&app, &person, id).await?;
    let files = app.store.application_files(id).await?;
    let (mandate, step) = handing_in(&app, &person, &case, &files)??;
    let a = &case.application;
    // What the applicant saw is what is handed in.
    if posted.number("saved_at").is_some_and(|saved| saved != a.saved_at) {
        return Err(Fault::Conflict("申请表已在别处保存过新的内容，请核对后再递交".to_owned()));
    }
    let live: Vec<i64> = files.iter().filter(|file| file.removed_at.is_none()).map(|file| file.id).collect();
    let kept = serde_json::to_string(&live).map_err(|error| Fault::Broken(error.into()))?;
    let receipt = format!("{}-{}", a.number, a.versions + 1);
    let paper = receipt_paper(&app, &case, &receipt, &kept, live.len())?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.add_application_version(a, &kept, &receipt).await?;
    let paper = tx.add_paper(&paper).await?;
    tx.step_with_paper(id, step, "", Some(paper)).await??;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=handed_in")).into_response())
}

fn receipt_paper(app: &App, case: &Case, receipt: &str, kept: &str, files: usize) -> Result<NewPaper, Fault> {
    let (a, now) = (&case.application, app.clock.civil());
    let to_province = case.application.route == "direct"
        || matches!(case.stage, Stage::Returned { by: regulation::admission::Desk::Province, .. });
    let receiver = if to_province { case.edition.head.department.clone() } else { bureau(&case.edition, &a.city) };
    let template = ReceiptPaper {
        receipt: receipt.to_owned(),
        name: plain(&a.name),
        uscc: plain(&a.uscc),
        station: plain(&a.station_name),
        round: case.round.name.clone(),
        receiver,
        at: timed(now),
        first: timed(case.stage.first().unwrap_or(now)),
        version: a.versions + 1,
        files,
        sha256: store::general::text_hash(&format!("{}\n{kept}", a.form)),
    };
    let new = NewPaper { kind: "application.receipt", ..paper_for(case) };
    Ok(paper(new, &template)?)
}

/// A document about an application, for its applicant.
pub fn paper_for(case: &Case) -> NewPaper {
    NewPaper {
        noun: "application",
        noun_id: case.application.id,
        account: Some(case.application.account_id),
        city: Some(case.application.city.clone()),
        ..NewPaper::default()
    }
}

async fn withdraw(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let case = Case::find(&app, &person, id).await?;
    let (mandate, step) = withdrawing(&app, &person, &case)?;
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Fault::Invalid("请填写撤回理由，不超过 500 字。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.step_application(id, step, reason).await??;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=application_withdrawn")).into_response())
}
