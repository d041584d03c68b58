//! Foreign notices as they came in, and the signals they became (Article 5(1), readings K90, K91).

use std::collections::HashMap;

use regulation::duties::routing::Routed;
use regulation::general::{Placed, Scope};

use super::manager;
use crate::query::{OF_ENTRY, Query};
use crate::{Error, Result, Store, Tx};

/// One document read: who brought it and what was in it.
#[derive(Clone, Debug, Default)]
pub struct NewIntake {
    pub source: &'static str,
    /// `upload`, `folder` or `fetch`.
    pub origin: &'static str,
    pub file_name: String,
    pub sha256: String,
    pub size: i64,
    /// The station that brought it; `None` for the department.
    pub station: Option<i64>,
    /// `records` is always `notices + refused`.
    pub records: i64,
    pub notices: i64,
    /// Notices not met before.
    pub fresh: i64,
    pub refused: i64,
    /// How many the source says there are, where it does.
    pub announced: Option<i64>,
    /// Name of the column mapping it was read by; empty for none.
    pub mapping: String,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Intake {
    pub id: i64,
    pub source: String,
    pub origin: String,
    pub file_name: String,
    pub sha256: String,
    pub size: i64,
    pub station_id: Option<i64>,
    pub records: i64,
    pub notices: i64,
    pub fresh: i64,
    pub refused: i64,
    pub announced: Option<i64>,
    pub mapping: String,
    pub received_at: i64,
    pub received_by: String,
}

/// A record of a document that could not be read.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct IntakeRefusal {
    pub record: i64,
    pub place: String,
    pub reason: String,
}

/// A notice as read; [`TradeNotice`] is its row.
#[derive(Clone, Debug, Default)]
pub struct NewTradeNotice {
    pub identity: String,
    pub source: &'static str,
    pub source_id: String,
    pub published_on: Option<i64>,
    pub authority: String,
    /// ISO 3166 alpha-2; empty where the source names none.
    pub country: String,
    pub kind: String,
    pub stage: String,
    pub title: String,
    pub product: String,
    /// Comma-separated alpha-2.
    pub targets: String,
    /// Comma-separated.
    pub case_numbers: String,
    pub deadline_on: Option<i64>,
    pub url: String,
    pub raw_sha256: String,
    /// How it relates to another: `corrects`, `revises`, `adds_to`; empty for none.
    pub relation: String,
    /// The other one's identity.
    pub relates_to: String,
    /// Why it goes to no station; empty when it may.
    pub aside: String,
    /// Digits and how they were found: `text`, `field`, `mapping`, `words`.
    pub codes: Vec<(String, String)>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TradeNotice {
    pub id: i64,
    pub identity: String,
    pub source: String,
    pub source_id: String,
    pub published_on: Option<i64>,
    pub authority: String,
    pub country: String,
    pub kind: String,
    pub stage: String,
    pub title: String,
    pub product: String,
    pub targets: String,
    pub case_numbers: String,
    pub deadline_on: Option<i64>,
    pub url: String,
    pub raw_sha256: String,
    pub relation: String,
    pub relates_to: String,
    pub aside: String,
    pub intake_id: i64,
    pub received_at: i64,
}

/// A customs code of a notice.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct NoticeCode {
    pub notice_id: i64,
    pub code: String,
    pub via: String,
}

/// A signal with what its list shows of the notice.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Signal {
    pub id: i64,
    pub notice_id: i64,
    pub station_id: Option<i64>,
    pub station: Option<String>,
    pub city: String,
    pub county: Option<String>,
    pub managed_by: Option<String>,
    pub lead: i64,
    pub why: String,
    pub firms: i64,
    pub stage: String,
    pub arrived_at: i64,
    pub due_on: i64,
    pub handled_at: Option<i64>,
    pub handled_by: Option<String>,
    pub reason: String,
    pub title: String,
    pub product: String,
    pub kind: String,
    pub notice_stage: String,
    pub country: String,
    pub authority: String,
    pub source: String,
    pub published_on: Option<i64>,
    pub deadline_on: Option<i64>,
}

impl Signal {
    /// The station it is with; `None` for one no station covers.
    pub fn placed(&self) -> Option<Placed> {
        let (city, county) = (self.city.clone(), self.county.clone());
        let manager = manager(self.managed_by.as_deref().unwrap_or_default());
        self.station_id.map(|id| Placed { id, city, county, manager })
    }
}

/// Filters of the inbox.
#[derive(Clone, Debug, Default)]
pub struct SignalFilter {
    pub stage: Option<&'static str>,
    pub kind: Option<String>,
    /// Leading digits of a customs code of the notice.
    pub code: Option<String>,
    pub station: Option<i64>,
    /// Only those no station covers.
    pub uncovered: bool,
    /// Only at the station that leads: each notice once.
    pub leading: bool,
}

/// A station as routing sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Watcher {
    pub id: i64,
    pub city: String,
    pub county: Option<String>,
    pub managed_by: String,
    pub comprehensive: i64,
    pub industry: String,
    pub hs_chapters: String,
}

impl Watcher {
    pub fn placed(&self) -> Placed {
        let (city, county) = (self.city.clone(), self.county.clone());
        Placed { id: self.id, city, county, manager: manager(&self.managed_by) }
    }
}

const NOTICE: &str = "SELECT id, identity, source, source_id, published_on, authority, country, kind, stage, title, product, \
                      targets, case_numbers, deadline_on, url, raw_sha256, relation, relates_to, aside, intake_id, received_at \
                      FROM trade_notice";

const INTAKE: &str = "SELECT id, source, origin, file_name, sha256, size, station_id, records, notices, fresh, refused, \
                      announced, mapping, received_at, received_by FROM intake";

const SIGNAL: &str = "SELECT e.id, e.notice_id, e.station_id, s.name AS station, e.city, e.county, s.managed_by, e.lead, \
                      e.why, e.firms, e.stage, e.arrived_at, e.due_on, e.handled_at, e.handled_by, e.reason, n.title, \
                      n.product, n.kind, n.stage AS notice_stage, n.country, n.authority, n.source, n.published_on, \
                      n.deadline_on FROM signal e JOIN trade_notice n ON n.id = e.notice_id \
                      LEFT JOIN station s ON s.id = e.station_id";

/// The newest first: a day of publication as milliseconds, right to a day or two and never out of order, beside the instants
/// at which those without one came in. Only what the codes found is sorted.
const NEWEST: &str = " ORDER BY coalesce((published_on / 10000 - 1970) * 31556952000 \
                      + (published_on / 100 % 100 - 1) * 2629746000 + (published_on % 100 - 1) * 86400000, received_at) DESC, \
                      id DESC";

/// The instant at which a day begins, as instants stand in the database.
fn begins(day: i64) -> Result<i64> {
    let begins = crate::china().to_timestamp(crate::date_from(day)?.at(0, 0, 0, 0));
    Ok(begins.map_or(i64::MIN, crate::instant_number))
}

/// Lengths a customs code may have.
const LENGTHS: [usize; 5] = [2, 4, 6, 8, 10];

/// A text behind every code that begins with `code`. Digits alone, because locales do not agree on where punctuation goes.
fn behind(code: &str) -> String {
    format!("{code}999999999999")
}

/// Codes that touch one of these, as ranges from a text to before another, no two of which meet: those that begin with
/// one, and those that are the beginning of one.
fn ranges(codes: &[String]) -> Vec<(String, String)> {
    let mut codes: Vec<&str> = codes.iter().map(String::as_str).filter(|code| !code.is_empty()).collect();
    codes.sort_unstable();
    // One that begins with another follows it, and is within its range.
    codes.dedup_by(|code, before| code.starts_with(*before));
    let beginnings = codes.iter().flat_map(|code| LENGTHS.into_iter().filter(|n| *n < code.len()).map(|n| &code[..n]));
    let mut ranges: Vec<(String, String)> =
        beginnings.map(|beginning| (beginning.to_owned(), format!("{beginning}0"))).collect();
    ranges.sort_unstable();
    ranges.dedup();
    ranges.extend(codes.into_iter().map(|code| ((*code).to_owned(), behind(code))));
    ranges
}

/// Ranges one statement is asked for at most: a question has few codes, and SQLite bounds how deep a condition goes.
const RANGES: usize = 300;

/// Adds the condition that the code of `c` touches one of these, of which there is one at least. The ranges stand in the
/// statement, so that both databases see how few rows are meant; for a notice's own codes, however many, see [`touching`].
pub(super) fn touch(query: &mut Query, codes: &[String]) {
    let mut text = " WHERE ((c.code >= ";
    for (low, high) in ranges(codes).iter().take(RANGES) {
        query.push_bind(text, low);
        query.push_bind(" AND c.code < ", high);
        text = ") OR (c.code >= ";
    }
    query.push("))");
}

/// The beginning of a statement, in which the codes touched by one of these are `w`, so that [`TOUCHED`] reads just those
/// from the index: one condition, however many codes a notice has. `None` when there is no code.
pub(super) fn touching(codes: &[String]) -> Option<Query> {
    let ranges = ranges(codes);
    let mut text = "WITH w (low, high) AS (VALUES (";
    let mut query = Query::new("");
    for (low, high) in &ranges {
        query.push_bind(text, low);
        query.push_bind(", ", high);
        text = "), (";
    }
    query.push(")) ");
    (!ranges.is_empty()).then_some(query)
}

/// Firms by station under whole chapters, which are a tenth of all: an index has them in order. `None` when a code is longer.
fn of_chapters(codes: &[String]) -> Option<Query> {
    const CHAPTER: usize = 2;
    let mut query = Query::new("SELECT c.station_id, count(DISTINCT c.member_id) FROM roster_code c");
    let mut text = " WHERE substr(c.code, 1, 2) IN (";
    for code in codes {
        query.push_bind(text, code);
        text = ", ";
    }
    query.push(") GROUP BY c.station_id");
    (!codes.is_empty() && codes.iter().all(|code| code.len() == CHAPTER)).then_some(query)
}

/// Firms by station whose codes touch one of these; `None` when there is none.
fn of_ranges(codes: &[String]) -> Option<Query> {
    let mut query = touching(codes)?;
    query.push("SELECT c.station_id, count(DISTINCT c.member_id) ");
    query.push(TOUCHED);
    query.push(" GROUP BY c.station_id");
    Some(query)
}

/// Rows of `roster_code`, `c`, under the codes of [`touching`]. SQLite joins in the order of a `CROSS JOIN`.
pub(super) const TOUCHED: &str = "FROM w CROSS JOIN roster_code c WHERE c.code >= w.low AND c.code < w.high";

impl Store {
    /// What came of one source lately, newest first.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn intakes(&self, source: &str, before: i64, limit: i64) -> Result<Vec<Intake>> {
        let mut query = Query::new(INTAKE);
        query.push_bind(" WHERE source = ", source);
        query.push_bind(" AND id < ", before);
        query.push_page(" ORDER BY id DESC", limit);
        self.all(query).await
    }

    /// The newest document of each source, and how many notices it has brought in all.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn newest_intakes(&self) -> Result<Vec<Intake>> {
        // From source to source in the index: the documents are many, the sources few.
        let mut query = Query::new(
            "WITH RECURSIVE brought (source) AS (SELECT min(source) FROM intake UNION ALL SELECT (SELECT min(i.source) \
             FROM intake i WHERE i.source > brought.source) FROM brought WHERE brought.source IS NOT NULL) ",
        );
        query.push(INTAKE);
        query.push(
            " WHERE id IN (SELECT (SELECT max(i.id) FROM intake i WHERE i.source = brought.source) FROM brought) \
             ORDER BY source",
        );
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn intake(&self, id: i64) -> Result<Option<Intake>> {
        let mut query = Query::new(INTAKE);
        query.push_bind(" WHERE id = ", id);
        self.optional(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn intake_refusals(&self, intake: i64, limit: i64) -> Result<Vec<IntakeRefusal>> {
        let mut query = Query::new("SELECT record, place, reason FROM intake_refusal");
        query.push_bind(" WHERE intake_id = ", intake);
        query.push_page(" ORDER BY id", limit);
        self.all(query).await
    }

    /// Notices a document brought that were not met before, in its order.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn notices_of_intake(&self, intake: i64, from: i64, limit: i64) -> Result<Vec<TradeNotice>> {
        let mut query = Query::new(NOTICE);
        query.push_bind(" WHERE intake_id = ", intake);
        query.push_bind(" AND id > ", from);
        query.push_page(" ORDER BY id", limit);
        self.all(query).await
    }

    /// A notice. They are published documents: whoever may look at notices may look at each.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn trade_notice(&self, id: i64) -> Result<Option<TradeNotice>> {
        let mut query = Query::new(NOTICE);
        query.push_bind(" WHERE id = ", id);
        self.optional(query).await
    }

    /// Notices by their keys.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn trade_notices(&self, ids: &[i64]) -> Result<Vec<TradeNotice>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Query::new(NOTICE);
        query.push_list(" WHERE id IN (", ids);
        query.push(" ORDER BY id");
        self.all(query).await
    }

    /// What a notice corrects, revises or adds to, and what does so to it.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn related_notices(&self, notice: &TradeNotice) -> Result<Vec<TradeNotice>> {
        let mut query = Query::new(NOTICE);
        query.push_bind(" WHERE relates_to = ", &notice.identity);
        query.push(" AND relates_to <> ''");
        query.push_page(" ORDER BY id", 20);
        let mut related: Vec<TradeNotice> = self.all(query).await?;
        if !notice.relates_to.is_empty() {
            let mut query = Query::new(NOTICE);
            query.push_bind(" WHERE identity = ", &notice.relates_to);
            related.extend(self.optional(query).await?);
        }
        Ok(related)
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn notice_codes(&self, notices: &[i64]) -> Result<Vec<NoticeCode>> {
        if notices.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Query::new("SELECT notice_id, code, via FROM trade_notice_code");
        query.push_list(" WHERE notice_id IN (", notices);
        query.push(" ORDER BY notice_id, code");
        self.all(query).await
    }

    /// Stations at work, as routing sees them.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn watchers(&self) -> Result<Vec<Watcher>> {
        self.all(Query::new(
            "SELECT id, city, county, managed_by, comprehensive, industry, hs_chapters FROM station WHERE ended_on IS NULL \
             ORDER BY id",
        ))
        .await
    }

    /// Foreign notices whose codes touch one of these, published abroad on a day or after it, the newest first; those
    /// without a date by when they came in. What calls for nothing here stays out.
    ///
    /// # Errors
    /// See [`Store::all`]; fails when `since` is no day.
    pub async fn notices_touching(&self, codes: &[String], since: i64, limit: i64) -> Result<Vec<TradeNotice>> {
        if codes.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Query::new(NOTICE);
        query.push(" WHERE aside = '' AND id IN (SELECT c.notice_id FROM trade_notice_code c");
        touch(&mut query, codes);
        query.push(")");
        query.push_bind(" AND (published_on >= ", since);
        query.push_bind(" OR (published_on IS NULL AND received_at >= ", begins(since)?);
        query.push("))");
        query.push_page(NEWEST, limit);
        self.all(query).await
    }

    /// Words stations watch for, with the station each.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn watch_words(&self, station: Option<i64>) -> Result<Vec<(i64, String)>> {
        let mut query = Query::new("SELECT station_id, word FROM watch_word");
        if let Some(station) = station {
            query.push_bind(" WHERE station_id = ", station);
        }
        query.push(" ORDER BY station_id, word");
        self.all(query).await
    }

    /// Firms by station whose codes touch one of these, however many firms there are.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn firms_touched(&self, codes: &[String]) -> Result<HashMap<i64, i64>> {
        let Some(query) = of_chapters(codes).or_else(|| of_ranges(codes)) else { return Ok(HashMap::new()) };
        let counted: Vec<(i64, i64)> = self.all(query).await?;
        Ok(counted.into_iter().collect())
    }

    /// How many firms of one station's roster have codes that touch one of these, by the markets they sell to, as typed.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn markets_touched(&self, station: i64, codes: &[String]) -> Result<Vec<(String, i64)>> {
        let Some(mut query) = touching(codes) else { return Ok(Vec::new()) };
        query.push(
            "SELECT m.markets, count(*) FROM roster_member m WHERE m.removed_at IS NULL AND m.id IN (SELECT c.member_id ",
        );
        query.push(TOUCHED);
        query.push_bind(" AND c.station_id = ", station);
        query.push(") GROUP BY m.markets");
        self.all(query).await
    }

    /// A signal in scope; those of no station are the whole province's.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn signal(&self, scope: &Scope, id: i64) -> Result<Option<Signal>> {
        let mut query = Query::new(SIGNAL);
        query.push_bind(" WHERE e.id = ", id);
        query.within(scope, &OF_ENTRY);
        self.optional(query).await
    }

    /// Signals in scope before a key, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn signals(&self, scope: &Scope, filter: &SignalFilter, before: i64, limit: i64) -> Result<Vec<Signal>> {
        let mut query = Query::new(SIGNAL);
        sifted(&mut query, scope, filter);
        query.push_bind(" AND e.id < ", before);
        query.push_page(" ORDER BY e.id DESC", limit);
        self.all(query).await
    }

    /// How many signals in scope are open, and how many of those were due before a day.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn count_open_signals(&self, scope: &Scope, today: i64) -> Result<(i64, i64)> {
        let mut query = Query::new("SELECT count(*), count(CASE WHEN e.due_on < ");
        query.push_bind("", today);
        query.push(" THEN 1 END) FROM signal e WHERE e.stage = 'open'");
        query.within(scope, &OF_ENTRY);
        self.one(query).await
    }

    /// How many signals at a station's door, or of those no station covers, are open, and the first day one is due.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn open_signals(&self, scope: &Scope, uncovered: bool) -> Result<(i64, Option<i64>)> {
        let mut query = Query::new("SELECT count(*), min(e.due_on) FROM signal e WHERE e.stage = 'open'");
        query.within(scope, &OF_ENTRY);
        if uncovered {
            query.push(" AND e.station_id IS NULL");
        }
        self.one(query).await
    }

    /// Stations a notice is with, and what became of it at each.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn signals_of_notice(&self, scope: &Scope, notice: i64) -> Result<Vec<Signal>> {
        let mut query = Query::new(SIGNAL);
        query.push_bind(" WHERE e.notice_id = ", notice);
        query.within(scope, &OF_ENTRY);
        query.push_page(" ORDER BY e.lead DESC, e.id", 200);
        self.all(query).await
    }
}

fn sifted(query: &mut Query, scope: &Scope, filter: &SignalFilter) {
    query.push(" WHERE 1 = 1");
    query.within(scope, &OF_ENTRY);
    if let Some(stage) = filter.stage {
        query.push_bind(" AND e.stage = ", stage);
    }
    if let Some(kind) = &filter.kind {
        query.push_bind(" AND n.kind = ", kind);
    }
    if let Some(station) = filter.station {
        query.push_bind(" AND e.station_id = ", station);
    }
    if filter.uncovered {
        query.push(" AND e.station_id IS NULL");
    }
    if filter.leading {
        query.push(" AND e.lead = 1");
    }
    if let Some(code) = &filter.code {
        query.push_bind(
            " AND EXISTS (SELECT 1 FROM trade_notice_code c WHERE c.notice_id = e.notice_id AND c.code >= ",
            code,
        );
        query.push_bind(" AND c.code < ", behind(code));
        query.push(")");
    }
}

/// What is known of a notice met again.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Known {
    pub id: i64,
    pub identity: String,
    pub published_on: Option<i64>,
}

/// Values a statement may bind at once on both databases, well below either's limit.
const CHUNK: usize = 500;

impl Tx<'_> {
    /// Which of these notices are on record.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn known_notices(&mut self, identities: &[&str]) -> Result<Vec<Known>> {
        let mut known = Vec::new();
        for part in identities.chunks(CHUNK) {
            let mut query = Query::new("SELECT id, identity, published_on FROM trade_notice WHERE identity");
            let mut text = " IN (";
            for identity in part {
                query.push_bind(text, *identity);
                text = ", ";
            }
            query.push(")");
            known.extend(self.all::<Known>(query).await?);
        }
        Ok(known)
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_intake(&mut self, new: &NewIntake) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO intake (source, origin, file_name, sha256, size, station_id, records, notices, fresh, refused, \
             announced, mapping, received_at, received_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id",
        );
        let query = query.bind(new.source).bind(new.origin).bind(&new.file_name).bind(&new.sha256).bind(new.size);
        let query = query.bind(new.station).bind(new.records).bind(new.notices).bind(new.fresh).bind(new.refused);
        let query =
            query.bind(new.announced).bind(&new.mapping).bind(self.at()).bind(self.mandate().actor().name.clone());
        let id = self.insert(query).await?;
        self.concerns(id);
        Ok(id)
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_intake_refusal(&mut self, intake: i64, refusal: &IntakeRefusal) -> Result<()> {
        let query = Query::new("INSERT INTO intake_refusal (intake_id, record, place, reason) VALUES ($1, $2, $3, $4)");
        let query = query.bind(intake).bind(refusal.record).bind(&refusal.place).bind(&refusal.reason);
        self.execute(query).await.map(drop)
    }

    /// `None` when the notice is on record, be it by an act that ended just now.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_trade_notice(&mut self, intake: i64, new: &NewTradeNotice) -> Result<Option<i64>> {
        let query = Query::new(
            "INSERT INTO trade_notice (identity, source, source_id, published_on, authority, country, kind, stage, title, \
             product, targets, case_numbers, deadline_on, url, raw_sha256, relation, relates_to, aside, intake_id, \
             received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
             ON CONFLICT (identity) DO NOTHING RETURNING id",
        );
        let query = query.bind(&new.identity).bind(new.source).bind(&new.source_id).bind(new.published_on);
        let query = query.bind(&new.authority).bind(&new.country).bind(&new.kind).bind(&new.stage).bind(&new.title);
        let query = query.bind(&new.product).bind(&new.targets).bind(&new.case_numbers).bind(new.deadline_on);
        let query = query.bind(&new.url).bind(&new.raw_sha256).bind(&new.relation).bind(&new.relates_to);
        let added: Option<(i64,)> = self.optional(query.bind(&new.aside).bind(intake).bind(self.at())).await?;
        let Some((id,)) = added else { return Ok(None) };
        self.add_notice_codes(id, new).await?;
        Ok(Some(id))
    }

    /// Codes of a notice it does not have yet.
    async fn add_notice_codes(&mut self, id: i64, new: &NewTradeNotice) -> Result<()> {
        for part in new.codes.chunks(CHUNK / 3) {
            let mut query = Query::new("INSERT INTO trade_notice_code (notice_id, code, via) VALUES ");
            let mut text = "(";
            for (code, via) in part {
                query.push_bind(text, id);
                query.push_bind(", ", code);
                query.push_bind(", ", via);
                text = "), (";
            }
            query.push(") ON CONFLICT DO NOTHING");
            self.execute(query).await?;
        }
        Ok(())
    }

    /// A document met before its publication has now been published: its day, address, deadline and codes are filled in.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn fill_in_notice(&mut self, id: i64, new: &NewTradeNotice) -> Result<()> {
        let query = Query::new(
            "UPDATE trade_notice SET published_on = $1, url = CASE WHEN $2 = '' THEN url ELSE $2 END, \
             deadline_on = coalesce($3, deadline_on), raw_sha256 = $4 WHERE id = $5 AND published_on IS NULL",
        );
        let query = query.bind(new.published_on).bind(&new.url).bind(new.deadline_on).bind(&new.raw_sha256);
        self.execute(query.bind(id)).await?;
        self.add_notice_codes(id, new).await
    }

    /// Brings a notice to a station's door.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_signal(&mut self, notice: i64, to: &Routed, station: &Placed, due_on: i64) -> Result<()> {
        self.put_signal(notice, Some(station), (to.lead, &to.why, to.firms), due_on).await.map(drop)
    }

    /// Brings a notice no station covers to the department's door.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_uncovered_signal(&mut self, notice: i64, why: &str, due_on: i64) -> Result<()> {
        self.put_signal(notice, None, (true, why, 0), due_on).await.map(drop)
    }

    /// Whether the signal is new: a station has one signal of a notice.
    async fn put_signal(
        &mut self,
        notice: i64,
        station: Option<&Placed>,
        (lead, why, firms): (bool, &str, i64),
        due_on: i64,
    ) -> Result<bool> {
        let query = Query::new(
            "INSERT INTO signal (notice_id, station_id, city, county, lead, why, firms, stage, arrived_at, due_on, reason) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, '') ON CONFLICT DO NOTHING",
        );
        let city = station.map_or("", |station| &station.city);
        let query = query.bind(notice).bind(station.map(|station| station.id)).bind(city);
        let query = query.bind(station.and_then(|station| station.county.clone())).bind(lead).bind(why).bind(firms);
        Ok(self.execute(query.bind(self.at()).bind(due_on)).await? > 0)
    }

    /// Moves a signal from the stage it was seen in.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when somebody else did first.
    pub async fn settle_signal(&mut self, signal: &Signal, stage: &str, reason: &str) -> Result<()> {
        let query = Query::new(
            "UPDATE signal SET stage = $1, reason = $2, handled_at = $3, handled_by = $4 WHERE id = $5 AND stage = $6",
        );
        let query = query.bind(stage).bind(reason).bind(self.at()).bind(self.mandate().actor().name.clone());
        if self.execute(query.bind(signal.id).bind(&signal.stage)).await? == 0 {
            return Err(Error::Conflict("该线索刚刚已有人处理，请刷新后再办".to_owned()));
        }
        self.concerns(signal.id);
        Ok(())
    }

    /// Hands a signal to another station, and the lead with it. One that had it before and put it aside, or handed it on, has
    /// it open again; one that has it open, or made a warning of it, keeps its own.
    ///
    /// # Errors
    /// See [`Tx::settle_signal`].
    pub async fn hand_over_signal(&mut self, signal: &Signal, to: &Placed, reason: &str, due_on: i64) -> Result<()> {
        self.settle_signal(signal, "handed_over", reason).await?;
        let why = format!("移送：{reason}");
        if self.put_signal(signal.notice_id, Some(to), (signal.lead == 1, &why, 0), due_on).await? {
            return Ok(());
        }
        if signal.lead == 1 {
            let query = Query::new("UPDATE signal SET lead = 1 WHERE notice_id = $1 AND station_id = $2");
            self.execute(query.bind(signal.notice_id).bind(to.id)).await?;
        }
        let query = Query::new(
            "UPDATE signal SET stage = 'open', why = $1, reason = '', arrived_at = $2, due_on = $3, handled_at = NULL, \
             handled_by = NULL WHERE notice_id = $4 AND station_id = $5 AND stage IN ('dismissed', 'handed_over')",
        );
        let query = query.bind(&why).bind(self.at()).bind(due_on).bind(signal.notice_id).bind(to.id);
        self.execute(query).await.map(drop)
    }

    /// The words a station watches for, in place of those before.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn set_watch_words(&mut self, station: i64, words: &[String]) -> Result<()> {
        self.execute(Query::new("DELETE FROM watch_word WHERE station_id = $1").bind(station)).await?;
        for word in words {
            let query = Query::new("INSERT INTO watch_word (station_id, word) VALUES ($1, $2) ON CONFLICT DO NOTHING");
            self.execute(query.bind(station).bind(word)).await?;
        }
        Ok(())
    }
}
