//! Accounts (等保 8.1.5): the system administrator makes and disables them, the security administrator grants
//! roles and lifts locks. Neither does the other's part, and neither has any business.

mod account;
mod area;
mod create;

use askama::Template;
use axum::extract::{Query, State};
use jiff::Timestamp;
use regulation::general::{Role, Scope, UNASSIGNED, Verb};
use regulation::law::Edition;
use serde::Deserialize;
use store::general::{AccountFilter, AccountLine};

use crate::address::{SIZES, address, cut, page_size};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::Page;
use crate::shell::{Shell, day, thousands};

pub const ACCOUNTS: &str = "/general/accounts";

pub fn routes() -> Routes {
    Routes::default().get(ACCOUNTS, Verb::ViewAccounts, list).with(create::routes()).with(account::routes())
}

/// A role as accounts show it: the neutral one says that nothing was granted yet.
pub fn role_name(role: Role) -> &'static str {
    if role == UNASSIGNED { "申请单位（未授予业务角色）" } else { role.name() }
}

/// What an account's sign-in stands at: class and word.
pub fn standing(disabled_at: Option<i64>, locked_until: Option<i64>, now: Timestamp) -> (&'static str, &'static str) {
    if disabled_at.is_some() {
        return ("", "已停用");
    }
    match locked_until {
        Some(until) if store::instant_from(until) > now => ("warn", "已锁定"),
        _ => ("ok", "正常"),
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    role: String,
    q: String,
    size: String,
    after: String,
}

impl Asked {
    fn filter(&self) -> AccountFilter {
        let text = Some(self.q.trim().to_owned()).filter(|text| !text.is_empty());
        AccountFilter { role: Role::from_key(&self.role), text }
    }

    fn at(&self, after: &str) -> String {
        address(ACCOUNTS, &[("role", &self.role), ("q", &self.q), ("size", &self.size), ("after", after)])
    }
}

#[derive(Template)]
#[template(path = "general/accounts.html")]
struct AccountsPage {
    shell: Shell,
    may_create: bool,
    may_grant: bool,
    roles: Vec<(&'static str, &'static str, bool)>,
    sizes: [i64; 3],
    size: i64,
    lines: Vec<Line>,
    total: String,
    next: Option<String>,
    first: Option<String>,
    narrowed: bool,
    asked: Asked,
}

struct Line {
    id: i64,
    username: String,
    name: String,
    role: &'static str,
    area: String,
    standing: (&'static str, &'static str),
    second_factor: bool,
    created: String,
}

impl Line {
    fn new(edition: &Edition, now: Timestamp, line: AccountLine) -> Line {
        Line {
            role: Role::from_key(&line.role).map_or("", role_name),
            area: area_name(edition, line.station.as_deref(), line.county.as_deref(), line.city.as_deref()),
            standing: standing(line.disabled_at, line.locked_until, now),
            second_factor: line.totp_confirmed != 0,
            created: day(store::day_number(store::day_of(store::instant_from(line.created_at)))),
            id: line.id,
            username: line.username,
            name: line.display_name,
        }
    }
}

/// What an account's role reaches, in words.
pub fn area_name(edition: &Edition, station: Option<&str>, county: Option<&str>, city: Option<&str>) -> String {
    match (station, county, city) {
        (Some(station), ..) => station.to_owned(),
        (None, Some(county), Some(city)) => format!("{}{}", edition.area_name(city), edition.area_name(county)),
        (None, None, Some(city)) => edition.area_name(city).to_owned(),
        _ => String::new(),
    }
}

/// Roles an account can hold.
pub fn roles() -> impl Iterator<Item = Role> {
    Role::ALL.iter().map(|(role, ..)| *role).filter(|role| !matches!(role, Role::Operator | Role::Public))
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewAccounts)?;
    let (filter, size) = (asked.filter(), page_size(&asked.size));
    let mut rows = app.store.accounts(&scope, &filter, &asked.after, size + 1).await?;
    let total = app.store.count_accounts(&scope, &filter).await?;
    let more = cut(&mut rows, size);
    let (present, now) = (app.present(), app.clock.now());
    render(&AccountsPage {
        shell: Shell::new(&app, &person, ACCOUNTS),
        may_create: person.scope(&app, Verb::CreateAccount) != Scope::Nothing,
        may_grant: person.scope(&app, Verb::GrantRole) != Scope::Nothing,
        roles: roles().map(|role| (role.key(), role.name(), role.key() == asked.role)).collect(),
        sizes: SIZES,
        size,
        next: rows.last().filter(|_| more).map(|last| asked.at(&last.username)),
        first: (!asked.after.is_empty()).then(|| asked.at("")),
        lines: rows.into_iter().map(|line| Line::new(&present.edition, now, line)).collect(),
        total: thousands(total),
        narrowed: !(asked.role.is_empty() && asked.q.is_empty()),
        asked,
    })
}
