//! The one way out of the server: opening an address that somebody else named, to see whether a website is there
//! (Articles 5 (3) and 6 (4)), fetching documents of foreign notices (`document`) and handing over early warnings (`channels`,
//! both Article 5 (1)).
//!
//! Whoever names an address could name one of ours. Only http and https on their own ports are asked, and only public
//! addresses: a name is resolved here, every address it gives is judged, and the connection goes to these and no others.
//! Each redirect is judged anew. What comes back is bounded in time and size, and none of it is ever shown but its title.

pub mod channels;
pub mod document;
mod page;
mod public;
#[cfg(test)]
mod tests;
mod way;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Response, Url};
use sha2::{Digest, Sha256};

use self::page::title;
use self::way::{Way, Why};
use crate::config::Settings;

/// How far one look goes.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// From the first step to the last byte.
    time: Duration,
    /// Bytes of a page that are read; the rest is left.
    body: usize,
    redirects: usize,
}

/// How long an answer asks to be left alone (`Retry-After`), in seconds or until an instant; `at` is now. `None` where it says
/// nothing, or names an instant that has passed. The caller bounds it.
fn asked_to_wait(headers: &HeaderMap, at: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Duration::try_from(rfc2822::parse(text).ok()?.timestamp().duration_since(at)).ok(),
    }
}

const LIMITS: Limits = Limits { time: Duration::from_secs(20), body: 1024 * 1024, redirects: 5 };

/// Opens addresses, within the guard described above.
pub struct Outbound {
    way: Way,
    limits: Limits,
}

/// What was seen at an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The last answer's.
    pub status: Option<u16>,
    /// Where redirects led, as far as they were followed.
    pub final_url: String,
    pub took: Duration,
    pub title: String,
    /// Bytes of the page that were read, and their hash.
    pub size: usize,
    pub sha256: String,
    /// Why the page did not open; `None` when it did.
    pub why: Option<Why>,
}

impl Outbound {
    /// The way out, where the settings open one.
    ///
    /// # Errors
    /// Fails on a proxy that is no address, and when the machine has no root certificates to judge others by.
    pub fn of(settings: &Settings) -> anyhow::Result<Option<Arc<Outbound>>> {
        if !settings.probe_websites {
            return Ok(None);
        }
        Ok(Some(Arc::new(Outbound { way: Way::of(settings)?, limits: LIMITS })))
    }

    /// Opens an address and follows where it leads.
    pub async fn look(&self, address: &str) -> Seen {
        let begun = Instant::now();
        let mut seen = Seen::default();
        let opened = tokio::time::timeout(self.limits.time, self.follow(address, &mut seen)).await;
        seen.why = opened.unwrap_or(Err(Why::Slow(self.limits.time.as_secs()))).err();
        seen.took = begun.elapsed();
        seen
    }

    async fn follow(&self, address: &str, seen: &mut Seen) -> Result<(), Why> {
        let mut url: Url = address.parse().map_err(|_| Why::Address)?;
        for _ in 0..=self.limits.redirects {
            let response = self.ask(&url, seen).await?;
            let status = response.status().as_u16();
            seen.status = Some(status);
            match status {
                200..=299 => return self.read(response, seen).await,
                301 | 302 | 303 | 307 | 308 => {
                    let place = response.headers().get(LOCATION).and_then(|place| place.to_str().ok());
                    url = place.and_then(|place| url.join(place).ok()).ok_or(Why::Broken)?;
                }
                status => return Err(Why::Status(status, named(status))),
            }
        }
        Err(Why::Redirects(self.limits.redirects))
    }

    /// One request, to addresses judged before.
    async fn ask(&self, url: &Url, seen: &mut Seen) -> Result<Response, Why> {
        let judged = self.way.judged(url).await?;
        seen.final_url = shown(url);
        let client = self.way.client(url, &judged, "website availability check").await?;
        let asked = client.get(url.clone()).header(ACCEPT, "text/html, */*;q=0.5");
        asked.send().await.map_err(|error| Why::of(&error))
    }

    /// Reads as much of a page as is kept.
    async fn read(&self, mut response: Response, seen: &mut Seen) -> Result<(), Why> {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let mut body = Vec::new();
        while body.len() < self.limits.body {
            let Some(part) = response.chunk().await.map_err(|error| Why::of(&error))? else { break };
            body.extend_from_slice(&part[..part.len().min(self.limits.body - body.len())]);
        }
        seen.title = title(&kind, &body);
        seen.size = body.len();
        seen.sha256 = hex::encode(Sha256::digest(&body));
        Ok(())
    }
}

/// An address as it is kept: without the part behind `#`, and no longer than a page's address is.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.as_str().chars().take(500).collect()
}

/// What an answer's number means, as far as people meet it.
fn named(status: u16) -> &'static str {
    match status {
        401 | 407 => "须登录才能访问",
        403 => "禁止访问",
        404 | 410 => "页面不存在",
        429 => "访问被限制",
        500..=599 => "服务器出错",
        _ => "不是正常页面",
    }
}
