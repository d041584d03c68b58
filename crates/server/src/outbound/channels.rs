//! 预警送达 (Article 5 (1)): hands one message to one address and says what came of it. What is sent to whom, how often it is
//! tried and when it waits is not decided here.
//!
//! Off until the settings open a channel. Robots are asked at their platform's own host and nowhere else, webhooks behind the
//! same guard as websites and without redirects. No failure names an address, a key or what the other side said.

pub mod account;
mod dingtalk;
mod mail;
mod markdown;
mod post;
mod sms;
pub mod texts;
mod webhook;
mod wecom;

use std::time::Duration;

use jiff::Timestamp;
use lettre::transport::smtp::client::Certificate;
use regulation::duties::pace::{Pace, ROBOT};
use reqwest::Url;

use self::mail::Mail;
pub use self::post::signature;
use self::post::{Post, robot};
use self::sms::Gateway;
use super::way::Way;
use crate::config::{Secret, Settings};

/// By what road a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    Mail,
    Sms,
    WeCom,
    DingTalk,
    Webhook,
}

impl Channel {
    pub const ALL: [(Channel, &'static str, &'static str); 5] = [
        (Channel::Mail, "mail", "电子邮件"),
        (Channel::Sms, "sms", "短信"),
        (Channel::WeCom, "wecom", "企业微信群机器人"),
        (Channel::DingTalk, "dingtalk", "钉钉群机器人"),
        (Channel::Webhook, "webhook", "系统对接"),
    ];

    pub fn key(self) -> &'static str {
        Channel::ALL.iter().find(|(channel, ..)| *channel == self).map_or("", |(_, key, _)| key)
    }

    pub fn name(self) -> &'static str {
        Channel::ALL.iter().find(|(channel, ..)| *channel == self).map_or("", |(.., name)| name)
    }

    pub fn from_key(key: &str) -> Option<Channel> {
        Channel::ALL.iter().find(|(_, known, _)| *known == key).map(|(channel, ..)| *channel)
    }

    /// How fast one address bears messages; `None` where nobody counts.
    pub fn pace(self) -> Option<Pace> {
        matches!(self, Channel::WeCom | Channel::DingTalk).then_some(ROBOT)
    }
}

/// Where a message goes. Whoever knows a robot's or a webhook's address can write to it: it is kept as a secret.
#[derive(Clone, Debug)]
pub enum Address {
    /// An e-mail address, without a name.
    Mail(String),
    /// A telephone field with a mobile number of the mainland in it.
    Sms(String),
    /// The address a group's robot was given, `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…`.
    WeCom { url: Secret },
    /// The same, `https://oapi.dingtalk.com/robot/send?access_token=…`, and the key its messages are signed with (加签),
    /// empty where the robot asks for none.
    DingTalk { url: Secret, key: Secret },
    /// Any system that takes in a signed message ([`signature`]).
    Webhook { url: Secret, key: Secret },
}

impl Address {
    /// An address as it is stored; `key` is what messages to it are signed with.
    pub fn of(channel: Channel, address: &str, key: &str) -> Address {
        let (url, key) = (Secret::from(address.to_owned()), Secret::from(key.to_owned()));
        match channel {
            Channel::Mail => Address::Mail(address.to_owned()),
            Channel::Sms => Address::Sms(address.to_owned()),
            Channel::WeCom => Address::WeCom { url },
            Channel::DingTalk => Address::DingTalk { url, key },
            Channel::Webhook => Address::Webhook { url, key },
        }
    }

    /// What is stored of it, beside its channel: the address and the key.
    pub fn stored(&self) -> (&str, &str) {
        match self {
            Address::Mail(to) | Address::Sms(to) => (to, ""),
            Address::WeCom { url } => (url.text(), ""),
            Address::DingTalk { url, key } | Address::Webhook { url, key } => (url.text(), key.text()),
        }
    }

    pub fn channel(&self) -> Channel {
        match self {
            Address::Mail(_) => Channel::Mail,
            Address::Sms(_) => Channel::Sms,
            Address::WeCom { .. } => Channel::WeCom,
            Address::DingTalk { .. } => Channel::DingTalk,
            Address::Webhook { .. } => Channel::Webhook,
        }
    }
}

/// What is sent: little, and nothing that only some may know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The delivery's, the same at each try, so that one sent twice is known as one: `d123`.
    pub id: String,
    pub subject: String,
    /// Paragraphs of plain text.
    pub lines: Vec<String>,
    /// Where it is read in full.
    pub link: Option<String>,
    /// Where the recipient stops messages of this kind.
    pub leave: Option<String>,
    /// Whether a bare post there is enough (RFC 8058), so that a mail program can do it.
    pub one_click: bool,
}

impl Message {
    /// Several messages told in one, a line each; for the recipient they have in common.
    pub fn digest(id: String, of: &[Message]) -> Message {
        let first = of.first().map_or("", |first| &first.subject);
        let line = |(number, one): (usize, &Message)| {
            let link = one.link.as_ref().map_or(String::new(), |link| format!(" {link}"));
            format!("{}．{}{link}", number + 1, one.subject)
        };
        Message {
            id,
            subject: format!("预警信息 {} 条：{first}等", of.len()),
            lines: of.iter().enumerate().map(line).collect(),
            link: None,
            leave: of.iter().find_map(|one| one.leave.clone()),
            one_click: of.iter().all(|one| one.one_click),
        }
    }

    /// The subject on one line: nothing in it begins a new header.
    fn heading(&self) -> String {
        one_line(&self.subject)
    }

    fn link(&self) -> Option<Url> {
        self.link.as_deref().and_then(web)
    }

    fn leave(&self) -> Option<Url> {
        self.leave.as_deref().and_then(web)
    }
}

fn web(text: &str) -> Option<Url> {
    text.parse().ok().filter(|url: &Url| matches!(url.scheme(), "http" | "https"))
}

fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text of so many characters at most, its end told by an ellipsis.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The other side has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What the other side gave to show for it: a mail server's answer, a robot's code, a status.
    pub receipt: String,
}

/// It was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// No further try helps until a person changes something: the address is wrong, the key is wrong, it is refused for good.
    pub lasting: bool,
    /// How long the other side asks to be left alone.
    pub wait: Option<Duration>,
    /// A sentence for people.
    pub reason: String,
}

impl Failure {
    fn lasting(reason: impl Into<String>) -> Failure {
        Failure { lasting: true, wait: None, reason: reason.into() }
    }

    fn passing(reason: impl Into<String>) -> Failure {
        Failure { lasting: false, wait: None, reason: reason.into() }
    }

    fn after(wait: Duration, reason: impl Into<String>) -> Failure {
        Failure { lasting: false, wait: Some(wait), reason: reason.into() }
    }
}

/// The channels the settings open.
pub struct Channels {
    pub(super) mail: Option<Mail>,
    pub(super) sms: Option<Gateway>,
    pub(super) post: Option<Post>,
}

impl Channels {
    /// # Errors
    /// Fails on settings that do not fit together, naming them, and when the machine has no root certificates.
    pub fn of(settings: &Settings) -> anyhow::Result<Channels> {
        Channels::trusting(settings, &[])
    }

    /// As [`Channels::of`], with mail servers vouched for by these certificates besides the machine's own.
    pub(super) fn trusting(settings: &Settings, roots: &[Certificate]) -> anyhow::Result<Channels> {
        let post = settings.outbound_robots.then(|| Way::of(settings).map(Post::by)).transpose()?;
        Ok(Channels { mail: Mail::of(settings, roots)?, sms: Gateway::of(settings)?, post })
    }

    /// Whether the settings open this channel.
    pub fn offers(&self, channel: Channel) -> bool {
        match channel {
            Channel::Mail => self.mail.is_some(),
            Channel::Sms => self.sms.is_some(),
            Channel::WeCom | Channel::DingTalk | Channel::Webhook => self.post.is_some(),
        }
    }

    /// Whether messages could go to an address, as far as its text tells: asked where one is entered, and again by
    /// [`Channels::send`].
    ///
    /// # Errors
    /// What is wrong with it, or that the channel is closed.
    pub fn check(&self, to: &Address) -> Result<(), Failure> {
        self.kept(to).map(drop)
    }

    /// The address as it is kept: nothing of what was entered but what leads there, so that one address is known as one.
    ///
    /// # Errors
    /// See [`Channels::check`].
    pub fn kept(&self, to: &Address) -> Result<Address, Failure> {
        let url = |url: Url| Secret::from(url.to_string());
        Ok(match to {
            Address::Mail(to) => {
                self.by_mail()?;
                Address::Mail(mail::mailbox(to)?.email.to_string().to_lowercase())
            }
            Address::Sms(to) => {
                self.by_sms()?;
                Address::Sms(sms::number(to)?)
            }
            Address::WeCom { url: given } => {
                Address::WeCom { url: url(robot(self.by_post(to)?, &wecom::ROBOT, given)?) }
            }
            Address::DingTalk { url: given, key } => {
                Address::DingTalk { url: url(robot(self.by_post(to)?, &dingtalk::ROBOT, given)?), key: key.clone() }
            }
            Address::Webhook { url: given, key } => {
                Address::Webhook { url: url(webhook::place(self.by_post(to)?, given, key)?), key: key.clone() }
            }
        })
    }

    /// Hands the message over; `at` is the instant it says it was sent at.
    ///
    /// # Errors
    /// Why it was not taken. After a broken connection it may have been, all the same.
    pub async fn send(&self, to: &Address, message: &Message, at: Timestamp) -> Result<Sent, Failure> {
        match to {
            Address::Mail(to) => self.by_mail()?.send(to, message, at).await,
            Address::Sms(to) => self.by_sms()?.send(to, message, at).await,
            Address::WeCom { url } => wecom::send(self.by_post(to)?, url, message, at).await,
            Address::DingTalk { url, key } => dingtalk::send(self.by_post(to)?, url, key, message, at).await,
            Address::Webhook { url, key } => webhook::send(self.by_post(to)?, url, key, message, at).await,
        }
    }

    fn by_mail(&self) -> Result<&Mail, Failure> {
        self.mail.as_ref().ok_or_else(|| closed(Channel::Mail))
    }

    fn by_sms(&self) -> Result<&Gateway, Failure> {
        self.sms.as_ref().ok_or_else(|| closed(Channel::Sms))
    }

    fn by_post(&self, to: &Address) -> Result<&Post, Failure> {
        self.post.as_ref().ok_or_else(|| closed(to.channel()))
    }
}

/// An operator may open it again: what waits is kept.
fn closed(channel: Channel) -> Failure {
    Failure::passing(format!("本系统没有启用{}。", channel.name()))
}
