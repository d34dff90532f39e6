//! What a command costs in statements. Counted, not timed: no machine is slow enough to fail here, and none fast
//! enough to hide one more.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use venue_domain::{
    Actor, Attempt, AuditRecord, AuditStore, ClaimTicket, Class, Command, CommandQueue,
    DirectRecord, MaxAttempts, NewBatch, NewCommand, PortSet, Priority, Reason, Settlement,
    WorkQueue, testing,
};
use venue_queue::SqliteStore;

use crate::{
    gate::{Job, NOW, delivered_at, in_one_group},
    sqlite::Sqlite,
};

/// What is accepted, in hundredths of a statement for each command. Whoever moves one of them by more than a tenth
/// moves it here too, in the same commit.
const ACCEPTED: [(&str, u64); 5] = [
    ("direct, alone", 800),
    ("direct, 40 at a time", 127),
    ("direct, 40 at a time for 8 ports", 120),
    ("bulk, 200 at a time", 616),
    ("passed over, 200 at a time", 301),
];

#[tokio::test]
async fn a_command_costs_no_more_statements_than_is_accepted() {
    let found = [
        direct(1, 200).await,
        direct(40, 200).await,
        direct(40, 8).await,
        bulk(200).await,
        passed_over(200).await,
    ];
    let mut moved = Vec::new();
    for ((name, accepted), found) in ACCEPTED.into_iter().zip(found) {
        if found.abs_diff(accepted) * 10 > accepted {
            moved.push(format!("{name}: {found} in place of {accepted}"));
        }
    }
    assert_eq!(
        moved,
        Vec::<String>::new(),
        "{found:?}: write it into ACCEPTED, and why into the commit"
    );
}

/// Direct commands for `ports` ports with their audit records, so many of them in a group.
async fn direct(together: u64, ports: u64) -> u64 {
    let folder = Sqlite::fast();
    let store = folder.open();
    // In the first round nothing of the ports is in memory.
    record(&store, 0, together, ports).await;
    record(&store, COMMANDS, together, ports).await * 100 / COMMANDS
}

const COMMANDS: u64 = 200;

async fn record(store: &SqliteStore, from: u64, together: u64, ports: u64) -> u64 {
    let mut statements = 0;
    for first in (from..from + COMMANDS).step_by(together.try_into().unwrap()) {
        let numbers = first..first + together;
        let records: Vec<_> = numbers.clone().map(|number| delivered(number, ports)).collect();
        let audits: Vec<_> = numbers.map(audit).collect();
        let (recording, auditing) = (store.clone(), store.clone());
        let jobs: Vec<Job> = vec![
            Box::pin(async move { drop(recording.record(records).await.unwrap()) }),
            Box::pin(async move { auditing.note_audit(audits).await.unwrap() }),
        ];
        statements += in_one_group(store, jobs).await;
    }
    statements
}

/// A batch, each of whose commands is claimed and delivered.
async fn bulk(size: u64) -> u64 {
    let folder = Sqlite::fast();
    let store = folder.open();
    // In the first round nothing of the ports is in memory.
    deliver(&store, "first", size).await;
    deliver(&store, "second", size).await * 100 / size
}

async fn deliver(store: &SqliteStore, name: &str, size: u64) -> u64 {
    let mut statements = in_one_group(store, vec![create(store, name, size)]).await;
    let tickets = Arc::new(Mutex::new(Vec::new()));
    let claims = (0..size).map(|number| claim(store.clone(), number, Arc::clone(&tickets)));
    statements += in_one_group(store, claims.collect()).await;
    let tickets = std::mem::take(&mut *tickets.lock().unwrap());
    assert_eq!(tickets.len() as u64, size);
    let settled = tickets.into_iter().map(|ticket| settle(store.clone(), ticket));
    statements + in_one_group(store, settled.collect()).await
}

/// Commands for devices that are away: each counts one attempt.
async fn passed_over(size: u64) -> u64 {
    let folder = Sqlite::fast();
    let store = folder.open();
    in_one_group(&store, vec![create(&store, "away", size)]).await;
    let passes = (0..size).map(|number| {
        let store = store.clone();
        let pass: Job = Box::pin(async move {
            let rule = |_: &_| Settlement::Retry {
                attempt: Attempt { reason: Reason::DeviceOffline, ..delivered_at(NOW) },
                due_at: NOW.plus(Duration::from_secs(2)),
            };
            let device = format!("ir-{number}").parse().unwrap();
            let passed = store.pass_over(device, Arc::new(rule), NOW).await.unwrap();
            assert_eq!(passed.next_due, Some(NOW.plus(Duration::from_secs(2))));
        });
        pass
    });
    in_one_group(&store, passes.collect()).await * 100 / size
}

fn create(store: &SqliteStore, name: &str, size: u64) -> Job {
    let commands = (0..size).map(|number| {
        let command = testing::command("power_on", &format!("ir-{number}/1"), NOW, number);
        NewCommand::new(
            Command { class: Class::Bulk, ..command },
            Priority::BULK,
            MaxAttempts::default(),
        )
    });
    let batch = NewBatch {
        id: name.parse().unwrap(),
        actor: Actor::default(),
        created_at: NOW,
        commands: commands.collect(),
        rejected: 0,
        duplicates: 0,
        notes: None,
    };
    let store = store.clone();
    Box::pin(async move { drop(store.create_batch(batch).await.unwrap()) })
}

fn claim(store: SqliteStore, number: u64, tickets: Arc<Mutex<Vec<ClaimTicket>>>) -> Job {
    Box::pin(async move {
        let device = format!("ir-{number}").parse().unwrap();
        let lease = NOW.plus(Duration::from_secs(15));
        let claimed = store.claim(device, PortSet::EMPTY, lease, NOW).await.unwrap();
        tickets.lock().unwrap().push(claimed.claim.unwrap().ticket);
    })
}

fn settle(store: SqliteStore, ticket: ClaimTicket) -> Job {
    Box::pin(async move {
        let settlement = Settlement::Finish { attempt: delivered_at(NOW) };
        drop(store.settle(ticket, settlement, NOW).await.unwrap());
    })
}

fn delivered(number: u64, ports: u64) -> DirectRecord {
    let port = number % ports;
    let target = format!("ir-{}/{}", port / 4, port % 4 + 1);
    let at = NOW.plus(Duration::from_secs(number));
    DirectRecord {
        command: testing::command("volume_up", &target, at, number).into(),
        attempt: delivered_at(at),
        superseded_by: None,
    }
}

fn audit(number: u64) -> AuditRecord {
    AuditRecord {
        at: NOW.plus(Duration::from_secs(number)),
        actor: Some("anna".to_owned()),
        role: Some("operator".to_owned()),
        user_ip: None,
        method: "POST".to_owned(),
        path: "/ir-1/command".to_owned(),
        summary: None,
        status: 200,
        code: None,
        location: None,
        request_id: number.to_string(),
    }
}
