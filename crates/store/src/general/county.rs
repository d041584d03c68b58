//! Counties' opinions (Article 3, readings K13 and K89): given before the city concludes, never changed.

use crate::admission::Application;
use crate::query::Query;
use crate::{Error, Result, Store, Tx};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CountyOpinion {
    pub id: i64,
    /// The version of the material it was given on: the how-manieth that was handed in.
    pub version: i64,
    pub text: String,
    /// What the county found; may be empty.
    pub findings: String,
    pub given_at: i64,
    pub given_by: String,
}

/// A county's opinion about to be given.
#[derive(Clone, Copy, Debug)]
pub struct NewCountyOpinion<'a> {
    pub text: &'a str,
    pub findings: &'a str,
}

const OPINION: &str = "SELECT id, version, text, findings, given_at, given_by FROM county_opinion";

impl Store {
    /// Opinions on an application, in the order they were given. The caller has found the application in scope.
    ///
    /// # Errors
    /// See [`Store::all`], as does the call below.
    pub async fn county_opinions(&self, application: i64) -> Result<Vec<CountyOpinion>> {
        let mut query = Query::new(OPINION);
        query.push_bind(" WHERE noun = 'application' AND noun_id = ", application);
        query.push(" ORDER BY id");
        self.all(query).await
    }

    /// Opinions on a station's yearly material, on whichever of its submissions, in the order they were given. The caller
    /// has found the station in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn county_opinions_on_material(&self, year: i64, station: i64) -> Result<Vec<CountyOpinion>> {
        let mut query = Query::new(OPINION);
        query.push_bind(
            " WHERE noun = 'submission' AND noun_id IN (SELECT b.id FROM submission b WHERE b.year = ",
            year,
        );
        query.push_bind(" AND b.station_id = ", station);
        query.push(") ORDER BY id");
        self.all(query).await
    }
}

impl Tx<'_> {
    /// Keeps a county's opinion, while the application stands at the stage the county saw.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the city was first.
    pub async fn add_county_opinion(&mut self, seen: &Application, new: NewCountyOpinion<'_>) -> Result<i64> {
        // Nothing changes: the row is held until the commit, so that no conclusion comes between.
        let query = Query::new("UPDATE application SET stage = stage WHERE id = $1 AND stage = $2 AND versions = $3");
        self.moved(query.bind(seen.id).bind(&seen.stage).bind(seen.versions)).await?;
        let query = Query::new(
            "INSERT INTO county_opinion (noun, noun_id, version, text, findings, given_at, given_by) \
             VALUES ('application', $1, $2, $3, $4, $5, $6) RETURNING id",
        );
        let query = query.bind(seen.id).bind(seen.versions).bind(new.text).bind(new.findings).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await?;
        self.note(format!("{} 县级意见 {} 字", seen.number, new.text.chars().count()));
        Ok(id)
    }

    /// Keeps a county's opinion on what a station handed in last, while the year's newest step is the one the county saw.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when somebody's step came first.
    pub async fn add_county_opinion_on_material(
        &mut self,
        (year, station): (i64, i64),
        seen: i64,
        new: NewCountyOpinion<'_>,
    ) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO county_opinion (noun, noun_id, version, text, findings, given_at, given_by) \
             SELECT 'submission', max(b.id), count(*), $3, $4, $5, $6 FROM submission b \
             WHERE b.year = $1 AND b.station_id = $2 AND NOT EXISTS (SELECT 1 FROM inspection_step i \
             WHERE i.year = $1 AND i.station_id = $2 AND i.seq > $7) HAVING count(*) > 0 RETURNING id",
        );
        let query = query.bind(year).bind(station).bind(new.text).bind(new.findings).bind(self.at());
        let query = query.bind(self.mandate().actor().name.clone()).bind(seen);
        let given: Option<(i64,)> = self.optional(query).await?;
        let Some((id,)) = given else {
            return Err(Error::Conflict("该站的年度检查刚刚已有新的办理，请刷新后再填写".to_owned()));
        };
        self.concerns(id);
        self.note(format!("{year} 年度材料，县级意见 {} 字", new.text.chars().count()));
        Ok(id)
    }
}
