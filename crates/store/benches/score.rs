//! Scoring a whole year: 1,000 stations with 1,000 entries each, from the database to the grades; and durable
//! writes a second beside what the disk itself can do.
//!
//! `FENGSUI_POSTGRES_DURABLE=1 .ci/with-postgres cargo bench -p store`. Loading is not measured. Figures of one
//! machine only compare with figures of the same run.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::date;
use regulation::appraisal::grade::{Candidate, Counts, GradeRule, Grades, Participation, Standing, grade};
use regulation::appraisal::score::{Score, score};
use regulation::appraisal::sheet::TieBreak;
use regulation::general::{Actor, Manager, Mandate, Placed, Role, Scope, Subject, Verb, may};
use regulation::law::{Edition, Files};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use store::Store;
use store::appraisal::{Dossier, Layer, NewEntry};
use store::duties::NewStation;
use tempfile::TempDir;
use tokio::task::JoinSet;

const YEAR: i64 = 2026;
const RUNS: usize = 5;
const FOR: Duration = Duration::from_secs(3);

#[tokio::main(worker_threads = 2)]
async fn main() {
    // Not in the temporary folder, which may be memory: next to what was built, on the disk.
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("folder");
    let sqlite = format!("sqlite:{}", folder.path().join("fengsui.db").display());
    let edition = draft();
    fsyncs(folder.path());
    println!("{:<12}{:<52}{:>12}{:>12}", "", "", "best", "median");
    measure("SQLite", &sqlite, &edition).await;
    let Ok(server) = std::env::var("FENGSUI_TEST_POSTGRES") else {
        println!("PostgreSQL  skipped: FENGSUI_TEST_POSTGRES is not set (.ci/with-postgres sets it)");
        return fsyncs(folder.path());
    };
    let database = format!("bench_{}", std::process::id());
    run(&server, &format!("CREATE DATABASE {database}")).await;
    let (prefix, _) = server.rsplit_once('/').expect("a database in the address");
    measure("PostgreSQL", &format!("{prefix}/{database}"), &edition).await;
    run(&server, &format!("DROP DATABASE {database} WITH (FORCE)")).await;
    fsyncs(folder.path());
}

async fn measure(name: &str, address: &str, edition: &Edition) {
    let store = Store::open(address).await.expect("open");
    store.migrate().await.expect("migrate");
    load(address).await;
    appraise(name, &store, edition).await;
    let stations = new_stations(&store, 32).await;
    for writers in [1, 4, 32] {
        writes(name, &store, &stations[..writers]).await;
    }
    store.close().await;
}

/// Reads, scores and grades the year several times and prints the best and the middle time of each step.
async fn appraise(name: &str, store: &Store, edition: &Edition) {
    let (mut read, mut scored, mut graded, mut whole) = (Times::new(), Times::new(), Times::new(), Times::new());
    let mut excellent = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        let dossiers = store.dossiers(edition, &Scope::All, YEAR).await.expect("dossiers");
        read.add(start);
        assert_eq!(dossiers.len(), 1000);
        assert_eq!(dossiers.values().map(|dossier| dossier.ledger.len()).sum::<usize>(), 1_000_000);
        let start_scores = Instant::now();
        let scores = score_all(edition, &dossiers);
        scored.add(start_scores);
        let start_grades = Instant::now();
        excellent = grade_all(&scores).cap;
        graded.add(start_grades);
        whole.add(start);
    }
    assert_eq!(excellent, 333);
    for (step, times) in [
        ("1,000,000 entries: read the year (dossiers)", &read),
        ("score 1,000 stations, pure", &scored),
        ("grade 1,000 stations, pure", &graded),
        ("all of it, from the database to the grades", &whole),
    ] {
        println!("{name:<12}{step:<52}{:>9.1} ms{:>9.1} ms", times.best(), times.median());
    }
}

fn score_all(edition: &Edition, dossiers: &BTreeMap<i64, Dossier>) -> BTreeMap<i64, Score> {
    let year = i16::try_from(YEAR).expect("year");
    let scored = |dossier: &Dossier| {
        let (facts, entries) = (dossier.facts(Layer::Province), dossier.entries(Layer::Province));
        score(edition, &facts, &entries, &dossier.gradings(Layer::Province), year)
    };
    dossiers.iter().map(|(station, dossier)| (*station, scored(dossier))).collect()
}

fn grade_all(scores: &BTreeMap<i64, Score>) -> Grades {
    let candidate = |(station, score): (&i64, &Score)| Candidate {
        id: station.to_string(),
        standing: Standing {
            total: score.total,
            base: score.base,
            warning: score.tie(TieBreak::Warning),
            case: score.tie(TieBreak::Case),
            adopted: score.tie(TieBreak::Adopted),
        },
        participation: Participation::OnTime,
    };
    let candidates: Vec<Candidate> = scores.iter().map(candidate).collect();
    grade(
        &candidates,
        GradeRule { pass_mark: regulation::Points::from_tenths(600), excellent_one_in: 3, counts: Counts::default() },
    )
}

/// Milliseconds of several runs.
struct Times(Vec<f64>);

impl Times {
    fn new() -> Times {
        Times(Vec::new())
    }

    fn add(&mut self, start: Instant) {
        self.0.push(start.elapsed().as_secs_f64() * 1000.0);
        self.0.sort_by(f64::total_cmp);
    }

    fn best(&self) -> f64 {
        self.0[0]
    }

    fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }

    fn percentile(&self, percent: usize) -> f64 {
        self.0[(self.0.len() - 1) * percent / 100]
    }
}

/// Entries filed a second by several stations at once, each waiting until its own is on disk.
async fn writes(name: &str, store: &Store, stations: &[Placed]) {
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for station in stations {
        let (store, station) = (store.clone(), station.clone());
        tasks.spawn(async move {
            let mut times = Times::new();
            while begun.elapsed() < FOR {
                let start = Instant::now();
                file(&store, &station).await;
                times.0.push(start.elapsed().as_secs_f64() * 1000.0);
            }
            times.0
        });
    }
    let mut times = Times(tasks.join_all().await.concat());
    let rate = times.0.len() as f64 / begun.elapsed().as_secs_f64();
    times.0.sort_by(f64::total_cmp);
    let step = format!("durable writes, {} at once", stations.len());
    let (median, late) = (times.median(), times.percentile(99));
    println!("{name:<12}{step:<52}{rate:>10.0} /s   p50 {median:.2} ms, p99 {late:.2} ms");
}

async fn file(store: &Store, station: &Placed) {
    let subject = Subject::of_station("ledger_entry", 0, station);
    let clerk = Actor { role: Role::StationClerk, station: Some(station.id), ..Actor::public() };
    let mandate = allowed(&clerk, Verb::FileEntry, &subject);
    let kind = "warning.published".to_owned();
    let entry = NewEntry {
        kind,
        on_day: 20_270_105,
        count: 1,
        title: "关于轮胎的预警".into(),
        source: "form",
        ..NewEntry::default()
    };
    let mut tx = store.begin(&mandate, at()).await.expect("begin");
    tx.add_entry(station, &entry, None).await.expect("entry");
    tx.commit().await.expect("commit");
}

fn at() -> Timestamp {
    Timestamp::from_second(1_788_220_800).expect("instant")
}

fn allowed(actor: &Actor, verb: Verb, subject: &Subject) -> Mandate {
    may(actor, verb, subject, date(2026, 9, 1)).expect("allowed")
}

async fn new_stations(store: &Store, count: usize) -> Vec<Placed> {
    let mandate = allowed(&Actor::operator(), Verb::MaintainRegistry, &Subject::whole("station", 0));
    let mut stations = Vec::new();
    let mut tx = store.begin(&mandate, at()).await.expect("begin");
    for n in 0..count {
        let new = NewStation { number: format!("W{n:02}"), city: "370500".into(), ..NewStation::default() };
        let id = tx.add_station(&new).await.expect("station");
        stations.push(Placed { id, city: new.city, county: None, manager: Manager::City });
    }
    tx.commit().await.expect("commit");
    stations
}

/// What the disk does by itself: one page appended and flushed at a time.
fn fsyncs(folder: &Path) {
    let mut file = File::create(folder.join("fsync")).expect("file");
    let (begun, mut count) = (Instant::now(), 0u32);
    while begun.elapsed() < FOR {
        file.write_all(&[7; 4096]).expect("write");
        file.sync_data().expect("sync");
        count += 1;
    }
    let rate = f64::from(count) / begun.elapsed().as_secs_f64();
    println!("{:<12}{:<52}{rate:>10.0} /s", "disk", "4 KiB appended and flushed, one by one");
}

fn draft() -> Edition {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law/draft");
    let paths = std::fs::read_dir(folder).expect("edition folder").map(|entry| entry.expect("entry").path());
    let named = |path: &Path| path.file_name().expect("name").to_string_lossy().into_owned();
    let files: Files = paths
        .filter(|path| path.is_file())
        .map(|path| (named(&path), std::fs::read_to_string(&path).expect("text")))
        .collect();
    Edition::parse(&files).expect("the draft edition is consistent")
}

async fn load(address: &str) {
    for statement in LOAD {
        run(address, statement).await;
    }
    if address.starts_with("postgres") {
        // Autovacuum's work after any large import.
        run(address, "VACUUM ANALYZE").await;
    }
}

async fn run(address: &str, sql: &str) {
    let statement = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    if address.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(address).await.expect("connect");
        statement.execute(&mut connection).await.expect("statement");
        connection.close().await.expect("close");
    } else {
        let mut connection = PgConnection::connect(address).await.expect("connect");
        statement.execute(&mut connection).await.expect("statement");
        connection.close().await.expect("close");
    }
}

/// A year as it is filed: day after day, every station in turn. Seven entries in ten are published warnings; one in
/// two hundred was corrected; each station has its records, two reports with three marks each, and a hundred opinions.
const LOAD: [&str; 7] = [
    "INSERT INTO account (username, display_name, role, password_hash, must_change, totp_confirmed, failures, created_at)
       VALUES ('a', 'a', 'expert', '', 0, 0, 0, 0), ('b', 'b', 'expert', '', 0, 0, 0, 0), ('c', 'c', 'expert', '', 0, 0, 0, 0)",
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
     INSERT INTO station (number, name, host_name, host_uscc, host_kind, city, county, managed_by, state, industry_code,
       industry, comprehensive, hs_chapters, address, website, confirmed_on, source, firms, created_at)
     SELECT 'S' || i, '工作站' || i, '', '', '', '37' || (i % 16 + 10) || '00', '37' || (i % 16 + 10) || '02', 'city', '有效', '',
       '', 0, '', '', '', 20260101, 'bench', 12, 0 FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999)
     INSERT INTO ledger_entry (station_id, city, county, kind, year, on_day, count, title, detail, url, recorded_at,
       recorded_by, late, backdated, keep_until, source, void)
     SELECT s.id, s.city, s.county,
       CASE i / 1000 % 20 WHEN 0 THEN 'report.topical' WHEN 1 THEN 'outreach.organised' WHEN 2 THEN 'outreach.attended'
         WHEN 3 THEN 'warning.adopted' WHEN 4 THEN 'case.responded' WHEN 5 THEN 'site.maintained' ELSE 'warning.published' END,
       2026, 20260000 + (1 + i * 12 / 1000000) * 100 + 1 + i / 1000 % 28, 1, '关于轮胎的预警 ' || i, '欧盟对轮胎发起反倾销调查',
       'https://example.cn/' || i, 0, '站员', 0, 0, 20361231, 'xlsx', 0
     FROM n JOIN station s ON s.id = 1 + i % 1000",
    "INSERT INTO ledger_entry (station_id, city, county, kind, year, on_day, count, title, detail, url, recorded_at,
       recorded_by, late, backdated, keep_until, source, supersedes, void)
     SELECT station_id, city, county, kind, year, on_day, 2, title, detail, url, 1, recorded_by, 0, 0, keep_until, 'form', id, 0
     FROM ledger_entry WHERE id % 200 = 0",
    "INSERT INTO standing_record (station_id, fact, title, detail, url, person, post, phone, from_on, recorded_at,
       recorded_by, void)
     SELECT s.id, f.fact, '', '', '', '', '', '', 20260101, 0, '站员', 0 FROM station s CROSS JOIN
       (SELECT 'has_unit' AS fact UNION ALL SELECT 'has_dedicated_staff' UNION ALL SELECT 'has_work_rules'
         UNION ALL SELECT 'has_warning_site') f",
    "INSERT INTO mark (account_id, expert, station_id, year, item, entry_id, mark, comment, given_at)
     SELECT a.id, a.username, e.station_id, 2026, 'warn.report', e.id, '7.' || (e.id % 10), '', 0
     FROM ledger_entry e CROSS JOIN account a WHERE e.id > 1000 AND e.kind = 'report.topical' AND e.id <= 42000",
    "INSERT INTO opinion (station_id, year, noun, noun_id, layer, accepted, reason, given_at, given_by)
     SELECT station_id, 2026, 'ledger_entry', id, 'city', CASE WHEN id % 7 = 0 THEN 0 ELSE 1 END, '核验', 0, '市局'
     FROM ledger_entry WHERE id > 500000 AND id <= 600000",
];
