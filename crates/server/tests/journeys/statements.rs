//! How many SQL statements a page takes: a number that must not grow with the rows on it.

use std::time::Duration;

use crate::app::TestApp;

/// Who looks at which page, and the most statements it may take.
const PAGES: &[(&str, &str, u64)] = &[
    ("station001", "/desk", 14),
    ("province", "/desk", 11),
    ("station001", "/appraisal/ledger", 4),
    ("province", "/appraisal/ledger?year=2026", 4),
    ("station001", "/appraisal/ledger/1", 5),
    ("province", "/appraisal/ledger.xlsx", 3),
    ("station001", "/appraisal/ledger/import", 2),
    ("province", "/appraisal/findings/new?station=37-001&kind=report.adopted.ministry", 5),
    ("province", "/admission/applications", 4),
    ("province", "/admission/rounds", 5),
    ("city_approver", "/admission/forwarding", 4),
    ("applicant", "/admission/applications", 4),
    ("province", "/duties/stations", 5),
    ("province", "/duties/stations/1", 9),
    ("province", "/duties/stations/1/site", 6),
    ("province", "/duties/stations/import", 3),
    ("province", "/general/overview", 4),
    ("province", "/general/supervision", 4),
    ("province", "/general/interpretations", 4),
    ("province_approver", "/general/interpretations/new", 3),
    ("province", "/general/rules", 5),
    ("station001", "/duties/roster", 6),
    ("province", "/adjustment", 5),
    ("station001", "/adjustment", 3),
    ("province", "/admission/experts", 3),
    ("province", "/admission/selection", 3),
    ("expert", "/admission/reviews", 3),
    ("station001", "/appraisal/cycles/2026/stations/1", 15),
    ("station001", "/appraisal/cycles/2026/stations/1/padding", 5),
    ("city", "/appraisal/cycles/2026/stations/1/padding", 7),
    ("province", "/appraisal/cycles/2026", 15),
    ("province", "/appraisal/cycles/2026/ranking", 15),
    ("province", "/appraisal/cycles/2026/inspection", 9),
    ("station001", "/appraisal/cycles/2026/stations/1/inspection", 6),
    ("province", "/appraisal/cycles/2026/dunning", 7),
    ("auditor", "/general/audit", 4),
    ("auditor", "/general/audit?who=province&delegated=1", 5),
    ("province", "/general/delegations", 5),
    ("secadmin", "/general/accounts/delegations", 3),
    ("sysadmin", "/general/accounts", 4),
    ("expert", "/appraisal/marks", 6),
    ("station001", "/general/papers", 4),
    ("province", "/public/certificates?number=37-001", 3),
    ("province", "/appraisal/checks", 6),
    ("city", "/appraisal/checks/2026/stations/1", 6),
    ("province", "/appraisal/cycles/2026/sampling", 5),
    ("province", "/appraisal/spot-checks", 4),
    ("province", "/appraisal/rectifications", 4),
    ("province_approver", "/duties/stations/1", 9),
    ("evaluator", "/appraisal/checks", 8),
    ("city", "/admission/applications", 4),
    ("applicant", "/general/papers", 4),
    ("province", "/appraisal/bulletins/new", 4),
    ("province", "/appraisal/spot-checks/new", 3),
    ("city", "/adjustment", 5),
    ("province", "/appraisal/cycles", 6),
    ("province", "/appraisal/cycles/2026/assignments", 5),
    ("sysadmin", "/general/holidays", 4),
    ("province", "/duties/stations/1/log", 4),
    ("station001", "/duties/signals", 6),
    ("province", "/duties/signals", 6),
    ("station001", "/duties/warnings", 4),
    ("province", "/duties/warnings", 4),
    ("province", "/duties/feeds", 4),
    ("province", "/duties/feeds/sources/us-fr-json", 4),
    ("province", "/duties/feeds/mappings", 3),
    ("station001", "/duties/feeds/uploads/new", 4),
    ("province", "/duties/consultations", 3),
    ("province", "/duties/latency", 3),
    ("station001", "/duties/subscriptions", 5),
    ("province", "/duties/subscriptions", 5),
    ("station001", "/duties/subscriptions/new", 4),
    ("station001", "/subscriptions/new", 2),
    ("station001", "/warnings", 3),
    ("", "/", 6),
    ("", "/relevance?q=4011", 4),
    ("", "/stations", 3),
    ("", "/firms", 0),
    ("", "/firms/registration", 1),
    ("station001", "/duties/roster/requests", 4),
    ("station001", "/duties/roster/requests?all=1", 4),
    ("station001", "/duties/roster/untold", 5),
    ("station001", "/search?q=tire", 2),
    ("station001", "/general/search", 5),
    ("province", "/general/search?q=tire", 4),
];

async fn a_page_takes_a_bounded_number_of_statements(app: &TestApp) {
    fill(app).await;
    let mut beyond = Vec::new();
    for (name, path, most) in PAGES {
        let mut browser = if name.is_empty() { app.browser() } else { app.sign_in(name).await };
        // The first look may fill caches; a minute later the page is built anew.
        browser.get(path).await.is(200);
        app.wait(Duration::from_secs(60));
        let before = app.store().statements();
        browser.get(path).await.is(200);
        let taken = app.store().statements() - before;
        println!("{path} as {name}: {taken} statements, {most} allowed");
        if taken > *most {
            beyond.push(format!("{path} as {name}: {taken} statements, {most} allowed"));
        }
    }
    assert!(beyond.is_empty(), "{}", beyond.join("\n"));
}

/// Enough rows that one statement a row would show.
async fn fill(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    station.get("/appraisal/ledger/new").await.is(200);
    for n in 0..60 {
        let (title, on) = (format!("报告{n}"), format!("2026-{:02}-{:02}", n % 8 + 1, n % 28 + 1));
        let fields = [("kind", "report.topical"), ("on", on.as_str()), ("count", "1"), ("title", title.as_str())];
        station.upload("/appraisal/ledger", &fields, &[("1.jpg", b"\xff\xd8")]).await.is(303);
    }
}

/// Looked at again, a page costs nothing while nothing changed; an act makes it new, and nobody else ever gets it.
async fn a_page_is_built_once_and_never_old(app: &TestApp) {
    let mut station = app.sign_in("station001").await;
    station.get("/appraisal/ledger").await.is(200);
    let before = app.store().statements();
    station.get("/appraisal/ledger").await.is(200);
    assert_eq!(app.store().statements(), before, "the same page again");
    let mut clerk = app.sign_in("station001clerk").await;
    clerk.get("/appraisal/ledger/new").await.is(200);
    let fields = [("kind", "report.topical"), ("on", "2026-09-10"), ("count", "1"), ("title", "刚刚记入的报告")];
    clerk.upload("/appraisal/ledger", &fields, &[("1.jpg", b"\xff\xd8")]).await.is(303);
    station.get("/appraisal/ledger").await.is(200).says("刚刚记入的报告");
    let mut other = app.sign_in("station002").await;
    other.get("/appraisal/ledger").await.is(200).says_not("刚刚记入的报告");
    station.post("/logout", &[]).await.is(303);
    station.get("/appraisal/ledger").await.is(303);
    // Forms that count once are never given twice.
    clerk.get("/appraisal/ledger/new").await.is(200);
    let first = clerk.token("once").to_owned();
    clerk.get("/appraisal/ledger/new").await.is(200);
    assert_ne!(clerk.token("once"), first);
}

on_both!(a_page_takes_a_bounded_number_of_statements, a_page_is_built_once_and_never_old);
