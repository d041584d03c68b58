//! What an authority grants: adoption, a case's good result; and who may correct whose entries.

use crate::app::TestApp;
use crate::client::{Answer, Client};

async fn file(browser: &mut Client, kind: &str, on: &str, title: &str) -> i64 {
    browser.get("/appraisal/ledger/new").await.is(200);
    let fields = [("kind", kind), ("on", on), ("count", "1"), ("title", title)];
    browser.upload("/appraisal/ledger", &fields, &[]).await.number_after("/appraisal/ledger/")
}

async fn find(browser: &mut Client, station: &str, kind: &str, more: &[(&str, &str)]) -> Answer {
    browser.get(&format!("/appraisal/findings/new?station={station}&kind={kind}")).await;
    let mut fields = vec![("station", station), ("kind", kind)];
    if !more.iter().any(|(name, _)| *name == "on") {
        fields.push(("on", "2026-09-15"));
    }
    fields.extend(more);
    browser.upload("/appraisal/findings", &fields, &[("采编件.pdf", b"%PDF-1.7")]).await
}

async fn an_adopted_report_counts_once_an_outlet(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let report = file(&mut station, "report.topical", "2026-06-01", "轮胎行业贸易摩擦评估").await;
    let about = report.to_string();
    let mut province = app.sign_in("province").await;
    province.get("/appraisal/findings/new").await.is(200).says("示例轮胎工作站").says("示例苹果工作站").says("下一步");
    province
        .get("/appraisal/findings/new?station=37-001&kind=report.adopted.ministry")
        .await
        .is(200)
        .says("轮胎行业贸易摩擦评估");
    let fields = [("title", "商务部采编"), ("about", about.as_str()), ("outlet", "商务部")];
    let answer = find(&mut province, "37-001", "report.adopted.ministry", &fields).await;
    let finding = answer.number_after("/appraisal/ledger/");
    province
        .follow(&answer)
        .await
        .is(200)
        .says("认定已登记。")
        .says("商务部")
        .says(&format!("第 {report} 号"))
        .says("采编件.pdf");
    // The station reads it with its material, and cannot change it.
    let page = station.get(&format!("/appraisal/ledger/{finding}")).await;
    page.is(200).says("商务部采编").says("只能由登记部门更正");
    station.get("/desk").await.is(200).says("加分 10.0");

    let again = [("title", "又一次采编"), ("about", about.as_str()), ("outlet", "商务 部"), ("on", "2026-09-16")];
    find(&mut province, "37-001", "report.adopted.ministry", &again)
        .await
        .is(422)
        .says("同一单位只认定一次")
        .says("又一次采编");
    // Another level counts too (K: both), and so does the same report after its author corrected it, once.
    let level = [("title", "省厅采编"), ("about", about.as_str()), ("outlet", "省商务厅")];
    find(&mut province, "37-001", "report.adopted.province", &level).await.is(303);
    let place = format!("/appraisal/ledger/{report}/correction");
    station.get(&place).await.is(200);
    let corrected = [("kind", "report.topical"), ("on", "2026-06-01"), ("count", "1"), ("title", "评估（修订）")];
    let newer = station.upload(&place, &corrected, &[]).await.number_after("/appraisal/ledger/").to_string();
    let again = [("title", "修订后采编"), ("about", newer.as_str()), ("outlet", "商务部")];
    find(&mut province, "37-001", "report.adopted.ministry", &again).await.is(422).says("同一单位只认定一次");
    let nameless = [("title", "无单位"), ("about", newer.as_str()), ("outlet", "")];
    find(&mut province, "37-001", "report.adopted.ministry", &nameless).await.is(422).says("请填写采纳采编单位");
    // A report of another station cannot be named.
    let foreign = [("title", "他站报告"), ("about", newer.as_str()), ("outlet", "人民日报")];
    find(&mut province, "37-002", "report.adopted.ministry", &foreign).await.is(422).says("不是该站现行的报告");
}

async fn a_won_case_is_recorded_as_won_only(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let case = file(&mut station, "case.responded", "2026-04-01", "美国轮胎双反").await;
    let old = file(&mut station, "case.responded", "2025-04-01", "印度轮胎反倾销").await.to_string();
    let replaced = case.to_string();
    let mut province = app.sign_in("province").await;
    let fields = [("title", "美国轮胎双反：终止调查"), ("replaced", replaced.as_str())];
    let won = find(&mut province, "37-001", "case.won", &fields).await.number_after("/appraisal/ledger/");
    station.get(&format!("/appraisal/ledger/{case}")).await.is(200).says("保留备查");
    station.get(&format!("/appraisal/ledger/{won}")).await.is(200).says("美国轮胎双反：终止调查");
    station.get("/desk").await.is(200).says("加分 10.0");
    // A year before keeps its own entry, and no entry is replaced twice.
    let other_year = [("title", "印度轮胎反倾销：不采取措施"), ("replaced", old.as_str())];
    find(&mut province, "37-001", "case.won", &other_year).await.is(422).says("同一年度");
    let twice = [("title", "再次认定"), ("replaced", replaced.as_str())];
    find(&mut province, "37-001", "case.won", &twice).await.is(422).says("不是该站现行的参与记录");
    // Withdrawn, the finding gives its place back to what it replaced.
    province.get(&format!("/appraisal/ledger/{won}")).await.is(200);
    let answer = province.post(&format!("/appraisal/ledger/{won}/withdrawal"), &[("reason", "认定有误")]).await;
    province.follow(&answer).await.is(200).says("恢复计分").says("美国轮胎双反").says("认定已撤回：认定有误");
    station.get("/desk").await.is(200).says("加分 5.0");
}

async fn each_authority_finds_within_its_reach(app: &TestApp) {
    let mut city = app.sign_in("city").await;
    city.get("/appraisal/findings/new")
        .await
        .is(200)
        .says("37-001")
        .says_not("37-002")
        .says("意见建议被采纳")
        .says_not("报告被省商务厅采编发布");
    city.get("/appraisal/findings/new?station=37-002&kind=advice.adopted").await.is(200).says("辖区内没有这个编号");
    let before = app.audit_rows().await;
    find(&mut city, "37-002", "advice.adopted", &[("title", "他市")]).await.is(404);
    find(&mut city, "37-001", "report.adopted.province", &[("title", "越权")]).await.is(422).says("不由本账户登记");
    find(&mut city, "37-001", "outreach.organised", &[("title", "代记")]).await.is(422);
    assert_eq!(app.audit_rows().await, before);
    find(&mut city, "37-001", "advice.adopted", &[("title", "建议被采纳"), ("outlet", "东营市商务局")]).await.is(303);
    find(&mut city, "37-001", "advice.adopted", &[("title", "建议被采纳"), ("outlet", "东营市商务局")])
        .await
        .is(422)
        .says("同类认定");
    for name in ["station001", "county", "province_leader", "expert", "auditor"] {
        app.sign_in(name).await.get("/appraisal/findings/new").await.is(403);
    }
}

async fn each_corrects_its_own(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let own = file(&mut station, "outreach.organised", "2026-09-10", "轮胎培训").await;
    let mut province = app.sign_in("province").await;
    let answer =
        find(&mut province, "37-001", "advice.adopted", &[("title", "建议被采纳"), ("outlet", "省商务厅")]).await;
    let finding = answer.number_after("/appraisal/ledger/");

    province.get(&format!("/appraisal/ledger/{own}")).await.is(200).says("只能由工作站更正");
    province.get(&format!("/appraisal/ledger/{own}/correction")).await.is(403);
    province.post(&format!("/appraisal/ledger/{own}/withdrawal"), &[("reason", "代撤")]).await.is(403);
    station.get(&format!("/appraisal/ledger/{finding}/correction")).await.is(403);
    station.post(&format!("/appraisal/ledger/{finding}/withdrawal"), &[("reason", "自撤")]).await.is(403);
    let mut other = app.sign_in("other_city").await;
    other.get(&format!("/appraisal/ledger/{finding}/correction")).await.is(404);

    let place = format!("/appraisal/ledger/{finding}/correction");
    province.get(&place).await.is(200).says("建议被采纳").says("采编件.pdf");
    let kind = [("kind", "warning.adopted"), ("on", "2026-09-15"), ("count", "1"), ("title", "改类别")];
    province.upload(&place, &kind, &[]).await.is(422).says("认定的类别不能更正");
    let fields = [("kind", "advice.adopted"), ("on", "2026-09-14"), ("count", "1"), ("title", "建议被省厅采纳")];
    let answer = province.upload(&place, &fields, &[]).await;
    let newer = answer.number_after("/appraisal/ledger/");
    province.follow(&answer).await.is(200).says("建议被省厅采纳").says("省商务厅").says("采编件.pdf");
    let answer = province.post(&format!("/appraisal/ledger/{newer}/withdrawal"), &[("reason", "认定有误")]).await;
    province.follow(&answer).await.is(200).says("撤回：认定有误");
    station.get("/desk").await.is(200).says("加分 0.0");
}

on_both!(
    an_adopted_report_counts_once_an_outlet,
    a_won_case_is_recorded_as_won_only,
    each_authority_finds_within_its_reach,
    each_corrects_its_own,
);
