//! What became of an import: counts, the first refused rows, and the file to mend. It can be opened again at any
//! time: the counts stand in the audit row, the refused rows in object storage.

use askama::Template;
use axum::extract::{Path, State};
use papers::read_xlsx;
use regulation::general::Verb;
use store::files::Attachment;

use super::form::{COLUMNS, PROBLEM};
use super::{ROSTER, maintained};
use crate::app::{App, Routes, XLSX, download, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::shell::{Shell, moment_of};

/// Refused rows shown on the page; the file has them all.
const SHOWN: usize = 20;

pub fn routes() -> Routes {
    Routes::default().get("/duties/roster/imports/{id}", Verb::MaintainRoster, show).get(
        "/duties/roster/imports/{id}/refused.xlsx",
        Verb::MaintainRoster,
        refused,
    )
}

#[derive(Template)]
#[template(path = "duties/roster_imported.html")]
struct ImportedPage {
    shell: Shell,
    id: i64,
    station: String,
    sentence: String,
    at: String,
    by: String,
    refused: bool,
    lines: Vec<Line>,
    more: usize,
}

struct Line {
    uscc: String,
    name: String,
    problem: String,
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let (station, ..) = maintained(&app, &person, "roster_import").await?;
    let log = app.store.audit_of("roster_import", id).await?;
    let row = log.into_iter().find(|row| row.station_id == Some(station.id)).ok_or(Fault::NotFound)?;
    let file = refused_file(&app, id, station.id).await?;
    let mut lines = match &file {
        Some(file) => lines(&app, file).await?,
        None => Vec::new(),
    };
    let more = lines.len().saturating_sub(SHOWN);
    lines.truncate(SHOWN);
    render(&ImportedPage {
        shell: Shell::new(&app, &person, ROSTER),
        id,
        station: station.name,
        sentence: row.detail,
        at: moment_of(row.at),
        by: row.actor,
        refused: file.is_some(),
        lines,
        more,
    })
}

/// The file of an import, if it was this station's.
async fn refused_file(app: &App, id: i64, station: i64) -> Result<Option<Attachment>, Fault> {
    let files = app.store.attachments("roster_import", id).await?;
    Ok(files.into_iter().find(|file| file.station_id == station))
}

async fn lines(app: &App, file: &Attachment) -> Result<Vec<Line>, Fault> {
    let bytes = app.objects.get(&file.sha256).await?;
    let sheet = tokio::task::spawn_blocking(move || read_xlsx(&bytes)).await.map_err(anyhow::Error::from)??;
    let cell =
        |row: &[String], name: &str| sheet.column(name).and_then(|place| row.get(place)).cloned().unwrap_or_default();
    let line = |row: &[String]| Line {
        uscc: cell(row, COLUMNS[0].1),
        name: cell(row, COLUMNS[1].1),
        problem: cell(row, PROBLEM),
    };
    Ok(sheet.rows.iter().map(|(_, row)| line(row)).collect())
}

async fn refused(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let (station, ..) = maintained(&app, &person, "roster_import").await?;
    let file = refused_file(&app, id, station.id).await?.ok_or(Fault::NotFound)?;
    let bytes = app.objects.get(&file.sha256).await?;
    Ok(download(&file.file_name, XLSX, bytes.to_vec()))
}
