//! 订阅预警: anyone may hear of warnings by e-mail, without an account (Article 5 (3)). Nothing is sent before the address
//! itself confirms; whether it is known is told to nobody; leaving takes one click.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::SignedDuration;
use regulation::duties::subscription::CONFIRMED_WITHIN;
use regulation::general::{Actor, Mandate, Refusal, Subject, Verb, may};
use serde::Deserialize;
use store::duties::{NewPosting, Subscription};

use super::forms;
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::Problems;
use crate::duties::subscriptions::{Typed, entered, known_industries, leasts, wished};
use crate::error::{Fault, Page};
use crate::outbound::channels::{Address, Channel};
use crate::posted::Posted;
use crate::shell::{Look, Shell, masked_address};

const PATH: &str = "/subscriptions/new";
/// Confirmations sent in a day, and of them to one address: more would make this a means to flood others.
const PER_DAY: i64 = 1000;
const PER_ADDRESS: i64 = 3;
/// Subscriptions one address may hold.
const MOST: i64 = 10;

pub fn routes() -> Routes {
    Routes::default()
        .get(PATH, Verb::Subscribe, blank)
        .post("/subscriptions", Verb::Subscribe, ask)
        .get("/subscriptions/received", Verb::ViewPublic, received)
        .get("/subscriptions/{token}", Verb::Subscribe, show)
        .post("/subscriptions/{token}/confirmation", Verb::Subscribe, confirm)
        .get("/subscriptions/{token}/leave", Verb::Subscribe, show)
        .post("/subscriptions/{token}/leave", Verb::Subscribe, leave)
}

/// The right of everyone; of a row once there is one.
fn subscribing(app: &App, id: i64) -> Result<Mandate, Refusal> {
    may(&Actor::public(), Verb::Subscribe, &Subject::whole("subscription", id), app.clock.today())
}

#[derive(Template)]
#[template(path = "public/subscription_new.html")]
struct Form {
    shell: Shell,
    csrf: String,
    address: String,
    typed: Typed,
    leasts: Vec<(&'static str, String, bool)>,
    industries: Vec<String>,
    problems: Problems,
    /// Whether this system sends mail at all.
    open: bool,
}

impl Form {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }
}

async fn blank(State(app): State<App>, look: Look, headers: HeaderMap, Query(asked): Query<Begun>) -> Page {
    let typed = Typed { industry: asked.industry, ..Typed::default() };
    answer(&app, look, &headers, String::new(), typed, Problems::new()).await
}

/// What a link to the form may fill in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Begun {
    industry: String,
}

async fn answer(app: &App, look: Look, headers: &HeaderMap, address: String, typed: Typed, problems: Problems) -> Page {
    let csrf = forms::token(headers)?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let form = Form {
        shell: Shell::public(app, &look, PATH),
        csrf: csrf.clone(),
        address,
        leasts: leasts(&typed.least),
        industries: known_industries(app).await?,
        typed,
        problems,
        open: app.channels.offers(Channel::Mail),
    };
    forms::with_token(app, &csrf, (status, Html(form.render()?)).into_response())
}

/// Takes a wish in and asks the address. The answer is the same whether the address is known, asked before, or neither.
async fn ask(State(app): State<App>, look: Look, headers: HeaderMap, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let mandate = subscribing(&app, 0)?;
    let (typed, given) = (Typed::from(&posted), posted.text("address"));
    let to = app.channels.kept(&Address::Mail(given.to_owned()));
    let to = to.map_err(|failure| ("address", failure.reason)).and_then(|to| match to.stored().0.len() {
        ..=200 => Ok(to),
        _ => Err(("address", "邮箱地址过长。".to_owned())),
    });
    let (to, wishes) = match (to, typed.judge()) {
        (Ok(to), Ok(wishes)) => (to, wishes),
        (to, wishes) => {
            let problems = to.err().into_iter().chain(wishes.err().into_iter().flatten()).collect();
            return answer(&app, look, &headers, given.to_owned(), typed, problems).await;
        }
    };
    let new = entered(&to, &wishes)?;
    let now = app.clock.now();
    let mut tx = app.store.begin(&mandate, now).await?;
    let since = store::instant_number(now - SignedDuration::from_hours(24));
    let (all, own) = tx.recent_requests(&new.mark, since).await?;
    if all >= PER_DAY {
        tx.abandon().await?;
        return Err(Fault::Invalid("今日订阅的人较多，请明日再试，或者用阅读器订阅（Atom）。".to_owned()));
    }
    // Asked often enough today: nothing more is sent to it, and nobody is told.
    if own >= PER_ADDRESS {
        tx.abandon().await?;
    } else {
        let subscription = tx.add_subscription(&new).await?;
        tx.queue_request(NewPosting { subscription, channel: new.channel.to_owned(), mark: new.mark }).await?;
        tx.note("申请订阅，等待邮箱确认");
        tx.commit().await?;
    }
    Ok(Redirect::to("/subscriptions/received").into_response())
}

#[derive(Template)]
#[template(path = "public/subscription_received.html")]
struct Received {
    shell: Shell,
}

async fn received(State(app): State<App>, look: Look) -> Page {
    render(&Received { shell: Shell::public(&app, &look, PATH) })
}

/// How a subscription stands for whoever has its link.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Unconfirmed,
    Live,
    Left,
    /// Never there, or asked for too long ago.
    Gone,
}

impl Standing {
    fn of(app: &App, subscription: Option<&Subscription>) -> Standing {
        let Some(row) = subscription else { return Standing::Gone };
        let age = app.clock.now().duration_since(store::instant_from(row.created_at));
        match (row.ended_at, row.confirmed_at) {
            (Some(_), _) => Standing::Left,
            (None, Some(_)) => Standing::Live,
            (None, None) if age > CONFIRMED_WITHIN => Standing::Gone,
            (None, None) => Standing::Unconfirmed,
        }
    }
}

#[derive(Template)]
#[template(path = "public/subscription.html")]
struct OwnPage {
    shell: Shell,
    csrf: String,
    token: String,
    standing: Standing,
    address: String,
    wished: String,
    done: Option<&'static str>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    done: String,
}

/// Opening a link changes nothing: mail gateways open links too.
async fn show(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let done = match asked.done.as_str() {
        "confirmed" => Some("订阅已确认，此后发布的预警将发到本邮箱。"),
        "left" => Some("已退订，不再向本邮箱发送预警。"),
        _ => None,
    };
    own_page(&app, look, &headers, token, done).await
}

async fn own_page(app: &App, look: Look, headers: &HeaderMap, token: String, done: Option<&'static str>) -> Page {
    let row = app.store.subscription_by_token(&token).await?;
    let csrf = forms::token(headers)?;
    let standing = Standing::of(app, row.as_ref());
    let page = OwnPage {
        shell: Shell::public(app, &look, PATH),
        csrf: csrf.clone(),
        token,
        standing,
        address: row.as_ref().map_or(String::new(), |row| masked_address(&row.address)),
        wished: row.as_ref().map_or(String::new(), wished),
        done,
    };
    let status = if standing == Standing::Gone { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let response = (status, Html(page.render()?)).into_response();
    forms::with_token(app, &csrf, secret(response))
}

/// The address of the page is the key: it goes nowhere with a link that is followed, and into no index.
fn secret(mut response: Response) -> Response {
    response.headers_mut().insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    response.headers_mut().insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}

async fn confirm(State(app): State<App>, headers: HeaderMap, Path(token): Path<String>, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let row = app.store.subscription_by_token(&token).await?;
    let Some(row) = row.filter(|row| Standing::of(&app, Some(row)) == Standing::Unconfirmed) else {
        return Ok(Redirect::to(&format!("/subscriptions/{token}")).into_response());
    };
    let mandate = subscribing(&app, row.id)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    if tx.count_of_address(&row.mark).await? >= MOST {
        tx.abandon().await?;
        return Err(Fault::Invalid(format!("一个邮箱最多订阅 {MOST} 项，请先退订。")));
    }
    tx.confirm_subscription(row.id).await?;
    tx.note("邮箱确认订阅");
    tx.commit().await?;
    Ok(Redirect::to(&format!("/subscriptions/{token}?done=confirmed")).into_response())
}

/// Leaves, by the page's button or by a mail program's one click (RFC 8058), which brings neither cookie nor token: the
/// address it posts to is the secret.
async fn leave(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    Path(token): Path<String>,
    posted: Posted,
) -> Page {
    let one_click = posted.text("List-Unsubscribe") == "One-Click";
    if !one_click {
        forms::check(&headers, &posted)?;
    }
    if let Some(row) = app.store.subscription_by_token(&token).await? {
        let mandate = subscribing(&app, row.id)?;
        let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
        tx.leave(&row.mark).await?;
        tx.note("退订");
        tx.commit().await?;
    }
    if one_click {
        return own_page(&app, look, &headers, token, None).await;
    }
    Ok(Redirect::to(&format!("/subscriptions/{token}?done=left")).into_response())
}
