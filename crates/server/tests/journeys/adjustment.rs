//! Chapter five over HTTP (Articles 15-17) and Article 4: revocation, leaving, renaming, merging, misuse of a name.

use std::time::Duration;

use jiff::Timestamp;
use regulation::general::{Actor, Role, Subject, Verb, may};
use store::duties::NewStation;
use store::general::NewAccount;

use crate::app::TestApp;
use crate::client::{Answer, Client, File};

const LETTER: &[File<'_>] = &[("申请.pdf", b"%PDF-1.7")];

/// Moves the clock to an instant, told as China's time of day.
fn until(app: &TestApp, moment: &str) {
    let to: Timestamp = format!("{moment}+08:00").parse().expect("an instant");
    let by = to.duration_since(app.now());
    app.wait(Duration::try_from(by).expect("later than now"));
}

pub async fn file(browser: &mut Client, kind: &str, on: &str, title: &str) -> Answer {
    browser.get("/appraisal/ledger/new").await.is(200);
    let fields = [("kind", kind), ("on", on), ("count", "1"), ("title", title)];
    browser.upload("/appraisal/ledger", &fields, &[("现场.jpg", b"\xff\xd8")]).await
}

/// Signs in, opens the matter and takes a step of it.
pub async fn act(app: &TestApp, name: &str, id: i64, path: &str, fields: &[(&str, &str)]) -> Answer {
    let mut browser = app.sign_in(name).await;
    browser.get(&format!("/adjustment/{id}")).await.is(200);
    browser.post(&path.replace("{id}", &id.to_string()), fields).await
}

pub async fn open(browser: &mut Client, noun: &str, fields: &[(&str, &str)], files: &[File<'_>]) -> Answer {
    browser.get(&format!("/adjustment/{noun}/new")).await.is(200);
    browser.upload(&format!("/adjustment/{noun}"), fields, files).await
}

async fn propose(app: &TestApp) -> i64 {
    let mut province = app.sign_in("province").await;
    let fields = [("station", "37-001"), ("ground", "17-2"), ("detail", "拒绝配合轮胎案应对")];
    let answer = open(&mut province, "revocations", &fields, &[("情况.pdf", b"%PDF-1.7")]).await;
    answer.number_after("/adjustment/")
}

const NOTICE: &str = "/adjustment/revocations/{id}/notice";
const DECISION: &str = "/adjustment/revocations/{id}/decision";
const SERVICE: &str = "/adjustment/revocations/{id}/service";
const DECIDED: [(&str, &str); 3] = [("attendees", "甲、乙、丙"), ("on", "2026-09-18"), ("text", "事实清楚")];

async fn notify(app: &TestApp, id: i64) {
    let verified = [("text", "经核实，情况属实")];
    act(app, "province", id, "/adjustment/revocations/{id}/verification", &verified).await.is(303);
    act(app, "province", id, NOTICE, &[("text", "拒绝配合应对，造成恶劣影响")]).await.is(303);
}

/// Article 17 from the trigger to the end, with every refusal on the way (AT-7).
async fn a_station_is_revoked_only_after_notice_time_and_decision(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let entry = file(&mut station, "case.responded", "2026-09-10", "美国轮胎双反案").await;
    let entry = entry.number_after("/appraisal/ledger/");
    let id = propose(app).await;
    let page = format!("/adjustment/{id}");

    // Until it is told, the station does not know; another city never does.
    station.get(&page).await.is(404);
    app.sign_in("other_city").await.get(&page).await.is(404);
    app.sign_in("city")
        .await
        .get(&page)
        .await
        .is(200)
        .says("拒绝配合轮胎案应对")
        .says("下一步：登记核实情况（省厅经办）");
    app.sign_in("province").await.get("/duties/stations/1").await.is(200).says("有效");
    act(app, "province_approver", id, DECISION, &DECIDED).await.is(403).says("撤销程序处于“待核实”，不能决定撤销");
    act(app, "province", id, NOTICE, &[("text", "未核实")]).await.is(403).says("第十七条");
    act(app, "province", id, DECISION, &DECIDED).await.is(403).says("省厅经办无权作出撤销决定");
    act(app, "province", id, "/adjustment/revocations/{id}/verification", &[("text", "")]).await.is(422);
    notify(app, id).await;

    // Served: the station sees the notice and nothing of what came before.
    let mut station = app.sign_in("station001").await;
    let seen = station.get(&page).await;
    seen.is(200)
        .says("拟撤销告知书")
        .says("已告知，待研究")
        .says_not("拒绝配合轮胎案应对")
        .says_not("经核实，情况属实");
    station.get("/general/papers").await.is(200).says("拟撤销告知书");
    let paper = seen.number_after("/general/papers/");
    station.get(&format!("/general/papers/{paper}")).await.is(200).says("第十七条（二）").says("5个工作日");
    station.get("/duties/stations/1").await.is(200).says("拟撤销");
    // It goes on working until a decision takes effect.
    file(&mut station, "outreach.organised", "2026-09-18", "培训班").await.is(303);

    // Friday 18 September; 20 is worked, 25 to 27 are Mid-Autumn: five working days end on Thursday 24.
    let refused = act(app, "province_approver", id, DECISION, &DECIDED).await;
    refused.is(403).says("陈述申辩期限至 2026-09-24 24时，期限未满且未收到陈述").says("第十七条");
    let mut approver = app.sign_in("province_approver").await;
    approver.get(&page).await.is(200).says("期限未满且未收到陈述").says("aria-disabled");
    until(app, "2026-09-24T23:59:59");
    act(app, "province_approver", id, DECISION, &DECIDED).await.is(403);
    until(app, "2026-09-25T00:00:00");
    let mut station = app.sign_in("station001").await;
    station.get(&format!("/general/papers/{paper}")).await.is(200).says("已届满");
    let late = station.post(&format!("/general/papers/{paper}/statement"), &[("text", "来不及")]).await;
    late.is(403).says("陈述期限至 2026-09-24 24时，已届满").says("第十七条");
    let alone = [("attendees", "甲"), ("on", "2026-09-25"), ("text", "保留的理由")];
    let alone = act(app, "province_approver", id, DECISION, &alone).await;
    alone.is(422).says("集体研究至少两人参加").says("保留的理由");
    act(app, "province_approver", id, SERVICE, &[]).await.is(403).says("不能送达决定");
    act(app, "province_approver", id, DECISION, &DECIDED).await.is(303);
    file(&mut app.sign_in("station001").await, "outreach.organised", "2026-09-18", "二期").await.is(303);
    act(app, "province_approver", id, SERVICE, &[]).await.is(303);
    act(app, "province_approver", id, SERVICE, &[]).await.is(403).says("已送达，待公告");
    act(app, "province", id, "/adjustment/revocations/{id}/termination", &[("text", "误")]).await.is(403);

    // From that day on nothing is done in its name, by form or by button.
    let mut station = app.sign_in("station001").await;
    let sentence = "工作站已撤销（2026-09-25 起），不能再登记台账。";
    station.get("/appraisal/ledger").await.is(200).says(sentence).says("aria-disabled").says("第十七条");
    station.get("/appraisal/ledger/new").await.is(403).says(sentence).says("第十七条");
    let fields = [("kind", "outreach.organised"), ("on", "2026-09-25"), ("count", "1"), ("title", "事后")];
    station.upload("/appraisal/ledger", &fields, &[]).await.is(403).says(sentence);
    station.get(&format!("/appraisal/ledger/{entry}")).await.is(200);
    let withdrawal = format!("/appraisal/ledger/{entry}/withdrawal");
    station.post(&withdrawal, &[("reason", "记错")]).await.is(403).says("不能再更正台账");
    station.post("/appraisal/cycles/2026/submission", &[]).await.is(403).says("不能再报送评估材料");
    station.post("/duties/roster/import", &[("rows", "x")]).await.is(403).says("不能再维护企业库");
    station.get("/adjustment/leavings/new").await.is(200).says("不能再申请退出").says("aria-disabled");
    station.get("/general/papers").await.is(200).says("关于撤销示例轮胎工作站的决定");

    // Announced, handed over, closed.
    let close = "/adjustment/revocations/{id}/closing";
    act(app, "province", id, close, &[]).await.is(403);
    act(app, "province", id, "/adjustment/revocations/{id}/announcement", &[]).await.is(303);
    let mut public = app.browser();
    public.get("/public/notices").await.is(200).says("关于撤销示例轮胎工作站的公告");
    public.get("/stations").await.is(200).says_not("示例轮胎工作站").says("示例苹果工作站");
    public.get("/stations?ended=1").await.is(200).says("示例轮胎工作站").says("已撤销").says("2026-09-25 起");
    act(app, "province", id, close, &[]).await.is(403).says("尚有 1 件未结案件没有登记移交");
    let entry = entry.to_string();
    let hand = |receiver: &'static str| {
        [("entry", entry.clone()), ("outcome", "moved".to_owned()), ("receiver", receiver.to_owned())]
    };
    for (receiver, status) in [("", 422), ("示例苹果工作站", 303), ("示例苹果工作站", 422)] {
        let fields = hand(receiver);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        act(app, "station001", id, "/adjustment/{id}/handovers", &fields).await.is(status);
    }
    act(app, "province", id, close, &[("text", "资料已归集")]).await.is(303);
    let done = app.sign_in("province").await.get(&page).await;
    done.is(200).says("已办结").says("参加研究：甲、乙、丙").says("移交示例苹果工作站").says("已向社会公布");
    app.sign_in("province").await.get("/duties/stations?state=已撤销").await.is(200).says("示例轮胎工作站");
}

/// A statement is heard before the time runs out; a dropped procedure is told to the station with its reason.
async fn a_statement_is_heard_and_a_procedure_can_end_without_revocation(app: &TestApp) {
    let id = propose(app).await;
    notify(app, id).await;
    let mut station = app.sign_in("station001").await;
    let paper = station.get(&format!("/adjustment/{id}")).await.number_after("/general/papers/");
    station.get(&format!("/general/papers/{paper}")).await.is(200);
    station.post(&format!("/general/papers/{paper}/receipt"), &[]).await.is(303);
    station.get("/adjustment/leavings/new").await.is(200).says("撤销程序正在办理，不受理退出申请");
    let leave = station.upload("/adjustment/leavings", &[("detail", "不再承办")], LETTER).await;
    leave.is(403).says("不受理退出申请").says("第十七条");
    station.get(&format!("/general/papers/{paper}")).await.is(200);
    let statement = [("text", "已配合提供全部数据")];
    station.post(&format!("/general/papers/{paper}/statement"), &statement).await.is(303);
    let mut approver = app.sign_in("province_approver").await;
    approver.get(&format!("/adjustment/{id}")).await.is(200).says("已配合提供全部数据").says_not("期限未满");
    let termination = "/adjustment/revocations/{id}/termination";
    act(app, "province", id, termination, &[("text", "")]).await.is(422).says("请填写终止理由");
    act(app, "province", id, termination, &[("text", "陈述理由成立")]).await.is(303);
    let mut station = app.sign_in("station001").await;
    station.get("/general/papers").await.is(200).says("关于终止撤销程序的告知书");
    station.get("/duties/stations/1").await.is(200).says_not("拟撤销</span>");
    act(app, "province_approver", id, DECISION, &DECIDED).await.is(403).says("已终止");

    // With a statement, the decision need not wait for the last day.
    let id = propose(app).await;
    notify(app, id).await;
    let mut station = app.sign_in("station001").await;
    let paper = station.get(&format!("/adjustment/{id}")).await.number_after("/general/papers/");
    station.get(&format!("/general/papers/{paper}")).await.is(200);
    station.post(&format!("/general/papers/{paper}/statement"), &statement).await.is(303);
    act(app, "province_approver", id, DECISION, &DECIDED).await.is(303);
    act(app, "province_approver", id, SERVICE, &[]).await.is(303);
    app.sign_in("station001").await.get("/general/papers").await.is(200).says("关于撤销示例轮胎工作站的决定");
}

/// The year as far as its grades: both stations hand in next to nothing, and past a late city the province goes on.
async fn fail_everyone(app: &TestApp) {
    const YEAR: &str = "/appraisal/cycles/2026";
    until(app, "2027-01-10T10:00:00");
    for (name, station) in [("station001", 1), ("station002", 2)] {
        let mut browser = app.sign_in(name).await;
        browser.get(&format!("{YEAR}/stations/{station}")).await.is(200);
        browser.post(&format!("{YEAR}/submission"), &[("attested", "1")]).await.is(303);
    }
    until(app, "2027-02-18T10:00:00");
    let mut province = app.sign_in("province").await;
    province.get(&format!("{YEAR}/inspection")).await.is(200);
    for step in ["acceptance", "settlement", "feedback"] {
        province.post(&format!("{YEAR}/{step}"), &[]).await.is(303);
    }
    until(app, "2027-03-01T10:00:00");
    let mut approver = app.sign_in("province_approver").await;
    approver.get(&format!("{YEAR}/ranking")).await.is(200);
    let meeting = [
        ("attendees", "甲、乙"),
        ("reason", "按排名确认"),
        ("decided_on", "2027-03-01"),
        ("unchecked", "当地封闭管理，改为书面核查"),
    ];
    approver.post(&format!("{YEAR}/confirmation"), &meeting).await.is(303);
}

/// Article 17 (1): a failing grade is offered to be proposed, once, and changes nothing of itself.
async fn a_failing_year_waits_for_people_to_propose_it(app: &TestApp) {
    app.sign_in("province").await.get("/adjustment").await.is(200).says_not("年度结果为不合格");
    let mut province = app.sign_in("province").await;
    let fields = [("station", "37-001"), ("ground", "17-1"), ("year", "2026"), ("detail", "不合格")];
    open(&mut province, "revocations", &fields, &[]).await.is(422).says("没有经确认的不合格结果");
    fail_everyone(app).await;
    let mut province = app.sign_in("province").await;
    let list = province.get("/adjustment").await;
    list.is(200).says("2026年度结果为不合格").says("revocations/new?station=37").says("year=2026");
    province.get("/duties/stations/1").await.is(200).says("有效");
    let form = province.get("/adjustment/revocations/new?station=37-001&year=2026").await;
    form.is(200).says("2026年度检查评估结果经确认为不合格。");
    let answer = province.upload("/adjustment/revocations", &fields, &[]).await;
    province.follow(&answer).await.is(200).says("第十七条（一）").says("2026年度").says("待核实");
    province.get("/adjustment").await.is(200).says("37-002").says_not("year=2026&amp;station=37-001");
    open(&mut province, "revocations", &fields, &[]).await.is(422).says("已经提出过");
    app.sign_in("city").await.get("/adjustment/revocations/new").await.is(403).says("第十七条");
}

/// Article 15 and reading K52: by the city, cases handed over first, read-only afterwards.
async fn a_station_leaves_after_handing_over_its_cases(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    file(&mut station, "case.responded", "2026-09-10", "欧盟轮胎反倾销案").await.is(303);
    station.get("/adjustment/leavings/new").await.is(200).says("欧盟轮胎反倾销案");
    let asked = [("detail", "职能调整，不再承办")];
    station.upload("/adjustment/leavings", &asked, &[]).await.is(422).says("请上传").says("职能调整，不再承办");
    let answer = station.upload("/adjustment/leavings", &asked, LETTER).await;
    let id = answer.number_after("/adjustment/");
    let file_link = station.follow(&answer).await.is(200).says("待市级转报").number_after("/adjustment/files/");
    open(&mut station, "leavings", &asked, LETTER).await.is(409);
    station.get("/duties/stations/1").await.is(200).says("拟退出");
    for stranger in ["station002", "other_city"] {
        let mut stranger = app.sign_in(stranger).await;
        stranger.get(&format!("/adjustment/{id}")).await.is(404);
        stranger.get(&format!("/adjustment/files/{file_link}")).await.is(404);
        let forwarding = format!("/adjustment/leavings/{id}/forwarding");
        stranger.get("/adjustment").await.is(200).says_not("示例轮胎工作站");
        stranger.post(&forwarding, &[("text", "同意")]).await.is(404);
    }
    app.sign_in("city").await.get(&format!("/adjustment/files/{file_link}")).await.is(200);
    let approval = "/adjustment/leavings/{id}/approval";
    act(app, "province_approver", id, approval, &[("text", "同意")]).await.is(403).says("待市级转报");
    act(app, "city", id, "/adjustment/leavings/{id}/forwarding", &[("text", "情况属实")]).await.is(303);
    act(app, "city", id, approval, &[("text", "同意")]).await.is(403).says("市局经办无权批复退出").says("第十五条");
    act(app, "province_approver", id, approval, &[("text", "同意")]).await.is(403).says("尚有 1 件未结案件");
    let mut approver = app.sign_in("province_approver").await;
    approver.get(&format!("/adjustment/{id}")).await.is(200).says("尚有 1 件未结案件没有登记移交，不能批复退出。");
    let entry = file_id(app, "欧盟轮胎反倾销案").await;
    let hand = [("entry", entry.as_str()), ("outcome", "closed"), ("note", "终裁已公布")];
    act(app, "station001", id, "/adjustment/{id}/handovers", &hand).await.is(303);
    // The form of another kind's matter does not fit.
    act(app, "province", id, "/adjustment/revocations/{id}/verification", &[("text", "属实")]).await.is(404);
    act(app, "province_approver", id, approval, &[("text", "同意退出")]).await.is(303);
    let mut station = app.sign_in("station001").await;
    station.get("/general/papers").await.is(200).says("关于同意示例轮胎工作站退出的批复");
    station.get("/duties/stations/1").await.is(200).says("已退出");
    let fields = [("kind", "outreach.organised"), ("on", "2026-09-18"), ("count", "1"), ("title", "事后")];
    station.upload("/appraisal/ledger", &fields, &[]).await.is(403).says("工作站已退出").says("第十五条");
    station.get("/appraisal/ledger").await.is(200).says("欧盟轮胎反倾销案");
    app.browser().get("/stations?ended=1").await.is(200).says("已退出");
}

/// The key of a ledger entry by its title.
async fn file_id(app: &TestApp, title: &str) -> String {
    let query = store::query::Query::new("SELECT max(id) FROM ledger_entry WHERE title = $1").bind(title);
    let (id,): (i64,) = app.store().one(query).await.expect("an entry");
    id.to_string()
}

/// Article 15, AT-10: the new name holds, old documents keep the old one, a search finds both.
async fn a_new_name_holds_and_the_old_one_is_found(app: &TestApp) {
    let id = propose(app).await;
    notify(app, id).await;
    let termination = "/adjustment/revocations/{id}/termination";
    act(app, "province", id, termination, &[("text", "情况已改正")]).await.is(303);

    let mut station = app.sign_in("station001").await;
    let fields = |code: &'static str| {
        [
            ("new_host", "示例橡胶行业协会"),
            ("uscc", code),
            ("new_name", ""),
            ("changed_on", "2026-08-01"),
            ("detail", ""),
        ]
    };
    open(&mut station, "renamings", &fields(""), &[]).await.is(422).says("请填写变更后的统一社会信用代码");
    open(&mut station, "renamings", &fields("91350211M000100Y46"), &[]).await.is(422).says("至少一份证明材料");
    let answer = open(&mut station, "renamings", &fields("91350211M000100Y46"), LETTER).await;
    let id = answer.number_after("/adjustment/");
    station.follow(&answer).await.is(200).says("超过 30 日报送").says("待市级转报");
    app.sign_in("other_city").await.get(&format!("/adjustment/{id}")).await.is(404);
    let acknowledgement = "/adjustment/renamings/{id}/acknowledgement";
    act(app, "province", id, acknowledgement, &[]).await.is(403).says("待市级转报").says("第十五条");
    act(app, "city", id, "/adjustment/renamings/{id}/forwarding", &[("text", "材料齐全")]).await.is(303);
    act(app, "city", id, acknowledgement, &[]).await.is(403);
    act(app, "province", id, acknowledgement, &[]).await.is(303);

    let mut station = app.sign_in("station001").await;
    let record = station.get("/duties/stations/1").await;
    record.is(200).says("示例橡胶行业协会").says("曾用名").says("示例轮胎工作站的承办协会").says("名称变更");
    let papers = station.get("/general/papers").await;
    papers.is(200).says("名称变更备案回执").says("拟撤销告知书");
    let notice = oldest_paper(app, "revocation.notice").await;
    station
        .get(&format!("/general/papers/{notice}"))
        .await
        .is(200)
        .says("示例轮胎工作站的承办协会")
        .says_not("示例橡胶行业协会");
    let mut province = app.sign_in("province").await;
    for text in ["示例橡胶行业协会", "示例轮胎工作站的承办协会", "37-001"] {
        province.get(&format!("/duties/stations?q={text}")).await.is(200).says("/duties/stations/1\"");
        app.browser().get(&format!("/stations?q={text}")).await.is(200).says("示例橡胶行业协会");
    }
    act(app, "station001", id, "/adjustment/renamings/{id}/withdrawal", &[("text", "误")]).await.is(403).says("已备案");
}

async fn oldest_paper(app: &TestApp, kind: &str) -> i64 {
    let query = store::query::Query::new("SELECT min(id) FROM paper WHERE kind = $1").bind(kind);
    let (id,): (i64,) = app.store().one(query).await.expect("a paper");
    id
}

/// A third station, with a code and managed by the province, and its manager `manager3`.
async fn third(app: &TestApp) {
    let allowed = |verb, noun| {
        may(&Actor::operator(), verb, &Subject::whole(noun, 0), store::day_of(app.now())).expect("the operator may")
    };
    let new = NewStation {
        number: "37-003".to_owned(),
        name: "示例省管工作站".to_owned(),
        host_name: "示例省属中心".to_owned(),
        host_uscc: "91350211M000100Y46".to_owned(),
        city: "370100".to_owned(),
        managed_by: "province".to_owned(),
        confirmed_on: 20_250_301,
        source: "form".to_owned(),
        ..NewStation::default()
    };
    let registry = allowed(Verb::MaintainRegistry, "station");
    let mut tx = app.store().begin(&registry, app.now()).await.expect("begin");
    let station = tx.add_station(&new).await.expect("station");
    tx.commit().await.expect("commit");
    let known = app.store().account_by_name("station001").await.expect("read").expect("account");
    let new = NewAccount {
        username: "manager3".to_owned(),
        display_name: "示例管理员".to_owned(),
        role: Role::StationManager,
        city: None,
        county: None,
        station: Some(station),
        password_hash: known.password_hash,
        must_change: false,
    };
    let accounts = allowed(Verb::CreateAccount, "account");
    let mut tx = app.store().begin(&accounts, app.now()).await.expect("begin");
    tx.add_account(&new).await.expect("account");
    tx.commit().await.expect("commit");
}

/// Another code is another host (reading K53); a station the province manages goes straight to it.
async fn another_host_is_no_change_of_name(app: &TestApp) {
    third(app).await;
    let mut station = app.sign_in("manager3").await;
    let filed = |code: &'static str| {
        [("new_host", "示例省属研究院"), ("uscc", code), ("new_name", ""), ("changed_on", "2026-09-01"), ("detail", "")]
    };
    let refused = open(station.typing(), "renamings", &filed("91110000101623741K"), LETTER).await;
    refused.is(403).says("更换承办单位不属于名称变更").says("第十五条");
    let answer = open(&mut station, "renamings", &filed("91350211M000100Y46"), LETTER).await;
    let id = answer.number_after("/adjustment/");
    station.follow(&answer).await.is(200).says("待省厅备案").says_not("待市级转报").says_not("超过 30 日");
    act(app, "province", id, "/adjustment/renamings/{id}/refusal", &[("text", "证明材料不清")]).await.is(303);
    let mut station = app.sign_in("manager3").await;
    station.get("/general/papers").await.is(200).says("不予名称变更备案告知书");
    station.get("/duties/stations/3").await.is(200).says("示例省属中心").says_not("示例省属研究院");
}

const ONE: &str = "/appraisal/cycles/2026/stations/1?open=outreach";
const TWO: &str = "/appraisal/cycles/2026/stations/2?open=outreach";

/// Article 16, reading K54: what moves counts on one side only; the absorbed number stays and points to the survivor.
async fn two_stations_become_one_and_nothing_counts_twice(app: &TestApp) {
    let mut first = app.sign_in("station001").await;
    for (on, title) in [("2026-05-20", "联合培训班"), ("2026-06-20", "轮胎企业培训班")] {
        file(&mut first, "outreach.organised", on, title).await.is(303);
    }
    file(&mut first, "case.responded", "2026-09-10", "印度轮胎保障措施案").await.is(303);
    first.get("/duties/roster/new").await.is(200);
    let firm = [("uscc", "91350211M000100Y46"), ("name", "示例企业"), ("phone", "13812345678")];
    first.post("/duties/roster", &firm).await.is(303);
    let mut second = app.sign_in("station002").await;
    file(&mut second, "outreach.organised", "2026-05-20", "联合培训班").await.is(303);
    first.get(ONE).await.is(200).says("组织 2 次 × 5 分 ＝ 10.0 分");
    second.get(TWO).await.is(200).says("组织 1 次 × 5 分 ＝ 5.0 分");

    let mut province = app.sign_in("province").await;
    let plan = |survivor: &'static str| {
        [
            ("station", "37-001"),
            ("survivor", survivor),
            ("moves", "roster"),
            ("moves", "cases"),
            ("moves", "ledger"),
            ("detail", "行业调整"),
        ]
    };
    open(province.typing(), "mergings", &plan("37-001"), &[]).await.is(403).says("不能是同一个工作站").says("第十六条");
    open(&mut province, "mergings", &plan("37-099"), &[]).await.is(422).says("没有这个编号的工作站");
    let id = open(&mut province, "mergings", &plan("37-002"), &[]).await.number_after("/adjustment/");
    let execution = "/adjustment/mergings/{id}/execution";
    act(app, "province_approver", id, execution, &[]).await.is(403).says("方案拟定");
    act(app, "province", id, "/adjustment/mergings/{id}/decision", &DECIDED).await.is(403).says("第十六条");
    act(app, "province_approver", id, "/adjustment/mergings/{id}/decision", &DECIDED).await.is(303);
    for name in ["station001", "station002"] {
        app.sign_in(name)
            .await
            .get("/general/papers")
            .await
            .is(200)
            .says("关于整合示例轮胎工作站和示例苹果工作站的方案");
    }
    app.sign_in("province").await.get("/duties/stations/1").await.is(200).says("拟整合");
    act(app, "province_approver", id, execution, &[]).await.is(303);

    let mut second = app.sign_in("station002").await;
    let sheet = second.get(TWO).await;
    sheet.is(200).says("组织 2 次 × 5 分 ＝ 10.0 分").says("轮胎企业培训班");
    second.get("/appraisal/ledger").await.is(200).says("印度轮胎保障措施案").says("轮胎企业培训班");
    second.get("/duties/roster").await.is(200).says("示例企业").says("共 1 家");
    let entry = file_id(app, "轮胎企业培训班").await;
    let read = second.get(&format!("/appraisal/ledger/{entry}")).await;
    let photo = read.is(200).says("由 37-001 示例轮胎工作站 移交").number_after("/appraisal/files/");
    second.get(&format!("/appraisal/files/{photo}")).await.is(200);
    // What both had entered stays where it was, once each; what moved is gone from the absorbed side and still read.
    let mut first = app.sign_in("station001").await;
    first.get(ONE).await.is(200).says("组织 1 次 × 5 分 ＝ 5.0 分").says("联合培训班");
    first.get("/appraisal/ledger?all=1").await.is(200).says("轮胎企业培训班").says("撤回");
    let fields = [("kind", "outreach.organised"), ("on", "2026-09-18"), ("count", "1"), ("title", "事后")];
    first.upload("/appraisal/ledger", &fields, &[]).await.is(403).says("工作站已整合").says("第十六条");
    first.get("/duties/stations/1").await.is(200).says("37-001").says("已并入").says("37-002 示例苹果工作站");
    second.get("/duties/stations/2").await.is(200).says("示例轮胎工作站 并入本站");
    app.browser().get("/stations?ended=1").await.is(200).says("并入 示例苹果工作站（37-002）");
    app.browser().get("/public/notices").await.is(200).says("关于整合示例轮胎工作站的公告");
    act(app, "province_approver", id, execution, &[]).await.is(403).says("已整合");
}

/// Article 4: reported by anyone with a name, verified, notified, heard, handled by people.
async fn a_misuse_is_reported_verified_heard_and_handled(app: &TestApp) {
    let mut public = app.browser();
    let report = |contact: &'static str| {
        [
            ("station", "示例轮胎工作站"),
            ("detail", "九月十日以工作站名义推销保险产品"),
            ("reporter", "示例甲"),
            ("contact", contact),
        ]
    };
    public.get("/public/misuses/new?station=37-001").await.is(200).says("37-001");
    public.post_bare("/public/misuses", &report("13812345678")).await.is(403);
    let anonymous = public.post("/public/misuses", &[("station", "37-001"), ("detail", "九月十日推销保险产品")]).await;
    anonymous.is(422).says("请填写姓名").says("九月十日推销保险产品");
    public.post("/public/misuses", &[("station", "没有的站"), ("detail", "某"), ("contact", "1")]).await.is(422);
    for status in [303, 303, 303, 422] {
        let answer = public.post("/public/misuses", &report("13812345678")).await;
        answer.is(status);
    }
    public.get("/public/misuses/received").await.is(200).says("反映已收到");
    let mut city = app.sign_in("city").await;
    let list = city.get("/adjustment?kind=misuse").await;
    list.is(200).says("待核查");
    let id: i64 = file_key(app).await;
    city.get(&format!("/adjustment/{id}")).await.is(200).says("示例甲").says("138****5678").says_not("13812345678");
    for stranger in ["other_city", "station001"] {
        app.sign_in(stranger).await.get(&format!("/adjustment/{id}")).await.is(404);
    }
    let handling = "/adjustment/misuses/{id}/handling";
    let handled = [("outcome", "refer"), ("text", "情节较重")];
    act(app, "city", id, handling, &handled).await.is(403).says("待核查").says("第四条");
    act(app, "city", id, "/adjustment/misuses/{id}/verification", &[("text", "查看现场，属实")]).await.is(303);
    act(app, "city", id, "/adjustment/misuses/{id}/notice", &[("text", "以工作站名义推销保险")]).await.is(303);
    act(app, "city", id, handling, &handled).await.is(403).says("期限未满").says("第四条");
    let mut station = app.sign_in("station001").await;
    let seen = station.get(&format!("/adjustment/{id}")).await;
    seen.is(200).says("违规使用工作站名义告知书").says_not("示例甲").says_not("查看现场，属实");
    let paper = seen.number_after("/general/papers/");
    station.get(&format!("/general/papers/{paper}")).await.is(200);
    station.post(&format!("/general/papers/{paper}/statement"), &[("text", "系个人行为")]).await.is(303);
    act(app, "city", id, handling, &[("outcome", "expel"), ("text", "不在列")]).await.is(422).says("不在列");
    act(app, "city", id, handling, &handled).await.is(303);
    let mut station = app.sign_in("station001").await;
    station.get("/general/papers").await.is(200).says("违规使用工作站名义处理决定书");
    station.get("/duties/stations/1").await.is(200).says("有效");
    // Referred: people may propose a revocation on it, once.
    let mut province = app.sign_in("province").await;
    province.get("/adjustment").await.is(200).says("列入第十七条（五）研判");
    let origin = id.to_string();
    province.get(&format!("/adjustment/revocations/new?station=37-001&origin={origin}")).await.is(200).says("origin");
    let fields = [("station", "37-001"), ("ground", "17-5"), ("detail", "屡次违规"), ("origin", origin.as_str())];
    province.upload("/adjustment/revocations", &fields, &[]).await.is(303);
    province.get("/adjustment").await.is(200).says_not("列入第十七条（五）研判");
}

async fn file_key(app: &TestApp) -> i64 {
    let query = store::query::Query::new("SELECT min(id) FROM adjustment WHERE kind = 'misuse'");
    let (id,): (i64,) = app.store().one(query).await.expect("a report");
    id
}

on_both!(
    a_station_is_revoked_only_after_notice_time_and_decision,
    a_statement_is_heard_and_a_procedure_can_end_without_revocation,
    a_failing_year_waits_for_people_to_propose_it,
    a_station_leaves_after_handing_over_its_cases,
    a_new_name_holds_and_the_old_one_is_found,
    another_host_is_no_change_of_name,
    two_stations_become_one_and_nothing_counts_twice,
    a_misuse_is_reported_verified_heard_and_handled,
);
