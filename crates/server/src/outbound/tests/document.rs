//! Documents fetched from servers that really listen.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::AsyncWriteExt as _;

use super::listening::{Inbox, listen, page, read_request};
use crate::config::{Secret, Settings};
use crate::outbound::document::{Found, Library, Missed, Wanted};

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().expect("an instant")
}

fn library(allowed: &[SocketAddr]) -> Library {
    let settings = Settings { probe_allow: allowed.to_vec(), ..Settings::default() };
    Library::of(&settings).expect("a library")
}

fn wanted(at: SocketAddr) -> Wanted<'static> {
    Wanted {
        url: format!("http://{at}/list?a=1").parse().expect("an address"),
        accept: "application/json",
        etag: "",
        last_modified: "",
        key: None,
        largest: 1024 * 1024,
        time: Duration::from_secs(5),
    }
}

async fn fetch(at: SocketAddr) -> Result<Found, Missed> {
    library(&[at]).fetch(&wanted(at), now()).await
}

#[tokio::test]
async fn a_document_comes_whole_with_its_marks() {
    let head = "etag: \"v1\"\r\nlast-modified: Thu, 26 Nov 2026 10:00:00 GMT\r\n";
    let inbox = Inbox::open(page("200 OK", head, "[1]")).await;
    let Ok(Found::Document { bytes, etag, last_modified }) = fetch(inbox.at).await else { panic!("a document") };
    assert_eq!((&bytes[..], etag.as_str()), (&b"[1]"[..], "\"v1\""));
    inbox.answers(page("304 Not Modified", "", ""));
    let again = Wanted { etag: &etag, last_modified: &last_modified, ..wanted(inbox.at) };
    assert_eq!(library(&[inbox.at]).fetch(&again, now()).await, Ok(Found::Unchanged));
    let asked = inbox.posted();
    assert_eq!((asked[0].target.as_str(), asked[0].header("accept")), ("/list?a=1", "application/json"));
    assert_eq!((asked[0].header("if-none-match"), asked[0].header("if-modified-since")), ("", ""));
    assert_eq!(asked[1].header("if-none-match"), "\"v1\"");
    assert_eq!(asked[1].header("if-modified-since"), "Thu, 26 Nov 2026 10:00:00 GMT");
    // Whoever was not asked whether anything changed cannot say that nothing did.
    let why = fetch(inbox.at).await.expect_err("nothing");
    assert!(why.reason.contains("304"), "{}", why.reason);
}

#[tokio::test]
async fn what_does_not_come_is_told_with_the_wait_asked_for() {
    for (status, head, reason, wait) in [
        ("404 Not Found", "", "网站返回 404，页面不存在。", None),
        ("429 Too Many Requests", "retry-after: 90\r\n", "网站返回 429，访问被限制。", Some(90)),
        ("503 Unavailable", "retry-after: Fri, 27 Nov 2026 02:05:00 GMT\r\n", "网站返回 503，服务器出错。", Some(300)),
        ("503 Unavailable", "retry-after: Fri, 27 Nov 2026 01:00:00 GMT\r\n", "网站返回 503，服务器出错。", None),
        ("500 Error", "retry-after: soon\r\n", "网站返回 500，服务器出错。", None),
    ] {
        let inbox = Inbox::open(page(status, head, "")).await;
        let missed = fetch(inbox.at).await.expect_err("nothing");
        assert_eq!(missed, Missed { reason: reason.to_owned(), wait: wait.map(Duration::from_secs) });
    }
}

#[tokio::test]
async fn a_document_without_end_is_left() {
    let announced = Inbox::open("HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n".to_owned()).await;
    let endless = listen(|mut stream| async move {
        drop(read_request(&mut stream).await);
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await);
        let block = [b'1'; 16 * 1024];
        while stream.write_all(&block).await.is_ok() {}
    });
    for at in [announced.at, endless.await.0] {
        assert_eq!(fetch(at).await.expect_err("nothing").reason, "文件超过 1 MB，不再读取。");
    }
    let cut = Inbox::open("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[1,".to_owned()).await;
    assert_eq!(fetch(cut.at).await.expect_err("nothing").reason, "服务器的答复不完整，连接中断。");
}

/// Where a source leads is judged like what the settings name, and hears nothing that was meant for the source alone.
#[tokio::test]
async fn a_source_may_lead_on_but_not_inside_and_not_with_the_key() {
    let inner = Inbox::open(page("200 OK", "", "secret")).await;
    let end = Inbox::open(page("200 OK", "", "[]")).await;
    let start = Inbox::open(page("302 Found", &format!("location: http://{}/a\r\n", end.at), "")).await;
    let key = Secret::from("k1".to_owned());
    let wanted = Wanted { key: Some(("ocp-apim-subscription-key", &key)), ..wanted(start.at) };
    let library = library(&[start.at, end.at]);
    assert!(matches!(library.fetch(&wanted, now()).await, Ok(Found::Document { .. })));
    assert_eq!(start.posted()[0].header("ocp-apim-subscription-key"), "k1");
    assert_eq!(end.posted()[0].header("ocp-apim-subscription-key"), "");
    for (place, reason) in [
        (format!("http://{}/", inner.at), "不在允许之列"),
        ("http://169.254.169.254/latest/".to_owned(), "内部网络"),
        ("http://localhost/".to_owned(), "内部网络"),
        ("file:///etc/passwd".to_owned(), "网址不完整"),
    ] {
        start.answers(page("302 Found", &format!("location: {place}\r\n"), ""));
        let missed = library.fetch(&wanted, now()).await.expect_err("refused");
        assert!(missed.reason.contains(reason), "{place}: {}", missed.reason);
    }
    start.posted();
    start.answers(page("302 Found", "location: /again\r\n", ""));
    assert_eq!(library.fetch(&wanted, now()).await.expect_err("refused").reason, "跳转超过 3 次。");
    assert_eq!((start.posted().len(), inner.posted().len()), (4, 0));
}
