//! Article 19: warned of six months ahead to the day, valid to the end of its last day, lapsed the day after.

mod common;

use jiff::civil::{Date, date};
use regulation::law::{Edition, Validity};

/// The draft with another head.
fn headed(lines: &str) -> Edition {
    let mut files = common::files("../../law/draft");
    let head = files.get_mut("edition.toml").expect("head");
    *head = head.replace("status = \"征求意见稿\"\n", lines);
    Edition::parse(&files).expect("edition")
}

fn until(day: Date) -> Edition {
    headed(&format!("status = \"现行\"\neffective_on = \"2026-01-01\"\nexpires_on = \"{day}\"\n"))
}

#[test]
fn a_draft_without_an_end_is_neither_warned_of_nor_lapsed() {
    let draft = common::edition("../../law/draft");
    assert_eq!(draft.validity_on(date(2099, 1, 1)), Validity::Valid);
    assert_eq!(draft.expiry_warning(date(2099, 1, 1)), None);
    assert_eq!(draft.begins(date(2099, 1, 1), false), Ok(()));
}

#[test]
fn the_warning_begins_six_months_ahead_to_the_day() {
    let last = date(2028, 12, 31);
    let edition = until(last);
    assert_eq!(edition.validity_on(date(2028, 6, 29)), Validity::Valid);
    assert_eq!(edition.validity_on(date(2028, 6, 30)), Validity::Lapsing { until: last });
    assert!(edition.expiry_warning(date(2028, 6, 30)).expect("warned").contains("有效期至 2028-12-31"));
    // Six months before 31 August is the last of February, in a leap year the 29th.
    let leap = until(date(2028, 8, 31));
    assert_eq!(leap.validity_on(date(2028, 2, 28)), Validity::Valid);
    assert_eq!(leap.validity_on(date(2028, 2, 29)), Validity::Lapsing { until: date(2028, 8, 31) });
}

/// The last day is whole: in China time, wherever the server stands.
#[test]
fn the_last_day_counts_to_its_last_second() {
    let edition = until(date(2027, 12, 31));
    let china = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let day = |at: &str| china.to_datetime(at.parse::<jiff::Timestamp>().expect("instant")).date();
    let (last, next) = (day("2027-12-31T15:59:59Z"), day("2027-12-31T16:00:00Z"));
    assert_eq!((last, next), (date(2027, 12, 31), date(2028, 1, 1)));
    assert_eq!(edition.begins(last, false), Ok(()));
    let refusal = edition.begins(next, false).expect_err("lapsed");
    assert_eq!(refusal.basis, "办法第十九条");
    assert!(refusal.reason.contains("已经失效"));
    assert_eq!(edition.begins(next, true), Ok(()));
    assert_eq!(edition.validity_on(next), Validity::Lapsed { until: Some(date(2027, 12, 31)) });
}

#[test]
fn one_put_out_of_force_has_lapsed_whatever_its_day() {
    let edition = headed("status = \"失效\"\neffective_on = \"2026-01-01\"\nexpires_on = \"2030-12-31\"\n");
    assert!(edition.begins(date(2027, 1, 1), false).is_err());
    assert!(edition.expiry_warning(date(2027, 1, 1)).expect("told").contains("已经失效"));
}
