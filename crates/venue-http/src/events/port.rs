//! What is told of a port.

use serde::{Serialize, Serializer, ser::SerializeMap};
use venue_domain::{AssumedStateChange, ChannelNumber, InputName, PortId};

/// `port.updated`: the assumed state of a port now, in the words of the API; what is not named is as it
/// was.
#[derive(Clone, Copy, Debug)]
pub struct PortUpdated<'a> {
    /// Which port.
    pub port: &'a PortId,
    /// What made it so: the name of an action that was delivered, or [`CORRECTION`](venue_domain::CORRECTION);
    /// `None` where something ended unknown.
    pub last_command: Option<&'a str>,
    /// What is assumed since.
    pub change: &'a AssumedStateChange,
}

impl Serialize for PortUpdated<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { port, last_command, change } = *self;
        let AssumedStateChange { power, muted, input, channel } = change;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("hostname", &port.device)?;
        map.serialize_entry("port", &port.port.number())?;
        if let Some(last_command) = last_command {
            map.serialize_entry("last_command", last_command)?;
        }
        if let Some(power) = power {
            let word = power.map(|is_on| if is_on { "on" } else { "off" });
            map.serialize_entry("last_power_state", &word)?;
        }
        if let Some(muted) = muted {
            map.serialize_entry("muted", muted)?;
        }
        if let Some(input) = input {
            map.serialize_entry("last_input", &input.as_ref().map(InputName::as_str))?;
        }
        if let Some(channel) = channel {
            let channel = channel.as_ref().map(ChannelNumber::as_str);
            map.serialize_entry("last_channel", &channel)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use venue_domain::{Action, Parameters};

    use super::*;

    #[test]
    fn only_what_changed_is_told_and_what_became_unknown_is_null() {
        let port = "ir-1/2".parse().unwrap();
        let told = |name| {
            let action = Action::parse(name, &Parameters::default()).unwrap();
            let change = AssumedStateChange::by(&action);
            json!(PortUpdated { port: &port, last_command: Some(name), change: &change })
        };
        let place = json!({"hostname": "ir-1", "port": 2, "last_command": "power_on"});
        let mut on = place.clone();
        on["last_power_state"] = json!("on");
        assert_eq!(told("power_on"), on);
        assert_eq!(told("power")["last_power_state"], Value::Null);
        assert!(told("channel_up").as_object().unwrap().contains_key("last_channel"));
        assert_eq!(told("volume_up").as_object().unwrap().len(), 3);
    }
}
