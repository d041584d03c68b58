//! The department's answers (Article 18): issued by who approves, shown beside the row and the item, replaced, and printed
//! in the year's plan.

use std::time::Duration;

use crate::app::TestApp;
use crate::client::{Answer, Client};

const PATH: &str = "/general/interpretations";
const SHEET: &str = "/appraisal/cycles/2026/stations/1";

/// Issues an answer from the form at an address.
async fn issue(browser: &mut Client, form: &str, fields: &[(&str, &str)]) -> Answer {
    browser.get(form).await.is(200);
    browser.post(PATH, fields).await
}

fn fields<'a>(place: &'a str, answer: &'a str, from: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("edition", "draft"),
        ("place", place),
        ("question", "联合编写的报告怎样计"),
        ("answer", answer),
        ("document", "示例复函"),
        ("from", from),
    ]
}

async fn days(app: &TestApp, days: u64) {
    app.wait(Duration::from_secs(days * 24 * 60 * 60));
}

async fn an_answer_stands_beside_its_row_until_another_takes_its_place(app: &TestApp) {
    let new = format!("{PATH}/new");
    let good = fields("row:warn.report", "由牵头的工作站登记一次。", "2026-09-18");
    // Open to everyone; issued by the department's approver alone.
    app.browser().get(PATH).await.is(200).says("没有解释口径").says_not("发布解释口径");
    for (name, role) in [("province", "省厅经办"), ("city", "市局经办"), ("station001", "工作站管理员")] {
        let mut browser = app.sign_in(name).await;
        browser.get(PATH).await.is(200).says("解释口径").says_not("发布解释口径");
        let refused = format!("{role}无权发布解释口径");
        browser.get(&new).await.is(403).says(&refused).says("第十八条");
        browser.get("/desk").await.is(200);
        browser.post(PATH, &good).await.is(403).says(&refused).says("第十八条");
    }
    let mut approver = app.sign_in("province_approver").await;
    approver.get(PATH).await.is(200).says("发布解释口径");
    approver.get(&format!("{new}?edition=nothing")).await.is(404);
    approver.get(&format!("{new}?replaces=987654")).await.is(404);
    let bad = [("edition", "draft"), ("place", "row:nothing"), ("question", ""), ("answer", "已填口径"), ("from", "x")];
    issue(&mut approver, &new, &bad)
        .await
        .is(422)
        .says("请选择适用的条款或者评分行")
        .says("请填写问题")
        .says("请填写生效日期")
        .says(">已填口径</textarea>");
    let before = app.audit_rows().await;
    let answer = issue(&mut approver, &new, &good).await;
    assert_eq!(answer.location(), format!("{PATH}/1?done=interpreted"));
    approver.follow(&answer).await.is(200).says("解释口径已发布").says("有效").says("示例复函");
    assert_eq!(app.audit_rows().await, before + 1);
    let item = fields("item:9", "评估按自然年度进行。", "2026-10-01");
    let item: Vec<_> = item.into_iter().map(|(k, v)| (k, if k == "question" { "评估期间怎样算" } else { v })).collect();
    issue(&mut approver, &new, &item).await.is(303);

    // Beside the row, for the station and the public; one that is not yet effective stands in the list alone.
    let mut station = app.sign_in("station001").await;
    let sheet = format!("{SHEET}?open=warn.report");
    station.get(&sheet).await.is(200).says("联合编写的报告怎样计").says("由牵头的工作站登记一次");
    let mut public = app.browser();
    public.get("/general/rules").await.is(200).says("由牵头的工作站登记一次").says_not("评估期间怎样算");
    public.get(PATH).await.is(200).says("评估期间怎样算").says("未生效");
    days(app, 13).await;
    public.get("/general/rules").await.is(200).says("评估按自然年度进行");

    // Another takes its place, once, and from a later day.
    let replace = format!("{new}?replaces=1");
    let mut approver = app.sign_in("province_approver").await;
    let mut later = fields("", "由各站按分工分别登记。", "2026-09-18");
    later.push(("replaces", "1"));
    issue(&mut approver, &replace, &later).await.is(422).says("应晚于所替代口径的生效日期").says("由各站按分工");
    later[5] = ("from", "2026-12-01");
    issue(&mut approver, &replace, &later).await.is(303);
    let kept = format!("{PATH}/1");
    approver.get(&kept).await.is(200).says("第 3 号口径").says("aria-disabled=\"true\"").says("已由后来的口径替代");
    approver.get(&replace).await.is(403).says("已由后来的口径替代").says("第十八条");
    // The same form again is answered as before; a changed one is refused.
    approver.get(&kept).await.is(200);
    approver.post(PATH, &later).await.is(303);
    later[3] = ("answer", "又一口径");
    approver.post(PATH, &later).await.is(403).says("已由后来的口径替代");
    let mut station = app.sign_in("station001").await;
    station.get(&sheet).await.is(200).says("由牵头的工作站登记一次").says_not("由各站按分工");
    station.get(&kept).await.is(200).says("有效").says_not("以新口径替代");
    days(app, 61).await;
    let mut station = app.sign_in("station001").await;
    station.get(&sheet).await.is(200).says("由各站按分工分别登记").says_not("由牵头的工作站登记一次");
    station.get(&kept).await.is(200).says("已替代").says("由牵头的工作站登记一次");
    station.get(&format!("{PATH}/99")).await.is(404);

    // The plan of the next year prints what is in force on its date.
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/appraisal/cycles/new").await.is(200);
    let opening = [
        ("year", "2027"),
        ("edition", "draft"),
        ("pass_mark", "60"),
        ("dates_confirmed", "1"),
        ("first_year", "exempt"),
        ("counts", "participating"),
    ];
    approver.post("/appraisal/cycles", &opening).await.is(303);
    let plan = public.get("/public/notices").await.is(200).number_after("/public/notices/");
    public
        .get(&format!("/public/notices/{plan}"))
        .await
        .is(200)
        .says("有效的解释口径")
        .says("由各站按分工分别登记。（2026年12月1日起适用，示例复函）")
        .says("评估按自然年度进行")
        .says_not("由牵头的工作站登记一次");
}

on_both!(an_answer_stands_beside_its_row_until_another_takes_its_place);
