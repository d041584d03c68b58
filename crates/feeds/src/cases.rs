//! Case numbers: found, normalised, ranges and lists expanded.

use std::collections::HashSet;

use regex::Regex;

use crate::text::{cut, plain_dashes};

/// A range longer than this is not one: it keeps its two ends.
const LONGEST_RANGE: u32 = 100;

/// No document is about more cases, nor names them in a longer field.
const MOST: usize = 1000;
const LONGEST_FIELD: usize = 40_000;

/// Whose numbers a text may hold beside those of the United States, which are unmistakable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum System {
    #[default]
    UnitedStates,
    EuropeanUnion,
    UnitedKingdom,
    India,
}

#[derive(Debug)]
pub(crate) struct Cases {
    commerce: Regex,
    commission: Regex,
    more: Regex,
    docket: Regex,
    european: Regex,
    british: Regex,
    indian: Regex,
    indian_file: Regex,
}

impl Cases {
    pub(crate) fn new() -> Result<Cases, regex::Error> {
        Ok(Cases {
            commerce: Regex::new(r"(?-u:\b)([AC])\s?-\s?(\d{3})\s?-\s?(\d{3})(?-u:\b)")?,
            commission: Regex::new(
                r"(?-u:\b)(?:((?:701|731|751|337|421|406)-TA|332|1210)-(\d{1,4})|(TA-20[0-9]|AA1921)-(\d{1,3}))(?-u:\b)",
            )?,
            more: Regex::new(r"^(?:\s?(-)\s?|\s*(?:,\s*(?:and\s+)?|and\s+|&\s*))(\d{1,4})(?-u:\b)(-TA(?-u:\b))?")?,
            docket: Regex::new(r"(?-u:\b)(?:USTR|USCBP|BIS|ITA|USITC)-\d{4}-\d{4}(?-u:\b)")?,
            european: Regex::new(r"(?-u:\b)(AD|AS|AI|R|SG|AC|NE)\s?(\d{3,4}[a-z]?)(?-u:\b)")?,
            british: Regex::new(r"(?-u:\b)([A-Z]{2})\s?-?(\d{4})(?-u:\b)")?,
            indian: Regex::new(
                r"(?i)(?-u:\b)(AD|CVD|SG|AS)\s*[-.]?\s*\(?\s*(OI|SSR|MTR|AC|NSR|CVD|SG|BSM|QR|SR)\s*\)?\s*[-:.]*\s*(\d{1,3})\s*/\s*((?:19|20)\d{2})",
            )?,
            indian_file: Regex::new(r"(?i)(?-u:\b)(\d{1,2}/\d{1,3}/(?:19|20)\d{2})\s*-\s*DGTR(?-u:\b)")?,
        })
    }

    /// The numbers in a text, in its order, each once.
    pub(crate) fn read(&self, text: &str, system: System) -> Vec<String> {
        let text = plain_dashes(cut(text, LONGEST_FIELD));
        let mut found: Vec<(usize, String)> = Vec::new();
        for hit in self.commerce.captures_iter(&text) {
            found.push((start(&hit), format!("{}-{}-{}", &hit[1], &hit[2], &hit[3])));
        }
        for hit in self.commission.captures_iter(&text) {
            let series = hit.get(1).or(hit.get(3));
            let number = hit.get(2).or(hit.get(4));
            if let (Some(series), Some(number)) = (series, number) {
                let at = series.start();
                let listed = self.listed(number.as_str(), &text[number.end()..]);
                found.extend(listed.into_iter().map(|number| (at, format!("{}-{number}", series.as_str()))));
            }
        }
        found.extend(self.docket.find_iter(&text).map(|hit| (hit.start(), hit.as_str().to_owned())));
        match system {
            System::UnitedStates => {}
            System::EuropeanUnion => {
                found.extend(
                    self.european.captures_iter(&text).map(|hit| (start(&hit), format!("{}{}", &hit[1], &hit[2]))),
                );
            }
            System::UnitedKingdom => {
                found.extend(
                    self.british.captures_iter(&text).map(|hit| (start(&hit), format!("{}{}", &hit[1], &hit[2]))),
                );
            }
            System::India => {
                found.extend(self.indian.captures_iter(&text).map(|hit| {
                    let (law, kind) = (hit[1].to_uppercase(), hit[2].to_uppercase());
                    (start(&hit), format!("{law}({kind})-{}/{}", &hit[3], &hit[4]))
                }));
                found.extend(
                    self.indian_file.captures_iter(&text).map(|hit| (start(&hit), format!("{}-DGTR", &hit[1]))),
                );
            }
        }
        // Stable: what stands at one place keeps its order, which is the range's.
        found.sort_by_key(|(at, _)| *at);
        let mut seen = HashSet::new();
        found.into_iter().map(|(_, number)| number).filter(|number| seen.insert(number.clone())).take(MOST).collect()
    }

    /// `731-TA-1215-1216, 1221-1223`: the number read and those that follow it under the same series.
    fn listed(&self, first: &str, mut rest: &str) -> Vec<String> {
        let mut numbers = vec![first.to_owned()];
        let mut last = first.to_owned();
        while let Some(hit) = self.more.captures(rest) {
            let (Some(all), Some(number)) = (hit.get(0), hit.get(2)) else { break };
            // “… and 731-TA-1726” begins another series.
            if hit.get(3).is_some() {
                break;
            }
            let number = abbreviated(&last, number.as_str());
            let (Ok(from), Ok(to)) = (last.parse::<u32>(), number.parse::<u32>()) else { break };
            if to <= from || number.len().abs_diff(last.len()) > 1 {
                break;
            }
            if hit.get(1).is_some() && to - from <= LONGEST_RANGE {
                numbers.extend((from + 1..to).map(|between| between.to_string()));
            }
            numbers.push(number.clone());
            last = number;
            rest = &rest[all.end()..];
        }
        numbers
    }
}

/// The end of a range written short: `1726-27` ends at 1727.
fn abbreviated(last: &str, number: &str) -> String {
    let kept = last.len().saturating_sub(number.len());
    if kept > 0 && number.len() >= 2 && kept <= 2 && number > &last[kept..] {
        format!("{}{number}", &last[..kept])
    } else {
        number.to_owned()
    }
}

fn start(hit: &regex::Captures<'_>) -> usize {
    hit.get(0).map_or(0, |all| all.start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, system: System, expected: &[&str]) {
        assert_eq!(Cases::new().expect("patterns").read(text, system), expected, "{text}");
    }

    #[test]
    fn commerce_numbers_stand_alone() {
        reads("A-570-084, C-570-085", System::UnitedStates, &["A-570-084", "C-570-085"]);
        reads("[A–570–836]", System::UnitedStates, &["A-570-836"]);
        reads("A - 570 - 836", System::UnitedStates, &["A-570-836"]);
        reads("USA-570-836", System::UnitedStates, &[]);
        reads("案号A-570-836的案件", System::UnitedStates, &["A-570-836"]);
    }

    #[test]
    fn ranges_and_lists_of_the_commission_are_expanded() {
        reads(
            "Investigation Nos. 701-TA-748-749 and 731-TA-1726-1727 (Preliminary)",
            System::UnitedStates,
            &["701-TA-748", "701-TA-749", "731-TA-1726", "731-TA-1727"],
        );
        reads(
            "Investigation Nos. 701-TA-417 and 731-TA-953, 957-959, and 961 (Fourth Review)",
            System::UnitedStates,
            &["701-TA-417", "731-TA-953", "731-TA-957", "731-TA-958", "731-TA-959", "731-TA-961"],
        );
        reads(
            "Investigation Nos. 731-TA-1132 and 1134 (Third Review) and 701-TA-415",
            System::UnitedStates,
            &["731-TA-1132", "731-TA-1134", "701-TA-415"],
        );
        reads("Nos. 731-TA-1726-27", System::UnitedStates, &["731-TA-1726", "731-TA-1727"]);
        reads("Inv. No. 337-TA-1434", System::UnitedStates, &["337-TA-1434"]);
        reads(
            "Investigation No. 337-TA-1422 & Investigation No. 337-TA-1425",
            System::UnitedStates,
            &["337-TA-1422", "337-TA-1425"],
        );
        reads("Inv. No. TA-201-79", System::UnitedStates, &["TA-201-79"]);
        // Investigations under the Antidumping Act, 1921, whose findings are reviewed to this day.
        reads(
            "Investigation Nos. AA1921-188 and 701-TA-432 (Sixth Review)",
            System::UnitedStates,
            &["AA1921-188", "701-TA-432"],
        );
        reads("Investigation No. 332-606", System::UnitedStates, &["332-606"]);
    }

    #[test]
    fn a_range_that_is_none_keeps_its_ends() {
        reads("701-TA-1-900", System::UnitedStates, &["701-TA-1"]);
        reads("701-TA-100-900", System::UnitedStates, &["701-TA-100", "701-TA-900"]);
        reads("701-TA-748-700", System::UnitedStates, &["701-TA-748"]);
        reads("701-TA-720, 2", System::UnitedStates, &["701-TA-720"]);
    }

    #[test]
    fn other_systems_are_read_where_they_may_stand() {
        reads("AD 643, AS712 and R123", System::EuropeanUnion, &["AD643", "AS712", "R123"]);
        reads("Regulation (EU) 2025/500", System::EuropeanUnion, &[]);
        reads("AD0012: Aluminium extrusions", System::UnitedKingdom, &["AD0012"]);
        reads(
            "Case No. AD (OI) - 12/2024, F. No. 6/12/2024-DGTR",
            System::India,
            &["AD(OI)-12/2024", "6/12/2024-DGTR"],
        );
    }
}
