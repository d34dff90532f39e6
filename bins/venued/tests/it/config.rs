//! Configuration: what is wrong is said with its place, and with an exit code of its own.

use std::net::{Ipv4Addr, TcpListener};

use device_sim::{Blaster, BlasterConfig, Fault, Generation};
use esphome_pool::codec::{MacAddress, Psk};
use serde_json::json;

use crate::support::{Daemon, device_toml, sim_toml, soon, until, venued};

async fn run(config: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("venued.toml");
    std::fs::write(&file, config).unwrap();
    let output = venued().arg("--config").arg(file).args(more).output();
    let output = soon("the end of venued", output).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_key_is_told_with_line_and_column_and_exit_code_78() {
    for more in [&["--check-config"][..], &[]] {
        let (code, stdout, stderr) = run("[http]\nlissten = \"127.0.0.1:0\"\n", more).await;
        assert_eq!((code, stdout.as_str()), (Some(78), ""));
        assert!(stderr.contains("line 2, column 1") && stderr.contains("lissten"), "{stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_file_is_said_to_be_good_without_starting() {
    let address = (Ipv4Addr::LOCALHOST, 1).into();
    let config = device_toml("ir-000001", address, "");
    let (code, stdout, _) = run(&config, &["--check-config"]).await;
    assert_eq!(code, Some(0));
    assert!(stdout.contains("1 devices, 5 TVs, HTTP on 127.0.0.1:8080"), "{stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_use_is_told_by_its_key() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap();
    let (code, _, stderr) = run(&format!("[http]\nlisten = \"{address}\"\n"), &[]).await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains(&format!("http.listen = {address}")), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn why_it_does_not_start_is_one_line_and_keeps_its_exit_code() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = format!("[http]\nlisten = \"{}\"\n", taken.local_addr().unwrap());
    let board = |more: &str| device_toml("ir-000001", (Ipv4Addr::LOCALHOST, 1).into(), more);
    let table = [
        (port, 1),
        (board("noise_psk = \"short\""), 78),
        (board("noise_psk_file = \"/nowhere/key\""), 78),
        (board("noise_psk = 7"), 78),
        ("[log]\nfilter = \"=,=\"\n".to_owned(), 78),
        ("[http]\nlisten = 7\n".to_owned(), 78),
        ("[http\n".to_owned(), 78),
    ];
    for (config, expected) in table {
        let (code, _, stderr) = run(&config, &[]).await;
        assert_eq!(code, Some(expected), "{config}: {stderr}");
        assert_one_line(&stderr);
    }
    let mut missing = venued();
    missing.args(["--config", "/nowhere/venued.toml"]);
    let output = soon("its end", missing.output()).await.unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert_one_line(&String::from_utf8(output.stderr).unwrap());
}

/// One line for a person, without a chain of causes or the words of a parser.
fn assert_one_line(stderr: &str) {
    let told: Vec<_> = stderr.lines().filter(|line| line.starts_with("venued: ")).collect();
    assert_eq!(told.len(), 1, "{stderr}");
    assert!(stderr.ends_with(&format!("{}\n", told[0])), "it is the last word: {stderr}");
    for word in ["Caused by", "invalid type", "expected struct", "i64", "u16"] {
        assert!(!stderr.contains(word), "{stderr}");
    }
}

/// A venue of one board that does not fit its configuration: its presence, and why.
async fn misfit(board: BlasterConfig, fault: Fault, more: &str) -> (String, String) {
    let board = Blaster::start(BlasterConfig { fault, ..board }).await.unwrap();
    let daemon = Daemon::start(&device_toml(board.name(), board.address(), more)).await;
    daemon.log.wait_for("device is misconfigured").await;
    // One that is tried again is connecting for a moment.
    let told = until("why it is misconfigured", async || {
        let status = daemon.get("/ir-000001/status").await.json;
        status["cause"].is_string().then_some(status)
    });
    let status = told.await;
    let answer = daemon.press("ir-000001", 1, "mute").await;
    assert_eq!((answer.status, &answer.json["delivered"]), (503, &json!(false)), "{answer:?}");
    let text = |key: &str| status[key].as_str().unwrap().to_owned();
    (text("presence"), text("cause"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_admin_must_put_right_is_named() {
    let board = || BlasterConfig::new("ir-000001", 1);
    let key = |byte| Psk::from_bytes([byte; 32]).unwrap();
    let psk = |byte| format!("noise_psk = \"{}\"", key(byte).to_base64());
    let encrypted = || BlasterConfig { psk: Some(key(1)), ..board() };
    let misconfigured = |cause: &str| ("misconfigured".to_owned(), cause.to_owned());

    let found = misfit(encrypted(), Fault::None, &psk(2)).await;
    assert_eq!(found, misconfigured("wrong_key"));
    let found = misfit(encrypted(), Fault::None, "").await;
    assert_eq!(found, misconfigured("encryption_required"));
    let found = misfit(board(), Fault::None, &psk(1)).await;
    assert_eq!(found, misconfigured("encryption_not_offered"));
    let other = MacAddress::try_from([2, 0, 0, 0, 0, 9]).unwrap();
    let mac = format!("mac = \"{}\"", board().mac);
    let found = misfit(board(), Fault::WrongMac(other), &mac).await;
    assert_eq!(found, misconfigured("wrong_device"));
    let found = misfit(board(), Fault::Flood, "").await;
    assert_eq!(found, misconfigured("flooding"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_board_does_not_have_is_refused_here() {
    let legacy =
        BlasterConfig { generation: Generation::Legacy, ..BlasterConfig::new("ir-000001", 1) };
    let board = Blaster::start(legacy).await.unwrap();
    let daemon = Daemon::start(&sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let refused = daemon.press("ir-000001", 2, "power_on").await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.json["detail"].as_str().unwrap().contains("tv_power_on"), "{refused:?}");
    let tuned = daemon.tune("ir-000001", 2, "060").await;
    assert_eq!(tuned.status, 200, "{tuned:?}");
    soon("the channel", board.wait_for_tv(2, |tv| tv.channel == "060")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_be_a_credential_and_one_that_there_is_not_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let psk = Psk::from_bytes(*b"0123456789abcdef0123456789abcdef").unwrap();
    std::fs::write(folder.path().join("keys_ir-000001"), psk.to_base64()).unwrap();
    let address = (Ipv4Addr::LOCALHOST, 1).into();
    for (name, code) in
        [("keys_ir-000001", 0), ("keys_ir-000002", 78), ("../keys_ir-000001", 78), ("", 78)]
    {
        let file = folder.path().join("venued.toml");
        let key = format!("noise_psk_credential = \"{name}\"");
        std::fs::write(&file, device_toml("ir-000001", address, &key)).unwrap();
        let mut command = venued();
        command.arg("--config").arg(file).arg("--check-config");
        command.env("CREDENTIALS_DIRECTORY", folder.path());
        let output = soon("its end", command.output()).await.unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{name}: {told}");
        assert!(code == 0 || told.contains("device ir-000001"), "{told}");
        assert!(!told.contains(&psk.to_base64()));
    }
}
