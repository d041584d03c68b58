//! `kill -9` in the middle of writing: what was acknowledged is there afterwards, and the audit chain is whole.

mod common;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response};

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
    let mut command = fengsui();
    command.args(["serve", "--data", text(data), "--listen", &address.to_string()]);
    command.env("FENGSUI_SECOND_FACTOR", "false");
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
    let accounts = succeeds(&["demo", "--data", text(&data), "--stations", "3", "--only-data"]);
    let mut station =
        accounts.lines().map(|line| line.split('\t').collect::<Vec<_>>()).filter(|line| line[0] == "station_manager");
    let line = station.next().expect("a station account");
    let address = free_address();
    let mut server = Some(serve(&data, address));
    let station = Station::sign_in(address, line[1], line[2]).await;

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
