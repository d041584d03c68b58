//! 报告评分: the reports assigned to an expert, and their marks (Article 9, readings K3 and K63).

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use regulation::appraisal::inspection::Stage;
use regulation::appraisal::sheet::{Item, Rule};
use regulation::general::{Basis, Mandate, Refusal, Subject, Verb};
use regulation::law::{Edition, cite};
use regulation::{Points, exact_decimal};
use rust_decimal::Decimal;
use store::appraisal::{EntryRow, Work};

use super::graded_kinds;
use super::inspection::settled;
use super::ledger::reading::File;
use super::words::kind_name;
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, day};

const PATH: &str = "/appraisal/marks";

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::GradeWork, list).post(PATH, Verb::GradeWork, mark)
}

#[derive(Template)]
#[template(path = "appraisal/marks.html")]
struct MarksPage {
    shell: Shell,
    waiting: usize,
    done: usize,
    years: Vec<YearView>,
}

struct YearView {
    year: i64,
    due: String,
    groups: Vec<ItemView>,
}

/// The reports of one row, under what they are marked by.
struct ItemView {
    work: String,
    criteria: String,
    cited: String,
    max: String,
    readings: Vec<super::sheet::ReadingView>,
    works: Vec<WorkView>,
}

struct WorkView {
    id: i64,
    title: String,
    station: String,
    on: String,
    mark: String,
    comment: String,
    files: Vec<File>,
    /// Why it can no longer be marked.
    locked: Option<Refusal>,
}

/// Open years, newest first.
async fn list(State(app): State<App>, person: Person) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::GradeWork)?;
    let mut years = Vec::new();
    let (mut waiting, mut done) = (0, 0);
    let present = app.present();
    for cycle in present.cycles.iter().filter(|cycle| cycle.state == "open") {
        let edition = app.edition_of(cycle.year).await?;
        let works = app.store.works(&scope, person.actor.account, cycle.year, &graded_kinds(&edition)).await?;
        let ids: Vec<i64> = works.iter().map(|work| work.entry_id).collect();
        let mut files: HashMap<i64, Vec<File>> = HashMap::new();
        for attachment in app.store.attachments_of("ledger_entry", &ids).await? {
            files.entry(attachment.noun_id).or_default().push(File::new(attachment));
        }
        done += works.iter().filter(|work| work.mark.is_some()).count();
        waiting += works.iter().filter(|work| work.mark.is_none()).count();
        let due = present.inspection_due("appraisal.review", cycle.year);
        let stages = settled::stages_of(&app, &scope, cycle.year).await?;
        let role = person.actor.role;
        let locked =
            |station| stages.get(&station).and_then(|stage| settled::changeable(role, stage, cycle.year).err());
        years.push(YearView {
            year: cycle.year,
            due: due.map(|due| due.text()).unwrap_or_default(),
            groups: groups(&edition, works, &mut files, &locked),
        });
    }
    render(&MarksPage { shell: Shell::new(&app, &person, PATH), waiting, done, years })
}

fn groups(
    edition: &Edition,
    works: Vec<Work>,
    files: &mut HashMap<i64, Vec<File>>,
    locked: &dyn Fn(i64) -> Option<Refusal>,
) -> Vec<ItemView> {
    let graded = edition.sheet.items().filter_map(|item| match &item.rule {
        Rule::Graded { kind, max, .. } => Some((item, kind, max)),
        _ => None,
    });
    graded
        .map(|(item, kind, max)| ItemView {
            work: item.work.clone(),
            criteria: item.criteria.clone(),
            cited: format!("办法{}", cite(&item.article)),
            max: max.plain(),
            readings: item
                .readings
                .iter()
                .filter_map(|id| edition.reading(id))
                .map(super::sheet::reading_view)
                .collect(),
            works: works
                .iter()
                .filter(|work| work.kind == *kind)
                .map(|work| WorkView { locked: locked(work.station_id), ..work_view(edition, work, files) })
                .collect(),
        })
        .filter(|view| !view.works.is_empty())
        .collect()
}

fn work_view(edition: &Edition, work: &Work, files: &mut HashMap<i64, Vec<File>>) -> WorkView {
    WorkView {
        id: work.entry_id,
        title: if work.title.is_empty() { kind_name(edition, &work.kind).to_owned() } else { work.title.clone() },
        station: work.station.clone(),
        on: day(work.on_day),
        mark: work.mark.clone().unwrap_or_default(),
        comment: work.comment.clone().unwrap_or_default(),
        files: files.remove(&work.entry_id).unwrap_or_default(),
        locked: None,
    }
}

/// Whether this person may mark that report now.
fn marking(app: &App, person: &Person, row: &EntryRow, stage: &Stage) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::GradeWork, &Subject::of_station("mark", 0, &row.placed()))?;
    let year = row.on_day / 10_000;
    let state = app.present().cycles.iter().find(|cycle| cycle.year == year).map(|cycle| cycle.state.clone());
    match state.as_deref() {
        Some("open") => {}
        Some(_) => return Err(Refusal::new(Basis::Item("14"), format!("{year}年度结果已经确认，不再评分。"))),
        None => return Err(Refusal::new(Basis::Item("9"), format!("{year}年度评估尚未开启，不能评分。"))),
    }
    settled::changeable(person.actor.role, stage, year)?;
    if !row.live() {
        return Err(Refusal::new(Basis::Item("13"), "这份报告已被更正或撤回，请对最新的一份评分。"));
    }
    Ok(mandate)
}

/// A mark as typed: 0 to the row's maximum, at most two decimals.
fn read_mark(typed: &str, max: Points) -> Result<String, String> {
    let most = Decimal::new(max.tenths(), 1);
    let mark = exact_decimal(typed).map(|mark| mark.normalize());
    match mark.filter(|mark| mark.scale() <= 2 && *mark >= Decimal::ZERO && *mark <= most) {
        Some(mark) => Ok(mark.to_string()),
        None => Err(format!("评分应为 0 至 {} 之间、最多两位小数的数。", max.plain())),
    }
}

/// The row that marks reports of this kind, with its maximum.
fn graded_row<'e>(edition: &'e Edition, kind: &str) -> Option<(&'e Item, Points)> {
    edition.sheet.items().find_map(|item| match &item.rule {
        Rule::Graded { kind: graded, max, .. } if graded == kind => Some((item, *max)),
        _ => None,
    })
}

async fn mark(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let scope = person.scope_or_refuse(&app, Verb::GradeWork)?;
    let entry = posted.number("entry").ok_or(Fault::NotFound)?;
    let row = app.store.entry(&scope, entry).await?.ok_or(Fault::NotFound)?;
    let year = row.on_day / 10_000;
    let stage = settled::stage_of(&app, year, row.station_id).await?;
    let mandate = marking(&app, &person, &row, &stage)?;
    let edition = app.edition_of(year).await?;
    let (item, max) = graded_row(&edition, &row.kind).ok_or(Fault::NotFound)?;
    let mark = read_mark(posted.text("mark"), max).map_err(Fault::Invalid)?;
    let comment = posted.text("comment");
    if comment.chars().count() > 1000 {
        return Err(Fault::Invalid("评语不超过 1000 字。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.add_mark(row.station_id, year, &item.id, entry, &mark, comment).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}?done=marked#work-{entry}")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_has_at_most_two_decimals_and_stays_in_its_range() {
        let max = Points::from_tenths(100);
        for (typed, kept) in [("8", "8"), ("8.25", "8.25"), ("8.50", "8.5"), ("0", "0"), ("10.00", "10")] {
            assert_eq!(read_mark(typed, max).as_deref(), Ok(kept), "{typed}");
        }
        for typed in ["", "8.255", "10.01", "-1", "九", "8,5", "NaN"] {
            assert!(read_mark(typed, max).is_err(), "{typed}");
        }
    }
}
