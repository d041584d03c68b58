//! From the ledger to the confirmed grade: the sheet and its evidence, opinions, marks, submission, confirmation.

use std::time::Duration;

use crate::app::TestApp;
use crate::client::Client;

const SHEET: &str = "/appraisal/cycles/2026/stations/1";

async fn file(browser: &mut Client, kind: &str, on: &str, title: &str) -> String {
    browser.get("/appraisal/ledger/new").await.is(200);
    let fields = [("kind", kind), ("on", on), ("count", "1"), ("title", title)];
    let answer = browser.upload("/appraisal/ledger", &fields, &[("现场.jpg", b"\xff\xd8")]).await;
    answer.number_after("/appraisal/ledger/").to_string()
}

async fn opine(browser: &mut Client, entry: &str, accepted: &str, reason: &str) -> crate::client::Answer {
    browser.get(SHEET).await.is(200);
    let fields = [
        ("noun", "ledger_entry"),
        ("noun_id", entry),
        ("item", "outreach"),
        ("accepted", accepted),
        ("reason", reason),
    ];
    browser.post(&format!("{SHEET}/opinions"), &fields).await
}

async fn a_point_is_read_down_to_its_photo_and_no_further_than_its_city(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let entry = file(&mut station, "outreach.organised", "2026-05-20", "反规避培训班").await;
    let sheet = station.get(&format!("{SHEET}?open=outreach")).await;
    sheet
        .is(200)
        .says("组织 1 次 × 5 分 ＝ 5.0 分")
        .says("反规避培训班")
        .says("按台账暂计（非评定结果）")
        .says("距上限还差 25.0 分");
    sheet.says_not("核验</summary>");
    let mut province = app.sign_in("province").await;
    let sheet = province.get(SHEET).await;
    let photo = sheet.is(200).says("反规避培训班").number_after("/appraisal/files/");
    province.get(&format!("/appraisal/files/{photo}")).await.is(200);
    let mut other = app.sign_in("other_city").await;
    other.get(SHEET).await.is(404);
    other.get(&format!("/appraisal/files/{photo}")).await.is(404);
    other.get("/appraisal/cycles/2026/stations/2").await.is(200);
    let fields = [("noun", "ledger_entry"), ("noun_id", entry.as_str()), ("accepted", "1"), ("reason", "")];
    other.post(&format!("{SHEET}/opinions"), &fields).await.is(404);
    // Evidence of one station cannot be judged under another's sheet.
    other.post("/appraisal/cycles/2026/stations/2/opinions", &fields).await.is(404);
}

async fn the_city_refuses_with_a_reason_and_the_province_has_the_last_word(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let entry = file(&mut station, "outreach.attended", "2026-05-20", "案情通报会").await;
    let mut city = app.sign_in("city").await;
    opine(&mut city, &entry, "0", "").await.is(422).says("须写明理由");
    let answer = opine(&mut city, &entry, "0", "无通知和签到").await;
    city.follow(&answer).await.is(200).says("市核不认可：无通知和签到").says("自评 2.0，市核减 2.0。");
    station.get(SHEET).await.is(200).says("无通知和签到");
    opine(&mut station, &entry, "1", "").await.is(403);
    let mut province = app.sign_in("province").await;
    let answer = opine(&mut province, &entry, "1", "已补正").await;
    province
        .follow(&answer)
        .await
        .is(200)
        .says("省审认可")
        .says("参与 1 次 × 2 分 ＝ 2.0 分")
        .says("市核减 2.0，省审增 2.0");
}

async fn an_expert_marks_what_is_assigned(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let report = file(&mut station, "report.topical", "2026-06-01", "市场形势专题报告").await;
    let mut expert = app.sign_in("expert").await;
    expert.get("/appraisal/marks").await.is(200).says("市场形势专题报告").says("根据报告质量赋分");
    for typed in ["10.01", "8.255", "好", ""] {
        expert.post("/appraisal/marks", &[("entry", &report), ("mark", typed)]).await.is(422);
    }
    let answer =
        expert.post("/appraisal/marks", &[("entry", &report), ("mark", "8.25"), ("comment", "数据充分")]).await;
    expert.follow(&answer).await.is(200).says("评分已保存。").says("已评 8.25 分");
    station
        .get(SHEET)
        .await
        .is(200)
        .says("专家评分合成 8.3 分")
        .says("数据充分")
        .says("评分专家不足 3 人")
        .says_not("示例专家");
    let mut other = app.sign_in("station002").await;
    let foreign = file(&mut other, "report.topical", "2026-06-01", "他站报告").await;
    expert.post("/appraisal/marks", &[("entry", &foreign), ("mark", "8")]).await.is(404);
}

async fn a_year_is_submitted_confirmed_and_then_stands(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let entry = file(&mut station, "outreach.organised", "2026-05-20", "反规避培训班").await;
    station.get(SHEET).await.is(200).says("2026年度尚未结束").says("aria-disabled");
    station.post("/appraisal/cycles/2026/submission", &[]).await.is(403).says("2026年度尚未结束");
    // 2027-01-10: the year is over, the deadline is not.
    app.wait(Duration::from_secs(114 * 24 * 3600));
    let mut station = app.sign_in("station001").await;
    station.get(SHEET).await.is(200);
    station.post("/appraisal/cycles/2026/submission", &[]).await.is(422).says("请勾选");
    let answer = station.post("/appraisal/cycles/2026/submission", &[("attested", "1")]).await;
    station.follow(&answer).await.is(200).says("2026-37-001-01").says("首次").says_not("逾期</span>");
    let mut province = app.sign_in("province").await;
    province.get("/appraisal/cycles/2026/ranking").await.is(200).says("优秀上限 0 家：参评 2 家 ÷ 3，向下取整");
    let absent = [("station", "2"), ("value", "absent"), ("reason", "已告知，未陈述")];
    province.post("/appraisal/cycles/2026/participation", &absent).await.is(403).says("期限未满");
    let meeting = [
        ("attendees", "甲、乙"),
        ("reason", "按排名确认"),
        ("decided_on", "2027-02-01"),
        ("unchecked", "当地封闭管理，改为书面核查"),
    ];
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/appraisal/cycles/2026/ranking").await.is(200);
    approver.post("/appraisal/cycles/2026/confirmation", &meeting).await.is(403).says("期限未满");

    app.wait(Duration::from_secs(30 * 24 * 3600));
    let mut province = app.sign_in("province").await;
    province.get("/appraisal/cycles/2026/ranking").await.is(200).says("逾期未报 1 家");
    let in_time = [("station", "1"), ("value", "absent"), ("reason", "误认")];
    province.post("/appraisal/cycles/2026/participation", &in_time).await.is(403).says("已按时报送");
    // A finding waits for the notice and the time to answer it.
    province.post("/appraisal/cycles/2026/participation", &absent).await.is(403).says("尚未送达未参加年度检查告知书");
    let other = "/appraisal/cycles/2026/stations/2";
    province.post(&format!("{other}/absence-notice"), &[]).await.is(303);
    province.post(&format!("{other}/absence-notice"), &[]).await.is(403).says("已经送达");
    province.post("/appraisal/cycles/2026/participation", &absent).await.is(403).says("陈述期限至");
    let mut late = app.sign_in("station002").await;
    let inbox = late.get("/general/papers").await;
    let notice = inbox.is(200).says("未参加年度检查告知书").number_after("/general/papers/");
    late.get(&format!("/general/papers/{notice}")).await.is(200);
    late.post(&format!("/general/papers/{notice}/statement"), &[("text", "系统使用不熟")]).await.is(303);
    app.wait(Duration::from_secs(9 * 24 * 3600));
    let mut province = app.sign_in("province").await;
    province.get("/appraisal/cycles/2026/ranking").await.is(200);
    province.post("/appraisal/cycles/2026/participation", &absent).await.is(303);
    province.post("/appraisal/cycles/2026/confirmation", &meeting).await.is(403);
    province.post("/appraisal/cycles/2026/decision", &[("chosen", "00000001")]).await.is(403).says("无须集体研究");
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/appraisal/cycles/2026/ranking").await.is(200).says("未参加").says("不能确认等次，如");
    approver.post("/appraisal/cycles/2026/confirmation", &meeting).await.is(403).says("2 家不能确认等次");
    // The city is late by now: the province takes the material up, and the station is none the worse.
    province.get("/appraisal/cycles/2026/inspection").await.is(200).says("市级逾期");
    province.post("/appraisal/cycles/2026/feedback", &[]).await.is(403).says("尚有 1 家未审定");
    province.post("/appraisal/cycles/2026/acceptance", &[]).await.is(303);
    province.post("/appraisal/cycles/2026/settlement", &[]).await.is(303);
    province.post("/appraisal/cycles/2026/feedback", &[]).await.is(303);
    approver.post("/appraisal/cycles/2026/confirmation", &meeting).await.is(403).says("复核申请期限至");
    app.wait(Duration::from_secs(9 * 24 * 3600));
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/appraisal/cycles/2026/ranking").await.is(200);
    approver.post("/appraisal/cycles/2026/confirmation", &[]).await.is(422).says("参加研究人员");
    let answer = approver.post("/appraisal/cycles/2026/confirmation", &meeting).await;
    approver.follow(&answer).await.is(200).says("等次已确认。").says("不合格");
    approver.post("/appraisal/cycles/2026/confirmation", &meeting).await.is(403).says("已经确认");
    approver.post("/appraisal/cycles/2026/closing", &[]).await.is(303);
    approver.post("/appraisal/cycles/2026/closing", &[]).await.is(403).says("已经归档");

    // What the year was scored from is closed with it, and the result stands (reading K81).
    let mut station = app.sign_in("station001").await;
    let before = station.get(SHEET).await;
    before.is(200).says("2026年度等次").says("组织 1 次 × 5 分 ＝ 5.0 分");
    station.get(&format!("/appraisal/ledger/{entry}")).await.is(200);
    let withdrawn = station.post(&format!("/appraisal/ledger/{entry}/withdrawal"), &[("reason", "记错")]).await;
    withdrawn.is(403).says("该站2026年度等次已经确认，不再变动").says("办法第十四条");
    station.get(SHEET).await.is(200).says("组织 1 次 × 5 分 ＝ 5.0 分").says_not("确认后另有更正");
    let mut city = app.sign_in("city").await;
    opine(&mut city, &entry, "0", "事后").await.is(403).says("已经确认");
}

async fn papers_are_handed_out_under_chinese_names(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    for name in ["sheet.xlsx?layers=4", "sheet.xlsx"] {
        let answer = station.get(&format!("{SHEET}/{name}")).await;
        assert!(answer.is(200).header("content-disposition").contains("UTF-8''2026%E5%B9%B4%E5%BA%A6"));
        assert!(answer.bytes.starts_with(b"PK"));
    }
    station.get("/appraisal/cycles/2026/summary.xlsx").await.is(403);
    app.sign_in("province").await.get("/appraisal/cycles/2026/summary.xlsx").await.is(200);
}

async fn a_year_is_opened_by_typing_its_pass_mark(app: &TestApp) {
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/appraisal/cycles/new").await.is(200).says("开启2027年度评估").says("系统默认 60 分，办法未规定");
    let chosen = [("year", "2027"), ("edition", "draft"), ("first_year", "graded"), ("counts", "all")];
    let fields = |mark: &'static str| [&chosen[..], &[("pass_mark", mark), ("dates_confirmed", "1")]].concat();
    let unconfirmed = [&chosen[..], &[("pass_mark", "60")]].concat();
    let half = [("year", "2027"), ("edition", "draft"), ("pass_mark", "60"), ("first_year", "graded")];
    approver.post("/appraisal/cycles", &half).await.is(422).says("请选择优秀名额三分之一的基数").says("selected");
    approver.post("/appraisal/cycles", &unconfirmed).await.is(422).says("有暂计的日期");
    approver.post("/appraisal/cycles", &fields("")).await.is(422).says("请键入");
    approver.post("/appraisal/cycles", &fields("60.55")).await.is(422);
    let answer = approver.post("/appraisal/cycles", &fields("62.5")).await;
    approver.follow(&answer).await.is(200).says("2027年度").says("62.5");
    // What was chosen is frozen with the year, and its ranking says so.
    let ranking = approver.get("/appraisal/cycles/2027/ranking").await;
    ranking.is(200).says("全部有效工作站（含未参加和首年免评的）").says("照常评分，评定等次");
    approver.post("/appraisal/cycles", &fields("60")).await.is(403).says("已经开启");
    app.sign_in("province").await.get("/appraisal/cycles/new").await.is(403);
}

async fn the_rules_are_shown_with_what_they_drive(app: &TestApp) {
    let mut city = app.sign_in("city").await;
    let rules = city.get("/general/rules").await;
    rules
        .is(200)
        .says("id=\"art-11-5-1\"")
        .says("id=\"item-outreach\"")
        .says("id=\"K66\"")
        .says("系统办理")
        .says("待建");
    city.get("/general/rules?edition=none").await.is(404);
    city.get("/general/rules/diff?a=draft&b=draft").await.is(200).says("不同 0 项");
}

on_both!(
    a_point_is_read_down_to_its_photo_and_no_further_than_its_city,
    the_city_refuses_with_a_reason_and_the_province_has_the_last_word,
    an_expert_marks_what_is_assigned,
    a_year_is_submitted_confirmed_and_then_stands,
    papers_are_handed_out_under_chinese_names,
    a_year_is_opened_by_typing_its_pass_mark,
    the_rules_are_shown_with_what_they_drive,
);
