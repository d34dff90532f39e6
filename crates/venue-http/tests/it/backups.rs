//! The files of backups over HTTP: fetched as they are read, and kept only when they are whole.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, mpsc},
};
use venue_domain::{BackupEntry, BackupPlace, BoxFuture, Timestamp};
use venue_http::{
    BackupDownload, BackupFileError, BackupFiles, BackupName, BackupUpload, Config, RestoredBackup,
    UploadError, VenueServices,
};

use crate::{
    client::{Client, Response, exchange, get, post},
    fake::Server,
};

/// Keeps files in memory, and tells how each upload ended.
#[derive(Debug)]
struct Shelf {
    files: Mutex<BTreeMap<BackupName, Vec<u8>>>,
    /// How much less there is of each than is said.
    short: usize,
    /// Told when something of a file has come.
    begun: Notify,
    ended: mpsc::UnboundedSender<Result<usize, UploadError>>,
}

impl BackupFiles for Shelf {
    fn download(&self, name: BackupName) -> BoxFuture<'_, Result<BackupDownload, BackupFileError>> {
        let file = self.files.lock().unwrap().get(&name).cloned();
        Box::pin(async move {
            let file = file.ok_or(BackupFileError::Unknown { name })?;
            let bytes = file.len() as u64;
            let there = file.len() - self.short;
            let parts: Vec<_> =
                file[..there].chunks(1000).map(|part| Ok(Bytes::copy_from_slice(part))).collect();
            let broken = (self.short > 0).then(|| Err(io::Error::other("the disk failed")));
            let content = Box::pin(stream::iter(parts.into_iter().chain(broken)));
            Ok(BackupDownload { bytes, content })
        })
    }

    fn upload(
        &self,
        name: BackupName,
        mut file: BackupUpload,
    ) -> BoxFuture<'_, Result<BackupEntry, BackupFileError>> {
        Box::pin(async move {
            let mut whole = Vec::new();
            while let Some(part) = file.content.next().await {
                match part {
                    Ok(part) => {
                        self.begun.notify_one();
                        whole.extend_from_slice(&part);
                    }
                    Err(why) => {
                        self.ended.send(Err(why)).unwrap();
                        return Err(BackupFileError::Arrival { why });
                    }
                }
            }
            self.ended.send(Ok(whole.len())).unwrap();
            if whole.starts_with(b"age") {
                return Err(BackupFileError::Encrypted);
            }
            let bytes = whole.len() as u64;
            if self.files.lock().unwrap().contains_key(&name) {
                return Err(BackupFileError::Taken { name });
            }
            self.files.lock().unwrap().insert(name.clone(), whole);
            let (name, made_at) = (name.to_string(), Timestamp::from_unix_ms(1_790_000_000_000));
            let (uploaded_at, place) = (Some(made_at), BackupPlace::Uploaded);
            Ok(BackupEntry { name, made_at, uploaded_at, bytes, place })
        })
    }

    fn restore(&self, name: BackupName) -> BoxFuture<'_, Result<RestoredBackup, BackupFileError>> {
        let is_there = self.files.lock().unwrap().contains_key(&name);
        Box::pin(async move {
            if name.is_uploaded() {
                return Err(BackupFileError::InUse);
            }
            if name.is_in_folder() {
                return Err(BackupFileError::Fetch { reason: "it does not answer".to_owned() });
            }
            if !is_there {
                return Err(BackupFileError::Unknown { name });
            }
            Ok(RestoredBackup { set_aside: Some("venue.db.replaced-1".to_owned()) })
        })
    }
}

struct Shelved {
    server: Server,
    shelf: Arc<Shelf>,
    ended: mpsc::UnboundedReceiver<Result<usize, UploadError>>,
}

impl Shelved {
    async fn start(config: Config, short: usize) -> Self {
        let (sender, ended) = mpsc::unbounded_channel();
        let shelf =
            Arc::new(Shelf { files: Mutex::default(), short, begun: Notify::new(), ended: sender });
        let backups = Arc::clone(&shelf);
        let venue = VenueServices { backups, ..VenueServices::none() };
        let server = Server::of_venue(config, venue).await;
        Self { server, shelf, ended }
    }

    fn has(self, name: &str, content: &[u8]) -> Self {
        let name = name.parse().unwrap();
        self.shelf.files.lock().unwrap().insert(name, content.to_vec());
        self
    }

    async fn put(&self, name: &str, kind: &str, content: &[u8]) -> Response {
        let head = head(name, kind, &format!("content-length: {}", content.len()));
        exchange(self.server.address, [head.as_bytes(), content].concat()).await
    }

    fn names(&self) -> Vec<String> {
        self.shelf.files.lock().unwrap().keys().map(ToString::to_string).collect()
    }
}

fn head(name: &str, kind: &str, length: &str) -> String {
    format!(
        "PUT /api/v1/backups/{name} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\n{length}\r\n\r\n"
    )
}

const BINARY: &str = "application/octet-stream";

#[tokio::test]
async fn a_backup_is_fetched_as_a_file_with_its_name_and_length() {
    let content: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    let shelved = Shelved::start(Config::default(), 0).await.has("venue-17.db", &content);
    let answer = get(shelved.server.address, "/api/v1/backups/venue-17.db").await;
    assert_eq!((answer.status, answer.body == content), (200, true));
    assert_eq!(answer.header("content-type"), Some(BINARY));
    let name = "attachment; filename=\"venue-17.db\"";
    assert_eq!(answer.header("content-disposition"), Some(name));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_is_no_backup() {
    let mut shelved = Shelved::start(Config::default(), 0).await;
    for name in
        ["..%2Fvenue.db", "venue-1.db%2F..", "..", "%2Fetc%2Fpasswd", "venue.db", "venue-18.db"]
    {
        let answer = get(shelved.server.address, &format!("/api/v1/backups/{name}")).await;
        assert_eq!(answer.status, 404, "{name}");
    }
    for name in ["..%2Fuploaded-a.db", "uploaded-..%2Fa.db", "uploaded-.db", "venue-1.db", "x"] {
        let answer = shelved.put(name, BINARY, b"content").await;
        assert_eq!(answer.status, 422, "{name}: {answer:?}");
        assert_eq!(answer.json()["errors"][0]["field"], "name", "{name}");
    }
    assert!(shelved.ended.try_recv().is_err(), "nobody was asked to keep anything");
}

#[tokio::test]
async fn a_backup_is_restored_or_it_is_said_why_not() {
    let shelved = Shelved::start(Config::default(), 0).await.has("venue-17.db", b"content");
    let restore = async |name: &str| {
        post(shelved.server.address, &format!("/api/v1/backups/{name}/restore"), "{}").await
    };
    let answer = restore("venue-17.db").await;
    assert_eq!((answer.status, answer.json()["name"].as_str()), (200, Some("venue-17.db")));
    assert_eq!(answer.json()["set_aside"], "venue.db.replaced-1");
    assert_eq!(restore("uploaded-a.db").await.problem(), (409, "store_in_use".to_owned()));
    let away = restore("venue-17.db.age").await;
    assert_eq!(away.json()["errors"][0]["field"], "name", "{away:?}");
    for name in ["venue-18.db", "..%2Fvenue.db", "x"] {
        assert_eq!(restore(name).await.status, 404, "{name}");
    }
}

#[tokio::test]
async fn what_ends_early_breaks_the_connection_and_is_no_whole_file() {
    let shelved = Shelved::start(Config::default(), 10).await.has("venue-17.db", &[7; 5000]);
    let mut stream = TcpStream::connect(shelved.server.address).await.unwrap();
    let asked = b"GET /api/v1/backups/venue-17.db HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(asked).await.unwrap();
    let mut came = Vec::new();
    // A reset is an end as well.
    let _ = stream.read_to_end(&mut came).await;
    let body = came.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |head| head + 4);
    assert!(came.len() - body < 5000, "{}", came.len());
}

#[tokio::test]
async fn a_file_that_arrives_whole_is_kept() {
    let mut shelved = Shelved::start(Config::default(), 0).await;
    let answer = shelved.put("uploaded-a.db", BINARY, &[9; 300_000]).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.json()["place"], "uploaded");
    assert_eq!(shelved.ended.recv().await, Some(Ok(300_000)));
    let fetched = get(shelved.server.address, "/api/v1/backups/uploaded-a.db").await;
    assert_eq!(fetched.body, [9; 300_000]);
    let again = shelved.put("uploaded-a.db", BINARY, b"another").await;
    assert_eq!(again.problem(), (409, "backup_exists".to_owned()));
    let encrypted = shelved.put("uploaded-b.db", BINARY, b"age-encryption.org/v1").await;
    assert_eq!(encrypted.status, 422);
    let told = encrypted.json()["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("age --decrypt"), "{told}");
    for kind in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
        let answer = shelved.put("uploaded-c.db", kind, b"{}").await;
        assert_eq!(answer.problem(), (415, "unsupported_content_type".to_owned()), "{kind}");
    }
    assert_eq!(shelved.names(), ["uploaded-a.db"]);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_by_what_it_announces_and_by_what_comes() {
    let config = Config { max_backup_bytes: 1000, ..Config::default() };
    let mut shelved = Shelved::start(config, 0).await;
    let mut announced = Client::connect(shelved.server.address).await;
    announced.send(head("uploaded-a.db", BINARY, "content-length: 1001")).await;
    assert_eq!(announced.read().await.problem(), (413, "body_too_large".to_owned()));
    assert!(shelved.ended.try_recv().is_err(), "not a byte of it was taken");
    let mut chunked = Client::connect(shelved.server.address).await;
    let mut request = head("uploaded-a.db", BINARY, "transfer-encoding: chunked").into_bytes();
    request.extend_from_slice(b"200\r\n");
    request.extend_from_slice(&[7; 0x200]);
    request.extend_from_slice(b"\r\n200\r\n");
    request.extend_from_slice(&[7; 0x200]);
    request.extend_from_slice(b"\r\n0\r\n\r\n");
    chunked.send(request).await;
    assert_eq!(chunked.read().await.problem(), (413, "body_too_large".to_owned()));
    assert_eq!(shelved.ended.recv().await, Some(Err(UploadError::TooLarge { limit: 1000 })));
    assert_eq!(shelved.names(), Vec::<String>::new());
}

#[tokio::test]
async fn a_file_that_is_cut_off_or_stalls_is_not_kept() {
    let stall = Duration::from_millis(50);
    let config = Config { upload_stall_timeout: stall, ..Config::default() };
    let mut shelved = Shelved::start(config, 0).await;
    let half =
        [head("uploaded-a.db", BINARY, "content-length: 1000").as_bytes(), &[7; 500]].concat();
    let mut stalls = Client::connect(shelved.server.address).await;
    stalls.send(&half).await;
    assert_eq!(stalls.read().await.problem(), (408, "body_timeout".to_owned()));
    assert_eq!(shelved.ended.recv().await, Some(Err(UploadError::Stalled { limit: stall })));

    let mut shelved = Shelved::start(Config::default(), 0).await;
    let mut leaves = Client::connect(shelved.server.address).await;
    leaves.send(&half).await;
    // One that left before its request was begun is not asked anything.
    shelved.shelf.begun.notified().await;
    drop(leaves);
    assert_eq!(shelved.ended.recv().await, Some(Err(UploadError::Cut)));
    assert_eq!(shelved.names(), Vec::<String>::new());
}
