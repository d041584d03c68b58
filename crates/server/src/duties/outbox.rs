//! 告知 (Article 5(1) and (3), reading K93) and 投递: takes queued messages up, hands them to their channel and records what
//! came of each. A message is queued in the transaction that publishes its warning, once per warning, recipient and channel;
//! one taken up by a worker that died is taken up again and carries the same name, so that a mail system knows it for the
//! same; a digest may come again under another name.

mod keys;
mod letters;
mod postings;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use regulation::duties::pace::{Bucket, Parcel, Turn, parcels};
use store::Backend;
use store::duties::{Outcome, Warning};

use super::warnings::address;
use super::warnings::publishing::{CORRECTED, RETRACTED};
use crate::app::App;
use crate::outbound::channels::{Address, Channel, Failure, Message};
use crate::shell::moment_of;

/// Messages of each kind taken up in one pass: so few that all are settled before another server holds this one for lost.
const BATCH: i64 = 20;
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
/// A worker that took messages up and said nothing for this long is gone: a batch of each kind, [`AT_ONCE`] at a time, takes
/// eight turns, and a mail server may be silent for a minute in each.
const LOST: SignedDuration = SignedDuration::from_mins(15);

/// Runs until the process ends; at once over where no channel is open.
pub async fn run(app: App) {
    if !Channel::ALL.iter().any(|(channel, ..)| app.channels.offers(*channel)) {
        return;
    }
    // The embedded database has one process: whatever an earlier one took up, it will not settle any more.
    if app.store.backend() == Backend::Sqlite
        && let Err(error) = put_back(&app, app.clock.now()).await
    {
        tracing::error!(%error, "putting back messages of the process before");
    }
    let mut beat = tokio::time::interval(Duration::from_millis(500));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for tick in 0u64.. {
        beat.tick().await;
        if tick % 60 == 0
            && let Err(error) = put_back(&app, app.clock.now() - LOST).await
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

/// Puts back what was taken up before an instant and never settled. Returns how many messages.
async fn put_back(app: &App, claimed_before: Timestamp) -> store::Result<u64> {
    let letters = app.store.release_deliveries(claimed_before).await?;
    let postings = app.store.release_postings(claimed_before).await?;
    Ok(letters + postings + app.store.release_firm_keys(claimed_before).await?)
}

/// A message taken up, and where it goes.
struct Ready {
    row: Row,
    attempts: i64,
    /// The same for the same address.
    mark: String,
    to: Address,
    message: Message,
}

/// The row of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Letter(i64),
    Key(i64),
    Posting(i64),
}

/// Takes up what is due and hands it over. Returns how many were taken up.
///
/// # Errors
/// Fails when the database does.
pub async fn pass(app: &App) -> anyhow::Result<usize> {
    let (letters, keys) = (letters::taken_up(app).await?, keys::taken_up(app).await?);
    let postings = postings::taken_up(app).await?;
    let count = letters.taken + keys.taken + postings.taken;
    // Letters and postings to one address stay apart: each kind is left in its own way.
    let mut waiting: BTreeMap<(bool, String), Vec<Ready>> = BTreeMap::new();
    for one in letters.ready.into_iter().chain(keys.ready).chain(postings.ready) {
        waiting.entry((matches!(one.row, Row::Letter(_)), one.mark.clone())).or_default().push(one);
    }
    let parcels = waiting.into_values().flat_map(|of_one| parcels(of_one, DIGEST));
    let sends = parcels.map(|parcel| hand_over(app, parcel));
    let done: Vec<anyhow::Result<()>> = stream::iter(sends).buffer_unordered(AT_ONCE).collect().await;
    done.into_iter().collect::<anyhow::Result<()>>()?;
    Ok(count)
}

/// What one pass took up of a kind: how many, and those that have something to say.
#[derive(Default)]
struct TakenUp {
    taken: usize,
    ready: Vec<Ready>,
}

async fn hand_over(app: &App, parcel: Parcel<Ready>) -> anyhow::Result<()> {
    let of = match parcel {
        Parcel::One(one) => vec![one],
        Parcel::Digest(many) => many,
    };
    let Some(first) = of.first() else { return Ok(()) };
    if let Some(at) = held_back(app, first.to.channel(), &first.mark).await? {
        for one in &of {
            settle(app, one.row, one.attempts, &Outcome::Later { at: store::instant_number(at) }).await?;
        }
        return Ok(());
    }
    let message = match of.as_slice() {
        [only] => only.message.clone(),
        many => {
            let messages: Vec<Message> = many.iter().map(|one| one.message.clone()).collect();
            Message::digest(format!("{}-{}", first.message.id, many.len()), &messages)
        }
    };
    let sent = app.channels.send(&first.to, &message, app.clock.now()).await;
    for one in &of {
        let outcome = match &sent {
            Ok(sent) => Outcome::Sent { receipt: sent.receipt.clone() },
            Err(failure) => failed(app, one.attempts, failure),
        };
        settle(app, one.row, one.attempts, &outcome).await?;
    }
    Ok(())
}

/// Until when an address bears no more messages; `None` when its turn is taken and the message goes now.
///
/// # Errors
/// Fails when the database does.
pub async fn held_back(app: &App, channel: Channel, mark: &str) -> store::Result<Option<Timestamp>> {
    let Some(pace) = channel.pace() else { return Ok(None) };
    let now = app.clock.now();
    let held = app.store.pace_of(mark).await?;
    Ok(match pace.take(Bucket(held.map(store::instant_from)), now) {
        Turn::Wait(until) => Some(until),
        Turn::Go(Bucket(full)) => {
            let full = store::instant_number(full.unwrap_or(now));
            // Another worker took it meanwhile.
            (!app.store.take_turn(mark, held, full).await?).then(|| now + pace.refill)
        }
    })
}

/// What follows a failed try: a later one, or a person.
fn failed(app: &App, attempts: i64, failure: &Failure) -> Outcome {
    let tried = usize::try_from(attempts).unwrap_or(usize::MAX);
    match WAITS.get(tried.saturating_sub(1)).filter(|_| !failure.lasting) {
        Some(wait) => {
            let asked = failure.wait.and_then(|wait| SignedDuration::try_from(wait).ok()).unwrap_or_default();
            let at = store::instant_number(app.clock.now() + asked.max(*wait));
            Outcome::Again { at, problem: failure.reason.clone() }
        }
        None => Outcome::Dead { problem: failure.reason.clone() },
    }
}

async fn settle(app: &App, row: Row, attempts: i64, outcome: &Outcome) -> store::Result<()> {
    let now = app.clock.now();
    match row {
        Row::Letter(id) => app.store.settle_delivery((id, attempts), outcome, now).await,
        Row::Key(id) => app.store.settle_firm_key((id, attempts), outcome, now).await,
        Row::Posting(id) => app.store.settle_posting((id, attempts), outcome, now).await,
    }
}

/// A message on a warning as the occasion has it: the publication, which says nothing once the warning was taken back, a
/// correction, or the retraction.
fn on(warning: &Warning, occasion: &str, message: Message) -> Option<Message> {
    let retracted = warning.retracted_at.map(moment_of);
    if occasion == RETRACTED {
        let at = retracted?;
        let lines = vec![
            format!("该预警已于 {at} 撤回，理由：{}。", warning.retract_reason.trim_end_matches('。')),
            "此前据此作出的安排，请重新核对。".to_owned(),
        ];
        return Some(Message { subject: format!("撤回：{}", message.subject), lines, ..message });
    }
    if retracted.is_some() {
        return None;
    }
    if !occasion.starts_with(CORRECTED) {
        return Some(message);
    }
    let what = format!("该预警已更正：{}。以下为更正后的内容。", warning.reason.trim_end_matches('。'));
    let lines = std::iter::once(what).chain(message.lines).collect();
    Some(Message { subject: format!("更正：{}", message.subject), lines, ..message })
}

/// A page of ours as a recipient reaches it; where no address is set, as this machine does.
pub fn reached(app: &App, path: &str) -> String {
    let address = address(app, path);
    if address.starts_with('/') { format!("http://{}{address}", app.settings.listen) } else { address }
}
