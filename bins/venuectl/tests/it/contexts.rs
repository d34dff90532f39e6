//! Several venues, each under a name.

use std::{fs, process::Command};

use crate::{
    ctl::{Run, at_home, command},
    raw::{Raw, answer},
    venue::Venue,
};

#[test]
fn a_context_says_which_daemon_is_asked() {
    let (oak, home) = (Venue::open(), tempfile::tempdir().unwrap());
    let run = |words: &str| at_home(home.path(), words);
    run(&format!("context set oak --server {}", oak.url)).good();
    run("context set elm --server http://127.0.0.1:1").good();
    assert_eq!(run("context list -o name").good().stdout, "elm\noak\n");
    assert_eq!(run("device list -o name").good().stdout, "ir-1\nir-2\nir-3\nir-4\n", "the first");
    let elm = run("--context elm device list");
    assert_eq!(elm.code, Some(6), "{elm:?}");
    assert!(elm.stderr.contains("the context elm has its address"), "{elm:?}");
    run("context use elm").good();
    assert_eq!(run("device list").code, Some(6));
    let list = run("context list").good().stdout;
    assert!(list.contains("*  elm ") && !list.contains("*  oak"), "{list}");
    run("context remove elm").good();
    let unknown = run("--context elm device list");
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(3), ""));
    assert!(unknown.stderr.contains("there is no context elm: there are oak"), "{unknown:?}");
}

#[test]
fn what_is_typed_wins_over_the_environment_and_two_answers_are_refused() {
    let (oak, home) = (Venue::open(), tempfile::tempdir().unwrap());
    at_home(home.path(), &format!("context set oak --server {}", oak.url)).good();
    let typed = |words: &str, name: &str, value: &str| -> Run {
        let mut command = command("http://127.0.0.1:1", words);
        command.env("HOME", home.path()).env(name, value).output().unwrap().into()
    };
    typed("device list --context oak", "A", "b").good();
    let words = format!("device list --server {}", oak.url);
    typed(&words, "VENUECTL_CONTEXT", "elm").good();
    let both = typed("device list", "VENUECTL_CONTEXT", "oak");
    assert_eq!((both.code, both.stdout.as_str()), (Some(2), ""), "{both:?}");
    assert!(both.stderr.contains("not both"), "{both:?}");
}

#[test]
fn the_token_of_a_context_is_for_its_own_daemon_only() {
    let home = tempfile::tempdir().unwrap();
    let set = "context set oak --server http://127.0.0.1:1 --token-file no-such.token";
    at_home(home.path(), set).good();
    let run = at_home(home.path(), "device list");
    assert!(run.code == Some(3) && run.stderr.contains("no-such.token"), "{run:?}");
    let other = Raw::that(answer("200 OK", "{\"items\":[]}"));
    at_home(home.path(), &format!("device list -o json --server {}", other.url)).good();
}

#[test]
fn a_file_of_contexts_that_is_wrong_is_named() {
    let home = tempfile::tempdir().unwrap();
    let run = at_home(home.path(), "context set oak");
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
    assert!(run.stderr.contains("--server: a new context needs"), "{run:?}");
    let folder = home.path().join(".config/venuectl");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), "currnet = \"oak\"\n").unwrap();
    let run = at_home(home.path(), "device list");
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
    assert!(run.stderr.contains("config.toml") && run.stderr.contains("currnet"), "{run:?}");
}

#[test]
fn a_shell_is_offered_what_there_is_in_the_venue() {
    let venue = Venue::open();
    let offered = |words: &[&str]| -> String {
        let mut command: Command = command(&venue.url, "");
        let place = words.len().to_string();
        command.env("COMPLETE", "fish").env("_CLAP_COMPLETE_INDEX", place);
        command.args(["--", "venuectl"]).args(words);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert_eq!(offered(&["device", "get", "ir-"]).lines().count(), 4);
    let tvs = offered(&["tv", "on", "ir-1/"]);
    assert!(tvs.starts_with("ir-1/2\tTV 7\n"), "{tvs}");
    let none = offered(&["--server", "http://127.0.0.1:1", "device", "get", "ir-"]);
    assert_eq!(none, "", "the daemon that is typed");
}
