//! 结果反馈 (Article 14, reading K51): each station gets its own sheet and no other's.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use jiff::civil::Date;
use papers::official::plain;
use regulation::appraisal::inspection::{Stage, Step};
use regulation::general::{Basis, Mandate, Refusal, Scope, Subject, Verb};
use store::appraisal::{Cycle, NewStep};
use store::duties::Station;
use store::general::NewPaper;

use super::progress::stations;
use super::{Standing, about, cycle_of, href, in_text, number, open, review_until, settled};
use crate::app::{App, Routes};
use crate::appraisal::reckon::{self, Standings, key};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::papers::paper;
use crate::posted::Posted;

/// The paper's kind.
pub const KIND: &str = "result.feedback";

pub fn routes() -> Routes {
    Routes::default().post("/appraisal/cycles/{year}/feedback", Verb::ProposeGrades, feed_back)
}

/// Whether this person may send the results now, and to whom: all that is settled, once nothing else is under way.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn feeding_back(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    all: &[(Station, Standing)],
) -> Result<(Mandate, Vec<NewStep>), Refusal> {
    let mandate = person.may(app, Verb::ProposeGrades, &Subject::whole("inspection", cycle.year))?;
    open(cycle)?;
    let before = all.iter().filter(|(_, standing)| before_settlement(&standing.stage)).count();
    if before > 0 {
        let reason = format!("尚有 {before} 家未审定，排名未定，不能反馈结果。");
        return Err(Refusal::new(Basis::Item("14"), reason));
    }
    let until = until(app, cycle.year, app.clock.today());
    let ready = all.iter().filter(|(_, s)| matches!(s.stage, Stage::Settled { .. } | Stage::Absent { .. }));
    let steps = ready.map(|(station, standing)| standing.step(cycle.year, station.id, Step::FeedBack { until }, ""));
    let steps: Vec<NewStep> = steps.collect::<Result<_, _>>()?;
    if steps.is_empty() {
        return Err(Refusal::new(Basis::Item("14"), "没有等待反馈的结果。"));
    }
    Ok((mandate, steps))
}

fn before_settlement(stage: &Stage) -> bool {
    matches!(
        stage,
        Stage::Waiting
            | Stage::Filling
            | Stage::Submitted { .. }
            | Stage::Returned { .. }
            | Stage::CityChecked { .. }
            | Stage::Scoring { .. }
    )
}

fn until(app: &App, year: i64, from: Date) -> Date {
    review_until(&app.present().workdays, number(app, year, "review_request.working_days"), from)
}

/// 评估结果反馈书.
#[derive(Template)]
#[template(path = "papers/result_feedback.txt")]
struct FeedbackText {
    issuer: String,
    station: String,
    host: String,
    year: i64,
    participation: &'static str,
    grade: String,
    base: String,
    bonus: String,
    total: String,
    pass_mark: String,
    days: i64,
    until: String,
    rows: Vec<[String; 4]>,
    dated: String,
}

/// A station's own sheet as a paper served on it.
///
/// # Errors
/// Fails when the template does, or the station is not of the year.
pub fn sheet_paper(standings: &Standings, station: &Station, on: Date, until: Date) -> anyhow::Result<NewPaper> {
    let scored = standings.scored.get(&station.id).ok_or_else(|| anyhow::anyhow!("没有 {} 的评分", station.name))?;
    let edition = &standings.edition;
    let grade = standings.grades.grades.get(&key(station.id)).map_or("", |grade| grade.name());
    let rows = edition.sheet.items().enumerate().map(|(ix, item)| {
        let row = scored.score.row(&item.id);
        [
            (ix + 1).to_string(),
            plain(&item.work),
            plain(&item.criteria),
            row.map_or_else(|| "－".to_owned(), |row| row.points.to_string()),
        ]
    });
    let text = FeedbackText {
        issuer: edition.head.department.clone(),
        station: plain(&station.name),
        host: plain(&station.host_name),
        year: standings.year,
        participation: scored.participation.name(),
        grade: grade.to_owned(),
        base: scored.score.base.to_string(),
        bonus: scored.score.bonus.to_string(),
        total: scored.score.total.to_string(),
        pass_mark: standings.pass_mark.to_string(),
        days: edition.whole("review_request.working_days"),
        until: in_text(until),
        rows: rows.collect(),
        dated: in_text(on),
    };
    paper(about(standings.year, station, KIND, true), &text)
}

async fn feed_back(State(app): State<App>, person: Person, Path(year): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.may(&app, Verb::ProposeGrades, &Subject::whole("inspection", year))?;
    let cycle = cycle_of(&app, year)?;
    let all = stations(&app, &Scope::All, year).await?;
    let (mandate, steps) = feeding_back(&app, &person, &cycle, &all)?;
    let standings = reckon::standings(&app, year).await?;
    let stages = super::standings(&app, &Scope::All, year).await?;
    settled::unmoved(&standings, &stages).map_err(|refusal| store::Error::Conflict(refusal.reason))?;
    let until = until(&app, year, app.clock.today());
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    for step in &steps {
        tx.take_step(step).await?;
        let station = all.iter().map(|(station, _)| station).find(|station| station.id == step.station);
        let station = station.ok_or(Fault::NotFound)?;
        tx.add_paper(&sheet_paper(&standings, station, app.clock.today(), until)?).await?;
    }
    tx.note(format!("{year} 年度反馈 {} 家，复核申请至 {until}", steps.len()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=fed_back", href(year))).into_response())
}
