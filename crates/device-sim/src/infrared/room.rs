//! Light in the room of a board: what its eye hears of it, and an appliance that sees it directly.

use std::sync::Arc;

use esphome_codec::{Message, proto};
use tokio::{sync::broadcast, time::Instant, time::sleep_until};

use super::{
    Air, HandheldPress,
    eye::{Burst, bursts},
    timings::{alternating, entity_key, in_range},
};

impl Air {
    /// What the eye hears from now on, as messages.
    pub(crate) fn heard(&self) -> broadcast::Receiver<Message> {
        self.heard.subscribe()
    }

    /// A handheld remote is pressed: its appliance and the eye see the light.
    pub(crate) fn press_handheld(self: &Arc<Self>, press: &HandheldPress) {
        let durations = alternating(&press.timings_us);
        let now = Instant::now();
        if let Some(index) = press.port.and_then(|port| usize::from(port).checked_sub(1)) {
            let frames = self.read(index, press.carrier_hz, &durations);
            let air = Arc::clone(self);
            self.spawn(async move { air.shine_on(index, now, frames).await });
        }
        self.shine_into_eye(now, press.carrier_hz, &durations, press.seed);
    }

    /// Light that begins at `starts` reaches the eye, if there is one that is tuned to it.
    pub(super) fn shine_into_eye(
        self: &Arc<Self>,
        starts: Instant,
        carrier_hz: u32,
        durations_us: &[u32],
        seed: u64,
    ) {
        let Some(eye) = &self.config.eye else { return };
        if !in_range(eye.frequency_hz, carrier_hz) {
            return;
        }
        let (key, bursts) = (entity_key(&eye.name), bursts(eye, durations_us, seed));
        let air = Arc::clone(self);
        self.spawn(async move {
            for Burst { reported, timings_us } in bursts {
                sleep_until(starts + reported).await;
                let event = proto::InfraredReceiveEvent { device_id: 0, key, timings: timings_us };
                // That no client is there is no error: nobody is told later either.
                drop(air.heard.send(event.into()));
            }
        });
    }
}
