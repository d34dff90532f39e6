//! What is known of keyed requests, and of what was answered, while the database is out of use.

use std::fs;

use device_sim::Key;
use serde_json::json;
use venue_queue::damage::hold;

use super::outage::Venue;
use crate::support::{Daemon, Response, post_keyed, until};

async fn press(daemon: &Daemon, port: u8, command: &str, key: &str) -> Response {
    let body = json!({"command": command, "port": port});
    post_keyed(daemon.address, "/ir-000001/command", key, &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_used_before_an_outage_is_answered_during_it() {
    let venue = Venue::new().await;
    let daemon = venue.daemon(tempfile::tempdir().unwrap()).await;
    let first = press(&daemon, 1, "power", "before").await;
    assert_eq!(first.status, 200, "{first:?}");
    let lock = hold(&daemon.path("data/venue.db")).unwrap();
    let again = press(&daemon, 1, "power", "before").await;
    assert_eq!((again.status, &again.json), (200, &first.json));
    let other = press(&daemon, 2, "power", "before").await;
    assert_eq!(other.json["code"], "idempotency_key_reused", "{other:?}");
    // A key that is not there is known to be new, and kept in memory over the outage.
    let new = press(&daemon, 2, "power", "during").await;
    assert_eq!((new.status, &new.json["durable"]), (200, &json!(false)), "{new:?}");
    daemon.wait_for_mode("direct_only").await;
    assert_eq!(press(&daemon, 2, "power", "during").await.json, new.json);
    drop(lock);
    daemon.wait_for_mode("normal").await;
    assert_eq!(press(&daemon, 2, "power", "during").await.json, new.json);
    for port in [1, 2] {
        assert_eq!(venue.here.tv(port).keys, [Key::Power], "once: port {port}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_an_outage_is_known_after_it_also_to_the_next_process() {
    let venue = Venue::new().await;
    let daemon = venue.daemon(tempfile::tempdir().unwrap()).await;
    let lock = hold(&daemon.path("data/venue.db")).unwrap();
    let during = press(&daemon, 1, "power", "during").await;
    assert_eq!((during.status, &during.json["durable"]), (200, &json!(false)), "{during:?}");
    drop(lock);
    daemon.log.wait_for("keyed requests that were known in memory only are stored").await;
    let daemon = venue.daemon(daemon.killed().await).await;
    assert_eq!(press(&daemon, 1, "power", "during").await.json, during.json);
    assert_eq!(venue.here.tv(1).keys, [Key::Power], "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_keyed_answer_names_can_be_read_after_a_kill_right_behind_it() {
    let venue = Venue::new().await;
    let mut folder = tempfile::tempdir().unwrap();
    for key in ["first", "second", "third"] {
        let daemon = venue.daemon(folder).await;
        let answer = press(&daemon, 1, "power_on", key).await;
        folder = daemon.killed().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let daemon = venue.daemon(folder).await;
        let again = press(&daemon, 1, "power_on", key).await;
        assert_eq!((again.status, &again.json), (200, &answer.json), "{key}");
        let id = answer.json["command_id"].as_str().unwrap();
        let shown = daemon.get(&format!("/api/v1/commands/{id}")).await;
        assert_eq!((shown.status, &shown.json["status"]), (200, &json!("completed")), "{shown:?}");
        folder = daemon.killed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_outage_refused_may_come_again_with_its_key() {
    let venue = Venue::new().await;
    let daemon = venue.daemon(tempfile::tempdir().unwrap()).await;
    let lock = hold(&daemon.path("data/venue.db")).unwrap();
    let body = json!({"command": "power", "targets": [{"hostname": "ir-000001", "port": 1}]});
    let batch = async || post_keyed(daemon.address, "/bulk/command", "bulk", &body).await;
    for _ in 0..2 {
        let refused = batch().await;
        assert_eq!(refused.status, 503, "{refused:?}");
    }
    drop(lock);
    daemon.wait_for_mode("normal").await;
    let stored = async || {
        let answer = batch().await;
        (answer.status == 202).then_some(answer)
    };
    let stored = until("the batch", stored).await;
    assert_eq!(batch().await.json, stored.json, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_keys_cannot_be_read_only_what_may_be_repeated_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data"), "where its folder should be").unwrap();
    let venue = Venue::new().await;
    let daemon = venue.daemon_without(folder).await;
    for command in ["power", "mute", "volume_up", "ok"] {
        let refused = press(&daemon, 1, command, command).await;
        assert_eq!(refused.status, 503, "{refused:?}");
        assert_eq!(refused.json["code"], "key_unavailable", "{refused:?}");
        assert!(refused.head.to_lowercase().contains("retry-after: "), "{refused:?}");
    }
    assert!(venue.here.tv(1).keys.is_empty());
    let sent = press(&daemon, 1, "power_on", "on").await;
    assert_eq!((sent.status, &sent.json["durable"]), (200, &json!(false)), "{sent:?}");
    assert_eq!(press(&daemon, 1, "power_on", "on").await.json, sent.json);
    assert_eq!(venue.here.tv(1).keys, [Key::PowerOn], "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_known_by_its_id_at_once_with_and_without_a_database() {
    let venue = Venue::new().await;
    let daemon = venue.daemon(tempfile::tempdir().unwrap()).await;
    is_known(&daemon).await;
    let lock = hold(&daemon.path("data/venue.db")).unwrap();
    is_known(&daemon).await;
    daemon.wait_for_mode("direct_only").await;
    is_known(&daemon).await;
    drop(lock);
}

/// Presses and asks, some times each: what was answered is there.
async fn is_known(daemon: &Daemon) {
    for turn in 0..5 {
        for hostname in ["ir-000001", "ir-000002"] {
            let answer = daemon.press(hostname, 3, "volume_up").await;
            let id = answer.json["command_id"].as_str().unwrap();
            let path = format!("/api/v1/commands/{id}");
            let shown = daemon.get(&path).await;
            assert_eq!(shown.status, 200, "{turn}: {answer:?} {shown:?}");
            assert_eq!(shown.json["command_id"], id);
            assert_eq!(daemon.get(&format!("{path}/why")).await.status, 200);
            let answer = daemon.press(hostname, 3, "volume_up").await;
            let id = answer.json["command_id"].as_str().unwrap();
            let cancelled = daemon.post(&format!("/api/v1/commands/{id}/cancel"), &json!({})).await;
            assert_ne!(cancelled.status, 404, "{turn}: {answer:?} {cancelled:?}");
        }
    }
}
