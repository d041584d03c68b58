//! Codes of one edition of the Harmonized System carried to another (reading K100).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::{Code, Revision};

/// The changes between the editions of 2017 and 2022, in the form [`Concordance::parse`] reads; its head says what it is.
pub const HS2017_HS2022: &str = include_str!("../../../data/hs2017_hs2022.csv");

/// The table that ships.
static SHIPPED: LazyLock<Concordance> = LazyLock::new(|| Concordance::parse(HS2017_HS2022).unwrap_or_default());

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

    /// The table that ships: from the edition of 2017 to the one in force.
    pub fn shipped() -> &'static Concordance {
        &SHIPPED
    }

    /// What a code of the edition before became, where it is no more; empty for one that goes on.
    pub fn successors(&self, code: &Code) -> Vec<Code> {
        if self.ended(code) { self.carry(code, Revision::BEFORE, Revision::NEWEST).codes } else { Vec::new() }
    }

    /// Whether a code of the edition before is no more in the one in force.
    fn ended(&self, code: &Code) -> bool {
        let Some(changes) = self.0.get(&(Revision::BEFORE, Revision::NEWEST)) else { return false };
        let own = code.cut(6).unwrap_or_else(|| code.clone());
        changes.get(&own).is_some_and(|new| !new.contains(&own))
    }

    /// Where a code of a document by the edition `of` stands in the one in force; empty where it is the same.
    pub fn now(&self, code: &Code, of: Revision) -> Vec<Code> {
        let codes =
            if of < Revision::NEWEST { self.carry(code, of, Revision::NEWEST).codes } else { self.successors(code) };
        if codes.as_slice() == std::slice::from_ref(code) { Vec::new() } else { codes }
    }

    /// The codes under which goods of this one, written by the edition `of`, may stand on a list of any age: itself, what it
    /// became, and codes that ended and went into one of these. Whom a notice concerns is found by them; what goods are
    /// classified under is not. A chapter is wide enough as it is.
    pub fn widened(&self, code: &Code, of: Revision) -> Vec<Code> {
        if code.0.len() < 4 {
            return vec![code.clone()];
        }
        let mut codes = BTreeSet::from([code.clone()]);
        codes.extend(self.now(code, of));
        if let Some(back) = self.0.get(&(Revision::NEWEST, Revision::BEFORE)) {
            let into = |new: &Code| codes.iter().any(|code| code.touches(new));
            let olds = back.iter().filter(|(new, _)| into(new)).flat_map(|(_, olds)| olds);
            let olds: Vec<Code> = olds.filter(|old| self.ended(old)).cloned().collect();
            codes.extend(olds);
        }
        codes.into_iter().collect()
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
    fn a_list_of_any_age_is_found() {
        let widened = |text: &str, of: Revision| {
            let codes = Concordance::shipped().widened(&code(text), of);
            codes.iter().map(|code| code.digits().to_owned()).collect::<Vec<_>>()
        };
        // Solar cells: 8541.40 of 2017 became four subheadings.
        let after = ["854140", "854141", "854142", "854143", "854149"];
        assert_eq!(widened("8541.40", Revision::NEWEST), after, "one that is no more");
        assert_eq!(widened("8541.43", Revision::NEWEST), ["854140", "854143"], "whoever still lists the old one");
        assert_eq!(widened("8541.43.00", Revision::NEWEST), ["854140", "85414300"]);
        assert_eq!(widened("4011.10", Revision::BEFORE), ["401110"], "nothing changed");
        assert!(widened("8541", Revision::NEWEST).contains(&"8541".to_owned()));
        // 8529.90 goes on and gave display modules away: only a notice of before can mean them.
        assert!(!widened("8529.90", Revision::NEWEST).contains(&"852411".to_owned()));
        assert!(widened("8529.90", Revision::BEFORE).contains(&"852411".to_owned()));
        assert_eq!(Concordance::shipped().successors(&code("8541.40")).len(), 4);
        assert_eq!(Concordance::shipped().successors(&code("4011.10")), []);
    }

    proptest::proptest! {
        #[test]
        fn a_code_is_among_what_it_is_found_by(digits in "[1-6][0-9]{5}") {
            let own = code(&digits);
            for of in [Revision::BEFORE, Revision::NEWEST] {
                proptest::prop_assert!(Concordance::shipped().widened(&own, of).contains(&own));
            }
        }
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
