//! A province of 16 cities with 10,000 ledger entries, 480 published warnings and 30,000 marks, written through the store.

use std::path::Path;

use jiff::Timestamp;
use regulation::general::{Actor, Assignment, Manager, Placed, Role, Scope, Subject, Verb, may};
use server::appraisal::ledger::findable;
use server::clock::Clock;
use server::{cli, editions};
use store::Store;
use store::appraisal::{NewCycle, NewEntry};
use store::duties::{NewStation, WarningText};
use store::general::{Indexed, NewAccount};

pub const PASSWORD: &str = "Fengsui-2026";
pub const ENTRIES: i64 = 10_000;
/// Entries that speak of tyres.
pub const TYRES: i64 = 639;
pub const MARKS: i64 = 30_000;
const STATIONS: i64 = 16;
const EXPERTS: i64 = 12;
/// Reports among the entries: each is marked by all experts, over and over, until there are enough marks.
const REPORTS: i64 = 500;
/// Published warnings of each station.
const WARNINGS: i64 = 30;
/// What the other entries speak of.
const PRODUCTS: [&str; 8] = ["不锈钢管", "铝型材", "光伏组件", "瓷砖", "柠檬酸", "玻璃纤维", "木质地板", "大蒜"];

/// What the load asks for.
pub struct Prepared {
    /// The newest entry; all keys from one on are there.
    pub entry: i64,
    /// Where pages of the list begin: day and key of an entry.
    pub cursors: Vec<String>,
    pub works: Vec<i64>,
    /// All that are published.
    pub warnings: Vec<i64>,
}

#[tokio::main]
pub async fn province(dir: &Path) -> anyhow::Result<Prepared> {
    let store = Store::open_in(dir).await?;
    cli::migrate(&store, &server::clock::Clock::System).await?;
    let clock = Clock::System;
    let today = clock.today();
    let edition = editions::draft()?;
    let operator = Actor::operator();
    let at = clock.now();
    let registry = may(&operator, Verb::MaintainRegistry, &Subject::whole("station", 0), today)?;
    let mut stations = Vec::new();
    for n in 0..STATIONS {
        let city = edition.head.areas[usize::try_from(n)?].code.clone();
        let mut tx = store.begin(&registry, at).await?;
        let id = tx
            .add_station(&NewStation {
                number: format!("37-{:03}", n + 1),
                name: format!("示例行业协会工作站{}", n + 1),
                city: city.clone(),
                confirmed_on: 20_240_901,
                ..NewStation::default()
            })
            .await?;
        tx.commit().await?;
        stations.push(Placed { id, city, county: None, manager: Manager::City });
    }
    let experts = accounts(&store, &operator, at).await?;
    cycle(&store, at).await?;
    let (entry, works, cursors) = entries(&store, &stations, at).await?;
    marks(&store, &stations, &experts, &works, at).await?;
    let warnings = warnings(&store, &stations, at).await?;
    while store.seal().await? > 0 {}
    store.close().await;
    Ok(Prepared { entry, cursors, works: works.iter().map(|(_, id)| *id).collect(), warnings })
}

async fn accounts(store: &Store, operator: &Actor, at: Timestamp) -> anyhow::Result<Vec<i64>> {
    let mandate = may(operator, Verb::CreateAccount, &Subject::whole("account", 0), store::day_of(at))?;
    let hash = hash(PASSWORD)?;
    let mut tx = store.begin(&mandate, at).await?;
    let account = |username: String, role| NewAccount {
        display_name: username.clone(),
        username,
        role,
        city: None,
        county: None,
        station: None,
        password_hash: hash.clone(),
        must_change: false,
    };
    tx.add_account(&account("province".into(), Role::ProvinceClerk)).await?;
    let mut experts = vec![tx.add_account(&account("expert".into(), Role::Expert)).await?];
    for n in 1..EXPERTS {
        experts.push(tx.add_account(&account(format!("expert{n}"), Role::Expert)).await?);
    }
    tx.commit().await?;
    Ok(experts)
}

fn hash(password: &str) -> anyhow::Result<String> {
    use argon2::PasswordHasher as _;
    let hash = argon2::Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| anyhow::anyhow!("{error}"))?.to_string())
}

async fn cycle(store: &Store, at: Timestamp) -> anyhow::Result<()> {
    let approver = Actor { account: 1, role: Role::ProvinceApprover, ..Actor::operator() };
    let mandate = may(&approver, Verb::OpenCycle, &Subject::whole("cycle", 2026), store::day_of(at))?;
    let mut tx = store.begin(&mandate, at).await?;
    tx.open_cycle(&NewCycle::usual(2026, "draft", 600)).await?;
    tx.commit().await?;
    Ok(())
}

async fn entries(
    store: &Store,
    stations: &[Placed],
    at: Timestamp,
) -> anyhow::Result<(i64, Vec<(Placed, i64)>, Vec<String>)> {
    let (mut last, mut works, mut cursors) = (0, Vec::new(), Vec::new());
    for (s, station) in (0i64..).zip(stations) {
        let clerk = Actor { account: 1, role: Role::StationClerk, station: Some(station.id), ..Actor::operator() };
        let mandate =
            may(&clerk, Verb::FileEntry, &Subject::of_station("ledger_entry", 0, station), store::day_of(at))?;
        let mut tx = store.begin(&mandate, at).await?;
        for n in 0..ENTRIES / STATIONS {
            let report = n < REPORTS / STATIONS;
            let kind = if report { "report.topical" } else { "warning.published" };
            let on_day = 20_260_000 + (1 + n % 11) * 100 + 1 + (n + s) % 28;
            let product = product(s * (ENTRIES / STATIONS) + n);
            let entry = NewEntry {
                kind: kind.into(),
                on_day,
                count: 1,
                title: format!("美国对自中国进口的{product}启动反倾销日落复审（示例 {n}）"),
                detail: "国别、产品、措施和影响的概述，共若干字，供企业判断是否涉及。".repeat(4),
                url: format!("https://example.org/warnings/{s}/{n}"),
                keep_until: on_day + 100_000,
                source: "bench",
                ..NewEntry::default()
            };
            last = tx.add_entry(station, &entry, None).await?;
            let text = Indexed {
                noun: findable::NOUN,
                id: last,
                on_day,
                city: &station.city,
                county: None,
                station: Some(station.id),
                open: false,
                title: &entry.title,
                body: &entry.detail,
            };
            tx.index_text(&text).await?;
            // Not those so early that fewer than a page of entries lie before them.
            if !report && on_day > 20_260_200 {
                cursors.push(format!("{on_day}-{last}"));
            }
            if report {
                works.push((station.clone(), last));
            }
        }
        tx.commit().await?;
    }
    Ok((last, works, cursors))
}

/// What the entry of a place in the whole ledger speaks of: tyres, spread evenly, or something else.
fn product(place: i64) -> &'static str {
    if (place + 1) * TYRES / ENTRIES > place * TYRES / ENTRIES {
        return "乘用车和轻型卡车轮胎";
    }
    PRODUCTS[usize::try_from(place).unwrap_or_default() % PRODUCTS.len()]
}

async fn warnings(store: &Store, stations: &[Placed], at: Timestamp) -> anyhow::Result<Vec<i64>> {
    let (on, mut published) = (store::day_of(at), Vec::new());
    for (s, station) in (0i64..).zip(stations) {
        let manager = Actor { account: 1, role: Role::StationManager, station: Some(station.id), ..Actor::operator() };
        let mut drafted = Vec::new();
        for n in 0..WARNINGS {
            let product = product(s * (ENTRIES / STATIONS) + n);
            let text = WarningText {
                level: "orange".into(),
                kind: "反倾销".into(),
                market: "美国".into(),
                industry: "轮胎".into(),
                title: format!("美国对自中国进口的{product}启动反倾销日落复审（预警 {n}）"),
                summary: "国别、产品、措施和影响的概述，共若干字，供企业判断是否涉及。".repeat(4),
                products: product.into(),
                advice: "登记应诉；核对近一年对美出口；与本站联系。".into(),
                ..WarningText::default()
            };
            let mandate = may(&manager, Verb::DraftWarning, &Subject::of_station("warning", 0, station), on)?;
            let mut tx = store.begin(&mandate, at).await?;
            drafted.push((tx.add_warning(station, (None, None), &text).await?, text));
            tx.commit().await?;
        }
        for (id, text) in drafted {
            let mandate = may(&manager, Verb::PublishWarning, &Subject::of_station("warning", id, station), on)?;
            let warning = store.warning(&Scope::All, id).await?.ok_or_else(|| anyhow::anyhow!("no warning {id}"))?;
            let mut tx = store.begin(&mandate, at).await?;
            let entry = NewEntry {
                kind: "warning.published".into(),
                on_day: store::day_number(on),
                count: 1,
                title: text.title,
                source: "bench",
                ..NewEntry::default()
            };
            let entry = tx.add_entry(station, &entry, None).await?;
            tx.publish_warning(&warning, &format!("37-{:03}", s + 1), i64::from(on.year()), entry).await?;
            tx.commit().await?;
            published.push(id);
        }
    }
    Ok(published)
}

async fn marks(
    store: &Store,
    stations: &[Placed],
    experts: &[i64],
    works: &[(Placed, i64)],
    at: Timestamp,
) -> anyhow::Result<()> {
    let until = jiff::civil::date(2099, 12, 31);
    let assigned: Vec<Assignment> = stations.iter().map(|s| Assignment { station: s.id, from: None, until }).collect();
    let clerk = Actor { account: 1, role: Role::ProvinceClerk, ..Actor::operator() };
    let mandate = may(&clerk, Verb::AssignAssessor, &Subject::whole("assignment", 0), store::day_of(at))?;
    let mut tx = store.begin(&mandate, at).await?;
    for expert in experts {
        for station in stations {
            tx.assign(*expert, station.id, 2026, 20_991_231).await?;
        }
    }
    tx.commit().await?;
    let mut left = MARKS;
    'all: loop {
        for expert in experts {
            let actor = Actor { account: *expert, role: Role::Expert, assigned: assigned.clone(), ..Actor::operator() };
            let mandate =
                may(&actor, Verb::GradeWork, &Subject::of_station("mark", 0, &stations[0]), store::day_of(at))?;
            let mut tx = store.begin(&mandate, at).await?;
            for (station, entry) in works {
                if left == 0 {
                    tx.commit().await?;
                    break 'all;
                }
                tx.add_mark(station.id, 2026, "warn.report", *entry, "8.5", "").await?;
                left -= 1;
            }
            tx.commit().await?;
        }
    }
    Ok(())
}
