//! `venuectl` as the staff uses it, against the real daemon.

use device_sim::{Blaster, BlasterConfig, Key};
use serde_json::{Value, json};

use crate::support::{Daemon, Said, sim_toml, venuectl};

/// Two boards; what they are called and where they hang is in the configuration.
struct Venue {
    boards: [Blaster; 2],
    daemon: Daemon,
}

impl Venue {
    async fn start() -> Self {
        let first = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
        let second = Blaster::start(BlasterConfig::new("ir-000002", 2)).await.unwrap();
        let boards = [first, second];
        let folder = tempfile::tempdir().unwrap();
        let daemon = Daemon::durable(folder, &sim_toml(&boards)).await;
        for name in ["ir-000001", "ir-000002"] {
            daemon.wait_for_session(name, 1).await;
        }
        Self { boards, daemon }
    }

    async fn run(&self, args: &[&str]) -> Said {
        venuectl(self.daemon.address, args).await
    }

    async fn good(&self, args: &[&str]) -> Said {
        let said = self.run(args).await;
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{args:?}: {said:?}");
        said
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tv_is_commanded_by_its_name_and_a_name_that_means_none_is_told() {
    let venue = Venue::start().await;
    let said = venue.good(&["tv", "mute", "tv:TV ir-000002-3"]).await;
    assert!(said.stdout.contains("ir-000002/3"), "{said:?}");
    assert!(venue.boards[1].tv(3).muted);
    let said = venue.run(&["tv", "mute", "tv:TV nowhere"]).await;
    assert_ne!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.is_empty() && said.stderr.contains("TV nowhere"), "{said:?}");
    assert_eq!(venue.boards.each_ref().map(|board| board.actions().len()), [0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn digits_are_pressed_one_after_the_other_and_told_as_one_document() {
    let venue = Venue::start().await;
    venue.good(&["tv", "digits", "060", "ir-000001/2"]).await;
    let pressed = [Key::Digit(0), Key::Digit(6), Key::Digit(0)];
    assert_eq!(venue.boards[0].tv(2).keys, pressed);
    let said = venue.good(&["tv", "digits", "12", "ir-000001/4", "-o", "json"]).await.json();
    let items = said["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{said}");
    assert!(items.iter().all(|item| item["delivered"] == true), "{said}");
    assert_eq!(venue.boards[0].tv(4).keys, [Key::Digit(1), Key::Digit(2)]);
    let said = venue.run(&["tv", "digits", "12a", "ir-000001/4"]).await;
    assert_eq!((said.code, said.stdout.as_str()), (Some(2), ""), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_volume_is_said_in_either_way() {
    let venue = Venue::start().await;
    for words in [["tv", "volume", "down"].as_slice(), &["tv", "vol-down"], &["tv", "volume-down"]]
    {
        let words: Vec<&str> = words.iter().copied().chain(["ir-000001/1"]).collect();
        venue.good(&words).await;
    }
    venue.good(&["tv", "volume", "up", "ir-000001/1"]).await;
    let ran: Vec<_> = venue.boards[0].actions().into_iter().map(|ran| ran.action).collect();
    let down = "tv_volume_down";
    assert_eq!(ran, [down, down, down, "tv_volume_up"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tvs_are_listed_by_selectors_and_that_commands_nobody() {
    let venue = Venue::start().await;
    let all = venue.good(&["port", "list", "-o", "json"]).await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 10, "{all}");
    let some = venue.good(&["port", "list", "ir-000002", "tv:TV ir-000001-5", "-o", "json"]).await;
    let places = |json: &Value| -> Vec<String> {
        let items = json["items"].as_array().unwrap().iter();
        items
            .map(|port| format!("{}/{}", port["hostname"].as_str().unwrap(), port["port"]))
            .collect()
    };
    let mut places = places(&some.json());
    places.sort();
    assert_eq!(places.len(), 6, "{places:?}");
    assert_eq!((places[0].as_str(), places[1].as_str()), ("ir-000001/5", "ir-000002/1"));
    let table = venue.good(&["port", "list", "tv:TV ir-000001-5"]).await.stdout;
    assert_eq!(table.lines().count(), 2, "a head, and one TV: {table}");
    assert!(table.contains("ir-000001/5"), "{table}");
    let none = venue.run(&["port", "list", "zone=bra"]).await;
    assert!(!none.stderr.contains("bulk"), "{none:?}");
    assert!(venue.boards.iter().all(|board| board.actions().is_empty()), "it is a question");
    let batches = venue.daemon.get("/api/v1/batches").await.json;
    assert_eq!(batches["items"], json!([]), "and no batch either");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_listed_and_examined_is_whole_as_json() {
    let venue = Venue::start().await;
    let devices = venue.good(&["config", "list", "devices", "-o", "json"]).await.json();
    let ids: Vec<_> = devices["items"].as_array().unwrap().iter().map(|item| &item["id"]).collect();
    assert_eq!(ids, ["ir-000001", "ir-000002"], "{devices}");
    // Without a token the venue is open, which needs attention.
    let said = venue.run(&["doctor", "-o", "json"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    let found = said.json();
    assert_eq!((&found["healthy"], &found["status"]["mode"]), (&json!(false), &json!("normal")));
    let findings = found["findings"].as_array().unwrap();
    let told =
        |what: &str| findings.iter().find(|one| one["what"].as_str().unwrap().contains(what));
    assert_eq!(told("2 of 2 devices are online").unwrap()["ok"], true, "{found}");
    assert_eq!(told("the queue is healthy").unwrap()["ok"], true, "{found}");
    let open = told("may do everything").unwrap();
    assert!(open["remedy"].as_str().unwrap().contains("token create"), "{open}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tvs_are_meant_by_name_and_by_selector_as_an_option() {
    let venue = Venue::start().await;
    venue.good(&["tv", "mute", "TV ir-000002-3"]).await;
    assert!(venue.boards[1].tv(3).muted);
    let said = venue.good(&["port", "list", "-l", "TV ir-000002-3", "-o", "name"]).await;
    assert_eq!(said.stdout, "ir-000002/3\n");
    let said = venue.good(&["tv", "mute", "-l", "tv:TV ir-000001-1"]).await;
    assert!(said.stdout.contains("ir-000001/1"), "{said:?}");
    venue.good(&["port", "correct", "TV ir-000001-1", "--power", "off"]).await;
    let said = venue.run(&["tv", "vol-up", "-l", "ir-000001", "--dry-run"]).await;
    assert!(said.stdout.contains("dry run") && said.stdout.contains("ir-000001/2"), "{said:?}");
    let said = venue.run(&["tv", "unmute", "TV ir-000001-1"]).await;
    assert!(said.code == Some(2) && said.stderr.contains("'mute-off'"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_written_into_a_new_file_that_only_its_owner_reads() {
    let venue = Venue::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chief.token");
    let create = ["token", "create", "chief", "--role", "admin", "--to", file.to_str().unwrap()];
    let said = venue.good(&create).await;
    let secret = std::fs::read_to_string(&file).unwrap();
    assert!(secret.starts_with("ven_") && !said.stdout.contains(secret.trim()), "{said:?}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let with_token = ["--token-file", file.to_str().unwrap()];
    let again = venue.run(&[&with_token[..], &create].concat()).await;
    assert!(again.code == Some(1) && again.stderr.contains("chief.token"), "{again:?}");
    let list = venue.good(&[&with_token[..], &["token", "list", "-o", "name"]].concat()).await;
    assert_eq!(list.stdout.lines().count(), 1, "none was made: {list:?}");
}
