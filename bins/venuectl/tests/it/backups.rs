//! Copies of the database: asked of the daemon, and handled without it.

use std::{fs, path::Path, time::Duration};

use venue_queue::{SqliteStore, StoreConfig, StoreLock};

use crate::{
    ctl::{Run, command, ctl},
    raw::{Raw, later},
    stored::Stored,
};

#[test]
fn the_daemon_makes_a_copy_and_lists_it() {
    let stored = Stored::open();
    let run = stored.ctl("backup create").good();
    assert!(run.stdout.contains("venue-1.db") && run.stdout.contains("4 KiB"), "{run:?}");
    let run = stored.ctl("backup list -o json").good();
    assert_eq!(run.json()["items"][0]["name"], "venue-1.db");
    stored.ctl("queue pause").good();
    let run = stored.ctl("backup create");
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("full"), "{run:?}");
}

#[test]
fn a_copy_is_waited_for_longer_than_anything_else() {
    let made = r#"{"name":"venue-1.db","made_at":"2026-09-21T14:13:20Z","bytes":4096}"#;
    let slow = Raw::that_in_turn(vec![
        later(Duration::from_millis(900), "201 Created", made),
        later(Duration::from_millis(900), "200 OK", r#"{"items":[]}"#),
    ]);
    let run = ctl(&slow.url, "--timeout 200ms backup create").good();
    assert!(run.stdout.contains("venue-1.db"), "{run:?}");
    // Of the list it would not be said that it takes its time.
    assert_eq!(ctl(&slow.url, "--timeout 200ms backup list").code, Some(8));
}

/// Without a daemon.
fn offline(words: &str) -> Run {
    ctl("http://127.0.0.1:1", words)
}

fn make_store(path: &Path) {
    let store = SqliteStore::open(path, StoreConfig::default()).unwrap();
    // By its close all is in the one file.
    tokio::runtime::Runtime::new().unwrap().block_on(store.close());
}

#[test]
fn a_copy_is_verified_and_a_damaged_one_is_not_sound() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.db");
    make_store(&file);
    offline(&format!("backup verify {}", file.display())).good();
    fs::write(&file, "this is no database at all, and it never was one").unwrap();
    let run = offline(&format!("backup verify {}", file.display()));
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("damaged"), "{run:?}");
    let run = offline("backup verify /nowhere/copy.db");
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains("cannot read /nowhere/copy.db: No such file"), "{run:?}");
    let run = offline(&format!("backup verify {}", folder.path().display()));
    assert!(run.code == Some(2) && run.stderr.contains("is no file"), "{run:?}");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn nothing_is_left_beside_a_copy_that_was_verified() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("what? a copy%.db");
    make_store(&folder.path().join("made.db"));
    fs::rename(folder.path().join("made.db"), &copy).unwrap();
    let verified = command("http://127.0.0.1:1", "backup verify").arg(&copy).output().unwrap();
    Run::from(verified).good();
    assert_eq!(names(folder.path()), ["what? a copy%.db"]);
}

#[test]
fn a_restore_that_fails_makes_no_folder_and_leaves_the_database_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (copy, database) = (folder.path().join("copy.db"), folder.path().join("venue.db"));
    make_store(&copy);
    make_store(&database);
    let at = |database: &Path| {
        offline(&format!("backup restore {} --database {}", copy.display(), database.display()))
    };
    let run = at(&folder.path().join("new/venue.db"));
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(
        run.stderr.contains("there is no folder") && run.stderr.contains("--database"),
        "{run:?}"
    );
    assert_eq!(names(folder.path()), ["copy.db", "venue.db"]);
    fs::write(&copy, "this is no database at all, and it never was one").unwrap();
    let before = fs::read(&database).unwrap();
    let run = at(&database);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(fs::read(&database).unwrap(), before);
    assert_eq!(names(folder.path()), ["copy.db", "venue.db"]);
}

#[test]
fn a_copy_takes_the_place_of_the_database_only_while_no_daemon_uses_it() {
    let folder = tempfile::tempdir().unwrap();
    let (copy, database) = (folder.path().join("copy.db"), folder.path().join("venue.db"));
    make_store(&copy);
    make_store(&database);
    let words = format!("backup restore {} --database {}", copy.display(), database.display());
    let daemon = StoreLock::take(&database).unwrap();
    let run = offline(&words);
    assert_eq!(run.code, Some(5), "{run:?}");
    assert!(run.stderr.contains("stop venued"), "{run:?}");
    drop(daemon);
    let run = offline(&format!("{words} -o json")).good();
    let aside = run.json()["set_aside"].as_str().unwrap().to_owned();
    assert!(Path::new(&aside).exists() && database.exists(), "{run:?}");
    fs::write(&copy, "no database").unwrap();
    let run = offline(&words);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(database.exists(), "it is as it was");
}
