//! Devices that take a command and say nothing.

use device_sim::{Blaster, BlasterConfig, Fault, Key};

use crate::support::{Daemon, Response, sim_toml, soon};

async fn silent_venue(fault: Fault) -> (Blaster, Daemon) {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let daemon = Daemon::start(&sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    board.set_fault(fault);
    (board, daemon)
}

fn assert_unknown_in_time(answer: &Response) {
    assert_eq!(answer.status, 504, "{answer:?}");
    assert_eq!(answer.json["code"], "outcome_unknown");
    assert_eq!(answer.json["command_status"], "unknown");
    assert_eq!(answer.json["delivered"], false, "not known to be");
    assert_eq!(answer.json["success"], false);
    assert!(answer.json["execution_time_ms"].as_u64().unwrap() <= 3_000, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_goes_silent_is_answered_unknown_within_three_seconds() {
    let (board, daemon) = silent_venue(Fault::Silent).await;
    let answer = daemon.press("ir-000001", 2, "power").await;
    assert_unknown_in_time(&answer);
    assert_eq!(board.actions().len(), 1, "it ran, which nobody could know");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_toggle_is_pressed_once_also_when_the_hung_device_wakes_up_later() {
    let (board, daemon) = silent_venue(Fault::Hung).await;
    assert_unknown_in_time(&daemon.press("ir-000001", 2, "power").await);
    // While it is not known whether the first one ran, a second press is not sent.
    let second = daemon.press("ir-000001", 2, "power").await;
    assert_eq!(second.status, 503, "{second:?}");
    assert_eq!(second.json["delivered"], false);
    assert!(second.head.contains("retry-after: "), "{second:?}");

    board.clear_fault();
    soon("the TV wakes", board.wait_for_tv(2, |tv| tv.keys.contains(&Key::Power))).await;
    let after = daemon.press("ir-000001", 3, "mute").await;
    assert_eq!(after.status, 200, "{after:?}");
    assert_eq!(board.tv(2).keys, [Key::Power]);
    let toggles = board.actions().iter().filter(|ran| ran.action == "tv_power").count();
    assert_eq!(toggles, 1);
}
