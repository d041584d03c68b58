//! 委托代办 (readings K82 and K83): for days of absence a person asks a colleague of the same unit to stand in. The colleague
//! switches into the other's place and back; what is done in between is judged by the other's role and signed by both.

mod register;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use jiff::civil::Date;
use regulation::general::delegation::{Stage, Unit, between, period};
use regulation::general::{Mandate, Refusal, Role, Subject, Verb, may};
use regulation::law::NumberValue;
use store::Tx;
use store::general::{Delegation, Member, NewDelegation};

use crate::app::{App, Routes, render};
use crate::appraisal::ledger::writing::{Begun, answer, answered, begin};
use crate::appraisal::ledger::{Problems, parse_day};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, day, moment_of};

pub const PATH: &str = "/general/delegations";

/// How many of a person's own the page shows; older ones stand in the audit trail.
const SHOWN: i64 = 50;

pub fn routes() -> Routes {
    Routes::default()
        .get(PATH, Verb::Delegate, show)
        .post(PATH, Verb::Delegate, give)
        .post("/general/delegations/{id}/revocation", Verb::Delegate, revoke)
        .post("/general/delegations/{id}/standing-in", Verb::StandIn, stand_in)
        .post("/general/delegations/return", Verb::StandIn, step_back)
        .with(register::routes())
}

#[derive(Template)]
#[template(path = "general/delegations.html")]
struct DelegationsPage {
    shell: Shell,
    once: String,
    /// Key, and name with role, of whoever can be asked.
    colleagues: Vec<(i64, String)>,
    longest: Option<i64>,
    given: Vec<Line>,
    received: Vec<Line>,
    typed: Typed,
    problems: Problems,
}

impl DelegationsPage {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }
}

#[derive(Clone, Debug, Default)]
struct Typed {
    deputy: i64,
    from: String,
    until: String,
    reason: String,
}

struct Line {
    id: i64,
    /// The other person, with role.
    who: String,
    days: String,
    reason: String,
    given: String,
    state: &'static str,
    class: &'static str,
    /// When, by whom and why it ended before its time.
    ended: Option<String>,
    /// Whether its button does something now; `None` hides it.
    act: Option<Result<(), Refusal>>,
}

/// `2026-10-01 至 2026-10-07`.
pub fn days(delegation: &Delegation) -> String {
    format!("{} 至 {}", day(delegation.from_on), day(delegation.until_on))
}

/// `钱某（市局经办）`.
pub fn with_role(name: &str, role: &str) -> String {
    format!("{name}（{}）", Role::from_key(role).map_or("", Role::name))
}

/// Class and word of a delegation's state.
pub fn standing(stage: Stage) -> (&'static str, &'static str) {
    let class = match stage {
        Stage::Running => "ok",
        Stage::Waiting => "warn",
        Stage::Over | Stage::Ended => "",
    };
    (class, stage.name())
}

/// How a delegation ended before its time.
pub fn ended(delegation: &Delegation) -> Option<String> {
    let by = delegation.ended_by.as_deref().unwrap_or_default();
    let why = delegation.end_reason.as_deref().unwrap_or_default();
    delegation.ended_at.map(|at| format!("{} 由{by}终止：{why}", moment_of(at)))
}

/// Whether this person may delegate now.
fn giving(app: &App, person: &Person) -> Result<Mandate, Refusal> {
    person.may(app, Verb::Delegate, &Subject::own_account("delegation", person.actor.account))
}

fn of(delegation: &Delegation, account: i64) -> Subject {
    Subject { account: Some(account), ..Subject::whole("delegation", delegation.id) }
}

/// Whether this person may take the delegation back now.
fn revoking(app: &App, person: &Person, delegation: &Delegation, stage: Stage) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::Delegate, &of(delegation, delegation.delegator_id))?;
    open(&mandate, stage)?;
    Ok(mandate)
}

/// A delegation that runs or is to run can be ended.
fn open(mandate: &Mandate, stage: Stage) -> Result<(), Refusal> {
    match stage.open() {
        true => Ok(()),
        false => Err(Refusal::new(mandate.basis(), format!("该委托{}，不用再终止。", stage.name()))),
    }
}

/// Whether this person may act in the delegator's place now.
fn entering(app: &App, person: &Person, delegation: &Delegation, stage: Stage) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::StandIn, &of(delegation, delegation.deputy_id))?;
    match stage {
        Stage::Running => Ok(mandate),
        _ => {
            let reason = format!("委托期间为 {}，现为“{}”，不能代为办理。", days(delegation), stage.name());
            Err(Refusal::new(mandate.basis(), reason))
        }
    }
}

/// Most days of one delegation, where the edition says.
fn longest(app: &App) -> Option<i64> {
    match app.present().edition.number("delegation.days").map(|number| &number.value) {
        Some(NumberValue::Whole(days)) => Some(*days),
        _ => None,
    }
}

async fn colleagues(app: &App, person: &Person) -> Result<Vec<Member>, Fault> {
    match Unit::of(&person.actor) {
        Some(unit) => Ok(app.store.colleagues(&unit, person.actor.account).await?),
        None => Ok(Vec::new()),
    }
}

async fn page(app: &App, person: &Person, typed: Typed, problems: Problems) -> Result<DelegationsPage, Fault> {
    let account = person.actor.account;
    let today = app.clock.today();
    let colleagues = colleagues(app, person).await?;
    let mut given = Vec::new();
    for row in app.store.delegations_by(account, SHOWN).await? {
        let stage = row.stage(today)?;
        let revoke = stage.open().then(|| revoking(app, person, &row, stage).map(drop));
        given.push(line(&row, with_role(&row.deputy, &row.deputy_role), stage, revoke));
    }
    let mut received = Vec::new();
    for row in app.store.delegations_to(account, SHOWN).await? {
        let stage = row.stage(today)?;
        let enter = stage.open().then(|| entering(app, person, &row, stage).map(drop));
        received.push(line(&row, with_role(&row.delegator, &row.delegator_role), stage, enter));
    }
    Ok(DelegationsPage {
        shell: Shell::new(app, person, PATH),
        once: random_token()?,
        colleagues: colleagues.iter().map(|one| (one.id, with_role(&one.display_name, &one.role))).collect(),
        longest: longest(app),
        given,
        received,
        typed,
        problems,
    })
}

fn line(row: &Delegation, who: String, stage: Stage, act: Option<Result<(), Refusal>>) -> Line {
    let (class, state) = standing(stage);
    Line {
        id: row.id,
        who,
        days: days(row),
        reason: row.reason.clone(),
        given: moment_of(row.given_at),
        state,
        class,
        ended: ended(row),
        act,
    }
}

async fn show(State(app): State<App>, person: Person) -> Page {
    giving(&app, &person)?;
    let today = app.clock.today().to_string();
    let typed = Typed { from: today.clone(), until: today, ..Typed::default() };
    render(&page(&app, &person, typed, Problems::new()).await?)
}

/// What was typed, or every problem with it. Whether the deputy can be asked is judged inside the transaction.
fn judge(app: &App, person: &Person, typed: &Typed) -> Result<NewDelegation, Problems> {
    let mut problems = Problems::new();
    if typed.deputy == 0 {
        problems.push(("deputy", "请选择代办人。".to_owned()));
    }
    let mut asked = |field: &'static str, text: &str| -> Option<Date> {
        let date = parse_day(text);
        if date.is_none() {
            problems.push((field, "请填写日期，例如 2026-10-01。".to_owned()));
        }
        date
    };
    let (from, until) = (asked("from", &typed.from), asked("until", &typed.until));
    if let (Some(from), Some(until)) = (from, until)
        && let Err(problem) = period(from, until, app.clock.today(), longest(app))
    {
        problems.push(problem);
    }
    if typed.reason.is_empty() || typed.reason.chars().count() > 200 {
        problems.push(("reason", "请填写事由，不超过 200 字。".to_owned()));
    }
    match (from, until) {
        (Some(from), Some(until)) if problems.is_empty() => Ok(NewDelegation {
            delegator: person.actor.account,
            deputy: typed.deputy,
            from_on: store::day_number(from),
            until_on: store::day_number(until),
            reason: typed.reason.clone(),
        }),
        _ => Err(problems),
    }
}

async fn give(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let once = posted.once();
    if let Some(before) = answered(&app, once.as_deref()).await? {
        return Ok(before);
    }
    let mandate = giving(&app, &person)?;
    let text = |name: &str| posted.text(name).to_owned();
    let typed = Typed {
        deputy: posted.number("deputy").unwrap_or_default(),
        from: text("from"),
        until: text("until"),
        reason: text("reason"),
    };
    let new = match judge(&app, &person, &typed) {
        Ok(new) => new,
        Err(problems) => return again(&app, &person, StatusCode::UNPROCESSABLE_ENTITY, typed, problems).await,
    };
    let mut tx = match begin(&app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    match written(&mut tx, &new).await? {
        Ok(()) => answer(tx, once.as_deref(), &format!("{PATH}?done=delegated")).await,
        Err((status, problem)) => {
            tx.abandon().await?;
            again(&app, &person, status, typed, vec![problem]).await
        }
    }
}

/// Writes it, with both accounts held as they are; or says why it cannot be.
async fn written(
    tx: &mut Tx<'_>,
    new: &NewDelegation,
) -> Result<Result<(), (StatusCode, (&'static str, String))>, Fault> {
    let held = tx.hold_accounts([new.delegator, new.deputy]).await?;
    let delegator = held.iter().find(|member| member.id == new.delegator).ok_or(Fault::NotFound)?.actor()?;
    let refused = |sentence: String| Ok(Err((StatusCode::UNPROCESSABLE_ENTITY, ("deputy", sentence))));
    let deputy = held.iter().find(|member| member.id == new.deputy && member.disabled_at.is_none());
    let Some(deputy) = deputy else { return refused("请选择本单位在用账户的同事。".to_owned()) };
    let deputy = deputy.actor()?;
    if let Err(refusal) = between(&delegator, &deputy) {
        return refused(refusal.reason);
    }
    match tx.add_delegation(new).await {
        Ok(_) => {}
        Err(store::Error::Conflict(sentence)) => {
            return Ok(Err((StatusCode::CONFLICT, ("from", format!("{sentence}。")))));
        }
        Err(error) => return Err(error.into()),
    }
    let (from, until) = (day(new.from_on), day(new.until_on));
    tx.note(format!("委托{}（{}）代办，{from} 至 {until}：{}", deputy.name, deputy.role.name(), new.reason));
    Ok(Ok(()))
}

async fn again(app: &App, person: &Person, status: StatusCode, typed: Typed, problems: Problems) -> Page {
    let page = page(app, person, typed, problems).await?;
    Ok((status, Html(page.render()?)).into_response())
}

/// A delegation of this person's, given or received, and where it stands.
async fn find(app: &App, person: &Person, id: i64) -> Result<(Delegation, Stage), Fault> {
    giving(app, person)?;
    let own = |row: &Delegation| [row.delegator_id, row.deputy_id].contains(&person.actor.account);
    let row = app.store.delegation(id).await?.filter(own).ok_or(Fault::NotFound)?;
    let stage = row.stage(app.clock.today())?;
    Ok((row, stage))
}

async fn revoke(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (delegation, stage) = find(&app, &person, id).await?;
    let mandate = revoking(&app, &person, &delegation, stage)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.end_delegation(id, "委托人撤销").await?;
    tx.note(format!("撤销对{}的委托，{}", delegation.deputy, days(&delegation)));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}?done=delegation_revoked")).into_response())
}

async fn stand_in(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (delegation, stage) = find(&app, &person, id).await?;
    let mandate = entering(&app, &person, &delegation, stage)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.stand_in(&person.token_hash, Some(id)).await?;
    let who = with_role(&delegation.delegator, &delegation.delegator_role);
    tx.note(format!("开始代{who}办理，{}", days(&delegation)));
    tx.commit().await?;
    Ok(Redirect::to("/desk?done=standing_in").into_response())
}

/// Back to one's own place, also from a delegation that ended meanwhile.
async fn step_back(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let Some(standing_in) = &person.standing_in else { return Ok(Redirect::to("/desk").into_response()) };
    let own = person.oneself()?;
    let subject = Subject { account: Some(own.account), ..Subject::whole("delegation", standing_in.delegation) };
    let mandate = may(&own, Verb::StandIn, &subject, app.clock.today())?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.stand_in(&person.token_hash, None).await?;
    tx.note(format!("结束代{}办理", standing_in.principal.name));
    tx.commit().await?;
    Ok(Redirect::to("/desk?done=standing_out").into_response())
}
