//! 评分表: a station's year laid out as the annex, each row opening what it rests on.

mod rows;
mod steps;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use regulation::appraisal::advice::advise;
use regulation::appraisal::grade::Participation;
use regulation::general::{Refusal, Role, Verb};
use regulation::law::{Edition, cite, split_official};
use serde::Deserialize;
use store::appraisal::{Cycle, MarkRow, Opinion, ResultRow};
use store::duties::Station;

use self::rows::{PartView, Unfolding};
pub use self::rows::{ReadingView, reading_view};
use self::steps::StepView;
use super::evidence::{self, EntryLine, Evidence};
use super::explained::Explained;
use super::inspection::{Standing, review};
use super::reckon;
use super::submission::{self, Submitted};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::duties::site::SiteYear;
use crate::error::{Fault, Page};
use crate::general::interpretations::InForce;
use crate::shell::{Shell, moment_of};

pub fn routes() -> Routes {
    Routes::default().get("/appraisal/cycles/{year}/stations/{id}", Verb::ViewSheet, show)
}

/// Where a station's sheet is.
pub fn href(year: i64, station: i64) -> String {
    format!("/appraisal/cycles/{year}/stations/{station}")
}

/// A sheet with all it stands on, open or confirmed.
pub struct Loaded {
    pub year: i64,
    pub station: Station,
    pub edition: Arc<Edition>,
    pub cycle: Option<Cycle>,
    pub explained: Explained,
    /// The confirmed result; then nothing here was computed now.
    pub result: Option<ResultRow>,
    pub opinions: Vec<Opinion>,
    pub marks: Vec<MarkRow>,
}

impl Loaded {
    /// The station's name as it was confirmed; until then as it is (Article 15: old documents keep the old name).
    pub fn name(&self) -> &str {
        self.result.as_ref().map_or(&self.station.name, |result| &result.station_name)
    }

    /// Its host's, likewise.
    pub fn host(&self) -> &str {
        self.result.as_ref().map_or(&self.station.host_name, |result| &result.host_name)
    }
}

/// The year's cycle, or `None` for a year that could have one.
///
/// # Errors
/// Not found for years out of reach.
pub fn cycle_of(app: &App, year: i64) -> Result<Option<Cycle>, Fault> {
    let present = app.present();
    match present.cycles.iter().find(|cycle| cycle.year == year) {
        Some(cycle) => Ok(Some(cycle.clone())),
        None if year == i64::from(app.clock.today().year()) => Ok(None),
        None => Err(Fault::NotFound),
    }
}

/// Reads a station's sheet in the person's scope: confirmed years from what was kept, others from the ledger.
///
/// # Errors
/// Not found out of scope and for years the station did not exist in.
pub async fn load(app: &App, person: &Person, year: i64, id: i64) -> Result<Loaded, Fault> {
    let cycle = cycle_of(app, year)?;
    let scope = person.scope_or_refuse(app, Verb::ViewSheet)?;
    let station = app.store.station(&scope, id).await?;
    let station = station.ok_or_else(|| person.out_of_sight(app, Verb::ViewSheet, id))?;
    let edition = app.edition_of(year).await?;
    if cycle.as_ref().is_some_and(|cycle| cycle.state == "confirmed") {
        let results = app.store.station_results(&scope, id).await?;
        let result = results.into_iter().find(|result| result.year == year).ok_or(Fault::NotFound)?;
        let opinions = app.store.opinions(&scope, year, Some(id)).await?;
        let marks = app.store.marks(year, Some(id)).await?;
        let explained = Explained::kept(&result)?;
        return Ok(Loaded { year, station, edition, cycle, explained, result: Some(result), opinions, marks });
    }
    if !reckon::active(&station, year) {
        return Err(Fault::NotFound);
    }
    let dossier = reckon::dossier_of(app, &edition, id, year).await?;
    let explained = Explained::of(&edition, &station, &dossier, year);
    Ok(Loaded {
        year,
        station,
        edition,
        cycle,
        explained,
        result: None,
        opinions: dossier.opinions,
        marks: dossier.marks,
    })
}

#[derive(Deserialize)]
struct Asked {
    open: Option<String>,
}

#[derive(Template)]
#[template(path = "appraisal/sheet.html")]
struct SheetPage {
    shell: Shell,
    year: i64,
    station: Station,
    /// As it was called when the year was confirmed; until then as it is.
    name: String,
    city: String,
    managed: &'static str,
    here: String,
    title: String,
    steps: Vec<StepView>,
    confirmed: Option<Confirmed>,
    /// First-year stations get a reference score.
    reference: bool,
    opened: bool,
    parts: Vec<PartView>,
    total_value: String,
    totals: [String; 4],
    total_note: &'static str,
    last_head: &'static str,
    qualitative: Vec<QualitativeView>,
    /// Whether this person may give opinions on the evidence; `None` when the role never does.
    assess: Option<Result<(), Refusal>>,
    submit: Option<Result<(), Refusal>>,
    submitted: Vec<Submitted>,
    stage: &'static str,
    /// What reviews changed, each beside its decision.
    reviews: Vec<review::Decided>,
    log: Vec<LogLine>,
    edition_note: String,
}

struct Confirmed {
    grade: String,
    class: &'static str,
    at: String,
    rank: Option<i64>,
    participation: &'static str,
    /// Why it was not checked on site, where the province said so.
    unchecked: Option<String>,
}

struct QualitativeView {
    name: String,
    cited: String,
    text: String,
    entries: Vec<EntryLine>,
    more: usize,
}

struct LogLine {
    at: String,
    who: String,
    what: String,
}

async fn show(
    State(app): State<App>,
    person: Person,
    Path((year, id)): Path<(i64, i64)>,
    Query(asked): Query<Asked>,
) -> Page {
    let loaded = load(&app, &person, year, id).await?;
    let evidence = Evidence::read(&app, &person, &loaded, asked.open.as_deref()).await?;
    let submissions = app.store.submissions(year, id).await?;
    let standing = Standing::read(&app, year, id).await?;
    let official = app.store.official_text(&loaded.edition.head.id).await?;
    let log = app.store.opinion_log(year, id).await?;
    let reviews = match standing.log.iter().any(|row| row.step == "decide") {
        true => review::decided(&app, &person, year, &loaded.station).await?,
        false => Vec::new(),
    };
    let (edition, explained) = (&loaded.edition, &loaded.explained);
    // Beside a confirmed year stands what stood there then.
    let at = loaded.result.as_ref().map_or(app.clock.now(), |result| store::instant_from(result.confirmed_at));
    let asked_for = edition.sheet.items().any(|item| rows::shown_by(edition, item, |fact| fact.probed));
    let site = match asked_for {
        true => Some(SiteYear::read(&app, edition, &loaded.station, year, store::instant_number(at)).await?),
        false => None,
    };
    let unfolding = Unfolding {
        loaded: &loaded,
        evidence: &evidence,
        advice: advise(edition, &explained.score(), i16::try_from(year).unwrap_or_default(), app.clock.today()),
        official: official.as_deref().map(split_official).unwrap_or_default(),
        answers: InForce::at(&app, edition, at).await?,
        open: asked.open.as_deref(),
        slips: rows::slips_of(&app, &loaded),
        own: person.actor.station == Some(id),
        site,
        sees_roster: person.scope(&app, Verb::ViewRoster).covers(&loaded.station.placed()),
    };
    let parts = rows::parts(&unfolding);
    render(&SheetPage {
        shell: Shell::new(&app, &person, "/appraisal/cycles"),
        year,
        name: loaded.name().to_owned(),
        city: edition.area_name(&loaded.station.city).to_owned(),
        managed: loaded.station.manager().name(),
        here: href(year, id),
        title: edition.sheet.title.clone(),
        steps: steps::steps(&app, &loaded, &standing.stage, &submissions),
        confirmed: loaded.result.as_ref().map(|result| confirmed(result, &person)),
        reference: loaded.result.is_none() && reckon::reference(&loaded.station, loaded.cycle.as_ref(), year),
        opened: loaded.cycle.is_some(),
        parts,
        total_value: edition.sheet.total.plain(),
        totals: rows::totals(explained),
        total_note: if explained.city.is_some() {
            "自评、市核两列未含专家评分行"
        } else {
            "自评一列未含专家评分行"
        },
        last_head: if loaded.result.is_some() { "省审" } else { "省审（拟）" },
        qualitative: qualitative(&loaded, &evidence),
        assess: evidence::offer(&app, &person, &loaded, &standing.stage),
        submit: submission::offer(&app, &person, &loaded.station, year, loaded.cycle.as_ref(), &standing),
        submitted: submission::shown(&app, &loaded, &submissions),
        stage: standing.stage.name(),
        reviews,
        log: log.iter().map(|opinion| log_line(edition, &evidence, opinion)).collect(),
        edition_note: crate::editions::note(edition),
        station: loaded.station,
    })
}

fn confirmed(result: &ResultRow, person: &Person) -> Confirmed {
    Confirmed {
        grade: result.grade.clone(),
        class: super::ranking::grade_class(&result.grade),
        at: moment_of(result.confirmed_at),
        // Each station gets its own sheet only (R14.3): its place among the others is the province's to tell.
        rank: (person.actor.role.of_province() && result.rank > 0).then_some(result.rank),
        participation: Participation::from_key(&result.participation).map_or("", Participation::name),
        unchecked: result.unchecked.clone(),
    }
}

fn qualitative(loaded: &Loaded, evidence: &Evidence) -> Vec<QualitativeView> {
    let edition = &loaded.edition;
    let matters = edition.qualitative.iter().map(|matter| {
        let kept = loaded.explained.qualitative.iter().find(|(name, _)| *name == matter.name);
        let ids = kept.map(|(_, ids)| ids.as_slice()).unwrap_or_default();
        let entries = evidence.lines(loaded, None, ids, &[]);
        QualitativeView {
            name: matter.name.clone(),
            cited: format!("办法{}", cite(&matter.article)),
            text: edition.item(&matter.article).map(|item| item.text.clone()).unwrap_or_default(),
            more: ids.len().saturating_sub(entries.len()),
            entries,
        }
    });
    matters.collect()
}

fn log_line(edition: &Edition, evidence: &Evidence, opinion: &Opinion) -> LogLine {
    let layer = if opinion.layer == "city" { "市核" } else { "省审" };
    let verdict = if opinion.accepted != 0 { "认可" } else { "不认可" };
    let reason = if opinion.reason.is_empty() { String::new() } else { format!("：{}", opinion.reason) };
    LogLine {
        at: moment_of(opinion.given_at),
        who: opinion.given_by.clone(),
        what: format!("{layer}{verdict} {}{reason}", evidence.name(edition, &opinion.noun, opinion.noun_id)),
    }
}

/// Roles to which experts are known by name.
pub fn knows_experts(role: Role) -> bool {
    role.of_province()
}
