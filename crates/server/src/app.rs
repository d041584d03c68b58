//! The application: what handlers share, and how routes are put together.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, RwLock};

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderValue, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, Method};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use jiff::civil::Date;
use papers::Fonts;
use regulation::duties::signal;
use regulation::general::{Due, Verb, Workdays};
use regulation::law::Edition;
use store::appraisal::{Cycle, CycleDate};
use store::{Objects, Store};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::clock::Clock;
use crate::config::Settings;
use crate::duties::feeds::places::Fetching;
use crate::editions::Editions;
use crate::error::{Fault, Page};
use crate::general::documents::Printed;
use crate::memo::{self, Memo};
use crate::outbound::Outbound;
use crate::outbound::channels::Channels;
use crate::outbound::channels::account::Account;
use crate::posted::MAX_BODY;
use crate::public::pace::Pace;
use crate::{adjustment, admission, appraisal, assets, auth, duties, general, public, trail};

/// What every handler can reach. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub store: Store,
    pub objects: Objects,
    pub clock: Clock,
    pub settings: Arc<Settings>,
    /// The way out of the server; `None` where the settings open none.
    pub outbound: Option<Arc<Outbound>>,
    pub channels: Arc<Channels>,
    /// The official account warnings are drafted in; `None` where the settings name none.
    pub account: Option<Arc<Account>>,
    /// Which sources of foreign notices are fetched, and from where; `None` where the settings name none.
    pub fetching: Option<Arc<Fetching>>,
    pub editions: Editions,
    fonts: Arc<OnceLock<Fonts>>,
    /// Password hashing takes 19 MiB and 70 ms each: so many at once, the rest wait.
    pub hashing: Arc<Semaphore>,
    /// PDF compiles are bounded likewise.
    printing: Arc<Semaphore>,
    present: Arc<RwLock<Arc<Present>>>,
    pub(crate) printed: Arc<Printed>,
    pub(crate) memo: Arc<Memo>,
    pub(crate) searches: Arc<Pace>,
}

/// The year at work and its edition, read apart from requests so that no page asks for it.
pub struct Present {
    pub edition: Arc<Edition>,
    /// The edition of every year that has a cycle.
    editions: BTreeMap<i64, Arc<Edition>>,
    /// The newest year whose inspection is open; failing that the calendar's.
    pub year: i64,
    pub cycles: Vec<Cycle>,
    /// Deadlines of the cycles, as confirmed.
    pub dates: Vec<CycleDate>,
    /// Published holiday arrangements.
    pub workdays: Workdays,
}

impl Present {
    /// The edition a year is bound to; for one not opened, the edition at work.
    pub fn edition_of(&self, year: i64) -> &Arc<Edition> {
        self.editions.get(&year).unwrap_or(&self.edition)
    }

    /// When a deadline of a year falls due under the edition at work.
    pub fn due(&self, id: &str, year: i64) -> Option<Due> {
        self.edition.due(id, i16::try_from(year).ok()?, &self.workdays)
    }

    /// The last day for what came at an instant and may take so many working days, a number of the edition.
    pub fn due_after(&self, days: &str, since: Timestamp) -> Date {
        signal::due(&self.workdays, store::day_of(since), self.edition.whole(days)).on
    }

    /// When a deadline of a year's inspection falls due: as frozen when the year was opened or moved since; failing that
    /// by the calendar of the year's own edition.
    pub fn inspection_due(&self, id: &str, year: i64) -> Option<Due> {
        let kept = self.dates.iter().find(|date| date.year == year && date.deadline == id);
        let by_edition = || self.edition_of(year).due(id, i16::try_from(year).ok()?, &self.workdays);
        kept.and_then(|date| date.due().ok()).or_else(by_edition)
    }
}

impl App {
    /// # Errors
    /// Fails when no edition is loaded, the database fails, or the settings open a way out that cannot be used.
    pub async fn new(store: Store, objects: Objects, clock: Clock, settings: Settings) -> anyhow::Result<App> {
        let outbound = Outbound::of(&settings)?;
        let channels = Arc::new(Channels::of(&settings)?);
        let account = Account::of(&settings)?.map(Arc::new);
        let fetching = Fetching::of(&settings)?.map(Arc::new);
        let editions = Editions::default();
        let present = present(&store, &editions, &clock).await?;
        Ok(App {
            fonts: Arc::default(),
            store,
            objects,
            clock,
            settings: Arc::new(settings),
            outbound,
            channels,
            account,
            fetching,
            editions,
            hashing: Arc::new(Semaphore::new(2)),
            printing: Arc::new(Semaphore::new(2)),
            present: Arc::new(RwLock::new(Arc::new(present))),
            printed: Arc::default(),
            memo: Arc::default(),
            searches: Arc::default(),
        })
    }

    /// The year at work.
    pub fn present(&self) -> Arc<Present> {
        match self.present.read() {
            Ok(present) => Arc::clone(&present),
            Err(poisoned) => Arc::clone(&poisoned.into_inner()),
        }
    }

    /// Reads the year at work anew: after a cycle opens or closes, and now and then for other processes' acts.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        let present = Arc::new(present(&self.store, &self.editions, &self.clock).await?);
        if let Ok(mut held) = self.present.write() {
            *held = present;
        }
        Ok(())
    }

    /// Makes a PDF off the async threads, two at a time. The fonts are looked for at the first one: most
    /// starts never print.
    ///
    /// # Errors
    /// Fails when there is no Chinese font, or the paper cannot be laid out.
    pub async fn print<F>(&self, paper: F) -> anyhow::Result<Vec<u8>>
    where
        F: FnOnce(&Fonts) -> Result<Vec<u8>, papers::PaperError> + Send + 'static,
    {
        let _turn = self.printing.acquire().await?;
        let (fonts, settings) = (Arc::clone(&self.fonts), Arc::clone(&self.settings));
        tokio::task::spawn_blocking(move || {
            if fonts.get().is_none() {
                // A second thread may get there first; either set is the same.
                drop(fonts.set(Fonts::from_dirs(&settings.fonts)?));
            }
            let fonts = fonts.get().ok_or_else(|| anyhow::anyhow!("字体没有载入"))?;
            Ok(paper(fonts)?)
        })
        .await?
    }

    /// The edition a year is scored under.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn edition_of(&self, year: i64) -> anyhow::Result<Arc<Edition>> {
        Ok(Arc::clone(self.present().edition_of(year)))
    }
}

async fn present(store: &Store, editions: &Editions, clock: &Clock) -> anyhow::Result<Present> {
    let cycles = store.cycles().await?;
    let open = cycles.iter().find(|cycle| cycle.state == "open");
    let year = open.map_or_else(|| i64::from(clock.today().year()), |cycle| cycle.year);
    let edition = match open {
        Some(cycle) => editions.get(store, &cycle.edition_id).await?,
        None => editions.newest(store).await?,
    };
    let mut bound = BTreeMap::new();
    for cycle in &cycles {
        bound.insert(cycle.year, editions.get(store, &cycle.edition_id).await?);
    }
    let workdays = store.workdays().await?;
    let dates = store.cycle_dates().await?;
    Ok(Present { edition, editions: bound, year, cycles, dates, workdays })
}

/// Renders a page.
///
/// # Errors
/// Fails when the template does.
pub fn render(template: &impl Template) -> Page {
    Ok(Html(template.render()?).into_response())
}

/// Media type of a workbook.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A download under a file name, never opened in place.
pub fn download(file_name: &str, media_type: &'static str, bytes: Vec<u8>) -> Response {
    let encoded = percent_encoding::utf8_percent_encode(file_name, percent_encoding::NON_ALPHANUMERIC);
    let disposition = format!("attachment; filename*=UTF-8''{encoded}");
    ([("content-type", media_type.to_owned()), ("content-disposition", disposition)], bytes).into_response()
}

/// One line of the route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub verb: Verb,
}

/// Routes are only made with the verb they stand for: `tests/golden/routes.txt` prints them, and no route that
/// changes anything can be without one.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    table: Vec<Route>,
}

impl Routes {
    #[must_use]
    pub fn get<H: Handler<T, App>, T: 'static>(mut self, path: &'static str, verb: Verb, handler: H) -> Routes {
        self.table.push(Route { method: Method::GET, path, verb });
        self.router = self.router.route(path, get(handler));
        self
    }

    #[must_use]
    pub fn post<H: Handler<T, App>, T: 'static>(mut self, path: &'static str, verb: Verb, handler: H) -> Routes {
        self.table.push(Route { method: Method::POST, path, verb });
        self.router = self.router.route(path, post(handler));
        self
    }

    #[must_use]
    pub fn with(mut self, other: Routes) -> Routes {
        self.router = self.router.merge(other.router);
        self.table.extend(other.table);
        self
    }
}

fn all_routes() -> Routes {
    Routes::default()
        .with(auth::routes())
        .with(general::routes())
        .with(duties::routes())
        .with(admission::routes())
        .with(appraisal::routes())
        .with(adjustment::routes())
        .with(public::routes())
}

/// The route table, for the golden file.
pub fn route_table() -> Vec<Route> {
    all_routes().table
}

/// The whole application as a service.
pub fn router(app: App) -> Router {
    let routes = all_routes();
    let pages = trail::pages(&routes.table);
    routes
        .router
        .route("/assets/{name}", get(assets::asset))
        .route("/appraisal/checks/sw.js", get(assets::check_worker))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .fallback(|| async { Fault::NotFound })
        .layer(from_fn_with_state((app.clone(), pages), trail::leave))
        .layer(from_fn_with_state(app.clone(), memo::remember))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(same_origin))
        .layer(from_fn(headers))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Fault::Broken(anyhow::anyhow!("handler panicked")).into_response()
        }))
        .with_state(app)
}

async fn ready(State(app): State<App>) -> Response {
    match app.store.cycles().await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Refuses a write that another site's page sent, before anything is read (besides the token in the form).
async fn same_origin(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || from_here(request.headers()) { next.run(request).await } else { Fault::Forged.into_response() }
}

fn from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text(ORIGIN.as_str()), text(HOST.as_str())) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
        // Neither header: not a browser, and the form's token still has to be right.
        _ => true,
    }
}

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    response
}
