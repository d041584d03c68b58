//! 告知书: the page a firm's own link opens. It reads the warning, says whether it is concerned, asks or reports, and may
//! ask to be left alone; no account is needed (reading K93). Whoever has the link is the firm.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect};
use regulation::general::{Actor, Mandate, Scope, Subject, Verb, may};
use serde::Deserialize;
use store::duties::{Consultation, Delivery, Station, Warning};

use super::firms::{hidden, mailbox};
use super::forms;
use crate::app::{App, Routes};
use crate::duties::warnings::{ANSWERS, WarningView, answer_name};
use crate::error::{Fault, Page};
use crate::outbound::channels::Channel;
use crate::posted::Posted;
use crate::shell::{Look, Shell, moment_of};

/// What a firm may send behind one warning: more is no question.
const MOST: usize = 20;

pub fn routes() -> Routes {
    Routes::default()
        .get("/letters/{token}", Verb::AnswerWarning, show)
        .post("/letters/{token}/answer", Verb::AnswerWarning, answer)
        .post("/letters/{token}/question", Verb::AnswerWarning, ask)
        .post("/letters/{token}/leave", Verb::AnswerWarning, leave)
}

/// A letter: the message, its warning and the station whose firm it is.
struct Letter {
    delivery: Delivery,
    warning: Warning,
    station: Station,
    mandate: Mandate,
}

async fn opened(app: &App, token: &str) -> Result<Letter, Fault> {
    let delivery = app.store.delivery_by_token(token).await?.ok_or(Fault::NotFound)?;
    letter(app, delivery).await
}

async fn letter(app: &App, delivery: Delivery) -> Result<Letter, Fault> {
    let warning = app.store.published_warning(delivery.warning_id).await?.ok_or(Fault::NotFound)?;
    let station = app.store.station(&Scope::All, delivery.station_id).await?.ok_or(Fault::NotFound)?;
    let firm = Actor { name: delivery.firm.clone(), ..Actor::public() };
    let subject = Subject::of_station("delivery", delivery.id, &station.placed());
    let mandate = may(&firm, Verb::AnswerWarning, &subject, app.clock.today())?;
    Ok(Letter { delivery, warning, station, mandate })
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    done: String,
}

#[derive(Template)]
#[template(path = "public/letter.html")]
struct LetterPage {
    shell: Shell,
    csrf: String,
    token: String,
    firm: String,
    station: String,
    /// Whether it came by mail; otherwise the station told the firm.
    mailed: bool,
    /// Whether the firm asked to be left alone by whoever this letter speaks for.
    muted: bool,
    view: WarningView,
    /// When and why it was corrected last.
    corrected: Option<(String, String)>,
    answered: Option<(String, &'static str, String)>,
    answers: [(&'static str, &'static str); 3],
    asked: Vec<Question>,
    done: Option<&'static str>,
}

struct Question {
    kind: &'static str,
    text: String,
    at: String,
    answer: Option<(String, String)>,
}

impl Question {
    fn new(row: Consultation) -> Question {
        let at = row.answered_at.map(moment_of);
        Question {
            kind: kind_name(&row.kind),
            text: row.text,
            at: moment_of(row.asked_at),
            answer: at.map(|at| (at, row.answer)),
        }
    }
}

/// Whether a letter went to a mailbox.
fn mailed(delivery: &Delivery) -> bool {
    delivery.address.contains('@')
}

/// Whether the firm wants no more of what [`leave`] would end: warnings to the letter's mailbox, or of its one roster.
async fn left_alone(app: &App, of: &Delivery) -> store::Result<bool> {
    let rows = app.store.roster_of_firm(&of.uscc).await?;
    let mut concerned = rows.iter().filter(|row| match mailed(of) {
        true => row.email.eq_ignore_ascii_case(&of.address),
        false => row.id == of.member_id,
    });
    Ok(concerned.any(|row| row.muted_at.is_some()))
}

/// What people call what a firm sends.
pub fn kind_name(kind: &str) -> &'static str {
    if kind == "barrier" { "反映壁垒" } else { "咨询" }
}

async fn show(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let Some(delivery) = app.store.delivery_by_token(&token).await? else { return mailbox::unknown(&app, &look) };
    let letter = letter(&app, delivery).await?;
    if letter.delivery.opened_at.is_none() {
        app.store.note_opened(letter.delivery.id, app.clock.now()).await?;
    }
    let questions = app.store.consultations_of(&letter.delivery).await?;
    let muted = left_alone(&app, &letter.delivery).await?;
    let csrf = forms::token(&headers)?;
    let done = match asked.done.as_str() {
        "answered" => Some("回执已收到。"),
        "asked" if app.channels.offers(Channel::Mail) => Some("已送工作站。答复显示在本页，登记了邮箱的同时发到邮箱。"),
        "asked" => Some("已送工作站。答复显示在本页，请保存本页链接。"),
        "left" => Some("已停止告知，工作站已知悉。需要恢复的请联系工作站。"),
        _ => None,
    };
    let page = LetterPage {
        shell: Shell::public(&app, &look, "/warnings"),
        csrf: csrf.clone(),
        token,
        answered: letter
            .delivery
            .answered_at
            .map(|at| (moment_of(at), answer_name(&letter.delivery.answer), letter.delivery.remark.clone())),
        mailed: mailed(&letter.delivery),
        muted,
        firm: letter.delivery.firm,
        station: letter.station.name,
        corrected: letter.warning.corrected_at.map(|at| (moment_of(at), letter.warning.reason.clone())),
        view: WarningView::new(&letter.warning, app.clock.today()),
        answers: ANSWERS,
        asked: questions.into_iter().map(Question::new).collect(),
        done,
    };
    forms::with_token(&app, &csrf, hidden((StatusCode::OK, Html(page.render()?)).into_response()))
}

async fn answer(State(app): State<App>, headers: HeaderMap, Path(token): Path<String>, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let letter = opened(&app, &token).await?;
    let Some((key, name)) = ANSWERS.iter().find(|(key, _)| *key == posted.text("answer")) else {
        return Err(Fault::Invalid("请选择是否涉及本企业。".to_owned()));
    };
    let remark = posted.text("remark");
    if remark.chars().count() > 200 {
        return Err(Fault::Invalid("说明不超过 200 字。".to_owned()));
    }
    let mut tx = app.store.begin(&letter.mandate, app.clock.now()).await?;
    tx.answer_delivery(&letter.delivery, key, remark).await?;
    tx.note(format!("{}对《{}》回执：{name}", letter.delivery.firm, letter.warning.title));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/letters/{token}?done=answered")).into_response())
}

async fn ask(State(app): State<App>, headers: HeaderMap, Path(token): Path<String>, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let letter = opened(&app, &token).await?;
    let kind = if posted.text("kind") == "barrier" { "barrier" } else { "question" };
    let text = posted.text("text");
    if text.is_empty() || text.chars().count() > 1000 {
        return Err(Fault::Invalid("请填写内容，不超过 1000 字。".to_owned()));
    }
    if app.store.consultations_of(&letter.delivery).await?.len() >= MOST {
        return Err(Fault::Invalid(format!("一条预警最多咨询、反映 {MOST} 件，请直接联系工作站。")));
    }
    let mut tx = app.store.begin(&letter.mandate, app.clock.now()).await?;
    tx.add_consultation(&letter.delivery, &letter.station.placed(), kind, text).await?;
    tx.note(format!("{}就《{}》{}", letter.delivery.firm, letter.warning.title, kind_name(kind)));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/letters/{token}?done=asked#questions")).into_response())
}

async fn leave(State(app): State<App>, headers: HeaderMap, Path(token): Path<String>, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let letter = opened(&app, &token).await?;
    let mut tx = app.store.begin(&letter.mandate, app.clock.now()).await?;
    // What another station holds of the firm with another mailbox, whoever reads this letter does not speak for.
    let of = &letter.delivery;
    match mailed(of) {
        true => tx.mute_firm(&of.uscc, &of.address).await?,
        false => tx.mute_member(&of.uscc, of.member_id).await?,
    }
    tx.note(format!("{}要求停止告知预警", letter.delivery.firm));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/letters/{token}?done=left")).into_response())
}
