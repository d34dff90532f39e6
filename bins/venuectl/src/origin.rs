//! How the daemon that is asked was found.

use std::{fmt, io};

use crate::server_url::SOCKET;

/// Why just this daemon is asked; tells what to do where it does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It was named on the command line or in the environment.
    Given,
    /// It is that of a context.
    Context(String),
    /// Nothing was said, and it is where a daemon usually is; with what became of its socket.
    Usual(Option<io::ErrorKind>),
}

impl Origin {
    /// The context that says where the daemon is.
    pub(crate) fn context(&self) -> Option<&str> {
        match self {
            Self::Context(name) => Some(name),
            Self::Given | Self::Usual(_) => None,
        }
    }

    /// What to do without a token, where this machine's socket could be used in another way.
    pub(crate) const fn without_token(&self) -> Option<&'static str> {
        match self {
            Self::Usual(Some(io::ErrorKind::PermissionDenied)) => Some(
                "run it with sudo, as root needs none at the unix socket of this machine, or give --token-file FILE",
            ),
            Self::Given | Self::Context(_) | Self::Usual(_) => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given => f.write_str(
                "check that venued runs there, and that --server or VENUECTL_SERVER is its address (`listen` in its \
                 configuration)",
            ),
            Self::Context(name) => write!(
                f,
                "check that venued runs there, and that the context {name} has its address (`venuectl context list`)"
            ),
            Self::Usual(Some(io::ErrorKind::PermissionDenied)) => write!(
                f,
                "its socket {SOCKET} is there, but not for you: run it with sudo, or have a group of yours administer \
                 (`admin_group = GID` in [http] of venued.toml; `id` shows your groups), or give --server URL and \
                 --token-file FILE"
            ),
            Self::Usual(_) => write!(
                f,
                "nobody answers at {SOCKET} either: start the daemon (`sudo systemctl start venued`; `journalctl -u venued` \
                 says why it ended), or say where it is: --server URL, or once and for all `venuectl context set NAME \
                 --server URL`"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_depends_on_how_the_daemon_was_found() {
        let table = [
            (Origin::Given, "VENUECTL_SERVER"),
            (Origin::Context("oak".into()), "the context oak"),
            (Origin::Usual(Some(io::ErrorKind::NotFound)), "sudo systemctl start venued"),
            (
                Origin::Usual(Some(io::ErrorKind::NotFound)),
                "venuectl context set NAME --server URL",
            ),
            (Origin::Usual(Some(io::ErrorKind::PermissionDenied)), "run it with sudo"),
            (Origin::Usual(Some(io::ErrorKind::PermissionDenied)), "admin_group = GID"),
            (Origin::Usual(Some(io::ErrorKind::ConnectionRefused)), "journalctl -u venued"),
        ];
        for (origin, told) in table {
            assert!(origin.to_string().contains(told), "{origin:?}: {origin}");
        }
        let denied = Origin::Usual(Some(io::ErrorKind::PermissionDenied));
        assert!(denied.without_token().unwrap().contains("sudo"));
        assert_eq!(Origin::Given.without_token(), None);
    }
}
