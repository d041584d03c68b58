//! Chapter two (Article 5): what a station does.

pub mod coverage;
pub mod fetching;
pub mod likeness;
pub mod pace;
pub mod padding;
pub mod past;
mod places;
pub mod published;
pub mod roster;
pub mod routing;
pub mod signal;
pub mod site;
pub mod subscription;
pub mod tariff;
pub mod vocabulary;
pub mod warning;
pub mod warning_level;
