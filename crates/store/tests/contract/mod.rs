//! What every function of the store promises, on SQLite and PostgreSQL alike.

mod accounts;
mod append_only;
mod appraisal;
mod areas;
mod editions;
mod files;
mod inspection;
mod ledger;
mod once;
mod records;
mod score;
mod together;
