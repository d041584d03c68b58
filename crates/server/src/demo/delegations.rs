//! Colleagues who stood in: one for a station's manager some days ago, with an act signed by both; one for an approver of a
//! city who is away now.

use anyhow::Context;
use jiff::ToSpan as _;
use jiff::civil::Date;
use regulation::general::delegation::{Principal, between};
use regulation::general::{Actor, Scope, Subject, Verb, may};
use store::general::NewDelegation;

use super::cast::Cast;
use super::when;
use crate::app::App;

/// Writes the sample's delegations, at the first station and in its city.
///
/// # Errors
/// Fails when the database does, or on a sample that breaks a rule.
pub async fn write(app: &App, cast: &Cast) -> anyhow::Result<()> {
    let Some(post) = cast.posts.first() else { return Ok(()) };
    let today = app.clock.today();
    let day = |days: i64| today.checked_add(days.days()).context("a day of the sample");

    let (manager, clerk) = (&post.manager, cast.person("station001.clerk")?);
    let on = day(-12)?;
    give(app, manager, clerk, (on, day(-10)?), "参加业务培训（示例）").await?;
    let principal = Principal { account: manager.account, name: manager.name.clone(), role: manager.role };
    let deputy = clerk.clone().in_place_of(&principal);
    let subject = Subject::of_station("station", post.placed.id, &post.placed);
    let mandate = may(&deputy, Verb::MaintainRecord, &subject, on)?;
    let station = app.store.station(&Scope::All, post.placed.id).await?.context("the first station")?;
    let mut tx = app.store.begin(&mandate, when(on, 10, 0)).await?;
    tx.set_station_profile(station.id, &station.address, &station.website, &station.hs_chapters).await?;
    tx.note("核对本站地址和网站，没有变动（示例）");
    tx.commit().await?;

    let city = format!("city.{}", post.placed.city);
    let approver = cast.person(&format!("{city}.approve"))?;
    give(app, approver, cast.person(&city)?, (day(-1)?, day(5)?), "赴外地出差（示例）").await
}

async fn give(
    app: &App,
    delegator: &Actor,
    deputy: &Actor,
    (from, until): (Date, Date),
    reason: &str,
) -> anyhow::Result<()> {
    between(delegator, deputy)?;
    let mandate = may(delegator, Verb::Delegate, &Subject::own_account("delegation", delegator.account), from)?;
    let new = NewDelegation {
        delegator: delegator.account,
        deputy: deputy.account,
        from_on: store::day_number(from),
        until_on: store::day_number(until),
        reason: reason.to_owned(),
    };
    let mut tx = app.store.begin(&mandate, when(from, 8, 30)).await?;
    tx.hold_accounts([delegator.account, deputy.account]).await?;
    tx.add_delegation(&new).await?;
    tx.note(format!("委托{}（{}）代办，{from} 至 {until}：{reason}", deputy.name, deputy.role.name()));
    tx.commit().await?;
    Ok(())
}
