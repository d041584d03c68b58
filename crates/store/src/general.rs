//! Chapter one: accounts, sessions, editions, working days, documents.

mod county;
mod delegations;
mod holidays;
mod interpretations;
mod papers;
mod saved_searches;
mod search;
mod supervision;

use std::collections::BTreeMap;

use jiff::Timestamp;
use regulation::general::delegation::{Principal, Stage};
use regulation::general::{Actor, Assignment, Ended, Role, Scope};
use regulation::law;

pub use county::{CountyOpinion, NewCountyOpinion};
pub use delegations::{Delegation, Member, NewDelegation};
pub use holidays::HolidayRow;
pub use interpretations::{Interpretation, NewInterpretation};
pub use papers::{NewPaper, NewPublication, PUBLICATION_NOUN, Paper, PaperReply, Publication, published, text_hash};
pub use saved_searches::{NewSavedSearch, SavedSearch, SearchNews};
pub use search::{ATTACHMENT, Found, Hit, Indexed, Looking, SearchQuery, WaitingText};
pub use supervision::{LapseOverride, NewSupervision, Supervision, SupervisionFilter, SupervisionReply};

use crate::duties::like;
use crate::query::Query;
use crate::{Error, Result, Store, Tx, date_from, instant_number};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Account {
    pub id: i64,
    pub username: String,
    pub display_name: String,
    pub role: String,
    pub city: Option<String>,
    pub county: Option<String>,
    pub station_id: Option<i64>,
    pub password_hash: String,
    pub must_change: i64,
    pub totp_secret: Option<String>,
    pub totp_confirmed: i64,
    pub failures: i64,
    pub locked_until: Option<i64>,
    pub disabled_at: Option<i64>,
    pub created_at: i64,
}

/// An account as the administrators' list shows it: no secret of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountLine {
    pub id: i64,
    pub username: String,
    pub display_name: String,
    pub role: String,
    pub city: Option<String>,
    pub county: Option<String>,
    pub station: Option<String>,
    pub locked_until: Option<i64>,
    pub disabled_at: Option<i64>,
    pub totp_confirmed: i64,
    pub created_at: i64,
}

/// Filters of the list of accounts.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    pub role: Option<Role>,
    /// Part of the username or the name shown.
    pub text: Option<String>,
}

/// What a new account is made of.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub username: String,
    pub display_name: String,
    pub role: Role,
    pub city: Option<String>,
    pub county: Option<String>,
    pub station: Option<i64>,
    pub password_hash: String,
    pub must_change: bool,
}

/// A signed-in browser with its account, read in one statement.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    pub account_id: i64,
    pub csrf: String,
    pub second_factor: i64,
    pub created_at: i64,
    pub seen_at: i64,
    pub display_name: String,
    pub role: String,
    pub city: Option<String>,
    pub county: Option<String>,
    pub station_id: Option<i64>,
    pub must_change: i64,
    pub totp_confirmed: i64,
    pub station_name: Option<String>,
    pub station_state: Option<String>,
    pub station_ended: Option<i64>,
    /// The delegation it acts under, with what is needed to judge it.
    pub delegation_id: Option<i64>,
    pub delegation_from: Option<i64>,
    pub delegation_until: Option<i64>,
    pub delegation_ended: Option<i64>,
    pub delegator_id: Option<i64>,
    pub delegator: Option<String>,
    pub delegator_role: Option<String>,
}

/// The delegation a session was put under, as it stands (reading K82).
#[derive(Clone, Debug)]
pub struct StandingIn {
    pub delegation: i64,
    pub principal: Principal,
    /// The last day, as a number.
    pub until: i64,
    pub stage: Stage,
}

impl Session {
    /// The delegation it was put under, and where that stands on a day.
    ///
    /// # Errors
    /// Fails on a row no code writes.
    pub fn standing_in(&self, on: jiff::civil::Date) -> Result<Option<StandingIn>> {
        let (Some(delegation), Some(from), Some(until)) =
            (self.delegation_id, self.delegation_from, self.delegation_until)
        else {
            return Ok(None);
        };
        let account = self.delegator_id.unwrap_or_default();
        let role = delegations::role_of(self.delegator_role.as_deref().unwrap_or_default(), account)?;
        let principal = Principal { account, name: self.delegator.clone().unwrap_or_default(), role };
        let stage = Stage::on(on, date_from(from)?, date_from(until)?, self.delegation_ended.is_some());
        Ok(Some(StandingIn { delegation, principal, until, stage }))
    }

    /// The actor behind the session, for itself. Assignments are read apart, for the roles that have any.
    ///
    /// # Errors
    /// Fails on a role no code writes.
    pub fn actor(&self) -> Result<Actor> {
        let role = delegations::role_of(&self.role, self.account_id)?;
        let ended = self.station_ended.map(date_from).transpose()?;
        Ok(Actor {
            account: self.account_id,
            name: self.display_name.clone(),
            role,
            city: self.city.clone(),
            county: self.county.clone(),
            station: self.station_id,
            assigned: Vec::new(),
            ended: Ended::of(self.station_state.as_deref().unwrap_or_default(), ended),
            instead_of: None,
        })
    }
}

const ACCOUNT: &str = "SELECT id, username, display_name, role, city, county, station_id, password_hash, must_change, \
                       totp_secret, totp_confirmed, failures, locked_until, disabled_at, created_at FROM account";

fn filtered(query: &mut Query, filter: &AccountFilter) {
    query.push(" WHERE 1 = 1");
    if let Some(role) = filter.role {
        query.push_bind(" AND a.role = ", role.key());
    }
    if let Some(text) = filter.text.as_deref().filter(|text| !text.is_empty()) {
        let pattern = like(text);
        query.push_bind(" AND (lower(a.username) LIKE lower(", &pattern);
        query.push_bind(") ESCAPE '\\' OR lower(a.display_name) LIKE lower(", &pattern);
        query.push(") ESCAPE '\\')");
    }
}

impl Store {
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn account_by_name(&self, username: &str) -> Result<Option<Account>> {
        let mut query = Query::new(ACCOUNT);
        query.push_bind(" WHERE username = ", username);
        self.optional(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn account(&self, id: i64) -> Result<Option<Account>> {
        let mut query = Query::new(ACCOUNT);
        query.push_bind(" WHERE id = ", id);
        self.optional(query).await
    }

    /// Accounts after a username, for the administrators' list.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn accounts(
        &self,
        scope: &Scope,
        filter: &AccountFilter,
        after: &str,
        limit: i64,
    ) -> Result<Vec<AccountLine>> {
        if *scope != Scope::All {
            return Ok(Vec::new());
        }
        let mut query = Query::new(
            "SELECT a.id, a.username, a.display_name, a.role, a.city, a.county, t.name AS station, a.locked_until, \
             a.disabled_at, a.totp_confirmed, a.created_at FROM account a LEFT JOIN station t ON t.id = a.station_id",
        );
        filtered(&mut query, filter);
        query.push_bind(" AND a.username > ", after);
        query.push_page(" ORDER BY a.username", limit);
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn count_accounts(&self, scope: &Scope, filter: &AccountFilter) -> Result<i64> {
        if *scope != Scope::All {
            return Ok(0);
        }
        let mut query = Query::new("SELECT count(*) FROM account a");
        filtered(&mut query, filter);
        let (count,): (i64,) = self.one(query).await?;
        Ok(count)
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn session(&self, token_hash: &str) -> Result<Option<Session>> {
        let query = Query::new(
            "SELECT s.account_id, s.csrf, s.second_factor, s.created_at, s.seen_at, a.display_name, a.role, a.city, \
             a.county, a.station_id, a.must_change, a.totp_confirmed, t.name AS station_name, t.state AS station_state, \
             t.ended_on AS station_ended, s.delegation_id, d.from_on AS delegation_from, d.until_on AS delegation_until, \
             d.ended_at AS delegation_ended, d.delegator_id, p.display_name AS delegator, p.role AS delegator_role \
             FROM session s JOIN account a ON a.id = s.account_id LEFT JOIN station t ON t.id = a.station_id \
             LEFT JOIN delegation d ON d.id = s.delegation_id LEFT JOIN account p ON p.id = d.delegator_id \
             WHERE s.token_hash = $1 AND a.disabled_at IS NULL",
        );
        self.optional(query.bind(token_hash)).await
    }

    /// Notes that a session was used; called at most once a minute each.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn touch_session(&self, token_hash: &str, at: Timestamp) -> Result<()> {
        let query = Query::new("UPDATE session SET seen_at = $1 WHERE token_hash = $2");
        self.upkeep(vec![query.bind(instant_number(at)).bind(token_hash)]).await.map(drop)
    }

    /// Deletes sessions not used since `idle`, or begun before `old`.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn end_stale_sessions(&self, idle: Timestamp, old: Timestamp) -> Result<u64> {
        let query = Query::new("DELETE FROM session WHERE seen_at < $1 OR created_at < $2");
        self.upkeep(vec![query.bind(instant_number(idle)).bind(instant_number(old))]).await
    }

    /// Counts a failed sign-in and locks the account at the fifth; the failure must stay even though no act
    /// follows.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn count_failure(&self, account: i64, limit: i64, locked_until: Timestamp) -> Result<()> {
        let query = Query::new(
            "UPDATE account SET failures = failures + 1, \
             locked_until = CASE WHEN failures + 1 >= $1 THEN $2 ELSE locked_until END WHERE id = $3",
        );
        self.upkeep(vec![query.bind(limit).bind(instant_number(locked_until)).bind(account)]).await.map(drop)
    }

    /// The stations an expert or evaluator was assigned, past and coming periods among them: whoever is out of period is
    /// told so (reading K34).
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn assignments(&self, account: i64) -> Result<Vec<Assignment>> {
        let query =
            Query::new("SELECT station_id, from_on, until_on FROM assignment WHERE account_id = $1 ORDER BY id");
        let rows: Vec<(i64, Option<i64>, i64)> = self.all(query.bind(account)).await?;
        let assignment = |(station, from, until): (i64, Option<i64>, i64)| {
            Ok(Assignment { station, from: from.map(date_from).transpose()?, until: date_from(until)? })
        };
        rows.into_iter().map(assignment).collect()
    }

    /// Ids and titles of the editions loaded, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn editions(&self) -> Result<Vec<(String, i64)>> {
        self.all(Query::new("SELECT id, loaded_at FROM edition ORDER BY loaded_at DESC, id")).await
    }

    /// The official text beside an edition, if the department loaded it.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn official_text(&self, id: &str) -> Result<Option<String>> {
        let row: Option<(Option<String>,)> =
            self.optional(Query::new("SELECT official_text FROM edition WHERE id = $1").bind(id)).await?;
        Ok(row.and_then(|(text,)| text))
    }

    /// An edition's files and the official text, if the department loaded it.
    ///
    /// # Errors
    /// See [`Store::all`]; also when the stored files are not what we wrote.
    pub async fn edition_files(&self, id: &str) -> Result<Option<(law::Files, Option<String>)>> {
        let query = Query::new("SELECT files, official_text FROM edition WHERE id = $1").bind(id);
        let row: Option<(String, Option<String>)> = self.optional(query).await?;
        row.map(|(files, text)| {
            let files: BTreeMap<String, String> = serde_json::from_str(&files).map_err(|_| Error::Impossible {
                table: "edition",
                column: "files",
                row: 0,
            })?;
            Ok((files, text))
        })
        .transpose()
    }
}

impl Tx<'_> {
    /// # Errors
    /// See [`Tx::all`]; a username in use is a duplicate.
    pub async fn add_account(&mut self, new: &NewAccount) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO account (username, display_name, role, city, county, station_id, password_hash, must_change, \
             totp_confirmed, failures, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9) RETURNING id",
        );
        let query = query.bind(&new.username).bind(&new.display_name).bind(new.role.key()).bind(new.city.clone());
        let query = query.bind(new.county.clone()).bind(new.station).bind(&new.password_hash).bind(new.must_change);
        let id = self.insert(query.bind(self.at())).await?;
        self.concerns(id);
        self.note(format!("账户 {}，角色 {}", new.username, new.role.name()));
        Ok(id)
    }

    /// Opens a session and clears the failures before it, unless a second factor is still to come: guessing codes
    /// must not start anew with every sign-in.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn open_session(
        &mut self,
        token_hash: &str,
        csrf: &str,
        account: i64,
        second_factor: bool,
    ) -> Result<()> {
        let clear =
            Query::new("UPDATE account SET failures = 0, locked_until = NULL WHERE id = $1 AND totp_confirmed = 0");
        self.execute(clear.bind(account)).await?;
        let query = Query::new(
            "INSERT INTO session (token_hash, account_id, csrf, second_factor, created_at, seen_at) \
             VALUES ($1, $2, $3, $4, $5, $5)",
        );
        let query = query.bind(token_hash).bind(account).bind(csrf).bind(second_factor).bind(self.at());
        self.execute(query).await.map(drop)
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn end_session(&mut self, token_hash: &str) -> Result<()> {
        self.execute(Query::new("DELETE FROM session WHERE token_hash = $1").bind(token_hash)).await.map(drop)
    }

    /// Sets a password and ends every other session of the account.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn set_password(
        &mut self,
        account: i64,
        hash: &str,
        must_change: bool,
        keep_session: &str,
    ) -> Result<()> {
        let query = Query::new("UPDATE account SET password_hash = $1, must_change = $2 WHERE id = $3");
        self.execute(query.bind(hash).bind(must_change).bind(account)).await?;
        let query = Query::new("DELETE FROM session WHERE account_id = $1 AND token_hash <> $2");
        self.execute(query.bind(account).bind(keep_session)).await.map(drop)
    }

    /// Stores a second-factor secret that its holder has still to confirm with a code.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn set_totp(&mut self, account: i64, secret: &str) -> Result<()> {
        let query = Query::new("UPDATE account SET totp_secret = $1, totp_confirmed = 0 WHERE id = $2");
        self.execute(query.bind(secret).bind(account)).await.map(drop)
    }

    /// Takes the one-time code of a time step, once: false when that step or a later one was taken before.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn take_totp_step(&mut self, account: i64, step: i64) -> Result<bool> {
        let query = Query::new(
            "UPDATE account SET totp_confirmed = 1, totp_step = $1 WHERE id = $2 AND (totp_step IS NULL OR totp_step < $1)",
        );
        Ok(self.execute(query.bind(step).bind(account)).await? > 0)
    }

    /// Takes a second factor off and ends the account's sessions: it is bound anew at the next sign-in.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn clear_totp(&mut self, account: i64) -> Result<()> {
        let query =
            Query::new("UPDATE account SET totp_secret = NULL, totp_confirmed = 0, totp_step = NULL WHERE id = $1");
        self.execute(query.bind(account)).await?;
        self.execute(Query::new("DELETE FROM session WHERE account_id = $1").bind(account)).await.map(drop)
    }

    /// Marks the session as having shown its second factor, and clears the failures before it.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn pass_second_factor(&mut self, token_hash: &str) -> Result<()> {
        let clear = Query::new(
            "UPDATE account SET failures = 0, locked_until = NULL \
             WHERE id = (SELECT account_id FROM session WHERE token_hash = $1)",
        );
        self.execute(clear.bind(token_hash)).await?;
        let query = Query::new("UPDATE session SET second_factor = 1 WHERE token_hash = $1");
        self.execute(query.bind(token_hash)).await.map(drop)
    }

    /// Disables or re-enables an account; disabling ends its sessions, and delegations by and to it for good.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn set_disabled(&mut self, account: i64, disabled: bool) -> Result<()> {
        let at = disabled.then(|| self.at());
        let query = Query::new("UPDATE account SET disabled_at = $1 WHERE id = $2").bind(at).bind(account);
        self.execute(query).await?;
        if disabled {
            self.end_delegations_of(account, "账户停用").await?;
            self.execute(Query::new("DELETE FROM session WHERE account_id = $1").bind(account)).await?;
        }
        Ok(())
    }

    /// Grants a role with its area; the account signs in anew under it, and delegations by and to it end.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn grant_role(
        &mut self,
        account: i64,
        role: Role,
        city: Option<String>,
        county: Option<String>,
        station: Option<i64>,
    ) -> Result<()> {
        let query = Query::new("UPDATE account SET role = $1, city = $2, county = $3, station_id = $4 WHERE id = $5");
        self.execute(query.bind(role.key()).bind(city).bind(county).bind(station).bind(account)).await?;
        self.end_delegations_of(account, "角色变更").await?;
        self.execute(Query::new("DELETE FROM session WHERE account_id = $1").bind(account)).await.map(drop)
    }

    /// Lifts a lock after failed sign-ins.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn unlock(&mut self, account: i64) -> Result<()> {
        let query = Query::new("UPDATE account SET failures = 0, locked_until = NULL WHERE id = $1");
        self.execute(query.bind(account)).await.map(drop)
    }

    /// Loads an edition. The same id with the same files is no change; with other files it is a conflict,
    /// because years may already be bound to it.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the id holds other files.
    pub async fn add_edition(&mut self, id: &str, files: &law::Files) -> Result<bool> {
        let text = serde_json::to_string(files).map_err(|error| Error::Commit(error.to_string()))?;
        let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(text.as_bytes()));
        let known: Option<(String,)> =
            self.optional(Query::new("SELECT digest FROM edition WHERE id = $1").bind(id)).await?;
        if let Some((known,)) = known {
            if known == digest {
                return Ok(false);
            }
            return Err(Error::Conflict(format!("规则版本 {id} 已装载且内容不同；已装载的版本不能改动，请换一个编号")));
        }
        let query = Query::new("INSERT INTO edition (id, digest, files, loaded_at) VALUES ($1, $2, $3, $4)");
        self.execute(query.bind(id).bind(&digest).bind(text).bind(self.at())).await?;
        self.note(format!("版本 {id}，摘要 {digest}"));
        Ok(true)
    }

    /// Stores the department's official text beside an edition.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when there is no such edition.
    pub async fn set_official_text(&mut self, id: &str, text: &str) -> Result<()> {
        let query = Query::new("UPDATE edition SET official_text = $1 WHERE id = $2").bind(text).bind(id);
        if self.execute(query).await? == 0 {
            return Err(Error::Conflict(format!("没有规则版本 {id}，请先装载")));
        }
        self.note(format!("版本 {id} 的正式文本"));
        Ok(())
    }
}
