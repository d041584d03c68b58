//! Telling people of what came to their saved searches: a line on the desk, once for each hit, whether or not it was seen.

use jiff::{SignedDuration, Timestamp};
use regulation::general::{Actor, Role};
use store::general::{SavedSearch, SearchNews};

use super::Sight;
use super::saved::fresh;
use crate::app::App;
use crate::shell::moment_of;

/// Accounts looked through at once.
const AT_ONCE: i64 = 50;
/// How long a line stands on the desk of who does not look.
const STANDS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Tells the owners of saved searches of what came since they were told last: run by the worker. Returns how many searches
/// had news.
///
/// # Errors
/// Fails when the database does; who was told before stays told.
pub async fn tell(app: &App) -> anyhow::Result<u64> {
    let batch = app.store.number_texts().await?;
    let (mut told, mut after) = (0, 0);
    loop {
        let untold = app.store.untold_searches(batch, after, AT_ONCE).await?;
        let Some((last, _)) = untold.last() else { return Ok(told) };
        after = last.account_id;
        for own in untold.chunk_by(|(one, _), (next, _)| one.account_id == next.account_id) {
            told += tell_one(app, own, batch).await?;
        }
    }
}

/// All searches of one account.
async fn tell_one(app: &App, own: &[(SavedSearch, Actor)], batch: i64) -> anyhow::Result<u64> {
    let Some((_, actor)) = own.first() else { return Ok(0) };
    let mut actor = actor.clone();
    if matches!(actor.role, Role::Expert | Role::Evaluator) {
        actor.assigned = app.store.assignments(actor.account).await?;
    }
    let sight = Sight::of(&actor, app.clock.today());
    let searches: Vec<SavedSearch> = own.iter().map(|(search, _)| search.clone()).collect();
    let counts = fresh(app, &sight, &searches, batch, |search| search.notified).await?;
    let mut told = 0;
    for (search, hits) in searches.iter().zip(counts) {
        app.store.tell(search, batch, hits, app.clock.now()).await?;
        told += u64::from(hits > 0);
    }
    Ok(told)
}

/// What an account was told lately and has not looked at since, as one reads it on the desk.
///
/// # Errors
/// Fails when the database does.
pub async fn news(app: &App, account: i64) -> store::Result<Vec<String>> {
    let since: Timestamp = app.clock.now() - STANDS;
    let news = app.store.search_news(account, since).await?;
    let said =
        |one: SearchNews| format!("保存的检索“{}”新增 {} 条（{} 提醒）", one.name, one.hits, moment_of(one.made_at));
    Ok(news.into_iter().map(said).collect())
}
