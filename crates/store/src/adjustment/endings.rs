//! What becomes of the stations: their state, their names, and what moves from one to another.

use regulation::general::{Placed, Scope};

use crate::query::{OF_STATION, Query};
use crate::{Error, Result, Store, Tx};

/// A live entry that may move to another station.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Movable {
    pub id: i64,
    pub kind: String,
    pub on_day: i64,
    pub count: i64,
    pub title: String,
    pub detail: String,
    pub url: String,
    pub late: i64,
    pub backdated: i64,
    pub keep_until: i64,
    /// As of an entry that is compared with the others of its month.
    pub minute: Option<i64>,
}

/// A former name.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Kept {
    pub name: String,
    pub host_name: String,
    pub until_on: i64,
}

impl Store {
    /// Names a station and its host had, newest first. The caller has found the station in scope.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn former_names(&self, station: i64) -> Result<Vec<Kept>> {
        let query =
            Query::new("SELECT name, host_name, until_on FROM station_name WHERE station_id = $1 ORDER BY id DESC");
        self.all(query.bind(station)).await
    }

    /// Numbers and names of stations in scope by their keys.
    ///
    /// # Errors
    /// See [`Store::all`].
    pub async fn station_labels(&self, scope: &Scope, ids: &[i64]) -> Result<Vec<(i64, String, String)>> {
        let [first, rest @ ..] = ids else { return Ok(Vec::new()) };
        let mut query = Query::new("SELECT s.id, s.number, s.name FROM station s");
        query.push_bind(" WHERE s.id IN (", *first);
        for id in rest {
            query.push_bind(", ", *id);
        }
        query.push(")");
        query.within(scope, &OF_STATION);
        self.all(query).await
    }
}

impl Tx<'_> {
    /// Kinds and stages of a station's matters under way, with their keys.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn running_adjustments(&mut self, station: i64) -> Result<Vec<(i64, String, String)>> {
        let query = Query::new(
            "SELECT id, kind, stage FROM adjustment WHERE station_id = $1 AND closed_at IS NULL ORDER BY id",
        );
        self.all(query.bind(station)).await
    }

    /// Sets the state of a station that has not ended.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn set_station_state(&mut self, id: i64, state: &str) -> Result<()> {
        let query = Query::new("UPDATE station SET state = $1 WHERE id = $2 AND ended_on IS NULL");
        self.execute(query.bind(state).bind(id)).await.map(drop)
    }

    /// Ends a station on a day. Its number stays its own; an absorbed one points to its survivor.
    ///
    /// # Errors
    /// See [`Tx::all`]; [`Error::Conflict`] when it has ended already.
    pub async fn end_station(&mut self, id: i64, state: &str, on_day: i64, merged_into: Option<i64>) -> Result<()> {
        let query = Query::new(
            "UPDATE station SET state = $1, ended_on = $2, merged_into = $3 WHERE id = $4 AND ended_on IS NULL",
        );
        match self.execute(query.bind(state).bind(on_day).bind(merged_into).bind(id)).await? {
            0 => Err(Error::Conflict("该工作站已经终止".to_owned())),
            _ => Ok(()),
        }
    }

    /// Gives a station and its host new names; those they had are kept until the day.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn rename_station(
        &mut self,
        id: i64,
        name: &str,
        host_name: &str,
        until_on: i64,
        adjustment: i64,
    ) -> Result<()> {
        let kept = Query::new(
            "INSERT INTO station_name (station_id, name, host_name, until_on, adjustment_id) \
             SELECT id, name, host_name, $1, $2 FROM station WHERE id = $3",
        );
        self.execute(kept.bind(until_on).bind(adjustment).bind(id)).await?;
        let query = Query::new("UPDATE station SET name = $1, host_name = $2 WHERE id = $3");
        self.execute(query.bind(name).bind(host_name).bind(id)).await.map(drop)
    }

    /// Moves a roster: firms the other station has already stay one. Returns how many came anew.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn move_roster(&mut self, from: i64, to: i64) -> Result<u64> {
        let query = Query::new(
            "INSERT INTO roster_member (station_id, uscc, name, city, kind, products, hs_codes, markets, contact, phone, \
             email, muted_at, uscc_note, added_at, updated_at) SELECT $1, uscc, name, city, kind, products, hs_codes, markets, \
             contact, phone, email, muted_at, uscc_note, $2, $2 FROM roster_member WHERE station_id = $3 AND removed_at IS NULL \
             ON CONFLICT (station_id, uscc) DO UPDATE SET removed_at = NULL, updated_at = excluded.updated_at \
             WHERE roster_member.removed_at IS NOT NULL",
        );
        let moved = self.execute(query.bind(to).bind(self.at()).bind(from)).await?;
        let query = Query::new("UPDATE roster_member SET removed_at = $1 WHERE station_id = $2 AND removed_at IS NULL");
        self.execute(query.bind(self.at()).bind(from)).await?;
        let query = Query::new(
            "INSERT INTO roster_code (code, station_id, member_id) SELECT c.code, n.station_id, n.id FROM roster_member m \
             JOIN roster_code c ON c.member_id = m.id JOIN roster_member n ON n.uscc = m.uscc AND n.station_id = $1 \
             AND n.removed_at IS NULL WHERE m.station_id = $2 ON CONFLICT DO NOTHING",
        );
        self.execute(query.bind(to).bind(from)).await?;
        let query = Query::new(
            "DELETE FROM roster_code WHERE member_id IN (SELECT id FROM roster_member WHERE station_id = $1)",
        );
        self.execute(query.bind(from)).await?;
        self.recount_roster(from).await?;
        self.recount_roster(to).await?;
        Ok(moved)
    }

    /// Live entries of a station from a day on, oldest first.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn movable_entries(&mut self, station: i64, from_day: i64) -> Result<Vec<Movable>> {
        let query = Query::new(
            "SELECT e.id, e.kind, e.on_day, e.count, e.title, e.detail, e.url, e.late, e.backdated, e.keep_until, \
             (SELECT p.minute FROM published_entry p WHERE p.entry_id = e.id) AS minute FROM ledger_entry e WHERE e.station_id = $1 AND e.on_day >= $2 AND e.void = 0 \
             AND NOT EXISTS (SELECT 1 FROM ledger_entry n WHERE n.supersedes = e.id) ORDER BY e.on_day, e.id",
        );
        self.all(query.bind(station).bind(from_day)).await
    }

    /// Links the materials of one station's entry to the entry that stands for it under another.
    ///
    /// # Errors
    /// See [`Tx::all`].
    pub async fn hand_attachments(&mut self, from: i64, to: i64, station: &Placed) -> Result<()> {
        let query = Query::new(
            "INSERT INTO attachment_link (noun, noun_id, station_id, sha256, file_name, added_at, added_by) \
             SELECT noun, $1, $2, sha256, file_name, added_at, added_by FROM attachment_link \
             WHERE noun = 'ledger_entry' AND noun_id = $3 ORDER BY id",
        );
        self.execute(query.bind(to).bind(station.id).bind(from)).await.map(drop)
    }
}
