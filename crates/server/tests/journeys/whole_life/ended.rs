//! Chapter five: a failing grade leads people to a revocation; a new name, then a merger (Articles 15-17).

use super::{Founded, until};
use crate::adjustment::{file, open};
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
    approver.out_of_turn(&page, &step("decision"), &decided, "待核实", "第十七条").await;
    let told = [("text", "2028年度不合格")];
    province.out_of_turn(&page, &step("notice"), &told, "待核实", "第十七条").await;
    province.offered(&page, &step("verification"), &[("text", "经核实，结果无误")], &[]).await;
    province.offered(&page, &step("notice"), &told, &[]).await;

    // Monday 5 March: the statement period ends on the 12th.
    approver.refused(&page, &step("decision"), &decided, "期限未满且未收到陈述", "第十七条").await;
    let mut station = app.sign_in(fish.manager).await;
    let paper = station.get(&page).await.is(200).says("拟撤销告知书").number_after("/general/papers/");
    until(app, "2029-03-12T23:59:59");
    let mut approver = app.sign_in("province_approver").await;
    approver.refused(&page, &step("decision"), &decided, "期限未满且未收到陈述", "第十七条").await;
    let mut station = app.sign_in(fish.manager).await;
    let paper = format!("/general/papers/{paper}");
    station.offered(&paper, &format!("{paper}/statement"), &[("text", "今后改进")], &[]).await;
    let mut approver = app.sign_in("province_approver").await;
    approver.out_of_turn(&page, &step("service"), &[], "已告知，待研究", "第十七条").await;
    approver.offered(&page, &step("decision"), &decided, &[]).await;
    approver.offered(&page, &step("service"), &[], &[]).await;

    let mut station = app.sign_in(fish.manager).await;
    let stopped = "工作站已撤销（2029-03-12 起），不能再登记台账。";
    let late = [("kind", "outreach.organised"), ("on", "2029-03-12"), ("count", "1"), ("title", "事后")];
    station.barred("/appraisal/ledger", "/appraisal/ledger/new", stopped, "第十七条").await;
    station.refused("/appraisal/ledger", "/appraisal/ledger", &late, stopped, "第十七条").await;
    let mut province = app.sign_in("province").await;
    let gathered = [("text", "资料已归集")];
    province.out_of_turn(&page, &step("closing"), &gathered, "已送达，待公告", "第十七条").await;
    province.offered(&page, &step("announcement"), &[], &[]).await;
    province.offered(&page, &step("closing"), &gathered, &[]).await;
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
    open(station.typing(), "renamings", &another, LETTER).await.is(403).says("不属于名称变更").says("第十五条");
    let new = "/adjustment/renamings/new";
    let id = station.offered(new, "/adjustment/renamings", &filed, LETTER).await.number_after("/adjustment/");
    let (page, step) = (format!("/adjustment/{id}"), |what: &str| format!("/adjustment/renamings/{id}/{what}"));
    let mut province = app.sign_in("province").await;
    province.out_of_turn(&page, &step("acknowledgement"), &[], "待市级转报", "第十五条").await;
    let mut city = app.sign_in("city").await;
    city.offered(&page, &step("forwarding"), &[("text", "材料齐全")], &[]).await;
    city.out_of_turn(&page, &step("forwarding"), &[("text", "再转报")], "待省厅备案", "第十五条").await;
    province.offered(&page, &step("acknowledgement"), &[], &[]).await;
    for text in ["示例钢铁行业联合会", "示例单位gangtie"] {
        let found = province.get(&format!("/duties/stations?q={text}")).await;
        found.is(200).says(&format!("/duties/stations/{}\"", steel.id));
    }
    let mut station = app.sign_in(steel.manager).await;
    let papers = station.get("/general/papers").await;
    papers.is(200).says("名称变更备案回执").says("2028年度评估结果反馈书");
    // A document made before keeps the name it was made under.
    let inbox = papers.text();
    let (before, _) = inbox.split_once("2028年度评估结果反馈书").expect("the paper is there");
    let paper: String =
        before.rsplit("/general/papers/").next().unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
    let told = station.get(&format!("/general/papers/{paper}")).await;
    told.is(200).says("示例单位gangtie").says_not("示例钢铁行业联合会");

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
    let one = plan(steel.number);
    open(province.typing(), "mergings", &one, &[]).await.is(403).says("不能是同一个工作站").says("第十六条");
    let id = open(&mut province, "mergings", &plan(tyres.number), &[]).await.number_after("/adjustment/");
    let (page, step) = (format!("/adjustment/{id}"), |what: &str| format!("/adjustment/mergings/{id}/{what}"));
    let decided = [("attendees", "甲、乙、丙"), ("on", "2029-03-12"), ("text", "一个行业一个工作站")];
    let mut approver = app.sign_in("province_approver").await;
    approver.out_of_turn(&page, &step("execution"), &[], "方案拟定", "第十六条").await;
    approver.offered(&page, &step("decision"), &decided, &[]).await;
    approver.offered(&page, &step("execution"), &[], &[]).await;
    let mut survivor = app.sign_in(tyres.manager).await;
    let sheet = survivor.get(&format!("/appraisal/cycles/2029/stations/{}?open=outreach", tyres.id)).await;
    sheet.is(200).says("组织 3 次 × 5 分 ＝ 15.0 分").says("钢铁专场");
    let mut station = app.sign_in(steel.manager).await;
    let late = [("kind", "outreach.organised"), ("on", "2029-03-12"), ("count", "1"), ("title", "事后")];
    station.barred("/appraisal/ledger", "/appraisal/ledger/new", "工作站已整合", "第十六条").await;
    station.refused("/appraisal/ledger", "/appraisal/ledger", &late, "工作站已整合", "第十六条").await;
    let mut anyone = app.browser();
    anyone.get("/stations?ended=1").await.is(200).says(&format!("并入 {}", tyres.name));
    anyone.get(&format!("/public/certificates/{}", tyres.number)).await.is(200).says("有效");
}
