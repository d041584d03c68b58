//! How a station's year came about, layer by layer: what the sheet shows while the year is open, and what is kept
//! with the result once it is confirmed. A confirmed year is read from here and never computed again.

use regulation::Points;
use regulation::appraisal::score::{Detail, GroupScore, RowScore, Score};
use regulation::appraisal::sheet::{Item, PartId, Rule, TieBreak};
use regulation::general::Manager;
use regulation::law::Edition;
use serde::{Deserialize, Serialize};
use store::appraisal::{Dossier, ResultRow};
use store::duties::Station;

use super::reckon::Layers;
use super::words;

/// A year's sheet with everything behind it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Explained {
    pub rows: Vec<Row>,
    pub groups: Vec<GroupScore>,
    pub own: Sums,
    /// Missing where the city does not assess, or has not yet.
    pub city: Option<Sums>,
    pub expert: Sums,
    pub province: Sums,
    /// Article 11 matters without a score row, with their entries.
    pub qualitative: Vec<(String, Vec<i64>)>,
}

/// One row: its provincial score at the top level, the other layers beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    #[serde(flatten)]
    pub score: RowScore,
    /// How it was computed, in words.
    pub words: String,
    pub own: Option<Points>,
    pub city: Option<Points>,
    pub expert: Option<Points>,
    /// Evidence the station offered that does not count.
    pub refused_entries: Vec<i64>,
    pub refused_records: Vec<i64>,
    /// Entries that say the same as another of their month and do not count, each with that other (reading K101). Years
    /// confirmed before there was such a comparison have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeats: Vec<(i64, i64)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    pub base: Points,
    pub bonus: Points,
    pub total: Points,
}

impl Sums {
    fn of(score: &Score) -> Sums {
        Sums { base: score.base, bonus: score.bonus, total: score.total }
    }
}

impl Explained {
    /// The year as it stands in a dossier.
    pub fn of(edition: &Edition, station: &Station, dossier: &Dossier, year: i64) -> Explained {
        let layers = Layers::of(edition, dossier, year);
        let city = station.manager() == Manager::City && dossier.opinions.iter().any(|opinion| opinion.layer == "city");
        let rows: Vec<Row> = edition.sheet.items().map(|item| row(edition, item, &layers, dossier, city)).collect();
        let of_kinds = |kinds: &[String]| {
            let kinds: Vec<_> = kinds.iter().filter_map(|kind| edition.kind_ix(kind)).collect();
            let of_year = dossier.ledger.iter().filter(|entry| i64::from(entry.on.year()) == year);
            let mut ids: Vec<i64> = of_year.filter(|entry| kinds.contains(&entry.kind)).map(|entry| entry.id).collect();
            ids.sort_unstable();
            ids
        };
        Explained {
            expert: expert_sums(edition, &rows),
            rows,
            own: Sums::of(&layers.own),
            city: city.then(|| Sums::of(&layers.city)),
            province: Sums::of(&layers.province),
            qualitative: edition.qualitative.iter().map(|q| (q.name.clone(), of_kinds(&q.kinds))).collect(),
            groups: layers.province.groups,
        }
    }

    /// What was kept with a confirmed result.
    ///
    /// # Errors
    /// Fails on an explanation no code wrote.
    pub fn kept(result: &ResultRow) -> anyhow::Result<Explained> {
        serde_json::from_str(&result.explanation).map_err(|error| {
            anyhow::anyhow!("result.explanation，{} 年度，工作站 {}：{error}", result.year, result.station_id)
        })
    }

    /// As kept with a result.
    ///
    /// # Errors
    /// Never, for what [`Explained::of`] made.
    pub fn to_json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    pub fn row(&self, item: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.score.item == item)
    }

    /// The provincial layer as the score it is, for advice.
    pub fn score(&self) -> Score {
        Score {
            rows: self.rows.iter().map(|row| row.score.clone()).collect(),
            groups: self.groups.clone(),
            base: self.province.base,
            bonus: self.province.bonus,
            total: self.province.total,
        }
    }

    /// Points of the groups that decide ties in this way.
    pub fn tie(&self, by: TieBreak) -> Points {
        self.groups.iter().filter(|group| group.tie_break == Some(by)).map(|group| group.points).sum()
    }
}

fn row(edition: &Edition, item: &Item, layers: &Layers, dossier: &Dossier, city: bool) -> Row {
    let empty = || RowScore {
        item: item.id.clone(),
        raw: Points::ZERO,
        points: Points::ZERO,
        cap: item.cap,
        article: item.article.clone(),
        entries: Vec::new(),
        records: Vec::new(),
        detail: Detail::Presence { holds: false },
    };
    let of = |score: &Score| score.row(&item.id).cloned().unwrap_or_else(empty);
    let (own, scored) = (of(&layers.own), of(&layers.province));
    let graded = matches!(item.rule, Rule::Graded { .. });
    let marked = matches!(&scored.detail, Detail::Graded { works } if !works.is_empty());
    let missing = |all: &[i64], counted: &[i64]| all.iter().filter(|id| !counted.contains(id)).copied().collect();
    let repeats = repeats(edition, item, dossier, &scored);
    let uncounted = match repeats.len() {
        0 => String::new(),
        n => format!("另有 {n} 条与当月其他条内容相同，不重复计数（读法 K101）。"),
    };
    Row {
        words: words::computed(edition, item, &scored, layers.province.groups.as_slice()) + &uncounted,
        own: (!graded).then_some(own.points),
        city: (city && !graded).then(|| of(&layers.city).points),
        expert: (graded && marked).then_some(scored.points),
        refused_entries: missing(&own.entries, &scored.entries),
        refused_records: missing(&own.records, &scored.records),
        repeats,
        score: scored,
    }
}

/// The row's entries that repeat another; one that who reviews accepted all the same counts.
fn repeats(edition: &Edition, item: &Item, dossier: &Dossier, scored: &RowScore) -> Vec<(i64, i64)> {
    if dossier.repeats.is_empty() {
        return Vec::new();
    }
    let kinds: Vec<_> = item.rule.kinds().into_iter().filter_map(|kind| edition.kind_ix(kind)).collect();
    let of_row =
        dossier.ledger.iter().filter(|entry| kinds.contains(&entry.kind) && !scored.entries.contains(&entry.id));
    of_row.filter_map(|entry| Some((entry.id, *dossier.repeats.get(&entry.id)?))).collect()
}

/// The experts' column holds only the rows they mark.
fn expert_sums(edition: &Edition, rows: &[Row]) -> Sums {
    let of_part = |id: PartId| -> Points {
        let parts = edition.sheet.parts.iter().filter(|part| part.id == id);
        let items = parts.flat_map(|part| &part.groups).flat_map(|group| &group.items);
        items.filter_map(|item| rows.iter().find(|row| row.score.item == item.id)?.expert).sum()
    };
    let (base, bonus) = (of_part(PartId::Base), of_part(PartId::Bonus));
    Sums { base, bonus, total: base + bonus }
}

#[cfg(test)]
mod tests {
    use regulation::appraisal::ledger::Entry;

    use super::*;

    /// What is kept with a result says the same when it is read again.
    #[test]
    fn a_kept_explanation_reads_back() {
        let edition = crate::editions::draft().expect("draft");
        let mut dossier = Dossier::default();
        for (id, kind) in [(1, "warning.published"), (2, "outreach.organised"), (3, "case.won"), (4, "premises.kept")] {
            let on = jiff::civil::date(2025, 3, 4);
            dossier.ledger.push(Entry { id, kind: edition.kind_ix(kind).expect("kind"), on, count: 20 });
        }
        let station = Station { managed_by: "city".into(), ..blank() };
        let explained = Explained::of(&edition, &station, &dossier, 2025);
        let json = explained.to_json().expect("json");
        let read: Explained = serde_json::from_str(&json).expect("reads");
        assert_eq!(read.province, explained.province);
        assert_eq!(read.score(), explained.score());
        assert_eq!(read.qualitative[0], ("办公场所".to_owned(), vec![4]));
        assert_eq!(read.to_json().expect("json"), json);
        assert_eq!((read.city, read.row("bonus.case").map(|row| row.score.raw.tenths())), (None, Some(2000)));
    }

    fn blank() -> Station {
        Station {
            id: 1,
            number: String::new(),
            name: String::new(),
            host_name: String::new(),
            host_uscc: String::new(),
            host_kind: String::new(),
            city: String::new(),
            county: None,
            managed_by: String::new(),
            state: String::new(),
            industry_code: String::new(),
            industry: String::new(),
            comprehensive: 0,
            hs_chapters: String::new(),
            address: String::new(),
            website: String::new(),
            confirmed_on: 0,
            ended_on: None,
            source: String::new(),
            firms: 0,
            merged_into: None,
            site_failing: None,
            site_last_on: None,
        }
    }
}
