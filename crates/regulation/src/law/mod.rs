//! Editions: the measures' text, sheet, calendar and readings as data, one folder per jurisdiction and version.
//!
//! Chapter six (Articles 18, 19): who interprets, and how long an edition is valid.

mod articles;
mod cases;
mod check;
mod official;
mod validity;

use std::collections::BTreeMap;

use jiff::civil::{Date, Time, date};
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use articles::{Article, Chapter, Item, Status, cite};
pub use cases::{Case, CaseFailure};
pub use official::split as split_official;
pub use validity::Validity;

use crate::Points;
use crate::appraisal::ledger::{Fact, Kind, KindIx, Qualitative};
use crate::appraisal::sheet::Sheet;
use crate::general::county::Hearing;
use crate::general::{Due, Workdays};

/// The files of an edition's folder by name, as read by the caller.
pub type Files = BTreeMap<String, String>;

/// One version of one jurisdiction's measures. Immutable once a year is bound to it.
#[derive(Clone, Debug)]
pub struct Edition {
    pub head: Head,
    pub chapters: Vec<Chapter>,
    pub sheet: Sheet,
    pub kinds: Vec<Kind>,
    pub facts: Vec<Fact>,
    pub qualitative: Vec<Qualitative>,
    pub calendar: Calendar,
    pub readings: Vec<Reading>,
    kinds_by_id: BTreeMap<String, KindIx>,
}

/// `edition.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Stable key, e.g. `draft`.
    pub id: String,
    pub title: String,
    /// 征求意见稿, 现行, 失效.
    pub status: String,
    /// 管辖地, e.g. 山东省.
    pub jurisdiction: String,
    /// 牵头部门, e.g. 山东省商务厅.
    pub department: String,
    /// GB/T 2260 prefix of every area here, e.g. `37`.
    pub region_prefix: String,
    pub effective_on: Option<Date>,
    pub expires_on: Option<Date>,
    #[serde(rename = "area")]
    pub areas: Vec<Area>,
}

/// A city of the jurisdiction with its counties.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    pub code: String,
    pub name: String,
    /// Where the sketch map puts it; an edition without these has no map.
    pub tile: Option<Tile>,
    #[serde(default, rename = "county")]
    pub counties: Vec<County>,
}

/// A square of the sketch map, counted from the north-west corner: 1, 1.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    pub row: u8,
    pub column: u8,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct County {
    pub code: String,
    pub name: String,
}

/// `calendar.toml`: dates and numbers, each with its basis.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    #[serde(default, rename = "deadline")]
    pub deadlines: Vec<Deadline>,
    /// Periods that only prompt; nothing changes state when one runs out.
    #[serde(default, rename = "window")]
    pub windows: Vec<Number>,
    #[serde(default, rename = "number")]
    pub numbers: Vec<Number>,
    /// What experts mark applications by (Article 8 (3)).
    #[serde(default, rename = "rubric")]
    pub rubric: Vec<RubricRow>,
}

/// A row experts mark an application by.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct RubricRow {
    pub id: String,
    pub name: String,
    pub criteria: String,
    pub max: Points,
    pub basis: String,
    pub tag: Option<String>,
}

/// A yearly date, in the year inspected or the one after.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    pub id: String,
    pub name: String,
    pub month: i8,
    pub day: i8,
    #[serde(default)]
    pub next_year: bool,
    /// Last second of the day unless said otherwise, China Standard Time.
    #[serde(default = "last_second")]
    pub time: String,
    pub basis: String,
    /// Whether a holiday moves it to the next working day.
    #[serde(default)]
    pub roll: bool,
    pub tag: Option<String>,
}

fn last_second() -> String {
    "23:59:59".to_owned()
}

/// A number the measures or a reading give.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    pub id: String,
    pub name: String,
    pub value: NumberValue,
    #[serde(default)]
    pub unit: String,
    pub basis: String,
    /// 办法规定, or 系统默认，办法未规定.
    pub tag: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum NumberValue {
    Whole(i64),
    Flag(bool),
    Text(String),
    List(Vec<i64>),
}

/// A numbered default where the text is silent (`readings.md`): `K2`, its title and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub id: String,
    pub title: String,
    pub paragraphs: Vec<String>,
}

/// What is wrong with an edition's folder: one sentence naming the file and the place.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{file}：{problem}")]
pub struct EditionError {
    pub file: String,
    pub problem: String,
}

impl EditionError {
    pub(crate) fn new(file: &str, problem: impl Into<String>) -> Self {
        EditionError { file: file.to_owned(), problem: problem.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LedgerFile {
    #[serde(rename = "kind")]
    kinds: Vec<Kind>,
    #[serde(rename = "fact")]
    facts: Vec<Fact>,
    #[serde(default, rename = "qualitative")]
    qualitative: Vec<Qualitative>,
}

impl Edition {
    /// Reads and checks an edition.
    ///
    /// # Errors
    /// The first problem found, naming file and place.
    pub fn parse(files: &Files) -> Result<Edition, EditionError> {
        let ledger: LedgerFile = toml(files, "ledger.toml")?;
        let kinds_by_id = ledger
            .kinds
            .iter()
            .enumerate()
            .map(|(ix, kind)| (kind.id.clone(), KindIx(u16::try_from(ix).unwrap_or(u16::MAX))))
            .collect();
        let edition = Edition {
            head: toml(files, "edition.toml")?,
            chapters: articles::parse(text(files, "articles.md")?)?,
            sheet: toml(files, "scoresheet.toml")?,
            kinds: ledger.kinds,
            facts: ledger.facts,
            qualitative: ledger.qualitative,
            calendar: toml(files, "calendar.toml")?,
            readings: articles::parse_readings(text(files, "readings.md")?)?,
            kinds_by_id,
        };
        check::consistent(&edition)?;
        Ok(edition)
    }

    pub fn kind_ix(&self, id: &str) -> Option<KindIx> {
        self.kinds_by_id.get(id).copied()
    }

    pub fn kind(&self, id: &str) -> Option<&Kind> {
        self.kind_ix(id).map(|KindIx(ix)| &self.kinds[usize::from(ix)])
    }

    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.chapters.iter().flat_map(|c| &c.articles).flat_map(|article| &article.items)
    }

    /// Our summary of an article item.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items().find(|item| item.id == id)
    }

    pub fn reading(&self, id: &str) -> Option<&Reading> {
        self.readings.iter().find(|reading| reading.id == id)
    }

    pub fn area(&self, code: &str) -> Option<&Area> {
        self.head.areas.iter().find(|area| area.code == code)
    }

    /// A city's or county's name, or the code itself when this edition does not know it.
    pub fn area_name<'a>(&'a self, code: &'a str) -> &'a str {
        self.head
            .areas
            .iter()
            .find_map(|area| {
                if area.code == code {
                    return Some(area.name.as_str());
                }
                area.counties.iter().find(|county| county.code == code).map(|county| county.name.as_str())
            })
            .unwrap_or(code)
    }

    pub fn number(&self, id: &str) -> Option<&Number> {
        self.calendar.numbers.iter().find(|number| number.id == id)
    }

    /// A whole number of the calendar. [`Edition::parse`] has checked those the code asks for.
    pub fn whole(&self, id: &str) -> i64 {
        match self.number(id).map(|number| &number.value) {
            Some(NumberValue::Whole(value)) => *value,
            _ => 0,
        }
    }

    /// Whether counties are heard (readings K13 and K89). An edition that does not say has no such step.
    pub fn asks_county(&self, hearing: Hearing) -> bool {
        matches!(self.number(hearing.setting()), Some(Number { value: NumberValue::Flag(true), .. }))
    }

    /// How many digits of their codes make industries the same (Article 7).
    pub fn class_digits(&self) -> usize {
        usize::try_from(self.whole("industry.class_digits")).unwrap_or(0)
    }

    pub fn pass_mark(&self) -> Points {
        Points::from_tenths(self.whole("pass_mark").saturating_mul(10))
    }

    pub fn deadline(&self, id: &str) -> Option<&Deadline> {
        self.calendar.deadlines.iter().find(|deadline| deadline.id == id)
    }

    /// The day a deadline falls on for the year inspected, before any holiday roll.
    pub fn day_of(&self, id: &str, year: i16) -> Option<Date> {
        let deadline = self.deadline(id)?;
        Some(date(year + i16::from(deadline.next_year), deadline.month, deadline.day))
    }

    /// When a deadline of the year inspected falls due: its day, moved off days off where it says so, to the second.
    pub fn due(&self, id: &str, year: i16, workdays: &Workdays) -> Option<Due> {
        let deadline = self.deadline(id)?;
        let day = self.day_of(id, year)?;
        let due = if deadline.roll { workdays.roll(day) } else { Due::day(day) };
        // Checked when the edition was read.
        let time = Time::strptime("%H:%M:%S", &deadline.time).unwrap_or(due.time);
        Some(Due { time, ..due })
    }
}

fn text<'a>(files: &'a Files, name: &str) -> Result<&'a str, EditionError> {
    files.get(name).map(String::as_str).ok_or_else(|| EditionError::new(name, "缺少这个文件"))
}

fn toml<T: DeserializeOwned>(files: &Files, name: &str) -> Result<T, EditionError> {
    toml::from_str(text(files, name)?).map_err(|error| {
        let place = error.span().map_or_else(String::new, |span| {
            let line = files[name][..span.start.min(files[name].len())].matches('\n').count() + 1;
            format!("第 {line} 行，")
        });
        EditionError::new(name, format!("{place}{}", error.message().replace('\n', " ")))
    })
}
