//! A whole inspection year over HTTP: opened with its dates, handed in, returned, checked, forwarded, settled, fed
//! back, reviewed, confirmed, archived; one station 优秀, one 不合格 by points, one 不合格 by absence.

use std::time::Duration;

use jiff::Timestamp;
use regulation::general::{Actor, Role, Subject, Verb, may};
use store::duties::NewStation;

use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::people;

const YEAR: &str = "/appraisal/cycles/2027";

/// Moves the clock to an instant in China.
fn until(app: &TestApp, at: &str) {
    let at: Timestamp = format!("{at}+08:00").parse().expect("an instant");
    app.wait(Duration::try_from(at.duration_since(app.now())).expect("later than now"));
}

fn of(station: i64, what: &str) -> String {
    format!("{YEAR}/stations/{station}/{what}")
}

/// A third and a fourth station, both the province's own, without accounts that matter here.
async fn found(app: &TestApp) {
    let at = app.now();
    let mandate = may(&Actor::operator(), Verb::MaintainRegistry, &Subject::whole("station", 0), store::day_of(at));
    let mandate = mandate.expect("allowed");
    let mut tx = app.store().begin(&mandate, at).await.expect("begin");
    for number in ["37-003", "37-004"] {
        let new = NewStation {
            number: number.to_owned(),
            name: format!("示例{number}工作站"),
            host_name: "示例承办协会".to_owned(),
            city: people::CITY.to_owned(),
            managed_by: "province".to_owned(),
            confirmed_on: 20_250_301,
            source: "form".to_owned(),
            ..NewStation::default()
        };
        tx.add_station(&new).await.expect("station");
    }
    tx.commit().await.expect("commit");
    let create = may(&Actor::operator(), Verb::CreateAccount, &Subject::whole("account", 0), store::day_of(at));
    let create = create.expect("allowed");
    let known = app.store().account_by_name("station001").await.expect("read").expect("account");
    let mut tx = app.store().begin(&create, at).await.expect("begin");
    let new = store::general::NewAccount {
        username: "third".to_owned(),
        display_name: "示例工作站管理员".to_owned(),
        role: Role::StationManager,
        city: None,
        county: None,
        station: Some(3),
        password_hash: known.password_hash,
        must_change: false,
    };
    tx.add_account(&new).await.expect("account");
    tx.commit().await.expect("commit");
}

async fn file(browser: &mut Client, kind: &str, title: &str) {
    browser.get("/appraisal/ledger/new").await.is(200);
    let fields = [("kind", kind), ("on", "2027-05-10"), ("count", "1"), ("title", title)];
    browser.upload("/appraisal/ledger", &fields, &[("现场.jpg", b"\xff\xd8")]).await.is(303);
}

async fn hand_in(browser: &mut Client, station: i64) -> Answer {
    browser.get(&format!("{YEAR}/stations/{station}")).await.is(200);
    browser.post(&format!("{YEAR}/submission"), &[("attested", "1")]).await
}

/// Opens 2027 with a pass mark two events reach, and the plan stands before the public.
async fn open(app: &TestApp) {
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/appraisal/cycles/new").await.is(200).says("暂计");
    let fields = [("year", "2027"), ("edition", "draft"), ("pass_mark", "15"), ("dates_confirmed", "1")];
    approver.post("/appraisal/cycles", &fields).await.is(422).says("请选择首年工作站怎样评估");
    let fields = [fields.as_slice(), &[("first_year", "exempt"), ("counts", "participating")]].concat();
    approver.post("/appraisal/cycles", &fields).await.is(303);
    approver.get(&format!("{YEAR}/inspection")).await.is(200).says("2028-01-31 23:59:59").says("开启时确认");
    app.browser().get("/public/notices").await.is(200).says("2027年度工作站评估工作方案");
}

async fn a_year_from_its_opening_to_the_archive(app: &TestApp) {
    found(app).await;
    open(app).await;
    until(app, "2027-05-20T09:00:00");
    for (name, kinds) in [("station001", &["a", "b"][..]), ("third", &["a"][..])] {
        let mut station = app.sign_in(name).await;
        for title in kinds {
            file(&mut station, "outreach.organised", title).await;
        }
    }
    file(&mut app.sign_in("station002").await, "outreach.attended", "参加培训").await;

    // The last second of the deadline is in time.
    until(app, "2028-01-20T09:00:00");
    let mut first = app.sign_in("station001").await;
    let answer = hand_in(&mut first, 1).await;
    first.follow(&answer).await.is(200).says("2027-37-001-01");
    first.get(&of(1, "inspection")).await.is(200).says("已提交").says("年度评估材料报送回执");
    hand_in(&mut app.sign_in("third").await, 3).await.is(303);
    let mut city = app.sign_in("city").await;
    city.get(&of(1, "inspection")).await.is(200);
    city.get(&of(2, "inspection")).await.is(404);
    city.post(&of(2, "return"), &[("reason", "补签到表")]).await.is(404);
    city.post(&of(1, "return"), &[("reason", "")]).await.is(422);
    city.post(&of(1, "return"), &[("reason", "补签到表")]).await.is(303);
    city.post(&of(3, "check"), &[("opinion", "属实")]).await.is(403).says("省管工作站");
    until(app, "2028-01-24T09:00:00");
    let mut first = app.sign_in("station001").await;
    hand_in(&mut first, 1).await.is(303);
    first.get(&of(1, "inspection")).await.is(200).says("2028-01-20 09:00:00，以此为准");
    let mut city = app.sign_in("city").await;
    city.get(&of(1, "inspection")).await.is(200);
    city.post(&of(1, "return"), &[("reason", "再补")]).await.is(403).says("以 1 次为限");
    city.post(&of(1, "check"), &[("opinion", "属实，建议认可")]).await.is(303);
    city.post(&format!("{YEAR}/forwarding"), &[]).await.is(403);

    // 23:59:59 on the last day: the second station is in time, the fourth cannot be found absent.
    until(app, "2028-01-31T23:59:59");
    let mut second = app.sign_in("station002").await;
    hand_in(&mut second, 2).await.is(303);
    second.get(&of(2, "inspection")).await.is(200).says_not("逾期报送");
    let mut province = app.sign_in("province").await;
    province.get(&of(4, "inspection")).await.is(200);
    province.post(&of(4, "absence-notice"), &[]).await.is(403).says("期限未满");
    until(app, "2028-02-01T00:00:00");
    province.post(&of(2, "absence-notice"), &[]).await.is(403).says("已按时报送");
    province.post(&of(4, "absence-notice"), &[]).await.is(303);
    province.get(&format!("{YEAR}/dunning")).await.is(200).says("示例37-004工作站").says_not("示例轮胎工作站");
    let call = [("spoke_to", "示例负责人"), ("outcome", "称本周报送")];
    province.post(&of(4, "calls"), &call).await.is(303);
    province.get(&format!("{YEAR}/dunning")).await.is(200).says("称本周报送");
    province.get(&format!("{YEAR}/dunning.xlsx")).await.is(200);

    // One city forwards in time, the other does not: its station is taken up all the same.
    let mut forwarder = app.sign_in("city_approver").await;
    forwarder.get(&format!("{YEAR}/inspection")).await.is(200).says("上报 1 家").says_not("示例苹果工作站");
    forwarder.post(&format!("{YEAR}/forwarding"), &[("letter", "请审定")]).await.is(303);
    forwarder.get(&format!("{YEAR}/inspection")).await.is(200).says("评估材料核查意见的函");
    until(app, "2028-02-16T00:00:00");
    let mut province = app.sign_in("province").await;
    province.get(&format!("{YEAR}/inspection")).await.is(200).says("市级逾期未上报 1 家，不影响工作站");
    province.post(&format!("{YEAR}/acceptance"), &[]).await.is(303);
    let absent = [("station", "4"), ("value", "absent"), ("reason", "告知后未陈述")];
    province.post(&format!("{YEAR}/participation"), &absent).await.is(303);
    province.post(&format!("{YEAR}/settlement"), &[]).await.is(303);
    settled(app).await;
    let mut province = app.sign_in("province").await;
    province.get(&format!("{YEAR}/inspection")).await.is(200);
    province.post(&format!("{YEAR}/feedback"), &[]).await.is(303);
    review(app).await;
    close(app).await;
}

/// Nothing that was settled moves: neither ledger nor opinions, on the page and on the submit alike. An error is mended
/// by taking the settlement back, with the reason, and settling anew (reading K81).
async fn settled(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let late = [("kind", "outreach.organised"), ("on", "2027-06-10"), ("count", "1"), ("title", "迟到的一笔")];
    station.get("/appraisal/ledger/new").await.is(200);
    let refused = station.upload("/appraisal/ledger", &late, &[]).await;
    refused.is(422).says("该站2027年度得分已由省商务厅审定").says("办法第十四条").says("迟到的一笔");
    station.get("/appraisal/ledger/import").await.is(200);
    let rows = [("kind", "outreach.organised"), ("rows", "2027-06-11\t迟到的导入\n2028-02-01\t今年的一笔")];
    let preview = station.post("/appraisal/ledger/import", &rows).await;
    preview.is(200).says("该站2027年度得分已由省商务厅审定").says("今年的一笔");
    let entry = station.get("/appraisal/ledger?year=2027").await.is(200).number_after("/appraisal/ledger/").to_string();
    station.get(&format!("/appraisal/ledger/{entry}")).await.is(200).says("得分已由省商务厅审定").says("aria-disabled");
    let withdrawal = format!("/appraisal/ledger/{entry}/withdrawal");
    station.post(&withdrawal, &[("reason", "误记")]).await.is(403).says("得分已由省商务厅审定").says("办法第十四条");
    // What belongs to the year that runs is taken all the same.
    let now = [("kind", "outreach.organised"), ("on", "2028-02-10"), ("count", "1"), ("title", "今年的活动")];
    station.upload("/appraisal/ledger", &now, &[]).await.is(303);

    let opinion = [("noun", "ledger_entry"), ("accepted", "0"), ("reason", "无签到")];
    let opinion = [opinion.as_slice(), &[("noun_id", entry.as_str())]].concat();
    for role in ["city", "province"] {
        let mut official = app.sign_in(role).await;
        official.get(&format!("{YEAR}/stations/1")).await.is(200).says("得分已由省商务厅审定");
        let given = official.post(&of(1, "opinions"), &opinion).await;
        given.is(403).says("得分已由省商务厅审定").says("办法第十四条");
    }
    let mut province = app.sign_in("province").await;
    province.get(&of(1, "inspection")).await.is(200).says("总分 20").says("撤回审定");
    province.post(&of(1, "reopening"), &[("reason", "")]).await.is(422);
    app.sign_in("city").await.post(&of(1, "reopening"), &[("reason", "误")]).await.is(403);
    province.post(&of(1, "reopening"), &[("reason", "漏看签到表")]).await.is(303);
    province.get(&of(1, "inspection")).await.is(200).says("评分中").says("漏看签到表").says_not("id=\"reopening\"");
    province.post(&of(1, "reopening"), &[("reason", "再撤")]).await.is(403).says("不能撤回审定");
    province.get(&format!("{YEAR}/stations/1")).await.is(200);
    province.post(&of(1, "opinions"), &opinion).await.is(303);
    province.post(&format!("{YEAR}/settlement"), &[]).await.is(303);
    province.get(&of(1, "inspection")).await.is(200).says("总分 15");
    // Taken back once more, so that the rest of the year is as it was.
    province.post(&of(1, "reopening"), &[("reason", "签到表补正属实")]).await.is(303);
    province.get(&format!("{YEAR}/stations/1")).await.is(200);
    let accepted = [("noun", "ledger_entry"), ("noun_id", &*entry), ("accepted", "1")];
    province.post(&of(1, "opinions"), &accepted).await.is(303);
    province.post(&format!("{YEAR}/settlement"), &[]).await.is(303);
}

/// Each station reads its own result; one asks for review, and nobody else's eyes or hands reach it.
async fn review(app: &TestApp) {
    let mut second = app.sign_in("station002").await;
    let inbox = second.get("/general/papers").await;
    let paper = inbox.is(200).says("2027年度评估结果反馈书").number_after("/general/papers/");
    second.get(&format!("/general/papers/{paper}")).await.is(200).says("不合格").says_not("示例轮胎工作站");
    app.sign_in("station001").await.get(&format!("/general/papers/{paper}")).await.is(404);
    second.post(&format!("/general/papers/{paper}/receipt"), &[]).await.is(303);
    second.get(&of(2, "inspection")).await.is(200).says("申请复核").says("签收");
    second.post(&of(1, "review"), &[("text", "误")]).await.is(404);
    second.post(&of(2, "review"), &[("text", "")]).await.is(422);
    second.post(&of(2, "review"), &[("text", "活动应为举办")]).await.is(303);
    second.post(&of(2, "review"), &[("text", "再次申请")]).await.is(403).says("复核中");
    let mut reviewer = app.sign_in("province_reviewer").await;
    reviewer.get(&of(2, "inspection")).await.is(200).says("活动应为举办");
    let change = [("outcome", "change"), ("reasons", "应予更正")];
    reviewer.post(&of(2, "review-decision"), &change).await.is(403).says("复核决定本身不改分数");
    let keep = [("outcome", "keep"), ("reasons", "证据为参加，维持")];
    reviewer.post(&of(2, "review-decision"), &keep).await.is(303);
    second.get(&of(2, "inspection")).await.is(200).says("复核决定书").says("证据为参加，维持");
}

/// After the days of review the year is confirmed and archived; a new name changes nothing of it.
async fn close(app: &TestApp) {
    let meeting = [("attendees", "示例甲、示例乙"), ("reason", "按排名确认"), ("decided_on", "2028-02-24")];
    until(app, "2028-02-23T23:59:59");
    let mut approver = app.sign_in("province_approver").await;
    approver.get(&format!("{YEAR}/ranking")).await.is(200);
    approver.post(&format!("{YEAR}/confirmation"), &meeting).await.is(403).says("复核申请期限至 2028-02-23 24时");
    approver.post(&format!("{YEAR}/closing"), &[]).await.is(403).says("尚未确认");
    until(app, "2028-02-24T00:00:00");
    let unasked = approver.post(&format!("{YEAR}/confirmation"), &meeting).await;
    unasked.is(422).says("示例轮胎工作站等 2 家没有现场检查记录，须写明原因");
    approver.get(&format!("{YEAR}/ranking")).await.is(200).says("没有现场检查记录的原因").says("读法 K36");
    // One of them has a reason of its own; what was typed is kept until the other has one too.
    let own = [meeting.as_slice(), &[("unchecked-1", "约定当日道路封闭"), ("unchecked-3", "不在其列")]].concat();
    let lacking = approver.post(&format!("{YEAR}/confirmation"), &own).await;
    lacking.is(422).says("示例苹果工作站等 1 家没有现场检查记录").says("value=\"约定当日道路封闭\"").says("按排名确认");
    let long = "长".repeat(501);
    let too_long = [own.as_slice(), &[("unchecked", long.as_str())]].concat();
    approver
        .post(&format!("{YEAR}/confirmation"), &too_long)
        .await
        .is(422)
        .says("超过 500 字")
        .says("约定当日道路封闭");
    let reasoned = [own.as_slice(), &[("unchecked", "当地封闭管理，改为书面核查")]].concat();
    approver.post(&format!("{YEAR}/confirmation"), &reasoned).await.is(303);
    let record = approver.get(&format!("{YEAR}/inspection")).await;
    record.is(200).says("示例轮胎工作站：约定当日道路封闭").says("示例苹果工作站：当地封闭管理").says_not("不在其列");
    approver.get(&format!("{YEAR}/ranking")).await.is(200).says("约定当日道路封闭").says("改为书面核查");
    app.sign_in("station002")
        .await
        .get(&format!("{YEAR}/stations/2"))
        .await
        .is(200)
        .says("原因：当地封闭管理")
        .says_not("道路封闭");
    approver.get(&format!("{YEAR}/stations/1")).await.is(200).says("2027年度等次").says("优秀").says("道路封闭");
    approver.get(&format!("{YEAR}/stations/2")).await.is(200).says("不合格");
    approver.get(&format!("{YEAR}/stations/3")).await.is(200).says("合格").says_not("不合格");
    approver.get(&format!("{YEAR}/stations/4")).await.is(200).says("不合格").says("未参加");
    approver.post(&format!("{YEAR}/closing"), &[]).await.is(303);
    let page = approver.get(&format!("{YEAR}/inspection")).await;
    page.is(200).says("已归档 4 家").says("归档校验").says("示例甲、示例乙");
}

/// A station found absent may ask for review; what a review changes there is a correction of the result (reading K51),
/// and nothing that was never settled is taken back (reading K81).
async fn an_absence_is_reviewed(app: &TestApp) {
    open(app).await;
    until(app, "2028-01-20T09:00:00");
    hand_in(&mut app.sign_in("station002").await, 2).await.is(303);
    until(app, "2028-02-01T00:00:00");
    // Late material: a receipt, and still nothing settled.
    hand_in(&mut app.sign_in("station001").await, 1).await.is(303);
    let mut province = app.sign_in("province").await;
    province.get(&of(1, "inspection")).await.is(200);
    province.post(&of(1, "absence-notice"), &[]).await.is(303);
    until(app, "2028-02-16T00:00:00");
    let mut province = app.sign_in("province").await;
    province.get(&format!("{YEAR}/ranking")).await.is(200).says("示例轮胎工作站（东营市）");
    let find = |value| [("station", "1"), ("value", value), ("reason", "告知后未陈述")];
    province.post(&format!("{YEAR}/participation"), &find("absent")).await.is(303);
    for step in ["acceptance", "settlement", "feedback"] {
        province.post(&format!("{YEAR}/{step}"), &[]).await.is(303);
    }
    province.get(&of(1, "inspection")).await.is(200).says_not("id=\"reopening\"");
    province.post(&of(1, "reopening"), &[("reason", "误")]).await.is(403).says("没有审定").says("第十条（三）");
    // Told and not in review, nobody's participation moves; the form offers none.
    province.get(&format!("{YEAR}/ranking")).await.is(200).says("没有可以认定的工作站");
    province.post(&format!("{YEAR}/participation"), &find("on_time")).await.is(403).says("不再变动");

    app.wait(Duration::from_secs(60));
    let mut station = app.sign_in("station001").await;
    station.get(&of(1, "inspection")).await.is(200).says("申请复核");
    station.post(&of(1, "review"), &[("text", "系统故障致迟报")]).await.is(303);
    province.get(&format!("{YEAR}/ranking")).await.is(200).says("示例轮胎工作站（东营市）");
    let mut reviewer = app.sign_in("province_reviewer").await;
    reviewer.get(&of(1, "inspection")).await.is(200);
    let decide = |outcome| [("outcome", outcome), ("reasons", "系统故障属实，按时参评")];
    reviewer.post(&of(1, "review-decision"), &decide("change")).await.is(403).says("参评情形认定");
    province.post(&format!("{YEAR}/participation"), &find("on_time")).await.is(303);
    reviewer.get(&of(1, "inspection")).await.is(200);
    reviewer.post(&of(1, "review-decision"), &decide("keep")).await.is(403).says("决定应为更正结果");
    reviewer.post(&of(1, "review-decision"), &decide("change")).await.is(303);
    reviewer.get(&of(1, "inspection")).await.is(200).says("复核已决定").says("总分");
}

/// Reminders go out by the calendar, once each, to those who owe; a date that moves takes them along.
async fn reminders_follow_the_date(app: &TestApp) {
    open(app).await;
    let remind = async || server::appraisal::reminders::remind(&app.app).await.expect("reminders");
    until(app, "2028-01-01T09:00:00");
    app.app.refresh().await.expect("refreshed");
    assert_eq!(remind().await, 2, "thirty days before, to both stations");
    assert_eq!(remind().await, 0, "each goes out once");
    let mut station = app.sign_in("station001").await;
    station.get("/desk").await.is(200).says("距截止 30 天");
    hand_in(&mut station, 1).await.is(303);
    station.get("/desk").await.is(200).says_not("距截止 30 天");
    let mut approver = app.sign_in("province_approver").await;
    approver.get(&format!("{YEAR}/inspection")).await.is(200);
    let moved = |on: &'static str| [("deadline", "appraisal.submission"), ("on", on), ("reason", "放假安排已公布")];
    approver.post(&format!("{YEAR}/dates"), &moved("x")).await.is(422);
    approver.post(&format!("{YEAR}/dates"), &moved("2028-02-10")).await.is(303);
    assert_eq!(remind().await, 0, "forty days before the new date nothing is owed");
    let mut other = app.sign_in("station002").await;
    other.get("/desk").await.is(200).says_not("距截止 30 天");
    until(app, "2028-01-27T09:00:00");
    assert_eq!(remind().await, 2, "to the station that still owes, and to the city that holds material");
    app.sign_in("station002").await.get("/desk").await.is(200).says("距截止 14 天");
    app.sign_in("city").await.get("/desk").await.is(200).says("完成市级核查并上报，距截止 19 天");
    app.sign_in("province").await.get(&format!("{YEAR}/inspection")).await.is(200);
    let mut province = app.sign_in("province").await;
    province.get("/desk").await.is(200);
    province.post(&format!("{YEAR}/dates"), &moved("2028-02-11")).await.is(403);
}

on_both!(a_year_from_its_opening_to_the_archive, an_absence_is_reviewed, reminders_follow_the_date);
