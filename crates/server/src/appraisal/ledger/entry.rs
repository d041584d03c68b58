//! One ledger entry: filing, reading, correcting, withdrawing, and its materials.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use regulation::appraisal::ledger::Kind;
use regulation::general::{Mandate, Refusal, Scope, Subject, Verb};
use regulation::law::{Edition, cite};
use serde::Deserialize;
use store::appraisal::{EntryRow, NewEntry, Supersede};
use store::files::{Attachment, Stored};

use super::{Problems, Typed, judge, own_kinds, own_station};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::{ACCEPT, MAX_FILE, Posted};
use crate::shell::{Shell, day, moment_of, size};

pub fn routes() -> Routes {
    Routes::default()
        .get("/appraisal/ledger/new", Verb::FileEntry, new_page)
        .post("/appraisal/ledger", Verb::FileEntry, file)
        .get("/appraisal/ledger/{id}", Verb::ViewLedger, show)
        .get("/appraisal/ledger/{id}/correction", Verb::CorrectEntry, correction_page)
        .post("/appraisal/ledger/{id}/correction", Verb::CorrectEntry, correct)
        .post("/appraisal/ledger/{id}/withdrawal", Verb::CorrectEntry, withdraw)
        .get("/appraisal/files/{id}", Verb::ViewLedger, open_file)
}

const LEDGER: &str = "/appraisal/ledger";

#[derive(Template)]
#[template(path = "appraisal/entry_form.html")]
struct EntryForm {
    shell: Shell,
    heading: &'static str,
    action: String,
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

pub struct File {
    pub id: i64,
    pub name: String,
    pub size: String,
    pub image: bool,
    pub kind: String,
}

impl File {
    pub fn new(attachment: Attachment) -> File {
        let kind = attachment.file_name.rsplit('.').next().unwrap_or("").to_uppercase();
        File {
            id: attachment.id,
            image: attachment.media_type.starts_with("image/"),
            size: size(attachment.size),
            name: attachment.file_name,
            kind,
        }
    }
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

/// Which score row a kind feeds, in words.
pub fn scores(edition: &Edition, kind: &str) -> String {
    let row = edition.sheet.items().find(|item| item.rule.kinds().contains(&kind));
    row.map_or_else(|| "定性，不计分".to_owned(), |item| format!("评分表：{}", item.work))
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
        action: LEDGER.to_owned(),
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

fn typed(posted: &Posted) -> Typed {
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
    let entry = match judged(&app, &person, &typed, "form") {
        Ok(entry) => entry,
        Err(problems) => return again(&entry_form(&app, &person, typed, problems)?),
    };
    let files = put_files(&app, posted).await?;
    let id = write(&app, &mandate, &placed, &entry, None, &files).await?;
    Ok(Redirect::to(&format!("{LEDGER}/{id}?done=filed")).into_response())
}

/// Judges the form, and that the kind is this role's to enter.
fn judged(app: &App, person: &Person, typed: &Typed, source: &'static str) -> Result<NewEntry, Problems> {
    let present = app.present();
    let entry = judge(&present.edition, typed, source, app.clock.today())?;
    if own_kinds(&present.edition, person.actor.role).iter().any(|kind| kind.id == entry.kind) {
        Ok(entry)
    } else {
        Err(vec![("kind", "这一类由作出认定的主管部门登记，工作站不能自行申报。".to_owned())])
    }
}

/// Stores the posted files, before the transaction that links them.
pub async fn put_files(app: &App, posted: Posted) -> Result<Vec<Stored>, Fault> {
    let mut stored = Vec::new();
    for file in posted.files {
        stored.push(app.objects.put(file).await?);
    }
    Ok(stored)
}

/// Writes an entry with its materials under a mandate.
pub async fn write(
    app: &App,
    mandate: &Mandate,
    station: &regulation::general::Placed,
    entry: &NewEntry,
    supersede: Option<Supersede>,
    files: &[Stored],
) -> Result<i64, Fault> {
    let mut tx = app.store.begin(mandate, app.clock.now()).await?;
    let id = tx.add_entry(station, entry, supersede).await?;
    if let Some(supersede) = supersede.filter(|supersede| !supersede.void) {
        tx.carry_attachments("ledger_entry", supersede.entry, id).await?;
    }
    tx.attach("ledger_entry", id, station.id, files).await?;
    tx.commit().await?;
    Ok(id)
}

#[derive(Template)]
#[template(path = "appraisal/entry.html")]
struct EntryPage {
    shell: Shell,
    id: i64,
    title: String,
    station_id: i64,
    station: String,
    kind: String,
    line: String,
    on: String,
    count: String,
    detail: String,
    url: String,
    recorded: String,
    keep_until: String,
    late: bool,
    backdated: bool,
    void: bool,
    superseded_by: Option<i64>,
    supersedes: Option<i64>,
    scores: String,
    cited: String,
    article: String,
    files: Vec<File>,
    correct: Offer,
    log: Vec<LogLine>,
}

/// A step as a button: allowed, or greyed with its reason. The submit asks the same function.
struct Offer {
    refusal: Option<Refusal>,
}

struct LogLine {
    at: String,
    actor: String,
    verb: &'static str,
    detail: String,
}

/// Whether this entry may be corrected by this person now.
fn correction(app: &App, person: &Person, row: &EntryRow) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::CorrectEntry, &Subject::of_station("ledger_entry", row.id, &row.placed()))?;
    let edition = &app.present().edition;
    if !own_kinds(edition, person.actor.role).iter().any(|kind| kind.id == row.kind) {
        return Err(Refusal::new(mandate.basis(), "这一笔由主管部门登记，只能由登记部门更正。"));
    }
    if !row.live() {
        return Err(Refusal::new(mandate.basis(), "这一笔已被更正或撤回，请对最新的一笔办理。"));
    }
    Ok(mandate)
}

async fn find(app: &App, person: &Person, id: i64) -> Result<EntryRow, Fault> {
    let scope = person.scope_or_refuse(app, Verb::ViewLedger)?;
    app.store.entry(&scope, id).await?.ok_or(Fault::NotFound)
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let row = find(&app, &person, id).await?;
    let edition = app.edition_of(row.on_day / 10_000).await?;
    let files = app.store.attachments("ledger_entry", id).await?;
    let log = app.store.audit_of("ledger_entry", id).await?;
    let kind = edition.kind(&row.kind);
    let article = kind.map(|kind| kind.basis.clone()).unwrap_or_default();
    render(&EntryPage {
        shell: Shell::new(&app, &person, LEDGER),
        correct: Offer { refusal: correction(&app, &person, &row).err() },
        id,
        station_id: row.station_id,
        on: day(row.on_day),
        count: format!("{} {}", row.count, kind.map_or("", |kind| &kind.unit)),
        line: kind.map(|kind| kind.line.clone()).unwrap_or_default(),
        kind: kind.map_or_else(|| row.kind.clone(), |kind| kind.name.clone()),
        scores: scores(&edition, &row.kind),
        cited: format!("办法{}", cite(&article)),
        article: edition.item(&article).map(|item| item.text.clone()).unwrap_or_default(),
        recorded: format!("{}　{}", moment_of(row.recorded_at), row.recorded_by),
        keep_until: day(row.keep_until),
        late: row.late != 0,
        backdated: row.backdated != 0,
        void: row.void != 0,
        superseded_by: row.superseded_by,
        supersedes: row.supersedes,
        title: row.title,
        station: row.station,
        detail: row.detail,
        url: row.url,
        files: files.into_iter().map(File::new).collect(),
        log: log
            .into_iter()
            .map(|row| LogLine {
                at: moment_of(row.at),
                actor: row.actor,
                verb: Verb::from_key(&row.verb).map_or("", Verb::name),
                detail: row.detail,
            })
            .collect(),
    })
}

async fn correction_page(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let row = find(&app, &person, id).await?;
    correction(&app, &person, &row)?;
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
    let mandate = correction(&app, &person, &row)?;
    let typed = typed(&posted);
    let entry = match judged(&app, &person, &typed, "form") {
        Ok(entry) => entry,
        Err(problems) => return again(&correction_form(&app, &person, &row, typed, problems).await?),
    };
    let files = put_files(&app, posted).await?;
    let supersede = Supersede { entry: id, void: false };
    let new = write(&app, &mandate, &row.placed(), &entry, Some(supersede), &files).await?;
    Ok(Redirect::to(&format!("{LEDGER}/{new}?done=corrected")).into_response())
}

async fn withdraw(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let row = find(&app, &person, id).await?;
    let mandate = correction(&app, &person, &row)?;
    let reason = posted.text("reason");
    if reason.is_empty() {
        return Err(Fault::Invalid("请填写撤回理由。".to_owned()));
    }
    let today = app.clock.today();
    let void = NewEntry {
        kind: row.kind.clone(),
        on_day: row.on_day,
        count: row.count,
        title: row.title.clone(),
        detail: format!("撤回：{reason}"),
        url: row.url.clone(),
        late: row.on_day / 100 != store::day_number(today) / 100,
        backdated: false,
        keep_until: row.keep_until,
        source: "form",
    };
    let supersede = Supersede { entry: id, void: true };
    let new = write(&app, &mandate, &row.placed(), &void, Some(supersede), &[]).await?;
    Ok(Redirect::to(&format!("{LEDGER}/{new}?done=withdrawn")).into_response())
}

/// A material, within the scope of what it belongs to. Images and PDF open in place, under a policy that lets
/// nothing in them run; the rest is downloaded.
async fn open_file(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let evidence = |file: &Attachment| matches!(file.noun.as_str(), "ledger_entry" | "standing_record");
    let file = app.store.attachment(id).await?.filter(evidence).ok_or(Fault::NotFound)?;
    let scope = person.scope_or_refuse(&app, Verb::ViewLedger)?;
    let visible = match scope {
        Scope::All => true,
        _ => app.store.station(&person.scope(&app, Verb::ViewStation), file.station_id).await?.is_some(),
    };
    if !visible {
        return Err(Fault::NotFound);
    }
    let bytes = app.objects.get(&file.sha256).await?;
    Ok(file_response(&file, bytes))
}

fn file_response(file: &Attachment, bytes: bytes::Bytes) -> Response {
    let name = percent_encoding::utf8_percent_encode(&file.file_name, percent_encoding::NON_ALPHANUMERIC);
    let in_place = matches!(file.media_type.as_str(), "image/jpeg" | "image/png" | "image/webp" | "application/pdf");
    let how = if in_place { "inline" } else { "attachment" };
    let headers = [
        ("content-type", file.media_type.clone()),
        ("content-disposition", format!("{how}; filename*=UTF-8''{name}")),
        ("cache-control", "private, max-age=3600, immutable".to_owned()),
    ];
    (headers, bytes).into_response()
}
