//! A new account: a name, a first password, and no role yet.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use regulation::general::{Subject, UNASSIGNED, Verb};
use store::general::NewAccount;

use super::ACCOUNTS;
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::Problems;
use crate::auth::{Person, fit_password, hash_password};
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::Shell;

pub fn routes() -> Routes {
    Routes::default().get("/general/accounts/new", Verb::CreateAccount, form).post(
        ACCOUNTS,
        Verb::CreateAccount,
        create,
    )
}

#[derive(Template)]
#[template(path = "general/account_form.html")]
struct AccountForm {
    shell: Shell,
    username: String,
    name: String,
    problems: Problems,
}

impl AccountForm {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }
}

async fn form(State(app): State<App>, person: Person) -> Page {
    person.may(&app, Verb::CreateAccount, &Subject::whole("account", 0))?;
    let shell = Shell::new(&app, &person, ACCOUNTS);
    render(&AccountForm { shell, username: String::new(), name: String::new(), problems: Problems::new() })
}

/// What is wrong with a new account.
fn judge(username: &str, name: &str, password: &str, again: &str) -> Problems {
    let mut problems = Problems::new();
    let mut problem = |field, sentence: &str| problems.push((field, sentence.to_owned()));
    let plain =
        username.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte));
    let begins = username.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    if !(plain && begins && (3..=32).contains(&username.len())) {
        problem("username", "用户名为 3 至 32 位小写字母、数字、点、下划线或连字符，以字母开头。");
    }
    if name.is_empty() || name.chars().count() > 40 {
        problem("name", "请填写使用人姓名，不超过 40 字。");
    }
    if let Err(sentence) = fit_password(password) {
        problem("password", sentence);
    }
    if password != again {
        problem("again", "两次输入的密码不一致。");
    }
    problems
}

async fn create(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let mandate = person.may(&app, Verb::CreateAccount, &Subject::whole("account", 0))?;
    let (username, name) = (posted.text("username").to_owned(), posted.text("name").to_owned());
    let password = posted.raw("password").to_owned();
    let mut problems = judge(&username, &name, &password, posted.raw("again"));
    if problems.is_empty() && app.store.account_by_name(&username).await?.is_some() {
        problems.push(("username", in_use()));
    }
    if !problems.is_empty() {
        return again(&app, &person, username, name, problems);
    }
    let account = NewAccount {
        username: username.clone(),
        display_name: name.clone(),
        role: UNASSIGNED,
        city: None,
        county: None,
        station: None,
        password_hash: hash_password(&app, password).await?,
        must_change: true,
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let id = match tx.add_account(&account).await {
        Ok(id) => id,
        // Somebody else took the name since it was looked up.
        Err(error) if error.is_duplicate() => {
            drop(tx);
            return again(&app, &person, username, name, vec![("username", in_use())]);
        }
        Err(error) => return Err(Fault::from(error)),
    };
    tx.commit().await?;
    Ok(Redirect::to(&format!("{ACCOUNTS}/{id}?done=created")).into_response())
}

fn in_use() -> String {
    "这个用户名已被使用。".to_owned()
}

fn again(app: &App, person: &Person, username: String, name: String, problems: Problems) -> Page {
    let form = AccountForm { shell: Shell::new(app, person, ACCOUNTS), username, name, problems };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(form.render()?)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_named_at_once() {
        let fields = |problems: Problems| problems.into_iter().map(|(field, _)| field).collect::<Vec<_>>();
        assert_eq!(fields(judge("li.si-01", "李四", "Beacon-2026", "Beacon-2026")), [""; 0]);
        assert_eq!(fields(judge("李四", "", "beacon", "")), ["username", "name", "password", "again"]);
        for username in ["ab", "1ab", "Abc", "a b", &"a".repeat(33)] {
            assert_eq!(fields(judge(username, "李四", "Beacon-2026", "Beacon-2026")), ["username"], "{username}");
        }
    }
}
