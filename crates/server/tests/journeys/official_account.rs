//! 公众号草稿 (Article 5 (3)): where the operator has an official account, whoever publishes puts a warning among its
//! drafts; nothing of it is sent from here.

use std::net::SocketAddr;

use store::query::Query;

use crate::app::TestApp;
use crate::common::listening::{Inbox, Posted, page};
use crate::subscribing::{PUBLIC, publish};

const OFFER: &str = "存入公众号草稿箱";

fn said(body: &str) -> String {
    page("200 OK", "content-type: application/json\r\n", body)
}

async fn platform() -> Inbox {
    let answer = |posted: &Posted| match posted.target.as_str() {
        "/cgi-bin/stable_token" => said(r#"{"access_token":"TOKENOFACCOUNT","expires_in":7200}"#),
        _ => said(r#"{"media_id":"MEDIA123456789"}"#),
    };
    Inbox::answering(answer).await
}

/// The server again, with an official account on that platform.
async fn with_account(app: &TestApp, platform: SocketAddr) -> TestApp {
    app.restarted(|settings| {
        settings.wechat_appid = "wx1".to_owned();
        settings.wechat_secret = "SECRETOFACCOUNT".to_owned().into();
        settings.wechat_cover = "COVER".to_owned();
        settings.wechat_api = format!("http://{platform}");
        settings.probe_allow = vec![platform];
        settings.public_address = PUBLIC.to_owned();
    })
    .await
}

async fn noted(app: &TestApp, what: &str) -> i64 {
    let query = Query::new("SELECT count(*) FROM audit WHERE detail LIKE $1").bind(format!("%{what}%"));
    app.store().one::<(i64,)>(query).await.expect("counted").0
}

async fn without_an_account_texts_are_copied(app: &TestApp) {
    let id = publish(app, "子午线轮胎", "red", "轮胎").await;
    let page = format!("/duties/warnings/{id}");
    let mut station = app.sign_in("station001").await;
    station.get(&page).await.is(200).says("公众号文章").says_not(OFFER);
    station.post(&format!("{page}/account-draft"), &[]).await.is(403).says("本系统没有接入公众号").says("依据：");
}

async fn a_published_warning_becomes_a_draft(app: &TestApp) {
    let platform = platform().await;
    let app = with_account(app, platform.at).await;
    let id = publish(&app, "子午线轮胎", "red", "轮胎").await;
    let (page, act) = (format!("/duties/warnings/{id}"), format!("/duties/warnings/{id}/account-draft"));
    let mut station = app.sign_in("station001").await;
    let answer = station.offered(&page, &act, &[], &[]).await;
    station.follow(&answer).await.is(200).says("已存入公众号草稿箱，请登录公众平台预览后群发。");
    let posted = platform.posted();
    let [_, draft] = posted.as_slice() else { panic!("a token and a draft: {posted:?}") };
    assert_eq!(draft.target, "/cgi-bin/draft/add?access_token=TOKENOFACCOUNT");
    for part in
        ["[红色预警] 子午线轮胎反倾销调查", "1．核对是否出口过上列税号产品。", &format!("{PUBLIC}/warnings/{id}")]
    {
        assert!(draft.body.contains(part), "{part}: {}", draft.body);
    }
    assert_eq!(noted(&app, "存入公众号草稿箱，素材 MEDIA123…").await, 1);
    assert_eq!((noted(&app, "OFACCOUNT").await, noted(&app, "MEDIA1234").await), (0, 0));
    // Nobody else does: no clerk, no other station.
    let before = app.audit_rows().await;
    let mut clerk = app.sign_in("station001clerk").await;
    clerk.get(&page).await.is(200).says_not(OFFER);
    let signed_in = app.audit_rows().await - before;
    clerk.post(&act, &[]).await.is(403).says("无权发布预警");
    let mut other = app.sign_in("station002").await;
    other.get("/duties/warnings").await.is(200);
    other.post(&act, &[]).await.is(404);
    assert_eq!(app.audit_rows().await, before + 2 * signed_in);
    assert!(platform.posted().is_empty());
}

async fn what_is_not_taken_is_said_and_changes_nothing(app: &TestApp) {
    let platform = platform().await;
    let app = with_account(app, platform.at).await;
    let id = publish(&app, "子午线轮胎", "red", "轮胎").await;
    let (page, act) = (format!("/duties/warnings/{id}"), format!("/duties/warnings/{id}/account-draft"));
    let mut station = app.sign_in("station001").await;
    station.get(&page).await.is(200).says(OFFER);
    platform.answers(said(r#"{"errcode":40164,"errmsg":"invalid ip SECRETOFACCOUNT"}"#));
    let before = app.audit_rows().await;
    let answer = station.post(&act, &[]).await;
    answer.is(502).says("没有存入公众号草稿箱").says("IP 白名单").says_not("OFACCOUNT");
    assert_eq!(app.audit_rows().await, before);
    // Once it is taken back, nothing of it goes out.
    station.get(&page).await.is(200);
    station.post(&format!("{page}/retraction"), &[("reason", "公告已经撤销")]).await.is(303);
    drop(platform.posted());
    station.get(&page).await.is(200).says_not(OFFER);
    station.post(&act, &[]).await.is(403).says("已经撤回，不存入公众号草稿箱");
    assert!(platform.posted().is_empty());
}

on_both!(
    without_an_account_texts_are_copied,
    a_published_warning_becomes_a_draft,
    what_is_not_taken_is_said_and_changes_nothing,
);
