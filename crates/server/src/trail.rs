//! 访问留痕 (Article 9, reading K34): what somebody assigned to a station reads of it leaves a row in the audit trail, with the
//! page, before the page is given. It is the one reading that writes, and nobody can forget it: it stands around every
//! route whose verb is held within an assignment.
//!
//! The row moves [`store::Store::version`], so that a kept page is never given to an assessor again unseen.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use regulation::general::{Actor, Reach, StationId, Subject, Verb, may, rules};

use crate::app::{App, Route};
use crate::error::Fault;

/// Who reads in this request, and of which station.
#[derive(Clone, Debug, Default)]
pub struct Trail(Arc<Reading>);

#[derive(Debug, Default)]
struct Reading {
    actor: OnceLock<Actor>,
    station: OnceLock<StationId>,
}

impl Trail {
    /// The one the middleware put into the request.
    pub fn of(parts: &Parts) -> Trail {
        parts.extensions.get::<Trail>().cloned().unwrap_or_default()
    }

    /// Once a person is known. Only those with assignments leave a trail of what they read.
    pub fn by(&self, actor: &Actor) {
        if !actor.assigned.is_empty() {
            self.0.actor.get_or_init(|| actor.clone());
        }
    }

    /// Once a page that does not carry the station's key in its address knows what it shows.
    pub fn reads(&self, station: StationId) {
        self.0.station.get_or_init(|| station);
    }
}

/// Verbs of the pages, by the routes' patterns.
pub type Pages = Arc<HashMap<&'static str, Verb>>;

pub fn pages(routes: &[Route]) -> Pages {
    let pages = routes.iter().filter(|route| route.method == Method::GET);
    Arc::new(pages.map(|route| (route.path, route.verb)).collect())
}

/// Middleware: the trail of an assessor's reading, if this is one.
pub async fn leave(
    State((app, pages)): State<(App, Pages)>,
    matched: Option<MatchedPath>,
    mut request: Request,
    next: Next,
) -> Response {
    let pattern = matched.as_ref().map_or("", MatchedPath::as_str);
    let Some(verb) = pages.get(pattern).copied().filter(|_| *request.method() == Method::GET) else {
        return next.run(request).await;
    };
    let trail = Trail::default();
    request.extensions_mut().insert(trail.clone());
    let address = request.uri().to_string();
    let response = next.run(request).await;
    match trail.0.actor.get().filter(|_| response.status().is_success()) {
        Some(actor) => match record(&app, actor, verb, &trail, pattern, &address).await {
            Ok(()) => response,
            Err(fault) => fault.into_response(),
        },
        None => response,
    }
}

async fn record(
    app: &App,
    actor: &Actor,
    verb: Verb,
    trail: &Trail,
    pattern: &str,
    address: &str,
) -> Result<(), Fault> {
    if !rules().any(|rule| rule.role == actor.role && rule.verb == verb && rule.reach == Reach::Assigned) {
        return Ok(());
    }
    // The form of an act was only read so far.
    let verb = if verb.writes() { Verb::ViewStation } else { verb };
    let station = trail.0.station.get().copied().or_else(|| station_in(pattern, address));
    let subject = Subject { station, ..Subject::whole("page", station.unwrap_or_default()) };
    let mandate = may(actor, verb, &subject, app.clock.today())?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.note(address.chars().take(300).collect::<String>());
    tx.commit().await?;
    Ok(())
}

/// The station an address names, as `…/stations/{id}…` or `?station=`.
fn station_in(pattern: &str, address: &str) -> Option<StationId> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut parts = pattern.split('/').zip(path.split('/'));
    let after = |word: &'static str| move |(known, _): &(&str, &str)| *known == word;
    let in_path = parts.by_ref().find(after("stations")).and_then(|_| parts.next());
    let in_path = in_path.filter(|(known, _)| *known == "{id}").and_then(|(_, given)| given.parse().ok());
    let in_query = || query.split('&').find_map(|pair| pair.strip_prefix("station=")?.parse().ok());
    in_path.or_else(in_query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_station() {
        let sheet = "/appraisal/cycles/{year}/stations/{id}/sheet.pdf";
        assert_eq!(station_in(sheet, "/appraisal/cycles/2026/stations/7/sheet.pdf"), Some(7));
        assert_eq!(station_in("/appraisal/ledger", "/appraisal/ledger?kind=a&station=8"), Some(8));
        assert_eq!(station_in("/appraisal/ledger/{id}", "/appraisal/ledger/9"), None);
        assert_eq!(station_in("/duties/stations", "/duties/stations"), None);
    }
}
