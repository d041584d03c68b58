//! Chapter four: the ledger, opinions on its evidence, marks, cycles and results.

mod check;
mod cycle;
mod dossier;
mod finding;
mod inspection;
mod ledger;
mod published;
mod review;
mod sample;
mod spot;
mod tally;

pub use check::{CheckHead, CheckOf, NewCheck, SiteCheck};
pub use cycle::{
    Assessor, AssignmentRow, Cycle, Decision, MarkRow, NewCycle, NewResult, Opinion, ParticipationFinding, ResultRow,
    Submission, Work,
};
pub use dossier::{Dossier, Layer};
pub use finding::Finding;
pub use inspection::{
    Call, Closing, Confirmation, CycleDate, CycleParameter, InspectionRow, NewReminder, NewStep, Reminder,
};
pub use ledger::{EntryCursor, EntryFilter, EntryKey, EntryLine, EntryRow, NewEntry, Supersede};
pub use published::{Elsewhere, PublishedEntry};
pub use review::{Entered, NewReviewChange, Registered, ReviewActs, ReviewChange};
pub use sample::{SampleDraw, Sampled};
pub use spot::{
    Bulletin, NewRectification, NewRectificationStep, NewSpotCheck, Rectification, RectificationStep, SpotCheck,
    SpotProblem,
};
pub use tally::MonthTally;
