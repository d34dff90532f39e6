//! Whether two codes are the same key to an appliance.

use crate::{Code, ParsedCode, Protocol};

/// What a receiver lets pass: a quarter, or this many microseconds if they are more.
const TOLERANCE_US: u32 = 150;

/// A pause that ends a frame, in microseconds: the longest one within a frame is the 13.8 ms of XMP.
const FRAME_GAP_US: u32 = 20_000;

/// Whether an appliance could not tell one code from the other: parameters are compared where both have
/// them, else the first frames, within the tolerance of a receiver.
pub(crate) fn same_signal(one: &Code, other: &Code) -> bool {
    match (parsed(one), parsed(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other || is_same_frame(&first_frame(one), &first_frame(other)),
    }
}

/// The parameters, if the code has them. What differs in its repeat frame alone is the same.
fn parsed(code: &Code) -> Option<ParsedCode> {
    let parsed = match code {
        Code::Parsed(parsed) => Some(*parsed),
        Code::Pronto(pronto) => pronto.parsed(),
        Code::Raw(_) => None,
    }?;
    let protocol = parsed.protocol();
    let first_of_its_kind = if protocol == Protocol::Nec2 {
        Protocol::Nec1
    } else if protocol == Protocol::Necx1 {
        Protocol::Samsung32
    } else {
        protocol
    };
    let (device, function) = (parsed.device(), parsed.function());
    let same =
        ParsedCode::new(first_of_its_kind, device, parsed.subdevice(), function, parsed.extra());
    same.ok().or(Some(parsed))
}

/// The durations up to the first long pause.
fn first_frame(code: &Code) -> Vec<u32> {
    let Code::Raw(raw) = code else { return Vec::new() };
    let durations = raw.timings().iter().map(|timing| timing.unsigned_abs());
    durations.take_while(|us| *us < FRAME_GAP_US).collect()
}

/// Whether two frames are alike; a frame that is cut short is like the beginning of the other.
fn is_same_frame(one: &[u32], other: &[u32]) -> bool {
    let alike =
        |(one, other): (&u32, &u32)| one.abs_diff(*other) <= TOLERANCE_US.max(*one.max(other) / 4);
    let both = !one.is_empty() && !other.is_empty();
    both && one.iter().zip(other).all(alike)
}
