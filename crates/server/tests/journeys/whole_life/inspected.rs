//! Chapter four: the year 2028 from its opening to the archive (Articles 9-14).

use super::{Founded, until};
use crate::app::TestApp;
use crate::checks;
use crate::client::Client;

const YEAR: &str = "/appraisal/cycles/2028";

async fn file(browser: &mut Client, kind: &str, title: &str) -> String {
    browser.get("/appraisal/ledger/new").await.is(200);
    let fields = [("kind", kind), ("on", "2028-05-10"), ("count", "1"), ("title", title)];
    let filed = browser.upload("/appraisal/ledger", &fields, &[("现场.jpg", b"\xff\xd8")]).await;
    filed.number_after("/appraisal/ledger/").to_string()
}

/// 轮胎 becomes 优秀, 渔业 不合格 by its points, 钢铁 合格, beside the two stations that were there.
pub async fn a_full_year(app: &TestApp, tyres: &Founded, fish: &Founded, steel: &Founded) {
    opened(app).await;
    let report = worked(app, tyres, steel).await;
    handed_in(app, tyres, fish, steel).await;
    checked(app, tyres).await;
    assessed(app, tyres, &report).await;
    settled(app, tyres).await;
    closed(app, tyres, fish, steel).await;
}

/// The province confirms every parameter; then they are frozen.
async fn opened(app: &TestApp) {
    until(app, "2028-01-05T09:00:00");
    app.app.refresh().await.expect("refreshed");
    let mut clerk = app.sign_in("province").await;
    clerk.barred("/appraisal/cycles", "/appraisal/cycles/new", "省厅经办无权开启年度评估", "第九条").await;
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/appraisal/cycles/new").await.is(200).says("开启2028年度评估");
    let fields = [("year", "2028"), ("edition", "draft"), ("dates_confirmed", "1"), ("first_year", "exempt")];
    let whole = [fields.as_slice(), &[("pass_mark", "15"), ("counts", "participating")]].concat();
    approver.post("/appraisal/cycles", &fields).await.is(422).says("请键入");
    approver.offered("/appraisal/cycles/new", "/appraisal/cycles", &whole, &[]).await;
    approver.out_of_turn("/appraisal/cycles", "/appraisal/cycles", &whole, "2028年度", "第九条").await;
    app.browser().get("/public/notices").await.is(200).says("2028年度工作站评估工作方案");
}

/// The ledger of the year. Returns the report experts mark.
async fn worked(app: &TestApp, tyres: &Founded, steel: &Founded) -> String {
    until(app, "2028-05-20T09:00:00");
    let mut browser = app.sign_in(tyres.manager).await;
    file(&mut browser, "outreach.organised", "轮胎企业培训").await;
    file(&mut browser, "outreach.organised", "双反应对座谈").await;
    file(&mut browser, "case.responded", "轮胎双反案").await;
    let report = file(&mut browser, "report.topical", "轮胎市场形势报告").await;
    let (page, attested) = (format!("{YEAR}/stations/{}", tyres.id), [("attested", "1")]);
    browser.refused(&page, &format!("{YEAR}/submission"), &attested, "2028年度尚未结束", "第九条").await;
    for name in [steel.manager, "station001", "station002"] {
        file(&mut app.sign_in(name).await, "outreach.organised", "行业培训").await;
    }
    report
}

/// Material with its receipt; late, returned and a late city are different things, met in `inspecting` and `year_edges`.
async fn handed_in(app: &TestApp, tyres: &Founded, fish: &Founded, steel: &Founded) {
    until(app, "2029-01-20T09:00:00");
    let stations = [(tyres.manager, tyres.id), (fish.manager, fish.id), (steel.manager, steel.id)];
    for (name, id) in stations.into_iter().chain([("station001", 1), ("station002", 2)]) {
        let mut browser = app.sign_in(name).await;
        let page = format!("{YEAR}/stations/{id}");
        browser.get(&page).await.is(200);
        browser.post(&format!("{YEAR}/submission"), &[]).await.is(422).says("承诺");
        let answer = browser.offered(&page, &format!("{YEAR}/submission"), &[("attested", "1")], &[]).await;
        browser.follow(&answer).await.is(200).says(&format!("2028-37-00{id}-01"));
    }
}

/// The city goes there, checks the material and forwards; the province draws its sample.
async fn checked(app: &TestApp, tyres: &Founded) {
    let mut city = app.sign_in("city").await;
    let form = format!("/appraisal/checks/2028/stations/{}", tyres.id);
    city.get(&form).await.is(200);
    let mut fields = checks::complete(app);
    fields.retain(|(name, _)| name != "on");
    fields.extend([("on", "2029-01-20"), ("step", "finish"), ("base", "0")].map(|(k, v)| (k.to_owned(), v.to_owned())));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let record = city.post(&form, &fields).await.number_after("/appraisal/checks/");
    app.sign_in(tyres.manager).await.get(&format!("/appraisal/checks/{record}")).await.is(200).says("缺保密制度");
    app.sign_in("other_city").await.get(&form).await.is(404);
    for id in [1, 3, 4, 5] {
        let page = format!("{YEAR}/stations/{id}/inspection");
        let (check, opinion) = (format!("{YEAR}/stations/{id}/check"), [("opinion", "属实")]);
        city.offered(&page, &check, &opinion, &[]).await;
        city.refused(&page, &check, &opinion, "不能完成市级核查", "第十条（二）").await;
    }
    let mut approver = app.sign_in("city_approver").await;
    let page = format!("{YEAR}/inspection");
    approver.get(&page).await.is(200).says("上报 4 家");
    approver.offered(&page, &format!("{YEAR}/forwarding"), &[("letter", "请审定")], &[]).await;
    let mut province = app.sign_in("province").await;
    let page = format!("{YEAR}/sampling");
    province.offered(&page, &page, &[], &[]).await;
    province.refused(&page, &page, &[], "2028年度的检查对象已经抽取，不重抽", "第十条（三）").await;
}

/// Third party and expert see what they are given, for as long as they are given it.
async fn assessed(app: &TestApp, tyres: &Founded, report: &str) {
    let path = format!("{YEAR}/assignments");
    let mut province = app.sign_in("province").await;
    province.get(&path).await.is(200);
    let station = tyres.id.to_string();
    for name in ["expert", "evaluator"] {
        let account = app.store().account_by_name(name).await.expect("read").expect("there").id.to_string();
        let fields = [("account", account.as_str()), ("until", "2029-03-31"), ("station", station.as_str())];
        province.post(&path, &fields).await.is(303);
    }
    let mut evaluator = app.sign_in("evaluator").await;
    evaluator.get(&format!("{YEAR}/stations/{}", tyres.id)).await.is(200).says(tyres.name);
    evaluator.get(&format!("{YEAR}/stations/4")).await.is(404);
    let mut expert = app.sign_in("expert").await;
    expert.get("/appraisal/marks").await.is(200).says("轮胎市场形势报告");
    expert.post("/appraisal/marks", &[("entry", report), ("mark", "10.5")]).await.is(422);
    let mark = [("entry", report), ("mark", "8"), ("comment", "数据充分")];
    expert.post("/appraisal/marks", &mark).await.is(303);
}

/// Settled, then nothing moves; told to each station alone.
async fn settled(app: &TestApp, tyres: &Founded) {
    until(app, "2029-02-16T00:00:00");
    let mut province = app.sign_in("province").await;
    let page = format!("{YEAR}/inspection");
    let feedback = format!("{YEAR}/feedback");
    province.refused(&page, &feedback, &[], "未审定，排名未定，不能反馈结果", "第十四条").await;
    province.offered(&page, &format!("{YEAR}/acceptance"), &[], &[]).await;
    province.offered(&page, &format!("{YEAR}/settlement"), &[], &[]).await;
    let mut expert = app.sign_in("expert").await;
    let marks = expert.get("/appraisal/marks").await;
    marks.is(200).says("得分已由省商务厅审定").says("第十四条");
    let report = marks.number_after("id=\"work-").to_string();
    let again = [("entry", report.as_str()), ("mark", "10")];
    expert.refused("/appraisal/marks", "/appraisal/marks", &again, "得分已由省商务厅审定", "第十四条").await;
    province.offered(&page, &feedback, &[], &[]).await;
    let mut station = app.sign_in(tyres.manager).await;
    let paper =
        station.get("/general/papers").await.is(200).says("2028年度评估结果反馈书").number_after("/general/papers/");
    station.get(&format!("/general/papers/{paper}")).await.is(200).says("优秀");
    let paper = format!("/general/papers/{paper}");
    station.offered(&paper, &format!("{paper}/receipt"), &[], &[]).await;
    app.sign_in("station001").await.get(&paper).await.is(404);
}

/// Nobody asks for review; decided together, confirmed, archived.
async fn closed(app: &TestApp, tyres: &Founded, fish: &Founded, steel: &Founded) {
    let meeting = [
        ("attendees", "示例甲、示例乙"),
        ("reason", "按排名确认"),
        ("decided_on", "2029-02-16"),
        ("unchecked", "书面核查"),
    ];
    let ranking = format!("{YEAR}/ranking");
    let act = format!("{YEAR}/confirmation");
    let mut approver = app.sign_in("province_approver").await;
    approver.refused(&ranking, &act, &meeting, "期限未满，不能确认等次", "第十四条").await;
    until(app, "2029-03-05T09:00:00");
    let mut clerk = app.sign_in("province").await;
    clerk.get(&ranking).await.is(200);
    clerk.post(&act, &meeting).await.is(403).says("无权").says("第十四条");
    let mut approver = app.sign_in("province_approver").await;
    approver.get(&ranking).await.is(200).says("没有现场检查记录的原因").says("name=\"unchecked-1\"");
    approver.get(&ranking).await.says_not(&format!("name=\"unchecked-{}\"", tyres.id));
    approver.post(&act, &meeting[..3]).await.is(422).says("没有现场检查记录，须写明原因");
    approver.offered(&ranking, &act, &meeting, &[]).await;
    approver.out_of_turn(&ranking, &act, &meeting, "确认", "第十四条").await;
    for (station, grade) in [(tyres, "优秀"), (fish, "不合格"), (steel, "合格")] {
        approver.get(&format!("{YEAR}/stations/{}", station.id)).await.is(200).says("2028年度等次").says(grade);
    }
    let (page, closing) = (format!("{YEAR}/inspection"), format!("{YEAR}/closing"));
    approver.offered(&page, &closing, &[], &[]).await;
    approver.get(&page).await.is(200).says("已归档 5 家").says("归档校验");
    approver.refused(&page, &closing, &[], "2028年度已经归档", "第十四条").await;
}
