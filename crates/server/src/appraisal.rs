//! Chapter four on the screen: ledger, sheet, grades.

pub mod assignments;
pub mod confirm;
pub mod cycles;
pub mod evidence;
pub mod explained;
pub mod ledger;
pub mod marks;
pub mod offline;
pub mod outputs;
pub mod ranking;
pub mod reckon;
pub mod sheet;
pub mod submission;
pub mod words;

use crate::app::Routes;

pub fn routes() -> Routes {
    let sheets = Routes::default().with(sheet::routes()).with(evidence::routes()).with(submission::routes());
    let year = Routes::default().with(cycles::routes()).with(ranking::routes()).with(confirm::routes());
    let experts = Routes::default().with(marks::routes()).with(assignments::routes());
    Routes::default().with(ledger::routes()).with(year).with(sheets).with(experts).with(outputs::routes())
}

/// Ledger kinds whose reports experts mark.
pub fn graded_kinds(edition: &regulation::law::Edition) -> Vec<&str> {
    let graded = |item: &&regulation::appraisal::sheet::Item| {
        matches!(item.rule, regulation::appraisal::sheet::Rule::Graded { .. })
    };
    edition.sheet.items().filter(graded).flat_map(|item| item.rule.kinds()).collect()
}
