//! What a test asks of a board about infrared.

use tokio::sync::watch;

use crate::{
    Blaster, BlasterConfig,
    infrared::{HandheldPress, InfraredConfig, Transmission},
};

impl BlasterConfig {
    /// A healthy board with infrared entities, of the current generation, as
    /// [`BlasterConfig::new`] makes it.
    #[must_use]
    pub fn infrared(name: impl Into<String>, number: u16, infrared: InfraredConfig) -> Self {
        Self { infrared: Some(infrared), ..Self::new(name, number) }
    }
}

impl Blaster {
    /// What its transmitters were handed, oldest first, whatever became of it.
    #[must_use]
    pub fn transmissions(&self) -> Vec<Transmission> {
        self.shared.air.sent()
    }

    /// Someone presses a handheld remote in front of the board: its eye reports what it hears to every
    /// client (id 137), and the appliance of the port, if one is named, does what it is told.
    pub fn press_handheld(&self, press: &HandheldPress) {
        self.shared.air.press_handheld(press);
    }

    /// How many transmissions there were, and when that changes.
    #[must_use]
    pub fn watch_transmissions(&self) -> watch::Receiver<usize> {
        self.shared.air.sent_total()
    }

    /// Waits until its transmitters were handed `count` transmissions since it started.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn wait_for_transmissions(&self, count: usize) -> Vec<Transmission> {
        let mut total = self.watch_transmissions();
        let _reached = total.wait_for(|total| *total >= count).await;
        self.transmissions()
    }
}
