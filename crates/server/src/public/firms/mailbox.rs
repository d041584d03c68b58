//! 登记的邮箱: another mailbox a firm gives becomes its own once whoever reads that mailbox says so (Article 5(1), reading
//! K95): it may be mistyped, or nobody's of the firm.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect};
use regulation::general::Verb;
use store::duties::{FirmKey, RosterMember};

use super::{FIRMS, back, hidden, keeping, keyed};
use crate::app::{App, Routes};
use crate::error::Page;
use crate::posted::Posted;
use crate::public::{everyone, forms};
use crate::shell::{Look, Shell, moment_of};

pub fn routes() -> Routes {
    Routes::default().post("/firms/own/{token}/mailbox", Verb::KeepProfile, confirm)
}

#[derive(Template)]
#[template(path = "public/firm_mailbox.html")]
struct MailboxPage {
    shell: Shell,
    csrf: String,
    token: String,
    /// What is to be confirmed; `None` when the link opens nothing.
    asked: Option<Asked>,
    /// Whether the link is one of ours: then its mailbox is not registered and not to be.
    known: bool,
}

struct Asked {
    name: String,
    station: String,
    address: String,
    until: String,
}

/// The row of a roster whose mailbox the key's is to become.
pub fn awaited<'r>(key: &FirmKey, rows: &'r [RosterMember]) -> Option<&'r RosterMember> {
    rows.iter().find(|row| key.member_id == Some(row.id))
}

/// What a link shows whose mailbox is not registered: the question whether it is to be, or that it holds no more.
pub async fn page(app: &App, look: Look, headers: &HeaderMap, key: FirmKey, row: Option<&RosterMember>) -> Page {
    let csrf = forms::token(headers)?;
    let asked = match row {
        Some(row) => {
            let labels = app.store.station_labels(&everyone(app), &[row.station_id]).await?;
            Some(Asked {
                name: row.name.clone(),
                station: labels.into_iter().next().map(|(.., name)| name).unwrap_or_default(),
                address: key.address,
                until: moment_of(key.until),
            })
        }
        None => None,
    };
    let status = if asked.is_some() { StatusCode::OK } else { StatusCode::GONE };
    let shell = Shell::public(app, &look, FIRMS);
    let page = MailboxPage { shell, csrf: csrf.clone(), token: key.token, asked, known: true };
    forms::with_token(app, &csrf, hidden((status, Html(page.render()?)).into_response()))
}

/// What a link shows that is none of ours, or no more: cut short in the mail, or too old.
pub fn unknown(app: &App, look: &Look) -> Page {
    let shell = Shell::public(app, look, FIRMS);
    let page = MailboxPage { shell, csrf: String::new(), token: String::new(), asked: None, known: false };
    Ok(hidden((StatusCode::NOT_FOUND, Html(page.render()?)).into_response()))
}

async fn confirm(State(app): State<App>, headers: HeaderMap, Path(token): Path<String>, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let (key, rows) = keyed(&app, &token).await?;
    // Confirmed before, or void: the page says which.
    let Some(row) = awaited(&key, &rows) else {
        return Ok(Redirect::to(&format!("/firms/own/{token}")).into_response());
    };
    let mandate = keeping(&app, &row.name, "firm_key", key.id)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.confirm_mailbox(&key).await?;
    tx.note(format!("{}确认新的登记邮箱", row.name));
    tx.commit().await?;
    back(&token, "mailbox")
}
