//! Boards that went away for one cause: one alert with a list (docs/semantics.md, rule 9.50).
//!
//! Nobody tells the daemon that an access point is off. What it sees is that boards of one network were lost at about
//! the same moment: that is taken for one cause, and said as no more than that.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::time::Instant;
use venue_domain::{Hostname, Presence};
use venue_routing::DeviceStatus;

use super::condition::Condition;

/// Boards that are lost with their access point are asked for a sign of life every 10 s, each at its own moment: so far
/// apart they are found to be away, and a little more.
const TOGETHER: Duration = Duration::from_secs(15);

/// What is computed from ages differs a little from look to look.
const SAME_MOMENT: Duration = Duration::from_secs(1);

/// An alert names so many boards at the most; it counts all of them.
const NAMED: usize = 200;

/// The part of the network that a board is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Network {
    /// The first 24 bits.
    V4(Ipv4Addr),
    /// The first 64 bits.
    V6(Ipv6Addr),
}

impl Network {
    /// That of the latest session, or else of the address that is registered; `None` for a name that was never resolved.
    pub(super) fn of(session: Option<SocketAddr>, registered: &str) -> Option<Self> {
        let host = registered.rsplit_once(':').map_or(registered, |(host, _)| host);
        let host = host.trim_matches(['[', ']']);
        let host = host.split_once('%').map_or(host, |(host, _)| host);
        let address = session.map(|session| session.ip()).or_else(|| host.parse().ok())?;
        Some(match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Self::V4(Ipv4Addr::new(a, b, c, 0))
            }
            IpAddr::V6(address) => {
                let bits = u128::from(address) >> 64 << 64;
                Self::V6(Ipv6Addr::from(bits))
            }
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => write!(f, "{address}/24"),
            Self::V6(address) => write!(f, "{address}/64"),
        }
    }
}

/// A board that cannot be reached.
#[derive(Clone, Debug)]
pub(super) struct Away {
    hostname: Hostname,
    network: Option<Network>,
    lost: Instant,
}

impl Away {
    /// `None` for a board that is reached, whatever comes of that.
    pub(super) fn of(
        status: &DeviceStatus,
        network: Option<Network>,
        now: Instant,
    ) -> Option<Self> {
        let (Presence::Connecting { since } | Presence::Offline { since, .. }) =
            &status.snapshot.presence
        else {
            return None;
        };
        let lost = now.checked_sub(*since).unwrap_or(now);
        Some(Self { hostname: status.entry.hostname.clone(), network, lost })
    }
}

/// What was lost, from look to look.
#[derive(Debug, Default)]
pub(super) struct Outages(Vec<Outage>);

/// Boards of one network that were lost within a short time.
#[derive(Debug)]
struct Outage {
    network: Option<Network>,
    first: Instant,
    last: Instant,
    /// What the alert is about, once it is one of several boards: it stays that until the last of them is back.
    name: Option<String>,
    boards: BTreeMap<Hostname, Instant>,
}

impl Outages {
    /// What is the matter with the boards that are `away` at `now`. Until somebody was away for `patience`, nothing is an
    /// alert, and whoever is back by then is in none.
    pub(super) fn look(
        &mut self,
        away: Vec<Away>,
        patience: Duration,
        now: Instant,
    ) -> Vec<Condition> {
        let lost: BTreeMap<_, _> = away.iter().map(|one| (&one.hostname, one.lost)).collect();
        for outage in &mut self.0 {
            outage.boards.retain(|hostname, known| {
                lost.get(hostname).is_some_and(|lost| apart(*lost, *known) <= SAME_MOMENT)
            });
        }
        self.0.retain(|outage| !outage.boards.is_empty());
        let mut new: Vec<Away> = away
            .into_iter()
            .filter(|one| self.0.iter().all(|outage| !outage.boards.contains_key(&one.hostname)))
            .collect();
        // In the order in which they went, so that each finds the one before it.
        new.sort_by(|a, b| (a.lost, &a.hostname).cmp(&(b.lost, &b.hostname)));
        new.into_iter().for_each(|one| self.join(one));
        self.name_those_together(patience, now);
        self.0.iter().flat_map(|outage| outage.conditions(patience, now)).collect()
    }

    fn join(&mut self, one: Away) {
        let Away { hostname, network, lost } = one;
        // Where the network is not known nothing is shared.
        let of_network = self.0.iter_mut().filter(|_| network.is_some());
        let mut together = of_network.filter(|outage| outage.network == network);
        match together.find(|outage| outage.is_near(lost)) {
            Some(outage) => {
                (outage.first, outage.last) = (outage.first.min(lost), outage.last.max(lost));
                outage.boards.insert(hostname, lost);
            }
            None => self.0.push(Outage {
                network,
                first: lost,
                last: lost,
                name: None,
                boards: BTreeMap::from([(hostname, lost)]),
            }),
        }
    }

    /// Who is alone until it is an alert is an alert of its own.
    fn name_those_together(&mut self, patience: Duration, now: Instant) {
        let named = self.0.iter().filter_map(|outage| outage.name.clone());
        let mut names = named.collect::<BTreeSet<_>>();
        for outage in self.0.iter_mut().filter(|outage| outage.name.is_none()) {
            let Some(network) = outage.network.filter(|_| outage.is_due_together(patience, now))
            else {
                continue;
            };
            let name = free_name(network, &names);
            names.insert(name.clone());
            outage.name = Some(name);
        }
    }
}

/// The network, with a number where another outage of it lasts.
fn free_name(network: Network, names: &BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{network}:{number}"));
    let mut all = std::iter::once(network.to_string()).chain(numbered);
    all.find(|name| !names.contains(name)).unwrap_or_default()
}

impl Outage {
    fn is_near(&self, lost: Instant) -> bool {
        lost + TOGETHER >= self.first && lost <= self.last + TOGETHER
    }

    fn is_due_together(&self, patience: Duration, now: Instant) -> bool {
        let is_due = |lost: &Instant| now.duration_since(*lost) >= patience;
        self.boards.len() > 1 && self.boards.values().any(is_due)
    }

    /// One for all of them, or one for each where there is nothing that they share.
    fn conditions(&self, patience: Duration, now: Instant) -> Vec<Condition> {
        let lasted = |lost: &Instant| Some(now.duration_since(*lost));
        let Some((name, network)) = self.name.as_ref().zip(self.network) else {
            let each = self.boards.iter().map(|(hostname, lost)| Condition {
                about: Some(hostname.to_string()),
                lasted: lasted(lost),
                patience,
                ..Condition::warning(
                    "device_offline",
                    format!("{hostname} cannot be reached"),
                    "check its power and network; `venuectl device get` shows the state",
                )
            });
            return each.collect();
        };
        let count = self.boards.len();
        let boards = if count == 1 { "board" } else { "boards" };
        vec![Condition {
            about: Some(name.clone()),
            count: u64::try_from(count).ok(),
            boards: self.boards.keys().take(NAMED).map(ToString::to_string).collect(),
            lasted: lasted(&self.first),
            ..Condition::warning(
                "devices_offline",
                format!(
                    "{count} {boards} in {network} cannot be reached, since about the same time"
                ),
                "look first at what they share: power, switch, access point; `venuectl device list` shows \
                 them",
            )
        }]
    }
}

fn apart(one: Instant, other: Instant) -> Duration {
    one.max(other).duration_since(one.min(other))
}

#[cfg(test)]
mod tests;
