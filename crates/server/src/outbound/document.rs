//! Documents of foreign notices (Article 5 (1)), from addresses the settings name or a source leads to: behind the same guard
//! as websites, read whole or not at all.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use reqwest::header::{ACCEPT, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION};
use reqwest::{Response, Url};

use super::way::{Way, Why};
use super::{asked_to_wait, named};
use crate::config::{Secret, Settings};

/// How often a source may lead elsewhere.
const REDIRECTS: usize = 3;
/// Longest name a source gives its document that is kept.
const LONGEST_MARK: usize = 500;

/// Fetches documents.
pub struct Library {
    way: Way,
}

/// What is asked for.
pub struct Wanted<'a> {
    pub url: Url,
    pub accept: &'static str,
    /// What the source called the document known already; empty for one that is wanted in any case.
    pub etag: &'a str,
    pub last_modified: &'a str,
    /// Name and value of a header with a key; told to the host of `url` alone.
    pub key: Option<(&'static str, &'a Secret)>,
    /// Bytes, and time from the first step to the last byte.
    pub largest: usize,
    pub time: Duration,
}

impl Wanted<'_> {
    fn is_known(&self) -> bool {
        !self.etag.is_empty() || !self.last_modified.is_empty()
    }
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The document known already.
    Unchanged,
    Document {
        bytes: Bytes,
        etag: String,
        last_modified: String,
    },
}

/// Nothing usable came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// A sentence for people.
    pub reason: String,
    /// How long the source asks to be left alone.
    pub wait: Option<Duration>,
}

impl From<Why> for Missed {
    fn from(why: Why) -> Missed {
        Missed { reason: why.to_string(), wait: None }
    }
}

impl Library {
    /// # Errors
    /// Fails on a proxy that is no address, and when the machine has no root certificates to judge others by.
    pub fn of(settings: &Settings) -> anyhow::Result<Library> {
        Ok(Library { way: Way::of(settings)? })
    }

    /// Fetches a document; `at` is now, for sources that name the instant they may be asked again.
    ///
    /// # Errors
    /// Why nothing usable came.
    pub async fn fetch(&self, wanted: &Wanted<'_>, at: Timestamp) -> Result<Found, Missed> {
        let fetched = tokio::time::timeout(wanted.time, self.follow(wanted, at)).await;
        fetched.unwrap_or_else(|_| Err(Why::Slow(wanted.time.as_secs()).into()))
    }

    async fn follow(&self, wanted: &Wanted<'_>, at: Timestamp) -> Result<Found, Missed> {
        let mut url = wanted.url.clone();
        for _ in 0..=REDIRECTS {
            let response = self.ask(&url, wanted).await?;
            let status = response.status().as_u16();
            match status {
                200..=299 => return Ok(read(response, wanted.largest).await?),
                304 if wanted.is_known() => return Ok(Found::Unchanged),
                301 | 302 | 303 | 307 | 308 => {
                    let place = response.headers().get(LOCATION).and_then(|place| place.to_str().ok());
                    url = place.and_then(|place| url.join(place).ok()).ok_or(Why::Broken)?;
                }
                status => {
                    let reason = Why::Status(status, named(status)).to_string();
                    return Err(Missed { reason, wait: asked_to_wait(response.headers(), at) });
                }
            }
        }
        Err(Why::Redirects(REDIRECTS).into())
    }

    /// One request, to addresses judged before.
    async fn ask(&self, url: &Url, wanted: &Wanted<'_>) -> Result<Response, Why> {
        let judged = self.way.judged(url).await?;
        let client = self.way.client(url, &judged, "trade notices").await?;
        let mut asked = client.get(url.clone()).header(ACCEPT, wanted.accept);
        for (header, mark) in [(IF_NONE_MATCH, wanted.etag), (IF_MODIFIED_SINCE, wanted.last_modified)] {
            if !mark.is_empty() {
                asked = asked.header(header, mark);
            }
        }
        if let Some((header, key)) = wanted.key.filter(|_| url.origin() == wanted.url.origin()) {
            asked = asked.header(HeaderName::from_static(header), key.text());
        }
        asked.send().await.map_err(|error| Why::of(&error))
    }
}

/// Reads an answer to its end.
async fn read(mut response: Response, largest: usize) -> Result<Found, Why> {
    let too_large = || Why::TooLarge(largest / (1024 * 1024));
    if response.content_length().is_some_and(|length| usize::try_from(length).unwrap_or(usize::MAX) > largest) {
        return Err(too_large());
    }
    let etag = mark(response.headers(), ETAG);
    let last_modified = mark(response.headers(), LAST_MODIFIED);
    let mut bytes = BytesMut::new();
    while let Some(part) = response.chunk().await.map_err(|error| Why::of(&error))? {
        if bytes.len() + part.len() > largest {
            return Err(too_large());
        }
        bytes.extend_from_slice(&part);
    }
    Ok(Found::Document { bytes: bytes.freeze(), etag, last_modified })
}

fn mark(headers: &HeaderMap, name: HeaderName) -> String {
    let text = headers.get(name).and_then(|mark| mark.to_str().ok());
    text.filter(|mark| mark.len() <= LONGEST_MARK).unwrap_or_default().to_owned()
}
