//! Chapter three, second half (Article 8 (3) and (4)): panels, public notice, objections, confirmation.

use super::{Reach, Rule, rule};
use crate::general::Basis::Item;
use crate::general::Role::*;
use crate::general::Verb::*;

pub(super) const RULES: &[Rule] = &[
    rule(ProvinceClerk, ViewExperts, Reach::Province, Item("8-3")),
    rule(ProvinceClerk, MaintainExperts, Reach::Province, Item("8-3")),
    rule(ProvinceClerk, ViewPanels, Reach::Province, Item("8-3")),
    rule(ProvinceClerk, DrawPanel, Reach::Province, Item("8-3")),
    rule(ProvinceClerk, CloseReview, Reach::Province, Item("8-3")),
    rule(ProvinceClerk, RecordVisit, Reach::Province, Item("8-3")),
    rule(ProvinceClerk, ProposeShortlist, Reach::Province, Item("8-3")),
    rule(ProvinceClerk, ViewObjections, Reach::Province, Item("8-4")),
    rule(ProvinceReviewer, ViewExperts, Reach::Province, Item("8-3")),
    rule(ProvinceReviewer, ViewPanels, Reach::Province, Item("8-3")),
    rule(ProvinceReviewer, ViewObjections, Reach::Province, Item("8-4")),
    rule(ProvinceReviewer, RuleOnObjection, Reach::Province, Item("8-4")),
    rule(ProvinceApprover, ViewExperts, Reach::Province, Item("8-3")),
    rule(ProvinceApprover, ViewPanels, Reach::Province, Item("8-3")),
    rule(ProvinceApprover, PublishNotice, Reach::Province, Item("8-4")),
    rule(ProvinceApprover, ViewObjections, Reach::Province, Item("8-4")),
    rule(ProvinceApprover, ConfirmStation, Reach::Province, Item("8-4")),
    rule(ProvinceLeader, ViewPanels, Reach::Province, Item("8-3")),
    rule(ProvinceLeader, ViewObjections, Reach::Province, Item("8-4")),
    // 专家只看分给本组的申请，看不到其他专家的意见（读法 K31）
    rule(Expert, ReviewApplication, Reach::OwnAccount, Item("8-3")),
    rule(Public, RaiseObjection, Reach::Everyone, Item("8-4")),
];
