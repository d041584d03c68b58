//! A notice against the rosters of the province, a million firms; and a warning to ten thousand of them, from the list of
//! whom it concerns to the last message settled.
//!
//! `FENGSUI_POSTGRES_DURABLE=1 .ci/with-postgres cargo bench -p store --bench warning`. The targets: a median under 50 ms
//! for each notice, and the ten thousand on record as queued in under 2 s. Figures of one machine only compare with
//! figures of the same run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use jiff::civil::date;
use regulation::general::{Actor, Manager, Mandate, Placed, Role, Subject, Verb, may};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use store::duties::{NewDelivery, NewStation, Outcome, Reached, Recipient, WarningText};
use store::{Store, instant_number};
use tempfile::TempDir;

const STATIONS: i64 = 300;
const MEMBERS: i64 = 1_000_000;
/// The last of them are on a second station's roster too.
const FIRMS: i64 = 980_000;
/// Rows of one statement.
const ROWS: i64 = 1000;
const RUNS: usize = 15;
/// Firms the warning is sent to.
const SENT: usize = 10_000;
/// As the worker takes messages up, and as many as it has under way.
const BATCH: i64 = 200;
const AT_ONCE: usize = 8;

/// Notices by what they name: one product, several products of several headings, a chapter.
const NOTICES: [(&str, &[&str]); 4] = [
    ("one code of six digits", &["401120"]),
    (
        "twelve codes over six headings",
        &[
            "401110",
            "401120",
            "40112010",
            "4011201015",
            "730820",
            "730840",
            "73084090",
            "760421",
            "76042110",
            "690721",
            "950621",
            "854140",
        ],
    ),
    ("a chapter", &["40"]),
    ("the largest chapter", &["84"]),
];

#[tokio::main(worker_threads = 2)]
async fn main() {
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("folder");
    println!("{:<12}{:<44}{:>10}{:>12}{:>12}", "", "", "firms", "median", "slowest");
    measure("SQLite", &format!("sqlite:{}", folder.path().join("fengsui.db").display())).await;
    let Ok(server) = std::env::var("FENGSUI_TEST_POSTGRES") else {
        println!("PostgreSQL  skipped: FENGSUI_TEST_POSTGRES is not set (.ci/with-postgres sets it)");
        return;
    };
    let database = format!("bench_warning_{}", std::process::id());
    on_server(&server, &format!("CREATE DATABASE {database}")).await;
    let (prefix, _) = server.rsplit_once('/').expect("a database in the address");
    measure("PostgreSQL", &format!("{prefix}/{database}")).await;
    on_server(&server, &format!("DROP DATABASE {database} WITH (FORCE)")).await;
}

async fn measure(name: &str, address: &str) {
    let store = Store::open(address).await.expect("open");
    store.migrate().await.expect("migrate");
    let stations = new_stations(&store).await;
    load(address).await;
    for (what, codes) in NOTICES {
        routed(name, &store, what, codes).await;
    }
    let warning = drafted(&store, &stations[0]).await;
    queued(name, &store, &stations[0], warning).await;
    handed_over(name, &store, warning).await;
    store.close().await;
}

fn owned(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

/// Which stations have how many firms a notice touches.
async fn routed(name: &str, store: &Store, what: &str, codes: &[&str]) {
    let codes = owned(codes);
    let (mut times, mut firms) = (Vec::new(), 0);
    for _ in 0..RUNS {
        let start = Instant::now();
        let touched = store.firms_touched(&codes).await.expect("counted");
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        firms = touched.values().sum::<i64>();
    }
    times.sort_by(f64::total_cmp);
    let (median, slowest, step) = (times[RUNS / 2], times[RUNS - 1], format!("notice, {what}"));
    println!("{name:<12}{step:<44}{firms:>10}{median:>9.1} ms{slowest:>9.1} ms");
}

/// Finds whom a warning on tyres concerns, each firm once, and queues a message to ten thousand of them in one act.
async fn queued(name: &str, store: &Store, station: &Placed, warning: i64) {
    let start = Instant::now();
    let rows = store.recipients(&owned(&["4011"])).await.expect("found");
    let found = start.elapsed().as_secs_f64() * 1000.0;
    let count = rows.len();
    let firms: BTreeMap<String, Recipient> = rows.into_iter().map(|row| (row.uscc.clone(), row)).collect();
    let deliveries: Vec<NewDelivery> = (0u64..).zip(firms.into_values().take(SENT)).map(to_firm).collect();
    assert_eq!(deliveries.len(), SENT);
    let mandate = of_station(station, Verb::PublishWarning, warning);
    let mut tx = store.begin(&mandate, at(1)).await.expect("begin");
    assert_eq!(tx.queue_deliveries(warning, &deliveries).await.expect("queued"), SENT as u64);
    tx.commit().await.expect("commit");
    let whole = start.elapsed().as_secs_f64() * 1000.0;
    println!("{name:<12}{:<44}{count:>10}{found:>9.1} ms", "warning, whom it concerns");
    println!("{name:<12}{:<44}{SENT:>10}{whole:>9.1} ms", "warning, found, queued and committed");
}

fn to_firm((n, firm): (u64, Recipient)) -> NewDelivery {
    NewDelivery {
        uscc: firm.uscc,
        member: firm.member_id,
        station: firm.station_id,
        channel: "mail".to_owned(),
        address: firm.email,
        token: (0..4).map(|part| format!("{:016x}", mixed(n * 4 + part))).collect(),
        next_at: Some(instant_number(at(1))),
    }
}

/// Every message is taken up once and settled; all firms are then accounted for.
async fn handed_over(name: &str, store: &Store, warning: i64) {
    let start = Instant::now();
    let mut claims = 0.0;
    loop {
        let claim = Instant::now();
        let claimed = store.claim_deliveries(at(2), BATCH).await.expect("claimed");
        claims += claim.elapsed().as_secs_f64() * 1000.0;
        if claimed.is_empty() {
            break;
        }
        let settled = claimed.iter().map(async |one| {
            let sent = Outcome::Sent { receipt: format!("250 {}", one.id) };
            store.settle_delivery((one.id, one.attempts), &sent, at(3)).await.expect("settled");
        });
        stream::iter(settled).buffer_unordered(AT_ONCE).collect::<()>().await;
    }
    let whole = start.elapsed().as_secs_f64() * 1000.0;
    let sent = i64::try_from(SENT).expect("few");
    let reached = store.reached(warning, None).await.expect("counted");
    assert_eq!(reached, Reached { firms: sent, sent, ..Reached::default() });
    println!("{name:<12}{:<44}{SENT:>10}{whole:>9.1} ms", "messages taken up by 200 and settled, 8 at once");
    println!("{name:<12}{:<44}{:>10}{claims:>9.1} ms", "  of which taken up", "");
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_788_220_800 + minute * 60).expect("instant")
}

fn allowed(actor: &Actor, verb: Verb, subject: &Subject) -> Mandate {
    may(actor, verb, subject, date(2026, 9, 1)).expect("allowed")
}

fn of_station(station: &Placed, verb: Verb, warning: i64) -> Mandate {
    let manager = Actor { role: Role::StationManager, station: Some(station.id), ..Actor::public() };
    allowed(&manager, verb, &Subject::of_station("warning", warning, station))
}

async fn drafted(store: &Store, station: &Placed) -> i64 {
    let mandate = of_station(station, Verb::DraftWarning, 0);
    let mut tx = store.begin(&mandate, at(0)).await.expect("begin");
    let text = WarningText { title: "关于轮胎的预警".to_owned(), ..WarningText::default() };
    let id = tx.add_warning(station, (None, None), &text).await.expect("warning");
    tx.commit().await.expect("commit");
    id
}

async fn new_stations(store: &Store) -> Vec<Placed> {
    let mandate = allowed(&Actor::operator(), Verb::MaintainRegistry, &Subject::whole("station", 0));
    let mut stations = Vec::new();
    let mut tx = store.begin(&mandate, at(0)).await.expect("begin");
    for n in 1..=STATIONS {
        let new =
            NewStation { number: format!("S{n:03}"), city: format!("37{:02}00", 1 + n % 16), ..NewStation::default() };
        let id = tx.add_station(&new).await.expect("station");
        assert_eq!(id, n, "rosters name their stations by key");
        stations.push(Placed { id, city: new.city, county: None, manager: Manager::City });
    }
    tx.commit().await.expect("commit");
    stations
}

/// The rosters, as many rows a statement as the databases take gladly, and nothing else of the store's.
async fn load(address: &str) {
    let mut database = Raw::open(address).await;
    database.run("BEGIN").await;
    for first in (1..=MEMBERS).step_by(1000) {
        let (members, codes) = rows(first..first + ROWS);
        database.run(&members).await;
        database.run(&codes).await;
    }
    database.run("COMMIT").await;
    if let Raw::Postgres(_) = database {
        // Autovacuum's work after any large import.
        database.run("VACUUM ANALYZE").await;
    }
}

/// Firms with one to three codes each; firms as they come are of one station after another.
fn rows(of: std::ops::Range<i64>) -> (String, String) {
    let mut members =
        "INSERT INTO roster_member (id, station_id, uscc, name, city, kind, products, hs_codes, markets, \
                       contact, phone, uscc_note, added_at, updated_at, email) VALUES "
            .to_owned();
    let mut codes = "INSERT INTO roster_code (code, station_id, member_id) VALUES ".to_owned();
    for id in of {
        let mut random = Random(mixed(id.unsigned_abs()));
        let (station, firm) = (1 + id * 7 % STATIONS, id % FIRMS);
        let mut own: Vec<String> = (0..=random.below(3)).map(|_| code(&mut random)).collect();
        own.sort_unstable();
        own.dedup();
        let listed = own.join(",");
        write!(
            members,
            "({id}, {station}, '9137{firm:014}', '山东企业{firm}有限公司', '370500', 'enterprise', '轮胎', '{listed}', \
             '欧盟、美国', '张工', '0546-8000000', '', 0, 0, 'firm{firm}@example.cn'), "
        )
        .expect("text");
        for code in own {
            write!(codes, "('{code}', {station}, {id}), ").expect("text");
        }
    }
    members.truncate(members.len() - 2);
    codes.truncate(codes.len() - 2);
    (members, codes)
}

/// A code as firms write it: of a chapter by its share of the trade, half of them six digits long.
fn code(random: &mut Random) -> String {
    let mut slot = random.below(SHARES.iter().map(|chapter| chapter.1).sum());
    let mut of = SHARES[0];
    for chapter in SHARES {
        of = chapter;
        match slot.checked_sub(chapter.1) {
            Some(rest) => slot = rest,
            None => break,
        }
    }
    let (chapter, _, headings, first) = of;
    // Few headings carry most of a chapter's trade.
    let heading = 1 + (first - 1 + random.below(headings).min(random.below(headings))) % headings;
    let sub = 10 * (1 + random.below(4)) + random.below(2);
    let (national, own) = (10 * random.below(10), 5 * random.below(20));
    match random.below(20) {
        0 => format!("{chapter:02}"),
        1..5 => format!("{chapter:02}{heading:02}"),
        5..15 => format!("{chapter:02}{heading:02}{sub:02}"),
        15..18 => format!("{chapter:02}{heading:02}{sub:02}{national:02}"),
        _ => format!("{chapter:02}{heading:02}{sub:02}{national:02}{own:02}"),
    }
}

/// Chapters with their shares of the codes, how many headings each has, and the one traded most.
const SHARES: [(usize, usize, usize, usize); 48] = [
    (3, 15, 8, 4),
    (7, 35, 14, 3),
    (8, 10, 14, 8),
    (15, 5, 22, 7),
    (16, 15, 5, 4),
    (20, 20, 9, 5),
    (21, 10, 6, 6),
    (23, 5, 9, 9),
    (25, 8, 30, 19),
    (27, 5, 16, 10),
    (28, 25, 53, 36),
    (29, 45, 42, 18),
    (30, 10, 6, 4),
    (31, 5, 5, 2),
    (32, 12, 15, 6),
    (33, 5, 7, 4),
    (34, 8, 7, 2),
    (38, 20, 27, 24),
    (39, 55, 26, 23),
    (40, 45, 17, 11),
    (42, 8, 6, 2),
    (44, 25, 21, 12),
    (48, 15, 23, 10),
    (49, 3, 11, 11),
    (52, 15, 12, 8),
    (54, 10, 8, 7),
    (55, 10, 16, 13),
    (59, 6, 11, 3),
    (60, 8, 6, 6),
    (61, 35, 17, 10),
    (62, 35, 17, 3),
    (63, 25, 10, 2),
    (64, 8, 6, 2),
    (68, 15, 15, 2),
    (69, 15, 14, 7),
    (70, 20, 20, 19),
    (72, 25, 29, 19),
    (73, 45, 26, 8),
    (74, 5, 19, 11),
    (76, 20, 16, 4),
    (82, 15, 15, 5),
    (83, 12, 11, 2),
    (84, 95, 87, 81),
    (85, 85, 48, 41),
    (87, 45, 16, 8),
    (90, 20, 33, 18),
    (94, 25, 6, 3),
    (95, 15, 8, 6),
];

enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    async fn open(address: &str) -> Raw {
        if address.starts_with("postgres") {
            return Raw::Postgres(PgConnection::connect(address).await.expect("connect"));
        }
        let mut raw = Raw::Sqlite(SqliteConnection::connect(address).await.expect("connect"));
        raw.run("PRAGMA cache_size = -200000").await;
        raw
    }

    async fn run(&mut self, sql: &str) {
        let statement = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Raw::Sqlite(connection) => statement.execute(connection).await.map(drop),
            Raw::Postgres(connection) => statement.execute(connection).await.map(drop),
        }
        .expect("statement");
    }
}

async fn on_server(server: &str, sql: &str) {
    let mut connection = PgConnection::connect(server).await.expect("connect");
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect("statement");
    connection.close().await.expect("close");
}

/// SplitMix64: the same firms in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        usize::try_from(mixed(self.0) % end as u64).expect("small")
    }
}

fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
