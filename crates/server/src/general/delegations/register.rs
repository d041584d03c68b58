//! What is delegated in the whole system now, for the account administrators; the security administrator ends what the
//! delegator cannot.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use regulation::general::delegation::Stage;
use regulation::general::{Mandate, Refusal, Scope, Subject, Verb};
use serde::Deserialize;
use store::general::Delegation;

use super::{days, open, standing, with_role};
use crate::address::{SIZES, address, cut, page_size};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, moment_of};

pub const REGISTER: &str = "/general/accounts/delegations";

pub fn routes() -> Routes {
    Routes::default().get(REGISTER, Verb::ViewAccounts, list).post(
        "/general/delegations/{id}/termination",
        Verb::EndDelegation,
        terminate,
    )
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    size: String,
    /// Last day and key of the page before, `20261007-3`.
    after: String,
}

impl Asked {
    fn after(&self) -> (i64, i64) {
        let parsed = self.after.split_once('-').and_then(|(day, id)| Some((day.parse().ok()?, id.parse().ok()?)));
        parsed.unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "general/delegation_register.html")]
struct RegisterPage {
    shell: Shell,
    sizes: [i64; 3],
    size: i64,
    lines: Vec<Line>,
    may_end: bool,
    next: Option<String>,
    first: Option<String>,
}

struct Line {
    id: i64,
    delegator: String,
    deputy: String,
    days: String,
    reason: String,
    given: String,
    standing: (&'static str, &'static str),
    /// The reason as it was typed, and what is wrong with it.
    typed: String,
    problem: Option<&'static str>,
}

/// Whether this person may end a delegation for its delegator now.
fn ending(app: &App, person: &Person, id: i64, stage: Stage) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::EndDelegation, &Subject::whole("delegation", id))?;
    open(&mandate, stage)?;
    Ok(mandate)
}

async fn page(app: &App, person: &Person, asked: &Asked) -> Result<RegisterPage, Fault> {
    let scope = person.scope_or_refuse(app, Verb::ViewAccounts)?;
    let (today, size) = (app.clock.today(), page_size(&asked.size));
    let mut rows = app.store.open_delegations(&scope, store::day_number(today), asked.after(), size + 1).await?;
    let more = cut(&mut rows, size);
    let at = |after: &str| address(REGISTER, &[("size", &asked.size), ("after", after)]);
    let next = rows.last().filter(|_| more).map(|last| at(&format!("{}-{}", last.until_on, last.id)));
    let line = |row: Delegation| -> Result<Line, Fault> {
        Ok(Line {
            id: row.id,
            delegator: with_role(&row.delegator, &row.delegator_role),
            deputy: with_role(&row.deputy, &row.deputy_role),
            days: days(&row),
            given: moment_of(row.given_at),
            standing: standing(row.stage(today)?),
            reason: row.reason,
            typed: String::new(),
            problem: None,
        })
    };
    Ok(RegisterPage {
        shell: Shell::new(app, person, REGISTER),
        sizes: SIZES,
        size,
        lines: rows.into_iter().map(line).collect::<Result<_, _>>()?,
        may_end: person.scope(app, Verb::EndDelegation) != Scope::Nothing,
        next,
        first: (!asked.after.is_empty()).then(|| at("")),
    })
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    render(&page(&app, &person, &asked).await?)
}

async fn terminate(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.scope_or_refuse(&app, Verb::EndDelegation)?;
    let delegation = app.store.delegation(id).await?.ok_or(Fault::NotFound)?;
    let mandate = ending(&app, &person, id, delegation.stage(app.clock.today())?)?;
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 200 {
        let mut page = page(&app, &person, &Asked::default()).await?;
        for line in page.lines.iter_mut().filter(|line| line.id == id) {
            line.typed = reason.to_owned();
            line.problem = Some("请写明终止的理由，不超过 200 字。");
        }
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.end_delegation(id, reason).await?;
    tx.note(format!("终止{}对{}的委托，{}：{reason}", delegation.delegator, delegation.deputy, days(&delegation)));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{REGISTER}?done=delegation_ended")).into_response())
}
