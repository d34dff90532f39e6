//! Backups as files: verified and restored by `venued` itself, without a running daemon.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use venue_queue::{SqliteStore, StoreConfig, StoreLock};

use crate::support::{Daemon, soon, until, venuectl};

/// What a run left behind.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    /// Asserts that all went well, and nothing was said beside the data.
    #[track_caller]
    fn good(self) -> Self {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self:?}");
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn venued(words: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_venued"));
    command.env_clear().args(words).output().unwrap().into()
}

fn verify(file: &Path) -> Run {
    venued(&["verify", file.to_str().unwrap()])
}

fn restore(copy: &Path, database: &Path, more: &[&str]) -> Run {
    let words = ["restore", copy.to_str().unwrap(), "--database", database.to_str().unwrap()];
    venued(&[&words, more].concat())
}

fn make_store(path: &Path) {
    tokio::runtime::Runtime::new().unwrap().block_on(a_store_at(path));
}

async fn a_store_at(path: &Path) {
    let store = SqliteStore::open(path, StoreConfig::default()).unwrap();
    // By its close all is in the one file.
    store.close().await;
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const NO_DATABASE: &str = "this is no database at all, and it never was one";

#[test]
fn a_copy_is_verified_and_a_damaged_one_is_not_sound() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.db");
    make_store(&file);
    let run = verify(&file).good();
    assert_eq!(run.stdout, format!("sound  {}\n", file.display()));
    let sound = fs::read(&file).unwrap();
    fs::write(&file, &sound[..sound.len() / 2]).unwrap();
    let run = verify(&file);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("damaged"), "{run:?}");
    fs::write(&file, NO_DATABASE).unwrap();
    let run = verify(&file);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("no database of venued"), "{run:?}");
    assert!(!run.stderr.contains("damaged"), "{run:?}");
    let run = verify(Path::new("/nowhere/copy.db"));
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains("cannot read /nowhere/copy.db: No such file"), "{run:?}");
    let run = verify(folder.path());
    assert!(run.code == Some(2) && run.stderr.contains("is no file"), "{run:?}");
}

#[test]
fn nothing_is_left_beside_a_copy_that_was_verified() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("what? a copy%.db");
    make_store(&folder.path().join("made.db"));
    fs::rename(folder.path().join("made.db"), &copy).unwrap();
    verify(&copy).good();
    assert_eq!(names(folder.path()), ["what? a copy%.db"]);
}

#[test]
fn a_restore_that_fails_makes_no_folder_and_leaves_the_database_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (copy, database) = (folder.path().join("copy.db"), folder.path().join("venue.db"));
    make_store(&copy);
    make_store(&database);
    let run = restore(&copy, &folder.path().join("new/venue.db"), &[]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(
        run.stderr.contains("there is no folder") && run.stderr.contains("--database"),
        "{run:?}"
    );
    assert_eq!(names(folder.path()), ["copy.db", "venue.db"]);
    fs::write(&copy, NO_DATABASE).unwrap();
    let before = fs::read(&database).unwrap();
    let run = restore(&copy, &database, &[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    assert_eq!(fs::read(&database).unwrap(), before);
    assert_eq!(names(folder.path()), ["copy.db", "venue.db"]);
}

#[test]
fn a_copy_takes_the_place_of_the_database_only_while_no_daemon_uses_it() {
    let folder = tempfile::tempdir().unwrap();
    let (copy, database) = (folder.path().join("copy.db"), folder.path().join("venue.db"));
    make_store(&copy);
    make_store(&database);
    let daemon = StoreLock::take(&database).unwrap();
    let run = restore(&copy, &database, &[]);
    assert_eq!(run.code, Some(5), "{run:?}");
    assert!(run.stderr.contains("stop venued"), "{run:?}");
    drop(daemon);
    let run = restore(&copy, &database, &["-o", "json"]).good();
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let aside = document["set_aside"].as_str().unwrap();
    assert!(Path::new(aside).exists() && database.exists(), "{run:?}");
    fs::write(&copy, "no database").unwrap();
    let run = restore(&copy, &database, &[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(database.exists(), "it is as it was");
}

#[test]
fn a_restored_database_keeps_the_permissions_of_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let (copy, database) = (folder.path().join("copy.db"), folder.path().join("venue.db"));
    make_store(&copy);
    make_store(&database);
    fs::set_permissions(&database, fs::Permissions::from_mode(0o640)).unwrap();
    let run = restore(&copy, &database, &[]).good();
    assert!(run.stdout.starts_with("database   ") && run.stdout.lines().count() == 3, "{run:?}");
    assert_eq!(fs::metadata(&database).unwrap().permissions().mode() & 0o777, 0o640);
}

/// What lies in the folder of the backups.
fn kept(daemon: &Daemon) -> Vec<String> {
    let folder = daemon.path("backups");
    if folder.exists() { names(&folder) } else { Vec::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_taken_to_another_machine_and_restored_there() {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let zone = daemon.post("/api/v1/config/zones", &json!({"id": "bar", "name": "Bar"})).await;
    assert_eq!(zone.status, 201, "{zone:?}");
    let made = daemon.post("/api/v1/backups", &json!({})).await;
    let name = made.json["name"].as_str().unwrap().to_owned();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("copy.db");
    let words = ["backup", "download", &name, file.to_str().unwrap()];
    let said = venuectl(daemon.address, &words).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    verify(&file).good();
    assert_eq!(fs::read(&file).unwrap(), fs::read(daemon.path("backups").join(&name)).unwrap());
    let mode = fs::metadata(&file).unwrap().permissions();
    assert_eq!(PermissionsExt::mode(&mode) & 0o777, 0o600);
    let again = venuectl(daemon.address, &words).await;
    assert!(again.code != Some(0) && again.stderr.contains("cannot write"), "{again:?}");
    assert_eq!(names(elsewhere.path()), ["copy.db"], "what is there stays, and nothing beside it");
    let unknown = venuectl(daemon.address, &["backup", "download", "venue-1.db", "x.db"]).await;
    assert_eq!(unknown.code, Some(3), "{unknown:?}");

    let other = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let said = venuectl(other.address, &["backup", "upload", file.to_str().unwrap()]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let list = other.get("/api/v1/backups").await.json;
    let found =
        list["items"].as_array().unwrap().iter().find(|one| one["name"] == "uploaded-copy.db");
    assert_eq!(found.unwrap()["place"], "uploaded", "{list}");
    let folder = other.killed().await;
    let uploaded = folder.path().join("backups/uploaded-copy.db");
    restore(&uploaded, &folder.path().join("venue.db"), &[]).good();
    // What is in the snapshot is what the venue was before.
    fs::remove_file(folder.path().join("venue.db.configuration.json")).unwrap();
    let restored = Daemon::durable(folder, "").await;
    let zones = restored.get("/api/v1/config/zones").await.json;
    assert_eq!(zones["items"][0]["id"], "bar", "{zones}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_backup_or_is_cut_off_is_not_kept() {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let file = daemon.path("holiday.db");
    fs::write(&file, NO_DATABASE).unwrap();
    let said = venuectl(daemon.address, &["backup", "upload", file.to_str().unwrap()]).await;
    assert!(said.code != Some(0) && said.stderr.contains("no database of venued"), "{said:?}");
    assert!(!said.stderr.contains("damaged"), "{said:?}");
    fs::write(&file, "age-encryption.org/v1\n-> scrypt").unwrap();
    let said = venuectl(daemon.address, &["backup", "upload", file.to_str().unwrap()]).await;
    assert!(said.code != Some(0) && said.stderr.contains("encrypted"), "{said:?}");
    let uploads = |names: Vec<String>| names.iter().any(|name| name.contains("upload"));
    assert!(!uploads(kept(&daemon)), "{:?}", kept(&daemon));

    // Cut off in the middle: by the client, and by a kill of the daemon.
    let half = async |daemon: &Daemon| {
        let mut stream = TcpStream::connect(daemon.address).await.unwrap();
        let head = "PUT /api/v1/backups/uploaded-half.db HTTP/1.1\r\nHost: localhost\r\n\
                    Content-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&[7; 500]).await.unwrap();
        until("the file that arrives", async || {
            kept(daemon).iter().any(|name| name.starts_with(".upload-")).then_some(())
        })
        .await;
        stream
    };
    drop(half(&daemon).await);
    until("its end", async || (!uploads(kept(&daemon))).then_some(())).await;
    let mut stream = half(&daemon).await;
    let folder = daemon.killed().await;
    let mut nothing = Vec::new();
    let _ended = soon("the end of the connection", stream.read_to_end(&mut nothing)).await;
    let daemon = Daemon::durable(folder, "").await;
    assert!(!kept(&daemon).contains(&"uploaded-half.db".to_owned()));
    a_store_at(&daemon.path("sound.db")).await;
    for name in ["uploaded-1.db", "uploaded-2.db", "uploaded-3.db", "uploaded-4.db"] {
        let path = daemon.path("sound.db").display().to_string();
        let said = venuectl(daemon.address, &["backup", "upload", &path, "--name", name]).await;
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    let path = daemon.path("sound.db").display().to_string();
    let words = ["backup", "upload", &path, "--name", "uploaded-4.db"];
    let again = venuectl(daemon.address, &words).await;
    assert_eq!(again.code, Some(5), "{again:?}");
    assert!(again.stderr.contains("already a backup uploaded-4.db"), "{again:?}");
    let left: Vec<String> =
        kept(&daemon).into_iter().filter(|name| name.contains("upload")).collect();
    assert_eq!(left, ["uploaded-2.db", "uploaded-3.db", "uploaded-4.db"]);
}

/// Writes the file `words`, which nobody else reads.
pub(crate) fn write_passphrase(folder: &Path) {
    let file = folder.join("words");
    fs::write(&file, "five words make it long\n").unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_leaves_the_machine_encrypted_and_is_restored_on_another() {
    let folder = tempfile::tempdir().unwrap();
    write_passphrase(folder.path());
    let share = folder.path().join("share");
    let more = "[backup]\nfolder = \"share\"\npassphrase_file = \"words\"\n";
    let daemon = Daemon::durable(folder, more).await;
    let zone = daemon.post("/api/v1/config/zones", &json!({"id": "bar", "name": "Bar"})).await;
    assert_eq!(zone.status, 201, "{zone:?}");
    // The share is not mounted: that is told, and what is asked for is there all the same.
    let made = daemon.post("/api/v1/backups", &json!({})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let alert = async || {
        let all = daemon.get("/api/v1/alerts").await.json["items"].clone();
        let all = all.as_array().unwrap().clone();
        all.into_iter().find(|one| one["kind"] == "backup_not_copied")
    };
    let told = until("the alert", async || alert().await).await;
    assert!(told["summary"].as_str().unwrap().contains("there is no folder"), "{told}");
    assert!(!share.exists(), "below a share that is not mounted nothing is made");
    fs::create_dir(&share).unwrap();
    let made = daemon.post("/api/v1/backups", &json!({})).await;
    let name = format!("{}.age", made.json["name"].as_str().unwrap());
    until("the end of the alert", async || alert().await.is_none().then_some(())).await;
    let copy = share.join(&name);
    assert!(copy.exists());
    let list = daemon.get("/api/v1/backups").await.json;
    let listed = list["items"].as_array().unwrap().iter().find(|one| one["name"] == *name);
    assert_eq!(listed.unwrap()["place"], "folder", "{list}");

    let passphrase = daemon.path("words").display().to_string();
    let opening = ["--passphrase-file", passphrase.as_str()];
    let run = verify(&copy);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("give --passphrase-file"), "{run:?}");
    let with = |words: &[&str]| venued(&[&["verify", copy.to_str().unwrap()], words].concat());
    with(&opening).good();
    let elsewhere = tempfile::tempdir().unwrap();
    let other = elsewhere.path().join("other");
    fs::write(&other, "five other words, and as long").unwrap();
    let run = with(&["--passphrase-file", other.to_str().unwrap()]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("is it the passphrase that it was made with?"), "{run:?}");
    restore(&copy, &elsewhere.path().join("venue.db"), &opening).good();
    assert!(!names(elsewhere.path()).iter().any(|name| name.starts_with(".venued")));
    let other = Daemon::durable(elsewhere, "").await;
    let zones = other.get("/api/v1/config/zones").await.json;
    assert_eq!(zones["items"][0]["id"], "bar", "{zones}");
}

/// Makes the database one of a schema that nobody knows yet, as that of a newer venued.
fn make_newer(database: &Path) {
    let mut content = fs::read(database).unwrap();
    // The user version is a number of four bytes, big-endian, at this place of the file.
    content[60..64].copy_from_slice(&999_u32.to_be_bytes());
    fs::write(database, content).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_restored_while_the_daemon_runs_in_direct_only_mode() {
    let folder = tempfile::tempdir().unwrap();
    write_passphrase(folder.path());
    fs::create_dir(folder.path().join("share")).unwrap();
    let more = "[backup]\nfolder = \"share\"\npassphrase_file = \"words\"\n";
    let mut daemon = Daemon::durable(folder, more).await;
    let zone = daemon.post("/api/v1/config/zones", &json!({"id": "bar", "name": "Bar"})).await;
    assert_eq!(zone.status, 201, "{zone:?}");
    let made = daemon.post("/api/v1/backups", &json!({})).await;
    let name = made.json["name"].as_str().unwrap().to_owned();
    let encrypted = format!("{name}.age");
    let copy = daemon.path("share").join(&encrypted);
    until("the copy", async || copy.exists().then_some(())).await;
    let refused = venuectl(daemon.address, &["backup", "restore", &name, "--yes"]).await;
    assert_eq!(refused.code, Some(5), "{refused:?}");
    assert!(refused.stderr.contains("only in direct-only mode"), "{refused:?}");

    for chosen in [&encrypted, &name] {
        daemon.signal("TERM");
        assert_eq!(daemon.ended().await, Some(0));
        let folder = daemon.into_folder();
        make_newer(&folder.path().join("venue.db"));
        daemon = Daemon::configured(folder).await;
        daemon.wait_for_mode("direct_only").await;
        let listed = async || {
            let list = daemon.get("/api/v1/backups").await.json;
            let items = list["items"].as_array().unwrap().clone();
            items.iter().any(|one| one["name"] == **chosen).then_some(())
        };
        until("the list", listed).await;
        let unsure = venuectl(daemon.address, &["backup", "restore", chosen]).await;
        assert!(unsure.code == Some(2) && unsure.stderr.contains("--yes"), "{unsure:?}");
        let none = venuectl(daemon.address, &["backup", "restore", "venue-1.db", "--yes"]).await;
        assert_eq!(none.code, Some(3), "{none:?}");
        let words = ["backup", "restore", chosen, "--yes", "-o", "json"];
        let said = venuectl(daemon.address, &words).await;
        assert_eq!(said.code, Some(0), "{said:?}");
        let told: Value = serde_json::from_str(&said.stdout).unwrap();
        let aside = told["set_aside"].as_str().unwrap();
        assert!(aside.contains("venue.db.replaced-") && Path::new(aside).exists(), "{told}");
        daemon.wait_for_mode("normal").await;
        let changed = daemon.post("/api/v1/backups", &json!({})).await;
        assert_eq!(changed.status, 201, "the database works: {changed:?}");
        let zones = daemon.get("/api/v1/config/zones").await.json;
        assert_eq!(zones["items"][0]["id"], "bar", "{zones}");
        // The copy of the backup that was just made may be on its way.
        let left = kept(&daemon).into_iter().find(|name| name.starts_with(".fetched-"));
        assert_eq!(left, None, "what was decrypted is gone");
    }
}
