//! 拟入选名单、公示、异议和确认 (Article 8 (3) and (4), reading K32).

use crate::query::Query;
use crate::{Error, Result, Store, Tx};

/// Whether an application was shortlisted, and why.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Shortlisting {
    pub id: i64,
    pub round_id: i64,
    pub application_id: i64,
    pub chosen: i64,
    pub place: i64,
    pub reason: String,
    pub decided_at: i64,
    pub decided_by: String,
}

/// A choice about to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewShortlisting {
    pub application: i64,
    pub chosen: bool,
    pub place: i64,
    pub reason: String,
}

/// An objection with its ruling, if there is one.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Objection {
    pub id: i64,
    pub publication_id: i64,
    pub application_id: Option<i64>,
    pub code: String,
    pub name: String,
    pub unit: String,
    pub contact: String,
    pub text: String,
    pub raised_at: i64,
    pub due_day: i64,
    pub ruling: Option<String>,
    pub reason: Option<String>,
    pub paper_id: Option<i64>,
    pub decided_at: Option<i64>,
    pub decided_by: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct NewObjection {
    pub publication: i64,
    pub application: Option<i64>,
    pub code: String,
    pub name: String,
    pub unit: String,
    pub contact: String,
    pub text: String,
    pub due_day: i64,
}

/// An application that became a station.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Confirmed {
    pub application_id: i64,
    pub station_id: i64,
    pub notice_id: i64,
    pub announcement_id: i64,
    pub confirmed_at: i64,
    pub confirmed_by: String,
    pub number: String,
    pub confirmed_on: i64,
}

const OBJECTION: &str = "SELECT o.id, o.publication_id, o.application_id, o.code, o.name, o.unit, o.contact, o.text, \
                         o.raised_at, o.due_day, r.ruling, r.reason, r.paper_id, r.decided_at, r.decided_by \
                         FROM objection o LEFT JOIN objection_ruling r ON r.objection_id = o.id";

impl Store {
    /// Choices of a round.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn shortlistings(&self, round: i64) -> Result<Vec<Shortlisting>> {
        let query = Query::new(
            "SELECT id, round_id, application_id, chosen, place, reason, decided_at, decided_by FROM shortlisting \
             WHERE round_id = $1 ORDER BY id",
        );
        self.all(query.bind(round)).await
    }

    /// Applications on a public notice.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn noticed(&self, publication: i64) -> Result<Vec<i64>> {
        let query = Query::new("SELECT application_id FROM notice_entry WHERE publication_id = $1 ORDER BY id");
        let rows: Vec<(i64,)> = self.all(query.bind(publication)).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Objections to a notice, oldest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn objections(&self, publication: i64) -> Result<Vec<Objection>> {
        let mut query = Query::new(OBJECTION);
        query.push_bind(" WHERE o.publication_id = ", publication);
        query.push(" ORDER BY o.id");
        self.all(query).await
    }

    /// An objection of a notice.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn objection(&self, publication: i64, id: i64) -> Result<Option<Objection>> {
        let mut query = Query::new(OBJECTION);
        query.push_bind(" WHERE o.publication_id = ", publication);
        query.push_bind(" AND o.id = ", id);
        self.optional(query).await
    }

    /// An objection by the code its objector was given.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn objection_by_code(&self, publication: i64, code: &str) -> Result<Option<Objection>> {
        let mut query = Query::new(OBJECTION);
        query.push_bind(" WHERE o.code = ", code);
        query.push_bind(" AND o.publication_id = ", publication);
        self.optional(query).await
    }

    /// Stations that came of a notice.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn confirmed_of(&self, publication: i64) -> Result<Vec<Confirmed>> {
        let query = Query::new(
            "SELECT c.application_id, c.station_id, c.notice_id, c.announcement_id, c.confirmed_at, c.confirmed_by, \
             s.number, s.confirmed_on FROM station_confirmation c JOIN station s ON s.id = c.station_id \
             WHERE c.notice_id = $1 ORDER BY c.id",
        );
        self.all(query.bind(publication)).await
    }
}

impl Tx<'_> {
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it was decided before.
    pub async fn add_shortlisting(&mut self, round: i64, new: &NewShortlisting) -> Result<()> {
        let query = Query::new(
            "INSERT INTO shortlisting (round_id, application_id, chosen, place, reason, decided_at, decided_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        );
        let query = query.bind(round).bind(new.application).bind(new.chosen).bind(new.place).bind(&new.reason);
        let query = query.bind(self.at()).bind(self.mandate().actor().name.clone());
        self.execute(query).await.map(drop).map_err(|error| {
            let before = || Error::Conflict("名单已经提出，请刷新查看。".to_owned());
            if error.is_duplicate() { before() } else { error }
        })
    }

    /// Puts an application on a public notice.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_notice_entry(&mut self, publication: i64, application: i64) -> Result<()> {
        let query = Query::new("INSERT INTO notice_entry (publication_id, application_id) VALUES ($1, $2)");
        self.execute(query.bind(publication).bind(application)).await.map(drop)
    }

    /// Objections to a notice since an instant: all of them, and those of one contact.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn recent_objections(&mut self, publication: i64, contact: &str, since: i64) -> Result<(i64, i64)> {
        let query = Query::new(
            "SELECT count(*), coalesce(sum(CASE WHEN contact = $1 THEN 1 ELSE 0 END), 0) FROM objection \
             WHERE publication_id = $2 AND raised_at > $3",
        );
        self.one(query.bind(contact).bind(publication).bind(since)).await
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_objection(&mut self, new: &NewObjection) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO objection (publication_id, application_id, code, name, unit, contact, text, raised_at, due_day) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        );
        let query = query.bind(new.publication).bind(new.application).bind(&new.code).bind(&new.name);
        let query = query.bind(&new.unit).bind(&new.contact).bind(&new.text).bind(self.at());
        let id = self.insert(query.bind(new.due_day)).await?;
        self.concerns(id);
        Ok(id)
    }

    /// Objections to a notice that nobody has ruled on, as the transaction sees them.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn open_objections(&mut self, publication: i64) -> Result<i64> {
        let query = Query::new(
            "SELECT count(*) FROM objection o WHERE o.publication_id = $1 \
             AND NOT EXISTS (SELECT 1 FROM objection_ruling r WHERE r.objection_id = o.id)",
        );
        let (count,): (i64,) = self.one(query.bind(publication)).await?;
        Ok(count)
    }

    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it was decided meanwhile.
    pub async fn rule_on_objection(&mut self, objection: i64, ruling: &str, reason: &str, paper: i64) -> Result<()> {
        let query = Query::new(
            "INSERT INTO objection_ruling (objection_id, ruling, reason, paper_id, decided_at, decided_by) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        );
        let query = query.bind(objection).bind(ruling).bind(reason).bind(paper).bind(self.at());
        self.execute(query.bind(self.mandate().actor().name.clone())).await.map(drop).map_err(|error| {
            let before = || Error::Conflict("该异议已经处理。".to_owned());
            if error.is_duplicate() { before() } else { error }
        })
    }

    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it was confirmed meanwhile.
    pub async fn add_station_confirmation(
        &mut self,
        application: i64,
        station: i64,
        notice: i64,
        announcement: i64,
    ) -> Result<()> {
        let query = Query::new(
            "INSERT INTO station_confirmation (application_id, station_id, notice_id, announcement_id, confirmed_at, \
             confirmed_by) VALUES ($1, $2, $3, $4, $5, $6)",
        );
        let query = query.bind(application).bind(station).bind(notice).bind(announcement).bind(self.at());
        self.execute(query.bind(self.mandate().actor().name.clone())).await.map(drop).map_err(|error| {
            let before = || Error::Conflict("该申请已经确认。".to_owned());
            if error.is_duplicate() { before() } else { error }
        })
    }
}
