//! Whether everything that is configured fits together.

use std::collections::BTreeMap;

use crate::{Device, MacAddress, Port, Problem, Timing, names};

use super::{Registry, infrared};

/// More devices than any venue has.
const MAX_DEVICES: usize = 2_000;

/// More of everything else.
const MAX_OTHERS: usize = 2_000;

/// More than any venue has makes of TVs and boxes; each may have 64 kB.
const MAX_CODESETS: usize = 200;

pub(super) fn check(registry: &Registry, problems: &mut Vec<Problem>) {
    sizes(registry, problems);
    let mut boards = BTreeMap::new();
    for listed in registry.devices.values() {
        device(registry, &listed.value, problems);
        same_board(&listed.value, &mut boards, problems);
    }
    for hostname in registry.keyed().filter(|device| !registry.devices.contains_key(*device)) {
        problems.push(Problem::new(format!("keys/{hostname}"), "", "there is no such device"));
    }
    infrared::too_long_for_frames(registry, problems);
    check_catalog(registry, problems);
}

fn sizes(registry: &Registry, problems: &mut Vec<Problem>) {
    let sizes = [
        ("devices", registry.devices.len(), MAX_DEVICES),
        ("zones", registry.zones.len(), MAX_OTHERS),
        ("tags", registry.tags.len(), MAX_OTHERS),
        ("profiles", registry.profiles.len(), MAX_OTHERS),
        ("channels", registry.channels.len(), MAX_OTHERS),
        ("codesets", registry.codesets.len(), MAX_CODESETS),
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
        tell(item, "platform", channel.platform.as_deref().and_then(names::name));
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

/// Names what is missing, and the first few that there are.
pub(crate) fn unknown<T: ToString>(
    what: &str,
    wanted: &str,
    known: impl Iterator<Item = T>,
) -> String {
    let mut names: Vec<String> = known.take(6).map(|name| name.to_string()).collect();
    if names.is_empty() {
        return format!("there is no {what} {wanted}, nor any other");
    }
    if names.len() == 6 {
        names[5] = "...".to_owned();
    }
    format!("there is no {what} {wanted}: there are {}", names.join(", "))
}
