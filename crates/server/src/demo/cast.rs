//! Who there is: the sample stations and the accounts, invented first and then written.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::Context as _;
use jiff::civil::{Date, date};
use regulation::general::{Actor, Manager, Placed, Role, Subject, Verb, may};
use regulation::law::{Area, Edition};
use store::Store;
use store::duties::NewStation;
use store::general::NewAccount;

use super::luck::Luck;
use super::names;
use super::trades::{GENERAL, TRADES, Trade};
use super::when;

/// How many stations a city has, relative to the others.
const WEIGHTS: &[(&str, i64)] = &[
    ("370100", 12),
    ("370200", 14),
    ("370300", 8),
    ("370400", 4),
    ("370500", 7),
    ("370600", 12),
    ("370700", 12),
    ("370800", 7),
    ("370900", 5),
    ("371000", 7),
    ("371100", 5),
    ("371300", 9),
    ("371400", 7),
    ("371500", 7),
    ("371600", 7),
    ("371700", 6),
];
const USUAL_WEIGHT: i64 = 6;

/// Host kind, how the host's name ends, the head of its code, and how many in a hundred.
const HOSTS: &[(&str, &str, &str, i64)] = &[
    ("行业商（协）会", "行业协会", "51", 62),
    ("企业", "有限公司", "91", 18),
    ("科研院所", "研究院", "12", 8),
    ("高校", "产业研究中心", "12", 4),
    ("专业服务机构", "法律服务中心", "52", 8),
];

/// Where the first station is, so that a guide can speak of it.
const FIRST: (&str, &str, &str) = ("370500", "370523", "轮胎");

/// A station as invented.
#[derive(Debug)]
pub struct StationPlan {
    pub new: NewStation,
    pub trade: &'static Trade,
    /// Name of the county or city it works in, without a suffix a title would not carry.
    pub place: String,
    /// Name of its city.
    pub city: String,
    pub domain: String,
    pub manager: String,
    pub phone: String,
}

/// A station once it is in the database.
pub struct Post {
    pub placed: Placed,
    pub plan: StationPlan,
    pub manager: Actor,
}

impl Post {
    /// Whether it was a station by the end of a year.
    pub fn confirmed_by(&self, year: i16) -> bool {
        self.plan.new.confirmed_on / 10_000 <= i64::from(year)
    }
}

/// Everyone, ready to act.
pub struct Cast {
    pub posts: Vec<Post>,
    people: HashMap<String, Actor>,
}

impl Cast {
    /// An account by username. [`accounts`] makes all that are asked for.
    pub fn person(&self, username: &str) -> anyhow::Result<&Actor> {
        self.people.get(username).ok_or_else(|| anyhow::anyhow!("示例账户 {username} 不存在"))
    }

    /// Whoever handles a city's stations there.
    pub fn city_clerk(&self, city: &str) -> anyhow::Result<&Actor> {
        self.person(&format!("city.{city}"))
    }
}

/// An account as invented.
struct Member {
    username: String,
    name: String,
    role: Role,
    city: Option<String>,
    county: Option<String>,
    station: Option<usize>,
}

/// Stations in number order, the same for the same seed.
pub fn stations(edition: &Edition, count: u32, seed: u64, today: Date) -> Vec<StationPlan> {
    let mut luck = Luck::new(seed, "stations");
    let mut shares: BTreeMap<&str, i64> = BTreeMap::new();
    let mut taken = HashSet::new();
    let count = count as usize;
    (0..count)
        .map(|n| {
            let city = if n == 0 { first_city(edition) } else { next_city(edition, &mut shares) };
            let kind = Position { n, count, today };
            invent(&mut luck, edition, city, &kind, &mut taken)
        })
        .collect()
}

struct Position {
    n: usize,
    count: usize,
    today: Date,
}

impl Position {
    fn comprehensive(&self) -> bool {
        self.n % 15 == 7
    }

    fn of_province(&self) -> bool {
        self.n % 20 == 4
    }

    /// Two old batches, a few of last year and a few of this: those are in their first year.
    fn confirmed_on(&self) -> Date {
        let year = self.today.year();
        let few = (self.count / 20).max(1);
        let from_end = self.count - self.n;
        let this_year = date(year, 7, 15);
        if from_end <= few && this_year <= self.today {
            this_year
        } else if from_end <= 2 * few {
            date(year - 1, 8, 20)
        } else if self.n * 2 < self.count {
            date(year - 4, 8, 18)
        } else {
            date(year - 2, 9, 1)
        }
    }
}

fn first_city(edition: &Edition) -> &Area {
    edition.area(FIRST.0).unwrap_or(&edition.head.areas[0])
}

/// Deals cities out by weight, evenly at every length of the list.
fn next_city<'a>(edition: &'a Edition, shares: &mut BTreeMap<&'a str, i64>) -> &'a Area {
    let weight =
        |code: &str| WEIGHTS.iter().find(|(known, _)| *known == code).map_or(USUAL_WEIGHT, |(_, weight)| *weight);
    let areas = &edition.head.areas;
    let total: i64 = areas.iter().map(|area| weight(&area.code)).sum();
    for area in areas {
        *shares.entry(&area.code).or_default() += weight(&area.code);
    }
    let owed = |area: &&Area| shares.get(area.code.as_str()).copied().unwrap_or_default();
    let chosen = areas.iter().rev().max_by_key(owed).unwrap_or(&areas[0]);
    *shares.entry(&chosen.code).or_default() -= total;
    chosen
}

fn invent(luck: &mut Luck, edition: &Edition, city: &Area, at: &Position, taken: &mut HashSet<String>) -> StationPlan {
    let trade = if at.comprehensive() { &GENERAL } else { trade_for(luck, city, at, taken) };
    let county = if at.of_province() { None } else { county_for(luck, city, trade, at) };
    let place = match &county {
        _ if at.of_province() => edition.head.jurisdiction.trim_end_matches('省').to_owned(),
        Some(code) => edition.area_name(code).to_owned(),
        None => city.name.clone(),
    };
    let (host_kind, ending, prefix) = host_for(luck, at);
    let subject = if at.comprehensive() { "国际贸易" } else { trade.name };
    let host_name = host_name(luck, &place, subject, host_kind, ending);
    let domain = format!("https://station-{:03}.example", at.n + 1);
    let confirmed = at.confirmed_on();
    StationPlan {
        new: NewStation {
            number: format!("{}-{:03}", edition.head.region_prefix, at.n + 1),
            name: format!("{host_name}工作站"),
            host_uscc: names::uscc(luck, prefix, county.as_deref().unwrap_or(&city.code)),
            host_name,
            host_kind: host_kind.to_owned(),
            address: format!("{}{place}示例路{}号", city.name, luck.between(1, 299)),
            city: city.code.clone(),
            county,
            managed_by: if at.of_province() { "province" } else { "city" }.to_owned(),
            industry_code: trade.code.to_owned(),
            industry: trade.name.to_owned(),
            comprehensive: at.comprehensive(),
            hs_chapters: trade.chapters.to_owned(),
            website: String::new(),
            confirmed_on: store::day_number(confirmed),
            source: "demo".to_owned(),
        },
        trade,
        place,
        city: city.name.clone(),
        domain,
        manager: names::person(luck),
        phone: names::mobile(luck),
    }
}

fn host_for(luck: &mut Luck, at: &Position) -> (&'static str, &'static str, &'static str) {
    let (kind, ending, prefix, _) = match (at.n, at.comprehensive()) {
        (0, _) => HOSTS[0],
        (_, true) => HOSTS[4],
        _ => {
            let drawn = luck.between(1, 100);
            let mut sum = 0;
            *HOSTS
                .iter()
                .find(|(.., share)| {
                    sum += share;
                    drawn <= sum
                })
                .unwrap_or(&HOSTS[0])
        }
    };
    (kind, ending, prefix)
}

fn host_name(luck: &mut Luck, place: &str, subject: &str, kind: &str, ending: &str) -> String {
    match kind {
        "企业" => format!("示例{}{subject}{ending}", names::trade_name(luck)),
        "高校" => format!("示例{}大学{subject}{ending}", names::trade_name(luck)),
        _ => format!("示例{place}{subject}{ending}"),
    }
}

/// An industry at home in the city and not there yet (Article 7), else any not there yet.
fn trade_for(luck: &mut Luck, city: &Area, at: &Position, taken: &mut HashSet<String>) -> &'static Trade {
    let key = |trade: &Trade| format!("{}{}", city.code, trade.name);
    let at_home = |trade: &&Trade| trade.homes.iter().any(|home| home.starts_with(&city.code[..4]));
    let free: Vec<&'static Trade> = TRADES.iter().filter(|trade| !taken.contains(&key(trade))).collect();
    let home: Vec<&'static Trade> = free.iter().copied().filter(at_home).collect();
    let first = TRADES.iter().find(|trade| at.n == 0 && trade.name == FIRST.2);
    let chosen = match (first, home.as_slice(), free.as_slice()) {
        (Some(first), ..) => first,
        (None, [], []) => luck.pick(TRADES),
        (None, [], free) => luck.pick(free),
        (None, home, _) => luck.pick(home),
    };
    taken.insert(key(chosen));
    chosen
}

fn county_for(luck: &mut Luck, city: &Area, trade: &Trade, at: &Position) -> Option<String> {
    let known = |code: &str| city.counties.iter().any(|county| county.code == code);
    if at.n == 0 && known(FIRST.1) {
        return Some(FIRST.1.to_owned());
    }
    if let Some(home) = trade.homes.iter().find(|home| known(home)) {
        return Some((*home).to_owned());
    }
    // Some stations are the whole city's.
    if city.counties.is_empty() || luck.chance(30) { None } else { Some(luck.pick(&city.counties).code.clone()) }
}

/// Counties whose bureau has an account.
const COUNTY_ACCOUNTS: usize = 6;
/// Stations that also have a clerk's account.
const CLERK_ACCOUNTS: usize = 10;
pub const EXPERTS: usize = 5;

fn accounts(edition: &Edition, plans: &[StationPlan], seed: u64) -> Vec<Member> {
    let mut luck = Luck::new(seed, "accounts");
    let mut members = Vec::new();
    let mut add = |username: String, role: Role, name: String, city: Option<&str>, county: Option<&str>, station| {
        let (city, county) = (city.map(str::to_owned), county.map(str::to_owned));
        members.push(Member { username, name, role, city, county, station });
    };
    for (username, role) in [
        ("province", Role::ProvinceClerk),
        ("province.review", Role::ProvinceReviewer),
        ("province.approve", Role::ProvinceApprover),
        ("province.lead", Role::ProvinceLeader),
    ] {
        add(username.to_owned(), role, names::person(&mut luck), None, None, None);
    }
    for area in &edition.head.areas {
        let username = format!("city.{}", area.code);
        add(username.clone(), Role::CityClerk, names::person(&mut luck), Some(&area.code), None, None);
        let approver = format!("{username}.approve");
        add(approver, Role::CityApprover, names::person(&mut luck), Some(&area.code), None, None);
    }
    let mut counties: Vec<(&str, &str)> = Vec::new();
    for plan in plans {
        if let Some(county) = &plan.new.county
            && !counties.iter().any(|(_, known)| known == county)
        {
            counties.push((&plan.new.city, county));
        }
    }
    for (city, county) in counties.into_iter().take(COUNTY_ACCOUNTS) {
        add(format!("county.{county}"), Role::County, names::person(&mut luck), Some(city), Some(county), None);
    }
    for (n, plan) in plans.iter().enumerate() {
        let username = format!("station{:03}", n + 1);
        add(username.clone(), Role::StationManager, plan.manager.clone(), None, None, Some(n));
        if n < CLERK_ACCOUNTS {
            let clerk = format!("{username}.clerk");
            add(clerk, Role::StationClerk, names::person(&mut luck), None, None, Some(n));
        }
    }
    for n in 1..=EXPERTS {
        add(format!("expert{n}"), Role::Expert, names::person(&mut luck), None, None, None);
    }
    for (username, role) in [
        ("evaluator1", Role::Evaluator),
        ("sysadmin", Role::SystemAdmin),
        ("secadmin", Role::SecurityAdmin),
        ("auditor", Role::Auditor),
    ] {
        add(username.to_owned(), role, names::person(&mut luck), None, None, None);
    }
    members
}

/// Role and username of every account, in the order they are printed.
pub fn lines(edition: &Edition, plans: &[StationPlan], seed: u64) -> Vec<(Role, String)> {
    accounts(edition, plans, seed).into_iter().map(|member| (member.role, member.username)).collect()
}

/// Writes stations and accounts in one transaction, each act with its own audit row.
pub async fn write(
    store: &Store,
    edition: &Edition,
    plans: Vec<StationPlan>,
    seed: u64,
    hash: &str,
    start: Date,
) -> anyhow::Result<Cast> {
    let operator = Actor::operator();
    let registry = may(&operator, Verb::MaintainRegistry, &Subject::whole("station", 0), start)?;
    let account = may(&operator, Verb::CreateAccount, &Subject::whole("account", 0), start)?;
    let members = accounts(edition, &plans, seed);
    let mut tx = store.begin(&registry, when(start, 9, 0)).await?;
    let mut placed = Vec::new();
    for (n, plan) in plans.iter().enumerate() {
        let known_from = store::date_from(plan.new.confirmed_on)?.max(start);
        if n > 0 {
            tx.proceed(&registry, when(known_from, 9, 0)).await?;
        }
        let id = tx.add_station(&plan.new).await?;
        tx.note(format!("{} {}", plan.new.number, plan.new.name));
        let manager =
            Manager::from_key(&plan.new.managed_by).context("a station is managed by its city or the province")?;
        placed.push(Placed { id, city: plan.new.city.clone(), county: plan.new.county.clone(), manager });
    }
    let mut people = HashMap::new();
    for member in &members {
        tx.proceed(&account, when(start, 10, 0)).await?;
        let station = member.station.map(|n| placed[n].id);
        let id = tx.add_account(&member.account(station, hash)).await?;
        people.insert(member.username.clone(), member.actor(id, station));
    }
    tx.commit().await?;
    let posts = plans.into_iter().zip(placed).enumerate().map(|(n, (plan, placed))| {
        let manager = people.get(&format!("station{:03}", n + 1)).cloned().unwrap_or_else(Actor::operator);
        Post { placed, plan, manager }
    });
    Ok(Cast { posts: posts.collect(), people })
}

impl Member {
    fn account(&self, station: Option<i64>, hash: &str) -> NewAccount {
        NewAccount {
            username: self.username.clone(),
            display_name: self.name.clone(),
            role: self.role,
            city: self.city.clone(),
            county: self.county.clone(),
            station,
            password_hash: hash.to_owned(),
            must_change: false,
        }
    }

    fn actor(&self, account: i64, station: Option<i64>) -> Actor {
        Actor {
            account,
            name: self.name.clone(),
            role: self.role,
            city: self.city.clone(),
            county: self.county.clone(),
            station,
            assigned: Vec::new(),
            ended: None,
            instead_of: None,
        }
    }
}
