//! How people call a channel.

use crate::{Channel, Registry};

impl Registry {
    /// The channel in use that people call `name`, by its id or its name, if exactly one is meant.
    #[must_use]
    pub fn channel_named(&self, name: &str) -> Option<&Channel> {
        let wanted = name.trim().to_lowercase();
        let in_use = || self.channels().map(|listed| &listed.value).filter(|one| one.enabled);
        if let Some(by_id) = in_use().find(|channel| channel.id.as_str() == wanted) {
            return Some(by_id);
        }
        let mut found = in_use().filter(|channel| channel.name.to_lowercase() == wanted);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}
