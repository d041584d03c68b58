//! What stations brought with them from before this system (reading K79): the list they came with, past grades.

use crate::query::Query;
use crate::{Result, Store, Tx};

/// A station already on the register, as an import is held against it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Registered {
    pub id: i64,
    pub number: String,
    pub host_uscc: String,
    pub name: String,
    pub ended_on: Option<i64>,
    pub source: String,
}

/// A grade of a year before this system. Nothing is reckoned from it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PastGrade {
    pub station_id: i64,
    pub year: i64,
    pub grade: String,
    pub document: String,
    pub recorded_at: i64,
    pub recorded_by: String,
}

const REGISTERED: &str = "SELECT id, number, host_uscc, name, ended_on, source FROM station ORDER BY number";

const GRADE: &str = "SELECT station_id, year, grade, document, recorded_at, recorded_by FROM past_grade";

fn grades() -> Query {
    let mut query = Query::new(GRADE);
    query.push(" ORDER BY station_id, year");
    query
}

impl Store {
    /// Every station on the register: what an import is checked against.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn stations_on_record(&self) -> Result<(Vec<Registered>, Vec<PastGrade>)> {
        Ok((self.all(Query::new(REGISTERED)).await?, self.all(grades()).await?))
    }

    /// Grades of one station from before this system, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn past_grades(&self, station: i64) -> Result<Vec<PastGrade>> {
        let mut query = Query::new(GRADE);
        query.push_bind(" WHERE station_id = ", station);
        query.push(" ORDER BY year DESC");
        self.all(query).await
    }
}

impl Tx<'_> {
    /// As [`Store::stations_on_record`], inside the transaction that writes.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn stations_on_record(&mut self) -> Result<(Vec<Registered>, Vec<PastGrade>)> {
        Ok((self.all(Query::new(REGISTERED)).await?, self.all(grades()).await?))
    }

    /// # Errors
    /// See [`Tx::all`]; a year recorded already is a duplicate.
    pub async fn add_past_grade(&mut self, station: i64, year: i64, grade: &str, document: &str) -> Result<()> {
        let query = Query::new(
            "INSERT INTO past_grade (station_id, year, grade, document, recorded_at, recorded_by) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        );
        let query = query.bind(station).bind(year).bind(grade).bind(document).bind(self.at());
        self.execute(query.bind(self.mandate().actor().name.clone())).await.map(drop)
    }
}
