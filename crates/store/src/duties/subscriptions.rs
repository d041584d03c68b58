//! 订阅 (Article 5(1) and (3)): who asked to hear of warnings: anyone by e-mail, and groups and systems of a station or of
//! the department.

use std::fmt;

use jiff::Timestamp;
use regulation::general::{Placed, Scope};

use super::manager;
use crate::query::{Query, ScopeColumns};
use crate::{Error, Result, Store, Tx, instant_number};

/// A subscription with the station it belongs to.
#[derive(Clone, sqlx::FromRow)]
pub struct Subscription {
    pub id: i64,
    /// `mail`, `wecom`, `dingtalk`, `webhook`.
    pub channel: String,
    /// `None` for the department's, and for anyone's by e-mail.
    pub station_id: Option<i64>,
    pub station: Option<String>,
    pub managed_by: Option<String>,
    pub city: Option<String>,
    pub county: Option<String>,
    /// What its people call it; empty for an e-mail address.
    pub name: String,
    /// Whoever knows it can write to it; empty once ended.
    pub address: String,
    /// What messages to it are signed with.
    pub secret: String,
    /// Stands for the address: the same for the same one, and tells nothing of it.
    pub mark: String,
    /// Opens an e-mail subscriber's own page.
    pub token: String,
    pub industry: String,
    pub markets: String,
    /// Comma-separated digits.
    pub codes: String,
    /// The least pressing level asked for, by key.
    pub least: String,
    /// Minutes of the day in China; equal for no quiet hours.
    pub quiet_from: i64,
    pub quiet_to: i64,
    pub created_at: i64,
    pub created_by: String,
    pub confirmed_at: Option<i64>,
    pub paused_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub tried_at: Option<i64>,
    /// Whether the message was taken when it was tried last, and what came back.
    pub tried_taken: i64,
    pub tried: String,
}

/// Address, key and token are for nobody's eyes.
impl fmt::Debug for Subscription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Subscription {{ id: {}, channel: {} }}", self.id, self.channel)
    }
}

impl Subscription {
    /// The station it belongs to; `None` for the department's own and for an e-mail address.
    pub fn placed(&self) -> Option<Placed> {
        Some(Placed {
            id: self.station_id?,
            city: self.city.clone()?,
            county: self.county.clone(),
            manager: manager(self.managed_by.as_deref()?),
        })
    }
}

/// What is asked for, as it is kept.
#[derive(Clone, Default)]
pub struct NewSubscription {
    pub channel: &'static str,
    pub station: Option<i64>,
    pub name: String,
    pub address: String,
    pub secret: String,
    pub mark: String,
    pub token: String,
    pub industry: String,
    pub markets: String,
    pub codes: String,
    pub least: String,
    pub quiet: (i64, i64),
    /// Whether it begins at once, or when its address confirms.
    pub confirmed: bool,
}

/// E-mail addresses that hear of an industry's warnings.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Subscribers {
    /// Empty for all industries.
    pub industry: String,
    pub addresses: i64,
}

const SUBSCRIPTION: &str = "SELECT e.id, e.channel, e.station_id, s.name AS station, s.managed_by, s.city, s.county, e.name, \
                            e.address, e.secret, e.mark, e.token, e.industry, e.markets, e.codes, e.least, e.quiet_from, \
                            e.quiet_to, e.created_at, e.created_by, e.confirmed_at, e.paused_at, e.ended_at, e.tried_at, \
                            e.tried_taken, e.tried FROM subscription e LEFT JOIN station s ON s.id = e.station_id";

/// Subscriptions that hear of warnings now: the condition of an index.
const LIVE: &str = "e.confirmed_at IS NOT NULL AND e.paused_at IS NULL AND e.ended_at IS NULL";

/// Scope of the table `e` of subscriptions, with the station `s` it belongs to.
const OF_SUBSCRIPTION: ScopeColumns = ScopeColumns {
    city: " AND s.city = ",
    county: " AND s.county = ",
    station: " AND e.station_id = ",
    station_name: "e.station_id",
};

impl Store {
    /// Subscriptions that hear now and ask for one of these industries or for all. Whoever asks is about to write to them,
    /// and shows nobody but counts.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn subscribers(&self, industries: &[&str]) -> Result<Vec<Subscription>> {
        let mut query = Query::new(SUBSCRIPTION);
        query.push(" WHERE ");
        query.push(LIVE);
        query.push(" AND e.industry IN (''");
        for industry in industries {
            query.push_bind(", ", *industry);
        }
        query.push(") ORDER BY e.id");
        self.all(query).await
    }

    /// Groups and systems in scope before a key, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn subscriptions(&self, scope: &Scope, before: i64, limit: i64) -> Result<Vec<Subscription>> {
        let mut query = Query::new(SUBSCRIPTION);
        query.push_bind(" WHERE e.channel <> 'mail' AND e.ended_at IS NULL AND e.id < ", before);
        query.within(scope, &OF_SUBSCRIPTION);
        query.push_page(" ORDER BY e.id DESC", limit);
        self.all(query).await
    }

    /// A subscription in scope that has not ended.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn subscription(&self, scope: &Scope, id: i64) -> Result<Option<Subscription>> {
        let mut query = Query::new(SUBSCRIPTION);
        query.push_bind(" WHERE e.ended_at IS NULL AND e.id = ", id);
        query.within(scope, &OF_SUBSCRIPTION);
        self.optional(query).await
    }

    /// The subscription an e-mail's link belongs to, ended or not.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn subscription_by_token(&self, token: &str) -> Result<Option<Subscription>> {
        let mut query = Query::new(SUBSCRIPTION);
        query.push_bind(" WHERE e.channel = 'mail' AND e.token = ", token);
        self.optional(query).await
    }

    /// Subscriptions by their keys, for the worker that has something for them.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn subscriptions_by_id(&self, ids: &[i64]) -> Result<Vec<Subscription>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Query::new(SUBSCRIPTION);
        query.push_list(" WHERE e.id IN (", ids);
        self.all(query).await
    }

    /// How many e-mail addresses hear of each industry's warnings.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn count_subscribers(&self) -> Result<Vec<Subscribers>> {
        let mut query = Query::new(
            "SELECT e.industry, count(DISTINCT e.mark) AS addresses FROM subscription e WHERE e.channel = 'mail' AND ",
        );
        query.push(LIVE);
        query.push(" GROUP BY e.industry ORDER BY e.industry");
        self.all(query).await
    }

    /// Forgets addresses nobody confirmed, and what asked them to. Returns how many rows went.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn forget_unconfirmed(&self, asked_before: Timestamp) -> Result<u64> {
        let asked = Query::new(
            "DELETE FROM posting WHERE subscription_id IN (SELECT id FROM subscription WHERE confirmed_at IS NULL \
             AND created_at < $1)",
        );
        let unconfirmed = Query::new("DELETE FROM subscription WHERE confirmed_at IS NULL AND created_at < $1");
        let before = instant_number(asked_before);
        self.upkeep(vec![asked.bind(before), unconfirmed.bind(before)]).await
    }

    /// When a robot will have borne what it was sent; `None` for one never written to.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn pace_of(&self, mark: &str) -> Result<Option<i64>> {
        let query = Query::new("SELECT full_at FROM channel_pace WHERE mark = $1");
        let row: Option<(i64,)> = self.optional(query.bind(mark)).await?;
        Ok(row.map(|(full_at,)| full_at))
    }

    /// Takes a robot's turn, unless another worker took it since `held` was read; whether it was taken.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn take_turn(&self, mark: &str, held: Option<i64>, full_at: i64) -> Result<bool> {
        let query = match held {
            None => {
                Query::new("INSERT INTO channel_pace (full_at, mark) VALUES ($1, $2) ON CONFLICT (mark) DO NOTHING")
                    .bind(full_at)
                    .bind(mark)
            }
            Some(held) => Query::new("UPDATE channel_pace SET full_at = $1 WHERE mark = $2 AND full_at = $3")
                .bind(full_at)
                .bind(mark)
                .bind(held),
        };
        Ok(self.upkeep(vec![query]).await? > 0)
    }
}

impl Tx<'_> {
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when a group or system has this address already.
    pub async fn add_subscription(&mut self, new: &NewSubscription) -> Result<i64> {
        let confirmed = new.confirmed.then(|| self.at());
        let query = Query::new(
            "INSERT INTO subscription (channel, station_id, name, address, secret, mark, token, industry, markets, codes, least, \
             quiet_from, quiet_to, created_at, created_by, confirmed_at, tried_taken, tried) VALUES ($1, $2, $3, $4, $5, $6, $7, \
             $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, '') RETURNING id",
        );
        let query = query.bind(new.channel).bind(new.station).bind(&new.name).bind(&new.address).bind(&new.secret);
        let query = query.bind(&new.mark).bind(&new.token).bind(&new.industry).bind(&new.markets).bind(&new.codes);
        let query = query.bind(&new.least).bind(new.quiet.0).bind(new.quiet.1).bind(self.at());
        let query = query.bind(self.mandate().actor().name.clone()).bind(confirmed);
        let id = self.insert(query).await.map_err(|error| match error.is_duplicate() {
            true => Error::Conflict("这个推送地址已经登记，同一地址只登记一次".to_owned()),
            false => error,
        })?;
        self.concerns(id);
        Ok(id)
    }

    /// Confirmations asked for since an instant: of all addresses, and of the one with this mark.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn recent_requests(&mut self, mark: &str, since: i64) -> Result<(i64, i64)> {
        let query = Query::new(
            "SELECT count(*), count(CASE WHEN mark = $1 THEN 1 END) FROM posting \
             WHERE warning_id IS NULL AND queued_at >= $2",
        );
        self.one(query.bind(mark).bind(since)).await
    }

    /// Subscriptions of an e-mail address that hear now.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn count_of_address(&mut self, mark: &str) -> Result<i64> {
        let query = Query::new(
            "SELECT count(*) FROM subscription WHERE mark = $1 AND confirmed_at IS NOT NULL AND ended_at IS NULL",
        );
        let (count,): (i64,) = self.one(query.bind(mark)).await?;
        Ok(count)
    }

    /// The address says that it is its own wish.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn confirm_subscription(&mut self, id: i64) -> Result<()> {
        let query = Query::new("UPDATE subscription SET confirmed_at = $1 WHERE id = $2 AND confirmed_at IS NULL");
        self.execute(query.bind(self.at()).bind(id)).await.map(drop)
    }

    /// An e-mail address wants no more of it: all its subscriptions end and the address is forgotten; what waits for it, or was
    /// given up, does not go out.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn leave(&mut self, mark: &str) -> Result<()> {
        let query = Query::new(
            "UPDATE posting SET state = 'cancelled' WHERE state IN ('queued', 'dead') AND subscription_id IN \
             (SELECT id FROM subscription WHERE mark = $1)",
        );
        self.execute(query.bind(mark)).await?;
        let query = Query::new(
            "UPDATE subscription SET ended_at = $1, address = '', markets = '', codes = '' WHERE mark = $2 AND ended_at IS NULL",
        );
        self.execute(query.bind(self.at()).bind(mark)).await.map(drop)
    }

    /// A group or system is taken off: its address and key are forgotten, what waits for it does not go out.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn remove_subscription(&mut self, id: i64) -> Result<()> {
        self.cancel_postings(id).await?;
        let query = Query::new("UPDATE subscription SET ended_at = $1, address = '', secret = '' WHERE id = $2");
        self.execute(query.bind(self.at()).bind(id)).await.map(drop)
    }

    /// A group or system hears nothing until it is resumed; what waits for it does not go out.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn pause_subscription(&mut self, id: i64) -> Result<()> {
        self.cancel_postings(id).await?;
        let query = Query::new("UPDATE subscription SET paused_at = $1 WHERE id = $2 AND paused_at IS NULL");
        self.execute(query.bind(self.at()).bind(id)).await.map(drop)
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn resume_subscription(&mut self, id: i64) -> Result<()> {
        self.execute(Query::new("UPDATE subscription SET paused_at = NULL WHERE id = $1").bind(id)).await.map(drop)
    }

    /// Whether the message was taken when it was tried, and what came back.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn note_trial(&mut self, id: i64, taken: bool, back: &str) -> Result<()> {
        let query = Query::new("UPDATE subscription SET tried_at = $1, tried_taken = $2, tried = $3 WHERE id = $4");
        self.execute(query.bind(self.at()).bind(taken).bind(back).bind(id)).await.map(drop)
    }

    async fn cancel_postings(&mut self, subscription: i64) -> Result<()> {
        let query = Query::new(
            "UPDATE posting SET state = 'cancelled' WHERE subscription_id = $1 AND state IN ('queued', 'dead')",
        );
        self.execute(query.bind(subscription)).await.map(drop)
    }
}
