//! What receives a command in place of the port that was named, and which screens change with it.

use std::collections::{BTreeSet, HashMap};

use venue_api as api;
use venue_domain::{PortId, Screen, SourceEntry};
use venue_routing::{BatchAnswer, BatchCheck, Reach, SharedCommand};

pub(crate) fn screen(screen: &Screen) -> api::ScreenRef {
    api::ScreenRef {
        hostname: screen.port.device.to_string(),
        port: screen.port.port.number(),
        name: screen.name.clone(),
    }
}

pub(crate) fn screens(source: &SourceEntry) -> Vec<api::ScreenRef> {
    source.screens.iter().map(screen).collect()
}

/// The port of the source itself, where it was named.
fn own_port(source: &SourceEntry) -> api::ScreenRef {
    screen(&Screen { port: source.port.clone(), name: source.name.clone() })
}

fn source(source: &SourceEntry) -> api::SentTo {
    api::SentTo {
        source: source.id.to_string(),
        hostname: source.port.device.to_string(),
        port: source.port.port.number(),
        name: source.name.clone(),
    }
}

pub(crate) fn sent_to(reach: &Reach) -> Option<api::SentTo> {
    reach.sent_to().map(source)
}

pub(crate) fn also_changes(reach: &Reach) -> Vec<api::ScreenRef> {
    reach.also_changes().map(screen).collect()
}

/// What a request with several targets does to screens beside those that it names for the same.
#[derive(Debug)]
pub(crate) struct Batch<'b> {
    /// The place of the target of each command, and what the command reaches.
    accepted: Vec<(usize, &'b Reach)>,
    shared: &'b [SharedCommand],
    /// By the place of a command: the ports that asked for it besides.
    asked: HashMap<usize, BTreeSet<&'b PortId>>,
    /// By the place of a target: the places of its commands, and what it shares.
    targets: HashMap<usize, OfTarget<'b>>,
}

/// What becomes of one target.
#[derive(Debug, Default)]
struct OfTarget<'b> {
    places: Vec<usize>,
    shared: Vec<&'b Reach>,
}

impl<'b> Batch<'b> {
    pub(crate) fn stored(answer: &'b BatchAnswer) -> Self {
        Self::new(answer.accepted.iter().map(|one| &one.reach).enumerate(), &answer.shared)
    }

    pub(crate) fn checked(check: &'b BatchCheck) -> Self {
        Self::new(check.accepted.iter().map(|one| (one.index, &one.reach)), &check.shared)
    }

    fn new(
        accepted: impl Iterator<Item = (usize, &'b Reach)>,
        shared: &'b [SharedCommand],
    ) -> Self {
        let mut batch = Self {
            accepted: accepted.collect(),
            shared,
            asked: HashMap::new(),
            targets: HashMap::new(),
        };
        for (place, (index, _)) in batch.accepted.iter().enumerate() {
            batch.targets.entry(*index).or_default().places.push(place);
        }
        for SharedCommand { index, reach, of, .. } in shared {
            batch.asked.entry(*of).or_default().insert(&reach.asked);
            batch.targets.entry(*index).or_default().shared.push(reach);
        }
        batch
    }

    /// The screens that the command at `place` changes, and that no target asked for.
    pub(crate) fn also_changes(&self, place: usize) -> Vec<api::ScreenRef> {
        let Some((_, reach)) = self.accepted.get(place) else { return Vec::new() };
        let asked = self.asked.get(&place);
        let is_asked = |port| asked.is_some_and(|asked| asked.contains(port));
        reach.also_changes().filter(|screen| !is_asked(&screen.port)).map(screen).collect()
    }

    /// The source that receives some of the commands of the target at the place `index`, and the screens that these
    /// change beside what was asked for. Of a request that was checked.
    pub(crate) fn of_target(&self, index: usize) -> (Option<api::SentTo>, Vec<api::ScreenRef>) {
        let Some(OfTarget { places, shared }) = self.targets.get(&index) else {
            return (None, Vec::new());
        };
        let own = places.iter().filter_map(|place| self.accepted.get(*place));
        let mut reaches = own.map(|(_, reach)| *reach).chain(shared.iter().copied());
        let mut screens: Vec<api::ScreenRef> = Vec::new();
        for screen in places.iter().flat_map(|place| self.also_changes(*place)) {
            if !screens.contains(&screen) {
                screens.push(screen);
            }
        }
        (reaches.find_map(sent_to), screens)
    }

    /// What needs no command of its own; `written` is the place of a target in the request, `command` the id of the
    /// accepted command at a place.
    pub(crate) fn shared(
        &self,
        written: impl Fn(usize) -> usize,
        command: impl Fn(usize) -> Option<String>,
    ) -> Vec<api::SharedTarget> {
        let told = |shared: &SharedCommand| {
            let source = shared.reach.source.as_deref()?;
            let (_, with) = self.accepted.get(shared.of)?;
            let with = source.screens.iter().find(|screen| screen.port == with.asked);
            Some(api::SharedTarget {
                index: written(shared.index),
                hostname: shared.reach.asked.device.to_string(),
                port: shared.reach.asked.port.number(),
                command: shared.action.name().to_owned(),
                channel: shared.action.parameters().channel,
                sent_to: self::source(source),
                shared_with: with.map_or_else(|| own_port(source), screen),
                command_id: command(shared.of),
            })
        };
        self.shared.iter().filter_map(told).collect()
    }
}
