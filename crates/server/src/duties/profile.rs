//! What a station says of itself: address, website, HS chapters. The rest stands in its confirmation.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use regulation::general::{Mandate, Subject, Verb};
use store::duties::Station;

use super::roster::judge::{shown_codes, split_codes};
use super::{STATIONS, visible};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::{Problems, web_address};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::Shell;

pub fn routes() -> Routes {
    Routes::default().get("/duties/stations/{id}/profile", Verb::MaintainRecord, form).post(
        "/duties/stations/{id}/profile",
        Verb::MaintainRecord,
        save,
    )
}

#[derive(Template)]
#[template(path = "duties/profile.html")]
struct ProfileForm {
    shell: Shell,
    id: i64,
    name: String,
    typed: Typed,
    problems: Problems,
}

impl ProfileForm {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Typed {
    address: String,
    website: String,
    hs_chapters: String,
}

/// The station and the right to change what it says of itself.
async fn maintained(app: &App, person: &Person, id: i64) -> Result<(Station, Mandate), Fault> {
    let station = visible(app, person, Verb::ViewStation, id).await?;
    let subject = Subject::of_station("station", id, &station.placed());
    let mandate = person.may(app, Verb::MaintainRecord, &subject)?;
    Ok((station, mandate))
}

async fn form(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let (station, _) = maintained(&app, &person, id).await?;
    let typed = Typed {
        address: station.address.clone(),
        website: station.website.clone(),
        hs_chapters: shown_codes(&station.hs_chapters),
    };
    render(&page(&app, &person, &station, typed, Problems::new()))
}

fn page(app: &App, person: &Person, station: &Station, typed: Typed, problems: Problems) -> ProfileForm {
    let shell = Shell::new(app, person, STATIONS);
    ProfileForm { shell, id: station.id, name: station.name.clone(), typed, problems }
}

/// Chapters in one spelling: two digits each, in order, once.
fn judge(typed: &Typed) -> Result<String, Problems> {
    let mut problems = Problems::new();
    if typed.address.chars().count() > 200 {
        problems.push(("address", "地址不超过 200 字。".to_owned()));
    }
    if !typed.website.is_empty() && !web_address(&typed.website) {
        problems.push(("website", "网址应以 http:// 或 https:// 开头。".to_owned()));
    }
    match tidy_chapters(&typed.hs_chapters) {
        Ok(chapters) if problems.is_empty() => Ok(chapters),
        Ok(_) => Err(problems),
        Err(sentence) => {
            problems.push(("hs_chapters", sentence));
            Err(problems)
        }
    }
}

/// Chapters as typed, in one spelling.
///
/// # Errors
/// A sentence naming what is no chapter.
pub fn tidy_chapters(typed: &str) -> Result<String, String> {
    let mut chapters: Vec<&str> = split_codes(typed).collect();
    chapters.sort_unstable();
    chapters.dedup();
    let wrong = chapters.iter().find(|chapter| {
        chapter.len() != 2 || !chapter.bytes().all(|byte| byte.is_ascii_digit()) || !("01"..="97").contains(*chapter)
    });
    match wrong {
        Some(wrong) => Err(format!("“{wrong}”不是 HS 章，应为 01 至 97 的两位数字。")),
        None => Ok(chapters.join(",")),
    }
}

async fn save(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let (station, mandate) = maintained(&app, &person, id).await?;
    let typed = Typed {
        address: posted.text("address").to_owned(),
        website: posted.text("website").to_owned(),
        hs_chapters: posted.text("hs_chapters").to_owned(),
    };
    let chapters = match judge(&typed) {
        Ok(chapters) => chapters,
        Err(problems) => {
            let page = page(&app, &person, &station, typed, problems);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
        }
    };
    let changes = changes(&station, &typed, &chapters);
    if !changes.is_empty() {
        let today = store::day_number(app.clock.today());
        let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
        tx.set_station_profile(id, &typed.address, &typed.website, &chapters).await?;
        tx.add_station_event(id, today, "基本情况更新", &changes).await?;
        tx.note(changes);
        tx.commit().await?;
    }
    Ok(Redirect::to(&format!("{STATIONS}/{id}?done=saved")).into_response())
}

/// What changed from what to what: the history and the audit trail both tell it.
fn changes(station: &Station, typed: &Typed, chapters: &str) -> String {
    let pairs = [
        ("办公地址", &*station.address, &*typed.address),
        ("网站", &station.website, &typed.website),
        ("关注 HS 章", &station.hs_chapters, chapters),
    ];
    let said = |text: &str| if text.is_empty() { "未登记".to_owned() } else { format!("“{text}”") };
    let changed: Vec<String> = pairs
        .iter()
        .filter(|(_, old, new)| old != new)
        .map(|(what, old, new)| format!("{what}由{}改为{}", said(old), said(new)))
        .collect();
    changed.join("；")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapters_are_two_digits_in_order() {
        let typed = |chapters: &str| Typed { hs_chapters: chapters.to_owned(), ..Typed::default() };
        assert_eq!(judge(&typed("87，40 40、39")), Ok("39,40,87".to_owned()));
        assert_eq!(judge(&typed("")), Ok(String::new()));
        for wrong in ["4", "400", "00", "98", "四十"] {
            assert!(judge(&typed(wrong)).is_err(), "{wrong}");
        }
    }
}
