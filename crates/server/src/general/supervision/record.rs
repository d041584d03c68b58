//! One record: what was done, what the station answered, and what a finding led to.

use askama::Template;
use axum::extract::{Path, State};
use regulation::general::supervision::{Kind, Level, Step};
use regulation::general::{Refusal, Verb, holds};
use store::general::Supervision;

use super::{NOUN, PATH, answering, correcting, ordering, standing, visible};
use crate::app::{App, render};
use crate::appraisal::ledger::reading::File;
use crate::auth::Person;
use crate::error::Page;
use crate::shell::{Shell, day, moment_of};

#[derive(Template)]
#[template(path = "general/supervision_record.html")]
struct RecordPage {
    shell: Shell,
    record: Supervision,
    city: String,
    kind: &'static str,
    level: &'static str,
    on: String,
    recorded: String,
    files: Vec<File>,
    /// When, by whom and what; acknowledged without words.
    replies: Vec<(String, String, String)>,
    /// Each act: `None` for those who never do it.
    correct: Option<Result<(), Refusal>>,
    acknowledge: Option<Result<(), Refusal>>,
    reply: Option<Result<(), Refusal>>,
    order: Option<Result<(), Refusal>>,
    days: i64,
}

pub async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let record = visible(&app, &person, id).await?;
    let standing = standing(&record)?;
    let present = app.present();
    let holds = |verb| holds(&person.actor, verb, app.clock.today());
    let answering =
        |step| holds(Verb::AnswerSupervision).then(|| answering(&app, &person, &record, standing, step).map(drop));
    let orders = standing.kind == Kind::Finding && holds(Verb::OrderRectification);
    let replies = app.store.supervision_replies(id).await?;
    render(&RecordPage {
        shell: Shell::new(&app, &person, PATH),
        city: present.edition.area_name(&record.city).to_owned(),
        kind: standing.kind.name(),
        level: standing.level.name(),
        on: day(record.on_day),
        recorded: format!("{}　{}", moment_of(record.recorded_at), record.recorded_by),
        files: app.store.attachments(NOUN, id).await?.into_iter().map(File::new).collect(),
        replies: replies.into_iter().map(|reply| (moment_of(reply.replied_at), reply.replied_by, reply.text)).collect(),
        correct: (holds(Verb::RecordSupervision) && Level::of(person.actor.role).is_some())
            .then(|| correcting(&app, &person, &record, standing).map(drop)),
        acknowledge: answering(Step::Acknowledge),
        reply: answering(Step::Reply),
        order: orders.then(|| ordering(&app, &person, &record, standing).map(drop)),
        days: present.edition.whole("rectification.working_days"),
        record,
    })
}
