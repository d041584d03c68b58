//! What a city did for a station between inspections: a visit, and a reminder the station has read.

use anyhow::Context;
use jiff::ToSpan as _;
use regulation::general::supervision::{Kind, Level};
use regulation::general::{Subject, Verb, may};
use store::general::NewSupervision;

use super::cast::Cast;
use crate::app::App;

/// Writes the sample's records of supervision, on the last station a city manages.
///
/// # Errors
/// Fails when the database does, or on a sample that breaks a rule.
pub async fn write(app: &App, cast: &Cast) -> anyhow::Result<()> {
    let Some(post) = cast.posts.iter().rev().find(|post| post.plan.new.managed_by == "city") else { return Ok(()) };
    let (now, today) = (app.clock.now(), app.clock.today());
    let clerk = cast.city_clerk(&post.placed.city)?;
    let subject = |id| Subject::of_station("supervision", id, &post.placed);
    let on_day = store::day_number(today.checked_sub(1.day()).context("yesterday")?);
    let mut last = 0;
    for (kind, content) in [
        (Kind::Visit, "走访工作站，了解人员、场所和专栏运行情况，运行正常（示例）。"),
        (Kind::Reminder, "请按月发布预警信息，并及时登记台账（示例）。"),
    ] {
        let mandate = may(clerk, Verb::RecordSupervision, &subject(0), today)?;
        let new = NewSupervision {
            level: Level::City.key(),
            kind: kind.key(),
            on_day,
            place: post.plan.place.clone(),
            people: clerk.name.clone(),
            content: content.to_owned(),
            told: true,
            ..NewSupervision::default()
        };
        let mut tx = app.store.begin(&mandate, now).await?;
        last = tx.add_supervision(&post.placed, &new).await?;
        tx.note(kind.name().to_owned());
        tx.commit().await?;
    }
    let mandate = may(&post.manager, Verb::AnswerSupervision, &subject(last), today)?;
    let mut tx = app.store.begin(&mandate, now).await?;
    tx.answer_supervision(last, "").await?;
    tx.note("签阅".to_owned());
    tx.commit().await?;
    Ok(())
}
