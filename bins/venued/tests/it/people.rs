//! People with a PIN: invited, signed in on several tablets, guessed at, signed out; and what a stolen cookie is worth.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Stdio};

use device_sim::{Blaster, BlasterConfig};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    support::{Daemon, Response, Said, ctl_program, send, soon, until, venuectl},
    watching::Stream,
};

const PIN: &str = "273951";

/// A venue with a board, an admin and Anna, who works at the bar.
struct Venue {
    daemon: Daemon,
    _board: Blaster,
    admin: String,
    anna: Value,
}

impl Venue {
    async fn begin() -> Self {
        let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
        let devices = format!(
            "[timing]\nwarm_up_ms = 0\n[[device]]\nhostname = \"ir-000001\"\naddress = \"{}\"\n\
             [[device.port]]\nindex = 1\nzone = \"bar\"\n[[device.port]]\nindex = 2\nzone = \"patio\"\n",
            board.address()
        );
        let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &devices).await;
        daemon.wait_for_session("ir-000001", 1).await;
        let chief = json!({"name": "chief", "role": "admin"});
        let admin = text(&daemon.post("/api/v1/tokens", &chief).await.json["secret"]);
        let body = json!({"name": "Anna", "role": "operator", "zones": ["bar"], "address": "http://10.0.0.5:8080"});
        let anna = with_token(&daemon, &admin, "POST", "/api/v1/people", &body).await;
        assert_eq!(anna.status, 201, "{anna:?}");
        Self { daemon, _board: board, admin, anna: anna.json }
    }

    /// Anna takes her invitation on her tablet.
    async fn accepted(&self) -> String {
        let body = json!({"invitation": self.anna["invitation"], "pin": PIN});
        cookie(&self.page_asks("", "POST", "/api/v1/invitation", &body).await)
    }

    async fn sign_in(&self, cookie: &str, name: &str, pin: &str) -> Response {
        let body = json!({"name": name, "pin": pin});
        self.page_asks(cookie, "POST", "/api/v1/session", &body).await
    }

    /// As a browser sends what our own page asks.
    async fn page_asks(&self, cookie: &str, method: &str, path: &str, body: &Value) -> Response {
        let address = self.daemon.address;
        let headers = format!("Cookie: theme=dark; {cookie}\r\nOrigin: http://{address}\r\n");
        send(address, method, path, &headers, body).await
    }

    async fn who(&self, cookie: &str) -> Response {
        self.page_asks(cookie, "GET", "/api/v1/whoami", &json!({})).await
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn with_token(
    daemon: &Daemon,
    token: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> Response {
    send(daemon.address, method, path, &format!("Authorization: Bearer {token}\r\n"), body).await
}

/// What a browser sends back after this answer.
fn cookie(answer: &Response) -> String {
    let set = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    let set = set.unwrap_or_else(|| panic!("no cookie: {answer:?}"));
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

fn code(answer: &Response) -> (u16, &str) {
    (answer.status, answer.json["code"].as_str().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_invited_sets_a_pin_signs_in_on_two_tablets_and_out_of_both() {
    let venue = Venue::begin().await;
    let link = format!("http://10.0.0.5:8080/#/join/{}", text(&venue.anna["invitation"]));
    assert_eq!(venue.anna["link"], json!(link));
    assert!(text(&venue.anna["qr"]).contains("<svg"));
    assert_eq!(venue.sign_in("", "Anna", PIN).await.status, 401, "there is no PIN yet");
    let weak = json!({"invitation": venue.anna["invitation"], "pin": "123456"});
    let weak = venue.page_asks("", "POST", "/api/v1/invitation", &weak).await;
    assert_eq!((weak.status, &weak.json["errors"][0]["field"]), (422, &json!("pin")), "{weak:?}");
    let first = venue.accepted().await;
    let again = json!({"invitation": venue.anna["invitation"], "pin": "846201"});
    let again = venue.page_asks("", "POST", "/api/v1/invitation", &again).await;
    assert_eq!(code(&again), (401, "wrong_pin"), "it is good once");
    let second = cookie(&venue.sign_in("", " anna ", PIN).await);
    assert_ne!(first, second);
    for tablet in [&first, &second] {
        let who = venue.who(tablet).await.json;
        let told = json!({"name": "Anna", "role": "operator", "zones": ["bar"], "session": true});
        assert_eq!(who, told);
    }
    let press = |port: u8| json!({"command": "volume_up", "port": port});
    let path = "/api/v1/devices/ir-000001/command";
    assert_eq!(venue.page_asks(&first, "POST", path, &press(1)).await.status, 200);
    assert_eq!(venue.page_asks(&first, "POST", path, &press(2)).await.status, 403);
    let body = json!({"targets": [{"hostname": "ir-000001", "port": 1}], "command": "power_on"});
    let batch = venue.page_asks(&second, "POST", "/api/v1/batches", &body).await;
    let path = format!("/api/v1/batches/{}", text(&batch.json["batch_id"]));
    let batch = with_token(&venue.daemon, &venue.admin, "GET", &path, &json!({})).await;
    assert_eq!(batch.json["created_by"], json!("Anna"));
    // What was done is in the log a moment later.
    until("what Anna did", async || {
        let path = "/api/v1/audit?actor=Anna";
        let audit = with_token(&venue.daemon, &venue.admin, "GET", path, &json!({})).await;
        (audit.json["items"].as_array()?.len() >= 3).then_some(())
    })
    .await;
    let out = venue.page_asks(&first, "DELETE", "/api/v1/sessions", &json!({})).await;
    assert_eq!((out.status, &out.json["ended"]), (200, &json!(2)));
    for tablet in [&first, &second] {
        let who = venue.who(tablet).await;
        assert_eq!(code(&who), (401, "unauthenticated"));
        assert!(text(&who.json["detail"]).contains("the session is over"), "{who:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_taken_from_our_own_page_alone_and_is_of_nobodys_choice() {
    let venue = Venue::begin().await;
    let own = venue.accepted().await;
    let address = venue.daemon.address;
    let press = json!({"command": "volume_up", "port": 1});
    let sent = async |headers: String, method: &str, path: &str| {
        send(address, method, path, &headers, &press).await
    };
    let path = "/api/v1/devices/ir-000001/command";
    let bare = sent(format!("Cookie: {own}\r\n"), "POST", path).await;
    assert_eq!(code(&bare), (403, "cross_site"), "nothing shows that our page asks");
    let none = sent(format!("Cookie: {own}\r\nSec-Fetch-Site: none\r\n"), "POST", path).await;
    assert_eq!(code(&none), (403, "cross_site"));
    let other =
        sent(format!("Cookie: {own}\r\nOrigin: http://evil.example\r\n"), "POST", path).await;
    assert_eq!(code(&other), (403, "cross_site"));
    let read = format!("Cookie: {own}\r\nSec-Fetch-Site: cross-site\r\n");
    assert_eq!(code(&sent(read, "GET", "/api/v1/whoami").await), (401, "unauthenticated"));
    let same = format!("Cookie: {own}\r\nSec-Fetch-Site: same-origin\r\n");
    assert_eq!(sent(same, "POST", path).await.status, 200);
    // What is in a cookie is worth nothing in a header, and a token nothing in a cookie.
    let bearer = own.replace("venue_session=", "");
    assert_eq!(
        with_token(&venue.daemon, &bearer, "GET", "/api/v1/whoami", &json!({})).await.status,
        401
    );
    assert_eq!(venue.who(&format!("venue_session={}", venue.admin)).await.status, 401);
    // Whoever set a cookie before has nothing of the session that is begun over it.
    let planted = format!("venue_session=ses_{}", "A".repeat(43));
    let fresh = cookie(&venue.sign_in(&planted, "Anna", PIN).await);
    assert_ne!(fresh, planted);
    assert_eq!(venue.who(&planted).await.status, 401);
    // Signing in anew ends what the browser had.
    let newer = cookie(&venue.sign_in(&fresh, "Anna", PIN).await);
    assert_eq!((venue.who(&fresh).await.status, venue.who(&newer).await.status), (401, 200));
    let gone = venue.page_asks(&newer, "DELETE", "/api/v1/session", &json!({})).await;
    assert!(gone.head.contains("Max-Age=0"), "{gone:?}");
    assert_eq!((venue.who(&newer).await.status, venue.who(&own).await.status), (401, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_a_pin_waits_and_nobody_else_does() {
    let venue = Venue::begin().await;
    venue.accepted().await;
    let ben = json!({"name": "Ben", "role": "operator"});
    let ben = with_token(&venue.daemon, &venue.admin, "POST", "/api/v1/people", &ben).await.json;
    let body = json!({"invitation": ben["invitation"], "pin": "640913"});
    venue.page_asks("", "POST", "/api/v1/invitation", &body).await;
    let mut waits = None;
    // However slow this machine is: each wait is twice as long as the one before.
    for guess in 0..1_000 {
        let answer = venue.sign_in("", "Anna", &format!("9{guess:05}")).await;
        if answer.status == 429 {
            waits = Some(answer);
            break;
        }
        assert_eq!(code(&answer), (401, "wrong_pin"));
        if guess == 0 {
            let unknown = venue.sign_in("", "Nobody", "900175").await;
            assert_eq!(
                unknown.json["detail"], answer.json["detail"],
                "it is not told who there is"
            );
        }
    }
    let waits = waits.unwrap();
    assert_eq!(code(&waits), (429, "rate_limited"));
    assert!(waits.head.contains("retry-after: "), "{waits:?}");
    let ben = venue.sign_in("", "Ben", "640913").await;
    assert_eq!(ben.status, 201, "another name, from the same address");
    // A flood of names takes no more than its turn: a TV is commanded meanwhile.
    let names: Vec<String> = (0..60).map(|one| format!("guest {one}")).collect();
    let flood = join_all(names.iter().map(|name| venue.sign_in("", name, "900175")));
    let path = "/api/v1/devices/ir-000001/command";
    let body = json!({"command": "volume_up", "port": 1});
    let press = with_token(&venue.daemon, &venue.admin, "POST", path, &body);
    let (flood, press) = tokio::join!(flood, press);
    assert_eq!(press.status, 200, "{press:?}");
    // Some were hashed; of the rest nobody waited for long.
    for answer in &flood {
        assert!([401, 503, 504].contains(&answer.status), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_outlive_a_restart_and_end_with_their_person_token_or_pin() {
    let venue = Venue::begin().await;
    let own = venue.accepted().await;
    let body = json!({"token": venue.admin});
    let chief = cookie(&venue.page_asks("", "POST", "/api/v1/session", &body).await);
    let Venue { daemon, _board, admin, anna } = venue;
    let daemon = Daemon::configured(daemon.killed().await).await;
    daemon.log.wait_for("the store is open").await;
    let venue = Venue { daemon, _board, admin, anna };
    assert_eq!((venue.who(&own).await.status, venue.who(&chief).await.status), (200, 200));
    // A new PIN ends the sessions that were begun by the old one.
    let id = text(&venue.anna["id"]);
    let path = format!("/api/v1/people/{id}/invitation");
    let invited = venue.page_asks(&chief, "POST", &path, &json!({})).await;
    let body = json!({"invitation": invited.json["invitation"], "pin": "846201"});
    let newer = cookie(&venue.page_asks("", "POST", "/api/v1/invitation", &body).await);
    assert_eq!((venue.who(&own).await.status, venue.who(&newer).await.status), (401, 200));
    assert_eq!(venue.sign_in("", "Anna", PIN).await.status, 401);
    let mut stream = Stream::open_with(venue.daemon.address, &format!("Cookie: {newer}\r\n")).await;
    let gone = venue.page_asks(&chief, "DELETE", &format!("/api/v1/people/{id}"), &json!({})).await;
    assert_eq!(gone.status, 200, "{gone:?}");
    soon("the end of the stream of who was removed", stream.ended()).await;
    assert_eq!(venue.who(&newer).await.status, 401);
    assert_eq!(venue.sign_in("", "Anna", "846201").await.status, 401);
    // A session of a token ends with it.
    let heir = json!({"name": "heir", "role": "admin"});
    with_token(&venue.daemon, &venue.admin, "POST", "/api/v1/tokens", &heir).await;
    let tokens = venue.page_asks(&chief, "GET", "/api/v1/tokens", &json!({})).await.json;
    let tokens = tokens["items"].as_array().unwrap().clone();
    assert_eq!(tokens.len(), 2, "sessions are no tokens: {tokens:?}");
    let old = tokens.iter().find(|token| token["name"] == "chief").unwrap();
    let path = format!("/api/v1/tokens/{}", text(&old["id"]));
    assert_eq!(venue.page_asks(&chief, "DELETE", &path, &json!({})).await.status, 200);
    assert_eq!(venue.who(&chief).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_and_out_does_not_make_every_page_read_the_venue_anew() {
    let venue = Venue::begin().await;
    let mut stream = Stream::open_as(venue.daemon.address, &venue.admin).await;
    let anna = venue.accepted().await;
    let anna = cookie(&venue.sign_in(&anna, "Anna", PIN).await);
    let out = venue.page_asks(&anna, "DELETE", "/api/v1/session", &json!({})).await;
    assert!(out.status < 300, "{out:?}");
    let body = json!({"id": "garden", "name": "Garden"});
    let path = "/api/v1/config/zones";
    let made = with_token(&venue.daemon, &venue.admin, "POST", path, &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    // The first change that the stream tells of is that of the zone.
    let told = stream.next("config.changed").await["revision"].as_u64().unwrap();
    let zone =
        with_token(&venue.daemon, &venue.admin, "GET", "/api/v1/config/zones/garden", &json!({}))
            .await;
    assert_eq!(zone.json["revision"].as_u64().unwrap(), told, "{zone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_may_do_is_changed_where_they_are_signed_in_and_their_stream_begins_anew() {
    let venue = Venue::begin().await;
    let tablet = venue.accepted().await;
    let mut stream =
        Stream::open_with(venue.daemon.address, &format!("Cookie: {tablet}\r\n")).await;
    let press = async |port: u8| {
        let body = json!({"command": "volume_up", "port": port});
        venue.page_asks(&tablet, "POST", "/api/v1/devices/ir-000001/command", &body).await.status
    };
    assert_eq!((press(1).await, press(2).await), (200, 403));
    let path = format!("/api/v1/people/{}", text(&venue.anna["id"]));
    let change =
        async |who: &str, body: Value| with_token(&venue.daemon, who, "PATCH", &path, &body).await;
    let moved = change(&venue.admin, json!({"zones": ["patio"]})).await;
    assert_eq!((moved.status, &moved.json["role"]), (200, &json!("operator")), "{moved:?}");
    assert_eq!(moved.json["sessions"], json!(1));
    soon("the end of the stream of the old rights", stream.ended()).await;
    assert_eq!((press(1).await, press(2).await), (403, 200), "from the answer on");
    let duty = json!({"name": "duty", "role": "manager"});
    let duty = with_token(&venue.daemon, &venue.admin, "POST", "/api/v1/tokens", &duty).await;
    let duty = text(&duty.json["secret"]);
    let viewer = change(&duty, json!({"role": "viewer", "zones": null})).await;
    assert_eq!((viewer.status, &viewer.json["zones"]), (200, &Value::Null), "{viewer:?}");
    assert_eq!(venue.who(&tablet).await.json["role"], json!("viewer"));
    assert_eq!(press(2).await, 403);
    for (who, body, field) in [
        (&duty, json!({"role": "manager"}), "role"),
        (&venue.admin, json!({"zones": ["cellar"]}), "zones"),
        (&venue.admin, json!({"zones": []}), "zones"),
        (&venue.admin, json!({"role": "manager", "zones": ["bar"]}), "zones"),
        (&venue.admin, json!({"role": "boss"}), "role"),
        (&venue.admin, json!({}), "role"),
    ] {
        let refused = change(who, body).await;
        assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (422, &json!(field)));
    }
    assert_eq!(change(&venue.admin, json!({"role": "manager"})).await.status, 200);
    let refused = change(&duty, json!({"role": "viewer"})).await;
    assert_eq!(refused.status, 422, "a manager has nothing to do with another: {refused:?}");
    let file = venue.daemon.path("token");
    fs::write(&file, &venue.admin).unwrap();
    let words = ["person", "set", "anna", "--role", "operator", "--zone", "bar"];
    let words: Vec<&str> =
        ["--token-file", file.to_str().unwrap()].into_iter().chain(words).collect();
    let set = venuectl(venue.daemon.address, &words).await;
    assert_eq!(set.stdout, "Anna is operator in bar from now on\n", "{set:?}");
    assert_eq!((press(1).await, press(2).await), (200, 403));
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_make_operators_and_nobody_is_made_before_there_is_an_admin() {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let ben = json!({"name": "Ben", "role": "operator"});
    let early = daemon.post("/api/v1/people", &ben).await;
    assert_eq!(early.status, 422, "{early:?}");
    assert!(text(&early.json["detail"]).contains("first make a token of an admin"));
    let chief = json!({"name": "chief", "role": "admin"});
    let admin = text(&daemon.post("/api/v1/tokens", &chief).await.json["secret"]);
    let duty = json!({"name": "duty", "role": "manager"});
    let manager = with_token(&daemon, &admin, "POST", "/api/v1/tokens", &duty).await;
    let manager = text(&manager.json["secret"]);
    let asked = async |who: &str, body: Value| {
        with_token(&daemon, who, "POST", "/api/v1/people", &body).await
    };
    assert_eq!(asked(&manager, ben.clone()).await.status, 201);
    assert_eq!(
        asked(&manager, json!({"name": "BEN ", "role": "viewer"})).await.status,
        422,
        "there is one"
    );
    assert_eq!(
        asked(&manager, json!({"name": "duty", "role": "viewer"})).await.status,
        422,
        "a token is"
    );
    for role in ["manager", "admin"] {
        let refused = asked(&manager, json!({"name": "Eve", "role": role})).await;
        assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (422, &json!("role")));
    }
    let boss = asked(&admin, json!({"name": "Boss", "role": "manager"})).await;
    assert_eq!(boss.status, 201, "{boss:?}");
    let path = format!("/api/v1/people/{}", text(&boss.json["id"]));
    let refused = with_token(&daemon, &manager, "DELETE", &path, &json!({})).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    let file = daemon.path("token");
    fs::write(&file, &manager).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let ctl = async |words: &[&str]| {
        let words: Vec<&str> = [&["--token-file", &*file], words].concat();
        venuectl(daemon.address, &words).await
    };
    let added = ctl(&["person", "add", "Cleo", "--role", "operator"]).await;
    assert!(added.stdout.contains("/#/join/inv_"), "{added:?}");
    assert!(ctl(&["person", "invite", "cleo"]).await.stdout.contains("inv_"));
    let listed = ctl(&["person", "list"]).await.stdout;
    assert!(
        listed.contains("Ben") && listed.contains("Cleo") && listed.contains("Boss"),
        "{listed}"
    );
    assert_eq!(ctl(&["person", "sign-out", "Cleo"]).await.code, Some(0));
    assert_eq!(ctl(&["person", "remove", "Cleo"]).await.code, Some(0));
    assert!(!ctl(&["person", "list"]).await.stdout.contains("Cleo"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_on_the_command_line_is_known_there_until_they_sign_out() {
    let venue = Venue::begin().await;
    venue.accepted().await;
    let home = tempfile::tempdir().unwrap();
    let (good, wrong) = (home.path().join("good"), home.path().join("wrong"));
    fs::write(&good, format!("{PIN}\n")).unwrap();
    fs::write(&wrong, "273952\n").unwrap();
    let run = async |words: &str| -> Said { venuectl_of(home.path(), words).await };
    let server = format!("http://{}", venue.daemon.address);
    let login = |pin: &Path| {
        let pin = pin.display();
        format!("--server {server} login Anna --save-as oak --password-file {pin}")
    };
    let kept = home.path().join(".config/venuectl/oak.session");
    let refused = run(&login(&wrong)).await;
    assert!(refused.code == Some(4) && !kept.exists(), "{refused:?}");
    let unasked = run(&format!("--server {server} login Anna")).await;
    assert!(unasked.code == Some(2) && unasked.stderr.contains("--password-file"), "{unasked:?}");

    let said = run(&login(&good)).await;
    assert!(said.code == Some(0) && said.stderr.is_empty(), "{said:?}");
    assert!(said.stdout.starts_with("signed in as Anna (operator)"), "{said:?}");
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(run("whoami -o json").await.json()["name"], "Anna");
    assert_eq!(run("tv mute ir-000001/1").await.code, Some(0), "it does what is hers");
    assert_eq!(run("tv mute ir-000001/2").await.code, Some(4), "and nothing else");
    let other =
        run("--server http://127.0.0.1:1 login Anna --save-as oak --password-file none").await;
    assert!(other.code == Some(5) && other.stderr.contains("--save-as"), "{other:?}");

    // A new session takes the place of the one before.
    let cookie = || format!("venue_session={}", fs::read_to_string(&kept).unwrap().trim());
    let first = cookie();
    let pin = good.display();
    assert_eq!(run(&format!("login Anna --password-file {pin}")).await.code, Some(0));
    assert_eq!(venue.who(&first).await.status, 401);
    let second = cookie();
    assert_eq!(venue.who(&second).await.status, 200);
    assert_eq!(run("logout").await.code, Some(0));
    assert_eq!((venue.who(&second).await.status, kept.exists()), (401, false));
    let gone = run("whoami").await;
    assert!(gone.code == Some(4) && gone.stderr.contains("venuectl login"), "{gone:?}");
    let nobody = run("logout").await;
    assert!(nobody.code == Some(2) && nobody.stderr.contains("not signed in"), "{nobody:?}");
}

/// Runs `venuectl` of somebody with this home.
async fn venuectl_of(home: &Path, words: &str) -> Said {
    let mut command = Command::new(ctl_program());
    command.env("HOME", home).env_remove("XDG_CONFIG_HOME").stdin(Stdio::null());
    let output = command.args(words.split_whitespace()).kill_on_drop(true).output();
    soon("the end of venuectl", output).await.unwrap().into()
}
