//! 指派专家和第三方 (Article 9, reading K34): who may look at which stations, until when.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use regulation::general::{Basis, Mandate, Refusal, Role, Scope, Subject, Verb};
use store::appraisal::{AssignmentRow, Cycle};
use store::duties::StationFilter;

use super::ledger::parse_day;
use super::reckon;
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, day, moment_of};

pub fn routes() -> Routes {
    Routes::default().get("/appraisal/cycles/{year}/assignments", Verb::AssignAssessor, list).post(
        "/appraisal/cycles/{year}/assignments",
        Verb::AssignAssessor,
        assign,
    )
}

#[derive(Template)]
#[template(path = "appraisal/assignments.html")]
struct AssignmentsPage {
    shell: Shell,
    year: i64,
    assessors: Vec<(i64, String)>,
    cities: Vec<CityView>,
    until: String,
    today: String,
    rows: Vec<AssessorView>,
    assign: Result<(), Refusal>,
}

struct CityView {
    name: String,
    stations: Vec<(i64, String)>,
}

/// One assessor's stations.
struct AssessorView {
    name: String,
    role: &'static str,
    stations: Vec<StationView>,
}

struct StationView {
    id: i64,
    name: String,
    from: Option<String>,
    until: String,
    ended: bool,
    made: String,
}

/// Whether this person may assign assessors for that year now.
fn assignment(app: &App, person: &Person, cycle: &Cycle) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::AssignAssessor, &Subject::whole("assignment", cycle.year))?;
    match cycle.state.as_str() {
        "open" => Ok(mandate),
        _ => Err(Refusal::new(Basis::Item("14"), format!("{}年度结果已经确认，不再指派。", cycle.year))),
    }
}

async fn list(State(app): State<App>, person: Person, Path(year): Path<i64>) -> Page {
    person.scope_or_refuse(&app, Verb::AssignAssessor)?;
    let cycle = app.present().cycles.iter().find(|cycle| cycle.year == year).cloned().ok_or(Fault::NotFound)?;
    let edition = app.edition_of(year).await?;
    let stations = app.store.stations(&Scope::All, &StationFilter::default(), "", i64::MAX).await?;
    let mut by_city: BTreeMap<String, Vec<(i64, String)>> = BTreeMap::new();
    for station in stations.iter().filter(|station| reckon::active(station, year)) {
        by_city.entry(station.city.clone()).or_default().push((station.id, station.name.clone()));
    }
    let due = app.present().inspection_due("appraisal.review", year).map(|due| due.on);
    let today = app.clock.today();
    render(&AssignmentsPage {
        shell: Shell::new(&app, &person, "/appraisal/cycles"),
        year,
        assessors: app
            .store
            .assessors()
            .await?
            .into_iter()
            .map(|a| (a.id, format!("{}（{}）", a.display_name, role_name(&a.role))))
            .collect(),
        cities: by_city
            .into_iter()
            .map(|(city, stations)| CityView { name: edition.area_name(&city).to_owned(), stations })
            .collect(),
        until: due.filter(|due| *due >= today).unwrap_or(today).to_string(),
        rows: grouped(app.store.assignments_of(year).await?, store::day_number(today)),
        today: today.to_string(),
        assign: assignment(&app, &person, &cycle).map(drop),
    })
}

fn role_name(key: &str) -> &'static str {
    Role::from_key(key).map_or("", Role::name)
}

fn grouped(rows: Vec<AssignmentRow>, today: i64) -> Vec<AssessorView> {
    let mut views: Vec<(i64, AssessorView)> = Vec::new();
    for row in rows {
        let station = StationView {
            id: row.station_id,
            name: row.station,
            from: row.from_on.map(day),
            until: day(row.until_on),
            ended: row.until_on < today,
            made: format!("{}　{}", moment_of(row.made_at), row.made_by),
        };
        match views.last_mut().filter(|(account, _)| *account == row.account_id) {
            Some((_, view)) => view.stations.push(station),
            None => {
                let view = AssessorView { name: row.assessor, role: role_name(&row.role), stations: vec![station] };
                views.push((row.account_id, view));
            }
        }
    }
    views.into_iter().map(|(_, view)| view).collect()
}

async fn assign(State(app): State<App>, person: Person, Path(year): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.scope_or_refuse(&app, Verb::AssignAssessor)?;
    let cycle = app.store.cycle(year).await?.ok_or(Fault::NotFound)?;
    let mandate = assignment(&app, &person, &cycle)?;
    let account = posted.number("account");
    let assessors = app.store.assessors().await?;
    let assessor = assessors.iter().find(|assessor| Some(assessor.id) == account);
    let assessor = assessor.ok_or_else(|| Fault::Invalid("请选择专家或第三方。".to_owned()))?;
    let until = parse_day(posted.text("until")).filter(|until| *until >= app.clock.today());
    let until = until.ok_or_else(|| Fault::Invalid("截止日期应写作 2027-03-31，且不早于今天。".to_owned()))?;
    let from = match posted.text("from") {
        "" => None,
        typed => Some(
            parse_day(typed)
                .filter(|from| *from <= until)
                .ok_or_else(|| Fault::Invalid("起始日期应写作 2027-02-16，截止日期不早于起始日期。".to_owned()))?,
        ),
    };
    let stations = app.store.stations(&Scope::All, &StationFilter::default(), "", i64::MAX).await?;
    let asked: Vec<i64> = posted.all("station").iter().filter_map(|id| id.parse().ok()).collect();
    let chosen: Vec<_> = stations.iter().filter(|station| asked.contains(&station.id)).collect();
    if chosen.is_empty() {
        return Err(Fault::Invalid("请至少选择一家工作站。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    for station in &chosen {
        let from = from.map(store::day_number);
        tx.assign_for(assessor.id, station.id, year, from, store::day_number(until)).await?;
    }
    let numbers: Vec<&str> = chosen.iter().map(|station| station.number.as_str()).collect();
    let from = from.map(|from| format!("自 {from} ")).unwrap_or_default();
    tx.note(format!("{year} 年度 {}：{}，{from}至 {until}", assessor.display_name, numbers.join("、")));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/appraisal/cycles/{year}/assignments?done=assigned")).into_response())
}
