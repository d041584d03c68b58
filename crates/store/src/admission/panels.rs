//! 专家组: panels, their draws and seats, and what each expert wrote (Article 8 (3), readings K31, K80).

use regulation::admission::panel::{Conflict, Seat};
use regulation::general::draw::Draw;
use serde::{Deserialize, Serialize};

use crate::query::Query;
use crate::{Error, Result, Store, Tx};

/// A panel of experts for some applications of a round.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Panel {
    pub id: i64,
    pub round_id: i64,
    pub name: String,
    pub size: i64,
    pub made_at: i64,
    pub made_by: String,
    pub closed_at: Option<i64>,
    pub closed_by: Option<String>,
}

/// A draw on record.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DrawRow {
    pub id: i64,
    pub panel_id: i64,
    pub seed: String,
    pub candidates: String,
    pub drawn: String,
    pub excluded: String,
    pub reason: String,
    pub made_at: i64,
    pub made_by: String,
}

/// An expert left out of a draw, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    pub expert: i64,
    pub application: i64,
    pub why: String,
}

impl Excluded {
    pub fn new(expert: i64, application: i64, conflict: Conflict) -> Excluded {
        Excluded { expert, application, why: conflict.reason().to_owned() }
    }
}

impl DrawRow {
    fn impossible(&self, column: &'static str) -> Error {
        Error::Impossible { table: "panel_draw", column, row: self.id }
    }

    /// The draw, to repeat it.
    ///
    /// # Errors
    /// Fails on a row no code writes.
    pub fn draw(&self) -> Result<Draw> {
        let ids = |text: &str, column| serde_json::from_str(text).map_err(|_| self.impossible(column));
        let (candidates, drawn) = (ids(&self.candidates, "candidates")?, ids(&self.drawn, "drawn")?);
        Ok(Draw { seed: self.seed.clone(), candidates, drawn })
    }

    /// # Errors
    /// Fails on a row no code writes.
    pub fn excluded(&self) -> Result<Vec<Excluded>> {
        serde_json::from_str(&self.excluded).map_err(|_| self.impossible("excluded"))
    }
}

/// A seat with its expert.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SeatRow {
    pub id: i64,
    pub panel_id: i64,
    pub expert_id: i64,
    pub draw_id: i64,
    pub state: String,
    pub until_day: Option<i64>,
    pub invited_at: Option<i64>,
    pub entered_at: Option<i64>,
    pub answered_at: Option<i64>,
    pub reason: String,
    pub account_id: i64,
    pub expert: String,
    pub unit: String,
    pub uscc: String,
}

impl SeatRow {
    /// # Errors
    /// Fails on a state no code writes.
    pub fn seat(&self) -> Result<Seat> {
        let impossible = Error::Impossible { table: "panel_seat", column: "state", row: self.id };
        Seat::from_key(&self.state).ok_or(impossible)
    }
}

/// One expert's review of one application.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ReviewRow {
    pub id: i64,
    pub seat_id: i64,
    pub application_id: i64,
    /// Marks by row as they were typed, JSON.
    pub marks: String,
    pub agree: Option<i64>,
    pub opinion: String,
    pub saved_at: i64,
    /// Tenths of a point, once locked.
    pub total: Option<i64>,
    pub locked_at: Option<i64>,
    pub expert: String,
    pub unit: String,
}

/// What an expert typed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    pub marks: String,
    pub agree: Option<bool>,
    pub opinion: String,
}

const PANEL: &str =
    "SELECT p.id, p.round_id, p.name, p.size, p.made_at, p.made_by, p.closed_at, p.closed_by FROM panel p";

const SEAT: &str = "SELECT s.id, s.panel_id, s.expert_id, s.draw_id, s.state, s.until_day, s.invited_at, s.entered_at, \
                    s.answered_at, s.reason, e.account_id, e.name AS expert, e.unit, e.uscc \
                    FROM panel_seat s JOIN expert e ON e.id = s.expert_id";

const REVIEW: &str = "SELECT r.id, r.seat_id, r.application_id, r.marks, r.agree, r.opinion, r.saved_at, r.total, \
                      r.locked_at, e.name AS expert, e.unit \
                      FROM review r JOIN panel_seat s ON s.id = r.seat_id JOIN expert e ON e.id = s.expert_id";

impl Store {
    /// Panels of a round, oldest first. The caller has found the round.
    ///
    /// # Errors
    /// See [`Store::all`], as do the calls below.
    pub async fn panels(&self, round: i64) -> Result<Vec<Panel>> {
        let mut query = Query::new(PANEL);
        query.push_bind(" WHERE p.round_id = ", round);
        query.push(" ORDER BY p.id");
        self.all(query).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn panel(&self, id: i64) -> Result<Option<Panel>> {
        let mut query = Query::new(PANEL);
        query.push_bind(" WHERE p.id = ", id);
        self.optional(query).await
    }

    /// Panel and application of each assigned application of a round.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn panel_applications(&self, round: i64) -> Result<Vec<(i64, i64)>> {
        let query = Query::new(
            "SELECT a.panel_id, a.application_id FROM panel_application a JOIN panel p ON p.id = a.panel_id \
             WHERE p.round_id = $1 ORDER BY a.panel_id, a.id",
        );
        self.all(query.bind(round)).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn draws(&self, panel: i64) -> Result<Vec<DrawRow>> {
        let query = Query::new(
            "SELECT id, panel_id, seed, candidates, drawn, excluded, reason, made_at, made_by FROM panel_draw \
             WHERE panel_id = $1 ORDER BY id",
        );
        self.all(query.bind(panel)).await
    }

    /// # Errors
    /// See [`Store::all`].
    pub async fn seats(&self, panel: i64) -> Result<Vec<SeatRow>> {
        let mut query = Query::new(SEAT);
        query.push_bind(" WHERE s.panel_id = ", panel);
        query.push(" ORDER BY s.id");
        self.all(query).await
    }

    /// Seats of an account, newest first.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn seats_of(&self, account: i64) -> Result<Vec<SeatRow>> {
        let mut query = Query::new(SEAT);
        query.push_bind(" WHERE e.account_id = ", account);
        query.push(" AND s.state <> 'drawn' ORDER BY s.id DESC LIMIT 50");
        self.all(query).await
    }

    /// The seat an invitation's token stands for.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn invited_seat(&self, token_hash: &str) -> Result<Option<SeatRow>> {
        let mut query = Query::new(SEAT);
        query.push_bind(" WHERE s.token_hash = ", token_hash);
        self.optional(query).await
    }

    /// All reviews of a panel, by application and seat.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn panel_reviews(&self, panel: i64) -> Result<Vec<ReviewRow>> {
        let mut query = Query::new(REVIEW);
        query.push_bind(" WHERE s.panel_id = ", panel);
        query.push(" AND s.state <> 'left' ORDER BY r.application_id, r.seat_id");
        self.all(query).await
    }

    /// Reviews of a round's closed panels: what a shortlist is made from.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn closed_reviews(&self, round: i64) -> Result<Vec<ReviewRow>> {
        let mut query = Query::new(REVIEW);
        query.push(" JOIN panel p ON p.id = s.panel_id");
        query.push_bind(" WHERE p.round_id = ", round);
        query.push(" AND p.closed_at IS NOT NULL AND r.locked_at IS NOT NULL AND s.state <> 'left'");
        query.push(" ORDER BY r.application_id, r.seat_id");
        self.all(query).await
    }

    /// Application and paper of each 专家评审意见表 of a panel.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn review_papers(&self, panel: i64) -> Result<Vec<(i64, i64)>> {
        let query = Query::new(
            "SELECT a.application_id, p.id FROM panel_application a JOIN paper p ON p.noun = 'application' \
             AND p.noun_id = a.application_id AND p.kind = 'admission.review' WHERE a.panel_id = $1 ORDER BY p.id",
        );
        self.all(query.bind(panel)).await
    }

    /// What one seat wrote, and nobody else.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn own_reviews(&self, seat: i64) -> Result<Vec<ReviewRow>> {
        let mut query = Query::new(REVIEW);
        query.push_bind(" WHERE r.seat_id = ", seat);
        query.push(" ORDER BY r.application_id");
        self.all(query).await
    }
}

impl Tx<'_> {
    /// A panel with the applications it reviews. One application is on one panel.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when one of them is on a panel already.
    pub async fn add_panel(&mut self, round: i64, name: &str, size: i64, applications: &[i64]) -> Result<i64> {
        let query = Query::new(
            "INSERT INTO panel (round_id, name, size, made_at, made_by) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        );
        let query = query.bind(round).bind(name).bind(size).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await?;
        self.concerns(id);
        for application in applications {
            let query = Query::new("INSERT INTO panel_application (panel_id, application_id) VALUES ($1, $2)");
            self.execute(query.bind(id).bind(*application)).await.map_err(|error| {
                let taken = || Error::Conflict("有申请已经分到专家组，请刷新后重新选择。".to_owned());
                if error.is_duplicate() { taken() } else { error }
            })?;
        }
        Ok(id)
    }

    /// Records a draw and seats whoever it drew.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn add_draw(&mut self, panel: i64, draw: &Draw, excluded: &[Excluded], reason: &str) -> Result<i64> {
        fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
            serde_json::to_string(value).map_err(|error| Error::Commit(error.to_string()))
        }
        let query = Query::new(
            "INSERT INTO panel_draw (panel_id, seed, candidates, drawn, excluded, reason, made_at, made_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        );
        let query = query.bind(panel).bind(&draw.seed).bind(json(&draw.candidates)?).bind(json(&draw.drawn)?);
        let query = query.bind(json(excluded)?).bind(reason).bind(self.at());
        let id = self.insert(query.bind(self.mandate().actor().name.clone())).await?;
        for expert in &draw.drawn {
            let query = Query::new(
                "INSERT INTO panel_seat (panel_id, expert_id, draw_id, state, reason) VALUES ($1, $2, $3, 'drawn', '')",
            );
            self.execute(query.bind(panel).bind(*expert).bind(id)).await?;
        }
        Ok(id)
    }

    /// Seats of a panel as they are inside the transaction.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn seats(&mut self, panel: i64) -> Result<Vec<SeatRow>> {
        let mut query = Query::new(SEAT);
        query.push_bind(" WHERE s.panel_id = ", panel);
        query.push(" ORDER BY s.id");
        self.all(query).await
    }

    /// Invites a seat: a new link, the one before no longer opens anything. Sessions of the account end.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the seat has moved on.
    pub async fn invite(&mut self, seat: &SeatRow, to: &Seat, token_hash: &str, until: i64) -> Result<()> {
        let query = Query::new(
            "UPDATE panel_seat SET state = $1, token_hash = $2, until_day = $3, invited_at = $4, entered_at = NULL \
             WHERE id = $5 AND state = $6",
        );
        let query = query.bind(to.key()).bind(token_hash).bind(until).bind(self.at()).bind(seat.id);
        self.seat_moved(query.bind(&seat.state)).await?;
        self.execute(Query::new("DELETE FROM session WHERE account_id = $1").bind(seat.account_id)).await.map(drop)
    }

    /// Uses an invitation, once.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it was used meanwhile.
    pub async fn use_invitation(&mut self, seat: i64, token_hash: &str) -> Result<()> {
        let query =
            Query::new("UPDATE panel_seat SET token_hash = NULL, entered_at = $1 WHERE id = $2 AND token_hash = $3");
        self.seat_moved(query.bind(self.at()).bind(seat).bind(token_hash)).await
    }

    /// An expert's answer, or the province's word that an expert does not take part.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when the seat has moved on.
    pub async fn answer_seat(&mut self, seat: &SeatRow, to: &Seat, reason: &str) -> Result<()> {
        let query =
            Query::new("UPDATE panel_seat SET state = $1, answered_at = $2, reason = $3 WHERE id = $4 AND state = $5");
        let query = query.bind(to.key()).bind(self.at()).bind(reason).bind(seat.id);
        self.seat_moved(query.bind(&seat.state)).await?;
        if *to == Seat::Left {
            let query = Query::new("UPDATE panel_seat SET token_hash = NULL WHERE id = $1").bind(seat.id);
            self.execute(query).await?;
        }
        Ok(())
    }

    async fn seat_moved(&mut self, query: Query) -> Result<()> {
        match self.execute(query).await? {
            0 => Err(Error::Conflict("该席位的情况已经变化，请刷新后再办理。".to_owned())),
            _ => Ok(()),
        }
    }

    /// Keeps what an expert typed, until it is locked.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it is locked already.
    pub async fn save_review(&mut self, seat: i64, application: i64, typed: &Typed) -> Result<()> {
        let query = Query::new(
            "INSERT INTO review (seat_id, application_id, marks, agree, opinion, saved_at) \
             VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (seat_id, application_id) DO UPDATE SET marks = excluded.marks, agree = excluded.agree, \
             opinion = excluded.opinion, saved_at = excluded.saved_at WHERE review.locked_at IS NULL",
        );
        let query = query.bind(seat).bind(application).bind(&typed.marks).bind(typed.agree.map(i64::from));
        if self.execute(query.bind(&typed.opinion).bind(self.at())).await? == 0 {
            return Err(Error::Conflict("评分已经提交并锁定，不能再改。".to_owned()));
        }
        Ok(())
    }

    /// Locks a saved review with its total.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it is locked already.
    pub async fn lock_review(&mut self, seat: i64, application: i64, total: i64) -> Result<()> {
        let query = Query::new(
            "UPDATE review SET total = $1, locked_at = $2 WHERE seat_id = $3 AND application_id = $4 \
             AND locked_at IS NULL",
        );
        if self.execute(query.bind(total).bind(self.at()).bind(seat).bind(application)).await? == 0 {
            return Err(Error::Conflict("评分已经提交并锁定，不能再改。".to_owned()));
        }
        Ok(())
    }

    /// How many reviews a seat has locked.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn locked_reviews(&mut self, seat: i64) -> Result<i64> {
        let query = Query::new("SELECT count(*) FROM review WHERE seat_id = $1 AND locked_at IS NOT NULL");
        let (count,): (i64,) = self.one(query.bind(seat)).await?;
        Ok(count)
    }

    /// Ends a panel's work, once.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it is closed already.
    pub async fn close_panel(&mut self, panel: i64) -> Result<()> {
        let query = Query::new("UPDATE panel SET closed_at = $1, closed_by = $2 WHERE id = $3 AND closed_at IS NULL");
        let query = query.bind(self.at()).bind(self.mandate().actor().name.clone()).bind(panel);
        match self.execute(query).await? {
            0 => Err(Error::Conflict("该专家组的评审已经汇总。".to_owned())),
            _ => Ok(()),
        }
    }
}
