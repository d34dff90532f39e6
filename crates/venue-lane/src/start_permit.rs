//! The agreement between a caller and its lane on who may still stop a command.
//!
//! A command begins when its first byte is about to leave. Until then the caller may withdraw it;
//! from then on only its outcome ends it. One atomic decides, so the two can never both win.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU8, Ordering},
};

use tokio::time::Instant;
use venue_domain::{Command, Fences, NotSent, Sending};

/// Shared by the caller and the lane.
#[derive(Clone, Debug)]
pub(crate) struct StartPermit(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: AtomicU8,
    reason: AtomicU8,
    /// When its first byte was about to leave.
    began: OnceLock<Instant>,
}

/// Asked by the wire when the first byte of a command is about to leave, not when it is queued somewhere.
#[derive(Debug)]
pub struct StartGuard {
    pub(crate) fences: Arc<Fences>,
    pub(crate) command: Arc<Command>,
    pub(crate) permit: StartPermit,
    pub(crate) is_resend: bool,
}

impl StartGuard {
    /// Whether the command may still be sent: nothing newer has superseded it, and its caller has not
    /// withdrawn it. From then on neither can stop it.
    #[must_use]
    pub fn begin(self) -> bool {
        let Self { fences, command, permit, is_resend } = self;
        let sending = if is_resend { Sending::Again } else { Sending::First };
        fences.begin(&command, sending, || permit.begin())
    }
}

/// What a waiting command waits for; its reason if the deadline passes meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitReason {
    /// Other commands, air time or gaps.
    Lane = 0,
    /// The device owes an answer: an earlier command is unconfirmed.
    Unconfirmed = 1,
}

impl StartPermit {
    pub(crate) fn new() -> Self {
        let state = AtomicU8::new(WAITING);
        let (reason, began) = (AtomicU8::new(WaitReason::Lane as u8), OnceLock::new());
        Self(Arc::new(Shared { state, reason, began }))
    }

    /// The lane's side: the first byte is about to leave. `false` if the caller was faster.
    pub(crate) fn begin(&self) -> bool {
        let begins = self.step(BEGUN);
        if begins {
            self.0.began.get_or_init(Instant::now);
        }
        begins
    }

    /// When its first byte was about to leave; `None` if it was not.
    pub(crate) fn began(&self) -> Option<Instant> {
        self.0.began.get().copied()
    }

    /// The caller's side: the command is not wanted any more. `false` if it has begun.
    pub(crate) fn withdraw(&self) -> bool {
        self.step(WITHDRAWN)
    }

    /// Whether a byte of the command may have left.
    pub(crate) fn has_begun(&self) -> bool {
        self.0.state.load(Ordering::Acquire) == BEGUN
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        self.0.state.load(Ordering::Acquire) == WITHDRAWN
    }

    pub(crate) fn note_wait(&self, reason: WaitReason) {
        self.0.reason.store(reason as u8, Ordering::Relaxed);
    }

    /// Why the command was not sent, should its deadline pass while it waits.
    pub(crate) fn reason(&self) -> NotSent {
        if self.0.reason.load(Ordering::Relaxed) == WaitReason::Unconfirmed as u8 {
            NotSent::Unconfirmed
        } else {
            NotSent::LaneBusy
        }
    }

    fn step(&self, to: u8) -> bool {
        let state = &self.0.state;
        state.compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const WITHDRAWN: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_side_wins() {
        let permit = StartPermit::new();
        assert!(permit.begin());
        assert!(!permit.withdraw());

        let permit = StartPermit::new();
        assert!(permit.withdraw());
        assert!(!permit.begin());
        assert!(permit.is_withdrawn());
    }

    #[test]
    fn the_reason_is_what_it_waited_for_last() {
        let permit = StartPermit::new();
        assert_eq!(permit.reason(), NotSent::LaneBusy);
        permit.note_wait(WaitReason::Unconfirmed);
        assert_eq!(permit.reason(), NotSent::Unconfirmed);
    }
}
