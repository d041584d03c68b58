//! 预警信息: what stations published, for everyone to read, filter, subscribe to and print (Article 5(1) and (3)). Nothing of
//! a station's own notes and no firm is ever on these pages.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use regulation::duties::tariff::{Revision, widened};
use regulation::duties::warning_level::Level;
use regulation::general::Verb;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use store::duties::{Warning, WarningFilter};

use crate::app::{App, Routes};
use crate::duties::warnings::{KINDS, WarningView, address};
use crate::error::{Fault, Page};
use crate::shell::{Look, Shell, moment_of};

pub const PATH: &str = "/warnings";
/// Warnings of one page of the list.
const PAGE: usize = 30;
/// Entries of a feed.
const FEED: i64 = 50;

pub fn routes() -> Routes {
    Routes::default()
        .get(PATH, Verb::ViewPublic, list)
        .get("/warnings/{id}", Verb::ViewPublic, show)
        .get("/feeds/atom.xml", Verb::ViewPublic, atom)
        .get("/feeds/warnings.json", Verb::ViewPublic, json_feed)
        .get("/feeds/deadlines.ics", Verb::ViewPublic, calendar)
        .get("/sitemap.xml", Verb::ViewPublic, sitemap)
}

/// An answer that may be kept for a minute and asked for again by its mark: everyone sees the same.
///
/// # Errors
/// Fails on a mark no header can hold.
pub fn cached(asked: &HeaderMap, media_type: &'static str, body: String) -> Page {
    let mark = format!("\"{}\"", &hex::encode(Sha256::digest(body.as_bytes()))[..24]);
    let known = asked.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|known| known.split(',').any(|known| known.trim() == mark)) {
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
}

impl Line {
    pub fn new(row: &Warning) -> Line {
        let at = row.published_at.map(moment_of).unwrap_or_default();
        let first = row.summary.lines().next().unwrap_or_default();
        let cut = first.chars().count() > 80;
        Line {
            id: row.id,
            level: Level::from_key(&row.level).unwrap_or(Level::Blue),
            title: row.title.clone(),
            short: at.get(5..10).unwrap_or_default().to_owned(),
            on: at.get(..10).unwrap_or_default().to_owned(),
            first: first.chars().take(80).chain(cut.then_some('…')).collect(),
            industry: row.industry.clone(),
            market: row.market.clone(),
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
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
    fn filter(&self) -> WarningFilter {
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
            keys: Vec::new(),
            text: None,
        }
    }

    fn before(&self) -> (i64, i64) {
        let parts = self.before.split_once('-').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
        parts.unwrap_or((i64::MAX, i64::MAX))
    }

    fn query(&self) -> String {
        let text =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        format!(
            "level={}&kind={}&market={}&industry={}&code={}",
            text(&self.level),
            text(&self.kind),
            text(&self.market),
            text(&self.industry),
            text(&self.code)
        )
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
    feed: String,
}

async fn list(State(app): State<App>, look: Look, headers: HeaderMap, Query(asked): Query<Asked>) -> Page {
    let filter = asked.filter();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = app.store.published_warnings(&filter, asked.before(), limit).await?;
    let total = app.store.count_published_warnings(&filter).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|row| format!("{PATH}?{}&before={}-{}", asked.query(), row.published_at.unwrap_or_default(), row.id));
    let page = WarningsPage {
        shell: Shell::public(&app, &look, PATH),
        lines: rows.iter().map(Line::new).collect(),
        total,
        levels: Level::ALL.iter().map(|(_, key, name, _)| (*key, *name, *key == asked.level)).collect(),
        kinds: KINDS.map(|kind| (kind, kind == asked.kind)).to_vec(),
        next,
        feed: format!("/feeds/atom.xml?{}", asked.query()),
        asked,
    };
    cached(&headers, HTML, page.render()?)
}

#[derive(Template)]
#[template(path = "public/warning.html")]
struct WarningPage {
    shell: Shell,
    view: WarningView,
    changes: Vec<store::duties::WarningChange>,
    station: Option<StationView>,
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
        shell: Shell::public(&app, &look, PATH),
        changes: app.store.warning_changes(id).await?,
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

/// A warning in a feed.
struct Entry {
    url: String,
    title: String,
    published: String,
    updated: String,
    summary: String,
    station: String,
    terms: Vec<String>,
}

impl Entry {
    fn new(app: &App, row: &Warning) -> Entry {
        let instant = |at: Option<i64>| at.map(|at| store::instant_from(at).to_string()).unwrap_or_default();
        let level = Level::from_key(&row.level).unwrap_or(Level::Blue);
        let terms = [level.name(), &row.kind, &row.market, &row.industry];
        Entry {
            url: address(app, &format!("{PATH}/{}", row.id)),
            title: format!("[{}] {}", level.name(), row.title),
            published: instant(row.published_at),
            updated: instant(row.corrected_at.or(row.published_at)),
            summary: row.summary.clone(),
            station: row.station.clone(),
            terms: terms.into_iter().filter(|term| !term.is_empty()).map(str::to_owned).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "public/atom.xml")]
struct Atom {
    system: String,
    home: String,
    own: String,
    updated: String,
    entries: Vec<Entry>,
}

async fn entries(app: &App, asked: &Asked) -> Result<Vec<Entry>, Fault> {
    let rows = app.store.published_warnings(&asked.filter(), (i64::MAX, i64::MAX), FEED).await?;
    Ok(rows.iter().map(|row| Entry::new(app, row)).collect())
}

async fn atom(State(app): State<App>, headers: HeaderMap, Query(asked): Query<Asked>) -> Page {
    let entries = entries(&app, &asked).await?;
    let feed = Atom {
        system: Shell::public(&app, &Look::default(), PATH).system,
        home: address(&app, PATH),
        own: address(&app, &format!("/feeds/atom.xml?{}", asked.query())),
        // Of the newest change, so that an unchanged feed is the same feed.
        updated: entries
            .iter()
            .map(|entry| entry.updated.clone())
            .max()
            .unwrap_or_else(|| "2026-01-01T00:00:00Z".to_owned()),
        entries,
    };
    cached(&headers, "application/atom+xml; charset=utf-8", feed.render()?)
}

async fn json_feed(State(app): State<App>, headers: HeaderMap, Query(asked): Query<Asked>) -> Page {
    let entries = entries(&app, &asked).await?;
    let items: Vec<serde_json::Value> = entries
        .iter()
        .map(|entry| {
            serde_json::json!({
                "id": entry.url, "url": entry.url, "title": entry.title, "content_text": entry.summary,
                "date_published": entry.published, "date_modified": entry.updated, "tags": entry.terms,
                "authors": [{ "name": entry.station }], "language": "zh-CN",
            })
        })
        .collect();
    let feed = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": format!("{} 预警信息", Shell::public(&app, &Look::default(), PATH).system),
        "home_page_url": address(&app, PATH),
        "feed_url": address(&app, &format!("/feeds/warnings.json?{}", asked.query())),
        "items": items,
    });
    cached(&headers, "application/feed+json; charset=utf-8", feed.to_string())
}

/// Text of a calendar line: what separates is escaped, and long lines are folded at 75 bytes.
fn ics(name: &str, text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n");
    let mut folded = String::new();
    let mut width = 0;
    for c in format!("{name}:{escaped}").chars().filter(|c| !c.is_control()) {
        if width + c.len_utf8() > 74 {
            folded.push_str("\r\n ");
            width = 1;
        }
        folded.push(c);
        width += c.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

/// Response and comment deadlines of published warnings, as a calendar to subscribe to.
async fn calendar(State(app): State<App>, headers: HeaderMap, Query(asked): Query<Asked>) -> Page {
    let rows = app.store.published_warnings(&asked.filter(), (i64::MAX, i64::MAX), 500).await?;
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//fengsui//warnings//ZH\r\n");
    text.push_str(&ics("X-WR-CALNAME", "贸易摩擦预警：评论和答复截止"));
    for row in &rows {
        let Some(on) = row.respond_on else { continue };
        let next = store::date_from(on)?.tomorrow().map_err(anyhow::Error::from)?;
        let stamp = store::instant_from(row.corrected_at.or(row.published_at).unwrap_or(row.saved_at));
        text.push_str("BEGIN:VEVENT\r\n");
        text.push_str(&ics("UID", &format!("warning-{}@fengsui", row.id)));
        text.push_str(&ics("DTSTAMP", &stamp.strftime("%Y%m%dT%H%M%SZ").to_string()));
        text.push_str(&ics("DTSTART;VALUE=DATE", &on.to_string()));
        text.push_str(&ics("DTEND;VALUE=DATE", &store::day_number(next).to_string()));
        text.push_str(&ics("SUMMARY", &format!("截止：{}", row.title)));
        text.push_str(&ics("URL", &address(&app, &format!("{PATH}/{}", row.id))));
        text.push_str("END:VEVENT\r\n");
    }
    text.push_str("END:VCALENDAR\r\n");
    cached(&headers, "text/calendar; charset=utf-8", text)
}

async fn sitemap(State(app): State<App>, headers: HeaderMap) -> Page {
    let rows = app.store.published_warnings(&WarningFilter::default(), (i64::MAX, i64::MAX), 5000).await?;
    let pages = super::MENU.iter().map(|(path, _)| *path).chain([super::site::ABOUT]).map(str::to_owned);
    let warnings = rows.iter().map(|row| format!("{PATH}/{}", row.id));
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for path in pages.chain(warnings) {
        text.push_str(&format!("<url><loc>{}</loc></url>\n", address(&app, &path)));
    }
    text.push_str("</urlset>\n");
    cached(&headers, "application/xml; charset=utf-8", text)
}

/// The newest warnings, and how many each industry had this year: for the front page.
///
/// # Errors
/// Fails when the database does.
pub async fn newest(app: &App) -> Result<(Vec<Line>, Vec<(String, i64)>), Fault> {
    let rows = app.store.published_warnings(&WarningFilter::default(), (i64::MAX, i64::MAX), 8).await?;
    let new_year = app.clock.today().first_of_year();
    let since = store::china()
        .to_timestamp(new_year.to_datetime(jiff::civil::Time::midnight()))
        .map_err(anyhow::Error::from)?;
    let by_industry = app.store.warnings_by_industry(store::instant_number(since)).await?;
    let named = by_industry.into_iter().filter(|(industry, _)| !industry.is_empty()).take(18).collect();
    Ok((rows.iter().map(Line::new).collect(), named))
}

#[cfg(test)]
mod tests {
    use axum::response::Response;

    use super::*;

    #[test]
    fn a_calendar_s_line_is_escaped_and_folded() {
        assert_eq!(ics("SUMMARY", "a,b;c\nd"), "SUMMARY:a\\,b\\;c\\nd\r\n");
        let folded = ics("SUMMARY", &"轮胎".repeat(30));
        assert!(folded.split("\r\n").all(|line| line.len() <= 75), "{folded}");
        assert_eq!(folded.replace("\r\n ", "").trim_end(), format!("SUMMARY:{}", "轮胎".repeat(30)));
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
}
