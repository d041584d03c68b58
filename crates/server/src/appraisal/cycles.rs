//! 年度评估: the years, and the stations of one year.

pub mod opening;

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use regulation::Points;
use regulation::appraisal::grade::{Grade, Participation};
use regulation::general::{Due, Refusal, Scope, Verb};
use regulation::law::Edition;
use serde::Deserialize;
use store::appraisal::{Cycle, Layer, Submission};
use store::duties::{Station, StationFilter};

use super::ranking::grade_class;
use super::reckon;
use super::sheet::href;
use super::submission::{deadline, is_late, over};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::shell::{Shell, moment_of, thousands};

const PATH: &str = "/appraisal/cycles";

pub fn routes() -> Routes {
    Routes::default()
        .get(PATH, Verb::ViewSheet, list)
        .get("/appraisal/cycles/{year}", Verb::ViewSheet, show)
        .with(opening::routes())
}

#[derive(Template)]
#[template(path = "appraisal/cycles.html")]
struct CyclesPage {
    shell: Shell,
    rows: Vec<CycleRow>,
    /// Opening a year: `None` for roles that never do.
    open: Option<Result<i64, Refusal>>,
    several: bool,
}

struct CycleRow {
    year: i64,
    edition: String,
    pass_mark: String,
    state: &'static str,
    class: &'static str,
    when: String,
    stations: String,
    submitted: String,
    grades: Option<[i64; 3]>,
}

/// A cycle's state in words, with its mark.
fn state_of(cycle: &Cycle) -> (&'static str, &'static str) {
    if cycle.state == "confirmed" { ("等次已确认", "ok") } else { ("评估中", "warn") }
}

async fn list(State(app): State<App>, person: Person) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewSheet)?;
    let present = app.present();
    let submitted: HashMap<i64, i64> = app.store.submission_counts(&scope).await?.into_iter().collect();
    let mut grades: BTreeMap<i64, Vec<(String, i64)>> = BTreeMap::new();
    for (year, grade, count) in app.store.grade_counts(&scope).await? {
        grades.entry(year).or_default().push((grade, count));
    }
    let stations = app.store.count_stations(&scope, &StationFilter::default()).await?;
    let mut rows = Vec::new();
    for cycle in &present.cycles {
        let edition = app.edition_of(cycle.year).await?;
        rows.push(cycle_row(cycle, &edition, stations, submitted.get(&cycle.year), grades.get(&cycle.year)));
    }
    render(&CyclesPage {
        shell: Shell::new(&app, &person, PATH),
        rows,
        open: opening::offer(&app, &person).await?,
        several: !matches!(scope, Scope::Stations(_)),
    })
}

fn cycle_row(
    cycle: &Cycle,
    edition: &Edition,
    stations: i64,
    submitted: Option<&i64>,
    grades: Option<&Vec<(String, i64)>>,
) -> CycleRow {
    let (state, class) = state_of(cycle);
    let count = |grade: Grade| {
        let of = |(name, count): &(String, i64)| (name == grade.name()).then_some(*count);
        grades.and_then(|grades| grades.iter().find_map(of)).unwrap_or_default()
    };
    // A confirmed year has its own number of stations; an open one those there are.
    let all = grades.map_or(stations, |grades| grades.iter().map(|(_, count)| count).sum());
    CycleRow {
        year: cycle.year,
        edition: format!("{}（{}）", edition.head.id, edition.head.status),
        pass_mark: Points::from_tenths(cycle.pass_mark).to_string(),
        state,
        class,
        when: match cycle.confirmed_at {
            Some(at) => format!("{} 确认", moment_of(at)),
            None => format!("{} 开启", moment_of(cycle.opened_at)),
        },
        stations: thousands(all),
        submitted: thousands(submitted.copied().unwrap_or_default()),
        grades: (cycle.state == "confirmed")
            .then(|| [count(Grade::Excellent), count(Grade::Qualified), count(Grade::Unqualified)]),
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    city: String,
    after: String,
}

#[derive(Template)]
#[template(path = "appraisal/cycle.html")]
struct CyclePage {
    shell: Shell,
    year: i64,
    state: &'static str,
    class: &'static str,
    opened: String,
    closed: Option<String>,
    asked: Asked,
    cities: Vec<(String, String)>,
    lines: Vec<StationLine>,
    total: String,
    next: Option<String>,
    confirmed: bool,
    parameters: Vec<Parameter>,
    may_rank: bool,
    may_assign: bool,
    may_dun: bool,
    submitted: i64,
}

struct StationLine {
    id: i64,
    number: String,
    name: String,
    city: String,
    managed: &'static str,
    base: String,
    bonus: String,
    total: String,
    grade: String,
    class: &'static str,
    submitted: String,
    late: bool,
    note: &'static str,
}

/// A frozen number of the year, with its ground.
pub struct Parameter {
    pub name: String,
    pub value: String,
    pub basis: String,
    pub tag: Option<String>,
}

/// Stations on one page.
const PAGE: i64 = 50;

async fn show(State(app): State<App>, person: Person, Path(year): Path<i64>, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewSheet)?;
    if let Some(station) = person.actor.station {
        return Ok(Redirect::to(&href(year, station)).into_response());
    }
    let cycle = app.present().cycles.iter().find(|cycle| cycle.year == year).cloned().ok_or(Fault::NotFound)?;
    let edition = app.edition_of(year).await?;
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = StationFilter { city: text(&asked.city), text: text(&asked.q), ..StationFilter::default() };
    let mut stations = app.store.stations(&scope, &filter, &asked.after, PAGE + 1).await?;
    let total = app.store.count_stations(&scope, &filter).await?;
    let more = stations.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    stations.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = stations.last().filter(|_| more).map(|station| next_page(year, &asked, &station.number));
    let firsts = app.store.first_submissions(year).await?;
    let lines = match cycle.state.as_str() {
        "confirmed" => confirmed_lines(&app, &edition, year, &stations).await?,
        _ => open_lines(&app, &edition, year, &stations).await?,
    };
    let (state, class) = state_of(&cycle);
    let due = deadline(&app, year);
    let parameters = opening::frozen(&app, &edition, &cycle).await?;
    let may = |verb| person.scope(&app, verb) != Scope::Nothing;
    render(&CyclePage {
        shell: Shell::new(&app, &person, PATH),
        year,
        state,
        class,
        confirmed: cycle.state == "confirmed",
        cities: if scope == Scope::All {
            edition.head.areas.iter().map(|area| (area.code.clone(), area.name.clone())).collect()
        } else {
            Vec::new()
        },
        submitted: i64::try_from(firsts.len()).unwrap_or_default(),
        lines: lines.into_iter().map(|line| with_receipt(line, due, &firsts)).collect(),
        total: thousands(total),
        next,
        parameters,
        may_dun: may(Verb::ViewDunning),
        may_rank: may(Verb::ViewRanking),
        may_assign: may(Verb::AssignAssessor),
        opened: format!("{}　{}", moment_of(cycle.opened_at), cycle.opened_by),
        closed: cycle.confirmed_at.map(|at| format!("{}　{}", moment_of(at), cycle.confirmed_by.unwrap_or_default())),
        asked,
    })
}

fn next_page(year: i64, asked: &Asked, after: &str) -> String {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    format!("{PATH}/{year}?q={}&city={}&after={}", encode(&asked.q), encode(&asked.city), encode(after))
}

fn station_line(edition: &Edition, station: &Station) -> StationLine {
    StationLine {
        id: station.id,
        number: station.number.clone(),
        name: station.name.clone(),
        city: edition.area_name(&station.city).to_owned(),
        managed: station.manager().name(),
        base: String::new(),
        bonus: String::new(),
        total: String::new(),
        grade: String::new(),
        class: "",
        submitted: String::new(),
        late: false,
        note: "",
    }
}

fn with_receipt(line: StationLine, due: Option<Due>, firsts: &[Submission]) -> StationLine {
    let Some(first) = firsts.iter().find(|first| first.station_id == line.id) else { return line };
    StationLine { submitted: moment_of(first.submitted_at), late: is_late(due, first), ..line }
}

/// Scores only the stations on the page.
async fn open_lines(app: &App, edition: &Edition, year: i64, stations: &[Station]) -> Result<Vec<StationLine>, Fault> {
    let ids = stations.iter().map(|station| station.id).collect();
    let dossiers = app.store.dossiers(edition, &Scope::Stations(ids), year).await?;
    let found = reckon::found(&app.store, year).await?;
    let due = over(app, year);
    let cycle = app.present().cycles.iter().find(|cycle| cycle.year == year).cloned();
    let policy = cycle.map(|cycle| cycle.first_year()).transpose()?.unwrap_or_default();
    let line = |station: &Station| {
        let score = reckon::in_layer(edition, dossiers.get(&station.id)?, Layer::Province, year);
        let participation = reckon::participation(station, found.get(&station.id).map(String::as_str), year, policy);
        Some(StationLine {
            base: score.base.to_string(),
            bonus: score.bonus.to_string(),
            total: score.total.to_string(),
            note: match participation {
                Participation::OnTime if due => "逾期未报",
                Participation::OnTime => "",
                other => other.name(),
            },
            ..station_line(edition, station)
        })
    };
    Ok(stations.iter().filter(|station| reckon::active(station, year)).filter_map(line).collect())
}

async fn confirmed_lines(
    app: &App,
    edition: &Edition,
    year: i64,
    stations: &[Station],
) -> Result<Vec<StationLine>, Fault> {
    let ids = stations.iter().map(|station| station.id).collect();
    let results = app.store.results(&Scope::Stations(ids), year).await?;
    let line = |station: &Station| {
        let result = results.iter().find(|result| result.station_id == station.id)?;
        Some(StationLine {
            base: Points::from_tenths(result.base).to_string(),
            bonus: Points::from_tenths(result.bonus).to_string(),
            total: Points::from_tenths(result.total).to_string(),
            class: grade_class(&result.grade),
            grade: result.grade.clone(),
            ..station_line(edition, station)
        })
    };
    Ok(stations.iter().filter_map(line).collect())
}
