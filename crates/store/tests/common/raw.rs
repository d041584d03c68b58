//! Plain SQL past the store.

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

pub enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    pub async fn open(address: &str) -> Raw {
        if address.starts_with("sqlite:") {
            Raw::Sqlite(SqliteConnection::connect(address).await.expect("connect"))
        } else {
            Raw::Postgres(PgConnection::connect(address).await.expect("connect"))
        }
    }

    /// Rows changed, or the database's refusal.
    pub async fn run(&mut self, sql: &str) -> Result<u64, sqlx::Error> {
        let statement = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        Ok(match self {
            Raw::Sqlite(connection) => statement.execute(connection).await?.rows_affected(),
            Raw::Postgres(connection) => statement.execute(connection).await?.rows_affected(),
        })
    }

    /// Statements that must all succeed.
    pub async fn must(&mut self, statements: &[&str]) {
        for sql in statements {
            self.run(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }

    /// What someone who owns the database would do before forging a row.
    pub async fn disarm_audit(&mut self) {
        match self {
            Raw::Sqlite(_) => self.must(&["DROP TRIGGER audit_no_delete", "DROP TRIGGER audit_seal_once"]).await,
            Raw::Postgres(_) => self.must(&["ALTER TABLE audit DISABLE TRIGGER USER"]).await,
        }
    }
}
