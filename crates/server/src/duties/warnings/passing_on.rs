//! 转发 (Article 5 (3)): a published warning as others pass it on: to subscribers and groups by this system, and by people from
//! their own accounts, with texts to copy, a code to scan and a draft in the official account.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use papers::QrCode;
use regulation::duties::warning::Stage;
use regulation::duties::warning_level::Level;
use regulation::general::{Mandate, Refusal, Subject, Verb};
use store::duties::Warning;

use super::{WARNINGS, shown_list, visible_warning};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::duties::outbox::reached;
use crate::error::{Fault, Page};
use crate::outbound::channels::Message;
use crate::outbound::channels::account::Account;
use crate::outbound::channels::texts::{Sms, article_text, sms_text};
use crate::posted::Posted;
use crate::shell::day;

/// Characters of a gist for a group.
const GIST: usize = 200;
/// Characters of a draft's name that are kept in the audit.
const NAME: usize = 8;

pub fn routes() -> Routes {
    Routes::default().post("/duties/warnings/{id}/account-draft", Verb::PublishWarning, draft)
}

/// Title, level and gist with the link to the public page, for a group: nothing else.
pub fn gist(app: &App, warning: &Warning) -> Message {
    let first = warning.summary.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let cut = first.chars().count() > GIST;
    let lines = vec![first.chars().take(GIST).chain(cut.then_some('…')).collect()];
    Message { lines, ..headed(app, warning) }
}

/// The warning as everyone may read it, with what to do and by when.
pub fn whole(app: &App, warning: &Warning) -> Message {
    let mut lines: Vec<String> = warning.summary.lines().map(str::to_owned).collect();
    lines.push(format!("涉及产品：{}（税号 {}）", warning.products, shown_list(&warning.hs_codes)));
    if let Some(on) = warning.respond_on {
        lines.push(format!("评论、答复截止：{}，以公告原文为准。", day(on)));
    }
    lines.extend(warning.advice.lines().zip(1..).map(|(line, number)| format!("{number}．{line}")));
    lines.push(format!("发布：{}　编号 {}", warning.station, warning.number.as_deref().unwrap_or_default()));
    Message { lines, ..headed(app, warning) }
}

/// The same for people's own accounts: an address only this machine knows is no use there.
fn outward(app: &App, warning: &Warning) -> Message {
    let message = whole(app, warning);
    Message { link: message.link.filter(|_| !app.settings.public_address.is_empty()), ..message }
}

fn headed(app: &App, warning: &Warning) -> Message {
    let level = Level::from_key(&warning.level).unwrap_or(Level::Blue);
    Message {
        subject: format!("[{}预警] {}", level.name(), warning.title),
        link: Some(reached(app, &format!("/warnings/{}", warning.id))),
        ..Message::default()
    }
}

/// Texts to copy and a code to scan.
pub struct PassingOn {
    pub article: String,
    pub sms: Sms,
    /// Where the code leads; `None` where the system has no public address.
    pub code: Option<QrCode>,
}

impl PassingOn {
    /// # Errors
    /// Fails on an address too long for a code.
    pub fn of(app: &App, warning: &Warning) -> Result<PassingOn, papers::PaperError> {
        let message = outward(app, warning);
        Ok(PassingOn {
            article: article_text(&message),
            sms: sms_text(&app.settings.organiser, &message),
            code: message.link.as_deref().map(QrCode::of).transpose()?,
        })
    }
}

/// Whether this person may put a warning among the official account's drafts now, and the account. Button and submit
/// both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn draftable<'a>(app: &'a App, person: &Person, warning: &Warning) -> Result<(Mandate, &'a Account), Refusal> {
    let subject = Subject::of_station("warning", warning.id, &warning.placed());
    let mandate = person.may(app, Verb::PublishWarning, &subject)?;
    if warning.stage != Stage::Published.key() {
        return Err(Refusal::new(mandate.basis(), "预警没有发布或者已经撤回，不存入公众号草稿箱。"));
    }
    let Some(account) = app.account.as_deref() else {
        return Err(Refusal::new(mandate.basis(), "本系统没有接入公众号，请复制文字到公众平台发布。"));
    };
    Ok((mandate, account))
}

/// Puts a warning among the official account's drafts; a person sends it from there.
async fn draft(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let warning = visible_warning(&app, &person, id).await?;
    let (mandate, account) = draftable(&app, &person, &warning)?;
    let drafted = account.draft(&outward(&app, &warning), app.clock.now()).await;
    let name = drafted.map_err(|failure| Fault::Untaken(format!("没有存入公众号草稿箱。{failure}")))?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.note(format!("《{}》存入公众号草稿箱，素材 {}…", warning.title, name.chars().take(NAME).collect::<String>()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{WARNINGS}/{id}?done=account_drafted")).into_response())
}
