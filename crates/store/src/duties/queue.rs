//! Messages that wait to go out, whatever table holds them: letters to firms, their keys, postings to subscribers. One worker
//! takes a message up and alone records what came of it; when that worker is gone, the message is put back.

use jiff::Timestamp;

use crate::query::Query;
use crate::{Record, Result, Store, dialect, instant_number};

/// What came of a message that was taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent {
        receipt: String,
    },
    /// Tried again at an instant.
    Again {
        at: i64,
        problem: String,
    },
    /// Not tried: it is not its turn before this instant.
    Later {
        at: i64,
    },
    Dead {
        problem: String,
    },
    /// Nobody wants it any more.
    Cancelled {
        problem: String,
    },
}

/// A table of messages; each has the columns the statements here name.
#[derive(Clone, Copy)]
pub(super) enum Queue {
    Deliveries,
    FirmKeys,
    Postings,
}

impl Queue {
    fn table(self) -> &'static str {
        match self {
            Queue::Deliveries => "delivery",
            Queue::FirmKeys => "firm_key",
            Queue::Postings => "posting",
        }
    }

    /// What is due at an instant, over one of these channels; over any where none is named.
    fn due(self, query: &mut Query, at: Timestamp, channels: &[&str]) {
        query.push("SELECT id FROM ");
        query.push(self.table());
        query.push_bind(" WHERE state = 'queued' AND next_at <= ", instant_number(at));
        let mut text = " AND channel IN (";
        for channel in channels {
            query.push_bind(text, *channel);
            text = ", ";
        }
        if !channels.is_empty() {
            query.push(")");
        }
    }

    /// Begins a statement that changes this table.
    fn update(self) -> Query {
        let mut query = Query::new("UPDATE ");
        query.push(self.table());
        query
    }
}

impl Store {
    /// Takes up messages that are due, so that no other worker does, and counts the attempt; gives back these columns.
    pub(super) async fn claim<T: Record>(
        &self,
        queue: Queue,
        at: Timestamp,
        channels: &[&str],
        limit: i64,
        columns: &'static str,
    ) -> Result<Vec<T>> {
        // The rows are chosen once, before any is changed: a plan may run a bare sub-query again and choose others.
        let mut query = Query::new("WITH due AS MATERIALIZED (");
        queue.due(&mut query, at, channels);
        query.push_page(" ORDER BY next_at, id", limit);
        query.push(dialect::skip_locked(self.backend()));
        query.push(") UPDATE ");
        query.push(queue.table());
        query.push_bind(" SET state = 'sending', attempts = attempts + 1, claimed_at = ", instant_number(at));
        query.push(" WHERE id IN (SELECT id FROM due) AND state = 'queued' RETURNING ");
        query.push(columns);
        self.upkeep_all(query).await
    }

    /// Puts back what a worker took up and, being gone, never settled.
    pub(super) async fn release(&self, queue: Queue, claimed_before: Timestamp) -> Result<u64> {
        let mut query = queue.update();
        query.push_bind(
            " SET state = 'queued' WHERE state = 'sending' AND claimed_at < ",
            instant_number(claimed_before),
        );
        self.upkeep(vec![query]).await
    }

    /// Whether any message is due.
    pub(super) async fn waiting(&self, queue: Queue, at: Timestamp, channels: &[&str]) -> Result<bool> {
        let mut query = Query::new("SELECT count(*) FROM (");
        queue.due(&mut query, at, channels);
        query.push(" LIMIT 1) w");
        let (waiting,): (i64,) = self.one(query).await?;
        Ok(waiting > 0)
    }

    /// Records what came of a message at a try. One put back and taken up again since is at a later try, and is left to
    /// whoever took it up.
    pub(super) async fn settle(
        &self,
        queue: Queue,
        (id, attempts): (i64, i64),
        outcome: &Outcome,
        at: Timestamp,
    ) -> Result<()> {
        let mut query = queue.update();
        match outcome {
            Outcome::Sent { receipt } => {
                query.push_bind(" SET state = 'sent', problem = '', sent_at = ", instant_number(at));
                query.push_bind(", receipt = ", receipt);
            }
            Outcome::Again { at, problem } => {
                query.push_bind(" SET state = 'queued', next_at = ", *at);
                query.push_bind(", problem = ", problem);
            }
            Outcome::Later { at } => {
                query.push_bind(" SET state = 'queued', attempts = attempts - 1, next_at = ", *at);
            }
            Outcome::Dead { problem } => {
                query.push_bind(" SET state = 'dead', next_at = ", instant_number(at));
                query.push_bind(", problem = ", problem);
            }
            Outcome::Cancelled { problem } => {
                query.push_bind(" SET state = 'cancelled', problem = ", problem);
            }
        }
        query.push_bind(" WHERE id = ", id);
        query.push_bind(" AND state = 'sending' AND attempts = ", attempts);
        self.upkeep(vec![query]).await.map(drop)
    }
}
