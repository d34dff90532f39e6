//! A transport of one's own gets the lane for free: a TV that is controlled over HTTP.

use std::{sync::Arc, time::Duration};

use tokio::{
    task::JoinHandle,
    time::{Instant, timeout},
};
use venue_domain::{
    Command, Delivery, DirectTransport, Evidence, Fences, NotSent, Outcome, Refused, Timestamp,
    TimingProfile, Unknown, testing,
};
use venue_lane::{Connection, Lanes, LanesConfig, PortTimings, Wire};

use self::{tv::Tv, wire::HttpTv};

#[path = "../../examples/http_tv/tv.rs"]
mod tv;
#[path = "../../examples/http_tv/wire.rs"]
#[expect(clippy::wildcard_enum_match_arm, reason = "an example names what it can do")]
mod wire;

const COMMAND_GAP: Duration = Duration::from_millis(60);
const QUIET_GAP: Duration = Duration::from_secs(1);

/// A TV with its lane.
struct Room {
    tv: Arc<Tv>,
    wire: Arc<HttpTv>,
    lanes: Arc<Lanes<HttpTv>>,
    fences: Arc<Fences>,
    accepted: std::cell::Cell<u64>,
}

impl Room {
    async fn new() -> Self {
        let tv = Tv::start().await.unwrap();
        let wire = HttpTv::new(tv.address);
        let connecting = Arc::clone(&wire);
        tokio::spawn(async move { connecting.keep_connected().await });
        let fences = Arc::new(Fences::new());
        let lanes = Arc::new(Lanes::new(Arc::clone(&fences), LanesConfig::default()));
        let timing = TimingProfile {
            frame: Duration::ZERO,
            digit_gap: Duration::ZERO,
            command_gap: COMMAND_GAP,
            warm_up: Duration::ZERO,
            entry_gap: Duration::ZERO,
            quiet_gap: QUIET_GAP,
        };
        lanes.add("tv-1".parse().unwrap(), Arc::clone(&wire), PortTimings::all(timing));
        Self { tv, wire, lanes, fences, accepted: std::cell::Cell::new(0) }
    }

    /// Accepts a command, and hands it to its lane.
    fn send(&self, what: &str, budget: u64) -> JoinHandle<Outcome> {
        self.accepted.set(self.accepted.get() + 1);
        let at = Timestamp::from_unix_ms(0);
        let command: Arc<Command> =
            Arc::new(testing::command(what, "tv-1/1", at, self.accepted.get()));
        self.fences.raise(&command);
        let lanes = Arc::clone(&self.lanes);
        let deadline = (Instant::now() + Duration::from_millis(budget)).into_std();
        tokio::spawn(async move {
            match lanes.deliver(command, deadline).await {
                Delivery::Ended { outcome, .. } => outcome,
                superseded @ Delivery::Superseded { .. } => panic!("{superseded:?}"),
            }
        })
    }

    async fn outcome(&self, what: &str, budget: u64) -> Outcome {
        self.send(what, budget).await.unwrap()
    }

    /// Waits until the TV is connected again.
    async fn online(&self) {
        let mut connection = self.wire.watch();
        let online = connection.wait_for(Connection::is_online);
        assert!(timeout(PATIENCE, online).await.unwrap().is_ok());
    }

    /// What the TV did, once that is so many requests.
    async fn done(&self, count: usize) -> Vec<(String, Instant)> {
        let mut done = self.tv.done.subscribe();
        let done = timeout(PATIENCE, done.wait_for(|done| done.len() >= count)).await;
        done.unwrap().unwrap().clone()
    }
}

/// Much longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

const DELIVERED: Outcome = Outcome::Delivered(Evidence::Reply);

fn paths(done: &[(String, Instant)]) -> Vec<&str> {
    done.iter().map(|(path, _)| path.as_str()).collect()
}

#[tokio::test]
async fn commands_keep_their_order_and_the_gap_between_them() {
    let room = Room::new().await;
    let sent = [room.send("number 5", 3_000), room.send("number 7", 3_000), room.send("ok", 3_000)];
    for sent in sent {
        assert_eq!(sent.await.unwrap(), DELIVERED);
    }
    let done = room.done(3).await;
    assert_eq!(paths(&done), ["/key/5", "/key/7", "/ok"]);
    assert!(done.windows(2).all(|two| two[1].1 - two[0].1 >= COMMAND_GAP), "{done:?}");
}

#[tokio::test]
async fn what_the_wire_or_the_tv_refuses_is_refused_with_its_reason() {
    let room = Room::new().await;
    let unknown = room.outcome("refresh_capabilities", 3_000).await;
    let service = "refresh_capabilities".to_owned();
    assert_eq!(unknown, Outcome::Refused(Refused::NotAdvertised { service }));
    let refused = room.outcome("menu", 3_000).await;
    let words = "HTTP 404".to_owned();
    assert_eq!(refused, Outcome::Refused(Refused::ByDevice { words }));
}

#[tokio::test]
async fn a_channel_that_may_still_act_is_answered_by_the_newer_one_sent_once_more() {
    let room = Room::new().await;
    assert_eq!(room.outcome("channel 1", 3_000).await, DELIVERED);
    room.tv.hang();
    let lost = room.outcome("channel 2", 1_500).await;
    assert_eq!(lost, Outcome::Unknown(Unknown::SessionLost));
    room.online().await;
    // On a new connection the TV answers; the request that it took on the old one is still to be done.
    let newer = room.send("channel 3", 3_000);
    assert_eq!(newer.await.unwrap(), DELIVERED);
    assert_eq!(paths(&room.done(2).await), ["/channel/1", "/channel/3"]);
    room.tv.wake();
    let done = room.done(4).await;
    assert_eq!(paths(&done), ["/channel/1", "/channel/3", "/channel/2", "/channel/3"]);
    assert!(done[3].1 - done[1].1 >= QUIET_GAP, "{done:?}");
}

#[tokio::test]
async fn a_toggle_that_may_have_acted_is_never_sent_again() {
    let room = Room::new().await;
    room.tv.hang();
    assert_eq!(room.outcome("power", 1_500).await, Outcome::Unknown(Unknown::SessionLost));
    room.online().await;
    assert_eq!(room.outcome("mute_on", 3_000).await, DELIVERED);
    assert_eq!(*room.tv.asked.borrow(), ["/power", "/mute_on"]);
    room.tv.wake();
    assert_eq!(paths(&room.done(2).await), ["/mute_on", "/power"]);
}

#[tokio::test]
async fn a_newer_command_supersedes_one_that_has_not_begun() {
    let room = Room::new().await;
    assert_eq!(room.outcome("mute_on", 3_000).await, DELIVERED);
    let at = Timestamp::from_unix_ms(0);
    let older = Arc::new(testing::command("channel 1", "tv-1/1", at, 100));
    let newer = testing::command("channel 2", "tv-1/1", at, 101);
    room.fences.raise(&older);
    room.fences.raise(&newer);
    let deadline = (Instant::now() + Duration::from_secs(3)).into_std();
    let delivery = room.lanes.deliver(older, deadline).await;
    assert!(
        matches!(delivery, Delivery::Superseded { by } if by.command == newer.id),
        "{delivery:?}"
    );
    assert_eq!(*room.tv.asked.borrow(), ["/mute_on"]);
}

#[tokio::test]
async fn a_tv_that_is_not_there_is_offline() {
    let room = Room::new().await;
    room.lanes.remove(&"tv-1".parse().unwrap());
    assert_eq!(room.outcome("mute_on", 3_000).await, Outcome::NotSent(NotSent::Offline));
}

#[test]
fn the_page_for_embedders_shows_the_wire_of_the_example() {
    let page = include_str!("../../../../docs/embedding.md");
    let wire = include_str!("../../examples/http_tv/wire.rs");
    let shown = page.split("```rust,ignore\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(shown.lines().count() > 30, "{shown}");
    assert!(wire.contains(shown), "docs/embedding.md shows other lines than wire.rs has");
}
