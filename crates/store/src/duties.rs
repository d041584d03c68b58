//! Chapter two: stations, what they have on record, and the firms they watch over.

mod deliveries;
mod fetches;
mod firms;
mod legacy;
mod mappings;
mod notices;
mod postings;
mod probes;
mod queue;
mod subscriptions;
mod warnings;

use regulation::general::{Manager, Placed, Scope};

pub use deliveries::{Claimed, Consultation, Delivery, NewDelivery, Reached, Recipient, Told, Untold};
pub use fetches::{FetchPlace, Fetched, ReadDocument};
pub use firms::{FirmKey, FirmRequest, FirmWarning, FirmsWaiting, NewFirmKey};
pub use legacy::{PastGrade, Registered};
pub use mappings::{ColumnMapping, NewColumnMapping};
pub use notices::{
    Intake, IntakeRefusal, Known, NewIntake, NewTradeNotice, NoticeCode, Signal, SignalFilter, TradeNotice, Watcher,
};
pub use postings::{ClaimedPosting, DeadPosting, NewPosting};
pub use probes::{DayLook, Due, Looked, NewProbe, NewStanding, Probe};
pub use queue::Outcome;
pub use subscriptions::{NewSubscription, Subscribers, Subscription};
pub use warnings::{
    Candidate, Latency, PublishedLine, Warning, WarningChange, WarningFilter, WarningText, WarningVersion,
};

use crate::query::{OF_ENTRY, OF_STATION, Query};
use crate::{Error, Result, Store, Tx};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Station {
    pub id: i64,
    pub number: String,
    pub name: String,
    pub host_name: String,
    pub host_uscc: String,
    pub host_kind: String,
    pub city: String,
    pub county: Option<String>,
    /// `city` or `province` (省管).
    pub managed_by: String,
    pub state: String,
    pub industry_code: String,
    pub industry: String,
    pub comprehensive: i64,
    pub hs_chapters: String,
    pub address: String,
    pub website: String,
    pub confirmed_on: i64,
    pub ended_on: Option<i64>,
    pub source: String,
    pub firms: i64,
    /// The station that carries on for an absorbed one (Article 16).
    pub merged_into: Option<i64>,
    /// Days its website was looked at since it last opened (reading K84); `None` while no look counts.
    pub site_failing: Option<i64>,
    /// The last day it was looked at.
    pub site_last_on: Option<i64>,
}

impl Station {
    pub fn placed(&self) -> Placed {
        let (city, county) = (self.city.clone(), self.county.clone());
        Placed { id: self.id, city, county, manager: self.manager() }
    }

    pub fn manager(&self) -> Manager {
        manager(&self.managed_by)
    }
}

/// Who manages a station, as its row says; the table holds one of two.
pub(crate) fn manager(key: &str) -> Manager {
    Manager::from_key(key).unwrap_or(Manager::City)
}

/// What a new station is made of.
#[derive(Clone, Debug, Default)]
pub struct NewStation {
    pub number: String,
    pub name: String,
    pub host_name: String,
    pub host_uscc: String,
    pub host_kind: String,
    pub city: String,
    pub county: Option<String>,
    pub managed_by: String,
    pub industry_code: String,
    pub industry: String,
    pub comprehensive: bool,
    pub hs_chapters: String,
    pub address: String,
    pub website: String,
    pub confirmed_on: i64,
    pub source: String,
}

/// Filters of the station list.
#[derive(Clone, Debug, Default)]
pub struct StationFilter {
    pub city: Option<String>,
    pub state: Option<String>,
    /// Any of these states; none named, all.
    pub states: &'static [&'static str],
    pub industry: Option<IndustryFilter>,
    /// Part of the name, host, number or industry, or of a name it had before (Article 15).
    pub text: Option<String>,
    /// Whether it has come to an end.
    pub ended: Option<bool>,
    /// Only those whose website failed on so many days in a row.
    pub failing_site: Option<i64>,
}

/// What the stations of a list watch.
#[derive(Clone, Debug)]
pub enum IndustryFilter {
    Comprehensive,
    Unrecorded,
    /// The first `digits` of the code of industries, or the name of one entered without a code.
    Class {
        class: String,
        digits: i64,
    },
}

/// Stations that have city, state and industry in common, and how many.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StationGroup {
    pub city: String,
    pub state: String,
    pub industry_code: String,
    pub industry: String,
    pub comprehensive: i64,
    pub stations: i64,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StationEvent {
    pub id: i64,
    pub on_day: i64,
    pub what: String,
    pub detail: String,
    pub recorded_at: i64,
    pub recorded_by: String,
}

/// A document, person or website a station has on record: the evidence of a standing fact.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StandingRecord {
    pub id: i64,
    pub station_id: i64,
    pub fact: String,
    pub title: String,
    pub detail: String,
    pub url: String,
    pub person: String,
    pub post: String,
    pub phone: String,
    pub from_on: i64,
    pub until_on: Option<i64>,
    pub recorded_at: i64,
    pub recorded_by: String,
    pub supersedes: Option<i64>,
    pub void: i64,
}

#[derive(Clone, Debug, Default)]
pub struct NewStandingRecord {
    pub fact: String,
    pub title: String,
    pub detail: String,
    pub url: String,
    pub person: String,
    pub post: String,
    pub phone: String,
    pub from_on: i64,
    pub until_on: Option<i64>,
    pub supersedes: Option<i64>,
    pub void: bool,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RosterMember {
    pub id: i64,
    pub station_id: i64,
    pub uscc: String,
    pub name: String,
    pub city: String,
    pub kind: String,
    pub products: String,
    pub hs_codes: String,
    pub markets: String,
    pub contact: String,
    pub phone: String,
    /// Where warnings go; empty for nowhere.
    pub email: String,
    /// Since when the firm wants no warnings.
    pub muted_at: Option<i64>,
    /// When the firm itself last said that its registration holds.
    pub confirmed_at: Option<i64>,
    /// Why a code that fails its check digit was kept.
    pub uscc_note: String,
    pub added_at: i64,
    pub updated_at: i64,
    pub removed_at: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub struct NewRosterMember {
    pub uscc: String,
    pub name: String,
    pub city: String,
    pub kind: String,
    pub products: String,
    pub hs_codes: String,
    pub markets: String,
    pub contact: String,
    pub phone: String,
    pub email: String,
    pub uscc_note: String,
}

const STATION: &str = "SELECT s.id, s.number, s.name, s.host_name, s.host_uscc, s.host_kind, s.city, s.county, \
                       s.managed_by, s.state, s.industry_code, s.industry, s.comprehensive, s.hs_chapters, s.address, \
                       s.website, s.confirmed_on, s.ended_on, s.source, s.firms, s.merged_into, \
                       w.failing AS site_failing, w.last_on AS site_last_on \
                       FROM station s LEFT JOIN site_standing w ON w.station_id = s.id";

const RECORD: &str = "SELECT id, station_id, fact, title, detail, url, person, post, phone, from_on, until_on, \
                      recorded_at, recorded_by, supersedes, void FROM standing_record e";

const MEMBER: &str = "SELECT id, station_id, uscc, name, city, kind, products, hs_codes, markets, contact, phone, \
                      email, muted_at, confirmed_at, uscc_note, added_at, updated_at, removed_at FROM roster_member e";

/// Escapes what `LIKE` would read as a wildcard. Both sides of it are lowered: only SQLite folds case by itself.
pub(crate) fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn filtered(query: &mut Query, scope: &Scope, filter: &StationFilter) {
    query.push(" WHERE 1 = 1");
    query.within(scope, &OF_STATION);
    if let Some(city) = &filter.city {
        query.push_bind(" AND s.city = ", city);
    }
    if let Some(state) = &filter.state {
        query.push_bind(" AND s.state = ", state);
    }
    match filter.ended {
        Some(true) => query.push(" AND s.ended_on IS NOT NULL"),
        Some(false) => query.push(" AND s.ended_on IS NULL"),
        None => {}
    }
    if let Some(days) = filter.failing_site {
        query.push(" AND EXISTS (SELECT 1 FROM site_standing w WHERE w.station_id = s.id");
        query.push_bind(" AND w.failing >= ", days);
        query.push(")");
    }
    if let [first, rest @ ..] = filter.states {
        query.push_bind(" AND s.state IN (", *first);
        for state in rest {
            query.push_bind(", ", *state);
        }
        query.push(")");
    }
    match &filter.industry {
        Some(IndustryFilter::Comprehensive) => query.push(" AND s.comprehensive = 1"),
        Some(IndustryFilter::Unrecorded) => {
            query.push(" AND s.comprehensive = 0 AND s.industry_code = '' AND s.industry = ''");
        }
        Some(IndustryFilter::Class { class, digits }) => {
            query.push_bind(" AND s.comprehensive = 0 AND (substr(s.industry_code, 1, CAST(", *digits);
            query.push_bind(" AS INTEGER)) = ", class);
            query.push_bind(" OR (s.industry_code = '' AND s.industry = ", class);
            query.push("))");
        }
        None => {}
    }
    if let Some(text) = filter.text.as_deref().filter(|text| !text.is_empty()) {
        let pattern = like(text);
        query.push_bind(" AND (lower(s.name) LIKE lower(", &pattern);
        query.push_bind(") ESCAPE '\\' OR lower(s.host_name) LIKE lower(", &pattern);
        query.push_bind(") ESCAPE '\\' OR lower(s.industry) LIKE lower(", &pattern);
        query.push_bind(") ESCAPE '\\' OR lower(s.number) LIKE lower(", &pattern);
        query.push(
            ") ESCAPE '\\' OR EXISTS (SELECT 1 FROM station_name n WHERE n.station_id = s.id AND (lower(n.name) LIKE lower(",
        );
        query.push_bind("", &pattern);
        query.push_bind(") ESCAPE '\\' OR lower(n.host_name) LIKE lower(", &pattern);
        query.push(") ESCAPE '\\')))");
    }
}

fn on_roster(query: &mut Query, station: i64, text: Option<&str>) {
    query.push_bind(" WHERE station_id = ", station);
    query.push(" AND removed_at IS NULL");
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        let pattern = like(text);
        query.push_bind(" AND (lower(name) LIKE lower(", &pattern);
        query.push_bind(") ESCAPE '\\' OR lower(uscc) LIKE lower(", &pattern);
        query.push_bind(") ESCAPE '\\' OR lower(products) LIKE lower(", &pattern);
        query.push_bind(") ESCAPE '\\' OR lower(hs_codes) LIKE lower(", &pattern);
        query.push(") ESCAPE '\\')");
    }
}

impl Store {
    /// A station in scope; one out of scope looks like none.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn station(&self, scope: &Scope, id: i64) -> Result<Option<Station>> {
        let mut query = Query::new(STATION);
        query.push_bind(" WHERE s.id = ", id);
        query.within(scope, &OF_STATION);
        self.optional(query).await
    }

    /// The station of a number, in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn station_by_number(&self, scope: &Scope, number: &str) -> Result<Option<Station>> {
        let mut query = Query::new(STATION);
        query.push_bind(" WHERE s.number = ", number);
        query.within(scope, &OF_STATION);
        self.optional(query).await
    }

    /// Stations in scope after a number, in number order.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn stations(
        &self,
        scope: &Scope,
        filter: &StationFilter,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Station>> {
        let mut query = Query::new(STATION);
        filtered(&mut query, scope, filter);
        query.push_bind(" AND s.number > ", after);
        query.push_page(" ORDER BY s.number", limit);
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn count_stations(&self, scope: &Scope, filter: &StationFilter) -> Result<i64> {
        let mut query = Query::new("SELECT count(*) FROM station s");
        filtered(&mut query, scope, filter);
        let (count,): (i64,) = self.one(query).await?;
        Ok(count)
    }

    /// How many stations are in scope, and how many of those at work have a website that failed on so many days in a row.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn count_failing_sites(&self, scope: &Scope, least: i64) -> Result<(i64, i64)> {
        let mut query = Query::new("SELECT count(*), count(CASE WHEN s.ended_on IS NULL");
        query.push_bind(" AND w.failing >= ", least);
        query.push(" THEN 1 END) FROM station s LEFT JOIN site_standing w ON w.station_id = s.id WHERE 1 = 1");
        query.within(scope, &OF_STATION);
        self.one(query).await
    }

    /// Stations in scope, counted by city, state and industry.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn station_groups(&self, scope: &Scope) -> Result<Vec<StationGroup>> {
        let mut query = Query::new(
            "SELECT s.city, s.state, s.industry_code, s.industry, s.comprehensive, count(*) AS stations \
             FROM station s WHERE 1 = 1",
        );
        query.within(scope, &OF_STATION);
        query.push(
            " GROUP BY s.city, s.state, s.industry_code, s.industry, s.comprehensive \
             ORDER BY s.industry_code, s.industry, s.city, s.state, s.comprehensive",
        );
        self.all(query).await
    }

    /// Whether a request of a station's still waits to be forwarded by its city (Article 15).
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn awaits_city(&self, station: i64) -> Result<bool> {
        let query = Query::new(
            "SELECT count(*) FROM adjustment WHERE station_id = $1 AND closed_at IS NULL AND stage = 'city_review'",
        );
        let (waiting,): (i64,) = self.one(query.bind(station)).await?;
        Ok(waiting > 0)
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn station_events(&self, station: i64) -> Result<Vec<StationEvent>> {
        let query = Query::new(
            "SELECT id, on_day, what, detail, recorded_at, recorded_by FROM station_event \
             WHERE station_id = $1 ORDER BY on_day DESC, id DESC LIMIT 200",
        );
        self.all(query.bind(station)).await
    }

    /// Standing records not superseded or withdrawn.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn standing_records(&self, station: i64) -> Result<Vec<StandingRecord>> {
        let mut query = Query::new(RECORD);
        query.push_bind(" WHERE station_id = ", station);
        query.push(
            " AND void = 0 AND NOT EXISTS (SELECT 1 FROM standing_record n WHERE n.supersedes = e.id) \
             ORDER BY fact, from_on, id",
        );
        self.all(query).await
    }

    /// Standing records by their keys, whatever became of them since: the evidence a score names.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn standing_records_by_id(&self, ids: &[i64]) -> Result<Vec<StandingRecord>> {
        let [first, rest @ ..] = ids else { return Ok(Vec::new()) };
        let mut query = Query::new(RECORD);
        query.push_bind(" WHERE id IN (", *first);
        for id in rest {
            query.push_bind(", ", *id);
        }
        query.push(") ORDER BY fact, from_on, id");
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn standing_record(&self, id: i64) -> Result<Option<StandingRecord>> {
        let mut query = Query::new(RECORD);
        query.push_bind(" WHERE id = ", id);
        self.optional(query).await
    }

    /// Firms of a roster in scope, by name; `after` is the last (name, id) of the page before.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn roster(
        &self,
        scope: &Scope,
        station: i64,
        text: Option<&str>,
        after: Option<(&str, i64)>,
        limit: i64,
    ) -> Result<Vec<RosterMember>> {
        if self.station(scope, station).await?.is_none() {
            return Ok(Vec::new());
        }
        let mut query = Query::new(MEMBER);
        on_roster(&mut query, station, text);
        if let Some((name, id)) = after {
            query.push_bind(" AND (name, id) > (", name);
            query.push_bind(", ", id);
            query.push(")");
        }
        query.push_page(" ORDER BY name, id", limit);
        self.all(query).await
    }

    /// How many firms [`Store::roster`] would find in all.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn count_roster(&self, scope: &Scope, station: i64, text: Option<&str>) -> Result<i64> {
        if self.station(scope, station).await?.is_none() {
            return Ok(0);
        }
        let mut query = Query::new("SELECT count(*) FROM roster_member e");
        on_roster(&mut query, station, text);
        let (count,): (i64,) = self.one(query).await?;
        Ok(count)
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn roster_member(&self, id: i64) -> Result<Option<RosterMember>> {
        let mut query = Query::new(MEMBER);
        query.push_bind(" WHERE id = ", id);
        self.optional(query).await
    }

    /// Codes of the units among these that run a station now, each with its number.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn hosts_at_work(&self, codes: &[&str]) -> Result<Vec<(String, String)>> {
        let [first, rest @ ..] = codes else { return Ok(Vec::new()) };
        let mut query = Query::new("SELECT host_uscc, number FROM station WHERE ended_on IS NULL AND host_uscc <> ''");
        query.push_bind(" AND host_uscc IN (", *first);
        for code in rest {
            query.push_bind(", ", *code);
        }
        query.push(")");
        self.all(query).await
    }

    /// Codes already in a station's roster.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn roster_codes(&self, station: i64) -> Result<Vec<(String,)>> {
        let query = Query::new("SELECT uscc FROM roster_member WHERE station_id = $1 AND removed_at IS NULL");
        self.all(query.bind(station)).await
    }
}

impl Tx<'_> {
    /// # Errors
    /// See [`Tx::all`]; a number in use is a duplicate, and a unit that runs a station already is one of `host_uscc`.
    pub async fn add_station(&mut self, new: &NewStation) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO station (number, name, host_name, host_uscc, host_kind, city, county, managed_by, state, \
             industry_code, industry, comprehensive, hs_chapters, address, website, confirmed_on, source, firms, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '有效', $9, $10, $11, $12, $13, $14, $15, $16, 0, $17) RETURNING id",
        );
        let query = query.bind(&new.number).bind(&new.name).bind(&new.host_name).bind(&new.host_uscc);
        let query = query.bind(&new.host_kind).bind(&new.city).bind(new.county.clone()).bind(&new.managed_by);
        let query = query.bind(&new.industry_code).bind(&new.industry).bind(new.comprehensive);
        let query = query.bind(&new.hs_chapters).bind(&new.address).bind(&new.website).bind(new.confirmed_on);
        let id = self.insert(query.bind(&new.source).bind(self.at())).await?;
        self.concerns(id);
        self.add_station_event(id, new.confirmed_on, "确认", &format!("编号 {}", new.number)).await?;
        Ok(id)
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_station_event(&mut self, station: i64, on_day: i64, what: &str, detail: &str) -> Result<()> {
        let query = Query::new(
            "INSERT INTO station_event (station_id, on_day, what, detail, recorded_at, recorded_by) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        );
        let query = query.bind(station).bind(on_day).bind(what).bind(detail).bind(self.at());
        self.execute(query.bind(self.mandate().actor().name.clone())).await.map(drop)
    }

    /// Puts a station under the other management, on the department's reasons.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when somebody else did first, or the station has ended.
    pub async fn move_station(&mut self, station: &Station, to: Manager, on_day: i64, reason: &str) -> Result<()> {
        let query =
            Query::new("UPDATE station SET managed_by = $1 WHERE id = $2 AND managed_by = $3 AND ended_on IS NULL");
        let (from, to) = (station.manager(), to);
        if self.execute(query.bind(to.key()).bind(station.id).bind(from.key())).await? == 0 {
            return Err(Error::Conflict("该工作站的管理关系刚刚已有调整，请刷新后再办".to_owned()));
        }
        let detail = format!("由{}调整为{}：{reason}", from.name(), to.name());
        self.add_station_event(station.id, on_day, "管理关系调整", &detail).await?;
        self.concerns(station.id);
        self.note(detail);
        Ok(())
    }

    /// Sets what a station says of itself: address, website, HS chapters.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn set_station_profile(
        &mut self,
        id: i64,
        address: &str,
        website: &str,
        hs_chapters: &str,
    ) -> Result<()> {
        let query = Query::new("UPDATE station SET address = $1, website = $2, hs_chapters = $3 WHERE id = $4");
        self.execute(query.bind(address).bind(website).bind(hs_chapters).bind(id)).await.map(drop)
    }

    /// Adds a standing record; with `supersedes`, in place of an earlier one, which stays.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the earlier one was already corrected.
    pub async fn add_standing_record(&mut self, station: i64, new: &NewStandingRecord) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO standing_record (station_id, fact, title, detail, url, person, post, phone, from_on, until_on, \
             recorded_at, recorded_by, supersedes, void) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
             RETURNING id",
        );
        let query = query.bind(station).bind(&new.fact).bind(&new.title).bind(&new.detail).bind(&new.url);
        let query = query.bind(&new.person).bind(&new.post).bind(&new.phone).bind(new.from_on).bind(new.until_on);
        let query = query.bind(self.at()).bind(self.mandate().actor().name.clone()).bind(new.supersedes).bind(new.void);
        let id = self.insert(query).await.map_err(|error| already_corrected(error, "这条档案"))?;
        self.concerns(id);
        self.note(format!("{} {}", new.fact, new.title));
        Ok(id)
    }

    /// Adds a firm, or renews one with the same code. Returns whether it is new.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn put_roster_member(&mut self, station: i64, new: &NewRosterMember) -> Result<bool> {
        self.void_mailbox(station, &new.uscc, &new.email).await?;
        let query = Query::new(
            "INSERT INTO roster_member (station_id, uscc, name, city, kind, products, hs_codes, markets, contact, phone, \
             uscc_note, added_at, updated_at, email) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13) \
             ON CONFLICT (station_id, uscc) DO UPDATE SET name = excluded.name, city = excluded.city, kind = excluded.kind, \
             products = excluded.products, hs_codes = excluded.hs_codes, markets = excluded.markets, \
             contact = excluded.contact, phone = excluded.phone, uscc_note = excluded.uscc_note, \
             updated_at = excluded.updated_at, email = excluded.email, removed_at = NULL RETURNING id, added_at",
        );
        let query = query.bind(station).bind(&new.uscc).bind(&new.name).bind(&new.city).bind(&new.kind);
        let query = query.bind(&new.products).bind(&new.hs_codes).bind(&new.markets).bind(&new.contact);
        let query = query.bind(&new.phone).bind(&new.uscc_note).bind(self.at()).bind(&new.email);
        let (id, added_at): (i64, i64) = self.one(query).await?;
        self.put_roster_codes(station, id, &new.hs_codes).await?;
        Ok(added_at == self.at())
    }

    /// A firm's codes one by one, in place of those before: notices find it by them.
    async fn put_roster_codes(&mut self, station: i64, member: i64, codes: &str) -> Result<()> {
        self.execute(Query::new("DELETE FROM roster_code WHERE member_id = $1").bind(member)).await?;
        let mut codes: Vec<&str> = codes.split(|c: char| !c.is_ascii_digit()).filter(|code| !code.is_empty()).collect();
        codes.sort_unstable();
        codes.dedup();
        let Some((first, rest)) = codes.split_first() else { return Ok(()) };
        let mut query = Query::new("INSERT INTO roster_code (station_id, member_id, code) VALUES (");
        let mut row = |text, code: &str| {
            query.push_bind(text, station);
            query.push_bind(", ", member);
            query.push_bind(", ", code);
        };
        row("", first);
        for code in rest {
            row("), (", code);
        }
        query.push(")");
        self.execute(query).await.map(drop)
    }

    /// Counts the roster anew, once after a change of any size.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn recount_roster(&mut self, station: i64) -> Result<()> {
        let query = Query::new(
            "UPDATE station SET firms = (SELECT count(*) FROM roster_member r WHERE r.station_id = $1 \
             AND r.removed_at IS NULL) WHERE id = $1",
        );
        self.execute(query.bind(station)).await.map(drop)
    }

    /// Takes a firm off the roster; its row stays.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn remove_roster_member(&mut self, id: i64) -> Result<()> {
        let query = Query::new("UPDATE roster_member SET removed_at = $1 WHERE id = $2").bind(self.at()).bind(id);
        self.execute(query).await?;
        self.execute(Query::new("DELETE FROM roster_code WHERE member_id = $1").bind(id)).await.map(drop)
    }
}

pub(crate) fn already_corrected(error: Error, what: &str) -> Error {
    if error.is_duplicate() {
        Error::Conflict(format!("{what}已被更正，请刷新后对最新的一条再作更正"))
    } else {
        error
    }
}

/// Standing records in force on a day, for a whole scope at once.
///
/// # Errors
/// See [`Store::all`].
pub async fn records_in_force(store: &Store, scope: &Scope, on_day: i64) -> Result<Vec<(i64, String, i64)>> {
    let mut query = Query::new(
        "SELECT e.station_id, e.fact, e.id FROM standing_record e JOIN station s ON s.id = e.station_id \
         WHERE e.void = 0 AND NOT EXISTS (SELECT 1 FROM standing_record n WHERE n.supersedes = e.id)",
    );
    query.push_bind(" AND e.from_on <= ", on_day);
    query.push_bind(" AND (e.until_on IS NULL OR e.until_on >= ", on_day);
    query.push(")");
    query.within(scope, &OF_RECORD);
    query.push(" ORDER BY e.station_id, e.fact, e.id");
    store.all(query).await
}

/// A standing record is placed by its station.
const OF_RECORD: crate::query::ScopeColumns = crate::query::ScopeColumns {
    city: OF_STATION.city,
    county: OF_STATION.county,
    station: OF_ENTRY.station,
    station_name: OF_ENTRY.station_name,
};
