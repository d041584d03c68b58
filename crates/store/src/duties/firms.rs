//! 企业自助 (Article 5(1), reading K95): what a firm does of its own: reads all that was sent to it, keeps its registration,
//! asks to be put on a roster.

use jiff::Timestamp;
use regulation::general::{Placed, Scope};

use super::queue::{Outcome, Queue};
use super::{MEMBER, RosterMember, manager};
use crate::query::{OF_ENTRY, Query};
use crate::{Error, Result, Store, Tx};

/// The key to a firm's own page.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FirmKey {
    pub id: i64,
    /// The firm's unified social credit code.
    pub uscc: String,
    pub address: String,
    pub token: String,
    /// The instant it opens nothing any more.
    pub until: i64,
}

/// A key to be sent.
#[derive(Clone, Copy, Debug)]
pub struct NewFirmKey<'a> {
    pub uscc: &'a str,
    pub address: &'a str,
    pub token: &'a str,
    pub until: i64,
    /// The request whose outcome the letter tells.
    pub request: Option<i64>,
}

/// A key's letter taken up by a worker.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ClaimedKey {
    pub id: i64,
    pub uscc: String,
    pub address: String,
    pub token: String,
    pub until: i64,
    pub request_id: Option<i64>,
    pub attempts: i64,
}

/// A warning as its firm's list shows it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FirmWarning {
    pub token: String,
    pub level: String,
    pub title: String,
    pub station: String,
    pub published_at: i64,
    pub respond_on: Option<i64>,
    pub retracted_at: Option<i64>,
    pub opened_at: Option<i64>,
    pub answered_at: Option<i64>,
    pub answer: String,
}

/// A firm that asks to be put on a station's roster.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FirmRequest {
    pub id: i64,
    pub station_id: i64,
    pub station: String,
    pub managed_by: String,
    pub city: String,
    pub county: Option<String>,
    pub uscc: String,
    pub name: String,
    /// Code of the firm's own city, or its name outside the province.
    pub firm_city: String,
    pub products: String,
    pub hs_codes: String,
    pub markets: String,
    pub contact: String,
    pub phone: String,
    pub email: String,
    /// `asked`, `accepted` or `refused`.
    pub state: String,
    pub reason: String,
    pub asked_at: i64,
    pub handled_at: Option<i64>,
    pub handled_by: String,
}

/// What waits for a station to answer its firms.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct FirmsWaiting {
    pub questions: i64,
    pub asked_at: Option<i64>,
    pub requests: i64,
    pub requested_at: Option<i64>,
}

impl FirmRequest {
    pub fn placed(&self) -> Placed {
        let (city, county) = (self.city.clone(), self.county.clone());
        Placed { id: self.station_id, city, county, manager: manager(&self.managed_by) }
    }
}

const REQUEST: &str = "SELECT e.id, e.station_id, s.name AS station, s.managed_by, e.city, e.county, e.uscc, e.name, e.firm_city, \
                       e.products, e.hs_codes, e.markets, e.contact, e.phone, e.email, e.state, e.reason, e.asked_at, \
                       e.handled_at, e.handled_by FROM firm_request e JOIN station s ON s.id = e.station_id";

impl Store {
    /// The rows of a firm on every roster it stands on.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn roster_of_firm(&self, uscc: &str) -> Result<Vec<RosterMember>> {
        let mut query = Query::new(MEMBER);
        query.push_bind(" WHERE uscc = ", uscc);
        query.push(" AND removed_at IS NULL ORDER BY id");
        self.all(query).await
    }

    /// A key that opens something at an instant.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn firm_key(&self, token: &str, at: i64) -> Result<Option<FirmKey>> {
        let query = Query::new("SELECT id, uscc, address, token, until FROM firm_key WHERE token = $1 AND until > $2");
        self.optional(query.bind(token).bind(at)).await
    }

    /// Whether any letter with a key is due.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn firm_keys_waiting(&self, at: Timestamp) -> Result<bool> {
        self.waiting(Queue::FirmKeys, at, &[]).await
    }

    /// Takes up letters with keys that are due, so that no other worker does, and counts the attempt.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn claim_firm_keys(&self, at: Timestamp, limit: i64) -> Result<Vec<ClaimedKey>> {
        self.claim(Queue::FirmKeys, at, &[], limit, "id, uscc, address, token, until, request_id, attempts").await
    }

    /// Puts back what a worker took up and, being gone, never settled.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn release_firm_keys(&self, claimed_before: Timestamp) -> Result<u64> {
        self.release(Queue::FirmKeys, claimed_before).await
    }

    /// Records what came of a letter that was taken up.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn settle_firm_key(&self, id: i64, outcome: &Outcome, at: Timestamp) -> Result<()> {
        self.settle(Queue::FirmKeys, id, outcome, at).await
    }

    /// The warnings a firm was told of under these rows of rosters, the newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn warnings_of_firm(&self, uscc: &str, members: &[i64], limit: i64) -> Result<Vec<FirmWarning>> {
        if members.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Query::new(
            "SELECT d.token, v.level, v.title, s.name AS station, w.published_at, v.respond_on, w.retracted_at, d.opened_at, \
             d.answered_at, d.answer FROM delivery d JOIN warning w ON w.id = d.warning_id \
             JOIN warning_version v ON v.warning_id = w.id AND v.version = w.version JOIN station s ON s.id = w.station_id \
             WHERE w.published_at IS NOT NULL AND d.channel IN ('mail', 'site')",
        );
        query.push_bind(" AND d.uscc = ", uscc);
        query.push_list(" AND d.member_id IN (", members);
        query.push_page(" ORDER BY d.id DESC", limit);
        self.all(query).await
    }

    /// Requests of firms to stations in scope before a key, newest first; `open` ones only.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn firm_requests(&self, scope: &Scope, open: bool, before: i64, limit: i64) -> Result<Vec<FirmRequest>> {
        let mut query = Query::new(REQUEST);
        query.push_bind(" WHERE e.id < ", before);
        query.within(scope, &OF_ENTRY);
        if open {
            query.push(" AND e.state = 'asked'");
        }
        query.push_page(" ORDER BY e.id DESC", limit);
        self.all(query).await
    }

    /// What firms wait for in scope: questions and reports not answered, requests not handled; how many of each, and the
    /// instant of the oldest.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn firms_waiting(&self, scope: &Scope) -> Result<FirmsWaiting> {
        let mut query = Query::new("SELECT (SELECT count(*) FROM consultation e WHERE e.answered_at IS NULL");
        query.within(scope, &OF_ENTRY);
        query.push(") AS questions, (SELECT min(e.asked_at) FROM consultation e WHERE e.answered_at IS NULL");
        query.within(scope, &OF_ENTRY);
        query.push(") AS asked_at, (SELECT count(*) FROM firm_request e WHERE e.state = 'asked'");
        query.within(scope, &OF_ENTRY);
        query.push(") AS requests, (SELECT min(e.asked_at) FROM firm_request e WHERE e.state = 'asked'");
        query.within(scope, &OF_ENTRY);
        query.push(") AS requested_at");
        self.one(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn firm_request(&self, scope: &Scope, id: i64) -> Result<Option<FirmRequest>> {
        let mut query = Query::new(REQUEST);
        query.push_bind(" WHERE e.id = ", id);
        query.within(scope, &OF_ENTRY);
        self.optional(query).await
    }
}

impl Tx<'_> {
    /// How many keys a firm was sent since an instant.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn recent_firm_keys(&mut self, uscc: &str, since: i64) -> Result<i64> {
        let query = Query::new("SELECT count(*) FROM firm_key WHERE uscc = $1 AND queued_at >= $2");
        let (count,): (i64,) = self.one(query.bind(uscc).bind(since)).await?;
        Ok(count)
    }

    /// Makes a key and queues the letter that carries it, or tells what came of a request.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_firm_key(&mut self, new: &NewFirmKey<'_>) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO firm_key (uscc, channel, address, token, until, request_id, state, attempts, queued_at, next_at, \
             receipt, problem) VALUES ($1, 'mail', $2, $3, $4, $5, 'queued', 0, $6, $6, '', '') RETURNING id",
        );
        let query = query.bind(new.uscc).bind(new.address).bind(new.token).bind(new.until).bind(new.request);
        self.insert(query.bind(self.at())).await
    }

    /// A key belongs to another mailbox from now on.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn readdress_firm_key(&mut self, id: i64, address: &str) -> Result<()> {
        self.execute(Query::new("UPDATE firm_key SET address = $1 WHERE id = $2").bind(address).bind(id))
            .await
            .map(drop)
    }

    /// A firm says that what one roster holds of it is right.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn confirm_member(&mut self, member: i64) -> Result<()> {
        let query = Query::new("UPDATE roster_member SET confirmed_at = $1 WHERE id = $2");
        self.execute(query.bind(self.at()).bind(member)).await.map(drop)
    }

    /// A firm wants warnings again, on the rosters that have it with this mailbox.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn unmute_firm(&mut self, uscc: &str, mailbox: &str) -> Result<()> {
        let query = Query::new("UPDATE roster_member SET muted_at = NULL WHERE uscc = $1 AND lower(email) = lower($2)");
        self.execute(query.bind(uscc).bind(mailbox)).await.map(drop)
    }

    /// Puts a firm's request at a station's door.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when one of the same firm waits there already.
    pub async fn add_firm_request(&mut self, station: &Placed, new: &super::NewRosterMember) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO firm_request (station_id, city, county, uscc, name, firm_city, products, hs_codes, markets, contact, \
             phone, email, state, reason, asked_at, handled_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
             'asked', '', $13, '') RETURNING id",
        );
        let query = query.bind(station.id).bind(&station.city).bind(station.county.clone()).bind(&new.uscc);
        let query = query.bind(&new.name).bind(&new.city).bind(&new.products).bind(&new.hs_codes).bind(&new.markets);
        let query = query.bind(&new.contact).bind(&new.phone).bind(&new.email).bind(self.at());
        let id = self.insert(query).await.map_err(|error| {
            if error.is_duplicate() {
                Error::Conflict("该企业已向这家工作站提交过登记，正在等待处理，不用再次提交".to_owned())
            } else {
                error
            }
        })?;
        self.concerns(id);
        Ok(id)
    }

    /// Records what came of a request.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when somebody else handled it.
    pub async fn handle_firm_request(&mut self, id: i64, state: &str, reason: &str) -> Result<()> {
        let query = Query::new(
            "UPDATE firm_request SET state = $1, reason = $2, handled_at = $3, handled_by = $4 WHERE id = $5 AND state = 'asked'",
        );
        let query = query.bind(state).bind(reason).bind(self.at()).bind(self.mandate().actor().name.clone());
        if self.execute(query.bind(id)).await? == 0 {
            return Err(Error::Conflict("该登记刚刚已经处理，请刷新后查看".to_owned()));
        }
        self.concerns(id);
        Ok(())
    }
}
