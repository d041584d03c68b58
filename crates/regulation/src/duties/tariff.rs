//! 税则号 (customs codes, Article 5 (1)): what a warning is about and what a firm makes, matched by prefix, and carried
//! from one edition of the Harmonized System to another (reading K100).

use std::fmt;

use jiff::civil::Date;

mod concordance;

pub use concordance::{Carried, Concordance, HS2017_HS2022};

/// A chapter (2 digits), heading (4), subheading (6) or national line (8, 10) of a tariff.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(String);

impl Code {
    /// How many digits a code can have.
    pub const LENGTHS: [usize; 5] = [2, 4, 6, 8, 10];

    /// Reads `4011.10`, `4011 10 00`, `4011.1000`, also in full-width digits. A space parts two digits, or the four last of
    /// ten: `4011 4012` is two headings somebody forgot to separate, and is refused rather than misread.
    ///
    /// # Errors
    /// One sentence that quotes what was typed.
    pub fn parse(text: &str) -> Result<Code, String> {
        digits(text).map(Code).ok_or_else(|| {
            let typed = text.trim();
            format!("“{typed}”不是税号，应为 2、4、6、8 或 10 位数字，多个之间用顿号分隔，如 4011.10。")
        })
    }

    /// The digits alone, as they are stored and looked up.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// `4011.10.00`.
    pub fn shown(&self) -> String {
        let mut shown = self.0.chars().take(4).collect::<String>();
        for at in (4..self.0.len()).step_by(2) {
            shown.push('.');
            shown.push_str(&self.0[at..at + 2]);
        }
        shown
    }

    /// Whether goods can be under both: one is a prefix of the other.
    pub fn touches(&self, other: &Code) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }

    /// The codes this one stands under, from its chapter to itself: what an index is asked for.
    pub fn prefixes(&self) -> Vec<Code> {
        Code::LENGTHS.into_iter().filter_map(|length| self.cut(length)).collect()
    }

    /// The first two digits.
    pub fn chapter(&self) -> &str {
        &self.0[..2]
    }

    fn cut(&self, length: usize) -> Option<Code> {
        self.0.get(..length).map(|digits| Code(digits.to_owned()))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

fn digits(text: &str) -> Option<String> {
    let (mut digits, mut group, mut before, mut spaced) = (String::new(), 0, 0, false);
    let fits = |group: usize, before: usize, spaced: bool| {
        group > 0 && group.is_multiple_of(2) && (!spaced || group == 2 || (group == 4 && before == 2))
    };
    for char in text.trim().chars() {
        match char {
            '0'..='9' | '０'..='９' => {
                digits.push(char::from_digit(u32::from(char) % 16, 10)?);
                group += 1;
            }
            '.' | '．' | ' ' | '　' if group == 0 => spaced &= char != '.' && char != '．',
            '.' | '．' | ' ' | '　' => {
                if !fits(group, before, spaced) {
                    return None;
                }
                (before, group, spaced) = (group, 0, matches!(char, ' ' | '　'));
            }
            _ => return None,
        }
    }
    // No tariff has a chapter 00, and 77 is kept free in all of them.
    let known = Code::LENGTHS.contains(&digits.len()) && !digits.starts_with("00") && !digits.starts_with("77");
    (fits(group, before, spaced) && known).then_some(digits)
}

/// Reads codes as people type them, `4011.10、4011.20; 4012`, each once, in the order given.
///
/// # Errors
/// A sentence for each part that is no code.
pub fn parse_list(text: &str) -> Result<Vec<Code>, Vec<String>> {
    let (mut codes, mut wrong) = (Vec::new(), Vec::new());
    let parts = text.split(['、', ',', '，', ';', '；', '\n', '\r', '\t', '/', '|']).map(str::trim);
    for part in parts.filter(|part| !part.is_empty()) {
        match Code::parse(part) {
            Ok(code) if !codes.contains(&code) => codes.push(code),
            Ok(_) => {}
            Err(sentence) => wrong.push(sentence),
        }
    }
    if wrong.is_empty() { Ok(codes) } else { Err(wrong) }
}

/// Codes as they are stored, digits only, with those their goods may be listed under in another edition
/// ([`Concordance::widened`]), each once.
pub fn widened(codes: &[String], of: Revision) -> Vec<String> {
    let read = codes.iter().filter_map(|code| Code::parse(code).ok());
    let mut wide: Vec<String> = read
        .flat_map(|code| Concordance::shipped().widened(&code, of))
        .map(|code| code.0)
        .chain(codes.to_vec())
        .collect();
    wide.sort_unstable();
    wide.dedup();
    wide
}

/// The year of an edition of the Harmonized System.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(u16);

impl Revision {
    /// Editions in use, oldest first.
    pub const ALL: [Revision; 3] = [Revision(2012), Revision(2017), Revision(2022)];
    /// The edition in force.
    pub const NEWEST: Revision = Revision(2022);
    /// The edition before it.
    pub const BEFORE: Revision = Revision(2017);

    /// The edition a document of that day writes by; one without a day is taken for a new one. It came into force on the
    /// first day of its year.
    pub fn on(day: Option<Date>) -> Revision {
        if day.is_some_and(|day| day.year() < 2022) { Revision::BEFORE } else { Revision::NEWEST }
    }

    pub fn of_year(year: u16) -> Option<Revision> {
        Revision::ALL.into_iter().find(|revision| revision.0 == year)
    }

    pub fn year(self) -> u16 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        Code::parse(text).expect(text)
    }

    #[test]
    fn codes_are_read_as_people_write_them() {
        for text in ["4011.10.00", "4011 10 00", "40111000", "4011.1000", "４０１１．１０　００", " 4011. 10.00 "]
        {
            assert_eq!(code(text).digits(), "40111000", "{text}");
        }
        assert_eq!(code("2922.49.4020").shown(), code("2922 49 4020").shown());
        assert_eq!(["40", "4011", "401110"].map(|text| code(text).shown()), ["40", "4011", "4011.10"]);
        assert_eq!(code("4011100010").to_string(), "4011.10.00.10");
    }

    #[test]
    fn what_could_be_misread_is_refused() {
        // Two headings without anything between them look like one code of eight digits.
        let odd =
            ["4011 4012", "401110 401120", "401110 4012", "401", "4011.1", "40.1", "", "轮胎", "4011-10", "00", "7701"];
        for text in odd {
            let sentence = Code::parse(text).expect_err(text);
            assert!(sentence.starts_with(&format!("“{text}”不是税号")), "{sentence}");
        }
    }

    #[test]
    fn every_part_that_is_no_code_is_named() {
        let read = |text: &str| parse_list(text).map(|codes| codes.iter().map(Code::shown).collect::<Vec<_>>());
        assert_eq!(
            read("4011.10、4011.20; 4012\n401110"),
            Ok(["4011.10", "4011.20", "4012"].map(str::to_owned).to_vec())
        );
        assert_eq!(read(" 、 "), Ok(Vec::new()));
        let wrong = read("4011.10，轮胎，401").expect_err("two parts");
        assert!(wrong.len() == 2 && wrong[0].contains("“轮胎”") && wrong[1].contains("“401”"), "{wrong:?}");
    }

    #[test]
    fn goods_under_one_code_are_under_those_above_it() {
        let above: Vec<String> = code("4011100010").prefixes().iter().map(Code::shown).collect();
        assert_eq!(above, ["40", "4011", "4011.10", "4011.10.00", "4011.10.00.10"]);
        assert!(code("4011").touches(&code("40111000")) && code("40111000").touches(&code("4011")));
        assert!(!code("401110").touches(&code("401120")));
        assert_eq!(code("401110").chapter(), "40");
    }
}
