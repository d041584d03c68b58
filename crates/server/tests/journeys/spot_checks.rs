//! Spot checks, their bulletin, and rectification to its closure (Article 12, reading K39).

use std::time::Duration;

use crate::app::TestApp;
use crate::client::{Answer, Client};

/// Records a spot check with two problems. Returns its key.
pub async fn record(browser: &mut Client, station: &str) -> i64 {
    browser.get("/appraisal/spot-checks/new").await.is(200);
    let fields = [
        ("station", station),
        ("on", "2026-09-18"),
        ("place", "站内"),
        ("inspectors", "甲、乙"),
        ("result", "台账基本齐全，专栏更新不及时。"),
        ("problem", "专栏三个月未更新"),
        ("problem", "培训签到表缺失"),
        ("problem", ""),
    ];
    let answer = browser.upload("/appraisal/spot-checks", &fields, &[("专栏.jpg", b"\xff\xd8")]).await;
    browser.follow(&answer).await.is(200).says("抽查已登记").says("专栏三个月未更新").says("2 项");
    answer.number_after("/appraisal/spot-checks/")
}

pub async fn order(browser: &mut Client, check: i64, problem: i64, days: &str) -> Answer {
    browser.get(&format!("/appraisal/spot-checks/{check}")).await.is(200);
    let problem = problem.to_string();
    let fields = [("problem", problem.as_str()), ("demand", "恢复更新并说明原因"), ("days", days)];
    browser.post(&format!("/appraisal/spot-checks/{check}/rectifications"), &fields).await
}

async fn a_problem_is_led_to_its_closure(app: &TestApp) {
    let mut province = app.sign_in("province").await;
    province.get("/appraisal/spot-checks").await.is(200).says("没有抽查记录").says("登记抽查");
    let bad = [("station", "1"), ("on", "2026-09-19"), ("place", ""), ("inspectors", "甲"), ("result", "可")];
    province.get("/appraisal/spot-checks/new").await.is(200);
    let answer = province.post("/appraisal/spot-checks", &bad).await;
    answer.is(422).says("请填写抽查日期，不晚于今天。").says("请填写抽查地点").says(">可</textarea>");
    let check = record(&mut province, "1").await;
    let page = format!("/appraisal/spot-checks/{check}");
    order(&mut province, check, 1, "0").await.is(422).says("1 至 250 个工作日");
    order(&mut province, check, 99, "15").await.is(404);
    let answer = order(&mut province, check, 1, "15").await;
    let task = format!("/appraisal/rectifications/{}", answer.number_after("/appraisal/rectifications/"));
    // Fifteen working days after 18 September, past the national holiday, with the weekends that are worked.
    province
        .follow(&answer)
        .await
        .is(200)
        .says("整改已下达")
        .says("2026-10-15 24时前")
        .says("尚未报送整改情况，不能查验");
    order(&mut province, check, 1, "15").await.is(409).says("已经下达整改");
    province.get(&page).await.is(200).says("待整改");

    // The notice is served and received; another city and station see nothing of it.
    let mut station = app.sign_in("station001").await;
    station.get("/desk").await.is(200).says("报送整改情况：专栏三个月未更新").says("第十二条");
    let notice = station.get("/general/papers").await.is(200).says("整改通知书").number_after("/general/papers/");
    let notice = format!("/general/papers/{notice}");
    station.get(&notice).await.is(200).says("2026年10月15日24时前").says("恢复更新并说明原因").says("山东省商务厅");
    let receipt = station.post(&format!("{notice}/receipt"), &[]).await;
    station.follow(&receipt).await.is(200).says("已签收");
    for name in ["other_city", "station002"] {
        let mut other = app.sign_in(name).await;
        for path in [&page, &task, &notice] {
            other.get(path).await.is(404);
        }
        other.get("/appraisal/spot-checks").await.is(200).says_not("示例轮胎工作站");
        other.post(&format!("{task}/answers"), &[("text", "甲")]).await.is(404);
    }
    // The city where the station lies reads it but does not inspect what the province ordered.
    let mut city = app.sign_in("city").await;
    city.get(&task).await.is(200).says("这项整改由省商务厅下达，由其查验。").says("第十二条");
    let by_city = [("outcome", "close"), ("text", "已看")];
    city.post(&format!("{task}/inspections"), &by_city).await.is(403).says("这项整改由省商务厅下达");
    order(&mut city, check, 2, "15").await.is(403).says("抽查由省商务厅进行，由其下达整改。");

    // Nothing can be inspected before the answer; the answer needs evidence.
    let close = [("outcome", "close"), ("text", "现场查看，专栏已更新")];
    province.get(&task).await.is(200);
    province.post(&format!("{task}/inspections"), &close).await.is(403).says("尚未报送");
    station.get(&task).await.is(200).says("报送整改情况");
    station.post(&format!("{task}/answers"), &[("text", "已更新")]).await.is(403).says("没有佐证");
    station.upload(&format!("{task}/answers"), &[("text", "")], &[("后.jpg", b"\xff\xd8")]).await.is(422);
    let answer = station.upload(&format!("{task}/answers"), &[("text", "已更新")], &[("后.jpg", b"\xff\xd8")]).await;
    let shown = station.follow(&answer).await;
    let photo = shown.is(200).says("待查验").says("正在查验，不能重复报送").number_after("/appraisal/checks/files/");
    station.upload(&format!("{task}/answers"), &[("text", "又")], &[("后.jpg", b"\xff\xd8")]).await.is(403);
    province.get(&format!("/appraisal/checks/files/{photo}")).await.is(200);
    app.sign_in("other_city").await.get(&format!("/appraisal/checks/files/{photo}")).await.is(404);
    province.get("/desk").await.is(200).says("查验整改：专栏三个月未更新");

    // Returned with a new day, overdue, answered all the same, closed.
    province.get(&task).await.is(200);
    province.post(&format!("{task}/inspections"), &[("text", "甲")]).await.is(422).says("请选择查验结果");
    let again = [("outcome", "return"), ("days", "3"), ("text", "仍缺八月内容")];
    let answer = province.post(&format!("{task}/inspections"), &again).await;
    province.follow(&answer).await.is(200).says("已退回再改").says("退回再改").says("仍缺八月内容");
    app.wait(Duration::from_hours(24 * 20));
    let mut station = app.sign_in("station001").await;
    station.get("/desk").await.is(200).says("逾期").says("报送整改情况：专栏三个月未更新");
    let mut province = app.sign_in("province").await;
    province.get("/desk").await.is(200).says("整改逾期，督促：专栏三个月未更新");
    province.get("/appraisal/rectifications").await.is(200).says("退回再改，逾期");
    station.get(&task).await.is(200).says("已过整改期限，报送后照常查验");
    station.upload(&format!("{task}/answers"), &[("text", "补齐")], &[("再.jpg", b"\xff\xd8")]).await.is(303);
    province.get(&task).await.is(200);
    let answer = province.post(&format!("{task}/inspections"), &close).await;
    province.follow(&answer).await.is(200).says("整改已销号").says("查验通过，销号");
    province
        .post(&format!("{task}/inspections"), &close)
        .await
        .is(403)
        .says("整改已经销号，不再办理。")
        .says("第十二条");
    province.get("/desk").await.is(200).says_not("专栏三个月未更新");
}

async fn a_city_spot_checks_and_closes_its_own(app: &TestApp) {
    let mut city = app.sign_in("city").await;
    let check = record(&mut city, "1").await;
    let fields = [("station", "2"), ("on", "2026-09-18"), ("place", "站"), ("inspectors", "甲"), ("result", "可")];
    city.post("/appraisal/spot-checks", &fields).await.is(404);
    let answer = order(&mut city, check, 1, "5").await;
    let task = format!("/appraisal/rectifications/{}", answer.number_after("/appraisal/rectifications/"));
    city.follow(&answer).await.is(200).says("市商务主管部门");
    let mut province = app.sign_in("province").await;
    province.get(&task).await.is(200).says("这项整改由市商务主管部门下达，由其查验。");
    order(&mut province, check, 2, "5").await.is(403).says("抽查由市商务主管部门进行");
    // Ordered by mistake: withdrawn, and over.
    city.get(&task).await.is(200);
    let withdraw = [("outcome", "withdraw"), ("text", "重复下达")];
    let answer = city.post(&format!("{task}/inspections"), &withdraw).await;
    city.follow(&answer).await.is(200).says("已撤回");
    let mut station = app.sign_in("station001").await;
    station.get(&task).await.is(200).says("整改通知已经撤回，不再办理。");
    let files: [(&str, &[u8]); 1] = [("后.jpg", b"\xff\xd8")];
    station.upload(&format!("{task}/answers"), &[("text", "已改")], &files).await.is(403).says("已经撤回");
    // Only the province tells.
    city.get("/appraisal/bulletins/new").await.is(403).says("无权印发抽查通报").says("第十二条");
}

async fn a_bulletin_goes_to_whom_the_province_chooses(app: &TestApp) {
    let mut province = app.sign_in("province").await;
    let check = record(&mut province, "1").await.to_string();
    order(&mut province, 1, 1, "15").await.is(303);
    let mut city = app.sign_in("city").await;
    let of_city = record(&mut city, "1").await.to_string();
    province.get("/appraisal/bulletins/new").await.is(200).says("示例轮胎工作站");
    let title = "关于工作站现场抽查情况的通报";
    let base = [("title", title), ("intro", "总体较好。\n# 不是附件"), ("audience", "concerned")];
    province.post("/appraisal/bulletins", &base).await.is(422).says("请至少选择一次抽查");
    // A city's check is not the province's to tell of.
    let theirs = [&base[..], &[("check", of_city.as_str())]].concat();
    province.post("/appraisal/bulletins", &theirs).await.is(422);
    let told = [&base[..], &[("check", check.as_str())]].concat();
    let answer = province.post("/appraisal/bulletins", &told).await;
    let page = province.follow(&answer).await;
    let paper = page.is(200).says("通报已印发并送达").says("未签收").says("1 家").number_after("/general/papers/");
    // Sent again, it is issued once.
    assert_eq!(province.post("/appraisal/bulletins", &told).await.location(), answer.location());
    let paper = format!("/general/papers/{paper}");
    let mut station = app.sign_in("station001").await;
    let read = station.get(&paper).await;
    read.is(200).says("专栏三个月未更新").says("2026年10月15日").says("培训签到表缺失").says("另行通知").says("鲁商×");
    city.get(&paper).await.is(200);
    city.get(&format!("/appraisal/spot-checks/{check}")).await.is(200).says(title);
    app.sign_in("station002").await.get(&paper).await.is(404);
    app.browser().get("/public/notices").await.is(200).says_not(title);
    city.get(&answer.location()).await.is(403).says("第十二条");
    // Public by choice, to every station.
    province.get("/appraisal/bulletins/new").await.is(200);
    let told = [
        ("title", "公开的通报"),
        ("intro", "总体较好。"),
        ("audience", "all"),
        ("public", "1"),
        ("check", check.as_str()),
    ];
    let answer = province.post("/appraisal/bulletins", &told).await;
    province.follow(&answer).await.is(200).says("2 家").says("对社会公开");
    app.sign_in("station002").await.get("/general/papers").await.is(200).says("公开的通报");
    let mut browser = app.browser();
    let notice = browser.get("/public/notices").await.is(200).says("公开的通报").number_after("/public/notices/");
    browser.get(&format!("/public/notices/{notice}")).await.is(200).says("专栏三个月未更新").says("通报");
}

async fn the_province_draws_once_and_anyone_can_do_it_again(app: &TestApp) {
    const PATH: &str = "/appraisal/cycles/2026/sampling";
    let mut province = app.sign_in("province").await;
    province.get(PATH).await.is(200).says("比例 20%，每市至少 1 家").says("示例轮胎工作站").says_not("复算一致");
    app.sign_in("city").await.get(PATH).await.is(403).says("第十条（三）");
    app.sign_in("province_leader").await.get(PATH).await.is(200).says("无权抽取检查对象");
    let answer = province.post(PATH, &[]).await;
    let page = province.follow(&answer).await;
    // Two stations in two cities: each city's least number draws both.
    page.is(200)
        .says("按种子复算，结果一致")
        .says("第 1 个抽出")
        .says("第 2 个抽出")
        .says("每市最少")
        .says("2026年度省级抽取");
    province.post(PATH, &[]).await.is(403).says("已经抽取，不重抽").says("第十条（三）");
    province.get("/appraisal/checks").await.is(200).says("抽中");
    province.get("/appraisal/checks/2026/stations/1").await.is(200).says("省级现场检查").says("完成检查");
    let fields = [("step", "draft"), ("base", "0"), ("answer-org.unit", "yes")];
    province.post("/appraisal/checks/2026/stations/1", &fields).await.is(303);
    // A sample changed in the database no longer holds.
    let query = store::query::Query::new(
        "INSERT INTO sampled_station (year, station_id, place, why) VALUES (2026, 2, 3, 'ratio')",
    );
    let mandate = crate::people::operator(app.now());
    let mut tx = app.store().begin(&mandate, app.now()).await.expect("begin");
    assert!(tx.execute(query).await.is_err(), "a station is drawn once");
}

on_both!(
    a_problem_is_led_to_its_closure,
    a_city_spot_checks_and_closes_its_own,
    a_bulletin_goes_to_whom_the_province_chooses,
    the_province_draws_once_and_anyone_can_do_it_again,
);
