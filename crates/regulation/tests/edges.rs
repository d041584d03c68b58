//! Every date and every number of working days of the calendar at its edges (REQUIREMENTS 4.2, AT-4): the last second,
//! the first after it, the roll over days off, and a year whose days off are not published.

mod common;

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use regulation::general::{Due, HolidayYear, Workdays};
use regulation::law::{Edition, NumberValue};

fn edition() -> Edition {
    common::edition("../../law/draft")
}

fn year(year: i16, off: &[(Date, Date)], work: &[Date]) -> HolidayYear {
    let days = off.iter().flat_map(|(from, to)| from.series(1.day()).take_while(move |day| day <= to));
    HolidayYear { year, source: "示例".to_owned(), off: days.collect(), work: work.to_vec() }
}

/// Three years as they might be published.
fn published() -> Workdays {
    let autumn = |of: i16| (date(of, 10, 1), date(of, 10, 7));
    Workdays::new([
        year(2026, &[(date(2026, 5, 1), date(2026, 5, 5)), autumn(2026)], &[date(2026, 10, 10)]),
        year(2027, &[(date(2027, 2, 6), date(2027, 2, 12)), (date(2027, 5, 1), date(2027, 5, 5)), autumn(2027)], &[]),
        year(2028, &[(date(2028, 1, 25), date(2028, 1, 31)), (date(2028, 4, 29), date(2028, 5, 3)), autumn(2028)], &[]),
    ])
}

/// Deadline, the year it is of, and its last day once days off are skipped.
const DATES: [(&str, i16, Date); 16] = [
    ("application.city", 2026, date(2026, 4, 30)),
    ("application.city", 2027, date(2027, 4, 30)),
    // A Sunday at the beginning of the May holiday.
    ("application.city", 2028, date(2028, 5, 4)),
    // A Sunday.
    ("application.direct", 2026, date(2026, 6, 1)),
    ("application.direct", 2027, date(2027, 5, 31)),
    ("forwarding.city", 2026, date(2026, 6, 1)),
    ("forwarding.city", 2027, date(2027, 5, 31)),
    ("review.expert", 2026, date(2026, 7, 31)),
    // A Saturday.
    ("review.expert", 2027, date(2027, 8, 2)),
    // A Sunday (G12), and the last day of a holiday.
    ("appraisal.submission", 2026, date(2027, 2, 1)),
    ("appraisal.submission", 2027, date(2028, 2, 1)),
    ("appraisal.city_check", 2025, date(2026, 2, 16)),
    ("appraisal.city_check", 2026, date(2027, 2, 15)),
    ("appraisal.city_check", 2027, date(2028, 2, 15)),
    ("appraisal.review", 2026, date(2027, 3, 31)),
    ("appraisal.review", 2027, date(2028, 3, 31)),
];

#[test]
fn every_deadline_holds_to_its_last_second_and_not_a_second_longer() {
    let (edition, days) = (edition(), published());
    for (id, of, on) in DATES {
        let due = edition.due(id, of, &days).expect("in the calendar");
        assert_eq!((due.on, due.tentative), (on, false), "{id} of {of}");
        assert!(!due.passed(on.at(23, 59, 59, 999_999_999)), "{id} of {of}");
        assert!(due.passed(on.tomorrow().expect("a day").at(0, 0, 0, 0)), "{id} of {of}");
    }
}

#[test]
fn no_deadline_of_the_calendar_is_left_out_here() {
    let edition = edition();
    let named: BTreeSet<&str> = DATES.iter().map(|(id, ..)| *id).collect();
    let known: BTreeSet<&str> = edition.calendar.deadlines.iter().map(|deadline| deadline.id.as_str()).collect();
    assert_eq!(named, known);
    assert!(edition.calendar.deadlines.iter().all(|deadline| deadline.roll && deadline.time == "23:59:59"));
}

/// Plain weekends are all that is known of a year not published: the day is 暂计 wherever it falls, and settled once the
/// year is there.
#[test]
fn a_deadline_in_a_year_not_published_is_flagged() {
    let (edition, none) = (edition(), Workdays::new([]));
    for (id, of, _) in DATES {
        let due = edition.due(id, of, &none).expect("in the calendar");
        assert!(due.tentative && due.text().ends_with("（暂计）"), "{id} of {of}");
    }
    // Published for the year inspected, not for the one its material is due in.
    let only_2026 = Workdays::new([published().published(2026).expect("2026").clone()]);
    let due = edition.due("appraisal.submission", 2026, &only_2026).expect("in the calendar");
    assert_eq!((due.on, due.tentative), (date(2027, 2, 1), true));
    // 31 December 2028 is a Sunday: the day itself is published, the one it rolls to is not.
    assert!(published().roll(date(2028, 12, 31)).tentative);
}

/// From Monday 28 September 2026: two days, a holiday of seven, two days and a Saturday that is worked.
const COUNTED: [(&str, Date); 10] = [
    ("correction.working_days", date(2026, 10, 10)),
    ("invitation.days", date(2026, 10, 10)),
    ("material.correction_working_days", date(2026, 10, 10)),
    ("notice.working_days", date(2026, 10, 10)),
    ("objection.working_days", date(2026, 10, 16)),
    ("rectification.working_days", date(2026, 10, 23)),
    ("review_request.working_days", date(2026, 10, 10)),
    ("firm.working_days", date(2026, 10, 8)),
    ("signal.working_days", date(2026, 9, 29)),
    ("statement.working_days", date(2026, 10, 10)),
];

#[test]
fn every_period_of_working_days_is_counted_from_the_day_after_over_days_off() {
    let (edition, days) = (edition(), published());
    let in_working_days = |unit: &str| unit == "工作日";
    let known: BTreeSet<&str> = edition
        .calendar
        .numbers
        .iter()
        .filter(|number| in_working_days(&number.unit) && matches!(number.value, NumberValue::Whole(_)))
        .map(|number| number.id.as_str())
        .collect();
    assert_eq!(known, COUNTED.iter().map(|(id, _)| *id).collect());
    for (id, on) in COUNTED {
        let due = days.after(date(2026, 9, 28), edition.whole(id));
        assert_eq!(due, Due::day(on), "{id}");
        assert!(!due.passed(on.at(23, 59, 59, 0)) && due.passed(on.tomorrow().expect("a day").at(0, 0, 0, 0)), "{id}");
        // Into a year whose days off are not published.
        assert!(days.after(date(2028, 12, 29), edition.whole(id)).tentative, "{id}");
    }
}

/// The periods the rules count themselves are those of the calendar.
#[test]
fn the_rules_count_with_the_calendar() {
    use regulation::adjustment::statement_due;
    use regulation::admission::notice::{decide_by, last_day};
    let (edition, days, from) = (edition(), published(), date(2026, 9, 28));
    assert_eq!(last_day(from, &edition, &days).on, date(2026, 10, 10));
    assert_eq!(decide_by(from, &edition, &days).on, date(2026, 10, 16));
    assert_eq!(statement_due(&edition, &days, from).on, date(2026, 10, 10));
}
