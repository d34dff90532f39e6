//! Backups as files: verified and restored by `venued` itself, without a running daemon.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use venue_queue::{SqliteStore, StoreConfig, StoreLock};

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
    let store = SqliteStore::open(path, StoreConfig::default()).unwrap();
    // By its close all is in the one file.
    tokio::runtime::Runtime::new().unwrap().block_on(store.close());
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
    fs::write(&file, NO_DATABASE).unwrap();
    let run = verify(&file);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("damaged"), "{run:?}");
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
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let (copy, database) = (folder.path().join("copy.db"), folder.path().join("venue.db"));
    make_store(&copy);
    make_store(&database);
    fs::set_permissions(&database, fs::Permissions::from_mode(0o640)).unwrap();
    let run = restore(&copy, &database, &[]).good();
    assert!(run.stdout.starts_with("database   ") && run.stdout.lines().count() == 3, "{run:?}");
    assert_eq!(fs::metadata(&database).unwrap().permissions().mode() & 0o777, 0o640);
}
