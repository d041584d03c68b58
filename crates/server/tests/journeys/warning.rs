//! Early warning from end to end (Article 5(1) and (3), readings K90 to K94): a foreign notice comes in, becomes a signal at
//! the right station's door, a person makes a warning of it, firms hear of it at once and answer, the ledger counts it.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use regulation::general::{Actor, Role, Scope, Subject, Verb, may};
use server::duties::feeds::folder;
use server::duties::outbox;
use server::duties::warnings::publishing::put_out;
use store::duties::{NewSubscription, WarningText};
use store::query::Query;

use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::common::listening::{self, Inbox};
use crate::common::mail_server::{Letter, MailServer, Speaks};
use crate::firms;
use crate::mapping;
use crate::people;

/// Constructed in the form of the Federal Register's API: an initiation against tyres from China, one against another
/// country's wire rod, and one about no trade remedy.
pub const NOTICES: &str = r#"{"count":3,"description":"Constructed","total_pages":1,"results":[
{"title":"Passenger Vehicle and Light Truck Tires From the People's Republic of China: Initiation of Less-Than-Fair-Value Investigation","type":"Notice","abstract":"Beacon investigation.","document_number":"2026-90001","html_url":"https://www.federalregister.gov/documents/2026/09/17/2026-90001/tires","publication_date":"2026-09-17","agencies":[{"raw_name":"DEPARTMENT OF COMMERCE","name":"Commerce Department"}],"docket_ids":["A-570-998"],"comments_close_on":"2026-10-16"},
{"title":"Carbon and Alloy Steel Wire Rod From Brazil: Final Results of Antidumping Duty Administrative Review","type":"Notice","abstract":"","document_number":"2026-90002","publication_date":"2026-09-17","agencies":[{"raw_name":"DEPARTMENT OF COMMERCE"}],"docket_ids":["A-351-832"]},
{"title":"Garlic From the People's Republic of China: Preliminary Results of Antidumping Duty Administrative Review","type":"Notice","abstract":"","document_number":"2026-90003","publication_date":"2026-09-17","agencies":[{"raw_name":"DEPARTMENT OF COMMERCE"}],"docket_ids":["A-570-831"]}
]}"#;

const FIRMS: [(&str, &str, &str, &str, &str); 3] = [
    ("91110000101623741K", "示例轮胎制造有限公司", "4011.10", "美国、欧盟", "export@tyre.example.com"),
    ("911101066976941872", "示例橡胶有限公司", "40", "", "rubber@firm.example.com"),
    ("11370000004504951T", "示例苹果有限公司", "0808", "美国", "apple@firm.example.com"),
];

/// Puts the firms on the first station's roster.
pub async fn roster(browser: &mut Client) {
    for (uscc, name, codes, markets, email) in FIRMS {
        browser.get("/duties/roster/new").await.is(200);
        let fields = [("uscc", uscc), ("name", name), ("hs_codes", codes), ("markets", markets), ("email", email)];
        browser.post("/duties/roster", &fields).await.is(303);
    }
}

pub async fn upload(browser: &mut Client, source: &str, name: &str, bytes: &[u8]) -> Answer {
    browser.get("/duties/feeds/uploads/new").await.is(200);
    browser.upload("/duties/feeds/uploads", &[("source", source)], &[(name, bytes)]).await
}

/// The server again, with a mail server to send by.
pub async fn mailing(app: &TestApp, at: SocketAddr) -> TestApp {
    app.restarted(|settings| {
        settings.mail_server = at.to_string();
        settings.mail_security = "none".to_owned();
        settings.mail_from = "warning@fengsui.example.cn".to_owned();
        settings.public_address = "https://fengsui.example.cn".to_owned();
    })
    .await
}

/// The path of the firm's own page in a letter.
pub fn own_page(letter: &Letter) -> String {
    let text = letter.text.replace("=\r\n", "").replace("\r\n", "");
    let at = text.find("/letters/").expect("a link");
    text[at..].chars().take("/letters/".len() + 64).collect()
}

const WARNING: [(&str, &str); 11] = [
    ("level", "red"),
    ("title", "美国对乘用车和轻型卡车轮胎启动反倾销调查"),
    ("kind", "反倾销"),
    ("market", "美国"),
    ("industry", "轮胎"),
    ("summary", "美国商务部公告，对自中国进口的乘用车和轻型卡车轮胎启动反倾销调查。"),
    ("products", "乘用车和轻型卡车轮胎"),
    ("hs_codes", "4011.10、4011.20"),
    ("advice", "核对是否出口过上列税号产品。\n拟应诉的，保存订单和报关单。"),
    ("source_title", "美国商务部公告"),
    ("respond_on", "2026-10-16"),
];

/// A notice, a signal, a published warning and a firm's question at a station whose roster holds tyre makers: their keys.
pub async fn of_station(app: &TestApp, own: &mut Client, station: i64) -> Vec<(&'static str, String)> {
    let notices = NOTICES.replace("2026-9", &format!("2026-{station}"));
    let answer = upload(own, "us-fr-json", "fr.json", notices.as_bytes()).await;
    let intake = answer.number_after("/duties/feeds/intakes/").to_string();
    let newest = async |sql: &'static str| {
        let (key,): (i64,) = app.store().one(Query::new(sql).bind(station)).await.expect("a key");
        key
    };
    let signal = newest("SELECT max(id) FROM signal WHERE station_id = $1").await;
    let notice = newest("SELECT notice_id FROM signal WHERE station_id = $1 ORDER BY id DESC LIMIT 1").await;
    own.get(&format!("/duties/warnings/new?signal={signal}")).await.is(200);
    let key = signal.to_string();
    let fields: Vec<(&str, &str)> = WARNING.into_iter().chain([("signal", key.as_str())]).collect();
    let warning = own.post("/duties/warnings", &fields).await.number_after("/duties/warnings/");
    own.get(&format!("/duties/warnings/{warning}")).await.is(200);
    own.post(&format!("/duties/warnings/{warning}/publication"), &[]).await.is(303);
    own.get("/duties/warnings/new").await.is(200);
    let draft = own.post("/duties/warnings", &WARNING).await.number_after("/duties/warnings/");
    let query = Query::new("SELECT token FROM delivery WHERE warning_id = $1 ORDER BY id LIMIT 1");
    let (token,): (String,) = app.store().one(query.bind(warning)).await.expect("a letter");
    let mut firm = app.browser();
    firm.get(&format!("/letters/{token}")).await.is(200);
    firm.post(&format!("/letters/{token}/question"), &[("kind", "question"), ("text", "能否申请单独税率")])
        .await
        .is(303);
    let asked = newest("SELECT max(id) FROM consultation WHERE station_id = $1").await;
    firms::register(&mut firm, &station.to_string()).await;
    let request = newest("SELECT max(id) FROM firm_request WHERE station_id = $1").await;
    vec![
        ("/duties/feeds/intakes/{id}", intake),
        ("/duties/feeds/sources/{source}", "us-fr-json".to_owned()),
        ("/duties/feeds/mappings/{id}", mapping::save(own, &format!("清单{station}")).await.to_string()),
        ("/duties/notices/{id}", notice.to_string()),
        ("/duties/signals/{id}", signal.to_string()),
        ("/duties/warnings/{id}", warning.to_string()),
        // Only a draft is saved over.
        ("/duties/warnings/{id}/revision", draft.to_string()),
        ("/duties/consultations/{id}", asked.to_string()),
        ("/duties/roster/requests/{id}", request.to_string()),
        ("/duties/roster/untold/{id}", newest("SELECT max(id) FROM delivery WHERE station_id = $1").await.to_string()),
        ("/duties/subscriptions/{id}", group(app, station).await.to_string()),
    ]
}

/// A group of a station's that hears of warnings.
async fn group(app: &TestApp, station: i64) -> i64 {
    let new = NewSubscription {
        channel: "wecom",
        station: Some(station),
        name: "示例企业群".to_owned(),
        address: format!("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=示例{station}"),
        mark: format!("group of {station}"),
        token: format!("group of {station}"),
        least: "blue".to_owned(),
        confirmed: true,
        ..NewSubscription::default()
    };
    let operator = people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    let id = tx.add_subscription(&new).await.expect("added");
    tx.commit().await.expect("commit");
    id
}

/// Drafts the warning of the only signal and publishes it; its key.
async fn published(browser: &mut Client, signal: &str) -> i64 {
    let page = format!("/duties/warnings/new?signal={signal}");
    browser.get(&page).await.is(200).says("美国反倾销立案").says("4011.10");
    let fields: Vec<(&str, &str)> = WARNING.into_iter().chain([("signal", signal)]).collect();
    let answer = browser.post("/duties/warnings", &fields).await;
    let id = answer.number_after("/duties/warnings/");
    browser.follow(&answer).await.is(200).says("预警已保存").says("草稿");
    let answer = browser.post(&format!("/duties/warnings/{id}/publication"), &[]).await;
    browser.follow(&answer).await.is(200).says("预警已发布").says("37-001-2026-0001");
    id
}

/// The constructed notices brought in by a station and the warning made of its signal published; its key.
pub async fn published_of(app: &TestApp, station: &mut Client) -> i64 {
    upload(station, "us-fr-json", "fr.json", NOTICES.as_bytes()).await.is(303);
    let query =
        Query::new("SELECT s.id FROM signal s JOIN trade_notice n ON n.id = s.notice_id WHERE n.title LIKE '%Tires%'");
    let signals: Vec<(i64,)> = app.store().all(query).await.expect("signals");
    published(station, &signals[0].0.to_string()).await
}

/// Warnings the first station's ledger counts.
async fn counted(app: &TestApp) -> i64 {
    let query = Query::new(
        "SELECT count(*) FROM ledger_entry e WHERE e.kind = 'warning.published' AND e.station_id = 1 AND e.void = 0 \
         AND NOT EXISTS (SELECT 1 FROM ledger_entry n WHERE n.supersedes = e.id)",
    );
    let (count,): (i64,) = app.store().one(query).await.expect("counted");
    count
}

async fn from_a_notice_abroad_to_the_firm_that_must_act(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let app = mailing(app, mail.at).await;
    let mut station = app.sign_in("station001").await;
    roster(&mut station).await;

    // In it comes, by anyone whose duty it is; the tyres go to the tyre station, garlic to nobody, Brazil's rod aside.
    let answer = upload(&mut app.sign_in("province").await, "us-fr-json", "fr.json", NOTICES.as_bytes()).await;
    let mut province = app.sign_in("province").await;
    let page = province.follow(&answer).await;
    page.is(200).says("美国反倾销立案（乘用车和轻型卡车轮胎）").says("不涉及中国");
    let inbox = station.get("/duties/signals").await;
    inbox.is(200).says("美国反倾销立案（乘用车和轻型卡车轮胎）").says("企业库 2 家").says_not("大蒜").says("剩 2 天");
    let signal = inbox.number_after("/duties/signals/").to_string();
    province.get("/duties/signals?uncovered=1").await.is(200).says("大蒜").says("没有工作站覆盖").says_not("轮胎");
    app.sign_in("station002").await.get(&format!("/duties/signals/{signal}")).await.is(404);
    app.sign_in("other_city").await.get("/duties/signals").await.is(200).says_not("轮胎");

    station.get("/desk").await.is(200).says("处理线索").says("国外公告 1 条");
    province.get("/desk").await.is(200).says("移送没有工作站覆盖的线索");
    let before = counted(&app).await;
    let id = published(&mut station, &signal).await;
    assert_eq!(counted(&app).await, before + 1, "one entry in the ledger");
    station.get(&format!("/duties/signals/{signal}")).await.is(200).says("已采用");

    // Everyone can read it, and nobody sees a firm or a note.
    let mut public = app.browser();
    let page = public.get(&format!("/warnings/{id}")).await;
    page.is(200).says("红色预警").says("4011.10").says("示例轮胎工作站").says_not("示例橡胶有限公司");
    let mark = page.header("etag").to_owned();
    let again = public
        .send_with(
            &[("if-none-match", &mark)],
            axum::http::Method::GET,
            &format!("/warnings/{id}"),
            bytes::Bytes::new(),
        )
        .await;
    again.is(304);
    public.get("/warnings?code=4011").await.is(200).says("启动反倾销调查");
    public.get("/warnings?code=0808").await.is(200).says("没有符合条件的预警");
    public.get("/").await.is(200).says("最新预警").says("启动反倾销调查");
    public.get("/feeds/atom.xml").await.is(200).says("<title>[红色] 美国对乘用车和轻型卡车轮胎启动反倾销调查</title>");
    public.get("/feeds/deadlines.ics").await.is(200).says("DTSTART;VALUE=DATE:20261016");
    public.get("/feeds/warnings.json").await.is(200).says("启动反倾销调查");
    public.get("/sitemap.xml").await.is(200).says(&format!("https://fengsui.example.cn/warnings/{id}"));

    // Two firms are concerned and have an address; the third grows apples.
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 2);
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 0, "once each");
    let letters = mail.letters();
    let to: Vec<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
    assert!(to.len() == 2 && to.contains(&FIRMS[0].4) && to.contains(&FIRMS[1].4), "{to:?}");

    // The firm opens its own link and answers.
    let letter = letters.iter().find(|letter| letter.to == FIRMS[0].4).expect("a letter");
    let page = own_page(letter);
    let mut firm = app.browser();
    firm.get(&page).await.is(200).says("示例轮胎制造有限公司").says("是否涉及本企业").says_not("示例橡胶有限公司");
    firm.post(&format!("{page}/answer"), &[("answer", "perhaps")]).await.is(422);
    let answer = firm.post(&format!("{page}/answer"), &[("answer", "help"), ("remark", "拟应诉")]).await;
    firm.follow(&answer).await.is(200).says("回执已收到").says("涉及，需要帮助");
    let page_of = station.get(&format!("/duties/warnings/{id}")).await;
    page_of.is(200).says("涉及，需要帮助").says("拟应诉").says("示例橡胶有限公司");
    // It asks, the station answers, and the answer is at its door.
    let answer =
        firm.post(&format!("{page}/question"), &[("kind", "barrier"), ("text", "客户要求提供原产地证明")]).await;
    firm.follow(&answer).await.is(200).says("等待工作站答复").says("反映壁垒").says("同时发到邮箱");
    let mut unmailed = app.restarted(|settings| settings.mail_server = String::new()).await.browser();
    unmailed.get(&format!("{page}?done=asked")).await.is(200).says("答复显示在本页").says_not("同时发到邮箱");
    let asked = station.get("/duties/consultations").await;
    let asked = asked.is(200).says("客户要求提供原产地证明").number_after("/duties/consultations/");
    let answer =
        station.post(&format!("/duties/consultations/{asked}/answer"), &[("answer", "可向贸促会申领。")]).await;
    station.follow(&answer).await.is(200).says("可向贸促会申领。");
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 1);
    let letters = mail.letters();
    assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), [FIRMS[0].4]);
    app.browser().get(&own_page(&letters[0])).await.is(200).says("可向贸促会申领。");
    // The chain's times, for the station and the province.
    let chain = province.get("/duties/latency").await;
    chain.is(200).says("送达到首个回执").says("启动反倾销调查").says("全程：公布到首个回执");
    // Published abroad on the day before, answered at ten in the morning.
    chain.says("1 条中 1 条在 1 个工作日内").says("绿　时限内").says("10 小时").says_not("没有接收时间");
    // Found by a word inside a word, exactly counted.
    public.get("/search?q=%E8%BD%BB%E5%9E%8B%E5%8D%A1%E8%BD%A6").await.is(200).says("共 1 条");
    public.get("/search?q=%E5%A4%A7%E8%92%9C").await.is(200).says("共 0 条");
    // Another station and the public learn nothing of who answered.
    app.sign_in("station002").await.get(&format!("/duties/warnings/{id}")).await.is(404);
    let another = if page.ends_with('0') { '1' } else { '0' };
    public.get(&format!("{}{another}", &page[..page.len() - 1])).await.is(404);
}

/// The same file again, a part of it, another format: a document is on record once.
async fn a_document_met_again_is_one_notice(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    roster(&mut station).await;
    let answer = upload(&mut station, "us-fr-json", "fr.json", NOTICES.as_bytes()).await;
    station.follow(&answer).await.is(200).says("大蒜");
    let answer = upload(&mut station, "us-fr-json", "fr2.json", NOTICES.as_bytes()).await;
    station.follow(&answer).await.is(200).says("没有新公告");
    let (notices,): (i64,) = app.store().one(Query::new("SELECT count(*) FROM trade_notice")).await.expect("count");
    let (signals,): (i64,) = app.store().one(Query::new("SELECT count(*) FROM signal")).await.expect("count");
    assert_eq!((notices, signals), (3, 2));
    let (intakes,): (i64,) = app.store().one(Query::new("SELECT count(*) FROM intake")).await.expect("count");
    assert_eq!(intakes, 2, "each reading is on record");
}

async fn what_cannot_be_read_is_said_and_nothing_is_kept(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let before = app.audit_rows().await;
    for (source, name, bytes, sentence) in [
        ("us-fr-json", "a.json", &b"no json"[..], "没有按所选来源识别出公告"),
        ("", "a.json", NOTICES.as_bytes(), "请选择来源"),
        ("moon", "a.json", NOTICES.as_bytes(), "请选择来源"),
    ] {
        upload(&mut station, source, name, bytes).await.is(422).says(sentence);
    }
    station.get("/duties/feeds/uploads/new").await.is(200);
    station.upload("/duties/feeds/uploads", &[("source", "us-fr-json")], &[]).await.is(422).says("请选择文件");
    assert_eq!(app.audit_rows().await, before);
    app.sign_in("city").await.get("/duties/feeds/uploads/new").await.is(403);
}

async fn a_signal_is_dealt_with_once_and_in_time(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    roster(&mut station).await;
    upload(&mut station, "us-fr-json", "fr.json", NOTICES.as_bytes()).await.is(303);
    let signal = station.get("/duties/signals").await.number_after("/duties/signals/");
    let place = format!("/duties/signals/{signal}");
    // Friday morning; due on Sunday, which is worked that week, to its last second.
    app.wait(Duration::from_secs(2 * 86_400 + 14 * 3600 - 1));
    let mut station = app.sign_in("station001").await;
    station.get("/duties/signals").await.is(200).says("今日到期");
    app.wait(Duration::from_secs(1));
    station.get("/duties/signals").await.is(200).says("逾期 1 天");
    station.post(&format!("{place}/dismissal"), &[("reason", "")]).await.is(422).says("请填写理由");
    station.post(&format!("{place}/handover"), &[("reason", "转办"), ("station", "1")]).await.is(422);
    let answer = station.post(&format!("{place}/handover"), &[("reason", "产品不符"), ("station", "2")]).await;
    station.follow(&answer).await.is(200).says("线索已移送");
    let refused = station.post(&format!("{place}/dismissal"), &[("reason", "重复")]).await;
    refused.is(403).says("线索已移送，不能不采用。").says("办法第五条（一）");
    let mut other = app.sign_in("station002").await;
    let theirs = other.get("/duties/signals").await;
    theirs.is(200).says("移送：产品不符");
    let theirs = theirs.number_after("/duties/signals/");
    // Handed back it is open again where it came from, with its time anew and the lead.
    let back = [("reason", "应由原站办理"), ("station", "1")];
    other.post(&format!("/duties/signals/{theirs}/handover"), &back).await.is(303);
    other.get("/duties/signals").await.is(200).says_not("移送：产品不符");
    let again = station.get("/duties/signals").await;
    again.is(200).says("移送：应由原站办理").says_not("逾期");
    assert_eq!(station.get("/duties/signals").await.number_after("/duties/signals/"), signal);
    app.sign_in("province").await.get("/duties/signals").await.is(200).says("移送：应由原站办理");
    let answer = station.post(&format!("{place}/dismissal"), &[("reason", "与本行业无关")]).await;
    station.follow(&answer).await.is(200).says("已登记不采用");
}

/// A warning finds firms of every roster: one that no message reaches is told by hand by the station that has it, and by no
/// other.
async fn a_firm_of_another_roster_is_told_by_its_own_station(app: &TestApp) {
    let mut own = app.sign_in("station002").await;
    let (uscc, name, codes, markets, _) = FIRMS[0];
    own.get("/duties/roster/new").await.is(200);
    let fields = [("uscc", uscc), ("name", name), ("hs_codes", codes), ("markets", markets), ("contact", "张工")];
    own.post("/duties/roster", &fields).await.is(303);
    own.get("/duties/roster/untold").await.is(200).says("没有待转告的企业");
    let mut station = app.sign_in("station001").await;
    let warning = published_own(&mut station).await;
    station.get(&format!("/duties/warnings/{warning}")).await.is(200).says("待转告").says_not(name);
    station.get("/duties/roster/untold").await.is(200).says("没有待转告的企业");
    app.sign_in("province").await.get("/duties/roster/untold").await.is(403);
    own.get("/desk").await.is(200).says("转告企业");
    let page = own.get("/duties/roster/untold").await;
    page.is(200).says(name).says("张工").says("/letters/").says("没有可用的邮箱或者手机号码").says(WARNING[1].1);
    let one = own.get("/duties/roster/untold").await.number_after("/duties/roster/untold/");
    let telling = format!("/duties/roster/untold/{one}/telling");
    station.post(&telling, &[]).await.is(404);
    let answer = own.post(&telling, &[]).await;
    own.follow(&answer).await.is(200).says("已登记转告").says_not(name);
    own.post(&telling, &[]).await.is(409).says("已经知道");
    own.get("/desk").await.is(200).says_not("转告企业");
    station.get(&format!("/duties/warnings/{warning}")).await.is(200).says_not("家没有登记邮箱");
}

/// Corrected in the open, taken back in the open; the young one's entry goes with it, an old one's stays.
async fn what_was_published_is_corrected_and_taken_back_in_the_open(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let app = mailing(app, mail.at).await;
    let mut station = app.sign_in("station001").await;
    roster(&mut station).await;
    upload(&mut station, "us-fr-json", "fr.json", NOTICES.as_bytes()).await.is(303);
    let signal = station.get("/duties/signals").await.number_after("/duties/signals/").to_string();
    let id = published(&mut station, &signal).await;
    let place = format!("/duties/warnings/{id}");
    let refused = station.post(&format!("{place}/revision"), &WARNING).await;
    refused.is(403).says("预警处于“已发布”，不能修改。").says("办法第五条（一）");
    // A correction says why; the firms it newly concerns hear of it, the others not again.
    let mut changed: Vec<(&str, &str)> = WARNING.to_vec();
    changed.retain(|(name, _)| *name != "hs_codes");
    changed.push(("hs_codes", "4011.10、0808"));
    station.post(&format!("{place}/correction"), &changed).await.is(422).says("请填写更正说明");
    changed.push(("reason", "补充税号"));
    station.get(&format!("{place}/correction")).await.is(200);
    let answer = station.post(&format!("{place}/correction"), &changed).await;
    station.follow(&answer).await.is(200).says("更正已发布");
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 3);
    app.browser().get(&format!("/warnings/{id}")).await.is(200).says("第 2 版").says("补充税号");
    for words in ["4011.10", "401110", "37-001-2026-0001", "A-570-998", "0808"] {
        let found = app.browser().get(&format!("/search?q={words}")).await;
        found.is(200).says(&format!("/warnings/{id}"));
    }
    assert_eq!(counted(&app).await, 1, "a correction is no second item");
    // The firm that wants no more of it is left alone by the next.
    let letters = mail.letters();
    let page = own_page(letters.iter().find(|letter| letter.to == FIRMS[1].4).expect("a letter"));
    let mut firm = app.browser();
    firm.get(&page).await.is(200);
    let answer = firm.post(&format!("{page}/leave"), &[]).await;
    firm.follow(&answer).await.is(200).says("已停止告知");
    // Who was told hears of a correction once, but the firm that wants no more.
    changed.retain(|(name, _)| !["respond_on", "reason"].contains(name));
    changed.extend([("respond_on", "2026-10-12"), ("reason", "期限提前")]);
    station.get(&format!("{place}/correction")).await.is(200);
    station.post(&format!("{place}/correction"), &changed).await.is(303);
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 2);
    let corrected = mail.letters();
    assert_eq!(corrected.len(), 2);
    let page = own_page(&corrected[0]);
    app.browser().get(&page).await.is(200).says("更正。</strong>期限提前").says("2026-10-12");
    station.get(&place).await.is(200).says("更正告知");
    let row = "SELECT id FROM roster_member WHERE email = 'rubber@firm.example.com'";
    let (member,): (i64,) = app.store().one(Query::new(row)).await.expect("a firm");
    let firm_page = format!("/duties/roster/{member}");
    station.get(&firm_page).await.is(200).says("企业已停止接收预警");
    assert_eq!(app.store().recipients(&["4011".to_owned()]).await.expect("read").len(), 1);
    let answer = station.post(&format!("{firm_page}/resumption"), &[("reason", "企业来电")]).await;
    station.follow(&answer).await.is(200).says_not("企业已停止接收预警");
    assert_eq!(app.store().recipients(&["4011".to_owned()]).await.expect("read").len(), 2);

    station.post(&format!("{place}/retraction"), &[("reason", "")]).await.is(422);
    let answer = station.post(&format!("{place}/retraction"), &[("reason", "调查机关撤回公告")]).await;
    station.follow(&answer).await.is(200).says("预警已撤回");
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 3, "each that was told hears of it");
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 0, "once");
    assert_eq!(counted(&app).await, 0, "young: its entry goes with it");
    app.browser().get(&format!("/warnings/{id}")).await.is(410).says("调查机关撤回公告").says_not("核对是否出口过");
    app.browser().get("/warnings").await.is(200).says_not("启动反倾销调查");
    station.post(&format!("{place}/retraction"), &[("reason", "再撤")]).await.is(403);
}

/// Writes a warning that is not published; its key. The browser looks at it.
async fn draft(station: &mut Client, fields: &[(&str, &str)]) -> i64 {
    station.get("/duties/warnings/new").await.is(200);
    let id = station.post("/duties/warnings", fields).await.number_after("/duties/warnings/");
    station.get(&format!("/duties/warnings/{id}")).await.is(200);
    id
}

/// The warning's fields with some typed otherwise, for a correction.
pub fn corrected<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = WARNING.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    kept.chain(changes.iter().copied()).collect()
}

/// A warning of no signal, published; its key.
pub async fn published_own(station: &mut Client) -> i64 {
    let id = draft(station, &WARNING).await;
    station.post(&format!("/duties/warnings/{id}/publication"), &[]).await.is(303);
    id
}

/// The same text a second time is refused with where it stands; another case of the same template is shown as near.
async fn one_text_is_published_once(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    roster(&mut station).await;
    let first = draft(&mut station, &WARNING).await;
    station.post(&format!("/duties/warnings/{first}/publication"), &[]).await.is(303);
    let mut retitled = WARNING.to_vec();
    retitled.retain(|(name, _)| *name != "title");
    retitled.push(("title", "轮胎企业注意：美国启动反倾销调查"));
    let mut again = WARNING.to_vec();
    again.retain(|(name, _)| *name != "advice");
    again.push(("advice", "另一种写法。"));
    let second = draft(&mut station, &again).await;
    station
        .get(&format!("/duties/warnings/{second}"))
        .await
        .is(200)
        .says("相同和近似")
        .says("37-001-2026-0001")
        .says("内容相同，相同的只计一条");
    let refused = station.post(&format!("/duties/warnings/{second}/publication"), &[]).await;
    refused.is(422).says("内容相同，相同的只计一条").says("37-001-2026-0001");
    assert_eq!(counted(app).await, 1);
    let third = draft(&mut station, &retitled).await;
    station.get(&format!("/duties/warnings/{third}")).await.is(200).says("近似");
    station.post(&format!("/duties/warnings/{third}/publication"), &[]).await.is(303);
    assert_eq!(counted(app).await, 2, "near counts until a person says otherwise");
}

/// What stands published when a warning comes out decides, whatever was looked at before: of two at one moment one comes
/// out, and a correction into the same text is none.
async fn two_of_one_text_do_not_come_out_at_one_moment(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let (first, second) = (draft(&mut station, &WARNING).await, draft(&mut station, &WARNING).await);
    let third = draft(&mut station, &WARNING).await;
    let mut other = app.sign_in("station001").await;
    other.get(&format!("/duties/warnings/{second}")).await.is(200).says_not("相同和近似");
    let acts = [first, second].map(|id| format!("/duties/warnings/{id}/publication"));
    let (one, two) = tokio::join!(station.post(&acts[0], &[]), other.post(&acts[1], &[]));
    let mut said = [one.status.as_u16(), two.status.as_u16()];
    said.sort_unstable();
    assert_eq!(said, [303, 422], "{}\n{}", one.text(), two.text());
    // Whoever looked before anything was out, and publishes now, is told as well.
    let warning = app.store().warning(&Scope::All, third).await.expect("read").expect("a draft");
    let manager =
        Actor { name: "示例站长".to_owned(), role: Role::StationManager, station: Some(1), ..Actor::public() };
    let subject = Subject::of_station("warning", third, &warning.placed());
    let mandate = may(&manager, Verb::PublishWarning, &subject, store::day_of(app.now())).expect("may");
    let (title, summary) = (warning.title.clone(), warning.summary.clone());
    let text = WarningText { title, summary, ..WarningText::default() };
    let before = app.audit_rows().await;
    let refused = put_out(&app.app, &mandate, &warning, &text, app.now()).await.expect_err("published before");
    assert!(format!("{refused:?}").contains("内容相同，相同的只计一条"), "{refused:?}");
    assert_eq!((counted(app).await, app.audit_rows().await), (1, before));
    let mut garlic = WARNING.to_vec();
    garlic.retain(|(name, _)| !["title", "summary"].contains(name));
    garlic.extend([("title", "印度调整大蒜进口配额"), ("summary", "印度公布大蒜进口配额的新办法，下月起实行。")]);
    let fourth = draft(&mut station, &garlic).await;
    station.post(&format!("/duties/warnings/{fourth}/publication"), &[]).await.is(303);
    station.get(&format!("/duties/warnings/{fourth}/correction")).await.is(200);
    let changed: Vec<(&str, &str)> = WARNING.into_iter().chain([("reason", "改用原文")]).collect();
    let refused = station.post(&format!("/duties/warnings/{fourth}/correction"), &changed).await;
    refused.is(422).says("内容相同，相同的只计一条");
    app.browser().get(&format!("/warnings/{fourth}")).await.is(200).says("大蒜").says_not("改用原文");
}

/// A full mailbox is tried again, later and later; a wrong address is given up at once, and a person sees it.
async fn a_letter_that_is_not_taken_is_tried_again(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let app = mailing(app, mail.at).await;
    let mut station = app.sign_in("station001").await;
    roster(&mut station).await;
    upload(&mut station, "us-fr-json", "fr.json", NOTICES.as_bytes()).await.is(303);
    let signal = station.get("/duties/signals").await.number_after("/duties/signals/").to_string();
    mail.answers("RCPT", "452 4.2.2 mailbox full");
    let id = published(&mut station, &signal).await;
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 2);
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 0, "not before its time");
    station.get(&format!("/duties/warnings/{id}")).await.is(200).says("待发送");
    mail.answers("RCPT", "550 5.1.1 no such user");
    app.wait(Duration::from_secs(31));
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 2);
    app.wait(Duration::from_secs(86_400));
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 0, "given up");
    let mut station = app.sign_in("station001").await;
    station.get(&format!("/duties/warnings/{id}")).await.is(200).says("未送达").says("重新发送未送达的 2 份");
    mail.answers("RCPT", "250 2.1.5 ok");
    // What stood in the way was the mailbox: the station has another by now.
    let (uscc, name, codes, markets, _) = FIRMS[0];
    let member = app.store().roster_of_firm(uscc).await.expect("read")[0].id;
    let revision = format!("/duties/roster/{member}/revision");
    station.get(&revision).await.is(200);
    let (new, fields) =
        ("new@tyre.example.com", [("uscc", uscc), ("name", name), ("hs_codes", codes), ("markets", markets)]);
    station.post(&revision, &[fields.as_slice(), &[("email", new)]].concat()).await.is(303);
    station.get(&format!("/duties/warnings/{id}")).await.is(200);
    let answer = station.post(&format!("/duties/warnings/{id}/resending"), &[]).await;
    station.follow(&answer).await.is(200).says("已重新排队");
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 2);
    let mut to: Vec<String> = mail.letters().iter().map(|letter| letter.to.clone()).collect();
    to.sort();
    assert_eq!(to, [new, FIRMS[1].4], "and once more is once");
}

/// A firm no mailbox is known of is told by short message, answers behind its link, and is told of the station's answer; one
/// the gateway refuses is told by hand.
async fn a_firm_without_a_mailbox_is_told_by_short_message(app: &TestApp) {
    let gateway = Inbox::open(listening::page("200 OK", "", "")).await;
    let app = app
        .restarted(|settings| {
            settings.sms_gateway = format!("http://{}/sms", gateway.at);
            settings.sms_key = "shared".to_owned().into();
            settings.probe_allow = vec![gateway.at];
            settings.public_address = "https://fengsui.example.cn".to_owned();
        })
        .await;
    let mut station = app.sign_in("station001").await;
    let phones = ["138 1234 5678", "0546-1234567", ""];
    for ((uscc, name, codes, markets, _), phone) in FIRMS.into_iter().zip(phones) {
        station.get("/duties/roster/new").await.is(200);
        let fields = [("uscc", uscc), ("name", name), ("hs_codes", codes), ("markets", markets), ("phone", phone)];
        station.post("/duties/roster", &fields).await.is(303);
    }
    upload(&mut station, "us-fr-json", "fr.json", NOTICES.as_bytes()).await.is(303);
    let signal = station.get("/duties/signals").await.number_after("/duties/signals/").to_string();
    let id = published(&mut station, &signal).await;
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 1, "a landline takes no short message");
    let posted = gateway.posted().remove(0);
    assert!(posted.body.contains(r#""phone":"13812345678""#), "{}", posted.body);
    let at = posted.body.find("/letters/").expect("a link");
    let link: String = posted.body[at..].chars().take("/letters/".len() + 32).collect();
    let mut firm = app.browser();
    firm.get(&link).await.is(200).says("示例轮胎制造有限公司");
    firm.post(&format!("{link}/answer"), &[("answer", "concerned")]).await.is(303);
    firm.get(&link).await.is(200);
    firm.post(&format!("{link}/question"), &[("kind", "question"), ("text", "能否申请单独税率")]).await.is(303);
    let page = station.get(&format!("/duties/warnings/{id}")).await;
    page.is(200).says("短信").says("已回执").says("待转告").says_not("13812345678");
    let asked = station.get("/duties/consultations").await.number_after("/duties/consultations/");
    station.post(&format!("/duties/consultations/{asked}/answer"), &[("answer", "可以，须单独应诉。")]).await.is(303);
    gateway.answers(listening::page("403 Forbidden", "", ""));
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 1);
    assert!(gateway.posted()[0].body.contains("工作站答复"));
    let page = station.get(&format!("/duties/warnings/{id}")).await;
    page.is(200).says("未送达").says("对方返回 403");
    // Closed again, what waits is kept and costs no try.
    let closed = app.restarted(|settings| settings.sms_gateway = String::new()).await;
    let mut station = closed.sign_in("station001").await;
    station.get(&format!("/duties/warnings/{id}")).await.is(200);
    station.post(&format!("/duties/warnings/{id}/resending"), &[]).await.is(303);
    assert_eq!(outbox::pass(&closed.app).await.expect("pass"), 0);
    station.get(&format!("/duties/warnings/{id}")).await.is(200).says("待发送");
}

/// Taken up by a worker that died: put back after a while, sent once, under the same name.
async fn a_worker_that_dies_loses_nothing(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let app = mailing(app, mail.at).await;
    let mut station = app.sign_in("station001").await;
    roster(&mut station).await;
    upload(&mut station, "us-fr-json", "fr.json", NOTICES.as_bytes()).await.is(303);
    let signal = station.get("/duties/signals").await.number_after("/duties/signals/").to_string();
    published(&mut station, &signal).await;
    let claimed = app.store().claim_deliveries(app.now(), 1).await.expect("claimed");
    assert_eq!(claimed.len(), 1);
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 1, "the other one goes");
    app.wait(Duration::from_secs(301));
    let before: Timestamp = app.now() - jiff::SignedDuration::from_mins(5);
    assert_eq!(app.store().release_deliveries(before).await.expect("released"), 1);
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 1);
    let names: Vec<String> = mail.letters().iter().map(|letter| letter.header("Message-ID")).collect();
    assert!(names.len() == 2 && names[0] != names[1], "{names:?}");
    let reached = app.store().reached(1, None).await.expect("read");
    assert_eq!((reached.firms, reached.sent, reached.queued, reached.dead), (2, 2, 0, 0));
    assert!(app.store().warning(&Scope::All, 1).await.expect("read").is_some());
}

/// What lies in the watched folder is read once, put on record and moved away; what cannot be read is said and kept apart.
async fn a_watched_folder_is_read(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    roster(&mut station).await;
    let place = tempfile::TempDir::new().expect("folder");
    let folder = place.path().to_owned();
    let app = app.restarted(|settings| settings.notice_folder = folder.clone()).await;
    assert_eq!(folder::pass(&app.app, Duration::ZERO).await.expect("pass"), 0, "nothing there");
    let own = place.path().join("us-fr-json");
    std::fs::create_dir(&own).expect("made");
    std::fs::write(own.join("fr.json"), NOTICES).expect("written");
    std::fs::write(own.join("broken.json"), "no json").expect("written");
    std::fs::write(own.join("later.json.part"), "half").expect("written");
    assert_eq!(folder::pass(&app.app, Duration::from_secs(3600)).await.expect("pass"), 0, "still on its way in");
    assert_eq!(folder::pass(&app.app, Duration::ZERO).await.expect("pass"), 2);
    app.sign_in("station001").await.get("/duties/signals").await.is(200).says("美国反倾销立案");
    let names = |of: &str| {
        let read = std::fs::read_dir(own.join(of)).expect("a folder");
        read.map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    assert!(names("done").iter().all(|name| name.ends_with("fr.json")) && names("done").len() == 1);
    assert!(names("refused").iter().all(|name| name.ends_with("broken.json")) && names("refused").len() == 1);
    assert!(own.join("later.json.part").exists());
    // The same bytes again, as after a process that ended before it moved them: nothing new.
    std::fs::write(own.join("again.json"), NOTICES).expect("written");
    assert_eq!(folder::pass(&app.app, Duration::ZERO).await.expect("pass"), 1);
    assert_eq!(names("done").len(), 2);
    let (notices,): (i64,) = app.store().one(Query::new("SELECT count(*) FROM trade_notice")).await.expect("count");
    assert_eq!(notices, 3);
    let mut province = app.sign_in("province").await;
    province.get("/duties/feeds").await.is(200).says("again.json").says("运维");
    let page = province.get("/duties/feeds/sources/us-fr-json").await;
    let page = page.is(200).says("broken.json").says("fr.json");
    province.get("/duties/feeds/sources/moon").await.is(404);
    let first = page.number_after("/duties/feeds/intakes/");
    province.get(&format!("/duties/feeds/intakes/{}", first - 2)).await.is(200).says("整个文件");
}

on_both!(
    a_watched_folder_is_read,
    from_a_notice_abroad_to_the_firm_that_must_act,
    a_document_met_again_is_one_notice,
    what_cannot_be_read_is_said_and_nothing_is_kept,
    a_signal_is_dealt_with_once_and_in_time,
    what_was_published_is_corrected_and_taken_back_in_the_open,
    one_text_is_published_once,
    two_of_one_text_do_not_come_out_at_one_moment,
    a_letter_that_is_not_taken_is_tried_again,
    a_firm_without_a_mailbox_is_told_by_short_message,
    a_firm_of_another_roster_is_told_by_its_own_station,
    a_worker_that_dies_loses_nothing,
);
