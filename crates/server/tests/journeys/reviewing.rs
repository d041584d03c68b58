//! What a review changes and the decision on it stand together (Article 14, readings K51, K87 and K88): counted, printed
//! on the decision, kept with it, and found from either side; what was never settled is not taken back.

use std::time::Duration;

use store::query::Query;

use crate::app::TestApp;
use crate::client::Client;
use crate::year_edges::{hand_in, of, until};

const YEAR: &str = "/appraisal/cycles/2026";

async fn file(browser: &mut Client, title: &str) -> String {
    browser.get("/appraisal/ledger/new").await.is(200);
    let fields = [("kind", "outreach.organised"), ("on", "2026-09-10"), ("count", "1"), ("title", title)];
    let filed = browser.upload("/appraisal/ledger", &fields, &[("现场.jpg", b"\xff\xd8")]).await;
    filed.number_after("/appraisal/ledger/").to_string()
}

/// The province clerk takes up, settles and tells, where it can.
async fn told(app: &TestApp) -> Client {
    let mut province = app.sign_in("province").await;
    province.get(&format!("{YEAR}/inspection")).await.is(200);
    for act in ["acceptance", "settlement", "feedback"] {
        province.post(&format!("{YEAR}/{act}"), &[]).await.is(303);
    }
    app.wait(Duration::from_secs(60));
    province
}

async fn ask(app: &TestApp, text: &str) -> Client {
    let mut station = app.sign_in("station001").await;
    station.get(&of(1, "inspection")).await.is(200);
    station.post(&of(1, "review"), &[("text", text)]).await.is(303);
    app.wait(Duration::from_secs(60));
    station
}

async fn opine(browser: &mut Client, entry: &str, accepted: &str, reason: &str) {
    browser.get(&format!("{YEAR}/stations/1")).await.is(200);
    let opinion = [("noun", "ledger_entry"), ("noun_id", entry), ("accepted", accepted), ("reason", reason)];
    browser.post(&of(1, "opinions"), &opinion).await.is(303);
}

/// An opinion, a mark and a finding of the ledger: each counts, each stands on the paper with what was before it.
async fn a_decision_tells_what_it_rests_on(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let (refused, sound) = (file(&mut station, "反规避培训班").await, file(&mut station, "原产地座谈会").await);
    let fields = [("kind", "report.topical"), ("on", "2026-09-11"), ("count", "1"), ("title", "市场形势报告")];
    station.get("/appraisal/ledger/new").await.is(200);
    station.upload("/appraisal/ledger", &fields, &[("报告.pdf", b"%PDF-1.7")]).await.is(303);
    let mut expert = app.sign_in("expert").await;
    let report = expert.get("/appraisal/marks").await.is(200).number_after("/appraisal/ledger/").to_string();
    expert.post("/appraisal/marks", &[("entry", &report), ("mark", "6")]).await.is(303);
    opine(&mut app.sign_in("province").await, &refused, "0", "没有签到表").await;
    opine(&mut app.sign_in("province").await, &sound, "1", "").await;
    until(app, "2027-01-20T09:00:00");
    hand_in(app, "station001", 1).await;
    hand_in(app, "station002", 2).await;
    until(app, "2027-03-01T09:00:00");
    let mut province = told(app).await;
    ask(app, "培训班有签到表，请复核").await;

    // Nothing was changed: there is one outcome, and the other is refused.
    let mut reviewer = app.sign_in("province_reviewer").await;
    let page = reviewer.get(&of(1, "inspection")).await;
    page.is(200).says("申请复核后没有变动").says("决定维持原结果</button>").says_not("决定更正结果</button>");
    let decide = |outcome| [("outcome", outcome), ("reasons", "补交签到表属实")];
    reviewer.post(&of(1, "review-decision"), &decide("change")).await.is(403).says("复核决定本身不改分数");
    // Said again as it was before, an opinion changes nothing; refused and accepted again neither.
    opine(&mut province, &sound, "1", "再次核对").await;
    opine(&mut province, &sound, "0", "误").await;
    opine(&mut province, &sound, "1", "").await;
    reviewer.get(&of(1, "inspection")).await.is(200).says("申请复核后没有变动");
    reviewer.post(&of(1, "review-decision"), &decide("change")).await.is(403);

    opine(&mut province, &refused, "1", "补交签到表").await;
    expert = app.sign_in("expert").await;
    expert.get("/appraisal/marks").await.is(200);
    expert.post("/appraisal/marks", &[("entry", &report), ("mark", "8")]).await.is(303);
    let page = reviewer.get(&of(1, "inspection")).await;
    page.is(200).says("变动 2 项").says("“反规避培训班”（组织培训、宣传、讲座、调研）").says("不认可").says("8 分");
    page.says("决定更正结果</button>").says_not("决定维持原结果</button>");
    reviewer.post(&of(1, "review-decision"), &decide("keep")).await.is(403).says("变动 2 项，决定应为更正结果");
    let before = app.audit_rows().await;
    reviewer.post(&of(1, "review-decision"), &decide("change")).await.is(303);
    assert_eq!(app.audit_rows().await, before + 1, "one act");

    // From the station's year to the paper and to the row, and from the paper back.
    let mut station = app.sign_in("station001").await;
    let year = station.get(&of(1, "inspection")).await;
    year.is(200).says("复核决定依据的变动").says("认可：补交签到表").says("?open=outreach#row-outreach");
    let paper = year.text().split_once("复核决定依据的变动").expect("the changes").1.to_owned();
    let paper = paper.split_once("href=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a link").0.to_owned();
    let told = station.get(&paper).await;
    told.is(200).says("2026年度评估结果复核决定书").says("更正结果").says("省级证据意见").says("专家评分");
    told.says("6 分").says("8 分").says("反规避培训班").says_not("原产地座谈会").says_not("示例专家");
    told.says(&format!("href=\"{}\"", of(1, "inspection")));
    let sheet = station.get(&format!("{YEAR}/stations/1")).await;
    sheet.is(200).says("复核中的变动").says(&format!("href=\"{paper}\""));
    // Kept by their rows, and for good.
    let kept: Vec<(String, i64, Option<i64>)> = app
        .store()
        .all(Query::new("SELECT matter, act_id, before_id FROM review_change ORDER BY id"))
        .await
        .expect("changes");
    assert_eq!(kept.iter().map(|(matter, ..)| matter.as_str()).collect::<Vec<_>>(), ["opinion", "mark"]);
    assert!(kept.iter().all(|(_, act, before)| before.is_some_and(|before| before < *act)), "{kept:?}");
    // The evaluator sees the sheet and no papers: no link leads to a refused page.
    let mut evaluator = app.sign_in("evaluator").await;
    let sheet = evaluator.get(&format!("{YEAR}/stations/1")).await;
    sheet.is(200).says("见复核决定书").says_not(&format!("href=\"{paper}\""));
}

/// What the province finds and withdraws in the ledger during a review is counted as well.
async fn a_finding_of_the_ledger_is_a_change(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let first = file(&mut station, "反规避培训班").await;
    until(app, "2027-01-20T09:00:00");
    hand_in(app, "station001", 1).await;
    hand_in(app, "station002", 2).await;
    until(app, "2027-03-01T09:00:00");
    let mut province = told(app).await;
    ask(app, "建议已被采纳").await;
    let form = "/appraisal/findings/new?station=37-001&kind=advice.adopted";
    province.get(form).await.is(200);
    let found = [
        ("station", "37-001"),
        ("kind", "advice.adopted"),
        ("on", "2026-09-01"),
        ("count", "1"),
        ("title", "关于预警的建议"),
        ("outlet", "省商务厅"),
    ];
    let filed = province.upload("/appraisal/findings", &found, &[("反馈.pdf", b"%PDF-1.7")]).await;
    let entry = filed.number_after("/appraisal/ledger/").to_string();
    let mut reviewer = app.sign_in("province_reviewer").await;
    let page = reviewer.get(&of(1, "inspection")).await;
    page.is(200).says("变动 1 项").says("台账认定").says("关于预警的建议").says("未登记");
    // Withdrawn again, it is as if it had never been.
    province.get(&format!("/appraisal/ledger/{entry}")).await.is(200);
    province.post(&format!("/appraisal/ledger/{entry}/withdrawal"), &[("reason", "误记")]).await.is(303);
    reviewer.get(&of(1, "inspection")).await.is(200).says("申请复核后没有变动");
    assert!(first.parse::<i64>().is_ok());
    let keep = [("outcome", "keep"), ("reasons", "没有采纳反馈")];
    reviewer.post(&of(1, "review-decision"), &keep).await.is(303);
    reviewer.get(&of(1, "inspection")).await.is(200).says_not("复核决定依据的变动");
}

/// One found absent that handed in late: nothing is taken back until a review has found that it took part; then that is,
/// and the roster's moving the total leaves the year a way on (reading K87).
async fn only_what_was_settled_is_taken_back(app: &TestApp) {
    until(app, "2027-01-20T09:00:00");
    hand_in(app, "station002", 2).await;
    until(app, "2027-02-02T00:00:00");
    hand_in(app, "station001", 1).await;
    let mut province = app.sign_in("province").await;
    province.get(&of(1, "inspection")).await.is(200);
    province.post(&of(1, "absence-notice"), &[]).await.is(303);
    until(app, "2027-02-18T00:00:00");
    let mut province = app.sign_in("province").await;
    province.get(&format!("{YEAR}/ranking")).await.is(200);
    let find = |value| [("station", "1"), ("value", value), ("reason", "核实（示例）")];
    province.post(&format!("{YEAR}/participation"), &find("absent")).await.is(303);
    let mut province = told(app).await;
    let back = [("reason", "误")];
    province.get(&of(1, "inspection")).await.is(200).says_not("id=\"reopening\"");
    province.post(&of(1, "reopening"), &back).await.is(403).says("没有审定").says("第十条（三）");
    ask(app, "系统故障致迟报").await;

    // Found to have taken part, found absent again, and again to have taken part: only what is left counts.
    province.get(&format!("{YEAR}/ranking")).await.is(200);
    let mut reviewer = app.sign_in("province_reviewer").await;
    for (value, changed) in [("on_time", true), ("absent", false), ("on_time", true)] {
        province.post(&format!("{YEAR}/participation"), &find(value)).await.is(303);
        let sentence = if changed { "变动 1 项" } else { "申请复核后没有变动" };
        reviewer.get(&of(1, "inspection")).await.is(200).says(sentence);
        app.wait(Duration::from_secs(1));
    }
    let decide = |outcome| [("outcome", outcome), ("reasons", "故障属实，按时参评")];
    reviewer.post(&of(1, "review-decision"), &decide("keep")).await.is(403).says("决定应为更正结果");
    reviewer.post(&of(1, "review-decision"), &decide("change")).await.is(303);
    let year = reviewer.get(&of(1, "inspection")).await;
    year.is(200).says("参评情形").says("未参加").says("按时参评：核实（示例）").says("总分");

    // Its points stand since the decision: they are taken back with a reason, settled and told anew.
    province.get(&of(1, "inspection")).await.is(200).says("id=\"reopening\"");
    province.post(&of(1, "reopening"), &[("reason", "")]).await.is(422).says("请写明撤回审定的理由");
    province.post(&of(1, "reopening"), &[("reason", "漏核一项")]).await.is(303);
    province.get(&of(1, "inspection")).await.is(200).says("评分中").says("漏核一项");
    province.get(&format!("{YEAR}/inspection")).await.is(200).says("审定 1 家");
    for act in ["settlement", "feedback"] {
        province.post(&format!("{YEAR}/{act}"), &[]).await.is(303);
    }
    province.get(&of(1, "inspection")).await.is(200).says("结果已反馈").says("id=\"reopening\"");
}

/// The same of one that never handed in: the review goes on, for there is no material to score anew (reading K87).
async fn whoever_never_handed_in_goes_back_to_its_review(app: &TestApp) {
    until(app, "2027-01-20T09:00:00");
    hand_in(app, "station002", 2).await;
    until(app, "2027-02-02T00:00:00");
    let mut province = app.sign_in("province").await;
    province.get(&of(1, "inspection")).await.is(200);
    province.post(&of(1, "absence-notice"), &[]).await.is(303);
    until(app, "2027-02-18T00:00:00");
    let mut province = app.sign_in("province").await;
    province.get(&format!("{YEAR}/ranking")).await.is(200);
    let find = |value| [("station", "1"), ("value", value), ("reason", "核实（示例）")];
    province.post(&format!("{YEAR}/participation"), &find("absent")).await.is(303);
    let mut province = told(app).await;
    ask(app, "不可抗力").await;
    province.get(&format!("{YEAR}/ranking")).await.is(200);
    province.post(&format!("{YEAR}/participation"), &find("on_time")).await.is(303);
    let mut reviewer = app.sign_in("province_reviewer").await;
    reviewer.get(&of(1, "inspection")).await.is(200);
    let decide = |outcome| [("outcome", outcome), ("reasons", "核实")];
    reviewer.post(&of(1, "review-decision"), &decide("change")).await.is(303);
    province.get(&of(1, "inspection")).await.is(200).says("复核已决定");
    province.post(&of(1, "reopening"), &[("reason", "证明不实")]).await.is(303);
    province.get(&of(1, "inspection")).await.is(200).says("复核中").says("证明不实");
    province.get(&format!("{YEAR}/ranking")).await.is(200);
    province.post(&format!("{YEAR}/participation"), &find("absent")).await.is(303);
    reviewer.get(&of(1, "inspection")).await.is(200).says("申请复核后没有变动");
    reviewer.post(&of(1, "review-decision"), &decide("keep")).await.is(303);
    province.get(&of(1, "inspection")).await.is(200).says_not("id=\"reopening\"");
    province.post(&of(1, "reopening"), &[("reason", "误")]).await.is(403).says("没有审定");
    province.get(&format!("{YEAR}/ranking")).await.is(200).says("未参加 1 家");
}

/// A station that left within the year is not graded for it, and holds up nobody's feedback (readings K43 and K49).
async fn whoever_left_holds_up_nobody(app: &TestApp) {
    let at = app.now();
    let registry = crate::people::operator(at);
    let mut tx = app.store().begin(&registry, at).await.expect("begin");
    let left = Query::new("UPDATE station SET state = '已退出', ended_on = 20260630 WHERE id = 2");
    tx.execute(left).await.expect("ended");
    tx.commit().await.expect("commit");
    until(app, "2027-01-20T09:00:00");
    hand_in(app, "station001", 1).await;
    until(app, "2027-03-01T09:00:00");
    let mut province = told(app).await;
    let page = province.get(&format!("{YEAR}/inspection")).await;
    page.is(200).says("结果已反馈 1 家").says_not("示例苹果工作站");
}

on_both!(
    a_decision_tells_what_it_rests_on,
    a_finding_of_the_ledger_is_a_change,
    only_what_was_settled_is_taken_back,
    whoever_never_handed_in_goes_back_to_its_review,
    whoever_left_holds_up_nobody,
);
