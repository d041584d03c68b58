//! 保存的检索: what a person looks for again and again. Up to where its owner has *seen* what it finds and up to where the
//! owner was *notified* of it are two marks, and neither moves the other: whoever looked is still told once of what came,
//! and whoever was told has still not seen it.
//!
//! Marks are batches: a number given to all texts that were committed and had none. Keys would not do, since a
//! transaction that began earlier may commit later.

use jiff::Timestamp;
use regulation::general::{Actor, Scope};

use super::delegations::role_of;
use super::search::{Looking, Parts, SearchQuery, Window};
use crate::query::Query;
use crate::{Error, Result, Store, Tx, dialect, instant_number};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SavedSearch {
    pub id: i64,
    pub account_id: i64,
    pub name: String,
    pub words: String,
    /// One noun, or empty for all.
    pub noun: String,
    pub saved_at: i64,
    /// The batch up to which what it finds was seen.
    pub seen: i64,
    pub seen_at: i64,
    /// The batch up to which its owner was told of what it finds.
    pub notified: i64,
}

/// A search about to be saved. What it finds now counts as seen and told.
#[derive(Clone, Copy, Debug)]
pub struct NewSavedSearch<'n> {
    pub name: &'n str,
    pub words: &'n str,
    pub noun: &'n str,
    pub batch: i64,
}

/// What a person is told of a saved search: how many hits, and when last.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SearchNews {
    pub id: i64,
    pub name: String,
    pub hits: i64,
    pub made_at: i64,
}

/// A saved search whose owner is to be told, with what is needed to judge what the owner may find.
#[derive(sqlx::FromRow)]
struct Untold {
    id: i64,
    account_id: i64,
    name: String,
    words: String,
    noun: String,
    saved_at: i64,
    seen: i64,
    seen_at: i64,
    notified: i64,
    display_name: String,
    role: String,
    city: Option<String>,
    county: Option<String>,
    station_id: Option<i64>,
}

const SAVED: &str = "SELECT s.id, s.account_id, s.name, s.words, s.noun, s.saved_at, s.seen, s.seen_at, s.notified";

impl Store {
    /// Gives all texts that were committed and have no batch the next one. Returns the newest batch.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn number_texts(&self) -> Result<i64> {
        let fresh = "SELECT count(*) FROM (SELECT d.id FROM search_document d WHERE d.batch IS NULL LIMIT 1) w";
        let (fresh,): (i64,) = self.one(Query::new(fresh)).await?;
        if fresh > 0 {
            let mut queries: Vec<Query> = dialect::batch_lock(self.backend()).map(Query::new).into_iter().collect();
            queries.push(Query::new(
                "UPDATE search_document SET batch = (SELECT coalesce(max(b.batch), 0) + 1 FROM search_batch b) \
                 WHERE batch IS NULL",
            ));
            queries.push(Query::new(
                "INSERT INTO search_batch (batch, first_text) SELECT d.batch, min(t.id) FROM search_document d \
                 JOIN search_text t ON t.document_id = d.id \
                 WHERE d.batch = (SELECT coalesce(max(b.batch), 0) + 1 FROM search_batch b) GROUP BY d.batch",
            ));
            self.upkeep(queries).await?;
        }
        self.newest_batch().await
    }

    /// The newest batch there is.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn newest_batch(&self) -> Result<i64> {
        let (newest,): (i64,) = self.one(Query::new("SELECT coalesce(max(batch), 0) FROM search_batch")).await?;
        Ok(newest)
    }

    /// An account's saved searches, in the order they were saved.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn saved_searches(&self, account: i64) -> Result<Vec<SavedSearch>> {
        let mut query = Query::new(SAVED);
        query.push_bind(" FROM saved_search s WHERE s.account_id = ", account);
        query.push(" ORDER BY s.id");
        self.all(query).await
    }

    /// One of an account's.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn saved_search(&self, account: i64, id: i64) -> Result<Option<SavedSearch>> {
        let mut query = Query::new(SAVED);
        query.push_bind(" FROM saved_search s WHERE s.id = ", id);
        query.push_bind(" AND s.account_id = ", account);
        self.optional(query).await
    }

    /// How many texts each of some searches finds that came in batches behind its mark, up to `until`, within one person's
    /// sight: one statement for all of them.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn count_fresh(
        &self,
        scope: &Scope,
        searches: &[(&SearchQuery, &[&'static str], i64)],
        until: i64,
    ) -> Result<Vec<i64>> {
        let mut counts = vec![0; searches.len()];
        let Some(after) = searches.iter().map(|(.., after)| *after).min() else { return Ok(counts) };
        let first = Query::new("SELECT min(first_text) FROM search_batch WHERE batch > $1 AND batch <= $2");
        let (first,): (Option<i64>,) = self.one(first.bind(after).bind(until)).await?;
        let Some(first_text) = first else { return Ok(counts) };
        let mut query = Query::new("");
        let mut joint = "SELECT CAST(";
        for (n, (words, nouns, after)) in searches.iter().enumerate() {
            if nouns.is_empty() || *after >= until {
                continue;
            }
            query.push_bind(joint, i64::try_from(n).unwrap_or_default());
            query.push(" AS BIGINT), count(DISTINCT held.document_id) FROM (");
            let looking = Looking { scope, open_only: false, nouns, words };
            let window = Some(Window { after: *after, until, first_text });
            Parts { backend: self.backend(), looking, window }.push(&mut query);
            query.push(") held");
            joint = " UNION ALL SELECT CAST(";
        }
        if query.sql().is_empty() {
            return Ok(counts);
        }
        let found: Vec<(i64, i64)> = self.all(query).await?;
        for (n, count) in found {
            if let Some(kept) = usize::try_from(n).ok().and_then(|n| counts.get_mut(n)) {
                *kept = count;
            }
        }
        Ok(counts)
    }

    /// Marks what a saved search finds as seen up to a batch. Looking is no act: it leaves no audit row.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn mark_seen(&self, search: &SavedSearch, batch: i64, at: Timestamp) -> Result<()> {
        let query = Query::new("UPDATE saved_search SET seen = $1, seen_at = $2 WHERE id = $3 AND seen <= $1");
        self.upkeep(vec![query.bind(batch).bind(instant_number(at)).bind(search.id)]).await.map(drop)
    }

    /// Saved searches of accounts at work whose owners were not told up to a batch, with the owner of each; those of one
    /// account follow upon each other. After an account's key.
    ///
    /// # Errors
    /// See [`Store::all`]; a role no code writes.
    pub async fn untold_searches(&self, batch: i64, after: i64, accounts: i64) -> Result<Vec<(SavedSearch, Actor)>> {
        let mut query = Query::new(SAVED);
        query.push(", a.display_name, a.role, a.city, a.county, a.station_id FROM saved_search s");
        query.push(" JOIN account a ON a.id = s.account_id WHERE a.disabled_at IS NULL");
        query.push_bind(" AND s.notified < ", batch);
        query.push_bind(
            " AND s.account_id IN (SELECT DISTINCT o.account_id FROM saved_search o WHERE o.account_id > ",
            after,
        );
        query.push_page(" ORDER BY o.account_id", accounts);
        query.push(") ORDER BY s.account_id, s.id");
        let rows: Vec<Untold> = self.all(query).await?;
        let owned = |row: Untold| {
            let role = role_of(&row.role, row.account_id)?;
            let actor = Actor {
                account: row.account_id,
                name: row.display_name,
                role,
                city: row.city,
                county: row.county,
                station: row.station_id,
                ..Actor::public()
            };
            let (id, account_id, name, words, noun) = (row.id, row.account_id, row.name, row.words, row.noun);
            let (saved_at, seen, seen_at, notified) = (row.saved_at, row.seen, row.seen_at, row.notified);
            Ok((SavedSearch { id, account_id, name, words, noun, saved_at, seen, seen_at, notified }, actor))
        };
        rows.into_iter().map(owned).collect()
    }

    /// Tells the owner of what came between the mark and a batch, and moves the mark: once, whoever else is at it.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn tell(&self, search: &SavedSearch, batch: i64, hits: i64, at: Timestamp) -> Result<()> {
        let note = Query::new(
            "INSERT INTO search_notice (search_id, account_id, after_batch, until_batch, hits, made_at) \
             SELECT s.id, s.account_id, s.notified, $1, $2, $3 FROM saved_search s WHERE s.id = $4 AND s.notified = $5 \
             ON CONFLICT (search_id, after_batch) DO NOTHING",
        );
        let note = note.bind(batch).bind(hits).bind(instant_number(at)).bind(search.id).bind(search.notified);
        let mark = Query::new("UPDATE saved_search SET notified = $1 WHERE id = $2 AND notified = $3");
        let mark = mark.bind(batch).bind(search.id).bind(search.notified);
        self.upkeep(if hits > 0 { vec![note, mark] } else { vec![mark] }).await.map(drop)
    }

    /// What an account was told since an instant and has not looked at afterwards.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn search_news(&self, account: i64, since: Timestamp) -> Result<Vec<SearchNews>> {
        let query = Query::new(
            "SELECT s.id, s.name, CAST(sum(n.hits) AS BIGINT) AS hits, max(n.made_at) AS made_at FROM search_notice n \
             JOIN saved_search s ON s.id = n.search_id WHERE n.account_id = $1 AND n.made_at >= $2 \
             AND n.made_at > s.seen_at GROUP BY s.id, s.name ORDER BY max(n.made_at) DESC, s.id",
        );
        self.all(query.bind(account).bind(instant_number(since))).await
    }
}

impl Tx<'_> {
    /// Saves a search of the account that acts, of which it may have so many.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it has that many, or the same one.
    pub async fn save_search(&mut self, new: &NewSavedSearch<'_>, most: i64) -> Result<i64> {
        let account = self.mandate().actor().account;
        // Holds the account: of two that are saved at once the second sees the first.
        self.execute(Query::new("UPDATE account SET failures = failures WHERE id = $1").bind(account)).await?;
        let query = Query::new("SELECT count(*) FROM saved_search WHERE account_id = $1");
        let (count,): (i64,) = self.one(query.bind(account)).await?;
        if count >= most {
            return Err(Error::Conflict(format!("最多保存 {most} 条检索，请先删除不用的。")));
        }
        let query = Query::new(
            "INSERT INTO saved_search (account_id, name, words, noun, saved_at, seen, seen_at, notified) \
             VALUES ($1, $2, $3, $4, $5, $6, $5, $6) RETURNING id",
        );
        let query = query.bind(account).bind(new.name).bind(new.words).bind(new.noun);
        let saved = self.insert(query.bind(self.at()).bind(new.batch)).await;
        saved.map_err(|error| match error.is_duplicate() {
            true => Error::Conflict("这条检索已经保存过。".to_owned()),
            false => error,
        })
    }

    /// # Errors
    /// See [`Tx::all`], as do the calls below.
    pub async fn rename_search(&mut self, search: &SavedSearch, name: &str) -> Result<()> {
        let query = Query::new("UPDATE saved_search SET name = $1 WHERE id = $2");
        self.execute(query.bind(name).bind(search.id)).await.map(drop)
    }

    /// Removes a saved search with what was told of it.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn remove_search(&mut self, search: &SavedSearch) -> Result<()> {
        // First the search's own row is held, so that the worker adds nothing behind what is taken away.
        let query = Query::new("UPDATE saved_search SET notified = notified WHERE id = $1");
        self.execute(query.bind(search.id)).await?;
        self.execute(Query::new("DELETE FROM search_notice WHERE search_id = $1").bind(search.id)).await?;
        self.execute(Query::new("DELETE FROM saved_search WHERE id = $1").bind(search.id)).await.map(drop)
    }
}
