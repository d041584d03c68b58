//! The address the site is reached under: feeds, calendars and the site map are read elsewhere and need whole addresses.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};

use crate::app::App;
use crate::config::Settings;

/// `https://HOST`: as set; where nothing is set, as the request is addressed, or as one of our proxies tells it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    fn of(peer: Option<IpAddr>, uri: &Uri, headers: &HeaderMap, settings: &Settings) -> Origin {
        let set = settings.public_address.trim_end_matches('/');
        if !set.is_empty() {
            return Origin(set.to_owned());
        }
        let ours = peer.is_some_and(|peer| settings.proxies.contains(&peer.to_canonical()));
        // Each proxy adds at the end; what stands before is anyone's word.
        let told = |name: &str| {
            let values = headers.get_all(name).iter().filter(|_| ours).filter_map(|value| value.to_str().ok());
            values.flat_map(|value| value.split(',')).map(str::trim).next_back()
        };
        let scheme = match told("x-forwarded-proto") {
            Some("https") => "https",
            Some("http") => "http",
            _ if settings.secure_cookies => "https",
            _ => "http",
        };
        let named = headers.get(HOST).and_then(|value| value.to_str().ok());
        let named = named.or_else(|| uri.authority().map(Authority::as_str));
        let host = told("x-forwarded-host").filter(|text| is_host(text)).or_else(|| named.filter(|text| is_host(text)));
        Origin(format!("{scheme}://{}", host.map_or_else(|| settings.listen.to_string(), str::to_owned)))
    }

    /// The whole address of a path.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

/// A host, perhaps with a port: letters, digits and what parts them, nothing that would end a line or an attribute.
fn is_host(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    text.len() <= 260 && text.chars().all(plain) && text.parse::<Authority>().is_ok()
}

impl FromRequestParts<App> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Origin, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        Ok(Origin::of(peer, &parts.uri, &parts.headers, &app.settings))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn origin(peer: &str, settings: &Settings, told: &[(&'static str, &'static str)]) -> String {
        let told = told.iter().copied();
        let headers: HeaderMap =
            told.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect();
        Origin::of(peer.parse().ok(), &Uri::from_static("/"), &headers, settings).at("/feeds")
    }

    #[test]
    fn an_address_is_whole_and_only_our_proxies_tell_it() {
        let settings = Settings::default();
        let told =
            [("host", "fs.example.cn:8443"), ("x-forwarded-host", "evil.cn, a.cn"), ("x-forwarded-proto", "https")];
        assert_eq!(origin("8.8.4.4", &settings, &told), "http://fs.example.cn:8443/feeds");
        assert_eq!(origin("127.0.0.1", &settings, &told), "https://a.cn/feeds");
        assert_eq!(origin("", &settings, &[("host", "[::1]:8080")]), "http://[::1]:8080/feeds");
        for host in ["", "a.cn/x", "x@a.cn", "a\"b", "a b"] {
            assert_eq!(origin("", &settings, &[("host", host)]), "http://127.0.0.1:8080/feeds", "{host}");
        }
        let set = Settings { public_address: "https://b.cn/".to_owned(), ..Settings::default() };
        assert_eq!(origin("127.0.0.1", &set, &told), "https://b.cn/feeds");
    }
}
