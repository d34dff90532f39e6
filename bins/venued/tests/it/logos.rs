//! Logos of channels: small pictures that a manager gives and every browser fetches, over a kill and an import.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    security::{ask, code, guarded, token},
    support::{Daemon, send, soon, until},
};

/// The heads of a PNG and of a JPEG of 32 x 16 pixels, and the same in base64.
const PNG: (&[u8], &str) = (
    b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00 \x00\x00\x00\x10\x08\x06\x00\x00\x00w\x00}Y",
    "iVBORw0KGgoAAAANSUhEUgAAACAAAAAQCAYAAAB3AH1Z",
);
const JPEG: (&[u8], &str) = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xc0\x00\x11\x08\x00\x10\x00 \x03\x01\x22\x00\x02\x11\x01\x03\x11\x01",
    "/9j/4AAQSkZJRgABAQAAAQABAAD/wAARCAAQACADASIAAhEBAxEB",
);

const LOGO: &str = "/api/v1/channels/news/logo";

/// As a browser fetches a picture: without a token, and knowing a version of it or none.
async fn fetched(daemon: &Daemon, known: Option<&str>) -> (String, Vec<u8>) {
    let known = known.map(|tag| format!("If-None-Match: {tag}\r\n")).unwrap_or_default();
    let mut stream = TcpStream::connect(daemon.address).await.unwrap();
    let host = daemon.address;
    let request =
        format!("GET {LOGO} HTTP/1.1\r\nHost: {host}\r\n{known}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    soon("an answer", stream.read_to_end(&mut answer)).await.unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    (head, answer[end + 4..].to_vec())
}

fn tag_of(head: &str) -> String {
    let line = head.lines().find_map(|line| line.strip_prefix("etag: "));
    line.expect("a picture has a tag").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logo_is_given_by_a_manager_fetched_by_anybody_and_outlives_a_kill_and_an_import() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = guarded(folder, "", "").await;
    let (manager, operator) = (
        token(&daemon, &["anna", "--role", "manager"]).await,
        token(&daemon, &["tablet", "--role", "operator"]).await,
    );
    let chief = token(&daemon, &["chief", "--role", "admin"]).await;
    let put = async |who: &str, image: &str| {
        ask(&daemon, who, "PUT", LOGO, json!({"image": image})).await
    };
    let unknown = put(&manager, PNG.1).await;
    assert_eq!(code(&unknown), (404, "unknown_item".to_owned()), "there is no such channel");
    let channel = json!({"id": "news", "name": "News", "number": "24"});
    let made = ask(&daemon, &manager, "POST", "/api/v1/config/channels", channel.clone()).await;
    assert_eq!(made.status, 201, "{}", made.json);
    assert_eq!(code(&put(&operator, PNG.1).await), (403, "denied".to_owned()));
    for (wrong, words) in [
        ("PHN2Zy8+", "give a picture in PNG, JPEG or WebP"),
        ("no base64!", "give the picture in base64"),
        ("iVBORw0KGgoA", "the picture is cut off or damaged"),
    ] {
        let refused = put(&manager, wrong).await;
        assert_eq!(refused.status, 422);
        let detail = refused.json["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.starts_with(words), "{detail}");
    }
    let (head, _) = fetched(&daemon, None).await;
    assert!(head.starts_with("HTTP/1.1 404"), "nothing was kept of these: {head}");

    let kept = put(&manager, PNG.1).await;
    assert_eq!(kept.json, json!({"channel": "news", "media_type": "image/png"}));
    let (head, image) = fetched(&daemon, None).await;
    assert_eq!(image, PNG.0);
    for field in
        ["content-type: image/png", "cache-control: no-cache", "x-content-type-options: nosniff"]
    {
        assert!(head.contains(field), "{field} is not in {head}");
    }
    let tag = tag_of(&head);
    let (head, image) = fetched(&daemon, Some(&tag)).await;
    assert!(head.starts_with("HTTP/1.1 304") && image.is_empty(), "{head}");
    put(&manager, JPEG.1).await;
    let (head, image) = fetched(&daemon, Some(&tag)).await;
    assert!(head.starts_with("HTTP/1.1 200") && tag_of(&head) != tag, "it is another one");
    assert_eq!(image, JPEG.0);

    // A line-up that is applied without knowing of logos takes none away, and a kill neither.
    let document = json!({"document": {"channels": [channel]}, "prune": true});
    let applied = ask(&daemon, &chief, "POST", "/api/v1/config/apply", document).await;
    assert_eq!(applied.status, 200, "{}", applied.json);
    let daemon = Daemon::configured(daemon.killed().await).await;
    daemon.log.wait_for("the queue is recovered").await;
    assert_eq!(fetched(&daemon, None).await.1, JPEG.0);
    let list = ask(&daemon, &operator, "GET", "/api/v1/channels/logos", json!({})).await;
    assert_eq!(list.json, json!({"channels": ["news"]}));
    // It goes with its channel, and is not that of another one of the same id.
    let path = "/api/v1/config/channels/news";
    let head = format!("Authorization: Bearer {manager}\r\nIf-Match: *\r\n");
    let gone = send(daemon.address, "DELETE", path, &head, &json!({})).await;
    assert_eq!(gone.status, 200, "{}", gone.json);
    assert!(fetched(&daemon, None).await.0.starts_with("HTTP/1.1 404"));
    let file = daemon.path("logos/news.logo");
    until("the logo is gone", async || (!file.exists()).then_some(())).await;
    let made = ask(&daemon, &manager, "POST", "/api/v1/config/channels", channel).await;
    assert_eq!(made.status, 201, "{}", made.json);
    assert!(fetched(&daemon, None).await.0.starts_with("HTTP/1.1 404"));
    assert_eq!(ask(&daemon, &manager, "PUT", LOGO, json!({"image": PNG.1})).await.status, 200);
    for expected in [200, 404] {
        let removed = ask(&daemon, &manager, "DELETE", LOGO, json!({})).await;
        assert_eq!(removed.status, expected, "{}", removed.json);
    }
    assert!(fetched(&daemon, None).await.0.starts_with("HTTP/1.1 404"));
}
