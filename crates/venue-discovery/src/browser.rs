//! Listens for announcements, and keeps what is there now.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use mdns_sd::{Receiver, ServiceDaemon, ServiceEvent};
use snafu::{ResultExt, Snafu};
use venue_registry::Sighting;

use crate::{MOST, SERVICE, told::sighting};

/// So often it is looked whether this machine has other addresses, in seconds: interfaces come and go
/// rarely, and each look is a wake-up.
const LOOK_AT_INTERFACES_S: u32 = 300;

/// Why nobody listens.
#[derive(Debug, Snafu)]
#[snafu(display("mDNS cannot be listened to"))]
pub struct DiscoveryError {
    /// Why.
    source: mdns_sd::Error,
}

/// Listens on a thread of its own until it is dropped. Clones share it.
#[derive(Clone)]
pub struct Browser(Arc<Inner>);

struct Inner {
    daemon: ServiceDaemon,
    /// By the full name of the announcement.
    seen: Mutex<BTreeMap<String, Sighting>>,
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Its thread ends by itself; nobody is left to be told how.
        drop(self.daemon.shutdown());
    }
}

impl Browser {
    /// Starts to listen at the UDP port `port`, with the future that takes in what comes.
    ///
    /// A network that does not let it is told in the log of the library, and nothing is seen then.
    ///
    /// # Errors
    /// [`DiscoveryError`].
    pub fn start(port: u16) -> Result<(Self, impl Future<Output = ()> + Send), DiscoveryError> {
        let daemon = ServiceDaemon::new_with_port(port).context(DiscoverySnafu)?;
        daemon.set_ip_check_interval(LOOK_AT_INTERFACES_S).context(DiscoverySnafu)?;
        let events = daemon.browse(SERVICE).context(DiscoverySnafu)?;
        let inner = Arc::new(Inner { daemon, seen: Mutex::default() });
        let taking = take_all(Arc::downgrade(&inner), events);
        Ok((Self(inner), taking))
    }

    /// The boards that are there now, ordered by hostname.
    #[must_use]
    pub fn seen(&self) -> Vec<Sighting> {
        let mut seen: Vec<Sighting> = self.0.lock().values().cloned().collect();
        seen.sort_by(|a, b| (&a.hostname, &a.address).cmp(&(&b.hostname, &b.address)));
        seen
    }
}

impl Inner {
    fn take(&self, event: ServiceEvent) {
        match event {
            ServiceEvent::ServiceResolved(service) => {
                let mut seen = self.lock();
                match sighting(&service) {
                    Some(board) if seen.len() < MOST || seen.contains_key(&service.fullname) => {
                        tracing::debug!(board = %board.hostname, "a board tells of itself");
                        drop(seen.insert(service.fullname.clone(), board));
                    }
                    Some(_) | None => {}
                }
            }
            ServiceEvent::ServiceRemoved(_, fullname) => {
                drop(self.lock().remove(&fullname));
            }
            // An announcement that is not resolved yet says nothing; the enum may grow.
            ServiceEvent::SearchStarted(_)
            | ServiceEvent::ServiceFound(..)
            | ServiceEvent::SearchStopped(_)
            | _ => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Sighting>> {
        // A std lock: held for a few moves, never across an await.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes in what comes, until the browser is gone.
async fn take_all(inner: std::sync::Weak<Inner>, events: Receiver<ServiceEvent>) {
    while let Ok(event) = events.recv_async().await {
        match inner.upgrade() {
            Some(inner) => inner.take(event),
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mdns_sd::ServiceInfo;
    use tokio::time::{sleep, timeout};

    use super::*;

    /// Looks until it is so; mDNS tells nobody when it has heard.
    async fn until(what: &str, is_so: impl Fn() -> bool) {
        let looking = async {
            while !is_so() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(20), looking).await.unwrap_or_else(|_| panic!("{what}"));
    }

    #[tokio::test]
    async fn a_board_that_announces_itself_is_seen_until_it_says_goodbye() {
        // Not the port of mDNS: neither a responder of this machine nor a neighbour takes part.
        let port = 20_000 + u16::try_from(std::process::id() % 20_000).unwrap();
        let (browser, taking) = Browser::start(port).unwrap();
        let taking = tokio::spawn(taking);
        let board = ServiceDaemon::new_with_port(port).unwrap();
        let texts = [("mac", "a1b2c3d4e5f6"), ("version", "2026.9.1")];
        let info = ServiceInfo::new(SERVICE, "ir-00beef", "ir-00beef.local.", "", 6053, &texts[..]);
        let info = info.unwrap().enable_addr_auto();
        let name = info.get_fullname().to_owned();
        board.register(info).unwrap();
        until("it is seen", || browser.seen().iter().any(|b| b.hostname.as_str() == "ir-00beef"))
            .await;
        board.unregister(&name).unwrap();
        until("it is gone", || browser.seen().is_empty()).await;
        drop(browser);
        timeout(Duration::from_secs(20), taking).await.unwrap().unwrap();
    }
}
