//! 检索: whatever was published, by the words in it (Article 5(3)): warnings, and what the department put before the public. A
//! Chinese word is found wherever it stands; the count is exact.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use regulation::general::Verb;
use serde::Deserialize;
use store::general::{Hit, Looking, PUBLICATION_NOUN, SearchQuery};

use super::everyone;
use super::pace::Client;
use super::publications;
use super::warnings::{HTML, PATH, cached};
use crate::app::{App, Routes};
use crate::duties::warnings::findable::NOUN;
use crate::error::Page;
use crate::general::search::incomplete;
use crate::shell::{Look, Shell, day};

pub const SEARCH: &str = "/search";
/// Hits of one page.
const PAGE: usize = 30;
/// Characters of the longest question.
pub const LONGEST: usize = 100;

pub fn routes() -> Routes {
    Routes::default().get(SEARCH, Verb::ViewPublic, search)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    /// `day-key` of the last hit of the page before.
    before: String,
}

#[derive(Template)]
#[template(path = "public/search.html")]
struct SearchPage {
    shell: Shell,
    q: String,
    /// `None` where nothing was asked that can be looked for.
    found: Option<i64>,
    /// That the count is not whole yet.
    waiting: Option<String>,
    hits: Vec<Line>,
    next: Option<String>,
}

/// A hit, with the words asked for marked.
struct Line {
    kind: &'static str,
    href: String,
    title: Vec<(String, bool)>,
    excerpt: Vec<(String, bool)>,
    on: String,
}

/// A text in pieces, each with whether it is one of the words.
pub fn marked(query: &SearchQuery, text: &str) -> Vec<(String, bool)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for place in query.places(text) {
        if place.start > at {
            pieces.push((text[at..place.start].to_owned(), false));
        }
        pieces.push((text[place.clone()].to_owned(), true));
        at = place.end;
    }
    if at < text.len() {
        pieces.push((text[at..].to_owned(), false));
    }
    pieces
}

impl Line {
    fn new(query: &SearchQuery, hit: &Hit) -> Line {
        let (kind, page) = match hit.noun.as_str() {
            PUBLICATION_NOUN => ("公示公告", publications::PATH),
            _ => ("预警", PATH),
        };
        Line {
            kind,
            href: format!("{page}/{}", hit.noun_id),
            title: marked(query, &hit.title),
            excerpt: marked(query, &hit.excerpt),
            on: day(hit.on_day),
        }
    }
}

/// From `day-key` where to go on; from the newest where there is none.
pub fn cursor(before: &str) -> (i64, i64) {
    let before = before.split_once('-').and_then(|(on, id)| Some((on.parse().ok()?, id.parse().ok()?)));
    before.unwrap_or((i64::MAX, i64::MAX))
}

async fn search(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    client: Client,
    Query(asked): Query<Asked>,
) -> Page {
    let q: String = asked.q.trim().chars().take(LONGEST).collect();
    let shell = Shell::public(&app, &look, PATH);
    let Some(query) = SearchQuery::parse(&q) else {
        return cached(
            &headers,
            HTML,
            SearchPage { shell, q, found: None, waiting: None, hits: Vec::new(), next: None }.render()?,
        );
    };
    app.searches.count(client, app.clock.now())?;
    let scope = everyone(&app);
    let looking = Looking { scope: &scope, open_only: true, nouns: &[NOUN, PUBLICATION_NOUN], words: &query };
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut found = app.store.search(looking, "", cursor(&asked.before), limit).await?;
    let more = found.hits.len() > PAGE;
    found.hits.truncate(PAGE);
    let next = found.hits.last().filter(|_| more).map(|hit| {
        let q = percent_encoding::utf8_percent_encode(&q, percent_encoding::NON_ALPHANUMERIC);
        format!("{SEARCH}?q={q}&before={}-{}", hit.on_day, hit.id)
    });
    let hits = found.hits.iter().map(|hit| Line::new(&query, hit)).collect();
    let waiting = incomplete(found.waiting);
    cached(&headers, HTML, SearchPage { shell, q, found: Some(found.count()), waiting, hits, next }.render()?)
}
