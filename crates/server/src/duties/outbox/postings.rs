//! Postings to subscribers: a warning for whoever asked to hear of its kind, and the mail that asks an address whether it was
//! its own wish.

use std::collections::HashMap;

use jiff::civil::Time;
use regulation::duties::pace::Quiet;
use regulation::duties::warning_level::Level;
use regulation::general::Scope;
use store::duties::{ClaimedPosting, Outcome, Subscription, Warning};

use super::super::subscriptions::wished;
use super::super::warnings::passing_on::{gist, whole};
use super::{BATCH, Ready, Row, TakenUp, on, reached, settle};
use crate::app::App;
use crate::outbound::channels::{Address, Channel, Message};

/// Takes up postings over open channels that are due.
pub async fn taken_up(app: &App) -> anyhow::Result<TakenUp> {
    let open = Channel::ALL.iter().filter(|(channel, ..)| app.channels.offers(*channel));
    let open: Vec<&str> = open.map(|(_, key, _)| *key).collect();
    let now = app.clock.now();
    if open.is_empty() || !app.store.postings_waiting(now, &open).await? {
        return Ok(TakenUp::default());
    }
    let claimed = app.store.claim_postings(now, &open, BATCH).await?;
    let ids: Vec<i64> = claimed.iter().map(|one| one.subscription_id).collect();
    let subscriptions = app.store.subscriptions_by_id(&ids).await?;
    let subscriptions: HashMap<i64, Subscription> = subscriptions.into_iter().map(|one| (one.id, one)).collect();
    let mut warnings = HashMap::new();
    let mut of = TakenUp { taken: claimed.len(), ready: Vec::new() };
    for one in claimed {
        if let Some(id) = one.warning_id
            && let std::collections::hash_map::Entry::Vacant(place) = warnings.entry(id)
        {
            place.insert(app.store.warning(&Scope::All, id).await?);
        }
        let warning = one.warning_id.and_then(|id| warnings.get(&id)).and_then(Option::as_ref);
        let Some(subscription) = subscriptions.get(&one.subscription_id) else { continue };
        match said(app, &one, subscription, warning) {
            Ok(ready) => of.ready.push(ready),
            Err(outcome) => settle(app, Row::Posting(one.id), one.attempts, &outcome).await?,
        }
    }
    Ok(of)
}

/// What a posting says, or what becomes of one that says nothing now.
fn said(
    app: &App,
    one: &ClaimedPosting,
    subscription: &Subscription,
    warning: Option<&Warning>,
) -> Result<Ready, Outcome> {
    let cancelled = |problem: &str| Outcome::Cancelled { problem: problem.to_owned() };
    let channel = Channel::from_key(&subscription.channel).ok_or_else(|| cancelled("渠道无法识别。"))?;
    if subscription.ended_at.is_some() || subscription.paused_at.is_some() {
        return Err(cancelled("订阅已停止，不再发送。"));
    }
    let message = match (one.warning_id, warning) {
        (None, _) if subscription.confirmed_at.is_some() => return Err(cancelled("已经确认。")),
        (None, _) => request(app, one, subscription),
        (Some(_), Some(warning)) => {
            let level = Level::from_key(&warning.level).unwrap_or(Level::Blue);
            if let Some(until) = quiet(subscription).wait(level == Level::Red, app.clock.civil()) {
                let at = store::china().to_timestamp(until).unwrap_or(app.clock.now());
                return Err(Outcome::Later { at: store::instant_number(at) });
            }
            let message = on(warning, &one.occasion, told(app, one, subscription, warning));
            message.ok_or_else(|| cancelled("预警已撤回，不再发送。"))?
        }
        _ => return Err(cancelled("预警已撤回，不再发送。")),
    };
    Ok(Ready {
        row: Row::Posting(one.id),
        attempts: one.attempts,
        // A question to the address is never told among warnings.
        mark: one.warning_id.map_or(format!("request {}", one.id), |_| subscription.mark.clone()),
        to: Address::of(channel, &subscription.address, &subscription.secret),
        message,
    })
}

/// A subscriber's quiet hours; without any, both ends are the same.
fn quiet(subscription: &Subscription) -> Quiet {
    let time = |minutes: i64| {
        let part = |n: i64| i8::try_from(n).unwrap_or_default();
        Time::new(part(minutes / 60), part(minutes % 60), 0, 0).unwrap_or(Time::midnight())
    };
    Quiet { from: time(subscription.quiet_from), to: time(subscription.quiet_to) }
}

/// A warning as a subscriber is told: a group its gist alone, an e-mail address what to do as well.
fn told(app: &App, one: &ClaimedPosting, subscription: &Subscription, warning: &Warning) -> Message {
    let id = format!("p{}", one.id);
    if subscription.channel != Channel::Mail.key() {
        return Message { id, ..gist(app, warning) };
    }
    let leave = reached(app, &format!("/subscriptions/{}/leave", subscription.token));
    Message { id, leave: Some(leave), one_click: true, ..whole(app, warning) }
}

/// Asks an address whether it was its own wish. Nobody else hears anything of it.
fn request(app: &App, one: &ClaimedPosting, subscription: &Subscription) -> Message {
    Message {
        id: format!("p{}", one.id),
        subject: "请确认订阅预警信息".to_owned(),
        lines: vec![
            format!("有人用本邮箱订阅国际贸易摩擦预警信息：{}。", wished(subscription)),
            "确为本人订阅的，请在 7 日内打开链接，选“确认订阅”；确认以后才开始发送。".to_owned(),
            "不是本人订阅的，不必理会，不会再收到邮件。".to_owned(),
        ],
        link: Some(reached(app, &format!("/subscriptions/{}", subscription.token))),
        ..Message::default()
    }
}
