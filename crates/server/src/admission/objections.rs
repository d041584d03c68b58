//! 公示异议的处理: the register, its rulings with reasons, and the paper each ruling issues (Article 8 (4), reading K32).

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use papers::official::plain;
use regulation::admission::Step;
use regulation::admission::notice::{Ruling, deciding};
use regulation::general::{Basis, Hand, Mandate, Refusal, Subject, Verb};
use store::admission::Objection;
use store::general::{NewPaper, Publication};

use super::apart;
use super::cases::{self, Case};
use super::confirmation::{Confirming, confirming};
use super::panels::PATH;
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
use crate::posted::Posted;
use crate::shell::{Shell, day, masked, moment_of};

pub fn routes() -> Routes {
    Routes::default()
        .get("/admission/notices/{id}", Verb::ViewObjections, show)
        .get("/admission/notices/{id}/objections/{objection}", Verb::ViewObjections, one)
        .post("/admission/notices/{id}/objections/{objection}/ruling", Verb::RuleOnObjection, rule)
        .post("/admission/notices/{id}/objections/{objection}/reveal", Verb::RevealPersonal, reveal)
}

/// A notice of a shortlist, its applications and its objections.
pub struct Notice {
    pub row: Publication,
    pub cases: Vec<Case>,
    pub objections: Vec<Objection>,
}

impl Notice {
    /// # Errors
    /// [`Fault::NotFound`] when there is no such notice.
    pub async fn of(app: &App, id: i64) -> Result<Notice, Fault> {
        let row = app.store.publication(id).await?;
        let row = row.filter(|row| row.kind == "notice" && row.noun == "admission_round").ok_or(Fault::NotFound)?;
        let listed = app.store.noticed(id).await?;
        let all = cases::of_round(app, row.noun_id).await?;
        let cases = all.into_iter().filter(|case| listed.contains(&case.id)).collect();
        Ok(Notice { row, cases, objections: app.store.objections(id).await? })
    }

    pub fn open(&self) -> usize {
        self.objections.iter().filter(|objection| objection.ruling.is_none()).count()
    }

    /// Who had a hand in what it puts before the public.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn hands(&self, app: &App, person: &Person, verb: Verb) -> Result<Vec<Hand>, Fault> {
        apart::hands(app, person, verb, self.row.noun_id, &self.cases, &self.objections).await
    }
}

/// # Errors
/// [`Fault::NotFound`] when there is no such notice for this person.
pub async fn notice(app: &App, person: &Person, id: i64) -> Result<Notice, Fault> {
    person.scope_or_refuse(app, Verb::ViewObjections)?;
    Notice::of(app, id).await
}

#[derive(Template)]
#[template(path = "admission/notice.html")]
struct NoticePage {
    shell: Shell,
    id: i64,
    round: i64,
    title: String,
    until: String,
    over: bool,
    lines: Vec<Line>,
    confirms: Confirming,
    papers: Vec<(i64, String)>,
    sha256: String,
}

struct Line {
    id: i64,
    about: String,
    name: String,
    raised: String,
    due: String,
    late: bool,
    ruling: Option<&'static str>,
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let notice = notice(&app, &person, id).await?;
    let confirming = confirming(&app, &person, &notice, None, Vec::new()).await?;
    page(&app, &person, &notice, confirming, StatusCode::OK).await
}

/// The notice's page; the confirmation shows its problems on it.
///
/// # Errors
/// Fails when the database or the template does.
pub async fn page(app: &App, person: &Person, notice: &Notice, confirming: Confirming, status: StatusCode) -> Page {
    let today = store::day_number(app.clock.today());
    let papers = app.store.papers_about("publication", notice.row.id).await?;
    let until = notice.row.until_day.unwrap_or_default();
    let line = |objection: &Objection| Line {
        id: objection.id,
        about: about(notice, objection),
        name: objection.name.clone(),
        raised: moment_of(objection.raised_at),
        due: day(objection.due_day),
        late: objection.ruling.is_none() && objection.due_day < today,
        ruling: objection.ruling.as_deref().and_then(Ruling::from_key).map(Ruling::name),
    };
    let page = NoticePage {
        shell: Shell::new(app, person, PATH),
        id: notice.row.id,
        round: notice.row.noun_id,
        title: notice.row.title.clone(),
        until: day(until),
        over: until < today,
        lines: notice.objections.iter().map(line).collect(),
        confirms: confirming,
        papers: papers.into_iter().map(|paper| (paper.id, paper.title)).collect(),
        sha256: notice.row.sha256.clone(),
    };
    Ok((status, Html(page.render()?)).into_response())
}

fn about(notice: &Notice, objection: &Objection) -> String {
    let of = objection.application_id.and_then(|id| notice.cases.iter().find(|case| case.id == id));
    of.map_or_else(|| "整个名单".to_owned(), |case| case.unit.name.clone())
}

#[derive(Template)]
#[template(path = "admission/objection.html")]
struct ObjectionPage {
    shell: Shell,
    notice: i64,
    title: String,
    objection: Objection,
    about: String,
    contact: String,
    raised: String,
    due: String,
    decided: String,
    ruling: Option<&'static str>,
    rulings: Vec<(&'static str, &'static str)>,
    rule: Result<(), Refusal>,
    may_reveal: bool,
    revealed: bool,
    typed: String,
    problem: Option<&'static str>,
}

/// Whether this person may rule on it now. Button and submit both ask here.
fn ruling(app: &App, person: &Person, objection: &Objection, hands: Vec<Hand>) -> Result<Mandate, Refusal> {
    let subject = Subject::whole("objection", objection.id).after(hands);
    let mandate = person.may(app, Verb::RuleOnObjection, &subject)?;
    deciding(objection.ruling.is_some()).map(|()| mandate)
}

async fn found(app: &App, person: &Person, id: i64, objection: i64) -> Result<(Notice, Objection), Fault> {
    let notice = notice(app, person, id).await?;
    let objection = notice.objections.iter().find(|row| row.id == objection).cloned().ok_or(Fault::NotFound)?;
    Ok((notice, objection))
}

async fn view(
    app: &App,
    person: &Person,
    notice: &Notice,
    objection: Objection,
    revealed: bool,
    typed: (&str, Option<&'static str>),
) -> Result<ObjectionPage, Fault> {
    let hands = notice.hands(app, person, Verb::RuleOnObjection).await?;
    let upheld = |ruling: &Ruling| *ruling == Ruling::Dismissed || objection.application_id.is_some();
    Ok(ObjectionPage {
        shell: Shell::new(app, person, PATH),
        notice: notice.row.id,
        title: notice.row.title.clone(),
        about: about(notice, &objection),
        contact: if revealed { objection.contact.clone() } else { masked(&objection.contact) },
        raised: moment_of(objection.raised_at),
        due: day(objection.due_day),
        decided: objection.decided_at.map(moment_of).unwrap_or_default(),
        ruling: objection.ruling.as_deref().and_then(Ruling::from_key).map(Ruling::name),
        rulings: Ruling::ALL.iter().filter(|(r, ..)| upheld(r)).map(|(_, key, name)| (*key, *name)).collect(),
        rule: ruling(app, person, &objection, hands).map(drop),
        may_reveal: person.may(app, Verb::RevealPersonal, &Subject::whole("objection", objection.id)).is_ok(),
        revealed,
        typed: typed.0.to_owned(),
        problem: typed.1,
        objection,
    })
}

async fn one(State(app): State<App>, person: Person, Path((id, objection)): Path<(i64, i64)>) -> Page {
    let (notice, objection) = found(&app, &person, id, objection).await?;
    render(&view(&app, &person, &notice, objection, false, ("", None)).await?)
}

/// The page again with the contact in full; the look is on record.
async fn reveal(
    State(app): State<App>,
    person: Person,
    Path((id, objection)): Path<(i64, i64)>,
    posted: Posted,
) -> Page {
    person.check(&posted)?;
    let (notice, objection) = found(&app, &person, id, objection).await?;
    let mandate = person.may(&app, Verb::RevealPersonal, &Subject::whole("objection", objection.id))?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.note("查看异议人的联系方式");
    tx.commit().await?;
    render(&view(&app, &person, &notice, objection, true, ("", None)).await?)
}

#[derive(Template)]
#[template(path = "papers/objection_ruling.txt")]
struct RulingPaper {
    name: String,
    title: String,
    about: String,
    text: String,
    raised: String,
    ruling: &'static str,
    reason: String,
    department: String,
    dated: String,
}

async fn rule(State(app): State<App>, person: Person, Path((id, objection)): Path<(i64, i64)>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (notice, objection) = found(&app, &person, id, objection).await?;
    let hands = notice.hands(&app, &person, Verb::RuleOnObjection).await?;
    let mandate = ruling(&app, &person, &objection, hands)?;
    let reason = posted.raw("reason").trim();
    let decided = Ruling::from_key(posted.text("ruling"));
    let decided = match decided {
        Some(decided) if (1..=2000).contains(&reason.chars().count()) => decided,
        _ => {
            let problem = "请选择处理结论并写明理由，不超过 2000 字。";
            let page = view(&app, &person, &notice, objection, false, (reason, Some(problem))).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
        }
    };
    let struck = objection.application_id.filter(|_| decided == Ruling::Upheld);
    if decided == Ruling::Upheld && struck.is_none() {
        return Err(Refusal::new(Basis::Item("8-4"), "对整个名单的异议不能取消某一单位，请写明处理意见。").into());
    }
    let template = RulingPaper {
        name: plain(&objection.name),
        title: notice.row.title.clone(),
        about: plain(&about(&notice, &objection)),
        text: plain(&objection.text),
        raised: super::dated(store::day_of(store::instant_from(objection.raised_at))),
        ruling: decided.name(),
        reason: plain(reason),
        department: app.present().edition.head.department.clone(),
        dated: super::dated(app.clock.today()),
    };
    let new = NewPaper { kind: "admission.objection", noun: "objection", noun_id: objection.id, ..NewPaper::default() };
    let paper = paper(new, &template)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let paper = tx.add_paper(&paper).await?;
    tx.rule_on_objection(objection.id, decided.key(), reason, paper).await?;
    // Two objections to one unit may both be upheld: it is struck once.
    let noticed = |case: &&Case| Some(case.id) == struck && case.stage.key() == "noticed";
    if let Some(case) = notice.cases.iter().find(noticed) {
        cases::step(&mut tx, case.id, Step::Strike, reason).await?;
    }
    tx.concerns(objection.id);
    tx.note(format!("异议 {}：{}", objection.id, decided.name()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admission/notices/{id}?done=ruled#objections")).into_response())
}
