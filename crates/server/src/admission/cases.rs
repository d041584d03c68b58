//! An application as far as its review, notice and confirmation go.

use regulation::admission::panel::Unit;
use regulation::admission::{Stage, Step};
use store::Tx;
use store::admission::Application;

use crate::app::App;
use crate::error::{Fault, Page};

/// A round by name.
#[derive(Clone, Debug)]
pub struct RoundOf {
    pub id: i64,
    pub year: i64,
    pub name: String,
}

/// An application under review.
#[derive(Clone, Debug)]
pub struct Case {
    pub id: i64,
    pub account: i64,
    pub unit: Unit,
    pub kind: String,
    pub city: String,
    pub city_name: String,
    pub county: Option<String>,
    pub station_name: String,
    pub industry_code: String,
    pub industry: String,
    pub comprehensive: bool,
    pub hs_chapters: String,
    pub address: String,
    pub website: String,
    /// Handed in straight to the province: its station is 省管 (reading K35).
    pub direct: bool,
    pub stage: Stage,
}

/// What an expert reads: the application's own words, and its files.
#[derive(Clone, Debug, Default)]
pub struct Material {
    pub facts: Vec<(String, String)>,
    pub files: Vec<(i64, String, String)>,
}

/// # Errors
/// Fails when the database does.
pub async fn rounds(app: &App) -> Result<Vec<RoundOf>, Fault> {
    let rows = app.store.rounds().await?;
    Ok(rows.into_iter().map(|row| RoundOf { id: row.id, year: row.year, name: row.name }).collect())
}

/// # Errors
/// [`Fault::NotFound`] when there is no such round.
pub async fn round(app: &App, id: i64) -> Result<RoundOf, Fault> {
    rounds(app).await?.into_iter().find(|round| round.id == id).ok_or(Fault::NotFound)
}

fn case(app: &App, row: Application) -> Result<Case, Fault> {
    Ok(Case {
        stage: row.stage()?,
        city_name: app.present().edition.area_name(&row.city).to_owned(),
        id: row.id,
        account: row.account_id,
        unit: Unit { name: row.name, uscc: row.uscc },
        kind: row.kind,
        city: row.city,
        county: row.county,
        station_name: row.station_name,
        industry_code: row.industry_code,
        industry: row.industry,
        comprehensive: row.comprehensive != 0,
        hs_chapters: row.hs_chapters,
        address: row.address,
        website: row.website,
        direct: row.route == "direct",
    })
}

/// Applications of a round.
///
/// # Errors
/// Fails when the database does.
pub async fn of_round(app: &App, round: i64) -> Result<Vec<Case>, Fault> {
    app.store.applications(round).await?.into_iter().map(|row| case(app, row)).collect()
}

/// Whether an application waits for a panel.
pub fn unassigned(case: &Case, assigned: &[(i64, i64)]) -> bool {
    case.stage.key() == "panel_review" && assigned.iter().all(|(_, application)| *application != case.id)
}

/// Accepted applications of a round that no panel has yet.
///
/// # Errors
/// Fails when the database does.
pub async fn waiting(app: &App, round: i64) -> Result<Vec<Case>, Fault> {
    let assigned = app.store.panel_applications(round).await?;
    let mut cases = of_round(app, round).await?;
    cases.retain(|case| unassigned(case, &assigned));
    Ok(cases)
}

/// Takes a step of an application inside a transaction.
///
/// # Errors
/// The refusal of the law, or the database's failure.
pub async fn step(tx: &mut Tx<'_>, application: i64, step: Step, note: &str) -> Result<Stage, Fault> {
    Ok(tx.step_application(application, step, note).await??)
}

/// What an expert reads of an application.
///
/// # Errors
/// Fails when the database does.
pub async fn material(app: &App, case: &Case) -> Result<Material, Fault> {
    let _ = app;
    let facts = [("单位", &case.unit.name), ("行业", &case.industry)];
    Ok(Material { facts: facts.map(|(name, value)| (name.to_owned(), value.clone())).to_vec(), files: Vec::new() })
}

/// A file of an application.
///
/// # Errors
/// [`Fault::NotFound`] when it is not one of this application's.
pub async fn file(app: &App, case: &Case, file: i64) -> Page {
    let _ = (app, case, file);
    Err(Fault::NotFound)
}
