//! One infrared code that a person tries, over HTTP.

use serde_json::{Value, json};
use venue_domain::{Evidence, NotSent, Outcome, Unknown};

use crate::{client::Response, config::send, stored::Stored};

const PATH: &str = "/api/v1/ports/ir-1/2/try";

/// A server whose transport ends every command so.
async fn ending(outcome: Outcome) -> Stored {
    let stored = Stored::start().await;
    Stored { server: stored.server.answering(outcome), ..stored }
}

async fn delivering() -> Stored {
    ending(Outcome::Delivered(Evidence::InfraredComplete)).await
}

async fn tried(stored: &Stored, body: Value) -> Response {
    stored.post(PATH, &body.to_string()).await
}

/// The codes that reached the transport.
fn sent(stored: &Stored) -> Vec<String> {
    let asked = stored.server.script.asked.lock().unwrap();
    let codes = asked.iter().map(|command| command.action.tried().unwrap().code.clone());
    codes.collect()
}

#[tokio::test]
async fn a_key_of_a_set_or_a_code_is_sent_once_as_a_command_of_its_own() {
    let stored = delivering().await;
    let of_set = tried(&stored, json!({"codeset": "lg-tv", "key": "volume_up"})).await;
    let answer = of_set.json();
    assert_eq!((of_set.status, &answer["code"]), (200, &json!("nec1:4,2")), "{answer}");
    assert_eq!(answer["command"]["command"], "try_volume_up");
    assert_eq!(
        (&answer["command"]["delivered"], &answer["dry_run"]),
        (&json!(true), &json!(false))
    );
    let own = json!({"id": "acme", "make": "Acme", "kind": "tv", "sends": 3,
        "keys": {"volume_up": "nec1:7,1", "other:Standby": "nec1:7,9"}});
    assert_eq!(send(&stored, "POST", "/api/v1/config/codesets", "", &own).await.status, 201);
    let own =
        tried(&stored, json!({"codeset": "acme", "key": "volume_up", "emitter": "Bar"})).await;
    assert_eq!(own.status, 200, "{:?}", own.json());
    assert_eq!(tried(&stored, json!({"code": "sony12:1,18"})).await.status, 200);
    assert_eq!(sent(&stored), ["nec1:4,2", "nec1:7,1", "sony12:1,18"]);
    let asked = stored.server.script.asked.lock().unwrap();
    let own = asked[1].action.tried().unwrap();
    assert_eq!((own.sends, own.emitter.as_deref()), (Some(3), Some("Bar")));
    assert_eq!(asked[2].action.name(), "try_code");
}

#[tokio::test]
async fn what_may_be_power_is_not_sent_unless_the_body_says_so() {
    let stored = delivering().await;
    let own = json!({"id": "acme", "make": "Acme", "kind": "tv",
        "keys": {"volume_up": "nec1:7,1", "other:Standby": "nec1:7,9"}});
    assert_eq!(send(&stored, "POST", "/api/v1/config/codesets", "", &own).await.status, 201);
    for (body, field, of) in [
        (json!({"codeset": "lg-tv", "key": "power_on"}), "key", "power_on"),
        (json!({"codeset": "acme", "key": "other:Standby"}), "key", "other:Standby"),
        (json!({"code": "nec1:4,8"}), "code", "the key power of lg-tv"),
        // Whatever it is said to do.
        (json!({"code": "nec1:4,8", "key": "volume_up"}), "code", "the key power of lg-tv"),
        (json!({"code": "nec1:7,9"}), "code", "the key other:Standby of acme"),
    ] {
        let refused = tried(&stored, body.clone()).await;
        let problem = refused.json();
        assert_eq!(
            (refused.status, &problem["errors"][0]["field"]),
            (422, &json!(field)),
            "{body}"
        );
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(of) && detail.ends_with("say allow_power: true if that is meant"));
    }
    assert_eq!(sent(&stored), [""; 0], "nothing was sent");
    let allowed = json!({"codeset": "lg-tv", "key": "power", "allow_power": true});
    assert_eq!(tried(&stored, allowed).await.status, 200);
    assert_eq!(sent(&stored), ["nec1:4,8"]);
    // A code that is known to be power counts as power, whoever names it otherwise or not at all.
    for body in [
        json!({"code": "nec1:4,8", "allow_power": true}),
        json!({"code": "nec1:4,8", "key": "volume_up", "allow_power": true}),
    ] {
        let answer = tried(&stored, body.clone()).await;
        assert_eq!((answer.status, &answer.json()["key"]), (200, &json!("power")), "{body}");
        let asked = stored.server.script.asked.lock().unwrap();
        let group = asked.last().and_then(|command| command.effect_group());
        assert_eq!(group, Some(venue_domain::EffectGroup::Power), "{body}");
    }
}

#[tokio::test]
async fn what_was_not_delivered_is_told_and_neither_queued_nor_repeated() {
    for (outcome, status, code) in [
        (Outcome::Unknown(Unknown::NoEvidence), 504, "outcome_unknown"),
        (Outcome::NotSent(NotSent::LaneBusy), 503, "lane_busy"),
    ] {
        let stored = ending(outcome).await;
        let body = json!({"codeset": "lg-tv", "key": "input_hdmi1"});
        let failed = tried(&stored, body).await;
        assert_eq!(failed.problem(), (status, code.to_owned()));
        assert_eq!(sent(&stored).len(), 1);
        let waiting = stored.json("/api/v1/queue/commands").await;
        assert_eq!(waiting["items"], json!([]), "{waiting}");
    }
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_says_what_would_be() {
    let stored = Stored::start().await;
    let dry = tried(&stored, json!({"code": "nec1:4,2", "dry_run": true})).await;
    let answer = dry.json();
    assert_eq!((dry.status, &answer["dry_run"]), (200, &json!(true)), "{answer}");
    assert_eq!((&answer["command"], &answer["planned"]["port"]), (&Value::Null, &json!(2)));
    assert_eq!(sent(&stored), [""; 0]);
}

#[tokio::test]
async fn what_is_wrong_names_its_field() {
    let stored = Stored::start().await;
    for (body, field) in [
        (json!({}), "code"),
        (json!({"code": "nec1:4,2", "codeset": "lg-tv"}), "code"),
        (json!({"code": "nec9:4,2"}), "code"),
        (json!({"codeset": "nobody", "key": "mute"}), "codeset"),
        (json!({"codeset": "lg-tv"}), "key"),
        (json!({"codeset": "lg-tv", "key": "bogus"}), "key"),
        (json!({"code": "nec1:4,2", "sends": 21}), "sends"),
        (json!({"file": "a.ir", "key": "mute"}), "file"),
        (json!({"code": "nec1:4,2", "remote": "a"}), "remote"),
    ] {
        let refused = tried(&stored, body.clone()).await;
        let problem = refused.json();
        assert_eq!(
            (refused.status, &problem["errors"][0]["field"]),
            (422, &json!(field)),
            "{body}"
        );
    }
    for (path, status) in [("ir-1/0", 422), ("ir-1/9", 422), ("ir-7/1", 404), ("ir-1/one", 404)] {
        let path = format!("/api/v1/ports/{path}/try");
        let refused = stored.post(&path, r#"{"code": "nec1:4,2"}"#).await;
        assert_eq!(refused.status, status, "{path}: {:?}", refused.json());
    }
    assert_eq!(sent(&stored), [""; 0]);
}

#[tokio::test]
async fn a_code_that_goes_through_the_transmitter_of_another_port_is_a_command_of_that_port() {
    let stored = delivering().await;
    let own =
        json!({"id": "acme", "make": "Acme", "kind": "tv", "keys": {"volume_up": "nec1:7,1"}});
    assert_eq!(send(&stored, "POST", "/api/v1/config/codesets", "", &own).await.status, 201);
    let ports = json!([{"index": 1, "zone": "bar"},
        {"index": 2, "zone": "bar", "codeset": "acme", "emitter": "Bar"}]);
    let device = json!({"hostname": "ir-1", "address": "10.0.0.1", "ports": ports});
    let put = send(&stored, "PUT", "/api/v1/config/devices/ir-1", "*", &device).await;
    assert_eq!(put.status, 200, "{:?}", put.json());
    let body = json!({"code": "nec1:4,8", "emitter": "Bar", "allow_power": true});
    let answer = stored.post("/api/v1/ports/ir-1/1/try", &body.to_string()).await;
    assert_eq!((answer.status, &answer.json()["planned"]["port"]), (200, &json!(2)));
    let asked = stored.server.script.asked.lock().unwrap();
    assert_eq!(asked[0].target.to_string(), "ir-1/2", "its state is what is not known any more");
}

#[tokio::test]
async fn a_code_that_is_tried_makes_the_state_of_all_unknown_who_share_its_transmitter() {
    let stored = delivering().await;
    let own =
        json!({"id": "acme", "make": "Acme", "kind": "tv", "keys": {"volume_up": "nec1:7,1"}});
    assert_eq!(send(&stored, "POST", "/api/v1/config/codesets", "", &own).await.status, 201);
    let port =
        |index: u8, emitter: &str| json!({"index": index, "codeset": "acme", "emitter": emitter});
    let ports = json!([port(1, "Bar"), port(2, "Bar"), port(3, "Bar"), port(4, "Hall")]);
    let device = json!({"hostname": "ir-1", "address": "10.0.0.1", "ports": ports});
    let put = send(&stored, "PUT", "/api/v1/config/devices/ir-1", "*", &device).await;
    assert_eq!(put.status, 200, "{:?}", put.json());
    for port in [1, 2, 4] {
        let seen = json!({"power": "on", "muted": false});
        let path = format!("/api/v1/ports/ir-1/{port}/assumed-state");
        assert_eq!(send(&stored, "PUT", &path, "", &seen).await.status, 200);
    }
    let body = json!({"code": "nec1:4,8", "allow_power": true});
    let answer = stored.post("/api/v1/ports/ir-1/3/try", &body.to_string()).await;
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    let ports = stored.json("/ir-1/port-status").await["port_statuses"].clone();
    let power = |port: u64| {
        let all = ports.as_array().unwrap();
        let one = all.iter().find(|one| one["port"] == port).unwrap();
        one["last_power_state"].clone()
    };
    assert_eq!((power(1), power(2)), (Value::Null, Value::Null), "{ports}");
    assert_eq!(power(4), "on", "that is another transmitter");
}

#[tokio::test]
async fn recorded_timings_of_power_are_power_whatever_they_are_called() {
    let stored = delivering().await;
    let sent = |code: &str| {
        let code: venue_infrared::Code = code.parse().unwrap();
        let sent = venue_infrared::encode(&code, venue_infrared::Press::default()).unwrap();
        sent.into_timings().into_iter().map(|us| us * 101 / 100).collect::<Vec<i32>>()
    };
    for codes in [["nec1:4,2", "nec1:4,8"], ["nec1:4,8", "nec1:4,2"]] {
        let timings: Vec<String> =
            codes.iter().flat_map(|code| sent(code)).map(|us| us.to_string()).collect();
        let code = format!("raw:38000:{}", timings.join(" "));
        let refused = tried(&stored, json!({"code": code, "key": "volume_up"})).await;
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!(refused.status, 422, "{detail}");
        assert!(detail.contains("the key power of lg-tv"), "{detail}");
    }
    assert_eq!(sent_count(&stored), 0);
}

fn sent_count(stored: &Stored) -> usize {
    stored.server.script.asked.lock().unwrap().len()
}
