//! The notation of one line: `nec1:4,8`, `pronto:0000 006C ...`, `raw:38000:9000 -4500 ...`.
//!
//! What it prints, it reads to the same value. It also reads hexadecimal numbers (`0x1F`) for every
//! parameter, spaces around numbers, any case, and commas between raw timings.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use snafu::{OptionExt, ensure};

use crate::{
    Carrier, Code, CodeError, MAX_PRONTO_WORDS, MAX_TIMINGS, Parameter, ParsedCode, ProntoCode,
    Protocol, RawCode,
    error::{
        CarrierSnafu, CountSnafu, FormSnafu, LengthSnafu, NoCarrierSnafu, NotANumberSnafu,
        ProntoTooLongSnafu, ProntoWordSnafu, TimingCountSnafu, TimingTextSnafu,
        UnknownProtocolSnafu, shown,
    },
};

/// The longest notation: as many timings as a code may have, with sign and space.
const MAX_LENGTH: usize = 64 + MAX_TIMINGS * "-500000 ".len();

/// The most numbers that any protocol takes, and one more to show that there are too many.
const MAX_NUMBERS: usize = 5;

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let length = text.len();
        ensure!(length <= MAX_LENGTH, LengthSnafu { length, limit: MAX_LENGTH });
        let (kind, rest) = text.split_once(':').context(FormSnafu)?;
        match kind.trim() {
            kind if kind.eq_ignore_ascii_case("pronto") => pronto(rest).map(Self::Pronto),
            kind if kind.eq_ignore_ascii_case("raw") => raw(rest).map(Self::Raw),
            name => parsed(name.parse()?, rest).map(Self::Parsed),
        }
    }
}

/// The numbers behind the name of a protocol: two are device and function, three have the subdevice
/// between them, four end in the extra parameter.
fn parsed(protocol: Protocol, rest: &str) -> Result<ParsedCode, CodeError> {
    let parameters = protocol.parameters();
    let texts: Vec<&str> = rest.split(',').map(str::trim).take(MAX_NUMBERS).collect();
    let read = |parameter: Option<Parameter>, text: &str| {
        let parameter = parameter.context(CountSnafu { protocol, given: texts.len() })?;
        number(text).context(NotANumberSnafu {
            protocol,
            parameter: parameter.name,
            text: shown(text),
            max: parameter.max,
        })
    };
    let (device, subdevice, function, extra) = match texts[..] {
        [device, function] => (device, None, function, None),
        [device, subdevice, function] => (device, Some(subdevice), function, None),
        [device, subdevice, function, extra] => (device, Some(subdevice), function, Some(extra)),
        _ => return CountSnafu { protocol, given: texts.len() }.fail(),
    };
    let device = read(Some(parameters.device), device)?;
    let subdevice = subdevice.map(|text| read(parameters.subdevice, text)).transpose()?;
    let function = read(Some(parameters.function), function)?;
    let extra = extra.map(|text| read(parameters.extra, text)).transpose()?;
    ParsedCode::new(protocol, device, subdevice, function, extra)
}

/// Digits, or hexadecimal ones behind `0x`; a number that is too large is read as the largest, so that it
/// is refused as out of range.
fn number(text: &str) -> Option<u32> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = hexadecimal.map_or((text, 10), |digits| (digits, 16));
    let all_digits = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    all_digits.then(|| u32::from_str_radix(digits, radix).unwrap_or(u32::MAX))
}

fn pronto(rest: &str) -> Result<ProntoCode, CodeError> {
    let mut words = Vec::new();
    for (index, text) in rest.split_whitespace().enumerate() {
        ensure!(
            index < MAX_PRONTO_WORDS,
            ProntoTooLongSnafu { count: rest.split_whitespace().count() }
        );
        let is_word = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let word = is_word.then(|| u16::from_str_radix(text, 16).ok()).flatten();
        words.push(word.context(ProntoWordSnafu { position: index + 1, text: shown(text) })?);
    }
    ProntoCode::new(words)
}

fn raw(rest: &str) -> Result<RawCode, CodeError> {
    let (carrier_text, timings) = rest.split_once(':').context(NoCarrierSnafu)?;
    let hz = number(carrier_text.trim()).context(CarrierSnafu { text: shown(carrier_text) })?;
    let carrier = Carrier::from_hz(hz)?;
    let texts = || timings.split([' ', ',', '\t']).filter(|text| !text.is_empty());
    let mut values = Vec::new();
    for (index, text) in texts().enumerate() {
        ensure!(index < MAX_TIMINGS, TimingCountSnafu { count: texts().count() });
        let value = text.parse::<i32>().ok();
        values.push(value.context(TimingTextSnafu { position: index + 1, text: shown(text) })?);
    }
    RawCode::new(carrier, values)
}

/// The notation, `protocol:` and what follows.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parsed(code) => code.fmt(f),
            Self::Pronto(code) => write!(f, "pronto:{code}"),
            Self::Raw(code) => {
                write!(f, "raw:{}:", code.carrier())?;
                for (index, timing) in code.timings().iter().enumerate() {
                    let space = if index == 0 { "" } else { " " };
                    write!(f, "{space}{timing}")?;
                }
                Ok(())
            }
        }
    }
}

/// The notation: `nec1:4,8`.
impl fmt::Display for ParsedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.protocol().parameters();
        // An extra parameter can only be written behind a subdevice.
        let subdevice = self.subdevice().or_else(|| {
            (parameters.subdevice.is_some() && self.extra().is_some())
                .then(|| self.effective_subdevice())
        });
        let written = |value: u32, parameter: Parameter| {
            // As many digits as the largest value has.
            let digits = parameter.max.ilog2() as usize / 4 + 1;
            if parameter.is_hexadecimal() {
                format!("0x{value:0digits$X}")
            } else {
                value.to_string()
            }
        };
        write!(f, "{}:{}", self.protocol(), written(self.device(), parameters.device))?;
        if let (Some(value), Some(parameter)) = (subdevice, parameters.subdevice) {
            write!(f, ",{}", written(value, parameter))?;
        }
        write!(f, ",{}", written(self.function(), parameters.function))?;
        if let (Some(value), Some(parameter)) = (self.extra(), parameters.extra) {
            write!(f, ",{}", written(value, parameter))?;
        }
        Ok(())
    }
}

/// As its notation.
impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From its notation.
impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Notation;
        impl de::Visitor<'_> for Notation {
            type Value = Code;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a code such as nec1:4,8")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Code, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Notation)
    }
}

/// Lower case, without `-`, `_` and spaces: `RC6-6-20`, `rc6_6_20` and `Panasonic Old` are found too.
pub(crate) fn normalized(name: &str) -> impl Iterator<Item = char> + '_ {
    let kept = |c: &char| !matches!(c, '-' | '_' | ' ');
    name.chars().filter(kept).map(|c| c.to_ascii_lowercase())
}

impl FromStr for Protocol {
    type Err = CodeError;

    /// Reads the name of a protocol: [`Protocol::name`] or a usual other one (`nec`, `necx2`, `sirc`,
    /// `nokia32`, `xmp-1`); case, `-`, `_` and spaces do not matter.
    fn from_str(name: &str) -> Result<Self, CodeError> {
        let is = |known: &str| normalized(name).eq(normalized(known));
        let found = Self::ALL
            .into_iter()
            .find(|protocol| is(protocol.name()) || protocol.aliases().iter().any(|a| is(a)));
        found.context(UnknownProtocolSnafu { name: shown(name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parameters;

    fn read(text: &str) -> Code {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn what_is_printed_is_read_to_the_same_value() {
        for (text, printed) in [
            ("nec1:4,8", "nec1:4,8"),
            ("NEC1: 4 , 0xFB, 8", "nec1:4,8"),
            ("nec:4,5,8", "nec1:4,5,8"),
            ("necx2:7,7,2", "samsung32:7,7,2"),
            ("samsung36:0,4,241,14", "samsung36:0,4,241,14"),
            ("SIRC20:26,73,21", "sony20:26,73,21"),
            ("necext:0xfb04,63240", "necext:0xFB04,0xF708"),
            ("kaseikyo:8,0,61,0x20020", "kaseikyo:8,0,61,0x20020"),
            ("kaseikyo:8,0,61,32", "kaseikyo:8,0,61,0x00020"),
            ("rc6-6-20:0,12,204,2", "rc6-6-20:0,12,204,2"),
            ("xmp-1:62,16,15,68", "xmp:62,16,15"),
            ("Nokia32:33,160,12,38", "rcmm32:33,160,12,38"),
            ("PRONTO: 0000 006d 0001 0000 0156  00ab", "pronto:0000 006D 0001 0000 0156 00AB"),
            ("raw:38000:9000,-4500, 564", "raw:38000:9000 -4500 564"),
            ("raw:0:+9000 -4500", "raw:0:9000 -4500"),
        ] {
            let code = read(text);
            assert_eq!(code.to_string(), printed);
            assert_eq!(read(printed), code);
        }
    }

    #[test]
    fn every_protocol_prints_what_it_reads_at_both_ends_of_its_ranges() {
        for protocol in Protocol::ALL {
            let Parameters { device, subdevice, function, extra } = protocol.parameters();
            for end in [|p: Parameter| p.min, |p: Parameter| p.max] {
                let (sub, more) = (subdevice.map(end), extra.map(end));
                let code = ParsedCode::new(protocol, end(device), sub, end(function), more);
                let code = Code::Parsed(code.unwrap());
                assert_eq!(read(&code.to_string()), code);
            }
        }
    }

    #[test]
    fn an_error_names_what_is_wrong_and_what_would_be_right() {
        let long_raw = format!("raw:38000:{}", "1 -1 ".repeat(501));
        let long_pronto = format!("pronto:{}", "0000 ".repeat(1_005));
        for (text, message) in [
            (
                "nec1 4 8",
                "a code is written as protocol:numbers such as nec1:4,8, as pronto:words, or as \
                 raw:carrier:timings",
            ),
            (
                "nec9:4,8",
                "\"nec9\" is no known protocol: use one such as nec1, samsung32, sony12, rc5, or \
                 give pronto:... or raw:...",
            ),
            ("jvc:4", "jvc takes device (0-255), function (0-255); numbers given: 1"),
            ("jvc:4,5,6", "jvc takes device (0-255), function (0-255); numbers given: 3"),
            ("nec1:4,x", "function of nec1 must be a number from 0 to 255, not \"x\""),
            ("nec1:4,-8", "function of nec1 must be a number from 0 to 255, not \"-8\""),
            ("nec1:4,", "function of nec1 must be a number from 0 to 255, not \"\""),
            ("nec1:4,256", "function of nec1 must be 0 to 255, not 256"),
            ("nec1:4,99999999999", "function of nec1 must be 0 to 255, not 4294967295"),
            (
                "raw:9000 -4500",
                "raw timings need their carrier in Hz in front: raw:38000:9000 -4500 ..., or 0 if \
                 unmodulated",
            ),
            (
                "raw:38:9000 -4500",
                "the carrier must be 0 (unmodulated) or 10000 to 500000 Hz, such as 38000, not \
                 \"38\"",
            ),
            ("raw:38000:9000 x", "timing 2 must be a number of microseconds, not \"x\""),
            (
                "raw:38000:9000 4500",
                "timing 2 (4500) must be a space: marks are positive, spaces negative, in turn, \
                 and a mark is first",
            ),
            ("raw:38000:", "give 1 to 1000 timings, not 0"),
            (&long_raw, "give 1 to 1000 timings, not 1002"),
            ("pronto:0000 6D", "Pronto word 2 must be four hexadecimal digits, not \"6D\""),
            (&long_pronto, "a Pronto code has at most 1004 words, and this one 1005"),
        ] {
            let error = text.parse::<Code>().unwrap_err();
            assert_eq!(error.to_string(), message, "{text}");
        }
        let error = "x".repeat(MAX_LENGTH + 1).parse::<Code>().unwrap_err();
        assert_eq!(error, CodeError::Length { length: MAX_LENGTH + 1, limit: MAX_LENGTH });
    }

    #[test]
    fn the_longest_code_fits() {
        let long = RawCode::from_durations(
            Carrier::from_hz(38_000).unwrap(),
            std::iter::repeat_n(2_000, MAX_TIMINGS),
        );
        let code = Code::Raw(long.unwrap());
        assert_eq!(read(&code.to_string()), code);
    }

    #[test]
    fn json_has_the_notation() {
        let code = read("nec1:4,8");
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"nec1:4,8\"");
        assert_eq!(serde_json::from_str::<Code>("\"nec1:4,8\"").unwrap(), code);
        let error = serde_json::from_str::<Code>("\"nec1:4\"").unwrap_err();
        assert!(error.to_string().contains("nec1 takes device (0-255)"), "{error}");
        let error = serde_json::from_str::<Code>("7").unwrap_err();
        assert!(error.to_string().contains("a code such as nec1:4,8"), "{error}");
    }
}
