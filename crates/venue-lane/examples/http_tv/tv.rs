//! A TV that is controlled over HTTP, and tells what it was asked for and what it did.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    time::Instant,
};

/// The TV.
pub(crate) struct Tv {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it did, and when, in order.
    pub(crate) done: watch::Sender<Vec<(String, Instant)>>,
    /// What it was asked for, done or not.
    pub(crate) asked: watch::Sender<Vec<String>>,
    hangs: AtomicBool,
    wake: Notify,
}

impl Tv {
    /// Switches it on at the wall.
    pub(crate) async fn start() -> io::Result<Arc<Self>> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let tv = Arc::new(Self {
            address: listener.local_addr()?,
            done: watch::Sender::default(),
            asked: watch::Sender::default(),
            hangs: AtomicBool::new(false),
            wake: Notify::new(),
        });
        let serving = Arc::clone(&tv);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let tv = Arc::clone(&serving);
                // A connection that breaks is none of its business.
                tokio::spawn(async move { tv.serve(stream).await.ok() });
            }
        });
        Ok(tv)
    }

    /// It takes the next request, and neither does nor answers it before it wakes.
    pub(crate) fn hang(&self) {
        self.hangs.store(true, Ordering::SeqCst);
    }

    /// It does what it took while it hung, although its client has gone.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    async fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let Some(path) = read(&mut stream).await? else { return Ok(()) };
            if path == "/" {
                stream.write_all(&answer("200 OK")).await?;
                continue;
            }
            self.asked.send_modify(|asked| asked.push(path.clone()));
            if self.hangs.swap(false, Ordering::SeqCst) {
                self.wake.notified().await;
            }
            let known = path != "/menu";
            if known {
                self.done.send_modify(|done| done.push((path, Instant::now())));
            }
            stream.write_all(&answer(if known { "200 OK" } else { "404 Not Found" })).await?;
        }
    }
}

/// The path of the next request; `None` at the end of the connection.
async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<String>> {
    let mut path = None;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let words = line.split(' ').nth(1).map(str::to_owned);
        path = path.or(words);
        if line.trim_end().is_empty() {
            return Ok(path);
        }
    }
}

fn answer(status: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}
