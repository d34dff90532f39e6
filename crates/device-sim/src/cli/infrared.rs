//! Boards with nothing but infrared entities, and a handheld remote in the room.

use std::sync::Arc;

use device_sim::{Eye, HandheldPress, InfraredConfig, IrpDecoder, Key, Make, irp_press};

/// What is in front of the boards.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Boards with nothing but infrared entities: what is in front of each transmitter, such as samsung,lg,sony.
    #[arg(long, value_delimiter = ',', value_name = "MAKES", value_parser = make)]
    makes: Vec<Make>,
    /// The name of their infrared receiver, if they have one. `press NAME MAKE KEY` presses a key of a remote
    /// in front of it.
    #[arg(long, requires = "makes")]
    eye: Option<String>,
}

impl Args {
    /// `None` for boards of the family.
    pub(crate) fn config(&self) -> Option<InfraredConfig> {
        if self.makes.is_empty() {
            return None;
        }
        let appliances = self.makes.iter().map(|make| make.appliance());
        let eye = self.eye.as_ref().map(Eye::new);
        Some(InfraredConfig { eye, ..InfraredConfig::new(appliances, Arc::new(IrpDecoder)) })
    }
}

fn make(text: &str) -> Result<Make, String> {
    let name = |make: &Make| format!("{make:?}").to_lowercase();
    let found = Make::ALL.into_iter().find(|make| name(make) == text);
    let all = || Make::ALL.iter().map(name).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| format!("the makes are {}", all()))
}

/// One press of a key, held for the frames that every make takes for a press.
pub(crate) fn press(make_name: &str, key: &str) -> Option<HandheldPress> {
    let remote = make(make_name).ok()?.remote();
    let key = match key {
        "power" => Key::Power,
        "mute" => Key::Mute,
        "volume_up" => Key::VolumeUp,
        "volume_down" => Key::VolumeDown,
        _ => return None,
    };
    let timings_us = irp_press(&remote, &key, false, 3)?;
    let carrier_hz = remote.protocol.carrier_hz();
    Some(HandheldPress { carrier_hz, timings_us, port: None, seed: 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_make_is_named_in_lower_case_and_its_remote_has_keys() {
        assert_eq!(make("philipsrc6"), Ok(Make::PhilipsRc6));
        assert!(make("acme").unwrap_err().contains("samsung, lg"));
        let press = press("lg", "volume_up").unwrap();
        assert_eq!((press.carrier_hz, press.port), (38_000, None));
        assert!(press.timings_us.len() > 60);
        assert!(super::press("lg", "dance").is_none());
    }
}
