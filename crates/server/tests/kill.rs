//! `kill -9` in the middle of writing: what was acknowledged is there afterwards, and the audit chain is whole. And in the
//! middle of sending: what a worker had in its hands arrives once, under the name it had.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use regulation::general::{Actor, Subject, Verb, may};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use store::Store;
use store::duties::NewSubscription;
use store::query::Query;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use common::listening::{held, listen};
use common::mail_server::{MailServer, Speaks};
use common::{Serving, fengsui, free_address, run, succeeds, text};

const WRITES: usize = 200;
const KILLS: usize = 6;
const WRITERS: usize = 4;

/// Numbers that look random and are the same every time (xorshift).
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

fn serve(data: &Path, address: SocketAddr) -> Serving {
    serve_mailing(data, address, None)
}

/// Serves, sending mail by the server at that address.
fn serve_mailing(data: &Path, address: SocketAddr, mail: Option<SocketAddr>) -> Serving {
    let mut command = fengsui();
    command.args(["serve", "--data", text(data), "--listen", &address.to_string()]);
    command.env("FENGSUI_SECOND_FACTOR", "false");
    if let Some(mail) = mail {
        command.env("FENGSUI_MAIL_SERVER", mail.to_string());
        command.env("FENGSUI_MAIL_SECURITY", "none").env("FENGSUI_MAIL_FROM", "warning@fengsui.example.cn");
    }
    Serving::start(command, address)
}

/// A station's browser. Its session lives in the database, so it outlasts the server.
#[derive(Clone)]
struct Station {
    client: Client,
    base: String,
    csrf: String,
}

fn field(html: &str, name: &str) -> String {
    let (_, rest) =
        html.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name} in {html}"));
    rest.split_once('"').expect("a quote").0.to_owned()
}

impl Station {
    #[expect(clippy::disallowed_methods, reason = "the test is a browser of the server it started")]
    async fn sign_in(address: SocketAddr, username: &str, password: &str) -> Station {
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder().cookie_store(true).redirect(Policy::none()).timeout(Duration::from_secs(20));
        let client = client.build().expect("client");
        let base = format!("http://{address}");
        let page = client.get(format!("{base}/login")).send().await.expect("page").text().await.expect("text");
        let form =
            [("csrf", field(&page, "csrf")), ("username", username.to_owned()), ("password", password.to_owned())];
        let answer = client.post(format!("{base}/login")).form(&form).send().await.expect("answer");
        assert_eq!(answer.status(), 303, "{username} signs in");
        let page =
            client.get(format!("{base}/appraisal/ledger/new")).send().await.expect("page").text().await.expect("text");
        Station { client, base, csrf: field(&page, "csrf") }
    }

    /// Files an entry; the number under which it was acknowledged.
    async fn file(&self, title: &str) -> Option<i64> {
        let fields = [
            ("csrf", self.csrf.as_str()),
            ("kind", "warning.published"),
            ("on", "2026-01-15"),
            ("count", "1"),
            ("title", title),
        ];
        let sent = self.client.post(format!("{}/appraisal/ledger", self.base)).form(&fields).send().await;
        acknowledged(&sent.ok()?)
    }

    /// Drafts a warning and publishes it; its key.
    async fn publish(&self) -> i64 {
        let post = async |path: String, fields: &[(&str, &str)]| {
            let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("csrf", self.csrf.as_str())]).collect();
            let sent = self.client.post(format!("{}{path}", self.base)).form(&fields).send().await.expect("answer");
            assert_eq!(sent.status(), 303, "{path}");
            sent.headers()["location"].to_str().expect("a place").to_owned()
        };
        let fields = [
            ("level", "red"),
            ("title", "关于轮胎的预警"),
            ("kind", "反倾销"),
            ("market", "美国"),
            ("summary", "调查机关公告立案。"),
            ("products", "轮胎"),
            ("hs_codes", "4011"),
            ("advice", "核对出口。"),
            ("source_title", "公告"),
        ];
        let place = post("/duties/warnings".to_owned(), &fields).await;
        let id = place.strip_prefix("/duties/warnings/").and_then(|rest| rest.split('?').next()).expect("a key");
        post(format!("/duties/warnings/{id}/publication"), &[]).await;
        id.parse().expect("a number")
    }

    async fn page(&self, id: i64) -> String {
        let answer = self.client.get(format!("{}/appraisal/ledger/{id}", self.base)).send().await.expect("answer");
        assert_eq!(answer.status(), 200, "entry {id} is gone");
        answer.text().await.expect("text")
    }
}

fn acknowledged(answer: &Response) -> Option<i64> {
    assert!(answer.status() == 303, "a write was answered with {}", answer.status());
    let place = answer.headers().get("location")?.to_str().ok()?;
    place.strip_prefix("/appraisal/ledger/")?.split('?').next()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_write_is_lost() {
    let folder = tempfile::TempDir::new().expect("folder");
    let data = folder.path().join("data");
    let (username, password) = sample(&data);
    let address = free_address();
    let mut server = Some(serve(&data, address));
    let station = Station::sign_in(address, &username, &password).await;

    let written = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| tokio::spawn(write_on(station.clone(), writer, Arc::clone(&written)))).collect();
    let mut seeded = Seeded(20_260_918);
    for kill in 0..KILLS {
        // Somewhere within this sixth of the writes, and somewhere within a commit.
        let from = kill * WRITES / KILLS;
        let at = from + usize::try_from(seeded.below((WRITES / KILLS) as u64)).expect("small");
        while written.load(Ordering::Acquire) < at {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(seeded.below(8_000))).await;
        server.take().expect("serving").kill();
        verified(&data);
        server = Some(serve(&data, address));
    }
    let mut kept = BTreeMap::new();
    for writer in writers {
        kept.extend(writer.await.expect("writer"));
    }
    assert!(kept.len() >= WRITES, "{} writes acknowledged", kept.len());
    for (id, title) in &kept {
        assert!(station.page(*id).await.contains(title.as_str()), "entry {id} is not {title}");
    }
    assert!(server.take().expect("serving").stop(), "the server ends well when asked");
    verified(&data);
    println!("{} writes acknowledged, {KILLS} kills, nothing lost", kept.len());
}

/// The sample province with a station's manager: name and password.
fn sample(data: &Path) -> (String, String) {
    let accounts = succeeds(&["demo", "--data", text(data), "--stations", "3", "--only-data"]);
    let lines = accounts.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let line = lines.into_iter().find(|line| line[0] == "station_manager").expect("a station account");
    (line[1].to_owned(), line[2].to_owned())
}

/// Takes a letter in to its end, keeps its name, and never says that it has it.
async fn hears(stream: TcpStream, names: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 silent.test ESMTP\r\n").await?;
    let mut text = String::new();
    let mut in_letter = false;
    while stream.read_line(&mut text).await? > 0 {
        let line = text.rsplit_terminator("\r\n").next().unwrap_or_default().to_owned();
        if in_letter && line == "." {
            let name = text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap_or_default();
            held(&names).push(name.to_owned());
            std::future::pending::<()>().await;
        }
        if !in_letter {
            let answer = if line == "DATA" { "354 go on" } else { "250 ok" };
            in_letter = line == "DATA";
            text.clear();
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
    }
    Ok(())
}

/// Until something holds; a minute at most.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The mail server had the letters and had not said so when the worker died: each arrives once more and never again, under
/// the same name, by which a mail system knows it for the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dying_worker_had_in_its_hands_arrives_once() {
    const ADDRESSES: usize = 12;
    let folder = tempfile::TempDir::new().expect("folder");
    let data = folder.path().join("data");
    let (username, password) = sample(&data);
    subscribe(&data, ADDRESSES).await;
    let names = Arc::new(Mutex::new(Vec::new()));
    let keeps = Arc::clone(&names);
    let (silent, _) = listen(move |stream| {
        let keeps = Arc::clone(&keeps);
        async move { drop(hears(stream, keeps).await) }
    })
    .await;
    let address = free_address();
    let server = serve_mailing(&data, address, Some(silent));
    let id = Station::sign_in(address, &username, &password).await.publish().await;
    until("letters are under way", || held(&names).len() >= 4).await;
    server.kill();
    let under_way: BTreeSet<String> = held(&names).iter().cloned().collect();

    let mail = MailServer::open(Speaks::Plain).await;
    let server = serve_mailing(&data, address, Some(mail.at));
    let mut letters = Vec::new();
    let mut quiet = Instant::now();
    while letters.len() < ADDRESSES || quiet.elapsed() < Duration::from_secs(3) {
        assert!(quiet.elapsed() < Duration::from_secs(60), "{} letters", letters.len());
        let arrived = mail.letters();
        if !arrived.is_empty() {
            (letters, quiet) = (letters.into_iter().chain(arrived).collect(), Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(server.stop(), "the server ends well when asked");
    let count = async |sql: &'static str| {
        let store = Store::open_in(&data).await.expect("open");
        let (count,): (i64,) = store.one(Query::new(sql).bind(id)).await.expect("counted");
        store.close().await;
        usize::try_from(count).expect("a count")
    };
    let sent = count("SELECT (SELECT count(*) FROM posting WHERE warning_id = $1 AND state = 'sent') + (SELECT count(*) FROM delivery WHERE warning_id = $1 AND state = 'sent')").await;
    let other = count("SELECT (SELECT count(*) FROM posting WHERE warning_id = $1 AND channel = 'mail' AND state <> 'sent') + (SELECT count(*) FROM delivery WHERE warning_id = $1 AND state <> 'sent')").await;
    assert_eq!((sent, other), (letters.len(), 0), "each message has its letter");
    let arrived: BTreeSet<String> = letters.iter().map(|letter| letter.header("Message-ID")).collect();
    let recipients: BTreeSet<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
    assert_eq!((arrived.len(), recipients.len()), (letters.len(), letters.len()), "one each");
    assert!(under_way.is_subset(&arrived), "{under_way:?} came under other names: {arrived:?}");
    verified(&data);
    println!("{} letters, {} of them under way at the kill, each once", letters.len(), under_way.len());
}

/// Addresses that hear of every warning, as if each had confirmed.
async fn subscribe(data: &Path, addresses: usize) {
    let store = Store::open_in(data).await.expect("open");
    let at: Timestamp = "2026-01-15T02:00:00Z".parse().expect("instant");
    let mandate = may(&Actor::public(), Verb::Subscribe, &Subject::whole("subscription", 0), store::day_of(at));
    let mandate = mandate.expect("anyone may");
    let mut tx = store.begin(&mandate, at).await.expect("begin");
    for n in 0..addresses {
        let address = format!("told{n}@example.org");
        let new = NewSubscription {
            channel: "mail",
            mark: address.clone(),
            token: format!("{n:064}"),
            address,
            least: "blue".to_owned(),
            confirmed: true,
            ..NewSubscription::default()
        };
        tx.add_subscription(&new).await.expect("subscribed");
    }
    tx.commit().await.expect("commit");
    store.close().await;
}

/// Writes until all writers together have enough; what fails is written again, as a person would.
async fn write_on(station: Station, writer: usize, written: Arc<AtomicUsize>) -> BTreeMap<i64, String> {
    let mut kept = BTreeMap::new();
    for n in 0.. {
        if written.load(Ordering::Acquire) >= WRITES {
            break;
        }
        let title = format!("预警 {writer}-{n}");
        match station.file(&title).await {
            Some(id) => {
                assert!(kept.insert(id, title).is_none(), "entry {id} was acknowledged twice");
                written.fetch_add(1, Ordering::AcqRel);
            }
            None => tokio::time::sleep(Duration::from_millis(25)).await,
        }
    }
    kept
}

fn verified(data: &Path) {
    let output = run(&["audit", "verify", "--data", text(data)]);
    assert!(output.status.success(), "audit verify: {}", String::from_utf8_lossy(&output.stderr));
}
