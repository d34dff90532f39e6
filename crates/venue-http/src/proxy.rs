//! Behind a proxy: who really asks, under which name, and whether over HTTPS.
//!
//! Anybody can send `Forwarded` and `X-Forwarded-For`. They count only where a proxy that is trusted has sent
//! them, and of what they list only what trusted proxies have added: the client is the rightmost address
//! that is not such a proxy's.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use http::{
    HeaderMap, HeaderName,
    header::{FORWARDED, HeaderValue},
    uri::Authority,
};
use ipnet::IpNet;
use snafu::Snafu;

use crate::auth::Peer;

/// The proxies whose word counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// A text that names no proxy.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("{text:?}: give an address such as 127.0.0.1, or a network such as 10.0.0.0/8"))]
pub struct NoProxy {
    text: String,
}

impl TrustedProxies {
    /// Trusts these addresses, and those of these networks.
    ///
    /// # Errors
    /// The first that is neither.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, NoProxy> {
        let one = |text: &str| match IpAddr::from_str(text) {
            Ok(address) => Ok(IpNet::from(address)),
            Err(_) => text.parse().map_err(|_| NoProxySnafu { text }.build()),
        };
        texts.into_iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// What a proxy told of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Who really asks.
    pub(crate) peer: Peer,
    /// The host that was asked for, where it differs from that of the request; an error where it is none.
    pub(crate) host: Option<Result<Authority, ()>>,
    /// Whether it was asked over HTTPS.
    pub(crate) is_https: bool,
}

/// What the headers tell of the request of `peer`; nothing where its word does not count.
pub(crate) fn told(headers: &HeaderMap, peer: &Peer, trusted: &TrustedProxies) -> Option<Told> {
    let Peer::Network(proxy) = peer else { return None };
    if !trusted.trusts(proxy.ip()) {
        return None;
    }
    // One proxy writes one of the two kinds. The other may be the client's own, passed on as it came.
    let (client, host, scheme) = if headers.contains_key(FORWARDED) {
        forwarded(headers, proxy.ip(), trusted)
    } else {
        let hops = listed(headers, &X_FORWARDED_FOR).map(|hop| address(&hop)).collect::<Vec<_>>();
        let client = client(hops.into_iter().rev(), proxy.ip(), trusted);
        let scheme = listed(headers, &X_FORWARDED_PROTO).last();
        (client, listed(headers, &X_FORWARDED_HOST).last(), scheme)
    };
    let is_https = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    let host = host.map(|host| Authority::from_str(&host).map_err(|_| ()));
    Some(Told { peer: Peer::Network(SocketAddr::new(client, 0)), host, is_https })
}

/// What `Forwarded` (RFC 7239) tells: the client, the host that it asked for, and by which scheme.
fn forwarded(
    headers: &HeaderMap,
    proxy: IpAddr,
    trusted: &TrustedProxies,
) -> (IpAddr, Option<String>, Option<String>) {
    let hops: Vec<String> = listed(headers, &FORWARDED).collect();
    let parameter = |hop: &str, name: &str| {
        hop.split(';').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
        })
    };
    let addresses =
        hops.iter().rev().map(|hop| parameter(hop, "for").and_then(|hop| address(&hop)));
    let client = client(addresses, proxy, trusted);
    let nearest = |name: &str| hops.last().and_then(|hop| parameter(hop, name));
    (client, nearest("host"), nearest("proto"))
}

/// The first of `hops`, from the nearest on, that is no trusted proxy. What is hidden or unreadable was written by
/// the one before, which is then the last that is known.
fn client(
    hops: impl Iterator<Item = Option<IpAddr>>,
    proxy: IpAddr,
    trusted: &TrustedProxies,
) -> IpAddr {
    let mut known = proxy;
    for hop in hops {
        let Some(hop) = hop else { break };
        known = hop;
        if !trusted.trusts(hop) {
            break;
        }
    }
    known.to_canonical()
}

/// The elements of all headers of this name, in their order.
fn listed<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = String> + 'h {
    let values =
        headers.get_all(name).into_iter().filter_map(|value: &HeaderValue| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|element| element.trim().to_owned())
}

/// An address, perhaps with a port, as proxies write it: `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::1`,
/// `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        all.iter().map(pair).collect()
    }

    fn network(address: &str) -> Peer {
        Peer::Network(SocketAddr::new(address.parse().unwrap(), 0))
    }

    fn asks(from: &str, all: &[(&'static str, &str)]) -> Option<Told> {
        let trusted = TrustedProxies::parse(["127.0.0.1", "10.0.0.0/8", "fd00::/8"]).unwrap();
        told(&headers(all), &network(from), &trusted)
    }

    #[test]
    fn the_client_is_the_rightmost_that_is_no_trusted_proxy() {
        for (all, client) in [
            (&[("x-forwarded-for", "198.51.100.7")][..], "198.51.100.7"),
            // The left ones are what the client itself wrote.
            (&[("x-forwarded-for", "127.0.0.1, 203.0.113.9, 198.51.100.7")], "198.51.100.7"),
            (&[("x-forwarded-for", "203.0.113.9, 198.51.100.7, 10.1.1.1")], "198.51.100.7"),
            (&[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "10.0.0.2")], "203.0.113.9"),
            // All are trusted: the first of them.
            (&[("x-forwarded-for", "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
            (&[("x-forwarded-for", "203.0.113.9, unknown, 10.0.0.2")], "10.0.0.2"),
            (&[("x-forwarded-for", "nonsense")], "127.0.0.1"),
            (&[("x-forwarded-for", "198.51.100.7:4711")], "198.51.100.7"),
            (&[("x-forwarded-for", "[2001:db8::1]:4711")], "2001:db8::1"),
            (&[("x-forwarded-for", "::ffff:198.51.100.7")], "198.51.100.7"),
            (
                &[("forwarded", "for=203.0.113.9, For=\"[2001:db8::1]:4711\";proto=https")],
                "2001:db8::1",
            ),
            (&[("forwarded", "for=203.0.113.9, for=_hidden, for=10.0.0.2")], "10.0.0.2"),
            // What the client wrote beside it does not count.
            (&[("forwarded", "for=198.51.100.7"), ("x-forwarded-for", "10.0.0.9")], "198.51.100.7"),
            (&[], "127.0.0.1"),
        ] {
            assert_eq!(asks("127.0.0.1", all).unwrap().peer, network(client), "{all:?}");
        }
    }

    #[test]
    fn what_somebody_tells_who_is_not_trusted_does_not_count() {
        let all = [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-host", "evil.example")];
        for peer in ["198.51.100.7", "11.0.0.1", "2001:db8::1"] {
            assert_eq!(asks(peer, &all), None, "{peer}");
        }
        assert!(asks("::ffff:10.2.3.4", &all).is_some());
        assert!(asks("fd12::1", &all).is_some());
        let local = Peer::Local(venue_auth::PeerCredentials { uid: 0, gid: 0, groups: Vec::new() });
        let all = headers(&all);
        assert_eq!(told(&all, &local, &TrustedProxies::parse(["0.0.0.0/0"]).unwrap()), None);
        assert_eq!(told(&all, &network("127.0.0.1"), &TrustedProxies::default()), None);
    }

    #[test]
    fn the_host_is_what_the_nearest_proxy_says() {
        let host = |all: &[(&'static str, &str)]| {
            asks("10.0.0.1", all).unwrap().host.map(|host| host.map(|host| host.to_string()))
        };
        assert_eq!(host(&[("x-forwarded-host", "tv.example")]), Some(Ok("tv.example".into())));
        let chain = [("x-forwarded-host", "evil.example, tv.example:8443")];
        assert_eq!(host(&chain), Some(Ok("tv.example:8443".into())));
        let rfc = [("forwarded", "host=evil.example, for=198.51.100.7;host=\"tv.example:8443\"")];
        assert_eq!(host(&rfc), Some(Ok("tv.example:8443".into())));
        assert_eq!(host(&[("x-forwarded-host", "a b")]), Some(Err(())));
        assert_eq!(host(&[]), None);
    }

    #[test]
    fn whether_it_is_https_is_what_the_nearest_proxy_says() {
        for (all, is_https) in [
            (&[][..], false),
            (&[("x-forwarded-proto", "https")], true),
            (&[("x-forwarded-proto", "HTTPS")], true),
            (&[("x-forwarded-proto", "http")], false),
            (&[("x-forwarded-proto", "https, http")], false),
            (&[("forwarded", "for=198.51.100.7;proto=https")], true),
            (&[("forwarded", "for=198.51.100.7"), ("x-forwarded-proto", "https")], false),
            (&[("origin", "https://tv.example")], false),
        ] {
            assert_eq!(asks("10.0.0.1", all).unwrap().is_https, is_https, "{all:?}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_told_with_what_would_be_right() {
        for wrong in ["", "proxy.example", "10.0.0.0/33", "10.0.0.1:80", "*"] {
            let error = TrustedProxies::parse([wrong]).unwrap_err().to_string();
            assert!(error.contains("10.0.0.0/8"), "{error}");
        }
    }
}
