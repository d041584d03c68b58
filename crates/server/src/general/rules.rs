//! 办法与评分规则 (Articles 1, 18 and 19): the articles beside what they drive, the annex, the numbers and readings.

mod diff;
mod drives;
mod said;
pub mod validity;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use regulation::general::Verb;
use regulation::law::{Edition, Status, split_official};
use serde::Deserialize;

use self::drives::Drives;
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::interpretations::{Answer, InForce};
use crate::shell::{Look, Shell, moment_of};

const PATH: &str = "/general/rules";

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::ViewRules, show).with(diff::routes()).with(validity::routes())
}

#[derive(Deserialize)]
struct Asked {
    edition: Option<String>,
}

#[derive(Template)]
#[template(path = "general/rules.html")]
struct RulesPage {
    shell: Shell,
    edition: Arc<Edition>,
    loaded: String,
    validity: String,
    /// That it is about to lapse, or has.
    warning: Option<String>,
    years: String,
    /// Editions loaded: key, whether shown.
    editions: Vec<(String, bool)>,
    official: bool,
    chapters: Vec<ChapterView>,
    rows: Vec<said::RowView>,
    kinds: Vec<said::KindView>,
    numbers: Vec<said::NumberView>,
    readings: Vec<said::ReadingView>,
}

struct ChapterView {
    id: String,
    title: String,
    items: Vec<ItemView>,
}

struct ItemView {
    id: String,
    /// 第八条, on the article's own paragraph.
    article: Option<String>,
    label: String,
    text: String,
    official: Option<String>,
    status: Option<(&'static str, &'static str)>,
    reason: String,
    /// The department's answers in force (Article 18).
    answers: Vec<Answer>,
    drives: Drives,
}

/// The mark beside a status.
fn class(status: Status) -> &'static str {
    match status {
        Status::Executed => "ok",
        Status::Planned => "warn",
        Status::Evidenced | Status::Declaratory => "",
    }
}

/// The edition asked for, if it was ever loaded; otherwise the one at work.
async fn edition_named(app: &App, known: &[(String, i64)], asked: Option<&str>) -> Result<Arc<Edition>, Fault> {
    match asked {
        None | Some("") => Ok(Arc::clone(&app.present().edition)),
        Some(id) if known.iter().any(|(known, _)| known == id) => Ok(app.editions.get(&app.store, id).await?),
        Some(_) => Err(Fault::NotFound),
    }
}

/// Open to everyone: the rules are no secret (Articles 18, 19).
async fn show(State(app): State<App>, person: Result<Person, Fault>, look: Look, Query(asked): Query<Asked>) -> Page {
    let known = app.store.editions().await?;
    let edition = edition_named(&app, &known, asked.edition.as_deref()).await?;
    let official = app.store.official_text(&edition.head.id).await?;
    let texts = official.as_deref().map(split_official).unwrap_or_default();
    let answers = InForce::at(&app, &edition, app.clock.now()).await?;
    let chapters = edition.chapters.iter().map(|chapter| ChapterView {
        id: chapter.id.clone(),
        title: chapter.title.clone(),
        items: chapter
            .articles
            .iter()
            .flat_map(|article| {
                article.items.iter().enumerate().map(|(ix, item)| ItemView {
                    id: item.id.clone(),
                    article: (ix == 0).then(|| article.title.clone()),
                    label: item.label.clone(),
                    text: item.text.clone(),
                    official: texts.get(&item.id).cloned(),
                    status: item.status.map(|status| (status.name(), class(status))),
                    reason: item.reason.clone(),
                    answers: answers.of_item(&item.id),
                    drives: Drives::of(&edition, &item.id),
                })
            })
            .collect(),
    });
    let present = app.present();
    let bound = present.cycles.iter().filter(|cycle| cycle.edition_id == edition.head.id);
    let years: Vec<String> = bound.map(|cycle| format!("{}年度", cycle.year)).collect();
    render(&RulesPage {
        shell: Shell::for_anyone(&app, person, &look, PATH),
        loaded: known.iter().find(|(id, _)| *id == edition.head.id).map(|(_, at)| moment_of(*at)).unwrap_or_default(),
        validity: validity(&edition),
        warning: edition.expiry_warning(app.clock.today()),
        years: years.join("、"),
        editions: known.into_iter().map(|(id, _)| (id.clone(), id == edition.head.id)).collect(),
        official: official.is_some(),
        chapters: chapters.collect(),
        rows: said::rows(&edition, &answers),
        kinds: said::kinds(&edition),
        numbers: said::numbers(&edition),
        readings: said::readings(&edition),
        edition,
    })
}

fn validity(edition: &Edition) -> String {
    let from = edition.head.effective_on.map_or_else(|| "施行日未定".to_owned(), |on| format!("自 {on} 起施行"));
    let until = edition.head.expires_on.map_or_else(|| "失效日未载明".to_owned(), |on| format!("有效期至 {on}"));
    format!("{from}，{until}")
}
