//! The sample province's past as a list of acts: who did what, when, under which mandate. Planned first, then
//! written in the order of time.

use std::collections::HashMap;

use jiff::Timestamp;
use regulation::appraisal::inspection::Stage;
use regulation::general::{Actor, Mandate, Placed, Subject, Verb, may};
use store::Store;
use store::appraisal::{NewCycle, NewEntry, NewStep, Supersede};
use store::duties::{NewRosterMember, NewStandingRecord};
use store::files::Stored;

use crate::appraisal::ledger::findable;

/// Stands for a row not yet written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u32);

/// One act: a mandate, an instant, what is written, and its audit row.
pub struct Act {
    pub at: Timestamp,
    mandate: Mandate,
    pub writes: Vec<Write>,
    /// What the audit row says; empty where the store says it itself.
    note: String,
}

pub enum Write {
    Entry {
        key: Key,
        station: Placed,
        new: NewEntry,
        replaces: Option<(Key, bool)>,
        files: Vec<Stored>,
    },
    Record {
        key: Key,
        station: i64,
        new: NewStandingRecord,
        replaces: Option<Key>,
        files: Vec<Stored>,
    },
    Profile {
        station: i64,
        address: String,
        website: String,
        chapters: &'static str,
    },
    Event {
        station: i64,
        on_day: i64,
        what: &'static str,
        detail: String,
    },
    Roster {
        station: i64,
        members: Vec<NewRosterMember>,
    },
    Cycle {
        year: i64,
        edition: String,
        pass_mark: i64,
    },
    Submission {
        year: i64,
        station: i64,
        receipt: String,
    },
    Participation {
        year: i64,
        station: i64,
        value: &'static str,
        reason: &'static str,
    },
    Opinion {
        year: i64,
        station: i64,
        noun: &'static str,
        on: Key,
        layer: &'static str,
        accepted: bool,
        reason: &'static str,
    },
    Assign {
        year: i64,
        account: i64,
        station: i64,
        until_on: i64,
    },
    Mark {
        year: i64,
        station: i64,
        item: &'static str,
        work: Key,
        mark: String,
        comment: &'static str,
    },
}

/// Collects acts. Nothing in the sample happens after the present.
pub struct Script {
    acts: Vec<Act>,
    keys: u32,
    now: Timestamp,
}

impl Script {
    pub fn new(now: Timestamp) -> Script {
        Script { acts: Vec::new(), keys: 0, now }
    }

    pub fn key(&mut self) -> Key {
        self.keys += 1;
        Key(self.keys)
    }

    /// Adds an act if it has happened by now.
    ///
    /// # Errors
    /// Fails when the law does not let this person do it: the sample breaks no rule.
    pub fn act(
        &mut self,
        (actor, verb): (&Actor, Verb),
        subject: &Subject,
        at: Timestamp,
        note: impl Into<String>,
        writes: Vec<Write>,
    ) -> anyhow::Result<()> {
        if at <= self.now && !writes.is_empty() {
            let mandate = may(actor, verb, subject, store::day_of(at))?;
            self.acts.push(Act { at, mandate, writes, note: note.into() });
        }
        Ok(())
    }

    /// In the order of time, parted where the year's result is confirmed.
    pub fn parted(mut self, at: Timestamp) -> (Vec<Act>, Vec<Act>) {
        self.acts.sort_by_key(|act| act.at);
        let until = self.acts.partition_point(|act| act.at < at);
        let rest = self.acts.split_off(until);
        (self.acts, rest)
    }
}

/// Rows written, by the keys that stood for them.
#[derive(Default)]
pub struct Written(HashMap<Key, i64>);

impl Written {
    fn id(&self, key: Key) -> anyhow::Result<i64> {
        self.0.get(&key).copied().ok_or_else(|| anyhow::anyhow!("示例数据引用了尚未写入的记录"))
    }
}

/// Writes acts in one transaction, each with its own mandate, instant and audit row.
pub async fn write(store: &Store, acts: &[Act], written: &mut Written) -> anyhow::Result<()> {
    let Some(first) = acts.first() else { return Ok(()) };
    let mut tx = store.begin(&first.mandate, first.at).await?;
    for (n, act) in acts.iter().enumerate() {
        if n > 0 {
            tx.proceed(&act.mandate, act.at).await?;
        }
        for write in &act.writes {
            apply(&mut tx, write, written).await?;
        }
        if let Some(Write::Entry { key, new, .. }) = act.writes.first().filter(|_| new_import(act)) {
            let (first, how) = (written.id(*key)?, if new.source == "xlsx" { "工作簿" } else { "粘贴" });
            tx.concerns(first);
            tx.note(format!("{how}导入 {} 笔，第 {first} 号起", act.writes.len()));
        } else if !act.note.is_empty() {
            tx.note(&act.note);
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Many entries in one act are an import, whose audit row stands with the first.
fn new_import(act: &Act) -> bool {
    act.mandate.subject().noun == "ledger_import"
}

async fn apply(tx: &mut store::Tx<'_>, write: &Write, written: &mut Written) -> anyhow::Result<()> {
    match write {
        Write::Entry { key, station, new, replaces, files } => {
            let supersede = match replaces {
                Some((old, void)) => Some(Supersede { entry: written.id(*old)?, void: *void }),
                None => None,
            };
            let id = tx.add_entry(station, new, supersede).await?;
            if let Some(supersede) = supersede.filter(|supersede| !supersede.void) {
                tx.carry_attachments("ledger_entry", supersede.entry, id).await?;
            }
            tx.attach("ledger_entry", id, station.id, files).await?;
            // The worker makes the sample findable, what it has in force at the end.
            tx.await_text(findable::NOUN, id, true).await?;
            tx.await_attachment_texts(findable::ATTACHED, id).await?;
            written.0.insert(*key, id);
        }
        Write::Record { key, station, new, replaces, files } => {
            let supersedes = replaces.map(|old| written.id(old)).transpose()?;
            let id = tx.add_standing_record(*station, &NewStandingRecord { supersedes, ..new.clone() }).await?;
            tx.attach("standing_record", id, *station, files).await?;
            written.0.insert(*key, id);
        }
        Write::Profile { station, address, website, chapters } => {
            tx.set_station_profile(*station, address, website, chapters).await?;
        }
        Write::Event { station, on_day, what, detail } => tx.add_station_event(*station, *on_day, what, detail).await?,
        Write::Roster { station, members } => {
            for member in members {
                tx.put_roster_member(*station, member).await?;
            }
            tx.recount_roster(*station).await?;
        }
        Write::Cycle { year, edition, pass_mark } => {
            tx.open_cycle(&NewCycle::usual(*year, edition, *pass_mark)).await?
        }
        Write::Submission { year, station, receipt } => {
            tx.add_submission(*year, *station, receipt).await?;
            let first = store::china().to_datetime(tx.instant());
            let stage = Stage::Submitted { first };
            let new = NewStep {
                year: *year,
                station: *station,
                before: 0,
                stage,
                step: "submit",
                reason: String::new(),
                points: None,
            };
            tx.take_step(&new).await?;
        }
        Write::Participation { year, station, value, reason } => {
            tx.find_participation(*year, *station, value, reason).await?;
        }
        Write::Opinion { year, station, noun, on, layer, accepted, reason } => {
            let on = written.id(*on)?;
            tx.add_opinion(*station, *year, noun, on, layer, *accepted, reason).await?;
        }
        Write::Assign { year, account, station, until_on } => tx.assign(*account, *station, *year, *until_on).await?,
        Write::Mark { year, station, item, work, mark, comment } => {
            let entry = written.id(*work)?;
            tx.add_mark(*station, *year, item, entry, mark, comment).await?;
        }
    }
    Ok(())
}
