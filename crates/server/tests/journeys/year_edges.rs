//! Edges of the inspection year over HTTP with the fake clock: a returned station, a late city, a deadline that rolls
//! over days off (G10 to G12), and the days in which a review may be asked for.

use std::time::Duration;

use jiff::Timestamp;
use store::duties::NewStation;

use crate::app::TestApp;
use crate::client::Client;

const YEAR: &str = "/appraisal/cycles/2026";

/// Moves the clock to an instant in China.
pub fn until(app: &TestApp, at: &str) {
    let at: Timestamp = format!("{at}+08:00").parse().expect("an instant");
    app.wait(Duration::try_from(at.duration_since(app.now())).expect("later than now"));
}

pub fn of(station: i64, what: &str) -> String {
    format!("{YEAR}/stations/{station}/{what}")
}

pub async fn hand_in(app: &TestApp, name: &str, station: i64) -> Client {
    let mut browser = app.sign_in(name).await;
    browser.get(&format!("{YEAR}/stations/{station}")).await.is(200);
    browser.post(&format!("{YEAR}/submission"), &[("attested", "1")]).await.is(303);
    browser
}

/// 2027's arrangement as the administrator would load it; the first of February is worked.
async fn load_2027(app: &TestApp) {
    let mut official = app.sign_in("sysadmin").await;
    let text = "year = 2027\nsource = \"示例：2027年放假安排\"\noff = [\"2027-01-01\", \"2027-02-06\", \"2027-02-07\"]\nwork = []\n";
    official.get("/general/holidays").await.is(200);
    official.post("/general/holidays", &[("arrangement", text)]).await.is(303);
}

/// G10: what counts is the first receipt, however long a correction takes after it.
async fn the_first_receipt_counts_for_what_is_returned(app: &TestApp) {
    until(app, "2027-01-31T23:59:58");
    hand_in(app, "station001", 1).await;
    until(app, "2027-02-05T10:00:00");
    let mut city = app.sign_in("city").await;
    city.get(&of(1, "inspection")).await.is(200);
    city.post(&of(1, "return"), &[("reason", "补签到表")]).await.is(303);
    let mut province = app.sign_in("province").await;
    province.get(&of(1, "inspection")).await.is(200).says("市级退回补正").says_not("逾期报送");
    province.post(&of(1, "absence-notice"), &[]).await.is(403).says("不能").says("办法第十四条");
    until(app, "2027-02-09T15:00:00");
    let mut station = hand_in(app, "station001", 1).await;
    station.get(&of(1, "inspection")).await.is(200).says("2027-01-31 23:59:58，以此为准").says_not("逾期报送");
    let mut province = app.sign_in("province").await;
    province.get(&of(1, "inspection")).await.is(200);
    province.post(&of(1, "absence-notice"), &[]).await.is(403).says("已按时报送").says("办法第十四条");
    let absent = [("station", "1"), ("value", "absent"), ("reason", "退回后才补齐")];
    province.get(&format!("{YEAR}/ranking")).await.is(200).says("逾期未报 1 家").says("示例苹果工作站");
    province.post(&format!("{YEAR}/participation"), &absent).await.is(403).says("已按时报送");
}

/// G11: a city that is late is marked as such; its station took part in time, and its material is still taken.
async fn a_late_city_harms_no_station(app: &TestApp) {
    load_2027(app).await;
    until(app, "2027-01-30T09:00:00");
    hand_in(app, "station001", 1).await;
    until(app, "2027-02-15T23:59:59");
    let mut province = app.sign_in("province").await;
    province.get(&format!("{YEAR}/inspection")).await.is(200).says_not("市级逾期");
    province.post(&format!("{YEAR}/acceptance"), &[]).await.is(403).says("办法第十条");
    until(app, "2027-02-16T00:00:00");
    province.get(&format!("{YEAR}/inspection")).await.is(200).says("市级逾期未上报 1 家，不影响工作站");
    province.get(&of(1, "inspection")).await.is(200).says("市级逾期，不影响工作站").says_not("逾期报送");
    let mut city = app.sign_in("city").await;
    city.get(&of(1, "inspection")).await.is(200);
    city.post(&of(1, "check"), &[("opinion", "属实")]).await.is(303);
    let mut approver = app.sign_in("city_approver").await;
    approver.get(&format!("{YEAR}/inspection")).await.is(200);
    approver.post(&format!("{YEAR}/forwarding"), &[("letter", "请审定")]).await.is(303);
    province.get(&format!("{YEAR}/inspection")).await.is(200).says_not("市级逾期").says("评分中");
    province.post(&of(1, "absence-notice"), &[]).await.is(403).says("办法第十四条");
    province.get(&format!("{YEAR}/ranking")).await.is(200).says("逾期未报 1 家").says("示例苹果工作站");
}

/// G12: 31 January 2027 is a Sunday. While the year's days off are not published the date is 暂计; loaded, the Monday
/// counts to its last second.
async fn a_deadline_on_a_sunday_rolls_to_the_monday(app: &TestApp) {
    let mut province = app.sign_in("province").await;
    province.get(&of(1, "inspection")).await.is(200).says("2027-02-01（暂计）");
    load_2027(app).await;
    province.get(&of(1, "inspection")).await.is(200).says("2027-02-01").says_not("暂计");
    until(app, "2027-02-01T23:59:59");
    let mut station = hand_in(app, "station001", 1).await;
    station.get(&of(1, "inspection")).await.is(200).says("2027-02-01 23:59:59，以此为准").says_not("逾期报送");
    let mut province = app.sign_in("province").await;
    province.get(&of(2, "inspection")).await.is(200);
    province.post(&of(2, "absence-notice"), &[]).await.is(403).says("期限未满").says("办法第十四条");
    until(app, "2027-02-02T00:00:00");
    let mut station = hand_in(app, "station002", 2).await;
    station.get(&of(2, "inspection")).await.is(200).says("2027-02-02 00:00:00，以此为准").says("逾期报送");
    // Late is not absent: only a notice and a person's finding make it so.
    let mut province = app.sign_in("province").await;
    province.get(&format!("{YEAR}/ranking")).await.is(200).says_not("未参加 1 家");
    province.get(&of(2, "inspection")).await.is(200);
    province.post(&of(2, "absence-notice"), &[]).await.is(303);
}

async fn remind(app: &TestApp) -> u64 {
    server::appraisal::reminders::remind(&app.app).await.expect("reminders")
}

/// Each station is reminded of its own last day to ask for review, and no longer once it has asked (reading K51).
async fn the_days_of_review_are_reminded_of(app: &TestApp) {
    load_2027(app).await;
    until(app, "2027-01-30T09:00:00");
    hand_in(app, "station001", 1).await;
    hand_in(app, "station002", 2).await;
    until(app, "2027-03-01T09:00:00");
    let mut province = app.sign_in("province").await;
    province.get(&format!("{YEAR}/inspection")).await.is(200);
    for act in ["acceptance", "settlement", "feedback"] {
        province.post(&format!("{YEAR}/{act}"), &[]).await.is(303);
    }
    // Whom the year counts is settled with the points.
    for value in ["first_year", "on_time"] {
        let found = [("station", "1"), ("value", value), ("reason", "迟到的认定")];
        let refused = province.post(&format!("{YEAR}/participation"), &found).await;
        refused.is(403).says("得分已由省商务厅审定").says("办法第十四条");
    }
    // Monday 1 March: five working days end on Monday 8. The second station receives its sheet on the Wednesday.
    assert_eq!(remind(app).await, 0, "a week before nothing is owed");
    until(app, "2027-03-03T09:00:00");
    let mut second = app.sign_in("station002").await;
    let paper = second.get("/general/papers").await.number_after("/general/papers/");
    second.get(&format!("/general/papers/{paper}")).await.is(200);
    second.post(&format!("/general/papers/{paper}/receipt"), &[]).await.is(303);
    until(app, "2027-03-05T09:00:00");
    assert_eq!(remind(app).await, 1, "three days before, to the first alone");
    assert_eq!(remind(app).await, 0, "it goes out once");
    let mut first = app.sign_in("station001").await;
    first.get("/desk").await.is(200).says("可以申请复核，距截止 3 天（2027-03-08 24时");
    app.sign_in("station002").await.get("/desk").await.is(200).says_not("可以申请复核");
    app.sign_in("city").await.get("/desk").await.is(200).says_not("可以申请复核");
    until(app, "2027-03-07T09:00:00");
    assert_eq!(remind(app).await, 2, "one day before, and three days before the second's");
    app.sign_in("station002").await.get("/desk").await.is(200).says("距截止 3 天（2027-03-10 24时");
    // The second asks: nothing reminds it any more. The first lets its day pass.
    let mut second = app.sign_in("station002").await;
    second.get(&of(2, "inspection")).await.is(200);
    second.post(&of(2, "review"), &[("text", "活动应为举办")]).await.is(303);
    second.get("/desk").await.is(200).says_not("可以申请复核");
    until(app, "2027-03-09T00:00:00");
    assert_eq!(remind(app).await, 1, "the day after, to the first alone");
    let mut first = app.sign_in("station001").await;
    first.get("/desk").await.is(200).says("可以申请复核，申请期限已届满（2027-03-08 24时");
    first.get(&of(1, "inspection")).await.is(200);
    first
        .post(&of(1, "review"), &[("text", "迟了")])
        .await
        .is(403)
        .says("2027-03-08 24时，已届满")
        .says("办法第十四条");
    until(app, "2027-03-11T09:00:00");
    assert_eq!(remind(app).await, 0, "long after, nobody is reminded");
}

/// Opens 2027 under these policies, with a third station confirmed in that year, and reads its ranking (G8: a first
/// year is graded or not, and the cap is a third of those that take part or of all).
async fn ranked(app: &TestApp, first_year: &str, counts: &str, sentence: &str) {
    let at = app.now();
    let registry = crate::people::operator(at);
    let mut tx = app.store().begin(&registry, at).await.expect("begin");
    let new = NewStation {
        number: "37-003".to_owned(),
        name: "示例新设工作站".to_owned(),
        host_name: "示例承办协会".to_owned(),
        city: crate::people::CITY.to_owned(),
        managed_by: "province".to_owned(),
        confirmed_on: 20_270_110,
        source: "form".to_owned(),
        ..NewStation::default()
    };
    tx.add_station(&new).await.expect("station");
    tx.commit().await.expect("commit");
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/appraisal/cycles/new").await.is(200);
    let confirmed = [("year", "2027"), ("edition", "draft"), ("pass_mark", "60"), ("dates_confirmed", "1")];
    let chosen = [confirmed.as_slice(), &[("first_year", first_year), ("counts", counts)]].concat();
    approver.post("/appraisal/cycles", &confirmed).await.is(422).says("请选择首年工作站怎样评估");
    approver.post("/appraisal/cycles", &chosen).await.is(303);
    approver.get("/appraisal/cycles/2027/ranking").await.is(200).says(sentence);
}

async fn a_first_year_is_left_out_of_a_third_of_those_that_take_part(app: &TestApp) {
    ranked(app, "exempt", "participating", "优秀上限 0 家").await;
}

async fn a_first_year_counts_where_the_third_is_of_all(app: &TestApp) {
    ranked(app, "exempt", "all", "优秀上限 1 家").await;
}

async fn a_first_year_counts_where_it_is_graded(app: &TestApp) {
    ranked(app, "graded", "participating", "优秀上限 1 家").await;
}

on_both!(
    a_first_year_is_left_out_of_a_third_of_those_that_take_part,
    a_first_year_counts_where_the_third_is_of_all,
    a_first_year_counts_where_it_is_graded,
    the_first_receipt_counts_for_what_is_returned,
    a_late_city_harms_no_station,
    a_deadline_on_a_sunday_rolls_to_the_monday,
    the_days_of_review_are_reminded_of,
);
