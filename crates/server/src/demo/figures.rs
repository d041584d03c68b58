//! What a station did in a year, in numbers: drawn first, so that its score is known before a row is written
//! and last year can hold a tie at the cap.

use std::cmp::Reverse;

use jiff::civil::Date;
use regulation::appraisal::grade::Standing;
use regulation::appraisal::ledger::{Entry, Facts};
use regulation::appraisal::score::{Grading, score};
use regulation::law::Edition;
use rust_decimal::Decimal;

use super::luck::Luck;
use crate::appraisal::reckon;

/// Kinds counted by the piece, in the order of [`Figures::events`].
pub const EVENTS: [&str; 10] = [
    "outreach.organised",
    "outreach.attended",
    "report.adopted.province",
    "report.adopted.ministry",
    "warning.adopted",
    "advice.adopted",
    "case.responded",
    "case.won",
    "case.evidence",
    "exchange.defused",
];

/// Least and most of each in a year, by how diligent the station is.
#[rustfmt::skip]
const EVENT_RANGES: [[(i64, i64); 10]; 4] = [
    //  组织    参与    省采编  部采编  预警采用 建议    应对    胜诉    取证    化解
    [(4, 7), (2, 6), (0, 2), (0, 1), (2, 12), (0, 2), (0, 2), (0, 1), (0, 1), (0, 1)],
    [(3, 5), (1, 5), (0, 1), (0, 0), (0,  7), (0, 1), (0, 1), (0, 0), (0, 1), (0, 1)],
    [(1, 3), (1, 4), (0, 0), (0, 0), (0,  3), (0, 1), (0, 1), (0, 0), (0, 0), (0, 0)],
    [(0, 1), (0, 2), (0, 0), (0, 0), (0,  0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)],
];
/// Least and most warnings of a month, likewise.
const WARNING_RANGES: [(i64, i64); 4] = [(19, 25), (13, 23), (7, 15), (2, 10)];
/// Least and most of an expert's mark, in half points.
const MARK_RANGES: [(i64, i64); 4] = [(16, 20), (13, 18), (10, 15), (7, 12)];

/// Standing facts, in the order of [`Figures::facts`].
pub const FACTS: [&str; 5] =
    ["has_unit", "has_dedicated_staff", "has_work_rules", "has_warning_site", "has_enterprise_roster"];
pub const RULES: usize = 2;
pub const SITE: usize = 3;
pub const ROSTER: usize = 4;

/// Work that experts mark: kind and row.
pub const REPORTS: [(&str, &str); 2] = [("report.topical", "warn.report"), ("report.case", "bonus.case_report")];

#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub facts: [bool; 5],
    pub months: [usize; 12],
    pub events: [usize; 10],
    /// Reports of either kind, each with its marks in half points.
    pub reports: [Vec<Vec<i64>>; 2],
    /// How many experts mark its reports.
    pub experts: usize,
    pub misconduct: bool,
    /// Outreach entries the reviewer will not accept, on top of those that count.
    pub refused: usize,
    /// The website is on record, but the reviewer will not accept it.
    pub site_refused: bool,
}

impl Figures {
    /// Draws a year. `diligence` is 0 (best) to 3.
    pub fn draw(luck: &mut Luck, diligence: usize, n: usize, experts: usize) -> Figures {
        let mut figures = Figures { facts: facts_of(luck, n), experts, ..Figures::default() };
        for month in &mut figures.months {
            let (low, high) = WARNING_RANGES[diligence];
            // One bad month now and then.
            let missed = luck.chance(12);
            *month = drawn(luck, (if missed { low / 2 } else { low }, high));
        }
        for (count, range) in figures.events.iter_mut().zip(EVENT_RANGES[diligence]) {
            *count = drawn(luck, range);
        }
        let topical = [2, 1, usize::from(luck.chance(70)), usize::from(luck.chance(20))][diligence];
        let on_cases = usize::from(luck.chance([60, 35, 10, 0][diligence]));
        for (reports, count) in figures.reports.iter_mut().zip([topical, on_cases]) {
            *reports = (0..count).map(|_| marks(luck, diligence, experts)).collect();
        }
        figures.misconduct = n % 60 == 9;
        figures.refused = usize::from(n % 9 == 5) + usize::from(n % 18 == 5);
        figures.site_refused = n % 30 == 11;
        figures.facts[SITE] &= !figures.site_refused;
        figures
    }

    /// The year after: drawn anew, but what is on record stays, apart from a few changes.
    pub fn next(&self, luck: &mut Luck, diligence: usize, n: usize) -> Figures {
        let mut next = Figures { site_refused: false, ..Figures::draw(luck, diligence, n, self.experts) };
        next.facts = self.facts;
        next.facts[RULES] |= n % 40 == 3;
        next.facts[SITE] = (self.facts[SITE] || self.site_refused) && n % 40 != 13;
        next.misconduct = false;
        next
    }

    /// Whether a record of this fact is kept, accepted or not.
    pub fn on_record(&self, fact: usize) -> bool {
        self.facts[fact] || (fact == SITE && self.site_refused)
    }

    /// The five figures this year would rank by.
    pub fn standing(&self, edition: &Edition, year: i16) -> Standing {
        let mut facts = Facts::default();
        for (fact, holds) in FACTS.iter().zip(self.facts) {
            if holds {
                facts.establish(fact, []);
            }
        }
        let mut ledger = Vec::new();
        let mut enter = |kind: &str, month: usize, count: usize| {
            let month = i8::try_from(month + 1).unwrap_or(1);
            if let (Some(kind), Ok(on)) = (edition.kind_ix(kind), Date::new(year, month, 1)) {
                ledger.push(Entry { id: 0, kind, on, count: count as u64 });
            }
        };
        for (month, count) in self.months.iter().enumerate() {
            enter("warning.published", month, *count);
        }
        for (kind, count) in EVENTS.iter().zip(self.events) {
            enter(kind, 0, count);
        }
        enter("misconduct.upheld", 0, usize::from(self.misconduct));
        let gradings: Vec<Grading> = REPORTS
            .iter()
            .zip(&self.reports)
            .flat_map(|((_, item), reports)| reports.iter().enumerate().map(|(work, marks)| (*item, work, marks)))
            .map(|(item, work, marks)| Grading {
                item: item.to_owned(),
                work: work.to_string(),
                marks: marks.iter().map(|half| Decimal::new(half * 5, 1)).collect(),
            })
            .collect();
        reckon::standing(&score(edition, &facts, &ledger, &gradings, year))
    }
}

/// Every standing fact is missing somewhere.
fn facts_of(luck: &mut Luck, n: usize) -> [bool; 5] {
    let missing = match n % 40 {
        10 => Some(0),
        8 | 31 => Some(1),
        3 | 24 => Some(RULES),
        6 | 17 | 28 => Some(SITE),
        5 | 36 => Some(ROSTER),
        _ => luck.chance(4).then_some(SITE),
    };
    std::array::from_fn(|fact| missing != Some(fact))
}

fn drawn(luck: &mut Luck, (low, high): (i64, i64)) -> usize {
    usize::try_from(luck.between(low, high)).unwrap_or_default()
}

fn marks(luck: &mut Luck, diligence: usize, experts: usize) -> Vec<i64> {
    let (low, high) = MARK_RANGES[diligence];
    let middle = luck.between(low, high);
    let mut marks: Vec<i64> = (0..experts).map(|_| (middle + luck.between(-2, 2)).clamp(0, 20)).collect();
    // Now and then somebody sees it quite otherwise, and the panel has to talk.
    if luck.chance(6) {
        marks[0] = (middle - 7).max(0);
    }
    marks
}

/// Best first: a quarter of the stations at the top, few at the bottom.
pub fn diligence(luck: &mut Luck, n: usize, absent: bool) -> usize {
    match (n, luck.between(1, 100)) {
        _ if absent => 3,
        (0, _) | (_, ..=24) => 0,
        (_, 25..=66) => 1,
        (_, 67..=91) => 2,
        _ => 3,
    }
}

/// Makes two of the stations in `competing` equal in all five figures across the cap of excellent ones, so that
/// the province had something to decide.
pub fn tie_at_cap(edition: &Edition, year: i16, all: &mut [Figures], competing: &[usize]) {
    let one_in = usize::try_from(edition.whole("excellent.denominator")).unwrap_or(usize::MAX).max(1);
    let cap = competing.len() / one_in;
    let mut ranked: Vec<(Reverse<Standing>, usize)> =
        competing.iter().map(|n| (Reverse(all[*n].standing(edition, year)), *n)).collect();
    ranked.sort_by_key(|(standing, n)| (*standing, *n));
    if cap == 0 || cap >= ranked.len() {
        return;
    }
    let (inside, outside) = (ranked[cap - 1].1, ranked[cap].1);
    let own = &all[outside];
    // A website refused would be on record there.
    all[outside] = Figures { refused: own.refused, site_refused: false, ..all[inside].clone() };
}
