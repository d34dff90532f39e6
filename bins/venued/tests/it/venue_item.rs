//! The venue has a name and a time zone, in which its people read and write times.

use serde_json::json;

use crate::support::{Daemon, send, until, venuectl};

#[tokio::test(flavor = "multi_thread")]
async fn schedules_that_name_no_zone_are_in_that_of_the_venue_which_every_answer_names() {
    let device = "[[device]]\nhostname = \"ir-000001\"\naddress = \"127.0.0.1:1\"\n\
                  [[device.port]]\nindex = 1\nzone = \"bar\"\n";
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), device).await;
    let before = daemon.get("/api/v1/venue").await.json;
    assert_eq!((&before["name"], &before["is_machine_time_zone"]), (&json!(null), &json!(true)));
    let wrong = json!({"time_zone": "Mars"});
    let refused = send(daemon.address, "PATCH", "/api/v1/venue", "", &wrong).await;
    assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (422, &json!("time_zone")));
    let set = ["venue", "set", "--name", "The Oak", "--tz", "Asia/Kathmandu"];
    let said = venuectl(daemon.address, &set).await;
    assert!(said.code == Some(0) && said.stdout.contains("Asia/Kathmandu"), "{said:?}");
    let venue = daemon.get("/api/v1/venue").await.json;
    assert_eq!(
        (&venue["name"], &venue["is_machine_time_zone"]),
        (&json!("The Oak"), &json!(false))
    );
    // 5:45 ahead of UTC, always: the clock is no other zone's.
    let (now, local) = (venue["now"].as_str().unwrap(), venue["local"].as_str().unwrap());
    let minute = |time: &str| -> i64 { time[14..16].parse().unwrap() };
    assert_eq!((minute(now) + 45) % 60, minute(local), "{now} {local}");
    let opening =
        json!({"id": "opening", "selectors": ["zone=bar"], "cron": "0 10 * * *", "steps": ["on"]});
    let made = daemon.post("/api/v1/schedules", &opening).await;
    assert_eq!((made.status, &made.json["next"]["zone"]), (201, &json!("Asia/Kathmandu")));
    assert!(made.json["next"]["at"].as_str().unwrap().ends_with("T04:15:00Z"), "{:?}", made.json);
    let once = json!({"id": "party", "selectors": ["zone=bar"], "at": "2099-12-31T23:00", "steps": ["on"]});
    let made = daemon.post("/api/v1/schedules", &once).await;
    assert_eq!((made.status, &made.json["next"]["at"]), (201, &json!("2099-12-31T17:15:00Z")));
    let document = daemon.get("/api/v1/config").await.json["document"].clone();
    assert_eq!(document["venue"], json!({"name": "The Oak", "time_zone": "Asia/Kathmandu"}));
    let body = json!({"document": document, "prune": true});
    let same = daemon.post("/api/v1/config/diff", &body).await.json;
    assert_eq!(same["changes"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn venuectl_reads_and_shows_times_of_locks_by_the_clock_of_the_venue() {
    let device = "[[device]]\nhostname = \"ir-000001\"\naddress = \"127.0.0.1:1\"\n\
                  [[device.port]]\nindex = 1\nzone = \"bar\"\n";
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), device).await;
    venuectl(daemon.address, &["venue", "set", "--tz", "Asia/Kathmandu"]).await;
    let lock = ["lock", "add", "zone=bar", "--until", "2099-12-31T23:00"];
    let said = venuectl(daemon.address, &lock).await;
    assert!(said.stdout.contains("2099-12-31T23:00:00+05:45"), "{said:?}");
    // Since when it is away has a time.
    let is_away = async || {
        let status = daemon.get("/ir-000001/status").await.json;
        (status["presence"] == "offline").then_some(())
    };
    until("the board is known to be away", is_away).await;
    for words in [&["status"][..], &["device", "list"], &["lock", "list"], &["backup", "create"]] {
        let said = venuectl(daemon.address, words).await;
        assert!(said.stdout.contains("+05:45"), "{words:?}: {said:?}");
        assert!(!said.stdout.contains("Z "), "{words:?}: {said:?}");
        let said = venuectl(daemon.address, &[words, &["-o", "json"]].concat()).await;
        assert!(!said.stdout.contains("+05:45"), "{words:?}: {said:?}");
    }
    let locks = daemon.get("/api/v1/locks").await.json;
    assert_eq!(locks["items"][0]["until"], json!("2099-12-31T17:15:00Z"));
}
