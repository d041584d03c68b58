//! The ranking's table: stations in order, the cap between them, long middle parts folded.

use std::collections::BTreeMap;

use regulation::Points;
use regulation::appraisal::grade::Grade;
use regulation::appraisal::sheet::TieBreak;
use store::appraisal::ResultRow;

use super::{grade_class, short_city};
use crate::appraisal::confirm::ranks;
use crate::appraisal::explained::Explained;
use crate::appraisal::reckon::{Standings, standing};

/// One ranked station.
#[derive(Clone)]
pub struct Line {
    pub id: i64,
    pub rank: i64,
    pub name: String,
    pub city: String,
    pub industry: String,
    pub total: Points,
    pub base: Points,
    pub warning: Points,
    pub case: Points,
    pub adopted: Points,
    pub grade: &'static str,
    pub class: &'static str,
    pub notes: Vec<String>,
    pub tied: bool,
}

/// One row of the table.
pub enum TableRow {
    Station(Box<Line>),
    /// The cap, or with `soft` the place where a tie begins to cross it.
    Cap {
        soft: bool,
        text: String,
    },
    Fold {
        text: String,
        href: String,
    },
}

/// Where the cap lies.
pub struct CapLine {
    /// Behind so many stations.
    pub after: usize,
    /// So many behind it cross it together.
    pub tied: usize,
    pub text: String,
    pub settled: bool,
}

impl Line {
    pub fn of_result(result: &ResultRow, explained: &Explained, (city, industry): (String, String), pass: i64) -> Line {
        let grade = Grade::from_name(&result.grade).map_or("", Grade::name);
        let province = explained.province;
        Line {
            id: result.station_id,
            rank: result.rank,
            name: result.station_name.clone(),
            city,
            industry,
            total: province.total,
            base: province.base,
            warning: explained.tie(TieBreak::Warning),
            case: explained.tie(TieBreak::Case),
            adopted: explained.tie(TieBreak::Adopted),
            grade,
            class: grade_class(grade),
            notes: notes(grade, province.base, Points::from_tenths(pass)),
            tied: false,
        }
    }
}

/// What an official should look at beside a grade.
fn notes(grade: &str, base: Points, pass: Points) -> Vec<String> {
    if grade == Grade::Unqualified.name() {
        vec![format!("低于合格线 {}", pass.plain())]
    } else if base < pass {
        vec![format!("基础分不足 {}，请核", pass.plain())]
    } else {
        Vec::new()
    }
}

/// The year's lines as it stands; with the tie settled, by what was decided.
pub fn of_standings(standings: &Standings, settled: Option<&BTreeMap<String, Grade>>) -> Vec<Line> {
    let grades = settled.unwrap_or(&standings.grades.grades);
    let tied: Vec<&String> = standings.grades.pending.iter().flatten().collect();
    let line = |(id, rank): (String, i64)| {
        let scored = standings.scored.get(&id.parse().ok()?)?;
        let grade = grades.get(&id).map_or("", |grade| grade.name());
        let figures = standing(&scored.score);
        let tied = tied.contains(&&id);
        let mut notes = notes(grade, figures.base, standings.pass_mark);
        if tied {
            notes.insert(0, if settled.is_some() { "集体研究" } else { "同分跨线" }.to_owned());
        }
        Some(Line {
            id: scored.station.id,
            rank,
            name: scored.station.name.clone(),
            city: short_city(standings.edition.area_name(&scored.station.city)),
            industry: scored.station.industry.clone(),
            total: figures.total,
            base: figures.base,
            warning: figures.warning,
            case: figures.case,
            adopted: figures.adopted,
            grade,
            class: grade_class(grade),
            notes,
            tied,
        })
    };
    ranks(standings).into_iter().filter_map(line).collect()
}

/// Lines, cap and folds in the order they are read.
pub fn table(lines: &[Line], cap: &CapLine, full: bool, year: i64) -> Vec<TableRow> {
    let after = cap.after.min(lines.len());
    let tied = (after + cap.tied).min(lines.len());
    let mut rows = Vec::new();
    fold(&mut rows, &lines[..after], 4, full, year);
    rows.push(TableRow::Cap { soft: cap.tied > 0, text: cap.text.clone() });
    if cap.tied > 0 {
        rows.extend(lines[after..tied].iter().map(|line| TableRow::Station(Box::new(line.clone()))));
        let text = if cap.settled {
            "以上同分已集体研究；以下不得评为优秀"
        } else {
            "以下不得评为优秀"
        };
        rows.push(TableRow::Cap { soft: false, text: text.to_owned() });
    }
    fold(&mut rows, &lines[tied..], 2, full, year);
    rows
}

/// Shown at the end of a folded run.
const TAIL: usize = 2;

/// Runs of one grade with nothing to look at are folded when they are long.
fn fold(rows: &mut Vec<TableRow>, lines: &[Line], head: usize, full: bool, year: i64) {
    let station = |line: &Line| TableRow::Station(Box::new(line.clone()));
    for run in lines.chunk_by(|a, b| a.grade == b.grade && a.notes == b.notes) {
        let plain = run.first().is_some_and(|line| line.notes.is_empty());
        if full || !plain || run.len() <= head + TAIL + 3 {
            rows.extend(run.iter().map(station));
            continue;
        }
        let (shown, rest) = run.split_at(head);
        let (hidden, tail) = rest.split_at(rest.len() - TAIL);
        rows.extend(shown.iter().map(station));
        if let (Some(first), Some(last)) = (hidden.first(), hidden.last()) {
            rows.push(TableRow::Fold {
                text: format!(
                    "第 {} 至 {} 名 {} 家，均为{}，总分 {} 至 {}",
                    first.rank,
                    last.rank,
                    hidden.len(),
                    first.grade,
                    first.total,
                    last.total
                ),
                href: format!("/appraisal/cycles/{year}/ranking?full=1"),
            });
        }
        rows.extend(tail.iter().map(station));
    }
}
