//! Simulated SmartVenue blasters with real TVs behind them, and scriptable faults.
//!
//! A [`Blaster`] is one board on a loopback socket: it speaks the native API of one firmware
//! [`Generation`], runs actions the way the board does (the channel script with its shared globals
//! included), and has five TVs that show what they would really show. Tests ask the TV, not the
//! sender. A [`Fleet`] is many of them.

mod blaster;
mod board;
mod fault;
mod fleet;
mod generation;
mod record;
mod session;
mod tv;

pub use blaster::{Blaster, BlasterConfig, SimError};
pub use fault::{Fault, UnknownFault};
pub use fleet::Fleet;
pub use generation::{Generation, UnknownGeneration};
pub use record::{ActionRecord, Direction, FrameRecord};
pub use tv::{Key, Power, TvState};
