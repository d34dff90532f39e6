//! From a code to the timings that one press of its key puts on the air.

use std::time::Duration;

use snafu::{Snafu, ensure};

use crate::{
    Carrier, Code, MAX_TIMINGS, MAX_TOTAL_US, ParsedCode, RawCode,
    family::Family,
    layout::Values,
    pronto::{Learned, Meaning},
    wave::Wave,
};

/// How often a press can be sent.
pub const MAX_SENDS: u8 = 20;

/// One press of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Press {
    /// The toggle bit, for codes that have one ([`Code::has_toggle_bit`]). It belongs to the press: flipped
    /// for the next press of the same remote control, kept when a press is tried again.
    pub toggle: bool,
    /// How often the frame is sent, up to [`MAX_SENDS`]; less than what the protocol needs
    /// ([`crate::Protocol::min_sends`]) is raised to that.
    pub sends: u8,
}

/// The longest message for a board that times infrared by software (an ESP8266, for one): it hears nothing while it
/// sends, the last pause included, and its network gives up on it.
pub const MAX_SOFTWARE_TIMED: Duration = Duration::from_millis(250);

/// What a transmitter is asked to send for one press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmission {
    carrier: Carrier,
    timings: Vec<i32>,
    sends: u8,
    air_time: Duration,
}

impl Transmission {
    /// The carrier of the marks.
    #[must_use]
    pub const fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// Microseconds, marks positive and spaces negative: strictly in turn, a mark first, and a space last,
    /// which completes the period of the last frame. So the next press may follow at once.
    #[must_use]
    pub fn timings(&self) -> &[i32] {
        &self.timings
    }

    /// The timings, for a message that takes them.
    #[must_use]
    pub fn into_timings(self) -> Vec<i32> {
        self.timings
    }

    /// How often the frame is in it, repeat frames counted.
    #[must_use]
    pub const fn sends(&self) -> u8 {
        self.sends
    }

    /// How long the transmitter is busy with it: all timings together, the last space too.
    #[must_use]
    pub const fn air_time(&self) -> Duration {
        self.air_time
    }

    /// The same for a board that times infrared by software, and the part of the last pause that is left out of it, if
    /// it is longer than [`MAX_SOFTWARE_TIMED`]: whoever sends it waits so long behind it. Frames are not sent in
    /// several messages, because an appliance may take what comes late for another press.
    ///
    /// # Errors
    /// [`EncodeError::SoftwareTimed`], if it is too long without that pause too.
    pub fn timed_by_software(mut self) -> Result<(Self, Duration), EncodeError> {
        let Some(excess) = self.air_time.checked_sub(MAX_SOFTWARE_TIMED) else {
            return Ok((self, Duration::ZERO));
        };
        let last = self.timings.last_mut().filter(|last| **last < -SHORTEST_PAUSE_US);
        let spare = last.as_ref().map_or(0, |last| last.unsigned_abs() - SHORTEST_PAUSE_US as u32);
        let left_out = i32::try_from(excess.as_micros()).unwrap_or(i32::MAX);
        match last {
            Some(last) if left_out.unsigned_abs() <= spare => *last += left_out,
            _ => return SoftwareTimedSnafu { air_time: self.air_time, sends: self.sends }.fail(),
        }
        self.air_time = MAX_SOFTWARE_TIMED;
        Ok((self, excess))
    }

    fn new(carrier: Carrier, timings: Vec<i32>, sends: u8) -> Result<Self, EncodeError> {
        let count = timings.len();
        ensure!(count <= MAX_TIMINGS, TimingCountSnafu { count, sends });
        let total_us: u64 = timings.iter().map(|timing| u64::from(timing.unsigned_abs())).sum();
        ensure!(total_us <= u64::from(MAX_TOTAL_US), TotalTimeSnafu { total_us, sends });
        Ok(Self { carrier, timings, sends, air_time: Duration::from_micros(total_us) })
    }
}

/// Why a press cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum EncodeError {
    /// More sends than any appliance needs.
    #[snafu(display("sends must be 0 to {MAX_SENDS}, not {sends}"))]
    Sends {
        /// What was asked for.
        sends: u8,
    },
    /// More timings than a board takes.
    #[snafu(display(
        "{sends} sends of this code are {count} timings, and at most {MAX_TIMINGS} fit: lower sends"
    ))]
    TimingCount {
        /// How many there would be.
        count: usize,
        /// How often the frame would be sent.
        sends: u8,
    },
    /// Longer than a board should be busy.
    #[snafu(display(
        "{sends} sends of this code take {total_us} us, and at most {MAX_TOTAL_US} us fit: lower sends"
    ))]
    TotalTime {
        /// How long it would take, in microseconds.
        total_us: u64,
        /// How often the frame would be sent.
        sends: u8,
    },
    /// Longer than a board that times infrared by software may be deaf.
    #[snafu(display(
        "a press of it takes {} ms ({sends} sends), and a board that times infrared by software can be sent at most {} \
         ms at once: lower sends, or say typing one_message if the board times infrared by hardware",
        air_time.as_millis(), MAX_SOFTWARE_TIMED.as_millis()
    ))]
    SoftwareTimed {
        /// How long a press takes, its last pause included.
        air_time: Duration,
        /// How often its frame is sent.
        sends: u8,
    },
}

/// What is left of the last pause at least, in microseconds: it ends the last mark.
const SHORTEST_PAUSE_US: i32 = 1_000;

/// The timings of one press of `code`.
///
/// The first send is the whole frame; the others are what the protocol sends while a key is held: the
/// frame again, or its short repeat frame. Of a Pronto code it is the part that is sent once, then the
/// repeated part. Recorded timings are sent as often as asked for.
///
/// # Errors
/// [`EncodeError`]: too many sends for one transmission. With `sends` 0 or 1 only recorded timings near their
/// limits can fail.
pub fn encode(code: &Code, press: Press) -> Result<Transmission, EncodeError> {
    let Press { toggle, sends } = press;
    ensure!(sends <= MAX_SENDS, SendsSnafu { sends });
    match code {
        Code::Parsed(code) => encode_parsed(code, toggle, sends),
        Code::Raw(code) => encode_raw(code, sends),
        Code::Pronto(code) => match code.meaning() {
            Meaning::Short(parsed) => encode_parsed(parsed, toggle, sends),
            Meaning::Learned(learned) => encode_learned(learned, sends),
        },
    }
}

fn encode_parsed(code: &ParsedCode, toggle: bool, sends: u8) -> Result<Transmission, EncodeError> {
    let protocol = code.protocol();
    let sends = sends.max(protocol.min_sends());
    let values = Values::of(code, toggle);
    // The most that one send has (Kaseikyo, Sharp).
    let mut wave = Wave::with_capacity(100 * usize::from(sends));
    match protocol.family() {
        Family::Pulse(spec) => spec.encode(values, sends, &mut wave),
        Family::Manchester(spec) => spec.encode(&values, sends, &mut wave),
    }
    Transmission::new(protocol.carrier(), wave.into_timings(), sends)
}

/// The pauses of a Pronto code are its own.
fn encode_learned(code: &Learned, sends: u8) -> Result<Transmission, EncodeError> {
    let sends = sends.max(1);
    let (first, others) = match (code.once(), code.repeated()) {
        ([], repeated) => (repeated, repeated),
        (once, []) => (once, once),
        (once, repeated) => (once, repeated),
    };
    let others = std::iter::repeat_n(others, usize::from(sends) - 1).flatten();
    let timings = first.iter().chain(others).copied().collect();
    Transmission::new(code.carrier(), timings, sends)
}

fn encode_raw(code: &RawCode, sends: u8) -> Result<Transmission, EncodeError> {
    let sends = sends.max(1);
    let timings = completed(code.timings()).repeat(usize::from(sends));
    Transmission::new(code.carrier(), timings, sends)
}

/// Recorded timings with a pause behind them. Receivers end a recording after a few milliseconds, so a last
/// space that is shorter than the pause of any usual protocol is not what the remote control had.
fn completed(timings: &[i32]) -> Vec<i32> {
    const PAUSE: i32 = -40_000;
    const SHORTEST_REAL: i32 = -20_000;
    let mut timings = timings.to_vec();
    match timings.last_mut() {
        Some(last) if *last > 0 => timings.push(PAUSE),
        Some(last) if *last > SHORTEST_REAL => *last = PAUSE,
        Some(_) | None => {}
    }
    timings
}

#[cfg(test)]
mod tests;
