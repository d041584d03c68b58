//! Published warnings for other programs: feeds, a calendar of deadlines, the site map (Article 5(1) and (3)).

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header::VARY;
use axum::http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use regulation::duties::warning_level::Level;
use regulation::general::Verb;
use sha2::{Digest, Sha256};
use store::duties::{Warning, WarningFilter};

use super::origin::Origin;
use super::warnings::{Asked, PATH, cached, last_change};
use crate::app::{App, Routes};
use crate::error::{Fault, Page};
use crate::shell::{Look, Shell};

const ATOM: &str = "/feeds/atom.xml";
const RSS: &str = "/feeds/rss.xml";
const JSON: &str = "/feeds/warnings.json";
const CALENDAR: &str = "/feeds/deadlines.ics";
const SITEMAP: &str = "/sitemap.xml";
/// Entries of a feed.
const FEED: i64 = 50;

pub fn routes() -> Routes {
    Routes::default()
        .get(ATOM, Verb::ViewPublic, atom)
        .get(RSS, Verb::ViewPublic, rss)
        .get(JSON, Verb::ViewPublic, json_feed)
        .get(CALENDAR, Verb::ViewPublic, calendar)
        .get(SITEMAP, Verb::ViewPublic, sitemap)
        .get("/robots.txt", Verb::ViewPublic, robots)
}

/// Addresses of the feeds, as a page's head tells them.
pub struct Feeds {
    pub atom: String,
    pub rss: String,
    pub json: String,
    pub calendar: String,
}

impl Feeds {
    /// With the filters of a list.
    pub fn of(asked: &Asked) -> Feeds {
        let [atom, rss, json, calendar] = [ATOM, RSS, JSON, CALENDAR].map(|path| asked.address(path, ""));
        Feeds { atom, rss, json, calendar }
    }
}

/// As [`cached`]: what it says of its own address may be what it was asked under.
fn fed(asked: &HeaderMap, media_type: &'static str, body: String) -> Page {
    let mut response = cached(asked, media_type, body)?;
    response.headers_mut().insert(VARY, HeaderValue::from_static("Host, X-Forwarded-Host, X-Forwarded-Proto"));
    Ok(response)
}

/// A name for readers to know a thing again by, whatever address the site has by then: a UUID of what never changes (RFC
/// 9562, version 8).
fn uuid(of: &str) -> String {
    let hash = hex::encode(Sha256::digest(of.as_bytes()));
    format!("{}-{}-8{}-8{}-{}", &hash[..8], &hash[8..12], &hash[12..15], &hash[15..18], &hash[18..30])
}

/// Number and instant of a warning's making tell it from those of other installations.
fn uuid_of(row: &Warning) -> String {
    uuid(&format!("warning {} {} {}", row.id, row.number.as_deref().unwrap_or_default(), row.created_at))
}

/// A warning in a feed.
struct Entry {
    id: String,
    url: String,
    title: String,
    published: Timestamp,
    updated: Timestamp,
    summary: String,
    station: String,
    terms: Vec<String>,
}

impl Entry {
    fn new(origin: &Origin, row: &Warning) -> Entry {
        let level = Level::from_key(&row.level).unwrap_or(Level::Blue);
        let terms = [level.name(), &row.kind, &row.market, &row.industry];
        Entry {
            id: format!("urn:uuid:{}", uuid_of(row)),
            url: origin.at(&format!("{PATH}/{}", row.id)),
            title: format!("[{}] {}", level.name(), row.title),
            published: store::instant_from(row.published_at.unwrap_or(row.saved_at)),
            updated: store::instant_from(last_change(row).unwrap_or(row.saved_at)),
            summary: row.summary.clone(),
            station: row.station.clone(),
            terms: terms.into_iter().filter(|term| !term.is_empty()).map(str::to_owned).collect(),
        }
    }

    /// Its publication as RSS writes it.
    fn written(&self) -> String {
        rfc822(self.published)
    }
}

/// `Fri, 18 Sep 2026 02:00:00 +0000`.
fn rfc822(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

#[derive(Template)]
#[template(path = "public/atom.xml")]
struct Atom {
    title: String,
    id: String,
    home: String,
    own: String,
    updated: Timestamp,
    entries: Vec<Entry>,
}

#[derive(Template)]
#[template(path = "public/rss.xml")]
struct Rss {
    title: String,
    organiser: String,
    home: String,
    own: String,
    updated: String,
    entries: Vec<Entry>,
}

async fn entries(app: &App, origin: &Origin, asked: &Asked) -> Result<Vec<Entry>, Fault> {
    let rows = app.store.published_warnings(&asked.filter(), (i64::MAX, i64::MAX), FEED).await?;
    Ok(rows.iter().map(|row| Entry::new(origin, row)).collect())
}

/// The instant of the newest change, so that an unchanged feed is the same feed.
fn newest(entries: &[Entry]) -> Timestamp {
    entries.iter().map(|entry| entry.updated).max().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn title(app: &App) -> String {
    format!("{} 预警信息", Shell::public(app, &Look::default(), PATH).system)
}

/// A document without characters XML 1.0 has no place for: texts pasted from office programs bring such along.
fn xml(document: &str) -> String {
    let fits = |c: &char| matches!(c, '\t' | '\n' | '\r') || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
    document.chars().filter(fits).collect()
}

async fn atom(State(app): State<App>, origin: Origin, headers: HeaderMap, Query(asked): Query<Asked>) -> Page {
    let entries = entries(&app, &origin, &asked).await?;
    let own = asked.address(ATOM, "");
    let title = title(&app);
    let feed = Atom {
        id: format!("urn:uuid:{}", uuid(&format!("feed {title} {own}"))),
        title,
        home: origin.at(PATH),
        own: origin.at(&own),
        updated: newest(&entries),
        entries,
    };
    fed(&headers, "application/atom+xml; charset=utf-8", xml(&feed.render()?))
}

async fn rss(State(app): State<App>, origin: Origin, headers: HeaderMap, Query(asked): Query<Asked>) -> Page {
    let entries = entries(&app, &origin, &asked).await?;
    let feed = Rss {
        title: title(&app),
        organiser: app.settings.organiser.clone(),
        home: origin.at(PATH),
        own: origin.at(&asked.address(RSS, "")),
        updated: rfc822(newest(&entries)),
        entries,
    };
    fed(&headers, "application/rss+xml; charset=utf-8", xml(&feed.render()?))
}

async fn json_feed(State(app): State<App>, origin: Origin, headers: HeaderMap, Query(asked): Query<Asked>) -> Page {
    let entries = entries(&app, &origin, &asked).await?;
    let items: Vec<serde_json::Value> = entries
        .iter()
        .map(|entry| {
            serde_json::json!({
                "id": entry.id, "url": entry.url, "title": entry.title, "content_text": entry.summary,
                "date_published": entry.published.to_string(), "date_modified": entry.updated.to_string(),
                "tags": entry.terms, "authors": [{ "name": entry.station }], "language": "zh-CN",
            })
        })
        .collect();
    let feed = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": title(&app),
        "home_page_url": origin.at(PATH),
        "feed_url": origin.at(&asked.address(JSON, "")),
        "items": items,
    });
    fed(&headers, "application/feed+json; charset=utf-8", feed.to_string())
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
async fn calendar(State(app): State<App>, origin: Origin, headers: HeaderMap, Query(asked): Query<Asked>) -> Page {
    let rows = app.store.published_warnings(&asked.filter(), (i64::MAX, i64::MAX), 500).await?;
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//fengsui//warnings//ZH\r\n");
    text.push_str(&ics("X-WR-CALNAME", "贸易摩擦预警：评论和答复截止"));
    for row in &rows {
        let Some(on) = row.respond_on else { continue };
        let stamp = store::instant_from(last_change(row).unwrap_or(row.saved_at));
        text.push_str("BEGIN:VEVENT\r\n");
        text.push_str(&ics("UID", &uuid_of(row)));
        text.push_str(&ics("DTSTAMP", &stamp.strftime("%Y%m%dT%H%M%SZ").to_string()));
        // Without an end it is that one day (RFC 5545, 3.6.1).
        text.push_str(&ics("DTSTART;VALUE=DATE", &on.to_string()));
        text.push_str(&ics("SUMMARY", &format!("截止：{}", row.title)));
        text.push_str(&ics("URL", &origin.at(&format!("{PATH}/{}", row.id))));
        text.push_str("END:VEVENT\r\n");
    }
    text.push_str("END:VCALENDAR\r\n");
    fed(&headers, "text/calendar; charset=utf-8", text)
}

async fn sitemap(State(app): State<App>, origin: Origin, headers: HeaderMap) -> Page {
    let rows = app.store.published_lines(&WarningFilter::default(), (i64::MAX, i64::MAX), 5000).await?;
    let pages = super::MENU.iter().map(|(path, _)| *path).chain([super::site::ABOUT]).map(str::to_owned);
    let warnings = rows.iter().map(|row| format!("{PATH}/{}", row.id));
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for path in pages.chain(warnings) {
        text.push_str(&format!("<url><loc>{}</loc></url>\n", origin.at(&path)));
    }
    text.push_str("</urlset>\n");
    fed(&headers, "application/xml; charset=utf-8", text)
}

/// What search engines may keep: all but pages whose address is somebody's key, and lists of words somebody typed.
async fn robots(origin: Origin, headers: HeaderMap) -> Page {
    let closed = ["/letters/", "/firms/own/", "/subscriptions/", "/search", super::site::LOOK];
    let closed: String = closed.iter().map(|path| format!("Disallow: {path}\n")).collect();
    let text = format!("User-agent: *\n{closed}Allow: /\n\nSitemap: {}\n", origin.at(SITEMAP));
    fed(&headers, "text/plain; charset=utf-8", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_s_line_is_escaped_and_folded() {
        assert_eq!(ics("SUMMARY", "a,b;c\nd"), "SUMMARY:a\\,b\\;c\\nd\r\n");
        let folded = ics("SUMMARY", &"轮胎".repeat(30));
        assert!(folded.split("\r\n").all(|line| line.len() <= 75), "{folded}");
        assert_eq!(folded.replace("\r\n ", "").trim_end(), format!("SUMMARY:{}", "轮胎".repeat(30)));
    }

    #[test]
    fn a_name_is_a_uuid_and_an_instant_is_written_as_letters_are_dated() {
        let name = uuid("warning 1");
        let parts: Vec<usize> = name.split('-').map(str::len).collect();
        assert_eq!((parts, &name[14..15], &name[19..20]), (vec![8, 4, 4, 4, 12], "8", "8"));
        assert!(name == uuid("warning 1") && name != uuid("warning 2"));
        assert_eq!(rfc822(Timestamp::UNIX_EPOCH), "Thu, 01 Jan 1970 00:00:00 +0000");
    }
}
