//! Publishing, correcting and retracting a warning: the warning, its ledger entry and the messages to the firms are kept
//! or lost together (readings K92 to K94).

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use jiff::Timestamp;
use regulation::duties::likeness::Signature;
use regulation::duties::published::compared;
use regulation::duties::roster::mobile;
use regulation::duties::subscription::in_market;
use regulation::duties::tariff::{Revision, widened};
use regulation::duties::warning::{Stage, Step};
use regulation::general::{Mandate, Refusal, Scope, Subject, Verb};
use store::Tx;
use store::appraisal::{NewEntry, Supersede};
use store::duties::{NewDelivery, Recipient, Warning, WarningText};

use super::alike::{self, Alike};
use super::text::{Proof, Typed, judge};
use super::{WARNINGS, WarningForm, again, findable, hands, stepping, visible_warning};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::{self, Problems};
use crate::auth::Person;
use crate::clock::random_token;
use crate::duties::subscriptions::subscribed;
use crate::error::{Fault, Page};
use crate::outbound::channels::Channel;
use crate::posted::Posted;
use crate::shell::moment_of;

/// The ledger's kind a published warning is entered under (the annex's row on publishing).
const ENTRY_KIND: &str = "warning.published";

pub fn routes() -> Routes {
    Routes::default()
        .post("/duties/warnings/{id}/submission", Verb::DraftWarning, submit)
        .post("/duties/warnings/{id}/return", Verb::PublishWarning, give_back)
        .post("/duties/warnings/{id}/publication", Verb::PublishWarning, publish)
        .get("/duties/warnings/{id}/correction", Verb::PublishWarning, correction)
        .post("/duties/warnings/{id}/correction", Verb::PublishWarning, correct)
        .post("/duties/warnings/{id}/retraction", Verb::PublishWarning, retract)
        .post("/duties/warnings/{id}/resending", Verb::PublishWarning, resend)
}

async fn submit(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    move_to(&app, &person, id, &posted, Step::Submit, "warning_submitted").await
}

async fn give_back(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    move_to(&app, &person, id, &posted, Step::Return, "warning_returned").await
}

async fn move_to(app: &App, person: &Person, id: i64, posted: &Posted, step: Step, done: &str) -> Page {
    person.check(posted)?;
    let warning = visible_warning(app, person, id).await?;
    let (mandate, stage) = stepping(app, person, &warning, step)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.set_warning_stage(&warning, stage.key()).await?;
    tx.note(warning.title.clone());
    tx.commit().await?;
    Ok(Redirect::to(&format!("{WARNINGS}/{id}?done={done}")).into_response())
}

/// Why a warning cannot be published as it stands.
pub struct Unfit {
    pub sentence: String,
    /// Published before: nothing that is added makes it fit.
    pub repeated: bool,
}

/// What is to be published, judged whole and against what it is like: a station's own text is published once, a second time
/// it counts for nothing and tells the firms nothing (reading K101). Button and submit both ask here.
///
/// # Errors
/// What stands in the way, in one sentence.
pub fn fit(app: &App, warning: &Warning, alike: &[Alike]) -> Result<WarningText, Unfit> {
    let proof = Proof { sha256: warning.source_sha256.clone(), captured_at: warning.captured_at };
    let text = judge(&Typed::of(warning), proof, app.clock.today(), true).map_err(|problems| {
        let sentences: Vec<String> = problems.into_iter().map(|(_, sentence)| sentence).collect();
        Unfit { sentence: format!("内容不全，补齐后才能发布：{}", sentences.join("")), repeated: false }
    })?;
    match alike.iter().find(|one| one.same && one.station_id == warning.station_id) {
        Some(before) => Err(Unfit { sentence: repeated(before), repeated: true }),
        None => Ok(text),
    }
}

/// That a text of the station's own was published before.
fn repeated(before: &Alike) -> String {
    format!(
        "与本站 {} 发布的《{}》（{}）内容相同，相同的只计一条（读法 K101）。需要改动的，请更正原预警。",
        moment_of(before.published_at),
        before.title,
        before.number
    )
}

async fn publish(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let warning = visible_warning(&app, &person, id).await?;
    let (mandate, _) = stepping(&app, &person, &warning, Step::Publish(hands(&app, &person, &warning)))?;
    let like = alike::found(&app, id, &warning.title, &warning.summary).await?;
    let text = fit(&app, &warning, &like).map_err(|unfit| Fault::Invalid(unfit.sentence))?;
    put_out(&app, &mandate, &warning, &text, app.clock.now()).await?;
    Ok(Redirect::to(&format!("{WARNINGS}/{id}?done=warning_published")).into_response())
}

/// Publishes a warning at an instant: itself, its ledger entry, its index and the messages to firms and subscribers, kept or
/// lost together.
///
/// # Errors
/// [`Fault::Invalid`] when the station published the text before; [`Fault::Conflict`] when somebody else moved the warning
/// first; fails when the database does.
pub async fn put_out(
    app: &App,
    mandate: &Mandate,
    warning: &Warning,
    text: &WarningText,
    at: Timestamp,
) -> Result<(), Fault> {
    let on = store::day_of(at);
    let station = app.store.station(&Scope::All, warning.station_id).await?.ok_or(Fault::NotFound)?;
    let deliveries = addressed(app, warning, text, at).await?;
    let postings = subscribed(app, text, &station.industry, &deliveries).await?;
    let entry = entry(app, warning, text, at)?;
    let cases = findable::cases(app, warning).await?;
    let mut tx = app.store.begin(mandate, at).await?;
    if let Some(before) = alike::published_before(&mut tx, warning, text).await? {
        tx.abandon().await?;
        return Err(Fault::Invalid(repeated(&before)));
    }
    let entry = ledger::findable::add(&mut tx, &app.present(), &warning.placed(), &entry, None).await?;
    let number = tx.publish_warning(warning, &station.number, i64::from(on.year()), entry).await?;
    index(&mut tx, warning, text, store::day_number(on), [&number, &cases]).await?;
    let queued = tx.queue_deliveries(warning.id, &deliveries).await?;
    let posted = tx.queue_postings(warning.id, &postings).await?;
    tx.note(format!("{number}《{}》，告知企业 {queued} 份，发送订阅 {posted} 份", text.title));
    Ok(tx.commit().await?)
}

/// Makes a warning findable and comparable with others, in the transaction that publishes or corrects it. `marks` are its
/// number and its cases.
async fn index(
    tx: &mut Tx<'_>,
    warning: &Warning,
    text: &WarningText,
    on_day: i64,
    marks: [&str; 2],
) -> Result<(), Fault> {
    findable::index(tx, warning, text, on_day, marks).await?;
    let own: Vec<&str> = text.hs_codes.split(',').filter(|code| !code.is_empty()).collect();
    tx.set_warning_codes(warning.id, &own).await?;
    Ok(tx.set_warning_bands(warning.id, &Signature::of(&text.title, &text.summary).bands()).await?)
}

/// The ledger's entry of a published warning (reading K94).
fn entry(app: &App, warning: &Warning, text: &WarningText, at: Timestamp) -> Result<NewEntry, Fault> {
    let present = app.present();
    let kind = present.edition.kind(ENTRY_KIND).ok_or_else(|| anyhow::anyhow!("版本没有台账类别 {ENTRY_KIND}"))?;
    let (on, time) = (store::day_number(store::day_of(at)), store::china().to_datetime(at).time());
    Ok(NewEntry {
        kind: kind.id.clone(),
        on_day: on,
        count: 1,
        title: text.title.clone(),
        detail: text.summary.chars().take(500).collect(),
        url: address(app, &format!("/warnings/{}", warning.id)),
        late: false,
        backdated: false,
        keep_until: on + i64::from(kind.retention_years) * 10_000,
        source: "warning",
        minute: i64::from(time.hour()) * 60 + i64::from(time.minute()),
        compared: compared(&present.edition, ENTRY_KIND),
    })
}

/// A page of ours as others reach it; only its path where no address is set.
pub fn address(app: &App, path: &str) -> String {
    format!("{}{path}", app.settings.public_address.trim_end_matches('/'))
}

/// The channel of firms no address is known of: nothing goes out, the station hands the firm its link.
pub const ON_SITE: &str = "site";

/// What opens a firm's page behind a message to this address. In a short message it has 128 bits: a variable of a template
/// holds 35 characters.
///
/// # Errors
/// Fails when the system has no randomness to give.
pub fn link_token(address: &str) -> anyhow::Result<String> {
    let mut token = random_token()?;
    if !address.is_empty() && !address.contains('@') {
        token.truncate(32);
    }
    Ok(token)
}

/// How many firms a warning is going to be told to.
pub struct Audience {
    pub firms: usize,
    /// Firms no address is known of: the station tells them by hand.
    pub by_hand: usize,
}

/// Whom a warning would reach, published as it stands: those [`put_out`] writes to.
///
/// # Errors
/// Fails when the database does.
pub async fn audience(app: &App, warning: &Warning, text: &WarningText) -> Result<Audience, Fault> {
    let of = addressed(app, warning, text, app.clock.now()).await?;
    Ok(Audience { firms: of.len(), by_hand: of.iter().filter(|one| one.channel == ON_SITE).count() })
}

/// The messages a warning sends: each firm once (reading K93), by mail where any roster has a mailbox, else by short message
/// where the operator has a gateway; of equals to its row on the publishing station's roster. A firm without an address is
/// among them, so that nobody forgets to tell it.
async fn addressed(app: &App, warning: &Warning, text: &WarningText, at: Timestamp) -> Result<Vec<NewDelivery>, Fault> {
    let codes: Vec<String> = text.hs_codes.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect();
    let rows = app.store.recipients(&widened(&codes, Revision::NEWEST)).await?;
    let concerned = rows.into_iter().filter(|row| in_market(&row.markets, &text.market));
    let phone = |row: &Recipient| mobile(&row.phone).filter(|_| app.channels.offers(Channel::Sms));
    let rank = |row: &Recipient| (!row.email.is_empty(), phone(row).is_some(), row.station_id == warning.station_id);
    let mut firms: BTreeMap<String, Recipient> = BTreeMap::new();
    for row in concerned {
        if firms.get(&row.uscc).is_none_or(|kept| rank(&row) > rank(kept)) {
            firms.insert(row.uscc.clone(), row);
        }
    }
    let mut deliveries = Vec::with_capacity(firms.len());
    for firm in firms.into_values() {
        let phone = phone(&firm);
        let (channel, address) = match phone {
            _ if !firm.email.is_empty() => (Channel::Mail.key(), firm.email),
            Some(phone) => (Channel::Sms.key(), phone),
            None => (ON_SITE, String::new()),
        };
        deliveries.push(NewDelivery {
            uscc: firm.uscc,
            member: firm.member_id,
            station: firm.station_id,
            channel: channel.to_owned(),
            next_at: (!address.is_empty()).then(|| store::instant_number(at)),
            token: link_token(&address)?,
            address,
        });
    }
    Ok(deliveries)
}

/// What the channel of a message on a correction begins with, its version follows; and that of one on the retraction.
pub const CORRECTED: &str = "corrected-";
pub const RETRACTED: &str = "retracted";

/// Queues what is to be said of a warning to the firms and subscribers that were told of it: whoever acted on what no longer
/// holds has to know (Article 5(1), reading K92). Returns how many messages.
async fn tell_again(tx: &mut Tx<'_>, warning: i64, occasion: &str) -> Result<u64, Fault> {
    let at = tx.at();
    let mut letters = Vec::new();
    for firm in tx.told(warning).await? {
        letters.push(NewDelivery {
            uscc: firm.uscc,
            member: firm.member_id,
            station: firm.station_id,
            channel: occasion.to_owned(),
            token: link_token(&firm.address)?,
            address: firm.address,
            next_at: Some(at),
        });
    }
    let firms = tx.queue_deliveries(warning, &letters).await?;
    Ok(firms + tx.queue_postings_again(warning, occasion).await?)
}

fn correction_form(
    app: &App,
    person: &Person,
    warning: &Warning,
    typed: Typed,
    problems: Problems,
) -> Result<WarningForm, Fault> {
    Ok(WarningForm {
        action: format!("{WARNINGS}/{}/correction", warning.id),
        draft_key: format!("{}:warning:{}:{}", person.actor.account, warning.id, warning.saved_at),
        warning: Some((warning.id, warning.title.clone())),
        correction: true,
        ..WarningForm::new(app, person, typed, problems)?
    })
}

async fn correction(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let warning = visible_warning(&app, &person, id).await?;
    stepping(&app, &person, &warning, Step::Correct(hands(&app, &person, &warning)))?;
    render(&correction_form(&app, &person, &warning, Typed::of(&warning), Problems::new())?)
}

async fn correct(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let warning = visible_warning(&app, &person, id).await?;
    let (mandate, _) = stepping(&app, &person, &warning, Step::Correct(hands(&app, &person, &warning)))?;
    let typed = Typed::from(&posted);
    let reason = posted.text("reason").to_owned();
    let proof = Proof { sha256: warning.source_sha256.clone(), captured_at: warning.captured_at };
    let mut judged = judge(&typed, proof, app.clock.today(), true);
    if reason.is_empty() || reason.chars().count() > 200 {
        let problem = ("reason", "请填写更正说明，不超过 200 字。".to_owned());
        judged = match judged {
            Ok(_) => Err(vec![problem]),
            Err(mut problems) => {
                problems.push(problem);
                Err(problems)
            }
        };
    }
    let text = match judged {
        Ok(text) => text,
        Err(problems) => {
            let form = correction_form(&app, &person, &warning, typed, problems)?;
            return again(&WarningForm { reason, ..form });
        }
    };
    let deliveries = addressed(&app, &warning, &text, app.clock.now()).await?;
    let station = app.store.station(&Scope::All, warning.station_id).await?.ok_or(Fault::NotFound)?;
    let postings = subscribed(&app, &text, &station.industry, &deliveries).await?;
    let cases = findable::cases(&app, &warning).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    if let Some(before) = alike::published_before(&mut tx, &warning, &text).await? {
        tx.abandon().await?;
        return Err(Fault::Invalid(repeated(&before)));
    }
    tx.correct_warning(&warning, &text, &reason).await?;
    let on = warning.published_at.map_or_else(|| app.clock.today(), |at| store::day_of(store::instant_from(at)));
    let number = warning.number.as_deref().unwrap_or_default();
    index(&mut tx, &warning, &text, store::day_number(on), [number, &cases]).await?;
    let queued = tx.queue_deliveries(id, &deliveries).await?;
    let posted = tx.queue_postings(id, &postings).await?;
    let again = tell_again(&mut tx, id, &format!("{CORRECTED}{}", warning.version + 1)).await?;
    tx.note(format!(
        "《{}》更正：{reason}，告知更正 {again} 份，新告知企业 {queued} 份，新发送订阅 {posted} 份",
        text.title
    ));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{WARNINGS}/{id}?done=warning_corrected")).into_response())
}

async fn retract(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let warning = visible_warning(&app, &person, id).await?;
    let (mandate, _) = stepping(&app, &person, &warning, Step::Retract)?;
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(Fault::Invalid("请填写撤回理由，不超过 200 字。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.retract_warning(&warning, reason).await?;
    tx.drop_text(findable::NOUN, id).await?;
    withdraw_entry(&app, &mut tx, &warning, reason).await?;
    let again = tell_again(&mut tx, id, RETRACTED).await?;
    tx.note(format!("《{}》撤回：{reason}，告知撤回 {again} 份", warning.title));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{WARNINGS}/{id}?done=warning_retracted")).into_response())
}

/// Whether this person may have a warning's letters sent again now. Button and submit both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn resending(app: &App, person: &Person, warning: &Warning) -> Result<Mandate, Refusal> {
    let subject = Subject::of_station("warning", warning.id, &warning.placed());
    let mandate = person.may(app, Verb::PublishWarning, &subject)?;
    if warning.stage != Stage::Published.key() {
        return Err(Refusal::new(mandate.basis(), "预警没有发布或者已经撤回，不再告知企业。"));
    }
    Ok(mandate)
}

/// Sends again what was given up: a person has mended an address, or the channel.
async fn resend(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let warning = visible_warning(&app, &person, id).await?;
    let mandate = resending(&app, &person, &warning)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let count = tx.requeue_deliveries(id).await?;
    tx.note(format!("《{}》重新发送 {count} 份", warning.title));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{WARNINGS}/{id}?done=resent#firms")).into_response())
}

/// Takes the ledger's entry of a warning back with it while the warning is young (readings K62, K94).
async fn withdraw_entry(app: &App, tx: &mut Tx<'_>, warning: &Warning, reason: &str) -> Result<(), Fault> {
    let (Some(entry), Some(published)) = (warning.entry_id, warning.published_at) else { return Ok(()) };
    let present = app.present();
    let on = store::day_of(store::instant_from(published));
    let age = on.until(app.clock.today()).map_or(i64::MAX, |span| i64::from(span.get_days()));
    if age > present.edition.whole("warning.deleted_within_days") {
        return Ok(());
    }
    let row = app.store.entry(&Scope::Stations(vec![warning.station_id]), entry).await?;
    let Some(row) = row.filter(|row| row.live()) else { return Ok(()) };
    let void = NewEntry {
        kind: row.kind,
        on_day: row.on_day,
        count: row.count,
        title: row.title,
        detail: format!("预警撤回：{reason}"),
        url: row.url,
        late: false,
        backdated: false,
        keep_until: row.keep_until,
        source: "warning",
        ..NewEntry::default()
    };
    ledger::findable::add(tx, &present, &warning.placed(), &void, Some(Supersede { entry, void: true })).await?;
    Ok(())
}
