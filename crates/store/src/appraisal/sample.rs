//! The province's sample (Article 10 (3), reading K37): the draw as it was made, and what it drew.

use regulation::general::Scope;

use crate::general::text_hash;
use crate::query::{OF_ENTRY, OF_STATION, Query, ScopeColumns};
use crate::{Error, Result, Store, Tx};

/// A year's draw, with all it takes to do it again.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SampleDraw {
    pub year: i64,
    pub seed: String,
    pub percent: i64,
    pub min_per_city: i64,
    /// One candidate a line: key, number, city, name.
    pub candidates: String,
    /// Hash of the list of candidates.
    pub sha256: String,
    pub drawn_at: i64,
    pub drawn_by: String,
}

/// A station drawn, in the order of the draw.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Sampled {
    pub station_id: i64,
    pub place: i64,
    /// `city` for a city's least number, `ratio` for the rest.
    pub why: String,
}

const OF_SAMPLED: ScopeColumns = ScopeColumns {
    city: OF_STATION.city,
    county: OF_STATION.county,
    station: OF_ENTRY.station,
    station_name: OF_ENTRY.station_name,
};

impl Store {
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn sample_draw(&self, year: i64) -> Result<Option<SampleDraw>> {
        let query = Query::new(
            "SELECT year, seed, percent, min_per_city, candidates, sha256, drawn_at, drawn_by FROM sample_draw WHERE year = $1",
        );
        self.optional(query.bind(year)).await
    }

    /// Stations drawn for a year, in scope, in the order of the draw.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn sampled(&self, scope: &Scope, year: i64) -> Result<Vec<Sampled>> {
        let mut query = Query::new(
            "SELECT e.station_id, e.place, e.why FROM sampled_station e JOIN station s ON s.id = e.station_id WHERE 1 = 1",
        );
        query.push_bind(" AND e.year = ", year);
        query.within(scope, &OF_SAMPLED);
        query.push(" ORDER BY e.place");
        self.all(query).await
    }
}

impl Tx<'_> {
    /// Keeps a draw with its outcome. A year has one.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the year's is drawn already.
    pub async fn add_sample(
        &mut self,
        year: i64,
        seed: &str,
        (percent, min_per_city): (i64, i64),
        candidates: &str,
        drawn: &[(i64, &'static str)],
    ) -> Result<()> {
        let query = Query::new(
            "INSERT INTO sample_draw (year, seed, percent, min_per_city, candidates, sha256, drawn_at, drawn_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        );
        let query = query.bind(year).bind(seed).bind(percent).bind(min_per_city).bind(candidates);
        let query = query.bind(text_hash(candidates)).bind(self.at());
        let made = self.execute(query.bind(self.mandate().actor().name.clone())).await;
        made.map_err(|error| match error.is_duplicate() {
            true => Error::Conflict(format!("{year} 年度的检查对象已经抽取")),
            false => error,
        })?;
        for (place, (station, why)) in (1i64..).zip(drawn) {
            let query =
                Query::new("INSERT INTO sampled_station (year, station_id, place, why) VALUES ($1, $2, $3, $4)");
            self.execute(query.bind(year).bind(*station).bind(place).bind(*why)).await?;
        }
        self.note(format!("{year} 年度，种子 {seed}，抽取 {} 家", drawn.len()));
        Ok(())
    }
}
