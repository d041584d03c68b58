//! `fengsui appraise FILE.json` and `fengsui grade FILE.json`: the sheet and the grades without a database.
//!
//! Bad input is one Chinese line naming the file and the JSON path. No figure passes through a binary float.

mod json;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::str::FromStr as _;
use std::sync::Arc;

use jiff::civil::Date;
use regulation::appraisal::grade::{Candidate, Counts, GradeRule, Participation, Standing};
use regulation::appraisal::ledger::{Entry, Facts};
use regulation::appraisal::score::{Grading, GroupScore, RowScore, score};
use regulation::appraisal::sheet::Rule;
use regulation::law::{Edition, cite};
use regulation::{Points, exact_decimal};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use json::{Json, Object, Problem, Read, shown};

/// The most one entry may stand for.
const MOST_COUNT: i64 = 1_000_000_000_000;

/// What cannot be used, and where: one line.
#[derive(Debug, thiserror::Error)]
#[error("{file}：{problem}")]
pub struct BadInput {
    file: String,
    problem: Problem,
}

/// Scores the stations of one file; `editions` finds a parsed edition by its id.
///
/// # Errors
/// The first thing in the file that the contract does not allow.
pub fn appraise(text: &str, file: &str, editions: &dyn Fn(&str) -> Option<Arc<Edition>>) -> Result<String, BadInput> {
    let sheets = || {
        let input = Json::document(text)?.object()?;
        input.only(&["edition", "year", "stations"])?;
        let edition = input.need("edition", |json| known_edition(json, editions))?;
        let year = input.need("year", year)?;
        let mut ids = HashSet::new();
        let stations =
            input.need("stations", |json| json.each(|station| appraise_station(&edition, year, station, &mut ids)))?;
        line(&Sheets { edition: &edition.head.id, year, stations })
    };
    sheets().map_err(|problem| BadInput { file: file.to_owned(), problem })
}

/// Grades the stations of one file; 优秀 is at most one in `one_in`.
///
/// # Errors
/// The first thing in the file that the contract does not allow.
pub fn grade(text: &str, file: &str, one_in: usize) -> Result<String, BadInput> {
    let grades = || {
        let input = Json::document(text)?.object()?;
        input.only(&["pass_mark", "stations"])?;
        let pass_mark = input.need("pass_mark", points)?;
        let mut ids = HashSet::new();
        let candidates = input.need("stations", |json| json.each(|station| candidate(station, &mut ids)))?;
        let result = regulation::appraisal::grade::grade(
            &candidates,
            GradeRule { pass_mark, excellent_one_in: one_in, counts: Counts::default() },
        );
        line(&GradesOut {
            considered: result.considered,
            cap: result.cap,
            grades: result.grades.iter().map(|(id, grade)| (id.as_str(), grade.name())).collect(),
            pending: &result.pending,
            open_seats: result.open_seats,
        })
    };
    grades().map_err(|problem| BadInput { file: file.to_owned(), problem })
}

fn known_edition(json: Json<'_>, editions: &dyn Fn(&str) -> Option<Arc<Edition>>) -> Read<Arc<Edition>> {
    let id = json.text()?;
    editions(&id).ok_or_else(|| Problem::new(format!("没有规则版本 {}", shown(&id))))
}

fn year(json: Json<'_>) -> Read<i16> {
    let year = json.whole(1900, 9999)?;
    i16::try_from(year).map_err(|error| Problem::new(error.to_string()))
}

fn appraise_station(edition: &Edition, year: i16, json: Json<'_>, ids: &mut HashSet<String>) -> Read<StationSheet> {
    let station = json.object()?;
    station.only(&["id", "note", "facts", "ledger", "gradings"])?;
    let id = new_id(&station, ids)?;
    let facts = station.maybe("facts", |json| facts(edition, json))?.unwrap_or_default();
    let mut next = 0..;
    let ledger =
        station.maybe("ledger", |json| json.each(|json| entry(edition, json, next.next().unwrap_or(i64::MAX))))?;
    let gradings = station.maybe("gradings", |json| gradings(edition, json))?;
    let score = score(edition, &facts, &ledger.unwrap_or_default(), &gradings.unwrap_or_default(), year);
    Ok(StationSheet {
        id,
        rows: score.rows.into_iter().map(RowOut::from).collect(),
        groups: score.groups.into_iter().map(GroupOut::from).collect(),
        base: Figure(score.base),
        bonus: Figure(score.bonus),
        total: Figure(score.total),
    })
}

/// A station's id, not used before in the file, and the free `note` that may stand beside it.
fn new_id(station: &Object<'_>, ids: &mut HashSet<String>) -> Read<String> {
    station.maybe("note", Json::text)?;
    station.need("id", |json| {
        let id = json.text()?;
        if !ids.insert(id.clone()) {
            return Err(Problem::new(format!("编号 {} 重复", shown(&id))));
        }
        Ok(id)
    })
}

fn facts(edition: &Edition, json: Json<'_>) -> Read<Facts> {
    let given = json.object()?;
    let known: Vec<&str> = edition.facts.iter().map(|fact| fact.id.as_str()).collect();
    given.only(&known)?;
    let mut facts = Facts::default();
    for fact in given.fields() {
        if given.need(fact, Json::flag)? {
            facts.establish(fact, []);
        }
    }
    Ok(facts)
}

fn entry(edition: &Edition, json: Json<'_>, id: i64) -> Read<Entry> {
    let entry = json.object()?;
    entry.only(&["kind", "on", "count"])?;
    let kind = entry.need("kind", |json| {
        let kind = json.text()?;
        edition.kind_ix(&kind).ok_or_else(|| Problem::new(format!("没有台账类别 {}", shown(&kind))))
    })?;
    let on = entry.need("on", date)?;
    let count = entry.maybe("count", |json| json.whole(0, MOST_COUNT))?.unwrap_or(1);
    Ok(Entry { id, kind, on, count: count.unsigned_abs() })
}

/// Exactly `YYYY-MM-DD`, and a day there is.
fn date(json: Json<'_>) -> Read<Date> {
    let text = json.text()?;
    let shape = |(ix, byte): (usize, u8)| if ix == 4 || ix == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    if text.len() != 10 || !text.bytes().enumerate().all(shape) {
        return Err(Problem::new(format!("日期应写作 2026-01-31，写的是 {}", shown(&text))));
    }
    text.parse().map_err(|_| Problem::new(format!("没有 {} 这一天", shown(&text))))
}

fn gradings(edition: &Edition, json: Json<'_>) -> Read<Vec<Grading>> {
    let mut seen = HashSet::new();
    json.each(|json| {
        let grading = grading(edition, json)?;
        if !seen.insert((grading.item.clone(), grading.work.clone())) {
            let what = format!("{} 的 {} 重复", shown(&grading.item), shown(&grading.work));
            return Err(Problem::new(what));
        }
        Ok(grading)
    })
}

fn grading(edition: &Edition, json: Json<'_>) -> Read<Grading> {
    let grading = json.object()?;
    grading.only(&["item", "work", "points"])?;
    let (item, max) = grading.need("item", |json| graded_row(edition, json))?;
    let work = grading.need("work", Json::text)?;
    let marks = grading.need("points", |json| json.each(|json| mark(json, max)))?;
    Ok(Grading { item, work, marks })
}

/// A row that experts mark, and the highest mark they may give.
fn graded_row(edition: &Edition, json: Json<'_>) -> Read<(String, Points)> {
    let id = json.text()?;
    match edition.sheet.item(&id).map(|item| &item.rule) {
        Some(Rule::Graded { max, .. }) => Ok((id, *max)),
        Some(_) => Err(Problem::new(format!("评分项 {} 不由专家评分", shown(&id)))),
        None => Err(Problem::new(format!("没有评分项 {}", shown(&id)))),
    }
}

/// An expert's mark: any number of decimals up to 28 digits in all (reading K8).
fn mark(json: Json<'_>, max: Points) -> Read<Decimal> {
    const MOST_DIGITS: i128 = 10i128.pow(28);
    let written = json.number()?;
    let mark = exact_decimal(written).filter(|mark| mark.mantissa().abs() < MOST_DIGITS);
    let Some(mark) = mark else {
        return Err(Problem::new(format!("评分最多 28 位数字，写的是 {}", shown(written))));
    };
    if mark < Decimal::ZERO || mark > Decimal::new(max.tenths(), 1) {
        return Err(Problem::new(format!("评分应在 0 至 {} 之间，写的是 {}", max.plain(), shown(written))));
    }
    Ok(mark)
}

fn candidate(json: Json<'_>, ids: &mut HashSet<String>) -> Read<Candidate> {
    let station = json.object()?;
    station.only(&["id", "note", "total", "base", "warning", "case", "adopted", "participation"])?;
    let id = new_id(&station, ids)?;
    let standing = Standing {
        total: station.need("total", points)?,
        base: station.need("base", points)?,
        warning: station.need("warning", points)?,
        case: station.need("case", points)?,
        adopted: station.need("adopted", points)?,
    };
    let participation = station.maybe("participation", participation)?.unwrap_or_default();
    Ok(Candidate { id, standing, participation })
}

fn participation(json: Json<'_>) -> Read<Participation> {
    let key = json.text()?;
    Participation::from_key(&key).ok_or_else(|| {
        let known = Participation::ALL.map(Participation::key).join("、");
        Problem::new(format!("应为 {known} 之一，写的是 {}", shown(&key)))
    })
}

fn points(json: Json<'_>) -> Read<Points> {
    let written = json.number()?;
    match Points::from_str(written) {
        Ok(points) if points >= Points::ZERO => Ok(points),
        Ok(_) => Err(Problem::new(format!("分数不能为负，写的是 {}", shown(written)))),
        Err(_) => Err(Problem::new(format!("分数最多一位小数，写的是 {}", shown(written)))),
    }
}

#[derive(Serialize)]
struct Sheets<'a> {
    edition: &'a str,
    year: i16,
    stations: Vec<StationSheet>,
}

#[derive(Serialize)]
struct StationSheet {
    id: String,
    rows: Vec<RowOut>,
    groups: Vec<GroupOut>,
    base: Figure,
    bonus: Figure,
    total: Figure,
}

#[derive(Serialize)]
struct RowOut {
    item: String,
    raw: Figure,
    points: Figure,
    cap: Option<Figure>,
    article: String,
    entries: Vec<i64>,
}

impl From<RowScore> for RowOut {
    fn from(row: RowScore) -> RowOut {
        RowOut {
            raw: Figure(row.raw),
            points: Figure(row.points),
            cap: row.cap.map(Figure),
            article: cite(&row.article),
            item: row.item,
            entries: row.entries,
        }
    }
}

#[derive(Serialize)]
struct GroupOut {
    name: String,
    points: Figure,
    cap: Figure,
}

impl From<GroupScore> for GroupOut {
    fn from(group: GroupScore) -> GroupOut {
        GroupOut { name: group.name, points: Figure(group.points), cap: Figure(group.cap) }
    }
}

#[derive(Serialize)]
struct GradesOut<'a> {
    considered: usize,
    cap: usize,
    grades: BTreeMap<&'a str, &'static str>,
    pending: &'a [Vec<String>],
    open_seats: usize,
}

/// Points as a JSON number with at most one decimal.
struct Figure(Points);

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let number = RawValue::from_string(self.0.plain()).map_err(serde::ser::Error::custom)?;
        number.serialize(to)
    }
}

fn line(output: &impl Serialize) -> Read<String> {
    let json = serde_json::to_string(output).map_err(|error| Problem::new(error.to_string()))?;
    Ok(json + "\n")
}
