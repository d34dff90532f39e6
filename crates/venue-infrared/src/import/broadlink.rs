//! Packets of Broadlink remotes in Base64 or hex, one in a line.
//!
//! A packet is 26 (infrared), how often it is repeated, the length as u16 (low byte first), then durations
//! in units of 2^-15 s times 269/256 (us = n * 8192 / 269): one byte, or 00 and a u16 (high byte first). It
//! ends with 00 0D 05, a filler of 102 ms. It has no carrier.
//!
//! Source: the protocol notes of python-broadlink.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

use crate::Code;

use super::{
    ASSUMED_CARRIER_HZ, Format, ImportError, NotThisFormatSnafu,
    lines::named_lines,
    names::shown,
    record::{Record, Records, assumed_carrier, raw, signed},
};

/// The first byte of an infrared packet; others are radio.
const INFRARED: u8 = 0x26;

/// The longest packet, in characters: as many timings as a code may have, at three bytes each, in hex.
const LONGEST: usize = 16_384;

/// A packet that was read.
#[derive(Debug)]
pub(super) struct Packet {
    pub(super) code: Code,
    /// How often it is sent.
    pub(super) sends: u8,
    /// What may be wrong with it.
    pub(super) warnings: Vec<String>,
}

pub(super) fn read(text: &str, records: &mut Records) -> Result<(), ImportError> {
    let mut first_line = None;
    let mut any = false;
    for named in named_lines(text, |line| line.rfind([' ', '\t', ':', ',']).map(|at| at + 1)) {
        first_line = first_line.or(Some(named.line));
        any |= looks_like(named.code);
        let is_hex = named.code.starts_with("26");
        let read = if is_hex { hex(named.code) } else { base64(named.code) };
        let record = match read {
            Ok(packet) => {
                let record = Record::new(Some(named.line), &named.key(), Ok(packet.code));
                let record = record.sent(Some(packet.sends));
                packet.warnings.into_iter().fold(record, |record, text| record.warn(Some(text)))
            }
            Err(why) => Record::new(Some(named.line), &named.key(), Err(why)),
        };
        records.push(record)?;
    }
    if !any {
        let (line, format) = (first_line.unwrap_or(1), Format::Broadlink);
        let detail = "a packet begins with Jg in Base64, or with 26 in hex";
        return NotThisFormatSnafu { line, format, detail }.fail();
    }
    Ok(())
}

/// Whether a line holds a packet.
pub(super) fn is_in(line: &str) -> bool {
    let code = line.rsplit([' ', '\t', ':', ',']).next().unwrap_or(line);
    looks_like(code)
}

fn looks_like(code: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    code.len() >= 12
        && (code.starts_with("Jg") || code.starts_with("26"))
        && code.bytes().all(is_base64)
}

/// Reads a packet in Base64, padded or not.
pub(super) fn base64(text: &str) -> Result<Packet, String> {
    short_enough(text)?;
    let text = text.trim().trim_end_matches('=');
    let bytes = STANDARD_NO_PAD.decode(text);
    packet(&bytes.map_err(|_| format!("it is no Base64: {:?}", shown(text)))?)
}

/// Reads a packet in hex.
pub(super) fn hex(text: &str) -> Result<Packet, String> {
    short_enough(text)?;
    let text = text.trim();
    let digits = text.as_bytes();
    let wrong = || format!("it is no hex: {:?}", shown(text));
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(wrong());
    }
    let pairs = digits.chunks_exact(2).map(|pair| {
        let pair = std::str::from_utf8(pair).unwrap_or_default();
        u8::from_str_radix(pair, 16).map_err(|_| wrong())
    });
    packet(&pairs.collect::<Result<Vec<u8>, String>>()?)
}

fn short_enough(text: &str) -> Result<(), String> {
    let length = text.len();
    if length > LONGEST {
        return Err(format!("a packet has at most {LONGEST} characters, and this one {length}"));
    }
    Ok(())
}

fn packet(bytes: &[u8]) -> Result<Packet, String> {
    let Some((&[kind, repeats, low, high], body)) = bytes.split_first_chunk() else {
        return Err("a packet has at least four bytes".to_owned());
    };
    if kind != INFRARED {
        return Err(format!("its first byte is {kind:02X}, not 26: it is no infrared packet"));
    }
    let mut warnings = vec![assumed_carrier()];
    let length = usize::from(u16::from_le_bytes([low, high]));
    let body = body.get(..length).unwrap_or_else(|| {
        let there = body.len();
        warnings.push(format!(
            "it ends early, after {there} of {length} bytes: the end may be missing"
        ));
        body
    });
    let timings = signed(durations(body));
    if timings.len() % 2 == 1 {
        warnings.push("it ends in a mark: the last pause is missing".to_owned());
    }
    let code = raw(ASSUMED_CARRIER_HZ, timings)?;
    Ok(Packet { code, sends: repeats.saturating_add(1).min(crate::MAX_SENDS), warnings })
}

/// Durations in microseconds. A byte 00 at the very end is filling, and so is half of a long one.
fn durations(body: &[u8]) -> Vec<u32> {
    let mut durations = Vec::new();
    let mut rest = body;
    while let Some((&first, behind)) = rest.split_first() {
        let (units, behind) = match (first, behind) {
            (0, [high, low, behind @ ..]) => (u32::from(u16::from_be_bytes([*high, *low])), behind),
            (0, _) => break,
            (units, behind) => (u32::from(units), behind),
        };
        // Base64 is filled up with zeroes.
        if units == 0 || durations.len() > crate::MAX_TIMINGS {
            break;
        }
        durations.push(units * 8_192 / 269);
        rest = behind;
    }
    durations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::ImportSource;

    /// NEC1 4/8 in units of 8192/269 us, as a packet.
    pub(crate) fn nec_packet() -> Vec<u8> {
        let mut body = vec![0x00, 0x01, 0x28, 0x94];
        for byte in [0x04_u8, 0xFB, 0x08, 0xF7] {
            for bit in 0..8 {
                body.extend([0x12, if byte >> bit & 1 == 1 { 0x37 } else { 0x12 }]);
            }
        }
        body.extend([0x12, 0x00, 0x0D, 0x05]);
        let length = u16::try_from(body.len()).unwrap().to_le_bytes();
        [vec![0x26, 0x00], length.to_vec(), body].concat()
    }

    fn encoded(bytes: &[u8]) -> String {
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    #[test]
    fn a_packet_is_read_with_an_assumed_carrier() {
        let packet = base64(&encoded(&nec_packet())).unwrap();
        let Code::Raw(raw) = &packet.code else { panic!("{packet:?}") };
        assert_eq!(raw.timings().len(), 68);
        assert_eq!(&raw.timings()[..4], [9_014, -4_507, 548, -548]);
        assert_eq!((raw.timings()[67], raw.carrier().hz(), packet.sends), (-101_501, 38_000, 1));
        assert!(packet.warnings[0].contains("38000 Hz is assumed"), "{packet:?}");
        let digits: String = nec_packet().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex(&digits).unwrap().code, packet.code);
    }

    #[test]
    fn a_packet_that_ends_in_the_middle_is_read_and_reported() {
        let mut bytes = nec_packet();
        bytes.truncate(bytes.len() - 5);
        bytes[1] = 2;
        let packet = base64(&encoded(&bytes)).unwrap();
        assert_eq!(packet.sends, 3);
        let shown = packet.warnings.join("|");
        assert!(shown.contains("it ends early, after 67 of 72 bytes"), "{shown}");
    }

    #[test]
    fn what_is_no_packet_is_refused_with_the_reason() {
        for (bytes, why) in [
            (vec![0x26], "at least four bytes"),
            (vec![0xB2, 0, 4, 0, 1, 1, 1, 1], "B2, not 26"),
            (vec![0x26, 0, 0, 0], "timings"),
        ] {
            let error = base64(&encoded(&bytes)).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        assert!(base64("Jg*").unwrap_err().contains("Base64"));
        assert!(hex("26f").unwrap_err().contains("hex"));
        assert!(base64(&"A".repeat(LONGEST + 1)).unwrap_err().contains("at most"));
    }

    #[test]
    fn a_file_has_one_packet_in_a_line() {
        let packet = encoded(&nec_packet());
        let text = format!("Power {packet}\nVol+: {packet}\nMute: JgAB\n{packet}\n");
        let import = ImportSource::new(Format::Broadlink, &text).read().unwrap();
        let keys: Vec<&str> = import.keys.keys().map(crate::KeyName::as_str).collect();
        assert_eq!(keys, ["other:code 4", "power", "volume_up"]);
        assert_eq!(import.dropped[0].line, Some(3));
        let error = ImportSource::new(Format::Broadlink, "hello\n").read().unwrap_err();
        assert!(error.to_string().starts_with("line 1: this is no broadlink file"), "{error}");
    }
}
