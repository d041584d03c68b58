//! 解释口径 (Article 18): the department's answers, listed for everyone, shown beside the item or row they are bound to, and
//! printed in the year's plan.

mod form;

use askama::Template;
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use jiff::civil::Date;
use papers::official::plain;
use regulation::general::interpretation::{Place, Standing, replaceable};
use regulation::general::{Mandate, Refusal, Subject, Verb, holds};
use regulation::law::Edition;
use serde::Deserialize;
use store::general::Interpretation;

use crate::address::{address, cut};
use crate::app::{App, Routes, render};
use crate::appraisal::inspection::in_text;
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::shell::{Look, Shell, day, moment_of};

pub const PATH: &str = "/general/interpretations";

const SIZE: i64 = 30;

pub fn routes() -> Routes {
    Routes::default()
        .get(PATH, Verb::ViewRules, list)
        .get("/general/interpretations/{id}", Verb::ViewRules, show)
        .with(form::routes())
}

/// An answer beside the item or row it is bound to.
#[derive(Clone, Debug)]
pub struct Answer {
    pub id: i64,
    pub question: String,
    pub answer: String,
    pub from: String,
}

/// The answers in force on an edition.
pub struct InForce(Vec<Interpretation>);

impl InForce {
    /// For comparing texts, beside which nothing stands.
    pub fn none() -> InForce {
        InForce(Vec::new())
    }

    /// As they stood at an instant.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn at(app: &App, edition: &Edition, at: Timestamp) -> anyhow::Result<InForce> {
        let day = store::day_number(store::day_of(at));
        let answers = app.store.interpretations_in_force(&edition.head.id, day, store::instant_number(at)).await?;
        Ok(InForce(answers))
    }

    /// As they stand at a transaction's instant.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn within(tx: &mut store::Tx<'_>, edition: &Edition) -> anyhow::Result<InForce> {
        Ok(InForce(tx.interpretations_in_force(&edition.head.id).await?))
    }

    /// Those bound to an article item.
    pub fn of_item(&self, item: &str) -> Vec<Answer> {
        self.of("item", item)
    }

    /// Those bound to a row of the annex.
    pub fn of_row(&self, row: &str) -> Vec<Answer> {
        self.of("row", row)
    }

    fn of(&self, noun: &str, place: &str) -> Vec<Answer> {
        let bound = self.0.iter().filter(|one| (one.noun.as_str(), one.place.as_str()) == (noun, place));
        let answer = |one: &Interpretation| Answer {
            id: one.id,
            question: one.question.clone(),
            answer: one.answer.clone(),
            from: day(one.from_day),
        };
        bound.map(answer).collect()
    }

    /// As the year's plan prints them: place, question, answer, from when and by what document.
    ///
    /// # Errors
    /// Fails on a row no code writes.
    pub fn printed(&self, edition: &Edition) -> anyhow::Result<Vec<[String; 4]>> {
        let line = |one: &Interpretation| {
            let from = in_text(store::date_from(one.from_day)?);
            let document = if one.document.is_empty() { String::new() } else { format!("，{}", plain(&one.document)) };
            let place = place_name(edition, one);
            Ok([place, plain(&one.question), plain(&one.answer), format!("{from}起适用{document}")])
        };
        self.0.iter().map(line).collect()
    }
}

fn place_name(edition: &Edition, one: &Interpretation) -> String {
    Place::of(&one.noun, &one.place).map(|place| place.name(edition)).unwrap_or_default()
}

/// Where the place stands on the page of the rules.
fn anchor(one: &Interpretation) -> String {
    let rules = address("/general/rules", &[("edition", &one.edition_id)]);
    let prefix = if one.noun == "row" { "item" } else { "art" };
    format!("{rules}#{prefix}-{}", one.place)
}

/// How it stands on a day, with the class of its mark.
fn standing(one: &Interpretation, today: Date) -> anyhow::Result<(&'static str, &'static str)> {
    let replaced = one.superseded_from.map(store::date_from).transpose()?;
    let standing = Standing::on(today, store::date_from(one.from_day)?, replaced);
    let class = match standing {
        Standing::InForce => "ok",
        Standing::Awaiting => "warn",
        Standing::Replaced => "",
    };
    Ok((standing.name(), class))
}

/// Whether this person may issue an answer now, in the place of an earlier one where given. Link, form and submit all
/// ask here.
pub fn issuing(app: &App, person: &Person, earlier: Option<&Interpretation>) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::Interpret, &Subject::whole("interpretation", 0))?;
    replaceable(earlier.is_some_and(|earlier| earlier.superseded_by.is_some()))?;
    Ok(mandate)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    edition: String,
    before: String,
}

#[derive(Template)]
#[template(path = "general/interpretations.html")]
struct ListPage {
    shell: Shell,
    /// Editions loaded: key, whether chosen.
    editions: Vec<(String, bool)>,
    lines: Vec<Line>,
    next: Option<String>,
    may_issue: bool,
}

struct Line {
    id: i64,
    place: String,
    anchor: String,
    question: String,
    from: String,
    standing: (&'static str, &'static str),
    issued: String,
}

async fn list(State(app): State<App>, person: Result<Person, Fault>, look: Look, Query(asked): Query<Asked>) -> Page {
    let known = app.store.editions().await?;
    let edition = known.iter().map(|(id, _)| id.as_str()).find(|id| *id == asked.edition);
    let before = asked.before.parse().unwrap_or(i64::MAX);
    let mut rows = app.store.interpretations(edition, before, SIZE + 1).await?;
    let more = cut(&mut rows, SIZE);
    let mut lines = Vec::new();
    for row in &rows {
        let edition = app.editions.get(&app.store, &row.edition_id).await?;
        lines.push(Line {
            id: row.id,
            place: place_name(&edition, row),
            anchor: anchor(row),
            question: row.question.clone(),
            from: day(row.from_day),
            standing: standing(row, app.clock.today())?,
            issued: moment_of(row.issued_at),
        });
    }
    let next = rows.last().filter(|_| more);
    render(&ListPage {
        next: next
            .map(|row| address(PATH, &[("edition", edition.unwrap_or_default()), ("before", &row.id.to_string())])),
        editions: known.iter().map(|(id, _)| (id.clone(), Some(id.as_str()) == edition)).collect(),
        may_issue: person.as_ref().is_ok_and(|person| issuing(&app, person, None).is_ok()),
        shell: Shell::for_anyone(&app, person, &look, PATH),
        lines,
    })
}

#[derive(Template)]
#[template(path = "general/interpretation.html")]
struct AnswerPage {
    shell: Shell,
    one: Interpretation,
    place: String,
    anchor: String,
    edition: String,
    from: String,
    until: Option<String>,
    standing: (&'static str, &'static str),
    issued: String,
    /// Replacing it: `None` for those who never do.
    replace: Option<Result<(), Refusal>>,
}

async fn show(State(app): State<App>, person: Result<Person, Fault>, look: Look, Path(id): Path<i64>) -> Page {
    let one = app.store.interpretation(id).await?.ok_or(Fault::NotFound)?;
    let edition = app.editions.get(&app.store, &one.edition_id).await?;
    let replace = match person.as_ref() {
        Ok(person) if holds(&person.actor, Verb::Interpret, app.clock.today()) => {
            Some(issuing(&app, person, Some(&one)).map(drop))
        }
        _ => None,
    };
    render(&AnswerPage {
        shell: Shell::for_anyone(&app, person, &look, PATH),
        place: place_name(&edition, &one),
        anchor: anchor(&one),
        edition: format!("{}（{}）", edition.head.id, edition.head.status),
        from: day(one.from_day),
        until: one.superseded_from.map(day),
        standing: standing(&one, app.clock.today())?,
        issued: format!("{}　{}", moment_of(one.issued_at), one.issued_by),
        replace,
        one,
    })
}
