//! Months counted in the entries' own transactions, so that no page counts (ADR 0008).

use regulation::general::{Placed, Scope};

use crate::query::{OF_ENTRY, Query};
use crate::{Result, Store, Tx};

/// Live entries of a month and kind: `entries` all of them, `count` what they count for.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MonthTally {
    pub year: i64,
    pub month: i64,
    pub kind: String,
    pub entries: i64,
    pub count: i64,
}

impl Store {
    /// A station's tallies of a year.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn tallies(&self, station: i64, year: i64) -> Result<Vec<MonthTally>> {
        let query = Query::new(
            "SELECT year, month, kind, entries, count FROM ledger_tally WHERE station_id = $1 AND year = $2 \
             ORDER BY month, kind",
        );
        self.all(query.bind(station).bind(year)).await
    }

    /// Tallies of a year over a scope, by month and kind.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn tallies_within(&self, scope: &Scope, year: i64) -> Result<Vec<MonthTally>> {
        let mut query = Query::new(
            "SELECT e.year, e.month, e.kind, CAST(sum(e.entries) AS BIGINT) AS entries, CAST(sum(e.count) AS BIGINT) AS count \
             FROM ledger_tally e",
        );
        query.push_bind(" WHERE e.year = ", year);
        query.within(scope, &OF_ENTRY);
        query.push(" GROUP BY e.year, e.month, e.kind ORDER BY e.month, e.kind");
        self.all(query).await
    }

    /// Stations in scope with the live count of a kind in one month: who lags behind the tier.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn month_by_station(&self, scope: &Scope, year: i64, month: i64, kind: &str) -> Result<Vec<(i64, i64)>> {
        let mut query = Query::new("SELECT e.station_id, e.count FROM ledger_tally e");
        query.push_bind(" WHERE e.year = ", year);
        query.push_bind(" AND e.month = ", month);
        query.push_bind(" AND e.kind = ", kind);
        query.within(scope, &OF_ENTRY);
        self.all(query).await
    }
}

impl Tx<'_> {
    /// Moves a month's entries and count.
    pub(super) async fn tally(
        &mut self,
        station: &Placed,
        kind: &str,
        on_day: i64,
        entries: i64,
        count: i64,
    ) -> Result<()> {
        let query = Query::new(
            "INSERT INTO ledger_tally (station_id, year, month, kind, city, county, entries, count) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (station_id, year, month, kind) DO UPDATE \
             SET entries = ledger_tally.entries + excluded.entries, count = ledger_tally.count + excluded.count",
        );
        let query = query.bind(station.id).bind(on_day / 10_000).bind(on_day / 100 % 100).bind(kind);
        let query = query.bind(&station.city).bind(station.county.clone()).bind(entries).bind(count);
        self.execute(query).await.map(drop)
    }
}
