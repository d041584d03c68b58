//! A small HTTP/1.1 client: keep-alive, one request at a time per connection, no parsing beyond the head.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

/// Cookies and form token of a signed-in account; empty for none.
#[derive(Clone, Debug, Default)]
pub struct Session {
    cookies: String,
    csrf: String,
}

/// What a load gave.
pub struct Outcome {
    times: Vec<Duration>,
    wall: Duration,
    /// Bytes of one body.
    pub body: usize,
}

struct Answer {
    status: u16,
    cookies: Vec<String>,
    body: Vec<u8>,
}

impl Outcome {
    pub fn rate(&self) -> f64 {
        self.times.len() as f64 / self.wall.as_secs_f64()
    }

    fn percentile(&self, share: f64) -> f64 {
        let at = ((self.times.len() as f64 * share) as usize).min(self.times.len().saturating_sub(1));
        self.times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }

    pub fn print(&self, name: &str, per_second: f64, p99: f64) {
        let (rate, slow) = (self.rate(), self.percentile(0.99));
        let met = if rate >= per_second && slow <= p99 { "达到" } else { "未达到" };
        println!(
            "{name}：{rate:.0} 次/秒，p50 {:.2} ms，p99 {slow:.2} ms（目标 ≥ {per_second:.0} 次/秒，p99 ≤ {p99:.0} ms）{met}",
            self.percentile(0.5)
        );
    }
}

fn connect(at: SocketAddr) -> anyhow::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(at)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    Ok(BufReader::with_capacity(128 * 1024, stream))
}

fn exchange(stream: &mut BufReader<TcpStream>, request: &[u8]) -> anyhow::Result<Answer> {
    stream.get_mut().write_all(request)?;
    let (mut line, mut length, mut cookies) = (String::new(), 0usize, Vec::new());
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no status line")?;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse()?;
        } else if name.eq_ignore_ascii_case("set-cookie") {
            cookies.push(value.split(';').next().unwrap_or_default().to_owned());
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Answer { status, cookies, body })
}

fn get_request(session: &Session, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: {}\r\n\r\n", session.cookies).into_bytes()
}

fn post_request(session: &Session, path: &str, form: &str) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nCookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n",
        session.cookies,
        form.len()
    );
    (head + form).into_bytes()
}

/// One request on a connection of its own.
pub fn ask(at: SocketAddr, path: &str) -> anyhow::Result<()> {
    let answer = exchange(&mut connect(at)?, &get_request(&Session::default(), path))?;
    ensure!(answer.status == 200, "status {}", answer.status);
    Ok(())
}

fn token_in(page: &[u8]) -> Option<String> {
    let page = String::from_utf8_lossy(page);
    let rest = page.split("name=\"csrf\" value=\"").nth(1)?;
    Some(rest.split('"').next()?.to_owned())
}

impl Session {
    pub fn sign_in(at: SocketAddr, username: &str) -> anyhow::Result<Session> {
        let mut stream = connect(at)?;
        let page = exchange(&mut stream, &get_request(&Session::default(), "/login"))?;
        let before = Session { cookies: page.cookies.join("; "), csrf: String::new() };
        let csrf = token_in(&page.body).context("no token on the sign-in page")?;
        let form = format!("username={username}&password={}&csrf={csrf}", crate::prepare::PASSWORD);
        let answer = exchange(&mut stream, &post_request(&before, "/login", &form))?;
        ensure!(answer.status == 303, "{username}: sign-in gave {}", answer.status);
        let mut session = Session { cookies: answer.cookies.join("; "), csrf: String::new() };
        let desk = exchange(&mut stream, &get_request(&session, "/desk"))?;
        ensure!(desk.status == 200, "{username}: the desk gave {}", desk.status);
        session.csrf = token_in(&desk.body).context("no token on the desk")?;
        Ok(session)
    }
}

/// Runs `request` over and over on each connection; every answer must have the given status.
fn run(
    at: SocketAddr,
    connections: usize,
    length: Duration,
    status: u16,
    request: &(dyn Fn(usize, usize) -> Vec<u8> + Sync),
) -> anyhow::Result<Outcome> {
    let begun = Instant::now();
    let work = |lane: usize| -> anyhow::Result<(Vec<Duration>, usize)> {
        let (mut stream, mut times, mut body) = (connect(at)?, Vec::new(), 0);
        while begun.elapsed() < length {
            let asked = Instant::now();
            let answer = exchange(&mut stream, &request(lane, times.len()))?;
            times.push(asked.elapsed());
            ensure!(answer.status == status, "status {} instead of {status}", answer.status);
            body = answer.body.len();
        }
        Ok((times, body))
    };
    let lanes: Vec<anyhow::Result<_>> = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..connections).map(|lane| scope.spawn(move || work(lane))).collect();
        lanes.into_iter().map(|lane| lane.join().unwrap_or_else(|_| anyhow::bail!("a lane panicked"))).collect()
    });
    let (mut times, mut body) = (Vec::new(), 0);
    for lane in lanes {
        let (lane_times, lane_body) = lane?;
        times.extend(lane_times);
        body = lane_body;
    }
    times.sort();
    Ok(Outcome { times, wall: begun.elapsed(), body })
}

/// Pages in turn, each connection beginning elsewhere; one page alone is the same over and over.
pub fn get(
    at: SocketAddr,
    session: &Session,
    paths: &[String],
    connections: usize,
    length: Duration,
) -> anyhow::Result<Outcome> {
    let requests: Vec<Vec<u8>> = paths.iter().map(|path| get_request(session, path)).collect();
    run(at, connections, length, 200, &|lane, n| {
        requests[(lane * requests.len() / connections + n) % requests.len()].clone()
    })
}

/// An expert saves marks, each connection on works of its own. A save is acknowledged by its redirect.
pub fn save(
    at: SocketAddr,
    session: &Session,
    works: &[i64],
    connections: usize,
    length: Duration,
) -> anyhow::Result<Outcome> {
    let form = |lane: usize, n: usize| {
        let work = works[(lane + n * connections) % works.len()];
        let mark = format!("{}.{}", 5 + n % 5, n % 10);
        let form = format!("csrf={}&year=2026&item=warn.report&entry={work}&mark={mark}&comment=ok", session.csrf);
        post_request(session, "/appraisal/marks", &form)
    };
    run(at, connections, length, 303, &form)
}
