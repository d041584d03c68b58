//! Another jurisdiction is data: an invented province, with its own areas, rows, kinds, tiers, pass mark and
//! share of 优秀, runs a year without a line of code for it.

mod common;

use std::collections::BTreeMap;

use jiff::civil::date;
use regulation::Points;
use regulation::appraisal::grade::{Candidate, Counts, Grade, GradeRule, Grades, Participation, Standing, grade};
use regulation::appraisal::ledger::{Entry, Facts, KeptIn};
use regulation::appraisal::score::{Grading, Score, score};
use regulation::appraisal::sheet::TieBreak;
use regulation::law::{Case, Edition};

use common::{edition, files};

const HAIDONG: &str = "tests/fixtures/haidong";
const YEAR: i16 = 2026;
const EVERY_FACT: [&str; 3] = ["has_office", "has_rules", "has_roster"];

/// What a station has to show: facts, kinds with how many in each listed month, and a mark for its report.
struct Year<'a> {
    facts: &'a [&'a str],
    entries: &'a [(&'a str, u64)],
    alerts_a_month: u64,
    mark: Option<i64>,
}

impl Year<'_> {
    fn score(&self, edition: &Edition) -> Score {
        let mut facts = Facts::default();
        for fact in self.facts {
            facts.establish(fact, []);
        }
        let entry = |kind: &str, month: i8, count: u64| {
            let kind = edition.kind_ix(kind).unwrap_or_else(|| panic!("no kind {kind}"));
            Entry { id: 0, kind, on: date(YEAR, month, 28), count }
        };
        let mut ledger: Vec<Entry> = self.entries.iter().map(|(kind, count)| entry(kind, 6, *count)).collect();
        ledger.extend((1..=12).map(|month| entry("alert.posted", month, self.alerts_a_month)));
        let gradings: Vec<Grading> = self
            .mark
            .into_iter()
            .map(|mark| Grading { item: "study.report".to_owned(), work: "r".to_owned(), marks: vec![mark.into()] })
            .collect();
        score(edition, &facts, &ledger, &gradings, YEAR)
    }
}

/// Total by station, worked out by hand from the invented sheet.
fn stations() -> BTreeMap<&'static str, (Year<'static>, &'static str)> {
    let best: &[_] = &[("training.held", 4), ("study.adopted", 2), ("case.settled", 2), ("fair.served", 9)];
    let middling = |entries| Year { facts: &EVERY_FACT, entries, alerts_a_month: 8, mark: Some(10) };
    BTreeMap::from([
        ("a", (Year { facts: &EVERY_FACT, entries: best, alerts_a_month: 15, mark: Some(20) }, "100.0")),
        ("b", (Year { facts: &EVERY_FACT[1..], entries: best, alerts_a_month: 20, mark: Some(20) }, "88.0")),
        ("c", (Year { facts: &EVERY_FACT[1..], entries: best, alerts_a_month: 15, mark: Some(20) }, "88.0")),
        ("d", (middling(&[("training.held", 4)]), "62.0")),
        ("e", (middling(&[("consult.given", 25), ("case.joined", 1)]), "65.0")),
        ("f", (middling(&[("training.held", 4), ("complaint.upheld", 1)]), "58.0")),
        ("g", (Year { facts: &EVERY_FACT, entries: &[], alerts_a_month: 7, mark: None }, "30.0")),
        ("h", (middling(&[("consult.given", 5)]), "54.5")),
        ("new", (middling(&[]), "52.0")),
        ("silent", (Year { facts: &[], entries: &[], alerts_a_month: 0, mark: None }, "4.0")),
    ])
}

fn candidate(id: &str, score: &Score) -> Candidate {
    let participation = match id {
        "new" => Participation::FirstYear,
        "silent" => Participation::Absent,
        _ => Participation::OnTime,
    };
    let standing = Standing {
        total: score.total,
        base: score.base,
        warning: score.tie(TieBreak::Warning),
        case: score.tie(TieBreak::Case),
        adopted: score.tie(TieBreak::Adopted),
    };
    Candidate { id: id.to_owned(), standing, participation }
}

fn year_of(edition: &Edition) -> Grades {
    let candidates: Vec<Candidate> =
        stations().iter().map(|(id, (year, _))| candidate(id, &year.score(edition))).collect();
    let one_in = usize::try_from(edition.whole("excellent.denominator")).expect("positive");
    grade(
        &candidates,
        GradeRule { pass_mark: edition.pass_mark(), excellent_one_in: one_in, counts: Counts::default() },
    )
}

#[test]
fn its_worked_cases_hold() {
    let edition = edition(HAIDONG);
    let cases = Case::all(&files(HAIDONG)).expect("cases");
    assert_eq!(cases.len(), 5);
    for (file, case) in cases {
        case.run(&edition).unwrap_or_else(|failure| panic!("{file}: {failure}"));
    }
}

#[test]
fn its_numbers_areas_and_kinds_are_its_own() {
    let edition = edition(HAIDONG);
    assert_eq!(edition.pass_mark(), Points::from_tenths(550));
    assert_eq!(edition.head.areas.len(), 3);
    assert_eq!(edition.area_name("990281"), "石埠市");
    assert_eq!(edition.day_of("appraisal.submission", YEAR), Some(date(2027, 2, 20)));
    assert_eq!(edition.sheet.total.plain(), "100");
    assert!(edition.kind("consult.given").is_some() && edition.kind("warning.published").is_none());
    let in_roster: Vec<&str> =
        edition.facts.iter().filter(|fact| fact.kept_in == KeptIn::Roster).map(|fact| fact.id.as_str()).collect();
    assert_eq!(in_roster, ["has_roster"]);
}

#[test]
fn its_year_is_scored_by_its_own_sheet() {
    let edition = edition(HAIDONG);
    for (id, (year, total)) in stations() {
        assert_eq!(year.score(&edition).total.to_string(), total, "station {id}");
    }
}

#[test]
fn its_year_is_graded_by_its_own_rule() {
    let year = year_of(&edition(HAIDONG));
    assert_eq!((year.considered, year.cap, year.open_seats), (8, 2, 1));
    assert_eq!(year.pending, [["b", "c"]]);
    let graded = |grade: Grade| -> Vec<&str> {
        year.grades.iter().filter(|(_, given)| **given == grade).map(|(id, _)| id.as_str()).collect()
    };
    assert_eq!(graded(Grade::Excellent), ["a"]);
    assert_eq!(graded(Grade::Qualified), ["d", "e", "f"]);
    assert_eq!(graded(Grade::Unqualified), ["g", "h", "silent"]);
    assert_eq!(graded(Grade::Exempt), ["new"]);
}

#[test]
fn a_reference_that_leads_nowhere_is_refused() {
    let broken = |file: &str, from: &str, to: &str| {
        let mut files = files(HAIDONG);
        let text = files[file].replacen(from, to, 1);
        assert_ne!(text, files[file], "{from} is not in {file}");
        files.insert(file.to_owned(), text);
        Edition::parse(&files).expect_err("refused").to_string()
    };
    let calendar = broken("calendar.toml", "basis = \"6\"", "basis = \"7\"");
    assert_eq!(calendar, "calendar.toml：appraisal.submission：articles.md 中没有条款 7");
    let reading = broken("calendar.toml", "reading K3", "reading K4");
    assert_eq!(reading, "calendar.toml：ledger.backdating_days：没有读法 K4");
    let basis = broken("readings.md", "#3-1", "#3-9");
    assert_eq!(basis, "readings.md：K2：articles.md 中没有条款 3-9");
    let sheet = broken("scoresheet.toml", "article = \"annex\"", "article = \"appendix\"");
    assert!(sheet.ends_with("articles.md 中没有条款 appendix"), "{sheet}");
}

#[test]
fn dates_of_validity_that_contradict_each_other_are_refused() {
    let head = |validity: &str| {
        let mut files = files(HAIDONG);
        let text = files["edition.toml"].replacen("status = \"虚构示例\"\n", "", 1);
        let text = text.replacen("effective_on = \"2026-01-01\"", validity, 1);
        files.insert("edition.toml".to_owned(), text);
        Edition::parse(&files).map(|_| ()).map_err(|error| error.to_string())
    };
    let refused = |validity: &str| head(validity).expect_err("refused");
    let from = "status = \"现行\"\neffective_on = \"2026-01-01\"\n";
    assert_eq!(head(&format!("{from}expires_on = \"2026-01-02\"")), Ok(()));
    let same_day = "edition.toml：expires_on：失效日期 2026-01-01 不晚于施行日期 2026-01-01";
    assert_eq!(refused(&format!("{from}expires_on = \"2026-01-01\"")), same_day);
    let no_start = refused("status = \"征求意见稿\"\nexpires_on = \"2030-01-01\"");
    assert_eq!(no_start, "edition.toml：expires_on：写了失效日期，却没有 effective_on");
    assert_eq!(refused("status = \"现行\""), "edition.toml：effective_on：现行版本须写施行日期");
    let open_ended = refused("status = \"失效\"\neffective_on = \"2026-01-01\"");
    assert_eq!(open_ended, "edition.toml：expires_on：失效版本须写失效日期");
    let no_such_day = refused(&format!("{from}expires_on = \"2027-02-30\""));
    assert!(no_such_day.starts_with("edition.toml：第 9 行，"), "{no_such_day}");
}

#[test]
fn a_sketch_map_has_one_city_to_a_square() {
    let placed = |first: &str, second: &str| {
        let mut files = files(HAIDONG);
        let text =
            files["edition.toml"].replacen("name = \"临澜市\"", &format!("name = \"临澜市\"\ntile = {first}"), 1);
        let text = text.replacen("name = \"望沙市\"", &format!("name = \"望沙市\"\ntile = {second}"), 1);
        files.insert("edition.toml".to_owned(), text);
        Edition::parse(&files).map(|_| ()).map_err(|error| error.to_string())
    };
    let corner = "{ row = 1, column = 1 }";
    assert_eq!(placed(corner, "{ row = 1, column = 24 }"), Ok(()));
    let twice = "edition.toml：望沙市：示意图第 1 行第 1 列已有别的市";
    assert_eq!(placed(corner, corner), Err(twice.to_owned()));
    for outside in ["{ row = 0, column = 1 }", "{ row = 1, column = 25 }"] {
        assert_eq!(placed(outside, corner), Err("edition.toml：临澜市：示意图的行和列应在 1 至 24 之间".to_owned()));
    }
}
