//! 年度申报: the province opens a year's round; its dates are confirmed and frozen, its call is published (Article 8).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use jiff::civil::Date;
use papers::official::plain;
use regulation::general::{Basis, Due, Mandate, Refusal, Scope, Subject, Verb};
use regulation::law::Edition;
use store::admission::{NewRound, Round};
use store::general::{NewPaper, NewPublication};

use super::{dated, due_of, seen};
use crate::app::{App, Routes, render};
use crate::appraisal::cycles::opening::basis;
use crate::appraisal::ledger::parse_day;
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
use crate::general::rules::validity::{Ground, Purpose, of_round, told};
use crate::posted::Posted;
use crate::shell::{Shell, day, moment_of};

pub const PATH: &str = "/admission/rounds";

/// The four dates of a round, in order.
const DATES: [&str; 4] = ["application.city", "application.direct", "forwarding.city", "review.expert"];

pub fn routes() -> Routes {
    Routes::default()
        .get(PATH, Verb::ViewApplication, list)
        .get("/admission/rounds/new", Verb::OpenRound, new_page)
        .post(PATH, Verb::OpenRound, open)
}

#[derive(Template)]
#[template(path = "admission/rounds.html")]
struct RoundsPage {
    shell: Shell,
    /// `None` for roles that never open one.
    open: Option<Result<i64, Refusal>>,
    rounds: Vec<RoundView>,
}

struct RoundView {
    id: i64,
    name: String,
    city_due: String,
    direct_due: String,
    forwarding_due: String,
    review_due: String,
    opened: String,
    /// Name and number of each stage that has any.
    stages: Vec<(&'static str, i64)>,
    publication: Option<i64>,
    /// That it was opened under a lapsed edition, and why.
    overridden: Option<String>,
}

/// The first year without a round, from this one on, whose city deadline is still to come.
fn next_year(app: &App, rounds: &[Round]) -> i64 {
    let this = i64::from(app.clock.today().year());
    let this = if passed(app, this) { this + 1 } else { this };
    rounds.iter().map(|round| round.year + 1).max().map_or(this, |next| next.max(this))
}

fn passed(app: &App, year: i64) -> bool {
    app.present().due("application.city", year).is_some_and(|due| due.passed(app.clock.civil()))
}

/// Whether this person may open that year's round now. Link, form and submit all ask here.
fn opening(app: &App, person: &Person, ground: &Ground, rounds: &[Round], year: i64) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::OpenRound, &Subject::whole("admission_round", year))?;
    let no = |reason: String| Err(Refusal::new(Basis::Item("8-1"), reason));
    if rounds.iter().any(|round| round.year == year) {
        return no(format!("{year}年度申报已经开启。"));
    }
    if year > i64::from(app.clock.today().year()) + 1 {
        return no(format!("最早可在上一年内开启，{year}年度为时尚早。"));
    }
    if passed(app, year) {
        return no(format!("{year}年度向市商务主管部门递交的截止时间已过，不能再开启。"));
    }
    ground.begins(app, Purpose::Round, year)?;
    Ok(mandate)
}

async fn list(State(app): State<App>, person: Person) -> Page {
    let scope = seen(&app, &person)?;
    let rounds = app.store.rounds().await?;
    let year = next_year(&app, &rounds);
    let open = match person.scope(&app, Verb::OpenRound) {
        Scope::Nothing => None,
        _ => Some(opening(&app, &person, &Ground::of(&app).await?, &rounds, year).map(|_| year)),
    };
    let decisions = app.store.lapse_overrides(None).await?;
    let mut views = Vec::new();
    for round in rounds.iter().take(10) {
        let counts = match scope {
            Scope::Nothing => Vec::new(),
            _ => app.store.application_stages(&scope, round.id).await?,
        };
        let published = app.store.publications_about("admission_round", round.id).await?;
        views.push(RoundView {
            publication: published.first().map(|publication| publication.id),
            overridden: of_round(&decisions, &round.edition_id, round.year).map(told),
            ..view(round, &counts)
        });
    }
    render(&RoundsPage { shell: Shell::new(&app, &person, PATH), open, rounds: views })
}

fn view(round: &Round, counts: &[(String, i64)]) -> RoundView {
    let count = |key: &str| counts.iter().find(|(known, _)| known == key).map_or(0, |(_, count)| *count);
    let stages = regulation::admission::STAGES.iter().map(|(key, name)| (*name, count(key)));
    RoundView {
        id: round.id,
        name: round.name.clone(),
        city_due: day(round.city_due),
        direct_due: day(round.direct_due),
        forwarding_due: day(round.forwarding_due),
        review_due: day(round.review_due),
        opened: format!("{}　{}", moment_of(round.opened_at), round.opened_by),
        stages: stages.filter(|(_, count)| *count > 0).collect(),
        publication: None,
        overridden: None,
    }
}

#[derive(Template)]
#[template(path = "admission/round_new.html")]
struct OpeningPage {
    shell: Shell,
    year: i64,
    edition_id: String,
    edition_title: String,
    dates: Vec<DateView>,
    contact: String,
    problems: Vec<String>,
}

/// One date of the round about to be opened.
struct DateView {
    id: &'static str,
    name: String,
    /// As the measures say it, before any roll.
    stated: String,
    due: Due,
    basis: String,
    typed: String,
}

fn dates(edition: &Edition, app: &App, year: i64) -> Result<Vec<DateView>, Fault> {
    let present = app.present();
    let short = i16::try_from(year).map_err(|_| Fault::NotFound)?;
    let view = |id: &'static str| {
        let deadline = edition.deadline(id)?;
        let due = edition.due(id, short, &present.workdays)?;
        Some(DateView {
            id,
            name: deadline.name.clone(),
            stated: edition.day_of(id, short)?.to_string(),
            basis: basis(&deadline.basis),
            typed: due.on.to_string(),
            due,
        })
    };
    let dates: Option<Vec<DateView>> = DATES.iter().map(|id| view(id)).collect();
    dates.ok_or_else(|| Fault::Broken(anyhow::anyhow!("规则版本缺少第八条的日期")))
}

async fn new_page(State(app): State<App>, person: Person) -> Page {
    let rounds = app.store.rounds().await?;
    let year = next_year(&app, &rounds);
    let ground = Ground::of(&app).await?;
    opening(&app, &person, &ground, &rounds, year)?;
    let edition = Arc::clone(&ground.edition);
    let contact = app.settings.support_phone.clone();
    render(&page(&app, &person, &edition, year, dates(&edition, &app, year)?, contact, Vec::new()))
}

fn page(
    app: &App,
    person: &Person,
    edition: &Edition,
    year: i64,
    dates: Vec<DateView>,
    contact: String,
    problems: Vec<String>,
) -> OpeningPage {
    OpeningPage {
        shell: Shell::new(app, person, PATH),
        year,
        edition_id: edition.head.id.clone(),
        edition_title: format!("{}（{}）", edition.head.title, edition.head.status),
        dates,
        contact,
        problems,
    }
}

/// The days confirmed: a settled one as computed, one not settled as the department typed it.
fn confirmed(dates: &mut [DateView], posted: &Posted) -> Result<Vec<Date>, Vec<String>> {
    let (mut days, mut problems): (Vec<Date>, Vec<String>) = (Vec::new(), Vec::new());
    for date in dates.iter_mut() {
        if !date.due.tentative {
            days.push(date.due.on);
            continue;
        }
        date.typed = posted.text(date.id).to_owned();
        let stated = parse_day(&date.stated);
        match parse_day(&date.typed).filter(|on| Some(*on) >= stated && on.year() == date.due.on.year()) {
            Some(on) => days.push(on),
            None => problems.push(format!(
                "“{}”的放假安排未公布，请确认日期，写作 2027-04-30，不早于 {}。",
                date.name, date.stated
            )),
        }
    }
    // 市级受理不晚于市级上报，各日不晚于专家评审。
    if let [city, direct, forwarding, review] = days.as_slice()
        && (city > forwarding || direct > review || forwarding > review)
    {
        problems.push("日期先后不对：递交、上报、专家评审应依次在后。".to_owned());
    }
    if problems.is_empty() { Ok(days) } else { Err(problems) }
}

/// 申报通知.
#[derive(Template)]
#[template(path = "papers/application_call.txt")]
struct CallPaper {
    department: String,
    jurisdiction: String,
    measures: String,
    year: i64,
    city_due: String,
    direct_due: String,
    forwarding_due: String,
    review_due: String,
    contact: String,
    dated: String,
}

async fn open(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let year = posted.number("year").ok_or_else(|| Fault::Invalid("年度应为四位数字。".to_owned()))?;
    let rounds = app.store.rounds().await?;
    let ground = Ground::of(&app).await?;
    let mandate = opening(&app, &person, &ground, &rounds, year)?;
    let edition = Arc::clone(&ground.edition);
    if posted.text("edition") != edition.head.id {
        return Err(Fault::Conflict("规则版本已有更新，请刷新后按新版本确认".to_owned()));
    }
    let mut views = dates(&edition, &app, year)?;
    let contact = posted.text("contact").to_owned();
    let mut days = confirmed(&mut views, &posted);
    if contact.is_empty() || contact.chars().count() > 200 {
        days = Err(days.err().into_iter().flatten().chain(["请填写联系方式，不超过 200 字。".to_owned()]).collect());
    }
    let days = match days {
        Ok(days) => days,
        Err(problems) => {
            let form = page(&app, &person, &edition, year, views, contact, problems);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(form.render()?)).into_response());
        }
    };
    let number = |ix: usize| days.get(ix).copied().map_or(0, store::day_number);
    let new = NewRound {
        year,
        name: format!("{year}年度工作站申报"),
        edition_id: edition.head.id.clone(),
        city_due: number(0),
        direct_due: number(1),
        forwarding_due: number(2),
        review_due: number(3),
        contact,
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let id = match tx.open_round(&new).await {
        Ok(id) => id,
        Err(error) if error.is_duplicate() => return Err(Fault::Conflict(format!("{year}年度申报已经开启"))),
        Err(error) => return Err(error.into()),
    };
    let call = call(&edition, id, &new, app.clock.today())?;
    announce(&mut tx, id, &call).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}?done=round")).into_response())
}

/// 申报通知 of a round with its dates as confirmed.
///
/// # Errors
/// Fails on a day no code writes, or a template that gives no document.
pub fn call(edition: &Edition, round: i64, new: &NewRound, today: Date) -> anyhow::Result<NewPaper> {
    let day = |number: i64| store::date_from(number).map(dated);
    let template = CallPaper {
        department: edition.head.department.clone(),
        jurisdiction: edition.head.jurisdiction.clone(),
        measures: edition.head.title.clone(),
        year: new.year,
        city_due: day(new.city_due)?,
        direct_due: day(new.direct_due)?,
        forwarding_due: day(new.forwarding_due)?,
        review_due: day(new.review_due)?,
        contact: plain(&new.contact),
        dated: dated(today),
    };
    paper(
        NewPaper { kind: "admission.call", noun: "admission_round", noun_id: round, ..NewPaper::default() },
        &template,
    )
}

/// Keeps the call as a document and puts it before the public.
///
/// # Errors
/// Fails when the database does.
pub async fn announce(tx: &mut store::Tx<'_>, round: i64, call: &NewPaper) -> store::Result<()> {
    tx.add_paper(call).await?;
    let publication = NewPublication {
        kind: "announcement",
        noun: "admission_round",
        noun_id: round,
        title: call.title.clone(),
        content: call.content.clone(),
        until_day: None,
    };
    tx.publish(&publication).await.map(drop)
}

/// The newest round that takes applications on one way or the other, with its two dates.
///
/// # Errors
/// Fails when the database does.
pub async fn at_work(app: &App) -> Result<Option<(Round, Due, Due)>, Fault> {
    let now = app.clock.civil();
    let Some(round) = app.store.rounds().await?.into_iter().next() else { return Ok(None) };
    let edition = app.editions.get(&app.store, &round.edition_id).await?;
    let (city, direct) = (due_of(&edition, &round, DATES[0])?, due_of(&edition, &round, DATES[1])?);
    Ok((!city.passed(now) || !direct.passed(now)).then_some((round, city, direct)))
}
