//! Daily supervision and guidance between inspections (Article 3, second paragraph).

use crate::app::TestApp;
use crate::client::{Answer, Client};

const LIST: &str = "/general/supervision";

pub fn fields<'a>(kind: &'a str, content: &'a str) -> [(&'a str, &'a str); 6] {
    let station = ("station", "1");
    [station, ("kind", kind), ("on", "2026-09-17"), ("place", "站内"), ("people", "甲、乙"), ("content", content)]
}

/// Records one of the first station. Returns its address.
pub async fn record(browser: &mut Client, kind: &str, content: &str) -> String {
    browser.get("/general/supervision/new").await.is(200);
    let answer = browser.upload(LIST, &fields(kind, content), &[("现场.jpg", b"\xff\xd8")]).await;
    browser.follow(&answer).await.is(200).says("监督指导已登记").says(content).says("现场.jpg");
    format!("{LIST}/{}", answer.number_after("/general/supervision/"))
}

async fn correct(browser: &mut Client, page: &str, content: &str, reason: &str) -> Answer {
    browser.get(&format!("{page}/correction")).await.is(200);
    let fields = [&fields("reminder", content)[1..], &[("reason", reason)]].concat();
    browser.upload(&format!("{page}/correction"), &fields, &[]).await
}

async fn a_city_records_the_station_answers_and_a_correction_stands_beside_the_old(app: &TestApp) {
    let mut city = app.sign_in("city").await;
    city.get(LIST).await.is(200).says("没有符合条件的记录").says("登记监督指导");
    city.get("/general/supervision/new").await.is(200).says("示例轮胎工作站").says_not("示例苹果工作站");
    let bad = [("station", "1"), ("kind", "visit"), ("on", "2026-09-19"), ("place", ""), ("content", "可")];
    let answer = city.post(LIST, &bad).await;
    answer.is(422).says("请填写日期，不晚于今天。").says("请填写地点").says("请填写人员").says(">可</textarea>");
    let theirs = [("station", "2"), ("kind", "visit"), ("on", "2026-09-17"), ("place", "站"), ("content", "可")];
    city.get("/general/supervision/new").await.is(200);
    city.post(LIST, &theirs).await.is(404);
    let page = record(&mut city, "reminder", "九月预警信息尚未发布").await;
    let visit = record(&mut city, "visit", "年度走访").await;

    // The station sees what it was told, acknowledges once, answers in words.
    let mut station = app.sign_in("station001").await;
    station.get(LIST).await.is(200).says("九月预警信息尚未发布").says("待签阅").says_not("年度走访");
    station.get(&visit).await.is(404);
    station.get(&page).await.is(200).says("签阅");
    let answer = station.post(&format!("{page}/replies"), &[]).await;
    station.follow(&answer).await.is(200).says("已签阅，时间已记录");
    station.post(&format!("{page}/replies"), &[]).await.is(403).says("已经签阅").says("第三条");
    station.post(&format!("{page}/replies"), &[("text", "本周发布")]).await.is(303);
    station.get("/general/supervision/new").await.is(403).says("无权登记监督指导").says("第三条");
    city.get(&page).await.is(200).says("本周发布").says("回复");
    city.post(&format!("{page}/replies"), &[("text", "代答")]).await.is(403).says("无权回复监督指导");

    // Corrected by another record; the old one stays and is done with.
    city.get(&page).await.is(200);
    correct(&mut city, &page, "八月预警信息尚未发布", "").await.is(422).says("请填写更正理由");
    let answer = correct(&mut city, &page, "八月预警信息尚未发布", "月份写错").await;
    city.follow(&answer).await.is(200).says("已更正，原记录保留").says("月份写错").says("现场.jpg");
    city.get(&page).await.is(200).says("九月预警信息尚未发布").says("已经更正").says("第三条");
    city.get(&format!("{page}/correction")).await.is(403).says("已经更正");
    city.get(LIST).await.is(200).says("八月预警信息尚未发布").says_not("九月预警信息尚未发布");
    city.get(&format!("{LIST}?all=1")).await.is(200).says("九月预警信息尚未发布");
    city.get(&format!("{LIST}?kind=visit")).await.is(200).says("年度走访").says_not("八月预警");
    city.get(&format!("{LIST}?from=2026-09-18")).await.is(200).says("没有符合条件的记录");
    let book = city.get("/general/supervision.xlsx?kind=visit").await;
    assert_eq!(papers::read_xlsx(&book.is(200).bytes).expect("a workbook").rows.len(), 1);

    // The province sees all and does not correct what the city wrote; nobody from elsewhere sees anything.
    let mut province = app.sign_in("province").await;
    province.get(&format!("{LIST}?city=370500")).await.is(200).says("年度走访");
    province.get(&visit).await.is(200).says("由市商务主管部门登记，由其更正");
    province.get(&format!("{visit}/correction")).await.is(403).says("由其更正").says("第三条");
    province.get("/duties/stations/1").await.is(200).says("/general/supervision?station=1");
    let photo = province.get(&visit).await.number_after("/general/supervision/files/");
    province.get(&format!("/general/supervision/files/{photo}")).await.is(200);
    station.get(&format!("/general/supervision/files/{photo}")).await.is(404);
    for name in ["other_city", "station002"] {
        let mut other = app.sign_in(name).await;
        other.get(LIST).await.is(200).says_not("年度走访");
        for path in [&page, &visit, &format!("/general/supervision/files/{photo}")] {
            other.get(path).await.is(404);
        }
        other.post(&format!("{page}/replies"), &[("text", "甲")]).await.is(404);
    }
    app.sign_in("expert").await.get(LIST).await.is(403).says("第三条");
}

async fn what_a_county_found_the_city_leads_to_rectification(app: &TestApp) {
    let mut county = app.sign_in("county").await;
    let page = record(&mut county, "finding", "培训签到表缺失").await;
    county.get(&page).await.is(200).says_not("下达整改通知");
    let demand = [("demand", "补齐签到表"), ("days", "15")];
    county.post(&format!("{page}/rectifications"), &demand).await.is(403).says("第十二条");
    let mut city = app.sign_in("city").await;
    let reminder = record(&mut city, "reminder", "请按时报送").await;
    city.get(&reminder).await.is(200).says_not("下达整改通知");
    city.post(&format!("{reminder}/rectifications"), &demand).await.is(403).says("只有发现问题").says("第三条");
    city.get(&page).await.is(200).says("下达整改通知");
    city.post(&format!("{page}/rectifications"), &[("demand", ""), ("days", "15")]).await.is(422);
    city.post(&format!("{page}/rectifications"), &[("demand", "补齐"), ("days", "0")]).await.is(422);
    let answer = city.post(&format!("{page}/rectifications"), &demand).await;
    let task = format!("/appraisal/rectifications/{}", answer.number_after("/appraisal/rectifications/"));
    // Both ways, and once.
    city.follow(&answer).await.is(200).says("整改已下达").says("培训签到表缺失").says(&page).says("2026-10-15");
    city.get(&page).await.is(200).says(&task);
    city.post(&format!("{page}/rectifications"), &demand).await.is(403).says("已经下达整改");
    county.get(&format!("{page}/correction")).await.is(403).says("已经下达整改");
    let mut station = app.sign_in("station001").await;
    let notice = station.get("/general/papers").await.is(200).number_after("/general/papers/");
    let notice = station.get(&format!("/general/papers/{notice}")).await;
    notice.is(200).says("日常监督指导").says("补齐签到表").says_not("进行抽查");
    app.sign_in("other_city").await.get(&task).await.is(404);
    // What the province found, the province orders.
    let mut province = app.sign_in("province").await;
    let of_province = record(&mut province, "finding", "台账缺页").await;
    city.get(&of_province).await.is(200).says("由省商务厅发现，由其下达整改");
    city.post(&format!("{of_province}/rectifications"), &demand).await.is(403).says("由省商务厅发现");
}

on_both!(
    a_city_records_the_station_answers_and_a_correction_stands_beside_the_old,
    what_a_county_found_the_city_leads_to_rectification,
);
