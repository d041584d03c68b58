//! Chapter four (Articles 9-14): the ledger, the annual sheet, the score and the grades.

pub mod advice;
pub mod checklist;
pub mod county;
pub mod grade;
pub mod inspection;
pub mod ledger;
pub mod rectification;
pub mod review;
pub mod sampling;
pub mod score;
pub mod sheet;
