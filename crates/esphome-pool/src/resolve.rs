//! From `host:port` to the addresses to try, best first.

use std::{fmt, net::SocketAddr, sync::Arc};

use snafu::ResultExt;
use tokio::net::lookup_host;

use crate::{ConnectError, error::ResolveSnafu};

/// Who knows the addresses of names on the local network, such as `ir-1.local`, from what it has heard.
///
/// Asked before the resolver of the system, which often knows no such names, or is slow to.
#[derive(Clone)]
pub struct LocalNames(Arc<LookUp>);

type LookUp = dyn Fn(&str) -> Vec<SocketAddr> + Send + Sync;

impl LocalNames {
    /// `look_up` is given a host, and returns its addresses (their ports are not used); none if it has
    /// heard of none.
    pub fn new(look_up: impl Fn(&str) -> Vec<SocketAddr> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look_up))
    }
}

impl fmt::Debug for LocalNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalNames").finish_non_exhaustive()
    }
}

/// The addresses of `address`, in the order in which they are to be tried.
pub(super) async fn resolve(
    address: &str,
    local: &std::sync::OnceLock<LocalNames>,
) -> Result<Vec<SocketAddr>, ConnectError> {
    // Literals need no resolver, which would take a thread.
    if let Ok(literal) = address.parse() {
        return Ok(vec![literal]);
    }
    let (host, port) = parts(address);
    if let Some(LocalNames(look_up)) = local.get() {
        let mut heard = look_up(host);
        if !heard.is_empty() {
            heard.iter_mut().for_each(|address| address.set_port(port));
            return Ok(in_turn(heard));
        }
    }
    // Apart, because the name of an interface (`fe80::7%eth0`) is read by the resolver only so.
    let found = lookup_host((host, port)).await.context(ResolveSnafu { address })?;
    Ok(in_turn(found.collect()))
}

/// Host and port of `HOST:PORT`, without the brackets of IPv6.
fn parts(address: &str) -> (&str, u16) {
    let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    (inner.unwrap_or(host), port.parse().unwrap_or(STANDARD_PORT))
}

/// The port of the native API.
const STANDARD_PORT: u16 = 6053;

/// IPv6 first, and the families in turn (RFC 8305, section 4): where one does not work, the other is
/// tried second and not last. Within a family the order of the resolver stays.
fn in_turn(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let (v6, v4): (Vec<_>, Vec<_>) = found.into_iter().partition(SocketAddr::is_ipv6);
    let (mut v6, mut v4) = (v6.into_iter(), v4.into_iter());
    let mut turns = Vec::with_capacity(v6.len() + v4.len());
    loop {
        let pair = [v6.next(), v4.next()];
        if pair == [None, None] {
            // Nobody gives a board more, and each costs a connect.
            turns.truncate(MAX_ADDRESSES);
            return turns;
        }
        turns.extend(pair.into_iter().flatten());
    }
}

/// So many addresses of a host are tried.
const MAX_ADDRESSES: usize = 8;

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use super::*;

    fn all(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn families_take_turns_and_ipv6_comes_first() {
        let found = all(&["10.0.0.1:1", "10.0.0.2:1", "[fd00::1]:1", "10.0.0.3:1", "[fd00::2]:1"]);
        let expected = ["[fd00::1]:1", "10.0.0.1:1", "[fd00::2]:1", "10.0.0.2:1", "10.0.0.3:1"];
        assert_eq!(in_turn(found), all(&expected));
        assert_eq!(in_turn(vec![all(&["10.0.0.1:1"])[0]; 20]).len(), MAX_ADDRESSES);
    }

    #[tokio::test]
    async fn what_was_heard_of_a_name_comes_before_the_resolver() {
        let local = OnceLock::new();
        let heard = |host: &str| match host {
            "ir-1.local" => all(&["192.0.2.7:0", "[fe80::7%3]:0"]),
            _ => Vec::new(),
        };
        local.set(LocalNames::new(heard)).unwrap();
        let found = resolve("ir-1.local:7000", &local).await.unwrap();
        assert_eq!(found, all(&["[fe80::7%3]:7000", "192.0.2.7:7000"]));
        assert_eq!(resolve("10.0.0.7:1", &local).await.unwrap(), all(&["10.0.0.7:1"]));
        assert!(resolve("localhost:1", &local).await.unwrap().contains(&all(&["127.0.0.1:1"])[0]));
    }

    #[tokio::test]
    async fn an_interface_is_named_or_numbered() {
        let local = OnceLock::new();
        for text in ["[fe80::7%1]:6053", "[fe80::7%lo]:6053"] {
            let found = resolve(text, &local).await.unwrap();
            let [SocketAddr::V6(address)] = found[..] else { panic!("{found:?}") };
            // The loopback interface is the first on every Linux.
            assert_eq!((address.scope_id(), address.port()), (1, 6053), "{text}");
        }
        assert!(resolve("[fe80::7%nosuch0]:6053", &local).await.is_err());
    }
}
