//! Why a command is where it is, in one sentence for people.

use venue_domain::{CommandRecord, CommandWithAttempts, EffectGroup, Evidence, Reason, Status};
use venue_routing::Skip;

use crate::waits::{Moment, Waits};

/// Why the command is where it is: one answer for every command.
pub(crate) fn sentence(account: &CommandWithAttempts, moment: &Moment) -> String {
    let CommandWithAttempts { record, attempts } = account;
    let (action, target) = (&record.action, &record.target);
    let what = format!("{action} for {target}");
    let so_often = times(attempts.len());
    match record.status {
        Status::Pending => format!("{what} {}.", waiting(record, attempts.len(), moment)),
        Status::Processing => format!(
            "{what} is being sent: attempt {} of {}.",
            record.attempts,
            record.max_attempts.number()
        ),
        Status::Completed => {
            let how = match record.evidence {
                Some(Evidence::Reply) => "the device replied",
                Some(Evidence::InfraredComplete) => "the device has sent the infrared signal",
                Some(Evidence::PingBarrier) | None => "the device took it",
            };
            format!("{what} was delivered: {how}; whether the TV changed is not known.")
        }
        Status::Failed if record.reason == Some(Reason::Refused) => {
            let words = record.detail.as_deref().unwrap_or("it does not offer this action");
            format!("{what} was refused by or for the device: {words}.")
        }
        Status::Failed => format!("{what} was tried {so_often}: {}.", last(record)),
        Status::Unknown if record.reason == Some(Reason::Restored) => {
            format!("{what} is not sent: {}.", meaning(Reason::Restored))
        }
        Status::Unknown => {
            format!("{what} may have been sent and is not repeated: {}.", fate(record))
        }
        Status::Expired if record.reason == Some(Reason::UncleanStop) => {
            format!("{what} was dropped: {}.", meaning(Reason::UncleanStop))
        }
        Status::Expired => {
            let at = moment.shown(record.expires_at);
            let tried = match attempts.last() {
                Some(attempt) => {
                    format!("tried {so_often}, the last time: {}", meaning(attempt.reason))
                }
                None => "never tried".to_owned(),
            };
            format!("{what} expired at {at} and was not delivered: {tried}.")
        }
        Status::Superseded => match record.superseded_by {
            Some(newer) => format!("{what} was superseded by the newer command {newer}."),
            None => format!("{what} was superseded by a newer command."),
        },
        Status::Cancelled if record.reason == Some(Reason::DeviceRemoved) => {
            format!("{what} was cancelled: {}.", meaning(Reason::DeviceRemoved))
        }
        Status::Cancelled => format!("{what} was cancelled before it was delivered."),
    }
}

/// Why a command of a batch was not delivered; `None` while that may still come.
pub(crate) fn not_delivered(record: &CommandRecord) -> Option<String> {
    match record.status {
        Status::Completed | Status::Processing => None,
        // Of what waits, why its last attempt came to nothing.
        Status::Pending => record.reason.map(|reason| meaning(reason).to_owned()),
        Status::Failed | Status::Expired | Status::Superseded | Status::Cancelled => {
            Some(last(record))
        }
        Status::Unknown => Some(fate(record)),
    }
}

fn waiting(record: &CommandRecord, tries: usize, moment: &Moment) -> String {
    let next = Waits::stored(record, moment.now).words(moment);
    match record.reason {
        None => format!("waits: {next}"),
        Some(reason) => format!("waits after {}: {}; {next}", tries_of(tries), meaning(reason)),
    }
}

fn last(record: &CommandRecord) -> String {
    let reason = record.reason.map_or("nothing is known", meaning);
    match &record.detail {
        Some(detail) => format!("{reason} ({detail})"),
        None => reason.to_owned(),
    }
}

/// What became of a command that may have acted, after the attempt that may have.
fn fate(record: &CommandRecord) -> String {
    let after = |words: String| format!("no confirmation came, and then {words}");
    match (record.fate(), record.superseded_by) {
        (Status::Superseded, Some(newer)) => {
            after(format!("the newer command {newer} superseded it"))
        }
        (Status::Superseded, None) => after("a newer command superseded it".to_owned()),
        (Status::Expired | Status::Cancelled, _) => after(last(record)),
        (Status::Failed, _) => after(format!("it was refused: {}", last(record))),
        (Status::Pending | Status::Processing | Status::Completed | Status::Unknown, _) => {
            last(record)
        }
    }
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

fn tries_of(count: usize) -> String {
    if count == 1 { "one attempt".to_owned() } else { format!("{count} attempts") }
}

/// What a reason means, as a part of a sentence.
pub(crate) const fn meaning(reason: Reason) -> &'static str {
    match reason {
        Reason::Delivered => "the device took it",
        Reason::Refused => "the device cannot do it",
        Reason::DeviceOffline => "the device was offline, nothing was sent",
        Reason::DeviceMisconfigured => "the device needs an admin, nothing was sent",
        Reason::DeviceUnconfirmed => {
            "the device had not answered an earlier command, nothing was sent"
        }
        Reason::LaneBusy => "the device was busy with other commands, nothing was sent",
        Reason::LaneFull => "too many commands waited for the device, nothing was sent",
        Reason::NotBefore => {
            "the port was in the pause after a power-on or a channel, nothing was sent"
        }
        Reason::DeviceStalled => "the connection accepted no data, nothing was sent",
        Reason::Stopping => "the service was stopping, nothing was sent",
        Reason::NoEvidence => "no confirmation came in time",
        Reason::SessionLost => "the connection was lost before a confirmation",
        Reason::Expired => "it expired",
        Reason::UncleanStop => {
            "the service was not stopped cleanly while its store was down, and newer commands may have \
             been sent since"
        }
        Reason::Superseded => "a newer command superseded it",
        Reason::Cancelled => "it was cancelled",
        Reason::DeviceRemoved => "its device was removed",
        Reason::Interrupted => "the service ended while it was being sent",
        Reason::Restored => {
            "it waited in the copy of the database that was gone back to, and may have been sent since \
             that was made"
        }
    }
}

/// What of a port is left as a batch made it, while the rest of it is set back.
pub(crate) fn left(groups: &[EffectGroup]) -> String {
    let names: Vec<&str> = groups.iter().map(|group| group.name()).collect();
    let told = match names.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    };
    format!("it is set back but for {told}: how that was is not known")
}

/// Why a port was left alone when its batch was tried anew or taken back.
///
/// Of a port that is restored in part it is told what is left by [`left`].
pub(crate) const fn skipped(why: Skip) -> &'static str {
    match why {
        Skip::Open => "its command still waits or is in flight",
        Skip::Withdrawn => "its command was withdrawn",
        Skip::NewerWish => "a newer command for the same thing was accepted",
        Skip::MayHaveActed => {
            "its command may have been sent, and a repeat would do something else"
        }
        Skip::NotChanged => "no command of the batch has reached it",
        Skip::CommandedSince => "it was commanded since, by somebody or by an earlier undo",
        Skip::NotKnown => "what was there before is not known",
        Skip::InPart => "it is set back but for what nobody knows how it was",
        Skip::OnlyToggles => "it can only be toggled there, and that would be a guess",
        Skip::UnknownDevice => "the device is no longer registered",
        Skip::Locked => "it is locked: a manager may command it",
    }
}

#[cfg(test)]
pub(crate) mod tests;
