//! 投递: what is to reach a subscriber, queued in the transaction that publishes, once per warning and subscription, and once
//! per warning and address.

use jiff::Timestamp;
use regulation::general::Scope;

use super::queue::{Outcome, Queue};
use crate::query::{Query, ScopeColumns};
use crate::{Result, Store, Tx};

/// One message to one subscriber.
#[derive(Clone, Debug)]
pub struct NewPosting {
    pub subscription: i64,
    pub channel: String,
    pub mark: String,
}

/// A posting taken up by a worker.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ClaimedPosting {
    pub id: i64,
    /// `None` when the address is asked to confirm.
    pub warning_id: Option<i64>,
    pub subscription_id: i64,
    /// Empty for the publication, else the correction or retraction it tells of.
    pub occasion: String,
    pub attempts: i64,
}

/// A posting that was given up.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DeadPosting {
    pub id: i64,
    pub subscription_id: i64,
    pub channel: String,
    pub name: String,
    pub address: String,
    /// `None` when the address was asked to confirm.
    pub warning_id: Option<i64>,
    pub title: Option<String>,
    pub given_up_at: i64,
    pub problem: String,
}

/// Scope of the table `p` of postings: that of the subscription. Given up are few, so each asks for its own.
const OF_POSTING: ScopeColumns = ScopeColumns {
    city: " AND (SELECT s.city FROM subscription e JOIN station s ON s.id = e.station_id WHERE e.id = p.subscription_id) = ",
    county: " AND (SELECT s.county FROM subscription e JOIN station s ON s.id = e.station_id WHERE e.id = p.subscription_id) = ",
    station: " AND (SELECT e.station_id FROM subscription e WHERE e.id = p.subscription_id) = ",
    station_name: "(SELECT e.station_id FROM subscription e WHERE e.id = p.subscription_id)",
};

/// Rows a statement inserts at once.
const ROWS: usize = 500;

impl Store {
    /// Takes up postings over these channels that are due, so that no other worker does, and counts the attempt.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn claim_postings(&self, at: Timestamp, channels: &[&str], limit: i64) -> Result<Vec<ClaimedPosting>> {
        self.claim(Queue::Postings, at, channels, limit, "id, warning_id, subscription_id, occasion, attempts").await
    }

    /// Puts back what a worker took up and, being gone, never settled.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn release_postings(&self, claimed_before: Timestamp) -> Result<u64> {
        self.release(Queue::Postings, claimed_before).await
    }

    /// Whether any posting over these channels is due.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn postings_waiting(&self, at: Timestamp, channels: &[&str]) -> Result<bool> {
        self.waiting(Queue::Postings, at, channels).await
    }

    /// Records what came of a posting that was taken up: `at_try` is its key and the number of the try.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn settle_posting(&self, at_try: (i64, i64), outcome: &Outcome, at: Timestamp) -> Result<()> {
        self.settle(Queue::Postings, at_try, outcome, at).await
    }

    /// Postings given up, to subscriptions in scope, before a key, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn dead_postings(&self, scope: &Scope, before: i64, limit: i64) -> Result<Vec<DeadPosting>> {
        let mut query = Query::new(
            "SELECT p.id, p.subscription_id, p.channel, (SELECT e.name FROM subscription e WHERE e.id = p.subscription_id) AS name, \
             (SELECT e.address FROM subscription e WHERE e.id = p.subscription_id) AS address, p.warning_id, \
             (SELECT w.title FROM warning w WHERE w.id = p.warning_id) AS title, p.next_at AS given_up_at, p.problem \
             FROM posting p",
        );
        query.push_bind(" WHERE p.state = 'dead' AND p.id < ", before);
        query.within(scope, &OF_POSTING);
        query.push_page(" ORDER BY p.id DESC", limit);
        self.all(query).await
    }
}

impl Tx<'_> {
    /// Queues a warning for subscribers. One queued before, for the subscription or its address, is not queued again.
    /// Returns how many are new.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn queue_postings(&mut self, warning: i64, new: &[NewPosting]) -> Result<u64> {
        let mut queued = 0;
        for part in new.chunks(ROWS) {
            queued += self.insert_postings(Some(warning), part).await?;
        }
        Ok(queued)
    }

    /// Queues what is to be said of a warning to whoever was told of it. Returns how many.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn queue_postings_again(&mut self, warning: i64, occasion: &str) -> Result<u64> {
        let query = Query::new(
            "INSERT INTO posting (warning_id, subscription_id, channel, mark, state, attempts, queued_at, next_at, receipt, \
             problem, occasion) SELECT p.warning_id, p.subscription_id, p.channel, p.mark, 'queued', 0, $1, $1, '', '', $2 \
             FROM posting p WHERE p.warning_id = $3 AND p.occasion = '' AND p.state IN ('sending', 'sent') \
             ON CONFLICT DO NOTHING",
        );
        self.execute(query.bind(self.at()).bind(occasion).bind(warning)).await
    }

    /// Queues the message that asks an address to confirm.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn queue_request(&mut self, new: NewPosting) -> Result<()> {
        self.insert_postings(None, &[new]).await.map(drop)
    }

    async fn insert_postings(&mut self, warning: Option<i64>, part: &[NewPosting]) -> Result<u64> {
        let mut query = Query::new(
            "INSERT INTO posting (warning_id, subscription_id, channel, mark, state, attempts, queued_at, next_at, receipt, \
             problem) VALUES ",
        );
        let mut text = "(";
        for posting in part {
            query.push_bind(text, warning);
            query.push_bind(", ", posting.subscription);
            query.push_bind(", ", &posting.channel);
            query.push_bind(", ", &posting.mark);
            query.push_bind(", 'queued', 0, ", self.at());
            query.push_bind(", ", self.at());
            query.push(", '', ''");
            text = "), (";
        }
        query.push(") ON CONFLICT DO NOTHING");
        self.execute(query).await
    }

    /// Puts what was given up of a subscription back in the queue. Returns how many.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn requeue_postings(&mut self, subscription: i64) -> Result<u64> {
        let query = Query::new(
            "UPDATE posting SET state = 'queued', attempts = 0, next_at = $1 WHERE subscription_id = $2 AND state = 'dead'",
        );
        self.execute(query.bind(self.at()).bind(subscription)).await
    }
}
