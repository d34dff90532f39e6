//! From what the registry says of ports to what the wire of their board does for them.

use std::{collections::BTreeMap, sync::Arc};

use venue_infrared::{CodeSet, KeyName};
use venue_lane::esphome::{Driving, InfraredPort, Mapped, Mapping, PortDrivings, Typing};
use venue_registry::{Device, Driven, MappedAction, Registry, sent_actions};

/// The code sets of a registry as lanes have them: each once, however many ports share it.
#[derive(Debug, Default)]
pub(super) struct Shared<'r>(BTreeMap<&'r str, Arc<CodeSet>>);

impl<'r> Shared<'r> {
    /// How each port of `device` is driven.
    pub(super) fn drivings(&mut self, device: &'r Device, registry: &'r Registry) -> PortDrivings {
        let ports = device.ports.iter().filter_map(|port| {
            let driving = match registry.driven(port) {
                Driven::CodeSet { set: Some(set), emitter, typing } => {
                    Driving::Infrared(InfraredPort {
                        emitter: emitter.map(ToOwned::to_owned),
                        codes: self.codes(set),
                        typing: typing.map_or(Typing::ByBoard, self::typing),
                    })
                }
                Driven::Mapping { mapping } => Driving::Mapping(Arc::new(self::mapping(mapping))),
                // By actions, which needs no word. A set that is not there: the registry reports it, and the board
                // may have actions.
                Driven::Actions { .. } | Driven::CodeSet { .. } | _ => return None,
            };
            Some((port.index, driving))
        });
        PortDrivings(ports.collect())
    }

    /// The set with the toggle under its own name, where only `power_on` or `mute_on` has its code.
    fn codes(&mut self, set: &'r CodeSet) -> Arc<CodeSet> {
        let codes = self.0.entry(set.id.as_str()).or_insert_with(|| {
            let sent = set.sent_keys();
            let keys = sent.filter_map(|(key, code)| Some((key.parse().ok()?, code.clone())));
            Arc::new(CodeSet { keys: keys.collect(), ..set.clone() })
        });
        Arc::clone(codes)
    }
}

const fn typing(typing: venue_registry::Typing) -> Typing {
    match typing {
        venue_registry::Typing::Frames => Typing::Frames,
        venue_registry::Typing::OneMessage => Typing::OneMessage,
    }
}

fn mapping(all: &BTreeMap<KeyName, MappedAction>) -> Mapping {
    let sent = sent_actions(all).into_iter();
    Mapping(sent.filter_map(|(name, one)| Some((name.to_owned(), mapped(one)?))).collect())
}

/// `None` for one that says nothing, which the registry reports.
fn mapped(one: &MappedAction) -> Option<Mapped> {
    let MappedAction { action, arguments, button, switch, on, nature: _ } = one;
    if let Some(name) = action {
        return Some(Mapped::Action { name: name.clone(), arguments: arguments.clone() });
    }
    if let Some(name) = button {
        return Some(Mapped::Button { name: name.clone() });
    }
    let name = switch.clone()?;
    Some(Mapped::Switch { name, on: (*on)? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use venue_domain::{Configuration, ItemChange, ItemKind};
    use venue_registry::Base;

    use super::*;

    #[test]
    fn ports_are_driven_as_they_are_registered() {
        let mut configuration = Configuration::default();
        let put = |kind, id: &str, body: serde_json::Value| ItemChange::Put {
            kind,
            id: id.to_owned(),
            body: body.to_string(),
        };
        let keys = json!({"power_on": "nec1:4,8", "power_off": "nec1:4,8"});
        let set = json!({"id": "acme", "make": "Acme", "kind": "tv", "keys": keys});
        let ports = json!([{"index": 1, "codeset": "acme", "emitter": "TV 1", "typing": "frames"},
            {"index": 2, "codeset": "acme"}, {"index": 3},
            {"index": 4, "mapping": {"power_on": {"button": "A"}, "power_off": {"button": "A"},
                "mute": {"action": "hush", "arguments": {"port": "{port}"}},
                "netflix": {"switch": "N", "on": true}}}]);
        let device = json!({"hostname": "ir-1", "address": "10.0.0.1", "ports": ports});
        let changes = [put(ItemKind::CodeSet, "acme", set), put(ItemKind::Device, "ir-1", device)];
        configuration.apply(&changes, 1);
        let (registry, problems) = Registry::read(&configuration, &Base::default());
        assert_eq!(problems, []);
        let device = &registry.device(&"ir-1".parse().unwrap()).unwrap().value;
        let drivings = Shared::default().drivings(device, &registry);
        let of = |port: i64| drivings.of(port.try_into().unwrap());
        let (Driving::Infrared(one), Driving::Infrared(two)) = (of(1), of(2)) else {
            panic!("{drivings:?}")
        };
        assert_eq!((one.emitter.as_deref(), one.typing), (Some("TV 1"), Typing::Frames));
        assert!(Arc::ptr_eq(&one.codes, &two.codes), "ports share a set");
        assert!(one.codes.code("power").is_some(), "what power_on is sent as");
        assert_eq!(of(3), &Driving::Actions);
        let Driving::Mapping(mapping) = of(4) else { panic!("{drivings:?}") };
        let names: Vec<&str> = mapping.0.keys().map(String::as_str).collect();
        assert_eq!(names, ["mute", "netflix", "power", "power_off", "power_on"]);
        assert_eq!(mapping.0["netflix"], Mapped::Switch { name: "N".to_owned(), on: true });
    }
}
