//! 自动抓取 (Article 5 (1)): asks the sources the settings name, each when its time has come, and hands what came to the same
//! reading as an upload. One server at a time asks an address; what it does not finish is asked again.

use std::time::Duration;

use bytes::Bytes;
use feeds::Source;
use feeds::asking::{Asking, Form, More, Paging, address_of, join, more};
use futures_util::{StreamExt as _, stream};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use regulation::duties::fetching::{Days, Reach, after_failure, after_part, after_success};
use regulation::general::{Actor, Subject, Verb, may};
use reqwest::Url;
use sha2::{Digest, Sha256};
use store::Backend;
use store::duties::{FetchPlace, Fetched, ReadDocument};

use super::intake::{Document, SavedMapping, desk, keep, read};
use super::mappings::named;
use super::places::{Fetching, Place};
use crate::app::App;
use crate::outbound::document::{Found, Missed, Wanted};

/// Addresses asked at the same time.
const AT_ONCE: usize = 3;
/// How long one address may be asked, all its pages together, and after how long whoever asks it counts as gone: reading the
/// largest document comes in between.
const WHOLE: Duration = Duration::from_secs(20 * 60);
const GONE: SignedDuration = SignedDuration::from_mins(60);
/// Pages of one answer, the pause between two, and bytes of all.
const PAGES: u64 = 20;
const PAUSE: Duration = Duration::from_millis(300);
const LARGEST: usize = 256 * 1024 * 1024;
/// Bytes and time of a page or a feed; files may take longer.
const PAGE: (usize, Duration) = (32 * 1024 * 1024, Duration::from_secs(60));
const FILE: (usize, Duration) = (LARGEST, Duration::from_secs(10 * 60));
/// A source published late or across the date line is asked for three days again; two weeks at once are a few pages.
const REACH: Reach = Reach { overlap: 3, most: 14 };

/// Runs until the process ends; at once over where nothing is fetched.
pub async fn run(app: App) {
    if app.fetching.is_none() {
        return;
    }
    // The embedded database has one process: what an earlier one was asking, it will not settle any more.
    if app.store.backend() == Backend::Sqlite {
        let next = after_failure(app.clock.now(), 1, None, 0);
        if let Err(error) = app.store.release_fetches("抓取时服务停止，稍后重新抓取。", next).await {
            tracing::error!(%error, "letting go of sources the process before was asking");
        }
    }
    let mut beat = tokio::time::interval(Duration::from_secs(15));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        if let Err(error) = pass(&app).await {
            tracing::error!(error = format!("{error:#}"), "fetching foreign notices");
        }
    }
}

/// Asks every address whose time has come. Returns how many were asked.
///
/// # Errors
/// Fails when the database does.
pub async fn pass(app: &App) -> anyhow::Result<usize> {
    let Some(fetching) = app.fetching.as_deref() else { return Ok(0) };
    let due = due(app, fetching).await?;
    let asked = due.into_iter().map(|(place, id)| take_up(app, fetching, place, id));
    let asked: Vec<anyhow::Result<bool>> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
    let mut count = 0;
    for asked in asked {
        count += usize::from(asked?);
    }
    Ok(count)
}

async fn due(app: &App, fetching: &Fetching) -> store::Result<Vec<(Place, i64)>> {
    let mut rows = app.store.fetch_places().await?;
    let is =
        |row: &FetchPlace, place: &Place| row.source == place.source.name() && row.address == place.address.as_str();
    let unknown = |place: &&Place| !rows.iter().any(|row| is(row, place));
    let new: Vec<(&str, &str)> =
        fetching.places().iter().filter(unknown).map(|place| (place.source.name(), place.address.as_str())).collect();
    let now = app.clock.now();
    if !new.is_empty() {
        app.store.know_fetch_places(&new, now).await?;
        rows = app.store.fetch_places().await?;
    }
    let ready = rows.iter().filter(|row| row.next_at <= store::instant_number(now));
    Ok(ready.filter_map(|row| Some((fetching.place(&row.source, &row.address)?.clone(), row.id))).collect())
}

/// Asks one address, unless another server was first, and records what came of it.
async fn take_up(app: &App, fetching: &Fetching, place: Place, id: i64) -> anyhow::Result<bool> {
    let now = app.clock.now();
    let Some(row) = app.store.claim_fetch(id, now, now + GONE).await? else { return Ok(false) };
    let trip = Trip { app, fetching, place: &place, row: &row, asking: place.source.asking() };
    let source = place.source.name();
    let fetched = match trip.make().await {
        Ok(fetched) => Ok(fetched),
        Err(Stopped::Missed(missed)) => {
            tracing::warn!(source, failures = row.failures + 1, reason = missed.reason, "a source was not fetched");
            Err(missed)
        }
        Err(Stopped::Broken(error)) => {
            tracing::error!(source, error = format!("{error:#}"), "keeping what a source sent");
            Err(missed("系统出错，没有接收完，稍后重新抓取。"))
        }
    };
    let at = app.clock.now();
    let seed = seed(source, place.address.as_str(), at);
    let (fetched, next) = match fetched {
        Ok(fetched) if trip.behind(&fetched) => (fetched, after_part(at)),
        Ok(fetched) => (fetched, after_success(at, SignedDuration::from_hours(trip.asking.every_hours), seed)),
        Err(missed) => {
            let failures = u32::try_from(row.failures + 1).unwrap_or(u32::MAX);
            let asked = missed.wait.and_then(|wait| SignedDuration::try_from(wait).ok());
            (Fetched::Failed { problem: missed.reason }, after_failure(at, failures, asked, seed))
        }
    };
    app.store.settle_fetch(&row, &fetched, at, next).await?;
    Ok(true)
}

/// Looks drawn, and is the same for the same address and instant.
fn seed(source: &str, address: &str, at: Timestamp) -> u64 {
    let digest = Sha256::digest(format!("{source} {address} {at}"));
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Why a trip ended early: the source's doing, or ours.
enum Stopped {
    Missed(Missed),
    Broken(anyhow::Error),
}

impl From<Missed> for Stopped {
    fn from(missed: Missed) -> Stopped {
        Stopped::Missed(missed)
    }
}

impl From<anyhow::Error> for Stopped {
    fn from(error: anyhow::Error) -> Stopped {
        Stopped::Broken(error)
    }
}

fn missed(reason: impl Into<String>) -> Missed {
    Missed { reason: reason.into(), wait: None }
}

/// What a source sent.
struct Sent {
    bytes: Bytes,
    etag: String,
    last_modified: String,
    /// The days it was asked for.
    days: Option<Days>,
}

/// One way to a source and back.
struct Trip<'a> {
    app: &'a App,
    fetching: &'a Fetching,
    place: &'a Place,
    row: &'a FetchPlace,
    asking: Asking,
}

impl Trip<'_> {
    async fn make(&self) -> Result<Fetched, Stopped> {
        let sent = tokio::time::timeout(WHOLE, self.sent()).await;
        let sent = sent.unwrap_or_else(|_| Err(missed(format!("{} 分钟内没有取完。", WHOLE.as_secs() / 60))))?;
        match sent {
            Some(sent) => self.received(sent).await,
            None => Ok(Fetched::Unchanged {
                covered_on: self.row.covered_on,
                etag: self.row.etag.clone(),
                last_modified: self.row.last_modified.clone(),
            }),
        }
    }

    /// What the source sends; `None` when it is what was read before.
    async fn sent(&self) -> Result<Option<Sent>, Missed> {
        let today = self.app.clock.today();
        let covered = self.row.covered_on.map(store::date_from).transpose().map_err(|_| missed("记录有误。"))?;
        let mut days = Days::next(covered, today, REACH);
        match self.asking.paging {
            Paging::Single => self.single().await,
            Paging::Newest => {
                let pages = self.pages(days).await?;
                Ok(Some(joined(&pages.ok_or_else(too_many)?, Days { until: today, ..days })?))
            }
            Paging::Days => loop {
                match self.pages(days).await? {
                    Some(pages) => return Ok(Some(joined(&pages, days)?)),
                    None => days = days.halved(REACH).ok_or_else(too_many)?,
                }
            },
        }
    }

    async fn single(&self) -> Result<Option<Sent>, Missed> {
        let (largest, time) = if matches!(self.asking.form, Form::Workbook | Form::Any) { FILE } else { PAGE };
        let marks = (self.row.etag.as_str(), self.row.last_modified.as_str());
        let found = self.fetch(self.place.address.clone(), marks, largest, time).await?;
        let Found::Document { bytes, etag, last_modified } = found else { return Ok(None) };
        Ok(Some(Sent { bytes, etag, last_modified, days: None }))
    }

    /// All pages of the answer for some days; `None` when they are too many.
    async fn pages(&self, days: Days) -> Result<Option<Vec<Bytes>>, Missed> {
        let source = self.place.source;
        let base = self.place.address.as_str();
        let numbered = |page| address_of(source, base, page, (days.from, days.until));
        let desk = desk().map_err(|_| missed("公告分类规则不能读取。"))?;
        let (mut next, mut all, mut size) = (numbered(1), Vec::new(), 0);
        for page in 1..=PAGES {
            let url: Url = next.parse().map_err(|_| missed("来源给出的下一页地址不是网址。"))?;
            let largest = PAGE.0.min(LARGEST - size);
            let found = self.fetch(url, ("", ""), largest, PAGE.1).await?;
            let Found::Document { bytes, .. } = found else { return Err(missed("来源没有给出内容。")) };
            let following = more(desk, source, &bytes, page, days.from);
            size += bytes.len();
            all.push(bytes);
            next = match following.map_err(|reason| missed(format!("第 {page} 页不能识别：{reason}。")))? {
                More::No => return Ok(Some(all)),
                More::Page { of: Some(pages), .. } if pages > PAGES => return Ok(None),
                More::Page { number, .. } => numbered(number),
                More::At(address) => address,
            };
            tokio::time::sleep(PAUSE).await;
        }
        Ok(None)
    }

    async fn fetch(&self, url: Url, marks: (&str, &str), largest: usize, time: Duration) -> Result<Found, Missed> {
        let wanted = Wanted {
            key: self.fetching.key(self.place.source).filter(|_| url.origin() == self.place.address.origin()),
            url,
            accept: self.asking.form.accept(),
            etag: marks.0,
            last_modified: marks.1,
            largest,
            time,
        };
        let found = self.fetching.library.fetch(&wanted, self.app.clock.now()).await?;
        if let Found::Document { bytes, .. } = &found
            && let Some(reason) = self.asking.form.mistaken(bytes)
        {
            return Err(missed(reason));
        }
        Ok(found)
    }

    /// Reads what was sent and puts it on record, whole or not at all.
    async fn received(&self, sent: Sent) -> Result<Fetched, Stopped> {
        let sha256 = hex::encode(Sha256::digest(&sent.bytes));
        let covered = sent.days.map(|days| store::day_number(days.until));
        let covered_on = covered.max(self.row.covered_on);
        let (etag, last_modified) = (sent.etag.clone(), sent.last_modified.clone());
        if sha256 == self.row.sha256 {
            return Ok(Fetched::Unchanged { covered_on, etag, last_modified });
        }
        let source = self.place.source;
        let mapping = self.mapping().await?;
        let file_name = file_name(self.place, sent.days, self.app.clock.today());
        let document = Document { source, origin: "fetch", file_name, bytes: sent.bytes, station: None, mapping };
        let read = read(&document).await?;
        if read.tally.notices == 0 {
            let first = read.refusals.first().map(|refusal| format!("答复没有按来源识别出公告：{}。", refusal.reason));
            let blank = (self.asking.form == Form::Html)
                .then(|| "网页中没有找到案件或者公告，来源可能改版或者要求验证。".to_owned());
            if let Some(reason) = first.or(blank) {
                return Err(missed(reason).into());
            }
        }
        let mut done = ReadDocument {
            announced: read.tally.announced.filter(|_| self.asking.paging != Paging::Newest).map(whole),
            received: whole(read.tally.read),
            covered_on,
            etag,
            last_modified,
            sha256,
            ..ReadDocument::default()
        };
        if read.tally.notices > 0 {
            let today = self.app.clock.today();
            let mandate = may(&Actor::operator(), Verb::LoadNotices, &Subject::whole("intake", 0), today);
            let mandate = mandate.map_err(anyhow::Error::from)?;
            let taken = keep(self.app, &mandate, &document, &read).await?;
            tracing::info!(source = source.name(), read = read.tally.read, fresh = taken.fresh, "a source was fetched");
            (done.intake, done.fresh) = (Some(taken.intake), taken.fresh);
        }
        Ok(Fetched::Read(done))
    }

    /// The column mapping an address of tables names behind its `#`.
    async fn mapping(&self) -> Result<Option<SavedMapping>, Stopped> {
        let Some(name) = mapping_named(self.place) else { return Ok(None) };
        match named(self.app, &name).await? {
            Some(saved) => Ok(Some(saved)),
            None => Err(missed(format!("没有名为“{name}”的列映射。")).into()),
        }
    }

    /// Whether days are left that the source was not asked for yet.
    fn behind(&self, fetched: &Fetched) -> bool {
        let today = store::day_number(self.app.clock.today());
        let covered = match fetched {
            Fetched::Read(read) => read.covered_on,
            Fetched::Unchanged { covered_on, .. } => *covered_on,
            Fetched::Failed { .. } => None,
        };
        covered.is_some_and(|covered| covered < today)
    }
}

fn too_many() -> Missed {
    missed(format!("答复超过 {PAGES} 页，缩短日期后仍然超过，没有接收。"))
}

fn joined(pages: &[Bytes], days: Days) -> Result<Sent, Missed> {
    let bytes = join(pages).map_err(missed)?.into();
    Ok(Sent { bytes, etag: String::new(), last_modified: String::new(), days: Some(days) })
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The mapping an address names: `https://a.example/list.csv#名称`.
fn mapping_named(place: &Place) -> Option<String> {
    let name = place.address.fragment().filter(|name| place.source == Source::Csv && !name.is_empty())?;
    Some(percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned())
}

/// What a document is called on record: by its days, or as its address does.
fn file_name(place: &Place, days: Option<Days>, today: Date) -> String {
    let source = place.source;
    if let Some(days) = days {
        return format!("{source}（{} 至 {}）.json", days.from, days.until);
    }
    let last = place.address.path_segments().and_then(|mut parts| parts.rfind(|part| !part.is_empty()));
    let name = last.or(place.address.host_str()).unwrap_or_default();
    format!("{name}（{today}）").chars().take(120).collect()
}
