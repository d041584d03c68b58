//! Days as sources write them.

use std::ops::Range;

use jiff::civil::Date;
use regex::{Captures, Regex};

use crate::mapping::DateOrder;
use crate::text::cut;

/// How far before a date the words that make it a deadline may stand, in bytes.
const REACH: usize = 300;
/// How much of a text is searched for a deadline.
const LONGEST: usize = 20_000;

#[derive(Debug)]
pub(crate) struct Dates {
    month_day_year: Regex,
    day_month_year: Regex,
    numeric: Regex,
    han: Regex,
    sentence: Regex,
    due: Regex,
    undue: Regex,
    announced: Regex,
}

const MONTHS: &str = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|\
                      oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";

/// What may stand between “by” and the day: the hour and its zone, the weekday.
const BEFORE_DAY: &str = r"[\s,(]+(?:(?:\d{1,2}(?::\d{2})?|[ap]\.?m\.?|noon|midnight|close of business|eastern|standard|daylight|time|e[sd]?t|on|the|(?:mon|tues|wednes|thurs|fri|satur|sun)day)[\s,()]+)*";

impl Dates {
    pub(crate) fn new() -> Result<Dates, regex::Error> {
        Ok(Dates {
            month_day_year: Regex::new(&format!(r"(?i)\b({MONTHS})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b"))?,
            day_month_year: Regex::new(&format!(
                r"(?i)\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+|-)({MONTHS})\.?,?(?:\s+|-)(\d{{4}})\b"
            ))?,
            numeric: Regex::new(r"^(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:[T ].*)?$")?,
            han: Regex::new(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日?")?,
            sentence: Regex::new(r"(?:[A-Za-z]{3}|[\d)])\.\s+(?:[A-Z]|$)|;")?,
            due: Regex::new(&format!(
                r"(?i)\bbe (?:\w+ )?(?:received|submitted|filed|postmarked)\b|\bdeadline\b|\bclos(?:es?|ing date)\b|\b(?:no|not) later than\b|\bon or before\b|\bdue date for\b|\bcomment period (?:\w+ )?ends?\b|\baccept\w* (?:\w+ )*comments?\b.*\bthrough{BEFORE_DAY}$|\bdue(?: date)?\s*(?:[:,]|$|\b(?:is|are|on|by|at|no|not|before)\b)|\b(?:comments?|responses?|respond|requests?|submissions?|briefs?|nominations?|received|submitted|filed)\b.*\b(?:by|until|before|prior to|accepted through){BEFORE_DAY}$"
            ))?,
            undue: Regex::new(
                r"(?i)\bdays? (?:of|after|from|before|prior to|following)\b[^,]*$|\b(?:effective|applicable)\b[^,]*$|\b(?:will|intends? to|plans? to) (?:issue|make|publish|hold|determine|complete)\b|\bdeadline for (?:\w+ ){0,4}(?:determinations?|results)\b",
            )?,
            announced: Regex::new(
                r"(?i)^(?:[ap]\.m\.|\d:\d\d|[^.;:]){0,40}:\s[^.;]{0,200}?\b(?:deadline|by this date)\b(?:[^.;]{0,60})",
            )?,
        })
    }

    /// A field that holds a day: ISO, compact, numeric in the given order, with the month's name, or in Chinese.
    /// `Ok(None)` when the field is empty or says that there is none.
    pub(crate) fn field(&self, field: &str, order: DateOrder) -> Result<Option<Date>, String> {
        let text = field.trim();
        let none = ["-", "—", "n/a", "na", "none", "not applicable", "null", "无"];
        if text.is_empty() || none.contains(&text.to_ascii_lowercase().as_str()) {
            return Ok(None);
        }
        self.day(text, order).map(Some).ok_or_else(|| format!("日期“{}”无法识别", cut(text, 40)))
    }

    /// A day, where the text is one.
    pub(crate) fn day(&self, text: &str, order: DateOrder) -> Option<Date> {
        let text = text.trim();
        if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
            return civil(text.get(..4)?, text.get(4..6)?, text.get(6..)?);
        }
        if let Some(hit) = self.numeric.captures(text) {
            return if hit[1].len() == 4 {
                civil(&hit[1], &hit[2], &hit[3])
            } else if hit[3].len() != 4 {
                None
            } else if order == DateOrder::MonthFirst {
                civil(&hit[3], &hit[1], &hit[2])
            } else {
                civil(&hit[3], &hit[2], &hit[1])
            };
        }
        if let Some(hit) = self.han.captures(text) {
            return civil(&hit[1], &hit[2], &hit[3]);
        }
        self.first_written(text).map(|(date, _)| date)
    }

    /// The first day written with its month's name, and where it stands.
    fn first_written(&self, text: &str) -> Option<(Date, Range<usize>)> {
        let american = self.month_day_year.captures_iter(text).find_map(|hit| dated(&hit, 3, 1, 2));
        let british = self.day_month_year.captures_iter(text).find_map(|hit| dated(&hit, 3, 2, 1));
        match (american, british) {
            (Some(one), Some(two)) => Some(if one.1.end <= two.1.end { one } else { two }),
            (one, two) => one.or(two),
        }
    }

    /// The last day for something in running text: the first date behind words such as “must be received by”, in one
    /// sentence with them, or before a colon and what is due: “April 8, 2026: Deadline for …”. A day from which others are
    /// counted, or on which something takes effect, is none.
    pub(crate) fn deadline_in(&self, text: &str) -> Option<Date> {
        let (text, mut from) = (cut(text, LONGEST), 0);
        while let Some((date, place)) = self.first_written(&text[from..]) {
            let before = &text[..from + place.start];
            let before = &before[before.ceil_char_boundary(before.len().saturating_sub(REACH))..];
            // The next sentence's first letter ends the hit, except where the date itself begins the sentence.
            let begin = |end: usize| if end == before.len() { end } else { end - 1 };
            let begun = self.sentence.find_iter(before).last().map_or(0, |end| begin(end.end()));
            let sentence = &before[begun..];
            let after = self.announced.find(&text[from + place.end..]).map_or("", |after| after.as_str());
            if (self.due.is_match(sentence) || !after.is_empty())
                && !self.undue.is_match(sentence)
                && !self.undue.is_match(after)
            {
                return Some(date);
            }
            from += place.end;
        }
        None
    }
}

/// A worksheet's day number, counted from the end of 1899.
pub(crate) fn serial(number: &str) -> Option<Date> {
    let days: f64 = number.trim().parse().ok()?;
    // From 1954 to 2119: anything else in a date column is not a day.
    if !(20_000.0..80_000.0).contains(&days) {
        return None;
    }
    // The range above makes the cast exact but for the time of day, which is cut off.
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let days = days as i32;
    jiff::civil::date(1899, 12, 30).checked_add(jiff::Span::new().days(days)).ok()
}

fn dated(hit: &Captures<'_>, year: usize, month: usize, day: usize) -> Option<(Date, Range<usize>)> {
    let number = 1 + ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        .iter()
        .position(|name| hit[month].to_ascii_lowercase().starts_with(name))?;
    Some((civil(&hit[year], &number.to_string(), &hit[day])?, hit.get(0)?.range()))
}

fn civil(year: &str, month: &str, day: &str) -> Option<Date> {
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    // A year outside these is a slip of the pen, and dates are stored as eight digits.
    (1900..=2199).contains(&date.year()).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_many_hands() {
        let dates = Dates::new().expect("patterns");
        for (text, order, expected) in [
            ("2025-01-30", DateOrder::DayFirst, "2025-01-30"),
            ("2025-11-26T00:00:00", DateOrder::DayFirst, "2025-11-26"),
            ("20250130", DateOrder::DayFirst, "2025-01-30"),
            ("2025/1/3", DateOrder::DayFirst, "2025-01-03"),
            ("03/08/2026", DateOrder::DayFirst, "2026-08-03"),
            ("03/08/2026", DateOrder::MonthFirst, "2026-03-08"),
            ("29.4.2025", DateOrder::DayFirst, "2025-04-29"),
            ("13 March 2025", DateOrder::DayFirst, "2025-03-13"),
            ("05-Jan-2025", DateOrder::DayFirst, "2025-01-05"),
            ("March 13, 2025", DateOrder::DayFirst, "2025-03-13"),
            ("Sept. 3rd, 2025", DateOrder::DayFirst, "2025-09-03"),
            ("Mon, 06 Jan 2025 10:00:00 GMT", DateOrder::DayFirst, "2025-01-06"),
            ("2025年3月7日", DateOrder::DayFirst, "2025-03-07"),
        ] {
            assert_eq!(dates.day(text, order).map(|date| date.to_string()).as_deref(), Some(expected), "{text}");
        }
        for text in ["2025-13-01", "30/02/2025", "1/2/25", "tomorrow", "45", "0001-01-01"] {
            assert_eq!(dates.day(text, DateOrder::DayFirst), None, "{text}");
            assert!(dates.field(text, DateOrder::DayFirst).is_err(), "{text}");
        }
        assert_eq!(dates.field(" Not applicable ", DateOrder::DayFirst), Ok(None));
        assert_eq!(serial("45678.5"), Some(jiff::civil::date(2025, 1, 21)));
        assert_eq!(serial("12"), None);
    }

    #[test]
    fn a_deadline_is_a_date_after_words_that_make_it_one() {
        let dates = Dates::new().expect("patterns");
        let text =
            "Applications must be received by 5:00 p.m. (EDT) on Friday, May 6, 2016. The Board meets June 1, 2016.";
        assert_eq!(dates.deadline_in(text), Some(jiff::civil::date(2016, 5, 6)));
        for (text, expected) in [
            ("Comments must be received on or before December 8, 2026.", Some("2026-12-08")),
            (
                "Instituted December 1, 2026. To be assured of consideration, the deadline for responses is December 31, \
                 2026. Comments on the adequacy of responses may be filed with the Commission by February 13, 2027.",
                Some("2026-12-31"),
            ),
            (
                "Comments on the adequacy of responses may be filed with the Commission by February 13, 2027.",
                Some("2027-02-13"),
            ),
            (
                "Submit written comments on the proposed action by 11:59 p.m. Eastern Time on December 8, 2026.",
                Some("2026-12-08"),
            ),
            (
                "Applicable December 1, 2026. Interested parties should respond no later than December 15, 2026.",
                Some("2026-12-15"),
            ),
            (
                "The hearing will be held on December 2, 2026; requests to appear are due December 9, 2026.",
                Some("2026-12-09"),
            ),
            // Constructed, as the Trade Representative writes.
            (
                "April 8, 2026: Deadline for submission of written comments. April 22, 2026: public hearing.",
                Some("2026-04-08"),
            ),
            (
                "March 3, 2026: The docket opens. April 8, 2026, at 11:59 p.m. EDT: To be assured of consideration, submit \
                 written comments by this date. April 22, 2026: The panel will convene a public hearing.",
                Some("2026-04-08"),
            ),
            ("April 8, 2026: Deadline for the final determination.", None),
            ("Comments are welcome. April 22, 2026: public hearing.", None),
            ("The due date for filing comments is March 16, 2026.", Some("2026-03-16")),
            ("The Commission will accept comments through March 31, 2026.", Some("2026-03-31")),
            ("The comment period ends on June 30, 2026.", Some("2026-06-30")),
            // A period that is commented on.
            (
                "Commerce seeks public comment on any subsidies during the period July 1, 2025 through December 31, 2025.",
                None,
            ),
            (
                "Requests for a hearing must be submitted within 30 days of publication. Effective December 1, 2026.",
                None,
            ),
            ("Requests for a hearing must be submitted within 30 days of December 1, 2026.", None),
            ("Effective Date: April 15, 2016.", None),
            ("Applicable December 1, 2026.", None),
            ("The petition was filed on November 3, 2026.", None),
            ("Due to the lapse in appropriations of December 1, 2026, all days are tolled.", None),
            ("The deadline for the final determination is now February 1, 2027.", None),
        ] {
            assert_eq!(dates.deadline_in(text).map(|date| date.to_string()).as_deref(), expected, "{text}");
        }
    }
}
