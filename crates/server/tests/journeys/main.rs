//! Journeys over HTTP: the whole router on a database of its own, on SQLite and on PostgreSQL.

#[macro_use]
mod app;
mod client;
mod people;

mod accounts;
mod adjustment;
mod appraising;
mod duties;
mod every_route;
mod filing;
mod findings;
mod importing;
mod signing_in;
mod statements;
