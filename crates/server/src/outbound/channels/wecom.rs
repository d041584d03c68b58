//! 企业微信群机器人.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde_json::json;

use super::markdown::markdown;
use super::post::{Post, Robot, robot, taken};
use super::{Failure, Message, Sent};
use crate::config::Secret;

pub const ROBOT: Robot = Robot {
    host: "qyapi.weixin.qq.com",
    path: "/cgi-bin/webhook/send",
    key: "key",
    otherwise: "企业微信群机器人的地址应为 https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…，请从群机器人的设置中复制。",
};

pub async fn send(post: &Post, url: &Secret, message: &Message, at: Timestamp) -> Result<Sent, Failure> {
    let url = robot(post, &ROBOT, url)?;
    let body = json!({ "msgtype": "markdown", "markdown": { "content": markdown(message) } });
    outcome(post.json(&url, HeaderMap::new(), body.to_string(), at).await?.code()?)
}

/// What the platform's number means. An unknown one is tried again: it need not be for good.
fn outcome(code: i64) -> Result<Sent, Failure> {
    let minute = Duration::from_secs(60);
    Err(match code {
        0 => return Ok(taken()),
        45009 | 45033 => Failure::after(minute, format!("企业微信限制了发送频率（{code}）。")),
        93000 | 93004 | 93008 => {
            Failure::lasting(format!("企业微信群机器人的密钥无效，或者机器人已经停用、移出（{code}）。"))
        }
        40008 | 40058 | 44004 | 45002 => Failure::lasting(format!("企业微信不接收这一消息（{code}）。")),
        code => Failure::passing(format!("企业微信没有接收，返回 {code}。")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_say_whether_to_try_again() {
        assert_eq!(outcome(0), Ok(taken()));
        let failure = |code| outcome(code).expect_err("a failure");
        assert_eq!((failure(45009).lasting, failure(45009).wait), (false, Some(Duration::from_secs(60))));
        assert!(failure(93000).lasting && failure(45002).lasting);
        assert_eq!((failure(-1).lasting, failure(-1).wait), (false, None));
    }
}
