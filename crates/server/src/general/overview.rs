//! 全省概览: stations by state, on the sketch map, and by industry and city (Articles 3, 7; reading K26).

use askama::Template;
use axum::extract::State;
use regulation::duties::coverage::{Coverage, Field, Held, Row, Standing, coverage};
use regulation::general::Verb;
use regulation::law::Edition;
use store::duties::StationGroup;

use crate::address::address;
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::duties::{AT_WORK, COMPREHENSIVE, STATES, STATIONS, UNRECORDED, state_class};
use crate::error::Page;
use crate::shell::{Shell, thousands};

const PATH: &str = "/general/overview";

/// Names of an industry shown in its row; the registry has the rest.
const NAMES: usize = 3;

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::ViewOverview, show)
}

#[derive(Template)]
#[template(path = "general/overview.html")]
struct OverviewPage {
    shell: Shell,
    jurisdiction: String,
    all: Figure,
    states: Vec<StateView>,
    /// Rows of the sketch map; none when the edition places no cities.
    map: Vec<Vec<Option<TileView>>>,
    bare: String,
    heads: Vec<String>,
    lines: Vec<Line>,
    totals: Vec<Figure>,
    total: Figure,
    industries: usize,
    overlaps: usize,
    gaps: usize,
}

/// A number and the stations behind it.
struct Figure {
    count: i64,
    text: String,
    href: String,
}

impl Figure {
    fn new(count: i64, pairs: &[(&str, &str)]) -> Figure {
        Figure { count, text: thousands(count), href: address(STATIONS, pairs) }
    }
}

struct StateView {
    name: &'static str,
    class: &'static str,
    figure: Figure,
}

struct TileView {
    name: String,
    /// 0 without stations, 3 with the most.
    depth: i64,
    figure: Figure,
}

struct Line {
    code: String,
    names: String,
    cells: Vec<Figure>,
    total: Figure,
    standing: &'static str,
    class: &'static str,
}

async fn show(State(app): State<App>, person: Person) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewOverview)?;
    let present = app.present();
    let edition = &present.edition;
    let groups = app.store.station_groups(&scope).await?;
    let laid = lay_out(edition, &groups);
    let bare: Vec<&str> = laid.bare_cities().map(|city| edition.area_name(city)).collect();
    render(&OverviewPage {
        shell: Shell::new(&app, &person, PATH),
        jurisdiction: edition.head.jurisdiction.clone(),
        all: Figure::new(groups.iter().map(|group| group.stations).sum(), &[]),
        states: STATES.iter().map(|state| by_state(state, &groups)).collect(),
        map: map(edition, &laid),
        bare: bare.join("、"),
        heads: laid.cities.iter().map(|city| short(edition.area_name(city))).collect(),
        lines: laid.rows.iter().map(|row| line(&laid.cities, row)).collect(),
        totals: laid.cities.iter().zip(&laid.totals).map(|(city, total)| in_city(city, *total)).collect(),
        total: Figure::new(laid.total, &[("state", AT_WORK)]),
        industries: laid.count(Standing::Single) + laid.count(Standing::Overlap),
        overlaps: laid.count(Standing::Overlap),
        gaps: laid.count(Standing::Gap),
    })
}

fn lay_out(edition: &Edition, groups: &[StationGroup]) -> Coverage {
    let held = |group: &StationGroup| Held {
        city: group.city.clone(),
        industry_code: group.industry_code.clone(),
        industry: group.industry.clone(),
        comprehensive: group.comprehensive != 0,
        state: group.state.clone(),
        stations: group.stations,
    };
    let held: Vec<Held> = groups.iter().map(held).collect();
    let cities: Vec<&str> = edition.head.areas.iter().map(|area| area.code.as_str()).collect();
    coverage(&held, &cities, edition.class_digits())
}

fn by_state(name: &'static str, groups: &[StationGroup]) -> StateView {
    let count = groups.iter().filter(|group| group.state == name).map(|group| group.stations).sum();
    StateView { name, class: state_class(name), figure: Figure::new(count, &[("state", name)]) }
}

fn in_city(city: &str, count: i64) -> Figure {
    Figure::new(count, &[("city", city), ("state", AT_WORK)])
}

/// A city's name without the suffix a narrow column has no room for.
fn short(name: &str) -> String {
    name.strip_suffix('市').unwrap_or(name).to_owned()
}

/// The sketch map, when the edition says where every city lies.
fn map(edition: &Edition, laid: &Coverage) -> Vec<Vec<Option<TileView>>> {
    let areas = &edition.head.areas;
    let Some(tiles) = areas.iter().map(|area| area.tile).collect::<Option<Vec<_>>>() else { return Vec::new() };
    let most = laid.totals.iter().copied().max().unwrap_or(0).max(1);
    let rows = tiles.iter().map(|tile| tile.row).max().unwrap_or(0);
    let columns = tiles.iter().map(|tile| tile.column).max().unwrap_or(0);
    let square = |row, column| {
        let ix = tiles.iter().position(|tile| (tile.row, tile.column) == (row, column))?;
        let total = laid.totals[ix];
        let depth = (total * 3 + most - 1) / most;
        Some(TileView { name: short(&areas[ix].name), depth, figure: in_city(&areas[ix].code, total) })
    };
    (1..=rows).map(|row| (1..=columns).map(|column| square(row, column)).collect()).collect()
}

fn line(cities: &[String], row: &Row) -> Line {
    let (code, industry) = match &row.field {
        Field::Class(class) if class.is_empty() => ("", UNRECORDED),
        Field::Class(class) => (class.as_str(), class.as_str()),
        Field::Comprehensive => ("", COMPREHENSIVE),
    };
    let at = |city: &str, count| Figure::new(count, &[("city", city), ("state", AT_WORK), ("industry", industry)]);
    let (standing, class) = match row.standing {
        Standing::Single => ("一家", "ok"),
        Standing::Overlap => ("重叠", "warn"),
        Standing::Gap => ("空缺", "bad"),
        Standing::Unrecorded => ("待补", "warn"),
        Standing::Comprehensive => ("综合", ""),
    };
    // Where none is at work, those that once were are worth looking at.
    let state = if row.total == 0 { "" } else { AT_WORK };
    Line {
        code: if row.names.iter().any(|name| name == code) { String::new() } else { code.to_owned() },
        names: names(row),
        cells: cities.iter().zip(&row.cells).map(|(city, count)| at(city, *count)).collect(),
        total: Figure::new(row.total, &[("state", state), ("industry", industry)]),
        standing,
        class,
    }
}

fn names(row: &Row) -> String {
    if row.field == Field::Comprehensive {
        return COMPREHENSIVE.to_owned();
    }
    if row.standing == Standing::Unrecorded {
        return UNRECORDED.to_owned();
    }
    let shown = row.names.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join("、");
    if row.names.len() > NAMES { format!("{shown}等") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(city: &str, code: &str, stations: i64) -> StationGroup {
        StationGroup {
            city: city.to_owned(),
            state: "有效".to_owned(),
            industry_code: code.to_owned(),
            industry: "轮胎".to_owned(),
            comprehensive: 0,
            stations,
        }
    }

    #[test]
    fn every_city_has_its_square_and_the_fullest_is_deepest() {
        let edition = crate::editions::draft().expect("draft");
        let groups = [group("370500", "291", 4), group("370600", "291", 1)];
        let squares: Vec<TileView> =
            map(&edition, &lay_out(&edition, &groups)).into_iter().flatten().flatten().collect();
        assert_eq!(squares.len(), edition.head.areas.len());
        let depth = |name: &str| squares.iter().find(|tile| tile.name == name).map(|tile| tile.depth);
        assert_eq!((depth("东营"), depth("烟台"), depth("济南")), (Some(3), Some(1), Some(0)));
    }

    #[test]
    fn an_edition_that_leaves_a_city_unplaced_has_no_map() {
        let mut edition = crate::editions::draft().expect("draft");
        edition.head.areas[0].tile = None;
        assert!(map(&edition, &lay_out(&edition, &[])).is_empty());
    }
}
