//! The roster's list: one station's firms, searched and paged; for officials, the stations to choose from first.

use askama::Template;
use axum::extract::{Query, State};
use papers::table_xlsx;
use regulation::duties::roster::{UsccCheck, check_uscc};
use regulation::general::{Scope, Subject, Verb};
use regulation::law::Edition;
use serde::Deserialize;
use store::duties::{RosterMember, Station, StationFilter};

use super::judge::shown_codes;
use super::{ROSTER, form};
use crate::address::{SIZES, address, cut, page_size};
use crate::app::{App, Routes, XLSX, download, render};
use crate::auth::Person;
use crate::duties::stations::{Line as StationLine, area};
use crate::duties::{own, visible};
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, day, masked, moment, thousands};

/// Most rows of one export.
const MOST_EXPORTED: i64 = 20_000;

pub fn routes() -> Routes {
    Routes::default().get(ROSTER, Verb::ViewRoster, list).get("/duties/roster.xlsx", Verb::ViewRoster, export).post(
        "/duties/roster/whole.xlsx",
        Verb::RevealPersonal,
        export_whole,
    )
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    station: String,
    q: String,
    size: String,
    after: String,
}

impl Asked {
    fn text(&self) -> Option<&str> {
        Some(self.q.trim()).filter(|text| !text.is_empty())
    }

    /// The last (name, id) of the page before.
    fn cursor(&self) -> Option<(&str, i64)> {
        let (id, name) = self.after.split_once('-')?;
        Some((name, id.parse().ok()?))
    }

    fn at(&self, path: &str, after: &str) -> String {
        let pairs = [("station", &*self.station), ("q", &self.q), ("size", &self.size), ("after", after)];
        address(path, &pairs)
    }
}

#[derive(Template)]
#[template(path = "duties/roster.html")]
struct RosterPage {
    shell: Shell,
    station: i64,
    name: String,
    listed: bool,
    may_maintain: bool,
    /// Why a whole export is offered: only to those who may see numbers whole.
    may_reveal: bool,
    few: Option<i64>,
    sizes: [i64; 3],
    size: i64,
    lines: Vec<Line>,
    total: String,
    firms: String,
    next: Option<String>,
    first: Option<String>,
    export: String,
    clear: String,
    asked: Asked,
}

struct Line {
    id: i64,
    name: String,
    uscc: String,
    noted: bool,
    city: String,
    kind: String,
    products: String,
    hs_codes: String,
    contact: String,
    phone: String,
    updated: String,
}

impl Line {
    fn new(edition: &Edition, member: RosterMember) -> Line {
        Line {
            id: member.id,
            noted: check_uscc(&member.uscc) != UsccCheck::Good,
            phone: masked(&member.phone),
            updated: day(store::day_number(store::day_of(store::instant_from(member.updated_at)))),
            name: member.name,
            uscc: member.uscc,
            city: edition.area_name(&member.city).to_owned(),
            kind: member.kind,
            products: member.products,
            hs_codes: shown_codes(&member.hs_codes),
            contact: member.contact,
        }
    }
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewRoster)?;
    let chosen = own(&person).or_else(|| asked.station.parse().ok());
    let Some(id) = chosen else { return choose(&app, &person, &scope, asked).await };
    let station = app.store.station(&scope, id).await?.ok_or(Fault::NotFound)?;
    let size = page_size(&asked.size);
    let mut rows = app.store.roster(&scope, id, asked.text(), asked.cursor(), size + 1).await?;
    // The station row keeps its count; only a search has to count.
    let total = match asked.text() {
        Some(text) => app.store.count_roster(&scope, id, Some(text)).await?,
        None => station.firms,
    };
    let more = cut(&mut rows, size);
    let next = rows.last().filter(|_| more).map(|last| asked.at(ROSTER, &format!("{}-{}", last.id, last.name)));
    let present = app.present();
    let remind = present.edition.whole("roster.remind_below");
    let subject = Subject::of_station("roster", id, &station.placed());
    render(&RosterPage {
        shell: Shell::new(&app, &person, ROSTER),
        station: id,
        listed: own(&person).is_none(),
        may_maintain: person.may(&app, Verb::MaintainRoster, &subject).is_ok(),
        may_reveal: person.may(&app, Verb::RevealPersonal, &subject).is_ok(),
        few: Some(remind).filter(|remind| station.firms > 0 && station.firms < *remind),
        sizes: SIZES,
        size,
        lines: rows.into_iter().map(|member| Line::new(&present.edition, member)).collect(),
        total: thousands(total),
        firms: thousands(station.firms),
        next,
        first: (!asked.after.is_empty()).then(|| asked.at(ROSTER, "")),
        export: asked.at("/duties/roster.xlsx", ""),
        clear: address(ROSTER, &[("station", &asked.station)]),
        name: station.name,
        asked,
    })
}

#[derive(Template)]
#[template(path = "duties/roster_choice.html")]
struct ChoicePage {
    shell: Shell,
    area: String,
    lines: Vec<StationLine>,
    total: String,
    firms: String,
    next: Option<String>,
    first: Option<String>,
    q: String,
}

/// Which station's roster: the stations in scope with how many firms each has.
async fn choose(app: &App, person: &Person, scope: &Scope, asked: Asked) -> Page {
    const SIZE: i64 = 50;
    let present = app.present();
    let filter = StationFilter { text: asked.text().map(str::to_owned), ..StationFilter::default() };
    let mut rows = app.store.stations(scope, &filter, &asked.after, SIZE + 1).await?;
    let total = app.store.count_stations(scope, &filter).await?;
    let more = cut(&mut rows, SIZE);
    render(&ChoicePage {
        shell: Shell::new(app, person, ROSTER),
        area: area(&present.edition, scope),
        next: rows.last().filter(|_| more).map(|last| asked.at(ROSTER, &last.number)),
        first: (!asked.after.is_empty()).then(|| asked.at(ROSTER, "")),
        firms: thousands(rows.iter().map(|station| station.firms).sum()),
        lines: rows.into_iter().map(|row| StationLine::new(&present.edition, row)).collect(),
        total: thousands(total),
        q: asked.q,
    })
}

async fn exported(app: &App, person: &Person, asked: &Asked, whole: bool) -> Result<(Station, Vec<u8>, usize), Fault> {
    let scope = person.scope_or_refuse(app, Verb::ViewRoster)?;
    let id = own(person).or_else(|| asked.station.parse().ok()).ok_or(Fault::NotFound)?;
    let station = visible(app, person, Verb::ViewRoster, id).await?;
    let members = app.store.roster(&scope, id, asked.text(), None, MOST_EXPORTED).await?;
    let count = members.len();
    let phones = if whole { "联系电话为完整号码，请妥善保管" } else { "联系电话已遮盖" };
    let (now, by) = (moment(app.clock.now()), &person.actor.name);
    let note = format!("{}；共 {count} 家；{phones}；{now} 由 {by} 导出。", station.name);
    let present = app.present();
    let paper = form::exported(&present.edition, "企业库".to_owned(), note, members, whole);
    Ok((station, table_xlsx(&paper)?, count))
}

async fn export(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let (_, bytes, _) = exported(&app, &person, &asked, false).await?;
    Ok(download(&format!("企业库-{}.xlsx", app.clock.today()), XLSX, bytes))
}

/// The same with telephone numbers whole, noted in the audit trail before it is handed out.
async fn export_whole(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let asked =
        Asked { station: posted.text("station").to_owned(), q: posted.text("q").to_owned(), ..Asked::default() };
    let (station, bytes, count) = exported(&app, &person, &asked, true).await?;
    let subject = Subject::of_station("roster", station.id, &station.placed());
    let mandate = person.may(&app, Verb::RevealPersonal, &subject)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.note(format!("导出企业库完整联系电话，{count} 家"));
    tx.commit().await?;
    Ok(download(&format!("企业库-完整号码-{}.xlsx", app.clock.today()), XLSX, bytes))
}
