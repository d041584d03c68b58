//! Signing in and out, locks, silence, forced passwords, second factors, tokens.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use regulation::general::Role;

use crate::app::TestApp;
use crate::client::Client;
use crate::people;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn in_and_out(app: &TestApp) {
    let mut browser = app.browser();
    browser.get("/desk").await.is(303);
    assert_eq!(browser.get("/public").await.is(308).header("location"), "/");
    let moved = browser.get("/public/stations?city=370100").await;
    assert_eq!(moved.is(308).header("location"), "/stations?city=370100");
    browser.get("/").await.is(200).says("登录管理系统");
    browser.get("/general/rules").await.is(200).says("征求意见稿").says_not("data-logout");
    let mut station = app.sign_in("station001").await;
    station.get("/desk").await.is(200).says("示例轮胎工作站").says("工作台");
    assert_eq!(station.get("/").await.location(), "/desk");
    assert_eq!(station.post("/logout", &[]).await.location(), "/login?why=out");
    assert_eq!(station.get("/desk").await.location(), "/login");
    station.get("/login?why=out").await.is(200).says("已退出登录。");
}

async fn try_password(browser: &mut Client, password: &str) -> crate::client::Answer {
    browser.get("/login").await.is(200);
    browser.post("/login", &[("username", "station001"), ("password", password)]).await
}

async fn five_failures_lock(app: &TestApp) {
    let mut browser = app.browser();
    for _ in 0..5 {
        try_password(&mut browser, "Wrong-2026!").await.is(422).says("用户名或密码不对");
    }
    // The right password does not help any more, and the page says until when.
    try_password(&mut browser, people::PASSWORD).await.is(422).says("已锁定").says("2026-09-18 10:15");
    app.wait(Duration::from_secs(14 * 60));
    try_password(&mut browser, people::PASSWORD).await.is(422).says("已锁定");
    app.wait(Duration::from_secs(61));
    assert_eq!(try_password(&mut browser, people::PASSWORD).await.location(), "/desk");
    // Signing in cleared the count: one more failure locks nothing.
    try_password(&mut browser, "Wrong-2026!").await.is(422);
    assert_eq!(try_password(&mut browser, people::PASSWORD).await.location(), "/desk");
}

async fn an_unknown_name_is_told_the_same(app: &TestApp) {
    let mut browser = app.browser();
    browser.get("/login").await.is(200);
    let answer = browser.post("/login", &[("username", "nobody"), ("password", "Wrong-2026!")]).await;
    answer.is(422).says("用户名或密码不对").says("value=\"nobody\"");
}

async fn silence_ends_a_session(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    for _ in 0..3 {
        app.wait(Duration::from_secs(29 * 60));
        station.get("/desk").await.is(200);
    }
    app.wait(Duration::from_secs(31 * 60));
    let answer = station.get("/desk").await;
    assert_eq!(answer.location(), "/login?why=idle");
    station.follow(&answer).await.is(200).says("较长时间没有操作，已自动退出。");
    // Twelve hours end it however busy it was.
    let mut busy = app.sign_in("station001").await;
    for _ in 0..24 {
        app.wait(Duration::from_secs(29 * 60));
        busy.get("/desk").await.is(200);
    }
    app.wait(Duration::from_secs(25 * 60));
    assert_eq!(busy.get("/desk").await.location(), "/login?why=idle");
}

async fn a_first_password_must_be_changed(app: &TestApp) {
    people::add_account(app.store(), app.now(), "newcomer", Role::ProvinceLeader, true).await;
    let mut newcomer = app.sign_in("newcomer").await;
    let answer = newcomer.get("/desk").await;
    assert_eq!(answer.location(), "/account/password");
    newcomer.follow(&answer).await.is(200).says("须先修改密码");
    let change =
        |old: &'static str, new: &'static str, again: &'static str| [("old", old), ("new", new), ("again", again)];
    let refused: [([(&str, &str); 3], &str); 4] = [
        (change("Wrong-2026", "Tower-2027", "Tower-2027"), "原密码不对。"),
        (change(people::PASSWORD, "Tower-2027", "Tower-2028"), "两次输入的新密码不一致。"),
        (change(people::PASSWORD, people::PASSWORD, people::PASSWORD), "新密码不能与原密码相同。"),
        (change(people::PASSWORD, "tower2027x", "tower2027x"), "三类"),
    ];
    for (fields, sentence) in refused {
        newcomer.post("/account/password", &fields).await.is(422).says(sentence);
    }
    let other = app.sign_in("newcomer").await;
    let answer = newcomer.post("/account/password", &change(people::PASSWORD, "Tower-2027", "Tower-2027")).await;
    assert_eq!(answer.location(), "/desk?done=password");
    newcomer.follow(&answer).await.is(200).says("密码已修改。");
    // Every other browser of the account is out.
    let mut other = other;
    assert_eq!(other.get("/desk").await.location(), "/login");
    let mut browser = app.browser();
    browser.get("/login").await.is(200);
    browser.post("/login", &[("username", "newcomer"), ("password", people::PASSWORD)]).await.is(422);
}

async fn an_official_needs_a_second_factor(app: &TestApp) {
    let mut clerk = app.sign_in("province").await;
    let answer = clerk.get("/desk").await;
    assert_eq!(answer.location(), "/account/second-factor");
    clerk.follow(&answer).await.is(200).says("绑定").says("otpauth://totp/");
    clerk.post("/account/second-factor", &[("code", "000000")]).await.is(422).says("动态口令不对");
    clerk.get("/appraisal/ledger").await.is(303);
    let answer = clerk.post("/account/second-factor", &[("code", &code(app, "province").await)]).await;
    assert_eq!(answer.location(), "/desk");
    clerk.get("/desk").await.is(200).says("省厅经办");
    // The next time the secret is no longer shown, and the password alone opens nothing.
    app.wait(Duration::from_secs(60));
    let mut again = app.sign_in("province").await;
    assert_eq!(again.get("/desk").await.location(), "/account/second-factor");
    again.get("/account/second-factor").await.is(200).says_not("otpauth://");
    let used = code(app, "province").await;
    let answer = again.post("/account/second-factor", &[("code", &code(app, "province").await)]).await;
    assert_eq!(answer.location(), "/desk");
    again.get("/desk").await.is(200);
    // A code is taken once, even while it is still valid.
    let mut thief = app.sign_in("province").await;
    thief.get("/account/second-factor").await.is(200);
    thief.post("/account/second-factor", &[("code", &used)]).await.is(422).says("已经用过");
    thief.get("/desk").await.is(303);
    // A station signs in with its password.
    app.sign_in("station001").await.get("/desk").await.is(200);
}

/// What the official's telephone shows now.
async fn code(app: &TestApp, username: &str) -> String {
    let account = app.store().account_by_name(username).await.expect("read").expect("account");
    let secret = hex::decode(account.totp_secret.expect("enrolling")).expect("hex");
    let totp = totp_rs::Builder::new().with_secret(secret).with_issuer(Some("烽燧")).with_account_name(username);
    let totp = totp.build().expect("totp");
    totp.generate(u64::try_from(app.now().as_second()).expect("after 1970")).to_string()
}

/// Guessing codes is stopped even by someone who knows the password and signs in anew before every fifth guess.
async fn guessing_codes_locks(app: &TestApp) {
    let mut clerk = app.sign_in("province").await;
    clerk.get("/account/second-factor").await.is(200);
    let right = code(app, "province").await;
    clerk.post("/account/second-factor", &[("code", &right)]).await.is(303);
    for round in 0..2 {
        let mut guesser = app.browser();
        guesser.get("/login").await.is(200);
        let form = [("username", "province"), ("password", people::PASSWORD)];
        let answer = guesser.post("/login", &form).await;
        assert_eq!(answer.location(), "/desk", "round {round}");
        guesser.get("/account/second-factor").await.is(200);
        for _ in 0..3 {
            guesser.post("/account/second-factor", &[("code", "123456")]).await.is(422);
        }
    }
    let mut guesser = app.browser();
    guesser.get("/login").await.is(200);
    let form = [("username", "province"), ("password", people::PASSWORD)];
    guesser.post("/login", &form).await.is(422).says("已锁定");
}

async fn a_form_without_its_token_is_refused(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    station.get("/appraisal/ledger/new").await.is(200);
    let fields = [("kind", "outreach.attended"), ("on", "2026-09-18"), ("count", "1"), ("title", "参加培训")];
    let before = app.audit_rows().await;
    station.post_bare("/appraisal/ledger", &fields).await.is(403).says("页面已失效");
    let mut wrong = vec![("csrf", "0000000000000000000000000000000000000000000000000000000000000000")];
    wrong.extend(fields);
    station.post_bare("/appraisal/ledger", &wrong).await.is(403);
    // Another person's token is no better.
    let mut other = app.sign_in("station002").await;
    other.get("/appraisal/ledger/new").await.is(200);
    let mut foreign = vec![("csrf", other.token("csrf"))];
    foreign.extend(fields);
    station.post_bare("/appraisal/ledger", &foreign).await.is(403);
    assert_eq!(app.audit_rows().await, before + 1, "only the other station signed in");
}

async fn another_sites_page_cannot_post(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    station.get("/appraisal/ledger/new").await.is(200);
    let body = format!("csrf={}&kind=outreach.attended&on=2026-09-18&title=x", station.token("csrf"));
    let before = app.audit_rows().await;
    let forged: [&[(&str, &str)]; 4] = [
        &[FORM, ("sec-fetch-site", "cross-site")],
        &[FORM, ("sec-fetch-site", "same-site")],
        &[FORM, ("host", "fengsui.example"), ("origin", "https://evil.example")],
        &[FORM, ("host", "fengsui.example"), ("origin", "null")],
    ];
    for headers in forged {
        station.send_with(headers, Method::POST, "/appraisal/ledger", Bytes::from(body.clone())).await.is(403);
    }
    assert_eq!(app.audit_rows().await, before);
    let own = [FORM, ("host", "fengsui.example"), ("origin", "https://fengsui.example")];
    station.send_with(&own, Method::POST, "/appraisal/ledger", Bytes::from(body)).await.is(303);
}

async fn every_answer_carries_the_security_headers(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    for path in ["/login", "/desk", "/no-such-page", "/assets/app.css", "/healthz", "/readyz", "/appraisal/ledger/999"]
    {
        let answer = station.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        let kept = answer.header("cache-control");
        assert!(kept.contains("no-store") || path.starts_with("/assets/"), "{path}: {kept}");
    }
    let answer = station.get("/login").await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
}

on_both!(
    in_and_out,
    five_failures_lock,
    an_unknown_name_is_told_the_same,
    silence_ends_a_session,
    a_first_password_must_be_changed,
    a_form_without_its_token_is_refused,
    another_sites_page_cannot_post,
    every_answer_carries_the_security_headers,
);

on_both!(second_factor: an_official_needs_a_second_factor, guessing_codes_locks);
