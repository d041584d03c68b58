//! Stations, what they have on record, and their rosters.

use std::time::{Duration, Instant};

use store::query::Query;

use crate::app::TestApp;
use crate::client::{Answer, Client};

const RECORD: [(&str, &str); 6] = [
    ("fact", "has_dedicated_staff"),
    ("title", "联络员任命文件"),
    ("from", "2025-03-01"),
    ("person", "示例甲"),
    ("post", "联络员"),
    ("phone", "13812345678"),
];

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let (count,): (i64,) = app.store().one(Query::new(sql)).await.expect("count");
    count
}

async fn everyone_sees_the_stations_of_their_scope(app: &TestApp) {
    let mut province = app.sign_in("province").await;
    let page = province.get("/duties/stations").await;
    page.is(200).says("共 2 家").says("示例轮胎工作站").says("示例苹果工作站").says("name=\"city\"");
    province.get("/duties/stations?q=苹果").await.is(200).says("共 1 家").says_not("示例轮胎工作站");
    province.get("/duties/stations?state=已撤销").await.is(200).says("没有符合条件的工作站");
    let book = province.get("/duties/stations.xlsx?city=370600").await;
    let sheet = papers::read_xlsx(&book.is(200).bytes).expect("a workbook");
    assert_eq!((sheet.rows.len(), sheet.rows[0].1[1].as_str()), (1, "示例苹果工作站"));

    let mut city = app.sign_in("city").await;
    city.get("/duties/stations").await.is(200).says("共 1 家").says_not("示例苹果工作站").says_not("name=\"city\"");
    for path in ["/duties/stations/2", "/duties/stations/2/log", "/duties/roster?station=2"] {
        city.get(path).await.is(404);
    }
    city.get("/duties/stations/1").await.is(200).says_not("补充档案");
    let mut station = app.sign_in("station001").await;
    assert_eq!(station.get("/duties/stations").await.location(), "/duties/stations/1");
    station.get("/duties/stations/2").await.is(404);
    // Assessors read the record; the log and the roster are not theirs.
    let mut expert = app.sign_in("expert").await;
    expert.get("/duties/stations/1").await.is(200).says_not("办理记录");
    expert.get("/duties/stations/1/log").await.is(404);
    expert.get("/duties/roster?station=1").await.is(403);
    expert.get("/duties/stations/2").await.is(404);
}

async fn add_record(browser: &mut Client) -> Answer {
    browser.get("/duties/stations/1/records/new?fact=has_dedicated_staff").await.is(200);
    browser.upload("/duties/stations/1/records", &RECORD, &[("任命.pdf", b"%PDF-1.7")]).await
}

async fn a_record_is_kept_corrected_and_withdrawn(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let first = add_record(&mut station).await;
    assert_eq!(first.location(), "/duties/stations/1?done=recorded");
    let page = station.follow(&first).await;
    page.is(200).says("联络员任命文件").says("任命.pdf").says("138****5678").says_not("13812345678");
    let id = page.number_after("id=\"record-");

    let place = format!("/duties/records/{id}/correction");
    station.get(&place).await.is(200).says("value=\"138****5678\"").says("任命.pdf");
    let mut corrected = RECORD;
    corrected[1].1 = "联络员任命文件（更正）";
    corrected[5].1 = "138****5678";
    assert_eq!(station.post(&place, &corrected).await.location(), "/duties/stations/1?done=corrected");
    // Sent again it is answered the same; tried anew it is refused: the first record is no longer the last word.
    assert_eq!(station.post(&place, &corrected).await.location(), "/duties/stations/1?done=corrected");
    station.get(&place).await.is(403).says("已被更正或撤销");
    let page = station.get("/duties/stations/1").await;
    page.is(200).says("更正）").says("任命.pdf").says("138****5678");
    let new = page.number_after("id=\"record-");
    assert!(new > id);
    let kept = app.store().standing_record(new).await.expect("read").expect("there");
    assert_eq!(kept.phone, "13812345678");

    station.get(&format!("/duties/records/{new}/correction")).await.is(200);
    let place = format!("/duties/records/{new}/withdrawal");
    station.post(&place, &[("reason", "")]).await.is(422).says("请填写撤销理由");
    station.post(&place, &[("reason", "人员调离")]).await.is(303);
    station.get("/duties/stations/1").await.is(200).says_not("联络员任命文件").says("未具备");
    assert_eq!(count(app, "SELECT count(*) FROM standing_record").await, 3);
    station.get("/duties/stations/1/log").await.is(200).says("配备专门工作人员　联络员任命文件");
}

async fn only_the_manager_keeps_the_record(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let added = add_record(&mut station).await;
    station.follow(&added).await.is(200);
    let before = app.audit_rows().await;
    for name in ["station001clerk", "city", "province"] {
        let mut browser = app.sign_in(name).await;
        browser.get("/duties/stations/1").await.is(200);
        browser.get("/duties/stations/1/records/new").await.is(403).says("维护本站档案");
        browser.post("/duties/stations/1/records", &RECORD).await.is(403);
        browser.post("/duties/stations/1/profile", &[("address", "别处")]).await.is(403);
        browser.post("/duties/records/1/withdrawal", &[("reason", "无")]).await.is(403);
    }
    let mut other = app.sign_in("station002").await;
    other.get("/duties/stations/2").await.is(200);
    other.post("/duties/records/1/correction", &RECORD).await.is(404);
    // Signing in four times is all that was written.
    assert_eq!(app.audit_rows().await, before + 4);
    station.get("/duties/stations/1/profile").await.is(200);
    let profile = [("address", "示例路1号"), ("website", "ftp://a"), ("hs_chapters", "400")];
    station
        .post("/duties/stations/1/profile", &profile)
        .await
        .is(422)
        .says("不是 HS 章")
        .says("http://")
        .says("示例路1号");
    let profile = [("address", "示例路1号"), ("website", "https://a.example"), ("hs_chapters", "87 40")];
    let saved = station.post("/duties/stations/1/profile", &profile).await;
    station.follow(&saved).await.is(200).says("40、87").says("办公地址由未登记改为“示例路1号”");
}

async fn a_number_is_shown_whole_once_and_noted(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let added = add_record(&mut station).await;
    let id = station.follow(&added).await.number_after("id=\"record-");
    let place = format!("/duties/records/{id}/reveal");
    let mut city = app.sign_in("city").await;
    city.get("/duties/stations/1").await.is(200).says("查看完整").says_not("13812345678");
    let before = app.audit_rows().await;
    let shown = city.post(&place, &[]).await;
    shown.is(200).says("13812345678");
    assert!(shown.header("cache-control").contains("no-store"));
    assert_eq!(app.audit_rows().await, before + 1);
    city.get("/duties/stations/1").await.is(200).says_not("13812345678");
    // The station sees who looked.
    station.get("/duties/stations/1/log").await.is(200).says("查看完整个人信息").says("示例市局经办");
    for name in ["station001clerk", "city_approver", "province_leader"] {
        let mut browser = app.sign_in(name).await;
        browser.get("/duties/stations/1").await.is(200).says_not("查看完整</button>");
        browser.post(&place, &[]).await.is(403);
    }
    let mut other = app.sign_in("other_city").await;
    other.get("/duties/stations").await.is(200);
    other.post(&place, &[]).await.is(404);
}

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The `n`th invented code that checks.
fn uscc(n: usize) -> String {
    let stem = format!("91370500MA{n:07}");
    let codes = ALPHABET.iter().map(|last| format!("{stem}{}", char::from(*last)));
    let good =
        |code: &String| regulation::duties::roster::check_uscc(code) == regulation::duties::roster::UsccCheck::Good;
    codes.into_iter().find(good).expect("one of the alphabet checks")
}

/// A workbook of `rows` firms, every 25th of them wrong.
fn workbook(template: &[String], rows: usize) -> Vec<u8> {
    let column = |name: &String| papers::ColumnPaper { name: name.clone(), ..papers::ColumnPaper::default() };
    let row = |n: usize| {
        let code = if n.is_multiple_of(25) { "91370500MA".to_owned() } else { uscc(n) };
        let cells = [code, format!("示例企业{n:03}"), "东营".to_owned(), String::new(), "轮胎".to_owned()];
        let rest = ["401110、4012", "美国", "示例甲", "13812345678", "", "firm@example.com"].map(str::to_owned);
        cells.into_iter().chain(rest).collect()
    };
    papers::template_xlsx(&papers::TablePaper {
        title: "企业".to_owned(),
        note: None,
        columns: template.iter().map(column).collect(),
        rows: (0..rows).map(row).collect(),
    })
    .expect("workbook")
}

async fn five_hundred_firms_are_imported_and_the_bad_rows_returned(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let template = station.get("/duties/roster/template.xlsx").await;
    let sheet = papers::read_xlsx(&template.is(200).bytes).expect("the template reads back");
    station.get("/duties/roster/import").await.is(200);
    let (book, before, started) = (workbook(&sheet.header, 500), app.audit_rows().await, Instant::now());
    let answer = station.upload("/duties/roster/import", &[], &[("企业.xlsx", &book)]).await;
    let place = answer.location();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_eq!(app.audit_rows().await, before + 1, "one act");
    for _ in 0..2 {
        let page = station.get(&place).await;
        page.is(200)
            .says("导入 500 行，成功 480 行（新增 480 家，更新 0 家），20 行有误")
            .says("第 2 行")
            .says("现为 10 位");
    }
    // The returned rows, mended, are uploaded as they are.
    let refused = station.get(&format!("{place}/refused.xlsx")).await;
    let returned = papers::read_xlsx(&refused.is(200).bytes).expect("a workbook");
    assert_eq!((returned.rows.len(), returned.header.last().map(String::as_str)), (20, Some("问题")));
    station.get("/duties/roster").await.is(200).says("共 480 家").says("138****5678").says_not("13812345678");
    station.get("/duties/roster?q=示例企业499").await.is(200).says("符合条件 1 家").says("东营市");
    station.get("/duties/roster?q=4012&size=20").await.is(200).says("符合条件 480 家").says("下一页");

    // The import is the station's own: another station and the officials do not see the returned rows.
    for (name, status) in [("station002", 404), ("province", 403), ("city", 403)] {
        let mut browser = app.sign_in(name).await;
        browser.get(&place).await.is(status);
        browser.get(&format!("{place}/refused.xlsx")).await.is(status);
    }
    let link = count(app, "SELECT max(id) FROM attachment_link").await;
    app.sign_in("province").await.get(&format!("/appraisal/files/{link}")).await.is(404);
}

async fn an_export_goes_back_in_without_losing_numbers(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    station.get("/duties/roster/import").await.is(200);
    let rows = format!("{}\t示例企业\t东营\t\t轮胎\t4011\t美国\t示例甲\t13812345678", uscc(1));
    station.post("/duties/roster/import", &[("rows", &rows)]).await.is(303);
    let book = station.get("/duties/roster.xlsx").await;
    let sheet = papers::read_xlsx(&book.is(200).bytes).expect("a workbook");
    assert_eq!(sheet.rows[0].1[8], "138****5678");
    let answer = station.upload("/duties/roster/import", &[], &[("企业库.xlsx", &book.bytes)]).await;
    station.follow(&answer).await.is(200).says("新增 0 家，更新 1 家），0 行有误");
    let member = app.store().roster_member(1).await.expect("read").expect("there");
    assert_eq!(member.phone, "13812345678");
    // The whole numbers are handed out only by an act that is noted.
    let before = app.audit_rows().await;
    let whole = station.post("/duties/roster/whole.xlsx", &[("station", "1")]).await;
    let sheet = papers::read_xlsx(&whole.is(200).bytes).expect("a workbook");
    assert_eq!((sheet.rows[0].1[8].as_str(), app.audit_rows().await), ("13812345678", before + 1));
    station.post("/duties/roster/import", &[("rows", " ")]).await.is(422).says("请选择文件，或粘贴至少一行");
    station.upload("/duties/roster/import", &[], &[("a.xlsx", b"PK")]).await.is(422).says("不是有效的 .xlsx 文件");
}

async fn one_firm_is_added_changed_and_removed(app: &TestApp) {
    let mut clerk = app.sign_in("station001clerk").await;
    clerk.get("/duties/roster/new").await.is(200);
    let doubtful = [("uscc", "91350211M0000XUF46"), ("name", "示例企业"), ("phone", "13812345678")];
    clerk.post("/duties/roster", &doubtful).await.is(422).says("应为 R").says("示例企业");
    let noted = [doubtful[0], doubtful[1], doubtful[2], ("uscc_note", "证照即为此码")];
    assert_eq!(clerk.post("/duties/roster", &noted).await.location(), "/duties/roster?done=roster");
    clerk.get("/duties/roster/new").await.is(200);
    clerk.post("/duties/roster", &noted).await.is(422).says("已在库中");
    clerk.get("/duties/roster/1").await.is(200).says("末位校验不符").says("证照即为此码").says_not("13812345678");
    clerk.post("/duties/roster/1/reveal", &[]).await.is(403);
    app.sign_in("station002").await.get("/duties/roster/1").await.is(404);

    clerk.get("/duties/roster/1/revision").await.is(200);
    let code = uscc(7);
    let changed = [("uscc", code.as_str()), ("name", "示例企业"), ("phone", "138****5678")];
    clerk.post("/duties/roster/1/revision", &changed).await.is(303);
    let page = clerk.get("/duties/roster").await;
    page.is(200).says("共 1 家").says(&code).says("不足 10 家");
    let id = page.number_after("href=\"/duties/roster/");
    let member = app.store().roster_member(id).await.expect("read").expect("there");
    assert_eq!(member.phone, "13812345678");
    clerk.get(&format!("/duties/roster/{id}")).await.is(200);
    clerk.post(&format!("/duties/roster/{id}/removal"), &[("reason", "企业注销")]).await.is(303);
    clerk.get("/duties/roster").await.is(200).says("企业库还没有企业");
    clerk.get(&format!("/duties/roster/{id}")).await.is(404);
    clerk.get("/duties/stations/1/log").await.is(200).says("企业注销");
}

on_both!(
    everyone_sees_the_stations_of_their_scope,
    a_record_is_kept_corrected_and_withdrawn,
    only_the_manager_keeps_the_record,
    a_number_is_shown_whole_once_and_noted,
    five_hundred_firms_are_imported_and_the_bad_rows_returned,
    an_export_goes_back_in_without_losing_numbers,
    one_firm_is_added_changed_and_removed,
);
