//! Findings of an authority (Article 11): adoption, a case's good result, misconduct upheld. Never claimed by a station.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use regulation::appraisal::ledger::Kind;
use regulation::duties::likeness::contained;
use regulation::general::{Mandate, Refusal, Scope, Subject, Verb};
use serde::Deserialize;
use store::Tx;
use store::appraisal::{EntryFilter, EntryRow, NewEntry, Supersede};
use store::duties::{Station, StationFilter};

use super::entry::{judged, typed, unsettled};
use super::reading::scores;
use super::rows::Keys;
use super::writing::{Begun, Filing, add, answer, begin, put_files};
use super::{LEDGER, Problems, Typed, own_kinds};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::{ACCEPT, MAX_FILE, Posted};
use crate::shell::{Shell, day};

pub fn routes() -> Routes {
    Routes::default().get("/appraisal/findings/new", Verb::RecordFinding, new_page).post(
        "/appraisal/findings",
        Verb::RecordFinding,
        record,
    )
}

/// Most entries of the station a finding can be tied to.
const LISTED: usize = 200;
/// Most entries of the station its title is held against.
const COMPARED: i64 = 1000;
/// Most entries proposed, and how much of the shorter title the longer must hold, in thousandths: a person decides.
const PROPOSED: usize = 5;
const LIKE: u16 = 500;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    station: String,
    kind: String,
}

#[derive(Template)]
#[template(path = "appraisal/finding.html")]
struct FindingPage {
    shell: Shell,
    stations: Vec<(String, String)>,
    kinds: Vec<(String, String, bool)>,
    asked: Asked,
    not_found: bool,
    form: Option<FindingForm>,
}

/// The second half of the page, once station and kind are chosen.
struct FindingForm {
    once: String,
    station: String,
    station_number: String,
    kind: String,
    kind_id: String,
    evidence: String,
    scores: String,
    typed: Typed,
    outlet: String,
    problems: Problems,
    /// Reports the finding may speak of; `None` when the kind speaks of none.
    reports: Option<Vec<Choice>>,
    /// Of those the ones whose text is like what was typed, likest first; `None` until something was.
    near: Option<Vec<Choice>>,
    /// What the kind speaks of, in a word.
    about: &'static str,
    /// Entries a won case may take the place of; `None` when the kind replaces nothing.
    replaced: Option<Vec<Choice>>,
    today: String,
    accept: &'static str,
    max_bytes: usize,
}

struct Choice {
    id: i64,
    text: String,
    chosen: bool,
}

impl FindingForm {
    /// Whether an entry stands among the proposed already.
    fn proposes(&self, id: &i64) -> bool {
        self.near.iter().flatten().any(|near| near.id == *id)
    }

    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }
}

/// What was posted beside the fields every entry has.
#[derive(Clone, Default)]
struct Tied {
    outlet: String,
    about: Option<i64>,
    replaced: Option<i64>,
}

async fn new_page(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let typed = Typed { kind: asked.kind.clone(), on: app.clock.today().to_string(), ..Typed::default() };
    render(&page(&app, &person, asked, typed, Tied::default(), Problems::new()).await?)
}

async fn page(
    app: &App,
    person: &Person,
    asked: Asked,
    typed: Typed,
    tied: Tied,
    problems: Problems,
) -> Result<FindingPage, Fault> {
    let scope = person.scope_or_refuse(app, Verb::RecordFinding)?;
    let mut stations = app.store.stations(&scope, &StationFilter::default(), "", 2000).await?;
    let station = chosen_station(&stations, &asked.station).cloned();
    if let Some(station) = &station {
        finding(app, person, station)?;
    }
    stations.retain(|station| finding(app, person, station).is_ok());
    let present = app.present();
    let kinds = own_kinds(&present.edition, person.actor.role);
    let kind = kinds.iter().find(|kind| kind.id == asked.kind).copied();
    let form = match (&station, kind) {
        (Some(station), Some(kind)) => Some(form(app, &scope, station, kind, typed, tied, problems).await?),
        _ => None,
    };
    Ok(FindingPage {
        shell: Shell::new(app, person, LEDGER),
        not_found: !asked.station.trim().is_empty() && station.is_none(),
        kinds: kinds.iter().map(|kind| (kind.id.clone(), kind.name.clone(), kind.id == asked.kind)).collect(),
        stations: stations.iter().map(|station| (station.number.clone(), station.name.clone())).collect(),
        form,
        asked,
    })
}

/// Whether this person may record findings on that station. The form's choice and the submit both ask here.
fn finding(app: &App, person: &Person, station: &Station) -> Result<Mandate, Refusal> {
    person.may(app, Verb::RecordFinding, &Subject::of_station("ledger_entry", 0, &station.placed()))
}

/// A station by its number or its name, as typed or picked.
fn chosen_station<'s>(stations: &'s [Station], asked: &str) -> Option<&'s Station> {
    let asked = asked.trim();
    stations.iter().find(|station| station.number == asked || station.name == asked)
}

async fn form(
    app: &App,
    scope: &Scope,
    station: &Station,
    kind: &Kind,
    typed: Typed,
    tied: Tied,
    problems: Problems,
) -> Result<FindingForm, Fault> {
    let reports = own_entries(app, scope, station.id, &kind.about).await?;
    let replaced = own_entries(app, scope, station.id, kind.replaces.as_slice()).await?;
    let near = reports.as_ref().filter(|_| !typed.title.is_empty()).map(|rows| like(rows, &typed));
    Ok(FindingForm {
        once: random_token()?,
        station: station.name.clone(),
        station_number: station.number.clone(),
        kind: kind.name.clone(),
        kind_id: kind.id.clone(),
        evidence: kind.evidence.clone(),
        scores: scores(&app.present().edition, &kind.id),
        typed,
        outlet: tied.outlet,
        problems,
        near: near.map(|rows| rows.into_iter().map(|row| choice(row, tied.about)).collect()),
        about: about(kind),
        reports: choices(reports.as_deref(), tied.about),
        replaced: choices(replaced.as_deref(), tied.replaced),
        today: app.clock.today().to_string(),
        accept: ACCEPT,
        max_bytes: MAX_FILE,
    })
}

/// The station's live entries of some kinds, newest first; `None` where no kind is asked for.
async fn own_entries(app: &App, scope: &Scope, station: i64, kinds: &[String]) -> Result<Option<Vec<EntryRow>>, Fault> {
    if kinds.is_empty() {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for kind in kinds {
        let filter = EntryFilter { kind: Some(kind.clone()), station: Some(station), ..EntryFilter::default() };
        rows.extend(app.store.entries(scope, &filter, None, COMPARED).await?);
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.on_day, row.id)));
    Ok(Some(rows))
}

/// The entries whose text is most like what was typed: candidates, of which the official chooses, or none.
fn like<'r>(rows: &'r [EntryRow], typed: &Typed) -> Vec<&'r EntryRow> {
    let likeness = |row: &EntryRow| {
        let body =
            if typed.detail.is_empty() || row.detail.is_empty() { 0 } else { contained(&typed.detail, &row.detail) };
        contained(&typed.title, &row.title).max(body)
    };
    let mut near: Vec<(u16, &EntryRow)> = rows.iter().map(|row| (likeness(row), row)).collect();
    near.retain(|(permille, _)| *permille >= LIKE);
    near.sort_by_key(|(permille, _)| std::cmp::Reverse(*permille));
    near.into_iter().take(PROPOSED).map(|(_, row)| row).collect()
}

fn choices(rows: Option<&[EntryRow]>, chosen: Option<i64>) -> Option<Vec<Choice>> {
    rows.map(|rows| rows.iter().take(LISTED).map(|row| choice(row, chosen)).collect())
}

fn choice(row: &EntryRow, chosen: Option<i64>) -> Choice {
    Choice {
        id: row.id,
        text: format!("{}　{}（第 {} 号）", day(row.on_day), row.title, row.id),
        chosen: chosen == Some(row.id),
    }
}

/// What a kind of finding speaks of.
fn about(kind: &Kind) -> &'static str {
    if kind.about.iter().all(|kind| kind.starts_with("warning")) { "预警信息" } else { "报告" }
}

async fn record(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let scope = person.scope_or_refuse(&app, Verb::RecordFinding)?;
    let asked = Asked { station: posted.text("station").to_owned(), kind: posted.text("kind").to_owned() };
    let tied = Tied {
        outlet: posted.text("outlet").to_owned(),
        about: posted.number("about"),
        replaced: posted.number("replaced"),
    };
    let typed = typed(&posted);
    let filter = StationFilter { text: Some(asked.station.clone()), ..StationFilter::default() };
    let found = app.store.stations(&scope, &filter, "", 2000).await?;
    let station = chosen_station(&found, &asked.station).ok_or(Fault::NotFound)?;
    let (placed, present) = (station.placed(), app.present());
    let mandate = finding(&app, &person, station)?;
    let own = own_kinds(&present.edition, person.actor.role);
    let Some(kind) = own.into_iter().find(|kind| kind.id == asked.kind) else {
        return Err(Fault::Invalid("这一类不由本账户登记。".to_owned()));
    };
    if posted.checked("look") {
        return render(&page(&app, &person, asked, typed, tied, Problems::new()).await?);
    }
    let judged = judged(&app, &person, &typed, "form");
    let entry = match unsettled(&app, &person, placed.id, judged).await? {
        Ok(entry) => check_tied(&app, &scope, placed.id, kind, &entry, &tied).await?.map(|()| entry),
        Err(problems) => Err(problems),
    };
    let entry = match entry {
        Ok(entry) => entry,
        Err(problems) => return again(&page(&app, &person, asked, typed, tied, problems).await?),
    };
    let once = posted.once();
    let files = put_files(&app, posted).await?;
    let mut tx = match begin(&app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    if let Some(problem) = found_before(&mut tx, placed.id, &entry, &tied).await? {
        tx.abandon().await?;
        return again(&page(&app, &person, asked, typed, tied, vec![problem]).await?);
    }
    let supersede = tied.replaced.map(|entry| Supersede { entry, void: false });
    let (mandate, station, entry) = (&mandate, &placed, &entry);
    let filing = Filing { mandate, station, entry, supersede, files: &files, once: None, done: "" };
    let id = add(&mut tx, &app, &filing).await?;
    tx.add_finding(id, tied.about, &tied.outlet).await?;
    answer(tx, once.as_deref(), &format!("{LEDGER}/{id}?done=found")).await
}

fn again(page: &FindingPage) -> Page {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// Whether what the finding is tied to is the station's, of the right kind, and still counts.
async fn check_tied(
    app: &App,
    scope: &Scope,
    station: i64,
    kind: &Kind,
    entry: &NewEntry,
    tied: &Tied,
) -> Result<Result<(), Problems>, Fault> {
    let problem = |field, sentence: &str| Ok(Err(vec![(field, sentence.to_owned())]));
    if tied.outlet.chars().count() > 100 {
        return problem("outlet", "单位名称不超过 100 字。");
    }
    let about_word = about(kind);
    if let Some(about) = tied.about {
        let report = own_live(app, scope, station, about).await?;
        if report.is_none_or(|report| !kind.about.contains(&report.kind)) {
            return problem("about", &format!("所选{0}不是该站现行的{0}，请重新选择。", about_word));
        }
        if tied.outlet.is_empty() {
            return problem("outlet", &format!("请填写采纳采编单位：同一{about_word}同一单位只认定一次。"));
        }
    }
    let Some(replaced) = tied.replaced else { return Ok(Ok(())) };
    let Some(old) =
        own_live(app, scope, station, replaced).await?.filter(|old| kind.replaces.as_ref() == Some(&old.kind))
    else {
        return problem("replaced", "所选记录不是该站现行的参与记录，请重新选择。");
    };
    if old.on_day / 10_000 != entry.on_day / 10_000 {
        return problem("replaced", "被替代的记录应与认定日期在同一年度；以前年度的参与记录照计，不替代。");
    }
    if old.count > 1 {
        return problem("replaced", "该笔合并登记了多件，请先由工作站更正为一件一笔。");
    }
    Ok(Ok(()))
}

async fn own_live(app: &App, scope: &Scope, station: i64, entry: i64) -> Result<Option<EntryRow>, Fault> {
    let row = app.store.entry(scope, entry).await?;
    Ok(row.filter(|row| row.station_id == station && row.live()))
}

/// The same finding made before: same report and same outlet, or the same page or title and day under the same kind. Asked
/// while nobody else can write under the station.
async fn found_before(
    tx: &mut Tx<'_>,
    station: i64,
    entry: &NewEntry,
    tied: &Tied,
) -> Result<Option<(&'static str, String)>, Fault> {
    let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    tx.hold_station(station).await?;
    if let Some(report) = tied.about {
        let before = tx.findings_about(report).await?;
        if let Some((id, outlet)) = before.into_iter().find(|(_, outlet)| plain(outlet) == plain(&tied.outlet)) {
            return Ok(Some((
                "outlet",
                format!("所选的一份已认定由{outlet}采纳采编（第 {id} 号），同一文件同一单位只认定一次。"),
            )));
        }
    }
    let keys = tx.entry_keys(station, &entry.kind, entry.on_day / 10_000).await?;
    if Keys::of(&keys, false).knows(entry) {
        return Ok(Some(("title", "该站已有网址相同，或日期和标题都相同的同类认定。".to_owned())));
    }
    Ok(None)
}
