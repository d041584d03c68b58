//! Last year's inspection of each station, from its receipt to the grade; results received by some.

use jiff::Span;
use jiff::civil::{Date, date};
use regulation::appraisal::grade::Participation;
use regulation::appraisal::inspection::{Stage, Step};
use regulation::general::{Due, Scope, Subject, Verb, may};
use store::appraisal::NewStep;

use super::cast::Cast;
use super::when;
use crate::app::App;
use crate::appraisal::inspection::{self, Standing, feedback};
use crate::appraisal::reckon::Standings;

/// Takes every station to the day its grade can be confirmed, and returns that last step of each.
///
/// # Errors
/// Fails when the database does, or the law does not allow it: the sample breaks no rule.
pub async fn walk(app: &App, cast: &Cast, standings: &Standings, on: Date) -> anyhow::Result<Vec<NewStep>> {
    let year = standings.year;
    let next = i16::try_from(year)? + 1;
    let (now, spring) = (app.clock.now(), |month, day| date(next, month, day));
    let mut stages = inspection::standings(app, &Scope::All, year).await?;
    let until = spring(4, 9);
    let city = Due::day(spring(2, 15));
    let clerk = may(cast.person("province")?, Verb::AcceptMaterial, &Subject::whole("inspection", year), on)?;
    let (mut last, mut papers) = (Vec::new(), Vec::new());
    let mut tx = app.store.begin(&clerk, when(spring(4, 1), 10, 0).min(now)).await?;
    for scored in standings.scored.values() {
        let id = scored.station.id;
        let none = Standing { stage: Stage::Filling, before: 0, returns: 0, log: Vec::new() };
        let mut standing = stages.remove(&id).unwrap_or(none);
        let at = spring(3, 1).at(9, 0, 0, 0);
        let steps = match scored.participation {
            Participation::Absent => {
                let due = Due::day(spring(2, 2));
                vec![Step::FindAbsent { at, due, statement: Some(spring(2, 20)) }]
            }
            _ if standing.stage == Stage::Filling => {
                let at = spring(1, 20).at(10, 0, 0, 0);
                vec![Step::Submit { at }, Step::Accept { own: true, at, city }, Step::Settle]
            }
            _ => vec![Step::Accept { own: true, at, city }, Step::Settle],
        };
        for step in steps.into_iter().chain([Step::FeedBack { until }]) {
            let new = standing.step(year, id, step, "")?;
            tx.take_step(&new).await?;
            standing = Standing { before: standing.before + 1, stage: new.stage, ..standing };
        }
        let sheet = feedback::sheet_paper(standings, &scored.station, spring(4, 1).min(on), until)?;
        papers.push((id, tx.add_paper(&sheet).await?));
        let after = until.saturating_add(Span::new().days(1)).at(0, 0, 0, 0);
        last.push(standing.step(year, id, Step::Grade { at: after }, "")?);
    }
    tx.note(format!("{year} 年度受理、审定和反馈 {} 家", last.len()));
    tx.commit().await?;
    // Two stations in three signed for it.
    for (id, paper) in papers.into_iter().filter(|(id, _)| id % 3 != 0) {
        let Some(post) = cast.posts.iter().find(|post| post.placed.id == id) else { continue };
        let subject = Subject::of_station("paper", paper, &post.placed);
        let mandate = may(&post.manager, Verb::ReceivePaper, &subject, on)?;
        let mut tx = app.store.begin(&mandate, when(spring(4, 1), 15, 0).min(now)).await?;
        tx.reply_to_paper(paper, "receipt", "").await?;
        tx.commit().await?;
    }
    Ok(last)
}
