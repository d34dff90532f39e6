//! HTTPS: with an authority of the venue's own, with certificates that change, and against those who only hold on.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use device_sim::{Blaster, BlasterConfig};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::Instant,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client::TlsStream};
use venue_tls::{Pair, Roots, Server};

use crate::support::{Daemon, Response, send, sim_toml, soon, until, venuectl_at, venued};

/// `venued tls init` into `folder`.
async fn init(folder: &Path, more: &[&str]) {
    let mut command = venued();
    let (tls, authority) = (folder.join("tls"), folder.join("authority"));
    command.args(["tls", "init"]).args(more).arg("--folder").arg(tls);
    let output = command.arg("--authority").arg(authority).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn ca(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("authority/ca.pem")).unwrap()
}

fn connector(ca: &[u8]) -> TlsConnector {
    TlsConnector::from(venue_tls::client(Roots::Only(ca)).unwrap())
}

/// A daemon that speaks HTTPS on loopback too, and where it does.
async fn secure(folder: TempDir, more: &str) -> (Daemon, SocketAddr) {
    let text = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\ntls = {{ listen = \"127.0.0.1:0\", certificate_file = \
         \"tls/server.pem\", key_file = \"tls/server.key\" }}\n[log]\nformat = \"json\"\nfilter = \
         \"info,venue_http=debug\"\n[store]\npath = \"venue.db\"\n{more}"
    );
    fs::write(folder.path().join("venued.toml"), text).unwrap();
    let daemon = Daemon::configured(folder).await;
    let line = daemon.log.wait_for("serving HTTPS").await;
    let rest = line.split_once("127.0.0.1:").unwrap().1;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    daemon.wait_for_mode("normal").await;
    (daemon, SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap())))
}

async fn shake(address: SocketAddr, tls: &TlsConnector) -> TlsStream<TcpStream> {
    let stream = TcpStream::connect(address).await.unwrap();
    let name = venue_tls::server_name("localhost").unwrap();
    soon("a handshake", tls.connect(name, stream)).await.unwrap()
}

/// One request on a connection that is kept.
async fn ask(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    method: &str,
    path: &str,
) -> Response {
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let head = loop {
        let mut part = [0; 4096];
        let count = soon("an answer", stream.read(&mut part)).await.unwrap();
        assert!(count > 0, "it was closed");
        answer.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.unwrap().parse::<usize>().unwrap() {
            break (head.to_owned(), serde_json::from_str(body).unwrap_or(Value::Null));
        }
    };
    let status = head.0.split(' ').nth(1).unwrap().parse().unwrap();
    Response { status, head: head.0, json: head.1 }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_trusts_the_authority_of_the_venue_gets_in_and_all_others_are_told_why_not() {
    let folder = tempfile::tempdir().unwrap();
    init(folder.path(), &[]).await;
    let (daemon, address) = secure(folder, "").await;
    let ca = daemon.path("authority/ca.pem").display().to_string();
    for host in ["127.0.0.1", "localhost"] {
        let server = format!("https://{host}:{}", address.port());
        let said = venuectl_at(&server, &["--ca", &ca, "-o", "json", "status"]).await;
        assert_eq!(said.json()["mode"], "normal", "{said:?}");
    }
    let server = format!("https://{address}");
    let stranger = venuectl_at(&server, &["status"]).await;
    assert_eq!(stranger.code, Some(6), "{stranger:?}");
    // A machine without any authority says that instead.
    assert!(stranger.stderr.contains("--ca"), "{stranger:?}");
    let plain = venuectl_at(&format!("http://{address}"), &["status"]).await;
    assert!(plain.stderr.contains("this port speaks HTTPS: ask with https://"), "{plain:?}");
    let server = format!("https://{}", daemon.address);
    let secure = venuectl_at(&server, &["--ca", &ca, "status"]).await;
    assert!(secure.stderr.contains("does not speak TLS: ask with http://"), "{secure:?}");
    // Whoever commands says so at TLS as everywhere, and plain HTTP on loopback goes on.
    assert_eq!(daemon.get("/readyz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_is_called_what_its_certificate_is_for() {
    let folder = tempfile::tempdir().unwrap();
    init(folder.path(), &["venue.lan"]).await;
    let (daemon, address) = secure(folder, "").await;
    let tls = connector(&ca(daemon.path("").as_path()));
    let as_host = async |host: &str| {
        let mut stream = shake(address, &tls).await;
        let request = format!("GET /livez HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // What follows the answer is how the connection ends.
        let _ended = soon("an answer", stream.read_to_string(&mut answer)).await;
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(as_host("venue.lan").await, "200");
    assert_eq!(as_host("VENUE.lan:8443").await, "200");
    assert_eq!(as_host("guest.example").await, "421");
    let plain = send(daemon.address, "GET", "/livez", "", &json!({})).await;
    assert_eq!(plain.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_is_secure_where_it_goes_over_https_and_not_where_somebody_says_so() {
    let folder = tempfile::tempdir().unwrap();
    init(folder.path(), &[]).await;
    let (daemon, address) = secure(folder, "").await;
    let tls = connector(&fs::read(daemon.path("authority/ca.pem")).unwrap());
    let out = ask(&mut shake(address, &tls).await, "DELETE", "/api/v1/session").await;
    assert!(out.status == 200 && out.head.contains("SameSite=Strict; Secure"), "{out:?}");
    let told = format!("Origin: http://{}\r\nX-Forwarded-Proto: https\r\n", daemon.address);
    let plain = send(daemon.address, "DELETE", "/api/v1/session", &told, &json!({})).await;
    assert!(plain.status == 200 && plain.head.contains("SameSite=Strict"), "{plain:?}");
    assert!(!plain.head.contains("Secure"), "{plain:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_shown_without_a_connection_lost_and_a_wrong_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    init(folder.path(), &[]).await;
    let ca = ca(folder.path());
    let (daemon, address) = secure(folder, "").await;
    let tls = connector(&ca);
    let shown = async || {
        // Without what an earlier connection left: a session that is taken up again shows no certificate anew.
        let stream = shake(address, &connector(&ca)).await;
        stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
    };
    let mut kept = shake(address, &tls).await;
    let first = shown().await;
    init(daemon.path("").as_path(), &["--renew"]).await;
    until("the new certificate", async || (shown().await != first).then_some(())).await;
    let second = shown().await;
    assert_eq!(ask(&mut kept, "GET", "/livez").await.status, 200, "the connection goes on");
    let key = fs::read(daemon.path("tls/server.key")).unwrap();
    fs::write(daemon.path("tls/server.key"), "nonsense").unwrap();
    let alerts = async || daemon.get("/api/v1/alerts").await.json["items"].clone();
    let unusable = async || {
        let all = alerts().await;
        all.as_array().unwrap().iter().find(|one| one["kind"] == "certificate_unusable").cloned()
    };
    let told = until("the alert", async || unusable().await).await;
    assert_eq!(told["severity"], "critical");
    assert!(told["summary"].as_str().unwrap().contains("server.key"), "{told}");
    assert_eq!(shown().await, second, "the old one is kept");
    fs::write(daemon.path("tls/server.key"), key).unwrap();
    until("the end of the alert", async || unusable().await.is_none().then_some(())).await;
    assert_eq!(ask(&mut kept, "GET", "/livez").await.status, 200);
}

/// Resident memory of a process in KiB.
fn resident(daemon: &Daemon) -> u64 {
    let pid = daemon.process.id().unwrap();
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// How long a class A command takes, over plain loopback and over TLS.
async fn class_a(daemon: &Daemon, address: SocketAddr, tls: &TlsConnector) -> [Duration; 2] {
    let begun = Instant::now();
    let plain = daemon.post("/ir-000001/diagnostic", &json!({})).await;
    let took = begun.elapsed();
    assert_eq!((plain.status, &plain.json["delivered"]), (200, &json!(true)), "{plain:?}");
    let begun = Instant::now();
    let mut stream = shake(address, tls).await;
    let secure = ask(&mut stream, "POST", "/ir-000001/diagnostic").await;
    assert_eq!((secure.status, &secure.json["delivered"]), (200, &json!(true)), "{secure:?}");
    [took, begun.elapsed()]
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_hold_on_or_flood_at_the_handshake_do_not_stop_a_class_a_command() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    init(folder.path(), &[]).await;
    let ca = ca(folder.path());
    let (daemon, address) = secure(folder, &sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let tls = connector(&ca);
    let before = resident(&daemon);
    println!("alone: {:?}, {before} KiB", class_a(&daemon, address, &tls).await);

    // They say nothing, or the beginning of a hello and nothing more: of them so many are kept, the newest.
    let mut held = Vec::new();
    for number in 0..2_000 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        if number % 2 == 0 {
            stream.write_all(&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]).await.unwrap();
        }
        held.push(stream);
    }
    let took = class_a(&daemon, address, &tls).await;
    let idle = resident(&daemon);
    println!("among 2000 that hold on: {took:?}, {idle} KiB");
    assert!(took.iter().all(|took| *took < Duration::from_secs(2)), "{took:?}");
    assert!(idle < before + 32 * 1024, "{before} to {idle} KiB");
    daemon.log.wait_for("newer connections took its place").await;
    // The rest ends by the deadline, without a word from the other end.
    daemon.log.wait_for("it sent nothing, or not all, in time").await;
    drop(held);

    // Whole handshakes, one after the other, from many at the same time.
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut flood = JoinSet::new();
    for _ in 0..32 {
        let (stop, count, ca) = (Arc::clone(&stop), Arc::clone(&count), ca.clone());
        flood.spawn(async move {
            let name = venue_tls::server_name("localhost").unwrap();
            while !stop.load(Ordering::Relaxed) {
                let Ok(stream) = TcpStream::connect(address).await else { continue };
                let shaken = connector(&ca).connect(name.clone(), stream).await;
                count.fetch_add(u64::from(shaken.is_ok()), Ordering::Relaxed);
            }
        });
    }
    until("the flood", async || (count.load(Ordering::Relaxed) > 500).then_some(())).await;
    let took = class_a(&daemon, address, &tls).await;
    println!(
        "in a flood of handshakes: {took:?}, {} KiB, {} handshakes",
        resident(&daemon),
        count.load(Ordering::Relaxed)
    );
    stop.store(true, Ordering::Relaxed);
    while flood.join_next().await.is_some() {}
    assert!(took.iter().all(|took| *took < Duration::from_secs(2)), "{took:?}");
    assert_eq!(daemon.log.count("failed inside the service"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_told_over_tls_by_whom_its_ca_file_vouches_for() {
    let folder = tempfile::tempdir().unwrap();
    init(folder.path(), &[]).await;
    let read = |name: &str| fs::read(folder.path().join("tls").join(name)).unwrap();
    let pair = Pair::from_pem(&read("server.pem"), &read("server.key")).unwrap();
    let acceptor = TlsAcceptor::from(Server::new(&pair).unwrap().config());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let hook = format!(
        "[[webhook]]\nurl = \"https://localhost:{port}/venue\"\nca_file = \"authority/ca.pem\"\n"
    );
    let (daemon, _) = secure(folder, &hook).await;
    assert_eq!(daemon.post("/api/v1/queue/pause", &json!({})).await.status, 200);
    let (stream, _) = soon("the hook", listener.accept()).await.unwrap();
    let mut stream = soon("its handshake", acceptor.accept(stream)).await.unwrap();
    let mut request = Vec::new();
    while !String::from_utf8_lossy(&request).contains("queue_paused") {
        let mut part = [0; 4096];
        let count = soon("its request", stream.read(&mut part)).await.unwrap();
        assert!(count > 0, "it ended early");
        request.extend_from_slice(&part[..count]);
    }
    let text = String::from_utf8_lossy(&request);
    assert!(text.starts_with("POST /venue HTTP/1.1\r\n"), "{text}");
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
}
