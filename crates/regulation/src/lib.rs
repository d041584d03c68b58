//! The measures as pure functions. Five rooms, one per working chapter, plus [`law`], the text and the
//! numbers they all cite.
//!
//! Architecture Invariant: nothing here does I/O, reads a clock, or knows SQL or HTTP.

pub mod adjustment;
pub mod admission;
pub mod appraisal;
pub mod duties;
pub mod general;
pub mod law;
mod points;

pub use points::{Points, exact_decimal};
