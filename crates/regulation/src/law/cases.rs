use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};

use super::{Edition, EditionError, Files};
use crate::Points;
use crate::appraisal::grade::{Candidate, Counts, GradeRule, Participation, Standing, grade};
use crate::appraisal::ledger::{Entry, Facts};
use crate::appraisal::score::{Grading, score};

/// A worked example an official can read and add (`cases/*.toml`).
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Case {
    Sheet(SheetCase),
    Grades(GradeCase),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SheetCase {
    pub name: String,
    pub why: String,
    year: i16,
    #[serde(default)]
    facts: Vec<String>,
    #[serde(default, rename = "entry")]
    entries: Vec<CaseEntry>,
    #[serde(default, rename = "grading")]
    gradings: Vec<CaseGrading>,
    expect: SheetExpect,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseEntry {
    kind: String,
    #[serde(deserialize_with = "toml_date")]
    on: Date,
    #[serde(default = "one")]
    count: u64,
}

fn one() -> u64 {
    1
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseGrading {
    item: String,
    work: String,
    points: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SheetExpect {
    base: Points,
    bonus: Points,
    total: Points,
    #[serde(default)]
    points: BTreeMap<String, Points>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeCase {
    pub name: String,
    pub why: String,
    pass_mark: Points,
    #[serde(default, rename = "station")]
    stations: Vec<CaseStation>,
    expect: GradeExpect,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseStation {
    id: String,
    total: Points,
    base: Points,
    warning: Points,
    case: Points,
    adopted: Points,
    participation: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GradeExpect {
    considered: usize,
    cap: usize,
    #[serde(default)]
    pending: Vec<Vec<String>>,
    open_seats: usize,
    #[serde(default)]
    grades: BTreeMap<String, String>,
}

/// A worked example the edition does not bear out.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{name}：{what} 应为 {expected}，算得 {computed}")]
pub struct CaseFailure {
    pub name: String,
    pub what: String,
    pub expected: String,
    pub computed: String,
}

fn toml_date<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    let written = toml::value::Datetime::deserialize(from)?;
    written.to_string().parse().map_err(serde::de::Error::custom)
}

impl Case {
    /// The worked examples among an edition's files, by file name.
    ///
    /// # Errors
    /// The first file that cannot be read as one.
    pub fn all(files: &Files) -> Result<Vec<(String, Case)>, EditionError> {
        let cases = files.iter().filter(|(name, _)| name.starts_with("cases/") && name.ends_with(".toml"));
        cases.map(|(name, text)| Ok((name.clone(), Case::parse(name, text)?))).collect()
    }

    fn parse(name: &str, text: &str) -> Result<Case, EditionError> {
        let problem = |error: toml::de::Error| EditionError::new(name, error.message().replace('\n', " "));
        // Read as what it looks like, so that the error speaks of that shape and not of both.
        if text.lines().any(|line| line.starts_with("pass_mark")) {
            toml::from_str(text).map(Case::Grades).map_err(problem)
        } else {
            toml::from_str(text).map(Case::Sheet).map_err(problem)
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Case::Sheet(case) => &case.name,
            Case::Grades(case) => &case.name,
        }
    }

    /// Runs the example.
    ///
    /// # Errors
    /// The first figure that differs, or an unknown kind, mark or participation.
    pub fn run(&self, edition: &Edition) -> Result<(), CaseFailure> {
        match self {
            Case::Sheet(case) => case.run(edition),
            Case::Grades(case) => case.run(edition),
        }
    }
}

fn same<T: PartialEq + ToString>(name: &str, what: &str, expected: T, computed: T) -> Result<(), CaseFailure> {
    if expected == computed {
        return Ok(());
    }
    Err(CaseFailure {
        name: name.to_owned(),
        what: what.to_owned(),
        expected: expected.to_string(),
        computed: computed.to_string(),
    })
}

impl SheetCase {
    fn run(&self, edition: &Edition) -> Result<(), CaseFailure> {
        let unknown = |what: &str, value: &str| CaseFailure {
            name: self.name.clone(),
            what: what.to_owned(),
            expected: "已知".to_owned(),
            computed: value.to_owned(),
        };
        let mut facts = Facts::default();
        for fact in &self.facts {
            facts.establish(fact, []);
        }
        let mut ledger = Vec::new();
        for (id, entry) in (0i64..).zip(&self.entries) {
            let kind = edition.kind_ix(&entry.kind).ok_or_else(|| unknown("台账类别", &entry.kind))?;
            ledger.push(Entry { id, kind, on: entry.on, count: entry.count });
        }
        let mut gradings = Vec::new();
        for grading in &self.gradings {
            let marks: Result<Vec<Decimal>, _> = grading.points.iter().map(|m| Decimal::from_str_exact(m)).collect();
            let marks = marks.map_err(|_| unknown("专家评分", &grading.points.join(" ")))?;
            gradings.push(Grading { item: grading.item.clone(), work: grading.work.clone(), marks });
        }
        let score = score(edition, &facts, &ledger, &gradings, self.year);
        for (item, expected) in &self.expect.points {
            let row = score.row(item).ok_or_else(|| unknown("评分项", item))?;
            same(&self.name, item, *expected, row.points)?;
        }
        same(&self.name, "基础分", self.expect.base, score.base)?;
        same(&self.name, "加分", self.expect.bonus, score.bonus)?;
        same(&self.name, "总分", self.expect.total, score.total)
    }
}

impl GradeCase {
    fn run(&self, edition: &Edition) -> Result<(), CaseFailure> {
        let mut candidates = Vec::new();
        for s in &self.stations {
            let standing =
                Standing { total: s.total, base: s.base, warning: s.warning, case: s.case, adopted: s.adopted };
            let key = s.participation.as_deref().unwrap_or(Participation::OnTime.key());
            let participation = Participation::from_key(key).ok_or_else(|| CaseFailure {
                name: self.name.clone(),
                what: "participation".to_owned(),
                expected: "on_time、absent 或 first_year".to_owned(),
                computed: key.to_owned(),
            })?;
            candidates.push(Candidate { id: s.id.clone(), standing, participation });
        }
        let one_in = usize::try_from(edition.whole("excellent.denominator")).unwrap_or(usize::MAX);
        let result = grade(
            &candidates,
            GradeRule { pass_mark: self.pass_mark, excellent_one_in: one_in, counts: Counts::default() },
        );
        same(&self.name, "参评数", self.expect.considered, result.considered)?;
        same(&self.name, "优秀上限", self.expect.cap, result.cap)?;
        same(&self.name, "空缺名额", self.expect.open_seats, result.open_seats)?;
        same(&self.name, "待定", format!("{:?}", self.expect.pending), format!("{:?}", result.pending))?;
        for (id, expected) in &self.expect.grades {
            let computed = result.grades.get(id).map_or("无", |grade| grade.name());
            same(&self.name, id, expected.as_str(), computed)?;
        }
        Ok(())
    }
}
