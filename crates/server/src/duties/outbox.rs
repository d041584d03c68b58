//! 告知 (Article 5(1) and (3), reading K93): takes queued messages up, hands them to their channel and records what came of
//! each. A message is queued in the transaction that publishes its warning, once per warning, firm and channel; one taken
//! up by a worker that died is taken up again and carries the same name, so that a mail system knows it for the same.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use jiff::SignedDuration;
use regulation::duties::pace::{Parcel, parcels};
use regulation::duties::warning_level::Level;
use regulation::general::Scope;
use store::Backend;
use store::duties::{Claimed, Outcome, Warning};

use super::consultations::ANSWER;
use super::warnings::address;
use crate::app::App;
use crate::outbound::channels::{Address, Channel, Failure, Message};
use crate::public::letters::kind_name;

/// Messages taken up in one pass: so few that all are settled before another server holds this one for lost.
const BATCH: i64 = 40;
/// Messages on their way at the same time.
const AT_ONCE: usize = 8;
/// More than so many that wait for one address become one message.
const DIGEST: usize = 5;
/// How long after each failed try the next one comes; after the last a person has to look.
const WAITS: [SignedDuration; 7] = [
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(10),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(12),
];
/// A worker that took a message up and said nothing for this long is gone: longer than any channel waits.
const LOST: SignedDuration = SignedDuration::from_mins(5);

/// Runs until the process ends; at once over where no channel is open.
pub async fn run(app: App) {
    if !Channel::ALL.iter().any(|(channel, ..)| app.channels.offers(*channel)) {
        return;
    }
    // The embedded database has one process: whatever an earlier one took up, it will not settle any more.
    if app.store.backend() == Backend::Sqlite
        && let Err(error) = app.store.release_deliveries(app.clock.now()).await
    {
        tracing::error!(%error, "putting back messages of the process before");
    }
    let mut beat = tokio::time::interval(Duration::from_millis(500));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for tick in 0u64.. {
        beat.tick().await;
        if tick % 60 == 0
            && let Err(error) = app.store.release_deliveries(app.clock.now() - LOST).await
        {
            tracing::error!(%error, "putting back messages whose worker is gone");
        }
        loop {
            match pass(&app).await {
                Ok(0) => break,
                Ok(sent) => tracing::info!(sent, "messages handed over"),
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "handing messages over");
                    break;
                }
            }
        }
    }
}

/// Takes up what is due and hands it over. Returns how many were taken up.
///
/// # Errors
/// Fails when the database does.
pub async fn pass(app: &App) -> anyhow::Result<usize> {
    if !app.channels.offers(Channel::Mail) || !app.store.deliveries_waiting(app.clock.now()).await? {
        return Ok(0);
    }
    let claimed = app.store.claim_deliveries(app.clock.now(), BATCH).await?;
    let count = claimed.len();
    let mut warnings = HashMap::new();
    for id in claimed.iter().map(|one| one.warning_id) {
        if let std::collections::hash_map::Entry::Vacant(place) = warnings.entry(id) {
            place.insert(app.store.warning(&Scope::All, id).await?);
        }
    }
    let mut waiting: BTreeMap<String, Vec<Claimed>> = BTreeMap::new();
    for one in claimed {
        waiting.entry(one.address.clone()).or_default().push(one);
    }
    let parcels = waiting.into_values().flat_map(|of_one| parcels(of_one, DIGEST));
    let sends = parcels.map(|parcel| hand_over(app, &warnings, parcel));
    let done: Vec<anyhow::Result<()>> = stream::iter(sends).buffer_unordered(AT_ONCE).collect().await;
    done.into_iter().collect::<anyhow::Result<()>>()?;
    Ok(count)
}

async fn hand_over(app: &App, warnings: &HashMap<i64, Option<Warning>>, parcel: Parcel<Claimed>) -> anyhow::Result<()> {
    let of = match parcel {
        Parcel::One(one) => vec![one],
        Parcel::Digest(many) => many,
    };
    let mut messages = Vec::new();
    let mut going = Vec::new();
    for one in of {
        let warning = warnings.get(&one.warning_id).and_then(Option::as_ref);
        let message = match one.channel.strip_prefix(ANSWER) {
            Some(asked) => answered(app, &one, asked).await?,
            // Taken back while it was on its way out.
            None => warning.filter(|warning| warning.retracted_at.is_none()).map(|warning| message(app, warning, &one)),
        };
        match message {
            Some(message) => {
                messages.push(message);
                going.push(one);
            }
            None => settle(app, &one, &Err(retracted())).await?,
        }
    }
    let Some(first) = going.first() else { return Ok(()) };
    let message = match messages.as_slice() {
        [only] => only.clone(),
        many => Message::digest(format!("d{}-{}", first.id, many.len()), many),
    };
    let sent = app.channels.send(&Address::Mail(first.address.clone()), &message, app.clock.now()).await;
    let outcome = sent.map(|sent| sent.receipt);
    for one in &going {
        settle(app, one, &outcome).await?;
    }
    Ok(())
}

fn retracted() -> Failure {
    Failure { lasting: true, wait: None, reason: "预警已撤回，不再告知。".to_owned() }
}

async fn settle(app: &App, one: &Claimed, outcome: &Result<String, Failure>) -> store::Result<()> {
    let now = app.clock.now();
    let tried = usize::try_from(one.attempts).unwrap_or(usize::MAX);
    let outcome = match outcome {
        Ok(receipt) => Outcome::Sent { receipt: receipt.clone() },
        Err(failure) => match WAITS.get(tried.saturating_sub(1)).filter(|_| !failure.lasting) {
            Some(wait) => {
                let asked = failure.wait.and_then(|wait| SignedDuration::try_from(wait).ok()).unwrap_or_default();
                let at = store::instant_number(now + asked.max(*wait));
                Outcome::Again { at, problem: failure.reason.clone() }
            }
            None => Outcome::Dead { problem: failure.reason.clone() },
        },
    };
    app.store.settle_delivery(one.id, &outcome, now).await
}

/// What a firm is told of a warning: the gist, and the link to its own page.
fn message(app: &App, warning: &Warning, one: &Claimed) -> Message {
    let level = Level::from_key(&warning.level).unwrap_or(Level::Blue);
    let mut lines: Vec<String> = warning.summary.lines().map(str::to_owned).collect();
    lines.push(format!("涉及产品：{}（税号 {}）", warning.products, super::warnings::shown_list(&warning.hs_codes)));
    if let Some(on) = warning.respond_on {
        lines.push(format!("评论、答复截止：{}，以公告原文为准。", crate::shell::day(on)));
    }
    lines.extend(warning.advice.lines().zip(1..).map(|(line, number)| format!("{number}．{line}")));
    lines.push(format!("发布：{}　编号 {}", warning.station, warning.number.as_deref().unwrap_or_default()));
    lines.push("请打开链接查看全文并回执；有问题可在同一页面咨询工作站。".to_owned());
    let link = reached(app, &format!("/letters/{}", one.token));
    Message {
        id: format!("d{}", one.id),
        subject: format!("[{}预警] {}", level.name(), warning.title),
        lines,
        leave: Some(link.clone()),
        link: Some(link),
    }
}

/// What a station answers to a firm's question.
async fn answered(app: &App, one: &Claimed, asked: &str) -> anyhow::Result<Option<Message>> {
    let Ok(id) = asked.parse() else { return Ok(None) };
    let Some(row) = app.store.consultation(&Scope::All, id).await? else { return Ok(None) };
    let link = reached(app, &format!("/letters/{}", one.token));
    Ok(Some(Message {
        id: format!("d{}", one.id),
        subject: format!("工作站答复：{}", row.warning),
        lines: vec![format!("{}：{}", kind_name(&row.kind), row.text), format!("{}答复：{}", row.station, row.answer)],
        leave: Some(link.clone()),
        link: Some(link),
    }))
}

/// A page of ours as a firm reaches it; where no address is set, as this machine does.
fn reached(app: &App, path: &str) -> String {
    let address = address(app, path);
    if address.starts_with('/') { format!("http://{}{address}", app.settings.listen) } else { address }
}
