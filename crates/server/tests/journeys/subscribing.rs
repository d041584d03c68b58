//! 订阅: whoever is no firm of a roster hears of warnings too: anyone by e-mail after confirming, and groups and systems of a
//! station's own, once each, in their own hours; what does not arrive is seen and sent again.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use jiff::Timestamp;
use server::duties::outbox;
use server::outbound::channels::signature;
use store::query::Query;

use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::common::listening::{Inbox, page};
use crate::common::mail_server::{Letter, MailServer, Speaks};

pub const PUBLIC: &str = "https://fengsui.example.cn";

/// The server again, with a mail server to send by.
async fn mailing(app: &TestApp, at: SocketAddr) -> TestApp {
    app.restarted(|settings| {
        settings.mail_server = at.to_string();
        settings.mail_security = "none".to_owned();
        settings.mail_from = "warning@fengsui.example.cn".to_owned();
        settings.public_address = PUBLIC.to_owned();
    })
    .await
}

/// The server again, with these sockets to push to.
async fn pushing(app: &TestApp, to: &[SocketAddr]) -> TestApp {
    app.restarted(|settings| {
        settings.outbound_robots = true;
        settings.probe_allow = to.to_vec();
        settings.public_address = PUBLIC.to_owned();
    })
    .await
}

/// A robot's answer.
fn code(code: i64) -> String {
    page("200 OK", "content-type: application/json\r\n", &format!("{{\"errcode\":{code},\"errmsg\":\"\"}}"))
}

/// Drafts a warning and publishes it; its key. `what` makes it a text of its own.
pub async fn publish(app: &TestApp, what: &str, level: &str, industry: &str) -> i64 {
    let mut station = app.sign_in("station001").await;
    station.get("/duties/warnings/new").await.is(200);
    let (title, summary) = (format!("{what}反倾销调查"), format!("{what}：调查机关公告立案，涉及{what}及其零件。"));
    let fields = [
        ("level", level),
        ("title", title.as_str()),
        ("kind", "反倾销"),
        ("market", "美国"),
        ("industry", industry),
        ("summary", summary.as_str()),
        ("products", what),
        ("hs_codes", "4011.10"),
        ("advice", "核对是否出口过上列税号产品。"),
        ("source_title", "美国商务部公告"),
        ("respond_on", "2026-10-16"),
    ];
    let id = station.post("/duties/warnings", &fields).await.number_after("/duties/warnings/");
    station.get(&format!("/duties/warnings/{id}")).await.is(200);
    station.post(&format!("/duties/warnings/{id}/publication"), &[]).await.is(303);
    id
}

async fn ask(app: &TestApp, address: &str, industry: &str) -> Answer {
    let mut anyone = app.browser();
    anyone.get("/subscriptions/new").await.is(200).says("先收到一封确认邮件");
    anyone.post("/subscriptions", &[("address", address), ("industry", industry), ("least", "blue")]).await
}

async fn pass(app: &TestApp) -> usize {
    outbox::pass(&app.app).await.expect("pass")
}

/// The page of its own a letter leads to.
fn own_page(letter: &Letter) -> String {
    let text = letter.text.replace("=\r\n", "").replace("\r\n", "");
    let text = match text.contains("/subscriptions/") {
        true => text,
        false => decoded(letter),
    };
    let at = text.find("/subscriptions/").expect("a link");
    text[at..].chars().take("/subscriptions/".len() + 64).collect()
}

/// The letter's text, decoded where it was encoded.
pub fn decoded(letter: &Letter) -> String {
    use base64::Engine as _;
    let part = letter.text.split("--=_fengsui\r\n").nth(1).expect("a part");
    let body: String =
        part.split_once("\r\n\r\n").expect("a body").1.split("--").next().expect("a body").split_whitespace().collect();
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(body).expect("base64")).expect("UTF-8")
}

/// Subscribes and confirms; the page of its own.
async fn subscribed(app: &TestApp, mail: &MailServer, address: &str, industry: &str) -> String {
    assert_eq!(ask(app, address, industry).await.location(), "/subscriptions/received");
    assert_eq!(pass(app).await, 1);
    let letters = mail.letters();
    let [letter] = letters.as_slice() else { panic!("one letter: {letters:?}") };
    assert_eq!(letter.to, address);
    assert_eq!(letter.header("List-Unsubscribe"), "", "there is nothing to leave yet");
    let own = own_page(letter);
    let mut reader = app.browser();
    reader.get(&own).await.is(200).says("确认订阅");
    let answer = reader.post(&format!("{own}/confirmation"), &[]).await;
    reader.follow(&answer).await.is(200).says("订阅已确认").says("退订");
    own
}

async fn from_a_wish_to_a_mail_and_out_again(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let app = mailing(app, mail.at).await;
    app.browser().get("/warnings").await.is(200).says("/subscriptions/new");
    // Nobody is written to for a wish nobody confirmed, however often the link is opened.
    ask(&app, "Li@firm.example.com", "轮胎").await.is(303);
    assert_eq!(pass(&app).await, 1);
    let unconfirmed = own_page(&mail.letters()[0]);
    app.browser().get(&unconfirmed).await.is(200).says("轮胎行业").says_not("li@firm");
    app.browser().get(&unconfirmed).await.is(200).says("确认订阅");
    publish(&app, "子午线轮胎", "red", "轮胎").await;
    assert_eq!(pass(&app).await, 0);
    let own = subscribed(&app, &mail, "wang@firm.example.com", "轮胎").await;
    let chemical = subscribed(&app, &mail, "zhao@firm.example.com", "化工").await;
    let id = publish(&app, "斜交轮胎", "blue", "轮胎").await;
    assert_eq!(pass(&app).await, 1);
    assert_eq!(pass(&app).await, 0, "once");
    let letters = mail.letters();
    let [letter] = letters.as_slice() else { panic!("one letter: {letters:?}") };
    assert_eq!(letter.to, "wang@firm.example.com");
    let leave = format!("<{PUBLIC}{own}/leave>");
    assert_eq!(letter.header("List-Unsubscribe"), leave);
    assert_eq!(letter.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    let text = decoded(letter);
    assert!(text.contains("核对是否出口过") && text.contains(&format!("{PUBLIC}/warnings/{id}")), "{text}");
    // A gateway that opens the leave link ends nothing.
    app.browser().get(&format!("{own}/leave")).await.is(200).says("退订");
    // Neither does a post without the form's token; a mail program's one click does, with nothing but the address.
    app.browser().post_bare(&format!("{own}/leave"), &[]).await.is(403);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let one_click = Bytes::from_static(b"List-Unsubscribe=One-Click");
    let answer = app.browser().send_with(&form, Method::POST, &format!("{own}/leave"), one_click.clone()).await;
    answer.is(200).says("已退订");
    app.browser().get(&own).await.is(200).says("已退订");
    publish(&app, "工程轮胎", "red", "轮胎").await;
    assert_eq!(pass(&app).await, 0);
    assert!(mail.letters().is_empty());
    // By the page's own button.
    let mut reader = app.browser();
    reader.get(&format!("{chemical}/leave")).await.is(200);
    let answer = reader.post(&format!("{chemical}/leave"), &[]).await;
    reader.follow(&answer).await.is(200).says("已退订，不再向本邮箱发送预警");
    // An address that left is on no row any more.
    let kept = Query::new("SELECT count(*) FROM subscription WHERE address LIKE '%wang%' OR address LIKE '%zhao%'");
    assert_eq!(app.store().one::<(i64,)>(kept).await.expect("counted").0, 0);
}

/// The same answer for an address that is known and one that is not; a flood is stopped without a word of whose it is.
async fn asking_tells_nothing_of_an_address(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let closed = app.browser().get("/subscriptions/new").await;
    closed.is(200).says("暂不能用邮箱订阅");
    let app = mailing(app, mail.at).await;
    subscribed(&app, &mail, "known@firm.example.com", "").await;
    let told = async |address: &str| {
        let mut anyone = app.browser();
        let answer = ask(&app, address, "").await;
        let shown = anyone.follow(&answer).await;
        (answer.status, answer.location(), shown.is(200).text().replace(address, ""))
    };
    assert_eq!(told("known@firm.example.com").await, told("unknown@firm.example.com").await);
    for _ in 0..4 {
        ask(&app, "known@firm.example.com", "轮胎").await.is(303);
    }
    while pass(&app).await > 0 {}
    let letters = mail.letters();
    let to = |address: &str| letters.iter().filter(|letter| letter.to == address).count();
    assert_eq!((to("known@firm.example.com"), to("unknown@firm.example.com")), (2, 1), "three in a day, one before");
    for (address, sentence) in
        [("", "邮箱地址不正确"), ("li", "邮箱地址不正确"), ("a@b.cn\r\nBcc: c@d.cn", "邮箱地址不正确")]
    {
        ask(&app, address, "").await.is(422).says(sentence);
    }
    let mut anyone = app.browser();
    anyone.get("/subscriptions/new").await.is(200);
    let wrong = [("address", "typed@firm.example.com"), ("codes", "401"), ("least", "grey")];
    anyone.post("/subscriptions", &wrong).await.is(422).says("“401”不是税号").says("typed@firm.example.com");
    anyone.get("/subscriptions/new").await.is(200);
    let nowhere = [("address", "typed@firm.example.com"), ("markets", "美国、火星"), ("least", "blue")];
    anyone.post("/subscriptions", &nowhere).await.is(422).says("市场“火星”无法识别");
    // Unconfirmed for a week, a wish is no more.
    ask(&app, "late@firm.example.com", "").await.is(303);
    assert_eq!(pass(&app).await, 1);
    let late = own_page(&mail.letters()[0]);
    app.wait(Duration::from_secs(7 * 86_400 + 1));
    let mut reader = app.browser();
    reader.get("/subscriptions/new").await.is(200);
    reader.get(&late).await.is(404).says("没有确认");
    let answer = reader.post(&format!("{late}/confirmation"), &[]).await;
    reader.follow(&answer).await.is(404);
    let before = app.now() - regulation::duties::subscription::CONFIRMED_WITHIN;
    assert!(app.store().forget_unconfirmed(before).await.expect("forgotten") >= 2);
    app.browser().get(&late).await.is(404).says("没有确认");
    // Nothing of all this named an address in the audit trail.
    let named = Query::new("SELECT count(*) FROM audit WHERE detail LIKE '%@%'");
    assert_eq!(app.store().one::<(i64,)>(named).await.expect("counted").0, 0);
}

/// A firm that gets its own letter gets no second mail for having subscribed as well.
async fn a_firm_with_a_letter_gets_no_second_mail(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let app = mailing(app, mail.at).await;
    let mut station = app.sign_in("station001").await;
    station.get("/duties/roster/new").await.is(200);
    let firm = [
        ("uscc", "91110000101623741K"),
        ("name", "示例轮胎制造有限公司"),
        ("hs_codes", "4011.10"),
        ("email", "Export@tyre.example.com"),
    ];
    station.post("/duties/roster", &firm).await.is(303);
    subscribed(&app, &mail, "export@tyre.example.com", "").await;
    publish(&app, "子午线轮胎", "red", "轮胎").await;
    assert_eq!(pass(&app).await, 1);
    assert_eq!(mail.letters().len(), 1);
}

/// Enters a group or system for the person's own unit.
async fn enter(browser: &mut Client, channel: &str, address: &str, secret: &str, quiet: (&str, &str)) -> Answer {
    browser.get("/duties/subscriptions/new").await.is(200);
    let fields = [
        ("channel", channel),
        ("name", channel),
        ("address", address),
        ("secret", secret),
        ("least", "blue"),
        ("quiet_from", quiet.0),
        ("quiet_to", quiet.1),
    ];
    browser.post("/duties/subscriptions", &fields).await
}

async fn groups_and_systems_hear_once_and_signed(app: &TestApp) {
    let (wecom, dingtalk, hook) =
        (Inbox::open(code(0)).await, Inbox::open(code(0)).await, Inbox::open(page("204 No Content", "", "")).await);
    let mut before = app.sign_in("station001").await;
    enter(&mut before, "wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K", "", ("", ""))
        .await
        .is(422)
        .says("本系统没有启用企业微信群机器人");
    let app = pushing(app, &[wecom.at, dingtalk.at, hook.at]).await;
    let mut station = app.sign_in("station001").await;
    let urls = [
        format!("http://{}/cgi-bin/webhook/send?key=KEYOFGROUP1", wecom.at),
        format!("http://{}/robot/send?access_token=KEYOFGROUP2", dingtalk.at),
        format!("http://{}/hook/KEYOFGROUP3", hook.at),
    ];
    enter(&mut station, "wecom", "https://example.org/", "", ("", "")).await.is(422).says("企业微信群机器人的地址应为");
    enter(&mut station, "wecom", &urls[0], "", ("22:00", "")).await.is(422).says("安静时段应写作");
    let answer = enter(&mut station, "wecom", &urls[0], "", ("", "")).await;
    station.follow(&answer).await.is(200).says("推送已登记");
    enter(&mut station, "dingtalk", &urls[1], "SECRETOFGROUP", ("", "")).await.is(303);
    enter(&mut station, "wecom", &format!("{}&again=1", urls[0]), "", ("", "")).await.is(422).says("已经登记");
    let mut province = app.sign_in("province").await;
    enter(&mut province, "webhook", &urls[2], "SHARED", ("", "")).await.is(303);
    // Seen by its own people and the province; the keys by nobody.
    let list = station.get("/duties/subscriptions").await;
    list.is(200).says("企业微信群机器人").says_not("webhook").says_not("KEYOFGROUP").says_not("SECRETOFGROUP");
    province.get("/duties/subscriptions").await.is(200).says("省商务厅").says("钉钉群机器人").says_not("KEYOFGROUP");
    let of_wecom =
        list.text().rsplit("id=\"s").next().and_then(|rest| rest.split('"').next()).expect("a row").to_owned();
    let mut other = app.sign_in("station002").await;
    other.get("/duties/subscriptions").await.is(200).says("没有登记推送");
    for act in ["trial", "pause", "resumption", "removal", "resending"] {
        other.post(&format!("/duties/subscriptions/{of_wecom}/{act}"), &[]).await.is(404);
    }
    app.sign_in("station001clerk").await.get("/duties/subscriptions/new").await.is(403).says("无权维护订阅");
    app.sign_in("city").await.get("/duties/subscriptions").await.is(403);
    // Tried out, it says what came back.
    station.get("/duties/subscriptions").await.is(200);
    let answer = station.post(&format!("/duties/subscriptions/{of_wecom}/trial"), &[]).await;
    station.follow(&answer).await.is(200).says("对方已收到（errcode 0）");
    assert!(wecom.posted()[0].body.contains("预警推送试发"));
    station.post(&format!("/duties/subscriptions/{of_wecom}/trial"), &[]).await.is(422).says("请稍后再试");
    app.wait(Duration::from_secs(3));

    let id = publish(&app, "子午线轮胎", "blue", "轮胎").await;
    assert_eq!(pass(&app).await, 3);
    assert_eq!(pass(&app).await, 0, "once each");
    let (of_wecom_posted, of_dingtalk, of_hook) = (wecom.posted(), dingtalk.posted(), hook.posted());
    assert_eq!((of_wecom_posted.len(), of_dingtalk.len(), of_hook.len()), (1, 1, 1));
    let body = &of_wecom_posted[0].body;
    assert!(
        body.contains("［蓝色预警］ 子午线轮胎反倾销调查") && body.contains(&format!("{PUBLIC}/warnings/{id}")),
        "{body}"
    );
    assert!(body.contains("调查机关公告立案") && !body.contains("核对是否出口过"), "the gist and no more: {body}");
    assert!(of_dingtalk[0].target.contains("&sign="), "{}", of_dingtalk[0].target);
    let timestamp = of_hook[0].header("x-fengsui-timestamp");
    assert_eq!(of_hook[0].header("x-fengsui-signature"), signature("SHARED", timestamp, &of_hook[0].body));
    // One each three seconds; the rest waits for its turn, and many become one.
    for what in ["斜交轮胎", "工程机械轮胎"] {
        publish(&app, what, "blue", "轮胎").await;
    }
    app.wait(Duration::from_secs(3));
    let mut rounds = 0;
    while wecom_gets(&wecom, &app).await {
        rounds += 1;
        app.wait(Duration::from_secs(3));
    }
    assert_eq!(rounds, 2);
    for what in ["航空轮胎", "农用轮胎", "摩托车内胎", "实心叉车胎", "自行车外胎", "翻新卡车胎"]
    {
        publish(&app, what, "blue", "轮胎").await;
    }
    app.wait(Duration::from_secs(3));
    while pass(&app).await > 0 {}
    let digest = wecom.posted();
    assert!(digest.len() == 1 && digest[0].body.contains("预警信息 6 条"), "{digest:?}");
    // Paused it hears nothing; taken off, nothing of its address is kept.
    let mut station = app.sign_in("station001").await;
    station.get("/duties/subscriptions").await.is(200);
    let answer = station.post(&format!("/duties/subscriptions/{of_wecom}/pause"), &[]).await;
    station.follow(&answer).await.is(200).says("已暂停");
    publish(&app, "压路机轮胎", "red", "轮胎").await;
    app.wait(Duration::from_secs(3));
    while pass(&app).await > 0 {}
    assert!(wecom.posted().is_empty());
    station.get("/duties/subscriptions").await.is(200);
    station.post(&format!("/duties/subscriptions/{of_wecom}/removal"), &[]).await.is(303);
    let kept = Query::new("SELECT count(*) FROM subscription WHERE address LIKE '%KEYOFGROUP1%'");
    assert_eq!(app.store().one::<(i64,)>(kept).await.expect("counted").0, 0);
    let named = Query::new("SELECT count(*) FROM audit WHERE detail LIKE '%KEYOF%' OR detail LIKE '%SECRETOF%'");
    assert_eq!(app.store().one::<(i64,)>(named).await.expect("counted").0, 0);
}

/// Whether a pass brings the group's robot exactly one message.
async fn wecom_gets(inbox: &Inbox, app: &TestApp) -> bool {
    while pass(app).await > 0 {}
    let posted = inbox.posted();
    assert!(posted.len() <= 1, "{posted:?}");
    posted.len() == 1
}

async fn quiet_hours_hold_all_but_red(app: &TestApp) {
    let inbox = Inbox::open(page("200 OK", "", "")).await;
    let app = pushing(app, &[inbox.at]).await;
    let mut station = app.sign_in("station001").await;
    let url = format!("http://{}/hook", inbox.at);
    enter(&mut station, "webhook", &url, "SHARED", ("22:00", "08:00")).await.is(303);
    station.get("/duties/subscriptions").await.is(200).says("22:00 至 08:00");
    // From ten in the morning to eleven at night, in China.
    app.wait(Duration::from_secs(13 * 3600));
    publish(&app, "子午线轮胎", "blue", "轮胎").await;
    publish(&app, "斜交轮胎", "red", "轮胎").await;
    while pass(&app).await > 0 {}
    let posted = inbox.posted();
    assert!(posted.len() == 1 && posted[0].body.contains("斜交轮胎"), "{posted:?}");
    let eight: Timestamp = "2026-09-19T00:00:00Z".parse().expect("eight in the morning");
    let until = Duration::try_from(eight.duration_since(app.now())).expect("ahead");
    app.wait(until - Duration::from_secs(1));
    assert_eq!(pass(&app).await, 0, "07:59:59");
    app.wait(Duration::from_secs(1));
    assert_eq!(pass(&app).await, 1);
    let posted = inbox.posted();
    assert!(posted.len() == 1 && posted[0].body.contains("子午线轮胎"), "{posted:?}");
}

async fn what_was_given_up_is_seen_and_sent_again(app: &TestApp) {
    let inbox = Inbox::open(code(93000)).await;
    let app = pushing(app, &[inbox.at]).await;
    let mut station = app.sign_in("station001").await;
    let url = format!("http://{}/cgi-bin/webhook/send?key=KEYOFGROUP", inbox.at);
    enter(&mut station, "wecom", &url, "", ("", "")).await.is(303);
    station.get("/duties/subscriptions").await.is(200).says("没有未送达的预警");
    publish(&app, "子午线轮胎", "blue", "轮胎").await;
    assert_eq!(pass(&app).await, 1);
    app.wait(Duration::from_secs(86_400));
    assert_eq!(pass(&app).await, 0, "given up");
    let mut station = app.sign_in("station001").await;
    let shown = station.get("/duties/subscriptions").await;
    shown.is(200).says("子午线轮胎反倾销调查").says("密钥无效，或者机器人已经停用、移出（93000）");
    inbox.answers(code(0));
    drop(inbox.posted());
    let id = shown.number_after("/duties/subscriptions/");
    let answer = station.post(&format!("/duties/subscriptions/{id}/resending"), &[]).await;
    station.follow(&answer).await.is(200).says("已重新排队").says("没有未送达的预警");
    assert_eq!(pass(&app).await, 1);
    assert_eq!(inbox.posted().len(), 1);
}

/// A password somebody mistyped holds the mail up; mended, what waits goes out by itself.
async fn a_wrong_password_is_mended_and_the_mail_goes(app: &TestApp) {
    let mail = MailServer::open(Speaks::Plain).await;
    let app = mailing(app, mail.at).await;
    subscribed(&app, &mail, "li@firm.example.com", "").await;
    let app = app
        .restarted(|settings| {
            settings.mail_user = "warning".to_owned();
            settings.mail_password = "mistyped".to_owned().into();
        })
        .await;
    mail.answers("AUTH", "535 5.7.8 authentication failed");
    publish(&app, "子午线轮胎", "red", "轮胎").await;
    for wait in [31, 121, 601] {
        assert_eq!(pass(&app).await, 1);
        assert_eq!(pass(&app).await, 0, "not before its time");
        app.wait(Duration::from_secs(wait));
    }
    assert!(mail.letters().is_empty());
    app.sign_in("province").await.get("/duties/subscriptions").await.is(200).says("没有未送达的预警");
    mail.answers("AUTH", "235 2.7.0 welcome");
    assert_eq!(pass(&app).await, 1);
    assert_eq!(mail.letters().len(), 1);
}

/// What people pass on from their own accounts stands ready on the warning's page.
async fn texts_to_pass_on_stand_ready(app: &TestApp) {
    let app = app.restarted(|settings| settings.public_address = PUBLIC.to_owned()).await;
    let id = publish(&app, "子午线轮胎", "red", "轮胎").await;
    let mut station = app.sign_in("station001").await;
    let shown = station.get(&format!("/duties/warnings/{id}")).await;
    shown
        .is(200)
        .says("转发")
        .says("公众号文章")
        .says(&format!("详情：{PUBLIC}/warnings/{id}"))
        .says("<svg class=\"fs-qr\"");
    shown.says("核对是否出口过上列税号产品。").says("截止：2026-10-16").says("字，计 ");
    app.sign_in("station001clerk").await.get(&format!("/duties/warnings/{id}")).await.is(200).says_not("公众号文章");
}

on_both!(
    from_a_wish_to_a_mail_and_out_again,
    asking_tells_nothing_of_an_address,
    a_firm_with_a_letter_gets_no_second_mail,
    groups_and_systems_hear_once_and_signed,
    quiet_hours_hold_all_but_red,
    what_was_given_up_is_seen_and_sent_again,
    a_wrong_password_is_mended_and_the_mail_goes,
    texts_to_pass_on_stand_ready,
);
