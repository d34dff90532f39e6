//! Listens for announcements, and keeps what is there now.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use mdns_sd::{Receiver, ServiceDaemon, ServiceEvent};
use snafu::{ResultExt, Snafu};
use venue_registry::DiscoveredDevice;

use super::announcement::{Unusable, addresses, discovered_device, instance};

/// The service that ESPHome announces (its component `mdns`).
pub(super) const SERVICE: &str = "_esphomelib._tcp.local.";

/// The maximum number of boards that are remembered.
const MAX_BOARDS: usize = 1_024;

/// So often it is looked whether this machine has other addresses, in seconds: interfaces come and go
/// rarely, and each look is a wake-up.
const LOOK_AT_INTERFACES_S: u32 = 300;

/// Why nobody listens.
#[derive(Debug, Snafu)]
#[snafu(display("mDNS cannot be listened to"))]
pub(crate) struct DiscoveryError {
    /// Why.
    source: mdns_sd::Error,
}

/// Listens on a thread of its own until it is dropped. Clones share it.
#[derive(Clone)]
pub(crate) struct Browser(Arc<Inner>);

struct Inner {
    daemon: ServiceDaemon,
    /// By the full name of the announcement.
    seen: Mutex<BTreeMap<String, Seen>>,
    announced: Announced,
}

/// Told the name of a board, each time that it announces itself.
pub(crate) type Announced = Box<dyn Fn(&str) + Send + Sync>;

/// One board that is there.
struct Seen {
    /// Why it can only be named, where it cannot be registered.
    board: Result<DiscoveredDevice, Unusable>,
    /// Its name on the network, such as `ir-1.local`.
    host: String,
    addresses: Vec<SocketAddr>,
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
    pub(crate) fn start(
        port: u16,
        announced: Announced,
    ) -> Result<(Self, impl Future<Output = ()> + Send), DiscoveryError> {
        let daemon = ServiceDaemon::new_with_port(port).context(DiscoverySnafu)?;
        daemon.set_ip_check_interval(LOOK_AT_INTERFACES_S).context(DiscoverySnafu)?;
        let events = daemon.browse(SERVICE).context(DiscoverySnafu)?;
        let inner = Arc::new(Inner { daemon, seen: Mutex::default(), announced });
        let taking = take_all(Arc::downgrade(&inner), events);
        Ok((Self(inner), taking))
    }

    /// The boards that are there now and can be registered, ordered by hostname.
    #[must_use]
    pub(crate) fn seen(&self) -> Vec<DiscoveredDevice> {
        let mut seen: Vec<DiscoveredDevice> =
            self.0.lock().values().filter_map(|seen| seen.board.clone().ok()).collect();
        seen.sort_by(|a, b| (&a.hostname, &a.address).cmp(&(&b.hostname, &b.address)));
        seen
    }

    /// Where a host is, such as `ir-1.local`, as its board has said; empty if none has.
    #[must_use]
    pub(crate) fn addresses(&self, host: &str) -> Vec<SocketAddr> {
        let host = host.trim_end_matches('.');
        let seen = self.0.lock();
        let of_host = seen.values().find(|seen| seen.host.eq_ignore_ascii_case(host));
        of_host.map(|seen| seen.addresses.clone()).unwrap_or_default()
    }

    /// The board `name` has gone away, as it seems: it is asked whether it is still there, and if it does
    /// not answer, what it has said is forgotten, so that its next announcement is news.
    pub(crate) fn verify(&self, name: &str) {
        let seen = self.0.lock();
        let of_name = |fullname: &&String| instance(fullname).eq_ignore_ascii_case(name);
        let Some(fullname) = seen.keys().find(of_name).cloned() else { return };
        drop(seen);
        if let Err(error) = self.0.daemon.verify(fullname, PATIENCE) {
            tracing::debug!(name, %error, "nobody is asked whether the board is still there");
        }
    }
}

/// How long a board that went away has to answer that it is there. Shorter than the 10 s that RFC 6762
/// recommends: a board that sleeps for seconds only is to be met at its next announcement.
const PATIENCE: Duration = Duration::from_secs(3);

impl Inner {
    fn take(&self, event: ServiceEvent) {
        match event {
            ServiceEvent::ServiceResolved(service) => {
                let name = instance(&service.fullname);
                let mut seen = self.lock();
                if seen.len() >= MAX_BOARDS && !seen.contains_key(&service.fullname) {
                    return;
                }
                let (host, addresses) = (service.host.trim_end_matches('.'), addresses(&service));
                let board = discovered_device(&service);
                match &board {
                    Ok(board) => {
                        tracing::debug!(board = %board.hostname, "a board tells of itself");
                    }
                    Err(reason) => {
                        tracing::warn!(board = %name, %reason, "a board cannot be registered");
                    }
                }
                let host = host.to_owned();
                drop(seen.insert(service.fullname.clone(), Seen { board, host, addresses }));
                drop(seen);
                (self.announced)(&name);
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

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Seen>> {
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
        // Not the port of mDNS, and no other test's: no responder of this machine and no neighbour takes part.
        let port = 40_000 + u16::try_from(std::process::id() % 20_000).unwrap();
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let announced = move |name: &str| drop(tell.send(name.to_owned()));
        let (browser, taking) = Browser::start(port, Box::new(announced)).unwrap();
        let taking = tokio::spawn(taking);
        let network = || ServiceDaemon::new_with_port(port).unwrap();
        let texts = [("mac", "a1b2c3d4e5f6"), ("version", "2026.9.1")];
        let info = || {
            let host = "ir-00beef.local.";
            let info = ServiceInfo::new(SERVICE, "ir-00beef", host, "127.0.0.9", 6053, &texts[..]);
            info.unwrap()
        };
        let board = network();
        board.register(info()).unwrap();
        until("it is seen", || browser.seen().iter().any(|b| b.hostname.as_str() == "ir-00beef"))
            .await;
        assert_eq!(told.recv().await.as_deref(), Some("ir-00beef"));
        assert_eq!(browser.addresses("IR-00beef.local."), ["127.0.0.9:6053".parse().unwrap()]);
        assert_eq!(browser.addresses("ir-00.local"), []);

        // It falls asleep without a goodbye. Once that is known, its return is news.
        drop(board.shutdown());
        browser.verify("ir-00beef");
        until("it is gone", || browser.seen().is_empty()).await;
        while told.try_recv().is_ok() {}
        let board = network();
        board.register(info()).unwrap();
        let again = timeout(Duration::from_secs(20), told.recv()).await.unwrap();
        assert_eq!(again.as_deref(), Some("ir-00beef"));

        board.unregister(info().get_fullname()).unwrap();
        until("it is gone", || browser.seen().is_empty()).await;
        drop(browser);
        timeout(Duration::from_secs(20), taking).await.unwrap().unwrap();
    }
}
