//! Who had a hand in a round's selection: whoever prepared it neither publishes, nor rules, nor confirms (reading K83).

use regulation::general::{Hand, Verb, earlier, holds};
use store::admission::Objection;
use store::audit::Matter;

use super::cases::Case;
use crate::app::App;
use crate::auth::Person;
use crate::error::Fault;

/// The earlier acts of a round that must have been somebody else's for this person to do `verb`. Not looked into for those
/// whose role never does it.
///
/// # Errors
/// Fails when the database does.
pub async fn hands(
    app: &App,
    person: &Person,
    verb: Verb,
    round: i64,
    cases: &[Case],
    objections: &[Objection],
) -> Result<Vec<Hand>, Fault> {
    if !holds(&person.actor, verb, app.clock.today()) {
        return Ok(Vec::new());
    }
    let applications: Vec<i64> = cases.iter().map(|case| case.id).collect();
    let objections: Vec<i64> = objections.iter().map(|objection| objection.id).collect();
    let panels: Vec<i64> = match earlier(verb).contains(&Verb::DrawPanel) {
        true => app.store.panels(round).await?.iter().map(|panel| panel.id).collect(),
        false => Vec::new(),
    };
    let rounds = [round];
    let matters = [
        Matter::new("admission_round", &rounds),
        Matter::new("application", &applications),
        Matter::new("panel", &panels),
        Matter::new("objection", &objections),
    ];
    Ok(app.store.hands(&matters, earlier(verb)).await?)
}
