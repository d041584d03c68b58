//! Chapter one (Articles 1-4): who is who, who may do what, and for which area.

mod accounts;
pub mod county;
pub mod delegation;
pub mod draw;
mod ended;
mod hands;
pub mod interpretation;
mod management;
mod rules;
pub mod supervision;
mod verbs;
mod workdays;

use std::fmt;

use jiff::civil::Date;

pub use accounts::{UNASSIGNED, may_hold, may_manage};
pub use ended::{End, Ended};
pub use hands::{APART, Hand, earlier};
pub use management::{Manager, reassign};
pub use rules::{Rule, rules};
pub use verbs::Verb;
pub use workdays::{Due, HolidayYear, Workdays};

use crate::law::cite;

pub type AccountId = i64;
pub type StationId = i64;

/// 角色. One account has one role; the three administrators exclude each other and all business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    ProvinceClerk,
    ProvinceReviewer,
    ProvinceApprover,
    ProvinceLeader,
    CityClerk,
    CityApprover,
    County,
    StationManager,
    StationClerk,
    Applicant,
    Expert,
    Evaluator,
    Firm,
    SystemAdmin,
    SecurityAdmin,
    Auditor,
    /// Whoever holds the machine: the command line.
    Operator,
    /// Not signed in.
    Public,
}

impl Role {
    pub const ALL: [(Role, &'static str, &'static str); 18] = [
        (Role::ProvinceClerk, "province_clerk", "省厅经办"),
        (Role::ProvinceReviewer, "province_reviewer", "省厅复核"),
        (Role::ProvinceApprover, "province_approver", "省厅审批"),
        (Role::ProvinceLeader, "province_leader", "省厅领导"),
        (Role::CityClerk, "city_clerk", "市局经办"),
        (Role::CityApprover, "city_approver", "市局审批"),
        (Role::County, "county", "县局"),
        (Role::StationManager, "station_manager", "工作站管理员"),
        (Role::StationClerk, "station_clerk", "工作站填报员"),
        (Role::Applicant, "applicant", "申请单位"),
        (Role::Expert, "expert", "专家"),
        (Role::Evaluator, "evaluator", "第三方评估"),
        (Role::Firm, "firm", "企业"),
        (Role::SystemAdmin, "system_admin", "系统管理员"),
        (Role::SecurityAdmin, "security_admin", "安全管理员"),
        (Role::Auditor, "auditor", "安全审计员"),
        (Role::Operator, "operator", "运维（命令行）"),
        (Role::Public, "public", "公众"),
    ];

    pub fn key(self) -> &'static str {
        Role::ALL.iter().find(|(role, ..)| *role == self).map_or("", |(_, key, _)| key)
    }

    pub fn name(self) -> &'static str {
        Role::ALL.iter().find(|(role, ..)| *role == self).map_or("", |(.., name)| name)
    }

    pub fn from_key(key: &str) -> Option<Role> {
        Role::ALL.iter().find(|(_, known, _)| *known == key).map(|(role, ..)| *role)
    }

    pub fn of_province(self) -> bool {
        use Role::*;
        matches!(self, ProvinceClerk | ProvinceReviewer | ProvinceApprover | ProvinceLeader)
    }

    pub fn of_city(self) -> bool {
        matches!(self, Role::CityClerk | Role::CityApprover)
    }

    pub fn of_station(self) -> bool {
        matches!(self, Role::StationManager | Role::StationClerk)
    }

    pub fn administrator(self) -> bool {
        matches!(self, Role::SystemAdmin | Role::SecurityAdmin | Role::Auditor)
    }

    /// Officials and administrators sign in with a second factor (等保 8.1.4.1 d).
    pub fn needs_second_factor(self) -> bool {
        self.of_province() || self.of_city() || self == Role::County || self.administrator()
    }
}

/// How far a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    Province,
    OwnCity,
    OwnCounty,
    OwnStation,
    Assigned,
    OwnAccount,
    Everyone,
}

impl Reach {
    pub fn name(self) -> &'static str {
        match self {
            Reach::Province => "全省",
            Reach::OwnCity => "本市",
            Reach::OwnCounty => "本县（市、区）",
            Reach::OwnStation => "本站",
            Reach::Assigned => "指派范围",
            Reach::OwnAccount => "本人",
            Reach::Everyone => "公开",
        }
    }
}

/// Where a permission comes from: an article item, or a security requirement the law does not speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    Item(&'static str),
    Security(&'static str),
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Basis::Item(id) => write!(f, "办法{}", cite(id)),
            Basis::Security(text) => f.write_str(text),
        }
    }
}

/// Who acts. Made from a session, or by the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub account: AccountId,
    /// As records are signed: `钱某`, or `钱某（代赵某）` in another's place.
    pub name: String,
    /// The role acted with: in another's place, that one's.
    pub role: Role,
    pub city: Option<String>,
    pub county: Option<String>,
    pub station: Option<StationId>,
    /// Stations an expert or evaluator was assigned, each for a period.
    pub assigned: Vec<Assignment>,
    /// That the actor's station has ended (Articles 15-17).
    pub ended: Option<Ended>,
    /// In whose place the account acts (reading K82).
    pub instead_of: Option<AccountId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub station: StationId,
    /// First day; from when it was made where nobody said.
    pub from: Option<Date>,
    pub until: Date,
}

impl Assignment {
    fn holds_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && day <= self.until
    }

    fn period(&self) -> String {
        match self.from {
            Some(from) => format!("{from} 至 {}", self.until),
            None => format!("至 {}", self.until),
        }
    }
}

impl Actor {
    pub fn public() -> Actor {
        Actor::without_area(Role::Public, "公众")
    }

    /// The command line on the machine itself.
    pub fn operator() -> Actor {
        Actor::without_area(Role::Operator, "运维")
    }

    fn without_area(role: Role, name: &str) -> Actor {
        Actor {
            account: 0,
            name: name.to_owned(),
            role,
            city: None,
            county: None,
            station: None,
            assigned: Vec::new(),
            ended: None,
            instead_of: None,
        }
    }

    fn assigned_on(&self, on: Date) -> Vec<StationId> {
        self.assigned.iter().filter(|a| a.holds_on(on)).map(|a| a.station).collect()
    }
}

/// What is acted on: enough to judge the reach, and a name for the audit row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Table-like noun, e.g. `ledger_entry`.
    pub noun: &'static str,
    /// Key of the row, `0` when it does not exist yet.
    pub id: i64,
    pub city: Option<String>,
    pub county: Option<String>,
    pub station: Option<StationId>,
    /// Who manages the station it belongs to.
    pub manager: Option<Manager>,
    pub account: Option<AccountId>,
    /// What was done to it before, and by whom; `None` while nobody looked. Acts of [`APART`] ask for it.
    pub hands: Option<Vec<Hand>>,
}

impl Subject {
    /// Something of the whole jurisdiction, e.g. a year's cycle.
    pub fn whole(noun: &'static str, id: i64) -> Subject {
        Subject { noun, id, ..Subject::default() }
    }

    pub fn own_account(noun: &'static str, account: AccountId) -> Subject {
        Subject { noun, id: account, account: Some(account), ..Subject::default() }
    }

    /// Something that belongs to a station.
    pub fn of_station(noun: &'static str, id: i64, station: &Placed) -> Subject {
        Subject {
            noun,
            id,
            city: Some(station.city.clone()),
            county: station.county.clone(),
            station: Some(station.id),
            manager: Some(station.manager),
            ..Subject::default()
        }
    }

    /// With what was done to it before (reading K83).
    #[must_use]
    pub fn after(self, hands: Vec<Hand>) -> Subject {
        Subject { hands: Some(hands), ..self }
    }
}

/// A station, where it lies and who manages it: what every reach is judged by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub id: StationId,
    pub city: String,
    pub county: Option<String>,
    pub manager: Manager,
}

/// Proof that an actor may do something to a subject on a day. Only [`may`] makes one; every write asks for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    actor: Actor,
    verb: Verb,
    basis: Basis,
    subject: Subject,
    on: Date,
}

impl Mandate {
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    pub fn verb(&self) -> Verb {
        self.verb
    }

    pub fn basis(&self) -> Basis {
        self.basis
    }

    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The day in China Standard Time it was given for.
    pub fn on(&self) -> Date {
        self.on
    }
}

/// The law says no: one Chinese sentence and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}（依据：{basis}）")]
pub struct Refusal {
    pub basis: String,
    pub reason: String,
}

impl Refusal {
    pub fn new(basis: Basis, reason: impl Into<String>) -> Refusal {
        Refusal { basis: basis.to_string(), reason: reason.into() }
    }
}

/// Whether `actor` may do `verb` to `subject` on that day.
///
/// # Errors
/// A refusal naming the verb's basis when no rule of [`rules`] covers it, that the actor's station has ended, that the
/// province manages the station, that nobody does this in another's place, or that the same hand did an earlier step.
pub fn may(actor: &Actor, verb: Verb, subject: &Subject, on: Date) -> Result<Mandate, Refusal> {
    let own = || rules().filter(|rule| rule.verb == verb && rule.role == actor.role);
    if let Some(rule) = own().find(|rule| reaches(rule.reach, actor, verb, subject, on)) {
        if let Some(ended) = actor.ended.filter(|_| actor.role.of_station()) {
            ended.allows(verb, on)?;
        }
        management::left_to_the_city(rule, subject)?;
        delegation::in_person(actor, rule)?;
        hands::apart(actor, rule, subject)?;
        let (actor, subject) = (actor.clone(), subject.clone());
        return Ok(Mandate { actor, verb, basis: rule.basis, subject, on });
    }
    let Some(rule) = own().next() else {
        let basis = rules().find(|rule| rule.verb == verb).map_or(Basis::Item("3"), |rule| rule.basis);
        return Err(Refusal::new(basis, format!("{}无权{}。", actor.role.name(), verb.name())));
    };
    let reason = match out_of_period(rule.reach, actor, subject) {
        Some(assignment) => {
            format!("受托期限为 {}，{on} 不在期限内，不能{}。", assignment.period(), verb.name())
        }
        None => format!("{}只能对{}的事项{}。", actor.role.name(), rule.reach.name(), verb.name()),
    };
    Err(Refusal::new(rule.basis, reason))
}

/// The assignment that would cover the subject on another day (reading K34).
fn out_of_period<'a>(reach: Reach, actor: &'a Actor, subject: &Subject) -> Option<&'a Assignment> {
    let of_station = |assignment: &&Assignment| Some(assignment.station) == subject.station;
    actor.assigned.iter().rfind(of_station).filter(|_| reach == Reach::Assigned)
}

fn reaches(reach: Reach, actor: &Actor, verb: Verb, subject: &Subject, on: Date) -> bool {
    /// Both known and equal: an actor without an area reaches no area.
    fn same<T: PartialEq>(own: &Option<T>, theirs: &Option<T>) -> bool {
        own.is_some() && own == theirs
    }
    match reach {
        Reach::Province | Reach::Everyone => true,
        Reach::OwnCity => same(&actor.city, &subject.city),
        Reach::OwnCounty => same(&actor.county, &subject.county),
        Reach::OwnStation => same(&actor.station, &subject.station),
        Reach::Assigned => match subject.station {
            Some(station) => actor.assigned_on(on).contains(&station),
            // A list of all that is assigned, to look at.
            None => !verb.writes() && !actor.assigned_on(on).is_empty(),
        },
        Reach::OwnAccount => subject.account == Some(actor.account),
    }
}

/// Which rows an actor may see. Every list is read through one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    City(String),
    County(String),
    Stations(Vec<StationId>),
    Nothing,
}

impl Scope {
    /// Whether a station lies in this scope.
    pub fn covers(&self, station: &Placed) -> bool {
        match self {
            Scope::All => true,
            Scope::City(city) => *city == station.city,
            Scope::County(county) => station.county.as_ref() == Some(county),
            Scope::Stations(stations) => stations.contains(&station.id),
            Scope::Nothing => false,
        }
    }
}

/// The rows among which `actor` looks for what to do `verb` to: the same table as [`may`], read the other way round. A
/// station the province manages is found by its city too, so that [`may`] can say why it is not the city's to deal with.
pub fn scope(actor: &Actor, verb: Verb, on: Date) -> Scope {
    let Some(rule) = rules().find(|rule| rule.verb == verb && rule.role == actor.role) else {
        return Scope::Nothing;
    };
    let some = |scope: Option<Scope>| scope.unwrap_or(Scope::Nothing);
    match rule.reach {
        Reach::Province | Reach::Everyone => Scope::All,
        Reach::OwnCity => some(actor.city.clone().map(Scope::City)),
        Reach::OwnCounty => some(actor.county.clone().map(Scope::County)),
        Reach::OwnStation => some(actor.station.map(|station| Scope::Stations(vec![station]))),
        Reach::Assigned => Scope::Stations(actor.assigned_on(on)),
        Reach::OwnAccount => Scope::Nothing,
    }
}

/// Whether there can be anything on which `actor` may do `verb`: rows in a scope, or what is its own.
pub fn holds(actor: &Actor, verb: Verb, on: Date) -> bool {
    let own = rules().find(|r| r.role == actor.role && r.verb == verb && r.reach == Reach::OwnAccount);
    own.is_some_and(|rule| delegation::in_person(actor, rule).is_ok()) || scope(actor, verb, on) != Scope::Nothing
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn city_clerk(city: &str) -> Actor {
        Actor { city: Some(city.to_owned()), ..Actor::without_area(Role::CityClerk, "经办") }
    }

    fn station(id: StationId, city: &str) -> Placed {
        Placed { id, city: city.to_owned(), county: None, manager: Manager::City }
    }

    #[test]
    fn another_city_is_refused_with_article_and_sentence() {
        let subject = Subject::of_station("ledger_entry", 1, &station(7, "370500"));
        let day = date(2026, 9, 1);
        assert!(may(&city_clerk("370500"), Verb::AssessEvidence, &subject, day).is_ok());
        let refusal = may(&city_clerk("370600"), Verb::AssessEvidence, &subject, day).expect_err("refused");
        assert_eq!(refusal.to_string(), "市局经办只能对本市的事项核验证据。（依据：办法第十条（二））");
    }

    #[test]
    fn an_actor_without_an_area_reaches_no_subject_without_one() {
        let lost = Actor::without_area(Role::CityClerk, "未定");
        let subject = Subject::whole("ledger_entry", 1);
        assert!(may(&lost, Verb::AssessEvidence, &subject, date(2026, 9, 1)).is_err());
        assert_eq!(scope(&lost, Verb::ViewLedger, date(2026, 9, 1)), Scope::Nothing);
    }

    #[test]
    fn an_assignment_holds_from_its_first_day_to_its_last() {
        let expert = Actor {
            assigned: vec![Assignment { station: 7, from: Some(date(2027, 2, 16)), until: date(2027, 2, 28) }],
            ..Actor::without_area(Role::Expert, "专家")
        };
        let subject = Subject::of_station("mark", 0, &station(7, "370500"));
        assert!(may(&expert, Verb::GradeWork, &subject, date(2027, 2, 28)).is_ok());
        assert!(may(&expert, Verb::GradeWork, &subject, date(2027, 2, 16)).is_ok());
        for outside in [date(2027, 2, 15), date(2027, 3, 1)] {
            let refusal = may(&expert, Verb::GradeWork, &subject, outside).expect_err("refused");
            let reason = format!("受托期限为 2027-02-16 至 2027-02-28，{outside} 不在期限内，不能给报告评分。");
            assert_eq!(refusal.reason, reason);
        }
        let other = Subject::of_station("mark", 0, &station(8, "370500"));
        let refusal = may(&expert, Verb::GradeWork, &other, date(2027, 2, 20)).expect_err("refused");
        assert_eq!(refusal.reason, "专家只能对指派范围的事项给报告评分。");
        assert_eq!(scope(&expert, Verb::ViewLedger, date(2027, 3, 1)), Scope::Stations(vec![]));
    }

    #[test]
    fn the_three_administrators_have_no_business_and_nothing_in_common() {
        let verbs = |role| {
            rules().filter(move |r| r.role == role && r.reach != Reach::OwnAccount && r.reach != Reach::Everyone)
        };
        for admin in [Role::SystemAdmin, Role::SecurityAdmin, Role::Auditor] {
            for rule in verbs(admin) {
                assert!(matches!(rule.basis, Basis::Security(_)), "{admin:?} has business {:?}", rule.verb);
                let shared = rules().filter(|r| r.verb == rule.verb && r.role.administrator()).count();
                assert!(rule.verb == Verb::ViewAccounts || shared == 1, "{:?} is shared", rule.verb);
            }
        }
    }
}
