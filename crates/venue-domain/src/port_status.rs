//! What is believed of the appliance on a port: only what was delivered changes it.

use crate::{Action, ChannelNumber, InputName, PortId, Timestamp};

/// The last known state of one port, as commands left it; nobody asked the TV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortStatus {
    /// The port.
    pub port: PortId,
    /// The channel, where the last channel command named one.
    pub channel: Option<ChannelNumber>,
    /// Whether it is on, where the last power command said so.
    pub power: Option<bool>,
    /// Whether it is muted, where the last mute command said so.
    pub muted: Option<bool>,
    /// The input that was selected last.
    pub input: Option<InputName>,
    /// The name of the last delivered command.
    pub last_command: String,
    /// When it was delivered.
    pub last_command_at: Timestamp,
}

impl PortStatus {
    /// The status of `port` once `action` was delivered at `at`; `None` where nothing changes:
    /// at the board, and where something newer is known already.
    #[must_use]
    pub fn after(
        before: Option<Self>,
        port: &PortId,
        action: &Action,
        at: Timestamp,
    ) -> Option<Self> {
        let newer = before.as_ref().is_some_and(|before| before.last_command_at > at);
        if !action.is_infrared() || port.port.is_board() || newer {
            return None;
        }
        let mut status = before.unwrap_or_else(|| Self {
            port: port.clone(),
            channel: None,
            power: None,
            muted: None,
            input: None,
            last_command: String::new(),
            last_command_at: at,
        });
        action.name().clone_into(&mut status.last_command);
        status.last_command_at = at;
        status.note(action);
        Some(status)
    }

    fn note(&mut self, action: &Action) {
        match action {
            Action::PowerOn => self.power = Some(true),
            Action::PowerOff => self.power = Some(false),
            // A toggle flips what is not known for sure.
            Action::Power => self.power = None,
            Action::MuteOn => self.muted = Some(true),
            Action::MuteOff => self.muted = Some(false),
            Action::Mute => self.muted = None,
            Action::Input(input) => self.input = Some(input.clone()),
            Action::Channel(channel) => self.channel = Some(channel.clone()),
            Action::DefaultChannel
            | Action::ChannelUp
            | Action::ChannelDown
            | Action::Number(_) => self.channel = None,
            Action::VolumeUp
            | Action::VolumeDown
            | Action::Navigate(_)
            | Action::DiagnosticSignal(_)
            | Action::Ping
            | Action::Health
            | Action::Status
            | Action::Capabilities
            | Action::RefreshCapabilities
            | Action::HealthCheck
            | Action::FirmwareCheck
            | Action::CollectLogs
            | Action::Statistics => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parameters;

    fn action(name: &str) -> Action {
        let parameters = Parameters {
            channel: (name == "channel").then(|| "060".to_owned()),
            digit: (name == "number").then_some(5),
            ..Parameters::default()
        };
        Action::parse(name, &parameters).unwrap()
    }

    /// The status after `names` were delivered one by one.
    fn after(names: &[&str]) -> PortStatus {
        let port: PortId = "ir-1/2".parse().unwrap();
        let mut status = None;
        for (at, name) in (0..).zip(names) {
            let at = Timestamp::from_unix_ms(at);
            status = PortStatus::after(status, &port, &action(name), at);
        }
        status.unwrap()
    }

    #[test]
    fn a_channel_is_known_until_a_step_or_a_digit_makes_it_unknown() {
        assert_eq!(after(&["channel"]).channel.unwrap().as_str(), "060");
        for name in ["channel_up", "channel_down", "number"] {
            let status = after(&["channel", name]);
            assert_eq!((status.channel, status.last_command.as_str()), (None, name));
        }
        assert!(after(&["channel", "volume_up"]).channel.is_some());
    }

    #[test]
    fn a_toggle_makes_the_believed_state_unknown() {
        assert_eq!(after(&["power_on"]).power, Some(true));
        assert_eq!(after(&["power_on", "power"]).power, None);
        assert_eq!(after(&["power_on", "power", "power_off"]).power, Some(false));
        assert_eq!(after(&["mute_on", "mute"]).muted, None);
    }

    #[test]
    fn the_board_has_no_status_and_an_older_delivery_changes_nothing() {
        let board: PortId = "ir-1/0".parse().unwrap();
        let at = Timestamp::from_unix_ms;
        assert_eq!(PortStatus::after(None, &board, &action("diagnostic_signal"), at(1)), None);
        let known = PortStatus { last_command_at: at(9), ..after(&["channel"]) };
        let port = known.port.clone();
        assert_eq!(PortStatus::after(Some(known), &port, &action("power_on"), at(8)), None);
    }
}
