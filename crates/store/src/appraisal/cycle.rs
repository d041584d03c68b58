use regulation::appraisal::grade::{Counts, FirstYear};
use regulation::general::Scope;

use crate::query::{OF_ENTRY, Query};
use crate::{Error, Result, Store, Tx};

/// A year's inspection, bound to one edition.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Cycle {
    pub year: i64,
    pub edition_id: String,
    /// 合格线 in tenths, as the province confirmed it.
    pub pass_mark: i64,
    /// `open` or `confirmed`.
    pub state: String,
    pub opened_at: i64,
    pub opened_by: String,
    pub confirmed_at: Option<i64>,
    pub confirmed_by: Option<String>,
    /// Key of a [`regulation::appraisal::grade::FirstYear`].
    pub first_year: String,
    /// Key of a [`regulation::appraisal::grade::Counts`].
    pub counts: String,
}

impl Cycle {
    /// Whom the cap is a third of (reading K43).
    ///
    /// # Errors
    /// Fails on a row no code writes.
    pub fn counts(&self) -> Result<Counts> {
        Counts::from_key(&self.counts).ok_or(Error::Impossible { table: "cycle", column: "counts", row: self.year })
    }

    /// What becomes of stations in their first year (reading K48).
    ///
    /// # Errors
    /// Fails on a row no code writes.
    pub fn first_year(&self) -> Result<FirstYear> {
        let impossible = Error::Impossible { table: "cycle", column: "first_year", row: self.year };
        FirstYear::from_key(&self.first_year).ok_or(impossible)
    }
}

/// A year about to be opened.
#[derive(Clone, Copy, Debug)]
pub struct NewCycle<'a> {
    pub year: i64,
    pub edition: &'a str,
    /// 合格线 in tenths.
    pub pass_mark: i64,
    pub first_year: FirstYear,
    pub counts: Counts,
}

impl<'a> NewCycle<'a> {
    /// With the policies of the readings (K43, K48).
    pub fn usual(year: i64, edition: &'a str, pass_mark: i64) -> NewCycle<'a> {
        let (first_year, counts) = (FirstYear::default(), Counts::default());
        NewCycle { year, edition, pass_mark, first_year, counts }
    }
}

/// A city's or the province's opinion on one piece of evidence. The newest of a layer holds.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Opinion {
    pub id: i64,
    pub station_id: i64,
    /// `ledger_entry` or `standing_record`.
    pub noun: String,
    pub noun_id: i64,
    /// `city` or `province`.
    pub layer: String,
    pub accepted: i64,
    pub reason: String,
    pub given_at: i64,
    pub given_by: String,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Submission {
    pub id: i64,
    pub station_id: i64,
    pub receipt: String,
    pub submitted_at: i64,
    pub submitted_by: String,
}

/// The newest mark of one expert for one piece of work.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MarkRow {
    pub id: i64,
    pub account_id: i64,
    pub expert: String,
    pub station_id: i64,
    pub item: String,
    pub entry_id: i64,
    /// Decimal text, as typed.
    pub mark: String,
    pub comment: String,
    pub given_at: i64,
}

/// A report an expert is to mark.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Work {
    pub entry_id: i64,
    pub station_id: i64,
    pub station: String,
    pub kind: String,
    pub on_day: i64,
    pub title: String,
    pub mark: Option<String>,
    pub comment: Option<String>,
}

/// The province's collective decision on a tie at the cap.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Decision {
    pub year: i64,
    /// Station keys chosen, comma-separated; may be empty. Behind a `/`, the keys of the tie it was decided on.
    pub chosen: String,
    pub attendees: String,
    pub reason: String,
    pub decided_on: i64,
    pub recorded_at: i64,
    pub recorded_by: String,
}

impl Decision {
    /// The keys chosen, and those of the tie they were chosen from, where that was kept.
    pub fn parts(&self) -> (Vec<String>, Option<Vec<String>>) {
        let keys = |list: &str| list.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect();
        match self.chosen.split_once('/') {
            Some((chosen, tied)) => (keys(chosen), Some(keys(tied))),
            None => (keys(&self.chosen), None),
        }
    }
}

/// A finding on how a station took part, and why. The newest holds.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ParticipationFinding {
    pub id: i64,
    pub station_id: i64,
    pub value: String,
    pub reason: String,
    pub found_at: i64,
    pub found_by: String,
}

/// An account that can be assigned stations.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Assessor {
    pub id: i64,
    pub display_name: String,
    pub role: String,
}

/// An assignment as the province lists it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AssignmentRow {
    pub account_id: i64,
    pub assessor: String,
    pub role: String,
    pub station_id: i64,
    pub station: String,
    pub city: String,
    pub from_on: Option<i64>,
    pub until_on: i64,
    pub made_at: i64,
    pub made_by: String,
}

/// A confirmed result with what it was computed from.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ResultRow {
    pub year: i64,
    pub station_id: i64,
    pub station_name: String,
    pub host_name: String,
    pub edition_id: String,
    pub rank: i64,
    pub base: i64,
    pub bonus: i64,
    pub total: i64,
    pub participation: String,
    pub grade: String,
    /// The score's rows with evidence keys, as JSON.
    pub explanation: String,
    pub confirmed_at: i64,
    /// Why the station was not checked on site, where the province said so (reading K36).
    pub unchecked: Option<String>,
}

/// A result about to be confirmed.
#[derive(Clone, Debug)]
pub struct NewResult {
    pub station: i64,
    pub station_name: String,
    pub host_name: String,
    pub rank: i64,
    pub base: i64,
    pub bonus: i64,
    pub total: i64,
    pub participation: &'static str,
    pub grade: &'static str,
    pub explanation: String,
    /// Why it was not checked on site, where the province says so.
    pub unchecked: Option<String>,
}

const CYCLE: &str = "SELECT year, edition_id, pass_mark, state, opened_at, opened_by, confirmed_at, confirmed_by, first_year, counts FROM cycle";

/// The newest mark of each expert, item and work.
const MARK: &str = "SELECT m.id, m.account_id, m.expert, m.station_id, m.item, m.entry_id, m.mark, m.comment, m.given_at \
                    FROM mark m WHERE NOT EXISTS (SELECT 1 FROM mark n WHERE n.year = m.year AND n.station_id = m.station_id \
                    AND n.item = m.item AND n.entry_id = m.entry_id AND n.account_id = m.account_id AND n.id > m.id)";

const RESULT: &str = "SELECT e.year, e.station_id, e.station_name, e.host_name, e.edition_id, e.rank, e.base, e.bonus, \
                      e.total, e.participation, e.grade, e.explanation, e.confirmed_at, e.unchecked FROM result e \
                      JOIN station s ON s.id = e.station_id";

impl Store {
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn cycles(&self) -> Result<Vec<Cycle>> {
        let mut query = Query::new(CYCLE);
        query.push(" ORDER BY year DESC");
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn cycle(&self, year: i64) -> Result<Option<Cycle>> {
        let mut query = Query::new(CYCLE);
        query.push_bind(" WHERE year = ", year);
        self.optional(query).await
    }

    /// Newest opinion of each layer on each piece of evidence, in the order they were given.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn opinions(&self, scope: &Scope, year: i64, station: Option<i64>) -> Result<Vec<Opinion>> {
        let mut query = Query::new(
            "SELECT e.id, e.station_id, e.noun, e.noun_id, e.layer, e.accepted, e.reason, e.given_at, e.given_by \
             FROM opinion e JOIN station s ON s.id = e.station_id WHERE NOT EXISTS (SELECT 1 FROM opinion n \
             WHERE n.year = e.year AND n.station_id = e.station_id AND n.noun = e.noun AND n.noun_id = e.noun_id \
             AND n.layer = e.layer AND n.id > e.id)",
        );
        query.push_bind(" AND e.year = ", year);
        if let Some(station) = station {
            query.push_bind(" AND e.station_id = ", station);
        }
        query.within(scope, &OF_PLACED);
        let mut opinions: Vec<Opinion> = self.all(query).await?;
        // Here, not there: a database would sort whole rows.
        opinions.sort_unstable_by_key(|opinion| opinion.id);
        Ok(opinions)
    }

    /// First submission of each station: the one whose time counts (reading on R14.2).
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn first_submissions(&self, year: i64) -> Result<Vec<Submission>> {
        let query = Query::new(
            "SELECT e.id, e.station_id, e.receipt, e.submitted_at, e.submitted_by FROM submission e WHERE e.year = $1 \
             AND NOT EXISTS (SELECT 1 FROM submission n WHERE n.year = e.year AND n.station_id = e.station_id AND n.id < e.id)",
        );
        self.all(query.bind(year)).await
    }

    /// A station's submissions, first to last.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn submissions(&self, year: i64, station: i64) -> Result<Vec<Submission>> {
        let query = Query::new(
            "SELECT id, station_id, receipt, submitted_at, submitted_by FROM submission \
             WHERE year = $1 AND station_id = $2 ORDER BY id",
        );
        self.all(query.bind(year).bind(station)).await
    }

    /// How stations took part where a person found it: the newest finding of each.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn participation_findings(&self, year: i64) -> Result<Vec<ParticipationFinding>> {
        let query = Query::new(
            "SELECT e.id, e.station_id, e.value, e.reason, e.found_at, e.found_by FROM participation_finding e \
             WHERE e.year = $1 AND NOT EXISTS (SELECT 1 FROM participation_finding n WHERE n.year = e.year \
             AND n.station_id = e.station_id AND n.id > e.id)",
        );
        self.all(query.bind(year)).await
    }

    /// How many stations of a scope were submitted for, by year.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn submission_counts(&self, scope: &Scope) -> Result<Vec<(i64, i64)>> {
        let mut query = Query::new(
            "SELECT e.year, count(DISTINCT e.station_id) FROM submission e JOIN station s ON s.id = e.station_id WHERE 1 = 1",
        );
        query.within(scope, &OF_PLACED);
        query.push(" GROUP BY e.year");
        self.all(query).await
    }

    /// How many stations of a scope got each grade, by year.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn grade_counts(&self, scope: &Scope) -> Result<Vec<(i64, String, i64)>> {
        let mut query = Query::new(
            "SELECT e.year, e.grade, count(*) FROM result e JOIN station s ON s.id = e.station_id WHERE 1 = 1",
        );
        query.within(scope, &OF_PLACED);
        query.push(" GROUP BY e.year, e.grade");
        self.all(query).await
    }

    /// All opinions on a station's year, newest first: the log beside [`Store::opinions`].
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn opinion_log(&self, year: i64, station: i64) -> Result<Vec<Opinion>> {
        let query = Query::new(
            "SELECT id, station_id, noun, noun_id, layer, accepted, reason, given_at, given_by FROM opinion \
             WHERE year = $1 AND station_id = $2 ORDER BY id DESC LIMIT 100",
        );
        self.all(query.bind(year).bind(station)).await
    }

    /// Accounts of experts and evaluators in use.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn assessors(&self) -> Result<Vec<Assessor>> {
        self.all(Query::new(
            "SELECT id, display_name, role FROM account WHERE role IN ('expert', 'evaluator') AND disabled_at IS NULL \
             ORDER BY role DESC, username",
        ))
        .await
    }

    /// A year's assignments, by assessor and station.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn assignments_of(&self, year: i64) -> Result<Vec<AssignmentRow>> {
        let query = Query::new(
            "SELECT g.account_id, a.display_name AS assessor, a.role, g.station_id, s.name AS station, s.city, g.from_on, g.until_on, \
             g.made_at, g.made_by FROM assignment g JOIN account a ON a.id = g.account_id \
             JOIN station s ON s.id = g.station_id WHERE g.year = $1 ORDER BY a.role DESC, a.username, s.number",
        );
        self.all(query.bind(year)).await
    }

    /// Marks of a year; of one station when given.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn marks(&self, year: i64, station: Option<i64>) -> Result<Vec<MarkRow>> {
        let mut query = Query::new(MARK);
        query.push_bind(" AND m.year = ", year);
        if let Some(station) = station {
            query.push_bind(" AND m.station_id = ", station);
        }
        query.push(" ORDER BY m.station_id, m.item, m.entry_id, m.account_id");
        self.all(query).await
    }

    /// Reports of the given kinds an assessor may mark in a year, with the mark already given.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn works(&self, scope: &Scope, account: i64, year: i64, kinds: &[&str]) -> Result<Vec<Work>> {
        let [first, rest @ ..] = kinds else { return Ok(Vec::new()) };
        let mut query = Query::new(
            "SELECT e.id AS entry_id, e.station_id, s.name AS station, e.kind, e.on_day, e.title, m.mark, m.comment \
             FROM ledger_entry e JOIN station s ON s.id = e.station_id LEFT JOIN mark m ON m.entry_id = e.id",
        );
        query.push_bind(" AND m.account_id = ", account);
        query.push_bind(
            " AND NOT EXISTS (SELECT 1 FROM mark n WHERE n.entry_id = m.entry_id AND n.item = m.item \
             AND n.account_id = m.account_id AND n.year = m.year AND n.station_id = m.station_id AND n.id > m.id) \
             AND m.year = ",
            year,
        );
        query.push_bind(" AND m.station_id = e.station_id WHERE e.year = ", year);
        query.push_bind(" AND e.kind IN (", *first);
        for kind in rest {
            query.push_bind(", ", *kind);
        }
        query.push(") AND e.void = 0 AND NOT EXISTS (SELECT 1 FROM ledger_entry n WHERE n.supersedes = e.id)");
        query.within(scope, &OF_ENTRY);
        query.push(" ORDER BY s.number, e.kind, e.on_day, e.id");
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn decision(&self, year: i64) -> Result<Option<Decision>> {
        let query = Query::new(
            "SELECT year, chosen, attendees, reason, decided_on, recorded_at, recorded_by FROM decision WHERE year = $1",
        );
        self.optional(query.bind(year)).await
    }

    /// Confirmed results in scope, best first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn results(&self, scope: &Scope, year: i64) -> Result<Vec<ResultRow>> {
        let mut query = Query::new(RESULT);
        query.push_bind(" WHERE e.year = ", year);
        query.within(scope, &OF_PLACED);
        query.push(" ORDER BY CASE WHEN e.rank = 0 THEN 1 ELSE 0 END, e.rank, e.station_id");
        self.all(query).await
    }

    /// Confirmed results of one station in scope, newest year first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn station_results(&self, scope: &Scope, station: i64) -> Result<Vec<ResultRow>> {
        let mut query = Query::new(RESULT);
        query.push_bind(" WHERE e.station_id = ", station);
        query.within(scope, &OF_PLACED);
        query.push(" ORDER BY e.year DESC");
        self.all(query).await
    }
}

/// Rows placed by the station they join.
pub(super) const OF_PLACED: crate::query::ScopeColumns = crate::query::ScopeColumns {
    city: crate::query::OF_STATION.city,
    county: crate::query::OF_STATION.county,
    station: OF_ENTRY.station,
    station_name: OF_ENTRY.station_name,
};

impl Tx<'_> {
    /// Opens a year under an edition with what the province confirmed.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the year is open already.
    pub async fn open_cycle(&mut self, new: &NewCycle<'_>) -> Result<()> {
        let NewCycle { year, edition, pass_mark, first_year, counts } = new;
        let query = Query::new(
            "INSERT INTO cycle (year, edition_id, pass_mark, state, opened_at, opened_by, first_year, counts) \
             VALUES ($1, $2, $3, 'open', $4, $5, $6, $7)",
        );
        let query = query.bind(*year).bind(*edition).bind(*pass_mark).bind(self.at());
        let query = query.bind(self.mandate().actor().name.clone()).bind(first_year.key()).bind(counts.key());
        let opened = self.execute(query).await;
        opened.map_err(|error| match error.is_duplicate() {
            true => Error::Conflict(format!("{year} 年度评估已经开启")),
            false => error,
        })?;
        self.note(format!("{year} 年度，版本 {edition}，合格线 {pass_mark}（十分之一分）"));
        Ok(())
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_submission(&mut self, year: i64, station: i64, receipt: &str) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO submission (year, station_id, receipt, submitted_at, submitted_by) \
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
        );
        let query = query.bind(year).bind(station).bind(receipt).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await?;
        self.note(format!("{year} 年度材料，回执 {receipt}"));
        Ok(id)
    }

    /// Adds a finding on how a station took part; an earlier one stays and no longer holds.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn find_participation(&mut self, year: i64, station: i64, value: &str, reason: &str) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO participation_finding (year, station_id, value, reason, found_at, found_by) \
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        );
        let query = query.bind(year).bind(station).bind(value).bind(reason).bind(self.at());
        self.insert(query.bind(self.mandate().actor().name.clone())).await
    }

    /// # Errors
    /// See [`Tx::all`].
    #[expect(clippy::too_many_arguments, reason = "one opinion is these seven facts")]
    pub async fn add_opinion(
        &mut self,
        station: i64,
        year: i64,
        noun: &str,
        noun_id: i64,
        layer: &str,
        accepted: bool,
        reason: &str,
    ) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO opinion (station_id, year, noun, noun_id, layer, accepted, reason, given_at, given_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        );
        let query = query.bind(station).bind(year).bind(noun).bind(noun_id).bind(layer).bind(accepted);
        let query = query.bind(reason).bind(self.at()).bind(self.mandate().actor().name.clone());
        let id = self.insert(query).await?;
        self.note(format!("{noun} {noun_id}，{}：{reason}", if accepted { "认可" } else { "不认可" }));
        Ok(id)
    }

    /// # Errors
    /// See [`Tx::all`].
    pub async fn assign(&mut self, account: i64, station: i64, year: i64, until_on: i64) -> Result<()> {
        self.assign_for(account, station, year, None, until_on).await
    }

    /// Assigns for a period; assigning again moves it.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn assign_for(
        &mut self,
        account: i64,
        station: i64,
        year: i64,
        from_on: Option<i64>,
        until_on: i64,
    ) -> Result<()> {
        let query = Query::new(
            "INSERT INTO assignment (account_id, station_id, year, from_on, until_on, made_at, made_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, year, station_id) DO UPDATE SET \
             from_on = excluded.from_on, until_on = excluded.until_on, made_at = excluded.made_at, made_by = excluded.made_by",
        );
        let query = query.bind(account).bind(station).bind(year).bind(from_on).bind(until_on).bind(self.at());
        self.execute(query.bind(self.mandate().actor().name.clone())).await.map(drop)
    }

    /// Adds an expert's mark; an earlier one of the same expert and work stays and no longer counts.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_mark(
        &mut self,
        station: i64,
        year: i64,
        item: &str,
        entry: i64,
        mark: &str,
        comment: &str,
    ) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO mark (account_id, expert, station_id, year, item, entry_id, mark, comment, given_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        );
        let actor = self.mandate().actor().clone();
        let query = query.bind(actor.account).bind(actor.name).bind(station).bind(year).bind(item).bind(entry);
        let id = self.insert(query.bind(mark).bind(comment).bind(self.at())).await?;
        self.concerns(id);
        self.note(format!("{item} 台账 {entry}：{mark} 分"));
        Ok(id)
    }

    /// Records the collective decision on a tie; a later one replaces it until the year is confirmed.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn set_decision(
        &mut self,
        year: i64,
        chosen: &str,
        attendees: &str,
        reason: &str,
        decided_on: i64,
    ) -> Result<()> {
        let query = Query::new(
            "INSERT INTO decision (year, chosen, attendees, reason, decided_on, recorded_at, recorded_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (year) DO UPDATE SET chosen = excluded.chosen, \
             attendees = excluded.attendees, reason = excluded.reason, decided_on = excluded.decided_on, \
             recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by",
        );
        let query = query.bind(year).bind(chosen).bind(attendees).bind(reason).bind(decided_on).bind(self.at());
        self.execute(query.bind(self.mandate().actor().name.clone())).await?;
        self.note(format!("集体研究：选定 [{chosen}]，{reason}"));
        Ok(())
    }

    /// Writes the year's results and closes it. They never change afterwards.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the year is not open.
    pub async fn confirm_results(&mut self, cycle: &Cycle, results: &[NewResult]) -> Result<()> {
        let close = Query::new(
            "UPDATE cycle SET state = 'confirmed', confirmed_at = $1, confirmed_by = $2 WHERE year = $3 AND state = 'open'",
        );
        let close = close.bind(self.at()).bind(self.mandate().actor().name.clone()).bind(cycle.year);
        if self.execute(close).await? == 0 {
            return Err(Error::Conflict(format!("{} 年度结果已经确认", cycle.year)));
        }
        for result in results {
            let query = Query::new(
                "INSERT INTO result (year, station_id, station_name, host_name, edition_id, rank, base, bonus, total, \
                 participation, grade, explanation, confirmed_at, unchecked) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            );
            let query = query.bind(cycle.year).bind(result.station).bind(&result.station_name).bind(&result.host_name);
            let query = query.bind(&cycle.edition_id).bind(result.rank).bind(result.base).bind(result.bonus);
            let query = query.bind(result.total).bind(result.participation).bind(result.grade);
            self.execute(query.bind(&result.explanation).bind(self.at()).bind(result.unchecked.clone())).await?;
        }
        self.note(format!("{} 年度，{} 家", cycle.year, results.len()));
        Ok(())
    }
}
