//! Pages as last built, while nothing they could show has changed.
//!
//! Looking at the same page again is the commonest thing people do: back, reload, the desk between two tasks. A page
//! is kept for the very browser it was built for (its cookies are part of the key) and given again only within the
//! same minute (pages print it) and while no act was committed since it was asked for: [`store::Store::version`]
//! moves with every commit of this process, and the worker moves it for those of others. Pages with a form that may be
//! sent once are always built anew, and so is everything about accounts, sessions and the audit log.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, COOKIE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use crate::app::App;
use crate::error::Fault;

/// Largest page kept.
const PAGE: usize = 256 * 1024;
/// Most bytes kept in all; reached, everything is forgotten and kept anew.
const ALL: usize = 8 * 1024 * 1024;
/// Rooms whose pages depend on nothing but recorded acts and the minute.
const ROOMS: [&str; 5] = ["/desk", "/duties/", "/admission/", "/appraisal/", "/adjustment/"];
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

#[derive(Default)]
pub struct Memo {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    pages: HashMap<String, KeptPage>,
    bytes: usize,
}

struct KeptPage {
    at: Moment,
    body: Bytes,
}

/// What a page was built from: the acts there were, and the minute.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Moment {
    version: u64,
    minute: i64,
}

impl Moment {
    fn of(app: &App) -> Moment {
        Moment { version: app.store.version(), minute: app.clock.now().as_second().div_euclid(60) }
    }
}

impl Memo {
    fn get(&self, key: &str, now: Moment) -> Option<Bytes> {
        let kept = self.kept.lock().ok()?;
        kept.pages.get(key).filter(|page| page.at == now).map(|page| page.body.clone())
    }

    fn keep(&self, key: String, at: Moment, body: Bytes) {
        let Ok(mut kept) = self.kept.lock() else { return };
        if kept.bytes + body.len() > ALL {
            *kept = Kept::default();
        }
        kept.bytes += key.len() + body.len();
        if let Some(before) = kept.pages.insert(key, KeptPage { at, body }) {
            kept.bytes = kept.bytes.saturating_sub(before.body.len());
        }
    }
}

/// The browser and the page, when it is one that may be kept.
fn key(request: &Request) -> Option<String> {
    let path = request.uri().path();
    let ours = *request.method() == Method::GET && ROOMS.iter().any(|room| path.starts_with(room));
    let cookies = request.headers().get(COOKIE).filter(|_| ours)?.to_str().ok()?;
    Some(format!("{cookies}\n{}", request.uri()))
}

/// Middleware: gives a kept page again, or keeps the one built.
pub async fn remember(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(key) = key(&request) else { return next.run(request).await };
    // Before the page is built: an act that comes between makes what was built old.
    let at = Moment::of(&app);
    if let Some(body) = app.memo.get(&key, at) {
        return ([(CONTENT_TYPE, HTML)], body).into_response();
    }
    let response = next.run(request).await;
    let page = response.status() == StatusCode::OK && response.headers().get(CONTENT_TYPE) == Some(&HTML);
    if !page {
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return Fault::Broken(error.into()).into_response(),
    };
    if body.len() <= PAGE && !once(&body) {
        app.memo.keep(key, at, body.clone());
    }
    Response::from_parts(parts, Body::from(body))
}

/// Whether the page has a form that counts once. Every page built is searched: its first byte tells most places apart.
fn once(body: &[u8]) -> bool {
    const FIELD: &[u8] = b"name=\"once\"";
    body.windows(FIELD.len()).any(|window| window[0] == FIELD[0] && window == FIELD)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment { version: 1, minute: 7 };

    #[test]
    fn a_page_is_given_again_only_while_nothing_changed() {
        let memo = Memo::default();
        memo.keep("a".to_owned(), NOW, Bytes::from_static(b"page"));
        assert_eq!(memo.get("a", NOW), Some(Bytes::from_static(b"page")));
        assert_eq!(memo.get("b", NOW), None);
        assert_eq!(memo.get("a", Moment { version: 2, ..NOW }), None);
        assert_eq!(memo.get("a", Moment { minute: 8, ..NOW }), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let memo = Memo::default();
        for n in 0..200 {
            memo.keep(n.to_string(), NOW, Bytes::from(vec![b'x'; PAGE]));
            assert!(memo.kept.lock().expect("kept").bytes <= ALL + 1024);
        }
        assert!(memo.get("199", NOW).is_some());
    }

    #[test]
    fn a_form_that_counts_once_is_seen() {
        assert!(once(b"<input type=\"hidden\" name=\"once\" value=\"1\">"));
        assert!(!once(b"<input name=\"on\">"));
    }
}
