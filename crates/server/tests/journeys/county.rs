//! A county says what it thinks of an application, or of a station's yearly material, before its city concludes, where
//! the edition has that step (Article 3, readings K13 and K89).

use regulation::general::county::Hearing;
use regulation::general::{Actor, Subject, Verb, may};

use crate::admission::{FORM, MET, fill, open_round, submit, until};
use crate::app::TestApp;
use crate::client::Client;
use crate::people;

/// Loads an edition that hears counties on this and on nothing else.
async fn load(app: &TestApp, hearing: Hearing) {
    // Editions are told apart by when they were loaded.
    app.wait(std::time::Duration::from_secs(60));
    let mut files = server::editions::draft_files();
    let head = files.get_mut("edition.toml").expect("head");
    *head = head.replace("id = \"draft\"", "id = \"asking\"");
    let calendar = files.get_mut("calendar.toml").expect("calendar");
    let setting = format!("id = \"{}\"", hearing.setting());
    let (before, after) = calendar.split_once(&setting).expect("the setting");
    *calendar = format!("{before}{setting}{}", after.replacen("value = false", "value = true", 1));
    let at = app.now();
    let subject = Subject::whole("edition", 0);
    let mandate = may(&Actor::operator(), Verb::LoadEdition, &subject, store::day_of(at)).expect("allowed");
    let mut tx = app.store().begin(&mandate, at).await.expect("begin");
    tx.add_edition("asking", &files).await.expect("loaded");
    tx.commit().await.expect("commit");
}

/// Opens the round of 2027 under an edition that asks counties.
async fn open_with_the_step(app: &TestApp) {
    load(app, Hearing::Application).await;
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/admission/rounds/new").await.is(200);
    let dates = [
        ("year", "2027"),
        ("edition", "asking"),
        ("application.city", "2027-04-30"),
        ("application.direct", "2027-05-31"),
        ("forwarding.city", "2027-05-31"),
        ("review.expert", "2027-08-02"),
        ("contact", "省商务厅示例处 0531-00000000"),
    ];
    approver.post("/admission/rounds", &dates).await.is(303);
}

/// Registers an organisation of the county.
async fn register(app: &TestApp) -> Client {
    let mut browser = app.browser();
    browser.get("/public/applications/new").await.is(200);
    let fields = [
        ("name", "示例县域协会"),
        ("uscc", "91110000101623741K"),
        ("unit", "association"),
        ("city", people::CITY),
        ("county", people::COUNTY),
        ("contact", "示例甲"),
        ("phone", "13812345678"),
        ("username", "xianyu"),
        ("password", people::PASSWORD),
        ("again", people::PASSWORD),
    ];
    assert_eq!(browser.post("/public/applications", &fields).await.location(), "/login?why=registered");
    app.sign_in("xianyu").await
}

async fn a_county_is_heard_and_holds_nothing_up(app: &TestApp) {
    open_with_the_step(app).await;
    let mut applicant = register(app).await;
    let id = fill(&mut applicant, &[]).await;
    let here = format!("/admission/applications/{id}");
    let give = format!("{here}/county-opinions");
    let text = [("text", "协会在本县实际办公，人员属实。")];
    // A draft is its applicant's alone.
    let mut county = app.sign_in("county").await;
    county.get(&here).await.is(404);
    county.get("/admission/applications").await.is(200);
    county.post(&give, &text).await.is(404);
    submit(&mut applicant, id).await.is(303);

    county.get(&here).await.is(200).says("县级意见").says("填写意见</button>").says_not("作出结论");
    county.post(&give, &[("text", "")]).await.is(422).says("请填写意见");
    let long = "长".repeat(2001);
    county.post(&give, &[("text", long.as_str())]).await.is(422).says("不超过 2000 字");
    let before = app.audit_rows().await;
    let answer = county.post(&give, &text).await;
    assert_eq!(app.audit_rows().await, before + 1);
    county.follow(&answer).await.is(200).says("意见已填写").says("人员属实").says("2026-09-18 10:01");
    // A further one stands beside the first.
    county.post(&give, &[("text", "另：网站已开通。")]).await.is(303);

    // Shown to city and province, not to the applicant, not elsewhere; nobody gives it for the county.
    for name in ["city", "city_approver", "province"] {
        let mut reader = app.sign_in(name).await;
        reader.get(&here).await.is(200).says("人员属实").says("网站已开通").says_not("填写意见</button>");
        reader.post(&give, &text).await.is(403).says("无权填写县级意见").says("第三条");
    }
    applicant.get(&here).await.is(200).says_not("县级意见").says_not("人员属实");
    applicant.post(&give, &text).await.is(403).says("填写县级意见");
    let mut other = app.sign_in("other_city").await;
    other.get(&here).await.is(404);
    other.get("/admission/applications").await.is(200);
    other.post(&give, &text).await.is(404);

    // While the material is back with the applicant the city has not concluded; once it has, the county is too late.
    let mut city = app.sign_in("city").await;
    city.get(&here).await.is(200).says("作出结论");
    city.post(&format!("{here}/return"), &[("what", "补章程")]).await.is(303);
    let mut county = app.sign_in("county").await;
    county.get(&here).await.is(200).says("填写意见</button>");
    until(app, "2026-09-21T02:00:00Z");
    let mut applicant = app.sign_in("xianyu").await;
    applicant.get(&here).await.is(200);
    applicant.post(&format!("{here}/draft"), FORM).await.is(303);
    submit(&mut applicant, id).await.is(303);
    let mut city = app.sign_in("city").await;
    city.get(&here).await.is(200);
    city.post(&format!("{here}/review"), MET).await.is(303);
    let mut county = app.sign_in("county").await;
    let page = county.get(&here).await;
    page.is(200).says("人员属实").says("在市商务主管部门作出初审结论前填写").says_not("填写意见</button>");
    let before = app.audit_rows().await;
    county.post(&give, &text).await.is(403).says("申请处于“初审合格，待上报”").says("K13").says("第三条");
    assert_eq!(app.audit_rows().await, before);
}

async fn without_the_step_nobody_is_asked(app: &TestApp) {
    open_round(app).await;
    let mut applicant = register(app).await;
    let id = fill(&mut applicant, &[]).await;
    submit(&mut applicant, id).await.is(303);
    let here = format!("/admission/applications/{id}");
    let mut county = app.sign_in("county").await;
    county.get(&here).await.is(200).says("不设县级意见环节").says("K13").says_not("填写意见</button>");
    let before = app.audit_rows().await;
    let refused = county.post(&format!("{here}/county-opinions"), &[("text", "同意")]).await;
    refused.is(403).says("不设县级意见环节（读法 K13）").says("第三条");
    assert_eq!(app.audit_rows().await, before);
    let mut city = app.sign_in("city").await;
    city.get(&here).await.is(200).says("作出结论").says_not("县级意见");
    city.post(&format!("{here}/review"), MET).await.is(303);
}

const STATION: &str = "/appraisal/cycles/2027/stations/1";

/// The material of 2027, opened under an edition, handed in by the county's station.
async fn hand_in(app: &TestApp, edition: &str) {
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/appraisal/cycles/new").await.is(200);
    let fields = [("year", "2027"), ("edition", edition), ("pass_mark", "15"), ("dates_confirmed", "1")];
    let fields = [fields.as_slice(), &[("first_year", "exempt"), ("counts", "participating")]].concat();
    approver.post("/appraisal/cycles", &fields).await.is(303);
    until(app, "2028-01-20T01:00:00Z");
    let mut station = app.sign_in("station001").await;
    station.get(STATION).await.is(200);
    station.post("/appraisal/cycles/2027/submission", &[("attested", "1")]).await.is(303);
}

/// The county reads what was handed in and changes none of it; the city reads the county beside its check, and waits for
/// nothing.
async fn a_county_is_heard_on_the_yearly_material(app: &TestApp) {
    load(app, Hearing::Material).await;
    let (here, give) = (format!("{STATION}/inspection"), format!("{STATION}/county-opinions"));
    let said = [("text", "日常监管中未见异常。"), ("findings", "七月培训到场人数少于材料所列。")];
    hand_in(app, "asking").await;
    let mut county = app.sign_in("county").await;
    county.get(STATION).await.is(200).says("2027-37-001-01").says_not("核验</button>").says_not("报送材料</button>");
    county.get(&here).await.is(200).says("填写意见</button>").says("K89").says_not("完成核查</button>");
    county.post(&give, &[("text", " "), ("findings", "x")]).await.is(422).says("请填写意见");
    let long = "长".repeat(2001);
    county.post(&give, &[("text", "可"), ("findings", &long)]).await.is(422).says("发现的情况不超过 2000 字");
    let before = app.audit_rows().await;
    let answer = county.post(&give, &said).await;
    assert_eq!(app.audit_rows().await, before + 1);
    county
        .follow(&answer)
        .await
        .is(200)
        .says("意见已填写")
        .says("未见异常")
        .says("到场人数少于")
        .says("2028-01-20 09:00");

    // Read by city and province beside the check, not by the station or its assessors, not elsewhere.
    let mut city = app.sign_in("city").await;
    let page = city.get(&here).await;
    page.is(200).says("未见异常").says("到场人数少于").says("完成核查</button>").says_not("填写意见</button>");
    city.post(&give, &said).await.is(403).says("无权填写县级意见").says("第三条");
    app.sign_in("province").await.get(&here).await.is(200).says("到场人数少于");
    for name in ["station001", "station001clerk"] {
        app.sign_in(name).await.get(&here).await.is(200).says_not("县级意见").says_not("到场人数少于");
    }
    let mut other = app.sign_in("other_city").await;
    other.get(&here).await.is(404);
    // The other city's station is not the county's to speak of.
    county.get(&here).await.is(200);
    county.post("/appraisal/cycles/2027/stations/2/county-opinions", &said).await.is(404);

    // Sent back and handed in again, it is heard again; once the city has checked, the county is too late.
    city.get(&here).await.is(200);
    city.post(&format!("{STATION}/return"), &[("reason", "补签到表")]).await.is(303);
    county.get(&here).await.is(200);
    county.post(&give, &[("text", "补正前再次说明。")]).await.is(303);
    city.post(&format!("{STATION}/check"), &[("opinion", "属实")]).await.is(303);
    let page = county.get(&here).await;
    page.is(200).says("未见异常").says("再次说明").says("完成核查前填写").says_not("填写意见</button>");
    let before = app.audit_rows().await;
    county.post(&give, &said).await.is(403).says("年度检查处于“市级已核查”").says("K89").says("第三条");
    assert_eq!(app.audit_rows().await, before);
}

/// By default no county is asked, and the city checks as ever; what the province manages is not the county's in any case.
async fn without_the_step_the_material_goes_to_the_city(app: &TestApp) {
    load(app, Hearing::Application).await;
    let (here, give) = (format!("{STATION}/inspection"), format!("{STATION}/county-opinions"));
    hand_in(app, "asking").await;
    let mut county = app.sign_in("county").await;
    county.get(&here).await.is(200).says("对年度材料不设县级意见环节").says_not("填写意见</button>");
    let before = app.audit_rows().await;
    county.post(&give, &[("text", "同意")]).await.is(403).says("（读法 K89）").says("第三条");
    assert_eq!(app.audit_rows().await, before);
    let mut city = app.sign_in("city").await;
    city.get(&here).await.is(200).says_not("县级意见").says("完成核查</button>");
    city.post(&format!("{STATION}/check"), &[("opinion", "属实")]).await.is(303);
}

on_both!(
    a_county_is_heard_and_holds_nothing_up,
    without_the_step_nobody_is_asked,
    a_county_is_heard_on_the_yearly_material,
    without_the_step_the_material_goes_to_the_city,
);
