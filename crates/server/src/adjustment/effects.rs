//! What an act means for the station, in the act's own transaction: its state, its name, its end.

use regulation::adjustment::misuse::Outcome;
use regulation::adjustment::revocation::Ground;
use regulation::adjustment::{Kind, leaving, merging, renaming, revocation, state_while};
use regulation::general::End;
use store::Tx;
use store::adjustment::NewStep;
use store::duties::Station;

use super::case::{Act, Action, Case};
use super::form::Form;
use super::merge;
use crate::app::App;
use crate::error::Fault;

/// Carries out what follows from a step that was just taken.
///
/// # Errors
/// Fails when the database does; a conflict when the station has ended already.
pub async fn follow(tx: &mut Tx<'_>, app: &App, case: &Case, act: &Act, form: &Form) -> Result<(), Fault> {
    let today = store::day_number(app.clock.today());
    match (case.kind, act.action) {
        (Kind::Revocation, Action::Serve) => {
            let ground = case.row.ground.as_deref().and_then(Ground::from_item).map_or("", Ground::name);
            end(tx, &case.station, End::Revoked, today, None, &format!("依据办法第十七条：{ground}")).await
        }
        (Kind::Leaving, Action::Approve) => {
            end(tx, &case.station, End::Left, today, None, "依据办法第十五条，经批复同意").await
        }
        (Kind::Renaming, Action::Acknowledge) => rename(tx, case, today).await,
        (Kind::Merging, Action::Execute) => {
            let Some(survivor) = &case.survivor else { return Err(Fault::NotFound) };
            let moved = merge::carry(tx, app, case, survivor).await?;
            let detail = format!("并入 {} {}，{moved}", survivor.number, survivor.name);
            end(tx, &case.station, End::Merged, today, Some(survivor.id), &detail).await?;
            let detail = format!("{} {} 并入本站，{moved}", case.station.number, case.station.name);
            tx.add_station_event(survivor.id, today, "整合", &detail).await?;
            Ok(())
        }
        (Kind::Misuse, Action::Handle) if Outcome::from_key(form.text("outcome")) == Some(Outcome::Refer) => {
            tx.refer_adjustment(case.row.id, Ground::Unfit.item()).await?;
            Ok(())
        }
        _ => settle(tx, case.station.id).await,
    }
}

/// Shows in the registry what is under way for a station.
///
/// # Errors
/// Fails when the database does.
pub async fn settle(tx: &mut Tx<'_>, station: i64) -> Result<(), Fault> {
    let running = tx.running_adjustments(station).await?;
    let known = running.iter().filter_map(|(_, kind, stage)| Some((Kind::from_key(kind)?, stage.as_str())));
    tx.set_station_state(station, state_while(known)).await?;
    Ok(())
}

async fn rename(tx: &mut Tx<'_>, case: &Case, today: i64) -> Result<(), Fault> {
    let (row, station) = (&case.row, &case.station);
    let name = if row.new_name.is_empty() { &station.name } else { &row.new_name };
    tx.rename_station(station.id, name, &row.new_host, today, row.id).await?;
    let mut detail = format!("承办单位由“{}”变更为“{}”", station.host_name, row.new_host);
    if *name != station.name {
        detail.push_str(&format!("；工作站由“{}”变更为“{name}”", station.name));
    }
    tx.add_station_event(station.id, today, "名称变更", &detail).await?;
    Ok(())
}

/// Ends a station; whatever else was under way for it lapses, but for reports of misuse.
async fn end(
    tx: &mut Tx<'_>,
    station: &Station,
    how: End,
    today: i64,
    merged_into: Option<i64>,
    detail: &str,
) -> Result<(), Fault> {
    tx.end_station(station.id, how.state(), today, merged_into).await?;
    let what = match how {
        End::Revoked => "撤销",
        End::Left => "退出",
        End::Merged => "整合",
    };
    tx.add_station_event(station.id, today, what, detail).await?;
    let ending = match how {
        End::Revoked => Kind::Revocation,
        End::Left => Kind::Leaving,
        End::Merged => Kind::Merging,
    };
    let reason = format!("工作站{}，本事项一并终止。", how.state());
    for (id, kind, stage) in tx.running_adjustments(station.id).await? {
        let Some(after) = Kind::from_key(&kind).filter(|kind| *kind != ending).and_then(|kind| lapsed(kind, &stage))
        else {
            continue;
        };
        let step =
            NewStep { step: "lapse", from: &stage, stage: after, closed: true, text: &reason, ..NewStep::default() };
        tx.step_adjustment(id, &step).await?;
    }
    Ok(())
}

/// The stage a matter lapses into, as its own match has it.
fn lapsed(kind: Kind, stage: &str) -> Option<&'static str> {
    match kind {
        Kind::Revocation => {
            let stage = revocation::Stage::from_parts(stage, None)?;
            revocation::take(stage, revocation::Step::Drop).ok().map(revocation::Stage::key)
        }
        Kind::Leaving => {
            let stage = leaving::Stage::from_parts(stage, None)?;
            leaving::take(stage, leaving::Step::Lapse).ok().map(leaving::Stage::key)
        }
        Kind::Renaming => {
            let stage = renaming::Stage::from_parts(stage, None)?;
            renaming::take(stage, renaming::Step::Lapse).ok().map(renaming::Stage::key)
        }
        Kind::Merging => {
            let stage = merging::Stage::from_parts(stage, None)?;
            merging::take(stage, merging::Step::Drop).ok().map(merging::Stage::key)
        }
        Kind::Misuse => None,
    }
}
