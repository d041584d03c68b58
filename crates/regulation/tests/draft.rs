//! The draft edition as it ships: it parses, and its worked cases hold.

use std::path::Path;

use regulation::law::{Case, Edition, Files};

fn files(dir: &Path, prefix: &str, files: &mut Files) {
    for entry in std::fs::read_dir(dir).expect("edition folder") {
        let path = entry.expect("entry").path();
        let name = format!("{prefix}{}", path.file_name().expect("name").to_string_lossy());
        if path.is_dir() {
            self::files(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read_to_string(&path).expect("text"));
        }
    }
}

fn draft() -> Files {
    let mut all = Files::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law/draft"), "", &mut all);
    all
}

#[test]
fn every_worked_case_holds() {
    let files = draft();
    let edition = Edition::parse(&files).expect("the draft edition is consistent");
    let cases = Case::all(&files).expect("cases");
    assert!(cases.len() >= 10, "only {} worked cases", cases.len());
    for (file, case) in cases {
        case.run(&edition).unwrap_or_else(|failure| panic!("{file}: {failure}"));
    }
}

#[test]
fn the_sheet_closes_at_150() {
    let edition = Edition::parse(&draft()).expect("draft");
    assert_eq!(edition.sheet.items().count(), 15);
    assert_eq!(edition.sheet.total.plain(), "150");
    assert_eq!(edition.head.areas.len(), 16);
}

#[test]
fn a_broken_edition_names_file_and_place() {
    let mut files = draft();
    let sheet = files["scoresheet.toml"].replacen("cap = 20", "cap = 21", 1);
    files.insert("scoresheet.toml".to_owned(), sheet);
    let error = Edition::parse(&files).expect_err("caps do not add up");
    assert_eq!(error.to_string(), "scoresheet.toml：基础分项：各组上限合计 101.0，与 100.0 不符");
}
