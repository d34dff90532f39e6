//! The scheduled commands that become due soon, in memory.
//!
//! A scheduled command gets its order key, and raises its fences, when it becomes due. That
//! must not wait for a database, so what is due within the horizon is known here; the store's copy
//! follows. Promoted on time it takes the order clock's next key; one that was missed keeps
//! its due time as its key, so that it never overrides what was commanded since. Missed is also what
//! became known here only after somebody had looked for what is due: a command that was accepted in
//! between has its key already, and is the newer one.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use venue_domain::{
    Command, Fences, Nature, OrderClock, OrderKey, PortId, PortWaiting, Promotion, QueueId,
    ScheduledCommand, Timestamp, WallOffset, WallTime,
};

/// What becomes due soon, and what became due and is not stored as such yet.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    known: BTreeMap<(Timestamp, QueueId), Entry>,
    due: HashMap<QueueId, Timestamp>,
    /// How far the wall clock is ahead, as long as it is known.
    offset: Option<WallOffset>,
    /// Promoted here, and not yet in the store.
    promoted: Vec<(Promotion, Command)>,
    /// The last ones that were promoted: hearing of one of them late must not promote it twice.
    past: VecDeque<QueueId>,
    /// Everything that is due before this is known.
    covered_until: Timestamp,
    /// When somebody looked last for what is due.
    looked_at: Timestamp,
}

/// One that is to be promoted.
#[derive(Debug)]
struct Entry {
    command: Command,
    wish: Option<WallTime>,
    /// It was due already when somebody looked, and was not known.
    missed: bool,
    /// The store has not been read since it may have withdrawn it.
    unconfirmed: bool,
}

impl Schedule {
    /// Takes in what the store knows to be due before `until`, if it was asked for `limit`.
    pub(crate) fn refill(&mut self, found: Vec<ScheduledCommand>, until: Timestamp, limit: u32) {
        let full = found.len() >= limit as usize;
        let last = found.last().map(|upcoming| upcoming.due_at);
        self.covered_until = last.filter(|_| full).unwrap_or(until);
        found.into_iter().for_each(|upcoming| self.insert(upcoming, false));
        let gone: Vec<_> = self.known.extract_if(.., |_, known| known.unconfirmed).collect();
        for ((_, queue_id), _) in gone {
            self.due.remove(&queue_id);
        }
    }

    /// Takes in one that was scheduled just now; what is due later is read when its time comes, and
    /// before anything was read nobody knows when that is.
    pub(crate) fn add(&mut self, upcoming: ScheduledCommand) {
        let nothing_read = self.covered_until == Timestamp::default();
        if nothing_read || upcoming.due_at < self.covered_until {
            self.insert(upcoming, false);
        }
    }

    fn insert(&mut self, upcoming: ScheduledCommand, unconfirmed: bool) {
        let ScheduledCommand { queue_id, due_at, wish, mut command } = upcoming;
        let pending = self.promoted.iter().any(|(known, _)| known.queue_id == queue_id);
        if pending || self.past.contains(&queue_id) {
            return;
        }
        // The store may not know yet that the clock was set.
        let wished = self.offset.zip(wish).map(|(offset, wish)| offset.wished(wish));
        let by = wished.map_or(0, |wished| wished.unix_ms() - due_at.unix_ms());
        let due_at = wished.unwrap_or(due_at);
        command.expires_at = Timestamp::from_unix_ms(command.expires_at.unix_ms() + by);
        // It has one due time, whatever was known before.
        let before = self.due.insert(queue_id, due_at).filter(|before| *before != due_at);
        if let Some(before) = before {
            self.known.remove(&(before, queue_id));
        }
        let missed = due_at <= self.looked_at;
        // What is known already was not missed since.
        let known = Entry { command, wish, missed, unconfirmed };
        self.known.entry((due_at, queue_id)).or_insert(known).unconfirmed = unconfirmed;
    }

    /// The wall clock is so far ahead now: what is wished for a time of day is due when it shows that.
    pub(crate) fn follow(&mut self, offset: WallOffset) {
        if self.offset.replace(offset) == Some(offset) {
            return;
        }
        let moves = |_: &(Timestamp, QueueId), known: &mut Entry| known.wish.is_some();
        let moved: Vec<_> = self.known.extract_if(.., moves).collect();
        for ((due_at, queue_id), Entry { command, wish, unconfirmed, .. }) in moved {
            self.due.remove(&queue_id);
            self.insert(ScheduledCommand { queue_id, due_at, wish, command }, unconfirmed);
        }
    }

    /// Forgets one that was withdrawn.
    pub(crate) fn forget(&mut self, queue_id: QueueId) {
        if let Some(due_at) = self.due.remove(&queue_id) {
            self.known.remove(&(due_at, queue_id));
        }
    }

    /// Gives what is due its order key and raises its fences. Returns whether anything was.
    pub(crate) fn promote_due(
        &mut self,
        now: Timestamp,
        late_after: Duration,
        order: &OrderClock,
        fences: &Fences,
    ) -> bool {
        // Not the latest look: another store may be in its place since.
        self.looked_at = now;
        let mut any = false;
        while let Some(entry) = self.known.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((due_at, queue_id), known) = entry.remove_entry();
            let Entry { mut command, missed, .. } = known;
            self.due.remove(&queue_id);
            let key = order.next(now);
            let late = missed || due_at.plus(late_after) < now;
            command.key = if late { OrderKey::at(due_at, key.sequence) } else { key };
            fences.raise(&command);
            let promotion = Promotion { queue_id, key: command.key, due_at };
            self.promoted.push((promotion, command));
            if self.past.len() == REMEMBERED {
                self.past.pop_front();
            }
            self.past.push_back(queue_id);
            any = true;
        }
        any
    }

    /// What was promoted here and is not stored yet.
    pub(crate) fn promoted(&self) -> Vec<Promotion> {
        self.promoted.iter().map(|(promotion, _)| promotion.clone()).collect()
    }

    /// Whether the store does not know of a promotion.
    pub(crate) fn owes_the_store(&self) -> bool {
        !self.promoted.is_empty()
    }

    /// The store has taken these over.
    pub(crate) fn stored(&mut self, promoted: &[Promotion]) {
        self.promoted.retain(|(promotion, _)| !promoted.contains(promotion));
    }

    /// What has become due for `port` and is not stored as such yet: the store does not count it as
    /// waiting.
    pub(crate) fn owed(&self, port: &PortId) -> PortWaiting {
        let mut waiting = PortWaiting::default();
        for (_, command) in self.promoted.iter().filter(|(_, one)| one.target == *port) {
            if let Some(group) = command.effect_group() {
                waiting.by_group[group as usize] += 1;
                waiting.sequence_keys += u32::from(command.action.nature() == Nature::Sequence);
            }
        }
        waiting
    }

    /// What is known may be due at another time, or withdrawn: it has to be read anew. Until it is, it counts: what is
    /// due must not wait for a store.
    pub(crate) fn read_anew(&mut self) {
        self.known.values_mut().for_each(|known| known.unconfirmed = true);
        self.covered_until = Timestamp::default();
    }

    /// When the first known one is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.known.first_key_value().map(|((due_at, _), _)| *due_at)
    }

    /// When the store has to be asked for more, if its next command becomes due at `next_due`.
    pub(crate) fn refill_at(&self, next_due: Timestamp, lead: Duration) -> Timestamp {
        self.covered_until.max(next_due).minus(lead)
    }

    /// How many are known.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }
}

/// How many promoted commands are remembered.
const REMEMBERED: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::tests::claim;

    const LATE: Duration = Duration::from_secs(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(seconds * 1_000)
    }

    fn upcoming(id: i64, due: i64) -> ScheduledCommand {
        let mut command = (*claim("channel").command).clone();
        command.key = OrderKey::at(at(due), 0);
        ScheduledCommand { queue_id: QueueId::new(id), due_at: at(due), wish: None, command }
    }

    fn covering(entries: Vec<ScheduledCommand>) -> Schedule {
        let mut schedule = Schedule::default();
        schedule.refill(entries, at(3_600), 100);
        schedule
    }

    fn promote(schedule: &mut Schedule, now: i64) -> Vec<(i64, i64)> {
        let (order, fences) = (OrderClock::new(), Fences::new());
        schedule.promote_due(at(now), LATE, &order, &fences);
        let promoted = schedule.promoted();
        schedule.stored(&promoted);
        let seconds = |key: OrderKey| key.instant.venue_time().unix_ms() / 1_000;
        let number = |promotion: &Promotion| (promotion.queue_id.number(), seconds(promotion.key));
        promoted.iter().map(number).collect()
    }

    #[test]
    fn what_is_due_takes_the_clocks_now_and_what_was_missed_keeps_its_due_time() {
        let mut schedule = covering(vec![upcoming(1, 50), upcoming(2, 100), upcoming(3, 101)]);
        assert_eq!(promote(&mut schedule, 49), []);
        assert_eq!(promote(&mut schedule, 101), [(1, 50), (2, 101), (3, 101)]);
        assert_eq!(schedule.next_due(), None);
    }

    #[test]
    fn promotion_raises_the_fences() {
        let mut schedule = covering(vec![upcoming(1, 10)]);
        let (order, fences) = (OrderClock::new(), Fences::new());
        let mut older = (*claim("channel").command).clone();
        older.key = order.next(at(5));
        assert!(!schedule.promote_due(at(9), LATE, &order, &fences));
        assert_eq!(fences.superseded_by(&older), None);
        assert!(schedule.promote_due(at(10), LATE, &order, &fences));
        assert!(fences.superseded_by(&older).is_some());
    }

    #[test]
    fn one_that_is_scheduled_before_the_store_was_read_is_promoted_in_time_and_once() {
        let mut schedule = Schedule::default();
        schedule.add(upcoming(1, 10));
        assert_eq!(promote(&mut schedule, 10), [(1, 10)]);
        schedule.refill(vec![upcoming(1, 10)], at(3_600), 100);
        assert_eq!(promote(&mut schedule, 11), []);
    }

    #[test]
    fn one_that_becomes_known_after_somebody_has_looked_keeps_its_due_time() {
        let mut schedule = covering(Vec::new());
        let (order, fences) = (OrderClock::new(), Fences::new());
        // A press in the tenth second: it looks, finds nothing, and gets its key.
        schedule.promote_due(at(10), LATE, &order, &fences);
        let mut press = (*claim("channel").command).clone();
        press.key = order.next(at(10).plus(Duration::from_millis(1)));
        fences.raise(&press);
        let late = upcoming(1, 10);
        schedule.add(late.clone());
        schedule.promote_due(at(10).plus(Duration::from_millis(2)), LATE, &order, &fences);
        assert_eq!(fences.superseded_by(&press), None);
        let key = schedule.promoted()[0].key;
        let promoted = Command { key, ..late.command };
        assert_eq!(fences.superseded_by(&promoted).map(|by| by.command), Some(press.id));
    }

    #[test]
    fn a_wall_clock_that_was_set_back_makes_nothing_late() {
        let mut schedule = covering(Vec::new());
        let (order, fences) = (OrderClock::new(), Fences::new());
        schedule.promote_due(at(3_000), LATE, &order, &fences);
        let mut press = (*claim("channel").command).clone();
        press.key = order.next(at(3_000));
        fences.raise(&press);
        schedule.promote_due(at(8), LATE, &order, &fences);
        schedule.add(upcoming(1, 10));
        schedule.promote_due(at(10), LATE, &order, &fences);
        assert!(fences.superseded_by(&press).is_some(), "it was wished later, whatever the clock");
    }

    #[test]
    fn what_is_wished_for_a_time_of_day_follows_the_wall_clock_although_the_store_does_not() {
        let mut schedule = covering(Vec::new());
        schedule.follow(WallOffset::default());
        let wished = |id, due| {
            let wish = Some(WallOffset::default().shown(at(due)));
            ScheduledCommand { wish, ..upcoming(id, due) }
        };
        let step = upcoming(2, 100);
        let life = step.command.expires_at.unix_ms() - step.due_at.unix_ms();
        schedule.add(wished(1, 100));
        schedule.add(step);
        schedule.follow(WallOffset::from_ms(60_000));
        assert_eq!(schedule.next_due(), Some(at(40)), "the clock was set forward by a minute");
        // The store does not know of that yet.
        schedule.add(wished(1, 100));
        schedule.add(wished(3, 120));
        assert_eq!((schedule.len(), schedule.next_due()), (3, Some(at(40))));
        let (order, fences) = (OrderClock::new(), Fences::new());
        schedule.promote_due(at(40), LATE, &order, &fences);
        let (promotion, command) = &schedule.promoted[0];
        assert_eq!((promotion.queue_id, promotion.due_at), (QueueId::new(1), at(40)));
        assert_eq!(command.expires_at.unix_ms(), 40_000 + life);
        schedule.follow(WallOffset::from_ms(-60_000));
        assert_eq!(promote(&mut schedule, 179).last(), Some(&(2, 100)), "nobody wished for it");
        assert_eq!(schedule.next_due(), Some(at(180)));
    }

    #[test]
    fn what_is_to_be_read_anew_is_promoted_in_time_although_the_store_does_not_answer() {
        let mut schedule = covering(vec![upcoming(1, 10), upcoming(2, 20), upcoming(3, 30)]);
        schedule.read_anew();
        assert_eq!(promote(&mut schedule, 10), [(1, 10)]);
        // One that is scheduled meanwhile may not be in what is being read.
        schedule.add(upcoming(4, 40));
        schedule.refill(vec![upcoming(3, 30)], at(3_600), 100);
        assert_eq!(schedule.len(), 2, "the second one was withdrawn");
        assert_eq!(promote(&mut schedule, 40), [(3, 30), (4, 40)]);
    }

    #[test]
    fn one_that_was_withdrawn_raises_nothing() {
        let mut schedule = covering(vec![upcoming(1, 10), upcoming(2, 10)]);
        schedule.forget(QueueId::new(1));
        assert_eq!(promote(&mut schedule, 10), [(2, 10)]);
    }

    #[test]
    fn a_command_that_is_reported_late_is_never_promoted_twice() {
        let mut schedule = covering(vec![upcoming(1, 10)]);
        let (order, fences) = (OrderClock::new(), Fences::new());
        schedule.promote_due(at(10), LATE, &order, &fences);
        schedule.refill(vec![upcoming(1, 10)], at(3_600), 100);
        assert_eq!(schedule.len(), 0, "not while the store does not know of it");
        let promoted = schedule.promoted();
        schedule.stored(&promoted);
        schedule.add(upcoming(1, 10));
        assert_eq!(schedule.len(), 0, "and not afterwards");
    }

    #[test]
    fn what_is_beyond_the_horizon_is_left_to_the_store() {
        let mut schedule = covering(Vec::new());
        schedule.add(upcoming(1, 3_600));
        assert_eq!(schedule.len(), 0);
        schedule.add(upcoming(2, 3_599));
        assert_eq!(schedule.next_due(), Some(at(3_599)));
    }

    #[test]
    fn more_is_read_before_the_horizon_or_before_what_comes_next() {
        let schedule = covering(Vec::new());
        let lead = Duration::from_secs(60);
        assert_eq!(schedule.refill_at(at(10), lead), at(3_540));
        assert_eq!(schedule.refill_at(at(9_000), lead), at(8_940));
    }

    #[test]
    fn a_full_answer_covers_only_as_far_as_it_goes() {
        let mut schedule = Schedule::default();
        schedule.refill(vec![upcoming(1, 10), upcoming(2, 20)], at(3_600), 2);
        assert_eq!(schedule.refill_at(at(10), Duration::ZERO), at(20));
    }
}
