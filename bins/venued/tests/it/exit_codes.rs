//! What `venuectl` ends with when somebody mistypes: 3 where a name does not exist, 2 where a value is wrong;
//! and that it names what was typed, not a field of the interface.

use std::fs;

use crate::support::{Daemon, Said, venuectl};

/// Words, the exit code, and what has to be said; a blank within a word is written as `~`.
type Case = (&'static str, i32, &'static str);

/// Names that do not exist.
const NAMES: &[Case] = &[
    ("tv off TV~12", 3, "HOST/PORT: no TV is called \"TV 12\""),
    ("tv off tv:nix", 3, "HOST/PORT: no TV is called \"nix\""),
    ("tv digits 12 tv:nix", 3, "HOST/PORT: no TV is called \"nix\""),
    ("tv off ir-000009/1", 3, "device ir-000009 not found"),
    ("tv default-channel ir-000001/1", 3, "has no default channel"),
    ("port list bra", 3, "SELECTOR: there is no device bra: there are ir-000001"),
    ("port list zone=nix", 3, "SELECTOR: there is no zone nix: there are bar"),
    ("port list zone=empty", 3, "SELECTOR: no port meets zone=empty"),
    ("port set ir-000009/1 --name X", 3, "there is no ir-000009 in devices"),
    ("port set ir-000001/1 --zone nix", 3, "--zone: there is no zone nix"),
    ("port set ir-000001/1 --tag nix", 3, "--tag: there is no tag nix"),
    ("port set ir-000001/1 --profile nix", 3, "--profile: there is no profile nix"),
    ("port correct ir-000001/5 --power on", 3, "there is no ir-000001/5 in ports"),
    ("port clear ir-000009/1", 3, "there is no ir-000009 in devices"),
    ("batch create on zone=nix", 3, "SELECTOR: zone=nix: there is no zone nix: there are bar"),
    ("batch create on ir-000009/1", 3, "SELECTOR: device ir-000009 not found"),
    ("batch create on ir-000009/1 zone=nix", 3, "SELECTOR: device ir-000009 not found"),
    ("batch create --dry-run on zone=nix", 3, "zone=nix"),
    ("batch create --dry-run on ir-000009/1", 3, "ir-000009"),
    ("batch get nix", 3, "there is no batch nix"),
    ("batch watch nix", 3, "there is no batch nix"),
    ("batch cancel nix", 3, "there is no batch nix"),
    ("batch retry nix", 3, "there is no batch nix"),
    ("batch undo nix", 3, "there is no batch nix"),
    ("command get 4711", 3, "there is no command 4711"),
    ("command cancel 4711", 3, "there is no command 4711"),
    ("why 4711", 3, "there is no command 4711"),
    ("device get ir-000009", 3, "device ir-000009 not found"),
    ("device ping ir-000009", 3, "device ir-000009 not found"),
    ("device logs ir-000009", 3, "ir-000009"),
    ("device remove ir-000009", 3, "there is no ir-000009 in devices"),
    ("device adopt ir-000009 --address 127.0.0.1:1 --zone nix", 3, "--zone: there is no zone nix"),
    ("config get zones nix", 3, "there is no nix in zones"),
    ("config set zones nix order=1", 3, "there is no nix in zones"),
    ("config remove zones nix", 3, "there is no nix in zones"),
    ("token revoke tok_0123456789abcdef", 3, "there is no tok_0123456789abcdef in tokens"),
    ("schedule get nix", 3, "there is no nix in schedules"),
    ("schedule run nix", 3, "nix"),
    (
        "schedule add x zone=nix --cron 0~10~*~*~* --tz UTC --do on",
        3,
        "SELECTOR: there is no zone nix",
    ),
    ("system get nix", 3, "nix"),
    ("queue list --device ir-000009", 3, "device ir-000009 not found"),
    ("history --device ir-000009", 3, "device ir-000009 not found"),
    ("stats --device ir-000009", 3, "device ir-000009 not found"),
    ("diff -f /nowhere/nix.yaml", 3, "/nowhere/nix.yaml"),
];

/// Values that are wrong.
const VALUES: &[Case] = &[
    ("tv off tv:twin", 2, "HOST/PORT: several TVs are called \"twin\": ir-000001/1, ir-000001/2"),
    ("batch create on tv:twin", 2, "SELECTOR: tv:twin: several TVs are called"),
    ("port list tv:twin", 2, "SELECTOR: several TVs are called"),
    ("batch create --id sched_x on all", 2, "--id: a batch_id that begins with sched_"),
    ("batch create --id twin~x on all", 2, "--id"),
    ("batch list --cursor nix", 2, "--cursor: "),
    ("queue list --cursor x", 2, "--cursor: "),
    ("history --cursor x", 2, "--cursor: "),
    ("audit --cursor x", 2, "--cursor: "),
    ("batch get evening --cursor x", 2, "--cursor: "),
    ("events --type nix", 2, "--type: "),
    ("stats --from 2026-02-30", 2, "--from: "),
    ("stats --from 2026-03-02 --to 2026-03-01", 2, "--from: from is not after to"),
    ("port list zone~in~(bar", 2, "SELECTOR"),
    ("port set ir-000001/1 --name ~", 2, "--name: "),
    ("port correct ir-000001/1 --channel x", 2, "--channel"),
    ("config add zones x order=first", 2, "order: "),
    ("config set zones bar colour=red", 2, "colour"),
    ("schedule add x all --cron 0~10~*~*~* --tz Mars --do on", 2, "--tz: "),
    ("schedule add x all --cron 61~*~*~*~* --tz UTC --do on", 2, "--cron: "),
    ("schedule add x all --cron 0~10~*~*~* --tz UTC --do hop", 2, "--do: "),
    ("schedule add x all --at 2020-01-01T00:00 --tz UTC --do on", 2, "--at: "),
    ("schedule set opening zone=Mars", 2, "zone: "),
    ("schedule set opening at=2027-03-01T15:00", 2, "a schedule has cron or at, not both"),
    ("diff -f WRONG", 2, "wrong.yaml"),
    ("device adopt ir-000009 --address 127.0.0.1:1 --name ~", 2, "--name: "),
    ("device key ir-000001 --key-file WRONG", 2, "--key-file: "),
];

/// The same, once there is an admin's token.
const TOKENS: &[Case] = &[
    ("token create X --role viewer --zone nix", 3, "--zone: there is no zone nix"),
    ("token create ven_x --role admin", 2, "NAME: "),
    (
        "token create ~ --role viewer",
        2,
        "NAME: the name of a token has 1 to 64 characters, not only spaces",
    ),
    ("token create X --role boss", 2, "--role: "),
    ("token create X --role viewer --expires 2020-01-01T00:00:00Z", 2, "--expires: "),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_does_not_exist_ends_with_3_and_a_wrong_value_with_2() {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let wrong = daemon.path("wrong.yaml");
    fs::write(&wrong, "zones: [").unwrap();
    let wrong = wrong.display().to_string();
    let run = async |words: &str| {
        let word =
            |word: &str| if word == "WRONG" { wrong.clone() } else { word.replace('~', " ") };
        let words: Vec<String> = words.split(' ').map(word).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        venuectl(daemon.address, &words).await
    };
    for words in [
        // A device that was removed is no unknown name: its commands are in the history.
        "device adopt ir-000002 --address 127.0.0.1:1",
        "batch create --id gone on ir-000002/1",
        "device remove ir-000002",
        "history --device ir-000002",
        "queue list --device ir-000002",
        "config add zones bar name=Bar",
        "config add zones empty",
        "device adopt ir-000001 --address 127.0.0.1:1 --zone bar --tvs 2",
        "port set ir-000001/1 --name Twin",
        "port set ir-000001/2 --name Twin",
        "batch create --id evening on all",
        "schedule add opening all --cron 0~10~*~*~* --tz UTC --do on",
    ] {
        let said = run(words).await;
        assert_eq!(said.code, Some(0), "{words}: {said:?}");
    }
    let mut failed = Vec::new();
    for case in NAMES.iter().chain(VALUES) {
        failed.extend(misfit(case, &run(case.0).await));
    }
    let token = daemon.path("token");
    fs::write(&token, run("token create boss --role admin").await.stdout).unwrap();
    for case in TOKENS {
        let words = format!("{} --token-file {}", case.0, token.display());
        failed.extend(misfit(case, &run(&words).await));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// What is not as it should be; never is a field of the interface named.
fn misfit(&(words, code, told): &Case, said: &Said) -> Option<String> {
    let ours = ["the query is wrong", "the body is wrong", "selector:", "hostname:", "targets["];
    let is_ours = ours.iter().any(|word| said.stderr.contains(word));
    let is_told = said.stderr.contains(told) || said.stdout.contains(told);
    let is_good = said.code == Some(code) && is_told && !is_ours;
    (!is_good).then(|| format!("{words}: expected {code} and {told:?}: {said:?}"))
}
