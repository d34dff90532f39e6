//! Why a run has no answer, or one that is a problem.

use std::{io, time::Duration};

use hyper::body::Bytes;
use snafu::Snafu;
use venue_api::Problem;

use crate::{client::Intent, exit::Exit, server_url::ServerUrl, words::harmless};

/// Why there is no good answer.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(crate)))]
pub(crate) enum Failure {
    /// The runtime cannot start.
    #[snafu(display("the system refused an event loop: {source}"))]
    System { source: io::Error },
    /// No connection was made.
    #[snafu(display("cannot reach the daemon at {server}: {source}\n{CHECK}"))]
    Connect { server: ServerUrl, source: io::Error },
    /// No connection was made in time.
    #[snafu(display("cannot reach the daemon at {server} within {limit:?}\n{CHECK}"))]
    ConnectTimeout { server: ServerUrl, limit: Duration },
    /// The connection ended before the answer did.
    #[snafu(display("{}the connection to {server} broke: {source}", intent.doubt()))]
    Lost { server: ServerUrl, intent: Intent, source: hyper::Error },
    /// The answer did not come in time.
    #[snafu(display(
        "{}no answer from {server} within {limit:?}; the daemon is busy or stuck",
        intent.doubt()
    ))]
    NoAnswer { server: ServerUrl, intent: Intent, limit: Duration },
    /// The answer is larger than any that the daemon gives.
    #[snafu(display("{}{server} answered with more than {limit} bytes\n{CHECK}", intent.doubt()))]
    TooLarge { server: ServerUrl, intent: Intent, limit: usize },
    /// The answer is not one of the daemon's.
    #[snafu(display(
        "{}{server} answered {status} in a way that venued never does\n{CHECK}",
        if self.is_in_doubt() { intent.doubt() } else { "" }
    ))]
    Unreadable { server: ServerUrl, intent: Intent, status: u16, source: serde_json::Error },
    /// The daemon told a problem.
    #[snafu(display(
        "{}{}",
        if self.is_in_doubt() { "outcome unknown: " } else { "" },
        harmless(&problem.detail)
    ))]
    Problem { problem: Box<Problem>, document: Bytes, intent: Intent },
    /// A request cannot be put into words of HTTP.
    #[snafu(display("cannot form the request: {source}"))]
    Request { source: hyper::http::Error },
    /// A body cannot be put into JSON.
    #[snafu(display("cannot form the request: {source}"))]
    RequestBody { source: serde_json::Error },
}

impl Failure {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::System { .. } | Self::Request { .. } | Self::RequestBody { .. } => Exit::Failed,
            Self::Connect { .. } | Self::ConnectTimeout { .. } => Exit::Unreachable,
            Self::Lost { intent, .. } => match intent {
                Intent::Reads => Exit::Unreachable,
                Intent::Acts => Exit::Unknown,
            },
            Self::NoAnswer { .. } => Exit::Unknown,
            Self::TooLarge { intent, .. } => match intent {
                Intent::Reads => Exit::Failed,
                Intent::Acts => Exit::Unknown,
            },
            Self::Unreadable { status, intent, .. } => Exit::of_http(*status, *intent),
            Self::Problem { problem, intent, .. } => Exit::of_problem(problem, *intent),
        }
    }

    /// Whether a command may have been sent although nothing good is known of it.
    fn is_in_doubt(&self) -> bool {
        let intent = match self {
            Self::System { .. }
            | Self::Connect { .. }
            | Self::ConnectTimeout { .. }
            | Self::Request { .. }
            | Self::RequestBody { .. } => return false,
            Self::Lost { intent, .. }
            | Self::NoAnswer { intent, .. }
            | Self::TooLarge { intent, .. }
            | Self::Unreadable { intent, .. }
            | Self::Problem { intent, .. } => *intent,
        };
        intent == Intent::Acts && self.exit() == Exit::Unknown
    }
}

const CHECK: &str = "check that venued runs there, and that --server or VENUECTL_SERVER is its \
                     address (`listen` in its configuration)";
