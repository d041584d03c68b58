//! A confirmed year stays as it was, byte for byte, when a station is renamed or merged away and another edition comes
//! into force (AT-10, AT-11).

use std::time::Duration;

use jiff::Timestamp;
use regulation::general::{Actor, Role, Subject, Verb, may};
use server::appraisal::backlog::compare_backlog;
use store::appraisal::NewEntry;

use crate::app::TestApp;
use crate::client::Client;
use crate::people;

const YEAR: &str = "/appraisal/cycles/2026";
const SHEET: &str = "/appraisal/cycles/2026/stations/1";

fn until(app: &TestApp, at: &str) {
    let at: Timestamp = format!("{at}+08:00").parse().expect("an instant");
    app.wait(Duration::try_from(at.duration_since(app.now())).expect("later than now"));
}

async fn file(browser: &mut Client, kind: &str, title: &str) {
    browser.get("/appraisal/ledger/new").await.is(200);
    let fields = [("kind", kind), ("on", "2026-09-10"), ("count", "1"), ("title", title)];
    browser.upload("/appraisal/ledger", &fields, &[("现场.jpg", b"\xff\xd8")]).await.is(303);
}

/// 2026 from the ledger to the confirmed grade, with an opinion and a mark on the way.
async fn confirmed(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    file(&mut station, "outreach.organised", "反规避培训班").await;
    file(&mut station, "report.topical", "市场形势专题报告").await;
    file(&mut app.sign_in("station002").await, "outreach.attended", "案情通报会").await;
    let mut expert = app.sign_in("expert").await;
    let report = expert.get("/appraisal/marks").await.is(200).number_after("/appraisal/ledger/").to_string();
    expert.post("/appraisal/marks", &[("entry", &report), ("mark", "8.25"), ("comment", "数据充分")]).await.is(303);
    until(app, "2027-01-20T09:00:00");
    for (name, id) in [("station001", 1), ("station002", 2)] {
        let mut station = app.sign_in(name).await;
        station.get(&format!("{YEAR}/stations/{id}")).await.is(200);
        station.post(&format!("{YEAR}/submission"), &[("attested", "1")]).await.is(303);
    }
    until(app, "2027-03-01T09:00:00");
    let mut province = app.sign_in("province").await;
    province.get(&format!("{YEAR}/inspection")).await.is(200);
    for act in ["acceptance", "settlement", "feedback"] {
        province.post(&format!("{YEAR}/{act}"), &[]).await.is(303);
    }
    until(app, "2027-03-20T09:00:00");
    let mut approver = app.sign_in("province_approver").await;
    approver.get(&format!("{YEAR}/ranking")).await.is(200);
    let meeting = [
        ("attendees", "示例甲、示例乙"),
        ("reason", "按排名确认"),
        ("decided_on", "2027-03-20"),
        ("unchecked", "改为书面核查"),
    ];
    approver.post(&format!("{YEAR}/confirmation"), &meeting).await.is(303);
}

/// What the province reads and takes away of the closed year, as long as the clock stands still.
async fn kept(app: &TestApp) -> Vec<(&'static str, Vec<u8>)> {
    let mut province = app.sign_in("province").await;
    let mut all = vec![
        ("the sheet", main_of(&mut province, &format!("{SHEET}?open=outreach")).await),
        ("the ranking", main_of(&mut province, &format!("{YEAR}/ranking")).await),
    ];
    for (what, path) in [
        ("sheet.xlsx", format!("{SHEET}/sheet.xlsx?layers=4")),
        ("sheet.pdf", format!("{SHEET}/sheet.pdf?layers=4")),
        ("summary.xlsx", format!("{YEAR}/summary.xlsx")),
        ("summary.pdf", format!("{YEAR}/summary.pdf")),
    ] {
        let answer = province.get(&path).await;
        let named = answer.is(200).header("content-disposition").to_owned();
        all.push((what, [answer.bytes.as_ref(), named.as_bytes()].concat()));
    }
    all
}

/// A page without what belongs to the visit: menu, tokens.
async fn main_of(browser: &mut Client, path: &str) -> Vec<u8> {
    let text = browser.get(path).await.is(200).text();
    let (_, main) = text.split_once("<main").expect("a main part");
    let (main, _) = main.split_once("</main>").expect("its end");
    main.replace(browser.token("csrf"), "").into_bytes()
}

#[track_caller]
fn same(before: &[(&str, Vec<u8>)], after: &[(&str, Vec<u8>)], what: &str) {
    for ((name, before), (_, after)) in before.iter().zip(after) {
        let at = before.iter().zip(after).take_while(|(one, other)| one == other).count();
        let around = |bytes: &[u8]| {
            String::from_utf8_lossy(&bytes[at.saturating_sub(120).min(bytes.len())..(at + 200).min(bytes.len())])
                .into_owned()
        };
        assert!(before == after, "{what} changed {name} at {at}: {} / {}", around(before), around(after));
    }
}

async fn act(app: &TestApp, name: &str, id: i64, path: &str, fields: &[(&str, &str)]) {
    let mut browser = app.sign_in(name).await;
    browser.get(&format!("/adjustment/{id}")).await.is(200);
    browser.post(&format!("/adjustment/{}", path.replace("{id}", &id.to_string())), fields).await.is(303);
}

/// Host and station get new names (Article 15).
async fn rename(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    station.get("/adjustment/renamings/new").await.is(200);
    let fields = [
        ("new_host", "示例橡胶行业协会"),
        ("uscc", "91350211M000100Y46"),
        ("new_name", "示例橡胶工作站"),
        ("changed_on", "2027-03-10"),
        ("detail", ""),
    ];
    let answer = station.upload("/adjustment/renamings", &fields, &[("申请.pdf", b"%PDF-1.7")]).await;
    let id = answer.number_after("/adjustment/");
    act(app, "city", id, "renamings/{id}/forwarding", &[("text", "材料齐全")]).await;
    act(app, "province", id, "renamings/{id}/acknowledgement", &[]).await;
    app.sign_in("province").await.get("/duties/stations/1").await.is(200).says("示例橡胶工作站");
}

/// The first station goes into the second with all it has (Article 16).
async fn merge(app: &TestApp) {
    let mut province = app.sign_in("province").await;
    province.get("/adjustment/mergings/new").await.is(200);
    let plan = [
        ("station", "37-001"),
        ("survivor", "37-002"),
        ("moves", "roster"),
        ("moves", "cases"),
        ("moves", "ledger"),
        ("detail", "行业调整"),
    ];
    let id = province.upload("/adjustment/mergings", &plan, &[]).await.number_after("/adjustment/");
    let decided = [("attendees", "甲、乙、丙"), ("on", "2027-03-20"), ("text", "事实清楚")];
    act(app, "province_approver", id, "mergings/{id}/decision", &decided).await;
    act(app, "province_approver", id, "mergings/{id}/execution", &[]).await;
    app.sign_in("province").await.get("/duties/stations/1").await.is(200).says("已并入");
}

/// Another edition is the newest: other dates, other words, twice the points.
async fn swap(app: &TestApp) {
    let mut files = server::editions::draft_files();
    let change = |files: &mut regulation::law::Files, name: &str, from: &str, to: &str| {
        let text = files.get_mut(name).expect("the file");
        assert!(text.contains(from), "{name}: {from}");
        *text = text.replace(from, to);
    };
    change(&mut files, "edition.toml", "id = \"draft\"", "id = \"later\"");
    change(&mut files, "edition.toml", "status = \"征求意见稿\"", "status = \"示例修订稿\"");
    change(&mut files, "calendar.toml", "day = 15\ntime", "day = 20\ntime");
    change(&mut files, "scoresheet.toml", "评分表", "考核表");
    let at = app.now();
    let subject = Subject::whole("edition", 0);
    let mandate = may(&Actor::operator(), Verb::LoadEdition, &subject, store::day_of(at)).expect("the operator may");
    let mut tx = app.store().begin(&mandate, at).await.expect("begin");
    assert!(tx.add_edition("later", &files).await.expect("loaded"));
    tx.commit().await.expect("commit");
    app.app.refresh().await.expect("refreshed");
    assert_eq!(app.app.present().edition.head.id, "later");
}

/// The same text three times, as it stood in ledgers before texts were compared.
async fn three_of_one_text(app: &TestApp) {
    let placed = people::placed();
    let subject = Subject::of_station("ledger_entry", 0, &placed);
    let clerk = Actor { role: Role::StationClerk, station: Some(placed.id), ..Actor::operator() };
    let mandate = may(&clerk, Verb::FileEntry, &subject, store::day_of(app.now())).expect("a clerk may");
    let mut tx = app.store().begin(&mandate, app.now()).await.expect("begin");
    for day in 1..=3 {
        let (kind, title) = ("warning.published".to_owned(), "欧盟对华轮胎作出反倾销终裁".to_owned());
        let on_day = 20_260_900 + day;
        let new =
            NewEntry { kind, on_day, count: 7, title, keep_until: 20_360_901, source: "form", ..NewEntry::default() };
        tx.add_entry(&placed, &new, None).await.expect("entry");
    }
    tx.commit().await.expect("commit");
}

async fn september(app: &TestApp) -> i64 {
    let tallies = app.store().tallies(people::STATION, 2026).await.expect("tallies");
    tallies.iter().filter(|tally| tally.kind == "warning.published").map(|tally| tally.count).sum()
}

/// What was counted when the year was confirmed stays counted, sheet, exports and month, when texts come to be compared.
async fn copies_in_a_confirmed_year_stay_counted(app: &TestApp) {
    three_of_one_text(app).await;
    confirmed(app).await;
    let before = kept(app).await;
    assert_eq!(compare_backlog(&app.app).await.expect("compared"), 0);
    same(&before, &kept(app).await, "comparing");
    assert_eq!(september(app).await, 21);
}

/// While the year is open they are compared, and the month's count follows.
async fn copies_in_an_open_year_are_compared(app: &TestApp) {
    three_of_one_text(app).await;
    assert_eq!(september(app).await, 21);
    assert_eq!(compare_backlog(&app.app).await.expect("compared"), 1);
    assert_eq!((september(app).await, compare_backlog(&app.app).await.expect("again")), (7, 0));
}

async fn a_confirmed_year_stays_byte_for_byte(app: &TestApp) {
    confirmed(app).await;
    let before = kept(app).await;
    same(&before, &kept(app).await, "reading");
    rename(app).await;
    same(&before, &kept(app).await, "a new name");
    swap(app).await;
    same(&before, &kept(app).await, "another edition");
    merge(app).await;
    same(&before, &kept(app).await, "a merging");
    // A server started anew has nothing in memory, and reads the same.
    let again = app.restarted(|_| {}).await;
    same(&before, &kept(&again).await, "a new start");
}

on_both!(
    a_confirmed_year_stays_byte_for_byte,
    copies_in_a_confirmed_year_stay_counted,
    copies_in_an_open_year_are_compared,
);
