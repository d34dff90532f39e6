//! The facts of all open commands in chunks: nothing is copied when they become many, and each is named by four bytes.

use super::command::OpenCommand;

/// Where the facts of a command are.
pub(super) type Slot = u32;

const CHUNK: usize = 1_024;

#[derive(Debug, Default)]
pub(super) struct Slab {
    chunks: Vec<Vec<OpenCommand>>,
    free: Vec<Slot>,
}

impl Slab {
    pub(super) fn get(&self, slot: Slot) -> &OpenCommand {
        let slot = slot as usize;
        &self.chunks[slot / CHUNK][slot % CHUNK]
    }

    pub(super) fn set(&mut self, slot: Slot, command: OpenCommand) {
        let slot = slot as usize;
        self.chunks[slot / CHUNK][slot % CHUNK] = command;
    }

    pub(super) fn insert(&mut self, command: OpenCommand) -> Slot {
        if let Some(slot) = self.free.pop() {
            self.set(slot, command);
            return slot;
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let chunk = self.chunks.len() - 1;
        let slot = chunk * CHUNK + self.chunks[chunk].len();
        self.chunks[chunk].push(command);
        // Four thousand million open commands fill a disk before they fill this.
        slot as Slot
    }

    pub(super) fn release(&mut self, slot: Slot) {
        self.free.push(slot);
    }

    /// So much memory is held.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.chunks.len() * CHUNK * size_of::<OpenCommand>()
            + self.free.capacity() * size_of::<Slot>()
    }
}
