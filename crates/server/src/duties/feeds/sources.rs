//! The sources and how each stands: what came in, whether it is fetched, and, where nothing is there, exactly why.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use feeds::Source;
use feeds::asking::Known;
use regulation::general::{Mandate, Refusal, Scope, Subject, Verb};
use reqwest::Url;
use serde::Deserialize;
use store::duties::FetchPlace;

use super::places::closed;
use super::{FEEDS, IntakeLine, PAGE, source_name};
use crate::app::{App, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, moment_of};

#[derive(Template)]
#[template(path = "duties/feeds.html")]
struct FeedsPage {
    shell: Shell,
    lines: Vec<SourceLine>,
    may_load: bool,
}

/// A source and how it stands.
struct SourceLine {
    key: &'static str,
    name: &'static str,
    newest: Option<IntakeLine>,
    fetched: Standing,
}

/// How fetching an address, or a source none is set for, stands.
#[derive(Clone, Debug, Default)]
struct Standing {
    /// Class and word of its state.
    class: &'static str,
    word: &'static str,
    /// What came of the last try, or why there is none.
    why: String,
    address: String,
    tried: String,
    succeeded: String,
    next: String,
    announced: Option<i64>,
    received: Option<i64>,
    fresh: Option<i64>,
    intake: Option<i64>,
    failures: i64,
}

impl Standing {
    fn closed(why: &str) -> Standing {
        let class = if why.starts_with("已启用") { "warn" } else { "" };
        let word = if class.is_empty() { "未启用" } else { "缺设置" };
        Standing { class, word, why: why.to_owned(), ..Standing::default() }
    }

    fn of(app: &App, row: &FetchPlace) -> Standing {
        let under_way = row.under_way(app.clock.now());
        let (class, word) = match row.outcome.as_str() {
            _ if under_way => ("warn", "正在抓取"),
            "" => ("warn", "等待首次抓取"),
            "failed" => ("bad", "抓取失败"),
            _ if row.short() => ("warn", "条数不符"),
            _ => ("ok", "正常"),
        };
        let moment = |at: Option<i64>| at.map(moment_of).unwrap_or_default();
        Standing {
            class,
            word,
            why: why(row),
            address: shown(&row.address),
            tried: moment(row.tried_at),
            succeeded: moment(row.succeeded_at),
            next: if under_way { String::new() } else { moment_of(row.next_at) },
            announced: row.announced,
            received: row.received,
            fresh: row.fresh,
            intake: row.intake_id,
            failures: row.failures,
        }
    }

    /// How a source stands: each of its addresses, or why it has none.
    fn all(app: &App, source: Source, rows: &[FetchPlace]) -> Vec<Standing> {
        let fetching = app.fetching.as_deref();
        if let Some(why) = closed(fetching, source) {
            return vec![Standing::closed(why)];
        }
        let of = |place: &super::places::Place| {
            let row = rows.iter().find(|row| fetching.and_then(|f| f.place(&row.source, &row.address)) == Some(place));
            row.map_or_else(
                || Standing {
                    class: "warn",
                    word: "等待首次抓取",
                    why: "已启用，还没有抓取过。".to_owned(),
                    address: shown(place.address.as_str()),
                    ..Standing::default()
                },
                |row| Standing::of(app, row),
            )
        };
        let places = fetching.map(super::places::Fetching::places).unwrap_or_default();
        places.iter().filter(|place| place.source == source).map(of).collect()
    }

    /// The one of a source's addresses that needs looking at most.
    fn worst(all: Vec<Standing>) -> Standing {
        let weight = |standing: &Standing| match standing.class {
            "bad" => 3,
            "warn" => 2,
            "ok" => 1,
            _ => 0,
        };
        all.into_iter().max_by_key(weight).unwrap_or_default()
    }
}

/// What came of the last try, in one sentence.
fn why(row: &FetchPlace) -> String {
    let received = row.received.unwrap_or(0);
    match row.outcome.as_str() {
        "" => "已启用，还没有抓取过。".to_owned(),
        "failed" if row.failures > 1 => format!("连续 {} 次没有抓到：{}", row.failures, row.problem),
        "failed" => format!("没有抓到：{}", row.problem),
        "unchanged" => "最近一次抓取成功，来源没有变化，没有新公告。".to_owned(),
        "nothing" => "最近一次抓取成功，来源在所查日期内没有公告。".to_owned(),
        _ if row.short() => {
            format!("来源自报 {} 条，实际收到 {received} 条，下次抓取再核对。", row.announced.unwrap_or(0))
        }
        "known" => format!("最近一次抓到 {received} 条，此前都已接收。"),
        _ => format!("最近一次抓到 {received} 条，新公告 {} 条。", row.fresh.unwrap_or(0)),
    }
}

/// An address without what stands behind its path: that may be a key.
fn shown(address: &str) -> String {
    let Ok(mut url) = address.parse::<Url>() else { return String::new() };
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

pub(super) async fn list(State(app): State<App>, person: Person) -> Page {
    person.scope_or_refuse(&app, Verb::ViewNotices)?;
    let newest = app.store.newest_intakes().await?;
    let rows = app.store.fetch_places().await?;
    let line = |source: Source| SourceLine {
        key: source.name(),
        name: source_name(source.name()),
        newest: newest.iter().find(|row| row.source == source.name()).map(IntakeLine::new),
        fetched: Standing::worst(Standing::all(&app, source, &rows)),
    };
    render(&FeedsPage {
        shell: Shell::new(&app, &person, FEEDS),
        lines: Source::ALL.into_iter().map(line).collect(),
        may_load: person.scope(&app, Verb::LoadNotices) != Scope::Nothing,
    })
}

#[derive(Template)]
#[template(path = "duties/feed_source.html")]
struct SourcePage {
    shell: Shell,
    key: &'static str,
    name: &'static str,
    fetched: Vec<Standing>,
    every_hours: i64,
    /// The address is one this project has not seen answer.
    unproven: bool,
    may_ask: bool,
    /// Nothing came in from this source yet, and no older page was asked for.
    blank: bool,
    lines: Vec<IntakeLine>,
    next: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Before {
    before: Option<i64>,
}

/// How a source stands, and what came in of it, document by document.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    Path(source): Path<String>,
    Query(asked): Query<Before>,
) -> Page {
    person.scope_or_refuse(&app, Verb::ViewNotices)?;
    let source: Source = source.parse().map_err(|_| Fault::NotFound)?;
    let places = app.store.fetch_places_of(source.name()).await?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let mut rows = app.store.intakes(source.name(), asked.before.unwrap_or(i64::MAX), PAGE + 1).await?;
    let more = rows.len() > most;
    rows.truncate(most);
    let asking = source.asking();
    render(&SourcePage {
        shell: Shell::new(&app, &person, FEEDS),
        key: source.name(),
        name: source_name(source.name()),
        fetched: Standing::all(&app, source, &places),
        every_hours: asking.every_hours,
        unproven: asking.known == Known::SecondHand && closed(app.fetching.as_deref(), source).is_none(),
        may_ask: fetching_now(&app, &person, source, &places).is_ok(),
        blank: rows.is_empty() && asked.before.is_none(),
        next: rows.last().filter(|_| more).map(|row| format!("{FEEDS}/sources/{source}?before={}", row.id)),
        lines: rows.iter().map(IntakeLine::new).collect(),
    })
}

/// Whether this person may have a source fetched now. Button and submit both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
fn fetching_now(app: &App, person: &Person, source: Source, rows: &[FetchPlace]) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::LoadNotices, &Subject::whole("fetch_place", 0))?;
    if let Some(why) = closed(app.fetching.as_deref(), source) {
        return Err(Refusal::new(mandate.basis(), why));
    }
    let now = app.clock.now();
    let rests = |row: &FetchPlace| row.claimed_at.is_none() && row.next_at > store::instant_number(now);
    if !rows.iter().any(rests) {
        return Err(Refusal::new(mandate.basis(), "正在抓取或者马上抓取，请稍后查看。"));
    }
    Ok(mandate)
}

/// Has a source fetched now, whatever it was waiting for.
pub(super) async fn fetch_now(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let source: Source = posted.text("source").parse().map_err(|_| Fault::NotFound)?;
    let rows = app.store.fetch_places_of(source.name()).await?;
    let mandate = fetching_now(&app, &person, source, &rows)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.fetch_now(source.name()).await?;
    tx.note(format!("立即抓取{}", source_name(source.name())));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{FEEDS}/sources/{source}?done=fetch_asked")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_an_address_is_not_shown() {
        assert_eq!(shown("https://a.example/feed?token=secret#x"), "https://a.example/feed");
        assert_eq!(shown("no address"), "");
    }
}
