//! Against servers that really listen, allowed one by one.

mod account;
mod channels;
mod document;
#[path = "../../tests/common/listening.rs"]
mod listening;
#[path = "../../tests/common/mail_server.rs"]
mod mail_server;

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use self::listening::{acceptor, listen, page, says};
use super::*;

/// A server that gives every request the same bytes.
async fn fixed(bytes: impl Into<Vec<u8>>) -> SocketAddr {
    let bytes = bytes.into();
    listen(move |stream| says(stream, bytes.clone())).await.0
}

/// The way out with these sockets allowed, and less patience than in earnest.
fn outbound(allowed: &[SocketAddr]) -> Outbound {
    let settings = Settings { probe_allow: allowed.to_vec(), ..Settings::default() };
    limited(&settings)
}

fn limited(settings: &Settings) -> Outbound {
    let limits = Limits { time: Duration::from_secs(2), body: 64 * 1024, ..LIMITS };
    Outbound { way: Way::of(settings).expect("a way"), limits }
}

async fn look(at: SocketAddr, allowed: &[SocketAddr]) -> Seen {
    outbound(allowed).look(&format!("http://{at}/")).await
}

#[tokio::test]
async fn off_there_is_no_way_out() {
    assert!(Outbound::of(&Settings::default()).expect("settings").is_none());
}

#[tokio::test]
async fn a_page_that_opens_is_told_by_title_and_hash() {
    let body = "<html><title>示例预警网</title></html>";
    let at = fixed(page("200 OK", "content-type: text/html; charset=utf-8\r\n", body)).await;
    let seen = look(at, &[at]).await;
    assert_eq!((seen.why, seen.status, seen.title.as_str()), (None, Some(200), "示例预警网"));
    assert_eq!((seen.final_url, seen.size), (format!("http://{at}/"), body.len()));
    assert_eq!(seen.sha256, hex::encode(Sha256::digest(body)));
}

#[tokio::test]
async fn a_page_that_is_not_there_says_so() {
    let at = fixed(page("404 Not Found", "", "<title>不在</title>")).await;
    let seen = look(at, &[at]).await;
    assert_eq!(seen.why, Some(Why::Status(404, "页面不存在")));
    assert_eq!(seen.why.expect("why").to_string(), "网站返回 404，页面不存在。");
    assert_eq!((seen.status, seen.title.as_str(), seen.sha256.as_str()), (Some(404), "", ""));
}

#[tokio::test]
async fn a_redirect_is_followed_and_told() {
    let end = fixed(page("200 OK", "", "<title>columns</title>")).await;
    let start = fixed(page("302 Found", &format!("location: http://{end}/a#top\r\n"), "")).await;
    let seen = look(start, &[start, end]).await;
    assert_eq!((seen.why, seen.title.as_str()), (None, "columns"));
    assert_eq!(seen.final_url, format!("http://{end}/a"));
}

/// Where a public page sends us is judged like what was named: the socket it points to is never asked.
#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused_unasked() {
    let (inner, asked) = listen(|stream| says(stream, page("200 OK", "", "secret").into_bytes())).await;
    let start = fixed(page("302 Found", &format!("location: http://{inner}/\r\n"), "")).await;
    let seen = look(start, &[start]).await;
    assert_eq!((seen.status, seen.why), (Some(302), Some(Why::Port(inner.port()))));
    // On the ports of the web no port gives it away: the address does.
    for place in [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://100.64.0.9/",
    ] {
        let start = fixed(page("301 Moved Permanently", &format!("location: {place}\r\n"), "")).await;
        assert_eq!(look(start, &[start]).await.why, Some(Why::NotPublic), "{place}");
    }
    for place in ["file:///etc/passwd", "ftp://example.org/", "http://user:word@example.org/"] {
        let start = fixed(page("301 Moved Permanently", &format!("location: {place}\r\n"), "")).await;
        assert_eq!(look(start, &[start]).await.why, Some(Why::Address), "{place}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

/// One socket that is allowed opens neither its neighbours nor its port on other addresses.
#[tokio::test]
async fn an_allowance_is_for_one_socket() {
    let (at, asked) = listen(|stream| says(stream, page("200 OK", "", "").into_bytes())).await;
    let other = SocketAddr::new("127.0.0.2".parse().expect("address"), at.port());
    assert_eq!(look(at, &[other]).await.why, Some(Why::NotPublic));
    assert_eq!(outbound(&[other]).look("http://127.0.0.2/").await.why, Some(Why::NotPublic));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    // A name that leads to the allowed socket is as good as its number.
    assert_eq!(outbound(&[at]).look(&format!("http://localhost:{}/", at.port())).await.why.is_none(), localhost_is(at));
}

/// `localhost` gives ::1 as well on some machines, which is not allowed.
fn localhost_is(at: SocketAddr) -> bool {
    use std::net::ToSocketAddrs as _;
    ("localhost", at.port()).to_socket_addrs().is_ok_and(|mut all| all.all(|socket| socket == at))
}

#[tokio::test]
async fn redirects_have_an_end() {
    let (at, asked) = listen(|stream| async move {
        says(stream, page("302 Found", "location: /again\r\n", "").into_bytes()).await;
    })
    .await;
    let seen = look(at, &[at]).await;
    assert_eq!(seen.why.as_ref().map(ToString::to_string), Some("跳转超过 5 次。".to_owned()));
    assert_eq!(asked.load(Ordering::Relaxed), 6);
    let nowhere = fixed(page("302 Found", "", "")).await;
    assert_eq!(look(nowhere, &[nowhere]).await.why, Some(Why::Broken));
}

#[tokio::test]
async fn a_slow_server_is_not_waited_for() {
    let silent = listen(|stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    });
    let silent = silent.await.0;
    let seen = look(silent, &[silent]).await;
    assert_eq!((seen.status, seen.why), (None, Some(Why::Slow(2))));
    assert!(seen.took < Duration::from_secs(10), "{:?}", seen.took);
    // One that begins and then drips is cut off as well.
    let dripping = listen(|mut stream| async move {
        says_some(&mut stream, b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await;
        for _ in 0..1000 {
            if stream.write_all(b"x").await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let dripping = dripping.await.0;
    let seen = look(dripping, &[dripping]).await;
    assert_eq!((seen.status, seen.why), (Some(200), Some(Why::Slow(2))));
}

async fn says_some(stream: &mut TcpStream, bytes: &[u8]) {
    let mut head = [0u8; 4096];
    drop(stream.read(&mut head).await);
    drop(stream.write_all(bytes).await);
}

#[tokio::test]
async fn a_big_page_is_read_to_the_limit_and_no_further() {
    let endless = listen(|mut stream| async move {
        says_some(&mut stream, b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<title>big</title>").await;
        let block = [b'x'; 16 * 1024];
        while stream.write_all(&block).await.is_ok() {}
    });
    let endless = endless.await.0;
    let seen = look(endless, &[endless]).await;
    assert_eq!((seen.why, seen.size, seen.title.as_str()), (None, 64 * 1024, "big"));
}

#[tokio::test]
async fn a_broken_answer_is_told_apart_from_none() {
    let cut = fixed("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
    assert_eq!(look(cut, &[cut]).await.why, Some(Why::Broken));
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("bound").local_addr().expect("an address");
    assert_eq!(look(closed, &[closed]).await.why, Some(Why::Connect));
    let unknown = outbound(&[]).look("http://no-such-name.invalid/").await;
    assert_eq!((unknown.why, unknown.status), (Some(Why::Unresolved), None));
}

/// A certificate nobody vouches for, and a server that does not speak TLS at all.
#[tokio::test]
async fn a_bad_certificate_is_no_website() {
    let certificate = include_bytes!("../../tests/fixtures/self_signed.der");
    let acceptor = acceptor(certificate, include_bytes!("../../tests/fixtures/self_signed.key.der"));
    let (at, _) = listen(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                drop(stream.write_all(page("200 OK", "", "").as_bytes()).await);
            }
        }
    })
    .await;
    let plain = fixed(page("200 OK", "", "")).await;
    for socket in [at, plain] {
        let seen = outbound(&[socket]).look(&format!("https://{socket}/")).await;
        assert_eq!((seen.status, seen.why), (None, Some(Why::Tls)), "{socket}");
    }
}

#[tokio::test]
async fn addresses_nobody_opens() {
    for (address, why) in [
        ("", Why::Address),
        ("example.org", Why::Address),
        ("javascript:alert(1)", Why::Address),
        ("http://", Why::Address),
        ("gopher://example.org/", Why::Address),
        ("http://example.org:22/", Why::Port(22)),
        ("https://example.org:8443/", Why::Port(8443)),
        ("http://192.168.1.1/", Why::NotPublic),
        ("http://[fd00::1]/", Why::NotPublic),
    ] {
        assert_eq!(outbound(&[]).look(address).await.why, Some(why), "{address}");
    }
}

/// Through a proxy the connection is the proxy's: an address that is ours is refused before it hears of it.
#[tokio::test]
async fn a_proxy_is_asked_for_everything_but_private_addresses() {
    let (proxy, asked) = listen(|stream| says(stream, page("200 OK", "", "<title>via</title>").into_bytes())).await;
    let through = limited(&Settings { outbound_proxy: format!("http://{proxy}/"), ..Settings::default() });
    let seen = through.look("http://no-such-name.invalid/").await;
    assert_eq!((seen.why, seen.title.as_str()), (None, "via"));
    for address in ["http://127.0.0.1/", "http://localhost/", "http://10.1.2.3/"] {
        assert_eq!(through.look(address).await.why, Some(Why::NotPublic), "{address}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}
