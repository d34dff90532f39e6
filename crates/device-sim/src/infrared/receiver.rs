//! The infrared receiver of an appliance: which frames are a press. Pure; time passed in.

use std::time::Duration;

use tokio::time::Instant;

use super::{Appliance, DecodedFrame, RemoteProtocol, timings::in_range};
use crate::Key;

/// What an appliance remembers of the frames before.
#[derive(Debug)]
pub(crate) struct Receiver {
    appliance: Appliance,
    last: Option<Heard>,
    last_digit: Option<Instant>,
}

/// The newest press.
#[derive(Debug)]
struct Heard {
    frame: DecodedFrame,
    at: Instant,
    /// How many of its frames have come.
    frames: u8,
}

impl Receiver {
    pub(crate) const fn new(appliance: Appliance) -> Self {
        Self { appliance, last: None, last_digit: None }
    }

    pub(crate) const fn protocol(&self) -> RemoteProtocol {
        self.appliance.remote.protocol
    }

    pub(crate) const fn hears(&self, carrier_hz: u32) -> bool {
        in_range(self.protocol().carrier_hz(), carrier_hz)
    }

    /// A frame has come in at `at`. The key of a press, at the frame that completes it.
    pub(crate) fn take(&mut self, frame: DecodedFrame, at: Instant) -> Option<Key> {
        let key = self.appliance.remote.key(&frame)?.clone();
        let frames = match &self.last {
            Some(last) if self.continues(last, &frame, at) => last.frames.saturating_add(1),
            // A ditto says "still held", and nothing was.
            _ if frame.ditto => return None,
            _ => 1,
        };
        self.last = Some(Heard { frame, at, frames });
        if frames != self.appliance.frames_wanted.max(1) {
            return None;
        }
        if matches!(key, Key::Digit(_)) {
            let pause = self.appliance.digit_pause;
            if self.last_digit.is_some_and(|last| at.saturating_duration_since(last) < pause) {
                return None;
            }
            self.last_digit = Some(at);
        }
        Some(key)
    }

    /// Whether a frame belongs to the press before it.
    fn continues(&self, last: &Heard, frame: &DecodedFrame, at: Instant) -> bool {
        let same = (last.frame.device, last.frame.subdevice, last.frame.function, last.frame.extra)
            == (frame.device, frame.subdevice, frame.function, frame.extra);
        let since = at.saturating_duration_since(last.at);
        match (last.frame.toggle, frame.toggle) {
            (Some(before), Some(now)) => {
                let remembered = self.appliance.toggle_memory.is_none_or(|memory| since <= memory);
                same && before == now && remembered
            }
            _ => same && since <= held(self.protocol()),
        }
    }
}

/// Equal frames whose ends come closer than this are one press that is held. The longest frame period is
/// 114 ms. Where all frames of a press are alike, receivers forgive that one of them is missed: only a longer
/// silence tells them of a new press.
const fn held(protocol: RemoteProtocol) -> Duration {
    Duration::from_millis(if protocol.has_ditto() { 150 } else { 230 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Remote, RemoteProtocol};

    fn receiver(protocol: RemoteProtocol) -> Receiver {
        let digits = (0..=9).map(|digit| (u16::from(digit), Key::Digit(digit)));
        let keys = digits.chain([(12, Key::Power), (16, Key::VolumeUp)]);
        Receiver::new(Appliance::new(Remote::new(protocol, 0, None, keys)))
    }

    fn frame(function: u16, toggle: Option<bool>) -> DecodedFrame {
        DecodedFrame {
            ends_us: 0,
            device: 0,
            subdevice: None,
            function,
            extra: None,
            toggle,
            ditto: false,
        }
    }

    /// The keys of frames that come at the given milliseconds.
    fn keys(receiver: &mut Receiver, frames: &[(u64, DecodedFrame)]) -> Vec<Key> {
        let base = Instant::now();
        let take = |(at, frame): &(u64, DecodedFrame)| {
            receiver.take(*frame, base + Duration::from_millis(*at))
        };
        frames.iter().filter_map(take).collect()
    }

    #[test]
    fn a_held_key_is_one_press_and_a_pause_makes_two() {
        let power = frame(12, None);
        let mut tv = receiver(RemoteProtocol::Nec1);
        let ditto = DecodedFrame { ditto: true, ..power };
        let pressed = keys(&mut tv, &[(0, power), (108, ditto), (216, ditto), (600, power)]);
        assert_eq!(pressed, [Key::Power, Key::Power]);
        let lone = keys(&mut receiver(RemoteProtocol::Nec1), &[(0, ditto)]);
        assert_eq!(lone, [], "a ditto alone is no press");
    }

    #[test]
    fn an_equal_toggle_bit_is_a_held_key_however_late_it_comes() {
        let digit = |toggle| frame(5, Some(toggle));
        let mut tv = receiver(RemoteProtocol::Rc5);
        assert_eq!(keys(&mut tv, &[(0, digit(true)), (9_000, digit(true))]), [Key::Digit(5)]);
        let mut tv = receiver(RemoteProtocol::Rc5);
        let pressed = keys(&mut tv, &[(0, digit(true)), (300, digit(false))]);
        assert_eq!(pressed, [Key::Digit(5), Key::Digit(5)]);
        let mut forgetful = receiver(RemoteProtocol::Rc5);
        forgetful.appliance.toggle_memory = Some(Duration::from_millis(500));
        let pressed = keys(&mut forgetful, &[(0, digit(true)), (600, digit(true))]);
        assert_eq!(pressed, [Key::Digit(5), Key::Digit(5)]);
    }

    #[test]
    fn some_protocols_want_several_frames() {
        for (protocol, wanted) in
            [(RemoteProtocol::Sony12, 3), (RemoteProtocol::Dish, 4), (RemoteProtocol::Pioneer, 2)]
        {
            let frames = |count: u64| (0..count).map(|n| (n * 45, frame(12, None))).collect();
            let few: Vec<_> = frames(wanted - 1);
            assert_eq!(keys(&mut receiver(protocol), &few), [], "{protocol:?}");
            let more: Vec<_> = frames(wanted + 2);
            assert_eq!(keys(&mut receiver(protocol), &more), [Key::Power], "{protocol:?}");
        }
    }

    #[test]
    fn only_a_long_silence_makes_a_new_press_where_all_frames_are_alike() {
        let louder = frame(16, None);
        let presses = |protocol: RemoteProtocol, gap: u64| {
            let wanted = u64::from(protocol.frames_wanted());
            let frames = |press: u64| {
                (0..wanted).map(move |n| (press * ((wanted - 1) * 45 + gap) + n * 45, louder))
            };
            let all: Vec<_> = (0..5).flat_map(frames).collect();
            keys(&mut receiver(protocol), &all).len()
        };
        // From the end of the last frame to the end of the next one.
        for (protocol, gap, heard) in [
            (RemoteProtocol::Sony12, 145, 1),
            (RemoteProtocol::Sony12, 245, 5),
            (RemoteProtocol::NecX2, 208, 1),
            (RemoteProtocol::NecX2, 308, 5),
            (RemoteProtocol::Nec1, 208, 5),
        ] {
            assert_eq!(presses(protocol, gap), heard, "{protocol:?} {gap}");
        }
    }

    #[test]
    fn digits_that_come_too_fast_are_lost() {
        let typed = [(0, frame(5, None)), (100, frame(0, None)), (250, frame(1, None))];
        let pressed = keys(&mut receiver(RemoteProtocol::Nec1), &typed);
        assert_eq!(pressed, [Key::Digit(5), Key::Digit(1)]);
    }

    #[test]
    fn a_carrier_that_is_too_far_off_is_not_heard() {
        let sony = receiver(RemoteProtocol::Sony12);
        assert!(sony.hears(40_000) && sony.hears(38_000));
        assert!(!sony.hears(36_000) && !sony.hears(0));
    }
}
