use std::collections::{BTreeMap, HashMap, HashSet};

use regulation::appraisal::ledger::{Entry, Facts, KeptIn, KindIx};
use regulation::appraisal::score::Grading;
use regulation::general::Scope;
use regulation::law::Edition;
use rust_decimal::Decimal;

use super::{MarkRow, Opinion};
use crate::query::{OF_STATION, Query};
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
    refused_by_city: HashSet<(Noun, i64)>,
    refused_by_province: HashSet<(Noun, i64)>,
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
        self.ledger.iter().filter(|entry| !self.refused(layer, Noun::Entry, entry.id)).copied().collect()
    }

    /// The marks that count in a layer: those of a report it refused do not.
    pub fn gradings(&self, layer: Layer) -> Vec<Grading> {
        let accepted = |grading: &&Grading| {
            grading.work.parse().is_ok_and(|entry| !self.refused(layer, Noun::Entry, entry))
        };
        self.gradings.iter().filter(accepted).cloned().collect()
    }

    fn refused(&self, layer: Layer, noun: Noun, id: i64) -> bool {
        match layer {
            Layer::Own => false,
            Layer::City => self.refused_by_city.contains(&(noun, id)),
            Layer::Province => self.refused_by_province.contains(&(noun, id)),
        }
    }

    /// Takes in the newest opinions, oldest layer first: the province's word outweighs the city's.
    fn hear(&mut self, opinions: &[Opinion]) {
        for layer in ["city", "province"] {
            for opinion in opinions.iter().filter(|opinion| opinion.layer == layer) {
                let noun = if opinion.noun == "ledger_entry" { Noun::Entry } else { Noun::Record };
                let key = (noun, opinion.noun_id);
                let sets = match layer {
                    "city" => vec![&mut self.refused_by_city, &mut self.refused_by_province],
                    _ => vec![&mut self.refused_by_province],
                };
                for set in sets {
                    if opinion.accepted == 0 { set.insert(key) } else { set.remove(&key) };
                }
            }
        }
    }
}

/// Live entries of one kind and station, packed as `id day count;…`: one row instead of a thousand.
#[derive(sqlx::FromRow)]
struct Packed {
    station_id: i64,
    kind: String,
    entries: String,
}

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
        for packed in self.packed(scope, year).await? {
            let Some(kind) = edition.kind_ix(&packed.kind) else { continue };
            if let Some(dossier) = dossiers.get_mut(&packed.station_id) {
                unpack(&mut dossier.ledger, kind, &packed.entries)?;
            }
        }
        let station = match scope {
            Scope::Stations(stations) if stations.len() == 1 => stations.first().copied(),
            _ => None,
        };
        let mut opinions: HashMap<i64, Vec<Opinion>> = HashMap::new();
        for opinion in self.opinions(scope, year, station).await? {
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
                let live: HashSet<String> = dossier.ledger.iter().map(|entry| entry.id.to_string()).collect();
                dossier.gradings = gradings.into_iter().filter(|grading| live.contains(&grading.work)).collect();
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
        let mut query = Query::new("SELECT s.id, s.firms FROM station s WHERE 1 = 1");
        query.within(scope, &OF_STATION);
        let stations: Vec<(i64, i64)> = self.all(query).await?;
        let needed = edition.whole("roster.min");
        let facts: Vec<String> =
            edition.facts.iter().filter(|fact| fact.kept_in == KeptIn::Roster).map(|fact| fact.id.clone()).collect();
        let dossier = |firms| Dossier {
            roster_facts: if firms >= needed { facts.clone() } else { Vec::new() },
            ..Dossier::default()
        };
        Ok(stations.into_iter().map(|(id, firms)| (id, dossier(firms))).collect())
    }

    async fn packed(&self, scope: &Scope, year: i64) -> Result<Vec<Packed>> {
        let mut query = Query::new(
            "SELECT e.station_id, e.kind, string_agg(e.id || ' ' || e.on_day || ' ' || e.count, ';') AS entries \
             FROM ledger_entry e",
        );
        // The area of an entry is its station's, so the whole scope is answered from the entry's own columns.
        query.push_bind(" WHERE e.year = ", year);
        query.within(scope, &crate::query::OF_ENTRY);
        query.push(
            " AND e.void = 0 AND NOT EXISTS (SELECT 1 FROM ledger_entry n WHERE n.supersedes = e.id) \
             GROUP BY e.station_id, e.kind",
        );
        self.all(query).await
    }
}

fn unpack(ledger: &mut Vec<Entry>, kind: KindIx, packed: &str) -> Result<()> {
    let impossible = || Error::Impossible { table: "ledger_entry", column: "on_day", row: 0 };
    for triple in packed.split(';') {
        let mut numbers = triple.split(' ').map(str::parse::<i64>);
        let (Some(Ok(id)), Some(Ok(day)), Some(Ok(count))) = (numbers.next(), numbers.next(), numbers.next()) else {
            return Err(impossible());
        };
        let count = u64::try_from(count).map_err(|_| impossible())?;
        ledger.push(Entry { id, kind, on: date_from(day)?, count });
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
