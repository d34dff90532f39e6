//! Pronto hex: words of 16 bits, either timings in periods of the carrier or a short form of a protocol.

use std::fmt;

use snafu::{OptionExt, ensure};

use crate::{
    Carrier, CodeError, MAX_PRONTO_WORDS, ParsedCode, Protocol, RawCode,
    error::{ProntoCountSnafu, ProntoPeriodSnafu, ProntoTooLongSnafu, ProntoTypeSnafu},
    limits::PRONTO_HEAD,
};

/// The clock of a Pronto, in microseconds.
const TICK_US: f64 = 0.241_246;

/// A Pronto code that is complete: its type is known and it has as many words as it says.
///
/// * `0000` timings with a carrier, `0100` timings without one. Words 3 and 4 count the pairs that are sent
///   once and those that are repeated; each pair is a mark and a space in periods of word 2.
/// * `5000` RC5, `5001` RC5X, `6000` RC6 and `900A` NEC1 carry the parameters of the protocol:
///   [`ProntoCode::parsed`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProntoCode {
    words: Vec<u16>,
    meaning: Meaning,
}

/// What the words say; follows from them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Meaning {
    /// The parameters of a protocol.
    Short(ParsedCode),
    /// Timings.
    Learned(Learned),
}

/// Timings in two parts, both in pairs of a mark and a space, in microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Learned {
    timings: RawCode,
    /// How many of the timings are sent once.
    once: usize,
}

impl Learned {
    /// The carrier.
    #[must_use]
    pub const fn carrier(&self) -> Carrier {
        self.timings.carrier()
    }

    /// Both parts, one behind the other.
    #[must_use]
    pub fn all(&self) -> &[i32] {
        self.timings.timings()
    }

    /// What is sent once; may be empty.
    #[must_use]
    pub fn once(&self) -> &[i32] {
        self.timings.timings().split_at(self.once).0
    }

    /// What is repeated while the key is held, and sent once at least if nothing else is; may be empty.
    #[must_use]
    pub fn repeated(&self) -> &[i32] {
        self.timings.timings().split_at(self.once).1
    }
}

impl ProntoCode {
    /// A code of these words.
    ///
    /// # Errors
    /// A [`CodeError`] whose name begins with `Pronto`.
    pub fn new(words: Vec<u16>) -> Result<Self, CodeError> {
        let given = words.len();
        ensure!(given <= MAX_PRONTO_WORDS, ProntoTooLongSnafu { count: given });
        let Some(&[kind, period, once, repeated]) = words.first_chunk() else {
            return ProntoCountSnafu { expected: PRONTO_HEAD, given }.fail();
        };
        let kind = ProntoKind::of(kind)?;
        // Short forms count their parameters in pairs too.
        let expected =
            PRONTO_HEAD + 2 * (usize::from(once) + usize::from(repeated)).max(kind.min_pairs());
        ensure!(given == expected, ProntoCountSnafu { expected, given });
        match kind {
            ProntoKind::Modulated | ProntoKind::Unmodulated => {
                let hz = period_hz(period).context(ProntoPeriodSnafu { word: period })?;
                let carrier = match kind {
                    ProntoKind::Modulated => Carrier::of_table(hz),
                    ProntoKind::Unmodulated | ProntoKind::Short(_) => Carrier::UNMODULATED,
                };
                let timings = words.iter().skip(PRONTO_HEAD).map(|word| duration_us(*word, period));
                let timings = RawCode::from_durations(carrier, timings)?;
                let learned = Learned { timings, once: 2 * usize::from(once) };
                Ok(Self { words, meaning: Meaning::Learned(learned) })
            }
            ProntoKind::Short(protocol) => {
                let parsed = short_form(protocol, &words)?;
                Ok(Self { words, meaning: Meaning::Short(parsed) })
            }
        }
    }

    /// The words.
    #[must_use]
    pub fn words(&self) -> &[u16] {
        &self.words
    }

    /// The protocol and its parameters, if this is a short form.
    #[must_use]
    pub const fn parsed(&self) -> Option<ParsedCode> {
        match &self.meaning {
            Meaning::Short(parsed) => Some(*parsed),
            Meaning::Learned(_) => None,
        }
    }

    /// The timings, if this is no short form.
    #[must_use]
    pub const fn learned(&self) -> Option<&Learned> {
        match &self.meaning {
            Meaning::Short(_) => None,
            Meaning::Learned(learned) => Some(learned),
        }
    }

    pub(crate) const fn meaning(&self) -> &Meaning {
        &self.meaning
    }
}

/// What word 1 says.
#[derive(Clone, Copy, Debug)]
enum ProntoKind {
    Modulated,
    Unmodulated,
    Short(Protocol),
}

impl ProntoKind {
    fn of(word: u16) -> Result<Self, CodeError> {
        match word {
            0x0000 => Ok(Self::Modulated),
            0x0100 => Ok(Self::Unmodulated),
            0x5000 => Ok(Self::Short(Protocol::Rc5)),
            0x5001 => Ok(Self::Short(Protocol::Rc5x)),
            0x6000 => Ok(Self::Short(Protocol::Rc6)),
            0x900A => Ok(Self::Short(Protocol::Nec1)),
            _ => ProntoTypeSnafu { word }.fail(),
        }
    }

    /// How many pairs of words are behind the head at least.
    fn min_pairs(self) -> usize {
        match self {
            Self::Short(Protocol::Rc5x) => 2,
            Self::Modulated | Self::Unmodulated | Self::Short(_) => 1,
        }
    }
}

/// The frequency that a period of `word` ticks means.
fn period_hz(word: u16) -> Option<u32> {
    if word == 0 {
        return None;
    }
    let hz = (1_000_000.0 / (f64::from(word) * TICK_US)).round();
    // At most 4,145,146, so that nothing is cut.
    let hz = hz as u32;
    (Carrier::MIN_HZ..=Carrier::MAX_HZ).contains(&hz).then_some(hz)
}

/// So many periods of a Pronto in microseconds.
fn duration_us(periods: u16, period: u16) -> u32 {
    // 2^32 ticks of a quarter of a microsecond fit.
    (f64::from(periods) * f64::from(period) * TICK_US).round() as u32
}

/// The parameters behind the head of a short form: one word each, except NEC1's bytes as they are on air.
fn short_form(protocol: Protocol, words: &[u16]) -> Result<ParsedCode, CodeError> {
    let word =
        |index: usize| u32::from(words.get(PRONTO_HEAD + index).copied().unwrap_or_default());
    let bytes = |index: usize| [word(index) >> 8, word(index) & 0xFF];
    if protocol == Protocol::Nec1 {
        let ([device, subdevice], [function, complement]) = (bytes(0), bytes(1));
        return if complement == 255 - function {
            ParsedCode::new(protocol, device, Some(subdevice), function, None)
        } else {
            let (device, function) = (device | subdevice << 8, function | complement << 8);
            ParsedCode::new(Protocol::NecExt, device, None, function, None)
        };
    }
    let has_subdevice = protocol.parameters().subdevice.is_some();
    let (subdevice, function) =
        if has_subdevice { (Some(word(1)), word(2)) } else { (None, word(1)) };
    ParsedCode::new(protocol, word(0), subdevice, function, None)
}

/// As it is written: words of four hexadecimal digits.
impl fmt::Display for ProntoCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{word:04X}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[u16]) -> String {
        let code = ProntoCode::new(words.to_vec()).unwrap();
        crate::Code::Parsed(code.parsed().unwrap()).to_string()
    }

    #[test]
    fn short_forms_have_the_parameters_of_their_protocol() {
        assert_eq!(parsed(&[0x5000, 0x73, 0, 1, 1, 2]), "rc5:1,2");
        assert_eq!(parsed(&[0x5001, 0x73, 0, 2, 1, 2, 3, 0]), "rc5x:1,2,3");
        assert_eq!(parsed(&[0x6000, 0, 0, 1, 1, 3]), "rc6:1,3");
        assert_eq!(parsed(&[0x900A, 0x6C, 0, 1, 0x0CF3, 0x38C7]), "nec1:12,56");
        assert_eq!(parsed(&[0x900A, 0x6C, 0, 1, 0x0102, 0x03FC]), "nec1:1,2,3");
        assert_eq!(parsed(&[0x900A, 0x6C, 0, 1, 0x3300, 0x00FE]), "necext:0x0033,0xFE00");
    }

    #[test]
    fn timings_are_periods_of_the_carrier_once_and_repeated() {
        let code = ProntoCode::new(vec![0, 0x6D, 1, 1, 10, 20, 30, 40]).unwrap();
        let learned = code.learned().unwrap();
        assert_eq!(learned.carrier().hz(), 38_029);
        assert_eq!(learned.once(), [263, -526]);
        assert_eq!(learned.repeated(), [789, -1_052]);
        let code = ProntoCode::new(vec![0x0100, 0x6D, 0, 1, 10, 20]).unwrap();
        let learned = code.learned().unwrap();
        assert_eq!(learned.carrier(), Carrier::UNMODULATED);
        assert!(learned.once().is_empty());
        assert_eq!(learned.repeated(), [263, -526]);
    }

    #[test]
    fn a_code_must_be_complete() {
        let error = |words: &[u16]| ProntoCode::new(words.to_vec()).unwrap_err();
        assert_eq!(error(&[0, 0x6D, 1]), CodeError::ProntoCount { expected: 4, given: 3 });
        assert_eq!(error(&[0, 0x6D, 0, 0]), CodeError::ProntoCount { expected: 6, given: 4 });
        assert_eq!(
            error(&[0, 0x6D, 1, 1, 10, 20]),
            CodeError::ProntoCount { expected: 8, given: 6 }
        );
        assert_eq!(error(&[0, 0, 1, 0, 10, 20]), CodeError::ProntoPeriod { word: 0 });
        assert_eq!(error(&[0, 8, 1, 0, 10, 20]), CodeError::ProntoPeriod { word: 8 });
        assert_eq!(error(&[1, 0x6D, 1, 0, 10, 20]), CodeError::ProntoType { word: 1 });
        assert_eq!(error(&[0, 0x6D, 1, 0, 10, 0]), CodeError::Timing { position: 2, value: 0 });
        let long = vec![0; MAX_PRONTO_WORDS + 1];
        assert_eq!(error(&long), CodeError::ProntoTooLong { count: MAX_PRONTO_WORDS + 1 });
        let error = error(&[0x5000, 0x73, 0, 1, 32, 2]);
        assert_eq!(error.to_string(), "device of rc5 must be 0 to 31, not 32");
    }
}
