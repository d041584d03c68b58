//! 委托代办 (readings K82 and K83): for days of absence a colleague of the same unit stands in. The measures give duties to
//! departments and stations, not to persons; who does them within the unit is the unit's affair.

use jiff::civil::Date;

use super::{AccountId, Actor, Basis, Refusal, Role, Rule, StationId};

/// Within which unit one stands in for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    Province,
    City(String),
    County(String),
    Station(StationId),
}

impl Unit {
    /// The unit a role acts for. `None` for those who act only in person: the administrators, experts and evaluators, and
    /// accounts that are a unit of their own.
    pub fn of(actor: &Actor) -> Option<Unit> {
        match actor.role {
            role if role.of_province() => Some(Unit::Province),
            role if role.of_city() => actor.city.clone().map(Unit::City),
            Role::County => actor.county.clone().map(Unit::County),
            role if role.of_station() => actor.station.map(Unit::Station),
            _ => None,
        }
    }

    /// The roles of the unit's people.
    pub fn roles(&self) -> impl Iterator<Item = Role> + use<> {
        let of_unit: fn(Role) -> bool = match self {
            Unit::Province => Role::of_province,
            Unit::City(_) => Role::of_city,
            Unit::County(_) => |role| role == Role::County,
            Unit::Station(_) => Role::of_station,
        };
        Role::ALL.into_iter().map(|(role, ..)| role).filter(move |role| of_unit(*role))
    }
}

/// Where a delegation stands on a day. It begins and ends by the calendar: nothing has to run for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Waiting,
    Running,
    /// Its last day has passed.
    Over,
    /// Ended before its time: taken back, terminated, or with the account of either.
    Ended,
}

impl Stage {
    /// `from` and `until` are both included.
    pub fn on(day: Date, from: Date, until: Date, ended: bool) -> Stage {
        match ended {
            true => Stage::Ended,
            false if day < from => Stage::Waiting,
            false if day > until => Stage::Over,
            false => Stage::Running,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Stage::Waiting => "未开始",
            Stage::Running => "代办中",
            Stage::Over => "已到期",
            Stage::Ended => "已终止",
        }
    }

    /// Whether it can still be ended.
    pub fn open(self) -> bool {
        matches!(self, Stage::Waiting | Stage::Running)
    }
}

/// Whether the days asked for are days one may delegate for: none of them past, and at most `longest`, where the edition
/// gives a number.
///
/// # Errors
/// The field and the sentence to show beside it.
pub fn period(from: Date, until: Date, today: Date, longest: Option<i64>) -> Result<(), (&'static str, String)> {
    if from < today {
        return Err(("from", "开始日期不能早于今天。".to_owned()));
    }
    if until < from {
        return Err(("until", "结束日期不能早于开始日期。".to_owned()));
    }
    let days = from.until(until).map_or(i64::MAX, |span| i64::from(span.get_days()) + 1);
    if let Some(longest) = longest.filter(|longest| days > *longest) {
        return Err(("until", format!("一次委托最长 {longest} 天，现为 {days} 天；确需更长的，到期前再办一次。")));
    }
    Ok(())
}

/// Whether `deputy` can be asked to stand in for `delegator`.
///
/// # Errors
/// The refusal.
pub fn between(delegator: &Actor, deputy: &Actor) -> Result<(), Refusal> {
    let no = |reason: String| Err(Refusal::new(Basis::Item("3"), reason));
    let Some(unit) = Unit::of(delegator) else {
        return no(format!("{}须由本人办理，不能委托代办。", delegator.role.name()));
    };
    if delegator.account == deputy.account {
        return no("不能委托给本人。".to_owned());
    }
    match Unit::of(deputy) {
        Some(theirs) if theirs == unit => Ok(()),
        _ => no(format!("只能委托给同一单位的同事，{}不在本单位。", deputy.name)),
    }
}

/// What concerns the account itself is done by its holder alone, and what was delegated is not delegated on.
pub(super) fn in_person(actor: &Actor, rule: &Rule) -> Result<(), Refusal> {
    match actor.instead_of {
        Some(_) if rule.verb.in_person() => Err(Refusal::new(
            rule.basis,
            format!("代他人办理期间不能{}，请先结束代办；受托的事项不得转委托。", rule.verb.name()),
        )),
        _ => Ok(()),
    }
}

/// Who delegated, as far as the deputy acts with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub account: AccountId,
    pub name: String,
    pub role: Role,
}

impl Actor {
    /// This actor in the place of a colleague: with the colleague's role in the unit they share, signing with both names.
    #[must_use]
    pub fn in_place_of(self, principal: &Principal) -> Actor {
        Actor {
            name: format!("{}（代{}）", self.name, principal.name),
            role: principal.role,
            instead_of: Some(principal.account),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::general::{Subject, Verb, holds, may};

    fn person(account: AccountId, role: Role) -> Actor {
        let (city, county) = (Some("370500".to_owned()), Some("370523".to_owned()));
        Actor { account, city, county, station: Some(1), ..Actor::without_area(role, "某") }
    }

    #[test]
    fn a_delegation_runs_from_its_first_day_to_its_last() {
        let (from, until) = (date(2026, 10, 1), date(2026, 10, 7));
        let on = |day, ended| Stage::on(day, from, until, ended);
        assert_eq!(on(date(2026, 9, 30), false), Stage::Waiting);
        assert_eq!(on(from, false), Stage::Running);
        assert_eq!(on(until, false), Stage::Running);
        assert_eq!(on(date(2026, 10, 8), false), Stage::Over);
        assert_eq!(on(from, true), Stage::Ended);
    }

    #[test]
    fn the_days_lie_ahead_and_are_not_too_many() {
        let today = date(2026, 9, 18);
        let field = |from, until| period(from, until, today, Some(7)).err().map(|(field, _)| field);
        assert_eq!(field(today, today), None);
        assert_eq!(field(today, date(2026, 9, 24)), None);
        assert_eq!(field(today, date(2026, 9, 25)), Some("until"));
        assert_eq!(field(date(2026, 9, 17), today), Some("from"));
        assert_eq!(field(date(2026, 9, 20), date(2026, 9, 19)), Some("until"));
        assert!(period(today, date(2028, 9, 18), today, None).is_ok());
    }

    /// Everybody with everybody: only within a unit, and never of or to those who act in person.
    #[test]
    fn one_stands_in_for_another_of_the_same_unit_only() {
        for (mine, ..) in Role::ALL {
            for (theirs, ..) in Role::ALL {
                let same = |unit: fn(Role) -> bool| unit(mine) && unit(theirs);
                let within = same(Role::of_province)
                    || same(Role::of_city)
                    || same(Role::of_station)
                    || same(|role| role == Role::County);
                let answer = between(&person(1, mine), &person(2, theirs));
                assert_eq!(answer.is_ok(), within, "{mine:?} to {theirs:?}");
            }
        }
        let elsewhere = Actor { city: Some("370600".to_owned()), ..person(2, Role::CityClerk) };
        let refusal = between(&person(1, Role::CityApprover), &elsewhere).expect_err("refused");
        assert_eq!(refusal.reason, "只能委托给同一单位的同事，某不在本单位。");
        assert!(between(&person(1, Role::CityClerk), &person(1, Role::CityClerk)).is_err());
        let lost = |account| Actor { city: None, ..person(account, Role::CityClerk) };
        assert!(between(&lost(1), &lost(2)).is_err(), "without an area there is no unit");
    }

    #[test]
    fn a_unit_has_the_roles_of_its_people() {
        for (role, ..) in Role::ALL {
            if let Some(unit) = Unit::of(&person(1, role)) {
                assert!(unit.roles().any(|known| known == role));
                assert!(unit.roles().all(|known| Unit::of(&person(2, known)) == Some(unit.clone())), "{role:?}");
            }
        }
    }

    #[test]
    fn a_deputy_has_the_role_and_both_names_and_delegates_nothing_on() {
        let principal = Principal { account: 2, name: "赵某".to_owned(), role: Role::CityApprover };
        let deputy = Actor { name: "钱某".to_owned(), ..person(1, Role::CityClerk) }.in_place_of(&principal);
        assert_eq!((deputy.account, deputy.instead_of, deputy.name.as_str()), (1, Some(2), "钱某（代赵某）"));
        let day = date(2026, 10, 1);
        let of_city = Subject { city: Some("370500".to_owned()), ..Subject::whole("application", 1) };
        assert!(may(&deputy, Verb::CheckApplication, &of_city, day).is_err(), "what only the clerk does");
        assert!(may(&deputy, Verb::ForwardApplications, &of_city.after(vec![]), day).is_ok());
        for verb in [Verb::Delegate, Verb::StandIn, Verb::ChangePassword, Verb::SignOut] {
            let own = Subject::own_account("delegation", 1);
            let refusal = may(&deputy, verb, &own, day).expect_err("refused");
            assert!(refusal.reason.contains("不得转委托"), "{}", refusal.reason);
            assert!(!holds(&deputy, verb, day));
            assert!(may(&person(1, Role::CityClerk), verb, &own, day).is_ok());
        }
    }

    #[test]
    fn whoever_acts_in_person_neither_delegates_nor_stands_in() {
        for (role, ..) in Role::ALL {
            let has = |verb| holds(&person(1, role), verb, date(2026, 10, 1));
            let unit = Unit::of(&person(1, role)).is_some();
            assert_eq!((has(Verb::Delegate), has(Verb::StandIn)), (unit, unit), "{role:?}");
            assert_eq!(has(Verb::EndDelegation), role == Role::SecurityAdmin, "{role:?}");
        }
    }
}
