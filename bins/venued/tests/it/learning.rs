//! A key of a remote control that nobody knows is learned from the receiver of a board.

use std::{net::SocketAddr, time::Duration};

use esphome_pool::codec::{
    DeviceConfig, DeviceEvent, DeviceSession, Encryption, Login, MacAddress, Message, proto,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::broadcast,
    time::Instant,
};
use venue_infrared::{Code, Press, encode};

use crate::{
    support::{Daemon, device_toml, send, until, venuectl},
    watching::Stream,
};

const MAC: [u8; 6] = [2, 0x5e, 0x4d, 0, 0, 1];

/// The key of its transmitter, and of its receiver.
const PORT: u32 = 1;
const EYE: u32 = 2;

/// A board with an infrared transmitter and a receiver.
struct Board {
    address: SocketAddr,
    heard: broadcast::Sender<Vec<i32>>,
}

impl Board {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = broadcast::Sender::new(64);
        let events = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, events.subscribe()));
            }
        });
        Self { address, heard }
    }

    /// Somebody presses a key in front of the receiver; told as firmware does, burst by burst.
    fn hears(&self, code: &str, toggle: bool) {
        let code: Code = code.parse().unwrap();
        let sent = encode(&code, Press { toggle, sends: 1 }).unwrap();
        let mut burst = Vec::new();
        for timing in sent.timings() {
            if *timing > -10_000 {
                // Marks are heard longer and spaces shorter.
                burst.push(timing + 60);
                continue;
            }
            burst.push(-10_000);
            self.heard.send(std::mem::take(&mut burst)).unwrap();
        }
    }
}

async fn serve(mut stream: TcpStream, mut heard: broadcast::Receiver<Vec<i32>>) {
    let config = DeviceConfig {
        name: "ir-000001".to_owned(),
        mac: MacAddress::try_from(MAC).unwrap(),
        encryption: Encryption::Plaintext,
        api_version: (1, 19),
        server_info: "esphome v2026.10.0".to_owned(),
        login: Login::NotNeeded,
        inbound_limit: 8_192,
        hello_timeout: Duration::from_secs(60),
    };
    let mut session = DeviceSession::new(config, Instant::now().into_std());
    let mut room = vec![0; 4_096];
    loop {
        tokio::select! {
            event = heard.recv() => {
                let Ok(timings) = event else { return };
                let event = proto::InfraredReceiveEvent { device_id: 0, key: EYE, timings };
                session.send(&event.into()).unwrap();
            }
            read = stream.read(&mut room) => {
                let Ok(count @ 1..) = read else { return };
                if session.receive(&room[..count]).is_err() {
                    return;
                }
                while let Some(event) = session.poll_event() {
                    let DeviceEvent::Message(message) = event else { continue };
                    answer(&message, &mut session);
                }
            }
        }
        let bytes = session.poll_transmit().unwrap_or_default();
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "messages are an open set")]
fn answer(message: &Message, session: &mut DeviceSession) {
    let entity = |key, name: &str, capabilities| {
        let (name, receiver_frequency) = (name.to_owned(), 38_000);
        proto::ListEntitiesInfraredResponse {
            key,
            name,
            capabilities,
            receiver_frequency,
            ..Default::default()
        }
    };
    let answers: Vec<Message> = match message {
        Message::PingRequest(_) => vec![proto::PingResponse {}.into()],
        Message::DeviceInfoRequest(_) => vec![
            proto::DeviceInfoResponse {
                name: "ir-000001".to_owned(),
                mac_address: MacAddress::try_from(MAC).unwrap().to_string(),
                esphome_version: "2026.10.0".to_owned(),
                ..Default::default()
            }
            .into(),
        ],
        Message::ListEntitiesRequest(_) => vec![
            entity(PORT, "Port 1", 1).into(),
            entity(EYE, "Eye", 2).into(),
            proto::ListEntitiesDoneResponse {}.into(),
        ],
        _ => Vec::new(),
    };
    answers.iter().for_each(|answer| session.send(answer).unwrap());
}

async fn venue() -> (Board, Daemon) {
    let board = Board::start().await;
    let devices = device_toml("ir-000001", board.address, "");
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &devices).await;
    daemon.wait_for_session("ir-000001", 1).await;
    (board, daemon)
}

/// The session when it stands so.
async fn standing(daemon: &Daemon, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let look = async || {
        let session = daemon.get(path).await.json;
        is_so(&session).then_some(session)
    };
    until("the session stands so", look).await
}

#[tokio::test(flavor = "multi_thread")]
async fn three_presses_that_agree_are_a_key_and_each_press_is_told() {
    let (board, daemon) = venue().await;
    let mut stream = Stream::open(daemon.address, "?type=infrared.learning", None).await;
    let body = json!({"device": "ir-000001", "key": "power"});
    let begun = daemon.post("/api/v1/infrared/learn", &body).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    assert_eq!(
        (&begun.json["state"], &begun.json["receiver"]),
        (&json!("listening"), &json!("Eye"))
    );
    let path = format!("/api/v1/infrared/learn/{}", begun.json["id"].as_str().unwrap());

    let again = daemon.post("/api/v1/infrared/learn", &body).await;
    assert_eq!((again.status, &again.json["code"]), (409, &json!("learning_already")));

    board.hears("rc5:0,12", false);
    let told = standing(&daemon, &path, |session| session["presses"] == 1).await;
    assert_eq!(told["message"], "press 1 of 3 (rc5:0,12)");
    board.hears("rc5:0,13", true);
    let differs = |session: &Value| session["message"].as_str().unwrap().contains("differs");
    let told = standing(&daemon, &path, differs).await;
    assert_eq!((&told["state"], &told["presses"]), (&json!("listening"), &json!(1)));
    board.hears("rc5:0,12", true);
    standing(&daemon, &path, |session| session["presses"] == 2).await;
    board.hears("rc5:0,12", false);
    let learned = standing(&daemon, &path, |session| session["state"] == "learned").await;
    let code = &learned["learned"];
    assert_eq!((&code["code"], &code["decoded"]), (&json!("rc5:0,12"), &json!("rc5:0,12")));
    assert_eq!((&code["carrier_hz"], &code["carrier_from"]), (&json!(36_000), &json!("protocol")));
    assert!(code["raw"].as_str().unwrap().starts_with("raw:36000:"), "{code}");

    let mut states = Vec::new();
    while states.last() != Some(&json!("learned")) {
        states.push(stream.next("infrared.learning").await["state"].clone());
    }
    assert_eq!(states.len(), 5, "it began, and four presses were told: {states:?}");

    // It has ended: another key can be learned, and what came of it stays.
    let next = daemon.post("/api/v1/infrared/learn", &body).await;
    assert_eq!(next.status, 201, "{next:?}");
    let ended = format!("/api/v1/infrared/learn/{}", next.json["id"].as_str().unwrap());
    let ended = send(daemon.address, "DELETE", &ended, "", &json!({})).await;
    assert_eq!((ended.status, &ended.json["state"]), (200, &json!("ended")));
    assert_eq!(daemon.get(&path).await.json["state"], "learned");
}

#[tokio::test(flavor = "multi_thread")]
async fn venuectl_learns_a_key_and_comments_on_each_press() {
    let (board, daemon) = venue().await;
    let line = ["codes", "learn", "ir-000001", "--key", "volume_up"];
    let pressing = async {
        daemon.log.wait_for("listening for an infrared key").await;
        for number in 1..=3 {
            board.hears("sony12:1,18", false);
            daemon.log.wait_for_nth("learning an infrared key", number).await;
        }
    };
    let (said, ()) = tokio::join!(venuectl(daemon.address, &line), pressing);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("sony12:1,18") && said.stdout.contains("40000 Hz"), "{said:?}");
    assert!(said.stderr.contains("of 3 (sony12:1,18)"), "{said:?}");
    assert!(said.stdout.contains("3 times for each press"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_wish_to_learn_is_said() {
    let (_board, daemon) = venue().await;
    for (body, status, part) in [
        (json!({"device": "ir-000009"}), 422, "there is no device ir-000009"),
        (json!({"device": "ir-000001", "receiver": "Nose"}), 422, "it has Eye"),
        (json!({"device": "ir-000001", "key": ""}), 422, "1 to 64 characters"),
        (json!({"receiver": "Eye"}), 422, "device"),
    ] {
        let answer = daemon.post("/api/v1/infrared/learn", &body).await;
        assert_eq!(answer.status, status, "{body} {answer:?}");
        assert!(answer.json["detail"].as_str().unwrap().contains(part), "{answer:?}");
    }
    let gone = daemon.get("/api/v1/infrared/learn/none").await;
    assert_eq!(gone.status, 404, "{gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_set_is_found_by_trying_what_does_no_harm() {
    let (_board, daemon) = venue().await;
    let mut answers: Vec<Value> = Vec::new();
    let found = loop {
        let body = json!({"make": "samsung", "kind": "tv", "answers": answers});
        let step = daemon.post("/api/v1/infrared/find", &body).await;
        assert_eq!(step.status, 200, "{step:?}");
        if step.json["state"] != "try" {
            break step.json;
        }
        assert!(!step.json["key"].as_str().unwrap().starts_with("power"), "{step:?}");
        answers.push(json!({"key": step.json["key"], "code": step.json["code"], "reacted": true}));
        assert!(answers.len() < 10, "{answers:?}");
    };
    assert_eq!(found["state"], "found", "{found}");
    assert_eq!(found["sets"][0]["make"], "Samsung", "{found}");
    let power = json!([{"key": "power", "code": "nec1:4,8", "reacted": true}]);
    let refused = daemon.post("/api/v1/infrared/find", &json!({"answers": power})).await;
    assert_eq!((refused.status, &refused.json["code"]), (422, &json!("invalid_item")));
}
