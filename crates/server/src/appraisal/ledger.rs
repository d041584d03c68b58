//! 台账 (Article 13): the list, one entry, corrections, imports, findings of authorities.

mod entry;
mod export;
pub mod findable;
mod finding;
mod forecast;
mod import;
pub mod list;
pub mod reading;
mod rows;
pub mod writing;

use jiff::civil::Date;
use regulation::appraisal::ledger::Kind;
use regulation::duties::published::compared;
use regulation::general::{Placed, Role, Scope, Subject, Verb};
use regulation::law::Edition;
use store::appraisal::NewEntry;
use store::duties::Station;

use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::Fault;

pub fn routes() -> Routes {
    Routes::default()
        .with(list::routes())
        .with(entry::routes())
        .with(reading::routes())
        .with(import::routes())
        .with(export::routes())
        .with(finding::routes())
}

const LEDGER: &str = "/appraisal/ledger";

/// Largest count one entry may stand for.
const LARGEST_COUNT: i64 = 10_000;

/// What a person typed or pasted as an entry, not yet judged.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub kind: String,
    pub on: String,
    pub count: String,
    pub title: String,
    pub detail: String,
    pub url: String,
}

/// What is wrong with it: field and sentence, in the form's order.
pub type Problems = Vec<(&'static str, String)>;

/// Judges what was typed, the same for form, paste and workbook.
///
/// # Errors
/// All problems at once, so that nobody mends one only to meet the next.
pub fn judge(edition: &Edition, typed: &Typed, source: &'static str, today: Date) -> Result<NewEntry, Problems> {
    let mut problems = Problems::new();
    let mut problem = |field, sentence: &str| problems.push((field, sentence.to_owned()));
    let kind = edition.kind(&typed.kind);
    if kind.is_none() {
        problem("kind", "请选择台账类别。");
    }
    let on = parse_day(&typed.on);
    match on {
        None => problem("on", "日期应写作 2026-01-31。"),
        Some(on) if on > today => problem("on", "日期不能晚于今天。"),
        Some(on) if on.year() < 2000 => problem("on", "日期过早，请核对年份。"),
        Some(_) => {}
    }
    let count = if typed.count.is_empty() { Some(1) } else { typed.count.parse::<i64>().ok() };
    if !count.is_some_and(|count| (1..=LARGEST_COUNT).contains(&count)) {
        problem("count", "数量应为 1 至 10000 的整数。");
    }
    if typed.title.is_empty() {
        problem("title", "请填写标题或事项。");
    } else if typed.title.chars().count() > 200 {
        problem("title", "标题不超过 200 字。");
    }
    if typed.detail.chars().count() > 5000 {
        problem("detail", "说明不超过 5000 字。");
    }
    if !typed.url.is_empty() && !web_address(&typed.url) {
        problem("url", "网址应以 http:// 或 https:// 开头。");
    }
    let (Some(kind), Some(on), Some(count), true) = (kind, on, count, problems.is_empty()) else {
        return Err(problems);
    };
    Ok(NewEntry {
        kind: kind.id.clone(),
        on_day: store::day_number(on),
        count,
        title: typed.title.clone(),
        detail: typed.detail.clone(),
        url: typed.url.clone(),
        late: (on.year(), on.month()) != (today.year(), today.month()),
        backdated: days_between(on, today) > edition.whole("ledger.backdating_days"),
        keep_until: store::day_number(on) + i64::from(kind.retention_years) * 10_000,
        source,
        minute: parse_minute(&typed.on),
        compared: compared(edition, &kind.id),
    })
}

/// A web address a person can open; nothing that a browser would run.
pub fn web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && text.len() <= 2000 && !text.contains(char::is_whitespace))
}

/// `2026-01-31`, also as people paste it: `2026/1/31`, `2026.1.31`, `2026年1月31日`, `20260131`, with or
/// without a time behind.
pub fn parse_day(text: &str) -> Option<Date> {
    let text = text.split([' ', 'T', '　']).next()?;
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return store::date_from(text.parse().ok()?).ok();
    }
    let parts: Vec<i16> = text
        .split(['-', '/', '.', '年', '月', '日'])
        .filter(|part| !part.is_empty())
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let [year, month, day] = parts.as_slice() else { return None };
    Date::new(*year, i8::try_from(*month).ok()?, i8::try_from(*day).ok()?).ok()
}

/// Minutes into the day of what [`parse_day`] reads, where a time stands behind the day; 0 where none does.
fn parse_minute(text: &str) -> i64 {
    let time = || {
        let (_, time) = text.trim().split_once([' ', 'T', '　'])?;
        let (hour, rest) = time.trim().split_once([':', '：'])?;
        let minute: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
        ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
    };
    time().unwrap_or_default()
}

fn days_between(on: Date, today: Date) -> i64 {
    i64::from(on.until(today).map_or(0, |span| span.get_days()))
}

/// Kinds this role may enter itself.
pub fn own_kinds(edition: &Edition, role: Role) -> Vec<&Kind> {
    let authority = |kind: &&Kind| kind.entered_by.authority(role);
    let station = |kind: &&Kind| kind.entered_by == regulation::appraisal::ledger::EnteredBy::Station;
    if role.of_station() {
        edition.kinds.iter().filter(station).collect()
    } else {
        edition.kinds.iter().filter(authority).collect()
    }
}

/// The person's own station.
///
/// # Errors
/// Refused for roles that have none, and when the station has ended (Articles 15-17).
pub async fn own_station(app: &App, person: &Person, verb: Verb) -> Result<(Station, Placed), Fault> {
    let scope = person.scope_or_refuse(app, verb)?;
    let id = match (&scope, person.actor.station) {
        (Scope::Stations(_), Some(id)) => id,
        _ => return Err(Fault::NotFound),
    };
    let station = app.store.station(&scope, id).await?.ok_or(Fault::NotFound)?;
    let placed = station.placed();
    person.may(app, verb, &Subject::of_station("station", id, &placed))?;
    Ok((station, placed))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_read_as_people_paste_them() {
        let day = Some(date(2026, 1, 31));
        for text in ["2026-01-31", "2026/1/31", "2026.1.31", "2026年1月31日", "20260131", "2026-01-31 09:30"] {
            assert_eq!(parse_day(text), day, "{text}");
        }
        for text in ["", "2026-02-30", "31-01-2026-1", "昨天"] {
            assert_eq!(parse_day(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_behind_the_day_is_kept_in_minutes() {
        for text in ["2026-01-31 09:30", "2026-01-31T09:30:59", "2026年1月31日　9：30"] {
            assert_eq!(parse_minute(text), 570, "{text}");
        }
        for text in ["2026-01-31", "2026-01-31 24:00", "2026-01-31 上午", ""] {
            assert_eq!(parse_minute(text), 0, "{text}");
        }
    }

    #[test]
    fn an_entry_after_its_month_is_late_and_after_thirty_days_backdated() {
        let edition = crate::editions::draft().expect("draft");
        let typed = |on: &str| Typed {
            kind: "outreach.organised".into(),
            on: on.into(),
            title: "培训".into(),
            ..Typed::default()
        };
        let entry = |on| judge(&edition, &typed(on), "form", date(2026, 3, 5)).expect("good");
        assert_eq!((entry("2026-03-01").late, entry("2026-03-01").backdated), (false, false));
        assert_eq!((entry("2026-02-28").late, entry("2026-02-28").backdated), (true, false));
        assert_eq!((entry("2026-02-03").late, entry("2026-02-03").backdated), (true, false));
        assert_eq!((entry("2026-02-02").late, entry("2026-02-02").backdated), (true, true));
        assert_eq!(entry("2026-03-01").keep_until, 20360301);
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let edition = crate::editions::draft().expect("draft");
        let typed = Typed { on: "明天".into(), count: "0".into(), url: "javascript:1".into(), ..Typed::default() };
        let problems = judge(&edition, &typed, "form", date(2026, 3, 5)).expect_err("refused");
        let fields: Vec<_> = problems.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, ["kind", "on", "count", "title", "url"]);
    }
}
