//! Looking for words in the texts of several nouns: every text that holds them is found, and counted exactly.
//!
//! What a word finds is said in [`SearchQuery`]; `tokens.rs` makes it the same on both databases.

mod tokens;

use std::ops::Range;

use regulation::general::Scope;

use crate::query::Query;
use crate::{Backend, Result, Store, Tx, dialect};
use tokens::{LONG, Phrase};

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

/// A text to be found.
#[derive(Clone, Copy, Debug)]
pub struct Indexed<'t> {
    pub noun: &'static str,
    pub id: i64,
    /// The day it is listed under.
    pub on_day: i64,
    /// Where it belongs; empty with no station: to everyone who is signed in, as a foreign notice does.
    pub city: &'t str,
    pub county: Option<&'t str>,
    pub station: Option<i64>,
    /// Whether anyone may see it.
    pub open: bool,
    pub title: &'t str,
    pub body: &'t str,
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
}

/// A page of what was found, newest first, and how many texts there are in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub hits: Vec<Hit>,
    pub count: i64,
}

#[derive(sqlx::FromRow)]
struct Line {
    total: i64,
    id: Option<i64>,
    on_day: Option<i64>,
    noun: Option<String>,
    noun_id: Option<i64>,
    title: Option<String>,
    body: Option<String>,
}

impl Line {
    fn hit(self, query: &SearchQuery) -> Option<Hit> {
        Some(Hit {
            id: self.id?,
            noun: self.noun?,
            noun_id: self.noun_id?,
            on_day: self.on_day?,
            title: self.title?,
            excerpt: query.excerpt(&self.body?),
        })
    }
}

/// Who is looking for what.
struct Looking<'l> {
    backend: Backend,
    scope: &'l Scope,
    open_only: bool,
    nouns: &'l [&'l str],
}

impl Looking<'_> {
    /// The condition that a part holds all these words; `long`, also that its text has several parts.
    fn matching(&self, query: &mut Query, phrases: &[Phrase], long: bool) {
        let (before, after) = dialect::matching(self.backend);
        let mut all: Vec<String> = phrases.iter().map(|phrase| self.written(phrase)).collect();
        all.extend(long.then(|| match self.backend {
            Backend::Sqlite => format!("\"{LONG}\""),
            Backend::Postgres => format!("'{LONG}'"),
        }));
        let and = match self.backend {
            Backend::Sqlite => " AND ",
            Backend::Postgres => " & ",
        };
        query.push_bind(before, all.join(and));
        query.push(after);
        if self.backend == Backend::Postgres {
            for pattern in phrases.iter().filter_map(Phrase::pattern) {
                query.push_bind(" AND t.folded LIKE ", pattern);
            }
        }
    }

    fn written(&self, phrase: &Phrase) -> String {
        match self.backend {
            Backend::Sqlite => phrase.fts(),
            Backend::Postgres => phrase.tsquery(),
        }
    }

    /// Parts that hold all words, and parts of texts whose words lie apart.
    fn parts(&self, query: &mut Query, sought: &SearchQuery) {
        const PART: &str = "SELECT t.id, t.document_id, t.on_day FROM search_text t WHERE ";
        query.push(PART);
        self.matching(query, &sought.phrases, false);
        self.visible(query);
        let Some((first, rest @ [_, ..])) = sought.phrases.split_first() else { return };
        query.push(" UNION ALL ");
        query.push(PART);
        self.matching(query, std::slice::from_ref(first), true);
        self.visible(query);
        for phrase in rest {
            query.push(" AND t.document_id IN (SELECT t.document_id FROM search_text t WHERE ");
            self.matching(query, std::slice::from_ref(phrase), true);
            query.push(")");
        }
    }

    fn visible(&self, query: &mut Query) {
        let mut text = " AND t.noun IN (";
        for noun in self.nouns {
            query.push_bind(text, *noun);
            text = ", ";
        }
        query.push(")");
        if self.open_only {
            query.push(" AND t.open = 1");
        }
        const SHARED: &str = " AND (t.open = 1 OR (t.station_id IS NULL AND t.city = '')";
        match self.scope {
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

impl Store {
    /// Texts of these nouns that hold all words, newest first, before a day and key; and how many there are, whatever the
    /// page. Within a scope: what belongs to it, to everyone, or is open to anyone. `open_only` for who is not signed in.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn search(
        &self,
        scope: &Scope,
        open_only: bool,
        nouns: &[&str],
        sought: &SearchQuery,
        before: (i64, i64),
        limit: i64,
    ) -> Result<Found> {
        if nouns.is_empty() {
            return Ok(Found::default());
        }
        let looking = Looking { backend: self.backend(), scope, open_only, nouns };
        let mut query = Query::new(
            "WITH hit AS MATERIALIZED (SELECT held.document_id, held.on_day, min(held.id) AS text_id FROM (",
        );
        looking.parts(&mut query, sought);
        // What a page shows is looked up for each of its rows by key: a join may read all texts for a few.
        query.push(
            ") held GROUP BY held.document_id, held.on_day) SELECT counted.total, page.document_id AS id, page.on_day, \
             (SELECT d.noun FROM search_document d WHERE d.id = page.document_id) AS noun, \
             (SELECT d.noun_id FROM search_document d WHERE d.id = page.document_id) AS noun_id, \
             (SELECT d.title FROM search_document d WHERE d.id = page.document_id) AS title, \
             (SELECT g.body FROM search_passage g WHERE g.text_id = page.text_id) AS body \
             FROM (SELECT count(*) AS total FROM hit) counted LEFT JOIN (SELECT * FROM hit",
        );
        query.push_bind(" WHERE hit.on_day < ", before.0);
        query.push_bind(" OR (hit.on_day = ", before.0);
        query.push_bind(" AND hit.document_id < ", before.1);
        query.push(")");
        query.push_page(" ORDER BY hit.on_day DESC, hit.document_id DESC", limit);
        query.push(") page ON 1 = 1 ORDER BY page.on_day DESC, page.document_id DESC");
        let lines: Vec<Line> = self.all(query).await?;
        let count = lines.first().map_or(0, |line| line.total);
        Ok(Found { hits: lines.into_iter().filter_map(|line| line.hit(sought)).collect(), count })
    }
}

impl Tx<'_> {
    /// Makes a text findable, in place of what was indexed before for the same noun and key.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn index_text(&mut self, text: &Indexed<'_>) -> Result<()> {
        // PostgreSQL keeps no such character, and SQLite would end the text there.
        let (title, body) = (text.title.replace('\0', ""), text.body.replace('\0', ""));
        let query = Query::new(
            "INSERT INTO search_document (noun, noun_id, title) VALUES ($1, $2, $3) \
             ON CONFLICT (noun, noun_id) DO UPDATE SET title = excluded.title RETURNING id",
        );
        let document = self.insert(query.bind(text.noun).bind(text.id).bind(&title)).await?;
        self.drop_parts(document).await?;
        for part in tokens::parts(&title, &body) {
            let query =
                Query::new(dialect::index_part(self.backend())).bind(document).bind(text.noun).bind(text.on_day);
            let query = query.bind(text.city).bind(text.county).bind(text.station).bind(text.open);
            let id = match self.backend() {
                Backend::Sqlite => {
                    let id = self.insert(query).await?;
                    let query = Query::new("INSERT INTO search_index (rowid, tokens) VALUES ($1, $2)");
                    self.execute(query.bind(id).bind(part.line())).await?;
                    id
                }
                Backend::Postgres => self.insert(query.bind(part.vector()).bind(&part.folded)).await?,
            };
            let query = Query::new("INSERT INTO search_passage (text_id, body) VALUES ($1, $2)");
            self.execute(query.bind(id).bind(&body[part.body])).await?;
        }
        Ok(())
    }

    /// Makes a text unfindable.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn drop_text(&mut self, noun: &'static str, id: i64) -> Result<()> {
        let query = Query::new("SELECT id FROM search_document WHERE noun = $1 AND noun_id = $2");
        let Some((document,)) = self.optional::<(i64,)>(query.bind(noun).bind(id)).await? else { return Ok(()) };
        self.drop_parts(document).await?;
        self.execute(Query::new("DELETE FROM search_document WHERE id = $1").bind(document)).await.map(drop)
    }

    async fn drop_parts(&mut self, document: i64) -> Result<()> {
        let query = Query::new(
            "DELETE FROM search_passage WHERE text_id IN (SELECT id FROM search_text WHERE document_id = $1)",
        );
        self.execute(query.bind(document)).await?;
        // On SQLite a trigger takes the tokens along.
        self.execute(Query::new("DELETE FROM search_text WHERE document_id = $1").bind(document)).await.map(drop)
    }
}
