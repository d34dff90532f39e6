//! Who may do what: tokens, roles, zones, limits, the unix socket, and the trail of it all.

use std::{
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
};

use device_sim::{Blaster, BlasterConfig};
use esphome_pool::codec::Psk;
use serde_json::{Value, json};

use crate::support::{Daemon, Response, Said, send, sim_toml, soon, until, venuectl, venuectl_at};

const SECRET: &[u8; 32] = b"a key that nobody may ever see!!";

/// A daemon that wants tokens, with a unix socket, and what else is configured.
pub(crate) async fn guarded(folder: tempfile::TempDir, devices: &str, more: &str) -> Daemon {
    let file = folder.path().join("venued.toml");
    let text = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\nrequire_tokens = true\nunix_socket = \"venued.sock\"\n\
         [log]\nformat = \"json\"\nfilter = \"debug\"\n[store]\npath = \"venue.db\"\n{more}\n{devices}"
    );
    fs::write(&file, text).unwrap();
    let daemon = Daemon::configured(folder).await;
    // What it takes from the queue it tells here; its API wants a token.
    daemon.log.wait_for("the queue is recovered").await;
    daemon
}

pub(crate) async fn local(daemon: &Daemon, args: &[&str]) -> Said {
    let socket = format!("unix:{}", daemon.path("venued.sock").display());
    venuectl_at(&socket, args).await
}

pub(crate) async fn token(daemon: &Daemon, args: &[&str]) -> String {
    let mut words = vec!["token", "create"];
    words.extend(args);
    let made = local(daemon, &words).await;
    assert_eq!(made.code, Some(0), "{made:?}");
    made.stdout.trim().to_owned()
}

pub(crate) async fn ask(
    daemon: &Daemon,
    token: &str,
    method: &str,
    path: &str,
    body: Value,
) -> Response {
    let header = match token {
        "" => String::new(),
        token => format!("Authorization: Bearer {token}\r\n"),
    };
    send(daemon.address, method, path, &header, &body).await
}

pub(crate) fn code(response: &Response) -> (u16, String) {
    (response.status, response.json["code"].as_str().unwrap_or_default().to_owned())
}

pub(crate) fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

async fn board() -> Blaster {
    let psk = Some(Psk::from_bytes(*SECRET).unwrap());
    Blaster::start(BlasterConfig { psk, ..BlasterConfig::new("ir-000001", 1) }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in_without_a_token_and_each_as_far_as_its_role_goes() {
    let board = board().await;
    let daemon = guarded(tempfile::tempdir().unwrap(), &sim_toml([&board]), "").await;
    let press = || json!({"command": "mute", "port": 1});
    let nobody = ask(&daemon, "", "POST", "/ir-000001/command", press()).await;
    assert_eq!(code(&nobody), is(401, "unauthenticated"));
    assert!(nobody.head.to_lowercase().contains("www-authenticate: bearer"), "{}", nobody.head);
    assert_eq!(ask(&daemon, "", "GET", "/livez", json!({})).await.status, 200);
    let viewer = token(&daemon, &["screen", "--role", "viewer"]).await;
    let operator = token(&daemon, &["tablet", "--role", "operator"]).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let looks = ask(&daemon, &viewer, "GET", "/api/v1/devices", json!({})).await;
    assert_eq!(looks.status, 200);
    let viewer_presses = ask(&daemon, &viewer, "POST", "/ir-000001/command", press()).await;
    assert_eq!(code(&viewer_presses), is(403, "denied"));
    assert!(viewer_presses.json["detail"].as_str().unwrap().contains("operator"));
    let pressed = ask(&daemon, &operator, "POST", "/ir-000001/command", press()).await;
    assert_eq!(pressed.status, 200, "{pressed:?}");
    let configures = ask(&daemon, &operator, "POST", "/api/v1/config/zones", json!({"id": "x"}));
    assert_eq!(code(&configures.await), is(403, "denied"));
    // It is the actor of what it does.
    let history = async || {
        let history = ask(&daemon, &viewer, "GET", "/api/v1/history", json!({})).await.json;
        history["items"].get(0).cloned()
    };
    let newest = until("the history is written", history).await;
    assert_eq!(newest["created_by"], "tablet");
    // Taken back, it is worth nothing at once, and what is left is a wall.
    let listed = local(&daemon, &["token", "list", "-o", "json"]).await.json();
    let id = listed["items"][1]["id"].as_str().unwrap().to_owned();
    assert_eq!(local(&daemon, &["token", "revoke", &id]).await.code, Some(0));
    let revoked = ask(&daemon, &operator, "POST", "/ir-000001/command", press()).await;
    assert_eq!(code(&revoked), is(401, "unauthenticated"));
    // Guessing ends.
    for _ in 0..10 {
        ask(&daemon, "ven_nonsense", "GET", "/api/v1/devices", json!({})).await;
    }
    let guessing = ask(&daemon, "ven_nonsense", "GET", "/api/v1/devices", json!({})).await;
    assert_eq!(code(&guessing), is(429, "rate_limited"));
    // Whoever has a valid token is let in all the same: behind a proxy all have one address.
    assert_eq!(ask(&daemon, &viewer, "GET", "/api/v1/devices", json!({})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_the_trail_outlive_a_kill_and_a_database_that_is_gone() {
    let daemon = guarded(tempfile::tempdir().unwrap(), "", "").await;
    let admin = token(&daemon, &["chief", "--role", "admin"]).await;
    let made = ask(&daemon, &admin, "POST", "/api/v1/config/zones", json!({"id": "bar"})).await;
    assert_eq!(made.status, 201);
    ask(&daemon, "", "DELETE", "/api/v1/tokens/tok_0000000000000001", json!({})).await;
    let trail = async || {
        let said = local(&daemon, &["audit", "-o", "json"]).await.json();
        (said["items"].as_array().unwrap().len() >= 3).then_some(said)
    };
    let trail = until("the trail is written", trail).await;
    let newest = &trail["items"][0];
    assert_eq!((&newest["status"], &newest["code"]), (&json!(401), &json!("unauthenticated")));
    let zone = &trail["items"][1];
    assert_eq!((&zone["actor"], &zone["role"]), (&json!("chief"), &json!("admin")));
    assert_eq!(zone["location"], "/api/v1/config/zones/bar");
    assert!(trail["items"][2]["actor"].as_str().unwrap().starts_with("local:"));
    let folder = daemon.killed().await;
    let daemon = guarded(folder, "", "").await;
    assert_eq!(
        ask(&daemon, &admin, "GET", "/api/v1/whoami", json!({})).await.json["name"],
        "chief"
    );
    let of_chief = local(&daemon, &["audit", "--actor", "chief"]).await;
    assert!(of_chief.stdout.contains("POST /api/v1/config/zones"), "{of_chief:?}");
    let folder = daemon.killed().await;
    for name in ["venue.db", "venue.db-wal", "venue.db-shm"] {
        let _gone = fs::remove_file(folder.path().join(name));
    }
    fs::create_dir(folder.path().join("venue.db")).unwrap();
    let daemon = Daemon::configured(folder).await;
    let known = ask(&daemon, &admin, "GET", "/api/v1/whoami", json!({})).await;
    assert_eq!(known.json["role"], "admin", "from the snapshot: {known:?}");
    let folder = daemon.killed().await;
    fs::remove_file(folder.path().join("venue.db.configuration.json")).unwrap();
    let daemon = Daemon::configured(folder).await;
    let unknown = ask(&daemon, &admin, "GET", "/api/v1/whoami", json!({})).await;
    assert_eq!(unknown.status, 401, "nothing is known of anybody: closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_is_not_called_wrong_before_the_tokens_of_an_earlier_run_are_read() {
    let daemon = guarded(tempfile::tempdir().unwrap(), "", "").await;
    let admin = token(&daemon, &["office", "--role", "admin"]).await;
    let folder = daemon.killed().await;
    // As a kill in the first second of a venue leaves it.
    fs::remove_file(folder.path().join("venue.db.configuration.json")).unwrap();
    let (log, aside) = (folder.path().join("venue.db-wal"), folder.path().join("aside"));
    fs::rename(&log, &aside).unwrap();
    // The database opens no more.
    fs::create_dir(&log).unwrap();
    let daemon = Daemon::configured(folder).await;
    for token in [admin.as_str(), ""] {
        let answer = ask(&daemon, token, "GET", "/api/v1/status", Value::Null).await;
        assert_eq!(code(&answer), is(503, "store_unavailable"), "{answer:?}");
        assert!(answer.head.contains("retry-after: 5\r\n"), "{answer:?}");
    }
    let wrong_pin = json!({"name": "Anna", "pin": "482913"});
    let answer = ask(&daemon, "", "POST", "/api/v1/session", wrong_pin).await;
    assert_eq!(code(&answer), is(503, "store_unavailable"), "{answer:?}");
    assert_eq!(daemon.get("/livez").await.status, 200, "nobody signs in for this");
    let asked = local(&daemon, &["status"]).await;
    assert_eq!(asked.code, Some(0), "{asked:?}");
    fs::remove_dir(&log).unwrap();
    fs::rename(&aside, &log).unwrap();
    let is_read = async || {
        let answer = ask(&daemon, &admin, "GET", "/api/v1/status", Value::Null).await;
        (answer.status == 200).then_some(())
    };
    until("the token is known", is_read).await;
    let nobody = ask(&daemon, "", "GET", "/api/v1/status", Value::Null).await;
    assert_eq!(code(&nobody), is(401, "unauthenticated"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_actor_that_asks_too_often_is_told_when_to_come_back() {
    let board = board().await;
    let limits = "[limits]\ncommands_per_minute = 3\nbulk_per_minute = 1\n";
    let daemon = guarded(tempfile::tempdir().unwrap(), &sim_toml([&board]), limits).await;
    let one = token(&daemon, &["one", "--role", "operator"]).await;
    let other = token(&daemon, &["other", "--role", "operator"]).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let press = json!({"command": "volume_up", "port": 1});
    for left in (0..3).rev() {
        let pressed = ask(&daemon, &one, "POST", "/ir-000001/command", press.clone()).await;
        assert_eq!(pressed.status, 200, "{pressed:?}");
        let field = format!("ratelimit: \"commands\";r={left};");
        assert!(pressed.head.to_lowercase().contains(&field), "{}", pressed.head);
    }
    let fourth = ask(&daemon, &one, "POST", "/ir-000001/command", press.clone()).await;
    assert_eq!(code(&fourth), is(429, "rate_limited"));
    let head = fourth.head.to_lowercase();
    assert!(head.contains("retry-after: ") && head.contains("q=3;w=60"), "{head}");
    let others = ask(&daemon, &other, "POST", "/ir-000001/command", press).await;
    assert_eq!(others.status, 200, "{others:?}");
    // A bulk request counts once, however many TVs it is for, and repeated it does not count.
    let bulk = json!({"selectors": ["all"], "command": "mute", "batch_id": "once"});
    for _ in 0..3 {
        let answer = ask(&daemon, &one, "POST", "/api/v1/batches", bulk.clone()).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    let second = json!({"selectors": ["all"], "command": "mute"});
    let second = ask(&daemon, &one, "POST", "/api/v1/batches", second).await;
    assert_eq!(code(&second), is(429, "rate_limited"));
}

/// Everything in a folder that is no database and no snapshot.
fn texts(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_file() && !name.starts_with("venue.db") {
            all.push_str(&String::from_utf8_lossy(&fs::read(&path).unwrap()));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_and_no_token_is_ever_said() {
    let board = board().await;
    let daemon = guarded(tempfile::tempdir().unwrap(), "", "").await;
    let admin = token(&daemon, &["chief", "--role", "admin"]).await;
    let key = Psk::from_bytes(*SECRET).unwrap().to_base64();
    let device = json!({"hostname": "ir-000001", "address": board.address().to_string(),
        "ports": [{"index": 1}]});
    ask(&daemon, &admin, "POST", "/api/v1/config/devices", device).await;
    let path = "/api/v1/config/devices/ir-000001/key";
    ask(&daemon, &admin, "PUT", path, json!({"noise_psk": key})).await;
    daemon.wait_for_session("ir-000001", 1).await;
    // A wrong key, a key in the wrong place, a token in the wrong place.
    let mut said = String::new();
    for (method, path, body) in [
        ("PUT", path, json!({"noise_psk": key, "more": 1})),
        ("PUT", path, json!({"noise_psk": [key]})),
        ("PUT", path, json!({"noise_psk": format!("{key}x")})),
        ("GET", "/api/v1/config", json!({})),
        ("GET", "/api/v1/config/devices", json!({})),
        ("GET", "/api/v1/devices/ir-000001", json!({})),
        ("GET", "/api/v1/tokens", json!({})),
        ("GET", "/api/v1/audit", json!({})),
        ("GET", "/api/v1/status", json!({})),
        ("POST", "/api/v1/tokens", json!({"name": admin, "role": "admin"})),
    ] {
        let answer = ask(&daemon, &admin, method, path, body).await;
        said.push_str(&format!("{}\n{}\n", answer.head, answer.json));
    }
    let exported = local(&daemon, &["export"]).await;
    said.push_str(&exported.stdout);
    // A daemon with the key in its file, and a mistake beside it.
    let mistake = sim_toml([&board]).replace("noise_psk", "noise_pks");
    fs::write(daemon.path("wrong.toml"), mistake).unwrap();
    let mut checked = crate::support::venued();
    checked.arg("--check-config").arg("--config").arg(daemon.path("wrong.toml"));
    let checked = soon("the check", checked.output()).await.unwrap();
    said.push_str(&String::from_utf8_lossy(&checked.stderr));
    fs::remove_file(daemon.path("wrong.toml")).unwrap();
    said.push_str(&texts(daemon.path("x").parent().unwrap()));
    said.push_str(&daemon.log.all().join("\n"));
    for secret in [key.trim_end_matches('='), admin.as_str(), &admin[4..]] {
        assert!(!said.contains(secret), "a secret was said");
    }
    assert!(said.contains("ir-000001"), "and there was something to look through");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_of_this_machine_says_who_asks_by_itself() {
    let daemon = guarded(tempfile::tempdir().unwrap(), "", "").await;
    let mut socket = UnixStream::connect(daemon.path("venued.sock")).unwrap();
    socket
        .write_all(b"GET /api/v1/whoami HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\"name\":\"local:"), "{answer}");
    let network = venuectl(daemon.address, &["device", "list"]).await;
    assert_eq!(network.code, Some(4), "{network:?}");
    let token = token(&daemon, &["cli", "--role", "viewer"]).await;
    let file = daemon.path("token");
    fs::write(&file, format!("{token}\n")).unwrap();
    let file = file.display().to_string();
    let signed = venuectl(daemon.address, &["--token-file", &file, "device", "list"]).await;
    assert_eq!(signed.code, Some(0), "{signed:?}");
    let mut daemon = daemon;
    daemon.signal("TERM");
    assert_eq!(daemon.ended().await, Some(0));
    assert!(!daemon.path("venued.sock").exists(), "its file goes with it");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_a_token_is_nowhere_on_the_disk_also_where_it_was_made_with_a_key() {
    let daemon = guarded(tempfile::tempdir().unwrap(), "", "").await;
    let admin = token(&daemon, &["chief", "--role", "admin"]).await;
    let header = format!("Authorization: Bearer {admin}\r\nIdempotency-Key: once\r\n");
    let body = json!({"name": "bar", "role": "operator"});
    let make = async || send(daemon.address, "POST", "/api/v1/tokens", &header, &body).await;
    let made = make().await;
    assert_eq!(made.status, 201, "{made:?}");
    let secret = made.json["secret"].as_str().unwrap();
    let again = make().await;
    assert_eq!(code(&again), is(409, "secret_shown_once"));
    let detail = again.json["detail"].as_str().unwrap();
    assert!(detail.contains(made.json["id"].as_str().unwrap()), "{detail}");
    let tokens = ask(&daemon, &admin, "GET", "/api/v1/tokens", json!({})).await;
    assert_eq!(tokens.json["items"].as_array().unwrap().len(), 2, "made once");
    let copied = ask(&daemon, &admin, "POST", "/api/v1/backups", json!({})).await;
    assert_eq!(copied.status, 201, "{copied:?}");
    for file in files(daemon.path("venue.db").parent().unwrap()) {
        let bytes = fs::read(&file).unwrap();
        let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found, "the token lies in {}", file.display());
    }
}

/// All files in `folder` and below.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = folders.iter().flat_map(|folder| self::files(folder));
    let is_file = |path: &std::path::PathBuf| path.is_file();
    below.chain(files.into_iter().filter(is_file)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_limited_to_a_zone_manages_its_own_batches_there_and_no_others() {
    let board = board().await;
    let daemon = guarded(tempfile::tempdir().unwrap(), "", "").await;
    let admin = token(&daemon, &["chief", "--role", "admin"]).await;
    let made = async |kind: &str, body: Value| {
        let path = format!("/api/v1/config/{kind}");
        let made = ask(&daemon, &admin, "POST", &path, body).await;
        assert_eq!(made.status, 201, "{made:?}");
    };
    made("zones", json!({"id": "bar"})).await;
    made("zones", json!({"id": "hall"})).await;
    let port = |number: u8, zone: &str| json!({"index": number, "zone": zone});
    let address = board.address().to_string();
    let ports = [port(1, "bar"), port(2, "bar"), port(3, "hall")];
    made("devices", json!({"hostname": "ir-000009", "address": address, "ports": ports})).await;
    let bar = token(&daemon, &["bar", "--role", "operator", "--zone", "bar"]).await;
    let batch = async |who: &str, selector: &str| {
        let body = json!({"selectors": [selector], "command": "mute_on", "wait_for_device_s": 100});
        let made = ask(&daemon, who, "POST", "/api/v1/batches", body).await;
        assert_eq!(made.status, 202, "{made:?}");
        made.json["batch_id"].as_str().unwrap().to_owned()
    };
    let (own, other) = (batch(&bar, "zone=bar").await, batch(&admin, "zone=bar").await);
    let list = ask(&daemon, &bar, "GET", "/api/v1/batches", json!({})).await;
    // The other one has replaced its own: nothing of that is left to be cancelled.
    for (id, allowed) in [(&own, json!(["retry", "undo"])), (&other, json!([]))] {
        let items = list.json["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["batch_id"] == **id).unwrap();
        assert_eq!(item["allowed"], allowed, "{item}");
        let path = format!("/api/v1/batches/{id}");
        let shown = ask(&daemon, &bar, "GET", &path, json!({})).await;
        assert_eq!(shown.json["allowed"], allowed, "{shown:?}");
        for operation in ["retry", "undo", "cancel"] {
            let path = format!("{path}/{operation}");
            let answer = ask(&daemon, &bar, "POST", &path, json!({})).await;
            let expected = if *id == own { answer.status < 300 } else { answer.status == 403 };
            assert!(expected, "{operation}: {answer:?}");
            if *id == other {
                let detail = answer.json["detail"].as_str().unwrap();
                assert!(detail.contains("only batches that it made itself"), "{detail}");
            }
        }
    }
    let everything = ask(&daemon, &admin, "GET", "/api/v1/batches", json!({})).await;
    assert_eq!(everything.json["items"][0]["allowed"], json!(["cancel", "retry", "undo"]));
}
