//! The area a role is granted for.

use regulation::general::{Role, Scope};
use regulation::law::Edition;
use store::duties::{Station, StationFilter};

use crate::app::App;
use crate::appraisal::ledger::Problems;
use crate::posted::Posted;

/// What a role reaches: what is stored with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Area {
    pub city: Option<String>,
    pub county: Option<String>,
    pub station: Option<i64>,
    /// In words, for the audit row.
    pub name: String,
}

/// The area a form gives, as far as the role asks for one; anything else in the form is left aside.
///
/// # Errors
/// The problem of the one field the role needs.
pub fn judge(edition: &Edition, role: Role, posted: &Posted, station: Option<Station>) -> Result<Area, Problems> {
    let lacking = |field, sentence: &str| Err(vec![(field, sentence.to_owned())]);
    if role.of_station() {
        return match station {
            Some(station) => Ok(Area { station: Some(station.id), name: station.name, ..Area::default() }),
            None => lacking("station", "请填写工作站编号，须与名册一致。"),
        };
    }
    if role.of_city() {
        return match edition.area(posted.text("city")) {
            Some(area) => Ok(Area { city: Some(area.code.clone()), name: area.name.clone(), ..Area::default() }),
            None => lacking("city", "请选择设区市。"),
        };
    }
    if role == Role::County {
        let code = posted.text("county");
        let city = edition.head.areas.iter().find(|area| area.counties.iter().any(|county| county.code == code));
        return match city {
            Some(city) => Ok(Area {
                city: Some(city.code.clone()),
                county: Some(code.to_owned()),
                station: None,
                name: format!("{}{}", city.name, edition.area_name(code)),
            }),
            None => lacking("county", "请选择县（市、区）。"),
        };
    }
    Ok(Area::default())
}

/// The station with exactly this number.
///
/// # Errors
/// Fails when the database does.
pub async fn station(app: &App, number: &str) -> store::Result<Option<Station>> {
    if number.is_empty() {
        return Ok(None);
    }
    let filter = StationFilter { text: Some(number.to_owned()), ..StationFilter::default() };
    let found = app.store.stations(&Scope::All, &filter, "", 50).await?;
    Ok(found.into_iter().find(|station| station.number == number))
}
