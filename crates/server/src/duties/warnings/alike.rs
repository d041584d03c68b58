//! 相同和近似 (readings K62, K101): a text published again counts once, and what is nearly the same is shown to whoever reviews.

use regulation::duties::likeness::{Signature, Verdict, alike};
use store::Tx;
use store::duties::{Candidate, Warning, WarningText};

use crate::app::App;
use crate::error::Fault;

/// A published warning another is like.
pub struct Alike {
    pub id: i64,
    pub title: String,
    pub number: String,
    pub station: String,
    pub station_id: i64,
    pub published_at: i64,
    /// One text, published again.
    pub same: bool,
}

impl Alike {
    /// `None` for what only shares a band.
    fn judged(of: &Signature, one: Candidate) -> Option<Alike> {
        let verdict = alike(of, &Signature::of(&one.title, &one.summary)).verdict;
        (verdict != Verdict::Different).then_some(Alike {
            id: one.id,
            title: one.title,
            number: one.number.unwrap_or_default(),
            station: one.station,
            station_id: one.station_id,
            published_at: one.published_at,
            same: verdict == Verdict::Same,
        })
    }
}

/// Published warnings a text is the same as or near to, oldest first; not the one of that key.
///
/// # Errors
/// Fails when the database does.
pub async fn found(app: &App, own: i64, title: &str, summary: &str) -> Result<Vec<Alike>, Fault> {
    let of = Signature::of(title, summary);
    let candidates = app.store.alike_candidates(&of.bands(), own).await?;
    Ok(candidates.into_iter().filter_map(|one| Alike::judged(&of, one)).collect())
}

/// What the station published of the same text before a warning comes out with it. Until the transaction ends nobody else
/// publishes under the station, so that of two at the same moment one finds the other.
///
/// # Errors
/// Fails when the database does.
pub async fn published_before(tx: &mut Tx<'_>, warning: &Warning, text: &WarningText) -> Result<Option<Alike>, Fault> {
    tx.hold_station(warning.station_id).await?;
    let of = Signature::of(&text.title, &text.summary);
    let candidates = tx.own_candidates(&of.bands(), warning).await?;
    Ok(candidates.into_iter().filter_map(|one| Alike::judged(&of, one)).find(|one| one.same))
}
