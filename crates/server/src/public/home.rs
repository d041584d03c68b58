//! The public front page, and the list of stations in force (Article 2).

use askama::Template;
use axum::extract::{OriginalUri, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use regulation::duties::warning_level::Level;
use regulation::general::Verb;
use serde::Deserialize;
use store::duties::StationFilter;

use super::everyone;
use super::feeds::Feeds;
use super::publications::Line;
use super::warnings::{Asked as Filters, HTML, cached};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::shell::{Look, Shell};

pub const HOME: &str = "/";
const STATIONS: &str = "/stations";

pub fn routes() -> Routes {
    Routes::default()
        .get(HOME, Verb::ViewPublic, front)
        .get(STATIONS, Verb::ViewPublic, stations)
        .get("/public", Verb::ViewPublic, async || Redirect::permanent(HOME))
        .get("/public/stations", Verb::ViewPublic, moved)
}

/// Where the list of stations stood before: links to it are out in the world.
async fn moved(OriginalUri(uri): OriginalUri) -> Redirect {
    Redirect::permanent(&uri.query().map_or_else(|| STATIONS.to_owned(), |query| format!("{STATIONS}?{query}")))
}

/// Whoever is signed in works at the desk; everyone else reads the front page.
async fn front(State(app): State<App>, person: Result<Person, Fault>, look: Look, headers: HeaderMap) -> Page {
    if person.is_ok() { Ok(Redirect::to("/desk").into_response()) } else { home(&app, &look, &headers).await }
}

#[derive(Template)]
#[template(path = "public/home.html")]
struct HomePage {
    shell: Shell,
    feeds: Feeds,
    warnings: Vec<super::warnings::Line>,
    industries: Vec<(String, i64)>,
    levels: [(Level, &'static str, &'static str, &'static str); 4],
    notices: Vec<Line>,
    cities: Vec<(String, String, usize)>,
    total: usize,
}

async fn home(app: &App, look: &Look, headers: &HeaderMap) -> Page {
    let in_force = StationFilter { ended: Some(false), ..StationFilter::default() };
    let stations = app.store.stations(&everyone(app), &in_force, "", 2000).await?;
    let present = app.present();
    let areas = present.edition.head.areas.iter().map(|area| {
        let count = stations.iter().filter(|station| station.city == area.code).count();
        (area.code.clone(), area.name.clone(), count)
    });
    let notices = app.store.publications((i64::MAX, i64::MAX), 8).await?;
    let (warnings, changed, industries) = super::warnings::newest(app).await?;
    let changed = changed.max(notices.iter().map(|row| row.published_at).max());
    let page = HomePage {
        shell: Shell::public(app, look, HOME).changed(changed),
        feeds: Feeds::of(&Filters::default()),
        warnings,
        industries,
        levels: Level::ALL,
        notices: notices.iter().map(|row| Line::new(row, app.clock.today())).collect(),
        cities: areas.collect(),
        total: stations.len(),
    };
    cached(headers, HTML, page.render()?)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    city: String,
    /// `1`: those that came to an end.
    ended: String,
    after: String,
}

#[derive(Template)]
#[template(path = "public/stations.html")]
struct StationsPage {
    shell: Shell,
    asked: Asked,
    cities: Vec<(String, String)>,
    lines: Vec<StationLine>,
    total: i64,
    next: Option<String>,
}

struct StationLine {
    number: String,
    name: String,
    host: String,
    city: String,
    industry: String,
    confirmed: String,
    /// Confirmed before this system: its confirmation is on an earlier document.
    legacy: bool,
    /// How it ended, when, and who carries on.
    ended: Option<(String, String, Option<String>)>,
    website: String,
}

const PAGE: usize = 50;

async fn stations(State(app): State<App>, look: Look, Query(asked): Query<Asked>) -> Page {
    let scope = everyone(&app);
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let ended = asked.ended == "1";
    let within = StationFilter { ended: Some(ended), ..StationFilter::default() };
    let filter = StationFilter { city: text(&asked.city), text: text(&asked.q), ..within };
    let mut rows = app.store.stations(&scope, &filter, &asked.after, i64::try_from(PAGE + 1).unwrap_or(51)).await?;
    let total = app.store.count_stations(&scope, &filter).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let next = rows.last().filter(|_| more).map(|row| {
        let (q, city, ended) = (encode(&asked.q), encode(&asked.city), encode(&asked.ended));
        format!("{STATIONS}?q={q}&city={city}&ended={ended}&after={}", encode(&row.number))
    });
    let present = app.present();
    let edition = &present.edition;
    let successors: Vec<i64> = rows.iter().filter_map(|row| row.merged_into).collect();
    let labels = app.store.station_labels(&scope, &successors).await?;
    let label =
        |id: i64| labels.iter().find(|(of, ..)| *of == id).map(|(_, number, name)| format!("{name}（{number}）"));
    let line = |station: store::duties::Station| StationLine {
        ended: station
            .ended_on
            .map(|on| (station.state.clone(), crate::shell::day(on), station.merged_into.and_then(label))),
        city: edition.area_name(&station.city).to_owned(),
        number: station.number,
        name: station.name,
        host: station.host_name,
        legacy: station.source == "legacy",
        industry: station.industry,
        confirmed: crate::shell::day(station.confirmed_on),
        website: station.website,
    };
    render(&StationsPage {
        shell: Shell::public(&app, &look, STATIONS),
        cities: edition.head.areas.iter().map(|area| (area.code.clone(), area.name.clone())).collect(),
        lines: rows.into_iter().map(line).collect(),
        total,
        next,
        asked,
    })
}
