//! Looking for words in the texts of several nouns: every text that holds them is found, and counted exactly.
//!
//! What a word finds is said in [`SearchQuery`]; `tokens.rs` makes it the same on both databases.

mod terms;
mod tokens;
mod writing;

use std::ops::Range;

use regulation::general::Scope;

use crate::query::Query;
use crate::{Backend, Result, Store, dialect};
use terms::Wanted;
use tokens::{LONG, Phrase};

pub use writing::{ATTACHMENT, Indexed, WaitingText};

/// Words a query has at most; further ones are not looked at.
const WORDS: usize = 8;

/// Characters of an excerpt before the first word found, and in all.
const LEAD: usize = 24;
const EXCERPT: usize = 120;

/// The words looked for, separated by white space. All must occur in a text, in any order, in its title or its body.
///
/// A word is looked for as it is written, wherever it stands: 轮胎 is found in 全钢载重轮胎. Width, case, accents and the
/// forms of an ideograph do not count; one sign, or several, stand for any other (`A-570-084` finds `A 570 084`, not
/// `A570084`), and white space beside an ideograph is layout. A word in letters, and a number, is found from its
/// beginning: `tyre` finds `tyres`, `4011` finds `4011.10` and `40112000`, `134a` does not find `R134a`, `27年` does not
/// find `2027年`. One ideograph alone is looked for in titles. Of a word of more than 128 ideographs and words in
/// letters, the beginning is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    words: Vec<String>,
    phrases: Vec<Phrase>,
}

impl SearchQuery {
    /// `None` when there is nothing to look for: no letter, digit or ideograph.
    pub fn parse(text: &str) -> Option<SearchQuery> {
        let words = text.split_whitespace().filter_map(|word| Some((word.to_owned(), Phrase::of(word)?)));
        let (words, phrases): (Vec<_>, Vec<_>) = words.take(WORDS).unzip();
        (!words.is_empty()).then_some(SearchQuery { words, phrases })
    }

    /// The words as they were typed.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Where the words stand in a text, in bytes, in order and without overlaps, to mark them.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = self.phrases.iter().flat_map(|phrase| phrase.places(text)).collect();
        places.sort_unstable_by_key(|place| place.start);
        let mut merged: Vec<Range<usize>> = Vec::new();
        for place in places {
            match merged.last_mut() {
                Some(last) if place.start < last.end => last.end = last.end.max(place.end),
                _ => merged.push(place),
            }
        }
        merged
    }

    /// Some words of a text around the first place found, or its beginning.
    fn excerpt(&self, text: &str) -> String {
        let at = self.places(text).first().map_or(0, |place| place.start);
        let from = text[..at].char_indices().rev().take(LEAD).last().map_or(at, |(from, _)| from);
        let until = text[from..].char_indices().nth(EXCERPT).map_or(text.len(), |(length, _)| from + length);
        let words: Vec<&str> = text[from..until].split_whitespace().collect();
        let (before, after) = (if from > 0 { "…" } else { "" }, if until < text.len() { "…" } else { "" });
        format!("{before}{}{after}", words.join(" "))
    }
}

/// A text that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Key of the text in the index; pages go on after day and key.
    pub id: i64,
    pub noun: String,
    pub noun_id: i64,
    pub on_day: i64,
    pub title: String,
    /// Some of the body around the words found.
    pub excerpt: String,
    /// The station it belongs to.
    pub station: Option<String>,
    /// When it became findable, as a number that only grows; none for what has none yet.
    pub batch: Option<i64>,
}

/// A page of what was found, newest first, and how many texts there are of each noun.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// By noun, whatever the page and its noun; nouns of which there is none are left out.
    pub counts: Vec<(String, i64)>,
    /// Texts of these nouns, anyone's, that are still to be made findable: 1,000 stands for more.
    pub waiting: i64,
}

impl Found {
    /// How many texts of all nouns.
    pub fn count(&self) -> i64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// How many of one noun.
    pub fn count_of(&self, noun: &str) -> i64 {
        self.counts.iter().find(|(known, _)| known == noun).map_or(0, |(_, count)| *count)
    }
}

/// Who looks for what. Within a scope is what belongs to it, to everyone, or is open to anyone.
#[derive(Clone, Copy, Debug)]
pub struct Looking<'l> {
    pub scope: &'l Scope,
    /// For who is not signed in.
    pub open_only: bool,
    pub nouns: &'l [&'static str],
    pub words: &'l SearchQuery,
}

/// Texts of batches behind one, up to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub after: i64,
    pub until: i64,
    /// No part of a text in the window has a smaller key.
    pub first_text: i64,
}

/// The nouns texts are of. Each is a bit in the index, in this order: a new one goes to the end.
const NOUNS: [&str; 5] = ["warning", "notice", "entry", "attachment", "publication"];
/// How many there are of each, in the same order.
const COUNTED: [&str; NOUNS.len()] = ["n0", "n1", "n2", "n3", "n4"];

/// The bit of a noun; none for what is looked up nowhere.
fn bit(noun: &str) -> i64 {
    NOUNS.iter().position(|known| *known == noun).map_or(0, |place| 1 << place)
}

/// Nothing comes after this day: counts go before all hits.
const COUNTS: i64 = 99_999_999;

#[derive(sqlx::FromRow)]
struct Line {
    total: i64,
    id: Option<i64>,
    on_day: i64,
    kind: i64,
    noun_id: Option<i64>,
    title: Option<String>,
    body: Option<String>,
    station: Option<String>,
    batch: Option<i64>,
}

impl Line {
    fn noun(&self) -> Option<String> {
        NOUNS.iter().find(|noun| bit(noun) == self.kind).map(|noun| (*noun).to_owned())
    }

    fn hit(self, words: &SearchQuery) -> Option<Hit> {
        Some(Hit {
            noun: self.noun()?,
            id: self.id?,
            noun_id: self.noun_id?,
            on_day: self.on_day,
            title: self.title?,
            excerpt: words.excerpt(&self.body?),
            station: self.station,
            batch: self.batch,
        })
    }
}

const PART: &str = "SELECT t.id, t.document_id, t.kind, t.on_day";

/// The condition a part of a text has to meet.
pub(super) struct Parts<'l> {
    pub backend: Backend,
    pub looking: Looking<'l>,
    pub window: Option<Window>,
}

impl Parts<'_> {
    /// Columns of the parts that hold all these words; where it is said, only of texts in several parts, or in one. What the
    /// terms say is told apart from what the folded text has to be asked for. `more`: further conditions.
    fn select(
        &self,
        query: &mut Query,
        columns: &'static str,
        (phrases, several): (&[Phrase], Option<bool>),
        more: impl Fn(&mut Query),
    ) {
        let held = || phrases.iter().map(Phrase::held);
        let doubts: Vec<Wanted> = phrases.iter().filter_map(Phrase::doubt).collect();
        let in_doubt = (!doubts.is_empty()).then(|| Wanted::All(held().chain([Wanted::Any(doubts)]).collect()));
        let sure = phrases.iter().map(Phrase::sure).collect::<Option<_>>().map(Wanted::All);
        let mut joint = "";
        let arms = [(sure, false), (in_doubt, true)];
        for (wanted, patterns) in arms.into_iter().filter_map(|(wanted, patterns)| Some((wanted?, patterns))) {
            let wanted = match several {
                None => wanted,
                Some(true) => Wanted::All(vec![wanted, Wanted::term(LONG)]),
                Some(false) => Wanted::But(Box::new(wanted), vec![Wanted::term(LONG)]),
            };
            let (before, after) = dialect::parts(self.backend);
            query.push(joint);
            query.push(columns);
            query.push_bind(before, wanted.written(self.backend));
            query.push(after);
            if let (Backend::Sqlite, Some(window)) = (self.backend, self.window) {
                // The terms' lists are read from there on.
                query.push_bind(" AND search_index.rowid >= ", window.first_text);
            }
            // Asked of each part by its key: a join may read all texts for a few.
            for pattern in phrases.iter().filter(|_| patterns).filter_map(Phrase::pattern) {
                query.push_bind(" AND (SELECT f.folded FROM search_folded f WHERE f.text_id = t.id) LIKE ", pattern);
            }
            more(query);
            joint = " UNION ALL ";
        }
    }

    /// Texts of one part that hold all words: each once.
    fn push_whole(&self, query: &mut Query) {
        self.select(query, PART, (&self.looking.words.phrases, Some(false)), |query| self.visible(query));
    }

    /// Parts of texts of several that hold all words, and parts of those whose words lie apart.
    fn push_several(&self, query: &mut Query) {
        self.select(query, PART, (&self.looking.words.phrases, Some(true)), |query| self.visible(query));
        self.push_apart(query);
    }

    /// Parts that hold all words, a text's several too, and parts of texts whose words lie apart.
    pub(super) fn push(&self, query: &mut Query) {
        self.select(query, PART, (&self.looking.words.phrases, None), |query| self.visible(query));
        self.push_apart(query);
    }

    fn push_apart(&self, query: &mut Query) {
        let Some((first, rest @ [_, ..])) = self.looking.words.phrases.split_first() else { return };
        query.push(" UNION ALL ");
        self.select(query, PART, (std::slice::from_ref(first), Some(true)), |query| {
            self.visible(query);
            for phrase in rest {
                query.push(" AND t.document_id IN (");
                self.select(query, "SELECT t.document_id", (std::slice::from_ref(phrase), Some(true)), |_| ());
                query.push(")");
            }
        });
    }

    fn visible(&self, query: &mut Query) {
        // Counting asks every text found for its noun: a bit is told sooner than a name in a list.
        let kinds: i64 = self.looking.nouns.iter().map(|noun| bit(noun)).sum();
        query.push_bind(" AND (t.kind & ", kinds);
        query.push(") <> 0");
        if let Some(window) = self.window {
            query.push_bind(" AND t.id >= ", window.first_text);
            query.push_bind(" AND t.document_id IN (SELECT d.id FROM search_document d WHERE d.batch > ", window.after);
            query.push_bind(" AND d.batch <= ", window.until);
            query.push(")");
        }
        if self.looking.open_only {
            query.push(" AND t.open = 1");
        }
        const SHARED: &str = " AND (t.open = 1 OR (t.station_id IS NULL AND t.city = '')";
        match self.looking.scope {
            Scope::All => return,
            Scope::Nothing => return query.push(" AND 1 = 0"),
            Scope::City(city) => {
                query.push(SHARED);
                query.push_bind(" OR t.city = ", city);
            }
            Scope::County(county) => {
                query.push(SHARED);
                query.push_bind(" OR t.county = ", county);
            }
            Scope::Stations(stations) => {
                query.push(SHARED);
                if !stations.is_empty() {
                    query.push_list(" OR t.station_id IN (", stations);
                }
            }
        }
        query.push(")");
    }
}

/// Goes on behind a count, of one noun or of what waits: as a line that is no hit.
fn push_total(query: &mut Query, kind: i64) {
    query.push_bind(" AS total, CAST(NULL AS BIGINT) AS id, CAST(", COUNTS);
    query.push_bind(" AS BIGINT) AS on_day, CAST(", kind);
    query.push(
        " AS BIGINT) AS kind, CAST(NULL AS BIGINT) AS noun_id, CAST(NULL AS TEXT) AS title, \
         CAST(NULL AS TEXT) AS body, CAST(NULL AS TEXT) AS station, CAST(NULL AS BIGINT) AS batch",
    );
}

impl Store {
    /// Texts that hold all words, newest first, before a day and key, of one of the nouns or, with `only` empty, of all; and
    /// how many there are of each noun.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn search(&self, looking: Looking<'_>, only: &str, before: (i64, i64), limit: i64) -> Result<Found> {
        if looking.nouns.is_empty() {
            return Ok(Found::default());
        }
        let parts = Parts { backend: self.backend(), looking, window: None };
        // Most texts are one part, and need no grouping; parts of one text agree in noun and day.
        let mut query = Query::new("WITH hit (text_id, document_id, kind, on_day) AS MATERIALIZED (");
        parts.push_whole(&mut query);
        query.push(" UNION ALL SELECT min(held.id), held.document_id, max(held.kind), max(held.on_day) FROM (");
        parts.push_several(&mut query);
        query.push(") held GROUP BY held.document_id), counted AS MATERIALIZED (");
        let counted = NOUNS.iter().zip(COUNTED).filter(|(noun, _)| looking.nouns.contains(noun));
        let mut text = "SELECT count(CASE WHEN hit.kind = ";
        for (noun, column) in counted.clone() {
            query.push_bind(text, bit(noun));
            query.push(" THEN 1 END) AS ");
            query.push(column);
            text = ", count(CASE WHEN hit.kind = ";
        }
        query.push(" FROM hit) ");
        let mut text = "SELECT (SELECT count(*) FROM (SELECT w.id FROM search_waiting w WHERE w.noun IN (";
        for noun in looking.nouns {
            query.push_bind(text, *noun);
            text = ", ";
        }
        query.push(") ORDER BY w.noun, w.noun_id LIMIT 1000) held)");
        push_total(&mut query, 0);
        for (noun, column) in counted {
            query.push(" UNION ALL SELECT counted.");
            query.push(column);
            push_total(&mut query, bit(noun));
            query.push(" FROM counted WHERE counted.");
            query.push(column);
            query.push(" > 0");
        }
        // What a page shows is looked up for each of its rows by key: a join may read all texts for a few.
        query.push(
            " UNION ALL SELECT 0, page.document_id, page.on_day, page.kind, \
             (SELECT d.noun_id FROM search_document d WHERE d.id = page.document_id), \
             (SELECT d.title FROM search_document d WHERE d.id = page.document_id), \
             (SELECT g.body FROM search_passage g WHERE g.text_id = page.text_id), \
             (SELECT s.name FROM search_text t JOIN station s ON s.id = t.station_id WHERE t.id = page.text_id), \
             (SELECT d.batch FROM search_document d WHERE d.id = page.document_id) FROM (SELECT * FROM hit",
        );
        query.push_bind(" WHERE (hit.on_day < ", before.0);
        query.push_bind(" OR (hit.on_day = ", before.0);
        query.push_bind(" AND hit.document_id < ", before.1);
        query.push("))");
        if !only.is_empty() {
            query.push_bind(" AND hit.kind = ", bit(only));
        }
        query.push_page(" ORDER BY hit.on_day DESC, hit.document_id DESC", limit);
        query.push(") page ORDER BY on_day DESC, id DESC");
        let lines: Vec<Line> = self.all(query).await?;
        let mut found = Found::default();
        for line in lines {
            match line.id {
                None if line.kind == 0 => found.waiting = line.total,
                None => found.counts.extend(line.noun().map(|noun| (noun, line.total))),
                Some(_) => found.hits.extend(line.hit(looking.words)),
            }
        }
        Ok(found)
    }
}
