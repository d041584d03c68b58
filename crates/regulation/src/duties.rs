//! Chapter two (Article 5): what a station does.

pub mod coverage;
pub mod pace;
pub mod past;
pub mod roster;
pub mod site;
