//! 移交: what became of each open case before a station ends (Articles 15-17, reading K52).

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::general::Verb;
use store::adjustment::NewHandover;

use super::PATH;
use super::case::{find, handing};
use super::form::{Field, Form, Input};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;

pub fn routes() -> Routes {
    Routes::default().post("/adjustment/{id}/handovers", Verb::RecordHandover, record)
}

/// What is asked of each case.
pub fn asked(open: &[(i64, String)]) -> Form {
    let cases = open.iter().map(|(id, title)| (id.to_string(), title.clone())).collect();
    let outcomes = [("moved", "移交"), ("closed", "已办结")];
    let outcomes = outcomes.iter().map(|(key, name)| ((*key).to_owned(), (*name).to_owned())).collect();
    Form::new(
        "handovers",
        vec![
            Field::new("entry", "案件", Input::Choice(cases)),
            Field::new("outcome", "去向", Input::Choice(outcomes)),
            Field::new("receiver", "接收单位", Input::Line(200)).optional().hint("移交的须填写。"),
            Field::new("note", "说明", Input::Line(500)).optional(),
        ],
    )
}

async fn record(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let case = find(&app, &person, id).await?;
    let mandate = handing(&app, &person, &case)?;
    let open: Vec<(i64, String)> = case
        .cases
        .iter()
        .filter(|open| open.outcome.is_none())
        .map(|open| (open.entry_id, open.title.clone()))
        .collect();
    let mut form = asked(&open).read(&posted, app.clock.today());
    let moved = form.text("outcome") == "moved";
    if moved && form.text("receiver").is_empty() {
        form.object("receiver", "移交的请填写接收单位。");
    }
    let entry = form.text("entry").parse().ok().filter(|entry| open.iter().any(|(id, _)| id == entry));
    if !form.good() {
        return super::page::again(&app, &person, case, form).await;
    }
    let entry = entry.ok_or(Fault::NotFound)?;
    let outcome = if moved { "moved" } else { "closed" };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let new = NewHandover { entry, outcome, receiver: form.text("receiver"), note: form.text("note") };
    tx.add_handover(id, &new).await?;
    let title = open.iter().find(|(id, _)| *id == entry).map_or("", |(_, title)| title.as_str());
    tx.note(format!("案件移交：{title}　{}", if moved { form.text("receiver") } else { "已办结" }));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=handed#handover")).into_response())
}
