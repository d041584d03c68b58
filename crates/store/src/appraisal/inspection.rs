//! A year's frozen dates, each station's way through it, reminders and calls.

use regulation::appraisal::inspection::Stage;
use regulation::general::{Due, Scope};

use super::cycle::OF_PLACED;
use crate::query::Query;
use crate::{Error, Result, Store, Tx, date_from, instant_from, instant_number};

/// A deadline of a cycle as it holds.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CycleDate {
    pub id: i64,
    pub year: i64,
    /// Key of the calendar's deadline.
    pub deadline: String,
    pub name: String,
    pub on_day: i64,
    /// `23:59:59`.
    pub at_time: String,
    pub tentative: i64,
    pub reason: String,
    pub set_at: i64,
    pub set_by: String,
}

impl CycleDate {
    /// # Errors
    /// Fails on a row no code writes.
    pub fn due(&self) -> Result<Due> {
        let impossible = |_| Error::Impossible { table: "cycle_date", column: "at_time", row: self.id };
        let time = jiff::civil::Time::strptime("%H:%M:%S", &self.at_time).map_err(impossible)?;
        Ok(Due { on: date_from(self.on_day)?, time, tentative: self.tentative != 0 })
    }
}

/// A parameter of a cycle as it was shown when the year was opened.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CycleParameter {
    pub name: String,
    pub value: String,
    pub basis: String,
    pub tag: Option<String>,
}

/// One step of a station's inspection.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct InspectionRow {
    pub id: i64,
    pub year: i64,
    pub station_id: i64,
    pub seq: i64,
    pub stage: String,
    pub step: String,
    pub first_at: Option<i64>,
    pub due_day: Option<i64>,
    pub reason: String,
    pub taken_at: i64,
    pub taken_by: String,
    pub account_id: i64,
    /// Total in tenths as it was settled, from the settlement on: whether there is one says whether points were settled.
    pub points: Option<i64>,
}

impl InspectionRow {
    /// # Errors
    /// Fails on a row no code writes.
    pub fn parsed(&self) -> Result<Stage> {
        let first = self.first_at.map(|at| crate::china().to_datetime(instant_from(at)));
        let due = self.due_day.map(date_from).transpose()?;
        let impossible = || Error::Impossible { table: "inspection_step", column: "stage", row: self.id };
        Stage::from_parts(&self.stage, first, due, self.points.is_some()).ok_or_else(impossible)
    }
}

/// A step about to be written: what the match made of the stage before.
#[derive(Clone, Debug)]
pub struct NewStep {
    pub year: i64,
    pub station: i64,
    /// Number of the newest step when the stage was read; 0 for none.
    pub before: i64,
    pub stage: Stage,
    pub step: &'static str,
    pub reason: String,
    /// Total in tenths as settled.
    pub points: Option<i64>,
}

/// A reminder that went out.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Reminder {
    pub id: i64,
    pub year: i64,
    pub station_id: Option<i64>,
    pub city: Option<String>,
    pub deadline: String,
    /// Days from the deadline: negative before it.
    pub offset_days: i64,
    pub due_day: i64,
    pub made_at: i64,
}

/// A call about what is missing.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Call {
    pub id: i64,
    pub station_id: i64,
    pub spoke_to: String,
    pub outcome: String,
    pub logged_at: i64,
    pub logged_by: String,
}

/// The collective decision a year's grades were confirmed on.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Confirmation {
    pub year: i64,
    pub attendees: String,
    pub reason: String,
    pub decided_on: i64,
    pub recorded_at: i64,
    pub recorded_by: String,
}

/// A year in the archive.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Closing {
    pub year: i64,
    pub sha256: String,
    pub closed_at: i64,
    pub closed_by: String,
}

const STEP: &str = "SELECT e.id, e.year, e.station_id, e.seq, e.stage, e.step, e.first_at, e.due_day, e.reason, \
                    e.taken_at, e.taken_by, e.account_id, e.points FROM inspection_step e JOIN station s ON s.id = e.station_id";

const REMINDER: &str = "SELECT id, year, station_id, city, deadline, offset_days, due_day, made_at FROM reminder";

/// Stations that owe a year's material and have not sent it: active in the year, no receipt.
const REMIND_STATIONS: &str = "INSERT INTO reminder (year, recipient, station_id, city, deadline, offset_days, due_day, made_at) \
     SELECT $1, 's' || s.id, s.id, NULL, $2, $3, $4, $5 FROM station s \
     WHERE s.confirmed_on <= $6 AND (s.ended_on IS NULL OR s.ended_on >= $7) \
     AND NOT EXISTS (SELECT 1 FROM submission b WHERE b.year = $1 AND b.station_id = s.id) \
     AND NOT EXISTS (SELECT 1 FROM reminder r WHERE r.year = $1 AND r.station_id = s.id AND r.deadline = $2 \
     AND r.offset_days = $3 AND r.due_day = $4) ON CONFLICT DO NOTHING";

/// Cities that hold material they have not sent on.
const REMIND_CITIES: &str = "INSERT INTO reminder (year, recipient, station_id, city, deadline, offset_days, due_day, made_at) \
     SELECT DISTINCT $1, 'c' || s.city, CAST(NULL AS BIGINT), s.city, $2, $3, $4, $5 FROM station s \
     JOIN inspection_step i ON i.station_id = s.id AND i.year = $1 \
     WHERE s.managed_by = 'city' AND i.stage IN ('submitted', 'returned_city', 'city_checked') \
     AND NOT EXISTS (SELECT 1 FROM inspection_step n WHERE n.year = i.year AND n.station_id = i.station_id AND n.seq > i.seq) \
     AND NOT EXISTS (SELECT 1 FROM reminder r WHERE r.year = $1 AND r.recipient = 'c' || s.city AND r.deadline = $2 \
     AND r.offset_days = $3 AND r.due_day = $4) ON CONFLICT DO NOTHING";

/// One station, by a deadline of its own: the days for review run from its own feedback.
const REMIND_ONE: &str = "INSERT INTO reminder (year, recipient, station_id, city, deadline, offset_days, due_day, made_at) \
     SELECT $1, 's' || s.id, s.id, NULL, $2, $3, $4, $5 FROM station s WHERE s.id = $6 \
     AND NOT EXISTS (SELECT 1 FROM reminder r WHERE r.year = $1 AND r.station_id = s.id AND r.deadline = $2 \
     AND r.offset_days = $3 AND r.due_day = $4) ON CONFLICT DO NOTHING";

/// One reminder to be made where it is still owed.
#[derive(Clone, Debug)]
pub struct NewReminder {
    pub year: i64,
    pub deadline: String,
    pub offset_days: i64,
    pub due_day: i64,
}

impl Store {
    /// The dates that hold of every cycle.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn cycle_dates(&self) -> Result<Vec<CycleDate>> {
        self.all(Query::new(
            "SELECT id, year, deadline, name, on_day, at_time, tentative, reason, set_at, set_by FROM cycle_date d \
             WHERE NOT EXISTS (SELECT 1 FROM cycle_date n WHERE n.year = d.year AND n.deadline = d.deadline AND n.id > d.id) \
             ORDER BY year, on_day, id",
        ))
        .await
    }

    /// What a year was opened with, as it was shown then.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn cycle_parameters(&self, year: i64) -> Result<Vec<CycleParameter>> {
        let query = Query::new("SELECT name, value, basis, tag FROM cycle_parameter WHERE year = $1 ORDER BY id");
        self.all(query.bind(year)).await
    }

    /// Where each station of a scope stands in a year's inspection; of one station when given.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn inspections(&self, scope: &Scope, year: i64, station: Option<i64>) -> Result<Vec<InspectionRow>> {
        let mut query = Query::new(STEP);
        query.push_bind(" WHERE e.year = ", year);
        query.push(
            " AND NOT EXISTS (SELECT 1 FROM inspection_step n WHERE n.year = e.year AND n.station_id = e.station_id \
             AND n.seq > e.seq)",
        );
        if let Some(station) = station {
            query.push_bind(" AND e.station_id = ", station);
        }
        query.within(scope, &OF_PLACED);
        query.push(" ORDER BY e.station_id");
        self.all(query).await
    }

    /// All steps of a station's year, first to last.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn inspection_log(&self, year: i64, station: i64) -> Result<Vec<InspectionRow>> {
        let mut query = Query::new(STEP);
        query.push_bind(" WHERE e.year = ", year);
        query.push_bind(" AND e.station_id = ", station);
        query.push(" ORDER BY e.seq");
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn confirmation(&self, year: i64) -> Result<Option<Confirmation>> {
        let query = Query::new(
            "SELECT year, attendees, reason, decided_on, recorded_at, recorded_by FROM confirmation WHERE year = $1",
        );
        self.optional(query.bind(year)).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn closing(&self, year: i64) -> Result<Option<Closing>> {
        let query = Query::new("SELECT year, sha256, closed_at, closed_by FROM cycle_closing WHERE year = $1");
        self.optional(query.bind(year)).await
    }

    /// Reminders a station or a city got, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn reminders_to(&self, recipient: &str, year: i64) -> Result<Vec<Reminder>> {
        let mut query = Query::new(REMINDER);
        query.push_bind(" WHERE year = ", year);
        query.push_bind(" AND recipient = ", recipient);
        query.push(" ORDER BY id DESC LIMIT 20");
        self.all(query).await
    }

    /// All reminders of a year, for the province's list.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn reminders(&self, year: i64) -> Result<Vec<Reminder>> {
        let mut query = Query::new(REMINDER);
        query.push_bind(" WHERE year = ", year);
        query.push(" ORDER BY id");
        self.all(query).await
    }

    /// Calls of a year, newest first. The caller lists only stations it found in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn calls(&self, year: i64) -> Result<Vec<Call>> {
        let query = Query::new(
            "SELECT id, station_id, spoke_to, outcome, logged_at, logged_by FROM call_log WHERE year = $1 ORDER BY id DESC",
        );
        self.all(query.bind(year)).await
    }

    /// Makes reminders that are owed and not made yet: the worker's, no act of a person. Returns how many.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn remind(&self, owed: &[NewReminder], at: jiff::Timestamp) -> Result<u64> {
        if owed.is_empty() {
            return Ok(0);
        }
        let query = |owed: &NewReminder| {
            let of_city = owed.deadline == "appraisal.city_check";
            let query = Query::new(if of_city { REMIND_CITIES } else { REMIND_STATIONS });
            let query = query.bind(owed.year).bind(&owed.deadline).bind(owed.offset_days).bind(owed.due_day);
            let query = query.bind(instant_number(at));
            match of_city {
                true => query,
                false => query.bind(owed.year * 10_000 + 1231).bind(owed.year * 10_000 + 101),
            }
        };
        self.upkeep(owed.iter().map(query).collect()).await
    }

    /// The same of deadlines that each station has for itself, as pairs of station and reminder.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn remind_each(&self, owed: &[(i64, NewReminder)], at: jiff::Timestamp) -> Result<u64> {
        if owed.is_empty() {
            return Ok(0);
        }
        let query = |(station, owed): &(i64, NewReminder)| {
            let query = Query::new(REMIND_ONE).bind(owed.year).bind(&owed.deadline).bind(owed.offset_days);
            query.bind(owed.due_day).bind(instant_number(at)).bind(*station)
        };
        self.upkeep(owed.iter().map(query).collect()).await
    }
}

impl Tx<'_> {
    /// Sets a deadline of a year; an earlier date stays on record.
    ///
    /// # Errors
    /// See [`Tx::all`], as do the calls below.
    pub async fn set_cycle_date(
        &mut self,
        year: i64,
        deadline: &str,
        name: &str,
        due: &Due,
        reason: &str,
    ) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO cycle_date (year, deadline, name, on_day, at_time, tentative, reason, set_at, set_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        );
        let query = query.bind(year).bind(deadline).bind(name).bind(crate::day_number(due.on));
        let query = query.bind(due.time.strftime("%H:%M:%S").to_string()).bind(due.tentative).bind(reason);
        self.insert(query.bind(self.at()).bind(self.mandate().actor().name.clone())).await
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_cycle_parameter(&mut self, year: i64, new: &CycleParameter) -> Result<()> {
        let query =
            Query::new("INSERT INTO cycle_parameter (year, name, value, basis, tag) VALUES ($1, $2, $3, $4, $5)");
        let query = query.bind(year).bind(&new.name).bind(&new.value).bind(&new.basis).bind(new.tag.clone());
        self.execute(query).await.map(drop)
    }

    /// Writes a step of a station's inspection.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when somebody else's step came first.
    pub async fn take_step(&mut self, new: &NewStep) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO inspection_step (year, station_id, seq, stage, step, first_at, due_day, reason, taken_at, taken_by, \
             account_id, points) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id",
        );
        let first = new.stage.first().and_then(|first| crate::china().to_timestamp(first).ok()).map(instant_number);
        let query = query.bind(new.year).bind(new.station).bind(new.before + 1).bind(new.stage.key()).bind(new.step);
        let query = query.bind(first).bind(new.stage.due().map(crate::day_number)).bind(&new.reason).bind(self.at());
        let actor = self.mandate().actor().clone();
        let taken = self.insert(query.bind(actor.name).bind(actor.account).bind(new.points)).await;
        taken.map_err(|error| match error.is_duplicate() {
            true => Error::Conflict("该站的年度检查刚刚已有新的办理，请刷新后再办".to_owned()),
            false => error,
        })
    }

    /// Records the collective decision a year's grades are confirmed on.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_confirmation(&mut self, year: i64, attendees: &str, reason: &str, decided_on: i64) -> Result<()> {
        let query = Query::new(
            "INSERT INTO confirmation (year, attendees, reason, decided_on, recorded_at, recorded_by) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        );
        let query = query.bind(year).bind(attendees).bind(reason).bind(decided_on).bind(self.at());
        self.execute(query.bind(self.mandate().actor().name.clone())).await.map(drop)
    }

    /// Puts a confirmed year into the archive.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it is there.
    pub async fn close_cycle(&mut self, year: i64, sha256: &str) -> Result<()> {
        let query =
            Query::new("INSERT INTO cycle_closing (year, sha256, closed_at, closed_by) VALUES ($1, $2, $3, $4)");
        let query = query.bind(year).bind(sha256).bind(self.at()).bind(self.mandate().actor().name.clone());
        let closed = self.execute(query).await;
        closed.map(drop).map_err(|error| match error.is_duplicate() {
            true => Error::Conflict(format!("{year} 年度已经归档")),
            false => error,
        })
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn log_call(&mut self, year: i64, station: i64, spoke_to: &str, outcome: &str) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO call_log (year, station_id, spoke_to, outcome, logged_at, logged_by) \
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        );
        let query = query.bind(year).bind(station).bind(spoke_to).bind(outcome).bind(self.at());
        self.insert(query.bind(self.mandate().actor().name.clone())).await
    }
}
