//! What a person should know of a venue although nothing is wrong with any part of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use venue_infrared::Code;

mod addresses;
mod line_up;

use crate::{CodeSet, Device, Port, Problem, Registry, names};

impl Registry {
    /// What a person should know although nothing is wrong with any part alone: TVs of two makes at one board that
    /// answer to the same device code, keys of a code set in use that do not do what their names say, ports on a
    /// platform that no channel of the line-up knows, channels and platforms of one name, and boards at one address.
    #[must_use]
    pub fn warnings(&self) -> Vec<Problem> {
        let mut warnings = Vec::new();
        let mut known = BTreeMap::new();
        for device in self.devices.values().map(|listed| &listed.value) {
            self.shared_codes(device, &mut known, &mut warnings);
        }
        self.same_addresses(&mut warnings);
        self.unknown_platforms(&mut warnings);
        self.same_names(&mut warnings);
        self.same_platforms(&mut warnings);
        self.doubtful_keys(&mut warnings);
        warnings
    }

    /// The light of one transmitter may reach the TV of another, which then does what the first was told.
    fn shared_codes<'r>(
        &'r self,
        device: &'r Device,
        known: &mut BTreeMap<&'r str, DeviceCodes>,
        warnings: &mut Vec<Problem>,
    ) {
        let mut earlier: Vec<(&Port, &CodeSet, DeviceCodes)> = Vec::new();
        for (place, port) in device.ports.iter().enumerate() {
            let Some(set) = port.codeset.as_ref().and_then(|id| self.codesets.get(id)) else {
                continue;
            };
            let set = &set.value;
            let codes = known.entry(set.id.as_str());
            let own = codes.or_insert_with(|| Arc::new(device_codes(set))).clone();
            for (other, other_set, theirs) in &earlier {
                let same_make = set.make.eq_ignore_ascii_case(&other_set.make);
                let Some(shared) = own.intersection(theirs).next().filter(|_| !same_make) else {
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

    /// Ports that say a platform which no channel says: a channel goes to them under its main number.
    fn unknown_platforms(&self, warnings: &mut Vec<Problem>) {
        let channels = self.channels().map(|listed| &listed.value);
        let platforms: BTreeSet<&str> = channels
            .flat_map(|channel| channel.platform.iter().chain(channel.numbers.keys()))
            .map(String::as_str)
            .collect();
        // A line-up that has no platforms needs none.
        if platforms.is_empty() {
            return;
        }
        for device in self.devices.values().map(|listed| &listed.value) {
            for (place, port) in device.ports.iter().enumerate() {
                let Some(platform) = port.platform.as_deref() else { continue };
                if platforms.contains(platform) {
                    continue;
                }
                let advice = match names::closest(platform, platforms.iter().copied()) {
                    Some(close) => format!("did you mean {close}?"),
                    None => format!(
                        "they name {}",
                        Vec::from_iter(platforms.iter().copied().take(6)).join(", ")
                    ),
                };
                let detail =
                    format!("no channel of the line-up names the platform {platform}: {advice}");
                let item = format!("devices/{}", device.hostname);
                warnings.push(Problem::new(item, format!("ports[{place}].platform"), detail));
            }
        }
    }

    /// Keys of the code sets in use whose codes do not do what their names say.
    fn doubtful_keys(&self, warnings: &mut Vec<Problem>) {
        let ports = self.devices.values().flat_map(|listed| &listed.value.ports);
        let used: BTreeSet<_> = ports.filter_map(|port| port.codeset.as_ref()).collect();
        let sets = used.into_iter().filter_map(|id| self.codesets.get(id));
        for set in sets.map(|listed| &listed.value) {
            let of_keys = set.warnings().into_iter().filter(|one| one.field.starts_with("keys."));
            let item = format!("codesets/{}", set.id);
            warnings.extend(of_keys.map(|one| Problem::new(&*item, one.field, one.detail)));
        }
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
