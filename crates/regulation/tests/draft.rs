//! The draft edition as it ships: it parses, and its worked cases hold.

mod common;

use regulation::law::{Case, Edition};

const DRAFT: &str = "../../law/draft";

#[test]
fn every_worked_case_holds() {
    let edition = common::edition(DRAFT);
    let cases = Case::all(&common::files(DRAFT)).expect("cases");
    assert!(cases.len() >= 10, "only {} worked cases", cases.len());
    for (file, case) in cases {
        case.run(&edition).unwrap_or_else(|failure| panic!("{file}: {failure}"));
    }
}

#[test]
fn the_sheet_closes_at_150() {
    let edition = common::edition(DRAFT);
    assert_eq!(edition.sheet.items().count(), 15);
    assert_eq!(edition.sheet.total.plain(), "150");
    assert_eq!(edition.head.areas.len(), 16);
}

#[test]
fn a_broken_edition_names_file_and_place() {
    let mut files = common::files(DRAFT);
    let sheet = files["scoresheet.toml"].replacen("cap = 20", "cap = 21", 1);
    files.insert("scoresheet.toml".to_owned(), sheet);
    let error = Edition::parse(&files).expect_err("caps do not add up");
    assert_eq!(error.to_string(), "scoresheet.toml：基础分项：各组上限合计 101.0，与 100.0 不符");
}

/// Reading K13: the draft asks no county, an edition that leaves the setting out asks none, and it is yes or no.
#[test]
fn whether_counties_are_asked_is_the_editions_to_say() {
    let with = |lines: &str| {
        let mut files = common::files(DRAFT);
        let calendar = files["calendar.toml"].clone();
        let (before, after) = calendar.split_once("[[number]]\nid = \"county.opinion\"").expect("the setting");
        let (_, after) = after.split_once("\n\n").expect("what follows");
        files.insert("calendar.toml".to_owned(), format!("{before}{lines}\n\n{after}"));
        Edition::parse(&files)
    };
    let setting = |value: &str| {
        format!("[[number]]\nid = \"county.opinion\"\nname = \"x\"\nvalue = {value}\nbasis = \"reading K13\"")
    };
    assert!(!common::edition(DRAFT).asks_county());
    assert!(!with("").expect("left out").asks_county());
    assert!(with(&setting("true")).expect("on").asks_county());
    let unclear = with(&setting("1")).expect_err("neither yes nor no").to_string();
    assert_eq!(unclear, "calendar.toml：county.opinion 应为 true 或者 false");
}
