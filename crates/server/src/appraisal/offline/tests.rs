use std::path::{Path, PathBuf};

use regulation::law::Files;
use serde_json::Value;

use super::*;

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn draft() -> Arc<Edition> {
    edition("../../law/draft")
}

fn edition(folder: &str) -> Arc<Edition> {
    let folder = crate_folder().join(folder);
    let mut files = Files::new();
    for file in std::fs::read_dir(folder).expect("edition folder") {
        let path = file.expect("file").path();
        if path.is_file() {
            let name = path.file_name().expect("name").to_string_lossy().into_owned();
            files.insert(name, std::fs::read_to_string(&path).expect("text"));
        }
    }
    Arc::new(Edition::parse(&files).expect("a consistent edition"))
}

fn appraised(text: &str) -> Result<String, String> {
    let draft = draft();
    let editions = |id: &str| (id == "draft").then(|| Arc::clone(&draft));
    appraise(text, "facts.json", &editions).map_err(|bad| bad.to_string())
}

fn graded(text: &str) -> Result<String, String> {
    grade(text, "totals.json", 3).map_err(|bad| bad.to_string())
}

/// One station of the draft edition in 2026 with these further fields.
fn station(fields: &str) -> Result<String, String> {
    appraised(&format!(r#"{{"edition":"draft","year":2026,"stations":[{{"id":"a"{fields}}}]}}"#))
}

fn entry(fields: &str) -> Result<String, String> {
    station(&format!(r#","ledger":[{{{fields}}}]"#))
}

fn marks(points: &str) -> Result<String, String> {
    station(&format!(r#","gradings":[{{"item":"warn.report","work":"r","points":[{points}]}}]"#))
}

/// One station to grade, with this instead of its total.
fn total(fields: &str) -> Result<String, String> {
    let figures = r#""base":1,"warning":1,"case":1,"adopted":1"#;
    graded(&format!(r#"{{"pass_mark":60,"stations":[{{"id":"a",{fields},{figures}}}]}}"#))
}

#[track_caller]
fn refused(answer: Result<String, String>, line: &str) {
    assert_eq!(answer.expect_err("bad input"), line);
}

#[test]
fn syntax_errors_name_line_and_column_in_characters() {
    refused(appraised("{\"edition\":\"草案\",\n \"年\",}"), "facts.json：第 2 行第 5 列：不符合 JSON 语法");
    refused(appraised("{\"edition\":"), "facts.json：第 1 行第 11 列：JSON 没有写完");
    refused(appraised(""), "facts.json：第 1 行第 1 列：JSON 没有写完");
    refused(graded("{} {}"), "totals.json：第 1 行第 4 列：不符合 JSON 语法");
    refused(graded("[]"), "totals.json：应为对象，写的是数组");
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    assert!(appraised("\u{feff}{\"edition\":\"draft\",\"year\":2026,\"stations\":[]}").is_ok());
}

#[test]
fn unknown_repeated_and_missing_fields_are_named_by_path() {
    refused(station(r#","ledgr":[]"#), "facts.json：stations[0].ledgr：不认识的字段");
    refused(station(r#","a b":1"#), "facts.json：stations[0][\"a b\"]：不认识的字段");
    refused(station(r#","id":"b""#), "facts.json：stations[0].id：字段重复");
    refused(
        entry(r#""kind":"case.won","on":"2026-01-01","note":"x""#),
        "facts.json：stations[0].ledger[0].note：不认识的字段",
    );
    refused(appraised(r#"{"edition":"draft","year":2026}"#), "facts.json：stations：缺少这个字段");
    refused(
        appraised(r#"{"edition":"draft","year":2026,"stations":[{}]}"#),
        "facts.json：stations[0].id：缺少这个字段",
    );
    refused(appraised(r#"{"edition":"draft","year":2026,"stations":[],"note":""}"#), "facts.json：note：不认识的字段");
    refused(entry(r#""kind":"case.won""#), "facts.json：stations[0].ledger[0].on：缺少这个字段");
    refused(graded(r#"{"stations":[]}"#), "totals.json：pass_mark：缺少这个字段");
    refused(total(r#""participation":"on_time""#), "totals.json：stations[0].total：缺少这个字段");
    refused(station(r#","facts":{"has_units":true}"#), "facts.json：stations[0].facts.has_units：不认识的字段");
}

#[test]
fn a_wrong_type_says_what_was_written() {
    refused(
        station(r#","facts":{"has_unit":1}"#),
        "facts.json：stations[0].facts.has_unit：应为true 或 false，写的是数",
    );
    refused(station(r#","ledger":{}"#), "facts.json：stations[0].ledger：应为数组，写的是对象");
    refused(station(r#","note":null"#), "facts.json：stations[0].note：应为字符串，写的是空值 null");
    refused(marks("\"8\""), "facts.json：stations[0].gradings[0].points[0]：应为数，写的是字符串");
    refused(station(r#","note":"\ud800""#), "facts.json：stations[0].note：字符串中有不成立的转义");
}

#[test]
fn editions_and_years_are_known() {
    refused(
        appraised(r#"{"edition":"final","year":2026,"stations":[]}"#),
        "facts.json：edition：没有规则版本 \"final\"",
    );
    for year in ["1899", "10000", "-2026", "99999999999999999999"] {
        let answer = appraised(&format!(r#"{{"edition":"draft","year":{year},"stations":[]}}"#));
        refused(answer, &format!("facts.json：year：应在 1900 至 9999 之间，写的是 \"{year}\""));
    }
    let answer = appraised(r#"{"edition":"draft","year":2026.0,"stations":[]}"#);
    refused(answer, "facts.json：year：应为整数，写的是 \"2026.0\"");
}

#[test]
fn kinds_rows_and_marks_are_those_of_the_edition() {
    let line = "facts.json：stations[0].ledger[0].kind：没有台账类别 \"warning.publish\"";
    refused(entry(r#""kind":"warning.publish","on":"2026-01-01""#), line);
    let item = |id: &str| station(&format!(r#","gradings":[{{"item":"{id}","work":"r","points":[]}}]"#));
    refused(item("warn.reports"), "facts.json：stations[0].gradings[0].item：没有评分项 \"warn.reports\"");
    refused(item("outreach"), "facts.json：stations[0].gradings[0].item：评分项 \"outreach\" 不由专家评分");
    let line = "facts.json：stations[0].gradings[0].points[1]：评分应在 0 至 10 之间，写的是";
    refused(marks("10,10.0000001"), &format!("{line} \"10.0000001\""));
    refused(marks("0,-0.1"), &format!("{line} \"-0.1\""));
    refused(marks("1,1e2"), &format!("{line} \"1e2\""));
    let line = "facts.json：stations[0].gradings[0].points[0]：评分最多 28 位数字，写的是";
    refused(marks("1.0000000000000000000000000001"), &format!("{line} \"1.0000000000000000000000000001\""));
    refused(marks("1e-29"), &format!("{line} \"1e-29\""));
    refused(marks("1e400"), &format!("{line} \"1e400\""));
}

#[test]
fn marks_keep_their_digits_up_to_the_rounding() {
    for (points, shown) in [
        ("6.05", "6.1"),
        ("6.04999999999999999999", "6"),
        ("85e-1", "8.5"),
        ("0.1E+2", "10"),
        ("-0", "0"),
        ("8.300000000000000000000000000", "8.3"),
        ("", "0"),
    ] {
        let answer = marks(points).expect("good input");
        let row = format!(r#"{{"item":"warn.report","raw":{shown},"points":{shown},"cap":10,"#);
        assert!(answer.contains(&row), "{points}: {answer}");
    }
}

#[test]
fn counts_are_whole_and_bounded() {
    let count = |count: &str| entry(&format!(r#""kind":"case.won","on":"2026-01-01","count":{count}"#));
    assert!(count("0").is_ok());
    assert!(
        count("1000000000000").expect("good").contains(r#""raw":10000000000000,"points":10000000000000,"cap":null"#)
    );
    for bad in ["-1", "1000000000001", "99999999999999999999"] {
        let line = "facts.json：stations[0].ledger[0].count：应在 0 至 1000000000000 之间，写的是";
        refused(count(bad), &format!("{line} \"{bad}\""));
    }
    refused(count("1.5"), "facts.json：stations[0].ledger[0].count：应为整数，写的是 \"1.5\"");
    refused(count("\"1\""), "facts.json：stations[0].ledger[0].count：应为数，写的是字符串");
}

#[test]
fn dates_are_days_there_are() {
    let on = |on: &str| entry(&format!(r#""kind":"case.won","on":"{on}""#));
    for good in ["2024-02-29", "2026-12-31", "1999-01-01"] {
        assert!(on(good).is_ok(), "{good}");
    }
    for bad in ["2026-02-30", "2026-13-01", "2026-00-10", "2025-02-29"] {
        refused(on(bad), &format!("facts.json：stations[0].ledger[0].on：没有 \"{bad}\" 这一天"));
    }
    for bad in ["2026-1-5", "2026/01/05", "20260105", "2026-01-05T00:00:00", " 2026-01-05", "＋026-01-5"] {
        let line = "facts.json：stations[0].ledger[0].on：日期应写作 2026-01-31，写的是";
        refused(on(bad), &format!("{line} \"{bad}\""));
    }
}

#[test]
fn ids_and_works_are_not_repeated() {
    let twice = r#"[{"id":"a"},{"id":"b"},{"id":"a"}]"#;
    let answer = appraised(&format!(r#"{{"edition":"draft","year":2026,"stations":{twice}}}"#));
    refused(answer, "facts.json：stations[2].id：编号 \"a\" 重复");
    let mark = |item: &str| format!(r#"{{"item":"{item}","work":"r","points":[8]}}"#);
    let both = |a: &str, b: &str| station(&format!(r#","gradings":[{},{}]"#, mark(a), mark(b)));
    assert!(both("warn.report", "bonus.case_report").is_ok());
    refused(both("warn.report", "warn.report"), "facts.json：stations[0].gradings[1]：\"warn.report\" 的 \"r\" 重复");
    let figures = r#""total":1,"base":1,"warning":1,"case":1,"adopted":1"#;
    let twice = format!(r#"{{"id":"a",{figures}}},{{"id":"a",{figures}}}"#);
    let answer = graded(&format!(r#"{{"pass_mark":60,"stations":[{twice}]}}"#));
    refused(answer, "totals.json：stations[1].id：编号 \"a\" 重复");
}

#[test]
fn figures_have_at_most_one_decimal_and_are_not_negative() {
    assert!(total(r#""total":82.50,"note":"x""#).is_ok());
    assert!(total(r#""total":8.25e1"#).is_ok());
    refused(total(r#""total":82.55"#), "totals.json：stations[0].total：分数最多一位小数，写的是 \"82.55\"");
    refused(total(r#""total":-1"#), "totals.json：stations[0].total：分数不能为负，写的是 \"-1\"");
    refused(graded(r#"{"pass_mark":-60,"stations":[]}"#), "totals.json：pass_mark：分数不能为负，写的是 \"-60\"");
    refused(
        total(r#""total":1,"participation":"late""#),
        "totals.json：stations[0].participation：应为 on_time、absent、first_year 之一，写的是 \"late\"",
    );
}

#[test]
fn whatever_was_written_the_message_is_one_short_line() {
    let long = "长".repeat(500);
    for answer in
        [entry(&format!(r#""kind":"a\n{long}","on":"2026-01-01""#)), station(&format!(r#","{long}\u2028":1"#))]
    {
        let line = answer.expect_err("bad input");
        assert_eq!(line.lines().count(), 1);
        assert!(!line.contains('\u{2028}') && line.chars().count() < 150, "{line}");
    }
}

#[test]
fn ids_come_back_as_they_were_written() {
    let answer = appraised(r#"{"edition":"draft","year":2026,"stations":[{"id":"甲\"\\\n"}]}"#).expect("good input");
    assert!(answer.contains(r#"{"id":"甲\"\\\n","rows":["#), "{answer}");
}

#[test]
fn another_province_is_read_by_its_own_edition() {
    let haidong = edition("../regulation/tests/fixtures/haidong");
    let answer = |grading: &str, fact: &str| {
        let station = format!(r#"{{"id":"a","facts":{{"{fact}":true}},"gradings":[{grading}]}}"#);
        let text = format!(r#"{{"edition":"haidong","year":2026,"stations":[{station}]}}"#);
        appraise(&text, "facts.json", &|_| Some(Arc::clone(&haidong))).map_err(|bad| bad.to_string())
    };
    let report = |mark: &str| format!(r#"{{"item":"study.report","work":"r","points":[{mark}]}}"#);
    let good = answer(&report("19.95"), "has_office").expect("good input");
    assert!(good.contains(r#""article":"第三条（一）""#) && good.ends_with("\"total\":36}]}\n"), "{good}");
    let line = "facts.json：stations[0].gradings[0].points[0]：评分应在 0 至 20 之间，写的是 \"20.1\"";
    refused(answer(&report("20.1"), "has_office"), line);
    refused(answer("", "has_unit"), "facts.json：stations[0].facts.has_unit：不认识的字段");
}

/// Everything expected is in the answer; the answer may say more. Things with an id are found by it.
fn holds(expected: &Value, computed: &Value, place: &str) {
    match (expected, computed) {
        (Value::Object(fields), Value::Object(_)) => {
            for (name, value) in fields {
                holds(value, &computed[name], &format!("{place}.{name}"));
            }
        }
        (Value::Array(list), Value::Array(answers)) => {
            for (ix, value) in list.iter().enumerate() {
                let id = ["id", "item", "name"].into_iter().find(|id| value.get(id).is_some());
                let found = match id {
                    Some(id) => answers.iter().find(|answer| answer[id] == value[id]),
                    None => answers.get(ix),
                };
                holds(value, found.unwrap_or(&Value::Null), &format!("{place}[{ix}]"));
            }
            let named = list.first().is_some_and(Value::is_object);
            assert!(named || list.len() == answers.len(), "{place}: {list:?} is not {answers:?}");
        }
        (Value::Number(a), Value::Number(b)) => assert_eq!(a.as_f64(), b.as_f64(), "{place}"),
        _ => assert_eq!(expected, computed, "{place}"),
    }
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("vectors are JSON")
}

fn compare(folder: &Path) {
    let sheets = json(&folder.join("appraise.json"));
    let answer = appraised(&sheets["input"].to_string()).expect("good input");
    holds(&sheets["expected"], &serde_json::from_str(&answer).expect("JSON"), "appraise");
    for case in json(&folder.join("grade.json")).as_array().expect("list") {
        let answer: Value =
            serde_json::from_str(&graded(&case["input"].to_string()).expect("good input")).expect("JSON");
        holds(&case["expected"], &answer, case["name"].as_str().unwrap_or("grade"));
        assert_eq!(case["expected"]["grades"], answer["grades"], "no grade more, no grade less");
    }
}

#[test]
fn our_own_vectors_hold() {
    compare(&crate_folder().join("tests/fixtures/vectors"));
}

#[test]
fn the_shared_vectors_hold() {
    let folder: PathBuf = crate_folder().join("../../../shared/vectors");
    if folder.is_dir() {
        compare(&folder);
    } else {
        println!("skipped: {} is not here", folder.display());
    }
}
