//! 监视目录: documents of foreign notices that somebody, or some other program, puts into a folder; one folder a source, named
//! like it. For networks nothing is fetched from, this and the upload are how notices come in.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use feeds::Source;
use regulation::general::{Actor, Subject, Verb, may};
use sha2::{Digest, Sha256};

use super::intake::{Document, SavedMapping, receive};
use super::mappings;
use crate::app::App;

/// Largest document: WTO's workbook of all notifications is 45 MB.
const LARGEST: u64 = 256 * 1024 * 1024;
/// A file changed more recently may still be on its way in.
const SETTLED: Duration = Duration::from_secs(5);
/// Where a document goes that was read, and one nothing was read from.
pub const DONE: &str = "done";
pub const REFUSED: &str = "refused";

/// Runs until the process ends; at once over where no folder is watched.
pub async fn run(app: App) {
    if app.settings.notice_folder.as_os_str().is_empty() {
        return;
    }
    let mut beat = tokio::time::interval(Duration::from_secs(30));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        match pass(&app, SETTLED).await {
            Ok(0) => {}
            Ok(read) => tracing::info!(read, "documents taken from the watched folder"),
            Err(error) => tracing::error!(error = format!("{error:#}"), "reading the watched folder"),
        }
    }
}

/// Reads what lies in the folder and was not changed for `settled`. Returns how many documents were put on record.
///
/// # Errors
/// Fails when the folder or the database does; what was read before is on record.
pub async fn pass(app: &App, settled: Duration) -> anyhow::Result<usize> {
    let mut count = 0;
    for source in Source::ALL {
        let folder = app.settings.notice_folder.join(source.name());
        count += take_all(app, source, &folder, settled, None).await?;
        if source == Source::Csv && tokio::fs::try_exists(&folder).await? {
            for row in app.store.column_mappings().await? {
                let saved = mappings::saved(&row)?;
                count += take_all(app, source, &folder.join(&row.name), settled, Some(&saved)).await?;
            }
        }
    }
    Ok(count)
}

/// Reads what lies in one folder: a source's, or, of tables, the one named like the column mapping they are read by.
async fn take_all(
    app: &App,
    source: Source,
    folder: &Path,
    settled: Duration,
    mapping: Option<&SavedMapping>,
) -> anyhow::Result<usize> {
    let mut count = 0;
    for path in waiting(folder, settled).await? {
        match take(app, source, folder, &path, mapping).await {
            Ok(taken) => count += usize::from(taken),
            // It is tried again with the next look, and keeps no other waiting.
            Err(error) => {
                tracing::error!(file = %path.display(), error = format!("{error:#}"), "a document was not read");
            }
        }
    }
    Ok(count)
}

/// Files of a folder in the order of their names; none where there is no such folder.
async fn waiting(folder: &Path, settled: Duration) -> anyhow::Result<Vec<PathBuf>> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| folder.display().to_string()),
    };
    let mut found = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let (about, name) = (entry.metadata().await?, entry.file_name());
        let hidden = name.to_string_lossy().starts_with('.') || name.to_string_lossy().ends_with(".part");
        let quiet = about.modified().ok().and_then(|at| at.elapsed().ok()).is_some_and(|age| age >= settled);
        if about.is_file() && !hidden && quiet {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Puts one document on record and moves it away. Read again after a process that ended before it moved it, it brings
/// whatever that one left.
async fn take(
    app: &App,
    source: Source,
    folder: &Path,
    path: &Path,
    mapping: Option<&SavedMapping>,
) -> anyhow::Result<bool> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if tokio::fs::metadata(path).await?.len() > LARGEST {
        tracing::warn!(file = name, "larger than a document of foreign notices can be");
        move_to(folder, REFUSED, path, &name).await?;
        return Ok(false);
    }
    let bytes = bytes::Bytes::from(tokio::fs::read(path).await?);
    let digest = hex::encode(Sha256::digest(&bytes));
    let subject = Subject::whole("intake", 0);
    let mandate = may(&Actor::operator(), Verb::LoadNotices, &subject, app.clock.today())?;
    let (file_name, mapping) = (name.clone(), mapping.cloned());
    let document = Document { source, origin: "folder", file_name, bytes, station: None, mapping };
    let (_, tally) = receive(app, &mandate, &document).await?;
    let place = if tally.notices > 0 { DONE } else { REFUSED };
    move_to(folder, place, path, &format!("{}-{name}", &digest[..8])).await?;
    Ok(true)
}

async fn move_to(folder: &Path, place: &str, path: &Path, name: &str) -> anyhow::Result<()> {
    let place = folder.join(place);
    tokio::fs::create_dir_all(&place).await?;
    Ok(tokio::fs::rename(path, place.join(name)).await?)
}
