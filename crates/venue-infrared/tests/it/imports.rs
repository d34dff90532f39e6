//! What `irp` sends, in the files of other programs, is imported as the protocol that it is.

use std::fmt::Write as _;

use venue_infrared::{
    Carrier, Code, ParsedCode, Press, Protocol,
    import::{Format, Import, ImportSource},
    same_signal,
};

use crate::oracle::{Oracle, ROUNDS};

fn joined<T: ToString>(values: impl IntoIterator<Item = T>, by: &str) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(by)
}

fn flipper(carrier: Carrier, sent: &[u32]) -> String {
    let data = joined(sent, " ");
    format!(
        "Filetype: IR signals file\nVersion: 1\nname: Power\ntype: raw\nfrequency: {carrier}\n\
         duty_cycle: 0.33\ndata: {data}\n"
    )
}

fn lirc(carrier: Carrier, sent: &[u32]) -> String {
    // The last space is the gap.
    let (gap, shown) = sent.split_last().unwrap();
    let data = joined(shown, " ");
    format!(
        "begin remote\n name acme\n flags RAW_CODES\n frequency {carrier}\n gap {gap}\n begin raw_codes\n  \
         name KEY_POWER\n   {data}\n end raw_codes\nend remote\n"
    )
}

fn global_cache(carrier: Carrier, sent: &[u32]) -> String {
    let hz = u64::from(carrier.hz());
    let periods = sent.iter().map(|us| (u64::from(*us) * hz + 500_000) / 1_000_000);
    format!("Power: sendir,1:1,1,{hz},1,1,{}\n", joined(periods, ","))
}

fn pronto(carrier: Carrier, sent: &[u32]) -> String {
    let period = (1_000_000.0 / (f64::from(carrier.hz()) * 0.241_246)).round();
    let ticks = sent.iter().map(|us| (f64::from(*us) / (period * 0.241_246)).round());
    let words = ticks.fold(String::new(), |mut words, ticks| {
        let _ = write!(words, " {ticks:04X}", ticks = as_word(ticks));
        words
    });
    format!("Power: 0000 {:04X} {:04X} 0000{words}\n", as_word(period), sent.len() / 2)
}

fn as_word(value: f64) -> u16 {
    // Rounded above; what is longer than a word holds is cut, as recorders do.
    value.min(65_535.0) as u16
}

fn smartir(_: Carrier, sent: &[u32]) -> String {
    let signed = sent.chunks(2).flat_map(|pair| [i64::from(pair[0]), -i64::from(pair[1])]);
    let data = joined(signed, ", ");
    format!(
        "{{\"manufacturer\":\"Acme\",\"commandsEncoding\":\"Raw\",\"commands\":{{\"off\":\"[{data}]\"}}}}"
    )
}

/// Broadlink's packets in hexadecimal digits.
fn broadlink(_: Carrier, sent: &[u32]) -> String {
    let mut data = Vec::new();
    for us in sent {
        let units = u64::from(*us) * 269 / 8_192;
        match u8::try_from(units) {
            Ok(unit) if unit > 0 => data.push(unit),
            _ => {
                data.push(0);
                data.extend(u16::try_from(units).unwrap().to_be_bytes());
            }
        }
    }
    let length = u16::try_from(data.len()).unwrap().to_le_bytes();
    let packet = [&[0x26, 0][..], &length, &data].concat();
    format!("Power: {}\n", packet.iter().map(|byte| format!("{byte:02X}")).collect::<String>())
}

/// Writes a file of what was sent with a carrier.
type Write = fn(Carrier, &[u32]) -> String;

/// The formats that hold timings, and how each is written.
const FORMATS: [(Format, Write); 6] = [
    (Format::Flipper, flipper),
    (Format::Lirc, lirc),
    (Format::GlobalCache, global_cache),
    (Format::Pronto, pronto),
    (Format::SmartIr, smartir),
    (Format::Broadlink, broadlink),
];

/// Lengths of Broadlink are whole units of 30 us and cut, those of XMP differ by 136 us: neither an appliance nor
/// we can be sure of what was cut.
fn is_too_coarse(format: Format, protocol: Protocol) -> bool {
    format == Format::Broadlink && protocol == Protocol::Xmp
}

fn only_code(import: &Import) -> Option<&Code> {
    import.keys.values().next()
}

fn is_read(import: &Import, code: ParsedCode) -> bool {
    let Some(Code::Parsed(read)) = only_code(import) else { return false };
    // One frame can be several protocols, none of which an appliance can tell from the others.
    same_signal(&Code::Parsed(*read), &Code::Parsed(code))
}

#[test]
fn recordings_of_every_format_are_imported_as_their_protocol() {
    let mut rng = fastrand::Rng::with_seed(6);
    for oracle in Oracle::all() {
        for _ in 0..ROUNDS / 4 {
            let (code, press) = oracle.random(&mut rng);
            let press = Press { sends: 1, ..press };
            let sent = oracle.encode(&code, press);
            let carrier = code.protocol().carrier();
            for (format, written) in FORMATS {
                if is_too_coarse(format, oracle.protocol) {
                    continue;
                }
                let text = written(carrier, &sent);
                let import = ImportSource::new(format, &text).read();
                let import =
                    import.unwrap_or_else(|error| panic!("{format} {code}: {error}\n{text}"));
                assert!(is_read(&import, code), "{format} {code} {press:?}: {import:?}\n{text}");
                // Whether the bit of RC6-6-20 flips, one recording does not tell: most remote controls keep it.
                if oracle.protocol != Protocol::Rc6Mode6Bits20 {
                    let bits = only_code(&import).map(Code::has_toggle_bit);
                    assert_eq!(bits, Some(Code::Parsed(code).has_toggle_bit()), "{format} {code}");
                }
            }
        }
    }
}
