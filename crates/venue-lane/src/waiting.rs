//! The commands that wait for their turn, in the order in which they may be sent.

use std::{sync::Arc, time::Duration};

use tokio::{sync::oneshot, time::Instant};
use venue_domain::{Action, Class, Command, Delivery, Nature, NotSent, Outcome, SupersededBy};

use crate::start_permit::StartPermit;

/// One command in a lane.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) command: Arc<Command>,
    pub(crate) deadline: Instant,
    pub(crate) since: Instant,
    pub(crate) permit: StartPermit,
    /// `None` for a command that is sent once more: nobody waits for it.
    pub(crate) reply: Option<oneshot::Sender<Timed>>,
    /// How long sending it takes, before its evidence is due.
    pub(crate) sending: Duration,
    /// Whether it has a place in the queue: there it waits for a pause of its port, so that its device is free for other
    /// ports meanwhile.
    pub(crate) is_queued: bool,
}

/// How it ended, and how long that took from its first byte.
pub(crate) type Timed = (Delivery, Option<Duration>);

impl Waiting {
    /// After this it is not begun: there would be no time left for its evidence, and what was about
    /// to be reported as "not sent" would be unknown.
    pub(crate) fn latest_start(&self) -> Instant {
        let budget = self.deadline.saturating_duration_since(self.since);
        // Steps that cannot all be pressed in this time are left for an attempt that has more.
        if matches!(self.command.action, Action::Steps(..)) && self.sending > budget {
            return self.since;
        }
        // A command that takes nearly all of its time is begun all the same, if that is soon.
        let needs = (TIME_TO_ANSWER.min(budget / 2) + self.sending).min(budget * 3 / 4);
        self.deadline.checked_sub(needs).unwrap_or(self.deadline)
    }

    /// Whether a pause of its port that lasts until `cooldown` is too long for it to wait here.
    pub(crate) fn is_early(&self, cooldown: Instant, now: Instant) -> bool {
        let is_long = cooldown.saturating_duration_since(now) > SHORT_PAUSE;
        cooldown >= self.latest_start() || (self.is_queued && is_long)
    }

    /// Reports to the caller how it ended. A caller that has gone is no error.
    pub(crate) fn end(self, outcome: Outcome, now: Instant) {
        let took = now.saturating_duration_since(self.since);
        let began = self.permit.began();
        let latency = began.map(|began| now.saturating_duration_since(began));
        self.reply((Delivery::Ended { outcome, took }, latency));
    }

    /// Reports to the caller that nothing was sent.
    pub(crate) fn not_sent(self, reason: NotSent, now: Instant) {
        self.end(Outcome::NotSent(reason), now);
    }

    /// Reports to the caller that a newer command replaced it.
    pub(crate) fn superseded(self, by: SupersededBy) {
        self.reply((Delivery::Superseded { by }, None));
    }

    fn reply(self, delivery: Timed) {
        if let Some(reply) = self.reply {
            // The caller may have gone; then nobody is left to be told.
            drop(reply.send(delivery));
        }
    }

    /// Whether it must stay behind `other`, which waits for the same device.
    ///
    /// A key never overtakes one of its port that was accepted earlier, whatever their ranks; and
    /// within a rank nothing overtakes within a slot. It is only ever behind what is older, so
    /// commands cannot wait for each other in a circle.
    fn stays_behind(&self, other: &Self) -> bool {
        let (mine, theirs) = (&self.command, &other.command);
        let is_key = |command: &Command| command.action.nature() == Nature::Sequence;
        let keys = is_key(mine) && is_key(theirs);
        let same_slot = mine.effect_group() == theirs.effect_group() && mine.class == theirs.class;
        theirs.key < mine.key && mine.target.port == theirs.target.port && (keys || same_slot)
    }
}

/// Whether a command may go beside what is in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// It may.
    Now,
    /// When what is in its way has ended; others may go before.
    Later,
    /// When nothing is in flight.
    AfterAll,
}

/// The waiting commands of one lane: by rank, then in order of arrival.
#[derive(Debug, Default)]
pub(crate) struct WaitingList(Vec<Waiting>);

impl WaitingList {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Puts `waiting` behind everything of its rank or a higher one.
    pub(crate) fn push(&mut self, waiting: Waiting) {
        let rank = rank(waiting.command.class);
        let index = self.0.partition_point(|other| self::rank(other.command.class) <= rank);
        self.0.insert(index, waiting);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.0.iter()
    }

    /// Whether what goes before everything else waits.
    pub(crate) fn has_immediate(&self) -> bool {
        self.0.first().is_some_and(|first| first.command.class == Class::Immediate)
    }

    /// Takes out what `leaves` says leaves, in order.
    pub(crate) fn extract(&mut self, leaves: impl FnMut(&Waiting) -> bool) -> Vec<Waiting> {
        let mut leaves = leaves;
        self.0.extract_if(.., |waiting| leaves(waiting)).collect()
    }

    /// Takes the first command that is ready; in its place what it must stay behind, so that a
    /// key is not kept waiting by everything else that an older key of a lower rank waits for.
    ///
    /// What needs the whole device is not passed for good: nothing behind it goes before what is in flight
    /// has ended.
    pub(crate) fn take_ready(
        &mut self,
        now: Instant,
        ready_at: impl Fn(&Command) -> Instant,
        room: impl Fn(&Command) -> Room,
    ) -> Option<Waiting> {
        let is_next = |index: &usize| {
            let command = &self.0[*index].command;
            ready_at(command) <= now && room(command) != Room::Later
        };
        let index = (0..self.0.len()).map(|index| self.foremost(index)).find(is_next)?;
        (room(&self.0[index].command) == Room::Now).then(|| self.0.remove(index))
    }

    /// What has to go before the command at `index` can; itself if it need not stay behind any.
    fn foremost(&self, index: usize) -> usize {
        let mut foremost = index;
        let older = |index: usize| {
            let behind = |other: &usize| self.0[index].stays_behind(&self.0[*other]);
            (0..self.0.len()).filter(behind).min_by_key(|other| self.0[*other].command.key)
        };
        while let Some(older) = older(foremost) {
            foremost = older;
        }
        foremost
    }

    /// The latest deadline of all that wait.
    pub(crate) fn latest_deadline(&self) -> Option<Instant> {
        self.0.iter().map(|waiting| waiting.deadline).max()
    }
}

/// Lower goes first: the diagnostic signal, then a person, then bulk, then system tasks.
const fn rank(class: Class) -> u8 {
    match class {
        Class::Immediate => 0,
        Class::Interactive => 1,
        Class::Bulk => 2,
        Class::System => 3,
    }
}

/// So long a command of the queue waits for its port here: to go back and come again would take as long.
const SHORT_PAUSE: Duration = Duration::from_millis(250);

/// A board on weak Wi-Fi replies within this.
const TIME_TO_ANSWER: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::command;

    /// A list of `(name, port, class)`, accepted and arrived in this order.
    fn list(entries: &[(&str, u8, Class)]) -> WaitingList {
        let keys = 1..;
        let keyed = entries
            .iter()
            .zip(keys)
            .map(|(&(name, port, class), key)| command(name, port, class, key));
        arrived(keyed)
    }

    fn arrived(commands: impl IntoIterator<Item = Arc<Command>>) -> WaitingList {
        let mut list = WaitingList::default();
        let since = Instant::now();
        let deadline = since + Duration::from_secs(3);
        for command in commands {
            let permit = StartPermit::new();
            list.push(Waiting {
                command,
                deadline,
                since,
                permit,
                reply: None,
                sending: Duration::ZERO,
                is_queued: false,
            });
        }
        list
    }

    /// The order keys of what is taken, as long as anything is ready.
    fn taken(mut list: WaitingList, ready: impl Fn(&Command) -> bool) -> Vec<u64> {
        let now = Instant::now();
        let later = now + Duration::from_secs(1);
        let ready_at = |command: &Command| if ready(command) { now } else { later };
        std::iter::from_fn(|| list.take_ready(now, ready_at, |_| Room::Now))
            .map(|waiting| waiting.command.key.sequence)
            .collect()
    }

    #[test]
    fn the_rank_goes_first_and_arrival_within_a_rank() {
        let list = list(&[
            ("statistics", 0, Class::System),
            ("mute", 1, Class::Bulk),
            ("mute", 2, Class::Bulk),
            ("mute", 3, Class::Interactive),
            ("diagnostic_signal", 0, Class::Immediate),
            ("mute", 4, Class::Interactive),
            ("collect_logs", 0, Class::System),
        ]);
        assert_eq!(taken(list, |_| true), [5, 4, 6, 2, 3, 1, 7]);
    }

    #[test]
    fn what_is_not_ready_lets_the_next_one_of_another_port_go() {
        let list = list(&[
            ("channel", 1, Class::Interactive),
            ("channel", 2, Class::Interactive),
            ("mute", 3, Class::Bulk),
        ]);
        assert_eq!(taken(list, |command| command.target.port.number() != 1), [2, 3]);
    }

    #[test]
    fn a_later_key_stays_behind_an_earlier_one_of_its_port_that_is_not_ready() {
        let list = list(&[
            ("number", 1, Class::Interactive),
            ("ok", 1, Class::Interactive),
            ("ok", 2, Class::Interactive),
            ("mute", 1, Class::Interactive),
        ]);
        let not_the_digit = |command: &Command| command.action.name() != "number";
        assert_eq!(taken(list, not_the_digit), [3, 4]);
    }

    #[test]
    fn nothing_overtakes_within_a_slot() {
        let list = list(&[
            ("number", 1, Class::Bulk),
            ("channel_up", 1, Class::Bulk),
            ("volume_up", 1, Class::Bulk),
        ]);
        let not_the_digit = |command: &Command| command.action.name() != "number";
        assert_eq!(taken(list, not_the_digit), [3]);
    }

    #[test]
    fn an_interactive_step_overtakes_a_bulk_one() {
        let list = list(&[("volume_up", 1, Class::Bulk), ("volume_down", 1, Class::Interactive)]);
        assert_eq!(taken(list, |_| true), [2, 1]);
    }

    #[test]
    fn a_key_never_overtakes_an_earlier_key_of_a_lower_rank() {
        let list = list(&[("number", 1, Class::Bulk), ("number", 1, Class::Interactive)]);
        assert_eq!(taken(list, |_| true), [1, 2]);
    }

    #[test]
    fn an_earlier_key_of_a_lower_rank_goes_as_soon_as_the_later_one_would() {
        let list = list(&[
            ("mute", 2, Class::Bulk),
            ("number", 1, Class::Bulk),
            ("number", 1, Class::Interactive),
            ("mute", 3, Class::Interactive),
        ]);
        assert_eq!(taken(list, |_| true), [2, 3, 4, 1]);
    }

    #[test]
    fn a_key_that_was_accepted_earlier_goes_first_although_it_arrived_later() {
        let late = command("ok", 1, Class::Interactive, 1);
        let list = arrived([command("ok", 1, Class::Interactive, 2), late]);
        assert_eq!(taken(list, |_| true), [1, 2]);
    }

    #[test]
    fn keys_that_arrived_out_of_order_never_wait_for_each_other_in_a_circle() {
        let list = arrived([
            command("number", 1, Class::Bulk, 20),
            command("channel_up", 1, Class::Bulk, 7),
            command("number", 1, Class::Bulk, 5),
            command("number", 1, Class::Interactive, 10),
        ]);
        assert_eq!(taken(list, |_| true), [5, 10, 7, 20]);
    }

    #[test]
    fn what_is_extracted_leaves_and_the_rest_keeps_its_order() {
        let mut list = list(&[
            ("mute", 1, Class::Bulk),
            ("mute", 2, Class::Interactive),
            ("mute", 3, Class::Bulk),
        ]);
        let left = list.extract(|waiting| waiting.command.target.port.number() == 1);
        assert_eq!(left.len(), 1);
        assert_eq!(list.len(), 2);
        assert_eq!(taken(list, |_| true), [2, 3]);
    }

    #[test]
    fn the_latest_deadline_is_the_one_of_whoever_waits_longest() {
        let mut list = list(&[("mute", 1, Class::Bulk), ("mute", 2, Class::Bulk)]);
        let latest = list.0[0].deadline + Duration::from_secs(9);
        list.0[0].deadline = latest;
        assert_eq!(list.latest_deadline(), Some(latest));
        assert_eq!(WaitingList::default().latest_deadline(), None);
    }
}
