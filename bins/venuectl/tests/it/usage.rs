//! Arguments, help and the environment.

use crate::{
    ctl::{command, ctl},
    venue::Venue,
};

#[test]
fn wrong_arguments_end_with_2_and_send_nothing() {
    let venue = Venue::open();
    let table = [
        ("", "Usage: venuectl"),
        ("tv", "Usage: venuectl tv"),
        ("tv on", "<HOST/PORT>"),
        ("tv on ir-1/2 -l zone=bar", "cannot be used with"),
        ("tv unmute ir-1/2", "'mute-off'"),
        ("tv of ir-1/2", "exists: 'off'"),
        ("tv on ir-1", "HOST/PORT such as ir-dc4516/2"),
        ("tv on all", "`venuectl batch create` commands all of them"),
        ("tv on ir-1/0", "port 0 is the board itself"),
        ("tv on ir-1/6", "a TV has a port from 1 to 5"),
        ("tv on ir-1/2 ir-1/3", "unexpected argument 'ir-1/3'"),
        ("tv channel ir-1/2 501", "<CHANNEL>"),
        ("tv key volume ir-1/2", "one of up, down, left"),
        ("tv explode ir-1/2", "unrecognized subcommand 'explode'"),
        ("device identify ir-1 --code 2", "1 (signal on) or 0 (signal off)"),
        ("device get queue", "reserved"),
        ("status -o xml", "possible values: table, wide, json"),
        ("status --timeout 0s", "--timeout <TIME>"),
        ("status --server ftp://venue.lan", "https://HOST:8443"),
        ("history --limit x", "give a whole number from 1 to 1000"),
        ("history --limit 0", "give a whole number from 1 to 1000"),
        ("schedule next opening --number many", "give a whole number from 1 to 100"),
        ("schedule add x all --do on", "<--cron <PATTERN>|--at <TIME>>"),
        ("schedule add x all --cron x --at y --do on", "'--cron <PATTERN>' cannot be used with"),
        ("stats --days 1.5", "give a whole number from 1 to 366"),
        ("stats --from 2026/11/25", "give a date such as 2026-11-25"),
        ("batch create --priority high mute all", "give a whole number from -10 to 10"),
        ("events --count few", "give a whole number from 0 to 1000000"),
    ];
    for (words, told) in table {
        let run = ctl(&venue.url, words);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{words}: {run:?}");
        assert!(run.stderr.contains(told), "{words}: {run:?}");
        for word in ["invalid digit", "not in", "u16", "i64"] {
            assert!(!run.stderr.contains(word), "{words}: {run:?}");
        }
    }
    assert!(venue.received_nothing());
}

#[test]
fn a_wrong_environment_is_named() {
    let run = ctl("venue.lan:8080", "status");
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("--server <URL>"), "{run:?}");
}

#[test]
fn the_option_wins_over_the_environment() {
    let venue = Venue::open();
    let words = format!("device list --server {}", venue.url);
    ctl("http://127.0.0.1:1", &words).good();
}

#[test]
fn help_documents_every_exit_code() {
    let run = ctl("http://127.0.0.1:1", "--help").good();
    for code in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "130"] {
        let documented = |line: &str| line.split_whitespace().next() == Some(code);
        assert!(run.stdout.lines().any(documented), "{code}: {}", run.stdout);
    }
    let run = ctl("http://127.0.0.1:1", "--version").good();
    assert_eq!(run.stdout, concat!("venuectl ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn quiet_leaves_the_exit_code_and_the_errors() {
    let venue = Venue::open();
    for words in ["tv on ir-1/2 -q", "-q device list", "device ping ir-1 -q -o json"] {
        assert_eq!(ctl(&venue.url, words).good().stdout, "", "{words}");
    }
    let run = ctl(&venue.url, "-q -o json device get ir-9");
    assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""));
    assert_eq!(run.stderr, "venuectl: device ir-9 not found\n");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let venue = Venue::open();
    let mut child = command(&venue.url, "device list").spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
