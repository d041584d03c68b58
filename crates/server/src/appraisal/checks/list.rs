//! The stations of a year with where their on-site checks stand.

use askama::Template;
use axum::extract::{Query, State};
use regulation::appraisal::checklist::Standing;
use regulation::general::{Refusal, Scope, Verb};
use serde::Deserialize;
use store::appraisal::CheckHead;
use store::duties::{Station, StationFilter};

use super::super::reckon;
use super::{Layer, PATH, Target, checking, href};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::shell::{Shell, thousands};

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::ViewChecks, list)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    year: Option<i64>,
    q: String,
    city: String,
    after: String,
}

#[derive(Template)]
#[template(path = "appraisal/checks.html")]
struct ChecksPage {
    shell: Shell,
    /// Whose checks held in this browser are named.
    account: i64,
    year: i64,
    years: Vec<i64>,
    due: String,
    asked: Asked,
    cities: Vec<(String, String)>,
    lines: Vec<Line>,
    total: String,
    next: Option<String>,
    /// This person's own layer, where they check.
    own: Option<&'static str>,
    may_sample: bool,
}

struct Line {
    number: String,
    name: String,
    city: String,
    managed: &'static str,
    sampled: bool,
    city_check: Cell,
    province_check: Cell,
    evaluations: Vec<Cell>,
    /// The way to the form; `None` for those who check nothing.
    act: Option<Act>,
}

/// The way to the form and what the button says. Refused, it stays and leads to the reason.
struct Act {
    href: String,
    what: &'static str,
    refused: Option<Refusal>,
}

/// Where one check stands.
struct Cell {
    state: &'static str,
    class: &'static str,
    /// The record, when it may be read.
    record: Option<i64>,
}

const PAGE: i64 = 50;

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewChecks)?;
    let present = app.present();
    let year = asked.year.unwrap_or(present.year);
    let edition = app.edition_of(year).await?;
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = StationFilter { city: text(&asked.city), text: text(&asked.q), ..StationFilter::default() };
    let mut stations = app.store.stations(&scope, &filter, &asked.after, PAGE + 1).await?;
    let total = app.store.count_stations(&scope, &filter).await?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = stations.len() > most;
    stations.truncate(most);
    let next = stations.last().filter(|_| more).map(|station| next_page(year, &asked, &station.number));
    let ids: Vec<i64> = stations.iter().map(|station| station.id).collect();
    let heads = app.store.check_heads(&scope, year, &ids).await?;
    let sampled: Vec<i64> = app.store.sampled(&scope, year).await?.iter().map(|drawn| drawn.station_id).collect();
    let due = present.due("appraisal.city_check", year);
    let late = due.is_some_and(|due| due.passed(app.clock.civil())) && person.actor.assigned.is_empty();
    let layer = Layer::of(person.actor.role);
    let checks = person.scope(&app, Verb::CheckOnSite) != Scope::Nothing;
    let mut lines = Vec::new();
    for station in stations.into_iter().filter(|station| reckon::active(station, year)) {
        let own: Vec<&CheckHead> = heads.iter().filter(|head| head.station_id == station.id).collect();
        let act = match layer.filter(|_| checks) {
            Some(layer) => Some(act(&app, &person, year, layer, &station, &own, &sampled).await?),
            None => None,
        };
        let mut line = line(&edition, &person, station, &own, &sampled, act);
        if late && line.city_check.record.is_none() && line.managed == "市管" {
            line.city_check = Cell { state: "逾期未查", class: "bad", record: None };
        }
        lines.push(line);
    }
    render(&ChecksPage {
        shell: Shell::new(&app, &person, PATH),
        account: person.actor.account,
        year,
        years: present.cycles.iter().map(|cycle| cycle.year).collect(),
        due: due.map(|due| due.text()).unwrap_or_default(),
        cities: match scope {
            Scope::All => edition.head.areas.iter().map(|area| (area.code.clone(), area.name.clone())).collect(),
            _ => Vec::new(),
        },
        lines,
        total: thousands(total),
        next,
        own: layer.filter(|_| checks).map(Layer::name),
        may_sample: person.scope(&app, Verb::DrawSample) != Scope::Nothing,
        asked,
    })
}

fn next_page(year: i64, asked: &Asked, after: &str) -> String {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    format!("{PATH}?year={year}&q={}&city={}&after={}", encode(&asked.q), encode(&asked.city), encode(after))
}

/// The way to the form, by the very function the form and its submit ask.
async fn act(
    app: &App,
    person: &Person,
    year: i64,
    layer: Layer,
    station: &Station,
    heads: &[&CheckHead],
    sampled: &[i64],
) -> Result<Act, Fault> {
    let assessor = if layer == Layer::Evaluator { person.actor.account } else { 0 };
    let target = Target {
        year,
        cycle: app.present().cycles.iter().find(|cycle| cycle.year == year).cloned(),
        edition: app.edition_of(year).await?,
        layer,
        assessor,
        sampled: sampled.contains(&station.id),
        station: station.clone(),
    };
    let begun = heads.iter().find(|head| head.layer == layer.key() && head.assessor == assessor);
    let what = match begun.map(|head| head.state.as_str()) {
        None => "检查",
        Some("finished") => "更正",
        Some(_) => "继续检查",
    };
    Ok(Act { href: href(year, station.id), what, refused: checking(app, person, &target).err() })
}

fn line(
    edition: &regulation::law::Edition,
    person: &Person,
    station: Station,
    heads: &[&CheckHead],
    sampled: &[i64],
    act: Option<Act>,
) -> Line {
    let of = |layer: &str| heads.iter().find(|head| head.layer == layer).copied();
    let evaluator = Layer::of(person.actor.role) == Some(Layer::Evaluator);
    let theirs = |head: &&&CheckHead| !evaluator || head.assessor == person.actor.account;
    let evaluations = heads.iter().filter(|head| head.layer == "evaluator").filter(theirs);
    let hidden = |head: Option<&CheckHead>| if evaluator { cell(None) } else { cell(head) };
    Line {
        evaluations: evaluations.map(|head| cell(Some(head))).collect(),
        city_check: hidden(of("city")),
        province_check: hidden(of("province")),
        sampled: sampled.contains(&station.id),
        city: edition.area_name(&station.city).to_owned(),
        managed: station.manager().name(),
        number: station.number,
        name: station.name,
        act,
    }
}

fn cell(head: Option<&CheckHead>) -> Cell {
    match head.and_then(|head| Standing::from_key(&head.state).map(|standing| (head, standing))) {
        None => Cell { state: "未查", class: "", record: None },
        Some((_, Standing::Draft)) => Cell { state: Standing::Draft.name(), class: "warn", record: None },
        Some((head, Standing::Excused)) => Cell { state: "已说明原因", class: "warn", record: Some(head.id) },
        Some((head, Standing::Finished)) => {
            Cell { state: Standing::Finished.name(), class: "ok", record: Some(head.id) }
        }
    }
}
