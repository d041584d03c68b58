//! 列映射 (Article 5(1)): which column of somebody else's table holds what, said once by a person looking at the table's first
//! rows, and kept by name. So any source can be fed by hand, Chinese ones included.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use feeds::{DateOrder, Field, Kind, Mapping, Sample, Stage, sample};
use regulation::general::{Mandate, Refusal, Subject, Verb};
use store::duties::{ColumnMapping, NewColumnMapping};

use super::folder::{DONE, REFUSED};
use super::intake::{SavedMapping, desk, word};
use super::{FEEDS, loading};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::{MAX_FILE, Posted};
use crate::shell::{Shell, moment_of};

const MAPPINGS: &str = "/duties/feeds/mappings";
/// Characters of the longest name.
const LONGEST: usize = 40;
/// Headings taken from a form, and characters of what is typed into one of its lines.
const MOST_HEADINGS: usize = 500;
const LINE: usize = 200;
/// Characters shown of what stands in a column.
const SHOWN: usize = 24;

pub fn routes() -> Routes {
    Routes::default()
        .get(MAPPINGS, Verb::LoadNotices, list)
        .get("/duties/feeds/mappings/new", Verb::LoadNotices, blank)
        .post("/duties/feeds/mappings/sample", Verb::LoadNotices, look)
        .post(MAPPINGS, Verb::LoadNotices, add)
        .get("/duties/feeds/mappings/{id}", Verb::LoadNotices, edit)
        .post("/duties/feeds/mappings/{id}", Verb::LoadNotices, change)
        .post("/duties/feeds/mappings/{id}/removal", Verb::LoadNotices, remove)
}

/// A mapping as its row keeps it.
///
/// # Errors
/// Fails on a row that was not written by this program.
pub fn saved(row: &ColumnMapping) -> anyhow::Result<SavedMapping> {
    Ok(SavedMapping { name: row.name.clone(), mapping: serde_json::from_str(&row.definition)? })
}

/// The mapping of a name.
///
/// # Errors
/// Fails when the database does.
pub async fn named(app: &App, name: &str) -> anyhow::Result<Option<SavedMapping>> {
    app.store.column_mapping_named(name).await?.as_ref().map(saved).transpose()
}

/// The mapping chosen on a form.
///
/// # Errors
/// Fails when the database does.
pub async fn of_key(app: &App, key: &str) -> anyhow::Result<Option<SavedMapping>> {
    let Ok(id) = key.parse() else { return Ok(None) };
    app.store.column_mapping(id).await?.as_ref().map(saved).transpose()
}

/// What people call a field.
fn field_name(field: Field) -> &'static str {
    match field {
        Field::Title => "公告标题",
        Field::SourceId => "编号",
        Field::PublishedOn => "公布日期",
        Field::Authority => "发布机构",
        Field::Country => "发起国家",
        Field::Kind => "类型",
        Field::Stage => "阶段",
        Field::Abstract => "摘要",
        Field::Product => "涉案产品",
        Field::Targets => "涉案国家",
        Field::CaseNumbers => "案号",
        Field::HsCodes => "税号",
        Field::DeadlineOn => "截止日期",
        Field::Url => "原文链接",
    }
}

/// The member of a closed list a [`word`] stands for.
fn of_word<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

/// What is typed on the form of a mapping.
#[derive(Clone, Debug, Default)]
struct Typed {
    name: String,
    columns: BTreeMap<Field, String>,
    authority: String,
    country: String,
    kind: String,
    stage: String,
    month_first: bool,
    sheet: String,
    headings: Vec<String>,
    /// The first row below each heading; none for a mapping that is changed without its table.
    examples: Vec<String>,
}

impl Typed {
    /// A table somebody showed, with what can be told of its columns.
    fn of_sample(sample: Sample, sheet: &str) -> Typed {
        let first = sample.rows.into_iter().next().unwrap_or_default();
        Typed {
            columns: sample.proposed,
            examples: first.iter().map(|cell| cell.chars().take(SHOWN).collect()).collect(),
            headings: sample.headings,
            sheet: sheet.to_owned(),
            ..Typed::default()
        }
    }

    fn of_row(row: &ColumnMapping) -> anyhow::Result<Typed> {
        let mapping = saved(row)?.mapping;
        Ok(Typed {
            name: row.name.clone(),
            columns: mapping.columns,
            authority: mapping.authority.unwrap_or_default(),
            country: mapping
                .country
                .map(|code| desk().map(|desk| country_name(desk, &code)))
                .transpose()?
                .unwrap_or_default(),
            kind: mapping.kind.as_ref().map(word).unwrap_or_default(),
            stage: mapping.stage.as_ref().map(word).unwrap_or_default(),
            month_first: mapping.dates == DateOrder::MonthFirst,
            sheet: mapping.sheet.unwrap_or_default(),
            headings: serde_json::from_str(&row.headings)?,
            examples: Vec::new(),
        })
    }

    fn of_form(posted: &Posted) -> Typed {
        let line = |text: &str| text.chars().take(LINE).collect::<String>();
        // A column is found by the whole of its heading, as long as the sample gives it.
        let column = |field: &Field| {
            let heading = posted.text(&format!("column.{}", word(field)));
            (!heading.is_empty()).then(|| (*field, heading.to_owned()))
        };
        let all = |name: &str| posted.all(name).into_iter().take(MOST_HEADINGS);
        Typed {
            name: posted.text("name").to_owned(),
            columns: Field::ALL.iter().filter_map(column).collect(),
            authority: line(posted.text("authority")),
            country: line(posted.text("country")),
            kind: posted.text("kind").to_owned(),
            stage: posted.text("stage").to_owned(),
            month_first: posted.text("dates") == "month_first",
            sheet: line(posted.text("sheet")),
            headings: all("heading").map(str::to_owned).collect(),
            examples: all("example").map(line).collect(),
        }
    }

    /// What is kept, or what is wrong with it, by field.
    fn judge(&self) -> anyhow::Result<Result<NewColumnMapping, Problems>> {
        let mut problems = Problems::new();
        if let Some(problem) = name_problem(&self.name) {
            problems.insert("name", problem);
        }
        if !self.columns.contains_key(&Field::Title) {
            problems.insert("column.title", "请指定公告标题在哪一列。".to_owned());
        }
        if self.columns.values().any(|heading| !self.headings.contains(heading)) {
            problems.insert("columns", "所选的列不在表头中，请重新选择文件。".to_owned());
        }
        let country = match self.country.as_str() {
            "" => None,
            named => {
                let code = desk()?.countries().of_field(named).map(str::to_owned);
                if code.is_none() {
                    problems.insert("country", format!("国别“{named}”无法识别，请填写中文名称或者两位代码。"));
                }
                code
            }
        };
        if !problems.is_empty() {
            return Ok(Err(problems));
        }
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        let mapping = Mapping {
            columns: self.columns.clone(),
            authority: given(&self.authority),
            country,
            kind: of_word(&self.kind),
            stage: of_word(&self.stage),
            dates: if self.month_first { DateOrder::MonthFirst } else { DateOrder::DayFirst },
            sheet: given(&self.sheet),
        };
        Ok(Ok(NewColumnMapping {
            name: self.name.clone(),
            definition: serde_json::to_string(&mapping)?,
            headings: serde_json::to_string(&self.headings)?,
        }))
    }
}

type Problems = BTreeMap<&'static str, String>;

fn country_name(desk: &feeds::Desk, code: &str) -> String {
    desk.countries().zh(code).unwrap_or(code).to_owned()
}

/// What is wrong with a name: a folder is named like it.
fn name_problem(name: &str) -> Option<String> {
    let length = name.chars().count();
    if !(2..=LONGEST).contains(&length) {
        return Some(format!("名称应为 2 至 {LONGEST} 个字符。"));
    }
    if name.contains(|c: char| c.is_control() || r#"/\:*?"<>|#"#.contains(c)) || name.starts_with('.') {
        return Some(r#"名称不能含 / \ : * ? " < > | #，也不能以点开头。"#.to_owned());
    }
    let own = [DONE, REFUSED].iter().any(|own| name.eq_ignore_ascii_case(own));
    own.then(|| format!("“{name}”是接收目录自用的名称，请换一个。"))
}

/// The right to change a mapping: its station's own people, and for the department's those of the department.
fn changing(app: &App, person: &Person, row: &ColumnMapping) -> Result<Mandate, Refusal> {
    let subject = match row.placed() {
        Some(placed) => Subject::of_station("column_mapping", row.id, &placed),
        None => Subject::whole("column_mapping", row.id),
    };
    person.may(app, Verb::LoadNotices, &subject)
}

/// A mapping this person may change; another's looks like none.
async fn found(app: &App, person: &Person, id: i64) -> Result<(ColumnMapping, Mandate), Fault> {
    person.scope_or_refuse(app, Verb::LoadNotices)?;
    let row = app.store.column_mapping(id).await?.ok_or(Fault::NotFound)?;
    let mandate = changing(app, person, &row).map_err(|_| Fault::NotFound)?;
    Ok((row, mandate))
}

#[derive(Template)]
#[template(path = "duties/mappings.html")]
struct MappingsPage {
    shell: Shell,
    lines: Vec<Line>,
}

struct Line {
    id: i64,
    name: String,
    owner: String,
    columns: String,
    updated: String,
    by: String,
    may: bool,
}

async fn list(State(app): State<App>, person: Person) -> Page {
    loading(&app, &person, "column_mapping").await?;
    let line = |row: ColumnMapping| {
        let columns = saved(&row)?.mapping.columns;
        let of = |(field, heading): (Field, String)| format!("{}：{heading}", field_name(field));
        Ok::<_, Fault>(Line {
            id: row.id,
            may: changing(&app, &person, &row).is_ok(),
            owner: row.station.clone().unwrap_or_else(|| "省商务厅".to_owned()),
            columns: columns.into_iter().map(of).collect::<Vec<_>>().join("，"),
            updated: moment_of(row.updated_at),
            by: row.updated_by,
            name: row.name,
        })
    };
    let rows = app.store.column_mappings().await?;
    let lines = rows.into_iter().map(line).collect::<Result<_, _>>()?;
    render(&MappingsPage { shell: Shell::new(&app, &person, FEEDS), lines })
}

#[derive(Template)]
#[template(path = "duties/mapping_new.html")]
struct NewPage {
    shell: Shell,
    sheet: String,
    problem: Option<String>,
    megabytes: usize,
}

fn new_page(app: &App, person: &Person, sheet: &str, problem: Option<String>) -> NewPage {
    let shell = Shell::new(app, person, FEEDS);
    NewPage { shell, sheet: sheet.to_owned(), problem, megabytes: MAX_FILE / (1024 * 1024) }
}

async fn blank(State(app): State<App>, person: Person) -> Page {
    loading(&app, &person, "column_mapping").await?;
    render(&new_page(&app, &person, "", None))
}

#[derive(Template)]
#[template(path = "duties/mapping_form.html")]
struct FormPage {
    shell: Shell,
    /// The mapping that is changed; `None` for a new one.
    id: Option<i64>,
    typed: Typed,
    fields: Vec<FieldLine>,
    kinds: Vec<String>,
    stages: Vec<String>,
    problems: Problems,
}

/// A field of the form with the columns it may be in.
struct FieldLine {
    key: String,
    name: &'static str,
    required: bool,
    hint: &'static str,
    /// Heading, what stands below it, and whether it is chosen.
    choices: Vec<(String, String, bool)>,
}

impl FormPage {
    fn problem(&self, field: &str) -> Option<&String> {
        self.problems.get(field)
    }
}

fn form_page(app: &App, person: &Person, id: Option<i64>, typed: Typed, problems: Problems) -> FormPage {
    let line = |field: Field| FieldLine {
        key: word(&field),
        name: field_name(field),
        required: field == Field::Title,
        hint: match field {
            Field::SourceId => "没有的，以链接或者内容识别同一公告。",
            Field::HsCodes => "有税号的按税号送达，没有的按标题中的产品推荐。",
            _ => "",
        },
        choices: typed
            .headings
            .iter()
            .enumerate()
            .filter(|(_, heading)| !heading.is_empty())
            .map(|(column, heading)| {
                let example = typed.examples.get(column).cloned().unwrap_or_default();
                (heading.clone(), example, typed.columns.get(&field) == Some(heading))
            })
            .collect(),
    };
    FormPage {
        shell: Shell::new(app, person, FEEDS),
        id,
        fields: Field::ALL.into_iter().map(line).collect(),
        kinds: Kind::ALL.iter().map(word).collect(),
        stages: Stage::ALL.iter().map(word).collect(),
        typed,
        problems,
    }
}

/// Shows the first rows of a table, so that somebody can say what they are. Nothing is kept.
async fn look(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    loading(&app, &person, "column_mapping").await?;
    let sheet = posted.text("sheet").to_owned();
    let again = |sentence: String| -> Page {
        let page = new_page(&app, &person, &sheet, Some(sentence));
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    };
    let Some(file) = posted.files.first() else { return again("请选择文件。".to_owned()) };
    let (bytes, named) = (file.bytes.clone(), sheet.clone());
    let looked =
        tokio::task::spawn_blocking(move || sample(&bytes, Some(named.as_str()).filter(|name| !name.is_empty())));
    match looked.await.map_err(anyhow::Error::from)? {
        Ok(sample) => render(&form_page(&app, &person, None, Typed::of_sample(sample, &sheet), Problems::new())),
        Err(reason) => again(format!("{reason}。")),
    }
}

async fn add(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let (mandate, station) = loading(&app, &person, "column_mapping").await?;
    let typed = Typed::of_form(&posted);
    let new = match typed.judge()? {
        Ok(new) => new,
        Err(problems) => return refused(&app, &person, None, typed, problems),
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    match tx.add_column_mapping(station, &new).await {
        Ok(id) => {
            tx.note(format!("列映射：{}", new.name));
            tx.commit().await?;
            Ok(Redirect::to(&format!("{FEEDS}/uploads/new?mapping={id}&done=mapping_saved")).into_response())
        }
        Err(store::Error::Conflict(sentence)) => {
            tx.abandon().await?;
            refused(&app, &person, None, typed, [("name", format!("{sentence}。"))].into())
        }
        Err(error) => Err(error.into()),
    }
}

fn refused(app: &App, person: &Person, id: Option<i64>, typed: Typed, problems: Problems) -> Page {
    let page = form_page(app, person, id, typed, problems);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

async fn edit(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let (row, _) = found(&app, &person, id).await?;
    render(&form_page(&app, &person, Some(id), Typed::of_row(&row)?, Problems::new()))
}

async fn change(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (_, mandate) = found(&app, &person, id).await?;
    let typed = Typed::of_form(&posted);
    let new = match typed.judge()? {
        Ok(new) => new,
        Err(problems) => return refused(&app, &person, Some(id), typed, problems),
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    match tx.change_column_mapping(id, &new).await {
        Ok(()) => {
            tx.note(format!("修改列映射：{}", new.name));
            tx.commit().await?;
            Ok(Redirect::to(&format!("{MAPPINGS}?done=mapping_saved")).into_response())
        }
        Err(store::Error::Conflict(sentence)) => {
            tx.abandon().await?;
            refused(&app, &person, Some(id), typed, [("name", format!("{sentence}。"))].into())
        }
        Err(error) => Err(error.into()),
    }
}

async fn remove(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (row, mandate) = found(&app, &person, id).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.remove_column_mapping(id).await?;
    tx.note(format!("移除列映射：{}", row.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{MAPPINGS}?done=mapping_removed")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_name_a_folder() {
        for name in ["a", "../etc", "a/b", "a:b", ".hidden", "done", "Refused", "a#b", &"长".repeat(41)] {
            assert!(name_problem(name).is_some(), "{name}");
        }
        for name in ["土耳其公告", "CN trade 2026", "..a b"] {
            assert_eq!(name_problem(name).is_some(), name.starts_with('.'), "{name}");
        }
    }

    #[test]
    fn the_closed_lists_are_whole() {
        let kept = |word: &str| of_word::<Kind>(word).is_some() || of_word::<Stage>(word).is_some();
        assert!(Kind::ALL.iter().map(word).chain(Stage::ALL.iter().map(word)).all(|word| kept(&word)));
        assert_eq!(Field::ALL.iter().map(word).collect::<std::collections::BTreeSet<_>>().len(), Field::ALL.len());
        assert!(Field::ALL.iter().all(|field| of_word::<Field>(&word(field)) == Some(*field)));
    }
}
