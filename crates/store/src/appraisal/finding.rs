//! Findings of an authority: what of the station's they speak of, and where it was taken up (Article 11).

use regulation::general::Scope;

use crate::query::{OF_ENTRY, Query};
use crate::{Result, Store, Tx};

/// What a finding speaks of.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Finding {
    pub entry_id: i64,
    /// The station's report, as it stood when the finding was made.
    pub about: Option<i64>,
    /// Who adopted or published it.
    pub outlet: String,
}

/// A report in all its versions: the one named and those it replaced.
const VERSIONS: &str = "WITH RECURSIVE version (id, supersedes) AS (\
                        SELECT id, supersedes FROM ledger_entry WHERE id = $1 UNION ALL \
                        SELECT e.id, e.supersedes FROM ledger_entry e JOIN version v ON e.id = v.supersedes) ";

impl Store {
    /// # Errors
    /// See [`Store::all`].
    pub async fn finding(&self, scope: &Scope, entry: i64) -> Result<Option<Finding>> {
        let mut query =
            Query::new("SELECT f.entry_id, f.about, f.outlet FROM finding f JOIN ledger_entry e ON e.id = f.entry_id");
        query.push_bind(" WHERE f.entry_id = ", entry);
        query.within(scope, &OF_ENTRY);
        self.optional(query).await
    }
}

impl Tx<'_> {
    /// Records what the finding entered as `entry` speaks of.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_finding(&mut self, entry: i64, about: Option<i64>, outlet: &str) -> Result<()> {
        let query = Query::new("INSERT INTO finding (entry_id, about, outlet) VALUES ($1, $2, $3)");
        self.execute(query.bind(entry).bind(about).bind(outlet)).await.map(drop)
    }

    /// A corrected finding speaks of the same report; what is restored in a finding's place does not.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn carry_finding(&mut self, from: i64, to: i64) -> Result<()> {
        let query = Query::new(
            "INSERT INTO finding (entry_id, about, outlet) SELECT n.id, f.about, f.outlet FROM finding f \
             JOIN ledger_entry o ON o.id = f.entry_id JOIN ledger_entry n ON n.kind = o.kind \
             WHERE n.id = $1 AND f.entry_id = $2",
        );
        self.execute(query.bind(to).bind(from)).await.map(drop)
    }

    /// Live findings that speak of a report in any of its versions: entry and outlet.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn findings_about(&mut self, report: i64) -> Result<Vec<(i64, String)>> {
        let mut query = Query::new(VERSIONS).bind(report);
        query.push(
            "SELECT f.entry_id, f.outlet FROM finding f JOIN ledger_entry e ON e.id = f.entry_id \
             WHERE f.about IN (SELECT id FROM version) AND e.void = 0 \
             AND NOT EXISTS (SELECT 1 FROM ledger_entry n WHERE n.supersedes = e.id)",
        );
        self.all(query).await
    }
}
