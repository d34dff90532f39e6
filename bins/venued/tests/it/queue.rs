//! Interactive commands that fall back to the queue, over outages of devices and of the daemon.

use device_sim::{Blaster, BlasterConfig, Fault, Key, Power};
use serde_json::json;
use venue_api::Attempt;

use crate::support::{Daemon, keen_toml, post_keyed, sim_toml, soon, until};

fn board_config() -> BlasterConfig {
    BlasterConfig::new("ir-000001", 1)
}

/// A venue whose only board is not there.
async fn absent() -> (Blaster, Daemon) {
    let fault = Fault::RefuseConnect;
    let board = Blaster::start(BlasterConfig { fault, power: Power::Off, ..board_config() });
    let board = board.await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &keen_toml(&board)).await;
    daemon.log.wait_for("no session with device").await;
    (board, daemon)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_for_a_device_that_is_away_waits_and_is_delivered_when_it_is_back() {
    let (board, daemon) = absent().await;
    let answer = daemon.press("ir-000001", 2, "power_on").await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json["success"], true, "accepted, in the document's word");
    assert_eq!(
        (&answer.json["delivered"], &answer.json["status"]),
        (&json!(false), &json!("pending"))
    );
    assert_eq!(answer.json["method"], "queued");
    assert_eq!(answer.json["routing_method"], "direct_failed_queued");
    assert_eq!(answer.json["durable"], true);
    assert!(answer.json["queue_id"].as_i64().unwrap() > 0);
    board.clear_fault();
    soon("the TV is on", board.wait_for_tv(2, |tv| tv.power == Power::On)).await;
    daemon.log.wait_for("queued command ended").await;
    assert_eq!(board.tv(2).keys, [Key::PowerOn], "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_retry_never_overrides_a_newer_wish() {
    let board = Blaster::start(board_config()).await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    board.set_fault(Fault::RefuseConnect);
    board.cut();
    daemon.log.wait_for("no session with device").await;
    let five = daemon.tune("ir-000001", 1, "5").await;
    assert_eq!(five.status, 202, "{five:?}");
    // The user has made up their mind, and the device is back before either is sent.
    let seven = daemon.tune("ir-000001", 1, "7").await;
    assert_eq!(seven.status, 202, "{seven:?}");
    let ended = daemon.log.wait_for("\"status\":\"superseded\"").await;
    assert!(ended.contains(five.json["command_id"].as_str().unwrap()), "{ended}");
    board.clear_fault();
    soon("channel 7", board.wait_for_tv(1, |tv| tv.channel == "7")).await;
    daemon.log.wait_for("\"status\":\"completed\"").await;
    assert_eq!(board.tv(1).keys, [Key::Digit(7)], "5 was never sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill_and_is_sent_by_the_next_run() {
    let (board, daemon) = absent().await;
    let answer = daemon.press("ir-000001", 3, "power_on").await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let folder = daemon.killed().await;
    let daemon = Daemon::durable(folder, &keen_toml(&board)).await;
    board.clear_fault();
    soon("the TV is on", board.wait_for_tv(3, |tv| tv.power == Power::On)).await;
    daemon.log.wait_for(answer.json["command_id"].as_str().unwrap()).await;
    assert_eq!(board.tv(3).keys, [Key::PowerOn], "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_toggle_of_unknown_outcome_is_never_retried() {
    let board = Blaster::start(board_config()).await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    board.set_fault(Fault::Hung);
    let answer = daemon.press("ir-000001", 2, "power").await;
    assert_eq!((answer.status, &answer.json["command_status"]), (504, &json!("unknown")));
    board.clear_fault();
    soon("the TV wakes", board.wait_for_tv(2, |tv| tv.keys.contains(&Key::Power))).await;
    // Whatever comes later comes behind it.
    let later = daemon.press("ir-000001", 3, "mute").await;
    assert!(later.status == 200 || later.status == 202, "{later:?}");
    soon("the mute", board.wait_for_tv(3, |tv| tv.muted)).await;
    assert_eq!(board.tv(2).keys.iter().filter(|key| **key == Key::Power).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_whose_store_cannot_be_opened_serves_directly_and_says_so() {
    let board = Blaster::start(board_config()).await.unwrap();
    let store = "path = \"/dev/null/venue.db\"";
    let daemon = Daemon::with_store(store, &sim_toml([&board])).await;
    daemon.log.wait_for("the store cannot be opened").await;
    daemon.wait_for_session("ir-000001", 1).await;
    let answer = daemon.press("ir-000001", 1, "mute").await;
    assert_eq!((answer.status, &answer.json["durable"]), (200, &json!(false)), "{answer:?}");
    assert_eq!(answer.json["mode"], "direct_only");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_give_one_name_to_their_batches_one_gets_it_and_the_other_does_no_harm() {
    let board = Blaster::start(board_config()).await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let address = daemon.address;
    for round in 0..10 {
        let id = format!("evening-{round}");
        let create = |input: String| {
            let key = input.clone();
            let target = json!({"hostname": "ir-000001", "port": 1});
            let body = json!({
                "targets": [target], "command": "input", "input": input, "batch_id": id,
            });
            async move { post_keyed(address, "/api/v1/batches", &key, &body).await }
        };
        let one_and_other = (create(format!("hdmi1{round}")), create(format!("hdmi2{round}")));
        let answers = tokio::join!(one_and_other.0, one_and_other.1);
        let mut codes = [answers.0.status, answers.1.status];
        codes.sort_unstable();
        assert_eq!(codes, [202, 409], "{answers:?}");
        let path = format!("/api/v1/batches/{id}");
        let finished = async {
            loop {
                let batch = daemon.get(&path).await.json;
                if batch["finished"] == true {
                    return batch;
                }
            }
        };
        let batch = soon("the end of the batch", finished).await;
        assert_eq!(batch["statuses"]["completed"], 1, "{batch}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_once_more_is_an_attempt_that_is_shown_and_logged() {
    let board = Blaster::start(board_config()).await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &keen_toml(&board)).await;
    daemon.wait_for_session("ir-000001", 1).await;
    // Its bytes leave, and its session ends before a sign of it: it may come to life yet.
    board.set_fault(Fault::CloseAfterAction);
    let lost = daemon.press("ir-000001", 2, "mute_on").await;
    assert_eq!(lost.status, 202, "{lost:?}");
    board.clear_fault();
    let newest = daemon.press("ir-000001", 2, "mute_off").await;
    assert!(newest.status < 300, "{newest:?}");
    let id = newest.json["command_id"].as_str().unwrap();
    let again = until("the attempt", async || {
        let attempts = daemon.account(id).await.attempt_log;
        let is_again = |attempt: &Attempt| {
            attempt.detail.as_ref().is_some_and(|detail| detail.starts_with("sent once more"))
        };
        attempts.into_iter().find(is_again)
    })
    .await;
    assert_eq!(again.reason, "delivered");
    let log = daemon.log.wait_for("sent once more").await;
    assert!(log.contains(id) && log.contains("mute_off"), "{log}");
}
