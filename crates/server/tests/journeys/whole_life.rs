//! The whole life of three stations over HTTP: three associations apply, are reviewed, put to the public and confirmed;
//! one goes through a full inspection year to 优秀, one to 不合格 and revocation, one through a new name into a merger.
//! Refusals are met on the way, on the page and at the submit alike.

mod admitted;
mod ended;
mod inspected;

use std::time::Duration;

use jiff::Timestamp;

use crate::app::TestApp;
use crate::client::Client;

/// Moves the clock to a moment, told as China's time of day.
fn until(app: &TestApp, moment: &str) {
    let to: Timestamp = format!("{moment}+08:00").parse().expect("an instant");
    app.wait(Duration::try_from(to.duration_since(app.now())).expect("later than now"));
}

/// Meets a refusal on both sides: the page sends nothing there and gives the reason, and posting all the same is
/// refused with the same sentence and its article.
async fn refused(browser: &mut Client, page: &str, act: &str, fields: &[(&str, &str)], reason: &str, article: &str) {
    let shown = browser.get(page).await;
    shown.is(200).says(reason).says(article);
    // The act's form may stand there to be filled in; nothing in it sends it.
    for form in shown.text().split(&format!("action=\"{act}\"")).skip(1) {
        let (form, _) = form.split_once("</form>").expect("a form ends");
        assert!(!form.contains("type=\"submit\""), "{page} sends what {act} refuses: {form}");
    }
    browser.post(act, fields).await.is(403).says(reason).says(article);
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
    ended::revoked(app, &fish).await;
    ended::renamed_and_merged(app, &steel, &tyres).await;
}

on_both!(from_the_first_application_to_the_last_announcement);
