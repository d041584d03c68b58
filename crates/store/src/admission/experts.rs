//! 专家库: who may be drawn, what conflicts are known, and the rosters that make one (Article 8 (3), reading K31).

use regulation::admission::panel::Roster;
use regulation::general::{Role, Scope};

use crate::duties::like;
use crate::general::NewAccount;
use crate::query::Query;
use crate::{Result, Store, Tx};

/// An expert of the register.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Expert {
    pub id: i64,
    pub account_id: i64,
    pub name: String,
    pub unit: String,
    pub uscc: String,
    pub speciality: String,
    pub industries: String,
    pub phone: String,
    pub email: String,
    pub active: i64,
    pub added_at: i64,
    pub added_by: String,
    pub updated_at: i64,
}

/// What is entered of an expert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewExpert {
    pub name: String,
    pub unit: String,
    pub uscc: String,
    pub speciality: String,
    pub industries: String,
    pub phone: String,
    pub email: String,
}

/// A declared conflict with a unit.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ExpertTie {
    pub id: i64,
    pub expert_id: i64,
    pub unit: String,
    pub uscc: String,
    pub reason: String,
    pub declared_at: i64,
    pub declared_by: String,
}

const EXPERT: &str = "SELECT id, account_id, name, unit, uscc, speciality, industries, phone, email, active, added_at, \
                      added_by, updated_at FROM expert";

/// The register is the province's: any narrower scope sees nothing of it.
fn whole(scope: &Scope) -> bool {
    *scope == Scope::All
}

impl Store {
    /// Experts by name, after the last (name, id) of the page before.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn experts(
        &self,
        scope: &Scope,
        text: Option<&str>,
        after: Option<(&str, i64)>,
        limit: i64,
    ) -> Result<Vec<Expert>> {
        if !whole(scope) {
            return Ok(Vec::new());
        }
        let mut query = Query::new(EXPERT);
        query.push(" WHERE 1 = 1");
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            let pattern = like(text);
            query.push_bind(" AND (lower(name) LIKE lower(", &pattern);
            query.push_bind(") ESCAPE '\\' OR lower(unit) LIKE lower(", &pattern);
            query.push_bind(") ESCAPE '\\' OR lower(speciality) LIKE lower(", &pattern);
            query.push_bind(") ESCAPE '\\' OR lower(industries) LIKE lower(", &pattern);
            query.push(") ESCAPE '\\')");
        }
        if let Some((name, id)) = after {
            query.push_bind(" AND (name, id) > (", name);
            query.push_bind(", ", id);
            query.push(")");
        }
        query.push_bind(" ORDER BY name, id LIMIT ", limit);
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn expert(&self, scope: &Scope, id: i64) -> Result<Option<Expert>> {
        if !whole(scope) {
            return Ok(None);
        }
        let mut query = Query::new(EXPERT);
        query.push_bind(" WHERE id = ", id);
        self.optional(query).await
    }

    /// All experts who may be drawn.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn active_experts(&self) -> Result<Vec<Expert>> {
        let mut query = Query::new(EXPERT);
        query.push(" WHERE active = 1 ORDER BY id");
        self.all(query).await
    }

    /// Conflicts declared, of one expert or of all.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn expert_ties(&self, expert: Option<i64>) -> Result<Vec<ExpertTie>> {
        let mut query =
            Query::new("SELECT id, expert_id, unit, uscc, reason, declared_at, declared_by FROM expert_tie");
        if let Some(expert) = expert {
            query.push_bind(" WHERE expert_id = ", expert);
        }
        query.push(" ORDER BY expert_id, id");
        self.all(query).await
    }

    /// Pairs of host and roster firm, between the applicants and the experts' units, either way round.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn roster_pairs(&self, applicants: &[String], units: &[String]) -> Result<Roster> {
        let mut pairs = Roster::new();
        for (hosts, firms) in [(applicants, units), (units, applicants)] {
            let ([host, hosts @ ..], [firm, firms @ ..]) = (hosts, firms) else { continue };
            let mut query = Query::new(
                "SELECT s.host_uscc, r.uscc FROM roster_member r JOIN station s ON s.id = r.station_id \
                 WHERE r.removed_at IS NULL AND s.host_uscc IN (",
            );
            query.push_bind("", host);
            for host in hosts {
                query.push_bind(", ", host);
            }
            query.push_bind(") AND r.uscc IN (", firm);
            for firm in firms {
                query.push_bind(", ", firm);
            }
            query.push(")");
            pairs.extend(self.all::<(String, String)>(query).await?);
        }
        Ok(pairs)
    }
}

impl Tx<'_> {
    /// Adds an expert with an account of their own, whose password nobody has: it opens by invitation only.
    ///
    /// # Errors
    /// See [`Tx::all`]; a username in use is a duplicate.
    pub async fn add_expert(&mut self, new: &NewExpert, username: &str, password_hash: &str) -> Result<i64> {
        let account = NewAccount {
            username: username.to_owned(),
            display_name: new.name.clone(),
            role: Role::Expert,
            city: None,
            county: None,
            station: None,
            password_hash: password_hash.to_owned(),
            must_change: false,
        };
        let account = self.add_account(&account).await?;
        let query = Query::new(
            "INSERT INTO expert (account_id, name, unit, uscc, speciality, industries, phone, email, active, added_at, \
             added_by, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $9) RETURNING id",
        );
        let query = query.bind(account).bind(&new.name).bind(&new.unit).bind(&new.uscc).bind(&new.speciality);
        let query = query.bind(&new.industries).bind(&new.phone).bind(&new.email).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await?;
        self.concerns(id);
        self.note(format!("专家 {}（{}），账户 {username}", new.name, new.unit));
        Ok(id)
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn set_expert(&mut self, expert: &Expert, new: &NewExpert, active: bool) -> Result<()> {
        let query = Query::new(
            "UPDATE expert SET name = $1, unit = $2, uscc = $3, speciality = $4, industries = $5, phone = $6, email = $7, \
             active = $8, updated_at = $9 WHERE id = $10",
        );
        let query = query.bind(&new.name).bind(&new.unit).bind(&new.uscc).bind(&new.speciality);
        let query = query.bind(&new.industries).bind(&new.phone).bind(&new.email).bind(active);
        self.execute(query.bind(self.at()).bind(expert.id)).await?;
        self.set_disabled(expert.account_id, !active).await?;
        let state = if active { "可抽取" } else { "停用" };
        self.note(format!("专家 {}（{}），{state}", new.name, new.unit));
        Ok(())
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_expert_tie(&mut self, expert: i64, unit: &str, uscc: &str, reason: &str) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO expert_tie (expert_id, unit, uscc, reason, declared_at, declared_by) \
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        );
        let query = query.bind(expert).bind(unit).bind(uscc).bind(reason).bind(self.at());
        self.insert(query.bind(self.mandate().actor().name.clone())).await
    }
}
