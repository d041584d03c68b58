//! Experts and evaluators: what they read of a station is on record, and out of period or assignment there is nothing to
//! read (Article 9, reading K34).

use std::time::Duration;

use axum::http::Method;
use regulation::general::{Reach, Role, rules};
use server::app::route_table;
use store::query::Query;

use crate::app::TestApp;
use crate::people;
use crate::world::{assign, build, filled};

/// Verb, station and page of the newest row.
async fn newest(app: &TestApp) -> (String, Option<i64>, String) {
    let query = Query::new("SELECT verb, station_id, detail FROM audit ORDER BY id DESC LIMIT 1");
    app.store().one(query).await.expect("a row")
}

async fn what_an_assessor_reads_is_on_record(app: &TestApp) {
    let world = build(app).await;
    for (name, role) in [("evaluator", Role::Evaluator), ("expert", Role::Expert)] {
        let mut assessor = app.sign_in(name).await;
        let mut read = 0;
        for route in route_table().into_iter().filter(|route| route.method == Method::GET) {
            let Some(address) = filled(route.path, &world.first) else { continue };
            let assigned =
                rules().any(|rule| (rule.role, rule.verb, rule.reach) == (role, route.verb, Reach::Assigned));
            if address.ends_with(".pdf") || route.path == "/account/second-factor" {
                continue;
            }
            let before = app.audit_rows().await;
            let answer = assessor.get(&address).await;
            let shown = answer.status.is_success() && assigned;
            assert_eq!(app.audit_rows().await - before, i64::from(shown), "{name} {address}: {}", answer.status);
            if shown {
                let (_, station, page) = newest(app).await;
                assert_eq!(page, address);
                let of_one = route.path.contains("{id}");
                assert_eq!(station, of_one.then_some(people::STATION), "{name} {address}");
                read += 1;
            }
        }
        assert!(read >= 6, "{name} read {read} pages");
    }
    // Looked at again in the same minute, it is another row: no page is given from memory.
    let mut evaluator = app.sign_in("evaluator").await;
    let before = app.audit_rows().await;
    for _ in 0..3 {
        evaluator.get("/duties/stations/1").await.is(200);
    }
    assert_eq!(app.audit_rows().await, before + 3);
    let (verb, ..) = newest(app).await;
    assert_eq!(verb, "view_station");
    app.sign_in("auditor").await.get("/general/audit").await.is(200).says("/duties/stations/1").says("第三方评估");
    // Everybody else reads without a trace.
    let mut city = app.sign_in("city").await;
    let before = app.audit_rows().await;
    city.get("/duties/stations/1").await.is(200);
    assert_eq!(app.audit_rows().await, before);
}

/// Pages that show a station's material to its assessor.
const MATERIAL: [&str; 6] = [
    "/duties/stations/1",
    "/appraisal/ledger",
    "/appraisal/cycles/2026/stations/1",
    "/appraisal/cycles/2026/stations/1/inspection",
    "/appraisal/checks",
    "/appraisal/checks/2026/stations/1",
];

async fn out_of_period_or_assignment_nothing_is_shown(app: &TestApp) {
    let account = app.store().account_by_name("evaluator").await.expect("read").expect("account");
    // Until the end of 20 September; the evening before midnight it still holds.
    assign(app, account.id, people::STATION, 20_260_920).await;
    app.wait(Duration::from_secs(60 * 60 * 24 * 2 + 60 * 60 * 13 + 59 * 60));
    let mut evaluator = app.sign_in("evaluator").await;
    for path in MATERIAL {
        evaluator.get(path).await.is(200);
    }
    for path in ["/duties/stations/2", "/appraisal/cycles/2026/stations/2", "/appraisal/checks/2026/stations/2"] {
        evaluator.get(path).await.is(404);
    }
    app.wait(Duration::from_secs(60));
    let rows = app.audit_rows().await;
    for path in MATERIAL {
        let answer = evaluator.get(path).await;
        assert!([403, 404].contains(&answer.status.as_u16()), "{path}: {}", answer.status);
        answer.says_not("示例轮胎工作站");
    }
    evaluator.get("/appraisal/ledger").await.is(403).says("2026-09-20").says("不在期限内").says("第九条");
    let checked = [("step", "draft"), ("base", "0")];
    evaluator.post("/appraisal/checks/2026/stations/1", &checked).await.is(403).says("不在期限内");
    assert_eq!(app.audit_rows().await, rows, "refused, it leaves nothing");
}

on_both!(what_an_assessor_reads_is_on_record, out_of_period_or_assignment_nothing_is_shown);
