//! Removes logos together with their channels.

use std::collections::BTreeSet;

use venue_http::LogoControl;
use venue_registry::Label;

use crate::{logos::Logos, registry::LiveRegistry};

/// Removes the logo of a channel that is removed: another channel that gets its id later is not that one.
#[derive(Debug)]
pub(crate) struct LogoWatch {
    logos: Logos,
    registry: LiveRegistry,
    known: BTreeSet<Label>,
}

impl LogoWatch {
    pub(crate) fn new(logos: Logos, registry: LiveRegistry) -> Self {
        let known = channels(&registry);
        Self { logos, registry, known }
    }

    /// Follows the line-up for good.
    ///
    /// # Cancel safety
    /// Safe: what went is looked for again by the next call.
    pub(crate) async fn run(&mut self) {
        let mut changes = self.registry.changes();
        loop {
            let now = channels(&self.registry);
            for gone in self.known.difference(&now) {
                if let Err(error) = self.logos.remove(gone.clone()).await {
                    tracing::warn!(channel = %gone, %error, "the logo of a channel that went stays");
                }
            }
            self.known = now;
            if changes.changed().await.is_err() {
                return;
            }
        }
    }
}

fn channels(registry: &LiveRegistry) -> BTreeSet<Label> {
    registry.registry().channels().map(|channel| channel.value.id.clone()).collect()
}
