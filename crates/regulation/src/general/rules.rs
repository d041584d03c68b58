//! The permission table, one part a room. `tests/golden/permissions.txt` prints it for people to sign.

mod adjustment;
mod admission;
mod appraisal;
mod duties;
mod general;
mod selection;

use super::Basis::Security;
use super::{Basis, Reach, Role, Verb};

/// One line of the permission table: this role may do this, this far, on this ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub role: Role,
    pub verb: Verb,
    pub reach: Reach,
    pub basis: Basis,
}

const fn rule(role: Role, verb: Verb, reach: Reach, basis: Basis) -> Rule {
    Rule { role, verb, reach, basis }
}

const SIGN: Basis = Security("等保 8.1.4.1 身份鉴别");
const SEPARATE: Basis = Security("等保 8.1.5 三员分立");
const AUDIT: Basis = Security("等保 8.1.4.3 安全审计");
const CONFIGURE: Basis = Security("等保 8.1.5 系统管理");
const PERSONAL: Basis = Security("个人信息保护法，最小必要");

const ROOMS: [&[Rule]; 6] =
    [general::RULES, duties::RULES, admission::RULES, selection::RULES, appraisal::RULES, adjustment::RULES];

/// Every line of the table, in the order of the chapters.
pub fn rules() -> impl Iterator<Item = &'static Rule> + Clone {
    ROOMS.into_iter().flatten()
}
