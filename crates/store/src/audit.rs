//! The audit chain (等保 8.1.4.3). Every write leaves a row in its own transaction; [`Store::seal`] then links
//! rows, in the order they became visible, each to the hash of the one before.

use std::fmt::Write as _;

use regulation::general::{Hand, Mandate, Verb};
use sha2::{Digest, Sha256};

use crate::query::Query;
use crate::{Result, Store};

/// One audit row as the chain sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    pub id: i64,
    pub at: i64,
    pub account_id: i64,
    pub actor: String,
    pub role: String,
    pub verb: String,
    pub noun: String,
    pub noun_id: i64,
    pub station_id: Option<i64>,
    pub basis: String,
    pub detail: String,
    /// The account in whose place it was done; `actor` names both.
    pub instead_of: Option<i64>,
    pub position: Option<i64>,
    pub prev_hash: Option<String>,
    pub hash: Option<String>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Tail {
    position: i64,
    hash: String,
}

/// The chain's head at a moment, kept outside the database.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Anchor {
    pub count: i64,
    pub head: String,
}

/// What a whole chain looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intact {
    pub count: i64,
    pub head: String,
    /// Rows written but not yet sealed: at most a second's worth.
    pub unsealed: i64,
}

/// The first row that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("审计链第 {position} 行（编号 {id}）：{problem}")]
pub struct Broken {
    pub position: i64,
    pub id: i64,
    pub problem: &'static str,
}

const COLUMNS: &str = "SELECT id, at, account_id, actor, role, verb, noun, noun_id, station_id, basis, detail, \
                       instead_of, position, prev_hash, hash FROM audit";

const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

pub(crate) fn insert_query(mandate: &Mandate, at: i64, noun_id: i64, detail: &str) -> Query {
    let (actor, subject) = (mandate.actor(), mandate.subject());
    Query::new(
        "INSERT INTO audit (at, account_id, actor, role, verb, noun, noun_id, station_id, basis, detail, instead_of) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(at)
    .bind(actor.account)
    .bind(&actor.name)
    .bind(actor.role.key())
    .bind(mandate.verb().key())
    .bind(subject.noun)
    .bind(noun_id)
    .bind(subject.station)
    .bind(mandate.basis().to_string())
    .bind(detail)
    .bind(actor.instead_of)
}

pub(crate) fn tail_query() -> Query {
    Query::new("SELECT position, hash FROM audit WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1")
}

/// `None` when nothing is asked for.
fn hands_query(matters: &[Matter<'_>], verbs: &[Verb]) -> Option<Query> {
    let mut query = Query::new("");
    let mut select = "SELECT DISTINCT verb, account_id, instead_of, actor FROM audit WHERE noun = ";
    for matter in matters.iter().filter(|matter| !matter.ids.is_empty()) {
        query.push_bind(select, matter.noun);
        select = " UNION SELECT verb, account_id, instead_of, actor FROM audit WHERE noun = ";
        query.push_list(" AND noun_id IN (", matter.ids);
        if !matter.stations.is_empty() {
            query.push_list(" AND (station_id IS NULL OR station_id IN (", matter.stations);
            query.push(")");
        }
        let mut separator = " AND verb IN (";
        for verb in verbs {
            query.push_bind(separator, verb.key());
            separator = ", ";
        }
        query.push(")");
    }
    (!query.sql().is_empty() && !verbs.is_empty()).then_some(query)
}

pub(crate) fn unsealed_query() -> Query {
    let mut query = Query::new(COLUMNS);
    query.push(" WHERE position IS NULL ORDER BY id LIMIT 1000");
    query
}

pub(crate) fn seal_queries(tail: Option<Tail>, rows: Vec<Row>) -> Vec<Query> {
    let (mut position, mut head) = tail.map_or((0, GENESIS.to_owned()), |tail| (tail.position, tail.hash));
    rows.into_iter()
        .map(|row| {
            position += 1;
            let hash = row.link(position, &head);
            let query = Query::new(
                "UPDATE audit SET position = $1, prev_hash = $2, hash = $3 WHERE id = $4 AND position IS NULL",
            );
            let query = query.bind(position).bind(std::mem::replace(&mut head, hash.clone())).bind(hash);
            query.bind(row.id)
        })
        .collect()
}

impl Row {
    /// Hash over every column and the link before. Fields are length-prefixed, so no two rows read alike; the account in
    /// whose place it was done is there when there is one, so that rows from before there were any keep their hash.
    fn link(&self, position: i64, prev_hash: &str) -> String {
        let mut text = String::new();
        let numbers = [position, self.id, self.at, self.account_id, self.noun_id];
        for number in numbers {
            let _ = write!(text, "{number};");
        }
        let _ = write!(text, "{};", self.station_id.map_or_else(|| "-".to_owned(), |id| id.to_string()));
        for field in [&self.actor, &self.role, &self.verb, &self.noun, &self.basis, &self.detail] {
            let _ = write!(text, "{}:{field};", field.len());
        }
        if let Some(account) = self.instead_of {
            let _ = write!(text, "instead of {account};");
        }
        text.push_str(prev_hash);
        hex::encode(Sha256::digest(text.as_bytes()))
    }

    fn problem(&self, position: i64, head: &str) -> Option<&'static str> {
        if self.position != Some(position) {
            return Some("位次不连续，此处有行被删除或移动");
        }
        if self.prev_hash.as_deref() != Some(head) {
            return Some("与上一行的链接不符，上一行被替换或次序被改动");
        }
        if self.hash.as_deref() != Some(self.link(position, head).as_str()) {
            return Some("内容与其哈希不符，此行被改动");
        }
        None
    }
}

/// Which rows the auditor's page shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditFilter {
    /// Done by this account, or in its place.
    pub account: Option<i64>,
    /// Done in another's place.
    pub delegated: bool,
}

impl AuditFilter {
    fn narrow(self, query: &mut Query) {
        if self.delegated {
            query.push(" AND instead_of IS NOT NULL");
        }
    }
}

/// Things acts were done to, as the audit trail names them.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    pub noun: &'static str,
    pub ids: &'a [i64],
    /// Only what was done to these stations or to all; everything when empty.
    pub stations: &'a [i64],
}

impl<'a> Matter<'a> {
    pub fn new(noun: &'static str, ids: &'a [i64]) -> Matter<'a> {
        Matter { noun, ids, stations: &[] }
    }
}

/// Rows of one reading.
const BATCH: i64 = 5000;

impl Store {
    /// Walks the chain from its first row.
    ///
    /// # Errors
    /// The outer error is the database's; the inner one names the first row that does not fit, or says that
    /// the chain is shorter than, or not the one of, the anchor.
    pub async fn verify_audit(&self, anchor: Option<&Anchor>) -> Result<std::result::Result<Intact, Broken>> {
        let (mut count, mut head) = (0i64, GENESIS.to_owned());
        // From below the first position: a row slipped in before it must not pass unread.
        let mut read = i64::MIN;
        loop {
            let mut query = Query::new(COLUMNS);
            query.push_bind(" WHERE position > ", read);
            query.push_page(" ORDER BY position", BATCH);
            let rows: Vec<Row> = self.all(query).await?;
            for row in &rows {
                count += 1;
                if let Some(problem) = row.problem(count, &head) {
                    return Ok(Err(Broken { position: count, id: row.id, problem }));
                }
                read = count;
                head = row.hash.clone().unwrap_or_default();
                if let Some(anchor) = anchor.filter(|anchor| anchor.count == count && anchor.head != head) {
                    let problem = "与留存的锚不符，锚点之前的链被整体改写";
                    return Ok(Err(Broken { position: anchor.count, id: row.id, problem }));
                }
            }
            if i64::try_from(rows.len()).unwrap_or(BATCH) < BATCH {
                break;
            }
        }
        if let Some(anchor) = anchor.filter(|anchor| anchor.count > count) {
            let problem = "链比留存的锚短，末尾被截去";
            return Ok(Err(Broken { position: anchor.count, id: 0, problem }));
        }
        let unsealed: Vec<(i64, i64)> =
            self.all(Query::new("SELECT id, at FROM audit WHERE position IS NULL OR hash IS NULL ORDER BY id")).await?;
        Ok(Ok(Intact { count, head, unsealed: i64::try_from(unsealed.len()).unwrap_or(i64::MAX) }))
    }

    /// How many rows are sealed, and the hash of the last.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn audit_head(&self) -> Result<Anchor> {
        let tail: Option<Tail> = self.optional(tail_query()).await?;
        Ok(tail.map_or_else(
            || Anchor { count: 0, head: GENESIS.to_owned() },
            |tail| Anchor { count: tail.position, head: tail.hash },
        ))
    }

    /// The newest rows before `before`, for the auditor's page.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn audit_page(&self, filter: &AuditFilter, before: Option<i64>, limit: i64) -> Result<Vec<Row>> {
        let before = before.unwrap_or(i64::MAX);
        let mut query = Query::new(COLUMNS);
        match filter.account {
            None => {
                query.push_bind(" WHERE id < ", before);
                filter.narrow(&mut query);
            }
            Some(account) => {
                // Each half from its own index, merged by key: what the account did, and what was done in its place.
                query.push_bind(" WHERE account_id = ", account);
                query.push_bind(" AND id < ", before);
                filter.narrow(&mut query);
                query.push(" UNION ALL ");
                query.push(COLUMNS);
                query.push_bind(" WHERE instead_of = ", account);
                query.push_bind(" AND id < ", before);
            }
        }
        query.push_page(" ORDER BY id DESC", limit);
        self.all(query).await
    }

    /// Who did these acts to a matter so far, each person once an act: whoever stands in for another counts as both
    /// (reading K83).
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn hands(&self, matters: &[Matter<'_>], verbs: &[Verb]) -> Result<Vec<Hand>> {
        #[derive(sqlx::FromRow)]
        struct Found {
            verb: String,
            account_id: i64,
            instead_of: Option<i64>,
            actor: String,
        }
        let Some(query) = hands_query(matters, verbs) else { return Ok(Vec::new()) };
        let found: Vec<Found> = self.all(query).await?;
        let hand = |found: Found| {
            let verb = Verb::from_key(&found.verb)?;
            Some(Hand { verb, account: found.account_id, instead_of: found.instead_of, name: found.actor })
        };
        Ok(found.into_iter().filter_map(hand).collect())
    }

    /// What was done to one thing, newest first: the operation log of a record.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn audit_of(&self, noun: &'static str, id: i64) -> Result<Vec<Row>> {
        let mut query = Query::new(COLUMNS);
        query.push_bind(" WHERE noun = ", noun);
        query.push_bind(" AND noun_id = ", id);
        query.push(" ORDER BY id DESC LIMIT 50");
        self.all(query).await
    }

    /// What was done to a station and the given kinds of things of it, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn audit_of_station(
        &self,
        station: i64,
        nouns: &[&'static str],
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Row>> {
        let [first, rest @ ..] = nouns else { return Ok(Vec::new()) };
        let mut query = Query::new(COLUMNS);
        query.push_bind(" WHERE station_id = ", station);
        query.push_bind(" AND noun IN (", *first);
        for noun in rest {
            query.push_bind(", ", *noun);
        }
        query.push_bind(") AND id < ", before.unwrap_or(i64::MAX));
        query.push_page(" ORDER BY id DESC", limit);
        self.all(query).await
    }
}
