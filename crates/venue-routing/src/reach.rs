//! What a command reaches: the port that was asked, and what receives it and shows it beside that.

use std::sync::Arc;

use venue_domain::{PortId, Screen, SourceEntry};

/// The port that was asked, and the source that receives the command in its place or is that port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The port that was named.
    pub asked: PortId,
    /// The source whose port receives the command.
    pub source: Option<Arc<SourceEntry>>,
}

impl Reach {
    /// A command that goes where it was asked to, and changes nothing else.
    #[must_use]
    pub const fn itself(asked: PortId) -> Self {
        Self { asked, source: None }
    }

    /// The source that receives the command in place of the port that was asked.
    #[must_use]
    pub fn sent_to(&self) -> Option<&SourceEntry> {
        self.source.as_deref().filter(|source| source.port != self.asked)
    }

    /// The screens beside the one that was asked that show what receives the command.
    pub fn also_changes(&self) -> impl Iterator<Item = &Screen> {
        self.source.iter().flat_map(|source| source.other_screens(&self.asked))
    }
}
