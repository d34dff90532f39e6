//! Code sets over the API of a running daemon: imported, adopted from a folder, and given to a port, whose
//! actions are then what its codes say.

use std::fs;

use device_sim::{Blaster, BlasterConfig, Key};
use serde_json::{Value, json};

use crate::support::{Daemon, send, sim_toml, soon};

/// A remote whose `Power_on` is the toggle, with a key whose second byte was lost.
const REMOTE: &str = "Filetype: IR signals file\nVersion: 1\n\
    name: Power_on\ntype: parsed\nprotocol: NEC\naddress: 04 00 00 00\ncommand: 08 00 00 00\n\
    name: Power_off\ntype: parsed\nprotocol: NEC\naddress: 04 00 00 00\ncommand: 08 00 00 00\n\
    name: Netflix\ntype: parsed\nprotocol: NEC\naddress: 04 00 00 00\ncommand: 56 00 00 00\n\
    name: TV\ntype: parsed\nprotocol: NEC\naddress: 04 00 00 00\ncommand: D6 00 00 00\n\
    name: Mute\ntype: parsed\nprotocol: NECext\naddress: 04 FB 00 00\ncommand: 09 00 00 00\n";

async fn import(daemon: &Daemon, body: Value) -> (u16, Value) {
    let answer = daemon.post("/api/v1/infrared/import", &body).await;
    (answer.status, answer.json)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_becomes_a_code_set_only_when_it_is_applied() {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let body = json!({"text": REMOTE, "path": "TVs/Acme/Acme_T1000.ir"});
    let (status, dry) = import(&daemon, body.clone()).await;
    assert_eq!((status, &dry["applied"]), (200, &json!(false)), "{dry}");
    assert_eq!(dry["set"]["id"], json!("acme-t1000"));
    assert_eq!(dry["set"]["keys"]["power"], json!("nec1:4,8"));
    assert_eq!(dry["dropped"].as_array().unwrap().len(), 3, "{dry}");
    assert_eq!(dry["changes"][0]["change"], json!("added"));
    assert_eq!(daemon.get("/api/v1/config/codesets").await.json["items"], json!([]));

    let mut applied = body.clone();
    applied["apply"] = json!(true);
    applied["rename"] = json!({"other:TV": "input_tv"});
    let (status, made) = import(&daemon, applied.clone()).await;
    assert_eq!((status, &made["applied"]), (200, &json!(true)), "{made}");
    let kept = daemon.get("/api/v1/config/codesets/acme-t1000").await.json;
    assert_eq!(kept["item"]["keys"]["input_tv"], json!("nec1:4,214"));
    assert_eq!(kept["item"]["source"]["format"], json!("flipper"));
    // It is not replaced unless its revision is named.
    let (status, again) = import(&daemon, applied.clone()).await;
    assert_eq!((status, &again["code"]), (409, &json!("item_exists")), "{again}");
    applied["revision"] = kept["revision"].clone();
    applied["make"] = json!("Acme Ltd");
    applied["id"] = json!("acme-t1000");
    let (status, again) = import(&daemon, applied).await;
    assert_eq!((status, &again["set"]["make"]), (200, &json!("Acme Ltd")), "{again}");

    let (status, wrong) = import(&daemon, json!({"text": "hello", "format": "flipper"})).await;
    assert_eq!(status, 422, "{wrong}");
    let detail = wrong["detail"].as_str().unwrap();
    assert_eq!(
        detail,
        "text: line 1: this is no flipper file: it begins with \"Filetype: IR signals file\""
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_is_searched_and_one_set_of_it_adopted() {
    let library = tempfile::tempdir().unwrap();
    fs::create_dir_all(library.path().join("TVs/Acme")).unwrap();
    fs::write(library.path().join("TVs/Acme/Acme_T1000.ir"), REMOTE).unwrap();
    let more = format!("[infrared]\nlibrary = {:?}\n", library.path());
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &more).await;
    let found = daemon.get("/api/v1/infrared/library?make=acme").await.json;
    assert_eq!(found["files"], json!(1), "{found}");
    assert_eq!(found["items"][0]["file"], json!("TVs/Acme/Acme_T1000.ir"));
    let starters = daemon.get("/api/v1/infrared/library?make=samsung").await.json;
    assert_eq!(starters["items"][0]["starter"], json!("samsung-tv"), "{starters}");

    let (status, adopted) =
        import(&daemon, json!({"file": "TVs/Acme/Acme_T1000.ir", "apply": true})).await;
    assert_eq!((status, &adopted["set"]["kind"]), (200, &json!("tv")), "{adopted}");
    let (status, adopted) = import(&daemon, json!({"starter": "samsung-tv", "apply": true})).await;
    assert_eq!((status, &adopted["set"]["verified"]), (200, &Value::Null), "{adopted}");
    let (status, outside) = import(&daemon, json!({"file": "../venued.toml"})).await;
    assert_eq!(status, 422, "{outside}");
    let document = daemon.get("/api/v1/config").await.json;
    assert_eq!(document["document"]["codesets"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_actions_of_a_port_are_follows_from_how_it_is_driven() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml([])).await;
    let device = json!({"hostname": board.name(), "address": board.address().to_string(),
        "ports": [{"index": 1}, {"index": 2, "discrete_power": "no"},
            {"index": 3, "mapping": {"netflix": {"button": "Netflix"}}}]});
    let made = daemon.post("/api/v1/config/devices", &device).await;
    assert_eq!(made.status, 201, "{made:?}");
    daemon.wait_for_session("ir-000001", 1).await;
    let sent = async |port: u8, command: &str| {
        let answer = daemon.press("ir-000001", port, command).await;
        (answer.status, answer.json)
    };
    let (status, on) = sent(1, "power_on").await;
    assert_eq!((status, &on["command"]), (200, &json!("power_on")), "{on}");
    // Its board sends the toggle for it, so it is the toggle.
    let (status, on) = sent(2, "power_on").await;
    assert_eq!((status, &on["command"]), (200, &json!("power")), "{on}");
    soon("the toggle", board.wait_for_tv(2, |tv| tv.keys.contains(&Key::Power))).await;
    // An action of one port's own is none of another port, and unknown where no port has it.
    let (status, other) = sent(3, "youtube").await;
    assert_eq!((status, &other["code"]), (422, &json!("unknown_command")), "{other}");
    let path = "/api/v1/config/devices/ir-000001";
    let wrong = json!({"ports": [{"index": 3, "mapping": {"netflix": {}}}]});
    let refused = send(daemon.address, "PATCH", path, "If-Match: *\r\n", &wrong).await;
    assert_eq!(refused.status, 422, "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_of_the_venue_and_one_of_the_folder_are_found_too() {
    let library = tempfile::tempdir().unwrap();
    fs::create_dir_all(library.path().join("TVs/Acme")).unwrap();
    let louder =
        "name: Vol_up\ntype: parsed\nprotocol: NEC\naddress: 04 00 00 00\ncommand: 77 00 00 00\n";
    let text = format!("{REMOTE}{louder}");
    fs::write(library.path().join("TVs/Acme/Acme_T1000.ir"), text).unwrap();
    fs::write(library.path().join("TVs/Acme/Acme_Broken.ir"), "no remote").unwrap();
    let more = format!("[infrared]\nlibrary = {:?}\n", library.path());
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &more).await;
    let own = json!({"id": "acme-old", "make": "Acme", "kind": "tv",
        "keys": {"volume_up": "nec1:7,1", "mute": "nec1:7,2"}});
    assert_eq!(daemon.post("/api/v1/config/codesets", &own).await.status, 201);
    let find = async |answers: Value| {
        let body = json!({"make": "acme", "answers": answers});
        let step = daemon.post("/api/v1/infrared/find", &body).await;
        assert_eq!(step.status, 200, "{step:?}");
        step.json
    };
    let first = find(json!([])).await;
    assert_eq!((&first["left"], &first["files_left_out"]), (&json!(2), &json!(0)), "{first}");
    let of_file = json!({"key": "volume_up", "code": "nec1:4,119"});
    let no = |code: &str| json!({"key": "volume_up", "code": code, "reacted": false});
    let file = find(json!([no("nec1:7,1")])).await;
    assert_eq!((&file["state"], &file["code"]), (&json!("try"), &of_file["code"]), "{file}");
    let yes = json!({"key": "volume_up", "code": "nec1:4,119", "reacted": true});
    let found = find(json!([no("nec1:7,1"), yes])).await;
    let set = &found["sets"][0];
    assert_eq!((&found["state"], &set["from"]), (&json!("found"), &json!("file")), "{found}");
    assert_eq!(set["file"], json!("TVs/Acme/Acme_T1000.ir"), "{found}");
    let own = find(json!([no("nec1:4,119")])).await;
    assert_eq!(own["sets"][0]["from"], json!("venue"), "{own}");
}
