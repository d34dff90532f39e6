//! What happens in a bar: a box that two screens show, presets, and TVs that are locked.

use super::{Step, Theme, Tv, any_tv};
use crate::chance::Chance;

/// The box, which both screens show.
pub(crate) const THE_BOX: Tv = Tv { device: 2, port: 1 };

/// The screens that show it; the sound of the first is that of the box.
pub(crate) const SCREENS: [Tv; 2] = [Tv { device: 0, port: 3 }, Tv { device: 1, port: 3 }];

/// One of the three.
pub(super) fn any(chance: &mut Chance) -> Tv {
    chance.pick(&[SCREENS[0], SCREENS[1], SCREENS[0], SCREENS[1], THE_BOX])
}

impl Theme {
    /// Somebody locks a TV, for a while or until somebody unlocks it.
    pub(super) fn lock(&self, chance: &mut Chance) -> Step {
        let tv = self.tv(chance);
        match chance.below(5) {
            0 | 1 => Step::Lock(tv, None),
            2 => Step::Lock(tv, Some(1 + chance.below(20_000))),
            _ => Step::Unlock(tv),
        }
    }

    /// A command for several TVs; in a bar mostly for both screens of the box.
    pub(super) fn bulk(&mut self, chance: &mut Chance) -> Step {
        if self.is_bar && chance.percent(60) {
            return Step::Bulk(SCREENS.into(), self.what(chance));
        }
        let tvs = vec![self.tv(chance), any_tv(chance)];
        Step::Bulk(tvs, self.what(chance))
    }

    /// A preset for one to three TVs, mostly with one channel for all of them.
    pub(super) fn preset(&mut self, chance: &mut Chance) -> Step {
        let mut tvs = Vec::new();
        for _ in 0..1 + chance.below(3) {
            let tv = self.tv(chance);
            if !tvs.contains(&tv) {
                tvs.push(tv);
            }
        }
        self.channel += 1;
        let targets = tvs.into_iter().map(|tv| (tv, self.steps_of_preset(chance)));
        Step::Preset(targets.collect())
    }

    /// In the order in which a preset does them (docs/semantics.md, rule 7.17).
    fn steps_of_preset(&mut self, chance: &mut Chance) -> Vec<String> {
        let other = u32::from(chance.percent(20));
        let steps = [
            (30, "power_on".to_owned()),
            (20, format!("input hdmi{}", chance.below(4))),
            (80, format!("channel {}", self.channel + other)),
            (25, chance.pick(&["mute_on", "mute_off"]).to_owned()),
            (25, format!("volume_up {}", 2 + chance.below(2))),
        ];
        self.channel += other;
        let wanted = steps.into_iter().filter(|(percent, _)| chance.percent(*percent));
        let mut wanted: Vec<String> = wanted.map(|(_, step)| step).collect();
        if wanted.is_empty() {
            wanted.push("mute_on".to_owned());
        }
        wanted
    }
}

/// Several presses as one command.
pub(super) fn steps(chance: &mut Chance) -> String {
    let key = chance.pick(&["volume_up", "volume_up", "volume_down", "channel_up", "channel_down"]);
    format!("{key} {}", 2 + chance.below(5))
}
