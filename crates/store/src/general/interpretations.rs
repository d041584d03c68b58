//! 解释口径 (Article 18): answers as they were issued. Open to everyone, so read without a scope.

use crate::query::Query;
use crate::{Error, Result, Store, Tx, day_number, day_of};

/// An answer as issued, and what took its place.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Interpretation {
    pub id: i64,
    pub edition_id: String,
    /// `item` or `row`.
    pub noun: String,
    /// Key of the item or row.
    pub place: String,
    pub question: String,
    pub answer: String,
    /// The document it was given in, if any.
    pub document: String,
    pub from_day: i64,
    pub supersedes: Option<i64>,
    pub issued_at: i64,
    pub issued_by: String,
    /// The one that takes its place, and from which day.
    pub superseded_by: Option<i64>,
    pub superseded_from: Option<i64>,
}

/// An answer about to be issued.
#[derive(Clone, Debug, Default)]
pub struct NewInterpretation {
    pub edition: String,
    pub noun: &'static str,
    pub place: String,
    pub question: String,
    pub answer: String,
    pub document: String,
    pub from_day: i64,
    pub supersedes: Option<i64>,
}

// What took an answer's place is looked up for each row by its index: a join may read all answers for a few.
const INTERPRETATION: &str = "SELECT e.id, e.edition_id, e.noun, e.place, e.question, e.answer, e.document, e.from_day, \
                              e.supersedes, e.issued_at, e.issued_by, \
                              (SELECT n.id FROM interpretation n WHERE n.supersedes = e.id) AS superseded_by, \
                              (SELECT n.from_day FROM interpretation n WHERE n.supersedes = e.id) AS superseded_from \
                              FROM interpretation e WHERE 1 = 1";

fn in_force(edition: &str, day: i64, at: i64) -> Query {
    let mut query = Query::new(INTERPRETATION);
    query.push_bind(" AND e.edition_id = ", edition);
    query.push_bind(" AND e.from_day <= ", day);
    query.push_bind(" AND e.issued_at <= ", at);
    query.push(" AND (SELECT count(*) FROM interpretation n WHERE n.supersedes = e.id");
    query.push_bind(" AND n.from_day <= ", day);
    query.push_bind(" AND n.issued_at <= ", at);
    query.push(") = 0 ORDER BY e.from_day, e.id");
    query
}

impl Store {
    /// Answers, newest first, before a key; of one edition when given.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn interpretations(&self, edition: Option<&str>, before: i64, limit: i64) -> Result<Vec<Interpretation>> {
        let mut query = Query::new(INTERPRETATION);
        if let Some(edition) = edition {
            query.push_bind(" AND e.edition_id = ", edition);
        }
        query.push_bind(" AND e.id < ", before);
        query.push_page(" ORDER BY e.id DESC", limit);
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn interpretation(&self, id: i64) -> Result<Option<Interpretation>> {
        let mut query = Query::new(INTERPRETATION);
        query.push_bind(" AND e.id = ", id);
        self.optional(query).await
    }

    /// Answers on an edition in force on a day, by what had been issued at an instant: what was confirmed then keeps
    /// what stood beside it then.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn interpretations_in_force(&self, edition: &str, day: i64, at: i64) -> Result<Vec<Interpretation>> {
        self.all(in_force(edition, day, at)).await
    }
}

impl Tx<'_> {
    /// Answers on an edition in force at the transaction's instant.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn interpretations_in_force(&mut self, edition: &str) -> Result<Vec<Interpretation>> {
        let day = day_number(day_of(self.instant()));
        self.all(in_force(edition, day, self.at())).await
    }

    /// Issues an answer. It never changes; a later one takes its place.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when another took the place of the same one first.
    pub async fn add_interpretation(&mut self, new: &NewInterpretation) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO interpretation (edition_id, noun, place, question, answer, document, from_day, supersedes, \
             issued_at, issued_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
        );
        let query = query.bind(&new.edition).bind(new.noun).bind(&new.place).bind(&new.question).bind(&new.answer);
        let query = query.bind(&new.document).bind(new.from_day).bind(new.supersedes).bind(self.at());
        let issued = self.insert(query.bind(self.mandate().actor().name.clone())).await;
        issued.map_err(|error| match error.is_duplicate() {
            true => Error::Conflict("该口径刚刚已由另一口径替代".to_owned()),
            false => error,
        })
    }
}
