//! Making texts findable: in the transaction of the act that writes them, or, for what takes long or was on record before,
//! by the worker from a queue.

use super::{bit, tokens};
use crate::engine::Writes;
use crate::query::Query;
use crate::{Backend, Error, Result, Store, Tx, dialect};

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

/// The noun of attachments in the index; a text's key is its link's.
pub const ATTACHMENT: &str = "attachment";

/// Something that is still to be made findable.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct WaitingText {
    pub id: i64,
    pub noun: String,
    pub noun_id: i64,
    /// Whether it was on record before its noun was looked up by words: then it is news to nobody.
    pub old: i64,
    /// How often it was taken up before.
    pub tries: i64,
}

/// Indexes a text in place of what was indexed before for the same noun and key, which keeps its place in what is new.
async fn put(side: &mut impl Writes, text: &Indexed<'_>, old: bool) -> Result<()> {
    let kind = bit(text.noun);
    if kind == 0 {
        return Err(Error::Impossible { table: "search_text", column: "kind", row: text.id });
    }
    // PostgreSQL keeps no such character, and SQLite would end the text there.
    let (title, body) = (text.title.replace('\0', ""), text.body.replace('\0', ""));
    let query = Query::new(
        "INSERT INTO search_document (noun, noun_id, title, batch) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (noun, noun_id) DO UPDATE SET title = excluded.title RETURNING id",
    );
    let query = query.bind(text.noun).bind(text.id).bind(&title).bind(old.then_some(0_i64));
    let document = key(side, query).await?;
    drop_parts(side, document).await?;
    for part in tokens::parts(&title, &body) {
        let query = Query::new(dialect::index_part(side.backend())).bind(document).bind(kind).bind(text.on_day);
        let query = query.bind(text.city).bind(text.county).bind(text.station).bind(text.open);
        let id = match side.backend() {
            Backend::Sqlite => {
                let id = key(side, query).await?;
                let query = Query::new("INSERT INTO search_index (rowid, terms) VALUES ($1, $2)");
                side.run(query.bind(id).bind(part.line())).await?;
                id
            }
            Backend::Postgres => key(side, query.bind(part.vector())).await?,
        };
        let query = Query::new("INSERT INTO search_folded (text_id, folded) VALUES ($1, $2)");
        side.run(query.bind(id).bind(&part.folded)).await?;
        let query = Query::new("INSERT INTO search_passage (text_id, body) VALUES ($1, $2)");
        side.run(query.bind(id).bind(&body[part.body])).await?;
    }
    Ok(())
}

/// Takes something off the queue, unless an act corrected or took back what it stood for since it was read.
async fn take(side: &mut impl Writes, waiting: &WaitingText) -> Result<bool> {
    let query = Query::new("DELETE FROM search_waiting WHERE id = $1 AND noun_id = $2 RETURNING id");
    let still: Vec<(i64,)> = side.rows(query.bind(waiting.id).bind(waiting.noun_id)).await?;
    Ok(!still.is_empty())
}

/// The key an `INSERT … RETURNING id` gives back.
async fn key(side: &mut impl Writes, query: Query) -> Result<i64> {
    let rows: Vec<(i64,)> = side.rows(query).await?;
    rows.first().map(|(id,)| *id).ok_or_else(|| sqlx::Error::RowNotFound.into())
}

async fn drop_parts(side: &mut impl Writes, document: i64) -> Result<()> {
    for beside in [
        "DELETE FROM search_folded WHERE text_id IN (SELECT id FROM search_text WHERE document_id = $1)",
        "DELETE FROM search_passage WHERE text_id IN (SELECT id FROM search_text WHERE document_id = $1)",
    ] {
        side.run(Query::new(beside).bind(document)).await?;
    }
    // On SQLite a trigger takes the terms along.
    side.run(Query::new("DELETE FROM search_text WHERE document_id = $1").bind(document)).await.map(drop)
}

impl Tx<'_> {
    /// Makes a text findable, in place of what was indexed before for the same noun and key.
    ///
    /// # Errors
    /// See [`Tx::all`], as do the calls below.
    pub async fn index_text(&mut self, text: &Indexed<'_>) -> Result<()> {
        self.leave_queue(text.noun, text.id).await?;
        put(self, text, false).await
    }

    /// Takes a text off the queue: whoever is about to index it holds its row there, or finds it gone.
    async fn leave_queue(&mut self, noun: &'static str, id: i64) -> Result<()> {
        let query = Query::new("DELETE FROM search_waiting WHERE noun = $1 AND noun_id = $2");
        self.execute(query.bind(noun).bind(id)).await.map(drop)
    }

    /// Makes a text unfindable.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn drop_text(&mut self, noun: &'static str, id: i64) -> Result<()> {
        self.leave_queue(noun, id).await?;
        let query = Query::new("SELECT id FROM search_document WHERE noun = $1 AND noun_id = $2");
        let Some((document,)) = self.optional::<(i64,)>(query.bind(noun).bind(id)).await? else { return Ok(()) };
        drop_parts(self, document).await?;
        self.execute(Query::new("DELETE FROM search_document WHERE id = $1").bind(document)).await.map(drop)
    }

    /// Lets a text stand for another key of its noun, which corrects the one before: it is news to nobody again.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn move_text(&mut self, noun: &'static str, from: i64, to: i64) -> Result<()> {
        for table in [
            Query::new("UPDATE search_waiting SET noun_id = $1 WHERE noun = $2 AND noun_id = $3"),
            Query::new("UPDATE search_document SET noun_id = $1 WHERE noun = $2 AND noun_id = $3"),
        ] {
            self.execute(table.bind(to).bind(noun).bind(from)).await?;
        }
        Ok(())
    }

    /// Puts a text on the queue of what is to be made findable. `old`: it is news to nobody.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn await_text(&mut self, noun: &'static str, id: i64, old: bool) -> Result<()> {
        let query = Query::new(
            "INSERT INTO search_waiting (noun, noun_id, old, tries) VALUES ($1, $2, $3, 0) \
             ON CONFLICT (noun, noun_id) DO NOTHING",
        );
        self.execute(query.bind(noun).bind(id).bind(old)).await.map(drop)
    }

    /// Has the texts of a row's attachments read and made findable, those that are not yet.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn await_attachment_texts(&mut self, noun: &'static str, id: i64) -> Result<()> {
        let query = Query::new(
            "INSERT INTO search_waiting (noun, noun_id, old, tries) SELECT $1, l.id, 0, 0 FROM attachment_link l \
             WHERE l.noun = $2 AND l.noun_id = $3 \
             AND NOT EXISTS (SELECT 1 FROM search_document d WHERE d.noun = $1 AND d.noun_id = l.id) \
             AND NOT EXISTS (SELECT 1 FROM unread_attachment u WHERE u.link_id = l.id) \
             ON CONFLICT (noun, noun_id) DO NOTHING",
        );
        self.execute(query.bind(ATTACHMENT).bind(noun).bind(id)).await.map(drop)
    }

    /// Makes the texts of a row's attachments unfindable.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn drop_attachment_texts(&mut self, noun: &'static str, id: i64) -> Result<()> {
        for link in self.attachment_links(noun, id).await? {
            self.drop_text(ATTACHMENT, link).await?;
        }
        Ok(())
    }

    /// After [`Tx::carry_attachments`]: what was read of a row's attachments is the other row's, under its day.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn carry_attachment_texts(&mut self, noun: &'static str, from: i64, to: i64, on_day: i64) -> Result<()> {
        let (before, after) = (self.attachment_links(noun, from).await?, self.attachment_links(noun, to).await?);
        for (before, after) in before.into_iter().zip(after) {
            self.move_text(ATTACHMENT, before, after).await?;
            let query = Query::new(
                "UPDATE search_text SET on_day = $1 WHERE on_day <> $1 AND document_id IN \
                 (SELECT d.id FROM search_document d WHERE d.noun = $2 AND d.noun_id = $3)",
            );
            self.execute(query.bind(on_day).bind(ATTACHMENT).bind(after)).await?;
            let query = Query::new(
                "INSERT INTO unread_attachment (link_id, reason, found_at) \
                 SELECT $1, u.reason, u.found_at FROM unread_attachment u WHERE u.link_id = $2",
            );
            self.execute(query.bind(after).bind(before)).await?;
        }
        Ok(())
    }

    async fn attachment_links(&mut self, noun: &'static str, id: i64) -> Result<Vec<i64>> {
        let query = Query::new("SELECT id FROM attachment_link WHERE noun = $1 AND noun_id = $2 ORDER BY id");
        let links: Vec<(i64,)> = self.all(query.bind(noun).bind(id)).await?;
        Ok(links.into_iter().map(|(id,)| id).collect())
    }
}

impl Store {
    /// What is to be made findable next, the newest first.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn waiting_texts(&self, limit: i64) -> Result<Vec<WaitingText>> {
        let mut query = Query::new("SELECT id, noun, noun_id, old, tries FROM search_waiting");
        query.push_page(" ORDER BY id DESC", limit);
        self.all(query).await
    }

    /// Notes that something is taken up: whatever ends the process while it does is not tried for ever.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn try_waiting(&self, waiting: &WaitingText) -> Result<()> {
        let query = Query::new("UPDATE search_waiting SET tries = tries + 1 WHERE id = $1");
        self.upkeep(vec![query.bind(waiting.id)]).await.map(drop)
    }

    /// Makes what waited findable, all of it or none; `None` for what is nothing to be found any more. What was corrected or
    /// taken back since it was read is left to the act that did.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn index_waiting(&self, texts: &[(&WaitingText, Option<Indexed<'_>>)]) -> Result<()> {
        let mut side = self.open_upkeep().await?;
        for (waiting, text) in texts {
            if take(&mut side, waiting).await?
                && let Some(text) = text
            {
                put(&mut side, text, waiting.old != 0).await?;
            }
        }
        side.commit().await
    }

    /// The same of an attachment whose words cannot be read, with the reason: it is found by its name.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn index_unread(
        &self,
        waiting: &WaitingText,
        name: &Indexed<'_>,
        reason: &str,
        at: jiff::Timestamp,
    ) -> Result<()> {
        let mut side = self.open_upkeep().await?;
        if take(&mut side, waiting).await? {
            put(&mut side, name, waiting.old != 0).await?;
            let note = Query::new(
                "INSERT INTO unread_attachment (link_id, reason, found_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (link_id) DO NOTHING",
            );
            side.run(note.bind(name.id).bind(reason).bind(crate::instant_number(at))).await?;
        }
        side.commit().await
    }

    /// The rows some attachments belong to, by the attachments' links.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn attached_to(&self, links: &[i64]) -> Result<Vec<(i64, i64)>> {
        if links.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Query::new("SELECT id, noun_id FROM attachment_link");
        query.push_list(" WHERE id IN (", links);
        query.push(" ORDER BY id");
        self.all(query).await
    }
}
