//! Listens to what the daemon says of commands that have ended: it says so when that is durable.

use std::{fmt, time::Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// A queued command that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) at: Instant,
    /// `device/port`.
    pub(crate) target: String,
    pub(crate) completed: bool,
}

/// What is told from now on, by every daemon of this process.
pub(crate) fn listen() -> UnboundedReceiver<Ended> {
    let (tell, told) = unbounded_channel();
    tracing::subscriber::set_global_default(Listener(tell)).unwrap();
    told
}

struct Listener(UnboundedSender<Ended>);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO && metadata.is_event()
    }

    fn event(&self, event: &Event<'_>) {
        let mut said = Said::default();
        event.record(&mut said);
        if said.ended {
            let Said { hostname, port, completed, ended: _ } = said;
            let target = format!("{hostname}/{port}");
            // Nobody may listen any more.
            drop(self.0.send(Ended { at: Instant::now(), target, completed }));
        }
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct Said {
    ended: bool,
    completed: bool,
    hostname: String,
    port: u64,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "status" {
            self.completed = value == "completed";
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "port" {
            self.port = value;
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.ended = format!("{value:?}") == "queued command ended",
            "hostname" => self.hostname = format!("{value:?}"),
            _ => {}
        }
    }
}
