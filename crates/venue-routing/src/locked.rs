//! Whether a command may be sent: the one place that every command passes, whatever it came from.

use std::time::Duration;

use venue_domain::{
    Action, Clock, CommandQueue, DirectTransport, Directory, Locks, PortId, PortLock, Probe,
    WallTime,
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
    /// Refuses a command that may not be sent, or never could be in time: each passes here, wherever it comes from.
    ///
    /// # Errors
    /// [`Rejection::Locked`] or [`Rejection::StepsTakeTooLong`].
    pub(crate) fn admit(
        &self,
        valid: &ValidCommand,
        at: WallTime,
        locks: Locks,
    ) -> Result<(), Rejection> {
        self.ensure_unlocked(valid, at, locks)?;
        self.ensure_in_time(valid)
    }

    /// Refuses more presses than one attempt has time for at the pace of the port.
    fn ensure_in_time(
        &self,
        ValidCommand { action, target, .. }: &ValidCommand,
    ) -> Result<(), Rejection> {
        let Action::Steps(_, count) = action else { return Ok(()) };
        let profile = self.parts.transport.timing(target);
        let fits = |presses: &u32| profile.steps_air_time(*presses) <= LONGEST_STEPS;
        let most = (1..=u32::from(count.number())).take_while(fits).last().unwrap_or(1);
        if most < u32::from(count.number()) {
            return Err(Rejection::StepsTakeTooLong { target: target.clone(), most });
        }
        Ok(())
    }

    /// Refuses a command that would change a locked TV when the wall clock shows `at`.
    ///
    /// # Errors
    /// [`Rejection::Locked`].
    fn ensure_unlocked(
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

/// An attempt from the queue has 5 s, and half a second of them to learn how it ended.
const LONGEST_STEPS: Duration = Duration::from_millis(4_500);

/// The TVs that a command changes; none, where it is for the board itself: nobody sees that on a TV.
fn changed(valid: &ValidCommand) -> impl Iterator<Item = &PortId> {
    [&valid.target].into_iter().filter(|target| !target.port.is_board())
}
