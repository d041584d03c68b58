//! The readers and their tables, on documents.

mod common;
mod constructed;
mod properties;
mod real;
mod rules;
