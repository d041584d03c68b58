//! Chapter three: rounds, applicants, applications with their versions, steps, evidence and checks.

mod applications;
mod rounds;

pub use applications::{
    Application, ApplicationFile, ApplicationFilter, Check, Draft, NewApplication, NewCheck, StepRow, Version,
};
pub use rounds::{Applicant, Forwarding, NewRound, Round};
