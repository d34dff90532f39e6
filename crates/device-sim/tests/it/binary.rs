//! The program itself: its lines, its orders, its end.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

use esphome_codec::{ArgValue, ClientConfig, ClientSession, InfraredTransmit};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

struct Program {
    process: Child,
    orders: ChildStdin,
    lines: BufReader<ChildStdout>,
}

impl Program {
    fn start(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_device-sim"));
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let orders = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, orders, lines }
    }

    /// The next line with this event.
    fn event(&mut self, event: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "it ended before {event}");
            let value: Value = serde_json::from_str(&line).unwrap();
            if value["event"] == event {
                return value;
            }
        }
    }

    fn end(mut self) -> Option<i32> {
        let pid = self.process.id();
        let mut kill = Command::new("sh");
        assert!(kill.arg("-c").arg(format!("kill -TERM {pid}")).status().unwrap().success());
        self.process.wait().unwrap().code()
    }
}

/// Opens a session with a board and calls one action of it.
async fn call(address: &str, action: &str, values: Vec<ArgValue>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let now = || Instant::now().into_std();
    let mut session = ClientSession::new(Arc::new(ClientConfig::default()), now());
    let mut called = false;
    loop {
        if session.is_ready() && !called {
            called = true;
            let peer = Arc::clone(session.peer().unwrap());
            let call = peer.listing.action(action).unwrap().call(values.clone()).unwrap();
            session.call(&call).unwrap();
        }
        if let Some(bytes) = session.poll_transmit() {
            stream.write_all(&bytes).await.unwrap();
        }
        while let Some(event) = session.poll_event() {
            if matches!(event, esphome_codec::ClientEvent::ActionReply { .. }) {
                return;
            }
        }
        if called || !session.is_ready() {
            let mut room = [0; 4_096];
            let count = stream.read(&mut room).await.unwrap();
            session.receive(&room[..count], now()).unwrap();
        }
    }
}

#[tokio::test]
async fn it_tells_what_happens_and_takes_orders() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("frames.jsonl");
    let args = ["--count", "2", "--name", "ir-00000f", "--frame-log", log.to_str().unwrap()];
    let mut program = Program::start(&args);
    let first = program.event("listening");
    assert_eq!(first["name"], "ir-00000f");
    assert_eq!(program.event("listening")["name"], "ir-000010");
    let address = first["address"].as_str().unwrap();

    call(address, "tv_mute", vec![ArgValue::Int(2)]).await;
    let (mut action, mut tv) = (Value::Null, Value::Null);
    while action.is_null() || tv.is_null() {
        let mut line = String::new();
        program.lines.read_line(&mut line).unwrap();
        let event: Value = serde_json::from_str(&line).unwrap();
        let slot = if event["event"] == "tv" { &mut tv } else { &mut action };
        *slot = event;
    }
    assert_eq!((&action["action"], &action["args"]["port"]), (&"tv_mute".into(), &"2".into()));
    assert_eq!((&tv["port"], &tv["muted"]), (&2.into(), &true.into()));

    writeln!(program.orders, "fault ir-00000f refuse").unwrap();
    while TcpStream::connect(address).await.is_ok() {}
    assert_eq!(program.end(), Some(0));

    let frames = std::fs::read_to_string(log).unwrap();
    let frames: Vec<Value> =
        frames.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let call = frames.iter().find(|frame| frame["id"] == 42).unwrap();
    assert_eq!((&call["name"], &call["direction"]), (&"ir-00000f".into(), &"received".into()));
    assert!(call["unix_ms"].as_u64().unwrap() > call["at_ms"].as_u64().unwrap());
}

/// Opens a session with a board and raises the volume at its first transmitter.
async fn raise_volume(address: &str) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let now = || Instant::now().into_std();
    let mut session = ClientSession::new(Arc::new(ClientConfig::default()), now());
    let set = venue_infrared::starter_set("samsung-tv").unwrap();
    let code = set.code("volume_up").unwrap();
    let sent = venue_infrared::encode(code, venue_infrared::Press::default()).unwrap();
    while !session.is_ready() {
        let bytes = session.poll_transmit().unwrap_or_default();
        stream.write_all(&bytes).await.unwrap();
        let mut room = [0; 4_096];
        let count = stream.read(&mut room).await.unwrap();
        session.receive(&room[..count], now()).unwrap();
    }
    let entities = session.peer().unwrap().listing.entities.clone();
    let names: Vec<&str> = entities.iter().map(|entity| entity.name.as_str()).collect();
    assert_eq!(names[..3], ["IR Port 1", "IR Port 2", "IR Receiver"]);
    let entity = entities[0].id();
    let request =
        InfraredTransmit::new(entity, sent.carrier().hz(), 1, sent.into_timings()).unwrap();
    session.transmit_infrared(&request).unwrap();
    stream.write_all(&session.poll_transmit().unwrap()).await.unwrap();
}

#[tokio::test]
async fn boards_with_infrared_entities_have_tvs_of_the_makes_that_are_named() {
    let mut program = Program::start(&["--infrared", "samsung,sony", "--eye"]);
    let address = program.event("listening")["address"].as_str().unwrap().to_owned();
    raise_volume(&address).await;
    let tv = program.event("tv");
    assert_eq!((&tv["port"], &tv["volume"]), (&1.into(), &11.into()), "{tv}");
    assert_eq!(program.end(), Some(0));
}

#[test]
fn a_wrong_flag_is_told_and_nothing_is_started() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_device-sim"));
    let output = command.args(["--generation", "next"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("--generation") && told.contains("legacy"), "{told}");
}
