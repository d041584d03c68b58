//! From the dossiers to scores: one station in its layers, or all stations of a year ranked.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use regulation::Points;
use regulation::adjustment::merging;
use regulation::appraisal::grade::{Candidate, Counts, FirstYear, GradeRule, Grades, Participation, Standing, grade};
use regulation::appraisal::score::{Score, score};
use regulation::appraisal::sheet::TieBreak;
use regulation::general::{End, Scope};
use regulation::law::Edition;
use store::Store;
use store::appraisal::{Cycle, Dossier, Layer};
use store::duties::{Station, StationFilter};

use crate::app::App;

/// One station's year in its layers.
pub struct Layers {
    /// 自评, without the rows experts grade.
    pub own: Score,
    /// 市核, without the rows experts grade.
    pub city: Score,
    /// 省审, with them.
    pub province: Score,
}

/// A station with its provincial score and how it took part.
pub struct Scored {
    pub station: Station,
    pub dossier: Dossier,
    pub score: Score,
    pub participation: Participation,
}

/// A year as it stands: every station scored, ranked and graded by the rule.
pub struct Standings {
    pub year: i64,
    pub edition: Arc<Edition>,
    pub scored: BTreeMap<i64, Scored>,
    pub grades: Grades,
    pub pass_mark: Points,
    /// Whom the cap is a third of.
    pub counts: Counts,
}

fn year_number(year: i64) -> i16 {
    i16::try_from(year).unwrap_or_default()
}

/// Scores one dossier in a layer. Only the provincial layer knows the experts' marks.
pub fn in_layer(edition: &Edition, dossier: &Dossier, layer: Layer, year: i64) -> Score {
    let gradings = if layer == Layer::Province { dossier.gradings.as_slice() } else { &[] };
    score(edition, &dossier.facts(layer), &dossier.entries(layer), gradings, year_number(year))
}

/// A station's year in its three computed layers.
///
/// # Errors
/// Fails when the database does.
pub async fn layers(app: &App, edition: &Edition, station: i64, year: i64) -> anyhow::Result<Layers> {
    Ok(Layers::of(edition, &dossier_of(app, edition, station, year).await?, year))
}

/// All one station's year is scored from.
///
/// # Errors
/// Fails when the database does.
pub async fn dossier_of(app: &App, edition: &Edition, station: i64, year: i64) -> anyhow::Result<Dossier> {
    let mut dossiers = app.store.dossiers(edition, &Scope::Stations(vec![station]), year).await?;
    Ok(dossiers.remove(&station).unwrap_or_default())
}

impl Layers {
    pub fn of(edition: &Edition, dossier: &Dossier, year: i64) -> Layers {
        Layers {
            own: in_layer(edition, dossier, Layer::Own, year),
            city: in_layer(edition, dossier, Layer::City, year),
            province: in_layer(edition, dossier, Layer::Province, year),
        }
    }
}

/// Scores, ranks and grades a year as it stands now: the simulation before confirmation, and what is confirmed.
///
/// # Errors
/// Fails when the database does.
pub async fn standings(app: &App, year: i64) -> anyhow::Result<Standings> {
    standings_of(&app.store, app.edition_of(year).await?, year).await
}

/// The same without an application around it.
///
/// # Errors
/// Fails when the database does.
pub async fn standings_of(store: &Store, edition: Arc<Edition>, year: i64) -> anyhow::Result<Standings> {
    let stations = store.stations(&Scope::All, &StationFilter::default(), "", i64::MAX).await?;
    let mut dossiers = store.dossiers(&edition, &Scope::All, year).await?;
    let found = found(store, year).await?;
    let mut scored = BTreeMap::new();
    let (pass_mark, counts, first_year) = match store.cycle(year).await? {
        Some(cycle) => (Points::from_tenths(cycle.pass_mark), cycle.counts()?, cycle.first_year()?),
        None => (edition.pass_mark(), Counts::default(), FirstYear::default()),
    };
    for station in stations.into_iter().filter(|station| active(station, year) && graded(&edition, station, year)) {
        let dossier = dossiers.remove(&station.id).unwrap_or_default();
        let score = in_layer(&edition, &dossier, Layer::Province, year);
        let participation = participation(&station, found.get(&station.id).map(String::as_str), year, first_year);
        scored.insert(station.id, Scored { station, dossier, score, participation });
    }
    let grades = grade_all(&edition, &scored, pass_mark, counts);
    Ok(Standings { year, edition, scored, grades, pass_mark, counts })
}

impl Standings {
    /// The grades the rule would give under another pass mark.
    pub fn under(&self, pass_mark: Points) -> Grades {
        grade_all(&self.edition, &self.scored, pass_mark, self.counts)
    }
}

fn grade_all(edition: &Edition, scored: &BTreeMap<i64, Scored>, pass_mark: Points, counts: Counts) -> Grades {
    let one_in = usize::try_from(edition.whole("excellent.denominator")).unwrap_or(usize::MAX);
    let candidates: Vec<Candidate> = scored.values().map(candidate).collect();
    grade(&candidates, GradeRule { pass_mark, excellent_one_in: one_in, counts })
}

fn candidate(scored: &Scored) -> Candidate {
    Candidate { id: key(scored.station.id), standing: standing(&scored.score), participation: scored.participation }
}

/// A station's key in the ranking: zero-padded, so that keys sort as the stations were founded.
pub fn key(station: i64) -> String {
    format!("{station:08}")
}

/// The five figures that rank a station.
pub fn standing(score: &Score) -> Standing {
    Standing {
        total: score.total,
        base: score.base,
        warning: score.tie(TieBreak::Warning),
        case: score.tie(TieBreak::Case),
        adopted: score.tie(TieBreak::Adopted),
    }
}

/// Stations that existed in the year: confirmed by its end, not ended before it.
pub fn active(station: &Station, year: i64) -> bool {
    station.confirmed_on <= year * 10_000 + 1231 && station.ended_on.is_none_or(|ended| ended >= year * 10_000 + 101)
}

/// Whether a station that ended within the year is graded for it: one merged after the months given is (reading K49),
/// one revoked or gone before the year's end is not (reading K43).
pub fn graded(edition: &Edition, station: &Station, year: i64) -> bool {
    let Some(ended) = station.ended_on.filter(|ended| ended / 10_000 == year) else { return true };
    let merged = End::from_state(&station.state) == Some(End::Merged);
    merged && store::date_from(ended).is_ok_and(|ended| merging::graded(ended, edition.whole("active.months")))
}

/// How stations took part where a person found it, by station.
///
/// # Errors
/// Fails when the database does.
pub async fn found(store: &Store, year: i64) -> anyhow::Result<HashMap<i64, String>> {
    let findings = store.participation_findings(year).await?;
    Ok(findings.into_iter().map(|finding| (finding.station_id, finding.value)).collect())
}

/// What a person found holds; otherwise a station confirmed during the year is in its first, unless those are graded
/// like the others that year (reading K48), and every other counts as taking part until someone finds that it did not (reading K46).
pub fn participation(station: &Station, found: Option<&str>, year: i64, policy: FirstYear) -> Participation {
    let first = policy == FirstYear::Exempt && station.confirmed_on / 10_000 == year;
    let usual = if first { Participation::FirstYear } else { Participation::OnTime };
    found.and_then(Participation::from_key).unwrap_or(usual)
}

/// Whether a station's score of the year is for reference only (reading K48).
pub fn reference(station: &Station, cycle: Option<&Cycle>, year: i64) -> bool {
    let graded = cycle.is_some_and(|cycle| cycle.first_year().is_ok_and(|policy| policy == FirstYear::Graded));
    station.confirmed_on / 10_000 == year && !graded
}
