//! From an organisation's registration to the province's acceptance, on both ways, at every date edge (Articles 6-8).

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::date;
use regulation::general::{Actor, HolidayYear, Role, Subject, Verb, may};
use store::duties::NewStation;

use crate::app::TestApp;
use crate::client::Client;
use crate::people;

const GOOD: &str = "91110000101623741K";
const OTHER_GOOD: &str = "11370000004504951T";

/// Moves the clock to an instant still to come.
pub fn until(app: &TestApp, at: &str) {
    let at: Timestamp = at.parse().expect("instant");
    let millis = at.as_millisecond() - app.now().as_millisecond();
    app.wait(Duration::from_millis(u64::try_from(millis).expect("still to come")));
}

pub async fn open_round(app: &TestApp) {
    let mut approver = app.sign_in("province_approver").await;
    let page = approver.get("/admission/rounds/new").await;
    page.is(200).says("开启2027年度申报").says("办法规定 2027-04-30").says("按周末暂计为 2027-08-02");
    let dates = [
        ("year", "2027"),
        ("edition", "draft"),
        ("application.city", "2027-04-30"),
        ("application.direct", "2027-05-31"),
        ("forwarding.city", "2027-05-31"),
        ("review.expert", "2027-08-02"),
        ("contact", "省商务厅示例处 0531-00000000"),
    ];
    let mut wrong = dates;
    wrong[2].1 = "2027-04-29";
    approver.post("/admission/rounds", &wrong).await.is(422).says("不早于 2027-04-30").says("2027-04-29");
    let opened = approver.post("/admission/rounds", &dates).await;
    approver.follow(&opened).await.is(200).says("申报通知已发布").says("2027-04-30 24时");
    approver.post("/admission/rounds", &dates).await.is(403).says("已经开启").says("第八条（一）");
}

/// Registers an organisation and signs in to its account.
pub async fn register(app: &TestApp, username: &str, uscc: &str, unit: &str, city: &str) -> Client {
    let mut browser = app.browser();
    browser.get("/public/applications/new").await.is(200);
    let name = format!("示例单位{username}");
    let fields = [
        ("name", name.as_str()),
        ("uscc", uscc),
        ("unit", unit),
        ("city", city),
        ("contact", "示例甲"),
        ("phone", "13812345678"),
        ("username", username),
        ("password", people::PASSWORD),
        ("again", people::PASSWORD),
    ];
    assert_eq!(browser.post("/public/applications", &fields).await.location(), "/login?why=registered");
    app.sign_in(username).await
}

pub const FORM: &[(&str, &str)] = &[
    ("station_name", "示例轮胎行业工作站"),
    ("leader", "示例乙"),
    ("contact", "示例甲"),
    ("phone", "13812345678"),
    ("region_code", "370523"),
    ("registered_address", "示例路1号"),
    ("office_address", "示例路2号"),
    ("premises", "owned"),
    ("organ", "贸易摩擦应对部"),
    ("head", "示例丙"),
    ("staff_full", "1"),
    ("staff_part", "2"),
    ("capability", "从事过应对工作"),
    ("members", "60"),
    ("key_members", "20"),
    ("coverage", "覆盖主要企业"),
    ("revenue", "100000"),
    ("trade", "9000"),
    ("standing", "省内前列"),
    ("website", "https://yj.example.cn"),
    ("site_kind", "own"),
    ("legal_person", "1"),
    ("accounts", "1"),
    ("dues", "1"),
    ("clean", "1"),
    ("industry_code", "291"),
    ("industry", "轮胎制造"),
    ("hs_chapters", "40"),
];

/// Begins an application and fills it. Returns its key.
pub async fn fill(browser: &mut Client, route: &[(&str, &str)]) -> i64 {
    browser.get("/admission/applications").await.is(200).says("填报2027年度工作站申报");
    let begun = browser.post("/admission/applications", &[]).await;
    let id = begun.number_after("/admission/applications/");
    browser.follow(&begun).await.is(200).says("已开始填报");
    for item in ["6-1", "6-2", "6-3", "6-4", "6-5"] {
        let place = format!("/admission/applications/{id}/files");
        browser.upload(&place, &[("item", item)], &[("证明.pdf", b"%PDF-1.7")]).await.is(303);
    }
    let saved = browser.post(&format!("/admission/applications/{id}/draft"), &[FORM, route].concat()).await;
    browser.follow(&saved).await.is(200).says("已填写完整");
    id
}

pub async fn submit(browser: &mut Client, id: i64) -> crate::client::Answer {
    browser.get(&format!("/admission/applications/{id}")).await.is(200);
    browser.post(&format!("/admission/applications/{id}/submission"), &[]).await
}

pub const MET: &[(&str, &str)] = &[
    ("met-6-1", "1"),
    ("met-6-2", "1"),
    ("met-6-3", "1"),
    ("met-6-4", "1"),
    ("met-6-5", "1"),
    ("met-7", "0"),
    ("note-7", "本行业已有工作站"),
    ("opinion", "情况属实，同意上报。"),
    ("conclusion", "qualified"),
];

/// A station that already covers the industry, in another city.
async fn cover(app: &TestApp) {
    let actor = Actor::operator();
    let mandate = may(&actor, Verb::MaintainRegistry, &Subject::whole("station", 0), date(2026, 9, 18)).expect("may");
    let mut tx = app.store().begin(&mandate, app.now()).await.expect("begin");
    let new = NewStation {
        number: "37-009".into(),
        name: "示例橡胶工作站".into(),
        city: people::OTHER_CITY.into(),
        managed_by: "city".into(),
        industry_code: "291".into(),
        industry: "橡胶制品".into(),
        confirmed_on: 20_250_301,
        source: "form".into(),
        ..NewStation::default()
    };
    tx.add_station(&new).await.expect("station");
    tx.commit().await.expect("commit");
}

async fn an_association_goes_through_its_city_to_acceptance(app: &TestApp) {
    cover(app).await;
    open_round(app).await;
    let mut anyone = app.browser();
    anyone.get("/public/notices").await.is(200).says("关于开展2027年度应对国际贸易摩擦工作站申报工作的通知");
    anyone.get("/public/applications").await.is(200).says("截止 2027-04-30 23:59:59").says("注册申请单位");
    let mut applicant = register(app, "xiehui", GOOD, "association", people::CITY).await;
    let id = fill(&mut applicant, &[]).await;
    let here = format!("/admission/applications/{id}");
    // A draft is its applicant's alone.
    for name in ["city", "province"] {
        app.sign_in(name).await.get(&here).await.is(404);
    }
    // Missing evidence is told with its article, on the page and at the submit alike.
    let file = applicant.get(&format!("{here}/form")).await.number_after("/admission/files/");
    applicant.post(&format!("/admission/files/{file}/removal"), &[]).await.is(303);
    applicant.get(&here).await.is(200).says("申请材料还有 1 处未填写或没有佐证").says("还没有上传证明材料");
    submit(&mut applicant, id).await.is(403).says("申请材料还有 1 处").says("第六条");
    let place = format!("{here}/files");
    applicant.get(&format!("{here}/form")).await.is(200);
    applicant.upload(&place, &[("item", "6-1")], &[("证照.pdf", b"%PDF-1.7 x")]).await.is(303);
    // The last second is in time, the next is not.
    until(app, "2027-04-30T15:59:59.900Z");
    let mut applicant = app.sign_in("xiehui").await;
    let handed_in = submit(&mut applicant, id).await;
    let page = applicant.follow(&handed_in).await;
    page.is(200).says("回执已生成").says("市初审中").says("2027-00001-1").says_not("2027-05");
    let receipt = page.number_after("/general/papers/");
    let receipt = format!("/general/papers/{receipt}");
    applicant.get(&receipt).await.is(200).says("2027年4月30日 23:59:59").says("东营市商务局");
    submit(&mut applicant, id).await.is(403).says("申请处于“市初审中”，不能递交").says("第八条（一）");
    applicant.get(&format!("{here}/form")).await.is(403).says("材料不能修改");

    // The city: its clerk ticks, nobody else; another city sees nothing.
    let mut other = app.sign_in("other_city").await;
    for path in [here.clone(), format!("/admission/files/{file}"), receipt.clone()] {
        other.get(&path).await.is(404);
    }
    other.get("/admission/applications").await.is(200).says("没有申请");
    other.post(&format!("{here}/review"), MET).await.is(404);
    let mut approver = app.sign_in("city_approver").await;
    approver.get(&here).await.is(200).says_not("作出结论");
    approver.post(&format!("{here}/review"), MET).await.is(403).says("初审申请");
    let mut city = app.sign_in("city").await;
    city.get(&here).await.is(200).says("作出结论").says("示例橡胶工作站").says("冲突").says("138****5678");
    city.post(&format!("{here}/acceptance"), &[]).await.is(403).says("受理申请");
    let returned = city.post(&format!("{here}/return"), &[("what", "补充办公场所证明")]).await;
    city.follow(&returned).await.is(200).says("已退回补正").says("市级退回补正");

    // Five working days from the day after; handed in again, the first receipt keeps its time.
    let page = applicant.get(&here).await;
    page.is(200).says("补正期限至 2027-05-07 24时").says("补正后再次递交");
    applicant.get("/general/papers").await.is(200).says("申请材料补正通知书");
    until(app, "2027-05-07T15:59:59Z");
    let mut applicant = app.sign_in("xiehui").await;
    applicant.get(&format!("{here}/form")).await.is(200);
    let mut mended = FORM.to_vec();
    mended[7].1 = "rented";
    applicant.post(&format!("{here}/draft"), &mended).await.is(303);
    let again = submit(&mut applicant, id).await;
    let page = applicant.follow(&again).await;
    page.is(200).says("市初审中").says("2027-04-30 23:59").says("与上一版比较");
    let compared = applicant.get(&format!("{here}/changes?from=1&to=2")).await;
    compared.is(200).says("办公场所").says("自有").says("租赁").says("1 处不同");
    applicant.get(&format!("{here}/changes?from=1&to=9")).await.is(404);

    let mut city = app.sign_in("city").await;
    city.get(&here).await.is(200).says("以 1 次为限");
    city.post(&format!("{here}/return"), &[("what", "再补")]).await.is(403).says("以 1 次为限").says("第八条（二）");
    let mut unmet = MET.to_vec();
    unmet[0].1 = "0";
    unmet.push(("note-6-1", "没有办公场所证明"));
    let refused = city.typing().post(&format!("{here}/review"), &unmet).await;
    refused.is(403).says("有 1 项条件未核实为符合").says("第八条（二）");
    city.post(&format!("{here}/review"), &MET[1..]).await.is(422).says("请逐项勾选");
    let passed = city.post(&format!("{here}/review"), MET).await;
    city.follow(&passed).await.is(200).says("初审合格，待上报").says("本行业已有工作站");
    city.get("/admission/forwarding").await.is(403).says("上报申请");
    // Not yet the province's.
    let mut province = app.sign_in("province").await;
    province.get(&here).await.is(200);
    let early = province.post(&format!("{here}/acceptance"), &[("reason", "产品不同")]).await;
    early.is(403).says("申请处于“初审合格，待上报”，不能受理").says("第八条（三）");

    // The city is late: said of the city, never of the applicant.
    until(app, "2027-05-31T16:00:00Z");
    let mut approver = app.sign_in("city_approver").await;
    approver.get("/admission/forwarding").await.is(200).says("上报 1 件").says("标明市级迟报");
    let forwarded = approver.post("/admission/forwarding", &[]).await;
    let page = approver.follow(&forwarded).await;
    page.is(200).says("市级迟报").says("没有初审合格、待上报的申请");
    approver.post("/admission/forwarding", &[]).await.is(403).says("第八条（二）");
    let letter = page.number_after("/general/papers/");
    approver.get(&format!("/general/papers/{letter}")).await.is(200).says("初审合格1家").says("情况属实，同意上报。");

    let mut province = app.sign_in("province").await;
    province.get("/admission/applications").await.is(200).says("市级迟报").says("省受理中");
    province.get(&here).await.is(200).says("市级迟报").says("2027-04-30 23:59");
    province.post(&format!("{here}/acceptance"), &[]).await.is(403).says("一个行业原则上只设一个").says("第七条");
    let accepted = province.post(&format!("{here}/acceptance"), &[("reason", "产品和市场不同")]).await;
    province.follow(&accepted).await.is(200).says("评审中").says("继续办理的理由：产品和市场不同");
    province.post(&format!("{here}/acceptance"), &[("reason", "再受理")]).await.is(403).says("不能受理");
    let mut applicant = app.sign_in("xiehui").await;
    applicant.get(&here).await.is(200).says("评审中").says_not("市级迟报").says_not("撤回申请");
    applicant.get("/general/papers").await.is(200).says("受理通知书");
    applicant.post(&format!("{here}/withdrawal"), &[("reason", "不申请了")]).await.is(403).says("不能撤回");
}

async fn the_direct_way_is_for_provincial_bodies_only(app: &TestApp) {
    open_round(app).await;
    let mut firm = register(app, "qiye", GOOD, "firm", people::CITY).await;
    let direct = [("route", "direct"), ("direct_ground", "provincial_body")];
    firm.get("/admission/applications").await.is(200);
    let begun = firm.post("/admission/applications", &[]).await;
    let id = begun.number_after("/admission/applications/");
    firm.follow(&begun).await.is(200);
    let saved = firm.post(&format!("/admission/applications/{id}/draft"), &[FORM, &direct].concat()).await;
    firm.follow(&saved).await.is(200).says("只有省属机构和全省性商（协）会可以直接递交");
    submit(&mut firm, id).await.is(403).says("第六条");
    firm.post("/admission/applications", &[]).await.is(403).says("一个单位一年只提交一份");

    // Two hours after the city's deadline the association may still go to the province, the firm to nobody.
    let mut body = register(app, "quansheng", OTHER_GOOD, "association", people::CITY).await;
    let own = fill(&mut body, &[("route", "direct"), ("direct_ground", "province_wide")]).await;
    until(app, "2027-04-30T16:00:00Z");
    let mut firm = app.sign_in("qiye").await;
    firm.get(&format!("/admission/applications/{id}/form")).await.is(200);
    firm.post(&format!("/admission/applications/{id}/draft"), FORM).await.is(303);
    firm.get(&format!("/admission/applications/{id}")).await.is(200).says("逾期未递交").says("已逾期");
    submit(&mut firm, id).await.is(403).says("2027-04-30 23:59:59，已逾期").says("第八条（一）");
    until(app, "2027-05-31T15:59:59Z");
    let mut body = app.sign_in("quansheng").await;
    let handed_in = submit(&mut body, own).await;
    body.follow(&handed_in).await.is(200).says("省受理中");
    body.get(&format!("/admission/applications/{id}")).await.is(404);
    let here = format!("/admission/applications/{own}");
    // The city it sits in may look, and not act.
    let mut city = app.sign_in("city").await;
    city.get(&here).await.is(200).says_not("作出结论");
    city.post(&format!("{here}/review"), MET).await.is(403).says("申请处于“省受理中”");
    city.post(&format!("{here}/return"), &[("what", "补")]).await.is(403);
    // Withdrawn and handed in anew only while the window is open.
    body.post(&format!("{here}/withdrawal"), &[("reason", "")]).await.is(422).says("请填写撤回理由");
    let withdrawn = body.post(&format!("{here}/withdrawal"), &[("reason", "材料有误")]).await;
    body.follow(&withdrawn).await.is(200).says("已撤回");
    submit(&mut body, own).await.is(303);
    // Returned by the province, not mended in time: the first material goes on.
    let mut province = app.sign_in("province").await;
    province.get(&here).await.is(200);
    province.post(&format!("{here}/provincial-return"), &[("what", "补章程")]).await.is(303);
    province.post(&format!("{here}/provincial-resumption"), &[]).await.is(403).says("未届满");
    until(app, "2027-06-07T16:00:00Z");
    let mut body = app.sign_in("quansheng").await;
    submit(&mut body, own).await.is(403).says("补正期限至 2027-06-07 24时，已届满").says("第八条（二）");
    let mut province = app.sign_in("province").await;
    province.get(&here).await.is(200).says("按原材料继续审核");
    province.post(&format!("{here}/provincial-resumption"), &[]).await.is(303);
    province.post(&format!("{here}/refusal"), &[("reason", "")]).await.is(422);
    province.post(&format!("{here}/refusal"), &[("reason", "不属于办法规定的范围")]).await.is(303);
    let page = province.get(&here).await;
    page.is(200).says("未通过");
    body.get("/general/papers").await.is(200).says("不予受理告知书");
    let mut leader = app.sign_in("province_leader").await;
    leader.get(&here).await.is(200).says_not("不予受理并送达");
    leader.post(&format!("{here}/refusal"), &[("reason", "x")]).await.is(403).says("受理申请");
}

async fn a_city_declines_with_reasons(app: &TestApp) {
    open_round(app).await;
    let mut applicant = register(app, "qiye2", GOOD, "firm", people::CITY).await;
    let id = fill(&mut applicant, &[]).await;
    submit(&mut applicant, id).await.is(303);
    let here = format!("/admission/applications/{id}");
    let mut city = app.sign_in("city").await;
    city.get(&here).await.is(200);
    let mut ticks = MET.to_vec();
    ticks[2].1 = "0";
    ticks[8].1 = "unqualified";
    city.post(&format!("{here}/review"), &ticks).await.is(422).says("请写明情况");
    ticks.push(("note-6-3", "不足以代表本行业"));
    let declined = city.post(&format!("{here}/review"), &ticks).await;
    city.follow(&declined).await.is(200).says("未通过").says("告知书已送达");
    let paper = applicant.get(&here).await.number_after("/general/papers/");
    applicant
        .get(&format!("/general/papers/{}", paper + 1))
        .await
        .is(200)
        .says("初审不合格告知书")
        .says("不足以代表本行业")
        .says("第六条（三）")
        .says("申诉渠道");
    // Unqualified, it never reaches the province's desk.
    let mut approver = app.sign_in("city_approver").await;
    approver.get("/admission/forwarding").await.is(200).says("没有待上报的申请");
    let mut province = app.sign_in("province").await;
    province.get(&here).await.is(200);
    province.post(&format!("{here}/acceptance"), &[]).await.is(403).says("申请处于“未通过”");
    let mut county = app.sign_in("county").await;
    county.get(&here).await.is(404);
}

/// The published arrangement of the year settles the dates: nothing to type, and a day off moves the deadline.
async fn a_published_year_settles_the_dates(app: &TestApp) {
    let off = (26..=30).map(|day| date(2027, 4, day)).chain((1..=5).map(|day| date(2027, 5, day))).collect();
    let year = HolidayYear { year: 2027, source: "示例".into(), off, work: Vec::new() };
    let mandate = may(&Actor::operator(), Verb::LoadHolidays, &Subject::whole("holiday_year", 0), date(2026, 9, 18));
    let mandate = mandate.expect("may");
    let mut tx = app.store().begin(&mandate, app.now()).await.expect("begin");
    tx.add_holiday_year(&year).await.expect("loaded");
    tx.commit().await.expect("commit");
    app.app.refresh().await.expect("refreshed");
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/admission/rounds/new").await.is(200).says("<b>2027-05-06</b>").says_not("暂计");
    let fields = [("year", "2027"), ("edition", "draft"), ("contact", "示例处"), ("application.city", "2027-12-01")];
    approver.post("/admission/rounds", &fields).await.is(303);
    let round = app.store().rounds().await.expect("rounds").remove(0);
    assert_eq!((round.city_due, round.direct_due), (20_270_506, 20_270_531));
    for name in ["province", "city", "applicant"] {
        let mut browser = app.sign_in(name).await;
        browser.get("/admission/rounds").await.is(200).says("2027-05-06 24时").says_not("确认日期");
        browser.get("/admission/rounds/new").await.is(403).says("第八条（一）");
        browser.post("/admission/rounds", &fields).await.is(403);
    }
    let mut applicant = register(app, "qiye3", GOOD, "firm", people::CITY).await;
    let id = fill(&mut applicant, &[]).await;
    until(app, "2027-05-06T15:59:59Z");
    let mut applicant = app.sign_in("qiye3").await;
    submit(&mut applicant, id).await.is(303);
}

async fn an_organisation_registers_for_itself_alone(app: &TestApp) {
    let mut browser = app.browser();
    browser.get("/public/applications/new").await.is(200);
    let fields = [("name", "示例"), ("uscc", "123"), ("username", "a b"), ("password", "short")];
    let page = browser.post("/public/applications", &fields).await;
    page.is(422).says("18 位").says("请选择单位类型").says("密码至少 10 位").says("value=\"示例\"");
    register(app, "xiehui2", GOOD, "association", people::CITY).await;
    browser.get("/public/applications/new").await.is(200);
    let taken = [
        ("name", "冒名"),
        ("uscc", GOOD),
        ("unit", "firm"),
        ("city", people::CITY),
        ("contact", "甲"),
        ("phone", "1"),
        ("username", "other"),
        ("password", people::PASSWORD),
        ("again", people::PASSWORD),
    ];
    browser.post("/public/applications", &taken).await.is(422).says("该代码已经注册");
    // Its account never becomes anything else, and an account nobody granted a role files nothing.
    let account = app.store().account_by_name("xiehui2").await.expect("read").expect("account").id;
    let mut admin = app.sign_in("secadmin").await;
    admin.get(&format!("/general/accounts/{account}")).await.is(200);
    let grant = [("role", Role::Auditor.key())];
    admin.post(&format!("/general/accounts/{account}/role"), &grant).await.is(403).says("只用于本单位的申请");
    open_round(app).await;
    let mut unassigned = app.sign_in("applicant").await;
    unassigned.get("/admission/applications").await.is(200).says("不是申请单位注册的账户");
    unassigned.post("/admission/applications", &[]).await.is(403).says("第二条");
}

/// Two applicants of one industry in one round: each one's reviewer sees the other, and a reason is asked for both.
async fn applicants_of_one_industry_are_shown_to_both_reviewers(app: &TestApp) {
    open_round(app).await;
    let mut first = register(app, "shenqing1", GOOD, "association", people::CITY).await;
    let mine = fill(&mut first, &[]).await;
    submit(&mut first, mine).await.is(303);
    let here = format!("/admission/applications/{mine}");
    let mut city = app.sign_in("city").await;
    city.get(&here).await.is(200).says("本轮也没有其他单位申请").says_not("冲突");
    let direct = [("route", "direct"), ("direct_ground", "province_wide")];
    let mut second = register(app, "shenqing2", OTHER_GOOD, "association", people::OTHER_CITY).await;
    let theirs = fill(&mut second, &[&direct[..], &[("region_code", "370602")]].concat()).await;
    let there = format!("/admission/applications/{theirs}");
    city.get(&here).await.is(200).says_not("示例单位shenqing2");
    second.get("/desk").await.is(200).says("递交申请材料").says(&format!("href=\"{there}\""));
    submit(&mut second, theirs).await.is(303);
    city.get("/desk")
        .await
        .is(200)
        .says("初审申请")
        .says("，1 件")
        .says("href=\"/admission/applications?stage=city_review\"");
    first.get("/desk").await.is(200).says_not("递交申请材料");
    let page = city.get(&here).await;
    page.is(200).says("示例单位shenqing2").says("本轮申请，省受理中").says("本轮另有 1 个单位申请同类行业");
    // The other city's material stays out of reach, and an applicant sees no rival.
    city.get(&there).await.is(404);
    second.get(&there).await.is(200).says_not("示例单位shenqing1");
    let mut province = app.sign_in("province").await;
    province.get(&there).await.is(200).says("示例单位shenqing1").says("本轮申请，市初审中");
    province.get("/desk").await.is(200).says("受理申请").says_not("初审申请").says_not("组成评审组");
    let refused = province.post(&format!("{there}/acceptance"), &[("reason", " ")]).await;
    refused.is(403).says("本轮另有 1 个单位申请同类行业").says("第七条");
    let accepted = province.post(&format!("{there}/acceptance"), &[("reason", "产品不同")]).await;
    province.follow(&accepted).await.is(200).says("本轮另有 1 个单位申请同类行业，继续办理的理由：产品不同");
    province.get("/desk").await.is(200).says("组成评审组").says_not("受理申请");
    // One withdrawn contends no more.
    first.post(&format!("{here}/withdrawal"), &[("reason", "不申请了")]).await.is(303);
    province.get(&there).await.is(200).says_not("示例单位shenqing1");
}

/// Reading K56: a unit that runs a station applies for another when that one has ended.
async fn a_unit_with_a_station_applies_for_no_other(app: &TestApp) {
    open_round(app).await;
    let mut unit = register(app, "xiehui", GOOD, "association", people::CITY).await;
    let station = people::station_of(app.store(), app.now(), "37-020", GOOD).await;
    let list = "/admission/applications";
    unit.refused(list, list, &[], "本单位已有有效的工作站（37-020），一个单位同时只设一个", "第八条").await;
    people::end(app.store(), app.now(), station).await;
    unit.offered(list, list, &[], &[]).await;
}

on_both!(
    a_unit_with_a_station_applies_for_no_other,
    applicants_of_one_industry_are_shown_to_both_reviewers,
    an_association_goes_through_its_city_to_acceptance,
    the_direct_way_is_for_provincial_bodies_only,
    a_city_declines_with_reasons,
    a_published_year_settles_the_dates,
    an_organisation_registers_for_itself_alone,
);
