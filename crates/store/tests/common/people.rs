//! Who acts in the tests. Every mandate comes from `may`, as in the server.

use jiff::civil::{Date, date};
use regulation::general::{Actor, Assignment, Mandate, Placed, Role, Subject, Verb, may};

pub const CITY: &str = "370500";
pub const COUNTY: &str = "370523";
pub const OTHER_CITY: &str = "370600";

/// The day of every mandate here.
pub fn today() -> Date {
    date(2026, 9, 1)
}

/// `20260131` for the year's `month` and `day`.
pub fn day(month: i8, day: i8) -> i64 {
    store::day_number(date(2026, month, day))
}

pub fn allowed(actor: &Actor, verb: Verb, subject: &Subject) -> Mandate {
    may(actor, verb, subject, today()).unwrap_or_else(|refusal| panic!("{refusal}"))
}

pub fn public() -> Actor {
    Actor::public()
}

pub fn of_station(role: Role, station: &Placed) -> Actor {
    Actor { account: 30, name: "站员".to_owned(), role, station: Some(station.id), ..Actor::public() }
}

pub fn of_city(role: Role, city: &str) -> Actor {
    Actor { account: 20, name: "市局".to_owned(), role, city: Some(city.to_owned()), ..Actor::public() }
}

pub fn of_province(role: Role) -> Actor {
    Actor { account: 10, name: "省厅".to_owned(), role, ..Actor::public() }
}

/// An expert with the account given, assigned to one station until the year after.
pub fn expert(account: i64, station: &Placed) -> Actor {
    let assigned = vec![Assignment { station: station.id, from: None, until: date(2027, 3, 31) }];
    Actor { account, name: format!("专家{account}"), role: Role::Expert, assigned, ..Actor::public() }
}
