//! Who may ask: the checks on a request's head that keep web pages and smuggled requests out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::{
    Method, Version,
    header::{HOST, ORIGIN, TRANSFER_ENCODING},
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

    /// Whether a page under this name or address can only be ours, or one of the machine's own: one that has its
    /// name resolve to us is under that name.
    fn is_ours(&self, host: &str) -> bool {
        address(host).is_some() || self.allows(host)
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

/// Checks the head of a request; `told` is the host that a trusted proxy says was asked for.
///
/// Of transfer encodings chunked alone is taken. hyper removes a Content-Length beside it, so the ambiguous
/// request (RFC 9112, section 6.1) cannot be told from the plain one any more: the connection of either ends
/// with its answer, and nothing behind it is read as another request.
pub(crate) fn check(
    head: &Parts,
    told: Option<Result<Authority, ()>>,
    hosts: &HostPolicy,
) -> Result<(), ApiError> {
    let encodings = head.headers.get_all(TRANSFER_ENCODING);
    if encodings.iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"chunked"))
        || encodings.iter().count() > 1
    {
        return Err(ApiError::TransferEncoding);
    }
    let host = match told {
        Some(told) => Some(told.map_err(|()| ApiError::HostHeader)?),
        None => host_of(head)?,
    };
    for authority in head.uri.authority().into_iter().chain(host.as_ref()) {
        if !hosts.allows(authority.host()) {
            return Err(ApiError::HostNotAllowed { host: authority.host().to_owned() });
        }
    }
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(&head.method) {
        return Ok(());
    }
    same_site(head, host.as_ref(), hosts)
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

/// Refuses what a browser says that another site's page asks. Programs send neither header.
///
/// `Sec-Fetch-Site` cannot be written by a page. Where it says that the page is of the site that it asks, the
/// origin need not be the host that arrived here: a proxy may have written its own. It must be one of ours
/// all the same, as a page that has its own name resolve to the proxy is of the same site, too.
fn same_site(head: &Parts, host: Option<&Authority>, hosts: &HostPolicy) -> Result<(), ApiError> {
    let mut is_said = false;
    for value in head.headers.get_all("sec-fetch-site") {
        if value.as_bytes() != b"same-origin" && value.as_bytes() != b"none" {
            return Err(ApiError::CrossSite);
        }
        is_said = true;
    }
    for origin in head.headers.get_all(ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        let named = rest.and_then(|rest| Authority::try_from(rest).ok());
        let Some(named) = named else { return Err(ApiError::CrossSite) };
        let is_host = host.is_some_and(|host| named.as_str().eq_ignore_ascii_case(host.as_str()));
        if is_host || (is_said && hosts.is_ours(named.host())) {
            continue;
        }
        let host = host.map_or_else(String::new, ToString::to_string);
        return Err(ApiError::OtherOrigin { origin: named.to_string(), host });
    }
    Ok(())
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
