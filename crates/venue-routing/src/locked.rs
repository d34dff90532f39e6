//! Whether a command may be sent: the one place that every command passes, whatever it came from.

use std::time::Duration;

use venue_domain::{
    Action, Clock, CommandQueue, DirectTransport, Directory, Locks, PortId, PortLock, Probe,
    WallTime,
};

use crate::{
    Reach, Rejection, Router,
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
        reach: &Reach,
        at: WallTime,
        locks: Locks,
    ) -> Result<(), Rejection> {
        self.ensure_unlocked(reach, at, locks)?;
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
    fn ensure_unlocked(&self, reach: &Reach, at: WallTime, locks: Locks) -> Result<(), Rejection> {
        for target in changed(reach) {
            if let Some(lock) = self.lock(target, at, locks) {
                return Err(Rejection::Locked { target: target.clone(), lock });
            }
        }
        Ok(())
    }

    /// Whether a lock keeps what a command reaches from being commanded now.
    pub(crate) fn is_locked(&self, reach: &Reach, locks: Locks) -> bool {
        self.ensure_unlocked(reach, self.shown(), locks).is_err()
    }

    /// The lock that keeps `target` from being commanded when the wall clock shows `at`.
    fn lock(&self, target: &PortId, at: WallTime, locks: Locks) -> Option<PortLock> {
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

/// The TVs that a command changes, also through a source that they share, and the source; none, where it is for the
/// board itself: nobody sees that on a TV.
fn changed(reach: &Reach) -> impl Iterator<Item = &PortId> {
    let receiver = reach.sent_to().map(|source| &source.port);
    let others = reach.also_changes().map(|screen| &screen.port);
    [&reach.asked]
        .into_iter()
        .chain(receiver)
        .chain(others)
        .filter(|target| !target.port.is_board())
}
