//! A message handed over by HTTP: one POST, no redirect, a short answer.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use super::{Failure, Sent};
use crate::config::Secret;
use crate::outbound::asked_to_wait;
use crate::outbound::way::{Way, Why};

/// From the first step to the last byte of an answer.
const TIME: Duration = Duration::from_secs(20);
/// Bytes of an answer that are read.
const ANSWER: usize = 64 * 1024;
/// Nobody is left alone for longer than this, whatever they ask.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

pub struct Post {
    way: Way,
    pub(in crate::outbound) time: Duration,
}

/// A platform's robots: all at one address, told apart by a key in it.
pub struct Robot {
    pub host: &'static str,
    pub path: &'static str,
    pub key: &'static str,
    /// What is wrong with an address that is none of theirs.
    pub otherwise: &'static str,
}

impl Post {
    pub fn by(way: Way) -> Post {
        Post { way, time: TIME }
    }

    /// Whether the operator named the socket this address names.
    pub fn allows(&self, url: &Url) -> bool {
        self.way.allows_literally(url)
    }

    /// Posts a JSON text and reads what is answered to one that was taken.
    pub async fn json(&self, url: &Url, headers: HeaderMap, body: String, at: Timestamp) -> Result<Answer, Failure> {
        let posted = tokio::time::timeout(self.time, self.posted(url, headers, body, at)).await;
        posted.unwrap_or_else(|_| Err(Why::Slow(self.time.as_secs()).into()))
    }

    async fn posted(&self, url: &Url, headers: HeaderMap, body: String, at: Timestamp) -> Result<Answer, Failure> {
        let judged = self.way.judged(url).await?;
        if url.scheme() != "https" && !self.way.allows(&judged) {
            return Err(Failure::lasting("推送地址应以 https:// 开头。"));
        }
        let client = self.way.client(url, &judged, "early warnings").await?;
        let request = client.post(url.clone()).headers(headers).header(CONTENT_TYPE, "application/json");
        let mut response = request.body(body).send().await.map_err(|error| Why::of(&error))?;
        let status = response.status().as_u16();
        let wait = asked_to_wait(response.headers(), at).map(|wait| wait.min(LONGEST_WAIT));
        if let Some(failure) = refused(status, wait) {
            return Err(failure);
        }
        let mut body = Vec::new();
        while body.len() < ANSWER {
            let Some(part) = response.chunk().await.map_err(|error| Why::of(&error))? else { break };
            body.extend_from_slice(&part);
        }
        Ok(Answer { status, body })
    }
}

pub struct Answer {
    pub status: u16,
    body: Vec<u8>,
}

impl Answer {
    /// The number a robot answers with; 0 says that it has the message.
    pub fn code(&self) -> Result<i64, Failure> {
        #[derive(Deserialize)]
        struct Said {
            errcode: i64,
        }
        self.parsed("机器人的答复无法识别。").map(|said: Said| said.errcode)
    }

    /// The JSON that was answered; `otherwise` is said of anything else.
    pub fn parsed<T: DeserializeOwned>(&self, otherwise: &str) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|_| Failure::passing(otherwise))
    }
}

/// The receipt of a robot that took the message.
pub fn taken() -> Sent {
    Sent { receipt: "errcode 0".to_owned() }
}

fn refused(status: u16, wait: Option<Duration>) -> Option<Failure> {
    let (lasting, what) = match status {
        200..=299 => return None,
        300..=399 => (matches!(status, 301 | 308), "要求转到别的地址，不予跟随"),
        401 | 403 => (true, "拒绝接收"),
        404 | 410 => (true, "地址不存在"),
        408 => (false, "没有及时收到"),
        429 => (false, "要求稍后再发"),
        500..=599 => (false, "对方系统出错"),
        _ => (status != 425, "不接收这一消息"),
    };
    Some(Failure { lasting, wait: wait.filter(|_| !lasting), reason: format!("对方返回 {status}，{what}。") })
}

/// The headers a message to a system of the recipient's own is signed with; see [`signature`].
pub fn signing(key: &str, at: Timestamp, body: &str) -> Result<HeaderMap, Failure> {
    let timestamp = at.as_second().to_string();
    let value = |text: String| HeaderValue::try_from(text).map_err(|_| Failure::lasting("签名无法写成。"));
    Ok(HeaderMap::from_iter([
        (HeaderName::from_static("x-fengsui-signature"), value(signature(key, &timestamp, body))?),
        (HeaderName::from_static("x-fengsui-timestamp"), value(timestamp)?),
    ]))
}

impl From<Why> for Failure {
    fn from(why: Why) -> Failure {
        let lasting = matches!(why, Why::Address | Why::Port(_) | Why::NotPublic);
        Failure { lasting, wait: None, reason: why.to_string() }
    }
}

/// The address of a platform's robot, made anew from the key in what was given: nothing else of it is used. In place of the
/// platform's host stands a socket the operator named, if the address gives one.
pub fn robot(post: &Post, robot: &Robot, given: &Secret) -> Result<Url, Failure> {
    let wrong = || Failure::lasting(robot.otherwise);
    let given: Url = given.text().trim().parse().map_err(|_| wrong())?;
    let own = given.scheme() == "https" && given.host_str() == Some(robot.host) && given.port().is_none();
    let plain = given.username().is_empty() && given.password().is_none();
    if !(own || post.allows(&given)) || !plain || given.path() != robot.path {
        return Err(wrong());
    }
    let key = given.query_pairs().find(|(name, value)| name == robot.key && !value.is_empty());
    let (_, key) = key.ok_or_else(wrong)?;
    let mut url = given.clone();
    url.set_fragment(None);
    url.query_pairs_mut().clear().append_pair(robot.key, &key);
    Ok(url)
}

/// What a webhook's message is signed with: the HMAC-SHA256, in hex, over the time in `X-Fengsui-Timestamp` (seconds since
/// 1970), a line feed, and the body. The receiver makes the same, compares, and refuses a time long past.
pub fn signature(key: &str, timestamp: &str, body: &str) -> String {
    hex::encode(hmac(key, &format!("{timestamp}\n{body}")))
}

pub fn hmac(key: &str, text: &str) -> [u8; 32] {
    let keyed: Result<Hmac<Sha256>, _> = Hmac::new_from_slice(key.as_bytes());
    // A key of any length is taken.
    keyed.map_or([0; 32], |keyed| keyed.chain_update(text).finalize().into_bytes().into())
}
