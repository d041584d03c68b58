//! 现场检查 (Articles 9, 10): the check of a station on site by its city, by the province where it was drawn, and by
//! evaluators; on a phone, off line too.

mod conflict;
mod files;
mod form;
mod list;
mod record;

use std::sync::Arc;

use regulation::appraisal::checklist::{self, Check, Section};
use regulation::general::{AccountId, Basis, Manager, Mandate, Refusal, Role, Scope, Subject, Verb};
use regulation::law::Edition;
use store::appraisal::{CheckOf, Cycle, SiteCheck};
use store::duties::Station;
use store::files::Attachment;

use super::ledger::reading::File;
use super::reckon;
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::Fault;

pub const PATH: &str = "/appraisal/checks";

/// What attachments of a check hang on.
const NOUN: &str = "site_check";

pub fn routes() -> Routes {
    Routes::default()
        .with(list::routes())
        .with(form::routes())
        .with(conflict::routes())
        .with(record::routes())
        .with(files::routes())
}

/// Whose check it is: each layer keeps its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    City,
    Province,
    Evaluator,
}

impl Layer {
    /// The layer a role checks for.
    pub fn of(role: Role) -> Option<Layer> {
        match role {
            Role::Evaluator => Some(Layer::Evaluator),
            role if role.of_city() => Some(Layer::City),
            role if role.of_province() => Some(Layer::Province),
            _ => None,
        }
    }

    pub fn key(self) -> &'static str {
        match self {
            Layer::City => "city",
            Layer::Province => "province",
            Layer::Evaluator => "evaluator",
        }
    }

    pub fn name(self) -> &'static str {
        name_of(self.key())
    }

    /// The deadline of the calendar that prompts for it.
    fn deadline(self) -> &'static str {
        match self {
            Layer::City => "appraisal.city_check",
            Layer::Province | Layer::Evaluator => "appraisal.review",
        }
    }
}

/// What people call a layer's check.
pub fn name_of(layer: &str) -> &'static str {
    match layer {
        "city" => "市级现场检查",
        "province" => "省级现场检查",
        "evaluator" => "第三方现场检查",
        _ => "",
    }
}

/// A station's year as the person before us checks it.
pub struct Target {
    pub year: i64,
    pub station: Station,
    pub cycle: Option<Cycle>,
    pub edition: Arc<Edition>,
    pub layer: Layer,
    pub assessor: AccountId,
    /// Whether the province drew it.
    pub sampled: bool,
}

impl Target {
    /// The station of an address, for this person's layer. One out of an evaluator's period is refused, one that is not
    /// theirs is not there (reading K34).
    async fn find(app: &App, person: &Person, year: i64, id: i64) -> Result<Target, Fault> {
        let scope = person.scope(app, Verb::CheckOnSite);
        let Some(layer) = Layer::of(person.actor.role).filter(|_| scope != Scope::Nothing) else {
            person.may(app, Verb::CheckOnSite, &Subject { station: Some(id), ..Subject::default() })?;
            return Err(Fault::NotFound);
        };
        let station = app.store.station(&scope, id).await?;
        let station = station.ok_or_else(|| person.out_of_sight(app, Verb::CheckOnSite, id))?;
        let cycle = app.present().cycles.iter().find(|cycle| cycle.year == year).cloned();
        let only = Scope::Stations(vec![id]);
        let sampled = layer == Layer::Province && !app.store.sampled(&only, year).await?.is_empty();
        Ok(Target {
            year,
            cycle,
            edition: app.edition_of(year).await?,
            layer,
            assessor: if layer == Layer::Evaluator { person.actor.account } else { 0 },
            sampled,
            station,
        })
    }

    fn of<'a>(&self, placed: &'a regulation::general::Placed) -> CheckOf<'a> {
        CheckOf { year: self.year, station: placed, layer: self.layer.key(), assessor: self.assessor }
    }

    fn href(&self) -> String {
        href(self.year, self.station.id)
    }

    fn sections(&self) -> Vec<Section> {
        checklist::checklist(&self.edition)
    }
}

/// The form's address.
pub fn href(year: i64, station: i64) -> String {
    format!("{PATH}/{year}/stations/{station}")
}

/// Whether this person may check that station on site now. Button and submit both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn checking(app: &App, person: &Person, target: &Target) -> Result<Mandate, Refusal> {
    let subject = Subject::of_station(NOUN, 0, &target.station.placed());
    let mandate = person.may(app, Verb::CheckOnSite, &subject)?;
    let no = |item, reason: String| Err(Refusal::new(Basis::Item(item), reason));
    match target.cycle.as_ref().map(|cycle| cycle.state.as_str()) {
        None => return no("9", format!("{}年度评估尚未开启，不能登记现场检查。", target.year)),
        Some("open") => {}
        Some(_) => return no("14", format!("{}年度结果已经确认，不再登记现场检查。", target.year)),
    }
    if !reckon::active(&target.station, target.year) {
        return no("9", format!("该站{}年度不在有效期内，不参加年度检查。", target.year));
    }
    match target.layer {
        // Its own stations the province checks as a city does the others; those of the cities, where it drew them.
        Layer::Province if !target.sampled && target.station.manager() == Manager::City => {
            no("10-3", "该站没有被抽中。随时抽查的，请在“抽查和整改”中登记（办法第十二条）。".to_owned())
        }
        _ => Ok(mandate),
    }
}

/// A saving's content.
fn content(check: &SiteCheck) -> Result<Check, Fault> {
    Ok(serde_json::from_str(&check.content).map_err(anyhow::Error::from)?)
}

/// Files of savings, each hash once.
fn photos(attachments: Vec<Attachment>) -> Vec<(String, File)> {
    let mut seen: Vec<(String, File)> = Vec::new();
    for attachment in attachments {
        if !seen.iter().any(|(sha256, _)| *sha256 == attachment.sha256) {
            seen.push((attachment.sha256.clone(), File::new(attachment)));
        }
    }
    seen
}
