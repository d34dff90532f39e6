//! Infrared remote codes: what a key of a remote control sends, as a value.
//!
//! A [`Code`] is one key: a protocol with its parameters ([`ParsedCode`]), a [`ProntoCode`], or timings as
//! they were recorded ([`RawCode`]). It has a notation of one line, for files, JSON and the command line:
//!
//! | notation | meaning |
//! |---|---|
//! | `nec1:4,8` | protocol `nec1`, device 4, function 8 |
//! | `samsung32:7,7,2` | device 7, subdevice 7, function 2 |
//! | `samsung36:0,4,241,14` | device, subdevice, function, and the extra parameter of the protocol |
//! | `pronto:0000 006C 0001 0000 0156 00AB` | Pronto hex words |
//! | `raw:38000:9000 -4500 564` | carrier in Hz (0: unmodulated), then marks and spaces in microseconds |
//!
//! [`Protocol`] lists the protocols, and [`Protocol::parameters`] what each asks for.
//!
//! A [`CodeSet`] holds the keys of one remote; [`import`] reads the files of other programs into keys.
//!
//! * [`encode`] gives the timings of one [`Press`] of a key, ready for a transmitter.
//! * [`decode`] says what received timings may be; [`PressCollector`] puts the events of a receiver together
//!   into presses.
//! * [`Learner`] makes a key of three presses that agree; [`next_step`] finds the code set of an appliance by
//!   trying keys that do no harm.
//! * [`same_signal`] says whether an appliance can tell two codes apart.
//!
//! Everything here is a value or a rule over values: no I/O, no clock, no randomness, and every list has a
//! limit, so that text from anybody may be read.

mod candidate;
mod carrier;
mod code;
mod codeset;
mod error;
mod family;
mod find;
mod found;
pub mod fuzz;
mod held;
pub mod import;
mod layout;
mod learn;
mod limits;
mod manchester;
mod notation;
mod parameters;
mod parsed_code;
mod pronto;
mod protocol;
mod pulse;
mod raw;
mod recording;
mod same;
mod tolerance;
mod transmission;
mod wave;

pub use candidate::Candidate;
pub use carrier::Carrier;
pub use code::Code;
pub use codeset::{
    ApplianceKind, ChannelEntry, CodeSet, KeyName, KeyNameError, KeyNature, KeyOverride, MAX_KEYS,
    MAX_SET_BYTES, SetId, SetIdError, SetProblem, SetSource, Verified, is_power_key, power_of,
    starter_set, starter_sets,
};
pub use error::CodeError;
pub use find::{FindAnswer, FindStep, HARMLESS_KEYS, next_step};
pub use learn::{CarrierSource, LEARN_TIME, LearnedKey, Learner, PRESSES, Progress};
pub use limits::{MAX_DURATION_US, MAX_PRONTO_WORDS, MAX_TIMINGS, MAX_TOTAL_US};
pub use parameters::{DefaultValue, Parameter, Parameters};
pub use parsed_code::ParsedCode;
pub use pronto::{Learned, ProntoCode};
pub use protocol::Protocol;
pub use raw::RawCode;
pub use recording::{PRESS_GAP, PressCollector, Recording, decode};
pub use same::same_signal;
pub use transmission::{EncodeError, MAX_SENDS, MAX_SOFTWARE_TIMED, Press, Transmission, encode};
