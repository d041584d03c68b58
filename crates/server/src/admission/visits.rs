//! 实地考察记录: when, where, who went, what was found, with photos; kept as a document (Article 8 (3)).

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use papers::official::plain;
use regulation::general::{Basis, Mandate, Refusal, Subject, Verb};
use store::admission::{NewVisit, Panel};
use store::general::NewPaper;

use super::cases::Case;
use super::panels::{PATH, assigned_cases};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::parse_day;
use crate::appraisal::ledger::reading::file_response;
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
use crate::posted::Posted;
use crate::shell::{Shell, day, moment_of};

const NOUN: &str = "site_visit";

pub fn routes() -> Routes {
    Routes::default()
        .get("/admission/panels/{id}/visits", Verb::ViewPanels, list)
        .post("/admission/panels/{id}/visits", Verb::RecordVisit, record)
        .get("/admission/panels/{id}/visits/files/{file}", Verb::ViewPanels, file)
}

#[derive(Template)]
#[template(path = "admission/visits.html")]
struct VisitsPage {
    shell: Shell,
    id: i64,
    panel: String,
    round: i64,
    visits: Vec<VisitView>,
    record: Result<(), Refusal>,
    cases: Vec<(i64, String)>,
    typed: Typed,
    problem: Option<&'static str>,
    today: String,
}

impl VisitsPage {
    fn about(&self, case: &i64) -> bool {
        self.typed.application == Some(*case)
    }
}

#[derive(Clone, Debug, Default)]
struct Typed {
    application: Option<i64>,
    on: String,
    at: String,
    place: String,
    people: String,
    found: String,
}

struct VisitView {
    unit: String,
    when: String,
    place: String,
    people: String,
    found: String,
    recorded: String,
    files: Vec<(i64, String)>,
}

/// Whether a visit can be recorded now: while the panel is at work. Button and submit both ask here.
fn recording(app: &App, person: &Person, panel: &Panel) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::RecordVisit, &Subject::whole(NOUN, panel.id))?;
    match panel.closed_at {
        None => Ok(mandate),
        Some(_) => Err(Refusal::new(Basis::Item("8-3"), "评审已经汇总，不再登记实地考察。")),
    }
}

async fn found(app: &App, person: &Person, id: i64) -> Result<(Panel, Vec<Case>), Fault> {
    person.scope_or_refuse(app, Verb::ViewPanels)?;
    let panel = app.store.panel(id).await?.ok_or(Fault::NotFound)?;
    let cases = assigned_cases(app, &panel).await?;
    Ok((panel, cases))
}

async fn page(
    app: &App,
    person: &Person,
    (panel, cases): (&Panel, &[Case]),
    typed: Typed,
    problem: Option<&'static str>,
) -> Result<VisitsPage, Fault> {
    let rows = app.store.site_visits(panel.id).await?;
    let files = app.store.attachments_of(NOUN, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    let view = |row: &store::admission::Visit| VisitView {
        unit: cases.iter().find(|case| case.id == row.application_id).map(|c| c.unit.name.clone()).unwrap_or_default(),
        when: format!("{} {}", day(row.on_day), row.at_time),
        place: row.place.clone(),
        people: row.people.clone(),
        found: row.found.clone(),
        recorded: format!("{}　{}", moment_of(row.recorded_at), row.recorded_by),
        files: files.iter().filter(|f| f.noun_id == row.id).map(|f| (f.id, f.file_name.clone())).collect(),
    };
    Ok(VisitsPage {
        shell: Shell::new(app, person, PATH),
        id: panel.id,
        panel: panel.name.clone(),
        round: panel.round_id,
        visits: rows.iter().map(view).collect(),
        record: recording(app, person, panel).map(drop),
        cases: cases.iter().map(|case| (case.id, case.unit.name.clone())).collect(),
        typed,
        problem,
        today: app.clock.today().to_string(),
    })
}

async fn list(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let (panel, cases) = found(&app, &person, id).await?;
    render(&page(&app, &person, (&panel, &cases), Typed::default(), None).await?)
}

/// A photo of one of this panel's visits.
async fn file(State(app): State<App>, person: Person, Path((id, file)): Path<(i64, i64)>) -> Page {
    let (panel, _) = found(&app, &person, id).await?;
    let visits = app.store.site_visits(panel.id).await?;
    let file = app.store.attachment(file).await?;
    let own = |noun: &str, of: i64| noun == NOUN && visits.iter().any(|visit| visit.id == of);
    let file = file.filter(|file| own(&file.noun, file.noun_id)).ok_or(Fault::NotFound)?;
    let bytes = app.objects.get(&file.sha256).await?;
    Ok(file_response(&file.file_name, &file.media_type, bytes))
}

#[derive(Template)]
#[template(path = "papers/site_visit.txt")]
struct VisitPaper<'a> {
    unit: String,
    when: String,
    place: &'a str,
    people: &'a str,
    found: &'a str,
    photos: usize,
    department: String,
    dated: String,
}

async fn record(State(app): State<App>, person: Person, Path(id): Path<i64>, mut posted: Posted) -> Page {
    person.check(&posted)?;
    let (panel, cases) = found(&app, &person, id).await?;
    let mandate = recording(&app, &person, &panel)?;
    let typed = Typed {
        application: posted.number("application"),
        on: posted.text("on").to_owned(),
        at: posted.text("at").to_owned(),
        place: posted.text("place").to_owned(),
        people: posted.text("people").to_owned(),
        found: posted.raw("found").trim().to_owned(),
    };
    let (case, on) = match judge(&cases, &typed, store::day_number(app.clock.today())) {
        Ok(found) => found,
        Err(problem) => {
            let page = page(&app, &person, (&panel, &cases), typed, Some(problem)).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
        }
    };
    let mut files = Vec::new();
    for upload in std::mem::take(&mut posted.files) {
        files.push(app.objects.put(upload).await?);
    }
    let (place, people, told) = (plain(&typed.place), plain(&typed.people), plain(&typed.found));
    let template = VisitPaper {
        unit: plain(&case.unit.name),
        when: format!("{} {}", super::dated(store::date_from(on)?), plain(&typed.at)),
        place: &place,
        people: &people,
        found: &told,
        photos: files.len(),
        department: app.present().edition.head.department.clone(),
        dated: super::dated(app.clock.today()),
    };
    let new = NewPaper { kind: "admission.visit", noun: "application", noun_id: case.id, ..NewPaper::default() };
    let paper = paper(new, &template)?;
    let visit = NewVisit {
        application: case.id,
        on_day: on,
        at_time: typed.at,
        place: typed.place,
        people: typed.people,
        found: typed.found,
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let key = tx.add_site_visit(&visit).await?;
    // An application has no station yet: its photos stand under none.
    tx.attach(NOUN, key, 0, &files).await?;
    tx.add_paper(&paper).await?;
    tx.note(format!("{}：{}，照片 {} 张", case.unit.name, day(on), files.len()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admission/panels/{id}/visits?done=visited")).into_response())
}

/// The application and the day, when everything is there.
fn judge<'c>(cases: &'c [Case], typed: &Typed, today: i64) -> Result<(&'c Case, i64), &'static str> {
    let case = cases.iter().find(|case| Some(case.id) == typed.application).ok_or("请选择考察的申请单位。")?;
    let on = parse_day(&typed.on).map(store::day_number).filter(|on| *on <= today);
    let on = on.ok_or("考察日期应写作 2026-07-01，且不晚于今天。")?;
    let within = |text: &str, most: usize| (1..=most).contains(&text.chars().count());
    if !within(&typed.at, 20) || !within(&typed.place, 200) || !within(&typed.people, 200) {
        return Err("请填写考察时间（20 字以内）、地点和人员（各 200 字以内）。");
    }
    if !within(&typed.found, 3000) {
        return Err("请填写考察情况，不超过 3000 字。");
    }
    Ok((case, on))
}
