//! Chapter two (Article 5) and the registry: stations, their records, their rosters.

use super::{Reach, Rule, rule};
use crate::general::Basis::Item;
use crate::general::Role::*;
use crate::general::Verb::*;

pub(super) const RULES: &[Rule] = &[
    rule(ProvinceClerk, ViewStation, Reach::Province, Item("3")),
    rule(ProvinceClerk, MaintainRegistry, Reach::Province, Item("3")),
    rule(ProvinceClerk, ViewRoster, Reach::Province, Item("3")),
    rule(ProvinceClerk, RecordProbe, Reach::Province, Item("6-4")),
    rule(ProvinceReviewer, ViewStation, Reach::Province, Item("3")),
    rule(ProvinceReviewer, ViewRoster, Reach::Province, Item("3")),
    rule(ProvinceApprover, ViewStation, Reach::Province, Item("3")),
    // 省管、市管由省商务厅调整（读法 K35）
    rule(ProvinceApprover, AssignManagement, Reach::Province, Item("10-1")),
    rule(ProvinceApprover, ViewRoster, Reach::Province, Item("3")),
    rule(ProvinceLeader, ViewStation, Reach::Province, Item("3")),
    rule(ProvinceLeader, ViewRoster, Reach::Province, Item("3")),
    rule(CityClerk, ViewStation, Reach::OwnCity, Item("3")),
    rule(CityClerk, ViewRoster, Reach::OwnCity, Item("3")),
    rule(CityClerk, RecordProbe, Reach::OwnCity, Item("6-4")),
    rule(CityApprover, ViewStation, Reach::OwnCity, Item("3")),
    rule(CityApprover, ViewRoster, Reach::OwnCity, Item("3")),
    rule(County, ViewStation, Reach::OwnCounty, Item("3")),
    rule(County, ViewRoster, Reach::OwnCounty, Item("3")),
    rule(StationManager, ViewStation, Reach::OwnStation, Item("4")),
    rule(StationManager, MaintainRecord, Reach::OwnStation, Item("6-2")),
    rule(StationManager, ViewRoster, Reach::OwnStation, Item("5-1")),
    rule(StationManager, MaintainRoster, Reach::OwnStation, Item("5-1")),
    rule(StationManager, RecordProbe, Reach::OwnStation, Item("5-3")),
    rule(StationClerk, ViewStation, Reach::OwnStation, Item("4")),
    rule(StationClerk, ViewRoster, Reach::OwnStation, Item("5-1")),
    rule(StationClerk, MaintainRoster, Reach::OwnStation, Item("5-1")),
    rule(StationClerk, RecordProbe, Reach::OwnStation, Item("5-3")),
    rule(Expert, ViewStation, Reach::Assigned, Item("9")),
    rule(Evaluator, ViewStation, Reach::Assigned, Item("9")),
    rule(Operator, MaintainRegistry, Reach::Province, Item("2")),
];
