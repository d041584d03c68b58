//! 上报: a city forwards all it found qualified in one act, with what is missing listed and a covering letter
//! (Article 8 (2), reading K30). A late city is marked late; its applicants are not.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use papers::official::plain;
use regulation::admission::form::Unit;
use regulation::admission::{Stage, Step, name_of, take};
use regulation::general::{Basis, Due, Hand, Mandate, Refusal, Scope, Subject, Verb, earlier};
use store::admission::{Application, ApplicationFilter, RegionOverride, Round};
use store::audit::Matter;
use store::general::NewPaper;

use super::{bureau, dated, due_of, regions};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
use crate::posted::Posted;
use crate::shell::{Shell, moment_of};

pub const PATH: &str = "/admission/forwarding";

/// Most applications of one city in a round: none has a tenth of that.
const MOST: i64 = 2000;

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::ForwardApplications, show).post(PATH, Verb::ForwardApplications, forward)
}

/// A city's round: what can go, what cannot yet.
struct Batch {
    round: Round,
    city: String,
    due: Due,
    ready: Vec<Application>,
    pending: Vec<Application>,
    bureau: String,
    department: String,
    /// Who checked what can go.
    hands: Vec<Hand>,
}

impl Batch {
    async fn load(app: &App, person: &Person) -> Result<Option<Batch>, Fault> {
        let scope = person.scope_or_refuse(app, Verb::ForwardApplications)?;
        let Scope::City(city) = &scope else { return Err(Fault::NotFound) };
        let Some(round) = app.store.rounds().await?.into_iter().find(|round| round.opened_at <= now(app)) else {
            return Ok(None);
        };
        let edition = app.editions.get(&app.store, &round.edition_id).await?;
        let filter = ApplicationFilter { round: Some(round.id), ..ApplicationFilter::default() };
        let rows = app.store.application_register(&scope, person.actor.account, &filter, i64::MAX, MOST).await?;
        let at = |stages: &[&str]| rows.iter().filter(|row| stages.contains(&row.stage.as_str())).cloned().collect();
        let ready: Vec<Application> = at(&["city_passed"]);
        let ids: Vec<i64> = ready.iter().map(|row| row.id).collect();
        let checked = [Matter::new("application", &ids)];
        Ok(Some(Batch {
            hands: app.store.hands(&checked, earlier(Verb::ForwardApplications)).await?,
            due: due_of(&edition, &round, "forwarding.city")?,
            ready,
            pending: at(&["city_review", "returned_city"]),
            bureau: bureau(&edition, city),
            department: edition.head.department.clone(),
            city: city.clone(),
            round,
        }))
    }

    /// Whether this person may forward now. Button and submit ask here.
    fn forwarding(&self, app: &App, person: &Person) -> Result<Mandate, Refusal> {
        let subject = Subject { city: Some(self.city.clone()), ..Subject::whole("admission_round", self.round.id) };
        let mandate = person.may(app, Verb::ForwardApplications, &subject.after(self.hands.clone()))?;
        if self.ready.is_empty() {
            return Err(Refusal::new(Basis::Item("8-2"), "没有初审合格、待上报的申请。"));
        }
        for application in &self.ready {
            take(application.stage().unwrap_or(Stage::Draft), Step::Forward)?;
        }
        Ok(mandate)
    }

    fn late(&self, app: &App) -> bool {
        self.due.passed(app.clock.civil())
    }
}

fn now(app: &App) -> i64 {
    store::instant_number(app.clock.now())
}

#[derive(Template)]
#[template(path = "admission/forwarding.html")]
struct ForwardingPage {
    shell: Shell,
    round: Option<String>,
    due: String,
    late: bool,
    ready: Vec<(i64, String, String, String)>,
    pending: Vec<(i64, String, String, &'static str)>,
    forward: Result<(), Refusal>,
    past: Vec<(String, i64, bool, i64, String)>,
}

async fn show(State(app): State<App>, person: Person) -> Page {
    let shell = Shell::new(&app, &person, PATH);
    let Some(batch) = Batch::load(&app, &person).await? else {
        let none = Refusal::new(Basis::Item("8-2"), "年度申报尚未开启。");
        let page = ForwardingPage {
            shell,
            round: None,
            due: String::new(),
            late: false,
            ready: Vec::new(),
            pending: Vec::new(),
            forward: Err(none),
            past: Vec::new(),
        };
        return render(&page);
    };
    let past = app.store.forwardings(batch.round.id, Some(&batch.city)).await?;
    let first = |row: &Application| row.first_at.map(moment_of).unwrap_or_default();
    render(&ForwardingPage {
        shell,
        due: format!("{} {}", batch.due.on, batch.due.time),
        late: batch.late(&app),
        forward: batch.forwarding(&app, &person).map(drop),
        ready: batch.ready.iter().map(|row| (row.id, row.number.clone(), row.name.clone(), first(row))).collect(),
        pending: batch
            .pending
            .iter()
            .map(|row| (row.id, row.number.clone(), row.name.clone(), name_of(&row.stage)))
            .collect(),
        past: past
            .into_iter()
            .map(|f| (moment_of(f.forwarded_at), f.applications, f.late != 0, f.paper_id, f.forwarded_by))
            .collect(),
        round: Some(batch.round.name),
    })
}

/// 初审意见及上报函.
#[derive(Template)]
#[template(path = "papers/forwarding_letter.txt")]
struct LetterPaper {
    bureau: String,
    department: String,
    year: i64,
    count: usize,
    rows: Vec<[String; 5]>,
    gaps: Vec<String>,
    dated: String,
}

async fn forward(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let batch = Batch::load(&app, &person).await?.ok_or(Fault::NotFound)?;
    let mandate = batch.forwarding(&app, &person)?;
    let late = batch.late(&app);
    let letter = letter(&app, &batch).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let paper = tx.add_paper(&letter).await?;
    for application in &batch.ready {
        tx.step_with_paper(application.id, Step::Forward, "", Some(paper)).await??;
        if late {
            tx.mark_city_late(application.id).await?;
        }
    }
    let count = i64::try_from(batch.ready.len()).unwrap_or(i64::MAX);
    tx.add_forwarding(batch.round.id, &batch.city, count, late, paper).await?;
    tx.note(format!("上报 {count} 件{}", if late { "，迟报" } else { "" }));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}?done=forwarded")).into_response())
}

/// The city's opinion, and that the unit was let through though it is registered elsewhere (reading K86).
fn opinion_cell(opinion: &str, through: Option<&RegionOverride>) -> String {
    match through {
        Some(one) => plain(&format!("{opinion}\n{}", regions::said(one))),
        None => plain(opinion),
    }
}

async fn letter(app: &App, batch: &Batch) -> Result<NewPaper, Fault> {
    let ids: Vec<i64> = batch.ready.iter().map(|row| row.id).collect();
    let overrides = regions::newest(app, &ids).await?;
    let mut rows = Vec::new();
    for (ix, row) in batch.ready.iter().enumerate() {
        let steps = app.store.application_steps(row.id).await?;
        let opinion = steps.iter().rev().find(|step| step.stage == "city_passed");
        rows.push([
            (ix + 1).to_string(),
            plain(&row.name),
            Unit::from_key(&row.kind).map_or("", Unit::name).to_owned(),
            plain(&row.industry),
            opinion_cell(opinion.map_or("", |step| step.note.as_str()), overrides.get(&row.id)),
        ]);
    }
    let gap = |row: &Application| format!("{}（{}）", plain(&row.name), name_of(&row.stage));
    let template = LetterPaper {
        bureau: batch.bureau.clone(),
        department: batch.department.clone(),
        year: batch.round.year,
        count: rows.len(),
        rows,
        gaps: batch.pending.iter().map(gap).collect(),
        dated: dated(app.clock.today()),
    };
    let new = NewPaper {
        kind: "application.forwarding",
        noun: "admission_round",
        noun_id: batch.round.id,
        city: Some(batch.city.clone()),
        ..NewPaper::default()
    };
    Ok(paper(new, &template)?)
}
