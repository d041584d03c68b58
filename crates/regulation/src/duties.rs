//! Chapter two (Article 5): what a station does.

pub mod coverage;
pub mod past;
pub mod roster;
pub mod routing;
pub mod signal;
pub mod site;
pub mod vocabulary;
pub mod warning;
