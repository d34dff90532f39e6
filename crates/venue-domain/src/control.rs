//! What an operator may ask of those who work on the queue, and of those who keep it.

use std::future::Future;

use crate::{store_error::StoreError, time::Timestamp};

/// Stops and resumes the work on the queue, and tells how busy it is.
pub trait QueueControl: Send + Sync {
    /// Begins no further command of the queue. What is in flight runs to its end; commands still
    /// come in, and direct ones are sent.
    fn pause(&self);

    /// Goes on.
    fn resume(&self);

    /// Whether it is paused.
    fn is_paused(&self) -> bool;

    /// Somebody found the store failed: it is tried again, and used when it works.
    fn store_failed(&self);

    /// How busy the queue's places are, 0 to 1: the mean of the last minute of those in use.
    fn utilisation(&self) -> f64;
}

/// One copy of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupEntry {
    /// The name of its file.
    pub name: String,
    /// As of when its data is: when it was made; of one that somebody brought, when it was written last, as far as it
    /// tells.
    pub made_at: Timestamp,
    /// When somebody brought it; `None` for one that the daemon made.
    pub uploaded_at: Option<Timestamp>,
    /// How large it is.
    pub bytes: u64,
    /// Where it is.
    pub place: BackupPlace,
}

/// Where a copy of the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupPlace {
    /// The daemon made it and keeps it.
    Made,
    /// Somebody brought it.
    Uploaded,
    /// In the folder to which copies are copied, encrypted.
    Folder,
    /// It was in that folder, which is away.
    Absent,
}

/// Copies the store while it is in use.
pub trait BackupControl: Send + Sync {
    /// The copies that there are, the newest first.
    fn backups(&self) -> impl Future<Output = Result<Vec<BackupEntry>, StoreError>> + Send;

    /// Makes a copy now, and verifies it.
    ///
    /// # Cancel safety
    /// A copy that was begun is ended.
    fn back_up(&self) -> impl Future<Output = Result<BackupEntry, StoreError>> + Send;
}
