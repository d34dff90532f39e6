//! What a service manager hears from the daemon, and hands over to it.

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::{TcpListener, UdpSocket},
    os::{
        fd::OwnedFd,
        unix::net::{UnixDatagram, UnixListener, UnixStream},
    },
    path::Path,
    process::{Command as StdCommand, Stdio},
    time::Duration,
};

use command_fds::{CommandFdExt, FdMapping};
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::{Lines, signal, soon, venued};

fn folder(listen: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("[http]\nlisten = \"{listen}\"\n[store]\npath = \"venue.db\"\n");
    std::fs::write(folder.path().join("venued.toml"), text).unwrap();
    folder
}

/// Everything that is said until `last` is.
fn heard_until(socket: &UnixDatagram, last: &str) -> HashSet<String> {
    let (mut heard, mut buffer) = (HashSet::new(), [0; 4096]);
    while !heard.contains(last) {
        let length = socket.recv(&mut buffer).unwrap();
        let text = String::from_utf8_lossy(&buffer[..length]);
        heard.extend(text.lines().map(str::to_owned));
    }
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_manager_hears_that_it_is_ready_how_it_is_that_it_lives_and_that_it_stops() {
    let folder = folder("127.0.0.1:0");
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut command = venued();
    command.arg("--config").arg(folder.path().join("venued.toml"));
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000").env_remove("WATCHDOG_PID");
    let mut process = command.spawn().unwrap();
    heard_until(&socket, "READY=1");
    heard_until(&socket, "STATUS=all commands");
    heard_until(&socket, "WATCHDOG=1");
    signal(process.id().unwrap(), "TERM");
    heard_until(&socket, "STOPPING=1");
    assert_eq!(soon("its end", process.wait()).await.unwrap().code(), Some(0));
}

/// `venued` with `sockets` as those that a socket unit hands over.
fn activated<const N: usize>(folder: &TempDir, sockets: [OwnedFd; N]) -> Command {
    // The variable names the process that it is meant for, which only that process knows.
    let mut shell = StdCommand::new("sh");
    shell.args(["-c", "LISTEN_PID=$$ exec \"$0\" --config \"$1\""]);
    shell.arg(env!("CARGO_BIN_EXE_venued")).arg(folder.path().join("venued.toml"));
    shell.env("LISTEN_FDS", N.to_string()).env_remove("VENUED_CONFIG").env_remove("JOURNAL_STREAM");
    let mapped = (3..).zip(sockets).map(|(child_fd, parent_fd)| FdMapping { parent_fd, child_fd });
    shell.fd_mappings(mapped.collect()).unwrap();
    let mut command = Command::from(shell);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn the_listener_of_a_socket_unit_is_used_and_not_the_address_of_the_file() {
    // Nobody may listen on port 1 of this address: a bind would fail.
    let folder = folder("127.0.0.1:1");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut process = activated(&folder, [listener.into()]).spawn().unwrap();
    let log = Lines::read(process.stderr.take().unwrap());
    log.wait_for(&format!("address={address}")).await;
    assert_eq!(crate::support::get(address, "/livez").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_unit_that_listens_on_the_network_is_refused() {
    let folder = folder("127.0.0.1:0");
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let output = soon("its end", activated(&folder, [listener.into()]).output()).await.unwrap();
    assert_eq!(output.status.code(), Some(78));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("http.allow_insecure_lan"), "{told}");
}

/// What is answered at a unix socket.
fn asked_locally(path: &Path) -> String {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
        .write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn every_socket_of_a_socket_unit_is_served() {
    let folder = folder("127.0.0.1:1");
    let [one, two] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let addresses = [&one, &two].map(|listener| listener.local_addr().unwrap());
    let path = folder.path().join("unit.sock");
    let local = UnixListener::bind(&path).unwrap();
    let sockets = [one.into(), local.into(), two.into()];
    let mut process = activated(&folder, sockets).spawn().unwrap();
    let log = Lines::read(process.stderr.take().unwrap());
    log.wait_for("the store is open").await;
    for address in addresses {
        assert_eq!(crate::support::get(address, "/livez").await.status, 200, "{address}");
    }
    let answer = tokio::task::spawn_blocking(move || asked_locally(&path)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_is_no_listener_is_refused_with_what_would_be_right() {
    let folder = folder("127.0.0.1:0");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut venued = activated(&folder, [listener.into(), datagrams.into()]);
    let output = soon("its end", venued.output()).await.unwrap();
    assert_eq!(output.status.code(), Some(78));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("socket 2") && told.contains("ListenStream="), "{told}");
}
