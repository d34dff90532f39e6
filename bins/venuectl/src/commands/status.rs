//! `venuectl status`.

use venue_api::{DeviceCounts, MaintenanceList, Mode, OrderNote, ServiceStatus};

use super::venue;
use crate::{
    client::Client,
    error::Failure,
    exit::Exit,
    format::{age, plain},
    output::{Report, Warning},
    table,
};

pub(super) async fn run(client: &Client) -> Result<Report, Failure> {
    let answer = client.get::<ServiceStatus>("/api/v1/status").await?;
    let ServiceStatus { version, mode, queue_paused, started_at, uptime_s, devices, order } =
        answer.value;
    let clock = venue::shown_clock(client).await;
    let up = age(uptime_s.saturating_mul(1_000));
    let mut facts = vec![
        ("server", client.server().to_string()),
        ("version", version),
        ("mode", mode_text(mode, queue_paused, order)),
        ("started", format!("{} ({up} ago)", clock.seconds(started_at))),
        ("devices", count_text(&devices)),
    ];
    let maintained = client.get::<MaintenanceList>("/api/v1/maintenance").await?.value.items;
    if !maintained.is_empty() {
        let ids: Vec<String> = maintained.into_iter().map(|one| one.id).collect();
        facts.push(("maintenance", ids.join(", ")));
    }
    let table = table::facts(facts);
    Ok(Report { document: answer.document, table, warning: warning(&devices) })
}

/// The mode, that the queue is paused, and what a kill would lose of the order.
fn mode_text(mode: Mode, paused: bool, order: Option<OrderNote>) -> String {
    let mut text = plain(mode.name());
    if paused {
        text.push_str(", the queue is paused");
    }
    match order {
        None => text,
        Some(OrderNote::MemoryOnly) => {
            format!("{text} (the order of commands is in memory only)")
        }
    }
}

/// Such as `3: 2 online, 1 offline`.
fn count_text(counts: &DeviceCounts) -> String {
    let DeviceCounts { total, online, connecting, offline, misconfigured } = *counts;
    let parts = [
        (online, "online"),
        (connecting, "connecting"),
        (offline, "offline"),
        (misconfigured, "misconfigured"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts.map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() { total.to_string() } else { format!("{total}: {}", parts.join(", ")) }
}

/// A device that is not online makes the venue degraded; so scripts may wait for `status` to end
/// well.
fn warning(counts: &DeviceCounts) -> Option<Warning> {
    let missing = counts.total.saturating_sub(counts.online);
    let total = counts.total;
    (missing > 0).then(|| Warning {
        exit: Exit::Failed,
        message: format!(
            "degraded: {missing} of {total} {} not online; see `venuectl device list`",
            if total == 1 { "device" } else { "devices" }
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_there_is_is_counted() {
        let counts = DeviceCounts { total: 3, online: 2, offline: 1, ..DeviceCounts::default() };
        assert_eq!(count_text(&counts), "3: 2 online, 1 offline");
        assert_eq!(count_text(&DeviceCounts::default()), "0");
    }

    #[test]
    fn one_device_that_is_not_online_degrades() {
        let good = DeviceCounts { total: 2, online: 2, ..DeviceCounts::default() };
        assert!(warning(&good).is_none());
        assert!(warning(&DeviceCounts::default()).is_none());
        let connecting = DeviceCounts { online: 1, connecting: 1, ..good };
        let told = warning(&connecting).unwrap();
        assert_eq!(told.exit, Exit::Failed);
        assert!(told.message.starts_with("degraded: 1 of 2"), "{}", told.message);
    }
}
