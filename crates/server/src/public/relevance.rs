//! 这与我有关吗: whoever makes or exports something asks by customs code or product, without an account, and sees the warnings
//! and the foreign notices that touch it, and the stations to turn to (Article 5(1)).

use std::collections::HashSet;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use jiff::ToSpan as _;
use regulation::duties::tariff::{Code, Revision, widened};
use regulation::duties::vocabulary::{says, spoken};
use regulation::general::Verb;
use serde::Deserialize;
use store::duties::{StationFilter, TradeNotice, Warning, WarningFilter};
use store::general::{Looking, SearchQuery};

use super::everyone;
use super::pace::Client;
use super::warnings::{HTML, Line, cached};
use crate::app::{App, Routes};
use crate::duties::feeds::{headline, publisher};
use crate::duties::warnings::findable::NOUN;
use crate::error::{Fault, Page};
use crate::general::search::incomplete;
use crate::shell::{Look, Shell, day};

pub const RELEVANCE: &str = "/relevance";

/// Characters of the longest question.
const LONGEST: usize = 100;
/// Products a question may be about; a vaguer one should be asked again.
const PRODUCTS: usize = 6;
/// Warnings and notices shown.
const MOST: i64 = 30;

pub fn routes() -> Routes {
    Routes::default().get(RELEVANCE, Verb::ViewPublic, ask)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
}

#[derive(Template)]
#[template(path = "public/relevance.html")]
struct RelevancePage {
    shell: Shell,
    q: String,
    answer: Option<Answer>,
    problem: Option<String>,
}

/// What there is on the products asked for.
struct Answer {
    /// What the question was taken for: a product's name, where it has one, and its codes.
    about: Vec<(String, Vec<String>)>,
    warnings: Vec<Line>,
    /// That there may be more warnings than are findable yet.
    waiting: Option<String>,
    notices: Vec<NoticeLine>,
    stations: Vec<StationLine>,
}

/// A foreign notice nobody here has judged.
struct NoticeLine {
    headline: String,
    title: String,
    source: String,
    url: Option<String>,
    published: String,
    deadline: Option<String>,
}

struct StationLine {
    name: String,
    city: String,
    industry: String,
    website: String,
}

/// What a question names: codes where it is one or several, products where it is words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Question {
    about: Vec<(String, Vec<Code>)>,
    words: Vec<String>,
}

impl Question {
    /// # Errors
    /// A sentence on the part that looks like a code and is none.
    fn read(text: &str) -> Result<Question, String> {
        let mut question = Question::default();
        let parts = text.split(['、', ',', '，', ';', '；']).map(str::trim);
        for part in parts.filter(|part| !part.is_empty()) {
            if part.chars().all(|c| c.is_numeric() || " 　.．-".contains(c)) {
                question.about.push((String::new(), vec![Code::parse(part)?]));
                continue;
            }
            question.words.push(part.to_owned());
            for product in spoken(part).into_iter().take(PRODUCTS) {
                let codes = product.codes.iter().filter_map(|code| Code::parse(code).ok()).collect();
                question.about.push((product.name.to_owned(), codes));
            }
        }
        Ok(question)
    }

    fn codes(&self) -> Vec<String> {
        let codes: Vec<String> =
            self.about.iter().flat_map(|(_, codes)| codes).map(|code| code.digits().to_owned()).collect();
        widened(&codes, Revision::NEWEST)
    }
}

async fn ask(
    State(app): State<App>,
    client: Client,
    look: Look,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Page {
    let q: String = asked.q.trim().chars().take(LONGEST).collect();
    let mut page = RelevancePage { shell: Shell::public(&app, &look, RELEVANCE), q, answer: None, problem: None };
    if !page.q.is_empty() {
        app.searches.count(client, app.clock.now())?;
        match Question::read(&page.q) {
            Ok(question) => page.answer = Some(answered(&app, &question).await?),
            Err(sentence) => page.problem = Some(sentence),
        }
    }
    cached(&headers, HTML, page.render()?)
}

async fn answered(app: &App, question: &Question) -> Result<Answer, Fault> {
    let codes = question.codes();
    let since = app.clock.today().saturating_sub(1.year());
    let notices = app.store.notices_touching(&codes, store::day_number(since), MOST).await?;
    let shown = |codes: &[Code]| codes.iter().map(Code::shown).collect();
    let (warnings, waiting) = warnings(app, question, &codes).await?;
    Ok(Answer {
        warnings: warnings.into_iter().map(|row| Line::new(row.line())).collect(),
        waiting: incomplete(waiting),
        notices: notices.iter().map(NoticeLine::new).collect::<Result<_, _>>()?,
        stations: stations(app, question, &codes).await?,
        about: question.about.iter().map(|(name, codes)| (name.clone(), shown(codes))).collect(),
    })
}

/// Warnings whose codes touch the question's, and those that say its words; the newest first. And how many are still to be
/// made findable by their words.
async fn warnings(app: &App, question: &Question, codes: &[String]) -> Result<(Vec<Warning>, i64), Fault> {
    let newest = (i64::MAX, i64::MAX);
    let (mut rows, mut waiting) = (Vec::new(), 0);
    if !codes.is_empty() {
        let under = WarningFilter { codes: codes.to_vec(), ..WarningFilter::default() };
        rows = app.store.published_warnings(&under, newest, MOST).await?;
    }
    for word in &question.words {
        let Some(query) = SearchQuery::parse(word) else { continue };
        let scope = everyone(app);
        let looking = Looking { scope: &scope, open_only: true, nouns: &[NOUN], words: &query };
        let found = app.store.search(looking, "", newest, MOST).await?;
        waiting = found.waiting.max(waiting);
        let known: HashSet<i64> = rows.iter().map(|row| row.id).collect();
        let further: Vec<i64> = found.hits.iter().map(|hit| hit.noun_id).filter(|id| !known.contains(id)).collect();
        if !further.is_empty() {
            let named = WarningFilter { keys: further, ..WarningFilter::default() };
            let found = app.store.published_warnings(&named, newest, MOST).await?;
            rows.extend(found.into_iter().filter(|row| speaks(row, word)));
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.published_at, row.id)));
    rows.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    Ok((rows, waiting))
}

/// Whether a warning that was found says a word in letters whole: the search finds it at the beginning of others, too, and
/// “Boltless” is no bolt. What has signs or digits is left as it was found.
fn speaks(warning: &Warning, word: &str) -> bool {
    let letters = |word: &&str| word.chars().all(|c| c.is_ascii_alphabetic());
    let texts = [
        &warning.title,
        &warning.summary,
        &warning.products,
        &warning.hs_codes,
        &warning.advice,
        &warning.kind,
        &warning.market,
        &warning.industry,
        &warning.source_title,
    ];
    word.split_whitespace().filter(letters).all(|word| texts.iter().any(|text| says(text, word)))
}

/// Stations whose own chapters touch the codes, or whose industry is spoken of; failing those, the comprehensive ones.
async fn stations(app: &App, question: &Question, codes: &[String]) -> Result<Vec<StationLine>, Fault> {
    let in_force = StationFilter { ended: Some(false), ..StationFilter::default() };
    let rows = app.store.stations(&everyone(app), &in_force, "", 2000).await?;
    let own = |chapters: &str| {
        let mut own = chapters.split(|c: char| !c.is_ascii_digit()).filter(|code| code.len() >= 2);
        own.any(|own| codes.iter().any(|code| code.starts_with(own) || own.starts_with(code.as_str())))
    };
    let said = |industry: &str| {
        !industry.is_empty() && question.words.iter().any(|word| industry.contains(word) || word.contains(industry))
    };
    let (near, others): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|station| own(&station.hs_chapters) || said(&station.industry));
    let chosen =
        if near.is_empty() { others.into_iter().filter(|station| station.comprehensive == 1).collect() } else { near };
    let present = app.present();
    let line = |station: store::duties::Station| StationLine {
        city: present.edition.area_name(&station.city).to_owned(),
        name: station.name,
        industry: station.industry,
        website: station.website,
    };
    Ok(chosen.into_iter().take(8).map(line).collect())
}

impl NoticeLine {
    fn new(row: &TradeNotice) -> Result<NoticeLine, Fault> {
        let url = Some(row.url.clone()).filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        Ok(NoticeLine {
            headline: headline(&row.country, &row.kind, &row.stage, &row.title)?,
            title: row.title.clone(),
            source: publisher(&row.source, &row.authority).to_owned(),
            url,
            published: row.published_on.map(day).unwrap_or_default(),
            deadline: row.deadline_on.map(day),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_codes_or_products() {
        let codes = |text: &str| Question::read(text).map(|question| question.codes());
        assert_eq!(codes("4011.10、4012"), Ok(vec!["401110".to_owned(), "4012".to_owned()]));
        assert!(codes("8541.43").is_ok_and(|codes| codes.contains(&"854140".to_owned())), "as it was before 2022");
        assert!(codes("轮胎").is_ok_and(|codes| codes.contains(&"4011".to_owned())));
        assert!(codes("401").is_err_and(|sentence| sentence.starts_with("“401”不是税号")));
        assert_eq!(codes("飞碟"), Ok(Vec::new()));
        assert_eq!(Question::read("飞碟").map(|question| question.words), Ok(vec!["飞碟".to_owned()]));
    }
}
