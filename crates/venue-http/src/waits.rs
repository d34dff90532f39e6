//! What a command waits for, and until when, in words for people: the same ones in its answer and in `why`.

use venue_api::UtcTime;
use venue_domain::{
    Clock, CommandRecord, Hostname, Patience, Presence, Timestamp, WaitsFor, WallOffset,
};

use crate::app::{App, Site};

/// What is so at the moment at which a waiting command is told about.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    pub(crate) wall: WallOffset,
    pub(crate) is_paused: bool,
    /// Its device; `None` where it is not registered any more.
    pub(crate) presence: Option<Presence>,
}

impl Moment {
    pub(crate) fn of<S: Site>(app: &App<S>, device: &Hostname) -> Self {
        use venue_domain::QueueControl;

        let status = app.router.status(device.as_str()).ok();
        Self {
            now: app.router.clock().now(),
            wall: app.wall(),
            is_paused: app.queue.control.is_paused(),
            presence: status.map(|status| status.snapshot.presence),
        }
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
        let until = at.shown(self.patience.until);
        let given_up = format!("if its device stays away it is given up at about {until}");
        let held = match (self.waits_for, at.is_paused) {
            (WaitsFor::Schedule(due), false) => {
                return format!("it waits for its time, {}", at.shown(due));
            }
            (WaitsFor::Schedule(due), true) => {
                let due = at.shown(due);
                return format!("it waits for its time, {due}, and the queue is paused");
            }
            (_, true) => {
                let over = at.shown(self.expires_at);
                return format!(
                    "the queue is paused and it is sent once that is resumed, unless its life is over \
                     by then, at {over}"
                );
            }
            (WaitsFor::Deferral(due), false) => {
                ("work that the venue asks for is put off and it may be sent", due)
            }
            // It is put back until then, and sent once its device is there.
            (WaitsFor::Rest(due), false) => {
                if let Some(away) = self.away(at) {
                    let due = at.shown(due);
                    return format!("{away}, no attempt is counted before {due}, and {given_up}");
                }
                ("its port has to rest (after a power-on or a channel) and it may be sent", due)
            }
            (WaitsFor::NextAttempt(due), false) => ("it may be tried", due),
            (WaitsFor::Turn, false) => {
                return match self.away(at) {
                    Some(away) => format!("{away}, and {given_up}"),
                    None => "it is sent when its turn comes".to_owned(),
                };
            }
        };
        let (what, due) = held;
        format!("{what} from {} on, and {given_up}", at.shown(due))
    }

    /// That its device is not there, where it is not.
    fn away(&self, at: &Moment) -> Option<String> {
        let device = self.device;
        let away = match &at.presence {
            Some(Presence::Online { .. }) | None => return None,
            Some(Presence::Connecting { .. }) => "is being connected",
            Some(Presence::Offline { .. }) => "is offline",
            Some(Presence::Misconfigured { .. }) => "needs an admin",
        };
        Some(format!("{device} {away} and it is sent as soon as that is back"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_790_000_000_000);

    fn words(waits_for: WaitsFor, is_paused: bool, presence: Option<Presence>) -> String {
        let device = "ir-1".parse().unwrap();
        let patience = Patience { attempts: 3, until: NOW.plus(Duration::from_secs(6)) };
        let expires_at = NOW.plus(Duration::from_secs(30));
        let waits = Waits { device: &device, waits_for, patience, expires_at };
        waits.words(&Moment { now: NOW, wall: WallOffset::default(), is_paused, presence })
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
}
