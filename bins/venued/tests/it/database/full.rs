//! The disk of the database is full.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::Path,
};

use super::{mount::Mount, outage::Venue};

/// Writes until nothing more fits.
fn fill(ballast: &Path) {
    let mut file = File::create(ballast).unwrap();
    for size in [65_536, 4_096, 1] {
        let block = vec![0; size];
        let error = loop {
            if let Err(error) = file.write_all(&block) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_leaves_the_direct_path_and_recovers_by_itself_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let Some(_mount) = Mount::small_disk(&data, "8m") else { return };
    let venue = Venue::new().await;
    let daemon = venue.daemon(folder).await;
    let batches = venue.leave_work(&daemon).await;
    let ballast = data.join("ballast");
    fill(&ballast);
    venue.lives_through(&daemon, &batches, || fs::remove_file(&ballast).unwrap()).await;
}
