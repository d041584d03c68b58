//! 放假安排: which days are worked, year by year, as published (readings K27, K28). A year that is not here is never
//! guessed: deadlines that run into it are shown as 暂计.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use jiff::civil::Date;
use regulation::general::{HolidayYear, Subject, Verb};
use serde::Deserialize;
use store::general::HolidayRow;

use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::Page;
use crate::posted::Posted;
use crate::shell::{Shell, moment_of};

const PATH: &str = "/general/holidays";

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::LoadHolidays, list).post(PATH, Verb::LoadHolidays, load)
}

#[derive(Template)]
#[template(path = "general/holidays.html")]
struct HolidaysPage {
    shell: Shell,
    years: Vec<YearView>,
    typed: String,
    problem: Option<String>,
    missing: Vec<i16>,
}

struct YearView {
    year: i64,
    source: String,
    off: String,
    work: String,
    loaded: String,
}

impl YearView {
    fn new(row: &HolidayRow) -> store::Result<YearView> {
        let parsed = row.parsed()?;
        let days = |days: &[Date]| days.iter().map(|day| day.strftime("%-m.%-d").to_string()).collect::<Vec<_>>();
        Ok(YearView {
            year: row.year,
            off: days(&parsed.off).join("、"),
            work: days(&parsed.work).join("、"),
            source: parsed.source,
            loaded: format!("{}　{}", moment_of(row.loaded_at), row.loaded_by),
        })
    }
}

async fn page(app: &App, person: &Person, typed: &str, problem: Option<String>) -> anyhow::Result<HolidaysPage> {
    let rows = app.store.holiday_years().await?;
    let this = app.clock.today().year();
    let missing = (this..=this + 1).filter(|year| rows.iter().all(|row| row.year != i64::from(*year))).collect();
    let years = rows.iter().rev().map(YearView::new).collect::<store::Result<_>>()?;
    Ok(HolidaysPage { shell: Shell::new(app, person, PATH), years, typed: typed.to_owned(), problem, missing })
}

async fn list(State(app): State<App>, person: Person) -> Page {
    person.may(&app, Verb::LoadHolidays, &Subject::whole("holiday_year", 0))?;
    render(&page(&app, &person, "", None).await?)
}

/// The list of days many public calendars give: `{"year": 2027, "days": [{"date": …, "isOffDay": …}]}`.
#[derive(Deserialize)]
struct DayList {
    year: i16,
    #[serde(default)]
    papers: Vec<String>,
    days: Vec<DayOf>,
}

#[derive(Deserialize)]
struct DayOf {
    date: Date,
    #[serde(rename = "isOffDay")]
    off: bool,
}

/// Reads an arrangement in our own TOML, or as a JSON list of days.
fn read(text: &str) -> Result<HolidayYear, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err("请粘贴或上传放假安排".to_owned());
    }
    let year = if text.starts_with('{') {
        let list: DayList = serde_json::from_str(text)
            .map_err(|error| format!("第 {} 行第 {} 列不合格式", error.line(), error.column()))?;
        let pick = |off| list.days.iter().filter(|day| day.off == off).map(|day| day.date).collect();
        HolidayYear { year: list.year, source: list.papers.join(" "), off: pick(true), work: pick(false) }
    } else {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            format!("第 {line} 行不合格式")
        })?
    };
    year.check().map(|()| year)
}

async fn load(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let mandate = person.may(&app, Verb::LoadHolidays, &Subject::whole("holiday_year", 0))?;
    let file = posted.files.first().map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
    let text = file.unwrap_or_else(|| posted.raw("arrangement").to_owned());
    let year = match read(&text) {
        Ok(year) => year,
        Err(problem) => {
            let page = page(&app, &person, &text, Some(format!("{problem}。没有装载任何内容。"))).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
        }
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.add_holiday_year(&year).await?;
    tx.commit().await?;
    app.refresh().await?;
    Ok(Redirect::to(&format!("{PATH}?done=holidays")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_a_mistake_is_placed() {
        let list =
            r#"{"year":2027,"papers":["示例文件"],"days":[{"name":"元旦","date":"2027-01-01","isOffDay":true}]}"#;
        let toml = "year = 2027\nsource = \"示例文件\"\noff = [\"2027-01-01\"]\nwork = []\n";
        assert_eq!(read(list), read(toml));
        assert_eq!(read("year = 2027\noff = 3\n"), Err("第 2 行不合格式".to_owned()));
        assert!(read("{\"year\":2027}").is_err_and(|problem| problem.contains("第 1 行")));
    }
}
