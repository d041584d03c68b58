//! 评审: an expert's own applications, marked blind, saved as they type and locked when handed in (Article 8 (3),
//! readings K31 and K80).

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use regulation::Points;
use regulation::admission::panel::{Seat, SeatStep, seat};
use regulation::general::{Basis, Due, Mandate, Refusal, Subject, Verb};
use regulation::law::{Edition, RubricRow};
use store::admission::{Panel, ReviewRow, SeatRow, Typed};

use super::cases::{self, Case};
use super::panels::{assigned_cases, clear};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, day, moment_of};

pub const PATH: &str = "/admission/reviews";

pub fn routes() -> Routes {
    Routes::default()
        .get(PATH, Verb::ReviewApplication, list)
        .post("/admission/seats/{id}/acceptance", Verb::ReviewApplication, accept)
        .post("/admission/seats/{id}/refusal", Verb::ReviewApplication, decline)
        .get("/admission/reviews/{application}", Verb::ReviewApplication, show)
        .get("/admission/reviews/{application}/files/{file}", Verb::ReviewApplication, file)
        .post("/admission/reviews/{application}/draft", Verb::ReviewApplication, save)
        .post("/admission/reviews/{application}/submission", Verb::ReviewApplication, submit)
}

/// The mandate of an expert's own work.
fn own(app: &App, person: &Person) -> Result<Mandate, Refusal> {
    person.may(app, Verb::ReviewApplication, &Subject::own_account("review", person.actor.account))
}

#[derive(Template)]
#[template(path = "admission/reviews.html")]
struct ReviewsPage {
    shell: Shell,
    seats: Vec<SeatView>,
}

struct SeatView {
    id: i64,
    panel: String,
    state: &'static str,
    until: String,
    /// Whether the invitation waits for its answer, and whether it can still be answered.
    answer: Option<Result<(), Refusal>>,
    accepted: bool,
    cases: Vec<CaseLine>,
    may_leave: bool,
}

struct CaseLine {
    id: i64,
    name: String,
    industry: String,
    state: &'static str,
    class: &'static str,
}

/// A seat with what it is about.
struct Place {
    row: SeatRow,
    panel: Panel,
    cases: Vec<Case>,
}

async fn place(app: &App, row: SeatRow) -> Result<Place, Fault> {
    let panel = app.store.panel(row.panel_id).await?.ok_or(Fault::NotFound)?;
    let cases = assigned_cases(app, &panel).await?;
    Ok(Place { row, panel, cases })
}

async fn list(State(app): State<App>, person: Person) -> Page {
    own(&app, &person)?;
    let mut seats = Vec::new();
    for row in app.store.seats_of(person.actor.account).await? {
        let reviews = app.store.own_reviews(row.id).await?;
        seats.push(seat_line(&app, place(&app, row).await?, &reviews)?);
    }
    render(&ReviewsPage { shell: Shell::new(&app, &person, PATH), seats })
}

fn seat_line(app: &App, place: Place, reviews: &[ReviewRow]) -> Result<SeatView, Fault> {
    let state = place.row.seat()?;
    let locked = reviews.iter().filter(|review| review.locked_at.is_some()).count();
    let line = |case: &Case| {
        let own = reviews.iter().find(|review| review.application_id == case.id);
        let (state, class) = match own {
            Some(review) if review.locked_at.is_some() => ("已提交", "ok"),
            Some(_) => ("已保存，未提交", "warn"),
            None => ("待评", "warn"),
        };
        CaseLine { id: case.id, name: case.unit.name.clone(), industry: case.industry.clone(), state, class }
    };
    let open = place.panel.closed_at.is_none();
    Ok(SeatView {
        id: place.row.id,
        panel: place.panel.name.clone(),
        state: state.name(),
        until: place.row.until_day.map(day).unwrap_or_default(),
        answer: (state == Seat::Invited).then(|| accepting(app, &place.row).map(drop)),
        accepted: state == Seat::Accepted,
        cases: place.cases.iter().map(line).collect(),
        may_leave: open && locked == 0 && state != Seat::Left,
    })
}

/// Whether the invitation can be accepted now: before its end. Conflicts are looked at beside.
fn accepting(app: &App, row: &SeatRow) -> Result<Seat, Refusal> {
    let no = || Refusal::new(Basis::Item("8-3"), "邀请已经失效。");
    let until = Due::day(row.until_day.and_then(|until| store::date_from(until).ok()).ok_or_else(no)?);
    let now = row.seat().map_err(|_| no())?;
    seat(&now, &SeatStep::Accept { at: app.clock.civil(), until })
}

/// One of the person's own seats.
async fn own_seat(app: &App, person: &Person, id: i64) -> Result<SeatRow, Fault> {
    let seats = app.store.seats_of(person.actor.account).await?;
    seats.into_iter().find(|row| row.id == id).ok_or(Fault::NotFound)
}

async fn accept(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let mandate = own(&app, &person)?;
    let place = place(&app, own_seat(&app, &person, id).await?).await?;
    let to = accepting(&app, &place.row)?;
    clear(&app, &place.row, &place.cases).await?;
    if !posted.checked("no_conflict") {
        return Err(Fault::Invalid("请确认与所列申请单位没有利害关系；有利害关系的，请选择回避。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.answer_seat(&place.row, &to, "").await?;
    tx.note(format!("{} 应邀参加 {}，声明没有利害关系", place.row.expert, place.panel.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}?done=joined")).into_response())
}

/// 谢绝 or 回避: the seat is left; a conflict with a unit is kept for later draws.
async fn decline(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let mandate = own(&app, &person)?;
    let place = place(&app, own_seat(&app, &person, id).await?).await?;
    let conflict = posted.number("conflict").and_then(|id| place.cases.iter().find(|case| case.id == id));
    let typed = posted.text("reason");
    if (conflict.is_none() && typed.is_empty()) || typed.chars().count() > 200 {
        return Err(Fault::Invalid("请选择须回避的申请单位，或者填写不能参加的原因（200 字以内）。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let locked = usize::try_from(tx.locked_reviews(id).await?).unwrap_or(usize::MAX);
    let to = seat(&place.row.seat()?, &SeatStep::Leave { locked })?;
    let reason = match conflict {
        Some(case) => {
            let why = if typed.is_empty() { "本人申报" } else { typed };
            tx.add_expert_tie(place.row.expert_id, &case.unit.name, &case.unit.uscc, why).await?;
            format!("与 {} 有利害关系，{why}", case.unit.name)
        }
        None => typed.to_owned(),
    };
    tx.answer_seat(&place.row, &to, &reason).await?;
    tx.note(format!("{} 不参加 {}：{reason}", place.row.expert, place.panel.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}?done=left")).into_response())
}

/// The accepted seat under which this person reviews an application, clear of conflicts as things stand now.
async fn assigned(app: &App, person: &Person, application: i64) -> Result<(Place, Case), Fault> {
    for row in app.store.seats_of(person.actor.account).await? {
        if row.seat()? != Seat::Accepted {
            continue;
        }
        let place = place(app, row).await?;
        if let Some(case) = place.cases.iter().find(|case| case.id == application).cloned() {
            clear(app, &place.row, std::slice::from_ref(&case)).await?;
            return Ok((place, case));
        }
    }
    Err(Fault::NotFound)
}

#[derive(Template)]
#[template(path = "admission/review.html")]
struct ReviewPage {
    shell: Shell,
    id: i64,
    name: String,
    panel: String,
    material: cases::Material,
    rows: Vec<RowView>,
    agree: Option<bool>,
    opinion: String,
    saved: Option<String>,
    locked: Option<String>,
    total: String,
    problems: Vec<String>,
    /// Whether it was handed in and something was wrong.
    refused: bool,
}

struct RowView {
    id: String,
    name: String,
    criteria: String,
    max: String,
    mark: String,
    problem: Option<String>,
}

/// Whether a review can still be written. Button and submit both ask here.
fn writing(app: &App, person: &Person, place: &Place, review: Option<&ReviewRow>) -> Result<Mandate, Refusal> {
    let mandate = own(app, person)?;
    if review.is_some_and(|review| review.locked_at.is_some()) {
        return Err(Refusal::new(Basis::Item("8-3"), "评分已经提交并锁定，不能再改。"));
    }
    if place.panel.closed_at.is_some() {
        return Err(Refusal::new(Basis::Item("8-3"), "评审已经汇总，不再评分。"));
    }
    Ok(mandate)
}

/// Marks by row as they were typed.
type Marks = BTreeMap<String, String>;

fn read(posted: &Posted, edition: &Edition) -> Result<(Marks, Typed), Fault> {
    let rows = edition.calendar.rubric.iter();
    let marks: Marks = rows.map(|row| (row.id.clone(), posted.text(&row.id).to_owned())).collect();
    let opinion = posted.raw("opinion").trim().to_owned();
    if opinion.chars().count() > 2000 || marks.values().any(|mark| mark.chars().count() > 20) {
        return Err(Fault::Invalid("评审意见不超过 2000 字，评分不超过 20 个字符。".to_owned()));
    }
    let agree = match posted.text("agree") {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    };
    let kept = serde_json::to_string(&marks).map_err(|error| Fault::Broken(error.into()))?;
    Ok((marks, Typed { marks: kept, agree, opinion }))
}

/// A row's mark: 0 to its maximum, at most one decimal.
fn mark(row: &RubricRow, typed: &str) -> Result<Points, String> {
    let range = || format!("应为 0 至 {} 之间、最多一位小数的数。", row.max.plain());
    let points: Points = typed.parse().map_err(|_| if typed.is_empty() { "请评分。".to_owned() } else { range() })?;
    if points < Points::ZERO || points > row.max { Err(range()) } else { Ok(points) }
}

/// The total, when every row has its mark.
fn total(edition: &Edition, marks: &Marks) -> Result<Points, Vec<(String, String)>> {
    let empty = String::new();
    let (mut sum, mut problems) = (Points::ZERO, Vec::new());
    for row in &edition.calendar.rubric {
        match mark(row, marks.get(&row.id).unwrap_or(&empty)) {
            Ok(points) => sum = sum + points,
            Err(problem) => problems.push((row.id.clone(), problem)),
        }
    }
    if problems.is_empty() { Ok(sum) } else { Err(problems) }
}

fn marks_of(review: &ReviewRow) -> Marks {
    serde_json::from_str(&review.marks).unwrap_or_default()
}

/// Marks of a review, row by row, as they were typed.
pub fn marks_by_row(review: &ReviewRow) -> BTreeMap<String, String> {
    marks_of(review)
}

async fn show(State(app): State<App>, person: Person, Path(application): Path<i64>) -> Page {
    own(&app, &person)?;
    let (place, case) = assigned(&app, &person, application).await?;
    let review = own_review(&app, &place, application).await?;
    let marks = review.as_ref().map(marks_of).unwrap_or_default();
    let typed = Typed {
        marks: String::new(),
        agree: review.as_ref().and_then(|review| review.agree).map(|agree| agree == 1),
        opinion: review.as_ref().map(|review| review.opinion.clone()).unwrap_or_default(),
    };
    let page = page(&app, &person, &place, &case, review.as_ref(), &marks, &typed, Vec::new()).await?;
    render(&page)
}

async fn own_review(app: &App, place: &Place, application: i64) -> Result<Option<ReviewRow>, Fault> {
    let reviews = app.store.own_reviews(place.row.id).await?;
    Ok(reviews.into_iter().find(|review| review.application_id == application))
}

#[expect(clippy::too_many_arguments, reason = "a page of what was found, what was typed and what is wrong with it")]
async fn page(
    app: &App,
    person: &Person,
    place: &Place,
    case: &Case,
    review: Option<&ReviewRow>,
    marks: &Marks,
    typed: &Typed,
    problems: Vec<(String, String)>,
) -> Result<ReviewPage, Fault> {
    let edition = app.present().edition.clone();
    let row = |row: &RubricRow| RowView {
        id: row.id.clone(),
        name: row.name.clone(),
        criteria: row.criteria.clone(),
        max: row.max.plain(),
        mark: marks.get(&row.id).cloned().unwrap_or_default(),
        problem: problems.iter().find(|(id, _)| *id == row.id).map(|(_, problem)| problem.clone()),
    };
    let general = problems.iter().filter(|(id, _)| id.is_empty()).map(|(_, problem)| problem.clone()).collect();
    Ok(ReviewPage {
        shell: Shell::new(app, person, PATH),
        id: case.id,
        name: case.unit.name.clone(),
        panel: place.panel.name.clone(),
        material: cases::material(app, case).await?,
        rows: edition.calendar.rubric.iter().map(row).collect(),
        agree: typed.agree,
        opinion: typed.opinion.clone(),
        saved: review.map(|review| moment_of(review.saved_at)),
        locked: review.and_then(|review| review.locked_at).map(moment_of),
        total: review.and_then(|review| review.total).map(|t| Points::from_tenths(t).to_string()).unwrap_or_default(),
        problems: general,
        refused: !problems.is_empty(),
    })
}

/// An attachment of an assigned application.
async fn file(State(app): State<App>, person: Person, Path((application, file)): Path<(i64, i64)>) -> Page {
    own(&app, &person)?;
    let (_, case) = assigned(&app, &person, application).await?;
    cases::file(&app, &case, file).await
}

async fn save(State(app): State<App>, person: Person, Path(application): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (place, _) = assigned(&app, &person, application).await?;
    let review = own_review(&app, &place, application).await?;
    let mandate = writing(&app, &person, &place, review.as_ref())?;
    let (_, typed) = read(&posted, &app.present().edition)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.save_review(place.row.id, application, &typed).await?;
    tx.concerns(application);
    tx.note("保存评审草稿");
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{application}?done=review_kept#marks")).into_response())
}

async fn submit(State(app): State<App>, person: Person, Path(application): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (place, case) = assigned(&app, &person, application).await?;
    let review = own_review(&app, &place, application).await?;
    let mandate = writing(&app, &person, &place, review.as_ref())?;
    let edition = app.present().edition.clone();
    let (marks, typed) = read(&posted, &edition)?;
    let (sum, mut problems) = match total(&edition, &marks) {
        Ok(sum) => (sum, Vec::new()),
        Err(problems) => (Points::ZERO, problems),
    };
    if typed.agree.is_none() {
        problems.push((String::new(), "请选择是否同意列入入选名单。".to_owned()));
    }
    if typed.opinion.is_empty() {
        problems.push((String::new(), "请填写评审意见。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    // What was typed stays, also when it cannot be handed in yet.
    tx.save_review(place.row.id, application, &typed).await?;
    tx.concerns(application);
    if !problems.is_empty() {
        tx.note("保存评审草稿");
        tx.commit().await?;
        let page = page(&app, &person, &place, &case, review.as_ref(), &marks, &typed, problems).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    tx.lock_review(place.row.id, application, sum.tenths()).await?;
    tx.note(format!("提交评审 {}，总分 {sum}", case.unit.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}?done=reviewed")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_rubric_takes_a_mark_up_to_its_own_maximum() {
        let edition = crate::editions::draft().expect("draft");
        let full: Marks = edition.calendar.rubric.iter().map(|row| (row.id.clone(), row.max.plain())).collect();
        assert_eq!(total(&edition, &full), Ok(Points::from_tenths(1000)));
        let row = &edition.calendar.rubric[0];
        for typed in ["", "10.1", "-1", "8.25", "八"] {
            let marks = Marks::from_iter(full.clone().into_iter().chain([(row.id.clone(), typed.to_owned())]));
            assert!(total(&edition, &marks).is_err_and(|problems| problems[0].0 == row.id), "{typed}");
        }
    }
}
