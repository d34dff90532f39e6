//! Learning a key: from what a receiver hears of several presses to a code.
//!
//! [`Learner`] has no clock and does no I/O: it is fed with the events of a receiver and with the time since
//! it began. It says what came of each press ([`Progress`]), and after [`PRESSES`] that agree, which key it
//! is ([`LearnedKey`]).
//!
//! A receiver hears everything: other remote controls, lamps, and what our own boards send. So one press
//! proves nothing; what came while we sent is left out; and presses that differ do not end it.

use std::{fmt, time::Duration};

use crate::{Carrier, Code, ParsedCode};

mod burst;
mod decoding;
mod key;
mod press;
mod toggle;

use burst::Burst;
use key::learned;
use press::{Closed, OpenPress, Press, Sameness};

pub use key::{CarrierSource, LearnedKey};

/// How many presses must agree.
pub const PRESSES: u8 = 3;

/// How long learning goes on.
pub const LEARN_TIME: Duration = Duration::from_secs(20);

/// How long after the end of our own transmission its events still come: the time after which a receiver
/// takes a signal for over (65 ms at most), and the network.
const ECHO: Duration = Duration::from_millis(200);

/// The most transmissions of our own that are remembered; each is over in two seconds.
const MAX_OWN: usize = 64;

/// The most keys that are told apart in one session; the one that was not heard for longest is forgotten.
const MAX_KEYS: usize = 8;

/// Learns one key. All times are since learning began and do not go back.
#[derive(Debug)]
pub struct Learner {
    receiver: Option<Carrier>,
    /// From when to when events may be our own.
    own: Vec<(Duration, Duration)>,
    open: Option<OpenPress>,
    /// Presses that agree with one another.
    keys: Vec<Vec<Press>>,
    is_over: bool,
}

impl Learner {
    /// Learns from a receiver that is made for `receiver_frequency` Hz; 0 if that is not known.
    #[must_use]
    pub fn new(receiver_frequency: u32) -> Self {
        let receiver = Carrier::from_hz(receiver_frequency).ok();
        let receiver = receiver.filter(|carrier| *carrier != Carrier::UNMODULATED);
        Self { receiver, own: Vec::new(), open: None, keys: Vec::new(), is_over: false }
    }

    /// A board nearby began at `at` to send something that takes `air_time`: what is heard meanwhile is not
    /// learned. May be told up to 150 ms late.
    pub fn sent(&mut self, at: Duration, air_time: Duration) {
        let until = at.saturating_add(air_time).saturating_add(ECHO);
        if self.own.len() == MAX_OWN {
            self.own.remove(0);
        }
        self.own.push((at, until));
        self.open.take_if(|press| !press.remove(at, until));
    }

    /// An event of the receiver came at `at`. Says what came of the press before it, if that is over now.
    ///
    /// Timings are microseconds as firmware gives them: marks positive and spaces negative or the other way
    /// round, with a filler at the end. What cannot be a signal is ignored.
    pub fn heard(&mut self, at: Duration, timings: &[i32]) -> Option<Progress> {
        let progress = self.tick(at);
        let is_own = self.own.iter().any(|(from, until)| (*from..=*until).contains(&at));
        if self.is_over || is_own {
            return progress;
        }
        match (Burst::of_event(timings), &mut self.open) {
            (Some(burst), Some(press)) => press.push(at, burst),
            (Some(burst), None) => self.open = Some(OpenPress::new(at, burst)),
            (None, _) => {}
        }
        progress
    }

    /// It is `at` now. Says what came of the last press, once it is over.
    pub fn tick(&mut self, at: Duration) -> Option<Progress> {
        if self.is_over {
            return None;
        }
        if let Some(press) = self.open.take_if(|press| press.is_over(at)) {
            let progress = self.closed(press.close());
            if progress.is_some() {
                return progress;
            }
        }
        if at < LEARN_TIME {
            return None;
        }
        self.is_over = true;
        let agreed = self.keys.iter().map(Vec::len).max().unwrap_or(0);
        Some(Progress::TimedOut { agreed: u8::try_from(agreed).unwrap_or(u8::MAX) })
    }

    /// When [`Learner::tick`] has something to say at the latest if nothing is heard until then; `None` once
    /// learning is over.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        /// Behind the end of a press, not on it.
        const BEHIND: Duration = Duration::from_millis(1);
        let press = self.open.as_ref().map(|press| press.over_at().saturating_add(BEHIND));
        let due = press.map_or(LEARN_TIME, |press| press.min(LEARN_TIME));
        (!self.is_over).then_some(due)
    }

    fn closed(&mut self, press: Closed) -> Option<Progress> {
        match press {
            Closed::Noise => None,
            Closed::RepeatsOnly => Some(Progress::RepeatsOnly),
            Closed::Press(press) => Some(self.pressed(press)),
        }
    }

    fn pressed(&mut self, press: Press) -> Progress {
        let is_first = self.keys.is_empty();
        let is_same = |key: &Vec<Press>| {
            key.first().is_some_and(|first| first.compare(&press) != Sameness::Different)
        };
        let decoded = press.best_key();
        let Some(at) = self.keys.iter().position(is_same) else {
            if self.keys.len() == MAX_KEYS {
                self.keys.remove(0);
            }
            self.keys.push(vec![press]);
            return if is_first {
                Progress::Press { number: 1, decoded }
            } else {
                Progress::Differs { decoded }
            };
        };
        let mut presses = self.keys.remove(at);
        presses.push(press);
        let number = u8::try_from(presses.len()).unwrap_or(u8::MAX);
        if number < PRESSES {
            self.keys.push(presses);
            return Progress::Press { number, decoded };
        }
        learned(&presses, self.receiver).map_or(Progress::TooLong, |key| {
            self.is_over = true;
            Progress::Learned(Box::new(key))
        })
    }
}

/// What came of a press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It was heard well, and more are needed.
    Press {
        /// The number of presses that agree, this one included.
        number: u8,
        /// What it was taken for, if a protocol is recognised in it.
        decoded: Option<ParsedCode>,
    },
    /// It is not what was pressed before.
    Differs {
        /// What it was taken for, if a protocol is recognised in it.
        decoded: Option<ParsedCode>,
    },
    /// Only the repeat frames of a key that was held down were heard, which are the same for all keys.
    RepeatsOnly,
    /// The presses agree, and their timings are longer than what can be sent.
    TooLong,
    /// Enough presses agree. Learning is over.
    Learned(Box<LearnedKey>),
    /// The time is over.
    TimedOut {
        /// The largest number of presses that agreed.
        agreed: u8,
    },
}

impl Progress {
    /// Whether learning is over.
    #[must_use]
    pub const fn is_end(&self) -> bool {
        match self {
            Self::Learned(_) | Self::TimedOut { .. } => true,
            Self::Press { .. } | Self::Differs { .. } | Self::RepeatsOnly | Self::TooLong => false,
        }
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken_for = |decoded: &Option<ParsedCode>| {
            decoded.map_or_else(String::new, |code| format!(" ({})", Code::Parsed(code)))
        };
        match self {
            Self::Press { number, decoded } => {
                write!(f, "press {number} of {PRESSES}{}", taken_for(decoded))
            }
            Self::Differs { decoded } => write!(
                f,
                "this press{} differs from the first: press the same key again",
                taken_for(decoded)
            ),
            Self::RepeatsOnly => f.write_str(
                "only the repeats of a key that is held were heard: let go, then press it again briefly",
            ),
            Self::TooLong => f.write_str(
                "the signal is longer than what a board can send: press the key again, briefly",
            ),
            Self::Learned(key) => match &key.decoded {
                Some(code) => write!(f, "learned {}", Code::Parsed(*code)),
                None => f.write_str("learned; the protocol is not known, so the timings are kept"),
            },
            Self::TimedOut { agreed: 0 } => f.write_str(
                "nothing was heard in 20 s: point the remote control at the receiver from nearby; a receiver \
                 for 38 kHz hardly hears a remote control of 56 kHz",
            ),
            Self::TimedOut { agreed } => {
                write!(f, "only {agreed} of {PRESSES} presses agreed in 20 s: begin again")
            }
        }
    }
}

#[cfg(test)]
mod tests;
