//! Letters with a firm's link to its own page (reading K95): asked for, on what came of its request to a station, or for
//! another mailbox to be confirmed.

use regulation::general::Scope;
use store::duties::{FirmKey, Outcome};

use super::{BATCH, Ready, Row, TakenUp, reached, settle};
use crate::app::App;
use crate::outbound::channels::{Address, Channel, Message};
use crate::shell::moment_of;

/// Takes up letters with keys that are due.
pub async fn taken_up(app: &App) -> anyhow::Result<TakenUp> {
    let now = app.clock.now();
    if !app.channels.offers(Channel::Mail) || !app.store.firm_keys_waiting(now).await? {
        return Ok(TakenUp::default());
    }
    let claimed = app.store.claim_firm_keys(now, BATCH).await?;
    let mut of = TakenUp { taken: claimed.len(), ready: Vec::new() };
    for one in claimed {
        match message(app, &one).await? {
            Some(message) => of.ready.push(Ready {
                row: Row::Key(one.id),
                attempts: one.attempts,
                // A key is never told among others.
                mark: format!("key {}", one.id),
                to: Address::Mail(one.address),
                message,
            }),
            None => {
                let problem = "链接已过有效期。".to_owned();
                settle(app, Row::Key(one.id), one.attempts, &Outcome::Cancelled { problem }).await?;
            }
        }
    }
    Ok(of)
}

/// What a letter says; `None` when its key opens nothing any more.
async fn message(app: &App, one: &FirmKey) -> anyhow::Result<Option<Message>> {
    let link = reached(app, &format!("/firms/own/{}", one.token));
    let open = format!(
        "打开链接可以查看发给本企业的预警，核对、修改登记信息；链接有效至 {}，请勿转给他人。",
        moment_of(one.until)
    );
    let message = Message { id: format!("k{}", one.id), ..Message::default() };
    let request = match one.request_id {
        Some(id) => app.store.firm_request(&Scope::All, id).await?,
        None => None,
    };
    Ok(match (request, one.member_id) {
        (Some(request), _) if request.state == "refused" => Some(Message {
            subject: "企业登记未列入企业库".to_owned(),
            lines: vec![
                format!("{}：贵单位提出的登记，{}未列入企业库。", request.name, request.station),
                format!("理由：{}", request.reason),
                "有不同意见的，请联系该工作站或者所在市商务局；也可以向其他工作站登记。".to_owned(),
            ],
            ..message
        }),
        _ if store::instant_number(app.clock.now()) >= one.until => None,
        (Some(request), _) => Some(Message {
            subject: "企业登记已列入企业库".to_owned(),
            lines: vec![
                format!("{}：贵单位已列入{}企业库，涉及所登记税号的预警将发到本邮箱。", request.name, request.station),
                open,
            ],
            link: Some(link),
            ..message
        }),
        (None, Some(member)) => app.store.roster_member(member).await?.map(|row| Message {
            subject: "确认登记邮箱".to_owned(),
            lines: vec![
                format!(
                    "{}：贵单位在企业库登记的邮箱拟改为本邮箱，打开链接确认后生效；链接有效至 {}，请勿转给他人。",
                    row.name,
                    moment_of(one.until)
                ),
                "不是本企业办理的，不必理会，登记不变。".to_owned(),
            ],
            link: Some(link),
            ..message
        }),
        (None, None) => Some(Message {
            subject: "企业专用链接".to_owned(),
            lines: vec![open, "不是本企业取回的，不必理会。".to_owned()],
            link: Some(link),
            ..message
        }),
    })
}
