//! `venuectl codes`, and what else shows code sets, against a board with nothing but infrared entities.

use std::fs;

use device_sim::{Generation, Power, TransmitTiming};
use serde_json::json;

use crate::{
    infrared_boards::{board, daemon},
    support::{Daemon, Said, soon, venuectl},
};

async fn ctl(daemon: &Daemon, words: &str) -> Said {
    let words: Vec<&str> = words.split_whitespace().collect();
    venuectl(daemon.address, &words).await
}

/// The call that a step of `find` prints for this answer, without the name of the program.
fn next_call<'s>(said: &'s Said, answer: &str) -> &'s str {
    let line = said.stdout.lines().find(|line| line.starts_with(answer));
    let (_, call) = line.unwrap_or_else(|| panic!("{said:?}")).split_once("venuectl ").unwrap();
    call
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_is_shown_exported_changed_imported_and_given_to_a_tv() {
    let board = board(Generation::Current, TransmitTiming::Hardware).await;
    let daemon = daemon(&board).await;
    let listed = ctl(&daemon, "codes list --make samsung").await;
    let row = listed.stdout.lines().find(|line| line.starts_with("samsung-tv")).unwrap();
    assert!(row.contains("venue") && row.contains("Samsung"), "{listed:?}");
    assert!(ctl(&daemon, "codes list --make lg").await.stdout.contains("built in"));
    let shown = ctl(&daemon, "codes show lg-tv").await;
    for part in ["volume_up", "nec1:4,2", "relative", "nobody has said so"] {
        assert!(shown.stdout.contains(part), "{part}: {shown:?}");
    }
    let exported = ctl(&daemon, "codes export lg-tv").await.stdout;
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, &exported).unwrap();
    let words = format!("codes import {} --id lg-bar --make Lucky", file.path().display());
    let dry = ctl(&daemon, &format!("{words} --dry-run")).await;
    assert!(dry.stdout.contains("codesets/lg-bar"), "{dry:?}");
    assert_eq!(ctl(&daemon, &words).await.code, Some(0));
    assert_eq!(ctl(&daemon, &words).await.code, Some(5), "it is there already");
    assert_eq!(ctl(&daemon, &format!("{words} --replace")).await.code, Some(0));
    let listed = ctl(&daemon, "config list codesets").await;
    let row = listed.stdout.lines().find(|line| line.starts_with("lg-bar")).unwrap();
    assert!(row.contains("make=Lucky") && !row.contains("nec1"), "{listed:?}");
    assert!(row.split("keys=").nth(1).unwrap().parse::<u32>().unwrap() > 10, "{listed:?}");
    let given = ctl(&daemon, "codes adopt lg-bar --port ir-000001/2 --port ir-000001/3").await;
    assert!(given.stdout.ends_with("ir-000001/3 is driven by lg-bar\n"), "{given:?}");
    let ports = ctl(&daemon, "port list ir-000001/2").await;
    assert!(ports.stdout.contains("code set lg-bar"), "{ports:?}");
    let none = ctl(&daemon, "codes show nobody").await;
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(none.stderr.contains("SET: there is no such set"), "{none:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_remote_of_a_tv_is_found_step_by_step_and_one_code_is_tried() {
    let board = board(Generation::Current, TransmitTiming::Hardware).await;
    let daemon = daemon(&board).await;
    assert_eq!(daemon.press("ir-000001", 1, "power_on").await.status, 200);
    soon("it is on", board.wait_for_tv(1, |tv| tv.power == Power::On)).await;
    // The person looks at the TV, and says what she sees.
    let mut call = "codes find ir-000001/1 --make samsung".to_owned();
    let mut seen = board.tv(1);
    let found = loop {
        let said = ctl(&daemon, &call).await;
        assert_eq!(said.code, Some(0), "{said:?}");
        if said.stdout.contains("use it:") {
            break said;
        }
        let reacts = tokio::time::timeout(
            std::time::Duration::from_millis(500),
            board.wait_for_tv(1, |tv| (tv.volume, tv.muted) != (seen.volume, seen.muted)),
        );
        let answer = if reacts.await.is_ok() { "if it reacted" } else { "if it did not" };
        seen = board.tv(1);
        call = next_call(&said, answer).to_owned();
    };
    assert!(found.stdout.contains("codes adopt samsung-tv --port ir-000001/1"), "{found:?}");
    assert_eq!(board.tv(1).power, Power::On, "power was never sent");

    let dry = ctl(&daemon, "codes try ir-000001/1 mute --set samsung-tv --dry-run").await;
    assert!(dry.stdout.contains("dry run: nothing was sent"), "{dry:?}");
    assert_eq!(board.tv(1).muted, seen.muted);
    let tried = ctl(&daemon, "codes try ir-000001/1 mute --set samsung-tv").await;
    assert!(tried.stdout.contains("infrared_complete"), "{tried:?}");
    assert!(tried.stdout.contains("only somebody who sees it knows"), "{tried:?}");
    soon("mute", board.wait_for_tv(1, |tv| tv.muted != seen.muted)).await;
    let power = ctl(&daemon, "codes try ir-000001/1 power --set samsung-tv").await;
    assert_eq!(power.code, Some(2), "{power:?}");
    assert!(power.stderr.contains("KEY: power may switch power"), "{power:?}");
    let json = ctl(&daemon, "codes try ir-000001/1 --code nec1:4,2 -o json").await;
    assert_eq!(json.json()["command"]["delivered"], json!(true), "{json:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_command_says_what_it_would_send() {
    let board = board(Generation::Current, TransmitTiming::Hardware).await;
    let daemon = daemon(&board).await;
    let dry = ctl(&daemon, "tv channel 055 ir-000001/1 --dry-run").await;
    assert_eq!(dry.code, Some(0), "{dry:?}");
    for part in ["protocol=samsung32", "carrier_hz=38000", "frames=", "milliseconds=", "dry run"] {
        assert!(dry.stdout.contains(part), "{part}: {dry:?}");
    }
    let digits = ctl(&daemon, "tv digits 055 ir-000001/1 --dry-run").await;
    assert_eq!(digits.code, Some(2), "{digits:?}");
    assert!(digits.stderr.contains("venuectl tv key DIGIT"), "{digits:?}");
    assert_eq!(board.transmissions().len(), 0, "nothing was sent");
}
