//! One warning: its text, its history, whom it reached; changing a draft.

use askama::Template;
use axum::extract::{Path, Query, State};
use jiff::civil::Date;
use regulation::duties::warning::{Stage, Step};
use regulation::duties::warning_level::Level;
use regulation::general::{Refusal, Verb};
use serde::Deserialize;
use store::duties::{Delivery, Reached, Warning, WarningChange};

use super::alike::{Alike, found};
use super::passing_on::{PassingOn, draftable};
use super::publishing::{Audience, CORRECTED, ON_SITE, RETRACTED, Unfit, audience, fit, resending};
use super::text::{Proof, Typed, judge, shown_list};
use super::{WARNINGS, WarningForm, again, ever, hands, stage_class, stepping, visible_warning};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::Problems;
use crate::appraisal::ledger::writing::{Begun, answer, begin};
use crate::auth::Person;
use crate::duties::own;
use crate::error::Page;
use crate::general::desk::TaskClock;
use crate::outbound::channels::Channel;
use crate::posted::Posted;
use crate::shell::{Shell, day, masked, masked_address, moment_of};

/// Deliveries of one page.
const DELIVERIES: i64 = 100;

pub fn routes() -> Routes {
    Routes::default()
        .get("/duties/warnings/{id}", Verb::ViewWarnings, show)
        .get("/duties/warnings/{id}/revision", Verb::DraftWarning, revision)
        .post("/duties/warnings/{id}/revision", Verb::DraftWarning, revise)
}

/// A warning as pages print it, the public's too.
pub struct WarningView {
    pub id: i64,
    pub number: String,
    pub level: Level,
    pub title: String,
    pub kind: String,
    pub market: String,
    pub industry: String,
    pub summary: Vec<String>,
    pub products: String,
    pub codes: String,
    pub advice: Vec<String>,
    pub respond: Option<String>,
    /// How much of the time to respond is left.
    pub clock: Option<TaskClock>,
    pub source_title: String,
    pub source_url: String,
    pub source_on: Option<String>,
    pub source_sha256: String,
    pub captured: Option<String>,
    pub station: String,
    pub station_id: i64,
    pub published: Option<String>,
    pub corrected: Option<String>,
    /// When and why it was taken back.
    pub retracted: Option<(String, String)>,
    pub version: i64,
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

impl WarningView {
    pub fn new(row: &Warning, today: Date) -> WarningView {
        let until = row.respond_on.and_then(|on| store::date_from(on).ok());
        WarningView {
            id: row.id,
            number: row.number.clone().unwrap_or_default(),
            level: Level::from_key(&row.level).unwrap_or(Level::Blue),
            title: row.title.clone(),
            kind: row.kind.clone(),
            market: row.market.clone(),
            industry: row.industry.clone(),
            summary: lines(&row.summary),
            products: row.products.clone(),
            codes: shown_list(&row.hs_codes),
            advice: lines(&row.advice),
            respond: row.respond_on.map(day),
            clock: until.map(|until| TaskClock::until(until, today)),
            source_title: row.source_title.clone(),
            source_url: row.source_url.clone(),
            source_on: row.source_on.map(day),
            source_sha256: row.source_sha256.clone(),
            captured: row.captured_at.map(moment_of),
            station: row.station.clone(),
            station_id: row.station_id,
            published: row.published_at.map(moment_of),
            corrected: row.corrected_at.map(moment_of),
            retracted: row.retracted_at.map(|at| (moment_of(at), row.retract_reason.clone())),
            version: row.version,
        }
    }
}

#[derive(Template)]
#[template(path = "duties/warning.html")]
struct WarningPage {
    shell: Shell,
    view: WarningView,
    stage: &'static str,
    class: &'static str,
    saved: String,
    by: String,
    notes: String,
    notice: Option<i64>,
    entry: Option<i64>,
    changes: Vec<WarningChange>,
    /// Published warnings it is like: title, number, station, and whether it is the same.
    alike: Vec<Alike>,
    reached: Reached,
    /// The whole province's counts, for the station that reached more firms than its own.
    all: Reached,
    deliveries: Vec<DeliveryLine>,
    next: Option<String>,
    /// `None` for those who never do it.
    edit: Option<Result<(), Refusal>>,
    submit: Option<Result<(), Refusal>>,
    back: Option<Result<(), Refusal>>,
    publish: Option<Result<(), Refusal>>,
    /// What of the text stands in the way of publishing it.
    unfit: Option<Unfit>,
    /// Whom it would be told to, where it may be published.
    audience: Option<Audience>,
    /// Whether this person may have letters sent again.
    resend: bool,
    correct: Option<Result<(), Refusal>>,
    retract: Option<Result<(), Refusal>>,
    /// Of a published one, for those who publish.
    passing_on: Option<PassingOn>,
    /// Whether this person may put it among the official account's drafts.
    draft: bool,
}

struct DeliveryLine {
    firm: String,
    member: i64,
    channel: &'static str,
    address: String,
    state: &'static str,
    class: &'static str,
    sent: String,
    problem: String,
    answered: String,
    answer: &'static str,
    remark: String,
    /// Whether it asks for an answer: what follows a warning does not.
    asks: bool,
    /// The firm's own link, where no message carries it: for the station to hand over.
    link: Option<String>,
}

/// What people call a channel.
pub fn channel_name(channel: &str) -> &'static str {
    match channel {
        "mail" => "电子邮件",
        "sms" => "短信",
        ON_SITE => "站内（未登记邮箱）",
        RETRACTED => "撤回告知",
        _ if channel.starts_with(CORRECTED) => "更正告知",
        _ => "答复咨询",
    }
}

/// What a firm answered, by key.
pub const ANSWERS: [(&str, &str); 3] =
    [("concerned", "涉及本企业"), ("not_concerned", "不涉及本企业"), ("help", "涉及，需要帮助")];

pub fn answer_name(key: &str) -> &'static str {
    ANSWERS.iter().find(|(known, _)| *known == key).map_or("", |(_, name)| name)
}

impl DeliveryLine {
    /// `handing`: whether whoever looks may hand firms their links.
    fn new(app: &App, row: &Delivery, handing: bool) -> DeliveryLine {
        let (state, class) = match row.state.as_str() {
            _ if row.answered_at.is_some() => ("已回执", "ok"),
            "sent" if row.opened_at.is_some() => ("已打开", "ok"),
            _ if row.told_at.is_some() => ("已转告", "ok"),
            "sent" if row.channel == ON_SITE => ("待转告", "warn"),
            "sent" => ("已送出", ""),
            "dead" => ("未送达", "bad"),
            "cancelled" => ("已取消", ""),
            _ => ("待发送", "warn"),
        };
        DeliveryLine {
            firm: row.firm.clone(),
            member: row.member_id,
            channel: channel_name(&row.channel),
            address: if row.address.contains('@') { masked_address(&row.address) } else { masked(&row.address) },
            state,
            class,
            sent: row.sent_at.map(moment_of).unwrap_or_default(),
            problem: row.problem.clone(),
            answered: row.answered_at.map(moment_of).unwrap_or_default(),
            answer: answer_name(&row.answer),
            remark: row.remark.clone(),
            asks: [Channel::Mail.key(), Channel::Sms.key(), ON_SITE].contains(&row.channel.as_str()),
            // One that nothing reached is told by hand.
            link: (handing && (row.channel == ON_SITE || row.state == "dead"))
                .then(|| super::address(app, &format!("/letters/{}", row.token))),
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    after: i64,
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>, Query(asked): Query<Asked>) -> Page {
    let warning = visible_warning(&app, &person, id).await?;
    let by = hands(&app, &person, &warning);
    let step = |verb, step| ever(&app, &person, verb).then(|| stepping(&app, &person, &warning, step).map(drop));
    let station = own(&person).unwrap_or(warning.station_id);
    let mut rows = app.store.deliveries(id, station, asked.after, DELIVERIES + 1).await?;
    let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > DELIVERIES;
    rows.truncate(usize::try_from(DELIVERIES).unwrap_or(usize::MAX));
    let alike = found(&app, id, &warning.title, &warning.summary).await?;
    let publish = step(Verb::PublishWarning, Step::Publish(by));
    let fitted = publish.as_ref().and_then(|may| may.as_ref().ok()).map(|()| fit(&app, &warning, &alike));
    let (unfit, audience) = match fitted {
        Some(Ok(text)) => (None, Some(audience(&app, &warning, &text).await?)),
        Some(Err(unfit)) => (Some(unfit), None),
        None => (None, None),
    };
    let resend = resending(&app, &person, &warning).is_ok();
    render(&WarningPage {
        shell: Shell::new(&app, &person, WARNINGS),
        unfit,
        audience,
        resend,
        stage: Stage::from_key(&warning.stage).map_or("", Stage::name),
        class: stage_class(&warning.stage),
        saved: moment_of(warning.saved_at),
        by: warning.saved_by.clone(),
        notes: warning.notes.clone(),
        notice: warning.notice_id,
        entry: warning.entry_id,
        changes: app.store.warning_changes(id).await?,
        alike,
        reached: app.store.reached(id, Some(station)).await?,
        all: app.store.reached(id, None).await?,
        next: rows.last().filter(|_| more).map(|row| format!("{WARNINGS}/{id}?after={}#firms", row.id)),
        deliveries: rows.iter().map(|row| DeliveryLine::new(&app, row, resend)).collect(),
        edit: step(Verb::DraftWarning, Step::Save),
        submit: step(Verb::DraftWarning, Step::Submit),
        back: step(Verb::PublishWarning, Step::Return),
        publish,
        correct: step(Verb::PublishWarning, Step::Correct(by)),
        retract: step(Verb::PublishWarning, Step::Retract),
        draft: draftable(&app, &person, &warning).is_ok(),
        passing_on: resend.then(|| PassingOn::of(&app, &warning)).transpose()?,
        view: WarningView::new(&warning, app.clock.today()),
    })
}

fn form(
    app: &App,
    person: &Person,
    warning: &Warning,
    typed: Typed,
    problems: Problems,
) -> Result<WarningForm, crate::error::Fault> {
    Ok(WarningForm {
        action: format!("{WARNINGS}/{}/revision", warning.id),
        draft_key: format!("{}:warning:{}:{}", person.actor.account, warning.id, warning.saved_at),
        warning: Some((warning.id, warning.title.clone())),
        ..WarningForm::new(app, person, typed, problems)?
    })
}

async fn revision(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let warning = visible_warning(&app, &person, id).await?;
    stepping(&app, &person, &warning, Step::Save)?;
    render(&form(&app, &person, &warning, Typed::of(&warning), Problems::new())?)
}

async fn revise(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let warning = visible_warning(&app, &person, id).await?;
    let (mandate, _) = stepping(&app, &person, &warning, Step::Save)?;
    let typed = Typed::from(&posted);
    let proof = Proof { sha256: warning.source_sha256.clone(), captured_at: warning.captured_at };
    let text = match judge(&typed, proof, app.clock.today(), false) {
        Ok(text) => text,
        Err(problems) => return again(&form(&app, &person, &warning, typed, problems)?),
    };
    let once = posted.once();
    let mut tx = match begin(&app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    tx.save_warning(&warning, &text).await?;
    tx.note(text.title.clone());
    answer(tx, once.as_deref(), &format!("{WARNINGS}/{id}?done=warning_saved")).await
}
