//! The daemon with everything on, on a thread of its own.

use std::{
    fmt::Write as _,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::mpsc::{Sender, channel},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::sleep;
use tokio_rustls::TlsConnector;
use venue_benches::{board::name_at, pool};
use venue_routing::Mode;
use venue_tls::{
    Roots,
    authority::{Authority, Subject},
};
use venued::{Daemon, config::Config};

use crate::server::{Server, runtime};

/// Where it speaks HTTPS, and who trusts it.
pub(crate) struct Secure {
    pub(crate) address: SocketAddr,
    pub(crate) tls: TlsConnector,
}

/// Starts it with its store in `folder`; all of `boards` have a session when this returns.
pub(crate) fn start(folder: &Path, boards: &[SocketAddr]) -> (Server, Secure) {
    let secure = secure(folder);
    let text = configuration(folder, boards, secure.address);
    let (ready, started) = channel();
    drop(std::thread::spawn(move || runtime().block_on(serve(text, ready))));
    let address = started.recv().unwrap();
    let token = token(address);
    let command = |board: &SocketAddr| {
        let body = r#"{"command":"channel","port":1,"channel":"5"}"#;
        let (name, length) = (name_at(*board), body.len());
        let text = format!(
            "POST /api/v1/devices/{name}/command HTTP/1.1\r\nhost: localhost\r\n\
             authorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        text.into_bytes()
    };
    let status = format!(
        "GET /api/v1/devices/{} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n",
        name_at(boards[0])
    );
    let commands = boards.iter().map(command).collect();
    (Server { address, commands, status: status.into_bytes() }, secure)
}

/// A certificate of an authority of its own, and an address that was free a moment ago.
fn secure(folder: &Path) -> Secure {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let authority = Authority::make("the benchmark", now).unwrap();
    let subject = Subject { names: vec!["localhost".to_owned()], addresses: Vec::new() };
    let issued = authority.issue(&subject, now).unwrap();
    std::fs::write(folder.join("server.pem"), issued.certificate).unwrap();
    std::fs::write(folder.join("server.key"), issued.key).unwrap();
    let roots = Roots::Only(authority.certificate().as_bytes());
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    Secure { address, tls: TlsConnector::from(venue_tls::client(roots).unwrap()) }
}

async fn serve(text: String, ready: Sender<SocketAddr>) {
    let config = Config::parse(&text, "the benchmark", Path::new(".")).unwrap();
    let daemon = Daemon::start(config).await.unwrap();
    for handle in daemon.pool().devices() {
        pool::online(&handle).await;
    }
    let (router, address) = (daemon.router(), daemon.address());
    drop(tokio::spawn(daemon.run(std::future::pending())));
    while router.mode() != Mode::Normal {
        sleep(Duration::from_millis(1)).await;
    }
    ready.send(address).unwrap();
    std::future::pending::<()>().await;
}

/// A token, for which an open daemon is asked; from then on it wants one.
fn token(address: SocketAddr) -> String {
    let body = r#"{"name":"bench","role":"admin"}"#;
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "POST /api/v1/tokens HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let secret = answer.split("\"secret\":\"").nth(1).and_then(|rest| rest.split('"').next());
    secret.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn configuration(folder: &Path, boards: &[SocketAddr], secure: SocketAddr) -> String {
    let mut text = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\ntls = {{ listen = \"{secure}\", certificate_file = \"{0}/server.pem\", \
         key_file = \"{0}/server.key\" }}\n[store]\npath = \"{0}/venue.db\"\n[timing]\nframe_ms = 0\n\
         digit_gap_ms = 0\ncommand_gap_ms = 0\nwarm_up_ms = 0\nentry_gap_ms = 0\nquiet_gap_ms = 0\n\
         [limits]\ncommands_per_minute = 100000000\nbulk_per_minute = 100000000\n\
         all_per_minute = 100000000\n",
        folder.display()
    );
    for board in boards {
        let name = name_at(*board);
        writeln!(text, "[[device]]\nhostname = \"{name}\"\naddress = \"{board}\"").unwrap();
        writeln!(text, "port = [{{ index = 1 }}]").unwrap();
    }
    text
}
