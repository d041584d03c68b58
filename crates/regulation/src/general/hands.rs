//! 经办、复核和审批分人 (reading K83). Roles keep the steps of a matter apart as long as everybody acts for themselves; with
//! somebody standing in for another, the persons have to be kept apart too.

use super::{AccountId, Actor, Refusal, Rule, Subject, Verb};

/// An act that was done to a thing before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hand {
    pub verb: Verb,
    pub account: AccountId,
    /// In whose place.
    pub instead_of: Option<AccountId>,
    /// As it was signed.
    pub name: String,
}

/// Acts that review or conclude a matter, each with the acts before it that somebody else must have done. No role holds
/// both sides.
pub const APART: &[(Verb, &[Verb])] = &[
    (Verb::ForwardApplications, &[Verb::CheckApplication]),
    (Verb::PublishNotice, PREPARING),
    (Verb::RuleOnObjection, CHOOSING),
    (Verb::ConfirmStation, SELECTING),
    (Verb::ForwardMaterial, &[Verb::CheckMaterial]),
    (Verb::DecideReview, &[Verb::AcceptMaterial, Verb::ProposeGrades]),
    (Verb::ConfirmGrades, &[Verb::AcceptMaterial, Verb::ProposeGrades, Verb::DecideReview]),
    (Verb::DecideRevocation, &[Verb::ProposeRevocation]),
    (Verb::ApproveLeaving, &[Verb::RecordHandover]),
    (Verb::DecideMerging, &[Verb::ProposeMerging, Verb::RecordHandover]),
];

const PREPARING: &[Verb] = &[Verb::AcceptApplication, Verb::DrawPanel, Verb::CloseReview, Verb::ProposeShortlist];
const CHOOSING: &[Verb] = &[Verb::ProposeShortlist, Verb::PublishNotice];
const SELECTING: &[Verb] =
    &[Verb::AcceptApplication, Verb::DrawPanel, Verb::CloseReview, Verb::ProposeShortlist, Verb::RuleOnObjection];

/// The acts that must have been somebody else's for one to do this.
pub fn earlier(verb: Verb) -> &'static [Verb] {
    APART.iter().find(|(later, _)| *later == verb).map_or(&[], |(_, earlier)| earlier)
}

/// Whoever stands in for another counts as both.
fn persons(account: AccountId, instead_of: Option<AccountId>) -> impl Iterator<Item = AccountId> {
    std::iter::once(account).chain(instead_of)
}

/// Whether none of the persons behind the actor had a hand in an earlier step.
///
/// # Errors
/// The refusal; also when nobody looked who took the earlier steps.
pub(super) fn apart(actor: &Actor, rule: &Rule, subject: &Subject) -> Result<(), Refusal> {
    let earlier = earlier(rule.verb);
    if earlier.is_empty() {
        return Ok(());
    }
    let Some(hands) = &subject.hands else {
        let reason = format!("没有查明同一事项此前由谁办理，不能{}。", rule.verb.name());
        return Err(Refusal::new(rule.basis, reason));
    };
    let shared = |hand: &&Hand| {
        persons(hand.account, hand.instead_of).any(|one| persons(actor.account, actor.instead_of).any(|own| own == one))
    };
    match hands.iter().filter(|hand| earlier.contains(&hand.verb)).find(shared) {
        None => Ok(()),
        Some(hand) => Err(Refusal::new(
            rule.basis,
            format!(
                "同一事项的经办、复核和审批不能是同一人，代办的既算代办人也算委托人：此前由{}{}，不能再由{}{}。",
                hand.name,
                hand.verb.name(),
                actor.name,
                rule.verb.name()
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::general::{Role, may, rules};

    fn actor(account: AccountId, role: Role, instead_of: Option<AccountId>) -> Actor {
        Actor { account, role, instead_of, city: Some("370500".to_owned()), ..Actor::without_area(role, "某") }
    }

    /// Whether `actor` may forward what was checked by that hand.
    fn forwards(actor: &Actor, account: AccountId, instead_of: Option<AccountId>) -> Result<(), Refusal> {
        let hand = Hand { verb: Verb::CheckApplication, account, instead_of, name: "钱某".to_owned() };
        let subject = Subject { city: Some("370500".to_owned()), ..Subject::whole("admission_round", 1) };
        may(actor, Verb::ForwardApplications, &subject.after(vec![hand]), date(2026, 10, 1)).map(drop)
    }

    #[test]
    fn whoever_stands_in_counts_as_both() {
        const CLERK: AccountId = 1;
        const APPROVER: AccountId = 2;
        const COLLEAGUE: AccountId = 3;
        let approver = actor(APPROVER, Role::CityApprover, None);
        assert!(forwards(&approver, CLERK, None).is_ok());
        assert!(forwards(&approver, CLERK, Some(COLLEAGUE)).is_ok());
        assert!(forwards(&approver, APPROVER, Some(CLERK)).is_err(), "checked in the clerk's place");
        assert!(forwards(&approver, COLLEAGUE, Some(APPROVER)).is_err(), "checked in the approver's own place");
        let deputy = actor(CLERK, Role::CityApprover, Some(APPROVER));
        assert!(forwards(&deputy, COLLEAGUE, None).is_ok());
        assert!(forwards(&deputy, CLERK, None).is_err(), "checked by the deputy");
        assert!(forwards(&deputy, APPROVER, None).is_err(), "checked by the one whose place is taken");
        let refusal = forwards(&deputy, CLERK, None).expect_err("refused");
        assert_eq!(
            refusal.reason,
            "同一事项的经办、复核和审批不能是同一人，代办的既算代办人也算委托人：此前由钱某初审申请，不能再由某上报申请。"
        );
    }

    #[test]
    fn what_nobody_looked_into_is_refused() {
        let subject = Subject { city: Some("370500".to_owned()), ..Subject::whole("admission_round", 1) };
        let approver = actor(2, Role::CityApprover, None);
        let refusal = may(&approver, Verb::ForwardApplications, &subject, date(2026, 10, 1)).expect_err("refused");
        assert_eq!(refusal.reason, "没有查明同一事项此前由谁办理，不能上报申请。");
    }

    #[test]
    fn no_role_holds_both_sides() {
        let held = |role, verb| rules().any(|rule| (rule.role, rule.verb) == (role, verb));
        for (later, earlier) in APART {
            for (role, ..) in Role::ALL {
                let both = held(role, *later) && earlier.iter().any(|verb| held(role, *verb));
                assert!(!both, "{role:?} {later:?}");
            }
        }
    }
}
