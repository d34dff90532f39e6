//! What a command waits for, and until when, in words for people: the same ones in its answer and in `why`.

use venue_api::UtcTime;
use venue_domain::{
    Action, Clock, CommandRecord, Hostname, Misconfigured, Patience, PortId, Presence, Timestamp,
    WaitsFor, WallOffset,
};

use crate::app::{App, AppTypes};

/// What is so at the moment at which a waiting command is told about.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    pub(crate) wall: WallOffset,
    pub(crate) is_paused: bool,
    /// Its device; `None` where it is not registered any more.
    pub(crate) presence: Option<Presence>,
    /// Until when its port takes no channel, where it is one.
    pub(crate) rests_until: Option<Timestamp>,
}

impl Moment {
    pub(crate) fn of<S: AppTypes>(app: &App<S>, target: &PortId, action: &Action) -> Self {
        use venue_domain::QueueControl;

        let status = app.router.status(&target.device).ok();
        let (clock, is_channel) = (app.router.clock(), matches!(action, Action::Channel(_)));
        let (now, instant) = (clock.now(), clock.instant());
        let mut rests = status.iter().flat_map(|status| &status.snapshot.lane.resting);
        let rest = rests.find(|rest| is_channel && rest.port == target.port);
        let left = rest.and_then(|rest| rest.until.checked_duration_since(instant));
        Self {
            now,
            wall: app.wall(),
            is_paused: app.queue.control.is_paused(),
            presence: status.map(|status| status.snapshot.presence),
            rests_until: left.filter(|left| !left.is_zero()).map(|left| now.plus(left)),
        }
    }

    /// The same where nothing waits, for which nothing of its device is to be told.
    pub(crate) fn ended<S: AppTypes>(app: &App<S>) -> Self {
        use venue_domain::QueueControl;

        let is_paused = app.queue.control.is_paused();
        Self { now: app.now(), wall: app.wall(), is_paused, presence: None, rests_until: None }
    }

    /// Until about when something of this `patience` is tried; `None` while nothing is.
    pub(crate) fn tried_until(&self, patience: Patience) -> Option<UtcTime> {
        (!self.is_paused).then(|| self.shown(patience.until))
    }

    pub(crate) fn shown(&self, at: Timestamp) -> UtcTime {
        UtcTime(self.wall.shown(at))
    }
}

/// A command that waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waits<'a> {
    pub(crate) device: &'a Hostname,
    pub(crate) waits_for: WaitsFor,
    pub(crate) patience: Patience,
    pub(crate) expires_at: Timestamp,
}

impl<'a> Waits<'a> {
    /// A pending command as it is stored.
    pub(crate) fn stored(record: &'a CommandRecord, now: Timestamp) -> Self {
        Self {
            device: &record.target.device,
            waits_for: record.waits_for(now),
            patience: record.patience(now),
            expires_at: record.expires_at,
        }
    }

    /// What it waits for, and until when, as a part of a sentence.
    pub(crate) fn words(&self, at: &Moment) -> String {
        if at.is_paused { self.held_up(at) } else { self.under_way(at) }
    }

    /// What it waits for, with what its lane knows and the store does not: that the port rests.
    fn seen_from(&self, at: &Moment) -> WaitsFor {
        match (self.waits_for, at.rests_until) {
            (WaitsFor::Turn, Some(until)) => WaitsFor::Rest(until),
            (as_stored, _) => as_stored,
        }
    }

    fn under_way(&self, at: &Moment) -> String {
        let (what, due) = match (self.seen_from(at), self.away(at)) {
            (WaitsFor::Schedule(due), _) => {
                return format!("it waits for its time, {}", at.shown(due));
            }
            (WaitsFor::Deferral(due), _) => {
                let (due, given_up) = (at.shown(due), self.given_up(at));
                return format!("it is sent at {due} at the earliest ({DEFERRED}), and {given_up}");
            }
            // Its device alone is waited for: an attempt that is due before is none.
            (WaitsFor::Rest(_) | WaitsFor::NextAttempt(_), Some(away))
                if self.device_until(at).is_some() =>
            {
                return format!("{away}{BACK}, and {}", self.given_up(at));
            }
            // It is put back until then, and sent once its device is there.
            (WaitsFor::Rest(due), Some(away)) => {
                let (due, given_up) = (at.shown(due), self.given_up(at));
                return format!("{away}{BACK}, no attempt is counted before {due}, and {given_up}");
            }
            (WaitsFor::Rest(due), None) => {
                ("its port pauses (after a power-on or a channel) and it may be sent", due)
            }
            (WaitsFor::NextAttempt(due), _) => ("it may be tried", due),
            (WaitsFor::Turn, Some(away)) => {
                return format!("{away}{BACK}, and {}", self.given_up(at));
            }
            (WaitsFor::Turn, None) => return "it is sent when its turn comes".to_owned(),
        };
        format!("{what} from {} on, and {}", at.shown(due), self.given_up(at))
    }

    /// What holds it up beside the pause. Nothing is tried meanwhile: what ends it is the end of its life.
    fn held_up(&self, at: &Moment) -> String {
        let beside = match (self.seen_from(at), self.away(at)) {
            (WaitsFor::Schedule(due), _) => {
                let due = at.shown(due);
                return format!("it waits for its time, {due}, and the queue is paused");
            }
            (WaitsFor::Deferral(due), _) => {
                Some(format!("{DEFERRED}, and this one is not sent before {}", at.shown(due)))
            }
            (WaitsFor::Rest(_) | WaitsFor::NextAttempt(_) | WaitsFor::Turn, Some(away)) => {
                Some(away)
            }
            (WaitsFor::Rest(due), None) => Some(format!(
                "its port pauses (after a power-on or a channel) until {}",
                at.shown(due)
            )),
            (WaitsFor::NextAttempt(due), None) => {
                Some(format!("its next attempt is not before {}", at.shown(due)))
            }
            (WaitsFor::Turn, None) => None,
        };
        let over = at.shown(self.expires_at);
        let unless = format!("unless it expires before, at {over}");
        match beside {
            Some(beside) => {
                format!("{beside}, and the queue is paused: it is sent after both, {unless}")
            }
            None => format!("the queue is paused: it is sent once that is resumed, {unless}"),
        }
    }

    /// When it is given up if its device stays away.
    fn given_up(&self, at: &Moment) -> String {
        let until = at.shown(self.patience.until);
        if let Some(waited) = self.device_until(at) {
            if self.patience.attempts == 0 {
                return format!(
                    "if its device stays away it is given up at {until} (wait_for_device)"
                );
            }
            let waited = at.shown(waited);
            return format!(
                "if its device stays away it is not tried before {waited} (wait_for_device) and given up \
                 at about {until}"
            );
        }
        match self.waits_for {
            WaitsFor::Deferral(due) | WaitsFor::Rest(due) | WaitsFor::NextAttempt(due)
                if due == self.patience.until =>
            {
                "if its device is away then it is given up".to_owned()
            }
            WaitsFor::Schedule(_)
            | WaitsFor::Deferral(_)
            | WaitsFor::Rest(_)
            | WaitsFor::NextAttempt(_)
            | WaitsFor::Turn => {
                format!("if its device stays away it is given up at about {until}")
            }
        }
    }

    /// Until when its device is waited for, while it is.
    pub(crate) fn device_until(&self, at: &Moment) -> Option<Timestamp> {
        self.patience.waits_until.filter(|until| *until > at.now)
    }

    /// That its device is not there, where it is not.
    fn away(&self, at: &Moment) -> Option<String> {
        let away = match &at.presence {
            Some(Presence::Online { .. }) | None => return None,
            Some(Presence::Connecting { .. }) => "is being connected".to_owned(),
            Some(Presence::Offline { .. }) => "is offline".to_owned(),
            Some(Presence::Misconfigured { cause, .. }) => needs_an_admin(cause),
        };
        Some(format!("{} {away}", self.device))
    }
}

/// Why a command of the venue itself is not sent at once.
const DEFERRED: &str = "checks of a board are sent after people's commands";

/// What follows that a device is away.
const BACK: &str = " and it is sent as soon as that is back";

/// That a device needs an admin, and what for.
pub(crate) fn needs_an_admin(cause: &Misconfigured) -> String {
    let what = match cause {
        Misconfigured::WrongKey => "its key is not the configured one".to_owned(),
        Misconfigured::EncryptionRequired => "it wants a key and none is configured".to_owned(),
        Misconfigured::EncryptionNotOffered => {
            "a key is configured and it speaks plaintext".to_owned()
        }
        Misconfigured::WrongDevice { found } => format!("another device answers, {found}"),
        Misconfigured::NoIdentity => "it tells no MAC address".to_owned(),
        Misconfigured::Flooding => "it sends far too much".to_owned(),
        Misconfigured::Incompatible { found } => format!("its protocol does not fit, {found}"),
    };
    format!("needs an admin ({}: {what})", cause.name())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_790_000_000_000);

    fn words(waits_for: WaitsFor, is_paused: bool, presence: Option<Presence>) -> String {
        told(waits_for, is_paused, presence, (6, None))
    }

    /// As `words`, of what is given up after so many seconds, and waits so many for its device.
    fn told(
        waits_for: WaitsFor,
        is_paused: bool,
        presence: Option<Presence>,
        (until_s, device_s): (u64, Option<u64>),
    ) -> String {
        let device_until = device_s.map(|seconds| NOW.plus(Duration::from_secs(seconds)));
        let device = "ir-1".parse().unwrap();
        let until = NOW.plus(Duration::from_secs(until_s));
        // Of one that waits for its device longer than it lives, no attempt is left.
        let attempts = if device_s == Some(until_s) { 0 } else { 3 };
        let patience = Patience { attempts, waits_until: device_until, until };
        let expires_at = NOW.plus(Duration::from_secs(30));
        let waits = Waits { device: &device, waits_for, patience, expires_at };
        let wall = WallOffset::default();
        waits.words(&Moment { now: NOW, wall, is_paused, presence, rests_until: None })
    }

    #[test]
    fn each_wait_has_words_of_its_own_and_an_end() {
        let due = NOW.plus(Duration::from_secs(2));
        let each = [
            WaitsFor::Schedule(due),
            WaitsFor::Deferral(due),
            WaitsFor::Rest(due),
            WaitsFor::NextAttempt(due),
            WaitsFor::Turn,
        ];
        let said: std::collections::HashSet<_> =
            each.into_iter().map(|one| words(one, false, None)).collect();
        assert_eq!(said.len(), each.len());
        let timed = said.iter().filter(|words| words.contains("2026-09-21T14:13:22Z"));
        assert_eq!(timed.count(), 4, "{said:?}");
        for one in each {
            assert!(words(one, true, None).contains("the queue is paused"), "{one:?}");
        }
    }

    #[test]
    fn what_is_due_waits_for_a_device_that_is_away() {
        let since = Duration::from_secs(5);
        let online = words(WaitsFor::Turn, false, Some(Presence::Online { since }));
        assert_eq!(online, "it is sent when its turn comes");
        let away = words(WaitsFor::Turn, false, Some(Presence::Connecting { since }));
        assert_eq!(
            away,
            "ir-1 is being connected and it is sent as soon as that is back, and if its device stays \
             away it is given up at about 2026-09-21T14:13:26Z"
        );
    }

    fn offline() -> Option<Presence> {
        let (since, next_try) = (Duration::from_secs(5), Duration::from_secs(1));
        Some(Presence::Offline { since, cause: "refused".to_owned(), next_try })
    }

    #[test]
    fn a_device_that_is_waited_for_is_told_by_the_name_of_the_wish() {
        let due = NOW.plus(Duration::from_secs(2));
        for waits_for in [WaitsFor::NextAttempt(due), WaitsFor::Rest(due), WaitsFor::Turn] {
            assert_eq!(
                told(waits_for, false, offline(), (32, Some(20))),
                "ir-1 is offline and it is sent as soon as that is back, and if its device stays away it \
                 is not tried before 2026-09-21T14:13:40Z (wait_for_device) and given up at about \
                 2026-09-21T14:13:52Z"
            );
        }
        assert_eq!(
            told(WaitsFor::Turn, false, offline(), (30, Some(30))),
            "ir-1 is offline and it is sent as soon as that is back, and if its device stays away it is \
             given up at 2026-09-21T14:13:50Z (wait_for_device)"
        );
    }

    #[test]
    fn a_pause_hides_nothing_else_that_holds_it_up() {
        let due = NOW.plus(Duration::from_secs(2));
        let pause = "and the queue is paused: it is sent after both, unless it expires before, at \
                     2026-09-21T14:13:50Z";
        for (waits_for, presence, beside) in [
            (
                WaitsFor::Deferral(due),
                None,
                "checks of a board are sent after people's commands, and this one is not sent before",
            ),
            (WaitsFor::Rest(due), None, "its port pauses (after a power-on or a channel) until"),
            (WaitsFor::NextAttempt(due), None, "its next attempt is not before"),
        ] {
            let told = words(waits_for, true, presence);
            assert_eq!(told, format!("{beside} 2026-09-21T14:13:22Z, {pause}"));
        }
        for waits_for in [WaitsFor::Turn, WaitsFor::NextAttempt(due)] {
            assert_eq!(words(waits_for, true, offline()), format!("ir-1 is offline, {pause}"));
        }
        assert!(
            words(WaitsFor::Turn, true, None).starts_with("the queue is paused: it is sent once")
        );
    }

    #[test]
    fn what_is_tried_once_is_not_told_one_instant_twice() {
        let due = NOW.plus(Duration::from_secs(30));
        assert_eq!(
            told(WaitsFor::Deferral(due), false, None, (30, None)),
            "it is sent at 2026-09-21T14:13:50Z at the earliest (checks of a board are sent after people's \
             commands), and if its device is away then it is given up"
        );
    }

    #[test]
    fn an_admin_who_is_needed_is_told_what_for() {
        let cause = Misconfigured::WrongDevice { found: "ir-000001".to_owned() };
        let presence = Presence::Misconfigured { since: Duration::ZERO, cause };
        let told = words(WaitsFor::Turn, false, Some(presence));
        let start =
            "ir-1 needs an admin (wrong_device: another device answers, ir-000001) and it is sent";
        assert!(told.starts_with(start), "{told}");
    }
}
