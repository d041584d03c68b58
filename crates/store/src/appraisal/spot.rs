//! Spot checks, bulletins and rectification (Article 12, reading K39).

use regulation::general::{Placed, Scope};

use crate::duties::manager;
use crate::query::{OF_ENTRY, Query};
use crate::{Error, Result, Store, Tx};

/// A spot check as recorded.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SpotCheck {
    pub id: i64,
    pub station_id: i64,
    pub station: String,
    pub city: String,
    pub county: Option<String>,
    /// Who manages the station now.
    pub managed_by: String,
    /// `province` or `city`.
    pub level: String,
    pub on_day: i64,
    pub place: String,
    pub inspectors: String,
    pub result: String,
    pub recorded_at: i64,
    pub recorded_by: String,
    pub problems: i64,
}

impl SpotCheck {
    pub fn placed(&self) -> Placed {
        Placed {
            id: self.station_id,
            city: self.city.clone(),
            county: self.county.clone(),
            manager: manager(&self.managed_by),
        }
    }
}

/// A spot check about to be recorded.
#[derive(Clone, Debug, Default)]
pub struct NewSpotCheck {
    pub level: &'static str,
    pub on_day: i64,
    pub place: String,
    pub inspectors: String,
    pub result: String,
    pub problems: Vec<String>,
}

/// A problem found.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SpotProblem {
    pub id: i64,
    pub check_id: i64,
    pub number: i64,
    pub text: String,
}

/// A bulletin as issued.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Bulletin {
    pub id: i64,
    pub title: String,
    /// `concerned` or `all`.
    pub audience: String,
    pub public: i64,
    pub issued_at: i64,
    pub issued_by: String,
}

/// A rectification task and where it stands.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Rectification {
    pub id: i64,
    pub problem_id: i64,
    pub check_id: i64,
    pub station_id: i64,
    pub station: String,
    pub city: String,
    pub county: Option<String>,
    /// Who manages the station now.
    pub managed_by: String,
    pub level: String,
    pub problem: String,
    pub demand: String,
    pub stage: String,
    pub due_on: i64,
    pub ordered_at: i64,
    pub ordered_by: String,
}

impl Rectification {
    pub fn placed(&self) -> Placed {
        Placed {
            id: self.station_id,
            city: self.city.clone(),
            county: self.county.clone(),
            manager: manager(&self.managed_by),
        }
    }
}

/// Something done to a task.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RectificationStep {
    pub id: i64,
    /// `ordered`, `answered`, `returned`, `closed` or `withdrawn`.
    pub what: String,
    pub text: String,
    pub due_on: Option<i64>,
    pub taken_at: i64,
    pub taken_by: String,
}

/// A task about to be ordered.
#[derive(Clone, Debug)]
pub struct NewRectification {
    pub problem: i64,
    pub check: i64,
    pub level: &'static str,
    pub demand: String,
    pub stage: &'static str,
    pub due_on: i64,
}

/// A step about to be taken: from the stage it was judged on to the one it leads to.
#[derive(Clone, Debug)]
pub struct NewRectificationStep<'a> {
    pub task: &'a Rectification,
    pub stage: &'static str,
    pub due_on: i64,
    pub text: &'a str,
}

const SPOT: &str = "SELECT e.id, e.station_id, s.name AS station, e.city, e.county, s.managed_by, e.level, e.on_day, \
                    e.place, e.inspectors, e.result, e.recorded_at, e.recorded_by, \
                    (SELECT count(*) FROM spot_problem p WHERE p.check_id = e.id) AS problems \
                    FROM spot_check e JOIN station s ON s.id = e.station_id WHERE 1 = 1";

// A problem's text is read for the rows given, not joined: a plan then never reads all problems for a page of tasks.
const TASK: &str = "SELECT e.id, e.problem_id, e.check_id, e.station_id, s.name AS station, e.city, e.county, \
                    s.managed_by, e.level, (SELECT p.text FROM spot_problem p WHERE p.id = e.problem_id) AS problem, \
                    e.demand, e.stage, e.due_on, e.ordered_at, e.ordered_by FROM rectification e \
                    JOIN station s ON s.id = e.station_id WHERE 1 = 1";

const BULLETIN: &str = "SELECT b.id, b.title, b.audience, b.public, b.issued_at, b.issued_by FROM bulletin b";

impl Store {
    /// Spot checks in scope, newest first, before a key.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn spot_checks(&self, scope: &Scope, before: i64, limit: i64) -> Result<Vec<SpotCheck>> {
        let mut query = Query::new(SPOT);
        query.push_bind(" AND e.id < ", before);
        query.within(scope, &OF_ENTRY);
        query.push_bind(" ORDER BY e.id DESC LIMIT ", limit);
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn spot_check(&self, scope: &Scope, id: i64) -> Result<Option<SpotCheck>> {
        let mut query = Query::new(SPOT);
        query.push_bind(" AND e.id = ", id);
        query.within(scope, &OF_ENTRY);
        self.optional(query).await
    }

    /// Problems of some checks, in order. The caller has found the checks in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn spot_problems(&self, checks: &[i64]) -> Result<Vec<SpotProblem>> {
        let [first, rest @ ..] = checks else { return Ok(Vec::new()) };
        let mut query = Query::new("SELECT id, check_id, number, text FROM spot_problem WHERE check_id");
        query.push_bind(" IN (", *first);
        for check in rest {
            query.push_bind(", ", *check);
        }
        query.push(") ORDER BY check_id, number");
        self.all(query).await
    }

    /// One bulletin.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn bulletin(&self, id: i64) -> Result<Option<Bulletin>> {
        let mut query = Query::new(BULLETIN);
        query.push_bind(" WHERE b.id = ", id);
        self.optional(query).await
    }

    /// Bulletins, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn bulletins(&self, limit: i64) -> Result<Vec<Bulletin>> {
        let mut query = Query::new(BULLETIN);
        query.push_bind(" ORDER BY b.id DESC LIMIT ", limit);
        self.all(query).await
    }

    /// The bulletins a check was told in.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn bulletins_on(&self, check: i64) -> Result<Vec<Bulletin>> {
        let mut query = Query::new(BULLETIN);
        query.push_bind(" JOIN bulletin_check c ON c.bulletin_id = b.id WHERE c.check_id = ", check);
        query.push(" ORDER BY b.id");
        self.all(query).await
    }

    /// Tasks in scope that are not over, by the day they are due; of one stage when given.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn open_rectifications(&self, scope: &Scope, stages: &[&str], limit: i64) -> Result<Vec<Rectification>> {
        let [first, rest @ ..] = stages else { return Ok(Vec::new()) };
        let mut query = Query::new(TASK);
        query.push_bind(" AND e.stage IN (", *first);
        for stage in rest {
            query.push_bind(", ", *stage);
        }
        query.push(")");
        query.within(scope, &OF_ENTRY);
        query.push_bind(" ORDER BY e.due_on, e.id LIMIT ", limit);
        self.all(query).await
    }

    /// All tasks in scope, newest first, before a key.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn rectifications(&self, scope: &Scope, before: i64, limit: i64) -> Result<Vec<Rectification>> {
        let mut query = Query::new(TASK);
        query.push_bind(" AND e.id < ", before);
        query.within(scope, &OF_ENTRY);
        query.push_bind(" ORDER BY e.id DESC LIMIT ", limit);
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn rectification(&self, scope: &Scope, id: i64) -> Result<Option<Rectification>> {
        let mut query = Query::new(TASK);
        query.push_bind(" AND e.id = ", id);
        query.within(scope, &OF_ENTRY);
        self.optional(query).await
    }

    /// The tasks a check led to.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn rectifications_of(&self, check: i64) -> Result<Vec<Rectification>> {
        let mut query = Query::new(TASK);
        query.push_bind(" AND e.check_id = ", check);
        query.push(" ORDER BY e.id");
        self.all(query).await
    }

    /// What was done to a task, in order.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn rectification_steps(&self, task: i64) -> Result<Vec<RectificationStep>> {
        let query = Query::new(
            "SELECT id, what, text, due_on, taken_at, taken_by FROM rectification_step WHERE rectification_id = $1 ORDER BY id",
        );
        self.all(query.bind(task)).await
    }

    /// The task a step belongs to, in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn rectification_of_step(&self, scope: &Scope, step: i64) -> Result<Option<Rectification>> {
        let mut query = Query::new(TASK);
        query.push_bind(" AND e.id = (SELECT t.rectification_id FROM rectification_step t WHERE t.id = ", step);
        query.push(")");
        query.within(scope, &OF_ENTRY);
        self.optional(query).await
    }

    /// How many tasks in scope stand in each stage, and how many of those were due before a day.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn rectification_counts(&self, scope: &Scope, today: i64) -> Result<Vec<(String, i64, i64)>> {
        let mut query = Query::new("SELECT e.stage, count(*), sum(CASE WHEN e.due_on < ");
        query.push_bind("", today);
        query.push(" THEN 1 ELSE 0 END) FROM rectification e WHERE 1 = 1");
        query.within(scope, &OF_ENTRY);
        query.push(" GROUP BY e.stage");
        self.all(query).await
    }
}

impl Tx<'_> {
    /// Records a spot check with its problems.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_spot_check(&mut self, station: &Placed, new: &NewSpotCheck) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO spot_check (station_id, city, county, level, on_day, place, inspectors, result, recorded_at, \
             recorded_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
        );
        let query = query.bind(station.id).bind(&station.city).bind(station.county.clone()).bind(new.level);
        let query = query.bind(new.on_day).bind(&new.place).bind(&new.inspectors).bind(&new.result).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await?;
        for (number, text) in (1i64..).zip(&new.problems) {
            let query = Query::new("INSERT INTO spot_problem (check_id, number, text) VALUES ($1, $2, $3)");
            self.execute(query.bind(id).bind(number).bind(text)).await?;
        }
        self.concerns(id);
        self.note(format!("抽查，问题 {} 项", new.problems.len()));
        Ok(id)
    }

    /// A spot check written in this transaction, with its first problem, to order a rectification of.
    ///
    /// # Errors
    /// See [`Tx::all`]; also when it has no problem.
    pub async fn spot_check_with_problem(&mut self, id: i64) -> Result<(SpotCheck, SpotProblem)> {
        let mut query = Query::new(SPOT);
        query.push_bind(" AND e.id = ", id);
        let check = self.one(query).await?;
        let mut query = Query::new("SELECT id, check_id, number, text FROM spot_problem WHERE check_id");
        query.push_bind(" = ", id);
        query.push(" ORDER BY number LIMIT 1");
        Ok((check, self.one(query).await?))
    }

    /// Records a bulletin on some checks.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_bulletin(
        &mut self,
        title: &str,
        audience: &'static str,
        public: bool,
        checks: &[i64],
    ) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO bulletin (title, audience, public, issued_at, issued_by) \
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
        );
        let query = query.bind(title).bind(audience).bind(public).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await?;
        for check in checks {
            let query = Query::new("INSERT INTO bulletin_check (bulletin_id, check_id) VALUES ($1, $2)");
            self.execute(query.bind(id).bind(*check)).await?;
        }
        self.concerns(id);
        Ok(id)
    }

    /// Orders a rectification of a problem. A problem is ordered once.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it was ordered already.
    pub async fn add_rectification(&mut self, station: &Placed, new: &NewRectification) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO rectification (problem_id, check_id, station_id, city, county, level, demand, stage, due_on, \
             ordered_at, ordered_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
        );
        let query = query.bind(new.problem).bind(new.check).bind(station.id).bind(&station.city);
        let query = query.bind(station.county.clone()).bind(new.level).bind(&new.demand).bind(new.stage);
        let query = query.bind(new.due_on).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await;
        let id = id.map_err(|error| match error.is_duplicate() {
            true => Error::Conflict("这个问题已经下达整改".to_owned()),
            false => error,
        })?;
        self.add_rectification_step(id, new.stage, &new.demand, Some(new.due_on)).await?;
        self.concerns(id);
        Ok(id)
    }

    /// Moves a task on, if it still stands where it was judged.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when somebody moved it meanwhile.
    pub async fn move_rectification(&mut self, step: &NewRectificationStep<'_>) -> Result<i64> {
        let query =
            Query::new("UPDATE rectification SET stage = $1, due_on = $2 WHERE id = $3 AND stage = $4 AND due_on = $5");
        let query = query.bind(step.stage).bind(step.due_on).bind(step.task.id);
        if self.execute(query.bind(&step.task.stage).bind(step.task.due_on)).await? == 0 {
            return Err(Error::Conflict("这项整改刚刚已由他人办理".to_owned()));
        }
        self.add_rectification_step(step.task.id, step.stage, step.text, Some(step.due_on)).await
    }

    async fn add_rectification_step(&mut self, task: i64, what: &str, text: &str, due_on: Option<i64>) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO rectification_step (rectification_id, what, text, due_on, taken_at, taken_by) \
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        );
        let query = query.bind(task).bind(what).bind(text).bind(due_on).bind(self.at());
        self.insert(query.bind(self.mandate().actor().name.clone())).await
    }
}
