//! 委托代办: a colleague of the unit stands in for days of absence, signs with both names, concludes nothing that either of
//! the two prepared, and is out of it at midnight, at a word, or with the account (readings K82 and K83).

use regulation::general::Role;
use store::general::Delegation;

use crate::admission::{MET, fill, open_round, register, submit, until};
use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::people;

const HERE: &str = "/general/delegations";

async fn key(app: &TestApp, username: &str) -> i64 {
    app.store().account_by_name(username).await.expect("read").expect("account").id
}

/// Delegates by the form, from and until these days.
async fn ask(app: &TestApp, browser: &mut Client, deputy: &str, from: &str, until: &str) -> Answer {
    let deputy = key(app, deputy).await.to_string();
    browser.get(HERE).await.is(200);
    let fields = [("deputy", deputy.as_str()), ("from", from), ("until", until), ("reason", "休假")];
    browser.post(HERE, &fields).await
}

/// The newest delegation somebody gave.
async fn newest(app: &TestApp, delegator: &str) -> Delegation {
    let account = key(app, delegator).await;
    app.store().delegations_by(account, 1).await.expect("list").remove(0)
}

/// From today on for some days, and the deputy's browser in the delegator's place.
async fn standing_in(app: &TestApp, delegator: &str, deputy: &str, until: &str) -> (Delegation, Client) {
    let mut away = app.sign_in(delegator).await;
    let today = app.app.clock.today().to_string();
    let given = ask(app, &mut away, deputy, &today, until).await;
    away.follow(&given).await.is(200).says("委托已登记").says("代办中");
    let delegation = newest(app, delegator).await;
    let mut browser = app.sign_in(deputy).await;
    browser.get("/desk").await.is(200).says("待办").says(&format!("代{}办理", delegation.delegator));
    let entered = browser.post(&format!("{HERE}/{}/standing-in", delegation.id), &[]).await;
    browser.follow(&entered).await.is(200).says("正在代").says("结束代办");
    (delegation, browser)
}

async fn what_is_asked_for_is_looked_at(app: &TestApp) {
    let mut approver = app.sign_in("city_approver").await;
    approver.get(HERE).await.is(200).says("示例市局经办（市局经办）").says("没有委托过他人").says_not("示例省厅经办");
    let before = app.audit_rows().await;
    let wrong = [("deputy", ""), ("from", "2026-09-17"), ("until", "x"), ("reason", "")];
    let page = approver.post(HERE, &wrong).await;
    page.is(422).says("有 3 处需要修改").says("请选择代办人").says("请填写日期").says("请填写事由").says("2026-09-17");
    for (from, until, sentence) in [
        ("2026-09-17", "2026-09-20", "开始日期不能早于今天。"),
        ("2026-09-20", "2026-09-19", "结束日期不能早于开始日期。"),
        ("2026-09-18", "2026-12-17", "一次委托最长 90 天，现为 91 天"),
    ] {
        ask(app, &mut approver, "city", from, until).await.is(422).says(sentence).says("休假");
    }
    // Nobody of another unit, no administrator, no expert, not oneself.
    for other in ["other_city", "province", "county", "sysadmin", "expert", "city_approver", "applicant"] {
        ask(app, &mut approver, other, "2026-09-18", "2026-09-20").await.is(422);
    }
    ask(app, &mut approver, "other_city", "2026-09-18", "2026-09-20").await.says("只能委托给同一单位的同事");
    assert_eq!(app.audit_rows().await, before, "nothing was written");
    ask(app, &mut approver, "city", "2026-09-18", "2026-12-16").await.is(303);
    ask(app, &mut approver, "city", "2026-10-01", "2026-10-02").await.is(409).says("这些日期中已有一项委托");

    // Who acts in person neither gives nor takes one, and is told so.
    for name in ["sysadmin", "secadmin", "auditor", "expert", "evaluator", "applicant", "firm"] {
        let mut browser = app.sign_in(name).await;
        browser.get(HERE).await.is(403).says("无权委托代办");
        browser.get("/desk").await.is(200).says_not("/general/delegations\"");
        browser.post(HERE, &[("deputy", "1")]).await.is(403);
    }
}

/// Clerk and approver of a city: forwarding is done in the approver's place by a colleague who did not check.
async fn a_deputy_acts_and_both_are_on_record(app: &TestApp) {
    let clerk = people::add_account(app.store(), app.now(), "city2", Role::CityClerk, false).await;
    open_round(app).await;
    let mut applicant = register(app, "xiehui", "91110000101623741K", "association", people::CITY).await;
    let id = fill(&mut applicant, &[]).await;
    submit(&mut applicant, id).await.is(303);
    let application = format!("/admission/applications/{id}");
    let mut city = app.sign_in("city").await;
    city.get(&application).await.is(200);
    city.post(&format!("{application}/review"), MET).await.is(303);

    // The one who checked stands in and is refused, on the page as at the submit; nothing of it is written.
    let (delegation, mut deputy) = standing_in(app, "city_approver", "city", "2026-09-30").await;
    let sentence = "同一事项的经办、复核和审批不能是同一人";
    let page = deputy.get("/admission/forwarding").await;
    page.is(200).says(sentence).says("此前由示例市局经办初审申请，不能再由示例市局经办（代示例市局审批）上报申请");
    let before = app.audit_rows().await;
    deputy.post("/admission/forwarding", &[]).await.is(403).says(sentence).says("第八条（二）");
    assert_eq!(app.audit_rows().await, before);
    // What only the clerk does is not done in the approver's place.
    deputy.post(&format!("{application}/review"), MET).await.is(403).says("市局审批无权初审申请");

    // Taken back, it is over at once: the page left open is refused, the frame says so.
    let mut away = app.sign_in("city_approver").await;
    away.get(HERE).await.is(200);
    away.get("/desk").await.is(200).says("由示例市局经办（市局经办）代为办理（代办中）");
    let revoked = away.post(&format!("{HERE}/{}/revocation", delegation.id), &[]).await;
    away.follow(&revoked).await.is(200).says("委托已撤销").says("已终止").says("委托人撤销");
    deputy.post("/admission/forwarding", &[]).await.is(403).says("代办身份已变化，本次提交没有保存");
    deputy.get("/desk").await.is(200).says("办理的委托已终止").says("知道了").says("市局经办");
    deputy.post(&format!("{HERE}/{}/standing-in", delegation.id), &[]).await.is(403).says("已终止");
    let back = deputy.post(&format!("{HERE}/return"), &[]).await;
    deputy.follow(&back).await.is(200).says_not("知道了");

    // The other clerk may.
    let (_, mut deputy) = standing_in(app, "city_approver", "city2", "2026-09-30").await;
    deputy.get("/desk").await.is(200).says("上报初审合格的申请");
    deputy.get("/admission/forwarding").await.is(200).says_not(sentence);
    let forwarded = deputy.post("/admission/forwarding", &[]).await;
    deputy.follow(&forwarded).await.is(200).says("示例市局经办（代示例市局审批）");
    deputy.get(&application).await.is(200).says("示例市局经办（代示例市局审批）");

    // The auditor sees both, and finds it by either and by what was delegated.
    let row = &app.store().audit_of("admission_round", 1).await.expect("log")[0];
    assert_eq!((row.verb.as_str(), row.role.as_str()), ("forward_applications", "city_approver"));
    assert_eq!((row.account_id, row.instead_of), (clerk, Some(key(app, "city_approver").await)));
    let mut auditor = app.sign_in("auditor").await;
    for filter in ["who=city2", "who=city_approver", "delegated=1", "who=city2&delegated=1"] {
        let page = auditor.get(&format!("/general/audit?{filter}")).await;
        page.is(200).says("示例市局经办（代示例市局审批）").says("上报申请");
    }
    auditor.get("/general/audit?who=city&delegated=1").await.is(200).says("没有符合条件的记录");
    auditor.get("/general/audit?who=nobody").await.is(200).says("没有这个用户名");
    app.store().seal().await.expect("sealed");
    app.store().verify_audit(None).await.expect("read").expect("intact");
}

/// It holds the other way round: what was prepared in a colleague's place is not concluded in one's own.
async fn what_one_did_for_another_one_does_not_conclude(app: &TestApp) {
    open_round(app).await;
    let mut applicant = register(app, "xiehui", "91110000101623741K", "association", people::CITY).await;
    let id = fill(&mut applicant, &[]).await;
    submit(&mut applicant, id).await.is(303);
    let application = format!("/admission/applications/{id}");
    let (_, mut approver) = standing_in(app, "city", "city_approver", "2026-09-30").await;
    approver.get(&application).await.is(200).says("作出结论");
    approver.post(&format!("{application}/review"), MET).await.is(303);
    approver.get(&application).await.is(200);
    approver.post(&format!("{HERE}/return"), &[]).await.is(303);
    let page = approver.get("/admission/forwarding").await;
    page.is(200).says("此前由示例市局审批（代示例市局经办）初审申请，不能再由示例市局审批上报申请");
    approver.post("/admission/forwarding", &[]).await.is(403).says("不能是同一人");
    // Nor by the clerk whose place was taken, in the approver's.
    let mut away = app.sign_in("city").await;
    away.get(HERE).await.is(200);
    let given = newest(app, "city").await.id;
    away.post(&format!("{HERE}/{given}/revocation"), &[]).await.is(303);
    let (_, mut deputy) = standing_in(app, "city_approver", "city", "2026-09-30").await;
    deputy.get("/admission/forwarding").await.is(200).says("不能是同一人");
    deputy.post("/admission/forwarding", &[]).await.is(403).says("不能是同一人");
}

async fn it_runs_to_the_last_second_of_its_last_day(app: &TestApp) {
    let mut away = app.sign_in("province_approver").await;
    ask(app, &mut away, "province_leader", "2026-09-20", "2026-09-21").await.is(303);
    let delegation = newest(app, "province_approver").await;
    let enter = format!("{HERE}/{}/standing-in", delegation.id);
    // Not before its first day.
    until(app, "2026-09-19T15:59:59Z");
    let mut deputy = app.sign_in("province_leader").await;
    deputy.get("/desk").await.is(200).says_not("办理</button></form></section>");
    deputy.get(HERE).await.is(200).says("未开始");
    deputy.post(&enter, &[]).await.is(403).says("2026-09-20 至 2026-09-21").says("未开始");
    until(app, "2026-09-19T16:00:00Z");
    deputy.get("/desk").await.is(200).says("代示例省厅审批办理");
    deputy.post(&enter, &[]).await.is(303);
    until(app, "2026-09-21T15:59:59Z");
    let mut deputy = app.sign_in("province_leader").await;
    deputy.get("/desk").await.is(200);
    deputy.post(&enter, &[]).await.is(303);
    deputy.get("/general/interpretations/new").await.is(200).says("正在代").says("至 2026-09-21 24时");
    let question = [
        ("place", "row:warn.report"),
        ("question", "专题报告怎样计数"),
        ("answer", "按篇计。"),
        ("from", "2026-10-01"),
        ("document", ""),
    ];
    // Midnight in China: the form from the second before is not taken, nothing is written.
    until(app, "2026-09-21T16:00:00Z");
    let before = app.audit_rows().await;
    deputy.post("/general/interpretations", &question).await.is(403).says("代办身份已变化");
    deputy.get("/general/interpretations/new").await.is(403).says("省厅领导无权发布解释口径");
    deputy.get("/desk").await.is(200).says("办理的委托已到期").says("现以本人身份办理");
    assert_eq!(app.audit_rows().await, before);
    deputy.post(&enter, &[]).await.is(403).says("已到期");
    let mut away = app.sign_in("province_approver").await;
    away.get(HERE).await.is(200).says("已到期").says_not("撤销</button>");
    away.post(&format!("{HERE}/{}/revocation", delegation.id), &[]).await.is(403).says("已到期");
}

/// A second before midnight it is taken, with both names.
async fn the_last_second_counts(app: &TestApp) {
    until(app, "2026-09-18T15:59:59Z");
    let (_, mut deputy) = standing_in(app, "province_approver", "province_leader", "2026-09-18").await;
    deputy.get("/general/interpretations/new").await.is(200);
    let question =
        [("place", "row:warn.report"), ("question", "怎样计数"), ("answer", "按篇计。"), ("from", "2026-10-01")];
    let issued = deputy.post("/general/interpretations", &question).await;
    deputy.follow(&issued).await.is(200).says("示例省厅领导（代示例省厅审批）");
}

async fn what_is_ones_own_stays_ones_own(app: &TestApp) {
    let (delegation, mut deputy) = standing_in(app, "station001", "station001clerk", "2026-09-30").await;
    // Nothing is delegated on, and no second place is taken.
    deputy.get(HERE).await.is(403).says("受托的事项不得转委托");
    deputy.get("/desk").await.is(200).says_not("/general/delegations\"");
    deputy.post(HERE, &[("deputy", "1")]).await.is(403).says("不得转委托");
    let enter = format!("{HERE}/{}/standing-in", delegation.id);
    deputy.post(&enter, &[]).await.is(403).says("请先结束代办");
    // The manager's own act, with both names in the record and its history.
    deputy.get("/duties/stations/1/records/new").await.is(200);
    let record = [
        ("fact", "has_dedicated_staff"),
        ("title", "联络员任命文件"),
        ("from", "2025-03-01"),
        ("person", "示例甲"),
        ("post", "联络员"),
        ("phone", "13812345678"),
    ];
    let place = "/duties/stations/1/records";
    deputy.upload(place, &record, &[("任命.pdf", b"%PDF-1.7")]).await.is(303);
    let both = "示例工作站填报员（代示例工作站管理员）";
    deputy.get("/duties/stations/1/log").await.is(200).says(both);
    // The password is the deputy's, in the deputy's own name; so is signing out.
    deputy.get("/account/password").await.is(200).says_not("正在代").says_not(both);
    let change = [("old", people::PASSWORD), ("new", "Signal-2026"), ("again", "Signal-2026")];
    deputy.post("/account/password", &change).await.is(303);
    let own = key(app, "station001clerk").await;
    let changed = &app.store().audit_of("account", own).await.expect("log")[0];
    assert_eq!((changed.actor.as_str(), changed.instead_of), ("示例工作站填报员", None));
    deputy.get("/desk").await.is(200).says("正在代");
    deputy.post("/logout", &[]).await.is(303);
    app.sign_in("station001").await.get("/desk").await.is(200).says("示例工作站填报员（工作站填报员）代为办理");
}

/// Whom a reminder goes to is the unit: the deputy reads it before and while standing in.
async fn reminders_reach_the_deputy(app: &TestApp) {
    until(app, "2027-01-17T01:00:00Z");
    app.app.refresh().await.expect("refreshed");
    assert!(server::appraisal::reminders::remind(&app.app).await.expect("reminders") > 0);
    let mut manager = app.sign_in("station001").await;
    let page = manager.get("/desk").await;
    page.is(200).says("距截止 15 天").says("报送 2026 年度评估材料");
    let mut clerk = app.sign_in("station001clerk").await;
    clerk.get("/desk").await.is(200).says("距截止 15 天").says_not("报送 2026 年度评估材料");
    let mut away = app.sign_in("station001").await;
    ask(app, &mut away, "station001clerk", "2027-01-17", "2027-01-20").await.is(303);
    // The section counts what waits there, and shows what is not the deputy's own.
    let page = clerk.get("/desk").await;
    page.is(200).says("代示例工作站管理员（工作站管理员）待办").says("报送 2026 年度评估材料").says("至 2027-01-20");
    let delegation = newest(app, "station001").await.id;
    clerk.post(&format!("{HERE}/{delegation}/standing-in"), &[]).await.is(303);
    clerk.get("/desk").await.is(200).says("距截止 15 天").says("报送 2026 年度评估材料").says("正在代");
}

async fn an_account_put_out_of_use_ends_it_at_once(app: &TestApp) {
    let (delegation, mut deputy) = standing_in(app, "city_approver", "city", "2026-09-30").await;
    deputy.get("/admission/forwarding").await.is(200);
    let mut system = app.sign_in("sysadmin").await;
    let place = format!("/general/accounts/{}", key(app, "city_approver").await);
    system.get(&place).await.is(200);
    system.post(&format!("{place}/disabling"), &[("disabled", "1")]).await.is(303);
    deputy.get("/admission/forwarding").await.is(403).says("无权上报申请");
    deputy.get("/desk").await.is(200).says("办理的委托已终止");
    system.post(&format!("{place}/disabling"), &[("disabled", "0")]).await.is(303);
    deputy.post(&format!("{HERE}/{}/standing-in", delegation.id), &[]).await.is(403);
    // The deputy's account ends it too.
    let (delegation, mut deputy) = standing_in(app, "province_approver", "province_leader", "2026-09-30").await;
    let place = format!("/general/accounts/{}", key(app, "province_leader").await);
    system.get(&place).await.is(200);
    system.post(&format!("{place}/disabling"), &[("disabled", "1")]).await.is(303);
    assert_eq!(deputy.get("/desk").await.location(), "/login");
    let row = app.store().delegation(delegation.id).await.expect("read").expect("there");
    assert_eq!(row.end_reason.as_deref(), Some("账户停用"));
}

async fn the_security_administrator_ends_what_the_delegator_cannot(app: &TestApp) {
    let register = "/general/accounts/delegations";
    let mut system = app.sign_in("sysadmin").await;
    system.get(register).await.is(200).says("没有现有的委托");
    let (delegation, mut deputy) = standing_in(app, "city_approver", "city", "2026-09-30").await;
    let end = format!("{HERE}/{}/termination", delegation.id);
    system.get(register).await.is(200).says("示例市局审批（市局审批）").says("休假").says_not("终止</button>");
    system.post(&end, &[("reason", "x")]).await.is(403).says("无权终止委托代办");
    let mut security = app.sign_in("secadmin").await;
    security.get(register).await.is(200).says("终止</button>");
    security.post(&end, &[("reason", "")]).await.is(422).says("请写明终止的理由");
    security.post(&format!("{HERE}/987/termination"), &[("reason", "x")]).await.is(404);
    let ended = security.post(&end, &[("reason", "委托人住院，单位另行安排")]).await;
    security.follow(&ended).await.is(200).says("委托已终止").says("没有现有的委托");
    security.post(&end, &[("reason", "再来")]).await.is(403).says("已终止");
    deputy.get("/desk").await.is(200).says("办理的委托已终止");
    let mut away = app.sign_in("city_approver").await;
    away.get(HERE).await.is(200).says("由示例安全管理员终止：委托人住院，单位另行安排");
    for name in ["auditor", "city", "province"] {
        app.sign_in(name).await.get(register).await.is(403).says("无权查看账户");
    }
    // Somebody else's is not there; the deputy's own is not the deputy's to take back.
    let (delegation, mut deputy) = standing_in(app, "city_approver", "city", "2026-09-30").await;
    let revoke = format!("{HERE}/{}/revocation", delegation.id);
    deputy.post(&format!("{HERE}/return"), &[]).await.is(303);
    deputy.get(HERE).await.is(200);
    deputy.post(&revoke, &[]).await.is(403).says("本人");
    let mut other = app.sign_in("other_city").await;
    other.get(HERE).await.is(200);
    other.post(&revoke, &[]).await.is(404);
    other.post(&format!("{HERE}/{}/standing-in", delegation.id), &[]).await.is(404);
}

on_both!(
    what_is_asked_for_is_looked_at,
    a_deputy_acts_and_both_are_on_record,
    what_one_did_for_another_one_does_not_conclude,
    it_runs_to_the_last_second_of_its_last_day,
    the_last_second_counts,
    what_is_ones_own_stays_ones_own,
    reminders_reach_the_deputy,
    an_account_put_out_of_use_ends_it_at_once,
    the_security_administrator_ends_what_the_delegator_cannot,
);
