//! Boards that tell of themselves on the network: ESPHome announces `_esphomelib._tcp` by mDNS.
//!
//! What is seen is a list to adopt from and changes nothing by itself: a registered board is reached at the
//! address that is registered; that it announces itself only makes the next try come sooner, and a name
//! such as `ir-1.local` is looked up in what was heard. Everything here comes from whoever is on the network: it is bounded, what does
//! not read is left out, and none of it is trusted.

mod browser;
mod told;

pub use browser::{Announced, Browser, DiscoveryError};
pub use told::{Unusable, sighting};

/// The service that ESPHome announces (its component `mdns`).
pub const SERVICE: &str = "_esphomelib._tcp.local.";

/// The port of mDNS (RFC 6762).
pub const PORT: u16 = 5353;

/// So many boards are remembered at the most.
pub const MOST: usize = 1_024;
