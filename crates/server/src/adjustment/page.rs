//! One matter: facts, stages, what was done, its documents, open cases, and what may be done next.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use regulation::adjustment::revocation::Ground;
use regulation::adjustment::{Kind, renaming};
use regulation::general::{Manager, Refusal, Role, Scope, Verb, rules};
use regulation::law::cite;
use store::adjustment::AdjustmentStep;
use store::general::Paper;

use super::acts::{ACTS, asked, key};
use super::case::{Act, Action, Case, find, handing, offer};
use super::form::{Form, Input};
use super::{PATH, handover};
use crate::app::{App, Routes};
use crate::appraisal::ledger::reading::{File, file_response};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::shell::{Shell, day, masked, moment_of};

pub fn routes() -> Routes {
    Routes::default().get("/adjustment/{id}", Verb::ViewAdjustment, show).get(
        "/adjustment/files/{id}",
        Verb::ViewAdjustment,
        open_file,
    )
}

#[derive(Template)]
#[template(path = "adjustment/case.html")]
struct CasePage {
    shell: Shell,
    id: i64,
    kind: &'static str,
    article: String,
    item: &'static str,
    station: (i64, String, String),
    host: String,
    state: String,
    state_class: &'static str,
    stage: &'static str,
    closed: bool,
    track: Vec<(&'static str, &'static str)>,
    facts: Vec<(&'static str, String)>,
    files: Vec<File>,
    steps: Vec<StepView>,
    papers: Vec<PaperLine>,
    announcements: Vec<(i64, String)>,
    cases: Vec<CaseLine>,
    hand: Option<Result<Form, Refusal>>,
    acts: Vec<ActView>,
    /// Who takes the next step, for those who do not.
    next: Option<String>,
    problems: usize,
}

struct StepView {
    name: &'static str,
    on: String,
    by: String,
    text: String,
    attendees: String,
    day: Option<String>,
}

struct PaperLine {
    id: i64,
    title: String,
    made: String,
    received: Option<String>,
    statements: Vec<(String, String)>,
    due: Option<String>,
}

struct CaseLine {
    on: String,
    title: String,
    what: String,
    note: String,
    done: bool,
}

/// An act as the page offers it: its form, or why not now.
struct ActView {
    name: &'static str,
    href: String,
    form: Form,
    refusal: Option<Refusal>,
    primary: bool,
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let case = find(&app, &person, id).await?;
    let page = page(&app, &person, case, None).await?;
    Ok(Html(page.render()?).into_response())
}

/// The page again with a form as it was typed and what is wrong with it.
///
/// # Errors
/// Fails when the database does.
pub async fn again(app: &App, person: &Person, case: Case, form: Form) -> Page {
    let page = page(app, person, case, Some(form)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

async fn page(app: &App, person: &Person, case: Case, typed: Option<Form>) -> Result<CasePage, Fault> {
    let outsider = person.actor.role.of_station() && !own_request(case.kind);
    let steps = app.store.adjustment_steps(case.row.id).await?;
    let announcements = app.store.publications_about("adjustment", case.row.id).await?;
    let acts = acts(app, person, &case, typed.as_ref());
    Ok(CasePage {
        shell: Shell::new(app, person, PATH),
        id: case.row.id,
        kind: case.kind.name(),
        article: format!("办法{}", cite(case.kind.item())),
        item: case.kind.item(),
        station: (case.station.id, case.station.number.clone(), case.station.name.clone()),
        host: case.station.host_name.clone(),
        state: case.station.state.clone(),
        state_class: crate::duties::state_class(&case.station.state),
        stage: case.stage_name(),
        closed: case.row.closed_at.is_some(),
        track: track(&case, &steps),
        facts: facts(app, person, &case, outsider),
        files: case.files.iter().filter(|_| !outsider).cloned().map(File::new).collect(),
        steps: steps.into_iter().filter(|step| !outsider || step.paper_id.is_some()).map(|s| step(&case, s)).collect(),
        papers: case.papers.iter().filter(|paper| mine(person, paper)).map(|paper| paper_line(&case, paper)).collect(),
        announcements: announcements.into_iter().map(|row| (row.id, row.title)).collect(),
        cases: case.cases.iter().map(case_line).collect(),
        hand: hand(app, person, &case, typed.as_ref()),
        next: next(&case).filter(|_| acts.is_empty()),
        problems: typed.map_or(0, |form| form.problems()),
        acts,
    })
}

/// What a station asks for itself it sees whole; of the rest it sees what was served.
fn own_request(kind: Kind) -> bool {
    matches!(kind, Kind::Leaving | Kind::Renaming)
}

fn mine(person: &Person, paper: &Paper) -> bool {
    !person.actor.role.of_station() || paper.station_id == person.actor.station
}

/// The stages with a class each: passed, present, to come. Ends the matter did not take are left out.
fn track(case: &Case, steps: &[AdjustmentStep]) -> Vec<(&'static str, &'static str)> {
    let passed = |key: &str| steps.iter().any(|step| step.stage == key);
    let ends = ["dropped", "declined", "withdrawn", "lapsed"];
    let closed = case.row.closed_at.is_some();
    let shown = case.kind.stages().iter().filter(|(key, _)| {
        let now = *key == case.row.stage;
        let skipped = *key == "city_review" && case.station.manager() == Manager::Province;
        now || (!ends.contains(key) && !skipped && (!closed || passed(key)))
    });
    let mut class = "done";
    shown
        .map(|(key, name)| {
            if *key == case.row.stage {
                class = "todo";
                return (*name, if closed { "done" } else { "now" });
            }
            (*name, class)
        })
        .collect()
}

fn facts(app: &App, person: &Person, case: &Case, outsider: bool) -> Vec<(&'static str, String)> {
    let row = &case.row;
    let present = app.present();
    let mut facts = Vec::new();
    let mut fact = |name, value: String| {
        if !value.is_empty() {
            facts.push((name, value));
        }
    };
    if let Some(ground) = row.ground.as_deref().and_then(Ground::from_item) {
        fact("情形", format!("{}　{}", cite(ground.item()), ground.name()));
    }
    fact("不合格年度", row.year.map(|year| format!("{year}年度")).unwrap_or_default());
    if let Some(survivor) = &case.survivor {
        fact("存续方", format!("{} {}", survivor.number, survivor.name));
        let moves = case.moves();
        let named = [(moves.roster, "企业库"), (moves.cases, "未结案件"), (moves.ledger, "本年度其他台账")];
        let moves: Vec<&str> = named.iter().filter(|(moves, _)| *moves).map(|(_, name)| *name).collect();
        fact("移交", if moves.is_empty() { "不移交，留存备查".to_owned() } else { moves.join("、") });
    }
    fact("变更后承办单位", row.new_host.clone());
    fact("变更后工作站名称", row.new_name.clone());
    if let Some(changed) = row.changed_on.and_then(|on| store::date_from(on).ok()) {
        let days = present.edition.calendar.windows.iter().find(|window| window.id == "rename.filing");
        let days = days.and_then(|window| match window.value {
            regulation::law::NumberValue::Whole(days) => Some(days),
            _ => None,
        });
        let filed = store::day_of(store::instant_from(row.opened_at));
        let late = days.filter(|days| renaming::late(changed, filed, *days));
        let note = late.map(|days| format!("（超过 {days} 日报送；系统默认，办法未规定）")).unwrap_or_default();
        fact("变更日期", format!("{changed}{note}"));
    }
    if !outsider {
        let what = match case.kind {
            Kind::Leaving => "退出理由",
            Kind::Renaming => "变更说明",
            Kind::Merging => "整合理由",
            Kind::Revocation | Kind::Misuse => "事实和线索",
        };
        fact(what, row.detail.clone());
        if !row.reporter.is_empty() && person.scope(app, Verb::HandleMisuse) != Scope::Nothing {
            fact("反映人", format!("{}　{}", row.reporter, masked(&row.contact)));
        }
        fact("提出", format!("{}　{}", moment_of(row.opened_at), row.opened_by));
    }
    facts
}

fn step(case: &Case, step: AdjustmentStep) -> StepView {
    let known = ACTS.iter().find(|act| act.kind == case.kind && key(act) == step.step);
    StepView {
        name: known.map_or("一并终止", |act| act.name),
        on: moment_of(step.taken_at),
        by: step.taken_by,
        text: step.text,
        attendees: step.attendees,
        day: step.on_day.map(day),
    }
}

fn paper_line(case: &Case, paper: &Paper) -> PaperLine {
    let of =
        |what: &'static str| case.replies.iter().filter(move |reply| reply.paper_id == paper.id && reply.what == what);
    PaperLine {
        id: paper.id,
        title: paper.title.clone(),
        made: moment_of(paper.made_at),
        received: of("receipt").next().map(|reply| moment_of(reply.given_at)),
        statements: of("statement").map(|reply| (moment_of(reply.given_at), reply.text.clone())).collect(),
        due: paper.reply_due.map(day),
    }
}

fn case_line(case: &store::adjustment::OpenCase) -> CaseLine {
    let receiver = case.receiver.as_deref().unwrap_or_default();
    CaseLine {
        on: day(case.on_day),
        title: case.title.clone(),
        what: match case.outcome.as_deref() {
            Some("moved") => format!("移交{receiver}"),
            Some(_) => "已办结".to_owned(),
            None => "未登记".to_owned(),
        },
        note: case.note.clone().unwrap_or_default(),
        done: case.outcome.is_some(),
    }
}

/// The form of handovers, for those who record them while the matter is open and cases are.
fn hand(app: &App, person: &Person, case: &Case, typed: Option<&Form>) -> Option<Result<Form, Refusal>> {
    if case.open() == 0 || case.row.closed_at.is_some() || person.scope(app, Verb::RecordHandover) == Scope::Nothing {
        return None;
    }
    let open: Vec<(i64, String)> =
        case.cases.iter().filter(|open| open.outcome.is_none()).map(|o| (o.entry_id, o.title.clone())).collect();
    let form = typed.filter(|form| form.key == "handovers").cloned().unwrap_or_else(|| handover::asked(&open));
    Some(handing(app, person, case).map(|_| form))
}

/// The acts that belong to the present stage, for those who hold their verbs.
fn acts(app: &App, person: &Person, case: &Case, typed: Option<&Form>) -> Vec<ActView> {
    let here = ACTS.iter().filter(|act| belongs(act, case) && person.scope(app, act.verb) != Scope::Nothing);
    let mut acts: Vec<ActView> = here
        .map(|act| ActView {
            name: act.name,
            href: act.path.replace("{id}", &case.row.id.to_string()),
            form: match typed.filter(|form| form.key == key(act)) {
                Some(form) => form.clone(),
                None => asked(case, act, app.clock.today()),
            },
            refusal: offer(app, &person.actor, case, act).err(),
            primary: false,
        })
        .collect();
    if let Some(first) = acts.iter_mut().find(|act| act.refusal.is_none()) {
        first.primary = true;
    }
    acts
}

fn belongs(act: &Act, case: &Case) -> bool {
    act.kind == case.kind && act.at.contains(&case.row.stage.as_str())
}

/// Who takes the next step, read off the permission table.
fn next(case: &Case) -> Option<String> {
    let act = ACTS.iter().find(|act| belongs(act, case) && !matches!(act.action, Action::Drop | Action::Withdraw))?;
    let roles: Vec<&str> = rules().filter(|rule| rule.verb == act.verb).map(|rule| Role::name(rule.role)).collect();
    Some(format!("{}（{}）", act.name, roles.join("、")))
}

async fn open_file(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    person.scope_or_refuse(&app, Verb::ViewAdjustment)?;
    let file = app.store.attachment(id).await?.filter(|file| file.noun == "adjustment").ok_or(Fault::NotFound)?;
    let case = find(&app, &person, file.noun_id).await?;
    if person.actor.role.of_station() && !own_request(case.kind) {
        return Err(Fault::NotFound);
    }
    let bytes = app.objects.get(&file.sha256).await?;
    Ok(file_response(&file.file_name, &file.media_type, bytes))
}
