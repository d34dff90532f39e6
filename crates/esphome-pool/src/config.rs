//! How sessions are opened and kept.

use std::time::Duration;

use esphome_codec::{Encryption, Keepalive, MacAddress};
use tokio::sync::Semaphore;

use venue_backoff::Backoff;

use crate::reconnect::RECONNECT;

/// The settings that all sessions share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// Who calls, as devices show it (at most 31 characters).
    pub client_info: String,
    /// For the TCP connect, name resolution included: 10 s.
    pub connect_timeout: Duration,
    /// For handshake and hello: 60 s, as the firmware itself allows.
    pub hello_timeout: Duration,
    /// For the listing: 60 s.
    pub listing_timeout: Duration,
    /// When a silent device is asked for a sign of life, and when it is given up.
    pub keepalive: Keepalive,
    /// After this long without an acknowledgement the kernel gives a connection up
    /// (`TCP_USER_TIMEOUT`): 10 s.
    pub tcp_user_timeout: Duration,
    /// How many sessions are opened at a time: 50. A connect that nobody answers holds a permit
    /// for a second only.
    pub parallel_connects: usize,
    /// How long a handshake keeps its permit: 5 s. Devices that accept and then say nothing must not
    /// keep others waiting for the whole of `hello_timeout`.
    pub handshake_permit: Duration,
    /// A session that is lost sooner than this after it was ready is no use: 10 s. Several of them in
    /// a row count like failed tries, so that nobody is asked four times a second.
    pub stable_after: Duration,
    /// How long to wait between tries: 1 s at first, at most 60 s, with full jitter. The longest is also the
    /// wait after what only an admin can put right.
    pub backoff: Backoff,
    /// How long to wait after a device has said that it is about to go: 5 s, it reboots.
    pub announced_disconnect_pause: Duration,
    /// How much a device may send before its session is closed, so that one that floods takes neither
    /// this process nor the network from the others.
    pub inbound: InboundLimit,
    /// How many requests may wait for one session: 32.
    pub mailbox: usize,
    /// How many messages of a device may wait for its readers ([`crate::Messages`]): 512, which take some
    /// 20 KB while there are readers, and what the messages are. A reader that falls further behind misses
    /// the oldest ones, and is told how many.
    pub messages: usize,
}

impl PoolConfig {
    /// The first setting with which no session could ever be opened or kept, and what is wrong with it.
    pub(crate) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let Self { keepalive, backoff, .. } = self;
        let bounds = 1..=Semaphore::MAX_PERMITS;
        [
            (!bounds.contains(&self.parallel_connects), "parallel_connects", TOO_SMALL),
            (!bounds.contains(&self.mailbox), "mailbox", TOO_SMALL),
            (!bounds.contains(&self.messages), "messages", TOO_SMALL),
            (self.connect_timeout.is_zero(), "connect_timeout", NO_TIME),
            (self.hello_timeout.is_zero(), "hello_timeout", NO_TIME),
            (self.listing_timeout.is_zero(), "listing_timeout", NO_TIME),
            (self.tcp_user_timeout.is_zero(), "tcp_user_timeout", NO_TIME),
            (self.handshake_permit.is_zero(), "handshake_permit", NO_TIME),
            (keepalive.interval.is_zero(), "keepalive.interval", NO_TIME),
            (keepalive.dead_after.is_zero(), "keepalive.dead_after", NO_TIME),
            (backoff.first.is_zero(), "backoff.first", NO_TIME),
            (backoff.longest.is_zero(), "backoff.longest", NO_TIME),
        ]
        .into_iter()
        .find_map(|(wrong, setting, rule)| wrong.then_some((setting, rule)))
    }
}

const TOO_SMALL: &str = "must be at least 1, and no more than there can be";
const NO_TIME: &str = "must be longer than zero";

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            client_info: "esphome-pool".to_owned(),
            connect_timeout: Duration::from_secs(10),
            hello_timeout: Duration::from_secs(60),
            listing_timeout: Duration::from_secs(60),
            keepalive: Keepalive::default(),
            tcp_user_timeout: Duration::from_secs(10),
            parallel_connects: 50,
            handshake_permit: Duration::from_secs(5),
            stable_after: Duration::from_secs(10),
            backoff: RECONNECT,
            announced_disconnect_pause: Duration::from_secs(5),
            inbound: InboundLimit::default(),
            mailbox: 32,
            messages: 512,
        }
    }
}

/// How much a device may send. What answers our own requests is not counted.
///
/// A board sends what is ready once per pass of its main loop: 1,390 bytes every 16 ms, 87 kB/s; the
/// largest that it sends in one piece is a listing (some 130 kB for a thousand entries) or a text
/// state of 64 kB. The default is six times the first and thirty times the second, so that nothing
/// that firmware does comes near it; a board that is broken or hostile reaches it within a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboundLimit {
    /// Bytes at once: 4 MiB.
    pub burst: u64,
    /// Bytes a second, for as long as it likes: 512 KiB.
    pub bytes_per_second: u64,
}

impl Default for InboundLimit {
    fn default() -> Self {
        Self { burst: 4 << 20, bytes_per_second: 512 << 10 }
    }
}

/// One device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceConfig {
    /// The node name that must answer, and the device's name in the pool. `None` where only the address
    /// is known: then a device with any name may answer, and its name in the pool is the address. Which
    /// board it is, is held on to all the same (`mac`).
    pub name: Option<String>,
    /// `host:port`; the host is resolved on each connect.
    pub address: String,
    /// The MAC address that must answer. `None` for that of the first session: it is pinned, and must
    /// answer from then on ([`crate::DeviceHandle::pinned_mac`]).
    pub mac: Option<MacAddress>,
    /// How frames travel. Never downgraded.
    pub encryption: Encryption,
}

impl DeviceConfig {
    /// A device of which only the address is known: `host:port`, in plaintext, and whatever board answers
    /// there first.
    #[must_use]
    pub fn at(address: impl Into<String>) -> Self {
        let address = address.into();
        Self { name: None, address, mac: None, encryption: Encryption::Plaintext }
    }

    /// The device's name in a pool: the node name, or the address if there is none.
    #[must_use]
    pub fn pool_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.address)
    }

    /// Whether nothing tells the two apart before they answer: they have one address, and one of them may
    /// have any name.
    pub(crate) fn may_be(&self, other: &Self) -> bool {
        let unnamed = self.name.is_none() || other.name.is_none();
        self.pool_name() == other.pool_name() || unnamed && self.address == other.address
    }
}
