//! Fetching foreign notices (Article 5(1)) from servers that really listen: pages, what has not changed, waits, refusals, days
//! made up for, and the way from a source abroad to a station's door.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use server::config::Addresses;
use server::duties::feeds::fetching::pass;
use store::duties::FetchPlace;
use store::query::Query;
use tokio::io::AsyncWriteExt as _;

use crate::app::TestApp;
use crate::common::listening::{Posted, held, listen, page, read_request};
use crate::warning::{NOTICES, roster};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// A publisher: answers by what is asked for, and remembers what was.
struct Press {
    at: SocketAddr,
    says: Arc<Mutex<Vec<(String, String)>>>,
    asked: Arc<Mutex<Vec<Posted>>>,
}

impl Press {
    async fn open() -> Press {
        let says = Arc::<Mutex<Vec<(String, String)>>>::default();
        let asked = Arc::<Mutex<Vec<Posted>>>::default();
        let (script, kept) = (Arc::clone(&says), Arc::clone(&asked));
        let (at, _) = listen(move |mut stream| {
            let (script, kept) = (Arc::clone(&script), Arc::clone(&kept));
            async move {
                let Some(one) = read_request(&mut stream).await else { return };
                let known =
                    held(&script).iter().find(|(part, _)| one.target.contains(part)).map(|(_, text)| text.clone());
                held(&kept).push(one);
                let answer = known.unwrap_or_else(|| page("404 Not Found", "", ""));
                drop(stream.write_all(answer.as_bytes()).await);
            }
        })
        .await;
        Press { at, says, asked }
    }

    /// From now on, targets with these parts are answered so; all others are not there.
    fn says(&self, answers: &[(&str, String)]) {
        *held(&self.says) = answers.iter().map(|(part, text)| ((*part).to_owned(), text.clone())).collect();
    }

    /// What it was asked for since this was last called.
    fn asked(&self) -> Vec<Posted> {
        std::mem::take(&mut *held(&self.asked))
    }

    /// The server again, fetching a source from here.
    async fn fetched_by(&self, app: &TestApp, source: &str) -> TestApp {
        let address = format!("http://{}/{source}", self.at);
        app.restarted(|settings| {
            settings.probe_allow.push(self.at);
            settings.fetch_sources.push(source.to_owned());
            settings.fetch_addresses.insert(source.to_owned(), Addresses::One(address));
        })
        .await
    }
}

/// The notices of the register, one by one.
fn records() -> Vec<&'static str> {
    NOTICES.lines().filter(|line| line.starts_with("{\"title\"")).map(|line| line.trim_end_matches(',')).collect()
}

fn list(records: &[&str], count: usize, pages: usize) -> String {
    let body = format!(r#"{{"count":{count},"total_pages":{pages},"results":[{}]}}"#, records.join(","));
    page("200 OK", "content-type: application/json\r\n", &body)
}

fn rss(items: &str) -> String {
    format!(r#"<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>"#)
}

const ITEM: &str = "<item><title>Initiation of an anti-dumping investigation on tyres from China</title>\
                    <link>https://example.org/1</link><guid>n-1</guid><pubDate>Thu, 17 Sep 2026 10:00:00 GMT</pubDate></item>";

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let (count,): (i64,) = app.store().one(Query::new(sql)).await.expect("count");
    count
}

async fn intakes(app: &TestApp) -> i64 {
    count(app, "SELECT count(*) FROM intake").await
}

async fn place(app: &TestApp, source: &str) -> FetchPlace {
    app.store().fetch_places_of(source).await.expect("read").pop().expect("a place")
}

async fn passes(app: &TestApp) -> usize {
    pass(&app.app).await.expect("pass")
}

async fn a_source_abroad_reaches_a_station_s_door(app: &TestApp) {
    let press = Press::open().await;
    let app = press.fetched_by(app, "us-fr-json").await;
    roster(&mut app.sign_in("station001").await).await;
    let mut province = app.sign_in("province").await;
    let of = "/duties/feeds/sources/us-fr-json";
    province.get(of).await.is(200).says("等待首次抓取").says("还没有抓取过").says_not("立即抓取");
    let one = records();
    press.says(&[
        ("&page=1&", list(&one[..1], 3, 3)),
        ("&page=2&", list(&one[1..2], 3, 3)),
        ("&page=3&", list(&one[2..], 3, 3)),
    ]);
    assert_eq!(passes(&app).await, 1);
    let asked = press.asked();
    assert_eq!(asked.len(), 3);
    for one in &asked {
        for part in
            ["=international-trade-commission", "%5Bgte%5D=2026-09-05&", "%5Blte%5D=2026-09-18&", "per_page=100"]
        {
            assert!(one.target.contains(part), "{part} in {}", one.target);
        }
        assert!(one.header("user-agent").starts_with("fengsui/"));
    }
    assert_eq!(intakes(&app).await, 1, "pages are one document");
    app.sign_in("station001").await.get("/duties/signals").await.is(200).says("美国反倾销立案（乘用车和轻型卡车轮胎）");
    province.get("/duties/signals?uncovered=1").await.is(200).says("大蒜");
    let shown = province.get(of).await;
    shown
        .is(200)
        .says("正常")
        .says("最近一次抓到 3 条，新公告 3 条")
        .says("2026-09-18 10:00")
        .says("运维")
        .says("us-fr-json（2026-09-05 至 2026-09-18）");
    province.get("/duties/feeds").await.is(200).says("上次成功 2026-09-18 10:00");

    // Not before its time; then only the last days again, and what was read before is nothing new.
    app.wait(HOUR);
    assert_eq!(passes(&app).await, 0);
    app.wait(2 * HOUR);
    assert_eq!(passes(&app).await, 1);
    let asked = press.asked();
    assert!(asked.len() == 3 && asked[0].target.contains("%5Bgte%5D=2026-09-15&"), "{}", asked[0].target);
    assert_eq!(intakes(&app).await, 1);
    app.sign_in("province").await.get(of).await.is(200).says("来源没有变化");
    // Fewer than the source says there are is seen, and what came is kept.
    press.says(&[("&page=1&", list(&one[..2], 3, 1))]);
    app.wait(3 * HOUR);
    assert_eq!(passes(&app).await, 1);
    let mut province = app.sign_in("province").await;
    province.get(of).await.is(200).says("来源自报 3 条，实际收到 2 条");
    province.get("/duties/feeds").await.is(200).says("条数不符");
}

async fn what_has_not_changed_is_not_read_again(app: &TestApp) {
    let press = Press::open().await;
    let app = press.fetched_by(app, "rss").await;
    let head = "etag: W/\"7\"\r\nlast-modified: Thu, 17 Sep 2026 10:00:00 GMT\r\n";
    press.says(&[("/rss", page("200 OK", head, &rss(ITEM)))]);
    assert_eq!(passes(&app).await, 1);
    press.says(&[("/rss", page("304 Not Modified", "", ""))]);
    app.wait(2 * HOUR);
    assert_eq!(passes(&app).await, 1);
    let asked = press.asked();
    assert_eq!((asked[0].header("if-none-match"), asked[1].header("if-none-match")), ("", "W/\"7\""));
    assert_eq!(asked[1].header("if-modified-since"), "Thu, 17 Sep 2026 10:00:00 GMT");
    let row = place(&app, "rss").await;
    assert_eq!((row.outcome.as_str(), row.failures, row.received), ("unchanged", 0, Some(1)));
    // A source that knows no marks and sends the same bytes.
    press.says(&[("/rss", page("200 OK", "", &rss(ITEM)))]);
    app.wait(2 * HOUR);
    assert_eq!(passes(&app).await, 1);
    assert_eq!((intakes(&app).await, place(&app, "rss").await.outcome.as_str()), (1, "unchanged"));
    // A feed without items is an answer too.
    press.says(&[("/rss", page("200 OK", "", &rss("")))]);
    app.wait(2 * HOUR);
    assert_eq!(passes(&app).await, 1);
    let shown = app.sign_in("province").await.get("/duties/feeds/sources/rss").await;
    shown.is(200).says("来源在所查日期内没有公告");
}

async fn a_source_that_fails_is_left_alone_and_asked_again(app: &TestApp) {
    let press = Press::open().await;
    let app = press.fetched_by(app, "us-fr-json").await;
    let of = "/duties/feeds/sources/us-fr-json";
    press.says(&[("/us-fr-json", page("503 Service Unavailable", "retry-after: 7200\r\n", ""))]);
    assert_eq!(passes(&app).await, 1);
    let mut province = app.sign_in("province").await;
    province
        .get(of)
        .await
        .is(200)
        .says("抓取失败")
        .says("没有抓到：网站返回 503，服务器出错。")
        .says("没有成功过")
        .says("没有接收记录");
    app.wait(HOUR);
    assert_eq!(passes(&app).await, 0, "it asked to be left alone for two hours");
    app.wait(HOUR);
    // Answers that are no list of notices: nothing of them is kept.
    let html = page("200 OK", "content-type: application/json\r\n", "<!DOCTYPE html><title>Request Access</title>");
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{\"count\":3,\"results\":[".to_owned();
    for (answer, reason) in [
        (html, "答复是网页，不是 JSON 数据"),
        (half, "答复不完整，连接中断"),
        (page("200 OK", "", r#"{"message":"Record Not Found"}"#), "来源答复错误"),
        (page("200 OK", "", "{\"count\":3,\"results\":[{"), "JSON 内容不完整"),
        (page("200 OK", "", ""), "答复是空的"),
        (page("404 Not Found", "", "{\"status\":404}"), "网站返回 404，页面不存在"),
    ] {
        press.says(&[("/us-fr-json", answer)]);
        assert_eq!(passes(&app).await, 1, "{reason}");
        let row = place(&app, "us-fr-json").await;
        assert!(row.outcome == "failed" && row.problem.contains(reason), "{} for {reason}", row.problem);
        app.wait(13 * HOUR);
    }
    let row = place(&app, "us-fr-json").await;
    assert_eq!((row.failures, row.succeeded_at, intakes(&app).await), (7, None, 0));
    app.sign_in("province").await.get(of).await.is(200).says("连续 7 次没有抓到");
    press.says(&[("/us-fr-json", list(&records(), 3, 1))]);
    assert_eq!(passes(&app).await, 1);
    let row = place(&app, "us-fr-json").await;
    assert_eq!((row.failures, row.outcome.as_str(), row.fresh), (0, "new", Some(3)));
}

/// Each failure waits longer than the one before, up to half a day.
async fn waits_grow(app: &TestApp) {
    let press = Press::open().await;
    let app = press.fetched_by(app, "rss").await;
    let mut waits = Vec::new();
    for _ in 0..9 {
        assert_eq!(passes(&app).await, 1);
        let wait = place(&app, "rss").await.next_at - store::instant_number(app.now());
        waits.push(wait / 60_000);
        app.wait(Duration::from_millis(u64::try_from(wait).expect("later")));
    }
    for (wait, least) in waits.iter().zip([5, 10, 20, 40, 80, 160, 320, 640, 720]) {
        assert!((least..=least + least / 10).contains(wait), "{waits:?}");
    }
}

async fn days_that_were_missed_are_made_up_for(app: &TestApp) {
    let press = Press::open().await;
    let app = press.fetched_by(app, "us-fr-json").await;
    press.says(&[("/us-fr-json", list(&records()[..1], 1, 1))]);
    assert_eq!(passes(&app).await, 1);
    press.says(&[]);
    for _ in 0..7 {
        app.wait(DAY);
        assert_eq!(passes(&app).await, 1);
    }
    press.says(&[("/us-fr-json", list(&records()[1..2], 1, 1))]);
    press.asked();
    app.wait(DAY);
    assert_eq!(passes(&app).await, 1);
    let asked = press.asked();
    assert!(asked[0].target.contains("%5Bgte%5D=2026-09-15&") && asked[0].target.contains("%5Blte%5D=2026-09-26&"));
    // A month takes several questions, one soon after the other.
    app.wait(30 * DAY);
    let mut spans = Vec::new();
    while place(&app, "us-fr-json").await.covered_on != Some(20_261_026) {
        assert_eq!(passes(&app).await, 1);
        spans.extend(press.asked().into_iter().map(|one| one.target));
        app.wait(Duration::from_secs(60));
    }
    for (span, (from, until)) in
        spans.iter().zip([("2026-09-23", "2026-10-06"), ("2026-10-03", "2026-10-16"), ("2026-10-13", "2026-10-26")])
    {
        assert!(span.contains(&format!("gte%5D={from}&")) && span.contains(&format!("lte%5D={until}&")), "{span}");
    }
    assert_eq!((spans.len(), passes(&app).await), (3, 0));
    // What never ends is not read for ever: half the days are tried, and then a person has to look.
    press.says(&[("/us-fr-json", list(&records()[..1], 9999, 999))]);
    app.wait(10 * DAY);
    let slow = tokio::time::Instant::now();
    assert_eq!(passes(&app).await, 1);
    let row = place(&app, "us-fr-json").await;
    assert!(row.problem.contains("超过 20 页"), "{} after {:?}", row.problem, slow.elapsed());
}

async fn a_source_leads_nowhere_inside(app: &TestApp) {
    let (inner, asked) = listen(|mut stream| async move { drop(read_request(&mut stream).await) }).await;
    let press = Press::open().await;
    let app = press.fetched_by(app, "rss").await;
    for (answer, reason) in [
        (page("302 Found", &format!("location: http://{inner}/\r\n"), ""), "不在允许之列"),
        (page("302 Found", "location: http://169.254.169.254/\r\n", ""), "指向内部网络或者保留的地址"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 40000000\r\n\r\n".to_owned(), "文件超过 32 MB"),
    ] {
        press.says(&[("/rss", answer)]);
        assert_eq!(passes(&app).await, 1);
        let row = place(&app, "rss").await;
        assert!(row.problem.contains(reason), "{} for {reason}", row.problem);
        app.wait(DAY);
    }
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 0);
    // An address of our own network in the settings is refused as well, unless the operator opened that socket.
    let shut = app.restarted(|settings| settings.probe_allow.clear()).await;
    assert_eq!(passes(&shut).await, 1);
    let row = place(&app, "rss").await;
    assert!(row.problem.contains("端口") || row.problem.contains("内部网络"), "{}", row.problem);
}

/// Taken up by a server that died: asked again when it counts as gone, and nothing is there twice.
async fn a_server_that_dies_loses_nothing(app: &TestApp) {
    let press = Press::open().await;
    let app = press.fetched_by(app, "us-fr-json").await;
    press.says(&[("/us-fr-json", list(&records(), 3, 1))]);
    app.store()
        .know_fetch_places(&[("us-fr-json", &format!("http://{}/us-fr-json", press.at))], app.now())
        .await
        .expect("known");
    let id = place(&app, "us-fr-json").await.id;
    let dead =
        app.store().claim_fetch(id, app.now(), app.now() + SignedDuration::from_hours(1)).await.expect("claimed");
    let dead = dead.expect("first");
    assert_eq!(app.store().claim_fetch(id, app.now(), app.now()).await.expect("asked"), None, "one at a time");
    assert_eq!(passes(&app).await, 0);
    app.sign_in("province").await.get("/duties/feeds/sources/us-fr-json").await.is(200).says("正在抓取");
    app.wait(HOUR);
    assert_eq!(passes(&app).await, 1);
    // The dead one's word comes too late to count.
    let late = store::duties::Fetched::Failed { problem: "late".to_owned() };
    app.store().settle_fetch(&dead, &late, app.now(), app.now()).await.expect("settled");
    let row = place(&app, "us-fr-json").await;
    assert_eq!((row.outcome.as_str(), row.failures, row.problem.as_str()), ("new", 0, ""));
    assert_eq!(count(&app, "SELECT count(*) FROM trade_notice").await, 3);
    // The only server there is starts anew: what was under way is let go and asked again after a while.
    app.wait(DAY);
    app.store().claim_fetch(id, app.now(), app.now() + SignedDuration::from_hours(1)).await.expect("claimed");
    let again = app.now() + SignedDuration::from_mins(5);
    assert_eq!(app.store().release_fetches("服务停止", again).await.expect("released"), 1);
    app.wait(Duration::from_secs(300));
    assert_eq!(passes(&app).await, 1);
    assert_eq!(count(&app, "SELECT count(*) FROM trade_notice").await, 3);
}

async fn two_servers_ask_a_source_once(app: &TestApp) {
    let press = Press::open().await;
    let one = press.fetched_by(app, "us-fr-json").await;
    let other = press.fetched_by(app, "us-fr-json").await;
    press.says(&[("/us-fr-json", list(&records(), 3, 1))]);
    let (first, second) = tokio::join!(passes(&one), passes(&other));
    assert_eq!((first + second, press.asked().len(), intakes(app).await), (1, 1, 1));
}

/// Whoever may receive notices for the province may have a source asked now; nobody else, and not one that is closed.
async fn a_person_has_a_source_asked_now(app: &TestApp) {
    let of = "/duties/feeds/sources/us-fr-json";
    let now = "/duties/feeds/fetching";
    let source = [("source", "us-fr-json")];
    let mut province = app.sign_in("province").await;
    province.get(of).await.is(200).says("自动抓取没有启用").says_not("立即抓取");
    let before = app.audit_rows().await;
    province.post(now, &source).await.is(403).says("自动抓取没有启用");
    let press = Press::open().await;
    let app = press.fetched_by(app, "us-fr-json").await;
    press.says(&[("/us-fr-json", list(&records(), 3, 1))]);
    assert_eq!(passes(&app).await, 1);
    let fetched = app.audit_rows().await;
    let mut station = app.sign_in("station001").await;
    station.get(of).await.is(200).says_not("立即抓取");
    station.post(now, &source).await.is(403);
    let mut province = app.sign_in("province").await;
    province.get(of).await.is(200).says("立即抓取");
    province.get("/duties/feeds/sources/rss").await.is(200).says_not("立即抓取");
    let answer = province.post(now, &source).await;
    province.follow(&answer).await.is(200).says("已排队").says_not(">立即抓取<");
    province.post(now, &source).await.is(403).says("正在抓取或者马上抓取");
    province.post(now, &[("source", "moon")]).await.is(404);
    let asked = count(&app, "SELECT count(*) FROM audit WHERE noun = 'fetch_place' AND verb = 'load_notices'").await;
    assert!(asked == 1 && fetched > before, "one act, one row");
    assert_eq!(passes(&app).await, 1);
}

on_both!(
    a_source_abroad_reaches_a_station_s_door,
    what_has_not_changed_is_not_read_again,
    a_source_that_fails_is_left_alone_and_asked_again,
    waits_grow,
    days_that_were_missed_are_made_up_for,
    a_source_leads_nowhere_inside,
    a_server_that_dies_loses_nothing,
    two_servers_ask_a_source_once,
    a_person_has_a_source_asked_now,
);
