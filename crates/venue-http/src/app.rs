//! What every request of a server shares.

use std::sync::Arc;

use tokio_util::{sync::CancellationToken, task::TaskTracker};
use venue_domain::{Clock, CommandQueue, DirectTransport, Directory, Probe, Timestamp};
use venue_routing::Router;

use crate::{config::Config, gate::HostPolicy};

/// What every request of a server shares.
#[derive(Debug)]
pub(crate) struct App<T, D, C, Q> {
    pub(crate) router: Arc<Router<T, D, C, Q>>,
    pub(crate) config: Config,
    pub(crate) hosts: HostPolicy,
    pub(crate) started_at: Timestamp,
    pub(crate) stop: Stop,
}

impl<T, D, C, Q> App<T, D, C, Q>
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    pub(crate) fn new(router: Arc<Router<T, D, C, Q>>, config: Config, hosts: HostPolicy) -> Self {
        let started_at = router.clock().now();
        Self { router, config, hosts, started_at, stop: Stop::default() }
    }
}

/// The two steps of stopping, and the tasks that they wait for.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    /// Begun: nothing new is taken.
    pub(crate) begun: CancellationToken,
    /// The grace is over: what still runs is cut off.
    pub(crate) cut_off: CancellationToken,
    /// Connections and requests.
    pub(crate) tasks: TaskTracker,
}
