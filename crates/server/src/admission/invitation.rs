//! 邀请: an expert comes in by a link that expires, opens one session and is spent by it (reading K80).
//!
//! Looking at the link spends nothing: messengers look at links before people do. The button does.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Redirect};
use regulation::admission::panel::Seat;
use regulation::general::{Basis, Due, Refusal, Verb};
use store::admission::SeatRow;

use crate::app::{App, Routes};
use crate::auth::{hashed, signing_in, with_session};
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::public::forms;
use crate::shell::{Look, Shell};

pub fn routes() -> Routes {
    Routes::default().get("/invitations/{token}", Verb::SignIn, show).post(
        "/invitations/{token}/session",
        Verb::SignIn,
        enter,
    )
}

#[derive(Template)]
#[template(path = "admission/invitation.html")]
struct InvitationPage {
    shell: Shell,
    csrf: String,
    token: String,
    expert: String,
    until: String,
    enter: Result<(), Refusal>,
}

async fn seat(app: &App, token: &str) -> Result<SeatRow, Fault> {
    app.store.invited_seat(&hashed(token)).await?.ok_or(Fault::NotFound)
}

fn until(row: &SeatRow) -> Result<Due, Fault> {
    let day = row.until_day.ok_or(Fault::NotFound)?;
    Ok(Due::day(store::date_from(day)?))
}

/// Whether the link still opens. Button and submit both ask here.
fn entering(app: &App, row: &SeatRow, until: &Due) -> Result<(), Refusal> {
    let no = |reason: String| Err(Refusal::new(Basis::Item("8-3"), reason));
    if row.state == Seat::Left.key() {
        return no("该邀请已经结束。".to_owned());
    }
    if until.passed(app.clock.civil()) {
        return no(format!("邀请链接的有效期至 {} 24时，已过期，请联系省商务厅重新邀请。", until.on));
    }
    Ok(())
}

async fn show(State(app): State<App>, look: Look, headers: HeaderMap, Path(token): Path<String>) -> Page {
    let row = seat(&app, &token).await?;
    let until = until(&row)?;
    let csrf = forms::token(&headers)?;
    let page = InvitationPage {
        shell: Shell::public(&app, &look, ""),
        enter: entering(&app, &row, &until),
        csrf: csrf.clone(),
        token,
        expert: row.expert,
        until: until.on.to_string(),
    };
    forms::with_token(&app, &csrf, Html(page.render()?).into_response())
}

async fn enter(State(app): State<App>, headers: HeaderMap, Path(token): Path<String>, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let row = seat(&app, &token).await?;
    entering(&app, &row, &until(&row)?)?;
    let account = app.store.account(row.account_id).await?.filter(|account| account.disabled_at.is_none());
    let account = account.ok_or(Fault::NotFound)?;
    let mandate = signing_in(&app, &account)?;
    let (session, csrf) = (random_token()?, random_token()?);
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.use_invitation(row.id, &hashed(&token)).await?;
    tx.open_session(&hashed(&session), &csrf, account.id, false).await?;
    tx.note(format!("专家 {} 凭邀请链接登录，链接已用", row.expert));
    tx.commit().await?;
    with_session(&app, &session, Redirect::to("/admission/reviews").into_response())
}
