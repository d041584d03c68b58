//! Customs codes: as fields state them, and as running text names them. The latter are proposals.

use regex::Regex;

use crate::text::cut;
use crate::{HsCode, Via};

/// How far apart the codes of one list in running text may stand, in bytes.
const REACH: usize = 240;
/// How far behind its word the first code without dots may stand.
const NEAR: usize = 14;
/// No document lists more; a page of figures that looks like codes is not one list.
const MOST: usize = 2000;

#[derive(Debug)]
pub(crate) struct Codes {
    trigger: Regex,
    code: Regex,
    separators: Regex,
}

impl Codes {
    pub(crate) fn new() -> Result<Codes, regex::Error> {
        Ok(Codes {
            trigger: Regex::new(
                r"(?i)\bHTS(?:US)?\b|\bharmoni[sz]ed (?:tariff schedule|system)\b|\b(?:sub-?)?headings?\b|\bHS codes?\b|\b(?:CN|TARIC|tariff|customs) codes?\b|\btariff items?\b|\b(?:falling|classifi(?:ed|able)) (?:within|under)\b|税则号列?|税号|海关编码|HS编码",
            )?,
            code: Regex::new(
                r"(?-u:\b)(?:\d{4}\.\d{2}(?:\.\d{4}|\.\d{2}(?:\.?\d{2})?|\d{4}|\d{2})?|\d{4}(?: \d{2}){1,3}|\d{10}|\d{8}|\d{6}|\d{4})(?-u:\b)",
            )?,
            separators: Regex::new(r"^(?:[\s,;:/&()，、；]|and|or|ex|to|through|[和及或])*$")?,
        })
    }

    /// The codes a field states, separated by anything. Letters and dots in a code do not count.
    pub(crate) fn field(&self, field: &str, via: Via) -> Vec<HsCode> {
        let parts = field.split([',', ';', '|', '\n', '，', '；', '、', '/', '(', ')']);
        let mut codes = Vec::new();
        for part in parts.take(MOST) {
            let digits: String = part.chars().filter(char::is_ascii_digit).collect();
            // “8471 - Automatic data processing machines”: the words after a code are no part of it.
            let leading: String =
                part.trim_start().chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ' ')).collect();
            let leading: String = leading.chars().filter(char::is_ascii_digit).collect();
            let code = if leading.is_empty() { digits } else { leading };
            codes.extend(whole(&with_zero(part.trim(), code)).map(|code| HsCode { code, via }));
        }
        codes
    }

    /// The codes running text names after words such as “HTSUS subheading”.
    pub(crate) fn text(&self, text: &str) -> Vec<HsCode> {
        let mut codes = Vec::new();
        let mut triggers = self.trigger.find_iter(text).peekable();
        while let Some(trigger) = triggers.next() {
            // What stands behind the next such word is that word's.
            let part = &text[trigger.end()..triggers.peek().map_or(text.len(), |next| next.start())];
            self.list(part, headed(trigger.as_str()), &mut codes);
        }
        codes
    }

    /// The codes of one list, from its word on until none follows within reach.
    fn list(&self, part: &str, headed: bool, codes: &mut Vec<HsCode>) {
        let (mut at, mut reach, mut listing) = (0, REACH, false);
        while codes.len() < MOST
            && let Some(hit) = self.code.find(cut(&part[at..], reach))
        {
            let (gap, shape) = (hit.start(), hit.as_str());
            let before = &part[..at + gap];
            let bare = shape.bytes().all(|b| b.is_ascii_digit());
            let money = before.ends_with(['$', '€', '£', '¥', ',', '§']) || before.ends_with("CFR ");
            // Digits alone are a code right behind the word or in its list only; four of them elsewhere are a year.
            let listed = listing && self.separators.is_match(&part[at..at + gap]);
            let first = !listing && at == 0 && gap <= NEAR && (shape.len() > 4 || headed);
            let code = whole(&shape.chars().filter(char::is_ascii_digit).collect::<String>());
            at += hit.end();
            match code.filter(|_| !money && (!bare || listed || first)) {
                Some(code) => {
                    codes.push(HsCode { code, via: Via::Text });
                    (listing, reach) = (true, REACH);
                }
                None => (listing, reach) = (false, reach.saturating_sub(hit.end())),
            }
        }
    }
}

fn headed(trigger: &str) -> bool {
    let word = trigger.to_ascii_lowercase();
    word.contains("heading") || word.contains("code") || word.starts_with("falling") || !word.is_ascii()
}

/// The last heading of each of the chapters 01 to 09.
const LAST_HEADINGS: [u32; 9] = [106, 210, 309, 410, 511, 604, 714, 814, 910];

/// A code with the zero that a worksheet drops where it takes a code for a number: 7032010 is 0703.20.10. Only where the
/// cell is a code and no more, has an odd number of digits, and the heading with the zero exists.
fn with_zero(cell: &str, code: String) -> String {
    let alone = cell.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let odd = matches!(code.len(), 3 | 5 | 7 | 9) && matches!(cell.find('.'), None | Some(3));
    let heading: Option<u32> = code.get(..3).and_then(|heading| heading.parse().ok());
    let exists = |heading: u32| {
        let last = usize::try_from(heading / 100).ok().and_then(|chapter| LAST_HEADINGS.get(chapter.checked_sub(1)?));
        !heading.is_multiple_of(100) && last.is_some_and(|last| heading <= *last)
    };
    if alone && odd && heading.is_some_and(exists) { format!("0{code}") } else { code }
}

/// A code of whole levels in a chapter that exists; an odd last digit is a level not written out.
fn whole(digits: &str) -> Option<String> {
    let level = digits.len().min(10) & !1;
    let code = digits.get(..level)?;
    let chapter: u32 = code.get(..2)?.parse().ok()?;
    // 98 and 99 are national chapters (temporary rates), no goods; 77 is reserved.
    ((1..=97).contains(&chapter) && chapter != 77).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn proposes(text: &str, expected: &[&str]) {
        let found = Codes::new().expect("patterns").text(text);
        assert_eq!(found.iter().map(|hs| hs.code.as_str()).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn text_proposes_codes_after_their_word_only() {
        proposes(
            "currently classifiable under the Harmonized Tariff Schedule of the United States (HTSUS) subheading \
             2922.49.4020. See 19 CFR 351.213 and 80 FR 4595 (2015).",
            &["2922494020"],
        );
        proposes(
            "HTSUS subheadings 4802.56.1000, 4802.56.20.00 and 4802.62.50; and under heading 4810 or 4811.",
            &["4802561000", "4802562000", "48026250", "4810", "4811"],
        );
        proposes(
            "currently falling under CN codes ex 8708 70 10 and ex 8708 70 50 (TARIC codes 8708701015)",
            &["87087010", "87087050", "8708701015"],
        );
        proposes("税则号40112000、4011.90.10项下", &["40112000", "40119010"]);
        proposes("heading 9903.88.03 of the HTSUS", &[]);
        proposes("On 2025 03 01 the sum of $4802.56 was paid.", &[]);
        proposes("The HTSUS, published in 2025, is amended.", &[]);
    }

    #[test]
    fn fields_state_codes_at_any_level() {
        let codes = Codes::new().expect("patterns");
        let read = |field: &str| codes.field(field, Via::Field).into_iter().map(|hs| hs.code).collect::<Vec<_>>();
        assert_eq!(read("8471; 8517.13.00, 02; 4810.22.50.44"), ["8471", "85171300", "02", "4810225044"]);
        assert_eq!(read("8471 - Automatic data processing machines, 30 kg"), ["8471", "30"]);
        assert_eq!(read("480209000"), ["48020900"], "an odd digit is cut to the level it can be sure of");
        assert!(read("n/a").is_empty());
        assert_eq!(read("7032010; 70320; 703; 203"), ["07032010", "070320", "0703", "0203"], "a lost zero is back");
        assert_eq!(read("703.20.10; 7032010090"), ["07032010", "7032010090"]);
        assert_eq!(read("4011.10.1; 847; 8517130"), ["401110", "84", "851713"], "no heading with the zero");
        for none in ["99038803", "98010000", "77010000", "00010000"] {
            assert!(read(none).is_empty(), "{none}");
        }
    }
}
