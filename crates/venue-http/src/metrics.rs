//! Figures for Prometheus: counted where things happen, or read when somebody asks.
//!
//! Nothing is labelled by who asks, by command or by device: the number of series does not grow.

use std::{fmt, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use venue_domain::{Class, Depth, QueueMetrics, RoutingMethod, Status};
use venue_routing::Mode;

/// Figures of a service.
pub struct Metrics {
    registry: Registry,
    commands: Family<CommandLabels, Counter>,
    direct_seconds: Histogram,
    requests: Family<RequestLabels, Counter>,
    devices: Family<StateLabels, Gauge>,
    queue: Family<StatusLabels, Gauge>,
    queue_stuck: Gauge,
    queue_oldest: Gauge<f64, std::sync::atomic::AtomicU64>,
    worker_utilisation: Gauge<f64, std::sync::atomic::AtomicU64>,
    hour: Family<FigureLabels, Gauge<f64, std::sync::atomic::AtomicU64>>,
    store_up: Gauge,
    watchers: Gauge,
    alerts: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CommandLabels {
    class: &'static str,
    routing_method: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabels {
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FigureLabels {
    figure: &'static str,
}

/// What is read when somebody asks.
#[derive(Clone, Debug)]
pub(crate) struct Scrape {
    pub(crate) devices: [(&'static str, usize); 4],
    pub(crate) depth: Depth,
    pub(crate) metrics: Option<QueueMetrics>,
    pub(crate) oldest: Option<Duration>,
    pub(crate) utilisation: f64,
    pub(crate) mode: Mode,
    pub(crate) watchers: usize,
    pub(crate) alerts: usize,
}

/// Upper bounds, in seconds: from a warm call on the same machine to the longest direct try.
const SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0];

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("venue");
        let metrics = Self {
            commands: Family::default(),
            direct_seconds: Histogram::new(SECONDS),
            requests: Family::default(),
            devices: Family::default(),
            queue: Family::default(),
            queue_stuck: Gauge::default(),
            queue_oldest: Gauge::default(),
            worker_utilisation: Gauge::default(),
            hour: Family::default(),
            store_up: Gauge::default(),
            watchers: Gauge::default(),
            alerts: Gauge::default(),
            registry: Registry::default(),
        };
        let build: Family<BuildLabels, Gauge> = Family::default();
        build.get_or_create(&BuildLabels { version: env!("CARGO_PKG_VERSION") }).set(1);
        registry.register("build", "The version of this service", build);
        registry.register("commands", "Commands that ended", metrics.commands.clone());
        let took = metrics.direct_seconds.clone();
        registry.register("direct_seconds", "How long direct commands took", took);
        registry.register("http_requests", "Requests by status", metrics.requests.clone());
        registry.register("devices", "Devices by state", metrics.devices.clone());
        registry.register("queue_commands", "Open commands by status", metrics.queue.clone());
        let stuck = metrics.queue_stuck.clone();
        registry.register("queue_stuck", "Commands in flight for over five minutes", stuck);
        let oldest = metrics.queue_oldest.clone();
        registry.register("queue_oldest_seconds", "Age of the oldest command that is due", oldest);
        let busy = metrics.worker_utilisation.clone();
        registry.register("worker_utilization", "How busy the queue's places are, 0 to 1", busy);
        registry.register("queue_last_hour", "Figures of the last hour", metrics.hour.clone());
        let store = metrics.store_up.clone();
        registry.register("store_up", "Whether the store can be used", store);
        registry.register("event_watchers", "Who watches events", metrics.watchers.clone());
        registry.register("alerts_active", "Alerts that are active", metrics.alerts.clone());
        Self { registry, ..metrics }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// A command ended.
    pub fn command_ended(&self, class: Class, routing: RoutingMethod, status: Status) {
        let labels = CommandLabels {
            class: class.name(),
            routing_method: routing.name(),
            status: status.name(),
        };
        self.commands.get_or_create(&labels).inc();
    }

    /// A direct command ended after so long.
    pub fn direct_took(&self, took: Duration) {
        self.direct_seconds.observe(took.as_secs_f64());
    }

    /// A request was answered.
    pub(crate) fn answered(&self, status: u16) {
        let status = match status {
            0..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            500.. => "5xx",
        };
        self.requests.get_or_create(&RequestLabels { status }).inc();
    }

    /// All figures, in the text format of Prometheus (OpenMetrics).
    pub(crate) fn render(&self, scrape: &Scrape) -> Option<String> {
        let int = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        for (state, count) in scrape.devices {
            self.devices.get_or_create(&StateLabels { state }).set(int(count));
        }
        let Depth { due, later, processing } = scrape.depth;
        for (status, count) in [("due", due), ("scheduled", later), ("processing", processing)] {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.queue.get_or_create(&StatusLabels { status }).set(count);
        }
        self.queue_oldest.set(scrape.oldest.unwrap_or_default().as_secs_f64());
        self.worker_utilisation.set(scrape.utilisation);
        self.store_up.set(i64::from(scrape.mode == Mode::Normal));
        self.watchers.set(int(scrape.watchers));
        self.alerts.set(int(scrape.alerts));
        if let Some(metrics) = &scrape.metrics {
            self.hour(metrics);
        }
        let mut text = String::new();
        text::encode(&mut text, &self.registry).ok()?;
        Some(text)
    }

    fn hour(&self, metrics: &QueueMetrics) {
        self.queue_stuck.set(i64::try_from(metrics.stuck).unwrap_or(i64::MAX));
        let seconds = |mean: Option<Duration>| mean.unwrap_or_default().as_secs_f64();
        let figures = [
            ("completed", metrics.completed_last_hour() as f64),
            ("failed", metrics.failed_last_hour() as f64),
            ("avg_execution_seconds", seconds(metrics.average_execution)),
            ("avg_queue_wait_seconds", seconds(metrics.average_wait)),
        ];
        for (figure, value) in figures {
            self.hour.get_or_create(&FigureLabels { figure }).set(value);
        }
    }
}
