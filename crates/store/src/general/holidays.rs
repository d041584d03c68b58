//! Holiday arrangements as loaded (readings K27, K28).

use regulation::general::{HolidayYear, Workdays};

use crate::query::Query;
use crate::{Error, Result, Store, Tx};

/// An arrangement as the administrators' list shows it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct HolidayRow {
    pub id: i64,
    pub year: i64,
    pub arrangement: String,
    pub loaded_at: i64,
    pub loaded_by: String,
}

impl HolidayRow {
    /// # Errors
    /// Fails on a row no code writes.
    pub fn parsed(&self) -> Result<HolidayYear> {
        let impossible = |_| Error::Impossible { table: "holiday_year", column: "arrangement", row: self.id };
        serde_json::from_str(&self.arrangement).map_err(impossible)
    }
}

impl Store {
    /// The arrangement in force of each year, oldest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn holiday_years(&self) -> Result<Vec<HolidayRow>> {
        self.all(Query::new(
            "SELECT id, year, arrangement, loaded_at, loaded_by FROM holiday_year h \
             WHERE NOT EXISTS (SELECT 1 FROM holiday_year n WHERE n.year = h.year AND n.id > h.id) ORDER BY year",
        ))
        .await
    }

    /// Working days by all published arrangements.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn workdays(&self) -> Result<Workdays> {
        let rows = self.holiday_years().await?;
        Ok(Workdays::new(rows.iter().map(HolidayRow::parsed).collect::<Result<Vec<_>>>()?))
    }
}

impl Tx<'_> {
    /// Loads a year's arrangement in place of one loaded before, which stays on record.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_holiday_year(&mut self, year: &HolidayYear) -> Result<i64> {
        let arrangement = serde_json::to_string(year).map_err(|error| Error::Commit(error.to_string()))?;
        let query = Query::new(
            "INSERT INTO holiday_year (year, arrangement, loaded_at, loaded_by) VALUES ($1, $2, $3, $4) RETURNING id",
        );
        let query = query.bind(i64::from(year.year)).bind(arrangement).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await?;
        self.concerns(id);
        self.note(format!("{}年放假安排，放假 {} 天，周末上班 {} 天", year.year, year.off.len(), year.work.len()));
        Ok(id)
    }
}
