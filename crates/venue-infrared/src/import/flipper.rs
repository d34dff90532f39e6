//! `.ir` files of the Flipper Zero.
//!
//! `Filetype: IR signals file` (or `IR library file`), `Version: 1`, then records: `name:`, `type: parsed`
//! with `protocol:`, `address:` and `command:` (four hex bytes each, the lowest first), or `type: raw` with
//! `frequency:` in Hz, `duty_cycle:` and `data:` in microseconds, a mark first. `#` begins a comment. The
//! duty cycle is set on the board here, so it is left out.
//!
//! Source: the Flipper firmware's documentation of its file formats, and its protocol headers.

use crate::{Carrier, Code, ParsedCode, Protocol, RawCode};

use super::{
    ASSUMED_CARRIER_HZ, Format, ImportError, NotThisFormatSnafu,
    bits::{PulseDistance, reversed},
    names::shown,
    record::{Record, Records, assumed_carrier},
};

/// The fields of one record, as text.
#[derive(Default)]
struct Signal<'t> {
    line: usize,
    name: &'t str,
    kind: Option<&'t str>,
    protocol: Option<&'t str>,
    address: Option<&'t str>,
    command: Option<&'t str>,
    frequency: Option<&'t str>,
    data: Option<&'t str>,
}

pub(super) fn read(text: &str, records: &mut Records) -> Result<(), ImportError> {
    let mut lines = (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| {
        let is_comment = line.starts_with('#');
        !line.is_empty() && !is_comment
    });
    let (line, first) = lines.next().unwrap_or((1, ""));
    let is_header = field(first).is_some_and(|(name, value)| {
        name == "Filetype" && matches!(value, "IR signals file" | "IR library file")
    });
    if !is_header {
        let detail = "it begins with \"Filetype: IR signals file\"";
        return NotThisFormatSnafu { line, format: Format::Flipper, detail }.fail();
    }
    let mut signal: Option<Signal<'_>> = None;
    for (line, text) in lines {
        let Some((name, value)) = field(text) else {
            records.drop_part(line, text, "it is no field such as \"name: Power\"");
            continue;
        };
        if name == "name" {
            let next = Signal { line, name: value, ..Signal::default() };
            if let Some(signal) = signal.replace(next) {
                records.push(signal.record())?;
            }
            continue;
        }
        match (&mut signal, name) {
            (None, "Version") => {
                if value != "1" {
                    records.warn(Some(line), "Version", "only version 1 is known");
                }
            }
            (None, _) => records.drop_part(line, name, "it stands before the first \"name:\""),
            (Some(signal), name) => {
                if !signal.set(name, value) {
                    records.drop_part(line, name, "it is no field of a signal");
                }
            }
        }
    }
    if let Some(signal) = signal {
        records.push(signal.record())?;
    }
    Ok(())
}

fn field(line: &str) -> Option<(&str, &str)> {
    line.split_once(':').map(|(name, value)| (name.trim(), value.trim()))
}

impl<'t> Signal<'t> {
    fn set(&mut self, name: &str, value: &'t str) -> bool {
        let field = match name {
            "type" => &mut self.kind,
            "protocol" => &mut self.protocol,
            "address" => &mut self.address,
            "command" => &mut self.command,
            "frequency" => &mut self.frequency,
            "data" => &mut self.data,
            "duty_cycle" => return true,
            _ => return false,
        };
        *field = Some(value);
        true
    }

    fn record(&self) -> Record {
        let (code, warning) = match self.kind {
            Some("parsed") => (self.parsed(), None),
            Some("raw") => self.raw(),
            Some(other) => (Err(format!("type is parsed or raw, not {:?}", shown(other))), None),
            None => (Err("it has no type: give type: parsed or type: raw".to_owned()), None),
        };
        Record::new(Some(self.line), self.name, code).warn(warning)
    }

    fn parsed(&self) -> Result<Code, String> {
        let protocol = self.protocol.ok_or("it has no protocol")?;
        let address = four_bytes("address", self.address)?;
        let command = four_bytes("command", self.command)?;
        code(protocol, address, command)
    }

    fn raw(&self) -> (Result<Code, String>, Option<String>) {
        let (hz, warning) = match self.frequency.map(str::parse::<u32>) {
            Some(Ok(hz)) => (hz, None),
            Some(Err(_)) => {
                let why = "frequency must be a number of Hz, such as 38000";
                return (Err(why.to_owned()), None);
            }
            None => (ASSUMED_CARRIER_HZ, Some(assumed_carrier())),
        };
        let code = self.data.ok_or_else(|| "it has no data".to_owned()).and_then(|data| {
            let carrier = Carrier::from_hz(hz).map_err(|error| error.to_string())?;
            let durations = durations(data)?;
            let code = RawCode::from_durations(carrier, durations);
            code.map(Code::Raw).map_err(|error| error.to_string())
        });
        (code, warning)
    }
}

fn durations(data: &str) -> Result<Vec<u32>, String> {
    let words = data.split_ascii_whitespace().take(crate::MAX_TIMINGS + 1).enumerate();
    words
        .map(|(place, word)| {
            let wrong =
                |_| format!("data: number {} is {:?}, not microseconds", place + 1, shown(word));
            word.parse::<u32>().map_err(wrong)
        })
        .collect()
}

/// `04 00 00 00`, the lowest byte first.
fn four_bytes(field: &str, text: Option<&str>) -> Result<u32, String> {
    let text = text.ok_or_else(|| format!("it has no {field}"))?;
    let wrong = || {
        format!("{field} must be four hexadecimal bytes such as 04 00 00 00, not {:?}", shown(text))
    };
    let mut bytes = [0_u8; 4];
    let mut words = text.split_ascii_whitespace();
    for byte in &mut bytes {
        let word = words.next().filter(|word| word.len() == 2).ok_or_else(wrong)?;
        *byte = u8::from_str_radix(word, 16).map_err(|_| wrong())?;
    }
    if words.next().is_some() { Err(wrong()) } else { Ok(u32::from_le_bytes(bytes)) }
}

/// Protocol, device, subdevice and function of the parameters that the Flipper keeps.
fn code(name: &str, address: u32, command: u32) -> Result<Code, String> {
    let [low, high, ..] = address.to_le_bytes().map(u32::from);
    let (protocol, device, subdevice, function) = match name {
        "NEC" => (Protocol::Nec1, address, None, command),
        "NECext" => return extended(address, command),
        "NEC42" => (Protocol::Nec42, address, None, command),
        "NEC42ext" => return extended_42(address, command),
        "Samsung32" => (Protocol::Samsung32, address, Some(address), command),
        // RC5X of the Flipper is RC5 with the second start bit at 0.
        "RC5" => (Protocol::Rc5, address, None, command),
        "RC5X" => (Protocol::Rc5, address, None, command.saturating_add(64)),
        "RC6" => (Protocol::Rc6, address, None, command),
        "SIRC" => (Protocol::Sony12, address, None, command),
        "SIRC15" => (Protocol::Sony15, address, None, command),
        "SIRC20" => (Protocol::Sony20, address & 0x1F, Some(address >> 5), command),
        "Kaseikyo" => return kaseikyo(address, command),
        "RCA" if address <= 0xF && command <= 0xFF => {
            (Protocol::Rca, reversed(address, 4), None, reversed(command, 8))
        }
        "RCA" => (Protocol::Rca, address, None, command),
        // Some files have the complement in the second byte.
        "Pioneer" if address > 0xFF => (Protocol::Pioneer, low, Some(high), command & 0xFF),
        "Pioneer" => (Protocol::Pioneer, address, None, command & 0xFF),
        _ => return Err(format!("the protocol {:?} is not known", shown(name))),
    };
    new(protocol, device, subdevice, function, None)
}

fn new(
    protocol: Protocol,
    device: u32,
    subdevice: Option<u32>,
    function: u32,
    extra: Option<u32>,
) -> Result<Code, String> {
    let code = ParsedCode::new(protocol, device, subdevice, function, extra);
    code.map(Code::Parsed).map_err(|error| error.to_string())
}

/// NEC whose 16 bits of address and 16 of command are sent as they are.
fn extended(address: u32, command: u32) -> Result<Code, String> {
    let [function, complement, ..] = command.to_le_bytes();
    let [device, subdevice, ..] = address.to_le_bytes();
    if complement == 0 {
        return Err("the second byte of its command is 00, where NEC has the complement of the first: the file \
             was converted wrongly, and no appliance reacts to it"
            .to_owned());
    }
    if address > 0xFFFF || command > 0xFFFF || complement != !function {
        return new(Protocol::NecExt, address, None, command, None);
    }
    new(Protocol::Nec1, device.into(), Some(subdevice.into()), function.into(), None)
}

/// As NEC42 if the second half of the address and of the command are complements.
fn extended_42(address: u32, command: u32) -> Result<Code, String> {
    let (low, high) = (address & 0x1FFF, address >> 13);
    let (function, complement) = (command & 0xFF, command >> 8);
    if high == !low & 0x1FFF && complement == !function & 0xFF {
        return new(Protocol::Nec42, low, None, function, None);
    }
    Err("NEC42ext is supported only with complements in it: learn this key as raw".to_owned())
}

/// The address is `id << 24 | vendor << 8 | genre1 << 4 | genre2`, the command has ten bits.
fn kaseikyo(address: u32, command: u32) -> Result<Code, String> {
    /// The vendor number of Panasonic, whose checksum is part of its own protocol.
    const PANASONIC: u32 = 0x2002;
    let [genres, vendor_low, vendor_high, id] = address.to_le_bytes().map(u32::from);
    if command > 0x3FF || id > 3 {
        return Err("a Kaseikyo command has ten bits and its id two".to_owned());
    }
    let vendor = vendor_high << 8 | vendor_low;
    let (genre1, genre2) = (genres >> 4, genres & 0xF);
    let parity = vendor_low ^ vendor_high;
    let parity = (parity ^ parity >> 4) & 0xF;
    // The bytes 3 to 6 of the frame.
    let third = genre1 << 4 | parity;
    let fourth = (command & 0xF) << 4 | genre2;
    let fifth = id << 6 | command >> 4;
    if vendor == PANASONIC {
        return new(Protocol::Panasonic, third, Some(fourth), fifth, None);
    }
    // The sixth is the checksum: E in its low half, C in the high one.
    let checksum = third ^ fourth ^ fifth;
    kaseikyo_of(vendor, third >> 4, fourth, fifth, checksum)
}

/// With the four bits E and C: as the protocol if C is what it computes, else as timings.
fn kaseikyo_of(
    vendor: u32,
    device: u32,
    subdevice: u32,
    function: u32,
    sum: u32,
) -> Result<Code, String> {
    let (e, c) = (sum & 0xF, sum >> 4);
    let nibbles = [device, subdevice, subdevice >> 4, function, function >> 4, e];
    if nibbles.iter().fold(0, |xor, nibble| xor ^ nibble & 0xF) == c {
        return new(Protocol::Kaseikyo, device, Some(subdevice), function, Some(vendor << 4 | e));
    }
    let parity = vendor ^ vendor >> 8;
    let parity = (parity ^ parity >> 4) & 0xF;
    let bytes = [vendor & 0xFF, vendor >> 8, device << 4 | parity, subdevice, function, sum];
    let bits = bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1));
    let timings = KASEIKYO.timings(bits);
    let carrier = Carrier::from_hz(37_000).map_err(|error| error.to_string())?;
    RawCode::new(carrier, timings).map(Code::Raw).map_err(|error| error.to_string())
}

/// The lengths of Kaseikyo: units of 432 us.
const KASEIKYO: PulseDistance = PulseDistance {
    header: Some((3_456, 1_728)),
    zero: (432, 432),
    one: (432, 1_296),
    trail: Some(432),
    gap: 74_736,
};

#[cfg(test)]
mod tests;
