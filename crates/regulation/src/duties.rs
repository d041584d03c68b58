//! Chapter two (Article 5): what a station does.

pub mod roster;
