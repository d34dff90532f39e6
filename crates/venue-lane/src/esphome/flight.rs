//! What is sent for one command: one press or several, each of which must be taken before the next one goes.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use esphome_pool::{Call, CallRequest, EvidenceWanted, Guard};
use tokio::time::{Instant, sleep_until};
use venue_domain::{Action, Evidence, NotSent, Outcome, TimingProfile, Unknown};

use super::{
    link::Link,
    outcome::outcome_of,
    toggle::{ToggleUse, Toggles},
};
use crate::{start_permit::StartGuard, wire::SendReport};

/// What is sent for one command, on one session.
#[derive(Debug)]
pub struct Flight {
    pub(super) epoch: u64,
    pub(super) first: Press,
    /// What follows it; mostly nothing.
    pub(super) rest: Vec<Press>,
    /// The toggle bits in it, if any press has one.
    pub(super) toggle: Option<ToggleUse>,
    /// What its presses are to one another.
    pub(super) kind: FlightKind,
}

/// What the presses of a flight are to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlightKind {
    /// They make a whole: half of them is something else. For so long after a press the appliance waits for the next
    /// one (the entry gap).
    Whole {
        /// The entry gap.
        entry_gap: Duration,
    },
    /// The same key again and again: each press counts for itself.
    Repeated,
}

impl FlightKind {
    /// That of `action` on a port with `profile`.
    pub(super) const fn of(action: &Action, profile: &TimingProfile) -> Self {
        if matches!(action, Action::Steps(..)) {
            Self::Repeated
        } else {
            Self::Whole { entry_gap: profile.entry_gap }
        }
    }
}

/// One request to the board, and what shows that it was taken.
#[derive(Debug)]
pub(super) struct Press {
    pub(super) request: CallRequest,
    pub(super) evidence: EvidenceWanted,
    /// How long the transmitter is busy with it; `None` if only the timing profile says.
    pub(super) air_time: Option<Duration>,
    /// The pause behind it, before the next press.
    pub(super) pause: Duration,
    /// The toggle bit that it begins with, if its key has one.
    pub(super) toggle: Option<bool>,
}

impl Flight {
    /// Sends press by press, and stops at the first that was not delivered: what follows would be half a
    /// channel, or more steps than anybody could tell. Only the first press asks the guard, for the same reason.
    pub(super) async fn send<L: Link>(
        self,
        link: &L,
        toggles: &Arc<Toggles>,
        guard: StartGuard,
        deadline: Instant,
    ) -> SendReport {
        let Self { epoch, first, rest, toggle, kind } = self;
        let (mut pause, mut delivered, of) = (first.pause, 0, rest.len().saturating_add(1));
        let mut bits = ToggleBits::new(toggle, toggles, &first, &rest);
        let guard = bits.guarded(guard);
        let (mut report, _) = transmit(link, epoch, first, Some(guard), deadline).await;
        bits.ended(&report);
        for press in rest {
            let SendReport::Ended { outcome: Outcome::Delivered(_), busy } = report else {
                return kind.stopped(report, delivered, of);
            };
            delivered += 1;
            let next = Instant::now() + busy.unwrap_or_default() + pause;
            if next >= deadline {
                // The lane begins nothing that it has no time for; but a board may be slow.
                let outcome = Outcome::Unknown(Unknown::NoEvidence);
                return kind.stopped(SendReport::Ended { outcome, busy }, delivered, of);
            }
            sleep_until(next).await;
            let next_pause = press.pause;
            let (sent, late) = transmit(link, epoch, press, None, deadline).await;
            bits.ended(&sent);
            report = begun_before(sent);
            if kind.is_torn(pause + late) && is_delivered(&report) {
                return Outcome::Unknown(Unknown::NoEvidence).into();
            }
            pause = next_pause;
        }
        if let (Some(toggle), true) = (toggle, is_delivered(&report)) {
            toggles.delivered(&toggle);
        }
        kind.stopped(report, delivered, of)
    }
}

impl FlightKind {
    /// The pause between two presses.
    pub(super) const fn gap(self, profile: &TimingProfile) -> Duration {
        match self {
            Self::Whole { .. } => profile.digit_gap,
            Self::Repeated => profile.command_gap,
        }
    }

    /// Whether so long after a press the appliance may have stopped waiting for the next one: what was typed is
    /// then two halves of a channel, although the board took each press.
    fn is_torn(self, gap: Duration) -> bool {
        match self {
            Self::Whole { entry_gap } => gap > entry_gap.max(LEAST_ENTRY_GAP),
            Self::Repeated => false,
        }
    }

    /// The report of a flight whose last press ended with `report`, after so many were `delivered`.
    fn stopped(self, report: SendReport, delivered: usize, of: usize) -> SendReport {
        match (self, report) {
            (Self::Repeated, SendReport::Ended { outcome: Outcome::Unknown(_), busy })
                if delivered > 0 =>
            {
                // At most twenty.
                let count = |presses: usize| u8::try_from(presses).unwrap_or(u8::MAX);
                let (delivered, of) = (count(delivered), count(of));
                let outcome = Outcome::Unknown(Unknown::Partly { delivered, of });
                SendReport::Ended { outcome, busy }
            }
            (Self::Repeated | Self::Whole { .. }, report) => report,
        }
    }
}

/// The toggle bits of a flight. When it is over, the next press of the port has the bit of the first one that did not
/// leave: a flight that stops has used fewer of them, and with the bit of the last one that left a press is taken for
/// a key that is held.
struct ToggleBits {
    used: Option<ToggleUse>,
    toggles: Arc<Toggles>,
    /// Those of the presses that have not left.
    unsent: VecDeque<Option<bool>>,
    /// Whether the guard let the first press begin.
    begun: Arc<AtomicBool>,
}

impl ToggleBits {
    fn new(used: Option<ToggleUse>, toggles: &Arc<Toggles>, first: &Press, rest: &[Press]) -> Self {
        let unsent = [first].into_iter().chain(rest).map(|press| press.toggle).collect();
        Self { used, toggles: Arc::clone(toggles), unsent, begun: Arc::default() }
    }

    /// The guard of the first press; it also notes that the bits are used from now on.
    fn guarded(&self, guard: StartGuard) -> Guard {
        let Some(used) = self.used else { return Box::new(move || guard.begin()) };
        let (toggles, begun) = (Arc::clone(&self.toggles), Arc::clone(&self.begun));
        Box::new(move || {
            let begins = guard.begin();
            if begins {
                toggles.begun(used);
                begun.store(true, Ordering::Release);
            }
            begins
        })
    }

    /// The next press ended so.
    fn ended(&mut self, report: &SendReport) {
        if may_have_left(report) {
            self.unsent.pop_front();
        }
    }
}

impl Drop for ToggleBits {
    fn drop(&mut self) {
        let Some(used) = self.used.filter(|_| self.begun.load(Ordering::Acquire)) else { return };
        if let Some(next) = self.unsent.iter().find_map(|bit| *bit) {
            self.toggles.stopped(&used, next);
        }
    }
}

/// Whether the appliance may have received a press that ended so.
const fn may_have_left(report: &SendReport) -> bool {
    match report {
        SendReport::Withdrawn => false,
        SendReport::Ended { outcome, .. } => {
            matches!(outcome, Outcome::Delivered(_) | Outcome::Unknown(_))
        }
    }
}

/// Sends one press; also tells how much later it may have left than it was handed over.
async fn transmit<L: Link>(
    link: &L,
    epoch: u64,
    press: Press,
    guard: Option<Guard>,
    deadline: Instant,
) -> (SendReport, Duration) {
    let Press { request, evidence, air_time, .. } = press;
    let deadline = match (evidence, air_time) {
        // A completion that is due for longer does not come any more.
        (EvidenceWanted::InfraredComplete, Some(air_time)) => {
            deadline.min(Instant::now() + air_time + COMPLETION_PATIENCE)
        }
        _ => deadline,
    };
    let report = link.call(Call { request, epoch: Some(epoch), evidence, guard }, deadline).await;
    let late = report.took.saturating_sub(air_time.unwrap_or_default());
    let Some(outcome) = outcome_of(report.end) else { return (SendReport::Withdrawn, late) };
    let complete = outcome == Outcome::Delivered(Evidence::InfraredComplete);
    let busy = if complete { Some(Duration::ZERO) } else { air_time };
    (SendReport::Ended { outcome, busy }, late)
}

/// The report of a press that others of its command went before: that nothing of *it* was sent does not
/// undo them.
fn begun_before(report: SendReport) -> SendReport {
    let lost = Outcome::Unknown(Unknown::SessionLost);
    let silent = Outcome::Unknown(Unknown::NoEvidence);
    match report {
        SendReport::Withdrawn => silent.into(),
        SendReport::Ended { outcome: Outcome::NotSent(reason), busy } => {
            let away =
                matches!(reason, NotSent::Offline | NotSent::Misconfigured | NotSent::Stopping);
            SendReport::Ended { outcome: if away { lost } else { silent }, busy }
        }
        SendReport::Ended { outcome: Outcome::Refused(_), busy } => {
            SendReport::Ended { outcome: silent, busy }
        }
        ended @ SendReport::Ended { .. } => ended,
    }
}

const fn is_delivered(report: &SendReport) -> bool {
    matches!(report, SendReport::Ended { outcome: Outcome::Delivered(_), .. })
}

/// No appliance stops waiting for a digit sooner, whatever the timing profile says.
const LEAST_ENTRY_GAP: Duration = Duration::from_secs(1);

/// How much later than the end of its transmission a completion is believed in.
const COMPLETION_PATIENCE: Duration = Duration::from_secs(2);
