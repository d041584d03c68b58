//! A check as it stands on record, with every version before it.

use askama::Template;
use axum::extract::{Path, State};
use regulation::appraisal::checklist::{Check, Standing, checklist};
use regulation::general::Verb;
use regulation::law::cite;
use store::appraisal::SiteCheck;

use super::{Layer, NOUN, PATH, content, href, name_of, photos};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::shell::{Shell, moment_of};

pub fn routes() -> Routes {
    Routes::default().get("/appraisal/checks/{id}", Verb::ViewChecks, show)
}

#[derive(Template)]
#[template(path = "appraisal/check.html")]
struct CheckPage {
    shell: Shell,
    year: i64,
    station: String,
    station_id: i64,
    heading: &'static str,
    state: &'static str,
    finished: bool,
    version: String,
    newest: bool,
    saved: String,
    check: Check,
    answered: usize,
    amiss: usize,
    sections: Vec<SectionView>,
    versions: Vec<VersionView>,
    /// The form, for whoever made it.
    edit: Option<String>,
}

struct SectionView {
    name: String,
    points: Vec<PointView>,
}

struct PointView {
    name: String,
    cited: String,
    answer: &'static str,
    class: &'static str,
    remark: String,
    photos: Vec<(i64, String)>,
}

struct VersionView {
    id: i64,
    version: i64,
    state: &'static str,
    saved: String,
    current: bool,
}

/// A saving this person may read: of a station in scope, finished unless it is of one's own layer.
pub async fn visible(app: &App, person: &Person, id: i64) -> Result<SiteCheck, Fault> {
    let scope = person.scope_or_refuse(app, Verb::ViewChecks)?;
    let check = app.store.check(&scope, id).await?.ok_or(Fault::NotFound)?;
    let layer = Layer::of(person.actor.role);
    let own = layer.is_some_and(|layer| layer.key() == check.layer);
    let told = Standing::from_key(&check.state).is_some_and(Standing::told) && check.version.is_some();
    let seen = match layer {
        Some(Layer::Evaluator) => own && check.assessor == person.actor.account,
        _ => own || told,
    };
    if !seen {
        return Err(Fault::NotFound);
    }
    person.trail.reads(check.station_id);
    Ok(check)
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let row = visible(&app, &person, id).await?;
    let station = app.store.station(&regulation::general::Scope::All, row.station_id).await?.ok_or(Fault::NotFound)?;
    let edition = app.edition_of(row.year).await?;
    let files = photos(app.store.attachments(NOUN, id).await?);
    let check = content(&row)?;
    let photo = |sha256: &String| files.iter().find(|(known, _)| known == sha256);
    let sections = checklist(&edition).into_iter().map(|section| SectionView {
        name: section.name,
        points: section
            .points
            .into_iter()
            .map(|point| {
                let found = check.found.get(&point.id).cloned().unwrap_or_default();
                PointView {
                    cited: format!("办法{}", cite(&point.article)),
                    name: point.name,
                    answer: found.answer.map_or("未查", |answer| answer.name()),
                    class: match found.answer {
                        Some(answer) if answer.amiss() => "bad",
                        Some(_) => "ok",
                        None => "",
                    },
                    remark: found.remark,
                    photos: found
                        .photos
                        .iter()
                        .filter_map(photo)
                        .map(|(_, file)| (file.id, file.name.clone()))
                        .collect(),
                }
            })
            .collect(),
    });
    let sections = sections.collect();
    let own = Layer::of(person.actor.role).is_some_and(|layer| layer.key() == row.layer);
    let heads = app.store.check_versions(&row).await?;
    let newest = heads.first().map(|head| head.id) == Some(id);
    let name = |state: &str| Standing::from_key(state).map_or("", Standing::name);
    let told = |state: &str| Standing::from_key(state).is_some_and(Standing::told);
    let versions = heads.into_iter().filter(|head| own || told(&head.state));
    let (answered, amiss) = check.tally();
    render(&CheckPage {
        shell: Shell::new(&app, &person, PATH),
        year: row.year,
        station: station.name,
        station_id: row.station_id,
        heading: name_of(&row.layer),
        state: name(&row.state),
        finished: row.state == Standing::Finished.key(),
        version: row.version.map_or_else(|| "待合并".to_owned(), |version| format!("第 {version} 版")),
        newest,
        saved: format!("{}　{}", moment_of(row.saved_at), row.saved_by),
        answered,
        amiss,
        check,
        sections,
        versions: versions
            .map(|head| VersionView {
                id: head.id,
                version: head.version,
                state: name(&head.state),
                saved: format!("{}　{}", moment_of(head.saved_at), head.saved_by),
                current: head.id == id,
            })
            .collect(),
        edit: own.then(|| href(row.year, row.station_id)),
    })
}
