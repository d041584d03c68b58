//! What is made findable behind the acts: the words of attachments, which take long to read, and what was on record before
//! its noun was looked up by words.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use papers::{Unread, words_of};
use regulation::general::Scope;
use store::files::Attachment;
use store::general::{ATTACHMENT, Indexed, PUBLICATION_NOUN, WaitingText, published};

use crate::app::App;
use crate::appraisal::ledger::findable as entries;
use crate::duties::feeds::findable as notices;
use crate::duties::warnings::findable as warnings;

/// Texts taken up at once: while they are written, everybody else who writes waits.
const AT_ONCE: i64 = 50;
/// Between two handfuls, for whoever else writes.
const BREATH: Duration = Duration::from_millis(200);
/// An attachment is read for so long at most,
const LONGEST: Duration = Duration::from_secs(30);
/// and whatever ended the process that many times is left alone.
const TRIES: i64 = 3;

/// Runs until the process ends.
pub async fn run(app: App) {
    let mut beat = tokio::time::interval(Duration::from_secs(2));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        // As long as there is a whole handful there may be more.
        while let Ok(true) = pass(&app).await.inspect_err(failed) {
            tokio::time::sleep(BREATH).await;
        }
    }
}

fn failed(error: &anyhow::Error) {
    tracing::error!(error = format!("{error:#}"), "making texts findable");
}

/// Makes some of what waits findable. Returns whether more may wait that can be done now.
///
/// # Errors
/// Fails when the database does; what was written before stays.
pub async fn pass(app: &App) -> anyhow::Result<bool> {
    let waiting = app.store.waiting_texts(AT_ONCE).await?;
    let (attached, recorded): (Vec<_>, Vec<_>) = waiting.iter().partition(|one| one.noun == ATTACHMENT);
    on_record(app, &recorded).await?;
    for one in attached {
        // One that fails keeps no other waiting.
        if let Err(error) = attachment(app, one).await.with_context(|| format!("附件 {}", one.noun_id)) {
            failed(&error);
        }
    }
    Ok(i64::try_from(waiting.len()).is_ok_and(|count| count == AT_ONCE))
}

/// What was on record before, in one transaction.
async fn on_record(app: &App, waiting: &[&WaitingText]) -> anyhow::Result<()> {
    if waiting.is_empty() {
        return Ok(());
    }
    let keys =
        |noun: &str| -> Vec<i64> { waiting.iter().filter(|one| one.noun == noun).map(|one| one.noun_id).collect() };
    let present = app.present();
    let rows = app.store.entries_by_id(&Scope::All, &keys(entries::NOUN)).await?;
    let notices_of = keys(notices::NOUN);
    let foreign = app.store.trade_notices(&notices_of).await?;
    let codes = app.store.notice_codes(&notices_of).await?;
    let publications = app.store.publications_by_id(&keys(PUBLICATION_NOUN)).await?;
    let mut published_warnings = Vec::new();
    for key in keys(warnings::NOUN) {
        published_warnings.extend(app.store.warning(&Scope::All, key).await?);
    }
    let warning_of = |key: i64| published_warnings.iter().find(|row| row.id == key);
    let mut bodies = Vec::with_capacity(waiting.len());
    for one in waiting {
        bodies.push(match one.noun.as_str() {
            entries::NOUN => {
                rows.iter().find(|row| row.id == one.noun_id).and_then(|row| entries::words(&present, row))
            }
            notices::NOUN => {
                let own = |code: &&store::duties::NoticeCode| code.notice_id == one.noun_id;
                let codes: Vec<String> = codes.iter().filter(own).map(|code| code.code.clone()).collect();
                let notice = foreign.iter().find(|notice| notice.id == one.noun_id);
                notice.map(|notice| notices::words(notice, &codes)).transpose()?
            }
            warnings::NOUN => match warning_of(one.noun_id) {
                Some(row) => Some(warnings::words(row, &warnings::cases(app, row).await?)),
                None => None,
            },
            _ => None,
        });
    }
    let texts: Vec<(&WaitingText, Option<Indexed<'_>>)> = waiting
        .iter()
        .zip(&bodies)
        .map(|(one, body)| {
            let key = one.noun_id;
            let text = match (one.noun.as_str(), body) {
                (entries::NOUN, Some(body)) => {
                    rows.iter().find(|row| row.id == key).map(|row| entries::indexed(row, body))
                }
                (notices::NOUN, Some(body)) => {
                    foreign.iter().find(|row| row.id == key).map(|row| notices::of_row(row, body))
                }
                (warnings::NOUN, Some(body)) => warning_of(key).and_then(|row| warnings::of_row(row, body)),
                (PUBLICATION_NOUN, _) => publications.iter().find(|row| row.id == key).map(|row| {
                    let on = store::day_of(store::instant_from(row.published_at));
                    published(row.id, &row.title, &row.content, store::day_number(on))
                }),
                _ => None,
            };
            (*one, text)
        })
        .collect();
    Ok(app.store.index_waiting(&texts).await?)
}

/// Reads one attachment. One that cannot be read is marked, and shown as such.
async fn attachment(app: &App, waiting: &WaitingText) -> anyhow::Result<()> {
    let nothing = [(waiting, None)];
    let Some(file) = app.store.attachment(waiting.noun_id).await? else {
        return Ok(app.store.index_waiting(&nothing).await?);
    };
    let entry = app.store.entries_by_id(&Scope::All, &[file.noun_id]).await?.into_iter().next();
    let Some(entry) = entry.filter(|entry| file.noun == entries::ATTACHED && entry.live()) else {
        return Ok(app.store.index_waiting(&nothing).await?);
    };
    let name = Indexed {
        noun: ATTACHMENT,
        id: file.id,
        on_day: entry.on_day,
        city: &entry.city,
        county: entry.county.as_deref(),
        station: Some(entry.station_id),
        open: false,
        title: &file.file_name,
        body: "",
    };
    let words = match words(app, waiting, &file).await? {
        Ok(words) => words,
        Err(reason) => return Ok(app.store.index_unread(waiting, &name, &reason, app.clock.now()).await?),
    };
    Ok(app.store.index_waiting(&[(waiting, Some(Indexed { body: &words, ..name }))]).await?)
}

/// The words of a file, or why there are none. A storage that is away for a while is no reason: that fails.
async fn words(app: &App, waiting: &WaitingText, file: &Attachment) -> anyhow::Result<Result<String, String>> {
    if waiting.tries >= TRIES {
        return Ok(Err("读取多次没有完成".to_owned()));
    }
    let bytes = match app.objects.get(&file.sha256).await {
        Ok(bytes) => bytes,
        Err(error) if error.is_missing_file() => return Ok(Err("附件文件缺失".to_owned())),
        Err(error) => return Err(error.into()),
    };
    app.store.try_waiting(waiting).await?;
    Ok(match read(file.file_name.clone(), bytes).await {
        Ok(words) => Ok(words),
        Err(unread) if unread.expected() => Ok(String::new()),
        Err(unread) => Err(unread.to_string()),
    })
}

/// Reads a file's words on a thread of its own, which ends with the process whatever it is at.
async fn read(file_name: String, bytes: bytes::Bytes) -> Result<String, Unread> {
    let going = Arc::new(AtomicBool::new(true));
    let (done, outcome) = tokio::sync::oneshot::channel();
    let asked = Arc::clone(&going);
    let thread = std::thread::Builder::new().name("words".to_owned()).stack_size(16 << 20);
    let spawned = thread.spawn(move || {
        let go_on = || asked.load(Ordering::Relaxed);
        // Nobody waits any more for what took too long.
        drop(done.send(words_of(&file_name, &bytes, &go_on)));
    });
    if spawned.is_err() {
        return Err(Unread::Slow);
    }
    let read = tokio::time::timeout(LONGEST, outcome).await;
    going.store(false, Ordering::Relaxed);
    match read {
        Ok(Ok(read)) => read,
        Ok(Err(_)) => Err(Unread::Damaged),
        Err(_) => Err(Unread::Slow),
    }
}
