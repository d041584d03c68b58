//! 省管 and 市管: the province moves a station, and with it everything the city was in the middle of (Article 10 (1),
//! readings K13 and K35).

use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::offered::leads;
use crate::spot_checks::{order, record};
use crate::supervision;

const STATION: &str = "/duties/stations/1";

async fn move_to(approver: &mut Client, to: &str, reason: &str) -> Answer {
    approver.get(STATION).await.is(200);
    approver.post(&format!("{STATION}/management"), &[("to", to), ("reason", reason)]).await
}

async fn a_station_moved_to_the_province_takes_its_tasks_along(app: &TestApp) {
    let mut city = app.sign_in("city").await;
    let check = record(&mut city, "1").await;
    let answer = order(&mut city, check, 1, "15").await;
    let task = format!("/appraisal/rectifications/{}", answer.number_after("/appraisal/rectifications/"));
    let mut station = app.sign_in("station001").await;
    station.get(&task).await.is(200);
    let answered = [("text", "专栏已更新")];
    station.upload(&format!("{task}/answers"), &answered, &[("更新后.jpg", b"\xff\xd8")]).await.is(303);
    city.get("/desk").await.is(200).says("专栏三个月未更新");

    // Only who decides for the department moves it, with a reason, and only from where it is.
    let mut clerk = app.sign_in("province").await;
    clerk.get(STATION).await.is(200).says_not("调整管理关系");
    move_to(&mut clerk, "省管", "省属单位").await.is(403).says("省厅经办无权调整管理关系").says("第十条（一）");
    move_to(&mut city, "省管", "省属单位").await.is(403).says("无权调整管理关系");
    let mut other = app.sign_in("other_city").await;
    other.get("/desk").await.is(200);
    other.post(&format!("{STATION}/management"), &[("to", "省管"), ("reason", "x")]).await.is(404);
    let mut approver = app.sign_in("province_approver").await;
    approver.get(STATION).await.is(200).says("调整为省管").says("现为市管");
    move_to(&mut approver, "省管", "").await.is(422).says("请写明调整理由");
    move_to(&mut approver, "市管", "省属单位").await.is(409).says("刚刚已有调整");
    let before = app.audit_rows().await;
    let answer = move_to(&mut approver, "省管", "省属单位，省厅直接管理").await;
    approver
        .follow(&answer)
        .await
        .is(200)
        .says("管理关系已调整")
        .says("由市管调整为省管：省属单位，省厅直接管理")
        .says("调整为市管");
    assert_eq!(app.audit_rows().await, before + 1);
    app.sign_in("auditor")
        .await
        .get("/general/audit")
        .await
        .is(200)
        .says("调整管理关系")
        .says("省属单位，省厅直接管理");
    station.get(STATION).await.is(200).says("省管，材料直接报省商务厅").says("由市管调整为省管");

    // The city sees what it did and does no more of it; its forms do not offer the station.
    let whose = "该站为省管工作站，由省商务厅办理；市局经办可以查看，不能";
    city.get(&task).await.is(200).says(&format!("{whose}查验整改")).says("读法 K13、K35");
    let closed = [("outcome", "close"), ("text", "属实")];
    city.post(&format!("{task}/inspections"), &closed).await.is(403).says(whose).says("第十条（一）");
    city.get("/desk").await.is(200).says_not("专栏三个月未更新");
    city.get("/appraisal/spot-checks/new").await.is(200).says_not("示例轮胎工作站");
    city.get("/appraisal/spot-checks/new?station=1").await.is(403).says(&format!("{whose}登记抽查"));
    city.get("/appraisal/findings/new").await.is(200).says_not("37-001");
    city.get("/appraisal/findings/new?station=37-001&kind=advice.adopted").await.is(403).says("不能登记采纳和认定");
    city.get(&format!("/appraisal/spot-checks/{check}")).await.is(200).says(&format!("{whose}下达整改"));
    order(&mut city, check, 2, "15").await.is(403).says(whose);
    city.get("/appraisal/cycles/2026/stations/1").await.is(200).says(&format!("{whose}核验证据"));
    city.get("/appraisal/cycles/2026/stations/1/inspection").await.is(200).says(&format!("{whose}完成市级核查"));
    city.get("/appraisal/cycles/2026/dunning").await.is(200).says("示例轮胎工作站").says_not("登记通话");

    // The province goes on where the city was.
    clerk.get("/desk").await.is(200).says("专栏三个月未更新");
    clerk.get(&task).await.is(200);
    clerk.post(&format!("{task}/inspections"), &closed).await.is(303);
    order(&mut clerk, check, 2, "15").await.is(303);
    clerk.get("/appraisal/cycles/2026/dunning").await.is(200).says("登记通话");
    let answer = move_to(&mut approver, "市管", "按属地管理").await;
    approver.follow(&answer).await.is(200).says("由省管调整为市管：按属地管理");
    city.get("/appraisal/spot-checks/new").await.is(200).says("示例轮胎工作站");
}

/// A request its city has yet to forward is forwarded first; a station that ended stays as it was.
async fn a_request_with_the_city_is_forwarded_before_the_station_moves(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    station.get("/adjustment/leavings/new").await.is(200);
    let asked = [("text", "业务调整"), ("detail", "业务调整"), ("reason", "业务调整")];
    let answer = station.upload("/adjustment/leavings", &asked, &[("申请.pdf", b"%PDF-1.7")]).await;
    let leaving = answer.number_after("/adjustment/");
    let mut approver = app.sign_in("province_approver").await;
    approver.get(STATION).await.is(200).says("正待所在市转报").says("aria-disabled=\"true\">调整为省管");
    move_to(&mut approver, "省管", "省属单位").await.is(403).says("转报后再调整").says("第十条（一）");
    let mut city = app.sign_in("city").await;
    city.get(&format!("/adjustment/{leaving}")).await.is(200);
    city.post(&format!("/adjustment/leavings/{leaving}/forwarding"), &[("text", "同意转报")]).await.is(303);
    move_to(&mut approver, "省管", "省属单位").await.is(303);
    city.get(&format!("/adjustment/{leaving}")).await.is(200).says("业务调整");
    let query = store::query::Query::new("UPDATE station SET state = '已退出', ended_on = 20260918 WHERE id = 1");
    let operator = crate::people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    tx.execute(query).await.expect("ended");
    tx.commit().await.expect("commit");
    approver.get(STATION).await.is(200).says("工作站已退出，不再调整管理关系");
    move_to(&mut approver, "市管", "调回").await.is(403).says("不再调整管理关系");
}

/// What the city wrote of a station that is the province's now is corrected by the province, beside what stands there
/// (reading K35); and the city looks on.
async fn the_province_corrects_what_the_city_wrote(app: &TestApp) {
    let mut city = app.sign_in("city").await;
    let page = supervision::record(&mut city, "reminder", "九月预警信息尚未发布").await;
    let correction = format!("{page}/correction");
    let fields = [&supervision::fields("reminder", "八月预警信息尚未发布")[1..], &[("reason", "月份写错")]].concat();
    let mut province = app.sign_in("province").await;
    province.barred(&page, &correction, "这条记录由市商务主管部门登记，由其更正", "第三条").await;
    let mut approver = app.sign_in("province_approver").await;
    move_to(&mut approver, "省管", "省属单位").await.is(303);
    city.barred(&page, &correction, "该站为省管工作站，由省商务厅办理", "第十条（一）").await;
    city.refused(&page, &correction, &fields, "该站为省管工作站，由省商务厅办理", "第十条（一）").await;
    assert!(leads(&province.get(&page).await.text(), &correction));
    let corrected = province.offered(&correction, &correction, &fields, &[]).await;
    let now = province.follow(&corrected).await;
    now.is(200).says("八月预警信息尚未发布").says("月份写错").says("省商务厅");
    city.get(&page).await.is(200).says("九月预警信息尚未发布").says("已经更正");
    // Back with the city, the province's record is still the province's.
    move_to(&mut approver, "市管", "按属地管理").await.is(303);
    let newest = format!("/general/supervision/{}", corrected.number_after("/general/supervision/"));
    city.barred(&newest, &format!("{newest}/correction"), "这条记录由省商务厅登记，由其更正", "第三条").await;
}

on_both!(
    the_province_corrects_what_the_city_wrote,
    a_station_moved_to_the_province_takes_its_tasks_along,
    a_request_with_the_city_is_forwarded_before_the_station_moves,
);
