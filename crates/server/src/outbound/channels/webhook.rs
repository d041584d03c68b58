//! 系统对接: a signed message to a system of the recipient's own (docs/how-to/receive-warnings.md).

use jiff::Timestamp;
use reqwest::Url;
use serde_json::json;

use super::post::{Post, signing};
use super::{Failure, Message, Sent};
use crate::config::Secret;

pub async fn send(post: &Post, url: &Secret, key: &Secret, message: &Message, at: Timestamp) -> Result<Sent, Failure> {
    let url = place(post, url, key)?;
    let body = json!({
        "id": message.id,
        "subject": message.heading(),
        "lines": message.lines,
        "link": message.link().map(String::from),
    })
    .to_string();
    let headers = signing(key.text(), at, &body)?;
    let answer = post.json(&url, headers, body, at).await?;
    Ok(Sent { receipt: format!("HTTP {}", answer.status) })
}

/// Where it goes, as far as the text tells; what the name leads to is judged when it is asked.
pub fn place(post: &Post, url: &Secret, key: &Secret) -> Result<Url, Failure> {
    let url: Result<Url, _> = url.text().trim().parse();
    let url = url.map_err(|_| Failure::lasting("推送地址不完整，应以 https:// 开头。"))?;
    // Plain HTTP goes only to what the operator named, by number or by a name that leads there: see `Post::json`.
    let named = url.scheme() == "http" && (url.domain().is_some() || post.allows(&url));
    if url.scheme() != "https" && !named {
        return Err(Failure::lasting("推送地址应以 https:// 开头。"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::lasting("推送地址中不写用户名和密码。"));
    }
    if key.is_empty() {
        return Err(Failure::lasting("推送地址没有设置签名密钥。"));
    }
    Ok(url)
}
