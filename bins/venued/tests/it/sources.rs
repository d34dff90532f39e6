//! Screens that show a shared box, through the daemon: commands, answers, the list of ports, zones, presets.

use device_sim::{Blaster, BlasterConfig, Key, Power};
use serde_json::{Value, json};

use crate::support::{Daemon, Response, bulk, send, until, venuectl};

/// Two screens of the bar and one of the patio show the box at `ir-rack/1`; of the second one the box has the sound.
/// `ir-bar/3` has a tuner of its own.
fn document(bar: &Blaster, rack: &Blaster) -> Value {
    let screen = |index: u8, name: &str, zone: &str| json!({"index": index, "name": name, "zone": zone, "source": "dtv-1"});
    let mut right = screen(2, "Right", "bar");
    right["volume"] = json!("source");
    let tuner = json!({"index": 3, "name": "Tuner", "zone": "bar", "platform": "air"});
    json!({
        "zones": [{"id": "bar"}, {"id": "patio"}],
        "channels": [
            {"id": "fox", "name": "Fox Sports 1", "number": "7", "platform": "air",
             "numbers": {"satellite": "219"}},
            {"id": "espn", "name": "ESPN", "number": "206", "platform": "satellite"},
        ],
        "sources": [{"id": "dtv-1", "name": "Box 1", "via": "matrix output 3",
            "port": {"hostname": "ir-rack", "port": 1}}],
        "devices": [
            {"hostname": "ir-bar", "address": bar.address().to_string(), "ports":
                [screen(1, "Left", "bar"), right, tuner, screen(4, "Patio", "patio")]},
            {"hostname": "ir-rack", "address": rack.address().to_string(), "ports":
                [{"index": 1, "name": "The box", "platform": "satellite",
                  "default_channel": "501"}]},
        ],
    })
}

struct Venue {
    bar: Blaster,
    rack: Blaster,
    daemon: Daemon,
}

impl Venue {
    async fn start() -> Self {
        let board = async |name: &str, number, power| {
            let config = BlasterConfig { power, ..BlasterConfig::new(name, number) };
            Blaster::start(config).await.unwrap()
        };
        let (bar, rack) =
            (board("ir-bar", 1, Power::Off).await, board("ir-rack", 2, Power::On).await);
        let toml = "[timing]\nwarm_up_ms = 0\n";
        let daemon = Daemon::durable(tempfile::tempdir().unwrap(), toml).await;
        let applied = json!({"document": document(&bar, &rack)});
        let applied = daemon.post("/api/v1/config/apply", &applied).await;
        assert_eq!(applied.status, 200, "{applied:?}");
        for board in ["ir-bar", "ir-rack"] {
            daemon.wait_for_session(board, 1).await;
        }
        Self { bar, rack, daemon }
    }

    async fn tune(&self, port: u8, channel: &str) -> Response {
        let tuned = self.daemon.tune("ir-bar", port, channel).await;
        assert_eq!(tuned.status, 200, "{tuned:?}");
        tuned
    }

    /// The header of a new token: an operator's of `zones`, or an admin's where there are none.
    async fn token(&self, name: &str, zones: Value, admin: &str) -> String {
        let role = if zones.is_null() { "admin" } else { "operator" };
        let body = json!({"name": name, "role": role, "zones": zones});
        let made = send(self.daemon.address, "POST", "/api/v1/tokens", admin, &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        format!("Authorization: Bearer {}\r\n", made.json["secret"].as_str().unwrap())
    }

    async fn port(&self, port: &str) -> Value {
        let all = self.daemon.get("/api/v1/ports").await.json["items"].clone();
        let is_it =
            |one: &&Value| format!("{}/{}", one["hostname"].as_str().unwrap(), one["port"]) == port;
        all.as_array().unwrap().iter().find(is_it).unwrap().clone()
    }
}

fn screens(list: &Value) -> Vec<String> {
    let screen = |one: &Value| format!("{}/{}", one["hostname"].as_str().unwrap(), one["port"]);
    list.as_array().unwrap().iter().map(screen).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_for_a_screen_goes_to_its_box_and_the_answer_says_what_changes() {
    let venue = Venue::start().await;
    let tuned = venue.tune(1, "Fox Sports 1").await.json;
    assert_eq!((&tuned["hostname"], &tuned["port"]), (&json!("ir-bar"), &json!(1)), "as asked");
    assert_eq!(tuned["channel"], "219", "the number of the platform of the box");
    let sent_to = json!({"source": "dtv-1", "hostname": "ir-rack", "port": 1, "name": "Box 1"});
    assert_eq!(tuned["sent_to"], sent_to);
    assert_eq!(screens(&tuned["also_changes"]), ["ir-bar/2", "ir-bar/4"]);
    venue.rack.wait_for_tv(1, |tv| tv.channel == "219").await;
    assert_eq!(venue.tune(3, "fox").await.json["channel"], "7", "its own tuner");
    let on = venue.daemon.press("ir-bar", 1, "power_on").await.json;
    assert!(on.get("sent_to").is_none() && on.get("also_changes").is_none(), "{on}");
    venue.bar.wait_for_tv(1, |tv| tv.power == Power::On).await;
    for (port, sounds) in [(1, &venue.bar), (2, &venue.rack)] {
        assert_eq!(venue.daemon.press("ir-bar", port, "mute_on").await.status, 200);
        sounds.wait_for_tv(1, |tv| tv.muted).await;
    }
    assert!(!venue.bar.tv(1).keys.iter().any(|key| matches!(key, Key::Digit(_))), "no digit");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_ports_says_what_each_screen_shows_and_what_a_box_feeds() {
    let venue = Venue::start().await;
    venue.tune(4, "espn").await;
    // A direct command is recorded behind its answer.
    let left = until("the channel of the box", async || {
        let left = venue.port("ir-bar/1").await;
        (!left["source"]["channel"].is_null()).then_some(left)
    })
    .await;
    let source = json!({"id": "dtv-1", "name": "Box 1", "hostname": "ir-rack", "port": 1,
        "via": "matrix output 3", "channel": "206", "presence": "online", "volume": "tv"});
    assert_eq!(left["source"], source);
    assert_eq!((&left["default_channel"], &left["feeds"]), (&json!("501"), &json!([])));
    assert_eq!(left["assumed"]["last_channel"], "206", "what it shows");
    let rack = venue.port("ir-rack/1").await;
    assert_eq!(rack["port_of_source"], "dtv-1");
    assert_eq!(screens(&rack["feeds"]), ["ir-bar/1", "ir-bar/2", "ir-bar/4"]);
    assert_eq!(rack["platform"], "satellite");
    let sources = venue.daemon.get("/api/v1/sources").await.json;
    let shown = &sources["items"][0];
    assert_eq!((&shown["channel"], &shown["platform"]), (&json!("206"), &json!("satellite")));
    assert_eq!(screens(&shown["screens"]).len(), 3);
    let ports = venue.daemon.get("/ir-bar/port-status").await.json;
    assert_eq!(ports["port_statuses"][0]["last_channel"], "206", "{ports}");
    // Who sees the TV says what the box shows.
    let path = "/api/v1/ports/ir-bar/2/assumed-state";
    let seen = json!({"power": "on", "channel": "5"});
    let corrected = send(venue.daemon.address, "PUT", path, "", &seen).await;
    assert_eq!(corrected.json["last_channel"], "5", "{corrected:?}");
    // A later word about the channel alone is one about the box, and the newest of the screen.
    let channel = send(venue.daemon.address, "PUT", path, "", &json!({"channel": "5"})).await;
    let said = |answer: &Response| answer.json["updated_at"].as_str().unwrap().to_owned();
    assert!(said(&channel) > said(&corrected), "{channel:?}");
    assert_eq!(venue.port("ir-bar/1").await["assumed"]["last_channel"], "5");
    assert_eq!(venue.port("ir-bar/1").await["assumed"]["last_power_state"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_for_a_zone_presses_a_shared_box_once_and_switches_no_box_off() {
    let venue = Venue::start().await;
    let step = json!({"command": "channel_up", "selectors": ["zone=bar"], "dry_run": true});
    let plan = venue.daemon.post("/api/v1/batches", &step).await.json;
    assert_eq!(
        (plan["planned"].as_array().unwrap().len(), screens(&plan["shared"])),
        (2, vec!["ir-bar/2".to_owned()]),
        "{plan}"
    );
    assert_eq!(screens(&plan["planned"][0]["also_changes"]), ["ir-bar/4"], "not asked for");
    let step = json!({"command": "channel_up", "selectors": ["zone=bar"]});
    let stepped = venue.daemon.post("/api/v1/batches", &step).await;
    let shared = &stepped.json["shared"][0];
    assert_eq!(shared["command_id"], stepped.json["accepted"][0]["command_id"], "{stepped:?}");
    assert_eq!(shared["shared_with"]["name"], "Left");
    let batch = stepped.json["batch_id"].as_str().unwrap();
    assert_eq!(venue.daemon.ended_batch(batch).await.total, 2);
    let ups = |board: &Blaster, port| {
        board.tv(port).keys.iter().filter(|key| **key == Key::ChannelUp).count()
    };
    assert_eq!(ups(&venue.rack, 1), 1, "one press for two screens");
    let off = json!({"command": "power_off", "selectors": ["all"]});
    let off = venue.daemon.bulk(&off).await;
    assert_eq!(venue.daemon.ended_batch(&off).await.completed, 4);
    assert_eq!(venue.rack.tv(1).power, Power::On);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_one_zone_changes_no_screen_of_another_one_through_a_shared_box() {
    let venue = Venue::start().await;
    let admin = venue.token("chief", Value::Null, "").await;
    let bar = venue.token("bar", json!(["bar"]), &admin).await;
    let both = venue.token("both", json!(["bar", "patio"]), &admin).await;
    let ask = async |who: &str, path: &str, body: Value| {
        send(venue.daemon.address, "POST", path, who, &body).await
    };
    let tune = json!({"command": "channel", "port": 1, "channel": "206"});
    let refused = ask(&bar, "/ir-bar/command", tune.clone()).await;
    assert_eq!((refused.status, &refused.json["code"]), (403, &json!("denied")), "{refused:?}");
    let detail = refused.json["detail"].as_str().unwrap();
    assert!(detail.contains("Patio (ir-bar/4)") && detail.contains("dtv-1"), "{detail}");
    let zone = json!({"command": "channel_up", "selectors": ["zone=bar"]});
    assert_eq!(ask(&bar, "/api/v1/batches", zone).await.status, 403);
    let the_box = json!({"command": "menu", "port": 1});
    let direct = ask(&bar, "/ir-rack/command", the_box.clone()).await;
    assert!(direct.json["detail"].as_str().unwrap().contains("Patio"), "{direct:?}");
    for (port, command) in [(1, "power_on"), (1, "volume_up"), (3, "channel_up")] {
        let own = json!({"command": command, "port": port});
        let own = ask(&bar, "/ir-bar/command", own).await;
        assert_eq!(own.status, 200, "{command}: {own:?}");
    }
    // What a box shows is said of all screens that show it; whether a TV is on, of that TV alone.
    let correct = async |body: Value| {
        let path = "/api/v1/ports/ir-bar/1/assumed-state";
        send(venue.daemon.address, "PUT", path, &bar, &body).await
    };
    let refused = correct(json!({"channel": "666"})).await;
    assert_eq!((refused.status, &refused.json["code"]), (403, &json!("denied")), "{refused:?}");
    assert_eq!(correct(json!({"power": "on"})).await.status, 200);
    // The box stands in no zone, and all of its screens are theirs.
    assert_eq!(ask(&both, "/ir-bar/command", tune).await.status, 200);
    assert_eq!(ask(&both, "/ir-rack/command", the_box).await.status, 200);
    let batch = bulk("channel_up", &[("ir-bar", 1)]);
    let batch = ask(&both, "/api/v1/batches", batch).await;
    let undo = format!("/api/v1/batches/{}/undo", batch.json["batch_id"].as_str().unwrap());
    assert_eq!(ask(&both, &undo, json!({})).await.status / 100, 2, "their own batch");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preset_sends_a_shared_box_its_channel_once_and_says_before_what_cannot_be() {
    let venue = Venue::start().await;
    let preset = json!({"id": "game-day", "name": "Game day", "entries": [
        {"targets": ["zone=bar"], "power": "on", "channel": "fox"},
        {"targets": ["ir-bar/4"], "power": "on", "channel": "espn"}]});
    assert_eq!(venue.daemon.post("/api/v1/config/presets", &preset).await.status, 201);
    let preview = venue.daemon.get("/api/v1/presets/game-day").await.json;
    assert_eq!(screens(&preview["targets"]), ["ir-bar/1", "ir-bar/2", "ir-bar/3"], "{preview}");
    assert_eq!(preview["targets"][0]["sent_to"]["source"], "dtv-1");
    assert_eq!(screens(&preview["targets"][0]["also_changes"]), ["ir-bar/4"]);
    assert_eq!(screens(&preview["shared"]), ["ir-bar/2"]);
    let rejected = &preview["rejected"][0];
    assert_eq!((&rejected["code"], &rejected["port"]), (&json!("source_conflict"), &json!(4)));
    let detail = rejected["detail"].as_str().unwrap();
    assert!(detail.contains("dtv-1") && detail.contains("ir-bar/1"), "{detail}");
    let run = venuectl(venue.daemon.address, &["preset", "run", "game-day"]).await;
    assert_eq!(run.code, Some(7), "partly: {run:?}");
    assert!(run.stdout.contains("ir-bar/2 > dtv-1"), "{run:?}");
    venue.rack.wait_for_tv(1, |tv| tv.channel == "219").await;
    venue.bar.wait_for_tv(2, |tv| tv.power == Power::On).await;
    assert_eq!(venue.bar.tv(4).power, Power::Off, "all of a target, or nothing");
    until("the state", async || {
        (venue.port("ir-bar/2").await["assumed"]["last_channel"] == "219").then_some(())
    })
    .await;
    let watched = venuectl(venue.daemon.address, &["preset", "run", "game-day", "--watch"]).await;
    assert_eq!(watched.code, Some(7), "partly: {watched:?}");
    let mut lines = watched.stdout.lines();
    let is_told = lines.any(|line| line.starts_with("ir-bar/4 ") && line.contains(" rejected "));
    assert!(is_told && watched.stdout.contains("ir-bar/2 > dtv-1"), "{}", watched.stdout);
    assert!(watched.stdout.contains("also changes ir-bar/4 (Patio)"), "{}", watched.stdout);
    let capture = json!({"id": "now", "selectors": ["ir-bar/1", "ir-bar/2"]});
    let now = venue.daemon.post("/api/v1/presets/capture", &capture).await.json;
    assert_eq!(now["preset"]["entries"][0]["channel"], "fox", "{now}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_and_screens_are_set_up_and_commanded_on_the_command_line() {
    let venue = Venue::start().await;
    let ctl = async |words: &[&str]| {
        let said = venuectl(venue.daemon.address, words).await;
        assert_eq!(said.code, Some(0), "{words:?}: {said:?}");
        said.stdout
    };
    ctl(&["port", "set", "ir-rack/2", "--platform", "air", "--name", "Second box"]).await;
    ctl(&["source", "set", "air-1", "--port", "ir-rack/2", "--via", "matrix output 4"]).await;
    ctl(&["source", "set", "air-1", "--name", "Aerial"]).await;
    ctl(&["port", "set", "ir-bar/3", "--source", "air-1", "--volume", "source"]).await;
    let list = ctl(&["source", "list"]).await;
    assert!(list.contains("air-1  Aerial  ir-rack/2  air        matrix output 4"), "{list}");
    let ports = ctl(&["port", "list"]).await;
    assert!(ports.contains("air-1 with sound") && ports.contains("is the box of dtv-1"), "{ports}");
    let on = ctl(&["tv", "channel", "Fox Sports 1", "zone=bar"]).await;
    assert!(on.contains("2: 2 delivered"), "{on}");
    venue.rack.wait_for_tv(1, |tv| tv.channel == "219").await;
    venue.rack.wait_for_tv(2, |tv| tv.channel == "7").await;
    let one = ctl(&["tv", "key", "guide", "source=dtv-1"]).await;
    assert!(one.contains("ir-rack/1") && one.contains("also changes ir-bar/1 (Left)"), "{one}");
    let in_use = venuectl(venue.daemon.address, &["source", "remove", "air-1"]).await;
    assert!(in_use.code != Some(0) && in_use.stderr.contains("ir-bar"), "{in_use:?}");
    ctl(&["port", "set", "ir-bar/3", "--source", ""]).await;
    ctl(&["source", "remove", "air-1"]).await;
    let csv = ctl(&["export", "ports"]).await;
    assert!(csv.contains("ir-bar,2,Right,,bar,,,,,,,dtv-1,source"), "{csv}");
    let document = ctl(&["export"]).await;
    assert!(document.contains("sources:"), "{document}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_sends_a_shared_box_its_channel_once_and_no_box_power() {
    let venue = Venue::start().await;
    let schedule = json!({"id": "kick-off", "selectors": ["zone=bar"], "cron": "0 4 1 1 *",
        "zone": "UTC", "steps": ["power_on", "channel 206"]});
    let made = venue.daemon.post("/api/v1/schedules", &schedule).await;
    assert_eq!(made.status, 201, "{made:?}");
    let run = venue.daemon.post("/api/v1/schedules/kick-off/run", &json!({})).await;
    assert_eq!(run.status, 202, "{run:?}");
    // Power of three TVs; one channel for the box, one for the tuner.
    assert_eq!(run.json["accepted"].as_array().unwrap().len(), 5, "{run:?}");
    assert_eq!(screens(&run.json["shared"]), ["ir-bar/2"]);
    venue.rack.wait_for_tv(1, |tv| tv.channel == "206").await;
    venue.bar.wait_for_tv(3, |tv| tv.power == Power::On && tv.channel == "206").await;
    let power = |action: &device_sim::ActionRecord| action.action.starts_with("tv_power");
    assert!(!venue.rack.actions().iter().any(power), "nobody switched the box");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_of_the_file_shows_a_source_once_it_is_registered_and_its_tv_is_never_tuned() {
    let board =
        Blaster::start(BlasterConfig { power: Power::On, ..BlasterConfig::new("ir-bar", 1) });
    let board = board.await.unwrap();
    let toml = format!(
        "[timing]\nwarm_up_ms = 0\n[[device]]\nhostname = \"ir-bar\"\naddress = \"{}\"\n\
         port = [{{ index = 1, source = \"dtv-1\" }}, {{ index = 2, name = \"Box\" }}]\n",
        board.address()
    );
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &toml).await;
    daemon.wait_for_session("ir-bar", 1).await;
    let refused = daemon.tune("ir-bar", 1, "501").await;
    assert_eq!((refused.status, &refused.json["code"]), (422, &json!("unknown_source")));
    let detail = refused.json["detail"].as_str().unwrap();
    assert!(detail.contains("ir-bar/1 shows the source dtv-1"), "{detail}");
    let batch = daemon.post("/bulk/command", &bulk("menu", &[("ir-bar", 1), ("ir-bar", 2)])).await;
    assert_eq!((batch.status, &batch.json["rejected"][0]["code"]), (202, &json!("unknown_source")));
    let source = json!({"id": "dtv-1", "port": {"hostname": "ir-bar", "port": 2}});
    let made = daemon.post("/api/v1/config/sources", &source).await;
    assert_eq!(made.status, 201, "{made:?}");
    let tuned = daemon.tune("ir-bar", 1, "501").await;
    assert_eq!((tuned.status, &tuned.json["sent_to"]["source"]), (200, &json!("dtv-1")));
    board.wait_for_tv(2, |tv| tv.channel == "501").await;
    assert_eq!(board.tv(1).keys, []);
    let path = "/api/v1/config/sources/dtv-1";
    let removed = send(daemon.address, "DELETE", path, "If-Match: *\r\n", &json!({})).await;
    assert_eq!(
        (removed.status, &removed.json["code"]),
        (409, &json!("item_in_use")),
        "{removed:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_locks_a_screen_is_told_what_waits_for_the_box_that_it_shows() {
    let venue = Venue::start().await;
    let later = json!({"command": "channel", "port": 1, "channel": "206",
        "scheduled_at": "2099-01-01T00:00:00Z"});
    let stored = venue.daemon.post("/api/v1/devices/ir-bar/command", &later).await;
    assert_eq!(stored.status, 202, "{stored:?}");
    // The patio shows the same box.
    let lock = async |cancel: bool| {
        let body = json!({"until": "2099-12-31T00:00:00Z", "cancel_waiting": cancel});
        let path = "/api/v1/locks/port:ir-bar:4";
        let set = send(venue.daemon.address, "PUT", path, "", &body).await;
        (set.json["waiting"].clone(), set.json["cancelled"].clone())
    };
    assert_eq!(lock(false).await, (json!(1), json!(0)));
    assert_eq!(lock(true).await, (json!(0), json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sent_because_another_screen_of_its_box_is_locked_says_which_and_whose_it_is() {
    let venue = Venue::start().await;
    let admin = venue.token("chief", Value::Null, "").await;
    let staff = venue.token("staff", json!(["bar", "patio"]), &admin).await;
    let ask = async |who: &str, method: &str, path: &str, body: Value| {
        send(venue.daemon.address, method, path, who, &body).await
    };
    let before = json!({"command": "channel", "port": 1, "channel": "501"});
    assert_eq!(ask(&staff, "POST", "/ir-bar/command", before).await.status, 200);
    until("what undo goes back to", async || {
        let ports = ask(&staff, "GET", "/api/v1/ports", Value::Null).await.json;
        (ports["items"][0]["assumed"]["last_channel"] == "501").then_some(())
    })
    .await;
    let mut tune = bulk("channel", &[("ir-bar", 1)]);
    tune["channel"] = json!("206");
    let batch = ask(&staff, "POST", "/api/v1/batches", tune).await;
    venue.rack.wait_for_tv(1, |tv| tv.channel == "206").await;
    let preset = json!({"id": "game-day", "name": "Game day", "entries": [
        {"targets": ["ir-bar/1", "ir-bar/3"], "channel": "fox"}]});
    let made = ask(&admin, "POST", "/api/v1/config/presets", preset).await;
    assert_eq!(made.status, 201, "{made:?}");
    // The patio shows the same box.
    let lock = json!({"reason": "private party"});
    let set = ask(&admin, "PUT", "/api/v1/locks/port:ir-bar:4", lock).await;
    assert!(set.status < 300, "{set:?}");

    let names_it = |detail: &Value| {
        let detail = detail.as_str().unwrap_or_default();
        let all = ["ir-bar/4", "dtv-1", "chief", "private party"];
        assert!(all.iter().all(|part| detail.contains(part)), "{detail}");
    };
    let preview = ask(&staff, "GET", "/api/v1/presets/game-day", Value::Null).await.json;
    let [box_screen, tuner] = [&preview["targets"][0], &preview["targets"][1]];
    assert_eq!(
        (&box_screen["port"], &box_screen["commands"]),
        (&json!(1), &json!([])),
        "{preview}"
    );
    names_it(&box_screen["locked_detail"]);
    assert_eq!((&tuner["locked_detail"], &tuner["port"]), (&Value::Null, &json!(3)), "{preview}");
    let run = ask(&staff, "POST", "/api/v1/presets/game-day/run", json!({})).await;
    assert_eq!((run.status, &run.json["rejected"][0]["code"]), (202, &json!("locked")), "{run:?}");
    names_it(&run.json["rejected"][0]["detail"]);
    let undo = format!("/api/v1/batches/{}/undo", batch.json["batch_id"].as_str().unwrap());
    let undone = ask(&staff, "POST", &undo, json!({})).await;
    names_it(&undone.json["skipped"][0]["detail"]);
    assert_eq!(venue.rack.tv(1).channel, "206", "the party goes on watching: {undone:?}");
}
