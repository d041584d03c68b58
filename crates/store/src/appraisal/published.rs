//! Entries counted by the month, compared with each other (readings K62, K101 and K99): which repeat another of their month
//! and do not count. Kept beside the append-only ledger, moved in the same transaction; the comparison itself is
//! [`regulation::duties::published`].

use std::collections::HashSet;

use regulation::duties::likeness::Verdict;
use regulation::duties::published::{Published, compare};
use regulation::general::Placed;

use super::ledger::NewEntry;
use crate::query::Query;
use crate::{Result, Store, Tx};

/// A live entry as it is compared.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PublishedEntry {
    pub id: i64,
    pub on_day: i64,
    pub count: i64,
    pub title: String,
    pub detail: String,
    pub url: String,
    pub recorded_at: i64,
    /// Minutes into its day; 0 when only the day is known, or it was entered before times were kept.
    pub minute: i64,
    /// The entry whose text it repeats; then it does not count.
    pub repeats: Option<i64>,
    /// When the warning it stands for was taken back; then it is not live.
    pub gone_at: Option<i64>,
}

impl PublishedEntry {
    pub fn published(&self) -> Published {
        Published::of(&self.title, &self.detail, &self.url)
    }
}

/// An entry of any station that may be like one, as reviewers are shown it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Elsewhere {
    pub id: i64,
    pub station_id: i64,
    pub station: String,
    pub on_day: i64,
    pub title: String,
    pub detail: String,
    pub url: String,
}

impl Elsewhere {
    pub fn published(&self) -> Published {
        Published::of(&self.title, &self.detail, &self.url)
    }
}

/// What of an entry is compared, found again by its key.
type Text = (i64, i64, i64, String, String, String);

/// Most entries of a month held against a new one: more share its title only where somebody means them to.
const HELD: i64 = 200;
/// Most entries looked up elsewhere by one statement, so that their keys fit in it.
const AT_ONCE: usize = 100;

/// The entries of a station, kind and year that count or were taken back with their warning, oldest first.
fn items_query(station: i64, kind: &str, year: i64, limit: i64) -> Query {
    let mut query = Query::new(
        "SELECT e.id, e.on_day, e.count, e.title, e.detail, e.url, e.recorded_at, coalesce(p.minute, 0) AS minute, p.repeats, \
         n.recorded_at AS gone_at FROM ledger_entry e LEFT JOIN published_entry p ON p.entry_id = e.id \
         LEFT JOIN ledger_entry n ON n.supersedes = e.id \
         WHERE e.year = $1 AND e.station_id = $2 AND e.kind = $3 AND e.void = 0 \
         AND (n.id IS NULL OR (n.void = 1 AND n.source = 'warning'))",
    )
    .bind(year)
    .bind(station)
    .bind(kind);
    query.push_page(" ORDER BY e.on_day, e.id", limit);
    query
}

fn candidates_query(station: i64, on_day: i64, keys: &[i64]) -> Query {
    let mut query = Query::new(
        "SELECT e.id, e.on_day, e.count, e.title, e.detail, e.url FROM published_entry p JOIN ledger_entry e ON e.id = p.entry_id \
         WHERE p.station_id = $1 AND p.year = $2 AND p.month = $3 AND p.repeats IS NULL",
    )
    .bind(station)
    .bind(on_day / 10_000)
    .bind(on_day / 100 % 100);
    query.push_list(" AND p.entry_id IN (SELECT b.entry_id FROM entry_band b WHERE b.band IN (", keys);
    query.push(")");
    query.push_page(" ORDER BY p.entry_id", HELD);
    query
}

fn elsewhere_query(keys: &[i64], until: i64, limit: i64) -> Query {
    let mut query = Query::new(
        "SELECT e.id, e.station_id, s.name AS station, e.on_day, e.title, e.detail, e.url FROM ledger_entry e \
         JOIN station s ON s.id = e.station_id WHERE e.id IN (SELECT b.entry_id FROM entry_band b",
    );
    query.push_list(" WHERE b.band IN (", keys);
    query.push_bind(") AND e.on_day <= ", until);
    query.push_page(" ORDER BY e.on_day, e.id", limit);
    query
}

impl Store {
    /// The entries of a station, kind and year that are compared, oldest first. The caller has found the station in scope.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn published_items(
        &self,
        station: i64,
        kind: &str,
        year: i64,
        limit: i64,
    ) -> Result<Vec<PublishedEntry>> {
        self.all(items_query(station, kind, year, limit)).await
    }

    /// Live entries of all stations up to a day that may be like one of those, oldest first, those of the same station too.
    /// What another station published is no secret: it was published.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn published_elsewhere(&self, of: &[Published], until: i64, limit: i64) -> Result<Vec<Elsewhere>> {
        let mut found = Vec::new();
        for part in of.chunks(AT_ONCE) {
            let keys: Vec<i64> = part.iter().flat_map(Published::keys).collect::<HashSet<_>>().into_iter().collect();
            if !keys.is_empty() {
                found.extend(self.all::<Elsewhere>(elsewhere_query(&keys, until, limit)).await?);
            }
        }
        Ok(found)
    }

    /// Stations whose ledger holds live entries of a kind and year that were never compared: entered before they were.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn uncompared(&self, kind: &str, year: i64) -> Result<Vec<i64>> {
        let query = Query::new(
            "SELECT DISTINCT e.station_id FROM ledger_entry e LEFT JOIN published_entry p ON p.entry_id = e.id \
             WHERE e.year = $1 AND e.kind = $2 AND e.void = 0 AND p.entry_id IS NULL \
             AND NOT EXISTS (SELECT 1 FROM ledger_entry n WHERE n.supersedes = e.id) ORDER BY e.station_id",
        );
        let rows: Vec<(i64,)> = self.all(query.bind(year).bind(kind)).await?;
        Ok(rows.into_iter().map(|(station,)| station).collect())
    }

    /// Compares a station's entries of a kind and year that never were, in the order they were entered. Where `settled`,
    /// they are only made findable: what was settled stands (reading K81). No act of a person; running it again changes
    /// nothing.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn compare_backlog(&self, station: i64, kind: &str, year: i64, settled: bool) -> Result<()> {
        let of = "SELECT e.id, e.on_day, e.count, e.title, e.detail, e.url FROM ledger_entry e \
                  LEFT JOIN published_entry p ON p.entry_id = e.id \
                  WHERE e.year = $1 AND e.station_id = $2 AND e.kind = $3 AND e.void = 0 AND p.repeats IS NULL \
                  AND NOT EXISTS (SELECT 1 FROM ledger_entry n WHERE n.supersedes = e.id) ORDER BY e.id";
        let rows: Vec<Text> = self.all(Query::new(of).bind(year).bind(station).bind(kind)).await?;
        let known = "SELECT p.entry_id FROM published_entry p WHERE p.station_id = $1 AND p.year = $2";
        let known: Vec<(i64,)> = self.all(Query::new(known).bind(station).bind(year)).await?;
        let known: HashSet<i64> = known.into_iter().map(|(id,)| id).collect();
        let mut counted: Vec<(i64, i64, Published)> = Vec::new();
        // Whoever writes under the station waits: the count is made of what stands then.
        let mut queries = vec![Query::new("UPDATE station SET firms = firms WHERE id = $1").bind(station)];
        for (id, on_day, _, title, detail, url) in rows {
            let (month, text) = (on_day / 100, Published::of(&title, &detail, &url));
            let fresh = !known.contains(&id);
            let of_month = counted.iter().filter(|(_, other, _)| *other == month && fresh && !settled);
            let same = of_month.into_iter().find(|(.., other)| compare(other, &text) == Verdict::Same);
            let repeats = same.map(|(id, ..)| *id);
            if fresh {
                queries.push(insert(station, id, on_day, 0, repeats, " ON CONFLICT DO NOTHING"));
                queries.push(bands(id, &text));
            }
            if repeats.is_none() {
                counted.push((id, month, text));
            }
        }
        queries.push(recount(station, kind, year));
        self.upkeep(queries).await.map(drop)
    }

    /// How the database runs what the pages of this module ask: tests refuse full scans.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn published_plan(&self, of: &Published) -> Result<Vec<String>> {
        let mut steps = self.plan(items_query(5, "warning.published", 2026, 50)).await?;
        steps.extend(self.plan(candidates_query(5, 20_260_901, &of.exact())).await?);
        steps.extend(self.plan(elsewhere_query(&of.keys(), 20_260_930, 50)).await?);
        Ok(steps)
    }
}

/// The counts of a station's months from what counts: the tallies as they would be, had all been compared when entered.
fn recount(station: i64, kind: &str, year: i64) -> Query {
    let query = Query::new(
        "UPDATE ledger_tally SET count = (SELECT CAST(coalesce(sum(e.count), 0) AS BIGINT) FROM ledger_entry e \
         LEFT JOIN published_entry p ON p.entry_id = e.id WHERE e.year = ledger_tally.year \
         AND e.station_id = ledger_tally.station_id AND e.kind = ledger_tally.kind AND e.void = 0 AND p.repeats IS NULL \
         AND e.on_day / 100 % 100 = ledger_tally.month \
         AND NOT EXISTS (SELECT 1 FROM ledger_entry n WHERE n.supersedes = e.id)) \
         WHERE station_id = $1 AND year = $2 AND kind = $3",
    );
    query.bind(station).bind(year).bind(kind)
}

fn insert(station: i64, entry: i64, on_day: i64, minute: i64, repeats: Option<i64>, or: &'static str) -> Query {
    let mut query = Query::new(
        "INSERT INTO published_entry (entry_id, station_id, year, month, minute, repeats) VALUES ($1, $2, $3, $4, $5, $6)",
    );
    query.push(or);
    query.bind(entry).bind(station).bind(on_day / 10_000).bind(on_day / 100 % 100).bind(minute).bind(repeats)
}

fn bands(entry: i64, text: &Published) -> Query {
    let mut query = Query::new("INSERT INTO entry_band (entry_id, band) VALUES ");
    let mut open = "(";
    for key in text.keys() {
        query.push_bind(open, entry);
        query.push_bind(", ", key);
        open = "), (";
    }
    query.push(") ON CONFLICT DO NOTHING");
    query
}

impl Tx<'_> {
    /// Compares a new entry with those of its month and keeps what comes of it. Returns whether it counts: the first of
    /// what is the same does. Nobody else writes under the station meanwhile.
    pub(super) async fn compare_entry(&mut self, station: i64, entry: i64, new: &NewEntry) -> Result<bool> {
        self.hold_station(station).await?;
        let text = Published::of(&new.title, &new.detail, &new.url);
        let repeats = self.same_of_month(station, new.on_day, &text).await?;
        self.execute(insert(station, entry, new.on_day, new.minute, repeats, "")).await?;
        self.execute(bands(entry, &text)).await?;
        Ok(repeats.is_none())
    }

    async fn same_of_month(&mut self, station: i64, on_day: i64, text: &Published) -> Result<Option<i64>> {
        let keys = text.exact();
        if keys.is_empty() {
            return Ok(None);
        }
        let candidates: Vec<Text> = self.all(candidates_query(station, on_day, &keys)).await?;
        let same = candidates
            .into_iter()
            .find(|(_, _, _, title, detail, url)| compare(&Published::of(title, detail, url), text) == Verdict::Same);
        Ok(same.map(|(id, ..)| id))
    }

    /// Takes an entry that no longer counts out of the comparison. Returns those that repeated it.
    pub(super) async fn forget_entry(&mut self, entry: i64) -> Result<Vec<i64>> {
        let of = "SELECT e.id, e.on_day, e.count, e.title, e.detail, e.url FROM ledger_entry e WHERE e.id = $1";
        let text: Option<Text> = self.optional(Query::new(of).bind(entry)).await?;
        if let Some((.., title, detail, url)) = text {
            let mut query = Query::new("DELETE FROM entry_band");
            query.push_bind(" WHERE entry_id = ", entry);
            query.push_list(" AND band IN (", &Published::of(&title, &detail, &url).keys());
            self.execute(query).await?;
        }
        self.execute(Query::new("DELETE FROM published_entry WHERE entry_id = $1").bind(entry)).await?;
        let query = Query::new("SELECT entry_id FROM published_entry WHERE repeats = $1 ORDER BY entry_id");
        let freed: Vec<(i64,)> = self.all(query.bind(entry)).await?;
        Ok(freed.into_iter().map(|(id,)| id).collect())
    }

    /// Compares again those whose first no longer counts: the next of them takes its place.
    pub(super) async fn compare_again(&mut self, station: &Placed, kind: &str, freed: &[i64]) -> Result<()> {
        for entry in freed {
            let of = "SELECT e.id, e.on_day, e.count, e.title, e.detail, e.url FROM ledger_entry e WHERE e.id = $1";
            let (_, on_day, count, title, detail, url): Text = self.one(Query::new(of).bind(*entry)).await?;
            let repeats = self.same_of_month(station.id, on_day, &Published::of(&title, &detail, &url)).await?;
            let query = Query::new("UPDATE published_entry SET repeats = $1 WHERE entry_id = $2");
            self.execute(query.bind(repeats).bind(*entry)).await?;
            if repeats.is_none() {
                self.tally(station, kind, on_day, 0, count).await?;
            }
        }
        Ok(())
    }
}
