//! Why a text or a list of numbers is no code.

use snafu::Snafu;

use crate::{
    Protocol,
    limits::{
        MAX_CARRIER_HZ, MAX_DURATION_US, MAX_PRONTO_WORDS, MAX_TIMINGS, MAX_TOTAL_US,
        MIN_CARRIER_HZ,
    },
};

/// Why this is no code. Each message names the part that is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum CodeError {
    /// There is no colon that ends the name of a protocol.
    #[snafu(display(
        "a code is written as protocol:numbers such as nec1:4,8, as pronto:words, or as \
         raw:carrier:timings"
    ))]
    Form,
    /// The notation is longer than any code.
    #[snafu(display("a code has at most {limit} characters, and this one {length}"))]
    Length {
        /// What it has.
        length: usize,
        /// What it may have.
        limit: usize,
    },
    /// No protocol has this name.
    #[snafu(display(
        "{name:?} is no known protocol: use one such as nec1, samsung32, sony12, rc5, or give \
         pronto:... or raw:..."
    ))]
    UnknownProtocol {
        /// The name, cut to what can be shown.
        name: String,
    },
    /// Too few or too many numbers for the protocol.
    #[snafu(display("{protocol} takes {}; numbers given: {given}", protocol.parameters()))]
    Count {
        /// The protocol.
        protocol: Protocol,
        /// How many numbers were given.
        given: usize,
    },
    /// A parameter is no number.
    #[snafu(display("{parameter} of {protocol} must be a number from 0 to {max}, not {text:?}"))]
    NotANumber {
        /// The protocol.
        protocol: Protocol,
        /// The parameter: `device`, `subdevice`, `function`, or what the protocol calls its extra one.
        parameter: &'static str,
        /// What was given, cut to what can be shown.
        text: String,
        /// The largest value.
        max: u32,
    },
    /// A parameter is too large.
    #[snafu(display("{parameter} of {protocol} must be {min} to {max}, not {value}"))]
    OutOfRange {
        /// The protocol.
        protocol: Protocol,
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: u32,
        /// The smallest value.
        min: u32,
        /// The largest value.
        max: u32,
    },
    /// A parameter is missing that has no usual value.
    #[snafu(display("{protocol} needs its {parameter}: it takes {}", protocol.parameters()))]
    Missing {
        /// The protocol.
        protocol: Protocol,
        /// The parameter.
        parameter: &'static str,
    },
    /// A parameter that the protocol does not have.
    #[snafu(display("{protocol} has no {parameter}: it takes {}", protocol.parameters()))]
    Superfluous {
        /// The protocol.
        protocol: Protocol,
        /// The parameter.
        parameter: &'static str,
    },
    /// A carrier that is no number or that no remote control has.
    #[snafu(display(
        "the carrier must be 0 (unmodulated) or {MIN_CARRIER_HZ} to {MAX_CARRIER_HZ} Hz, such as 38000, \
         not {text:?}"
    ))]
    Carrier {
        /// What was given, cut to what can be shown.
        text: String,
    },
    /// Raw timings without a carrier in front of them.
    #[snafu(display(
        "raw timings need their carrier in Hz in front: raw:38000:9000 -4500 ..., or 0 if unmodulated"
    ))]
    NoCarrier,
    /// No timings, or more than a board takes.
    #[snafu(display("give 1 to {MAX_TIMINGS} timings, not {count}"))]
    TimingCount {
        /// How many there are.
        count: usize,
    },
    /// A timing is no number.
    #[snafu(display("timing {position} must be a number of microseconds, not {text:?}"))]
    TimingText {
        /// Which one, from 1.
        position: usize,
        /// What was given, cut to what can be shown.
        text: String,
    },
    /// A timing is zero or too long.
    #[snafu(display(
        "timing {position} must be 1 to {MAX_DURATION_US} us long (a space is negative), not {value}"
    ))]
    Timing {
        /// Which one, from 1.
        position: usize,
        /// What was given.
        value: i32,
    },
    /// Two marks or two spaces in a row, or a space at the start.
    #[snafu(display(
        "timing {position} ({value}) must be a {}: marks are positive, spaces negative, in turn, and a \
         mark is first",
        if position % 2 == 1 { "mark" } else { "space" }
    ))]
    TimingOrder {
        /// Which one, from 1.
        position: usize,
        /// What was given.
        value: i32,
    },
    /// All timings together are too long.
    #[snafu(display("the timings are {total_us} us long together: at most {MAX_TOTAL_US} us fit"))]
    TotalTime {
        /// What they are, in microseconds.
        total_us: u64,
    },
    /// A Pronto word is none.
    #[snafu(display("Pronto word {position} must be four hexadecimal digits, not {text:?}"))]
    ProntoWord {
        /// Which one, from 1.
        position: usize,
        /// What was given, cut to what can be shown.
        text: String,
    },
    /// More Pronto words than a code has.
    #[snafu(display("a Pronto code has at most {MAX_PRONTO_WORDS} words, and this one {count}"))]
    ProntoTooLong {
        /// How many there are.
        count: usize,
    },
    /// A kind of Pronto code that is not known.
    #[snafu(display(
        "Pronto word 1 (the type) must be 0000, 0100, 5000, 5001, 6000 or 900A, not {word:04X}"
    ))]
    ProntoType {
        /// The word.
        word: u16,
    },
    /// The number of words does not match what the code says of itself.
    #[snafu(display(
        "the Pronto code must have {expected} words by its words 3 and 4, not {given}"
    ))]
    ProntoCount {
        /// What its head announces.
        expected: usize,
        /// What is there.
        given: usize,
    },
    /// A carrier period of zero.
    #[snafu(display(
        "Pronto word 2 (the period) must be 0009 to 019E, such as 006D for 38 kHz, not {word:04X}"
    ))]
    ProntoPeriod {
        /// The word.
        word: u16,
    },
}

/// `text` cut to what an error shows of it.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN: usize = 24;
    let mut cut: String = text.chars().take(SHOWN).collect();
    if cut.len() < text.len() {
        cut.push_str("...");
    }
    cut
}
