//! The whole life of three stations over HTTP: three associations apply, are reviewed, put to the public and confirmed;
//! one goes through a full inspection year to 优秀, one to 不合格 and revocation, one through a new name into a merger.
//! Refusals are met on the way, on the page and at the submit alike: what is refused is not there to be sent, and once
//! the condition is met it is there and goes through.

mod admitted;
mod archived;
mod ended;
mod inspected;

use std::time::Duration;

use jiff::Timestamp;

use crate::app::TestApp;

/// Moves the clock to a moment, told as China's time of day.
fn until(app: &TestApp, moment: &str) {
    let to: Timestamp = format!("{moment}+08:00").parse().expect("an instant");
    app.wait(Duration::try_from(to.duration_since(app.now())).expect("later than now"));
}

/// A station as it came out of its confirmation.
struct Founded {
    /// Username of its manager, who applied for it.
    manager: &'static str,
    id: i64,
    number: &'static str,
    name: &'static str,
}

async fn from_the_first_application_to_the_last_announcement(app: &TestApp) {
    let [tyres, fish, steel] = admitted::three_associations(app).await;
    inspected::a_full_year(app, &tyres, &fish, &steel).await;
    archived::the_closed_year(app).await;
    ended::revoked(app, &fish).await;
    ended::renamed_and_merged(app, &steel, &tyres).await;
}

on_both!(from_the_first_application_to_the_last_announcement);
