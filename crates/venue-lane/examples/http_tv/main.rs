//! Drives a TV that is controlled over HTTP through a lane: `cargo run -p venue-lane --example http_tv`.
//!
//! `wire.rs` is all that a transport of your own needs; `tv.rs` is the TV.

#![expect(clippy::print_stdout, reason = "an example prints")]
#![expect(clippy::wildcard_enum_match_arm, reason = "an example names what it can do")]

use std::{error::Error, sync::Arc, time::Duration};

use venue_domain::{Action, DeviceEntry, Fences, FixedDirectory, Hostname, TimingProfile};
use venue_lane::{Lanes, LanesConfig, PortTimings, RuntimeClock};
use venue_routing::{CommandOptions, Router, RouterParts, Timeouts};

mod tv;
mod wire;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let tv = tv::Tv::start().await?;
    let wire = wire::HttpTv::new(tv.address);
    let connecting = tokio::spawn({
        let wire = Arc::clone(&wire);
        async move { wire.keep_connected().await }
    });

    let (bar, fences): (Hostname, _) = ("tv-bar".parse()?, Arc::new(Fences::new()));
    let lanes = Arc::new(Lanes::new(Arc::clone(&fences), LanesConfig::default()));
    // It takes two requests a second; no infrared is on the air meanwhile.
    let timing = TimingProfile {
        frame: Duration::ZERO,
        digit_gap: Duration::ZERO,
        command_gap: Duration::from_millis(500),
        ..TimingProfile::default()
    };
    lanes.add(bar.clone(), wire, PortTimings::all(timing));
    let directory = FixedDirectory::new([DeviceEntry { outputs: 1, ..DeviceEntry::blaster(bar) }]);
    let clock = RuntimeClock::default();
    let parts = RouterParts::direct_only(Arc::clone(&lanes), directory, clock, fences);
    let router = Router::new(parts, Timeouts::default());

    for action in [Action::Mute, Action::Channel("5".parse()?), Action::VolumeUp] {
        let name = action.to_string();
        let answer = router.submit("tv-bar/1".parse()?, action, CommandOptions::default()).await?;
        println!("{name}: {}", answer.status().name());
    }
    // It hangs: the channel may still come to life, and nobody is told that it has not been sent.
    tv.hang();
    let channel = Action::Channel("7".parse()?);
    let answer = router.submit("tv-bar/1".parse()?, channel, CommandOptions::default()).await?;
    println!("channel 7: {}", answer.status().name());
    tv.wake();
    lanes.shutdown().await;
    connecting.abort();
    Ok(())
}
