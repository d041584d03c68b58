//! Official documents as they were made, what came back on those served, and what stands before the public.

use regulation::general::Scope;
use sha2::{Digest, Sha256};

use super::search::Indexed;
use crate::query::{Query, ScopeColumns};
use crate::{Result, Store, Tx, day_number, day_of};

/// A document, frozen when it was made: names in it stay those of its day.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Paper {
    pub id: i64,
    /// What document it is, e.g. `notice.absence`.
    pub kind: String,
    pub noun: String,
    pub noun_id: i64,
    pub station_id: Option<i64>,
    pub account_id: Option<i64>,
    pub city: Option<String>,
    pub title: String,
    /// The document's text; `papers` reads it.
    pub content: String,
    pub sha256: String,
    pub made_at: i64,
    pub made_by: String,
    pub served_at: Option<i64>,
    /// Last day a statement on it is taken.
    pub reply_due: Option<i64>,
}

/// A document about to be made.
#[derive(Clone, Debug, Default)]
pub struct NewPaper {
    pub kind: &'static str,
    pub noun: &'static str,
    pub noun_id: i64,
    /// The station it is for.
    pub station: Option<i64>,
    /// The account it is for, where there is no station yet.
    pub account: Option<i64>,
    /// The city whose officials may see it besides the province's.
    pub city: Option<String>,
    pub title: String,
    pub content: String,
    /// Whether it is served on its station or account, and until which day a statement on it is taken.
    pub served: bool,
    pub reply_due: Option<i64>,
}

/// That a paper was received, or a statement on it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PaperReply {
    pub id: i64,
    pub paper_id: i64,
    /// `receipt` or `statement`.
    pub what: String,
    pub text: String,
    pub given_at: i64,
    pub given_by: String,
}

/// What stands before the public, as it was published.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Publication {
    pub id: i64,
    /// `notice` 公示, `announcement` 公告, `bulletin` 通报.
    pub kind: String,
    pub noun: String,
    pub noun_id: i64,
    pub title: String,
    pub content: String,
    pub sha256: String,
    pub published_at: i64,
    pub published_by: String,
    /// Last day of a public notice.
    pub until_day: Option<i64>,
}

/// Something about to be published.
#[derive(Clone, Debug, Default)]
pub struct NewPublication {
    pub kind: &'static str,
    pub noun: &'static str,
    pub noun_id: i64,
    pub title: String,
    pub content: String,
    pub until_day: Option<i64>,
}

const PAPER: &str = "SELECT e.id, e.kind, e.noun, e.noun_id, e.station_id, e.account_id, e.city, e.title, e.content, \
                     e.sha256, e.made_at, e.made_by, e.served_at, e.reply_due FROM paper e WHERE 1 = 1";

const PUBLICATION: &str = "SELECT id, kind, noun, noun_id, title, content, sha256, published_at, published_by, until_day \
                           FROM publication";

/// Papers carry the city they belong to; a county sees those of its stations.
const OF_PAPER: ScopeColumns = ScopeColumns {
    city: " AND e.city = ",
    county: " AND (SELECT s.county FROM station s WHERE s.id = e.station_id) = ",
    station: " AND e.station_id = ",
    station_name: "e.station_id",
};

/// The hash a text is kept under.
pub fn text_hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

impl Store {
    /// A paper in scope; one for an account is also its holder's.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn paper(&self, scope: &Scope, account: i64, id: i64) -> Result<Option<Paper>> {
        let mut query = Query::new(PAPER);
        query.push_bind(" AND e.id = ", id);
        match scope {
            Scope::Nothing => query.push_bind(" AND e.account_id = ", account),
            scope => query.within(scope, &OF_PAPER),
        }
        self.optional(query).await
    }

    /// Papers about one thing, oldest first. The caller has found the thing in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn papers_about(&self, noun: &'static str, noun_id: i64) -> Result<Vec<Paper>> {
        let mut query = Query::new(PAPER);
        query.push_bind(" AND e.noun = ", noun);
        query.push_bind(" AND e.noun_id = ", noun_id);
        query.push(" ORDER BY e.id");
        self.all(query).await
    }

    /// Papers in scope made from one instant until before another, in order: a year, to be archived.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn papers_between(&self, scope: &Scope, from: i64, until: i64) -> Result<Vec<Paper>> {
        let mut query = Query::new(PAPER);
        query.within(scope, &OF_PAPER);
        query.push_bind(" AND e.made_at >= ", from);
        query.push_bind(" AND e.made_at < ", until);
        query.push(" ORDER BY e.id");
        self.all(query).await
    }

    /// Papers served on a station, newest first, before a key.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn served_papers(&self, station: i64, before: i64, limit: i64) -> Result<Vec<Paper>> {
        let mut query = Query::new(PAPER);
        query.push_bind(" AND e.station_id = ", station);
        query.push_bind(" AND e.id < ", before);
        query.push(" AND e.served_at IS NOT NULL");
        query.push_page(" ORDER BY e.id DESC", limit);
        self.all(query).await
    }

    /// Papers served on an account, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn account_papers(&self, account: i64) -> Result<Vec<Paper>> {
        let mut query = Query::new(PAPER);
        query.push_bind(" AND e.account_id = ", account);
        query.push(" AND e.served_at IS NOT NULL ORDER BY e.id DESC LIMIT 100");
        self.all(query).await
    }

    /// What came back on some papers, in order.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn paper_replies(&self, papers: &[i64]) -> Result<Vec<PaperReply>> {
        let [first, rest @ ..] = papers else { return Ok(Vec::new()) };
        let mut query =
            Query::new("SELECT id, paper_id, what, text, given_at, given_by FROM paper_reply WHERE paper_id");
        query.push_bind(" IN (", *first);
        for paper in rest {
            query.push_bind(", ", *paper);
        }
        query.push(") ORDER BY paper_id, id");
        self.all(query).await
    }

    /// What is published, newest first, before an instant and a key: what was brought in from elsewhere has a later key than its
    /// day. Open to everyone.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn publications(&self, before: (i64, i64), limit: i64) -> Result<Vec<Publication>> {
        let mut query = Query::new(PUBLICATION);
        query.push_bind(" WHERE (published_at, id) < (", before.0);
        query.push_bind(", ", before.1);
        query.push(")");
        query.push_page(" ORDER BY published_at DESC, id DESC", limit);
        self.all(query).await
    }

    /// What was published from one instant until before another, in order.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn publications_between(&self, from: i64, until: i64) -> Result<Vec<Publication>> {
        let mut query = Query::new(PUBLICATION);
        query.push_bind(" WHERE published_at >= ", from);
        query.push_bind(" AND published_at < ", until);
        query.push(" ORDER BY id");
        self.all(query).await
    }

    /// Publications by their keys.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn publications_by_id(&self, ids: &[i64]) -> Result<Vec<Publication>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Query::new(PUBLICATION);
        query.push_list(" WHERE id IN (", ids);
        query.push(" ORDER BY id");
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn publication(&self, id: i64) -> Result<Option<Publication>> {
        let mut query = Query::new(PUBLICATION);
        query.push_bind(" WHERE id = ", id);
        self.optional(query).await
    }

    /// What was published about one thing, oldest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn publications_about(&self, noun: &'static str, noun_id: i64) -> Result<Vec<Publication>> {
        let mut query = Query::new(PUBLICATION);
        query.push_bind(" WHERE noun = ", noun);
        query.push_bind(" AND noun_id = ", noun_id);
        query.push(" ORDER BY id");
        self.all(query).await
    }
}

impl Tx<'_> {
    /// Makes a document under the transaction's act. It never changes afterwards.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_paper(&mut self, new: &NewPaper) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO paper (kind, noun, noun_id, station_id, account_id, city, title, content, sha256, made_at, \
             made_by, served_at, reply_due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id",
        );
        let query = query.bind(new.kind).bind(new.noun).bind(new.noun_id).bind(new.station).bind(new.account);
        let query = query.bind(new.city.clone()).bind(&new.title).bind(&new.content).bind(text_hash(&new.content));
        let query = query.bind(self.at()).bind(self.mandate().actor().name.clone());
        self.insert(query.bind(new.served.then_some(self.at())).bind(new.reply_due)).await
    }

    /// Records a receipt (once) or a statement on a served paper.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn reply_to_paper(&mut self, paper: i64, what: &'static str, text: &str) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO paper_reply (paper_id, what, text, given_at, given_by) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        );
        let query = query.bind(paper).bind(what).bind(text).bind(self.at());
        self.insert(query.bind(self.mandate().actor().name.clone())).await
    }

    /// Puts a text before the public, with its hash.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn publish(&mut self, new: &NewPublication) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO publication (kind, noun, noun_id, title, content, sha256, published_at, published_by, until_day) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        );
        let query = query.bind(new.kind).bind(new.noun).bind(new.noun_id).bind(&new.title).bind(&new.content);
        let query = query.bind(text_hash(&new.content)).bind(self.at()).bind(self.mandate().actor().name.clone());
        let id = self.insert(query.bind(new.until_day)).await?;
        self.index_text(&published(id, &new.title, &new.content, day_number(day_of(self.instant())))).await?;
        Ok(id)
    }
}

/// The noun of publications in the index.
pub const PUBLICATION_NOUN: &str = "publication";

/// A publication as it is looked up by words: whatever was put before the public is open to anyone.
pub fn published<'p>(id: i64, title: &'p str, content: &'p str, on_day: i64) -> Indexed<'p> {
    // Above the first empty line stands the head, field by field.
    let body = content.split_once("\n\n").map_or(content, |(_, body)| body);
    Indexed { noun: PUBLICATION_NOUN, id, on_day, city: "", county: None, station: None, open: true, title, body }
}
