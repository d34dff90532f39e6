//! Backups on a share of another machine: one that works, hangs, goes in the middle of a copy, is full, and is back.
//!
//! The share is mounted by sshfs, which speaks with a server of its own instead of ssh. Where sshfs is missing the test says
//! so and passes, unless `VENUE_REQUIRE_PROGRAMS` is set.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use device_sim::{Blaster, BlasterConfig};
use serde_json::{Value, json};

use crate::{
    backup::write_passphrase,
    database::mount::Mount,
    programs::program,
    support::{Daemon, signal, sim_toml, soon, until},
};

/// A folder of "another machine", mounted; it is unmounted when it is dropped.
struct Share {
    server: Child,
    mount: Child,
    at: PathBuf,
}

impl Share {
    /// Mounts `remote` at `at`; `None` where there is no sshfs.
    async fn mount(remote: &Path, at: &Path) -> Option<Self> {
        let (sshfs, server) = (program("sshfs")?, program("sftp-server")?);
        let mut server = Command::new(server);
        let mut server = server.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (to, from) = (server.stdin.take().unwrap(), server.stdout.take().unwrap());
        let source = format!("other:{}", remote.display());
        let mut mount = Command::new(sshfs);
        // Nothing is kept for later: what is asked for here is asked for there.
        let options = "slave,dir_cache=no,attr_timeout=0,entry_timeout=0";
        mount.arg("-f").args(["-o", options]).arg(source).arg(at).stdin(from).stdout(to);
        let mount = mount.spawn().unwrap();
        let share = Self { server, mount, at: at.to_owned() };
        let mounted = async || {
            fs::read_to_string("/proc/mounts")
                .unwrap()
                .contains(share.line().as_str())
                .then_some(())
        };
        until("the share is mounted", mounted).await;
        Some(share)
    }

    fn line(&self) -> String {
        format!(" {} fuse.sshfs ", self.at.display())
    }

    /// The other machine does not answer from now on.
    fn hang(&self) {
        signal(self.server.id(), "STOP");
    }

    fn answer(&self) {
        signal(self.server.id(), "CONT");
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // What waits for it is told that it is gone.
        for child in [&mut self.mount, &mut self.server] {
            let _gone = child.kill();
            let _ended = child.wait();
        }
        let _unmounted = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

struct Venue {
    daemon: Daemon,
    _board: Blaster,
}

impl Venue {
    /// A daemon that copies its backups to `venue` below the folder `mnt` of its own.
    async fn start(folder: tempfile::TempDir) -> Self {
        let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
        write_passphrase(folder.path());
        let more = "[backup]\nfolder = \"mnt/venue\"\npassphrase_file = \"words\"\n";
        let daemon = Daemon::durable(folder, &format!("{more}{}", sim_toml([&board]))).await;
        daemon.wait_for_session("ir-000001", 1).await;
        Self { daemon, _board: board }
    }

    /// Makes a backup, and answers with the name of its copy.
    async fn back_up(&self) -> String {
        let made = soon("a backup", self.daemon.post("/api/v1/backups", &json!({}))).await;
        assert_eq!(made.status, 201, "{made:?}");
        format!("{}.age", made.json["name"].as_str().unwrap())
    }

    /// Where the copy is, as the list has it.
    async fn place(&self, copy: &str) -> Option<Value> {
        let list = self.daemon.get("/api/v1/backups").await.json;
        let items = list["items"].as_array().unwrap().iter();
        items.clone().find(|one| one["name"] == copy).map(|one| one["place"].clone())
    }

    async fn wait_for_place(&self, copy: &str, place: &str) {
        until(place, async || self.place(copy).await.filter(|is| is == place)).await;
    }

    /// What the alert says; `None` while there is none.
    async fn alert(&self) -> Option<String> {
        let all = self.daemon.get("/api/v1/alerts").await.json["items"].clone();
        let one = all.as_array()?.iter().find(|one| one["kind"] == "backup_not_copied")?.clone();
        Some(one["summary"].as_str().unwrap().to_owned())
    }

    async fn wait_for_alert(&self, part: &str) {
        let said = async || self.alert().await.filter(|summary| summary.contains(part));
        until(part, said).await;
    }

    async fn wait_for_no_alert(&self) {
        until("the end of the alert", async || self.alert().await.is_none().then_some(())).await;
    }

    /// A TV is switched all the same.
    async fn switches(&self) {
        let pressed = soon("a TV", self.daemon.press("ir-000001", 1, "mute")).await;
        assert_eq!(
            (pressed.status, &pressed.json["delivered"]),
            (200, &json!(true)),
            "{pressed:?}"
        );
    }
}

/// A machine with the folders of a share, which is not mounted yet: its own, the place of the mount, that of the other one.
fn machine() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (at, remote) = (folder.path().join("mnt"), folder.path().join("remote"));
    fs::create_dir(&at).unwrap();
    fs::create_dir_all(remote.join("venue")).unwrap();
    (folder, at, remote)
}

/// Makes a backup, and lets the share hang with half of its copy there; answers with the name of the copy.
async fn half_copied(venue: &Venue, share: &Share, remote: &Path) -> String {
    for _ in 0..20 {
        let name = venue.back_up().await;
        let copy = remote.join("venue").join(&name);
        let partial = remote.join("venue").join(format!("{name}.partial"));
        until("a copy", async || (partial.exists() || copy.exists()).then_some(())).await;
        share.hang();
        if partial.exists() {
            return name;
        }
        share.answer();
    }
    panic!("each copy was there before it was seen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_hangs_or_goes_amid_a_copy_stops_nothing_and_takes_the_newest_when_it_is_back()
{
    let (folder, at, remote) = machine();
    let Some(share) = Share::mount(&remote, &at).await else { return };
    let venue = Venue::start(folder).await;
    let first = venue.back_up().await;
    until("the copy", async || remote.join("venue").join(&first).exists().then_some(())).await;
    venue.wait_for_place(&first, "folder").await;

    // It hangs amid a copy, which waits, and nothing else does.
    let second = half_copied(&venue, &share, &remote).await;
    venue.wait_for_place(&first, "absent").await;
    venue.switches().await;
    venue.wait_for_alert("it does not answer").await;
    share.answer();
    venue.wait_for_no_alert().await;
    venue.wait_for_place(&second, "folder").await;

    // It hangs, and is gone with a copy on the way.
    let third = half_copied(&venue, &share, &remote).await;
    venue.wait_for_place(&second, "absent").await;
    drop(share);
    venue.wait_for_alert("there is no folder").await;
    venue.switches().await;
    assert!(!remote.join("venue").join(&third).exists(), "half a copy has no name");
    let share = Share::mount(&remote, &at).await.unwrap();
    // Whoever looks at the list need not wait for the next try.
    venue.wait_for_place(&third, "folder").await;
    venue.wait_for_no_alert().await;
    drop(share);
    venue.wait_for_place(&third, "absent").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_without_room_is_told_and_keeps_what_it_had() {
    let (folder, at, _) = machine();
    let Some(mount) = Mount::small_disk(&at, "8m") else { return };
    fs::create_dir(at.join("venue")).unwrap();
    let venue = Venue::start(folder).await;
    let first = venue.back_up().await;
    venue.wait_for_place(&first, "folder").await;
    let ballast = at.join("ballast");
    // As much as there is.
    let _full = fs::write(&ballast, vec![0; 8 << 20]).unwrap_err();
    let second = venue.back_up().await;
    venue.wait_for_alert("No space left").await;
    let names: Vec<_> =
        fs::read_dir(at.join("venue")).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, [first.as_str()], "what is half is removed");
    assert_eq!(venue.place(&second).await, None);
    fs::remove_file(ballast).unwrap();
    let third = venue.back_up().await;
    venue.wait_for_place(&third, "folder").await;
    venue.wait_for_no_alert().await;
    drop(mount);
    venue.wait_for_place(&third, "absent").await;
}
