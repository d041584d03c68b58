//! Chapter five: a failing grade leads people to a revocation; a new name, then a merger (Articles 15-17).

use super::{Founded, refused, until};
use crate::adjustment::{act, file, open};
use crate::app::TestApp;

const LETTER: &[(&str, &[u8])] = &[("证明.pdf", b"%PDF-1.7")];

/// From the grade to the announcement; nothing happens of itself (Article 17, AT-7).
pub async fn revoked(app: &TestApp, fish: &Founded) {
    let mut province = app.sign_in("province").await;
    province.get("/adjustment").await.is(200).says("2028年度结果为不合格").says(fish.number);
    province.get(&format!("/duties/stations/{}", fish.id)).await.is(200).says("有效");
    let ground = [("station", fish.number), ("ground", "17-1"), ("year", "2028"), ("detail", "年度检查评估不合格")];
    let id = open(&mut province, "revocations", &ground, &[]).await.number_after("/adjustment/");
    let page = format!("/adjustment/{id}");
    let step = |what: &str| format!("/adjustment/revocations/{id}/{what}");
    let decided = [("attendees", "甲、乙、丙"), ("on", "2029-03-05"), ("text", "事实清楚，程序合法")];
    let mut approver = app.sign_in("province_approver").await;
    approver.get(&page).await.is(200);
    approver.post(&step("decision"), &decided).await.is(403).says("待核实").says("第十七条");
    act(app, "province", id, &step("verification"), &[("text", "经核实，结果无误")]).await.is(303);
    act(app, "province", id, &step("notice"), &[("text", "2028年度不合格")]).await.is(303);

    // Monday 5 March: the statement period ends on the 12th.
    refused(&mut approver, &page, &step("decision"), &decided, "期限未满且未收到陈述", "第十七条").await;
    let mut station = app.sign_in(fish.manager).await;
    let paper = station.get(&page).await.is(200).says("拟撤销告知书").number_after("/general/papers/");
    until(app, "2029-03-12T23:59:59");
    let mut approver = app.sign_in("province_approver").await;
    refused(&mut approver, &page, &step("decision"), &decided, "期限未满且未收到陈述", "第十七条").await;
    let mut station = app.sign_in(fish.manager).await;
    station.get(&format!("/general/papers/{paper}")).await.is(200);
    station.post(&format!("/general/papers/{paper}/statement"), &[("text", "今后改进")]).await.is(303);
    act(app, "province_approver", id, &step("decision"), &decided).await.is(303);
    act(app, "province_approver", id, &step("service"), &[]).await.is(303);

    let mut station = app.sign_in(fish.manager).await;
    let stopped = "工作站已撤销（2029-03-12 起），不能再登记台账。";
    station.get("/appraisal/ledger").await.is(200).says(stopped).says("第十七条");
    let late = [("kind", "outreach.organised"), ("on", "2029-03-12"), ("count", "1"), ("title", "事后")];
    station.upload("/appraisal/ledger", &late, &[]).await.is(403).says(stopped).says("第十七条");
    act(app, "province", id, &step("announcement"), &[]).await.is(303);
    act(app, "province", id, &step("closing"), &[("text", "资料已归集")]).await.is(303);
    let mut anyone = app.browser();
    let certificate = format!("/public/certificates/{}", fish.number);
    anyone.get(&certificate).await.is(200).says("已撤销，证书已失效").says("2029-03-12");
    anyone.get("/public/notices").await.is(200).says(&format!("关于撤销{}的公告", fish.name));
    // The closed year keeps what it said of the station.
    let mut province = app.sign_in("province").await;
    province.get(&format!("/appraisal/cycles/2028/stations/{}", fish.id)).await.is(200).says("不合格").says(fish.name);
}

/// Article 15: old papers keep the old name and both are found; Article 16: the survivor takes what was decided, once.
pub async fn renamed_and_merged(app: &TestApp, steel: &Founded, tyres: &Founded) {
    let mut station = app.sign_in(steel.manager).await;
    let filed = [
        ("new_host", "示例钢铁行业联合会"),
        ("uscc", "91350211M000100Y46"),
        ("new_name", ""),
        ("changed_on", "2029-03-01"),
        ("detail", ""),
    ];
    let another = filed.map(|(key, value)| (key, if key == "uscc" { "91110000101623741K" } else { value }));
    open(&mut station, "renamings", &another, LETTER).await.is(403).says("不属于名称变更").says("第十五条");
    let id = open(&mut station, "renamings", &filed, LETTER).await.number_after("/adjustment/");
    let step = |what: &str| format!("/adjustment/renamings/{id}/{what}");
    act(app, "province", id, &step("acknowledgement"), &[]).await.is(403).says("待市级转报").says("第十五条");
    act(app, "city", id, &step("forwarding"), &[("text", "材料齐全")]).await.is(303);
    act(app, "province", id, &step("acknowledgement"), &[]).await.is(303);
    let mut province = app.sign_in("province").await;
    for text in ["示例钢铁行业联合会", "示例单位gangtie"] {
        let found = province.get(&format!("/duties/stations?q={text}")).await;
        found.is(200).says(&format!("/duties/stations/{}\"", steel.id));
    }
    let mut station = app.sign_in(steel.manager).await;
    let papers = station.get("/general/papers").await;
    papers.is(200).says("名称变更备案回执").says("2028年度评估结果反馈书");
    station.get(&format!("/appraisal/cycles/2028/stations/{}", steel.id)).await.is(200).says("示例单位gangtie");

    // This year's work of both; what both had entered counts once.
    let mut survivor = app.sign_in(tyres.manager).await;
    for (browser, titles) in [(&mut survivor, ["联合培训", "轮胎专场"]), (&mut station, ["联合培训", "钢铁专场"])]
    {
        for title in titles {
            file(browser, "outreach.organised", "2029-02-10", title).await.is(303);
        }
    }
    let plan = |survivor| {
        [
            ("station", steel.number),
            ("survivor", survivor),
            ("moves", "roster"),
            ("moves", "ledger"),
            ("detail", "整合"),
        ]
    };
    open(&mut province, "mergings", &plan(steel.number), &[]).await.is(403).says("不能是同一个工作站").says("第十六条");
    let id = open(&mut province, "mergings", &plan(tyres.number), &[]).await.number_after("/adjustment/");
    let step = |what: &str| format!("/adjustment/mergings/{id}/{what}");
    let decided = [("attendees", "甲、乙、丙"), ("on", "2029-03-12"), ("text", "一个行业一个工作站")];
    act(app, "province_approver", id, &step("execution"), &[]).await.is(403).says("方案拟定").says("第十六条");
    act(app, "province_approver", id, &step("decision"), &decided).await.is(303);
    act(app, "province_approver", id, &step("execution"), &[]).await.is(303);
    let mut survivor = app.sign_in(tyres.manager).await;
    let ledger = survivor.get("/appraisal/ledger?year=2029").await;
    ledger.is(200).says("钢铁专场").says("轮胎专场");
    assert_eq!(ledger.text().matches("联合培训").count(), 1, "what both entered counts once");
    let mut station = app.sign_in(steel.manager).await;
    let late = [("kind", "outreach.organised"), ("on", "2029-03-12"), ("count", "1"), ("title", "事后")];
    station.get("/appraisal/ledger").await.is(200).says("工作站已整合").says("第十六条");
    station.upload("/appraisal/ledger", &late, &[]).await.is(403).says("工作站已整合").says("第十六条");
    let mut anyone = app.browser();
    anyone.get("/public/stations?ended=1").await.is(200).says(&format!("并入 {}", tyres.name));
    anyone.get(&format!("/public/certificates/{}", tyres.number)).await.is(200).says("有效");
}
