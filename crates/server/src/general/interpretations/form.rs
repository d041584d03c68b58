//! Issuing an answer: a place of an edition, the question, the answer, from when; or a later answer in place of an earlier.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use regulation::general::Verb;
use regulation::general::interpretation::{Place, follows};
use regulation::law::Edition;
use serde::Deserialize;
use store::general::{Interpretation, NewInterpretation};

use super::{PATH, issuing, place_name};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::parse_day;
use crate::appraisal::ledger::writing::{Begun, answer, answered, begin};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, day};

pub fn routes() -> Routes {
    Routes::default().get("/general/interpretations/new", Verb::Interpret, blank).post(PATH, Verb::Interpret, issue)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    edition: String,
    /// `row:warn.report`.
    place: String,
    replaces: Option<i64>,
}

#[derive(Clone, Debug, Default)]
struct Typed {
    place: String,
    question: String,
    answer: String,
    document: String,
    from: String,
}

type Problems = Vec<(&'static str, &'static str)>;

#[derive(Template)]
#[template(path = "general/interpretation_form.html")]
struct FormPage {
    shell: Shell,
    once: String,
    draft_key: String,
    edition: String,
    edition_name: String,
    /// The answer it takes the place of: key, question, from when, place.
    earlier: Option<(i64, String, String, String)>,
    /// Value, name, whether chosen.
    items: Vec<(String, String, bool)>,
    rows: Vec<(String, String, bool)>,
    typed: Typed,
    problems: Problems,
}

impl FormPage {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(known, _)| *known == field).map(|(_, sentence)| *sentence)
    }
}

/// What a new answer is given on: the edition, and the answer it takes the place of.
struct Ground {
    edition: Arc<Edition>,
    earlier: Option<Interpretation>,
}

impl Ground {
    /// The edition is the earlier answer's, the one asked for, or the one at work.
    async fn of(app: &App, edition: &str, replaces: Option<i64>) -> Result<Ground, Fault> {
        let earlier = match replaces {
            Some(id) => Some(app.store.interpretation(id).await?.ok_or(Fault::NotFound)?),
            None => None,
        };
        let asked = earlier.as_ref().map_or(edition, |earlier| earlier.edition_id.as_str());
        let edition = match asked {
            "" => Arc::clone(&app.present().edition),
            id if app.store.editions().await?.iter().any(|(known, _)| known == id) => {
                app.editions.get(&app.store, id).await?
            }
            _ => return Err(Fault::NotFound),
        };
        Ok(Ground { edition, earlier })
    }

    /// The place: the earlier answer's, or the one chosen, if the edition has it.
    fn place(&self, chosen: &str) -> Option<Place> {
        let place = match &self.earlier {
            Some(earlier) => Place::of(&earlier.noun, &earlier.place),
            None => chosen.split_once(':').and_then(|(noun, id)| Place::of(noun, id)),
        };
        place.filter(|place| place.is_in(&self.edition))
    }
}

fn page(app: &App, person: &Person, ground: &Ground, typed: Typed, problems: Problems) -> Result<FormPage, Fault> {
    let edition = &ground.edition;
    let choice = |place: Place, name: String| {
        let value = format!("{}:{}", place.noun(), place.id());
        let chosen = value == typed.place;
        (value, name, chosen)
    };
    let earlier = ground.earlier.as_ref();
    Ok(FormPage {
        shell: Shell::new(app, person, PATH),
        once: random_token()?,
        draft_key: format!(
            "{}:interpretation:{}",
            person.actor.account,
            earlier.map_or_else(|| "new".to_owned(), |earlier| earlier.id.to_string())
        ),
        edition: edition.head.id.clone(),
        edition_name: format!("{}（{}）", edition.head.title, edition.head.status),
        earlier: earlier
            .map(|earlier| (earlier.id, earlier.question.clone(), day(earlier.from_day), place_name(edition, earlier))),
        items: edition
            .items()
            .map(|item| {
                let place = Place::Item(item.id.clone());
                let name = place.name(edition);
                choice(place, name)
            })
            .collect(),
        rows: edition.sheet.items().map(|row| choice(Place::Row(row.id.clone()), row.work.clone())).collect(),
        typed,
        problems,
    })
}

async fn blank(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    person.scope_or_refuse(&app, Verb::Interpret)?;
    let ground = Ground::of(&app, &asked.edition, asked.replaces).await?;
    issuing(&app, &person, ground.earlier.as_ref())?;
    let question = ground.earlier.as_ref().map(|earlier| earlier.question.clone()).unwrap_or_default();
    let typed = Typed { place: asked.place, question, from: app.clock.today().to_string(), ..Typed::default() };
    render(&page(&app, &person, &ground, typed, Problems::new())?)
}

/// What was typed, or every problem with it.
fn judge(ground: &Ground, typed: &Typed) -> Result<NewInterpretation, Problems> {
    let mut problems = Problems::new();
    let place = ground.place(&typed.place);
    if place.is_none() {
        problems.push(("place", "请选择适用的条款或者评分行。"));
    }
    let fits = |text: &str, most: usize| !text.is_empty() && text.chars().count() <= most;
    if !fits(&typed.question, 200) {
        problems.push(("question", "请填写问题，不超过 200 字。"));
    }
    if !fits(&typed.answer, 2000) {
        problems.push(("answer", "请填写口径，不超过 2000 字。"));
    }
    if typed.document.chars().count() > 200 {
        problems.push(("document", "依据文件不超过 200 字。"));
    }
    let from = parse_day(&typed.from);
    let earlier = ground.earlier.as_ref().and_then(|earlier| store::date_from(earlier.from_day).ok());
    match (from, earlier) {
        (None, _) => problems.push(("from", "请填写生效日期，例如 2026-10-01。")),
        (Some(from), Some(earlier)) if !follows(from, earlier) => {
            problems.push(("from", "生效日期应晚于所替代口径的生效日期。"));
        }
        _ => {}
    }
    match (place, from) {
        (Some(place), Some(from)) if problems.is_empty() => Ok(NewInterpretation {
            edition: ground.edition.head.id.clone(),
            noun: place.noun(),
            place: place.id().to_owned(),
            question: typed.question.clone(),
            answer: typed.answer.clone(),
            document: typed.document.clone(),
            from_day: store::day_number(from),
            supersedes: ground.earlier.as_ref().map(|earlier| earlier.id),
        }),
        _ => Err(problems),
    }
}

async fn issue(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    person.scope_or_refuse(&app, Verb::Interpret)?;
    let once = posted.once();
    if let Some(before) = answered(&app, once.as_deref()).await? {
        return Ok(before);
    }
    let ground = Ground::of(&app, posted.text("edition"), posted.number("replaces")).await?;
    let mandate = issuing(&app, &person, ground.earlier.as_ref())?;
    let text = |name: &str| posted.text(name).to_owned();
    let typed = Typed {
        place: text("place"),
        question: text("question"),
        answer: text("answer"),
        document: text("document"),
        from: text("from"),
    };
    let new = match judge(&ground, &typed) {
        Ok(new) => new,
        Err(problems) => {
            let form = page(&app, &person, &ground, typed, problems)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(form.render()?)).into_response());
        }
    };
    let mut tx = match begin(&app, &mandate, once.as_deref()).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    let id = tx.add_interpretation(&new).await?;
    tx.note(format!("第 {id} 号，{}", new.question));
    answer(tx, once.as_deref(), &format!("{PATH}/{id}?done=interpreted")).await
}
