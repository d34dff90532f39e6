//! What the venue is made of, shown and edited over HTTP.

use serde_json::{Value, json};

use crate::{
    client::{Response, exchange},
    stored::Stored,
};

const KEY: &str = "QRTIErOb/fcE9Ukd/5qA3RGYMn0Y+p06U58SCtOXvPc=";

/// Sends `method` with `body` and, where it is given, `If-Match`.
pub(crate) async fn send(
    stored: &Stored,
    method: &str,
    path: &str,
    tag: &str,
    body: &Value,
) -> Response {
    let body = body.to_string();
    let tag = if tag.is_empty() { String::new() } else { format!("if-match: {tag}\r\n") };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{tag}\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    exchange(stored.server.address, request).await
}

#[tokio::test]
async fn an_item_is_made_shown_changed_and_removed() {
    let stored = Stored::start().await;
    let made = send(&stored, "POST", "/api/v1/config/zones", "", &json!({"id": "roof"})).await;
    assert_eq!((made.status, made.header("etag")), (201, Some("\"2\"")), "{:?}", made.json());
    assert_eq!(made.header("location"), Some("/api/v1/config/zones/roof"));
    let shown = stored.get("/api/v1/config/zones/roof").await;
    let expected = json!({"id": "roof", "revision": 2, "fixed": false,
        "item": {"id": "roof", "order": 0}});
    assert_eq!(shown.json(), expected);
    let path = "/api/v1/config/zones/roof";
    let changed = send(&stored, "PATCH", path, "\"2\"", &json!({"name": "Roof"})).await;
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"3\"")));
    let whole = json!({"id": "roof", "order": 7});
    let replaced = send(&stored, "PUT", path, "*", &whole).await;
    assert_eq!(replaced.json()["item"], whole);
    let removed = send(&stored, "DELETE", path, "\"4\"", &json!({})).await;
    assert_eq!((removed.status, removed.json()), (200, json!({"revision": 5, "withdrawn": 0})));
    assert_eq!(stored.get(path).await.problem(), (404, "unknown_item".to_owned()));
}

#[tokio::test]
async fn nobody_overwrites_what_he_has_not_seen() {
    let stored = Stored::start().await;
    let path = "/api/v1/config/zones/bar";
    let body = json!({"name": "Pub"});
    let unsaid = send(&stored, "PATCH", path, "", &body).await;
    assert_eq!(unsaid.problem(), (428, "if_match_missing".to_owned()));
    let stale = send(&stored, "PATCH", path, "\"7\"", &body).await;
    assert_eq!(stale.problem(), (412, "changed_since".to_owned()));
    assert_eq!(stale.json()["errors"][0]["field"], "If-Match");
    for tag in ["W/\"1\"", "nonsense", "1", "\"abc\"", "\"1\", \"2\""] {
        let unread = send(&stored, "PATCH", path, tag, &body).await;
        assert_eq!(unread.problem(), (400, "invalid_if_match".to_owned()), "{tag}");
        let problem = unread.json();
        assert_eq!(problem["errors"][0]["field"], "If-Match", "{tag}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("one ETag as it was read") && detail.ends_with(tag), "{detail}");
    }
    assert_eq!(stored.json(path).await["item"]["name"], "Main bar");
}

#[tokio::test]
async fn what_does_not_fit_names_its_fields_and_changes_nothing() {
    let stored = Stored::start().await;
    let device = |ports: Value| json!({"hostname": "ir-3", "address": "10.0.0.3", "ports": ports});
    let path = "/api/v1/config/devices";
    let unknown = device(json!([{"index": 1, "zone": "bra"}, {"index": 0}]));
    let refused = send(&stored, "POST", path, "", &unknown).await;
    assert_eq!(refused.problem(), (422, "invalid_item".to_owned()));
    let fields: Vec<_> = refused.json()["errors"].as_array().unwrap().clone();
    assert_eq!(fields[0]["field"], "devices/ir-3.ports[0].zone");
    assert_eq!(fields[0]["detail"], "there is no zone bra: there are bar, patio");
    assert_eq!(fields[1]["field"], "devices/ir-3.ports[1].index");
    let misspelt = send(&stored, "POST", path, "", &device(json!([{"indx": 1}]))).await;
    assert_eq!(misspelt.json()["errors"][0]["field"], "ports[0].indx");
    let twice = json!({"hostname": "ir-1", "address": "10.0.0.3"});
    let twice = send(&stored, "POST", path, "", &twice).await;
    assert_eq!(twice.problem(), (409, "item_exists".to_owned()));
    let used = send(&stored, "DELETE", "/api/v1/config/zones/bar", "*", &json!({})).await;
    assert_eq!(used.problem(), (409, "item_in_use".to_owned()));
    let named = used.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert_eq!(named, "names bar: change it there first");
    let fixed = send(&stored, "DELETE", "/api/v1/config/devices/ir-9", "*", &json!({})).await;
    assert_eq!(fixed.problem(), (409, "item_fixed".to_owned()));
    assert_eq!(stored.get("/api/v1/config/rooms").await.status, 404);
    assert_eq!(stored.json("/api/v1/config").await["revision"], 1);
}

#[tokio::test]
async fn lists_come_in_pages_and_say_what_is_fixed_and_who_has_a_key() {
    let stored = Stored::start().await;
    let first = stored.json("/api/v1/config/devices?limit=2").await;
    assert_eq!(first["next_cursor"], "ir-2");
    let rest = stored.json("/api/v1/config/devices?limit=2&cursor=ir-2").await;
    let expected = json!([{"id": "ir-9", "revision": null, "fixed": true, "has_key": false,
        "item": {"hostname": "ir-9", "address": "10.0.0.9:6053", "ports": []}}]);
    assert_eq!((&rest["items"], &rest["next_cursor"]), (&expected, &Value::Null));
    let zones = stored.json("/api/v1/config/zones").await;
    assert_eq!(zones["items"][0]["item"]["name"], "Main bar");
    assert_eq!(stored.get("/api/v1/config/zones?limit=0").await.status, 422);
}

#[tokio::test]
async fn a_key_comes_in_and_never_goes_out() {
    let stored = Stored::start().await;
    let path = "/api/v1/config/devices/ir-1/key";
    let set = send(&stored, "PUT", path, "", &json!({"noise_psk": KEY})).await;
    assert_eq!((set.status, set.json()), (200, json!({"has_key": true, "revision": 2})));
    for path in ["/api/v1/config", "/api/v1/config/devices", "/api/v1/config/devices/ir-1"] {
        let shown = String::from_utf8(stored.get(path).await.body).unwrap();
        assert!(!shown.contains(&KEY[..12]), "{shown}");
    }
    assert_eq!(stored.json("/api/v1/config/devices/ir-1").await["has_key"], true);
    for wrong in [
        json!({"noise_psk": "hunter2"}),
        json!({"noise_psk": ["hunter2"]}),
        json!({"psk": "hunter2"}),
    ] {
        let refused = send(&stored, "PUT", path, "", &wrong).await;
        assert_eq!(refused.status, 422);
        let said = String::from_utf8(refused.body).unwrap();
        assert!(!said.contains("hunter2"), "{said}");
    }
    let gone = send(&stored, "DELETE", path, "", &json!({})).await;
    assert_eq!(gone.json()["has_key"], false);
    let unknown =
        send(&stored, "PUT", "/api/v1/config/devices/ir-7/key", "", &json!({"noise_psk": KEY}))
            .await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn a_document_is_exported_compared_and_applied() {
    let stored = Stored::start().await;
    let mut document = stored.json("/api/v1/config").await["document"].take();
    let body = |document: &Value, prune| json!({"document": document, "prune": prune});
    let same = stored.post("/api/v1/config/apply", &body(&document, true).to_string()).await;
    assert_eq!(same.json()["changes"], json!([]), "applying what is there changes nothing");
    document["zones"].as_array_mut().unwrap().push(json!({"id": "roof"}));
    document["devices"].as_array_mut().unwrap().remove(1);
    document["devices"][0]["name"] = json!("Behind the bar");
    let compared = stored.post("/api/v1/config/diff", &body(&document, true).to_string()).await;
    let expected = json!([
        {"item": "zones/roof", "change": "added"},
        {"item": "devices/ir-1", "change": "changed", "fields": ["name"],
            "values": [{"field": "name", "old": null, "new": "Behind the bar"}]},
        {"item": "devices/ir-2", "change": "removed"},
    ]);
    assert_eq!(compared.json()["changes"], expected);
    assert_eq!(stored.json("/api/v1/config").await["revision"], 1, "nothing was changed");
    let stale = json!({"document": document, "revision": 9});
    let stale = stored.post("/api/v1/config/apply", &stale.to_string()).await;
    assert_eq!(stale.problem(), (412, "changed_since".to_owned()));
    let applied = stored.post("/api/v1/config/apply", &body(&document, true).to_string()).await;
    assert_eq!(
        (&applied.json()["applied"], &applied.json()["revision"]),
        (&json!(true), &json!(2))
    );
    let devices = stored.json("/api/v1/config/devices").await;
    assert_eq!(devices["items"].as_array().unwrap().len(), 2);
    let wrong = json!({"document": {"zones": [{"id": "Main Bar"}]}});
    let wrong = stored.post("/api/v1/config/diff", &wrong.to_string()).await;
    assert_eq!(wrong.json()["errors"][0]["field"], "document.zones[0].id");
}

#[tokio::test]
async fn nothing_is_edited_while_the_store_is_down() {
    let stored = Stored::start().await;
    *stored.venue.down.lock().unwrap() = true;
    let refused = send(&stored, "POST", "/api/v1/config/zones", "", &json!({"id": "roof"})).await;
    assert_eq!(refused.problem().0, 503);
    assert!(refused.header("retry-after").is_some());
}

#[tokio::test]
async fn the_case_of_a_hostname_does_not_count() {
    let stored = Stored::start().await;
    let value = json!({"hostname": "IR-Zed", "address": "127.0.0.1:9"});
    let made = send(&stored, "POST", "/api/v1/config/devices", "", &value).await;
    assert_eq!((made.status, made.json()["id"].clone()), (201, json!("ir-zed")));
    assert_eq!(made.header("location"), Some("/api/v1/config/devices/ir-zed"));
    let shown = stored.get("/api/v1/config/devices/IR-ZED").await;
    assert_eq!(shown.json()["id"], "ir-zed");
    let path = "/api/v1/config/devices/Ir-Zed";
    let changed = send(&stored, "PATCH", path, "*", &json!({"name": "Zed"})).await;
    assert_eq!((changed.status, changed.json()["item"]["name"].clone()), (200, json!("Zed")));
    assert_eq!(send(&stored, "DELETE", path, "*", &json!({})).await.status, 200);
}
