//! Warnings put among the drafts of an official account, at a platform that really listens.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::listening::{Inbox, Posted, page};
use crate::config::{Secret, Settings};
use crate::outbound::channels::Message;
use crate::outbound::channels::account::Account;

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().expect("an instant")
}

fn warning() -> Message {
    Message {
        subject: "[橙色预警] 美国对轮胎发起反倾销调查".to_owned(),
        lines: ["立案，涉及 <4011> 项下产品。", "", "1．核对\n“A&B”合同。"].map(str::to_owned).to_vec(),
        link: Some("https://yj.example.cn/warnings/12?a=1&b=2".to_owned()),
        ..Message::default()
    }
}

fn settings(platform: &Inbox) -> Settings {
    Settings {
        wechat_appid: "wx1".to_owned(),
        wechat_secret: Secret::from("SECRET".to_owned()),
        wechat_cover: "COVER".to_owned(),
        wechat_api: format!("http://{}/", platform.at),
        probe_allow: vec![platform.at],
        organiser: "某省商务厅".to_owned(),
        ..Settings::default()
    }
}

fn account(platform: &Inbox) -> Account {
    Account::of(&settings(platform)).expect("settings").expect("an account")
}

fn said(body: &Value) -> String {
    page("200 OK", "content-type: application/json\r\n", &body.to_string())
}

/// Gives the tokens T1, T2 and so on, and takes no draft with one of the first `outdated`.
async fn platform(outdated: usize) -> Inbox {
    let given = AtomicUsize::new(0);
    let answer = move |posted: &Posted| match posted.target.strip_prefix("/cgi-bin/draft/add?access_token=T") {
        None => {
            let number = given.fetch_add(1, Ordering::SeqCst) + 1;
            said(&json!({ "access_token": format!("T{number}"), "expires_in": 7200 }))
        }
        Some(number) if number.parse::<usize>().is_ok_and(|number| number <= outdated) => {
            said(&json!({ "errcode": 42001, "errmsg": "T1 expired" }))
        }
        Some(_) => said(&json!({ "media_id": "M1" })),
    };
    Inbox::answering(answer).await
}

/// Where requests went since this was last asked.
fn targets(platform: &Inbox) -> Vec<String> {
    platform.posted().into_iter().map(|posted| posted.target).collect()
}

const TOKEN: &str = "/cgi-bin/stable_token";

fn add(token: &str) -> String {
    format!("/cgi-bin/draft/add?access_token={token}")
}

#[tokio::test]
async fn a_warning_becomes_a_draft() {
    let platform = platform(0).await;
    let account = account(&platform);
    assert_eq!(account.draft(&warning(), now()).await.as_deref(), Ok("M1"));
    let posted = platform.posted();
    let [token, draft] = posted.as_slice() else { panic!("two requests: {posted:?}") };
    let body = |posted: &Posted| serde_json::from_str::<Value>(&posted.body).expect("JSON");
    assert_eq!((token.target.as_str(), token.header("content-type")), (TOKEN, "application/json"));
    assert_eq!(body(token), json!({ "grant_type": "client_credential", "appid": "wx1", "secret": "SECRET" }));
    assert_eq!(draft.target, add("T1"));
    let content = "<p>立案，涉及 &#60;4011&#62; 项下产品。</p>\n<p>1．核对 “A&#38;B”合同。</p>\n\
                   <p>详情请点击文末“阅读原文”，或者在浏览器中打开：https://yj.example.cn/warnings/12?a=1&#38;b=2</p>";
    let article = json!({
        "title": "[橙色预警] 美国对轮胎发起反倾销调查",
        "author": "某省商务厅",
        "digest": "立案，涉及 <4011> 项下产品。",
        "content": content,
        "content_source_url": "https://yj.example.cn/warnings/12?a=1&b=2",
        "thumb_media_id": "COVER",
        "need_open_comment": 0,
        "only_fans_can_comment": 0,
    });
    assert_eq!(body(draft), json!({ "articles": [article] }));
    assert!(draft.body.contains("橙色预警") && !draft.body.contains("\\u"), "{}", draft.body);
}

/// Within what the platform takes; the text itself stays whole.
#[tokio::test]
async fn a_long_title_is_cut_at_a_character() {
    let platform = platform(0).await;
    let long = Message { subject: "预".repeat(33), lines: vec!["警".repeat(200)], ..Message::default() };
    account(&platform).draft(&long, now()).await.expect("drafted");
    let body: Value = serde_json::from_str(&platform.posted()[1].body).expect("JSON");
    let article = &body["articles"][0];
    assert_eq!(article["title"], format!("{}…", "预".repeat(31)));
    assert_eq!(article["digest"], format!("{}…", "警".repeat(127)));
    assert!(article["content"].as_str().is_some_and(|content| content.contains(&"警".repeat(200))));
    assert_eq!(article["content_source_url"], "");
}

#[tokio::test]
async fn a_token_is_kept_until_shortly_before_it_ends() {
    let platform = platform(0).await;
    let account = account(&platform);
    for (after, asked) in
        [(0, vec![TOKEN.to_owned(), add("T1")]), (6899, vec![add("T1")]), (6900, vec![TOKEN.to_owned(), add("T2")])]
    {
        account.draft(&warning(), now() + Duration::from_secs(after)).await.expect("drafted");
        assert_eq!(targets(&platform), asked, "after {after} s");
    }
}

#[tokio::test]
async fn a_token_that_ended_early_is_asked_for_anew_once() {
    let recovers = platform(1).await;
    assert_eq!(account(&recovers).draft(&warning(), now()).await.as_deref(), Ok("M1"));
    let twice = [TOKEN.to_owned(), add("T1"), TOKEN.to_owned(), add("T2")];
    assert_eq!(targets(&recovers), twice);
    let never = platform(usize::MAX).await;
    let failure = account(&never).draft(&warning(), now()).await.expect_err("refused");
    assert_eq!(failure.reason, "公众号平台不认可访问凭证（42001），请稍后再试。");
    assert_eq!(targets(&never), twice);
}

#[tokio::test]
async fn what_the_platform_refuses_is_told_in_a_sentence() {
    let inbox = Inbox::open(String::new()).await;
    let account = account(&inbox);
    for (code, what) in [
        (40013, "wechat_appid"),
        (40001, "wechat_secret"),
        (40125, "wechat_secret"),
        (40164, "IP 白名单"),
        (40007, "wechat_cover"),
        (45003, "长度限制"),
        (45009, "调用次数"),
        (45011, "调用次数"),
        (48001, "权限"),
        (-1, "繁忙"),
        (61000, "没有接收"),
    ] {
        inbox.answers(said(&json!({ "errcode": code, "errmsg": "wx1 SECRET T1" })));
        let reason = account.draft(&warning(), now()).await.expect_err("refused").reason;
        assert!(reason.contains(what) && reason.contains(&code.to_string()), "{code}: {reason}");
        assert!(!reason.contains("SECRET") && !reason.contains("wx1") && reason.ends_with('。'), "{code}: {reason}");
    }
    for answer in [page("200 OK", "", "<html>"), said(&json!({})), said(&json!({ "expires_in": -1 }))] {
        inbox.answers(answer);
        let failure = account.draft(&warning(), now()).await.expect_err("refused");
        assert_eq!(failure.reason, "公众号平台的答复无法识别。");
    }
    inbox.answers(page("302 Found", "location: http://127.0.0.1/\r\n", ""));
    let failure = account.draft(&warning(), now()).await.expect_err("refused");
    assert_eq!(failure.reason, "对方返回 302，要求转到别的地址，不予跟随。");
}

#[tokio::test]
async fn an_account_is_named_whole_or_not_at_all() {
    assert!(Account::of(&Settings::default()).expect("settings").is_none());
    let inbox = Inbox::open(String::new()).await;
    let wrong = |change: fn(&mut Settings)| {
        let mut settings = settings(&inbox);
        change(&mut settings);
        format!("{:#}", Account::of(&settings).err().expect("refused"))
    };
    let partly = "wechat_appid、wechat_secret 和 wechat_cover：应当同时设置或者同时留空";
    assert_eq!(wrong(|settings| settings.wechat_appid.clear()), partly);
    assert_eq!(wrong(|settings| settings.wechat_secret = Secret::default()), partly);
    assert_eq!(wrong(|settings| settings.wechat_cover.clear()), partly);
    assert!(wrong(|settings| settings.probe_allow.clear()).starts_with("wechat_api："));
    assert!(wrong(|settings| settings.wechat_api = "http://api.weixin.qq.com".to_owned()).starts_with("wechat_api："));
    assert!(wrong(|settings| settings.wechat_api = "api.weixin.qq.com".to_owned()).starts_with("wechat_api："));
    assert!(wrong(|settings| settings.wechat_api = "https://a.example/?x=".to_owned()).starts_with("wechat_api："));
}
