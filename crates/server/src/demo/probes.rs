//! Websites of two stations as their city looked at them by hand: one that opens, one that has not for three days.

use anyhow::Context;
use jiff::ToSpan as _;
use regulation::duties::site::Origin;
use regulation::general::{Scope, Subject, Verb, may};
use store::duties::{Looked, NewProbe, NewStanding};

use super::cast::Cast;
use super::when;
use crate::app::App;
use crate::duties::site::NOUN;

/// Days before today on which each website was looked at, and whether it opened.
const LOOKS: [&[(i64, bool)]; 2] = [&[(9, true), (2, true)], &[(4, false), (3, false), (1, false)]];

/// Writes the sample's looks.
///
/// # Errors
/// Fails when the database does, or on a sample that breaks a rule.
pub async fn write(app: &App, cast: &Cast) -> anyhow::Result<()> {
    let own = cast.posts.iter().filter(|post| post.plan.new.managed_by == "city");
    for (post, looks) in own.zip(LOOKS) {
        let station = app.store.station(&Scope::All, post.placed.id).await?.context("a station of the sample")?;
        let clerk = cast.city_clerk(&post.placed.city)?;
        let mut failing = 0;
        for &(ago, opened) in looks {
            let on = app.clock.today().checked_sub(ago.days()).context("days ago")?;
            let at = when(on, 10, 20);
            let mandate = may(clerk, Verb::RecordProbe, &Subject::of_station(NOUN, 0, &post.placed), on)?;
            failing = if opened { 0 } else { failing + 1 };
            let new = NewProbe {
                url: station.website.clone(),
                origin: Origin::Department.key(),
                looked_at: store::instant_number(at),
                on_day: store::day_number(on),
                opened,
                reason: if opened {
                    String::new()
                } else {
                    "浏览器显示无法访问此网站（示例）。".to_owned()
                },
                ..NewProbe::default()
            };
            let mut tx = app.store.begin(&mandate, at).await?;
            let stands = NewStanding { failing, last_on: store::day_number(on) };
            tx.add_probe(Looked::Station(post.placed.id), &new, Some(stands)).await?;
            tx.note(if opened { "可以访问" } else { "没有打开" }.to_owned());
            tx.commit().await?;
        }
    }
    Ok(())
}
