//! An application as far as its review, notice and confirmation go.

use regulation::admission::form::{self, Typed};
use regulation::admission::panel::Unit;
use regulation::admission::{Route, Stage, Step};
use regulation::general::Scope;
use store::Tx;
use store::admission::{Application, ApplicationFilter};

use super::regions;
use crate::app::App;
use crate::appraisal::ledger::reading::file_response;
use crate::error::{Fault, Page};
use crate::shell::size;

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
    /// 单位类型, as people say it.
    pub kind: &'static str,
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
    /// The form as it was handed in.
    form: String,
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
        kind: form::Unit::from_key(&row.kind).map_or("", form::Unit::name),
        form: row.form,
        city: row.city,
        county: row.county,
        station_name: row.station_name,
        industry_code: row.industry_code,
        industry: row.industry,
        comprehensive: row.comprehensive != 0,
        hs_chapters: row.hs_chapters,
        address: row.address,
        website: row.website,
        direct: Route::from_key(&row.route) == Some(Route::Direct),
    })
}

/// Applications of a round.
///
/// # Errors
/// Fails when the database does.
pub async fn of_round(app: &App, round: i64) -> Result<Vec<Case>, Fault> {
    let filter = ApplicationFilter { round: Some(round), ..ApplicationFilter::default() };
    let mut rows = app.store.application_register(&Scope::All, 0, &filter, i64::MAX, i64::MAX).await?;
    rows.reverse();
    rows.into_iter().map(|row| case(app, row)).collect()
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

/// Fields an expert has no need of: whom to call is not what is judged.
const LEFT_OUT: [&str; 2] = ["contact", "phone"];

/// What an expert reads of an application: the form's words and the files that stand on it.
///
/// # Errors
/// Fails when the database does.
pub async fn material(app: &App, case: &Case) -> Result<Material, Fault> {
    let typed: Typed = serde_json::from_str(&case.form).unwrap_or_default();
    let unit = form::Unit::ALL.iter().find(|(_, _, name)| *name == case.kind).map(|(unit, ..)| *unit);
    let mut facts = vec![("单位类型".to_owned(), case.kind.to_owned()), ("所在市".to_owned(), case.city_name.clone())];
    for field in unit.into_iter().flat_map(form::fields).filter(|field| !LEFT_OUT.contains(&field.id)) {
        let value = typed.get(field.id).map_or("", String::as_str);
        if !value.is_empty() {
            facts.push((field.label.to_owned(), field.shown(value).to_owned()));
        }
    }
    facts.extend(
        app.store.region_overrides(&[case.id]).await?.iter().map(|one| ("省外注册".to_owned(), regions::said(one))),
    );
    let files = app.store.application_files(case.id).await?;
    let named = |item: &str| form::CONDITIONS.iter().find(|(id, _)| *id == item).map_or("", |(_, name)| *name);
    let live = files.into_iter().filter(|file| file.removed_at.is_none());
    let files = live.map(|file| (file.id, file.file_name, format!("{}　{}", named(&file.item), size(file.size))));
    Ok(Material { facts, files: files.collect() })
}

/// A file of an application.
///
/// # Errors
/// [`Fault::NotFound`] when it is not one of this application's.
pub async fn file(app: &App, case: &Case, file: i64) -> Page {
    let file = app.store.application_file(file).await?;
    let file = file.filter(|file| file.application_id == case.id && file.removed_at.is_none());
    let file = file.ok_or(Fault::NotFound)?;
    let bytes = app.objects.get(&file.sha256).await?;
    Ok(file_response(&file.file_name, &file.media_type, bytes))
}
