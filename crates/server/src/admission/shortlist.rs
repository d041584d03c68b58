//! 拟入选名单: results in order, and the province's choice with its reasons (Article 8 (3), reading K31). The order is
//! shown; people choose.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use papers::official::plain;
use regulation::admission::panel::{Outcome, Terms, choice, outcome, ranked};
use regulation::admission::{Desk, Step};
use regulation::general::{Mandate, Refusal, Subject, Verb};
use store::admission::NewShortlisting;
use store::general::NewPaper;

use super::cases::{self, Case};
use super::panels::{OutcomeView, PATH, locked_of};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
use crate::posted::Posted;
use crate::shell::{Shell, moment_of};

pub fn routes() -> Routes {
    Routes::default().get("/admission/selection/{round}/shortlist", Verb::ViewPanels, show).post(
        "/admission/selection/{round}/shortlist",
        Verb::ProposeShortlist,
        propose,
    )
}

/// Whether this person may propose a shortlist.
///
/// # Errors
/// The refusal.
pub fn proposing(app: &App, person: &Person, round: i64) -> Result<Mandate, Refusal> {
    person.may(app, Verb::ProposeShortlist, &Subject::whole("admission_round", round))
}

/// What is decided on: applications of closed panels nobody has chosen from yet, with their results.
struct Field {
    cases: BTreeMap<i64, Case>,
    results: Vec<(i64, Outcome)>,
    terms: Terms,
}

async fn field(app: &App, round: i64) -> Result<Field, Fault> {
    let terms = Terms::of(&app.present().edition);
    let reviews = app.store.closed_reviews(round).await?;
    let all = cases::of_round(app, round).await?;
    let open = all.into_iter().filter(|case| case.stage.key() == "panel_review");
    let cases: BTreeMap<i64, Case> = open.map(|case| (case.id, case)).collect();
    let result = |id: &i64| Some((*id, outcome(&locked_of(&reviews, *id), &terms)?));
    let results: Vec<(i64, Outcome)> = cases.keys().filter_map(result).collect();
    Ok(Field { cases, results, terms })
}

#[derive(Template)]
#[template(path = "admission/shortlist.html")]
struct ShortlistPage {
    shell: Shell,
    round: i64,
    round_name: String,
    lines: Vec<Line>,
    past: Vec<PastLine>,
    propose: Result<(), Refusal>,
    reason: String,
    problem: Option<String>,
}

struct Line {
    id: i64,
    place: usize,
    name: String,
    city: String,
    industry: String,
    outcome: OutcomeView,
    chosen: bool,
}

struct PastLine {
    name: String,
    chosen: bool,
    place: i64,
    reason: String,
    decided: String,
}

async fn show(State(app): State<App>, person: Person, Path(round): Path<i64>) -> Page {
    person.scope_or_refuse(&app, Verb::ViewPanels)?;
    let round = cases::round(&app, round).await?;
    let field = field(&app, round.id).await?;
    let chosen = field.results.iter().filter(|(_, outcome)| outcome.passed()).map(|(id, _)| *id).collect();
    render(&page(&app, &person, &round, &field, &chosen, "", None).await?)
}

async fn page(
    app: &App,
    person: &Person,
    round: &cases::RoundOf,
    field: &Field,
    chosen: &BTreeSet<i64>,
    reason: &str,
    problem: Option<String>,
) -> Result<ShortlistPage, Fault> {
    let all = cases::of_round(app, round.id).await?;
    let name = |id: i64| all.iter().find(|case| case.id == id).map(|case| case.unit.name.clone()).unwrap_or_default();
    let line = |(id, place): (i64, usize)| {
        let case = field.cases.get(&id)?;
        let (_, outcome) = field.results.iter().find(|(of, _)| *of == id)?;
        Some(Line {
            id,
            place,
            name: case.unit.name.clone(),
            city: case.city_name.clone(),
            industry: case.industry.clone(),
            outcome: OutcomeView::new(outcome, &field.terms),
            chosen: chosen.contains(&id),
        })
    };
    let past = app.store.shortlistings(round.id).await?.into_iter().map(|row| PastLine {
        name: name(row.application_id),
        chosen: row.chosen != 0,
        place: row.place,
        reason: row.reason,
        decided: format!("{}　{}", moment_of(row.decided_at), row.decided_by),
    });
    Ok(ShortlistPage {
        shell: Shell::new(app, person, PATH),
        round: round.id,
        round_name: round.name.clone(),
        lines: ranked(&field.results).into_iter().filter_map(line).collect(),
        past: past.collect(),
        propose: proposing(app, person, round.id).map(drop),
        reason: reason.to_owned(),
        problem,
    })
}

async fn propose(State(app): State<App>, person: Person, Path(round): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.scope_or_refuse(&app, Verb::ViewPanels)?;
    let round = cases::round(&app, round).await?;
    let mandate = proposing(&app, &person, round.id)?;
    let field = field(&app, round.id).await?;
    let chosen: BTreeSet<i64> = posted.all("chosen").iter().filter_map(|id| id.parse().ok()).collect();
    let reason = posted.text("reason");
    if let Err(problem) = judge(&field, &chosen, reason) {
        let page = page(&app, &person, &round, &field, &chosen, reason, Some(problem)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    let places = ranked(&field.results);
    let mut told = Vec::new();
    for (id, outcome) in field.results.iter().filter(|(id, _)| !chosen.contains(id)) {
        if let Some(case) = field.cases.get(id) {
            told.push(result_paper(&app, case, outcome, &why(outcome, &field.terms, reason))?);
        }
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    for (id, place) in &places {
        let Some((_, outcome)) = field.results.iter().find(|(of, _)| of == id) else { continue };
        let taken = chosen.contains(id);
        let of = usize::try_from(outcome.of).unwrap_or_default();
        let step = match taken {
            true => Step::Shortlist { locked: of, needed: of, passed: outcome.passed() },
            false => Step::Decline { by: Desk::Province },
        };
        let reason = if taken { reason.to_owned() } else { why(outcome, &field.terms, reason) };
        cases::step(&mut tx, *id, step, &reason).await?;
        let place = i64::try_from(*place).unwrap_or_default();
        tx.add_shortlisting(round.id, &NewShortlisting { application: *id, chosen: taken, place, reason }).await?;
    }
    for paper in &told {
        tx.add_paper(paper).await?;
    }
    tx.concerns(round.id);
    tx.note(format!("{}：{} 件中提出入选 {} 件", round.name, places.len(), chosen.len()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{}/shortlist?done=shortlisted", round.id)).into_response())
}

/// Whether the choice can stand as it is.
fn judge(field: &Field, chosen: &BTreeSet<i64>, reason: &str) -> Result<(), String> {
    if field.results.is_empty() {
        return Err("没有已汇总、待提出名单的申请。".to_owned());
    }
    if chosen.iter().any(|id| field.results.iter().all(|(of, _)| of != id)) {
        return Err("所选申请不在本次名单范围内，请重新选择。".to_owned());
    }
    let name = |id: &i64| field.cases.get(id).map_or("", |case| case.unit.name.as_str());
    let judged = choice(&field.results, chosen);
    if let Some(failing) = judged.failing.first() {
        return Err(format!("{}未通过专家评审，不能列入名单。", name(failing)));
    }
    if reason.chars().count() > 1000 {
        return Err("理由不超过 1000 字。".to_owned());
    }
    if reason.is_empty() && !judged.left_out.is_empty() {
        let names: Vec<&str> = judged.left_out.iter().map(name).collect();
        let how =
            if judged.out_of_order { "名单没有按名次" } else { "名单没有列入全部通过评审的单位" };
        return Err(format!("{how}：{} 通过评审而未列入，请填写理由。", names.join("、")));
    }
    Ok(())
}

/// Why an application is not on the list: what it lacks, or the province's reason.
fn why(outcome: &Outcome, terms: &Terms, reason: &str) -> String {
    if outcome.passed() { reason.to_owned() } else { OutcomeView::new(outcome, terms).short }
}

#[derive(Template)]
#[template(path = "papers/review_result.txt")]
struct ResultPaper {
    unit: String,
    round_department: String,
    mean: String,
    agree: String,
    why: String,
    dated: String,
    phone: String,
}

/// 评审结果告知书, served on the applicant (reading K30: whoever is not taken is told why).
fn result_paper(app: &App, case: &Case, outcome: &Outcome, why: &str) -> anyhow::Result<NewPaper> {
    let template = ResultPaper {
        unit: plain(&case.unit.name),
        round_department: app.present().edition.head.department.clone(),
        mean: outcome.mean.to_string(),
        agree: format!("{}/{}", outcome.agree, outcome.of),
        why: plain(why),
        dated: super::dated(app.clock.today()),
        phone: app.settings.support_phone.clone(),
    };
    let new = NewPaper {
        kind: "admission.result",
        noun: "application",
        noun_id: case.id,
        account: Some(case.account),
        served: true,
        ..NewPaper::default()
    };
    paper(new, &template)
}
