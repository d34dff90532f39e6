//! The README's first five minutes.

use serde_json::json;

use crate::support::{Daemon, venuectl};

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_tunes_a_tv_and_says_at_once_that_a_device_is_offline() {
    let mut daemon = Daemon::demo().await;
    daemon.stdout.wait_for("13 boards, 64 TVs").await;
    for number in (1..=10).chain([12, 13]) {
        daemon.log.wait_for(&format!("session with device device=\"ir-{number:06x}\"")).await;
    }
    let tuned = venuectl(daemon.address, &["tv", "channel", "501", "ir-000003/2"]).await;
    assert_eq!(tuned.code, Some(0), "{tuned:?}");
    daemon.log.wait_for("the TV shows channel 501 tv=ir-000003/2").await;

    let listed = venuectl(daemon.address, &["device", "list"]).await;
    assert_eq!(listed.code, Some(0), "{listed:?}");
    assert_eq!(listed.stdout.matches("online").count(), 12, "{}", listed.stdout);
    assert_eq!(listed.stdout.matches("offline").count(), 1, "{}", listed.stdout);

    let waits = venuectl(daemon.address, &["-o", "json", "tv", "on", "ir-00000b/1"]).await;
    assert_eq!(waits.code, Some(9), "it waits: {waits:?}");
    assert!(
        waits.stderr.contains("queued, tried 3 more times within about 14 s and then given up"),
        "{waits:?}"
    );
    let answer = waits.json();
    assert_eq!((&answer["status"], &answer["delivered"]), (&json!("pending"), &json!(false)));
    assert!(answer["message"].as_str().unwrap().contains("offline"), "{answer}");
    assert!(answer["execution_time_ms"].as_u64().unwrap() < 500, "{answer}");

    // Each TV of this board is of another make, and the daemon has the codes.
    for port in 1..=4 {
        let tv = format!("ir-00000d/{port}");
        let tuned = venuectl(daemon.address, &["tv", "channel", "055", &tv]).await;
        assert_eq!(tuned.code, Some(0), "{tuned:?}");
        daemon.log.wait_for(&format!("the TV shows channel 055 tv={tv}")).await;
    }

    daemon.signal("TERM");
    assert_eq!(daemon.ended().await, Some(0));
}
