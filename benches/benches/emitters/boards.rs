//! Boards with five infrared outputs that hardware times, and nothing in front of them.

use device_sim::{Blaster, BlasterConfig, Emitter, InfraredConfig, TransmitTiming};

/// The outputs of each board.
pub(crate) const OUTPUTS: u8 = 5;

pub(crate) async fn start(count: u16) -> Vec<Blaster> {
    let mut boards = Vec::new();
    for number in 0..count {
        let emitter = |port| Emitter { name: format!("IR Port {port}"), appliance: None };
        let infrared = InfraredConfig {
            emitters: (1..=OUTPUTS).map(emitter).collect(),
            timing: TransmitTiming::Hardware,
            eye: None,
            actions: device_sim::Actions::None,
            decoder: None,
        };
        let name = format!("ir-{number:06}");
        let config = BlasterConfig::infrared(name, number, infrared);
        boards.push(Blaster::start(config).await.unwrap());
    }
    boards
}
