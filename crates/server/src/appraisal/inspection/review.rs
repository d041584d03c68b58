//! 复核 (Article 14, readings K51, K87 and K88): asked for by the station, decided by somebody else than who sent the
//! result, on what was changed meanwhile. The decision, its paper and the changes it rests on are kept together.

use std::collections::HashMap;

use anyhow::Context as _;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use jiff::civil::Date;
use papers::official::plain;
use regulation::appraisal::grade::Participation;
use regulation::appraisal::inspection::{Stage, Step};
use regulation::appraisal::review::{Matter, Outcome, changed, decision};
use regulation::appraisal::sheet::Rule;
use regulation::general::{Hand, Mandate, Refusal, Scope, Subject, Verb};
use regulation::law::Edition;
use store::Tx;
use store::appraisal::{
    Cycle, EntryRow, InspectionRow, NewReviewChange, NewStep, Registered, ReviewActs, ReviewChange,
};
use store::duties::{StandingRecord, Station};
use store::general::NewPaper;

use super::{Standing, about, acted_on, feedback, in_text, open, settled, station_href};
use crate::app::{App, Routes};
use crate::appraisal::evidence::{ENTRY, RECORD, entry_name, record_name};
use crate::appraisal::reckon::{self, Standings};
use crate::appraisal::sheet;
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::{opens, paper};
use crate::posted::Posted;
use crate::shell::day;

pub fn routes() -> Routes {
    Routes::default().post("/appraisal/cycles/{year}/stations/{id}/review", Verb::RequestReview, request).post(
        "/appraisal/cycles/{year}/stations/{id}/review-decision",
        Verb::DecideReview,
        decide,
    )
}

/// Whether this person may ask for review now.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn requesting(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    station: &Station,
    standing: &Standing,
    text: &str,
) -> Result<(Mandate, NewStep), Refusal> {
    let subject = Subject::of_station("inspection", cycle.year, &station.placed());
    let mandate = person.may(app, Verb::RequestReview, &subject)?;
    open(cycle)?;
    let step = Step::Request { at: app.clock.civil() };
    Ok((mandate, standing.step(cycle.year, station.id, step, text)?))
}

/// Whether this person may decide the review now: nobody who settled or sent out the result (readings K51 and K83). Whether
/// the station counts as having taken part is as the review leaves it.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn deciding(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    station: &Station,
    standing: &Standing,
    hands: Vec<Hand>,
    (took_part, reasons): (bool, &str),
) -> Result<(Mandate, NewStep), Refusal> {
    let subject = Subject::of_station("inspection", cycle.year, &station.placed()).after(hands);
    let mandate = person.may(app, Verb::DecideReview, &subject)?;
    open(cycle)?;
    Ok((mandate, standing.step(cycle.year, station.id, Step::Decide { took_part }, reasons)?))
}

/// The newest request for review.
fn asked(standing: &Standing) -> Option<&InspectionRow> {
    standing.log.iter().rev().find(|row| row.step == "request")
}

/// One thing a review changed, with its row and the one before it.
pub struct Change {
    matter: Matter,
    act: i64,
    before_id: Option<i64>,
    /// The row of the sheet it moves; empty where it moves none.
    item: String,
    about: String,
    before: String,
    now: String,
}

/// The evidence that changes speak of, read at once.
struct Spoken {
    entries: HashMap<i64, EntryRow>,
    records: HashMap<i64, StandingRecord>,
}

impl Spoken {
    async fn read(app: &App, station: i64, acts: &ReviewActs) -> anyhow::Result<Spoken> {
        let named = |noun| acts.registered.iter().filter(move |row| row.noun == noun).map(|row| row.noun_id);
        let entered = acts.entered.iter().flat_map(|row| [Some(row.id), row.before_id]).flatten();
        let entries: Vec<i64> = named(ENTRY).chain(entered).collect();
        let records: Vec<i64> = named(RECORD).collect();
        let entries = app.store.entries_by_id(&Scope::Stations(vec![station]), &entries).await?;
        let records = app.store.standing_records_by_id(&records).await?;
        Ok(Spoken {
            entries: entries.into_iter().map(|row| (row.id, row)).collect(),
            records: records.into_iter().map(|row| (row.id, row)).collect(),
        })
    }

    /// What an opinion or a mark is about, and the row of the sheet it moves.
    fn of(&self, edition: &Edition, row: &Registered) -> (String, String) {
        let entry = self.entries.get(&row.noun_id).filter(|_| row.noun == ENTRY);
        let record = self.records.get(&row.noun_id).filter(|_| row.noun == RECORD);
        let item = match (entry, record) {
            _ if !row.item.is_empty() => row.item.clone(),
            (Some(entry), _) => counting(edition, entry),
            (_, Some(record)) => showing(edition, record),
            _ => String::new(),
        };
        let about = match (entry, record) {
            (Some(entry), _) => entry_name(edition, entry),
            (_, Some(record)) => record_name(record),
            _ => format!("第 {} 号证据", row.noun_id),
        };
        (about, item)
    }
}

/// The row an entry counts in; empty for matters without a row.
fn counting(edition: &Edition, entry: &EntryRow) -> String {
    let item = edition.sheet.items().find(|item| item.rule.kinds().contains(&entry.kind.as_str()));
    item.map(|item| item.id.clone()).unwrap_or_default()
}

/// The row a standing record shows the fact of.
fn showing(edition: &Edition, record: &StandingRecord) -> String {
    let shows = |rule: &Rule| matches!(rule, Rule::Presence { fact: Some(fact), .. } if *fact == record.fact);
    let item = edition.sheet.items().find(|item| shows(&item.rule));
    item.map(|item| item.id.clone()).unwrap_or_default()
}

/// What acts changed of a station's year (reading K88): what is as it was is left out.
///
/// # Errors
/// Fails when the database does.
pub async fn changes(app: &App, cycle: &Cycle, station: &Station, acts: &ReviewActs) -> anyhow::Result<Vec<Change>> {
    let edition = app.edition_of(cycle.year).await?;
    let spoken = Spoken::read(app, station.id, acts).await?;
    let usual = reckon::participation(station, None, cycle.year, cycle.first_year()?);
    let mut found = Vec::new();
    for row in &acts.registered {
        let Some(matter) = Matter::from_key(&row.matter) else { continue };
        let before = match matter {
            Matter::Participation => Some(row.before.as_deref().unwrap_or(usual.key())),
            _ => row.before.as_deref(),
        };
        if !changed(before, &row.now) {
            continue;
        }
        let (about, item) = match matter {
            Matter::Participation => ("参评情形".to_owned(), String::new()),
            _ => spoken.of(&edition, row),
        };
        let reason = if row.reason.is_empty() { String::new() } else { format!("：{}", row.reason) };
        found.push(Change {
            matter,
            act: row.id,
            before_id: row.before_id,
            item,
            about,
            before: before.map_or_else(|| "未登记".to_owned(), |before| said(matter, before)),
            now: format!("{}{reason}", said(matter, &row.now)),
        });
    }
    for entered in &acts.entered {
        let before = entered.before_id.and_then(|id| spoken.entries.get(&id));
        // Made and withdrawn again within the review: as if it had never been.
        let Some(now) = spoken.entries.get(&entered.id).filter(|_| before.is_some() || entered.void == 0) else {
            continue;
        };
        let shown = before.unwrap_or(now);
        found.push(Change {
            matter: Matter::Entry,
            act: entered.id,
            before_id: entered.before_id,
            item: counting(&edition, shown),
            about: entry_name(&edition, shown),
            before: before.map_or_else(|| "未登记".to_owned(), |entry| counted(&edition, entry)),
            now: if entered.void != 0 { "撤回".to_owned() } else { counted(&edition, now) },
        });
    }
    found.sort_by_key(|change| (change.matter, change.act));
    Ok(found)
}

/// A registered value in words.
fn said(matter: Matter, value: &str) -> String {
    match matter {
        Matter::Opinion if value == "refused" => "不认可".to_owned(),
        Matter::Opinion => "认可".to_owned(),
        Matter::Mark => format!("{value} 分"),
        Matter::Participation => Participation::from_key(value).map_or("", Participation::name).to_owned(),
        Matter::Entry => value.to_owned(),
    }
}

/// What an entry counts for.
fn counted(edition: &Edition, entry: &EntryRow) -> String {
    let unit = edition.kind(&entry.kind).map_or("", |kind| kind.unit.as_str());
    format!("{}，{} {unit}，{}", day(entry.on_day), entry.count, entry.title)
}

/// A change as pages show it, with the row of the sheet it moves.
pub struct ChangeView {
    pub matter: &'static str,
    pub act: i64,
    pub about: String,
    pub before: String,
    pub now: String,
    pub href: Option<String>,
}

/// What an open review would be decided on, and the outcome that follows.
pub struct Deciding {
    pub changes: Vec<ChangeView>,
    pub changed: bool,
}

/// What was changed since the review was asked for.
///
/// # Errors
/// Fails when the database does.
pub async fn pending(
    app: &App,
    cycle: &Cycle,
    station: &Station,
    standing: &Standing,
) -> anyhow::Result<Option<Deciding>> {
    let Some(asked) = asked(standing).filter(|_| matches!(standing.stage, Stage::Review { .. })) else {
        return Ok(None);
    };
    let acts = app.store.review_acts(cycle.year, station.id, asked.taken_at).await?;
    let found = changes(app, cycle, station, &acts).await?;
    let view = |change: Change| ChangeView {
        matter: change.matter.name(),
        act: change.act,
        href: row_href(cycle.year, station.id, &change.item),
        about: change.about,
        before: change.before,
        now: change.now,
    };
    Ok(Some(Deciding {
        changed: decision(Outcome::Change, found.len()).is_ok(),
        changes: found.into_iter().map(view).collect(),
    }))
}

fn row_href(year: i64, station: i64, item: &str) -> Option<String> {
    (!item.is_empty()).then(|| format!("{}?open={item}#row-{item}", sheet::href(year, station)))
}

/// The changes of one decision, beside its paper.
pub struct Decided {
    /// The paper, for those who may open it.
    pub paper: Option<i64>,
    pub changes: Vec<ChangeView>,
}

/// What the decisions on a station's year changed, for its page and its sheet.
///
/// # Errors
/// Fails when the database does.
pub async fn decided(app: &App, person: &Person, year: i64, station: &Station) -> anyhow::Result<Vec<Decided>> {
    let opens = opens(app, person, station);
    let mut by_paper: Vec<(i64, Decided)> = Vec::new();
    for change in app.store.review_changes(year, station.id).await? {
        let paper = change.paper_id;
        if by_paper.last().is_none_or(|(last, _)| *last != paper) {
            by_paper.push((paper, Decided { paper: opens.then_some(paper), changes: Vec::new() }));
        }
        if let Some((_, decided)) = by_paper.last_mut() {
            decided.changes.push(kept(year, station.id, change));
        }
    }
    Ok(by_paper.into_iter().map(|(_, decided)| decided).collect())
}

fn kept(year: i64, station: i64, change: ReviewChange) -> ChangeView {
    ChangeView {
        matter: Matter::from_key(&change.matter).map_or("", Matter::name),
        act: change.act_id,
        href: row_href(year, station, &change.item),
        about: change.about,
        before: change.before_text,
        now: change.now_text,
    }
}

async fn request(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, cycle, standing) = acted_on(&app, &person, Verb::RequestReview, year, id).await?;
    let text = posted.text("text");
    let (mandate, step) = requesting(&app, &person, &cycle, &station, &standing, text)?;
    if text.is_empty() || text.chars().count() > 2000 {
        return Err(Fault::Invalid("请写明申请复核的事项和理由，不超过 2000 字。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.take_step(&step).await?;
    tx.note(format!("{year} 年度 {}：申请复核", station.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=review_asked", station_href(year, id))).into_response())
}

/// 复核决定书.
#[derive(Template)]
#[template(path = "papers/review_decision.txt")]
pub struct DecisionText {
    pub issuer: String,
    pub station: String,
    pub year: i64,
    pub asked: String,
    pub reasons: String,
    /// What was changed: the kind, its number, what it is about, before and now. Without any the result stands.
    pub changes: Vec<[String; 5]>,
    pub base: String,
    pub bonus: String,
    pub total: String,
    pub dated: String,
}

/// A change as a row of the paper.
fn row(change: &Change) -> [String; 5] {
    [
        change.matter.name().to_owned(),
        format!("第{}号", change.act),
        plain(&change.about),
        plain(&change.before),
        plain(&change.now),
    ]
}

/// The decision as a paper served on the station, with every change it rests on.
///
/// # Errors
/// Fails when the template does, or the station is not of the year.
pub fn decision_paper(
    standings: &Standings,
    station: &Station,
    (asked, reasons): (&str, &str),
    found: &[Change],
    on: Date,
) -> anyhow::Result<NewPaper> {
    let scored = standings.scored.get(&station.id).with_context(|| format!("没有 {} 的评分", station.name))?;
    let text = DecisionText {
        issuer: standings.edition.head.department.clone(),
        station: plain(&station.name),
        year: standings.year,
        asked: plain(asked),
        reasons: plain(reasons),
        changes: found.iter().map(row).collect(),
        base: scored.score.base.to_string(),
        bonus: scored.score.bonus.to_string(),
        total: scored.score.total.to_string(),
        dated: in_text(on),
    };
    paper(about(standings.year, station, "review.decision", true), &text)
}

/// Writes a decision's step with its paper and the changes it rests on.
///
/// # Errors
/// See [`Tx::all`].
pub async fn keep(tx: &mut Tx<'_>, step: &NewStep, told: &NewPaper, found: &[Change]) -> store::Result<()> {
    let taken = tx.take_step(step).await?;
    let told = tx.add_paper(told).await?;
    for change in found {
        tx.add_review_change((step.year, step.station), taken, told, &change.kept()).await?;
    }
    Ok(())
}

impl Change {
    fn kept(&self) -> NewReviewChange {
        NewReviewChange {
            matter: self.matter.key(),
            act: self.act,
            before: self.before_id,
            item: self.item.clone(),
            about: self.about.clone(),
            before_text: self.before.clone(),
            now_text: self.now.clone(),
        }
    }
}

/// What the audit row says of a decision.
pub fn note(standings: &Standings, station: &Station, found: &[Change], reasons: &str) -> String {
    let head = format!("{} 年度 {}：复核", standings.year, station.name);
    let rests: Vec<String> =
        found.iter().map(|change| format!("{}第 {} 号", change.matter.name(), change.act)).collect();
    match rests.as_slice() {
        [] => format!("{head}维持，{reasons}"),
        rests => format!("{head}更正，{reasons}（依据{}）", rests.join("、")),
    }
}

async fn decide(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, cycle, standing) = acted_on(&app, &person, Verb::DecideReview, year, id).await?;
    let reasons = posted.text("reasons");
    let standings = reckon::standings(&app, year).await?;
    let scored = standings.scored.get(&id).ok_or(Fault::NotFound)?;
    let took_part = scored.participation != Participation::Absent;
    let hands = super::hands(&app, &person, Verb::DecideReview, year, &[id]).await?;
    let (mandate, mut step) = deciding(&app, &person, &cycle, &station, &standing, hands, (took_part, reasons))?;
    if reasons.is_empty() || reasons.chars().count() > 2000 {
        return Err(Fault::Invalid("请写明复核决定的理由，不超过 2000 字。".to_owned()));
    }
    let outcome = Outcome::from_key(posted.text("outcome"));
    let outcome = outcome.ok_or_else(|| Fault::Invalid("请选择维持原结果或者更正结果。".to_owned()))?;
    let asked = asked(&standing).ok_or(Fault::NotFound)?;
    let acts = app.store.review_acts(year, id, asked.taken_at).await?;
    let found = changes(&app, &cycle, &station, &acts).await?;
    decision(outcome, found.len())?;
    settled::with_points(std::slice::from_mut(&mut step), &standings);
    let today = app.clock.today();
    let told = decision_paper(&standings, &station, (&asked.reason, reasons), &found, today)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    if tx.review_acts(year, id, asked.taken_at).await? != acts {
        tx.abandon().await?;
        return Err(Fault::Conflict("复核期间刚刚登记了新的意见、评分或者认定，请刷新后再作决定。".to_owned()));
    }
    keep(&mut tx, &step, &told, &found).await?;
    if outcome == Outcome::Change {
        tx.add_paper(&feedback::sheet_paper(&standings, &station, today, today)?).await?;
    }
    tx.note(note(&standings, &station, &found, reasons));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=review_decided", station_href(year, id))).into_response())
}
