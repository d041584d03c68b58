//! Ledger entries as they are looked up by words: those in force, within the scope of their station, with the words of what
//! is attached to them.

use regulation::general::Placed;
use store::Tx;
use store::appraisal::{EntryRow, NewEntry, Supersede};
use store::general::Indexed;

use crate::app::Present;

/// What an entry is indexed as.
pub const NOUN: &str = "entry";
/// What its attachments are linked to.
pub const ATTACHED: &str = "ledger_entry";

/// The words of an entry: its title stands apart.
fn body(present: &Present, kind: &str, on_day: i64, detail: &str) -> String {
    let edition = present.edition_of(on_day / 10_000);
    let name = edition.kind(kind).map_or(kind, |kind| kind.name.as_str());
    format!("{name}\n{detail}")
}

/// Adds an entry to the ledger and makes it findable in place of the one it corrects; what is withdrawn is not found any
/// more.
///
/// # Errors
/// See [`Tx::add_entry`].
pub async fn add(
    tx: &mut Tx<'_>,
    present: &Present,
    station: &Placed,
    new: &NewEntry,
    supersede: Option<Supersede>,
) -> store::Result<i64> {
    let id = tx.add_entry(station, new, supersede).await?;
    match supersede {
        Some(Supersede { entry, void: true }) => {
            tx.drop_text(NOUN, entry).await?;
            tx.drop_attachment_texts(ATTACHED, entry).await?;
            return Ok(id);
        }
        Some(Supersede { entry, void: false }) => tx.move_text(NOUN, entry, id).await?,
        None => {}
    }
    let body = body(present, &new.kind, new.on_day, &new.detail);
    let text = Indexed {
        noun: NOUN,
        id,
        on_day: new.on_day,
        city: &station.city,
        county: station.county.as_deref(),
        station: Some(station.id),
        open: false,
        title: &new.title,
        body: &body,
    };
    tx.index_text(&text).await?;
    Ok(id)
}

/// The words of an entry on record; `None` for one that is not in force.
pub fn words(present: &Present, row: &EntryRow) -> Option<String> {
    row.live().then(|| body(present, &row.kind, row.on_day, &row.detail))
}

/// An entry on record as it is indexed, with its words.
pub fn indexed<'r>(row: &'r EntryRow, body: &'r str) -> Indexed<'r> {
    Indexed {
        noun: NOUN,
        id: row.id,
        on_day: row.on_day,
        city: &row.city,
        county: row.county.as_deref(),
        station: Some(row.station_id),
        open: false,
        title: &row.title,
        body,
    }
}
