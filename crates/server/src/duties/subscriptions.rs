//! 订阅 (Article 5 (1) and (3)): groups and systems of a station's, or of the department's, that hear of warnings: entered,
//! tried, paused, taken off; and what did not reach them.

mod form;
mod wishes;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use regulation::duties::subscription::Wishes;
use regulation::general::{Mandate, Scope, Subject, Verb};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use store::Tx;
use store::duties::{DeadPosting, NewSubscription, Subscription};

use super::outbox::{held_back, reached};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::outbound::channels::{Address, Channel, Message};
use crate::posted::Posted;
use crate::shell::{Shell, masked, masked_address, moment_of};

use self::wishes::stored_codes;
pub use self::wishes::{Typed, known_industries, leasts, subscribed, wished};

pub const SUBSCRIPTIONS: &str = "/duties/subscriptions";
/// Subscriptions, and postings given up, of one page.
const PAGE: usize = 50;

pub fn routes() -> Routes {
    Routes::default()
        .get(SUBSCRIPTIONS, Verb::ViewSubscriptions, list)
        .with(form::routes())
        .post("/duties/subscriptions/{id}/trial", Verb::MaintainSubscriptions, try_out)
        .post("/duties/subscriptions/{id}/pause", Verb::MaintainSubscriptions, pause)
        .post("/duties/subscriptions/{id}/resumption", Verb::MaintainSubscriptions, resume)
        .post("/duties/subscriptions/{id}/removal", Verb::MaintainSubscriptions, remove)
        .post("/duties/subscriptions/{id}/resending", Verb::MaintainSubscriptions, resend)
}

/// Stands for an address wherever it need not be known.
pub fn mark(to: &Address) -> String {
    hex::encode(Sha256::digest(format!("{}\n{}", to.channel().key(), to.stored().0)))
}

/// What is kept of an address and its wishes. An e-mail address has to confirm first; a group was entered by its own people.
///
/// # Errors
/// Fails when the system has no randomness to give.
pub fn entered(to: &Address, wishes: &Wishes) -> anyhow::Result<NewSubscription> {
    let (address, secret) = to.stored();
    Ok(NewSubscription {
        channel: to.channel().key(),
        address: address.to_owned(),
        secret: secret.to_owned(),
        mark: mark(to),
        token: random_token()?,
        industry: wishes.industry.clone(),
        markets: wishes.markets.clone(),
        codes: stored_codes(&wishes.codes),
        least: wishes.least.key().to_owned(),
        confirmed: to.channel() != Channel::Mail,
        ..NewSubscription::default()
    })
}

/// A subscription this person may see; one out of scope looks like none.
async fn visible(app: &App, person: &Person, id: i64) -> Result<Subscription, Fault> {
    let scope = person.scope_or_refuse(app, Verb::MaintainSubscriptions)?;
    app.store.subscription(&scope, id).await?.ok_or(Fault::NotFound)
}

/// As [`visible`], of a group or system: an e-mail address begins, pauses and ends by its own people alone.
async fn visible_group(app: &App, person: &Person, id: i64) -> Result<Subscription, Fault> {
    let subscription = visible(app, person, id).await?;
    if subscription.channel == Channel::Mail.key() { Err(Fault::NotFound) } else { Ok(subscription) }
}

/// The right to deal with a subscription.
fn maintaining(app: &App, person: &Person, subscription: &Subscription) -> Result<Mandate, Fault> {
    let subject = match subscription.placed() {
        Some(placed) => Subject::of_station("subscription", subscription.id, &placed),
        None => Subject::whole("subscription", subscription.id),
    };
    Ok(person.may(app, Verb::MaintainSubscriptions, &subject)?)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "duties/subscriptions.html")]
struct SubscriptionsPage {
    shell: Shell,
    lines: Vec<Line>,
    next: Option<String>,
    dead: Vec<DeadLine>,
    /// E-mail addresses by industry; the department's to see.
    addresses: Option<Vec<(String, i64)>>,
    many: bool,
    may_maintain: bool,
    /// Whether the operator opened the robots' channel.
    open: bool,
}

struct Line {
    id: i64,
    name: String,
    channel: &'static str,
    place: String,
    station: String,
    wished: String,
    quiet: String,
    paused: Option<String>,
    /// When it was tried last, whether the message was taken, and what came back.
    tried: Option<(String, bool, String)>,
}

struct DeadLine {
    subscription: i64,
    name: String,
    warning: Option<(i64, String)>,
    at: String,
    problem: String,
}

/// An address as a list shows it: enough to know it again, too little to write to it.
fn shown_place(channel: &str, address: &str) -> String {
    if channel == Channel::Mail.key() {
        return masked_address(address);
    }
    let url: Option<reqwest::Url> = address.parse().ok();
    let host = url.as_ref().and_then(reqwest::Url::host_str).unwrap_or_default().to_owned();
    if channel == Channel::Webhook.key() {
        return format!("{host}/****");
    }
    let key = url.and_then(|url| url.query_pairs().next().map(|(_, key)| key.into_owned())).unwrap_or_default();
    format!("{host}　密钥 {}", masked(&key))
}

fn channel_name(key: &str) -> &'static str {
    Channel::from_key(key).map_or("", Channel::name)
}

impl Line {
    fn new(row: Subscription) -> Line {
        let time = |minutes: i64| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        Line {
            id: row.id,
            channel: channel_name(&row.channel),
            place: shown_place(&row.channel, &row.address),
            station: row.station.clone().unwrap_or_else(|| "省商务厅".to_owned()),
            wished: wished(&row),
            quiet: match row.quiet_from == row.quiet_to {
                true => "不设".to_owned(),
                false => format!("{} 至 {}", time(row.quiet_from), time(row.quiet_to)),
            },
            paused: row.paused_at.map(moment_of),
            tried: row.tried_at.map(|at| (moment_of(at), row.tried_taken != 0, row.tried.clone())),
            name: row.name,
        }
    }
}

impl DeadLine {
    fn new(row: DeadPosting) -> DeadLine {
        DeadLine {
            subscription: row.subscription_id,
            name: match row.name.is_empty() {
                true => shown_place(&row.channel, &row.address),
                false => row.name,
            },
            warning: row.warning_id.zip(row.title),
            at: moment_of(row.given_up_at),
            problem: row.problem,
        }
    }
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewSubscriptions)?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = app.store.subscriptions(&scope, asked.before.unwrap_or(i64::MAX), limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| format!("{SUBSCRIPTIONS}?before={}", row.id));
    let dead = app.store.dead_postings(&scope, i64::MAX, limit).await?;
    let addresses = match scope {
        Scope::All => Some(app.store.count_subscribers().await?),
        _ => None,
    };
    render(&SubscriptionsPage {
        shell: Shell::new(&app, &person, SUBSCRIPTIONS),
        lines: rows.into_iter().map(Line::new).collect(),
        next,
        dead: dead.into_iter().map(DeadLine::new).collect(),
        addresses: addresses.map(|all| all.into_iter().map(|one| (one.industry, one.addresses)).collect()),
        many: scope == Scope::All,
        may_maintain: form::adding(&app, &person).await.is_ok(),
        open: app.channels.offers(Channel::Webhook),
    })
}

/// Sends a message now and records what came back.
async fn try_out(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let subscription = visible_group(&app, &person, id).await?;
    let mandate = maintaining(&app, &person, &subscription)?;
    let channel = Channel::from_key(&subscription.channel).ok_or(Fault::NotFound)?;
    if held_back(&app, channel, &subscription.mark).await?.is_some() {
        return Err(Fault::Invalid("群机器人每 3 秒收一条，请稍后再试。".to_owned()));
    }
    let at = app.clock.now();
    let message = Message {
        id: format!("t{id}-{}", at.as_second()),
        subject: "预警推送试发".to_owned(),
        lines: vec!["收到这条消息，表示推送地址可用；预警发布后由此送达。".to_owned()],
        link: Some(reached(&app, "/warnings")),
        ..Message::default()
    };
    let to = Address::of(channel, &subscription.address, &subscription.secret);
    let (taken, back) = match app.channels.send(&to, &message, at).await {
        Ok(sent) => (true, sent.receipt),
        Err(failure) => (false, failure.reason),
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.note_trial(id, taken, &back).await?;
    tx.note(format!("{}，试发：{back}", subscription.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{SUBSCRIPTIONS}?done=subscription_tried")).into_response())
}

async fn pause(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    let (subscription, mandate) = posted_to(&app, &person, id, &posted).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.pause_subscription(id).await?;
    done(tx, format!("{}，暂停推送", subscription.name), "subscription_paused").await
}

async fn resume(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    let (subscription, mandate) = posted_to(&app, &person, id, &posted).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.resume_subscription(id).await?;
    done(tx, format!("{}，恢复推送", subscription.name), "subscription_resumed").await
}

async fn remove(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    let (subscription, mandate) = posted_to(&app, &person, id, &posted).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.remove_subscription(id).await?;
    done(tx, format!("{}，移除，地址和密钥已删除", subscription.name), "subscription_removed").await
}

/// Sends again what was given up: a person has mended what stood in the way.
async fn resend(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let subscription = visible(&app, &person, id).await?;
    let mandate = maintaining(&app, &person, &subscription)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let count = tx.requeue_postings(id).await?;
    done(tx, format!("{}，重新发送 {count} 条", subscription.name), "posting_resent").await
}

async fn posted_to(app: &App, person: &Person, id: i64, posted: &Posted) -> Result<(Subscription, Mandate), Fault> {
    person.check(posted)?;
    let subscription = visible_group(app, person, id).await?;
    let mandate = maintaining(app, person, &subscription)?;
    Ok((subscription, mandate))
}

async fn done(mut tx: Tx<'_>, note: String, key: &str) -> Page {
    tx.note(note);
    tx.commit().await?;
    Ok(Redirect::to(&format!("{SUBSCRIPTIONS}?done={key}")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_too_little_to_write_to_an_address() {
        let wecom = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa";
        assert_eq!(shown_place("wecom", wecom), "qyapi.weixin.qq.com　密钥 693****5aaa");
        assert_eq!(shown_place("webhook", "https://hook.example.cn/in/s3cret?token=T1"), "hook.example.cn/****");
        assert_eq!(shown_place("mail", "zhangsan@example.cn"), "zha****gsan@example.cn");
    }

    #[test]
    fn one_address_has_one_mark_in_each_channel() {
        let of = |channel, address: &str| mark(&Address::of(channel, address, "k"));
        assert_eq!(of(Channel::Webhook, "https://a.example/"), of(Channel::Webhook, "https://a.example/"));
        assert_ne!(of(Channel::Webhook, "https://a.example/"), of(Channel::DingTalk, "https://a.example/"));
        assert_eq!(of(Channel::Mail, "a@example.cn").len(), 64);
    }
}
