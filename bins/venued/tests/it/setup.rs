//! A new venue is claimed with its code, once: by whom, from where, and what is there after a kill.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use crate::support::{Daemon, Response, send, until, venuectl, venuectl_at, venued};

/// As the package configures it, behind a proxy on this machine so that requests come from anywhere.
const CONFIGURATION: &str = "[http]\nlisten = \"127.0.0.1:0\"\nunix_socket = \"venued.sock\"\nrequire_tokens = true\n\
     trusted_proxies = [\"127.0.0.1\"]\n[log]\nformat = \"json\"\n[store]\npath = \"venue.db\"\n";

const PASSWORD: &str = "long enough";
const PIN: &str = "273951";

fn configured() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("venued.toml"), CONFIGURATION).unwrap();
    folder
}

async fn started(folder: TempDir) -> Daemon {
    let daemon = Daemon::configured(folder).await;
    daemon.log.wait_for("the queue is recovered").await;
    daemon
}

/// The code, as root asks for it.
async fn code(daemon: &Daemon) -> String {
    let server = format!("unix:{}", daemon.path("venued.sock").display());
    let said = venuectl_at(&server, &["setup", "code"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    said.stdout.trim().to_owned()
}

fn claim(code: &str) -> Value {
    json!({
        "code": code,
        "venue": {
            "name": "The Oak",
            "time_zone": "Australia/Sydney",
            "zones": [{"id": "bar", "name": "Bar"}, {"id": "terrace", "name": "Terrace"}],
        },
        "admin": {"name": "Rosa", "pin": PASSWORD},
        "staff": {"name": "Bar", "pin": PIN, "zones": ["bar"]},
    })
}

/// As a browser at `address` sends what our own page asks.
async fn asks(daemon: &Daemon, from: &str, path: &str, body: &Value) -> Response {
    let headers = format!("X-Forwarded-For: {from}\r\nOrigin: http://{}\r\n", daemon.address);
    send(daemon.address, "POST", path, &headers, body).await
}

async fn status(daemon: &Daemon) -> Response {
    daemon.get("/api/v1/setup").await
}

fn told(answer: &Response) -> (u16, &str) {
    (answer.status, answer.json["code"].as_str().unwrap_or_default())
}

fn field(answer: &Response) -> &str {
    answer.json["errors"][0]["field"].as_str().unwrap_or_default()
}

async fn signs_in(daemon: &Daemon, name: &str, pin: &str) -> Response {
    asks(daemon, "127.0.0.1", "/api/v1/session", &json!({"name": name, "pin": pin})).await
}

/// What is in its folder that set-up has put there.
fn left(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter_map(|name| name.into_string().ok()).filter(|name| name.contains("setup")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_venue_is_claimed_with_its_code_once_and_for_good() {
    let daemon = started(configured()).await;
    let code = code(&daemon).await;
    let line = daemon.log.wait_for("the venue is not set up yet").await;
    assert!(line.contains(&code) && line.contains("on this machine"), "{line}");
    let given = format!("`sudo venued setup --config {}`", daemon.path("venued.toml").display());
    assert!(line.contains(&given), "{line}");
    let file = daemon.path("venue.db.setup-code");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let open = status(&daemon).await.json;
    assert_eq!((&open["state"], &open["can_claim_here"]), (&json!("open"), &json!(true)));
    // Who is on the network is not told the code, and neither is anybody at the socket's elbow.
    let said = venuectl(daemon.address, &["setup", "code"]).await;
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.stderr.contains("in its log"), "{said:?}");

    // Wrong answers change nothing, and name what is wrong.
    for (change, wrong) in [
        (json!({"venue": {"name": " "}}), "venue.name"),
        (json!({"venue": {"name": "Oak", "time_zone": "Mars/Base"}}), "venue.time_zone"),
        (
            json!({"venue": {"name": "Oak", "zones": [{"id": "B A", "name": "x"}]}}),
            "venue.zones[0].id",
        ),
        (
            json!({"venue": {"name": "Oak", "zones": [{"id": "bar", "name": "Bar"}, {"id": "bar", "name": "bar"}]}}),
            "venue.zones[1].id",
        ),
        (json!({"admin": {"name": "", "pin": PASSWORD}}), "admin.name"),
        (json!({"admin": {"name": "Rosa", "pin": "123456"}}), "admin.pin"),
        (json!({"staff": {"name": "rosa", "pin": PIN}}), "staff.name"),
        (json!({"staff": {"name": "Bar", "pin": PIN, "zones": ["moon"]}}), "staff.zones"),
    ] {
        let mut body = claim(&code);
        let (key, value) = change.as_object().unwrap().iter().next().unwrap();
        body[key] = value.clone();
        let refused = asks(&daemon, "127.0.0.1", "/api/v1/setup", &body).await;
        assert_eq!((refused.status, field(&refused)), (422, wrong), "{refused:?}");
    }
    let mut typed = claim(&code);
    typed["admin"]["pin"] = json!(273_951);
    let refused = asks(&daemon, "127.0.0.1", "/api/v1/setup", &typed).await;
    assert!(refused.status == 422 && !refused.json.to_string().contains("273951"), "{refused:?}");

    let claimed = asks(&daemon, "127.0.0.1", "/api/v1/setup", &claim(&code.to_lowercase())).await;
    assert_eq!((claimed.status, &claimed.json["role"]), (201, &json!("admin")), "{claimed:?}");
    assert!(claimed.head.contains("set-cookie: venue_session=ses_"), "{}", claimed.head);
    let again = asks(&daemon, "127.0.0.1", "/api/v1/setup", &claim(&code)).await;
    assert_eq!(told(&again), (409, "setup_closed"));
    for (name, pin, role) in [("Rosa", PASSWORD, "admin"), ("Bar", PIN, "operator")] {
        let session = signs_in(&daemon, name, pin).await;
        assert_eq!((session.status, &session.json["role"]), (201, &json!(role)), "{session:?}");
    }
    assert_eq!(left(daemon.path("").as_path()), Vec::<String>::new());

    // After a kill, and after all people are gone, it is closed.
    let daemon = started(daemon.killed().await).await;
    assert_eq!(status(&daemon).await.json["state"], "closed");
    let server = format!("unix:{}", daemon.path("venued.sock").display());
    let venue = venuectl_at(&server, &["venue", "show"]).await.stdout;
    assert!(venue.contains("The Oak") && venue.contains("Australia/Sydney"), "{venue}");
    for name in ["Rosa", "Bar"] {
        let said = venuectl_at(&server, &["person", "remove", name]).await;
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    assert_eq!(status(&daemon).await.json["state"], "closed");
    let daemon = started(daemon.killed().await).await;
    assert_eq!(status(&daemon).await.json["state"], "closed", "and after another start");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_waits_and_keeps_nobody_out_and_passwords_are_not_sent_where_they_are_read()
{
    let daemon = started(configured()).await;
    let code = code(&daemon).await;
    let plain = asks(&daemon, "192.168.1.50", "/api/v1/setup", &claim(&code)).await;
    assert_eq!(told(&plain), (403, "not_encrypted"), "{plain:?}");
    assert!(plain.json["detail"].as_str().unwrap().contains("https://"), "{plain:?}");
    let encrypted = async |from: &str, code: &str| {
        let headers = format!(
            "X-Forwarded-For: {from}\r\nX-Forwarded-Proto: https\r\nSec-Fetch-Site: same-origin\r\nOrigin: https://{}\r\n",
            daemon.address
        );
        let body = json!({"code": code});
        send(daemon.address, "POST", "/api/v1/setup/code", &headers, &body).await
    };
    for _ in 0..5 {
        let wrong = encrypted("192.168.1.66", "0000-0000-0000").await;
        assert_eq!((told(&wrong), field(&wrong)), ((403, "wrong_code"), "code"), "{wrong:?}");
    }
    let waits = encrypted("192.168.1.66", &code).await;
    assert_eq!(told(&waits), (429, "rate_limited"));
    assert!(waits.head.contains("retry-after"), "{}", waits.head);
    let other = encrypted("192.168.1.50", &code).await;
    assert_eq!((other.status, &other.json["can_claim_here"]), (200, &json!(true)), "{other:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_stays_where_nobody_could_make_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let without = CONFIGURATION.replace("venued.sock", "");
    fs::write(folder.path().join("venued.toml"), without).unwrap();
    let daemon = started(folder).await;
    let code = fs::read_to_string(daemon.path("venue.db.setup-code")).unwrap();
    let claimed = asks(&daemon, "127.0.0.1", "/api/v1/setup", &claim(code.trim())).await;
    assert_eq!(claimed.status, 201, "{claimed:?}");
    let cookie = claimed.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let headers = format!("Cookie: {cookie}\r\nOrigin: http://{}\r\n", daemon.address);
    let rosa = async |method: &str, path: &str, body: Value| {
        send(daemon.address, method, path, &headers, &body).await
    };
    let people = rosa("GET", "/api/v1/people", json!({})).await;
    let of = |name: &str| {
        let all = people.json["items"].as_array().unwrap();
        let one = all.iter().find(|one| one["name"] == name).unwrap();
        format!("/api/v1/people/{}", one["id"].as_str().unwrap())
    };
    for (method, body) in [("DELETE", json!({})), ("PATCH", json!({"role": "viewer"}))] {
        let refused = rosa(method, &of("Rosa"), body).await;
        assert_eq!(told(&refused), (409, "last_admin"), "{method}: {refused:?}");
    }
    let second = rosa("PATCH", &of("Bar"), json!({"role": "admin", "zones": null})).await;
    assert_eq!(second.status, 200, "{second:?}");
    let gone = rosa("DELETE", &of("Rosa"), json!({})).await;
    assert_eq!(gone.status, 200, "there is another one now: {gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_amid_a_claim_leaves_all_of_it_or_nothing() {
    let mut folder = configured();
    // The claim hashes two passwords first: the kills are spread over that, and over the write behind it.
    for wait in [0, 20, 60, 120, 250, 500, 1_000] {
        let daemon = started(folder).await;
        let code = code(&daemon).await;
        let (address, body) = (daemon.address, claim(&code).to_string());
        let asking = tokio::spawn(async move {
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            let head = format!(
                "POST /api/v1/setup HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            stream
        });
        let mut stream = asking.await.unwrap();
        // Killed with the first byte of the answer, or before it.
        let _answered = timeout(Duration::from_millis(wait), stream.read_u8()).await;
        folder = daemon.killed().await;
        let daemon = started(folder).await;
        let server = format!("unix:{}", daemon.path("venued.sock").display());
        let people = venuectl_at(&server, &["person", "list", "-o", "json"]).await.json();
        let venue = venuectl_at(&server, &["venue", "show", "-o", "json"]).await.json();
        let count = people["items"].as_array().unwrap().len();
        if status(&daemon).await.json["state"] == "closed" {
            assert_eq!((count, &venue["name"]), (2, &json!("The Oak")), "all of it");
            assert_eq!(signs_in(&daemon, "Bar", PIN).await.status, 201);
            assert_eq!(left(daemon.path("").as_path()), Vec::<String>::new());
            return;
        }
        assert_eq!((count, &venue["name"]), (0, &Value::Null), "nothing of it");
        folder = daemon.killed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_venue_that_was_there_before_and_the_demo_are_not_open_to_be_claimed() {
    let daemon = started(configured()).await;
    let folder = daemon.killed().await;
    // As an installation of before there was a set-up has left it.
    fs::remove_file(folder.path().join("venue.db.setup-code")).unwrap();
    let daemon = started(folder).await;
    assert_eq!(status(&daemon).await.json["state"], "closed");
    let demo = Daemon::demo().await;
    assert_eq!(status(&demo).await.json["state"], "closed");
    // The first token closes it as well.
    let daemon = started(configured()).await;
    let code = code(&daemon).await;
    let server = format!("unix:{}", daemon.path("venued.sock").display());
    let made = venuectl_at(&server, &["token", "create", "chief", "--role", "admin"]).await;
    assert_eq!(made.code, Some(0), "{made:?}");
    let late = asks(&daemon, "127.0.0.1", "/api/v1/setup", &claim(&code)).await;
    assert_eq!(told(&late), (409, "setup_closed"));
    let gone = async || left(daemon.path("").as_path()).is_empty().then_some(());
    until("the file of the code to go", gone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_in_a_terminal_is_done_at_the_next_start() {
    let folder = configured();
    fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let setup = async |folder: &Path| {
        let mut command = venued();
        let file = folder.join("venued.toml").display().to_string();
        let password = folder.join("password").display().to_string();
        command.args(["setup", "--non-interactive", "--config", &file, "--name", "The Elm"]);
        command.args([
            "--tz",
            "Europe/Vienna",
            "--admin",
            "Rosa",
            "--admin-password-file",
            &password,
        ]);
        let output = command.output().await.unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    // The package has started the daemon already.
    let daemon = started(folder).await;
    let told = setup(daemon.path("").as_path()).await;
    assert!(
        told.contains("The Elm") && told.contains("start venued again: venued --config "),
        "{told}"
    );
    assert_eq!(
        fs::read_to_string(daemon.path("venued.toml")).unwrap(),
        CONFIGURATION,
        "it has [http]"
    );
    let daemon = started(daemon.killed().await).await;
    daemon.log.wait_for("as `venued setup` was told").await;
    assert_eq!(signs_in(&daemon, "Rosa", PASSWORD).await.status, 201);
    let gone = async || left(daemon.path("").as_path()).is_empty().then_some(());
    until("the files of set-up to go", gone).await;
    let again = setup(daemon.path("").as_path()).await;
    assert!(again.contains("set up already"), "{again}");
    assert_eq!(left(daemon.path("").as_path()), Vec::<String>::new());
}
