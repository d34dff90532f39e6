//! Embeds the router in a program of your own: bring a transport, a directory and a clock.
//!
//! `cargo run -p venue-routing --example embed`

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example prints and brings its clock"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use venue_routing::{
    CommandOptions, Router, RouterParts, Timeouts,
    domain::{
        Action, Capabilities, Clock, Command, Delivery, DeviceEntry, DeviceSnapshot,
        DirectTransport, Directory, Evidence, Fences, Hostname, LaneSnapshot, NotSent, Outcome,
        Presence, Probe, ProbeOutcome, Timestamp,
    },
};

/// A transport that prints what it would send. A real one sends, keeps the deadline, and says
/// `NotSent` only where no byte left.
struct Printer {
    fences: Arc<Fences>,
}

impl DirectTransport for Printer {
    async fn deliver(&self, command: Arc<Command>, deadline: Instant) -> Delivery {
        // The last look before the first byte: has a newer wish come in meanwhile?
        if let Some(by) = self.fences.superseded_by(&command) {
            return Delivery::Superseded { by };
        }
        let started = Instant::now();
        let outcome = if started >= deadline {
            Outcome::NotSent(NotSent::LaneBusy)
        } else {
            println!("-> {}: {}", command.target, command.action);
            Outcome::Delivered(Evidence::Reply)
        };
        Delivery::Ended { outcome, took: started.elapsed() }
    }
}

impl Probe for Printer {
    async fn ping(&self, _device: &Hostname, _deadline: Instant) -> ProbeOutcome {
        ProbeOutcome::Answered { round_trip: Duration::from_millis(1) }
    }

    fn snapshot(&self, device: &Hostname) -> Option<DeviceSnapshot> {
        Some(DeviceSnapshot {
            device: device.clone(),
            presence: Presence::Online { since: Duration::from_secs(60) },
            last_contact: Some(Duration::from_secs(1)),
            address: None,
            firmware: None,
            lane: LaneSnapshot::default(),
        })
    }

    fn capabilities(&self, _device: &Hostname) -> Option<Capabilities> {
        None
    }
}

/// One device, known by heart.
struct OneDevice(Arc<DeviceEntry>);

impl Directory for OneDevice {
    fn device(&self, device: &Hostname) -> Option<Arc<DeviceEntry>> {
        (*device == self.0.hostname).then(|| Arc::clone(&self.0))
    }

    fn devices(&self) -> Vec<Arc<DeviceEntry>> {
        vec![Arc::clone(&self.0)]
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_ms(0).plus(since)
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fences = Arc::new(Fences::new());
    let entry = DeviceEntry::blaster("ir-dc4516".parse()?);
    let parts = RouterParts::direct_only(
        Printer { fences: Arc::clone(&fences) },
        OneDevice(Arc::new(entry)),
        SystemClock,
        fences,
    );
    let router = Router::new(parts, Timeouts::default());

    let channel = Action::Channel("501".parse()?);
    let tv = "ir-dc4516/2".parse()?;
    let answer = router.submit(tv, channel.clone(), CommandOptions::default());
    let answer = futures_util::FutureExt::now_or_never(answer);
    let answer = answer.ok_or("the printer never waits")??;
    println!("{}: {:?}", answer.status().name(), answer.handling);

    let nowhere = "ir-dc4516/7".parse()?;
    let refused = router.submit(nowhere, channel, CommandOptions::default());
    if let Some(Err(rejection)) = futures_util::FutureExt::now_or_never(refused) {
        println!("refused as it should be: {rejection} (field {:?})", rejection.field());
    }
    Ok(())
}
