//! What a firm does of its own (Article 5(1), reading K95): asks whether something concerns it, asks to be put on a roster,
//! reads what it was told of and keeps its registration, by a link in its mailbox.

use std::time::Duration;

use server::duties::outbox;
use store::duties::NewRosterMember;
use store::query::Query;

use crate::app::TestApp;
use crate::client::Client;
use crate::common::mail_server::{Letter, MailServer, Speaks};
use crate::subscribing::decoded;
use crate::{people, warning};

const USCC: &str = "91110000101623741K";
const NAME: &str = "示例轮胎制造有限公司";
const EMAIL: &str = "export@tyre.example.com";

/// What a firm types to be put on the first station's roster.
fn registration() -> Vec<(&'static str, &'static str)> {
    vec![
        ("station", "1"),
        ("uscc", USCC),
        ("name", NAME),
        ("city", "济南市"),
        ("products", "乘用车轮胎"),
        ("hs_codes", "4011.10"),
        ("markets", "美国"),
        ("contact", "示例甲"),
        ("phone", "13812345678"),
        ("email", EMAIL),
        ("consent", "1"),
    ]
}

/// Fields typed otherwise.
fn but<'a>(changes: &[(&str, &'a str)]) -> Vec<(&'static str, &'a str)> {
    let changed = |name: &str| changes.iter().find(|(field, _)| *field == name).map(|(_, value)| *value);
    registration().into_iter().map(|(name, typed)| (name, changed(name).unwrap_or(typed))).collect()
}

/// The path of the firm's own page in a letter.
fn link(letter: &Letter) -> String {
    let text = decoded(letter);
    let at = text.find("/firms/own/").unwrap_or_else(|| panic!("no link: {text}"));
    text[at..].chars().take("/firms/own/".len() + 64).collect()
}

/// The path of a letter's page that stands on another.
fn letter_on(page: &str) -> String {
    let at = page.find("/letters/").expect("a link to the letter");
    page[at..].chars().take("/letters/".len() + 64).collect()
}

/// Asks a station to be put on its roster.
pub async fn register(browser: &mut Client, station: &str) {
    browser
        .get(&format!("/firms/registration?station={station}"))
        .await
        .is(200)
        .says("登记企业")
        .says("示例轮胎工作站");
    let answer = browser.post("/firms/registration", &but(&[("station", station)])).await;
    browser.follow(&answer).await.is(200).says("登记已送工作站");
}

/// A code that does not check is asked about on the form, and the reason goes with it to the station and onto the roster.
async fn a_code_that_does_not_check_is_kept_with_its_reason(app: &TestApp) {
    const ODD: &str = "91350211M0000XUF46";
    let mut firm = app.browser();
    firm.get("/firms/registration").await.is(200).says("本系统没有启用电子邮件").says_not("代码说明");
    let answer = firm.post("/firms/registration", &but(&[("uscc", ODD)])).await;
    answer.is(422).says("末位校验不符").says("name=\"uscc_note\"");
    let mut fields = but(&[("uscc", ODD)]);
    fields.push(("uscc_note", "营业执照即为此码"));
    let answer = firm.post("/firms/registration", &fields).await;
    firm.follow(&answer).await.is(200).says("登记已送工作站").says("结果由工作站告知");
    let mut station = app.sign_in("station001").await;
    let page = station.get("/duties/roster/requests").await;
    page.is(200).says(ODD).says("营业执照即为此码").says("核对证照后列入");
    let request = page.number_after("/duties/roster/requests/");
    let place = format!("/duties/roster/requests/{request}/acceptance");
    station.post(&place, &[("kind", "服务企业")]).await.is(303);
    let rows = app.store().roster_of_firm(ODD).await.expect("read");
    assert_eq!(rows.iter().map(|row| row.uscc_note.as_str()).collect::<Vec<_>>(), ["营业执照即为此码"]);
    // A code that checks needs none.
    firm.get("/firms/registration").await.is(200);
    let mut fields = registration();
    fields.push(("uscc_note", "多余的说明"));
    firm.post("/firms/registration", &fields).await.is(303);
    station.get("/duties/roster/requests").await.is(200).says(USCC).says_not("多余的说明");
}

async fn a_firm_registers_reads_and_keeps_what_is_registered(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let app = warning::mailing(app, mail.at).await;
    let mut firm = app.browser();
    firm.get("/firms").await.is(200).says("把链接发到邮箱");
    firm.get("/firms/registration").await.is(200);
    // What is wrong is said beside it, and what was typed stays.
    for (field, value, sentence) in [
        ("uscc", "123", "信用代码应为 18 位"),
        ("uscc", "91110000101623741X", "末位校验不符"),
        ("hs_codes", "401", "“401”不是税号"),
        ("email", "nobody", "name@example.com"),
        ("station", "99", "请选择工作站"),
        ("consent", "0", "同意后才能登记"),
    ] {
        firm.post("/firms/registration", &but(&[(field, value)])).await.is(422).says(sentence).says(NAME);
    }
    register(&mut firm, "1").await;
    firm.get("/firms/registration").await.is(200);
    firm.post("/firms/registration", &registration()).await.is(409).says("正在等待处理");

    // The station finds it on its desk; another station and the clerk of another city do not.
    let mut station = app.sign_in("station001").await;
    station.get("/desk").await.is(200).says("处理企业登记").says("1 家");
    let page = station.get("/duties/roster/requests").await;
    page.is(200).says(NAME).says("4011.10").says("13812345678");
    let request = page.number_after("/duties/roster/requests/");
    let place = format!("/duties/roster/requests/{request}");
    app.sign_in("station002").await.get("/duties/roster/requests").await.is(200).says_not(NAME);
    app.sign_in("other_city").await.get("/duties/roster/requests").await.is(200).says_not(NAME);
    let mut city = app.sign_in("city").await;
    city.get("/duties/roster/requests").await.is(200).says(NAME).says_not("13812345678");
    city.post(&format!("{place}/acceptance"), &[("kind", "服务企业")]).await.is(403);
    station.post(&format!("{place}/acceptance"), &[("kind", "随便")]).await.is(422).says("请选择库类型");
    let answer = station.post(&format!("{place}/acceptance"), &[("kind", "服务企业")]).await;
    station.follow(&answer).await.is(200).says("已列入企业库").says_not(NAME);
    station.post(&format!("{place}/refusal"), &[("reason", "重复")]).await.is(403).says("该登记已经处理");
    station.get("/duties/roster").await.is(200).says(NAME);

    // The welcome carries the firm's link.
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 1);
    let letters = mail.letters();
    assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), [EMAIL]);
    let own = link(&letters[0]);
    let page = firm.get(&own).await;
    page.is(200).says("还没有发给本企业的预警").says("本企业尚未确认").says("13812345678");
    assert_eq!((page.header("referrer-policy"), page.header("x-robots-tag")), ("same-origin", "noindex"));
    let answer = firm.post(&format!("{own}/confirmation"), &[]).await;
    firm.follow(&answer).await.is(200).says("已确认登记信息无误").says("由本企业确认");

    // A warning reaches it, and stands on its page.
    warning::published_of(&app, &mut station).await;
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 1);
    mail.letters();
    let page = firm.get(&own).await;
    page.is(200).says("未读").says("启动反倾销调查").says("剩 ");
    let letter = letter_on(&page.text());
    firm.get(&letter).await.is(200).says("是否涉及本企业");
    firm.get(&own).await.is(200).says_not("未读");

    // It changes what is registered of it; the station sees it, and the next match goes by it.
    let member = firm.get(&own).await.number_after("/profiles/");
    let save = format!("{own}/profiles/{member}");
    let fields = |codes: &'static str| {
        [
            ("products", "大蒜"),
            ("hs_codes", codes),
            ("markets", ""),
            ("contact", "示例乙"),
            ("phone", "13912345678"),
            ("email", EMAIL),
        ]
    };
    firm.post(&save, &fields("12345")).await.is(422).says("“12345”不是税号").says("登记没有改变").says("大蒜");
    let answer = firm.post(&save, &fields("0703.20")).await;
    firm.follow(&answer).await.is(200).says("登记信息已更新").says("0703");
    station.get(&format!("/duties/roster/{member}")).await.is(200).says("0703.20").says("示例乙").says(NAME);
    assert!(app.store().recipients(&["401110".to_owned()]).await.expect("read").is_empty());
    firm.post(&format!("{own}/profiles/999"), &fields("0703.20")).await.is(404);
    // Left alone, and back.
    let answer = firm.post(&format!("{own}/leave"), &[]).await;
    firm.follow(&answer).await.is(200).says("本邮箱已停止接收预警");
    assert!(app.store().recipients(&["070320".to_owned()]).await.expect("read").is_empty());
    let answer = firm.post(&format!("{own}/return"), &[]).await;
    firm.follow(&answer).await.is(200).says("已恢复告知");
    assert_eq!(app.store().recipients(&["070320".to_owned()]).await.expect("read").len(), 1);
    // Who did it is on record, in the firm's name.
    let query = Query::new("SELECT count(*) FROM audit WHERE verb = 'keep_profile' AND actor = $1").bind(NAME);
    let (rows,): (i64,) = app.store().one(query).await.expect("audit");
    assert_eq!(rows, 5, "registered, confirmed, changed, left, came back");
}

/// Asks for the firm's link; what the page says.
async fn ask(browser: &mut Client, uscc: &str, email: &str) -> String {
    browser.get("/firms").await.is(200);
    let answer = browser.post("/firms/links", &[("uscc", uscc), ("email", email)]).await;
    browser.follow(&answer).await.is(200).says("与登记一致的").text()
}

/// The only letter that waits, to this mailbox; the path of the page it leads to.
async fn mailed(app: &TestApp, mail: &MailServer, to: &str) -> String {
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 1);
    let letters = mail.letters();
    assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), [to]);
    link(&letters[0])
}

/// A link goes to the mailbox that is registered and to no other, five a day, and opens nothing once it is old.
async fn a_link_opens_what_is_registered_with_its_mailbox(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let app = warning::mailing(app, mail.at).await;
    let mut station = app.sign_in("station001").await;
    warning::roster(&mut station).await;
    // Another station has the same firm with a mailbox of somebody else.
    let mut other = app.sign_in("station002").await;
    other.get("/duties/roster/new").await.is(200);
    let fields = [("uscc", USCC), ("name", "冒名企业"), ("hs_codes", "0808"), ("email", "rogue@firm.example.com")];
    other.post("/duties/roster", &fields).await.is(303);
    warning::published_of(&app, &mut station).await;
    outbox::pass(&app.app).await.expect("pass");
    mail.letters();

    let mut browser = app.browser();
    browser.get("/firms").await.is(200);
    browser.post("/firms/links", &[("uscc", USCC), ("email", "")]).await.is(422);
    let right = ask(&mut browser, &USCC.to_lowercase(), "Export@Tyre.example.com").await;
    let wrong = ask(&mut browser, USCC, "thief@firm.example.com").await;
    let nobody = ask(&mut browser, "911101066976941872", EMAIL).await;
    assert!(right == wrong && wrong == nobody, "nobody learns who is registered");
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 1);
    let letters = mail.letters();
    assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), [EMAIL]);
    let own = link(&letters[0]);
    browser.get(&own).await.is(200).says(NAME).says("启动反倾销调查").says_not("rogue@");
    ask(&mut browser, USCC, "rogue@firm.example.com").await;
    outbox::pass(&app.app).await.expect("pass");
    let theirs = link(&mail.letters()[0]);
    browser.get(&theirs).await.is(200).says("rogue@").says_not(EMAIL).says_not("启动反倾销调查");
    for _ in 0..6 {
        ask(&mut browser, USCC, EMAIL).await;
    }
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 3, "five a day for the firm");
    mail.letters();
    // Thirty days.
    app.wait(Duration::from_secs(30 * 86_400));
    browser.get(&own).await.is(404).says("链接不完整或者已经失效").says("取回链接");
    browser.get("/letters/cut-short").await.is(404).says("链接不完整或者已经失效");
}

/// Nobody's mailbox is known: the station finds the firm among those it told, hands it its link, and the firm answers.
async fn a_firm_without_a_mailbox_is_told_by_its_station(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    let fields = [("uscc", USCC), ("name", NAME), ("hs_codes", "4011")];
    station.get("/duties/roster/new").await.is(200);
    station.post("/duties/roster", &fields).await.is(303);
    let id = warning::published_of(app, &mut station).await;
    let mut other = app.sign_in("station002").await;
    other.get("/duties/roster/new").await.is(200);
    other.post("/duties/roster", &fields).await.is(303);
    let page = station.get(&format!("/duties/warnings/{id}")).await;
    page.is(200).says(NAME).says("待转告").says("没有登记邮箱");
    let letter = letter_on(&page.text());
    app.sign_in("city").await.get(&format!("/duties/warnings/{id}")).await.is(200).says_not("/letters/");
    let mut firm = app.browser();
    firm.get(&letter).await.is(200).says(NAME);
    let answer = firm.post(&format!("{letter}/answer"), &[("answer", "concerned"), ("remark", "")]).await;
    firm.follow(&answer).await.is(200).says("回执已收到");
    station.get(&format!("/duties/warnings/{id}")).await.is(200).says("已回执").says_not("待转告");
    let asked = firm.post(&format!("{letter}/question"), &[("kind", "question"), ("text", "如何应诉")]).await;
    firm.follow(&asked).await.is(200);
    station.get("/desk").await.is(200).says("答复企业咨询").says("1 件");
    let question = station.get("/duties/consultations").await.number_after("/duties/consultations/");
    let answer = station.post(&format!("/duties/consultations/{question}/answer"), &[("answer", "先登记。")]).await;
    station.follow(&answer).await.is(200);
    firm.get(&letter).await.is(200).says("先登记。").says("示例轮胎工作站不再向本企业告知预警");
    station.get("/desk").await.is(200).says_not("答复企业咨询");
    // It wants no more of this station; what another holds of it without a mailbox is told as before.
    let answer = firm.post(&format!("{letter}/leave"), &[]).await;
    firm.follow(&answer).await.is(200).says("已停止告知");
    firm.get(&letter).await.is(200).says("已停止向本企业告知").says_not("不再接收告知");
    assert_eq!(told(app, "401110").await, [people::OTHER_STATION]);
}

/// Stations on whose rosters firms hear of a code.
async fn told(app: &TestApp, code: &str) -> Vec<i64> {
    let found = app.store().recipients(&[code.to_owned()]).await.expect("read");
    found.into_iter().map(|row| row.station_id).collect()
}

/// A letter's link and the firm's own reach what is registered with their mailbox; another station's row with another
/// mailbox is another's to speak for.
async fn a_firm_is_left_alone_where_its_mailbox_stands(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let app = warning::mailing(app, mail.at).await;
    let mut station = app.sign_in("station001").await;
    let mut other = app.sign_in("station002").await;
    for (station, email) in [(&mut station, EMAIL), (&mut other, "sales@tyre.example.com")] {
        station.get("/duties/roster/new").await.is(200);
        let fields = [("uscc", USCC), ("name", NAME), ("hs_codes", "4011"), ("email", email)];
        station.post("/duties/roster", &fields).await.is(303);
    }
    warning::published_own(&mut station).await;
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 1);
    let letters = mail.letters();
    assert_eq!(letters[0].to, EMAIL);
    let letter = warning::own_page(&letters[0]);
    assert_eq!(told(&app, "401110").await, [people::STATION, people::OTHER_STATION]);
    let mut firm = app.browser();
    firm.get(&letter).await.is(200).says("以别的邮箱登记的不受影响");
    let answer = firm.post(&format!("{letter}/leave"), &[]).await;
    firm.follow(&answer).await.is(200).says("已停止告知");
    assert_eq!(told(&app, "401110").await, [people::OTHER_STATION]);
    // The firm's own page, by the other mailbox: nothing was stopped there; stopping it stops nothing else.
    ask(&mut firm, USCC, "Sales@Tyre.example.com").await;
    let theirs = mailed(&app, &mail, "sales@tyre.example.com").await;
    firm.get(&theirs).await.is(200).says("以别的邮箱登记的不受影响").says_not("本邮箱已停止接收预警");
    firm.post(&format!("{theirs}/leave"), &[]).await.is(303);
    assert!(told(&app, "401110").await.is_empty());
    ask(&mut firm, USCC, &EMAIL.to_uppercase()).await;
    let own = mailed(&app, &mail, EMAIL).await;
    firm.get(&own).await.is(200).says("本邮箱已停止接收预警");
    firm.post(&format!("{own}/return"), &[]).await.is(303);
    assert_eq!(told(&app, "401110").await, [people::STATION]);
    firm.get(&theirs).await.is(200).says("本邮箱已停止接收预警");
}

/// What a firm types on its own page, with a mailbox.
fn profile(email: &str) -> [(&'static str, &str); 6] {
    [
        ("products", "大蒜"),
        ("hs_codes", "0703.20"),
        ("markets", ""),
        ("contact", "示例乙"),
        ("phone", "13912345678"),
        ("email", email),
    ]
}

async fn mailbox_of(app: &TestApp, member: i64) -> String {
    app.store().roster_member(member).await.expect("read").expect("a row").email
}

/// Another mailbox holds once its own reader says so: until then the old one does, and of several the last one given counts.
async fn a_new_mailbox_holds_once_it_is_confirmed_from_there(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let app = warning::mailing(app, mail.at).await;
    let mut station = app.sign_in("station001").await;
    warning::roster(&mut station).await;
    let mut firm = app.browser();
    ask(&mut firm, USCC, EMAIL).await;
    let own = mailed(&app, &mail, EMAIL).await;
    let member = firm.get(&own).await.number_after("/profiles/");
    let save = format!("{own}/profiles/{member}");
    let answer = firm.post(&save, &profile("mistyped@tyre.example.com")).await;
    let page = firm.follow(&answer).await;
    page.is(200).says("新邮箱须经确认").says("mis****yped@tyre.example.com 待确认").says("大蒜").says(EMAIL);
    let mistyped = mailed(&app, &mail, "mistyped@tyre.example.com").await;
    let page = firm.get(&mistyped).await;
    page.is(200).says("确认改为本邮箱").says(NAME).says("示例轮胎工作站").says_not("大蒜").says_not(EMAIL);
    assert_eq!(page.header("x-robots-tag"), "noindex");
    firm.get(&mistyped).await.is(200).says("确认改为本邮箱");
    firm.post(&format!("{mistyped}/leave"), &[]).await.is(404);
    firm.post(&format!("{mistyped}/profiles/{member}"), &profile(EMAIL)).await.is(404);
    assert_eq!(mailbox_of(&app, member).await, EMAIL, "looking at the link confirms nothing");

    // The one given after it takes its place.
    firm.get(&own).await.is(200);
    firm.post(&save, &profile("desk@tyre.example.com")).await.is(303);
    let desk = mailed(&app, &mail, "desk@tyre.example.com").await;
    firm.get(&mistyped).await.is(410).says("链接已失效");
    let answer = firm.post(&format!("{mistyped}/mailbox"), &[]).await;
    firm.follow(&answer).await.is(410);
    assert_eq!(mailbox_of(&app, member).await, EMAIL);
    firm.get(&desk).await.is(200).says("确认改为本邮箱");
    let answer = firm.post(&format!("{desk}/mailbox"), &[]).await;
    firm.follow(&answer).await.is(200).says("新邮箱已确认").says("登记信息").says_not("待确认");
    assert_eq!(mailbox_of(&app, member).await, "desk@tyre.example.com");
    firm.get(&own).await.is(410).says("链接已失效");
    firm.post(&format!("{own}/leave"), &[]).await.is(404);
    let answer = firm.post(&format!("{desk}/mailbox"), &[]).await;
    firm.follow(&answer).await.is(200).says("登记信息");
    // The same mailbox otherwise written is no other.
    firm.post(&format!("{desk}/profiles/{member}"), &profile("DESK@tyre.example.com")).await.is(303);
    assert_eq!(mailbox_of(&app, member).await, "DESK@tyre.example.com");
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 0);

    // Five letters a day, whatever they are for; then nothing of the form is kept, and it says why.
    let save = format!("{desk}/profiles/{member}");
    firm.get(&desk).await.is(200);
    firm.post(&save, &profile("fourth@tyre.example.com")).await.is(303);
    mail.answers("RCPT", "550 5.1.1 no such user");
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 1);
    firm.get(&desk).await.is(200).says("的确认邮件未送达");
    mail.answers("RCPT", "250 2.1.5 ok");
    firm.post(&save, &profile("fifth@tyre.example.com")).await.is(303);
    let sixth: Vec<(&str, &str)> = profile("sixth@tyre.example.com")
        .map(|(name, typed)| (name, if name == "products" { "鲜姜" } else { typed }))
        .into();
    firm.post(&save, &sixth).await.is(422).says("一日内最多发送 5 封链接").says("鲜姜").says("sixth@tyre.example.com");
    station.get(&format!("/duties/roster/{member}")).await.is(200).says("大蒜").says_not("鲜姜");
    let fifth = mailed(&app, &mail, "fifth@tyre.example.com").await;

    // The station gives the firm another meanwhile: what waited does not come.
    let revision = format!("/duties/roster/{member}/revision");
    let revised = |email: &'static str| [("uscc", USCC), ("name", NAME), ("hs_codes", "4011.10"), ("email", email)];
    station.get(&revision).await.is(200);
    station.post(&revision, &revised("Desk@tyre.example.com")).await.is(303);
    firm.get(&fifth).await.is(200).says("确认改为本邮箱");
    station.get(&revision).await.is(200);
    station.post(&revision, &revised("office@tyre.example.com")).await.is(303);
    let answer = firm.post(&format!("{fifth}/mailbox"), &[]).await;
    firm.follow(&answer).await.is(410).says("另行更改");
    assert_eq!(mailbox_of(&app, member).await, "office@tyre.example.com");
}

/// Without mail there is no asking the new mailbox: its station changes it.
async fn a_new_mailbox_needs_mail(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let mailing = warning::mailing(app, mail.at).await;
    warning::roster(&mut mailing.sign_in("station001").await).await;
    ask(&mut mailing.browser(), USCC, EMAIL).await;
    let own = mailed(&mailing, &mail, EMAIL).await;
    let mut firm = app.browser();
    let member = firm.get(&own).await.number_after("/profiles/");
    let save = format!("{own}/profiles/{member}");
    firm.post(&save, &profile("new@tyre.example.com")).await.is(422).says("更改邮箱请联系工作站");
    firm.post(&save, &profile(EMAIL)).await.is(303);
}

/// A flood of registrations is no request: three a day of one code or one mailbox, sixty an hour in all.
async fn a_flood_of_registrations_is_stopped(app: &TestApp) {
    const CODES: [&str; 4] = [USCC, "911101066976941872", "11370000004504951T", "91350211M000100Y46"];
    let mut firm = app.browser();
    firm.get("/firms/registration").await.is(200);
    for code in CODES.into_iter().take(3) {
        firm.post("/firms/registration", &but(&[("uscc", code)])).await.is(303);
    }
    let fourth = but(&[("uscc", CODES[3]), ("email", "Export@Tyre.example.com")]);
    firm.post("/firms/registration", &fourth).await.is(429).says("一日内最多登记 3 次");
    let asked = async || {
        let query = Query::new("SELECT count(*) FROM firm_request");
        let (rows,): (i64,) = app.store().one(query).await.expect("counted");
        rows
    };
    assert_eq!(asked().await, 3);
    // A code that came once may come again by another mailbox.
    let again = but(&[("station", "2"), ("email", "a@tyre.example.com")]);
    firm.post("/firms/registration", &again).await.is(303);
    app.wait(Duration::from_secs(86_401));
    firm.post("/firms/registration", &fourth).await.is(303);

    let operator = people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    for n in 0..59 {
        let new =
            NewRosterMember { uscc: format!("F{n}"), email: format!("{n}@firm.example.com"), ..Default::default() };
        tx.add_firm_request(&people::placed(), &new).await.expect("asked");
    }
    tx.commit().await.expect("commit");
    let last = but(&[("station", "2"), ("uscc", CODES[1]), ("email", "b@tyre.example.com")]);
    firm.post("/firms/registration", &last).await.is(429).says("请一小时后再提");
    app.wait(Duration::from_secs(3601));
    firm.post("/firms/registration", &last).await.is(303);
    assert_eq!(asked().await, 65);
}

/// A letter on a request that does not arrive is seen by the station, which sends it again when it has mended the mailbox.
async fn a_letter_on_a_request_that_is_given_up_is_sent_again(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let app = warning::mailing(app, mail.at).await;
    register(&mut app.browser(), "1").await;
    let mut station = app.sign_in("station001").await;
    let all = "/duties/roster/requests?all=1";
    let request = station.get(all).await.number_after("/duties/roster/requests/");
    let place = format!("/duties/roster/requests/{request}");
    station.post(&format!("{place}/acceptance"), &[("kind", "服务企业")]).await.is(303);
    station.get(all).await.is(200).says("结果邮件").says("待发送").says_not("/resending");
    mail.answers("RCPT", "550 5.1.1 no such user");
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 1);
    app.wait(Duration::from_secs(60));
    station.get(all).await.is(200).says("未送达").says("重新发送");
    let (member,): (i64,) = app.store().one(Query::new("SELECT id FROM roster_member")).await.expect("a firm");
    let own = format!("/duties/roster/{member}");
    station.get(&own).await.is(200).says("专用链接未送达").says("e****@tyre.example.com");
    let mut city = app.sign_in("city").await;
    city.get(all).await.is(200).says("未送达").says_not("重新发送");
    city.post(&format!("{place}/resending"), &[]).await.is(403);

    station.get(&format!("{own}/revision")).await.is(200);
    let mended = [("uscc", USCC), ("name", NAME), ("hs_codes", "4011.10"), ("email", "desk@tyre.example.com")];
    station.post(&format!("{own}/revision"), &mended).await.is(303);
    station.get(&own).await.is(200).says_not("专用链接未送达");
    mail.answers("RCPT", "250 2.1.5 ok");
    station.get(all).await.is(200);
    let answer = station.post(&format!("{place}/resending"), &[]).await;
    station.follow(&answer).await.is(200).says("已重新排队").says("待发送");
    station.post(&format!("{place}/resending"), &[]).await.is(403).says("没有未送达的");
    let link = mailed(&app, &mail, "desk@tyre.example.com").await;
    app.browser().get(&link).await.is(200).says(NAME);
    app.wait(Duration::from_secs(60));
    station.get(all).await.is(200).says("已送出").says_not("重新发送");

    // A refusal goes to the mailbox of the request, and carries no link; the page takes no more statements for more letters.
    let counted = async |station: &mut Client| {
        app.wait(Duration::from_secs(61));
        let before = app.store().statements();
        station.get(all).await.is(200);
        app.store().statements() - before
    };
    let with_one = counted(&mut station).await;
    let mut firm = app.browser();
    for (uscc, email) in
        [("911101066976941872", "second@firm.example.com"), ("11370000004504951T", "third@firm.example.com")]
    {
        firm.get("/firms/registration").await.is(200);
        firm.post("/firms/registration", &but(&[("uscc", uscc), ("email", email)])).await.is(303);
        let request = station.get("/duties/roster/requests").await.number_after("/duties/roster/requests/");
        let refusal = format!("/duties/roster/requests/{request}/refusal");
        station.post(&refusal, &[("reason", "不在本行业")]).await.is(303);
    }
    assert_eq!(counted(&mut station).await, with_one);
    mail.answers("RCPT", "550 5.1.1 no such user");
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 2);
    app.wait(Duration::from_secs(60));
    // The newest stands first.
    let request = station.get(all).await.number_after("/duties/roster/requests/");
    mail.answers("RCPT", "250 2.1.5 ok");
    station.post(&format!("/duties/roster/requests/{request}/resending"), &[]).await.is(303);
    assert_eq!(outbox::pass(&app.app).await.expect("pass"), 1);
    let letters = mail.letters();
    assert_eq!(letters[0].to, "third@firm.example.com");
    assert!(decoded(&letters[0]).contains("不在本行业") && !decoded(&letters[0]).contains("/firms/own/"));
}

async fn anyone_asks_whether_something_concerns_it(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    warning::roster(&mut station).await;
    let id = warning::published_of(app, &mut station).await;
    let mut anyone = app.browser();
    let ask = async |browser: &mut Client, q: &str| {
        let q = percent_encoding::utf8_percent_encode(q, percent_encoding::NON_ALPHANUMERIC).to_string();
        browser.get(&format!("/relevance?q={q}")).await
    };
    anyone.get("/relevance").await.is(200).says("这与我有关吗").says("怎样查");
    // The warning is about 4011.10 and 4011.20: under it, above it, beside it.
    for q in ["4011.10", "40111000", "4011", "40", "轮胎", "tyres", "8541、4011.10"] {
        ask(&mut anyone, q).await.is(200).says(&format!("/warnings/{id}")).says("近一年 1 件");
    }
    ask(&mut anyone, "4011.30").await.is(200).says_not(&format!("/warnings/{id}"));
    ask(&mut anyone, "飞碟").await.is(200).says("没有识别出").says("没有与“飞碟”有关的预警");
    ask(&mut anyone, "401").await.is(200).says("“401”不是税号");
    ask(&mut anyone, "<script>").await.is(200).says_not("<script>\"");
    // Garlic was not made a warning of: its notice is found all the same, and said to be nobody's judgment.
    ask(&mut anyone, "大蒜").await.is(200).says("未经工作站研判").says("大蒜");
    // A print of the warning, and of none that was taken back.
    let paper = anyone.get(&format!("/warnings/{id}/document.pdf")).await;
    assert!(paper.is(200).bytes.starts_with(b"%PDF"), "a document");
    anyone.get("/about").await.is(200).says("隐私声明").says("无障碍说明");
    anyone.get(&format!("/warnings/{id}")).await.is(200).says("剩 ").says("下载 PDF");
    station.get(&format!("/duties/warnings/{id}")).await.is(200);
    station.post(&format!("/duties/warnings/{id}/retraction"), &[("reason", "公告撤回")]).await.is(303);
    anyone.get(&format!("/warnings/{id}/document.pdf")).await.is(404);
    ask(&mut anyone, "4011.10").await.is(200).says_not(&format!("/warnings/{id}"));
}

/// A firm that lists solar cells by the tariff of 2017 hears of a notice that names a code of 2022, and the other way round.
async fn codes_of_two_editions_of_the_tariff_meet(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    for (uscc, name, codes) in [(USCC, "旧税号企业", "8541.40"), ("911101066976941872", "新税号企业", "8541.43")]
    {
        station.get("/duties/roster/new").await.is(200);
        station.post("/duties/roster", &[("uscc", uscc), ("name", name), ("hs_codes", codes)]).await.is(303);
    }
    let row = Query::new("SELECT id FROM roster_member WHERE uscc = $1").bind(USCC);
    let (member,): (i64,) = app.store().one(row).await.expect("a firm");
    station.get(&format!("/duties/roster/{member}")).await.is(200).says("8541.40 在 2022 年版税则中改为 8541.41");
    let csv =
        "title,country,published_on,hs_codes,url\n光伏电池反倾销立案,US,2026-09-17,8541.43,https://example.org/1\n";
    let answer = warning::upload(&mut station, "csv", "n.csv", csv.as_bytes()).await;
    station.follow(&answer).await.is(200).says("8541.43");
    let inbox = station.get("/duties/signals").await;
    inbox.is(200).says("企业库 2 家");
}

on_both!(
    a_code_that_does_not_check_is_kept_with_its_reason,
    a_firm_registers_reads_and_keeps_what_is_registered,
    a_link_opens_what_is_registered_with_its_mailbox,
    a_firm_without_a_mailbox_is_told_by_its_station,
    a_firm_is_left_alone_where_its_mailbox_stands,
    a_new_mailbox_holds_once_it_is_confirmed_from_there,
    a_new_mailbox_needs_mail,
    a_flood_of_registrations_is_stopped,
    a_letter_on_a_request_that_is_given_up_is_sent_again,
    anyone_asks_whether_something_concerns_it,
    codes_of_two_editions_of_the_tariff_meet,
);
