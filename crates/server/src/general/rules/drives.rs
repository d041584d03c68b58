//! What an article item drives: score rows, ledger kinds, facts, dates, numbers, and the readings that fill it in.

use regulation::law::Edition;

use super::said::value;

/// Links beside an item, each with its anchor on the page.
#[derive(Default)]
pub struct Drives {
    pub rows: Vec<(String, String)>,
    pub kinds: Vec<(String, String)>,
    pub facts: Vec<String>,
    pub qualitative: Vec<String>,
    pub numbers: Vec<(String, String)>,
    pub readings: Vec<(String, String)>,
}

impl Drives {
    pub fn of(edition: &Edition, item: &str) -> Drives {
        let of = |basis: &str| basis == item;
        let calendar = &edition.calendar;
        let deadlines = calendar.deadlines.iter().filter(|deadline| of(&deadline.basis));
        let numbers = calendar.numbers.iter().chain(&calendar.windows).filter(|number| of(&number.basis));
        let cites = format!("#{item}");
        Drives {
            rows: edition
                .sheet
                .items()
                .filter(|row| of(&row.article))
                .map(|row| (row.id.clone(), row.work.clone()))
                .collect(),
            kinds: edition
                .kinds
                .iter()
                .filter(|kind| of(&kind.basis))
                .map(|kind| (kind.id.clone(), kind.name.clone()))
                .collect(),
            facts: edition.facts.iter().filter(|fact| of(&fact.basis)).map(|fact| fact.name.clone()).collect(),
            qualitative: edition.qualitative.iter().filter(|q| of(&q.article)).map(|q| q.name.clone()).collect(),
            numbers: deadlines
                .map(|deadline| {
                    (deadline.id.clone(), format!("{}：{}月{}日", deadline.name, deadline.month, deadline.day))
                })
                .chain(numbers.map(|number| (number.id.clone(), format!("{}：{}", number.name, value(number)))))
                .collect(),
            readings: edition
                .readings
                .iter()
                .filter(|reading| {
                    let bases = reading.paragraphs.iter().filter_map(|paragraph| paragraph.strip_prefix("依据："));
                    bases.flat_map(str::split_whitespace).any(|basis| basis == cites)
                })
                .map(|reading| (reading.id.clone(), reading.title.clone()))
                .collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
            && self.kinds.is_empty()
            && self.facts.is_empty()
            && self.qualitative.is_empty()
            && self.numbers.is_empty()
            && self.readings.is_empty()
    }
}
