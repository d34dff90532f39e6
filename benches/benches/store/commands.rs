//! What is put into the queue, and how it ends.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use venue_domain::{
    Action, Actor, Attempt, Class, Command, CommandId, Evidence, Hostname, MaxAttempts, NewCommand,
    OrderKey, Parameters, PortId, PortIndex, Priority, Reason, Settlement, Timestamp,
};

/// Orders the commands of a run.
static SEQUENCE: AtomicU64 = AtomicU64::new(1);

/// The instant at which everything happens.
pub(crate) const NOW: Timestamp = Timestamp::from_unix_ms(1_788_900_000_000);

/// After this nothing is sent.
pub(crate) fn lease() -> Timestamp {
    NOW.plus(Duration::from_secs(15))
}

/// The device of this number.
pub(crate) fn device(number: u64) -> Hostname {
    format!("ir-{number:06}").parse().unwrap()
}

/// A step of the volume at a port of `device`: steps never replace each other, so all of them
/// wait.
pub(crate) fn step(device: &Hostname, port: i64) -> NewCommand {
    let port = PortIndex::try_from(1 + port % 5).unwrap();
    let sequence = SEQUENCE.fetch_add(1, Ordering::Relaxed);
    let command = Command {
        id: CommandId::generate(),
        action: Action::parse("volume_up", &Parameters::default()).unwrap(),
        target: PortId { device: device.clone(), port },
        class: Class::Bulk,
        actor: Actor {
            name: Some("bench".to_owned()),
            address: Some(std::net::Ipv4Addr::LOCALHOST.into()),
        },
        accepted_at: NOW,
        key: OrderKey::at(NOW, sequence),
        expires_at: NOW.plus(Duration::from_secs(120)),
    };
    NewCommand::new(command, Priority::BULK, MaxAttempts::default())
}

/// The device took it.
pub(crate) fn delivered() -> Settlement {
    let attempt = Attempt {
        started_at: NOW,
        took: Duration::from_millis(50),
        reason: Reason::Delivered,
        evidence: Some(Evidence::Reply),
        detail: None,
    };
    Settlement::Finish { attempt }
}
