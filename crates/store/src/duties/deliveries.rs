//! Whom warnings reached: messages queued, taken up and settled, what firms answered and asked (Article 5(1) and (3),
//! reading K93).

use regulation::general::{Placed, Scope};

use super::manager;
use super::notices::{TOUCHED, touching};
use super::queue::{Outcome, Queue};
use crate::query::{OF_ENTRY, Query};
use crate::{Error, Result, Store, Tx, instant_number};

/// A firm a warning concerns.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Recipient {
    pub member_id: i64,
    pub station_id: i64,
    pub uscc: String,
    pub name: String,
    pub markets: String,
    pub email: String,
    pub phone: String,
}

/// One message to one firm over one channel.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    pub uscc: String,
    pub member: i64,
    pub station: i64,
    pub channel: String,
    pub address: String,
    /// Opens the firm's page of the warning: known to nobody else.
    pub token: String,
    /// When it may go out at the earliest; `None` when nothing goes out and the firm reads it here.
    pub next_at: Option<i64>,
}

/// A firm that was told of a warning, and where.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Told {
    pub uscc: String,
    pub member_id: i64,
    pub station_id: i64,
    pub address: String,
}

/// A delivery with what its station's list shows.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Delivery {
    pub id: i64,
    pub warning_id: i64,
    pub uscc: String,
    pub member_id: i64,
    pub station_id: i64,
    pub firm: String,
    pub channel: String,
    pub address: String,
    pub token: String,
    pub state: String,
    pub attempts: i64,
    pub queued_at: i64,
    pub next_at: i64,
    pub sent_at: Option<i64>,
    pub problem: String,
    pub opened_at: Option<i64>,
    /// When its station told the firm by hand.
    pub told_at: Option<i64>,
    pub answered_at: Option<i64>,
    pub answer: String,
    pub remark: String,
}

/// A firm of a station's roster that no message on a warning reached.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Untold {
    pub id: i64,
    pub warning_id: i64,
    /// Its number and title.
    pub number: String,
    pub title: String,
    pub publisher: String,
    pub member_id: i64,
    pub firm: String,
    pub contact: String,
    pub phone: String,
    pub channel: String,
    pub token: String,
    pub queued_at: i64,
    pub problem: String,
}

/// How a warning stands with the firms it went to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Reached {
    pub firms: i64,
    pub queued: i64,
    /// Messages on its publication; those on what followed are not counted again.
    pub sent: i64,
    pub dead: i64,
    pub opened: i64,
    pub answered: i64,
    /// Firms with no address whose link nobody has opened yet, and whom nobody has told by hand.
    pub untold: i64,
}

/// A delivery taken up by a worker.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Claimed {
    pub id: i64,
    pub warning_id: i64,
    pub channel: String,
    pub address: String,
    pub token: String,
    pub attempts: i64,
}

/// A question or a barrier a firm reports, and the answer.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Consultation {
    pub id: i64,
    pub delivery_id: i64,
    pub warning_id: i64,
    pub warning: String,
    pub station_id: i64,
    pub station: String,
    pub managed_by: String,
    pub city: String,
    pub county: Option<String>,
    pub firm: String,
    pub kind: String,
    pub text: String,
    pub asked_at: i64,
    pub answer: String,
    pub answered_at: Option<i64>,
    pub answered_by: String,
}

impl Consultation {
    pub fn placed(&self) -> Placed {
        Placed {
            id: self.station_id,
            city: self.city.clone(),
            county: self.county.clone(),
            manager: manager(&self.managed_by),
        }
    }
}

const DELIVERY: &str = "SELECT d.id, d.warning_id, d.uscc, d.member_id, d.station_id, m.name AS firm, d.channel, d.address, \
                        d.token, d.state, d.attempts, d.queued_at, d.next_at, d.sent_at, d.problem, d.opened_at, \
                        d.told_at, d.answered_at, d.answer, d.remark FROM delivery d JOIN roster_member m ON m.id = d.member_id";

const CONSULTATION: &str = "SELECT e.id, e.delivery_id, e.warning_id, w.title AS warning, e.station_id, s.name AS station, \
                            s.managed_by, e.city, e.county, e.firm, e.kind, e.text, e.asked_at, e.answer, e.answered_at, \
                            e.answered_by FROM consultation e JOIN warning w ON w.id = e.warning_id \
                            JOIN station s ON s.id = e.station_id";

/// Messages that reached nobody, on warnings in force, to firms that want to hear.
pub(super) const UNTOLD: &str = " FROM delivery d JOIN warning w ON w.id = d.warning_id JOIN station s ON s.id = w.station_id \
                      JOIN roster_member m ON m.id = d.member_id WHERE d.opened_at IS NULL AND d.told_at IS NULL \
                      AND (d.channel = 'site' OR d.state = 'dead') AND w.stage = 'published' AND m.removed_at IS NULL \
                      AND m.muted_at IS NULL";

/// Rows a statement inserts at once.
const ROWS: usize = 200;

impl Store {
    /// Firms whose codes touch one of these, of every roster: off it or muted, a firm is left out. The rosters are the
    /// stations' own; whoever asks is about to write to the firms, and shows nobody but counts.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn recipients(&self, codes: &[String]) -> Result<Vec<Recipient>> {
        let Some(mut query) = touching(codes) else { return Ok(Vec::new()) };
        query.push(
            "SELECT m.id AS member_id, m.station_id, m.uscc, m.name, m.markets, m.email, m.phone FROM roster_member m \
             WHERE m.removed_at IS NULL AND m.muted_at IS NULL AND m.id IN (SELECT c.member_id ",
        );
        query.push(TOUCHED);
        query.push(") ORDER BY m.id");
        self.all(query).await
    }

    /// How a warning stands with the firms of some stations' rosters, or with all.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn reached(&self, warning: i64, station: Option<i64>) -> Result<Reached> {
        let mut query = Query::new(
            "SELECT count(DISTINCT uscc) AS firms, count(CASE WHEN state IN ('queued', 'sending') THEN 1 END) AS queued, \
             count(CASE WHEN state = 'sent' AND channel IN ('mail', 'sms') THEN 1 END) AS sent, \
             count(CASE WHEN state = 'dead' THEN 1 END) AS dead, \
             count(DISTINCT CASE WHEN opened_at IS NOT NULL THEN uscc END) AS opened, \
             count(DISTINCT CASE WHEN answered_at IS NOT NULL THEN uscc END) AS answered, \
             count(CASE WHEN channel = 'site' AND opened_at IS NULL AND told_at IS NULL THEN 1 END) AS untold FROM delivery",
        );
        query.push_bind(" WHERE warning_id = ", warning);
        if let Some(station) = station {
            query.push_bind(" AND station_id = ", station);
        }
        self.one(query).await
    }

    /// Deliveries of a warning to firms on one station's roster, after a key.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn deliveries(&self, warning: i64, station: i64, after: i64, limit: i64) -> Result<Vec<Delivery>> {
        let mut query = Query::new(DELIVERY);
        query.push_bind(" WHERE d.warning_id = ", warning);
        query.push_bind(" AND d.station_id = ", station);
        query.push_bind(" AND d.id > ", after);
        query.push_page(" ORDER BY d.id", limit);
        self.all(query).await
    }

    /// Firms on one station's roster that no message on a warning in force reached, of whichever station the warning is,
    /// before a key, the newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn untold(&self, station: i64, before: i64, limit: i64) -> Result<Vec<Untold>> {
        let mut query = Query::new(
            "SELECT d.id, d.warning_id, w.number, w.title, s.name AS publisher, d.member_id, m.name AS firm, m.contact, \
             m.phone, d.channel, d.token, d.queued_at, d.problem",
        );
        query.push(UNTOLD);
        query.push_bind(" AND d.station_id = ", station);
        query.push_bind(" AND d.id < ", before);
        query.push_page(" ORDER BY d.id DESC", limit);
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn delivery(&self, id: i64) -> Result<Option<Delivery>> {
        let mut query = Query::new(DELIVERY);
        query.push_bind(" WHERE d.id = ", id);
        self.optional(query).await
    }

    /// The delivery a firm's link belongs to.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn delivery_by_token(&self, token: &str) -> Result<Option<Delivery>> {
        let mut query = Query::new(DELIVERY);
        query.push_bind(" WHERE d.token = ", token);
        self.optional(query).await
    }

    /// That a firm's link was opened: no act of a person, for mail gateways open links too.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn note_opened(&self, delivery: i64, at: jiff::Timestamp) -> Result<()> {
        let query = Query::new("UPDATE delivery SET opened_at = $1 WHERE id = $2 AND opened_at IS NULL");
        self.upkeep(vec![query.bind(instant_number(at)).bind(delivery)]).await.map(drop)
    }

    /// Takes up deliveries that are due, so that no other worker does, and counts the attempt.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn claim_deliveries(&self, at: jiff::Timestamp, limit: i64) -> Result<Vec<Claimed>> {
        self.claim(Queue::Deliveries, at, &[], limit, "id, warning_id, channel, address, token, attempts").await
    }

    /// Puts back what a worker took up and, being gone, never settled.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn release_deliveries(&self, claimed_before: jiff::Timestamp) -> Result<u64> {
        self.release(Queue::Deliveries, claimed_before).await
    }

    /// Whether any delivery is due.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn deliveries_waiting(&self, at: jiff::Timestamp) -> Result<bool> {
        self.waiting(Queue::Deliveries, at, &[]).await
    }

    /// Records what came of a delivery that was taken up: `at_try` is its key and the number of the try.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn settle_delivery(&self, at_try: (i64, i64), outcome: &Outcome, at: jiff::Timestamp) -> Result<()> {
        self.settle(Queue::Deliveries, at_try, outcome, at).await
    }

    /// Questions and reports of firms in scope before a key, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn consultations(&self, scope: &Scope, before: i64, limit: i64) -> Result<Vec<Consultation>> {
        let mut query = Query::new(CONSULTATION);
        query.push_bind(" WHERE e.id < ", before);
        query.within(scope, &OF_ENTRY);
        query.push_page(" ORDER BY e.id DESC", limit);
        self.all(query).await
    }

    /// Those not answered yet, after a key, the oldest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn open_consultations(&self, scope: &Scope, after: i64, limit: i64) -> Result<Vec<Consultation>> {
        let mut query = Query::new(CONSULTATION);
        query.push_bind(" WHERE e.answered_at IS NULL AND e.id > ", after);
        query.within(scope, &OF_ENTRY);
        query.push_page(" ORDER BY e.id", limit);
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn consultation(&self, scope: &Scope, id: i64) -> Result<Option<Consultation>> {
        let mut query = Query::new(CONSULTATION);
        query.push_bind(" WHERE e.id = ", id);
        query.within(scope, &OF_ENTRY);
        self.optional(query).await
    }

    /// What a firm asked behind one warning, whichever message it opened, in order.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn consultations_of(&self, delivery: &Delivery) -> Result<Vec<Consultation>> {
        let mut query = Query::new(CONSULTATION);
        query.push_bind(
            " WHERE e.delivery_id IN (SELECT d.id FROM delivery d WHERE d.warning_id = ",
            delivery.warning_id,
        );
        query.push_bind(" AND d.uscc = ", &delivery.uscc);
        query.push(")");
        query.push_page(" ORDER BY e.id", 50);
        self.all(query).await
    }
}

impl Tx<'_> {
    /// Queues messages to firms. One that was queued before, by firm and channel, is not queued again. Returns how many
    /// are new.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn queue_deliveries(&mut self, warning: i64, new: &[NewDelivery]) -> Result<u64> {
        let mut queued = 0;
        for part in new.chunks(ROWS) {
            let mut query = Query::new(
                "INSERT INTO delivery (warning_id, uscc, member_id, station_id, channel, address, token, state, attempts, \
                 queued_at, next_at, sent_at, receipt, problem, answer, remark) VALUES ",
            );
            let mut text = "(";
            for delivery in part {
                query.push_bind(text, warning);
                query.push_bind(", ", &delivery.uscc);
                query.push_bind(", ", delivery.member);
                query.push_bind(", ", delivery.station);
                query.push_bind(", ", &delivery.channel);
                query.push_bind(", ", &delivery.address);
                query.push_bind(", ", &delivery.token);
                query.push_bind(", ", if delivery.next_at.is_some() { "queued" } else { "sent" });
                query.push_bind(", 0, ", self.at());
                query.push_bind(", ", delivery.next_at.unwrap_or(self.at()));
                query.push_bind(", ", delivery.next_at.is_none().then_some(self.at()));
                query.push(", '', '', '', ''");
                text = "), (";
            }
            query.push(") ON CONFLICT (warning_id, uscc, channel) DO NOTHING");
            queued += self.execute(query).await?;
        }
        Ok(queued)
    }

    /// Firms a message on a warning's publication went to, or is on its way, but those that want no more.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn told(&mut self, warning: i64) -> Result<Vec<Told>> {
        let query = Query::new(
            "SELECT d.uscc, d.member_id, d.station_id, d.address FROM delivery d JOIN roster_member m ON m.id = d.member_id \
             WHERE d.warning_id = $1 AND d.channel IN ('mail', 'sms') AND d.state IN ('sending', 'sent') \
             AND m.muted_at IS NULL AND m.removed_at IS NULL ORDER BY d.id",
        );
        self.all(query.bind(warning)).await
    }

    /// Notes that a station told a firm by hand what no message told it.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the firm has read it, or was told.
    pub async fn tell_by_hand(&mut self, delivery: i64) -> Result<()> {
        let query = Query::new(
            "UPDATE delivery SET told_at = $1, told_by = $2 WHERE id = $3 AND told_at IS NULL AND opened_at IS NULL \
             AND (channel = 'site' OR state = 'dead')",
        );
        let query = query.bind(self.at()).bind(self.mandate().actor().name.clone()).bind(delivery);
        if self.execute(query).await? == 0 {
            return Err(Error::Conflict("该企业已经知道，不用再登记".to_owned()));
        }
        self.concerns(delivery);
        Ok(())
    }

    /// Puts what was given up of a warning back in the queue, on whichever roster the firm is, a message to the mailbox or the
    /// number the roster has by now. Returns how many.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn requeue_deliveries(&mut self, warning: i64) -> Result<u64> {
        let query = Query::new(
            "UPDATE delivery SET state = 'queued', attempts = 0, next_at = $1, \
             address = CASE WHEN address LIKE '%@%' THEN coalesce((SELECT m.email FROM roster_member m \
             WHERE m.id = delivery.member_id AND m.removed_at IS NULL AND m.email <> ''), address) \
             WHEN address <> '' THEN coalesce((SELECT m.phone FROM roster_member m \
             WHERE m.id = delivery.member_id AND m.removed_at IS NULL AND m.phone <> ''), address) ELSE address END \
             WHERE warning_id = $2 AND state = 'dead' AND told_at IS NULL",
        );
        self.execute(query.bind(self.at()).bind(warning)).await
    }

    /// What a firm answers to a warning. It may answer again; the last answer stands.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn answer_delivery(&mut self, delivery: &Delivery, answer: &str, remark: &str) -> Result<()> {
        // Every message of the warning to the firm is answered, whichever of them it opened.
        let query = Query::new(
            "UPDATE delivery SET answered_at = coalesce(answered_at, $1), opened_at = coalesce(opened_at, $1), answer = $2, \
             remark = $3 WHERE warning_id = $4 AND uscc = $5",
        );
        let query = query.bind(self.at()).bind(answer).bind(remark).bind(delivery.warning_id).bind(&delivery.uscc);
        self.execute(query).await?;
        self.concerns(delivery.id);
        Ok(())
    }

    /// A firm wants no more warnings, on the rosters that have it with this mailbox; what waits for the mailbox, or was given
    /// up, does not go out. What a station holds of the firm with another mailbox is another's to say.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn mute_firm(&mut self, uscc: &str, mailbox: &str) -> Result<()> {
        let query = Query::new(
            "UPDATE roster_member SET muted_at = $1 WHERE uscc = $2 AND lower(email) = lower($3) AND muted_at IS NULL",
        );
        self.execute(query.bind(self.at()).bind(uscc).bind(mailbox)).await?;
        let query = Query::new(
            "UPDATE delivery SET state = 'cancelled' WHERE uscc = $1 AND lower(address) = lower($2) \
             AND state IN ('queued', 'dead')",
        );
        self.execute(query.bind(uscc).bind(mailbox)).await.map(drop)
    }

    /// A firm of one roster wants no more warnings; what waits for it, or was given up, does not go out.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn mute_member(&mut self, uscc: &str, member: i64) -> Result<()> {
        let query = Query::new("UPDATE roster_member SET muted_at = $1 WHERE id = $2 AND muted_at IS NULL");
        self.execute(query.bind(self.at()).bind(member)).await?;
        let query = Query::new(
            "UPDATE delivery SET state = 'cancelled' WHERE uscc = $1 AND member_id = $2 AND state IN ('queued', 'dead')",
        );
        self.execute(query.bind(uscc).bind(member)).await.map(drop)
    }

    /// A firm of one roster wants warnings again.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn unmute_member(&mut self, member: i64) -> Result<()> {
        let query = Query::new("UPDATE roster_member SET muted_at = NULL WHERE id = $1");
        self.execute(query.bind(member)).await.map(drop)
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_consultation(
        &mut self,
        delivery: &Delivery,
        station: &Placed,
        kind: &str,
        text: &str,
    ) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO consultation (delivery_id, warning_id, station_id, city, county, firm, kind, text, asked_at, answer, \
             answered_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '') RETURNING id",
        );
        let query = query.bind(delivery.id).bind(delivery.warning_id).bind(station.id).bind(&station.city);
        let query = query.bind(station.county.clone()).bind(&delivery.firm).bind(kind).bind(text).bind(self.at());
        let id = self.insert(query).await?;
        self.concerns(id);
        Ok(id)
    }

    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it was answered already.
    pub async fn answer_consultation(&mut self, id: i64, answer: &str) -> Result<()> {
        let query = Query::new(
            "UPDATE consultation SET answer = $1, answered_at = $2, answered_by = $3 WHERE id = $4 AND answered_at IS NULL",
        );
        let query = query.bind(answer).bind(self.at()).bind(self.mandate().actor().name.clone());
        if self.execute(query.bind(id)).await? == 0 {
            return Err(Error::Conflict("该咨询刚刚已有人答复，请刷新后查看".to_owned()));
        }
        self.concerns(id);
        Ok(())
    }
}
