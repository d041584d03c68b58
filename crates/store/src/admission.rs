//! Chapter three: rounds and applications, panels, notices, confirmations.

mod experts;
mod notices;
mod panels;

use regulation::admission::{Stage, Step, name_of_step, take};
use regulation::general::Refusal;

pub use experts::{Expert, ExpertTie, NewExpert};
pub use notices::{Confirmed, NewObjection, NewShortlisting, Objection, Shortlisting};
pub use panels::{DrawRow, Excluded, Panel, ReviewRow, SeatRow, Typed};

use crate::query::Query;
use crate::{Error, Result, Store, Tx, date_from, instant_from, instant_number};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Round {
    pub id: i64,
    pub year: i64,
    pub name: String,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Application {
    pub id: i64,
    pub round_id: i64,
    pub account_id: i64,
    pub route: String,
    pub name: String,
    pub uscc: String,
    pub kind: String,
    pub city: String,
    pub county: Option<String>,
    pub station_name: String,
    pub industry_code: String,
    pub industry: String,
    pub comprehensive: i64,
    pub hs_chapters: String,
    pub address: String,
    pub website: String,
    pub stage: String,
    pub first_at: Option<i64>,
    pub due_day: Option<i64>,
}

impl Application {
    /// # Errors
    /// Fails on a stage no code writes.
    pub fn stage(&self) -> Result<Stage> {
        let first = self.first_at.map(|at| crate::china().to_datetime(instant_from(at)));
        let due = self.due_day.map(date_from).transpose()?;
        let impossible = Error::Impossible { table: "application", column: "stage", row: self.id };
        Stage::from_parts(&self.stage, first, due).ok_or(impossible)
    }
}

const APPLICATION: &str = "SELECT id, round_id, account_id, route, name, uscc, kind, city, county, station_name, industry_code, \
                           industry, comprehensive, hs_chapters, address, website, stage, first_at, due_day \
                           FROM application";

impl Store {
    /// # Errors
    /// See [`Store::all`].
    pub async fn rounds(&self) -> Result<Vec<Round>> {
        self.all(Query::new("SELECT id, year, name FROM admission_round ORDER BY id DESC")).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn applications(&self, round: i64) -> Result<Vec<Application>> {
        let mut query = Query::new(APPLICATION);
        query.push_bind(" WHERE round_id = ", round);
        query.push(" ORDER BY id");
        self.all(query).await
    }
}

impl Tx<'_> {
    /// Takes a step of the application, as it stands inside the transaction.
    ///
    /// # Errors
    /// See [`Tx::all`]; the refusal of the law inside.
    pub async fn step_application(&mut self, id: i64, step: Step, note: &str) -> Result<Result<Stage, Refusal>> {
        let mut query = Query::new(APPLICATION);
        query.push_bind(" WHERE id = ", id);
        let row: Application = self.one(query).await?;
        let what = name_of_step(&step);
        let next = match take(row.stage()?, step) {
            Ok(next) => next,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let first = next.first().and_then(|first| crate::china().to_timestamp(first).ok()).map(instant_number);
        let query =
            Query::new("UPDATE application SET stage = $1, first_at = $2, due_day = $3 WHERE id = $4 AND stage = $5");
        let query = query.bind(next.key()).bind(first).bind(next.due().map(crate::day_number)).bind(id);
        if self.execute(query.bind(&row.stage)).await? == 0 {
            return Err(Error::Conflict("该申请已由他人办理。".to_owned()));
        }
        let query = Query::new(
            "INSERT INTO application_step (application_id, step, stage, note, taken_at, taken_by) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        );
        let query = query.bind(id).bind(what).bind(next.key()).bind(note).bind(self.at());
        self.execute(query.bind(self.mandate().actor().name.clone())).await?;
        Ok(Ok(next))
    }
}
