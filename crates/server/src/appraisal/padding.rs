//! 需要核对 (readings K62, K101, K102 and K99): what of a station's published items a reviewer should look at, month by month,
//! and what others published before it. The station sees the same before the year ends. Nothing here changes a count: the
//! reviewer's opinion on the entry does.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use askama::Template;
use axum::extract::{Path, State};
use jiff::civil::{Date, DateTime};
use regulation::appraisal::sheet::Item as Row;
use regulation::duties::likeness::Verdict;
use regulation::duties::padding::{Finding, Item, Limits, Pattern, findings};
use regulation::duties::published::{Published, compare, compared};
use regulation::general::{Refusal, Scope, Verb};
use regulation::law::Edition;
use store::appraisal::{Elsewhere, Opinion, PublishedEntry as Entry};
use store::duties::Station;

use super::evidence::{ENTRY, OpinionView, assessment, opinions_on};
use super::inspection::settled;
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::shell::{Shell, day, moment_of};

pub fn routes() -> Routes {
    Routes::default().get("/appraisal/cycles/{year}/stations/{id}/padding", Verb::ViewSheet, show)
}

/// Where what to look at of a station's year is shown.
pub fn href(year: i64, station: i64) -> String {
    format!("{}/padding", super::sheet::href(year, station))
}

/// Most entries of a year looked at, and most of all stations' held against a hundred of them.
const MOST: i64 = 1000;
/// Most of those compared with one entry.
const HELD: usize = 100;
/// Most lines of what was published before elsewhere.
const LISTED: usize = 200;
/// Characters of a text shown for comparison.
const SHOWN: usize = 120;

#[derive(Template)]
#[template(path = "appraisal/padding.html")]
struct PaddingPage {
    shell: Shell,
    year: i64,
    station: Station,
    /// The sheet of the year.
    here: String,
    /// Key of the row that counts the items.
    item: String,
    unit: String,
    months: Vec<Month>,
    before: Vec<Before>,
    more: bool,
    counted: i64,
    uncounted: i64,
    /// `None` for who never gives opinions on evidence.
    assess: Option<Result<(), Refusal>>,
    reading: bool,
}

struct Month {
    name: String,
    findings: Vec<Found>,
}

struct Found {
    name: &'static str,
    class: &'static str,
    sentence: String,
    reading: &'static str,
    lines: Vec<Line>,
}

#[derive(Clone)]
struct Line {
    id: i64,
    title: String,
    text: String,
    url: String,
    published: String,
    recorded: String,
    /// Why it does not count.
    uncounted: Option<String>,
    opinions: Vec<(&'static str, String)>,
}

/// An entry with what was published before it, by another station or in another month.
struct Before {
    own: Line,
    same: bool,
    id: i64,
    /// Whether who looks may open that entry.
    open: bool,
    title: String,
    text: String,
    url: String,
    station: String,
    on: String,
}

async fn show(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewSheet)?;
    let station = app.store.station(&scope, id).await?;
    let station = station.ok_or_else(|| person.out_of_sight(&app, Verb::ViewSheet, id))?;
    if !(2000..=9998).contains(&year) {
        return Err(Fault::NotFound);
    }
    let edition = app.edition_of(year).await?;
    let (row, kind) = counted_row(&edition).ok_or(Fault::NotFound)?;
    let entries = app.store.published_items(id, kind, year, MOST).await?;
    let opinions = app.store.opinions(&scope, year, Some(id)).await?;
    let lines: HashMap<i64, Line> = entries.iter().map(|entry| (entry.id, line(entry, &opinions))).collect();
    let live: Vec<&Entry> = entries.iter().filter(|entry| entry.gone_at.is_none()).collect();
    let (before, more) = before(&app, &person, id, year, &live, &lines).await?;
    let total = |counts: bool| -> i64 {
        live.iter().filter(|entry| entry.repeats.is_none() == counts).map(|entry| entry.count).sum()
    };
    render(&PaddingPage {
        shell: Shell::new(&app, &person, "/appraisal/cycles"),
        here: super::sheet::href(year, id),
        item: row.id.clone(),
        unit: edition.kind(kind).map(|kind| kind.unit.clone()).unwrap_or_default(),
        months: months(&edition, year, &entries, &lines)?,
        before,
        more,
        counted: total(true),
        uncounted: total(false),
        assess: assess(&app, &person, &station, year).await?,
        reading: compared(&edition, kind),
        year,
        station,
    })
}

/// The row counted by the month, and its kind of entry.
fn counted_row(edition: &Edition) -> Option<(&Row, &str)> {
    let (row, _) = edition.sheet.monthly()?;
    Some((row, row.rule.kinds().first().copied()?))
}

async fn assess(
    app: &App,
    person: &Person,
    station: &Station,
    year: i64,
) -> Result<Option<Result<(), Refusal>>, Fault> {
    if person.scope(app, Verb::AssessEvidence) == Scope::Nothing {
        return Ok(None);
    }
    let stage = settled::stage_of(app, year, station.id).await?;
    let present = app.present();
    let cycle = present.cycles.iter().find(|cycle| cycle.year == year);
    Ok(Some(assessment(app, person, station, year, cycle, &stage).map(drop)))
}

fn line(entry: &Entry, opinions: &[Opinion]) -> Line {
    let time = match entry.minute {
        0 => String::new(),
        minute => format!(" {:02}:{:02}", minute / 60, minute % 60),
    };
    let views = opinions_on(opinions, ENTRY, entry.id);
    Line {
        id: entry.id,
        title: entry.title.clone(),
        text: excerpt(&entry.detail),
        url: shown_url(&entry.url),
        published: format!("{}{time}", day(entry.on_day)),
        recorded: moment_of(entry.recorded_at),
        uncounted: match (entry.gone_at, entry.repeats) {
            (Some(at), _) => Some(format!("{} 撤回", moment_of(at))),
            (None, Some(first)) => Some(format!("与第 {first} 号内容相同，不重复计数")),
            (None, None) => None,
        },
        opinions: views.into_iter().map(|OpinionView { class, text }| (class, text)).collect(),
    }
}

fn excerpt(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// An address that may be followed.
fn shown_url(url: &str) -> String {
    if super::ledger::web_address(url) { url.to_owned() } else { String::new() }
}

/// What to look at in each month, the months without anything left out.
fn months(edition: &Edition, year: i64, entries: &[Entry], lines: &HashMap<i64, Line>) -> Result<Vec<Month>, Fault> {
    let limits = Limits::of(edition);
    let mut by_month: BTreeMap<i64, (Vec<Item>, Vec<Item>)> = BTreeMap::new();
    for entry in entries {
        let (live, gone) = by_month.entry(entry.on_day / 100 % 100).or_default();
        if entry.gone_at.is_some() { gone } else { live }.push(item(entry)?);
    }
    let mut months = Vec::new();
    for (month, (live, gone)) in by_month {
        let first = store::date_from(year * 10_000 + month * 100 + 1)?;
        let mut found = findings(first, &live, &limits);
        found.extend(findings(first, &gone, &limits).into_iter().filter(|found| found.pattern == Pattern::Deleted));
        if !found.is_empty() {
            let findings = found.into_iter().map(|finding| found_of(finding, lines)).collect();
            months.push(Month { name: format!("{month}月"), findings });
        }
    }
    Ok(months)
}

fn item(entry: &Entry) -> Result<Item, Fault> {
    let minute = i8::try_from(entry.minute % 60).unwrap_or_default();
    let published =
        store::date_from(entry.on_day)?.at(i8::try_from(entry.minute / 60).unwrap_or_default(), minute, 0, 0);
    Ok(Item {
        key: entry.id,
        published,
        recorded: china(entry.recorded_at),
        deleted: entry.gone_at.map(|at| -> Date { china(at).date() }),
        text: entry.published(),
    })
}

fn china(at: i64) -> DateTime {
    store::china().to_datetime(store::instant_from(at))
}

fn found_of(finding: Finding, lines: &HashMap<i64, Line>) -> Found {
    let (name, class) = match finding.pattern {
        Pattern::Repeated => ("相同", "bad"),
        Pattern::Similar => ("近似", "warn"),
        Pattern::Backdated => ("补录日期", "warn"),
        Pattern::MonthEnd => ("月末集中", "warn"),
        Pattern::Burst => ("集中发布", "warn"),
        Pattern::Deleted => ("发布后删除", "bad"),
    };
    Found {
        name,
        class,
        sentence: finding.sentence,
        reading: finding.reading,
        lines: finding.items.iter().filter_map(|key| lines.get(key).cloned()).collect(),
    }
}

/// For each live entry the oldest of what is the same, or failing that near, published before it by another station or by the
/// same in another month; and whether there is more than is listed.
async fn before(
    app: &App,
    person: &Person,
    station: i64,
    year: i64,
    live: &[&Entry],
    lines: &HashMap<i64, Line>,
) -> Result<(Vec<Before>, bool), Fault> {
    let texts: Vec<Published> = live.iter().map(|entry| entry.published()).collect();
    let others = app.store.published_elsewhere(&texts, year * 10_000 + 1231, MOST).await?;
    // By each key, the oldest first.
    let others: BTreeMap<(i64, i64), (Published, Elsewhere)> =
        others.into_iter().map(|other| ((other.on_day, other.id), (other.published(), other))).collect();
    let mut by_key: HashMap<i64, Vec<(i64, i64)>> = HashMap::new();
    for (place, (other, _)) in &others {
        for key in other.keys() {
            by_key.entry(key).or_default().push(*place);
        }
    }
    let sight = person.scope(app, Verb::ViewLedger);
    let mut found = Vec::new();
    for (entry, text) in live.iter().zip(&texts) {
        let elsewhere = |other: &Elsewhere| other.station_id != station || other.on_day / 100 != entry.on_day / 100;
        let places = text.keys().into_iter().filter_map(|key| by_key.get(&key)).flatten();
        let places: BTreeSet<(i64, i64)> = places.filter(|place| **place < (entry.on_day, entry.id)).copied().collect();
        let earlier = places.iter().filter_map(|place| others.get(place)).filter(|(_, other)| elsewhere(other));
        let verdicts = earlier.take(HELD).map(|(of, other)| (compare(of, text), other));
        let alike: Vec<(Verdict, &Elsewhere)> =
            verdicts.filter(|(verdict, _)| *verdict != Verdict::Different).collect();
        let same = alike.iter().find(|(verdict, _)| *verdict == Verdict::Same);
        let (Some((verdict, other)), Some(own)) = (same.or_else(|| alike.first()), lines.get(&entry.id)) else {
            continue;
        };
        found.push(Before {
            own: own.clone(),
            same: *verdict == Verdict::Same,
            id: other.id,
            open: sight == Scope::All || (other.station_id == station && sight != Scope::Nothing),
            title: other.title.clone(),
            text: excerpt(&other.detail),
            url: shown_url(&other.url),
            station: other.station.clone(),
            on: day(other.on_day),
        });
    }
    found.sort_by_key(|one| !one.same);
    let more = found.len() > LISTED;
    found.truncate(LISTED);
    Ok((found, more))
}
