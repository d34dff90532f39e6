//! Commands of one device take turns.

use std::time::Duration;

use device_sim::{Blaster, BlasterConfig, Direction};

use crate::support::{Daemon, sim_toml, soon};

#[tokio::test(flavor = "multi_thread")]
async fn channels_of_one_board_never_overlap_on_the_wire_or_on_air() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let daemon = Daemon::start(&sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let channels = ["501", "502", "503"];
    let (one, two, three) = soon("three answers", async {
        tokio::join!(
            daemon.tune("ir-000001", 1, channels[0]),
            daemon.tune("ir-000001", 2, channels[1]),
            daemon.tune("ir-000001", 3, channels[2]),
        )
    })
    .await;
    for answer in [&one, &two, &three] {
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    for (port, channel) in (1..).zip(channels) {
        soon(channel, board.wait_for_tv(port, |tv| tv.channel == channel)).await;
    }
    // On air: three digits and two pauses take 0.8 s, and the board's script has one set of
    // globals for all ports.
    let started: Vec<_> = board.actions().iter().map(|action| action.at).collect();
    for pair in started.windows(2) {
        assert!(pair[1] - pair[0] >= Duration::from_millis(800), "{started:?}");
    }
    // On the wire: each call is replied to before the next one comes.
    let frames = board.frames();
    let spoken: Vec<_> = frames.iter().filter(|f| f.id == 42 || f.id == 131).collect();
    assert_eq!(spoken.len(), 6);
    for pair in spoken.chunks(2) {
        assert_eq!(pair[0].direction, Direction::Received);
        assert_eq!(pair[1].direction, Direction::Sent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_channel_waits_until_the_tv_has_taken_the_digits_of_the_first() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let daemon = Daemon::start(&sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    for channel in ["501", "060"] {
        let answer = daemon.tune("ir-000001", 2, channel).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let tv = soon("another channel", board.wait_for_tv(2, |tv| tv.keys.len() == 6)).await;
    assert_eq!(tv.channel, "501", "taken before the next digits came");
    let tv = soon("the last wish", board.wait_for_tv(2, |tv| tv.channel != "501")).await;
    assert_eq!(tv.channel, "060");
}
