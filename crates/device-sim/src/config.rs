//! What a simulated board is.

use std::{net::SocketAddr, time::Duration};

use esphome_codec::{MacAddress, Psk};

use crate::{Fault, Generation, InfraredConfig, Power};

/// What a board is.
#[derive(Clone, Debug)]
pub struct BlasterConfig {
    /// The node name.
    pub name: String,
    /// The MAC address.
    pub mac: MacAddress,
    /// The Noise key; plaintext without one.
    pub psk: Option<Psk>,
    /// The firmware.
    pub generation: Generation,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How long it takes for whatever comes in one piece.
    pub latency: Duration,
    /// The channel script's pause between digits.
    pub digit_gap: Duration,
    /// Its infrared entities; without them a board of the current generation has five, and TVs
    /// that hear its actions only.
    pub infrared: Option<InfraredConfig>,
    /// How long the TVs wait for a further digit.
    pub digit_timeout: Duration,
    /// How long the TVs hear nothing after they were switched on.
    pub warm_up: Duration,
    /// Whether the TVs are on at first.
    pub power: Power,
    /// How many sessions it has room for: 5 on an ESP32.
    pub slots: usize,
    /// What is wrong with it from the start.
    pub fault: Fault,
    /// The version that its update entity offers, where the firmware has one; what runs if `None`.
    pub offered_version: Option<String>,
}

impl BlasterConfig {
    /// A healthy plaintext board of the current generation on a free port of 127.0.0.1; its MAC
    /// address is made from `number`.
    #[must_use]
    pub fn new(name: impl Into<String>, number: u16) -> Self {
        let [high, low] = number.to_be_bytes();
        let mac = MacAddress::try_from([0x02, 0x5e, 0x4d, 0, high, low]);
        Self {
            name: name.into(),
            #[expect(clippy::expect_used, reason = "the first byte is not zero")]
            mac: mac.expect("not all zero"),
            psk: None,
            generation: Generation::Current,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            latency: Duration::ZERO,
            digit_gap: Duration::from_millis(300),
            infrared: None,
            digit_timeout: Duration::from_secs(1),
            warm_up: Duration::ZERO,
            power: Power::On,
            slots: 5,
            fault: Fault::None,
            offered_version: None,
        }
    }
}
