//! Writing entries: one transaction under one mandate, and a form sent again is answered as before.

use axum::response::{IntoResponse, Redirect, Response};
use regulation::general::{Mandate, Placed};
use store::Tx;
use store::appraisal::{NewEntry, Supersede};
use store::files::Stored;

use super::LEDGER;
use super::findable::{self, ATTACHED};
use crate::app::App;
use crate::error::{Fault, Page};
use crate::posted::Posted;

/// An entry about to be written.
pub struct Filing<'a> {
    pub mandate: &'a Mandate,
    pub station: &'a Placed,
    pub entry: &'a NewEntry,
    pub supersede: Option<Supersede>,
    pub files: &'a [Stored],
    /// From [`Posted::once`].
    pub once: Option<String>,
    /// Key of the sentence shown afterwards.
    pub done: &'static str,
}

/// Writes an entry with its materials and leads to its page.
pub async fn write(app: &App, filing: Filing<'_>) -> Page {
    let mut tx = match begin(app, filing.mandate, filing.once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    let id = add(&mut tx, app, &filing).await?;
    answer(tx, filing.once.as_deref(), &format!("{LEDGER}/{id}?done={}", filing.done)).await
}

/// Adds the entry with its materials; a correction keeps those of the entry it replaces.
pub async fn add(tx: &mut Tx<'_>, app: &App, filing: &Filing<'_>) -> Result<i64, Fault> {
    let id = findable::add(tx, &app.present(), filing.station, filing.entry, filing.supersede).await?;
    if let Some(supersede) = filing.supersede.filter(|supersede| !supersede.void) {
        tx.carry_attachments(ATTACHED, supersede.entry, id).await?;
        tx.carry_attachment_texts(ATTACHED, supersede.entry, id, filing.entry.on_day).await?;
        tx.carry_finding(supersede.entry, id).await?;
    }
    tx.attach(ATTACHED, id, filing.station.id, filing.files).await?;
    // Their words are read by the worker: an upload never waits for it.
    tx.await_attachment_texts(ATTACHED, id).await?;
    Ok(id)
}

/// Whether the form of this transaction comes for the first time.
pub enum Begun<'m> {
    First(Tx<'m>),
    Again(Response),
}

/// Opens the transaction and takes the form's token in it.
pub async fn begin<'m>(app: &App, mandate: &'m Mandate, once: Option<&str>) -> Result<Begun<'m>, Fault> {
    let mut tx = app.store.begin(mandate, app.clock.now()).await?;
    let before = match once {
        Some(token) => tx.claim_once(token).await?,
        None => None,
    };
    Ok(match before {
        None => Begun::First(tx),
        Some(place) => {
            tx.abandon().await?;
            Begun::Again(Redirect::to(&place).into_response())
        }
    })
}

/// Commits, and keeps the answer for the same form sent again.
pub async fn answer(mut tx: Tx<'_>, once: Option<&str>, place: &str) -> Page {
    if let Some(token) = once {
        tx.answer_once(token, place).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to(place).into_response())
}

/// What a form sent again was answered the first time. Asked before the act is judged: what was done already, e.g. a
/// correction, would now be refused.
pub async fn answered(app: &App, once: Option<&str>) -> Result<Option<Response>, Fault> {
    let Some(token) = once else { return Ok(None) };
    let place = app.store.answered(token).await?;
    Ok(place.map(|place| Redirect::to(&place).into_response()))
}

/// Stores the posted files, before the transaction that links them.
pub async fn put_files(app: &App, posted: Posted) -> Result<Vec<Stored>, Fault> {
    let mut stored = Vec::new();
    for file in posted.files {
        stored.push(app.objects.put(file).await?);
    }
    Ok(stored)
}
