//! Writing a record, and another in the place of one: the same form, the same judgement.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use jiff::civil::Date;
use regulation::general::supervision::{Kind, Level};
use regulation::general::{Mandate, Refusal, Subject, Verb};
use serde::Deserialize;
use store::duties::{Station, StationFilter};
use store::general::{NewSupervision, Supervision};

use super::{NOUN, PATH, correcting, level, standing, visible};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::parse_day;
use crate::appraisal::ledger::writing::{Begun, answer, answered, begin, put_files};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::{ACCEPT, MAX_FILE, Posted};
use crate::shell::{Shell, day};

pub fn routes() -> Routes {
    Routes::default()
        .get("/general/supervision/new", Verb::RecordSupervision, blank)
        .post(PATH, Verb::RecordSupervision, record)
        .get("/general/supervision/{id}/correction", Verb::RecordSupervision, correction)
        .post("/general/supervision/{id}/correction", Verb::RecordSupervision, correct)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    station: Option<i64>,
}

#[derive(Template)]
#[template(path = "general/supervision_form.html")]
struct FormPage {
    shell: Shell,
    once: String,
    today: String,
    stations: Vec<(i64, String, bool)>,
    kinds: Vec<(&'static str, &'static str, bool)>,
    typed: Typed,
    /// The record whose place it takes: key and station.
    corrects: Option<(i64, String)>,
    problems: Vec<(&'static str, String)>,
    accept: &'static str,
    max_bytes: usize,
}

#[derive(Default)]
struct Typed {
    station: Option<i64>,
    kind: String,
    on: String,
    place: String,
    people: String,
    content: String,
    told: bool,
    reason: String,
}

impl FormPage {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(known, _)| *known == field).map(|(_, sentence)| sentence.as_str())
    }
}

impl Typed {
    fn of(posted: &Posted) -> Typed {
        let text = |name: &str| posted.text(name).to_owned();
        Typed {
            station: posted.number("station"),
            kind: text("kind"),
            on: text("on"),
            place: text("place"),
            people: text("people"),
            content: text("content"),
            told: posted.checked("told"),
            reason: text("reason"),
        }
    }

    fn again(record: &Supervision) -> Typed {
        Typed {
            station: Some(record.station_id),
            kind: record.kind.clone(),
            on: day(record.on_day),
            place: record.place.clone(),
            people: record.people.clone(),
            content: record.content.clone(),
            told: record.told == 1,
            reason: String::new(),
        }
    }
}

type Problems = Vec<(&'static str, String)>;

async fn form(
    app: &App,
    person: &Person,
    typed: Typed,
    corrects: Option<&Supervision>,
    problems: Problems,
) -> Result<FormPage, Fault> {
    let scope = person.scope_or_refuse(app, Verb::RecordSupervision)?;
    let mut stations = match corrects {
        Some(_) => Vec::new(),
        None => app.store.stations(&scope, &StationFilter::default(), "", i64::MAX).await?,
    };
    if let Some(chosen) = stations.iter().find(|station| Some(station.id) == typed.station) {
        recording(app, person, chosen)?;
    }
    stations.retain(|station| recording(app, person, station).is_ok());
    let choice = |s: Station| (s.id, format!("{}　{}", s.number, s.name), typed.station == Some(s.id));
    Ok(FormPage {
        shell: Shell::new(app, person, PATH),
        once: random_token()?,
        today: app.clock.today().to_string(),
        stations: stations.into_iter().map(choice).collect(),
        kinds: Kind::ALL.map(|kind| (kind.key(), kind.name(), kind.key() == typed.kind)).to_vec(),
        typed,
        corrects: corrects.map(|record| (record.id, record.station.clone())),
        problems,
        accept: ACCEPT,
        max_bytes: MAX_FILE,
    })
}

async fn refill(app: &App, person: &Person, typed: Typed, corrects: Option<&Supervision>, problems: Problems) -> Page {
    let form = form(app, person, typed, corrects, problems).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(form.render()?)).into_response())
}

async fn blank(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let typed = Typed {
        station: asked.station,
        on: app.clock.today().to_string(),
        people: person.session.display_name.clone(),
        ..Typed::default()
    };
    render(&form(&app, &person, typed, None, Vec::new()).await?)
}

async fn correction(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    person.scope_or_refuse(&app, Verb::RecordSupervision)?;
    let record = visible(&app, &person, id).await?;
    correcting(&app, &person, &record, standing(&record)?)?;
    render(&form(&app, &person, Typed::again(&record), Some(&record), Vec::new()).await?)
}

/// What was typed, or every problem with it.
fn judge(typed: &Typed, level: Level, corrects: Option<i64>, today: Date) -> Result<NewSupervision, Problems> {
    let mut problems = Vec::new();
    let mut needed = |field: &'static str, text: &str, most: usize, what: &str| {
        if text.is_empty() || text.chars().count() > most {
            problems.push((field, format!("请填写{what}，不超过 {most} 字。")));
        }
    };
    needed("place", &typed.place, 200, "地点");
    needed("people", &typed.people, 200, "人员");
    needed("content", &typed.content, 2000, "内容");
    if corrects.is_some() {
        needed("reason", &typed.reason, 200, "更正理由");
    }
    let kind = Kind::from_key(&typed.kind);
    if kind.is_none() {
        problems.push(("kind", "请选择类别。".to_owned()));
    }
    let on = parse_day(&typed.on).filter(|on| *on <= today);
    if on.is_none() {
        problems.push(("on", "请填写日期，不晚于今天。".to_owned()));
    }
    match (kind, on) {
        (Some(kind), Some(on)) if problems.is_empty() => Ok(NewSupervision {
            level: level.key(),
            kind: kind.key(),
            on_day: store::day_number(on),
            place: typed.place.clone(),
            people: typed.people.clone(),
            content: typed.content.clone(),
            told: typed.told || kind.always_told(),
            corrects,
            reason: corrects.map(|_| typed.reason.clone()).unwrap_or_default(),
        }),
        _ => Err(problems),
    }
}

/// Whether this person may write a record on that station. Button and submit both ask here.
pub fn recording(app: &App, person: &Person, station: &Station) -> Result<(Mandate, Level), Refusal> {
    let mandate = person.may(app, Verb::RecordSupervision, &Subject::of_station(NOUN, 0, &station.placed()))?;
    Ok((mandate, level(person)?))
}

async fn record(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let scope = person.scope_or_refuse(&app, Verb::RecordSupervision)?;
    let once = posted.once();
    if let Some(before) = answered(&app, once.as_deref()).await? {
        return Ok(before);
    }
    let typed = Typed::of(&posted);
    let Some(asked) = typed.station else {
        return refill(&app, &person, typed, None, vec![("station", "请选择工作站。".to_owned())]).await;
    };
    let station = app.store.station(&scope, asked).await?.ok_or(Fault::NotFound)?;
    let (mandate, level) = recording(&app, &person, &station)?;
    let new = match judge(&typed, level, None, app.clock.today()) {
        Ok(new) => new,
        Err(problems) => return refill(&app, &person, typed, None, problems).await,
    };
    write(&app, &mandate, &station.placed(), new, posted, "supervised").await
}

async fn correct(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.scope_or_refuse(&app, Verb::RecordSupervision)?;
    if let Some(before) = answered(&app, posted.once().as_deref()).await? {
        return Ok(before);
    }
    let old = visible(&app, &person, id).await?;
    let mandate = correcting(&app, &person, &old, standing(&old)?)?;
    let typed = Typed::of(&posted);
    let new = match judge(&typed, level(&person)?, Some(id), app.clock.today()) {
        Ok(new) => new,
        Err(problems) => return refill(&app, &person, typed, Some(&old), problems).await,
    };
    write(&app, &mandate, &old.placed(), new, posted, "supervision_corrected").await
}

/// Writes the record with its photos; a correction keeps those of the record it replaces.
async fn write(
    app: &App,
    mandate: &Mandate,
    station: &regulation::general::Placed,
    new: NewSupervision,
    posted: Posted,
    done: &str,
) -> Page {
    let once = posted.once();
    let files = put_files(app, posted).await?;
    let mut tx = match begin(app, mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    let id = tx.add_supervision(station, &new).await?;
    if let Some(old) = new.corrects {
        tx.carry_attachments(NOUN, old, id).await?;
    }
    tx.attach(NOUN, id, station.id, &files).await?;
    let kind = Kind::from_key(new.kind).map_or("", Kind::name);
    tx.note(match new.corrects {
        Some(old) => format!("{kind}，更正第 {old} 号记录：{}", new.reason),
        None => kind.to_owned(),
    });
    answer(tx, once.as_deref(), &format!("{PATH}/{id}?done={done}")).await
}
