//! From a remote to codes: as parameters where the protocol is known, else as timings.

use crate::{
    Carrier, Code, MAX_SENDS, ParsedCode, Protocol, RawCode,
    import::{
        ASSUMED_CARRIER_HZ, ImportError,
        bits::Timings,
        names::shown,
        record::{Record, Records, assumed_carrier, signed},
    },
};

use super::parse::{HexCode, RawTimes, Remote};

/// The pause behind a frame of a remote that names none, in microseconds.
const USUAL_GAP_US: i32 = 40_000;

/// How the bits of a remote become light.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Modulation {
    /// Pulse distance or width.
    Space,
    /// Pulse distance with the space first.
    SpaceFirst,
    Rc5,
    Rc6,
    Rcmm,
}

pub(super) fn records(remote: &Remote<'_>, records: &mut Records) -> Result<(), ImportError> {
    let carrier = carrier(remote, records);
    if remote.number("gap").is_none() {
        let why = format!("it has no gap: {USUAL_GAP_US} us is assumed");
        records.warn(Some(remote.line), remote.name, why);
    }
    let modulation = modulation(remote);
    for code in &remote.codes {
        let built = match (&modulation, &carrier) {
            (Ok(modulation), Ok(carrier)) => hex_code(remote, *modulation, *carrier, code),
            (Err(why), _) | (_, Err(why)) => Err(why.clone()),
        };
        let sends = sends(remote);
        let record = match built {
            Ok((code_, warning)) => {
                Record::new(Some(code.line), code.name, Ok(code_)).warn(warning).sent(sends)
            }
            Err(why) => Record::new(Some(code.line), code.name, Err(why)),
        };
        records.push(record)?;
    }
    for code in &remote.raw_codes {
        let built = match &carrier {
            Ok(carrier) => raw_code(remote, *carrier, code),
            Err(why) => Err(why.clone()),
        };
        records.push(Record::new(Some(code.line), code.name, built).sent(sends(remote)))?;
    }
    Ok(())
}

fn carrier(remote: &Remote<'_>, records: &mut Records) -> Result<Carrier, String> {
    let hz = remote.number("frequency").unwrap_or_else(|| {
        records.warn(Some(remote.line), remote.name, assumed_carrier());
        ASSUMED_CARRIER_HZ.into()
    });
    let hz = u32::try_from(hz).unwrap_or(u32::MAX);
    Carrier::from_hz(hz).map_err(|error| error.to_string())
}

/// The whole is sent so often for one press, unless something shorter is repeated.
fn sends(remote: &Remote<'_>) -> Option<u8> {
    let repeats = remote.number("min_repeat").filter(|_| remote.pair("repeat").is_none())?;
    u8::try_from(repeats.saturating_add(1).min(MAX_SENDS.into())).ok()
}

fn modulation(remote: &Remote<'_>) -> Result<Modulation, String> {
    const UNSUPPORTED: [&str; 5] = ["SERIAL", "XMP", "GOLDSTAR", "GRUNDIG", "BO"];
    if let Some(flag) = UNSUPPORTED.iter().find(|flag| remote.has_flag(flag)) {
        return Err(format!("codes with the flag {flag} are not supported: learn this key as raw"));
    }
    let known = [
        ("RC6", Modulation::Rc6),
        ("RC5", Modulation::Rc5),
        ("SHIFT_ENC", Modulation::Rc5),
        ("RCMM", Modulation::Rcmm),
        ("SPACE_FIRST", Modulation::SpaceFirst),
        ("SPACE_ENC", Modulation::Space),
    ];
    let found = known.iter().find(|(flag, _)| remote.has_flag(flag));
    found.map(|(_, modulation)| *modulation).ok_or_else(|| {
        let flags = shown(&remote.flags.join("|"));
        format!("its flags must have SPACE_ENC, RC5, RC6, RCMM or RAW_CODES, not {flags:?}")
    })
}

/// The bits of a press in the order in which they are sent; the toggle bit is 0.
#[derive(Debug)]
struct Bits {
    pre: Vec<bool>,
    code: Vec<bool>,
    post: Vec<bool>,
}

impl Bits {
    fn of(remote: &Remote<'_>, code: u64) -> Result<Self, String> {
        let count = |field: &str| match remote.number(field).unwrap_or(0) {
            count @ 0..=64 => Ok(count as u32),
            count => Err(format!("{field} is at most 64, not {count}")),
        };
        let (pre, bits, post) = (count("pre_data_bits")?, count("bits")?, count("post_data_bits")?);
        if bits == 0 {
            return Err("its remote has no bits".to_owned());
        }
        if bits < 64 && code >> bits != 0 {
            return Err(format!("its code 0x{code:X} has more than the {bits} bits of the remote"));
        }
        let reverse = remote.has_flag("REVERSE");
        let part = |value: u64, count: u32| -> Vec<bool> {
            let bit = |place: u32| value >> place & 1 == 1;
            if reverse {
                (0..count).map(bit).collect()
            } else {
                (0..count).rev().map(bit).collect()
            }
        };
        let data = |field: &str| remote.number(field).unwrap_or(0);
        Ok(Self {
            pre: part(data("pre_data"), pre),
            code: part(code, bits),
            post: part(data("post_data"), post),
        })
    }

    fn all(&self) -> Vec<bool> {
        [&self.pre[..], &self.code, &self.post].concat()
    }
}

/// Bits, the first one highest, as a number.
fn number(bits: &[bool]) -> u32 {
    bits.iter().fold(0, |number, bit| number << 1 | u32::from(*bit))
}

fn hex_code(
    remote: &Remote<'_>,
    modulation: Modulation,
    carrier: Carrier,
    code: &HexCode<'_>,
) -> Result<(Code, Option<String>), String> {
    let code = match code.codes.clone()?.as_slice() {
        [] => return Err("it has no code".to_owned()),
        [code] => *code,
        [first, rest @ ..] if rest.iter().all(|code| code == first) => *first,
        several => {
            let count = several.len();
            return Err(format!(
                "it is {count} different codes in a row: import each as a key of its own"
            ));
        }
    };
    let bits = Bits::of(remote, code)?;
    if let Some(parsed) = parsed(remote, modulation, &bits) {
        return Ok((Code::Parsed(parsed), None));
    }
    if modulation == Modulation::Rc6 {
        return Err(
            "of RC6 only the modes 0 and 6 with 20 or 32 bits are known: learn this key".to_owned()
        );
    }
    let timings = timings(remote, modulation, &bits)?;
    let raw = RawCode::new(carrier, timings).map_err(|error| error.to_string())?;
    let warning = toggles(remote).then(|| {
        "it has a toggle bit, which stays as it is: if only every second press works, learn the key".to_owned()
    });
    Ok((Code::Raw(raw), warning))
}

/// Whether a bit changes with each press.
fn toggles(remote: &Remote<'_>) -> bool {
    let fields = ["toggle_bit", "toggle_bit_mask", "toggle_mask"];
    fields.iter().any(|field| remote.number(field).is_some_and(|value| value != 0))
}

/// What the bits mean in a protocol whose toggle bit has to be flipped.
fn parsed(remote: &Remote<'_>, modulation: Modulation, bits: &Bits) -> Option<ParsedCode> {
    /// A toggle bit of RC6 mode 6 that flips with each press.
    const FLIPPED: u32 = 2;
    let new = |protocol, device, subdevice, function, extra| {
        ParsedCode::new(protocol, device, subdevice, function, extra).ok()
    };
    let mut all = bits.all();
    match modulation {
        // One start bit may be the mark that leads.
        Modulation::Rc5 if is_about(remote.pair("one"), 889) => {
            if remote.micros("plead") > 0 {
                all.insert(0, true);
            }
            let [true, field, _toggle, rest @ ..] = all.as_slice() else { return None };
            let (device, function) = rest.split_at_checked(5)?;
            let second_start = if *field { 0 } else { 64 };
            let six = function.len() == 6;
            six.then(|| {
                new(Protocol::Rc5, number(device), None, second_start + number(function), None)
            })?
        }
        Modulation::Rc6 if is_about(remote.pair("one"), 444) => {
            let [true, m2, m1, m0, trailer, rest @ ..] = all.as_slice() else { return None };
            match (number(&[*m2, *m1, *m0]), rest.len()) {
                (0, 16) => new(Protocol::Rc6, number(&rest[..8]), None, number(&rest[8..]), None),
                (6, 32) if number(&rest[..8]) == 128 => {
                    let (subdevice, device) = (number(&rest[8..16]), number(&rest[17..24]));
                    new(Protocol::Mce, device, Some(subdevice), number(&rest[24..]), None)
                }
                (6, 20) => {
                    let (subdevice, function) = (number(&rest[8..12]), number(&rest[12..]));
                    let toggle = if toggles(remote) { FLIPPED } else { u32::from(*trailer) };
                    let protocol = Protocol::Rc6Mode6Bits20;
                    new(protocol, number(&rest[..8]), Some(subdevice), function, Some(toggle))
                }
                _ => None,
            }
        }
        Modulation::Rcmm if all.len() == 32 => {
            let (device, subdevice) = (number(&all[..8]), number(&all[8..16]));
            let (x, function) = (number(&all[17..24]), number(&all[24..]));
            new(Protocol::Rcmm32, device, Some(subdevice), function, Some(x))
        }
        Modulation::Rc5
        | Modulation::Rc6
        | Modulation::Rcmm
        | Modulation::Space
        | Modulation::SpaceFirst => None,
    }
}

/// Whether both halves are within a fifth of `us`: another speed is another protocol.
fn is_about(pair: Option<(i32, i32)>, us: i32) -> bool {
    let near = |half: i32| (half - us).abs() <= us / 5;
    pair.is_some_and(|(mark, space)| near(mark) && near(space))
}

/// The frame in the order in which LIRC sends its parts.
fn timings(remote: &Remote<'_>, modulation: Modulation, bits: &Bits) -> Result<Vec<i32>, String> {
    let mut timings = Timings::default();
    let pair = |timings: &mut Timings, (mark, space): (i32, i32)| {
        timings.mark(mark);
        timings.space(space);
    };
    pair(&mut timings, remote.pair("header").unwrap_or_default());
    timings.mark(remote.micros("plead"));
    data(remote, modulation, &bits.pre, &mut timings)?;
    pair(&mut timings, remote.pair("pre").unwrap_or_default());
    data(remote, modulation, &bits.code, &mut timings)?;
    pair(&mut timings, remote.pair("post").unwrap_or_default());
    data(remote, modulation, &bits.post, &mut timings)?;
    timings.mark(remote.micros("ptrail"));
    let (foot_mark, foot_space) = remote.pair("foot").unwrap_or_default();
    timings.space(foot_space);
    timings.mark(foot_mark);
    timings.space(gap(remote, timings.total_us()));
    Ok(timings.0)
}

/// The pause behind `used` microseconds of a frame.
fn gap(remote: &Remote<'_>, used: u64) -> i32 {
    let gap =
        remote.number("gap").map_or(USUAL_GAP_US, |gap| i32::try_from(gap).unwrap_or(i32::MAX));
    if remote.has_flag("CONST_LENGTH") {
        let left = i64::from(gap) - i64::try_from(used).unwrap_or(i64::MAX);
        // A frame that is longer than its period still ends in a pause.
        return i32::try_from(left).unwrap_or(0).max(10_000);
    }
    gap.max(1)
}

fn data(
    remote: &Remote<'_>,
    modulation: Modulation,
    bits: &[bool],
    timings: &mut Timings,
) -> Result<(), String> {
    let pair = |field: &str| remote.pair(field).ok_or_else(|| format!("its remote has no {field}"));
    if modulation == Modulation::Rcmm {
        let symbols = [pair("zero")?, pair("one")?, pair("two")?, pair("three")?];
        for two in bits.chunks(2) {
            let (mark, space) = symbols[number(two) as usize];
            timings.mark(mark);
            timings.space(space);
        }
        return Ok(());
    }
    let (zero, one) = (pair("zero")?, pair("one")?);
    for bit in bits {
        let (mark, space) = if *bit { one } else { zero };
        let mark_first = match modulation {
            Modulation::Rc5 => !*bit,
            Modulation::Rc6 => *bit,
            Modulation::SpaceFirst => false,
            Modulation::Space | Modulation::Rcmm => true,
        };
        if mark_first {
            timings.mark(mark);
            timings.space(space);
        } else {
            timings.space(space);
            timings.mark(mark);
        }
    }
    Ok(())
}

fn raw_code(remote: &Remote<'_>, carrier: Carrier, code: &RawTimes<'_>) -> Result<Code, String> {
    let times = code.times.clone()?;
    let mut timings = Timings(signed(times));
    if timings.0.is_empty() {
        return Err("it has no times".to_owned());
    }
    if timings.0.len() % 2 == 1 {
        let used = timings.total_us();
        timings.space(gap(remote, used));
    }
    RawCode::new(carrier, timings.0).map(Code::Raw).map_err(|error| error.to_string())
}
