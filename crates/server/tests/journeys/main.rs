//! Journeys over HTTP: the whole router on a database of its own, on SQLite and on PostgreSQL.

#[macro_use]
mod app;
mod client;
#[path = "../common/mod.rs"]
mod common;
mod people;

mod accounts;
mod adjustment;
mod admission;
mod appraising;
mod assessors;
mod certificates;
mod checks;
mod closed_years;
mod county;
mod delegating;
mod documents;
mod duties;
mod every_route;
mod fetching;
mod filing;
mod findings;
mod firms;
mod importing;
mod inspecting;
mod interpreting;
mod managing;
mod mapping;
mod offered;
mod official_account;
mod overview;
mod padding;
mod paper_table;
mod public_pages;
mod register;
mod reviewing;
mod routing;
mod searching;
mod selection;
mod signing_in;
mod spot_checks;
mod statements;
mod strangers;
mod subscribing;
mod supervision;
mod time_zones;
mod validity;
mod warning;
mod websites;
mod whole_life;
mod world;
mod year_edges;
