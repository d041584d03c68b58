//! Units registered outside the province, let through with reasons (Article 6 (1), reading K86).

use crate::admission::Application;
use crate::query::Query;
use crate::{Result, Store, Tx};

/// That an application was let through though its unit is registered elsewhere.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RegionOverride {
    pub id: i64,
    pub application_id: i64,
    /// The version it was given on.
    pub version: i64,
    /// The place of registration it speaks of: another place needs another.
    pub region_code: String,
    /// `city` or `province`.
    pub desk: String,
    pub reason: String,
    pub given_at: i64,
    pub given_by: String,
}

impl Store {
    /// What was let through of some applications, in the order it was given. The caller has found them in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn region_overrides(&self, applications: &[i64]) -> Result<Vec<RegionOverride>> {
        let [first, rest @ ..] = applications else { return Ok(Vec::new()) };
        let mut query = Query::new(
            "SELECT id, application_id, version, region_code, desk, reason, given_at, given_by FROM region_override \
             WHERE application_id IN (",
        );
        query.push_bind("", *first);
        for application in rest {
            query.push_bind(", ", *application);
        }
        query.push(") ORDER BY application_id, id");
        self.all(query).await
    }
}

impl Tx<'_> {
    /// Lets an application through as it was last handed in.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_region_override(
        &mut self,
        application: &Application,
        region: &str,
        desk: &'static str,
        reason: &str,
    ) -> Result<()> {
        let query = Query::new(
            "INSERT INTO region_override (application_id, version, region_code, desk, reason, given_at, given_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        );
        let query = query.bind(application.id).bind(application.versions).bind(region).bind(desk).bind(reason);
        let by = self.mandate().actor().name.clone();
        self.insert(query.bind(self.at()).bind(by)).await.map(drop)
    }
}
