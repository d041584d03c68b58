//! 咨询和反映 (Article 5(1) and (3)): what firms ask or report behind a warning, and what the station answers. The answer
//! stands on the firm's own page and goes to its address.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use regulation::general::{Mandate, Refusal, Subject, Verb};
use serde::Deserialize;
use store::duties::{Consultation, NewDelivery};

use super::own;
use super::warnings::publishing::link_token;
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::desk::TaskClock;
use crate::posted::Posted;
use crate::public::letters::kind_name;
use crate::shell::{Shell, moment_of};

pub const CONSULTATIONS: &str = "/duties/consultations";
/// Consultations of one page.
const PAGE: usize = 50;

pub fn routes() -> Routes {
    Routes::default().get(CONSULTATIONS, Verb::ViewWarnings, list).post(
        "/duties/consultations/{id}/answer",
        Verb::AdviseFirm,
        answer,
    )
}

/// Whether this person may answer now. Button and submit both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
fn answering(app: &App, person: &Person, row: &Consultation) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::AdviseFirm, &Subject::of_station("consultation", row.id, &row.placed()))?;
    if row.answered_at.is_some() {
        return Err(Refusal::new(mandate.basis(), "该咨询已经答复。"));
    }
    Ok(mandate)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    all: String,
    /// The key the next page of all of them begins before, or of those that wait begins after.
    before: Option<i64>,
    after: i64,
}

#[derive(Template)]
#[template(path = "duties/consultations.html")]
struct ConsultationsPage {
    shell: Shell,
    lines: Vec<Line>,
    all: bool,
    many: bool,
    next: Option<String>,
}

struct Line {
    id: i64,
    firm: String,
    kind: &'static str,
    text: String,
    asked: String,
    warning: i64,
    title: String,
    station: String,
    answer: Option<(String, String, String)>,
    /// Until when it is to be answered.
    clock: Option<TaskClock>,
    may_answer: bool,
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewWarnings)?;
    let all = asked.all == "1";
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = match all {
        true => app.store.consultations(&scope, asked.before.unwrap_or(i64::MAX), limit).await?,
        false => app.store.open_consultations(&scope, asked.after, limit).await?,
    };
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| match all {
        true => format!("{CONSULTATIONS}?all=1&before={}", row.id),
        false => format!("{CONSULTATIONS}?after={}", row.id),
    });
    let present = app.present();
    let due = |since| present.due_after("firm.working_days", store::instant_from(since));
    let line = |row: Consultation| Line {
        may_answer: answering(&app, &person, &row).is_ok(),
        id: row.id,
        firm: row.firm,
        kind: kind_name(&row.kind),
        clock: row.answered_at.is_none().then(|| TaskClock::until(due(row.asked_at), app.clock.today())),
        text: row.text,
        asked: moment_of(row.asked_at),
        warning: row.warning_id,
        title: row.warning,
        station: row.station,
        answer: row.answered_at.map(|at| (moment_of(at), row.answered_by, row.answer)),
    };
    render(&ConsultationsPage {
        shell: Shell::new(&app, &person, CONSULTATIONS),
        lines: rows.into_iter().map(line).collect(),
        all,
        many: own(&person).is_none(),
        next,
    })
}

async fn answer(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let scope = person.scope_or_refuse(&app, Verb::ViewWarnings)?;
    let row = app.store.consultation(&scope, id).await?.ok_or(Fault::NotFound)?;
    let mandate = answering(&app, &person, &row)?;
    let text = posted.text("answer");
    if text.is_empty() || text.chars().count() > 1000 {
        return Err(Fault::Invalid("请填写答复，不超过 1000 字。".to_owned()));
    }
    let behind = app.store.delivery(row.delivery_id).await?.ok_or(Fault::NotFound)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.answer_consultation(id, text).await?;
    // Without an address the firm reads the answer where it asked.
    if !behind.address.is_empty() {
        let letter = NewDelivery {
            uscc: behind.uscc,
            member: behind.member_id,
            station: behind.station_id,
            channel: format!("{ANSWER}{id}"),
            token: link_token(&behind.address)?,
            address: behind.address,
            next_at: Some(store::instant_number(app.clock.now())),
        };
        tx.queue_deliveries(row.warning_id, &[letter]).await?;
    }
    tx.note(format!("答复{}的{}", row.firm, kind_name(&row.kind)));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{CONSULTATIONS}?all=1&done=advised")).into_response())
}

/// What the channel of an answer begins with; the consultation's key follows.
pub const ANSWER: &str = "answer-";
