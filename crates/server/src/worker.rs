//! What goes on beside requests: sealing the audit chain, ending stale sessions, following other processes, telling of what
//! came to saved searches.

use std::time::Duration;

use jiff::SignedDuration;
use regulation::duties::subscription::CONFIRMED_WITHIN;

use crate::app::App;
use crate::appraisal::{backlog, reminders};
use crate::auth;
use crate::general::search::telling;

/// How long a form sent again is still known: longer than any page is left open.
const POST_KEPT: SignedDuration = SignedDuration::from_hours(72);

/// Runs until the process ends.
pub async fn run(app: App) {
    let mut beat = tokio::time::interval(Duration::from_millis(250));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut newest = 0;
    for tick in 0u64.. {
        beat.tick().await;
        match app.store.follow(newest).await {
            Ok(found) => newest = found,
            Err(error) => tracing::error!(%error, "following other processes"),
        }
        if let Err(error) = app.store.seal().await {
            tracing::error!(%error, "sealing the audit chain");
        }
        if tick % 120 == 0
            && let Err(error) = app.refresh().await
        {
            tracing::error!(%error, "reading the year at work");
        }
        if tick % 2_400 == 3
            && let Err(error) = reminders::remind(&app).await
        {
            tracing::error!(%error, "making reminders");
        }
        // Once a start: whatever is entered later is compared when it is entered.
        if tick == 4
            && let Err(error) = backlog::compare_backlog(&app).await
        {
            tracing::error!(%error, "comparing entries made before");
        }
        if tick % 8 == 5
            && let Err(error) = app.store.number_texts().await
        {
            tracing::error!(%error, "numbering texts that became findable");
        }
        if tick % 720 == 4
            && let Err(error) = telling::tell(&app).await
        {
            tracing::error!(%error, "telling of saved searches");
        }
        if tick % 14_400 == 2
            && let Err(error) = app.store.forget_posts(app.clock.now() - POST_KEPT).await
        {
            tracing::error!(%error, "forgetting answered forms");
        }
        if tick % 14_400 == 4
            && let Err(error) = app.store.forget_unconfirmed(app.clock.now() - CONFIRMED_WITHIN).await
        {
            tracing::error!(%error, "forgetting addresses nobody confirmed");
        }
        if tick % 240 == 1
            && let Err(error) = auth::end_stale_sessions(&app).await
        {
            tracing::error!(%error, "ending stale sessions");
        }
    }
}

/// Seals everything written so far: before a command or the server ends.
pub async fn seal_all(store: &store::Store) -> store::Result<()> {
    while store.seal().await? > 0 {}
    Ok(())
}
