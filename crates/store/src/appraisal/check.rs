//! On-site checks (Article 10): every saving is a row, and one based on an older version waits beside the others.

use regulation::general::{Placed, Scope};

use crate::query::{OF_ENTRY, Query};
use crate::{Result, Store, Tx};

/// One saving of a check.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SiteCheck {
    pub id: i64,
    pub year: i64,
    pub station_id: i64,
    pub city: String,
    pub county: Option<String>,
    /// `city`, `province` or `evaluator`.
    pub layer: String,
    /// The evaluator's account; 0 for the authorities, who keep one check together.
    pub assessor: i64,
    /// `None` for a saving that was based on an older version than the newest.
    pub version: Option<i64>,
    pub base: i64,
    /// The waiting row this saving took in.
    pub merges: Option<i64>,
    /// `draft` or `finished`.
    pub state: String,
    pub content: String,
    pub saved_at: i64,
    pub saved_by: String,
}

/// A saving without its content, for lists.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CheckHead {
    pub id: i64,
    pub station_id: i64,
    pub layer: String,
    pub assessor: i64,
    pub version: i64,
    pub state: String,
    pub saved_at: i64,
    pub saved_by: String,
}

/// Which check: a station's year in one layer.
#[derive(Clone, Copy, Debug)]
pub struct CheckOf<'a> {
    pub year: i64,
    pub station: &'a Placed,
    pub layer: &'static str,
    pub assessor: i64,
}

/// A saving about to be written.
#[derive(Clone, Debug)]
pub struct NewCheck<'a> {
    pub of: CheckOf<'a>,
    /// The version it becomes; `None` when it has to wait.
    pub version: Option<i64>,
    pub base: i64,
    pub merges: Option<i64>,
    pub state: &'static str,
    pub content: &'a str,
}

const CHECK: &str = "SELECT e.id, e.year, e.station_id, e.city, e.county, e.layer, e.assessor, e.version, e.base, e.merges, \
                     e.state, e.content, e.saved_at, e.saved_by FROM site_check e WHERE 1 = 1";

const HEAD: &str = "SELECT e.id, e.station_id, e.layer, e.assessor, e.version, e.state, e.saved_at, e.saved_by \
                    FROM site_check e WHERE e.version IS NOT NULL";

const NEWEST: &str = " AND NOT EXISTS (SELECT 1 FROM site_check n WHERE n.station_id = e.station_id AND n.year = e.year \
                      AND n.layer = e.layer AND n.assessor = e.assessor AND n.version > e.version)";

fn newest(of: CheckOf<'_>) -> Query {
    let mut query = Query::new(CHECK);
    this(&mut query, of);
    query.push(" AND e.version IS NOT NULL ORDER BY e.version DESC LIMIT 1");
    query
}

fn this(query: &mut Query, of: CheckOf<'_>) {
    query.push_bind(" AND e.station_id = ", of.station.id);
    query.push_bind(" AND e.year = ", of.year);
    query.push_bind(" AND e.layer = ", of.layer);
    query.push_bind(" AND e.assessor = ", of.assessor);
}

impl Store {
    /// The newest version of a check. The caller has found the station in scope.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn newest_check(&self, of: CheckOf<'_>) -> Result<Option<SiteCheck>> {
        self.optional(newest(of)).await
    }

    /// Savings of a check that wait to be merged, oldest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn waiting_checks(&self, of: CheckOf<'_>) -> Result<Vec<SiteCheck>> {
        let mut query = Query::new(CHECK);
        this(&mut query, of);
        query.push(
            " AND e.version IS NULL AND NOT EXISTS (SELECT 1 FROM site_check n WHERE n.merges = e.id) ORDER BY e.id LIMIT 20",
        );
        self.all(query).await
    }

    /// One saving, in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn check(&self, scope: &Scope, id: i64) -> Result<Option<SiteCheck>> {
        let mut query = Query::new(CHECK);
        query.push_bind(" AND e.id = ", id);
        query.within(scope, &OF_ENTRY);
        self.optional(query).await
    }

    /// Newest versions of the checks of some stations in a year.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn check_heads(&self, scope: &Scope, year: i64, stations: &[i64]) -> Result<Vec<CheckHead>> {
        let [first, rest @ ..] = stations else { return Ok(Vec::new()) };
        let mut query = Query::new(HEAD);
        query.push_bind(" AND e.year = ", year);
        query.push_bind(" AND e.station_id IN (", *first);
        for station in rest {
            query.push_bind(", ", *station);
        }
        query.push(")");
        query.push(NEWEST);
        query.within(scope, &OF_ENTRY);
        query.push(" ORDER BY e.station_id, e.layer, e.assessor");
        self.all(query).await
    }

    /// Every version of a check, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn check_versions(&self, check: &SiteCheck) -> Result<Vec<CheckHead>> {
        let mut query = Query::new(HEAD);
        query.push_bind(" AND e.station_id = ", check.station_id);
        query.push_bind(" AND e.year = ", check.year);
        query.push_bind(" AND e.layer = ", &check.layer);
        query.push_bind(" AND e.assessor = ", check.assessor);
        query.push(" ORDER BY e.version DESC LIMIT 100");
        self.all(query).await
    }
}

impl Tx<'_> {
    /// The newest version, read in the transaction that holds the station.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn newest_check(&mut self, of: CheckOf<'_>) -> Result<Option<SiteCheck>> {
        self.optional(newest(of)).await
    }

    /// Keeps a saving. Two that would become the same version are a duplicate: hold the station first.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_check(&mut self, new: &NewCheck<'_>) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO site_check (year, station_id, city, county, layer, assessor, version, base, merges, state, content, \
             saved_at, saved_by, account_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id",
        );
        let of = new.of;
        let query = query.bind(of.year).bind(of.station.id).bind(&of.station.city).bind(of.station.county.clone());
        let query = query.bind(of.layer).bind(of.assessor).bind(new.version).bind(new.base).bind(new.merges);
        let query = query.bind(new.state).bind(new.content).bind(self.at());
        let actor = self.mandate().actor().clone();
        let id = self.insert(query.bind(actor.name).bind(actor.account)).await?;
        self.concerns(id);
        Ok(id)
    }
}
