//! A venue with nothing to do asks its database nothing.

use std::{future::pending, time::Duration};

use device_sim::{BlasterConfig, Fleet, Generation};
use esphome_pool::DeviceState;
use serde_json::json;
use tokio::{sync::oneshot, time::timeout};
use venue_domain::QueueView;
use venued::{Daemon, config::Config};

use crate::support::{get, sim_toml, until};

const OWN: &str = "[http]\nlisten = \"127.0.0.1:0\"\n[store]\npath = \"venue.db\"\n";

/// Boards of both generations: those without and those with an entity that may offer another firmware.
async fn fleet() -> Fleet {
    let boards = (1..=20).map(|number| BlasterConfig {
        generation: if number % 2 == 0 { Generation::Current } else { Generation::Replies },
        ..BlasterConfig::new(format!("ir-{number:06x}"), number)
    });
    Fleet::start(boards).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn once_every_task_has_run_no_statement_runs_and_no_board_was_asked_for_what_it_had_told() {
    let (fleet, folder) = (fleet().await, tempfile::tempdir().unwrap());
    let text = format!("{OWN}{}", sim_toml(fleet.iter()));
    let mut config = Config::parse(&text, "the test", folder.path()).unwrap();
    config.tasks.settling = Duration::from_millis(200);
    let tasks: Vec<_> = config.tasks.triggers.keys().copied().collect();
    assert!(tasks.len() >= 2, "{tasks:?}");
    let daemon = Daemon::start(config).await.unwrap();
    let (address, store, pool) =
        (daemon.address(), daemon.store().unwrap(), daemon.pool().devices());
    for device in pool {
        let mut states = device.watch();
        states.wait_for(|state| matches!(state, DeviceState::Online(_))).await.unwrap();
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(daemon.run(async { drop(stopped.await) }));
    for task in tasks {
        let path = format!("/api/v1/system/tasks/{}", task.name());
        let ended = async || {
            let status = get(address, &path).await.json;
            (!status["last_run"].is_null()).then_some(status)
        };
        let status = until("the first run", ended).await;
        assert_eq!(status["failed"], false, "{status}");
    }
    let firmware = get(address, "/api/v1/firmware").await.json;
    assert_eq!(firmware["devices"].as_array().unwrap().len(), 20);
    assert!(firmware["devices"].as_array().unwrap().iter().all(|one| one["known"] == true));
    let depth = store.depth();
    assert_eq!((depth.due, depth.later, depth.processing), (0, 0, 0));
    let history = get(address, "/api/v1/history").await.json;
    assert_eq!(history["items"], json!([]), "no row for any board");
    let before = store.statements();
    // Longer than whatever looks, looks again.
    drop(timeout(Duration::from_secs(5), pending::<()>()).await);
    assert_eq!(store.statements() - before, 0, "idle is idle");
    drop(stop);
    running.await.unwrap().unwrap();
}
