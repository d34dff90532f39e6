//! What the servers that are compared have in common.

use std::net::SocketAddr;

use tokio::runtime::{Builder, Runtime};

/// A server, and what is sent to it for each board.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// A command for one TV.
    pub(crate) commands: Vec<Vec<u8>>,
    /// What is known of a board, without asking it.
    pub(crate) status: Vec<u8>,
}

pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}
