//! Rounds with their frozen dates, the organisations that registered themselves, and what cities forwarded.

use jiff::Timestamp;

use crate::query::Query;
use crate::{Result, Store, Tx, instant_number};

/// A year's round. Its dates were confirmed when it was opened and never change.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Round {
    pub id: i64,
    pub year: i64,
    pub name: String,
    pub edition_id: String,
    /// `open`.
    pub state: String,
    pub city_due: i64,
    pub direct_due: i64,
    pub forwarding_due: i64,
    pub review_due: i64,
    /// Whom to ask, as published.
    pub contact: String,
    pub opened_at: i64,
    pub opened_by: String,
}

/// A round about to be opened.
#[derive(Clone, Debug)]
pub struct NewRound {
    pub year: i64,
    pub name: String,
    pub edition_id: String,
    pub city_due: i64,
    pub direct_due: i64,
    pub forwarding_due: i64,
    pub review_due: i64,
    pub contact: String,
}

/// An organisation and the account it registered.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Applicant {
    pub account_id: i64,
    pub name: String,
    pub uscc: String,
    /// Key of its kind of unit.
    pub unit: String,
    pub city: String,
    pub county: Option<String>,
    pub contact: String,
    pub phone: String,
    pub registered_at: i64,
}

/// A city's forwarding.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Forwarding {
    pub id: i64,
    pub round_id: i64,
    pub city: String,
    pub applications: i64,
    pub late: i64,
    pub paper_id: i64,
    pub forwarded_at: i64,
    pub forwarded_by: String,
}

const ROUND: &str = "SELECT id, year, name, edition_id, state, city_due, direct_due, forwarding_due, review_due, contact, \
                     opened_at, opened_by FROM admission_round";

const APPLICANT: &str = "SELECT p.account_id, p.name, p.uscc, p.unit, p.city, p.county, p.contact, p.phone, \
                         p.registered_at FROM applicant p";

impl Store {
    /// All rounds, newest first. Their dates are public.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn rounds(&self) -> Result<Vec<Round>> {
        let mut query = Query::new(ROUND);
        query.push(" ORDER BY year DESC");
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn round(&self, id: i64) -> Result<Option<Round>> {
        let mut query = Query::new(ROUND);
        query.push_bind(" WHERE id = ", id);
        self.optional(query).await
    }

    /// The organisation behind an account.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn applicant(&self, account: i64) -> Result<Option<Applicant>> {
        let mut query = Query::new(APPLICANT);
        query.push_bind(" WHERE p.account_id = ", account);
        self.optional(query).await
    }

    /// Whether an organisation has an account that still works.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn registered(&self, uscc: &str) -> Result<bool> {
        let query = Query::new(
            "SELECT count(*) FROM applicant p JOIN account a ON a.id = p.account_id \
             WHERE p.uscc = $1 AND a.disabled_at IS NULL",
        );
        let (count,): (i64,) = self.one(query.bind(uscc)).await?;
        Ok(count > 0)
    }

    /// How many organisations registered since an instant.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn registrations_since(&self, since: Timestamp) -> Result<i64> {
        let query = Query::new("SELECT count(*) FROM applicant WHERE registered_at >= $1");
        let (count,): (i64,) = self.one(query.bind(instant_number(since))).await?;
        Ok(count)
    }

    /// What cities forwarded in a round, in order; of one city, or of all.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn forwardings(&self, round: i64, city: Option<&str>) -> Result<Vec<Forwarding>> {
        let mut query = Query::new(
            "SELECT id, round_id, city, applications, late, paper_id, forwarded_at, forwarded_by FROM forwarding",
        );
        query.push_bind(" WHERE round_id = ", round);
        if let Some(city) = city {
            query.push_bind(" AND city = ", city);
        }
        query.push(" ORDER BY id");
        self.all(query).await
    }
}

impl Tx<'_> {
    /// # Errors
    /// See [`Tx::all`]; a year opened before is a duplicate.
    pub async fn open_round(&mut self, new: &NewRound) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO admission_round (year, name, edition_id, state, city_due, direct_due, forwarding_due, \
             review_due, contact, opened_at, opened_by) VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, $8, $9, $10) \
             RETURNING id",
        );
        let query = query.bind(new.year).bind(&new.name).bind(&new.edition_id).bind(new.city_due);
        let query = query.bind(new.direct_due).bind(new.forwarding_due).bind(new.review_due).bind(&new.contact);
        let id = self.insert(query.bind(self.at()).bind(self.mandate().actor().name.clone())).await?;
        self.concerns(id);
        self.note(format!("{}，市级受理截止 {}，直接受理截止 {}", new.name, new.city_due, new.direct_due));
        Ok(id)
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_applicant(&mut self, new: &Applicant) -> Result<()> {
        let query = Query::new(
            "INSERT INTO applicant (account_id, name, uscc, unit, city, county, contact, phone, registered_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        );
        let query = query.bind(new.account_id).bind(&new.name).bind(&new.uscc).bind(&new.unit).bind(&new.city);
        let query = query.bind(new.county.clone()).bind(&new.contact).bind(&new.phone).bind(self.at());
        self.execute(query).await?;
        self.concerns(new.account_id);
        self.note(format!("{} {} 注册", new.uscc, new.name));
        Ok(())
    }

    /// Records that a city forwarded so many applications with one letter.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_forwarding(
        &mut self,
        round: i64,
        city: &str,
        applications: i64,
        late: bool,
        paper: i64,
    ) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO forwarding (round_id, city, applications, late, paper_id, forwarded_at, forwarded_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        );
        let query = query.bind(round).bind(city).bind(applications).bind(late).bind(paper).bind(self.at());
        self.insert(query.bind(self.mandate().actor().name.clone())).await
    }
}
