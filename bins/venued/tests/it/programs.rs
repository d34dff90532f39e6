//! Programs of others, as an admin puts them in front of the daemon or beside it. Where one is missing its test says so
//! and passes, unless `VENUE_REQUIRE_PROGRAMS` is set.

use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Command as Program, Stdio},
};

use device_sim::{Blaster, BlasterConfig};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    process::{Child, Command},
};

use crate::support::{Daemon, sim_toml, soon, until};

/// Where the program is; `None`, with a word, where it is not installed.
#[expect(clippy::print_stdout, reason = "a skipped test must not pass in silence")]
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/bin", "/usr/lib/openssh"].map(PathBuf::from));
    let found = folders.map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        assert!(env::var_os("VENUE_REQUIRE_PROGRAMS").is_none(), "{name} is not installed");
        println!("{name} is not installed: not tested");
    }
    found
}

/// A proxy in front of a daemon; it ends when it is dropped.
struct Proxied {
    _board: Blaster,
    daemon: Daemon,
    proxy: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Proxied {
    /// Starts a daemon that trusts proxies at 127.0.0.1 and is called `tv.example`, and before it what `command` makes of
    /// a folder, the address of the proxy and that of the daemon.
    async fn start(command: impl Fn(&Path, SocketAddr, SocketAddr) -> Command) -> Self {
        let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "[http]\nlisten = \"127.0.0.1:0\"\nallowed_hosts = [\"tv.example\"]\ntrusted_proxies = \
             [\"127.0.0.1\"]\n[log]\nformat = \"json\"\n[store]\npath = \"venue.db\"\n{}",
            sim_toml([&board])
        );
        fs::write(folder.path().join("venued.toml"), text).unwrap();
        let daemon = Daemon::configured(folder).await;
        daemon.wait_for_mode("normal").await;
        daemon.wait_for_session("ir-000001", 1).await;
        let folder = tempfile::tempdir().unwrap();
        // It cannot be told to take any port that is free: somebody else may take this one meanwhile.
        for _ in 0..10 {
            let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let mut proxy = command(folder.path(), free, daemon.address);
            proxy.stdin(Stdio::null()).kill_on_drop(true);
            let mut proxy = proxy.spawn().unwrap();
            let serves = until("the proxy serves, or ends", async || {
                if let Some(_ended) = proxy.try_wait().unwrap() {
                    return Some(false);
                }
                TcpStream::connect(free).await.is_ok().then_some(true)
            });
            if serves.await {
                return Self { _board: board, daemon, proxy, address: free, _folder: folder };
            }
        }
        panic!("the proxy does not start");
    }

    /// What is answered to a request that comes from 127.0.0.2.
    async fn ask(&self, head: &str, body: &str) -> (u16, Value) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), 0))).unwrap();
        let mut stream = socket.connect(self.address).await.unwrap();
        let request = format!("{head}\r\nHost: tv.example\r\nConnection: close\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        soon("an answer", stream.read_to_string(&mut answer)).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let json = body.find('{').map(|at| &body[at..=body.rfind('}').unwrap()]);
        (status, json.map_or(Value::Null, |json| serde_json::from_str(json).unwrap()))
    }

    /// Presses, as the page at `http://tv.example` does, with more headers.
    async fn press(&self, more: &str) -> (u16, Value) {
        let head = format!(
            "POST /ir-000001/diagnostic HTTP/1.1\r\nOrigin: http://tv.example\r\n\
             Content-Length: 0{more}"
        );
        self.ask(&head, "").await
    }

    /// From where the last request came that changed something, as the audit log has it.
    async fn last_seen(&self) -> Value {
        let audit = async || {
            let items = self.daemon.get("/api/v1/audit").await.json["items"].clone();
            items.get(0).map(|last| last["user_ip"].clone())
        };
        until("the audit log", audit).await
    }
}

impl Drop for Proxied {
    fn drop(&mut self) {
        // It has children, which end with it when it is told to end, and not when it is killed.
        if let Some(pid) = self.proxy.id() {
            crate::support::signal(pid, "TERM");
        }
    }
}

/// nginx with `more` in its location.
fn nginx(program: &Path, more: &str) -> impl Fn(&Path, SocketAddr, SocketAddr) -> Command {
    let (program, more) = (program.to_owned(), more.to_owned());
    move |folder, listen, daemon| {
        let at = folder.display();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {at}/{kind};"))
            .join(" ");
        let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
        let text = format!(
            "daemon off; {user} pid {at}/pid; error_log {at}/error.log; worker_processes 1; events {{}}\n\
             http {{ access_log off; {temporary} server {{ listen {listen}; location / {{\n\
             proxy_pass http://{daemon};\n{more}\n}} }} }}"
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, text).unwrap();
        let mut command = Command::new(&program);
        command.arg("-p").arg(folder).arg("-c").arg(file).arg("-e").arg(folder.join("start.log"));
        command
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_behind_nginx_as_it_is_or_is_told_which_header_is_missing() {
    let Some(program) = program("nginx") else { return };
    let proxied = Proxied::start(nginx(&program, "")).await;
    let (status, answer) = proxied.press("\r\nSec-Fetch-Site: same-origin").await;
    assert_eq!((status, &answer["delivered"]), (200, &Value::Bool(true)), "{answer}");
    // A browser that does not say so, or does not because it is not HTTPS.
    let (status, answer) = proxied.press("").await;
    assert_eq!((status, answer["code"].as_str()), (403, Some("cross_site")), "{answer}");
    let detail = answer["detail"].as_str().unwrap();
    assert!(detail.contains("tv.example") && detail.contains("X-Forwarded-Host"), "{detail}");
    proxied.daemon.log.wait_for("have it pass the Host header on").await;
    let evil = "\r\nSec-Fetch-Site: cross-site";
    assert_eq!(proxied.press(evil).await.0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_nginx_with_its_recipe_the_audit_log_has_the_client_and_events_come_at_once() {
    let Some(program) = program("nginx") else { return };
    let recipe = "proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Connection \"\";\n\
                  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_request_buffering off;";
    let proxied = Proxied::start(nginx(&program, recipe)).await;
    let (status, answer) = proxied.press("").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(proxied.last_seen().await, "127.0.0.2");
    // What the client writes itself does not count.
    let (status, answer) = proxied.press("\r\nX-Forwarded-For: 192.0.2.9").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(proxied.last_seen().await, "127.0.0.2");
    // nginx passes a body on in chunks that it gets so.
    let head = "POST /ir-000001/diagnostic HTTP/1.1\r\nOrigin: http://tv.example\r\n\
                Content-Type: application/json\r\nTransfer-Encoding: chunked";
    let (status, answer) = proxied.ask(head, "2\r\n{}\r\n0\r\n\r\n").await;
    assert_eq!(status, 200, "{answer}");
    // Its buffer would hold back what is small.
    let mut stream = TcpStream::connect(proxied.address).await.unwrap();
    let request = "GET /api/v1/events HTTP/1.1\r\nHost: tv.example\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut read = String::new();
    while !read.contains("\r\n\r\n") {
        let mut part = [0; 1024];
        let count = soon("the stream", stream.read(&mut part)).await.unwrap();
        read.push_str(&String::from_utf8_lossy(&part[..count]));
    }
    assert_eq!(proxied.press("").await.0, 200);
    while !read.contains("event: ") {
        let mut part = [0; 1024];
        let count = soon("an event", stream.read(&mut part)).await.unwrap();
        assert!(count > 0, "it ended: {read}");
        read.push_str(&String::from_utf8_lossy(&part[..count]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy_finds_the_daemon_healthy_by_its_usual_check_and_passes_the_client_on() {
    let Some(program) = program("haproxy") else { return };
    let proxied = Proxied::start(|folder, listen, daemon| {
        let text = format!(
            "defaults\n mode http\n timeout connect 5s\n timeout client 60s\n timeout server 60s\n\
             frontend venue\n bind {listen}\n option forwardfor\n stats enable\n stats uri /haproxy\n\
             \x20default_backend venued\n\
             backend venued\n option httpchk\n server venued {daemon} check inter 100ms fall 1\n"
        );
        let file = folder.join("haproxy.cfg");
        fs::write(&file, text).unwrap();
        let mut command = Command::new(&program);
        command.arg("-db").arg("-f").arg(file).stdout(Stdio::null()).stderr(Stdio::null());
        command
    })
    .await;
    let healthy = async || {
        let mut stream = TcpStream::connect(proxied.address).await.ok()?;
        let request = "GET /haproxy;csv HTTP/1.0\r\nHost: tv.example\r\n\r\n";
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        assert!(!answer.contains("L7STS"), "{answer}");
        answer.contains("L7OK").then_some(())
    };
    until("haproxy finds it healthy", healthy).await;
    let (status, answer) = proxied.press("").await;
    assert_eq!((status, &answer["delivered"]), (200, &Value::Bool(true)), "{answer}");
    assert_eq!(proxied.last_seen().await, "127.0.0.2");
}

#[test]
fn the_unit_is_as_confined_as_it_says() {
    let Some(program) = program("systemd-analyze") else { return };
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/venued.service");
    let mut analyze = Program::new(program);
    analyze.args(["security", "--offline=true", "--threshold=15", "--no-pager"]).arg(unit);
    let output = analyze.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    println!("{}", told.lines().last().unwrap_or_default());
    assert!(output.status.success(), "{told}");
}
