//! Looking for words among 200,000 texts of about 200 characters, with exact counts; and how fast texts are indexed.
//!
//! `FENGSUI_POSTGRES_DURABLE=1 .ci/with-postgres cargo bench -p store --bench search`. The target is a median under
//! 50 ms over all searches; a word in every third text is the dearest there is. Figures of one machine only compare with
//! figures of the same run.

use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::date;
use regulation::general::{Actor, Scope, Subject, Verb, may};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::Store;
use store::general::{Indexed, Looking, SearchQuery};
use tempfile::TempDir;

const BATCHES: u64 = 200;
const BATCH: u64 = 1000;
/// As the migration has it.
const TERMS: &str = "CREATE INDEX search_text_terms ON search_text USING gin (terms) WITH (fastupdate = off)";
const RUNS: usize = 15;
/// As a province has them: most texts are entries of stations, and what is attached to them.
const NOUNS: [&str; 5] = ["warning", "notice", "entry", "attachment", "publication"];

/// What is looked for, how, and within which scope.
const QUERIES: [(&str, &str); 12] = [
    ("frequent, two characters", "轮胎"),
    ("frequent, four characters", "载重轮胎"),
    ("every third text", "反倾销"),
    ("very frequent, five characters", "反倾销调查"),
    ("frequent, six characters", "全钢载重轮胎"),
    ("a title as it is pasted", "美国对自我国进口的卡车和客车轮胎用钢丝发起反倾销调查"),
    ("rare", "聚醚醚酮"),
    ("two frequent words", "轮胎 欧盟"),
    ("two words, one rare", "反倾销 聚醚醚酮"),
    ("number, from its beginning", "4011"),
    ("case number, its beginning", "A-570-1"),
    ("one character, in titles", "瓷"),
];

#[tokio::main(worker_threads = 2)]
async fn main() {
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("folder");
    measure("SQLite", &format!("sqlite:{}", folder.path().join("fengsui.db").display())).await;
    let Ok(server) = std::env::var("FENGSUI_TEST_POSTGRES") else {
        println!("PostgreSQL  skipped: FENGSUI_TEST_POSTGRES is not set (.ci/with-postgres sets it)");
        return;
    };
    let database = format!("bench_search_{}", std::process::id());
    run(&server, &format!("CREATE DATABASE {database}")).await;
    let (prefix, _) = server.rsplit_once('/').expect("a database in the address");
    measure("PostgreSQL", &format!("{prefix}/{database}")).await;
    run(&server, &format!("DROP DATABASE {database} WITH (FORCE)")).await;
}

async fn measure(name: &str, address: &str) {
    let store = Store::open(address).await.expect("open");
    store.migrate().await.expect("migrate");
    let postgres = address.starts_with("postgres");
    let mut random = Random(7);
    if postgres {
        // Built once behind the load, as for any large import; the last texts are then added to it one by one.
        run(address, "DROP INDEX search_text_terms").await;
    }
    for batch in 0..BATCHES - 1 {
        load(&store, &mut random, batch).await;
    }
    store.number_texts().await.expect("numbered");
    if postgres {
        run(address, TERMS).await;
        // Autovacuum's work.
        run(address, "VACUUM ANALYZE").await;
    }
    let start = Instant::now();
    load(&store, &mut random, BATCHES - 1).await;
    let rate = BATCH as f64 / start.elapsed().as_secs_f64();
    println!("{name:<12}{:<44}{rate:>10.0} /s", "texts indexed, 1,000 in a transaction");
    assert_eq!(store.number_texts().await.expect("numbered"), 2);
    println!("{:<12}{:<44}{:>10}{:>12}{:>12}", "", "", "found", "median", "slowest");
    let mut times = Vec::new();
    for (what, words) in QUERIES {
        times.extend(looked(name, &store, &Scope::All, what, words).await);
    }
    let city = Scope::City("370500".into());
    for (what, words) in [("frequent, within a city", "轮胎"), ("every third text, within a city", "反倾销")] {
        times.extend(looked(name, &store, &city, what, words).await);
    }
    told(name, "all searches", "", times);
    fresh(name, &store, &city).await;
    store.close().await;
}

async fn looked(name: &str, store: &Store, scope: &Scope, what: &str, words: &str) -> Vec<f64> {
    let query = SearchQuery::parse(words).expect("words");
    let (mut times, mut count) = (Vec::new(), 0);
    for _ in 0..RUNS {
        let start = Instant::now();
        let looking = Looking { scope, open_only: false, nouns: &NOUNS, words: &query };
        let found = store.search(looking, "", (i64::MAX, i64::MAX), 20).await.expect("found");
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        count = found.count();
        assert_eq!(found.hits.len(), usize::try_from(count.min(20)).expect("few"));
    }
    told(name, &format!("{what}: {words}"), &count.to_string(), times.clone());
    times
}

/// Twenty saved searches of one person counted at once, behind the last thousand texts.
async fn fresh(name: &str, store: &Store, scope: &Scope) {
    let words: Vec<SearchQuery> =
        QUERIES.iter().cycle().take(20).filter_map(|(_, words)| SearchQuery::parse(words)).collect();
    let searches: Vec<(&SearchQuery, &[&'static str], i64)> =
        words.iter().map(|words| (words, NOUNS.as_slice(), 1)).collect();
    let (mut times, mut count) = (Vec::new(), 0);
    for _ in 0..RUNS {
        let start = Instant::now();
        count = store.count_fresh(scope, &searches, 2).await.expect("counted").iter().sum();
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    told(name, "twenty saved searches, what is new", &count.to_string(), times);
}

fn told(name: &str, label: &str, count: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    let padding = 44usize.saturating_sub(label.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum());
    println!("{name:<12}{label}{:padding$}{count:>10}{median:>9.1} ms{slowest:>9.1} ms", "");
}

async fn load(store: &Store, random: &mut Random, batch: u64) {
    let subject = Subject::whole("station", 0);
    let mandate = may(&Actor::operator(), Verb::MaintainRegistry, &subject, date(2026, 9, 1)).expect("allowed");
    let mut tx = store.begin(&mandate, Timestamp::UNIX_EPOCH).await.expect("begin");
    for n in 0..BATCH {
        let (title, body) = text(random);
        let city = format!("37{:02}00", random.below(16) + 1);
        let noun = NOUNS[random.below(NOUNS.len())];
        // Notices and publications are everyone's; warnings and publications are open.
        let shared = matches!(noun, "notice" | "publication");
        let indexed = Indexed {
            noun,
            id: i64::try_from(batch * BATCH + n).expect("key"),
            on_day: i64::try_from(20_260_000 + random.below(12) * 100 + random.below(28) + 101).expect("day"),
            city: if shared { "" } else { &city },
            county: None,
            station: None,
            open: matches!(noun, "warning" | "publication"),
            title: &title,
            body: &body,
        };
        tx.index_text(&indexed).await.expect("indexed");
    }
    tx.commit().await.expect("commit");
}

async fn run(address: &str, sql: &str) {
    let mut connection = PgConnection::connect(address).await.expect("connect");
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect("statement");
    connection.close().await.expect("close");
}

/// SplitMix64: the same texts in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("small")
    }

    fn of<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words[self.below(words.len())]
    }
}

/// A title and four or five sentences as an early warning has them.
fn text(random: &mut Random) -> (String, String) {
    let product = match random.below(10_000) {
        0 => "聚醚醚酮",
        1..500 => "全钢载重轮胎",
        _ => random.of(&PRODUCTS),
    };
    let (country, measure) = (random.of(&COUNTRIES), random.of(&MEASURES));
    let title = format!("{country}对自我国进口的{product}{measure}");
    let (year, month, day) = (2024 + random.below(4), 1 + random.below(12), 1 + random.below(28));
    let case = format!("{}-{}-{:03}", random.of(&["A", "C", "AD"]), 500 + random.below(100), random.below(300));
    let code = format!("{:02}{:02}.{:02}", random.below(97) + 1, random.below(20) + 1, random.below(100));
    let mut body = format!(
        "{year}年{month}月{day}日，{country}主管机关发布公告（案号{case}），{measure}，涉案产品为{product}，税号{code}。"
    );
    while body.chars().count() < 190 {
        for _ in 0..4 + random.below(8) {
            match random.below(3) {
                0 => body.push_str(random.of(&PHRASES)),
                _ => {
                    // The long tail of names and words that are nobody's vocabulary.
                    let (first, second) = (random.below(CHARACTERS), random.below(CHARACTERS));
                    body.extend([first * second / CHARACTERS, second].map(character));
                }
            }
        }
        body.push_str(random.of(&["，", "。", "；", "、"]));
    }
    (title, body)
}

const CHARACTERS: usize = 2500;

fn character(n: usize) -> char {
    char::from_u32(0x4e00 + u32::try_from(n * 7 % 20_000).expect("small")).expect("an ideograph")
}

const PRODUCTS: [&str; 24] = [
    "卡车和客车轮胎用钢丝",
    "光伏组件",
    "铝型材",
    "冷轧钢板",
    "不锈钢管",
    "铜版纸",
    "柠檬酸",
    "瓷砖",
    "玻璃纤维",
    "自行车",
    "电动汽车",
    "大蒜",
    "木质地板",
    "床垫",
    "石墨电极",
    "铝箔",
    "糠醛",
    "葡萄糖酸钠",
    "对苯二甲酸",
    "环氧树脂",
    "R134a制冷剂",
    "钛白粉",
    "陶瓷餐具",
    "紧固件",
];

const COUNTRIES: [&str; 12] =
    ["欧盟", "美国", "印度", "巴西", "土耳其", "墨西哥", "澳大利亚", "加拿大", "英国", "阿根廷", "越南", "南非"];

const MEASURES: [&str; 10] = [
    "发起反倾销调查",
    "作出反倾销初裁",
    "作出反补贴终裁",
    "发起日落复审",
    "发起反规避调查",
    "征收临时反倾销税",
    "发起保障措施调查",
    "作出双反肯定性终裁",
    "实施技术性贸易措施",
    "启动期中复审",
];

const PHRASES: [&str; 30] = [
    "利害关系方",
    "应于公告发布之日起",
    "登记应诉",
    "提交调查问卷答卷",
    "我省相关企业",
    "出口金额",
    "占全省同类产品出口的",
    "建议",
    "加强行业协调",
    "贸易摩擦",
    "工作站",
    "预警信息",
    "产业损害",
    "倾销幅度",
    "补贴幅度",
    "单独税率",
    "市场经济地位",
    "替代国",
    "价格承诺",
    "行业协会",
    "法律服务",
    "商务主管部门",
    "关注后续进展",
    "稳定订单",
    "拓展多元化市场",
    "合规经营",
    "原产地规则",
    "供应链",
    "海关数据",
    "同比增长",
];
