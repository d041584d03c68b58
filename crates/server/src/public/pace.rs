//! How often one client may have something looked up without signing in: a person never notices, whoever copies the index
//! word by word does.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use jiff::Timestamp;

use crate::app::App;
use crate::error::Fault;

/// Searches of one client in a minute.
const MOST: u32 = 30;
/// Clients counted in a minute; with more, the rest share one count.
const CLIENTS: usize = 100_000;

/// Searches of the minute by client. Kept by one process, and forgotten when the minute ends.
#[derive(Debug, Default)]
pub struct Pace {
    counted: Mutex<(i64, HashMap<Option<IpAddr>, u32>)>,
}

impl Pace {
    /// Counts one search.
    ///
    /// # Errors
    /// [`Fault::TooOften`] when the client had its share of this minute.
    pub fn count(&self, client: Client, now: Timestamp) -> Result<(), Fault> {
        let minute = now.as_second().div_euclid(60);
        let Ok(mut counted) = self.counted.lock() else { return Ok(()) };
        if counted.0 != minute {
            *counted = (minute, HashMap::new());
        }
        let known = counted.1.len() < CLIENTS || counted.1.contains_key(&client.0);
        let count = counted.1.entry(client.0.filter(|_| known)).or_default();
        *count = count.saturating_add(1);
        match *count <= MOST {
            true => Ok(()),
            false => Err(Fault::TooOften(format!("检索过于频繁，每分钟不超过 {MOST} 次。"))),
        }
    }
}

/// Whoever asks: the address of the connection, or, behind one of our proxies, the one it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client(Option<IpAddr>);

impl Client {
    fn of(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &[IpAddr]) -> Client {
        let Some(peer) = peer.map(|peer| peer.to_canonical()) else { return Client(None) };
        if !proxies.contains(&peer) {
            return Client(Some(network(peer)));
        }
        // Each proxy adds whom it heard from at the end; what stands before the first that is none of ours is anyone's word.
        let told = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let told: Vec<IpAddr> =
            told.flat_map(|value| value.split(',')).map_while(|one| one.trim().parse().ok()).collect();
        let client = told.into_iter().rev().map(|one| one.to_canonical()).find(|one| !proxies.contains(one));
        Client(Some(network(client.unwrap_or(peer))))
    }
}

/// Of IPv6 the network of one customer: the rest of the address is the customer's to choose.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => IpAddr::from((six.to_bits() >> 64 << 64).to_be_bytes()),
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Client, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        Ok(Client::of(peer, &parts.headers, &app.settings.proxies))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(peer: &str, told: &str) -> String {
        let mut headers = HeaderMap::new();
        if !told.is_empty() {
            headers.insert("x-forwarded-for", HeaderValue::from_str(told).expect("a header"));
        }
        let proxies = ["127.0.0.1", "10.0.0.9"].map(|proxy| proxy.parse().expect("an address"));
        let Client(client) = Client::of(peer.parse().ok(), &headers, &proxies);
        client.expect("known").to_string()
    }

    #[test]
    fn only_our_proxies_are_believed() {
        assert_eq!(client("8.8.4.4", "1.2.3.4"), "8.8.4.4");
        assert_eq!(client("127.0.0.1", "1.2.3.4"), "1.2.3.4");
        assert_eq!(client("127.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.9"), "1.2.3.4");
        assert_eq!(client("::ffff:127.0.0.1", ""), "127.0.0.1");
        assert_eq!(client("127.0.0.1", "nonsense"), "127.0.0.1");
        assert_eq!(client("2001:db8:1:2:3::4", ""), "2001:db8:1:2::");
    }

    #[test]
    fn a_minute_has_room_for_so_many() {
        let (pace, at) = (Pace::default(), |second| Timestamp::from_second(second).expect("instant"));
        let one = Client(Some(IpAddr::from([1, 2, 3, 4])));
        let asked = |client, second| pace.count(client, at(second)).is_ok();
        assert_eq!((0..40).filter(|_| asked(one, 60)).count(), 30);
        assert!(asked(Client(None), 119) && !asked(one, 119) && asked(one, 120));
    }
}
