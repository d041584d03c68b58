//! Two stations in two cities and an account for every role, written through the store as the server would.

use std::sync::LazyLock;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use jiff::Timestamp;
use regulation::general::{Actor, Assignment, Manager, Mandate, Placed, Role, Subject, Verb, may};
use store::Store;
use store::duties::NewStation;
use store::general::NewAccount;

pub const PASSWORD: &str = "Beacon-2026";
pub const YEAR: i64 = 2026;
pub const CITY: &str = "370500";
pub const COUNTY: &str = "370523";
pub const OTHER_CITY: &str = "370600";

/// The first station; the second lies in the other city.
pub const STATION: i64 = 1;
pub const OTHER_STATION: i64 = 2;

/// Username, role and area of everyone here.
const EVERYONE: &[(&str, Role)] = &[
    ("station001", Role::StationManager),
    ("station001clerk", Role::StationClerk),
    ("station002", Role::StationManager),
    ("province", Role::ProvinceClerk),
    ("province_reviewer", Role::ProvinceReviewer),
    ("province_approver", Role::ProvinceApprover),
    ("province_leader", Role::ProvinceLeader),
    ("city", Role::CityClerk),
    ("city_approver", Role::CityApprover),
    ("other_city", Role::CityClerk),
    ("county", Role::County),
    ("expert", Role::Expert),
    ("evaluator", Role::Evaluator),
    ("applicant", Role::Applicant),
    ("firm", Role::Firm),
    ("sysadmin", Role::SystemAdmin),
    ("secadmin", Role::SecurityAdmin),
    ("auditor", Role::Auditor),
];

/// One username for each role that signs in.
pub fn one_of_each() -> Vec<(&'static str, Role)> {
    EVERYONE.iter().copied().filter(|(name, _)| !matches!(*name, "station002" | "other_city")).collect()
}

/// A hash that costs nothing to check: the parameters stand in the hash.
static QUICK: LazyLock<String> = LazyLock::new(|| {
    let params = Params::new(8, 1, 1, None).expect("parameters");
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    hasher.hash_password(PASSWORD.as_bytes()).expect("hash").to_string()
});

fn allowed(actor: &Actor, verb: Verb, subject: &Subject, at: Timestamp) -> Mandate {
    may(actor, verb, subject, store::day_of(at)).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// Writes everything a journey starts from.
pub async fn settle(store: &Store, at: Timestamp) {
    let registry = allowed(&Actor::operator(), Verb::MaintainRegistry, &Subject::whole("station", 0), at);
    let mut tx = store.begin(&registry, at).await.expect("begin");
    for (number, name, city, county) in
        [("37-001", "示例轮胎工作站", CITY, Some(COUNTY)), ("37-002", "示例苹果工作站", OTHER_CITY, None)]
    {
        let new = NewStation {
            number: number.to_owned(),
            name: name.to_owned(),
            host_name: format!("{name}的承办协会"),
            city: city.to_owned(),
            county: county.map(str::to_owned),
            managed_by: "city".to_owned(),
            confirmed_on: 20_250_301,
            source: "form".to_owned(),
            ..NewStation::default()
        };
        tx.add_station(&new).await.expect("station");
    }
    tx.commit().await.expect("commit");
    for (username, role) in EVERYONE {
        add_account(store, at, username, *role, false).await;
    }
    open_year(store, at).await;
    assign(store, at).await;
}

/// An account of a role, with the area its name stands for. Returns its key.
pub async fn add_account(store: &Store, at: Timestamp, username: &str, role: Role, must_change: bool) -> i64 {
    let other = username.starts_with("other") || username.starts_with("station002");
    let city = if other { OTHER_CITY } else { CITY };
    let new = NewAccount {
        username: username.to_owned(),
        display_name: format!("示例{}", role.name()),
        role,
        city: (role.of_city() || role == Role::County).then(|| city.to_owned()),
        county: (role == Role::County).then(|| COUNTY.to_owned()),
        station: role.of_station().then_some(if other { OTHER_STATION } else { STATION }),
        password_hash: QUICK.clone(),
        must_change,
    };
    let mandate = allowed(&Actor::operator(), Verb::CreateAccount, &Subject::whole("account", 0), at);
    let mut tx = store.begin(&mandate, at).await.expect("begin");
    let id = tx.add_account(&new).await.expect("account");
    tx.commit().await.expect("commit");
    id
}

async fn open_year(store: &Store, at: Timestamp) {
    let approver = actor(Role::ProvinceApprover);
    let mandate = allowed(&approver, Verb::OpenCycle, &Subject::whole("cycle", YEAR), at);
    let mut tx = store.begin(&mandate, at).await.expect("begin");
    tx.open_cycle(&store::appraisal::NewCycle::usual(YEAR, "draft", 600)).await.expect("cycle");
    tx.commit().await.expect("commit");
}

/// Expert and evaluator look at the first station.
async fn assign(store: &Store, at: Timestamp) {
    for name in ["expert", "evaluator"] {
        let account = store.account_by_name(name).await.expect("read").expect("account");
        let subject = Subject::of_station("assignment", 0, &placed());
        let mandate = allowed(&actor(Role::ProvinceClerk), Verb::AssignAssessor, &subject, at);
        let mut tx = store.begin(&mandate, at).await.expect("begin");
        tx.assign(account.id, STATION, YEAR, 20_270_331).await.expect("assigned");
        tx.commit().await.expect("commit");
    }
}

fn actor(role: Role) -> Actor {
    let assigned: Vec<Assignment> = Vec::new();
    Actor { account: 0, name: "示例".to_owned(), role, assigned, ..Actor::public() }
}

/// What holds on the machine itself: changing the registry of stations.
pub fn operator(at: Timestamp) -> Mandate {
    allowed(&Actor::operator(), Verb::MaintainRegistry, &Subject::whole("station", 0), at)
}

/// The first station.
pub fn placed() -> Placed {
    Placed { id: STATION, city: CITY.to_owned(), county: Some(COUNTY.to_owned()), manager: Manager::City }
}

/// Another station in force, of the unit with that code. Returns its key.
pub async fn station_of(store: &Store, at: Timestamp, number: &str, code: &str) -> i64 {
    let registry = allowed(&Actor::operator(), Verb::MaintainRegistry, &Subject::whole("station", 0), at);
    let new = NewStation {
        number: number.to_owned(),
        name: format!("示例{number}工作站"),
        host_uscc: code.to_owned(),
        city: OTHER_CITY.to_owned(),
        managed_by: "city".to_owned(),
        confirmed_on: 20_250_301,
        source: "form".to_owned(),
        ..NewStation::default()
    };
    let mut tx = store.begin(&registry, at).await.expect("begin");
    let id = tx.add_station(&new).await.expect("station");
    tx.commit().await.expect("commit");
    id
}

/// Ends a station, as leaving, a merger or a revocation does.
pub async fn end(store: &Store, at: Timestamp, station: i64) {
    let mandate = operator(at);
    let mut tx = store.begin(&mandate, at).await.expect("begin");
    tx.end_station(station, "已退出", store::day_number(store::day_of(at)), None).await.expect("ended");
    tx.commit().await.expect("commit");
}
