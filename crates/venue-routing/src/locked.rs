//! Whether the TV of a command is locked: the one place that every command passes, whatever it came from.

use venue_domain::{
    Clock, CommandQueue, DirectTransport, Directory, Locks, PortId, PortLock, Probe, WallTime,
};

use crate::{
    Rejection, Router,
    validate::{ValidCommand, ValidOptions},
};

impl<T, D, C, Q> Router<T, D, C, Q>
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    /// Refuses a command that would change a locked TV when the wall clock shows `at`.
    ///
    /// # Errors
    /// [`Rejection::Locked`].
    pub(crate) fn ensure_unlocked(
        &self,
        valid: &ValidCommand,
        at: WallTime,
        locks: Locks,
    ) -> Result<(), Rejection> {
        for target in changed(valid) {
            if let Some(lock) = self.lock(target, at, locks) {
                return Err(Rejection::Locked { target: target.clone(), lock });
            }
        }
        Ok(())
    }

    /// The lock that keeps `target` from being commanded when the wall clock shows `at`.
    pub(crate) fn lock(&self, target: &PortId, at: WallTime, locks: Locks) -> Option<PortLock> {
        match locks {
            Locks::Hold => self.parts.directory.lock(target, at),
            Locks::Pass => None,
        }
    }

    /// When a command with `options` is due, as the wall clock shows it: a lock counts that holds then.
    pub(crate) fn due(&self, options: &ValidOptions) -> WallTime {
        let now = self.shown();
        options.scheduled_at.map_or(now, |at| at.max(now))
    }

    /// What the wall clock shows.
    pub(crate) fn shown(&self) -> WallTime {
        self.parts.clock.offset().shown(self.parts.clock.now())
    }
}

/// The TVs that a command changes; none, where it is for the board itself: nobody sees that on a TV.
fn changed(valid: &ValidCommand) -> impl Iterator<Item = &PortId> {
    [&valid.target].into_iter().filter(|target| !target.port.is_board())
}
