//! 催办 (Article 14, reading K46): reminders by the calendar, the list of whom to call, and the calls made.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use jiff::Span;
use jiff::civil::Date;
use papers::{ColumnPaper, TablePaper};
use regulation::appraisal::inspection::Stage;
use regulation::general::{Mandate, Refusal, Scope, Subject, Verb};
use regulation::law::{Edition, NumberValue};
use store::appraisal::{Call, Cycle, NewReminder, Reminder};
use store::duties::Station;

use super::inspection::{self, Standing, cycle_of, open, station_href, stations};
use super::submission;
use crate::app::{App, Routes, XLSX, download, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, moment_of};

/// Deadlines whose keepers are reminded.
const REMINDED: [&str; 2] = ["appraisal.submission", "appraisal.city_check"];

/// The last day to ask for review: each station has its own, from its feedback on (reading K51).
const REVIEW: &str = "appraisal.review_request";

pub fn routes() -> Routes {
    Routes::default()
        .get("/appraisal/cycles/{year}/dunning", Verb::ViewDunning, list)
        .get("/appraisal/cycles/{year}/dunning.xlsx", Verb::ViewDunning, export)
        .post("/appraisal/cycles/{year}/stations/{id}/calls", Verb::LogCall, log)
}

/// Days from a deadline on which its keepers are reminded: negative before it, in the order of time.
pub fn offsets(edition: &Edition) -> Vec<i64> {
    schedule(edition, "reminders")
}

/// The same for the days of review, which are few.
fn review_offsets(edition: &Edition) -> Vec<i64> {
    schedule(edition, "reminders.review_request")
}

fn schedule(edition: &Edition, before: &str) -> Vec<i64> {
    let list = |id: &str| match edition.number(id).map(|number| &number.value) {
        Some(NumberValue::List(days)) => days.clone(),
        _ => Vec::new(),
    };
    let mut days: Vec<i64> = list(before).into_iter().map(|day| -day).chain(list("reminders.after")).collect();
    days.sort_unstable();
    days
}

/// Of a deadline's reminders the newest that has come: those passed over while the server stood still are not sent
/// late, and a date that moved has a schedule of its own.
pub fn owed(offsets: &[i64], due: Date, today: Date) -> Option<i64> {
    let last = offsets.last().copied().unwrap_or_default();
    let come = |offset: &i64| due.saturating_add(Span::new().days(*offset)) <= today;
    let over = today > due.saturating_add(Span::new().days(last));
    offsets.iter().copied().rfind(come).filter(|_| !over)
}

/// Makes what is owed today: run by the worker. Returns how many were made.
///
/// # Errors
/// Fails when the database does.
pub async fn remind(app: &App) -> anyhow::Result<u64> {
    let (present, today) = (app.present(), app.clock.today());
    let mut new = Vec::new();
    for cycle in present.cycles.iter().filter(|cycle| cycle.state == "open") {
        let offsets = offsets(&*app.edition_of(cycle.year).await?);
        for deadline in REMINDED {
            let Some(due) = present.inspection_due(deadline, cycle.year) else { continue };
            if let Some(offset_days) = owed(&offsets, due.on, today) {
                let due_day = store::day_number(due.on);
                new.push(NewReminder { year: cycle.year, deadline: deadline.to_owned(), offset_days, due_day });
            }
        }
    }
    let review = review_owed(app, today).await?;
    let at = app.clock.now();
    Ok(app.store.remind(&new, at).await? + app.store.remind_each(&review, at).await?)
}

/// What is owed today to stations whose result is fed back and may still be asked to be reviewed.
async fn review_owed(app: &App, today: Date) -> anyhow::Result<Vec<(i64, NewReminder)>> {
    let mut new = Vec::new();
    for cycle in app.present().cycles.iter().filter(|cycle| cycle.state == "open") {
        let offsets = review_offsets(&*app.edition_of(cycle.year).await?);
        for (station, standing) in inspection::standings(app, &Scope::All, cycle.year).await? {
            let Stage::FedBack { until, .. } = standing.stage else { continue };
            if let Some(offset_days) = owed(&offsets, until, today) {
                let due_day = store::day_number(until);
                new.push((
                    station,
                    NewReminder { year: cycle.year, deadline: REVIEW.to_owned(), offset_days, due_day },
                ));
            }
        }
    }
    Ok(new)
}

/// What a reminder's keeper still owes or may still do, by which it is told apart from one that no longer speaks.
pub struct Owed {
    /// Whether the material was handed in.
    pub handed_in: bool,
    /// The last day to ask for review, while nothing was asked.
    pub review_until: Option<Date>,
}

impl Owed {
    /// Of a station's year; a city's reminders always speak.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn read(app: &App, year: i64, station: Option<i64>) -> anyhow::Result<Owed> {
        let Some(station) = station else { return Ok(Owed { handed_in: false, review_until: None }) };
        let stage = Standing::read(app, year, station).await?.stage;
        let review_until = match stage {
            Stage::FedBack { until, .. } => Some(until),
            _ => None,
        };
        Ok(Owed { handed_in: stage.first().is_some(), review_until })
    }
}

/// A reminder of an open year as one reads it on the desk: `None` when nothing is owed any more.
pub fn sentence(app: &App, reminder: &Reminder, owed: &Owed) -> Option<String> {
    let year = reminder.year;
    let (what, due, text) = match reminder.deadline.as_str() {
        REVIEW => {
            let until = owed.review_until?;
            ("对评估结果有异议的，可以申请复核", until, format!("{until} 24时"))
        }
        deadline => {
            let due = app.present().inspection_due(deadline, year).filter(|_| !owed.handed_in)?;
            let what = if deadline == "appraisal.city_check" {
                "完成市级核查并上报"
            } else {
                "报送年度评估材料"
            };
            (what, due.on, due.text())
        }
    };
    // A reminder of a date that moved since no longer speaks.
    if store::day_number(due) != reminder.due_day {
        return None;
    }
    let when = match due.until(app.clock.today()).map_or(0, |span| span.get_days()) {
        days @ ..0 => format!("距截止 {} 天", -days),
        0 => "今天截止".to_owned(),
        _ if reminder.deadline == REVIEW => "申请期限已届满".to_owned(),
        days => format!("已逾期 {days} 天"),
    };
    Some(format!("{year}年度：{what}，{when}（{text}，{} 提醒）", moment_of(reminder.made_at)))
}

#[derive(Template)]
#[template(path = "appraisal/dunning.html")]
struct DunningPage {
    shell: Shell,
    year: i64,
    deadline: String,
    lines: Vec<Line>,
    text: String,
}

struct Line {
    id: i64,
    number: String,
    name: String,
    city: String,
    href: String,
    state: &'static str,
    late: bool,
    reminded: String,
    calls: Vec<String>,
    may_log: bool,
}

/// Stations of a scope whose material is missing or waits for correction.
async fn lines(app: &App, person: &Person, scope: &Scope, cycle: &Cycle) -> anyhow::Result<Vec<Line>> {
    let year = cycle.year;
    let mut reminders: HashMap<i64, Vec<Reminder>> = HashMap::new();
    for reminder in app.store.reminders(year).await? {
        if let Some(station) = reminder.station_id.filter(|_| reminder.deadline != REVIEW) {
            reminders.entry(station).or_default().push(reminder);
        }
    }
    let mut calls: HashMap<i64, Vec<Call>> = HashMap::new();
    for call in app.store.calls(year).await? {
        calls.entry(call.station_id).or_default().push(call);
    }
    let over = submission::over(app, year);
    let mut lines = Vec::new();
    for (station, standing) in stations(app, scope, year).await? {
        let (state, late) = match standing.stage {
            Stage::Waiting | Stage::Filling if over => ("逾期未报", true),
            Stage::Waiting | Stage::Filling => ("未报", false),
            Stage::Returned { .. } => ("待补正", false),
            _ => continue,
        };
        let own = reminders.remove(&station.id).unwrap_or_default();
        let calls = calls.remove(&station.id).unwrap_or_default();
        let mut line = line(app, year, &station, (state, late), &own, &calls);
        line.may_log = logging(app, person, cycle, &station).is_ok();
        lines.push(line);
    }
    Ok(lines)
}

fn line(
    app: &App,
    year: i64,
    station: &Station,
    (state, late): (&'static str, bool),
    reminders: &[Reminder],
    calls: &[Call],
) -> Line {
    Line {
        id: station.id,
        number: station.number.clone(),
        name: station.name.clone(),
        city: app.present().edition.area_name(&station.city).to_owned(),
        href: station_href(year, station.id),
        state,
        late,
        reminded: match reminders.last() {
            Some(last) => format!("{} 次，最近 {}", reminders.len(), moment_of(last.made_at)),
            None => "未到提醒日".to_owned(),
        },
        calls: calls
            .iter()
            .map(|call| {
                format!("{}　{}：{}（{}）", moment_of(call.logged_at), call.spoke_to, call.outcome, call.logged_by)
            })
            .collect(),
        may_log: false,
    }
}

fn deadline_text(app: &App, year: i64) -> String {
    submission::deadline(app, year).map_or_else(String::new, |due| format!("{} {}", due.text(), due.time))
}

async fn list(State(app): State<App>, person: Person, Path(year): Path<i64>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewDunning)?;
    let cycle = cycle_of(&app, year)?;
    let lines = lines(&app, &person, &scope, &cycle).await?;
    let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    let deadline = deadline_text(&app, year);
    let text = format!(
        "{year}年度评估材料报送期限为{deadline}。以下{}家尚未报送或者补正：{}。请抓紧在管理系统中办理。",
        names.len(),
        names.join("、")
    );
    render(&DunningPage { shell: Shell::new(&app, &person, "/appraisal/cycles"), year, deadline, lines, text })
}

async fn export(State(app): State<App>, person: Person, Path(year): Path<i64>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewDunning)?;
    let cycle = cycle_of(&app, year)?;
    let lines = lines(&app, &person, &scope, &cycle).await?;
    let column = |title: &str| ColumnPaper { name: title.to_owned(), ..ColumnPaper::default() };
    let table = TablePaper {
        title: format!("{year}年度催办清单"),
        note: Some(format!("报送期限 {}", deadline_text(&app, year))),
        columns: ["编号", "工作站", "设区市", "情况", "已提醒", "通话记录"].into_iter().map(column).collect(),
        rows: lines
            .into_iter()
            .map(|line| {
                vec![line.number, line.name, line.city, line.state.to_owned(), line.reminded, line.calls.join("；")]
            })
            .collect(),
    };
    Ok(download(&format!("{year}年度催办清单.xlsx"), XLSX, papers::table_xlsx(&table)?))
}

/// Whether this person may note a call to that station now.
fn logging(app: &App, person: &Person, cycle: &Cycle, station: &Station) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::LogCall, &Subject::of_station("call", 0, &station.placed()))?;
    open(cycle)?;
    Ok(mandate)
}

async fn log(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>, posted: Posted) -> Page {
    person.check(&posted)?;
    let scope = person.scope_or_refuse(&app, Verb::LogCall)?;
    let station = app.store.station(&scope, id).await?.ok_or(Fault::NotFound)?;
    let cycle = cycle_of(&app, year)?;
    let mandate = logging(&app, &person, &cycle, &station)?;
    let (spoke_to, outcome) = (posted.text("spoke_to"), posted.text("outcome"));
    if spoke_to.is_empty() || outcome.is_empty() || spoke_to.chars().count() > 50 || outcome.chars().count() > 300 {
        return Err(Fault::Invalid("请填写通话对象（不超过 50 字）和结果（不超过 300 字）。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let added = tx.log_call(year, id, spoke_to, outcome).await?;
    tx.concerns(added);
    tx.note(format!("{year} 年度 {}：{outcome}", station.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/appraisal/cycles/{year}/dunning?done=called#s{id}")).into_response())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const OFFSETS: [i64; 6] = [-30, -15, -7, -3, -1, 1];

    #[test]
    fn each_reminder_has_its_day_and_none_is_sent_long_after() {
        let due = date(2027, 2, 1);
        for (today, expected) in [
            (date(2027, 1, 1), None),
            (date(2027, 1, 2), Some(-30)),
            (date(2027, 1, 16), Some(-30)),
            (date(2027, 1, 17), Some(-15)),
            (date(2027, 1, 31), Some(-1)),
            (date(2027, 2, 1), Some(-1)),
            (date(2027, 2, 2), Some(1)),
            (date(2027, 2, 3), None),
        ] {
            assert_eq!(owed(&OFFSETS, due, today), expected, "{today}");
        }
    }

    #[test]
    fn the_days_of_review_have_a_schedule_of_their_own() {
        let edition = crate::editions::draft().expect("the draft");
        assert_eq!(review_offsets(&edition), [-3, -1, 1]);
        let until = date(2028, 2, 23);
        for (today, expected) in [
            (date(2028, 2, 19), None),
            (date(2028, 2, 20), Some(-3)),
            (date(2028, 2, 22), Some(-1)),
            (date(2028, 2, 24), Some(1)),
            (date(2028, 2, 25), None),
        ] {
            assert_eq!(owed(&[-3, -1, 1], until, today), expected, "{today}");
        }
    }

    #[test]
    fn a_date_that_moves_moves_its_reminders() {
        let today = date(2027, 1, 31);
        assert_eq!(owed(&OFFSETS, date(2027, 2, 1), today), Some(-1));
        assert_eq!(owed(&OFFSETS, date(2027, 2, 15), today), Some(-15));
    }
}
