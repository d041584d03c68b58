//! 监督指导记录 (Article 3, second paragraph): what province, city and county did for a station between inspections.

mod form;
mod list;
mod record;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::general::supervision::{Kind, Level, Standing, Step, take};
use regulation::general::{Mandate, Refusal, Subject, Verb};
use store::appraisal::NewSpotCheck;
use store::general::Supervision;

use crate::app::{App, Routes};
use crate::appraisal::ledger::reading::file_response;
use crate::appraisal::rectifications;
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;

pub const PATH: &str = "/general/supervision";

/// What attachments of a record hang on.
pub const NOUN: &str = "supervision";

pub fn routes() -> Routes {
    Routes::default()
        .with(list::routes())
        .with(form::routes())
        .get("/general/supervision/{id}", Verb::ViewSupervision, record::show)
        .get("/general/supervision/files/{id}", Verb::ViewSupervision, file)
        .post("/general/supervision/{id}/replies", Verb::AnswerSupervision, reply)
        .post("/general/supervision/{id}/rectifications", Verb::OrderRectification, order)
}

/// A record this person may see: a station sees what it was told.
async fn visible(app: &App, person: &Person, id: i64) -> Result<Supervision, Fault> {
    let scope = person.scope_or_refuse(app, Verb::ViewSupervision)?;
    let record = app.store.supervision(&scope, id).await?;
    record.filter(|record| record.told == 1 || !person.actor.role.of_station()).ok_or(Fault::NotFound)
}

/// Where a record stands, as its row says.
fn standing(record: &Supervision) -> Result<Standing, Fault> {
    let impossible = |column| store::Error::Impossible { table: "supervision", column, row: record.id };
    Ok(Standing {
        kind: Kind::from_key(&record.kind).ok_or_else(|| impossible("kind"))?,
        level: Level::from_key(&record.level).ok_or_else(|| impossible("level"))?,
        manager: record.placed().manager,
        told: record.told == 1,
        corrected: record.corrected_by.is_some(),
        rectified: record.rectification.is_some(),
        answered: record.replies > 0,
    })
}

/// The level this person records for; roles that record for none are refused before.
fn level(person: &Person) -> Result<Level, Refusal> {
    let basis = regulation::general::Basis::Item("3");
    Level::of(person.actor.role).ok_or_else(|| Refusal::new(basis, "监督指导由商务主管部门登记。"))
}

fn subject(record: &Supervision) -> Subject {
    Subject::of_station(NOUN, record.id, &record.placed())
}

/// Whether this person may put another record in the place of this one. Button and submit both ask here.
fn correcting(app: &App, person: &Person, record: &Supervision, standing: Standing) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::RecordSupervision, &subject(record))?;
    take(standing, Step::Correct { by: level(person)? })?;
    Ok(mandate)
}

/// Whether this person may answer the record, or acknowledge it. Button and submit both ask here.
fn answering(
    app: &App,
    person: &Person,
    record: &Supervision,
    standing: Standing,
    step: Step,
) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::AnswerSupervision, &subject(record))?;
    take(standing, step)?;
    Ok(mandate)
}

/// Whether this person may order the rectification of what was found. Button and submit both ask here.
fn ordering(app: &App, person: &Person, record: &Supervision, standing: Standing) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::OrderRectification, &subject(record))?;
    take(standing, Step::Order { by: level(person)? })?;
    Ok(mandate)
}

async fn reply(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let record = visible(&app, &person, id).await?;
    let text = posted.text("text");
    let step = if text.is_empty() { Step::Acknowledge } else { Step::Reply };
    let mandate = answering(&app, &person, &record, standing(&record)?, step)?;
    if text.chars().count() > 2000 {
        return Err(Fault::Invalid("回复不超过 2000 字。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.answer_supervision(id, text).await?;
    tx.note(if text.is_empty() { "签阅".to_owned() } else { format!("回复 {} 字", text.chars().count()) });
    tx.commit().await?;
    let done = if text.is_empty() { "supervision_read" } else { "supervision_answered" };
    Ok(Redirect::to(&format!("{PATH}/{id}?done={done}")).into_response())
}

/// A finding goes on as the problem of a check, so that one machine leads every problem to its closure (Article 12).
async fn order(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.scope_or_refuse(&app, Verb::OrderRectification)?;
    let record = visible(&app, &person, id).await?;
    let mandate = ordering(&app, &person, &record, standing(&record)?)?;
    let demand = posted.text("demand");
    if demand.is_empty() || demand.chars().count() > 1000 {
        return Err(Fault::Invalid("请填写整改要求，不超过 1000 字。".to_owned()));
    }
    let due = rectifications::due_in(&app, &posted)?;
    let days = posted.number("days").unwrap_or_default();
    let check = NewSpotCheck {
        level: level(&person)?.key(),
        on_day: record.on_day,
        place: record.place.clone(),
        inspectors: record.people.clone(),
        result: format!("日常监督指导（第 {id} 号记录）发现问题。"),
        problems: vec![record.content.clone()],
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let check = tx.add_spot_check(&record.placed(), &check).await?;
    let (check, problem) = tx.spot_check_with_problem(check).await?;
    let told = (&check, &problem);
    let task = rectifications::order_in(&app, &mut tx, told, "进行日常监督指导", demand, (due, days)).await?;
    tx.link_rectification(id, task).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}/{task}?done=ordered", rectifications::PATH)).into_response())
}

async fn file(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    person.scope_or_refuse(&app, Verb::ViewSupervision)?;
    let file = app.store.attachment(id).await?.filter(|file| file.noun == NOUN).ok_or(Fault::NotFound)?;
    visible(&app, &person, file.noun_id).await?;
    let bytes = app.objects.get(&file.sha256).await?;
    Ok(file_response(&file.file_name, &file.media_type, bytes))
}
