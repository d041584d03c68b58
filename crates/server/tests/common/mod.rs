//! The real binary, started and stopped as an administrator would.
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses its own part")]

pub mod listening;
pub mod mail_server;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The binary, told nothing by the environment the tests run in.
pub fn fengsui() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fengsui"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FENGSUI_")) {
        command.env_remove(name);
    }
    command.env("RUST_LOG", "warn");
    command
}

pub fn run(args: &[&str]) -> Output {
    fengsui().args(args).stdin(Stdio::null()).output().expect("started")
}

#[track_caller]
pub fn succeeds(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The exit code and what stands on standard error.
pub fn fails(args: &[&str]) -> (i32, String) {
    let output = run(args);
    (output.status.code().expect("an exit code"), String::from_utf8(output.stderr).expect("UTF-8"))
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8 path")
}

/// A port nobody listens on now.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").expect("bind").local_addr().expect("address")
}

/// A serving process; killed without mercy when dropped.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
}

impl Serving {
    /// Starts a command that serves on `address`, and waits until it answers.
    pub fn start(mut command: Command, address: SocketAddr) -> Serving {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("started");
        let mut serving = Serving { child, address };
        let begun = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing listens on {address}");
            assert!(serving.child.try_wait().expect("status").is_none(), "the server ended before it listened");
            std::thread::sleep(Duration::from_millis(20));
        }
        serving
    }

    /// `kill -9`: no destructor, no flush.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// Asks the process to end and waits for it. Returns whether it ended well.
    pub fn stop(mut self) -> bool {
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().expect("kill");
        asked.success() && self.child.wait().expect("gone").success()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
