//! Chapter four: the ledger, opinions on its evidence, marks, cycles and results.

mod cycle;
mod dossier;
mod finding;
mod ledger;

pub use cycle::{
    Assessor, AssignmentRow, Cycle, Decision, MarkRow, NewResult, Opinion, ParticipationFinding, ResultRow, Submission,
    Work,
};
pub use dossier::{Dossier, Layer};
pub use finding::Finding;
pub use ledger::{EntryCursor, EntryFilter, EntryLine, EntryRow, MonthTally, NewEntry, Supersede};
