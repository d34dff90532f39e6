//! The newest delivered wish, stated once more where an older one may still come to life.
//!
//! Bytes that a hung device has taken run when it wakes, even after their session is lost. If an
//! absolute command ended unknown with its session, a newer one that is delivered on the next
//! session may still be overtaken by it; so the newest one is sent once more after the quiet gap
//! (command-semantics, section 4).

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use venue_domain::{Command, EffectGroup, OrderKey, PortIndex, TimingProfile};

/// Commands that may still come to life, and the wishes to be stated once more against them.
#[derive(Debug, Default)]
pub(crate) struct Restatement(Vec<Ghost>);

/// What may still come to life in one slot.
#[derive(Debug)]
struct Ghost {
    port: PortIndex,
    group: EffectGroup,
    /// Of the oldest one: everything newer may be overtaken.
    key: OrderKey,
    /// The newest wish delivered since.
    wish: Option<Wish>,
}

#[derive(Debug)]
struct Wish {
    command: Arc<Command>,
    /// When it is due once more.
    due: Instant,
    /// When it is too old for that.
    expires: Instant,
}

impl Restatement {
    /// `command` ended unknown and its session is gone.
    pub(crate) fn note_lost(&mut self, command: &Command) {
        if !command.action.nature().is_repeatable() {
            return;
        }
        let Some(group) = command.effect_group() else { return };
        let port = command.target.port;
        let known = self.0.iter_mut().find(|ghost| ghost.port == port && ghost.group == group);
        if let Some(ghost) = known {
            ghost.key = ghost.key.min(command.key);
        } else {
            self.0.push(Ghost { port, group, key: command.key, wish: None });
        }
    }

    /// `command` was delivered; it is due once more if a ghost of its slot is older.
    pub(crate) fn note_delivered(
        &mut self,
        command: &Arc<Command>,
        profile: &TimingProfile,
        now: Instant,
    ) {
        let Some(group) = command.effect_group() else { return };
        let port = command.target.port;
        let repeatable = command.action.nature().is_repeatable();
        for ghost in &mut self.0 {
            if ghost.port == port && ghost.group == group && ghost.key < command.key {
                // A step or a toggle is no wish to be stated again, and outdates the one before.
                ghost.wish = repeatable.then(|| Wish {
                    command: Arc::clone(command),
                    due: now + profile.quiet_gap,
                    expires: now + life(command),
                });
            }
        }
    }

    /// When the next wish is due once more.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.0.iter().filter_map(|ghost| ghost.wish.as_ref()).map(|wish| wish.due).min()
    }

    /// Takes the wishes that are due; their ghosts are laid. What has expired is forgotten.
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<Arc<Command>> {
        for ghost in &mut self.0 {
            ghost.wish = ghost.wish.take().filter(|wish| now < wish.expires);
        }
        let is_due = |ghost: &mut Ghost| ghost.wish.as_ref().is_some_and(|wish| wish.due <= now);
        let laid = self.0.extract_if(.., is_due);
        laid.filter_map(|ghost| ghost.wish).map(|wish| wish.command).collect()
    }
}

/// How long `command` lives; counted here from its delivery, since a lane has no wall clock.
fn life(command: &Command) -> Duration {
    let ms = command.expires_at.unix_ms().saturating_sub(command.accepted_at.unix_ms());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use venue_domain::Class;

    use super::*;
    use crate::testing::command;

    const GAP: Duration = Duration::from_secs(4);

    fn channel(sequence: u64) -> Arc<Command> {
        command("channel", 1, Class::Interactive, sequence)
    }

    /// What is stated once more, `after` the wishes were delivered, if `lost` may come to life.
    fn restated(lost: &Command, delivered: &[Arc<Command>], after: Duration) -> Vec<u64> {
        let now = Instant::now();
        let mut restatement = Restatement::default();
        restatement.note_lost(lost);
        for command in delivered {
            restatement.note_delivered(command, &TimingProfile::default(), now);
        }
        sequences(&restatement.take_due(now + after))
    }

    fn sequences(commands: &[Arc<Command>]) -> Vec<u64> {
        commands.iter().map(|command| command.key.sequence).collect()
    }

    #[test]
    fn a_newer_wish_is_due_once_more_after_the_quiet_gap() {
        let delivered = [channel(2)];
        assert_eq!(restated(&channel(1), &delivered, GAP), [2]);
        let almost = GAP - Duration::from_millis(1);
        assert!(restated(&channel(1), &delivered, almost).is_empty());
    }

    #[test]
    fn it_is_due_exactly_once() {
        let now = Instant::now();
        let mut restatement = Restatement::default();
        restatement.note_lost(&channel(1));
        let profile = TimingProfile::default();
        restatement.note_delivered(&channel(2), &profile, now);
        assert_eq!(restatement.next_due(), Some(now + GAP));
        let due = restatement.take_due(now + GAP);
        assert_eq!(sequences(&due), [2]);
        restatement.note_delivered(&due[0], &profile, now + GAP);
        assert_eq!(restatement.next_due(), None);
        assert!(restatement.take_due(now + GAP * 9).is_empty());
    }

    #[test]
    fn without_a_ghost_nothing_is_due() {
        let mut restatement = Restatement::default();
        restatement.note_delivered(&channel(2), &TimingProfile::default(), Instant::now());
        assert_eq!(restatement.next_due(), None);
    }

    #[test]
    fn the_newest_of_several_wishes_is_the_one_that_is_stated() {
        assert_eq!(restated(&channel(1), &[channel(2), channel(3)], GAP), [3]);
    }

    #[test]
    fn a_step_in_between_does_not_lay_the_ghost() {
        let up = command("channel_up", 1, Class::Interactive, 2);
        assert_eq!(restated(&channel(1), &[up, channel(3)], GAP), [3]);
    }

    #[test]
    fn a_toggle_or_a_step_is_never_stated_again() {
        let on = command("power_on", 1, Class::Interactive, 1);
        let toggle = command("power", 1, Class::Interactive, 2);
        assert!(restated(&on, &[toggle], GAP).is_empty());
        let up = command("channel_up", 1, Class::Interactive, 2);
        assert!(restated(&channel(1), &[up], GAP).is_empty());
    }

    #[test]
    fn a_lost_toggle_haunts_nobody() {
        let toggle = command("power", 1, Class::Interactive, 1);
        let on = command("power_on", 1, Class::Interactive, 2);
        assert!(restated(&toggle, &[on], GAP).is_empty());
    }

    #[test]
    fn a_retry_of_the_lost_command_itself_needs_no_other() {
        assert!(restated(&channel(1), &[channel(1)], GAP).is_empty());
    }

    #[test]
    fn a_retry_that_was_lost_as_well_does_not_hide_the_older_ghost() {
        let now = Instant::now();
        let mut restatement = Restatement::default();
        restatement.note_lost(&channel(1));
        restatement.note_lost(&channel(2));
        restatement.note_delivered(&channel(2), &TimingProfile::default(), now);
        assert_eq!(sequences(&restatement.take_due(now + GAP)), [2]);
    }

    #[test]
    fn other_slots_are_not_haunted() {
        let mute = command("mute_on", 1, Class::Interactive, 2);
        let elsewhere = command("channel", 2, Class::Interactive, 3);
        assert!(restated(&channel(1), &[mute, elsewhere], GAP).is_empty());
    }
}
