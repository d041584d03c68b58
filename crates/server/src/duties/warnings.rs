//! 预警 (Article 5(1) and (3), readings K92 to K94): written by a station, from a signal or of its own, published, corrected
//! and retracted in the open.

mod alike;
pub mod findable;
mod page;
pub mod passing_on;
pub mod publishing;
pub mod text;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use regulation::duties::signal;
use regulation::duties::warning::{Hands, Stage, Step, take};
use regulation::duties::warning_level::Level;
use regulation::general::{Mandate, Placed, Refusal, Subject, Verb, holds};
use serde::Deserialize;
use store::duties::{Signal, Station, Warning, WarningFilter};

pub use self::page::{ANSWERS, WarningView, answer_name};
pub use self::publishing::address;
pub use self::text::shown_list;
use self::text::{Proof, Typed, judge};
use super::feeds::publisher;
use super::signals::{handling, proposed, visible_signal};
use super::{own, visible};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::Problems;
use crate::appraisal::ledger::writing::{Begun, answer, answered, begin};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, day, moment_of};

pub const WARNINGS: &str = "/duties/warnings";
/// Warnings of one page.
const PAGE: usize = 50;

pub fn routes() -> Routes {
    Routes::default()
        .get(WARNINGS, Verb::ViewWarnings, list)
        .get("/duties/warnings/new", Verb::DraftWarning, blank)
        .post(WARNINGS, Verb::DraftWarning, create)
        .with(page::routes())
        .with(publishing::routes())
        .with(passing_on::routes())
}

/// Kinds of what a warning is about.
pub const KINDS: [&str; 8] = ["反倾销", "反补贴", "保障措施", "337", "反规避", "TBT", "SPS", "其他"];

/// A warning this person may see.
///
/// # Errors
/// [`Fault::NotFound`] when there is none for this person.
async fn visible_warning(app: &App, person: &Person, id: i64) -> Result<Warning, Fault> {
    let scope = person.scope_or_refuse(app, Verb::ViewWarnings)?;
    app.store.warning(&scope, id).await?.ok_or(Fault::NotFound)
}

/// Who publishes what whose hand wrote, under the edition at work.
fn hands(app: &App, person: &Person, warning: &Warning) -> Hands {
    let two_person = app.present().edition.whole("warning.two_person") == 1;
    Hands { author: warning.author_id, publisher: person.actor.account, two_person }
}

/// Whether this person may take this step now. Button and submit both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
fn stepping(app: &App, person: &Person, warning: &Warning, step: Step) -> Result<(Mandate, Stage), Refusal> {
    let verb = match step {
        Step::Save | Step::Submit => Verb::DraftWarning,
        Step::Return | Step::Publish(_) | Step::Correct(_) | Step::Retract => Verb::PublishWarning,
    };
    let subject = Subject::of_station("warning", warning.id, &warning.placed());
    let mandate = person.may(app, verb, &subject)?;
    let stage = Stage::from_key(&warning.stage).ok_or_else(|| Refusal::new(mandate.basis(), "预警的状态无法识别。"))?;
    Ok((mandate, take(stage, step)?))
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    stage: String,
    level: String,
    q: String,
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "duties/warnings.html")]
struct WarningsPage {
    shell: Shell,
    lines: Vec<Line>,
    asked: Asked,
    stages: Vec<(&'static str, &'static str, bool)>,
    levels: Vec<(&'static str, &'static str, bool)>,
    many: bool,
    next: Option<String>,
    may_draft: bool,
}

struct Line {
    id: i64,
    level: Option<Level>,
    title: String,
    number: String,
    station: String,
    market: String,
    kind: String,
    stage: &'static str,
    class: &'static str,
    at: String,
}

fn stage_class(stage: &str) -> &'static str {
    match Stage::from_key(stage) {
        Some(Stage::Published) => "ok",
        Some(Stage::Submitted) => "warn",
        _ => "",
    }
}

impl Line {
    fn new(row: &Warning) -> Line {
        Line {
            id: row.id,
            level: Level::from_key(&row.level),
            title: row.title.clone(),
            number: row.number.clone().unwrap_or_default(),
            station: row.station.clone(),
            market: row.market.clone(),
            kind: row.kind.clone(),
            stage: Stage::from_key(&row.stage).map_or("", Stage::name),
            class: stage_class(&row.stage),
            at: moment_of(row.published_at.unwrap_or(row.saved_at)),
        }
    }
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewWarnings)?;
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = WarningFilter {
        stage: given(&asked.stage),
        level: given(&asked.level),
        text: given(&asked.q),
        ..WarningFilter::default()
    };
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = app.store.warnings(&scope, &filter, asked.before.unwrap_or(i64::MAX), limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| {
        let text =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let (stage, level, q) = (text(&asked.stage), text(&asked.level), text(&asked.q));
        format!("{WARNINGS}?stage={stage}&level={level}&q={q}&before={}", row.id)
    });
    render(&WarningsPage {
        shell: Shell::new(&app, &person, WARNINGS),
        lines: rows.iter().map(Line::new).collect(),
        stages: Stage::ALL.iter().map(|(_, key, name)| (*key, *name, *key == asked.stage)).collect(),
        levels: Level::ALL.iter().map(|(_, key, name, _)| (*key, *name, *key == asked.level)).collect(),
        many: own(&person).is_none(),
        may_draft: drafting(&app, &person).await.is_ok(),
        next,
        asked,
    })
}

/// The person's own station and the right to write a warning for it.
async fn drafting(app: &App, person: &Person) -> Result<(Station, Placed, Mandate), Fault> {
    let Some(id) = own(person) else {
        let refusal = person.may(app, Verb::DraftWarning, &Subject::whole("warning", 0)).err();
        return Err(refusal.map_or(Fault::NotFound, Fault::from));
    };
    let station = visible(app, person, Verb::ViewStation, id).await?;
    let placed = station.placed();
    let mandate = person.may(app, Verb::DraftWarning, &Subject::of_station("warning", 0, &placed))?;
    Ok((station, placed, mandate))
}

#[derive(Template)]
#[template(path = "duties/warning_form.html")]
struct WarningForm {
    shell: Shell,
    once: String,
    draft_key: String,
    action: String,
    /// The warning being changed, and whether it is a correction of a published one.
    warning: Option<(i64, String)>,
    correction: bool,
    /// The signal it is written from.
    signal: Option<(i64, String)>,
    typed: Typed,
    reason: String,
    levels: [(Level, &'static str, &'static str, &'static str); 4],
    kinds: [&'static str; 8],
    problems: Problems,
}

impl WarningForm {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }

    fn new(app: &App, person: &Person, typed: Typed, problems: Problems) -> Result<WarningForm, Fault> {
        Ok(WarningForm {
            shell: Shell::new(app, person, WARNINGS),
            once: random_token()?,
            draft_key: format!("{}:warning:new", person.actor.account),
            action: WARNINGS.to_owned(),
            warning: None,
            correction: false,
            signal: None,
            typed,
            reason: String::new(),
            levels: Level::ALL,
            kinds: KINDS,
            problems,
        })
    }
}

/// A form shown again with what was typed and what is wrong.
fn again(form: &WarningForm) -> Page {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(form.render()?)).into_response())
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct From {
    signal: Option<i64>,
}

async fn blank(State(app): State<App>, person: Person, Query(from): Query<From>) -> Page {
    let (station, ..) = drafting(&app, &person).await?;
    let Some(id) = from.signal else {
        let typed = Typed { industry: station.industry, level: Level::Blue.key().to_owned(), ..Typed::default() };
        return render(&WarningForm::new(&app, &person, typed, Problems::new())?);
    };
    let signal = visible_signal(&app, &person, id).await?;
    handling(&app, &person, &signal, signal::Step::Accept)?;
    let typed = from_signal(&app, &signal, &station).await?;
    let form = WarningForm::new(&app, &person, typed, Problems::new())?;
    render(&WarningForm { signal: Some(used(&signal)?), ..form })
}

/// The signal a warning is made of, as its form names it.
fn used(signal: &Signal) -> anyhow::Result<(i64, String)> {
    let title = super::feeds::headline(&signal.country, &signal.kind, &signal.notice_stage, &signal.title)?;
    Ok((signal.id, title))
}

/// What a notice lets one fill in beforehand; the words that matter are a person's.
async fn from_signal(app: &App, signal: &Signal, station: &Station) -> Result<Typed, Fault> {
    let notice = app.store.trade_notice(signal.notice_id).await?.ok_or(Fault::NotFound)?;
    let codes = app.store.notice_codes(&[notice.id]).await?;
    let market = super::feeds::intake::desk()?.countries().zh(&notice.country).unwrap_or_default().to_owned();
    let spoken = regulation::duties::vocabulary::products(&format!("{} {}", notice.title, notice.product));
    let names: Vec<&str> = spoken.iter().map(|product| product.name).collect();
    Ok(Typed {
        level: proposed(app, signal).0.key().to_owned(),
        title: super::feeds::headline(&notice.country, &notice.kind, &notice.stage, &notice.title)?,
        kind: notice.kind.clone(),
        market,
        industry: station.industry.clone(),
        products: if names.is_empty() { notice.product.clone() } else { names.join("、") },
        hs_codes: codes.iter().map(|code| super::feeds::shown_code(&code.code)).collect::<Vec<_>>().join("、"),
        respond_on: notice.deadline_on.map(day).unwrap_or_default(),
        source_title: format!("{}公告：{}", publisher(&notice.source, &notice.authority), notice.title)
            .chars()
            .take(300)
            .collect(),
        source_url: notice.url.clone(),
        source_on: notice.published_on.map(day).unwrap_or_default(),
        ..Typed::default()
    })
}

async fn create(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let once = posted.once();
    if let Some(answer) = answered(&app, once.as_deref()).await? {
        return Ok(answer);
    }
    let (_, placed, mandate) = drafting(&app, &person).await?;
    let signal = match posted.number("signal") {
        Some(id) => Some(visible_signal(&app, &person, id).await?),
        None => None,
    };
    let accepting = signal.as_ref().map(|signal| handling(&app, &person, signal, signal::Step::Accept)).transpose()?;
    let proof = match &signal {
        Some(signal) => {
            let notice = app.store.trade_notice(signal.notice_id).await?.ok_or(Fault::NotFound)?;
            Proof { sha256: notice.raw_sha256, captured_at: Some(notice.received_at) }
        }
        None => Proof::default(),
    };
    let typed = Typed::from(&posted);
    let text = match judge(&typed, proof, app.clock.today(), false) {
        Ok(text) => text,
        Err(problems) => {
            let form = WarningForm::new(&app, &person, typed, problems)?;
            return again(&WarningForm { signal: signal.as_ref().map(used).transpose()?, ..form });
        }
    };
    let mut tx = match begin(&app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    let of = signal.as_ref().map(|signal| (signal.notice_id, signal.id));
    let id = tx.add_warning(&placed, (of.map(|of| of.0), of.map(|of| of.1)), &text).await?;
    if let (Some(signal), Some((accepting, stage))) = (&signal, &accepting) {
        tx.proceed(accepting, app.clock.now()).await?;
        tx.settle_signal(signal, stage.key(), "").await?;
        tx.note(format!("《{}》采用，编写预警《{}》", signal.title, text.title));
    }
    answer(tx, once.as_deref(), &format!("{WARNINGS}/{id}?done=warning_saved")).await
}

/// Whether the role ever does this: buttons of others are not shown at all.
fn ever(app: &App, person: &Person, verb: Verb) -> bool {
    holds(&person.actor, verb, app.clock.today())
}
