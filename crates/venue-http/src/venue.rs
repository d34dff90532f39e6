//! What a server shows of the registry, and what it may ask of its owner.

use std::{fmt, sync::Arc};

use venue_domain::{Action, BoxFuture, PlannedCall, PortId, StoreError};
use venue_registry::{Edit, EditError, Registry};

/// The registry and its owner, as HTTP sees them.
pub trait VenueControl: fmt::Debug + Send + Sync {
    /// The registry as it is now.
    fn registry(&self) -> Arc<Registry>;

    /// Makes a change; the answer comes when it is durable and in place.
    ///
    /// # Cancel safety
    /// A change that was begun is made.
    fn edit(&self, edit: Edit) -> BoxFuture<'_, Result<Arc<Registry>, Refusal>>;

    /// What would be sent for each of these, in this order, if they were accepted now. Sends nothing.
    fn plan(&self, commands: &[(PortId, Action)]) -> Vec<PlannedCall>;
}

/// Why an edit was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not fit.
    Edit {
        /// Why.
        error: EditError,
    },
    /// It cannot be stored.
    Store {
        /// Why.
        error: StoreError,
    },
}

/// A registry with nothing in it, which cannot be edited: of a service that has its devices elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoVenue;

impl VenueControl for NoVenue {
    fn registry(&self) -> Arc<Registry> {
        Arc::default()
    }

    fn edit(&self, _edit: Edit) -> BoxFuture<'_, Result<Arc<Registry>, Refusal>> {
        Box::pin(async { Err(Refusal::Store { error: StoreError::Unavailable }) })
    }

    fn plan(&self, commands: &[(PortId, Action)]) -> Vec<PlannedCall> {
        commands.iter().map(|_| PlannedCall::default()).collect()
    }
}
