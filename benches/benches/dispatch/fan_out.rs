//! The floor of a bulk command: a bare client per device, all told at once, nothing stored.

use std::{net::SocketAddr, time::Instant};

use tokio::task::JoinSet;
use venue_benches::bare::Bare;

/// Warm sessions.
pub(crate) struct FanOut(Vec<Bare>);

impl FanOut {
    pub(crate) async fn connect(devices: &[SocketAddr]) -> Self {
        let mut sessions = Vec::with_capacity(devices.len());
        for address in devices {
            sessions.push(Bare::connect(*address, false).await);
        }
        Self(sessions)
    }

    /// Seconds until the last of the first `count` has answered.
    pub(crate) async fn bulk(&mut self, count: usize) -> f64 {
        let mut calls = JoinSet::new();
        let begun = Instant::now();
        for mut session in self.0.drain(..count) {
            calls.spawn(async move {
                session.call().await;
                session
            });
        }
        let mut answered = Vec::with_capacity(count);
        while let Some(session) = calls.join_next().await {
            answered.push(session.unwrap());
        }
        let took = begun.elapsed().as_secs_f64();
        self.0.extend(answered);
        took
    }
}
