//! One station's record: who it is, what it has on record for each standing fact, its years, its history.

mod log;
mod section;

pub use log::{noun, readable};
pub use section::kept_facts;

use askama::Template;
use axum::extract::{Path, State};
use regulation::Points;
use regulation::appraisal::ledger::KeptIn;
use regulation::duties::roster::{UsccCheck, check_uscc};
use regulation::general::{Manager, Refusal, Scope, Subject, Verb};
use regulation::law::{Edition, cite};
use store::appraisal::ResultRow;
use store::duties::{Station, StationEvent};

use self::section::{Section, sections};
use super::management::{self, Move};
use super::roster::judge::shown_codes;
use super::site::SiteYear;
use super::stations::industry;
use super::{STATIONS, own, state_class, visible};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::public::certificates::{href, in_force};
use crate::shell::{Shell, day, thousands};

pub fn routes() -> Routes {
    Routes::default()
        .get("/duties/stations/{id}", Verb::ViewStation, show)
        .post("/duties/records/{id}/reveal", Verb::RevealPersonal, reveal)
        .with(log::routes())
}

#[derive(Template)]
#[template(path = "duties/station.html")]
struct StationPage {
    shell: Shell,
    head: Head,
    facts: Facts,
    /// How its website stands.
    site: SiteYear,
    roster: Option<Roster>,
    sections: Vec<Section>,
    /// Why this person cannot add records, when it is a station's own account that cannot.
    maintain: Option<Refusal>,
    may_maintain: bool,
    may_reveal: bool,
    may_ledger: bool,
    may_sheet: bool,
    entries: i64,
    years: Vec<Year>,
    /// Grades from before this system: year, grade, document. Nothing is reckoned from them.
    past: Vec<(i64, String, String)>,
    /// Names it had: station, host, until when.
    former: Vec<(String, String, String)>,
    /// The station that carries on for it, by key and name.
    successor: Option<(i64, String)>,
    may_adjust: bool,
    may_supervise: bool,
    /// Putting it under the other management: for whoever holds the act.
    management: Option<Move>,
    events: Vec<Event>,
}

/// What stands above every page about one station.
pub struct Head {
    pub id: i64,
    pub number: String,
    pub name: String,
    pub host: String,
    pub area: String,
    pub managed: &'static str,
    pub state: String,
    pub state_class: &'static str,
    /// The list of stations is behind this one, for those who see a list.
    pub listed: bool,
    pub logged: bool,
}

impl Head {
    pub fn new(app: &App, person: &Person, station: &Station) -> Head {
        let present = app.present();
        let city = present.edition.area_name(&station.city);
        let county = station.county.as_deref().map_or("", |county| present.edition.area_name(county));
        Head {
            id: station.id,
            number: station.number.clone(),
            name: station.name.clone(),
            host: station.host_name.clone(),
            area: format!("{city}{county}"),
            managed: station.manager().name(),
            state: station.state.clone(),
            state_class: state_class(&station.state),
            listed: own(person).is_none(),
            logged: log::visible(app, person),
        }
    }
}

/// What the register knows of it.
struct Facts {
    uscc: String,
    uscc_state: (&'static str, String),
    host_kind: String,
    industry: String,
    hs_chapters: String,
    managed: String,
    address: String,
    website: String,
    confirmed_on: String,
    ended_on: Option<String>,
    /// The public page on its certificate, while it holds.
    certificate: Option<String>,
    /// Came with the list of earlier stations, without a confirmation in this system.
    legacy: bool,
}

impl Facts {
    fn new(station: &Station) -> Facts {
        let managed = match station.manager() {
            Manager::Province => "省管，材料直接报省商务厅",
            Manager::City => "市管，材料经市商务局报送",
        };
        Facts {
            uscc_state: uscc_state(&station.host_uscc),
            uscc: station.host_uscc.clone(),
            host_kind: station.host_kind.clone(),
            industry: industry(station),
            hs_chapters: shown_codes(&station.hs_chapters),
            managed: managed.to_owned(),
            address: station.address.clone(),
            website: station.website.clone(),
            confirmed_on: day(station.confirmed_on),
            ended_on: station.ended_on.map(day),
            certificate: in_force(station).then(|| href(&station.number)),
            legacy: station.source == "legacy",
        }
    }
}

/// Class and words of a code's check: a wrong last digit warns and no more (R6.1).
pub fn uscc_state(code: &str) -> (&'static str, String) {
    match check_uscc(code) {
        UsccCheck::Good => ("ok", "校验相符".to_owned()),
        UsccCheck::WrongCheckDigit { expected } => ("warn", format!("末位校验不符，应为 {expected}，以登记证照为准")),
        UsccCheck::Malformed if code.is_empty() => ("warn", "未登记".to_owned()),
        UsccCheck::Malformed => ("bad", "不是 18 位统一社会信用代码".to_owned()),
    }
}

/// The roster as a standing fact of its own.
struct Roster {
    name: String,
    basis: String,
    cited: String,
    evidence: String,
    firms: String,
    enough: bool,
    few: bool,
    visible: bool,
}

fn roster(edition: &Edition, station: &Station, visible: bool) -> Option<Roster> {
    let fact = edition.facts.iter().find(|fact| fact.kept_in == KeptIn::Roster)?;
    Some(Roster {
        name: fact.name.clone(),
        basis: fact.basis.clone(),
        cited: format!("办法{}", cite(&fact.basis)),
        evidence: fact.evidence.clone(),
        firms: thousands(station.firms),
        enough: station.firms >= edition.whole("roster.min").max(1),
        few: station.firms < edition.whole("roster.remind_below"),
        visible,
    })
}

struct Year {
    year: i64,
    grade: String,
    grade_class: &'static str,
    total: String,
    base: String,
    bonus: String,
    rank: String,
    name: String,
}

impl Year {
    fn new(row: ResultRow, station: &Station) -> Year {
        let points = |tenths| Points::from_tenths(tenths).to_string();
        Year {
            year: row.year,
            grade_class: match row.grade.as_str() {
                "优秀" | "合格" => "ok",
                "不合格" => "bad",
                "待定" => "warn",
                _ => "",
            },
            total: points(row.total),
            base: points(row.base),
            bonus: points(row.bonus),
            rank: if row.rank > 0 { format!("第 {} 名", row.rank) } else { "－".to_owned() },
            // Results keep the names of their year (R15.2).
            name: if row.host_name == station.host_name { String::new() } else { row.host_name },
            grade: row.grade,
        }
    }
}

struct Event {
    on: String,
    what: String,
    detail: String,
    by: String,
}

impl Event {
    fn new(event: StationEvent) -> Event {
        Event { on: day(event.on_day), what: event.what, detail: event.detail, by: event.recorded_by }
    }
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let station = visible(&app, &person, Verb::ViewStation, id).await?;
    page(&app, &person, &station, None).await
}

/// The record, with the personal data of at most one standing record shown whole.
async fn page(app: &App, person: &Person, station: &Station, revealed: Option<i64>) -> Page {
    let present = app.present();
    let edition = &present.edition;
    let scope = person.scope(app, Verb::ViewStation);
    let subject = Subject::of_station("standing_record", 0, &station.placed());
    let maintain = person.may(app, Verb::MaintainRecord, &subject).err();
    let may_ledger = person.scope(app, Verb::ViewLedger) != Scope::Nothing;
    let tallies = if may_ledger { app.store.tallies(station.id, present.year).await? } else { Vec::new() };
    let years = app.store.station_results(&scope, station.id).await?;
    let past = app.store.past_grades(station.id).await?;
    let events = app.store.station_events(station.id).await?;
    let former = app.store.former_names(station.id).await?;
    let successor = match station.merged_into {
        Some(id) => app.store.station_labels(&Scope::All, &[id]).await?.pop(),
        None => None,
    };
    let roster_scope = person.scope(app, Verb::ViewRoster);
    render(&StationPage {
        shell: Shell::new(app, person, STATIONS),
        head: Head::new(app, person, station),
        facts: Facts::new(station),
        site: SiteYear::of_present(app, station).await?,
        roster: roster(edition, station, roster_scope.covers(&station.placed())),
        sections: sections(app, edition, station.id, revealed).await?,
        may_maintain: maintain.is_none(),
        maintain: maintain.filter(|_| own(person).is_some()),
        may_reveal: person.may(app, Verb::RevealPersonal, &subject).is_ok(),
        may_ledger,
        may_sheet: person.scope(app, Verb::ViewSheet) != Scope::Nothing,
        entries: tallies.iter().map(|tally| tally.entries).sum(),
        years: years.into_iter().map(|row| Year::new(row, station)).collect(),
        past: past.into_iter().map(|past| (past.year, past.grade, past.document)).collect(),
        former: former.into_iter().map(|old| (old.name, old.host_name, day(old.until_on))).collect(),
        successor: successor.map(|(id, number, name)| (id, format!("{number} {name}"))),
        may_supervise: person.scope(app, Verb::ViewSupervision).covers(&station.placed()),
        management: management::offer(app, person, station).await?,
        may_adjust: person.scope(app, Verb::ViewAdjustment).covers(&station.placed()),
        events: events.into_iter().map(Event::new).collect(),
    })
}

/// Shows one record's telephone number whole, once, after noting who asked. The number is in no address and in
/// no cache: asking again is another row in the audit trail.
async fn reveal(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.scope_or_refuse(&app, Verb::ViewStation)?;
    let record = app.store.standing_record(id).await?.ok_or(Fault::NotFound)?;
    let station = visible(&app, &person, Verb::ViewStation, record.station_id).await?;
    let subject = Subject::of_station("standing_record", id, &station.placed());
    let mandate = person.may(&app, Verb::RevealPersonal, &subject)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.note(format!("{}的联系电话", record.person));
    tx.commit().await?;
    page(&app, &person, &station, Some(id)).await
}
