//! Crate `irp` as the receiver of the appliances and as the encoder of handheld remotes: foreign
//! code, which shares no mistake with the program under test.

use std::collections::HashMap;

use irp::{Decoder, Event, InfraredData, Irp, NFA, Options, Vartable};

use super::{DecodedFrame, Remote, RemoteDecoder, RemoteProtocol};
use crate::Key;

/// Decodes with crate `irp`.
///
/// The automaton of a protocol is built anew for each array: it holds `Rc`s and cannot be shared
/// between threads, and building one takes 0.1 to 0.6 ms in a debug build, less than the decoding.
#[derive(Clone, Copy, Debug, Default)]
pub struct IrpDecoder;

impl RemoteDecoder for IrpDecoder {
    fn decode(&self, protocol: RemoteProtocol, durations_us: &[u32]) -> Vec<DecodedFrame> {
        let nfa = Irp::parse(notation(protocol)).and_then(|irp| irp.build_nfa());
        let Ok(nfa) = nfa else { return Vec::new() };
        let mut data = durations_us.to_vec();
        if data.len() % 2 == 1 {
            data.push(SILENCE_US);
        }
        Reading { nfa, tolerance: tolerance(protocol), protocol, data }.frames()
    }
}

/// One array that is read.
struct Reading {
    nfa: NFA,
    tolerance: Options<'static>,
    protocol: RemoteProtocol,
    data: Vec<u32>,
}

/// The first frame behind a place.
struct Found<'a> {
    /// The place of its last space.
    at: usize,
    frame: DecodedFrame,
    decoder: Decoder<'a>,
}

impl Reading {
    fn frames(&self) -> Vec<DecodedFrame> {
        let mut frames = Vec::new();
        let mut from = 0;
        let mut last: Option<Decoder<'_>> = None;
        loop {
            // A decoder that goes on knows the short forms that follow a frame; one that begins
            // anew does not lose the first mark of another frame.
            let held = last.take().and_then(|decoder| self.first(decoder, from, self.data.len()));
            let fresh = self.first_fresh(from);
            let found = match (held, fresh) {
                (Some(held), Some(fresh)) if held.at < fresh.at => ditto(held),
                (Some(held), None) => ditto(held),
                (_, Some(fresh)) => fresh,
                (None, None) => return frames,
            };
            frames.push(found.frame);
            from = found.at + 1;
            last = Some(found.decoder);
        }
    }

    /// The first frame that begins at or behind `from`, at a mark after silence.
    fn first_fresh(&self, from: usize) -> Option<Found<'_>> {
        let after_silence = |place: &usize| {
            let before = place.checked_sub(1).and_then(|before| self.data.get(before));
            before.is_none_or(|space| *space >= BREAK_US)
        };
        let mut best: Option<Found<'_>> = None;
        for start in (from..self.data.len()).step_by(2).filter(after_silence) {
            let until = best.as_ref().map_or(self.data.len(), |best| best.at);
            if start >= until {
                break;
            }
            let decoder = Decoder::new(self.tolerance.clone());
            best = self.first(decoder, start, until).or(best);
        }
        best
    }

    /// Feeds `decoder` from `from` on until it has a frame.
    fn first<'a>(&self, mut decoder: Decoder<'a>, from: usize, until: usize) -> Option<Found<'a>> {
        let until = until.min(from + LONGEST_FRAME);
        for at in from..until {
            let duration = *self.data.get(at)?;
            let input = if at % 2 == 0 {
                InfraredData::Flash(duration)
            } else {
                InfraredData::Gap(duration)
            };
            let mut read = None;
            decoder.nfa_input(input, &self.nfa, |event, variables| {
                if event != Event::Up && read.is_none() {
                    read = self.frame(at, &variables);
                }
            });
            if let Some(frame) = read {
                return Some(Found { at, frame, decoder });
            }
        }
        None
    }

    fn frame(&self, at: usize, variables: &HashMap<String, i64>) -> Option<DecodedFrame> {
        let get = |name: &str| variables.get(name).and_then(|value| u16::try_from(*value).ok());
        let before = self.data.iter().take(at).map(|us| u64::from(*us)).sum();
        Some(DecodedFrame {
            ends_us: before,
            device: get("D")?,
            subdevice: get("S"),
            function: get("F")?,
            extra: get("E").or_else(|| get("X")),
            toggle: get("T").filter(|_| self.protocol.has_toggle()).map(|toggle| toggle == 1),
            ditto: false,
        })
    }
}

fn ditto(mut found: Found<'_>) -> Found<'_> {
    found.frame.ditto = true;
    found
}

/// What a handheld remote sends while `key` is held for so many frames (1 at least): marks positive,
/// spaces negative, microseconds; nothing if the remote has no such key. Encoded by crate `irp`.
///
/// `toggle` is the toggle bit of the press, where the protocol has one.
#[must_use]
pub fn irp_press(remote: &Remote, key: &Key, toggle: bool, frames: u64) -> Option<Vec<i32>> {
    let function = remote.function(key)?;
    let mut variables = Vartable::new();
    let mut set = |name: &str, value: u16| variables.set(name.to_owned(), value.into());
    set("D", remote.device);
    set("F", function);
    if let Some(subdevice) = remote.subdevice {
        set("S", subdevice);
    }
    if let Some(extra) = remote.extra {
        set(if remote.protocol == RemoteProtocol::Samsung36 { "E" } else { "X" }, extra);
    }
    if remote.protocol.has_toggle() || remote.protocol == RemoteProtocol::Rc6M20 {
        set("T", toggle.into());
    }
    let irp = Irp::parse(notation(remote.protocol)).ok()?;
    // `irp` counts what stands in ( )*: behind a first frame that is one less, and without one the
    // count 0 gives nothing at all.
    let frames = frames.max(1);
    let repeats = if has_first_frame(remote.protocol) { frames - 1 } else { frames };
    let raw = irp.encode_raw(variables, repeats).ok()?.raw;
    let signed = |(place, us): (usize, u32)| {
        let us = i32::try_from(us).unwrap_or(i32::MAX);
        if place % 2 == 0 { us } else { -us }
    };
    Some(raw.into_iter().enumerate().map(signed).collect())
}

/// Whether the notation has a frame in front of what it repeats.
const fn has_first_frame(protocol: RemoteProtocol) -> bool {
    matches!(
        protocol,
        RemoteProtocol::Nec1
            | RemoteProtocol::Jvc
            | RemoteProtocol::Sharp
            | RemoteProtocol::Denon
            | RemoteProtocol::DirecTv
            | RemoteProtocol::Dish
            | RemoteProtocol::GiCable
    )
}

/// What follows an array that ends in a mark.
const SILENCE_US: u32 = 200_000;

/// A new frame begins after a space of this length at least: the shortest pause between frames is
/// 6.1 ms (Dish).
const BREAK_US: u32 = 5_000;

/// Frames and their pauses are shorter than this, in values.
const LONGEST_FRAME: usize = 260;

/// Receivers take 20 to 25 % more or less; the automaton of `irp` becomes ambiguous with that, and
/// 15 % is what arrives undisturbed. A pause between frames may be longer than the protocol says.
fn tolerance(protocol: RemoteProtocol) -> Options<'static> {
    let aeps = if protocol == RemoteProtocol::Nokia32 { 60 } else { 100 };
    Options { aeps, eps: 15, max_gap: BREAK_US, ..Options::default() }
}

/// The protocol in IRP notation, as published in IrpProtocols.xml.
const fn notation(protocol: RemoteProtocol) -> &'static str {
    match protocol {
        RemoteProtocol::Nec1 => {
            "{38.4k,564}<1,-1|1,-3>(16,-8,D:8,S:8,F:8,~F:8,1,^108m,(16,-4,1,^108m)*)\
             [D:0..255,S:0..255=255-D,F:0..255]"
        }
        RemoteProtocol::NecX2 => {
            "{38.4k,564}<1,-1|1,-3>(8,-8,D:8,S:8,F:8,~F:8,1,^108m)*\
             [D:0..255,S:0..255=255-D,F:0..255]"
        }
        RemoteProtocol::Samsung36 => {
            "{37.9k,560,33%}<1,-1|1,-3>(4500u,-4500u,D:8,S:8,1,-9,E:4,F:8,~F:8,1,^108m)*\
             [D:0..255,S:0..255,F:0..255,E:0..15]"
        }
        RemoteProtocol::Pioneer => {
            "{40k,564}<1,-1|1,-3>(16,-8,D:8,S:8,F:8,~F:8,1,^108m)*\
             [D:0..255,S:0..255=255-D,F:0..255]"
        }
        RemoteProtocol::Rc5 => {
            "{36k,msb,889}<1,-1|-1,1>((1,~F:1:6,T:1,D:5,F:6,^114m)*,T=1-T)\
             [D:0..31,F:0..127,T@:0..1=0]"
        }
        RemoteProtocol::Rc5X => {
            "{36k,msb,889}<1,-1|-1,1>((1,~S:1:6,T:1,D:5,-4,S:6,F:6,^114m)*,T=1-T)\
             [D:0..31,S:0..127,F:0..63,T@:0..1=0]"
        }
        RemoteProtocol::Rc6 => {
            "{36k,444,msb}<-1,1|1,-1>((6,-2,1:1,0:3,<-2,2|2,-2>(T:1),D:8,F:8,^107m)*,T=1-T)\
             [D:0..255,F:0..255,T@:0..1=0]"
        }
        RemoteProtocol::Rc6M20 => {
            "{36k,444,msb}<-1,1|1,-1>((6,-2,1:1,6:3,<-2,2|2,-2>(T:1),D:8,S:4,F:8,-100m)*,T=1-T)\
             [D:0..255,S:0..15,F:0..255,T@:0..1=0]"
        }
        RemoteProtocol::Mce => {
            "{36k,444,msb}<-1,1|1,-1>((6,-2,1:1,6:3,-2,2,OEM1:8,S:8,T:1,D:7,F:8,^107m)*,T=1-T)\
             {OEM1=128}[D:0..127,S:0..255,F:0..255,T@:0..1=0]"
        }
        RemoteProtocol::Sony12 => "{40k,600}<1,-1|2,-1>(4,-1,F:7,D:5,^45m)*[D:0..31,F:0..127]",
        RemoteProtocol::Sony15 => "{40k,600}<1,-1|2,-1>(4,-1,F:7,D:8,^45m)*[D:0..255,F:0..127]",
        RemoteProtocol::Sony20 => {
            "{40k,600}<1,-1|2,-1>(4,-1,F:7,D:5,S:8,^45m)*[D:0..31,S:0..255,F:0..127]"
        }
        RemoteProtocol::Panasonic => {
            "{37k,432}<1,-1|1,-3>(8,-4,2:8,32:8,D:8,S:8,F:8,(D^S^F):8,1,-173)*\
             [D:0..255,S:0..255,F:0..255]"
        }
        RemoteProtocol::Jvc => {
            "{37.9k,527,33%}<1,-1|1,-3>(16,-8,D:8,F:8,1,^59.08m,(D:8,F:8,1,^46.42m)*)\
             [D:0..255,F:0..255]"
        }
        RemoteProtocol::Sharp => {
            "{38k,264}<1,-3|1,-7>(D:5,F:8,1:2,1,^67m,(D:5,~F:8,2:2,1,^67m,D:5,F:8,1:2,1,^67m)*)\
             [D:0..31,F:0..255]"
        }
        RemoteProtocol::Denon => {
            "{38k,264}<1,-3|1,-7>(D:5,F:8,0:2,1,^67m,(D:5,~F:8,3:2,1,^67m,D:5,F:8,0:2,1,^67m)*)\
             [D:0..31,F:0..255]"
        }
        RemoteProtocol::DirecTv => {
            // As published, but without the header of a frame that may not follow.
            "{38k,600,msb}<1,-1|1,-2|2,-1|2,-2>\
             (10,-2,D:4,F:8,C:4,1,-30m,(5,-2,D:4,F:8,C:4,1,-30m)*)\
             {C=7*(F:2:6)+5*(F:2:4)+3*(F:2:2)+(F:2)}[D:0..15,F:0..255]"
        }
        RemoteProtocol::Dish => {
            "{57.6k,406}<1,-7|1,-4>(1,-15,(F:-6,S:5,D:5,1,-15)+)[F:0..63,S:0..31,D:0..31]"
        }
        RemoteProtocol::GiCable => {
            "{38.7k,490}<1,-4.5|1,-9>(18,-9,F:8,D:4,C:4,1,-84,(18,-4.5,1,-178)*)\
             {C=-(D+F:4+F:4:4)}[D:0..15,F:0..255]"
        }
        RemoteProtocol::Rca => {
            "{58k,460,msb}<1,-2|1,-4>(8,-8,D:4,F:8,~D:4,~F:8,1,-16)*[D:0..15,F:0..255]"
        }
        RemoteProtocol::Nokia32 => {
            "{36k,msb}<164,-276|164,-445|164,-614|164,-783>\
             ((412,-276,D:8,S:8,T:1,X:7,F:8,164,^100m)*,T=1-T)\
             [D:0..255,S:0..255,F:0..255,T@:0..1=0,X:0..127]"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote(protocol: RemoteProtocol) -> Remote {
        use RemoteProtocol as P;
        let has_subdevice = !matches!(
            protocol,
            P::Rc5
                | P::Rc6
                | P::Sony12
                | P::Sony15
                | P::Jvc
                | P::Sharp
                | P::Denon
                | P::DirecTv
                | P::GiCable
                | P::Rca
        );
        let extra = matches!(protocol, P::Samsung36 | P::Nokia32).then_some(14);
        let subdevice = has_subdevice.then_some(7);
        Remote { extra, ..Remote::new(protocol, 4, subdevice, [(8, Key::Power)]) }
    }

    fn durations(timings: &[i32]) -> Vec<u32> {
        timings.iter().map(|us| us.unsigned_abs()).collect()
    }

    #[test]
    fn every_protocol_is_read_back_frame_by_frame() {
        for protocol in RemoteProtocol::ALL {
            let remote = remote(protocol);
            let wanted = u64::from(protocol.frames_wanted());
            for toggle in [false, true] {
                let raw = irp_press(&remote, &Key::Power, toggle, wanted).unwrap();
                let frames = IrpDecoder.decode(protocol, &durations(&raw));
                assert_eq!(frames.len() as u64, wanted, "{protocol:?}: {frames:?}");
                for frame in &frames {
                    assert_eq!(remote.key(frame), Some(&Key::Power), "{protocol:?}: {frame:?}");
                    let told = protocol.has_toggle().then_some(toggle);
                    assert_eq!(frame.toggle, told, "{protocol:?}");
                }
                assert!(frames.is_sorted_by_key(|frame| frame.ends_us), "{protocol:?}");
            }
        }
    }

    #[test]
    fn presses_that_follow_each_other_are_all_read_and_dittos_are_told_apart() {
        let remote = Remote::new(RemoteProtocol::Rc5, 0, None, [(5, Key::Digit(5))]);
        let press = |toggle| durations(&irp_press(&remote, &Key::Digit(5), toggle, 1).unwrap());
        let typed = [press(false), press(true), press(true)].concat();
        let frames = IrpDecoder.decode(RemoteProtocol::Rc5, &typed);
        let toggles: Vec<_> = frames.iter().map(|frame| frame.toggle).collect();
        assert_eq!(toggles, [Some(false), Some(true), Some(true)]);

        let remote = Remote::new(RemoteProtocol::Nec1, 4, Some(251), [(8, Key::Power)]);
        let held = durations(&irp_press(&remote, &Key::Power, false, 3).unwrap());
        let twice = [held.clone(), held].concat();
        let frames = IrpDecoder.decode(RemoteProtocol::Nec1, &twice);
        let dittos: Vec<bool> = frames.iter().map(|frame| frame.ditto).collect();
        assert_eq!(dittos, [false, true, true, false, true, true]);
    }

    #[test]
    fn noise_and_other_protocols_are_skipped() {
        let sony = Remote::new(RemoteProtocol::Sony12, 1, None, [(21, Key::Power)]);
        let sony = durations(&irp_press(&sony, &Key::Power, false, 3).unwrap());
        let lg = Remote::new(RemoteProtocol::Nec1, 4, Some(251), [(8, Key::Power)]);
        let lg = durations(&irp_press(&lg, &Key::Power, false, 1).unwrap());
        let mixed = [vec![500, 20_000], sony, lg].concat();
        assert_eq!(IrpDecoder.decode(RemoteProtocol::Nec1, &mixed).len(), 1);
        assert_eq!(IrpDecoder.decode(RemoteProtocol::Sony12, &mixed).len(), 3);
        assert_eq!(IrpDecoder.decode(RemoteProtocol::Rc6, &mixed), []);
        assert_eq!(IrpDecoder.decode(RemoteProtocol::Nec1, &[]), []);
    }
}
