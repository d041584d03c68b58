//! The draft edition as it ships: it parses, and its worked cases hold.

mod common;

use regulation::general::county::Hearing;
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

/// Readings K13 and K89: the draft asks no county, an edition that leaves a setting out asks none there, and each is yes
/// or no by itself.
#[test]
fn whether_counties_are_asked_is_the_editions_to_say() {
    let other = |hearing| match hearing {
        Hearing::Application => Hearing::Material,
        Hearing::Material => Hearing::Application,
    };
    for hearing in [Hearing::Application, Hearing::Material] {
        let (id, reading) = (hearing.setting(), hearing.reading());
        let with = |lines: &str| {
            let mut files = common::files(DRAFT);
            let calendar = files["calendar.toml"].clone();
            let (before, after) = calendar.split_once(&format!("[[number]]\nid = \"{id}\"")).expect("the setting");
            let (_, after) = after.split_once("\n\n").expect("what follows");
            files.insert("calendar.toml".to_owned(), format!("{before}{lines}\n\n{after}"));
            Edition::parse(&files)
        };
        let setting = |value: &str| {
            format!("[[number]]\nid = \"{id}\"\nname = \"x\"\nvalue = {value}\nbasis = \"reading {reading}\"")
        };
        assert!(!common::edition(DRAFT).asks_county(hearing));
        assert!(!with("").expect("left out").asks_county(hearing));
        let on = with(&setting("true")).expect("on");
        assert!(on.asks_county(hearing) && !on.asks_county(other(hearing)));
        let unclear = with(&setting("1")).expect_err("neither yes nor no").to_string();
        assert_eq!(unclear, format!("calendar.toml：{id} 应为 true 或者 false"));
    }
}
