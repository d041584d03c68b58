//! 线索 (Article 5(1), readings K90, K91): the inbox of foreign notices, and what a person does with each.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use jiff::civil::DateTime;
use regulation::duties::signal::{self, Clock, Stage, Step, take};
use regulation::duties::subscription::in_market;
use regulation::duties::tariff::{Revision, widened};
use regulation::duties::warning_level::{self, Level};
use regulation::general::{Due, Mandate, Refusal, Scope, Subject, Verb};
use serde::Deserialize;
use store::duties::{Signal, SignalFilter, StationFilter, TradeNotice};

use super::feeds::{Facts, headline, publisher, shown_code};
use super::own;
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, day, moment_of};

pub const SIGNALS: &str = "/duties/signals";
/// Signals of one page.
const PAGE: usize = 50;

pub fn routes() -> Routes {
    Routes::default()
        .get(SIGNALS, Verb::ViewSignals, list)
        .get("/duties/signals/{id}", Verb::ViewSignals, show)
        .post("/duties/signals/{id}/handover", Verb::HandleSignal, hand_over)
        .post("/duties/signals/{id}/dismissal", Verb::HandleSignal, dismiss)
}

/// Whether this person may take this step now. Button and submit both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn handling(app: &App, person: &Person, signal: &Signal, step: Step) -> Result<(Mandate, Stage), Refusal> {
    let subject = match signal.placed() {
        Some(placed) => Subject::of_station("signal", signal.id, &placed),
        None => Subject::whole("signal", signal.id),
    };
    let mandate = person.may(app, Verb::HandleSignal, &subject)?;
    let stage = Stage::from_key(&signal.stage).ok_or_else(|| Refusal::new(mandate.basis(), "线索的状态无法识别。"))?;
    Ok((mandate, take(stage, step)?))
}

/// A signal this person may see.
///
/// # Errors
/// [`Fault::NotFound`] when there is none for this person.
pub async fn visible_signal(app: &App, person: &Person, id: i64) -> Result<Signal, Fault> {
    let scope = person.scope_or_refuse(app, Verb::ViewSignals)?;
    app.store.signal(&scope, id).await?.ok_or(Fault::NotFound)
}

/// How a signal's clock stands, in words and colour.
pub struct ClockView {
    pub class: &'static str,
    pub words: String,
    pub note: String,
}

impl ClockView {
    fn new(signal: &Signal, now: DateTime) -> Option<ClockView> {
        let on = store::date_from(signal.due_on).ok().filter(|_| signal.stage == Stage::Open.key())?;
        let left = now.date().until(on).map_or(0, |span| span.get_days());
        let (class, words) = match signal::clock(Due::day(on), now) {
            Clock::Late => ("late", format!("逾期 {} 天", -left)),
            Clock::Near => ("near", "今日到期".to_owned()),
            Clock::Far => (if left <= 7 { "near" } else { "far" }, format!("剩 {left} 天")),
        };
        Some(ClockView { class, words, note: format!("{} 24时前处理", day(signal.due_on)) })
    }
}

/// Where a notice went, under the notice itself.
pub struct Door {
    pub id: i64,
    pub station: String,
    pub lead: bool,
    pub why: String,
    pub stage: &'static str,
    pub reason: String,
}

impl Door {
    pub fn new(signal: &Signal) -> Door {
        Door {
            id: signal.id,
            station: signal.station.clone().unwrap_or_else(|| "省商务厅（没有工作站覆盖）".to_owned()),
            lead: signal.lead == 1,
            why: signal.why.clone(),
            stage: stage_name(&signal.stage),
            reason: signal.reason.clone(),
        }
    }
}

fn stage_name(key: &str) -> &'static str {
    Stage::from_key(key).map_or("", Stage::name)
}

/// The level proposed for a signal, and why. Whatever came to a door concerns China: the rest was left aside.
pub fn proposed(app: &App, signal: &Signal) -> (Level, &'static str) {
    let short = app.present().edition.whole("warning.short_days");
    let deadline = signal.deadline_on.and_then(|on| store::date_from(on).ok());
    let left = deadline.and_then(|on| app.clock.today().until(on).ok()).map(|span| i64::from(span.get_days()));
    let firms = usize::try_from(signal.firms).unwrap_or(0);
    warning_level::propose(&signal.kind, &signal.notice_stage, true, left, firms, short)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    stage: String,
    kind: String,
    code: String,
    uncovered: String,
    /// `1`: at every station it went to, for those who see several.
    all: String,
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "duties/signals.html")]
struct SignalsPage {
    shell: Shell,
    lines: Vec<Line>,
    open: i64,
    late: i64,
    asked: Asked,
    stages: Vec<(&'static str, &'static str, bool)>,
    kinds: Vec<(&'static str, bool)>,
    /// Whether the list goes over several stations.
    many: bool,
    province: bool,
    next: Option<String>,
    may_load: bool,
}

struct Line {
    id: i64,
    level: Level,
    headline: String,
    title: String,
    place: String,
    codes: String,
    why: String,
    station: Option<String>,
    stage: &'static str,
    clock: Option<ClockView>,
    deadline: Option<String>,
}

const KINDS: [&str; 7] = ["反倾销", "反补贴", "保障措施", "337", "反规避", "TBT", "SPS"];

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewSignals)?;
    let chosen = if asked.stage.is_empty() { Stage::Open.key() } else { &*asked.stage };
    let stage = Stage::ALL.iter().find(|(_, key, _)| *key == chosen).map(|(_, key, _)| *key);
    let code = asked.code.chars().filter(char::is_ascii_digit).collect::<String>();
    let filter = SignalFilter {
        stage,
        kind: Some(asked.kind.clone()).filter(|kind| !kind.is_empty()),
        code: Some(code).filter(|code| !code.is_empty()),
        station: None,
        uncovered: asked.uncovered == "1",
        // Who sees several stations sees each notice once, unless asked otherwise.
        leading: own(&person).is_none() && asked.all != "1" && matches!(scope, Scope::All),
    };
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = app.store.signals(&scope, &filter, asked.before.unwrap_or(i64::MAX), limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let today = store::day_number(app.clock.today());
    let (open, late) = app.store.count_open_signals(&scope, today).await?;
    let notices: Vec<i64> = rows.iter().map(|row| row.notice_id).collect();
    let codes = app.store.notice_codes(&notices).await?;
    let now = app.clock.civil();
    let line = |signal: &Signal| {
        let own = codes.iter().filter(|code| code.notice_id == signal.notice_id).map(|code| shown_code(&code.code));
        Ok::<_, Fault>(Line {
            id: signal.id,
            level: proposed(&app, signal).0,
            headline: headline(&signal.country, &signal.kind, &signal.notice_stage, &signal.title)?,
            title: signal.title.clone(),
            place: publisher(&signal.source, &signal.authority).to_owned(),
            codes: own.take(6).collect::<Vec<_>>().join("、"),
            why: signal.why.clone(),
            station: signal.station.clone(),
            stage: stage_name(&signal.stage),
            clock: ClockView::new(signal, now),
            deadline: signal.deadline_on.map(day),
        })
    };
    let next = rows.last().filter(|_| more).map(|row| {
        let text =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        format!(
            "{SIGNALS}?stage={}&kind={}&code={}&uncovered={}&all={}&before={}",
            text(&asked.stage),
            text(&asked.kind),
            text(&asked.code),
            text(&asked.uncovered),
            text(&asked.all),
            row.id
        )
    });
    render(&SignalsPage {
        shell: Shell::new(&app, &person, SIGNALS),
        lines: rows.iter().map(line).collect::<Result<_, _>>()?,
        open,
        late,
        stages: Stage::ALL.iter().map(|(_, key, name)| (*key, *name, *key == chosen)).collect(),
        kinds: KINDS.map(|kind| (kind, kind == asked.kind)).to_vec(),
        many: own(&person).is_none(),
        province: person.actor.role.of_province(),
        next,
        may_load: super::feeds::loading(&app, &person, "intake").await.is_ok(),
        asked,
    })
}

#[derive(Template)]
#[template(path = "duties/signal.html")]
struct SignalPage {
    shell: Shell,
    id: i64,
    headline: String,
    facts: Facts,
    door: Door,
    clock: Option<ClockView>,
    arrived: String,
    level: Level,
    level_why: &'static str,
    firms: i64,
    selling: Option<Selling>,
    handled: Option<(String, String)>,
    /// `None` for those who never handle signals.
    accept: Option<Result<(), Refusal>>,
    hand: Option<Result<(), Refusal>>,
    dismiss: Option<Result<(), Refusal>>,
    /// Stations it may be handed to.
    stations: Vec<(i64, String)>,
    doors: Vec<Door>,
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let signal = visible_signal(&app, &person, id).await?;
    let notice = app.store.trade_notice(signal.notice_id).await?.ok_or(Fault::NotFound)?;
    let scope = person.scope(&app, Verb::ViewSignals);
    let doors = app.store.signals_of_notice(&scope, notice.id).await?;
    let holds = regulation::general::holds(&person.actor, Verb::HandleSignal, app.clock.today());
    let step = |step| holds.then(|| handling(&app, &person, &signal, step).map(drop));
    let hand = step(Step::HandOver);
    let stations = match &hand {
        Some(Ok(())) => {
            let at_work = StationFilter { ended: Some(false), ..StationFilter::default() };
            // Whoever hands a signal over may name any station: their list is public.
            let all = app.store.stations(&crate::public::everyone(&app), &at_work, "", 2000).await?;
            all.into_iter()
                .filter(|s| Some(s.id) != signal.station_id)
                .map(|s| (s.id, format!("{}　{}", s.number, s.name)))
                .collect()
        }
        _ => Vec::new(),
    };
    let (level, level_why) = proposed(&app, &signal);
    let facts = Facts::of(&app, &notice).await?;
    // A warning is a station's: the department hands an uncovered signal on instead.
    let accept = step(Step::Accept).filter(|_| own(&person).is_some());
    let selling = selling(&app, &signal, &notice, &facts).await?;
    render(&SignalPage {
        shell: Shell::new(&app, &person, SIGNALS),
        id,
        headline: headline(&notice.country, &notice.kind, &notice.stage, &notice.title)?,
        // The roster has changed since the signal was routed.
        firms: selling.as_ref().map_or(signal.firms, |selling| selling.firms),
        selling,
        facts,
        door: Door::new(&signal),
        clock: ClockView::new(&signal, app.clock.civil()),
        arrived: moment_of(signal.arrived_at),
        level,
        level_why,
        handled: signal.handled_at.map(|at| (moment_of(at), signal.handled_by.clone().unwrap_or_default())),
        accept,
        hand,
        dismiss: step(Step::Dismiss),
        stations,
        doors: doors.iter().filter(|door| door.id != id).map(Door::new).collect(),
    })
}

/// Firms of a signal's station as its roster is now.
struct Selling {
    country: String,
    /// Whose codes touch the notice's.
    firms: i64,
    /// Of those, who sells to the notice's country or names no market: as a published warning chooses them (reading K93).
    reached: i64,
}

/// `None` where there is no country, or was no firm.
async fn selling(app: &App, signal: &Signal, notice: &TradeNotice, facts: &Facts) -> Result<Option<Selling>, Fault> {
    let country = super::feeds::intake::desk()?.countries().zh(&notice.country).map(str::to_owned);
    let (Some(country), Some(station), true) = (country, signal.station_id, signal.firms > 0) else { return Ok(None) };
    let codes: Vec<String> = facts.codes.iter().map(|(code, ..)| code.clone()).collect();
    let published = notice.published_on.and_then(|on| store::date_from(on).ok());
    let touched = app.store.markets_touched(station, &widened(&codes, Revision::on(published))).await?;
    let reached = touched.iter().filter(|(markets, _)| in_market(markets, &country)).map(|(_, firms)| firms).sum();
    Ok(Some(Selling { firms: touched.iter().map(|(_, firms)| firms).sum(), country, reached }))
}

/// A reason as it must be given.
fn reason(posted: &Posted) -> Result<&str, Fault> {
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(Fault::Invalid("请填写理由，不超过 200 字。".to_owned()));
    }
    Ok(reason)
}

async fn hand_over(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let signal = visible_signal(&app, &person, id).await?;
    let (mandate, _) = handling(&app, &person, &signal, Step::HandOver)?;
    let reason = reason(&posted)?;
    let to = posted.number("station").filter(|to| Some(*to) != signal.station_id);
    let to = match to {
        Some(to) => app.store.station(&crate::public::everyone(&app), to).await?,
        None => None,
    };
    let Some(to) = to.filter(|to| to.ended_on.is_none()) else {
        return Err(Fault::Invalid("请选择接收的工作站。".to_owned()));
    };
    let present = app.present();
    let now = app.clock.now();
    let due = present.due_after("signal.working_days", now);
    let mut tx = app.store.begin(&mandate, now).await?;
    tx.hand_over_signal(&signal, &to.placed(), reason, store::day_number(due)).await?;
    tx.note(format!("《{}》移送{}：{reason}", signal.title, to.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{SIGNALS}?done=signal_handed")).into_response())
}

async fn dismiss(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let signal = visible_signal(&app, &person, id).await?;
    let (mandate, stage) = handling(&app, &person, &signal, Step::Dismiss)?;
    let reason = reason(&posted)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.settle_signal(&signal, stage.key(), reason).await?;
    tx.note(format!("《{}》不采用：{reason}", signal.title));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{SIGNALS}?done=signal_dismissed")).into_response())
}
