//! 企业服务 (Article 5(1), reading K95): a firm reads all it was told of on one page and keeps its registration, by a link sent
//! to the address it is registered with. Whoever reads that mailbox is the firm; there is no password to lose.

pub mod mailbox;
pub mod registration;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use regulation::duties::roster::tidy_uscc;
use regulation::duties::warning_level::Level;
use regulation::general::{Actor, Mandate, Subject, Verb, may};
use serde::Deserialize;
use store::duties::{FirmKey, FirmWarning, NewFirmKey, NewRosterMember, RosterMember};

use super::forms;
use crate::adjustment::{Field, Form, Input};
use crate::app::{App, Routes};
use crate::clock::random_token;
use crate::duties::roster::judge::{Typed, judge};
use crate::duties::warnings::answer_name;
use crate::error::{Fault, Page};
use crate::general::desk::TaskClock;
use crate::outbound::channels::Channel;
use crate::posted::Posted;
use crate::shell::{Look, Shell, masked_address, moment_of};

pub const FIRMS: &str = "/firms";

/// How long a link opens the page.
const OPEN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Links a firm is sent in a day: more is somebody else's play.
const PER_DAY: i64 = 5;
/// Warnings of the list.
const MOST: i64 = 200;

pub fn routes() -> Routes {
    Routes::default()
        .get(FIRMS, Verb::ViewPublic, front)
        .post("/firms/links", Verb::KeepProfile, send_link)
        .with(registration::routes())
        .with(mailbox::routes())
        .get("/firms/own/{token}", Verb::KeepProfile, show)
        .post("/firms/own/{token}/profiles/{id}", Verb::KeepProfile, save)
        .post("/firms/own/{token}/confirmation", Verb::KeepProfile, confirm)
        .post("/firms/own/{token}/leave", Verb::KeepProfile, leave)
        .post("/firms/own/{token}/return", Verb::KeepProfile, come_back)
}

#[derive(Template)]
#[template(path = "public/firms.html")]
struct FrontPage {
    shell: Shell,
    csrf: String,
    form: Form,
    mail: bool,
    done: Option<&'static str>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Done {
    done: String,
}

impl Done {
    /// `mail`: whether this system sends mail at all.
    fn sentence(&self, mail: bool) -> Option<&'static str> {
        Some(match self.done.as_str() {
            "sent" => {
                "填写的代码和邮箱与登记一致的，链接正在发到该邮箱，30 日内有效。几分钟后仍没有收到的，请核对邮箱或者联系工作站。"
            }
            "registered" if mail => "登记已送工作站，核实后列入企业库，结果以电子邮件告知。",
            "registered" => "登记已送工作站，核实后列入企业库，结果由工作站告知。",
            "saved" => "登记信息已更新。",
            "mailbox_asked" => "登记信息已更新。新邮箱须经确认：链接正在发到新邮箱，打开并确认后生效。",
            "mailbox" => "新邮箱已确认，此后预警发到本邮箱。",
            "confirmed" => "已确认登记信息无误。",
            "left" => "已停止告知。",
            "returned" => "已恢复告知。",
            _ => return None,
        })
    }
}

fn asking(uscc: &str, email: &str) -> Form {
    Form::new(
        "link",
        vec![
            Field::new("uscc", "统一社会信用代码", Input::Line(18)).value(uscc),
            Field::new("email", "登记的电子邮箱", Input::Line(200)).value(email),
        ],
    )
}

fn front_page(app: &App, look: Look, headers: &HeaderMap, form: Form, done: Option<&'static str>) -> Page {
    let csrf = forms::token(headers)?;
    let status = if form.good() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = FrontPage {
        shell: Shell::public(app, &look, FIRMS),
        csrf: csrf.clone(),
        form,
        mail: app.channels.offers(Channel::Mail),
        done,
    };
    forms::with_token(app, &csrf, (status, Html(page.render()?)).into_response())
}

async fn front(State(app): State<App>, look: Look, headers: HeaderMap, Query(done): Query<Done>) -> Page {
    let done = done.sentence(app.channels.offers(Channel::Mail));
    front_page(&app, look, &headers, asking("", ""), done)
}

/// The right of a firm to what concerns itself.
fn keeping(app: &App, name: &str, noun: &'static str, id: i64) -> Result<Mandate, Fault> {
    let firm = Actor { name: name.to_owned(), ..Actor::public() };
    Ok(may(&firm, Verb::KeepProfile, &Subject::whole(noun, id), app.clock.today())?)
}

/// What a letter with a key is for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// The firm asked for its link.
    Link,
    /// Tells what came of a request.
    Outcome { request: i64, accepted: bool },
    /// Asks whoever reads it whether a row of a roster is to have this mailbox.
    Mailbox { member: i64 },
}

/// A key for a letter to a firm. A refusal's opens nothing.
///
/// # Errors
/// Fails when the system has no randomness to give.
pub fn new_key<'a>(
    now: Timestamp,
    uscc: &'a str,
    address: &'a str,
    purpose: Purpose,
) -> anyhow::Result<NewFirmKey<'a>> {
    let (request, member, opens) = match purpose {
        Purpose::Link => (None, None, true),
        Purpose::Outcome { request, accepted } => (Some(request), None, accepted),
        Purpose::Mailbox { member } => (None, Some(member), true),
    };
    let until = store::instant_number(if opens { now + OPEN } else { now });
    Ok(NewFirmKey { uscc, address, token: random_token()?, until, request, member })
}

/// The instant since when a firm's links of a day are counted.
fn day_before(now: Timestamp) -> i64 {
    store::instant_number(now - SignedDuration::from_hours(24))
}

/// Sends the firm its link. Whether there is such a firm is told nobody but the owner of the mailbox.
async fn send_link(State(app): State<App>, look: Look, headers: HeaderMap, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let form = asking("", "").read(&posted, app.clock.today());
    if !form.good() {
        return front_page(&app, look, &headers, form, None);
    }
    if !app.channels.offers(Channel::Mail) {
        return Err(Fault::Invalid("本系统没有启用电子邮件，请联系工作站取得链接。".to_owned()));
    }
    let uscc = tidy_uscc(form.text("uscc"));
    let rows = app.store.roster_of_firm(&uscc).await?;
    if let Some(row) = rows.iter().find(|row| row.email.eq_ignore_ascii_case(form.text("email"))) {
        let mandate = keeping(&app, &row.name, "firm_key", 0)?;
        let now = app.clock.now();
        let mut tx = app.store.begin(&mandate, now).await?;
        if tx.recent_firm_keys(&uscc, day_before(now)).await? < PER_DAY {
            tx.add_firm_key(&new_key(now, &uscc, &row.email, Purpose::Link)?).await?;
            tx.note(format!("{}取回专用链接", row.name));
            tx.commit().await?;
        } else {
            tx.abandon().await?;
        }
    }
    Ok(Redirect::to(&format!("{FIRMS}?done=sent")).into_response())
}

/// A firm that came by its link.
struct Visit {
    key: FirmKey,
    name: String,
    rows: Vec<RosterMember>,
    mandate: Mandate,
}

/// A link's key and all rows of its firm; `None` where the link is unknown or too old.
async fn known(app: &App, token: &str) -> store::Result<Option<(FirmKey, Vec<RosterMember>)>> {
    let Some(key) = app.store.firm_key(token, store::instant_number(app.clock.now())).await? else { return Ok(None) };
    let rows = app.store.roster_of_firm(&key.uscc).await?;
    Ok(Some((key, rows)))
}

/// As [`known`], for what is done by a link.
async fn keyed(app: &App, token: &str) -> Result<(FirmKey, Vec<RosterMember>), Fault> {
    known(app, token).await?.ok_or(Fault::NotFound)
}

impl Visit {
    /// `None` where nothing is registered with the key's mailbox.
    fn of(app: &App, key: FirmKey, mut rows: Vec<RosterMember>) -> Result<Option<Visit>, Fault> {
        // A mailbox opens what is registered with it and nothing else: a station may have given another for the same firm,
        // and one taken off the rosters has nothing here any more.
        rows.retain(|row| row.email.eq_ignore_ascii_case(&key.address));
        let Some(name) = rows.first().map(|row| row.name.clone()) else { return Ok(None) };
        let mandate = keeping(app, &name, "firm_key", key.id)?;
        Ok(Some(Visit { key, name, rows, mandate }))
    }
}

async fn visit(app: &App, token: &str) -> Result<Visit, Fault> {
    let (key, rows) = keyed(app, token).await?;
    Visit::of(app, key, rows)?.ok_or(Fault::NotFound)
}

#[derive(Template)]
#[template(path = "public/firm.html")]
struct FirmPage {
    shell: Shell,
    csrf: String,
    token: String,
    name: String,
    uscc: String,
    until: String,
    warnings: Vec<WarningLine>,
    unread: usize,
    profiles: Vec<Profile>,
    muted: bool,
    done: Option<&'static str>,
}

struct WarningLine {
    token: String,
    level: Level,
    title: String,
    station: String,
    on: String,
    clock: Option<TaskClock>,
    retracted: bool,
    unread: bool,
    answer: &'static str,
}

/// What one station has on its roster of the firm.
struct Profile {
    id: i64,
    station: String,
    form: Form,
    confirmed: Option<String>,
    updated: String,
    open: bool,
    /// Another mailbox that is to be confirmed.
    pending: Option<Pending>,
}

struct Pending {
    address: String,
    until: String,
    /// Its letter did not arrive.
    dead: bool,
}

impl Pending {
    fn new(key: &FirmKey) -> Pending {
        Pending { address: masked_address(&key.address), until: moment_of(key.until), dead: key.state == "dead" }
    }
}

fn profile_form(typed: &Typed) -> Form {
    Form::new(
        "profile",
        vec![
            Field::new("products", "主要产品", Input::Line(500)).optional().value(&typed.products),
            Field::new("hs_codes", "税号", Input::Line(600))
                .value(&typed.hs_codes)
                .hint("2、4、6、8 或 10 位，多个之间用顿号分隔；预警按税号告知。"),
            Field::new("markets", "出口市场", Input::Line(200))
                .optional()
                .value(&typed.markets)
                .hint("不填的视为各市场都出口。"),
            Field::new("contact", "联系人", Input::Line(40)).optional().value(&typed.contact),
            Field::new("phone", "联系电话", Input::Line(40)).optional().value(&typed.phone),
            Field::new("email", "电子邮箱", Input::Line(200))
                .value(&typed.email)
                .hint("预警发到这里。更改的，新邮箱确认后生效。"),
        ],
    )
}

/// The firm's row as typed on its own form: what only the station keeps stays.
fn typed(app: &App, row: &RosterMember, form: &Form) -> Typed {
    let text = |name: &str| form.text(name).to_owned();
    Typed {
        products: text("products"),
        hs_codes: text("hs_codes"),
        markets: text("markets"),
        contact: text("contact"),
        phone: text("phone"),
        email: text("email"),
        ..Typed::of(&app.present().edition, row)
    }
}

impl WarningLine {
    fn new(row: FirmWarning, app: &App) -> WarningLine {
        let answered = row.answered_at.is_some();
        let until = row.respond_on.filter(|_| row.retracted_at.is_none()).and_then(|on| store::date_from(on).ok());
        WarningLine {
            level: Level::from_key(&row.level).unwrap_or(Level::Blue),
            title: row.title,
            station: row.station,
            on: moment_of(row.published_at).get(..10).unwrap_or_default().to_owned(),
            clock: until.map(|until| TaskClock::until(until, app.clock.today())),
            retracted: row.retracted_at.is_some(),
            unread: row.opened_at.is_none() && !answered,
            answer: if answered { answer_name(&row.answer) } else { "" },
            token: row.token,
        }
    }
}

/// The page, with a form the firm is at work on in place of its row's.
async fn page(
    app: &App,
    look: Look,
    headers: &HeaderMap,
    visit: Visit,
    token: &str,
    typed: Option<(i64, Form)>,
    done: Option<&'static str>,
) -> Page {
    let csrf = forms::token(headers)?;
    let present = app.present();
    let members: Vec<i64> = visit.rows.iter().map(|row| row.id).collect();
    let warnings = app.store.warnings_of_firm(&visit.key.uscc, &members, MOST).await?;
    let warnings: Vec<WarningLine> = warnings.into_iter().map(|row| WarningLine::new(row, app)).collect();
    let ids: Vec<i64> = visit.rows.iter().map(|row| row.station_id).collect();
    let labels = app.store.station_labels(&super::everyone(app), &ids).await?;
    let pending = app.store.pending_mailboxes(&members, store::instant_number(app.clock.now())).await?;
    let profiles = visit.rows.iter().map(|row| {
        let at_work = typed.as_ref().filter(|(id, _)| *id == row.id);
        let station = labels.iter().find(|(id, ..)| *id == row.station_id);
        Profile {
            id: row.id,
            station: station.map(|(.., name)| name.clone()).unwrap_or_default(),
            form: at_work.map_or_else(
                || profile_form(&Typed { phone: row.phone.clone(), ..Typed::of(&present.edition, row) }),
                |(_, form)| form.clone(),
            ),
            open: at_work.is_some(),
            confirmed: row.confirmed_at.map(moment_of),
            updated: moment_of(row.updated_at),
            pending: pending.iter().find(|key| key.member_id == Some(row.id)).map(Pending::new),
        }
    });
    let status = if typed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = FirmPage {
        shell: Shell::public(app, &look, FIRMS),
        csrf: csrf.clone(),
        token: token.to_owned(),
        name: visit.name,
        uscc: visit.key.uscc,
        until: moment_of(visit.key.until),
        unread: warnings.iter().filter(|line| line.unread && !line.retracted).count(),
        warnings,
        profiles: profiles.collect(),
        muted: visit.rows.iter().any(|row| row.muted_at.is_some()),
        done,
    };
    let response = (status, Html(page.render()?)).into_response();
    forms::with_token(app, &csrf, hidden(response))
}

/// The address is the key: it goes into no index. To other sites it does not go either, as no address of ours does
/// (`Referrer-Policy`).
pub fn hidden(mut response: Response) -> Response {
    response.headers_mut().insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}

async fn show(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    Path(token): Path<String>,
    Query(done): Query<Done>,
) -> Page {
    let Some((key, rows)) = known(&app, &token).await? else { return mailbox::unknown(&app, &look) };
    if let Some(row) = mailbox::awaited(&key, &rows) {
        return mailbox::page(&app, look, &headers, key, Some(row)).await;
    }
    match Visit::of(&app, key.clone(), rows)? {
        Some(visit) => {
            let done = done.sentence(app.channels.offers(Channel::Mail));
            page(&app, look, &headers, visit, &token, None, done).await
        }
        None => mailbox::page(&app, look, &headers, key, None).await,
    }
}

fn back(token: &str, done: &str) -> Page {
    Ok(Redirect::to(&format!("/firms/own/{token}?done={done}")).into_response())
}

async fn save(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    Path((token, id)): Path<(String, i64)>,
    posted: Posted,
) -> Page {
    forms::check(&headers, &posted)?;
    let visit = visit(&app, &token).await?;
    let row = visit.rows.iter().find(|row| row.id == id).ok_or(Fault::NotFound)?;
    let mut form = profile_form(&Typed::default()).read(&posted, app.clock.today());
    let judged = judge(&app.present().edition, &typed(&app, row, &form), Some(&row.phone));
    if let Err(problems) = &judged {
        for (field, sentence) in problems {
            form.object(field, sentence.clone());
        }
    }
    let new = match judged {
        Ok(new) if form.good() => new,
        _ => return page(&app, look, &headers, visit, &token, Some((id, form)), None).await,
    };
    let moves = !new.email.eq_ignore_ascii_case(&row.email);
    if let Some(sentence) = keep(&app, &visit, row, new, moves).await? {
        form.object("email", sentence);
        return page(&app, look, &headers, visit, &token, Some((id, form)), None).await;
    }
    back(&token, if moves { "mailbox_asked" } else { "saved" })
}

/// Writes what a firm registers of itself; `moves`: with another mailbox, which is asked first. The sentence, where that
/// cannot be.
async fn keep(
    app: &App,
    visit: &Visit,
    row: &RosterMember,
    mut new: NewRosterMember,
    moves: bool,
) -> Result<Option<String>, Fault> {
    if moves && !app.channels.offers(Channel::Mail) {
        return Ok(Some("本系统没有启用电子邮件，更改邮箱请联系工作站。".to_owned()));
    }
    let now = app.clock.now();
    let mut tx = app.store.begin(&visit.mandate, now).await?;
    if moves {
        if tx.recent_firm_keys(&row.uscc, day_before(now)).await? >= PER_DAY {
            tx.abandon().await?;
            return Ok(Some(format!("一日内最多发送 {PER_DAY} 封链接，今日已满，新邮箱请明日再改。")));
        }
        tx.add_firm_key(&new_key(now, &row.uscc, &new.email, Purpose::Mailbox { member: row.id })?).await?;
        new.email.clone_from(&row.email);
    }
    tx.put_roster_member(row.station_id, &new).await?;
    tx.confirm_member(row.id).await?;
    tx.note(format!("{}修改本企业登记信息{}", visit.name, if moves { "，新邮箱待确认" } else { "" }));
    tx.commit().await?;
    Ok(None)
}

async fn confirm(State(app): State<App>, headers: HeaderMap, Path(token): Path<String>, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let visit = visit(&app, &token).await?;
    let mut tx = app.store.begin(&visit.mandate, app.clock.now()).await?;
    for row in &visit.rows {
        tx.confirm_member(row.id).await?;
    }
    tx.note(format!("{}确认登记信息无误", visit.name));
    tx.commit().await?;
    back(&token, "confirmed")
}

async fn leave(State(app): State<App>, headers: HeaderMap, Path(token): Path<String>, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let visit = visit(&app, &token).await?;
    let mut tx = app.store.begin(&visit.mandate, app.clock.now()).await?;
    tx.mute_firm(&visit.key.uscc, &visit.key.address).await?;
    tx.note(format!("{}要求停止告知预警", visit.name));
    tx.commit().await?;
    back(&token, "left")
}

async fn come_back(State(app): State<App>, headers: HeaderMap, Path(token): Path<String>, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let visit = visit(&app, &token).await?;
    let mut tx = app.store.begin(&visit.mandate, app.clock.now()).await?;
    tx.unmute_firm(&visit.key.uscc, &visit.key.address).await?;
    tx.note(format!("{}要求恢复告知预警", visit.name));
    tx.commit().await?;
    back(&token, "returned")
}
