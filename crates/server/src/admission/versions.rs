//! Two versions handed in, compared field by field and file by file (reading K30).

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, Query, State};
use regulation::admission::form::{Change, Typed, changes};
use regulation::general::Verb;
use serde::Deserialize;
use store::admission::Version;

use super::form::FileView;
use super::{Case, PATH, regions};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::shell::{Shell, moment_of};

pub fn routes() -> Routes {
    Routes::default().get("/admission/applications/{id}/changes", Verb::ViewApplication, show)
}

#[derive(Deserialize)]
struct Asked {
    from: Option<i64>,
    to: Option<i64>,
}

#[derive(Template)]
#[template(path = "admission/changes.html")]
struct ChangesPage {
    shell: Shell,
    id: i64,
    number: String,
    before: String,
    after: String,
    changes: Vec<Change>,
    added: Vec<FileView>,
    removed: Vec<FileView>,
    /// That it was let through though the unit is registered elsewhere.
    overrides: Vec<String>,
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>, Query(asked): Query<Asked>) -> Page {
    let case = Case::find(&app, &person, id).await?;
    let versions = app.store.application_versions(id).await?;
    let last = case.application.versions;
    let find = |asked: Option<i64>, other: i64| {
        let wanted = asked.unwrap_or(other);
        versions.iter().find(|version| version.version == wanted).ok_or(Fault::NotFound)
    };
    let (before, after) = (find(asked.from, last - 1)?, find(asked.to, last)?);
    let (kept, now) = (keys(before)?, keys(after)?);
    let files = app.store.application_files(id).await?;
    let overrides = app.store.region_overrides(&[id]).await?;
    let views = |keys: BTreeSet<&i64>| files.iter().filter(|f| keys.contains(&f.id)).map(FileView::new).collect();
    render(&ChangesPage {
        shell: Shell::new(&app, &person, PATH),
        id,
        number: case.application.number.clone(),
        before: said(before),
        after: said(after),
        changes: changes(&typed(before)?, &typed(after)?),
        added: views(now.difference(&kept).collect()),
        removed: views(kept.difference(&now).collect()),
        overrides: overrides.iter().map(regions::told).collect(),
    })
}

fn said(version: &Version) -> String {
    format!("第 {} 版（{}）", version.version, moment_of(version.handed_in_at))
}

fn odd(error: serde_json::Error) -> Fault {
    Fault::Broken(error.into())
}

fn typed(version: &Version) -> Result<Typed, Fault> {
    serde_json::from_str(&version.form).map_err(odd)
}

fn keys(version: &Version) -> Result<BTreeSet<i64>, Fault> {
    serde_json::from_str(&version.files).map_err(odd)
}
