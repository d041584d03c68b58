//! The shell around the measures: pages, jobs and command line. The five rooms are the measures' chapters.

mod address;
mod adjustment;
mod admission;
pub mod app;
pub mod appraisal;
mod assets;
mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod duties;
pub mod editions;
mod error;
pub mod general;
mod memo;
pub mod outbound;
mod posted;
mod public;
mod shell;
mod trail;
mod worker;
