//! The province's overview: what its figures count, and that each leads to exactly those stations.

use regulation::general::{Actor, Subject, Verb, may};
use store::duties::NewStation;

use crate::app::TestApp;
use crate::people::{CITY, OTHER_CITY};

/// Two stations of one middle class in two cities and a comprehensive one, beside the two without a code.
async fn add_stations(app: &TestApp) {
    let at = app.now();
    let subject = Subject::whole("station", 0);
    let mandate = may(&Actor::operator(), Verb::MaintainRegistry, &subject, store::day_of(at)).expect("allowed");
    let mut tx = app.store().begin(&mandate, at).await.expect("begin");
    for (number, city, code, industry, comprehensive) in [
        ("37-101", CITY, "2911", "轮胎制造", false),
        ("37-102", OTHER_CITY, "291", "橡胶制品", false),
        ("37-103", CITY, "", "综合", true),
        ("37-104", CITY, "147", "罐头食品", false),
    ] {
        let new = NewStation {
            number: number.to_owned(),
            name: format!("示例{industry}工作站"),
            host_name: format!("示例{industry}协会"),
            city: city.to_owned(),
            managed_by: "city".to_owned(),
            industry_code: code.to_owned(),
            industry: industry.to_owned(),
            comprehensive,
            confirmed_on: 20_250_301,
            source: "form".to_owned(),
            ..NewStation::default()
        };
        tx.add_station(&new).await.expect("station");
    }
    tx.commit().await.expect("commit");
}

async fn the_province_sees_gaps_and_overlaps_and_opens_what_is_behind_them(app: &TestApp) {
    add_stations(app).await;
    for name in ["province", "province_reviewer", "province_approver", "province_leader"] {
        let mut browser = app.sign_in(name).await;
        browser.get("/desk").await.is(200).says("href=\"/general/overview\"");
        let page = browser.get("/general/overview").await;
        page.is(200).says("重叠 1 个，空缺 0 个").says("橡胶制品、轮胎制造").says("罐头食品");
        // Every city but the two is named as being without a station.
        page.says("没有工作站的设区市：<strong>济南市、青岛市").says_not("<strong>东营市");
        page.says("<td class=\"k3\"><a href=\"/duties/stations?city=370500");
    }
    let mut province = app.sign_in("province").await;
    let list = async |browser: &mut crate::client::Client, query: &str| {
        browser.get(&format!("/duties/stations?{query}")).await
    };
    let overlap = list(&mut province, "state=存续&industry=291").await;
    overlap.is(200).says("共 2 家").says("示例轮胎制造工作站").says("示例橡胶制品工作站").says("value=\"291\"");
    let there = list(&mut province, "city=370600&state=存续&industry=291").await;
    there.is(200).says("共 1 家").says("示例橡胶制品工作站");
    list(&mut province, "state=存续&industry=综合").await.is(200).says("共 1 家").says("示例综合工作站");
    list(&mut province, "industry=行业未登记").await.is(200).says("共 2 家").says("示例轮胎工作站");
    list(&mut province, "state=存续").await.is(200).says("共 6 家");
    list(&mut province, "industry=29").await.is(200).says("没有符合条件的工作站");
    let book = province.get("/duties/stations.xlsx?industry=291").await;
    assert_eq!(papers::read_xlsx(&book.is(200).bytes).expect("a workbook").rows.len(), 2);
}

async fn nobody_else_has_an_overview(app: &TestApp) {
    for name in ["city", "city_approver", "county", "station001", "expert", "evaluator", "auditor", "sysadmin"] {
        let mut browser = app.sign_in(name).await;
        browser.get("/desk").await.is(200).says_not("/general/overview");
        browser.get("/general/overview").await.is(403).says("查看全省概览");
    }
}

on_both!(the_province_sees_gaps_and_overlaps_and_opens_what_is_behind_them, nobody_else_has_an_overview);
