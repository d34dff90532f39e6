//! The disk of the database does not fail, it hangs: nothing that is written comes to an end.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use device_sim::Key;
use serde_json::json;
use tempfile::TempDir;
use venue_api::CommandStatus;

use super::{
    mount::{Frozen, Mount},
    outage::Venue,
};
use crate::support::{Daemon, Response, post_keyed, soon};

/// Within this a command is answered (docs/semantics.md, rule 4.2).
const PROMISE: Duration = Duration::from_secs(3);
/// What a machine with other things to do may take longer.
const LATE: Duration = Duration::from_millis(500);

/// A folder whose `data` is a disk that can hang.
struct Disk {
    data: PathBuf,
    _mount: Mount,
    _image: TempDir,
}

impl Disk {
    fn at(folder: &Path) -> Option<Self> {
        let (data, image) = (folder.join("data"), tempfile::tempdir().unwrap());
        fs::create_dir(&data).unwrap();
        let mount = Mount::frozen_at_will(&data, &image.path().join("disk"))?;
        Some(Self { data, _mount: mount, _image: image })
    }

    fn hangs(&self) -> Frozen {
        Frozen::new(&self.data).unwrap()
    }
}

/// Presses `command`, which is delivered within the promise.
async fn pressed(daemon: &Daemon, port: u8, command: &str, key: Option<&str>) -> Response {
    let begun = Instant::now();
    let answer = match key {
        None => daemon.press("ir-000001", port, command).await,
        Some(key) => {
            let body = json!({"command": command, "port": port});
            post_keyed(daemon.address, "/ir-000001/command", key, &body).await
        }
    };
    let took = begun.elapsed();
    assert!(took <= PROMISE + LATE, "{command} took {took:?}: {answer:?}");
    assert_eq!((answer.status, &answer.json["delivered"]), (200, &json!(true)), "{answer:?}");
    assert_eq!(answer.json["durable"], false, "{answer:?}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_hangs_leaves_the_direct_path_and_all_recovers_when_it_answers() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::at(folder.path()) else { return };
    let venue = Venue::new().await;
    let daemon = venue.daemon(folder).await;
    let batches = venue.leave_work(&daemon).await;
    let frozen = disk.hangs();
    venue.lives_through(&daemon, &batches, || drop(frozen)).await;
}

/// The first command of the outage replaces what waits for its port; nobody knows of the outage yet.
async fn the_first_is_in_time(key: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::at(folder.path()) else { return };
    let venue = Venue::new().await;
    let daemon = venue.daemon(folder).await;
    assert_eq!(daemon.press("ir-000001", 1, "power_on").await.status, 200);
    // The TV warms up: it waits in the queue.
    let channel = json!({"command": "channel", "port": 1, "channel": "5"});
    let channel = daemon.post("/ir-000001/command", &channel).await;
    assert_eq!(channel.status, 202, "{channel:?}");
    let frozen = disk.hangs();
    pressed(&daemon, 1, "power_off", key).await;
    daemon.wait_for_mode("direct_only").await;
    pressed(&daemon, 2, "mute_on", key.map(|_| "another")).await;
    // Who only looks is answered, too.
    let id = channel.json["command_id"].as_str().unwrap();
    let shown = soon("an answer", daemon.get(&format!("/api/v1/commands/{id}"))).await;
    assert!([200, 503, 504].contains(&shown.status), "{shown:?}");
    drop(frozen);
    daemon.wait_for_mode("normal").await;
    assert_eq!(daemon.ended_command(id).await.record.status, CommandStatus::Superseded);
    assert_eq!(venue.here.tv(1).keys, [Key::PowerOn, Key::PowerOff], "each once, and no digit");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_command_of_a_disk_that_hangs_is_sent_and_answered_in_time() {
    the_first_is_in_time(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_key_it_is_in_time_too() {
    the_first_is_in_time(Some("first")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_hangs_does_not_keep_the_service_from_ending() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::at(folder.path()) else { return };
    let venue = Venue::new().await;
    let mut daemon = venue.daemon(folder).await;
    let frozen = disk.hangs();
    pressed(&daemon, 1, "power_on", None).await;
    daemon.signal("TERM");
    daemon.log.wait_for("\"stopped\"").await;
    drop(frozen);
    let code = soon("it ended", daemon.ended()).await;
    assert_eq!(code, Some(0));
}
