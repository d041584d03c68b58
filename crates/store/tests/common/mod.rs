//! A database of its own for every test.

mod acts;
mod people;
mod raw;

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::Store;
use tempfile::TempDir;

pub use acts::{YEAR, act, draft, entry_of};
pub use people::{CITY, COUNTY, OTHER_CITY, allowed, day, expert, of_city, of_province, of_station, public, today};
pub use raw::Raw;

/// An empty database at the newest schema.
pub struct Db {
    pub store: Store,
    address: String,
    folder: TempDir,
    clock: AtomicI64,
}

impl Db {
    async fn open(address: String, folder: TempDir) -> Db {
        let store = Store::open(&address).await.expect("open");
        store.migrate().await.expect("migrate");
        Db { store, address, folder, clock: AtomicI64::new(1_788_220_800_000) }
    }

    /// Each asking is a second after the one before; the first is 2026-09-01 in the morning.
    pub fn now(&self) -> Timestamp {
        let at = self.clock.fetch_add(1000, Ordering::Relaxed);
        Timestamp::from_millisecond(at).expect("instant")
    }

    /// A connection that knows none of the store's rules: what an intruder has.
    pub async fn raw(&self) -> Raw {
        Raw::open(&self.address).await
    }

    /// The same database through a store of its own, as after a restart.
    pub async fn reopened(&self) -> Store {
        Store::open(&self.address).await.expect("open again")
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// A folder that goes when the test ends.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("runtime").block_on(test);
}

pub fn on_sqlite(test: impl AsyncFnOnce(&Db)) {
    run(async {
        let folder = TempDir::new().expect("folder");
        let address = format!("sqlite:{}", folder.path().join("fengsui.db").display());
        let db = Db::open(address, folder).await;
        test(&db).await;
        db.store.close().await;
    });
}

/// Runs the test in a database that is dropped when it passes.
pub fn on_postgres(test: impl AsyncFnOnce(&Db)) {
    static COUNT: AtomicI64 = AtomicI64::new(0);
    let Some(server) = postgres_server() else { return };
    let name = format!("t_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    run(async {
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        on_server(&server, &drop).await;
        on_server(&server, &format!("CREATE DATABASE {name}")).await;
        let (prefix, _) = server.rsplit_once('/').expect("a database in the address");
        let db = Db::open(format!("{prefix}/{name}"), TempDir::new().expect("folder")).await;
        test(&db).await;
        db.store.close().await;
        on_server(&server, &drop).await;
    });
}

async fn on_server(server: &str, sql: &str) {
    let mut connection = PgConnection::connect(server).await.expect("PostgreSQL answers");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.expect("statement");
    connection.close().await.expect("close");
}

fn postgres_server() -> Option<String> {
    let server = std::env::var("FENGSUI_TEST_POSTGRES").ok();
    if server.is_none() {
        assert!(std::env::var_os("CI").is_none(), "CI runs these tests on PostgreSQL: use .ci/with-postgres");
        println!("skipped: FENGSUI_TEST_POSTGRES is not set (.ci/with-postgres sets it)");
    }
    server
}

/// Makes of each `async fn name(db: &Db)` the tests `name::sqlite` and `name::postgres`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[test]
            fn sqlite() {
                crate::common::on_sqlite(super::$name);
            }

            #[test]
            fn postgres() {
                crate::common::on_postgres(super::$name);
            }
        })+
    };
}
