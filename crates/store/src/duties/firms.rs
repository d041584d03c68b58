//! 企业自助 (Article 5(1), reading K95): what a firm does of its own: reads all that was sent to it, keeps its registration,
//! asks to be put on a roster.

use jiff::Timestamp;
use regulation::general::{Placed, Scope};

use super::deliveries::UNTOLD;
use super::queue::{Outcome, Queue};
use super::{MEMBER, RosterMember, manager};
use crate::query::{OF_ENTRY, Query};
use crate::{Error, Result, Store, Tx};

/// The key to a firm's own page, and how the letter that carries it stands.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FirmKey {
    pub id: i64,
    /// The firm's unified social credit code.
    pub uscc: String,
    pub address: String,
    pub token: String,
    /// The instant it opens nothing any more.
    pub until: i64,
    /// The request whose outcome the letter tells.
    pub request_id: Option<i64>,
    /// The row of a roster whose mailbox the address becomes once it is confirmed from there.
    pub member_id: Option<i64>,
    pub state: String,
    pub attempts: i64,
    /// When it goes out at the earliest; when it was given up, once it is.
    pub next_at: i64,
    pub sent_at: Option<i64>,
    pub problem: String,
}

/// A key to be sent.
#[derive(Clone, Debug)]
pub struct NewFirmKey<'a> {
    pub uscc: &'a str,
    pub address: &'a str,
    pub token: String,
    pub until: i64,
    /// The request whose outcome the letter tells.
    pub request: Option<i64>,
    /// The row of a roster whose mailbox the address is to become.
    pub member: Option<i64>,
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
    /// Why a code that does not check is kept.
    pub uscc_note: String,
    /// `asked`, `accepted` or `refused`.
    pub state: String,
    pub reason: String,
    pub asked_at: i64,
    pub handled_at: Option<i64>,
    pub handled_by: String,
}

/// What waits for a station to answer or tell its firms.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct FirmsWaiting {
    pub questions: i64,
    pub asked_at: Option<i64>,
    pub requests: i64,
    pub requested_at: Option<i64>,
    /// Messages that reached no firm of its roster: see [`Store::untold`].
    pub untold: i64,
    pub untold_at: Option<i64>,
}

impl FirmRequest {
    pub fn placed(&self) -> Placed {
        let (city, county) = (self.city.clone(), self.county.clone());
        Placed { id: self.station_id, city, county, manager: manager(&self.managed_by) }
    }
}

const REQUEST: &str = "SELECT e.id, e.station_id, s.name AS station, s.managed_by, e.city, e.county, e.uscc, e.name, e.firm_city, \
                       e.products, e.hs_codes, e.markets, e.contact, e.phone, e.email, e.uscc_note, e.state, e.reason, \
                       e.asked_at, e.handled_at, e.handled_by FROM firm_request e JOIN station s ON s.id = e.station_id";

const KEY: &str = "id, uscc, address, token, until, request_id, member_id, state, attempts, next_at, sent_at, problem";

/// Ends the wait of a mailbox to become a row's: its letter does not go out any more, its link confirms nothing.
const VOID: &str = "UPDATE firm_key SET member_id = NULL, \
                    state = CASE WHEN state IN ('queued', 'sending') THEN 'cancelled' ELSE state END WHERE member_id = ";

/// Begins a question for keys.
fn keys() -> Query {
    let mut query = Query::new("SELECT ");
    query.push(KEY);
    query.push(" FROM firm_key");
    query
}

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
        let mut query = keys();
        query.push_bind(" WHERE token = ", token);
        query.push_bind(" AND until > ", at);
        self.optional(query).await
    }

    /// Keys by which other mailboxes of these rows of rosters can be confirmed at an instant.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn pending_mailboxes(&self, members: &[i64], at: i64) -> Result<Vec<FirmKey>> {
        if members.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = keys();
        query.push_list(" WHERE member_id IN (", members);
        query.push_bind(" AND until > ", at);
        self.all(query).await
    }

    /// The letters that tell what came of these requests.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn outcome_letters(&self, requests: &[i64]) -> Result<Vec<FirmKey>> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = keys();
        query.push_list(" WHERE request_id IN (", requests);
        self.all(query).await
    }

    /// The last letter with a link to the mailbox of a row of a roster, or to one that is to become it.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn last_firm_key(&self, row: &RosterMember) -> Result<Option<FirmKey>> {
        let mut query = keys();
        query.push_bind(" WHERE uscc = ", &row.uscc);
        // What tells of a refusal carries no link.
        query.push_bind(" AND until > queued_at AND (lower(address) = lower(", &row.email);
        query.push_bind(") OR member_id = ", row.id);
        query.push(")");
        query.push_page(" ORDER BY queued_at DESC, id DESC", 1);
        self.optional(query).await
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
    pub async fn claim_firm_keys(&self, at: Timestamp, limit: i64) -> Result<Vec<FirmKey>> {
        self.claim(Queue::FirmKeys, at, &[], limit, KEY).await
    }

    /// Puts back what a worker took up and, being gone, never settled.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn release_firm_keys(&self, claimed_before: Timestamp) -> Result<u64> {
        self.release(Queue::FirmKeys, claimed_before).await
    }

    /// Records what came of a letter that was taken up: `at_try` is its key and the number of the try.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn settle_firm_key(&self, at_try: (i64, i64), outcome: &Outcome, at: Timestamp) -> Result<()> {
        self.settle(Queue::FirmKeys, at_try, outcome, at).await
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
             WHERE w.published_at IS NOT NULL AND d.channel IN ('mail', 'sms', 'site')",
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

    /// What firms wait for in scope: questions and reports not answered, requests not handled, and, for one station, warnings
    /// that reached them by no message; how many of each, and the instant of the oldest.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn firms_waiting(&self, scope: &Scope, station: Option<i64>) -> Result<FirmsWaiting> {
        let mut query = Query::new("SELECT (SELECT count(*) FROM consultation e WHERE e.answered_at IS NULL");
        query.within(scope, &OF_ENTRY);
        query.push(") AS questions, (SELECT min(e.asked_at) FROM consultation e WHERE e.answered_at IS NULL");
        query.within(scope, &OF_ENTRY);
        query.push(") AS asked_at, (SELECT count(*) FROM firm_request e WHERE e.state = 'asked'");
        query.within(scope, &OF_ENTRY);
        query.push(") AS requests, (SELECT min(e.asked_at) FROM firm_request e WHERE e.state = 'asked'");
        query.within(scope, &OF_ENTRY);
        query.push(") AS requested_at, ");
        match station {
            Some(station) => {
                query.push("(SELECT count(*)");
                query.push(UNTOLD);
                query.push_bind(" AND d.station_id = ", station);
                query.push(") AS untold, (SELECT min(d.queued_at)");
                query.push(UNTOLD);
                query.push_bind(" AND d.station_id = ", station);
                query.push(") AS untold_at");
            }
            None => query.push("CAST(0 AS BIGINT) AS untold, CAST(NULL AS BIGINT) AS untold_at"),
        }
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

    /// Makes a key and queues the letter that carries it, or tells what came of a request. Of the mailboxes a row is to
    /// have, the last one given stands.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when another mailbox was given at the same moment.
    pub async fn add_firm_key(&mut self, new: &NewFirmKey<'_>) -> Result<i64> {
        if let Some(member) = new.member {
            let mut query = Query::new(VOID);
            query.push_bind("", member);
            self.execute(query).await?;
        }
        let query = Query::new(
            "INSERT INTO firm_key (uscc, channel, address, token, until, request_id, member_id, state, attempts, queued_at, \
             next_at, receipt, problem) VALUES ($1, 'mail', $2, $3, $4, $5, $6, 'queued', 0, $7, $7, '', '') RETURNING id",
        );
        let query = query.bind(new.uscc).bind(new.address).bind(&new.token).bind(new.until).bind(new.request);
        self.insert(query.bind(new.member).bind(self.at())).await.map_err(|error| {
            if error.is_duplicate() {
                Error::Conflict("登记的邮箱刚刚已有变动，请刷新后再改".to_owned())
            } else {
                error
            }
        })
    }

    /// Queues a letter again that was given up, with another key: the one it carried may have been read all the same.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it is not given up any more.
    pub async fn renew_firm_key(&mut self, id: i64, new: &NewFirmKey<'_>) -> Result<()> {
        let query = Query::new(
            "UPDATE firm_key SET address = $1, token = $2, until = $3, state = 'queued', attempts = 0, queued_at = $4, \
             next_at = $4, problem = '' WHERE id = $5 AND state = 'dead'",
        );
        let query = query.bind(new.address).bind(&new.token).bind(new.until).bind(self.at());
        if self.execute(query.bind(id)).await? == 0 {
            return Err(Error::Conflict("该邮件刚刚已重新发送，请刷新后查看".to_owned()));
        }
        Ok(())
    }

    /// The mailbox a key was sent to becomes its row's: whoever reads it says so. From then on the key is one like others.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the row was given another meanwhile, or is off the roster.
    pub async fn confirm_mailbox(&mut self, key: &FirmKey) -> Result<()> {
        let query = Query::new("UPDATE firm_key SET member_id = NULL WHERE id = $1 AND member_id = $2");
        let keyed = self.execute(query.bind(key.id).bind(key.member_id)).await?;
        let query = Query::new(
            "UPDATE roster_member SET email = $1, confirmed_at = $2, updated_at = $2 WHERE id = $3 AND removed_at IS NULL",
        );
        let query = query.bind(&key.address).bind(self.at()).bind(key.member_id);
        if keyed == 0 || self.execute(query).await? == 0 {
            return Err(Error::Conflict("登记的邮箱刚刚已有变动，请刷新后查看".to_owned()));
        }
        Ok(())
    }

    /// No mailbox waits to become that of a station's row any more, once the station gives the row another.
    pub(super) async fn void_mailbox(&mut self, station: i64, uscc: &str, email: &str) -> Result<()> {
        let mut query = Query::new(VOID);
        query.push_bind("(SELECT id FROM roster_member WHERE station_id = ", station);
        query.push_bind(" AND uscc = ", uscc);
        query.push_bind(" AND lower(email) <> lower(", email);
        query.push("))");
        self.execute(query).await.map(drop)
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

    /// Requests of firms since an instant: all, those of one credit code and those of one mailbox.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn recent_firm_requests(&mut self, uscc: &str, mailbox: &str, since: i64) -> Result<(i64, i64, i64)> {
        let query = Query::new(
            "SELECT count(*), count(CASE WHEN uscc = $1 THEN 1 END), count(CASE WHEN lower(email) = lower($2) THEN 1 END) \
             FROM firm_request WHERE asked_at >= $3",
        );
        self.one(query.bind(uscc).bind(mailbox).bind(since)).await
    }

    /// Puts a firm's request at a station's door.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when one of the same firm waits there already.
    pub async fn add_firm_request(&mut self, station: &Placed, new: &super::NewRosterMember) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO firm_request (station_id, city, county, uscc, name, firm_city, products, hs_codes, markets, contact, \
             phone, email, uscc_note, state, reason, asked_at, handled_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
             $11, $12, $13, 'asked', '', $14, '') RETURNING id",
        );
        let query = query.bind(station.id).bind(&station.city).bind(station.county.clone()).bind(&new.uscc);
        let query = query.bind(&new.name).bind(&new.city).bind(&new.products).bind(&new.hs_codes).bind(&new.markets);
        let query = query.bind(&new.contact).bind(&new.phone).bind(&new.email).bind(&new.uscc_note);
        let id = self.insert(query.bind(self.at())).await.map_err(|error| {
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
