//! The newest delivered wish, stated once more where an older one may still come to life.
//!
//! Bytes that a hung device has taken run when it wakes, even after their session is lost. If an
//! absolute command ended unknown with its session, a newer one that is delivered on the next
//! session may still be overtaken by it; so the newer one is sent once more after the quiet gap
//! (command-semantics, section 4).

use std::sync::Arc;

use tokio::time::Instant;
use venue_domain::{Command, EffectGroup, OrderKey, PortIndex, TimingProfile};

/// Commands that may still come to life, and wishes to be stated once more.
#[derive(Debug, Default)]
pub(crate) struct Restatement {
    ghosts: Vec<Ghost>,
    due: Vec<(Instant, Arc<Command>)>,
}

#[derive(Debug)]
struct Ghost {
    port: PortIndex,
    group: EffectGroup,
    key: OrderKey,
}

impl Restatement {
    /// `command` ended unknown and its session is gone.
    pub(crate) fn note_lost(&mut self, command: &Command) {
        if !command.action.nature().is_repeatable() {
            return;
        }
        let Some(group) = command.effect_group() else { return };
        let port = command.target.port;
        self.ghosts.retain(|ghost| !(ghost.port == port && ghost.group == group));
        self.ghosts.push(Ghost { port, group, key: command.key });
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
        let haunts =
            |ghost: &Ghost| ghost.port == port && ghost.group == group && ghost.key < command.key;
        if !self.ghosts.iter().any(haunts) {
            return;
        }
        self.ghosts.retain(|ghost| !haunts(ghost));
        if command.action.nature().is_repeatable() {
            self.due.push((now + profile.quiet_gap, Arc::clone(command)));
        }
    }

    /// When the next wish is due once more.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.due.iter().map(|(at, _)| *at).min()
    }

    /// Takes the wishes that are due.
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<Arc<Command>> {
        let (due, later) =
            std::mem::take(&mut self.due).into_iter().partition(|(at, _)| *at <= now);
        self.due = later;
        let due: Vec<(Instant, Arc<Command>)> = due;
        due.into_iter().map(|(_, command)| command).collect()
    }
}
