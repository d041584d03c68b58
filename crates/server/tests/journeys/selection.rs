//! From accepted applications to confirmed stations: experts drawn and marking blind, the shortlist, the public notice,
//! objections, confirmation, with each refusal on the way (Article 8 (3) and (4)).

use std::time::Duration;

use jiff::Timestamp;
use regulation::general::{Actor, Role, Subject, Verb, may};
use store::query::Query;

use crate::app::TestApp;
use crate::client::Client;
use crate::people;

const PANELS: &str = "/admission/selection/1/panels";
const RUBRIC: [(&str, &str); 6] = [
    ("rubric.basis", "10"),
    ("rubric.staff", "20"),
    ("rubric.industry", "30"),
    ("rubric.platform", "15"),
    ("rubric.service", "10"),
    ("rubric.plan", "15"),
];

/// A round with three accepted applications, 1 to 3, each of an applicant `unit1` to `unit3`; a second round with one.
pub async fn accepted(app: &TestApp) {
    let at = app.now();
    let mut accounts = Vec::new();
    for n in 1..=4 {
        let name = format!("unit{n}");
        accounts.push(people::add_account(app.store(), at, &name, Role::Applicant, false).await);
    }
    let subject = Subject::whole("admission_round", 0);
    let mandate = may(&Actor::operator(), Verb::MaintainRegistry, &subject, store::day_of(at)).expect("mandate");
    let mut tx = app.store().begin(&mandate, at).await.expect("begin");
    for (year, name) in [(2026, "2026年"), (2025, "2025年")] {
        let round = Query::new(
            "INSERT INTO admission_round (year, name, edition_id, state, city_due, direct_due, forwarding_due, \
             review_due, contact, opened_at, opened_by) \
             VALUES ($1, $2, 'draft', 'open', 20260430, 20260601, 20260601, 20260731, '', 0, '示例') RETURNING id",
        );
        tx.insert(round.bind(year).bind(name)).await.expect("round");
    }
    for (n, account) in (1i64..).zip(&accounts) {
        let application = Query::new(
            "INSERT INTO application (round_id, account_id, number, route, direct_ground, name, uscc, kind, city, \
             station_name, industry_code, industry, comprehensive, hs_chapters, address, website, form, stage, first_at, \
             versions, city_late, created_at, saved_at) VALUES ($1, $2, $3, 'city', '', $4, $5, 'association', $6, $7, \
             '291', '轮胎', 0, '40', '示例路1号', 'https://example.org', '{}', 'panel_review', $8, 1, 0, 0, 0) RETURNING id",
        );
        let unit = format!("示例协会{n}");
        let application = application.bind(if n == 4 { 2i64 } else { 1 }).bind(*account).bind(format!("申2026-{n}"));
        let application = application.bind(&unit).bind(format!("UNIT{n}")).bind(people::CITY);
        let application = application.bind(format!("{unit}工作站")).bind(store::instant_number(at));
        tx.insert(application).await.expect("application");
    }
    tx.commit().await.expect("commit");
}

/// Registers experts; the first works for the first applicant.
async fn register(clerk: &mut Client, count: usize) {
    clerk.get("/admission/experts/new").await.is(200);
    for n in 1..=count {
        let unit = if n == 1 { "示例协会1".to_owned() } else { format!("示例大学{n}") };
        let name = format!("示例专家{n}");
        let fields = [("name", name.as_str()), ("unit", &unit), ("speciality", "贸易救济"), ("phone", "13800001234")];
        clerk.post("/admission/experts", &fields).await.is(303);
    }
}

/// The seats of a panel that are not left, by the invitation forms on its page.
async fn seats(clerk: &mut Client, panel: i64) -> Vec<i64> {
    let text = clerk.get(&format!("/admission/panels/{panel}")).await.is(200).text();
    let ids = text.split("/invitation\">").skip(1).filter_map(|rest| {
        let (_, rest) = rest.split_once("name=\"seat\" value=\"")?;
        rest.split('"').next()?.parse().ok()
    });
    ids.collect()
}

/// Invites a seat and lets its expert in by the link.
async fn come_in(app: &TestApp, clerk: &mut Client, panel: i64, seat: i64) -> (Client, String) {
    let seat = seat.to_string();
    let page = clerk.post(&format!("/admission/panels/{panel}/invitation"), &[("seat", &seat)]).await;
    let text = page.is(200).text();
    let token = text.split("/invitations/").nth(1).expect("a link").chars().take(64).collect::<String>();
    let mut expert = app.browser();
    let link = format!("/invitations/{token}");
    expert.get(&link).await.is(200).says("专家评审邀请").says("只能使用一次");
    let answer = expert.post(&format!("{link}/session"), &[]).await;
    assert_eq!(answer.location(), "/admission/reviews");
    (expert, link)
}

async fn accept(expert: &mut Client, seat: i64) {
    expert.get("/admission/reviews").await.is(200).says("已邀请");
    let answer = expert.post(&format!("/admission/seats/{seat}/acceptance"), &[("no_conflict", "1")]).await;
    assert_eq!(answer.location(), "/admission/reviews?done=joined");
}

/// Marks an application with a total of 100 less what is taken off the third row.
pub async fn review(expert: &mut Client, application: i64, less: i64, agree: &str) {
    let third = (30 - less).to_string();
    let mut fields: Vec<(&str, &str)> = RUBRIC.to_vec();
    fields[2].1 = &third;
    fields.extend([("agree", agree), ("opinion", "条件符合，工作设想可行。")]);
    expert.get(&format!("/admission/reviews/{application}")).await.is(200);
    let answer = expert.post(&format!("/admission/reviews/{application}/submission"), &fields).await;
    assert_eq!(answer.location(), "/admission/reviews?done=reviewed");
}

async fn draw(clerk: &mut Client, applications: &[&str]) -> i64 {
    let mut fields = vec![("name", "第1组"), ("size", "3")];
    fields.extend(applications.iter().map(|id| ("application", *id)));
    let answer = clerk.post(PANELS, &fields).await;
    assert!(answer.location().ends_with("?done=drawn"), "{}", answer.location());
    answer.number_after("/admission/panels/")
}

/// A panel for all three applications, everyone let in and accepted.
pub async fn panel(app: &TestApp, clerk: &mut Client) -> (i64, Vec<Client>) {
    register(clerk, 6).await;
    clerk.get("/admission/selection/1").await.is(200);
    let panel = draw(clerk, &["1", "2", "3"]).await;
    let mut experts = Vec::new();
    for seat in seats(clerk, panel).await {
        let (mut expert, _) = come_in(app, clerk, panel, seat).await;
        accept(&mut expert, seat).await;
        experts.push(expert);
    }
    assert_eq!(experts.len(), 3);
    (panel, experts)
}

/// Reviews by everyone: the third application fails, the first is ahead of the second.
async fn marked(app: &TestApp, clerk: &mut Client) -> i64 {
    let (panel, experts) = panel(app, clerk).await;
    for mut expert in experts {
        review(&mut expert, 1, 0, "1").await;
        review(&mut expert, 2, 10, "1").await;
        review(&mut expert, 3, 30, "0").await;
    }
    panel
}

/// Everything up to a notice of the first two applications.
pub async fn noticed(app: &TestApp) -> i64 {
    accepted(app).await;
    let mut clerk = app.sign_in("province").await;
    let panel = marked(app, &mut clerk).await;
    clerk.get(&format!("/admission/panels/{panel}")).await.is(200).says("100.00").says("90.00").says("未通过");
    clerk.post(&format!("/admission/panels/{panel}/closure"), &[]).await.is(303);
    clerk.get("/admission/selection/1/shortlist").await.is(200);
    let chosen = [("chosen", "1"), ("chosen", "2")];
    clerk.post("/admission/selection/1/shortlist", &chosen).await.is(303);
    let mut approver = app.sign_in("province_approver").await;
    approver
        .get("/admission/selection/1/notice")
        .await
        .is(200)
        .says("示例协会1")
        .says("示例协会2")
        .says_not("示例协会3");
    let desk =
        [("office", "公平贸易处"), ("phone", "0531-00000000"), ("email", "a@example.org"), ("address", "示例路")];
    let answer = approver.post("/admission/selection/1/notice", &desk).await;
    answer.is(303);
    answer.number_after("/admission/notices/")
}

/// Moves the clock to an instant.
fn until(app: &TestApp, at: &str) {
    let at: Timestamp = at.parse().expect("instant");
    app.wait(Duration::try_from(at.duration_since(app.now())).expect("later"));
}

pub async fn object(app: &TestApp, notice: i64, about: &str) -> String {
    let mut public = app.browser();
    public.get(&format!("/public/notices/{notice}/objections/new")).await.is(200).says("匿名异议不予受理");
    let fields = [
        ("name", "示例人"),
        ("contact", "0531-11112222"),
        ("application", about),
        ("text", "该单位提交的办公场所证明与实际情况不符。"),
    ];
    let answer = public.post(&format!("/public/notices/{notice}/objections"), &fields).await;
    let place = answer.location();
    public.get(&place).await.is(200).says("已收到").says_not("示例人");
    place
}

async fn from_applications_to_stations(app: &TestApp) {
    let notice = noticed(app).await;
    let notice_page = format!("/admission/notices/{notice}");
    let public_page = format!("/public/notices/{notice}");
    // Published on a Friday: five working days from the day after, Sunday the 20th being worked, the 25th a holiday.
    let mut anyone = app.browser();
    anyone.get(&public_page).await.is(200).says("2026年9月24日").says("提出异议").says_not("示例协会3");
    let receipt = object(app, notice, "2").await;
    let mut approver = app.sign_in("province_approver").await;
    approver.get(&notice_page).await.is(200).says("公示期未满").says("aria-disabled");
    approver.post(&format!("{notice_page}/confirmation"), &[]).await.is(403).says("公示期未满").says("第八条（四）");
    // The last second of the last day.
    until(app, "2026-09-24T15:59:59Z");
    object(app, notice, "").await;
    let mut approver = app.sign_in("province_approver").await;
    approver.get(&notice_page).await.is(200);
    approver.post(&format!("{notice_page}/confirmation"), &[]).await.is(403).says("公示期未满");
    // Somebody still writes when the last second passes.
    anyone.get(&format!("{public_page}/objections/new")).await.is(200).says("提交异议");
    app.wait(Duration::from_secs(1));
    anyone.get(&public_page).await.is(200).says("公示期已满").says_not("objections/new");
    anyone.get(&format!("{public_page}/objections/new")).await.is(200).says("不再受理异议").says("第八条（四）");
    anyone.post(&format!("{public_page}/objections"), &[("name", "迟到")]).await.is(403).says("不再受理异议");
    approver.post(&format!("{notice_page}/confirmation"), &[]).await.is(403).says("尚有 2 件异议");
    // Whoever confirms does not rule.
    approver.get(&format!("{notice_page}/objections/1")).await.is(200).says("053****2222").says_not("0531-11112222");
    let ruling = [("ruling", "upheld"), ("reason", "经实地核实，证明材料不实。")];
    approver.post(&format!("{notice_page}/objections/1/ruling"), &ruling).await.is(403).says("第八条（四）");
    let mut reviewer = app.sign_in("province_reviewer").await;
    reviewer.get(&format!("{notice_page}/objections/1")).await.is(200).says("示例人");
    reviewer.post(&format!("{notice_page}/objections/1/ruling"), &[("ruling", "upheld")]).await.is(422);
    reviewer.post(&format!("{notice_page}/objections/1/ruling"), &ruling).await.is(303);
    reviewer.post(&format!("{notice_page}/objections/1/ruling"), &ruling).await.is(403).says("已经处理");
    approver.post(&format!("{notice_page}/confirmation"), &[]).await.is(403).says("尚有 1 件异议");
    let whole = [("ruling", "upheld"), ("reason", "不成立的写法。")];
    reviewer.post(&format!("{notice_page}/objections/2/ruling"), &whole).await.is(403);
    let dismissed = [("ruling", "dismissed"), ("reason", "程序符合办法规定。")];
    reviewer.post(&format!("{notice_page}/objections/2/ruling"), &dismissed).await.is(303);
    anyone.get(&receipt).await.is(200).says("异议成立").says("证明材料不实");
    confirm(app, approver, &notice_page).await;
}

async fn confirm(app: &TestApp, mut approver: Client, notice_page: &str) {
    let page = format!("{notice_page}/confirmation");
    approver.get(notice_page).await.is(200).says("value=\"37-003\"").says("示例协会1工作站").says("未通过");
    approver.post(&page, &[("number-1", ""), ("name-1", "示例协会1工作站")]).await.is(422).says("请填写编号");
    approver
        .post(&page, &[("number-1", "37-001"), ("name-1", "留着的名称")])
        .await
        .is(422)
        .says("已有工作站")
        .says("留着的名称");
    // The clerk never confirms.
    let mut clerk = app.sign_in("province").await;
    clerk.get(notice_page).await.is(200);
    clerk.post(&page, &[("number-1", "37-003"), ("name-1", "示例协会1工作站")]).await.is(403).says("无权确认工作站");
    let fields = [("number-1", "37-003"), ("name-1", "示例协会1工作站")];
    // Had the unit come by a station meanwhile, that one would have to end first (reading K56).
    let other = people::station_of(app.store(), app.now(), "37-020", "UNIT1").await;
    approver.refused(notice_page, &page, &fields, "示例协会1已有有效的工作站（37-020）", "第八条").await;
    people::end(app.store(), app.now(), other).await;
    approver.get(notice_page).await.is(200).says_not("已有有效的工作站");
    assert!(approver.post(&page, &fields).await.location().ends_with("?done=stations_confirmed"));
    approver.get(notice_page).await.is(200).says("37-003").says("/public/certificates/37-003");
    approver.post(&page, &fields).await.is(403).says("没有待确认的申请");
    app.browser().get("/stations").await.is(200).says("示例协会1工作站");
    app.browser().get("/public/notices").await.is(200).says("关于确认");
    // The applicant's account is the station's now, and its document waits to be received.
    let mut manager = app.sign_in("unit1").await;
    manager.get("/desk").await.is(200).says("示例协会1工作站").says("工作站管理员");
    manager.get("/general/papers").await.is(200).says("关于确认");
    app.sign_in("unit2").await.get("/desk").await.is(200).says("申请单位");
    let mut told = app.sign_in("unit3").await;
    told.get("/general/papers").await.is(200).says("专家评审结果告知书");
}

async fn experts_see_their_own_work_and_nobody_elses(app: &TestApp) {
    accepted(app).await;
    let mut clerk = app.sign_in("province").await;
    register(&mut clerk, 3).await;
    clerk.get("/admission/selection/1").await.is(200).says("抽取专家组");
    let drawing = |size: &'static str| [("name", "第1组"), ("size", size), ("application", "1"), ("application", "2")];
    clerk.post(PANELS, &drawing("4")).await.is(403).says("单数").says("第八条（三）");
    clerk.post(PANELS, &drawing("9")).await.is(403).says("3 至 7 人");
    // One of three works for an applicant, which shows when the applications are chosen.
    clerk.typing().post(PANELS, &drawing("3")).await.is(403).says("有 2 名，不足 3 名");
    clerk.post(PANELS, &[("name", "第1组"), ("size", "3"), ("application", "4")]).await.is(422);
    register_more(&mut clerk).await;
    clerk.get("/admission/selection/1").await.is(200);
    let panel = draw(&mut clerk, &["1", "2"]).await;
    let page = format!("/admission/panels/{panel}");
    clerk.get(&page).await.is(200).says("与申请单位为同一单位").says("复核一致").says("第1组 专家抽取");
    // An application is on one panel.
    clerk.post(PANELS, &drawing("3")).await.is(422).says("尚未分组");
    replay(&clerk.get(&format!("{page}/draws.json")).await.is(200).bytes);
    let seats = seats(&mut clerk, panel).await;
    let (mut first, link) = come_in(app, &mut clerk, panel, seats[0]).await;
    // The link is spent; another's seat and what is not assigned are not there.
    first.get(&link).await.is(404);
    app.browser().get(&link).await.is(404);
    first.get("/admission/reviews").await.is(200).says("示例协会1");
    first.post(&format!("/admission/seats/{}/acceptance", seats[1]), &[("no_conflict", "1")]).await.is(404);
    first.get("/admission/reviews/1").await.is(404);
    first.post(&format!("/admission/seats/{}/acceptance", seats[0]), &[]).await.is(422).says("没有利害关系");
    accept(&mut first, seats[0]).await;
    first.get("/admission/reviews/1").await.is(200).says("单位基础").says("满分 100 分");
    for path in ["/admission/reviews/3", "/admission/reviews/4", "/admission/reviews/999"] {
        first.get(path).await.is(404);
    }
    for path in [page.as_str(), "/admission/selection/1", "/admission/experts", "/admission/selection/1/shortlist"] {
        first.get(path).await.is(403);
    }
    blind(app, &mut clerk, panel, &seats, first).await;
}

async fn register_more(clerk: &mut Client) {
    clerk.get("/admission/experts/new").await.is(200);
    let unsigned = [("name", "示例专家4"), ("unit", ""), ("speciality", "法律"), ("phone", "1")];
    clerk.post("/admission/experts", &unsigned).await.is(422).says("核对利害关系").says("value=\"示例专家4\"");
    for n in 4..=5 {
        let (name, unit) = (format!("示例专家{n}"), format!("示例大学{n}"));
        let fields = [("name", name.as_str()), ("unit", &unit), ("speciality", "法律"), ("phone", "13800005678")];
        clerk.post("/admission/experts", &fields).await.is(303);
    }
    clerk.get("/admission/experts").await.is(200).says("138****5678").says_not("13800005678");
}

/// Anyone repeats the draw from the file.
fn replay(file: &[u8]) {
    let draws: Vec<regulation::general::draw::Draw> = serde_json::from_slice(file).expect("draws");
    assert!(!draws.is_empty() && draws.iter().all(regulation::general::draw::Draw::holds));
}

async fn blind(app: &TestApp, clerk: &mut Client, panel: i64, seats: &[i64], mut first: Client) {
    let page = format!("/admission/panels/{panel}");
    // What is typed stays, also what cannot be handed in.
    let typed = [("rubric.basis", "9.5"), ("rubric.staff", "二十"), ("opinion", "只有我写过的一句话")];
    let answer = first.post("/admission/reviews/1/draft", &typed).await;
    assert!(answer.location().contains("done=review_kept"));
    first.get("/admission/reviews/1").await.is(200).says("value=\"9.5\"").says("二十").says("只有我写过的一句话");
    let refused = first.post("/admission/reviews/1/submission", &typed).await;
    refused.is(422).says("应为 0 至 20 之间").says("请选择是否同意").says("只有我写过的一句话");
    review(&mut first, 1, 5, "1").await;
    first.get("/admission/reviews/1").await.is(200).says("已锁定").says("95.0");
    first.post("/admission/reviews/1/draft", &typed).await.is(403).says("锁定").says("第八条（三）");
    first.post(&format!("/admission/seats/{}/refusal", seats[0]), &[("reason", "不想评了")]).await.is(403).says("锁定");
    clerk.get(&page).await.is(200).says("95.0").says_not("只有我写过的一句话");
    let closing = clerk.post(&format!("{page}/closure"), &[]).await;
    closing.is(403).says("尚未提交全部评分").says("第八条（三）");
    // The second finds a conflict: the seat is drawn anew, and the tie is kept.
    let (mut second, _) = come_in(app, clerk, panel, seats[1]).await;
    second.get("/admission/reviews").await.is(200);
    second.post(&format!("/admission/seats/{}/refusal", seats[1]), &[]).await.is(422);
    let fields = [("conflict", "2"), ("reason", "曾任顾问")];
    second.post(&format!("/admission/seats/{}/refusal", seats[1]), &fields).await.is(303);
    clerk.get(&page).await.is(200).says("空缺 1 席").says("曾任顾问");
    clerk.post(&format!("{page}/closure"), &[]).await.is(403).says("请先补抽");
    clerk.post(&format!("{page}/replacement"), &[]).await.is(303);
    clerk.post(&format!("{page}/replacement"), &[]).await.is(403).says("没有空缺");
    let now = self::seats(clerk, panel).await;
    assert_eq!(now.len(), 3);
    // A conflict that comes to light after the draw stops the invitation.
    let third = now.iter().find(|seat| !seats.contains(seat)).expect("drawn anew");
    let expert = expert_of(app, *third).await;
    let tie = [("unit", "示例协会1"), ("reason", "亲属任职")];
    clerk.get(&format!("/admission/experts/{expert}")).await.is(200);
    clerk.post(&format!("/admission/experts/{expert}/conflicts"), &tie).await.is(303);
    let seat = third.to_string();
    let refused = clerk.post(&format!("{page}/invitation"), &[("seat", &seat)]).await;
    refused.is(403).says("应当回避").says("第八条（三）");
    conflict_after_acceptance(app, clerk, panel, seats[2]).await;
}

/// A tie declared when the expert has already accepted closes the file.
async fn conflict_after_acceptance(app: &TestApp, clerk: &mut Client, panel: i64, seat: i64) {
    let (mut expert, _) = come_in(app, clerk, panel, seat).await;
    accept(&mut expert, seat).await;
    expert.get("/admission/reviews/2").await.is(200);
    let id = expert_of(app, seat).await;
    let tie = [("unit", "示例协会2"), ("reason", "近期受聘")];
    clerk.post(&format!("/admission/experts/{id}/conflicts"), &tie).await.is(303);
    expert.get("/admission/reviews/2").await.is(403).says("应当回避");
    expert.post("/admission/reviews/2/draft", &[("opinion", "x")]).await.is(403);
    expert.get("/admission/reviews/1").await.is(200);
}

async fn expert_of(app: &TestApp, seat: i64) -> i64 {
    let query = Query::new("SELECT expert_id FROM panel_seat WHERE id = $1").bind(seat);
    let (expert,): (i64,) = app.store().one(query).await.expect("seat");
    expert
}

async fn an_invitation_runs_out_and_a_new_one_ends_the_old(app: &TestApp) {
    accepted(app).await;
    let mut clerk = app.sign_in("province").await;
    register(&mut clerk, 5).await;
    clerk.get("/admission/selection/1").await.is(200);
    let panel = draw(&mut clerk, &["1"]).await;
    let seats = seats(&mut clerk, panel).await;
    let invitation = format!("/admission/panels/{panel}/invitation");
    let seat = seats[0].to_string();
    let link = |text: String| {
        let token: String = text.split("/invitations/").nth(1).expect("link").chars().take(64).collect();
        format!("/invitations/{token}")
    };
    let old = link(clerk.post(&invitation, &[("seat", &seat)]).await.is(200).text());
    let new = link(clerk.post(&invitation, &[("seat", &seat)]).await.is(200).text());
    let mut browser = app.browser();
    browser.get(&old).await.is(404);
    browser.get(&new).await.is(200);
    // Without the form's own token nothing opens.
    app.browser().post_bare(&format!("{new}/session"), &[]).await.is(403);
    browser.post(&format!("{new}/session"), &[]).await.is(303);
    browser.get("/admission/reviews").await.is(200);
    // Sent again, the first session is over.
    let again = link(clerk.post(&invitation, &[("seat", &seat)]).await.is(200).text());
    browser.get("/admission/reviews").await.is(303);
    // Five working days from the day after Friday the 18th: Sunday the 20th is worked.
    until(app, "2026-09-24T15:59:59Z");
    let mut late = app.browser();
    late.get(&again).await.is(200).says("进入评审");
    app.wait(Duration::from_secs(1));
    late.get(&again).await.is(200).says("已过期").says("第八条（三）");
    late.post(&format!("{again}/session"), &[]).await.is(403).says("已过期");
    // A switched-off expert is not let in at all.
    let mut clerk = app.sign_in("province").await;
    clerk.get("/admission/selection/1").await.is(200);
    let fresh = link(clerk.post(&invitation, &[("seat", &seat)]).await.is(200).text());
    let expert = expert_of(app, seats[0]).await;
    let off = [("name", "停用专家"), ("unit", "示例大学"), ("speciality", "法律"), ("phone", "13800000000")];
    clerk.post(&format!("/admission/experts/{expert}/revision"), &off).await.is(303);
    late.get(&fresh).await.is(200);
    late.post(&format!("{fresh}/session"), &[]).await.is(404);
}

async fn a_shortlist_says_why(app: &TestApp) {
    accepted(app).await;
    let mut clerk = app.sign_in("province").await;
    let panel = marked(app, &mut clerk).await;
    // Nothing is proposed before the panel has been summed up.
    clerk.get("/admission/selection/1/shortlist").await.is(200).says("没有待提出名单的申请");
    clerk.post("/admission/selection/1/shortlist", &[("chosen", "1")]).await.is(422);
    clerk.post(&format!("/admission/panels/{panel}/closure"), &[]).await.is(303);
    clerk.post(&format!("/admission/panels/{panel}/closure"), &[]).await.is(403).says("已经汇总");
    let list = "/admission/selection/1/shortlist";
    clerk.get(list).await.is(200).says("示例协会3");
    clerk.post(list, &[("chosen", "1"), ("chosen", "3")]).await.is(422).says("未通过专家评审");
    clerk.post(list, &[("chosen", "4")]).await.is(422).says("不在本次名单范围内");
    clerk.post(list, &[("chosen", "2")]).await.is(422).says("没有按名次").says("示例协会1");
    clerk.post(list, &[("chosen", "1")]).await.is(422).says("没有列入全部通过评审的单位");
    let mut approver = app.sign_in("province_approver").await;
    approver.get(list).await.is(200).says("无权提出入选名单");
    approver.post(list, &[("chosen", "1"), ("chosen", "2")]).await.is(403);
    // Nothing to publish yet, and the clerk never publishes.
    approver.get("/admission/selection/1/notice").await.is(200).says("没有拟入选");
    approver.post("/admission/selection/1/notice", &[]).await.is(403).says("第八条（四）");
    clerk.post(list, &[("chosen", "2"), ("reason", "协会1所在行业已有工作站。")]).await.is(303);
    clerk.get(list).await.is(200).says("协会1所在行业已有工作站");
    clerk.get("/admission/selection/1/notice").await.is(403);
    clerk.post("/admission/selection/1/notice", &[]).await.is(403);
    approver.post("/admission/selection/1/notice", &[("office", "处")]).await.is(422).says("请填写受理部门");
    let mut told = app.sign_in("unit1").await;
    let page = told.get("/general/papers").await;
    let paper = page.is(200).says("专家评审结果告知书").number_after("/general/papers/");
    told.get(&format!("/general/papers/{paper}")).await.is(200).says("协会1所在行业已有工作站").says("申诉渠道");
    app.sign_in("unit2").await.get(&format!("/general/papers/{paper}")).await.is(404);
}

async fn a_visit_is_recorded_with_its_photos(app: &TestApp) {
    accepted(app).await;
    let mut clerk = app.sign_in("province").await;
    let (panel, _) = panel(app, &mut clerk).await;
    let path = format!("/admission/panels/{panel}/visits");
    clerk.get(&path).await.is(200).says("还没有考察记录");
    let visit = [
        ("application", "1"),
        ("on", "2026-09-17"),
        ("at", "9时至11时"),
        ("place", "示例路1号"),
        ("people", "示例甲、示例乙"),
        ("found", "办公场所与材料一致。"),
    ];
    let mut foreign = visit;
    foreign[0].1 = "4";
    clerk.upload(&path, &foreign, &[]).await.is(422).says("请选择考察的申请单位").says("办公场所与材料一致");
    let mut early = visit;
    early[1].1 = "2026-09-19";
    clerk.upload(&path, &early, &[]).await.is(422).says("不晚于今天");
    clerk.upload(&path, &visit, &[("门头.jpg", b"\xff\xd8\xff")]).await.is(303);
    let page = clerk.get(&path).await;
    let file = page.is(200).says("示例协会1").says("门头.jpg").number_after("/visits/files/");
    clerk.get(&format!("{path}/files/{file}")).await.is(200);
    clerk.get(&format!("{path}/files/{}", file + 1)).await.is(404);
    let mut approver = app.sign_in("province_approver").await;
    approver.get(&path).await.is(200).says("无权登记实地考察");
    approver.upload(&path, &visit, &[]).await.is(403).says("第八条（三）");
    app.sign_in("city").await.get(&format!("{path}/files/{file}")).await.is(403);
    // The panel's page takes so many statements, whatever is on it.
    app.wait(Duration::from_secs(60));
    let before = app.store().statements();
    clerk.get(&format!("/admission/panels/{panel}")).await.is(200);
    let taken = app.store().statements() - before;
    assert!(taken <= 12, "{taken} statements");
}

async fn guessed_notices_and_objections_are_not_there(app: &TestApp) {
    let notice = noticed(app).await;
    let place = object(app, notice, "1").await;
    let code = place.rsplit('/').next().expect("code").to_owned();
    let mut reviewer = app.sign_in("province_reviewer").await;
    reviewer.get(&format!("/admission/notices/{notice}/objections/1")).await.is(200);
    let other = notice + 1;
    for path in [
        format!("/admission/notices/{other}"),
        format!("/admission/notices/{other}/objections/1"),
        format!("/admission/notices/{notice}/objections/2"),
        "/admission/selection/99".to_owned(),
        "/admission/panels/99".to_owned(),
        format!("/public/notices/{other}/objections/{code}"),
        format!("/public/notices/{notice}/objections/0"),
        format!("/public/notices/{other}/objections/new"),
    ] {
        reviewer.get(&path).await.is(404);
    }
    for name in ["city", "county", "applicant", "unit1", "station001", "auditor"] {
        let mut browser = app.sign_in(name).await;
        browser.get(&format!("/admission/notices/{notice}")).await.is(403);
        browser.get("/admission/panels/1").await.is(403);
        browser.get("/admission/experts/1").await.is(403);
    }
    // The same contact three times a day; then it is enough.
    for _ in 0..2 {
        object(app, notice, "").await;
    }
    let mut public = app.browser();
    public.get(&format!("/public/notices/{notice}/objections/new")).await.is(200);
    let path = format!("/public/notices/{notice}/objections");
    let unsigned = [("contact", "0531-11112222"), ("text", "只有电话没有姓名的异议内容。")];
    public.post(&path, &unsigned).await.is(422).says("匿名异议不予受理").says("只有电话没有姓名");
    let fourth = [("name", "示例人"), ("contact", "0531-11112222"), ("text", "同一联系方式的第四件异议。")];
    public.post(&path, &fourth).await.is(422).says("一日内最多提出 3 件");
    public.post_bare(&path, &fourth).await.is(403);
}

on_both!(
    from_applications_to_stations,
    experts_see_their_own_work_and_nobody_elses,
    an_invitation_runs_out_and_a_new_one_ends_the_old,
    a_shortlist_says_why,
    a_visit_is_recorded_with_its_photos,
    guessed_notices_and_objections_are_not_there,
);
