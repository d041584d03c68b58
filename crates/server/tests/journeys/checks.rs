//! On-site checks: by a city, by the province where it was drawn, by evaluators in their period; two at once lose nothing.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use regulation::appraisal::checklist::checklist;

use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::people;

const FORM: &str = "/appraisal/checks/2026/stations/1";

/// Every point of the draft's checklist.
fn points(app: &TestApp) -> Vec<String> {
    let sections = checklist(&app.app.present().edition);
    sections.into_iter().flat_map(|section| section.points).map(|point| point.id).collect()
}

/// Everything a finished check needs, with one point amiss.
pub fn complete(app: &TestApp) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> =
        points(app).into_iter().map(|id| (format!("answer-{id}"), "yes".to_owned())).collect();
    let more = [
        ("on", "2026-09-18"),
        ("at", "09:30"),
        ("place", "站内会议室"),
        ("inspectors", "甲、乙"),
        ("opinion", "总体符合"),
    ];
    fields.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
    fields.push(("answer-org.rules".to_owned(), "partly".to_owned()));
    fields.retain(|(name, value)| name != "answer-org.rules" || value == "partly");
    fields.push(("remark-org.rules".to_owned(), "缺保密制度".to_owned()));
    fields
}

async fn post(browser: &mut Client, step: &str, base: &str, fields: &[(String, String)]) -> Answer {
    let mut all = vec![("step", step), ("base", base)];
    all.extend(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    browser.post(FORM, &all).await
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

async fn a_city_checks_its_station_and_no_other_city_sees_it(app: &TestApp) {
    let mut city = app.sign_in("city").await;
    city.get("/appraisal/checks").await.is(200).says("示例轮胎工作站").says("未查").says_not("示例苹果工作站");
    city.get(FORM).await.is(200).says("设置工作机构").says("评分表，至多 6 分").says("定性，不计分").says("尚未保存过");
    let answer = post(&mut city, "draft", "0", &[pair("answer-org.unit", "no"), pair("on", "2026-09-18")]).await;
    assert_eq!(answer.location(), format!("{FORM}?done=check_saved"));
    city.follow(&answer).await.is(200).says("检查已保存。").says("第 1 版").says("有问题 1 项");
    // A finished check answers every point and says what is amiss; what was typed stays.
    let answer = post(&mut city, "finish", "1", &[pair("answer-org.unit", "no"), pair("opinion", "待补")]).await;
    answer
        .is(422)
        .says("请写明不符合或者部分符合的情况。")
        .says("尚未检查。")
        .says("请填写检查地点。")
        .says("请填写到站时间")
        .says("待补");
    let mut tomorrow = complete(app);
    tomorrow.retain(|(name, _)| name != "on");
    tomorrow.push(pair("on", "2026-09-19"));
    post(&mut city, "finish", "1", &tomorrow).await.is(422).says("不晚于今天");
    let mut station = app.sign_in("station001").await;
    station.get("/appraisal/checks/1").await.is(404);
    let answer = post(&mut city, "finish", "1", &complete(app)).await;
    let record = answer.number_after("/appraisal/checks/");
    let page = format!("/appraisal/checks/{record}");
    city.follow(&answer)
        .await
        .is(200)
        .says("现场检查已完成。")
        .says("缺保密制度")
        .says("第 2 版")
        .says("甲、乙")
        .says("09:30 到站");
    // The station and the province read what is finished; the station cannot check itself, another city sees nothing.
    station.get(&page).await.is(200).says("缺保密制度").says_not("更正</a>");
    station.get(FORM).await.is(403).says("无权现场检查").says("第十条（三）");
    app.sign_in("province").await.get(&page).await.is(200).says("总体符合");
    let mut other = app.sign_in("other_city").await;
    other.get(&page).await.is(404);
    other.get(FORM).await.is(404);
    other.get("/appraisal/checks").await.is(200).says_not("示例轮胎工作站");
    other.get("/appraisal/checks/2026/stations/2").await.is(200);
    post(&mut other, "draft", "0", &[]).await.is(404);
    // A finished check is corrected, never a draft again.
    city.get(FORM).await.is(200).says("提交更正");
    post(&mut city, "draft", "2", &complete(app)).await.is(403).says("不能再存为草稿").says("第十三条");
    let answer = post(&mut city, "finish", "2", &complete(app)).await;
    city.follow(&answer).await.is(200).says("第 3 版");
    city.get(&page).await.is(200).says("这是较早的版本");
}

async fn two_at_once_lose_nothing(app: &TestApp) {
    let mut first = app.sign_in("city").await;
    let mut second = app.sign_in("city").await;
    first.get(FORM).await.is(200);
    second.get(FORM).await.is(200);
    post(&mut first, "draft", "0", &[pair("answer-org.unit", "yes"), pair("place", "一楼")]).await.is(303);
    let photo =
        with_photo(&mut second, FORM, "photo-org.staff", &[("answer-org.unit", "no"), ("remark-org.unit", "无牌")])
            .await;
    photo.is(409).says("没有覆盖").says("不符合；无牌").says("一楼").says("照片 1 张");
    let waiting = photo.number_after("/conflicts/");
    let place = format!("{FORM}/conflicts/{waiting}");
    second.get(FORM).await.is(200).says("有一份未并入的内容").says("第 1 版");
    let page = second.get(&place).await;
    page.is(200).says("name=\"merges\"").says("name=\"base\" value=\"1\"");
    app.sign_in("other_city").await.get(&place).await.is(404);
    let merged =
        [pair("merges", &waiting.to_string()), pair("answer-org.unit", "partly"), pair("remark-org.unit", "牌在换")];
    let answer = post(&mut second, "draft", "1", &merged).await;
    let page = second.follow(&answer).await;
    page.is(200).says("两份内容已合并保存。").says("第 2 版").says("牌在换").says_not("有一份未并入的内容");
    // The photo of what waited came along, and opens for nobody else's city.
    let file = page.number_after("/appraisal/checks/files/");
    second.get(&format!("/appraisal/checks/files/{file}")).await.is(200);
    app.sign_in("other_city").await.get(&format!("/appraisal/checks/files/{file}")).await.is(404);
    app.sign_in("station001").await.get(&format!("/appraisal/checks/files/{file}")).await.is(404);
    second.get(&place).await.is(404);
    // Dropping the words of a second saving keeps its photos.
    let clash = with_photo(&mut first, FORM, "photo-org.unit", &[("answer-org.unit", "yes")]).await;
    let waiting = clash.is(409).number_after("/conflicts/");
    let answer = first.post(&format!("{FORM}/conflicts/{waiting}"), &[]).await;
    first.follow(&answer).await.is(200).says("第 3 版").says("牌在换").says_not("有一份未并入的内容");
}

/// A draft based on nothing, with a photo at one point.
pub async fn with_photo(browser: &mut Client, path: &str, field: &str, fields: &[(&str, &str)]) -> Answer {
    let mut body = String::new();
    let (csrf, once) = (browser.token("csrf").to_owned(), browser.token("once").to_owned());
    let own = [("csrf", csrf.as_str()), ("once", once.as_str()), ("step", "draft"), ("base", "0")];
    for (name, value) in own.iter().chain(fields) {
        body.push_str(&format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    body.push_str(&format!(
        "--x\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"现场-{field}.jpg\"\r\n\r\n\u{fffd}{field}\r\n--x--\r\n"
    ));
    let headers = [("content-type", "multipart/form-data; boundary=x")];
    browser.send_with(&headers, Method::POST, path, Bytes::from(body)).await
}

async fn a_saving_sent_again_is_kept_once(app: &TestApp) {
    let mut city = app.sign_in("city").await;
    city.get(FORM).await.is(200);
    let fields = [("once", "5d1c"), ("step", "draft"), ("base", "0"), ("answer-org.unit", "yes")];
    let first = city.post(FORM, &fields).await;
    let rows = app.audit_rows().await;
    let again = city.post(FORM, &fields).await;
    assert_eq!(first.location(), again.location());
    assert_eq!(app.audit_rows().await, rows, "the second one wrote something");
    city.get(FORM).await.is(200).says("第 1 版");
    // The same for one that came too late: the second time it leads to where both stand.
    let stale = [("once", "77aa"), ("step", "draft"), ("base", "0"), ("answer-org.unit", "no")];
    let waiting = city.post(FORM, &stale).await.is(409).number_after("/conflicts/");
    let again = city.post(FORM, &stale).await;
    assert_eq!(again.location(), format!("{FORM}/conflicts/{waiting}"));
}

async fn an_evaluator_checks_what_is_assigned_while_it_is(app: &TestApp) {
    let mut evaluator = app.sign_in("evaluator").await;
    evaluator.get(FORM).await.is(200).says("第三方现场检查");
    evaluator.get("/appraisal/checks/2026/stations/2").await.is(404);
    evaluator.get("/appraisal/checks").await.is(200).says("示例轮胎工作站").says_not("示例苹果工作站");
    let answer = post(&mut evaluator, "finish", "0", &complete(app)).await;
    let record = answer.number_after("/appraisal/checks/");
    evaluator.follow(&answer).await.is(200).says("第三方现场检查");
    let mut city = app.sign_in("city").await;
    // Another layer's check is read, not written: the city's own begins anew.
    city.get(&format!("/appraisal/checks/{record}")).await.is(200);
    city.get(FORM).await.is(200).says("尚未保存过");
    // The period is moved: before it, the station is there but not to be checked.
    let mut province = app.sign_in("province").await;
    let path = "/appraisal/cycles/2026/assignments";
    let account = app.store().account_by_name("evaluator").await.expect("read").expect("there").id.to_string();
    province.get(path).await.is(200);
    let turned = [("account", account.as_str()), ("from", "2027-03-31"), ("until", "2027-02-16"), ("station", "1")];
    province.post(path, &turned).await.is(422).says("截止日期不早于起始日期");
    let period = [("account", account.as_str()), ("from", "2027-02-16"), ("until", "2027-03-31"), ("station", "1")];
    let answer = province.post(path, &period).await;
    province.follow(&answer).await.is(200).says("2027-02-16");
    let refused = "受托期限为 2027-02-16 至 2027-03-31，2026-09-18 不在期限内，不能现场检查。";
    evaluator.get(FORM).await.is(403).says(refused).says("第九条");
    post(&mut evaluator, "draft", "1", &[]).await.is(403).says(refused);
    evaluator.get("/appraisal/checks").await.is(403).says("受托期限为 2027-02-16 至 2027-03-31").says("第九条");
    evaluator.get("/appraisal/cycles/2026/stations/1").await.is(403).says("不在期限内，不能查看评分表");
    evaluator.get("/appraisal/ledger").await.is(403).says("不在期限内，不能查看台账");
    evaluator.get("/appraisal/checks/2026/stations/2").await.is(404);
    app.wait(Duration::from_hours(24 * 160));
    let mut evaluator = app.sign_in("evaluator").await;
    evaluator.get(FORM).await.is(200).says("第 1 版");
}

async fn the_year_has_to_be_open_and_a_provincial_station_is_not_the_citys(app: &TestApp) {
    let mut city = app.sign_in("city").await;
    city.get("/appraisal/checks/2031/stations/1").await.is(200).says("2031年度评估尚未开启").says("第九条");
    let answer = city.post("/appraisal/checks/2031/stations/1", &[("step", "draft"), ("base", "0")]).await;
    answer.is(403).says("2031年度评估尚未开启");
    let query = store::query::Query::new("UPDATE station SET managed_by = 'province' WHERE id = 1");
    let mandate = people::operator(app.now());
    let mut tx = app.store().begin(&mandate, app.now()).await.expect("begin");
    tx.execute(query).await.expect("moved");
    tx.commit().await.expect("commit");
    city.get(FORM).await.is(200).says("省管工作站，由省商务厅办理").says("第十条（一）");
    post(&mut city, "draft", "0", &[]).await.is(403).says("省管工作站").says("第十条（一）");
    // The province checks its own without a draw, and those of the cities after one.
    let mut province = app.sign_in("province").await;
    province.get(FORM).await.is(200).says_not("该站没有被抽中");
    post(&mut province, "draft", "0", &[]).await.is(303);
    province.get("/appraisal/checks/2026/stations/2").await.is(200).says("该站没有被抽中").says("第十条（三）");
    let answer = province
        .post("/appraisal/checks/2026/stations/2", &[("once", "another"), ("step", "draft"), ("base", "0")])
        .await;
    answer.is(403).says("第十二条");
}

/// Where nobody went, why is on record; somebody may go after all (reading K36).
async fn why_nobody_went_is_on_record(app: &TestApp) {
    let mut city = app.sign_in("city").await;
    city.get(FORM).await.is(200).says("不能到站检查的，说明原因");
    let path = format!("{FORM}/excuse");
    city.post(&path, &[("reason", "")]).await.is(422).says("请写明未检查的原因");
    let answer = city.post(&path, &[("reason", "该站搬迁，约定次月检查")]).await;
    let page = city.follow(&answer).await;
    page.is(200).says("未检查的原因已登记。").says("该站搬迁，约定次月检查").says("未检查，已说明原因");
    app.sign_in("province").await.get("/appraisal/checks").await.is(200).says("已说明原因").says_not("逾期未查");
    let mut other = app.sign_in("other_city").await;
    other.get("/appraisal/checks").await.is(200);
    other.post(&path, &[("reason", "甲")]).await.is(404);
    // The other city did nothing; a day after the deadline it is shown as late, and nothing else happens.
    app.wait(Duration::from_hours(24 * 151));
    let mut other = app.sign_in("other_city").await;
    other.get("/appraisal/checks").await.is(200).says("逾期未查");
    let mut city = app.sign_in("city").await;
    city.get("/appraisal/checks").await.is(200).says_not("逾期未查");
    city.get(FORM).await.is(200).says("第 1 版");
    city.get(FORM).await.is(200);
    let answer = post(&mut city, "finish", "1", &complete(app)).await;
    city.follow(&answer).await.is(200).says("现场检查已完成。");
    city.post(&path, &[("reason", "甲")]).await.is(403).says("已有完成的检查记录").says("第十条（二）");
}

/// The worker is the same for everyone and asked for anew; signing out clears what the browser kept.
async fn what_a_browser_keeps_goes_with_the_session(app: &TestApp) {
    let mut browser = app.browser();
    let worker = browser.get("/appraisal/checks/sw.js").await;
    assert_eq!(worker.is(200).header("cache-control"), "no-cache");
    assert!(worker.header("content-type").starts_with("text/javascript"));
    assert!(worker.header("content-security-policy").contains("default-src 'none'"));
    // From its own folder: no wider scope is allowed.
    assert_eq!(worker.header("service-worker-allowed"), "");
    let mut city = app.sign_in("city").await;
    let form = city.get(FORM).await;
    assert_eq!(form.is(200).header("cache-control"), "private, no-store");
    let out = city.post("/logout", &[]).await;
    assert_eq!(out.header("clear-site-data"), "\"storage\"");
    city.get(FORM).await.is(303);
}

on_both!(
    what_a_browser_keeps_goes_with_the_session,
    why_nobody_went_is_on_record,
    a_city_checks_its_station_and_no_other_city_sees_it,
    two_at_once_lose_nothing,
    a_saving_sent_again_is_kept_once,
    an_evaluator_checks_what_is_assigned_while_it_is,
    the_year_has_to_be_open_and_a_provincial_station_is_not_the_citys,
);
