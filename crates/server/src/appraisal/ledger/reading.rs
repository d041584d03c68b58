//! One ledger entry as it is read: its content, its materials, what it counts for, what was done to it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use regulation::appraisal::ledger::EnteredBy;
use regulation::general::{Refusal, Scope, Verb};
use regulation::law::{Edition, cite};
use store::appraisal::EntryRow;
use store::files::Attachment;

use super::LEDGER;
use super::entry::{correction, find, stage_of};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::shell::{Shell, day, moment_of, size};

pub fn routes() -> Routes {
    Routes::default().get("/appraisal/ledger/{id}", Verb::ViewLedger, show).get(
        "/appraisal/files/{id}",
        Verb::ViewLedger,
        open_file,
    )
}

pub struct File {
    pub id: i64,
    pub name: String,
    pub size: String,
    pub image: bool,
    pub kind: String,
    /// Why its words could not be read, so that it is found by its name alone.
    pub unread: Option<String>,
}

impl File {
    pub fn new(attachment: Attachment) -> File {
        let kind = attachment.file_name.rsplit('.').next().unwrap_or("").to_uppercase();
        File {
            id: attachment.id,
            image: attachment.media_type.starts_with("image/"),
            size: size(attachment.size),
            unread: attachment.unread,
            name: attachment.file_name,
            kind,
        }
    }
}

/// Which score row a kind feeds, in words.
pub fn scores(edition: &Edition, kind: &str) -> String {
    let row = edition.sheet.items().find(|item| item.rule.kinds().contains(&kind));
    row.map_or_else(|| "定性，不计分".to_owned(), |item| format!("评分表：{}", item.work))
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
    /// The entry of its month that says the same.
    repeats: Option<i64>,
    void: bool,
    superseded_by: Option<i64>,
    supersedes: Option<i64>,
    scores: String,
    cited: String,
    article: String,
    files: Vec<File>,
    correct: Offer,
    once: String,
    finding: Option<FoundIn>,
    log: Vec<LogLine>,
}

/// A step as a button: allowed, or greyed with its reason. The submit asks the same function.
struct Offer {
    refusal: Option<Refusal>,
}

/// What a finding speaks of, and who took it up.
struct FoundIn {
    about: Option<i64>,
    outlet: String,
}

struct LogLine {
    at: String,
    actor: String,
    verb: &'static str,
    detail: String,
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let row = find(&app, &person, id).await?;
    let edition = app.edition_of(row.on_day / 10_000).await?;
    let files = app.store.attachments("ledger_entry", id).await?;
    let log = log_of(&app, &edition, &row).await?;
    let stage = stage_of(&app, &row).await?;
    let kind = edition.kind(&row.kind);
    let finding = match kind.is_some_and(|kind| kind.entered_by != EnteredBy::Station) {
        true => app.store.finding(&person.scope(&app, Verb::ViewLedger), id).await?,
        false => None,
    };
    let article = kind.map(|kind| kind.basis.clone()).unwrap_or_default();
    render(&EntryPage {
        shell: Shell::new(&app, &person, LEDGER),
        correct: Offer { refusal: correction(&app, &person, &row, &stage).err() },
        id,
        once: random_token()?,
        finding: finding.map(|finding| FoundIn { about: finding.about, outlet: finding.outlet }),
        station_id: row.station_id,
        on: published(&row),
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
        repeats: row.repeats,
        void: row.void != 0,
        superseded_by: row.superseded_by,
        supersedes: row.supersedes,
        title: row.title,
        station: row.station,
        detail: row.detail,
        url: row.url,
        files: files.into_iter().map(File::new).collect(),
        log,
    })
}

/// The day, and the time where it is known.
fn published(row: &EntryRow) -> String {
    match row.minute {
        Some(minute) if minute > 0 => format!("{} {:02}:{:02}", day(row.on_day), minute / 60, minute % 60),
        _ => day(row.on_day),
    }
}

/// The audit row's `kind day title` as people read it.
fn in_words(edition: &Edition, detail: &str) -> String {
    let mut parts = detail.splitn(3, ' ');
    let kind = parts.next().and_then(|kind| edition.kind(kind));
    let on = parts.next().and_then(|on| on.parse().ok());
    match (kind, on, parts.next()) {
        (Some(kind), Some(on), Some(title)) => format!("{}　{}　{title}", kind.name, day(on)),
        _ => detail.to_owned(),
    }
}

/// What was done to the entry. An import is one act for many entries: its own row stands with the first of them, so the
/// entry itself says how it came.
async fn log_of(app: &App, edition: &Edition, row: &EntryRow) -> Result<Vec<LogLine>, Fault> {
    let acts = app.store.audit_of("ledger_entry", row.id).await?;
    let line = |act: store::audit::Row| LogLine {
        at: moment_of(act.at),
        actor: act.actor,
        verb: Verb::from_key(&act.verb).map_or("", Verb::name),
        detail: in_words(edition, &act.detail),
    };
    let mut lines: Vec<LogLine> = acts.into_iter().map(line).collect();
    let imported = match row.source.as_str() {
        "xlsx" => Some("由工作簿批量导入"),
        "paste" => Some("由粘贴批量导入"),
        "import" => Some("由网站导出的文件批量导入"),
        _ => None,
    };
    if let Some(detail) = imported {
        let (at, actor) = (moment_of(row.recorded_at), row.recorded_by.clone());
        lines.push(LogLine { at, actor, verb: Verb::FileEntry.name(), detail: detail.to_owned() });
    }
    Ok(lines)
}

/// A material, within the scope of what it belongs to. Images and PDF open in place, under a policy that lets
/// nothing in them run; the rest is downloaded.
async fn open_file(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let evidence = |file: &Attachment| matches!(file.noun.as_str(), "ledger_entry" | "standing_record");
    let scope = person.scope_or_refuse(&app, Verb::ViewLedger)?;
    let file = app.store.attachment(id).await?.filter(evidence).ok_or(Fault::NotFound)?;
    let visible = match scope {
        Scope::All => true,
        _ => app.store.station(&person.scope(&app, Verb::ViewStation), file.station_id).await?.is_some(),
    };
    if !visible {
        return Err(Fault::NotFound);
    }
    person.trail.reads(file.station_id);
    let bytes = app.objects.get(&file.sha256).await?;
    Ok(file_response(&file.file_name, &file.media_type, bytes))
}

/// A stored file as it was handed in; only what a browser shows safely is opened in place.
pub fn file_response(file_name: &str, media_type: &str, bytes: bytes::Bytes) -> Response {
    let name = percent_encoding::utf8_percent_encode(file_name, percent_encoding::NON_ALPHANUMERIC);
    let in_place = matches!(media_type, "image/jpeg" | "image/png" | "image/webp" | "application/pdf");
    let how = if in_place { "inline" } else { "attachment" };
    let headers = [
        ("content-type", media_type.to_owned()),
        ("content-disposition", format!("{how}; filename*=UTF-8''{name}")),
        ("cache-control", "private, max-age=3600, immutable".to_owned()),
    ];
    (headers, bytes).into_response()
}
