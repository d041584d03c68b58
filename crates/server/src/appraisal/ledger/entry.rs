//! One ledger entry: filing, correcting, withdrawing.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use regulation::appraisal::inspection::Stage;
use regulation::appraisal::ledger::Kind;
use regulation::general::{Mandate, Refusal, Subject, Verb};
use regulation::law::Edition;
use serde::Deserialize;
use store::appraisal::{EntryRow, NewEntry, Supersede};

use super::reading::{File, scores};
use super::writing::{Filing, answered, put_files, write};
use super::{LEDGER, Problems, Typed, judge, own_kinds, own_station};
use crate::app::{App, Routes, render};
use crate::appraisal::inspection::settled;
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::{ACCEPT, MAX_FILE, Posted};
use crate::shell::{Shell, day};

pub fn routes() -> Routes {
    Routes::default()
        .get("/appraisal/ledger/new", Verb::FileEntry, new_page)
        .post("/appraisal/ledger", Verb::FileEntry, file)
        .get("/appraisal/ledger/{id}/correction", Verb::CorrectEntry, correction_page)
        .post("/appraisal/ledger/{id}/correction", Verb::CorrectEntry, correct)
        .post("/appraisal/ledger/{id}/withdrawal", Verb::CorrectEntry, withdraw)
}

#[derive(Template)]
#[template(path = "appraisal/entry_form.html")]
struct EntryForm {
    shell: Shell,
    heading: &'static str,
    lead: &'static str,
    action: String,
    once: String,
    draft_key: String,
    groups: Vec<KindGroup>,
    typed: Typed,
    problems: Problems,
    /// Materials of the entry being corrected, which go along.
    kept: Vec<File>,
    today: String,
    accept: &'static str,
    max_bytes: usize,
    /// `?copy=` address while a kind is chosen and there is an entry to copy.
    copy: Option<String>,
    note: Option<String>,
}

impl EntryForm {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }
}

/// Kinds of one work line, as the form's choice shows them.
struct KindGroup {
    line: String,
    kinds: Vec<KindChoice>,
}

struct KindChoice {
    id: String,
    name: String,
    evidence: String,
    scores: String,
    chosen: bool,
}

#[derive(Deserialize)]
struct NewAsked {
    kind: Option<String>,
    copy: Option<String>,
}

fn kind_groups(edition: &Edition, kinds: &[&Kind], chosen: &str) -> Vec<KindGroup> {
    let mut groups: Vec<KindGroup> = Vec::new();
    for kind in kinds {
        let choice = KindChoice {
            id: kind.id.clone(),
            name: kind.name.clone(),
            evidence: kind.evidence.clone(),
            scores: scores(edition, &kind.id),
            chosen: kind.id == chosen,
        };
        match groups.iter_mut().find(|group| group.line == kind.line) {
            Some(group) => group.kinds.push(choice),
            None => groups.push(KindGroup { line: kind.line.clone(), kinds: vec![choice] }),
        }
    }
    groups
}

async fn new_page(State(app): State<App>, person: Person, Query(asked): Query<NewAsked>) -> Page {
    let (station, _) = own_station(&app, &person, Verb::FileEntry).await?;
    let today = app.clock.today();
    let mut typed = Typed { kind: asked.kind.unwrap_or_default(), on: today.to_string(), ..Typed::default() };
    let mut copy = None;
    if !typed.kind.is_empty() {
        let scope = person.scope(&app, Verb::FileEntry);
        let last = app.store.last_entry(&scope, station.id, &typed.kind).await?;
        match (last, asked.copy.is_some()) {
            (Some(last), true) => {
                typed = Typed { on: today.to_string(), ..typed_from(&last) };
            }
            (Some(_), false) => copy = Some(format!("{LEDGER}/new?kind={}&copy=1", typed.kind)),
            (None, _) => {}
        }
    }
    let form = entry_form(&app, &person, typed, Problems::new())?;
    render(&EntryForm { copy, ..form })
}

fn typed_from(row: &EntryRow) -> Typed {
    Typed {
        kind: row.kind.clone(),
        on: day(row.on_day),
        count: row.count.to_string(),
        title: row.title.clone(),
        detail: row.detail.clone(),
        url: row.url.clone(),
    }
}

fn entry_form(app: &App, person: &Person, typed: Typed, problems: Problems) -> Result<EntryForm, Fault> {
    let present = app.present();
    let kinds = own_kinds(&present.edition, person.actor.role);
    Ok(EntryForm {
        shell: Shell::new(app, person, LEDGER),
        heading: "记一笔台账",
        lead: "开展工作后当日记录，附通知、签到、照片等材料",
        action: LEDGER.to_owned(),
        once: random_token()?,
        draft_key: format!("{}:ledger:new", person.actor.account),
        groups: kind_groups(&present.edition, &kinds, &typed.kind),
        typed,
        problems,
        kept: Vec::new(),
        today: app.clock.today().to_string(),
        accept: ACCEPT,
        max_bytes: MAX_FILE,
        copy: None,
        note: None,
    })
}

pub fn typed(posted: &Posted) -> Typed {
    Typed {
        kind: posted.text("kind").to_owned(),
        on: posted.text("on").to_owned(),
        count: posted.text("count").to_owned(),
        title: posted.text("title").to_owned(),
        detail: posted.text("detail").to_owned(),
        url: posted.text("url").to_owned(),
    }
}

/// A form shown again with what was typed and what is wrong.
fn again(form: &EntryForm) -> Page {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(form.render()?)).into_response())
}

async fn file(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let (_, placed) = own_station(&app, &person, Verb::FileEntry).await?;
    let mandate = person.may(&app, Verb::FileEntry, &Subject::of_station("ledger_entry", 0, &placed))?;
    let typed = typed(&posted);
    let judged = judged(&app, &person, &typed, "form");
    let entry = match unsettled(&app, &person, placed.id, judged).await? {
        Ok(entry) => entry,
        Err(problems) => return again(&entry_form(&app, &person, typed, problems)?),
    };
    let once = posted.once();
    let files = put_files(&app, posted).await?;
    let (mandate, station, entry) = (&mandate, &placed, &entry);
    write(&app, Filing { mandate, station, entry, supersede: None, files: &files, once, done: "filed" }).await
}

/// Judges the form, and that the kind is this role's to enter.
pub fn judged(app: &App, person: &Person, typed: &Typed, source: &'static str) -> Result<NewEntry, Problems> {
    let present = app.present();
    let entry = judge(&present.edition, typed, source, app.clock.today())?;
    if own_kinds(&present.edition, person.actor.role).iter().any(|kind| kind.id == entry.kind) {
        return Ok(entry);
    }
    let sentence = match person.actor.role.of_station() {
        true => "这一类由作出认定的主管部门登记，工作站不能自行申报。",
        false => "这一类不由本账户登记。",
    };
    Err(vec![("kind", sentence.to_owned())])
}

/// Whether this entry may be corrected by this person now.
pub fn correction(app: &App, person: &Person, row: &EntryRow, stage: &Stage) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::CorrectEntry, &Subject::of_station("ledger_entry", row.id, &row.placed()))?;
    let edition = &app.present().edition;
    if !own_kinds(edition, person.actor.role).iter().any(|kind| kind.id == row.kind) {
        let sentence = match person.actor.role.of_station() {
            true => "这一笔由主管部门登记，只能由登记部门更正。",
            false => "这一笔由工作站登记，只能由工作站更正。",
        };
        return Err(Refusal::new(mandate.basis(), sentence));
    }
    if !row.live() {
        return Err(Refusal::new(mandate.basis(), "这一笔已被更正或撤回，请对最新的一笔办理。"));
    }
    settled::changeable(person.actor.role, stage, row.on_day / 10_000)?;
    Ok(mandate)
}

/// Where the year of an entry stands.
pub async fn stage_of(app: &App, row: &EntryRow) -> anyhow::Result<Stage> {
    settled::stage_of(app, row.on_day / 10_000, row.station_id).await
}

/// What was judged good, unless its year is settled already: then it is said beside the date (reading K81).
pub async fn unsettled(
    app: &App,
    person: &Person,
    station: i64,
    judged: Result<NewEntry, Problems>,
) -> anyhow::Result<Result<NewEntry, Problems>> {
    let Ok(entry) = judged else { return Ok(judged) };
    let year = entry.on_day / 10_000;
    let stage = settled::stage_of(app, year, station).await?;
    Ok(match settled::changeable(person.actor.role, &stage, year) {
        Ok(()) => Ok(entry),
        Err(refusal) => Err(vec![("on", refusal.to_string())]),
    })
}

pub async fn find(app: &App, person: &Person, id: i64) -> Result<EntryRow, Fault> {
    let scope = person.scope_or_refuse(app, Verb::ViewLedger)?;
    let row = app.store.entry(&scope, id).await?.ok_or(Fault::NotFound)?;
    person.trail.reads(row.station_id);
    Ok(row)
}

async fn correction_page(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let row = find(&app, &person, id).await?;
    correction(&app, &person, &row, &stage_of(&app, &row).await?)?;
    let typed = typed_from(&row);
    render(&correction_form(&app, &person, &row, typed, Problems::new()).await?)
}

async fn correction_form(
    app: &App,
    person: &Person,
    row: &EntryRow,
    typed: Typed,
    problems: Problems,
) -> Result<EntryForm, Fault> {
    let kept = app.store.attachments("ledger_entry", row.id).await?;
    Ok(EntryForm {
        heading: "更正台账",
        lead: "更正后按新记录计分",
        action: format!("{LEDGER}/{}/correction", row.id),
        draft_key: format!("{}:ledger:{}", person.actor.account, row.id),
        kept: kept.into_iter().map(File::new).collect(),
        note: Some("更正是另记一笔并替代原记录。原记录和材料保留备查，材料随之转入新记录。".to_owned()),
        ..entry_form(app, person, typed, problems)?
    })
}

async fn correct(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let row = find(&app, &person, id).await?;
    let once = posted.once();
    if let Some(answer) = answered(&app, once.as_deref()).await? {
        return Ok(answer);
    }
    let mandate = correction(&app, &person, &row, &stage_of(&app, &row).await?)?;
    let typed = typed(&posted);
    let judged = judged(&app, &person, &typed, "form").and_then(|entry| same_finding(&person, &row, entry));
    let judged = judged.map(|entry| same_time(&row, entry));
    let entry = match unsettled(&app, &person, row.station_id, judged).await? {
        Ok(entry) => entry,
        Err(problems) => return again(&correction_form(&app, &person, &row, typed, problems).await?),
    };
    let files = put_files(&app, posted).await?;
    let supersede = Some(Supersede { entry: id, void: false });
    let (mandate, station, entry) = (&mandate, &row.placed(), &entry);
    write(&app, Filing { mandate, station, entry, supersede, files: &files, once, done: "corrected" }).await
}

/// The form asks for the day alone: the time of publication stays while the day does.
fn same_time(row: &EntryRow, entry: NewEntry) -> NewEntry {
    match row.minute.filter(|_| entry.on_day == row.on_day && entry.minute == 0) {
        Some(minute) => NewEntry { minute, ..entry },
        None => entry,
    }
}

/// A finding stays what it is: another kind asks other questions, so it is withdrawn and made anew.
fn same_finding(person: &Person, row: &EntryRow, entry: NewEntry) -> Result<NewEntry, Problems> {
    if person.actor.role.of_station() || entry.kind == row.kind {
        return Ok(entry);
    }
    Err(vec![("kind", "认定的类别不能更正。类别有误的，请撤回后重新登记。".to_owned())])
}

async fn withdraw(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let row = find(&app, &person, id).await?;
    let once = posted.once();
    if let Some(answer) = answered(&app, once.as_deref()).await? {
        return Ok(answer);
    }
    let mandate = correction(&app, &person, &row, &stage_of(&app, &row).await?)?;
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(Fault::Invalid("请填写撤回理由，不超过 200 字。".to_owned()));
    }
    let today = store::day_number(app.clock.today());
    let replaced = replaced(&app, &person, &row).await?;
    let (entry, void, done) = match &replaced {
        Some(replaced) => (restoration(replaced, reason, today), false, "restored"),
        None => (withdrawal(&row, reason, today), true, "withdrawn"),
    };
    let supersede = Some(Supersede { entry: id, void });
    let (mandate, station, entry) = (&mandate, &row.placed(), &entry);
    write(&app, Filing { mandate, station, entry, supersede, files: &[], once, done }).await
}

/// The station's own entry that a finding took the place of, e.g. the case now found to be won (reading K5).
async fn replaced(app: &App, person: &Person, row: &EntryRow) -> Result<Option<EntryRow>, Fault> {
    let edition = app.edition_of(row.on_day / 10_000).await?;
    let Some(kind) = edition.kind(&row.kind).and_then(|kind| kind.replaces.clone()) else { return Ok(None) };
    let mut before = row.supersedes;
    while let Some(id) = before {
        let entry = find(app, person, id).await?;
        if entry.kind == kind {
            return Ok(Some(entry));
        }
        before = entry.supersedes;
    }
    Ok(None)
}

/// The entry that counts again once the finding in its place is withdrawn.
fn restoration(replaced: &EntryRow, reason: &str, today: i64) -> NewEntry {
    NewEntry {
        kind: replaced.kind.clone(),
        on_day: replaced.on_day,
        count: replaced.count,
        title: replaced.title.clone(),
        detail: format!("{}（认定已撤回：{reason}）", replaced.detail).chars().take(4000).collect(),
        url: replaced.url.clone(),
        late: replaced.on_day / 100 != today / 100,
        backdated: false,
        keep_until: replaced.keep_until,
        source: "form",
        minute: replaced.minute.unwrap_or_default(),
        compared: replaced.minute.is_some(),
    }
}

/// The entry that says another no longer counts.
fn withdrawal(row: &EntryRow, reason: &str, today: i64) -> NewEntry {
    NewEntry {
        kind: row.kind.clone(),
        on_day: row.on_day,
        count: row.count,
        title: row.title.clone(),
        detail: format!("撤回：{reason}"),
        url: row.url.clone(),
        late: row.on_day / 100 != today / 100,
        backdated: false,
        keep_until: row.keep_until,
        source: "form",
        ..NewEntry::default()
    }
}
