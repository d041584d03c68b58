//! 委托代办 (readings K82 and K83): who stands in for whom, and the acts done in another's place.

use regulation::general::delegation::{Principal, Stage, Unit};
use regulation::general::{Actor, Role, Scope};

use crate::query::Query;
use crate::{Error, Result, Store, Tx, date_from, day_number};

/// A delegation as it was given, and how it ended.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Delegation {
    pub id: i64,
    pub delegator_id: i64,
    pub delegator: String,
    pub delegator_role: String,
    pub deputy_id: i64,
    pub deputy: String,
    pub deputy_role: String,
    pub from_on: i64,
    /// Included: it runs to midnight.
    pub until_on: i64,
    pub reason: String,
    pub given_at: i64,
    pub ended_at: Option<i64>,
    pub ended_by: Option<String>,
    pub end_reason: Option<String>,
}

impl Delegation {
    /// # Errors
    /// Fails on a row no code writes.
    pub fn stage(&self, on: jiff::civil::Date) -> Result<Stage> {
        Ok(Stage::on(on, date_from(self.from_on)?, date_from(self.until_on)?, self.ended_at.is_some()))
    }

    /// # Errors
    /// Fails on a row no code writes.
    pub fn principal(&self) -> Result<Principal> {
        let role = role_of(&self.delegator_role, self.delegator_id)?;
        Ok(Principal { account: self.delegator_id, name: self.delegator.clone(), role })
    }
}

/// A delegation about to be given.
#[derive(Clone, Debug)]
pub struct NewDelegation {
    pub delegator: i64,
    pub deputy: i64,
    pub from_on: i64,
    pub until_on: i64,
    pub reason: String,
}

/// An account as a person of a unit.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Member {
    pub id: i64,
    pub display_name: String,
    pub role: String,
    pub city: Option<String>,
    pub county: Option<String>,
    pub station_id: Option<i64>,
    pub disabled_at: Option<i64>,
}

impl Member {
    /// # Errors
    /// Fails on a role no code writes.
    pub fn actor(&self) -> Result<Actor> {
        Ok(Actor {
            account: self.id,
            name: self.display_name.clone(),
            role: role_of(&self.role, self.id)?,
            city: self.city.clone(),
            county: self.county.clone(),
            station: self.station_id,
            ..Actor::public()
        })
    }
}

pub(super) fn role_of(key: &str, account: i64) -> Result<Role> {
    Role::from_key(key).ok_or(Error::Impossible { table: "account", column: "role", row: account })
}

const DELEGATION: &str = "SELECT d.id, d.delegator_id, p.display_name AS delegator, p.role AS delegator_role, d.deputy_id, \
                          q.display_name AS deputy, q.role AS deputy_role, d.from_on, d.until_on, d.reason, d.given_at, \
                          d.ended_at, d.ended_by, d.end_reason \
                          FROM delegation d JOIN account p ON p.id = d.delegator_id JOIN account q ON q.id = d.deputy_id";

const MEMBER: &str = "SELECT id, display_name, role, city, county, station_id, disabled_at FROM account";

impl Store {
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn delegation(&self, id: i64) -> Result<Option<Delegation>> {
        let mut query = Query::new(DELEGATION);
        query.push_bind(" WHERE d.id = ", id);
        self.optional(query).await
    }

    /// Those an account gave, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn delegations_by(&self, account: i64, limit: i64) -> Result<Vec<Delegation>> {
        let mut query = Query::new(DELEGATION);
        query.push_bind(" WHERE d.delegator_id = ", account);
        query.push_page(" ORDER BY d.id DESC", limit);
        self.all(query).await
    }

    /// Those an account was given, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn delegations_to(&self, account: i64, limit: i64) -> Result<Vec<Delegation>> {
        let mut query = Query::new(DELEGATION);
        query.push_bind(" WHERE d.deputy_id = ", account);
        query.push_page(" ORDER BY d.id DESC", limit);
        self.all(query).await
    }

    /// Those an account gave or was given that are not over by that day, first ending first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn open_delegations_about(&self, account: i64, day: i64) -> Result<Vec<Delegation>> {
        let mut query = Query::new(DELEGATION);
        query.push_bind(" WHERE d.id IN (SELECT id FROM delegation WHERE delegator_id = ", account);
        query.push_bind(" UNION ALL SELECT id FROM delegation WHERE deputy_id = ", account);
        query.push_bind(") AND d.ended_at IS NULL AND d.until_on >= ", day);
        query.push(" ORDER BY d.until_on, d.id");
        self.all(query).await
    }

    /// Everybody's that are not over by that day, for the administrators, after the last day and key of a page before.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn open_delegations(
        &self,
        scope: &Scope,
        day: i64,
        after: (i64, i64),
        limit: i64,
    ) -> Result<Vec<Delegation>> {
        if *scope != Scope::All {
            return Ok(Vec::new());
        }
        let mut query = Query::new(DELEGATION);
        query.push_bind(" WHERE d.ended_at IS NULL AND d.until_on >= ", day.max(after.0));
        query.push_bind(" AND (d.until_on > ", after.0);
        query.push_bind(" OR d.id > ", after.1);
        query.push(")");
        query.push_page(" ORDER BY d.until_on, d.id", limit);
        self.all(query).await
    }

    /// The people of a unit who can sign in, besides one of them.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn colleagues(&self, unit: &Unit, besides: i64) -> Result<Vec<Member>> {
        let mut query = Query::new(MEMBER);
        let mut separator = " WHERE role IN (";
        for role in unit.roles() {
            query.push_bind(separator, role.key());
            separator = ", ";
        }
        match unit {
            Unit::Province => query.push(")"),
            Unit::City(city) => query.push_bind(") AND city = ", city),
            Unit::County(county) => query.push_bind(") AND county = ", county),
            Unit::Station(station) => query.push_bind(") AND station_id = ", *station),
        }
        query.push_bind(" AND disabled_at IS NULL AND id <> ", besides);
        query.push(" ORDER BY role, display_name, id");
        self.all(query).await
    }
}

impl Tx<'_> {
    /// Two accounts as they are, held until the transaction ends: neither is disabled or granted another role meanwhile.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn hold_accounts(&mut self, accounts: [i64; 2]) -> Result<Vec<Member>> {
        let [one, other] = accounts;
        // A write that changes nothing takes the rows' locks in PostgreSQL; SQLite has one writer anyway.
        let hold = Query::new("UPDATE account SET failures = failures WHERE id = $1");
        for account in [one.min(other), one.max(other)] {
            self.execute(hold.clone().bind(account)).await?;
        }
        let mut query = Query::new(MEMBER);
        query.push_bind(" WHERE id = ", one);
        query.push_bind(" OR id = ", other);
        self.all(query).await
    }

    /// Gives a delegation. Call [`Tx::hold_accounts`] before.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the delegator gave one for some of these days before.
    pub async fn add_delegation(&mut self, new: &NewDelegation) -> Result<i64> {
        let query = Query::new(
            "SELECT count(*) FROM delegation WHERE delegator_id = $1 AND ended_at IS NULL AND from_on <= $2 \
             AND until_on >= $3",
        );
        let (taken,): (i64,) = self.one(query.bind(new.delegator).bind(new.until_on).bind(new.from_on)).await?;
        if taken > 0 {
            return Err(Error::Conflict("这些日期中已有一项委托，请先撤销，或者另选日期".to_owned()));
        }
        let query = Query::new(
            "INSERT INTO delegation (delegator_id, deputy_id, from_on, until_on, reason, given_at) \
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        );
        let query = query.bind(new.delegator).bind(new.deputy).bind(new.from_on).bind(new.until_on);
        let id = self.insert(query.bind(&new.reason).bind(self.at())).await?;
        self.concerns(id);
        Ok(id)
    }

    /// Ends a delegation before its time.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it has ended or is over.
    pub async fn end_delegation(&mut self, id: i64, reason: &str) -> Result<()> {
        let query = Query::new(
            "UPDATE delegation SET ended_at = $1, ended_by = $2, end_reason = $3 \
             WHERE id = $4 AND ended_at IS NULL AND until_on >= $5",
        );
        let by = self.mandate().actor().name.clone();
        let today = day_number(crate::day_of(self.instant()));
        match self.execute(query.bind(self.at()).bind(by).bind(reason).bind(id).bind(today)).await? {
            0 => Err(Error::Conflict("该委托已经终止或者到期".to_owned())),
            _ => Ok(()),
        }
    }

    /// Ends every open delegation by or to an account that is disabled or granted another role.
    pub(super) async fn end_delegations_of(&mut self, account: i64, reason: &str) -> Result<()> {
        let query = Query::new(
            "UPDATE delegation SET ended_at = $1, ended_by = $2, end_reason = $3 WHERE ended_at IS NULL AND until_on >= $4 \
             AND id IN (SELECT id FROM delegation WHERE delegator_id = $5 UNION ALL SELECT id FROM delegation WHERE deputy_id = $5)",
        );
        let by = self.mandate().actor().name.clone();
        let today = day_number(crate::day_of(self.instant()));
        self.execute(query.bind(self.at()).bind(by).bind(reason).bind(today).bind(account)).await.map(drop)
    }

    /// From now on the browser acts under the delegation, or for its own account again.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn stand_in(&mut self, token_hash: &str, delegation: Option<i64>) -> Result<()> {
        let query = Query::new("UPDATE session SET delegation_id = $1 WHERE token_hash = $2");
        self.execute(query.bind(delegation).bind(token_hash)).await.map(drop)
    }
}
