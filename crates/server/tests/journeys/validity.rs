//! An edition is warned of before its end, and opens nothing after it without a recorded decision (Article 19).

use std::time::Duration;

use jiff::Timestamp;
use regulation::general::{Actor, Subject, Verb, may};

use crate::app::TestApp;

const PAGE: &str = "/general/rules/validity";

fn until(app: &TestApp, at: &str) {
    let at: Timestamp = format!("{at}+08:00").parse().expect("an instant");
    app.wait(Duration::try_from(at.duration_since(app.now())).expect("later than now"));
}

/// Loads an edition in force until the end of June 2027.
async fn load(app: &TestApp) {
    let mut files = server::editions::draft_files();
    let head = files.get_mut("edition.toml").expect("head");
    let lines = "status = \"现行\"\neffective_on = \"2026-01-01\"\nexpires_on = \"2027-06-30\"\n";
    *head = head.replace("id = \"draft\"", "id = \"first\"").replace("status = \"征求意见稿\"\n", lines);
    let at = app.now();
    let subject = Subject::whole("edition", 0);
    let mandate = may(&Actor::operator(), Verb::LoadEdition, &subject, store::day_of(at)).expect("allowed");
    let mut tx = app.store().begin(&mandate, at).await.expect("begin");
    tx.add_edition("first", &files).await.expect("loaded");
    tx.commit().await.expect("commit");
}

async fn a_lapsed_edition_opens_nothing_without_a_recorded_decision(app: &TestApp) {
    app.wait(Duration::from_secs(60));
    load(app).await;
    app.sign_in("province").await.get("/desk").await.is(200).says_not("有效期至 2027-06-30，届满前");
    // Six months ahead, to the day.
    until(app, "2026-12-29T23:59:59");
    app.sign_in("province").await.get("/desk").await.is(200).says_not("届满前应修订");
    until(app, "2026-12-30T00:00:00");
    app.sign_in("province").await.get("/desk").await.is(200).says("有效期至 2027-06-30，届满前应修订").says("第十九条");
    app.sign_in("city").await.get("/desk").await.is(200).says_not("届满前应修订");
    app.browser().get("/general/rules?edition=first").await.is(200).says("届满前应修订");
    app.browser().get(PAGE).await.is(200).says("即将届满").says_not("决定沿用</button>");
    let mut approver = app.sign_in("province_approver").await;
    approver.get(PAGE).await.is(200).says("没有失效，不需要决定沿用");
    let decision = [("purpose", "cycle"), ("year", "2027"), ("reason", "修订稿正在报批")];
    approver.post(PAGE, &decision).await.is(403).says("没有失效").says("第十九条");

    // The last second of the last day, and the first after it.
    until(app, "2027-06-30T23:59:59");
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/appraisal/cycles/new").await.is(200).says("开启2027年度评估");
    approver.get("/admission/rounds/new").await.is(200);
    until(app, "2027-07-01T00:00:00");
    let mut approver = app.sign_in("province_approver").await;
    for list in ["/appraisal/cycles", "/admission/rounds"] {
        approver.get(list).await.is(200).says("规则版本 first 已经失效，不能据以开启").says("第十九条");
        approver.get(&format!("{list}/new")).await.is(403).says("已经失效").says("第十九条");
    }
    approver.get(PAGE).await.is(200).says("已经失效").says("决定沿用</button>");
    let cycle = [
        ("year", "2027"),
        ("edition", "first"),
        ("pass_mark", "60"),
        ("first_year", "exempt"),
        ("counts", "participating"),
        ("dates_confirmed", "1"),
    ];
    approver.post("/appraisal/cycles", &cycle).await.is(403).says("已经失效").says("第十九条");
    approver.post("/admission/rounds", &[("year", "2028"), ("edition", "first")]).await.is(403).says("第十九条");
    // The year already open keeps its edition and goes on.
    approver.get("/appraisal/cycles/2026").await.is(200);

    // Decided with a reason, once, for one year and one thing.
    let mut clerk = app.sign_in("province").await;
    clerk.get(PAGE).await.is(200).says_not("决定沿用</button>");
    clerk.post(PAGE, &decision).await.is(403).says("无权决定沿用失效版本").says("第十九条");
    approver.get(PAGE).await.is(200);
    approver.post(PAGE, &[("purpose", "cycle"), ("year", "2027")]).await.is(422).says("请填写理由");
    approver
        .post(PAGE, &[("purpose", "cycle"), ("year", "2031"), ("reason", "甲")])
        .await
        .is(422)
        .says(">甲</textarea>");
    let before = app.audit_rows().await;
    let answer = approver.post(PAGE, &decision).await;
    assert_eq!(app.audit_rows().await, before + 1);
    approver.follow(&answer).await.is(200).says("决定已记录").says("2027年度评估").says("修订稿正在报批");
    approver.post(PAGE, &decision).await.is(409).says("已经决定沿用");
    approver.get("/admission/rounds/new").await.is(403).says("已经失效");
    approver.get("/appraisal/cycles/new").await.is(200);
    let answer = approver.post("/appraisal/cycles", &cycle).await;
    approver.follow(&answer).await.is(200).says("2027年度");
    let year = approver.get("/appraisal/cycles/2027").await;
    year.is(200).says("沿用已失效的规则版本").says("修订稿正在报批").says("第十九条");
    approver.get(PAGE).await.is(200);
    let round = [("purpose", "round"), ("year", "2028"), ("reason", "不误申报")];
    approver.post(PAGE, &round).await.is(303);
    approver.get("/admission/rounds/new").await.is(200);
    let opening = [
        ("year", "2028"),
        ("edition", "first"),
        ("contact", "示例处"),
        ("application.city", "2028-05-02"),
        ("application.direct", "2028-05-31"),
        ("forwarding.city", "2028-05-31"),
        ("review.expert", "2028-07-31"),
    ];
    let answer = approver.post("/admission/rounds", &opening).await;
    approver.follow(&answer).await.is(200).says("沿用已失效的规则版本").says("不误申报");
}

on_both!(a_lapsed_edition_opens_nothing_without_a_recorded_decision);
