//! What an on-site check looks at is the edition: each row, each fact and each matter without points, once.

mod common;

use std::collections::BTreeSet;

use regulation::appraisal::checklist::checklist;

#[test]
fn each_row_fact_and_matter_is_looked_at_once() {
    for folder in ["../../law/draft", "tests/fixtures/haidong"] {
        let edition = common::edition(folder);
        let sections = checklist(&edition);
        let all: Vec<_> = sections.iter().flat_map(|section| &section.points).collect();
        let ids: BTreeSet<&str> = all.iter().map(|point| point.id.as_str()).collect();
        assert_eq!(ids.len(), all.len(), "{folder}: a point stands twice");
        for row in edition.sheet.items() {
            assert!(ids.contains(row.id.as_str()), "{folder}: {}", row.id);
        }
        for fact in &edition.facts {
            let named = all.iter().filter(|point| point.name == fact.name).count();
            assert_eq!(named, 1, "{folder}: {}", fact.name);
        }
        for matter in &edition.qualitative {
            assert!(all.iter().any(|point| point.name == matter.name), "{folder}: {}", matter.name);
        }
        assert!(all.iter().all(|point| !point.hint.is_empty()), "{folder}: a point without what to look for");
    }
}
