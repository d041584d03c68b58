//! Housekeeping in several statements, and what it has in common with an act.

use std::sync::atomic::Ordering;

use super::{Backend, Record, Side, Store, Tx, execute, side_all};
use crate::Result;
use crate::query::Query;

/// Housekeeping whose statements hang upon each other, kept or lost together: as [`Store::upkeep`].
pub(crate) struct Upkeep {
    side: Side,
    store: Store,
}

impl Store {
    pub(crate) async fn open_upkeep(&self) -> Result<Upkeep> {
        Ok(Upkeep { side: self.open_side().await?, store: self.clone() })
    }
}

impl Upkeep {
    pub(crate) async fn commit(self) -> Result<()> {
        self.side.commit().await
    }
}

/// Where texts are made findable: in an act's transaction, or in housekeeping.
pub(crate) trait Writes {
    fn backend(&self) -> Backend;
    async fn rows<T: Record>(&mut self, query: Query) -> Result<Vec<T>>;
    async fn run(&mut self, query: Query) -> Result<u64>;
}

impl Writes for Tx<'_> {
    fn backend(&self) -> Backend {
        self.store.backend()
    }

    async fn rows<T: Record>(&mut self, query: Query) -> Result<Vec<T>> {
        self.all(query).await
    }

    async fn run(&mut self, query: Query) -> Result<u64> {
        self.execute(query).await
    }
}

impl Writes for Upkeep {
    fn backend(&self) -> Backend {
        self.store.backend()
    }

    async fn rows<T: Record>(&mut self, query: Query) -> Result<Vec<T>> {
        self.store.inner.statements.fetch_add(1, Ordering::Relaxed);
        side_all(&mut self.side, query).await
    }

    async fn run(&mut self, query: Query) -> Result<u64> {
        self.store.inner.statements.fetch_add(1, Ordering::Relaxed);
        execute(&mut self.side, query).await
    }
}
