//! 工作站名册: the stations in scope, with filters, pages and export.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect};
use papers::{ColumnPaper, TablePaper, table_xlsx};
use regulation::duties::coverage;
use regulation::general::{Scope, Verb};
use regulation::law::Edition;
use serde::Deserialize;
use store::duties::{IndustryFilter, Station, StationFilter};

use super::site::tags;
use super::{STATIONS, own, state_class};
use crate::address::{SIZES, address, cut, page_size};
use crate::app::{App, Routes, XLSX, download, render};
use crate::auth::Person;
use crate::error::Page;
use crate::shell::{Shell, day, moment, thousands};

/// Most rows of one export: no province has a tenth of that.
const MOST_EXPORTED: i64 = 20_000;

/// States of a station (Articles 8, 15, 16, 17).
pub const STATES: &[&str] = &["有效", "拟退出", "拟整合", "拟撤销", "已退出", "已整合", "已撤销"];

/// What the list calls stations in any of the states in which they are at work.
pub const AT_WORK: &str = "存续";

/// What the list calls comprehensive stations, as an industry.
pub const COMPREHENSIVE: &str = "综合";

/// What the list calls stations without an industry on record.
pub const UNRECORDED: &str = "行业未登记";

/// What the address calls stations whose website does not open.
const FAILING: &str = "failing";

pub fn routes() -> Routes {
    Routes::default().get(STATIONS, Verb::ViewStation, list).get("/duties/stations.xlsx", Verb::ViewStation, export)
}

/// The address of the list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    city: String,
    state: String,
    /// The leading digits of a code, the name of an industry without one, or 综合.
    industry: String,
    q: String,
    /// `failing`: only those whose website does not open.
    site: String,
    size: String,
    after: String,
}

impl Asked {
    fn filter(&self, edition: &Edition) -> StationFilter {
        let chosen = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let at_work = self.state == AT_WORK;
        let digits = i64::try_from(edition.class_digits()).unwrap_or(0);
        let industry = chosen(&self.industry).map(|class| match class.as_str() {
            COMPREHENSIVE => IndustryFilter::Comprehensive,
            UNRECORDED => IndustryFilter::Unrecorded,
            _ => IndustryFilter::Class { class, digits },
        });
        StationFilter {
            city: chosen(&self.city),
            state: chosen(&self.state).filter(|_| !at_work),
            states: if at_work { coverage::AT_WORK } else { &[] },
            industry,
            text: chosen(&self.q),
            ended: None,
            failing_site: self.failing_only().then(|| edition.whole("site.failed_days")).filter(|days| *days > 0),
        }
    }

    fn failing_only(&self) -> bool {
        self.site == FAILING
    }

    fn at(&self, path: &str, after: &str) -> String {
        let pairs = [
            ("city", &*self.city),
            ("state", &self.state),
            ("industry", &self.industry),
            ("q", &self.q),
            ("site", &self.site),
            ("size", &self.size),
            ("after", after),
        ];
        address(path, &pairs)
    }

    fn narrowed(&self) -> bool {
        !(self.city.is_empty()
            && self.state.is_empty()
            && self.industry.is_empty()
            && self.q.is_empty()
            && self.site.is_empty())
    }
}

#[derive(Template)]
#[template(path = "duties/stations.html")]
struct StationsPage {
    shell: Shell,
    area: String,
    /// Cities to choose from, for those who see several: code, name, chosen.
    cities: Vec<(String, String, bool)>,
    states: Vec<(&'static str, bool)>,
    sizes: [i64; 3],
    size: i64,
    lines: Vec<Line>,
    total: String,
    next: Option<String>,
    first: Option<String>,
    export: String,
    may_roster: bool,
    may_enter: bool,
    narrowed: bool,
    asked: Asked,
}

pub struct Line {
    pub id: i64,
    pub number: String,
    pub name: String,
    pub host: String,
    pub city: String,
    pub industry: String,
    pub managed: &'static str,
    pub state: String,
    pub state_class: &'static str,
    pub firms: String,
    pub confirmed_on: String,
    /// That its website failed for days.
    pub site: Option<String>,
}

impl Line {
    pub fn new(edition: &Edition, station: Station) -> Line {
        Line {
            managed: station.manager().name(),
            city: edition.area_name(&station.city).to_owned(),
            industry: industry(&station),
            state_class: state_class(&station.state),
            firms: thousands(station.firms),
            confirmed_on: day(station.confirmed_on),
            id: station.id,
            number: station.number,
            name: station.name,
            host: station.host_name,
            state: station.state,
            site: None,
        }
    }

    fn cells(self) -> Vec<String> {
        let firms = self.firms.replace(',', "");
        vec![
            self.number,
            self.name,
            self.host,
            self.city,
            self.industry,
            self.managed.to_owned(),
            self.state,
            firms,
            self.confirmed_on,
        ]
    }
}

/// The industry a station watches, or 综合 (Article 7).
pub fn industry(station: &Station) -> String {
    match (station.comprehensive != 0, station.industry.as_str()) {
        (true, "" | "综合") => "综合".to_owned(),
        (true, named) => format!("综合（{named}）"),
        (false, named) => named.to_owned(),
    }
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewStation)?;
    if let Some(own) = own(&person) {
        return Ok(Redirect::to(&format!("{STATIONS}/{own}")).into_response());
    }
    let present = app.present();
    let edition = &present.edition;
    let (filter, size) = (asked.filter(edition), page_size(&asked.size));
    let mut rows = app.store.stations(&scope, &filter, &asked.after, size + 1).await?;
    let total = app.store.count_stations(&scope, &filter).await?;
    let more = cut(&mut rows, size);
    let next = rows.last().filter(|_| more).map(|last| asked.at(STATIONS, &last.number));
    let mut failing = tags(&app, &rows).await?;
    let choice = |code: &String, name: &String| (code.clone(), name.clone(), *code == asked.city);
    let cities = match scope {
        Scope::All => edition.head.areas.iter().map(|area| choice(&area.code, &area.name)).collect(),
        _ => Vec::new(),
    };
    render(&StationsPage {
        shell: Shell::new(&app, &person, STATIONS),
        area: area(edition, &scope),
        cities,
        states: std::iter::once(&AT_WORK).chain(STATES).map(|state| (*state, *state == asked.state)).collect(),
        sizes: SIZES,
        size,
        lines: rows.into_iter().map(|row| Line { site: failing.remove(&row.id), ..Line::new(edition, row) }).collect(),
        total: thousands(total),
        next,
        first: (!asked.after.is_empty()).then(|| asked.at(STATIONS, "")),
        export: asked.at("/duties/stations.xlsx", ""),
        may_enter: person.scope(&app, Verb::MaintainRegistry) != Scope::Nothing,
        may_roster: person.scope(&app, Verb::ViewRoster) != Scope::Nothing,
        narrowed: asked.narrowed(),
        asked,
    })
}

/// The area a list covers, for its head.
pub fn area(edition: &Edition, scope: &Scope) -> String {
    match scope {
        Scope::All => edition.head.jurisdiction.clone(),
        Scope::City(code) | Scope::County(code) => edition.area_name(code).to_owned(),
        Scope::Stations(_) | Scope::Nothing => "指派范围".to_owned(),
    }
}

async fn export(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewStation)?;
    let present = app.present();
    let rows = app.store.stations(&scope, &asked.filter(&present.edition), "", MOST_EXPORTED).await?;
    let paper = TablePaper {
        title: "工作站名册".to_owned(),
        note: Some(format!(
            "范围：{}；共 {} 家；{} 由 {} 导出。",
            area(&present.edition, &scope),
            rows.len(),
            moment(app.clock.now()),
            person.actor.name
        )),
        columns: columns(),
        rows: rows.into_iter().map(|row| Line::new(&present.edition, row).cells()).collect(),
    };
    let name = format!("工作站名册-{}.xlsx", app.clock.today());
    Ok(download(&name, XLSX, table_xlsx(&paper)?))
}

fn columns() -> Vec<ColumnPaper> {
    let column = |(name, width): (&str, f64)| ColumnPaper { name: name.to_owned(), width, ..ColumnPaper::default() };
    let mut columns: Vec<ColumnPaper> = [
        ("编号", 12.0),
        ("工作站", 36.0),
        ("承办单位", 32.0),
        ("设区市", 10.0),
        ("行业", 22.0),
        ("管理", 8.0),
        ("状态", 10.0),
        ("企业库家数", 12.0),
        ("确认日期", 13.0),
    ]
    .into_iter()
    .map(column)
    .collect();
    columns[7].numeric = true;
    columns
}
