//! How a scheduler may stop other than in order.

use snafu::Snafu;

/// Why a scheduler did not stop in order. What it had in flight is rescued at the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum StopError {
    /// Something was still in flight when the grace was over.
    #[snafu(display("something was still in flight or unsettled when the grace was over"))]
    GraceOver,
    /// The owner task panicked: a bug.
    #[snafu(display("the scheduler's task panicked"))]
    Panicked,
}
