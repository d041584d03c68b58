//! Looks at websites: a station's, or that of an application under review (Articles 5 (3) and 6 (4), readings K60, K84,
//! K85).

use regulation::general::Scope;

use crate::query::{OF_STATION, Query};
use crate::{Result, Store, Tx, instant_number};

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Looked {
    Station(i64),
    Application(i64),
}

impl Looked {
    fn station(self) -> Option<i64> {
        match self {
            Looked::Station(id) => Some(id),
            Looked::Application(_) => None,
        }
    }

    fn application(self) -> Option<i64> {
        match self {
            Looked::Station(_) => None,
            Looked::Application(id) => Some(id),
        }
    }

    fn narrow(self, query: &mut Query) {
        match self {
            Looked::Station(id) => query.push_bind(" WHERE station_id = ", id),
            Looked::Application(id) => query.push_bind(" WHERE application_id = ", id),
        }
    }
}

/// One look, as it was recorded.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Probe {
    pub id: i64,
    pub station_id: Option<i64>,
    pub application_id: Option<i64>,
    /// The address on record when it was looked at.
    pub url: String,
    /// Key of who looked.
    pub origin: String,
    pub looked_at: i64,
    pub on_day: i64,
    pub opened: i64,
    pub status: Option<i64>,
    /// Where redirects led; empty when nothing answered or it was opened by hand.
    pub final_url: String,
    pub took_ms: Option<i64>,
    pub title: String,
    /// Bytes of the page that were read, and their hash.
    pub size: Option<i64>,
    pub sha256: String,
    /// Why it did not open, in one sentence; empty when it did.
    pub reason: String,
    pub recorded_at: i64,
    pub recorded_by: String,
}

/// A look about to be recorded.
#[derive(Clone, Debug, Default)]
pub struct NewProbe {
    pub url: String,
    pub origin: &'static str,
    pub looked_at: i64,
    pub on_day: i64,
    pub opened: bool,
    pub status: Option<i64>,
    pub final_url: String,
    pub took_ms: Option<i64>,
    pub title: String,
    pub size: Option<i64>,
    pub sha256: String,
    pub reason: String,
}

/// A look that counts, for reckoning: when, its day, and whether the page opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DayLook {
    pub looked_at: i64,
    pub on_day: i64,
    pub opened: i64,
}

/// How a station's website stands after a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewStanding {
    /// Days looked at since it last opened.
    pub failing: i64,
    pub last_on: i64,
}

/// An address the worker has not looked at today.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Due {
    pub id: i64,
    pub url: String,
}

const PROBE: &str = "SELECT id, station_id, application_id, url, origin, looked_at, on_day, opened, status, final_url, \
                     took_ms, title, size, sha256, reason, recorded_at, recorded_by FROM site_probe";

fn insert(of: Looked, new: &NewProbe, recorded_at: i64, recorded_by: &str, ending: &'static str) -> Query {
    let mut query = Query::new(
        "INSERT INTO site_probe (station_id, application_id, url, origin, looked_at, on_day, opened, status, final_url, \
         took_ms, title, size, sha256, reason, recorded_at, recorded_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
         $11, $12, $13, $14, $15, $16)",
    );
    query.push(ending);
    let query = query.bind(of.station()).bind(of.application()).bind(&new.url).bind(new.origin).bind(new.looked_at);
    let query = query.bind(new.on_day).bind(new.opened).bind(new.status).bind(&new.final_url).bind(new.took_ms);
    let query = query.bind(&new.title).bind(new.size).bind(&new.sha256).bind(&new.reason);
    query.bind(recorded_at).bind(recorded_by)
}

/// Follows from a look, so it is written only where that look was kept.
fn standing(station: i64, new: NewStanding, look: &NewProbe) -> Query {
    let query = Query::new(
        "INSERT INTO site_standing (station_id, failing, last_on) SELECT $1, $2, $3 WHERE EXISTS (SELECT 1 FROM site_probe \
         WHERE station_id = $1 AND looked_at = $4 AND origin = $5 AND opened = $6) ON CONFLICT (station_id) DO UPDATE \
         SET failing = excluded.failing, last_on = excluded.last_on",
    );
    let query = query.bind(station).bind(new.failing).bind(new.last_on);
    query.bind(look.looked_at).bind(look.origin).bind(look.opened)
}

impl Store {
    /// Looks at one website, newest first, before an instant. The caller has found the station or application in scope.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn probes(&self, of: Looked, before: (i64, i64), limit: i64) -> Result<Vec<Probe>> {
        let mut query = Query::new(PROBE);
        of.narrow(&mut query);
        query.push_bind(" AND (looked_at < ", before.0);
        query.push_bind(" OR (looked_at = ", before.0);
        query.push_bind(" AND id < ", before.1);
        query.push("))");
        query.push_page(" ORDER BY looked_at DESC, id DESC", limit);
        self.all(query).await
    }

    /// The newest looks that count, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn newest_looks(&self, station: i64, limit: i64) -> Result<Vec<DayLook>> {
        let mut query = Query::new("SELECT looked_at, on_day, opened FROM site_probe");
        query.push_bind(" WHERE station_id = ", station);
        query.push(" AND origin <> 'station'");
        query.push_page(" ORDER BY looked_at DESC, id DESC", limit);
        self.all(query).await
    }

    /// The looks that count between two instants and were recorded until a third, in the order they were taken.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn looks_between(&self, station: i64, from: i64, until: i64, known: i64) -> Result<Vec<DayLook>> {
        let mut query = Query::new("SELECT looked_at, on_day, opened FROM site_probe");
        query.push_bind(" WHERE station_id = ", station);
        query.push_bind(" AND looked_at >= ", from);
        query.push_bind(" AND looked_at < ", until);
        query.push_bind(" AND recorded_at <= ", known);
        query.push(" AND origin <> 'station' ORDER BY looked_at, id");
        self.all(query).await
    }

    /// One look; the caller checks that its station or application is in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn probe(&self, id: i64) -> Result<Option<Probe>> {
        let mut query = Query::new(PROBE);
        query.push_bind(" WHERE id = ", id);
        self.optional(query).await
    }

    /// Of some stations those whose website failed on so many days in a row, and on how many.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn failing_sites(&self, stations: &[i64], least: i64) -> Result<Vec<(i64, i64)>> {
        let [first, rest @ ..] = stations else { return Ok(Vec::new()) };
        let mut query = Query::new("SELECT station_id, failing FROM site_standing WHERE station_id IN (");
        query.push_bind("", *first);
        for station in rest {
            query.push_bind(", ", *station);
        }
        query.push_bind(") AND failing >= ", least);
        self.all(query).await
    }

    /// How many stations at work in scope have a website that failed on so many days in a row.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn count_failing_sites(&self, scope: &Scope, least: i64) -> Result<i64> {
        let mut query = Query::new(
            "SELECT count(*) FROM site_standing w JOIN station s ON s.id = w.station_id WHERE s.ended_on IS NULL",
        );
        query.push_bind(" AND w.failing >= ", least);
        query.within(scope, &OF_STATION);
        let (count,): (i64,) = self.one(query).await?;
        Ok(count)
    }

    /// Stations at work whose website the worker has not looked at on a day, after a key: a list of the machine's own.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn due_stations(&self, on_day: i64, after: i64, limit: i64) -> Result<Vec<Due>> {
        let mut query =
            Query::new("SELECT s.id, s.website AS url FROM station s WHERE s.website <> '' AND s.ended_on IS NULL");
        query.push_bind(" AND s.id > ", after);
        query.push_bind(
            " AND NOT EXISTS (SELECT 1 FROM site_probe p WHERE p.station_id = s.id AND p.origin = 'machine' AND p.on_day = ",
            on_day,
        );
        query.push(")");
        query.push_page(" ORDER BY s.id", limit);
        self.all(query).await
    }

    /// The same of applications at these stages.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn due_applications(
        &self,
        stages: &'static [&'static str],
        on_day: i64,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Due>> {
        let [first, rest @ ..] = stages else { return Ok(Vec::new()) };
        let mut query = Query::new("SELECT e.id, e.website AS url FROM application e WHERE e.website <> ''");
        query.push_bind(" AND e.id > ", after);
        query.push_bind(" AND e.stage IN (", *first);
        for stage in rest {
            query.push_bind(", ", *stage);
        }
        query.push_bind(
            ") AND NOT EXISTS (SELECT 1 FROM site_probe p WHERE p.application_id = e.id AND p.origin = 'machine' AND p.on_day = ",
            on_day,
        );
        query.push(")");
        query.push_page(" ORDER BY e.id", limit);
        self.all(query).await
    }

    /// Keeps what the worker saw, and how the website stands since: no act of a person. A second look of the day, by
    /// another server, is not kept.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn keep_probe(
        &self,
        of: Looked,
        new: &NewProbe,
        stands: Option<NewStanding>,
        at: jiff::Timestamp,
    ) -> Result<()> {
        let mut queries = vec![insert(of, new, instant_number(at), "自动探测", " ON CONFLICT DO NOTHING")];
        if let (Looked::Station(station), Some(stands)) = (of, stands) {
            queries.push(standing(station, stands, new));
        }
        self.upkeep(queries).await.map(drop)
    }
}

impl Tx<'_> {
    /// Records a look by hand, and how the station's website stands since, where it counts.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_probe(&mut self, of: Looked, new: &NewProbe, stands: Option<NewStanding>) -> Result<i64> {
        let by = self.mandate().actor().name.clone();
        let id = self.insert(insert(of, new, self.at(), &by, " RETURNING id")).await?;
        if let (Looked::Station(station), Some(stands)) = (of, stands) {
            self.execute(standing(station, stands, new)).await?;
        }
        self.concerns(id);
        Ok(id)
    }
}
