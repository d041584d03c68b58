//! Chapter four on the screen: ledger, sheet, grades.

pub mod ledger;
pub mod offline;
pub mod reckon;

use crate::app::Routes;

pub fn routes() -> Routes {
    Routes::default().with(ledger::routes())
}

/// Ledger kinds whose reports experts mark.
pub fn graded_kinds(edition: &regulation::law::Edition) -> Vec<&str> {
    let graded = |item: &&regulation::appraisal::sheet::Item| {
        matches!(item.rule, regulation::appraisal::sheet::Rule::Graded { .. })
    };
    edition.sheet.items().filter(graded).flat_map(|item| item.rule.kinds()).collect()
}
