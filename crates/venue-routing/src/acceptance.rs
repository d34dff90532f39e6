//! When a command that has to be queued counts as accepted: when the store has it.
//!
//! Until then it raises no fence, for one that is refused must not outrank anything. Nothing is lost
//! by that: the store itself supersedes what is older with the same change, and what is newer has a
//! higher key. Where the end is not known the fences rise, because the command may be there.

use std::future::Future;

use venue_domain::{Command, Due, Fences, NewCommand, StoreError};

/// Waits for `storing` and raises the fences of `commands`, unless nothing was stored for certain.
///
/// `is_stored` tells of each, by its place, whether the answer is that it is there.
///
/// # Cancel safety
/// A dropped future raises the fences: what was handed over may still become durable.
pub(crate) async fn accept_once_stored<T>(
    fences: &Fences,
    commands: impl IntoIterator<Item = &NewCommand>,
    storing: impl Future<Output = Result<T, StoreError>>,
    is_stored: impl Fn(&T, usize) -> bool,
) -> Result<T, StoreError> {
    let all = commands.into_iter().enumerate();
    let due = all.filter(|(_, new)| !matches!(new.due, Due::Scheduled { .. }));
    let commands = due.map(|(place, new)| (place, new.command.clone())).collect();
    let mut pending = Pending { fences, commands };
    let stored = storing.await;
    match &stored {
        Ok(answer) => pending.commands.retain(|(place, _)| is_stored(answer, *place)),
        Err(StoreError::Interrupted) => {}
        Err(_) => pending.commands.clear(),
    }
    stored
}

/// Commands on their way into the store; dropped, their fences are raised.
struct Pending<'f> {
    fences: &'f Fences,
    commands: Vec<(usize, Command)>,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.commands.iter().for_each(|(_, command)| self.fences.raise(command));
    }
}
