//! Who may ask: the checks on a request's head that keep web pages and smuggled requests out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::{
    Method, Version,
    header::{HOST, HeaderMap, ORIGIN, TRANSFER_ENCODING},
    request::Parts,
    uri::Authority,
};

use crate::api_error::ApiError;

/// Which hosts a listener answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HostPolicy {
    /// `localhost`, loopback addresses and these names.
    Loopback(Vec<String>),
    /// `localhost`, all addresses and these names.
    Network(Vec<String>),
}

impl HostPolicy {
    /// The policy of a listener at `address`, with the names that the configuration allows.
    ///
    /// A page that has its own name resolve to our address sends that name (DNS rebinding), and
    /// to a browser it is of the same origin as we are. So no name is taken that is not known.
    pub(crate) fn of_listener(address: IpAddr, allowed: &[String]) -> Self {
        let allowed = allowed.to_vec();
        if address.to_canonical().is_loopback() {
            Self::Loopback(allowed)
        } else {
            Self::Network(allowed)
        }
    }

    /// The policy of all listeners together.
    pub(crate) fn of_listeners(addresses: &[SocketAddr], allowed: &[String]) -> Self {
        let public = addresses.iter().find(|at| !at.ip().to_canonical().is_loopback());
        Self::of_listener(
            public.map_or_else(|| Ipv4Addr::LOCALHOST.into(), SocketAddr::ip),
            allowed,
        )
    }

    fn allows(&self, host: &str) -> bool {
        // A name may be written with the dot of the DNS root.
        let host = host.strip_suffix('.').unwrap_or(host);
        let (names, address) = match self {
            Self::Loopback(names) => (names, address(host).filter(IpAddr::is_loopback)),
            Self::Network(names) => (names, address(host)),
        };
        let is_host = |name: &str| name.eq_ignore_ascii_case(host);
        address.is_some() || is_host("localhost") || names.iter().any(|name| is_host(name))
    }
}

/// Checks the head of a request.
///
/// Transfer-Encoding is refused altogether: hyper removes a Content-Length beside it, so the
/// ambiguous request (RFC 9112, section 6.1) cannot be told from the plain one any more.
pub(crate) fn check(head: &Parts, hosts: &HostPolicy) -> Result<(), ApiError> {
    if head.headers.contains_key(TRANSFER_ENCODING) {
        return Err(ApiError::TransferEncoding);
    }
    let host = host_of(head)?;
    for authority in head.uri.authority().into_iter().chain(host.as_ref()) {
        if !hosts.allows(authority.host()) {
            return Err(ApiError::HostNotAllowed { host: authority.host().to_owned() });
        }
    }
    let reads = head.method == Method::GET || head.method == Method::HEAD;
    if reads || is_same_site(&head.headers, host.as_ref()) {
        Ok(())
    } else {
        Err(ApiError::CrossSite)
    }
}

/// The one Host header; `None` where HTTP/1.0 has none.
fn host_of(head: &Parts) -> Result<Option<Authority>, ApiError> {
    let mut hosts = head.headers.get_all(HOST).into_iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host,
        (None, _) if head.version < Version::HTTP_11 => return Ok(None),
        (None, _) | (Some(_), Some(_)) => return Err(ApiError::HostHeader),
    };
    let authority = Authority::try_from(host.as_bytes()).map_err(|_| ApiError::HostHeader)?;
    if authority.as_str().contains('@') { Err(ApiError::HostHeader) } else { Ok(Some(authority)) }
}

/// Whether no browser says that another site's page asks. Programs send neither header.
fn is_same_site(headers: &HeaderMap, host: Option<&Authority>) -> bool {
    let fetch_site = headers.get_all("sec-fetch-site").iter();
    let same_origin = |value: &[u8]| value == b"same-origin" || value == b"none";
    if !fetch_site.into_iter().all(|value| same_origin(value.as_bytes())) {
        return false;
    }
    headers.get_all(ORIGIN).iter().all(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        match (rest, host) {
            (Some(origin), Some(host)) => origin.eq_ignore_ascii_case(host.as_str()),
            (Some(_), None) | (None, _) => false,
        }
    })
}

fn address(host: &str) -> Option<IpAddr> {
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match bracketed {
        Some(v6) => v6.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests;
