//! 公众号 (Article 5 (3)): a warning among the drafts (草稿箱) of the operator's official account. A person previews it
//! and sends it from the account's own backend: nothing is sent to anyone from here.

use std::time::Duration;

use anyhow::{Context as _, bail};
use askama::Template;
use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::post::Post;
use super::{Failure, Message, cut, one_line};
use crate::config::{Secret, Settings};
use crate::outbound::way::Way;

/// Characters of a title, an author and a digest, as the platform's documentation bounds them.
const TITLE: usize = 32;
const AUTHOR: usize = 16;
const DIGEST: usize = 128;
/// Seconds before its end from which a token is not used any more.
const EARLY: u32 = 300;
const UNREADABLE: &str = "公众号平台的答复无法识别。";

/// The operator's official account.
pub struct Account {
    post: Post,
    appid: String,
    secret: Secret,
    /// Media id of the cover, a permanent material of the account.
    cover: String,
    author: String,
    tokens: Url,
    drafts: Url,
    /// The token at hand, and until when it is used.
    token: Mutex<Option<(Secret, Timestamp)>>,
}

/// What the platform answers; what it does not say is empty.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    errcode: i64,
    access_token: Secret,
    expires_in: u32,
    media_id: String,
}

#[derive(Template)]
#[template(path = "duties/article.html")]
struct Content<'a> {
    lines: &'a [String],
    link: Option<&'a Url>,
}

impl Account {
    /// The account the settings name; `None` where they name none.
    ///
    /// # Errors
    /// One sentence naming the settings that do not fit; fails when the machine has no root certificates.
    pub fn of(settings: &Settings) -> anyhow::Result<Option<Account>> {
        match (settings.wechat_appid.as_str(), settings.wechat_secret.text(), settings.wechat_cover.as_str()) {
            ("", "", "") => return Ok(None),
            ("", ..) | (_, "", _) | (.., "") => {
                bail!("wechat_appid、wechat_secret 和 wechat_cover：应当同时设置或者同时留空")
            }
            _ => {}
        }
        let post = Post::by(Way::of(settings)?);
        let api = settings.wechat_api.trim().trim_end_matches('/');
        let place = |path: &str| {
            let url: Option<Url> = format!("{api}{path}").parse().ok();
            let url = url.filter(|url| url.path().ends_with(path) && (url.scheme() == "https" || post.allows(url)));
            url.with_context(|| format!("wechat_api：“{api}”不是 https:// 开头的地址"))
        };
        let (tokens, drafts) = (place("/cgi-bin/stable_token")?, place("/cgi-bin/draft/add")?);
        Ok(Some(Account {
            post,
            appid: settings.wechat_appid.clone(),
            secret: settings.wechat_secret.clone(),
            cover: settings.wechat_cover.clone(),
            author: cut(&one_line(&settings.organiser), AUTHOR),
            tokens,
            drafts,
            token: Mutex::default(),
        }))
    }

    /// Puts a message among the account's drafts; what the platform calls it by.
    ///
    /// # Errors
    /// Why it was not taken. After a broken connection it may have been, all the same.
    pub async fn draft(&self, message: &Message, at: Timestamp) -> Result<String, Failure> {
        let body = self.article(message)?.to_string();
        let mut said = self.add(&body, at).await?;
        if outdated(said.errcode) {
            // Ended before its time, as when the account's secret was changed.
            *self.token.lock().await = None;
            said = self.add(&body, at).await?;
        }
        outcome(said.errcode)?;
        Some(said.media_id).filter(|id| !id.is_empty()).ok_or_else(|| Failure::passing(UNREADABLE))
    }

    async fn add(&self, body: &str, at: Timestamp) -> Result<Said, Failure> {
        let token = self.token(at).await?;
        let mut url = self.drafts.clone();
        url.query_pairs_mut().append_pair("access_token", token.text());
        self.ask(&url, body.to_owned(), at).await
    }

    /// The token at hand, or a new one.
    async fn token(&self, at: Timestamp) -> Result<Secret, Failure> {
        let mut kept = self.token.lock().await;
        if let Some((token, _)) = kept.as_ref().filter(|(_, until)| at < *until) {
            return Ok(token.clone());
        }
        let body = json!({ "grant_type": "client_credential", "appid": self.appid, "secret": self.secret.text() });
        let said = self.ask(&self.tokens, body.to_string(), at).await?;
        outcome(said.errcode)?;
        if said.access_token.is_empty() {
            return Err(Failure::passing(UNREADABLE));
        }
        let until = at + Duration::from_secs(u64::from(said.expires_in.saturating_sub(EARLY)));
        *kept = Some((said.access_token.clone(), until));
        Ok(said.access_token)
    }

    async fn ask(&self, url: &Url, body: String, at: Timestamp) -> Result<Said, Failure> {
        self.post.json(url, HeaderMap::new(), body, at).await?.parsed(UNREADABLE)
    }

    /// One article without comments; addresses in its text lead nowhere, 阅读原文 below it does.
    fn article(&self, message: &Message) -> Result<Value, Failure> {
        let link = message.link();
        let lines = message.lines.iter().map(|line| one_line(line)).filter(|line| !line.is_empty());
        let lines: Vec<String> = lines.collect();
        let content = Content { lines: &lines, link: link.as_ref() }.render();
        let content = content.map_err(|_| Failure::lasting("文章无法写成。"))?;
        Ok(json!({ "articles": [{
            "title": cut(&message.heading(), TITLE),
            "author": self.author,
            "digest": cut(lines.first().map_or("", String::as_str), DIGEST),
            "content": content,
            "content_source_url": link.as_ref().map_or("", Url::as_str),
            "thumb_media_id": self.cover,
            "need_open_comment": 0,
            "only_fans_can_comment": 0,
        }] }))
    }
}

/// Whether a token has to be asked for anew.
fn outdated(code: i64) -> bool {
    matches!(code, 40001 | 40014 | 42001)
}

/// What the platform's number means, for whoever clicked and for the operator.
fn outcome(code: i64) -> Result<(), Failure> {
    let minute = Duration::from_secs(60);
    Err(match code {
        0 => return Ok(()),
        -1 => Failure::passing("公众号平台繁忙（-1），请稍后再试。"),
        40001 | 40125 => Failure::lasting(format!("公众号的密钥不正确（{code}），请运维核对 wechat_secret。")),
        40007 => Failure::lasting("封面图片的素材编号不正确（40007），请运维核对 wechat_cover，应为公众号的永久素材。"),
        40013 => Failure::lasting("公众号的 AppID 不正确（40013），请运维核对 wechat_appid。"),
        40014 | 42001 => Failure::passing(format!("公众号平台不认可访问凭证（{code}），请稍后再试。")),
        40164 => Failure::lasting("本系统的出口地址不在公众号的 IP 白名单中（40164），请在公众平台添加。"),
        45002..=45004 => Failure::lasting(format!("标题、摘要或者正文超过公众号平台的长度限制（{code}）。")),
        45009 | 45011 => Failure::after(minute, format!("公众号平台限制了调用次数（{code}），请稍后再试。")),
        48001 => Failure::lasting("公众号没有取得草稿箱接口的权限（48001），请在公众平台核对。"),
        code => Failure::passing(format!("公众号平台没有接收，返回 {code}。")),
    })
}
