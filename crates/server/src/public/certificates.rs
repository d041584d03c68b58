//! 证书查验: whether a station's certificate holds, by its number, for everyone; and the certificate itself, for those
//! who may see the station (Article 8 (4)).

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use papers::{CertificatePaper, certificate_pdf};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regulation::general::{Basis, Refusal, Verb};
use serde::Deserialize;
use store::duties::Station;

use super::everyone;
use crate::app::{App, Routes, download, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::documents::file_name;
use crate::shell::{Look, Shell, day, moment};

const PATH: &str = "/public/certificates";
/// What stands in an address as it is: numbers are read off paper and typed.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub fn routes() -> Routes {
    Routes::default()
        .get(PATH, Verb::ViewPublic, search)
        .get("/public/certificates/{number}", Verb::ViewPublic, show)
        .get("/public/certificates/{number}/certificate.pdf", Verb::ViewStation, pdf)
}

/// The public page on a number.
pub fn href(number: &str) -> String {
    format!("{PATH}/{}", utf8_percent_encode(number, KEPT))
}

/// Whether the station stands: one on its way out still does, until it is decided.
pub fn in_force(station: &Station) -> bool {
    station.ended_on.is_none()
}

#[derive(Deserialize)]
struct Asked {
    number: Option<String>,
}

#[derive(Template)]
#[template(path = "public/certificates.html")]
struct CertificatesPage {
    shell: Shell,
    number: String,
    /// `None` before anything was asked.
    answer: Option<Answer>,
}

enum Answer {
    Unknown,
    Known(Known),
}

struct Known {
    valid: bool,
    /// What became of it.
    state: String,
    number: String,
    name: String,
    host: String,
    city: String,
    industry: String,
    confirmed: String,
    /// Confirmed before this system: its confirmation is on an earlier document.
    legacy: bool,
    ended: Option<String>,
}

impl Answer {
    fn new(app: &App, station: Option<Station>) -> Answer {
        let Some(station) = station else { return Answer::Unknown };
        Answer::Known(Known {
            valid: in_force(&station),
            legacy: station.source == "legacy",
            city: app.present().edition.area_name(&station.city).to_owned(),
            state: station.state,
            number: station.number,
            name: station.name,
            host: station.host_name,
            industry: station.industry,
            confirmed: day(station.confirmed_on),
            ended: station.ended_on.map(day),
        })
    }
}

async fn search(State(app): State<App>, look: Look, Query(asked): Query<Asked>) -> Page {
    let number = asked.number.unwrap_or_default().trim().to_owned();
    let answer = match number.is_empty() {
        true => None,
        false => Some(Answer::new(&app, app.store.station_by_number(&everyone(&app), &number).await?)),
    };
    render(&CertificatesPage { shell: Shell::public(&app, &look, PATH), number, answer })
}

async fn show(State(app): State<App>, look: Look, Path(number): Path<String>) -> Page {
    let answer = Answer::new(&app, app.store.station_by_number(&everyone(&app), &number).await?);
    let status = if matches!(answer, Answer::Unknown) { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let page = render(&CertificatesPage { shell: Shell::public(&app, &look, PATH), number, answer: Some(answer) })?;
    Ok((status, page).into_response())
}

async fn pdf(State(app): State<App>, person: Person, Path(number): Path<String>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewStation)?;
    let station = app.store.station_by_number(&scope, &number).await?.ok_or(Fault::NotFound)?;
    if !in_force(&station) {
        let reason = format!("该站{}，不再出具证书。", station.state);
        return Err(Refusal::new(Basis::Item("8-4"), reason).into());
    }
    let name = file_name(&format!("证书-{}-{}", station.number, station.name));
    let paper = certificate(&app, &station);
    let bytes = app.print(move |fonts| certificate_pdf(&paper, fonts)).await?;
    Ok(download(&format!("{name}.pdf"), "application/pdf", bytes))
}

/// The certificate of a station in force, from what the register says of it.
fn certificate(app: &App, station: &Station) -> CertificatePaper {
    let present = app.present();
    let head = &present.edition.head;
    let address = app.settings.public_address.trim_end_matches('/');
    let on = station.confirmed_on;
    CertificatePaper {
        title: format!("{}应对国际贸易摩擦工作站", head.jurisdiction),
        station: station.name.clone(),
        host: station.host_name.clone(),
        number: station.number.clone(),
        city: present.edition.area_name(&station.city).to_owned(),
        industry: station.industry.clone(),
        note: if station.source == "legacy" { "按原确认文件登记".to_owned() } else { String::new() },
        since: format!("{}年{}月{}日", on / 10_000, on / 100 % 100, on % 100),
        issuer: head.department.clone(),
        check_address: if address.is_empty() { String::new() } else { format!("{address}{}", href(&station.number)) },
        printed_at: moment(app.clock.now()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_part_whatever_the_number() {
        assert_eq!(href("37-001"), "/public/certificates/37-001");
        assert_eq!(href("鲁1/2?"), "/public/certificates/%E9%B2%811%2F2%3F");
    }
}
