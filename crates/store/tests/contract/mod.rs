//! What every function of the store promises, on SQLite and PostgreSQL alike.

mod accounts;
mod adjustment;
mod admission;
mod append_only;
mod appraisal;
mod archive;
mod areas;
mod checks;
mod delegations;
mod editions;
mod files;
mod inspection;
mod interpretations;
mod ledger;
mod once;
mod probes;
mod records;
mod review;
mod saved_searches;
mod score;
mod search;
mod selection;
mod supervision;
mod together;
mod warnings;
