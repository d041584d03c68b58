use std::collections::BTreeSet;

use regulation::general::{Placed, Scope};

use crate::duties::{already_corrected, manager};
use crate::query::{OF_ENTRY, Query};
use crate::{Error, Result, Store, Tx};

/// A ledger entry as pages show it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EntryRow {
    pub id: i64,
    pub station_id: i64,
    pub station: String,
    pub city: String,
    pub county: Option<String>,
    /// Who manages the station now.
    pub managed_by: String,
    pub kind: String,
    pub on_day: i64,
    pub count: i64,
    pub title: String,
    pub detail: String,
    pub url: String,
    pub recorded_at: i64,
    pub recorded_by: String,
    /// 补录: made after the month it belongs to.
    pub late: i64,
    /// Dated back further than the edition lets pass unmarked.
    pub backdated: i64,
    pub keep_until: i64,
    pub source: String,
    pub supersedes: Option<i64>,
    pub void: i64,
    /// The entry that corrects this one, if any.
    pub superseded_by: Option<i64>,
    /// How many attachments it has.
    pub files: i64,
    /// Minutes into its day, where the time of publication is known.
    pub minute: Option<i64>,
    /// The entry of its month that says the same; then it does not count (reading K101).
    pub repeats: Option<i64>,
}

impl EntryRow {
    pub fn placed(&self) -> Placed {
        Placed {
            id: self.station_id,
            city: self.city.clone(),
            county: self.county.clone(),
            manager: manager(&self.managed_by),
        }
    }

    /// Neither corrected nor withdrawn.
    pub fn live(&self) -> bool {
        self.void == 0 && self.superseded_by.is_none()
    }
}

/// An entry as a line of a list: no more than lists show, for whatever is read of a row is copied from SQLite's thread
/// value by value.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EntryLine {
    pub id: i64,
    pub station_id: i64,
    pub station: String,
    pub kind: String,
    pub on_day: i64,
    pub count: i64,
    pub title: String,
    pub late: i64,
    pub backdated: i64,
    pub void: i64,
    pub superseded_by: Option<i64>,
    pub files: i64,
    pub repeats: Option<i64>,
}

/// What a new entry is made of; flags are decided by the caller.
#[derive(Clone, Debug, Default)]
pub struct NewEntry {
    pub kind: String,
    pub on_day: i64,
    pub count: i64,
    pub title: String,
    pub detail: String,
    pub url: String,
    pub late: bool,
    pub backdated: bool,
    pub keep_until: i64,
    /// `form`, `paste`, `xlsx`, `import`, `demo`, …
    pub source: &'static str,
    /// Minutes into its day; 0 when only the day is known.
    pub minute: i64,
    /// Whether it is held against the others of its month: of what is the same only the first counts (reading K101).
    pub compared: bool,
}

/// A correction: the entry it replaces and whether it withdraws it altogether.
#[derive(Clone, Copy, Debug)]
pub struct Supersede {
    pub entry: i64,
    pub void: bool,
}

/// Filters of the ledger list. Days are inclusive.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    pub kind: Option<String>,
    pub from_day: Option<i64>,
    pub to_day: Option<i64>,
    pub station: Option<i64>,
    /// Also show superseded and withdrawn entries.
    pub all_versions: bool,
}

/// The last row of a page: lists go on from it, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryCursor {
    pub on_day: i64,
    pub id: i64,
}

/// Day, title, address and detail of an entry.
pub type EntryKey = (i64, String, String, String);

const ENTRY: &str = "SELECT e.id, e.station_id, s.name AS station, e.city, e.county, s.managed_by, e.kind, e.on_day, \
                     e.count, e.title, e.detail, e.url, e.recorded_at, e.recorded_by, e.late, e.backdated, e.keep_until, e.source, \
                     e.supersedes, e.void, (SELECT n.id FROM ledger_entry n WHERE n.supersedes = e.id) AS superseded_by, \
                     (SELECT count(*) FROM attachment_link l WHERE l.noun = 'ledger_entry' AND l.noun_id = e.id) AS files, \
                     (SELECT p.minute FROM published_entry p WHERE p.entry_id = e.id) AS minute, \
                     (SELECT p.repeats FROM published_entry p WHERE p.entry_id = e.id) AS repeats";

/// The columns of an [`EntryLine`].
const LINE: &str = "SELECT e.id, e.station_id, s.name AS station, e.kind, e.on_day, e.count, e.title, e.late, e.backdated, \
                    e.void, (SELECT n.id FROM ledger_entry n WHERE n.supersedes = e.id) AS superseded_by, \
                    (SELECT count(*) FROM attachment_link l WHERE l.noun = 'ledger_entry' AND l.noun_id = e.id) AS files, \
                    (SELECT p.repeats FROM published_entry p WHERE p.entry_id = e.id) AS repeats";

const FROM_LEDGER: &str = " FROM ledger_entry e JOIN station s ON s.id = e.station_id";

/// Up to this many stations are read each in its own order and merged.
const MERGED: usize = 64;

/// The list's query, apart so that a test can look at its plan. `select` names the columns.
fn page_query(
    select: &'static str,
    scope: &Scope,
    filter: &EntryFilter,
    after: Option<EntryCursor>,
    limit: i64,
) -> Query {
    let mut query = Query::new(select);
    match several(scope, filter) {
        Some(stations) => {
            // One index holds each station's entries in order; sorting them all would read them all.
            let mut joint = " FROM (";
            for station in stations {
                query.push(joint);
                query.push("SELECT * FROM ledger_entry e WHERE 1 = 1");
                narrow(&mut query, &Scope::Stations(vec![station]), filter, after);
                joint = " UNION ALL ";
            }
            query.push(") e JOIN station s ON s.id = e.station_id");
        }
        None => {
            query.push(FROM_LEDGER);
            query.push(" WHERE 1 = 1");
            narrow(&mut query, scope, filter, after);
        }
    }
    query.push_page(" ORDER BY e.on_day DESC, e.id DESC", limit);
    query
}

/// The stations to merge, each once, when a scope names several and the filter not one of them.
fn several(scope: &Scope, filter: &EntryFilter) -> Option<BTreeSet<i64>> {
    let Scope::Stations(stations) = scope else { return None };
    let stations: BTreeSet<i64> = stations.iter().copied().collect();
    (filter.station.is_none() && (2..=MERGED).contains(&stations.len())).then_some(stations)
}

fn narrow(query: &mut Query, scope: &Scope, filter: &EntryFilter, after: Option<EntryCursor>) {
    query.within(scope, &OF_ENTRY);
    if let Some(station) = filter.station {
        query.push_bind(" AND e.station_id = ", station);
    }
    if let Some(kind) = &filter.kind {
        query.push_bind(" AND e.kind = ", kind);
    }
    if let Some(from) = filter.from_day {
        query.push_bind(" AND e.on_day >= ", from);
    }
    if let Some(to) = newest_day(filter, after) {
        query.push_bind(" AND e.on_day <= ", to);
    }
    if !filter.all_versions {
        query.push(" AND e.void = 0 AND NOT EXISTS (SELECT 1 FROM ledger_entry n WHERE n.supersedes = e.id)");
    }
    if let Some(after) = after {
        query.push_bind(" AND (e.on_day, e.id) < (", after.on_day);
        query.push_bind(", ", after.id);
        query.push(")");
    }
}

/// The newest day a page can hold. SQLite takes one upper bound to its index, the first it is given: were that the end
/// of the filter, a page far down the list would read all pages before it.
fn newest_day(filter: &EntryFilter, after: Option<EntryCursor>) -> Option<i64> {
    filter.to_day.into_iter().chain(after.map(|after| after.on_day)).min()
}

fn keys_query(station: i64, kind: &str, year: i64) -> Query {
    let query = Query::new(
        "SELECT e.on_day, e.title, e.url, e.detail FROM ledger_entry e WHERE e.year = $1 AND e.station_id = $2 AND e.kind = $3 \
         AND e.void = 0 AND NOT EXISTS (SELECT 1 FROM ledger_entry n WHERE n.supersedes = e.id)",
    );
    query.bind(year).bind(station).bind(kind)
}

/// Keeps the tallies of a filter's months. Those of one year, as the list asks for, are found by the index alone.
fn within_months(query: &mut Query, filter: &EntryFilter) {
    let (from, to) = (filter.from_day.map(|day| day / 100), filter.to_day.map(|day| day / 100));
    match (from, to) {
        (Some(from), Some(to)) if from / 100 == to / 100 => {
            query.push_bind(" AND e.year = ", from / 100);
            query.push_bind(" AND e.month >= ", from % 100);
            query.push_bind(" AND e.month <= ", to % 100);
        }
        _ => {
            if let Some(from) = from {
                query.push_bind(" AND e.year * 100 + e.month >= ", from);
                query.push_bind(" AND e.year >= ", from / 100);
            }
            if let Some(to) = to {
                query.push_bind(" AND e.year * 100 + e.month <= ", to);
                query.push_bind(" AND e.year <= ", to / 100);
            }
        }
    }
}

impl Store {
    /// Entries in scope, newest first.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn entries(
        &self,
        scope: &Scope,
        filter: &EntryFilter,
        after: Option<EntryCursor>,
        limit: i64,
    ) -> Result<Vec<EntryRow>> {
        self.all(page_query(ENTRY, scope, filter, after, limit)).await
    }

    /// The same as lines of a list.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn entry_lines(
        &self,
        scope: &Scope,
        filter: &EntryFilter,
        after: Option<EntryCursor>,
        limit: i64,
    ) -> Result<Vec<EntryLine>> {
        self.all(page_query(LINE, scope, filter, after, limit)).await
    }

    /// How the database runs that list, whole and as lines: tests refuse full scans.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn entries_plan(
        &self,
        scope: &Scope,
        filter: &EntryFilter,
        after: Option<EntryCursor>,
    ) -> Result<Vec<String>> {
        let mut steps = self.plan(page_query(ENTRY, scope, filter, after, 50)).await?;
        steps.extend(self.plan(page_query(LINE, scope, filter, after, 50)).await?);
        Ok(steps)
    }

    /// How many live entries a filter by kind and whole months holds, from the tallies.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn count_entries(&self, scope: &Scope, filter: &EntryFilter) -> Result<i64> {
        let mut query =
            Query::new("SELECT CAST(coalesce(sum(e.entries), 0) AS BIGINT) FROM ledger_tally e WHERE 1 = 1");
        query.within(scope, &OF_ENTRY);
        if let Some(station) = filter.station {
            query.push_bind(" AND e.station_id = ", station);
        }
        if let Some(kind) = &filter.kind {
            query.push_bind(" AND e.kind = ", kind);
        }
        within_months(&mut query, filter);
        let (count,): (i64,) = self.one(query).await?;
        Ok(count)
    }

    /// An entry in scope; one out of scope looks like none.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn entry(&self, scope: &Scope, id: i64) -> Result<Option<EntryRow>> {
        let mut query = Query::new(ENTRY);
        query.push(FROM_LEDGER);
        query.push_bind(" WHERE e.id = ", id);
        query.within(scope, &OF_ENTRY);
        self.optional(query).await
    }

    /// Entries in scope by their keys, oldest first: a row's evidence.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn entries_by_id(&self, scope: &Scope, ids: &[i64]) -> Result<Vec<EntryRow>> {
        let [first, rest @ ..] = ids else { return Ok(Vec::new()) };
        let mut query = Query::new(ENTRY);
        query.push(FROM_LEDGER);
        query.push_bind(" WHERE e.id IN (", *first);
        for id in rest {
            query.push_bind(", ", *id);
        }
        query.push(")");
        query.within(scope, &OF_ENTRY);
        query.push(" ORDER BY e.on_day, e.id");
        self.all(query).await
    }

    /// The station's newest entry of a kind: 复制上一笔.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn last_entry(&self, scope: &Scope, station: i64, kind: &str) -> Result<Option<EntryRow>> {
        let filter = EntryFilter { kind: Some(kind.to_owned()), station: Some(station), ..EntryFilter::default() };
        Ok(self.entries(scope, &filter, None, 1).await?.into_iter().next())
    }

    /// Day, title, address and detail of what a station already entered under a kind in a year: rows of an import are held
    /// against them.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn entry_keys(&self, station: i64, kind: &str, year: i64) -> Result<Vec<EntryKey>> {
        self.all(keys_query(station, kind, year)).await
    }
}

impl Tx<'_> {
    /// Keeps others from writing under this station until the transaction ends: what is checked stays so.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn hold_station(&mut self, station: i64) -> Result<()> {
        // A write that changes nothing takes the row's lock in PostgreSQL; SQLite has one writer anyway.
        self.execute(Query::new("UPDATE station SET firms = firms WHERE id = $1").bind(station)).await.map(drop)
    }

    /// The same of a station that has not ended.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it has.
    pub async fn hold_at_work(&mut self, station: i64) -> Result<()> {
        let query = Query::new("UPDATE station SET firms = firms WHERE id = $1 AND ended_on IS NULL");
        match self.execute(query.bind(station)).await? {
            0 => Err(Error::Conflict("该工作站已经终止".to_owned())),
            _ => Ok(()),
        }
    }

    /// As [`Store::entry_keys`], within the transaction.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn entry_keys(&mut self, station: i64, kind: &str, year: i64) -> Result<Vec<EntryKey>> {
        self.all(keys_query(station, kind, year)).await
    }

    /// Appends an entry and moves the tallies in the same transaction; so does what is the same as others of its month,
    /// which counts once.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the superseded entry was already corrected or is another
    /// station's.
    pub async fn add_entry(&mut self, station: &Placed, new: &NewEntry, supersede: Option<Supersede>) -> Result<i64> {
        let freed = match supersede {
            Some(supersede) => self.untally(station, supersede.entry).await?,
            None => Freed::default(),
        };
        let void = supersede.is_some_and(|s| s.void);
        let query = Query::new(
            "INSERT INTO ledger_entry (station_id, city, county, kind, year, on_day, count, title, detail, url, \
             recorded_at, recorded_by, late, backdated, keep_until, source, supersedes, void) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) RETURNING id",
        );
        let query = query.bind(station.id).bind(&station.city).bind(station.county.clone()).bind(&new.kind);
        let query = query.bind(new.on_day / 10_000).bind(new.on_day).bind(new.count).bind(&new.title);
        let query = query.bind(&new.detail).bind(&new.url).bind(self.at()).bind(self.mandate().actor().name.clone());
        let query = query.bind(new.late).bind(new.backdated).bind(new.keep_until).bind(new.source);
        let query = query.bind(supersede.map(|s| s.entry)).bind(void);
        let id = self.insert(query).await.map_err(|error| already_corrected(error, "这笔台账"))?;
        if !void {
            let counts = !new.compared || self.compare_entry(station.id, id, new).await?;
            self.tally(station, &new.kind, new.on_day, 1, if counts { new.count } else { 0 }).await?;
        }
        self.compare_again(station, &freed.kind, &freed.entries).await?;
        self.concerns(id);
        self.note(format!("{} {} {}", new.kind, new.on_day, new.title));
        Ok(id)
    }

    /// Takes an entry out of the tallies and the comparison. Returns those it kept from counting.
    async fn untally(&mut self, station: &Placed, entry: i64) -> Result<Freed> {
        let query = Query::new(
            "SELECT e.kind, e.on_day, e.count, e.void, p.entry_id, p.repeats FROM ledger_entry e \
             LEFT JOIN published_entry p ON p.entry_id = e.id WHERE e.id = $1 AND e.station_id = $2",
        );
        let old: Option<Tallied> = self.optional(query.bind(entry).bind(station.id)).await?;
        let Some(old) = old else {
            return Err(Error::Conflict("被更正的台账不属于本站".to_owned()));
        };
        if old.void == 0 {
            let count = if old.repeats.is_none() { -old.count } else { 0 };
            self.tally(station, &old.kind, old.on_day, -1, count).await?;
        }
        let entries = if old.entry_id.is_some() { self.forget_entry(entry).await? } else { Vec::new() };
        Ok(Freed { kind: old.kind, entries })
    }
}

/// How an entry stands in the tallies and, where its kind is compared, among what was published.
#[derive(sqlx::FromRow)]
struct Tallied {
    kind: String,
    on_day: i64,
    count: i64,
    void: i64,
    entry_id: Option<i64>,
    repeats: Option<i64>,
}

/// Entries that repeated one now gone, with their kind.
#[derive(Default)]
struct Freed {
    kind: String,
    entries: Vec<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_at_its_cursor_and_ends_within_the_filter() {
        let filter = EntryFilter { to_day: Some(20_261_231), ..EntryFilter::default() };
        let after = |on_day| Some(EntryCursor { on_day, id: 7 });
        assert_eq!(newest_day(&filter, None), Some(20_261_231));
        assert_eq!(newest_day(&filter, after(20_260_210)), Some(20_260_210));
        assert_eq!(newest_day(&filter, after(20_270_101)), Some(20_261_231));
        assert_eq!(newest_day(&EntryFilter::default(), after(20_260_210)), Some(20_260_210));
        assert_eq!(newest_day(&EntryFilter::default(), None), None);
    }
}
