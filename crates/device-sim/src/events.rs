//! What the boards do, as lines of JSON.

use std::{
    fs::File,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use device_sim::{ActionRecord, Blaster, Direction, FrameRecord, Power, TvState};
use serde_json::{Value, json};
use tokio::{sync::broadcast::error::RecvError, time::Instant};

/// Where lines go: stdout for events, a file for frames.
#[derive(Debug)]
pub(crate) struct Sink {
    started: Instant,
    started_unix_ms: u128,
    frames: Option<Mutex<File>>,
}

impl Sink {
    pub(crate) fn new(frames: Option<File>) -> Self {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            started: Instant::now(),
            started_unix_ms: since_epoch.unwrap_or_default().as_millis(),
            frames: frames.map(Mutex::new),
        }
    }

    fn at_ms(&self, at: Instant) -> u64 {
        let elapsed = at.saturating_duration_since(self.started).as_millis();
        u64::try_from(elapsed).unwrap_or(u64::MAX)
    }

    fn event(&self, event: &Value) {
        let mut stdout = io::stdout().lock();
        // A reader that has gone is its own affair: the boards go on.
        let _written = writeln!(stdout, "{event}").and_then(|()| stdout.flush());
    }

    fn frame(&self, name: &str, frame: &FrameRecord) {
        let Some(file) = &self.frames else { return };
        let at_ms = self.at_ms(frame.at);
        let direction = match frame.direction {
            Direction::Received => "received",
            Direction::Sent => "sent",
        };
        let line = json!({
            "name": name,
            "at_ms": at_ms,
            "unix_ms": self.started_unix_ms + u128::from(at_ms),
            "session": frame.session,
            "direction": direction,
            "id": frame.id,
            "message": frame.name,
            "size": frame.size,
        });
        // A std lock: held for one write. What cannot be written is lost, the boards go on.
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        // In one piece: whoever reads along sees whole lines.
        let _written = file.write_all(format!("{line}\n").as_bytes());
    }
}

/// Writes everything that `board` does, for as long as the process lives.
pub(crate) fn follow(board: &Arc<Blaster>, sink: &Arc<Sink>) {
    // The watchers first: whoever reads "listening" may call at once.
    tokio::spawn(actions(Arc::clone(board), Arc::clone(sink)));
    for port in board.ports() {
        tokio::spawn(tv(Arc::clone(board), port, Arc::clone(sink)));
    }
    if sink.frames.is_some() {
        tokio::spawn(frames(Arc::clone(board), Arc::clone(sink)));
    }
    let address = board.address().to_string();
    sink.event(&json!({"event": "listening", "name": board.name(), "address": address}));
}

async fn actions(board: Arc<Blaster>, sink: Arc<Sink>) {
    let mut total = board.watch_actions();
    let mut told = 0;
    loop {
        total.mark_unchanged();
        let (ran, now) = board.actions_since(told);
        for action in &ran {
            sink.event(&action_line(board.name(), sink.at_ms(action.at), action));
        }
        told = now;
        if total.changed().await.is_err() {
            return;
        }
    }
}

fn action_line(name: &str, at_ms: u64, action: &ActionRecord) -> Value {
    let (action, args) = (&action.action, &action.args);
    json!({"event": "action", "name": name, "at_ms": at_ms, "action": action, "args": args})
}

async fn tv(board: Arc<Blaster>, port: u8, sink: Arc<Sink>) {
    let mut shown = board.watch_tv(port);
    while shown.changed().await.is_ok() {
        let state = shown.borrow_and_update().clone();
        sink.event(&tv_line(board.name(), port, &state));
    }
}

fn tv_line(name: &str, port: u8, tv: &TvState) -> Value {
    json!({
        "event": "tv",
        "name": name,
        "port": port,
        "power": if tv.power == Power::On { "on" } else { "off" },
        "channel": tv.channel,
        "volume": tv.volume,
        "muted": tv.muted,
        "input": tv.input,
    })
}

async fn frames(board: Arc<Blaster>, sink: Arc<Sink>) {
    let mut frames = board.watch_frames();
    loop {
        match frames.recv().await {
            Ok(frame) => sink.frame(board.name(), &frame),
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(device = board.name(), missed, "frames are missing in the log");
            }
            Err(RecvError::Closed) => return,
        }
    }
}
