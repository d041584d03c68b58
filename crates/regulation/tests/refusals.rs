//! Every refusal: an article that stands in the edition, and one Chinese sentence an official can read out. What the
//! rules can be made to say is said; what the sources would say is read.

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::date;
use regulation::appraisal::inspection;
use regulation::general::{Actor, Basis, Manager, Placed, Refusal, Role, Subject, Verb, may, rules};
use regulation::law::cite;

/// What is wrong with a sentence, if anything.
fn fault(sentence: &str) -> Option<&'static str> {
    let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    if !sentence.chars().any(chinese) {
        Some("is not Chinese")
    } else if !sentence.ends_with('。') {
        Some("does not end as a sentence")
    } else if sentence.contains(['您', '！', '!', '？', '?']) {
        Some("is not the tone of an office")
    } else if sentence.contains("。。") || sentence.contains("  ") {
        Some("is not well set")
    } else {
        None
    }
}

fn articles() -> BTreeSet<String> {
    let edition = common::edition("../../law/draft");
    let items = edition.items().map(|item| item.id.clone());
    let whole = edition.items().filter_map(|item| item.id.split('-').next().map(str::to_owned));
    items.chain(whole).collect()
}

/// Every basis a refusal may name: an item of the edition, or a requirement some rule rests on beside the law.
fn bases() -> BTreeSet<String> {
    let beside = rules().map(|rule| rule.basis).filter(|basis| matches!(basis, Basis::Security(_)));
    articles().iter().map(|id| format!("办法{}", cite(id))).chain(beside.map(|basis| basis.to_string())).collect()
}

#[track_caller]
fn holds(refusal: &Refusal, cited: &BTreeSet<String>) {
    assert_eq!(fault(&refusal.reason), None, "{refusal}");
    assert!(cited.contains(&refusal.basis), "{refusal}");
}

/// Every role, every verb, on what is its own, another's and nobody's.
#[test]
fn whoever_may_not_is_told_why() {
    let cited = bases();
    let on = date(2026, 9, 18);
    let (mut refused, placed) =
        (0, |city: &str, manager| Placed { id: 7, city: city.to_owned(), county: None, manager });
    let subjects = [
        Subject::whole("cycle", 2026),
        Subject::own_account("account", 99),
        Subject::of_station("ledger_entry", 1, &placed("370500", Manager::City)),
        Subject::of_station("ledger_entry", 1, &placed("370600", Manager::Province)),
    ];
    for (role, ..) in Role::ALL {
        let actor = Actor { role, account: 1, city: Some("370600".to_owned()), ..Actor::public() };
        for (verb, _) in Verb::ALL {
            for subject in &subjects {
                let Err(refusal) = may(&actor, *verb, subject, on) else { continue };
                holds(&refusal, &cited);
                refused += 1;
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

/// Every step of a year on every stage it is not for.
#[test]
fn a_year_says_why_not() {
    let cited = bases();
    let (stages, mut steps) = inspection::examples();
    steps.push(inspection::Step::Reopen { reasoned: false });
    let tried = stages.iter().flat_map(|stage| steps.iter().map(move |step| (stage.clone(), step.clone())));
    let refusals: Vec<Refusal> = tried.filter_map(|(stage, step)| inspection::take(stage, step).err()).collect();
    refusals.iter().for_each(|refusal| holds(refusal, &cited));
    assert!(refusals.len() > 150, "{}", refusals.len());
}

/// Sources of the rules and of the pages, without their tests.
fn sources() -> Vec<(String, String)> {
    fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).expect("text");
                let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
                // An edition that cannot be read is reported in its own words.
                if code.contains("Refusal") {
                    found.push((path.display().to_string(), code));
                }
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["src", "../server/src"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    found
}

/// The rest of a call after its opening bracket, up to the one that closes it, and the texts in it.
fn call(rest: &str) -> Vec<String> {
    let (mut depth, mut texts, mut text) = (1, Vec::new(), None::<String>);
    let mut letters = rest.chars();
    while let Some(letter) = letters.next() {
        match (&mut text, letter) {
            (Some(_), '"') => texts.extend(text.take()),
            (Some(text), '\\') => {
                // A line that goes on, or a sign of its own.
                match letters.next() {
                    Some('\n') => letters = letters.as_str().trim_start().chars(),
                    Some(sign) => text.push(sign),
                    None => {}
                }
            }
            (Some(text), letter) => text.push(letter),
            (None, '"') => text = Some(String::new()),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            (None, _) => {}
        }
    }
    texts
}

/// Calls that refuse, each with what is written in it.
fn refusing(code: &str) -> Vec<Vec<String>> {
    let calls = ["Refusal::new(", " no(", "(no(", " refuse("];
    calls.iter().flat_map(|name| code.split(name).skip(1)).map(call).collect()
}

#[test]
fn every_article_a_refusal_names_stands_in_the_edition() {
    let (known, mut named) = (articles(), 0);
    for (path, code) in sources() {
        let bases =
            code.split("Basis::Item(\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default().to_owned());
        // `no("8-4", …)` names its item first.
        let first = refusing(&code).into_iter().filter(|texts| texts.len() > 1).map(|mut texts| texts.swap_remove(0));
        for id in bases.chain(first.filter(|text| text.starts_with(|c: char| c.is_ascii_digit()))) {
            assert!(known.contains(&id), "{path}: no item {id}");
            named += 1;
        }
    }
    assert!(named > 100, "{named}");
}

#[test]
fn every_sentence_of_a_refusal_is_one() {
    let (bases, mut read) = (bases(), 0);
    for (path, code) in sources() {
        for texts in refusing(&code) {
            // The longest text is the sentence, where it stands in the call and not before it.
            let said = texts.iter().filter(|text| !text.is_ascii() && !bases.contains(*text));
            let Some(sentence) = said.max_by_key(|text| text.chars().count()) else { continue };
            assert_eq!(fault(sentence), None, "{path}: {sentence}");
            read += 1;
        }
    }
    assert!(read > 100, "{read}");
}

/// A sentence that is none is found.
#[test]
fn a_sentence_that_is_none_is_found() {
    assert_eq!(fault("公示期未满，不能确认。"), None);
    for wrong in ["not yet.", "不能确认", "您不能确认。", "不能确认！", "不能确认。。"] {
        assert!(fault(wrong).is_some(), "{wrong}");
    }
    let code = "Err(Refusal::new(Basis::Item(\"14\"), format!(\"尚有 {} 件\\\n            （见下）\", n(1))))";
    assert_eq!(refusing(code), [["14", "尚有 {} 件（见下）"]]);
}
