//! The main road: a station files an entry with a photo, the province reads it, another city does not.

use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::people::STATION;

/// The head of a JPEG, and bytes that are no text.
const PHOTO: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\r\n--fengsui\r\n\x00\xfe";

async fn file(browser: &mut Client, kind: &str, title: &str, files: &[(&str, &[u8])]) -> Answer {
    browser.get("/appraisal/ledger/new").await.is(200);
    let fields =
        [("kind", kind), ("on", "2026-09-10"), ("count", "1"), ("title", title), ("detail", "出席 42 人"), ("url", "")];
    browser.upload("/appraisal/ledger", &fields, files).await
}

/// The provisional total on the station's desk.
async fn total(browser: &mut Client) -> String {
    let desk = browser.get("/desk").await;
    desk.is(200);
    let text = desk.text();
    let (_, rest) = text.split_once("按台账暂计（非评定结果）</span><b>").expect("a total");
    rest.split_once('<').expect("a figure").0.to_owned()
}

async fn an_entry_becomes_a_point(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let before: f64 = total(&mut station).await.parse().expect("figure");
    let answer = file(&mut station, "outreach.organised", "轮胎应诉培训", &[("签到.JPG", PHOTO)]).await;
    let id = answer.number_after("/appraisal/ledger/");
    station.follow(&answer).await.is(200).says("轮胎应诉培训").says("已记入台账。").says("签到.JPG").says("出席 42 人");
    let after: f64 = total(&mut station).await.parse().expect("figure");
    assert_eq!(after - before, 5.0, "组织培训一次 5 分");
    station.get("/appraisal/ledger").await.is(200).says("轮胎应诉培训");
    on_the_sheet(&mut station, id, "5.0").await;

    let mut province = app.sign_in("province").await;
    let page = province.get(&format!("/appraisal/ledger/{id}")).await;
    page.is(200).says("轮胎应诉培训").says("示例轮胎工作站");
    let photo = page.number_after("/appraisal/files/");
    let bytes = province.get(&format!("/appraisal/files/{photo}")).await;
    assert_eq!(&bytes.is(200).bytes[..], PHOTO);
    assert_eq!(bytes.header("content-type"), "image/jpeg");
    on_the_sheet(&mut province, id, "5.0").await;
    for name in ["city", "county", "expert", "evaluator", "station001clerk"] {
        let mut allowed = app.sign_in(name).await;
        allowed.get(&format!("/appraisal/ledger/{id}")).await.is(200);
        allowed.get(&format!("/appraisal/files/{photo}")).await.is(200);
    }

    for name in ["other_city", "station002"] {
        let mut foreign = app.sign_in(name).await;
        foreign.get(&format!("/appraisal/ledger/{id}")).await.is(404).says_not("轮胎应诉培训");
        foreign.get(&format!("/appraisal/files/{photo}")).await.is(404);
        foreign.get("/appraisal/ledger").await.is(200).says_not("轮胎应诉培训");
        foreign.get(&format!("/appraisal/ledger?station={STATION}")).await.is(200).says_not("轮胎应诉培训");
        foreign.get(&format!("/duties/stations/{STATION}")).await.is(404);
        foreign.get(&format!("/appraisal/cycles/2026/stations/{STATION}")).await.is(404);
    }
    for name in ["sysadmin", "secadmin", "auditor", "firm", "applicant"] {
        let mut outsider = app.sign_in(name).await;
        let answer = outsider.get(&format!("/appraisal/ledger/{id}")).await;
        answer.is(403).says("无权查看台账").says_not("轮胎应诉培训");
        outsider.get(&format!("/appraisal/files/{photo}")).await.is(403);
    }
}

/// The sheet shows the points, and its row opens the entry they come from.
async fn on_the_sheet(browser: &mut Client, entry: i64, points: &str) {
    let page = browser.get(&format!("/appraisal/cycles/2026/stations/{STATION}")).await;
    page.is(200).says(points).says(&format!("/appraisal/ledger/{entry}"));
}

async fn a_correction_keeps_the_original(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let old = file(&mut station, "outreach.attended", "参加座谈会", &[("照片.jpg", PHOTO)])
        .await
        .number_after("/appraisal/ledger/");
    station.get(&format!("/appraisal/ledger/{old}/correction")).await.is(200).says("参加座谈会").says("照片.jpg");
    let fields = [
        ("kind", "outreach.organised"),
        ("on", "2026-09-10"),
        ("count", "1"),
        ("title", "组织座谈会"),
        ("detail", ""),
        ("url", ""),
    ];
    let answer = station.upload(&format!("/appraisal/ledger/{old}/correction"), &fields, &[]).await;
    let new = answer.number_after("/appraisal/ledger/");
    assert_ne!(new, old);
    station.follow(&answer).await.is(200).says("组织座谈会").says("更正已登记").says("照片.jpg");
    station.get(&format!("/appraisal/ledger/{old}")).await.is(200).says("参加座谈会").says("不再计分，保留备查");
    assert_eq!(total(&mut station).await, "15.0", "行业自律 10 分，组织 5 分，不再计参与 2 分");
    // The old one cannot be corrected a second time, from a page left open or by hand.
    station.get(&format!("/appraisal/ledger/{old}/correction")).await.is(403).says("已被更正或撤回");
    let again = station.upload(&format!("/appraisal/ledger/{old}/correction"), &fields, &[]).await;
    again.is(403);
    station.get("/appraisal/ledger").await.is(200).says_not("参加座谈会");
    station.get("/appraisal/ledger?all=1").await.is(200).says("参加座谈会").says("组织座谈会");
}

async fn a_withdrawal_keeps_the_original(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let old = file(&mut station, "outreach.organised", "记错的活动", &[]).await.number_after("/appraisal/ledger/");
    station.get(&format!("/appraisal/ledger/{old}")).await.is(200);
    station
        .post(&format!("/appraisal/ledger/{old}/withdrawal"), &[("reason", "")])
        .await
        .is(422)
        .says("请填写撤回理由");
    let answer = station.post(&format!("/appraisal/ledger/{old}/withdrawal"), &[("reason", "未举办")]).await;
    station.follow(&answer).await.is(200).says("撤回：未举办").says("已撤回，原记录保留。");
    station.get(&format!("/appraisal/ledger/{old}")).await.is(200).says("保留备查");
    assert_eq!(total(&mut station).await, "10.0");
    station.get("/appraisal/ledger").await.is(200).says_not("记错的活动");
}

async fn what_is_typed_is_judged(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    station.get("/appraisal/ledger/new").await.is(200);
    let before = app.audit_rows().await;
    let bad = [
        ("kind", ""),
        ("on", "2026-10-01"),
        ("count", "0"),
        ("title", ""),
        ("url", "javascript:alert(1)"),
        ("detail", "写好的说明"),
    ];
    let answer = station.upload("/appraisal/ledger", &bad, &[]).await;
    answer.is(422).says("有 5 处需要修改").says("日期不能晚于今天").says("写好的说明");
    let claimed = [("kind", "report.adopted.ministry"), ("on", "2026-09-01"), ("count", "1"), ("title", "被采编")];
    station.upload("/appraisal/ledger", &claimed, &[]).await.is(422).says("不能自行申报");
    assert_eq!(app.audit_rows().await, before);
    let late = [("kind", "outreach.organised"), ("on", "2026-07-01"), ("count", "1"), ("title", "七月培训")];
    let answer = station.upload("/appraisal/ledger", &late, &[]).await;
    station.follow(&answer).await.is(200).says("补录").says("倒填");
}

async fn what_is_uploaded_is_bounded(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let before = app.audit_rows().await;
    let large = vec![7u8; 21 * 1024 * 1024];
    file(&mut station, "outreach.organised", "大文件", &[("录像.mp4", &large)])
        .await
        .is(413)
        .says("录像.mp4 超过单个文件上限 20 MB");
    let part = vec![7u8; 17 * 1024 * 1024];
    let parts: Vec<(&str, &[u8])> =
        ["1.mp4", "2.mp4", "3.mp4", "4.mp4"].iter().map(|name| (*name, &part[..])).collect();
    file(&mut station, "outreach.organised", "合计过大", &parts).await.is(413).says("合计不能超过 64 MB");
    file(&mut station, "outreach.organised", "程序", &[("run.exe", b"MZ")])
        .await
        .is(422)
        .says("run.exe 的类型不能作为材料上传");
    file(&mut station, "outreach.organised", "网页", &[("page.html", b"<script>")]).await.is(422);
    file(&mut station, "outreach.organised", "空", &[("空.pdf", b"")]).await.is(422).says("空文件");
    assert_eq!(app.audit_rows().await, before);
}

async fn what_is_typed_is_shown_as_text(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let answer =
        file(&mut station, "outreach.organised", "<script>alert(1)</script>", &[("\"><img src=x>.jpg", PHOTO)]).await;
    if answer.status.is_redirection() {
        let page = station.follow(&answer).await;
        page.is(200).says_not("<script>alert").says_not("<img src=x>");
    }
    station.get("/appraisal/ledger").await.is(200).says_not("<script>alert");
}

async fn unknown_ids_are_not_found(app: &TestApp) {
    let mut province = app.sign_in("province").await;
    for path in ["/appraisal/ledger/999999", "/appraisal/files/999999", "/appraisal/ledger/0", "/nowhere"] {
        province.get(path).await.is(404).says("没有这个页面");
    }
    let mut station = app.sign_in("station002").await;
    for path in ["/appraisal/ledger/999999/correction", "/appraisal/ledger/999999"] {
        station.get(path).await.is(404);
    }
    station.get("/appraisal/ledger/new").await.is(200);
    station.post("/appraisal/ledger/999999/withdrawal", &[("reason", "无")]).await.is(404);
}

on_both!(
    an_entry_becomes_a_point,
    a_correction_keeps_the_original,
    a_withdrawal_keeps_the_original,
    what_is_typed_is_judged,
    what_is_uploaded_is_bounded,
    what_is_typed_is_shown_as_text,
    unknown_ids_are_not_found,
);
