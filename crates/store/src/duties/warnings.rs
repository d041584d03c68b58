//! Warnings: their versions, whom they reached, and what firms answered (Article 5(1) and (3), readings K92 to K94).

use regulation::general::{Placed, Scope};

use super::manager;
use super::notices::{TOUCHED, touching};
use crate::query::{OF_ENTRY, Query};
use crate::{Error, Result, Store, Tx, dialect, instant_number};

/// What a warning says. The public sees all of it but the notes.
#[derive(Clone, Debug, Default)]
pub struct WarningText {
    /// 红 to 蓝, by key.
    pub level: String,
    pub title: String,
    pub kind: String,
    /// The market it is about, by its Chinese name.
    pub market: String,
    pub industry: String,
    pub summary: String,
    pub products: String,
    /// Comma-separated digits.
    pub hs_codes: String,
    /// What firms should do, one a line.
    pub advice: String,
    pub respond_on: Option<i64>,
    pub source_title: String,
    pub source_url: String,
    pub source_on: Option<i64>,
    /// Proof of the source as it was read.
    pub source_sha256: String,
    pub captured_at: Option<i64>,
    /// The station's own.
    pub notes: String,
}

/// A warning with the version in force.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Warning {
    pub id: i64,
    pub number: Option<String>,
    pub station_id: i64,
    pub station: String,
    pub managed_by: String,
    pub city: String,
    pub county: Option<String>,
    pub notice_id: Option<i64>,
    pub stage: String,
    pub version: i64,
    pub author_id: i64,
    pub entry_id: Option<i64>,
    pub created_at: i64,
    pub published_at: Option<i64>,
    pub corrected_at: Option<i64>,
    pub retracted_at: Option<i64>,
    pub retract_reason: String,
    pub level: String,
    pub title: String,
    pub kind: String,
    pub market: String,
    pub industry: String,
    pub summary: String,
    pub products: String,
    pub hs_codes: String,
    pub advice: String,
    pub respond_on: Option<i64>,
    pub source_title: String,
    pub source_url: String,
    pub source_on: Option<i64>,
    pub source_sha256: String,
    pub captured_at: Option<i64>,
    pub notes: String,
    pub reason: String,
    pub saved_at: i64,
    pub saved_by: String,
}

impl Warning {
    pub fn placed(&self) -> Placed {
        Placed {
            id: self.station_id,
            city: self.city.clone(),
            county: self.county.clone(),
            manager: manager(&self.managed_by),
        }
    }
}

/// A published version, for the history under a warning.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct WarningChange {
    pub version: i64,
    pub reason: String,
    pub saved_at: i64,
    pub saved_by: String,
}

/// Filters of the lists of warnings.
#[derive(Clone, Debug, Default)]
pub struct WarningFilter {
    pub stage: Option<String>,
    pub level: Option<String>,
    pub kind: Option<String>,
    pub market: Option<String>,
    pub industry: Option<String>,
    pub station: Option<i64>,
    /// Leading digits of a customs code.
    pub code: Option<String>,
    /// A word of the title, summary or products.
    pub text: Option<String>,
}

/// A firm a warning concerns.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Recipient {
    pub member_id: i64,
    pub station_id: i64,
    pub uscc: String,
    pub name: String,
    pub markets: String,
    pub email: String,
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
    /// When it may go out at the earliest.
    pub next_at: i64,
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
    pub answered_at: Option<i64>,
    pub answer: String,
    pub remark: String,
}

/// How a warning stands with the firms it went to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Reached {
    pub firms: i64,
    pub queued: i64,
    pub sent: i64,
    pub dead: i64,
    pub opened: i64,
    pub answered: i64,
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

/// What came of a delivery.
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
    Dead {
        problem: String,
    },
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

/// A published warning that may be like another.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Candidate {
    pub id: i64,
    pub number: Option<String>,
    pub station_id: i64,
    pub station: String,
    pub published_at: i64,
    pub title: String,
    pub summary: String,
}

/// From abroad to a firm's door: the instants of one warning. Days of publication abroad are civil days.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Latency {
    pub id: i64,
    pub title: String,
    pub station: String,
    pub source_on: Option<i64>,
    pub received_at: Option<i64>,
    pub published_at: i64,
    pub first_sent: Option<i64>,
    pub last_sent: Option<i64>,
    pub first_answered: Option<i64>,
}

const WARNING: &str = "SELECT e.id, e.number, e.station_id, s.name AS station, s.managed_by, e.city, e.county, e.notice_id, \
                       e.stage, e.version, e.author_id, e.entry_id, e.created_at, e.published_at, e.corrected_at, \
                       e.retracted_at, e.retract_reason, v.level, v.title, v.kind, v.market, v.industry, v.summary, \
                       v.products, v.hs_codes, v.advice, v.respond_on, v.source_title, v.source_url, v.source_on, \
                       v.source_sha256, v.captured_at, v.notes, v.reason, v.saved_at, v.saved_by \
                       FROM warning e JOIN station s ON s.id = e.station_id \
                       JOIN warning_version v ON v.warning_id = e.id AND v.version = e.version";

const DELIVERY: &str = "SELECT d.id, d.warning_id, d.uscc, d.member_id, d.station_id, m.name AS firm, d.channel, d.address, \
                        d.token, d.state, d.attempts, d.queued_at, d.next_at, d.sent_at, d.problem, d.opened_at, \
                        d.answered_at, d.answer, d.remark FROM delivery d JOIN roster_member m ON m.id = d.member_id";

const CONSULTATION: &str = "SELECT e.id, e.delivery_id, e.warning_id, w.title AS warning, e.station_id, s.name AS station, \
                            s.managed_by, e.city, e.county, e.firm, e.kind, e.text, e.asked_at, e.answer, e.answered_at, \
                            e.answered_by FROM consultation e JOIN warning w ON w.id = e.warning_id \
                            JOIN station s ON s.id = e.station_id";

fn narrowed(query: &mut Query, filter: &WarningFilter) {
    let equal = [
        (" AND e.stage = ", &filter.stage),
        (" AND v.level = ", &filter.level),
        (" AND v.kind = ", &filter.kind),
        (" AND v.market = ", &filter.market),
        (" AND v.industry = ", &filter.industry),
    ];
    for (text, value) in equal {
        if let Some(value) = value {
            query.push_bind(text, value);
        }
    }
    if let Some(station) = filter.station {
        query.push_bind(" AND e.station_id = ", station);
    }
    if let Some(code) = &filter.code {
        query.push_bind(" AND (',' || v.hs_codes) LIKE ", format!("%,{code}%"));
    }
    if let Some(text) = filter.text.as_deref().filter(|text| !text.is_empty()) {
        let pattern = super::like(text);
        query.push_bind(" AND (lower(v.title) LIKE lower(", &pattern);
        query.push_bind(") ESCAPE '\\' OR lower(v.summary) LIKE lower(", &pattern);
        query.push_bind(") ESCAPE '\\' OR lower(v.products) LIKE lower(", &pattern);
        query.push(") ESCAPE '\\')");
    }
}

impl Store {
    /// A warning in scope.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn warning(&self, scope: &Scope, id: i64) -> Result<Option<Warning>> {
        let mut query = Query::new(WARNING);
        query.push_bind(" WHERE e.id = ", id);
        query.within(scope, &OF_ENTRY);
        self.optional(query).await
    }

    /// Warnings in scope before a key, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn warnings(
        &self,
        scope: &Scope,
        filter: &WarningFilter,
        before: i64,
        limit: i64,
    ) -> Result<Vec<Warning>> {
        let mut query = Query::new(WARNING);
        query.push_bind(" WHERE e.id < ", before);
        query.within(scope, &OF_ENTRY);
        narrowed(&mut query, filter);
        query.push_page(" ORDER BY e.id DESC", limit);
        self.all(query).await
    }

    /// Warnings anyone may read, before (instant of publication, key), newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn published_warnings(
        &self,
        filter: &WarningFilter,
        before: (i64, i64),
        limit: i64,
    ) -> Result<Vec<Warning>> {
        let mut query = Query::new(WARNING);
        query.push(" WHERE e.published_at IS NOT NULL AND e.stage = 'published'");
        query.push_bind(" AND (e.published_at, e.id) < (", before.0);
        query.push_bind(", ", before.1);
        query.push(")");
        narrowed(&mut query, filter);
        query.push_page(" ORDER BY e.published_at DESC, e.id DESC", limit);
        self.all(query).await
    }

    /// How many [`Store::published_warnings`] would find in all.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn count_published_warnings(&self, filter: &WarningFilter) -> Result<i64> {
        let mut query = Query::new(
            "SELECT count(*) FROM warning e JOIN warning_version v ON v.warning_id = e.id AND v.version = e.version \
             WHERE e.published_at IS NOT NULL AND e.stage = 'published'",
        );
        narrowed(&mut query, filter);
        let (count,): (i64,) = self.one(query).await?;
        Ok(count)
    }

    /// A warning that was published, also one retracted since: its tombstone stays.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn published_warning(&self, id: i64) -> Result<Option<Warning>> {
        let mut query = Query::new(WARNING);
        query.push_bind(" WHERE e.published_at IS NOT NULL AND e.id = ", id);
        self.optional(query).await
    }

    /// Industries with warnings published since an instant, and how many each.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn warnings_by_industry(&self, since: i64) -> Result<Vec<(String, i64)>> {
        let query = Query::new(
            "SELECT v.industry, count(*) FROM warning e JOIN warning_version v ON v.warning_id = e.id \
             AND v.version = e.version WHERE e.published_at IS NOT NULL AND e.published_at >= $1 \
             AND e.stage = 'published' GROUP BY v.industry ORDER BY 2 DESC, 1",
        );
        self.all(query.bind(since)).await
    }

    /// Published warnings that share a band with a text and may be like it, oldest first; not the one of that key.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn alike_candidates(&self, bands: &[i64], but: i64) -> Result<Vec<Candidate>> {
        if bands.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Query::new(
            "SELECT e.id, e.number, e.station_id, s.name AS station, e.published_at, v.title, v.summary FROM warning e \
             JOIN station s ON s.id = e.station_id JOIN warning_version v ON v.warning_id = e.id AND v.version = e.version \
             WHERE e.stage = 'published' AND e.published_at IS NOT NULL AND e.id IN (SELECT b.warning_id FROM warning_band b",
        );
        query.push_list(" WHERE b.band IN (", bands);
        query.push_bind(") AND e.id <> ", but);
        query.push_page(" ORDER BY e.id", 50);
        self.all(query).await
    }

    /// The published versions of a warning, in order.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn warning_changes(&self, id: i64) -> Result<Vec<WarningChange>> {
        let query = Query::new(
            "SELECT version, reason, saved_at, saved_by FROM warning_version WHERE warning_id = $1 AND published = 1 \
             ORDER BY version",
        );
        self.all(query.bind(id)).await
    }

    /// Firms whose codes touch one of these, of every roster: off it or muted, a firm is left out. The rosters are the
    /// stations' own; whoever asks is about to write to the firms, and shows nobody but counts.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn recipients(&self, codes: &[String]) -> Result<Vec<Recipient>> {
        let Some(mut query) = touching(codes) else { return Ok(Vec::new()) };
        query.push(
            "SELECT m.id AS member_id, m.station_id, m.uscc, m.name, m.markets, m.email FROM roster_member m \
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
             count(CASE WHEN state = 'sent' THEN 1 END) AS sent, count(CASE WHEN state = 'dead' THEN 1 END) AS dead, \
             count(DISTINCT CASE WHEN opened_at IS NOT NULL THEN uscc END) AS opened, \
             count(DISTINCT CASE WHEN answered_at IS NOT NULL THEN uscc END) AS answered FROM delivery",
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

    /// Deliveries given up, newest first: for whoever keeps the channels running.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn dead_deliveries(&self, limit: i64) -> Result<Vec<Delivery>> {
        let mut query = Query::new(DELIVERY);
        query.push(" WHERE d.state = 'dead'");
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
        // The rows are chosen once, before any is changed: a plan may run a bare sub-query again and choose others.
        let mut query = Query::new("WITH due AS MATERIALIZED (SELECT id FROM delivery WHERE state = 'queued'");
        query.push_bind(" AND next_at <= ", instant_number(at));
        query.push_page(" ORDER BY next_at, id", limit);
        query.push(dialect::skip_locked(self.backend()));
        query.push_bind(
            ") UPDATE delivery SET state = 'sending', attempts = attempts + 1, claimed_at = ",
            instant_number(at),
        );
        query.push(
            " WHERE id IN (SELECT id FROM due) AND state = 'queued' \
             RETURNING id, warning_id, channel, address, token, attempts",
        );
        self.upkeep_all(query).await
    }

    /// Puts back what a worker took up and, being gone, never settled.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn release_deliveries(&self, claimed_before: jiff::Timestamp) -> Result<u64> {
        let query = Query::new("UPDATE delivery SET state = 'queued' WHERE state = 'sending' AND claimed_at < $1");
        self.upkeep(vec![query.bind(instant_number(claimed_before))]).await
    }

    /// Whether any delivery waits or is under way.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn deliveries_waiting(&self, at: jiff::Timestamp) -> Result<bool> {
        let query = Query::new(
            "SELECT count(*) FROM (SELECT id FROM delivery WHERE state = 'queued' AND next_at <= $1 LIMIT 1) w",
        );
        let (waiting,): (i64,) = self.one(query.bind(instant_number(at))).await?;
        Ok(waiting > 0)
    }

    /// Records what came of a delivery that was taken up.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn settle_delivery(&self, id: i64, outcome: &Outcome, at: jiff::Timestamp) -> Result<()> {
        let query = match outcome {
            Outcome::Sent { receipt } => Query::new(
                "UPDATE delivery SET state = 'sent', sent_at = $1, receipt = $2, problem = '' WHERE id = $3 AND state = 'sending'",
            )
            .bind(instant_number(at))
            .bind(receipt),
            Outcome::Again { at, problem } => Query::new(
                "UPDATE delivery SET state = 'queued', next_at = $1, problem = $2 WHERE id = $3 AND state = 'sending'",
            )
            .bind(*at)
            .bind(problem),
            Outcome::Dead { problem } => Query::new(
                "UPDATE delivery SET state = 'dead', next_at = $1, problem = $2 WHERE id = $3 AND state = 'sending'",
            )
            .bind(instant_number(at))
            .bind(problem),
        };
        self.upkeep(vec![query.bind(id)]).await.map(drop)
    }

    /// Questions and reports of firms in scope before a key, newest first; `open` ones only.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn consultations(&self, scope: &Scope, open: bool, before: i64, limit: i64) -> Result<Vec<Consultation>> {
        let mut query = Query::new(CONSULTATION);
        query.push_bind(" WHERE e.id < ", before);
        query.within(scope, &OF_ENTRY);
        if open {
            query.push(" AND e.answered_at IS NULL");
        }
        query.push_page(" ORDER BY e.id DESC", limit);
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

    /// The newest published warnings in scope with their instants, for the chart of the whole chain's latency.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn latencies(&self, scope: &Scope, limit: i64) -> Result<Vec<Latency>> {
        let mut query = Query::new(
            "SELECT e.id, e.title, s.name AS station, coalesce(n.published_on, v.source_on) AS source_on, n.received_at, \
             e.published_at, (SELECT min(d.sent_at) FROM delivery d WHERE d.warning_id = e.id) AS first_sent, \
             (SELECT max(d.sent_at) FROM delivery d WHERE d.warning_id = e.id) AS last_sent, \
             (SELECT min(d.answered_at) FROM delivery d WHERE d.warning_id = e.id) AS first_answered \
             FROM warning e JOIN station s ON s.id = e.station_id \
             JOIN warning_version v ON v.warning_id = e.id AND v.version = e.version \
             LEFT JOIN trade_notice n ON n.id = e.notice_id WHERE e.published_at IS NOT NULL",
        );
        query.within(scope, &OF_ENTRY);
        query.push_page(" ORDER BY e.published_at DESC, e.id DESC", limit);
        self.all(query).await
    }
}

/// Rows a statement inserts at once.
const ROWS: usize = 200;

impl Tx<'_> {
    /// Begins a warning as a draft.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_warning(
        &mut self,
        station: &Placed,
        (notice, signal): (Option<i64>, Option<i64>),
        text: &WarningText,
    ) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO warning (station_id, city, county, notice_id, signal_id, stage, version, author_id, level, title, \
             created_at, retract_reason) VALUES ($1, $2, $3, $4, $5, 'draft', 1, $6, $7, $8, $9, '') RETURNING id",
        );
        let query = query.bind(station.id).bind(&station.city).bind(station.county.clone()).bind(notice).bind(signal);
        let query = query.bind(self.mandate().actor().account).bind(&text.level).bind(&text.title).bind(self.at());
        let id = self.insert(query).await?;
        self.put_version(id, 1, text, "", false).await?;
        self.concerns(id);
        self.note(text.title.clone());
        Ok(id)
    }

    async fn put_version(&mut self, id: i64, version: i64, text: &WarningText, reason: &str, out: bool) -> Result<()> {
        let query = Query::new(
            "INSERT INTO warning_version (warning_id, version, kind, market, industry, summary, products, hs_codes, advice, \
             respond_on, source_title, source_url, source_on, source_sha256, captured_at, level, title, notes, reason, \
             published, saved_at, saved_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
             $17, $18, $19, $20, $21, $22) ON CONFLICT (warning_id, version) DO UPDATE SET kind = excluded.kind, \
             market = excluded.market, industry = excluded.industry, summary = excluded.summary, \
             products = excluded.products, hs_codes = excluded.hs_codes, advice = excluded.advice, \
             respond_on = excluded.respond_on, source_title = excluded.source_title, source_url = excluded.source_url, \
             source_on = excluded.source_on, source_sha256 = excluded.source_sha256, captured_at = excluded.captured_at, \
             level = excluded.level, title = excluded.title, notes = excluded.notes, reason = excluded.reason, \
             published = excluded.published, saved_at = excluded.saved_at, saved_by = excluded.saved_by",
        );
        let query = query.bind(id).bind(version).bind(&text.kind).bind(&text.market).bind(&text.industry);
        let query = query.bind(&text.summary).bind(&text.products).bind(&text.hs_codes).bind(&text.advice);
        let query = query.bind(text.respond_on).bind(&text.source_title).bind(&text.source_url).bind(text.source_on);
        let query = query.bind(&text.source_sha256).bind(text.captured_at).bind(&text.level).bind(&text.title);
        let query = query.bind(&text.notes).bind(reason).bind(out).bind(self.at());
        self.execute(query.bind(self.mandate().actor().name.clone())).await.map(drop)
    }

    /// Moves a warning from the stage and version it was seen in.
    async fn move_warning(&mut self, warning: &Warning, query: Query) -> Result<()> {
        let mut query = query;
        query.push_bind(" WHERE id = ", warning.id);
        query.push_bind(" AND stage = ", &warning.stage);
        query.push_bind(" AND version = ", warning.version);
        if self.execute(query).await? == 0 {
            return Err(Error::Conflict("该预警刚刚已有改动，请刷新后再办".to_owned()));
        }
        self.concerns(warning.id);
        Ok(())
    }

    /// Saves a draft over.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when somebody else moved it first, as the calls below.
    pub async fn save_warning(&mut self, warning: &Warning, text: &WarningText) -> Result<()> {
        let query = Query::new("UPDATE warning SET author_id = $1, level = $2, title = $3");
        let query = query.bind(self.mandate().actor().account).bind(&text.level).bind(&text.title);
        self.move_warning(warning, query).await?;
        self.put_version(warning.id, warning.version, text, "", false).await
    }

    /// Hands a draft to whoever publishes, or gives it back.
    ///
    /// # Errors
    /// See [`Tx::save_warning`].
    pub async fn set_warning_stage(&mut self, warning: &Warning, stage: &str) -> Result<()> {
        self.move_warning(warning, Query::new("UPDATE warning SET stage = $1").bind(stage)).await
    }

    /// Publishes a warning under the next number of its station's year.
    ///
    /// # Errors
    /// See [`Tx::save_warning`].
    pub async fn publish_warning(
        &mut self,
        warning: &Warning,
        station_number: &str,
        year: i64,
        entry: i64,
    ) -> Result<String> {
        let prefix = format!("{station_number}-{year}-");
        let query = Query::new("SELECT count(*) FROM warning WHERE station_id = $1 AND number LIKE $2");
        let (before,): (i64,) = self.one(query.bind(warning.station_id).bind(format!("{prefix}%"))).await?;
        let number = format!("{prefix}{:04}", before + 1);
        let query = Query::new("UPDATE warning SET stage = 'published', number = $1, published_at = $2, entry_id = $3");
        let query = query.bind(&number).bind(self.at()).bind(entry);
        self.move_warning(warning, query).await.map_err(|error| {
            let taken = error.is_duplicate();
            if taken {
                Error::Conflict("本站另一条预警刚刚发布，请再发布一次".to_owned())
            } else {
                error
            }
        })?;
        let query = Query::new(
            "UPDATE warning_version SET published = 1 WHERE warning_id = $1 AND version = $2 AND published = 0",
        );
        self.execute(query.bind(warning.id).bind(warning.version)).await?;
        Ok(number)
    }

    /// Publishes another version in place of the one in force, which stays on record.
    ///
    /// # Errors
    /// See [`Tx::save_warning`].
    pub async fn correct_warning(&mut self, warning: &Warning, text: &WarningText, reason: &str) -> Result<()> {
        let query = Query::new(
            "UPDATE warning SET version = version + 1, author_id = $1, level = $2, title = $3, corrected_at = $4",
        );
        let query = query.bind(self.mandate().actor().account).bind(&text.level).bind(&text.title).bind(self.at());
        self.move_warning(warning, query).await?;
        self.put_version(warning.id, warning.version + 1, text, reason, true).await
    }

    /// What a warning is like, in place of what it was like before.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn set_warning_bands(&mut self, warning: i64, bands: &[i64]) -> Result<()> {
        self.execute(Query::new("DELETE FROM warning_band WHERE warning_id = $1").bind(warning)).await?;
        let mut query = Query::new("INSERT INTO warning_band (warning_id, band) VALUES ");
        let mut text = "(";
        for band in bands {
            query.push_bind(text, warning);
            query.push_bind(", ", *band);
            text = "), (";
        }
        query.push(") ON CONFLICT DO NOTHING");
        self.execute(query).await.map(drop)
    }

    /// Takes a warning back: its tombstone stays, and what has not gone out does not.
    ///
    /// # Errors
    /// See [`Tx::save_warning`].
    pub async fn retract_warning(&mut self, warning: &Warning, reason: &str) -> Result<()> {
        let query = Query::new("UPDATE warning SET stage = 'retracted', retracted_at = $1, retract_reason = $2");
        let query = query.bind(self.at()).bind(reason);
        self.move_warning(warning, query).await?;
        let query = Query::new("UPDATE delivery SET state = 'cancelled' WHERE warning_id = $1 AND state = 'queued'");
        self.execute(query.bind(warning.id)).await.map(drop)
    }

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
                 queued_at, next_at, receipt, problem, answer, remark) VALUES ",
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
                query.push_bind(", 'queued', 0, ", self.at());
                query.push_bind(", ", delivery.next_at);
                query.push(", '', '', '', ''");
                text = "), (";
            }
            query.push(") ON CONFLICT (warning_id, uscc, channel) DO NOTHING");
            queued += self.execute(query).await?;
        }
        Ok(queued)
    }

    /// Puts a delivery that was given up back in the queue.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn requeue_delivery(&mut self, id: i64) -> Result<bool> {
        let query = Query::new(
            "UPDATE delivery SET state = 'queued', attempts = 0, next_at = $1 WHERE id = $2 AND state = 'dead'",
        );
        Ok(self.execute(query.bind(self.at()).bind(id)).await? > 0)
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

    /// A firm wants no more warnings, on whichever roster it stands; what waits for it does not go out.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn mute_firm(&mut self, uscc: &str) -> Result<()> {
        let query = Query::new("UPDATE roster_member SET muted_at = $1 WHERE uscc = $2 AND muted_at IS NULL");
        self.execute(query.bind(self.at()).bind(uscc)).await?;
        let query = Query::new("UPDATE delivery SET state = 'cancelled' WHERE uscc = $1 AND state = 'queued'");
        self.execute(query.bind(uscc)).await.map(drop)
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
