//! What stories told: how much was tried, what the kills hit, what was found.

use std::{collections::BTreeMap, fmt};

use super::{load::Past, run::Stage, stored::Stored};

/// The figures of stories, and their faults.
#[derive(Debug, Default)]
pub(super) struct EventPublisher {
    pub(super) hit: Hit,
    pub(super) wishes: usize,
    pub(super) frames: usize,
    /// Transmissions of boards with infrared entities.
    pub(super) transmissions: usize,
    /// Bulk requests, and those that tried anew or took back.
    batches: usize,
    redone: usize,
    /// Requests that were sent again with their key, and orders about earlier ones.
    repeats: usize,
    orders: usize,
    /// Requests that have a key, and answers whose commands were read straight after them.
    keyed: usize,
    reads: usize,
    /// Answers by code; 0 where there was none.
    answers: BTreeMap<u16, usize>,
    pub(super) faults: Vec<String>,
}

/// What the kills hit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hit {
    pub(super) kills: usize,
    /// Kills of the whole machine, whose clock was wrong afterwards.
    pub(super) reboots: usize,
    /// While the store was opened; before the queue was recovered.
    opening: usize,
    taking_over: usize,
    /// With commands in flight from the queue.
    in_flight: usize,
    /// While a group of changes was written.
    in_commit: usize,
    /// Between a commit and the answer that it was for.
    untold: usize,
    /// How many commands were open, all kills together.
    open: usize,
}

impl Hit {
    /// One more kill, of a daemon that had come to `stage` and left `stored`.
    pub(super) fn note(&mut self, stage: Stage, stored: &Stored, past: &Past) {
        self.kills += 1;
        self.opening += usize::from(stage == Stage::Opening);
        self.taking_over += usize::from(stage == Stage::TakingOver);
        self.in_flight += usize::from(stage == Stage::Serving && stored.in_flight());
        self.in_commit += usize::from(stored.in_commit);
        self.untold += usize::from(stage == Stage::Serving && is_untold(past, stored));
        self.open += stored.open.len();
    }
}

/// Whether something of the last run is stored that nobody was told of.
fn is_untold(past: &Past, stored: &Stored) -> bool {
    let last = past.requests.iter().flat_map(|request| &request.tries).map(|one| one.run).max();
    let unanswered = past.requests.iter().filter(|request| {
        let of_last = request.tries.last().filter(|one| Some(one.run) == last);
        of_last.is_some_and(|one| one.reply.is_none())
    });
    unanswered
        .flat_map(|request| &request.wishes)
        .any(|wish| stored.all().any(|row| row.target == wish.target && row.action == wish.action))
}

impl EventPublisher {
    /// A story that came to no end.
    pub(super) fn failed(fault: String) -> Self {
        Self { faults: vec![fault], ..Self::default() }
    }

    pub(super) fn count(&mut self, past: &Past) {
        let tries = || past.requests.iter().flat_map(|request| &request.tries);
        self.wishes += past.requests.iter().map(|request| request.wishes.len()).sum::<usize>();
        self.batches += past.requests.iter().filter(|request| request.is_bulk()).count();
        self.keyed += past.requests.iter().filter(|request| request.key.is_some()).count();
        self.reads += tries().filter(|one| one.read.is_some()).count();
        self.repeats += tries().count() - past.requests.len();
        self.orders += past.managed.len();
        self.redone += past
            .managed
            .iter()
            .filter(|managed| managed.reply.as_ref().is_some_and(|reply| reply.code == 202))
            .count();
        for one in tries() {
            let code = one.reply.as_ref().map_or(0, |reply| reply.code);
            *self.answers.entry(code).or_default() += 1;
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        let Self { hit, wishes, frames, batches, redone, repeats, orders, keyed, reads, .. } =
            other;
        let Self { answers, faults, transmissions, .. } = other;
        self.hit.kills += hit.kills;
        self.hit.reboots += hit.reboots;
        self.hit.opening += hit.opening;
        self.hit.taking_over += hit.taking_over;
        self.hit.in_flight += hit.in_flight;
        self.hit.in_commit += hit.in_commit;
        self.hit.untold += hit.untold;
        self.hit.open += hit.open;
        self.wishes += wishes;
        self.frames += frames;
        self.transmissions += transmissions;
        self.batches += batches;
        self.redone += redone;
        self.repeats += repeats;
        self.keyed += keyed;
        self.reads += reads;
        self.orders += orders;
        self.faults.extend(faults);
        for (code, count) in answers {
            *self.answers.entry(code).or_default() += count;
        }
    }
}

impl fmt::Display for EventPublisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hit { kills, reboots, opening, taking_over, in_flight, in_commit, untold, open } =
            self.hit;
        let Self { wishes, frames, batches, redone, repeats, orders, keyed, reads, .. } = self;
        let Self { answers, faults, transmissions, .. } = self;
        writeln!(
            f,
            "{kills} kills, of which {reboots} are reboots with a wrong clock: {in_flight} with \
             commands in flight, {in_commit} while a group was written, {untold} between a commit \
             and its answer, {opening} while the store was opened, {taking_over} before the queue \
             was recovered; {open} commands were open"
        )?;
        write!(
            f,
            "{wishes} wishes, {batches} batches and {redone} that tried anew or took back, \
             {keyed} requests with a key, {repeats} repeated, {orders} orders; {frames} frames, \
             {transmissions} of infrared entities; answers {answers:?}, {reads} read straight after; \
             {} faults",
            faults.len()
        )
    }
}
