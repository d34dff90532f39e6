//! What a service manager hears from the daemon, and hands over to it.

use std::{
    collections::HashSet,
    net::TcpListener,
    os::{fd::OwnedFd, unix::net::UnixDatagram},
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

/// `venued` with `listener` as the one that a socket unit hands over.
fn activated(folder: &TempDir, listener: TcpListener) -> Command {
    // The variable names the process that it is meant for, which only that process knows.
    let mut shell = StdCommand::new("sh");
    shell.args(["-c", "LISTEN_PID=$$ exec \"$0\" --config \"$1\""]);
    shell.arg(env!("CARGO_BIN_EXE_venued")).arg(folder.path().join("venued.toml"));
    shell.env("LISTEN_FDS", "1").env_remove("VENUED_CONFIG").env_remove("JOURNAL_STREAM");
    let parent_fd = OwnedFd::from(listener);
    shell.fd_mappings(vec![FdMapping { parent_fd, child_fd: 3 }]).unwrap();
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
    let mut process = activated(&folder, listener).spawn().unwrap();
    let log = Lines::read(process.stderr.take().unwrap());
    log.wait_for(&format!("address={address}")).await;
    assert_eq!(crate::support::get(address, "/livez").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_unit_that_listens_on_the_network_is_refused() {
    let folder = folder("127.0.0.1:0");
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let output = soon("its end", activated(&folder, listener).output()).await.unwrap();
    assert_eq!(output.status.code(), Some(78));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("http.allow_insecure_lan"), "{told}");
}
