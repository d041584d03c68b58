//! The application form: kept as it was typed, with the evidence of each condition.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::admission::form::{CONDITIONS, DIRECT_GROUNDS, Gap, Shape, Typed, fields};
use regulation::admission::{Route, Stage};
use regulation::general::{Basis, Mandate, Refusal, Verb};
use store::admission::{ApplicationFile, Draft, NewApplication};

use super::register::beginning;
use super::{Case, PATH};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::reading::file_response;
use crate::appraisal::ledger::writing::put_files;
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::{ACCEPT, Posted};
use crate::shell::{Shell, size};

/// Longest text kept of one field.
const LONGEST: usize = 5000;

pub fn routes() -> Routes {
    Routes::default()
        .post(PATH, Verb::FileApplication, begin)
        .get("/admission/applications/{id}/form", Verb::FileApplication, show)
        .post("/admission/applications/{id}/draft", Verb::FileApplication, save)
        .post("/admission/applications/{id}/files", Verb::FileApplication, add_files)
        .get("/admission/files/{id}", Verb::ViewApplication, open_file)
        .post("/admission/files/{id}/removal", Verb::FileApplication, remove_file)
}

async fn begin(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let begin = beginning(&app, &person).await??;
    let (applicant, round) = (begin.applicant, begin.round);
    let mut typed = Typed::new();
    typed.insert("contact".to_owned(), applicant.contact.clone());
    typed.insert("phone".to_owned(), applicant.phone.clone());
    let new = NewApplication {
        round: round.id,
        year: round.year,
        account: person.actor.account,
        name: applicant.name,
        uscc: applicant.uscc,
        kind: applicant.unit,
        city: applicant.city,
        county: applicant.county,
        form: json(&typed)?,
    };
    let mut tx = app.store.begin(&begin.mandate, app.clock.now()).await?;
    let id = match tx.begin_application(&new).await {
        Ok(id) => id,
        Err(error) if error.is_duplicate() => return Err(Fault::Conflict("本单位在本年度已有申请".to_owned())),
        Err(error) => return Err(error.into()),
    };
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}/form?done=begun")).into_response())
}

fn json(typed: &Typed) -> Result<String, Fault> {
    serde_json::to_string(typed).map_err(|error| Fault::Broken(error.into()))
}

/// Whether this person may change the form now. Link, form and every save ask here.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn editing(app: &App, person: &Person, case: &Case) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::FileApplication, &case.subject())?;
    match case.stage {
        Stage::Draft | Stage::Withdrawn | Stage::Returned { .. } => Ok(mandate),
        _ => Err(Refusal::new(Basis::Item("8-1"), format!("申请处于“{}”，材料不能修改。", case.stage.name()))),
    }
}

#[derive(Template)]
#[template(path = "admission/form.html")]
struct FormPage {
    shell: Shell,
    id: i64,
    number: String,
    name: String,
    saved_at: i64,
    routes: Vec<(&'static str, &'static str, bool)>,
    grounds: Vec<(&'static str, &'static str, bool)>,
    sections: Vec<Section>,
    evidence: Vec<Evidence>,
    gaps: usize,
    head_gaps: Vec<String>,
    accept: &'static str,
}

struct Section {
    title: String,
    fields: Vec<FieldView>,
}

struct FieldView {
    id: &'static str,
    label: &'static str,
    what: &'static str,
    value: String,
    choices: Vec<(&'static str, &'static str, bool)>,
    needed: bool,
    hint: &'static str,
    gap: Option<String>,
}

/// The files of one condition.
struct Evidence {
    item: &'static str,
    title: String,
    files: Vec<FileView>,
    gap: Option<String>,
}

pub struct FileView {
    pub id: i64,
    pub kind: String,
    pub name: String,
    pub size: String,
}

impl FileView {
    pub fn new(file: &ApplicationFile) -> FileView {
        FileView {
            id: file.id,
            kind: file.file_name.rsplit('.').next().unwrap_or("").to_uppercase(),
            name: file.file_name.clone(),
            size: size(file.size),
        }
    }
}

fn title(item: &str) -> String {
    CONDITIONS
        .iter()
        .find(|(known, _)| *known == item)
        .map_or_else(|| "基本情况".to_owned(), |(item, name)| format!("{name}（{}）", regulation::law::cite(item)))
}

fn sections(case: &Case, gaps: &[Gap]) -> Vec<Section> {
    let items = ["2"].into_iter().chain(CONDITIONS.iter().map(|(item, _)| *item));
    let section = |item: &'static str| Section {
        title: title(item),
        fields: fields(case.unit)
            .filter(|field| field.item == item)
            .map(|field| {
                let value = case.typed.get(field.id).cloned().unwrap_or_default();
                let (what, choices) = match field.shape {
                    Shape::Line => ("line", &[][..]),
                    Shape::Text => ("text", &[][..]),
                    Shape::Whole => ("whole", &[][..]),
                    Shape::Web => ("web", &[][..]),
                    Shape::Yes => ("yes", &[][..]),
                    Shape::Choice(choices) => ("choice", choices),
                };
                FieldView {
                    id: field.id,
                    label: field.label,
                    what,
                    choices: choices.iter().map(|(key, name)| (*key, *name, *key == value)).collect(),
                    value,
                    needed: field.needed,
                    hint: field.hint,
                    gap: gaps.iter().find(|gap| gap.at == field.id).map(|gap| gap.sentence.clone()),
                }
            })
            .collect(),
    };
    items.map(section).collect()
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let case = Case::find(&app, &person, id).await?;
    editing(&app, &person, &case)?;
    let files = app.store.application_files(id).await?;
    let gaps = case.gaps(&files);
    // A form nobody has saved yet is not scolded field by field.
    let fresh = case.application.saved_at == 0;
    let told: &[Gap] = if fresh { &[] } else { &gaps };
    let a = &case.application;
    let evidence = CONDITIONS.iter().map(|(item, _)| Evidence {
        item,
        title: title(item),
        files: files.iter().filter(|f| f.item == *item && f.removed_at.is_none()).map(FileView::new).collect(),
        gap: told.iter().find(|gap| gap.at == *item).map(|gap| gap.sentence.clone()),
    });
    let of_head = |gap: &&Gap| matches!(gap.at, "route" | "uscc" | "city");
    render(&FormPage {
        shell: Shell::new(&app, &person, PATH),
        id,
        number: a.number.clone(),
        name: a.name.clone(),
        saved_at: a.saved_at,
        routes: Route::ALL.map(|(route, key, name)| (key, name, route == case.route)).to_vec(),
        grounds: DIRECT_GROUNDS.iter().map(|(key, name)| (*key, *name, *key == a.direct_ground)).collect(),
        sections: sections(&case, told),
        evidence: evidence.collect(),
        gaps: gaps.len(),
        head_gaps: told.iter().filter(of_head).map(|gap| gap.sentence.clone()).collect(),
        accept: ACCEPT,
    })
}

/// What was posted, as a draft.
fn draft(case: &Case, posted: &Posted) -> Result<Draft, Fault> {
    let mut typed = Typed::new();
    for field in fields(case.unit) {
        let value = posted.raw(field.id).trim();
        if value.chars().count() > LONGEST {
            return Err(Fault::Invalid(format!("{}过长，最多保存 {LONGEST} 字。", field.label)));
        }
        if !value.is_empty() {
            typed.insert(field.id.to_owned(), value.to_owned());
        }
    }
    let text = |id: &str| typed.get(id).cloned().unwrap_or_default();
    let route = Route::from_key(posted.text("route")).unwrap_or(Route::City);
    let ground =
        DIRECT_GROUNDS.iter().find(|(key, _)| *key == posted.text("direct_ground")).map_or("", |(key, _)| *key);
    Ok(Draft {
        route: route.key().to_owned(),
        direct_ground: if route == Route::Direct { ground.to_owned() } else { String::new() },
        station_name: text("station_name"),
        industry_code: text("industry_code"),
        industry: text("industry"),
        comprehensive: text("comprehensive") == "1",
        hs_chapters: text("hs_chapters"),
        address: text("office_address"),
        website: text("website"),
        form: json(&typed)?,
    })
}

async fn save(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let case = Case::find(&app, &person, id).await?;
    let mandate = editing(&app, &person, &case)?;
    let mut draft = draft(&case, &posted)?;
    // Once handed in, the way stays: the two are alternatives, never side by side (reading K29).
    if matches!(case.stage, Stage::Returned { .. }) {
        draft.route.clone_from(&case.application.route);
        draft.direct_ground.clone_from(&case.application.direct_ground);
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.save_application(id, &case.application.stage, &draft).await?;
    tx.note(format!("{} 保存申请表", case.application.number));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}/form?done=kept")).into_response())
}

async fn add_files(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let case = Case::find(&app, &person, id).await?;
    let mandate = editing(&app, &person, &case)?;
    let Some((item, _)) = CONDITIONS.iter().find(|(item, _)| *item == posted.text("item")) else {
        return Err(Fault::Invalid("请选择材料对应的条件。".to_owned()));
    };
    if posted.files.is_empty() {
        return Err(Fault::Invalid("请选择要上传的文件。".to_owned()));
    }
    let files = put_files(&app, posted).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.add_application_files(id, item, &files).await?;
    tx.note(format!("{} 上传材料 {} 份", case.application.number, files.len()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}/form?done=kept#file-{item}")).into_response())
}

/// A file and its application, when this person may see it.
async fn file_in_sight(app: &App, person: &Person, id: i64) -> Result<(ApplicationFile, Case), Fault> {
    super::seen(app, person)?;
    let file = app.store.application_file(id).await?.ok_or(Fault::NotFound)?;
    let case = Case::find(app, person, file.application_id).await?;
    Ok((file, case))
}

async fn open_file(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let (file, _) = file_in_sight(&app, &person, id).await?;
    let bytes = app.objects.get(&file.sha256).await?;
    Ok(file_response(&file.file_name, &file.media_type, bytes))
}

async fn remove_file(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (file, case) = file_in_sight(&app, &person, id).await?;
    let mandate = editing(&app, &person, &case)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.remove_application_file(id).await?;
    tx.note(format!("{} 移除材料 {}", case.application.number, file.file_name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{}/form?done=kept#file-{}", case.application.id, file.item)).into_response())
}
