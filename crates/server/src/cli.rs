//! The command line: one binary, Chinese help, one clear line on bad input and exit code 2.

mod archive;
mod feed;
mod stations;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Args, Parser, Subcommand};
use regulation::general::{Actor, Mandate, Role, Scope, Subject, Verb, may};
use regulation::law::{Case, Edition, Files};
use store::Store;
use store::audit::Anchor;
use store::general::NewAccount;

use self::archive::ArchiveCommand;
use self::feed::FeedCommand;
use self::stations::StationsCommand;
use crate::app::{App, router};
use crate::appraisal::offline;
use crate::clock::Clock;
use crate::config::Settings;
use crate::duties::feeds::{fetching, folder};
use crate::duties::outbox;
use crate::duties::site::watch;
use crate::general::draws;
use crate::general::search::reading;
use crate::{auth, demo, editions, worker};

#[derive(Parser)]
#[command(name = "fengsui", version, about = "烽燧：应对国际贸易摩擦工作站管理系统", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 建立示例省（仅首次）并启动服务；每个账户打印一行：角色、用户名、密码，以制表符分隔
    Demo {
        /// 监听地址
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// 数据目录，数据库为其中的 fengsui.db，附件在其中的 objects
        #[arg(long, default_value = "demo-data")]
        data: PathBuf,
        /// 工作站数
        #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=2000))]
        stations: u32,
        /// 随机种子；同一种子得到同一份示例
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// 只建示例数据，不启动服务
        #[arg(long)]
        only_data: bool,
    },
    /// 启动服务
    Serve {
        /// 配置文件（TOML）；每项也可用环境变量 FENGSUI_<项名> 设置
        #[arg(long)]
        config: Option<PathBuf>,
        #[command(flatten)]
        place: Place,
        /// 监听地址，如 127.0.0.1:8080
        #[arg(long)]
        listen: Option<SocketAddr>,
    },
    /// 离线计分：读入 JSON，结果写到标准输出
    Appraise { file: PathBuf },
    /// 离线评定等次：读入 JSON，结果写到标准输出
    Grade { file: PathBuf },
    /// 复核随机抽取记录（专家、抽查）：按种子和候选名单重新抽取；不一致的以 1 退出
    Draw { file: PathBuf },
    /// 审计链：核验、留存锚点
    #[command(subcommand)]
    Audit(AuditCommand),
    /// 账户
    #[command(subcommand)]
    User(UserCommand),
    /// 建立或升级数据库结构，并装载随附的规则版本
    Migrate {
        #[command(flatten)]
        place: Place,
    },
    /// 规则版本
    #[command(subcommand)]
    Law(LawCommand),
    /// 年度归档包：打包、核验
    #[command(subcommand)]
    Archive(ArchiveCommand),
    /// 工作站名册
    #[command(subcommand)]
    Stations(StationsCommand),
    /// 国外公告
    #[command(subcommand)]
    Feed(FeedCommand),
}

/// Which database a command works on.
#[derive(Args)]
struct Place {
    /// 数据目录
    #[arg(long)]
    data: Option<PathBuf>,
    /// 数据库地址：sqlite:路径 或 postgres://…；不给则用数据目录中的 fengsui.db
    #[arg(long)]
    database_url: Option<String>,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// 逐行核验审计链；发现改动、删除或换序时指出第一处并以 1 退出
    Verify {
        #[command(flatten)]
        place: Place,
        /// 与留存的锚点核对，可发现末尾被截去
        #[arg(long)]
        anchor: Option<PathBuf>,
    },
    /// 把链头和行数写入文件，应存放在数据库之外
    Anchor {
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// 新建账户；密码从标准输入读一行，首次登录须修改
    Add {
        /// 用户名
        username: String,
        /// 角色，如 province_clerk、city_clerk、station_manager、system_admin
        #[arg(long)]
        role: String,
        /// 显示姓名
        #[arg(long)]
        name: Option<String>,
        /// 所属市代码（市局账户）
        #[arg(long)]
        city: Option<String>,
        /// 所属县代码（县局账户）
        #[arg(long)]
        county: Option<String>,
        /// 所属工作站编号（工作站账户）
        #[arg(long)]
        station: Option<String>,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
enum LawCommand {
    /// 检查一个规则版本目录：格式、引用、上限合计，并运行其中的算例
    Check { dir: PathBuf },
    /// 检查并装载一个规则版本；已装载的版本不能改动
    Load {
        dir: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// 装载主管部门提供的正式文本，供与本系统摘要对照显示
    Text {
        file: PathBuf,
        /// 规则版本编号
        #[arg(long, default_value = "draft")]
        edition: String,
        #[command(flatten)]
        place: Place,
    },
}

/// Bad input: exit code 2. Everything else that fails exits with 1.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct BadInput(String);

/// Runs the command line.
pub async fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are not failures; clap prints all of them itself.
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match cli.command.run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("fengsui：{error:#}");
            if error.is::<BadInput>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

impl Command {
    async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Command::Demo { listen, data, stations, seed, only_data } => {
                run_demo(listen, data, stations, seed, only_data).await?;
            }
            Command::Serve { config, place, listen } => {
                let mut settings = settings(config.as_deref(), place)?;
                settings.listen = listen.unwrap_or(settings.listen);
                let store = settings.open_store().await?;
                migrate(&store, &Clock::System).await?;
                serve(settings, store).await?;
            }
            Command::Appraise { file } => {
                let draft = Arc::new(editions::draft()?);
                let known = |id: &str| (id == draft.head.id).then(|| Arc::clone(&draft));
                let answer = offline::appraise(&read_input(&file)?, &named(&file), &known);
                print!("{}", answer.map_err(|error| BadInput(error.to_string()))?);
            }
            Command::Grade { file } => {
                let one_in = usize::try_from(editions::draft()?.whole("excellent.denominator"))?;
                let answer = offline::grade(&read_input(&file)?, &named(&file), one_in);
                print!("{}", answer.map_err(|error| BadInput(error.to_string()))?);
            }
            Command::Draw { file } => {
                let replayed = draws::replay(&read_input(&file)?);
                let (said, all) = replayed.map_err(|problem| BadInput(format!("{}：{problem}", named(&file))))?;
                print!("{said}");
                return Ok(if all { ExitCode::SUCCESS } else { ExitCode::from(1) });
            }
            Command::Audit(command) => return command.run().await,
            Command::User(UserCommand::Add { username, role, name, city, county, station, place }) => {
                let new = NewUser { username, role, name, city, county, station };
                add_user(new, place).await?;
            }
            Command::Migrate { place } => {
                let store = settings(None, place)?.open_store().await?;
                migrate(&store, &Clock::System).await?;
                println!("数据库结构已是最新，规则版本 {} 已装载。", editions::draft()?.head.id);
            }
            Command::Law(command) => command.run().await?,
            Command::Archive(command) => return command.run().await,
            Command::Stations(command) => return command.run().await,
            Command::Feed(command) => return command.run(),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn settings(config: Option<&Path>, place: Place) -> anyhow::Result<Settings> {
    let mut settings =
        Settings::load(config, &|key| std::env::var(key).ok()).map_err(|error| BadInput(format!("{error:#}")))?;
    if let Some(data) = place.data {
        settings.data = data;
        settings.database_url.clear();
    }
    settings.database_url = place.database_url.unwrap_or(settings.database_url);
    Ok(settings)
}

fn named(file: &Path) -> String {
    file.display().to_string()
}

fn read_input(file: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(file).map_err(|error| BadInput(format!("{}：无法读取（{error}）", file.display())))?;
    Ok(String::from_utf8(bytes).map_err(|_| BadInput(format!("{}：不是 UTF-8 文本", file.display())))?)
}

/// The command line's own mandate: whoever holds the machine.
fn operator(verb: Verb, subject: &Subject, clock: &Clock) -> anyhow::Result<Mandate> {
    Ok(may(&Actor::operator(), verb, subject, clock.today())?)
}

/// Schema and shipped edition, ready to serve.
///
/// # Errors
/// Fails when the database does.
pub async fn migrate(store: &Store, clock: &Clock) -> anyhow::Result<()> {
    store.migrate().await?;
    if store.editions().await?.is_empty() {
        load_edition(store, clock, "draft", &editions::draft_files()).await?;
    }
    load_holidays(store, clock).await
}

/// The shipped holiday arrangements of years the database has none of.
async fn load_holidays(store: &Store, clock: &Clock) -> anyhow::Result<()> {
    let known = store.workdays().await?;
    for year in editions::shipped_holidays()?.into_iter().filter(|year| known.published(year.year).is_none()) {
        let mandate = operator(Verb::LoadHolidays, &Subject::whole("holiday_year", 0), clock)?;
        let mut tx = store.begin(&mandate, clock.now()).await?;
        tx.add_holiday_year(&year).await?;
        tx.commit().await?;
        worker::seal_all(store).await?;
    }
    Ok(())
}

async fn load_edition(store: &Store, clock: &Clock, id: &str, files: &Files) -> anyhow::Result<bool> {
    let mandate = operator(Verb::LoadEdition, &Subject::whole("edition", 0), clock)?;
    let mut tx = store.begin(&mandate, clock.now()).await?;
    let new = tx.add_edition(id, files).await?;
    if new {
        tx.commit().await?;
        worker::seal_all(store).await?;
    }
    Ok(new)
}

async fn run_demo(listen: SocketAddr, data: PathBuf, stations: u32, seed: u64, only_data: bool) -> anyhow::Result<()> {
    let env = |key: &str| (key == "FENGSUI_FONTS").then(|| std::env::var(key).ok()).flatten();
    let mut settings = Settings::load(None, &env)?;
    settings.listen = listen;
    settings.data = data;
    // The demo is for trying out: no telephone is needed to sign in.
    settings.second_factor = false;
    let store = settings.open_store().await?;
    migrate(&store, &Clock::System).await?;
    let objects = settings.open_objects()?;
    for line in demo::prepare(&store, &objects, &Clock::System, stations, seed).await? {
        // Whoever reads may have read enough (`| head`): that ends the listing, not the server.
        if writeln!(std::io::stdout(), "{}\t{}\t{}", line.role, line.username, line.password).is_err() {
            break;
        }
    }
    worker::seal_all(&store).await?;
    if only_data {
        return Ok(());
    }
    serve(settings, store).await
}

async fn serve(settings: Settings, store: Store) -> anyhow::Result<()> {
    let objects = settings.open_objects()?;
    let listen = settings.listen;
    let app = App::new(store.clone(), objects, Clock::System, settings).await?;
    let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| format!("监听 {listen}"))?;
    tracing::info!("烽燧已启动：http://{}", listener.local_addr()?);
    let work = tokio::spawn(worker::run(app.clone()));
    let watch = tokio::spawn(watch::run(app.clone()));
    let outbox = tokio::spawn(outbox::run(app.clone()));
    let folder = tokio::spawn(folder::run(app.clone()));
    let reading = tokio::spawn(reading::run(app.clone()));
    let fetching = tokio::spawn(fetching::run(app.clone()));
    let router = router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, router).with_graceful_shutdown(stopped()).await?;
    work.abort();
    watch.abort();
    outbox.abort();
    folder.abort();
    reading.abort();
    fetching.abort();
    worker::seal_all(&store).await?;
    store.close().await;
    tracing::info!("已停止");
    Ok(())
}

async fn stopped() {
    let interrupt = async { tokio::signal::ctrl_c().await.is_ok() };
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await.is_some(),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! { _ = interrupt => {}, _ = terminate => {} }
}

impl AuditCommand {
    async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            AuditCommand::Verify { place, anchor } => verify(place, anchor.as_deref()).await,
            AuditCommand::Anchor { file, place } => write_anchor(&file, place).await,
        }
    }
}

/// Settings of a database that must already be there: checking nothing must not look like checking.
fn existing_settings(place: Place) -> anyhow::Result<Settings> {
    let settings = settings(None, place)?;
    if settings.database_url.is_empty() && !settings.data.join("fengsui.db").is_file() {
        bail!(BadInput(format!("{}：没有数据库 fengsui.db", settings.data.display())));
    }
    Ok(settings)
}

async fn open_existing(place: Place) -> anyhow::Result<Store> {
    existing_settings(place)?.open_store().await
}

async fn verify(place: Place, anchor: Option<&Path>) -> anyhow::Result<ExitCode> {
    let anchor = anchor.map(read_anchor).transpose()?;
    let store = open_existing(place).await?;
    match store.verify_audit(anchor.as_ref()).await? {
        Ok(chain) => {
            println!("审计链完整：{} 行，链头 {}", chain.count, chain.head);
            if chain.unsealed > 0 {
                println!("另有 {} 行尚未入链（服务运行时不超过一秒内的写入）", chain.unsealed);
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(broken) => {
            eprintln!("fengsui：{broken}");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn read_anchor(file: &Path) -> anyhow::Result<Anchor> {
    let text = read_input(file)?;
    Ok(serde_json::from_str(&text).map_err(|error| BadInput(format!("{}：不是锚点文件（{error}）", file.display())))?)
}

async fn write_anchor(file: &Path, place: Place) -> anyhow::Result<ExitCode> {
    let store = open_existing(place).await?;
    let clock = Clock::System;
    let mandate = operator(Verb::AnchorAudit, &Subject::whole("audit", 0), &clock)?;
    let mut tx = store.begin(&mandate, clock.now()).await?;
    tx.note(format!("锚点 {}", file.display()));
    tx.commit().await?;
    worker::seal_all(&store).await?;
    let chain = match store.verify_audit(None).await? {
        Ok(chain) => chain,
        Err(broken) => {
            eprintln!("fengsui：{broken}；未写锚点");
            return Ok(ExitCode::FAILURE);
        }
    };
    let anchor = Anchor { count: chain.count, head: chain.head };
    std::fs::write(file, serde_json::to_string(&anchor)? + "\n").with_context(|| format!("写入 {}", file.display()))?;
    println!("锚点已写入 {}：{} 行，链头 {}", file.display(), anchor.count, anchor.head);
    Ok(ExitCode::SUCCESS)
}

struct NewUser {
    username: String,
    role: String,
    name: Option<String>,
    city: Option<String>,
    county: Option<String>,
    station: Option<String>,
}

async fn add_user(new: NewUser, place: Place) -> anyhow::Result<()> {
    let role = Role::from_key(&new.role).filter(|role| !matches!(role, Role::Operator | Role::Public));
    let role = role.ok_or_else(|| BadInput(format!("--role {}：没有这个角色", new.role)))?;
    let mut password = String::new();
    std::io::stdin().read_line(&mut password).context("读取密码")?;
    let password = password.trim_end_matches(['\r', '\n']);
    auth::fit_password(password).map_err(|sentence| BadInput(sentence.to_owned()))?;
    let settings = settings(None, place)?;
    let store = settings.open_store().await?;
    migrate(&store, &Clock::System).await?;
    let clock = Clock::System;
    let mandate = operator(Verb::CreateAccount, &Subject::whole("account", 0), &clock)?;
    let station = match &new.station {
        Some(number) => Some(station_by_number(&store, number).await?),
        None => None,
    };
    let edition = editions::Editions::default().newest(&store).await?;
    let area = area_of(&edition, role, &new, station)?;
    let account = NewAccount {
        display_name: new.name.unwrap_or_else(|| new.username.clone()),
        username: new.username.clone(),
        role,
        city: area.0,
        county: area.1,
        station,
        password_hash: auth::hash_now(password)?,
        must_change: true,
    };
    let mut tx = store.begin(&mandate, clock.now()).await?;
    if let Err(error) = tx.add_account(&account).await {
        if error.is_duplicate() {
            bail!(BadInput(format!("用户名 {} 已有人使用", new.username)));
        }
        return Err(error.into());
    }
    tx.commit().await?;
    worker::seal_all(&store).await?;
    println!("已建立账户 {}（{}），首次登录须修改密码。", new.username, role.name());
    Ok(())
}

async fn station_by_number(store: &Store, number: &str) -> anyhow::Result<i64> {
    let station = store.station_by_number(&Scope::All, number).await?;
    Ok(station.ok_or_else(|| BadInput(format!("--station {number}：没有这个编号的工作站")))?.id)
}

/// City and county an account must have for its role.
fn area_of(
    edition: &Edition,
    role: Role,
    new: &NewUser,
    station: Option<i64>,
) -> anyhow::Result<(Option<String>, Option<String>)> {
    let need = |what: &str| BadInput(format!("{}账户须用 {what} 指定范围", role.name()));
    if role.of_station() && station.is_none() {
        bail!(need("--station"));
    }
    if role.of_city() {
        let code = new.city.as_deref().ok_or_else(|| need("--city"))?;
        edition.area(code).ok_or_else(|| BadInput(format!("--city {code}：没有这个市")))?;
        return Ok((Some(code.to_owned()), None));
    }
    if role == Role::County {
        let code = new.county.as_deref().ok_or_else(|| need("--county"))?;
        let city = edition.head.areas.iter().find(|area| area.counties.iter().any(|county| county.code == code));
        let city = city.ok_or_else(|| BadInput(format!("--county {code}：没有这个县（市、区）")))?;
        return Ok((Some(city.code.clone()), Some(code.to_owned())));
    }
    Ok((None, None))
}

impl LawCommand {
    async fn run(self) -> anyhow::Result<()> {
        match self {
            LawCommand::Check { dir } => {
                let (edition, cases) = check_edition(&dir)?;
                println!(
                    "{}：版本 {}，{} 个评分项，总分 {}，{} 个算例全部相符。",
                    dir.display(),
                    edition.head.id,
                    edition.sheet.items().count(),
                    edition.sheet.total.plain(),
                    cases
                );
            }
            LawCommand::Load { dir, place } => {
                let (edition, _) = check_edition(&dir)?;
                let store = settings(None, place)?.open_store().await?;
                store.migrate().await?;
                let loaded = load_edition(&store, &Clock::System, &edition.head.id, &read_edition(&dir)?).await;
                let new = loaded.map_err(|error| match error.downcast_ref::<store::Error>() {
                    Some(store::Error::Conflict(sentence)) => BadInput(sentence.clone()).into(),
                    _ => error,
                })?;
                let state = if new { "已装载" } else { "此前已装载，内容相同" };
                println!("版本 {}：{state}。", edition.head.id);
            }
            LawCommand::Text { file, edition, place } => {
                let text = read_input(&file)?;
                let store = settings(None, place)?.open_store().await?;
                let clock = Clock::System;
                migrate(&store, &clock).await?;
                let mandate = operator(Verb::LoadEdition, &Subject::whole("edition", 0), &clock)?;
                let mut tx = store.begin(&mandate, clock.now()).await?;
                let set = tx.set_official_text(&edition, &text).await;
                set.map_err(|error| BadInput(error.to_string()))?;
                tx.commit().await?;
                worker::seal_all(&store).await?;
                println!("版本 {edition} 的正式文本已装载，{} 字。", text.chars().count());
            }
        }
        Ok(())
    }
}

fn read_edition(dir: &Path) -> anyhow::Result<Files> {
    let mut files = Files::new();
    read_folder(dir, "", &mut files).map_err(|error| BadInput(format!("{}：无法读取（{error}）", dir.display())))?;
    Ok(files)
}

fn read_folder(dir: &Path, prefix: &str, files: &mut Files) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let Some(name) = path.file_name().map(|name| format!("{prefix}{}", name.to_string_lossy())) else { continue };
        if path.is_dir() {
            read_folder(&path, &format!("{name}/"), files)?;
        } else if name.ends_with(".toml") || name.ends_with(".md") {
            files.insert(name, std::fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

fn check_edition(dir: &Path) -> anyhow::Result<(Edition, usize)> {
    let bad = |what: String| BadInput(format!("{}/{what}", dir.display()));
    let files = read_edition(dir)?;
    let edition = Edition::parse(&files).map_err(|error| bad(error.to_string()))?;
    let cases = Case::all(&files).map_err(|error| bad(error.to_string()))?;
    for (file, case) in &cases {
        case.run(&edition).map_err(|failure| bad(format!("{file}：{failure}")))?;
    }
    Ok((edition, cases.len()))
}
