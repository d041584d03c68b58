//! Looking things up: who finds what, words of attachments, saved searches with what was seen and what was told.

use std::time::Duration;

use server::general::search::{reading, telling};
use store::query::Query;

use crate::app::TestApp;
use crate::client::Client;
use crate::warning;

async fn file(browser: &mut Client, title: &str, files: &[(&str, &[u8])]) -> i64 {
    browser.get("/appraisal/ledger/new").await.is(200);
    let fields = [
        ("kind", "report.topical"),
        ("on", "2026-09-10"),
        ("count", "1"),
        ("title", title),
        ("detail", "全钢载重轮胎出口情况"),
        ("url", ""),
    ];
    browser.upload("/appraisal/ledger", &fields, files).await.number_after("/appraisal/ledger/")
}

/// Everything that waits is made findable.
async fn settle(app: &TestApp) {
    while reading::pass(&app.app).await.expect("made findable") {}
    app.store().number_texts().await.expect("numbered");
}

fn asked(words: &str) -> String {
    let words = percent_encoding::utf8_percent_encode(words, percent_encoding::NON_ALPHANUMERIC);
    format!("/general/search?q={words}")
}

/// How many the page says there are.
async fn count(browser: &mut Client, words: &str) -> i64 {
    browser.get(&asked(words)).await.is(200).number_after("”共 ")
}

async fn each_finds_their_own(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let id = file(&mut station, "海绵钛专题分析", &[("海绵钛附表.txt", "多晶硅与海绵钛的出口数据".as_bytes())]).await;
    settle(app).await;
    for name in ["station001", "station001clerk", "city", "county", "province"] {
        let mut browser = app.sign_in(name).await;
        let page = browser.get(&asked("海绵钛")).await;
        page.is(200).says("“海绵钛”共 2 条").says(&format!("/appraisal/ledger/{id}")).says("示例轮胎工作站");
        browser.get(&format!("{}&noun=attachment", asked("多晶硅"))).await.says("“多晶硅”共 1 条").says("所属台账");
        assert_eq!(count(&mut browser, "载重轮胎 专题分析").await, 1);
    }
    // Another city, another station, assessors and those without a ledger guess in vain.
    for name in ["other_city", "station002", "expert", "evaluator", "applicant", "firm", "sysadmin", "auditor"] {
        let mut browser = app.sign_in(name).await;
        for words in ["海绵钛", "多晶硅", "载重轮胎 专题分析", "附表"] {
            assert_eq!(count(&mut browser, words).await, 0, "{name}: {words}");
            browser.get(&format!("{}&noun=entry", asked(words))).await.is(200).says_not("海绵钛专题分析");
        }
    }
    app.browser().get("/search?q=%E6%B5%B7%E7%BB%B5%E9%92%9B").await.is(200).says("共 0 条");
    app.browser().get(&asked("海绵钛")).await.is(303);
}

/// A correction is found in place of what it corrects, with the attachments it keeps; what is withdrawn is not found.
async fn the_index_follows_the_ledger(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let id = file(&mut station, "海绵钛专题分析", &[("附表.txt", "多晶硅".as_bytes())]).await;
    settle(app).await;
    station.get(&format!("/appraisal/ledger/{id}/correction")).await.is(200);
    let fields = [
        ("kind", "report.topical"),
        ("on", "2026-09-11"),
        ("count", "1"),
        ("title", "海绵铁专题分析"),
        ("detail", "改正"),
        ("reason", "写错"),
    ];
    let answer = station.upload(&format!("/appraisal/ledger/{id}/correction"), &fields, &[]).await;
    let corrected = answer.number_after("/appraisal/ledger/");
    assert_ne!(corrected, id);
    assert_eq!((count(&mut station, "海绵钛").await, count(&mut station, "海绵铁").await), (0, 1));
    assert_eq!(count(&mut station, "多晶硅").await, 1, "the attachment went along");
    let waiting: (i64,) = app.store().one(Query::new("SELECT count(*) FROM search_waiting")).await.expect("read");
    assert_eq!(waiting.0, 0, "and was not read again");
    station.get(&asked("多晶硅")).await.says("2026-09-11").says(&format!("/appraisal/ledger/{corrected}"));
    station.get(&format!("/appraisal/ledger/{corrected}")).await.is(200);
    let answer = station.post(&format!("/appraisal/ledger/{corrected}/withdrawal"), &[("reason", "重复")]).await;
    answer.is(303);
    assert_eq!((count(&mut station, "海绵铁").await, count(&mut station, "多晶硅").await), (0, 0));
}

/// A file that cannot be read is marked, found by its name, and costs nothing else.
async fn what_cannot_be_read_is_said(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let files: [(&str, &[u8]); 4] = [
        ("坏掉的海绵钛.pdf", b"%PDF-1.7"),
        ("旧版海绵钛.doc", b"\xd0\xcf\x11\xe0"),
        ("海绵钛照片.jpg", b"\xff\xd8"),
        ("海绵钛说明.txt", "出口数据".as_bytes()),
    ];
    let id = file(&mut station, "海绵钛报告", &files).await;
    station.get(&format!("/appraisal/ledger/{id}")).await.is(200).says_not("未能读取正文");
    settle(app).await;
    let page = station.get(&format!("/appraisal/ledger/{id}")).await;
    page.is(200).says("未能读取正文（文件设有密码，或者已损坏）").says("未能读取正文（旧版或专有格式");
    assert_eq!(page.text().matches("未能读取正文").count(), 2);
    assert_eq!(count(&mut station, "海绵钛").await, 5, "the entry and its four files");
    assert_eq!(count(&mut station, "出口数据").await, 1);
    let left: (i64,) = app.store().one(Query::new("SELECT count(*) FROM search_waiting")).await.expect("read");
    assert_eq!(left.0, 0);
}

/// Nothing is findable any more; what shall be waits.
async fn unindex(app: &TestApp, waiting: &[&'static str]) {
    let operator = crate::people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    for sql in
        ["DELETE FROM search_folded", "DELETE FROM search_passage", "DELETE FROM search_text"].iter().chain(waiting)
    {
        tx.execute(Query::new(sql)).await.expect("executed");
    }
    tx.commit().await.expect("commit");
}

/// A database from before: everything waits, is taken up in small parts, and is news to nobody.
async fn what_was_there_before_becomes_findable(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    file(&mut station, "海绵钛报告", &[("附表.txt", "多晶硅".as_bytes())]).await;
    settle(app).await;
    save(&mut station, "海绵钛").await;
    let waiting = [
        "DELETE FROM search_document",
        "INSERT INTO search_waiting (noun, noun_id, old, tries) SELECT 'entry', id, 1, 0 FROM ledger_entry",
        "INSERT INTO search_waiting (noun, noun_id, old, tries) SELECT 'attachment', id, 1, 0 FROM attachment_link",
    ];
    unindex(app, &waiting).await;
    assert_eq!(count(&mut station, "海绵钛").await, 0);
    settle(app).await;
    assert_eq!((count(&mut station, "海绵钛").await, count(&mut station, "多晶硅").await), (1, 1));
    station.get("/general/search").await.is(200).says("<td>0</td>");
    app.wait(Duration::from_secs(60));
    assert_eq!(telling::tell(&app.app).await.expect("told"), 0);
}

/// As a change of the index leaves a database: every text is made anew and found by the same words, and is news to nobody.
async fn all_texts_are_indexed_anew(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    warning::roster(&mut station).await;
    warning::published_of(app, &mut station).await;
    file(&mut station, "海绵钛报告", &[("附表.txt", "多晶硅".as_bytes())]).await;
    publication(app).await;
    settle(app).await;
    save(&mut station, "轮胎").await;
    let words =
        ["轮胎", "乘用车和轻型卡车轮胎启动", "tires", "A-570-998", "4011.10", "37-001-2026-0001", "海绵钛", "多晶硅"];
    let mut before = Vec::new();
    for words in words {
        before.push(count(&mut station, words).await);
    }
    assert!(before.iter().all(|count| *count > 0), "{before:?}");
    let all = "INSERT INTO search_waiting (noun, noun_id, old, tries) SELECT noun, noun_id, 1, 0 FROM search_document";
    unindex(app, &[all]).await;
    for words in words {
        assert_eq!(count(&mut station, words).await, 0, "{words}");
    }
    station.get(&asked("轮胎")).await.says("另有 ").says("份材料正在编入检索");
    app.browser().get("/search?q=tires").await.is(200).says("另有 2 份材料正在编入检索");
    app.browser().get("/relevance?q=%E8%BD%AE%E8%83%8E").await.is(200).says("另有 1 份材料正在编入检索");
    settle(app).await;
    for (words, before) in words.into_iter().zip(before) {
        assert_eq!(count(&mut station, words).await, before, "{words}");
    }
    station.get(&asked("轮胎")).await.says_not("正在编入检索");
    app.browser().get("/relevance?q=%E8%BD%AE%E8%83%8E").await.is(200).says_not("正在编入检索");
    station.get("/general/search").await.is(200).says("<td>0</td>");
    app.wait(Duration::from_secs(60));
    assert_eq!(telling::tell(&app.app).await.expect("told"), 0);
}

async fn save(browser: &mut Client, words: &str) -> i64 {
    browser.get(&asked(words)).await.is(200);
    browser.post("/general/searches", &[("q", words), ("noun", ""), ("name", "")]).await.is(303);
    browser.get("/general/search").await.is(200).number_after("/general/searches/")
}

/// What a saved search says is new, and what the desk says was told.
async fn marks(browser: &mut Client) -> (i64, i64) {
    let list = browser.get("/general/search").await.text();
    let fresh =
        list.split_once(" 条</b>").and_then(|(before, _)| before.rsplit("<b>").next()?.parse().ok()).unwrap_or(0);
    let desk = browser.get("/desk").await.text();
    let told = desk.split("”新增 ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(0);
    (fresh, told)
}

async fn tell(app: &TestApp) -> u64 {
    app.wait(Duration::from_secs(60));
    telling::tell(&app.app).await.expect("told")
}

async fn open(browser: &mut Client, app: &TestApp, id: i64) -> String {
    app.wait(Duration::from_secs(60));
    browser.get("/general/search").await.is(200);
    let answer = browser.post(&format!("/general/searches/{id}/opening"), &[]).await;
    browser.follow(&answer).await.is(200).text()
}

/// Seeing and telling in every order: neither moves the other's mark, and each hit is told once.
async fn seen_and_told_are_two_marks(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    file(&mut station, "海绵钛一", &[]).await;
    let id = save(&mut station, "海绵钛").await;
    assert_eq!((marks(&mut station).await, tell(app).await), ((0, 0), 0), "what was there is neither new nor news");
    // Told, not seen.
    file(&mut station, "海绵钛二", &[]).await;
    assert_eq!((tell(app).await, marks(&mut station).await), (1, (1, 1)));
    assert_eq!((tell(app).await, marks(&mut station).await), (0, (1, 1)), "told once, still not seen");
    // Seen after it was told.
    let page = open(&mut station, app, id).await;
    assert_eq!(page.matches("fs-tag ok\">新<").count(), 1, "{page}");
    assert_eq!((marks(&mut station).await, tell(app).await), ((0, 0), 0), "seeing does not tell again");
    // Seen before it was told: told all the same, and new to nobody.
    file(&mut station, "海绵钛三", &[]).await;
    open(&mut station, app, id).await;
    assert_eq!(marks(&mut station).await, (0, 0));
    assert_eq!((tell(app).await, marks(&mut station).await), (1, (0, 1)));
    open(&mut station, app, id).await;
    // Two between two tellings, one of them seen; a correction is no news.
    let four = file(&mut station, "海绵钛四", &[]).await;
    open(&mut station, app, id).await;
    file(&mut station, "海绵钛五", &[]).await;
    assert_eq!((tell(app).await, marks(&mut station).await), (1, (1, 2)));
    station.get(&format!("/appraisal/ledger/{four}/correction")).await.is(200);
    let fields = [
        ("kind", "report.topical"),
        ("on", "2026-09-10"),
        ("count", "1"),
        ("title", "海绵钛四改"),
        ("detail", ""),
        ("reason", "写错"),
    ];
    station.upload(&format!("/appraisal/ledger/{four}/correction"), &fields, &[]).await.is(303);
    assert_eq!((tell(app).await, marks(&mut station).await), (0, (1, 2)));
    // A line that nobody looks at stands for a week.
    app.wait(Duration::from_secs(8 * 24 * 3600));
    let mut station = app.sign_in("station001").await;
    assert_eq!(marks(&mut station).await, (1, 0));
}

/// Only what its owner may see is told; nobody else's search can be touched.
async fn a_saved_search_is_its_owners(app: &TestApp) {
    let mut city = app.sign_in("other_city").await;
    save(&mut city, "海绵钛").await;
    let mut own = app.sign_in("station001").await;
    let id = save(&mut own, "海绵钛").await;
    file(&mut own, "海绵钛一", &[]).await;
    assert_eq!(tell(app).await, 1);
    assert_eq!((marks(&mut own).await, marks(&mut city).await), ((1, 1), (0, 0)));
    for act in ["opening", "name", "removal"] {
        city.get("/general/search").await.is(200);
        city.post(&format!("/general/searches/{id}/{act}"), &[("name", "别人的")]).await.is(404);
    }
    own.get("/general/search").await.is(200);
    own.post(&format!("/general/searches/{id}/name"), &[("name", "")]).await.is(303);
    own.get("/general/search").await.is(200);
    own.post(&format!("/general/searches/{id}/name"), &[("name", "钛")]).await.is(303);
    own.get("/general/search").await.is(200).says("<td>钛<");
    own.post(&format!("/general/searches/{id}/name"), &[("name", &"钛".repeat(41))]).await.is(422).says("40 字");
    own.get("/general/search").await.is(200);
    own.post(&format!("/general/searches/{id}/removal"), &[]).await.is(303);
    own.get("/desk").await.is(200).says_not("新增 1 条");
    own.get("/general/search").await.is(200).says("没有保存的检索");
}

async fn twenty_are_kept(app: &TestApp) {
    let mut own = app.sign_in("station001").await;
    for n in 0..20 {
        save(&mut own, &format!("海绵{n}")).await;
    }
    own.get(&asked("海绵0")).await.is(200).says("这条检索已经保存");
    own.get(&asked("海绵")).await.is(200).says("最多保存 20 条检索");
    own.post("/general/searches", &[("q", "第二十一"), ("noun", ""), ("name", "")])
        .await
        .is(403)
        .says("最多保存 20 条");
    let before = app.store().statements();
    own.get("/general/search").await.is(200);
    let taken = app.store().statements() - before;
    assert!(taken <= 5, "{taken} statements for twenty searches");
    let mut city = app.sign_in("city").await;
    save(&mut city, "海绵").await;
    city.get(&asked("海绵")).await.is(200).says("这条检索已经保存");
    city.post("/general/searches", &[("q", "海绵"), ("noun", ""), ("name", "")]).await.is(409).says("已经保存过");
    city.post("/general/searches", &[("q", "。"), ("noun", ""), ("name", "")]).await.is(422);
    city.post("/general/searches", &[("q", "海绵"), ("noun", "account"), ("name", "")]).await.is(422);
}

async fn a_stranger_searches_at_a_person_s_pace(app: &TestApp) {
    let mut browser = app.browser();
    let mut answers = Vec::new();
    for n in 0..32 {
        answers.push(browser.get(&format!("/search?q=tyre{n}")).await.status.as_u16());
    }
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 2);
    browser.get("/search?q=tyre").await.is(429).says("每分钟不超过 30 次");
    browser.get("/search").await.is(200);
    app.wait(Duration::from_secs(60));
    browser.get("/search?q=tyre").await.is(200);
}

/// What the department puts before the public is found by everyone.
async fn publications_are_found_by_all(app: &TestApp) {
    let id = publication(app).await;
    let page = app.browser().get("/search?q=%E5%A4%9A%E6%99%B6%E7%A1%85").await;
    page.is(200).says("共 1 条").says(&format!("/public/notices/{id}")).says_not("主送");
    let mut expert = app.sign_in("expert").await;
    assert_eq!(count(&mut expert, "海绵钛").await, 1);
}

async fn publication(app: &TestApp) -> i64 {
    let operator = crate::people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    let new = store::general::NewPublication {
        kind: "announcement",
        noun: "cycle",
        noun_id: 2026,
        title: "关于海绵钛的公告".to_owned(),
        content: "标题：关于海绵钛的公告\n主送：各单位\n\n现将多晶硅事项公告如下。".to_owned(),
        until_day: None,
    };
    let id = tx.publish(&new).await.expect("published");
    tx.commit().await.expect("commit");
    id
}

on_both!(
    each_finds_their_own,
    the_index_follows_the_ledger,
    what_cannot_be_read_is_said,
    what_was_there_before_becomes_findable,
    all_texts_are_indexed_anew,
    seen_and_told_are_two_marks,
    a_saved_search_is_its_owners,
    twenty_are_kept,
    a_stranger_searches_at_a_person_s_pace,
    publications_are_found_by_all,
);
