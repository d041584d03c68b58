//! 列映射 (Article 5(1)): which column of somebody else's table holds what, by name.

use regulation::general::Placed;

use super::manager;
use crate::query::Query;
use crate::{Error, Result, Store, Tx};

/// A saved mapping with the station it belongs to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ColumnMapping {
    pub id: i64,
    pub name: String,
    /// `None` for the department's.
    pub station_id: Option<i64>,
    pub station: Option<String>,
    pub managed_by: Option<String>,
    pub city: Option<String>,
    pub county: Option<String>,
    /// JSON, as the feeds read it.
    pub definition: String,
    /// JSON: the headings of the table it was made from.
    pub headings: String,
    pub updated_at: i64,
    pub updated_by: String,
}

/// What is kept of a mapping.
#[derive(Clone, Debug, Default)]
pub struct NewColumnMapping {
    pub name: String,
    pub definition: String,
    pub headings: String,
}

impl ColumnMapping {
    pub fn placed(&self) -> Option<Placed> {
        let (city, county) = (self.city.clone().unwrap_or_default(), self.county.clone());
        let manager = manager(self.managed_by.as_deref().unwrap_or_default());
        self.station_id.map(|id| Placed { id, city, county, manager })
    }
}

/// Mappings there may be.
pub const MOST_MAPPINGS: i64 = 200;

const MAPPING: &str = "SELECT m.id, m.name, m.station_id, s.name AS station, s.managed_by, s.city, s.county, m.definition, \
                       m.headings, m.updated_at, m.updated_by FROM column_mapping m LEFT JOIN station s ON s.id = m.station_id";

impl Store {
    /// All mappings, by name: whoever may bring documents may use each.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn column_mappings(&self) -> Result<Vec<ColumnMapping>> {
        let mut query = Query::new(MAPPING);
        query.push_page(" ORDER BY m.name", MOST_MAPPINGS);
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn column_mapping(&self, id: i64) -> Result<Option<ColumnMapping>> {
        let mut query = Query::new(MAPPING);
        query.push_bind(" WHERE m.id = ", id);
        self.optional(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn column_mapping_named(&self, name: &str) -> Result<Option<ColumnMapping>> {
        let mut query = Query::new(MAPPING);
        query.push_bind(" WHERE m.name = ", name);
        self.optional(query).await
    }
}

fn taken(error: Error) -> Error {
    match error.is_duplicate() {
        true => Error::Conflict("已有同名的列映射，请换一个名称".to_owned()),
        false => error,
    }
}

impl Tx<'_> {
    /// Saves a mapping of a station's, or of the department's.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the name is taken, or there are too many.
    pub async fn add_column_mapping(&mut self, station: Option<i64>, new: &NewColumnMapping) -> Result<i64> {
        let (held,): (i64,) = self.one(Query::new("SELECT count(*) FROM column_mapping")).await?;
        if held >= MOST_MAPPINGS {
            return Err(Error::Conflict(format!("列映射最多 {MOST_MAPPINGS} 个，请先移除不用的")));
        }
        let query = Query::new(
            "INSERT INTO column_mapping (name, station_id, definition, headings, updated_at, updated_by) \
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        );
        let query = query.bind(&new.name).bind(station).bind(&new.definition).bind(&new.headings).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await.map_err(taken)?;
        self.concerns(id);
        Ok(id)
    }

    /// Saves a mapping over.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the name is taken, or it was removed meanwhile.
    pub async fn change_column_mapping(&mut self, id: i64, new: &NewColumnMapping) -> Result<()> {
        let query = Query::new(
            "UPDATE column_mapping SET name = $1, definition = $2, headings = $3, updated_at = $4, updated_by = $5 WHERE id = $6",
        );
        let query = query.bind(&new.name).bind(&new.definition).bind(&new.headings).bind(self.at());
        let query = query.bind(self.mandate().actor().name.clone()).bind(id);
        if self.execute(query).await.map_err(taken)? == 0 {
            return Err(Error::Conflict("该列映射刚刚已经移除".to_owned()));
        }
        Ok(())
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn remove_column_mapping(&mut self, id: i64) -> Result<()> {
        self.execute(Query::new("DELETE FROM column_mapping WHERE id = $1").bind(id)).await.map(drop)
    }
}
