//! Copies and padding: what is the same counts once on the sheet, what a reviewer should look at is a page, and what was
//! published elsewhere comes in by a file (readings K62, K99, K101 and K102).

use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::importing::{confirm, preview};

const SHEET: &str = "/appraisal/cycles/2026/stations/1";
const PADDING: &str = "/appraisal/cycles/2026/stations/1/padding";
const IMPORT: &str = "/appraisal/ledger/import";
const PUBLISHED: &str = "warning.published";

const TEXTS: [&str; 20] = [
    "美国对华轮胎发起反倾销调查",
    "欧盟通报玻璃纤维终裁税率",
    "印度调整大蒜进口配额",
    "巴西修订家电能效法规",
    "墨西哥更新水产品标签要求",
    "土耳其受理橡胶助剂申请",
    "英国对钢管启动再调查",
    "加拿大裁定光伏支架补贴成立",
    "澳大利亚发起铝轮毂复审",
    "越南征收螺栓临时保障税",
    "韩国终止彩涂板措施",
    "南非公布三氯蔗糖日落复审",
    "阿根廷抽样陶瓷砖出口商",
    "哥伦比亚延长丙烯酸漆期限",
    "日本公示茶叶残留限量",
    "泰国要求电动自行车认证",
    "埃及登记出口工厂名录",
    "俄罗斯实施轴承追溯标识",
    "智利核查蜂蜜原产地",
    "秘鲁公告纺织品最低限价",
];

async fn file(browser: &mut Client, on: &str, title: &str, detail: &str, url: &str) -> i64 {
    browser.get("/appraisal/ledger/new").await.is(200);
    let fields = [("kind", PUBLISHED), ("on", on), ("count", "1"), ("title", title), ("detail", detail), ("url", url)];
    browser.upload("/appraisal/ledger", &fields, &[]).await.number_after("/appraisal/ledger/")
}

/// Nineteen warnings of September.
async fn nineteen(browser: &mut Client) {
    let row = |(n, title): (usize, &&str)| format!("2026-09-{:02}\t{title}\thttps://example.cn/{n}\n", n % 16 + 1);
    let rows: String = TEXTS[..19].iter().enumerate().map(row).collect();
    let page = preview(browser, &rows).await;
    page.is(200).says("可导入 19 行");
    confirm(browser, &page).await.is(303);
}

/// The row's count of September and its figure in the station's own column.
async fn counts(browser: &mut Client) -> (bool, Answer) {
    let page = browser.get(&format!("{SHEET}?open=warn.published")).await;
    page.is(200);
    (page.text().contains("<b>20 条</b>"), page)
}

async fn a_copy_typed_by_hand_does_not_move_the_row(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    nineteen(&mut station).await;
    let copy = file(&mut station, "2026-09-17", &format!(" {}！", TEXTS[0]), "", "").await;
    let (full, page) = counts(&mut station).await;
    assert!(!full, "a copy would have filled the month");
    page.says("<b>19 条</b>").says("内容相同，不重复计数（读法 K101）").says("另有 1 条与当月其他条内容相同");
    station.get("/appraisal/ledger").await.is(200).says("重复不计").says("共 20 条").says("19 条");
    station.get(&format!("/appraisal/ledger/{copy}")).await.is(200).says("不重复计数");
    // The station sees what the reviewer sees, before the year ends.
    let page = station.get(PADDING).await;
    page.is(200).says("相同").says("计 19 条，内容相同不计 1 条").says("不计").says_not("name=\"accepted\"");
    // Another text is another warning, and the row is full.
    file(&mut station, "2026-09-17", TEXTS[19], "", "").await;
    assert!(counts(&mut station).await.0);
    // Corrected into a text of its own, the copy counts.
    let place = format!("/appraisal/ledger/{copy}/correction");
    station.get(&place).await.is(200);
    let own = [("kind", PUBLISHED), ("on", "2026-09-17"), ("count", "1"), ("title", "海关总署提示原产地证书新格式")];
    station.upload(&place, &own, &[]).await.is(303);
    station.get(PADDING).await.is(200).says("计 21 条").says_not("不重复计数");
}

async fn who_reviews_has_the_last_word(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    nineteen(&mut station).await;
    let copy = file(&mut station, "2026-09-17", TEXTS[0], "", "").await.to_string();
    let mut city = app.sign_in("city").await;
    city.get(PADDING).await.is(200).says("name=\"accepted\"");
    let word = [("noun", "ledger_entry"), ("noun_id", copy.as_str()), ("item", "warn.published"), ("from", "padding")];
    let mut accepted = word.to_vec();
    accepted.push(("accepted", "1"));
    let answer = city.post(&format!("{SHEET}/opinions"), &accepted).await;
    assert_eq!(answer.location(), format!("{PADDING}?done=opinion"));
    city.follow(&answer).await.is(200).says("市核认可");
    assert!(counts(&mut city).await.0, "the city accepts it, so it counts from there on");
    station.get("/appraisal/ledger").await.is(200).says("重复不计");
    // Nobody else looks at a station's year here.
    app.sign_in("station002").await.get(PADDING).await.is(404);
    app.sign_in("other_city").await.get(PADDING).await.is(404);
}

async fn what_others_published_before_is_shown(app: &TestApp) {
    let text = "美国商务部公布终裁，倾销幅度为 12.5%，自公布次日起征收保证金，涉及税则号 401110，企业可在三十日内申请复审并提交成本数据。";
    let mut other = app.sign_in("station002").await;
    file(&mut other, "2026-09-01", "美国轮胎终裁", text, "https://b.example.cn/1").await;
    let mut station = app.sign_in("station001").await;
    file(&mut station, "2026-08-20", "印度终止大蒜配额", "", "").await;
    file(&mut station, "2026-09-10", "轮胎案终裁公布", text, "https://a.example.cn/1").await;
    let page = station.get(PADDING).await;
    page.is(200).says("此前已有的相同和近似").says("美国轮胎终裁").says("示例苹果工作站").says("2026-09-01");
    page.says("计 2 条").says("https://b.example.cn/1");
    // Entered three weeks after: shown, and counted.
    page.says("补录日期").says("登记日晚于发布日");
    other.get("/appraisal/cycles/2026/stations/2/padding").await.is(200).says_not("此前已有的相同和近似");
}

const RSS: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>示例协会</title>\
    <item><title>美国对华轮胎发起反倾销调查</title><link>https://yj.example.cn/1</link>\
    <pubDate>Tue, 08 Sep 2026 01:30:00 GMT</pubDate><description>&lt;p&gt;立案公告摘要。&lt;/p&gt;</description></item>\
    <item><title>印度调整大蒜进口配额</title><link>https://yj.example.cn/2</link><pubDate>Mon, 03 Aug 2026 01:00:00 GMT</pubDate></item>\
    <item><title>没有时间的一条</title><link>https://yj.example.cn/3</link></item></channel></rss>";

async fn upload(browser: &mut Client, name: &str, content: &str) -> Answer {
    browser.get(IMPORT).await.is(200).says("JSON Feed");
    browser.upload(IMPORT, &[("kind", PUBLISHED), ("rows", "")], &[(name, content.as_bytes())]).await
}

async fn what_a_website_gives_out_is_imported_once(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let page = upload(&mut station, "feed.xml", RSS).await;
    page.is(200)
        .says("读到 3 行，可导入 2 行，重复 0 行，有误 1 行")
        .says("2026-09-08 09:30")
        .says("补录")
        .says("日期应写作");
    let answer = confirm(&mut station, &page).await;
    let list = station.follow(&answer).await;
    let id = list.is(200).number_after("/appraisal/ledger/");
    let entry = station.get(&format!("/appraisal/ledger/{id}")).await;
    entry
        .is(200)
        .says("2026-09-08 09:30")
        .says("https://yj.example.cn/1")
        .says("立案公告摘要")
        .says("由网站导出的文件批量导入");
    // The same file again adds nothing; nor does the same text as a JSON Feed or a table, from another address.
    upload(&mut station, "feed.xml", RSS).await.is(200).says("可导入 0 行，重复 2 行");
    let json = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"id\":\"1\",\"url\":\"https://mp.example.cn/s/1\",\
        \"title\":\"美国对华轮胎发起反倾销调查\",\"content_text\":\"立案公告摘要。\",\"date_published\":\"2026-09-09T10:00:00+08:00\"}]}";
    upload(&mut station, "feed.json", json).await.is(200).says("可导入 0 行，重复 1 行").says("内容相同");
    let csv = "标题,网址,发布时间,摘要\n\"英国,钢管再调查\",https://yj.example.cn/9,2026-09-10 10:00,启动\n印度调整大蒜进口配额,https://yj.example.cn/2,2026-08-03,\n";
    let page = upload(&mut station, "清单.csv", csv).await;
    page.is(200).says("读到 2 行，可导入 1 行，重复 1 行，有误 0 行");
    confirm(&mut station, &page).await.is(303);
    upload(&mut station, "feed.xml", "<html></html>").await.is(422).says("不是 RSS 或 Atom 文件");
    upload(&mut station, "清单.csv", "甲,乙\n1,2\n").await.is(422).says("首行应有");
}

async fn an_adoption_is_proposed_what_it_may_speak_of(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    station.get("/appraisal/ledger/new").await.is(200);
    let report = [
        ("kind", "report.topical"),
        ("on", "2026-06-01"),
        ("count", "1"),
        ("title", "轮胎出口应对贸易摩擦专题分析报告"),
    ];
    let report = station.upload("/appraisal/ledger", &report, &[]).await.number_after("/appraisal/ledger/");
    let warning = file(&mut station, "2026-06-02", TEXTS[0], "", "").await;
    let mut province = app.sign_in("province").await;
    let look = async |province: &mut Client, kind: &str, title: &str| {
        province.get(&format!("/appraisal/findings/new?station=37-001&kind={kind}")).await.is(200);
        let fields = [("station", "37-001"), ("kind", kind), ("on", "2026-09-15"), ("title", title), ("look", "1")];
        province.upload("/appraisal/findings", &fields, &[]).await
    };
    let before = app.audit_rows().await;
    let page =
        look(&mut province, "report.adopted.province", "《轮胎出口应对贸易摩擦专题分析报告》被省商务厅采编").await;
    page.is(200).says("与所填标题相近").says(&format!("/appraisal/ledger/{report}")).says("被省商务厅采编");
    look(&mut province, "report.adopted.province", "大蒜价格简讯").await.is(200).says("没有找到与所填标题相近的报告");
    let page = look(&mut province, "warning.adopted", &format!("{}被采用", TEXTS[0])).await;
    page.is(200).says("所指预警信息").says(&format!("/appraisal/ledger/{warning}"));
    assert_eq!(app.audit_rows().await, before, "looking writes nothing");
    // One warning, one outlet, once.
    let about = warning.to_string();
    let adopted = |title: &'static str, on: &'static str| {
        [("station", "37-001"), ("kind", "warning.adopted"), ("on", on), ("title", title), ("outlet", "省商务厅")]
    };
    for (title, on, status) in [("预警被采用", "2026-09-15", 303), ("又一次", "2026-09-16", 422)] {
        let mut fields = adopted(title, on).to_vec();
        fields.push(("about", about.as_str()));
        province.get("/appraisal/findings/new?station=37-001&kind=warning.adopted").await.is(200);
        province.upload("/appraisal/findings", &fields, &[]).await.is(status);
    }
}

on_both!(
    a_copy_typed_by_hand_does_not_move_the_row,
    who_reviews_has_the_last_word,
    what_others_published_before_is_shown,
    what_a_website_gives_out_is_imported_once,
    an_adoption_is_proposed_what_it_may_speak_of,
);
