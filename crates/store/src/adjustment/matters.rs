//! A matter, its steps, and the open cases it has to see handed over.

use regulation::general::{Placed, Scope};

use crate::duties::manager;
use crate::query::{OF_ENTRY, Query};
use crate::{Error, Result, Store, Tx};

/// A matter of chapter five (or Article 4), as it stands.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Adjustment {
    pub id: i64,
    pub kind: String,
    pub station_id: i64,
    pub station: String,
    pub number: String,
    pub city: String,
    pub county: Option<String>,
    /// Who manages the station now.
    pub managed_by: String,
    pub stage: String,
    /// The day kept beside the stage: last day of statements, or when it took effect.
    pub day: Option<i64>,
    /// Facts, reasons or what is asked for, as first written.
    pub detail: String,
    /// Ground of a revocation, by its item.
    pub ground: Option<String>,
    /// The failing year of a revocation.
    pub year: Option<i64>,
    pub survivor_id: Option<i64>,
    /// What moves to the survivor: `roster`, `cases`, `ledger`, separated by commas.
    pub moves: String,
    pub new_host: String,
    pub new_name: String,
    pub changed_on: Option<i64>,
    /// Who reported a misuse, and how to reach them.
    pub reporter: String,
    pub contact: String,
    /// The finding of misuse a revocation rests on.
    pub origin_id: Option<i64>,
    pub opened_at: i64,
    pub opened_by: String,
    /// When the station was first told of it, or asked for it itself.
    pub told_at: Option<i64>,
    pub closed_at: Option<i64>,
}

impl Adjustment {
    pub fn placed(&self) -> Placed {
        Placed {
            id: self.station_id,
            city: self.city.clone(),
            county: self.county.clone(),
            manager: manager(&self.managed_by),
        }
    }
}

/// A matter about to be opened.
#[derive(Clone, Debug, Default)]
pub struct NewAdjustment {
    pub kind: &'static str,
    pub stage: &'static str,
    pub detail: String,
    pub ground: Option<&'static str>,
    pub year: Option<i64>,
    pub survivor: Option<i64>,
    pub moves: String,
    pub new_host: String,
    pub new_name: String,
    pub changed_on: Option<i64>,
    pub reporter: String,
    pub contact: String,
    pub origin: Option<i64>,
    /// The station knows of it from the beginning.
    pub told: bool,
}

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct AdjustmentFilter {
    pub kind: Option<String>,
    pub station: Option<i64>,
    /// Only what a station may know: what it asked for, or was told of.
    pub told: bool,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AdjustmentStep {
    pub id: i64,
    pub step: String,
    pub stage: String,
    pub text: String,
    pub attendees: String,
    pub on_day: Option<i64>,
    pub paper_id: Option<i64>,
    pub taken_at: i64,
    pub taken_by: String,
}

/// A step about to be taken.
#[derive(Clone, Debug, Default)]
pub struct NewStep<'a> {
    pub step: &'static str,
    pub from: &'a str,
    pub stage: &'static str,
    pub day: Option<i64>,
    pub closed: bool,
    /// The station is told by this step.
    pub told: bool,
    pub text: &'a str,
    pub attendees: &'a str,
    pub on_day: Option<i64>,
    pub paper: Option<i64>,
}

/// A case of the ledger that has to be handed over, with what became of it under one matter.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OpenCase {
    pub entry_id: i64,
    pub kind: String,
    pub on_day: i64,
    pub title: String,
    /// `moved` or `closed`; `None` while nobody said.
    pub outcome: Option<String>,
    pub receiver: Option<String>,
    pub note: Option<String>,
    pub recorded_at: Option<i64>,
    pub recorded_by: Option<String>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Handover {
    pub entry_id: i64,
    pub outcome: String,
}

/// What became of a case.
#[derive(Clone, Debug, Default)]
pub struct NewHandover<'a> {
    pub entry: i64,
    pub outcome: &'static str,
    pub receiver: &'a str,
    pub note: &'a str,
}

const ADJUSTMENT: &str = "SELECT e.id, e.kind, e.station_id, s.name AS station, s.number, e.city, e.county, \
                          s.managed_by, e.stage, e.day, e.detail, e.ground, e.year, e.survivor_id, e.moves, e.new_host, e.new_name, e.changed_on, \
                          e.reporter, e.contact, e.origin_id, e.opened_at, e.opened_by, e.told_at, e.closed_at \
                          FROM adjustment e JOIN station s ON s.id = e.station_id WHERE 1 = 1";

impl Store {
    /// Matters in scope, newest first, before a key.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn adjustments(
        &self,
        scope: &Scope,
        filter: &AdjustmentFilter,
        before: i64,
        limit: i64,
    ) -> Result<Vec<Adjustment>> {
        let mut query = Query::new(ADJUSTMENT);
        query.within(scope, &OF_ENTRY);
        if let Some(kind) = &filter.kind {
            query.push_bind(" AND e.kind = ", kind);
        }
        if let Some(station) = filter.station {
            query.push_bind(" AND e.station_id = ", station);
        }
        if filter.told {
            query.push(" AND e.told_at IS NOT NULL");
        }
        query.push_bind(" AND e.id < ", before);
        query.push_bind(" ORDER BY e.id DESC LIMIT ", limit);
        self.all(query).await
    }

    /// A matter in scope; one out of scope looks like none.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn adjustment(&self, scope: &Scope, id: i64) -> Result<Option<Adjustment>> {
        let mut query = Query::new(ADJUSTMENT);
        query.push_bind(" AND e.id = ", id);
        query.within(scope, &OF_ENTRY);
        self.optional(query).await
    }

    /// Steps of a matter, oldest first. The caller has found the matter in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn adjustment_steps(&self, id: i64) -> Result<Vec<AdjustmentStep>> {
        let query = Query::new(
            "SELECT id, step, stage, text, attendees, on_day, paper_id, taken_at, taken_by FROM adjustment_step \
             WHERE adjustment_id = $1 ORDER BY id",
        );
        self.all(query.bind(id)).await
    }

    /// Live cases of a station's ledger from a day on, of the kinds given, with what became of each under a matter.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn open_cases(
        &self,
        adjustment: i64,
        station: i64,
        from_day: i64,
        kinds: &[&str],
    ) -> Result<Vec<OpenCase>> {
        let [first, rest @ ..] = kinds else { return Ok(Vec::new()) };
        let mut query = Query::new(
            "SELECT e.id AS entry_id, e.kind, e.on_day, e.title, h.outcome, h.receiver, h.note, h.recorded_at, h.recorded_by \
             FROM ledger_entry e LEFT JOIN handover h ON h.entry_id = e.id",
        );
        query.push_bind(" AND h.adjustment_id = ", adjustment);
        query.push_bind(" WHERE e.station_id = ", station);
        query.push_bind(" AND e.on_day >= ", from_day);
        query.push_bind(" AND e.kind IN (", *first);
        for kind in rest {
            query.push_bind(", ", *kind);
        }
        // One already dealt with stays on the list though it was moved to another station's ledger since.
        query.push(
            ") AND e.void = 0 AND (h.id IS NOT NULL OR NOT EXISTS \
             (SELECT 1 FROM ledger_entry n WHERE n.supersedes = e.id)) ORDER BY e.on_day, e.id",
        );
        self.all(query).await
    }

    /// Stations that failed a confirmed year and are not proposed for it yet: year, station, number, name.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn failed_years(&self) -> Result<Vec<(i64, i64, String, String)>> {
        let query = Query::new(
            "SELECT r.year, r.station_id, s.number, s.name FROM result r JOIN station s ON s.id = r.station_id \
             WHERE r.grade = '不合格' AND s.ended_on IS NULL AND NOT EXISTS \
             (SELECT 1 FROM adjustment a WHERE a.station_id = r.station_id AND a.year = r.year) \
             ORDER BY r.year DESC, s.number LIMIT 200",
        );
        self.all(query).await
    }

    /// Findings of misuse referred for study under Article 17 (5), with no proposal resting on them yet: key, station.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn referred_misuses(&self) -> Result<Vec<(i64, i64, String, String)>> {
        let query = Query::new(
            "SELECT a.id, a.station_id, s.number, s.name FROM adjustment a JOIN station s ON s.id = a.station_id \
             WHERE a.kind = 'misuse' AND a.stage = 'handled' AND a.ground = '17-5' AND s.ended_on IS NULL \
             AND NOT EXISTS (SELECT 1 FROM adjustment r WHERE r.origin_id = a.id) ORDER BY a.id DESC LIMIT 200",
        );
        self.all(query).await
    }
}

impl Tx<'_> {
    /// Opens a matter.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when one of its kind is under way, or its year was proposed already.
    pub async fn open_adjustment(&mut self, station: &Placed, new: &NewAdjustment) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO adjustment (kind, station_id, city, county, stage, detail, ground, year, survivor_id, moves, new_host, \
             new_name, changed_on, reporter, contact, origin_id, opened_at, opened_by, told_at) VALUES \
             ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) RETURNING id",
        );
        let query = query.bind(new.kind).bind(station.id).bind(&station.city).bind(station.county.clone());
        let query = query.bind(new.stage).bind(&new.detail).bind(new.ground).bind(new.year).bind(new.survivor);
        let query = query.bind(&new.moves).bind(&new.new_host).bind(&new.new_name).bind(new.changed_on);
        let query = query.bind(&new.reporter).bind(&new.contact).bind(new.origin).bind(self.at());
        let query = query.bind(self.mandate().actor().name.clone()).bind(new.told.then_some(self.at()));
        let id = self.insert(query).await.map_err(|error| match error.is_duplicate() {
            true => Error::Conflict("该工作站已有同一事项在办理，或者该年度已经提出".to_owned()),
            false => error,
        })?;
        self.concerns(id);
        Ok(id)
    }

    /// Takes a step from the stage the caller judged, with its row.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the matter is no longer at that stage.
    pub async fn step_adjustment(&mut self, id: i64, new: &NewStep<'_>) -> Result<()> {
        let query = Query::new(
            "UPDATE adjustment SET stage = $1, day = $2, told_at = COALESCE(told_at, $3), closed_at = $4 \
             WHERE id = $5 AND stage = $6",
        );
        let query = query.bind(new.stage).bind(new.day).bind(new.told.then_some(self.at()));
        let query = query.bind(new.closed.then_some(self.at())).bind(id).bind(new.from);
        if self.execute(query).await? == 0 {
            return Err(Error::Conflict("该事项刚刚已由他人办理".to_owned()));
        }
        let query = Query::new(
            "INSERT INTO adjustment_step (adjustment_id, step, stage, text, attendees, on_day, paper_id, taken_at, taken_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        );
        let query = query.bind(id).bind(new.step).bind(new.stage).bind(new.text).bind(new.attendees);
        let query = query.bind(new.on_day).bind(new.paper).bind(self.at());
        self.execute(query.bind(self.mandate().actor().name.clone())).await.map(drop)
    }

    /// Notes on a matter itself what its handling found: the ground it is referred under.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn refer_adjustment(&mut self, id: i64, ground: &'static str) -> Result<()> {
        let query = Query::new("UPDATE adjustment SET ground = $1 WHERE id = $2 AND ground IS NULL");
        self.execute(query.bind(ground).bind(id)).await.map(drop)
    }

    /// Records what became of a case.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when that was recorded already.
    pub async fn add_handover(&mut self, adjustment: i64, new: &NewHandover<'_>) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO handover (adjustment_id, entry_id, outcome, receiver, note, recorded_at, recorded_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        );
        let query = query.bind(adjustment).bind(new.entry).bind(new.outcome).bind(new.receiver).bind(new.note);
        let query = query.bind(self.at()).bind(self.mandate().actor().name.clone());
        self.insert(query).await.map_err(|error| match error.is_duplicate() {
            true => Error::Conflict("该案件的移交已经登记".to_owned()),
            false => error,
        })
    }

    /// Reports of misuse since an instant: all, and those of one contact.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn recent_misuses(&mut self, contact: &str, since: i64) -> Result<(i64, i64)> {
        let query = Query::new(
            "SELECT count(*), CAST(coalesce(sum(CASE WHEN contact = $1 THEN 1 ELSE 0 END), 0) AS BIGINT) FROM adjustment \
             WHERE kind = 'misuse' AND opened_at >= $2 AND reporter <> ''",
        );
        self.one(query.bind(contact).bind(since)).await
    }
}
