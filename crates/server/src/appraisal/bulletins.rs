//! 抽查通报 (Article 12, reading K39): what spot checks found, told to those concerned; to the public only by choice.

use askama::Template;
use axum::extract::{Path, State};
use papers::official::plain;
use regulation::appraisal::rectification::Level;
use regulation::general::{Mandate, Refusal, Scope, Subject, Verb};
use store::Tx;
use store::appraisal::{Rectification, SpotCheck, SpotProblem};
use store::duties::StationFilter;
use store::general::{NewPaper, NewPublication};

use super::ledger::writing::{Begun, answer, answered, begin};
use super::rectifications::in_text;
use super::spot_checks::{self, Line};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
use crate::posted::Posted;
use crate::shell::{Shell, moment_of};

const PATH: &str = "/appraisal/bulletins";

pub fn routes() -> Routes {
    Routes::default()
        .get("/appraisal/bulletins/new", Verb::IssueBulletin, blank)
        .post(PATH, Verb::IssueBulletin, issue)
        .get("/appraisal/bulletins/{id}", Verb::ViewSpotChecks, show)
}

/// Whether this person may issue a bulletin. Button and submit both ask here.
fn issuing(app: &App, person: &Person) -> Result<Mandate, Refusal> {
    person.may(app, Verb::IssueBulletin, &Subject::whole("bulletin", 0))
}

#[derive(Template)]
#[template(path = "appraisal/bulletin_form.html")]
struct BulletinForm {
    shell: Shell,
    once: String,
    draft_key: String,
    lines: Vec<Line>,
}

/// The province's own checks, newest first: those a bulletin may speak of.
async fn told_of(app: &App) -> Result<Vec<SpotCheck>, Fault> {
    let checks = app.store.spot_checks(&Scope::All, i64::MAX, 200).await?;
    Ok(checks.into_iter().filter(|check| check.level == Level::Province.key()).collect())
}

async fn blank(State(app): State<App>, person: Person) -> Page {
    issuing(&app, &person)?;
    let edition = app.present().edition.clone();
    render(&BulletinForm {
        shell: Shell::new(&app, &person, spot_checks::PATH),
        once: random_token()?,
        draft_key: format!("{}:bulletin:new", person.actor.account),
        lines: told_of(&app).await?.iter().map(|check| Line::new(check, &edition)).collect(),
    })
}

#[derive(Template)]
#[template(path = "papers/spot_bulletin.txt")]
struct BulletinText {
    issuer: String,
    title: String,
    addressee: &'static str,
    intro: String,
    from: String,
    until: String,
    checks: Vec<CheckText>,
    rows: Vec<[String; 5]>,
    problems: usize,
    dated: String,
}

struct CheckText {
    numeral: String,
    station: String,
    result: String,
}

/// What a bulletin says and to whom.
pub struct Telling<'a> {
    pub title: &'a str,
    pub intro: &'a str,
    pub all: bool,
    pub public: bool,
    pub checks: &'a [SpotCheck],
}

async fn issue(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let mandate = issuing(&app, &person)?;
    let once = posted.once();
    if let Some(before) = answered(&app, once.as_deref()).await? {
        return Ok(before);
    }
    let asked: Vec<i64> = posted.all("check").iter().filter_map(|id| id.parse().ok()).collect();
    let mut checks: Vec<SpotCheck> =
        told_of(&app).await?.into_iter().filter(|check| asked.contains(&check.id)).collect();
    checks.reverse();
    if checks.is_empty() {
        return Err(Fault::Invalid("请至少选择一次抽查。".to_owned()));
    }
    let (title, intro) = (posted.text("title"), posted.text("intro"));
    let fits = |text: &str, most: usize| !text.is_empty() && text.chars().count() <= most;
    if !fits(title, 80) || !fits(intro, 2000) {
        return Err(Fault::Invalid("请填写标题（不超过 80 字）和总体情况（不超过 2000 字）。".to_owned()));
    }
    let all = match posted.text("audience") {
        "concerned" => false,
        "all" => true,
        _ => return Err(Fault::Invalid("请选择通报范围。".to_owned())),
    };
    let telling = Telling { title, intro, all, public: posted.checked("public"), checks: &checks };
    let mut tx = match begin(&app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    let id = tell(&app, &mut tx, &telling).await?;
    answer(tx, once.as_deref(), &format!("{PATH}/{id}?done=told")).await
}

/// Issues a bulletin in the act's transaction: a paper for each station it goes to, a publication when it is public.
///
/// # Errors
/// Fails when the database does.
pub async fn tell(app: &App, tx: &mut Tx<'_>, telling: &Telling<'_>) -> Result<i64, Fault> {
    let ids: Vec<i64> = telling.checks.iter().map(|check| check.id).collect();
    let problems = app.store.spot_problems(&ids).await?;
    let mut tasks = Vec::new();
    for check in telling.checks {
        tasks.extend(app.store.rectifications_of(check.id).await?);
    }
    let text = text(app, tx, telling, &problems, &tasks)?;
    let audience = if telling.all { "all" } else { "concerned" };
    let id = tx.add_bulletin(telling.title, audience, telling.public, &ids).await?;
    let concerned: Vec<i64> = telling.checks.iter().map(|check| check.station_id).collect();
    let mut stations = app.store.stations(&Scope::All, &StationFilter::default(), "", i64::MAX).await?;
    stations.retain(|s| concerned.contains(&s.id) || (telling.all && s.ended_on.is_none()));
    for station in &stations {
        let new = NewPaper {
            kind: "bulletin.spot_check",
            noun: "bulletin",
            noun_id: id,
            station: Some(station.id),
            city: Some(station.city.clone()),
            served: true,
            ..NewPaper::default()
        };
        tx.add_paper(&paper(new, &text)?).await?;
    }
    if telling.public {
        let content = text.render()?;
        let new = NewPublication {
            kind: "bulletin",
            noun: "bulletin",
            noun_id: id,
            title: telling.title.to_owned(),
            content,
            until_day: None,
        };
        tx.publish(&new).await?;
    }
    let public = if telling.public { "，对社会公开" } else { "" };
    tx.note(format!("《{}》，抽查 {} 次，送达 {} 家{public}", telling.title, ids.len(), stations.len()));
    Ok(id)
}

fn text(
    app: &App,
    tx: &Tx<'_>,
    telling: &Telling<'_>,
    problems: &[SpotProblem],
    tasks: &[Rectification],
) -> Result<BulletinText, Fault> {
    let edition = app.present().edition.clone();
    let mut rows = Vec::new();
    for check in telling.checks {
        let on = in_text(store::date_from(check.on_day)?);
        let own: Vec<&SpotProblem> = problems.iter().filter(|problem| problem.check_id == check.id).collect();
        let mut row = |problem: String, due: String| {
            rows.push([(rows.len() + 1).to_string(), plain(&check.station), on.clone(), problem, due]);
        };
        if own.is_empty() {
            row("未发现问题".to_owned(), "－".to_owned());
        }
        for problem in own {
            let task = tasks.iter().find(|task| task.problem_id == problem.id);
            let due = match task {
                Some(task) => in_text(store::date_from(task.due_on)?),
                None => "另行通知".to_owned(),
            };
            row(plain(&problem.text), due);
        }
    }
    let days = || telling.checks.iter().map(|check| check.on_day);
    let day = |day: Option<i64>| day.map(store::date_from).transpose().map(|on| on.map(in_text).unwrap_or_default());
    let checks = telling.checks.iter().zip(NUMERALS.iter().cycle()).map(|(check, numeral)| CheckText {
        numeral: (*numeral).to_owned(),
        station: plain(&check.station),
        result: plain(&check.result),
    });
    Ok(BulletinText {
        issuer: edition.head.department.clone(),
        title: plain(telling.title),
        addressee: if telling.all { "各市商务局，各工作站" } else { "有关市商务局，有关工作站" },
        intro: plain(telling.intro),
        from: day(days().min())?,
        until: day(days().max())?,
        checks: checks.collect(),
        problems: problems.len(),
        rows,
        dated: in_text(store::day_of(tx.instant())),
    })
}

/// Second-level numbers of a document; a bulletin on more checks than this has its details in the annex.
const NUMERALS: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];

#[derive(Template)]
#[template(path = "appraisal/bulletin.html")]
struct BulletinPage {
    shell: Shell,
    title: String,
    issued: String,
    audience: &'static str,
    /// The public page, where there is one.
    publication: Option<i64>,
    /// The paper of each station: address, station, when it was received.
    papers: Vec<(i64, String, Option<String>)>,
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    // Stations and cities read the paper served on them; who got it is the province's list.
    if person.scope_or_refuse(&app, Verb::ViewSpotChecks)? != Scope::All {
        issuing(&app, &person)?;
    }
    let bulletin = app.store.bulletin(id).await?.ok_or(Fault::NotFound)?;
    let papers = app.store.papers_about("bulletin", id).await?;
    let ids: Vec<i64> = papers.iter().map(|paper| paper.id).collect();
    let replies = app.store.paper_replies(&ids).await?;
    let stations = app.store.stations(&Scope::All, &StationFilter::default(), "", i64::MAX).await?;
    let name = |id: Option<i64>| stations.iter().find(|station| Some(station.id) == id).map(|s| s.name.clone());
    let received = |paper: i64| replies.iter().find(|r| r.paper_id == paper && r.what == "receipt");
    render(&BulletinPage {
        shell: Shell::new(&app, &person, spot_checks::PATH),
        issued: format!("{}　{}", moment_of(bulletin.issued_at), bulletin.issued_by),
        audience: if bulletin.audience == "all" {
            "系统内各工作站和市商务局"
        } else {
            "有关工作站和市商务局"
        },
        publication: app.store.publications_about("bulletin", id).await?.first().map(|publication| publication.id),
        papers: papers
            .iter()
            .map(|p| (p.id, name(p.station_id).unwrap_or_default(), received(p.id).map(|r| moment_of(r.given_at))))
            .collect(),
        title: bulletin.title,
    })
}
