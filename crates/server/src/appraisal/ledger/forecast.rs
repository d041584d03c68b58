//! What the months would count and score after an import.

use std::collections::BTreeMap;

use regulation::appraisal::score::tier_points;
use regulation::appraisal::sheet::Tier;

use super::rows::Judged;
use crate::app::App;

/// The monthly row, month by month, before and after.
pub struct Forecast {
    pub name: String,
    pub unit: String,
    pub months: Vec<Month>,
}

pub struct Month {
    pub name: String,
    pub before: i64,
    pub added: i64,
    pub after: i64,
    pub points_before: String,
    pub points_after: String,
}

/// For the rows of the kind that is scored by months; `None` when there are none.
pub async fn forecast(app: &App, station: i64, good: &[&Judged]) -> anyhow::Result<Option<Forecast>> {
    let edition = &app.present().edition;
    let Some((item, tiers)) = edition.sheet.monthly() else { return Ok(None) };
    let kinds = item.rule.kinds();
    let Some(kind) = kinds.first().and_then(|kind| edition.kind(kind)) else { return Ok(None) };
    let mut added: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for entry in good.iter().filter_map(|row| row.good()).filter(|entry| entry.kind == kind.id) {
        *added.entry((entry.on_day / 10_000, entry.on_day / 100 % 100)).or_default() += entry.count;
    }
    let years: std::collections::BTreeSet<i64> = added.keys().map(|(year, _)| *year).collect();
    let mut before: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for year in years {
        for tally in app.store.tallies(station, year).await?.into_iter().filter(|tally| tally.kind == kind.id) {
            before.insert((year, tally.month), tally.count);
        }
    }
    let months = added.into_iter().map(|(month, added)| {
        let before = before.get(&month).copied().unwrap_or_default();
        of_month(month, before, added, tiers)
    });
    let months: Vec<Month> = months.collect();
    Ok((!months.is_empty()).then(|| Forecast { name: kind.name.clone(), unit: kind.unit.clone(), months }))
}

fn of_month((year, month): (i64, i64), before: i64, added: i64, tiers: &[Tier]) -> Month {
    let points = |count: i64| tier_points(u64::try_from(count).unwrap_or_default(), tiers).to_string();
    Month {
        name: format!("{year}年{month}月"),
        before,
        added,
        after: before + added,
        points_before: points(before),
        points_after: points(before + added),
    }
}
