//! 预警信息: what stations published, for everyone to read, filter, subscribe to and print (Article 5(1) and (3)). Nothing of
//! a station's own notes and no firm is ever on these pages.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use jiff::civil::Date;
use regulation::duties::tariff::{Revision, widened};
use regulation::duties::warning_level::Level;
use regulation::general::Verb;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use store::duties::{PublishedLine, Warning, WarningFilter, WarningVersion};

use super::feeds::Feeds;
use crate::address::address;
use crate::app::{App, Routes};
use crate::duties::warnings::{KINDS, WarningView};
use crate::error::{Fault, Page};
use crate::shell::{Look, Shell, moment_of};

pub const PATH: &str = "/warnings";
/// Warnings of one page of the list.
const PAGE: usize = 30;

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::ViewPublic, list).get("/warnings/{id}", Verb::ViewPublic, show)
}

/// An answer that may be kept for a minute and asked for again by its mark: everyone sees the same.
///
/// # Errors
/// Fails on a mark no header can hold.
pub fn cached(asked: &HeaderMap, media_type: &'static str, body: String) -> Page {
    let mark = format!("\"{}\"", &hex::encode(Sha256::digest(body.as_bytes()))[..24]);
    let mut response = if is_known(asked, &mark) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([("content-type", media_type)], body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, HeaderValue::from_str(&mark).map_err(anyhow::Error::from)?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    // Large type and dark colours are in the page.
    headers.insert(VARY, HeaderValue::from_static("Cookie"));
    Ok(response)
}

/// Whether whoever asks has the answer of this mark: one of a list, be it weak, or any (RFC 9110, 13.1.2).
fn is_known(asked: &HeaderMap, mark: &str) -> bool {
    let values = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut known = values.flat_map(|value| value.split(',')).map(str::trim);
    known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == mark)
}

pub const HTML: &str = "text/html; charset=utf-8";

/// A warning in a list.
pub struct Line {
    pub id: i64,
    pub level: Level,
    pub title: String,
    pub on: String,
    pub short: String,
    pub first: String,
    pub industry: String,
    pub market: String,
    /// When what the public sees of it last changed.
    pub changed: Option<i64>,
}

impl Line {
    pub fn new(row: PublishedLine) -> Line {
        let at = row.published_at.map(moment_of).unwrap_or_default();
        let first = row.summary.lines().next().unwrap_or_default();
        let cut = first.chars().count() > 80;
        Line {
            id: row.id,
            level: Level::from_key(&row.level).unwrap_or(Level::Blue),
            short: at.get(5..10).unwrap_or_default().to_owned(),
            on: at.get(..10).unwrap_or_default().to_owned(),
            first: first.chars().take(80).chain(cut.then_some('…')).collect(),
            changed: row.published_at.max(row.corrected_at).max(row.retracted_at),
            title: row.title,
            industry: row.industry,
            market: row.market,
        }
    }
}

/// When what the public sees of a warning last changed.
pub fn last_change(row: &Warning) -> Option<i64> {
    row.published_at.max(row.corrected_at).max(row.retracted_at)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Only this one.
    warning: Option<i64>,
    level: String,
    kind: String,
    market: String,
    industry: String,
    code: String,
    station: Option<i64>,
    /// `instant-id` of the last one of the page before.
    before: String,
}

impl Asked {
    pub fn filter(&self) -> WarningFilter {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let code: String = self.code.chars().filter(char::is_ascii_digit).collect();
        WarningFilter {
            stage: None,
            level: given(&self.level),
            kind: given(&self.kind),
            market: given(&self.market),
            industry: given(&self.industry),
            station: self.station,
            codes: widened(given(&code).as_slice(), Revision::NEWEST),
            keys: self.warning.into_iter().collect(),
            text: None,
        }
    }

    fn before(&self) -> (i64, i64) {
        let parts = self.before.split_once('-').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
        parts.unwrap_or((i64::MAX, i64::MAX))
    }

    /// The address of `path` under the filters that are set, from a place of the list on.
    pub fn address(&self, path: &str, before: &str) -> String {
        let number = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
        let (warning, station) = (number(self.warning), number(self.station));
        let pairs = [
            ("warning", warning.as_str()),
            ("level", self.level.as_str()),
            ("kind", self.kind.as_str()),
            ("market", self.market.as_str()),
            ("industry", self.industry.as_str()),
            ("code", self.code.as_str()),
            ("station", station.as_str()),
            ("before", before),
        ];
        address(path, &pairs)
    }
}

#[derive(Template)]
#[template(path = "public/warnings.html")]
struct WarningsPage {
    shell: Shell,
    lines: Vec<Line>,
    total: i64,
    asked: Asked,
    levels: Vec<(&'static str, &'static str, bool)>,
    kinds: Vec<(&'static str, bool)>,
    next: Option<String>,
    feeds: Feeds,
}

async fn list(State(app): State<App>, look: Look, headers: HeaderMap, Query(asked): Query<Asked>) -> Page {
    let filter = asked.filter();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = app.store.published_lines(&filter, asked.before(), limit).await?;
    let total = app.store.count_published_warnings(&filter).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| {
        let place = format!("{}-{}", row.published_at.unwrap_or_default(), row.id);
        asked.address(PATH, &place)
    });
    let lines: Vec<Line> = rows.into_iter().map(Line::new).collect();
    let page = WarningsPage {
        shell: Shell::public(&app, &look, PATH).changed(lines.iter().filter_map(|line| line.changed).max()),
        lines,
        total,
        levels: Level::ALL.iter().map(|(_, key, name, _)| (*key, *name, *key == asked.level)).collect(),
        kinds: KINDS.map(|kind| (kind, kind == asked.kind)).to_vec(),
        next,
        feeds: Feeds::of(&asked),
        asked,
    };
    cached(&headers, HTML, page.render()?)
}

#[derive(Template)]
#[template(path = "public/warning.html")]
struct WarningPage {
    shell: Shell,
    view: WarningView,
    feeds: Feeds,
    /// All versions, the newest first; none where there is but one.
    versions: Vec<VersionLine>,
    station: Option<StationView>,
}

/// A version under a warning.
struct VersionLine {
    version: i64,
    on: String,
    /// Why it took the place of the one before, and what it changed.
    reason: String,
    changed: String,
    /// What an earlier one said; nothing of a warning that was taken back.
    text: Option<WarningView>,
}

/// What differs between two versions, as their pages name it.
fn differences(before: &WarningVersion, after: &WarningVersion) -> String {
    let parts = [
        ("等级", before.level != after.level),
        ("标题", before.title != after.title),
        ("内容", differ(&before.summary, &after.summary)),
        ("关键期限", before.respond_on != after.respond_on),
        ("产品", before.products != after.products),
        ("税号", before.hs_codes != after.hs_codes),
        ("市场", before.market != after.market),
        ("企业应做的事", differ(&before.advice, &after.advice)),
        (
            "来源",
            (&before.source_title, &before.source_url, before.source_on)
                != (&after.source_title, &after.source_url, after.source_on),
        ),
    ];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect::<Vec<_>>().join("、")
}

/// Whether two texts say another thing line by line: a form sends other line ends than a text made here has.
fn differ(one: &str, other: &str) -> bool {
    !one.trim().lines().eq(other.trim().lines())
}

fn version_lines(row: &Warning, versions: Vec<WarningVersion>, today: Date) -> Vec<VersionLine> {
    if versions.len() < 2 {
        return Vec::new();
    }
    let changes: Vec<String> = versions.windows(2).map(|pair| differences(&pair[0], &pair[1])).collect();
    let changes = std::iter::once(String::new()).chain(changes);
    let line = |(version, changed): (WarningVersion, String)| {
        // The first was written before it came out.
        let at = row.published_at.filter(|at| version.saved_at < *at).unwrap_or(version.saved_at);
        let old = version.version != row.version && row.retracted_at.is_none();
        let (number, reason) = (version.version, version.reason.clone());
        // How much of a deadline is left stands with the version in force.
        let text = old.then(|| WarningView { clock: None, ..WarningView::new(&version.of(row), today) });
        VersionLine { version: number, on: moment_of(at), reason, changed, text }
    };
    let mut lines: Vec<VersionLine> = versions.into_iter().zip(changes).map(line).collect();
    lines.reverse();
    lines
}

/// Whom to ask: what is public of a station.
struct StationView {
    name: String,
    city: String,
    address: String,
    website: String,
}

async fn show(State(app): State<App>, look: Look, headers: HeaderMap, Path(id): Path<i64>) -> Page {
    let row = app.store.published_warning(id).await?.ok_or(Fault::NotFound)?;
    let station = app.store.station(&super::everyone(&app), row.station_id).await?;
    let present = app.present();
    let page = WarningPage {
        shell: Shell::public(&app, &look, PATH).changed(last_change(&row)),
        feeds: Feeds::of(&Asked::default()),
        versions: version_lines(&row, app.store.warning_versions(id).await?, app.clock.today()),
        station: station.map(|station| StationView {
            name: station.name,
            city: present.edition.area_name(&station.city).to_owned(),
            address: station.address,
            website: station.website,
        }),
        view: WarningView::new(&row, app.clock.today()),
    };
    let mut response = cached(&headers, HTML, page.render()?)?;
    if row.retracted_at.is_some() && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::GONE;
    }
    Ok(response)
}

/// The newest warnings with when they last changed, and how many each industry had this year: for the front page.
///
/// # Errors
/// Fails when the database does.
pub async fn newest(app: &App) -> Result<(Vec<Line>, Option<i64>, Vec<(String, i64)>), Fault> {
    let rows = app.store.published_lines(&WarningFilter::default(), (i64::MAX, i64::MAX), 8).await?;
    let new_year = app.clock.today().first_of_year();
    let since = store::china()
        .to_timestamp(new_year.to_datetime(jiff::civil::Time::midnight()))
        .map_err(anyhow::Error::from)?;
    let by_industry = app.store.warnings_by_industry(store::instant_number(since)).await?;
    let named = by_industry.into_iter().filter(|(industry, _)| !industry.is_empty()).take(18).collect();
    let lines: Vec<Line> = rows.into_iter().map(Line::new).collect();
    let changed = lines.iter().filter_map(|line| line.changed).max();
    Ok((lines, changed, named))
}

#[cfg(test)]
mod tests {
    use axum::response::Response;

    use super::*;

    #[test]
    fn line_ends_are_no_change() {
        assert!(!differ("一\n二", "一\r\n二\r\n") && differ("一\n二", "一\n三") && differ("一", "一\n二"));
    }

    #[test]
    fn a_page_known_by_its_mark_is_not_sent_again() {
        let first: Response = cached(&HeaderMap::new(), HTML, "页".to_owned()).expect("answered");
        let mark = first.headers()[ETAG].clone();
        let asked = HeaderMap::from_iter([(IF_NONE_MATCH, mark.clone())]);
        let again = cached(&asked, HTML, "页".to_owned()).expect("answered");
        assert_eq!((again.status(), &again.headers()[ETAG]), (StatusCode::NOT_MODIFIED, &mark));
        assert_eq!(cached(&asked, HTML, "另页".to_owned()).expect("answered").status(), StatusCode::OK);
    }

    #[test]
    fn marks_are_compared_weakly_and_one_by_one() {
        let known = |value: &'static str| {
            is_known(&HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(value))]), "\"b\"")
        };
        assert!(["\"b\"", "W/\"b\"", "\"a\", W/\"b\"", "\"a\",\"b\"", "*"].into_iter().all(known));
        assert!(!["", "b", "\"a\"", "W/\"a\", \"ab\""].into_iter().any(known));
    }

    #[test]
    fn an_address_carries_only_the_filters_that_are_set() {
        assert_eq!(Asked::default().address(PATH, ""), PATH);
        let asked = Asked { level: "red".to_owned(), station: Some(1), ..Asked::default() };
        assert_eq!(asked.address(PATH, "7-1"), "/warnings?level=red&station=1&before=7%2D1");
    }
}
