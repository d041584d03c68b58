//! 版本效力 (Article 19, reading K57): which edition holds until when, and what is opened under a lapsed one all the same.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use regulation::general::{Basis, Mandate, Refusal, Scope, Subject, Verb};
use regulation::law::{Edition, Validity};
use store::general::LapseOverride;

use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Look, Shell, moment_of};

const PATH: &str = "/general/rules/validity";

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::ViewRules, show).post(PATH, Verb::OverrideLapse, decide)
}

/// What is opened under an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Cycle,
    Round,
}

impl Purpose {
    const ALL: [Purpose; 2] = [Purpose::Cycle, Purpose::Round];

    fn key(self) -> &'static str {
        match self {
            Purpose::Cycle => "cycle",
            Purpose::Round => "round",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Purpose::Cycle => "年度评估",
            Purpose::Round => "年度申报",
        }
    }

    fn from_key(key: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|purpose| purpose.key() == key)
    }
}

/// The edition a year or round would be opened under, with what was decided about it once it had lapsed.
pub struct Ground {
    pub edition: Arc<Edition>,
    decided: Vec<LapseOverride>,
}

impl Ground {
    /// The newest edition; decisions are read only of one that has lapsed.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn of(app: &App) -> anyhow::Result<Ground> {
        let edition = app.editions.newest(&app.store).await?;
        let decided = match edition.validity_on(app.clock.today()) {
            Validity::Lapsed { .. } => app.store.lapse_overrides(Some(&edition.head.id)).await?,
            _ => Vec::new(),
        };
        Ok(Ground { edition, decided })
    }

    /// The decision to open a year's cycle or round under it though it has lapsed.
    pub fn decision(&self, purpose: Purpose, year: i64) -> Option<&LapseOverride> {
        self.decided.iter().find(|one| one.purpose == purpose.key() && one.year == year)
    }

    /// Whether a year's cycle or round may begin under it today. Link, form and submit all ask here.
    ///
    /// # Errors
    /// The refusal, with article and sentence.
    pub fn begins(&self, app: &App, purpose: Purpose, year: i64) -> Result<(), Refusal> {
        self.edition.begins(app.clock.today(), self.decision(purpose, year).is_some())
    }
}

/// What was decided about a year's round under its edition, among all decisions.
pub fn of_round<'a>(decisions: &'a [LapseOverride], edition: &str, year: i64) -> Option<&'a LapseOverride> {
    let of = |one: &&LapseOverride| one.purpose == Purpose::Round.key() && one.year == year;
    decisions.iter().filter(of).find(|one| one.edition_id == edition)
}

/// A decision as the page of its year or round tells it.
pub fn told(decision: &LapseOverride) -> String {
    format!("{}（{}　{}）", decision.reason, moment_of(decision.recorded_at), decision.recorded_by)
}

#[derive(Template)]
#[template(path = "general/validity.html")]
struct ValidityPage {
    shell: Shell,
    edition: Arc<Edition>,
    until: String,
    state: (&'static str, &'static str),
    warning: Option<String>,
    decisions: Vec<(String, String)>,
    /// `None` for those who never decide.
    decide: Option<Result<(), Refusal>>,
    purposes: Vec<(&'static str, &'static str, bool)>,
    year: String,
    reason: String,
    problem: Option<String>,
}

/// Whether this person may decide to go on with that edition. Button and submit both ask here.
fn deciding(app: &App, person: &Person, edition: &Edition, year: i64) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::OverrideLapse, &Subject::whole("lapse_override", year))?;
    match edition.validity_on(app.clock.today()) {
        Validity::Lapsed { .. } => Ok(mandate),
        _ => {
            let reason = format!("规则版本 {} 没有失效，不需要决定沿用。", edition.head.id);
            Err(Refusal::new(Basis::Item("19"), reason))
        }
    }
}

fn state_of(validity: Validity) -> (&'static str, &'static str) {
    match validity {
        Validity::Valid => ("ok", "有效"),
        Validity::Lapsing { .. } => ("warn", "即将届满"),
        Validity::Lapsed { .. } => ("bad", "已经失效"),
    }
}

async fn page(
    app: &App,
    person: Result<Person, Fault>,
    look: &Look,
    posted: Option<&Posted>,
    problem: Option<String>,
) -> Result<ValidityPage, Fault> {
    let edition = app.editions.newest(&app.store).await?;
    let today = app.clock.today();
    let decisions = app.store.lapse_overrides(Some(&edition.head.id)).await?;
    let decide = match &person {
        Ok(person) if person.scope(app, Verb::OverrideLapse) != Scope::Nothing => {
            Some(deciding(app, person, &edition, 0).map(drop))
        }
        _ => None,
    };
    let typed = |name: &str| posted.map(|posted| posted.text(name).to_owned()).unwrap_or_default();
    let purpose = typed("purpose");
    let name = |key: &str| Purpose::from_key(key).map_or("", Purpose::name);
    Ok(ValidityPage {
        shell: Shell::for_anyone(app, person, look, super::PATH),
        until: super::validity(&edition),
        state: state_of(edition.validity_on(today)),
        warning: edition.expiry_warning(today),
        decisions: decisions.iter().map(|one| (format!("{}{}", one.year, name(&one.purpose)), told(one))).collect(),
        decide,
        purposes: Purpose::ALL.map(|one| (one.key(), one.name(), one.key() == purpose)).to_vec(),
        year: if posted.is_some() { typed("year") } else { today.year().to_string() },
        reason: typed("reason"),
        problem,
        edition,
    })
}

/// Open to everyone, as the rules are.
async fn show(State(app): State<App>, person: Result<Person, Fault>, look: Look) -> Page {
    render(&page(&app, person, &look, None, None).await?)
}

/// What was typed, or the first thing wrong with it.
fn asked(app: &App, posted: &Posted) -> Result<(Purpose, i64, String), &'static str> {
    let purpose = Purpose::from_key(posted.text("purpose")).ok_or("请选择沿用于哪一项。")?;
    let this = i64::from(app.clock.today().year());
    let year = posted.number("year").filter(|year| (this - 1..=this + 1).contains(year));
    let year = year.ok_or("年度应为上一年、今年或者明年。")?;
    let reason = posted.text("reason").split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.is_empty() || reason.chars().count() > 300 {
        return Err("请填写理由，不超过 300 字。");
    }
    Ok((purpose, year, reason))
}

async fn decide(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let edition = app.editions.newest(&app.store).await?;
    deciding(&app, &person, &edition, 0)?;
    let (purpose, year, reason) = match asked(&app, &posted) {
        Ok(asked) => asked,
        Err(problem) => {
            let look = person.look;
            let form = page(&app, Ok(person), &look, Some(&posted), Some(problem.to_owned())).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(form.render()?)).into_response());
        }
    };
    let mandate = deciding(&app, &person, &edition, year)?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.add_lapse_override(&edition.head.id, purpose.key(), year, &reason).await?;
    tx.note(format!("{year}{}沿用规则版本 {}：{reason}", purpose.name(), edition.head.id));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}?done=overridden")).into_response())
}
