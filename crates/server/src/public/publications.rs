//! 公示公告: what the department published, as it stood when it was published, with its hash.

use askama::Template;
use axum::extract::{Path, Query, State};
use jiff::civil::Date;
use papers::official::{Block, Document};
use regulation::general::Verb;
use serde::Deserialize;
use store::general::Publication;

use crate::app::{App, Routes, render};
use crate::error::{Fault, Page};
use crate::general::documents::{Frozen, pdf_download};
use crate::shell::{Look, Shell, day, moment_of};

pub const PATH: &str = "/public/notices";

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::ViewPublic, list).get("/public/notices/{id}", Verb::ViewPublic, show).get(
        "/public/notices/{id}/document.pdf",
        Verb::ViewPublic,
        pdf,
    )
}

/// A publication in a list.
pub struct Line {
    pub id: i64,
    pub title: String,
    pub kind: &'static str,
    pub published: String,
    pub until: Option<String>,
    pub open: bool,
}

impl Line {
    pub fn new(row: &Publication, today: Date) -> Line {
        Line {
            id: row.id,
            title: row.title.clone(),
            kind: kind(&row.kind),
            published: moment_of(row.published_at),
            until: row.until_day.map(day),
            open: row.until_day.is_some_and(|until| until >= store::day_number(today)),
        }
    }
}

fn kind(key: &str) -> &'static str {
    match key {
        "notice" => "公示",
        "bulletin" => "通报",
        _ => "公告",
    }
}

/// The instant and the key of the last line of the page before.
#[derive(Deserialize)]
struct Asked {
    at: Option<i64>,
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "public/notices.html")]
struct NoticesPage {
    shell: Shell,
    lines: Vec<Line>,
    next: Option<(i64, i64)>,
}

const PAGE: usize = 30;

async fn list(State(app): State<App>, look: Look, Query(asked): Query<Asked>) -> Page {
    let limit = i64::try_from(PAGE + 1).unwrap_or(31);
    let before = (asked.at.unwrap_or(i64::MAX), asked.before.unwrap_or(i64::MAX));
    let mut rows = app.store.publications(before, limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    render(&NoticesPage {
        shell: Shell::public(&app, &look, PATH),
        next: rows.last().filter(|_| more).map(|row| (row.published_at, row.id)),
        lines: rows.iter().map(|row| Line::new(row, app.clock.today())).collect(),
    })
}

#[derive(Template)]
#[template(path = "public/notice.html")]
struct NoticePage {
    shell: Shell,
    line: Line,
    document: Document,
    sha256: String,
    /// Where an objection is raised, while the notice stands.
    objection: Option<String>,
}

async fn show(State(app): State<App>, look: Look, Path(id): Path<i64>) -> Page {
    let row = app.store.publication(id).await?.ok_or(Fault::NotFound)?;
    let line = Line::new(&row, app.clock.today());
    render(&NoticePage {
        shell: Shell::public(&app, &look, PATH),
        objection: super::objections::raising(&app, &row).is_ok().then(|| format!("{PATH}/{id}/objections/new")),
        document: Document::parse(&row.content)?,
        sha256: row.sha256,
        line,
    })
}

async fn pdf(State(app): State<App>, Path(id): Path<i64>) -> Page {
    let row = app.store.publication(id).await?.ok_or(Fault::NotFound)?;
    let frozen = Frozen { title: &row.title, content: &row.content, sha256: &row.sha256, at: row.published_at };
    pdf_download(&app, &frozen).await
}
