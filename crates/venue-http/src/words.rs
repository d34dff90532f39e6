//! What became of a command, in sentences for people.
//!
//! "Delivered" says that the device took it, never that the TV changed; "unknown" says that it may
//! have been sent and is not repeated.

use std::time::Duration;

use venue_api::UtcTime;
use venue_domain::{Evidence, NotSent, Outcome, PortId, Presence, Refused, Unknown};

use crate::waits::{Moment, Waits, needs_an_admin};

pub(crate) fn delivered(evidence: Evidence) -> String {
    let how = match evidence {
        Evidence::Reply => "the device replied",
        Evidence::InfraredComplete => "the device has sent the infrared signal",
        Evidence::PingBarrier => "the device took it",
    };
    format!("delivered: {how}")
}

pub(crate) fn refused(target: &PortId, refused: &Refused) -> String {
    let device = &target.device;
    match refused {
        Refused::NotAdvertised { service } => {
            format!(
                "{device} does not offer the action {service}: its YAML needs one of this name under \
                 `api: actions:`"
            )
        }
        Refused::ArgumentsDoNotFit { service, misfit } => {
            format!("the action {service} of {device} {misfit}")
        }
        Refused::CannotDrive { cause } => format!("{target} cannot be sent this: {cause}"),
        Refused::ByDevice { words } => format!("{device} refused it: {words}"),
    }
}

pub(crate) fn not_sent(target: &PortId, reason: NotSent) -> String {
    format!("{}: nothing was sent", why_not_sent(target, reason))
}

fn why_not_sent(target: &PortId, reason: NotSent) -> String {
    let device = &target.device;
    match reason {
        NotSent::Offline => format!("{device} is offline"),
        NotSent::Misconfigured => {
            format!("{device} needs an admin: its key, encryption or identity is not as configured")
        }
        NotSent::Unconfirmed => {
            format!("{device} has not answered since an earlier command of unknown outcome")
        }
        NotSent::LaneBusy => format!("{device} was busy with other commands"),
        NotSent::LaneFull => format!("too many commands wait for {device}"),
        NotSent::NotBefore { wait } => {
            let seconds = whole_seconds(wait);
            format!(
                "the TV at {target} is not ready for another {seconds} s after a power-on or a channel"
            )
        }
        NotSent::Stalled => format!("the connection to {device} accepted no data"),
        NotSent::Stopping => "the service is stopping".to_owned(),
    }
}

pub(crate) fn unknown(target: &PortId, unknown: Unknown) -> String {
    let why = match unknown {
        Unknown::Partly { delivered, of } => {
            let device = &target.device;
            return format!(
                "{delivered} of {of} presses were delivered to {device}, and the next one may have been sent: \
                 nothing is repeated"
            );
        }
        Unknown::NoEvidence => "no confirmation came in time",
        Unknown::SessionLost => "the connection was lost before a confirmation",
    };
    let device = &target.device;
    format!("the command may have been sent to {device} and is not repeated: {why}")
}

/// That it may have been sent, and was replaced before that was known.
pub(crate) fn overtaken(target: &PortId, unknown: Unknown) -> String {
    let sent = self::unknown(target, unknown);
    format!("{sent}, and a newer command has replaced it since")
}

/// That it may wait, and until when.
pub(crate) fn perhaps_queued(
    target: &PortId,
    first_try: Option<&Outcome>,
    until: UtcTime,
) -> String {
    let sent = match first_try {
        Some(Outcome::Unknown(_)) => "it may have been sent to",
        Some(Outcome::NotSent(_) | Outcome::Delivered(_) | Outcome::Refused(_)) | None => {
            "nothing was sent yet to"
        }
    };
    let device = &target.device;
    format!(
        "the store did not confirm that it stored the command: {sent} {device}, and it may be sent until \
         {until}; do not repeat it; ask for its status by its command_id"
    )
}

/// That it waits, why it was not delivered at once, and for what and how long: nobody is to wait for what was
/// given up.
pub(crate) fn queued(
    target: &PortId,
    first_try: Option<&Outcome>,
    waits: &Waits<'_>,
    at: &Moment,
) -> String {
    let device = &target.device;
    let why = match first_try {
        Some(Outcome::NotSent(NotSent::Misconfigured)) => match &at.presence {
            Some(Presence::Misconfigured { cause, .. }) => {
                format!("{device} {}", needs_an_admin(cause))
            }
            Some(
                Presence::Online { .. } | Presence::Connecting { .. } | Presence::Offline { .. },
            )
            | None => format!("{device} needs an admin"),
        },
        Some(Outcome::NotSent(reason)) => why_not_sent(target, *reason),
        Some(Outcome::Unknown(Unknown::NoEvidence | Unknown::Partly { .. })) => {
            format!("{device} did not answer in time, although the command may have reached it")
        }
        Some(Outcome::Unknown(Unknown::SessionLost)) => {
            format!("the connection to {device} was lost, although the command may have reached it")
        }
        Some(Outcome::Delivered(_) | Outcome::Refused(_)) | None => {
            return format!("queued: {}", waits.words(at));
        }
    };
    if at.is_paused {
        return format!("{why}: queued; {}", waits.words(at));
    }
    let attempts = waits.patience.attempts;
    let times =
        if attempts == 1 { "once more".to_owned() } else { format!("{attempts} more times") };
    let is_away =
        matches!(first_try, Some(Outcome::NotSent(NotSent::Offline | NotSent::Misconfigured)));
    if let Some(waited) = waits.device_until(at).filter(|_| is_away) {
        if attempts == 0 {
            let until = at.shown(waits.patience.until);
            return format!(
                "{why}: queued; it is sent as soon as its device is back and given up at {until} \
                 (wait_for_device)"
            );
        }
        let (waited, until) = (at.shown(waited), at.shown(waits.patience.until));
        return format!(
            "{why}: queued, not tried before {waited} (wait_for_device) unless its device is back, then \
             tried {times} and given up at about {until}"
        );
    }
    let lasts = waits.patience.until.unix_ms().saturating_sub(at.now.unix_ms());
    let seconds = about_seconds(Duration::from_millis(u64::try_from(lasts).unwrap_or(0)));
    format!("{why}: queued, tried {times} within about {seconds} s and then given up")
}

pub(crate) fn superseded(target: &PortId) -> String {
    format!("a newer command for {target} replaced it while it waited: nothing was sent")
}

/// Seconds as they are told to wait: rounded up, never 0.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1)
}

/// Seconds of what takes about so long, since its waits are not all the same: rounded, never 0.
fn about_seconds(duration: Duration) -> u64 {
    (duration.as_millis().saturating_add(500) / 1_000).try_into().unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use venue_domain::{Patience, Timestamp, WaitsFor, WallOffset, WallTime};

    use super::*;

    #[test]
    fn a_wait_is_rounded_up_and_never_zero() {
        let table = [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (8_000, 8)];
        for (ms, seconds) in table {
            assert_eq!(whole_seconds(Duration::from_millis(ms)), seconds, "{ms} ms");
        }
        assert_eq!(whole_seconds(Duration::MAX), u64::MAX);
        for (ms, seconds) in [(0, 1), (13_600, 14), (14_400, 14), (14_500, 15)] {
            assert_eq!(about_seconds(Duration::from_millis(ms)), seconds, "{ms} ms");
        }
    }

    #[test]
    fn what_waits_says_how_long_it_is_tried() {
        let target: PortId = "ir-1/2".parse().unwrap();
        let now = Timestamp::from_unix_ms(1_000);
        let queued = |first_try: Option<&Outcome>, attempts, ms: i64, is_paused| {
            let until = Timestamp::from_unix_ms(1_000 + ms);
            let (waits_for, patience) =
                (WaitsFor::Turn, Patience { attempts, waits_until: None, until });
            let waits = Waits { device: &target.device, waits_for, patience, expires_at: until };
            let wall = WallOffset::default();
            queued(
                &target,
                first_try,
                &waits,
                &Moment { now, wall, is_paused, presence: None, rests_until: None },
            )
        };
        let offline = Outcome::NotSent(NotSent::Offline);
        assert_eq!(
            queued(Some(&offline), 3, 13_990, false),
            "ir-1 is offline: queued, tried 3 more times within about 14 s and then given up"
        );
        let once = queued(Some(&offline), 1, 2_000, false);
        assert!(once.ends_with("tried once more within about 2 s and then given up"), "{once}");
        let silent = Outcome::Unknown(Unknown::NoEvidence);
        let text = queued(Some(&silent), 3, 14_000, false);
        let why = "ir-1 did not answer in time, although the command may have reached it";
        assert!(text.starts_with(&format!("{why}: queued, tried 3")), "{text}");
        let paused = queued(Some(&silent), 3, 14_000, true);
        assert!(paused.starts_with(&format!("{why}: queued; the queue is paused")), "{paused}");
        assert_eq!(queued(None, 3, 14_000, false), "queued: it is sent when its turn comes");
        let waits = |attempts| Waits {
            device: &target.device,
            waits_for: WaitsFor::NextAttempt(now),
            patience: Patience {
                attempts,
                waits_until: Some(Timestamp::from_unix_ms(9_000)),
                until: Timestamp::from_unix_ms(11_000),
            },
            expires_at: Timestamp::from_unix_ms(11_000),
        };
        let wall = WallOffset::default();
        let moment = Moment { now, wall, is_paused: false, presence: None, rests_until: None };
        assert_eq!(
            super::queued(&target, Some(&offline), &waits(1), &moment),
            "ir-1 is offline: queued, not tried before 1970-01-01T00:00:09Z (wait_for_device) unless its \
             device is back, then tried once more and given up at about 1970-01-01T00:00:11Z"
        );
        assert_eq!(
            super::queued(&target, Some(&offline), &waits(0), &moment),
            "ir-1 is offline: queued; it is sent as soon as its device is back and given up at \
             1970-01-01T00:00:11Z (wait_for_device)"
        );
    }

    /// Where nothing was sent, nobody waited for an answer to it.
    #[test]
    fn what_is_queued_says_why_it_was_not_delivered_at_once() {
        let target: PortId = "ir-1/2".parse().unwrap();
        let now = Timestamp::from_unix_ms(1_000);
        let until = now.plus(Duration::from_secs(14));
        let patience = Patience { attempts: 3, waits_until: None, until };
        let waits = Waits {
            device: &target.device,
            waits_for: WaitsFor::Turn,
            patience,
            expires_at: until,
        };
        let wall = WallOffset::default();
        let moment = Moment { now, wall, is_paused: false, presence: None, rests_until: None };
        let not_sent = Outcome::NotSent;
        let table = [
            (not_sent(NotSent::Offline), "ir-1 is offline: queued"),
            (
                not_sent(NotSent::Unconfirmed),
                "ir-1 has not answered since an earlier command of unknown outcome: queued",
            ),
            (not_sent(NotSent::LaneBusy), "ir-1 was busy with other commands: queued"),
            (not_sent(NotSent::LaneFull), "too many commands wait for ir-1: queued"),
            (
                not_sent(NotSent::NotBefore { wait: Duration::from_secs(8) }),
                "the TV at ir-1/2 is not ready for another 8 s after a power-on or a channel: queued",
            ),
            (not_sent(NotSent::Stalled), "the connection to ir-1 accepted no data: queued"),
            (
                Outcome::Unknown(Unknown::SessionLost),
                "the connection to ir-1 was lost, although the command may have reached it: queued",
            ),
        ];
        for (first_try, why) in table {
            let text = queued(&target, Some(&first_try), &waits, &moment);
            assert!(text.starts_with(why), "{text}");
        }
    }

    #[test]
    fn what_was_not_sent_says_so_and_what_is_unknown_does_not() {
        let target: PortId = "ir-1/2".parse().unwrap();
        let reasons = [
            NotSent::Offline,
            NotSent::Misconfigured,
            NotSent::Unconfirmed,
            NotSent::LaneBusy,
            NotSent::LaneFull,
            NotSent::NotBefore { wait: Duration::from_secs(3) },
            NotSent::Stalled,
            NotSent::Stopping,
        ];
        for reason in reasons {
            assert!(not_sent(&target, reason).ends_with("nothing was sent"));
        }
        for reason in [Unknown::NoEvidence, Unknown::SessionLost] {
            let text = unknown(&target, reason);
            assert!(text.contains("may have been sent") && text.contains("not repeated"));
            let overtaken = overtaken(&target, reason);
            assert!(
                overtaken.contains("may have been sent") && overtaken.contains("newer command")
            );
            assert!(!overtaken.contains("nothing was sent"), "{overtaken}");
        }
        let partly = unknown(&target, Unknown::Partly { delivered: 3, of: 5 });
        assert!(partly.contains("3 of 5 presses were delivered to ir-1"), "{partly}");
        let until = UtcTime(WallTime::from_unix_ms(1_790_000_000_000));
        let silent = Outcome::Unknown(Unknown::NoEvidence);
        let sent = perhaps_queued(&target, Some(&silent), until);
        assert!(
            !sent.contains("nothing was sent") && sent.contains("2026-09-21T14:13:20Z"),
            "{sent}"
        );
        assert!(perhaps_queued(&target, None, until).contains("nothing was sent yet"));
    }
}
