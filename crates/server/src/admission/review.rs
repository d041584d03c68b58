//! First review by the city, acceptance by the province: conditions one by one, one round of correction, conclusions
//! with their documents (Articles 6, 7, 8 (2) and (3), readings K26, K30, K86).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use papers::official::plain;
use regulation::admission::form::CONDITIONS;
use regulation::admission::industry::{self, Conflicts};
use regulation::admission::{Desk, Stage, Step};
use regulation::general::{Due, Mandate, Refusal, Scope, Verb};
use store::admission::{Check, NewCheck, StepRow};
use store::general::NewPaper;

use super::filing::paper_for;
use super::regions::Region;
use super::{Case, Near, PATH, bureau, dated};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
use crate::posted::Posted;

pub fn routes() -> Routes {
    Routes::default()
        .post("/admission/applications/{id}/review", Verb::CheckApplication, conclude)
        .post("/admission/applications/{id}/acceptance", Verb::AcceptApplication, accept)
        .post("/admission/applications/{id}/refusal", Verb::AcceptApplication, refuse)
        .post("/admission/applications/{id}/return", Verb::CheckApplication, send_back)
        .post("/admission/applications/{id}/provincial-return", Verb::AcceptApplication, send_back)
        .post("/admission/applications/{id}/resumption", Verb::CheckApplication, resume)
        .post("/admission/applications/{id}/provincial-resumption", Verb::AcceptApplication, resume)
}

/// Conditions the city must find met; the seventh article is the province's to decide (reading K26).
const OF_CITY: [&str; 5] = ["6-1", "6-2", "6-3", "6-4", "6-5"];

/// What a reviewer may do on the page of an application.
pub struct DeskView {
    pub city: bool,
    pub checks: Vec<CheckView>,
    /// The code of a place of registration outside the province that still has to be let through.
    pub outside: Option<String>,
    pub back: Result<String, Refusal>,
    pub resume: Option<Result<(), Refusal>>,
    pub conclude: Result<(), Refusal>,
    pub decline: Result<(), Refusal>,
}

pub struct CheckView {
    pub item: &'static str,
    pub name: &'static str,
    pub met: Option<bool>,
    pub note: String,
}

/// Whose act it is at this stage.
fn desk_of(stage: &Stage) -> Desk {
    match stage {
        Stage::ProvinceReview { .. } | Stage::Returned { by: Desk::Province, .. } => Desk::Province,
        _ => Desk::City,
    }
}

/// The desk a person reviews at.
fn own_desk(app: &App, person: &Person) -> Option<Desk> {
    if person.scope(app, Verb::CheckApplication) != Scope::Nothing {
        Some(Desk::City)
    } else if person.scope(app, Verb::AcceptApplication) != Scope::Nothing {
        Some(Desk::Province)
    } else {
        None
    }
}

fn mandate(app: &App, person: &Person, case: &Case, desk: Desk) -> Result<Mandate, Refusal> {
    let verb = match desk {
        Desk::City => Verb::CheckApplication,
        Desk::Province => Verb::AcceptApplication,
    };
    person.may(app, verb, &case.subject())
}

/// The reviewer's part of the page.
///
/// # Errors
/// Fails when the calendar lacks a number.
pub fn desk(
    app: &App,
    person: &Person,
    case: &Case,
    steps: &[StepRow],
    checks: &[Check],
    near: &[Near],
    region: &Region<'_>,
) -> Result<Option<DeskView>, Fault> {
    let Some(desk) = own_desk(app, person) else { return Ok(None) };
    let key = if desk == Desk::City { "city" } else { "province" };
    let newest = |item: &str| checks.iter().rev().find(|check| check.desk == key && check.item == item);
    let resume = matches!(case.stage, Stage::Returned { by, .. } if by == desk)
        .then(|| resuming(app, person, case, desk).map(drop));
    let same = super::conflicting(near);
    Ok(Some(DeskView {
        city: desk == Desk::City,
        outside: region.outside.filter(|_| region.given.is_none()).map(str::to_owned),
        checks: CONDITIONS
            .iter()
            .map(|(item, name)| CheckView {
                item,
                name,
                met: newest(item).map(|check| check.met != 0),
                note: newest(item).map(|check| check.note.clone()).unwrap_or_default(),
            })
            .collect(),
        back: returning(app, person, case, desk, steps).map(|(.., due)| due.text()),
        resume,
        conclude: match desk {
            // With a reason, neither a place outside the province nor an industry already covered stops it: the button is
            // there.
            Desk::City => passing(app, person, case, 0, region.excused("理由")).map(drop),
            Desk::Province => accepting(app, person, case, (same, "理由"), region.excused("理由")).map(drop),
        },
        decline: declining(app, person, case, desk).map(drop),
    }))
}

fn passing(
    app: &App,
    person: &Person,
    case: &Case,
    unmet: usize,
    registered: Result<(), Refusal>,
) -> Result<(Mandate, Step), Refusal> {
    let mandate = mandate(app, person, case, Desk::City)?;
    let allowed = case.step(mandate, Step::Pass { unmet })?;
    registered?;
    Ok(allowed)
}

fn declining(app: &App, person: &Person, case: &Case, desk: Desk) -> Result<(Mandate, Step), Refusal> {
    let mandate = mandate(app, person, case, desk)?;
    case.step(mandate, Step::Decline { by: desk })
}

fn accepting(
    app: &App,
    person: &Person,
    case: &Case,
    (same, reason): (Conflicts, &str),
    registered: Result<(), Refusal>,
) -> Result<(Mandate, Step), Refusal> {
    let mandate = mandate(app, person, case, Desk::Province)?;
    let allowed = case.step(mandate, Step::Accept)?;
    industry::excused(same, reason)?;
    registered?;
    Ok(allowed)
}

fn resuming(app: &App, person: &Person, case: &Case, desk: Desk) -> Result<(Mandate, Step), Refusal> {
    let mandate = mandate(app, person, case, desk)?;
    case.step(mandate, Step::Resume { at: app.clock.civil() })
}

/// Whether the material may go back for correction, and until when.
fn returning(
    app: &App,
    person: &Person,
    case: &Case,
    desk: Desk,
    steps: &[StepRow],
) -> Result<(Mandate, Step, Due), Refusal> {
    let mandate = mandate(app, person, case, desk)?;
    let stage = if desk == Desk::City { "returned_city" } else { "returned_province" };
    let before = steps.iter().filter(|step| step.stage == stage).count();
    let days = case.edition.whole("correction.working_days");
    let due = app.present().workdays.after(app.clock.today(), days);
    let step = Step::Return {
        by: desk,
        due: due.on,
        before: i64::try_from(before).unwrap_or(i64::MAX),
        most: case.edition.whole("correction.rounds"),
    };
    case.step(mandate, step).map(|(mandate, step)| (mandate, step, due))
}

/// The ticks posted, one for each condition; unanswered ones are named.
fn ticks(posted: &Posted) -> Result<Vec<NewCheck>, Fault> {
    let tick = |(item, name): &(&'static str, &'static str)| {
        let note = posted.text(&format!("note-{item}")).to_owned();
        let met = match posted.text(&format!("met-{item}")) {
            "1" => true,
            "0" => false,
            _ => return Err(Fault::Invalid(format!("请逐项勾选，“{name}”还没有结论。"))),
        };
        if !met && note.is_empty() {
            return Err(Fault::Invalid(format!("“{name}”勾选为不符合的，请写明情况。")));
        }
        if note.chars().count() > 500 {
            return Err(Fault::Invalid(format!("“{name}”的说明不超过 500 字。")));
        }
        Ok(NewCheck { item, met, note })
    };
    CONDITIONS.iter().map(tick).collect()
}

/// A text every conclusion needs.
fn reason(posted: &Posted, name: &str) -> Result<String, Fault> {
    let text = posted.text(name);
    if text.is_empty() || text.chars().count() > 2000 {
        return Err(Fault::Invalid("请填写理由或意见，不超过 2000 字。".to_owned()));
    }
    Ok(text.to_owned())
}

/// 不予通过告知书.
#[derive(Template)]
#[template(path = "papers/application_refusal.txt")]
struct RefusalPaper {
    issuer: String,
    name: String,
    number: String,
    round: String,
    first: String,
    city: bool,
    unmet: Vec<String>,
    reason: String,
    contact: String,
    department: String,
    dated: String,
}

async fn conclude(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let case = Case::find(&app, &person, id).await?;
    let overrides = app.store.region_overrides(&[id]).await?;
    let region = Region::of(&case, &overrides);
    let decline = posted.text("conclusion") == "unqualified";
    let judge = |unmet| match decline {
        true => declining(&app, &person, &case, Desk::City),
        false => passing(&app, &person, &case, unmet, region.excused(posted.text("region_reason"))),
    };
    // Who may not, hears that first; what was ticked wrongly comes after.
    judge(0)?;
    let (checks, opinion) = (ticks(&posted)?, reason(&posted, "opinion")?);
    let unmet: Vec<&NewCheck> = checks.iter().filter(|check| !check.met && OF_CITY.contains(&check.item)).collect();
    let (mandate, step) = judge(unmet.len())?;
    let through = if decline { None } else { region.to_record(&posted)? };
    let document = if decline { Some(refusal_paper(&app, &case, Desk::City, &unmet, &opinion)?) } else { None };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.add_application_checks(&case.application, "city", &checks).await?;
    if let Some((code, reason)) = through {
        tx.add_region_override(&case.application, code, "city", reason).await?;
    }
    let paper = match &document {
        Some(document) => Some(tx.add_paper(document).await?),
        None => None,
    };
    tx.step_with_paper(id, step, &opinion, paper).await??;
    tx.commit().await?;
    let done = if decline { "unqualified" } else { "passed" };
    Ok(Redirect::to(&format!("{PATH}/{id}?done={done}")).into_response())
}

fn issuer(case: &Case, desk: Desk) -> String {
    match desk {
        Desk::City => bureau(&case.edition, &case.application.city),
        Desk::Province => case.edition.head.department.clone(),
    }
}

fn refusal_paper(app: &App, case: &Case, desk: Desk, unmet: &[&NewCheck], reason: &str) -> Result<NewPaper, Fault> {
    let named = |check: &&NewCheck| {
        let name = CONDITIONS.iter().find(|(item, _)| *item == check.item).map_or("", |(_, name)| name);
        format!("{name}（办法{}）：{}", regulation::law::cite(check.item), plain(&check.note))
    };
    let template = RefusalPaper {
        issuer: issuer(case, desk),
        name: plain(&case.application.name),
        number: case.application.number.clone(),
        round: case.round.name.clone(),
        first: case.stage.first().map(|first| dated(first.date())).unwrap_or_default(),
        city: desk == Desk::City,
        unmet: unmet.iter().map(named).collect(),
        reason: plain(reason),
        contact: plain(&case.round.contact),
        department: case.edition.head.department.clone(),
        dated: dated(app.clock.today()),
    };
    Ok(paper(NewPaper { kind: "application.refusal", served: true, ..paper_for(case) }, &template)?)
}

/// 补正通知书.
#[derive(Template)]
#[template(path = "papers/application_correction.txt")]
struct CorrectionPaper {
    issuer: String,
    name: String,
    number: String,
    first: String,
    what: String,
    days: i64,
    due: String,
    tentative: bool,
    dated: String,
}

async fn send_back(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let case = Case::find(&app, &person, id).await?;
    let desk = desk_of(&case.stage);
    let steps = app.store.application_steps(id).await?;
    let (mandate, step, due) = returning(&app, &person, &case, desk, &steps)?;
    let what = reason(&posted, "what")?;
    let template = CorrectionPaper {
        issuer: issuer(&case, desk),
        name: plain(&case.application.name),
        number: case.application.number.clone(),
        first: case.stage.first().map(super::timed).unwrap_or_default(),
        what: plain(&what),
        days: case.edition.whole("correction.working_days"),
        due: dated(due.on),
        tentative: due.tentative,
        dated: dated(app.clock.today()),
    };
    let document = NewPaper { kind: "application.correction", served: true, ..paper_for(&case) };
    let document = paper(document, &template)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let paper = tx.add_paper(&document).await?;
    tx.step_with_paper(id, step, &what, Some(paper)).await??;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=returned")).into_response())
}

async fn resume(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let case = Case::find(&app, &person, id).await?;
    let (mandate, step) = resuming(&app, &person, &case, desk_of(&case.stage))?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.step_application(id, step, "补正期满未再次递交").await??;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=resumed")).into_response())
}

/// 受理通知书.
#[derive(Template)]
#[template(path = "papers/application_acceptance.txt")]
struct AcceptancePaper {
    department: String,
    name: String,
    station: String,
    number: String,
    round: String,
    first: String,
    review_due: String,
    dated: String,
}

async fn accept(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let case = Case::find(&app, &person, id).await?;
    let same = super::conflicting(&case.near(&app).await?);
    let why = posted.text("reason").to_owned();
    let overrides = app.store.region_overrides(&[id]).await?;
    let region = Region::of(&case, &overrides);
    let registered = region.excused(posted.text("region_reason"));
    let (mandate, step) = accepting(&app, &person, &case, (same, &why), registered)?;
    let through = region.to_record(&posted)?;
    if why.chars().count() > 2000 {
        return Err(Fault::Invalid("理由不超过 2000 字。".to_owned()));
    }
    let template = AcceptancePaper {
        department: case.edition.head.department.clone(),
        name: plain(&case.application.name),
        station: plain(&case.application.station_name),
        number: case.application.number.clone(),
        round: case.round.name.clone(),
        first: case.stage.first().map(super::timed).unwrap_or_default(),
        review_due: dated(store::date_from(case.round.review_due)?),
        dated: dated(app.clock.today()),
    };
    let document = NewPaper { kind: "application.acceptance", served: true, ..paper_for(&case) };
    let document = paper(document, &template)?;
    let note = match same.said() {
        Some(said) => format!("{said}，继续办理的理由：{why}"),
        None => why,
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    if let Some((code, reason)) = through {
        tx.add_region_override(&case.application, code, "province", reason).await?;
    }
    let paper = tx.add_paper(&document).await?;
    tx.step_with_paper(id, step, &note, Some(paper)).await??;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=accepted")).into_response())
}

async fn refuse(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let case = Case::find(&app, &person, id).await?;
    let (mandate, step) = declining(&app, &person, &case, Desk::Province)?;
    let why = reason(&posted, "reason")?;
    let document = refusal_paper(&app, &case, Desk::Province, &[], &why)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let paper = tx.add_paper(&document).await?;
    tx.step_with_paper(id, step, &why, Some(paper)).await??;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=unqualified")).into_response())
}
