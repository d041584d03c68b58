//! Sixteen cities, every role, every verb: what a city, a county and the province may do to whose stations. No table here,
//! only what has to hold of the table.

mod common;

use std::sync::LazyLock;

use jiff::civil::{Date, date};
use regulation::general::{
    Actor, Assignment, Manager, Placed, Reach, Role, Scope, Subject, Verb, holds, may, rules, scope,
};
use regulation::law::Edition;

static DRAFT: LazyLock<Edition> = LazyLock::new(|| common::edition("../../law/draft"));

const TODAY: Date = date(2026, 9, 18);

/// The station whose people act; every other one is a stranger's.
const OWN: i64 = 1;

/// Cities with a county of theirs and another one.
fn cities() -> Vec<(&'static str, &'static str, &'static str)> {
    let areas = DRAFT.head.areas.iter();
    areas.map(|area| (area.code.as_str(), area.counties[0].code.as_str(), area.counties[1].code.as_str())).collect()
}

fn actor(role: Role, city: &str, county: &str) -> Actor {
    let assessor = matches!(role, Role::Expert | Role::Evaluator);
    Actor {
        account: 5,
        role,
        city: (role.of_city() || role == Role::County).then(|| city.to_owned()),
        county: (role == Role::County).then(|| county.to_owned()),
        station: role.of_station().then_some(OWN),
        assigned: match assessor {
            true => vec![Assignment { station: OWN, from: None, until: date(2026, 12, 31) }],
            false => Vec::new(),
        },
        ..Actor::public()
    }
}

fn station(id: i64, city: &str, county: &str, manager: Manager) -> Placed {
    Placed { id, city: city.to_owned(), county: Some(county.to_owned()), manager }
}

/// Something of a station that nobody had a hand in yet.
fn thing(station: &Placed) -> Subject {
    Subject::of_station("thing", 9, station).after(Vec::new())
}

/// An actor, a verb and a station, and how the two lie to each other.
struct Case {
    actor: Actor,
    verb: Verb,
    station: Placed,
    /// The station lies in the actor's city, or county.
    inside: bool,
    may: Result<(), String>,
}

impl Case {
    fn role(&self) -> Role {
        self.actor.role
    }

    fn local(&self) -> bool {
        self.role().of_city() || self.role() == Role::County
    }

    fn said(&self) -> String {
        format!("{:?} {:?} {:?}: {:?}", self.role(), self.verb, self.station, self.may)
    }
}

/// What anybody may do, signed in or not.
fn open_to_all(verb: Verb) -> bool {
    rules().any(|rule| rule.verb == verb && rule.role == Role::Public && rule.reach == Reach::Everyone)
}

/// Everybody against every kind of station, in every city.
fn cases() -> impl Iterator<Item = Case> {
    let cities = cities();
    assert_eq!(cities.len(), 16);
    (0..cities.len()).flat_map(move |ix| {
        let (city, county, other_county) = cities[ix];
        let (strange, strange_county, _) = cities[(ix + 1) % cities.len()];
        let places = [(city, county), (city, other_county), (strange, strange_county)];
        let stations: Vec<Placed> = (2..)
            .zip(places.iter().flat_map(|place| [Manager::City, Manager::Province].map(|manager| (place, manager))))
            .map(|(id, ((city, county), manager))| station(id, city, county, manager))
            .collect();
        Role::ALL.into_iter().flat_map(move |(role, ..)| {
            let actor = actor(role, city, county);
            let stations = stations.clone();
            Verb::ALL.iter().flat_map(move |(verb, _)| {
                let (actor, verb) = (actor.clone(), *verb);
                stations.clone().into_iter().map(move |station| Case {
                    may: may(&actor, verb, &thing(&station), TODAY).map(drop).map_err(|refusal| refusal.to_string()),
                    inside: match role {
                        Role::County => actor.county == station.county,
                        _ => actor.city.as_ref() == Some(&station.city),
                    },
                    actor: actor.clone(),
                    verb,
                    station,
                })
            })
        })
    })
}

#[test]
fn nothing_of_another_area_is_reached_and_nothing_is_done_to_a_provincial_station() {
    let mut seen = (0, 0);
    for case in cases().filter(Case::local).filter(|case| !open_to_all(case.verb)) {
        let everyone = rules().any(|r| (r.role, r.verb, r.reach) == (case.role(), case.verb, Reach::Everyone));
        if everyone {
            continue;
        }
        if !case.inside {
            assert!(case.may.is_err(), "{}", case.said());
            seen.0 += 1;
        } else if case.verb.writes() && case.station.manager == Manager::Province {
            assert!(case.may.is_err(), "{}", case.said());
            seen.1 += 1;
        }
    }
    assert!(seen.0 > 1000 && seen.1 > 1000, "{seen:?}");
}

#[test]
fn a_provincial_station_is_as_visible_as_any_and_the_refusal_says_whose_it_is() {
    let mut refused = 0;
    for case in cases().filter(Case::local).filter(|case| case.station.manager == Manager::Province) {
        let managed = Placed { manager: Manager::City, ..case.station.clone() };
        let managed = may(&case.actor, case.verb, &thing(&managed), TODAY);
        if !case.verb.writes() || open_to_all(case.verb) {
            assert_eq!(managed.is_ok(), case.may.is_ok(), "{}", case.said());
        } else if let (Ok(_), Err(sentence)) = (&managed, &case.may) {
            let (role, verb) = (case.role().name(), case.verb.name());
            assert!(sentence.starts_with("该站为省管工作站"), "{sentence}");
            assert!(sentence.contains(&format!("{role}可以查看，不能{verb}")), "{sentence}");
            assert!(sentence.ends_with("（依据：办法第十条（一））"), "{sentence}");
            refused += 1;
        }
    }
    assert!(refused > 16, "{refused}");
}

#[test]
fn who_manages_a_station_is_the_same_to_everybody_else() {
    for case in cases().filter(|case| !case.local()) {
        let other = Placed { manager: case.station.manager.other(), ..case.station.clone() };
        let other = may(&case.actor, case.verb, &thing(&other), TODAY);
        assert_eq!(case.may, other.map(drop).map_err(|refusal| refusal.to_string()));
    }
}

#[test]
fn stations_and_assessors_reach_their_own_alone() {
    for case in cases() {
        let assessor = matches!(case.role(), Role::Expert | Role::Evaluator);
        if !(assessor || case.role().of_station()) {
            continue;
        }
        let everyone = rules().any(|r| (r.role, r.verb, r.reach) == (case.role(), case.verb, Reach::Everyone));
        assert_eq!(case.may.is_ok(), everyone, "{}", case.said());
        let own = Placed { id: OWN, ..case.station };
        let held = rules().any(|r| (r.role, r.verb) == (case.actor.role, case.verb) && r.reach != Reach::OwnAccount);
        assert_eq!(may(&case.actor, case.verb, &thing(&own), TODAY).is_ok(), held);
    }
}

/// Lists and acts go by the same lines: what may be done is found in the scope; what is read is exactly the scope.
#[test]
fn a_scope_holds_what_may_be_done_and_shows_what_may_be_read() {
    for case in cases() {
        let scope = scope(&case.actor, case.verb, TODAY);
        assert!(case.may.is_err() || scope.covers(&case.station), "{} {scope:?}", case.said());
        let own_account = rules().any(|r| (r.role, r.verb, r.reach) == (case.role(), case.verb, Reach::OwnAccount));
        if !case.verb.writes() && !own_account {
            assert_eq!(scope.covers(&case.station), case.may.is_ok(), "{} {scope:?}", case.said());
        }
        if scope == Scope::Nothing && !own_account {
            assert!(!holds(&case.actor, case.verb, TODAY), "{}", case.said());
        }
    }
}

/// What a city does for its stations the province does for those it manages; where the city only passes something on,
/// the province takes it straight (Article 10 (1), Article 15).
#[test]
fn the_province_does_for_its_own_what_a_city_does() {
    const STRAIGHT: [(Verb, Verb); 6] = [
        (Verb::CheckMaterial, Verb::AcceptMaterial),
        (Verb::ForwardMaterial, Verb::AcceptMaterial),
        (Verb::ForwardRequest, Verb::ApproveLeaving),
        (Verb::CheckApplication, Verb::AcceptApplication),
        (Verb::ForwardApplications, Verb::AcceptApplication),
        (Verb::GiveCountyOpinion, Verb::AcceptApplication),
    ];
    let (city, county, _) = cities()[0];
    let own = thing(&station(7, city, county, Manager::Province));
    let local = rules().filter(|rule| matches!(rule.reach, Reach::OwnCity | Reach::OwnCounty) && rule.verb.writes());
    let mut met = Vec::new();
    for rule in local {
        let straight = STRAIGHT.iter().find(|(verb, _)| *verb == rule.verb);
        met.extend(straight.map(|(verb, _)| *verb));
        let verb = straight.map_or(rule.verb, |(_, instead)| *instead);
        let able = Role::ALL
            .iter()
            .any(|(role, ..)| role.of_province() && may(&actor(*role, city, county), verb, &own, TODAY).is_ok());
        assert!(able, "nobody of the province may {verb:?} for a station it manages");
    }
    for (verb, _) in STRAIGHT {
        assert!(met.contains(&verb), "{verb:?} is no city's act any more");
    }
}
