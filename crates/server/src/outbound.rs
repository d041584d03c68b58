//! The one way out of the server: opening an address that somebody else named, to see whether a website is there
//! (Articles 5 (3) and 6 (4)).
//!
//! Whoever names an address could name one of ours. Only http and https on their own ports are asked, and only public
//! addresses: a name is resolved here, every address it gives is judged, and the connection goes to these and no others.
//! Each redirect is judged anew. What comes back is bounded in time and size, and none of it is ever shown but its title.

mod page;
mod public;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, Response, Url};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use sha2::{Digest, Sha256};

use self::page::title;
use self::public::is_public;
use crate::config::Settings;

/// How far one look goes.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// From the first step to the last byte.
    time: Duration,
    /// Bytes of a page that are read; the rest is left.
    body: usize,
    redirects: usize,
}

const LIMITS: Limits = Limits { time: Duration::from_secs(20), body: 1024 * 1024, redirects: 5 };

/// Opens addresses, within the guard described above.
pub struct Outbound {
    tls: ClientConfig,
    /// Sockets that may be asked though they are not public: of the operator's choosing.
    allowed: Vec<SocketAddr>,
    proxy: Option<Url>,
    limits: Limits,
}

/// What was seen at an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The last answer's.
    pub status: Option<u16>,
    /// Where redirects led, as far as they were followed.
    pub final_url: String,
    pub took: Duration,
    pub title: String,
    /// Bytes of the page that were read, and their hash.
    pub size: usize,
    pub sha256: String,
    /// Why the page did not open; `None` when it did.
    pub why: Option<Why>,
}

/// Why a page did not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("网址不完整，应以 http:// 或者 https:// 开头，不带用户名。")]
    Address,
    #[error("网址的端口 {0} 不在允许之列，网站应使用 80 或者 443 端口。")]
    Port(u16),
    #[error("网址指向内部网络或者保留的地址，不予访问。")]
    NotPublic,
    #[error("域名无法解析。")]
    Unresolved,
    #[error("跳转超过 {0} 次。")]
    Redirects(usize),
    #[error("{0}秒内没有打开。")]
    Slow(u64),
    #[error("安全连接失败，证书无效、过期或者不受信任。")]
    Tls,
    #[error("连接不上，服务器没有响应或者拒绝连接。")]
    Connect,
    #[error("服务器的答复不完整，连接中断。")]
    Broken,
    #[error("网站返回 {0}，{1}。")]
    Status(u16, &'static str),
}

impl Outbound {
    /// The way out, where the settings open one.
    ///
    /// # Errors
    /// Fails on a proxy that is no address, and when the machine has no root certificates to judge others by.
    pub fn of(settings: &Settings) -> anyhow::Result<Option<Arc<Outbound>>> {
        if !settings.probe_websites {
            return Ok(None);
        }
        let proxy = match settings.outbound_proxy.as_str() {
            "" => None,
            text => Some(text.parse().with_context(|| format!("outbound_proxy：“{text}”不是代理地址"))?),
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let tls = tls.and_then(BuilderVerifierExt::with_platform_verifier).context("读取系统根证书")?;
        let tls = tls.with_no_client_auth();
        Ok(Some(Arc::new(Outbound { tls, allowed: settings.probe_allow.clone(), proxy, limits: LIMITS })))
    }

    /// Opens an address and follows where it leads.
    pub async fn look(&self, address: &str) -> Seen {
        let begun = Instant::now();
        let mut seen = Seen::default();
        let opened = tokio::time::timeout(self.limits.time, self.follow(address, &mut seen)).await;
        seen.why = opened.unwrap_or(Err(Why::Slow(self.limits.time.as_secs()))).err();
        seen.took = begun.elapsed();
        seen
    }

    async fn follow(&self, address: &str, seen: &mut Seen) -> Result<(), Why> {
        let mut url: Url = address.parse().map_err(|_| Why::Address)?;
        for _ in 0..=self.limits.redirects {
            let response = self.ask(&url, seen).await?;
            let status = response.status().as_u16();
            seen.status = Some(status);
            match status {
                200..=299 => return self.read(response, seen).await,
                301 | 302 | 303 | 307 | 308 => {
                    let place = response.headers().get(LOCATION).and_then(|place| place.to_str().ok());
                    url = place.and_then(|place| url.join(place).ok()).ok_or(Why::Broken)?;
                }
                status => return Err(Why::Status(status, named(status))),
            }
        }
        Err(Why::Redirects(self.limits.redirects))
    }

    /// One request, to addresses judged before.
    #[expect(clippy::disallowed_methods, reason = "the one place that connects to the world outside")]
    async fn ask(&self, url: &Url, seen: &mut Seen) -> Result<Response, Why> {
        let (host, port) = named_host(url)?;
        let judged = self.judged(url, host, port).await?;
        seen.final_url = shown(url);
        let accept = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("text/html, */*;q=0.5"))]);
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .tls_backend_preconfigured(self.tls.clone())
            .user_agent(concat!("fengsui/", env!("CARGO_PKG_VERSION"), " (website availability check)"))
            .default_headers(accept)
            .dns_resolver(Nowhere);
        let client = match &self.proxy {
            None => client.resolve_to_addrs(host, &judged),
            Some(proxy) => {
                let (host, port) = named_host(proxy)?;
                let through = resolved(host, port).await?;
                let all = Proxy::all(proxy.clone()).map_err(|_| Why::Connect)?;
                client.proxy(all).resolve_to_addrs(host, &through)
            }
        };
        let client = client.build().map_err(|_| Why::Connect)?;
        client.get(url.clone()).send().await.map_err(|error| Why::of(&error))
    }

    /// The sockets behind an address, when every one of them may be asked. Behind a proxy names need not be known here;
    /// those that are have to be public all the same.
    async fn judged(&self, url: &Url, host: &str, port: u16) -> Result<Vec<SocketAddr>, Why> {
        let plain = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !plain {
            return Err(Why::Address);
        }
        if ![80, 443].contains(&port) && !self.allowed.iter().any(|socket| socket.port() == port) {
            return Err(Why::Port(port));
        }
        let sockets = match resolved(host, port).await {
            Err(Why::Unresolved) if self.proxy.is_some() => Vec::new(),
            found => found?,
        };
        let open = |socket: &SocketAddr| {
            self.allowed.contains(socket) || ([80, 443].contains(&port) && is_public(socket.ip()))
        };
        if sockets.iter().all(open) { Ok(sockets) } else { Err(Why::NotPublic) }
    }

    /// Reads as much of a page as is kept.
    async fn read(&self, mut response: Response, seen: &mut Seen) -> Result<(), Why> {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let mut body = Vec::new();
        while body.len() < self.limits.body {
            let Some(part) = response.chunk().await.map_err(|error| Why::of(&error))? else { break };
            body.extend_from_slice(&part[..part.len().min(self.limits.body - body.len())]);
        }
        seen.title = title(&kind, &body);
        seen.size = body.len();
        seen.sha256 = hex::encode(Sha256::digest(&body));
        Ok(())
    }
}

/// Host and port of an address. The parser has turned every spelling of a numeric address into the usual one.
fn named_host(url: &Url) -> Result<(&str, u16), Why> {
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(Why::Address)?;
    Ok((host, url.port_or_known_default().ok_or(Why::Address)?))
}

#[expect(clippy::disallowed_methods, reason = "names are resolved here, so that what they give can be judged")]
async fn resolved(host: &str, port: u16) -> Result<Vec<SocketAddr>, Why> {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = literal.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await.map_err(|_| Why::Unresolved)?.collect();
    if found.is_empty() { Err(Why::Unresolved) } else { Ok(found) }
}

/// An address as it is kept: without the part behind `#`, and no longer than a page's address is.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.as_str().chars().take(500).collect()
}

/// Answers no name: a connection that was not given its addresses goes nowhere.
struct Nowhere;

impl Resolve for Nowhere {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async { Err::<Addrs, _>(Why::Unresolved.into()) })
    }
}

impl Why {
    /// What stopped a request, looked for through all that the error rests on.
    fn of(error: &reqwest::Error) -> Why {
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = next {
            if error.is::<rustls::Error>() {
                return Why::Tls;
            }
            if let Some(why) = error.downcast_ref::<Why>() {
                return why.clone();
            }
            // What an I/O error wraps is not its source: its source is what that one rests on.
            let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
            next = wrapped.map(|inner| inner as &(dyn std::error::Error + 'static)).or_else(|| error.source());
        }
        if error.is_connect() { Why::Connect } else { Why::Broken }
    }
}

/// What an answer's number means, as far as people meet it.
fn named(status: u16) -> &'static str {
    match status {
        401 | 407 => "须登录才能访问",
        403 => "禁止访问",
        404 | 410 => "页面不存在",
        429 => "访问被限制",
        500..=599 => "服务器出错",
        _ => "不是正常页面",
    }
}
