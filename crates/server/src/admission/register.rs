//! The register of applications: the province sees all, a city its own, an applicant its own and where to begin.

use askama::Template;
use axum::extract::{Query, State};
use regulation::admission::{Route, STAGES, alone, name_of};
use regulation::general::{Basis, Mandate, Refusal, Role, Scope, Subject, Verb};
use serde::Deserialize;
use store::admission::{Applicant, Application, ApplicationFilter};

use super::{PATH, seen};
use crate::address::{address, cut};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::shell::{Shell, moment_of};

const SIZE: i64 = 50;

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::ViewApplication, list)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    round: String,
    city: String,
    stage: String,
    q: String,
    before: String,
}

impl Asked {
    fn filter(&self) -> ApplicationFilter {
        let chosen = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        ApplicationFilter {
            round: self.round.parse().ok(),
            city: chosen(&self.city),
            stage: chosen(&self.stage),
            text: chosen(&self.q),
        }
    }

    fn narrowed(&self) -> bool {
        [&self.round, &self.city, &self.stage, &self.q].iter().any(|text| !text.is_empty())
    }

    fn next(&self, before: i64) -> String {
        let before = before.to_string();
        let pairs = [("round", &*self.round), ("city", &self.city), ("stage", &self.stage), ("q", &self.q)];
        address(PATH, &[&pairs[..], &[("before", &*before)]].concat())
    }
}

#[derive(Template)]
#[template(path = "admission/register.html")]
struct RegisterPage {
    shell: Shell,
    /// Officials filter; an applicant has only its own.
    official: bool,
    begin: Option<Result<String, Refusal>>,
    rounds: Vec<(i64, String, bool)>,
    cities: Vec<(String, String, bool)>,
    stages: Vec<(&'static str, &'static str, bool)>,
    lines: Vec<Line>,
    next: Option<String>,
    narrowed: bool,
    asked: Asked,
}

struct Line {
    id: i64,
    number: String,
    name: String,
    station: String,
    city: String,
    route: &'static str,
    industry: String,
    stage: &'static str,
    class: &'static str,
    first: String,
    city_late: bool,
}

/// Class of a stage's mark.
pub fn class_of(stage: &str) -> &'static str {
    match stage {
        "city_passed" | "panel_review" | "shortlisted" | "noticed" | "confirmed" => "ok",
        "returned_city" | "returned_province" => "warn",
        "declined" => "bad",
        _ => "",
    }
}

/// Whether this applicant may begin an application now. Button and submit ask here.
///
/// # Errors
/// Fails when the database does; the refusal of the law inside.
pub async fn beginning(app: &App, person: &Person) -> Result<Result<Begin, Refusal>, Fault> {
    let subject = Subject::own_account("application", person.actor.account);
    let mandate = match person.may(app, Verb::FileApplication, &subject) {
        Ok(mandate) => mandate,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(applicant) = app.store.applicant(person.actor.account).await? else {
        return Ok(Err(Refusal::new(Basis::Item("2"), "该账户不是申请单位注册的账户，不能填报申请。")));
    };
    let Some((round, ..)) = super::rounds::at_work(app).await? else {
        return Ok(Err(Refusal::new(Basis::Item("8-1"), "目前没有在申报期内的年度申报。")));
    };
    let filter = ApplicationFilter { round: Some(round.id), ..ApplicationFilter::default() };
    let own = app.store.application_register(&Scope::Nothing, person.actor.account, &filter, i64::MAX, 1).await?;
    if !own.is_empty() {
        return Ok(Err(Refusal::new(Basis::Item("8-1"), "本单位在本年度已有申请，一个单位一年只提交一份。")));
    }
    let at_work = app.store.hosts_at_work(&[&applicant.uscc]).await?;
    if let Err(refusal) = alone("本单位", at_work.first().map(|(_, number)| number.as_str())) {
        return Ok(Err(refusal));
    }
    Ok(Ok(Begin { mandate, applicant, round }))
}

/// What an application is begun from.
pub struct Begin {
    pub mandate: Mandate,
    pub applicant: Applicant,
    pub round: store::admission::Round,
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = seen(&app, &person)?;
    let before = asked.before.parse().unwrap_or(i64::MAX);
    let account = person.actor.account;
    let mut rows = app.store.application_register(&scope, account, &asked.filter(), before, SIZE + 1).await?;
    let more = cut(&mut rows, SIZE);
    let next = rows.last().filter(|_| more).map(|last| asked.next(last.id));
    let present = app.present();
    let official = person.actor.role != Role::Applicant;
    let begin = if official { None } else { Some(beginning(&app, &person).await?.map(|begin| begin.round.name)) };
    let rounds = if official { app.store.rounds().await? } else { Vec::new() };
    let areas = present.edition.head.areas.iter();
    let cities = areas.map(|area| (area.code.clone(), area.name.clone(), area.code == asked.city));
    let line = |row: Application| Line {
        city: present.edition.area_name(&row.city).to_owned(),
        route: Route::from_key(&row.route).map_or("", Route::name),
        stage: name_of(&row.stage),
        class: class_of(&row.stage),
        first: row.first_at.map(moment_of).unwrap_or_default(),
        city_late: row.city_late != 0,
        industry: if row.comprehensive != 0 { format!("综合（{}）", row.industry) } else { row.industry },
        id: row.id,
        number: row.number,
        name: row.name,
        station: row.station_name,
    };
    render(&RegisterPage {
        shell: Shell::new(&app, &person, PATH),
        official,
        begin,
        rounds: rounds.into_iter().map(|r| (r.id, r.name, r.id.to_string() == asked.round)).collect(),
        cities: if scope == Scope::All { cities.collect() } else { Vec::new() },
        stages: STAGES.iter().skip(1).map(|(key, name)| (*key, *name, *key == asked.stage)).collect(),
        lines: rows.into_iter().map(line).collect(),
        next,
        narrowed: asked.narrowed(),
        asked,
    })
}
