//! Simulated SmartVenue blasters with real TVs behind them, and scriptable faults.
//!
//! A [`Blaster`] is one board on a loopback socket: it speaks the native API of one firmware
//! [`Generation`], runs actions the way the board does (the channel script with its shared globals
//! included), and has five TVs that show what they would really show. Tests ask the TV, not the
//! sender. A [`Fleet`] is many of them.
//!
//! # Boards with infrared entities
//!
//! [`InfraredConfig`] makes a board that is driven by raw timings (`InfraredRFTransmitRawTimingsRequest`,
//! id 136). In front of each [`Emitter`] is an [`Appliance`] that decodes what arrives, is as strict as
//! sets of its [`Make`] are (frames per press, toggle bits, digits that come too fast, carriers), and
//! shows the result as the TV of its port. The decoder is a [`RemoteDecoder`]; with the feature `irp`
//! it is `IrpDecoder`, foreign code that judges our own encoders.
//!
#![cfg_attr(feature = "irp", doc = "```")]
#![cfg_attr(not(feature = "irp"), doc = "```ignore")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), device_sim::SimError> {
//! use std::sync::Arc;
//! use device_sim::{Blaster, BlasterConfig, InfraredConfig, IrpDecoder, Make, TransmitTiming};
//!
//! // Port 1 is an LG, port 2 a Sony; the entities are named "IR Port 1" and "IR Port 2".
//! let appliances = [Make::Lg.appliance(), Make::Sony.appliance()];
//! let infrared = InfraredConfig {
//!     timing: TransmitTiming::Software,
//!     ..InfraredConfig::new(appliances, Arc::new(IrpDecoder))
//! };
//! let board = Blaster::start(BlasterConfig::infrared("ir-000001", 1, infrared)).await?;
//! // A client connects to `board.address()`, and sends.
//! assert_eq!(board.tv(1).channel, "1");
//! assert!(board.transmissions().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! An [`Eye`] makes it a board that learns: [`Blaster::press_handheld`] is a press of a remote in the
//! room, with repeat frames, a demodulator that distorts, and the filler behind each burst.
//!
//! What a completion says is scripted by [`Fault`]: `Displaced` (false at once, although the frame is
//! on the air), `DropReplies` (never), `LateReplies`, `HungAfter` (hangs between two transmissions).
//! [`Generation::Replies`] is a board of API 1.14, which never reports completion.

mod blaster;
mod board;
mod config;
mod fault;
mod fleet;
mod generation;
mod infrared;
mod infrared_board;
mod record;
mod session;
mod shared;
mod tv;

pub use blaster::{Blaster, SimError};
pub use config::BlasterConfig;
pub use fault::{Fault, UnknownFault};
pub use fleet::Fleet;
pub use generation::{Generation, UnknownGeneration};
pub use infrared::{
    Actions, Appliance, DecodedFrame, Emitter, Eye, HandheldPress, InfraredConfig, Make, Remote,
    RemoteDecoder, RemoteProtocol, Transmission, TransmitTiming, UnknownMake, UnknownTiming,
};
#[cfg(feature = "irp")]
pub use infrared::{IrpDecoder, irp_press};
pub use record::{ActionRecord, Direction, FrameRecord};
pub use tv::{Key, Power, TvState};
