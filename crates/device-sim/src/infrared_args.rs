//! The flags of boards with infrared entities.

use clap::Args;
use device_sim::{Generation, InfraredConfig, Make, TransmitTiming};
use snafu::Snafu;

/// Infrared entities in place of actions.
#[derive(Clone, Debug, Args)]
pub(crate) struct InfraredArgs {
    /// Infrared entities in place of actions, and the makes of the TVs in front of them, such as
    /// `samsung,sony`; the first one is port 1.
    #[arg(long, value_name = "MAKES", value_delimiter = ',')]
    infrared: Vec<Make>,
    /// How such a board times infrared: by hardware (an ESP32) or by software (an ESP8266).
    #[arg(long, default_value = "hardware", value_name = "HOW", requires = "infrared")]
    timing: TransmitTiming,
    /// Such a board has an infrared receiver as well, which hears what it sends.
    #[arg(long, requires = "infrared")]
    eye: bool,
}

/// Why there can be no such board.
#[derive(Debug, Snafu)]
pub(crate) enum InfraredFailure {
    #[snafu(display(
        "--infrared wants --generation current or replies: older firmware has no infrared entities"
    ))]
    TooOld,
    #[snafu(display("--infrared names {count} makes: a board has 8 outputs at most"))]
    TooMany { count: usize },
    #[cfg(not(feature = "irp"))]
    #[snafu(display(
        "--infrared wants device-sim to be built with --features irp, which reads infrared"
    ))]
    NoDecoder,
}

impl InfraredArgs {
    /// The infrared entities of a board of this generation; `None` if it has actions.
    pub(crate) fn config(
        &self,
        generation: Generation,
    ) -> Result<Option<InfraredConfig>, InfraredFailure> {
        if self.infrared.is_empty() {
            return Ok(None);
        }
        if !matches!(generation, Generation::Current | Generation::Replies) {
            return TooOldSnafu.fail();
        }
        let count = self.infrared.len();
        if count > OUTPUTS {
            return TooManySnafu { count }.fail();
        }
        self.read().map(Some)
    }

    #[cfg(feature = "irp")]
    #[expect(clippy::unnecessary_wraps, reason = "without the feature it fails")]
    fn read(&self) -> Result<InfraredConfig, InfraredFailure> {
        let appliances = self.infrared.iter().map(|make| make.appliance());
        Ok(InfraredConfig {
            timing: self.timing,
            eye: self.eye.then(|| device_sim::Eye::new("IR Receiver")),
            ..InfraredConfig::new(appliances, std::sync::Arc::new(device_sim::IrpDecoder))
        })
    }

    #[cfg(not(feature = "irp"))]
    fn read(&self) -> Result<InfraredConfig, InfraredFailure> {
        tracing::debug!(timing = ?self.timing, eye = self.eye, "nothing reads infrared");
        NoDecoderSnafu.fail()
    }
}

/// The most outputs of a board in `boards/`.
const OUTPUTS: usize = 8;
