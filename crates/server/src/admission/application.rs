//! One application: what it claims and shows, where it stands, what this person may do with it and why not.

use askama::Template;
use axum::extract::{Path, State};
use regulation::admission::form::{CONDITIONS, Shape, cautions, fields};
use regulation::general::Verb;
use regulation::general::{Refusal, Role};
use store::admission::{ApplicationFile, Check, StepRow};

use super::filing::{handing_in, withdrawing};
use super::form::{FileView, editing};
use super::regions::{self, Region};
use super::register::class_of;
use super::{Case, Near, PATH, county, review, site};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::duties::site::page::Line;
use crate::error::Page;
use crate::general::county::CountyView;
use crate::shell::{Shell, day, masked, moment_of};

pub fn routes() -> Routes {
    Routes::default().get("/admission/applications/{id}", Verb::ViewApplication, show)
}

#[derive(Template)]
#[template(path = "admission/application.html")]
struct ApplicationPage {
    shell: Shell,
    id: i64,
    number: String,
    saved_at: i64,
    name: String,
    uscc: String,
    unit: &'static str,
    station: String,
    city: String,
    county: String,
    route: &'static str,
    round: String,
    stage: &'static str,
    class: &'static str,
    due: String,
    overdue: bool,
    correction_due: Option<String>,
    first: Option<String>,
    city_late: bool,
    gaps: Vec<String>,
    cautions: Vec<String>,
    /// The newest look at the website.
    site: Option<Line>,
    near: Vec<Near>,
    /// Who else is of this industry, in words.
    conflict: Option<String>,
    sections: Vec<SectionView>,
    /// That it was let through though the unit is registered elsewhere.
    overrides: Vec<String>,
    steps: Vec<StepView>,
    versions: Vec<VersionView>,
    /// The applicant's acts; `None` for officials.
    own: Option<Own>,
    /// The reviewer's acts; `None` where this person never reviews.
    desk: Option<review::DeskView>,
    /// The county's part; `None` for the applicant, and where there is nothing to say of it.
    county_says: Option<CountyView>,
}

/// What the applicant may do now.
struct Own {
    edit: Result<(), Refusal>,
    submit: Result<(), Refusal>,
    withdraw: Result<(), Refusal>,
    /// Handed in before, so that the act is called by its other name.
    again: bool,
}

struct SectionView {
    item: &'static str,
    title: String,
    cited: String,
    facts: Vec<(&'static str, String)>,
    files: Vec<FileView>,
    /// Ticks on this condition: who, whether met, note.
    ticks: Vec<(String, bool, String)>,
}

struct StepView {
    at: String,
    by: String,
    step: String,
    note: String,
    paper: Option<i64>,
}

struct VersionView {
    version: i64,
    receipt: String,
    at: String,
    by: String,
    excused: Option<String>,
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let case = Case::find(&app, &person, id).await?;
    let files = app.store.application_files(id).await?;
    let checks = app.store.application_checks(id).await?;
    let steps = app.store.application_steps(id).await?;
    let versions = app.store.application_versions(id).await?;
    let overrides = app.store.region_overrides(&[id]).await?;
    let official = person.actor.role != Role::Applicant;
    let near = if official { case.near(&app).await? } else { Vec::new() };
    let due = case.due()?;
    let own = if official {
        None
    } else {
        Some(Own {
            edit: editing(&app, &person, &case).map(drop),
            submit: handing_in(&app, &person, &case, &files)?.map(drop),
            withdraw: withdrawing(&app, &person, &case).map(drop),
            again: matches!(case.stage, regulation::admission::Stage::Returned { .. }),
        })
    };
    let a = &case.application;
    let editable = own.as_ref().is_some_and(|own| own.edit.is_ok());
    render(&ApplicationPage {
        shell: Shell::new(&app, &person, PATH),
        id,
        number: a.number.clone(),
        saved_at: a.saved_at,
        name: a.name.clone(),
        uscc: a.uscc.clone(),
        unit: case.unit.name(),
        station: a.station_name.clone(),
        city: case.edition.area_name(&a.city).to_owned(),
        county: a.county.as_deref().map(|code| case.edition.area_name(code).to_owned()).unwrap_or_default(),
        route: case.route.name(),
        round: case.round.name.clone(),
        stage: case.stage.name(),
        class: class_of(case.stage.key()),
        due: format!("{} {}", due.on, due.time),
        overdue: a.first_at.is_none() && due.passed(app.clock.civil()),
        correction_due: case.stage.due().filter(|_| a.stage.starts_with("returned")).map(|due| due.to_string()),
        first: a.first_at.map(moment_of),
        city_late: a.city_late != 0,
        gaps: if editable { case.gaps(&files).into_iter().map(|gap| gap.sentence).collect() } else { Vec::new() },
        cautions: if official { cautions(&case.edition, &case.head(), &case.typed) } else { Vec::new() },
        site: site::newest(&app, &case).await?,
        conflict: super::conflicting(&near).said(),
        county_says: county::view(&app, &person, &case).await?,
        desk: review::desk(&app, &person, &case, &steps, &checks, &near, &Region::of(&case, &overrides))?,
        near,
        sections: sections(&case, &files, &checks, official),
        overrides: overrides.iter().map(regions::told).collect(),
        steps: steps.into_iter().map(step).collect(),
        versions: versions
            .into_iter()
            .map(|version| VersionView {
                excused: overrides.iter().find(|one| one.version == version.version).map(regions::said),
                version: version.version,
                receipt: version.receipt,
                at: moment_of(version.handed_in_at),
                by: version.handed_in_by,
            })
            .collect(),
        own,
    })
}

fn step(row: StepRow) -> StepView {
    StepView { at: moment_of(row.taken_at), by: row.taken_by, step: row.step, note: row.note, paper: row.paper_id }
}

fn sections(case: &Case, files: &[ApplicationFile], checks: &[Check], official: bool) -> Vec<SectionView> {
    let items = [("2", "基本情况")].into_iter().chain(CONDITIONS);
    let section = |(item, title): (&'static str, &'static str)| SectionView {
        item,
        title: title.to_owned(),
        cited: format!("办法{}", regulation::law::cite(item)),
        facts: fields(case.unit)
            .filter(|field| field.item == item)
            .filter_map(|field| {
                let typed = case.typed.get(field.id).map_or("", String::as_str);
                if typed.is_empty() && !field.needed {
                    return None;
                }
                let shown = match (typed, field.shape) {
                    ("", Shape::Yes) => "否".to_owned(),
                    ("", _) => "未填写".to_owned(),
                    _ if field.id == "phone" && official => masked(typed),
                    _ => field.shown(typed).to_owned(),
                };
                Some((field.label, shown))
            })
            .collect(),
        files: files.iter().filter(|f| f.item == item && f.removed_at.is_none()).map(FileView::new).collect(),
        ticks: checks
            .iter()
            .filter(|check| official && check.item == item)
            .map(|check| {
                (format!("{}　{}", check.given_by, day_of(check.given_at)), check.met != 0, check.note.clone())
            })
            .collect(),
    };
    items.map(section).collect()
}

fn day_of(at: i64) -> String {
    day(store::day_number(store::day_of(store::instant_from(at))))
}
