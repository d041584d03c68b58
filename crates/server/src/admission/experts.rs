//! 专家库: who may be drawn onto a panel, and what conflicts are known (Article 8 (3), reading K31).

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use regulation::duties::roster::{UsccCheck, check_uscc, tidy_uscc};
use regulation::general::{Subject, Verb};
use serde::Deserialize;
use store::admission::{Expert, ExpertTie, NewExpert};

use crate::address::address;
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::Problems;
use crate::auth::{Person, hash_password};
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, masked, moment_of};

pub const PATH: &str = "/admission/experts";
const PAGE: usize = 50;

pub fn routes() -> Routes {
    Routes::default()
        .get(PATH, Verb::ViewExperts, list)
        .post(PATH, Verb::MaintainExperts, add)
        .get("/admission/experts/new", Verb::MaintainExperts, form)
        .get("/admission/experts/{id}", Verb::ViewExperts, show)
        .post("/admission/experts/{id}/revision", Verb::MaintainExperts, revise)
        .post("/admission/experts/{id}/conflicts", Verb::MaintainExperts, declare)
        .post("/admission/experts/{id}/reveal", Verb::RevealPersonal, reveal)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    after: String,
}

#[derive(Template)]
#[template(path = "admission/experts.html")]
struct ExpertsPage {
    shell: Shell,
    asked: Asked,
    lines: Vec<Line>,
    next: Option<String>,
    may_maintain: bool,
}

struct Line {
    id: i64,
    name: String,
    unit: String,
    speciality: String,
    industries: String,
    phone: String,
    active: bool,
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewExperts)?;
    let after = asked.after.split_once('-').and_then(|(id, name)| Some((name, id.parse().ok()?)));
    let limit = i64::try_from(PAGE + 1).unwrap_or(51);
    let mut rows = app.store.experts(&scope, Some(asked.q.trim()), after, limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let at = |row: &Expert| address(PATH, &[("q", &asked.q), ("after", &format!("{}-{}", row.id, row.name))]);
    let next = rows.last().filter(|_| more).map(at);
    let line = |row: Expert| Line {
        id: row.id,
        name: row.name,
        unit: row.unit,
        speciality: row.speciality,
        industries: row.industries,
        phone: masked(&row.phone),
        active: row.active != 0,
    };
    render(&ExpertsPage {
        may_maintain: maintaining(&app, &person, 0).is_ok(),
        shell: Shell::new(&app, &person, PATH),
        lines: rows.into_iter().map(line).collect(),
        next,
        asked,
    })
}

/// Whether this person may maintain the register.
fn maintaining(
    app: &App,
    person: &Person,
    expert: i64,
) -> Result<regulation::general::Mandate, regulation::general::Refusal> {
    person.may(app, Verb::MaintainExperts, &Subject::whole("expert", expert))
}

#[derive(Template)]
#[template(path = "admission/expert.html")]
struct ExpertPage {
    shell: Shell,
    /// 0 for a new one.
    id: i64,
    typed: NewExpert,
    active: bool,
    added: String,
    ties: Vec<TieView>,
    problems: Problems,
    may_maintain: bool,
    may_reveal: bool,
    revealed: bool,
}

struct TieView {
    unit: String,
    reason: String,
    declared: String,
}

impl ExpertPage {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }
}

fn new_page(app: &App, person: &Person, typed: NewExpert, problems: Problems) -> ExpertPage {
    ExpertPage {
        shell: Shell::new(app, person, PATH),
        id: 0,
        typed,
        active: true,
        added: String::new(),
        ties: Vec::new(),
        problems,
        may_maintain: true,
        may_reveal: false,
        revealed: true,
    }
}

async fn form(State(app): State<App>, person: Person) -> Page {
    maintaining(&app, &person, 0)?;
    render(&new_page(&app, &person, NewExpert::default(), Problems::new()))
}

fn typed(posted: &Posted) -> NewExpert {
    let text = |name| posted.text(name).to_owned();
    NewExpert {
        name: text("name"),
        unit: text("unit"),
        uscc: tidy_uscc(posted.text("uscc")),
        speciality: text("speciality"),
        industries: text("industries"),
        phone: text("phone"),
        email: text("email"),
    }
}

fn judge(typed: &NewExpert) -> Problems {
    let mut problems = Problems::new();
    let needed = [
        ("name", &typed.name, 50, "请填写姓名。"),
        ("unit", &typed.unit, 200, "请填写工作单位全称，用于核对利害关系。"),
        ("speciality", &typed.speciality, 200, "请填写专业领域。"),
        ("phone", &typed.phone, 40, "请填写联系电话。"),
    ];
    for (field, value, most, sentence) in needed {
        if value.is_empty() {
            problems.push((field, sentence.to_owned()));
        } else if value.chars().count() > most {
            problems.push((field, format!("不超过 {most} 字。")));
        }
    }
    for (field, value) in [("industries", &typed.industries), ("email", &typed.email)] {
        if value.chars().count() > 200 {
            problems.push((field, "不超过 200 字。".to_owned()));
        }
    }
    if !typed.uscc.is_empty() && check_uscc(&typed.uscc) == UsccCheck::Malformed {
        problems.push(("uscc", "统一社会信用代码应为 18 位数字和大写字母，不含 I、O、S、V、Z。".to_owned()));
    }
    problems
}

fn again(page: &ExpertPage) -> Page {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

async fn add(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let mandate = maintaining(&app, &person, 0)?;
    let typed = typed(&posted);
    let problems = judge(&typed);
    if !problems.is_empty() {
        return again(&new_page(&app, &person, typed, problems));
    }
    // The name and the password of the account are nobody's: it opens by invitation only.
    let username = format!("expert-{}", random_token()?.split_at(12).0);
    let hash = hash_password(&app, random_token()?).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let id = tx.add_expert(&typed, &username, &hash).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=expert")).into_response())
}

async fn found(app: &App, person: &Person, id: i64) -> Result<Expert, Fault> {
    let scope = person.scope_or_refuse(app, Verb::ViewExperts)?;
    app.store.expert(&scope, id).await?.ok_or(Fault::NotFound)
}

fn page(app: &App, person: &Person, expert: &Expert, ties: Vec<ExpertTie>, revealed: bool) -> ExpertPage {
    let may_maintain = maintaining(app, person, expert.id).is_ok();
    let shown = |text: &str| if revealed { text.to_owned() } else { masked(text) };
    ExpertPage {
        shell: Shell::new(app, person, PATH),
        id: expert.id,
        typed: NewExpert {
            name: expert.name.clone(),
            unit: expert.unit.clone(),
            uscc: expert.uscc.clone(),
            speciality: expert.speciality.clone(),
            industries: expert.industries.clone(),
            phone: shown(&expert.phone),
            email: shown(&expert.email),
        },
        active: expert.active != 0,
        added: format!("{}　{}", moment_of(expert.added_at), expert.added_by),
        ties: ties
            .into_iter()
            .map(|tie| TieView {
                unit: tie.unit,
                reason: tie.reason,
                declared: format!("{}　{}", moment_of(tie.declared_at), tie.declared_by),
            })
            .collect(),
        problems: Problems::new(),
        may_maintain,
        may_reveal: person.may(app, Verb::RevealPersonal, &Subject::whole("expert", expert.id)).is_ok(),
        revealed,
    }
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let expert = found(&app, &person, id).await?;
    let ties = app.store.expert_ties(Some(id)).await?;
    render(&page(&app, &person, &expert, ties, false))
}

/// The form again, with the contact in full; the look is on record.
async fn reveal(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let expert = found(&app, &person, id).await?;
    let mandate = person.may(&app, Verb::RevealPersonal, &Subject::whole("expert", id))?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.note(format!("查看专家 {} 的联系方式", expert.name));
    tx.commit().await?;
    let ties = app.store.expert_ties(Some(id)).await?;
    render(&page(&app, &person, &expert, ties, true))
}

async fn revise(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let expert = found(&app, &person, id).await?;
    let mandate = maintaining(&app, &person, id)?;
    let mut typed = typed(&posted);
    // What was shown masked and came back as it was shown stays what it is.
    for (sent, kept) in [(&mut typed.phone, &expert.phone), (&mut typed.email, &expert.email)] {
        if *sent == masked(kept) {
            sent.clone_from(kept);
        }
    }
    let problems = judge(&typed);
    if !problems.is_empty() {
        let ties = app.store.expert_ties(Some(id)).await?;
        return again(&ExpertPage { typed, problems, ..page(&app, &person, &expert, ties, true) });
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.set_expert(&expert, &typed, posted.checked("active")).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=expert")).into_response())
}

async fn declare(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let expert = found(&app, &person, id).await?;
    let mandate = maintaining(&app, &person, id)?;
    let (unit, reason) = (posted.text("unit"), posted.text("reason"));
    if unit.is_empty() || reason.is_empty() || unit.chars().count() > 200 || reason.chars().count() > 500 {
        return Err(Fault::Invalid("请填写单位全称（200 字以内）和利害关系（500 字以内）。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.add_expert_tie(id, unit, &tidy_uscc(posted.text("uscc")), reason).await?;
    tx.note(format!("专家 {} 与 {unit} 有利害关系", expert.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=conflict#conflicts")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expert_needs_a_unit_to_be_checked_by() {
        let good = NewExpert {
            name: "示例专家".into(),
            unit: "示例大学".into(),
            speciality: "贸易救济".into(),
            phone: "13800000000".into(),
            ..NewExpert::default()
        };
        let fields = |typed: NewExpert| judge(&typed).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
        assert!(fields(good.clone()).is_empty());
        assert_eq!(fields(NewExpert { unit: String::new(), ..good.clone() }), ["unit"]);
        assert_eq!(fields(NewExpert { uscc: "12".into(), ..good }), ["uscc"]);
    }
}
