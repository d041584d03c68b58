//! A month pasted, a past ledger uploaded, a form sent twice, the list exported.

use crate::app::TestApp;
use crate::client::{Answer, Client};

const IMPORT: &str = "/appraisal/ledger/import";
const PUBLISHED: &str = "warning.published";

/// `days` rows of September 2026, one a day.
fn month(rows: usize) -> String {
    (0..rows).map(|n| format!("2026-09-{:02}\t预警信息{n}\thttps://example.cn/{n}\n", n % 17 + 1)).collect()
}

pub async fn preview(browser: &mut Client, rows: &str) -> Answer {
    browser.get(IMPORT).await.is(200).says("预警信息发布");
    browser.upload(IMPORT, &[("kind", PUBLISHED), ("rows", rows)], &[]).await
}

/// The hidden fields of the preview, as the browser would send them.
fn hidden(page: &Answer, name: &str) -> String {
    let text = page.text();
    let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\"")).expect(name);
    rest.split_once('"').expect("a quote").0.to_owned()
}

fn carried_rows(page: &Answer) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("<textarea name=\"rows\" hidden>\n").expect("rows");
    let rows = rest.split_once("</textarea>").expect("end").0;
    rows.replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">").replace("&#39;", "'").replace("&#38;", "&")
}

pub async fn confirm(browser: &mut Client, page: &Answer) -> Answer {
    let (rows, seen, source) = (carried_rows(page), hidden(page, "seen"), hidden(page, "source"));
    let fields = [("kind", PUBLISHED), ("source", source.as_str()), ("seen", seen.as_str()), ("rows", rows.as_str())];
    browser.upload("/appraisal/ledger/import/confirmation", &fields, &[]).await
}

async fn entries(app: &TestApp) -> i64 {
    let (count,): (i64,) =
        app.store().one(store::query::Query::new("SELECT count(*) FROM ledger_entry")).await.expect("count");
    count
}

async fn a_pasted_month_is_imported_whole(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let rows = format!(
        "日期\t标题\t网址\n{}2026-09-01\t预警信息0\thttps://example.cn/other\n2026-09-31\t没有这天\t\n",
        month(22)
    );
    let before = (entries(app).await, app.audit_rows().await);
    let page = preview(&mut station, &rows).await;
    page.is(200).says("读到 24 行，可导入 22 行，重复 1 行，有误 1 行").says("日期应写作").says("与第 1 行");
    // What September would then count and score.
    page.says("2026年9月").says("<b>1.0</b>");
    assert_eq!((entries(app).await, app.audit_rows().await), before, "a preview writes nothing");

    let answer = confirm(&mut station, &page).await;
    assert_eq!(answer.location(), "/appraisal/ledger?year=2026&month=9&done=imported");
    station.follow(&answer).await.is(200).says("已导入台账。").says("共 22 条").says("22 条");
    assert_eq!((entries(app).await, app.audit_rows().await), (before.0 + 22, before.1 + 1), "one act");

    // The same form sent again is answered the same and writes nothing; a new attempt finds nothing new.
    let again = confirm(&mut station, &page).await;
    assert_eq!(again.location(), answer.location());
    assert_eq!(entries(app).await, before.0 + 22);
    preview(&mut station, &rows)
        .await
        .is(200)
        .says("可导入 0 行，重复 23 行")
        .says("台账中已有的记录")
        .says_not("导入 0 行</button>");
}

async fn a_changed_ledger_is_shown_again(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let page = preview(&mut station, &month(3)).await;
    // A colleague enters one of them meanwhile.
    let mut clerk = app.sign_in("station001clerk").await;
    clerk.get("/appraisal/ledger/new").await.is(200);
    let fields = [
        ("kind", PUBLISHED),
        ("on", "2026-09-02"),
        ("count", "1"),
        ("title", "预警信息1"),
        ("url", "https://example.cn/1"),
    ];
    clerk.upload("/appraisal/ledger", &fields, &[]).await.is(303);
    let shown = confirm(&mut station, &page).await;
    shown.is(409).says("没有导入").says("可导入 2 行，重复 1 行");
    assert_eq!(entries(app).await, 1);
    confirm(&mut station, &shown).await.is(303);
    assert_eq!(entries(app).await, 3);
}

async fn an_uploaded_ledger_names_its_kinds(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let template = station.get("/appraisal/ledger/template.xlsx").await;
    let sheet = papers::read_xlsx(&template.is(200).bytes).expect("the template reads back");
    assert_eq!(sheet.header, ["日期", "标题", "网址", "类别", "数量", "说明"]);
    let book = workbook(&[
        ["2026-03-05", "轮胎培训", "", "组织培训、宣传、讲座、调研", "1", "42 人"],
        ["2026-03-06", "反倾销预警", "https://example.cn/a", "", "", ""],
        ["2026-03-07", "被采编的报告", "", "报告被省商务厅采编发布", "", ""],
    ]);
    station.get(IMPORT).await.is(200);
    let page = station.upload(IMPORT, &[("kind", PUBLISHED), ("rows", "")], &[("台账.xlsx", &book)]).await;
    page.is(200).says("读到 3 行，可导入 2 行，重复 0 行，有误 1 行").says("主管部门登记").says("补录");
    // The refused row comes back as a workbook with its reason, ready to be mended.
    let rows = carried_rows(&page);
    let fields = [("kind", PUBLISHED), ("source", "xlsx"), ("rows", rows.as_str())];
    let refused = station.upload("/appraisal/ledger/import/refused-rows", &fields, &[]).await;
    let sheet = papers::read_xlsx(&refused.is(200).bytes).expect("a workbook");
    assert_eq!(sheet.rows.len(), 1);
    assert!(sheet.rows[0].1[6].contains("第 4 行") && sheet.rows[0].1[1] == "被采编的报告", "{:?}", sheet.rows);
    let answer = confirm(&mut station, &page).await;
    let list = station.follow(&answer).await;
    list.is(200).says("轮胎培训").says("反倾销预警").says_not("被采编的报告");
    let id = list.number_after("/appraisal/ledger/");
    station.get(&format!("/appraisal/ledger/{id}")).await.is(200).says("由工作簿批量导入");
}

fn workbook(rows: &[[&str; 6]]) -> Vec<u8> {
    let column = |name: &&str| papers::ColumnPaper { name: (*name).to_owned(), ..papers::ColumnPaper::default() };
    papers::template_xlsx(&papers::TablePaper {
        title: "台账".to_owned(),
        note: None,
        columns: ["日期", "标题", "网址", "类别", "数量", "说明"].iter().map(column).collect(),
        rows: rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect(),
    })
    .expect("workbook")
}

async fn what_is_no_list_is_refused(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    preview(&mut station, "  \n").await.is(422).says("没有读到内容");
    preview(&mut station, &month(2001)).await.is(422).says("一次最多导入 2000 行");
    preview(&mut station, &format!("2026-09-01\t{}", "长".repeat(800_000))).await.is(422).says("超过 2 MB");
    let both = [("kind", PUBLISHED), ("rows", "2026-09-01\t甲")];
    station.upload(IMPORT, &both, &[("a.xlsx", b"PK")]).await.is(422).says("粘贴和上传请选一种").says("2026-09-01");
    station
        .upload(IMPORT, &[("kind", PUBLISHED)], &[("a.xlsx", b"not a workbook")])
        .await
        .is(422)
        .says("不是有效的 .xlsx 文件");
    for name in ["province", "city", "expert"] {
        app.sign_in(name).await.get(IMPORT).await.is(403);
    }
    assert_eq!(entries(app).await, 0);
}

async fn a_large_import_is_one_act(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let page = preview(&mut station, &month(2000)).await;
    page.is(200).says("可导入 2000 行").says("列出前 100 行");
    let before = app.audit_rows().await;
    confirm(&mut station, &page).await.is(303);
    assert_eq!((entries(app).await, app.audit_rows().await), (2000, before + 1));
}

async fn a_form_sent_twice_writes_once(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    station.get("/appraisal/ledger/new").await.is(200);
    let fields = [
        ("kind", "outreach.organised"),
        ("on", "2026-09-10"),
        ("count", "1"),
        ("title", "培训"),
        ("detail", ""),
        ("url", ""),
    ];
    let photo: (&str, &[u8]) = ("1.jpg", b"\xff\xd8");
    let first = station.upload("/appraisal/ledger", &fields, &[photo]).await;
    let again = station.upload("/appraisal/ledger", &fields, &[photo]).await;
    assert_eq!(first.location(), again.location());
    // Changed in the same window, it is another entry.
    let mut changed = fields;
    changed[3].1 = "另一次培训";
    let other = station.upload("/appraisal/ledger", &changed, &[photo]).await;
    assert_ne!(first.location(), other.location());
    assert_eq!(entries(app).await, 2);
    // A correction sent twice is answered, not refused as already corrected.
    let id = first.number_after("/appraisal/ledger/");
    let place = format!("/appraisal/ledger/{id}/correction");
    station.get(&place).await.is(200);
    let first = station.upload(&place, &changed, &[]).await;
    let again = station.upload(&place, &changed, &[]).await;
    assert_eq!(first.location(), again.location());
    assert_eq!(entries(app).await, 3);
}

/// Both arrive at once: whichever is second waits for the first and is answered the same.
async fn a_form_sent_twice_at_once_writes_once(app: &TestApp) {
    let mut browsers = Vec::new();
    for _ in 0..4 {
        browsers.push(app.sign_in("station001").await);
    }
    let page = browsers[0].get("/appraisal/ledger/new").await;
    let once = hidden(&page, "once");
    let mut sent = Vec::new();
    for mut browser in browsers {
        browser.get("/appraisal/ledger/new").await.is(200);
        let once = once.clone();
        sent.push(tokio::spawn(async move {
            let fields =
                [("once", once.as_str()), ("kind", "outreach.organised"), ("on", "2026-09-10"), ("title", "培训")];
            browser.post("/appraisal/ledger", &fields).await.location()
        }));
    }
    let mut places = Vec::new();
    for answer in sent {
        places.push(answer.await.expect("answered"));
    }
    places.dedup();
    assert_eq!(places.len(), 1, "{places:?}");
    assert_eq!(entries(app).await, 1);
}

async fn the_list_is_exported_within_scope(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let page = preview(&mut station, &month(30)).await;
    confirm(&mut station, &page).await.is(303);
    let mut other = app.sign_in("station002").await;
    let page = preview(&mut other, "2026-09-03\t苹果预警\t\n2026-08-03\t八月预警\t\n").await;
    confirm(&mut other, &page).await.is(303);
    let rows = async |browser: &mut Client, query: &str| {
        let answer = browser.get(&format!("/appraisal/ledger.xlsx?year=2026{query}")).await;
        papers::read_xlsx(&answer.is(200).bytes).expect("a workbook").rows.len()
    };
    assert_eq!(rows(&mut station, "").await, 30);
    assert_eq!(rows(&mut other, "").await, 2);
    assert_eq!(rows(&mut other, "&station=1").await, 0);
    let mut province = app.sign_in("province").await;
    assert_eq!(rows(&mut province, "").await, 32);
    assert_eq!(rows(&mut province, "&month=8").await, 1);
    assert_eq!(rows(&mut province, "&kind=outreach.organised").await, 0);
    app.sign_in("auditor").await.get("/appraisal/ledger.xlsx").await.is(403);
}

on_both!(
    a_pasted_month_is_imported_whole,
    a_changed_ledger_is_shown_again,
    an_uploaded_ledger_names_its_kinds,
    what_is_no_list_is_refused,
    a_large_import_is_one_act,
    a_form_sent_twice_writes_once,
    a_form_sent_twice_at_once_writes_once,
    the_list_is_exported_within_scope,
);
