//! 确认: after the last day of the notice and with every objection decided, the applicants become stations, in one
//! transaction with their numbers, accounts and papers (Article 8 (4), readings K32 and K35).

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use papers::official::{Document, plain};
use regulation::admission::{Stage, Step, alone, take};
use regulation::general::{Basis, Hand, Mandate, Refusal, Role, Scope, Subject, Verb};
use store::duties::{NewStation, StationFilter};
use store::general::{NewPaper, NewPublication};

use super::cases::{self, Case};
use super::objections::{Notice, notice, page};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
use crate::posted::Posted;

pub fn routes() -> Routes {
    Routes::default().post("/admission/notices/{id}/confirmation", Verb::ConfirmStation, confirm)
}

/// What the notice's page shows of its confirmation.
pub struct Confirming {
    /// `None` for those who never confirm.
    pub may: Option<Result<(), Refusal>>,
    pub lines: Vec<Line>,
    pub stations: Vec<Confirmed>,
    pub problems: Vec<String>,
}

impl Confirming {
    pub fn can(&self) -> bool {
        matches!(self.may, Some(Ok(())))
    }
}

/// An application about to become a station.
#[derive(Clone, Debug)]
pub struct Line {
    pub id: i64,
    pub unit: String,
    pub stage: &'static str,
    pub ready: bool,
    pub number: String,
    pub name: String,
}

pub struct Confirmed {
    pub station: i64,
    pub number: String,
    pub unit: String,
    pub announcement: i64,
}

/// Whether the stations of this notice can be confirmed now. Button and submit both ask here; each application's own
/// step is judged again inside the transaction.
fn confirmation(
    app: &App,
    person: &Person,
    notice: &Notice,
    hands: Vec<Hand>,
    at_work: &[(String, String)],
) -> Result<Mandate, Refusal> {
    let subject = Subject::whole("publication", notice.row.id).after(hands);
    let mandate = person.may(app, Verb::ConfirmStation, &subject)?;
    let mut waiting = noticed(notice).peekable();
    if waiting.peek().is_none() {
        return Err(Refusal::new(Basis::Item("8-4"), "该公示没有待确认的申请。"));
    }
    let at = app.clock.civil();
    for case in waiting {
        take(case.stage.clone(), Step::Confirm { at, open: notice.open() })?;
        let number = at_work.iter().find(|(code, _)| *code == case.unit.uscc).map(|(_, number)| number.as_str());
        alone(&case.unit.name, number)?;
    }
    Ok(mandate)
}

fn noticed(notice: &Notice) -> impl Iterator<Item = &Case> {
    notice.cases.iter().filter(|case| matches!(case.stage, Stage::Noticed { .. }))
}

/// Units of the notice that run a station already, with its number.
async fn at_work(app: &App, notice: &Notice) -> Result<Vec<(String, String)>, Fault> {
    let codes: Vec<&str> = noticed(notice).map(|case| case.unit.uscc.as_str()).collect();
    Ok(app.store.hosts_at_work(&codes).await?)
}

/// # Errors
/// Fails when the database does.
pub async fn confirming(
    app: &App,
    person: &Person,
    notice: &Notice,
    typed: Option<Vec<Line>>,
    problems: Vec<String>,
) -> Result<Confirming, Fault> {
    let holds = regulation::general::holds(&person.actor, Verb::ConfirmStation, app.clock.today());
    let hands = notice.hands(app, person, Verb::ConfirmStation).await?;
    let at_work = at_work(app, notice).await?;
    let confirmed = app.store.confirmed_of(notice.row.id).await?;
    let unit =
        |id: i64| notice.cases.iter().find(|case| case.id == id).map(|c| c.unit.name.clone()).unwrap_or_default();
    let stations = confirmed.iter().map(|row| Confirmed {
        station: row.station_id,
        number: row.number.clone(),
        unit: unit(row.application_id),
        announcement: row.announcement_id,
    });
    let lines = match typed {
        Some(lines) => lines,
        None => proposed(app, notice).await?,
    };
    Ok(Confirming {
        may: holds.then(|| confirmation(app, person, notice, hands, &at_work).map(drop)),
        lines,
        stations: stations.collect(),
        problems,
    })
}

/// Each application with the next free number of the jurisdiction's series and a name after its unit.
///
/// # Errors
/// Fails when the database does.
pub async fn proposed(app: &App, notice: &Notice) -> Result<Vec<Line>, Fault> {
    let prefix = app.present().edition.head.region_prefix.clone();
    let stations = app.store.stations(&Scope::All, &StationFilter::default(), "", i64::MAX).await?;
    let serial = |number: &str| number.strip_prefix(&format!("{prefix}-"))?.parse::<u32>().ok();
    let mut last = stations.iter().filter_map(|station| serial(&station.number)).max().unwrap_or(0);
    let line = |case: &Case| {
        let ready = matches!(case.stage, Stage::Noticed { .. });
        last += u32::from(ready);
        Line {
            id: case.id,
            unit: case.unit.name.clone(),
            stage: case.stage.name(),
            ready,
            number: format!("{prefix}-{last:03}"),
            name: case.station_name.clone(),
        }
    };
    Ok(notice.cases.iter().map(line).collect())
}

#[derive(Template)]
#[template(path = "papers/confirmation.txt")]
struct ConfirmationText {
    department: String,
    jurisdiction: String,
    measures: String,
    notice: String,
    addressee: String,
    lines: Vec<(String, String, String, String, String)>,
    dated: String,
}

fn text(app: &App, notice: &Notice, addressee: &str, lines: &[(&Case, &Line)]) -> ConfirmationText {
    let head = &app.present().edition.head;
    let row = |(case, line): &(&Case, &Line)| {
        (line.number.clone(), plain(&line.name), plain(&case.unit.name), plain(&case.industry), case.city_name.clone())
    };
    ConfirmationText {
        department: head.department.clone(),
        jurisdiction: head.jurisdiction.clone(),
        measures: head.title.clone(),
        notice: notice.row.title.clone(),
        addressee: addressee.to_owned(),
        lines: lines.iter().map(row).collect(),
        dated: super::dated(app.clock.today()),
    }
}

/// What was typed for each application, and what is wrong with it.
fn typed(posted: &Posted, proposed: Vec<Line>) -> (Vec<Line>, Vec<String>) {
    let mut problems = Vec::new();
    let read = |line: Line| {
        let field = |name: &str| posted.text(&format!("{name}-{}", line.id)).to_owned();
        if line.ready { Line { number: field("number"), name: field("name"), ..line } } else { line }
    };
    let lines: Vec<Line> = proposed.into_iter().map(read).collect();
    let ready: Vec<&Line> = lines.iter().filter(|line| line.ready).collect();
    for (ix, line) in ready.iter().enumerate() {
        let long = line.number.chars().count() > 40 || line.name.chars().count() > 200;
        if line.number.is_empty() || line.name.is_empty() || long {
            problems.push(format!("{}：请填写编号（40 字以内）和工作站名称（200 字以内）。", line.unit));
        }
        if ready.iter().take(ix).any(|other| other.number == line.number) {
            problems.push(format!("编号 {} 重复。", line.number));
        }
    }
    (lines, problems)
}

fn station(case: &Case, line: &Line, on: i64) -> NewStation {
    NewStation {
        number: line.number.clone(),
        name: line.name.clone(),
        host_name: case.unit.name.clone(),
        host_uscc: case.unit.uscc.clone(),
        host_kind: case.kind.to_owned(),
        city: case.city.clone(),
        county: case.county.clone(),
        managed_by: if case.direct { "province" } else { "city" }.to_owned(),
        industry_code: case.industry_code.clone(),
        industry: case.industry.clone(),
        comprehensive: case.comprehensive,
        hs_chapters: case.hs_chapters.clone(),
        address: case.address.clone(),
        website: case.website.clone(),
        confirmed_on: on,
        source: "application".to_owned(),
    }
}

async fn confirm(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let notice = notice(&app, &person, id).await?;
    let hands = notice.hands(&app, &person, Verb::ConfirmStation).await?;
    let mandate = confirmation(&app, &person, &notice, hands, &at_work(&app, &notice).await?)?;
    let (lines, problems) = typed(&posted, proposed(&app, &notice).await?);
    let again = async |lines: Vec<Line>, problems: Vec<String>| -> Page {
        let confirming = confirming(&app, &person, &notice, Some(lines), problems).await?;
        page(&app, &person, &notice, confirming, StatusCode::UNPROCESSABLE_ENTITY).await
    };
    if !problems.is_empty() {
        return again(lines, problems).await;
    }
    match write(&app, &mandate, &notice, &lines).await {
        Err(Failed::Taken(sentence)) => again(lines, vec![sentence]).await,
        Err(Failed::Otherwise(fault)) => Err(fault),
        Ok(()) => Ok(Redirect::to(&format!("/admission/notices/{id}?done=stations_confirmed")).into_response()),
    }
}

/// Why nothing was confirmed.
#[derive(Debug)]
pub enum Failed {
    /// Another station has this number or this host: a sentence that says which.
    Taken(String),
    Otherwise(Fault),
}

impl<E: Into<Fault>> From<E> for Failed {
    fn from(error: E) -> Failed {
        Failed::Otherwise(error.into())
    }
}

/// Everything a confirmation writes, or nothing of it.
///
/// # Errors
/// [`Failed`].
pub async fn write(app: &App, mandate: &Mandate, notice: &Notice, lines: &[Line]) -> Result<(), Failed> {
    let on = store::day_number(app.clock.today());
    let line = |case| lines.iter().find(|line: &&Line| line.id == case);
    let pairs: Vec<(&Case, &Line)> = noticed(notice).filter_map(|case| Some((case, line(case.id)?))).collect();
    let content = text(app, notice, "", &pairs).render()?;
    let announcement = NewPublication {
        kind: "announcement",
        noun: "admission_round",
        noun_id: notice.row.noun_id,
        title: Document::parse(&content)?.title,
        content,
        until_day: None,
    };
    let list =
        NewPaper { kind: "admission.confirmation", noun: "publication", noun_id: notice.row.id, ..NewPaper::default() };
    let list = paper(list, &text(app, notice, "各市商务局，各有关单位", &pairs))?;
    let mut tx = app.store.begin(mandate, app.clock.now()).await?;
    let open = usize::try_from(tx.open_objections(notice.row.id).await?).unwrap_or(usize::MAX);
    let announcement = tx.publish(&announcement).await?;
    tx.add_paper(&list).await?;
    for (case, line) in &pairs {
        cases::step(&mut tx, case.id, Step::Confirm { at: app.clock.civil(), open }, &line.number).await?;
        let id = match tx.add_station(&station(case, line, on)).await {
            Ok(id) => id,
            Err(error) if error.is_duplicate_of("host_uscc") => {
                return Err(Failed::Taken(format!("{}刚刚已有有效的工作站，一个单位同时只设一个。", case.unit.name)));
            }
            Err(error) if error.is_duplicate() => {
                return Err(Failed::Taken(format!("编号 {} 已有工作站使用。", line.number)));
            }
            Err(error) => return Err(error.into()),
        };
        tx.add_station_confirmation(case.id, id, notice.row.id, announcement).await?;
        tx.grant_role(case.account, Role::StationManager, None, None, Some(id)).await?;
        let own = NewPaper {
            kind: "admission.confirmation",
            noun: "station",
            noun_id: id,
            station: Some(id),
            city: Some(case.city.clone()),
            served: true,
            ..NewPaper::default()
        };
        tx.add_paper(&paper(own, &text(app, notice, &plain(&case.unit.name), &[(*case, *line)]))?).await?;
    }
    tx.concerns(notice.row.id);
    let numbers: Vec<&str> = pairs.iter().map(|(_, line)| line.number.as_str()).collect();
    tx.note(format!("确认 {} 家工作站：{}", pairs.len(), numbers.join("、")));
    tx.commit().await?;
    Ok(())
}
