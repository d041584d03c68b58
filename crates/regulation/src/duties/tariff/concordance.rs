//! Codes of one edition of the Harmonized System carried to another (reading K100).

use std::collections::{BTreeMap, BTreeSet};

use super::{Code, Revision};

/// The changes between the editions of 2017 and 2022, in the form [`Concordance::parse`] reads; its head says what it is.
pub const HS2017_HS2022: &str = include_str!("../../../data/hs2017_hs2022.csv");

/// Which codes became which.
#[derive(Clone, Debug, Default)]
pub struct Concordance(BTreeMap<(Revision, Revision), Changes>);

type Changes = BTreeMap<Code, BTreeSet<Code>>;

/// Where a code went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Never empty, in order.
    pub codes: Vec<Code>,
    /// Whether nothing of the code was given up: not so where a national line fell back to subheadings, or where no table
    /// leads from one edition to the other.
    pub exact: bool,
}

impl Concordance {
    /// Reads lines of four columns, parted by commas or tabs: edition, code, later edition, code. Codes have six digits, or
    /// four for a heading that ended; a code that goes on and took in goods of others needs a line to itself.
    ///
    /// # Errors
    /// A sentence for each line that cannot be read or stands twice.
    pub fn parse(text: &str) -> Result<Concordance, Vec<String>> {
        let (mut tables, mut wrong) = (Concordance::default(), Vec::new());
        for (ix, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if let Err(problem) = tables.take(line) {
                wrong.push(format!("第 {} 行：{problem}", ix + 1));
            }
        }
        if wrong.is_empty() { Ok(tables) } else { Err(wrong) }
    }

    fn take(&mut self, line: &str) -> Result<(), String> {
        let columns: Vec<&str> = line.split(if line.contains('\t') { '\t' } else { ',' }).map(str::trim).collect();
        let [from, old, to, new] = columns[..] else {
            return Err(format!("应有版本、税则号、后一版本、税则号四列，现有 {} 列。", columns.len()));
        };
        let edition = |year: &str| year.parse().ok().and_then(Revision::of_year);
        let (Some(from), Some(to)) = (edition(from), edition(to)) else {
            return Err("版本应为2012、2017或者2022。".to_owned());
        };
        if from >= to {
            return Err("后一版本应晚于前一版本。".to_owned());
        }
        let (old, new) = (Code::parse(old)?, Code::parse(new)?);
        if old.0.len() != new.0.len() || ![4, 6].contains(&old.0.len()) {
            return Err("两个税则号应同为6位，或者同为4位。".to_owned());
        }
        let sentence = format!("{old} 到 {new} 写了不止一次。");
        let forward = self.0.entry((from, to)).or_default().entry(old.clone()).or_default().insert(new.clone());
        self.0.entry((to, from)).or_default().entry(new).or_default().insert(old);
        if forward { Ok(()) } else { Err(sentence) }
    }

    /// Where a code of one edition stands in another, later or earlier. A subheading goes to all its successors, a chapter
    /// or heading to all of its kind they stand under; a code no line names is unchanged.
    pub fn carry(&self, code: &Code, from: Revision, to: Revision) -> Carried {
        let Some(route) = self.route(from, to) else {
            return Carried { codes: vec![code.clone()], exact: false };
        };
        let (mut codes, mut exact) = (BTreeSet::from([code.clone()]), true);
        for changes in route {
            let mut next = BTreeSet::new();
            for code in &codes {
                exact &= step(changes, code, &mut next);
            }
            codes = next;
        }
        Carried { codes: codes.into_iter().collect(), exact }
    }

    /// The tables to go through: the one between both editions, or those from each to the next.
    fn route(&self, from: Revision, to: Revision) -> Option<Vec<&Changes>> {
        if let Some(direct) = self.0.get(&(from, to)) {
            return Some(vec![direct]);
        }
        let mut between: Vec<Revision> =
            Revision::ALL.into_iter().filter(|r| *r >= from.min(to) && *r <= from.max(to)).collect();
        if from > to {
            between.reverse();
        }
        between.windows(2).map(|pair| self.0.get(&(pair[0], pair[1]))).collect()
    }
}

/// Adds where one table takes a code; false when digits of it were given up.
fn step(changes: &Changes, code: &Code, next: &mut BTreeSet<Code>) -> bool {
    let length = code.0.len();
    if length < 6 {
        let own = changes.get(code).cloned().unwrap_or_else(|| BTreeSet::from([code.clone()]));
        let below = changes.iter().filter(|(old, _)| old.0.len() == 6 && old.0.starts_with(&code.0));
        next.extend(below.flat_map(|(_, new)| new).filter_map(|new| new.cut(length)));
        next.extend(own);
        return true;
    }
    let subheading = code.cut(6).unwrap_or_else(|| code.clone());
    match changes.get(&subheading) {
        Some(new) if *new != BTreeSet::from([subheading]) => {
            next.extend(new.iter().cloned());
            length == 6
        }
        _ => {
            next.insert(code.clone());
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        Code::parse(text).expect(text)
    }

    const YEARS: [Revision; 3] = Revision::ALL;
    const TABLE: &str = "# head\n2012,111111,2017,222222\n2017\t222222\t2022\t333333\n2017,222222,2022,444444\n\
                         2017,444444,2022,444444\n2017,555555,2022,555555\n2017,555555,2022,556666\n2017,2222,2022,3333\n";

    fn carried(text: &str, from: usize, to: usize) -> (Vec<String>, bool) {
        let table = Concordance::parse(TABLE).expect("table");
        let carried = table.carry(&code(text), YEARS[from], YEARS[to]);
        (carried.codes.iter().map(|code| code.digits().to_owned()).collect(), carried.exact)
    }

    #[test]
    fn a_code_goes_to_all_its_successors() {
        let to = |codes: &[&str], exact| (codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>(), exact);
        assert_eq!(carried("222222", 1, 2), to(&["333333", "444444"], true));
        assert_eq!(carried("111111", 0, 2), to(&["333333", "444444"], true), "by way of 2017");
        assert_eq!(carried("22222200", 1, 2), to(&["333333", "444444"], false), "the tail was of another tariff");
        assert_eq!(carried("5555550010", 1, 2), to(&["555555", "556666"], false), "part of its goods went");
        assert_eq!(carried("4444440010", 1, 2), to(&["4444440010"], true));
        assert_eq!(carried("999999", 0, 2), to(&["999999"], true));
        assert_eq!(carried("2222", 1, 2), to(&["3333", "4444"], true), "a heading that ended");
        assert_eq!(carried("5555", 1, 2), to(&["5555", "5566"], true), "one that goes on beside what it gave");
        assert_eq!(carried("22", 1, 2), to(&["22", "33", "44"], true));
        assert_eq!(carried("444444", 2, 1), to(&["222222", "444444"], true), "back: whatever it can have been");
        assert_eq!(carried("33333300", 1, 1), to(&["33333300"], true));
        let empty = Concordance::default().carry(&code("222222"), YEARS[1], YEARS[2]);
        assert_eq!((empty.codes.len(), empty.exact), (1, false), "without a table nobody knows");
    }

    #[test]
    fn a_table_says_which_line_is_wrong() {
        let table = "2017,222222,2022,333333\n2017,222222,2022\n2018,222222,2022,333333\n2022,222222,2017,333333\n\
                     2017,2222,2022,333333\n2017,22222222,2022,33333333\n2017,轮胎,2022,333333\n2017,222222,2022,333333\n";
        let wrong = Concordance::parse(table).expect_err("seven lines");
        let lines: Vec<&str> = wrong.iter().filter_map(|line| line.split('：').next()).collect();
        assert_eq!(lines, ["第 2 行", "第 3 行", "第 4 行", "第 5 行", "第 6 行", "第 7 行", "第 8 行"]);
        assert!(wrong[6].contains("2222.22 到 3333.33 写了不止一次"), "{wrong:?}");
    }
}
