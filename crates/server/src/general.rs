//! Chapter one on the screen: the desk, accounts, audit, and the rules.

mod accounts;
mod audit;
mod desk;
mod rules;

use crate::app::Routes;

pub fn routes() -> Routes {
    Routes::default().with(desk::routes()).with(accounts::routes()).with(audit::routes()).with(rules::routes())
}
