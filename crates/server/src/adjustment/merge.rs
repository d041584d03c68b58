//! What moves to the survivor, by the plan (Article 16, reading K54): roster, cases, the year's ledger. An entry counts
//! on one side only: the one moved is withdrawn where it was and stands, marked, where it went.

use regulation::adjustment::merging::{Entry, Matter};
use store::Tx;
use store::adjustment::{Movable, NewHandover};
use store::appraisal::{NewEntry, Supersede};
use store::duties::Station;

use super::case::{Case, case_kinds};
use crate::app::{App, Present};
use crate::appraisal::ledger::findable;
use crate::error::Fault;

/// Moves what the plan says. Returns what moved, in words.
pub async fn carry(tx: &mut Tx<'_>, app: &App, case: &Case, survivor: &Station) -> Result<String, Fault> {
    // Seen in force before; what was carried to a station that has just ended would be lost.
    tx.hold_at_work(survivor.id).await?;
    let (moves, mut moved) = (case.moves(), Vec::new());
    if moves.roster {
        let firms = tx.move_roster(case.station.id, survivor.id).await?;
        moved.push(format!("企业库新增移交 {firms} 家"));
    }
    if moves.cases {
        for open in case.cases.iter().filter(|open| open.outcome.is_none()) {
            let new = NewHandover {
                entry: open.entry_id,
                outcome: "moved",
                receiver: &survivor.name,
                note: "按整合方案移交",
            };
            tx.add_handover(case.row.id, &new).await?;
        }
    }
    let entries = ledger(tx, app, case, survivor).await?;
    if entries > 0 {
        moved.push(format!("台账移交 {entries} 笔"));
    }
    Ok(if moved.is_empty() { "企业库和台账留存原站备查".to_owned() } else { moved.join("，") })
}

/// Moves the year's entries the plan gives to the survivor.
async fn ledger(tx: &mut Tx<'_>, app: &App, case: &Case, survivor: &Station) -> Result<usize, Fault> {
    let present = app.present();
    let case_kinds = case_kinds(&present.edition);
    let this_year = i64::from(app.clock.today().year()) * 10_000 + 101;
    let (own, held) =
        (tx.movable_entries(case.station.id, this_year).await?, tx.movable_entries(survivor.id, this_year).await?);
    let entries = own.iter().map(|own| Entry { matter: matter(own), case: case_kinds.contains(&own.kind.as_str()) });
    let (entries, held): (Vec<_>, Vec<_>) = (entries.collect(), held.iter().map(matter).collect());
    let goes = case.moves().moving(&entries, &held);
    let going: Vec<&Movable> = own.iter().zip(goes).filter(|(_, goes)| *goes).map(|(entry, _)| entry).collect();
    for entry in &going {
        hand(tx, &present, case, survivor, entry).await?;
    }
    Ok(going.len())
}

fn matter(entry: &Movable) -> Matter<'_> {
    (&entry.kind, entry.on_day, &entry.title, &entry.url)
}

async fn hand(
    tx: &mut Tx<'_>,
    present: &Present,
    case: &Case,
    survivor: &Station,
    entry: &Movable,
) -> Result<(), Fault> {
    let new = |detail: String| NewEntry {
        kind: entry.kind.clone(),
        on_day: entry.on_day,
        count: entry.count,
        title: entry.title.clone(),
        detail: detail.chars().take(5000).collect(),
        url: entry.url.clone(),
        late: entry.late != 0,
        backdated: entry.backdated != 0,
        keep_until: entry.keep_until,
        source: "transfer",
        minute: entry.minute.unwrap_or_default(),
        compared: entry.minute.is_some(),
    };
    let (from, to) = (&case.station, survivor);
    let gone = new(format!("撤回：按整合方案移交 {} {}", to.number, to.name));
    findable::add(tx, present, &from.placed(), &gone, Some(Supersede { entry: entry.id, void: true })).await?;
    let mark = format!("（由 {} {} 移交）", from.number, from.name);
    let id = findable::add(tx, present, &to.placed(), &new(format!("{}{mark}", entry.detail)), None).await?;
    tx.hand_attachments(entry.id, id, &to.placed()).await?;
    tx.await_attachment_texts(findable::ATTACHED, id).await?;
    tx.carry_finding(entry.id, id).await?;
    Ok(())
}
