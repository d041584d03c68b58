//! The store's promises, on both databases.
//!
//! Tests of PostgreSQL read the server's address from `FENGSUI_TEST_POSTGRES` (`.ci/with-postgres CMD…`);
//! without it they say so and pass, unless `CI` is set.

#[macro_use]
mod common;

mod audit;
mod contract;
mod group_commit;
mod lists;
mod parity;
mod plans;
