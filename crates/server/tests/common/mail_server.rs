//! A mail server that really listens: takes letters in, or says what it is told to say.
#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its own part")]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio_rustls::TlsAcceptor;

use super::listening::{acceptor, held, listen};

pub const CERTIFICATE: &[u8] = include_bytes!("../fixtures/mail_server.der");
const KEY: &[u8] = include_bytes!("../fixtures/mail_server.key.der");

/// How it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    Plain,
    /// Offers STARTTLS, and takes no letter before.
    StartTls,
    Tls,
}

/// A letter it took in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    pub from: String,
    pub to: String,
    /// Headers and body with their line ends, the dots taken off.
    pub text: String,
    /// What the sender logged in with, `user:password`; empty when it did not.
    pub login: String,
    pub secure: bool,
}

impl Letter {
    /// A header's value, unfolded; empty when there is none.
    pub fn header(&self, name: &str) -> String {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).next().unwrap_or_default()
    }
}

pub struct MailServer {
    pub at: SocketAddr,
    letters: Arc<Mutex<Vec<Letter>>>,
    script: Arc<Mutex<HashMap<String, String>>>,
}

impl MailServer {
    pub async fn open(speaks: Speaks) -> MailServer {
        let (letters, script) = (Arc::default(), Arc::default());
        let desk = Desk { speaks, letters: Arc::clone(&letters), script: Arc::clone(&script) };
        let tls = acceptor(CERTIFICATE, KEY);
        let (at, _) = listen(move |stream| {
            let (desk, tls) = (desk.clone(), tls.clone());
            async move {
                if speaks == Speaks::Tls {
                    let Ok(stream) = tls.accept(stream).await else { return };
                    drop(desk.attend(stream, true, true).await);
                } else if let Ok(Some(stream)) = desk.attend(stream, false, true).await {
                    drop(desk.go_on(stream, &tls).await);
                }
            }
        })
        .await;
        MailServer { at, letters, script }
    }

    /// From now on answers a command (`RCPT`, `DATA`, `.` for a letter's end, empty for the greeting) like this; an empty
    /// answer breaks the connection off.
    pub fn answers(&self, command: &str, answer: &str) {
        held(&self.script).insert(command.to_owned(), answer.to_owned());
    }

    /// What it took in since this was last asked.
    pub fn letters(&self) -> Vec<Letter> {
        std::mem::take(&mut *held(&self.letters))
    }
}

#[derive(Clone)]
struct Desk {
    speaks: Speaks,
    letters: Arc<Mutex<Vec<Letter>>>,
    script: Arc<Mutex<HashMap<String, String>>>,
}

impl Desk {
    async fn go_on(&self, stream: tokio::net::TcpStream, tls: &TlsAcceptor) -> std::io::Result<()> {
        let stream = tls.accept(stream).await?;
        self.attend(stream, true, false).await.map(drop)
    }

    /// Attends to one connection; gives it back where it is to go on in TLS.
    async fn attend<S>(&self, stream: S, secure: bool, greets: bool) -> std::io::Result<Option<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut stream = BufReader::new(stream);
        if greets && !self.say(&mut stream, "", "220 mail.test ESMTP").await? {
            return Ok(None);
        }
        let mut letter = Letter { secure, ..Letter::default() };
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(None);
            }
            let line = line.trim_end();
            let command = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
            let behind = |mark: &str| line.split_once(mark).map(|(_, rest)| rest.trim_end_matches('>').to_owned());
            let offers = match (self.speaks, secure) {
                (Speaks::StartTls, false) => "250-mail.test\r\n250 STARTTLS",
                _ => "250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            };
            let usual = match command.as_str() {
                "EHLO" => offers,
                "STARTTLS" if self.speaks == Speaks::StartTls => "220 go on",
                _ if self.speaks == Speaks::StartTls && !secure => "530 5.7.0 must issue STARTTLS first",
                "AUTH" => {
                    letter.login = login(line);
                    "235 2.7.0 welcome"
                }
                "MAIL" => {
                    letter.from = behind("<").unwrap_or_default();
                    "250 2.1.0 ok"
                }
                "RCPT" => {
                    letter.to = behind("<").unwrap_or_default();
                    "250 2.1.5 ok"
                }
                "DATA" => "354 end with a dot",
                "QUIT" => "221 2.0.0 bye",
                _ => "502 5.5.2 unknown",
            };
            if !self.say(&mut stream, &command, usual).await? || command == "QUIT" {
                return Ok(None);
            }
            if command == "STARTTLS" && usual.starts_with("220") {
                return Ok(Some(stream.into_inner()));
            }
            if command == "DATA" && !held(&self.script).contains_key("DATA") {
                letter.text = read_letter(&mut stream).await?;
                if !held(&self.script).contains_key(".") {
                    held(&self.letters).push(letter.clone());
                }
                if !self.say(&mut stream, ".", "250 2.0.0 Ok: queued as 4F2A").await? {
                    return Ok(None);
                }
            }
        }
    }

    /// Says what it was told to, or the usual; whether the connection goes on.
    async fn say<S>(&self, stream: &mut BufReader<S>, to: &str, usual: &str) -> std::io::Result<bool>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let answer = held(&self.script).get(to).cloned().unwrap_or_else(|| usual.to_owned());
        if !answer.is_empty() {
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
            stream.flush().await?;
        }
        Ok(!answer.is_empty())
    }
}

async fn read_letter<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

/// `AUTH PLAIN` with its answer on the same line.
fn login(line: &str) -> String {
    use base64::Engine as _;
    let given = line.strip_prefix("AUTH PLAIN ").unwrap_or_default();
    let given = base64::engine::general_purpose::STANDARD.decode(given).unwrap_or_default();
    String::from_utf8(given).unwrap_or_default().trim_start_matches('\0').replace('\0', ":")
}
