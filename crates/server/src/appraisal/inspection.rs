//! 年度检查的办理 (Articles 10 and 14): where each station's inspection stands, and the acts that move it.

pub mod city;
mod county;
pub mod feedback;
mod progress;
pub mod province;
pub mod review;
pub mod settled;
pub mod station;

pub use progress::stations;
pub use station::statement_until;

use std::collections::HashMap;

use jiff::civil::Date;
use regulation::appraisal::inspection::{Stage, Step, take};
use regulation::general::{Basis, Hand, Manager, Refusal, Scope, Verb, Workdays, earlier};
use store::appraisal::{Cycle, InspectionRow, NewStep};
use store::audit::Matter;
use store::duties::Station;
use store::general::NewPaper;

use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::Fault;

pub fn routes() -> Routes {
    Routes::default()
        .with(progress::routes())
        .with(city::routes())
        .with(province::routes())
        .with(feedback::routes())
        .with(station::routes())
        .with(county::routes())
        .with(review::routes())
        .with(settled::routes())
}

/// Where the year's inspection is shown.
pub fn href(year: i64) -> String {
    format!("/appraisal/cycles/{year}/inspection")
}

/// Where one station's is.
pub fn station_href(year: i64, station: i64) -> String {
    format!("/appraisal/cycles/{year}/stations/{station}/inspection")
}

/// Where a station stands, with the number of its newest step.
#[derive(Clone, Debug)]
pub struct Standing {
    pub stage: Stage,
    pub before: i64,
    /// How often its material was sent back.
    pub returns: i64,
    /// Who took the newest step, for acts that need somebody else.
    pub log: Vec<InspectionRow>,
}

impl Standing {
    /// Reads one station's. Where its result was received, review may be asked for from that day on.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn read(app: &App, year: i64, station: i64) -> anyhow::Result<Standing> {
        let log = app.store.inspection_log(year, station).await?;
        let mut stage = match log.last() {
            Some(row) => row.parsed()?,
            None => unrecorded(app, year),
        };
        if matches!(stage, Stage::FedBack { .. }) {
            let received = received(app, year).await?;
            stage = from_receipt(app, year, stage, received.get(&station).copied());
        }
        let returns = log.iter().filter(|row| row.step == "return").count();
        Ok(Standing {
            stage,
            before: log.last().map_or(0, |row| row.seq),
            returns: i64::try_from(returns).unwrap_or(i64::MAX),
            log,
        })
    }

    /// The step as it would be written, or why not.
    ///
    /// # Errors
    /// The refusal of [`take`].
    pub fn step(&self, year: i64, station: i64, step: Step, reason: &str) -> Result<NewStep, Refusal> {
        let key = step.key();
        let stands = !matches!(step, Step::Reopen { .. });
        let stage = take(self.stage.clone(), step)?;
        let points = self.log.last().and_then(|row| row.points).filter(|_| stands);
        Ok(NewStep { year, station, before: self.before, stage, step: key, reason: reason.to_owned(), points })
    }
}

/// Where a station stands of whom nothing is recorded.
pub fn unrecorded(app: &App, year: i64) -> Stage {
    let opened = app.present().cycles.iter().any(|cycle| cycle.year == year);
    Stage::unrecorded(opened, i64::from(app.clock.today().year()) > year)
}

/// Stages of a year by station, newest step only; stations without a step are not in it.
///
/// # Errors
/// Fails when the database does.
pub async fn standings(app: &App, scope: &Scope, year: i64) -> anyhow::Result<HashMap<i64, Standing>> {
    let rows = app.store.inspections(scope, year, None).await?;
    let received = match rows.iter().any(|row| row.stage == "fed_back") {
        true => received(app, year).await?,
        false => HashMap::new(),
    };
    let mut standings = HashMap::new();
    for row in rows {
        let stage = from_receipt(app, year, row.parsed()?, received.get(&row.station_id).copied());
        let standing = Standing { stage, before: row.seq, returns: 0, log: vec![row.clone()] };
        standings.insert(row.station_id, standing);
    }
    Ok(standings)
}

/// Days on which stations received their results.
async fn received(app: &App, year: i64) -> anyhow::Result<HashMap<i64, Date>> {
    let papers = app.store.papers_about("cycle", year).await?;
    let sheets: HashMap<i64, i64> = papers
        .iter()
        .filter(|paper| paper.kind == feedback::KIND)
        .filter_map(|paper| Some((paper.id, paper.station_id?)))
        .collect();
    let ids: Vec<i64> = sheets.keys().copied().collect();
    let replies = app.store.paper_replies(&ids).await?;
    let receipts = replies.iter().filter(|reply| reply.what == "receipt");
    Ok(receipts
        .filter_map(|reply| Some((*sheets.get(&reply.paper_id)?, store::day_of(store::instant_from(reply.given_at)))))
        .collect())
}

/// Reading K51: the days for review run from the receipt; without one, from the service.
fn from_receipt(app: &App, year: i64, stage: Stage, received: Option<Date>) -> Stage {
    let present = app.present();
    match (stage, received) {
        (Stage::FedBack { first, settled, until }, Some(on)) if on <= until => Stage::FedBack {
            first,
            settled,
            until: review_until(&present.workdays, number(app, year, "review_request.working_days"), on),
        },
        (stage, _) => stage,
    }
}

fn review_until(workdays: &Workdays, days: i64, from: Date) -> Date {
    workdays.after(from, days).on
}

/// A number of the edition the year is bound to.
pub fn number(app: &App, year: i64, id: &str) -> i64 {
    app.present().edition_of(year).whole(id)
}

/// The earlier acts of a year that must have been somebody else's for this person to do `verb`: to these stations and to
/// all at once (reading K83). Not looked into for those whose role never does it.
///
/// # Errors
/// Fails when the database does.
pub async fn hands(app: &App, person: &Person, verb: Verb, year: i64, stations: &[i64]) -> anyhow::Result<Vec<Hand>> {
    if person.scope(app, verb) == Scope::Nothing {
        return Ok(Vec::new());
    }
    let of_year = [year];
    let matters = [
        Matter { stations, ..Matter::new("inspection", &of_year) },
        Matter::new("participation", &of_year),
        Matter::new("decision", &of_year),
    ];
    // Who takes part and how a tie is settled concern the year's grades, no single station's review.
    let matters = if stations.is_empty() { &matters[..] } else { &matters[..1] };
    Ok(app.store.hands(matters, earlier(verb)).await?)
}

/// A station an act is about, with its year and where it stands there.
///
/// # Errors
/// Refused for roles that never do it; not found out of scope.
async fn acted_on(
    app: &App,
    person: &Person,
    verb: Verb,
    year: i64,
    id: i64,
) -> Result<(Station, Cycle, Standing), Fault> {
    let scope = person.scope_or_refuse(app, verb)?;
    let station = app.store.station(&scope, id).await?.ok_or(Fault::NotFound)?;
    Ok((station, cycle_of(app, year)?, Standing::read(app, year, id).await?))
}

/// A year that takes acts.
///
/// # Errors
/// The refusal, once its grades are confirmed.
pub fn open(cycle: &Cycle) -> Result<(), Refusal> {
    match cycle.state.as_str() {
        "open" => Ok(()),
        _ => Err(Refusal::new(Basis::Item("14"), format!("{}年度等次已经确认，不再改动。", cycle.year))),
    }
}

/// The year's cycle.
///
/// # Errors
/// Not found when there is none.
pub fn cycle_of(app: &App, year: i64) -> Result<Cycle, Fault> {
    app.present().cycles.iter().find(|cycle| cycle.year == year).cloned().ok_or(Fault::NotFound)
}

/// The office that receives a station's material.
pub fn issuer(app: &App, station: &Station) -> String {
    let head = &app.present().edition.head;
    match station.manager() {
        Manager::Province => head.department.clone(),
        Manager::City => format!("{}商务局", app.present().edition.area_name(&station.city)),
    }
}

/// A paper about a station's year.
pub fn about(year: i64, station: &Station, kind: &'static str, served: bool) -> NewPaper {
    NewPaper {
        kind,
        noun: "cycle",
        noun_id: year,
        station: Some(station.id),
        city: Some(station.city.clone()),
        served,
        ..NewPaper::default()
    }
}

/// `2027年4月2日`, of today.
pub fn dated(app: &App) -> String {
    in_text(app.clock.today())
}

pub fn in_text(date: Date) -> String {
    date.strftime("%Y年%-m月%-d日").to_string()
}
