//! What is wished of a screen, in words of its own: which port receives it, and that a box is sent once what several
//! of its screens are wished (docs/semantics.md, rules 7.23 and 7.26).

use std::collections::{BTreeMap, BTreeSet};

use venue_domain::{Action, Actor, Command, EffectGroup, PortId};

use super::{Book, Ledger, group};

/// The port of the box.
pub(crate) const BOX: &str = "ir-2/1";

/// The screens that show the box, and whether the sound is that of the box.
pub(crate) const SCREENS: [(&str, bool); 2] = [("ir-0/3", true), ("ir-1/3", false)];

/// What somebody asked for at once.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The TVs and boxes that were named.
    pub(crate) ports: Vec<PortId>,
    /// Whether whoever asked may command what is locked.
    pub(crate) passes_locks: bool,
}

/// What is done on each of the ports that were named.
pub(crate) type Run = Vec<(PortId, Vec<Action>)>;

/// A target that was refused: its place, and the code that says why.
pub(crate) type Refusals = Vec<(usize, &'static str)>;

/// The port that receives what is wished of the port `asked`.
pub(super) fn receiver(asked: &PortId, action: &Action) -> String {
    let asked = asked.to_string();
    let screen = SCREENS.iter().find(|(port, _)| *port == asked);
    let is_for_box = screen.is_some_and(|(_, has_sound)| match action.name() {
        "power" | "power_on" | "power_off" | "input" => false,
        "volume_up" | "volume_down" | "mute" | "mute_on" | "mute_off" => *has_sound,
        _ => true,
    });
    if is_for_box { BOX.to_owned() } else { asked }
}

impl Ledger {
    /// Somebody is about to ask for something, and signs it as the actor that this gives.
    pub(crate) fn asks(&self, asked: Asked) -> Actor {
        let mut book = self.book();
        let name = format!("caller {}", book.asked.len());
        book.asked.insert(name.clone(), asked);
        Actor { name: Some(name), address: None }
    }

    /// A run was accepted, but for the targets that were refused.
    pub(crate) fn ran(&self, by: &Actor, run: &Run, refusals: &Refusals) {
        let mut book = self.book();
        let mut expected: Vec<(String, String)> = Vec::new();
        let mut taken: BTreeMap<EffectGroup, Vec<String>> = BTreeMap::new();
        let mut named = BTreeSet::new();
        for (place, (asked, actions)) in run.iter().enumerate() {
            let refused = refusals.iter().find(|(refused, _)| *refused == place);
            let conflicts = refused.is_some_and(|(_, code)| *code == "source_conflict");
            if refused.is_some() && !conflicts || !named.insert(asked) {
                continue;
            }
            let wanted = of_box(asked, actions);
            let other = |(group, wanted)| taken.get(group).is_some_and(|taken| taken != wanted);
            if wanted.iter().any(other) != conflicts {
                let said = if conflicts { "as one" } else { "as none" };
                book.violate(format!("{asked} conflicts with another screen, or not: told {said}"));
            }
            if conflicts {
                continue;
            }
            let to = actions.iter().map(|action| (receiver(asked, action), action));
            let own = to.filter(|(to, action)| {
                to != BOX || group(action).is_none_or(|group| !taken.contains_key(&group))
            });
            expected.extend(own.map(|(to, action)| (to, action.to_string())));
            taken.extend(wanted);
        }
        let mut accepted: Vec<(String, String)> = book.accepted_of(by);
        expected.sort();
        accepted.sort();
        if accepted != expected {
            book.violate(format!("{accepted:?} was accepted in place of {expected:?}"));
        }
    }
}

/// What the box is wished of it, by effect group.
fn of_box(asked: &PortId, actions: &[Action]) -> BTreeMap<EffectGroup, Vec<String>> {
    let mut wanted: BTreeMap<EffectGroup, Vec<String>> = BTreeMap::new();
    for action in actions.iter().filter(|action| receiver(asked, action) == BOX) {
        let Some(group) = group(action) else { continue };
        wanted.entry(group).or_default().push(action.to_string());
    }
    wanted
}

impl Book {
    /// Who asked for a command.
    pub(super) fn asked(&self, command: &Command) -> Option<&Asked> {
        command.actor.name.as_ref().and_then(|name| self.asked.get(name))
    }

    fn accepted_of(&self, by: &Actor) -> Vec<(String, String)> {
        let own = self.wishes.values().filter(|wish| wish.sure && wish.command.actor == *by);
        own.map(|wish| (wish.command.target.to_string(), wish.command.action.to_string())).collect()
    }

    /// Why nobody asked for a command that was accepted.
    pub(super) fn misdirected(&self, command: &Command) -> Option<String> {
        let (action, target) = (&command.action, command.target.to_string());
        let Some(asked) = self.asked(command) else {
            return Some(format!("nobody asked for {action} for {target}"));
        };
        let is_for = asked.ports.iter().any(|port| receiver(port, action) == target);
        (!is_for).then(|| format!("{action} for {:?} was accepted for {target}", asked.ports))
    }
}
