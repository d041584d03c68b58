//! 自动抓取 (Article 5 (1)): how each address of a source of foreign notices stands, who is asking it, and when it is asked
//! next.

use crate::query::Query;
use crate::{Result, Store, Tx, instant_number};

/// An address of a source, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct FetchPlace {
    pub id: i64,
    pub source: String,
    pub address: String,
    /// When it is asked next; while it is being asked, when it counts as given up.
    pub next_at: i64,
    /// Since when it is being asked.
    pub claimed_at: Option<i64>,
    pub tried_at: Option<i64>,
    pub succeeded_at: Option<i64>,
    /// The last day of publication it was asked for and answered.
    pub covered_on: Option<i64>,
    /// Failures on end.
    pub failures: i64,
    /// Key of what came of the last try; empty before the first.
    pub outcome: String,
    /// What stopped the last try.
    pub problem: String,
    /// Records the source said there were, those that came, and notices among them not met before: of the last document
    /// that was read.
    pub announced: Option<i64>,
    pub received: Option<i64>,
    pub fresh: Option<i64>,
    pub intake_id: Option<i64>,
    /// What the source calls its document, for asking whether it has changed.
    pub etag: String,
    pub last_modified: String,
    pub sha256: String,
}

impl FetchPlace {
    /// Whether somebody is asking it now, and is not given up.
    pub fn under_way(&self, now: jiff::Timestamp) -> bool {
        self.claimed_at.is_some() && self.next_at > instant_number(now)
    }

    /// Whether fewer records came than the source said there were.
    pub fn short(&self) -> bool {
        self.announced.is_some_and(|announced| self.received.is_some_and(|received| received < announced))
    }
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    Failed {
        problem: String,
    },
    /// The source's document is the one read before.
    Unchanged {
        covered_on: Option<i64>,
        etag: String,
        last_modified: String,
    },
    Read(ReadDocument),
}

/// A document that was read to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadDocument {
    /// `None` when there was no notice in it, and nothing to put on record.
    pub intake: Option<i64>,
    pub announced: Option<i64>,
    pub received: i64,
    pub fresh: i64,
    pub covered_on: Option<i64>,
    pub etag: String,
    pub last_modified: String,
    pub sha256: String,
}

const COLUMNS: &str = "id, source, address, next_at, claimed_at, tried_at, succeeded_at, covered_on, failures, outcome, \
                       problem, announced, received, fresh, intake_id, etag, last_modified, sha256";

/// Begins a statement that reads addresses.
fn places() -> Query {
    let mut query = Query::new("SELECT ");
    query.push(COLUMNS);
    query.push(" FROM fetch_place");
    query
}

impl Store {
    /// Every address that was ever asked, by source: as many as the settings ever named.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn fetch_places(&self) -> Result<Vec<FetchPlace>> {
        let mut query = places();
        query.push_page(" ORDER BY source, address", 500);
        self.all(query).await
    }

    /// The addresses of one source.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn fetch_places_of(&self, source: &str) -> Result<Vec<FetchPlace>> {
        let mut query = places();
        query.push_bind(" WHERE source = ", source);
        query.push_page(" ORDER BY address", 500);
        self.all(query).await
    }

    /// Makes addresses known that the settings name; those known before stay as they stand.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn know_fetch_places(&self, places: &[(&str, &str)], at: jiff::Timestamp) -> Result<()> {
        let insert = |(source, address): &(&str, &str)| {
            let query = Query::new(
                "INSERT INTO fetch_place (source, address, next_at, failures, outcome, problem, etag, last_modified, sha256) \
                 VALUES ($1, $2, $3, 0, '', '', '', '', '') ON CONFLICT (source, address) DO NOTHING",
            );
            query.bind(*source).bind(*address).bind(instant_number(at))
        };
        self.upkeep(places.iter().map(insert).collect()).await.map(drop)
    }

    /// Takes an address up that is due, so that no other server asks it before `until`; by then whoever took it up has
    /// settled it or is gone. `None` when somebody else was first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn claim_fetch(
        &self,
        id: i64,
        at: jiff::Timestamp,
        until: jiff::Timestamp,
    ) -> Result<Option<FetchPlace>> {
        let mut query = Query::new(
            "UPDATE fetch_place SET claimed_at = $1, tried_at = $1, next_at = $2 WHERE id = $3 AND next_at <= $1 RETURNING ",
        );
        query.push(COLUMNS);
        let query = query.bind(instant_number(at)).bind(instant_number(until)).bind(id);
        Ok(self.upkeep_all(query).await?.pop())
    }

    /// Lets go of what is taken up, as a failure, to be asked again at an instant: after the only server there is has started
    /// anew.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn release_fetches(&self, problem: &str, next: jiff::Timestamp) -> Result<u64> {
        let query = Query::new(
            "UPDATE fetch_place SET claimed_at = NULL, next_at = $1, failures = failures + 1, outcome = 'failed', problem = $2 \
             WHERE claimed_at IS NOT NULL",
        );
        self.upkeep(vec![query.bind(instant_number(next)).bind(problem)]).await
    }

    /// Records what came of asking an address that was taken up. One that was given up and taken up again meanwhile is
    /// left to whoever did.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn settle_fetch(
        &self,
        place: &FetchPlace,
        fetched: &Fetched,
        at: jiff::Timestamp,
        next: jiff::Timestamp,
    ) -> Result<()> {
        let query = match fetched {
            Fetched::Failed { problem } => Query::new(
                "UPDATE fetch_place SET claimed_at = NULL, next_at = $1, failures = failures + 1, outcome = 'failed', \
                 problem = $2 WHERE id = $3 AND claimed_at = $4",
            )
            .bind(instant_number(next))
            .bind(problem),
            Fetched::Unchanged { covered_on, etag, last_modified } => Query::new(
                "UPDATE fetch_place SET claimed_at = NULL, next_at = $1, failures = 0, outcome = 'unchanged', problem = '', \
                 succeeded_at = $2, covered_on = $3, etag = $4, last_modified = $5 WHERE id = $6 AND claimed_at = $7",
            )
            .bind(instant_number(next))
            .bind(instant_number(at))
            .bind(*covered_on)
            .bind(etag)
            .bind(last_modified),
            Fetched::Read(read) => Query::new(
                "UPDATE fetch_place SET claimed_at = NULL, next_at = $1, failures = 0, outcome = $2, problem = '', \
                 succeeded_at = $3, announced = $4, received = $5, fresh = $6, intake_id = coalesce($7, intake_id), \
                 covered_on = $8, etag = $9, last_modified = $10, sha256 = $11 WHERE id = $12 AND claimed_at = $13",
            )
            .bind(instant_number(next))
            .bind(read.outcome())
            .bind(instant_number(at))
            .bind(read.announced)
            .bind(read.received)
            .bind(read.fresh)
            .bind(read.intake)
            .bind(read.covered_on)
            .bind(&read.etag)
            .bind(&read.last_modified)
            .bind(&read.sha256),
        };
        self.upkeep(vec![query.bind(place.id).bind(place.claimed_at)]).await.map(drop)
    }
}

impl ReadDocument {
    fn outcome(&self) -> &'static str {
        match (self.received, self.fresh) {
            (0, _) => "nothing",
            (_, 0) => "known",
            _ => "new",
        }
    }
}

impl Tx<'_> {
    /// Has the addresses of a source asked now that nobody is asking.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn fetch_now(&mut self, source: &str) -> Result<u64> {
        let query =
            Query::new("UPDATE fetch_place SET next_at = $1 WHERE source = $2 AND next_at > $1 AND claimed_at IS NULL");
        self.execute(query.bind(self.at()).bind(source)).await
    }
}
