//! 实地考察记录 (Article 8 (3)).

use crate::query::Query;
use crate::{Result, Store, Tx};

/// A visit to an applicant, as it was recorded.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Visit {
    pub id: i64,
    pub application_id: i64,
    pub on_day: i64,
    pub at_time: String,
    pub place: String,
    pub people: String,
    pub found: String,
    pub recorded_at: i64,
    pub recorded_by: String,
}

/// A visit about to be recorded.
#[derive(Clone, Debug)]
pub struct NewVisit {
    pub application: i64,
    pub on_day: i64,
    pub at_time: String,
    pub place: String,
    pub people: String,
    pub found: String,
}

impl Store {
    /// Visits to a panel's applicants, oldest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn site_visits(&self, panel: i64) -> Result<Vec<Visit>> {
        let query = Query::new(
            "SELECT v.id, v.application_id, v.on_day, v.at_time, v.place, v.people, v.found, v.recorded_at, v.recorded_by \
             FROM site_visit v JOIN panel_application a ON a.application_id = v.application_id \
             WHERE a.panel_id = $1 ORDER BY v.id",
        );
        self.all(query.bind(panel)).await
    }
}

impl Tx<'_> {
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_site_visit(&mut self, new: &NewVisit) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO site_visit (application_id, on_day, at_time, place, people, found, recorded_at, recorded_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        );
        let query = query.bind(new.application).bind(new.on_day).bind(&new.at_time).bind(&new.place);
        let query = query.bind(&new.people).bind(&new.found).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await?;
        self.concerns(id);
        Ok(id)
    }
}
