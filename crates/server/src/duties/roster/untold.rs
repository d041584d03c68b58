//! 待转告: firms of a station's roster that no message on a warning reached. A warning finds firms of every roster; a firm
//! without an address, or whose letter was given up, is told by hand by the station that has it (Article 5(1), reading K93).

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use regulation::general::{Subject, Verb};
use serde::Deserialize;
use store::duties::Untold;

use super::{ROSTER, maintained};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::duties::warnings::address;
use crate::duties::warnings::publishing::ON_SITE;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, masked, moment_of};

pub const UNTOLD: &str = "/duties/roster/untold";
/// Firms of one page.
const PAGE: usize = 50;

pub fn routes() -> Routes {
    Routes::default().get(UNTOLD, Verb::MaintainRoster, list).post(
        "/duties/roster/untold/{id}/telling",
        Verb::MaintainRoster,
        tell,
    )
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "duties/roster_untold.html")]
struct UntoldPage {
    shell: Shell,
    lines: Vec<Line>,
    next: Option<String>,
}

struct Line {
    row: Untold,
    phone: String,
    since: String,
    /// Why no message reached it.
    why: String,
    /// The firm's own page of the warning.
    link: String,
}

impl Line {
    fn new(app: &App, row: Untold) -> Line {
        let why = match row.channel.as_str() {
            ON_SITE => "没有可用的邮箱或者手机号码".to_owned(),
            _ => format!("未送达：{}", row.problem),
        };
        Line {
            phone: masked(&row.phone),
            since: moment_of(row.queued_at),
            why,
            link: address(app, &format!("/letters/{}", row.token)),
            row,
        }
    }
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let (station, ..) = maintained(&app, &person, "delivery").await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = app.store.untold(station.id, asked.before.unwrap_or(i64::MAX), limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| format!("{UNTOLD}?before={}", row.id));
    let lines = rows.into_iter().map(|row| Line::new(&app, row)).collect();
    render(&UntoldPage { shell: Shell::new(&app, &person, ROSTER), lines, next })
}

/// The station told the firm.
async fn tell(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, placed, _) = maintained(&app, &person, "delivery").await?;
    let delivery = app.store.delivery(id).await?.filter(|delivery| delivery.station_id == station.id);
    let delivery = delivery.ok_or(Fault::NotFound)?;
    let mandate = person.may(&app, Verb::MaintainRoster, &Subject::of_station("delivery", id, &placed))?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.tell_by_hand(id).await?;
    tx.note(format!("转告 {}", delivery.firm));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{UNTOLD}?done=told_by_hand")).into_response())
}
