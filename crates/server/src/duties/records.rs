//! Standing records: adding, correcting, withdrawing. Append-only: a correction stands in place of the one before,
//! which stays.

mod judge;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use regulation::general::{Mandate, Placed, Refusal, Subject, Verb};
use regulation::law::cite;
use serde::Deserialize;
use store::duties::{NewStandingRecord, StandingRecord, Station};
use store::files::{Attachment, Stored};

use self::judge::{Typed, judge};
pub use self::judge::{fit_phone, kept_phone};
use super::station::kept_facts;
use super::{STATIONS, visible};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::Problems;
use crate::appraisal::ledger::writing::{Begun, answer, answered, begin, put_files};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::{ACCEPT, MAX_FILE, Posted};
use crate::shell::{Shell, size};

pub fn routes() -> Routes {
    Routes::default()
        .get("/duties/stations/{id}/records/new", Verb::MaintainRecord, new_page)
        .post("/duties/stations/{id}/records", Verb::MaintainRecord, add)
        .get("/duties/records/{id}/correction", Verb::MaintainRecord, correction_page)
        .post("/duties/records/{id}/correction", Verb::MaintainRecord, correct)
        .post("/duties/records/{id}/withdrawal", Verb::MaintainRecord, withdraw)
}

#[derive(Template)]
#[template(path = "duties/record_form.html")]
struct RecordForm {
    shell: Shell,
    station: i64,
    station_name: String,
    heading: &'static str,
    action: String,
    draft_key: String,
    once: String,
    facts: Vec<FactChoice>,
    typed: Typed,
    problems: Problems,
    kept: Vec<Kept>,
    /// The record being corrected: it may be withdrawn from here as well.
    record: Option<i64>,
    accept: &'static str,
    max_bytes: usize,
}

impl RecordForm {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }
}

struct FactChoice {
    id: String,
    name: String,
    evidence: String,
    cited: String,
    chosen: bool,
}

/// A file that goes along with a correction.
struct Kept {
    id: i64,
    name: String,
    size: String,
    kind: String,
}

impl Kept {
    fn new(file: Attachment) -> Kept {
        let kind = file.file_name.rsplit('.').next().unwrap_or_default().to_uppercase();
        Kept { id: file.id, size: size(file.size), kind, name: file.file_name }
    }
}

#[derive(Deserialize)]
struct Asked {
    fact: Option<String>,
}

fn facts(app: &App, chosen: &str) -> Vec<FactChoice> {
    let present = app.present();
    kept_facts(&present.edition)
        .map(|fact| FactChoice {
            id: fact.id.clone(),
            name: fact.name.clone(),
            evidence: fact.evidence.clone(),
            cited: format!("办法{}", cite(&fact.basis)),
            chosen: fact.id == chosen,
        })
        .collect()
}

fn record_form(
    app: &App,
    person: &Person,
    station: &Station,
    typed: Typed,
    problems: Problems,
) -> Result<RecordForm, Fault> {
    Ok(RecordForm {
        shell: Shell::new(app, person, STATIONS),
        station: station.id,
        station_name: station.name.clone(),
        heading: "补充档案",
        action: format!("{STATIONS}/{}/records", station.id),
        draft_key: format!("{}:record:new", person.actor.account),
        facts: facts(app, &typed.fact),
        typed,
        problems,
        kept: Vec::new(),
        record: None,
        accept: ACCEPT,
        max_bytes: MAX_FILE,
        once: random_token()?,
    })
}

/// A form shown again with what was typed and what is wrong.
fn again(form: &RecordForm) -> Page {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(form.render()?)).into_response())
}

async fn new_page(State(app): State<App>, person: Person, Path(id): Path<i64>, Query(asked): Query<Asked>) -> Page {
    let (station, _) = adding(&app, &person, id).await?;
    let today = app.clock.today().to_string();
    let typed = Typed { fact: asked.fact.unwrap_or_default(), from: today, ..Typed::default() };
    render(&record_form(&app, &person, &station, typed, Problems::new())?)
}

/// The station and the right to add to its records.
async fn adding(app: &App, person: &Person, id: i64) -> Result<(Station, Mandate), Fault> {
    let station = visible(app, person, Verb::ViewStation, id).await?;
    let subject = Subject::of_station("standing_record", 0, &station.placed());
    let mandate = person.may(app, Verb::MaintainRecord, &subject)?;
    Ok((station, mandate))
}

async fn add(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, mandate) = adding(&app, &person, id).await?;
    let typed = Typed::from(&posted);
    let record = match judge(&app.present().edition, &typed, None, app.clock.today()) {
        Ok(record) => record,
        Err(problems) => return again(&record_form(&app, &person, &station, typed, problems)?),
    };
    let once = posted.once();
    let files = put_files(&app, posted).await?;
    let station = station.placed();
    write(&app, Keeping { mandate, station, record, files, once, done: "recorded" }).await
}

/// A record about to be written.
struct Keeping {
    mandate: Mandate,
    station: Placed,
    record: NewStandingRecord,
    files: Vec<Stored>,
    /// From [`Posted::once`].
    once: Option<String>,
    /// Key of the sentence shown afterwards.
    done: &'static str,
}

/// Writes a record with its files and leads to the station's page. A correction keeps the files of the record it
/// replaces.
async fn write(app: &App, keeping: Keeping) -> Page {
    let Keeping { mandate, station, record, files, once, done } = keeping;
    let mut tx = match begin(app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    let id = tx.add_standing_record(station.id, &record).await?;
    if let Some(earlier) = record.supersedes.filter(|_| !record.void) {
        tx.carry_attachments("standing_record", earlier, id).await?;
    }
    tx.attach("standing_record", id, station.id, &files).await?;
    answer(tx, once.as_deref(), &format!("{STATIONS}/{}?done={done}", station.id)).await
}

/// A record that may be corrected by this person now, with its station.
async fn correcting(app: &App, person: &Person, id: i64) -> Result<(StandingRecord, Station, Mandate), Fault> {
    // Before looking: who never sees a record learns nothing of which there are.
    person.scope_or_refuse(app, Verb::ViewStation)?;
    let record = app.store.standing_record(id).await?.ok_or(Fault::NotFound)?;
    let station = visible(app, person, Verb::ViewStation, record.station_id).await?;
    let subject = Subject::of_station("standing_record", id, &station.placed());
    let mandate = person.may(app, Verb::MaintainRecord, &subject)?;
    let live = app.store.standing_records(station.id).await?.iter().any(|known| known.id == id);
    if !live {
        return Err(Refusal::new(mandate.basis(), "这一条已被更正或撤销，请对最新的一条办理。").into());
    }
    Ok((record, station, mandate))
}

async fn correction_page(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let (record, station, _) = correcting(&app, &person, id).await?;
    render(&correction_form(&app, &person, &station, &record, Typed::of(&record), Problems::new()).await?)
}

async fn correction_form(
    app: &App,
    person: &Person,
    station: &Station,
    record: &StandingRecord,
    typed: Typed,
    problems: Problems,
) -> Result<RecordForm, Fault> {
    let kept = app.store.attachments("standing_record", record.id).await?;
    Ok(RecordForm {
        heading: "更正档案",
        action: format!("/duties/records/{}/correction", record.id),
        draft_key: format!("{}:record:{}", person.actor.account, record.id),
        kept: kept.into_iter().map(Kept::new).collect(),
        record: Some(record.id),
        ..record_form(app, person, station, typed, problems)?
    })
}

async fn correct(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let once = posted.once();
    if let Some(answer) = answered(&app, once.as_deref()).await? {
        return Ok(answer);
    }
    let (record, station, mandate) = correcting(&app, &person, id).await?;
    let typed = Typed::from(&posted);
    let new = match judge(&app.present().edition, &typed, Some(&record.phone), app.clock.today()) {
        Ok(new) => NewStandingRecord { supersedes: Some(id), ..new },
        Err(problems) => {
            return again(&correction_form(&app, &person, &station, &record, typed, problems).await?);
        }
    };
    let files = put_files(&app, posted).await?;
    let station = station.placed();
    write(&app, Keeping { mandate, station, record: new, files, once, done: "corrected" }).await
}

async fn withdraw(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let once = posted.once();
    if let Some(answer) = answered(&app, once.as_deref()).await? {
        return Ok(answer);
    }
    let (record, station, mandate) = correcting(&app, &person, id).await?;
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(Fault::Invalid("请填写撤销理由，不超过 200 字。".to_owned()));
    }
    let void = NewStandingRecord {
        fact: record.fact,
        title: record.title,
        detail: format!("撤销：{reason}"),
        from_on: record.from_on,
        until_on: record.until_on,
        supersedes: Some(id),
        void: true,
        ..NewStandingRecord::default()
    };
    let station = station.placed();
    write(&app, Keeping { mandate, station, record: void, files: Vec::new(), once, done: "withdrawn" }).await
}
