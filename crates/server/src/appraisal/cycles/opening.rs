//! Opening a year: every parameter is shown, and the pass mark is confirmed by typing it (Article 9, reading K42).

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use regulation::Points;
use regulation::general::{Basis, Mandate, Refusal, Scope, Subject, Verb};
use regulation::law::{Edition, NumberValue, cite};

use super::{PATH, Parameter};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::Shell;

pub fn routes() -> Routes {
    Routes::default().get("/appraisal/cycles/new", Verb::OpenCycle, new_page).post(PATH, Verb::OpenCycle, open)
}

#[derive(Template)]
#[template(path = "appraisal/cycle_new.html")]
struct OpeningPage {
    shell: Shell,
    year: i64,
    edition_id: String,
    edition_title: String,
    suggested: String,
    tag: String,
    total: String,
    typed: String,
    problem: Option<String>,
    parameters: Vec<Parameter>,
}

/// The first year without a cycle, from this one on.
fn next_year(app: &App) -> i64 {
    let present = app.present();
    let this = i64::from(app.clock.today().year());
    let newest = present.cycles.iter().map(|cycle| cycle.year).max();
    newest.map_or(this, |newest| (newest + 1).max(this))
}

/// Whether this person may open that year now. Link, form and submit all ask here.
fn opening(app: &App, person: &Person, year: i64) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::OpenCycle, &Subject::whole("cycle", year))?;
    let this = i64::from(app.clock.today().year());
    if app.present().cycles.iter().any(|cycle| cycle.year == year) {
        return Err(Refusal::new(Basis::Item("9"), format!("{year}年度评估已经开启。")));
    }
    if year > this + 1 {
        return Err(Refusal::new(Basis::Item("9"), format!("最早可在上一年内开启，{year}年度为时尚早。")));
    }
    if year < this - 1 {
        return Err(Refusal::new(Basis::Item("9"), format!("{year}年度已过，不再开启。")));
    }
    Ok(mandate)
}

/// The year that can be opened next, for the page: `None` for roles that never do.
pub fn offer(app: &App, person: &Person) -> Option<Result<i64, Refusal>> {
    if person.scope(app, Verb::OpenCycle) == Scope::Nothing {
        return None;
    }
    let year = next_year(app);
    Some(opening(app, person, year).map(|_| year))
}

/// What a year is opened with: deadlines and numbers, each with its ground.
pub fn parameters(edition: &Edition, year: i64, pass_mark: Option<i64>) -> Vec<Parameter> {
    let year = i16::try_from(year).unwrap_or_default();
    let deadlines = edition.calendar.deadlines.iter().filter(|deadline| deadline.next_year).map(|deadline| Parameter {
        name: deadline.name.clone(),
        value: edition.day_of(&deadline.id, year).map_or_else(String::new, |day| format!("{day} 24时前")),
        basis: basis(&deadline.basis),
        tag: deadline.tag.clone(),
    });
    let frozen =
        ["pass_mark", "excellent.denominator", "marks.min_experts", "marks.drop_from", "marks.spread", "roster.min"];
    let numbers = frozen.iter().filter_map(|id| edition.number(id)).map(|number| Parameter {
        name: number.name.clone(),
        value: match pass_mark.filter(|_| number.id == "pass_mark") {
            Some(mark) => format!("{} 分，省商务厅已确认", Points::from_tenths(mark)),
            None => format!("{} {}", shown(&number.value), number.unit),
        },
        basis: basis(&number.basis),
        tag: number.tag.clone(),
    });
    numbers.chain(deadlines).collect()
}

/// `办法第十四条`, or `读法 K42`.
pub fn basis(basis: &str) -> String {
    basis.strip_prefix("reading ").map_or_else(|| format!("办法{}", cite(basis)), |reading| format!("读法 {reading}"))
}

/// A number of the calendar as people read it.
pub fn shown(value: &NumberValue) -> String {
    match value {
        NumberValue::Whole(value) => value.to_string(),
        NumberValue::Flag(value) => if *value { "是" } else { "否" }.to_owned(),
        NumberValue::Text(text) => text.clone(),
        NumberValue::List(values) => values.iter().map(i64::to_string).collect::<Vec<_>>().join("、"),
    }
}

fn page(app: &App, person: &Person, edition: &Edition, year: i64, typed: &str, problem: Option<String>) -> OpeningPage {
    OpeningPage {
        shell: Shell::new(app, person, PATH),
        year,
        edition_id: edition.head.id.clone(),
        edition_title: format!("{}（{}）", edition.head.title, edition.head.status),
        suggested: edition.pass_mark().plain(),
        tag: edition.number("pass_mark").and_then(|number| number.tag.clone()).unwrap_or_default(),
        total: edition.sheet.total.plain(),
        typed: typed.to_owned(),
        problem,
        parameters: parameters(edition, year, None),
    }
}

async fn new_page(State(app): State<App>, person: Person) -> Page {
    let year = next_year(&app);
    opening(&app, &person, year)?;
    let edition = app.editions.newest(&app.store).await?;
    render(&page(&app, &person, &edition, year, "", None))
}

async fn open(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let year = posted.number("year").ok_or_else(|| Fault::Invalid("年度应为四位数字。".to_owned()))?;
    let mandate = opening(&app, &person, year)?;
    let edition = app.editions.newest(&app.store).await?;
    if posted.text("edition") != edition.head.id {
        return Err(Fault::Conflict("规则版本已有更新，请刷新后按新版本确认".to_owned()));
    }
    let typed = posted.text("pass_mark");
    let mark = typed.parse::<Points>().ok().filter(|mark| *mark > Points::ZERO && *mark <= edition.sheet.total);
    let Some(mark) = mark else {
        let sentence =
            format!("请键入确认采用的合格线，大于 0、不超过 {}、最多一位小数。", edition.sheet.total.plain());
        let form = page(&app, &person, &edition, year, typed, Some(sentence));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(askama::Template::render(&form)?)).into_response());
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.open_cycle(year, &edition.head.id, mark.tenths()).await?;
    tx.commit().await?;
    app.refresh().await?;
    Ok(Redirect::to(&format!("{PATH}?done=opened")).into_response())
}
