//! Facts of the daemon as people read them.

use venue_api::{
    CommandRecord, CommandStatus, DeviceStatus, Maintenance, Presence, StatusCounts, UtcTime,
};
use venue_domain::WallTime;

use crate::clock::Clock;

/// Whether a device can be reached, since when, and why not; and that somebody works on it.
pub(crate) fn state(device: &DeviceStatus, clock: &Clock) -> String {
    let state = presence(device, clock);
    match &device.maintenance {
        Some(one) => format!("{state}; under maintenance {}", maintenance(one, clock)),
        None => state,
    }
}

/// Until when somebody works there, and why.
pub(crate) fn maintenance(one: &Maintenance, clock: &Clock) -> String {
    let until = one.until.map_or_else(|| "it is ended".to_owned(), |until| clock.seconds(until));
    with(format!("until {until}"), one.reason.as_deref())
}

fn presence(device: &DeviceStatus, clock: &Clock) -> String {
    match device.presence {
        Presence::Online | Presence::Connecting => device.presence.to_string(),
        Presence::Offline => {
            let (since, age) = (clock.seconds(device.since), age(device.since_ms));
            let state = format!("{} since {since} ({age})", device.presence);
            with(state, device.cause.as_deref())
        }
        Presence::Misconfigured => {
            let cause = device.cause.as_deref().map(plain);
            let cause = match (&cause, &device.found) {
                (Some(cause), Some(found)) => Some(format!("{cause}, found {found}")),
                (Some(cause), None) => Some(cause.clone()),
                (None, found) => found.as_ref().map(|found| format!("found {found}")),
            };
            with(device.presence.to_string(), cause.as_deref())
        }
    }
}

/// What shows that a device lives: its last byte, and whether it owes an answer.
pub(crate) fn evidence(device: &DeviceStatus) -> String {
    let heard = match device.last_contact_ms {
        Some(ms) => format!("heard {} ago", age(ms)),
        None => "never heard".to_owned(),
    };
    if device.lane.unconfirmed { format!("{heard}, has not confirmed a command") } else { heard }
}

/// Such as `3 delivered, 1 failed`; never a success for what is not delivered.
pub(crate) fn counts(counts: &StatusCounts) -> String {
    let StatusCounts {
        pending,
        processing,
        completed,
        failed,
        expired,
        superseded,
        cancelled,
        unknown,
    } = *counts;
    let parts = [
        (completed, DELIVERED),
        (pending, CommandStatus::Pending.name()),
        (processing, CommandStatus::Processing.name()),
        (failed, CommandStatus::Failed.name()),
        (unknown, CommandStatus::Unknown.name()),
        (expired, CommandStatus::Expired.name()),
        (superseded, CommandStatus::Superseded.name()),
        (cancelled, CommandStatus::Cancelled.name()),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts.map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// Where a command stands: `delivered` only if the device took it.
pub(crate) const fn standing(status: CommandStatus, delivered: bool) -> &'static str {
    match (status, delivered) {
        (CommandStatus::Completed, true) => DELIVERED,
        (CommandStatus::Completed, false) => CommandStatus::Unknown.name(),
        (open_or_ended, _) => open_or_ended.name(),
    }
}

/// Such as `channel 060`.
pub(crate) fn action(record: &CommandRecord) -> String {
    let CommandRecord { command, channel, digit, input, steps, .. } = record;
    let digit = digit.or(*steps).map(|number| number.to_string());
    match channel.as_ref().or(input.as_ref()).or(digit.as_ref()) {
        Some(value) => format!("{command} {value}"),
        None => command.clone(),
    }
}

/// An age in its largest unit that is still exact enough.
pub(crate) fn age(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{} s", ms / 1_000),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        7_200_000..172_800_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{} days", ms / 86_400_000),
    }
}

/// A time to the second, in UTC.
pub(crate) fn seconds(time: UtcTime) -> UtcTime {
    let ms = time.0.unix_ms();
    UtcTime(WallTime::from_unix_ms(ms - ms.rem_euclid(1_000)))
}

/// A code such as `wrong_key` as words.
pub(crate) fn plain(code: &str) -> String {
    code.replace('_', " ")
}

/// What is there, or a mark that nothing is.
pub(crate) fn or_none(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or("-").to_owned()
}

/// Text that the terminal prints and does not obey: names come from devices and configuration.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if is_harmful(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Control characters, and the marks that reorder a line.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn with(state: String, cause: Option<&str>) -> String {
    match cause {
        Some(cause) => format!("{state}: {cause}"),
        None => state,
    }
}

/// The word for what the device took. That the TV changed is nowhere claimed.
const DELIVERED: &str = "delivered";

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use venue_api::{BatchStatus, Lane};

    /// A batch whose commands stand as `statuses` says.
    pub(crate) fn batch(statuses: StatusCounts) -> BatchStatus {
        let StatusCounts { pending, processing, completed, failed, .. } = statuses;
        let StatusCounts { expired, superseded, cancelled, unknown, .. } = statuses;
        let ended = completed + failed + expired + superseded + cancelled + unknown;
        let finished = pending + processing == 0;
        let at = UtcTime(WallTime::from_unix_ms(1_790_000_000_250));
        BatchStatus {
            retried_by: None,
            undone_by: None,
            allowed: Vec::new(),
            batch_id: "batch_1".into(),
            created_at: at,
            created_by: None,
            user_ip: None,
            notes: None,
            finished_at: finished.then_some(at),
            finished,
            total: pending + processing + ended,
            statuses,
            rejected: 0,
            duplicates: 0,
            commands: Vec::new(),
            next_cursor: None,
        }
    }

    pub(crate) fn device(presence: Presence, cause: Option<&str>) -> DeviceStatus {
        let since = UtcTime(WallTime::from_unix_ms(1_790_000_000_250));
        DeviceStatus {
            maintenance: None,
            hostname: "ir-1".into(),
            name: Some("Main bar".into()),
            presence,
            online: presence == Presence::Online,
            since,
            since_ms: 90_000,
            cause: cause.map(str::to_owned),
            found: None,
            next_try_ms: None,
            last_contact: None,
            last_contact_ms: None,
            address: None,
            registered_address: None,
            firmware: None,
            lane: Lane { waiting: 0, in_flight: None, unconfirmed: false },
            ports: Vec::new(),
        }
    }

    #[test]
    fn every_presence_reads_as_what_it_is() {
        let table = [
            (Presence::Online, None, "online"),
            (Presence::Connecting, None, "connecting"),
            (
                Presence::Offline,
                Some("connection refused"),
                "offline since 2026-09-21T14:13:20Z (90 s): connection refused",
            ),
            (Presence::Offline, None, "offline since 2026-09-21T14:13:20Z (90 s)"),
            (Presence::Misconfigured, Some("wrong_key"), "misconfigured: wrong key"),
            (Presence::Misconfigured, None, "misconfigured"),
        ];
        for (presence, cause, expected) in table {
            assert_eq!(state(&device(presence, cause), &Clock::default()), expected);
        }
        let found = Some("ir-9".to_owned());
        let other = DeviceStatus { found, ..device(Presence::Misconfigured, Some("wrong_device")) };
        assert_eq!(state(&other, &Clock::default()), "misconfigured: wrong device, found ir-9");
    }

    #[test]
    fn maintenance_is_told_beside_the_presence() {
        let until = Some(UtcTime(WallTime::from_unix_ms(1_790_000_000_250)));
        let one = Maintenance {
            id: "zone:bar".into(),
            zone: Some("bar".into()),
            hostname: None,
            by: None,
            since: UtcTime(WallTime::from_unix_ms(1_789_000_000_000)),
            until,
            reason: Some("new fuse".into()),
        };
        let told = |one: Maintenance| {
            let device = DeviceStatus { maintenance: Some(one), ..device(Presence::Online, None) };
            state(&device, &Clock::default())
        };
        let timed = "online; under maintenance until 2026-09-21T14:13:20Z: new fuse";
        assert_eq!(told(one.clone()), timed);
        let open = Maintenance { until: None, reason: None, ..one };
        assert_eq!(told(open), "online; under maintenance until it is ended");
    }

    #[test]
    fn counts_name_only_what_there_is_and_delivered_first() {
        let some = StatusCounts { pending: 2, completed: 3, unknown: 1, ..Default::default() };
        assert_eq!(counts(&some), "3 delivered, 2 pending, 1 unknown");
        assert_eq!(counts(&StatusCounts::default()), "none");
    }

    #[test]
    fn only_what_the_device_took_stands_as_delivered() {
        assert_eq!(standing(CommandStatus::Completed, true), "delivered");
        assert_eq!(standing(CommandStatus::Completed, false), "unknown");
        assert_eq!(standing(CommandStatus::Pending, true), "pending");
    }

    #[test]
    fn evidence_is_the_last_byte_and_the_doubt() {
        let mut device = device(Presence::Online, None);
        assert_eq!(evidence(&device), "never heard");
        device.last_contact_ms = Some(1_500);
        assert_eq!(evidence(&device), "heard 1 s ago");
        device.lane.unconfirmed = true;
        assert_eq!(evidence(&device), "heard 1 s ago, has not confirmed a command");
    }

    #[test]
    fn an_age_is_told_in_its_largest_exact_unit() {
        let table = [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (119_999, "119 s"),
            (120_000, "2 min"),
            (7_200_000, "2 h"),
            (172_800_000, "2 days"),
            (u64::MAX, "213503982334 days"),
        ];
        for (ms, expected) in table {
            assert_eq!(age(ms), expected);
        }
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        assert_eq!(harmless("Bar \u{1b}[2J\n\u{9b}1m\u{202e}é"), "Bar �[2J��1m�é");
    }
}
