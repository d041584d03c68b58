//! A form posted twice writes once: browsers send a form again when the connection breaks before the answer.

use jiff::Timestamp;

use crate::query::Query;
use crate::{Result, Store, Tx, instant_number};

impl Tx<'_> {
    /// Takes a form's token, before anything else is written. `Some` is what was answered the first time: then
    /// give up the transaction by [`Tx::abandon`] and answer the same.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn claim_once(&mut self, token: &str) -> Result<Option<String>> {
        // A second server's transaction with the same token waits here until the first has ended.
        let claim = Query::new(
            "INSERT INTO posted_once (token, answered, at) VALUES ($1, '', $2) ON CONFLICT (token) DO NOTHING",
        );
        if self.execute(claim.bind(token).bind(self.at())).await? == 1 {
            return Ok(None);
        }
        let query = Query::new("SELECT answered FROM posted_once WHERE token = $1").bind(token);
        Ok(self.optional(query).await?.map(|(answered,): (String,)| answered))
    }

    /// Keeps what is answered to the form whose token was claimed.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn answer_once(&mut self, token: &str, answered: &str) -> Result<()> {
        let query = Query::new("UPDATE posted_once SET answered = $1 WHERE token = $2");
        self.execute(query.bind(answered).bind(token)).await.map(drop)
    }
}

impl Store {
    /// What was answered to a form, if it was.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn answered(&self, token: &str) -> Result<Option<String>> {
        let query = Query::new("SELECT answered FROM posted_once WHERE token = $1").bind(token);
        Ok(self.optional(query).await?.map(|(answered,): (String,)| answered))
    }

    /// Forgets forms answered before an instant: nobody sends those again.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn forget_posts(&self, before: Timestamp) -> Result<u64> {
        let query = Query::new("DELETE FROM posted_once WHERE at < $1");
        self.upkeep(vec![query.bind(instant_number(before))]).await
    }
}
