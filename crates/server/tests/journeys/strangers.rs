//! Guessed keys: every route with a key in its address, with the real key of somebody else's thing, by everyone who is
//! not its owner; and everything of a station the province manages, by its city and county (AT-6, readings K13 and K35).

use std::collections::BTreeMap;

use axum::http::Method;
use regulation::general::{Reach, Role, Verb, rules};
use server::app::{Route, route_table};

use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::world::{World, build, digest, filled, holds};

/// One of every role, none of them with anything to do with the first station or the first applicant.
const STRANGERS: [(&str, Role); 12] = [
    ("other_city", Role::CityClerk),
    ("other_city_approver", Role::CityApprover),
    ("other_county", Role::County),
    ("station002", Role::StationManager),
    ("station002clerk", Role::StationClerk),
    ("unit2", Role::Applicant),
    ("other_expert", Role::Expert),
    ("other_evaluator", Role::Evaluator),
    ("firm", Role::Firm),
    ("sysadmin", Role::SystemAdmin),
    ("secadmin", Role::SecurityAdmin),
    ("auditor", Role::Auditor),
];

/// Fields that most forms would take, so that a guessed address meets its check before the form's.
const FIELDS: [(&str, &str); 12] = [
    ("text", "越权"),
    ("reason", "越权"),
    ("opinion", "越权"),
    ("title", "越权"),
    ("outcome", "close"),
    ("step", "draft"),
    ("base", "0"),
    ("problem", "1"),
    ("demand", "越权"),
    ("days", "5"),
    ("to", "省管"),
    ("on", "2026-09-18"),
];

/// Routes whose address names a thing of somebody's: not the year, not what is there for everyone to see.
fn keyed() -> Vec<Route> {
    let public = |route: &Route| rules().any(|rule| rule.role == Role::Public && rule.verb == route.verb);
    let named = |route: &Route| route.path.replace("{year}", "").contains('{');
    route_table().into_iter().filter(|route| named(route) && !public(route)).collect()
}

/// Whether a role's permission reaches everything of the kind: then it is no stranger.
fn reaches_all(role: Role, verb: Verb) -> bool {
    let all = |reach| matches!(reach, Reach::Province | Reach::Everyone);
    rules().any(|rule| (rule.role, rule.verb) == (role, verb) && all(rule.reach))
}

async fn ask(browser: &mut Client, route: &Route, address: &str) -> Answer {
    match route.method {
        Method::GET => browser.get(address).await,
        _ => browser.post(address, &FIELDS).await,
    }
}

/// There is a key for every route, and a page behind every key for whoever it belongs to: nothing below passes because
/// nothing is there.
async fn everything_is_there_for_its_owner(app: &TestApp) {
    let mut world = build(app).await;
    let mut missing = Vec::new();
    for route in keyed() {
        let Some(address) = filled(route.path, &world.first) else {
            missing.push(format!("no key for {}", route.path));
            continue;
        };
        if route.method != Method::GET {
            continue;
        }
        let mut answers = Vec::new();
        for (name, browser) in &mut world.insiders {
            let answer = browser.get(&address).await;
            answers.push(format!("{name} {}", answer.status.as_u16()));
            if answer.status.as_u16() == 200 {
                answers.clear();
                break;
            }
        }
        if !answers.is_empty() {
            missing.push(format!("{} ({address}) is shown to nobody: {answers:?}", route.path));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

async fn nobody_reaches_what_is_somebody_elses(app: &TestApp) {
    let World { first, .. } = build(app).await;
    let (before, acts) = (digest(app).await, acts(app).await);
    let (mut holes, mut hidden, mut refused) = (Vec::new(), 0, 0);
    for (name, role) in STRANGERS {
        let mut browser = app.sign_in(name).await;
        browser.get("/account/password").await.is(200);
        for route in keyed().into_iter().filter(|route| !reaches_all(role, route.verb)) {
            let address = filled(route.path, &first).expect("a key");
            let answer = ask(&mut browser, &route, &address).await;
            match answer.status.as_u16() {
                404 => hidden += 1,
                // Who never does this is told so, whether the thing is there or not.
                403 if answer.text().contains("无权") => refused += 1,
                status => holes.push(format!("{name}: {} {address}: {status}", route.method)),
            }
        }
    }
    assert!(holes.is_empty(), "{holes:#?}");
    assert!(hidden > 300 && refused > 300, "{hidden} hidden, {refused} refused");
    unchanged(app, before, acts).await;
}

/// The same answer whether a key exists or not: a stranger learns nothing by counting.
async fn a_key_that_exists_looks_like_one_that_does_not(app: &TestApp) {
    let World { first, .. } = build(app).await;
    let absent = first.keys().map(|pattern| (*pattern, "987654".to_owned())).collect();
    let mut telling = Vec::new();
    for (name, role) in STRANGERS {
        let mut browser = app.sign_in(name).await;
        browser.get("/account/password").await.is(200);
        for route in keyed().into_iter().filter(|route| !reaches_all(role, route.verb)) {
            let real = ask(&mut browser, &route, &filled(route.path, &first).expect("a key")).await;
            let guessed = ask(&mut browser, &route, &filled(route.path, &absent).expect("a key")).await;
            if real.status != guessed.status {
                telling.push(format!("{name}: {} {}: {} or {}", route.method, route.path, real.status, guessed.status));
            }
        }
    }
    assert!(telling.is_empty(), "{telling:#?}");
}

/// A station the province manages is as visible to its city and county as any other, and not theirs to deal with.
async fn a_provincial_station_is_looked_at_by_its_city_and_no_more(app: &TestApp) {
    let World { first, provincial, .. } = build(app).await;
    let (before, acts) = (digest(app).await, acts(app).await);
    let (mut holes, mut seen, mut refused) = (Vec::new(), 0, 0);
    for (name, role) in [("city", Role::CityClerk), ("city_approver", Role::CityApprover), ("county", Role::County)] {
        let mut browser = app.sign_in(name).await;
        browser.get("/account/password").await.is(200);
        for route in keyed() {
            let (Some(of_city), Some(address)) = (filled(route.path, &first), filled(route.path, &provincial)) else {
                continue;
            };
            let answer = ask(&mut browser, &route, &address).await;
            let status = answer.status.as_u16();
            let reading = route.method == Method::GET && !route.verb.writes();
            if reading {
                let usual = browser.get(&of_city).await.status.as_u16();
                // A draft of the other layer is not told before it is finished, whoever manages the station.
                if status != usual && !route.path.contains("/checks/") {
                    holes.push(format!("{name}: {address}: {status}, where {of_city} gives {usual}"));
                }
                seen += usize::from(status == 200);
                continue;
            }
            let text = answer.text();
            let said = text.contains("省管工作站") && text.contains("第十条（一）");
            match status {
                403 if holds(role, route.verb) && said => refused += 1,
                403 if !holds(role, route.verb) && text.contains("无权") => refused += 1,
                // A form may show why not, with its button greyed; the submit is refused.
                200 if route.method == Method::GET && said => refused += 1,
                404 => {}
                _ => holes.push(format!("{name}: {} {address}: {status}", route.method)),
            }
        }
    }
    assert!(holes.is_empty(), "{holes:#?}");
    assert!(seen > 30 && refused > 100, "{seen} seen, {refused} refused");
    unchanged(app, before, acts).await;
}

/// Rows of the audit trail besides signing in.
async fn acts(app: &TestApp) -> i64 {
    let query = store::query::Query::new("SELECT count(*) FROM audit WHERE verb <> 'sign_in'");
    let (count,): (i64,) = app.store().one(query).await.expect("audit");
    count
}

async fn unchanged(app: &TestApp, before: BTreeMap<String, String>, acts_before: i64) {
    let now = digest(app).await;
    assert_eq!(before.len(), now.len());
    for (table, held) in &before {
        // Signing in counts on the account and leaves a row of its own.
        let signing_in = ["account", "audit"].contains(&table.as_str());
        assert!(signing_in || now.get(table) == Some(held), "{table} was written");
    }
    assert_eq!(acts(app).await, acts_before, "an act was recorded");
}

on_both!(
    everything_is_there_for_its_owner,
    nobody_reaches_what_is_somebody_elses,
    a_key_that_exists_looks_like_one_that_does_not,
    a_provincial_station_is_looked_at_by_its_city_and_no_more,
);
