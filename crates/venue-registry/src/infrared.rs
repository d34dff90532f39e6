//! Whether the codes of ports can be sent as the ports say.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use venue_infrared::{Code, Press, encode};

use crate::{CodeSet, Label, Port, Problem, Registry, Typing};

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

impl Registry {
    /// What a person should know of the codes of ports, although nothing is wrong with any of them: two makes at one
    /// board that answer to the same device code. The light of one transmitter may reach the TV of another, which
    /// then does what the first was told.
    #[must_use]
    pub fn warnings(&self) -> Vec<Problem> {
        let mut known = BTreeMap::new();
        let mut warnings = Vec::new();
        for device in self.devices.values().map(|listed| &listed.value) {
            let mut earlier: Vec<(&Port, &CodeSet, DeviceCodes)> = Vec::new();
            for (place, port) in device.ports.iter().enumerate() {
                let Some(set) = port.codeset.as_ref().and_then(|id| self.codesets.get(id)) else {
                    continue;
                };
                let set = &set.value;
                let own: DeviceCodes =
                    known.entry(&set.id).or_insert_with(|| Arc::new(device_codes(set))).clone();
                for (other, other_set, theirs) in &earlier {
                    let same_make = set.make.eq_ignore_ascii_case(&other_set.make);
                    let Some(shared) = own.intersection(theirs).next().filter(|_| !same_make)
                    else {
                        continue;
                    };
                    let detail = format!(
                        "{} and {} at port {} answer to the same device code ({shared}): where the light of one \
                         transmitter reaches both, both obey. Shield them from each other, or use two boards",
                        set.id, other_set.id, other.index
                    );
                    let item = format!("devices/{}", device.hostname);
                    warnings.push(Problem::new(item, format!("ports[{place}].codeset"), detail));
                }
                earlier.push((port, set, own));
            }
        }
        warnings
    }
}

/// What appliances of one set answer to.
type DeviceCodes = Arc<BTreeSet<String>>;

/// The protocols and device numbers in `set`. What was only recorded has none that is known, and is left out.
fn device_codes(set: &CodeSet) -> BTreeSet<String> {
    let parsed = set.keys.values().filter_map(Code::parsed);
    let text = |code: venue_infrared::ParsedCode| {
        let (protocol, device) = (code.protocol().name(), code.device());
        match code.subdevice() {
            Some(subdevice) => format!("{protocol}:{device},{subdevice}"),
            None => format!("{protocol}:{device}"),
        }
    };
    parsed.map(text).collect()
}
