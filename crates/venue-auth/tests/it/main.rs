//! What the crate promises, seen from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod canary;
mod headers;
mod limits;
mod listening;
mod roles;
mod snapshots;
mod tokens;

use std::{sync::Arc, time::Instant};

use venue_auth::{NewToken, Presented, Principal, Rights, Role, TokenHolder, TokenRecord};
use venue_domain::Timestamp;

/// Some day.
const NOON: Timestamp = Timestamp::from_unix_ms(1_790_000_000_000);

fn issue(rights: Rights, expires_at: Option<Timestamp>) -> (NewToken, TokenRecord) {
    TokenRecord::issue("tablet".parse().unwrap(), rights, expires_at, NOON).unwrap()
}

fn present(token: &NewToken) -> Presented {
    Presented::from_headers([format!("Bearer {}", token.reveal()).as_bytes()]).unwrap()
}

/// The text of a token that nobody has made here.
fn text() -> Presented {
    present(&issue(Rights::everywhere(Role::Viewer), None).0)
}

fn holder(rights: Rights) -> Principal {
    let (_token, TokenRecord { id, name, rights, .. }) = issue(rights, None);
    Principal::Token(Arc::new(TokenHolder { id, name, rights, session: None }))
}

#[expect(clippy::disallowed_methods, reason = "one fixed base instant; it moves only when told")]
fn start() -> Instant {
    Instant::now()
}
