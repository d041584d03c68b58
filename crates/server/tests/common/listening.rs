//! Servers that really listen, on a port of their own, for what goes out.
#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its own part")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::{ServerConfig, pki_types::PrivateKeyDer};

/// A server that answers each connection by `answer`; where it listens, and how often it was asked.
pub async fn listen<F>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> (SocketAddr, Arc<AtomicUsize>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let here = listener.local_addr().expect("an address");
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(answer(stream));
        }
    });
    (here, asked)
}

/// Reads a request's head and sends these bytes.
pub async fn says(mut stream: TcpStream, bytes: Vec<u8>) {
    let mut head = [0u8; 4096];
    drop(stream.read(&mut head).await);
    drop(stream.write_all(&bytes).await);
}

/// An answer as it goes over the wire.
pub fn page(status: &str, head: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{head}\r\n{body}", body.len())
}

/// Speaks TLS with a certificate and its key, both as DER.
pub fn acceptor(certificate: &[u8], key: &[u8]) -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
    let key = PrivateKeyDer::Pkcs8(key.to_vec().into());
    let config = config.with_single_cert(vec![certificate.to_vec().into()], key).expect("a certificate");
    TlsAcceptor::from(Arc::new(config))
}

/// What somebody posted.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Path and query.
    pub target: String,
    head: String,
    pub body: String,
}

impl Posted {
    /// A header, by its name in small letters; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        let line = self.head.lines().filter_map(|line| line.split_once(": "));
        line.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next().unwrap_or_default()
    }
}

type Answering = Box<dyn Fn(&Posted) -> String + Send>;

/// A system that takes in messages by HTTP, and answers each the same way until told another.
pub struct Inbox {
    pub at: SocketAddr,
    answer: Arc<Mutex<Answering>>,
    posted: Arc<Mutex<Vec<Posted>>>,
}

impl Inbox {
    pub async fn open(answer: String) -> Inbox {
        Inbox::answering(move |_: &Posted| answer.clone()).await
    }

    /// One whose answer depends on what was posted.
    pub async fn answering(answer: impl Fn(&Posted) -> String + Send + 'static) -> Inbox {
        let answer: Answering = Box::new(answer);
        let answer = Arc::new(Mutex::new(answer));
        let posted: Arc<Mutex<Vec<Posted>>> = Arc::default();
        let (says, keeps) = (Arc::clone(&answer), Arc::clone(&posted));
        let (at, _) = listen(move |mut stream| {
            let (says, keeps) = (Arc::clone(&says), Arc::clone(&keeps));
            async move {
                if let Some(one) = read_request(&mut stream).await {
                    let answer = (*held(&says))(&one);
                    held(&keeps).push(one);
                    drop(stream.write_all(answer.as_bytes()).await);
                }
            }
        })
        .await;
        Inbox { at, answer, posted }
    }

    pub fn answers(&self, answer: String) {
        *held(&self.answer) = Box::new(move |_: &Posted| answer.clone());
    }

    /// What came in since this was last asked.
    pub fn posted(&self) -> Vec<Posted> {
        std::mem::take(&mut *held(&self.posted))
    }
}

pub fn held<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One request with its body; `None` when none came.
pub async fn read_request(stream: &mut TcpStream) -> Option<Posted> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let target = head.split(' ').nth(1)?.to_owned();
    let mut posted = Posted { target, head, body: String::new() };
    let length: usize = posted.header("content-length").parse().unwrap_or(0);
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    posted.body = String::from_utf8(bytes[end..end + length].to_vec()).ok()?;
    Some(posted)
}
