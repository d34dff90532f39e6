//! What is told of a port.

use serde_json::{Map, Value, json};
use venue_domain::{BeliefChange, ChannelNumber, InputName, PortId};

/// `port.updated`: what is believed of `port` now, in the words of the API; what is not named is as it was.
#[must_use]
pub fn port_updated(port: &PortId, last_command: &str, change: &BeliefChange) -> Value {
    let BeliefChange { power, muted, input, channel } = change;
    let mut data = Map::new();
    data.insert("hostname".to_owned(), json!(port.device));
    data.insert("port".to_owned(), json!(port.port.number()));
    data.insert("last_command".to_owned(), json!(last_command));
    if let Some(power) = power {
        let word = power.map(|is_on| if is_on { "on" } else { "off" });
        data.insert("last_power_state".to_owned(), json!(word));
    }
    if let Some(muted) = muted {
        data.insert("muted".to_owned(), json!(muted));
    }
    if let Some(input) = input {
        data.insert("last_input".to_owned(), json!(input.as_ref().map(InputName::as_str)));
    }
    if let Some(channel) = channel {
        data.insert("last_channel".to_owned(), json!(channel.as_ref().map(ChannelNumber::as_str)));
    }
    Value::Object(data)
}

#[cfg(test)]
mod tests {
    use venue_domain::{Action, Parameters};

    use super::*;

    #[test]
    fn only_what_changed_is_told_and_what_became_unknown_is_null() {
        let port = "ir-1/2".parse().unwrap();
        let told = |name| {
            let action = Action::parse(name, &Parameters::default()).unwrap();
            port_updated(&port, name, &BeliefChange::by(&action))
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
