use std::collections::{BTreeMap, HashMap, HashSet};

use regulation::appraisal::ledger::{Entry, Facts, KeptIn, KindIx};
use regulation::appraisal::score::Grading;
use regulation::general::Scope;
use regulation::law::Edition;
use rust_decimal::Decimal;

use super::{MarkRow, Opinion};
use crate::query::{OF_ENTRY, OF_STATION, Query};
use crate::{Error, Result, Store, date_from, decimal, duties};

/// Whose view of the evidence is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// 自评: all live entries.
    Own,
    /// 市核: less what the city did not accept.
    City,
    /// 省审: less what the province, or failing its word the city, did not accept.
    Province,
}

/// All a station's year is scored from, before any layer.
#[derive(Clone, Debug, Default)]
pub struct Dossier {
    pub ledger: Vec<Entry>,
    /// Facts with the records that show each.
    pub records: Vec<(String, i64)>,
    /// Facts kept in the roster, which hold.
    pub roster_facts: Vec<String>,
    pub gradings: Vec<Grading>,
    /// The newest opinion of each layer on each piece of evidence.
    pub opinions: Vec<Opinion>,
    /// The newest mark of each expert, also of reports no longer live.
    pub marks: Vec<MarkRow>,
    /// Days the website was looked at since it last opened: evidence beside its row, worth nothing (reading K84).
    pub site_failing: i64,
    /// Entries that say the same as another of their month, each with that other: they do not count, unless who reviews
    /// accepts them all the same (readings K101, K99).
    pub repeats: BTreeMap<i64, i64>,
    said_by_city: HashMap<(Noun, i64), bool>,
    said_by_province: HashMap<(Noun, i64), bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Noun {
    Entry,
    Record,
}

impl Dossier {
    /// The facts that hold in a layer.
    pub fn facts(&self, layer: Layer) -> Facts {
        let mut facts = Facts::default();
        for (fact, record) in &self.records {
            if !self.refused(layer, Noun::Record, *record) {
                facts.establish(fact, [*record]);
            }
        }
        for fact in &self.roster_facts {
            facts.establish(fact, []);
        }
        facts
    }

    /// The entries that count in a layer.
    pub fn entries(&self, layer: Layer) -> Vec<Entry> {
        if self.said(layer).is_none_or(HashMap::is_empty) && self.repeats.is_empty() {
            return self.ledger.clone();
        }
        let counts = |entry: &&Entry| match self.said(layer).and_then(|said| said.get(&(Noun::Entry, entry.id))) {
            Some(accepted) => *accepted,
            None => !self.repeats.contains_key(&entry.id),
        };
        self.ledger.iter().filter(counts).copied().collect()
    }

    /// The marks that count in a layer: those of a report it refused do not.
    pub fn gradings(&self, layer: Layer) -> Vec<Grading> {
        let accepted =
            |grading: &&Grading| grading.work.parse().is_ok_and(|entry| !self.refused(layer, Noun::Entry, entry));
        self.gradings.iter().filter(accepted).cloned().collect()
    }

    fn lists(&self, work: &str) -> bool {
        work.parse().is_ok_and(|id: i64| self.ledger.iter().any(|entry| entry.id == id))
    }

    fn refused(&self, layer: Layer, noun: Noun, id: i64) -> bool {
        self.said(layer).is_some_and(|said| said.get(&(noun, id)) == Some(&false))
    }

    /// What a layer said of each piece of evidence: accepted or not.
    fn said(&self, layer: Layer) -> Option<&HashMap<(Noun, i64), bool>> {
        match layer {
            Layer::Own => None,
            Layer::City => Some(&self.said_by_city),
            Layer::Province => Some(&self.said_by_province),
        }
    }

    /// Takes in the newest opinions, oldest layer first: the province's word outweighs the city's.
    fn hear(&mut self, opinions: &[Opinion]) {
        for layer in ["city", "province"] {
            for opinion in opinions.iter().filter(|opinion| opinion.layer == layer) {
                let noun = if opinion.noun == "ledger_entry" { Noun::Entry } else { Noun::Record };
                let key = (noun, opinion.noun_id);
                if layer == "city" {
                    self.said_by_city.insert(key, opinion.accepted != 0);
                }
                self.said_by_province.insert(key, opinion.accepted != 0);
            }
        }
    }
}

/// A station's entries of one kind, packed into one row instead of a thousand: `id MMDD` in one number, then the
/// count unless it is one. Without a kind: the ids of those that were corrected or withdrawn. Of the kind [`REPEATS`]: those
/// that say the same as another, `id other`.
#[derive(sqlx::FromRow)]
struct Packed {
    station_id: i64,
    kind: Option<String>,
    entries: String,
}

/// No kind of an edition.
const REPEATS: &str = "=";

/// From this many stations on, two connections read half each.
const HALVED: usize = 100;

impl Store {
    /// Everything needed to score the stations of a scope for a year, each under its key. Stations without
    /// any entry are there too.
    ///
    /// # Errors
    /// See [`Store::all`]; also on rows no code writes.
    pub async fn dossiers(&self, edition: &Edition, scope: &Scope, year: i64) -> Result<BTreeMap<i64, Dossier>> {
        let mut dossiers = self.with_roster(edition, scope).await?;
        let year_end = year * 10_000 + 1231;
        for (station, fact, record) in duties::records_in_force(self, scope, year_end).await? {
            if let Some(dossier) = dossiers.get_mut(&station) {
                dossier.records.push((fact, record));
            }
        }
        let stations: Vec<i64> = dossiers.keys().copied().collect();
        let station = match scope {
            Scope::Stations(stations) if stations.len() == 1 => stations.first().copied(),
            _ => None,
        };
        let reading = (self.packed(scope, &stations, year), self.opinions(scope, year, station));
        let (packed, given) = tokio::try_join!(reading.0, reading.1)?;
        file(&mut dossiers, edition, &packed, year)?;
        let mut opinions: HashMap<i64, Vec<Opinion>> = HashMap::new();
        for opinion in given {
            opinions.entry(opinion.station_id).or_default().push(opinion);
        }
        for (station, opinions) in opinions {
            if let Some(dossier) = dossiers.get_mut(&station) {
                dossier.hear(&opinions);
                dossier.opinions = opinions;
            }
        }
        let marks = self.marks(year, station).await?;
        for (station, gradings) in gradings(&marks)? {
            if let Some(dossier) = dossiers.get_mut(&station) {
                // A report withdrawn or corrected takes its marks with it.
                let live = gradings.into_iter().filter(|grading| dossier.lists(&grading.work)).collect();
                dossier.gradings = live;
            }
        }
        for mark in marks {
            if let Some(dossier) = dossiers.get_mut(&mark.station_id) {
                dossier.marks.push(mark);
            }
        }
        Ok(dossiers)
    }

    async fn with_roster(&self, edition: &Edition, scope: &Scope) -> Result<BTreeMap<i64, Dossier>> {
        let mut query = Query::new(
            "SELECT s.id, s.firms, coalesce(w.failing, 0) FROM station s LEFT JOIN site_standing w ON w.station_id = s.id \
             WHERE 1 = 1",
        );
        query.within(scope, &OF_STATION);
        let stations: Vec<(i64, i64, i64)> = self.all(query).await?;
        let needed = edition.whole("roster.min");
        let facts: Vec<String> =
            edition.facts.iter().filter(|fact| fact.kept_in == KeptIn::Roster).map(|fact| fact.id.clone()).collect();
        let dossier = |firms, site_failing| Dossier {
            roster_facts: if firms >= needed { facts.clone() } else { Vec::new() },
            site_failing,
            ..Dossier::default()
        };
        Ok(stations.into_iter().map(|(id, firms, failing)| (id, dossier(firms, failing))).collect())
    }

    async fn packed(&self, scope: &Scope, stations: &[i64], year: i64) -> Result<Vec<Packed>> {
        if stations.len() < HALVED {
            return self.all(packed_query(scope, stations, year)).await;
        }
        let (low, high) = stations.split_at(stations.len() / 2);
        let (low, high) = (packed_query(scope, low, year), packed_query(scope, high, year));
        let (mut packed, rest): (Vec<Packed>, Vec<Packed>) = tokio::try_join!(self.all(low), self.all(high))?;
        packed.extend(rest);
        Ok(packed)
    }
}

/// One statement, so that an entry and its correction are never both seen. What was superseded comes apart: it is
/// little, and joining it out row by row would cost more than all the rest. (`CROSS JOIN` has SQLite begin there.)
fn packed_query(scope: &Scope, stations: &[i64], year: i64) -> Query {
    let mut query = Query::new(
        "SELECT e.station_id, e.kind, string_agg((e.id * 10000 + e.on_day % 10000) || CASE WHEN e.count = 1 THEN '' \
         ELSE ' ' || e.count END, ';') AS entries FROM ledger_entry e",
    );
    query.push_bind(" WHERE e.year = ", year);
    among(&mut query, scope, stations);
    query.push(
        " AND e.void = 0 GROUP BY e.station_id, e.kind UNION ALL \
         SELECT e.station_id, CAST(NULL AS TEXT), string_agg(CAST(e.id AS TEXT), ';') \
         FROM ledger_entry n CROSS JOIN ledger_entry e WHERE n.supersedes IS NOT NULL AND e.id = n.supersedes",
    );
    query.push_bind(" AND e.year = ", year);
    among(&mut query, scope, stations);
    query.push(
        " GROUP BY e.station_id UNION ALL SELECT e.station_id, '=', string_agg(e.entry_id || ' ' || e.repeats, ';') \
         FROM published_entry e WHERE e.repeats IS NOT NULL",
    );
    query.push_bind(" AND e.year = ", year);
    among(&mut query, scope, stations);
    query.push(" GROUP BY e.station_id");
    query
}

/// By the stations' keys, not by area: the index holds the key, and a station that moved keeps all its entries.
fn among(query: &mut Query, scope: &Scope, stations: &[i64]) {
    let (Some(first), Some(last)) = (stations.first(), stations.last()) else { return query.push(" AND 1 = 0") };
    if *scope == Scope::All {
        query.push_bind(" AND e.station_id >= ", *first);
        query.push_bind(" AND e.station_id <= ", *last);
    } else {
        query.within(&Scope::Stations(stations.to_vec()), &OF_ENTRY);
    }
}

fn impossible(row: i64) -> Error {
    Error::Impossible { table: "ledger_entry", column: "on_day", row }
}

/// Puts the entries under their stations, less those superseded.
fn file(dossiers: &mut BTreeMap<i64, Dossier>, edition: &Edition, packed: &[Packed], year: i64) -> Result<()> {
    let superseded = superseded(packed)?;
    for packed in packed {
        if packed.kind.as_deref() == Some(REPEATS) {
            if let Some(dossier) = dossiers.get_mut(&packed.station_id) {
                dossier.repeats = repeats(&packed.entries)?;
            }
            continue;
        }
        let Some(kind) = packed.kind.as_deref().and_then(|kind| edition.kind_ix(kind)) else { continue };
        if let Some(dossier) = dossiers.get_mut(&packed.station_id) {
            unpack(&mut dossier.ledger, kind, year, &packed.entries, &superseded)?;
        }
    }
    Ok(())
}

fn superseded(packed: &[Packed]) -> Result<HashSet<i64>> {
    let ids = packed.iter().filter(|packed| packed.kind.is_none()).flat_map(|packed| packed.entries.split(';'));
    ids.map(|id| id.parse().map_err(|_| impossible(0))).collect()
}

fn repeats(packed: &str) -> Result<BTreeMap<i64, i64>> {
    let pair = |pair: &str| {
        let (id, of) = pair.split_once(' ')?;
        Some((id.parse().ok()?, of.parse().ok()?))
    };
    packed.split(';').map(|one| pair(one).ok_or_else(|| impossible(0))).collect()
}

fn unpack(ledger: &mut Vec<Entry>, kind: KindIx, year: i64, packed: &str, superseded: &HashSet<i64>) -> Result<()> {
    for item in packed.split(';') {
        let (place, count) = item.split_once(' ').unwrap_or((item, "1"));
        let place: i64 = place.parse().map_err(|_| impossible(0))?;
        let id = place / 10_000;
        if superseded.contains(&id) {
            continue;
        }
        let on = date_from(year * 10_000 + place % 10_000).map_err(|_| impossible(id))?;
        ledger.push(Entry { id, kind, on, count: count.parse().map_err(|_| impossible(id))? });
    }
    Ok(())
}

/// Marks by station, each piece of work with all its experts' marks.
fn gradings(marks: &[MarkRow]) -> Result<HashMap<i64, Vec<Grading>>> {
    let mut works: BTreeMap<(i64, String, i64), Vec<Decimal>> = BTreeMap::new();
    for mark in marks {
        let value = decimal(&mark.mark, "mark", "mark", mark.id)?;
        works.entry((mark.station_id, mark.item.clone(), mark.entry_id)).or_default().push(value);
    }
    let mut by_station: HashMap<i64, Vec<Grading>> = HashMap::new();
    for ((station, item, entry), marks) in works {
        by_station.entry(station).or_default().push(Grading { item, work: entry.to_string(), marks });
    }
    Ok(by_station)
}
