//! Which keys a press may be.

use super::burst::Burst;
use crate::{ParsedCode, Protocol, Recording};

/// A press as one protocol reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// The key, without the bit that may flip from press to press.
    pub(super) key: ParsedCode,
    /// That bit, if the protocol has one.
    pub(super) toggle: Option<bool>,
    /// How often the remote control sent it.
    pub(super) sends: u8,
}

/// What protocols read in all bursts of a press, the best first. Empty if none explains all of it.
pub(super) fn readings<'b>(bursts: impl IntoIterator<Item = &'b Burst>) -> Vec<Reading> {
    let mut bursts = bursts.into_iter().filter_map(|burst| Recording::new(burst.timings()));
    let Some(mut press) = bursts.next() else { return Vec::new() };
    for burst in bursts {
        press.extend(&burst);
    }
    let complete = press.decode(None).into_iter().filter(|candidate| candidate.is_complete);
    let reading = |candidate: crate::Candidate| Reading {
        key: without_toggle(candidate.code),
        toggle: candidate.toggle,
        sends: candidate.sends,
    };
    complete.map(reading).collect()
}

/// The key of presses with these toggle bits.
pub(super) fn with_toggles(key: ParsedCode, toggles: impl IntoIterator<Item = bool>) -> ParsedCode {
    /// Says that the bit flips from press to press.
    const FLIPS: u32 = 2;
    if key.protocol() != Protocol::Rc6Mode6Bits20 {
        return key;
    }
    let mut toggles = toggles.into_iter();
    let first = toggles.next().unwrap_or_default();
    let extra = if toggles.all(|toggle| toggle == first) { u32::from(first) } else { FLIPS };
    rc6_6_20(key, Some(extra))
}

/// RC6-6-20 has its toggle bit among its parameters, as most remote controls of that protocol never flip it.
fn without_toggle(code: ParsedCode) -> ParsedCode {
    if code.protocol() == Protocol::Rc6Mode6Bits20 { rc6_6_20(code, None) } else { code }
}

fn rc6_6_20(code: ParsedCode, toggle: Option<u32>) -> ParsedCode {
    let subdevice = Some(code.effective_subdevice());
    let changed =
        ParsedCode::new(code.protocol(), code.device(), subdevice, code.function(), toggle);
    // All values are from a code and within their ranges.
    changed.unwrap_or(code)
}
