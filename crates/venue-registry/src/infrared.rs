//! Whether the codes of ports can be sent as the ports say.

use std::collections::BTreeMap;

use venue_infrared::{Press, encode};

use crate::{CodeSet, Label, Problem, Registry, Typing};

/// Ports that type frame by frame, on boards that are deaf while they send, with a key that takes too long.
pub(crate) fn too_long_for_frames(registry: &Registry, problems: &mut Vec<Problem>) {
    // Each set is looked at once, however many ports share it.
    let mut known: BTreeMap<&Label, Option<String>> = BTreeMap::new();
    for device in registry.devices.values().map(|listed| &listed.value) {
        let frames = |typing| typing == Some(Typing::Frames);
        let ports = device.ports.iter().enumerate().filter(|(_, port)| frames(port.typing));
        for (place, port) in ports {
            let Some(id) = &port.codeset else { continue };
            let Some(set) = registry.codesets.get(id) else { continue };
            let wrong = known.entry(id).or_insert_with(|| too_long(&set.value));
            if let Some(detail) = wrong {
                let item = format!("devices/{}", device.hostname);
                let field = format!("ports[{place}].typing");
                problems.push(Problem::new(item, field, detail.clone()));
            }
        }
    }
}

/// The first key of `set` that such a board cannot be sent.
fn too_long(set: &CodeSet) -> Option<String> {
    set.keys.iter().find_map(|(key, code)| {
        let sends = set.sends_of(key.as_str()).unwrap_or(1);
        let sent = encode(code, Press { toggle: false, sends }).ok()?;
        let error = sent.timed_by_software().err()?;
        Some(format!("the key {key} of the code set {} is too long for frames: {error}", set.id))
    })
}
