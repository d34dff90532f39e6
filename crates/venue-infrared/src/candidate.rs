//! Which protocols a recording can be read as, the most likely one first.

use crate::{Carrier, ParsedCode, Protocol, family::Family, found::Found};

/// One reading of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// The protocol and its parameters.
    pub code: ParsedCode,
    /// The toggle bit that it was sent with, if the protocol has one.
    pub toggle: Option<bool>,
    /// How many sends were heard, repeat frames counted: what the remote control did for this press.
    pub sends: u8,
    /// Whether this explains everything that was recorded.
    pub is_complete: bool,
    /// How far the durations were from the nominal ones, in thousandths.
    pub deviation_permille: u32,
}

/// The candidates for durations from a mark to a mark, sorted.
pub(crate) fn candidates(durations: &[u32], carrier: Option<Carrier>) -> Vec<Candidate> {
    let read = |protocol: Protocol| {
        let found = match protocol.family() {
            Family::Pulse(spec) => spec.read(durations),
            Family::Manchester(spec) => spec.read(durations),
        }?;
        candidate(protocol, &found, durations.len())
    };
    let mut candidates: Vec<_> = Protocol::ALL.into_iter().filter_map(read).collect();
    candidates.sort_by_key(|candidate| {
        let protocol = candidate.code.protocol();
        (
            !candidate.is_complete,
            carrier.is_some_and(|carrier| carrier.is_other(protocol.carrier())),
            generality(candidate),
            candidate.deviation_permille,
        )
    });
    candidates
}

fn candidate(protocol: Protocol, found: &Found, recorded: usize) -> Option<Candidate> {
    let code = found.values.code(protocol)?;
    let has_toggle = code.has_toggle_bit() || protocol == Protocol::Rc6Mode6Bits20;
    Some(Candidate {
        code,
        toggle: has_toggle.then_some(found.values.toggle == 1),
        sends: found.sends,
        is_complete: found.used >= recorded,
        deviation_permille: found.deviation.permille(),
    })
}

/// The order among protocols that read the same recording completely: the more of its bits a protocol
/// checks, and the more common it is, the earlier.
fn generality(candidate: &Candidate) -> u8 {
    let code = candidate.code;
    match code.protocol() {
        // Fixed address; Pioneer's own range, which nobody else uses when the frame comes twice.
        Protocol::Tivo => 0,
        Protocol::Pioneer if candidate.sends > 1 && is_of_pioneer(code) => 0,
        Protocol::Pioneer => 3,
        Protocol::Nec2 | Protocol::Necx1 => 2,
        Protocol::NecExt | Protocol::Kaseikyo => 4,
        Protocol::Nec1
        | Protocol::Nec42
        | Protocol::Samsung32
        | Protocol::Samsung36
        | Protocol::Lg
        | Protocol::Rc5
        | Protocol::Rc5x
        | Protocol::Rc6
        | Protocol::Rc6Mode6Bits20
        | Protocol::Mce
        | Protocol::Sony12
        | Protocol::Sony15
        | Protocol::Sony20
        | Protocol::Panasonic
        | Protocol::Jvc
        | Protocol::Sharp
        | Protocol::Denon
        | Protocol::Rca
        | Protocol::Rcmm32
        | Protocol::Directv
        | Protocol::Dish
        | Protocol::GiCable
        | Protocol::Xmp
        | Protocol::PanasonicOld => 1,
    }
}

/// Pioneer's devices are 160 to 175 and have no subdevice.
fn is_of_pioneer(code: ParsedCode) -> bool {
    (160..=175).contains(&code.device()) && code.subdevice().is_none()
}

#[cfg(test)]
mod tests;
