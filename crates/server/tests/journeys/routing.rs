//! Whose a notice is (Article 5(1), reading K91), from what is uploaded to what stands at the stations' doors: Chinese titles
//! without codes, notices without a date, watch words, industries.

use regulation::general::{Actor, Subject, Verb, may};
use store::duties::NewStation;
use store::query::Query;

use crate::app::TestApp;
use crate::people::CITY;
use crate::warning::{roster, upload};

const HEADINGS: &str = "标题,发布日期,国家,案件类型,阶段,海关编码,编号,截止日期\n";

/// Titles of the notices at a station's door, in the order they were read.
async fn at_door(app: &TestApp, station: i64) -> Vec<String> {
    let query = Query::new(
        "SELECT n.title FROM signal s JOIN trade_notice n ON n.id = s.notice_id WHERE s.station_id = $1 ORDER BY n.id",
    );
    let titles: Vec<(String,)> = app.store().all(query.bind(station)).await.expect("titles");
    titles.into_iter().map(|(title,)| title).collect()
}

async fn load(app: &TestApp, rows: &str) {
    let mut province = app.sign_in("province").await;
    upload(&mut province, "csv", "list.csv", format!("{HEADINGS}{rows}").as_bytes()).await.is(303);
}

/// A feed in Chinese names no code: its products are proposed by their names, and only what is of no kind and at no stage is
/// left aside.
async fn a_chinese_title_finds_its_station(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    roster(&mut station).await;
    let titles = ["印度对华轮胎发起反倾销调查", "巴西对华苹果启动复审", "印度轮胎外贸统计年报"];
    let item = |title: &&str| {
        format!(
            "<item><title>{title}</title><guid>{title}</guid><pubDate>Thu, 10 Sep 2026 10:00:00 GMT</pubDate></item>"
        )
    };
    let items: String = titles.iter().map(item).collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>示例</title>{items}</channel></rss>");
    let answer = upload(&mut station, "rss", "feed.xml", feed.as_bytes()).await;
    station.follow(&answer).await.is(200).says("4011").says("0808").says("与贸易摩擦无关");
    assert_eq!(at_door(app, 1).await, titles[..2]);
    station.get("/duties/signals").await.is(200).says("（轮胎）").says("（苹果和梨）").says("企业库 2 家");
}

/// Without a date a notice is as old as its number; while it may be answered it is not old; orders in force are kept only.
async fn what_is_old_is_told_by_date_number_and_deadline(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    roster(&mut station).await;
    load(
        app,
        "甲：美国对华轮胎反倾销终裁,,美国,反倾销,终裁,4011,2016-08229,\n\
         乙：英国对华轮胎保障措施立案,2026-01-05,英国,保障措施,立案,4011,S-1,2026-10-20\n\
         丙：英国对华轮胎保障措施立案,2026-01-05,英国,保障措施,立案,4011,S-2,2026-02-20\n\
         丁：印度对华轮胎反倾销立案,,印度,反倾销,立案,4011,B-7,\n",
    )
    .await;
    let orders = r#"{"total":1,"results":[{"product":"Truck Tires","country":"China","case_number":"A-570-998","hts_numbers":["4011.20.10.15"]}]}"#;
    let answer = upload(&mut station, "ita-orders", "orders.json", orders.as_bytes()).await;
    station.follow(&answer).await.is(200).says("清单资料，只作留存");
    let asides: Vec<(String,)> =
        app.store().all(Query::new("SELECT aside FROM trade_notice ORDER BY id")).await.expect("asides");
    let asides: Vec<&str> = asides.iter().map(|(aside,)| aside.as_str()).collect();
    let old = "公布已久，只作留存";
    assert_eq!(asides, [old, "", old, "", "清单资料，只作留存"]);
    assert_eq!(at_door(app, 1).await, ["乙：英国对华轮胎保障措施立案", "丁：印度对华轮胎反倾销立案"]);
    // Of the two firms one sells to other markets: as a warning would choose.
    let query =
        Query::new("SELECT s.id FROM signal s JOIN trade_notice n ON n.id = s.notice_id WHERE n.country = 'IN'");
    let (signal,): (i64,) = app.store().one(query).await.expect("a signal");
    let page = station.get(&format!("/duties/signals/{signal}")).await;
    page.is(200).says("企业库 2 家涉及，其中登记出口印度或者没有登记出口市场的 1 家");
    // Whoever asks finds the one without a date, too.
    let page = app.browser().get("/relevance?q=4011").await;
    page.is(200).says("乙：英国").says("丁：印度").says_not("甲：美国").says_not("丙：英国");
}

async fn a_watch_word_is_a_word(app: &TestApp) {
    let mut other = app.sign_in("station002").await;
    other.get("/duties/signals/words").await.is(200);
    other.post("/duties/signals/words", &[("words", "tire\n石墨")]).await.is(303);
    load(
        app,
        "Anti-dumping duty on entire unit heads from China: initiation,2026-09-10,印度,反倾销,立案,,W-1,\n\
         Anti-dumping duty on valves of tires from China: initiation,2026-09-10,印度,反倾销,立案,,W-2,\n\
         印度对华石墨舟发起反倾销调查,2026-09-10,印度,反倾销,立案,,W-3,\n",
    )
    .await;
    let expected = ["Anti-dumping duty on valves of tires from China: initiation", "印度对华石墨舟发起反倾销调查"];
    assert_eq!(at_door(app, 2).await, expected);
}

/// A station without codes and firms hears of what its industry is named in.
async fn an_industry_is_a_claim(app: &TestApp) {
    let at = app.now();
    let subject = Subject::whole("station", 0);
    let mandate = may(&Actor::operator(), Verb::MaintainRegistry, &subject, store::day_of(at)).expect("allowed");
    let mut tx = app.store().begin(&mandate, at).await.expect("begin");
    let new = NewStation {
        number: "37-101".to_owned(),
        name: "示例轮胎制造工作站".to_owned(),
        host_name: "示例协会".to_owned(),
        city: CITY.to_owned(),
        managed_by: "city".to_owned(),
        industry_code: "2911".to_owned(),
        industry: "轮胎制造".to_owned(),
        confirmed_on: 20_250_301,
        source: "form".to_owned(),
        ..NewStation::default()
    };
    let station = tx.add_station(&new).await.expect("station");
    tx.commit().await.expect("commit");
    load(
        app,
        "Truck and bus tires from China: initiation,2026-09-10,印度,反倾销,立案,4011.20,W-1,\n\
         印度对华大蒜发起反倾销调查,2026-09-10,印度,反倾销,立案,,W-2,\n",
    )
    .await;
    assert_eq!(at_door(app, station).await, ["Truck and bus tires from China: initiation"]);
    let query = Query::new("SELECT why FROM signal WHERE station_id = $1").bind(station);
    let (why,): (String,) = app.store().one(query).await.expect("a signal");
    assert_eq!(why, "行业“轮胎”");
}

/// The search finds “Boltless” by `bolt`; whoever asks about bolts is not shown shelves.
async fn a_question_in_letters_finds_whole_words(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    station.get("/duties/warnings/new").await.is(200);
    let fields = [
        ("level", "yellow"),
        ("title", "美国对 Boltless 钢制货架作出终裁"),
        ("kind", "反倾销"),
        ("market", "美国"),
        ("industry", "货架"),
        ("summary", "美国商务部公告，对自中国进口的 Boltless 钢制货架作出反倾销终裁。"),
        ("products", "钢制货架"),
        ("hs_codes", "9403.20"),
        ("advice", "核对是否出口过上列税号产品。"),
        ("source_title", "美国商务部公告"),
    ];
    let id = station.post("/duties/warnings", &fields).await.number_after("/duties/warnings/");
    station.get(&format!("/duties/warnings/{id}")).await.is(200);
    station.post(&format!("/duties/warnings/{id}/publication"), &[]).await.is(303);
    let link = format!("/warnings/{id}");
    let mut anyone = app.browser();
    anyone.get("/relevance?q=boltless").await.is(200).says(&link);
    anyone.get("/relevance?q=bolt").await.is(200).says("紧固件").says_not(&link);
}

on_both!(
    a_chinese_title_finds_its_station,
    what_is_old_is_told_by_date_number_and_deadline,
    a_watch_word_is_a_word,
    an_industry_is_a_claim,
    a_question_in_letters_finds_whole_words,
);
