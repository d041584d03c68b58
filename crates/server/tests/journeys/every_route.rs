//! Every route of the table: by everyone, without a token, without a session; and the table itself, for people to read.

use std::path::Path;

use axum::http::{Method, StatusCode};
use regulation::general::{Reach, Role, Verb};
use server::app::{Route, route_table};

use crate::app::TestApp;
use crate::client::Client;
use crate::people;

/// Whether the table lets people who are not signed in do this.
fn public(verb: Verb) -> bool {
    regulation::general::rules().any(|rule| rule.role == Role::Public && rule.verb == verb)
}

/// GET routes that stand for an act, though no POST route does the same act; each with its reason.
const FORMS: [(&str, &str); 0] = [];

/// GET routes that write, each with its reason.
const WRITING_GETS: [(&str, &str); 1] = [(
    "/account/second-factor",
    "the first look at the page makes the secret it shows; until confirmed it opens nothing",
)];

/// An address of the route, with keys that exist.
fn address(route: &Route) -> String {
    let filled = route.path.split('/').map(|part| match part {
        "{year}" => people::YEAR.to_string(),
        part if part.starts_with('{') => "1".to_owned(),
        part => part.to_owned(),
    });
    filled.collect::<Vec<_>>().join("/")
}

fn printed(routes: &[Route]) -> String {
    let mut lines: Vec<String> = routes
        .iter()
        .map(|route| {
            format!("{:<5} {}\t{}\t{}\n", route.method.as_str(), route.path, route.verb.key(), route.verb.name())
        })
        .collect();
    lines.sort();
    format!("路由表：方法、地址、动作。由路由生成；改动属实的，用 UPDATE_GOLDEN=1 重写。\n{}", lines.concat())
}

#[test]
fn the_route_table_is_as_printed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/routes.txt");
    let now = printed(&route_table());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, now).expect("written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let new: Vec<&str> = now.lines().filter(|line| !kept.lines().any(|known| known == *line)).collect();
    let gone: Vec<&str> = kept.lines().filter(|line| !now.lines().any(|known| known == *line)).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "tests/golden/routes.txt no longer tells the truth.\nnew: {new:#?}\ngone: {gone:#?}\nIf it is meant: UPDATE_GOLDEN=1."
    );
}

#[test]
fn every_route_that_changes_anything_has_a_verb_that_does() {
    let routes = route_table();
    for route in &routes {
        let written = |verb: Verb| routes.iter().any(|other| other.method != Method::GET && other.verb == verb);
        let named = FORMS.iter().any(|(path, _)| *path == route.path);
        if route.method != Method::GET {
            assert!(route.verb.writes(), "{} {} changes something under {:?}", route.method, route.path, route.verb);
        } else if route.verb.writes() {
            // The form of an act is shown to whoever may do the act.
            assert!(
                written(route.verb) || named,
                "GET {} stands for {:?}, which no route does",
                route.path,
                route.verb
            );
        }
    }
    for (path, reason) in FORMS.iter().chain(&WRITING_GETS) {
        assert!(
            routes.iter().any(|route| route.path == *path && route.method == Method::GET),
            "{path} is gone: {reason}"
        );
    }
}

#[test]
fn no_route_stands_twice() {
    let routes = route_table();
    for (ix, route) in routes.iter().enumerate() {
        assert!(
            !routes[..ix].iter().any(|known| (&known.method, known.path) == (&route.method, route.path)),
            "{route:?}"
        );
    }
}

async fn nobody_sees_anything_without_signing_in(app: &TestApp) {
    let before = app.audit_rows().await;
    for route in route_table() {
        let mut browser = app.browser();
        let answer = match route.method {
            Method::GET => browser.get(&address(&route)).await,
            _ => browser.post_bare(&address(&route), &[]).await,
        };
        match (route.method.as_str(), public(route.verb)) {
            ("GET", true) => {
                let shown = answer.status.is_success() || answer.status == StatusCode::NOT_FOUND;
                assert!(shown || ["/login", "/", "/stations"].contains(&answer.header("location")), "{route:?}");
            }
            // Without the form's own token there is neither signing in nor anything else.
            ("POST", true) => drop(answer.is(403)),
            _ => assert!(answer.location().starts_with("/login"), "{route:?}"),
        }
    }
    assert_eq!(app.audit_rows().await, before);
}

/// The one reading that leaves a row: an assessor's, of what is assigned (reading K34; the journeys in `assessors.rs`).
fn traced_reading(role: Role, verb: Verb) -> bool {
    regulation::general::rules().any(|rule| (rule.role, rule.verb, rule.reach) == (role, verb, Reach::Assigned))
}

async fn every_role_gets_an_answer_everywhere(app: &TestApp) {
    file_one(app).await;
    for (name, role) in people::one_of_each() {
        let mut browser = app.sign_in(name).await;
        let before = app.audit_rows().await;
        let (mut shown, mut refused, mut traced) = (0, 0, 0);
        for route in route_table().iter().filter(|route| route.method == Method::GET) {
            // Laying out a PDF takes a second: one role that may have it, and those that may not.
            let paper = route.path.ends_with(".pdf") && role != Role::ProvinceClerk && !role.administrator();
            if paper || WRITING_GETS.iter().any(|(path, _)| *path == route.path) {
                continue;
            }
            let answer = browser.get(&address(route)).await;
            assert!(answer.status.as_u16() < 500, "{role:?} {route:?}: {}", answer.text());
            shown += usize::from(answer.status.is_success());
            traced += i64::from(answer.status.is_success() && traced_reading(role, route.verb));
            refused += usize::from(answer.status.is_client_error());
        }
        assert_eq!(app.audit_rows().await, before + traced, "{role:?}: reading wrote something");
        println!("{role:?}: {shown} pages shown, {refused} refused");
        without_a_token(&mut browser, app).await;
    }
}

/// A POST without the session's token is refused and writes nothing, whoever sends it.
async fn without_a_token(browser: &mut Client, app: &TestApp) {
    let before = app.audit_rows().await;
    for route in route_table().iter().filter(|route| route.method == Method::POST) {
        let answer = browser.post_bare(&address(route), &[("title", "无令牌"), ("reason", "无令牌")]).await;
        assert_eq!(answer.status.as_u16(), 403, "{route:?}: {}", answer.text());
    }
    assert_eq!(app.audit_rows().await, before);
}

/// Something behind the keys the addresses are filled with.
async fn file_one(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    station.get("/appraisal/ledger/new").await.is(200);
    let fields = [("kind", "report.topical"), ("on", "2026-09-10"), ("count", "1"), ("title", "专题报告")];
    station.upload("/appraisal/ledger", &fields, &[("报告.pdf", b"%PDF-1.7")]).await.is(303);
}

on_both!(nobody_sees_anything_without_signing_in, every_role_gets_an_answer_everywhere);
