//! 检索 (Article 5(3)): warnings and announcements, foreign notices, ledger entries and what is attached to them, by the
//! words in them, as far as each may see. A Chinese word is found wherever it stands; counts are exact.

pub mod reading;
mod saved;
pub mod telling;

use askama::Template;
use axum::extract::{Query, State};
use jiff::civil::Date;
use regulation::general::{Actor, Reach, Refusal, Scope, Verb, holds, rules, scope};
use serde::Deserialize;
use store::general::{ATTACHMENT, Found, Hit, Looking, PUBLICATION_NOUN, SearchQuery};

use crate::address::address;
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::findable as entries;
use crate::auth::Person;
use crate::duties::feeds::findable as notices;
use crate::duties::warnings::findable::NOUN as WARNING;
use crate::error::{Fault, Page};
use crate::public::search::{LONGEST, cursor, marked};
use crate::shell::{Shell, day};

pub const PATH: &str = "/general/search";
/// Hits of one page.
const PAGE: usize = 30;

/// What is looked up, with what people call it.
const NOUNS: [(&str, &str); 5] = [
    (WARNING, "预警信息"),
    (notices::NOUN, "国外公告"),
    (entries::NOUN, "台账"),
    (ATTACHMENT, "附件"),
    (PUBLICATION_NOUN, "公示公告"),
];

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::SaveSearch, show).with(saved::routes())
}

/// What people call a noun.
fn noun_name(noun: &str) -> &'static str {
    NOUNS.iter().find(|(key, _)| *key == noun).map_or("全部", |(_, name)| name)
}

/// What a person may find: texts of these nouns that lie in a scope, belong to everyone, or are open to anyone.
pub struct Sight {
    pub scope: Scope,
    pub nouns: Vec<&'static str>,
}

impl Sight {
    /// By the same table as the pages the hits lead to. Whoever reads a station's material by assignment does so on its
    /// pages alone, where each reading leaves a trail (reading K34).
    pub fn of(actor: &Actor, on: Date) -> Sight {
        let assigned = |rule: &regulation::general::Rule| {
            (rule.role, rule.verb, rule.reach) == (actor.role, Verb::ViewLedger, Reach::Assigned)
        };
        let ledger = match rules().any(assigned) {
            true => Scope::Nothing,
            false => scope(actor, Verb::ViewLedger, on),
        };
        let mut nouns = vec![WARNING, PUBLICATION_NOUN];
        if holds(actor, Verb::ViewNotices, on) {
            nouns.push(notices::NOUN);
        }
        if ledger == Scope::Nothing {
            return Sight { scope: Scope::Stations(Vec::new()), nouns };
        }
        nouns.extend([entries::NOUN, ATTACHMENT]);
        Sight { scope: ledger, nouns }
    }

    /// Of one noun, where it is in sight; of all where none is named.
    pub fn nouns_of(&self, noun: &str) -> Vec<&'static str> {
        self.nouns.iter().copied().filter(|known| noun.is_empty() || *known == noun).collect()
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    /// One noun, or empty for all.
    noun: String,
    /// `day-key` of the last hit of the page before.
    before: String,
    /// The batch behind which hits are new to who opened a saved search.
    new: Option<i64>,
}

#[derive(Template)]
#[template(path = "general/search.html")]
struct SearchPage {
    shell: Shell,
    q: String,
    noun: String,
    /// `None` where nothing was asked that can be looked for.
    results: Option<Results>,
    saved: Vec<saved::Line>,
    most: i64,
    /// Whether this one is saved already.
    kept: bool,
    /// Whether one more can be saved.
    save: Result<(), Refusal>,
}

struct Results {
    count: i64,
    waiting: Option<String>,
    tabs: Vec<Tab>,
    hits: Vec<Line>,
    next: Option<String>,
}

struct Tab {
    name: &'static str,
    count: i64,
    href: String,
    current: bool,
}

/// A hit, with the words asked for marked.
struct Line {
    href: String,
    noun: &'static str,
    title: Vec<(String, bool)>,
    /// A foreign notice's own title, where it is not Chinese.
    english: bool,
    excerpt: Vec<(String, bool)>,
    on: String,
    station: String,
    /// The entry an attachment belongs to.
    entry: Option<i64>,
    new: bool,
}

impl Line {
    fn new(query: &SearchQuery, hit: &Hit, entry: Option<i64>, new: Option<i64>) -> Line {
        Line {
            href: href(&hit.noun, hit.noun_id),
            noun: noun_name(&hit.noun),
            title: marked(query, &hit.title),
            english: hit.noun == notices::NOUN && !hit.title.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}')),
            excerpt: marked(query, &hit.excerpt),
            on: day(hit.on_day),
            station: hit.station.clone().unwrap_or_default(),
            entry,
            new: new.is_some_and(|mark| hit.batch.is_none_or(|batch| batch > mark)),
        }
    }
}

/// The page a hit leads to.
fn href(noun: &str, id: i64) -> String {
    match noun {
        notices::NOUN => format!("/duties/notices/{id}"),
        entries::NOUN => format!("/appraisal/ledger/{id}"),
        ATTACHMENT => format!("/appraisal/files/{id}"),
        PUBLICATION_NOUN => format!("/public/notices/{id}"),
        _ => format!("/warnings/{id}"),
    }
}

async fn show(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    saved::keeping(&app, &person)?;
    let q: String = asked.q.trim().chars().take(LONGEST).collect();
    let sight = Sight::of(&person.actor, app.clock.today());
    let noun = sight.nouns.iter().copied().find(|noun| *noun == asked.noun).unwrap_or_default();
    let results = match SearchQuery::parse(&q) {
        Some(query) => Some(results(&app, &sight, &query, &q, noun, &asked).await?),
        None => None,
    };
    let kept = app.store.saved_searches(person.actor.account).await?;
    let save = saved::saving(&app, &person, kept.len()).map(drop);
    let known = kept.iter().any(|search| (search.words.as_str(), search.noun.as_str()) == (q.as_str(), noun));
    // Beside results nobody looks for what else is new.
    let saved = if results.is_some() { Vec::new() } else { saved::lines(&app, &sight, kept).await? };
    let shell = Shell::new(&app, &person, PATH);
    let noun = noun.to_owned();
    render(&SearchPage { shell, q, noun, results, saved, most: saved::MOST, kept: known, save })
}

async fn results(
    app: &App,
    sight: &Sight,
    query: &SearchQuery,
    q: &str,
    noun: &str,
    asked: &Asked,
) -> Result<Results, Fault> {
    let looking = Looking { scope: &sight.scope, open_only: false, nouns: &sight.nouns, words: query };
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut found = app.store.search(looking, noun, cursor(&asked.before), limit).await?;
    let more = found.hits.len() > PAGE;
    found.hits.truncate(PAGE);
    let new = asked.new.map(|mark| mark.to_string()).unwrap_or_default();
    let page = |noun: &str, before: &str| {
        address(PATH, &[("q", q), ("noun", noun), ("new", new.as_str()), ("before", before)])
    };
    let next = found.hits.last().filter(|_| more).map(|hit| page(noun, &format!("{}-{}", hit.on_day, hit.id)));
    let attached: Vec<i64> = found.hits.iter().filter(|hit| hit.noun == ATTACHMENT).map(|hit| hit.noun_id).collect();
    let attached = app.store.attached_to(&attached).await?;
    let entry = |hit: &Hit| {
        let link = attached.iter().find(|(link, _)| hit.noun == ATTACHMENT && *link == hit.noun_id);
        link.map(|(_, entry)| *entry)
    };
    Ok(Results {
        count: if noun.is_empty() { found.count() } else { found.count_of(noun) },
        waiting: incomplete(found.waiting),
        tabs: tabs(sight, &found, noun, &page),
        hits: found.hits.iter().map(|hit| Line::new(query, hit, entry(hit), asked.new)).collect(),
        next,
    })
}

/// That counts are not whole yet, while texts wait to be made findable.
pub fn incomplete(texts: i64) -> Option<String> {
    let more = if texts < 1000 { "" } else { "以上" };
    (texts > 0).then(|| format!("另有 {texts} 份{more}材料正在编入检索，编入后才能查到，条数也以届时为准。"))
}

/// All, and each noun in sight, with how many there are.
fn tabs(sight: &Sight, found: &Found, current: &str, page: &dyn Fn(&str, &str) -> String) -> Vec<Tab> {
    let all = Tab { name: "全部", count: found.count(), href: page("", ""), current: current.is_empty() };
    let of = NOUNS.iter().filter(|(noun, _)| sight.nouns.contains(noun)).map(|(noun, name)| Tab {
        name,
        count: found.count_of(noun),
        href: page(noun, ""),
        current: current == *noun,
    });
    std::iter::once(all).chain(of).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use regulation::general::Role;

    use super::*;

    #[test]
    fn each_finds_what_the_pages_would_show() {
        let on = date(2026, 9, 18);
        let actor = |role| Actor { role, city: Some("370500".to_owned()), station: Some(7), ..Actor::public() };
        let sight = |role| Sight::of(&actor(role), on);
        assert_eq!(sight(Role::ProvinceClerk).scope, Scope::All);
        assert_eq!(sight(Role::CityClerk).scope, Scope::City("370500".to_owned()));
        assert_eq!(sight(Role::StationClerk).scope, Scope::Stations(vec![7]));
        assert_eq!(sight(Role::CityClerk).nouns.len(), NOUNS.len());
        for role in [Role::Expert, Role::Evaluator, Role::Applicant, Role::Firm, Role::Auditor] {
            let sight = sight(role);
            assert_eq!((sight.scope, sight.nouns), (Scope::Stations(vec![]), vec![WARNING, PUBLICATION_NOUN]));
        }
    }
}
