//! How many files the process may have open: one a session, one an HTTP connection.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit as far as the system allows without asking anybody: what shells and systemd
/// give is 1024, and then neither the last devices nor the next client are connected.
pub(crate) fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH));
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
        Ok(()) => tracing::debug!(limit = wanted, "the limit of open files was raised"),
        Err(error) => tracing::warn!(%error, "cannot raise the limit of open files"),
    }
}

/// Far more than a thousand sessions, all HTTP connections and what else is open.
const ENOUGH: u64 = 16_384;
