//! Copies of the database: asked of the daemon, and handled without it.

use std::{fs, path::Path};

use venue_queue::{SqliteStore, StoreConfig, StoreLock};

use crate::{
    ctl::{Run, ctl},
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

/// Without a daemon.
fn offline(words: &str) -> Run {
    ctl("http://127.0.0.1:1", words)
}

fn make_store(path: &Path) {
    drop(SqliteStore::open(path, StoreConfig::default()).unwrap());
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
    assert_eq!(run.code, Some(1), "{run:?}");
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
