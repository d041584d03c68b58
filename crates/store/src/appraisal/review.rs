//! What is registered while a review is open, and what of it a decision rests on (Article 14, readings K51 and K88).

use crate::query::Query;
use crate::{Result, Store, Tx};

/// The newest of one thing registered on a station's year from an instant on, beside the newest before it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Registered {
    /// Key of a [`regulation::appraisal::review::Matter`].
    pub matter: String,
    pub id: i64,
    pub before_id: Option<i64>,
    /// What evidence it is about, `ledger_entry` or `standing_record`; empty for how a station took part.
    pub noun: String,
    pub noun_id: i64,
    /// The row of the sheet a mark is for; empty for others.
    pub item: String,
    /// `refused` or `accepted`, a mark, or a key of participation.
    pub before: Option<String>,
    pub now: String,
    pub reason: String,
}

/// An entry made from an instant on that nothing has replaced since.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entered {
    pub id: i64,
    /// The entry it goes back to, made before that instant.
    pub before_id: Option<i64>,
    pub void: i64,
}

/// All that was registered on a station's year from an instant on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewActs {
    pub registered: Vec<Registered>,
    pub entered: Vec<Entered>,
}

/// A change a decision rests on, in the words of its paper.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ReviewChange {
    pub id: i64,
    pub paper_id: i64,
    /// Key of a [`regulation::appraisal::review::Matter`].
    pub matter: String,
    /// The opinion, mark, entry or finding, and the one it took the place of.
    pub act_id: i64,
    pub before_id: Option<i64>,
    /// The row of the sheet it moves; empty where it moves none.
    pub item: String,
    pub about: String,
    pub before_text: String,
    pub now_text: String,
}

/// A change about to be kept with its decision.
#[derive(Clone, Debug)]
pub struct NewReviewChange {
    pub matter: &'static str,
    pub act: i64,
    pub before: Option<i64>,
    pub item: String,
    pub about: String,
    pub before_text: String,
    pub now_text: String,
}

/// Province's opinions, experts' marks and findings on participation, each with what stood before the instant.
const REGISTERED: &str = "SELECT 'opinion' AS matter, n.id, b.id AS before_id, n.noun, n.noun_id, '' AS item, \
     CASE b.accepted WHEN 0 THEN 'refused' WHEN 1 THEN 'accepted' END AS before, \
     CASE n.accepted WHEN 0 THEN 'refused' ELSE 'accepted' END AS now, n.reason \
     FROM opinion n LEFT JOIN opinion b ON b.id = (SELECT max(o.id) FROM opinion o WHERE o.year = n.year \
     AND o.station_id = n.station_id AND o.noun = n.noun AND o.noun_id = n.noun_id AND o.layer = n.layer AND o.given_at < $3) \
     WHERE n.year = $1 AND n.station_id = $2 AND n.layer = 'province' AND n.given_at >= $3 AND NOT EXISTS (SELECT 1 \
     FROM opinion l WHERE l.year = n.year AND l.station_id = n.station_id AND l.noun = n.noun AND l.noun_id = n.noun_id \
     AND l.layer = n.layer AND l.id > n.id) \
     UNION ALL SELECT 'mark', n.id, b.id, 'ledger_entry', n.entry_id, n.item, b.mark, n.mark, n.comment \
     FROM mark n LEFT JOIN mark b ON b.id = (SELECT max(o.id) FROM mark o WHERE o.year = n.year \
     AND o.station_id = n.station_id AND o.item = n.item AND o.entry_id = n.entry_id AND o.account_id = n.account_id \
     AND o.given_at < $3) \
     WHERE n.year = $1 AND n.station_id = $2 AND n.given_at >= $3 AND NOT EXISTS (SELECT 1 FROM mark l WHERE l.year = n.year \
     AND l.station_id = n.station_id AND l.item = n.item AND l.entry_id = n.entry_id AND l.account_id = n.account_id \
     AND l.id > n.id) \
     UNION ALL SELECT 'participation', n.id, b.id, '', 0, '', b.value, n.value, n.reason \
     FROM participation_finding n LEFT JOIN participation_finding b ON b.id = (SELECT max(o.id) \
     FROM participation_finding o WHERE o.year = n.year AND o.station_id = n.station_id AND o.found_at < $3) \
     WHERE n.year = $1 AND n.station_id = $2 AND n.found_at >= $3 AND NOT EXISTS (SELECT 1 FROM participation_finding l \
     WHERE l.year = n.year AND l.station_id = n.station_id AND l.id > n.id) \
     ORDER BY 1, 2";

/// Entries that count for the year or came from one that did, each gone back to what stood before the instant.
const ENTERED: &str = "WITH RECURSIVE back (head, at, id, void, year) AS (SELECT e.id, e.supersedes, e.id, e.void, e.year \
     FROM ledger_entry e WHERE e.station_id = $2 AND e.recorded_at >= $3 \
     AND NOT EXISTS (SELECT 1 FROM ledger_entry l WHERE l.supersedes = e.id) \
     UNION ALL SELECT k.head, CASE WHEN p.recorded_at >= $3 THEN p.supersedes END, p.id, k.void, \
     CASE WHEN p.year = $1 THEN p.year ELSE k.year END FROM back k JOIN ledger_entry p ON p.id = k.at) \
     SELECT k.head AS id, CASE WHEN e.recorded_at < $3 THEN k.id END AS before_id, k.void FROM back k \
     JOIN ledger_entry e ON e.id = k.id WHERE k.at IS NULL AND k.year = $1 ORDER BY 1";

fn of(text: &'static str, year: i64, station: i64, since: i64) -> Query {
    Query::new(text).bind(year).bind(station).bind(since)
}

impl Store {
    /// What was registered on a station's year from an instant on, newest of each thing. The caller has found the station
    /// in scope.
    ///
    /// # Errors
    /// See [`Store::all`], as does the call below.
    pub async fn review_acts(&self, year: i64, station: i64, since: i64) -> Result<ReviewActs> {
        Ok(ReviewActs {
            registered: self.all(of(REGISTERED, year, station, since)).await?,
            entered: self.all(of(ENTERED, year, station, since)).await?,
        })
    }

    /// What the decisions on a station's year rest on, in their order. The caller has found the station in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn review_changes(&self, year: i64, station: i64) -> Result<Vec<ReviewChange>> {
        let query = Query::new(
            "SELECT id, paper_id, matter, act_id, before_id, item, about, before_text, now_text FROM review_change \
             WHERE year = $1 AND station_id = $2 ORDER BY id",
        );
        self.all(query.bind(year).bind(station)).await
    }
}

impl Tx<'_> {
    /// The same as [`Store::review_acts`], as the transaction sees it.
    ///
    /// # Errors
    /// See [`Tx::all`], as does the call below.
    pub async fn review_acts(&mut self, year: i64, station: i64, since: i64) -> Result<ReviewActs> {
        Ok(ReviewActs {
            registered: self.all(of(REGISTERED, year, station, since)).await?,
            entered: self.all(of(ENTERED, year, station, since)).await?,
        })
    }

    /// Keeps what a decision rests on, with its step and its paper.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_review_change(
        &mut self,
        (year, station): (i64, i64),
        step: i64,
        paper: i64,
        new: &NewReviewChange,
    ) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO review_change (year, station_id, step_id, paper_id, matter, act_id, before_id, item, about, \
             before_text, now_text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
        );
        let query = query.bind(year).bind(station).bind(step).bind(paper).bind(new.matter).bind(new.act);
        let query = query.bind(new.before).bind(&new.item).bind(&new.about).bind(&new.before_text);
        self.insert(query.bind(&new.now_text)).await
    }
}
