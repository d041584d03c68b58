//! Chapter five (Articles 15-17) and Article 4: leaving, renaming, merging, revocation, misuse of a name.

use super::{Reach, Rule, rule};
use crate::general::Basis::Item;
use crate::general::Role::*;
use crate::general::Verb::*;

pub(super) const RULES: &[Rule] = &[
    rule(Public, ReportMisuse, Reach::Everyone, Item("4")),
    rule(ProvinceClerk, ViewAdjustment, Reach::Province, Item("3")),
    rule(ProvinceClerk, ProposeRevocation, Reach::Province, Item("17")),
    rule(ProvinceClerk, AcknowledgeRenaming, Reach::Province, Item("15")),
    rule(ProvinceClerk, ProposeMerging, Reach::Province, Item("16")),
    rule(ProvinceClerk, RecordHandover, Reach::Province, Item("15")),
    rule(ProvinceClerk, ReportMisuse, Reach::Everyone, Item("4")),
    rule(ProvinceClerk, HandleMisuse, Reach::Province, Item("4")),
    rule(ProvinceReviewer, ViewAdjustment, Reach::Province, Item("3")),
    rule(ProvinceApprover, ViewAdjustment, Reach::Province, Item("3")),
    rule(ProvinceApprover, DecideRevocation, Reach::Province, Item("17")),
    rule(ProvinceApprover, ApproveLeaving, Reach::Province, Item("15")),
    rule(ProvinceApprover, DecideMerging, Reach::Province, Item("16")),
    rule(ProvinceLeader, ViewAdjustment, Reach::Province, Item("3")),
    rule(CityClerk, ViewAdjustment, Reach::OwnCity, Item("3")),
    rule(CityClerk, ForwardRequest, Reach::OwnCity, Item("15")),
    rule(CityClerk, RecordHandover, Reach::OwnCity, Item("15")),
    rule(CityClerk, ReportMisuse, Reach::Everyone, Item("4")),
    rule(CityClerk, HandleMisuse, Reach::OwnCity, Item("4")),
    rule(CityApprover, ViewAdjustment, Reach::OwnCity, Item("3")),
    rule(County, ViewAdjustment, Reach::OwnCounty, Item("3")),
    rule(County, ReportMisuse, Reach::Everyone, Item("4")),
    rule(StationManager, ViewAdjustment, Reach::OwnStation, Item("15")),
    rule(StationManager, RequestLeaving, Reach::OwnStation, Item("15")),
    rule(StationManager, FileRenaming, Reach::OwnStation, Item("15")),
    rule(StationManager, RecordHandover, Reach::OwnStation, Item("15")),
    rule(StationClerk, ViewAdjustment, Reach::OwnStation, Item("15")),
];
