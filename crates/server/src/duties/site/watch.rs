//! The worker's own looks (readings K84, K85): once a day each website of a station at work and of an application under
//! review, spread over the day and a few at once, where the settings open a way out.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use regulation::admission::site::UNDER_REVIEW;
use regulation::duties::site::Origin;
use sha2::{Digest, Sha256};
use store::duties::{Due, Looked, NewProbe};

use super::standing;
use crate::app::App;
use crate::outbound::{Outbound, Seen};

/// Websites opened at the same time.
const AT_ONCE: usize = 4;
/// Rows read at a time to find what is due.
const PAGE: i64 = 500;
/// The part of the day looks are spread over, in China: when people would look themselves.
const FROM: Time = Time::constant(8, 0, 0, 0);
const SPREAD: u64 = 12 * 3600;

/// Runs until the process ends; at once over where nothing goes out.
pub async fn run(app: App) {
    if app.outbound.is_none() {
        return;
    }
    let mut beat = tokio::time::interval(Duration::from_secs(60));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        match pass(&app).await {
            Ok(0) => {}
            Ok(looked) => tracing::info!(looked, "websites looked at"),
            Err(error) => tracing::error!(error = format!("{error:#}"), "looking at websites"),
        }
    }
}

/// Looks at everything whose time of the day has come and that was not looked at today. Returns how many.
///
/// # Errors
/// Fails when the database does.
pub async fn pass(app: &App) -> anyhow::Result<usize> {
    let Some(outbound) = app.outbound.as_deref() else { return Ok(0) };
    let due = due(app, app.clock.civil()).await?;
    let looks = due.into_iter().map(|(of, url)| look(app, outbound, of, url));
    let looked: Vec<anyhow::Result<()>> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
    let count = looked.len();
    looked.into_iter().collect::<anyhow::Result<()>>()?;
    Ok(count)
}

async fn due(app: &App, now: DateTime) -> anyhow::Result<Vec<(Looked, String)>> {
    let today = store::day_number(now.date());
    let mut found = Vec::new();
    let mut after = 0;
    loop {
        let rows = app.store.due_stations(today, after, PAGE).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        found.extend(rows.into_iter().map(|Due { id, url }| (Looked::Station(id), url)));
    }
    after = 0;
    loop {
        let rows = app.store.due_applications(&UNDER_REVIEW, today, after, PAGE).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        found.extend(rows.into_iter().map(|Due { id, url }| (Looked::Application(id), url)));
    }
    found.retain(|(of, _)| moment(*of, now.date()) <= now);
    Ok(found)
}

/// When a website is looked at on a day: somewhere in the spread, another time every day, the same for every server.
fn moment(of: Looked, on: Date) -> DateTime {
    let name = match of {
        Looked::Station(id) => format!("station {id} {on}"),
        Looked::Application(id) => format!("application {id} {on}"),
    };
    let digest = Sha256::digest(name.as_bytes());
    let number = digest.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    let seconds = i64::try_from(number % SPREAD).unwrap_or_default();
    on.to_datetime(FROM).saturating_add(SignedDuration::from_secs(seconds))
}

async fn look(app: &App, outbound: &Outbound, of: Looked, url: String) -> anyhow::Result<()> {
    let at = app.clock.now();
    let seen = outbound.look(&url).await;
    let probe = kept(url, at, seen);
    let stands = match of {
        Looked::Station(station) => standing::after(app, station, &probe).await?,
        Looked::Application(_) => None,
    };
    Ok(app.store.keep_probe(of, &probe, stands, app.clock.now()).await?)
}

/// What is kept of what was seen, on the day the look began.
fn kept(url: String, at: jiff::Timestamp, seen: Seen) -> NewProbe {
    let number = |of: usize| i64::try_from(of).unwrap_or(i64::MAX);
    NewProbe {
        url,
        origin: Origin::Machine.key(),
        looked_at: store::instant_number(at),
        on_day: store::day_number(store::day_of(at)),
        opened: seen.why.is_none(),
        status: seen.status.map(i64::from),
        final_url: seen.final_url,
        took_ms: Some(i64::try_from(seen.took.as_millis()).unwrap_or(i64::MAX)),
        title: seen.title,
        size: (!seen.sha256.is_empty()).then(|| number(seen.size)),
        sha256: seen.sha256,
        reason: seen.why.map(|why| why.to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn looks_are_spread_over_the_day_and_move_with_it() {
        let on = date(2026, 9, 18);
        let of_day = |on: Date| -> Vec<DateTime> { (1..=200).map(|id| moment(Looked::Station(id), on)).collect() };
        let today = of_day(on);
        let (first, last) = (today.iter().min().expect("some"), today.iter().max().expect("some"));
        assert!(*first >= on.at(8, 0, 0, 0) && *last < on.at(20, 0, 0, 0), "{first} to {last}");
        assert!(*first < on.at(9, 0, 0, 0) && *last > on.at(19, 0, 0, 0), "{first} to {last}");
        assert_eq!(today, of_day(on), "the same for every server");
        let same = today.iter().zip(of_day(date(2026, 9, 19))).filter(|(a, b)| a.time() == b.time()).count();
        assert!(same < 3, "{same} stand still");
        assert_ne!(moment(Looked::Station(1), on), moment(Looked::Application(1), on));
    }
}
