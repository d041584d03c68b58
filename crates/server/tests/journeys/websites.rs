//! Websites of stations and applicants: looked at by the worker once a day where that is switched on, by hand always, and
//! shown to whoever judges (Articles 5 (3) and 6 (4), readings K60, K84, K85).

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::Duration;

use server::duties::site::watch;
use store::duties::Looked;
use store::query::Query;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::admission::{fill, open_round, register, submit, until};
use crate::app::TestApp;
use crate::client::Client;
use crate::common::listening::{listen, page};
use crate::people;

const DAY: Duration = Duration::from_secs(86_400);
const SITE: &str = "/duties/stations/1/site";

/// A website that answers with the status it is told to; how often it was asked, and by how many at once.
struct Website {
    at: SocketAddr,
    status: Arc<AtomicU16>,
    asked: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Website {
    async fn open() -> Website {
        let (status, most) = (Arc::new(AtomicU16::new(200)), Arc::new(AtomicUsize::new(0)));
        let (says, inside, highest) = (Arc::clone(&status), Arc::new(AtomicUsize::new(0)), Arc::clone(&most));
        let (at, asked) = listen(move |mut stream| {
            let (status, inside, most) = (Arc::clone(&says), Arc::clone(&inside), Arc::clone(&highest));
            async move {
                most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                let mut head = [0u8; 4096];
                drop(stream.read(&mut head).await);
                tokio::time::sleep(Duration::from_millis(30)).await;
                let answer = page(&format!("{} X", status.load(Ordering::SeqCst)), "", "<title>示例行业预警网</title>");
                inside.fetch_sub(1, Ordering::SeqCst);
                drop(stream.write_all(answer.as_bytes()).await);
            }
        })
        .await;
        Website { at, status, asked, most }
    }

    fn url(&self) -> String {
        format!("http://{}/", self.at)
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

/// Puts an address on a station's record.
async fn of_station(app: &TestApp, station: i64, url: &str) {
    let operator = people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    let query = Query::new("UPDATE station SET website = $1 WHERE id = $2");
    tx.execute(query.bind(url).bind(station)).await.expect("a website");
    tx.commit().await.expect("commit");
}

async fn tell(browser: &mut Client, place: &str, fields: &[(&str, &str)]) -> crate::client::Answer {
    browser.get(&format!("{place}/site")).await.is(200);
    browser.upload(&format!("{place}/probes"), fields, &[("首页.png", b"\x89PNG")]).await
}

/// Off unless somebody switched it on: nothing goes out, and people look by hand.
async fn off_nothing_goes_out(app: &TestApp) {
    let site = Website::open().await;
    of_station(app, 1, &site.url()).await;
    until(app, "2026-09-18T12:30:00Z");
    assert_eq!(watch::pass(&app.app).await.expect("pass"), 0);
    assert_eq!(site.asked(), 0);
    let mut station = app.sign_in("station001").await;
    station.get(SITE).await.is(200).says("自动探测没有启用").says("还没有探测记录");
}

async fn looks_by_hand_are_kept_and_those_of_the_department_count(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let good = [("on", "2026-09-18"), ("at", "09:40"), ("opened", "1"), ("reason", "")];
    // Without an address on record there is nothing to look at.
    station.get(SITE).await.is(200).says("工作站没有登记网址").says("办法第五条（三）");
    tell(&mut station, "/duties/stations/1", &good).await.is(403).says("工作站没有登记网址");
    station.get("/duties/stations/1/profile").await.is(200);
    station.post("/duties/stations/1/profile", &[("website", "https://yj.example.cn/")]).await.is(303);

    // What a station says of itself is kept and does not count.
    let told = tell(&mut station, "/duties/stations/1", &good).await;
    assert_eq!(told.location(), format!("{SITE}?done=probed"));
    let page = station.follow(&told).await;
    page.is(200)
        .says("打开情况已登记")
        .says("2026-09-18 09:40")
        .says("工作站登记")
        .says("首页.png")
        .says("不计入可用率");
    station.get("/duties/stations/1").await.is(200).says("还没有探测记录").says(&format!("href=\"{SITE}\""));

    // Wrong in every field: named at once, what was typed is kept, nothing is written.
    let mut city = app.sign_in("city").await;
    city.get(SITE).await.is(200).says("登记打开情况").says("办法第五条（三）");
    let wrong = [("on", "2026-09-18"), ("at", "10:30"), ("opened", "0"), ("reason", "")];
    let page = tell(&mut city, "/duties/stations/1", &wrong).await;
    page.is(422)
        .says("有 2 处需要修改")
        .says("打开的时间不能晚于现在")
        .says("请写明看到的情况")
        .says("value=\"10:30\"");
    let old = [("on", "2026-09-10"), ("at", "10:00"), ("opened", "1"), ("reason", "")];
    tell(&mut city, "/duties/stations/1", &old).await.is(422).says("只登记 7 日以内打开的情况");
    assert_eq!(app.store().probes(Looked::Station(1), (i64::MAX, i64::MAX), 9).await.expect("read").len(), 1);

    // Three days on which it did not open, the last of them today: amber, wherever it is looked at.
    for (day, reason) in [("2026-09-16", "显示无法访问此网站"), ("2026-09-17", "同上"), ("2026-09-18", "同上")]
    {
        let closed = [("on", day), ("at", "09:00"), ("opened", "0"), ("reason", reason)];
        tell(&mut city, "/duties/stations/1", &closed).await.is(303);
    }
    city.get("/duties/stations/1").await.is(200).says("连续 3 个探测日打不开").says("fs-state warn");
    city.get("/duties/stations").await.is(200).says("网站 3 个探测日打不开");
    city.get("/duties/stations?site=failing").await.is(200).says("共 1 家").says("示例轮胎工作站");
    city.get("/desk").await.is(200).says("网站连续打不开").says("/duties/stations?site=failing");
    app.sign_in("other_city").await.get("/desk").await.is(200).says_not("网站连续打不开");
    let mut station = app.sign_in("station001").await;
    station.get("/desk").await.is(200).says("本站网站连续 3 个探测日打不开");
    // The row says how often it opened, and the points stay what the evidence gives.
    let sheet = "/appraisal/cycles/2026/stations/1?open=warn.site";
    let mut province = app.sign_in("province").await;
    let page = province.get(sheet).await;
    page.is(200)
        .says("2026 年探测 3 天，可以访问 0 天，可用率 0.0%")
        .says("可用率低于 90%，由评审人判断，系统不改变得分");

    // On one day the last look tells: a person who opened it ends the row of days.
    let opened = [("on", "2026-09-18"), ("at", "09:59"), ("opened", "1"), ("reason", "")];
    tell(&mut province, "/duties/stations/1", &opened).await.is(303);
    province.get(sheet).await.is(200).says("可以访问 1 天，可用率 33.3%").says("可以访问（2026-09-18）");
    province.get("/duties/stations?site=failing").await.is(200).says("没有符合条件的工作站");
    station.get("/desk").await.is(200).says_not("个探测日打不开");
    let log = province.get("/duties/stations/1/log").await;
    log.is(200).says("登记网站探测").says("网站探测").says("https://yj.example.cn/ 可以访问，截图 1 张");

    // A screenshot is opened by whoever may see the station, the assigned evaluator leaving a trail.
    let file = province.get(SITE).await.number_after("/duties/probes/files/");
    let file = format!("/duties/probes/files/{file}");
    for (name, status) in
        [("city", 200), ("station001", 200), ("evaluator", 200), ("other_city", 404), ("station002", 404)]
    {
        let mut browser = app.sign_in(name).await;
        browser.get(&file).await.is(status);
        browser.get(SITE).await.is(status);
    }
    for name in ["county", "evaluator", "province_approver"] {
        let mut browser = app.sign_in(name).await;
        browser.get(SITE).await.is(200).says_not("name=\"opened\"");
        browser.post("/duties/stations/1/probes", &opened).await.is(403).says("无权登记网站探测");
    }
}

/// The same form sent again writes nothing; an ended station is looked at no more.
async fn a_look_is_recorded_once_and_of_stations_at_work(app: &TestApp) {
    of_station(app, 1, "https://yj.example.cn").await;
    let good = [("on", "2026-09-18"), ("at", "09:40"), ("opened", "1"), ("reason", "")];
    let mut city = app.sign_in("city").await;
    city.get(SITE).await.is(200);
    for _ in 0..2 {
        city.upload("/duties/stations/1/probes", &good, &[]).await.is(303);
    }
    assert_eq!(app.store().probes(Looked::Station(1), (i64::MAX, i64::MAX), 9).await.expect("read").len(), 1);
    let operator = people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    tx.execute(Query::new("UPDATE station SET ended_on = 20260901, state = '已退出' WHERE id = 1"))
        .await
        .expect("ended");
    tx.commit().await.expect("commit");
    let mut city = app.sign_in("city").await;
    city.get(SITE).await.is(200).says("工作站已终止，不再登记网站探测");
    tell(&mut city, "/duties/stations/1", &good).await.is(403).says("工作站已终止");
}

async fn the_worker_looks_once_a_day_and_a_few_at_once(app: &TestApp) {
    let site = Website::open().await;
    let app = &app.restarted(|settings| (settings.probe_websites, settings.probe_allow) = (true, vec![site.at])).await;
    for station in [1, 2] {
        of_station(app, station, &site.url()).await;
    }
    // In the night nobody looks.
    until(app, "2026-09-18T23:30:00Z");
    assert_eq!(watch::pass(&app.app).await.expect("pass"), 0);
    // Over the day each is looked at once, at its own time.
    let mut looked = Vec::new();
    for _ in 0..24 {
        app.wait(Duration::from_secs(1800));
        looked.push(watch::pass(&app.app).await.expect("pass"));
    }
    assert_eq!(looked.iter().sum::<usize>(), 2, "{looked:?}");
    assert_eq!(site.asked(), 2);
    let seen = app.store().probes(Looked::Station(1), (i64::MAX, i64::MAX), 9).await.expect("read").remove(0);
    assert_eq!(
        (seen.on_day, seen.opened, seen.status, seen.title.as_str()),
        (20_260_919, 1, Some(200), "示例行业预警网")
    );
    assert_eq!((seen.sha256.len(), seen.size.is_some(), seen.took_ms.is_some()), (64, true, true));

    // The part of the day looks are spread over is behind us: from here on, a day later both are due.
    app.wait(Duration::from_secs(3600));
    // Two days out of order, then a third: amber on the third, not before; one that opens ends it.
    site.status.store(503, Ordering::SeqCst);
    let mut station = app.sign_in("station001").await;
    for day in 1..=3 {
        app.wait(DAY);
        assert_eq!(watch::pass(&app.app).await.expect("pass"), 2);
        assert_eq!(watch::pass(&app.app).await.expect("pass"), 0, "once a day");
        station = app.sign_in("station001").await;
        let page = station.get("/duties/stations/1").await;
        if day < 3 {
            page.is(200).says("最近一次没有打开").says_not("个探测日打不开");
        } else {
            page.is(200).says("连续 3 个探测日打不开");
        }
    }
    station.get(SITE).await.is(200).says("网站返回 503，服务器出错。").says("自动探测每天一次").says("25.0%");
    site.status.store(200, Ordering::SeqCst);
    app.wait(DAY);
    watch::pass(&app.app).await.expect("pass");
    let mut station = app.sign_in("station001").await;
    station.get("/duties/stations/1").await.is(200).says("可以访问（2026-09-23）");
    station
        .get("/appraisal/cycles/2026/stations/1?open=warn.site")
        .await
        .is(200)
        .says("探测 5 天，可以访问 2 天，可用率 40.0%");

    // However many are due, a few are opened at once; and what is not allowed is not asked.
    let operator = people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    for n in 0..12 {
        let new = store::duties::NewStation {
            number: format!("37-9{n:02}"),
            name: format!("示例{n}站"),
            city: people::CITY.to_owned(),
            managed_by: "city".to_owned(),
            website: site.url(),
            confirmed_on: 20_250_301,
            ..store::duties::NewStation::default()
        };
        tx.add_station(&new).await.expect("station");
    }
    tx.commit().await.expect("commit");
    of_station(app, 2, "http://127.0.0.2/").await;
    site.asked();
    app.wait(DAY);
    assert_eq!(watch::pass(&app.app).await.expect("pass"), 14);
    assert_eq!(site.asked(), 13);
    let most = site.most.load(Ordering::SeqCst);
    assert!((2..=4).contains(&most), "{most} at once");
    let refused = app.store().probes(Looked::Station(2), (i64::MAX, i64::MAX), 1).await.expect("read").remove(0);
    assert_eq!((refused.opened, refused.reason.as_str()), (0, "网址指向内部网络或者保留的地址，不予访问。"));
    // No act of a person: nothing in the audit trail but what people did.
    let (rows,): (i64,) =
        app.store().one(Query::new("SELECT count(*) FROM audit WHERE verb = 'record_probe'")).await.expect("audit");
    assert_eq!(rows, 0);
}

/// An application's website is looked at from its receipt to its decision, by the desk it lies on.
async fn an_applicants_website_is_looked_at_under_review(app: &TestApp) {
    let site = Website::open().await;
    let app = &app.restarted(|settings| (settings.probe_websites, settings.probe_allow) = (true, vec![site.at])).await;
    open_round(app).await;
    let mut applicant = register(app, "xiehui", "91110000101623741K", "association", people::CITY).await;
    let id = fill(&mut applicant, &[]).await;
    let here = format!("/admission/applications/{id}");
    let operator = people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    let query = Query::new("UPDATE application SET website = $1 WHERE id = $2");
    tx.execute(query.bind(site.url()).bind(id)).await.expect("a website");
    tx.commit().await.expect("commit");
    // A draft is its applicant's alone, the machine's neither.
    until(app, "2026-09-18T12:30:00Z");
    assert_eq!(watch::pass(&app.app).await.expect("pass"), 0);
    until(app, "2027-04-29T12:30:00Z");
    let mut applicant = app.sign_in("xiehui").await;
    submit(&mut applicant, id).await.is(303);
    assert_eq!(watch::pass(&app.app).await.expect("pass"), 1);
    applicant.get(&here).await.is(200).says("网站探测：").says("可以访问").says("自动探测");
    applicant.get(&format!("{here}/site")).await.is(200).says("示例行业预警网").says_not("name=\"opened\"");

    // The desk it lies on records; the other is told whose it is.
    app.wait(Duration::from_secs(1800));
    let look = [("on", "2027-04-29"), ("at", "20:50"), ("opened", "0"), ("reason", "只有首页，没有专栏")];
    let mut province = app.sign_in("province").await;
    tell(&mut province, &here, &look).await.is(403).says("由所在市商务主管部门登记").says("第六条（四）");
    let mut city = app.sign_in("city").await;
    let told = tell(&mut city, &here, &look).await;
    let page = city.follow(&told).await;
    page.is(200).says("打开情况已登记").says("只有首页，没有专栏").says("主管部门登记");
    city.get(&here).await.is(200).says("没有打开").says("只有首页，没有专栏");
    tell(&mut city, &here, &[("on", ""), ("at", "20:50"), ("opened", "1"), ("reason", "留着")])
        .await
        .is(422)
        .says("日期应写作")
        .says("value=\"留着\"");
    let file = format!("/admission/probes/files/{}", page.number_after("/admission/probes/files/"));
    for (name, status) in [("city", 200), ("province", 200), ("xiehui", 200), ("other_city", 404)] {
        app.sign_in(name).await.get(&file).await.is(status);
    }
    let mut other = app.sign_in("other_city").await;
    other.get(&format!("{here}/site")).await.is(404);
    // A file of an application is not opened as one of a station's, nor the other way round.
    city.get(&file.replace("/admission/", "/duties/")).await.is(404);

    // Withdrawn, it is looked at no more.
    applicant.get(&here).await.is(200);
    applicant.post(&format!("{here}/withdrawal"), &[("reason", "不申请了")]).await.is(303);
    app.wait(DAY);
    assert_eq!(watch::pass(&app.app).await.expect("pass"), 0);
    let mut city = app.sign_in("city").await;
    city.get(&format!("{here}/site")).await.is(200).says("申请处于“已撤回”，不登记网站探测");
}

on_both!(
    off_nothing_goes_out,
    looks_by_hand_are_kept_and_those_of_the_department_count,
    a_look_is_recorded_once_and_of_stations_at_work,
    the_worker_looks_once_a_day_and_a_few_at_once,
    an_applicants_website_is_looked_at_under_review,
);
