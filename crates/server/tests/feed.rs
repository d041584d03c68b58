//! `fengsui feed parse`: what a script that feeds it files meets.

mod common;

use std::path::{Path, PathBuf};
use std::process::Output;

use common::{fails, run, text};
use serde_json::Value;
use tempfile::TempDir;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../feeds/tests/fixtures/constructed/");

fn fixture(name: &str) -> String {
    format!("{FIXTURES}{name}")
}

/// The real samples, where they are beside the repository.
fn sample(name: &str) -> Option<PathBuf> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/data").join(name));
    let found = folders.into_iter().find(|file| file.is_file());
    if found.is_none() {
        println!("skipped: shared/data/{name} is not beside the repository");
    }
    found
}

/// The objects on standard output, the lines on standard error.
fn lines(output: &Output) -> (Vec<Value>, Vec<String>) {
    let stdout = std::str::from_utf8(&output.stdout).expect("UTF-8");
    let stderr = std::str::from_utf8(&output.stderr).expect("UTF-8");
    let objects = stdout.lines().map(|line| serde_json::from_str(line).expect("one JSON object per line")).collect();
    (objects, stderr.lines().map(str::to_owned).collect())
}

#[test]
fn a_document_becomes_one_object_per_line() {
    let output = run(&["feed", "parse", "us-fr-json", &fixture("us_fr_single.json")]);
    let (objects, told) = lines(&output);
    assert_eq!((output.status.code(), told), (Some(0), vec!["read=1 notices=1 refused=0".to_owned()]));
    let notice = &objects[0];
    for (field, expected) in [
        ("source", "us-fr-json"),
        ("source_id", "2031-00101"),
        ("published_on", "2031-01-06"),
        ("authority", "Commerce Department; International Trade Administration"),
        ("country", "US"),
        ("kind", "反倾销"),
        ("stage", "立案"),
        ("product", "Beacon Lamps"),
    ] {
        assert_eq!(notice[field], expected, "{field}");
    }
    assert_eq!(notice["targets"], serde_json::json!(["CN"]));
    assert_eq!(notice["case_numbers"], serde_json::json!(["A-570-998"]));
    assert_eq!(notice["hs_codes"][0], serde_json::json!({"code": "9405114010", "via": "text"}));
    assert_eq!(notice["raw_sha256"].as_str().map(str::len), Some(64));
    for field in ["title", "deadline_on", "url", "relates_to"] {
        assert!(notice.get(field).is_some(), "{field} is there, null or not");
    }
}

#[test]
fn what_is_refused_is_named_with_file_and_place() {
    let (list, several) = (fixture("us_fr_list.json"), fixture("us_fr_several.json"));
    let output = run(&["feed", "parse", "us-fr-json", &list, &several]);
    let (objects, told) = lines(&output);
    assert_eq!((output.status.code(), objects.len()), (Some(1), 4));
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with(&format!("{list}：第 3 条（第 4 行）：")), "{told:?}");
    assert!(told[1].starts_with(&several), "{told:?}");
    assert_eq!(told[2], "read=6 notices=4 refused=2", "the files together");
}

#[test]
fn a_file_or_a_source_that_is_none_is_one_line_and_nothing_is_written() {
    let folder = TempDir::new().expect("folder");
    let good = fixture("us_fr_single.json");
    for (args, names) in [
        (vec!["feed", "parse", "us-fr-json", &good, "/no/such.json"], "/no/such.json"),
        (vec!["feed", "parse", "us-fr-json", text(folder.path())], "目录"),
        (vec!["feed", "parse", "us-fr", &good], "us-fr-json"),
        (vec!["feed", "parse", "us-fr-json", &good, "--mapping", &good], "--mapping"),
        (vec!["feed", "parse", "csv", &good, "--mapping", &good], "第 1 行"),
    ] {
        let (code, stderr) = fails(&args);
        assert_eq!(code, 2, "{stderr}");
        assert_eq!(stderr.trim_end().lines().count(), 1, "{stderr}");
        assert!(stderr.contains(names), "“{stderr}” does not name {names}");
        assert!(run(&args).stdout.is_empty());
    }
    assert_eq!(fails(&["feed", "parse", "csv"]).0, 2, "no file");
}

#[test]
fn a_mapping_names_the_columns() {
    let (mapped, mapping) = (fixture("mapped.csv"), fixture("mapping.toml"));
    let output = run(&["feed", "parse", "csv", &mapped, "--mapping", &mapping]);
    let (objects, told) = lines(&output);
    assert_eq!(told.last().map(String::as_str), Some("read=2 notices=1 refused=1"));
    assert_eq!(objects[0]["hs_codes"][0]["via"], "mapping");
}

#[test]
fn every_source_takes_what_it_cannot_read() {
    let folder = TempDir::new().expect("folder");
    let odd = folder.path().join("odd.bin");
    std::fs::write(&odd, b"\x00\xff\x1b[31m<NOTICE>{\"results\":[\n").expect("written");
    for source in [
        "us-fr-json",
        "us-fr-xml",
        "us-fr-csv",
        "ita-orders",
        "eu-cellar",
        "eu-search",
        "eu-rss",
        "eu-cases",
        "eping-xlsx",
        "eping-json",
        "uk",
        "dgtr",
        "rss",
        "csv",
    ] {
        let output = run(&["feed", "parse", source, text(&odd)]);
        let (objects, told) = lines(&output);
        assert_eq!((output.status.code(), objects.len()), (Some(1), 0), "{source}: {told:?}");
        assert_eq!(told.last().map(String::as_str), Some("read=1 notices=0 refused=1"), "{source}: {told:?}");
        assert!(!told.concat().contains('\u{1b}'), "no control characters reach the terminal");
    }
}

#[test]
fn the_real_samples_pass() {
    for (source, name, counted) in [
        ("us-fr-json", "us_fr/fr_api_v1_documents_search_2016-02-29.json", 129),
        ("us-fr-csv", "us_fr/us_trade_policy_documents_2025.csv", 2371),
        ("ita-orders", "adcvd/ita_adcvd_orders_paper.json", 10),
        ("eu-cellar", "eu/cellar_52018PC0340_branch_new.xml.json", 1),
    ] {
        let Some(file) = sample(name) else { continue };
        let output = run(&["feed", "parse", source, text(&file)]);
        let (objects, told) = lines(&output);
        assert_eq!((output.status.code(), objects.len()), (Some(0), counted), "{name}");
        assert_eq!(told, [format!("read={counted} notices={counted} refused=0")]);
    }
}
