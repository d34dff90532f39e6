//! Boards with infrared entities: transmitters with an appliance in front of each, and an eye.
//!
//! The facts are those of ESPHome's `infrared` component (messages 135, 136, 137 and 153): which
//! releases answer a transmission, what `false` can mean, and what a board does while it transmits.

mod air;
mod eye;
#[cfg(feature = "irp")]
mod irp_decoder;
mod makes;
mod receiver;
mod remote;
mod room;
mod timings;

use std::{str::FromStr, sync::Arc, time::Duration};

use snafu::Snafu;
use tokio::time::Instant;

use crate::Generation;

pub use eye::{Eye, HandheldPress};
#[cfg(feature = "irp")]
pub use irp_decoder::{IrpDecoder, irp_press};
pub use makes::{Make, UnknownMake};
pub use remote::{DecodedFrame, Remote, RemoteDecoder, RemoteProtocol};

pub(crate) use air::{Air, Asker, Report, Taken};

/// The infrared entities of a board, and what is in front of them.
///
/// The firmware that answers is the [`Generation`] of the board: `Current`
/// (ESPHome 2026.10, API 1.19) reports each transmission with message 153, `Replies` (2026.6, API
/// 1.14) never does. Older generations have no infrared entities.
#[derive(Clone, Debug)]
pub struct InfraredConfig {
    /// The transmitters; the first one is port 1 of the board.
    pub emitters: Vec<Emitter>,
    /// How the board makes the carrier.
    pub timing: TransmitTiming,
    /// Its infrared receiver.
    pub eye: Option<Eye>,
    /// Whether the board has the actions of the family as well.
    pub actions: Actions,
    /// What the appliances read infrared with. Without one they see nothing.
    pub decoder: Option<Arc<dyn RemoteDecoder>>,
}

impl InfraredConfig {
    /// A hardware-timed board without actions, one emitter per appliance, named `IR Port 1` and so
    /// on.
    #[must_use]
    pub fn new(
        appliances: impl IntoIterator<Item = Appliance>,
        decoder: Arc<dyn RemoteDecoder>,
    ) -> Self {
        let emitter = |(port, appliance)| Emitter {
            name: format!("IR Port {port}"),
            appliance: Some(appliance),
        };
        Self {
            emitters: (1..).zip(appliances).map(|pair: (u8, _)| emitter(pair)).collect(),
            timing: TransmitTiming::Hardware,
            eye: None,
            actions: Actions::None,
            decoder: Some(decoder),
        }
    }

    /// What the family's own board has: five transmitters in the current generation, none before,
    /// and nothing in front that would read them.
    pub(crate) fn of_the_family(generation: Generation) -> Self {
        let emitter = |port| Emitter { name: format!("IR Port {port}"), appliance: None };
        let count = if generation == Generation::Current { 5 } else { 0 };
        Self {
            emitters: (1..=count).map(emitter).collect(),
            timing: TransmitTiming::Hardware,
            eye: None,
            actions: Actions::Family,
            decoder: None,
        }
    }
}

/// One transmitter, which is one infrared entity.
#[derive(Clone, Debug)]
pub struct Emitter {
    /// The name of the entity.
    pub name: String,
    /// What is in front of it.
    pub appliance: Option<Appliance>,
}

/// How a board makes the carrier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransmitTiming {
    /// By hardware (the RMT of an ESP32): transmitters run in parallel and the board goes on
    /// reading. Only a second frame for a transmitter that is busy makes the board wait for it.
    #[default]
    Hardware,
    /// By software (an ESP8266): interrupts are off while the array runs, so the board reads and
    /// answers nothing until it has left.
    Software,
}

/// The name is no timing.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("infrared is timed by hardware or software, not {name:?}"))]
pub struct UnknownTiming {
    /// The name.
    pub name: String,
}

impl FromStr for TransmitTiming {
    type Err = UnknownTiming;

    fn from_str(name: &str) -> Result<Self, UnknownTiming> {
        match name {
            "hardware" => Ok(Self::Hardware),
            "software" => Ok(Self::Software),
            _ => UnknownTimingSnafu { name }.fail(),
        }
    }
}

/// Whether a board has the actions of the family (`tv_power` and so on).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Actions {
    /// Infrared entities only: stock firmware.
    #[default]
    None,
    /// All actions of its generation.
    Family,
}

/// A TV or box: what it obeys, and what it is strict about.
#[derive(Clone, Debug)]
pub struct Appliance {
    /// The codes that it obeys.
    pub remote: Remote,
    /// How many frames of a press it wants before it acts: see
    /// [`RemoteProtocol::frames_wanted`].
    pub frames_wanted: u8,
    /// A digit that comes sooner than this after the one before is lost.
    pub digit_pause: Duration,
    /// For how long it takes an equal toggle bit for a held key; without end if `None`.
    pub toggle_memory: Option<Duration>,
}

impl Appliance {
    /// An appliance that obeys `remote`, as strict as its protocol demands.
    #[must_use]
    pub fn new(remote: Remote) -> Self {
        Self {
            frames_wanted: remote.protocol.frames_wanted(),
            remote,
            digit_pause: Duration::from_millis(150),
            toggle_memory: None,
        }
    }
}

/// What one transmitter was handed, as it is on the air.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmission {
    /// When the board took the request.
    pub asked: Instant,
    /// When the first mark begins: later than `asked` if the transmitter was busy.
    pub starts: Instant,
    /// The port, from 1.
    pub port: u8,
    /// The session that asked for it, counted from 1.
    pub session: u64,
    /// Hz; 0 is unmodulated.
    pub carrier_hz: u32,
    /// Microseconds: marks positive, spaces negative, with all repeats.
    pub timings_us: Vec<i32>,
}

impl Transmission {
    /// How long it is on the air, with its spaces.
    #[must_use]
    pub fn air_time(&self) -> Duration {
        Duration::from_micros(self.timings_us.iter().map(|us| u64::from(us.unsigned_abs())).sum())
    }

    /// When its last space ends.
    #[must_use]
    pub fn ends(&self) -> Instant {
        self.starts + self.air_time()
    }
}
