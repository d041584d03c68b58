//! How a request leaves: whom it may ask, and through what. Everything that opens an address somebody else named goes here.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, Url};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

use super::public::is_public;
use crate::config::Settings;

/// The guard, and the road behind it.
pub struct Way {
    tls: ClientConfig,
    /// Sockets that may be asked though they are not public: of the operator's choosing.
    allowed: Vec<SocketAddr>,
    proxy: Option<Url>,
}

/// Why nothing, or nothing usable, came back.
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
    #[error("文件超过 {0} MB，不再读取。")]
    TooLarge(usize),
    #[error("网站返回 {0}，{1}。")]
    Status(u16, &'static str),
}

impl Way {
    /// # Errors
    /// Fails on a proxy that is no address, and when the machine has no root certificates to judge others by.
    pub fn of(settings: &Settings) -> anyhow::Result<Way> {
        let proxy = match settings.outbound_proxy.as_str() {
            "" => None,
            text => Some(text.parse().with_context(|| format!("outbound_proxy：“{text}”不是代理地址"))?),
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let tls = tls.and_then(BuilderVerifierExt::with_platform_verifier).context("读取系统根证书")?;
        Ok(Way { tls: tls.with_no_client_auth(), allowed: settings.probe_allow.clone(), proxy })
    }

    /// The sockets behind an address, when every one of them may be asked. Behind a proxy names need not be known here;
    /// those that are have to be public all the same.
    ///
    /// # Errors
    /// The reason it is not asked.
    pub async fn judged(&self, url: &Url) -> Result<Vec<SocketAddr>, Why> {
        let (host, port) = named_host(url)?;
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

    /// Whether the operator named each of these sockets.
    pub fn allows(&self, sockets: &[SocketAddr]) -> bool {
        !sockets.is_empty() && sockets.iter().all(|socket| self.allowed.contains(socket))
    }

    /// Whether an address gives the number of a socket the operator named.
    pub fn allows_literally(&self, url: &Url) -> bool {
        named_host(url).ok().and_then(|(host, port)| literal(host, port)).is_some_and(|socket| self.allows(&[socket]))
    }

    /// A client that connects to these sockets, judged before, or to the proxy, and to nothing else. It follows no redirect.
    ///
    /// # Errors
    /// The proxy's host is unknown.
    #[expect(clippy::disallowed_methods, reason = "the one place that connects to the world outside")]
    pub async fn client(&self, url: &Url, judged: &[SocketAddr], purpose: &str) -> Result<Client, Why> {
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .tls_backend_preconfigured(self.tls.clone())
            .user_agent(format!("fengsui/{} ({purpose})", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Nowhere);
        let client = match &self.proxy {
            None => client.resolve_to_addrs(named_host(url)?.0, judged),
            Some(proxy) => {
                let (host, port) = named_host(proxy)?;
                let through = resolved(host, port).await?;
                let all = Proxy::all(proxy.clone()).map_err(|_| Why::Connect)?;
                client.proxy(all).resolve_to_addrs(host, &through)
            }
        };
        client.build().map_err(|_| Why::Connect)
    }
}

/// Host and port of an address. The parser has turned every spelling of a numeric address into the usual one.
fn named_host(url: &Url) -> Result<(&str, u16), Why> {
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(Why::Address)?;
    Ok((host, url.port_or_known_default().ok_or(Why::Address)?))
}

fn literal(host: &str, port: u16) -> Option<SocketAddr> {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok()?;
    Some(SocketAddr::new(address, port))
}

#[expect(clippy::disallowed_methods, reason = "names are resolved here, so that what they give can be judged")]
async fn resolved(host: &str, port: u16) -> Result<Vec<SocketAddr>, Why> {
    if let Some(socket) = literal(host, port) {
        return Ok(vec![socket]);
    }
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await.map_err(|_| Why::Unresolved)?.collect();
    if found.is_empty() { Err(Why::Unresolved) } else { Ok(found) }
}

/// Answers no name: a connection that was not given its addresses goes nowhere.
struct Nowhere;

impl Resolve for Nowhere {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async { Err::<Addrs, _>(Why::Unresolved.into()) })
    }
}

impl Why {
    /// What stopped a request.
    pub fn of(error: &reqwest::Error) -> Why {
        if rests_on_tls(error) {
            return Why::Tls;
        }
        let known = causes(error).find_map(|cause| cause.downcast_ref::<Why>());
        known.cloned().unwrap_or(if error.is_connect() { Why::Connect } else { Why::Broken })
    }
}

/// Whether it was the secure connection that failed.
pub fn rests_on_tls(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| cause.is::<rustls::Error>())
}

/// An error and all that it rests on.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // What an I/O error wraps is not its source: its source is what that one rests on.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source())
    })
}
