//! 文书: official documents as they were made; those served are received and may be answered (Articles 8, 14, 17).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use jiff::civil::DateTime;
use papers::official::{Block, Document};
use regulation::adjustment;
use regulation::general::supervision::Level;
use regulation::general::{Basis, Mandate, Refusal, Scope, Subject, Verb, holds};
use store::duties::Station;
use store::general::{NewPaper, Paper, PaperReply};

use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, day, moment_of};

const PATH: &str = "/general/papers";

pub fn routes() -> Routes {
    Routes::default()
        .get(PATH, Verb::ViewPapers, list)
        .get("/general/papers/{id}", Verb::ViewPapers, show)
        .post("/general/papers/{id}/receipt", Verb::ReceivePaper, receive)
        .post("/general/papers/{id}/statement", Verb::GiveStatement, state)
}

/// A document made from a template of `templates/papers/`, ready to be recorded by [`store::Tx::add_paper`].
///
/// # Errors
/// Fails when the template gives no document: a fault of ours.
pub fn paper(new: NewPaper, template: &impl Template) -> anyhow::Result<NewPaper> {
    let content = template.render()?;
    let title = Document::parse(&content)?.title;
    Ok(NewPaper { title, content, ..new })
}

#[derive(Template)]
#[template(path = "general/papers.html")]
struct PapersPage {
    shell: Shell,
    lines: Vec<Line>,
}

/// A served paper in a list.
pub struct Line {
    pub id: i64,
    pub title: String,
    pub served: String,
    pub received: Option<String>,
    pub reply_due: Option<String>,
}

impl Line {
    fn new(paper: &Paper, replies: &[PaperReply]) -> Line {
        let receipt = replies.iter().find(|reply| reply.paper_id == paper.id && reply.what == "receipt");
        Line {
            id: paper.id,
            title: paper.title.clone(),
            served: paper.served_at.map(moment_of).unwrap_or_default(),
            received: receipt.map(|receipt| moment_of(receipt.given_at)),
            reply_due: paper.reply_due.map(day),
        }
    }
}

/// Papers served on a station or an applicant.
///
/// # Errors
/// Fails when the database does.
pub async fn served(app: &App, person: &Person) -> Result<Vec<Line>, Fault> {
    let papers = match person.actor.station {
        Some(station) => app.store.served_papers(station, i64::MAX, 100).await?,
        None => app.store.account_papers(person.actor.account).await?,
    };
    let ids: Vec<i64> = papers.iter().map(|paper| paper.id).collect();
    let replies = app.store.paper_replies(&ids).await?;
    Ok(papers.iter().map(|paper| Line::new(paper, &replies)).collect())
}

async fn list(State(app): State<App>, person: Person) -> Page {
    person.may(&app, Verb::ViewPapers, &own(&person))?;
    render(&PapersPage { shell: Shell::new(&app, &person, PATH), lines: served(&app, &person).await? })
}

/// Papers of one's own: the station's, or the account's.
fn own(person: &Person) -> Subject {
    Subject {
        station: person.actor.station,
        city: person.actor.city.clone(),
        county: person.actor.county.clone(),
        ..Subject::own_account("paper", person.actor.account)
    }
}

fn of_paper(paper: &Paper) -> Subject {
    Subject {
        noun: "paper",
        id: paper.id,
        station: paper.station_id,
        account: paper.account_id,
        city: paper.city.clone(),
        ..Subject::default()
    }
}

#[derive(Template)]
#[template(path = "general/paper.html")]
struct PaperPage {
    shell: Shell,
    id: i64,
    document: Document,
    made: String,
    by: String,
    sha256: String,
    /// Where the year it is about is dealt with, for those who may look there.
    matter: Option<String>,
    /// Whether this person's office issues documents, and this is one with a head.
    issues: bool,
    served: Option<String>,
    due: Option<String>,
    replies: Vec<ReplyView>,
    /// `None` for those who never receive.
    receive: Option<Result<(), Refusal>>,
    answer: Option<Result<(), Refusal>>,
}

struct ReplyView {
    what: &'static str,
    text: String,
    at: String,
    by: String,
}

/// Whether this person may open the papers of a station.
pub fn opens(app: &App, person: &Person, station: &Station) -> bool {
    person.scope(app, Verb::ViewPapers).covers(&station.placed())
}

/// A paper this person may see.
///
/// # Errors
/// [`Fault::NotFound`] when there is none for this person.
pub async fn visible(app: &App, person: &Person, id: i64) -> Result<Paper, Fault> {
    let scope = person.scope(app, Verb::ViewPapers);
    app.store.paper(&scope, person.actor.account, id).await?.ok_or(Fault::NotFound)
}

/// Whether this person may receive the paper now. Button and submit both ask here.
fn receiving(app: &App, person: &Person, paper: &Paper, replies: &[PaperReply]) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::ReceivePaper, &of_paper(paper))?;
    if paper.served_at.is_none() {
        return Err(Refusal::new(mandate.basis(), "该文书未送达，不须签收。"));
    }
    if replies.iter().any(|reply| reply.what == "receipt") {
        return Err(Refusal::new(mandate.basis(), "该文书已经签收。"));
    }
    Ok(mandate)
}

/// Whether this person may make a statement on the paper now (reading K46).
fn stating(app: &App, person: &Person, paper: &Paper, now: DateTime) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::GiveStatement, &of_paper(paper))?;
    let Some(due) = paper.reply_due else {
        return Err(Refusal::new(mandate.basis(), "该文书不须陈述。"));
    };
    let due = store::date_from(due).map_err(|_| Refusal::new(mandate.basis(), "该文书的陈述期限有误。"))?;
    adjustment::stating(basis_of(paper), due, now)?;
    Ok(mandate)
}

/// The article a statement on a paper stands under.
fn basis_of(paper: &Paper) -> Basis {
    match paper.kind.split_once('.') {
        Some(("revocation", _)) => Basis::Item("17"),
        Some(("misuse", _)) => Basis::Item("4"),
        _ => Basis::Item("14"),
    }
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let paper = visible(&app, &person, id).await?;
    let replies = app.store.paper_replies(&[id]).await?;
    let holds = |verb| holds(&person.actor, verb, app.clock.today());
    let receive = holds(Verb::ReceivePaper).then(|| receiving(&app, &person, &paper, &replies).map(drop));
    let answer = (holds(Verb::GiveStatement) && paper.reply_due.is_some())
        .then(|| stating(&app, &person, &paper, app.clock.civil()).map(drop));
    let view = |reply: PaperReply| ReplyView {
        what: if reply.what == "receipt" { "签收" } else { "陈述" },
        text: reply.text,
        at: moment_of(reply.given_at),
        by: reply.given_by,
    };
    let document = Document::parse(&paper.content)?;
    render(&PaperPage {
        shell: Shell::new(&app, &person, PATH),
        id,
        issues: !document.issuer.is_empty() && Level::of(person.actor.role).is_some(),
        document,
        made: moment_of(paper.made_at),
        by: paper.made_by.clone(),
        sha256: paper.sha256.clone(),
        matter: matter(&app, &person, &paper),
        served: paper.served_at.map(moment_of),
        due: paper.reply_due.map(day),
        receive,
        answer,
        replies: replies.into_iter().map(view).collect(),
    })
}

/// The page of a station's year a paper is about: who sees the one sees the other, but for roles that never do.
fn matter(app: &App, person: &Person, paper: &Paper) -> Option<String> {
    let station = paper.station_id.filter(|_| paper.noun == "cycle")?;
    let looks = person.scope(app, Verb::ViewSheet) != Scope::Nothing;
    looks.then(|| crate::appraisal::inspection::station_href(paper.noun_id, station))
}

async fn receive(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let paper = visible(&app, &person, id).await?;
    let mandate = receiving(&app, &person, &paper, &app.store.paper_replies(&[id]).await?)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.reply_to_paper(id, "receipt", "").await?;
    tx.note(format!("签收《{}》", paper.title));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=received")).into_response())
}

async fn state(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let paper = visible(&app, &person, id).await?;
    let mandate = stating(&app, &person, &paper, app.clock.civil())?;
    let text = posted.text("text");
    if text.is_empty() || text.chars().count() > 2000 {
        return Err(Fault::Invalid("请填写陈述内容，不超过 2000 字。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.reply_to_paper(id, "statement", text).await?;
    tx.note(format!("对《{}》陈述", paper.title));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=stated#replies")).into_response())
}
