//! The two databases behind one set of calls: a pool of readers and one grouped writer for SQLite, a pool
//! for PostgreSQL.

mod upkeep;

use std::collections::VecDeque;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use regulation::general::Mandate;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, FromRow};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use crate::query::{Bind, Query};
use crate::{Error, Result, audit, dialect, instant_number};
pub(crate) use upkeep::Writes;

/// Which database is behind a [`Store`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    pools: Pools,
    statements: AtomicU64,
    /// Bumped by every act committed by this process, also when its caller is gone: what a page was built from
    /// may have changed since.
    version: Arc<AtomicU64>,
    /// Readings remembered for tests that ask for their plans.
    watched: OnceLock<std::sync::Mutex<Vec<Query>>>,
}

impl Inner {
    fn noticed(&self, query: &Query) {
        if let Some(Ok(mut watched)) = self.watched.get().map(std::sync::Mutex::lock) {
            watched.push(query.clone());
        }
    }
}

enum Pools {
    Sqlite { readers: SqlitePool, lane: Arc<Mutex<Lane>> },
    Postgres(PgPool),
}

/// A row type both databases can fill.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// SQLite's one writing connection.
///
/// Group commit: a finished transaction stays in the open database transaction as a released savepoint,
/// and whoever waited for the lane behind it adds its own. The flush queues in the same line, so it commits,
/// with one sync to disk, exactly those that were waiting when the first of them finished. Only then are
/// they told. Idle, that is one commit per transaction with no delay added.
struct Lane {
    connection: SqliteConnection,
    open: bool,
    /// Whether the group holds an act, not housekeeping alone.
    acts: bool,
    version: Arc<AtomicU64>,
    unacknowledged: VecDeque<oneshot::Sender<std::result::Result<(), String>>>,
}

/// An open transaction. Dropped without [`Tx::commit`], it leaves nothing behind.
pub struct Tx<'m> {
    side: Side,
    store: Store,
    mandate: &'m Mandate,
    at: Timestamp,
    noun_id: i64,
    detail: String,
}

enum Side {
    Sqlite(SavePoint),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// One transaction's part of the group. Rolls itself back when dropped before it is released.
struct SavePoint {
    /// `None` only once released or handed to the clean-up.
    lane: Option<OwnedMutexGuard<Lane>>,
    home: Arc<Mutex<Lane>>,
}

pub(crate) async fn open_sqlite(url: &str) -> Result<Store> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged write survives power loss.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .foreign_keys(true)
        // Read, not mapped: a bad sector is then an error to answer, not a signal that ends the server, and every
        // connection's share of memory is this many KiB.
        .pragma("cache_size", "-4096")
        // A page of a list goes over from SQLite's thread without its waiting for room half-way.
        .row_buffer_size(256)
        .disable_statement_logging();
    let connection = SqliteConnection::connect_with(&options).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(8)
        .min_connections(1)
        .test_before_acquire(false)
        .connect_with(options.read_only(true).create_if_missing(false))
        .await?;
    let version = Arc::new(AtomicU64::new(0));
    let (told, version_of_lane) = (VecDeque::new(), Arc::clone(&version));
    let lane = Lane { connection, open: false, acts: false, version: version_of_lane, unacknowledged: told };
    Ok(Store::new(Pools::Sqlite { readers, lane: Arc::new(Mutex::new(lane)) }, version))
}

pub(crate) async fn open_postgres(url: &str) -> Result<Store> {
    // A statement whose rows are guessed to be many is neither compiled first nor shared out to workers: either costs more
    // than it saves ours. What the most frequent word finds is counted in memory. A page out of turn costs what it does on
    // today's disks: at four times a page in turn, a word of many terms looks dearer than reading every text.
    let options =
        [("jit", "off"), ("max_parallel_workers_per_gather", "0"), ("work_mem", "16MB"), ("random_page_cost", "1.1")];
    let options = PgConnectOptions::from_str(url)?.options(options).disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(16).test_before_acquire(false).connect_with(options).await?;
    Ok(Store::new(Pools::Postgres(pool), Arc::default()))
}

pub(crate) async fn migrate(store: &Store) -> Result<()> {
    match &store.inner.pools {
        Pools::Sqlite { lane, .. } => {
            let mut lane = lane.lock().await;
            sqlx::migrate!("migrations/sqlite").run(&mut lane.connection).await?;
        }
        Pools::Postgres(pool) => sqlx::migrate!("migrations/postgres").run(pool).await?,
    }
    Ok(())
}

pub(crate) async fn begin<'m>(store: &Store, mandate: &'m Mandate, at: Timestamp) -> Result<Tx<'m>> {
    let side = store.open_side().await?;
    let noun_id = mandate.subject().id;
    Ok(Tx { side, store: store.clone(), mandate, at, noun_id, detail: String::new() })
}

/// Binds the values of a [`Query`] to a statement of either database.
macro_rules! bound {
    ($statement:expr, $binds:expr) => {{
        let mut statement = $statement;
        for bind in $binds {
            statement = match bind {
                Bind::Int(value) => statement.bind(value),
                Bind::Text(value) => statement.bind(value),
            };
        }
        statement
    }};
}

/// Runs a query by `$method` on either database.
macro_rules! fetch {
    ($self:expr, $query:expr, $row:ty, $method:ident) => {{
        $self.inner.statements.fetch_add(1, Ordering::Relaxed);
        $self.inner.noticed(&$query);
        let (sql, binds) = $query.into_parts();
        Ok(match &$self.inner.pools {
            Pools::Sqlite { readers, .. } => {
                bound!(sqlx::query_as::<_, $row>(AssertSqlSafe(sql)), binds).$method(readers).await?
            }
            Pools::Postgres(pool) => bound!(sqlx::query_as::<_, $row>(AssertSqlSafe(sql)), binds).$method(pool).await?,
        })
    }};
}

/// The same inside a transaction.
macro_rules! fetch_in {
    ($self:expr, $query:expr, $row:ty, $method:ident) => {{
        $self.store.inner.statements.fetch_add(1, Ordering::Relaxed);
        let (sql, binds) = $query.into_parts();
        Ok(match &mut $self.side {
            Side::Sqlite(part) => {
                bound!(sqlx::query_as::<_, $row>(AssertSqlSafe(sql)), binds).$method(part.connection()?).await?
            }
            Side::Postgres(tx) => {
                bound!(sqlx::query_as::<_, $row>(AssertSqlSafe(sql)), binds).$method(&mut **tx).await?
            }
        })
    }};
}

impl Store {
    fn new(pools: Pools, version: Arc<AtomicU64>) -> Store {
        let inner = Inner { pools, statements: AtomicU64::new(0), version, watched: OnceLock::new() };
        Store { inner: Arc::new(inner) }
    }

    pub fn backend(&self) -> Backend {
        match self.inner.pools {
            Pools::Sqlite { .. } => Backend::Sqlite,
            Pools::Postgres(_) => Backend::Postgres,
        }
    }

    /// SQL statements run so far: tests bound how many a page takes.
    pub fn statements(&self) -> u64 {
        self.inner.statements.load(Ordering::Relaxed)
    }

    /// From now on every reading is remembered, for [`Store::watched`]: tests ask the database how it would run each.
    pub fn watch(&self) {
        self.inner.watched.get_or_init(std::sync::Mutex::default);
    }

    /// The readings since the last call.
    pub fn watched(&self) -> Vec<Query> {
        let watched = self.inner.watched.get().and_then(|watched| watched.lock().ok());
        watched.map(|mut watched| std::mem::take(&mut *watched)).unwrap_or_default()
    }

    /// Changes with every commit of this process, and with those of others once [`Store::follow`] saw them.
    pub fn version(&self) -> u64 {
        self.inner.version.load(Ordering::Acquire)
    }

    /// Moves the version when an act was recorded since the key given; returns the newest key. Another process on the
    /// same database is noticed by this, called now and then.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn follow(&self, newest: i64) -> Result<i64> {
        let (found,): (i64,) = self.one(Query::new("SELECT coalesce(max(id), 0) FROM audit")).await?;
        if found != newest {
            self.inner.version.fetch_add(1, Ordering::Release);
        }
        Ok(found)
    }

    /// # Errors
    /// Fails when the database does, as do the calls below.
    pub async fn all<T: Record>(&self, query: Query) -> Result<Vec<T>> {
        fetch!(self, query, T, fetch_all)
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn optional<T: Record>(&self, query: Query) -> Result<Option<T>> {
        fetch!(self, query, T, fetch_optional)
    }

    /// # Errors
    /// See [`Store::all`]; also when there is no row.
    pub async fn one<T: Record>(&self, query: Query) -> Result<T> {
        fetch!(self, query, T, fetch_one)
    }

    /// How the database would run a query, one line a step.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn plan(&self, query: Query) -> Result<Vec<String>> {
        #[derive(FromRow)]
        struct Step {
            detail: String,
        }
        let (sql, binds) = query.into_parts();
        let sql = format!("{}{sql}", dialect::explain(self.backend()));
        Ok(match &self.inner.pools {
            Pools::Sqlite { readers, .. } => {
                let steps: Vec<Step> = bound!(sqlx::query_as(AssertSqlSafe(sql)), binds).fetch_all(readers).await?;
                steps.into_iter().map(|step| step.detail).collect()
            }
            Pools::Postgres(pool) => {
                let steps: Vec<(String,)> = bound!(sqlx::query_as(AssertSqlSafe(sql)), binds).fetch_all(pool).await?;
                steps.into_iter().map(|(step,)| step).collect()
            }
        })
    }

    /// Table, column, type and whether it is required, for the parity test.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn schema(&self) -> Result<(Vec<(String, String, String, i64)>, Vec<(String,)>)> {
        let columns = Query::new(dialect::columns(self.backend()));
        let indexes = Query::new(dialect::indexes(self.backend()));
        Ok((self.all(columns).await?, self.all(indexes).await?))
    }

    /// Closes all connections, after what was acknowledged is on disk.
    pub async fn close(&self) {
        match &self.inner.pools {
            Pools::Sqlite { readers, .. } => readers.close().await,
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    async fn open_side(&self) -> Result<Side> {
        Ok(match &self.inner.pools {
            Pools::Sqlite { lane: home, .. } => {
                let lane = Arc::clone(home).lock_owned().await;
                // From here on the part cleans up after itself, also when this future is dropped.
                let mut part = SavePoint { lane: Some(lane), home: Arc::clone(home) };
                part.open().await?;
                Side::Sqlite(part)
            }
            Pools::Postgres(pool) => Side::Postgres(pool.begin().await?),
        })
    }

    /// Runs housekeeping statements (sessions, failure counters, reminders, what the worker saw of websites, sealing) in one
    /// transaction. They record no act of a person, so they carry no mandate and leave no audit row.
    pub(crate) async fn upkeep(&self, queries: Vec<Query>) -> Result<u64> {
        let mut side = self.open_side().await?;
        let mut changed = 0;
        for query in queries {
            self.inner.statements.fetch_add(1, Ordering::Relaxed);
            changed += execute(&mut side, query).await?;
        }
        side.commit().await?;
        Ok(changed)
    }

    /// One housekeeping statement, and the rows it gives back.
    pub(crate) async fn upkeep_all<T: Record>(&self, query: Query) -> Result<Vec<T>> {
        let mut side = self.open_side().await?;
        self.inner.statements.fetch_add(1, Ordering::Relaxed);
        let rows = side_all(&mut side, query).await?;
        side.commit().await?;
        Ok(rows)
    }

    /// Seals audit rows not yet in the chain; see [`audit`].
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn seal(&self) -> Result<u64> {
        let waiting: (i64,) = self
            .one(Query::new("SELECT count(*) FROM (SELECT id FROM audit WHERE position IS NULL LIMIT 1) w"))
            .await?;
        if waiting.0 == 0 {
            return Ok(0);
        }
        let mut side = self.open_side().await?;
        if let Some(lock) = dialect::seal_lock(self.backend()) {
            execute(&mut side, Query::new(lock)).await?;
        }
        let tail: Option<audit::Tail> = side_optional(&mut side, audit::tail_query()).await?;
        let rows: Vec<audit::Row> = side_all(&mut side, audit::unsealed_query()).await?;
        let sealed = rows.len() as u64;
        for query in audit::seal_queries(tail, rows) {
            execute(&mut side, query).await?;
        }
        side.commit().await?;
        Ok(sealed)
    }
}

async fn side_optional<T: Record>(side: &mut Side, query: Query) -> Result<Option<T>> {
    Ok(side_all(side, query).await?.into_iter().next())
}

async fn side_all<T: Record>(side: &mut Side, query: Query) -> Result<Vec<T>> {
    let (sql, binds) = query.into_parts();
    Ok(match side {
        Side::Sqlite(part) => {
            bound!(sqlx::query_as::<_, T>(AssertSqlSafe(sql)), binds).fetch_all(part.connection()?).await?
        }
        Side::Postgres(tx) => bound!(sqlx::query_as::<_, T>(AssertSqlSafe(sql)), binds).fetch_all(&mut **tx).await?,
    })
}

async fn execute(side: &mut Side, query: Query) -> Result<u64> {
    let (sql, binds) = query.into_parts();
    Ok(match side {
        Side::Sqlite(part) => {
            bound!(sqlx::query(AssertSqlSafe(sql)), binds).execute(part.connection()?).await?.rows_affected()
        }
        Side::Postgres(tx) => bound!(sqlx::query(AssertSqlSafe(sql)), binds).execute(&mut **tx).await?.rows_affected(),
    })
}

impl Side {
    /// Commits housekeeping.
    async fn commit(self) -> Result<()> {
        match self {
            Side::Sqlite(part) => part.commit(false).await,
            Side::Postgres(tx) => Ok(tx.commit().await?),
        }
    }

    /// Commits an act and moves the version, whether or not the caller is still there to hear of it.
    async fn commit_act(self, version: Arc<AtomicU64>) -> Result<()> {
        match self {
            Side::Sqlite(part) => part.commit(true).await,
            Side::Postgres(tx) => {
                let committed = tokio::spawn(async move {
                    let outcome = tx.commit().await;
                    version.fetch_add(1, Ordering::Release);
                    outcome
                });
                Ok(committed.await.map_err(|error| Error::Commit(error.to_string()))??)
            }
        }
    }

    /// Gives the part up; what others wrote before in the same group is waited for.
    async fn abandon(self) -> Result<()> {
        match self {
            Side::Sqlite(mut part) => {
                sqlx::query("ROLLBACK TO part").execute(part.connection()?).await?;
                // What others wrote before is in the same group: wait for it.
                part.commit(false).await
            }
            Side::Postgres(tx) => Ok(tx.rollback().await?),
        }
    }
}

impl SavePoint {
    fn lane(&mut self) -> Result<&mut Lane> {
        self.lane.as_deref_mut().ok_or_else(|| Error::Commit("事务已经结束".to_owned()))
    }

    fn connection(&mut self) -> Result<&mut SqliteConnection> {
        Ok(&mut self.lane()?.connection)
    }

    async fn open(&mut self) -> Result<()> {
        let lane = self.lane()?;
        if !lane.open {
            // Said before it is so: dropped while the database is still at it, the clean-up ends what began.
            lane.open = true;
            if let Err(error) = sqlx::query("BEGIN IMMEDIATE").execute(&mut lane.connection).await {
                lane.open = false;
                return Err(error.into());
            }
        }
        sqlx::query("SAVEPOINT part").execute(&mut lane.connection).await?;
        Ok(())
    }

    async fn commit(mut self, act: bool) -> Result<()> {
        self.lane()?.acts |= act;
        sqlx::query("RELEASE part").execute(self.connection()?).await?;
        let (told, answer) = oneshot::channel();
        if let Some(mut lane) = self.lane.take() {
            lane.unacknowledged.push_back(told);
        }
        let home = Arc::clone(&self.home);
        // Its own task: a client that hangs up must not interrupt a commit others wait for.
        tokio::spawn(async move { home.lock().await.flush().await });
        match answer.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(problem)) => Err(Error::Commit(problem)),
            Err(_) => Err(Error::Commit("写入通道已关闭".to_owned())),
        }
    }
}

impl Drop for SavePoint {
    fn drop(&mut self) {
        let Some(mut lane) = self.lane.take() else { return };
        tokio::spawn(async move {
            let undone = async {
                sqlx::query("ROLLBACK TO part").execute(&mut lane.connection).await?;
                sqlx::query("RELEASE part").execute(&mut lane.connection).await
            };
            // Dropped before its savepoint stood, or after it was released, there is none to undo.
            if let Err(error) = undone.await {
                tracing::debug!(%error, "rolling back to the savepoint");
            }
            lane.flush().await;
        });
    }
}

impl Lane {
    /// Commits the group and tells everyone in it.
    async fn flush(&mut self) {
        if !self.open {
            return;
        }
        let outcome = sqlx::query("COMMIT").execute(&mut self.connection).await;
        self.open = false;
        if std::mem::take(&mut self.acts) {
            self.version.fetch_add(1, Ordering::Release);
        }
        if let Err(error) = &outcome {
            tracing::error!(%error, "commit");
            // After a failed commit the transaction may still be open; the next group must start clean.
            if let Err(error) = sqlx::query("ROLLBACK").execute(&mut self.connection).await {
                tracing::debug!(%error, "rollback after a failed commit");
            }
        }
        for told in self.unacknowledged.drain(..) {
            // A caller that is gone needs no answer.
            drop(told.send(outcome.as_ref().map(|_| ()).map_err(ToString::to_string)));
        }
    }
}

impl<'m> Tx<'m> {
    pub fn mandate(&self) -> &Mandate {
        self.mandate
    }

    /// When this happens: one instant for all rows of the transaction.
    pub fn at(&self) -> i64 {
        instant_number(self.at)
    }

    pub fn instant(&self) -> Timestamp {
        self.at
    }

    /// Names the row the audit entry is about, once it has a key.
    pub fn concerns(&mut self, id: i64) {
        self.noun_id = id;
    }

    /// What was done, for the audit entry: a short sentence or `key=value` pairs.
    pub fn note(&mut self, detail: impl Into<String>) {
        self.detail = detail.into();
    }

    /// # Errors
    /// Fails when the database does, as do the calls below.
    pub async fn all<T: Record>(&mut self, query: Query) -> Result<Vec<T>> {
        fetch_in!(self, query, T, fetch_all)
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn optional<T: Record>(&mut self, query: Query) -> Result<Option<T>> {
        fetch_in!(self, query, T, fetch_optional)
    }

    /// # Errors
    /// See [`Tx::all`]; also when there is no row.
    pub async fn one<T: Record>(&mut self, query: Query) -> Result<T> {
        fetch_in!(self, query, T, fetch_one)
    }

    /// Runs an `INSERT … RETURNING id`.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn insert(&mut self, query: Query) -> Result<i64> {
        let (id,): (i64,) = self.one(query).await?;
        Ok(id)
    }

    /// Rows changed.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn execute(&mut self, query: Query) -> Result<u64> {
        self.store.inner.statements.fetch_add(1, Ordering::Relaxed);
        execute(&mut self.side, query).await
    }

    /// Ends this act with its audit row and goes on under another mandate, at another instant, in the same
    /// database transaction: acts that are kept or lost together, each still on the record by itself.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn proceed(&mut self, mandate: &'m Mandate, at: Timestamp) -> Result<()> {
        self.record_act().await?;
        (self.mandate, self.at) = (mandate, at);
        self.noun_id = mandate.subject().id;
        self.detail.clear();
        Ok(())
    }

    async fn record_act(&mut self) -> Result<()> {
        let row = audit::insert_query(self.mandate, self.at(), self.noun_id, &self.detail);
        self.execute(row).await.map(drop)
    }

    /// Writes the audit row and commits. When this returns, the write is on disk.
    ///
    /// # Errors
    /// Fails when the database does; then nothing was written.
    pub async fn commit(mut self) -> Result<()> {
        self.record_act().await?;
        self.side.commit_act(Arc::clone(&self.store.inner.version)).await
    }

    /// Gives the transaction up and returns once everything it may have read is on disk: what it tells of
    /// others' writes then survives.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn abandon(self) -> Result<()> {
        self.side.abandon().await
    }
}
