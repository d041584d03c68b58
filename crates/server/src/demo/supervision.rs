//! Standing supervision: what a city did for a station between inspections, a visit and a reminder the station has
//! read; and two answers of the department on the text.

use anyhow::Context;
use jiff::ToSpan as _;
use regulation::general::supervision::{Kind, Level};
use regulation::general::{Subject, Verb, may};
use store::general::{NewInterpretation, NewSupervision};

use super::cast::Cast;
use crate::app::App;

/// Noun, place, question and answer.
const ANSWERS: [(&str, &str, &str, &str); 2] = [
    (
        "row",
        "warn.published",
        "一条预警同时在网站和公众号发布，按几条计？（示例）",
        "同一内容在多个渠道发布的，按一条计，发布日期以最早的为准（示例）。",
    ),
    (
        "item",
        "11-4-1",
        "由其他部门查处的违规行为，商务部门是否另行查证？（示例）",
        "以处理决定书为准，不另行查证；决定生效之日为违规记录的日期（示例）。",
    ),
];

/// Writes the sample's records of supervision and answers.
///
/// # Errors
/// Fails when the database does, or on a sample that breaks a rule.
pub async fn write(app: &App, cast: &Cast) -> anyhow::Result<()> {
    answers(app, cast).await?;
    records(app, cast).await
}

async fn answers(app: &App, cast: &Cast) -> anyhow::Result<()> {
    let today = app.clock.today();
    let mandate = may(cast.person("province.approve")?, Verb::Interpret, &Subject::whole("interpretation", 0), today)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    for (noun, place, question, answer) in ANSWERS {
        let new = NewInterpretation {
            edition: app.present().edition.head.id.clone(),
            noun,
            place: place.to_owned(),
            question: question.to_owned(),
            answer: answer.to_owned(),
            from_day: store::day_number(today),
            ..NewInterpretation::default()
        };
        tx.add_interpretation(&new).await?;
        tx.note(question.to_owned());
    }
    tx.commit().await?;
    Ok(())
}

/// Records on the last station a city manages.
async fn records(app: &App, cast: &Cast) -> anyhow::Result<()> {
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
