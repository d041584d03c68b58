//! The whole application on a database of its own, with a clock that stands still until moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use jiff::Timestamp;
use server::app::{App, router};
use server::clock::Clock;
use server::config::Settings;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::{Objects, Store};
use tempfile::TempDir;

use crate::client::Client;
use crate::people;

/// 2026-09-18 10:00 in China.
const MORNING: &str = "2026-09-18T02:00:00Z";

pub struct TestApp {
    pub app: App,
    router: Router,
    clock: Arc<AtomicI64>,
    _folder: TempDir,
}

impl TestApp {
    async fn open(address: &str, folder: TempDir, second_factor: bool) -> TestApp {
        let at: Timestamp = MORNING.parse().expect("instant");
        let clock = Arc::new(AtomicI64::new(at.as_millisecond()));
        let store = Store::open(address).await.expect("open");
        server::cli::migrate(&store, &Clock::Fixed(Arc::clone(&clock))).await.expect("migrate");
        people::settle(&store, at).await;
        let objects = Objects::folder(&folder.path().join("objects")).expect("objects");
        let (data, database_url) = (folder.path().to_owned(), address.to_owned());
        let settings = Settings { second_factor, data, database_url, ..Settings::default() };
        let app = App::new(store, objects, Clock::Fixed(Arc::clone(&clock)), settings).await.expect("app");
        TestApp { router: router(app.clone()), app, clock, _folder: folder }
    }

    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// The same database and clock under a server started anew, perhaps set differently: nothing kept in memory is there.
    pub async fn restarted(&self, change: impl FnOnce(&mut Settings)) -> TestApp {
        let (store, objects) = (self.app.store.clone(), self.app.objects.clone());
        let clock = Arc::clone(&self.clock);
        let mut settings = Settings::clone(&self.app.settings);
        change(&mut settings);
        let app = App::new(store, objects, Clock::Fixed(Arc::clone(&clock)), settings).await.expect("app");
        TestApp { router: router(app.clone()), app, clock, _folder: TempDir::new().expect("folder") }
    }

    /// A browser that is not signed in.
    pub fn browser(&self) -> Client {
        Client::new(self.router.clone())
    }

    /// A browser signed in under a name of [`people`].
    pub async fn sign_in(&self, username: &str) -> Client {
        let mut browser = self.browser();
        browser.get("/login").await.is(200);
        let answer = browser.post("/login", &[("username", username), ("password", people::PASSWORD)]).await;
        assert_eq!(answer.location(), "/desk", "{username}: {}", answer.text());
        browser
    }

    pub fn wait(&self, time: Duration) {
        let by = i64::try_from(time.as_millis()).expect("a while");
        self.clock.fetch_add(by, Ordering::Relaxed);
    }

    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// Rows of the audit table: a refused act leaves none.
    pub async fn audit_rows(&self) -> i64 {
        let query = store::query::Query::new("SELECT count(*) FROM audit");
        let (count,): (i64,) = self.store().one(query).await.expect("audit");
        count
    }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("runtime").block_on(test);
}

pub fn on_sqlite(second_factor: bool, test: impl AsyncFnOnce(&TestApp)) {
    run(async {
        let folder = TempDir::new().expect("folder");
        let address = format!("sqlite:{}", folder.path().join("fengsui.db").display());
        let app = TestApp::open(&address, folder, second_factor).await;
        test(&app).await;
        app.store().close().await;
    });
}

/// Runs the journey in a database that is dropped when it ends well.
pub fn on_postgres(second_factor: bool, test: impl AsyncFnOnce(&TestApp)) {
    static COUNT: AtomicI64 = AtomicI64::new(0);
    let Some(server) = postgres_server() else { return };
    let name = format!("j_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    run(async {
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        on_server(&server, &drop).await;
        on_server(&server, &format!("CREATE DATABASE {name}")).await;
        let (prefix, _) = server.rsplit_once('/').expect("a database in the address");
        let folder = TempDir::new().expect("folder");
        let app = TestApp::open(&format!("{prefix}/{name}"), folder, second_factor).await;
        test(&app).await;
        app.store().close().await;
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

/// Makes of each `async fn name(app: &TestApp)` the tests `name::sqlite` and `name::postgres`. Officials sign in
/// without a second factor, unless the list begins with `second_factor:`.
macro_rules! on_both {
    (second_factor: $($name:ident),+ $(,)?) => { on_both!(@ true, $($name),+); };
    (@ $second_factor:expr, $($name:ident),+) => {
        $(mod $name {
            #[test]
            fn sqlite() {
                crate::app::on_sqlite($second_factor, super::$name);
            }

            #[test]
            fn postgres() {
                crate::app::on_postgres($second_factor, super::$name);
            }
        })+
    };
    ($($name:ident),+ $(,)?) => { on_both!(@ false, $($name),+); };
}
