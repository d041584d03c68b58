//! Saved searches: two marks, each text told once.

use regulation::general::{Mandate, Role, Scope, Subject, Verb};
use store::general::{Indexed, NewSavedSearch, SavedSearch, SearchQuery};

use crate::common::{Db, act, allowed, day, of_province};

const NOUNS: &[&str] = &["notice"];

fn indexing() -> Mandate {
    allowed(&of_province(Role::ProvinceClerk), Verb::RecordProbe, &Subject::whole("search_document", 0))
}

fn text(id: i64) -> Indexed<'static> {
    let (city, county, station) = ("", None, None);
    Indexed { noun: "notice", id, on_day: day(9, 1), city, county, station, open: false, title: "轮胎", body: "" }
}

async fn index(db: &Db, id: i64) {
    act(db, &indexing(), async |tx| tx.index_text(&text(id)).await).await.expect("indexed");
}

/// An account's saved search.
async fn saved(db: &Db) -> (i64, i64) {
    let account = db.account("searcher", Role::ProvinceClerk).await.expect("account");
    let mut actor = of_province(Role::ProvinceClerk);
    actor.account = account;
    let mandate = allowed(&actor, Verb::SaveSearch, &Subject::own_account("saved_search", account));
    let batch = db.store.number_texts().await.expect("numbered");
    let new = NewSavedSearch { name: "轮胎", words: "轮胎", noun: "", batch };
    let id = act(db, &mandate, async |tx| tx.save_search(&new, 1).await).await.expect("saved");
    let again = act(db, &mandate, async |tx| tx.save_search(&new, 1).await).await;
    assert!(matches!(again, Err(store::Error::Conflict(_))), "one at most");
    (account, id)
}

async fn read(db: &Db, account: i64, id: i64) -> SavedSearch {
    db.store.saved_search(account, id).await.expect("read").expect("there")
}

async fn fresh(db: &Db, after: i64) -> i64 {
    let words = SearchQuery::parse("轮胎").expect("words");
    let until = db.store.newest_batch().await.expect("batch");
    let counted = db.store.count_fresh(&Scope::Nothing, &[(&words, NOUNS, after)], until).await.expect("counted");
    assert_eq!(counted, [0], "nothing in no scope");
    let none = Scope::Stations(vec![]);
    db.store.count_fresh(&none, &[(&words, NOUNS, after)], until).await.expect("counted")[0]
}

/// A text indexed again keeps its place; one that is written in a transaction begun earlier and committed later is not
/// missed.
async fn a_batch_holds_what_was_committed(db: &Db) {
    assert_eq!(db.store.number_texts().await.expect("numbered"), 0, "nothing to number");
    index(db, 1).await;
    assert_eq!(db.store.number_texts().await.expect("numbered"), 1);
    assert_eq!(db.store.number_texts().await.expect("numbered"), 1, "numbered once");
    index(db, 1).await;
    assert_eq!(db.store.number_texts().await.expect("numbered"), 1, "indexed again is not new");
    if db.store.backend() == store::Backend::Postgres {
        let mandate = indexing();
        let mut slow = db.store.begin(&mandate, db.now()).await.expect("begin");
        slow.index_text(&text(2)).await.expect("indexed");
        index(db, 3).await;
        assert_eq!(db.store.number_texts().await.expect("numbered"), 2);
        slow.commit().await.expect("committed");
        assert_eq!((db.store.number_texts().await.expect("numbered"), fresh(db, 2).await), (3, 1));
    }
}

async fn told_once_whoever_is_at_it(db: &Db) {
    index(db, 1).await;
    let (account, id) = saved(db).await;
    let before = read(db, account, id).await;
    assert_eq!((before.seen, before.notified, fresh(db, before.seen).await), (1, 1, 0));
    index(db, 2).await;
    let batch = db.store.number_texts().await.expect("numbered");
    let untold = db.store.untold_searches(batch, 0, 10).await.expect("read");
    assert_eq!(untold.len(), 1);
    assert_eq!((untold[0].1.account, untold[0].1.role), (account, Role::ProvinceClerk));
    // Two workers read the same mark.
    for _ in 0..2 {
        db.store.tell(&before, batch, 1, db.now()).await.expect("told");
    }
    let news = db.store.search_news(account, db.now() - jiff::SignedDuration::from_hours(1)).await.expect("news");
    assert_eq!((news.len(), news[0].hits), (1, 1));
    let after = read(db, account, id).await;
    assert_eq!((after.seen, after.notified), (1, 2), "telling is not seeing");
    assert!(db.store.untold_searches(batch, 0, 10).await.expect("read").is_empty());
    db.store.mark_seen(&after, batch, db.now()).await.expect("seen");
    let seen = read(db, account, id).await;
    assert_eq!((seen.seen, seen.notified), (2, 2));
    assert!(db.store.search_news(account, before_all()).await.expect("news").is_empty(), "looked at since");
    index(db, 3).await;
    let batch = db.store.number_texts().await.expect("numbered");
    db.store.mark_seen(&seen, batch, db.now()).await.expect("seen");
    let ahead = read(db, account, id).await;
    assert_eq!((ahead.seen, ahead.notified, fresh(db, ahead.notified).await), (3, 2, 1), "seeing is not telling");
}

fn before_all() -> jiff::Timestamp {
    jiff::Timestamp::UNIX_EPOCH
}

on_both!(a_batch_holds_what_was_committed, told_once_whoever_is_at_it);
