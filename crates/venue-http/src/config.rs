//! Limits and timeouts of the HTTP surface.

use std::time::Duration;

use tokio::sync::Semaphore;

use crate::{proxy::TrustedProxies, spec::SizeLimit};

/// Limits and timeouts of the HTTP surface. [`Config::default`] has the documented values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many connections may be open; one more is told 503 and closed. Default 4096.
    pub max_connections: usize,
    /// How many may be shaking hands for TLS at the same time; one more takes the place of whoever has done so
    /// for the longest. Default 256.
    pub max_handshakes: usize,
    /// How long shaking hands may take; then the connection is closed. Default 5 s.
    pub handshake_timeout: Duration,
    /// How long a request's head may take, and how long a kept-alive connection may idle; then it
    /// is closed. Default 5 s.
    pub header_read_timeout: Duration,
    /// How many may watch events at the same time; more are answered 503. Default 64.
    pub max_watchers: usize,
    /// How large a request's head may be, in bytes; more is 431. Default 16 KiB.
    pub max_header_bytes: usize,
    /// How many header fields a request may have; more is 431. Default 64.
    pub max_header_count: usize,
    /// How large a request's body may be, in bytes; more is 413. Default 64 KiB.
    pub max_body_bytes: usize,
    /// How large the body of a bulk request may be, in bytes; more is 413. Default 256 KiB: the 2000
    /// targets that a batch may have, with hostnames of any length.
    pub max_bulk_body_bytes: usize,
    /// How large a document of the whole configuration may be, in bytes; more is 413. Default 2 MiB: a
    /// thousand devices with five ports each.
    pub max_document_bytes: usize,
    /// How large a backup that is uploaded may be, in bytes; more is 413. Default 1 GiB: a hundred times what a venue
    /// of a thousand boards has.
    pub max_backup_bytes: usize,
    /// How long nothing of a backup that is uploaded may arrive; then it is 408. Default 30 s.
    pub upload_stall_timeout: Duration,
    /// How long a request's body may take from the end of its head; then it is 408. Default 5 s.
    pub body_read_timeout: Duration,
    /// How long a request may take from the end of its head to its answer; then it is 504. It
    /// must be longer than the longest direct try (5 s) and the body's timeout together. Default
    /// 15 s.
    pub request_timeout: Duration,
    /// How long a client may refuse to take bytes of its answer; then it is closed. Default 10 s.
    pub write_timeout: Duration,
    /// After a failed accept (no file descriptor left), how long until the next. Default 50 ms.
    pub accept_backoff: Duration,
    /// After a request to stop, how long what is in flight may take; then it is cut off. Default
    /// 3 s.
    pub grace: Duration,
    /// Names that the `Host` header may have beside the built-in ones; without port, ASCII case is
    /// ignored.
    ///
    /// A listener on a loopback address takes `localhost`, `127.x` and `[::1]` and these; any other
    /// takes `localhost`, all IP addresses and these: DNS rebinding needs a name. Default: empty.
    pub allowed_hosts: Vec<String>,
    /// The proxies whose `Forwarded` or `X-Forwarded-For` and `X-Forwarded-Host` count. Default: none.
    pub trusted_proxies: TrustedProxies,
}

impl Config {
    /// The first limit with which nothing could ever be answered, and what is wrong with it.
    pub(crate) fn invalid_limit(&self) -> Option<(&'static str, &'static str)> {
        let places = 1..=Semaphore::MAX_PERMITS;
        [
            (!places.contains(&self.max_connections), "max_connections", TOO_SMALL),
            (self.max_handshakes == 0, "max_handshakes", TOO_SMALL),
            (self.handshake_timeout.is_zero(), "handshake_timeout", NO_TIME),
            (!places.contains(&self.max_watchers), "max_watchers", TOO_SMALL),
            (self.max_header_bytes == 0, "max_header_bytes", TOO_SMALL),
            (self.max_header_count == 0, "max_header_count", TOO_SMALL),
            (self.max_body_bytes == 0, "max_body_bytes", TOO_SMALL),
            (self.max_bulk_body_bytes == 0, "max_bulk_body_bytes", TOO_SMALL),
            (self.max_document_bytes == 0, "max_document_bytes", TOO_SMALL),
            (self.max_backup_bytes == 0, "max_backup_bytes", TOO_SMALL),
            (self.upload_stall_timeout.is_zero(), "upload_stall_timeout", NO_TIME),
            (self.header_read_timeout.is_zero(), "header_read_timeout", NO_TIME),
            (self.body_read_timeout.is_zero(), "body_read_timeout", NO_TIME),
            (self.request_timeout.is_zero(), "request_timeout", NO_TIME),
            (self.write_timeout.is_zero(), "write_timeout", NO_TIME),
            (self.accept_backoff.is_zero(), "accept_backoff", NO_TIME),
        ]
        .into_iter()
        .find_map(|(wrong, limit, rule)| wrong.then_some((limit, rule)))
    }

    /// How large a body may be, in bytes.
    pub(crate) const fn body_limit(&self, limit: SizeLimit) -> usize {
        match limit {
            SizeLimit::Usual => self.max_body_bytes,
            SizeLimit::Bulk => self.max_bulk_body_bytes,
            SizeLimit::Document => self.max_document_bytes,
            SizeLimit::Backup => self.max_backup_bytes,
        }
    }
}

const TOO_SMALL: &str = "must be at least 1, and no more than there can be";
const NO_TIME: &str = "must be longer than zero";

impl Default for Config {
    fn default() -> Self {
        Self {
            max_connections: 4_096,
            max_handshakes: 256,
            handshake_timeout: Duration::from_secs(5),
            header_read_timeout: Duration::from_secs(5),
            max_header_bytes: 16 * 1024,
            max_header_count: 64,
            max_body_bytes: 64 * 1024,
            max_watchers: 64,
            max_document_bytes: 2 * 1024 * 1024,
            max_bulk_body_bytes: 256 * 1024,
            max_backup_bytes: 1024 * 1024 * 1024,
            upload_stall_timeout: Duration::from_secs(30),
            body_read_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(10),
            accept_backoff: Duration::from_millis(50),
            grace: Duration::from_secs(3),
            allowed_hosts: Vec::new(),
            trusted_proxies: TrustedProxies::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_with_which_nothing_could_be_answered_is_known_by_its_name() {
        let usual = Config::default;
        assert_eq!(usual().invalid_limit(), None);
        for (config, name) in [
            (Config { max_connections: 0, ..usual() }, "max_connections"),
            (Config { max_connections: usize::MAX, ..usual() }, "max_connections"),
            (Config { max_watchers: 0, ..usual() }, "max_watchers"),
            (Config { max_body_bytes: 0, ..usual() }, "max_body_bytes"),
            (Config { request_timeout: Duration::ZERO, ..usual() }, "request_timeout"),
        ] {
            assert_eq!(config.invalid_limit().map(|(limit, _)| limit), Some(name));
        }
    }
}
