//! Reads everything that is configured, and whether it fits together.

use std::{collections::BTreeMap, sync::Arc};

use venue_domain::{Configuration, PortId};

use crate::{
    Base, Device, Expansion, MacAddress, NoMatch, Port, Preset, Problem, Registry, Selector,
    Timing, infrared,
    names::{self, unknown},
    preset_plan, venue,
};

mod sources;

/// More devices than any venue has.
const MAX_DEVICES: usize = 2_000;

/// More of everything else.
const MAX_OTHERS: usize = 2_000;

/// More than any venue has makes of TVs and boxes; each may have 64 kB.
const MAX_CODESETS: usize = 200;

/// More boxes than any venue has.
const MAX_SOURCES: usize = 500;

/// More than anybody finds a button among.
const MAX_PRESETS: usize = 200;

/// One for each TV of a large venue.
const MAX_ENTRIES: usize = 1_000;

impl Registry {
    /// Reads what a store keeps, beside what the configuration file fixes.
    ///
    /// What cannot be used is left out and told, so that one bad item does not silence a venue.
    #[must_use]
    pub fn read(configuration: &Configuration, base: &Base) -> (Self, Vec<Problem>) {
        let (mut registry, mut problems) = Self::parsed(configuration, base);
        check(&registry, &mut problems);
        // Only now: what is wrong is named by its place as it was written.
        for device in registry.devices.values_mut() {
            if !device.value.ports.is_sorted_by_key(|port| port.index) {
                Arc::make_mut(&mut device.value).ports.sort_by_key(|port| port.index);
            }
        }
        (registry, problems)
    }
}

fn check(registry: &Registry, problems: &mut Vec<Problem>) {
    sizes(registry, problems);
    if let Some((field, wrong)) = registry.venue().and_then(venue::wrong) {
        problems.push(Problem::new("venue", field, wrong));
    }
    let mut boards = BTreeMap::new();
    for listed in registry.devices.values() {
        device(registry, &listed.value, problems);
        same_board(&listed.value, &mut boards, problems);
    }
    for hostname in registry.keyed().filter(|device| !registry.devices.contains_key(*device)) {
        problems.push(Problem::new(format!("keys/{hostname}"), "", "there is no such device"));
    }
    sources::sources(registry, problems);
    infrared::too_long_for_frames(registry, problems);
    check_catalog(registry, problems);
    for preset in registry.presets.values() {
        self::preset(registry, &preset.value, problems);
    }
}

pub(crate) fn preset(registry: &Registry, preset: &Preset, problems: &mut Vec<Problem>) {
    let at = |field: String, detail| Problem::new(format!("presets/{}", preset.id), field, detail);
    if preset.id.as_str() == "capture" {
        let detail = "is a path of the API: choose another one".to_owned();
        problems.push(at("id".to_owned(), detail));
    }
    if let Some(wrong) = names::name(&preset.name) {
        problems.push(at("name".to_owned(), wrong));
    }
    if let Some(wrong) = preset.color.as_deref().and_then(color) {
        problems.push(at("color".to_owned(), wrong));
    }
    if preset.entries.is_empty() || preset.entries.len() > MAX_ENTRIES {
        let detail = format!("a preset has 1 to {MAX_ENTRIES} entries");
        problems.push(at("entries".to_owned(), detail));
    }
    for (place, entry) in preset.entries.iter().enumerate() {
        for (field, detail) in preset_plan::problems(entry, registry) {
            let dot = if field.is_empty() { "" } else { "." };
            problems.push(at(format!("entries[{place}]{dot}{field}"), detail));
        }
        for (target, selector) in entry.targets.iter().enumerate() {
            let Expansion { unmatched, .. } =
                Selector::expand(std::slice::from_ref(selector), registry);
            // A zone without a TV today may have some tomorrow; a name that does not exist is a mistake.
            for unmatched in unmatched.into_iter().filter(|one| one.kind != NoMatch::NoTv) {
                let field = format!("entries[{place}].targets[{target}]");
                problems.push(at(field, unmatched.reason).of_unknown_name());
            }
        }
    }
}

fn sizes(registry: &Registry, problems: &mut Vec<Problem>) {
    let sizes = [
        ("devices", registry.devices.len(), MAX_DEVICES),
        ("zones", registry.zones.len(), MAX_OTHERS),
        ("tags", registry.tags.len(), MAX_OTHERS),
        ("profiles", registry.profiles.len(), MAX_OTHERS),
        ("channels", registry.channels.len(), MAX_OTHERS),
        ("codesets", registry.codesets.len(), MAX_CODESETS),
        ("sources", registry.sources.len(), MAX_SOURCES),
        ("presets", registry.presets.len(), MAX_PRESETS),
    ];
    for (what, count, most) in sizes.into_iter().filter(|(_, count, most)| count > most) {
        problems.push(Problem::new(what, "", format!("{count} are too many: at most {most}")));
    }
}

fn device(registry: &Registry, device: &Device, problems: &mut Vec<Problem>) {
    let item = format!("devices/{}", device.hostname);
    let problem = |field: String, detail: String| Problem::new(item.clone(), field, detail);
    let texts = [
        ("name", device.name.as_deref().and_then(names::name)),
        ("location", device.location.as_deref().and_then(names::name)),
        ("notes", device.notes.as_deref().and_then(names::note)),
    ];
    for (field, wrong) in texts {
        if let Some(wrong) = wrong {
            problems.push(problem(field.to_owned(), wrong));
        }
    }
    for (place, port) in device.ports.iter().enumerate() {
        let twice = device.ports.iter().take(place).any(|other| other.index == port.index);
        if twice {
            let detail = format!("port {} is there twice", port.index);
            problems.push(problem(format!("ports[{place}].index"), detail));
        }
        let at = |field: &str, detail| problem(format!("ports[{place}].{field}"), detail);
        let id = PortId { device: device.hostname.clone(), port: port.index };
        problems.extend(sources::screen(registry, &id, port, at));
        self::port(registry, port, at, problems);
    }
}

fn port(
    registry: &Registry,
    port: &Port,
    at: impl Fn(&str, String) -> Problem,
    problems: &mut Vec<Problem>,
) {
    let mut tell = |field: &str, detail: String| problems.push(at(field, detail));
    if port.index.is_board() {
        tell("index", "a TV has a port from 1 to 5; port 0 is the board itself".to_owned());
    }
    if let Some(wrong) = port.name.as_deref().and_then(names::name) {
        tell("name", wrong);
    }
    if let Some(wrong) = port.appliance.as_deref().and_then(names::name) {
        tell("appliance", wrong);
    }
    if let Some(wrong) = port.platform.as_deref().and_then(names::name) {
        tell("platform", wrong);
    }
    if let Some(time) = port.timing.too_long() {
        tell(&format!("timing.{time}"), too_long());
    }
    let mut unknown_name =
        |field: &str, detail: String| problems.push(at(field, detail).of_unknown_name());
    if let Some(zone) = port.zone.as_ref().filter(|zone| !registry.zones.contains_key(*zone)) {
        unknown_name("zone", unknown("zone", zone.as_str(), registry.zones.keys()));
    }
    for (place, tag) in port.tags.iter().enumerate() {
        if !registry.tags.contains_key(tag) {
            let detail = unknown("tag", tag.as_str(), registry.tags.keys());
            unknown_name(&format!("tags[{place}]"), detail);
        }
    }
    if let Some(id) = port.profile.as_ref().filter(|id| !registry.profiles.contains_key(*id)) {
        unknown_name("profile", unknown("profile", id.as_str(), registry.profiles.keys()));
    }
    if let Some(id) = port.codeset.as_ref().filter(|id| !registry.codesets.contains_key(*id)) {
        unknown_name("codeset", unknown("code set", id.as_str(), registry.codesets.keys()));
    }
    for (field, detail) in port.driving_problems() {
        problems.push(at(&field, detail));
    }
}

fn same_board(
    device: &Device,
    boards: &mut BTreeMap<MacAddress, String>,
    problems: &mut Vec<Problem>,
) {
    let Some(mac) = device.mac else { return };
    if let Some(other) = boards.insert(mac, device.hostname.to_string()) {
        let item = format!("devices/{}", device.hostname);
        problems.push(Problem::new(item, "mac", format!("{mac} is {other} already")));
    }
}

fn check_catalog(registry: &Registry, problems: &mut Vec<Problem>) {
    let mut tell = |item: String, field: &str, wrong: Option<String>| {
        if let Some(wrong) = wrong {
            problems.push(Problem::new(item, field, wrong));
        }
    };
    for zone in registry.zones.values().map(|listed| &listed.value) {
        tell(format!("zones/{}", zone.id), "name", zone.name.as_deref().and_then(names::name));
    }
    for tag in registry.tags.values().map(|listed| &listed.value) {
        let item = format!("tags/{}", tag.id);
        tell(item.clone(), "name", tag.name.as_deref().and_then(names::name));
        tell(item.clone(), "description", tag.description.as_deref().and_then(names::note));
        tell(item, "color", tag.color.as_deref().and_then(color));
    }
    for profile in registry.profiles.values().map(|listed| &listed.value) {
        let item = format!("profiles/{}", profile.id);
        tell(item.clone(), "name", profile.name.as_deref().and_then(names::name));
        if let Some(time) = profile.timing.too_long() {
            tell(item, &format!("timing.{time}"), Some(too_long()));
        }
    }
    for channel in registry.channels.values().map(|listed| &listed.value) {
        let item = format!("channels/{}", channel.id);
        tell(item.clone(), "name", names::name(&channel.name));
        tell(item.clone(), "platform", channel.platform.as_deref().and_then(names::name));
        for platform in channel.numbers.keys() {
            tell(item.clone(), "numbers", names::name(platform));
        }
    }
    for set in registry.codesets.values().map(|listed| &listed.value) {
        for problem in set.problems() {
            tell(format!("codesets/{}", set.id), &problem.field, Some(problem.detail));
        }
    }
}

fn color(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#').unwrap_or_default();
    let fits = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (!fits).then(|| format!("{text:?} is no colour such as #2f81f7"))
}

fn too_long() -> String {
    format!("is too long: at most {} ms", Timing::MAX_MS)
}
