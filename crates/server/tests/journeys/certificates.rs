//! 证书查验: everyone checks a number; the certificate is printed for those who see the station, while it stands.

use axum::http::StatusCode;
use regulation::general::{Actor, Subject, Verb, may};
use store::query::Query;

use crate::app::TestApp;
use crate::people;

/// The second station leaves the register, as an adjustment would have it.
async fn revoke(app: &TestApp) {
    let today = store::day_of(app.now());
    let subject = Subject::whole("station", 0);
    let mandate = may(&Actor::operator(), Verb::MaintainRegistry, &subject, today).expect("allowed");
    let mut tx = app.store().begin(&mandate, app.now()).await.expect("begin");
    let query = Query::new("UPDATE station SET state = '已撤销', ended_on = 20260901 WHERE id = $1");
    tx.execute(query.bind(people::OTHER_STATION)).await.expect("revoked");
    tx.commit().await.expect("commit");
}

async fn anyone_checks_a_certificate_by_its_number(app: &TestApp) {
    let mut browser = app.browser();
    browser.get("/").await.is(200).says("证书查验");
    browser.get("/public/certificates").await.is(200).says_not("id=\"answer\"");
    for path in ["/public/certificates/37-001", "/public/certificates?number=%2037-001%20"] {
        let page = browser.get(path).await;
        page.is(200)
            .says("示例轮胎工作站")
            .says("示例轮胎工作站的承办协会")
            .says("东营市")
            .says("2025-03-01")
            .says("有效");
        page.says_not("已失效");
    }
    revoke(app).await;
    browser.get("/public/certificates/37-002").await.is(200).says("已撤销，证书已失效").says("2026-09-01");
    browser.get("/public/certificates/37-009").await.is(404).says("没有编号为 37-009 的工作站");
    browser.get("/public/certificates?number=%3Cb%3E").await.is(200).says("&#60;b&#62;").says_not("<b>");
}

async fn a_certificate_is_printed_for_those_who_see_the_station(app: &TestApp) {
    let path = "/public/certificates/37-001/certificate.pdf";
    assert!(app.browser().get(path).await.location().starts_with("/login"));
    for name in ["station001", "city", "province"] {
        let mut browser = app.sign_in(name).await;
        browser.get("/duties/stations/1").await.is(200).says(&format!("href=\"{path}\""));
        let file = browser.get(path).await;
        assert_eq!(file.is(200).header("content-type"), "application/pdf");
        assert!(file.bytes.starts_with(b"%PDF-"));
    }
    for name in ["station002", "other_city"] {
        assert_eq!(app.sign_in(name).await.get(path).await.status, StatusCode::NOT_FOUND, "{name}");
    }
    app.sign_in("sysadmin").await.get(path).await.is(403);
    app.sign_in("province").await.get("/public/certificates/37-009/certificate.pdf").await.is(404);
}

async fn a_station_that_left_gets_none(app: &TestApp) {
    revoke(app).await;
    let mut station = app.sign_in("station002").await;
    station.get("/duties/stations/2").await.is(200).says_not("下载证书");
    let refused = station.get("/public/certificates/37-002/certificate.pdf").await;
    refused.is(403).says("该站已撤销，不再出具证书。").says("第八条");
}

/// The code leads to the address the system is set to, and to no other the request may name.
async fn the_code_is_drawn_when_the_system_knows_its_address(app: &TestApp) {
    let path = "/public/certificates/37-001/certificate.pdf";
    let without = app.sign_in("station001").await.get(path).await;
    let set = app.restarted(|settings| settings.public_address = "https://fengsui.example.cn/".to_owned()).await;
    let with = set.sign_in("station001").await.get(path).await;
    assert!(with.is(200).bytes != without.is(200).bytes);
}

on_both!(
    anyone_checks_a_certificate_by_its_number,
    a_certificate_is_printed_for_those_who_see_the_station,
    a_station_that_left_gets_none,
    the_code_is_drawn_when_the_system_knows_its_address,
);
