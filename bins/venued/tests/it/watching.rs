//! What happens, told as it happens: events, figures, alerts, webhooks.

use std::{net::SocketAddr, time::Duration};

use device_sim::{Blaster, BlasterConfig, Fault, Fleet};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    net::{TcpListener, TcpStream},
    time::Instant,
};

use crate::support::{Daemon, sim_toml, soon, until, venuectl};

/// A stream of events, as a page reads it.
pub(crate) struct Stream {
    lines: Lines<BufReader<TcpStream>>,
    last_id: Option<String>,
}

impl Stream {
    pub(crate) async fn open(address: SocketAddr, query: &str, last_id: Option<&str>) -> Self {
        let last = last_id.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        Self::ask(address, query, &last).await
    }

    /// Everything, for the holder of a token.
    pub(crate) async fn open_as(address: SocketAddr, token: &str) -> Self {
        Self::ask(address, "", &format!("Authorization: Bearer {token}\r\n")).await
    }

    /// Everything, with these headers, each of which ends in a line break.
    pub(crate) async fn open_with(address: SocketAddr, headers: &str) -> Self {
        Self::ask(address, "", headers).await
    }

    async fn ask(address: SocketAddr, query: &str, header: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request =
            format!("GET /api/v1/events{query} HTTP/1.1\r\nHost: {address}\r\n{header}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(stream).lines();
        loop {
            let line = soon("the head", lines.next_line()).await.unwrap().unwrap();
            if line.starts_with("retry:") {
                return Self { lines, last_id: None };
            }
        }
    }

    /// Reads on until the daemon ends the stream.
    pub(crate) async fn ended(&mut self) {
        while self.lines.next_line().await.unwrap().is_some() {}
    }

    /// The next event of this kind.
    pub(crate) async fn next(&mut self, kind: &str) -> Value {
        let mut name = String::new();
        loop {
            let line = soon(kind, self.lines.next_line()).await.unwrap().expect("a stream");
            if let Some(id) = line.strip_prefix("id: ") {
                self.last_id = Some(id.to_owned());
            } else if let Some(event) = line.strip_prefix("event: ") {
                event.clone_into(&mut name);
            } else if let Some(data) = line.strip_prefix("data: ") {
                let data = serde_json::from_str(data).unwrap();
                assert_described(&name, &data);
                if name == kind {
                    return data;
                }
            }
        }
    }
}

/// What an event says is what the description of the API says of it: its type reads it, and leaves nothing out.
fn assert_described(name: &str, data: &Value) {
    fn read<T: DeserializeOwned + Serialize>(data: &Value) -> Value {
        let read: T =
            serde_json::from_value(data.clone()).unwrap_or_else(|e| panic!("{e}: {data}"));
        json!(read)
    }
    /// Without what is null: absent and null are told apart by few.
    fn said(value: &Value) -> Value {
        match value {
            Value::Object(fields) => fields
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.clone(), said(value)))
                .collect(),
            Value::Array(all) => all.iter().map(said).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }
    let read = match name {
        "command.updated" => read::<venue_api::CommandEvent>(data),
        "batch.created" => read::<venue_api::BatchCreatedEvent>(data),
        "batch.progress" => read::<venue_api::BatchProgressEvent>(data),
        "port.updated" => read::<venue_api::PortEvent>(data),
        "device.state" => read::<venue_api::DeviceEvent>(data),
        "queue.health" => read::<venue_api::QueueEvent>(data),
        "schedule.fired" => read::<venue_api::ScheduleEvent>(data),
        "config.changed" => read::<venue_api::ConfigEvent>(data),
        "lock.ended" => read::<venue_api::Lock>(data),
        "maintenance.ended" => read::<venue_api::Maintenance>(data),
        "clock.jumped" => read::<venue_api::ClockEvent>(data),
        "infrared.learning" => read::<venue_api::LearnSession>(data),
        "alert.raised" | "alert.updated" | "alert.cleared" => read::<venue_api::Alert>(data),
        "reset" => read::<venue_api::ResetEvent>(data),
        _ => panic!("{name} is not described"),
    };
    assert_eq!(said(&read), said(data), "{name}");
}

pub(crate) async fn fleet(count: u16) -> (Fleet, Daemon) {
    let boards = (1..=count).map(|number| BlasterConfig {
        warm_up: Duration::ZERO,
        ..BlasterConfig::new(format!("ir-{number:06x}"), number)
    });
    let fleet = Fleet::start(boards).await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml(fleet.iter())).await;
    for number in 1..=count {
        daemon.wait_for_session(&format!("ir-{number:06x}"), 1).await;
    }
    (fleet, daemon)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_told_of_as_it_goes_and_a_cut_stream_goes_on() {
    let (_fleet, daemon) = fleet(12).await;
    let mut stream = Stream::open(daemon.address, "?type=batch.*,command.*", None).await;
    let begun = Instant::now();
    let body = json!({"selectors": ["all"], "command": "power_on", "batch_id": "evening"});
    let accepted = daemon.post("/api/v1/batches", &body).await;
    assert_eq!(accepted.json["accepted"].as_array().unwrap().len(), 60);
    let first = stream.next("batch.progress").await;
    println!("first progress of a batch of 60 after {:?}", begun.elapsed());
    assert_eq!((&first["batch_id"], &first["total"]), (&json!("evening"), &json!(60)));
    let last_id = stream.last_id.clone().unwrap();
    drop(stream);
    let path = "/api/v1/batches/evening";
    let finished = async || (daemon.get(path).await.json["finished"] == json!(true)).then_some(());
    until("the end of the batch", finished).await;
    let mut stream = Stream::open(daemon.address, "", Some(&last_id)).await;
    let (mut delivered, mut told) = (0, 0);
    loop {
        let progress = stream.next("batch.progress").await;
        told += 1;
        let completed = progress["statuses"]["completed"].as_u64().unwrap();
        assert!(completed >= delivered, "never back");
        delivered = completed;
        if progress["finished"] == json!(true) {
            break;
        }
    }
    assert_eq!(delivered, 60, "told {told} times");
    // What is of another run, or too long ago, begins anew.
    let mut other = Stream::open(daemon.address, "", Some("1-1")).await;
    assert_eq!(other.next("reset").await, json!({}));
    let followed = venuectl(daemon.address, &["events", "--count", "1"]);
    let pressing = async {
        loop {
            daemon.press("ir-000001", 1, "volume_up").await;
            tokio::task::yield_now().await;
        }
    };
    let followed = tokio::select! {
        followed = followed => followed,
        () = pressing => unreachable!(),
    };
    let line: Value = serde_json::from_str(followed.stdout.trim()).unwrap();
    assert_eq!(line["data"]["hostname"], "ir-000001", "{followed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_what_prometheus_reads() {
    let (_fleet, daemon) = fleet(1).await;
    assert_eq!(daemon.press("ir-000001", 1, "mute").await.status, 200);
    let bulk = json!({"selectors": ["all"], "command": "mute"});
    daemon.post("/api/v1/batches", &bulk).await;
    let ended =
        "venue_commands_total{class=\"bulk\",routing_method=\"queued\",status=\"completed\"} 5";
    let text = async || {
        let text = raw(daemon.address, "/metrics").await;
        text.contains(ended).then_some(text)
    };
    let text = until("five commands", text).await;
    let direct = "venue_commands_total{class=\"interactive\",routing_method=\"direct_success\",\
                  status=\"completed\"} 1";
    for line in [
        direct,
        "venue_devices{state=\"online\"} 1",
        "venue_store_up 1",
        "venue_direct_seconds_count 1",
        "venue_queue_stuck 0",
        "venue_alerts_active 0",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    let body = text.split_once("\r\n\r\n").unwrap().1;
    for line in body.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with("venue_") && value.parse::<f64>().is_ok(), "{line}");
        assert!(!line.contains("ir-0000"), "no device in a label: {line}");
    }
    assert!(body.trim_end().ends_with("# EOF"), "{body}");
}

async fn raw(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon("an answer", stream.read_to_string(&mut answer)).await.unwrap();
    answer
}

/// Takes one request and answers `status`; gives its head and body.
async fn hook(listener: &TcpListener, status: u16) -> (String, Value) {
    let (stream, _) = soon("a webhook", listener.accept()).await.unwrap();
    let mut stream = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let line = line.to_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    (head, serde_json::from_slice(&body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_stays_away_raises_an_alert_and_a_webhook_is_told_until_it_listens() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hook.secret"), "s3cret\n").unwrap();
    let more = format!(
        "[alerts]\ndevice_offline_after_s = 1\n[[webhook]]\nurl = \"http://{}/hook\"\n\
         secret_file = \"hook.secret\"\n[pool]\nreconnect_cap_ms = 200\n",
        listener.local_addr().unwrap()
    );
    let daemon = Daemon::durable(folder, &format!("{more}{}", sim_toml([&board]))).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let mut stream = Stream::open(daemon.address, "?type=device.state,alert.*", None).await;
    board.set_fault(Fault::RefuseConnect);
    board.cut();
    // That it is there may be published behind the line of the log that was waited for.
    while stream.next("device.state").await["presence"] != "offline" {}
    let raised = stream.next("alert.raised").await;
    assert_eq!(raised["id"], "device_offline:ir-000001");
    let (_, first) = hook(&listener, 500).await;
    let (head, again) = hook(&listener, 204).await;
    assert_eq!(first, again, "the same until it is taken");
    assert_eq!((&again["type"], &again["data"]["id"]), (&json!("alert.raised"), &raised["id"]));
    assert!(head.contains("webhook-signature: sha256="), "{head}");
    let listed = venuectl(daemon.address, &["alerts"]).await;
    assert!(listed.stdout.contains("ir-000001 cannot be reached"), "{listed:?}");
    assert_eq!(listed.code, Some(1));
    board.clear_fault();
    let cleared = stream.next("alert.cleared").await;
    assert_eq!(cleared["id"], raised["id"]);
    let (_, told) = hook(&listener, 204).await;
    assert_eq!(told["type"], "alert.cleared");
    assert_eq!(daemon.get("/api/v1/alerts").await.json["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_queue_is_told_to_whoever_asks_and_is_an_alert_until_it_is_resumed() {
    let (_fleet, daemon) = fleet(1).await;
    let mut stream = Stream::open(daemon.address, "?type=queue.health,alert.*", None).await;
    let status = async || daemon.get("/api/v1/status").await.json["queue_paused"].clone();
    assert_eq!(status().await, false);
    daemon.post("/api/v1/queue/pause", &json!({})).await;
    let raised = stream.next("alert.raised").await;
    assert_eq!((&raised["id"], &raised["severity"]), (&json!("queue_paused"), &json!("warning")));
    assert_eq!(status().await, true);
    let told = venuectl(daemon.address, &["status"]).await;
    assert!(told.stdout.contains("normal, the queue is paused"), "{told:?}");
    assert_eq!(daemon.get("/api/v1/alerts").await.json["items"][0]["id"], "queue_paused");
    daemon.post("/api/v1/queue/resume", &json!({})).await;
    assert_eq!(stream.next("alert.cleared").await["id"], raised["id"]);
    assert_eq!(status().await, false);
}
