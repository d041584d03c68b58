//! The public site as programs and browsers without scripts meet it: marks of unchanged pages, feeds with whole addresses
//! and lasting names, large type and dark colours by a form, versions of a warning.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;

use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::warning;

async fn asked(browser: &mut Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    browser.send_with(headers, Method::GET, path, Bytes::new()).await
}

/// What stands between two marks of a text, each time.
fn between<'a>(text: &'a str, from: &'a str, to: &'a str) -> Vec<&'a str> {
    text.split(from).skip(1).filter_map(|rest| rest.split(to).next()).collect()
}

/// Asked again minutes later, a page nothing changed on is not sent again, however the mark is written.
async fn an_unchanged_page_keeps_its_mark(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let id = warning::published_own(&mut station).await;
    let one = format!("/warnings/{id}");
    let paths = ["/", "/warnings", one.as_str(), "/about", "/feeds/atom.xml", "/feeds/rss.xml", "/feeds/deadlines.ics"];
    let mut browser = app.browser();
    for path in paths {
        let mark = browser.get(path).await.is(200).header("etag").to_owned();
        app.wait(Duration::from_secs(120));
        for known in [mark.clone(), format!("W/{mark}"), format!("\"another\", W/{mark}"), "*".to_owned()] {
            asked(&mut browser, path, &[("if-none-match", known.as_str())]).await.is(304);
        }
        asked(&mut browser, path, &[("if-none-match", "\"another\"")]).await.is(200);
    }
    browser.get("/warnings").await.is(200).says("内容更新 2026-09-18 10:00").says_not("页面更新");
}

/// Without an address set, feeds go by the one they were asked under; the names of things stay whatever it is.
async fn feeds_have_whole_addresses_and_lasting_names(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let id = warning::published_own(&mut station).await;
    let mut browser = app.browser();
    let here = [("host", "fs.example.cn:8443"), ("x-forwarded-host", "evil.example")];
    let at = format!("http://fs.example.cn:8443/warnings/{id}");
    let atom = asked(&mut browser, "/feeds/atom.xml?level=red&kind=", &here).await;
    atom.is(200).says(&format!("href=\"{at}\"")).says_not("evil.example");
    atom.says("href=\"http://fs.example.cn:8443/feeds/atom.xml?level=red\"");
    asked(&mut browser, "/sitemap.xml", &here).await.is(200).says(&format!("<loc>{at}</loc>"));
    asked(&mut browser, "/feeds/warnings.json", &here).await.is(200).says(&at);
    let rss = asked(&mut browser, "/feeds/rss.xml?code=4011", &here).await;
    rss.is(200).says("<rss version=\"2.0\"").says(&format!("<link>{at}</link>"));
    rss.says("<pubDate>Fri, 18 Sep 2026 02:00:00 +0000</pubDate>").says("<category>红色</category>");
    asked(&mut browser, "/feeds/rss.xml?code=0808", &here).await.is(200).says_not("<item>");
    let robots = asked(&mut browser, "/robots.txt", &here).await;
    robots.is(200).says("Disallow: /letters/\n").says("Sitemap: http://fs.example.cn:8443/sitemap.xml\n");

    let calendar = asked(&mut browser, &format!("/feeds/deadlines.ics?warning={id}"), &here).await;
    calendar.is(200).says(&at).says("DTSTART;VALUE=DATE:20261016");
    asked(&mut browser, "/feeds/deadlines.ics?warning=999", &here).await.is(200).says_not("BEGIN:VEVENT");

    // Another address, the same names, in every format.
    let moved = app.restarted(|settings| settings.public_address = "https://new.example.cn".to_owned()).await;
    let mut browser = moved.browser();
    let after = browser.get("/feeds/atom.xml?level=red").await;
    after.is(200).says(&format!("https://new.example.cn/warnings/{id}"));
    let (before, after) = (atom.text(), after.text());
    let names = between(&before, "<id>", "</id>");
    assert!(names.len() == 2 && names.iter().all(|name| name.starts_with("urn:uuid:")), "{names:?}");
    assert_eq!(names, between(&after, "<id>", "</id>"));
    let name = names[1].trim_start_matches("urn:uuid:");
    for path in ["/feeds/rss.xml", "/feeds/warnings.json", "/feeds/deadlines.ics"] {
        browser.get(path).await.is(200).says(name);
    }

    // Pages lead to them, a warning's to its own deadline.
    let kinds = ["application/atom+xml", "application/rss+xml", "application/feed+json"];
    let page = format!("/warnings/{id}");
    for path in ["/", "/warnings?level=red", page.as_str()] {
        let shown = browser.get(path).await;
        for kind in kinds {
            shown.is(200).says(&format!("<link rel=\"alternate\" type=\"{kind}\""));
        }
    }
    browser.get("/warnings?level=red").await.is(200).says("href=\"/feeds/rss.xml?level=red\"");
    browser.get(&page).await.is(200).says(&format!("href=\"/feeds/deadlines.ics?warning={id}\""));
}

/// Large type and dark colours are set by a form that leads back to its page, and to no other site's.
async fn how_pages_look_is_chosen_without_a_script(app: &TestApp) {
    let mut browser = app.browser();
    let page = browser.get("/warnings?code=4011").await;
    page.is(200).says("action=\"/look\"").says("name=\"large\" value=\"1\"").says_not("data-type=\"large\"");
    let from = [("referer", "http://fs.example.cn/warnings?code=4011")];
    let answer = asked(&mut browser, "/look?large=1", &from).await;
    assert_eq!(answer.location(), "/warnings?code=4011");
    let page = browser.follow(&answer).await;
    page.is(200).says("data-type=\"large\"").says("name=\"large\" value=\"0\"").says("data-bs-theme=\"light\"");
    asked(&mut browser, "/look?dark=1", &from).await.is(303);
    browser.get("/about").await.is(200).says("data-bs-theme=\"dark\"").says("data-type=\"large\"");
    asked(&mut browser, "/look?large=0", &from).await.is(303);
    browser.get("/about").await.is(200).says("data-bs-theme=\"dark\"").says_not("data-type=\"large\"");
    let answer = asked(&mut browser, "/look?dark=x", &[("referer", "http://a.cn//evil.example/")]).await;
    assert_eq!((answer.location().as_str(), answer.header("set-cookie")), ("/", ""));
    // Signed in, the foot has the same.
    app.sign_in("station001").await.get("/desk").await.is(200).says("action=\"/look\"");
}

/// Every version with its instant, what a correction changed, and what the earlier one said, until it is taken back.
async fn versions_of_a_warning_stay_readable(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let id = warning::published_own(&mut station).await;
    let (place, page) = (format!("/duties/warnings/{id}"), format!("/warnings/{id}"));
    let mut public = app.browser();
    public.get(&page).await.is(200).says_not("版本记录").says("data-print hidden");
    app.wait(Duration::from_secs(3600));
    let mut station = app.sign_in("station001").await;
    station.get(&format!("{place}/correction")).await.is(200);
    let fields = warning::corrected(&[("advice", "按新公告核对。"), ("reason", "补充办理要求")]);
    station.post(&format!("{place}/correction"), &fields).await.is(303);
    let shown = public.get(&page).await;
    shown.is(200).says("版本记录").says("2026-09-18 10:00 发布").says("2026-09-18 11:00 更正");
    shown.says("更正说明：补充办理要求").says("改动：企业应做的事").says("查看第 1 版").says("核对是否出口过");
    shown.says("内容更新 2026-09-18 11:00").says_not("查看第 2 版");
    station.get(&place).await.is(200);
    station.post(&format!("{place}/retraction"), &[("reason", "调查机关撤回公告")]).await.is(303);
    public.get(&page).await.is(410).says("版本记录").says_not("核对是否出口过").says_not("按新公告核对");
}

on_both!(
    an_unchanged_page_keeps_its_mark,
    feeds_have_whole_addresses_and_lasting_names,
    how_pages_look_is_chosen_without_a_script,
    versions_of_a_warning_stay_readable,
);
