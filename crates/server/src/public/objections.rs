//! 公示异议: anyone may object to a notice while it stands, with a name and a contact (Article 8 (4), reading K32). The
//! code given in return shows what became of it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect};
use jiff::SignedDuration;
use regulation::admission::notice::{Ruling, decide_by, objecting};
use regulation::general::{Actor, Basis, Mandate, Refusal, Subject, Verb, may};
use store::admission::NewObjection;
use store::general::Publication;

use super::forms;
use crate::admission::cases;
use crate::app::{App, Routes, render};
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Look, Shell, day, moment_of};

/// Objections to one notice taken in an hour, and of one contact in a day: a flood is not a public's opinion.
const PER_HOUR: i64 = 60;
const PER_CONTACT: i64 = 3;

pub fn routes() -> Routes {
    Routes::default()
        .get("/public/notices/{id}/objections/new", Verb::RaiseObjection, form)
        .post("/public/notices/{id}/objections", Verb::RaiseObjection, raise)
        .get("/public/notices/{id}/objections/{code}", Verb::ViewPublic, show)
}

#[derive(Template)]
#[template(path = "public/objection_new.html")]
struct ObjectionForm {
    shell: Shell,
    csrf: String,
    id: i64,
    title: String,
    until: String,
    units: Vec<(i64, String)>,
    typed: Typed,
    problems: Vec<(&'static str, &'static str)>,
    raise: Result<(), Refusal>,
}

impl ObjectionForm {
    fn about(&self, unit: &i64) -> bool {
        self.typed.application == Some(*unit)
    }

    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| *sentence)
    }
}

#[derive(Clone, Debug, Default)]
struct Typed {
    application: Option<i64>,
    name: String,
    unit: String,
    contact: String,
    text: String,
}

/// Whether objections to this notice are taken now. The link, the form and the submit ask here.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn raising(app: &App, row: &Publication) -> Result<Mandate, Refusal> {
    let subject = Subject::whole("objection", 0);
    let mandate = may(&Actor::public(), Verb::RaiseObjection, &subject, app.clock.today())?;
    let of_shortlist = row.kind == "notice" && row.noun == "admission_round";
    let until = row.until_day.filter(|_| of_shortlist).and_then(|until| store::date_from(until).ok());
    let until = until.ok_or_else(|| Refusal::new(Basis::Item("8-4"), "这不是公示，不受理异议。"))?;
    objecting(until, app.clock.civil()).map(|()| mandate)
}

/// A notice of a shortlist; anything else takes no objections.
async fn notice(app: &App, id: i64) -> Result<Publication, Fault> {
    let row = app.store.publication(id).await?;
    row.filter(|row| row.kind == "notice" && row.noun == "admission_round").ok_or(Fault::NotFound)
}

async fn units(app: &App, row: &Publication) -> Result<Vec<(i64, String)>, Fault> {
    let listed = app.store.noticed(row.id).await?;
    let all = cases::of_round(app, row.noun_id).await?;
    Ok(all.into_iter().filter(|case| listed.contains(&case.id)).map(|case| (case.id, case.unit.name)).collect())
}

async fn form(State(app): State<App>, look: Look, headers: HeaderMap, Path(id): Path<i64>) -> Page {
    let row = notice(&app, id).await?;
    answer(&app, look, &headers, &row, Typed::default(), Vec::new()).await
}

async fn answer(
    app: &App,
    look: Look,
    headers: &HeaderMap,
    row: &Publication,
    typed: Typed,
    problems: Vec<(&'static str, &'static str)>,
) -> Page {
    let csrf = forms::token(headers)?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = ObjectionForm {
        shell: Shell::public(app, &look, "/public/notices"),
        csrf: csrf.clone(),
        id: row.id,
        title: row.title.clone(),
        until: row.until_day.map(day).unwrap_or_default(),
        units: units(app, row).await?,
        typed,
        problems,
        raise: raising(app, row).map(drop),
    };
    forms::with_token(app, &csrf, (status, Html(page.render()?)).into_response())
}

fn judge(typed: &Typed, units: &[(i64, String)]) -> Vec<(&'static str, &'static str)> {
    let mut problems = Vec::new();
    let long = |text: &str, most: usize| text.chars().count() > most;
    if typed.name.is_empty() || long(&typed.name, 50) {
        problems.push(("name", "请填写真实姓名，不超过 50 字。匿名异议不予受理。"));
    }
    let digits = typed.contact.chars().filter(char::is_ascii_digit).count();
    if (digits < 7 && !typed.contact.contains('@')) || long(&typed.contact, 100) {
        problems.push(("contact", "请填写可以联系到本人的电话或者电子邮箱。"));
    }
    if long(&typed.unit, 200) {
        problems.push(("unit", "不超过 200 字。"));
    }
    if typed.text.chars().count() < 10 || long(&typed.text, 3000) {
        problems.push(("text", "请写明事实和理由，10 至 3000 字。"));
    }
    if typed.application.is_some_and(|id| units.iter().all(|(of, _)| *of != id)) {
        problems.push(("application", "请选择公示名单中的单位。"));
    }
    problems
}

async fn raise(State(app): State<App>, look: Look, headers: HeaderMap, Path(id): Path<i64>, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let row = notice(&app, id).await?;
    let mandate = raising(&app, &row)?;
    let typed = Typed {
        application: posted.number("application"),
        name: posted.text("name").to_owned(),
        unit: posted.text("unit").to_owned(),
        contact: posted.text("contact").to_owned(),
        text: posted.raw("text").trim().to_owned(),
    };
    let problems = judge(&typed, &units(&app, &row).await?);
    if !problems.is_empty() {
        return answer(&app, look, &headers, &row, typed, problems).await;
    }
    let now = app.clock.now();
    let present = app.present();
    let due = decide_by(app.clock.today(), &present.edition, &present.workdays);
    let new = NewObjection {
        publication: id,
        application: typed.application,
        code: random_token()?.split_at(20).0.to_owned(),
        name: typed.name,
        unit: typed.unit,
        contact: typed.contact,
        text: typed.text,
        due_day: store::day_number(due.on),
    };
    let mut tx = app.store.begin(&mandate, now).await?;
    let since = |hours| store::instant_number(now - SignedDuration::from_hours(hours));
    let (lately, _) = tx.recent_objections(id, &new.contact, since(1)).await?;
    let (_, own) = tx.recent_objections(id, &new.contact, since(24)).await?;
    if lately >= PER_HOUR || own >= PER_CONTACT {
        tx.abandon().await?;
        let sentence = if own >= PER_CONTACT {
            format!("同一联系方式一日内最多提出 {PER_CONTACT} 件异议，请合并说明或者明日再提。")
        } else {
            "短时间内提出的异议过多，请稍后再提，或者按公示所列电话、邮箱联系。".to_owned()
        };
        return Err(Fault::Invalid(sentence));
    }
    tx.add_objection(&new).await?;
    tx.note(format!("对《{}》提出异议", row.title));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/public/notices/{id}/objections/{}", new.code)).into_response())
}

#[derive(Template)]
#[template(path = "public/objection.html")]
struct ObjectionPage {
    shell: Shell,
    notice: i64,
    title: String,
    code: String,
    raised: String,
    due: String,
    ruling: Option<(&'static str, String, String)>,
}

async fn show(State(app): State<App>, look: Look, Path((id, code)): Path<(i64, String)>) -> Page {
    let row = notice(&app, id).await?;
    let objection = app.store.objection_by_code(id, &code).await?.ok_or(Fault::NotFound)?;
    let ruling = objection.ruling.as_deref().and_then(Ruling::from_key);
    render(&ObjectionPage {
        shell: Shell::public(&app, &look, "/public/notices"),
        notice: id,
        title: row.title,
        code,
        raised: moment_of(objection.raised_at),
        due: day(objection.due_day),
        ruling: ruling.map(|ruling| {
            let at = objection.decided_at.map(moment_of).unwrap_or_default();
            (ruling.name(), objection.reason.unwrap_or_default(), at)
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objection_is_signed_and_can_be_answered() {
        let good = Typed {
            application: Some(1),
            name: "示例人".into(),
            contact: "0531-00000000".into(),
            text: "该单位提交的办公场所证明与实际情况不符。".into(),
            ..Typed::default()
        };
        let units = [(1, "示例协会".to_owned())];
        let fields = |typed: Typed| judge(&typed, &units).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
        assert!(fields(good.clone()).is_empty());
        assert_eq!(fields(Typed { name: String::new(), ..good.clone() }), ["name"]);
        assert_eq!(fields(Typed { contact: "无".into(), ..good.clone() }), ["contact"]);
        assert_eq!(fields(Typed { contact: "a@example.org".into(), ..good.clone() }), Vec::<&str>::new());
        assert_eq!(fields(Typed { text: "不同意".into(), ..good.clone() }), ["text"]);
        assert_eq!(fields(Typed { application: Some(2), ..good }), ["application"]);
    }
}
