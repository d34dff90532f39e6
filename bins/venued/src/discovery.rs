//! Who tells of itself on the network, for HTTP.

use venue_discovery::Browser;
use venue_http::DiscoveryControl;
use venue_registry::Sighting;

/// Listens, or does not.
#[derive(Debug)]
pub(crate) struct Discovery(Option<Browser>);

impl Discovery {
    /// Does not listen.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Listens at a UDP port. That it cannot is no reason not to serve: nothing but adopting needs it.
    /// Needs a tokio runtime.
    pub(crate) fn start(port: u16) -> Self {
        match Browser::start(port) {
            Ok((browser, taking)) => {
                // It ends with the browser.
                drop(tokio::spawn(taking));
                tracing::info!(port, "announcements of boards are listened to");
                Self(Some(browser))
            }
            Err(error) => {
                let error = snafu::Report::from_error(error);
                tracing::warn!(
                    port,
                    %error,
                    "no board is discovered: let the service use multicast UDP, or set \
                     discovery.enabled = false"
                );
                Self(None)
            }
        }
    }
}

impl DiscoveryControl for Discovery {
    fn seen(&self) -> Option<Vec<Sighting>> {
        self.0.as_ref().map(Browser::seen)
    }
}
