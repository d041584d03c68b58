//! Daily supervision and guidance (Article 3), and overrides of a lapsed edition (Article 19).

use regulation::general::{Placed, Scope};

use crate::duties::manager;
use crate::query::{OF_ENTRY, Query};
use crate::{Error, Result, Store, Tx};

/// A record of supervision.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Supervision {
    pub id: i64,
    pub station_id: i64,
    pub station: String,
    pub city: String,
    pub county: Option<String>,
    pub managed_by: String,
    /// `province`, `city` or `county`.
    pub level: String,
    pub kind: String,
    pub on_day: i64,
    pub place: String,
    pub people: String,
    pub content: String,
    pub told: i64,
    pub corrects: Option<i64>,
    pub reason: String,
    pub recorded_at: i64,
    pub recorded_by: String,
    /// The record that took its place.
    pub corrected_by: Option<i64>,
    pub replies: i64,
    pub rectification: Option<i64>,
}

impl Supervision {
    pub fn placed(&self) -> Placed {
        Placed {
            id: self.station_id,
            city: self.city.clone(),
            county: self.county.clone(),
            manager: manager(&self.managed_by),
        }
    }
}

/// A record about to be written.
#[derive(Clone, Debug, Default)]
pub struct NewSupervision {
    pub level: &'static str,
    pub kind: &'static str,
    pub on_day: i64,
    pub place: String,
    pub people: String,
    pub content: String,
    pub told: bool,
    /// The record it takes the place of, and why.
    pub corrects: Option<i64>,
    pub reason: String,
}

/// What the station answered; without words it acknowledged.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SupervisionReply {
    pub id: i64,
    pub text: String,
    pub replied_at: i64,
    pub replied_by: String,
}

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct SupervisionFilter {
    pub station: Option<i64>,
    pub city: Option<String>,
    pub kind: Option<String>,
    pub level: Option<String>,
    pub from_day: Option<i64>,
    pub to_day: Option<i64>,
    /// Only what the station was told.
    pub told: bool,
    /// With records another took the place of.
    pub all_versions: bool,
}

/// A lapsed edition applied all the same.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LapseOverride {
    pub id: i64,
    pub edition_id: String,
    /// `cycle` or `round`.
    pub purpose: String,
    pub year: i64,
    pub reason: String,
    pub recorded_at: i64,
    pub recorded_by: String,
}

const RECORD: &str = "SELECT e.id, e.station_id, s.name AS station, e.city, e.county, s.managed_by, e.level, e.kind, e.on_day, e.place, \
                      e.people, e.content, e.told, e.corrects, e.reason, e.recorded_at, e.recorded_by, \
                      (SELECT c.id FROM supervision c WHERE c.corrects = e.id) AS corrected_by, \
                      (SELECT count(*) FROM supervision_reply r WHERE r.supervision_id = e.id) AS replies, \
                      (SELECT t.rectification_id FROM supervision_rectification t WHERE t.supervision_id = e.id) \
                      AS rectification FROM supervision e JOIN station s ON s.id = e.station_id WHERE 1 = 1";

const OVERRIDE: &str =
    "SELECT id, edition_id, purpose, year, reason, recorded_at, recorded_by FROM lapse_override WHERE 1 = 1";

impl Store {
    /// Records in scope, newest first, before a key.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn supervisions(
        &self,
        scope: &Scope,
        filter: &SupervisionFilter,
        before: i64,
        limit: i64,
    ) -> Result<Vec<Supervision>> {
        let mut query = Query::new(RECORD);
        query.push_bind(" AND e.id < ", before);
        query.within(scope, &OF_ENTRY);
        if let Some(station) = filter.station {
            query.push_bind(" AND e.station_id = ", station);
        }
        let texts =
            [(" AND e.city = ", &filter.city), (" AND e.kind = ", &filter.kind), (" AND e.level = ", &filter.level)];
        for (condition, value) in texts {
            if let Some(value) = value {
                query.push_bind(condition, value);
            }
        }
        if let Some(day) = filter.from_day {
            query.push_bind(" AND e.on_day >= ", day);
        }
        if let Some(day) = filter.to_day {
            query.push_bind(" AND e.on_day <= ", day);
        }
        if filter.told {
            query.push(" AND e.told = 1");
        }
        if !filter.all_versions {
            query.push(" AND NOT EXISTS (SELECT 1 FROM supervision c WHERE c.corrects = e.id)");
        }
        query.push_page(" ORDER BY e.id DESC", limit);
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn supervision(&self, scope: &Scope, id: i64) -> Result<Option<Supervision>> {
        let mut query = Query::new(RECORD);
        query.push_bind(" AND e.id = ", id);
        query.within(scope, &OF_ENTRY);
        self.optional(query).await
    }

    /// The record that led to a rectification. The caller has found the task in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn supervision_behind(&self, rectification: i64) -> Result<Option<i64>> {
        let mut query = Query::new("SELECT supervision_id FROM supervision_rectification WHERE rectification_id");
        query.push_bind(" = ", rectification);
        let row: Option<(i64,)> = self.optional(query).await?;
        Ok(row.map(|(id,)| id))
    }

    /// What the station answered, in order. The caller has found the record in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn supervision_replies(&self, record: i64) -> Result<Vec<SupervisionReply>> {
        let mut query =
            Query::new("SELECT id, text, replied_at, replied_by FROM supervision_reply WHERE supervision_id");
        query.push_bind(" = ", record);
        query.push(" ORDER BY id");
        self.all(query).await
    }

    /// Overrides of lapsed editions, newest first; of one edition when given.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn lapse_overrides(&self, edition: Option<&str>) -> Result<Vec<LapseOverride>> {
        let mut query = Query::new(OVERRIDE);
        if let Some(edition) = edition {
            query.push_bind(" AND edition_id = ", edition);
        }
        query.push(" ORDER BY id DESC");
        self.all(query).await
    }
}

impl Tx<'_> {
    /// Writes a record; one that takes another's place does so once.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the other was corrected already.
    pub async fn add_supervision(&mut self, station: &Placed, new: &NewSupervision) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO supervision (station_id, city, county, level, kind, on_day, place, people, content, told, \
             corrects, reason, recorded_at, recorded_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id",
        );
        let query = query.bind(station.id).bind(&station.city).bind(station.county.clone()).bind(new.level);
        let query = query.bind(new.kind).bind(new.on_day).bind(&new.place).bind(&new.people).bind(&new.content);
        let query = query.bind(new.told).bind(new.corrects).bind(&new.reason).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await;
        let id = id.map_err(|error| match error.is_duplicate() {
            true => Error::Conflict("这条记录刚刚已由他人更正".to_owned()),
            false => error,
        })?;
        self.concerns(id);
        Ok(id)
    }

    /// The station answers a record; without words it acknowledges.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn answer_supervision(&mut self, record: i64, text: &str) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO supervision_reply (supervision_id, text, replied_at, replied_by) \
             VALUES ($1, $2, $3, $4) RETURNING id",
        );
        let query = query.bind(record).bind(text).bind(self.at());
        self.insert(query.bind(self.mandate().actor().name.clone())).await
    }

    /// Keeps which rectification a finding led to.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it led to one already.
    pub async fn link_rectification(&mut self, record: i64, rectification: i64) -> Result<()> {
        let query =
            Query::new("INSERT INTO supervision_rectification (supervision_id, rectification_id) VALUES ($1, $2)");
        let done = self.execute(query.bind(record).bind(rectification)).await;
        done.map(drop).map_err(|error| match error.is_duplicate() {
            true => Error::Conflict("这个问题已经下达整改".to_owned()),
            false => error,
        })
    }

    /// Keeps that a lapsed edition is applied all the same to one year's cycle or round.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when that was decided already.
    pub async fn add_lapse_override(
        &mut self,
        edition: &str,
        purpose: &'static str,
        year: i64,
        reason: &str,
    ) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO lapse_override (edition_id, purpose, year, reason, recorded_at, recorded_by) \
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        );
        let query = query.bind(edition).bind(purpose).bind(year).bind(reason).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await;
        let id = id.map_err(|error| match error.is_duplicate() {
            true => Error::Conflict("已经决定沿用，不必重复".to_owned()),
            false => error,
        })?;
        self.concerns(id);
        Ok(id)
    }
}
