//! The folder of the database is read-only.
//!
//! A mount cannot be made read-only under files that are open for writing, so the fault comes
//! between two runs of the daemon, as after a disk that the kernel does not trust any more.

use std::fs;

use super::{mount::Mount, outage::Venue};

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_folder_leaves_the_direct_path_and_what_waits_there_is_sent_when_it_is_writable()
 {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let venue = Venue::new().await;
    let daemon = venue.daemon(folder).await;
    let batches = venue.leave_work(&daemon).await;
    let folder = daemon.killed().await;
    let Some(mount) = Mount::read_only(&data) else { return };
    let daemon = venue.daemon_without(folder).await;
    venue.lives_through(&daemon, &batches, || drop(mount)).await;
}
