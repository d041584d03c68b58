//! 电子邮件, handed to the operator's own mail server.

use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use askama::Template;
use jiff::Timestamp;
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, MultiPartKind, SinglePart, header};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use lettre::transport::smtp::{Error, client};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

use super::{Failure, Message, Sent, one_line};
use crate::config::Settings;
use crate::outbound::way::rests_on_tls;

/// From the first step to the server's word that it has the mail.
const TIME: Duration = Duration::from_secs(60);
/// How long a server that has the mail is given to say good-bye.
const FAREWELL: Duration = Duration::from_secs(2);

pub struct Mail {
    host: String,
    port: u16,
    security: Security,
    login: Option<Credentials>,
    from: Mailbox,
    pub(in crate::outbound) time: Duration,
}

enum Security {
    /// In the clear, for a server on the same machine or network.
    None,
    /// Begun in the clear and never continued so.
    StartTls(TlsParameters),
    Tls(TlsParameters),
}

impl Mail {
    pub fn of(settings: &Settings, roots: &[Certificate]) -> anyhow::Result<Option<Mail>> {
        let server = settings.mail_server.trim();
        if server.is_empty() {
            return Ok(None);
        }
        let parts = server.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let (host, port) = parts.filter(|(host, _)| !host.is_empty()).context("mail_server：应为 主机:端口")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let from: Option<Mailbox> = settings.mail_from.parse().ok();
        let from = from.filter(|from| from.email.to_string().is_ascii());
        let from = from.context("mail_from：应为邮箱地址，例如 预警 <yj@example.cn>")?;
        let tls = || {
            let with = |tls: client::TlsParametersBuilder, root: &Certificate| tls.add_root_certificate(root.clone());
            roots.iter().fold(TlsParameters::builder(host.clone()), with).build_rustls().context("mail_security")
        };
        let security = match settings.mail_security.as_str() {
            "none" => Security::None,
            "starttls" => Security::StartTls(tls()?),
            "tls" => Security::Tls(tls()?),
            _ => bail!("mail_security：应为 none、starttls 或者 tls"),
        };
        let login = match (settings.mail_user.as_str(), settings.mail_password.text()) {
            ("", "") => None,
            ("", _) | (_, "") => bail!("mail_user 和 mail_password：应当同时设置或者同时留空"),
            (user, password) => Some(Credentials::new(user.to_owned(), password.to_owned())),
        };
        Ok(Some(Mail { host, port, security, login, from, time: TIME }))
    }

    pub async fn send(&self, to: &str, message: &Message, at: Timestamp) -> Result<Sent, Failure> {
        let (envelope, letter) = self.letter(to, message, at)?;
        let handed = tokio::time::timeout(self.time, self.hand_over(&envelope, &letter)).await;
        let slow = |_| Failure::passing(format!("邮件服务器 {} 秒内没有答复。", self.time.as_secs()));
        let (response, mut connection) = handed.map_err(slow)??;
        // It has the mail: however the good-bye goes, nothing is sent again.
        drop(tokio::time::timeout(FAREWELL, connection.quit()).await);
        let line = one_line(response.first_line().unwrap_or_default());
        Ok(Sent { receipt: format!("{} {line}", response.code()).chars().take(200).collect() })
    }

    async fn hand_over(&self, to: &Envelope, letter: &[u8]) -> Result<(Response, AsyncSmtpConnection), Failure> {
        let name = ClientId::Domain(self.from.email.domain().to_owned());
        let wrapped = match &self.security {
            Security::Tls(tls) => Some(tls.clone()),
            Security::None | Security::StartTls(_) => None,
        };
        let place = (self.host.as_str(), self.port);
        let connected = AsyncSmtpConnection::connect_tokio1(place, Some(self.time), &name, wrapped, None).await;
        let mut connection = connected.map_err(|error| failed(&error, "拒绝连接", "无法使用"))?;
        if let Security::StartTls(tls) = &self.security {
            let begun = connection.starttls(tls.clone(), &name).await;
            begun.map_err(|error| failed(&error, "拒绝 STARTTLS", "不支持 STARTTLS"))?;
        }
        if let Some(login) = &self.login {
            let known = connection.auth(&[Mechanism::Plain, Mechanism::Login], login).await;
            // No letter is at fault, and an operator mends the setting: what waits goes out by itself then.
            known.map_err(|error| Failure {
                lasting: false,
                ..failed(&error, "拒绝登录", "不支持以用户名和密码登录")
            })?;
        }
        let taken = connection.send(to, letter).await;
        Ok((taken.map_err(|error| failed(&error, "拒收", "不支持这一邮箱地址"))?, connection))
    }

    /// The mail as it goes, the same to the byte whenever it is made for the same instant.
    fn letter(&self, to: &str, message: &Message, at: Timestamp) -> Result<(Envelope, Vec<u8>), Failure> {
        let id = utf8_percent_encode(&message.id, NON_ALPHANUMERIC);
        let (link, leave) = (message.link(), message.leave());
        let lines: Vec<String> = message.lines.iter().map(|line| one_line(line)).collect();
        let (subject, lines) = (message.heading(), lines.as_slice());
        let text = Text { subject: &subject, lines, link: link.as_ref(), leave: leave.as_ref() }.render();
        let html = Html { subject: &subject, lines, link: link.as_ref(), leave: leave.as_ref() }.render();
        let (Ok(text), Ok(html)) = (text, html) else { return Err(unwritable()) };
        // No encoding of a part has an equals sign before an underscore.
        let parts = MultiPart::builder().kind(MultiPartKind::Alternative).boundary("=_fengsui");
        let parts = parts
            .singlepart(SinglePart::builder().header(header::ContentType::TEXT_PLAIN).body(text))
            .singlepart(SinglePart::builder().header(header::ContentType::TEXT_HTML).body(html));
        let mut mail = MessageBuilder::new()
            .from(self.from.clone())
            .to(mailbox(to)?)
            .subject(subject.clone())
            .date(UNIX_EPOCH + Duration::from_millis(at.as_millisecond().max(0).unsigned_abs()))
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .raw_header(raw("Auto-Submitted", "auto-generated".to_owned())?);
        if let Some(leave) = leave {
            // One click is for https alone (RFC 8058).
            if message.one_click && leave.scheme() == "https" {
                mail = mail.raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned())?);
            }
            mail = mail.raw_header(raw("List-Unsubscribe", format!("<{leave}>"))?);
        }
        let mail = mail.multipart(parts).map_err(|_| unwritable())?;
        Ok((mail.envelope().clone(), mail.formatted()))
    }
}

#[derive(Template)]
#[template(path = "emails/warning.txt")]
struct Text<'a> {
    subject: &'a str,
    lines: &'a [String],
    link: Option<&'a Url>,
    leave: Option<&'a Url>,
}

#[derive(Template)]
#[template(path = "emails/warning.html")]
struct Html<'a> {
    subject: &'a str,
    lines: &'a [String],
    link: Option<&'a Url>,
    leave: Option<&'a Url>,
}

/// An address without a name.
pub fn mailbox(address: &str) -> Result<Mailbox, Failure> {
    let address = address.trim();
    // A quoted local part may hold anything, a line's end among it.
    if address.contains(|c: char| c.is_control() || c == '"') {
        return Err(Failure::lasting("邮箱地址不正确。"));
    }
    let parsed: Result<lettre::Address, _> = address.parse();
    parsed.map(Mailbox::from).map_err(|_| Failure::lasting("邮箱地址不正确。"))
}

/// Headers we write ourselves, ASCII on one line.
fn raw(name: &'static str, value: String) -> Result<HeaderValue, Failure> {
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| unwritable())?;
    Ok(HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value))
}

fn unwritable() -> Failure {
    Failure::lasting("邮件无法写成。")
}

/// What stopped it: the server's number where it gave one, never its words, which may repeat what we sent.
fn failed(error: &Error, refused: &str, unable: &str) -> Failure {
    if let Some(code) = error.status() {
        let lasting = error.is_permanent();
        let when = if lasting { "" } else { "暂时" };
        return Failure { lasting, wait: None, reason: format!("邮件服务器{when}{refused}（{code}）。") };
    }
    if error.is_client() {
        return Failure::lasting(format!("邮件服务器{unable}。"));
    }
    if error.is_tls() || rests_on_tls(error) {
        return Failure::passing("与邮件服务器的安全连接失败，证书无效、过期或者不受信任。");
    }
    Failure::passing("邮件服务器连接不上，或者连接中断。")
}
