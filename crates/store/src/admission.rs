//! Chapter three: rounds, applicants, applications with their versions, steps, evidence and checks; then panels,
//! notices, objections and confirmations.

mod applications;
mod experts;
mod notices;
mod panels;
mod regions;
mod rounds;
mod visits;

pub use applications::{
    Application, ApplicationFile, ApplicationFilter, Check, Draft, NewApplication, NewCheck, StepRow, Version,
};
pub use experts::{Expert, ExpertTie, NewExpert};
pub use notices::{Confirmed, NewObjection, NewShortlisting, Objection, Shortlisting};
pub use panels::{DrawRow, Excluded, Panel, ReviewRow, SeatRow, Typed};
pub use regions::RegionOverride;
pub use rounds::{Applicant, Forwarding, NewRound, Round};
pub use visits::{NewVisit, Visit};
