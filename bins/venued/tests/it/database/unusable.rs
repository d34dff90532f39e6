//! The daemon starts where no database can be used.

use std::fs;

use super::outage::Venue;

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_starts_without_a_usable_database_takes_it_as_soon_as_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::write(&data, "where its folder should be").unwrap();
    let venue = Venue::new().await;
    let daemon = venue.daemon_without(folder).await;
    venue.lives_through(&daemon, &[], || fs::remove_file(&data).unwrap()).await;
}
