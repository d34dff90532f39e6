//! A device whose transmitters work at the same time has a command in flight for each of them.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time::Instant};
use venue_domain::{CommandId, Reason, Status, StoreError};
use venue_scheduler::SchedulerState;

use crate::{
    devices::Reaction,
    venue::{Venue, pass, settle_down, times},
};

/// Three digits on the air.
const CHANNEL: Duration = Duration::from_millis(800);

/// Five ports with a transmitter each.
const FIVE: [u64; 5] = [1, 2, 3, 4, 5];

/// A venue with one board of this kind, of which everything completes after the air time of a channel.
fn board<const N: usize>(transmitters: [u64; N]) -> Venue {
    let venue = Venue::start();
    venue.devices.have_transmitters("ir-1", transmitters);
    venue.devices.will("ir-1", vec![Reaction::Completes(CHANNEL); 100]);
    venue
}

/// The same for each of its ports, in one batch.
async fn for_all(venue: &Venue, what: &str, ports: u8) -> Vec<CommandId> {
    let commands: Vec<_> =
        (1..=ports).map(|port| venue.bulk(what, &format!("ir-1/{port}"))).collect();
    let ids = commands.iter().map(|new| new.command.id).collect();
    venue.batch(commands).await;
    ids
}

#[tokio::test(start_paused = true)]
async fn five_tvs_of_one_board_are_switched_in_the_time_of_one() {
    let venue = board(FIVE);
    let start = Instant::now();
    for_all(&venue, "channel 501", 5).await;
    venue.recorder.wait_for_ended(5).await;
    let elapsed = start.elapsed();
    assert!((CHANNEL..CHANNEL + Duration::from_millis(10)).contains(&elapsed), "{elapsed:?}");
    // A board that says nothing of transmitters is sent one after the other.
    let venue = board([]);
    let start = Instant::now();
    for_all(&venue, "channel 501", 5).await;
    venue.recorder.wait_for_ended(5).await;
    let elapsed = start.elapsed();
    assert!((5 * CHANNEL..5 * CHANNEL + CHANNEL / 10).contains(&elapsed), "{elapsed:?}");
    assert_eq!(venue.devices.most_in_flight(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_transmitter_that_tells_nothing_delays_none_of_the_other_four() {
    let venue = board(FIVE);
    venue.devices.will("ir-1/3", [Reaction::Hangs]);
    let start = Instant::now();
    let first = for_all(&venue, "power", 5).await;
    let second = for_all(&venue, "channel 501", 5).await;
    venue.recorder.wait_for_ended(8).await;
    let elapsed = start.elapsed();
    assert!(elapsed < 2 * CHANNEL + Duration::from_millis(50), "{elapsed:?}");
    // The toggle is not pressed twice, and what waited behind it goes when its end is known.
    assert_eq!(venue.end_of(first[2]).await, (Status::Unknown, Reason::NoEvidence));
    assert_eq!(venue.end_of(second[2]).await, (Status::Completed, Reason::Delivered));
    let of_port_3: Vec<_> =
        venue.devices.words().into_iter().filter(|what| what.ends_with("/3")).collect();
    assert_eq!(of_port_3, ["power ir-1/3", "channel 501 ir-1/3"]);
    assert_eq!(venue.recorder.all().finished_batches.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn ports_that_share_a_transmitter_and_keys_of_one_port_follow_one_another() {
    let venue = board([7, 7, 9]);
    let start = Instant::now();
    let commands =
        ["ok ir-1/1", "up ir-1/1", "mute ir-1/2", "ok ir-1/3", "down ir-1/3"].map(|words| {
            let (what, target) = words.split_once(' ').unwrap();
            venue.bulk(what, target)
        });
    venue.batch(commands.into()).await;
    venue.recorder.wait_for_ended(5).await;
    assert_eq!(venue.devices.most_in_flight(), 2);
    let words = venue.devices.words();
    let rounds: Vec<_> = times(&venue, start).iter().map(|ms| ms / CHANNEL.as_millis()).collect();
    assert_eq!(rounds, [0, 0, 1, 1, 2], "{words:?}");
    for keys in [["ok ir-1/1", "up ir-1/1"], ["ok ir-1/3", "down ir-1/3"]] {
        let places = keys.map(|key| words.iter().position(|word| word == key).unwrap());
        assert!(places[0] < places[1], "{words:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_handed_over_beside_what_needs_the_whole_device() {
    let venue = board([1, 2]);
    // Port 3 is driven by an action of the board.
    let held = Arc::new(Notify::new());
    venue.devices.will("ir-1/3", [Reaction::Held(Arc::clone(&held))]);
    venue.enqueue(venue.bulk("mute", "ir-1/3")).await;
    venue.devices.wait_for_asked(1).await;
    for_all(&venue, "channel 501", 2).await;
    pass(Duration::from_secs(1)).await;
    assert_eq!(venue.devices.asked(), 1);
    let start = Instant::now();
    held.notify_one();
    venue.recorder.wait_for_ended(3).await;
    // It gave no completion: the board is left alone for its air time.
    assert!(start.elapsed() < 2 * CHANNEL, "{:?}", start.elapsed());
    // While others are in flight it is handed over, and nothing of them passes it any more.
    for_all(&venue, "power", 2).await;
    venue.devices.wait_for_asked(5).await;
    let held = Arc::new(Notify::new());
    venue.devices.will("ir-1/3", [Reaction::Held(Arc::clone(&held))]);
    let whole = venue.enqueue(venue.bulk("mute", "ir-1/3")).await;
    for_all(&venue, "power", 2).await;
    venue.recorder.wait_for_ended(5).await;
    pass(Duration::from_secs(1)).await;
    assert_eq!(venue.devices.asked(), 6);
    held.notify_one();
    assert_eq!(venue.end_of(whole).await, (Status::Completed, Reason::Delivered));
    venue.recorder.wait_for_ended(8).await;
}

#[tokio::test(start_paused = true)]
async fn a_port_without_a_completion_cools_down_alone() {
    let venue = Venue::start();
    venue.devices.have_transmitters("ir-1", [1, 2]);
    venue.devices.will("ir-1/2", vec![Reaction::Completes(Duration::from_millis(10)); 9]);
    let start = Instant::now();
    for what in ["channel 501", "volume_up", "volume_up"] {
        for_all(&venue, what, 2).await;
    }
    venue.recorder.wait_for_ended(6).await;
    let words = venue.devices.words();
    let at: Vec<_> = words.into_iter().zip(times(&venue, start)).collect();
    let of_port = |port: &str| -> Vec<u128> {
        at.iter().filter(|(what, _)| what.ends_with(port)).map(|(_, ms)| *ms).collect()
    };
    assert!(of_port("/2").iter().all(|ms| *ms < 100), "{at:?}");
    let first = of_port("/1");
    assert!((800..900).contains(&first[1]), "three digits are on the air: {at:?}");
    settle_down().await;
    let calls = venue.store.calls();
    pass(Duration::from_secs(60 * 60)).await;
    assert_eq!(venue.store.calls(), calls, "an idle board is asked nothing");
}

#[tokio::test(start_paused = true)]
async fn all_that_is_in_flight_is_durably_so_before_its_first_byte_and_given_back_at_a_stop() {
    let venue = Venue::start();
    venue.devices.have_transmitters("ir-1", FIVE);
    let back = Arc::new(Notify::new());
    venue.devices.will("ir-1", vec![Reaction::GivenBack(Arc::clone(&back)); 5]);
    let ids = for_all(&venue, "power", 5).await;
    venue.devices.wait_for_asked(5).await;
    for id in &ids {
        assert_eq!(venue.account(*id).await.record.status, Status::Processing);
    }
    let (stopped, ()) = tokio::join!(venue.scheduler.shutdown(), async {
        settle_down().await;
        back.notify_waiters();
    });
    stopped.unwrap();
    for id in ids {
        let record = venue.account(id).await.record;
        assert_eq!((record.status, record.attempts), (Status::Pending, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn while_it_is_paused_the_other_transmitters_stay_idle() {
    let venue = board(FIVE);
    venue.enqueue(venue.bulk("power", "ir-1/1")).await;
    venue.devices.wait_for_asked(1).await;
    venue.scheduler.pause();
    venue.wait_for(SchedulerState::Paused).await;
    for_all(&venue, "channel 501", 5).await;
    pass(Duration::from_secs(30)).await;
    assert_eq!(venue.devices.asked(), 1);
    venue.scheduler.resume();
    venue.recorder.wait_for_ended(6).await;
}

#[tokio::test(start_paused = true)]
async fn all_that_ends_during_an_outage_is_settled_when_the_store_is_back() {
    let venue = board(FIVE);
    let ids = for_all(&venue, "power", 5).await;
    venue.devices.wait_for_asked(5).await;
    venue.store.fail(Some(StoreError::ReadOnly));
    venue.waker().store_failed();
    pass(2 * CHANNEL).await;
    assert_eq!(venue.scheduler.stats().unsettled, 5);
    venue.store.fail(None);
    for id in ids {
        assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    }
    assert_eq!(venue.devices.words().len(), 5, "a toggle is not sent twice");
}

#[tokio::test(start_paused = true)]
async fn a_board_that_leaves_with_five_in_flight_is_served_when_it_is_back() {
    let venue = Venue::start();
    venue.devices.have_transmitters("ir-1", FIVE);
    venue.devices.will("ir-1", vec![Reaction::Hangs; 5]);
    let toggles = for_all(&venue, "power", 5).await;
    let wishes = for_all(&venue, "channel 501", 5).await;
    venue.devices.wait_for_sent(5).await;
    venue.devices.leave("ir-1");
    for id in toggles {
        assert_eq!(venue.end_of(id).await, (Status::Unknown, Reason::NoEvidence));
    }
    settle_down().await;
    venue.devices.come_back("ir-1");
    venue.waker().session("ir-1".parse().unwrap());
    for id in wishes {
        assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    }
    assert_eq!(venue.devices.words().len(), 10);
}
