//! Entries made before entries were compared (readings K101, K99): compared once, after a start.

use std::collections::BTreeSet;

use regulation::duties::published::compared;
use regulation::general::{Role, Scope};

use super::inspection::settled;
use crate::app::App;

/// Compares what never was, in every year still open: run by the worker. Where a station may no longer change its year the
/// entries are only made findable, and its count stays as it was (reading K81); closed years are not touched. Returns for how
/// many stations.
///
/// # Errors
/// Fails when the database does.
pub async fn compare_backlog(app: &App) -> anyhow::Result<usize> {
    let present = app.present();
    let mut years: BTreeSet<i64> = present.cycles.iter().map(|cycle| cycle.year).collect();
    years.insert(i64::from(app.clock.today().year()));
    years.retain(|year| present.cycles.iter().all(|cycle| cycle.year != *year || cycle.state == "open"));
    let mut done = 0;
    for year in years {
        let edition = app.edition_of(year).await?;
        let kinds = edition.sheet.monthly().map(|(row, _)| row.rule.kinds()).unwrap_or_default();
        for kind in kinds.into_iter().filter(|kind| compared(&edition, kind)) {
            let stations = app.store.uncompared(kind, year).await?;
            let stages = match stations.is_empty() {
                true => continue,
                false => settled::stages_of(app, &Scope::All, year).await?,
            };
            for station in stations {
                let changeable = |stage| settled::changeable(Role::StationManager, stage, year).is_ok();
                let settled = stages.get(&station).is_some_and(|stage| !changeable(stage));
                app.store.compare_backlog(station, kind, year, settled).await?;
                done += 1;
            }
        }
    }
    Ok(done)
}
