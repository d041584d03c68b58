//! 钉钉群机器人.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde_json::json;

use super::markdown::markdown;
use super::post::{Post, Robot, hmac, robot, taken};
use super::{Failure, Message, Sent};
use crate::config::Secret;

pub const ROBOT: Robot = Robot {
    host: "oapi.dingtalk.com",
    path: "/robot/send",
    key: "access_token",
    otherwise: "钉钉群机器人的地址应为 https://oapi.dingtalk.com/robot/send?access_token=…，请从群机器人的设置中复制。",
};

/// For how long the platform shuts out a robot that sent too much.
const SHUT_OUT: Duration = Duration::from_secs(600);

pub async fn send(post: &Post, url: &Secret, key: &Secret, message: &Message, at: Timestamp) -> Result<Sent, Failure> {
    let mut url = robot(post, &ROBOT, url)?;
    if !key.is_empty() {
        let time = at.as_millisecond();
        url.query_pairs_mut().append_pair("timestamp", &time.to_string()).append_pair("sign", &sign(key.text(), time));
    }
    let body = json!({
        "msgtype": "markdown",
        "markdown": { "title": message.heading(), "text": markdown(message) },
        "at": { "isAtAll": false },
    });
    outcome(post.json(&url, HeaderMap::new(), body.to_string(), at).await?.code()?)
}

/// 加签: over the time in milliseconds and the key, with the key, as it stands before it is written into an address.
fn sign(key: &str, time: i64) -> String {
    STANDARD.encode(hmac(key, &format!("{time}\n{key}")))
}

/// What the platform's number means. An unknown one is tried again: it need not be for good.
fn outcome(code: i64) -> Result<Sent, Failure> {
    Err(match code {
        0 => return Ok(taken()),
        130101 | 410100 => Failure::after(SHUT_OUT, format!("钉钉限制了发送频率（{code}）。")),
        310000 => Failure::lasting("钉钉群机器人的安全设置没有通过，请核对关键词、加签密钥和来源地址（310000）。"),
        300001 | 400101 | 400102 | 400106 => {
            Failure::lasting(format!("钉钉群机器人的密钥无效，或者机器人已经停用、删除（{code}）。"))
        }
        400013 => Failure::lasting("钉钉群已经解散（400013）。"),
        40035 | 400105 | 410101 | 430101 | 430102 | 430103 | 430104 => {
            Failure::lasting(format!("钉钉不接收这一消息（{code}）。"))
        }
        code => Failure::passing(format!("钉钉没有接收，返回 {code}。")),
    })
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::*;

    /// The test vector of the requirements, §6.12.
    #[test]
    fn the_signature_is_the_platforms() {
        let mut url: Url = "https://oapi.dingtalk.com/robot/send".parse().expect("an address");
        url.query_pairs_mut().append_pair("sign", &sign("SECtest", 1_700_000_000_000));
        assert_eq!(url.query(), Some("sign=aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g%3D"));
    }

    #[test]
    fn numbers_say_whether_to_try_again() {
        assert_eq!(outcome(0), Ok(taken()));
        let failure = |code| outcome(code).expect_err("a failure");
        assert_eq!((failure(130101).lasting, failure(130101).wait), (false, Some(SHUT_OUT)));
        assert!(failure(310000).lasting && failure(300001).lasting && failure(400013).lasting);
        assert_eq!((failure(-1).lasting, failure(-1).wait), (false, None));
    }
}
