//! Warnings handed to servers that really listen.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use lettre::transport::smtp::client::Certificate;
use serde_json::Value;
use tokio::io::AsyncReadExt as _;

use super::listening::{Inbox, listen, page};
use super::mail_server::{CERTIFICATE, Letter, MailServer, Speaks};
use crate::config::{Secret, Settings};
use crate::outbound::channels::{Address, Channel, Channels, Failure, Message, signature};

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().expect("an instant")
}

fn warning() -> Message {
    Message {
        id: "d123".to_owned(),
        subject: "橙色预警：美国对轮胎发起反倾销调查".to_owned(),
        lines: vec!["美国商务部 11月26日 立案，涉及 <4011> 项下产品。".to_owned(), ".本行以点开头".to_owned()],
        link: Some("https://yj.example.cn/public/warnings/12?a=1&b=2".to_owned()),
        leave: Some("https://yj.example.cn/leave/abc".to_owned()),
        one_click: false,
    }
}

fn mail_to(server: &MailServer, security: &str) -> Settings {
    Settings {
        mail_server: server.at.to_string(),
        mail_security: security.to_owned(),
        mail_from: "预警 <yj@example.cn>".to_owned(),
        ..Settings::default()
    }
}

fn trusting(settings: &Settings) -> Channels {
    let root = Certificate::from_der(CERTIFICATE.to_vec()).expect("a certificate");
    Channels::trusting(settings, &[root]).expect("channels")
}

async fn mail(channels: &Channels, to: &str) -> Result<String, Failure> {
    let to = Address::Mail(to.to_owned());
    channels.send(&to, &warning(), now()).await.map(|sent| sent.receipt)
}

/// The two forms of a letter's text, decoded.
fn forms(letter: &Letter) -> Vec<String> {
    let parts = letter.text.split("--=_fengsui\r\n").skip(1);
    parts
        .map(|part| {
            let (head, body) = part.split_once("\r\n\r\n").expect("a part");
            assert!(head.contains("Content-Transfer-Encoding: base64"), "{head}");
            let body: String = body.split("--").next().expect("a body").split_whitespace().collect();
            use base64::Engine as _;
            let bytes = base64::engine::general_purpose::STANDARD.decode(body).expect("base64");
            String::from_utf8(bytes).expect("UTF-8")
        })
        .collect()
}

#[tokio::test]
async fn off_no_channel_is_open() {
    let channels = Channels::of(&Settings::default()).expect("settings");
    assert!(Channel::ALL.iter().all(|(channel, ..)| !channels.offers(*channel)));
    let failure = mail(&channels, "a@example.org").await.expect_err("closed");
    assert_eq!((failure.lasting, failure.reason.as_str()), (false, "本系统没有启用电子邮件。"));
}

#[tokio::test]
async fn a_mail_is_taken_in_and_can_be_read() {
    let server = MailServer::open(Speaks::Plain).await;
    let channels = trusting(&mail_to(&server, "none"));
    assert_eq!(mail(&channels, "li@station.example").await.as_deref(), Ok("250 2.0.0 Ok: queued as 4F2A"));
    let letters = server.letters();
    let [letter] = letters.as_slice() else { panic!("one letter: {letters:?}") };
    assert_eq!((letter.from.as_str(), letter.to.as_str()), ("yj@example.cn", "li@station.example"));
    assert!(!letter.secure && letter.login.is_empty());
    assert_eq!(letter.header("Message-ID"), "<d123@example.cn>");
    assert_eq!(letter.header("Date"), "Fri, 27 Nov 2026 02:00:00 +0000");
    assert_eq!(letter.header("To"), "li@station.example");
    assert_eq!(letter.header("List-Unsubscribe"), "<https://yj.example.cn/leave/abc>");
    assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
    assert!(letter.header("Subject").starts_with("=?utf-8?b?"), "{}", letter.header("Subject"));
    assert!(letter.header("From").ends_with("<yj@example.cn>"));
    assert!(letter.header("Content-Type").starts_with("multipart/alternative"));
    assert!(letter.text.is_ascii() && letter.text.lines().all(|line| line.len() <= 998));
    let forms = forms(letter);
    let [text, html] = forms.as_slice() else { panic!("two forms") };
    assert!(text.contains("涉及 <4011> 项下产品。") && text.contains("\n.本行以点开头"), "{text}");
    assert!(text.contains("查看详情：https://yj.example.cn/public/warnings/12?a=1&b=2"), "{text}");
    assert!(html.contains("涉及 &#60;4011&#62; 项下产品。") && !html.contains("<4011>"), "{html}");
    assert!(html.contains("不再接收此类邮件"), "{html}");
    // Sent again it is the same letter, to the byte.
    mail(&channels, "li@station.example").await.expect("sent again");
    assert_eq!(server.letters(), letters);
}

/// Only where a bare post is enough, and only over https.
#[tokio::test]
async fn one_click_is_offered_where_it_works() {
    let server = MailServer::open(Speaks::Plain).await;
    let channels = trusting(&mail_to(&server, "none"));
    let offered = async |message: Message| {
        channels.send(&Address::Mail("a@example.org".to_owned()), &message, now()).await.expect("sent");
        server.letters().remove(0).header("List-Unsubscribe-Post")
    };
    assert_eq!(offered(warning()).await, "");
    assert_eq!(offered(Message { one_click: true, ..warning() }).await, "List-Unsubscribe=One-Click");
    let leave = Some("http://yj.example.cn/leave/abc".to_owned());
    assert_eq!(offered(Message { one_click: true, leave, ..warning() }).await, "");
}

/// What leads to the same place is kept as the same address.
#[tokio::test]
async fn an_address_is_kept_as_what_leads_there() {
    let server = MailServer::open(Speaks::Plain).await;
    let settings = Settings { outbound_robots: true, ..mail_to(&server, "none") };
    let channels = trusting(&settings);
    let kept = |to: &Address| channels.kept(to).map(|kept| kept.stored().0.to_owned());
    assert_eq!(kept(&Address::Mail(" Li@Station.Example ".to_owned())).as_deref(), Ok("li@station.example"));
    let url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K1";
    assert_eq!(kept(&wecom(&format!("{url}&debug=1#top"))).as_deref(), Ok(url));
    let (known, key) = ("https://oapi.dingtalk.com/robot/send?access_token=K1", "SEC");
    let kept_robot = channels.kept(&dingtalk(&format!("{known}&x=1"), key)).expect("kept");
    assert_eq!(kept_robot.stored(), (known, key));
    let again = Address::of(Channel::DingTalk, known, key);
    assert_eq!(again.stored(), kept_robot.stored());
}

/// Lines of plain ASCII that begin with a dot arrive as they were.
#[tokio::test]
async fn dots_arrive_as_they_were() {
    let server = MailServer::open(Speaks::Plain).await;
    let lines = [".", "..", ".end"].map(str::to_owned).to_vec();
    let message = Message { id: "d1".to_owned(), subject: "dots".to_owned(), lines, ..Message::default() };
    let to = Address::Mail("a@example.org".to_owned());
    trusting(&mail_to(&server, "none")).send(&to, &message, now()).await.expect("sent");
    let letters = server.letters();
    assert!(letters[0].text.contains("dots\r\n\r\n.\r\n\r\n..\r\n\r\n.end\r\n"), "{}", letters[0].text);
}

#[tokio::test]
async fn a_subject_begins_no_header() {
    let server = MailServer::open(Speaks::Plain).await;
    let channels = trusting(&mail_to(&server, "none"));
    let inject = "ok\r\nBcc: everyone@example.org\r\n\r\nbody";
    let message = Message {
        id: "d1>\r\nX-Id: 1".to_owned(),
        subject: inject.to_owned(),
        lines: vec![inject.to_owned()],
        leave: Some(format!("https://yj.example.cn/{inject}>")),
        ..Message::default()
    };
    channels.send(&Address::Mail("a@example.org".to_owned()), &message, now()).await.expect("sent");
    let letter = server.letters().remove(0);
    assert_eq!(letter.to, "a@example.org");
    assert_eq!((letter.header("Bcc"), letter.header("X-Id")), (String::new(), String::new()));
    assert_eq!(letter.header("Subject"), "ok Bcc: everyone@example.org body");
    for address in
        ["a@example.org\r\nBcc: b@example.org", "\"a\r\nb\"@example.org", "li", "", "a@b@", "a b@example.org"]
    {
        let failure = mail(&channels, address).await.expect_err(address);
        assert_eq!((failure.lasting, failure.reason.as_str()), (true, "邮箱地址不正确。"), "{address}");
        assert_eq!(channels.check(&Address::Mail(address.to_owned())), Err(failure));
    }
    assert!(server.letters().is_empty());
}

#[tokio::test]
async fn the_server_says_whether_to_try_again() {
    let server = MailServer::open(Speaks::Plain).await;
    let channels = trusting(&mail_to(&server, "none"));
    for (command, answer, lasting, reason) in [
        ("RCPT", "550 5.1.1 no such user key=SECRET", true, "邮件服务器拒收（550）。"),
        ("RCPT", "450 4.2.0 greylisted", false, "邮件服务器暂时拒收（450）。"),
        ("RCPT", "", false, "邮件服务器连接不上，或者连接中断。"),
        ("RCPT", "250 ok", false, ""),
        (".", "554 5.7.1 spam", true, "邮件服务器拒收（554）。"),
        (".", "452 4.3.1 full", false, "邮件服务器暂时拒收（452）。"),
        (".", "", false, "邮件服务器连接不上，或者连接中断。"),
        (".", "250 ok", false, ""),
        ("DATA", "451 4.3.0 later", false, "邮件服务器暂时拒收（451）。"),
        ("", "421 4.3.2 too many", false, "邮件服务器暂时拒绝连接（421）。"),
        ("", "554 5.7.0 go away", true, "邮件服务器拒绝连接（554）。"),
    ] {
        server.answers(command, answer);
        match mail(&channels, "a@example.org").await {
            Ok(_) => assert_eq!(reason, "", "{command} {answer}"),
            Err(failure) => {
                assert_eq!((failure.lasting, failure.reason.as_str()), (lasting, reason), "{command} {answer}");
            }
        }
    }
    assert_eq!(server.letters().len(), 1, "the one taken in the server's own way");
    let mut nobody = mail_to(&server, "none");
    nobody.mail_server = "127.0.0.1:9".to_owned();
    assert!(!mail(&trusting(&nobody), "a@example.org").await.expect_err("nobody").lasting);
}

/// A letter that was taken is not sent again because the good-bye failed.
#[tokio::test]
async fn a_broken_goodbye_is_no_failure() {
    let server = MailServer::open(Speaks::Plain).await;
    server.answers("QUIT", "");
    assert!(mail(&trusting(&mail_to(&server, "none")), "a@example.org").await.is_ok());
    assert_eq!(server.letters().len(), 1);
}

#[tokio::test]
async fn a_mail_server_that_says_nothing_is_left() {
    let (at, _) = listen(|mut stream| async move {
        let mut all = Vec::new();
        drop(stream.read_to_end(&mut all).await);
    })
    .await;
    let settings =
        Settings { mail_from: "yj@example.cn".to_owned(), mail_security: "none".to_owned(), ..Settings::default() };
    let mut channels = trusting(&Settings { mail_server: at.to_string(), ..settings });
    if let Some(mail) = &mut channels.mail {
        mail.time = Duration::from_secs(1);
    }
    let failure = mail(&channels, "a@example.org").await.expect_err("slow");
    assert_eq!((failure.lasting, failure.reason.as_str()), (false, "邮件服务器 1 秒内没有答复。"));
}

#[tokio::test]
async fn mail_goes_over_tls_after_a_login() {
    for (speaks, security) in [(Speaks::StartTls, "starttls"), (Speaks::Tls, "tls")] {
        let server = MailServer::open(speaks).await;
        let mut settings = mail_to(&server, security);
        settings.mail_user = "yj".to_owned();
        settings.mail_password = Secret::from("pass:w".to_owned());
        mail(&trusting(&settings), "a@example.org").await.expect("sent");
        let letters = server.letters();
        assert_eq!((letters[0].secure, letters[0].login.as_str()), (true, "yj:pass:w"), "{security}");
        // Nobody vouches for the certificate but the test.
        let strict = Channels::of(&settings).expect("channels");
        let failure = mail(&strict, "a@example.org").await.expect_err("not trusted");
        let reason = "与邮件服务器的安全连接失败，证书无效、过期或者不受信任。";
        assert_eq!((failure.lasting, failure.reason.as_str()), (false, reason), "{security}");
        // A wrong password is the operator's to mend: the letters wait for it.
        server.answers("AUTH", "535 5.7.8 wrong: AUTH PLAIN AHlqAHBhc3M6dw==");
        let failure = mail(&trusting(&settings), "a@example.org").await.expect_err("refused");
        assert_eq!((failure.lasting, failure.reason.as_str()), (false, "邮件服务器拒绝登录（535）。"));
        assert!(server.letters().is_empty());
        server.answers("AUTH", "235 2.7.0 welcome");
        mail(&trusting(&settings), "a@example.org").await.expect("sent once it is mended");
        assert_eq!(server.letters().len(), 1);
    }
}

/// A server, or somebody between, that does not offer TLS gets neither password nor letter.
#[tokio::test]
async fn without_the_tls_asked_for_nothing_is_said() {
    let server = MailServer::open(Speaks::Plain).await;
    let mut settings = mail_to(&server, "starttls");
    settings.mail_user = "yj".to_owned();
    settings.mail_password = Secret::from("p".to_owned());
    let failure = mail(&trusting(&settings), "a@example.org").await.expect_err("no TLS");
    assert_eq!((failure.lasting, failure.reason.as_str()), (true, "邮件服务器不支持 STARTTLS。"));
    assert!(server.letters().is_empty());
}

#[test]
fn settings_that_do_not_fit_are_named() {
    let good = Settings {
        mail_server: "mail.example.cn:25".to_owned(),
        mail_from: "yj@example.cn".to_owned(),
        ..Settings::default()
    };
    assert!(Channels::of(&good).is_ok_and(|channels| channels.offers(Channel::Mail)));
    let wrong = |change: fn(&mut Settings)| {
        let mut settings = good.clone();
        change(&mut settings);
        format!("{:#}", Channels::of(&settings).err().expect("refused"))
    };
    assert!(wrong(|settings| settings.mail_server = "mail.example.cn".to_owned()).contains("mail_server"));
    assert!(wrong(|settings| settings.mail_from = "预警".to_owned()).contains("mail_from"));
    assert!(wrong(|settings| settings.mail_security = "ssl".to_owned()).contains("mail_security"));
    assert!(wrong(|settings| settings.mail_user = "yj".to_owned()).contains("mail_password"));
}

/// The way out for robots and webhooks, to these sockets.
fn robots(allowed: &[SocketAddr]) -> Channels {
    let settings = Settings { outbound_robots: true, probe_allow: allowed.to_vec(), ..Settings::default() };
    Channels::of(&settings).expect("channels")
}

fn wecom(url: &str) -> Address {
    Address::WeCom { url: Secret::from(url.to_owned()) }
}

fn dingtalk(url: &str, key: &str) -> Address {
    Address::DingTalk { url: Secret::from(url.to_owned()), key: Secret::from(key.to_owned()) }
}

fn webhook(url: &str, key: &str) -> Address {
    Address::Webhook { url: Secret::from(url.to_owned()), key: Secret::from(key.to_owned()) }
}

fn code(code: i64) -> String {
    page("200 OK", "content-type: application/json\r\n", &format!("{{\"errcode\":{code},\"errmsg\":\"key=K1\"}}"))
}

async fn refused(channels: &Channels, to: &Address) -> Failure {
    channels.send(to, &warning(), now()).await.expect_err("refused")
}

#[tokio::test]
async fn a_wecom_robot_gets_markdown() {
    let inbox = Inbox::open(code(0)).await;
    let channels = robots(&[inbox.at]);
    let to = wecom(&format!("http://{}/cgi-bin/webhook/send?key=K1&debug=1#x", inbox.at));
    let sent = channels.send(&to, &warning(), now()).await.expect("sent");
    assert_eq!(sent.receipt, "errcode 0");
    let posted = inbox.posted();
    assert_eq!((posted.len(), posted[0].target.as_str()), (1, "/cgi-bin/webhook/send?key=K1"));
    assert_eq!(posted[0].header("content-type"), "application/json");
    let body: Value = serde_json::from_str(&posted[0].body).expect("JSON");
    assert_eq!(body["msgtype"], "markdown");
    let text = body["markdown"]["content"].as_str().expect("text");
    assert!(text.starts_with("### 橙色预警：美国对轮胎发起反倾销调查\n\n"), "{text}");
    assert!(text.ends_with("[查看详情](https://yj.example.cn/public/warnings/12?a=1&b=2)"), "{text}");
    let long = Message { lines: vec!["预".repeat(5000)], ..warning() };
    channels.send(&to, &long, now()).await.expect("sent");
    let body: Value = serde_json::from_str(&inbox.posted()[0].body).expect("JSON");
    assert!(body["markdown"]["content"].as_str().is_some_and(|text| text.len() <= 4096));

    inbox.answers(code(93000));
    let failure = refused(&channels, &to).await;
    assert!(failure.lasting && !failure.reason.contains("K1"), "{failure:?}");
    inbox.answers(code(45009));
    let failure = refused(&channels, &to).await;
    assert_eq!((failure.lasting, failure.wait), (false, Some(Duration::from_secs(60))));
    inbox.answers(page("200 OK", "", "<html>"));
    assert_eq!(refused(&channels, &to).await.reason, "机器人的答复无法识别。");
    inbox.answers(page("502 Bad Gateway", "", ""));
    assert!(!refused(&channels, &to).await.lasting);
}

#[tokio::test]
async fn a_dingtalk_robot_gets_a_signature() {
    let inbox = Inbox::open(code(0)).await;
    let channels = robots(&[inbox.at]);
    let url = format!("http://{}/robot/send?access_token=K1", inbox.at);
    let at = Timestamp::from_millisecond(1_700_000_000_000).expect("an instant");
    channels.send(&dingtalk(&url, "SECtest"), &warning(), at).await.expect("sent");
    let sign = "aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g%3D";
    let posted = inbox.posted();
    assert_eq!(posted[0].target, format!("/robot/send?access_token=K1&timestamp=1700000000000&sign={sign}"));
    let body: Value = serde_json::from_str(&posted[0].body).expect("JSON");
    assert_eq!(body["markdown"]["title"], "橙色预警：美国对轮胎发起反倾销调查");
    assert_eq!(body["at"]["isAtAll"], false);
    // One that asks for no signature gets none.
    channels.send(&dingtalk(&url, ""), &warning(), at).await.expect("sent");
    assert_eq!(inbox.posted()[0].target, "/robot/send?access_token=K1");
    inbox.answers(code(310000));
    assert!(refused(&channels, &dingtalk(&url, "wrong")).await.lasting);
    inbox.answers(code(130101));
    assert_eq!(refused(&channels, &dingtalk(&url, "")).await.wait, Some(Duration::from_secs(600)));
}

#[tokio::test]
async fn robots_are_asked_at_their_own_host_alone() {
    let inbox = Inbox::open(code(0)).await;
    let channels = robots(&[]);
    assert_eq!(channels.check(&wecom("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K")), Ok(()));
    assert_eq!(channels.check(&dingtalk("https://oapi.dingtalk.com/robot/send?access_token=K", "")), Ok(()));
    for url in [
        format!("http://{}/cgi-bin/webhook/send?key=K1", inbox.at),
        "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K1".to_owned(),
        "https://qyapi.weixin.qq.com:8443/cgi-bin/webhook/send?key=K1".to_owned(),
        "https://qyapi.weixin.qq.com@evil.example/cgi-bin/webhook/send?key=K1".to_owned(),
        "https://a:b@qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K1".to_owned(),
        "https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=K1".to_owned(),
        "https://qyapi.weixin.qq.com/cgi-bin/gettoken?key=K1".to_owned(),
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=".to_owned(),
        "https://oapi.dingtalk.com/robot/send?access_token=K1".to_owned(),
        "K1".to_owned(),
    ] {
        let to = wecom(&url);
        let failure = refused(&channels, &to).await;
        assert!(failure.lasting && failure.reason.starts_with("企业微信群机器人的地址应为"), "{url}: {failure:?}");
        assert!(!failure.reason.contains("K1") && !format!("{to:?}").contains("K1"));
        assert_eq!(channels.check(&to), Err(failure));
    }
    assert!(inbox.posted().is_empty());
}

#[tokio::test]
async fn a_webhook_gets_what_it_can_check() {
    let inbox = Inbox::open(page("204 No Content", "", "")).await;
    let channels = robots(&[inbox.at]);
    let to = webhook(&format!("http://{}/hook?token=T1", inbox.at), "shared");
    assert_eq!(channels.send(&to, &warning(), now()).await.expect("sent").receipt, "HTTP 204");
    let posted = inbox.posted();
    assert_eq!(posted[0].target, "/hook?token=T1");
    let timestamp = posted[0].header("x-fengsui-timestamp");
    assert_eq!(timestamp, "1795744800");
    let signed = posted[0].header("x-fengsui-signature");
    assert_eq!(signed, signature("shared", timestamp, &posted[0].body));
    assert_ne!(signed, signature("other", timestamp, &posted[0].body));
    assert_ne!(signed, signature("shared", "1795744801", &posted[0].body));
    let body: Value = serde_json::from_str(&posted[0].body).expect("JSON");
    assert_eq!((body["id"].as_str(), body["link"].as_str()), (Some("d123"), warning().link.as_deref()));

    for (status, head, lasting, wait) in [
        ("401 Unauthorized", "", true, None),
        ("404 Not Found", "", true, None),
        ("410 Gone", "retry-after: 5\r\n", true, None),
        ("400 Bad Request", "", true, None),
        ("408 Request Timeout", "", false, None),
        ("429 Too Many Requests", "retry-after: 90\r\n", false, Some(90)),
        ("429 Too Many Requests", "retry-after: 99999999\r\n", false, Some(86_400)),
        ("503 Unavailable", "retry-after: Fri, 27 Nov 2026 02:05:00 GMT\r\n", false, Some(300)),
        ("503 Unavailable", "retry-after: Fri, 27 Nov 2026 01:00:00 GMT\r\n", false, None),
        ("500 Error", "retry-after: soon\r\n", false, None),
    ] {
        inbox.answers(page(status, head, "T1"));
        let failure = refused(&channels, &to).await;
        assert_eq!((failure.lasting, failure.wait), (lasting, wait.map(Duration::from_secs)), "{status} {head}");
        assert!(failure.reason.starts_with(&format!("对方返回 {}，", &status[..3])), "{failure}");
    }
}

/// The signature by the algorithm's own definition, for receivers to check theirs by.
#[test]
fn the_signature_of_a_webhook_is_known() {
    let known = "1784024b4fe2ce536dfa4a125a3e50ffc320ac12ff8377d93b6947ee5fb442c3";
    assert_eq!(signature("shared", "1795744800", "{\"id\":\"d123\"}"), known);
}

#[tokio::test]
async fn a_webhook_leads_nowhere_else() {
    let inner = Inbox::open(page("200 OK", "", "")).await;
    let inbox = Inbox::open(page("302 Found", &format!("location: http://{}/\r\n", inner.at), "")).await;
    let channels = robots(&[inbox.at, inner.at]);
    let to = webhook(&format!("http://{}/hook", inbox.at), "shared");
    let failure = refused(&channels, &to).await;
    assert_eq!(failure.reason, "对方返回 302，要求转到别的地址，不予跟随。");
    assert!(inner.posted().is_empty());
    let guarded = robots(&[]);
    for (url, reason) in [
        (format!("https://{}/hook", inbox.at), "网址的端口"),
        ("https://127.0.0.1/".to_owned(), "网址指向内部网络"),
        ("https://localhost/".to_owned(), "网址指向内部网络"),
        ("https://169.254.169.254/latest".to_owned(), "网址指向内部网络"),
        ("http://localhost/".to_owned(), "网址指向内部网络"),
        ("http://1.1.1.1/".to_owned(), "推送地址应以 https:// 开头。"),
        ("ftp://example.org/".to_owned(), "推送地址应以 https:// 开头。"),
        ("https://user:T1@example.org/".to_owned(), "推送地址中不写用户名和密码。"),
        ("example.org".to_owned(), "推送地址不完整"),
    ] {
        let failure = refused(&guarded, &webhook(&url, "shared")).await;
        assert!(failure.lasting && failure.reason.starts_with(reason), "{url}: {failure:?}");
    }
    let failure = refused(&guarded, &webhook("https://example.org/", "")).await;
    assert_eq!((failure.lasting, failure.reason.as_str()), (true, "推送地址没有设置签名密钥。"));
}

#[tokio::test]
async fn a_slow_system_is_not_waited_for() {
    let (at, asked) = listen(|stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await;
    let mut channels = robots(&[at]);
    if let Some(post) = &mut channels.post {
        post.time = Duration::from_secs(1);
    }
    let failure = refused(&channels, &webhook(&format!("http://{at}/"), "shared")).await;
    assert_eq!((failure.lasting, failure.reason.as_str()), (false, "1秒内没有打开。"));
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 1);
}

/// A gateway of short messages, at this socket.
fn short_messages(named: &str, at: SocketAddr) -> Channels {
    let settings = Settings {
        sms_gateway: named.to_owned(),
        sms_key: Secret::from("shared".to_owned()),
        sms_key_id: "LTAI".to_owned(),
        sms_template: "SMS_1".to_owned(),
        sms_signature: "示例商务厅".to_owned(),
        probe_allow: vec![at],
        ..Settings::default()
    };
    Channels::of(&settings).expect("channels")
}

#[tokio::test]
async fn a_gateway_of_one_s_own_takes_a_signed_short_message() {
    let inbox = Inbox::open(page("200 OK", "", "")).await;
    let channels = short_messages(&format!("http://{}/sms", inbox.at), inbox.at);
    let to = Address::Sms("0546-1234567、138 1234 5678".to_owned());
    assert_eq!(channels.send(&to, &warning(), now()).await.expect("sent").receipt, "HTTP 200");
    let posted = inbox.posted().remove(0);
    let body: Value = serde_json::from_str(&posted.body).expect("JSON");
    assert_eq!((&body["id"], &body["phone"]), (&Value::from("d123"), &Value::from("13812345678")));
    let text = body["text"].as_str().expect("text");
    assert!(text.starts_with("【示例商务厅】橙色预警：美国对轮胎发起反倾销调查 https://yj.example.cn/"), "{text}");
    let signed = signature("shared", posted.header("x-fengsui-timestamp"), &posted.body);
    assert_eq!(posted.header("x-fengsui-signature"), signed);
    inbox.answers(page("403 Forbidden", "", ""));
    assert!(refused(&channels, &to).await.lasting);
    let landline = refused(&channels, &Address::Sms("0546-1234567".to_owned())).await;
    assert_eq!((landline.lasting, landline.reason.as_str()), (true, "登记的电话不是手机号码。"));
}

#[tokio::test]
async fn an_account_s_short_message_has_a_title_and_a_code() {
    let said = |code: &str| {
        let body = format!("{{\"Code\":\"{code}\",\"Message\":\"key=LTAI\",\"BizId\":\"9^0\",\"RequestId\":\"R\"}}");
        page("200 OK", "content-type: application/json\r\n", &body)
    };
    let inbox = Inbox::open(said("OK")).await;
    let channels = short_messages(&format!("aliyun http://{}/", inbox.at), inbox.at);
    let to = Address::Sms("13812345678".to_owned());
    let message = Message { link: Some("https://yj.example.cn/letters/0123abcd".to_owned()), ..warning() };
    assert_eq!(channels.send(&to, &message, now()).await.expect("sent").receipt, "BizId 9^0");
    let posted = inbox.posted().remove(0);
    let target: reqwest::Url = format!("http://{}{}", inbox.at, posted.target).parse().expect("an address");
    let asked: std::collections::BTreeMap<_, _> = target.query_pairs().into_owned().collect();
    assert_eq!(asked["PhoneNumbers"], "13812345678");
    assert_eq!((asked["SignName"].as_str(), asked["TemplateCode"].as_str()), ("示例商务厅", "SMS_1"));
    let variables: Value = serde_json::from_str(&asked["TemplateParam"]).expect("JSON");
    assert_eq!(
        (&variables["title"], &variables["code"]),
        (&Value::from(message.subject.as_str()), &Value::from("0123abcd"))
    );
    assert_eq!((asked["OutId"].as_str(), posted.header("x-acs-action")), ("d123", "SendSms"));
    let names = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
    let credential = format!("ACS3-HMAC-SHA256 Credential=LTAI,SignedHeaders={names},Signature=");
    assert!(posted.header("authorization").starts_with(&credential), "{}", posted.header("authorization"));
    let mut lasting = Vec::new();
    for code in [
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.BUSINESS_LIMIT_CONTROL",
        "isv.AMOUNT_NOT_ENOUGH",
        "X",
    ] {
        inbox.answers(said(code));
        let failure = channels.send(&to, &message, now()).await.expect_err("refused");
        assert!(!failure.reason.contains("LTAI") && failure.reason.ends_with('。'), "{}", failure.reason);
        lasting.push(failure.lasting);
    }
    assert_eq!(lasting, [true, true, false, false, false]);
    inbox.answers(page("200 OK", "", "<html>"));
    assert_eq!(refused(&channels, &to).await.reason, "短信平台的答复无法识别。");
}

#[test]
fn settings_of_short_messages_that_do_not_fit_are_named() {
    let wrong = |gateway: &str, key: &str, key_id: &str| {
        let settings = Settings {
            sms_gateway: gateway.to_owned(),
            sms_key: Secret::from(key.to_owned()),
            sms_key_id: key_id.to_owned(),
            ..Settings::default()
        };
        format!("{:#}", Channels::of(&settings).err().expect("refused"))
    };
    assert!(wrong("aliyun", "", "LTAI").starts_with("sms_key："));
    assert!(wrong("aliyun", "k", "").starts_with("sms_key_id："));
    assert!(wrong("aliyun", "k", "LTAI").starts_with("sms_template："));
    for gateway in ["sms.example.cn", "ftp://a.example/", "https://user:word@a.example/"] {
        assert!(wrong(gateway, "k", "").starts_with("sms_gateway："), "{gateway}");
    }
}

/// The same proxy as for websites; what is ours is refused before it hears of it.
#[tokio::test]
async fn warnings_go_through_the_proxy() {
    let proxy = Inbox::open(page("200 OK", "", "")).await;
    let settings = Settings {
        outbound_robots: true,
        outbound_proxy: format!("http://{}/", proxy.at),
        probe_allow: vec!["127.0.0.1:9".parse().expect("a socket")],
        ..Settings::default()
    };
    let channels = Channels::of(&settings).expect("channels");
    let to = webhook("http://127.0.0.1:9/hook", "shared");
    channels.send(&to, &warning(), now()).await.expect("sent");
    assert_eq!(proxy.posted()[0].target, "http://127.0.0.1:9/hook");
    assert!(refused(&channels, &webhook("https://10.1.2.3/", "shared")).await.lasting);
    assert!(proxy.posted().is_empty());
}

#[test]
fn many_become_one_message() {
    let other = Message { subject: "黄色预警：印度".to_owned(), link: None, ..warning() };
    let digest = Message::digest("g9".to_owned(), &[warning(), other]);
    assert_eq!(digest.subject, "预警信息 2 条：橙色预警：美国对轮胎发起反倾销调查等");
    let link = warning().link.expect("a link");
    assert_eq!(digest.lines, [format!("1．橙色预警：美国对轮胎发起反倾销调查 {link}"), "2．黄色预警：印度".to_owned()]);
    assert_eq!((digest.id.as_str(), digest.link, digest.leave), ("g9", None, warning().leave));
}

#[test]
fn channels_are_told_by_their_key() {
    for (channel, key, _) in Channel::ALL {
        assert_eq!((Channel::from_key(key), channel.key()), (Some(channel), key));
    }
    assert_eq!(Channel::from_key("fax"), None);
    assert!(Channel::WeCom.pace().is_some() && Channel::Mail.pace().is_none());
}
