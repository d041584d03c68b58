//! Something of every kind, twice: of the first station, which its city manages, and of a third one in the same city, which
//! the province manages; with applications, a panel, a notice and objections. Made over HTTP where a form makes it.

use std::collections::BTreeMap;

use regulation::general::{Manager, Placed, Role, Verb};
use store::adjustment::NewAdjustment;
use store::duties::{Looked, NewProbe, NewStation};
use store::files::Upload;
use store::general::NewAccount;
use store::query::Query;

use crate::app::TestApp;
use crate::client::Client;
use crate::{checks, people, selection, spot_checks, warning};

/// The station the province manages.
pub const PROVINCIAL: i64 = 3;

/// Keys of what is there, by the pattern of an address up to and with its braces.
pub type Keys = BTreeMap<&'static str, String>;

pub struct World {
    /// What belongs to the first station and the first applicant.
    pub first: Keys,
    /// What belongs to the station the province manages.
    pub provincial: Keys,
    /// Signed in: whoever has something of the world, for each page one.
    pub insiders: Vec<(&'static str, Client)>,
}

/// An address of the pattern, every brace filled: by the key known for so far, the year of the people otherwise.
pub fn filled(pattern: &str, keys: &Keys) -> Option<String> {
    if let Some(key) = keys.get(pattern).filter(|_| !pattern.ends_with('}')) {
        return Some(pattern.replace("{id}", key));
    }
    let mut known = String::new();
    let mut address = String::new();
    for part in pattern.split('/').skip(1) {
        known = format!("{known}/{part}");
        address.push('/');
        match part {
            "{year}" => address.push_str(&people::YEAR.to_string()),
            part if part.starts_with('{') => {
                // `/duties/stations/{id}/records` and the like go by the same station.
                let key = keys.get(known.as_str()).or_else(|| keys.get(part))?;
                address.push_str(key);
            }
            part => address.push_str(part),
        }
    }
    Some(address)
}

async fn newest(app: &TestApp, sql: &'static str, of: i64) -> String {
    let (id,): (Option<i64>,) = app.store().one(Query::new(sql).bind(of)).await.expect("read");
    id.unwrap_or_else(|| panic!("nothing there: {sql}")).to_string()
}

async fn account(
    app: &TestApp,
    username: &str,
    role: Role,
    city: &str,
    county: Option<&str>,
    station: Option<i64>,
) -> i64 {
    let known = app.store().account_by_name("station001").await.expect("read").expect("account");
    let new = NewAccount {
        username: username.to_owned(),
        display_name: format!("示例{}", role.name()),
        role,
        city: (role.of_city() || role == Role::County).then(|| city.to_owned()),
        county: county.map(str::to_owned),
        station,
        password_hash: known.password_hash,
        must_change: false,
    };
    let operator = people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    let id = tx.add_account(&new).await.expect("account");
    tx.commit().await.expect("commit");
    id
}

/// Assigns an assessor for the people's year.
pub async fn assign(app: &TestApp, account: i64, station: i64, until: i64) {
    let operator = people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    tx.assign(account, station, people::YEAR, until).await.expect("assigned");
    tx.commit().await.expect("commit");
}

/// The third station with its manager, and the people of the other city.
async fn settle(app: &TestApp) {
    let new = NewStation {
        number: "37-003".to_owned(),
        name: "示例省属工作站".to_owned(),
        host_name: "示例省属中心".to_owned(),
        city: people::CITY.to_owned(),
        county: Some(people::COUNTY.to_owned()),
        managed_by: "province".to_owned(),
        confirmed_on: 20_250_301,
        source: "form".to_owned(),
        ..NewStation::default()
    };
    let operator = people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    assert_eq!(tx.add_station(&new).await.expect("station"), PROVINCIAL);
    tx.commit().await.expect("commit");
    let edition = app.app.present().edition.clone();
    let county = &edition.area(people::OTHER_CITY).expect("the other city").counties[0].code;
    let other = people::OTHER_CITY;
    account(app, "manager3", Role::StationManager, "", None, Some(PROVINCIAL)).await;
    account(app, "other_city_approver", Role::CityApprover, other, None, None).await;
    account(app, "other_county", Role::County, other, Some(county), None).await;
    account(app, "station002clerk", Role::StationClerk, "", None, Some(people::OTHER_STATION)).await;
    for (name, role) in [("other_expert", Role::Expert), ("other_evaluator", Role::Evaluator)] {
        let id = account(app, name, role, "", None, None).await;
        assign(app, id, people::OTHER_STATION, 20_270_331).await;
    }
}

/// Something of every kind for a station, by its manager and by the official who checks it.
async fn of_station(app: &TestApp, id: i64, manager: &str, official: &str) -> Keys {
    let mut keys = Keys::new();
    let mut own = app.sign_in(manager).await;
    let mut official = app.sign_in(official).await;
    own.get("/appraisal/ledger/new").await.is(200);
    let entry = [("kind", "report.topical"), ("on", "2026-09-10"), ("count", "1"), ("title", "专题报告")];
    let answer = own.upload("/appraisal/ledger", &entry, &[("报告.pdf", b"%PDF-1.7")]).await;
    keys.insert("/appraisal/ledger/{id}", answer.number_after("/appraisal/ledger/").to_string());
    let record = [
        ("fact", "has_dedicated_staff"),
        ("title", "联络员任命文件"),
        ("from", "2025-03-01"),
        ("person", "示例甲"),
        ("post", "联络员"),
        ("phone", "13812345678"),
    ];
    own.get(&format!("/duties/stations/{id}/records/new")).await.is(200);
    own.upload(&format!("/duties/stations/{id}/records"), &record, &[("任命.pdf", b"%PDF-1.7")]).await.is(303);
    own.get(&format!("/duties/stations/{id}/profile")).await.is(200);
    own.post(&format!("/duties/stations/{id}/profile"), &[("website", "https://yj.example.cn")]).await.is(303);
    let look = [("on", "2026-09-17"), ("at", "09:00"), ("opened", "1"), ("reason", "")];
    own.get(&format!("/duties/stations/{id}/site")).await.is(200);
    own.upload(&format!("/duties/stations/{id}/probes"), &look, &[("首页.png", b"\x89PNG")]).await.is(303);
    own.get("/duties/roster/import").await.is(200);
    let rows = "91350211M000100Y46\t示例企业\t东营\t\t轮胎\t4011\t美国\t示例甲\t13812345678\t\tfirm@example.com\nX\t有误的一行";
    let answer = own.post("/duties/roster/import", &[("rows", rows)]).await;
    keys.insert("/duties/roster/imports/{id}", answer.number_after("/duties/roster/imports/").to_string());

    keys.extend(warning::of_station(app, &mut own, id).await);

    let found = spot_checks::record(&mut official, &id.to_string()).await;
    keys.insert("/appraisal/spot-checks/{id}", found.to_string());
    let (problem,): (i64,) = app
        .store()
        .one(Query::new("SELECT min(id) FROM spot_problem WHERE check_id = $1").bind(found))
        .await
        .expect("a problem");
    let answer = spot_checks::order(&mut official, found, problem, "15").await;
    keys.insert("/appraisal/rectifications/{id}", answer.number_after("/appraisal/rectifications/").to_string());
    let form = format!("/appraisal/checks/{}/stations/{id}", people::YEAR);
    official.get(&form).await.is(200);
    checks::with_photo(&mut official, &form, "photo-org.unit", &[("answer-org.unit", "yes")]).await.is(303);
    official.get(&form).await.is(200);
    let clash = checks::with_photo(&mut official, &form, "photo-org.staff", &[("answer-org.unit", "no")]).await;
    keys.insert(
        "/appraisal/checks/{year}/stations/{id}/conflicts/{check}",
        clash.is(409).number_after("/conflicts/").to_string(),
    );
    official.get("/general/supervision/new").await.is(200);
    let station = id.to_string();
    let visit = [
        ("station", station.as_str()),
        ("kind", "finding"),
        ("on", "2026-09-17"),
        ("place", "站内"),
        ("people", "甲"),
        ("content", "台账不及时"),
    ];
    let answer = official.upload("/general/supervision", &visit, &[("现场.jpg", b"\xff\xd8")]).await;
    keys.insert("/general/supervision/{id}", answer.number_after("/general/supervision/").to_string());
    keys.extend(adjustments(app, id).await);
    for (pattern, sql) in KEPT {
        keys.insert(pattern, newest(app, sql, id).await);
    }
    for pattern in STATIONS {
        keys.insert(pattern, id.to_string());
    }
    keys
}

/// Where a station's own key stands in an address.
const STATIONS: [&str; 3] =
    ["/duties/stations/{id}", "/appraisal/checks/{year}/stations/{id}", "/appraisal/cycles/{year}/stations/{id}"];

/// What came along with acts, found by its station.
const KEPT: [(&str, &str); 8] = [
    ("/appraisal/files/{id}", "SELECT min(id) FROM attachment_link WHERE noun = 'ledger_entry' AND station_id = $1"),
    (
        "/appraisal/checks/files/{id}",
        "SELECT min(id) FROM attachment_link WHERE noun = 'site_check' AND station_id = $1",
    ),
    ("/duties/probes/files/{id}", "SELECT min(id) FROM attachment_link WHERE noun = 'site_probe' AND station_id = $1"),
    (
        "/general/supervision/files/{id}",
        "SELECT min(id) FROM attachment_link WHERE noun = 'supervision' AND station_id = $1",
    ),
    ("/appraisal/checks/{id}", "SELECT min(id) FROM site_check WHERE station_id = $1"),
    ("/duties/records/{id}", "SELECT min(id) FROM standing_record WHERE station_id = $1"),
    ("/duties/roster/{id}", "SELECT min(id) FROM roster_member WHERE station_id = $1"),
    ("/general/papers/{id}", "SELECT min(id) FROM paper WHERE station_id = $1"),
];

/// A matter of each kind, with a file on the first.
async fn adjustments(app: &TestApp, station: i64) -> Keys {
    const KINDS: [(&str, &str, &str); 5] = [
        ("/adjustment/leavings/{id}", "leaving", "city_review"),
        ("/adjustment/renamings/{id}", "renaming", "city_review"),
        ("/adjustment/revocations/{id}", "revocation", "proposed"),
        ("/adjustment/mergings/{id}", "merging", "drafted"),
        ("/adjustment/misuses/{id}", "misuse", "reported"),
    ];
    let manager = if station == PROVINCIAL { Manager::Province } else { Manager::City };
    let placed = Placed { id: station, manager, ..people::placed() };
    let bytes = bytes::Bytes::from(format!("%PDF-1.7 {station}"));
    let upload = Upload { file_name: "情况.pdf".to_owned(), media_type: "application/pdf".to_owned(), bytes };
    let file = app.app.objects.put(upload).await.expect("stored");
    let mut keys = Keys::new();
    let operator = people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    for (pattern, kind, stage) in KINDS {
        let new = NewAdjustment {
            kind,
            stage,
            detail: "示例情况".to_owned(),
            survivor: (kind == "merging").then_some(people::OTHER_STATION),
            told: true,
            ..NewAdjustment::default()
        };
        let id = tx.open_adjustment(&placed, &new).await.expect("opened");
        if kind == "leaving" {
            tx.attach("adjustment", id, station, std::slice::from_ref(&file)).await.expect("attached");
            keys.insert("/adjustment/{id}", id.to_string());
        }
        keys.insert(pattern, id.to_string());
    }
    tx.commit().await.expect("commit");
    let sql = "SELECT min(id) FROM attachment_link WHERE noun = 'adjustment' AND station_id = $1";
    keys.insert("/adjustment/files/{id}", newest(app, sql, station).await);
    keys
}

/// Applications under review, with a panel that marked, a visit, a notice and an objection to it.
async fn admission(app: &TestApp, clerk: &mut Client) -> (Keys, Client) {
    selection::accepted(app).await;
    let bytes = bytes::Bytes::from_static(b"%PDF-1.7 application");
    let upload = Upload { file_name: "证明.pdf".to_owned(), media_type: "application/pdf".to_owned(), bytes };
    let file = app.app.objects.put(upload).await.expect("stored");
    let operator = people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    tx.add_application_files(1, "6-1", std::slice::from_ref(&file)).await.expect("filed");
    let look = NewProbe { origin: "department", ..NewProbe::default() };
    let look = tx.add_probe(Looked::Application(1), &look, None).await.expect("looked at");
    tx.attach("site_probe", look, 0, &[file]).await.expect("attached");
    tx.commit().await.expect("commit");
    versions(app).await;
    let (panel, mut experts) = selection::panel(app, clerk).await;
    for expert in &mut experts {
        selection::review(expert, 1, 0, "1").await;
        selection::review(expert, 2, 10, "1").await;
        selection::review(expert, 3, 30, "0").await;
    }
    let visits = format!("/admission/panels/{panel}/visits");
    clerk.get(&visits).await.is(200);
    let visit = [
        ("application", "1"),
        ("on", "2026-09-17"),
        ("at", "9时至11时"),
        ("place", "示例路1号"),
        ("people", "示例甲、示例乙"),
        ("found", "办公场所与材料一致。"),
    ];
    clerk.upload(&visits, &visit, &[("门头.jpg", b"\xff\xd8\xff")]).await.is(303);
    let photo = clerk.get(&visits).await.number_after("/visits/files/").to_string();
    clerk.get(&format!("/admission/panels/{panel}")).await.is(200);
    clerk.post(&format!("/admission/panels/{panel}/closure"), &[]).await.is(303);
    clerk.get("/admission/selection/1/shortlist").await.is(200);
    clerk.post("/admission/selection/1/shortlist", &[("chosen", "1"), ("chosen", "2")]).await.is(303);
    let mut approver = app.sign_in("province_approver").await;
    approver.get("/admission/selection/1/notice").await.is(200);
    let desk =
        [("office", "公平贸易处"), ("phone", "0531-00000000"), ("email", "a@example.org"), ("address", "示例路")];
    let answer = approver.post("/admission/selection/1/notice", &desk).await;
    let notice = answer.number_after("/admission/notices/");
    selection::object(app, notice, "1").await;
    let keys = [
        ("/admission/applications/{id}", "1".to_owned()),
        ("/admission/applications/{id}/form", "4".to_owned()),
        ("/admission/experts/{id}", "2".to_owned()),
        (
            "/admission/files/{id}",
            newest(app, "SELECT min(id) FROM application_file WHERE application_id = $1", 1).await,
        ),
        ("/admission/notices/{id}", notice.to_string()),
        ("/admission/notices/{id}/objections/{objection}", "1".to_owned()),
        ("/admission/panels/{id}", panel.to_string()),
        (
            "/admission/probes/files/{id}",
            newest(
                app,
                "SELECT min(id) FROM attachment_link WHERE noun = 'site_probe' AND station_id = 0 AND id > $1",
                0,
            )
            .await,
        ),
        ("/admission/panels/{id}/visits/files/{file}", photo),
        ("/admission/reviews/{application}", "1".to_owned()),
        (
            "/admission/reviews/{application}/files/{file}",
            newest(app, "SELECT min(id) FROM application_file WHERE application_id = $1", 1).await,
        ),
        ("/admission/seats/{id}", newest(app, "SELECT min(id) FROM panel_seat WHERE panel_id = $1", panel).await),
        ("/admission/selection/{round}", "1".to_owned()),
    ];
    (Keys::from(keys), experts.swap_remove(0))
}

/// The first application was handed in twice, and the fourth is still being filled in.
async fn versions(app: &TestApp) {
    let operator = people::operator(app.now());
    let mut tx = app.store().begin(&operator, app.now()).await.expect("begin");
    for version in [1i64, 2] {
        let query = Query::new(
            "INSERT INTO application_version (application_id, version, form, files, sha256, receipt, handed_in_at, \
             handed_in_by) VALUES (1, $1, '{}', '[]', '', $2, 0, '示例') RETURNING id",
        );
        tx.insert(query.bind(version).bind(format!("回执{version}"))).await.expect("version");
    }
    tx.execute(Query::new("UPDATE application SET versions = 2 WHERE id = 1")).await.expect("handed in");
    let draft = "UPDATE application SET stage = 'draft', first_at = NULL, versions = 0 WHERE id = 4";
    tx.execute(Query::new(draft)).await.expect("a draft");
    tx.commit().await.expect("commit");
}

/// The first station's manager is away, and its clerk stands in.
async fn delegated(app: &TestApp, manager: i64) -> String {
    let clerk = app.store().account_by_name("station001clerk").await.expect("read").expect("account");
    let mut manager_browser = app.sign_in("station001").await;
    manager_browser.get("/general/delegations").await.is(200);
    let clerk = clerk.id.to_string();
    let fields = [("deputy", clerk.as_str()), ("from", "2026-09-18"), ("until", "2026-09-30"), ("reason", "示例休假")];
    manager_browser.post("/general/delegations", &fields).await.is(303);
    newest(app, "SELECT max(id) FROM delegation WHERE delegator_id = $1", manager).await
}

pub async fn build(app: &TestApp) -> World {
    settle(app).await;
    let mut province = app.sign_in("province").await;
    let (of_admission, expert) = admission(app, &mut province).await;
    let mut first = of_station(app, people::STATION, "station001", "city").await;
    let provincial = of_station(app, PROVINCIAL, "manager3", "province").await;
    // A bulletin tells of a check of the province's own.
    let check = spot_checks::record(&mut province, "1").await.to_string();
    province.get("/appraisal/bulletins/new").await.is(200);
    let bulletin =
        [("title", "关于抽查情况的通报"), ("intro", "总体较好。"), ("audience", "concerned"), ("check", &check)];
    let answer = province.post("/appraisal/bulletins", &bulletin).await;
    first.insert("/appraisal/bulletins/{id}", answer.number_after("/appraisal/bulletins/").to_string());
    let reader = app.store().account_by_name("station001").await.expect("read").expect("account");
    first.insert("/general/accounts/{id}", reader.id.to_string());
    first.insert("/general/delegations/{id}", delegated(app, reader.id).await);
    let mut searching = app.sign_in("station001").await;
    searching.get("/general/search?q=tyre").await.is(200);
    searching.post("/general/searches", &[("q", "tyre"), ("noun", ""), ("name", "")]).await.is(303);
    let sql = "SELECT max(id) FROM saved_search WHERE account_id = $1";
    first.insert("/general/searches/{id}", newest(app, sql, reader.id).await);
    first.insert("{number}", "37-001".to_owned());
    first.extend(of_admission);
    let mut insiders = vec![("an invited expert", expert)];
    for name in [
        "station001",
        "province",
        "province_approver",
        "province_reviewer",
        "city",
        "city_approver",
        "unit1",
        "unit4",
        "evaluator",
        "expert",
        "sysadmin",
        "auditor",
    ] {
        insiders.push((name, app.sign_in(name).await));
    }
    World { first, provincial, insiders }
}

/// What every business table holds, as one text a table: whoever changed anything changed this. Sessions are
/// housekeeping.
pub async fn digest(app: &TestApp) -> BTreeMap<String, String> {
    let sqlite = app.store().backend() == store::Backend::Sqlite;
    let tables = match sqlite {
        true => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        false => "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'",
    };
    let tables: Vec<(String,)> = app.store().all(Query::new(tables)).await.expect("tables");
    let mut held = BTreeMap::new();
    for (table,) in tables.into_iter().filter(|(table,)| table != "session" && !table.starts_with("_sqlx")) {
        let sql = match sqlite {
            true => {
                let columns: String =
                    format!("SELECT group_concat('quote(' || name || ')', '||') FROM pragma_table_info('{table}')");
                let (columns,): (String,) = app.store().one(Query::new(columns.leak())).await.expect("columns");
                format!(
                    "SELECT coalesce(group_concat(line, ';'), '') FROM (SELECT {columns} AS line FROM {table} ORDER BY 1)"
                )
            }
            false => format!("SELECT coalesce(string_agg(t::text, ';' ORDER BY t::text), '') FROM {table} t"),
        };
        let (rows,): (String,) = app.store().one(Query::new(sql.leak())).await.expect("rows");
        held.insert(table, rows);
    }
    held
}

/// Whether the table gives a role a verb at all.
pub fn holds(role: Role, verb: Verb) -> bool {
    regulation::general::rules().any(|rule| (rule.role, rule.verb) == (role, verb))
}
