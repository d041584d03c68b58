//! The pages under load, beside a bare axum handler that answers with as many bytes (docs: BASELINES).
//!
//! `cargo bench -p server --bench web [-- SECONDS]`. The server is the real binary in a process of its own; the
//! load comes from four keep-alive connections of this one.

mod load;
mod prepare;

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use load::{Outcome, Session};

const CONNECTIONS: usize = 4;

fn main() -> anyhow::Result<()> {
    if let Ok(size) = std::env::var("FENGSUI_BENCH_BARE") {
        return bare(size.parse()?);
    }
    let seconds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(10);
    let length = Duration::from_secs(seconds);
    let dir = tempfile::tempdir()?;
    let prepared = prepare::province(dir.path())?;
    println!(
        "{} 笔台账（其中 {} 笔说到轮胎），{} 条已发布预警，{} 个评分，{CONNECTIONS} 个连接，每项 {seconds} 秒",
        prepare::ENTRIES,
        prepare::TYRES,
        prepared.warnings.len(),
        prepare::MARKS
    );
    println!("本机逐次落盘（fsync）：{:.0} 次/秒", fsync_rate(dir.path())?);

    let (mut server, started, at) = serve(dir.path())?;
    println!("启动到首次应答：{} ms", started.as_millis());
    let province = Session::sign_in(at, "province")?;
    let expert = Session::sign_in(at, "expert")?;

    // Every page another one, so that each is built: this is what the targets are held against.
    let list = "/appraisal/ledger?year=2026&kind=warning.published&size=50";
    let lists: Vec<String> = prepared.cursors.iter().map(|cursor| format!("{list}&after={cursor}")).collect();
    let details: Vec<String> = (1..=prepared.entry).map(|id| format!("/appraisal/ledger/{id}")).collect();
    let warnings: Vec<String> = prepared.warnings.iter().map(|id| format!("/warnings/{id}")).collect();
    let search = "/general/search?q=%E8%BD%AE%E8%83%8E".to_owned();
    let (province, anyone) = (&province, &Session::default());
    let reads = [
        ("列表，筛选，50 行，页页不同", province, lists, 1500.0, 15.0),
        ("列表，同一页再看", province, vec![list.to_owned()], 1500.0, 15.0),
        ("详情，页页不同", province, details, 3000.0, 10.0),
        ("详情，同一页再看", province, vec![format!("/appraisal/ledger/{}", prepared.entry)], 3000.0, 10.0),
        ("检索“轮胎”，30 行，计数准确", province, vec![search], 300.0, 40.0),
        ("公众：预警列表，30 行", anyone, vec!["/warnings".to_owned()], 1500.0, 15.0),
        ("公众：预警，页页不同", anyone, warnings, 3000.0, 10.0),
    ];
    for (name, session, paths, per_second, p99) in &reads {
        let page = load::get(at, session, paths, CONNECTIONS, length)?;
        page.print(name, *per_second, *p99);
        let bare = against_bare(page.body, length)?;
        println!(
            "    同样大小（{} 字节）的裸 axum：{:.0} 次/秒，比值 {:.2}（目标 ≥ 0.33）",
            page.body,
            bare.rate(),
            page.rate() / bare.rate()
        );
    }
    let save = load::save(at, &expert, &prepared.works, CONNECTIONS, length)?;
    save.print("保存评分（表单，落盘）", 1500.0, 30.0);
    println!("服务进程内存峰值：{} MB（目标 ≤ 150）", peak_memory(server.id()).unwrap_or_default() / 1024);
    server.kill()?;
    server.wait()?;
    Ok(())
}

/// Writes and syncs 4 KiB at a time for a second.
fn fsync_rate(dir: &Path) -> anyhow::Result<f64> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(dir.join("fsync"))?;
    let (begun, mut count) = (Instant::now(), 0u32);
    while begun.elapsed() < Duration::from_secs(1) {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

fn free_port() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Starts the real binary and waits for its first answer.
fn serve(dir: &Path) -> anyhow::Result<(Child, Duration, SocketAddr)> {
    let at = free_port()?;
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fengsui"))
        .args(["serve", "--data"])
        .arg(dir)
        .args(["--listen", &at.to_string()])
        .env("FENGSUI_SECOND_FACTOR", "false")
        .env("RUST_LOG", "warn")
        .stderr(Stdio::inherit())
        .spawn()?;
    while load::ask(at, "/healthz").is_err() {
        anyhow::ensure!(child.try_wait()?.is_none(), "the server ended");
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(20), "the server does not answer");
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok((child, begun.elapsed(), at))
}

/// This program again, as a bare handler with a body of `size` bytes.
fn against_bare(size: usize, length: Duration) -> anyhow::Result<Outcome> {
    let mut child = Command::new(std::env::current_exe()?)
        .env("FENGSUI_BENCH_BARE", size.to_string())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let at: SocketAddr = line.trim().parse()?;
    let outcome = load::get(at, &Session::default(), &["/".to_owned()], CONNECTIONS, length);
    child.kill()?;
    child.wait()?;
    outcome
}

#[tokio::main]
async fn bare(size: usize) -> anyhow::Result<()> {
    let body = bytes::Bytes::from(vec![b'x'; size]);
    let handler = move || {
        let body = body.clone();
        async move { ([("content-type", "text/html; charset=utf-8")], body) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, axum::Router::new().route("/", axum::routing::get(handler))).await?;
    Ok(())
}

/// Highest resident memory so far, in KiB.
fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
