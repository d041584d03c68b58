//! Chapter two (Article 5): what a station does.

pub mod coverage;
pub mod likeness;
pub mod padding;
pub mod past;
pub mod roster;
pub mod site;
pub mod tariff;
pub mod warning_level;
