//! Chapter four on the screen: ledger, sheet, grades.

mod ledger;
pub mod offline;
mod reckon;

use crate::app::Routes;

pub fn routes() -> Routes {
    Routes::default().with(ledger::routes())
}
