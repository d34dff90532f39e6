//! How long a code may be, and which carriers it may have.

/// How many timings a code may have: what `esphome-codec` accepts for one message, and more than the 995
/// of the longest recording that was seen.
pub const MAX_TIMINGS: usize = 1_000;

/// How long one mark or space may be, in microseconds.
pub const MAX_DURATION_US: u32 = 500_000;

/// How long all timings of a code may be together, in microseconds.
pub const MAX_TOTAL_US: u32 = 2_000_000;

/// How many words a code may have: the head, and as many timings as any code.
pub const MAX_PRONTO_WORDS: usize = PRONTO_HEAD + MAX_TIMINGS;

/// Type, period, and how many pairs are sent once and repeated.
pub(crate) const PRONTO_HEAD: usize = 4;

/// The lowest frequency of a modulated carrier, in Hz.
pub(crate) const MIN_CARRIER_HZ: u32 = 10_000;

/// The highest frequency of a modulated carrier, in Hz.
pub(crate) const MAX_CARRIER_HZ: u32 = 500_000;
