//! 企业登记申请: firms that ask to be put on the roster; the station checks them and takes them up or says why not (Article
//! 5(1), reading K95).

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use regulation::general::{Mandate, Refusal, Subject, Verb};
use serde::Deserialize;
use store::duties::{FirmKey, FirmRequest, NewRosterMember};

use super::ROSTER;
use super::judge::{KINDS, shown_codes};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::duties::own;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::public::firms::{Purpose, new_key};
use crate::shell::{Shell, masked, moment_of};

pub const REQUESTS: &str = "/duties/roster/requests";
/// Requests of one page.
const PAGE: usize = 50;

pub fn routes() -> Routes {
    Routes::default()
        .get(REQUESTS, Verb::ViewRoster, list)
        .post("/duties/roster/requests/{id}/acceptance", Verb::MaintainRoster, accept)
        .post("/duties/roster/requests/{id}/refusal", Verb::MaintainRoster, refuse)
        .post("/duties/roster/requests/{id}/resending", Verb::MaintainRoster, resend)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    all: String,
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "duties/roster_requests.html")]
struct RequestsPage {
    shell: Shell,
    lines: Vec<Line>,
    all: bool,
    many: bool,
    next: Option<String>,
}

struct Line {
    id: i64,
    name: String,
    uscc: String,
    uscc_note: String,
    station: String,
    city: String,
    products: String,
    codes: String,
    markets: String,
    contact: String,
    phone: String,
    email: String,
    asked: String,
    /// How it ended, when, by whom and why.
    handled: Option<(&'static str, String)>,
    letter: Option<LetterLine>,
    may: bool,
}

/// What became of the letter that tells how a request ended.
struct LetterLine {
    state: &'static str,
    class: &'static str,
    text: String,
    /// Whether this person may have it sent again.
    resend: bool,
}

impl LetterLine {
    fn new(letter: &FirmKey, resend: bool) -> LetterLine {
        let (state, class) = match letter.state.as_str() {
            "sent" => ("已送出", "ok"),
            "dead" => ("未送达", "bad"),
            "cancelled" => ("已取消", ""),
            _ => ("待发送", "warn"),
        };
        let at = match letter.state.as_str() {
            "dead" => Some(letter.next_at),
            _ => letter.sent_at,
        };
        let text = [at.map(moment_of).unwrap_or_default(), letter.problem.clone()].join(" ").trim().to_owned();
        LetterLine { state, class, text, resend }
    }
}

/// Whether this person may decide on a request now. Button and submit both ask here.
fn deciding(app: &App, person: &Person, row: &FirmRequest) -> Result<Mandate, Refusal> {
    let subject = Subject::of_station("firm_request", row.id, &row.placed());
    let mandate = person.may(app, Verb::MaintainRoster, &subject)?;
    if row.state != "asked" {
        return Err(Refusal::new(mandate.basis(), "该登记已经处理。"));
    }
    Ok(mandate)
}

/// Whether this person may have the letter on what came of a request sent again now. Button and submit both ask here.
fn resending(app: &App, person: &Person, row: &FirmRequest, letter: Option<&FirmKey>) -> Result<Mandate, Refusal> {
    let subject = Subject::of_station("firm_request", row.id, &row.placed());
    let mandate = person.may(app, Verb::MaintainRoster, &subject)?;
    if letter.is_none_or(|letter| letter.state != "dead") {
        return Err(Refusal::new(mandate.basis(), "结果邮件没有未送达的，不用重新发送。"));
    }
    Ok(mandate)
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewRoster)?;
    let all = asked.all == "1";
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = app.store.firm_requests(&scope, !all, asked.before.unwrap_or(i64::MAX), limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| format!("{REQUESTS}?all={}&before={}", asked.all, row.id));
    let handled: Vec<i64> = rows.iter().filter(|row| row.handled_at.is_some()).map(|row| row.id).collect();
    let letters = app.store.outcome_letters(&handled).await?;
    let letter = |row: &FirmRequest| letters.iter().find(|letter| letter.request_id == Some(row.id));
    let present = app.present();
    let line = |row: FirmRequest| Line {
        letter: letter(&row).map(|of| LetterLine::new(of, resending(&app, &person, &row, Some(of)).is_ok())),
        may: deciding(&app, &person, &row).is_ok(),
        handled: row.handled_at.map(|at| {
            let how = if row.state == "accepted" { "已列入" } else { "未列入" };
            let reason = if row.reason.is_empty() { String::new() } else { format!("：{}", row.reason) };
            (how, format!("{} {}{reason}", moment_of(at), row.handled_by))
        }),
        id: row.id,
        // A contact is shown whole only to those who may take the firm up, and have to call it.
        phone: if own(&person).is_some() { row.phone } else { masked(&row.phone) },
        city: present.edition.area_name(&row.firm_city).to_owned(),
        codes: shown_codes(&row.hs_codes),
        asked: moment_of(row.asked_at),
        name: row.name,
        uscc: row.uscc,
        uscc_note: row.uscc_note,
        station: row.station,
        products: row.products,
        markets: row.markets,
        contact: row.contact,
        email: row.email,
    };
    render(&RequestsPage {
        shell: Shell::new(&app, &person, ROSTER),
        lines: rows.into_iter().map(line).collect(),
        all,
        many: own(&person).is_none(),
        next,
    })
}

async fn found(app: &App, person: &Person, id: i64) -> Result<FirmRequest, Fault> {
    let scope = person.scope_or_refuse(app, Verb::ViewRoster)?;
    app.store.firm_request(&scope, id).await?.ok_or(Fault::NotFound)
}

async fn accept(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let row = found(&app, &person, id).await?;
    let mandate = deciding(&app, &person, &row)?;
    let kind = KINDS.into_iter().find(|kind| *kind == posted.text("kind"));
    let kind = kind.ok_or_else(|| Fault::Invalid("请选择库类型。".to_owned()))?;
    let known = app.store.roster_of_firm(&row.uscc).await?;
    if known.iter().any(|member| member.station_id == row.station_id) {
        // Whoever asks may be somebody else: what the station knows of the firm is not written over unseen.
        return Err(Fault::Conflict("该企业已在企业库中。登记的内容有变的，向企业核实后在企业页修改。".to_owned()));
    }
    let new = NewRosterMember {
        uscc: row.uscc.clone(),
        name: row.name.clone(),
        city: row.firm_city.clone(),
        kind: kind.to_owned(),
        products: row.products.clone(),
        hs_codes: row.hs_codes.clone(),
        markets: row.markets.clone(),
        contact: row.contact.clone(),
        phone: row.phone.clone(),
        email: row.email.clone(),
        uscc_note: row.uscc_note.clone(),
    };
    let now = app.clock.now();
    let mut tx = app.store.begin(&mandate, now).await?;
    tx.handle_firm_request(id, "accepted", "").await?;
    tx.put_roster_member(row.station_id, &new).await?;
    tx.recount_roster(row.station_id).await?;
    let outcome = Purpose::Outcome { request: id, accepted: true };
    tx.add_firm_key(&new_key(now, &row.uscc, &row.email, outcome)?).await?;
    tx.note(format!("{} {}列入企业库", row.uscc, row.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{REQUESTS}?done=firm_accepted")).into_response())
}

async fn refuse(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let row = found(&app, &person, id).await?;
    let mandate = deciding(&app, &person, &row)?;
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(Fault::Invalid("请填写不列入的理由，不超过 200 字。".to_owned()));
    }
    let now = app.clock.now();
    let mut tx = app.store.begin(&mandate, now).await?;
    tx.handle_firm_request(id, "refused", reason).await?;
    let outcome = Purpose::Outcome { request: id, accepted: false };
    tx.add_firm_key(&new_key(now, &row.uscc, &row.email, outcome)?).await?;
    tx.note(format!("{} {}未列入企业库：{reason}", row.uscc, row.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{REQUESTS}?done=firm_refused")).into_response())
}

/// Sends again what was given up: a person has mended an address, or the channel.
async fn resend(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let row = found(&app, &person, id).await?;
    let letters = app.store.outcome_letters(&[id]).await?;
    let mandate = resending(&app, &person, &row, letters.first())?;
    let letter = letters.first().ok_or(Fault::NotFound)?;
    let accepted = row.state == "accepted";
    // A firm on the roster is written to where it is registered by now; of one that is not, only the request tells.
    let members = app.store.roster_of_firm(&row.uscc).await?;
    let member = members.iter().find(|member| accepted && member.station_id == row.station_id);
    let mended = member.map(|member| member.email.as_str()).filter(|email| !email.is_empty());
    let address = mended.unwrap_or(&letter.address);
    let now = app.clock.now();
    let mut tx = app.store.begin(&mandate, now).await?;
    let outcome = Purpose::Outcome { request: id, accepted };
    tx.renew_firm_key(letter.id, &new_key(now, &row.uscc, address, outcome)?).await?;
    tx.note(format!("{} {}重新发送登记结果", row.uscc, row.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{REQUESTS}?all=1&done=resent")).into_response())
}
