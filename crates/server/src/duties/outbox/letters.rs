//! Letters and short messages to firms (reading K93): a warning's gist with the link to the firm's own page, and a station's
//! answer to what it asked.

use std::collections::HashMap;

use jiff::SignedDuration;
use regulation::general::Scope;
use store::duties::{Claimed, Outcome, Warning};

use super::super::consultations::ANSWER;
use super::super::warnings::passing_on::whole;
use super::{BATCH, Ready, Row, TakenUp, on, reached, settle};
use crate::app::App;
use crate::outbound::channels::{Address, Channel, Message};
use crate::public::letters::kind_name;

/// When a message is looked at again whose channel is closed.
const CLOSED: SignedDuration = SignedDuration::from_mins(10);

/// Takes up letters that are due.
pub async fn taken_up(app: &App) -> anyhow::Result<TakenUp> {
    let open = [Channel::Mail, Channel::Sms].iter().any(|channel| app.channels.offers(*channel));
    if !open || !app.store.deliveries_waiting(app.clock.now()).await? {
        return Ok(TakenUp::default());
    }
    let claimed = app.store.claim_deliveries(app.clock.now(), BATCH).await?;
    let mut warnings = HashMap::new();
    let mut of = TakenUp { taken: claimed.len(), ready: Vec::new() };
    for one in claimed {
        let (channel, mark) = match one.address.contains('@') {
            true => (Channel::Mail, one.address.clone()),
            // Each goes by itself: a template has room for one.
            false => (Channel::Sms, format!("sms {}", one.id)),
        };
        if !app.channels.offers(channel) {
            let at = store::instant_number(app.clock.now() + CLOSED);
            settle(app, Row::Letter(one.id), one.attempts, &Outcome::Later { at }).await?;
            continue;
        }
        if let std::collections::hash_map::Entry::Vacant(place) = warnings.entry(one.warning_id) {
            place.insert(app.store.warning(&Scope::All, one.warning_id).await?);
        }
        let warning = warnings.get(&one.warning_id).and_then(Option::as_ref);
        let message = match one.channel.strip_prefix(ANSWER) {
            Some(asked) => answered(app, &one, asked).await?,
            None => warning.and_then(|warning| on(warning, &one.channel, message(app, warning, &one))),
        };
        match message {
            Some(message) => of.ready.push(Ready {
                row: Row::Letter(one.id),
                attempts: one.attempts,
                mark,
                to: Address::of(channel, &one.address, ""),
                message,
            }),
            None => {
                let problem = "预警已撤回，不再告知。".to_owned();
                settle(app, Row::Letter(one.id), one.attempts, &Outcome::Cancelled { problem }).await?;
            }
        }
    }
    Ok(of)
}

/// What a firm is told of a warning: what everyone may read, and the link to its own page.
fn message(app: &App, warning: &Warning, one: &Claimed) -> Message {
    let Message { subject, mut lines, .. } = whole(app, warning);
    lines.push("请打开链接查看全文并回执；有问题可在同一页面咨询工作站。".to_owned());
    let link = reached(app, &format!("/letters/{}", one.token));
    Message {
        id: format!("d{}", one.id),
        subject,
        lines,
        leave: Some(link.clone()),
        link: Some(link),
        one_click: false,
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
        one_click: false,
    }))
}
