//! Tokens in a file and out of it.

use serde_json::{Value, json};
use venue_auth::{Rights, Role, SnapshotError, TokenRecord, TokenSet, TokenSnapshot, Tokens};

use crate::{NOON, issue, present};

fn stored() -> Value {
    let rights = Rights::in_zones(Role::Operator, ["bar"]).unwrap();
    let (_, record) = issue(rights, None);
    serde_json::to_value(TokenSnapshot::of(&TokenSet::new([record]).unwrap())).unwrap()
}

#[test]
fn what_is_written_is_what_is_read_and_recognised() {
    let (token, alive) = issue(Rights::everywhere(Role::Admin), Some(NOON.plus(NEVER)));
    let (_, dead) = issue(Rights::in_zones(Role::Viewer, ["bar", "lobby"]).unwrap(), None);
    let dead = TokenRecord { revoked_at: Some(NOON), last_used: Some(NOON), ..dead };
    let set = TokenSet::new([alive, dead]).unwrap();
    let text = serde_json::to_string(&TokenSnapshot::of(&set)).unwrap();
    let read: TokenSnapshot = serde_json::from_str(&text).unwrap();
    let read = read.into_set().unwrap();
    assert_eq!(read.records(), set.records());
    Tokens::new(read).authenticate(&present(&token), NOON).unwrap();
}

#[test]
fn the_form_is_this_one() {
    let mut stored = stored();
    let record = &mut stored["tokens"][0];
    let id = record["id"].take();
    assert!(id.as_str().unwrap().starts_with("tok_"), "{id}");
    assert_eq!(record["hash"].take().as_str().unwrap().len(), 64);
    let expected = json!({
        "version": 1,
        "tokens": [{
            "id": null,
            "name": "tablet",
            "rights": { "role": "operator", "zones": ["bar"] },
            "hash": null,
            "created_at": NOON.unix_ms(),
            "expires_at": null,
            "revoked_at": null,
            "last_used": null,
        }],
    });
    assert_eq!(stored, expected);
}

#[test]
fn what_is_not_understood_whole_is_not_read_at_all() {
    let wrong = [
        ("/tokens/0/rights/role", json!("owner")),
        ("/tokens/0/rights/zones", json!([])),
        ("/tokens/0/rights/role", json!("admin")),
        ("/tokens/0/rights", json!({ "role": "viewer", "zones": null, "hours": "9-17" })),
        ("/tokens/0/hash", json!("00")),
        ("/tokens/0/id", json!("tok_1")),
        ("/tokens/0/name", json!("")),
        ("/tokens/0", json!({})),
    ];
    for (place, value) in wrong {
        let mut stored = stored();
        *stored.pointer_mut(place).unwrap() = value;
        assert!(serde_json::from_value::<TokenSnapshot>(stored).is_err(), "{place}");
    }
    for place in ["", "/tokens/0"] {
        let mut stored = stored();
        stored.pointer_mut(place).unwrap()["more"] = json!(1);
        assert!(serde_json::from_value::<TokenSnapshot>(stored).is_err(), "{place:?}");
    }
}

#[test]
fn another_version_and_a_token_twice_are_refused() {
    let mut later = stored();
    later["version"] = json!(2);
    let later: TokenSnapshot = serde_json::from_value(later).unwrap();
    assert_eq!(later.into_set().unwrap_err(), SnapshotError::Version { found: 2 });
    let mut twice = stored();
    let first = twice["tokens"][0].clone();
    twice["tokens"].as_array_mut().unwrap().push(first);
    let twice: TokenSnapshot = serde_json::from_value(twice).unwrap();
    assert!(matches!(twice.into_set(), Err(SnapshotError::Set { .. })));
}

const NEVER: std::time::Duration = std::time::Duration::from_secs(3_600 * 24 * 365);
