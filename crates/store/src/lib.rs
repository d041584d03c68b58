//! All SQL of the system, one text for SQLite and PostgreSQL, and the files in object storage.
//!
//! Architecture Invariants: no write without a [`regulation::general::Mandate`], no list without a
//! [`regulation::general::Scope`]; business decisions are made elsewhere; the ledger is append-only.

pub mod adjustment;
pub mod admission;
pub mod appraisal;
pub mod audit;
mod dialect;
pub mod duties;
mod engine;
pub mod files;
pub mod general;
mod once;
pub mod query;

use std::path::Path;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use regulation::general::Mandate;

pub use engine::{Backend, Record, Store, Tx};
pub use files::{Files, Objects};

/// We broke, or the machine did. What the law refuses is a `Refusal`, never this.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("数据库：{0}")]
    Database(#[from] sqlx::Error),
    #[error("数据库迁移：{0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("附件存储：{0}")]
    Objects(#[from] object_store::Error),
    /// Another write got there first: the caller shows the present state and asks again.
    #[error("{0}")]
    Conflict(String),
    /// A row holds what no code writes: names table, column and row.
    #[error("数据异常：{table}.{column}，行 {row}")]
    Impossible { table: &'static str, column: &'static str, row: i64 },
    #[error("数据库地址“{0}”应以 sqlite: 或 postgres: 开头")]
    Address(String),
    #[error("{0}")]
    Commit(String),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether a unique index refused the row.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Error::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }

    /// Whether a file is not there, rather than its storage away.
    pub fn is_missing_file(&self) -> bool {
        matches!(self, Error::Objects(object_store::Error::NotFound { .. }))
    }

    /// Whether the unique index that refused it is over this column.
    pub fn is_duplicate_of(&self, column: &str) -> bool {
        let Error::Database(sqlx::Error::Database(error)) = self else { return false };
        // PostgreSQL names the index, which is named after its columns; SQLite names the columns.
        error.is_unique_violation() && error.constraint().unwrap_or_else(|| error.message()).contains(column)
    }
}

/// China Standard Time: the same offset wherever the server stands.
pub fn china() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

/// The civil day of an instant in China.
pub fn day_of(at: Timestamp) -> Date {
    china().to_datetime(at).date()
}

/// `20260131`: how a civil date stands in the database.
pub fn day_number(date: Date) -> i64 {
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}

/// The date behind [`day_number`].
///
/// # Errors
/// Fails on a number that is no date: the row was not written by us.
pub fn date_from(number: i64) -> Result<Date> {
    let impossible = || Error::Impossible { table: "(day)", column: "day", row: number };
    let part = |n: i64| i8::try_from(n).map_err(|_| impossible());
    let year = i16::try_from(number / 10_000).map_err(|_| impossible())?;
    Date::new(year, part(number / 100 % 100)?, part(number % 100)?).map_err(|_| impossible())
}

/// Milliseconds since the epoch: how an instant stands in the database.
pub fn instant_number(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The instant behind [`instant_number`].
pub fn instant_from(number: i64) -> Timestamp {
    Timestamp::from_millisecond(number).unwrap_or_default()
}

impl Store {
    /// Opens a database by URL: `sqlite:PATH` (created when absent) or `postgres://…`.
    ///
    /// # Errors
    /// Fails when the URL is of neither kind or the database cannot be reached.
    pub async fn open(url: &str) -> Result<Store> {
        if url.starts_with("sqlite:") {
            engine::open_sqlite(url).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            engine::open_postgres(url).await
        } else {
            Err(Error::Address(url.to_owned()))
        }
    }

    /// Opens `DIR/fengsui.db`.
    ///
    /// # Errors
    /// Fails when the folder cannot be made or the database not opened.
    pub async fn open_in(dir: &Path) -> Result<Store> {
        std::fs::create_dir_all(dir).map_err(sqlx::Error::Io)?;
        Store::open(&format!("sqlite:{}", dir.join("fengsui.db").display())).await
    }

    /// Brings the schema to this version.
    ///
    /// # Errors
    /// Fails when a migration does.
    pub async fn migrate(&self) -> Result<()> {
        engine::migrate(self).await
    }

    /// Opens a transaction under a mandate. The audit row is written when it commits, in the same transaction.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn begin<'m>(&self, mandate: &'m Mandate, at: Timestamp) -> Result<Tx<'m>> {
        engine::begin(self, mandate, at).await
    }
}

/// Parses a stored decimal.
pub(crate) fn decimal(
    text: &str,
    table: &'static str,
    column: &'static str,
    row: i64,
) -> Result<rust_decimal::Decimal> {
    rust_decimal::Decimal::from_str(text).map_err(|_| Error::Impossible { table, column, row })
}
