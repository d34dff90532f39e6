//! Whether a command may be sent: the one place that every command passes, whatever it came from.

use std::time::Duration;

use venue_domain::{
    Action, Clock, CommandQueue, DirectTransport, Directory, Locks, PortId, PortLock, Probe,
    WallTime,
};

use crate::{
    Reach, Rejection, Router,
    router::attempt_budget,
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
        match self.most_steps(action, target, LONGEST_STEPS) {
            Some(most) => Err(Rejection::StepsTakeTooLong { target: target.clone(), most }),
            None => Ok(()),
        }
    }

    /// Refuses more presses than one direct attempt of `timeout` has time for, where nothing but that attempt works.
    ///
    /// # Errors
    /// [`Rejection::StepsNeedQueue`].
    pub(crate) fn ensure_direct(
        &self,
        ValidCommand { action, target, .. }: &ValidCommand,
        timeout: Duration,
    ) -> Result<(), Rejection> {
        let within = attempt_budget(timeout).saturating_sub(TIME_TO_ANSWER);
        match self.most_steps(action, target, within) {
            Some(most) => Err(Rejection::StepsNeedQueue { target: target.clone(), most }),
            None => Ok(()),
        }
    }

    /// How many presses there is time for `within`, where that is fewer than `action` has.
    fn most_steps(&self, action: &Action, target: &PortId, within: Duration) -> Option<u32> {
        let Action::Steps(_, count) = action else { return None };
        let profile = self.parts.transport.timing(target);
        let fits = |presses: &u32| profile.steps_air_time(*presses) <= within;
        let most = (1..=u32::from(count.number())).take_while(fits).last().unwrap_or(1);
        (most < u32::from(count.number())).then_some(most)
    }

    /// Refuses a command that would change a locked TV when the wall clock shows `at`.
    ///
    /// # Errors
    /// [`Rejection::Locked`].
    fn ensure_unlocked(&self, reach: &Reach, at: WallTime, locks: Locks) -> Result<(), Rejection> {
        for target in changed(reach) {
            if let Some(lock) = self.lock(target, at, locks) {
                // Whoever asked for another TV has to hear what both have to do with one another.
                let source = reach.source.as_ref().filter(|_| *target != reach.asked);
                let shows = source.map(|source| source.id.to_string());
                let lock = Box::new(lock);
                return Err(Rejection::Locked { target: target.clone(), shows, lock });
            }
        }
        Ok(())
    }

    /// The lock that keeps what a command reaches from being commanded now, in words.
    pub(crate) fn lock_on(&self, reach: &Reach, locks: Locks) -> Option<String> {
        self.ensure_unlocked(reach, self.shown(), locks).err().map(|locked| locked.to_string())
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

/// So much of an attempt is left to learn how it ended (docs/semantics.md, rule 6.4).
const TIME_TO_ANSWER: Duration = Duration::from_millis(250);

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
