//! One account: its state, and what each administrator may do about it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use regulation::general::{Refusal, Role, Scope, Subject, Verb, may_hold, may_manage};
use store::general::Account;

use super::area::{self, Area};
use super::{ACCOUNTS, area_name, role_name, roles, standing};
use crate::app::{App, Routes};
use crate::appraisal::ledger::Problems;
use crate::auth::{Person, fit_password, hash_password};
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, moment_of};

pub fn routes() -> Routes {
    Routes::default()
        .get("/general/accounts/{id}", Verb::ViewAccounts, show)
        .post("/general/accounts/{id}/disabling", Verb::CreateAccount, disable)
        .post("/general/accounts/{id}/password", Verb::CreateAccount, reset)
        .post("/general/accounts/{id}/role", Verb::GrantRole, grant)
        .post("/general/accounts/{id}/unlocking", Verb::GrantRole, unlock)
        .post("/general/accounts/{id}/unbinding", Verb::GrantRole, unbind)
}

#[derive(Template)]
#[template(path = "general/account.html")]
struct AccountPage {
    shell: Shell,
    id: i64,
    username: String,
    name: String,
    role: &'static str,
    area: String,
    standing: (&'static str, &'static str),
    disabled: bool,
    locked: bool,
    failures: i64,
    must_change: bool,
    second_factor: &'static str,
    bound: bool,
    created: String,
    may_manage: bool,
    may_grant: bool,
    /// Why the system administrator cannot touch this one.
    unmanaged: Option<Refusal>,
    grants: Vec<Grant>,
    cities: Vec<City>,
    city: String,
    county: String,
    station: String,
    problems: Problems,
}

/// A role to choose, or greyed with its reason. The submit asks the same function.
struct Grant {
    key: &'static str,
    name: &'static str,
    chosen: bool,
    refusal: Option<Refusal>,
}

struct City {
    code: String,
    name: String,
    counties: Vec<(String, String)>,
}

impl AccountPage {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }

    /// The reason most roles are closed to this account, once instead of at each.
    fn closed(&self) -> Option<&Refusal> {
        self.grants.iter().find_map(|grant| grant.refusal.as_ref())
    }

    fn open(&self) -> bool {
        self.grants.iter().any(|grant| grant.refusal.is_none())
    }
}

async fn find(app: &App, person: &Person, id: i64) -> Result<Account, Fault> {
    person.scope_or_refuse(app, Verb::ViewAccounts)?;
    app.store.account(id).await?.ok_or(Fault::NotFound)
}

fn role_of(account: &Account) -> Result<Role, Fault> {
    Role::from_key(&account.role).ok_or_else(|| Fault::Broken(anyhow::anyhow!("账户 {} 的角色不明", account.id)))
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let account = find(&app, &person, id).await?;
    page(&app, &person, account, StatusCode::OK, None, Problems::new()).await
}

/// The page, with what was typed when something in it was wrong.
async fn page(
    app: &App,
    person: &Person,
    account: Account,
    status: StatusCode,
    typed: Option<&Posted>,
    problems: Problems,
) -> Page {
    let role = role_of(&account)?;
    let station = match account.station_id {
        Some(id) => app.store.station(&Scope::All, id).await?,
        None => None,
    };
    let registered = app.store.applicant(account.id).await?.is_some();
    let present = app.present();
    let chosen = typed.and_then(|typed| Role::from_key(typed.text("role"))).unwrap_or(role);
    let text = |field| typed.map_or_else(String::new, |typed| typed.text(field).to_owned());
    let or_held =
        |field, held: Option<&String>| if typed.is_some() { text(field) } else { held.cloned().unwrap_or_default() };
    let standing = standing(account.disabled_at, account.locked_until, app.clock.now());
    let page = AccountPage {
        shell: Shell::new(app, person, ACCOUNTS),
        id: account.id,
        role: role_name(role),
        area: area_name(
            &present.edition,
            station.as_ref().map(|station| station.name.as_str()),
            account.county.as_deref(),
            account.city.as_deref(),
        ),
        disabled: account.disabled_at.is_some(),
        locked: standing.1 == "已锁定",
        standing,
        failures: account.failures,
        must_change: account.must_change != 0,
        bound: account.totp_confirmed != 0,
        second_factor: match (account.totp_confirmed != 0, role.needs_second_factor()) {
            (true, _) => "已绑定",
            (false, true) => "未绑定，首次登录时绑定",
            (false, false) => "未绑定",
        },
        created: moment_of(account.created_at),
        may_manage: person.scope(app, Verb::CreateAccount) != Scope::Nothing,
        may_grant: person.scope(app, Verb::GrantRole) != Scope::Nothing,
        unmanaged: may_manage(&person.actor, account.id).err(),
        grants: grants(person, account.id, registered, role, chosen),
        cities: cities(app),
        city: or_held("city", account.city.as_ref()),
        county: or_held("county", account.county.as_ref()),
        station: or_held("station", station.as_ref().map(|station| &station.number)),
        username: account.username,
        name: account.display_name,
        problems,
    };
    Ok((status, Html(page.render()?)).into_response())
}

fn grants(person: &Person, account: i64, registered: bool, now: Role, chosen: Role) -> Vec<Grant> {
    let grant = |role: Role| Grant {
        key: role.key(),
        name: role.name(),
        chosen: role == chosen,
        refusal: may_hold(&person.actor, account, registered, now, role).err(),
    };
    roles().map(grant).collect()
}

fn cities(app: &App) -> Vec<City> {
    let present = app.present();
    let city = |area: &regulation::law::Area| City {
        code: area.code.clone(),
        name: area.name.clone(),
        counties: area.counties.iter().map(|county| (county.code.clone(), county.name.clone())).collect(),
    };
    present.edition.head.areas.iter().map(city).collect()
}

fn back(id: i64, done: &str) -> Response {
    Redirect::to(&format!("{ACCOUNTS}/{id}?done={done}")).into_response()
}

async fn disable(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let mandate = person.may(&app, Verb::CreateAccount, &Subject::whole("account", id))?;
    let account = find(&app, &person, id).await?;
    may_manage(&person.actor, id)?;
    let disabled = posted.text("disabled") == "1";
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.set_disabled(id, disabled).await?;
    tx.note(format!("{}账户 {}", if disabled { "停用" } else { "恢复" }, account.username));
    tx.commit().await?;
    Ok(back(id, if disabled { "disabled" } else { "enabled" }))
}

async fn reset(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let mandate = person.may(&app, Verb::CreateAccount, &Subject::whole("account", id))?;
    let account = find(&app, &person, id).await?;
    may_manage(&person.actor, id)?;
    let password = posted.raw("password").to_owned();
    let mut problems = Problems::new();
    if let Err(sentence) = fit_password(&password) {
        problems.push(("password", sentence.to_owned()));
    }
    if password != posted.raw("again") {
        problems.push(("again", "两次输入的密码不一致。".to_owned()));
    }
    if !problems.is_empty() {
        return page(&app, &person, account, StatusCode::UNPROCESSABLE_ENTITY, None, problems).await;
    }
    let hash = hash_password(&app, password).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.set_password(id, &hash, true, "").await?;
    tx.note(format!("重置账户 {} 的密码", account.username));
    tx.commit().await?;
    Ok(back(id, "reset"))
}

async fn grant(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let mandate = person.may(&app, Verb::GrantRole, &Subject::whole("account", id))?;
    let account = find(&app, &person, id).await?;
    let now = role_of(&account)?;
    let Some(role) = Role::from_key(posted.text("role")) else {
        let problems = vec![("role", "请选择角色。".to_owned())];
        return page(&app, &person, account, StatusCode::UNPROCESSABLE_ENTITY, Some(&posted), problems).await;
    };
    let registered = app.store.applicant(id).await?.is_some();
    may_hold(&person.actor, id, registered, now, role)?;
    let station = area::station(&app, posted.text("station")).await?;
    let granted = area::judge(&app.present().edition, role, &posted, station);
    let Area { city, county, station, name } = match granted {
        Ok(area) => area,
        Err(problems) => {
            return page(&app, &person, account, StatusCode::UNPROCESSABLE_ENTITY, Some(&posted), problems).await;
        }
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.grant_role(id, role, city, county, station).await?;
    let area = if name.is_empty() { String::new() } else { format!("，范围 {name}") };
    tx.note(format!("账户 {}：由{}改为{}{area}", account.username, now.name(), role.name()));
    tx.commit().await?;
    Ok(back(id, "granted"))
}

async fn unlock(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let mandate = person.may(&app, Verb::GrantRole, &Subject::whole("account", id))?;
    let account = find(&app, &person, id).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.unlock(id).await?;
    tx.note(format!("解除账户 {} 的锁定", account.username));
    tx.commit().await?;
    Ok(back(id, "unlocked"))
}

/// A lost telephone: the second factor is taken off and bound anew at the next sign-in.
async fn unbind(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let mandate = person.may(&app, Verb::GrantRole, &Subject::whole("account", id))?;
    let account = find(&app, &person, id).await?;
    may_manage(&person.actor, id)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.clear_totp(id).await?;
    tx.note(format!("解除账户 {} 的动态口令绑定", account.username));
    tx.commit().await?;
    Ok(back(id, "unbound"))
}
