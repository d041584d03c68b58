//! Counties' opinions on applications (Article 3, reading K13): given before the city concludes, never changed.

use super::Application;
use crate::query::Query;
use crate::{Result, Store, Tx};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CountyOpinion {
    pub id: i64,
    /// The version of the material it was given on.
    pub version: i64,
    pub text: String,
    pub given_at: i64,
    pub given_by: String,
}

impl Store {
    /// Opinions on an application, in the order they were given. The caller has found the application in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn county_opinions(&self, application: i64) -> Result<Vec<CountyOpinion>> {
        let query = Query::new(
            "SELECT id, version, text, given_at, given_by FROM county_opinion WHERE application_id = $1 ORDER BY id",
        );
        self.all(query.bind(application)).await
    }
}

impl Tx<'_> {
    /// Keeps a county's opinion, while the application stands at the stage the county saw.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`](crate::Error::Conflict) when the city was first.
    pub async fn add_county_opinion(&mut self, seen: &Application, text: &str) -> Result<i64> {
        // Nothing changes: the row is held until the commit, so that no conclusion comes between.
        let query = Query::new("UPDATE application SET stage = stage WHERE id = $1 AND stage = $2 AND versions = $3");
        self.moved(query.bind(seen.id).bind(&seen.stage).bind(seen.versions)).await?;
        let query = Query::new(
            "INSERT INTO county_opinion (application_id, version, text, given_at, given_by) \
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
        );
        let query = query.bind(seen.id).bind(seen.versions).bind(text).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await?;
        self.note(format!("{} 县级意见 {} 字", seen.number, text.chars().count()));
        Ok(id)
    }
}
