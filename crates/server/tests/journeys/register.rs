//! The list of stations from before this system: checked, confirmed, taken in once.

use store::query::Query;

use crate::app::TestApp;
use crate::client::Answer;
use crate::people;

const IMPORT: &str = "/duties/stations/import";
const CONFIRM: &str = "/duties/stations/import/confirmation";

const HEAD: [&str; 12] = [
    "编号",
    "工作站名称",
    "承办单位",
    "统一社会信用代码",
    "承办单位类型",
    "设区市",
    "管理关系",
    "行业代码",
    "行业",
    "确认日期",
    "确认文件",
    "历年等次",
];

const TYRES: [&str; 12] = [
    "旧-001",
    "示例橡胶旧站",
    "示例橡胶协会",
    "91110000101623741K",
    "行业商（协）会",
    "东营市",
    "市管",
    "291",
    "橡胶制品",
    "2023-09-01",
    "示例省商务厅通知〔2023〕",
    "2023优秀、2024合格",
];

fn workbook(rows: &[[&str; 12]]) -> Vec<u8> {
    let column = |name: &&str| papers::ColumnPaper { name: (*name).to_owned(), ..papers::ColumnPaper::default() };
    papers::template_xlsx(&papers::TablePaper {
        title: "名单".to_owned(),
        note: None,
        columns: HEAD.iter().map(column).collect(),
        rows: rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect(),
    })
    .expect("workbook")
}

fn hidden(page: &Answer, name: &str) -> String {
    let text = page.text();
    let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\"")).expect(name);
    rest.split_once('"').expect("a quote").0.to_owned()
}

fn carried(page: &Answer) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("<textarea name=\"rows\" hidden>\n").expect("rows");
    let rows = rest.split_once("</textarea>").expect("end").0;
    rows.replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">").replace("&#39;", "'").replace("&#38;", "&")
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let (count,): (i64,) = app.store().one(Query::new(sql)).await.expect("count");
    count
}

const STATIONS: &str = "SELECT count(*) FROM station";
const GRADES: &str = "SELECT count(*) FROM past_grade";

async fn an_earlier_list_is_checked_confirmed_and_taken_in_once(app: &TestApp) {
    let mut province = app.sign_in("province").await;
    let template = province.get("/duties/stations/template.xlsx").await;
    let sheet = papers::read_xlsx(&template.is(200).bytes).expect("the template reads back");
    assert!(HEAD.iter().all(|name| sheet.column(name).is_some()), "{:?}", sheet.header);
    province.get("/duties/stations").await.is(200).says("导入原有工作站");
    province.get(IMPORT).await.is(200);
    let mut bad = TYRES;
    (bad[0], bad[3], bad[6]) = ("旧-002", "91110000101623741", "厅管");
    let (stations, rows) = (count(app, STATIONS).await, app.audit_rows().await);
    let page = province.upload(IMPORT, &[], &[("名单.xlsx", &workbook(&[TYRES, bad]))]).await;
    page.is(200).says("可登记 1 家，可补历年等次 0 家，已在名册 0 家，有误 1 行").says("市管或省管").says("18 位");
    assert_eq!((count(app, STATIONS).await, app.audit_rows().await), (stations, rows), "a check writes nothing");

    // The bad row comes back with its reasons.
    let carried_rows = carried(&page);
    let refused = province.post("/duties/stations/import/refused-rows", &[("rows", &carried_rows)]).await;
    let back = papers::read_xlsx(&refused.is(200).bytes).expect("a workbook");
    assert_eq!((back.rows.len(), back.rows[0].1[0].as_str()), (1, "旧-002"));
    assert!(back.rows[0].1.last().is_some_and(|reason| reason.contains("管理关系应为市管或省管")), "{:?}", back.rows);

    let (once, seen) = (hidden(&page, "once"), hidden(&page, "seen"));
    let changed = [("rows", carried_rows.as_str()), ("seen", "00")];
    province.post(CONFIRM, &changed).await.is(409).says("没有导入").says("可登记 1 家");
    assert_eq!(count(app, STATIONS).await, stations);
    let fields = [("rows", carried_rows.as_str()), ("seen", seen.as_str()), ("once", once.as_str())];
    let taken = province.post(CONFIRM, &fields).await;
    province.follow(&taken).await.is(200).says("工作站已登记到名册").says("示例橡胶旧站").says_not("旧-002");
    assert_eq!((count(app, STATIONS).await, count(app, GRADES).await), (stations + 1, 2));
    assert_eq!(app.audit_rows().await, rows + 1, "one act");
    // The form sent again is answered the same; the list uploaded again finds nothing to do.
    assert_eq!(province.post(CONFIRM, &fields).await.location(), taken.location());
    let again = province.upload(IMPORT, &[], &[("名单.xlsx", &workbook(&[TYRES]))]).await;
    again.is(200).says("可登记 0 家，可补历年等次 0 家，已在名册 1 家").says_not("确认导入");
    let mut later = TYRES;
    later[11] = "2023优秀、2024合格、2025优秀";
    let page = province.upload(IMPORT, &[], &[("名单.xlsx", &workbook(&[later]))]).await;
    page.is(200).says("可补历年等次 1 家").says("补历史数据：2025优秀");
    let (rows, seen) = (carried(&page), hidden(&page, "seen"));
    province.post(CONFIRM, &[("rows", &rows), ("seen", &seen)]).await.is(303);
    assert_eq!((count(app, STATIONS).await, count(app, GRADES).await), (stations + 1, 3));
    later[11] = "2023合格";
    let page = province.upload(IMPORT, &[], &[("名单.xlsx", &workbook(&[later]))]).await;
    page.is(200).says("2023 年等次已登记为优秀");
}

async fn past_grades_are_history_and_never_results(app: &TestApp) {
    let mut province = app.sign_in("province").await;
    province.get(IMPORT).await.is(200);
    let page = province.upload(IMPORT, &[], &[("名单.xlsx", &workbook(&[TYRES]))]).await;
    let (rows, seen) = (carried(&page), hidden(&page, "seen"));
    province.post(CONFIRM, &[("rows", &rows), ("seen", &seen)]).await.is(303);
    let (id,): (i64,) =
        app.store().one(Query::new("SELECT id FROM station WHERE source = 'legacy'")).await.expect("the station");
    let place = format!("/duties/stations/{id}");
    let page = province.get(&place).await;
    page.is(200).says("原名单转入").says("历史数据").says("2024</td><td>合格").says("不参与任何计算");
    page.says("已评估年度</span><b>0</b>").says("随原名单转入（历史导入）");
    assert_eq!(count(app, "SELECT count(*) FROM result").await, 0);
    let mut anyone = app.browser();
    anyone.get("/stations").await.is(200).says("示例橡胶旧站").says("原名单转入");
    let page = anyone.get("/public/certificates?number=旧-001").await;
    page.is(200).says("按原确认文件登记").says("2023-09-01");
    // The city it sits in sees it, another city does not; nobody but the clerk brings lists in.
    app.sign_in("city").await.get(&place).await.is(200).says("历史数据");
    app.sign_in("other_city").await.get(&place).await.is(404);
    for name in ["city", "province_leader", "station001"] {
        let mut browser = app.sign_in(name).await;
        browser.get(IMPORT).await.is(403).says("维护工作站名册");
        browser.post(CONFIRM, &[("rows", &rows), ("seen", &seen)]).await.is(403);
    }
    let mut province = app.sign_in("province").await;
    province.get(IMPORT).await.is(200);
    province.post(CONFIRM, &[("rows", "[]"), ("seen", "")]).await.is(422).says("重新上传表格");
    province.upload(IMPORT, &[], &[("a.xlsx", b"PK")]).await.is(422).says("没有导入任何一行");
}

const ENTER: &str = "/duties/stations";

/// A station entered by form, of TYRES' unit.
fn entered(number: &'static str) -> [(&'static str, &'static str); 9] {
    [
        ("number", number),
        ("name", "示例橡胶旧站"),
        ("host_name", "示例橡胶协会"),
        ("host_uscc", TYRES[3]),
        ("host_kind", TYRES[4]),
        ("city", "370500"),
        ("industry", "橡胶制品"),
        ("confirmed_on", "2023-09-01"),
        ("document", "示例省商务厅通知〔2023〕"),
    ]
}

/// Reading K56: a unit runs one station at a time, whichever way it comes in, and told in a sentence.
async fn a_unit_comes_in_once_until_its_station_has_ended(app: &TestApp) {
    let mut province = app.sign_in("province").await;
    let mut other = app.sign_in("province").await;
    for browser in [&mut province, &mut other] {
        browser.get("/duties/stations/new").await.is(200);
    }
    let (one, two) = (entered("旧-001"), entered("旧-002"));
    let (one, two) = tokio::join!(province.post(ENTER, &one), other.post(ENTER, &two));
    let (taken, refused) = if one.status == 303 { (one, two) } else { (two, one) };
    taken.is(303);
    refused.is(422).says("该单位已有有效的工作站，一个单位同时只设一个。").says("value=\"示例橡胶旧站\"");
    province.get("/duties/stations/new").await.is(200);
    province.post(ENTER, &entered("37-001")).await.is(422);

    // A list with the unit, checked before it had a station: nothing of it is taken in, and the reason is told.
    province.get(IMPORT).await.is(200);
    let mut listed = TYRES;
    listed[0] = "旧-003";
    let page = province.upload(IMPORT, &[], &[("名单.xlsx", &workbook(&[listed]))]).await;
    page.is(200).says("可登记 0 家").says("该统一社会信用代码的单位已有工作站");

    let (id,): (i64,) = app.store().one(Query::new("SELECT id FROM station WHERE host_uscc <> ''")).await.expect("it");
    people::end(app.store(), app.now(), id).await;
    let page = province.upload(IMPORT, &[], &[("名单.xlsx", &workbook(&[listed]))]).await;
    page.is(200).says("可登记 1 家");
    let (rows, seen) = (carried(&page), hidden(&page, "seen"));
    // Meanwhile somebody enters it by form.
    other.get("/duties/stations/new").await.is(200);
    other.post(ENTER, &entered("旧-004")).await.is(303);
    let late = province.post(CONFIRM, &[("rows", &rows), ("seen", &seen)]).await;
    late.is(409).says("核对之后名册有了变化，没有导入").says("该统一社会信用代码的单位已有工作站，编号 旧-004。");
    assert_eq!(count(app, "SELECT count(*) FROM station WHERE host_uscc <> '' AND ended_on IS NULL").await, 1);
}

on_both!(
    a_unit_comes_in_once_until_its_station_has_ended,
    an_earlier_list_is_checked_confirmed_and_taken_in_once,
    past_grades_are_history_and_never_results,
);
