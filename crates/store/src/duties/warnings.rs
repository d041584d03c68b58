//! Warnings and their versions (Article 5(1) and (3), readings K92 to K94).

use regulation::general::{Placed, Scope};

use super::manager;
use super::notices::touch;
use crate::query::{OF_ENTRY, Query};
use crate::{Error, Result, Store, Tx};

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

/// A warning in a public list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PublishedLine {
    pub id: i64,
    pub published_at: Option<i64>,
    pub corrected_at: Option<i64>,
    pub retracted_at: Option<i64>,
    pub level: String,
    pub title: String,
    pub market: String,
    pub industry: String,
    pub summary: String,
}

impl Warning {
    /// As it stands in a public list.
    pub fn line(self) -> PublishedLine {
        PublishedLine {
            id: self.id,
            published_at: self.published_at,
            corrected_at: self.corrected_at,
            retracted_at: self.retracted_at,
            level: self.level,
            title: self.title,
            market: self.market,
            industry: self.industry,
            summary: self.summary,
        }
    }

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

/// A published version as the public may read it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct WarningVersion {
    pub version: i64,
    pub reason: String,
    pub saved_at: i64,
    pub level: String,
    pub title: String,
    pub market: String,
    pub summary: String,
    pub products: String,
    pub hs_codes: String,
    pub advice: String,
    pub respond_on: Option<i64>,
    pub source_title: String,
    pub source_url: String,
    pub source_on: Option<i64>,
}

impl WarningVersion {
    /// The warning as it was under this version.
    #[must_use]
    pub fn of(self, warning: &Warning) -> Warning {
        Warning {
            version: self.version,
            reason: self.reason,
            saved_at: self.saved_at,
            level: self.level,
            title: self.title,
            market: self.market,
            summary: self.summary,
            products: self.products,
            hs_codes: self.hs_codes,
            advice: self.advice,
            respond_on: self.respond_on,
            source_title: self.source_title,
            source_url: self.source_url,
            source_on: self.source_on,
            ..warning.clone()
        }
    }
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
    /// Customs codes, digits only: what touches one of them, being under it or above it.
    pub codes: Vec<String>,
    /// Only these; empty for any.
    pub keys: Vec<i64>,
    /// A word of the title, summary or products.
    pub text: Option<String>,
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

/// The columns of a [`PublishedLine`].
const LINE: &str = "SELECT e.id, e.published_at, e.corrected_at, e.retracted_at, e.level, e.title, v.market, v.industry, \
                    v.summary FROM warning e JOIN warning_version v ON v.warning_id = e.id AND v.version = e.version";

/// Warnings anyone may read, before (instant of publication, key), newest first; `select` names the columns.
fn published(select: &'static str, filter: &WarningFilter, before: (i64, i64), limit: i64) -> Query {
    let mut query = Query::new(select);
    query.push(" WHERE e.published_at IS NOT NULL AND e.stage = 'published'");
    query.push_bind(" AND (e.published_at, e.id) < (", before.0);
    query.push_bind(", ", before.1);
    query.push(")");
    narrowed(&mut query, filter);
    query.push_page(" ORDER BY e.published_at DESC, e.id DESC", limit);
    query
}

fn narrowed(query: &mut Query, filter: &WarningFilter) {
    let equal = [
        (" AND e.stage = ", &filter.stage),
        (" AND e.level = ", &filter.level),
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
    if !filter.keys.is_empty() {
        query.push_list(" AND e.id IN (", &filter.keys);
    }
    if !filter.codes.is_empty() {
        query.push(" AND e.id IN (SELECT c.warning_id FROM warning_code c");
        touch(query, &filter.codes);
        query.push(")");
    }
    if let Some(text) = filter.text.as_deref().filter(|text| !text.is_empty()) {
        let pattern = super::like(text);
        query.push_bind(" AND (lower(v.title) LIKE lower(", &pattern);
        query.push_bind(") ESCAPE '\\' OR lower(v.summary) LIKE lower(", &pattern);
        query.push_bind(") ESCAPE '\\' OR lower(v.products) LIKE lower(", &pattern);
        query.push(") ESCAPE '\\')");
    }
}

/// Published warnings, of one station or of all, that share one of these bands: those that share most first, of equals the
/// oldest; not the one of that key.
fn candidates(bands: &[i64], but: i64, station: Option<i64>) -> Query {
    let mut query = Query::new(
        "SELECT e.id, e.number, e.station_id, s.name AS station, e.published_at, v.title, v.summary FROM warning e \
         JOIN station s ON s.id = e.station_id JOIN warning_version v ON v.warning_id = e.id AND v.version = e.version \
         JOIN (SELECT b.warning_id, count(*) AS shared FROM warning_band b",
    );
    query.push_list(" WHERE b.band IN (", bands);
    query.push(
        " GROUP BY b.warning_id) held ON held.warning_id = e.id WHERE e.stage = 'published' AND e.published_at IS NOT NULL",
    );
    query.push_bind(" AND e.id <> ", but);
    if let Some(station) = station {
        query.push_bind(" AND e.station_id = ", station);
    }
    query.push_page(" ORDER BY held.shared DESC, e.id", 50);
    query
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
        self.all(published(WARNING, filter, before, limit)).await
    }

    /// The same as lines of a list.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn published_lines(
        &self,
        filter: &WarningFilter,
        before: (i64, i64),
        limit: i64,
    ) -> Result<Vec<PublishedLine>> {
        self.all(published(LINE, filter, before, limit)).await
    }

    /// How many [`Store::published_warnings`] would find in all.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn count_published_warnings(&self, filter: &WarningFilter) -> Result<i64> {
        let mut query = Query::new("SELECT count(*) FROM warning e");
        // What a version alone says; without, an index tells.
        let of_version = [&filter.kind, &filter.market, &filter.industry, &filter.text];
        if of_version.into_iter().any(Option::is_some) {
            query.push(" JOIN warning_version v ON v.warning_id = e.id AND v.version = e.version");
        }
        query.push(" WHERE e.published_at IS NOT NULL AND e.stage = 'published'");
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
        self.all(candidates(bands, but, None)).await
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

    /// The published versions of a warning with what they said, in order.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn warning_versions(&self, id: i64) -> Result<Vec<WarningVersion>> {
        let query = Query::new(
            "SELECT version, reason, saved_at, level, title, market, summary, products, hs_codes, advice, respond_on, \
             source_title, source_url, source_on FROM warning_version WHERE warning_id = $1 AND published = 1 \
             ORDER BY version",
        );
        self.all(query.bind(id)).await
    }

    /// The newest published warnings in scope with their instants, for the chart of the whole chain's latency.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn latencies(&self, scope: &Scope, limit: i64) -> Result<Vec<Latency>> {
        let mut query = Query::new(
            "SELECT e.id, e.title, s.name AS station, coalesce(n.published_on, v.source_on) AS source_on, n.received_at, \
             e.published_at, (SELECT min(d.sent_at) FROM delivery d WHERE d.warning_id = e.id AND d.channel IN ('mail', 'sms')) AS first_sent, \
             (SELECT max(d.sent_at) FROM delivery d WHERE d.warning_id = e.id AND d.channel IN ('mail', 'sms')) AS last_sent, \
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

    /// Moves a warning from the stage, version and text it was seen in: a draft is saved over without a new version.
    async fn move_warning(&mut self, warning: &Warning, query: Query) -> Result<()> {
        let mut query = query;
        query.push_bind(" WHERE id = ", warning.id);
        query.push_bind(" AND stage = ", &warning.stage);
        query.push_bind(" AND version = ", warning.version);
        query.push_bind(
            " AND EXISTS (SELECT 1 FROM warning_version v WHERE v.warning_id = warning.id AND v.version = warning.version \
             AND v.saved_at = ",
            warning.saved_at,
        );
        query.push(")");
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

    /// As [`Store::alike_candidates`], of the warning's own station, within the transaction.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn own_candidates(&mut self, bands: &[i64], warning: &Warning) -> Result<Vec<Candidate>> {
        if bands.is_empty() {
            return Ok(Vec::new());
        }
        self.all(candidates(bands, warning.id, Some(warning.station_id))).await
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

    /// The codes a published warning is found under, in place of those it was found under before.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn set_warning_codes(&mut self, warning: i64, codes: &[&str]) -> Result<()> {
        self.execute(Query::new("DELETE FROM warning_code WHERE warning_id = $1").bind(warning)).await?;
        if codes.is_empty() {
            return Ok(());
        }
        let mut query = Query::new("INSERT INTO warning_code (warning_id, code) VALUES ");
        let mut text = "(";
        for code in codes {
            query.push_bind(text, warning);
            query.push_bind(", ", *code);
            text = "), (";
        }
        query.push(") ON CONFLICT DO NOTHING");
        self.execute(query).await.map(drop)
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
}
