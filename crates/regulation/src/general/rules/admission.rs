//! Chapter three (Articles 6-8 (2)): from the round's opening to the province's acceptance.

use super::{Reach, Rule, rule};
use crate::general::Basis::Item;
use crate::general::Role::*;
use crate::general::Verb::*;

pub(super) const RULES: &[Rule] = &[
    rule(Public, RegisterApplicant, Reach::Everyone, Item("2")),
    rule(Applicant, ViewApplication, Reach::OwnAccount, Item("8-1")),
    rule(Applicant, FileApplication, Reach::OwnAccount, Item("8-1")),
    rule(ProvinceClerk, ViewApplication, Reach::Province, Item("8-3")),
    rule(ProvinceClerk, AcceptApplication, Reach::Province, Item("8-3")),
    rule(ProvinceReviewer, ViewApplication, Reach::Province, Item("8-3")),
    rule(ProvinceApprover, ViewApplication, Reach::Province, Item("8-3")),
    rule(ProvinceApprover, OpenRound, Reach::Province, Item("8-1")),
    rule(ProvinceLeader, ViewApplication, Reach::Province, Item("8-3")),
    // 初审由经办逐项核实，上报由审批作出：同一事项经办和审批不为一人。
    rule(CityClerk, ViewApplication, Reach::OwnCity, Item("8-2")),
    rule(CityClerk, CheckApplication, Reach::OwnCity, Item("8-2")),
    rule(CityApprover, ViewApplication, Reach::OwnCity, Item("8-2")),
    rule(CityApprover, ForwardApplications, Reach::OwnCity, Item("8-2")),
    rule(County, ViewApplication, Reach::OwnCounty, Item("3")),
];
