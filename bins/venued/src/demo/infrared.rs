//! The board of the demo that knows no codes: a TV of another make at each output.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use device_sim::{
    BlasterConfig, DecodedFrame, InfraredConfig, Make, Power, RemoteDecoder, RemoteProtocol,
};
use serde_json::{Value, json};
use venue_infrared::{Protocol, decode, starter_set};

/// The zone of its TVs.
const ZONE: (&str, &str) = ("garden", "Garden");

/// What stands in front of its outputs, and the code set that drives it. The last one is left for whoever tries it.
const TVS: [(Make, Option<&str>); 5] = [
    (Make::Samsung, Some("samsung-tv")),
    (Make::Sony, Some("sony-tv")),
    (Make::PhilipsRc6, Some("philips-tv")),
    (Make::Lg, Some("lg-tv")),
    (Make::Panasonic, None),
];

/// So many of them the venue knows.
pub(super) fn known_tvs() -> usize {
    TVS.iter().filter(|(_, set)| set.is_some()).count()
}

/// What the TV at an output is called.
pub(super) fn tv_name(port: usize) -> String {
    format!("{} {port}", ZONE.1)
}

/// The board of this number, named like the others.
pub(super) fn board(number: u16) -> BlasterConfig {
    let appliances = TVS.map(|(make, _)| make.appliance());
    BlasterConfig {
        latency: Duration::from_millis(15),
        warm_up: Duration::from_secs(5),
        power: Power::On,
        ..BlasterConfig::infrared(
            format!("ir-{number:06x}"),
            number,
            InfraredConfig::new(appliances, Arc::new(Decoder)),
        )
    }
}

/// What an admin would have set up for it.
pub(super) fn document(hostname: &str, address: SocketAddr) -> Value {
    let known = TVS.iter().filter_map(|(_, set)| *set);
    let sets: Vec<_> = known.filter_map(starter_set).collect();
    let ports = (1..).zip(TVS).filter_map(|(index, (_, set))| {
        let (name, zone) = (tv_name(index), ZONE.0);
        Some(json!({"index": index, "name": name, "zone": zone, "codeset": set?}))
    });
    json!({
        "zones": [{"id": ZONE.0, "name": ZONE.1, "order": 4}],
        "codesets": sets,
        "devices": [{
            "hostname": hostname,
            "name": "Garden board",
            "address": address.to_string(),
            "ports": ports.collect::<Vec<_>>(),
        }],
    })
}

/// Reads infrared as the daemon itself does. Good for a demo; a test must not be judged by it.
#[derive(Debug)]
struct Decoder;

impl RemoteDecoder for Decoder {
    fn decode(&self, protocol: RemoteProtocol, durations_us: &[u32]) -> Vec<DecodedFrame> {
        let Some(protocol) = spoken(protocol) else { return Vec::new() };
        let (mut frames, mut frame, mut at_us) = (Vec::new(), Vec::new(), 0_u64);
        for pair in durations_us.chunks(2) {
            let (mark, space) = (pair.first().copied(), pair.get(1).copied());
            frame.extend(mark.and_then(|mark| i32::try_from(mark).ok()));
            at_us += u64::from(mark.unwrap_or_default());
            if space.is_none_or(|space| space >= BREAK_US) {
                frames.extend(read(protocol, &std::mem::take(&mut frame), at_us));
            } else {
                frame.extend(space.and_then(|space| i32::try_from(space).ok()).map(|space| -space));
            }
            at_us += u64::from(space.unwrap_or_default());
        }
        frames
    }
}

/// One frame, if it is one of this protocol.
fn read(protocol: Protocol, timings_us: &[i32], ends_us: u64) -> Option<DecodedFrame> {
    let candidates = decode(timings_us, None);
    let found = candidates.iter().find(|candidate| candidate.code.protocol() == protocol)?;
    let code = found.code;
    Some(DecodedFrame {
        ends_us,
        device: u16::try_from(code.device()).ok()?,
        subdevice: u16::try_from(code.effective_subdevice()).ok(),
        function: u16::try_from(code.function()).ok()?,
        extra: None,
        toggle: found.toggle,
        ditto: false,
    })
}

/// The protocols of the makes above.
#[expect(clippy::wildcard_enum_match_arm, reason = "the other makes are not in this venue")]
const fn spoken(protocol: RemoteProtocol) -> Option<Protocol> {
    match protocol {
        RemoteProtocol::NecX2 => Some(Protocol::Samsung32),
        RemoteProtocol::Sony12 => Some(Protocol::Sony12),
        RemoteProtocol::Rc6 => Some(Protocol::Rc6),
        RemoteProtocol::Nec1 => Some(Protocol::Nec1),
        RemoteProtocol::Panasonic => Some(Protocol::Panasonic),
        _ => None,
    }
}

/// A space of this length ends a frame: longer than any within one, shorter than any between two.
const BREAK_US: u32 = 9_500;

#[cfg(test)]
mod tests {
    use device_sim::Key;
    use venue_infrared::{Press, encode};

    use super::*;

    #[test]
    fn each_tv_reads_what_its_code_set_sends() {
        for (make, set) in TVS {
            let id = set.unwrap_or("panasonic-tv");
            let (set, remote) = (starter_set(id).unwrap(), make.remote());
            let keys =
                [("volume_up", Key::VolumeUp), ("mute", Key::Mute), ("digit_5", Key::Digit(5))];
            for (name, key) in keys {
                let press = Press { toggle: true, sends: set.sends_of(name).unwrap_or(1) };
                let sent = encode(set.code(name).unwrap(), press).unwrap();
                let durations: Vec<u32> =
                    sent.timings().iter().map(|us| us.unsigned_abs()).collect();
                let frames = Decoder.decode(remote.protocol, &durations);
                assert!(frames.len() >= remote.protocol.frames_wanted().into(), "{id}: {frames:?}");
                for frame in frames {
                    assert_eq!(remote.key(&frame), Some(&key), "{id}: {name}: {frame:?}");
                    let toggle = remote.protocol.has_toggle().then_some(true);
                    assert_eq!(frame.toggle, toggle, "{id}: {name}");
                }
            }
        }
    }
}
