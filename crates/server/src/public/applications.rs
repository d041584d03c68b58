//! 工作站申报: when and how to apply, and an organisation's own registration (Articles 2, 8 (1)).

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect};
use jiff::SignedDuration;
use regulation::admission::form::Unit;
use regulation::duties::roster::{UsccCheck, check_uscc, tidy_uscc};
use regulation::general::{Actor, Role, Subject, Verb, may};
use store::admission::Applicant;
use store::general::NewAccount;

use super::forms;
use crate::admission::rounds::at_work;
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::Problems;
use crate::auth::{Person, fit_password, hash_password};
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Look, Shell};

const PATH: &str = "/public/applications";

/// Registrations taken in [`WHILE`], by everyone together: a flood is slowed down, a province's applicants are not.
const MOST: i64 = 60;
const WHILE: SignedDuration = SignedDuration::from_mins(15);

pub fn routes() -> Routes {
    Routes::default()
        .get(PATH, Verb::ViewPublic, show)
        .get("/public/applications/new", Verb::RegisterApplicant, form)
        .post(PATH, Verb::RegisterApplicant, register)
}

#[derive(Template)]
#[template(path = "public/applications.html")]
struct ApplicationsPage {
    shell: Shell,
    round: Option<RoundView>,
    signed_in: bool,
}

struct RoundView {
    name: String,
    city_due: String,
    city_left: Option<i64>,
    direct_due: String,
    direct_left: Option<i64>,
    contact: String,
    publication: Option<i64>,
}

async fn show(State(app): State<App>, look: Look, person: Result<Person, Fault>) -> Page {
    let today = app.clock.today();
    let left = |due: &regulation::general::Due| {
        let days = due.on.duration_since(today).as_hours() / 24;
        (!due.passed(app.clock.civil())).then_some(days)
    };
    let round = match at_work(&app).await? {
        Some((round, city, direct)) => {
            let published = app.store.publications_about("admission_round", round.id).await?;
            Some(RoundView {
                name: round.name,
                city_due: format!("{} {}", city.on, city.time),
                city_left: left(&city),
                direct_due: format!("{} {}", direct.on, direct.time),
                direct_left: left(&direct),
                contact: round.contact,
                publication: published.first().map(|publication| publication.id),
            })
        }
        None => None,
    };
    let signed_in = person.as_ref().is_ok_and(|person| person.actor.role == Role::Applicant);
    render(&ApplicationsPage { shell: Shell::public(&app, &look, PATH), round, signed_in })
}

#[derive(Clone, Debug, Default)]
struct Typed {
    name: String,
    uscc: String,
    unit: String,
    city: String,
    county: String,
    contact: String,
    phone: String,
    username: String,
}

#[derive(Template)]
#[template(path = "public/register.html")]
struct RegisterPage {
    shell: Shell,
    csrf: String,
    typed: Typed,
    problems: Problems,
    units: Vec<(&'static str, &'static str, bool)>,
    areas: Vec<(String, String, bool)>,
    counties: Vec<(String, String, bool)>,
}

impl RegisterPage {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }
}

async fn form(State(app): State<App>, look: Look, headers: HeaderMap) -> Page {
    answer(&app, &look, &headers, Typed::default(), Problems::new())
}

fn answer(app: &App, look: &Look, headers: &HeaderMap, typed: Typed, problems: Problems) -> Page {
    let present = app.present();
    let areas = &present.edition.head.areas;
    let counties = areas.iter().flat_map(|area| {
        area.counties.iter().map(move |county| (county.code.clone(), format!("{}{}", area.name, county.name)))
    });
    let token = forms::token(headers)?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = RegisterPage {
        shell: Shell::public(app, look, PATH),
        csrf: token.clone(),
        units: Unit::ALL.map(|(unit, key, name)| (key, name, unit.key() == typed.unit)).to_vec(),
        areas: areas.iter().map(|area| (area.code.clone(), area.name.clone(), area.code == typed.city)).collect(),
        counties: counties.map(|(code, name)| (code.clone(), name, code == typed.county)).collect(),
        typed,
        problems,
    };
    forms::with_token(app, &token, (status, Html(page.render()?)).into_response())
}

fn typed(posted: &Posted) -> Typed {
    let text = |name| posted.text(name).to_owned();
    Typed {
        name: text("name"),
        uscc: tidy_uscc(posted.text("uscc")),
        unit: text("unit"),
        city: text("city"),
        county: text("county"),
        contact: text("contact"),
        phone: text("phone"),
        username: text("username"),
    }
}

fn judge(app: &App, typed: &Typed, posted: &Posted) -> Problems {
    let mut problems = Problems::new();
    let needed = [
        ("name", &typed.name, "请填写单位全称。"),
        ("contact", &typed.contact, "请填写联系人。"),
        ("phone", &typed.phone, "请填写联系电话。"),
    ];
    for (field, value, sentence) in needed {
        if value.is_empty() {
            problems.push((field, sentence.to_owned()));
        } else if value.chars().count() > 200 {
            problems.push((field, "不超过 200 字。".to_owned()));
        }
    }
    // A last character that does not check is let in here and explained on the form: genuine codes fail (K22).
    if check_uscc(&typed.uscc) == UsccCheck::Malformed {
        problems.push(("uscc", "统一社会信用代码应为 18 位数字和大写字母，不含 I、O、S、V、Z。".to_owned()));
    }
    if Unit::from_key(&typed.unit).is_none() {
        problems.push(("unit", "请选择单位类型。".to_owned()));
    }
    let present = app.present();
    let city = present.edition.area(&typed.city);
    if city.is_none() {
        problems.push(("city", "请选择所在市。".to_owned()));
    }
    let inside = |code: &str| city.is_some_and(|city| city.counties.iter().any(|county| county.code == code));
    if !typed.county.is_empty() && !inside(&typed.county) {
        problems.push(("county", "所选县（市、区）不在该市。".to_owned()));
    }
    let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !(4..=40).contains(&typed.username.len()) || !typed.username.chars().all(fit) {
        problems.push(("username", "用户名为 4 至 40 位字母、数字、下划线、连字符或点。".to_owned()));
    }
    if let Err(sentence) = fit_password(posted.raw("password")) {
        problems.push(("password", sentence.to_owned()));
    }
    if posted.raw("password") != posted.raw("again") {
        problems.push(("again", "两次输入的密码不一致。".to_owned()));
    }
    problems
}

async fn register(State(app): State<App>, look: Look, headers: HeaderMap, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let mandate = may(&Actor::public(), Verb::RegisterApplicant, &Subject::whole("applicant", 0), app.clock.today())?;
    let typed = typed(&posted);
    let mut problems = judge(&app, &typed, &posted);
    if problems.is_empty() && app.store.registered(&typed.uscc).await? {
        let sentence = "该代码已经注册，请用原账户登录；不是本单位注册的，请联系所在市商务主管部门。";
        problems.push(("uscc", sentence.to_owned()));
    }
    if problems.is_empty() && app.store.registrations_since(app.clock.now() - WHILE).await? >= MOST {
        problems.push(("name", "目前注册的单位较多，请过一刻钟再试，已填写的内容仍在。".to_owned()));
    }
    if !problems.is_empty() {
        return answer(&app, &look, &headers, typed, problems);
    }
    let new = NewAccount {
        username: typed.username.clone(),
        display_name: typed.name.clone(),
        role: Role::Applicant,
        city: None,
        county: None,
        station: None,
        password_hash: hash_password(&app, posted.raw("password").to_owned()).await?,
        must_change: false,
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let account = match tx.add_account(&new).await {
        Ok(account) => account,
        Err(error) if error.is_duplicate() => {
            drop(tx);
            let problems = vec![("username", "该用户名已被使用，请换一个。".to_owned())];
            return answer(&app, &look, &headers, typed, problems);
        }
        Err(error) => return Err(error.into()),
    };
    let applicant = Applicant {
        account_id: account,
        name: typed.name,
        uscc: typed.uscc,
        unit: typed.unit,
        city: typed.city,
        county: Some(typed.county).filter(|county| !county.is_empty()),
        contact: typed.contact,
        phone: typed.phone,
        registered_at: 0,
    };
    tx.add_applicant(&applicant).await?;
    tx.commit().await?;
    Ok(Redirect::to("/login?why=registered").into_response())
}
