//! 评审与公示: a round from the panels to the stations, at a glance; drawing a panel starts here (Article 8 (3), (4)).

use askama::Template;
use axum::extract::{Path, State};
use regulation::admission::name_of;
use regulation::general::{Refusal, Verb};

use super::cases::{self, Case};
use super::panels::{PATH, assembling};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::Page;
use crate::shell::{Shell, day};

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::ViewPanels, list).get("/admission/selection/{round}", Verb::ViewPanels, show)
}

#[derive(Template)]
#[template(path = "admission/selections.html")]
struct SelectionsPage {
    shell: Shell,
    rounds: Vec<RoundLine>,
}

struct RoundLine {
    id: i64,
    name: String,
    due: String,
}

async fn list(State(app): State<App>, person: Person) -> Page {
    person.scope_or_refuse(&app, Verb::ViewPanels)?;
    let due = |year: i64| app.present().due("review.expert", year).map(|due| due.text()).unwrap_or_default();
    let line = |round: cases::RoundOf| RoundLine { id: round.id, due: due(round.year), name: round.name };
    let rounds = cases::rounds(&app).await?.into_iter().map(line).collect();
    render(&SelectionsPage { shell: Shell::new(&app, &person, PATH), rounds })
}

#[derive(Template)]
#[template(path = "admission/selection.html")]
struct SelectionPage {
    shell: Shell,
    id: i64,
    name: String,
    due: String,
    counts: Vec<(&'static str, usize)>,
    panels: Vec<PanelLine>,
    waiting: Vec<Case>,
    draw: Option<Result<(), Refusal>>,
    sizes: Vec<i64>,
    experts: usize,
    next_name: String,
    notices: Vec<(i64, String, String)>,
    shortlisted: usize,
}

struct PanelLine {
    id: i64,
    name: String,
    size: i64,
    cases: usize,
    state: &'static str,
    class: &'static str,
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    person.scope_or_refuse(&app, Verb::ViewPanels)?;
    let round = cases::round(&app, id).await?;
    let all = cases::of_round(&app, id).await?;
    let assigned = app.store.panel_applications(id).await?;
    let panels = app.store.panels(id).await?;
    let edition = app.present().edition.clone();
    let (min, max) = (edition.whole("panel.min"), edition.whole("panel.max"));
    let stages = ["province_review", "panel_review", "shortlisted", "noticed", "confirmed"];
    let count = |key: &str| all.iter().filter(|case| case.stage.key() == key).count();
    let panel_line = |panel: &store::admission::Panel| PanelLine {
        id: panel.id,
        name: panel.name.clone(),
        size: panel.size,
        cases: assigned.iter().filter(|(of, _)| *of == panel.id).count(),
        state: if panel.closed_at.is_some() { "已汇总" } else { "评审中" },
        class: if panel.closed_at.is_some() { "ok" } else { "warn" },
    };
    let draw = person.may(&app, Verb::DrawPanel, &regulation::general::Subject::whole("panel", id)).is_ok();
    let published = app.store.publications_about("admission_round", id).await?;
    let notice = |row: &store::general::Publication| {
        (row.kind == "notice").then(|| (row.id, row.title.clone(), row.until_day.map(day).unwrap_or_default()))
    };
    render(&SelectionPage {
        shell: Shell::new(&app, &person, PATH),
        id,
        due: app.present().due("review.expert", round.year).map(|due| due.text()).unwrap_or_default(),
        counts: stages.map(|key| (name_of(key), count(key))).to_vec(),
        draw: draw.then(|| assembling(&app, &person, id).map(drop)),
        sizes: (min..=max).filter(|size| size % 2 == 1).collect(),
        experts: app.store.active_experts().await?.len(),
        next_name: format!("第{}组", panels.len() + 1),
        panels: panels.iter().map(panel_line).collect(),
        notices: published.iter().filter_map(notice).collect(),
        shortlisted: count("shortlisted"),
        waiting: all.into_iter().filter(|case| cases::unassigned(case, &assigned)).collect(),
        name: round.name,
    })
}
