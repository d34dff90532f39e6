//! The command line of `venuectl lock`.

use clap::{Args, Subcommand};
use venue_registry::Selector;

use crate::{
    parse::{self, ArgumentError},
    until::{self, Until},
};

#[derive(Debug, Subcommand)]
pub(crate) enum LockCommand {
    /// List the locks that hold now
    List,
    /// Lock a zone or TVs: only managers command them then, and presets and schedules leave them alone
    Add(NewLock),
    /// Remove the lock of a zone or of TVs
    Remove(LockArg),
}

#[derive(Debug, Args)]
pub(crate) struct LockArg {
    /// What is locked: zone=ZONE, or TVs: HOST/PORT, tv:NAME, tag=TAG or HOST; or a lock as `lock list` shows it
    #[arg(value_name = "SELECTOR", value_parser = locked)]
    pub(crate) selector: Selector,
}

#[derive(Debug, Args)]
pub(crate) struct NewLock {
    #[command(flatten)]
    pub(crate) locked: LockArg,
    /// When the lock ends by itself: 23:00 (by the clock of the venue), 2h, 90m, or a date and time [default: when it
    /// is removed]
    #[arg(long, value_name = "TIME", value_parser = until::until)]
    pub(crate) until: Option<Until>,
    /// Why; whoever is refused reads it
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Cancel the commands that wait for these TVs and are due before the lock ends
    #[arg(long)]
    pub(crate) cancel_waiting: bool,
    /// Replace a lock that holds; without this it is left as it is, and told
    #[arg(long)]
    pub(crate) replace: bool,
}

/// A selector, or the id of a lock.
fn locked(text: &str) -> Result<Selector, ArgumentError> {
    let of_port = || text.strip_prefix("port:").map(|port| port.replace(':', "/"));
    let of_zone = text.strip_prefix("zone:").map(|zone| format!("zone={zone}"));
    parse::selector(&of_zone.or_else(of_port).unwrap_or_else(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_named_as_the_list_shows_it_or_by_what_it_locks() {
        for (text, selector) in
            [("zone:bar", "zone=bar"), ("port:ir-1:2", "ir-1/2"), ("zone=bar", "zone=bar")]
        {
            assert_eq!(locked(text).unwrap().to_string(), selector, "{text}");
        }
        assert!(locked("zone bar").is_err());
    }
}
