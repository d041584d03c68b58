//! The lists of the chapters' rooms over ten thousand rows each: whatever they run, no table is read from end to end.

use regulation::general::delegation::Unit;
use regulation::general::{Role, Scope, Subject, Verb};
use store::Backend;
use store::adjustment::AdjustmentFilter;
use store::admission::ApplicationFilter;
use store::appraisal::CheckOf;
use store::audit::{AuditFilter, Matter};
use store::duties::{Looked, SignalFilter, StationFilter, WarningFilter};
use store::general::{Indexed, Looking, SearchQuery};

use crate::common::{CITY, COUNTY, Db, YEAR, act, allowed, of_province};

/// Rows of each kind, over fifty stations in nine cities with two counties each.
async fn load(db: &Db) {
    for n in 0..50 {
        let city = format!("370{}00", 1 + n % 9);
        let county = format!("370{}{}", 1 + n % 9, ["23", "02"][n % 2]);
        db.station_in(&format!("S{n:02}"), &city, Some(&county)).await;
    }
    db.cycle().await;
    let mut raw = db.raw().await;
    raw.must(&ROWS).await;
    index_texts(db).await;
    if db.store.backend() == Backend::Postgres {
        raw.must(&["ANALYZE"]).await;
    }
}

const EVERYONES: Indexed<'static> = Indexed {
    noun: "warning",
    id: 0,
    on_day: 20_260_901,
    city: "",
    county: None,
    station: None,
    open: true,
    title: "",
    body: "",
};

/// Texts looked up by words, three thousand of them.
async fn index_texts(db: &Db) {
    let mandate = allowed(&of_province(Role::ProvinceClerk), Verb::RecordProbe, &Subject::whole("search_document", 0));
    let texts = async |tx: &mut store::Tx<'_>| {
        for id in 0..3000 {
            let title = format!("{}的预警 {id}", if id % 50 == 0 { "轮胎" } else { "光伏" });
            let (noun, on_day, county) = ("warning", 20_260_901, Some(COUNTY));
            let text = Indexed {
                noun,
                id,
                on_day,
                city: CITY,
                county,
                station: Some(5),
                open: false,
                title: &title,
                body: "",
            };
            tx.index_text(&text).await?;
        }
        Ok(())
    };
    act(db, &mandate, texts).await.expect("indexed");
    db.store.number_texts().await.expect("numbered");
    let last = Indexed { id: 3000, title: "轮胎", ..EVERYONES };
    act(db, &mandate, async |tx| tx.index_text(&last).await).await.expect("indexed");
    assert_eq!(db.store.number_texts().await.expect("numbered"), 2);
}

/// Large tables: a step may not read one of these whole.
const LARGE: [&str; 44] = [
    "account",
    "adjustment",
    "application",
    "audit",
    "consultation",
    "county_opinion",
    "delegation",
    "delivery",
    "expert",
    "inspection_step",
    "firm_key",
    "firm_request",
    "interpretation",
    "objection",
    "opinion",
    "paper",
    "participation_finding",
    "posting",
    "publication",
    "rectification",
    "reminder",
    "review_change",
    "roster_code",
    "roster_member",
    "saved_search",
    "search_document",
    "search_folded",
    "search_notice",
    "search_passage",
    "search_text",
    "search_waiting",
    "signal",
    "site_check",
    "site_probe",
    "spot_check",
    "spot_problem",
    "submission",
    "subscription",
    "trade_notice",
    "trade_notice_code",
    "warning",
    "warning_band",
    "warning_code",
    "warning_version",
];

macro_rules! rows {
    ($into:literal, $values:literal) => {
        concat!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO ",
            $into,
            " SELECT ",
            $values,
            " FROM n JOIN station s ON s.id = 1 + i % 50"
        )
    };
}

const ROWS: [&str; 44] = [
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO edition \
     (id, digest, files, loaded_at) SELECT 'e' || i, '', '{}', 0 FROM n",
    rows!(
        "interpretation (edition_id, noun, place, question, answer, document, from_day, issued_at, issued_by)",
        "'e' || (1 + i % 100), 'item', '9', '', '', '', 20260101, i, 'a'"
    ),
    "INSERT INTO admission_round (year, name, edition_id, state, city_due, direct_due, forwarding_due, review_due, \
     contact, opened_at, opened_by) SELECT 2000 + s.id, 'r', (SELECT min(id) FROM edition), 'open', 0, 0, 0, 0, \
     '', 0, 'a' FROM station s WHERE s.id <= 20",
    rows!(
        "account (username, display_name, role, city, county, station_id, password_hash, must_change, totp_confirmed, \
         failures, created_at)",
        "'u' || i, 'a', 'expert', NULL, NULL, NULL, '', 0, 0, 0, 0"
    ),
    rows!(
        "delegation (delegator_id, deputy_id, from_on, until_on, reason, given_at, ended_at)",
        "(SELECT a.id FROM account a WHERE a.username = 'u' || i), \
         (SELECT a.id FROM account a WHERE a.username = 'u' || (1 + i % 100)), 20260801, 20260801 + i % 30, '', 0, \
         CASE WHEN i % 3 = 0 THEN 1 END"
    ),
    rows!(
        "audit (at, account_id, actor, role, verb, noun, noun_id, station_id, basis, detail, instead_of)",
        "i, i % 500, 'a', 'r', CASE WHEN i % 5 = 0 THEN 'check_material' ELSE 'file_entry' END, \
         CASE WHEN i % 5 = 0 THEN 'inspection' ELSE 'ledger_entry' END, 1900 + i % 100, s.id, 'b', '', \
         CASE WHEN i % 50 = 0 THEN i % 500 + 1 END"
    ),
    rows!(
        "expert (account_id, name, unit, uscc, speciality, industries, phone, email, active, added_at, added_by, updated_at)",
        "(SELECT a.id FROM account a WHERE a.username = 'u' || i), 'n' || i, 'u', '', '', '', '', '', 1, 0, 'a', 0"
    ),
    rows!(
        "application (round_id, account_id, number, route, direct_ground, name, uscc, kind, city, county, station_name, \
         industry_code, industry, comprehensive, hs_chapters, address, website, form, stage, first_at, versions, \
         city_late, created_at, saved_at)",
        "1 + i % 20, (SELECT a.id FROM account a WHERE a.username = 'u' || i), 'N' || i, 'city', '', 'n', 'U', \
         'association', s.city, s.county, 'n', '291', 'x', 0, '', '', '', '{}', 'city_review', 1, 1, 0, 0, 0"
    ),
    rows!(
        "spot_check (station_id, city, county, level, on_day, place, inspectors, result, recorded_at, recorded_by)",
        "s.id, s.city, s.county, 'city', 20260901, '', '', '', 0, 'a'"
    ),
    "INSERT INTO spot_problem (check_id, number, text) SELECT id, 1, 'p' FROM spot_check",
    "INSERT INTO rectification (problem_id, check_id, station_id, city, county, level, demand, stage, due_on, ordered_at, \
     ordered_by) SELECT p.id, c.id, c.station_id, c.city, c.county, 'city', '', \
     CASE WHEN c.id % 50 = 0 THEN 'ordered' ELSE 'closed' END, 20261001, 0, 'a' \
     FROM spot_problem p JOIN spot_check c ON c.id = p.check_id",
    rows!(
        "adjustment (kind, station_id, city, county, stage, detail, moves, new_host, new_name, reporter, contact, \
         opened_at, opened_by, told_at, closed_at)",
        "CASE WHEN i % 2 = 0 THEN 'misuse' ELSE 'leaving' END, s.id, s.city, s.county, 'dropped', '', '', '', '', '', '', \
         i, 'a', 1, 1"
    ),
    rows!(
        "paper (kind, noun, noun_id, station_id, city, title, content, sha256, made_at, made_by, served_at)",
        "'k', 'cycle', 1900 + i % 100, s.id, s.city, 't', '', '', i, 'a', 1"
    ),
    rows!(
        "publication (kind, noun, noun_id, title, content, sha256, published_at, published_by)",
        "CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END, 'round', i, 't', '', '', i, 'a'"
    ),
    "INSERT INTO objection (publication_id, code, name, unit, contact, text, raised_at, due_day) \
     SELECT id, 'c' || id, 'n', '', '', '', 0, 0 FROM publication",
    rows!(
        "site_check (year, station_id, city, county, layer, assessor, version, base, state, content, saved_at, saved_by, \
         account_id)",
        "2016 + i % 11, s.id, s.city, s.county, 'city', 0, i, i - 1, 'draft', '{}', 0, 'a', 1"
    ),
    rows!(
        "site_probe (station_id, url, origin, looked_at, on_day, opened, final_url, title, sha256, reason, recorded_at, \
         recorded_by)",
        "s.id, '', CASE WHEN i % 9 = 0 THEN 'station' ELSE 'machine' END, i, 20000101 + i, i % 2, '', '', '', '', 0, 'a'"
    ),
    "INSERT INTO site_standing (station_id, failing, last_on) SELECT s.id, s.id % 4, 20260901 FROM station s",
    rows!("submission (year, station_id, receipt, submitted_at, submitted_by)", "2026, s.id, 'r' || i, i, 'a'"),
    rows!(
        "inspection_step (year, station_id, seq, stage, step, reason, taken_at, taken_by, account_id)",
        "2026, s.id, i, 'submitted', 'submit', '', i, 'a', 1"
    ),
    rows!(
        "opinion (station_id, year, noun, noun_id, layer, accepted, reason, given_at, given_by)",
        "s.id, 2026, 'ledger_entry', i, 'city', 1, '', i, 'a'"
    ),
    rows!(
        "participation_finding (year, station_id, value, reason, found_at, found_by)",
        "2026, s.id, 'on_time', '', i, 'a'"
    ),
    rows!(
        "review_change (year, station_id, step_id, paper_id, matter, act_id, item, about, before_text, now_text)",
        "2026, s.id, (SELECT min(p.id) FROM inspection_step p), (SELECT min(p.id) FROM paper p), 'mark', i, '', '', '', ''"
    ),
    rows!(
        "county_opinion (noun, noun_id, version, text, findings, given_at, given_by)",
        "CASE WHEN i % 100 = 0 THEN 'submission' ELSE 'application' END, i, 1, '', '', 0, 'a'"
    ),
    rows!(
        "reminder (year, recipient, station_id, city, deadline, offset_days, due_day, made_at)",
        "2026, 'station:' || s.id, s.id, s.city, 'd' || i, -7, 20270131, 0"
    ),
    rows!(
        "intake (source, origin, file_name, sha256, size, station_id, records, notices, fresh, refused, received_at, \
         received_by)",
        "'source' || (i % 4), 'folder', '', '', 0, s.id, 1, 1, 1, 0, i, 'a'"
    ),
    rows!(
        "trade_notice (identity, source, source_id, published_on, authority, country, kind, stage, title, product, targets, \
         case_numbers, url, raw_sha256, relation, relates_to, aside, intake_id, received_at)",
        "'n' || i, 'source1', '', CASE WHEN i % 7 <> 0 THEN 20260801 END, '', 'US', CASE WHEN i % 10 = 0 THEN 'safeguard' ELSE 'anti_dumping' END, \
         'initiation', 't', 'p', 'CN', '', '', '', '', '', '', (SELECT min(k.id) FROM intake k) + i / 10, i"
    ),
    "INSERT INTO trade_notice_code (notice_id, code, via) SELECT id, '' || (100000 + id * 89), 'text' FROM trade_notice",
    rows!(
        "signal (notice_id, station_id, city, county, lead, why, firms, stage, arrived_at, due_on, reason)",
        "(SELECT t.id FROM trade_notice t WHERE t.identity = 'n' || i), s.id, s.city, s.county, 1, '', 1, \
         CASE WHEN i % 51 = 0 THEN 'open' ELSE 'drafted' END, i, 20260901, ''"
    ),
    rows!(
        "warning (number, station_id, city, county, notice_id, stage, version, author_id, level, title, created_at, \
         published_at, retract_reason)",
        "CASE WHEN i % 3 = 0 THEN 'N' || i END, s.id, s.city, s.county, \
         (SELECT t.id FROM trade_notice t WHERE t.identity = 'n' || i), CASE WHEN i % 3 = 0 THEN 'published' ELSE 'draft' \
         END, 1, 1, 'blue', 't', i, CASE WHEN i % 3 = 0 THEN i END, ''"
    ),
    "INSERT INTO warning_version (warning_id, version, kind, market, industry, summary, products, hs_codes, advice, \
     source_title, source_url, source_sha256, level, title, notes, reason, published, saved_at, saved_by) SELECT id, 1, \
     'anti_dumping', '美国', '', '', '', '4011', '', '', '', '', 'blue', 't', '', '', 1, 0, 'a' FROM warning",
    "INSERT INTO warning_code (code, warning_id) SELECT '' || (100000 + id * 89), id FROM warning WHERE published_at IS NOT NULL",
    "INSERT INTO warning_band (band, warning_id) SELECT id % 997, id FROM warning WHERE published_at IS NOT NULL",
    rows!(
        "roster_member (station_id, uscc, name, city, kind, products, hs_codes, markets, contact, phone, uscc_note, added_at, \
         updated_at)",
        "s.id, 'R' || i, 'n', s.city, 'enterprise', '', '', '', '', '', '', 0, 0"
    ),
    "INSERT INTO roster_code (code, station_id, member_id) SELECT '' || (100000 + id * 89), station_id, id FROM roster_member",
    rows!(
        "delivery (warning_id, uscc, member_id, station_id, channel, address, token, state, attempts, queued_at, next_at, \
         receipt, problem, answer, remark)",
        "(SELECT min(w.id) FROM warning w) + i % 500, 'R' || i, (SELECT m.id FROM roster_member m WHERE m.uscc = 'R' || i), \
         s.id, 'mail', '', 't' || i, CASE WHEN i % 101 = 0 THEN 'dead' ELSE 'sent' END, 1, 0, 0, '', '', '', ''"
    ),
    rows!(
        "firm_request (station_id, city, county, uscc, name, firm_city, products, hs_codes, markets, contact, phone, email, \
         state, reason, asked_at, handled_at, handled_by)",
        "s.id, s.city, s.county, 'R' || i, 'f', '', '', '', '', '', '', '', CASE WHEN i % 51 = 0 THEN 'asked' ELSE \
         'accepted' END, '', i, CASE WHEN i % 51 <> 0 THEN i END, ''"
    ),
    rows!(
        "firm_key (uscc, channel, address, token, until, request_id, member_id, state, attempts, queued_at, next_at, receipt, \
         problem)",
        "'R' || i, 'mail', '', 'k' || i, 30, CASE WHEN i % 3 = 0 THEN (SELECT min(q.id) FROM firm_request q) + i - 1 END, \
         CASE WHEN i % 50 = 0 THEN (SELECT min(m.id) FROM roster_member m) + i - 1 END, \
         CASE WHEN i % 101 = 0 THEN 'dead' ELSE 'sent' END, 1, 0, i, '', ''"
    ),
    rows!(
        "saved_search (account_id, name, words, noun, saved_at, seen, seen_at, notified)",
        "(SELECT a.id FROM account a WHERE a.username = 'u' || i), 'n', '轮胎', '', 0, 1, 0, CASE WHEN i % 50 = 0 THEN 1 ELSE 2 END"
    ),
    rows!(
        "search_notice (search_id, account_id, after_batch, until_batch, hits, made_at)",
        "(SELECT min(v.id) FROM saved_search v) + i % 100, \
         (SELECT a.id FROM account a WHERE a.username = 'u' || i), i, i + 1, 3, i"
    ),
    rows!("search_waiting (noun, noun_id, old, tries)", "'entry', i, 1, 0"),
    rows!(
        "consultation (delivery_id, warning_id, station_id, city, county, firm, kind, text, asked_at, answer, answered_at, \
         answered_by)",
        "(SELECT d.id FROM delivery d WHERE d.token = 't' || i), (SELECT min(w.id) FROM warning w) + i % 500, s.id, s.city, \
         s.county, 'f', 'question', '', i, '', CASE WHEN i % 51 <> 0 THEN i END, ''"
    ),
    rows!(
        "subscription (channel, station_id, name, address, secret, mark, token, industry, markets, codes, least, quiet_from, \
         quiet_to, created_at, created_by, confirmed_at, tried_taken, tried)",
        "CASE WHEN i % 97 = 0 THEN 'wecom' ELSE 'mail' END, CASE WHEN i % 97 = 0 THEN s.id END, '', '', '', 'm' || i, \
         't' || i, 'industry' || (i % 100), '', '', 'blue', 0, 0, 0, '', CASE WHEN i % 3 <> 0 THEN 1 END, 0, ''"
    ),
    rows!(
        "posting (warning_id, subscription_id, channel, mark, state, attempts, queued_at, next_at, receipt, problem)",
        "(SELECT min(w.id) FROM warning w) + i % 500, (SELECT e.id FROM subscription e WHERE e.token = 't' || i), 'mail', \
         'm' || i, CASE WHEN i % 101 = 0 THEN 'dead' ELSE 'sent' END, 1, 0, 0, '', ''"
    ),
];

fn scopes() -> Vec<Scope> {
    let (city, county) = (Scope::City(CITY.to_owned()), Scope::County(COUNTY.to_owned()));
    vec![Scope::All, city, county, Scope::Stations(vec![5]), Scope::Stations(vec![5, 8])]
}

/// The list pages of each room, as they ask.
async fn read(db: &Db, scope: &Scope) -> store::Result<()> {
    const PAGE: i64 = 51;
    let store = &db.store;
    // admission
    store.county_opinions(77).await?;
    let of_round = ApplicationFilter { round: Some(5), ..ApplicationFilter::default() };
    store.application_register(scope, 0, &of_round, i64::MAX, PAGE).await?;
    store.application_register(&Scope::Nothing, 77, &ApplicationFilter::default(), i64::MAX, PAGE).await?;
    store.application_stages(scope, 5).await?;
    store.experts(scope, None, None, PAGE).await?;
    store.experts(scope, None, Some(("n5", 5)), PAGE).await?;
    store.seats_of(77).await?;
    store.panels(5).await?;
    store.objections(77).await?;
    store.publications((5000, 5000), PAGE).await?;
    // appraisal
    store.spot_checks(scope, i64::MAX, PAGE).await?;
    store.rectifications(scope, 5000, PAGE).await?;
    store.open_rectifications(scope, &["ordered", "returned"], PAGE).await?;
    store.rectifications_of(77).await?;
    store.check_heads(scope, YEAR, &[5, 8]).await?;
    let station = db.store.station(&Scope::All, 5).await?.expect("there").placed();
    store.newest_check(CheckOf { year: YEAR, station: &station, layer: "city", assessor: 0 }).await?;
    store.submissions(YEAR, 5).await?;
    store.inspection_log(YEAR, 5).await?;
    store.opinion_log(YEAR, 5).await?;
    store.review_acts(YEAR, 5, 9000).await?;
    store.review_changes(YEAR, 5).await?;
    store.county_opinions_on_material(YEAR, 5).await?;
    store.reminders_to("station:5", YEAR).await?;
    store.sampled(scope, YEAR).await?;
    // adjustment
    for filter in [
        AdjustmentFilter::default(),
        AdjustmentFilter { kind: Some("leaving".to_owned()), ..AdjustmentFilter::default() },
        AdjustmentFilter { station: Some(5), told: true, ..AdjustmentFilter::default() },
    ] {
        store.adjustments(scope, &filter, i64::MAX, PAGE).await?;
    }
    store.awaits_city(5).await?;
    // general
    store.interpretations(None, i64::MAX, PAGE).await?;
    store.interpretations(Some("e5"), 5000, PAGE).await?;
    store.interpretations_in_force("e5", 20_260_901, i64::MAX).await?;
    store.served_papers(5, i64::MAX, PAGE).await?;
    store.account_papers(77).await?;
    store.papers_about("cycle", 1950).await?;
    store.publications_about("round", 77).await?;
    store.delegations_by(77, PAGE).await?;
    store.delegations_to(77, PAGE).await?;
    store.open_delegations_about(77, 20_260_820).await?;
    store.open_delegations(scope, 20_260_820, (20_260_825, 5), PAGE).await?;
    for unit in [Unit::Province, Unit::City(CITY.to_owned()), Unit::County(COUNTY.to_owned()), Unit::Station(5)] {
        store.colleagues(&unit, 77).await?;
    }
    for account in [None, Some(77)] {
        for delegated in [false, true] {
            store.audit_page(&AuditFilter { account, delegated }, Some(5000), PAGE).await?;
        }
    }
    let (years, stations) = ([1950, 1955], [5, 8]);
    let of_years = Matter { stations: &stations, ..Matter::new("inspection", &years) };
    store.hands(&[of_years, Matter::new("adjustment", &[77])], &[Verb::CheckMaterial, Verb::AcceptMaterial]).await?;
    // duties
    store.stations(scope, &StationFilter::default(), "", PAGE).await?;
    store.stations(scope, &StationFilter { failing_site: Some(3), ..StationFilter::default() }, "", PAGE).await?;
    store.count_failing_sites(scope, 3).await?;
    for of in [Looked::Station(5), Looked::Application(5)] {
        store.probes(of, (i64::MAX, i64::MAX), PAGE).await?;
        store.probes(of, (5000, 5000), PAGE).await?;
    }
    store.newest_looks(5, 120).await?;
    store.looks_between(5, 1000, 3000, 0).await?;
    store.due_stations(20_000_901, 7, PAGE).await?;
    read_warnings(db, scope).await?;
    // what several rooms are searched for
    let longest: String = ('一'..).take(128).collect();
    for words in ["轮胎", "轮胎 5", "全钢载重轮胎", "全钢载重子午线轮胎外胎", &longest] {
        let words = SearchQuery::parse(words).expect("words");
        for only in ["", "warning"] {
            let looking = Looking { scope, open_only: false, nouns: &["warning", "entry"], words: &words };
            store.search(looking, only, (20_260_820, 5000), PAGE).await?;
        }
        let searches: [(&SearchQuery, &[&'static str], i64); 2] = [(&words, &["warning"], 1), (&words, &["entry"], 1)];
        store.count_fresh(scope, &searches, 2).await?;
    }
    store.saved_searches(77).await?;
    store.saved_search(77, 5).await?;
    store.untold_searches(2, 50, 10).await?;
    store.search_news(77, store::instant_from(1_788_220_800_000)).await?;
    store.waiting_texts(PAGE).await?;
    store.attached_to(&[5, 8]).await?;
    Ok(())
}

/// The lists of early warning.
async fn read_warnings(db: &Db, scope: &Scope) -> store::Result<()> {
    const PAGE: i64 = 51;
    let store = &db.store;
    let (opened, coded) = (Some("open"), Some("4011".to_owned()));
    for filter in [
        SignalFilter::default(),
        SignalFilter { stage: opened, ..SignalFilter::default() },
        SignalFilter { kind: Some("safeguard".to_owned()), ..SignalFilter::default() },
        SignalFilter { code: coded.clone(), ..SignalFilter::default() },
        SignalFilter { station: Some(5), ..SignalFilter::default() },
        SignalFilter { stage: opened, uncovered: true, ..SignalFilter::default() },
    ] {
        store.signals(scope, &filter, i64::MAX, PAGE).await?;
    }
    store.count_open_signals(scope, 20_260_901).await?;
    store.open_signals(scope, false).await?;
    store.open_signals(scope, true).await?;
    store.signals_of_notice(scope, 77).await?;
    for filter in [WarningFilter::default(), WarningFilter { station: Some(5), ..WarningFilter::default() }] {
        store.warnings(scope, &filter, 5000, PAGE).await?;
    }
    store.published_warnings(&WarningFilter::default(), (i64::MAX, i64::MAX), PAGE).await?;
    store.published_warnings(&WarningFilter::default(), (5000, 5000), PAGE).await?;
    let under = WarningFilter { codes: vec!["40111000".to_owned()], ..WarningFilter::default() };
    store.published_warnings(&under, (5000, 5000), PAGE).await?;
    store.count_published_warnings(&under).await?;
    store.published_lines(&under, (5000, 5000), PAGE).await?;
    store
        .count_published_warnings(&WarningFilter { level: Some("red".to_owned()), ..WarningFilter::default() })
        .await?;
    store.notices_touching(&under.codes, 20_260_101, PAGE).await?;
    store.warning_changes(77).await?;
    store.warning_versions(77).await?;
    store.firm_requests(scope, true, 5000, PAGE).await?;
    store.firm_requests(scope, false, 5000, PAGE).await?;
    // Stations alone answer firms.
    if matches!(scope, Scope::Stations(_)) {
        store.firms_waiting(scope, Some(5)).await?;
    }
    store.firm_keys_waiting(db.now()).await?;
    store.firm_key("k77", 5).await?;
    store.pending_mailboxes(&[50, 77], 5).await?;
    store.outcome_letters(&[75, 77]).await?;
    let firm = store.roster_of_firm("R77").await?;
    store.last_firm_key(&firm[0]).await?;
    store.alike_candidates(&[5, 7, 77], 77).await?;
    store.warnings_of_firm("R77", &[77], PAGE).await?;
    store.deliveries(77, 5, 0, PAGE).await?;
    store.untold(5, 5000, PAGE).await?;
    store.delivery_by_token("t77").await?;
    store.reached(77, None).await?;
    store.consultations(scope, i64::MAX, PAGE).await?;
    store.open_consultations(scope, 0, PAGE).await?;
    let delivery = store.delivery(77).await?.expect("a delivery");
    store.consultations_of(&delivery).await?;
    store.subscribers(&["industry5", "industry7"]).await?;
    store.subscriptions(scope, 5000, PAGE).await?;
    store.dead_postings(scope, 9000, PAGE).await?;
    store.subscription_by_token("t77").await?;
    store.subscriptions_by_id(&[77, 78]).await?;
    store.intakes("source1", 5000, PAGE).await?;
    store.newest_intakes().await?;
    store.column_mappings().await?;
    store.fetch_places().await?;
    store.fetch_places_of("source1").await?;
    store.notices_of_intake(77, 0, PAGE).await?;
    store.notice_codes(&[77, 78]).await?;
    let codes = ["401120", "4010", "85"].map(str::to_owned);
    store.firms_touched(&codes[..2]).await?;
    store.firms_touched(&codes).await?;
    store.firms_touched(&codes[2..]).await?;
    if store.backend() == Backend::Sqlite {
        // PostgreSQL cannot guess how many firms there will be, and may read the roster once: a warning goes out seldom.
        store.recipients(&codes[..2]).await?;
        store.markets_touched(5, &codes[..2]).await?;
    }
    store.latencies(scope, PAGE).await?;
    Ok(())
}

/// Whether a step reads a large table from end to end.
fn whole(backend: Backend, step: &str) -> bool {
    match backend {
        // Named by its alias; only the stations, `s`, the steps of one entry back, `k`, the codes asked for, `w`, and the
        // sources, `brought`, are few. Words are found by
        // `M`atching them; what was found is counted and sorted.
        Backend::Sqlite => {
            const FEW: [&str; 5] = ["SCAN s", "SCAN k", "SCAN w", "SCAN brought", "SCAN search_waiting"];
            const FOUND: [&str; 5] = ["search_index VIRTUAL TABLE INDEX 0:M", "held", "hit", "counted", "page"];
            let constant = step.contains(" CONSTANT ROW");
            let found = |name: &str| step.strip_prefix("SCAN ").is_some_and(|of| of.starts_with(name));
            step.starts_with("SCAN")
                && !constant
                && !step.contains("USING")
                && !FEW.contains(&step)
                && !FOUND.into_iter().any(found)
        }
        Backend::Postgres => LARGE.iter().any(|table| step.contains(&format!("Seq Scan on {table} "))),
    }
}

async fn no_list_of_any_room_reads_a_whole_table(db: &Db) {
    load(db).await;
    let backend = db.store.backend();
    let (mut offending, mut looked_at) = (Vec::new(), 0);
    db.store.watch();
    for scope in scopes() {
        read(db, &scope).await.expect("read");
        for query in db.store.watched() {
            looked_at += 1;
            let sql = query.sql().to_owned();
            let plan = db.store.plan(query).await.expect("plan");
            if plan.iter().any(|step| whole(backend, step)) {
                offending.push(format!("{scope:?}\n  {sql}\n    {}", plan.join("\n    ")));
            }
        }
    }
    assert!(offending.is_empty(), "{} of {looked_at} plans:\n{}", offending.len(), offending.join("\n"));
    assert!(looked_at >= 140, "{looked_at}");
}

/// Stations in groups: counted once each, and only those in scope.
async fn station_groups_count_what_is_in_scope(db: &Db) {
    for (number, city, county) in
        [("A1", CITY, COUNTY), ("A2", CITY, COUNTY), ("A3", CITY, "370502"), ("B1", "370600", "")]
    {
        db.station_in(number, city, Some(county).filter(|county| !county.is_empty())).await;
    }
    db.raw()
        .await
        .must(&["UPDATE station SET industry_code = '2911', industry = '轮胎' WHERE number IN ('A1', 'A2')"])
        .await;
    let counted = async |scope: Scope| {
        let groups = db.store.station_groups(&scope).await.expect("read");
        groups.into_iter().map(|group| (group.city, group.industry_code, group.stations)).collect::<Vec<_>>()
    };
    let (city, other) = (CITY.to_owned(), "370600".to_owned());
    let group = |city: &String, code: &str, stations| (city.clone(), code.to_owned(), stations);
    assert_eq!(counted(Scope::All).await, [group(&city, "", 1), group(&other, "", 1), group(&city, "2911", 2)]);
    assert_eq!(counted(Scope::City(city.clone())).await, [group(&city, "", 1), group(&city, "2911", 2)]);
    assert_eq!(counted(Scope::County(COUNTY.to_owned())).await, [group(&city, "2911", 2)]);
    assert_eq!(counted(Scope::Stations(vec![4])).await, [group(&other, "", 1)]);
    assert_eq!(counted(Scope::Nothing).await, []);
}

/// A station changes management once: whoever was second is told, and an ended one stays where it is (reading K35).
async fn a_station_changes_management_once(db: &Db) {
    use regulation::general::Manager;

    let placed = db.station().await;
    let station = db.store.station(&Scope::All, placed.id).await.expect("read").expect("there");
    assert_eq!(station.manager(), Manager::City);
    let subject = Subject::of_station("station", placed.id, &placed);
    let mandate = allowed(&of_province(Role::ProvinceApprover), Verb::AssignManagement, &subject);
    let moved = async || {
        act(db, &mandate, async |tx| tx.move_station(&station, Manager::Province, 20_260_901, "省属单位").await).await
    };
    moved().await.expect("moved");
    let now = db.store.station(&Scope::All, placed.id).await.expect("read").expect("there");
    assert_eq!((now.manager(), now.placed().manager), (Manager::Province, Manager::Province));
    let events = db.store.station_events(placed.id).await.expect("events");
    assert!(events.iter().any(|event| event.detail == "由市管调整为省管：省属单位"), "{events:?}");
    assert!(matches!(moved().await, Err(store::Error::Conflict(_))), "the second one is told");
    db.raw().await.must(&["UPDATE station SET ended_on = 20260901, state = '已退出'"]).await;
    let back = act(db, &mandate, async |tx| tx.move_station(&now, Manager::City, 20_260_902, "调回").await).await;
    assert!(matches!(back, Err(store::Error::Conflict(_))));
    assert!(!db.store.awaits_city(placed.id).await.expect("read"));
}

on_both!(
    no_list_of_any_room_reads_a_whole_table,
    station_groups_count_what_is_in_scope,
    a_station_changes_management_once,
);
