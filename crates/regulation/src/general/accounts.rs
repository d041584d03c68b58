//! 三员分立 (等保 8.1.5): which role an account may hold, and who may switch one off.

use super::{AccountId, Actor, Basis, Refusal, Role};

const SEPARATE: Basis = Basis::Security("等保 8.1.5 三员分立");

/// The role of an account nobody has granted one: it may sign in and read the rules, no more.
pub const UNASSIGNED: Role = Role::Applicant;

/// Whether `actor` may give an account that holds `now` the role `new`.
///
/// An account is a person's for good: once business, always business, once administrator, that one kind only.
/// So nobody can come to the audit trail, the accounts or the grants of their own earlier acts. One that an organisation
/// registered for its own application becomes nothing else.
///
/// # Errors
/// A refusal with the sentence to show.
pub fn may_hold(actor: &Actor, account: AccountId, registered: bool, now: Role, new: Role) -> Result<(), Refusal> {
    let no = |reason: &str| Err(Refusal::new(SEPARATE, reason));
    if actor.account == account {
        return no("不能给本人授予或变更角色，由另一名安全管理员办理。");
    }
    if registered {
        return no("该账户由申请单位自行注册，只用于本单位的申请，不能授予其他角色。请另建账户。");
    }
    if matches!(new, Role::Operator | Role::Public) {
        return no("这不是可以授予账户的角色。");
    }
    if now == UNASSIGNED || now == new {
        return Ok(());
    }
    if now.administrator() {
        return Err(Refusal::new(
            SEPARATE,
            format!("该账户是{}，三员互不兼任，也不办理业务，不能改任{}。请另建账户。", now.name(), new.name()),
        ));
    }
    if new.administrator() {
        return Err(Refusal::new(
            SEPARATE,
            format!("该账户办理过{}业务，不能改任{}。请另建账户。", now.name(), new.name()),
        ));
    }
    if new == UNASSIGNED {
        return no("已授予业务角色的账户不能退回未授权状态。不再使用的，请停用。");
    }
    Ok(())
}

/// Whether `actor` may disable an account, or set its password for its holder.
///
/// # Errors
/// A refusal with the sentence to show.
pub fn may_manage(actor: &Actor, account: AccountId) -> Result<(), Refusal> {
    if actor.account == account {
        return Err(Refusal::new(SEPARATE, "不能停用本人账户，也不能为本人重置密码。本人改密请用“修改密码”。"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::*;

    fn admin() -> Actor {
        Actor { account: 1, ..Actor::without_area(SecurityAdmin, "安全管理员") }
    }

    fn refused(now: Role, new: Role) -> bool {
        may_hold(&admin(), 2, false, now, new).is_err()
    }

    #[test]
    fn a_new_account_may_become_anything_that_signs_in() {
        for (role, ..) in Role::ALL {
            assert_eq!(refused(UNASSIGNED, role), matches!(role, Operator | Public), "{role:?}");
        }
    }

    #[test]
    fn administrators_and_business_never_change_places() {
        for admin in [SystemAdmin, SecurityAdmin, Auditor] {
            for (role, ..) in Role::ALL {
                assert_eq!(refused(admin, role), role != admin, "{admin:?} to {role:?}");
                let business = !role.administrator() && !matches!(role, Operator | Public) && role != UNASSIGNED;
                assert!(!business || refused(role, admin), "{role:?} to {admin:?}");
            }
        }
    }

    /// Not through the neutral role either: whoever left it never comes back.
    #[test]
    fn no_chain_of_grants_leads_from_business_to_administration() {
        let roles: Vec<Role> = Role::ALL.iter().map(|(role, ..)| *role).collect();
        let mut reached = vec![ProvinceClerk];
        while let Some(next) =
            roles.iter().find(|new| !reached.contains(new) && reached.iter().any(|now| !refused(*now, **new)))
        {
            reached.push(*next);
        }
        assert!(reached.contains(&CityApprover));
        assert!(reached.iter().all(|role| !role.administrator()), "{reached:?}");
    }

    #[test]
    fn what_an_organisation_registered_stays_its_own() {
        for (role, ..) in Role::ALL {
            assert!(may_hold(&admin(), 2, true, UNASSIGNED, role).is_err(), "{role:?}");
        }
    }

    #[test]
    fn nobody_grants_to_or_disables_themselves() {
        let refusal = may_hold(&admin(), 1, false, UNASSIGNED, CityClerk).expect_err("refused");
        assert_eq!(
            refusal.to_string(),
            "不能给本人授予或变更角色，由另一名安全管理员办理。（依据：等保 8.1.5 三员分立）"
        );
        assert!(may_manage(&admin(), 1).is_err());
        assert!(may_manage(&admin(), 2).is_ok());
    }
}
