//! `venuectl codes`, and what else shows code sets, against a board with nothing but infrared entities.

use std::{fs, process::Stdio};

use device_sim::{Generation, Power, TransmitTiming};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
};

use crate::{
    infrared_boards::{board, daemon},
    support::{Daemon, Said, ctl_program, sim_toml, soon, venuectl},
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
    let advice = "KEY: power may switch power: add --allow-power if that is meant";
    assert!(power.stderr.contains(advice), "{power:?}");
    let json = ctl(&daemon, "codes try ir-000001/1 --code nec1:4,2 -o json").await;
    assert_eq!(json.json()["command"]["delivered"], json!(true), "{json:?}");
}

/// `venuectl` on a terminal: `script` gives it one, and what is typed.
struct Talk {
    program: Child,
    said: String,
}

impl Talk {
    fn begin(daemon: &Daemon, words: &str) -> Self {
        let call =
            format!("{} --server http://{} {words}", ctl_program().display(), daemon.address);
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--flush", "--command", &call, "/dev/null"]);
        script.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        Self { program: script.spawn().unwrap(), said: String::new() }
    }

    /// Reads on until one of `words` stands there; all that was said since the last time.
    async fn until(&mut self, words: &[&str]) -> String {
        let stdout = self.program.stdout.as_mut().unwrap();
        let mut bytes = [0; 4096];
        while !words.iter().any(|word| self.said.contains(word)) {
            let read = soon("an answer", stdout.read(&mut bytes)).await.unwrap();
            assert!(read > 0, "it ended: {}", self.said);
            self.said.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        std::mem::take(&mut self.said)
    }

    async fn say(&mut self, words: &str) {
        let stdin = self.program.stdin.as_mut().unwrap();
        stdin.write_all(format!("{words}\n").as_bytes()).await.unwrap();
    }

    async fn ended(mut self) -> (Option<i32>, String) {
        let status = soon("the end", self.program.wait()).await.unwrap();
        let stdout = self.program.stdout.as_mut().unwrap();
        soon("all of it", stdout.read_to_string(&mut self.said)).await.unwrap();
        (status.code(), self.said)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_remote_of_a_tv_is_found_by_answering_on_a_terminal() {
    const ASKED: &str = "[q]uit: ";
    let board = board(Generation::Current, TransmitTiming::Hardware).await;
    let daemon = daemon(&board).await;
    assert_eq!(daemon.press("ir-000001", 1, "power_on").await.status, 200);
    soon("it is on", board.wait_for_tv(1, |tv| tv.power == Power::On)).await;
    let mut talk = Talk::begin(&daemon, "codes find ir-000001/1 --make samsung");
    let asked = talk.until(&[ASKED]).await;
    assert!(asked.contains("sends volume_up of ") && asked.contains("Did the TV react"), "{asked}");
    soon("it reacts", board.wait_for_tv(1, |tv| tv.volume == 11)).await;
    // An answer that nobody understands sends nothing: the question comes again.
    talk.say("perhaps").await;
    talk.until(&[ASKED]).await;
    assert_eq!(board.tv(1).volume, 11);
    talk.say("a").await;
    talk.until(&[ASKED]).await;
    soon("again", board.wait_for_tv(1, |tv| tv.volume == 12)).await;
    let mut seen = board.tv(1);
    talk.say("yes").await;
    while talk.until(&[ASKED, "use it:"]).await.contains(ASKED) {
        let now = board.tv(1);
        let reacted = (now.volume, now.muted) != (seen.volume, seen.muted);
        seen = now;
        talk.say(if reacted { "y" } else { "n" }).await;
    }
    let (code, _) = talk.ended().await;
    assert_eq!(code, Some(0));
    assert_eq!(board.tv(1).power, Power::On, "power was never sent");

    let mut talk = Talk::begin(&daemon, "codes find ir-000001/1 --make samsung");
    talk.until(&[ASKED]).await;
    talk.say("q").await;
    let (code, said) = talk.ended().await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("stopped before a code set was found"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_is_not_saved_for_a_port_that_the_configuration_file_fixes() {
    let board = board(Generation::Current, TransmitTiming::Hardware).await;
    let toml = sim_toml([&board]);
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &toml).await;
    let refused = ctl(&daemon, "codes adopt lg-tv --port ir-000001/2").await;
    assert_eq!(refused.code, Some(5), "{refused:?}");
    let why = "--port: ir-000001 is in the daemon's configuration file";
    assert!(refused.stderr.contains(why), "{refused:?}");
    let sets = daemon.get("/api/v1/config/codesets").await.json;
    assert_eq!(sets["items"], json!([]), "nothing was saved");
    let unknown = ctl(&daemon, "codes adopt lg-tv --port ir-000077/2").await;
    assert!(unknown.code != Some(0) && unknown.stderr.contains("ir-000077"), "{unknown:?}");
    assert_eq!(daemon.get("/api/v1/config/codesets").await.json["items"], json!([]));
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
